/*
 * html - writes HTML that is escaped by construction.
 *
 * Markup can only come from string literals: html_raw is a macro that does not compile with
 * anything else. Everything that is not a literal goes through html_text or html_attr, which
 * escape & < > " ' and replace what is not printable UTF-8. Attributes are always quoted. What it
 * does not do: check that tags are closed; and no value may ever become a URL, a style or a script
 * through it (callers pass only literals there).
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "base/buffer.h"

struct html {
    struct buffer *out;
};

/* Markup: a string literal, nothing else. */
#define html_raw(h, literal) buffer_add((h)->out, SPAN_LIT(literal))

/* Text, escaped. NULL writes nothing. */
void html_text(struct html *h, const char *text);
void html_span(struct html *h, struct span text);
void html_number(struct html *h, uint64_t n);

/* ` name="value"`: the name is a literal, the value is escaped. */
#define html_attr(h, name, value)                                                                  \
    do {                                                                                           \
        html_raw(h, " " name "=\"");                                                               \
        html_text(h, value);                                                                       \
        html_raw(h, "\"");                                                                         \
    } while (0)

/* `<tag>text</tag>`: tag (with attributes) and end are literals. */
#define html_element(h, open, text, close)                                                         \
    do {                                                                                           \
        html_raw(h, open);                                                                         \
        html_text(h, text);                                                                        \
        html_raw(h, close);                                                                        \
    } while (0)

#endif
