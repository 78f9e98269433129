/*
 * mint - certificates, CRLs and OCSP answers for unit tests, written octet by octet from rows.
 *
 * Keys are new in every run; nothing else differs. A failure of the mint ends the program.
 */
#ifndef UNIT_MINT_H
#define UNIT_MINT_H

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "asn1/der.h"
#include "asn1/oid.h"
#include "base/utc.h"

#define MINT_NOW ((int64_t)1795242600) /* 2026-11-21T06:30:00Z */
#define MINT_DAY ((int64_t)86400)

/* One value of a tag, its contents the parts in order: TLV(a, DER_SEQUENCE, x, y). */
#define TLV(a, tag, ...)                                                                           \
    mint_tlv(a, tag, (const struct span[]){__VA_ARGS__},                                           \
             sizeof((const struct span[]){__VA_ARGS__}) / sizeof(struct span))

static inline struct span mint_tlv(struct arena *a, int tag, const struct span *parts, size_t n)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        total += parts[i].n;
    }
    size_t head = total < 128 ? 2 : total < 65536 ? 4 : 5;
    uint8_t *p = arena_alloc(a, head + total), *q = p;
    if (!p) {
        abort();
    }
    *q++ = (uint8_t)tag;
    if (head == 2) {
        *q++ = (uint8_t)total;
    } else {
        *q++ = (uint8_t)(0x80 | (head - 2));
        for (size_t k = head - 2; k-- > 0;) {
            *q++ = (uint8_t)(total >> (8 * k));
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (parts[i].n) {
            memcpy(q, parts[i].p, parts[i].n);
            q += parts[i].n;
        }
    }
    return span_make(p, head + total);
}

static inline EVP_PKEY *mint_key(void)
{
    EVP_PKEY *k = EVP_EC_gen("P-256");
    if (!k) {
        abort();
    }
    return k;
}

static inline struct span mint_oid(struct arena *a, enum oid id)
{
    return TLV(a, DER_OID, oid_body(id));
}

static inline struct span mint_time(struct arena *a, int64_t t, bool generalized)
{
    char iso[UTC_TEXT], *text;
    utc_rfc3339(t, iso); /* 2026-11-21T06:30:00Z */
    text = arena_alloc(a, 16);
    if (!text) {
        abort();
    }
    (void)snprintf(text, 16, "%.4s%.2s%.2s%.2s%.2s%.2sZ", iso, iso + 5, iso + 8, iso + 11, iso + 14,
                   iso + 17);
    return generalized ? TLV(a, DER_GENERALIZED_TIME, span_str(text))
                       : TLV(a, DER_UTC_TIME, span_str(text + 2));
}

static inline struct span mint_name(struct arena *a, const char *cn)
{
    struct span c = TLV(a, DER_SET,
                        TLV(a, DER_SEQUENCE, mint_oid(a, OID_AT_COUNTRY),
                            TLV(a, DER_PRINTABLE_STRING, SPAN_LIT("IN"))));
    struct span n = TLV(a, DER_SET,
                        TLV(a, DER_SEQUENCE, mint_oid(a, OID_AT_COMMON_NAME),
                            TLV(a, DER_UTF8_STRING, span_str(cn))));
    return TLV(a, DER_SEQUENCE, c, n);
}

static inline struct span mint_int(struct arena *a, uint32_t v)
{
    uint8_t b[5] = {0, (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
    size_t skip = 0;
    while (skip < 4 && b[skip] == 0 && !(b[skip + 1] & 0x80)) {
        skip++;
    }
    return TLV(a, DER_INTEGER, arena_dup(a, span_make(b + skip, 5 - skip)));
}

static inline struct span mint_spki(struct arena *a, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int n = i2d_PUBKEY(key, &der);
    if (n <= 0) {
        abort();
    }
    struct span s = arena_dup(a, span_make(der, (size_t)n));
    OPENSSL_free(der);
    return s;
}

/* SHA-1 of the key's octets: the key identifier of RFC 5280 4.2.1.2 (1). */
static inline struct span mint_key_id(struct arena *a, EVP_PKEY *key)
{
    struct span spki = mint_spki(a, key);
    uint8_t md[SHA_DIGEST_LENGTH];
    SHA1(spki.p + spki.n - 65, 65, md); /* an uncompressed P-256 point */
    return arena_dup(a, span_make(md, sizeof md));
}

static inline struct span mint_ext(struct arena *a, enum oid id, bool critical, struct span value)
{
    struct span octets = TLV(a, DER_OCTET_STRING, value);
    return critical ? TLV(a, DER_SEQUENCE, mint_oid(a, id), TLV(a, DER_BOOLEAN, SPAN_LIT("\xff")),
                          octets)
                    : TLV(a, DER_SEQUENCE, mint_oid(a, id), octets);
}

static inline struct span mint_sign(struct arena *a, struct span tbs, EVP_PKEY *key, bool sequence)
{
    uint8_t sig[128];
    size_t n = sizeof sig;
    struct span alg = TLV(a, DER_SEQUENCE, mint_oid(a, OID_ECDSA_SHA256));
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!ctx || EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) <= 0 ||
        EVP_DigestSign(ctx, sig, &n, tbs.p, tbs.n) <= 0) {
        abort();
    }
    EVP_MD_CTX_free(ctx);
    struct span bits = TLV(a, DER_BIT_STRING, SPAN_LIT("\0"), arena_dup(a, span_make(sig, n)));
    return sequence ? TLV(a, DER_SEQUENCE, tbs, alg, bits) : TLV(a, 0, tbs, alg, bits);
}

struct mint_cert {
    const char *subject, *issuer;
    EVP_PKEY *key, *issuer_key;
    uint32_t serial;
    int64_t from, to; /* 0: two years around MINT_NOW */
    bool ca;
    uint8_t key_usage; /* first octet of the BIT STRING; 0: usual */
    enum oid eku;      /* OID_UNKNOWN: none */
    bool eku_critical, nocheck;
    const char *crl;  /* distribution point */
    struct span more; /* further extensions */
};

static inline struct span mint_certificate(struct arena *a, const struct mint_cert *m)
{
    struct span alg = TLV(a, DER_SEQUENCE, mint_oid(a, OID_ECDSA_SHA256));
    int64_t from = m->from ? m->from : MINT_NOW - 365 * MINT_DAY;
    int64_t to = m->to ? m->to : MINT_NOW + 365 * MINT_DAY;
    uint8_t ku = m->key_usage ? m->key_usage : m->ca ? 0x06 : 0xc0;
    struct span usage = arena_dup(a, span_make((uint8_t[]){0, ku}, 2));
    struct span basic =
        m->ca ? TLV(a, DER_SEQUENCE, TLV(a, DER_BOOLEAN, SPAN_LIT("\xff"))) : SPAN_LIT("\x30\x00");
    struct span none = SPAN_NONE;
    struct span exts = TLV(
        a, DER_SEQUENCE,
        mint_ext(a, OID_EXT_SKI, false, TLV(a, DER_OCTET_STRING, mint_key_id(a, m->key))),
        mint_ext(a, OID_EXT_AKI, false,
                 TLV(a, DER_SEQUENCE, TLV(a, DER_CONTEXT(0), mint_key_id(a, m->issuer_key)))),
        mint_ext(a, OID_EXT_KEY_USAGE, true, TLV(a, DER_BIT_STRING, usage)),
        mint_ext(a, OID_EXT_BASIC_CONSTRAINTS, true, basic),
        m->eku
            ? mint_ext(a, OID_EXT_EKU, m->eku_critical, TLV(a, DER_SEQUENCE, mint_oid(a, m->eku)))
            : none,
        m->nocheck ? mint_ext(a, OID_EXT_OCSP_NOCHECK, false, SPAN_LIT("\x05\x00")) : none,
        m->crl
            ? mint_ext(
                  a, OID_EXT_CDP, false,
                  TLV(a, DER_SEQUENCE,
                      TLV(a, DER_SEQUENCE,
                          TLV(a, DER_CONTEXT_C(0),
                              TLV(a, DER_CONTEXT_C(0), TLV(a, DER_CONTEXT(6), span_str(m->crl)))))))
            : none,
        m->more);
    struct span tbs =
        TLV(a, DER_SEQUENCE, TLV(a, DER_CONTEXT_C(0), mint_int(a, 2)), mint_int(a, m->serial), alg,
            mint_name(a, m->issuer),
            TLV(a, DER_SEQUENCE, mint_time(a, from, false), mint_time(a, to, false)),
            mint_name(a, m->subject), mint_spki(a, m->key), TLV(a, DER_CONTEXT_C(3), exts));
    return mint_sign(a, tbs, m->issuer_key, true);
}

struct mint_entry {
    uint32_t serial;
    int64_t when;
    int reason; /* 0: none given */
};

struct mint_crl {
    const char *issuer;
    EVP_PKEY *key;
    int64_t from, to;
    const struct mint_entry *entries;
    size_t count;
    uint32_t number, base; /* base: 0 when complete */
    struct span more;      /* further CRL extensions */
};

static inline struct span mint_crl_entry(struct arena *a, const struct mint_entry *e)
{
    uint8_t reason = (uint8_t)e->reason;
    struct span ext = mint_ext(a, OID_EXT_CRL_REASON, false,
                               TLV(a, DER_ENUMERATED, arena_dup(a, span_make(&reason, 1))));
    return e->reason ? TLV(a, DER_SEQUENCE, mint_int(a, e->serial), mint_time(a, e->when, false),
                           TLV(a, DER_SEQUENCE, ext))
                     : TLV(a, DER_SEQUENCE, mint_int(a, e->serial), mint_time(a, e->when, false));
}

static inline struct span mint_revocation_list(struct arena *a, const struct mint_crl *m)
{
    struct span *list = arena_array(a, m->count + 1, sizeof *list), none = SPAN_NONE;
    for (size_t i = 0; list && i < m->count; i++) {
        list[i] = mint_crl_entry(a, &m->entries[i]);
    }
    struct span exts =
        TLV(a, DER_SEQUENCE, mint_ext(a, OID_EXT_CRL_NUMBER, false, mint_int(a, m->number)),
            mint_ext(a, OID_EXT_AKI, false,
                     TLV(a, DER_SEQUENCE, TLV(a, DER_CONTEXT(0), mint_key_id(a, m->key)))),
            m->base ? mint_ext(a, OID_EXT_DELTA_CRL, true, mint_int(a, m->base)) : none, m->more);
    struct span tbs =
        TLV(a, DER_SEQUENCE, mint_int(a, 1), TLV(a, DER_SEQUENCE, mint_oid(a, OID_ECDSA_SHA256)),
            mint_name(a, m->issuer), mint_time(a, m->from, false),
            m->to ? mint_time(a, m->to, false) : none,
            m->count ? mint_tlv(a, DER_SEQUENCE, list, m->count) : none,
            TLV(a, DER_CONTEXT_C(0), exts));
    return mint_sign(a, tbs, m->key, true);
}

struct mint_ocsp {
    const char *issuer; /* of the certificate asked about */
    EVP_PKEY *issuer_key;
    uint32_t serial;
    int status; /* 0 good, 1 revoked, 2 unknown */
    int64_t produced, from, to, revoked_at;
    const char *responder;
    EVP_PKEY *key;
    struct span cert; /* of the responder, or absent */
    bool twice;       /* a second answer about it: good */
};

static inline struct span mint_single(struct arena *a, const struct mint_ocsp *m, int status)
{
    struct span name = mint_name(a, m->issuer), spki = mint_spki(a, m->issuer_key);
    uint8_t nh[32], kh[32];
    SHA256(name.p, name.n, nh);
    SHA256(spki.p + spki.n - 65, 65, kh);
    struct span id =
        TLV(a, DER_SEQUENCE, TLV(a, DER_SEQUENCE, mint_oid(a, OID_SHA256)),
            TLV(a, DER_OCTET_STRING, arena_dup(a, span_make(nh, 32))),
            TLV(a, DER_OCTET_STRING, arena_dup(a, span_make(kh, 32))), mint_int(a, m->serial));
    struct span s = status == 0   ? SPAN_LIT("\x80\x00")
                    : status == 2 ? SPAN_LIT("\x82\x00")
                                  : TLV(a, DER_CONTEXT_C(1), mint_time(a, m->revoked_at, true));
    return TLV(a, DER_SEQUENCE, id, s, mint_time(a, m->from, true),
               m->to ? TLV(a, DER_CONTEXT_C(0), mint_time(a, m->to, true)) : SPAN_NONE);
}

static inline struct span mint_ocsp_response(struct arena *a, const struct mint_ocsp *m)
{
    struct span data = TLV(a, DER_SEQUENCE, TLV(a, DER_CONTEXT_C(1), mint_name(a, m->responder)),
                           mint_time(a, m->produced, true),
                           TLV(a, DER_SEQUENCE, mint_single(a, m, m->status),
                               m->twice ? mint_single(a, m, 0) : SPAN_NONE));
    struct span parts = mint_sign(a, data, m->key, false), body;
    struct der d;
    if (!der_next(&parts, &d)) {
        abort();
    }
    body = d.body;
    struct span basic =
        TLV(a, DER_SEQUENCE, body,
            m->cert.p ? TLV(a, DER_CONTEXT_C(0), TLV(a, DER_SEQUENCE, m->cert)) : SPAN_NONE);
    return TLV(
        a, DER_SEQUENCE, SPAN_LIT("\x0a\x01\x00"),
        TLV(a, DER_CONTEXT_C(0),
            TLV(a, DER_SEQUENCE, mint_oid(a, OID_OCSP_BASIC), TLV(a, DER_OCTET_STRING, basic))));
}

#endif
