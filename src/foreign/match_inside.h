/*
 * match_inside - what the files of match.h share: how far a record reaches (match_record.c), what
 * speaks against it (match_against.c), how its values compare and which record it is (match.c).
 */
#ifndef FOREIGN_MATCH_INSIDE_H
#define FOREIGN_MATCH_INSIDE_H

#include "foreign/match.h"

enum { MATCH_SHOWN = 400 }; /* bytes of a text that go to the officer */

struct matcher {
    const struct page *page;
    struct arena *a;
    const struct claim *claim;
    struct claimed_number number;
    int64_t today;
    enum answer *numbers; /* of each field: how it compares as a number */
    uint8_t *others;      /* of each line: 0 not looked at, 1 no other number, 2 there is one */
    /* What status_blocking says of each line, and of each field's label and value: records overlap,
     * and a page may have many. */
    struct match_word {
        bool known;
        const char *word;
    } * lines, *labels, *values;
    bool elsewhere;
};

struct record {
    unsigned first, end;
    unsigned wide_first, wide_end; /* what may speak against it stands in here */
    int group;                     /* box of rows it is one of; PAGE_NONE: none */
};

/* ---- match_record.c ---- */

/* Compares all fields that hold a number. 0 or -1 (memory). */
int match_numbers(struct matcher *m) WARN_UNUSED;

/* "Certificate #4282" as a heading: a field that the readers could not know of. */
bool match_heading(struct matcher *m, const struct page_line *l, enum answer *answer);

/* The first field, or line, at that position or behind it. */
size_t match_field_from(const struct page *p, unsigned at);
size_t match_line_from(const struct page *p, unsigned at);

/* The record around a position in a box (PAGE_NONE: none). */
struct record match_reach(struct matcher *m, int box, unsigned at);

/* ---- match_against.c ---- */

/* Fills expired and blocking. */
void match_against(struct matcher *m, const struct record *r, struct match *out);

#endif
