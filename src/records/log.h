/*
 * log - rows of the register: certificates, their models, the entries of the log with its tree.
 *
 * What an entry means is register/'s; here it is octets. All that writes is called inside a
 * transaction.
 */
#ifndef RECORDS_LOG_H
#define RECORDS_LOG_H

#include "base/arena.h"
#include "records/records.h"
#include "tlog/merkle.h"

/* How many entries the log has; -1. */
int64_t log_size(struct records *r) WARN_UNUSED;

struct log_entry {
    int64_t entry, at;
    const char *certificate, *event, *effective_on;
    struct span octets;
    const char *data; /* canonical JSON, or NULL */
};

/* The next entry (entry = log_size) with the nodes it completes. 0 or -1. */
int log_add(struct records *r, const struct log_entry *e, const struct merkle_hash *nodes,
            size_t count) WARN_UNUSED;
int log_find(struct records *r, struct arena *a, int64_t entry, struct log_entry *out) WARN_UNUSED;

/* Calls each with the entries from on, in order, until it gives something else than 0, which is
 * returned. certificate: NULL for all. The entry is the callback's only while it runs. */
int log_walk(struct records *r, const char *certificate, int64_t from,
             int (*each)(void *context, const struct log_entry *e), void *context) WARN_UNUSED;

/* As a source of tlog/merkle.h; context is the records. */
int log_node(void *records, unsigned level, uint64_t number, struct merkle_hash *out);

/* Signed heads. The latest at or below a size (INT64_MAX: the latest). */
int log_head_add(struct records *r, int64_t size, int64_t at, struct span note) WARN_UNUSED;
int log_head(struct records *r, struct arena *a, int64_t most, int64_t *size,
             struct span *note) WARN_UNUSED;

/* Signatures of witnesses under a head: each vkey once. The size of the last head that one signed
 * (0: none), or of the last one that anybody signed (NULL). */
int cosignature_add(struct records *r, int64_t size, const char *vkey, int64_t at,
                    struct span line) WARN_UNUSED;
int cosignature_last(struct records *r, const char *vkey, int64_t *size) WARN_UNUSED;
/* Calls each, by size and vkey. size UTC_NONE: of all heads. */
int cosignature_walk(struct records *r, int64_t size,
                     int (*each)(void *context, int64_t size, const char *vkey, const char *line),
                     void *context) WARN_UNUSED;

/* Certificates as JSON rows. */
int certificate_add(struct records *r, const json_t *row) WARN_UNUSED;
int certificate_find(struct records *r, const char *number, json_t **out) WARN_UNUSED;
int certificate_by_registration(struct records *r, const char *registration,
                                json_t **out) WARN_UNUSED;
/* The one that continues it (its "previous" is this number), if it was issued. */
int certificate_continues(struct records *r, const char *number, json_t **out) WARN_UNUSED;
/* The state after an event; successor may be NULL. */
int certificate_event(struct records *r, const char *number, const char *status,
                      const char *successor, int64_t entry) WARN_UNUSED;
/* After an amendment: the same number with other data and files. */
int certificate_amend(struct records *r, const json_t *row) WARN_UNUSED;
int certificate_files(struct records *r, const char *number, const char *pdf,
                      const char *xml) WARN_UNUSED;
int certificate_models(struct records *r, const char *number, int64_t entry,
                       const json_t *models) WARN_UNUSED;

/* Calls each with what decides a certificate's state on the day. 0, or what each gave, or -1. */
int certificate_states(struct records *r, const char *on,
                       int (*each)(void *context, int64_t position, const char *status,
                                   const char *from, const char *to, const char *on),
                       void *context) WARN_UNUSED;

/* A number between the first and the last of its series that is neither a certificate's nor waits
 * for one. 0: *out is {series, running}; RECORDS_NONE: there is no gap. */
int certificate_gap(struct records *r, json_t **out) WARN_UNUSED;
/* A certificate that the trail or an application knows and the register does not: {number}. */
int certificate_lost(struct records *r, json_t **out) WARN_UNUSED;
/* The models that an entry brought (new array). */
int certificate_models_of(struct records *r, const char *number, int64_t entry,
                          json_t **out) WARN_UNUSED;

/* The next running number of a series, and the next position in the status list. */
int64_t certificate_next(struct records *r, const char *series) WARN_UNUSED;
int64_t certificate_next_position(struct records *r) WARN_UNUSED;

/* Any of them may be NULL; after: the last number of the page before, or NULL. *out: array of rows,
 * by number; those of a holder (what its name in English or Hindi begins with) by name, then
 * number. */
struct certificate_search {
    const char *number, *model, *firmware, *holder, *after;
    int limit;
};
/* Calls each with all of them by number, page by page, so that memory does not grow with the
 * register, until it gives something else than 0, which is returned; or RECORDS_FAILED. */
int certificate_each(struct records *r, int (*each)(void *context, const json_t *row),
                     void *context) WARN_UNUSED;

/* What is near, for people who have not the exact words: the running number in any series; models
 * that begin so (some of them, when they are many). Of number and model the one that is there. */
int certificate_near(struct records *r, const char *running, const char *model, int limit,
                     json_t **out) WARN_UNUSED;
int certificate_search(struct records *r, const struct certificate_search *s,
                       json_t **out) WARN_UNUSED;

#endif
