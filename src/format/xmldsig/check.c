/*
 * check - compares digests and the signature value (XML Signature 1.1 clause 3.2, core validation).
 */
#include "base/hash.h"
#include "format/xmldsig/internal.h"

struct checking {
    struct xmldsig *s;
    struct span content;
    const char *where;
    struct sp_findings *findings;
    enum sp_tristate all;
};

static void worse(struct checking *c, enum sp_tristate own)
{
    c->all = c->all == SP_NO || own == SP_NO ? SP_NO : own == SP_UNKNOWN ? SP_UNKNOWN : c->all;
}

static void report(struct checking *c, enum sp_reason reason, const char *a0, const char *a1)
{
    finding_add(c->s->arena, c->findings, reason, c->where, a0, a1, NULL);
}

/* What a reference is over, for a sentence. */
static const char *target_name(struct xmldsig *s, const struct xd_reference *ref)
{
    const char *name = ref->target == XD_OUTSIDE ? ref->uri
                       : ref->apex ? arena_printf(s->arena, "<%s>", (const char *)ref->apex->name)
                                   : "XML";
    return name ? name : "?";
}

struct span xd_content(const struct xmldsig *s, struct span content)
{
    size_t n = 0;
    for (size_t i = 0; i < s->reference_count; i++) {
        n += s->references[i].target == XD_OUTSIDE;
    }
    return n == 1 ? content : SPAN_NONE;
}

static void say_missing(struct checking *c, const struct xd_reference *ref)
{
    struct arena *a = c->s->arena;
    char *digest =
        arena_printf(a, "%s %s", oid_name(ref->digest), hash_hex_str(a, ref->value, false));
    report(c, SP_XML_CONTENT_MISSING, ref->uri, digest ? digest : "?");
    worse(c, SP_UNKNOWN);
}

static int check_one(struct checking *c, struct xd_reference *ref)
{
    uint8_t digest[DIGEST_MAX];
    enum xd_outcome outcome;
    if (ref->refused) {
        worse(c, finding_has(c->findings, SP_ENGINE_LIMIT) ? SP_UNKNOWN : SP_NO);
        return 0;
    }
    if (xd_digest_reference(c->s, ref, c->content, digest, &outcome)) {
        return -1;
    }
    switch (outcome) {
    case XD_DIGESTED:
        if (!span_eq(ref->value, span_make(digest, algorithm_digest_size(ref->digest)))) {
            report(c, SP_XML_DIGEST_MISMATCH, target_name(c->s, ref), oid_name(ref->digest));
            worse(c, SP_NO);
        } else if (ref->blanks && !finding_has(c->findings, SP_OFFICE_RELATIONSHIPS)) {
            report(c, SP_OFFICE_RELATIONSHIPS, target_name(c->s, ref), NULL);
        }
        break;
    case XD_NO_OCTETS:
        say_missing(c, ref);
        break;
    case XD_NO_FORM:
        report(c, SP_XML_NO_FORM, target_name(c->s, ref), NULL);
        worse(c, SP_NO);
        break;
    case XD_OVER_LIMIT:
        if (!finding_has(c->findings, SP_ENGINE_LIMIT)) {
            report(c, SP_ENGINE_LIMIT, "XML work", NULL);
        }
        worse(c, SP_UNKNOWN);
        break;
    case XD_NO_ALGORITHM:
        worse(c, SP_UNKNOWN);
        break;
    }
    return 0;
}

static int signed_octets(struct xmldsig *s)
{
    struct xml_view view = {.doc = s->file->doc, .apex = s->signed_info};
    enum xml_c14n_answer answer;
    if (s->signed_octets.p) {
        return 0;
    }
    if (xml_canonical_bytes(s->arena, &view, &s->method, &s->file->budget, XD_MAX_OCTETS,
                            &s->signed_octets, &answer)) {
        return -1;
    }
    s->file->exhausted = s->file->exhausted || answer == XML_C14N_LIMIT;
    return 0;
}

int xmldsig_digests(struct xmldsig *s, struct span content, const char *where,
                    struct sp_findings *findings, enum sp_tristate *all)
{
    struct checking c = {.s = s, .where = where, .findings = findings, .all = SP_YES};
    c.content = xd_content(s, content);
    for (size_t i = 0; i < s->reference_count; i++) {
        if (check_one(&c, &s->references[i])) {
            return -1;
        }
    }
    if (s->reference_count == 0) {
        c.all = SP_NO;
    }
    if (signed_octets(s)) {
        return -1;
    }
    if (s->file->exhausted && !finding_has(findings, SP_ENGINE_LIMIT)) {
        report(&c, SP_ENGINE_LIMIT, "XML work", NULL);
    }
    *all = c.all;
    return 0;
}

/* r || s (RFC 9231 2.3.6, clause 6.4.3) as the SEQUENCE that libcrypto reads. */
static struct span der_pair(struct arena *a, struct span raw)
{
    uint8_t *out = arena_alloc(a, raw.n + 16);
    size_t half = raw.n / 2, n = 0, body = 0;
    struct span part[2] = {span_sub(raw, 0, half), span_sub(raw, half, half)};
    if (!out || raw.n % 2 || half == 0 || half > 100) {
        return SPAN_NONE;
    }
    for (int i = 0; i < 2; i++) {
        while (part[i].n > 1 && part[i].p[0] == 0) {
            part[i] = span_sub(part[i], 1, part[i].n);
        }
        body += 2 + part[i].n + (part[i].p[0] >= 0x80);
    }
    out[n++] = 0x30;
    if (body >= 0x80) {
        out[n++] = 0x81;
    }
    out[n++] = (uint8_t)body;
    for (int i = 0; i < 2; i++) {
        bool padded = part[i].p[0] >= 0x80;
        out[n++] = 0x02;
        out[n++] = (uint8_t)(part[i].n + padded);
        n += padded; /* the arena's memory is zero */
        memcpy(out + n, part[i].p, part[i].n);
        n += part[i].n;
    }
    return span_make(out, n);
}

/* Octets of r and s together for a key: twice the size of its order. */
static size_t pair_size(const EVP_PKEY *key, const struct signature_alg *alg)
{
    int bits = EVP_PKEY_get_bits(key);
    if (alg->family == SIG_DSA) {
        int q = EVP_PKEY_get_security_bits(key); /* 80 for 160 bits, 112 or 128 for more */
        return q <= 80 ? 40 : q < 128 ? 56 : 64;
    }
    return bits > 0 ? 2 * (((size_t)bits + 7) / 8) : 0;
}

int xmldsig_value(struct xmldsig *s, EVP_PKEY *key, enum sp_tristate *good)
{
    const struct signature_alg *alg = &s->view.alg;
    struct span value = s->view.value;
    bool fits = false;
    *good = SP_UNKNOWN;
    if (signed_octets(s)) {
        return -1;
    }
    if (!s->signed_octets.p || alg->family == SIG_NONE) {
        return 0;
    }
    bool pair = alg->family == SIG_ECDSA || alg->family == SIG_DSA;
    *good = SP_NO;
    if (!algorithm_key_fits(key, alg) || (pair && value.n != pair_size(key, alg))) {
        return 0;
    }
    value = pair ? der_pair(s->arena, value) : value;
    if (value.p) {
        algorithm_verify_message(key, alg, s->signed_octets, value, &fits);
    }
    *good = fits ? SP_YES : SP_NO;
    return 0;
}
