/*
 * read_child - the child's half of read.h: unpack, parse, index, find the signer.
 *
 * It runs in the sandbox and has nothing but the input, the certificates at hand and the shared
 * memory; what it does not do is say how the bytes are kept.
 */
#include "store/read_inside.h"

#include <stdio.h>

#include "asn1/armor.h"
#include "asn1/name.h"
#include "base/mem.h"
#include "chain/judge.h"
#include "chain/sigcheck.h"
#include "format/cms.h"
#include "revocation/crl.h"
#include "revocation/ocsp.h"

enum { FUTURE_SECONDS = 86400, SIGNERS_MAX = 4096 };

#define CHILD_MEMORY ((size_t)448 << 20)

struct reader {
    struct arena *a;
    const struct read_question *q;
    struct read_area *area;
    struct pool *pool;
    struct sp_findings findings;
    struct cert **certs;                             /* who may have signed */
    size_t cert_count, cert_capacity, trusted_count; /* the first ones are the trust list's */
    struct read_object *o;                           /* being read */
};

/* ---- small helpers --------------------------------------------------------------------------- */

static void refuse(struct reader *r, enum store_outcome outcome, const char *why)
{
    r->o->outcome = outcome;
    (void)snprintf(r->o->why, sizeof r->o->why, "%s", why);
}

static void name_for_people(struct reader *r, struct span name, char out[STORE_LABEL])
{
    const char *cn = cert_name_attr(r->a, name, OID_AT_COMMON_NAME);
    const char *text = cn ? cn : cert_name_text(r->a, name);
    (void)snprintf(out, STORE_LABEL, "%s", text ? text : "?");
}

/* Bytes the parent is to have: where they are in the input, or copied. */
static int give(struct reader *r, struct span s, struct read_place *out)
{
    const struct span in = r->q->input;
    uintptr_t from = (uintptr_t)s.p, start = (uintptr_t)in.p;
    if (from >= start && from - start <= in.n && s.n <= in.n - (from - start)) {
        *out = (struct read_place){true, from - start, s.n};
        return 0;
    }
    uint64_t at = (r->area->used + 15) / 16 * 16;
    if (at > r->area->capacity || s.n > r->area->capacity - at) {
        return -1;
    }
    memcpy(r->area->bytes + at, s.p, s.n);
    r->area->used = at + s.n;
    *out = (struct read_place){false, at, s.n};
    return 0;
}

static int add_signer(struct reader *r, struct cert *c)
{
    if (r->cert_count == SIGNERS_MAX) {
        return 0;
    }
    if (arena_grow(r->a, (void **)&r->certs, &r->cert_capacity, r->cert_count + 1,
                   sizeof(struct cert *)) < 0) {
        return -1;
    }
    r->certs[r->cert_count++] = c;
    return 0;
}

/* ---- who signed ------------------------------------------------------------------------------ */

/* Its path ends at an anchor; at that time, if it is not valid now. */
static int anchored(struct reader *r, struct cert *c, int64_t signed_at, bool *out)
{
    struct sp_policy policy = *sp_policy_builtin("india-dsc");
    struct chain_answer answer = {0};
    bool now = r->q->now >= c->not_before && r->q->now <= c->not_after;
    policy.require_revocation = false;
    const struct chain_question q = {.leaf = c,
                                     .purpose = CHAIN_ANY,
                                     .time = now ? r->q->now : signed_at,
                                     .now = r->q->now,
                                     .policy = &policy,
                                     .where = "signer"};
    if (chain_judge(r->a, r->pool, &q, &r->findings, &answer) < 0) {
        return -1;
    }
    *out = answer.anchored;
    return 0;
}

struct signed_bytes {
    struct span algorithm, tbs, signature;
    int64_t at;
};

/* One candidate: *found when its key made the signature and it is anchored. */
static int try_signer(struct reader *r, struct cert *c, const struct signed_bytes *s, bool *found)
{
    enum sig_result result = SIG_UNSUPPORTED;
    if (signature_check(c, s->algorithm, s->tbs, s->signature, &result) < 0) {
        return -1;
    }
    *found = false;
    if (result != SIG_GOOD) {
        refuse(r, STORE_BAD_SIGNATURE,
               result == SIG_BAD ? "the signature is not that of its issuer's certificate"
                                 : "the signature's algorithm is not supported");
        return 0;
    }
    if (anchored(r, c, s->at, found) < 0) {
        return -1;
    }
    if (*found) {
        memcpy(r->o->signer, c->sha256, sizeof r->o->signer);
        refuse(r, STORE_STORED, "");
    } else {
        refuse(r, STORE_UNKNOWN_ISSUER,
               "its issuer's certificate does not chain to an anchor of the trust list");
    }
    return 0;
}

static bool may_sign_crls(const struct cert *c)
{
    return !c->has_key_usage || (c->key_usage & USAGE_CRL_SIGN);
}

/* *signer stays NULL when nobody at hand did; the object says why. */
static int crl_signer(struct reader *r, const struct crl *crl, const struct cert **signer)
{
    const struct signed_bytes s = {crl->signature_alg, crl->tbs, crl->signature, crl->this_update};
    refuse(r, STORE_UNKNOWN_ISSUER, "no certificate of its issuer is at hand");
    for (size_t i = 0; i < r->cert_count; i++) {
        struct cert *c = r->certs[i];
        struct span subject = name_canonical(r->a, c->subject);
        bool found;
        if (!subject.p) {
            return -1;
        }
        if (!span_eq(subject, crl->issuer_canonical) || !may_sign_crls(c)) {
            continue;
        }
        if (try_signer(r, c, &s, &found) < 0) {
            return -1;
        }
        if (found) {
            *signer = c;
            return 0;
        }
    }
    return 0;
}

/* ---- a CRL ----------------------------------------------------------------------------------- */

static void add_part(struct buffer *b, struct span part)
{
    uint64_t n = part.p ? part.n : UINT64_MAX;
    buffer_add(b, span_make(&n, sizeof n));
    buffer_add(b, part);
}

/* Versions of one list have the same issuer, key, scope, and are all complete or all deltas. */
static int crl_line(struct reader *r, const struct crl *crl, const struct cert *signer)
{
    struct buffer b;
    buffer_init(&b, (size_t)1 << 22);
    add_part(&b, crl->issuer_canonical);
    add_part(&b, signer->spki);
    add_part(&b, crl->idp);
    buffer_char(&b, crl->base_number.p ? 'd' : 'c');
    int rc = buffer_ok(&b) ? hash_sha256(buffer_span(&b), r->o->line) : -1;
    buffer_free(&b);
    return rc;
}

static int crl_index_file(struct reader *r, const struct crl *crl, const struct cert *signer)
{
    static const uint8_t unnamed[SHA256_SIZE]; /* the parent makes the list's hash itself */
    struct buffer file;
    buffer_init(&file, SIZE_MAX / 2);
    int rc = 0;
    if (crl_stored_write(crl, unnamed, signer->sha256, &file)) {
        rc = give(r, buffer_span(&file), &r->o->index);
    } else if (!buffer_ok(&file)) {
        rc = -1;
    }
    buffer_free(&file);
    return rc;
}

static int good_crl(struct reader *r, struct crl *crl)
{
    const struct cert *signer = NULL;
    if (crl_index(r->a, crl) < 0) {
        return -1;
    }
    r->o->entries = crl->count;
    if (crl->unusable || crl->number.n > READ_NUMBER) {
        refuse(r, STORE_UNUSABLE, crl->unusable ? crl->unusable : "the cRLNumber is too long");
        return 0;
    }
    if (crl->this_update > r->q->now + FUTURE_SECONDS) {
        refuse(r, STORE_UNUSABLE, "thisUpdate lies in the future");
        return 0;
    }
    if (crl_signer(r, crl, &signer) < 0) {
        return -1;
    }
    if (!signer) {
        return 0;
    }
    if (crl->number.n) {
        memcpy(r->o->number, crl->number.p, crl->number.n);
        r->o->number_size = (uint32_t)crl->number.n;
    }
    r->o->delta = crl->base_number.p != NULL;
    return crl_line(r, crl, signer) < 0 || crl_index_file(r, crl, signer) < 0 ? -1 : 0;
}

/* 1: it is a CRL, good or not; 0: it is none (*why); -1. */
static int read_crl(struct reader *r, struct span der, const char **why)
{
    struct crl *crl;
    if (crl_parse(r->a, der, &crl, why) < 0) {
        return -1;
    }
    if (!crl) {
        return 0;
    }
    r->o->kind = STORE_CRL;
    r->o->this_update = crl->this_update;
    r->o->next_update = crl->next_update;
    name_for_people(r, crl->issuer, r->o->issuer);
    return hash_sha256(crl->issuer, r->o->issuer_hash) < 0 || good_crl(r, crl) < 0 ? -1 : 1;
}

/* ---- an OCSP answer -------------------------------------------------------------------------- */

static int ocsp_signer(struct reader *r, const struct ocsp *o)
{
    const struct signed_bytes s = {o->signature_alg, o->tbs, o->signature, o->produced_at};
    bool found = false;
    refuse(r, STORE_UNKNOWN_ISSUER, "no certificate of its responder is at hand");
    for (size_t i = 0; i < r->cert_count && !found; i++) {
        if (ocsp_responder_is(o, r->certs[i]) && try_signer(r, r->certs[i], &s, &found) < 0) {
            return -1;
        }
    }
    return 0;
}

static void ocsp_about(struct reader *r, const struct ocsp *o)
{
    for (size_t i = 0; i < o->count && r->o->key_count < READ_KEYS_MAX; i++) {
        const struct ocsp_single *s = &o->singles[i];
        read_key(s->key_hash, s->serial, r->o->keys[r->o->key_count]);
        r->o->key_count += r->o->keys[r->o->key_count][0] != 0;
    }
    r->o->this_update = o->singles[0].this_update;
    r->o->next_update = o->singles[0].next_update;
    r->o->produced_at = o->produced_at;
}

static int take_cert(struct reader *r, struct span der, bool *taken);

static int read_ocsp(struct reader *r, struct span der, const char **why)
{
    struct ocsp *o;
    bool taken;
    if (ocsp_parse(r->a, der, &o, why) < 0) {
        return -1;
    }
    if (!o) {
        return 0;
    }
    r->o->kind = STORE_OCSP;
    if (o->unusable || o->count == 0) {
        refuse(r, STORE_UNUSABLE, o->unusable ? o->unusable : "it says nothing");
        return 1;
    }
    for (size_t i = 0; i < o->cert_count; i++) {
        if (take_cert(r, o->certs[i], &taken) < 0) {
            return -1;
        }
    }
    if (o->by_name.p) {
        name_for_people(r, o->by_name, r->o->issuer);
    }
    ocsp_about(r, o);
    return ocsp_signer(r, o) < 0 ? -1 : 1;
}

/* ---- a certificate --------------------------------------------------------------------------- */

/* It may vouch for what else is in the input. */
static int take_cert(struct reader *r, struct span der, bool *taken)
{
    struct cert *c;
    const char *why;
    if (cert_parse(r->a, der, "received", &c, &why) < 0) {
        return -1;
    }
    *taken = c != NULL;
    return c && (pool_add(r->pool, SP_EVIDENCE_CERT, der, "received") < 0 || add_signer(r, c) < 0)
               ? -1
               : 0;
}

static bool is_known(const struct reader *r, const struct cert *c)
{
    for (size_t i = 0; i < r->trusted_count; i++) {
        if (memcmp(r->certs[i]->sha256, c->sha256, CERT_SHA256) == 0) {
            return true;
        }
    }
    return false;
}

/* Where its CA says that lists about it are. Only an issuer that is trusted may name addresses; one
 * that a document brought is kept only then. */
static int judge_cert(struct reader *r, struct cert *c)
{
    const char *urls[READ_URLS_MAX];
    bool good;
    if (anchored(r, c, c->not_before, &good) < 0) {
        return -1;
    }
    size_t n = good ? cert_uris(r->a, c, OID_EXT_CDP, urls, READ_URLS_MAX) : 0;
    for (size_t i = 0; i < n; i++) {
        if (strncmp(urls[i], "http", 4) == 0 && strlen(urls[i]) < READ_URL) {
            (void)snprintf(r->o->urls[r->o->url_count++], READ_URL, "%s", urls[i]);
        }
    }
    if (r->q->anchored_only && !good) {
        refuse(r, STORE_UNKNOWN_ISSUER, "it does not chain to an anchor of the trust list");
    }
    return 0;
}

static int read_cert(struct reader *r, struct span der, const char **why)
{
    struct cert *c;
    if (cert_parse(r->a, der, "received", &c, why) < 0) {
        return -1;
    }
    if (!c) {
        return 0;
    }
    r->o->kind = STORE_CERT;
    r->o->this_update = c->not_before;
    r->o->next_update = c->not_after;
    name_for_people(r, c->subject, r->o->issuer);
    name_for_people(r, c->issuer, r->o->above);
    if (is_known(r, c)) {
        refuse(r, STORE_SAME, "");
    } else if (!c->is_ca) {
        refuse(r, STORE_UNUSABLE, "it is not a CA's certificate");
    } else if (cert_self_issued(c)) {
        refuse(r, STORE_UNUSABLE,
               "a root is not taken from the network; see satyapan trust import");
    } else {
        refuse(r, STORE_STORED, "");
        return judge_cert(r, c) < 0 ? -1 : 1;
    }
    return 1;
}

/* ---- objects --------------------------------------------------------------------------------- */

static int next_object(struct reader *r)
{
    if (r->area->count == READ_OBJECTS_MAX) {
        return -1;
    }
    r->o = &r->area->objects[r->area->count++];
    *r->o = (struct read_object){
        .kind = STORE_UNKNOWN, .this_update = UTC_NONE, .next_update = UTC_NONE};
    return 0;
}

static int read_one(struct reader *r, struct span der)
{
    const char *no_cert = "", *no_crl = "", *no_ocsp = "";
    enum store_kind wanted = r->q->expected;
    if (next_object(r) < 0) {
        return -1;
    }
    int rc = read_crl(r, der, &no_crl);
    rc = rc ? rc : read_cert(r, der, &no_cert);
    rc = rc ? rc : read_ocsp(r, der, &no_ocsp);
    if (rc == 0) {
        r->o->kind = wanted;
        refuse(r, STORE_UNREADABLE,
               wanted == STORE_CRL    ? no_crl
               : wanted == STORE_CERT ? no_cert
               : wanted == STORE_OCSP ? no_ocsp
                                      : "neither a certificate, nor a CRL, nor an OCSP answer");
    } else if (rc > 0 && wanted != STORE_UNKNOWN && r->o->kind != wanted) {
        refuse(r, STORE_UNREADABLE, "it is another kind of object than this address should serve");
    }
    return rc < 0 || give(r, der, &r->o->der) < 0 ? -1 : 0;
}

/* The members of a bundle, certificates first; 0: it is none. */
static int read_bundle(struct reader *r, struct span der)
{
    struct cms *cms;
    const char *why;
    bool taken;
    if (cms_parse(r->a, der, &cms, &why) < 0) {
        return -1;
    }
    if (!cms || cms->content_type != OID_SIGNED_DATA) {
        return 0;
    }
    for (size_t i = 0; i < cms->cert_count; i++) {
        if (take_cert(r, cms->certs[i], &taken) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < cms->cert_count; i++) {
        if (read_one(r, cms->certs[i]) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < cms->crl_count; i++) {
        if (read_one(r, cms->crls[i]) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < cms->ocsp_count; i++) {
        if (read_one(r, cms->ocsps[i]) < 0) {
            return -1;
        }
    }
    return 1;
}

static int read_input(struct reader *r)
{
    struct armor_item *items;
    size_t count;
    bool taken;
    if (armor_decode(r->a, r->q->input, &items, &count) < 0) {
        return -1;
    }
    if (count == 0) {
        if (next_object(r) < 0) {
            return -1;
        }
        r->o->kind = r->q->expected;
        refuse(r, STORE_UNREADABLE, "neither DER nor PEM nor base64");
    }
    for (size_t i = 0; i < count; i++) {
        if (take_cert(r, items[i].der, &taken) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < count; i++) {
        int rc = read_bundle(r, items[i].der);
        if (rc < 0 || (rc == 0 && read_one(r, items[i].der) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* The certificates at hand; the trust list's own files are one certificate each. */
static int take_evidence(struct reader *r)
{
    const struct sp_evidence *e = r->q->evidence;
    for (size_t i = 0; i < e->count; i++) {
        struct armor_item *items;
        struct cert *c;
        const char *why;
        size_t count;
        if (e->blobs[i].kind == SP_EVIDENCE_CRL || e->blobs[i].kind == SP_EVIDENCE_OCSP) {
            continue;
        }
        if (armor_decode(r->a, span_make(e->blobs[i].bytes, e->blobs[i].size), &items, &count) <
            0) {
            return -1;
        }
        for (size_t k = 0; k < count; k++) {
            if (cert_parse(r->a, items[k].der, "trust", &c, &why) < 0 ||
                (c && add_signer(r, c) < 0)) {
                return -1;
            }
        }
    }
    r->trusted_count = r->cert_count;
    return 0;
}

int read_child(void *context, struct buffer *out)
{
    const struct read_task *task = context;
    struct reader reader = {.q = task->question, .area = task->area}, *r = &reader;
    uint64_t failures = mem_failures();
    (void)out;
    r->a = arena_new(CHILD_MEMORY);
    if (!r->a) {
        return 1;
    }
    findings_init(&r->findings);
    return pool_new(r->a, r->q->evidence, &r->findings, &r->pool) < 0 || take_evidence(r) < 0 ||
           read_input(r) < 0 || mem_failures() != failures;
}
