/*
 * warm - lets OpenSSL load its lazily made tables once, in the parent, so that no child does.
 *
 * Two self-signed certificates made for this purpose (their keys were thrown away) are parsed and
 * their signatures checked: that loads the decoders, key managers, signature and digest methods a
 * verification needs. They are trusted for nothing.
 */
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "asn1/algorithm.h"
#include "chain/sigcheck.h"
#include "asn1/cert.h"
#include "sandbox/sandbox.h"
#include "xml/xml.h"

static const char rsa_certificate[] =
    "MIIClDCCAXwCAQEwDQYJKoZIhvcNAQELBQAwDzENMAsGA1UEAwwEd2FybTAgFw0yNjExMjEyMTIxMjhaGA8yMTI2"
    "MTAyODIxMjEyOFowDzENMAsGA1UEAwwEd2FybTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAJUbnEQM"
    "KPzkwSiUw1GOG1pgNFoOzeDexoi5juU+Klz5W5axynHcxLXYlSNhl3V1aLTkFfjTmxwo7l/64rlzw+iqDeBiZCGS"
    "wxeou/Yef/haGRYq7FBxTOdN3gRIET+JSZ+Fb2a8581JkoQiqoVD2bslZfEYzAnudci9S/tjUCIQmTjz0Rge/Mm/"
    "jwQcV2CbffheEX8zt1bz7XAduchKQOrPoOG9R2ckfRBu32y69W6mAQur8CqxFlTxckrgniH7EHWNf6UddfduTAjB"
    "NzGfeM3X1BfameNXums8yGc1WpHAsp87Bq+8+L73RbC3xaJilDEy0vT6EjhfEtFCqRK1N4sCAwEAATANBgkqhkiG"
    "9w0BAQsFAAOCAQEAfalweUhZ+nVkPyMnE/1heQufPATZtXPOIREZokEheYcF1eQY/YH1m4vuYfphSE7I9hGWISrZ"
    "kZkzbxZNO+yIjnupFA7Bk2/opTiYKX1siYXUpdH20/MdDMiFWGRvAc4EuYPYZzVEgcmvAk6WdEEhIRzDcSbLg2W5"
    "iLE3Syay1UZBRQF+MvoCqlg/XpetT15cSoJ0DZD0ZTLrbx2ylUiBu4kjoCemvRibfBhYuJp9inw+o4w2+Ptmyufy"
    "1x1O/kxk1kVueA/JlhR0ouBivmSfK8+9NBcHPSFy7WI3370dLucEK4SSsXLySmKpIFSmO741zBQ1iFdvGsxUAX4W"
    "oKiyFg==";

static const char ec_certificate[] =
    "MIIBBzCBrgIBATAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDAR3YXJtMCAXDTI2MTEyMTIxMjEyOFoYDzIxMjYxMDI4"
    "MjEyMTI4WjAPMQ0wCwYDVQQDDAR3YXJtMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJSMhRVIEgFiQi8N7zWvf"
    "0H4kSQR2w7KkGOmS4AETPt6ouJ2o1T2KzGBUoLOJluCKWhAUDlW+BppjEyufAiFGLzAKBggqhkjOPQQDAgNIADBF"
    "AiEA1UIO+jba3sw0PhSPDoSKBxz3JRo6vFp2TalNj/4idZACIA+LxH/V7MjpXUn+tWF5krUQEsibeaOEghFfenEk"
    "kf/q";

/* The same through our own reader, so that its look-ups are made too. */
static bool check_our_way(struct span der)
{
    struct arena *a = arena_new((size_t)1 << 20);
    struct cert *c = NULL;
    const char *why;
    enum sig_result result = SIG_UNSUPPORTED;
    EVP_PKEY *key = a && cert_parse(a, der, "warm", &c, &why) == 0 && c ? cert_key(c) : NULL;
    bool asked =
        key && signature_check(c, c->signature_alg_der, c->tbs, c->signature, &result) == 0;
    arena_free(a);
    return asked && result == SIG_GOOD;
}

/* The certificate in base64 parses and its self-signature holds. */
static bool check_certificate(const char *base64)
{
    uint8_t der[1024];
    size_t n = strlen(base64), padding = base64[n - 1] == '=' ? base64[n - 2] == '=' ? 2 : 1 : 0;
    if (n / 4 * 3 > sizeof der) {
        return false;
    }
    int size = EVP_DecodeBlock(der, (const uint8_t *)base64, (int)n);
    const uint8_t *p = der;
    X509 *x = size > 0 ? d2i_X509(NULL, &p, size - (long)padding) : NULL;
    EVP_PKEY *key = x ? X509_get0_pubkey(x) : NULL;
    bool good =
        key && X509_verify(x, key) == 1 && check_our_way(span_make(der, (size_t)size - padding));
    X509_free(x);
    return good;
}

/* One document through libxml2, which makes its tables and this thread's state at the first. */
static bool read_xml(void)
{
    struct arena *a = arena_new((size_t)1 << 20);
    struct xml_doc *doc = NULL;
    enum xml_answer answer;
    const char *why;
    bool read = a && xml_parse(a, SPAN_LIT("<a xml:lang=\"en\">b</a>"), &doc, &answer, &why) == 0;
    arena_free(a);
    return read && answer == XML_READ;
}

int sandbox_warm(void)
{
    static const enum oid digests[] = {OID_SHA1, OID_SHA224, OID_SHA256, OID_SHA384, OID_SHA512};
    json_object_seed(0); /* reads the system's randomness, which a child could not open */
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
        if (!algorithm_md(digests[i])) {
            return -1;
        }
    }
    return read_xml() && check_certificate(rsa_certificate) && check_certificate(ec_certificate)
               ? 0
               : -1;
}
