/*
 * pages_parts - the parts pages are made of: badges, values, lists of facts, timelines, links.
 *
 * How a column is shown is data (pages_fields.def), and so are the words of the records
 * (pages_vocab.def): a page only names the columns.
 */
#ifndef HTTP_OFFICE_PAGES_PARTS_H
#define HTTP_OFFICE_PAGES_PARTS_H

#include "http/office/pages_view.h"

enum field_kind {
    FIELD_TEXT,
    FIELD_LONG,
    FIELD_NUMBER,
    FIELD_DATE,
    FIELD_DUE,
    FIELD_TIME,
    FIELD_MONEY,
    FIELD_BYTES,
    FIELD_TRUTH,
    FIELD_WORD,
    FIELD_BADGE,
    FIELD_CODE,
    FIELD_HASH,
    FIELD_ACTION,
    FIELD_ID /* of another record: its name is shown where there is one */
};

struct field {
    const char *name;
    enum field_kind kind;
    const char *en, *hi;
};

/* NULL: no such column is shown anywhere. */
const struct field *field_find(const char *name);

/* The column's label, or its name where there is none. */
const char *field_label(const struct view *v, const char *name);

/* A word of the records for people; itself when it is not known. */
const char *vocab_text(const struct view *v, const char *word);
bool vocab_known(const char *word);
enum tone vocab_tone(const char *word);

/* Icon, word and colour. */
void part_badge(struct view *v, enum tone tone, const char *text);
void part_badge_word(struct view *v, const char *word);
void part_icon(struct view *v, enum tone tone);
void part_tone_class(struct view *v, enum tone tone); /* " good" ... inside a class attribute */

/* What people wrote, marked as Hindi where it is on an English page. */
void part_text(struct view *v, const char *text);

/* The column of a row as text for people; "–" when it is empty. */
void part_value(struct view *v, const json_t *row, const char *name);

/* `<dl>` of those columns that have a value; names ends with NULL. */
void part_facts(struct view *v, const json_t *row, const char *const *names);

/* "due today", "3 working days left", "2 working days late"; days UTC_NONE: nothing. */
void part_days_left(struct view *v, int64_t days);

/* The date of due_on, and under or beside it how many working days are left. */
void part_due(struct view *v, const json_t *row);

/* Working days to a date; a day off is told from today. */
void part_days_until(struct view *v, const char *due, int64_t days);

/* < 0: before today in India, 0: today, > 0. */
int view_against_today(const struct view *v, const char *date);

/* What happened, newest first: rows of the audit trail. */
void part_timeline(struct view *v, const json_t *items);

/* `<section>` with a heading that has an id, for the list of contents and for links. */
#define part_section(v, id, word)                                                                  \
    do {                                                                                           \
        html_raw(&(v)->h,                                                                          \
                 "<section class=\"part\" aria-labelledby=\"" id "\"><h2 id=\"" id "\">");         \
        view_word(v, word);                                                                        \
        html_raw(&(v)->h, "</h2>");                                                                \
    } while (0)
#define part_section_end(v) html_raw(&(v)->h, "</section>")

/* "There is nothing here", by a word. */
void part_empty(struct view *v, enum office_word word);

/* "12 items"; several is a word with {0}. */
void part_count(struct view *v, enum office_word one, enum office_word several, int64_t n);

/* The `id` of a person, firm or lab as its name: "<column>_name" of the row, or the column
 * itself. */
const char *part_name(const json_t *row, const char *column);

#endif
