/*
 * responder - the keys and the clockwork behind tests/e2e/pki_server.py: one test PKI, alive.
 *
 * usage: responder [TIME]
 * Reads commands from standard input and answers each with a line "ok" once the file is written:
 *   cert LABEL FILE                          a certificate of the base hierarchy, DER
 *   crl ISSUER FROM TO FILE                  its CRL; FROM and TO in seconds from the clock
 *   bigcrl ISSUER ENTRIES FILE               a current CRL with so many revoked numbers
 *   p7c LABEL,LABEL FILE                     certificates in a PKCS#7 without signer
 *   ocsp REQUEST MODE FROM TO FILE           answers a request; MODE good (the truth), revoked,
 *                                            unknown, try-later, other-key, no-nonce, wrong-nonce
 *   tsa REQUEST FILE                         answers a time-stamp query
 *   pdf LABEL EMBED FILE                     a signed declaration; EMBED: certificates put in, or -
 *   cms LABEL EMBED CONTENT FILE             a detached CMS signature
 * OCSP and time-stamp answers are OpenSSL's own (OCSP_*, TS_*), the rest is tests/gen's. Keys live
 * only while this runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/ocsp.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509.h>

#include "declaration.h"
#include "hierarchy.h"
#include "pdf.h"

#define TSA_POLICY "1.3.6.1.4.1.99999.3"

enum { WORDS_MAX = 8, LINE_MAX_BYTES = 4096, FILE_MAX_BYTES = 1 << 20 };

static X509 *x509_of(const char *label)
{
    struct span der = pki_find(label)->der;
    const unsigned char *p = der.p;
    X509 *x = d2i_X509(NULL, &p, (long)der.n);
    return x ? x : (gen_die("%s: no certificate", label), NULL);
}

static void save(const char *path, struct span data)
{
    FILE *out = fopen(path, "wb");
    if (!out || fwrite(data.p, 1, data.n, out) != data.n || fclose(out) != 0) {
        gen_die("%s: cannot be written", path);
    }
}

static struct span load(const char *path)
{
    uint8_t *p = gen_alloc(FILE_MAX_BYTES);
    FILE *in = fopen(path, "rb");
    if (!in) {
        gen_die("%s: cannot be read", path);
    }
    size_t n = fread(p, 1, FILE_MAX_BYTES, in);
    (void)fclose(in);
    return span_make(p, n);
}

/* Commas become spaces; "-" means none at all. */
static const char *labels_of(char *word)
{
    if (strcmp(word, "-") == 0) {
        return "";
    }
    for (char *c = word; *c; c++) {
        *c = (char)(*c == ',' ? ' ' : *c);
    }
    return word;
}

/* pki_find ends the program at an unknown label; a request for one is only a wrong request. */
static bool known(const char *label)
{
    for (size_t i = 0; hierarchy_at(i); i++) {
        if (strcmp(hierarchy_at(i)->spec.label, label) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- CRLs and certificates ------------------------------------------------------------------- */

static bool do_cert(char **w)
{
    if (!known(w[1])) {
        return false;
    }
    save(w[2], pki_find(w[1])->der);
    return true;
}

static struct crl_spec crl_of(const char *issuer, const char *from, const char *to)
{
    struct crl_spec spec = {.name = issuer,
                            .issuer = issuer,
                            .from = strtoll(from, NULL, 10),
                            .to = strtoll(to, NULL, 10)};
    if (strcmp(issuer, "subca") == 0) {
        spec.entries[0] = (struct revoked){"signer-revoked", -5 * DAY, 1, 0};
    }
    return spec;
}

static bool do_crl(char **w)
{
    if (!known(w[1])) {
        return false;
    }
    struct crl_spec spec = crl_of(w[1], w[2], w[3]);
    save(w[4], pki_crl(&spec));
    return true;
}

static bool do_bigcrl(char **w)
{
    const struct issued *by = pki_find(w[1]);
    size_t count = strtoul(w[2], NULL, 10);
    struct span revoked = gen_time(pki_clock() - 5 * DAY);
    struct buffer entries;
    buffer_init(&entries, (size_t)256 << 20);
    for (size_t i = 0; i < count; i++) {
        /* INTEGER of 8 octets, as a template: gen_* would keep every one of them in memory */
        uint8_t head[12] = {0x30, (uint8_t)(10 + revoked.n), 0x02, 0x08, 0x3f};
        for (unsigned b = 0; b < 7; b++) {
            head[5 + b] = (uint8_t)(i >> (48 - 8 * b));
        }
        buffer_add(&entries, span_make(head, sizeof head));
        buffer_add(&entries, revoked);
    }
    struct span list = gen_take(&entries);
    struct span aki = SEQ(gen_oid("2.5.29.35"), gen_octets(SEQ(TLV(0x80, by->ski))));
    struct span number = SEQ(gen_oid("2.5.29.20"), gen_octets(gen_int(8)));
    struct span alg = sig_algorithm(SIG_RSA, DIGEST_SHA256);
    struct span tbs = SEQ(gen_int(1), alg, by->subject, gen_time(pki_clock() - DAY),
                          gen_time(pki_clock() + 6 * DAY), SEQ(list), TLV(0xa0, SEQ(aki, number)));
    save(w[3], SEQ(tbs, alg, gen_bits(sig_make(by->spec.key, SIG_RSA, DIGEST_SHA256, tbs))));
    return true;
}

static bool do_p7c(char **w)
{
    const char *labels = labels_of(w[1]);
    PKCS7 *p7 = PKCS7_new();
    bool ok = p7 && PKCS7_set_type(p7, NID_pkcs7_signed) && PKCS7_content_new(p7, NID_pkcs7_data);
    for (char *word; ok && (word = gen_word(&labels));) {
        X509 *x = known(word) ? x509_of(word) : NULL;
        ok = x && PKCS7_add_certificate(p7, x) == 1;
        X509_free(x);
    }
    unsigned char *der = NULL;
    int n = ok ? i2d_PKCS7(p7, &der) : -1;
    if (n > 0) {
        save(w[2], span_make(der, (size_t)n));
    }
    OPENSSL_free(der);
    PKCS7_free(p7);
    return n > 0;
}

/* ---- OCSP (RFC 6960) ------------------------------------------------------------------------ */

/* The certificate with this serial number, or NULL. */
static const struct issued *by_serial(const ASN1_INTEGER *serial)
{
    for (size_t i = 0; hierarchy_at(i); i++) {
        const struct issued *c = hierarchy_at(i);
        struct span s =
            span_make(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));
        if (c->spec.issuer && span_eq(c->serial, s)) {
            return c;
        }
    }
    return NULL;
}

static bool add_single(OCSP_BASICRESP *b, OCSP_CERTID *id, const struct issued *about,
                       const char *mode, char *const *w)
{
    int status = V_OCSP_CERTSTATUS_GOOD;
    bool listed = about && strcmp(about->spec.label, "signer-revoked") == 0;
    if (!about || strcmp(mode, "unknown") == 0) {
        status = V_OCSP_CERTSTATUS_UNKNOWN;
    } else if (listed || strcmp(mode, "revoked") == 0) {
        status = V_OCSP_CERTSTATUS_REVOKED;
    }
    bool revoked = status == V_OCSP_CERTSTATUS_REVOKED;
    ASN1_TIME *from = ASN1_GENERALIZEDTIME_set(NULL, pki_clock() + strtoll(w[3], NULL, 10));
    ASN1_TIME *to = ASN1_GENERALIZEDTIME_set(NULL, pki_clock() + strtoll(w[4], NULL, 10));
    ASN1_TIME *when = revoked ? ASN1_GENERALIZEDTIME_set(NULL, pki_clock() - 5 * DAY) : NULL;
    bool ok = from && to && OCSP_basic_add1_status(b, id, status, revoked ? 1 : 0, when, from, to);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    ASN1_TIME_free(when);
    return ok;
}

static bool add_nonce(OCSP_BASICRESP *b, OCSP_REQUEST *q, const char *mode)
{
    unsigned char other[16] = {1};
    if (strcmp(mode, "no-nonce") == 0 ||
        OCSP_REQUEST_get_ext_by_NID(q, NID_id_pkix_OCSP_Nonce, -1) < 0) {
        return true;
    }
    return strcmp(mode, "wrong-nonce") == 0 ? OCSP_basic_add1_nonce(b, other, sizeof other) == 1
                                            : OCSP_copy_nonce(b, q) > 0;
}

/* The delegated responder for the sub-CA's certificates; other CAs answer themselves. */
static bool sign_basic(OCSP_BASICRESP *b, const struct issued *about, const char *mode)
{
    const char *by =
        about && strcmp(about->spec.issuer, "subca") != 0 ? about->spec.issuer : "ocsp";
    enum key_id key = strcmp(mode, "other-key") == 0 ? KEY_OTHER : pki_find(by)->spec.key;
    X509 *x = x509_of(by);
    /* With another key under the certificate's name, as a forger would do it. */
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key_get(key)) == 1 &&
              (key == pki_find(by)->spec.key || X509_set_pubkey(x, key_get(key)) == 1) &&
              OCSP_basic_sign_ctx(b, x, ctx, NULL, 0) == 1;
    EVP_MD_CTX_free(ctx);
    X509_free(x);
    return ok;
}

static bool fill_basic(OCSP_BASICRESP *b, OCSP_REQUEST *q, char *const *w)
{
    const struct issued *about = NULL;
    for (int i = 0; i < OCSP_request_onereq_count(q); i++) {
        OCSP_CERTID *id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(q, i));
        ASN1_INTEGER *serial = NULL;
        if (OCSP_id_get0_info(NULL, NULL, NULL, &serial, id) != 1) {
            return false;
        }
        about = by_serial(serial);
        if (!add_single(b, id, about, w[2], w)) {
            return false;
        }
    }
    return add_nonce(b, q, w[2]) && sign_basic(b, about, w[2]);
}

static bool do_ocsp(char **w)
{
    struct span in = load(w[1]);
    const unsigned char *p = in.p;
    OCSP_REQUEST *q = d2i_OCSP_REQUEST(NULL, &p, (long)in.n);
    OCSP_BASICRESP *b = OCSP_BASICRESP_new();
    bool later = strcmp(w[2], "try-later") == 0;
    int status = !q ? OCSP_RESPONSE_STATUS_MALFORMEDREQUEST : OCSP_RESPONSE_STATUS_TRYLATER;
    OCSP_RESPONSE *r = NULL;
    if (!q || later) {
        r = OCSP_response_create(status, NULL);
    } else if (b && fill_basic(b, q, w)) {
        r = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, b);
    }
    unsigned char *der = NULL;
    int n = r ? i2d_OCSP_RESPONSE(r, &der) : -1;
    if (n > 0) {
        save(w[5], span_make(der, (size_t)n));
    }
    OPENSSL_free(der);
    OCSP_RESPONSE_free(r);
    OCSP_BASICRESP_free(b);
    OCSP_REQUEST_free(q);
    return n > 0;
}

/* ---- time-stamps (RFC 3161) ----------------------------------------------------------------- */

static ASN1_INTEGER *tsa_serial(TS_RESP_CTX *ctx, void *data)
{
    static long number = 4711;
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    (void)ctx;
    (void)data;
    if (serial) {
        (void)ASN1_INTEGER_set(serial, number++);
    }
    return serial;
}

static TS_RESP_CTX *tsa_context(X509 *tsa)
{
    TS_RESP_CTX *ctx = TS_RESP_CTX_new();
    ASN1_OBJECT *policy = OBJ_txt2obj(TSA_POLICY, 1);
    TS_RESP_CTX_set_serial_cb(ctx, tsa_serial, NULL);
    if (TS_RESP_CTX_set_signer_cert(ctx, tsa) != 1 ||
        TS_RESP_CTX_set_signer_key(ctx, key_get(KEY_TSA)) != 1 ||
        TS_RESP_CTX_set_def_policy(ctx, policy) != 1 ||
        TS_RESP_CTX_set_signer_digest(ctx, EVP_sha256()) != 1 ||
        TS_RESP_CTX_set_ess_cert_id_digest(ctx, EVP_sha256()) != 1 ||
        TS_RESP_CTX_add_md(ctx, EVP_sha256()) != 1 || TS_RESP_CTX_add_md(ctx, EVP_sha384()) != 1 ||
        TS_RESP_CTX_add_md(ctx, EVP_sha512()) != 1) {
        gen_die("the time-stamping authority cannot be set up");
    }
    ASN1_OBJECT_free(policy);
    return ctx;
}

static bool do_tsa(char **w)
{
    X509 *tsa = x509_of("tsa");
    TS_RESP_CTX *ctx = tsa_context(tsa);
    struct span in = load(w[1]);
    BIO *bio = BIO_new_mem_buf(in.p, (int)in.n);
    TS_RESP *r = TS_RESP_create_response(ctx, bio);
    unsigned char *der = NULL;
    int n = r ? i2d_TS_RESP(r, &der) : -1;
    if (n > 0) {
        save(w[2], span_make(der, (size_t)n));
    }
    OPENSSL_free(der);
    TS_RESP_free(r);
    BIO_free(bio);
    TS_RESP_CTX_free(ctx);
    X509_free(tsa);
    return n > 0;
}

/* ---- documents ------------------------------------------------------------------------------- */

static bool do_pdf(char **w)
{
    struct signer_spec signer = {.cert = w[1], .flags = SI_NO_TIME};
    struct cms_spec cms = {.signers = {&signer}, .certs = labels_of(w[2]), .flags = CMS_DETACHED};
    struct pdf_signature s = {.field = "Signature1", .cms = &cms, .visible = declaration_box};
    struct pdf *p = gen_alloc(sizeof *p);
    pdf_start(p, PDF_TABLE);
    pdf_add_page(p, declaration_text);
    pdf_finish_base(p);
    pdf_sign(p, &s);
    save(w[3], pdf_bytes(p));
    return true;
}

static bool do_cms(char **w)
{
    struct signer_spec signer = {.cert = w[1]};
    struct cms_spec cms = {.signers = {&signer}, .certs = labels_of(w[2]), .flags = CMS_DETACHED};
    save(w[4], cms_make(&cms, load(w[3])));
    return true;
}

/* ---- the loop -------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t words; /* with the name */
    bool (*run)(char **words);
} commands[] = {
    {"cert", 3, do_cert}, {"crl", 5, do_crl}, {"bigcrl", 4, do_bigcrl}, {"p7c", 3, do_p7c},
    {"ocsp", 6, do_ocsp}, {"tsa", 3, do_tsa}, {"pdf", 4, do_pdf},       {"cms", 5, do_cms},
};

static bool run_line(char *line)
{
    char *words[WORDS_MAX] = {NULL};
    size_t n = 0;
    for (char *rest = line, *word; n < WORDS_MAX && (word = strsep(&rest, " \n"));) {
        if (*word) {
            words[n++] = word;
        }
    }
    for (size_t i = 0; n && i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(words[0], commands[i].name) == 0 && n == commands[i].words) {
            return commands[i].run(words);
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    char line[LINE_MAX_BYTES];
    pki_start(argc > 1 ? gen_when(argv[1]) : (int64_t)time(NULL));
    hierarchy_base();
    while (fgets(line, sizeof line, stdin)) {
        (void)puts(run_line(line) ? "ok" : "error");
        (void)fflush(stdout);
    }
    return 0;
}
