/*
 * robots - see robots.h.
 */
#include "foreign/robots.h"

enum { FILE_MAX = 512 * 1024, DELAY_MAX_S = 3600, STARS_MAX = 1000000 };

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* Takes a line off the file; its key in small letters is compared by the caller. */
static bool next_line(struct span *rest, struct span *key, struct span *value)
{
    while (rest->n) {
        size_t n = 0;
        while (n < rest->n && rest->p[n] != '\n' && rest->p[n] != '\r') {
            n++;
        }
        struct span line = span_sub(*rest, 0, n);
        *rest = span_sub(*rest, n + 1, rest->n);
        size_t hash = span_find(line, SPAN_LIT("#"), 0);
        line = hash == SIZE_MAX ? line : span_sub(line, 0, hash);
        size_t colon = span_find(line, SPAN_LIT(":"), 0);
        if (colon != SIZE_MAX) {
            *key = span_trim(span_sub(line, 0, colon));
            *value = span_trim(span_sub(line, colon + 1, line.n));
            return true;
        }
    }
    return false;
}

static bool is_word(struct span s, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i < s.n && i < n; i++) {
        if (lower(s.p[i]) != (uint8_t)word[i]) {
            return false;
        }
    }
    return s.n == n;
}

/* The product token at the start of the value: letters, '-' and '_' (RFC 9309 2.2.1). */
static bool names_us(struct span value, const char *agent)
{
    size_t n = 0;
    while (n < value.n && ((lower(value.p[n]) >= 'a' && lower(value.p[n]) <= 'z') ||
                           value.p[n] == '-' || value.p[n] == '_')) {
        n++;
    }
    return is_word(span_sub(value, 0, n), agent);
}

/* '*' is any run, '$' at the end the end. Linear with one step back; bounded. */
static bool fits(struct span pattern, const char *path)
{
    size_t p = 0, star = SIZE_MAX, steps = 0;
    const char *s = path, *mark = path;
    bool end = pattern.n && pattern.p[pattern.n - 1] == '$';
    size_t n = end ? pattern.n - 1 : pattern.n;
    for (;;) {
        if (++steps > STARS_MAX) {
            return true; /* as if it were forbidden: nobody writes so */
        }
        if (p == n && (!end || !*s)) {
            return true;
        }
        if (p < n && pattern.p[p] == '*') {
            star = p++;
            mark = s;
        } else if (p < n && *s && pattern.p[p] == (uint8_t)*s) {
            p++;
            s++;
        } else if (star != SIZE_MAX && *mark) {
            p = star + 1;
            s = ++mark;
        } else {
            return false;
        }
    }
}

static int delay_of(struct span v)
{
    int seconds = 0, tenths = 0;
    size_t i = 0;
    for (; i < v.n && v.p[i] >= '0' && v.p[i] <= '9'; i++) {
        seconds = seconds < DELAY_MAX_S ? seconds * 10 + (v.p[i] - '0') : seconds;
    }
    if (i + 1 < v.n && v.p[i] == '.' && v.p[i + 1] >= '0' && v.p[i + 1] <= '9') {
        tenths = v.p[i + 1] - '0';
    }
    seconds = seconds > DELAY_MAX_S ? DELAY_MAX_S : seconds;
    return seconds * 1000 + tenths * 100;
}

struct group {
    struct robots_answer answer;
    size_t best; /* length of the longest rule that fits */
    bool there;
};

static void take_rule(struct group *g, bool allow, struct span pattern, const char *path)
{
    if (pattern.n == 0 || !fits(pattern, path)) {
        return;
    }
    if (pattern.n > g->best || (pattern.n == g->best && allow)) {
        g->best = pattern.n;
        g->answer.allowed = allow;
    }
}

struct robots_answer robots_ask(struct span file, const char *agent, const char *path)
{
    struct group ours = {.answer = {.allowed = true}}, all = ours;
    struct span rest = span_sub(file, 0, FILE_MAX), key, value;
    bool in_ours = false, in_all = false, naming = false;
    while (next_line(&rest, &key, &value)) {
        if (is_word(key, "user-agent")) {
            in_ours = (naming && in_ours) || names_us(value, agent);
            in_all = (naming && in_all) || is_word(value, "*");
            naming = true;
            ours.there = ours.there || in_ours;
            continue;
        }
        bool rule = is_word(key, "allow") || is_word(key, "disallow");
        bool delay = is_word(key, "crawl-delay");
        naming = naming && !rule && !delay;
        struct group *const groups[] = {in_ours ? &ours : NULL, in_all ? &all : NULL};
        for (size_t i = 0; i < 2; i++) {
            if (groups[i] && rule) {
                take_rule(groups[i], is_word(key, "allow"), value, path);
            } else if (groups[i] && delay) {
                groups[i]->answer.delay_ms = delay_of(value);
            }
        }
    }
    return ours.there ? ours.answer : all.answer;
}
