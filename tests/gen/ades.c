/*
 * ades - see ades.h. EN 319 122-1 5.3, 5.5, A.1; TS 101 733 6.3, 6.4.
 */
#include "ades.h"

#define ID_DATA        "1.2.840.113549.1.7.1"
#define ID_SIGNED_DATA "1.2.840.113549.1.7.2"
#define AA(n)          "1.2.840.113549.1.9.16.2." n

static struct tst_spec stamp_at(const char *tsa, const char *when)
{
    return (struct tst_spec){.tsa = tsa, .when = gen_when(when) - pki_clock()};
}

void ades_start(struct ades *x, const struct signer_spec *signer, struct span content)
{
    *x = (struct ades){.signer = signer, .content = content};
    x->fields = cms_signer_fields(signer, ID_DATA, content, &x->value);
    ades_certs(x, signer->cert);
}

static void put(struct span *list, size_t *count, struct span s)
{
    if (*count == ADES_MAX) {
        gen_die("a signature has too many parts");
    }
    list[(*count)++] = s;
}

void ades_certs(struct ades *x, const char *labels)
{
    for (char *word; (word = gen_word(&labels));) {
        put(x->certs, &x->cert_count, pki_find(word)->der);
    }
}

void ades_crl(struct ades *x, struct span crl)
{
    put(x->crls, &x->crl_count, crl);
}

void ades_attribute(struct ades *x, const char *oid, struct span value)
{
    put(x->attrs, &x->attr_count, SEQ(gen_oid(oid), SET(value)));
}

void ades_stamp(struct ades *x, const char *tsa, const char *when)
{
    struct tst_spec spec = stamp_at(tsa, when);
    ades_attribute(x, AA("14"), tst_make(&spec, x->value));
}

void ades_cert_values(struct ades *x, const char *labels)
{
    struct span list[ADES_MAX];
    size_t n = 0;
    for (char *word; (word = gen_word(&labels));) {
        put(list, &n, pki_find(word)->der);
    }
    ades_attribute(x, AA("23"), gen_tlv(0x30, list, n));
}

void ades_revocation_values(struct ades *x, const struct span *crls, size_t count)
{
    ades_attribute(x, AA("24"), SEQ(TLV(0xa0, gen_tlv(0x30, crls, count))));
}

/* ---- the message ---------------------------------------------------------------------------- */

static struct span set_field(uint8_t tag, const struct span *list, size_t n)
{
    struct span copy[ADES_MAX];
    memcpy(copy, list, n * sizeof *copy);
    return n ? gen_retag(tag, gen_set_of(copy, n)) : SPAN_NONE;
}

static struct span encap(const struct ades *x)
{
    return SEQ(gen_oid(ID_DATA), x->detached ? SPAN_NONE : TLV(0xa0, gen_octets(x->content)));
}

struct span ades_info(const struct ades *x)
{
    return SEQ(x->fields, set_field(0xa1, x->attrs, x->attr_count));
}

struct span ades_bytes(const struct ades *x)
{
    struct span infos[] = {ades_info(x), x->second};
    struct span data =
        SEQ(gen_int(1), SET(digest_algorithm(x->signer->digest, false)), encap(x),
            set_field(0xa0, x->certs, x->cert_count), set_field(0xa1, x->crls, x->crl_count),
            gen_set_of(infos, x->second.p ? 2 : 1));
    return SEQ(gen_oid(ID_SIGNED_DATA), TLV(0xa0, data));
}

/* ---- archive time-stamps -------------------------------------------------------------------- */

static struct span hash_list(const struct span *items, size_t n, enum digest_id digest,
                             unsigned flags)
{
    struct span list[ADES_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = flags & INDEX_REORDERED ? n - 1 - i : i;
        put(list, &count, gen_octets(digest_of(digest, items[at])));
    }
    return gen_tlv(0x30, list, count);
}

/* attrType and value of each attribute; v1: the whole Attribute. */
static struct span attribute_hashes(const struct ades *x, enum digest_id digest, unsigned flags)
{
    struct span items[ADES_MAX];
    for (size_t i = 0; i < x->attr_count; i++) {
        struct span body = gen_body(x->attrs[i]);
        size_t oid = (size_t)body.p[1] + 2;
        struct span set = span_sub(body, oid, body.n);
        items[i] = flags & INDEX_V1 ? x->attrs[i] : CAT(span_sub(body, 0, oid), gen_body(set));
    }
    return hash_list(items, x->attr_count, digest, flags);
}

static struct span cert_hashes(const struct ades *x, enum digest_id digest, unsigned flags)
{
    struct span items[ADES_MAX + 1];
    size_t n = 0;
    for (size_t i = flags & INDEX_LEAVE_OUT ? 1 : 0; i < x->cert_count; i++) {
        put(items, &n, x->certs[i]);
    }
    if (flags & INDEX_MISSING) {
        put(items, &n, SPAN_LIT("a certificate that was taken out"));
    }
    return hash_list(items, n, digest, flags);
}

static struct span hash_index(const struct ades *x, unsigned flags)
{
    enum digest_id digest = flags & INDEX_SHA1 ? DIGEST_SHA1 : DIGEST_SHA256;
    struct span alg =
        flags & INDEX_UNKNOWN_ALG
            ? SEQ(gen_oid("1.3.6.1.4.1.99999.10"))
            : digest_algorithm(flags & INDEX_OTHER_ALG ? DIGEST_SHA512 : digest, false);
    bool by_default = flags & INDEX_V1 && !(flags & (INDEX_SHA1 | INDEX_OTHER_ALG));
    return SEQ(by_default ? SPAN_NONE : alg, cert_hashes(x, digest, flags),
               hash_list(x->crls, flags & INDEX_NO_CRLS ? 0 : x->crl_count, digest, flags),
               attribute_hashes(x, digest, flags));
}

void ades_archive_v3(struct ades *x, const char *tsa, const char *when, unsigned flags)
{
    const char *oid = flags & INDEX_V1   ? "0.4.0.1733.2.5"
                      : flags & INDEX_V2 ? "0.4.0.19122.1.4"
                                         : "0.4.0.19122.1.5";
    struct tst_spec spec = stamp_at(tsa, when);
    struct span index = hash_index(x, flags), shown = index;
    spec.digest = flags & INDEX_SHA1 ? DIGEST_SHA1 : DIGEST_SHA256;
    if (flags & INDEX_SWAPPED) {
        shown = hash_index(x, flags | INDEX_LEAVE_OUT);
    }
    struct span attr = SEQ(gen_oid(oid), SET(shown));
    spec.unsigned_attrs = flags & INDEX_NONE  ? SPAN_NONE
                          : flags & INDEX_TWO ? CAT(attr, attr)
                                              : attr;
    struct span message = CAT(gen_oid(ID_DATA), digest_of(spec.digest, x->content), x->fields,
                              flags & INDEX_NONE ? SPAN_NONE : index);
    ades_attribute(x, "0.4.0.1733.2.4", tst_make(&spec, message));
}

void ades_archive_v2(struct ades *x, const char *tsa, const char *when)
{
    struct tst_spec spec = stamp_at(tsa, when);
    struct span message =
        CAT(encap(x), x->detached ? x->content : SPAN_NONE,
            set_field(0xa0, x->certs, x->cert_count), set_field(0xa1, x->crls, x->crl_count),
            x->fields, set_field(0xa1, x->attrs, x->attr_count));
    ades_attribute(x, AA("48"), tst_make(&spec, message));
}

/* ---- references ----------------------------------------------------------------------------- */

static struct span other_hash(struct span der)
{
    return SEQ(digest_algorithm(DIGEST_SHA256, false), gen_octets(digest_of(DIGEST_SHA256, der)));
}

void ades_references(struct ades *x, struct span crl, const char *cert)
{
    ades_attribute(x, AA("21"), SEQ(SEQ(other_hash(pki_find(cert)->der))));
    ades_attribute(x, AA("22"), SEQ(SEQ(TLV(0xa0, SEQ(SEQ(SEQ(other_hash(crl))))))));
}

static struct span bodies(const struct ades *x, const char *oid)
{
    struct span all = SPAN_NONE, wanted = gen_oid(oid);
    for (size_t i = 0; i < x->attr_count; i++) {
        struct span body = gen_body(x->attrs[i]);
        all = span_starts(body, wanted) ? CAT(all, body) : all;
    }
    return all;
}

void ades_stamp_references(struct ades *x, const char *tsa, const char *when, bool alone)
{
    struct tst_spec spec = stamp_at(tsa, when);
    struct span value = alone ? SPAN_NONE : CAT(x->value, bodies(x, AA("14")));
    struct span message = CAT(value, bodies(x, AA("21")), bodies(x, AA("22")));
    ades_attribute(x, alone ? AA("26") : AA("25"), tst_make(&spec, message));
}

struct span crl_dated(const char *issuer, const char *when, int days, const struct revoked *entries,
                      size_t count)
{
    int64_t from = gen_when(when) - pki_clock();
    struct crl_spec spec = {
        .name = issuer, .issuer = issuer, .from = from, .to = from + days * DAY};
    size_t n = 0;
    for (size_t i = 0; i < count && n < CRL_MAX_ENTRIES; i++) {
        if (entries[i].when <= from &&
            strcmp(pki_find(entries[i].label)->spec.issuer, issuer) == 0) {
            spec.entries[n++] = entries[i];
        }
    }
    return pki_crl(&spec);
}
