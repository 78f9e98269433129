/*
 * pki - certificates and CRLs. See pki.h. RFC 5280 4.1, 5.1.
 */
#include "pki.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { MAX_ISSUED = 256 };

static struct issued issued[MAX_ISSUED];
static size_t issued_count;
static int64_t clock_now;

void pki_start(int64_t clock)
{
    clock_now = clock;
    issued_count = 0;
}

int64_t pki_clock(void)
{
    return clock_now;
}

const struct issued *pki_find(const char *label)
{
    for (size_t i = 0; i < issued_count; i++) {
        if (strcmp(issued[i].spec.label, label) == 0) {
            return &issued[i];
        }
    }
    gen_die("no certificate named %s", label);
}

/* ---- names ---------------------------------------------------------------------------------- */

static const struct {
    const char *name, *oid;
    uint8_t tag;
} attributes[] = {
    {"C", "2.5.4.6", 0x13},
    {"O", "2.5.4.10", 0x0c},
    {"OU", "2.5.4.11", 0x0c},
    {"CN", "2.5.4.3", 0x0c},
    {"ST", "2.5.4.8", 0x0c},
    {"L", "2.5.4.7", 0x0c},
    {"postalCode", "2.5.4.17", 0x13},
    {"serialNumber", "2.5.4.5", 0x13},
    {"title", "2.5.4.12", 0x0c},
    {"pseudonym", "2.5.4.65", 0x13},
    {"telephoneNumber", "2.5.4.20", 0x13},
};

static struct span name_attribute(const char *name, const char *value)
{
    for (size_t i = 0; i < COUNT(attributes); i++) {
        if (strcmp(attributes[i].name, name) == 0) {
            return SET(SEQ(gen_oid(attributes[i].oid), gen_str(attributes[i].tag, value)));
        }
    }
    gen_die("unknown name attribute %s", name);
}

struct span pki_name(const char *text)
{
    struct span parts[16];
    size_t count = 0;
    for (const char *p = text; *p && count < COUNT(parts);) {
        size_t n = strcspn(p, ";"), eq = strcspn(p, "=");
        parts[count++] = name_attribute(gen_printf("%.*s", (int)eq, p),
                                        gen_printf("%.*s", (int)(n - eq - 1), p + eq + 1));
        p += n + (p[n] == ';');
    }
    return gen_tlv(0x30, parts, count);
}

/* ---- certificates --------------------------------------------------------------------------- */

static struct span extension(const char *oid, bool critical, struct span value)
{
    return SEQ(gen_oid(oid), critical ? gen_bool(true) : SPAN_NONE, gen_octets(value));
}

static struct span oid_list(const char *dotted, bool policies)
{
    struct span items[8];
    size_t count = 0;
    for (char *word; (word = gen_word(&dotted)) && count < COUNT(items);) {
        items[count++] = policies ? SEQ(gen_oid(word)) : gen_oid(word);
    }
    return gen_tlv(0x30, items, count);
}

static struct span uri(const char *text)
{
    return gen_str(0x86, text);
}

static struct span access_extensions(const struct cert_spec *s)
{
    if (!s->issuer || s->flags & CERT_NO_CDP) {
        return SPAN_NONE;
    }
    struct span crl = uri(gen_printf("http://crl.test.invalid/%s.crl", s->issuer));
    struct span ca = uri(gen_printf("http://ca.test.invalid/%s.cer", s->issuer));
    return CAT(extension("2.5.29.31", false, SEQ(SEQ(TLV(0xa0, TLV(0xa0, crl))))),
               extension("1.3.6.1.5.5.7.1.1", false,
                         SEQ(SEQ(gen_oid("1.3.6.1.5.5.7.48.1"), uri("http://ocsp.test.invalid/")),
                             SEQ(gen_oid("1.3.6.1.5.5.7.48.2"), ca))));
}

static struct span basic_constraints(const struct cert_spec *s)
{
    if (s->flags & CERT_NO_BASIC) {
        return SPAN_NONE;
    }
    bool ca = s->ca || s->flags & CERT_LEAF_IS_CA;
    struct span len = s->ca && s->path_len != PATHLEN_NONE ? gen_int(s->path_len) : SPAN_NONE;
    bool critical = ca && !(s->flags & CERT_BASIC_PLAIN);
    return extension("2.5.29.19", critical, SEQ(ca ? gen_bool(true) : SPAN_NONE, len));
}

/* NameConstraints with one permitted directoryName (RFC 5280 4.2.1.10). */
static struct span name_constraints(const struct cert_spec *s)
{
    return s->permitted ? extension("2.5.29.30", true,
                                    SEQ(TLV(0xa0, SEQ(TLV(0xa4, pki_name(s->permitted))))))
                        : SPAN_NONE;
}

static struct span special_extensions(const struct cert_spec *s)
{
    struct span odd = s->flags & CERT_UNKNOWN_CRITICAL
                          ? extension("1.3.6.1.4.1.99999.1", true, gen_null())
                          : SPAN_NONE;
    struct span nocheck = s->flags & CERT_OCSP_NOCHECK
                              ? extension("1.3.6.1.5.5.7.48.1.5", false, gen_null())
                              : SPAN_NONE;
    /* inhibitPolicyMapping 0 */
    struct span policy = s->flags & CERT_POLICY_PLAIN
                             ? extension("2.5.29.36", false, SEQ(TLV(0x81, SPAN_LIT("\0"))))
                             : SPAN_NONE;
    return CAT(odd, nocheck, policy, name_constraints(s));
}

static struct span extensions(const struct cert_spec *s, struct span ski, struct span aki)
{
    unsigned usual = s->ca ? KU_CERTS | KU_CRLS : KU_SIGN | KU_NONREP;
    unsigned usage = s->key_usage ? s->key_usage : usual;
    struct span none = SPAN_NONE;
    struct span all =
        SEQ(aki.p ? extension("2.5.29.35", false, SEQ(TLV(0x80, aki))) : none,
            extension("2.5.29.14", false, gen_octets(ski)),
            usage & KU_NONE ? none : extension("2.5.29.15", true, gen_flags(usage)),
            s->policies ? extension("2.5.29.32", false, oid_list(s->policies, true)) : none,
            s->email ? extension("2.5.29.17", false, SEQ(gen_str(0x81, s->email))) : none,
            basic_constraints(s),
            s->eku ? extension("2.5.29.37", s->flags & CERT_EKU_CRITICAL, oid_list(s->eku, false))
                   : none,
            access_extensions(s), special_extensions(s));
    return TLV(0xa3, all);
}

static struct span validity(const struct cert_spec *s)
{
    bool usual = s->from == 0 && s->to == 0;
    int64_t from = clock_now + (usual ? -200 * DAY : s->from);
    int64_t to = clock_now + (usual ? 530 * DAY : s->to);
    from = s->since ? gen_when(s->since) : from;
    to = s->until ? gen_when(s->until) : to;
    return SEQ(gen_time(from), gen_time(to));
}

/* Eight octets of a hash: positive without padding, the same in every run. */
static struct span serial_of(const char *label)
{
    struct span hash = span_sub(digest_of(DIGEST_SHA256, span_str(label)), 0, 8);
    uint8_t *p = gen_alloc(hash.n);
    memcpy(p, hash.p, hash.n);
    p[0] = (uint8_t)((p[0] & 0x7f) | 0x40);
    return span_make(p, hash.n);
}

static struct span break_last(struct span s)
{
    uint8_t *p = gen_alloc(s.n);
    memcpy(p, s.p, s.n);
    p[s.n - 1] ^= 1;
    return span_make(p, s.n);
}

const struct issued *pki_issue(const struct cert_spec *spec)
{
    if (issued_count == MAX_ISSUED) {
        gen_die("too many certificates");
    }
    const struct issued *by = spec->issuer ? pki_find(spec->issuer) : NULL;
    struct issued *c = &issued[issued_count];
    *c = (struct issued){.spec = *spec};
    c->subject = pki_name(spec->subject);
    c->serial = serial_of(spec->label);
    /* A CA's identifier follows from its name alone, so that a look-alike has the same one. */
    const char *named = spec->ca ? spec->subject : spec->label;
    c->ski = span_sub(digest_of(DIGEST_SHA256, span_str(named)), 0, 8);
    struct span alg = sig_algorithm(spec->sig, spec->digest);
    struct span odd_key =
        SEQ(SEQ(gen_oid("1.2.840.113549.1.1.1"), gen_null()), gen_bits(SPAN_LIT("no key")));
    struct span spki = spec->flags & CERT_BAD_KEY ? odd_key : key_spki(spec->key);
    struct span tbs =
        SEQ(TLV(0xa0, gen_int(2)), gen_uint(c->serial), alg, by ? by->subject : c->subject,
            validity(spec), c->subject, spki, extensions(spec, c->ski, by ? by->ski : SPAN_NONE));
    struct span value = sig_make(by ? by->spec.key : spec->key, spec->sig, spec->digest, tbs);
    if (spec->flags & CERT_BAD_SIGNATURE) {
        value = break_last(value);
    }
    c->der = SEQ(tbs, alg, gen_bits(value));
    issued_count++;
    return c;
}

void pki_issue_all(const struct cert_spec *specs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pki_issue(&specs[i]);
    }
}

/* ---- CRL ------------------------------------------------------------------------------------ */

static struct span crl_entry(const struct revoked *r)
{
    struct span reason = SPAN_NONE, invalid = SPAN_NONE, all = SPAN_NONE;
    if (r->reason >= 0) {
        uint8_t code = (uint8_t)r->reason;
        reason = extension("2.5.29.21", false, TLV(0x0a, span_make(&code, 1)));
    }
    if (r->invalidity) {
        invalid = extension("2.5.29.24", false, gen_gentime(clock_now + r->invalidity));
    }
    if (reason.p || invalid.p) {
        all = SEQ(reason, invalid);
    }
    return SEQ(gen_uint(pki_find(r->label)->serial), gen_time(clock_now + r->when), all);
}

static struct span crl_entries(const struct crl_spec *s)
{
    struct span items[CRL_MAX_ENTRIES];
    size_t count = 0;
    while (count < CRL_MAX_ENTRIES && s->entries[count].label) {
        items[count] = crl_entry(&s->entries[count]);
        count++;
    }
    return count ? gen_tlv(0x30, items, count) : SPAN_NONE;
}

struct span pki_crl(const struct crl_spec *s)
{
    const struct issued *by = pki_find(s->issuer);
    enum key_id key = s->flags & CRL_OTHER_KEY ? KEY_OTHER : by->spec.key;
    enum sig_id sig = key >= KEY_P256 && key <= KEY_P384 ? SIG_ECDSA : SIG_RSA;
    struct span alg = sig_algorithm(sig, s->digest);
    struct span number = extension("2.5.29.20", false, gen_int(7));
    struct span odd = extension("1.3.6.1.4.1.99999.2", true, gen_null());
    struct span exts = SEQ(extension("2.5.29.35", false, SEQ(TLV(0x80, by->ski))),
                           s->flags & CRL_NO_NUMBER ? SPAN_NONE : number,
                           s->flags & CRL_UNKNOWN_CRITICAL ? odd : SPAN_NONE);
    struct span tbs = SEQ(gen_int(1), alg, by->subject, gen_time(clock_now + s->from),
                          s->flags & CRL_NO_NEXT ? SPAN_NONE : gen_time(clock_now + s->to),
                          crl_entries(s), TLV(0xa0, exts));
    return SEQ(tbs, alg, gen_bits(sig_make(key, sig, s->digest, tbs)));
}
