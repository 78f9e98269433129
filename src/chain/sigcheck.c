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

int signature_check(EVP_PKEY *key, struct span algorithm, struct span data, struct span signature,
                    enum sig_result *out)
{
    uint64_t failures = mem_failures();
    struct signature_alg alg;
    bool good;
    *out = SIG_UNSUPPORTED;
    if (algorithm_signature(algorithm, OID_UNKNOWN, &alg) && algorithm_key_fits(key, &alg)) {
        algorithm_verify_message(key, &alg, data, signature, &good);
        *out = good ? SIG_GOOD : SIG_BAD;
    }
    return mem_failures() != failures ? -1 : 0;
}
