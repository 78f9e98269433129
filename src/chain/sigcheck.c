/*
 * sigcheck - see sigcheck.h. The algorithms themselves are asn1/algorithm.c's.
 */
#include "chain/sigcheck.h"

#include "asn1/algorithm.h"
#include "asn1/strength.h"
#include "base/mem.h"

enum oid signature_digest(struct span algorithm)
{
    struct signature_alg alg;
    return algorithm_signature(algorithm, OID_UNKNOWN, &alg) ? alg.digest : OID_UNKNOWN;
}

bool signature_weak(struct span algorithm, int64_t at)
{
    return at >= strength_signature_until(algorithm);
}

int signature_check(struct cert *signer, struct span algorithm, struct span data,
                    struct span signature, enum sig_result *out)
{
    uint64_t failures = mem_failures();
    struct signature_alg alg;
    bool good = false;
    *out = SIG_UNSUPPORTED;
    EVP_PKEY *key = cert_key(signer);
    if (key && algorithm_signature(algorithm, OID_UNKNOWN, &alg) && algorithm_key_fits(key, &alg)) {
        EVP_PKEY_CTX *kept = alg.family == SIG_RSA_PKCS1 ? cert_recover(signer) : NULL;
        if (kept) {
            algorithm_verify_pkcs1(kept, &alg, data, signature, &good);
        } else {
            algorithm_verify_message(key, &alg, data, signature, &good);
        }
        *out = good ? SIG_GOOD : SIG_BAD;
    }
    return mem_failures() != failures ? -1 : 0;
}
