/*
 * xmlout - writes XML 1.0 that is escaped by construction.
 *
 * As html.h: markup can only come from string literals, everything else is escaped; what is no
 * character of XML (production 2: controls, surrogates, U+FFFE, U+FFFF) or no UTF-8 becomes U+FFFD.
 * What it does not do: check that elements are closed.
 */
#ifndef REPORT_XMLOUT_H
#define REPORT_XMLOUT_H

#include "base/buffer.h"

struct xmlout {
    struct buffer *out;
};

/* Markup: a string literal, nothing else. */
#define xmlout_raw(x, literal) buffer_add((x)->out, SPAN_LIT(literal))

/* Text of an element or of a quoted attribute, escaped. NULL writes nothing. */
void xmlout_text(struct xmlout *x, const char *text);

void xmlout_number(struct xmlout *x, uint64_t n);

/* open text close: open and close are literals. */
#define xmlout_element(x, open, text, close)                                                       \
    do {                                                                                           \
        xmlout_raw(x, open);                                                                       \
        xmlout_text(x, text);                                                                      \
        xmlout_raw(x, close);                                                                      \
    } while (0)

/* An xs:dateTime; false, with nothing written, when the time is not known or has no four-digit
 * year from 0001 on (XML Schema part 2, 3.2.7). */
bool xmlout_has_time(int64_t t);
void xmlout_time(struct xmlout *x, int64_t t);

/* A SHA-256 given in hex. */
bool xmlout_has_sha256(const char *hex);
/* It as xs:base64Binary; the caller asked xmlout_has_sha256. */
void xmlout_sha256(struct xmlout *x, const char *hex);

#endif
