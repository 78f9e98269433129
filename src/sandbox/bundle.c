/*
 * bundle - see bundle.h.
 */
#include "sandbox/bundle.h"

#include <errno.h>

#include "sandbox/wire.h"

enum { HEAD = 4 + 6 * 8, TEXTS = 3 };

static const uint8_t magic[4] = {'S', 'P', 'B', '1'};

static void put(uint8_t *p, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++) {
        p[i] = (uint8_t)(v >> (56 - 8 * i));
    }
}

static uint64_t get(const uint8_t *p)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++) {
        v = v << 8 | p[i];
    }
    return v;
}

int bundle_start(int fd)
{
    return wire_write(fd, span_make(magic, sizeof magic));
}

int bundle_write(int fd, const struct bundle_record *r)
{
    uint8_t head[HEAD] = {(uint8_t)r->type, (uint8_t)r->kind, r->group};
    struct span parts[TEXTS + 2];
    put(head + 4, (uint64_t)r->number);
    for (size_t i = 0; i < TEXTS; i++) {
        size_t n = r->text[i] ? strlen(r->text[i]) + 1 : 0;
        if (n > BUNDLE_TEXT_MAX) {
            errno = EMSGSIZE;
            return -1;
        }
        parts[i] = n ? span_make(r->text[i], n) : SPAN_NONE;
    }
    parts[TEXTS] = r->data;
    parts[TEXTS + 1] = r->index;
    for (size_t i = 0; i < TEXTS + 2; i++) {
        put(head + 12 + 8 * i, parts[i].n);
    }
    int rc = wire_write(fd, span_make(head, sizeof head));
    for (size_t i = 0; i < TEXTS + 2 && rc == 0; i++) {
        rc = parts[i].n ? wire_write(fd, parts[i]) : 0;
    }
    return rc;
}

bool bundle_open(struct span whole, struct span *records)
{
    if (!whole.p || whole.n < sizeof magic || whole.n > BUNDLE_MAX ||
        memcmp(whole.p, magic, sizeof magic) != 0) {
        return false;
    }
    *records = span_sub(whole, sizeof magic, whole.n);
    return true;
}

/* One text of n octets: its NUL is at the end and nowhere else. */
static bool take_text(struct span *rest, uint64_t n, const char **out)
{
    *out = NULL;
    if (n == 0) {
        return true;
    }
    if (n > rest->n || n > BUNDLE_TEXT_MAX || memchr(rest->p, 0, (size_t)n) != rest->p + n - 1) {
        return false;
    }
    *out = (const char *)rest->p;
    *rest = span_sub(*rest, (size_t)n, rest->n);
    return true;
}

static bool take_bytes(struct span *rest, uint64_t n, struct span *out)
{
    if (n > rest->n) {
        return false;
    }
    *out = n ? span_sub(*rest, 0, (size_t)n) : SPAN_NONE;
    *rest = span_sub(*rest, (size_t)n, rest->n);
    return true;
}

/* What each type must and must not have. */
static bool fits(const struct bundle_record *r)
{
    bool ocsp = r->kind == SP_EVIDENCE_OCSP;
    if (r->kind < SP_EVIDENCE_CERT || r->kind > SP_EVIDENCE_OCSP || !r->text[0]) {
        return false;
    }
    switch (r->type) {
    case BUNDLE_OBJECT:
        return r->data.n && (r->kind == SP_EVIDENCE_CRL || !r->index.n);
    case BUNDLE_ATTEMPT:
        return !r->data.n && !r->index.n && ocsp == (r->text[1] != NULL);
    case BUNDLE_WANT:
        return r->data.n <= (r->kind == SP_EVIDENCE_CERT ? 0 : SP_WANT_ISSUERS_MAX) &&
               !r->index.n && ocsp == (r->text[1] != NULL) && r->text[2];
    }
    return false;
}

bool bundle_next(struct span *records, struct bundle_record *out)
{
    struct span rest = *records;
    if (rest.n < HEAD) {
        return false;
    }
    const uint8_t *h = rest.p;
    rest = span_sub(rest, HEAD, rest.n);
    *out = (struct bundle_record){.type = (enum bundle_type)h[0],
                                  .kind = (enum sp_evidence_kind)h[1],
                                  .group = h[2],
                                  .number = (int64_t)get(h + 4)};
    for (size_t i = 0; i < TEXTS; i++) {
        if (!take_text(&rest, get(h + 12 + 8 * i), &out->text[i])) {
            return false;
        }
    }
    if (!take_bytes(&rest, get(h + 12 + 8 * TEXTS), &out->data) ||
        !take_bytes(&rest, get(h + 20 + 8 * TEXTS), &out->index) || h[3] != 0 || !fits(out)) {
        return false;
    }
    *records = rest;
    return true;
}

static int add_record(struct sp_evidence *e, const struct bundle_record *r)
{
    if (r->type == BUNDLE_ATTEMPT) {
        const struct sp_attempt t = {
            .kind = r->kind, .url = r->text[0], .request = r->text[1], .failed = r->text[2]};
        return sp_evidence_attempt(e, &t);
    }
    if (sp_evidence_add(e, r->kind, r->data.p, r->data.n, r->text[0]) != 0) {
        return -1;
    }
    e->blobs[e->count - 1].index = r->index.p;
    e->blobs[e->count - 1].index_size = r->index.n;
    return 0;
}

int bundle_add_to(struct span whole, struct sp_evidence *evidence)
{
    struct span rest;
    struct bundle_record r;
    size_t count = 0;
    if (!bundle_open(whole, &rest)) {
        return 1;
    }
    while (bundle_next(&rest, &r)) {
        if (r.type == BUNDLE_WANT || count++ == BUNDLE_RECORDS_MAX) {
            return 1;
        }
        if (add_record(evidence, &r) != 0) {
            return -1;
        }
    }
    return rest.n ? 1 : 0;
}
