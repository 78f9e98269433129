/*
 * cms_signer - checks one SignerInfo against its content digest and its certificate.
 *
 * RFC 5652 5.4-5.6 and 11, RFC 5035 (ESS), RFC 6211, RFC 8419. What is not checked here: whether
 * the certificate is trusted, and whether the algorithms are strong enough.
 */
#ifndef FORMAT_CMS_SIGNER_H
#define FORMAT_CMS_SIGNER_H

#include "asn1/algorithm.h"
#include "asn1/cert.h"
#include "base/finding.h"
#include "format/cms.h"

struct cms_signer_check {
    const struct cms_signer *signer;
    struct cert *cert;          /* NULL: not found */
    struct span content_digest; /* with the signer's digest algorithm; absent: content not given */
    struct span content;        /* the content itself (EdDSA without attributes), or absent */
    enum oid content_type;      /* of the encapsulated content */
    struct span content_type_oid;
    bool counter;        /* a counter-signature: content-type must not be there (RFC 5652 11.4) */
    bool cades_required; /* ESS binding is a must */
    const char *where;
};

struct cms_signer_result {
    enum sp_tristate intact;
    bool cades; /* signed attributes with a good ESS binding */
    struct signature_alg alg;
    bool alg_supported;
    const char *digest_name, *algorithm_name;
    int64_t claimed_time; /* signingTime attribute, UTC_NONE when absent */
};

/* Finds and fills; every reason goes into findings. Returns 0, or -1 for our own failure. */
int cms_signer_check(struct arena *a, const struct cms_signer_check *check,
                     struct sp_findings *findings, struct cms_signer_result *out) WARN_UNUSED;

/* The SHA-256 the signer's ESS attribute (v2, default algorithm) names, absent otherwise. */
struct span cms_signer_ess_sha256(const struct cms_signer *signer);

#endif
