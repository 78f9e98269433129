/*
 * match - see match.h.
 */
#include "http/office/match.h"

/* Takes the next segment, without its slash. */
static bool next(const char **at, struct span *out)
{
    if (**at != '/') {
        return false;
    }
    size_t n = strcspn(*at + 1, "/");
    *out = span_make(*at + 1, n);
    *at += 1 + n;
    return true;
}

/* A segment's text as a JSON string; what is no UTF-8 becomes one that no parameter takes. */
static int keep(json_t *values, struct span name, struct span value)
{
    char key[64];
    if (name.n >= sizeof key) {
        return -1;
    }
    memcpy(key, name.p, name.n);
    key[name.n] = 0;
    json_t *text = json_stringn((const char *)value.p, value.n);
    return json_object_set_new(values, key, text ? text : json_string("\x7f"));
}

int match_path(const char *template, const char *url, json_t *values)
{
    int words = 0;
    struct span a, b;
    while (*template && *url) {
        if (!next(&template, &a) || !next(&url, &b)) {
            return -1;
        }
        bool value = a.n > 2 && a.p[0] == '{';
        if (!value && !span_eq(a, b)) {
            return -1;
        }
        if (value && (b.n == 0 || (values && keep(values, span_sub(a, 1, a.n - 2), b) != 0))) {
            return -1;
        }
        words += !value;
    }
    return *template || *url ? -1 : words;
}
