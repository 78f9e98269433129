/*
 * worker - follows one want: the store, then its addresses one after the other. See target.h.
 *
 * What came is looked at in a sandboxed child (sniff.c) before it counts; a server's error page
 * never becomes evidence. RFC 9111 (validators), RFC 6960 A.1 (OCSP over HTTP).
 */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "net/url.h"
#include "obtain/broker/keep.h"
#include "sandbox/wire.h"

#define WORKER_MEMORY ((size_t)1 << 30)

enum { WHY = 512 };

struct worker {
    const struct means *means;
    const struct target *target;
    struct arena *a;
    struct keep *keep;
    int result;
    const char *renew; /* address to ask again when all is told, or NULL */
};

static const enum fetch_kind kinds[] = {[SP_EVIDENCE_CERT] = FETCH_CERT,
                                        [SP_EVIDENCE_CRL] = FETCH_CRL,
                                        [SP_EVIDENCE_OCSP] = FETCH_OCSP};

/* ---- telling --------------------------------------------------------------------------------- */

static void tell_attempt(struct worker *w, const char *url, const char *failed)
{
    const struct bundle_record r = {
        .type = BUNDLE_ATTEMPT, .kind = w->target->kind, .text = {url, w->target->request, failed}};
    if (bundle_write(w->result, &r) != 0) {
        _exit(1);
    }
}

static void tell_object(struct worker *w, const char *url, struct span bytes, struct span index)
{
    const char *source = arena_printf(w->a, "fetched: %s", url);
    const struct bundle_record r = {.type = BUNDLE_OBJECT,
                                    .kind = w->target->kind,
                                    .text = {source},
                                    .data = bytes,
                                    .index = index};
    if (!source || bundle_write(w->result, &r) != 0) {
        _exit(1);
    }
    tell_attempt(w, url, NULL);
}

/* ---- the network ----------------------------------------------------------------------------- */

/* Why the host is never contacted, or NULL. */
static const char *refused_host(struct worker *w, const char *url)
{
    struct url u;
    const char *wrong = url_split(span_str(url), &u);
    if (wrong) {
        return arena_printf(w->a, "the address %s", wrong);
    }
    if (fetch_hosts_contain(&w->means->hosts, u.host)) {
        return NULL;
    }
    return arena_printf(w->a,
                        "the host %s is not on the list of approved hosts (the operator can add it "
                        "to fetch-hosts.txt in the data directory)",
                        u.host);
}

/* The reply's sentence begins with the address, which the report names anyway. */
static const char *without_address(const char *why, const char *url)
{
    size_t n = strlen(url);
    return strncmp(why, url, n) == 0 && strncmp(why + n, ": ", 2) == 0 ? why + n + 2 : why;
}

/* Takes what the server sent, or what is held and still the same. NULL, or why there is nothing. */
static const char *take(struct worker *w, const char *url, const struct fetch_reply *reply,
                        bool tell)
{
    static char why[WHY];
    struct kept held;
    if (reply->outcome == FETCH_NOT_MODIFIED) {
        keep_unchanged(w->keep, url, reply);
        if (!keep_find(w->keep, w->a, w->target, url, &held)) {
            return "the server has nothing newer than what is held, which is out of date";
        }
        if (tell) {
            tell_object(w, url, held.der, held.index);
        }
        return NULL;
    }
    if (reply->outcome != FETCH_OK) {
        return without_address(reply->why, url);
    }
    if (!sniff(w->target, reply->bytes, why, sizeof why)) {
        return why;
    }
    if (tell) {
        tell_object(w, url, reply->bytes, SPAN_NONE);
    }
    keep_put(w->keep, w->target, url, reply);
    return NULL;
}

static const char *ask_server(struct worker *w, const char *url, bool tell)
{
    struct fetch_reply reply;
    struct fetch_request request = {.url = url, .kind = kinds[w->target->kind]};
    if (w->target->kind == SP_EVIDENCE_OCSP) {
        request.body = target_request(w->a, w->target);
        if (!request.body.p) {
            return "the request cannot be made";
        }
    } else {
        keep_validators(w->keep, w->a, &request);
    }
    (void)!fetcher_get(&w->means->fetcher, &request, 1, TARGET_MS, &reply); /* the reply tells */
    const char *why = take(w, url, &reply, tell);
    if (why) {
        why = arena_str(w->a, span_str(why));
    }
    if (why && reply.outcome != FETCH_NOT_MODIFIED) { /* a server without news has not failed */
        keep_failed(w->keep, w->a, url, why);
    }
    fetch_reply_free(&reply);
    return why;
}

static bool from_network(struct worker *w, const char *url)
{
    const char *why = refused_host(w, url);
    why = why ? why : keep_wait(w->keep, w->a, url);
    why = why ? why : ask_server(w, url, true);
    if (why) {
        tell_attempt(w, url, why);
    }
    return !why;
}

static bool from_store(struct worker *w, const char *url)
{
    struct kept held;
    if (!keep_find(w->keep, w->a, w->target, url, &held)) {
        return false;
    }
    tell_object(w, url, held.der, held.index);
    w->renew = held.renew && w->means->refresh ? url : NULL;
    return true;
}

_Noreturn void worker_run(const struct means *m, const struct target *t, int result, int status)
{
    struct worker w = {.means = m, .target = t, .result = result, .a = arena_new(WORKER_MEMORY)};
    if (!w.a) {
        _exit(1);
    }
    w.keep = keep_open(m, (int64_t)time(NULL));
    bool good = false;
    for (size_t i = 0; i < t->url_count && !good; i++) {
        good = from_store(&w, t->urls[i]);
    }
    for (size_t i = 0; i < t->url_count && !good; i++) {
        good = from_network(&w, t->urls[i]);
    }
    (void)close(result);
    if (wire_write(status, SPAN_LIT("D")) != 0) {
        _exit(1);
    }
    if (w.renew && !refused_host(&w, w.renew) && !keep_wait(w.keep, w.a, w.renew)) {
        (void)ask_server(&w, w.renew, false);
    }
    keep_close(w.keep);
    _exit(0);
}
