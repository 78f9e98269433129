/*
 * page - what a page of a register says, whatever it is written in: boxes, lines, labelled fields.
 *
 * HTML, JSON, CSV and plain text (also of a PDF) become the same small tree, in the order of the
 * document. A box is an element with a place of its own, an object or a paragraph; a line is text
 * that a reader sees as one; a field is a label with its value. What a reader does not see is not
 * there: scripts, hidden elements, what is struck out, values of input elements, titles, frames. It
 * says nothing about what the text means (match.h). It runs in the sandboxed child only.
 */
#ifndef FOREIGN_PAGE_H
#define FOREIGN_PAGE_H

#include "base/arena.h"
#include "foreign/profile.h"

enum {
    PAGE_DEPTH_MAX = 200,
    PAGE_ITEMS_MAX = 2000000, /* lines, boxes, fields, each */
    PAGE_FIELD_TEXT = 4000    /* longer values are cut: nothing that is compared is so long */
};

enum { PAGE_NONE = -1, PAGE_DATA_MAX = 8 };

enum page_box_kind {
    BOX_PLAIN,
    BOX_LIST, /* dl */
    BOX_TERM, /* dt */
    BOX_DATA, /* dd */
    BOX_TABLE,
    BOX_HEADS, /* thead */
    BOX_ROW,
    BOX_CELL,
    BOX_HEAD /* th */
};

struct page_box {
    int parent;          /* index, or PAGE_NONE */
    unsigned first, end; /* positions: [first, end) */
    enum page_box_kind kind;
    bool closed;      /* a row among others: a record does not reach beyond it */
    bool nested;      /* there is a table in it */
    bool control;     /* there is an input element in it */
    bool picture;     /* there is a picture in it */
    const void *node; /* of the source, for page_where */
};

enum page_line_kind {
    PAGE_TEXT,
    PAGE_LINK,  /* nothing but links, in a list: a menu */
    PAGE_HEAD1, /* headings; a caption is the lowest */
    PAGE_HEAD7 = PAGE_HEAD1 + 6
};

struct page_line {
    unsigned at; /* position; stays the first member */
    enum page_line_kind kind;
    bool used;  /* a field was made of it */
    bool shaky; /* hidden by a style sheet, perhaps: counts against, never for */
    const char *text;
    const void *node;
};

struct page_field {
    unsigned at; /* position; stays the first member */
    int box;
    enum label_class class;
    bool shaky;
    bool picture;                     /* there is a picture in the value */
    const char *label, *label_folded; /* as it stands there; by normal_fold */
    const char *value;                /* lines parted by '\n' */
    const void *node;
};

enum page_kind { PAGE_HTML, PAGE_JSON, PAGE_PLAIN };

struct page {
    struct arena *arena;
    const struct profile *profile;
    enum page_kind kind;
    struct page_box *boxes;
    size_t box_count, box_room;
    struct page_line *lines;
    size_t line_count, line_room;
    struct page_field *fields;
    size_t field_count, field_room;
    unsigned next;  /* position */
    size_t visible; /* characters of text */
    size_t scripts, password_inputs, frames, captcha;
    struct span data[PAGE_DATA_MAX]; /* application/ld+json in an HTML page */
    size_t data_count;
    const char *title;      /* not part of the text */
    const char *refresh;    /* where the page sends the browser on; NULL: nowhere */
    const char *unreadable; /* why it cannot be read surely; NULL: it can */
    bool failed;            /* memory, or more than the limits */
};

/* Each reads one form into *p, which is zeroed but for arena and profile. text is UTF-8. */
void page_html(struct page *p, struct span text);
void page_json(struct page *p, struct span text);
void page_plain(struct page *p, struct span text);
void page_csv(struct page *p, struct span text);

/* Where a line or field stands: an XPath, a JSON pointer or a line number; NULL: memory. */
const char *page_where(const struct page *p, const void *node);

/* The byte in the text at which a line or field begins, or -1. */
int64_t page_offset(const struct page *p, const void *node);

#endif
