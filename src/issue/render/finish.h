/*
 * finish - makes PDF/A-3b (ISO 19005-3:2012, conformance level B) of the PDF that cairo drew.
 *
 * The file is written again as a whole, one revision, classic cross-reference table. By clause:
 *   6.1.2   header %PDF-1.7, four octets above 127 behind it
 *   6.1.3   /ID in the trailer (of the contents), no /Encrypt, nothing behind %%EOF
 *   6.2.3   output intent GTS_PDFA1 with an sRGB profile
 *   6.2.10  no transparency groups; drawn with opaque colours only
 *   6.2.11  fonts embedded (cairo), /CIDToGIDMap /Identity for each CIDFontType2
 *   6.6     metadata stream without filter: pdfaid part 3, conformance B; dc, xmp, pdf as in /Info
 *   6.8     attachments with /AFRelationship, MIME subtype, /F and /UF; /AF in the catalog
 * Not claimed: tagged structure (level A), Unicode mapping of all text (level U).
 */
#ifndef ISSUE_RENDER_FINISH_H
#define ISSUE_RENDER_FINISH_H

#include "base/buffer.h"

struct pdf_finish {
    const char *title, *title_hi, *author;
    const char *name;           /* of the attachments, before the ending; slashes become '-' */
    int64_t created;            /* UTC */
    struct span icc, json, xml; /* json, xml absent: not attached */
};

/* 0, or -1: memory, or it is no PDF as cairo writes it. */
int pdf_finish(struct span drawn, const struct pdf_finish *f, struct buffer *out) WARN_UNUSED;

/* The metadata (ISO 16684-1); time is the date of /Info as RFC 3339. */
void pdf_xmp(struct buffer *out, const struct pdf_finish *f);

#endif
