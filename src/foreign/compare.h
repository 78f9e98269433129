/*
 * compare - one value of a register beside what is claimed (FOREIGN.md, Match).
 *
 * Each answers match, differs, unclear. "Differs" is said only when the value can be read and is
 * another one; whatever cannot be read surely is unclear, and an officer looks. Pure.
 */
#ifndef FOREIGN_COMPARE_H
#define FOREIGN_COMPARE_H

#include "base/arena.h"
#include "foreign/profile.h"

enum answer { ANSWER_ABSENT, ANSWER_MATCH, ANSWER_UNCLEAR, ANSWER_DIFFERS };

const char *answer_name(enum answer answer);

/* A claimed number in the forms it is looked for. */
struct claimed_number {
    const char *text;  /* normal_number */
    const char *shape; /* letters as 'a', digits as '9'; NULL: it has no digit */
};

int number_claimed(struct arena *a, const char *number, struct claimed_number *out) WARN_UNUSED;

/* The value of a field that holds a certificate's number. */
enum answer number_compare(struct arena *a, const struct claimed_number *claimed,
                           const char *value);

/* True when the number stands anywhere in the text as a word of its own; *other when another one
 * of its shape does. */
bool number_in_text(struct arena *a, const struct claimed_number *claimed, const char *text,
                    bool *other);

/* Names as sets of words without legal forms, at least 0.85 alike. */
enum answer holder_compare(struct arena *a, const char *claimed, const char *value);

enum answer product_compare(struct arena *a, const char *claimed, const char *value);

/* Folded words that say that something is left out of what is named. */
bool compare_excludes(const struct span *words, size_t n);

/* A standard with its edition among those of the value. */
enum answer standard_compare(struct arena *a, const char *claimed, const char *value);

/* ---- dates ----------------------------------------------------------------------------------- */

struct date_found {
    int year, month, day;
    bool sure;               /* false: it could be read as another one */
    bool time;               /* with a time of day, which can be another day elsewhere */
    const char *start, *end; /* in the folded text */
};

enum { DATES_MAX = 8 };

/* The dates in a folded text, in order; more than DATES_MAX are not looked at. */
size_t dates_read(const char *folded, enum date_order order, struct date_found *out);

/* Of a field that holds one date; claimed: "YYYY-MM-DD". */
enum answer date_compare(struct arena *a, const char *claimed, const char *value,
                         enum date_order order);

/* Days since 1970-01-01 of a sure date. */
int64_t date_days(const struct date_found *date);

/* "YYYY-MM-DD" as a date; false: it is none. */
bool date_iso(const char *text, struct date_found *out);

/* ---- status ---------------------------------------------------------------------------------- */

enum status_word { STATUS_SILENT, STATUS_VALID, STATUS_UNCLEAR, STATUS_BLOCKING };

/* What the value of a status field says; every word of it must be understood. */
enum status_word status_read(struct arena *a, const struct profile *p, const char *value);

/* A word in running text that could mean the certificate is not in force; NULL: none. A negated one
 * ("not revoked"), and one in a sentence about what may happen, is none. */
const char *status_blocking(struct arena *a, const struct profile *p, const char *text);

/* A word in running text that says in force, not negated. */
bool status_mentions_valid(struct arena *a, const struct profile *p, const char *text);

/* A field that is named by a blocking word ("Revoked: no"): does its value say that it is so? */
bool status_denied(struct arena *a, const char *value);

/* A field named by a word for "in force" ("Valid: no") whose value denies it. */
bool status_says_no(struct arena *a, const char *value);

#endif
