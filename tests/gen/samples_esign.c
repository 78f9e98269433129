/*
 * samples_esign - responses of an eSign service, invented: PKCS#7 in DocSignature, and the
 * response's own enveloped XML signature (CCA eSign API Specifications 2.1).
 */
#include "declaration.h"
#include "hierarchy.h"
#include "samples.h"
#include "xmlsign.h"

static char *text_of(struct span s)
{
    return gen_printf("%.*s", (int)s.n, (const char *)s.p);
}

static char *pkcs7(const char *cert, const char *content)
{
    struct signer_spec signer = {.cert = cert, .when = -15 * MINUTE};
    struct cms_spec cms = {.signers = {&signer}, .flags = CMS_DETACHED};
    return text_of(gen_base64(cms_make(&cms, span_str(content)), 1 << 20));
}

static char *document(int id, const char *more, const char *value)
{
    return gen_printf("<DocSignature error=\"%s\" id=\"%d\" sigHashAlgorithm=\"SHA256\">%s"
                      "</DocSignature>",
                      more, id, value);
}

/* attributes in the order of the canonical form. */
static char *response(const char *attributes, const char *documents)
{
    return gen_printf("<EsignResp %s><UserX509Certificate>%s</UserX509Certificate><Signatures>%s"
                      "</Signatures>@</EsignResp>",
                      attributes, text_of(gen_base64(pki_find("signer-esign")->der, 1 << 20)),
                      documents);
}

static char *without_mark(const char *s)
{
    size_t n = strcspn(s, "@");
    return gen_printf("%.*s%s", (int)n, s, s + n + (s[n] == '@'));
}

static char *response_by(const char *cert, const char *text)
{
    struct xml_spec spec = {
        .cert = cert,
        .refs = {{.uri = "", .octets = without_mark(text), .transforms = XS_ENVELOPED}}};
    return xml_put(text, xml_sign(&spec));
}

static char *signed_response(const char *text)
{
    return response_by("signer", text);
}

static void put(const char *dir, const char *name, const char *text)
{
    gen_write(dir, gen_printf("esign/%s.xml", name), span_str(text));
}

#define GOOD "errCode=\"\" errMsg=\"\" resCode=\"r1\" status=\"1\" txn=\"t1\" ver=\"2.1\""
#define BAD                                                                                        \
    "errCode=\"ESP-905\" errMsg=\"Consent was denied\" resCode=\"r1\" status=\"0\" txn=\"t1\" "    \
    "ver=\"2.1\""

void samples_esign(const char *dir)
{
    char *letter = document(1, "", pkcs7("signer-esign", declaration_letter));
    char *other = document(2, "", pkcs7("signer-esign", "Another letter\n"));
    char *one = response(GOOD, letter), *two = response(GOOD, gen_printf("%s%s", letter, other));
    gen_write(dir, "esign/letter.txt", span_str(declaration_letter));
    gen_write(dir, "esign/other.txt", SPAN_LIT("A third letter\n"));
    put(dir, "one", signed_response(one));
    put(dir, "two", signed_response(two));
    put(dir, "not-signed", without_mark(one));
    put(dir, "dsc",
        signed_response(response(GOOD, document(1, "", pkcs7("signer", declaration_letter)))));
    /* The service signs its response by its own system; that is no signatory's signature. */
    char *by_dsc = document(1, "", pkcs7("signer", declaration_letter));
    char *by_seal = document(1, "", pkcs7("signer-document", declaration_letter));
    put(dir, "seal", response_by("signer-document", response(GOOD, by_dsc)));
    put(dir, "seal-only", response_by("signer-document", response(GOOD, "")));
    put(dir, "seal-on-document", response_by("signer-document", response(GOOD, by_seal)));
    /* The signature of another document put in after the service signed its response. */
    char *good = signed_response(one);
    char *at = strstr(good, "<DocSignature"), *end = strstr(good, "</Signatures>");
    put(dir, "exchanged", gen_printf("%.*s%s%s", (int)(at - good), good, other, end));
    put(dir, "failed", signed_response(response(BAD, document(1, "ESP-905", ""))));
    put(dir, "empty", signed_response(response(GOOD, "")));
    put(dir, "broken", signed_response(response(GOOD, document(1, "", "MAA="))));
}
