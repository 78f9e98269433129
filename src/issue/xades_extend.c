/*
 * xades_extend - see issue.h: evidence and an archive time-stamp for the signed XML twin of a
 * certificate (EN 319 132-1 5.4, 5.5: CertificateValues, RevocationValues, TimeStampValidationData,
 * ArchiveTimeStamp), so that it can be checked when the certificates have ended.
 *
 * What the time-stamp is over is worked out by the reader that verifies it (format/xmldsig), from
 * the file with an empty time-stamp in its place. What it does not do: take XML of others; it
 * extends what xades.c, and it itself, wrote.
 */
#include <stdio.h>

#include <openssl/evp.h>

#include "base/base64.h"
#include "base/hash.h"
#include "format/extract.h"
#include "format/xmldsig/xmldsig.h"
#include "issue/issue.h"

#define XADES14 "http://uri.etsi.org/01903/v1.4.1#"
#define EXCLUDE "http://www.w3.org/2001/10/xml-exc-c14n#"

enum { FILE_MAX = 64 << 20, WORK = 512 << 20, TOKEN_MAX = 1 << 20 };

static int fail(char *why, const char *text)
{
    (void)snprintf(why, ISSUE_WHY, "the XML certificate cannot be extended: %s", text);
    return 1;
}

/* ---- text ------------------------------------------------------------------------------------ */

static size_t last_of(struct span file, struct span text)
{
    size_t at = SIZE_MAX;
    for (size_t i = span_find(file, text, 0); i != SIZE_MAX; i = span_find(file, text, i + 1)) {
        at = i;
    }
    return at;
}

static void put_values(struct buffer *out, const struct pades_evidence *e)
{
    buffer_str(out, "<xades:CertificateValues>");
    for (size_t i = 0; i < e->cert_count; i++) {
        buffer_str(out, "<xades:EncapsulatedX509Certificate>");
        base64_put(out, e->certs[i]);
        buffer_str(out, "</xades:EncapsulatedX509Certificate>");
    }
    buffer_str(out, "</xades:CertificateValues>");
    if (!e->crl_count && !e->ocsp_count) {
        return;
    }
    buffer_str(out, "<xades:RevocationValues>");
    buffer_str(out, e->crl_count ? "<xades:CRLValues>" : "");
    for (size_t i = 0; i < e->crl_count; i++) {
        buffer_str(out, "<xades:EncapsulatedCRLValue>");
        base64_put(out, e->crls[i]);
        buffer_str(out, "</xades:EncapsulatedCRLValue>");
    }
    buffer_str(out, e->crl_count ? "</xades:CRLValues>" : "");
    buffer_str(out, e->ocsp_count ? "<xades:OCSPValues>" : "");
    for (size_t i = 0; i < e->ocsp_count; i++) {
        buffer_str(out, "<xades:EncapsulatedOCSPValue>");
        base64_put(out, e->ocsps[i]);
        buffer_str(out, "</xades:EncapsulatedOCSPValue>");
    }
    buffer_str(out, e->ocsp_count ? "</xades:OCSPValues>" : "");
    buffer_str(out, "</xades:RevocationValues>");
}

/* The values stand once; what is added for later time-stamps is validation data of its own. */
static void put_evidence(struct buffer *out, struct span file, const struct pades_evidence *e)
{
    bool again = span_find(file, SPAN_LIT("<xades:CertificateValues>"), 0) != SIZE_MAX;
    if (!e->cert_count) {
        return;
    }
    buffer_str(out,
               again ? "<xadesv141:TimeStampValidationData xmlns:xadesv141=\"" XADES14 "\">" : "");
    put_values(out, e);
    buffer_str(out, again ? "</xadesv141:TimeStampValidationData>" : "");
}

/* The file with evidence and the time-stamp behind all unsigned properties. */
static int put_file(struct span file, const struct pades_evidence *e, struct span token,
                    struct buffer *out, char *why)
{
    size_t at = last_of(file, SPAN_LIT("</xades:UnsignedSignatureProperties>"));
    bool bare = at == SIZE_MAX;
    at = bare ? last_of(file, SPAN_LIT("</xades:QualifyingProperties>")) : at;
    if (at == SIZE_MAX) {
        return fail(why, "it has no properties");
    }
    buffer_add(out, span_sub(file, 0, at));
    buffer_str(out, bare ? "<xades:UnsignedProperties><xades:UnsignedSignatureProperties>" : "");
    put_evidence(out, file, e);
    buffer_str(out, "<xadesv141:ArchiveTimeStamp xmlns:xadesv141=\"" XADES14
                    "\"><ds:CanonicalizationMethod Algorithm=\"" EXCLUDE
                    "\"></ds:CanonicalizationMethod><xades:EncapsulatedTimeStamp>");
    base64_put(out, token);
    buffer_str(out, "</xades:EncapsulatedTimeStamp></xadesv141:ArchiveTimeStamp>");
    buffer_str(out, bare ? "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>" : "");
    buffer_add(out, span_sub(file, at, file.n));
    return buffer_ok(out) ? 0 : -1;
}

/* ---- what the time-stamp is over ------------------------------------------------------------- */

static int digest_parts(const struct xmldsig_stamp_view *v, uint8_t hash[SHA256_SIZE])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned n = SHA256_SIZE;
    bool good = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;
    for (size_t i = 0; i < v->part_count && good; i++) {
        good = EVP_DigestUpdate(ctx, v->parts[i].p, v->parts[i].n) == 1;
    }
    good = good && EVP_DigestFinal_ex(ctx, hash, &n) == 1;
    EVP_MD_CTX_free(ctx);
    return good ? 0 : -1;
}

static int digest(struct arena *a, struct span file, uint8_t hash[SHA256_SIZE], char *why)
{
    struct sp_findings findings = {.end = NULL};
    struct extraction x = {.document = &findings};
    findings.end = &findings.first;
    struct xmldsig_stamp_view v;
    if (xmldsig_extract(a, file, NULL, NULL, &x) != 0) {
        return -1;
    }
    struct xmldsig *s = x.count == 1 ? x.signatures[0].xml : NULL;
    size_t count = s ? xmldsig_stamp_count(s) : 0;
    if (count == 0) {
        return fail(why, "it is not read as one signed document");
    }
    if (xmldsig_stamp(s, count - 1, SPAN_NONE, &v) != 0) {
        return -1;
    }
    if (v.kind != XMLDSIG_STAMP_ARCHIVE || v.incomplete) {
        return fail(why, "what the time-stamp is over cannot be had");
    }
    return digest_parts(&v, hash);
}

static int digest_file(struct span file, const struct pades_evidence *e, uint8_t hash[SHA256_SIZE],
                       char *why)
{
    struct buffer draft;
    struct arena *a = arena_new(WORK);
    buffer_init(&draft, FILE_MAX);
    int rc = a ? put_file(file, e, SPAN_LIT("none"), &draft, why) : -1;
    rc = rc ? rc : digest(a, buffer_span(&draft), hash, why);
    buffer_free(&draft);
    arena_free(a);
    return rc;
}

int xades_extend(struct span xml, const struct stamper *t, const struct pades_evidence *e,
                 struct buffer *out, char *why)
{
    uint8_t hash[SHA256_SIZE];
    struct buffer token;
    int rc = digest_file(xml, e, hash, why);
    buffer_init(&token, TOKEN_MAX);
    rc = rc ? rc : t->stamp(t->context, span_make(hash, sizeof hash), &token, why);
    rc = rc ? rc : put_file(xml, e, buffer_span(&token), out, why);
    buffer_free(&token);
    return rc;
}
