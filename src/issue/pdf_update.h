/*
 * pdf_update - writes one incremental update behind a PDF (ISO 32000-2 7.5.6): objects, then a
 * classic cross-reference table and trailer. The bytes before it stay as they are.
 */
#ifndef ISSUE_PDF_UPDATE_H
#define ISSUE_PDF_UPDATE_H

#include "format/pdf/outline.h"

enum { PDF_UPDATE_OBJECTS = 1024 };

struct pdf_update {
    struct buffer *out; /* the file so far, then the update */
    struct pdf_outline old;
    uint32_t next; /* object number */
    struct {
        uint32_t num;
        size_t at;
    } objects[PDF_UPDATE_OBJECTS];
    size_t count;
    bool failed;
    /* Pieces put between entries of the catalog and the first page when they are written again. */
    uint32_t new_info; /* 0: as before */
};

/* Copies the file into out and reads it. 0; 1: it cannot be continued (why); -1. The file must
 * outlive the update; the arena holds what was read. */
int pdf_update_begin(struct pdf_update *u, struct arena *a, struct span file, struct buffer *out,
                     const char **why) WARN_UNUSED;

uint32_t pdf_update_number(struct pdf_update *u);

/* Begins and ends an object; what stands between is appended to u->out by the caller. */
void pdf_update_open(struct pdf_update *u, uint32_t num);
void pdf_update_close(struct pdf_update *u);
void pdf_update_object(struct pdf_update *u, uint32_t num, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* A stream, compressed; dict: further entries. */
void pdf_update_stream(struct pdf_update *u, uint32_t num, const char *dict, struct span data);

/* An object's dictionary once more: without the keys of drop, with more at the end. */
void pdf_update_again(struct pdf_update *u, uint32_t num, const char *const *drop,
                      const char *more);

/* A text string of UTF-8, as (ASCII) or <FEFF...>. */
void pdf_update_text(struct buffer *out, const char *utf8);

/* "(D:20261122093000+05'30')" */
void pdf_update_date(struct buffer *out, int64_t t);

/* The table and trailer; id: 16 octets of this revision. Returns 0 or -1. */
int pdf_update_end(struct pdf_update *u, const uint8_t id[16]) WARN_UNUSED;

#endif
