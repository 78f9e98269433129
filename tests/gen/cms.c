/*
 * cms - see cms.h. RFC 5652 5.1-5.6, 11; RFC 5035 5.4; RFC 3161 2.4.2.
 */
#include "cms.h"

enum { MAX_INFOS = 300 };

#define ID_DATA        "1.2.840.113549.1.7.1"
#define ID_SIGNED_DATA "1.2.840.113549.1.7.2"
#define ID_TST_INFO    "1.2.840.113549.1.9.16.1.4"

static struct span attribute(const char *oid, struct span value)
{
    return SEQ(gen_oid(oid), SET(value));
}

static struct span ess_attribute(const struct signer_spec *s)
{
    const struct issued *c = pki_find(s->ess == ESS_WRONG ? "signer-second" : s->cert);
    if (s->ess == ESS_V1) {
        return attribute("1.2.840.113549.1.9.16.2.12",
                         SEQ(SEQ(SEQ(gen_octets(digest_of(DIGEST_SHA1, c->der))))));
    }
    return attribute("1.2.840.113549.1.9.16.2.47",
                     SEQ(SEQ(SEQ(gen_octets(digest_of(DIGEST_SHA256, c->der))))));
}

static struct span time_attribute(const struct signer_spec *s)
{
    int64_t when = pki_clock() + (s->when ? s->when : -HOUR);
    struct span value = gen_time(when);
    bool two = s->flags & SI_TIME_TWO_VALUES;
    return SEQ(gen_oid("1.2.840.113549.1.9.5"), SET(value, two ? gen_time(when + 1) : SPAN_NONE));
}

static struct span protection_attribute(const struct signer_spec *s)
{
    bool bad = s->flags & SI_PROTECTED_BAD;
    struct span digest = digest_algorithm(bad ? DIGEST_SHA512 : s->digest, false);
    return attribute("1.2.840.113549.1.9.52",
                     SEQ(digest, gen_retag(0xa1, sig_algorithm(s->sig, s->digest))));
}

/* The signed attributes as SET OF; type NULL for a counter-signature (RFC 5652 11.4). */
static struct span signed_attributes(const struct signer_spec *s, const char *type,
                                     struct span content)
{
    struct span items[8];
    size_t n = 0;
    if (type && !(s->flags & SI_NO_TYPE)) {
        const char *wrong = "1.2.840.113549.1.7.5";
        items[n++] =
            attribute("1.2.840.113549.1.9.3", gen_oid(s->flags & SI_BAD_TYPE ? wrong : type));
    }
    if (!(s->flags & SI_NO_TIME)) {
        items[n++] = time_attribute(s);
    }
    if (!(s->flags & SI_NO_DIGEST)) {
        struct span other = SPAN_LIT("something else");
        struct span md = digest_of(s->digest, s->flags & SI_BAD_DIGEST ? other : content);
        items[n++] = attribute("1.2.840.113549.1.9.4", gen_octets(md));
        if (s->flags & SI_TWO_DIGESTS) {
            items[n++] = attribute("1.2.840.113549.1.9.4", gen_octets(digest_of(s->digest, other)));
        }
    }
    if (s->ess != ESS_NONE) {
        items[n++] = ess_attribute(s);
    }
    if (s->content_stamp) {
        items[n++] = attribute("1.2.840.113549.1.9.16.2.20", tst_make(s->content_stamp, content));
    }
    if (s->flags & (SI_PROTECTED | SI_PROTECTED_BAD)) {
        items[n++] = protection_attribute(s);
    }
    if (s->adobe_revocation.p) {
        items[n++] = attribute("1.2.840.113583.1.1.8", SEQ(TLV(0xa0, SEQ(s->adobe_revocation))));
    }
    struct span sorted = gen_set_of(items, n);
    if (s->flags & SI_UNSORTED) {
        struct span first = items[0];
        memmove(items, items + 1, (n - 1) * sizeof *items);
        items[n - 1] = first;
        return gen_tlv(0x31, items, n);
    }
    return sorted;
}

static struct span break_middle(struct span s)
{
    uint8_t *p = gen_alloc(s.n);
    memcpy(p, s.p, s.n);
    p[s.n / 2] ^= 1;
    return span_make(p, s.n);
}

static struct span signer_info(const struct signer_spec *s, const char *type, struct span content);

static struct span unsigned_attributes(const struct signer_spec *s, struct span value)
{
    struct span items[3];
    size_t n = 0;
    if (s->stamp) {
        struct span tokens[2] = {tst_make(s->stamp, value)};
        if (s->stamp2) {
            tokens[1] = tst_make(s->stamp2, value);
        }
        items[n++] =
            SEQ(gen_oid("1.2.840.113549.1.9.16.2.14"), gen_set_of(tokens, s->stamp2 ? 2 : 1));
    }
    if (s->revocation_values.p) {
        items[n++] =
            attribute("1.2.840.113549.1.9.16.2.24", SEQ(TLV(0xa0, SEQ(s->revocation_values))));
    }
    if (s->counter) {
        items[n++] = attribute("1.2.840.113549.1.9.6", signer_info(s->counter, NULL, value));
    }
    struct span sorted = n ? gen_body(gen_set_of(items, n)) : SPAN_NONE;
    return n || s->unsigned_attrs.p ? TLV(0xa1, sorted, s->unsigned_attrs) : SPAN_NONE;
}

struct span cms_signer_fields(const struct signer_spec *s, const char *type, struct span content,
                              struct span *out)
{
    const struct issued *c = pki_find(s->cert);
    const struct issued *by = c->spec.issuer ? pki_find(c->spec.issuer) : c;
    bool by_ski = s->flags & SI_BY_SKI;
    struct span sid = by_ski ? TLV(0x80, c->ski) : SEQ(by->subject, gen_uint(c->serial));
    struct span attrs = s->flags & SI_NO_ATTRS ? SPAN_NONE : signed_attributes(s, type, content);
    struct span value = sig_make(c->spec.key, s->sig, s->digest, attrs.p ? attrs : content);
    if (s->flags & SI_BAD_VALUE) {
        value = break_middle(value);
    }
    struct span odd = SEQ(gen_oid("1.3.6.1.4.1.99999.9"));
    enum digest_id named = s->flags & SI_MISMATCH ? DIGEST_SHA384 : s->digest;
    *out = value;
    return CAT(gen_int(by_ski ? 3 : 1), sid, digest_algorithm(s->digest, s->flags & SI_DIGEST_NULL),
               attrs.p ? gen_retag(0xa0, attrs) : SPAN_NONE,
               s->flags & SI_ODD_ALGORITHM ? odd : sig_algorithm(s->sig, named), gen_octets(value));
}

static struct span signer_info(const struct signer_spec *s, const char *type, struct span content)
{
    struct span value, fields = cms_signer_fields(s, type, content, &value);
    return SEQ(fields, unsigned_attributes(s, value));
}

static struct span certificates(const struct cms_spec *spec)
{
    const char *labels = spec->certs;
    if (!labels) {
        const struct issued *c = pki_find(spec->signers[0]->cert);
        const char *ca = c->spec.issuer ? c->spec.issuer : c->spec.label;
        const char *above = pki_find(ca)->spec.issuer;
        bool root = !above || !pki_find(above)->spec.issuer;
        labels = gen_printf("%s %s %s", c->spec.label, ca, root ? "" : above);
    }
    struct span ders[12];
    size_t n = 0;
    for (char *word; (word = gen_word(&labels)) && n < 12;) {
        ders[n++] = pki_find(word)->der;
    }
    return n ? gen_retag(0xa0, gen_set_of(ders, n)) : SPAN_NONE;
}

/* A value of indefinite length (X.690 8.1.3.6). */
static struct span indefinite(uint8_t tag, struct span body)
{
    uint8_t head[2] = {tag, 0x80};
    return CAT(span_make(head, 2), body, SPAN_LIT("\0\0"));
}

static struct span wrap(bool ber, uint8_t tag, struct span body)
{
    return ber ? indefinite(tag, body) : TLV(tag, body);
}

static struct span content_info(const struct cms_spec *spec, const char *type, struct span content)
{
    bool ber = spec->flags & CMS_INDEFINITE;
    struct span octets = SPAN_NONE;
    if (!(spec->flags & CMS_DETACHED)) {
        struct span half = span_sub(content, 0, content.n / 2);
        struct span rest = span_sub(content, half.n, content.n);
        octets =
            ber ? indefinite(0x24, CAT(gen_octets(half), gen_octets(rest))) : gen_octets(content);
        octets = wrap(ber, 0xa0, octets);
    }
    return wrap(ber, 0x30, CAT(gen_oid(type), octets));
}

struct span cms_make(const struct cms_spec *spec, struct span content)
{
    const char *type = spec->type ? spec->type : ID_DATA;
    struct span infos[MAX_INFOS], digests[3];
    size_t n = 0;
    while (n < 3 && spec->signers[n] && !(spec->flags & CMS_NO_SIGNERS)) {
        infos[n] = signer_info(spec->signers[n], type, content);
        digests[n] = digest_algorithm(spec->signers[n]->digest, false);
        n++;
    }
    size_t all = n;
    while (all && all < spec->times && all < MAX_INFOS) {
        infos[all++] = infos[n - 1];
    }
    bool ber = spec->flags & CMS_INDEFINITE;
    bool plain = strcmp(type, ID_DATA) == 0 && !(n && spec->signers[0]->flags & SI_BY_SKI);
    struct span revocation = spec->revocation.p ? TLV(0xa1, spec->revocation) : SPAN_NONE;
    struct span body =
        CAT(gen_int(plain ? 1 : 3), gen_set_of(digests, n), content_info(spec, type, content),
            certificates(spec), revocation, gen_set_of(infos, all));
    struct span cms =
        wrap(ber, 0x30, CAT(gen_oid(ID_SIGNED_DATA), wrap(ber, 0xa0, wrap(ber, 0x30, body))));
    return spec->flags & CMS_TRAILING ? CAT(cms, SPAN_LIT("behind the end")) : cms;
}

struct span tst_make(const struct tst_spec *spec, struct span data)
{
    struct span over = spec->flags & TST_BAD_IMPRINT ? SPAN_LIT("another signature") : data;
    struct span hash = spec->imprint.p ? spec->imprint : digest_of(spec->digest, over);
    struct span imprint = SEQ(digest_algorithm(spec->digest, true), gen_octets(hash));
    struct span info = SEQ(gen_int(1), gen_oid("1.3.6.1.4.1.99999.3"), imprint, gen_int(4711),
                           gen_gentime(pki_clock() + spec->when), SEQ(gen_int(1)));
    struct signer_spec signer = {.cert = spec->tsa,
                                 .when = spec->when,
                                 .flags = spec->flags & TST_BAD_VALUE ? SI_BAD_VALUE : 0,
                                 .unsigned_attrs = spec->unsigned_attrs};
    struct cms_spec cms = {
        .signers = {&signer}, .type = ID_TST_INFO, .revocation = spec->revocation};
    cms.signers[1] = spec->flags & TST_TWO_SIGNERS ? &signer : NULL;
    cms.certs = spec->certs ? spec->certs : spec->flags & TST_NO_CERTS ? "" : spec->tsa;
    return cms_make(&cms, info);
}
