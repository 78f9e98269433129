/*
 * xmlsign - see xmlsign.h.
 */
#include "xmlsign.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>

#define MORE1 "http://www.w3.org/2001/04/xmldsig-more#"
#define MORE7 "http://www.w3.org/2007/05/xmldsig-more#"
#define XENC  "http://www.w3.org/2001/04/xmlenc#"

static const char *text_of(struct span s)
{
    return gen_printf("%.*s", (int)s.n, (const char *)s.p);
}

static const char *base64(struct span s)
{
    char *text = gen_printf("%s", text_of(gen_base64(s, 1 << 20)));
    text[strcspn(text, "\n")] = '\0';
    return text;
}

static const char *digest_name(enum digest_id digest)
{
    static const char *const names[] = {XENC "sha256", XS_DS "sha1", MORE1 "sha384",
                                        XENC "sha512", MORE1 "md5",  MORE7 "sha3-256"};
    return names[digest];
}

static const char *method_name(enum sig_id sig, enum digest_id digest)
{
    static const char *const rsa[] = {MORE1 "rsa-sha256", XS_DS "rsa-sha1", MORE1 "rsa-sha384",
                                      MORE1 "rsa-sha512", MORE1 "rsa-md5"};
    static const char *const ec[] = {MORE1 "ecdsa-sha256", MORE1 "ecdsa-sha1", MORE1 "ecdsa-sha384",
                                     MORE1 "ecdsa-sha512", "?"};
    static const char *const pss[] = {MORE7 "sha256-rsa-MGF1", MORE7 "sha1-rsa-MGF1",
                                      MORE7 "sha384-rsa-MGF1", MORE7 "sha512-rsa-MGF1", "?"};
    return sig == SIG_ECDSA     ? ec[digest]
           : sig == SIG_PSS     ? pss[digest]
           : sig == SIG_ED25519 ? "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519"
                                : rsa[digest];
}

static struct span raw_pair(struct span der, size_t half)
{
    const uint8_t *p = der.p;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)der.n);
    uint8_t *out = gen_alloc(2 * half);
    if (!sig || BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, (int)half) < 0 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + half, (int)half) < 0) {
        gen_die("no ECDSA value");
    }
    ECDSA_SIG_free(sig);
    return span_make(out, 2 * half);
}

static struct span value_of(const struct xml_spec *spec, const char *octets)
{
    const struct issued *cert = pki_find(spec->cert);
    struct span value =
        gen_dup(sig_make(cert->spec.key, spec->sig, spec->digest, span_str(octets)));
    if (spec->sig == SIG_ECDSA && !(spec->flags & XS_DER_VALUE)) {
        size_t half = cert->spec.key == KEY_P521 ? 66 : cert->spec.key == KEY_P384 ? 48 : 32;
        value = raw_pair(value, half);
    }
    if (spec->flags & XS_ZERO_VALUE) {
        value.p = gen_alloc(value.n);
    }
    value = spec->flags & XS_SHORT_VALUE ? span_sub(value, 0, value.n - 1) : value;
    value = spec->flags & XS_LONG_VALUE ? CAT(SPAN_LIT("\0"), value) : value;
    if (spec->flags & XS_BAD_VALUE) {
        uint8_t *p = gen_alloc(value.n);
        memcpy(p, value.p, value.n);
        p[value.n / 2] ^= 1;
        value.p = p;
    }
    return value;
}

static const char *rsa_value(enum key_id key)
{
    BIGNUM *n = NULL, *e = NULL;
    uint8_t octets[512], exponent[8];
    if (!EVP_PKEY_get_bn_param(key_get(key), OSSL_PKEY_PARAM_RSA_N, &n) ||
        !EVP_PKEY_get_bn_param(key_get(key), OSSL_PKEY_PARAM_RSA_E, &e)) {
        gen_die("no RSA key");
    }
    int size = BN_bn2bin(n, octets), esize = BN_bn2bin(e, exponent);
    BN_free(n);
    BN_free(e);
    return gen_printf("<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>%s</ds:Modulus><ds:Exponent>%s"
                      "</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>",
                      base64(span_make(octets, (size_t)size)),
                      base64(span_make(exponent, (size_t)esize)));
}

static const char *key_info(const struct xml_spec *spec)
{
    const char *labels[] = {spec->cert, "subca", "ca"}, *list = "";
    if (spec->key_info || spec->flags & XS_NO_CERTS) {
        return spec->key_info ? spec->key_info : "";
    }
    if (spec->flags & XS_KEY_VALUE) {
        return gen_printf("<ds:KeyInfo>%s</ds:KeyInfo>", rsa_value(pki_find(spec->cert)->spec.key));
    }
    for (size_t i = 0; i < 3; i++) {
        const char *label = labels[spec->flags & XS_REVERSED ? 2 - i : i];
        const char *text = spec->flags & XS_CRLF ? "" : base64(pki_find(label)->der);
        if (spec->flags & XS_CRLF) {
            const char *lines = text_of(gen_base64(pki_find(label)->der, 76));
            for (size_t n; *lines; lines += n + (lines[n] == '\n')) {
                n = strcspn(lines, "\n");
                text = gen_printf("%s%.*s&#13;\n", text, (int)n, lines);
            }
        }
        list = gen_printf("%s<ds:X509Certificate>%s</ds:X509Certificate>", list, text);
    }
    return gen_printf("<ds:KeyInfo><ds:X509Data>%s</ds:X509Data></ds:KeyInfo>", list);
}

static const char *reference(const struct xml_ref *ref, bool bad)
{
    struct span digest = digest_of(ref->digest, span_str(ref->octets));
    if (bad) {
        digest = digest_of(ref->digest, SPAN_LIT("something else"));
    }
    return gen_printf(
        "<ds:Reference%s%s%s%s>%s%s%s<ds:DigestMethod Algorithm=\"%s\"></ds:DigestMethod>"
        "<ds:DigestValue>%s</ds:DigestValue></ds:Reference>",
        ref->attributes ? ref->attributes : "", ref->uri ? " URI=\"" : "", ref->uri ? ref->uri : "",
        ref->uri ? "\"" : "", ref->transforms ? "<ds:Transforms>" : "",
        ref->transforms ? ref->transforms : "", ref->transforms ? "</ds:Transforms>" : "",
        ref->digest_uri ? ref->digest_uri : digest_name(ref->digest),
        ref->digest_value ? ref->digest_value : base64(digest));
}

static const char *time_text(int64_t t)
{
    struct span z = gen_body(gen_gentime(t));
    const char *p = (const char *)z.p;
    return gen_printf("%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", p, p + 4, p + 6, p + 8, p + 10, p + 12);
}

/* A time-stamp property in exclusive canonical form; declared: what its prefixes need. */
static const char *stamp_property(const char *name, const char *declared,
                                  const struct tst_spec *stamp, const char *message)
{
    struct span token = tst_make(stamp, span_str(message));
    return gen_printf("<%s%s><ds:CanonicalizationMethod xmlns:ds=\"" XS_DS "\" Algorithm=\"" XS_EXC
                      "\"></ds:CanonicalizationMethod><xades:EncapsulatedTimeStamp%s>%s"
                      "</xades:EncapsulatedTimeStamp></%s>",
                      name, declared,
                      strncmp(name, "xades:", 6) == 0 ? "" : " xmlns:xades=\"" XS_XADES "\"",
                      base64(token), name);
}

/* What the references are over, one after the other. */
static const char *octets_of(const struct xml_spec *spec)
{
    const char *all = "";
    for (size_t i = 0; i < 4 && spec->refs[i].octets; i++) {
        all = gen_printf("%s%s", all, spec->refs[i].octets);
    }
    return all;
}

/* SignedProperties in exclusive canonical form: it declares ds where it uses it. */
static const char *signed_properties(const struct xml_spec *spec, const char *id)
{
    const struct xades_spec *x = spec->xades;
    struct span der = pki_find(x->named ? x->named : spec->cert)->der;
    const char *name = x->old ? "SigningCertificate" : "SigningCertificateV2";
    const char *signing =
        x->none ? ""
                : gen_printf("<xades:%s><xades:Cert><xades:CertDigest><ds:DigestMethod "
                             "xmlns:ds=\"" XS_DS "\" Algorithm=\"%s\"></ds:DigestMethod>"
                             "<ds:DigestValue xmlns:ds=\"" XS_DS "\">%s</ds:DigestValue>"
                             "</xades:CertDigest></xades:Cert></xades:%s>",
                             name, digest_name(x->digest), base64(digest_of(x->digest, der)), name);
    const char *format =
        x->format ? gen_printf("<xades:DataObjectFormat ObjectReference=\"%s\"><xades:MimeType>"
                               "text/xml</xades:MimeType></xades:DataObjectFormat>",
                               x->format)
                  : "";
    if (x->content_stamp) {
        format = gen_printf(
            "%s%s", format,
            stamp_property("xades:AllDataObjectsTimeStamp", "", x->content_stamp, octets_of(spec)));
    }
    if (*format) {
        format = gen_printf(
            "<xades:SignedDataObjectProperties>%s</xades:SignedDataObjectProperties>", format);
    }
    return gen_printf("<xades:SignedProperties xmlns:xades=\"" XS_XADES "\" Id=\"%s-sp\">"
                      "<xades:SignedSignatureProperties><xades:SigningTime>%s</xades:SigningTime>"
                      "%s</xades:SignedSignatureProperties>%s</xades:SignedProperties>",
                      id, time_text(pki_clock() + (x->when ? x->when : -HOUR)), signing, format);
}

static const char *revocation_values(const struct xades_spec *x)
{
    const char *list = "";
    for (size_t i = 0; i < 4 && x->crls[i].p; i++) {
        list = gen_printf("%s<xades:EncapsulatedCRLValue>%s</xades:EncapsulatedCRLValue>", list,
                          base64(x->crls[i]));
    }
    return *list ? gen_printf("<xades:RevocationValues xmlns:xades=\"" XS_XADES
                              "\"><xades:CRLValues>%s</xades:CRLValues></xades:RevocationValues>",
                              list)
                 : "";
}

/* An element of the ds namespace in exclusive canonical form. */
static const char *with_namespace(const char *element)
{
    size_t n = strcspn(element, " >");
    return *element ? gen_printf("%.*s xmlns:ds=\"" XS_DS "\"%s", (int)n, element, element + n)
                    : "";
}

/* What is in a signature besides its properties. */
struct pieces {
    const char *references; /* octets that the references are over, joined */
    const char *info, *value, *key, *properties;
};

static const char *unsigned_properties(const struct xades_spec *x, const struct pieces *p)
{
    const char *value = gen_printf("<ds:SignatureValue xmlns:ds=\"" XS_DS "\">%s"
                                   "</ds:SignatureValue>",
                                   p->value);
    const char *list =
        gen_printf("%s%s%s",
                   x->stamp ? stamp_property("xades:SignatureTimeStamp",
                                             " xmlns:xades=\"" XS_XADES "\"", x->stamp, value)
                            : "",
                   revocation_values(x), x->more ? x->more : "");
    if (x->archive) {
        const char *message =
            gen_printf("%s%s%s%s%s%s", p->references, p->properties, p->info, value,
                       x->archive_misses ? "" : with_namespace(p->key), list);
        list = gen_printf("%s%s", list,
                          stamp_property("xades141:ArchiveTimeStamp",
                                         " xmlns:xades141=\"http://uri.etsi.org/01903/v1.4.1#\"",
                                         x->archive, message));
    }
    return *list ? gen_printf("<xades:UnsignedProperties><xades:UnsignedSignatureProperties>%s"
                              "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>",
                              list)
                 : "";
}

char *xml_sign(const struct xml_spec *spec)
{
    const char *id = spec->id ? spec->id : "sig";
    const char *properties = spec->xades ? signed_properties(spec, id) : "", *refs = "";
    for (size_t i = 0; i < 4 && spec->refs[i].octets; i++) {
        refs = gen_printf("%s%s", refs,
                          reference(&spec->refs[i], i == 0 && spec->flags & XS_BAD_DIGEST));
    }
    if (spec->xades && !spec->xades->unreferenced) {
        struct xml_ref own = {.uri = gen_printf("#%s-sp", id),
                              .octets = properties,
                              .transforms = XS_TRANSFORM(XS_EXC),
                              .attributes = " Type=\"http://uri.etsi.org/01903#SignedProperties\""};
        refs = gen_printf("%s%s", refs, reference(&own, false));
    }
    const char *inner = gen_printf(
        "<ds:CanonicalizationMethod Algorithm=\"%s\">%s</ds:CanonicalizationMethod>"
        "<ds:SignatureMethod Algorithm=\"%s\">%s</ds:SignatureMethod>%s%s",
        spec->canonical ? spec->canonical : XS_EXC, spec->prefixes ? spec->prefixes : "",
        spec->method ? spec->method : method_name(spec->sig, spec->digest),
        spec->parameter ? spec->parameter : "", refs, spec->info_end ? spec->info_end : "");
    const char *octets = gen_printf("<ds:SignedInfo%s>%s</ds:SignedInfo>",
                                    spec->scope ? spec->scope : " xmlns:ds=\"" XS_DS "\"", inner);
    const char *value = base64(value_of(spec, octets));
    const char *key = key_info(spec), *object = "";
    if (spec->xades) {
        struct pieces p = {octets_of(spec), octets, value, key,
                           spec->xades->unreferenced ? "" : properties};
        object = gen_printf("<ds:Object><xades:QualifyingProperties xmlns:xades=\"" XS_XADES
                            "\" Target=\"#%s\">%s%s</xades:QualifyingProperties></ds:Object>",
                            spec->xades->target ? spec->xades->target : id, properties,
                            unsigned_properties(spec->xades, &p));
    }
    return gen_printf("<ds:Signature xmlns:ds=\"" XS_DS "\"%s Id=\"%s\"><ds:SignedInfo>%s"
                      "</ds:SignedInfo><ds:SignatureValue>%s</ds:SignatureValue>%s%s%s"
                      "</ds:Signature>",
                      spec->attributes ? spec->attributes : "", id, inner, value, key,
                      spec->objects ? spec->objects : "", object);
}

char *xml_put(const char *text, const char *signature)
{
    size_t at = strcspn(text, "@");
    return gen_printf("%.*s%s%s", (int)at, text, signature, text[at] ? text + at + 1 : "");
}

char *xml_replace(const char *text, const char *from, const char *to)
{
    const char *at = from ? strstr(text, from) : NULL;
    if (from && !at) {
        gen_die("nothing to change: %s", from);
    }
    return at ? gen_printf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from))
              : gen_printf("%s", text);
}

char *xml_certificate(const char *label)
{
    return gen_printf("<ds:X509Certificate>%s</ds:X509Certificate>", base64(pki_find(label)->der));
}

char *xml_chain(const char *label)
{
    return gen_printf("<ds:KeyInfo><ds:X509Data>%s%s%s</ds:X509Data></ds:KeyInfo>",
                      xml_certificate(label), xml_certificate("subca"), xml_certificate("ca"));
}
