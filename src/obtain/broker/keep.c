/*
 * keep - see keep.h.
 *
 * An address becomes a source of the store, to be asked again by its refresh, only once something
 * good came from it: what a stranger's certificate names is not enough. OCSP answers are held by
 * certificate, not by address, since one responder answers for all.
 */
#include "obtain/broker/keep.h"

#include <stdio.h>

#include "base/mem.h"
#include "store/store.h"

enum { OCSP_CURRENT = 3600 }; /* an answer without nextUpdate: newer ones are always to be had */

struct keep {
    struct store *store;
    int64_t now;
    bool answers; /* OCSP answers are kept, too */
};

static void complain(const char *what)
{
    (void)fprintf(stderr, "satyapan-obtain: %s\n", what);
}

struct keep *keep_open(const struct means *m, int64_t now)
{
    char error[STORE_ERROR];
    struct keep *k = m->data ? mem_zalloc(sizeof *k) : NULL;
    if (k && store_open(m->data, m->trust, now, &k->store, error) != 0) {
        complain(error);
        mem_free(k);
        return NULL;
    }
    if (k) {
        k->now = now;
        /* The server promises strangers that nothing of theirs is kept, and an answer names the
         * certificate of a signer: there it lives in the broker's memory only. */
        k->answers = !m->refresh;
    }
    return k;
}

void keep_close(struct keep *k)
{
    if (k) {
        store_close(k->store);
        mem_free(k);
    }
}

static int find_ocsp(struct keep *k, struct arena *a, const struct target *t,
                     struct store_held *out)
{
    struct span der = target_request(a, t), key, serial;
    return der.p && target_about(der, &key, &serial)
               ? store_find_ocsp(k->store, a, key, serial, out)
               : 0;
}

static bool is_current(const struct keep *k, const struct target *t, const struct store_held *h)
{
    if (h->this_update > k->now ||
        (t->issued_after != UTC_NONE && h->this_update <= t->issued_after)) {
        return false;
    }
    if (h->next_update != UTC_NONE) {
        return h->next_update > k->now;
    }
    return t->kind == SP_EVIDENCE_OCSP && k->now - h->this_update <= OCSP_CURRENT;
}

bool keep_find(struct keep *k, struct arena *a, const struct target *t, const char *url,
               struct kept *out)
{
    struct store_held held;
    struct store_source source;
    *out = (struct kept){.renew = false};
    int rc = !k                            ? 0
             : t->kind == SP_EVIDENCE_OCSP ? find_ocsp(k, a, t, &held)
                                           : store_find_url(k->store, a, url, &held);
    if (rc < 0) {
        complain("the store cannot be read");
    }
    if (rc != 1 || !held.der.n || !is_current(k, t, &held)) {
        return false;
    }
    out->der = held.der;
    out->index = t->kind == SP_EVIDENCE_CRL ? held.index : SPAN_NONE;
    out->renew = t->kind != SP_EVIDENCE_OCSP && store_source_get(k->store, a, url, &source) == 1 &&
                 source.next_try <= k->now;
    return true;
}

const char *keep_wait(struct keep *k, struct arena *a, const char *url)
{
    struct store_source s;
    if (!k || store_source_get(k->store, a, url, &s) != 1 || s.failures == 0 ||
        s.next_try <= k->now) {
        return NULL;
    }
    return arena_printf(a, "it failed lately and is asked again in %lld s (%s)",
                        (long long)(s.next_try - k->now), s.error ? s.error : "");
}

void keep_validators(struct keep *k, struct arena *a, struct fetch_request *request)
{
    struct store_source s;
    if (k && store_source_get(k->store, a, request->url, &s) == 1 && s.held) {
        request->etag = s.etag;
        request->last_modified = s.last_modified;
    }
}

static struct store_origin origin(const char *url, const struct fetch_reply *reply)
{
    return (struct store_origin){.url = url,
                                 .etag = *reply->etag ? reply->etag : NULL,
                                 .last_modified =
                                     *reply->last_modified ? reply->last_modified : NULL,
                                 .expires = reply->expires == UTC_NONE ? 0 : reply->expires,
                                 .only_good = true};
}

/* The document's own CAs may be the only ones that vouch for the answer. The store takes those that
 * chain to the trust list, by its own check. */
static void put_issuers(struct keep *k, struct span issuers)
{
    static const struct store_origin from = {.anchored_only = true};
    struct store_result result;
    if (issuers.n && store_put_cert(k->store, issuers, &from, &result) != 0) {
        complain(result.why);
    }
}

void keep_put(struct keep *k, const struct target *t, const char *url,
              const struct fetch_reply *reply)
{
    struct store_result result;
    if (!k) {
        return;
    }
    put_issuers(k, t->issuers);
    bool ocsp = t->kind == SP_EVIDENCE_OCSP;
    if (ocsp && !k->answers) {
        return;
    }
    const struct store_origin from = origin(ocsp ? NULL : url, reply);
    int rc = ocsp                         ? store_put_ocsp(k->store, reply->bytes, &from, &result)
             : t->kind == SP_EVIDENCE_CRL ? store_put_crl(k->store, reply->bytes, &from, &result)
                                          : store_put_cert(k->store, reply->bytes, &from, &result);
    if (rc != 0) {
        complain(result.why);
    }
}

void keep_unchanged(struct keep *k, const char *url, const struct fetch_reply *reply)
{
    const struct store_origin from = origin(url, reply);
    if (k && store_source_unchanged(k->store, url, &from) != 0) {
        complain("the store cannot be written");
    }
}

void keep_failed(struct keep *k, struct arena *a, const char *url, const char *why)
{
    struct store_source s;
    if (k && store_source_get(k->store, a, url, &s) == 1 && s.kind != STORE_OCSP &&
        store_source_failed(k->store, url, why) != 0) {
        complain("the store cannot be written");
    }
}
