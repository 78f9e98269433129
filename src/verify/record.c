/*
 * record - evidence records over known data: what each of their time-stamps must be about.
 *
 * RFC 4998 4.3 (the first time-stamp of a chain is over a hash tree with the data in it), 5.2
 * (renewal: of the time-stamp, over the token before it; of the tree, over the data again and all
 * chains before). Appendix A: records in a CMS signature, over the message without them.
 */
#include "verify/record.h"

#include <openssl/evp.h>

#include "asn1/der.h"
#include "base/utc.h"

int record_part(struct arena *a, struct record_object *o, struct span octets)
{
    if (arena_grow(a, (void **)&o->parts, &o->capacity, o->count + 1, sizeof *o->parts)) {
        return -1;
    }
    o->parts[o->count++] = octets;
    return 0;
}

static int hash_parts(struct arena *a, enum oid digest, const struct span *parts, size_t n,
                      struct span *out)
{
    uint8_t *hash = arena_alloc(a, DIGEST_MAX);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = hash && ctx && EVP_DigestInit_ex(ctx, algorithm_md(digest), NULL) == 1;
    for (size_t i = 0; ok && i < n; i++) {
        ok = !parts[i].n || EVP_DigestUpdate(ctx, parts[i].p, parts[i].n) == 1;
    }
    ok = ok && algorithm_digest_final(ctx, digest, hash);
    EVP_MD_CTX_free(ctx);
    *out = span_make(hash, algorithm_digest_size(digest));
    return ok ? 0 : -1;
}

/* What stands for an object in a chain: its hash, and after a renewal of the tree the hash of that
 * with the hash of all chains before (RFC 4998 5.2, step 4). */
static int object_hash(struct arena *a, const struct ers *r, const struct ers_stamp *s,
                       enum oid digest, const struct record_object *o, struct span *out)
{
    struct span pair[2], before;
    if (hash_parts(a, digest, o->parts, o->count, &pair[0])) {
        return -1;
    }
    *out = pair[0];
    if (s->chain == 0) {
        return 0;
    }
    before = ers_sequence(a, r, s->chain);
    return !before.p || hash_parts(a, digest, &before, 1, &pair[1]) ||
                   hash_parts(a, digest, pair, 2, out)
               ? -1
               : 0;
}

/* The chain must keep to one digest (RFC 4998 4.1); that of a stamp without one is its token's. */
static bool one_digest(const struct ers *r, size_t i, enum oid digest, const struct token *token)
{
    const struct ers_stamp *s = &r->stamps[i];
    return token->digest == digest && (s->first || r->stamps[i - 1].digest == OID_UNKNOWN ||
                                       r->stamps[i - 1].digest == digest);
}

int record_imprint(struct arena *a, const struct record_question *q, size_t i,
                   const struct token *token, struct span *imprint, const char **why)
{
    const struct ers *r = q->record;
    const struct ers_stamp *s = &r->stamps[i];
    enum oid digest = s->digest != OID_UNKNOWN ? s->digest : token->digest;
    *imprint = SPAN_NONE;
    if (!algorithm_md(digest) || !one_digest(r, i, digest, token)) {
        *why = "its digest algorithms do not fit together";
        return 0;
    }
    struct span hashes[RECORD_MAX_OBJECTS];
    size_t count = s->first ? q->count : 1;
    for (size_t k = 0; k < count; k++) {
        int rc = s->first ? object_hash(a, r, s, digest, &q->objects[k], &hashes[k])
                          : hash_parts(a, digest, &r->stamps[i - 1].token, 1, &hashes[k]);
        if (rc) {
            return -1;
        }
    }
    return ers_root(a, s, digest, hashes, count, s->first && count > 1, imprint, why);
}

/* All that was there when the stamp was made: the data, and the time-stamps before it. */
static int cover(struct judging *j, const struct record_question *q, size_t i,
                 struct stamp_item *item)
{
    struct arena *a = j->job->arena;
    for (size_t k = 0; k < q->cover_count; k++) {
        if (stamp_covers(a, item, q->covers[k])) {
            return -1;
        }
    }
    for (size_t k = 0; k < i; k++) {
        if (stamp_covers(a, item, q->record->stamps[k].token)) {
            return -1;
        }
    }
    return 0;
}

int record_stamps(struct judging *j, const struct record_question *q, size_t from,
                  struct stamp_list *out)
{
    struct arena *a = j->job->arena;
    const char *broken = NULL; /* what is over a broken one proves nothing about the data */
    for (size_t i = 0; i < q->record->count; i++) {
        const struct ers_stamp *s = &q->record->stamps[i];
        struct span imprint = SPAN_NONE;
        struct token *token;
        const char *why = "";
        if (token_parse(a, s->token, &token, &why) ||
            (token && record_imprint(a, q, i, token, &imprint, &why))) {
            return -1;
        }
        bool fits = token && imprint.p && span_eq(imprint, token->imprint);
        why = token && imprint.p && !fits ? "its hash tree does not lead to its time-stamp" : why;
        broken = broken ? broken : fits ? NULL : why;
        if (i < from) {
            continue;
        }
        if (stamp_list_add(a, out, STAMP_RECORD, s->token, SPAN_NONE)) {
            return -1;
        }
        if (!out->last) {
            return 0; /* the list is full: no more work for it */
        }
        out->last->imprint = token ? token->imprint : SPAN_NONE;
        out->last->defect = broken;
        if (cover(j, q, i, out->last)) {
            return -1;
        }
    }
    return 0;
}

/* ---- in a CMS signature --------------------------------------------------------------------- */

static bool is_record(enum oid id)
{
    return id == OID_ATTR_EVIDENCE_RECORD_INTERNAL || id == OID_ATTR_EVIDENCE_RECORD_EXTERNAL;
}

/* Identifier and length octets. */
static struct span header(struct arena *a, uint8_t tag, size_t length)
{
    uint8_t *p = arena_alloc(a, 10);
    size_t n = 0, octets = 0;
    if (!p) {
        return SPAN_NONE;
    }
    while (length >= 0x80 && octets < sizeof length && length >> (8 * octets)) {
        octets++;
    }
    p[n++] = tag;
    p[n++] = (uint8_t)(octets ? 0x80 | octets : length);
    for (size_t i = octets; i > 0; i--) {
        p[n++] = (uint8_t)(length >> (8 * (i - 1)));
    }
    return span_make(p, n);
}

/* Puts a header in front of the parts from `at` on. */
static int wrap(struct arena *a, struct record_object *o, size_t at, uint8_t tag)
{
    size_t length = 0;
    for (size_t i = at; i < o->count; i++) {
        length += o->parts[i].n;
    }
    struct span head = header(a, tag, length);
    if (!head.p || record_part(a, o, head)) {
        return -1;
    }
    memmove(o->parts + at + 1, o->parts + at, (o->count - 1 - at) * sizeof *o->parts);
    o->parts[at] = head;
    return 0;
}

/* A SignerInfo without its evidence records. */
static int add_signer(struct arena *a, const struct cms_signer *s, struct record_object *o)
{
    size_t start = o->count, attrs;
    if (record_part(a, o, s->fields)) {
        return -1;
    }
    attrs = o->count;
    for (size_t i = 0; i < s->unsigned_attrs.count; i++) {
        if (!is_record(s->unsigned_attrs.items[i].id) &&
            record_part(a, o, s->unsigned_attrs.items[i].whole)) {
            return -1;
        }
    }
    if (o->count > attrs && wrap(a, o, attrs, DER_CONTEXT_C(1))) {
        return -1;
    }
    return wrap(a, o, start, DER_SEQUENCE);
}

/* The ContentInfo in DER without evidence records. */
static int message_object(struct arena *a, const struct cms *cms, struct record_object *o)
{
    const struct span fields[] = {cms->head, cms->encap, cms->certs_field, cms->crls_field};
    struct span id = oid_body(OID_SIGNED_DATA), tag = header(a, DER_OID, id.n);
    if (!tag.p || record_part(a, o, tag) || record_part(a, o, id)) {
        return -1;
    }
    size_t content = o->count, signers;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (fields[i].p && record_part(a, o, fields[i])) {
            return -1;
        }
    }
    signers = o->count;
    for (size_t i = 0; i < cms->signer_count; i++) {
        if (add_signer(a, &cms->signers[i], o)) {
            return -1;
        }
    }
    return wrap(a, o, signers, DER_SET) || wrap(a, o, content, DER_SEQUENCE) ||
                   wrap(a, o, content, DER_CONTEXT_C(0)) || wrap(a, o, 0, DER_SEQUENCE)
               ? -1
               : 0;
}

/* Only parts that are the message's own octets, no headers made above: what lies in them. */
static int message_covers(struct arena *a, const struct cms *cms, struct record_object *out)
{
    const struct span fields[] = {cms->certs_field, cms->crls_field};
    for (size_t i = 0; i < 2; i++) {
        if (fields[i].p && record_part(a, out, fields[i])) {
            return -1;
        }
    }
    for (size_t i = 0; i < cms->signer_count; i++) {
        const struct cms_signer *s = &cms->signers[i];
        if (record_part(a, out, s->fields)) {
            return -1;
        }
        for (size_t k = 0; k < s->unsigned_attrs.count; k++) {
            if (!is_record(s->unsigned_attrs.items[k].id) &&
                record_part(a, out, s->unsigned_attrs.items[k].whole)) {
                return -1;
            }
        }
    }
    return 0;
}

static int one_record(struct judging *j, bool external, struct span der, struct stamp_list *out)
{
    struct arena *a = j->job->arena;
    struct record_object objects[2] = {{0}, {0}}, covers = {0};
    struct record_question q = {.objects = objects, .count = external ? 2 : 1};
    struct ers *r;
    const char *why;
    if (ers_parse(a, der, &r, &why)) {
        return -1;
    }
    if (!r) {
        if (stamp_list_add(a, out, STAMP_RECORD, der, SPAN_NONE)) {
            return -1;
        }
        if (out->last) {
            out->last->defect = why;
        }
        return 0;
    }
    if (message_object(a, j->u->cms, &objects[0]) || message_covers(a, j->u->cms, &covers) ||
        (external && record_part(a, &objects[1], j->u->content))) {
        return -1;
    }
    q.record = r;
    q.covers = covers.parts;
    q.cover_count = covers.count;
    return record_stamps(j, &q, 0, out);
}

int record_attributes(struct judging *j, struct stamp_list *out)
{
    const struct cms_attrs *attrs = &j->u->signer->unsigned_attrs;
    for (size_t i = 0; i < attrs->count; i++) {
        struct span values = attrs->items[i].values;
        struct der d;
        bool external = attrs->items[i].id == OID_ATTR_EVIDENCE_RECORD_EXTERNAL;
        if (external && !j->u->content.p) {
            continue; /* without the content nothing can be said about it */
        }
        while (is_record(attrs->items[i].id) && der_next(&values, &d)) {
            if (one_record(j, external, d.whole, out)) {
                return -1;
            }
            if (!out->last) {
                return 0; /* the list is full */
            }
        }
    }
    return 0;
}
