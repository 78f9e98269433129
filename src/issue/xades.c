/*
 * xades - see issue.h: an enveloped XAdES baseline signature (EN 319 132-1 B-B, with a stamper B-T;
 * XML Signature 1.1, Exclusive XML Canonicalization 1.0) in the XML twin of a certificate, made
 * with a key that only signs octets: a token can, too.
 *
 * The signature is the last child of the root. Its text is put together with room for what is not
 * known yet, and read again for each canonical form, so that what is digested is what a verifier
 * sees. What it does not do: take XML of others; it signs what twin.c writes.
 */
#include <stdio.h>

#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include "base/base64.h"
#include "base/hash.h"
#include "base/utc.h"
#include "issue/issue.h"
#include "xml/c14n.h"

#define DSIG    "http://www.w3.org/2000/09/xmldsig#"
#define MORE    "http://www.w3.org/2001/04/xmldsig-more#"
#define XENC    "http://www.w3.org/2001/04/xmlenc#"
#define EXCLUDE "http://www.w3.org/2001/10/xml-exc-c14n#"
#define XADES   "http://uri.etsi.org/01903/v1.3.2#"

enum { FILE_MAX = 64 << 20, WORK = 256 << 20 };

/* RFC 9231. half: octets of r and of s in the value. */
static const struct suite {
    const char *uri;
    size_t half;
} suites[] = {
    [KEYS_RSA] = {MORE "rsa-sha256", 0},
    [KEYS_EC_P256] = {MORE "ecdsa-sha256", 32},
    [KEYS_EC_P384] = {MORE "ecdsa-sha384", 48},
    [KEYS_ED25519] = {"http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519", 0},
};

/* What is known of the signature so far; an absent span is left out or empty. */
struct draft {
    struct span before, after; /* of the file: up to the root's end tag, and from there */
    const struct suite *suite;
    struct span chain[KEYS_CHAIN_MAX];
    size_t count;
    char when[UTC_TEXT];
    uint8_t whole[SHA256_SIZE], properties[SHA256_SIZE];
    struct span value, token;
};

static int fail(char *why, const char *text)
{
    (void)snprintf(why, ISSUE_WHY, "the XML certificate cannot be signed: %s", text);
    return 1;
}

/* ---- text ------------------------------------------------------------------------------------ */

static void put_digest(struct buffer *out, const uint8_t hash[SHA256_SIZE])
{
    buffer_str(out, "<ds:DigestMethod Algorithm=\"" XENC "sha256\"></ds:DigestMethod>"
                    "<ds:DigestValue>");
    base64_put(out, span_make(hash, SHA256_SIZE));
    buffer_str(out, "</ds:DigestValue>");
}

static void put_signed_info(struct buffer *out, const struct draft *d)
{
    buffer_printf(out,
                  "<ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"" EXCLUDE "\">"
                  "</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"%s\">"
                  "</ds:SignatureMethod>",
                  d->suite->uri);
    buffer_str(out, "<ds:Reference Id=\"signed-certificate\" URI=\"\"><ds:Transforms>"
                    "<ds:Transform Algorithm=\"" DSIG "enveloped-signature\"></ds:Transform>"
                    "<ds:Transform Algorithm=\"" EXCLUDE "\"></ds:Transform></ds:Transforms>");
    put_digest(out, d->whole);
    buffer_str(out, "</ds:Reference><ds:Reference URI=\"#signed-properties\" Type=\""
                    "http://uri.etsi.org/01903#SignedProperties\"><ds:Transforms>"
                    "<ds:Transform Algorithm=\"" EXCLUDE "\"></ds:Transform></ds:Transforms>");
    put_digest(out, d->properties);
    buffer_str(out, "</ds:Reference></ds:SignedInfo>");
}

/* RFC 4514 names would have to be compared by readers: the digest says which certificate. */
static int put_properties(struct buffer *out, const struct draft *d)
{
    uint8_t hash[SHA256_SIZE];
    if (hash_sha256(d->chain[0], hash) != 0) {
        return -1;
    }
    buffer_printf(out,
                  "<ds:Object><xades:QualifyingProperties xmlns:xades=\"" XADES "\" "
                  "Target=\"#signature\"><xades:SignedProperties Id=\"signed-properties\">"
                  "<xades:SignedSignatureProperties><xades:SigningTime>%s</xades:SigningTime>"
                  "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>",
                  d->when);
    put_digest(out, hash);
    buffer_str(out, "</xades:CertDigest></xades:Cert></xades:SigningCertificateV2>"
                    "</xades:SignedSignatureProperties><xades:SignedDataObjectProperties>"
                    "<xades:DataObjectFormat ObjectReference=\"#signed-certificate\">"
                    "<xades:MimeType>application/xml</xades:MimeType></xades:DataObjectFormat>"
                    "</xades:SignedDataObjectProperties></xades:SignedProperties>");
    if (d->token.p) {
        buffer_str(out, "<xades:UnsignedProperties><xades:UnsignedSignatureProperties>"
                        "<xades:SignatureTimeStamp><ds:CanonicalizationMethod Algorithm=\"" EXCLUDE
                        "\"></ds:CanonicalizationMethod><xades:EncapsulatedTimeStamp>");
        base64_put(out, d->token);
        buffer_str(out, "</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>"
                        "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>");
    }
    buffer_str(out, "</xades:QualifyingProperties></ds:Object>");
    return 0;
}

/* The whole file with the signature as far as it is known. */
static int put_file(struct buffer *out, const struct draft *d)
{
    buffer_add(out, d->before);
    buffer_str(out, "<ds:Signature xmlns:ds=\"" DSIG "\" Id=\"signature\">");
    put_signed_info(out, d);
    buffer_str(out, "<ds:SignatureValue>");
    base64_put(out, d->value);
    buffer_str(out, "</ds:SignatureValue><ds:KeyInfo><ds:X509Data>");
    for (size_t i = 0; i < d->count; i++) {
        buffer_str(out, "<ds:X509Certificate>");
        base64_put(out, d->chain[i]);
        buffer_str(out, "</ds:X509Certificate>");
    }
    buffer_str(out, "</ds:X509Data></ds:KeyInfo>");
    int rc = put_properties(out, d);
    buffer_str(out, "</ds:Signature>");
    buffer_add(out, d->after);
    return rc == 0 && buffer_ok(out) ? 0 : -1;
}

/* ---- canonical forms ------------------------------------------------------------------------- */

/* The element of that name in the signature's namespaces. */
static xmlNode *find(const struct xml_doc *doc, const char *ns, const char *name)
{
    for (xmlNode *n = doc->root; n; n = xml_walk(doc->root, n)) {
        if (xml_is(n, ns, name)) {
            return n;
        }
    }
    return NULL;
}

/* The file as it is now, read as a verifier reads it; *own is its signature. */
static int read_file(struct arena *a, const struct draft *d, struct xml_doc **doc, xmlNode **own)
{
    enum xml_answer answer;
    const char *why;
    struct buffer file;
    buffer_init(&file, FILE_MAX);
    int rc = put_file(&file, d);
    rc = rc ? rc : xml_parse(a, buffer_span(&file), doc, &answer, &why);
    buffer_free(&file);
    *own = rc == 0 && answer == XML_READ ? find(*doc, DSIG, "Signature") : NULL;
    return *own ? 0 : -1;
}

/* The canonical form of an element of it; name NULL: of all but the signature. */
static int canonical(struct arena *a, const struct xml_doc *doc, xmlNode *own, const char *ns,
                     const char *name, struct span *out)
{
    static const struct xml_method method = {.mode = XML_C14N_EXCLUSIVE};
    struct xml_budget budget = {XML_BUDGET};
    enum xml_c14n_answer form = XML_C14N_IMPOSSIBLE;
    struct xml_view view = {.doc = doc, .without = &own, .without_count = 1};
    if (name) {
        view = (struct xml_view){.doc = doc, .apex = find(doc, ns, name)};
    }
    int rc = name && !view.apex
                 ? -1
                 : xml_canonical_bytes(a, &view, &method, &budget, FILE_MAX, out, &form);
    return rc == 0 && form == XML_C14N_DONE ? 0 : -1;
}

/* What the two references are over does not hold their digests: both are there before these are. */
static int digest_all(struct draft *d)
{
    struct span form;
    struct xml_doc *doc = NULL;
    xmlNode *own = NULL;
    struct arena *a = arena_new(WORK);
    int rc = a ? read_file(a, d, &doc, &own) : -1;
    rc = rc ? rc : canonical(a, doc, own, NULL, NULL, &form);
    rc = rc ? rc : hash_sha256(form, d->whole);
    rc = rc ? rc : canonical(a, doc, own, XADES, "SignedProperties", &form);
    rc = rc ? rc : hash_sha256(form, d->properties);
    arena_free(a);
    return rc;
}

static int canonical_now(struct arena *a, const struct draft *d, const char *name, struct span *out)
{
    struct xml_doc *doc = NULL;
    xmlNode *own = NULL;
    int rc = read_file(a, d, &doc, &own);
    return rc ? rc : canonical(a, doc, own, DSIG, name, out);
}

/* ---- the value ------------------------------------------------------------------------------- */

/* RFC 9231 2.3.6: r and s, each of the curve's size, instead of DER. */
static int plain_value(struct arena *a, size_t half, const uint8_t *der, size_t n, struct span *out)
{
    const unsigned char *p = der;
    uint8_t *raw = arena_alloc(a, 2 * half);
    ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &p, (long)n);
    bool ok = raw && s && BN_bn2binpad(ECDSA_SIG_get0_r(s), raw, (int)half) == (int)half &&
              BN_bn2binpad(ECDSA_SIG_get0_s(s), raw + half, (int)half) == (int)half;
    ECDSA_SIG_free(s);
    *out = span_make(raw, 2 * half);
    return ok ? 0 : -1;
}

static int sign_info(struct arena *a, struct draft *d, struct signer *s, char *why)
{
    struct span form;
    size_t n;
    uint8_t *value = arena_alloc(a, KEYS_SIGNATURE_MAX);
    if (!value || canonical_now(a, d, "SignedInfo", &form) != 0) {
        return -1;
    }
    enum keys_result k = signer_sign(s, form, value, &n, why);
    if (k != KEYS_OK) {
        return k == KEYS_FAILED ? -1 : 1;
    }
    d->value = span_make(value, n);
    return d->suite->half ? plain_value(a, d->suite->half, value, n, &d->value) : 0;
}

static int stamp_value(struct draft *d, const struct stamper *t, struct buffer *token, char *why)
{
    uint8_t hash[SHA256_SIZE];
    struct span form;
    struct arena *a = arena_new(WORK);
    int rc = a ? canonical_now(a, d, "SignatureValue", &form) : -1;
    rc = rc ? rc : hash_sha256(form, hash);
    arena_free(a);
    if (rc != 0) {
        return -1;
    }
    rc = t->stamp(t->context, span_make(hash, sizeof hash), token, why);
    d->token = rc == 0 ? buffer_span(token) : SPAN_NONE;
    return rc;
}

/* ---- together -------------------------------------------------------------------------------- */

/* Where the root ends: twin.c writes no comment behind it. */
static bool split(struct span xml, struct draft *d)
{
    size_t at = xml.n;
    while (at > 1 && (xml.p[at - 1] != '/' || xml.p[at - 2] != '<')) {
        at--;
    }
    d->before = span_sub(xml, 0, at < 2 ? 0 : at - 2);
    d->after = span_sub(xml, d->before.n, xml.n);
    return d->before.n > 0;
}

int xades_sign(struct span xml, struct signer *s, const struct stamper *t, int64_t now,
               struct buffer *out, char *why)
{
    struct draft d = {.suite = &suites[signer_algorithm(s)]};
    struct buffer token;
    if (!split(xml, &d)) {
        return fail(why, "it has no end");
    }
    d.count = signer_chain(s, d.chain);
    (void)utc_rfc3339(now, d.when);
    struct arena *a = arena_new(WORK);
    buffer_init(&token, 1 << 20);
    int rc = a ? 0 : -1;
    rc = rc ? rc : digest_all(&d);
    rc = rc ? rc : sign_info(a, &d, s, why);
    rc = rc == 0 && t ? stamp_value(&d, t, &token, why) : rc;
    rc = rc ? rc : put_file(out, &d);
    buffer_free(&token);
    arena_free(a);
    return rc;
}
