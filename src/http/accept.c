/*
 * accept - see accept.h. What it does not do: ranges of media types other than the whole of one.
 */
#include "http/accept.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

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

int accept_weight(const char *header, const char *name, bool part)
{
    size_t length = strlen(name);
    int best = 0;
    for (const char *p = header ? header : ""; *p;) {
        p += strspn(p, " \t,");
        const char *end = p + strcspn(p, ",");
        size_t n = strcspn(p, part ? "-;, \t" : ";, \t");
        int q = weight(p + strcspn(p, ";,"), end);
        best = n == length && strncasecmp(p, name, n) == 0 && q > best ? q : best;
        p = end;
    }
    return best;
}

static int greater(int a, int b)
{
    return a > b ? a : b;
}

bool accept_wants_xml(const char *header)
{
    int xml = greater(accept_weight(header, "application/xml", false),
                      accept_weight(header, "text/xml", false));
    int json = greater(accept_weight(header, "application/json", false),
                       greater(accept_weight(header, "application/*", false),
                               accept_weight(header, "*/*", false)));
    return xml > json;
}
