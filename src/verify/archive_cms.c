/*
 * archive_cms - the time-stamps of a CMS signature that are over more than its value.
 *
 * EN 319 122-1 5.5 (archive-time-stamp-v3 with its hash index), TS 101 733 6.4.1 (v2) and 6.3.5,
 * 6.3.6 (over references). Only the messages are put together here, exactly as the standards say;
 * tokens are judged in stamp.c. What is not done: archive-time-stamp v1 (TS 101 733 before 1.4).
 */
#include "verify/judging.h"

#include <openssl/evp.h>

#include "asn1/der.h"
#include "base/utc.h"
#include "timestamp/hash_index.h"

/* Octets hashed and compared for the archive time-stamps of one signature, at most: a message of
 * many of them must not keep the machine busy. */
#define WORK_MAX ((uint64_t)512 * 1024 * 1024)

struct archive {
    uint64_t work;
    struct judging *j;
    struct arena *a;
    const struct cms *cms;
    const struct cms_signer *s;
    struct stamp_list *out;
    struct span content[2]; /* the signed octets: one run, or the ranges of a file */
};

/* ---- v3 ------------------------------------------------------------------------------------- */

/* A list of the index while its objects are looked for. */
struct wanted {
    struct archive *x;
    const struct hash_index *index;
    struct stamp_item *item;
    struct span list;
    bool *found;
    size_t count;
};

static int start_list(struct wanted *w, struct span list)
{
    w->list = list;
    w->count = hash_index_count(list);
    w->found = arena_array(w->x->a, w->count, sizeof *w->found);
    return w->found ? 0 : -1;
}

static bool all_found(const struct wanted *w)
{
    for (size_t i = 0; i < w->count; i++) {
        if (!w->found[i]) {
            return false;
        }
    }
    return true;
}

/* An object whose hash (over one or two runs) is in the list is covered. */
static int look_for(struct wanted *w, struct span first, struct span second, struct span object)
{
    uint8_t hash[DIGEST_MAX];
    w->x->work += first.n + second.n + 8 * w->count + 64;
    if (w->x->work > WORK_MAX) {
        return 0; /* what is not looked for is not found */
    }
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestInit_ex(ctx, algorithm_md(w->index->digest), NULL) == 1 &&
              EVP_DigestUpdate(ctx, first.p, first.n) == 1 &&
              (second.n == 0 || EVP_DigestUpdate(ctx, second.p, second.n) == 1) &&
              algorithm_digest_final(ctx, w->index->digest, hash);
    EVP_MD_CTX_free(ctx);
    if (!ok) {
        return -1;
    }
    size_t at = hash_index_match(w->list, span_make(hash, algorithm_digest_size(w->index->digest)));
    if (at == SIZE_MAX) {
        return 0;
    }
    /* The same object twice: each needs its own entry no more than the index needs two. */
    w->found[at] = true;
    return stamp_covers(w->x->a, w->item, object);
}

/* Every CertificateChoices or RevocationInfoChoice of a field. */
static int match_field(struct wanted *w, struct span list, struct span field, bool *all)
{
    struct der set, d;
    if (start_list(w, list)) {
        return -1;
    }
    if (field.p && der_next(&field, &set)) {
        while (der_next(&set.body, &d)) {
            if (look_for(w, d.whole, SPAN_NONE, d.whole)) {
                return -1;
            }
        }
    }
    *all = *all && all_found(w);
    return 0;
}

/* v1: the hash of a whole Attribute; from v2 on one for each value: attrType, then the value. */
static int match_attribute(struct wanted *w, const struct cms_attr *attr)
{
    struct der seq, oid, d;
    struct span values = attr->values;
    if (w->index->version == OID_ATTR_ATS_HASH_INDEX) {
        return look_for(w, attr->whole, SPAN_NONE, attr->whole);
    }
    if (!der_only(attr->whole, DER_SEQUENCE, &seq) || !der_expect(&seq.body, DER_OID, &oid)) {
        return 0;
    }
    while (der_next(&values, &d)) {
        if (look_for(w, oid.whole, d.whole, d.whole)) {
            return -1;
        }
    }
    return 0;
}

static int match_attributes(struct wanted *w, bool *all)
{
    if (start_list(w, w->index->attrs)) {
        return -1;
    }
    for (size_t i = 0; i < w->x->s->unsigned_attrs.count; i++) {
        if (match_attribute(w, &w->x->s->unsigned_attrs.items[i])) {
            return -1;
        }
    }
    *all = *all && all_found(w);
    return 0;
}

/* The digest of the content with the algorithm of the imprint (5.5.3, step 2). */
static int content_digest(const struct archive *x, enum oid digest, struct span *out)
{
    uint8_t *p = arena_alloc(x->a, DIGEST_MAX);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = p && ctx && EVP_DigestInit_ex(ctx, algorithm_md(digest), NULL) == 1;
    for (size_t i = 0; ok && i < 2; i++) {
        ok = !x->content[i].n || EVP_DigestUpdate(ctx, x->content[i].p, x->content[i].n) == 1;
    }
    ok = ok && algorithm_digest_final(ctx, digest, p);
    EVP_MD_CTX_free(ctx);
    *out = span_make(p, algorithm_digest_size(digest));
    return ok ? 0 : -1;
}

/* Looks for everything the index names; *all: nothing is missing. */
static int match_index(struct archive *x, struct stamp_item *item, const struct hash_index *index,
                       bool *all)
{
    struct wanted w = {.x = x, .index = index, .item = item};
    *all = true;
    return match_field(&w, index->certs, x->cms->certs_field, all) ||
                   match_field(&w, index->crls, x->cms->crls_field, all) ||
                   match_attributes(&w, all)
               ? -1
               : 0;
}

/* EN 319 122-1 5.5.3: eContentType, digest of the content, the fields of the SignerInfo but the
 * unsigned attributes, the hash index. */
static int stamp_v3(struct archive *x, struct stamp_item *item, const struct token *token)
{
    struct hash_index index;
    struct span digest;
    const char *why = "";
    bool all = false;
    if (!hash_index_find(&token->cms->signers[0].unsigned_attrs, &index, &why)) {
        item->defect = why;
        return 0;
    }
    item->index = index.digest;
    if (index.digest == OID_UNKNOWN || !algorithm_md(token->digest)) {
        item->defect = "its digest algorithm is not supported";
        return 0;
    }
    if (match_index(x, item, &index, &all) || content_digest(x, token->digest, &digest)) {
        return -1;
    }
    item->defect = all ? NULL : "its hash index names something that is not there";
    return stamp_part(x->a, item, x->cms->econtent_type_der) || stamp_part(x->a, item, digest) ||
                   stamp_part(x->a, item, x->s->fields) || stamp_part(x->a, item, index.whole)
               ? -1
               : 0;
}

/* ---- v2 ------------------------------------------------------------------------------------- */

static bool is_archive(enum oid id)
{
    return id == OID_ATTR_ARCHIVE_TIMESTAMP_V2 || id == OID_ATTR_ARCHIVE_TIMESTAMP_V3;
}

static int token_time(struct archive *x, const struct cms_attr *attr, int64_t *out)
{
    struct token *t;
    struct der d;
    const char *why;
    struct span values = attr->values;
    *out = UTC_NONE;
    if (!der_expect(&values, DER_SEQUENCE, &d) || (x->work += 65536 + d.whole.n) > WORK_MAX) {
        return 0;
    }
    if (token_parse(x->a, d.whole, &t, &why)) {
        return -1;
    }
    *out = t ? t->time : UTC_NONE;
    return 0;
}

/* Identifier and length octets of a value with this much in it. */
static struct span header(struct arena *a, uint8_t tag, size_t length)
{
    uint8_t *p = arena_alloc(a, 10);
    size_t n = 0, octets = 0;
    if (!p) {
        return SPAN_NONE;
    }
    while (length >> (8 * octets) && octets < sizeof length) {
        octets++;
    }
    p[n++] = tag;
    if (length < 0x80) {
        p[n++] = (uint8_t)length;
        return span_make(p, n);
    }
    p[n++] = (uint8_t)(0x80 | octets);
    for (size_t i = octets; i > 0; i--) {
        p[n++] = (uint8_t)(length >> (8 * (i - 1)));
    }
    return span_make(p, n);
}

/* The unsigned attributes as they were before this time-stamp: without it and without archive
 * time-stamps that are not older. */
static int earlier_attributes(struct archive *x, struct stamp_item *item, size_t own, int64_t time)
{
    const struct cms_attrs *attrs = &x->s->unsigned_attrs;
    size_t n = 0, kept = 0;
    bool *keep = arena_array(x->a, attrs->count, sizeof *keep);
    for (size_t i = 0; keep && i < attrs->count; i++) {
        int64_t other = UTC_NONE;
        if (is_archive(attrs->items[i].id) && token_time(x, &attrs->items[i], &other)) {
            return -1;
        }
        keep[i] = i != own && (!is_archive(attrs->items[i].id) || other < time);
        n += keep[i] ? attrs->items[i].whole.n : 0;
        kept += keep[i];
    }
    struct span head = keep ? header(x->a, DER_CONTEXT_C(1), n) : SPAN_NONE;
    if (!head.p || (kept && stamp_part(x->a, item, head))) {
        return -1;
    }
    for (size_t i = 0; i < attrs->count; i++) {
        if (keep[i] && (stamp_part(x->a, item, attrs->items[i].whole) ||
                        stamp_covers(x->a, item, attrs->items[i].whole))) {
            return -1;
        }
    }
    return 0;
}

/* TS 101 733 6.4.1: encapContentInfo, detached content, certificates, crls, all of the
 * SignerInfo. */
static int stamp_v2(struct archive *x, struct stamp_item *item, size_t own, int64_t time)
{
    const struct span fields[] = {x->cms->certs_field, x->cms->crls_field};
    if (stamp_part(x->a, item, x->cms->encap)) {
        return -1;
    }
    for (size_t i = 0; !x->cms->econtent.p && i < 2; i++) {
        if (x->content[i].n && stamp_part(x->a, item, x->content[i])) {
            return -1;
        }
    }
    for (size_t i = 0; i < 2; i++) {
        if (fields[i].p &&
            (stamp_part(x->a, item, fields[i]) || stamp_covers(x->a, item, fields[i]))) {
            return -1;
        }
    }
    return stamp_part(x->a, item, x->s->fields) || stamp_covers(x->a, item, x->s->fields) ||
                   earlier_attributes(x, item, own, time)
               ? -1
               : 0;
}

/* ---- over references ------------------------------------------------------------------------ */

/* The contents octets of every attribute of a type: attrType and attrValues. */
static int add_bodies(struct archive *x, struct stamp_item *item, enum oid id)
{
    for (size_t i = 0; i < x->s->unsigned_attrs.count; i++) {
        const struct cms_attr *attr = &x->s->unsigned_attrs.items[i];
        struct der seq;
        if (attr->id == id && der_only(attr->whole, DER_SEQUENCE, &seq) &&
            (stamp_part(x->a, item, seq.body) || stamp_covers(x->a, item, attr->whole))) {
            return -1;
        }
    }
    return 0;
}

/* TS 101 733 6.3.5 (CAdES-C-timestamp): value, signature time-stamp, references; 6.3.6: references
 * alone. Values come without their tag and length. */
static int stamp_references(struct archive *x, struct stamp_item *item, enum oid id)
{
    item->silent_value = id == OID_ATTR_REFERENCES_TIMESTAMP;
    if (!item->silent_value && (stamp_part(x->a, item, x->s->signature) ||
                                add_bodies(x, item, OID_ATTR_SIGNATURE_TIMESTAMP))) {
        return -1;
    }
    return add_bodies(x, item, OID_ATTR_CERTIFICATE_REFS) ||
                   add_bodies(x, item, OID_ATTR_REVOCATION_REFS)
               ? -1
               : 0;
}

/* ---- all ------------------------------------------------------------------------------------ */

static int add_stamp(struct archive *x, size_t own, struct span der)
{
    enum oid id = x->s->unsigned_attrs.items[own].id;
    struct token *token;
    const char *why;
    enum stamp_kind kind = is_archive(id) ? STAMP_ARCHIVE : STAMP_REFERENCES;
    if (stamp_list_add(x->a, x->out, kind, der, SPAN_NONE)) {
        return -1;
    }
    if (!x->out->last) {
        x->work = WORK_MAX + 1; /* the list is full */
        return 0;
    }
    if (token_parse(x->a, der, &token, &why)) {
        return -1;
    }
    if (!token) {
        return 0;
    }
    x->work += 65536 + x->content[0].n + x->content[1].n;
    return id == OID_ATTR_ARCHIVE_TIMESTAMP_V3   ? stamp_v3(x, x->out->last, token)
           : id == OID_ATTR_ARCHIVE_TIMESTAMP_V2 ? stamp_v2(x, x->out->last, own, token->time)
                                                 : stamp_references(x, x->out->last, id);
}

int archive_stamps(struct judging *j, struct stamp_list *out)
{
    const struct unit *u = j->u;
    struct archive x = {.j = j,
                        .a = j->job->arena,
                        .cms = u->cms,
                        .s = u->signer,
                        .out = out,
                        .content = {u->content, SPAN_NONE}};
    if (u->from && u->from->range_count == 2 && u->from->blob_kind == BLOB_CMS) {
        for (size_t i = 0; i < 2; i++) {
            x.content[i] = span_sub(j->job->file, u->from->ranges[i].off, u->from->ranges[i].len);
        }
    } else if (!u->content.p) {
        return 0; /* without the content nothing can be said about them */
    }
    for (size_t i = 0; i < u->signer->unsigned_attrs.count; i++) {
        const struct cms_attr *attr = &u->signer->unsigned_attrs.items[i];
        struct span values = attr->values;
        struct der d;
        bool ours = is_archive(attr->id) || attr->id == OID_ATTR_ESC_TIMESTAMP ||
                    attr->id == OID_ATTR_REFERENCES_TIMESTAMP;
        while (ours && x.work <= WORK_MAX && der_expect(&values, DER_SEQUENCE, &d)) {
            if (add_stamp(&x, i, d.whole)) {
                return -1;
            }
        }
    }
    if (x.work > WORK_MAX) {
        finding_add(x.a, &u->sig->findings, SP_ENGINE_LIMIT, u->sig->id,
                    "archive time-stamps in a signature", NULL);
    }
    return 0;
}
