/*
 * target - reads wants from a bundle. See target.h.
 */
#include "obtain/broker/target.h"

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
        if (out->url_count == SP_WANT_URLS_MAX || strlen(r.text[0]) > SP_WANT_URL_MAX) {
            return false;
        }
        group = r.group;
        out->kind = r.kind;
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
    size_t n = t->request ? strlen(t->request) : 0, padding = 0;
    uint8_t *out = n ? arena_alloc(a, n) : NULL;
    while (padding < 2 && n > padding && t->request[n - 1 - padding] == '=') {
        padding++;
    }
    int size = out ? EVP_DecodeBlock(out, (const uint8_t *)t->request, (int)n) : -1;
    return size > (int)padding ? span_make(out, (size_t)size - padding) : SPAN_NONE;
}
