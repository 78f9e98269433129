/*
 * request - see request.h.
 */
#include "timestamp/request.h"

#include <openssl/ts.h>

#include "base/hash.h"

static bool fill(TS_REQ *req, struct span digest, uint64_t n)
{
    uint8_t copy[SHA256_SIZE];
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    ASN1_INTEGER *nonce = ASN1_INTEGER_new();
    memcpy(copy, digest.p, sizeof copy);
    bool good = imprint && algorithm && nonce &&
                X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
                TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
                TS_MSG_IMPRINT_set_msg(imprint, copy, sizeof copy) == 1 &&
                TS_REQ_set_msg_imprint(req, imprint) == 1 &&
                ASN1_INTEGER_set_uint64(nonce, n) == 1 && TS_REQ_set_nonce(req, nonce) == 1 &&
                TS_REQ_set_version(req, 1) == 1 && TS_REQ_set_cert_req(req, 1) == 1;
    ASN1_INTEGER_free(nonce);
    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(imprint);
    return good;
}

int timestamp_request(struct span sha256, uint64_t nonce, struct buffer *out)
{
    uint8_t *der = NULL;
    TS_REQ *req = sha256.n == SHA256_SIZE ? TS_REQ_new() : NULL;
    int n = req && fill(req, sha256, nonce) ? i2d_TS_REQ(req, &der) : -1;
    if (n > 0) {
        buffer_add(out, span_make(der, (size_t)n));
    }
    OPENSSL_free(der);
    TS_REQ_free(req);
    return n > 0 && buffer_ok(out) ? 0 : -1;
}
