/*
 * detect - which kind of file this is, by its content; the name is never believed.
 */
#ifndef FORMAT_DETECT_H
#define FORMAT_DETECT_H

#include "base/span.h"

enum document_format {
    DOCUMENT_UNKNOWN,
    DOCUMENT_EMPTY,
    DOCUMENT_PDF,
    DOCUMENT_CMS, /* DER, BER, PEM or bare base64 */
    DOCUMENT_TST, /* time-stamp token or response */
    DOCUMENT_ERS, /* evidence record */
    DOCUMENT_SMIME,
    DOCUMENT_XML,
    DOCUMENT_ZIP,
    DOCUMENT_JWS
};

enum document_format detect_format(struct span file);

/* "PDF", "CMS", ... as the report names it. */
const char *detect_name(enum document_format format);

#endif
