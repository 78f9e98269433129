/*
 * outline - what a writer of incremental updates needs to know of a PDF: its last revision's
 * trailer, and dictionaries as text to be written again with changes (ISO 32000-2 7.5.6).
 *
 * For files of our own making; the reader is the one that judges signatures, as strict.
 */
#ifndef FORMAT_PDF_OUTLINE_H
#define FORMAT_PDF_OUTLINE_H

#include "base/arena.h"
#include "base/buffer.h"

struct pdf_doc;

struct pdf_outline {
    struct pdf_doc *doc;
    size_t xref;                     /* offset of the last cross-reference section */
    bool table;                      /* it is a table, not a stream */
    uint32_t size;                   /* the next object number */
    uint32_t root, info, first_page; /* object numbers; info 0: none */
    uint32_t page_count;
    struct span first_id; /* as written, with its delimiters; absent: none */
    bool has_signature;
};

/* Returns 0; 1: it is no PDF that can be continued (*why static or of the arena); -1: memory. */
int pdf_outline(struct arena *a, struct span file, struct pdf_outline *out,
                const char **why) WARN_UNUSED;

/* Number of the page (from 0); 0: there is none. */
uint32_t pdf_outline_page(struct pdf_outline *o, uint32_t index);

/* The entries of the dictionary of an object, without "<<", ">>" and the keys named
 * (NULL-terminated). False: it is no dictionary. */
bool pdf_outline_dict(struct pdf_outline *o, uint32_t num, const char *const *drop,
                      struct buffer *out) WARN_UNUSED;

/* A value of the dictionary, followed through references: the items of an array without brackets,
 * the entries of a dictionary without angles. False: absent. */
bool pdf_outline_value(struct pdf_outline *o, uint32_t num, const char *key,
                       struct buffer *out) WARN_UNUSED;

/* Number of the object a key refers to; 0: absent, or written directly. */
uint32_t pdf_outline_ref(struct pdf_outline *o, uint32_t num, const char *key);

#endif
