/*
 * visit - from a link to the page behind it: robots.txt, the turn at the domain, one hop after the
 * other, each a request of its own that the fetch process checks anew.
 */
#include <stdio.h>

#include "base/mem.h"
#include "cli/weblink/weblink.h"
#include "foreign/domain.h"
#include "net/url.h"

enum { WAIT_MS = 90000, TIMEOUT_MS = 75000, ROBOTS_HOPS = 6 };

void visits_free(struct visits *v)
{
    for (size_t i = 0; i < v->count; i++) {
        fetch_reply_free(&v->hops[i].reply);
    }
    v->count = 0;
}

struct trip {
    struct arena *a;
    const struct weblink_world *w;
    struct visits *all;
    const char *purpose;
    int pause_ms;
    struct visit *out;
};

static int fail(struct trip *t, enum foreign_reason reason, const char *detail)
{
    t->out->failure = reason;
    t->out->detail = arena_str(t->a, span_str(detail));
    return t->out->detail ? 0 : -1;
}

/* Two requests at a time go to a registrable domain, or to an address. */
static const char *turn_name(const struct url *url, char out[FETCH_HOST_MAX])
{
    return domain_registrable(url->host, out) ? out : url->host;
}

/* ---- one hop --------------------------------------------------------------------------------- */

static struct hop *new_hop(struct trip *t, const char *url, const char *purpose)
{
    if (t->all->count >= HOPS_MAX) {
        return NULL;
    }
    struct hop *h = &t->all->hops[t->all->count];
    *h = (struct hop){.purpose = purpose, .url = arena_str(t->a, span_str(url)), .ip = ""};
    t->all->count += h->url != NULL;
    return h->url ? h : NULL;
}

static int fetch_hop(struct trip *t, const char *url, const struct url *parts, const char *purpose,
                     struct hop **out)
{
    char name[FETCH_HOST_MAX];
    struct hop *h = new_hop(t, url, purpose);
    const struct fetch_request r = {.url = url, .kind = FETCH_WEB};
    *out = NULL;
    if (!h) {
        return -1;
    }
    const char *domain = turn_name(parts, name);
    if (!polite_enter(t->w->polite, domain, t->w->worker, t->pause_ms, WAIT_MS)) {
        t->all->count--;
        t->out->retry_after = t->pause_ms / 1000 + 60;
        return fail(t, FOREIGN_UNREACHABLE, "too many requests wait for this domain");
    }
    int rc = fetcher_get(t->w->fetcher, &r, 1, TIMEOUT_MS, &h->reply);
    polite_leave(t->w->polite, domain, t->w->worker);
    if (rc != 0) {
        return -1;
    }
    h->status = (int)h->reply.status;
    h->ip = h->reply.hop_count ? h->reply.hops[0].ip : "";
    if (h->reply.outcome == FETCH_OK && !fetch_web_read(h->reply.bytes, &h->web)) {
        return -1;
    }
    *out = h;
    return 0;
}

/* Why there was no answer, as a reason. */
static int no_answer(struct trip *t, const struct hop *h, bool first)
{
    const char *why = h->reply.why;
    t->out->retry_after = h->reply.retry_after;
    switch (h->reply.outcome) {
    case FETCH_REFUSED:
        return fail(t, first ? FOREIGN_ADDRESS_REFUSED : FOREIGN_REDIRECT, why);
    case FETCH_TOO_LARGE:
        return fail(t, FOREIGN_TOO_LARGE, why);
    default:
        return fail(t, strstr(why, "TLS certificate") ? FOREIGN_NO_TLS : FOREIGN_UNREACHABLE, why);
    }
}

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* ---- robots.txt ------------------------------------------------------------------------------ */

/* Fetches it, and keeps what it says; t->out->failure is set when it cannot be had. */
static int fetch_robots(struct trip *t, const char *authority, bool first)
{
    const char *url = arena_printf(t->a, "%s/robots.txt", authority);
    struct url parts;
    struct hop *h;
    for (int i = 0; url && i < ROBOTS_HOPS; i++) {
        const char *wrong = url_split(span_str(url), &parts);
        if (wrong) {
            break; /* it redirects into nothing: as if there were none */
        }
        if (fetch_hop(t, url, &parts, "robots", &h) != 0) {
            return -1;
        }
        if (!h) {
            return 0;
        }
        if (h->reply.outcome != FETCH_OK) {
            return no_answer(t, h, first && i == 0);
        }
        if (h->status >= 500) {
            polite_keep_robots(t->w->polite, authority, 0, SPAN_NONE);
            t->out->retry_after = h->reply.retry_after;
            return fail(t, FOREIGN_UNREACHABLE, "its robots.txt cannot be had now");
        }
        if (is_redirect(h->status) && *h->reply.location) {
            url = h->reply.location;
            continue;
        }
        bool there = h->status == 200;
        struct span body = SPAN_NONE;
        if (there) {
            body = child_robots_text(t->a, h->web.head, h->web.body);
        }
        polite_keep_robots(t->w->polite, authority, h->status, body);
        return 0;
    }
    polite_keep_robots(t->w->polite, authority, 404, SPAN_NONE);
    return url ? 0 : -1;
}

/* Asks robots.txt; t->out->failure is set when it says no, or cannot be had. */
static int ask_robots(struct trip *t, const char *url, const struct url *parts, bool first)
{
    const char *start = strstr(url, "://") + 3, *path = start + strcspn(start, "/?#");
    const char *authority = arena_str(t->a, span_make(url, (size_t)(path - url)));
    uint8_t *file = mem_alloc(POLITE_ROBOTS_MAX);
    size_t n = 0;
    int status = 0, rc = authority && file ? 0 : -1, delay = 0;
    (void)parts;
    if (rc == 0 && !polite_robots(t->w->polite, authority, &status, file, &n)) {
        rc = fetch_robots(t, authority, first);
        if (rc == 0 && t->out->failure == FOREIGN_REASONS &&
            !polite_robots(t->w->polite, authority, &status, file, &n)) {
            status = 404; /* others pushed it out already */
        }
    }
    if (rc == 0 && t->out->failure == FOREIGN_REASONS) {
        const char *asked = arena_str(t->a, span_make(path, strcspn(path, "#")));
        asked = asked && *asked == '/' ? asked : asked ? arena_printf(t->a, "/%s", asked) : NULL;
        if (status == 0) {
            rc = fail(t, FOREIGN_UNREACHABLE, "its robots.txt could not be had");
        } else if (n && asked && !child_robots(span_make(file, n), asked, &delay)) {
            rc = fail(t, FOREIGN_ROBOTS, "");
        }
        t->pause_ms = delay > t->pause_ms ? delay : t->pause_ms;
    }
    mem_free(file);
    return rc;
}

/* ---- the way --------------------------------------------------------------------------------- */

/* One step; *next is where a redirect leads, NULL: nowhere. */
static int step(struct trip *t, const char *url, bool first, const char **next)
{
    struct url parts;
    struct hop *h = NULL;
    const char *wrong = url_split(span_str(url), &parts);
    *next = NULL;
    if (wrong) {
        const char *text = arena_printf(t->a, "this address %s", wrong);
        return text ? fail(t, first ? FOREIGN_ADDRESS_REFUSED : FOREIGN_REDIRECT, text) : -1;
    }
    t->out->url = url;
    int rc = ask_robots(t, url, &parts, first);
    if (rc != 0 || t->out->failure != FOREIGN_REASONS) {
        return rc;
    }
    rc = fetch_hop(t, url, &parts, t->purpose, &h);
    if (rc != 0 || !h) {
        return rc;
    }
    if (h->reply.outcome != FETCH_OK) {
        return no_answer(t, h, first);
    }
    t->out->last = h;
    t->out->retry_after = h->reply.retry_after;
    if (!is_redirect(h->status)) {
        return 0;
    }
    if (!*h->reply.location) {
        return fail(t, FOREIGN_REDIRECT, *h->reply.why ? h->reply.why : "it does not say where to");
    }
    *next = h->reply.location;
    return 0;
}

int visit_run(struct arena *a, const struct weblink_world *w, struct visits *all, const char *url,
              const char *purpose, int pause_ms, struct visit *out)
{
    *out = (struct visit){.failure = FOREIGN_REASONS, .detail = "", .url = url};
    struct trip t = {
        a, w, all, purpose, pause_ms > w->options->delay_ms ? pause_ms : w->options->delay_ms, out};
    const char *next = url;
    for (int i = 0; next && out->failure == FOREIGN_REASONS; i++) {
        if (i == VISIT_HOPS) {
            return fail(&t, FOREIGN_REDIRECT, "it redirects once too often");
        }
        const char *here = arena_str(a, span_str(next));
        if (!here || step(&t, here, i == 0, &next) != 0) {
            return -1;
        }
    }
    return 0;
}
