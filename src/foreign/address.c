/*
 * address - forms of addresses in a profile: which one a URL has, and the same with another value.
 *
 * A form is compared piece by piece: host, path, and each parameter of the query; what the form
 * does not name must be on the profile's list of parameters that change nothing. So the page that
 * is read is one of the register's own, and what it shows is not a choice of whoever made the link.
 */
#include "base/buffer.h"
#include "foreign/profile.h"

enum { VALUE_MAX = 200, ID_MAX = 64, IGNORED_MAX = 32 };

struct parts {
    struct span host, path, query; /* query without '?'; p NULL: none */
};

static struct parts split(const char *url)
{
    struct parts out = {.query = SPAN_NONE};
    const char *p = strstr(url, "://");
    p = p ? p + 3 : url;
    size_t host = strcspn(p, "/?#");
    out.host = span_make(p, host);
    p += host;
    size_t path = strcspn(p, "?#");
    out.path = span_make(p, path);
    p += path;
    if (*p == '?') {
        out.query = span_make(p + 1, strcspn(p + 1, "#"));
    }
    return out;
}

static bool same_host(struct span a, struct span b)
{
    static const char end[] = ":443";
    size_t n = sizeof end - 1;
    if (b.n > n && memcmp(b.p + b.n - n, end, n) == 0) {
        b.n -= n;
    }
    if (a.n != b.n) {
        return false;
    }
    for (size_t i = 0; i < a.n; i++) {
        uint8_t c = b.p[i] >= 'A' && b.p[i] <= 'Z' ? (uint8_t)(b.p[i] + 32) : b.p[i];
        if (c != a.p[i]) {
            return false;
        }
    }
    return true;
}

/* ---- one piece with a place to fill ---------------------------------------------------------- */

struct place {
    size_t at, length; /* of "{number}" or "{id}" in the form's piece; length 0: none */
    bool id;
};

static struct place find_place(struct span form)
{
    size_t at = span_find(form, SPAN_LIT("{number}"), 0);
    if (at != SIZE_MAX) {
        return (struct place){at, 8, false};
    }
    at = span_find(form, SPAN_LIT("{id}"), 0);
    return at != SIZE_MAX ? (struct place){at, 4, true} : (struct place){0, 0, false};
}

static bool good_id(struct span v)
{
    bool digit = false;
    for (size_t i = 0; i < v.n; i++) {
        uint8_t c = v.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        digit = digit || (c >= '0' && c <= '9');
        if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_') {
            return false;
        }
    }
    return v.n && v.n <= ID_MAX && digit;
}

/* True when the piece has the form; *value is what stands in the place. */
static bool fits(struct span form, struct span text, struct place *place, struct span *value)
{
    *place = find_place(form);
    if (!place->length) {
        return span_eq(form, text);
    }
    size_t after = form.n - place->at - place->length;
    if (text.n < place->at + after ||
        !span_eq(span_sub(form, 0, place->at), span_sub(text, 0, place->at)) ||
        !span_eq(span_sub(form, form.n - after, after), span_sub(text, text.n - after, after))) {
        return false;
    }
    *value = span_sub(text, place->at, text.n - place->at - after);
    if (value->n == 0 || value->n > VALUE_MAX || span_find(*value, SPAN_LIT("/"), 0) != SIZE_MAX) {
        return false;
    }
    return !place->id || good_id(*value);
}

/* ---- the query ------------------------------------------------------------------------------- */

static bool next_parameter(struct span *rest, struct span *out)
{
    if (!rest->n) {
        return false;
    }
    size_t end = span_find(*rest, SPAN_LIT("&"), 0);
    end = end == SIZE_MAX ? rest->n : end;
    *out = span_sub(*rest, 0, end);
    *rest = span_sub(*rest, end + 1, rest->n);
    return true;
}

static struct span name_of(struct span parameter)
{
    size_t equals = span_find(parameter, SPAN_LIT("="), 0);
    return equals == SIZE_MAX ? parameter : span_sub(parameter, 0, equals);
}

/* A parameter that the form does not name: on the list, with a short plain value. */
static bool is_ignored(const struct profile *p, struct span parameter)
{
    struct span name = name_of(parameter);
    struct span value = span_sub(parameter, name.n + 1, parameter.n);
    for (size_t i = 0; i < value.n; i++) {
        uint8_t c = value.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              c == '-' || c == '_')) {
            return false;
        }
    }
    for (size_t i = 0; i < p->ignored.count; i++) {
        if (span_eq(span_str(p->ignored.items[i]), name)) {
            return value.n <= IGNORED_MAX;
        }
    }
    return false;
}

/* The only parameter of that name in the query, or SPAN_NONE. */
static struct span only(struct span query, struct span name)
{
    struct span parameter, found = SPAN_NONE;
    size_t n = 0;
    while (next_parameter(&query, &parameter)) {
        if (span_eq(name_of(parameter), name)) {
            found = parameter;
            n++;
        }
    }
    return n == 1 ? found : SPAN_NONE;
}

static bool query_fits(const struct profile *p, struct span form, struct span query,
                       struct place *place, struct span *value)
{
    struct span rest = form, parameter;
    while (next_parameter(&rest, &parameter)) {
        struct place here;
        struct span there = only(query, name_of(parameter));
        if (!there.p || !fits(parameter, there, &here, value)) {
            return false;
        }
        *place = here.length ? here : *place;
    }
    rest = query;
    while (next_parameter(&rest, &parameter)) {
        if (!only(form, name_of(parameter)).p && !is_ignored(p, parameter)) {
            return false;
        }
    }
    return true;
}

/* ---- the value ------------------------------------------------------------------------------- */

/* Percent-decoded; '+' is a blank in a query. */
static const char *decode(struct arena *a, struct span value, bool in_query)
{
    char *out = arena_alloc(a, value.n + 1);
    size_t n = 0;
    for (size_t i = 0; out && i < value.n; i++) {
        uint8_t c = value.p[i];
        if (c == '%' && i + 2 < value.n && hex_digit(value.p[i + 1]) >= 0 &&
            hex_digit(value.p[i + 2]) >= 0) {
            c = (uint8_t)(hex_digit(value.p[i + 1]) * 16 + hex_digit(value.p[i + 2]));
            i += 2;
        } else if (c == '+' && in_query) {
            c = ' ';
        }
        out[n++] = (char)(c ? c : '?');
    }
    return out;
}

static int try_form(struct arena *a, const struct profile *p, const char *form, const char *url,
                    struct address_match *out)
{
    struct parts f = split(form), u = split(url);
    struct place in_path = {0}, in_query = {0};
    struct span value = SPAN_NONE, in_path_value = SPAN_NONE;
    if (u.path.n == 0) {
        u.path = SPAN_LIT("/");
    }
    if (!same_host(f.host, u.host) || !fits(f.path, u.path, &in_path, &in_path_value) ||
        !query_fits(p, f.query, u.query, &in_query, &value)) {
        return 0;
    }
    struct place place = in_path.length ? in_path : in_query;
    value = in_path.length ? in_path_value : value;
    out->form = form;
    out->fit = !place.length ? ADDRESS_LIST : place.id ? ADDRESS_ID : ADDRESS_NUMBER;
    if (place.length) {
        out->start = (size_t)((const char *)value.p - url);
        out->end = out->start + value.n;
        out->in_query = !in_path.length;
        out->value = decode(a, value, out->in_query);
        return out->value ? 0 : -1;
    }
    return 0;
}

int profile_address(struct arena *a, const struct profile *p, const char *url,
                    struct address_match *out)
{
    *out = (struct address_match){.fit = ADDRESS_OUTSIDE};
    for (size_t i = 0; i < p->templates.count && out->fit == ADDRESS_OUTSIDE; i++) {
        if (strncmp(url, "https://", 8) == 0 &&
            try_form(a, p, p->templates.items[i], url, out) != 0) {
            return -1;
        }
    }
    return 0;
}

const char *profile_address_with(struct arena *a, const char *url, const struct address_match *m,
                                 const char *value)
{
    static const char digits[] = "0123456789ABCDEF";
    struct buffer b;
    buffer_init(&b, 4096);
    buffer_add(&b, span_make(url, m->start));
    for (const uint8_t *p = (const uint8_t *)value; *p; p++) {
        bool plain = (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
                     (*p >= 'A' && *p <= 'Z') || *p == '-' || *p == '.' || *p == '_' || *p == '~' ||
                     (*p == '+' && !m->in_query);
        if (plain) {
            buffer_char(&b, (char)*p);
        } else {
            buffer_char(&b, '%');
            buffer_char(&b, digits[*p >> 4]);
            buffer_char(&b, digits[*p & 15]);
        }
    }
    buffer_add(&b, span_make(url + m->end, strcspn(url + m->end, "#")));
    const char *s = buffer_ok(&b) ? arena_str(a, buffer_span(&b)) : NULL;
    buffer_free(&b);
    return s;
}
