/*
 * check_rsa - adbe.x509.rsa_sha1: a bare PKCS#1 value over the ranges, the certificate beside it.
 */
#include "verify/judging.h"

#include "asn1/der.h"

/* It is in the signature dictionary: check reads it. */
static struct cert *find_cert(struct judging *j)
{
    (void)j;
    return NULL;
}

/* adbe.x509.rsa_sha1 (ISO 32000-1 12.8.3.2): an OCTET STRING with a PKCS#1 value over the
 * ranges. */
static int check(struct judging *j)
{
    struct unit *u = j->u;
    struct der value;
    struct signature_alg alg = {SIG_RSA_PKCS1, OID_SHA1, OID_UNKNOWN, 0};
    struct cert *cert = NULL;
    const char *why = NULL;
    bool good = false;
    j->digest = OID_SHA1;
    j->value = u->from->blob;
    u->sig->digest = "sha1";
    u->sig->algorithm = "rsa-pkcs1";
    if (!u->from->cert.p) {
        judging_add(j, SP_CMS_SIGNER_CERT_MISSING, "/Cert", NULL);
        return 0;
    }
    if (cert_parse(j->job->arena, u->from->cert, "document", &cert, &why)) {
        return -1;
    }
    EVP_PKEY *key = cert ? cert_key(cert) : NULL;
    if (!key) {
        judging_add(j, SP_CMS_SIGNER_CERT_UNUSABLE, why ? why : "its public key cannot be read",
                    NULL);
        return 0;
    }
    u->cert = pool_by_sha256(j->job->pool, cert->sha256);
    u->cert = u->cert ? u->cert : cert;
    if (der_only(u->from->blob, DER_OCTET_STRING, &value) && u->digest.p) {
        algorithm_verify_digest(key, &alg, u->digest, value.body, &good);
    }
    u->sig->intact = good ? SP_YES : SP_NO;
    if (!good) {
        judging_add(j, SP_CMS_SIGNATURE_INVALID, NULL, NULL);
    }
    return 0;
}

const struct unit_ops unit_ops_rsa = {find_cert, check, NULL};
