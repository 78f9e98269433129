/*
 * fuzz_wants - the reader of wants that a program hands to satyapan-obtain, and of the OCSP request
 * in them: what it gives lies inside the input and within its limits, and it always gets on.
 */
#include <stdlib.h>

#include "obtain/broker/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(const void *p, size_t n, struct span whole)
{
    const uint8_t *q = p;
    return q >= whole.p && q <= whole.p + whole.n && n <= (size_t)(whole.p + whole.n - q);
}

static bool text_ok(const char *s, struct span whole, size_t most)
{
    return s && inside(s, 1, whole) && strlen(s) <= most && inside(s, strlen(s) + 1, whole);
}

static void check(struct arena *a, const struct target *t, struct span whole)
{
    uint8_t key[SHA256_SIZE], again[SHA256_SIZE];
    struct span hash, serial;
    bool good = t->url_count > 0 && t->url_count <= SP_WANT_URLS_MAX &&
                t->kind >= SP_EVIDENCE_CERT && t->kind <= SP_EVIDENCE_OCSP &&
                (t->kind == SP_EVIDENCE_OCSP) == (t->request != NULL) &&
                (!t->issuers.n || inside(t->issuers.p, t->issuers.n, whole)) &&
                t->issuers.n <= SP_WANT_ISSUERS_MAX &&
                (!t->request || text_ok(t->request, whole, BUNDLE_TEXT_MAX));
    for (size_t i = 0; good && i < t->url_count; i++) {
        good = text_ok(t->urls[i], whole, SP_WANT_URL_MAX);
    }
    good = good && target_key(t, key) == 0 && target_key(t, again) == 0 &&
           memcmp(key, again, sizeof key) == 0;
    struct span der = good ? target_request(a, t) : SPAN_NONE;
    if (der.p && target_about(der, &hash, &serial)) {
        good = inside(hash.p, hash.n, der) && inside(serial.p, serial.n, der);
    }
    if (!good) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span whole = span_make(data, size), rest, hash, serial;
    struct arena *a = arena_new((size_t)1 << 24);
    struct target t;
    if (target_about(whole, &hash, &serial) &&
        !(inside(hash.p, hash.n, whole) && inside(serial.p, serial.n, whole))) {
        abort();
    }
    if (a && bundle_open(whole, &rest)) {
        for (size_t before = rest.n + 1; rest.n < before && target_read(&rest, &t);) {
            before = rest.n + 1;
            check(a, &t, whole);
        }
    }
    arena_free(a);
    return 0;
}
