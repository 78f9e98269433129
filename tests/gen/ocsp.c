/*
 * ocsp - OCSP answers from rows, right ones and wrong ones. See pki.h. RFC 6960 4.2.
 */
#include "pki.h"

static struct span extension(const char *oid, bool critical, struct span value)
{
    return SEQ(gen_oid(oid), critical ? gen_bool(true) : SPAN_NONE, gen_octets(value));
}

/* The octets of subjectPublicKey. */
static struct span key_octets(enum key_id id)
{
    struct span body = gen_body(key_spki(id));
    size_t skip = (size_t)body.p[1] + 2;
    struct span bits = gen_body(span_sub(body, skip, body.n));
    return span_sub(bits, 1, bits.n);
}

static struct span cert_id(const struct ocsp_spec *s, const char *about)
{
    const struct issued *ca = pki_find(s->issuer);
    enum digest_id hash = s->other_hash ? s->id_hash : DIGEST_SHA1;
    return SEQ(digest_algorithm(hash, true), gen_octets(digest_of(hash, ca->subject)),
               gen_octets(digest_of(hash, key_octets(ca->spec.key))),
               gen_uint(pki_find(about)->serial));
}

static struct span revoked_info(int64_t when, int reason)
{
    uint8_t code = (uint8_t)reason;
    struct span given = TLV(0xa0, TLV(0x0a, span_make(&code, 1)));
    return TLV(0xa1, gen_gentime(pki_clock() + when), reason ? given : SPAN_NONE);
}

static struct span cert_status(enum ocsp_status status, int64_t when, int reason)
{
    return status == OCSP_GOOD      ? TLV(0x80, SPAN_NONE)
           : status == OCSP_UNKNOWN ? TLV(0x82, SPAN_NONE)
                                    : revoked_info(when, reason);
}

static struct span single_response(const struct ocsp_spec *s)
{
    struct span cutoff =
        s->cutoff ? extension("1.3.6.1.5.5.7.48.1.6", false, gen_gentime(pki_clock() + s->cutoff))
                  : SPAN_NONE;
    struct span odd = s->flags & OCSP_SINGLE_CRITICAL
                          ? extension("1.3.6.1.4.1.99999.3", true, gen_null())
                          : SPAN_NONE;
    return SEQ(cert_id(s, s->about), cert_status(s->status, s->revoked_at, s->reason),
               gen_gentime(pki_clock() + s->from),
               s->flags & OCSP_NO_NEXT ? SPAN_NONE : TLV(0xa0, gen_gentime(pki_clock() + s->to)),
               cutoff.p || odd.p ? TLV(0xa1, SEQ(cutoff, odd)) : SPAN_NONE);
}

static struct span further(const struct ocsp_spec *s, size_t i)
{
    const struct ocsp_more *m = &s->more[i];
    if (!m->about) {
        return SPAN_NONE;
    }
    return SEQ(cert_id(s, m->about), cert_status(m->status, m->revoked_at, 0),
               gen_gentime(pki_clock() + (m->from ? m->from : s->from)),
               TLV(0xa0, gen_gentime(pki_clock() + s->to)));
}

static struct span response_extensions(const struct ocsp_spec *s)
{
    struct span none = SPAN_NONE;
    struct span nonce = gen_octets(SPAN_LIT("0123456789abcdef"));
    struct span all =
        CAT(s->flags & OCSP_CRITICAL ? extension("1.3.6.1.4.1.99999.4", true, gen_null()) : none,
            s->flags & OCSP_UNKNOWN_EXTENSION ? extension("1.3.6.1.4.1.99999.5", false, gen_null())
                                              : none,
            s->flags & OCSP_NONCE ? extension("1.3.6.1.5.5.7.48.1.2", false, nonce) : none,
            s->flags & OCSP_EXTENDED_REVOKE ? extension("1.3.6.1.5.5.7.48.1.9", false, gen_null())
                                            : none);
    return all.n ? TLV(0xa1, SEQ(all)) : none;
}

static struct span response_data(const struct ocsp_spec *s, const struct issued *by)
{
    int64_t produced = s->produced ? s->produced : s->from;
    struct span key_hash = gen_octets(digest_of(DIGEST_SHA1, key_octets(by->spec.key)));
    struct span answers = SEQ(s->flags & OCSP_NO_ANSWER ? SPAN_NONE : single_response(s),
                              further(s, 0), further(s, 1));
    return SEQ(s->flags & OCSP_VERSION_2 ? TLV(0xa0, gen_int(1)) : SPAN_NONE,
               s->flags & OCSP_BY_KEY ? TLV(0xa2, key_hash) : TLV(0xa1, by->subject),
               gen_gentime(pki_clock() + produced), answers, response_extensions(s));
}

static enum sig_id sig_of(const struct ocsp_spec *s, enum key_id key)
{
    return key >= KEY_P256 && key <= KEY_P521 ? SIG_ECDSA
           : key == KEY_ED25519               ? SIG_ED25519
                                              : s->sig;
}

static struct span alter(struct span s)
{
    uint8_t *p = gen_alloc(s.n);
    memcpy(p, s.p, s.n);
    p[s.n - 1] ^= 1; /* the last octet of the last time or extension */
    return span_make(p, s.n);
}

struct span pki_ocsp(const struct ocsp_spec *s)
{
    if (s->error) {
        uint8_t code = (uint8_t)s->error;
        return SEQ(TLV(0x0a, span_make(&code, 1)));
    }
    const struct issued *by = pki_find(s->responder);
    struct span tbs = response_data(s, by);
    enum key_id key = s->flags & OCSP_OTHER_KEY ? KEY_OTHER : by->spec.key;
    enum sig_id sig = sig_of(s, key);
    struct span value = sig_make(key, sig, s->digest, tbs);
    struct span cert = s->certificate ? pki_find(s->certificate)->der : by->der;
    struct span basic =
        SEQ(s->flags & OCSP_ALTERED ? alter(tbs) : tbs, sig_algorithm(sig, s->digest),
            gen_bits(value), s->flags & OCSP_NO_CERT ? SPAN_NONE : TLV(0xa0, SEQ(cert)));
    if (s->flags & OCSP_BARE) {
        return basic;
    }
    const char *type = s->flags & OCSP_OTHER_TYPE ? "1.3.6.1.4.1.99999.6" : "1.3.6.1.5.5.7.48.1.1";
    struct span whole =
        SEQ(TLV(0x0a, SPAN_LIT("\0")), TLV(0xa0, SEQ(gen_oid(type), gen_octets(basic))));
    return s->flags & OCSP_TRAILING ? CAT(whole, SPAN_LIT("\0\0")) : whole;
}
