/*
 * applications - firms, laboratories, applications and what belongs to them: their rows.
 *
 * Rows are JSON objects with the names of the columns (records.h). Functions that write want a
 * transaction; an update names the version that was seen (UTC_NONE: whatever it is).
 *
 * What it does not do: it does not know which state may follow which; that is office/.
 */
#ifndef RECORDS_APPLICATIONS_H
#define RECORDS_APPLICATIONS_H

#include "records/records.h"

/* Room for the mark after which a list goes on. */
enum { RECORDS_MARK = 64 };

/* ---- firms: vendors and manufacturers -------------------------------------------------------- */

int64_t firm_add(struct records *r, const json_t *values) WARN_UNUSED;
int firm_get(struct records *r, int64_t id, json_t **out) WARN_UNUSED;
/* By its name; RECORDS_NONE. */
int firm_find(struct records *r, const char *name, int64_t *id) WARN_UNUSED;
/* Applications of the firm are found by its new name at once. */
int firm_update(struct records *r, int64_t id, int64_t version, const json_t *values) WARN_UNUSED;
/* By name, those whose name begins with text (NULL: all); after: mark of the last page or NULL. */
int firm_list(struct records *r, const char *text, const char *after, int64_t limit, json_t **out,
              char next[RECORDS_MARK]) WARN_UNUSED;

/* ---- laboratories and their empanelment ------------------------------------------------------ */

int64_t lab_add(struct records *r, const json_t *values) WARN_UNUSED;
/* With its "empanelments". */
int lab_get(struct records *r, int64_t id, json_t **out) WARN_UNUSED;
int lab_update(struct records *r, int64_t id, int64_t version, const json_t *values) WARN_UNUSED;
/* All, by name. */
int lab_list(struct records *r, json_t **out) WARN_UNUSED;
/* RECORDS_CONFLICT: there is one from that day. */
int lab_empanel(struct records *r, int64_t id, const char *from_on, const char *to_on) WARN_UNUSED;
/* Changes the last day (NULL: until further notice). */
int lab_empanel_until(struct records *r, int64_t id, const char *from_on,
                      const char *to_on) WARN_UNUSED;
/* 1: empanelled on that day, 0: not, or a code. An STQC laboratory always is. */
int lab_empanelled(struct records *r, int64_t id, const char *on) WARN_UNUSED;

/* ---- applications ---------------------------------------------------------------------------- */

int64_t application_add(struct records *r, const json_t *values, int64_t now) WARN_UNUSED;
/* Every column, and the names of vendor, oem, owner, lab and assessor (vendor_name, ...). */
int application_get(struct records *r, int64_t id, json_t **out) WARN_UNUSED;
/* By its registration number; RECORDS_NONE. */
int application_by_number(struct records *r, const char *number, int64_t *id) WARN_UNUSED;
/* Is there any? */
int application_any(struct records *r, bool *out) WARN_UNUSED;
/* Its vendor: a firm's id; RECORDS_NONE. */
int application_vendor(struct records *r, int64_t id, int64_t *firm) WARN_UNUSED;
int application_update(struct records *r, int64_t id, int64_t version, const json_t *values,
                       int64_t now) WARN_UNUSED;

/* A page of a list. What is NULL or UTC_NONE is not asked for. Text is what people type: words that
 * begin so, in any order, in number, vendor, product, models, firmware, file names, signers; the
 * order is then newest first. */
enum application_order { ORDER_DUE, ORDER_CHANGED, ORDER_NEWEST, ORDER_OLDEST };
struct application_filter {
    const char *state, *kind, *series, *text;
    const char *due_until; /* a date */
    int64_t level, vendor, owner;
    enum application_order order;
    const char *after; /* mark of the page before */
    int64_t limit;
};
/* after is a mark that this order gives. */
bool application_mark_good(enum application_order order, const char *after);
int application_list(struct records *r, const struct application_filter *f, json_t **out,
                     char next[RECORDS_MARK]) WARN_UNUSED;

/* Makes what the search knows of an application anew; to be called in the transaction that changed
 * its models, files or signers. The functions of this header and of documents.h do it. */
int search_update(struct records *r, int64_t application) WARN_UNUSED;
/* All of it, after rows came in by another way. */
int search_rebuild(struct records *r) WARN_UNUSED;

/* The next number of a series, without gaps: 1, 2, ... Undone with the transaction. */
int64_t number_next(struct records *r, const char *series) WARN_UNUSED;

/* ---- what belongs to an application ---------------------------------------------------------- */

enum part { PART_MODEL, PART_LOCATION, PART_PAYMENT, PART_NOTE };

/* values with the member application. */
int64_t part_add(struct records *r, enum part p, const json_t *values) WARN_UNUSED;
/* RECORDS_NONE also when it belongs to another application, or was removed. */
int part_get(struct records *r, enum part p, int64_t application, int64_t id,
             json_t **out) WARN_UNUSED;
int part_update(struct records *r, enum part p, int64_t id, int64_t version,
                const json_t *values) WARN_UNUSED;
/* Models and locations: the row stays, and is no longer listed. */
int part_remove(struct records *r, enum part p, int64_t id, int64_t now) WARN_UNUSED;
/* All that are not removed, oldest first. for_vendor: of notes those the vendor may read. */
int part_list(struct records *r, enum part p, int64_t application, bool for_vendor,
              json_t **out) WARN_UNUSED;

/* ---- numbers for people ---------------------------------------------------------------------- */

/* {"states": {}, "kinds": {}, "verdicts": {}, "months": [{"month","created","submitted",...}],
 *  "days": [{"state","median","count"}]}; months and days since a point in time. */
int statistics_get(struct records *r, int64_t since, json_t **out) WARN_UNUSED;

/* How many applications are in each state, as statistics_get has it, and nothing else: {"draft":
 * 3}. */
int statistics_states(struct records *r, json_t **out) WARN_UNUSED;

#endif
