/*
 * html - see html.h. Escaping: HTML Living Standard 13.3 (serialising), OWASP XSS rule 1 and 2.
 */
#include "report/html.h"

#include "base/utf8.h"

static const char *escaped(uint8_t c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_span(struct html *h, struct span text)
{
    while (text.n) {
        const char *entity = escaped(text.p[0]);
        size_t n = 0;
        if (entity) {
            buffer_str(h->out, entity);
            text = span_sub(text, 1, text.n);
            continue;
        }
        while (n < text.n && !escaped(text.p[n])) {
            n++;
        }
        utf8_clean(h->out, span_sub(text, 0, n));
        text = span_sub(text, n, text.n);
    }
}

void html_text(struct html *h, const char *text)
{
    html_span(h, span_str(text));
}

void html_number(struct html *h, uint64_t n)
{
    buffer_printf(h->out, "%llu", (unsigned long long)n);
}
