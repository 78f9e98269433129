/*
 * language - see language.h.
 */
#include "http/language.h"

#include <ctype.h>
#include <strings.h>

bool language_parse(const char *word, enum lang *out)
{
    bool hindi = strcmp(word, "hi") == 0;
    if (hindi || strcmp(word, "en") == 0) {
        *out = hindi ? LANG_HI : LANG_EN;
        return true;
    }
    return false;
}

/* The weight in thousandths: ";q=0.8". Malformed ones count as 0. */
static int weight(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == ';')) {
        p++;
    }
    if (p == end) {
        return 1000;
    }
    if (end - p < 3 || (*p != 'q' && *p != 'Q') || p[1] != '=' || (p[2] != '0' && p[2] != '1')) {
        return 0;
    }
    int q = (p[2] - '0') * 1000, unit = 100;
    for (p += p + 3 < end && p[3] == '.' ? 4 : 3; p < end && isdigit((unsigned char)*p); p++) {
        q += (*p - '0') * unit;
        unit /= 10;
    }
    return q > 1000 ? 1000 : q;
}

enum lang language_accept(const char *header)
{
    int en = 0, hi = 0;
    for (const char *p = header ? header : ""; *p;) {
        p += strspn(p, " \t,");
        const char *end = p + strcspn(p, ",");
        size_t n = strcspn(p, "-;, \t");
        int q = weight(p + strcspn(p, ";,"), end);
        en = n == 2 && strncasecmp(p, "en", 2) == 0 && q > en ? q : en;
        hi = n == 2 && strncasecmp(p, "hi", 2) == 0 && q > hi ? q : hi;
        p = end;
    }
    return hi > en ? LANG_HI : LANG_EN;
}
