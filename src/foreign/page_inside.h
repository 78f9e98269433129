/*
 * page_inside - what the readers of pages share.
 */
#ifndef FOREIGN_PAGE_INSIDE_H
#define FOREIGN_PAGE_INSIDE_H

#include <libxml/HTMLparser.h>

#include "foreign/page.h"

/* Opens a box inside parent; its index, or PAGE_NONE when it failed. */
int page_open(struct page *p, int parent, const void *node);
void page_close(struct page *p, int box);

/* Adds a line (its text is kept, not copied) or a field. */
void page_add_line(struct page *p, const struct page_line *line);
void page_add_field(struct page *p, int box, unsigned at, const char *label, const char *value,
                    const void *node, bool shaky, bool picture);

/* "Label: value" in one line of text; false: it is none. */
bool page_split(struct page *p, const char *text, const char **label, const char **value);

/* A text without the colon and the star of a form at its end, folded; NULL: memory. */
const char *page_bare_label(struct arena *a, const char *label);

/* True when it is a label that the general list or the profile knows. */
bool page_is_label(struct page *p, const char *text);

/* Sorts the fields by position; called by the readers at their end. */
void page_finish(struct page *p);

/* page_where and page_offset of one kind. */
const char *plain_where(const struct page *p, const void *node);
int64_t plain_offset(const void *node);
const char *html_where(const struct page *p, const void *node);
int64_t html_offset(const void *node);
const char *json_where(const struct page *p, const void *node);

/* ---- plain text, CSV ------------------------------------------------------------------------- */

/* Where a line or a record of text stands. */
struct plain_place {
    int64_t offset;
    int64_t number;
};

/* ---- HTML ------------------------------------------------------------------------------------ */

enum { STYLE_RULES_MAX = 500 };

/* Simple selectors that a style sheet of the page hides. */
struct style_rule {
    struct span tag, id, class; /* absent: any; of several classes the first */
};

struct style_rules {
    struct style_rule *rows;
    size_t count, room;
};

/* Adds the rules of one style element that hide something, STYLE_RULES_MAX at most. Returns 0 or -1
 * (memory). */
int style_read(struct arena *a, struct span css, struct style_rules *rules) WARN_UNUSED;

/* True when a style sheet may hide the element. */
bool style_may_hide(const struct style_rules *rules, const xmlNode *element);

/* True when declarations hide, or strike out, what they are for. */
bool style_hides(struct span declarations);

/* The attribute's value as it stands in the tree; SPAN_NONE: it has none. */
struct span html_attribute(const xmlNode *element, const char *name);

/* True when a list of words parted by blanks has this one, in small letters. */
bool html_has_word(struct span words, const char *word);

/* The class of an element with its words parted by blanks; NULL: memory. */
const char *html_class(struct arena *a, const void *element);

/* Makes fields of tables, definition lists, and labels beside their values. */
void html_fields(struct page *p);

#endif
