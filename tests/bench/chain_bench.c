/*
 * chain_bench - paths of signers under a prepared hierarchy, and OCSP answers, beside what RSA
 * alone costs.
 *
 * usage: chain_bench [CERTIFICATES]
 * Prints one JSON object a line, as crl_bench. One thread, its processor time. A root, a CA, a
 * sub-CA and the given number of different signers, all RSA-2048 with SHA-256, are made first.
 * Ours: each signer is read and judged in a pool of its own over the prepared hierarchy, as in a
 * document's verification; no revocation is asked for. Peer: the sub-CA's signature on each of the
 * same certificates, checked by libcrypto with its key and contexts at hand, nothing read. Both
 * take turns, the best round counts. OCSP: answers of a delegated responder, each read and judged
 * with its signer: three signatures.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "asn1/cert.h"
#include "chain/judge.h"
#include "satyapan/verify.h"

#include <openssl/ocsp.h>
#include <openssl/x509v3.h> /* after cert.h: it has macros of the same names */

enum { ROUNDS = 7, ANSWERS = 1000, DAY = 86400 };

struct signer {
    struct span der;
    struct span tbs, signature; /* for the peer */
};

static int64_t moment; /* of validation: when the program began */

_Noreturn static void die(const char *what)
{
    (void)fprintf(stderr, "chain_bench: %s\n", what);
    exit(70);
}

/* Processor time of this thread: what others do on the machine meanwhile is not in it. */
static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static EVP_PKEY *new_key(void)
{
    EVP_PKEY *k = EVP_RSA_gen(2048);
    if (!k) {
        die("no key");
    }
    return k;
}

static void add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    static CONF *none; /* some extensions are only made when there is a configuration */
    none = none ? none : NCONF_new(NULL);
    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    X509V3_set_nconf(&ctx, none);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    if (!e || !X509_add_ext(x, e, -1)) {
        die("no extension");
    }
    X509_EXTENSION_free(e);
}

static void set_names(X509 *x, const char *cn)
{
    X509_NAME *n = X509_get_subject_name(x);
    if (!X509_NAME_add_entry_by_txt(n, "C", MBSTRING_ASC, (const unsigned char *)"IN", -1, -1, 0) ||
        !X509_NAME_add_entry_by_txt(n, "O", MBSTRING_UTF8,
                                    (const unsigned char *)"Example Cameras Private Limited", -1,
                                    -1, 0) ||
        !X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0)) {
        die("no name");
    }
}

enum shape { SHAPE_CA, SHAPE_SIGNER, SHAPE_RESPONDER };

static void add_extensions(X509 *x, X509 *by, enum shape shape)
{
    bool ca = shape == SHAPE_CA;
    add_extension(x, by, NID_basic_constraints, ca ? "critical,CA:TRUE" : "CA:FALSE");
    add_extension(x, by, NID_key_usage,
                  ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature,nonRepudiation");
    add_extension(x, by, NID_subject_key_identifier, "hash");
    if (by != x) {
        add_extension(x, by, NID_authority_key_identifier, "keyid:always");
    }
    if (shape == SHAPE_SIGNER) {
        add_extension(x, by, NID_ext_key_usage, "emailProtection,clientAuth");
        add_extension(x, by, NID_certificate_policies, "2.16.356.100.2.3");
        add_extension(x, by, NID_crl_distribution_points, "URI:http://crl.test/subca.crl");
        add_extension(x, by, NID_info_access, "OCSP;URI:http://ocsp.test/");
        add_extension(x, by, NID_subject_alt_name, "email:asha@example.test");
    } else if (shape == SHAPE_RESPONDER) {
        add_extension(x, by, NID_ext_key_usage, "OCSPSigning");
        add_extension(x, by, NID_id_pkix_OCSP_noCheck, "NULL");
    }
}

static X509 *issue(const char *cn, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, long serial,
                   enum shape shape)
{
    X509 *x = X509_new(), *by = issuer ? issuer : x;
    if (!x || !X509_set_version(x, X509_VERSION_3) ||
        !ASN1_INTEGER_set(X509_get_serialNumber(x), serial) ||
        !ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(moment - (int64_t)100 * DAY)) ||
        !ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(moment + (int64_t)600 * DAY)) ||
        !X509_set_pubkey(x, key)) {
        die("no certificate");
    }
    set_names(x, cn);
    if (!X509_set_issuer_name(x, X509_get_subject_name(by))) {
        die("no issuer");
    }
    add_extensions(x, by, shape);
    if (!X509_sign(x, issuer_key, EVP_sha256())) {
        die("no signature");
    }
    return x;
}

static struct span encode(X509 *x)
{
    unsigned char *der = NULL;
    int n = i2d_X509(x, &der);
    if (n <= 0) {
        die("no encoding");
    }
    return span_make(der, (size_t)n);
}

static void add(struct sp_evidence *e, enum sp_evidence_kind kind, struct span der)
{
    if (sp_evidence_add(e, kind, der.p, der.n, "bench")) {
        die("memory");
    }
}

/* Judges one signer in a pool of its own; any reason at all ends the program. */
static void judge(const struct sp_evidence *evidence, const struct sp_policy *policy,
                  struct span der)
{
    struct arena *a = arena_new(1 << 22);
    struct sp_findings findings;
    struct pool *pool;
    struct cert *leaf;
    const char *why;
    struct chain_answer answer;
    findings_init(&findings);
    if (!a || pool_new(a, evidence, &findings, &pool) || cert_parse(a, der, "bench", &leaf, &why) ||
        !leaf) {
        die("not read");
    }
    struct chain_question q = {.leaf = leaf,
                               .purpose = CHAIN_SIGN,
                               .time = moment,
                               .now = moment,
                               .policy = policy,
                               .where = "sig[0]"};
    if (chain_judge(a, pool, &q, &findings, &answer) || findings.count || !answer.anchored) {
        die(findings.first ? findings.first->text : "not anchored");
    }
    arena_free(a);
}

static double ours(const struct sp_evidence *evidence, const struct sp_policy *policy,
                   const struct signer *signers, size_t n)
{
    double start = now();
    for (size_t i = 0; i < n; i++) {
        judge(evidence, policy, signers[i].der);
    }
    return now() - start;
}

static double peer(EVP_PKEY *key, const struct signer *signers, size_t n)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    if (!ctx || EVP_PKEY_verify_init(ctx) <= 0 ||
        EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) <= 0 ||
        EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) <= 0) {
        die("no context");
    }
    double start = now();
    for (size_t i = 0; i < n; i++) {
        uint8_t md[SHA256_DIGEST_LENGTH];
        SHA256(signers[i].tbs.p, signers[i].tbs.n, md);
        if (EVP_PKEY_verify(ctx, signers[i].signature.p, signers[i].signature.n, md, sizeof md) !=
            1) {
            die("the peer does not verify");
        }
    }
    double took = now() - start;
    EVP_PKEY_CTX_free(ctx);
    return took;
}

static struct signer make_signer(X509 *subca, EVP_PKEY *subca_key, EVP_PKEY *key, size_t i,
                                 struct arena *a)
{
    char cn[32];
    struct cert *c;
    const char *why;
    (void)snprintf(cn, sizeof cn, "SIGNER %zu", i);
    X509 *x = issue(cn, key, subca, subca_key, 1000 + (long)i, SHAPE_SIGNER);
    struct signer s = {.der = encode(x)};
    X509_free(x);
    if (cert_parse(a, s.der, "bench", &c, &why) || !c) {
        die("not parsed");
    }
    s.tbs = c->tbs;
    s.signature = c->signature;
    return s;
}

/* ---- OCSP ----------------------------------------------------------------------------------- */

/* "good" about this certificate, by a delegated responder. */
static struct span answer(X509 *about, X509 *issuer, X509 *responder, EVP_PKEY *key)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), about, issuer);
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(moment - 3600)),
              *to = ASN1_TIME_set(NULL, (time_t)(moment + 3600));
    unsigned char *der = NULL;
    if (!basic || !id || !from || !to ||
        !OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_GOOD, 0, NULL, from, to) ||
        !OCSP_basic_sign(basic, responder, key, EVP_sha256(), NULL, 0)) {
        die("no OCSP answer");
    }
    OCSP_RESPONSE *r = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    int n = r ? i2d_OCSP_RESPONSE(r, &der) : 0;
    if (n <= 0) {
        die("no OCSP encoding");
    }
    OCSP_RESPONSE_free(r);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    return span_make(der, (size_t)n);
}

/* Answers judged in a second: each with its own signer under the root. */
static double answers(const struct sp_evidence *prepared, X509 *root, EVP_PKEY *const *keys)
{
    struct sp_policy policy = *sp_policy_builtin("generic");
    static struct span certs[ANSWERS], ocsp[ANSWERS];
    X509 *responder = issue("Bench Responder", keys[1], root, keys[0], 7, SHAPE_RESPONDER);
    for (size_t i = 0; i < ANSWERS; i++) {
        X509 *x = issue("SIGNER", keys[3], root, keys[0], 100000 + (long)i, SHAPE_SIGNER);
        certs[i] = encode(x);
        ocsp[i] = answer(x, root, responder, keys[1]);
        X509_free(x);
    }
    struct sp_evidence e = *prepared; /* room for one more blob */
    double start = now();
    for (size_t i = 0; i < ANSWERS; i++) {
        struct sp_evidence_blob blobs[8];
        memcpy(blobs, prepared->blobs, prepared->count * sizeof *blobs);
        blobs[prepared->count] = (struct sp_evidence_blob){
            .kind = SP_EVIDENCE_OCSP, .bytes = ocsp[i].p, .size = ocsp[i].n, .source = "bench"};
        e.blobs = blobs;
        e.count = prepared->count + 1;
        judge(&e, &policy, certs[i]);
    }
    return ANSWERS / (now() - start);
}

static void row(const char *name, double a, double b, const char *unit, const char *peer_command,
                const char *goal)
{
    (void)printf("{\"name\":\"%s\",\"ours\":%.4f,\"peer\":%.4f,\"unit\":\"%s\","
                 "\"peer_command\":\"%s\",\"goal\":\"%s\"}\n",
                 name, a, b, unit, peer_command, goal);
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 2000;
    struct arena *a = arena_new((size_t)1 << 28);
    struct sp_policy policy;
    struct sp_evidence evidence = {0};
    moment = (int64_t)time(NULL);
    if (sp_init() || !a || n == 0 || n > 100000) {
        return 64;
    }
    policy = *sp_policy_builtin("generic");
    policy.require_revocation = false;
    EVP_PKEY *keys[4] = {new_key(), new_key(), new_key(), new_key()};
    X509 *root = issue("Bench Root", keys[0], NULL, keys[0], 1, SHAPE_CA);
    X509 *ca = issue("Bench CA", keys[1], root, keys[0], 2, SHAPE_CA);
    X509 *subca = issue("Bench Sub-CA", keys[2], ca, keys[1], 3, SHAPE_CA);
    struct signer *signers = arena_array(a, n, sizeof *signers);
    for (size_t i = 0; signers && i < n; i++) {
        signers[i] = make_signer(subca, keys[2], keys[3], i, a);
    }
    add(&evidence, SP_EVIDENCE_ANCHOR, encode(root));
    add(&evidence, SP_EVIDENCE_CERT, encode(ca));
    add(&evidence, SP_EVIDENCE_CERT, encode(subca));
    if (!signers || sp_evidence_prepare(&evidence)) {
        die("not prepared");
    }
    double best_ours = 1e9, best_peer = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        double t = ours(&evidence, &policy, signers, n), p = peer(keys[2], signers, n);
        best_ours = t < best_ours ? t : best_ours;
        best_peer = p < best_peer ? p : best_peer;
    }
    row("signers' paths under a prepared hierarchy", (double)n / best_ours, (double)n / best_peer,
        "/s", "RSA-2048 verify alone (libcrypto)", ">= 0.65");
    row("OCSP answers judged, delegated responder", answers(&evidence, root, keys), 1000, "/s",
        "(the least wanted, 1000/s)", ">= 1");
    return 0;
}
