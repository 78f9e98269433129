/*
 * pdf - the PDF reader's only entry for the rest of the program.
 */
#ifndef FORMAT_PDF_H
#define FORMAT_PDF_H

#include "format/extract.h"

/* Reads a PDF: fills out->signatures, out->evidence and findings. Returns 0, or -1 for a failure of
 * our own (memory, cap of the arena). A broken file is 0 with FAIL findings. The file's bytes are
 * borrowed for the life of the arena. An encrypted one is opened without a password, else with this
 * one (absent: none). */
int pdf_extract(struct arena *a, struct span file, struct span password,
                struct extraction *out) WARN_UNUSED;

#endif
