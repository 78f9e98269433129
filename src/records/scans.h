/*
 * scans - the bench: how a unit under test is reached, and the runs of what was found out about its
 * TLS.
 *
 * Units and their keys are devices.h's; here is what a laboratory does with one. A run is a row
 * that is never taken back: a scan by this program, a record that a laboratory made elsewhere and
 * handed in, an earlier record judged again, or the device watched as a client. Record (hellos and
 * answers, to be judged again) and report are blobs.
 */
#ifndef RECORDS_SCANS_H
#define RECORDS_SCANS_H

#include "records/records.h"

/* ---- a unit on the bench --------------------------------------------------------------------- */

/* The unit's row with hardware, name, targets, declared, declared_at, declared_by_name, vendor and
 * number (of its application), keys, shared: how many keys it showed, and how many of them another
 * unit has too. RECORDS_NONE. */
int bench_get(struct records *r, int64_t device, json_t **out) WARN_UNUSED;

/* Members hardware, name, targets, declared, declared_by, declared_at of values. */
int bench_set(struct records *r, int64_t device, const json_t *values) WARN_UNUSED;

struct bench_filter {
    const char *text;             /* beginning of firm, model or serial; NULL: any */
    int64_t application, firm_id; /* firm_id: of the application's vendor; UTC_NONE: any */
    int64_t after;                /* id of the last row; UTC_NONE: the beginning */
    bool released;                /* only what a vendor may see of the latest run */
};

/* Units, the newest first, with application, number, keys, shared and the latest run: scan,
 * scan_state, result, scanned_at. */
int bench_list(struct records *r, const struct bench_filter *f, int limit,
               json_t **out) WARN_UNUSED;

/* Other units that have a key of this one: rows {code, spki_sha256, device, firm, model, serial,
 * same_firm}; code: "tls.key-shared-between-units", "tls.key-shared-between-firms" or
 * "tls.shared-prime". */
int bench_shared(struct records *r, int64_t device, json_t **out) WARN_UNUSED;

/* ---- runs ------------------------------------------------------------------------------------ */

/* Inside a transaction. values: columns of the table. The id. */
int64_t scan_add(struct records *r, const json_t *values) WARN_UNUSED;
int scan_update(struct records *r, int64_t scan, const json_t *values) WARN_UNUSED;

/* With firm, model, serial, firm of the device, vendor and number of the application, person_name,
 * released_by_name. RECORDS_NONE. */
int scan_get(struct records *r, int64_t scan, json_t **out) WARN_UNUSED;

struct scan_filter {
    int64_t device, application; /* UTC_NONE: any */
    bool released;               /* only those that the vendor may see */
    int64_t after;               /* id of the last row; UTC_NONE: the beginning */
};

/* The newest first. */
int scan_list(struct records *r, const struct scan_filter *f, int limit, json_t **out) WARN_UNUSED;

/* How many runs wait or are at work: of a unit, or of all (UTC_NONE). */
int scan_open(struct records *r, int64_t device, int64_t *out) WARN_UNUSED;

/* The finished run of the unit before this one, of either direction; RECORDS_NONE. */
int scan_before(struct records *r, int64_t scan, int64_t *out) WARN_UNUSED;

/* Where runs of devices as clients listen that wait or are at work: [{targets}]. */
int scan_listening(struct records *r, json_t **out) WARN_UNUSED;

/* Runs of the unit that belong to no application belong to this one now. How many, or a code. */
int scan_attach(struct records *r, int64_t device, int64_t application) WARN_UNUSED;

/* The report in another form. RECORDS_NONE. */
int scan_file_add(struct records *r, int64_t scan, const char *format, const char *lang,
                  const char *sha256) WARN_UNUSED;
int scan_file(struct records *r, int64_t scan, const char *format, const char *lang,
              char sha256[SHA256_HEX]) WARN_UNUSED;

#endif
