/*
 * render - the forms of a finished report. Renderers only read.
 */
#ifndef REPORT_RENDER_H
#define REPORT_RENDER_H

#include "base/buffer.h"
#include "satyapan/report.h"

enum lang { LANG_EN, LANG_HI };

/* One line of JSON without a newline, "satyapan-report/1". Returns 0 or -1 (memory). */
int report_json(const struct sp_report *r, struct buffer *out) WARN_UNUSED;

/* The same in pieces, as they are ready: of a container with many files, the whole is never held.
 * Returns 0, or -1: memory, or send gave something else than 0. */
int report_json_send(const struct sp_report *r, int (*send)(void *context, struct span piece),
                     void *context) WARN_UNUSED;

/* The same with what only callers of the verifier need: the issuers in wants. */
int report_json_inside(const struct sp_report *r, struct buffer *out) WARN_UNUSED;

/* Reads that JSON back, strictly: what the sandboxed child sent is not trusted. Unknown words,
 * wrong types or missing keys give 0 with *out NULL; -1 when memory is out. */
int report_from_json(struct span json, struct sp_report **out) WARN_UNUSED;

/* For a terminal: aligned, at most width columns, colour only when asked. */
int report_text(const struct sp_report *r, enum lang lang, bool colour, unsigned width,
                struct buffer *out) WARN_UNUSED;

/* The report as an HTML fragment (<section class="report">...) for a page, and as a complete,
 * printable file with its style inside. Escaped by construction: see html.h. */
int report_html_fragment(const struct sp_report *r, enum lang lang, struct buffer *out) WARN_UNUSED;
/* The fragment for a page of several: every id ends in "-number" (from 1). */
int report_html_part(const struct sp_report *r, enum lang lang, size_t number,
                     struct buffer *out) WARN_UNUSED;
int report_html(const struct sp_report *r, enum lang lang, struct buffer *out) WARN_UNUSED;

/* The validation report of ETSI TS 119 102-2 v1.4.1, a whole XML document: see etsi.c. */
int report_etsi(const struct sp_report *r, struct buffer *out) WARN_UNUSED;

#endif
