/*
 * pool - evidence taken in, unpacked and indexed. See pool.h and entry.h.
 *
 * Certificates are read by our own walk at once (2 us each); everything OpenSSL has to do with
 * them, and every CRL and OCSP answer, waits until a path needs it.
 */
#include "chain/entry.h"

#include "asn1/armor.h"
#include "asn1/ber.h"
#include "asn1/der.h"
#include "asn1/name.h"
#include "chain/inherit.h"
#include "chain/want.h"

enum { BUCKETS = 256, MAX_CERTS = 2048, MAX_BLOBS = 4096, MAX_LINKS = 1024 };

struct pool {
    struct arena *a;
    struct sp_findings *findings;
    struct pool_cert *subject[BUCKETS], *issuer[BUCKETS], *ski[BUCKETS], *sha256[BUCKETS];
    struct pool_cert **distrusted, *first, **end; /* all entries, in the order they came */
    size_t cert_count, blob_count, distrusted_count, distrusted_capacity;
    struct pool_blob *crls, *ocsps, **crls_end, **ocsps_end;
    const struct sp_evidence *evidence;
    struct want_list wants;
    bool limit_reported;
};

/* What one object is taken in as. */
struct intake {
    const char *source;
    unsigned roles;
    bool historic;
    struct span index; /* of a CRL, or absent */
    bool certs_only;   /* anchors and distrust lists: nothing else in the file counts */
};

enum object { OBJECT_CERT, OBJECT_CRL, OBJECT_OCSP, OBJECT_BUNDLE, OBJECT_UNKNOWN };

static size_t bucket(struct span s)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ s.n, word = 0;
    for (; s.n >= sizeof word; s = span_sub(s, sizeof word, s.n)) {
        memcpy(&word, s.p, sizeof word);
        h = (h ^ word) * 0xbf58476d1ce4e5b9u;
        h ^= h >> 32;
    }
    word = 0;
    if (s.n) {
        memcpy(&word, s.p, s.n);
    }
    h = (h ^ word) * 0xbf58476d1ce4e5b9u;
    return (size_t)((h ^ h >> 40) >> 8) % BUCKETS;
}

static size_t bucket2(struct span a, struct span b)
{
    return (bucket(a) * 31 + bucket(b)) % BUCKETS;
}

/* Appends, so that the first one added is the first one found. */
#define CHAIN_APPEND(head, entry, next)                                                            \
    do {                                                                                           \
        struct pool_cert **slot_ = &(head);                                                        \
        while (*slot_) {                                                                           \
            slot_ = &(*slot_)->next;                                                               \
        }                                                                                          \
        *slot_ = (entry);                                                                          \
    } while (0)

static struct pool_cert *find_sha256(const struct pool *p, const uint8_t *sha256)
{
    struct pool_cert *e = p->sha256[sha256[0]];
    while (e && memcmp(e->cert->sha256, sha256, CERT_SHA256) != 0) {
        e = e->next_sha256;
    }
    return e;
}

static void link_entry(struct pool *p, struct pool_cert *e)
{
    const struct cert *c = e->cert;
    CHAIN_APPEND(p->subject[bucket(e->subject)], e, next_subject);
    CHAIN_APPEND(p->issuer[bucket2(e->issuer, c->serial)], e, next_issuer);
    CHAIN_APPEND(p->sha256[c->sha256[0]], e, next_sha256);
    if (c->ski.p) {
        CHAIN_APPEND(p->ski[bucket(c->ski)], e, next_ski);
    }
    *p->end = e;
    p->end = &e->next;
    p->cert_count++;
}

static struct pool_cert *insert(struct pool *p, struct cert *c)
{
    struct pool_cert *e = arena_alloc(p->a, sizeof *e);
    if (!e) {
        return NULL;
    }
    e->cert = c;
    e->subject = name_canonical(p->a, c->subject);
    e->issuer = cert_self_issued(c) ? e->subject : name_canonical(p->a, c->issuer);
    if (!e->subject.p || !e->issuer.p) {
        return NULL;
    }
    link_entry(p, e);
    return e;
}

static int set_roles(struct pool *p, struct pool_cert *e, unsigned roles)
{
    if ((roles & ROLE_DISTRUSTED) && !(e->roles & ROLE_DISTRUSTED)) {
        if (arena_grow(p->a, (void **)&p->distrusted, &p->distrusted_capacity,
                       p->distrusted_count + 1, sizeof(struct pool_cert *)) < 0) {
            return -1;
        }
        p->distrusted[p->distrusted_count++] = e;
    }
    e->roles |= roles;
    return 0;
}

static void report_limit(struct pool *p, const char *source, const char *what)
{
    if (!p->limit_reported) {
        finding_add(p->a, p->findings, SP_ENGINE_LIMIT, source, what, NULL);
        p->limit_reported = true;
    }
}

static int take_cert(struct pool *p, const struct intake *in, struct span der)
{
    struct cert *c;
    const char *why;
    if (cert_parse(p->a, der, in->source, &c, &why) < 0) {
        return -1;
    }
    if (!c) {
        finding_add(p->a, p->findings, SP_CHAIN_UNREADABLE, in->source, why, NULL);
        return 0;
    }
    struct pool_cert *e = find_sha256(p, c->sha256);
    if (!e) {
        if (p->cert_count >= MAX_CERTS) {
            report_limit(p, in->source, "number of certificates");
            return 0;
        }
        e = insert(p, c);
        if (!e) {
            return -1;
        }
    }
    e->historic = in->historic;
    return set_roles(p, e, in->roles);
}

static int take_blob(struct pool *p, const struct intake *in, struct span der, bool crl)
{
    for (struct pool_blob *b = crl ? p->crls : p->ocsps; b; b = b->next) {
        if (span_eq(b->der, der)) {
            return 0;
        }
    }
    if (p->blob_count >= MAX_BLOBS) {
        report_limit(p, in->source, "number of CRLs and OCSP answers");
        return 0;
    }
    struct pool_blob *b = arena_alloc(p->a, sizeof *b);
    if (!b) {
        return -1;
    }
    p->blob_count++;
    *b = (struct pool_blob){.der = der, .index = in->index, .source = in->source};
    if (crl) {
        *p->crls_end = b;
        p->crls_end = &b->next;
    } else {
        *p->ocsps_end = b;
        p->ocsps_end = &b->next;
    }
    return 0;
}

/* What a signed structure is, by the first fields of what is signed: TBSCertificate, TBSCertList
 * (RFC 5280 5.1) or the ResponseData of a bare BasicOCSPResponse (RFC 6960 4.2.1). */
static enum object sniff_signed(struct span tbs)
{
    struct der d;
    uint8_t first = der_peek(tbs);
    if (first == DER_CONTEXT_C(1) || first == DER_CONTEXT_C(2)) {
        return OBJECT_OCSP;
    }
    if (first == DER_CONTEXT_C(0)) {
        return der_next(&tbs, &d) && der_peek(tbs) == DER_INTEGER ? OBJECT_CERT : OBJECT_OCSP;
    }
    bool number = first == DER_INTEGER;
    if ((number && !der_next(&tbs, &d)) || !der_next(&tbs, &d) || !der_next(&tbs, &d)) {
        return OBJECT_UNKNOWN;
    }
    uint8_t fourth = der_peek(tbs);
    return fourth == DER_UTC_TIME || fourth == DER_GENERALIZED_TIME ? OBJECT_CRL
           : number                                                 ? OBJECT_CERT
                                                                    : OBJECT_UNKNOWN;
}

static enum object sniff(struct span der)
{
    struct der outer, first;
    struct span in = der;
    if (!der_expect(&in, DER_SEQUENCE, &outer)) {
        return OBJECT_UNKNOWN;
    }
    in = outer.body;
    switch (der_peek(in)) {
    case DER_ENUMERATED:
        return OBJECT_OCSP;
    case DER_OID:
        return OBJECT_BUNDLE;
    case DER_SEQUENCE:
        return der_next(&in, &first) ? sniff_signed(first.body) : OBJECT_UNKNOWN;
    default:
        return OBJECT_UNKNOWN;
    }
}

static int take_one(struct pool *p, const struct intake *in, struct span der, enum object what)
{
    if (what == OBJECT_CERT) {
        return take_cert(p, in, der);
    }
    if ((what == OBJECT_CRL || what == OBJECT_OCSP) && !in->certs_only) {
        return take_blob(p, in, der, what == OBJECT_CRL);
    }
    finding_add(p->a, p->findings, SP_CHAIN_UNREADABLE, in->source,
                "not a certificate, CRL or OCSP answer", NULL);
    return 0;
}

/* RevocationInfoChoices: a CRL, or [1] { OID, value } (RFC 5652 10.2.1, RFC 5940). */
static int take_revocation_choice(struct pool *p, const struct intake *in, const struct der *d)
{
    struct der id, value;
    struct span rest = d->body;
    if (d->tag != DER_CONTEXT_C(1)) {
        return take_one(p, in, d->whole, sniff(d->whole));
    }
    if (der_expect(&rest, DER_OID, &id) && der_next(&rest, &value)) {
        return take_one(p, in, value.whole, sniff(value.whole));
    }
    return 0;
}

/* certs-only SignedData (RFC 5652 5.1, RFC 8551 3.2.2): its signers do not matter here. */
static bool open_bundle(struct span der, struct span *rest)
{
    struct der outer, id, explicit, sd, d;
    if (!der_only(der, DER_SEQUENCE, &outer)) {
        return false;
    }
    struct span in = outer.body;
    if (!der_expect(&in, DER_OID, &id) || oid_lookup(id.body) != OID_SIGNED_DATA ||
        !der_expect(&in, DER_CONTEXT_C(0), &explicit) ||
        !der_only(explicit.body, DER_SEQUENCE, &sd)) {
        return false;
    }
    *rest = sd.body;
    return der_expect(rest, DER_INTEGER, &d) && der_expect(rest, DER_SET, &d) &&
           der_expect(rest, DER_SEQUENCE, &d);
}

static int take_bundle(struct pool *p, const struct intake *in, struct span der)
{
    struct span rest;
    struct der list, d;
    if (!open_bundle(der, &rest)) {
        finding_add(p->a, p->findings, SP_CHAIN_UNREADABLE, in->source,
                    "not a bundle of certificates (PKCS#7)", NULL);
        return 0;
    }
    if (der_expect(&rest, DER_CONTEXT_C(0), &list)) {
        for (struct span items = list.body; der_next(&items, &d);) {
            if (d.tag == DER_SEQUENCE && take_cert(p, in, d.whole) < 0) {
                return -1;
            }
        }
    }
    if (!in->certs_only && der_expect(&rest, DER_CONTEXT_C(1), &list)) {
        for (struct span items = list.body; der_next(&items, &d);) {
            if (take_revocation_choice(p, in, &d) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int take(struct pool *p, const struct intake *in, struct span der)
{
    enum object what = sniff(der);
    if (what == OBJECT_BUNDLE || what == OBJECT_UNKNOWN) {
        struct ber_result ber;
        if (ber_to_der(p->a, der, &ber) < 0) {
            return -1;
        }
        if (ber.der.p && sniff(ber.der) == OBJECT_BUNDLE) {
            return take_bundle(p, in, ber.der);
        }
    }
    return take_one(p, in, der, what);
}

static int take_file(struct pool *p, const struct intake *in, struct span file)
{
    struct armor_item *items;
    size_t count;
    if (armor_decode(p->a, file, &items, &count) < 0) {
        return -1;
    }
    if (count == 0) {
        finding_add(p->a, p->findings, SP_CHAIN_UNREADABLE, in->source,
                    "no certificate, CRL or OCSP answer in it", NULL);
    }
    for (size_t i = 0; i < count; i++) {
        if (take(p, in, items[i].der) < 0) {
            return -1;
        }
    }
    return 0;
}

static struct intake intake_for(const struct sp_evidence_blob *b)
{
    struct intake in = {.source = b->source ? b->source : "supplied", .historic = b->historic};
    in.index = b->kind == SP_EVIDENCE_CRL ? span_make(b->index, b->index_size) : SPAN_NONE;
    if (b->kind == SP_EVIDENCE_ANCHOR) {
        in.roles = b->historic ? ROLE_HISTORIC : ROLE_ANCHOR;
    } else if (b->kind == SP_EVIDENCE_SPECIAL) {
        in.roles = ROLE_SPECIAL;
    } else if (b->kind == SP_EVIDENCE_DISTRUSTED) {
        in.roles = ROLE_DISTRUSTED;
    }
    in.certs_only = in.roles != 0;
    return in;
}

static struct pool *new_pool(struct arena *a, struct sp_findings *findings)
{
    struct pool *p = arena_alloc(a, sizeof *p);
    if (p) {
        p->a = a;
        p->findings = findings;
        p->end = &p->first;
        p->crls_end = &p->crls;
        p->ocsps_end = &p->ocsps;
    }
    return p;
}

/* Takes over what a prepared pool has read: the certificates themselves are shared, what a job
 * finds out about them is not. */
static int copy_prepared(struct pool *p, const struct pool *from)
{
    for (const struct pool_cert *e = from->first; e; e = e->next) {
        struct pool_cert *copy = arena_alloc(p->a, sizeof *copy);
        if (!copy) {
            return -1;
        }
        copy->cert = e->cert;
        copy->subject = e->subject;
        copy->issuer = e->issuer;
        copy->memo = e->memo; /* lists grow at their head only */
        link_entry(p, copy);
        if (set_roles(p, copy, e->roles) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Who of the hierarchy signed whom: asked once, for all jobs. */
static int prepare_links(struct pool *p)
{
    unsigned checks = 0;
    enum sig_result result;
    for (struct pool_cert *e = p->first; e; e = e->next) {
        for (struct pool_cert *up =
                 e->historic || pool_is_root(e) ? NULL : pool_first_subject(p, e->issuer);
             up; up = pool_next_subject(up)) {
            if (!up->historic && checks < MAX_LINKS &&
                pool_signed_by(p, e, up, &checks, &result) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

int pool_prepare(struct arena *a, const struct sp_evidence *evidence, struct pool **out)
{
    struct sp_findings findings;
    findings_init(&findings);
    if (pool_new(a, evidence, &findings, out) < 0) {
        return -1;
    }
    if (findings.count || (*out)->crls || (*out)->ocsps) {
        *out = NULL; /* every job must see and report these itself */
        return 0;
    }
    for (struct pool_cert *e = (*out)->first; e; e = e->next) {
        if (!e->historic && !(e->roles & (ROLE_SPECIAL | ROLE_DISTRUSTED))) {
            (void)cert_x509(e->cert); /* OpenSSL's objects are made once, here */
            (void)cert_key(e->cert);
            (void)cert_recover(e->cert);
        }
    }
    return prepare_links(*out);
}

int pool_new(struct arena *a, const struct sp_evidence *evidence, struct sp_findings *findings,
             struct pool **out)
{
    struct pool *p = new_pool(a, findings);
    if (!p || (evidence && evidence->prepared && copy_prepared(p, evidence->prepared) < 0)) {
        return -1;
    }
    for (size_t i = evidence ? evidence->prepared_count : 0; evidence && i < evidence->count; i++) {
        const struct sp_evidence_blob *b = &evidence->blobs[i];
        struct intake in = intake_for(b);
        if (take_file(p, &in, span_make(b->bytes, b->size)) < 0) {
            return -1;
        }
    }
    p->evidence = evidence;
    *out = p;
    return 0;
}

int pool_add(struct pool *p, enum sp_evidence_kind kind, struct span der, const char *source)
{
    struct intake in = {.source = source};
    (void)kind; /* what the bytes are decides; never a role: see pool.h */
    return take(p, &in, der);
}

struct cert *pool_by_issuer_serial(struct pool *p, struct span issuer, struct span serial)
{
    struct span name = name_canonical(p->a, issuer);
    struct pool_cert *e = name.p ? p->issuer[bucket2(name, serial)] : NULL;
    while (e && !(span_eq(e->issuer, name) && span_eq(e->cert->serial, serial))) {
        e = e->next_issuer;
    }
    return e ? e->cert : NULL;
}

struct cert *pool_by_ski(struct pool *p, struct span ski)
{
    struct pool_cert *e = p->ski[bucket(ski)];
    while (e && !span_eq(e->cert->ski, ski)) {
        e = e->next_ski;
    }
    return e ? e->cert : NULL;
}

struct cert *pool_by_sha256(struct pool *p, const uint8_t sha256[32])
{
    struct pool_cert *e = find_sha256(p, sha256);
    return e ? e->cert : NULL;
}

struct pool_cert *pool_entry(struct pool *p, struct cert *c)
{
    struct pool_cert *e = find_sha256(p, c->sha256);
    return e ? e : insert(p, c);
}

struct pool_cert *pool_first_subject(struct pool *p, struct span subject)
{
    struct pool_cert *e = p->subject[bucket(subject)];
    while (e && !span_eq(e->subject, subject)) {
        e = e->next_subject;
    }
    return e;
}

struct pool_cert *pool_next_subject(struct pool_cert *e)
{
    struct pool_cert *n = e->next_subject;
    while (n && !span_eq(n->subject, e->subject)) {
        n = n->next_subject;
    }
    return n;
}

bool pool_distrusted(struct pool *p, const struct pool_cert *e)
{
    for (size_t i = 0; i < p->distrusted_count; i++) {
        const struct pool_cert *d = p->distrusted[i];
        if (d == e || span_eq(d->cert->spki, e->cert->spki)) {
            return true;
        }
    }
    return false;
}

/* A DSA key may leave out its parameters and use its issuer's: only an issuer whose signature
 * on it is good may lend them, or anybody could choose them. Returns 0 or -1. */
static int inherit_parameters(struct pool *p, struct pool_cert *e, unsigned *checks)
{
    enum { MAX_TRIED = 4 };
    unsigned tried = 0;
    if (!dsa_without_parameters(e->cert) || cert_key(e->cert)) {
        return 0;
    }
    for (struct pool_cert *up = pool_first_subject(p, e->issuer); up && tried < MAX_TRIED;
         up = pool_next_subject(up), tried++) {
        enum sig_result result;
        if (up == e || dsa_without_parameters(up->cert)) {
            continue;
        }
        if (pool_signed_by(p, e, up, checks, &result) < 0) {
            return -1;
        }
        if (result == SIG_GOOD && dsa_inherit(e->cert, up->cert)) {
            break;
        }
    }
    return 0;
}

int pool_signed_by(struct pool *p, struct pool_cert *child, struct pool_cert *issuer,
                   unsigned *checks, enum sig_result *out)
{
    for (struct sig_memo *m = child->memo; m; m = m->next) {
        if (m->issuer == issuer->cert) {
            *out = m->result;
            return 0;
        }
    }
    struct sig_memo *m = arena_alloc(p->a, sizeof *m);
    if (!m) {
        return -1;
    }
    if (inherit_parameters(p, issuer, checks) < 0) {
        return -1;
    }
    *m = (struct sig_memo){issuer->cert, SIG_UNSUPPORTED, child->memo};
    (*checks)++;
    if (signature_check(issuer->cert, child->cert->signature_alg_der, child->cert->tbs,
                        child->cert->signature, &m->result) < 0) {
        return -1;
    }
    child->memo = m;
    *out = m->result;
    return 0;
}

bool pool_has_certificates(const struct pool *p)
{
    return p->first != NULL;
}

struct pool_blob *pool_crls(struct pool *p)
{
    return p->crls;
}

struct pool_blob *pool_ocsps(struct pool *p)
{
    return p->ocsps;
}

const struct sp_attempt *pool_attempts(const struct pool *p, size_t *count)
{
    *count = p->evidence ? p->evidence->attempt_count : 0;
    return *count ? p->evidence->attempts : NULL;
}

struct want_list *pool_wants(struct pool *p)
{
    return &p->wants;
}
