/*
 * transfer - see transfer.h.
 *
 * Each hop is a new handle and a new connection; each address of a redirect passes the same checks
 * as the first one, and is recorded. From https there is no way back to http.
 */
#include "net/fetch/transfer.h"

#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "net/fetch/hop.h"

struct transfer {
    const struct transfer_setup *setup;
    const struct fetch_wire_request *request;
    const struct fetch_limits *limits;
    struct fetch_wire_reply *reply;
    int64_t deadline_ms;
    int body;
    char text[FETCH_URL_MAX]; /* the URL of this hop */
    struct url url;
    struct hop_answer answer;
};

static enum fetch_outcome end(struct transfer *t, enum fetch_outcome outcome, const char *why)
{
    char text[FETCH_WHY_MAX];
    (void)snprintf(text, sizeof text, "%.180s: %.190s", t->text, why);
    fetch_text(t->reply->why, sizeof t->reply->why, span_str(text));
    return outcome;
}

/* ---- the URL --------------------------------------------------------------------------------- */

/* True when libcurl reads the same host in it as we do. */
static bool curl_agrees(const char *text, const struct url *url)
{
    CURLU *u = curl_url();
    char *host = NULL, ours[FETCH_HOST_MAX];
    bool literal, same = false;
    if (u && curl_url_set(u, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        url_host(span_str(host), ours, &literal) == NULL) {
        same = strcmp(ours, url->host) == 0 && literal == url->literal;
    }
    curl_free(host);
    curl_url_cleanup(u);
    return same;
}

static enum fetch_outcome check_url(struct transfer *t)
{
    const char *wrong = url_split(span_str(t->text), &t->url);
    char why[FETCH_WHY_MAX];
    if (wrong) {
        (void)snprintf(why, sizeof why, "this address %s", wrong);
        return end(t, FETCH_REFUSED, why);
    }
    if (!curl_agrees(t->text, &t->url)) {
        return end(t, FETCH_REFUSED, "this address can be read in two ways");
    }
    if (t->request->kind == FETCH_WEB) {
        return t->setup->web ? FETCH_OK : end(t, FETCH_REFUSED, "pages are not fetched here");
    }
    if (!fetch_hosts_contain(t->setup->hosts, t->url.host)) {
        return end(t, FETCH_REFUSED, "its host is not on the list of hosts that may be asked");
    }
    return FETCH_OK;
}

/* ---- one hop --------------------------------------------------------------------------------- */

static enum fetch_outcome one_hop(struct transfer *t)
{
    struct resolved addresses;
    char why[FETCH_WHY_MAX] = "";
    struct fetch_hop *hop = &t->reply->hops[t->reply->hop_count++];
    fetch_text(hop->url, sizeof hop->url, span_str(t->text));
    enum fetch_outcome outcome = check_url(t);
    if (outcome != FETCH_OK) {
        return outcome;
    }
    outcome = resolve_host(&t->url, &addresses, why);
    if (outcome != FETCH_OK) {
        return end(t, outcome, why);
    }
    const struct hop_request r = {.text = t->text,
                                  .url = &t->url,
                                  .addresses = &addresses,
                                  .request = t->request,
                                  .limits = t->limits,
                                  .deadline_ms = t->deadline_ms,
                                  .body = t->body,
                                  .agent = t->setup->agent};
    outcome = hop_run(&r, &t->answer, why);
    memcpy(hop->ip, t->answer.ip, sizeof hop->ip);
    hop->status = (int32_t)t->answer.status;
    t->reply->status = t->answer.status;
    return outcome == FETCH_OK ? outcome : end(t, outcome, why);
}

static bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Makes the redirect's target the URL of the next hop. */
static enum fetch_outcome follow(struct transfer *t)
{
    if (!*t->answer.location) {
        return end(t, FETCH_PERMANENT, "it redirects, but does not say where to");
    }
    if (t->answer.status == 303 && t->request->body_size) {
        return end(t, FETCH_PERMANENT, "it answers a question with a redirect to a page");
    }
    if (t->request->kind != FETCH_WEB &&
        t->reply->hop_count > (uint32_t)t->setup->policy->redirects) {
        return end(t, FETCH_REFUSED, "it redirects once too often");
    }
    CURLU *u = curl_url();
    char *next = NULL;
    bool made =
        u && curl_url_set(u, CURLUPART_URL, t->text, 0) == CURLUE_OK &&
        curl_url_set(u, CURLUPART_URL, t->answer.location, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_URL, &next, 0) == CURLUE_OK && strlen(next) < sizeof t->text;
    bool was_https = t->url.https;
    enum fetch_outcome outcome = FETCH_OK;
    if (!made) {
        outcome = end(t, FETCH_REFUSED, "it redirects to an address that is none");
    } else if (was_https && strncasecmp(next, "https:", 6) != 0) {
        outcome = end(t, FETCH_REFUSED, "it redirects from https to an address without");
    } else {
        memcpy(t->text, next, strlen(next) + 1);
    }
    curl_free(next);
    curl_url_cleanup(u);
    return outcome;
}

/* ---- what an answer means ------------------------------------------------------------------- */

static enum fetch_outcome judge_ok(struct transfer *t)
{
    if (t->answer.bytes == 0) {
        return end(t, FETCH_TEMPORARY, "its answer is empty");
    }
    return fetch_seal(t->body) == 0 ? FETCH_OK : end(t, FETCH_TEMPORARY, "no memory for it");
}

static enum fetch_outcome judge(struct transfer *t)
{
    long status = t->answer.status;
    char why[FETCH_WHY_MAX];
    if (status == 200 || (status == 409 && t->request->kind == FETCH_WITNESS)) {
        return judge_ok(t);
    }
    if (status == 304 && (*t->request->etag || *t->request->last_modified)) {
        return FETCH_NOT_MODIFIED;
    }
    (void)snprintf(why, sizeof why, "its answer is HTTP status %ld", status);
    bool later = status >= 500 || status == 408 || status == 425 || status == 429;
    return end(t, later ? FETCH_TEMPORARY : FETCH_PERMANENT, why);
}

/* One hop, whatever it says; the caller decides whether to go where a redirect leads. */
static enum fetch_outcome web_hop(struct transfer *t)
{
    enum fetch_outcome outcome = one_hop(t);
    if (outcome != FETCH_OK) {
        return outcome;
    }
    if (is_redirect(t->answer.status) && *t->answer.location && follow(t) == FETCH_OK) {
        fetch_text(t->reply->location, sizeof t->reply->location, span_str(t->text));
    }
    return fetch_seal(t->body) == 0 ? FETCH_OK : end(t, FETCH_TEMPORARY, "no memory for it");
}

static enum fetch_outcome all_hops(struct transfer *t)
{
    if (t->request->kind == FETCH_WEB) {
        return web_hop(t);
    }
    for (;;) {
        enum fetch_outcome outcome = one_hop(t);
        if (outcome != FETCH_OK) {
            return outcome;
        }
        if (!is_redirect(t->answer.status)) {
            return judge(t);
        }
        outcome = follow(t);
        if (outcome != FETCH_OK) {
            return outcome;
        }
    }
}

/* A 304 that repeats no validator leaves those of the copy at hand in force (RFC 9111 3.2). */
static void take_metadata(struct transfer *t)
{
    struct fetch_wire_reply *reply = t->reply;
    const struct hop_answer *a = &t->answer;
    bool keep = reply->outcome == FETCH_NOT_MODIFIED && !*a->etag && !*a->last_modified;
    const char *etag = keep ? t->request->etag : a->etag;
    const char *last_modified = keep ? t->request->last_modified : a->last_modified;
    memcpy(reply->etag, etag, sizeof reply->etag);
    memcpy(reply->last_modified, last_modified, sizeof reply->last_modified);
    memcpy(reply->content_type, a->content_type, sizeof reply->content_type);
    reply->expires = fresh_until(&a->fresh, reply->fetched_at);
}

void transfer_run(const struct transfer_setup *setup, const struct fetch_wire_request *request,
                  struct fetch_wire_reply *reply, int *body)
{
    static struct transfer t; /* large; a child makes one transfer */
    t = (struct transfer){.setup = setup,
                          .request = request,
                          .limits = &setup->policy->limits[request->kind],
                          .reply = reply};
    t.deadline_ms = fetch_now_ms() + t.limits->total_ms;
    memset(reply, 0, sizeof *reply);
    reply->magic = FETCH_WIRE_REPLY;
    reply->id = request->id;
    reply->expires = UTC_NONE;
    memcpy(t.text, request->url, sizeof t.text);
    t.body = memfd_create("fetched", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    reply->outcome = t.body < 0 ? end(&t, FETCH_TEMPORARY, "no memory for it") : all_hops(&t);
    reply->fetched_at = (int64_t)time(NULL);
    reply->retry_after = fresh_retry_after(t.answer.retry_after, reply->fetched_at);
    if (reply->outcome == FETCH_OK || reply->outcome == FETCH_NOT_MODIFIED) {
        take_metadata(&t);
    }
    if (reply->outcome != FETCH_OK && t.body >= 0) {
        (void)close(t.body);
        t.body = -1;
    }
    *body = t.body;
}
