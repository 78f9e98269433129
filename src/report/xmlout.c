/*
 * xmlout - see xmlout.h. XML 1.0 (fifth edition) 2.2 and 2.4.
 */
#include "report/xmlout.h"

#include "base/hash.h"
#include "base/utc.h"
#include "report/html.h"

enum { HEX_SIZE = 2 * SHA256_SIZE, BASE64_SIZE = (SHA256_SIZE + 2) / 3 * 4 };

/* The two code points that are UTF-8 but no characters of XML; of equal length. */
static bool is_noncharacter(struct span s)
{
    return span_starts(s, SPAN_LIT("\xef\xbf\xbe")) || span_starts(s, SPAN_LIT("\xef\xbf\xbf"));
}

void xmlout_text(struct xmlout *x, const char *text)
{
    struct html h = {.out = x->out};
    struct span rest = span_str(text);
    while (rest.n) {
        size_t n = 0;
        while (n < rest.n && !is_noncharacter(span_sub(rest, n, 3))) {
            n++;
        }
        html_span(&h, span_sub(rest, 0, n)); /* its entities are XML's or numeric */
        if (n < rest.n) {
            xmlout_raw(x, "\xef\xbf\xbd");
            n += 3;
        }
        rest = span_sub(rest, n, rest.n);
    }
}

void xmlout_number(struct xmlout *x, uint64_t n)
{
    buffer_printf(x->out, "%llu", (unsigned long long)n);
}

bool xmlout_has_time(int64_t t)
{
    return t != UTC_NONE && t >= utc_from_civil(1, 1, 1) * 86400 &&
           t < utc_from_civil(10000, 1, 1) * 86400;
}

void xmlout_time(struct xmlout *x, int64_t t)
{
    char text[UTC_TEXT];
    buffer_str(x->out, utc_rfc3339(t, text));
}

bool xmlout_has_sha256(const char *hex)
{
    uint8_t hash[SHA256_SIZE];
    return hex && strlen(hex) == HEX_SIZE && hash_unhex(hex, hash, sizeof hash);
}

void xmlout_sha256(struct xmlout *x, const char *hex)
{
    uint8_t hash[SHA256_SIZE] = {0}, text[BASE64_SIZE + 1];
    if (hash_unhex(hex, hash, sizeof hash)) {
        int n = EVP_EncodeBlock(text, hash, (int)sizeof hash);
        buffer_add(x->out, span_make(text, (size_t)n));
    }
}
