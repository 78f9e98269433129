/*
 * match - the record of a page that is about the claimed certificate, and how its values compare.
 *
 * A record is the largest part of the page around a field with the number in which no other number
 * stands: a row, a card, the whole page. All values must come from one record; values that
 * contradict each other in it are unclear. What could speak against the certificate is looked for
 * in the record, in the headings above it, and, when the page has one certificate only, everywhere
 * on it. Pure; it decides nothing (decide.h).
 */
#ifndef FOREIGN_MATCH_H
#define FOREIGN_MATCH_H

#include "foreign/compare.h"
#include "foreign/page.h"

struct claim {
    const char *number, *holder;
    const char *issuer;             /* who issued it, as the document says */
    const char *product, *standard; /* NULL: not claimed */
    const char *issued, *expires;   /* "YYYY-MM-DD"; NULL: not claimed */
    const char *status;             /* NULL: in force */
};

enum part {
    PART_NUMBER,
    PART_HOLDER,
    PART_ISSUER, /* only of a register that holds certificates of several bodies */
    PART_PRODUCT,
    PART_STANDARD,
    PART_STATUS,
    PART_ISSUED,
    PART_EXPIRES,
    PARTS
};

const char *part_name(enum part part);

/* One value of the record, for the officer. */
struct snippet {
    enum answer answer;
    const char *label, *text, *where; /* NULL: none */
    int64_t offset;                   /* in the page as UTF-8; -1: not known */
};

enum match_found {
    MATCH_NOWHERE,
    MATCH_ELSEWHERE, /* the number is on the page, but in no record */
    MATCH_RECORD,
    MATCH_SEVERAL /* records with the number that contradict each other */
};

struct match {
    enum match_found found;
    struct snippet parts[PARTS];
    bool expired;         /* by a date of the record */
    bool renewed;         /* its end is later than the claimed one */
    const char *blocking; /* a word that speaks against it; NULL: none */
    const char *blocking_text, *blocking_where;
    bool blocked; /* the status field itself says that it is not in force */
    size_t records;
};

/* today: days since 1970-01-01. Returns 0 or -1 (memory). */
int match_page(const struct page *page, const struct claim *claim, int64_t today,
               struct match *out) WARN_UNUSED;

#endif
