/*
 * report - the report of a run as it is kept: read strictly, whoever wrote it.
 *
 * It comes as lines of JSON (satyapan-tls/1 of services, satyapan-tls-listen/1 of a device as a
 * client), from a program of ours that spoke with a stranger's
 * device, or from a file that a laboratory hands in. Both are a stranger's text: it is bounded,
 * what people could be deceived by is taken out of its texts, and what pages and comparisons stand
 * on has the form it must have - or the whole is refused.
 *
 * What it does not do: it does not ask whether what it says is true.
 */
#ifndef OFFICE_BENCH_REPORT_H
#define OFFICE_BENCH_REPORT_H

#include <jansson.h>

#include "base/span.h"

enum { BENCH_WHY = 160, BENCH_REPORT_MAX = 8 * 1024 * 1024, BENCH_LINES = 512 };

/* An array of services. 0; 1: it is no such report (a sentence in why[BENCH_WHY]); -1: memory. */
int bench_report_read(struct span lines, json_t **out, char *why) WARN_UNUSED;

/* The line tells of the device as a client (satyapan-tls-listen/1), not of a service; a report has
 * lines of one kind alone, and those of its first line are meant by bench_has_clients. */
bool bench_is_client(const json_t *one);
bool bench_has_clients(const json_t *report);

/*
 * The clients of a report, as people read them: an array of {number, place, name, connections,
 * complete, controlled, result, cases: [{id, text, text_hi, cite, control, expect, result, sound,
 * alert, why}]}. Empty when it is about services. NULL: memory.
 */
json_t *bench_clients(const json_t *report);

/* ---- what it amounts to ---------------------------------------------------------------------- */

/*
 * The requirements over all services: an array of {id, text, text_hi, source, er, iso27402, levels,
 * result, because: [codes], where: [services]}; the worst result of any service counts, and what
 * was tested at one of them is tested. shared: codes of findings about keys that other units have
 * too (records/scans.h), which break what asks for keys of one's own; units: how many of this model
 * showed a key, from two on it was tested. NULL: memory.
 */
json_t *bench_matrix(const json_t *report, const json_t *shared, int64_t units);

/* The worst result of the rows of a level: "pass", "fail", "inconclusive", "not-tested". Level 0
 * judges nothing: "not-tested". counts, of 4, in that order. */
const char *bench_result(const json_t *matrix, int64_t level, size_t counts[4]);

/* Findings of all services, each once: {code, level, text, text_hi, hint, hint_hi, cite, where:
 * [services]}, the gravest first. NULL: memory. */
json_t *bench_findings(const json_t *report);

/* "192.0.2.7:443/https" of a service of the report, "192.0.2.7 > name:443" of a client; out[n]. */
const char *bench_place(const json_t *service, char *out, size_t n);

/* How many services spoke at all, and how many connections it took. */
size_t bench_spoke(const json_t *report);
int64_t bench_connections(const json_t *report);

/* ---- two of them ----------------------------------------------------------------------------- */

/*
 * What is otherwise: an array of {service, what, item, before, after, tone}; what: "service",
 * "protocols", "ciphers", "groups", "certificate", "behaviour", "findings", "requirements"; tone:
 * "good", "bad", "info". A service is the same when its port and name are. NULL: memory.
 */
json_t *bench_compare(const json_t *before, const json_t *after);

/*
 * What the vendor declared against what was found. The declaration: lines "SERVICE WORD VALUE...",
 * as "443/https protocols TLSv1.2 TLSv1.3"; words: protocols, ciphers, groups (what is listed and
 * nothing else), key (SHA-256 of the public key), client-cert, closed (tls/declared.h). '#' begins
 * a comment. Rows {service, what, item, declared, found, good}. 0; 1: the declaration is wrong (a
 * sentence in why and why_hi, of BENCH_WHY each); -1. report NULL: it is only read.
 */
int bench_declared(const char *declaration, const json_t *report, json_t **out, char *why,
                   char *why_hi) WARN_UNUSED;

#endif
