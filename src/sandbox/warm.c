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

#include "sandbox/sandbox.h"

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
    bool good = key && X509_verify(x, key) == 1;
    X509_free(x);
    return good;
}

static bool fetch_digest(const char *name)
{
    EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
    EVP_MD_free(md); /* the library keeps it in its own table */
    return md != NULL;
}

int sandbox_warm(void)
{
    static const char *const digests[] = {"SHA1", "SHA224", "SHA256", "SHA384", "SHA512"};
    json_object_seed(0); /* reads the system's randomness, which a child could not open */
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
        if (!fetch_digest(digests[i])) {
            return -1;
        }
    }
    return check_certificate(rsa_certificate) && check_certificate(ec_certificate) ? 0 : -1;
}
