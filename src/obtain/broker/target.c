/*
 * target - reads wants from a bundle. See target.h.
 */
#include "obtain/broker/target.h"

#include "asn1/der.h"
#include "base/base64.h"

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Another address of the want read so far. */
static bool belongs(const struct target *t, const struct bundle_record *r)
{
    return t->url_count == 0 || (r->kind == t->kind && same_text(r->text[1], t->request) &&
                                 r->number == t->issued_after);
}

bool target_read(struct span *records, struct target *out)
{
    struct bundle_record r;
    unsigned group = 0;
    *out = (struct target){.url_count = 0};
    for (;;) {
        struct span before = *records;
        if (!bundle_next(records, &r) || r.type != BUNDLE_WANT) {
            *records = before;
            break;
        }
        if (out->url_count && r.group != group) {
            *records = before;
            break;
        }
        if (out->url_count == SP_WANT_URLS_MAX || strlen(r.text[0]) > SP_WANT_URL_MAX ||
            !belongs(out, &r)) {
            return false;
        }
        group = r.group;
        out->kind = r.kind;
        out->issuers = out->url_count ? out->issuers : r.data;
        out->request = r.text[1];
        out->issued_after = r.number;
        out->urls[out->url_count++] = r.text[0];
    }
    return out->url_count > 0;
}

int target_key(const struct target *t, uint8_t key[SHA256_SIZE])
{
    struct buffer b;
    buffer_init(&b, (size_t)1 << 16);
    buffer_printf(&b, "%d %s", (int)t->kind, t->request ? t->request : "");
    for (size_t i = 0; i < t->url_count; i++) {
        buffer_printf(&b, "\n%s", t->urls[i]);
    }
    int rc = buffer_ok(&b) ? hash_sha256(buffer_span(&b), key) : -1;
    buffer_free(&b);
    return rc;
}

struct span target_request(struct arena *a, const struct target *t)
{
    struct span der = SPAN_NONE;
    return t->request && base64_decode(a, span_str(t->request), BASE64_PADDED, &der) == 0 &&
                   der.n > 0
               ? der
               : SPAN_NONE;
}

bool target_about(struct span der, struct span *key_hash, struct span *serial)
{
    struct der d, id, alg, name, key, number;
    struct span in = der;
    for (int i = 0; i < 4; i++) { /* OCSPRequest, TBSRequest, requestList, Request */
        if (!der_expect(&in, DER_SEQUENCE, &d)) {
            return false;
        }
        in = d.body;
    }
    if (!der_expect(&in, DER_SEQUENCE, &id)) {
        return false;
    }
    in = id.body;
    if (!der_expect(&in, DER_SEQUENCE, &alg) || !der_expect(&in, DER_OCTET_STRING, &name) ||
        !der_expect(&in, DER_OCTET_STRING, &key) || !der_expect(&in, DER_INTEGER, &number)) {
        return false;
    }
    *key_hash = key.body;
    *serial = number.body;
    return key.body.n == 20 && number.body.n > 0;
}
