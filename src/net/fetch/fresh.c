/*
 * fresh - see fresh.h.
 */
#include "net/fetch/fresh.h"

#include <stdlib.h>
#include <strings.h>

#include <curl/curl.h>

static const int64_t day = 86400;
static const int64_t most = (int64_t)365 * 86400;

/* A whole number of seconds, at most a year; false when it is none. */
static bool seconds_of(struct span text, int64_t *out)
{
    int64_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return false;
        }
        n = n * 10 + (text.p[i] - '0');
        n = n > most ? most : n;
    }
    *out = n;
    return text.n > 0;
}

static struct span trimmed(struct span s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s = span_sub(s, 1, s.n);
    }
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t')) {
        s.n--;
    }
    return s;
}

static bool is(struct span name, const char *word)
{
    return name.n == strlen(word) && strncasecmp((const char *)name.p, word, name.n) == 0;
}

struct directives {
    bool forbidden, has_max_age, bad_max_age;
    int64_t max_age;
};

/* One directive. Contradicting ages: the smaller counts (RFC 9111 4.2.1). */
static void take_directive(struct span d, struct directives *out)
{
    size_t equals = span_find(d, SPAN_LIT("="), 0);
    struct span name = trimmed(span_sub(d, 0, equals == SIZE_MAX ? d.n : equals));
    struct span value = equals == SIZE_MAX ? SPAN_NONE : trimmed(span_sub(d, equals + 1, d.n));
    if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"') {
        value = span_sub(value, 1, value.n - 2);
    }
    int64_t n;
    if (is(name, "no-store") || is(name, "no-cache")) {
        out->forbidden = true;
    } else if (is(name, "max-age") && !seconds_of(value, &n)) {
        out->bad_max_age = true;
    } else if (is(name, "max-age")) {
        out->max_age = !out->has_max_age || n < out->max_age ? n : out->max_age;
        out->has_max_age = true;
    }
}

static struct directives directives_of(const char *line)
{
    struct directives out = {.forbidden = false};
    struct span rest = span_str(line);
    while (rest.n) {
        size_t comma = span_find(rest, SPAN_LIT(","), 0);
        take_directive(trimmed(span_sub(rest, 0, comma == SIZE_MAX ? rest.n : comma)), &out);
        rest = comma == SIZE_MAX ? span_sub(rest, rest.n, 0) : span_sub(rest, comma + 1, rest.n);
    }
    return out;
}

static int64_t date_of(const char *line)
{
    time_t t = *line ? curl_getdate(line, NULL) : (time_t)-1;
    return t == (time_t)-1 ? UTC_NONE : (int64_t)t;
}

/* RFC 9111 4.2.3, without the time the answer was on its way. */
static int64_t age_of(const struct fresh_lines *lines, int64_t date, int64_t now)
{
    int64_t age = 0, apparent = date != UTC_NONE && date < now ? now - date : 0;
    if (!seconds_of(trimmed(span_str(lines->age)), &age)) {
        age = 0;
    }
    return age > apparent ? age : apparent;
}

int64_t fresh_until(const struct fresh_lines *lines, int64_t now)
{
    struct directives d = directives_of(lines->cache_control);
    if (d.forbidden || d.bad_max_age) {
        return now;
    }
    int64_t date = date_of(lines->date), lifetime;
    if (d.has_max_age) {
        lifetime = d.max_age;
    } else if (*lines->expires) {
        int64_t expires = date_of(lines->expires), from = date == UTC_NONE ? now : date;
        /* "0" and other nonsense mean: already over (RFC 9111 5.3). */
        lifetime = expires == UTC_NONE || expires <= from ? 0 : expires - from;
        lifetime = lifetime > most ? most : lifetime;
    } else {
        return UTC_NONE;
    }
    int64_t age = age_of(lines, date, now);
    return lifetime > age ? now + lifetime - age : now;
}

int64_t fresh_retry_after(const char *line, int64_t now)
{
    int64_t n;
    if (!seconds_of(trimmed(span_str(line)), &n)) {
        int64_t date = date_of(line);
        n = date == UTC_NONE || date <= now ? 0 : date - now;
    }
    return n > day ? day : n;
}
