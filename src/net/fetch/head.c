/*
 * head - see head.h.
 */
#include "net/fetch/head.h"

#include <stdio.h>
#include <strings.h>

#include "net/url.h"

static enum fetch_outcome say(char *why, enum fetch_outcome outcome, const char *text)
{
    (void)snprintf(why, FETCH_WHY_MAX, "%s", text);
    return outcome;
}

struct line {
    struct span name, value;
};

static struct line split_line(struct span text)
{
    while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r')) {
        text.n--;
    }
    size_t colon = span_find(text, SPAN_LIT(":"), 0);
    if (colon == SIZE_MAX) {
        return (struct line){SPAN_NONE, SPAN_NONE};
    }
    struct span value = span_sub(text, colon + 1, text.n);
    while (value.n && (value.p[0] == ' ' || value.p[0] == '\t')) {
        value = span_sub(value, 1, value.n);
    }
    while (value.n && (value.p[value.n - 1] == ' ' || value.p[value.n - 1] == '\t')) {
        value.n--;
    }
    return (struct line){span_sub(text, 0, colon), value};
}

static bool named(const struct line *l, const char *name)
{
    return l->name.n == strlen(name) && strncasecmp((const char *)l->name.p, name, l->name.n) == 0;
}

static bool valued(const struct line *l, const char *value)
{
    return l->value.n == strlen(value) &&
           strncasecmp((const char *)l->value.p, value, l->value.n) == 0;
}

/* A value that does not fit is left out: cut, it would be another one. */
static void keep(char *out, size_t size, struct span value)
{
    if (value.n < size) {
        fetch_text(out, size, value);
    }
}

static enum fetch_outcome take_location(struct hop_answer *a, struct span value, char *why)
{
    char *out = a->location;
    const char *wrong = url_bytes(value);
    if (wrong) {
        char text[FETCH_WHY_MAX];
        (void)snprintf(text, sizeof text, "it redirects to an address that %s", wrong);
        return say(why, FETCH_REFUSED, text);
    }
    if (*out && !span_eq(span_str(out), value)) {
        return say(why, FETCH_REFUSED, "it redirects to two addresses at once");
    }
    fetch_text(out, sizeof a->location, value);
    return FETCH_OK;
}

static void take_cache_control(struct fresh_lines *fresh, struct span value)
{
    size_t n = strlen(fresh->cache_control), room = sizeof fresh->cache_control;
    if (n + value.n + 2 > room) {
        value = SPAN_LIT("no-cache"); /* too much to read: as if it must not be kept */
        n = 0;
    }
    if (n) {
        fresh->cache_control[n++] = ',';
    }
    fetch_text(fresh->cache_control + n, room - n, value);
}

/* Codings we did not ask for are not decoded: there is no bomb to go off. */
static enum fetch_outcome take_coding(const struct line *l, char *why)
{
    if (named(l, "content-encoding") && l->value.n && !valued(l, "identity")) {
        return say(why, FETCH_PERMANENT, "its answer is compressed, which was not asked for");
    }
    if (named(l, "transfer-encoding") && !valued(l, "chunked") && !valued(l, "identity")) {
        return say(why, FETCH_PERMANENT, "its answer has a transfer coding that is not chunked");
    }
    return FETCH_OK;
}

/* RFC 9112 6.3: lengths that contradict each other leave no way to tell where the answer ends. */
static enum fetch_outcome take_length(struct hop_answer *a, struct span value, char *why)
{
    char *out = a->length;
    if (*out && !span_eq(span_str(out), value)) {
        return say(why, FETCH_PERMANENT, "its answer claims two lengths at once");
    }
    keep(out, sizeof a->length, value);
    return FETCH_OK;
}

static enum fetch_outcome take_line(struct hop_answer *a, const struct line *l, char *why)
{
    if (named(l, "location") && a->status / 100 == 3) {
        return take_location(a, l->value, why);
    }
    if (named(l, "content-length")) {
        return take_length(a, l->value, why);
    }
    if (named(l, "etag")) {
        keep(a->etag, sizeof a->etag, l->value);
    } else if (named(l, "last-modified")) {
        keep(a->last_modified, sizeof a->last_modified, l->value);
    } else if (named(l, "content-type")) {
        keep(a->content_type, sizeof a->content_type, l->value);
    } else if (named(l, "retry-after")) {
        keep(a->retry_after, sizeof a->retry_after, l->value);
    } else if (named(l, "cache-control")) {
        take_cache_control(&a->fresh, l->value);
    } else if (named(l, "expires")) {
        keep(a->fresh.expires, sizeof a->fresh.expires, l->value);
        if (!*a->fresh.expires) {
            (void)snprintf(a->fresh.expires, sizeof a->fresh.expires, "0");
        }
    } else if (named(l, "date")) {
        keep(a->fresh.date, sizeof a->fresh.date, l->value);
    } else if (named(l, "age")) {
        keep(a->fresh.age, sizeof a->fresh.age, l->value);
    }
    return a->any_coding ? FETCH_OK : take_coding(l, why);
}

void head_begin(struct hop_answer *a, struct span line)
{
    char ip[sizeof a->ip];
    memcpy(ip, a->ip, sizeof ip);
    *a = (struct hop_answer){.status = 0, .any_coding = a->any_coding};
    memcpy(a->ip, ip, sizeof ip);
    size_t space = span_find(line, SPAN_LIT(" "), 0);
    for (size_t i = 1; space != SIZE_MAX && i <= 3 && space + i < line.n; i++) {
        uint8_t c = line.p[space + i];
        a->status = c >= '0' && c <= '9' ? a->status * 10 + (c - '0') : a->status;
    }
}

enum fetch_outcome head_line(struct hop_answer *a, struct span text, char why[FETCH_WHY_MAX])
{
    struct line line = split_line(text);
    return line.name.n == 0 ? FETCH_OK : take_line(a, &line, why);
}
