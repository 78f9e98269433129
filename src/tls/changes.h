/*
 * changes - what is different between two reports about the same service: a device after an update,
 * the run of today and the one before.
 *
 * Works on the JSON of reports (tls_report_json), so that runs that were kept can be compared by
 * whoever has them, without the scanner. What a run did not find out ("inconclusive", "not-tested",
 * an incomplete list) is no change.
 */
#ifndef TLS_CHANGES_H
#define TLS_CHANGES_H

#include <stdbool.h>

#include <jansson.h>

/* Rows {what, before, after}: what is the member ("protocols.TLSv1.0", "certificate.spki_sha256",
 * "ciphers.TLSv1.2", "findings", "requirements.ASVS-C.7"); before and after are its value, or for
 * lists what is no longer there and what is new. The array is the caller's; NULL: memory is out. */
json_t *changes_between(const json_t *before, const json_t *after);

/* Are these reports about the same service of a device: its port and name. */
bool changes_same_service(const json_t *a, const json_t *b);

#endif
