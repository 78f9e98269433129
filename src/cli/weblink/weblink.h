/*
 * weblink - satyapan-weblink from the inside: checks links to registers.
 *
 *   satyapan-weblink [OPTIONS] <REQUESTS >RESULTS
 *
 * A request is a line of JSON:
 *   {"id", "url", "claim": {"number", "holder", "issuer", "product", "standard", "issued",
 *    "expires"}, "profiles": [approved issuer profiles], "evidence_dir", "tsa": null or URL}
 * and a result is one:
 *   {"id", "outcome": "verified|mismatch|inconclusive", "reason", "findings": [...],
 *    "snippets": [{"field", "match", "label", "text", "offset", "xpath"}],
 *    "page": {"class", "detail", "kind", "charset", "title", "sha256", "size"},
 *    "hops": [{"purpose", "url", "ip", "status", "tls", "why"}], "final_url", "profile",
 *    "control": {"url", "class", "matched"},
 *    "warc": {"path", "sha256", "size", "timestamp"}, "checked_at", "retry_after"}
 *
 * The first process reads requests and gives them to workers, single-threaded processes that each
 * make one check at a time; one satyapan-fetch has the network for all of them. What came is read
 * in sandboxed children only. It has no database, no key, and no network library.
 */
#ifndef CLI_WEBLINK_WEBLINK_H
#define CLI_WEBLINK_WEBLINK_H

#include <sys/types.h>

#include "cli/weblink/polite.h"
#include "foreign/decide.h"
#include "net/fetch.h"
#include "net/fetch_web.h"

enum {
    REQUEST_MAX = 4 << 20, /* bytes of a line */
    PROFILES_MAX = 256,
    HOPS_MAX = 24, /* of a check: page, control, robots.txt of each */
    VISIT_HOPS = 6
};

struct weblink_options {
    int jobs;
    int delay_ms; /* least pause between two requests to a domain, beside profiles and robots.txt */
    const char *agent;
    int64_t at;        /* judge as of this time; UTC_NONE: now */
    const char *known; /* folder of profiles whose domains are not to be imitated */
};

/* What all workers have. */
struct weblink_world {
    const struct weblink_options *options;
    const struct fetcher *fetcher;
    struct polite *polite;
    const char *const *known; /* domains */
    size_t known_count;
    int worker; /* 1.. */
};

struct weblink_request {
    const char *id, *url, *evidence_dir, *tsa;
    struct claim claim;
    struct profile profiles[PROFILES_MAX];
    size_t profile_count;
};

/* Reads a line. Returns 0, 1 with one sentence in why; -1: memory. */
enum { WEBLINK_WHY = 400 };
int request_read(struct arena *a, struct span line, struct weblink_request *out,
                 char why[WEBLINK_WHY]) WARN_UNUSED;

/* One exchange with a server, kept for the evidence. */
struct hop {
    const char *url, *ip, *purpose; /* "page", "control", "robots" */
    int status;
    struct fetch_reply reply; /* owns the bytes */
    struct fetch_web web;     /* parts of them; request.p NULL: there was no answer */
};

struct visits {
    struct hop hops[HOPS_MAX];
    size_t count;
};

void visits_free(struct visits *v);

/* From a URL to the page behind it, hop by hop. */
struct visit {
    enum foreign_reason failure; /* FOREIGN_REASONS: there is an answer */
    const char *detail;
    const char *url; /* the last one */
    const struct hop *last;
    int64_t retry_after; /* seconds; 0: not said */
};

/* Returns 0 or -1 (memory, the fetch process is gone). pause_ms: of the profile. */
int visit_run(struct arena *a, const struct weblink_world *w, struct visits *all, const char *url,
              const char *purpose, int pause_ms, struct visit *out) WARN_UNUSED;

/* Evaluates an answer in sandboxed children, a PDF with poppler's help. raw: the evaluation as the
 * child wrote it. Returns 0, 1 with why, -1: memory. */
int child_evaluate(struct arena *a, struct evaluate_job *job, struct evaluation *out,
                   struct span *raw, char why[WEBLINK_WHY]) WARN_UNUSED;

/* The text of a robots.txt without its codings; SPAN_NONE: it cannot be read. */
struct span child_robots_text(struct arena *a, struct span head, struct span wire);

/* What robots.txt says, read in a child; when that fails it says no. */
bool child_robots(struct span body, const char *path, int *delay_ms);

/* The whole check: appends one line to out. Returns 0 or -1. */
int check_run(const struct weblink_world *w, struct span line, struct buffer *out) WARN_UNUSED;

/* What goes into the result and the metadata record. */
struct check_result {
    const struct weblink_request *request;
    enum weblink_outcome outcome;
    const struct foreign_findings *findings;
    const struct evaluation *page;
    struct span page_raw, control_raw;
    const struct visits *visits;
    const char *final_url, *control_url, *profile;
    const struct evaluation *control;
    bool echoed;
    int64_t checked_at, retry_after;
    const char *warc_path;
    char warc_sha256[65];
    size_t warc_size;
    const char *token_path; /* NULL: no time-stamp */
};

void result_json(struct json *j, const struct check_result *r);

/* Writes the evidence to the folder of the request and fills r->warc_*; why when it cannot. */
int evidence_write(struct arena *a, struct check_result *r, char why[WEBLINK_WHY]) WARN_UNUSED;

/* A time-stamp token over the evidence beside it. Returns 0, 1 with why, -1. */
int evidence_stamp(struct arena *a, struct check_result *r, char why[WEBLINK_WHY]) WARN_UNUSED;

#endif
