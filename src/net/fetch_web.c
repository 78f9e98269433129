/*
 * fetch_web - see fetch_web.h.
 */
#include "net/fetch_web.h"

#include "net/fetch_wire.h"

static bool take(struct span *rest, uint64_t n, struct span *out)
{
    if (n > rest->n) {
        return false;
    }
    *out = span_sub(*rest, 0, (size_t)n);
    *rest = span_sub(*rest, (size_t)n, rest->n);
    return true;
}

bool fetch_web_read(struct span bytes, struct fetch_web *out)
{
    struct fetch_web_head h;
    *out = (struct fetch_web){.chain_count = 0};
    if (bytes.n < sizeof h) {
        return false;
    }
    memcpy(&h, bytes.p, sizeof h);
    struct span rest = span_sub(bytes, sizeof h, bytes.n);
    if (h.magic != FETCH_WEB_MAGIC || h.chain_count > FETCH_CHAIN_MAX ||
        !take(&rest, h.request, &out->request) || !take(&rest, h.head, &out->head) ||
        !take(&rest, h.body, &out->body)) {
        return false;
    }
    for (size_t i = 0; i < h.chain_count; i++) {
        if (!take(&rest, h.chain[i], &out->chain[i])) {
            return false;
        }
    }
    out->chain_count = h.chain_count;
    h.tls[sizeof h.tls - 1] = h.cipher[sizeof h.cipher - 1] = 0;
    fetch_text(out->tls, sizeof out->tls, span_str(h.tls));
    fetch_text(out->cipher, sizeof out->cipher, span_str(h.cipher));
    return rest.n == 0;
}
