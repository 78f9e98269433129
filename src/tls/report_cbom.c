/*
 * report_cbom - the cryptography of the services as a CycloneDX 1.6 bill of materials.
 *
 * CycloneDX 1.6, cryptoProperties (ECMA-424): for each service the ciphers and key agreements as
 * algorithms, a protocol component for each version that is there, with its suites, the
 * certificates and their keys. References begin with the number of the report, so that two reports
 * about one service do not collide. What is not said: which hash a suite uses, and the security
 * level of an algorithm; both are in its name. https://cyclonedx.org/docs/1.6/json/
 */
#include <stdio.h>

#include "base/json.h"
#include "base/utc.h"
#include "tls/report.h"

enum { REF = 256, SEEN = 128, TLS_REF = 48 };

struct bom {
    struct json j;
    const struct tls_report *r;
    size_t number;            /* of the report */
    char seen[SEEN][TLS_REF]; /* algorithms that are there already */
    size_t seen_count;
};

void report_cbom_head(struct buffer *out, int64_t now)
{
    char t[UTC_TEXT];
    buffer_printf(out,
                  "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"version\":1,\"metadata\":"
                  "{\"timestamp\":\"%s\",\"tools\":{\"components\":[{\"type\":\"application\","
                  "\"name\":\"satyapan\"}]}},\"components\":[",
                  utc_rfc3339(now, t));
}

void report_cbom_end(struct buffer *out)
{
    buffer_str(out, "\n]}\n");
}

static const char *make_ref(const struct bom *b, const char *kind, const char *name, char *ref)
{
    (void)snprintf(ref, REF, "%zu/%.64s:%u/%s/%.100s", b->number, b->r->job->target->ip,
                   b->r->job->port, kind, name);
    return ref;
}

static void open_component(struct bom *b, const char *asset, const char *kind, const char *id,
                           const char *name)
{
    char ref[REF];
    json_open(&b->j, '{');
    json_put_text(&b->j, "type", "cryptographic-asset");
    json_put_text(&b->j, "bom-ref", make_ref(b, kind, id, ref));
    json_put_text(&b->j, "name", name);
    json_key(&b->j, "cryptoProperties");
    json_open(&b->j, '{');
    json_put_text(&b->j, "assetType", asset);
}

static void close_component(struct bom *b)
{
    json_close(&b->j, '}');
    json_close(&b->j, '}');
}

/* ---- algorithms ------------------------------------------------------------------------------ */

static const char *cipher_word(enum suite_cipher c)
{
    static const char *const words[] = {
        [CI_NULL] = "NULL",   [CI_RC2] = "RC2",           [CI_RC4] = "RC4",
        [CI_DES] = "DES",     [CI_TDES] = "3DES",         [CI_IDEA] = "IDEA",
        [CI_SEED] = "SEED",   [CI_AES] = "AES",           [CI_CAMELLIA] = "Camellia",
        [CI_ARIA] = "ARIA",   [CI_CHACHA20] = "ChaCha20", [CI_SM4] = "SM4",
        [CI_AEGIS] = "AEGIS", [CI_GOST] = "GOST"};
    return words[c];
}

/* "AES-128-GCM" */
static const char *cipher_name(const struct suite *s, char *out)
{
    static const char *const modes[] = {
        [MO_STREAM] = "",  [MO_CBC] = "-CBC",    [MO_GCM] = "-GCM",
        [MO_CCM] = "-CCM", [MO_CCM_8] = "-CCM8", [MO_AEAD] = "-AEAD"};
    if (s->cipher == CI_NULL) {
        (void)snprintf(out, TLS_REF, "NULL");
    } else {
        (void)snprintf(out, TLS_REF, "%s-%u%s", cipher_word(s->cipher), s->bits, modes[s->mode]);
    }
    return out;
}

/* Once each. */
static bool is_new(struct bom *b, const char *name)
{
    for (size_t i = 0; i < b->seen_count; i++) {
        if (strcmp(b->seen[i], name) == 0) {
            return false;
        }
    }
    if (b->seen_count < SEEN) {
        (void)snprintf(b->seen[b->seen_count++], TLS_REF, "%s", name);
        return true;
    }
    return false;
}

static bool is_there(const struct bom *b, const char *name)
{
    for (size_t i = 0; i < b->seen_count; i++) {
        if (strcmp(b->seen[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void put_cipher(struct bom *b, const struct suite *s)
{
    char name[TLS_REF], bits[8];
    if (!is_new(b, cipher_name(s, name))) {
        return;
    }
    bool block = s->mode == MO_CBC, stream = s->mode == MO_STREAM;
    open_component(b, "algorithm", "algorithm", name, name);
    json_key(&b->j, "algorithmProperties");
    json_open(&b->j, '{');
    json_put_text(&b->j, "primitive",
                  s->cipher == CI_NULL ? "other"
                  : block              ? "block-cipher"
                  : stream             ? "stream-cipher"
                                       : "ae");
    if (s->cipher != CI_NULL) {
        (void)snprintf(bits, sizeof bits, "%u", s->bits);
        json_put_text(&b->j, "parameterSetIdentifier", bits);
    }
    if (!stream) {
        json_put_text(&b->j, "mode",
                      block                                      ? "cbc"
                      : s->mode == MO_GCM                        ? "gcm"
                      : s->mode == MO_CCM || s->mode == MO_CCM_8 ? "ccm"
                                                                 : "other");
    }
    json_close(&b->j, '}');
    close_component(b);
}

static void put_group(struct bom *b, uint16_t code)
{
    const struct group *g = tls_group(code);
    char name[TLS_NAME];
    const char *text = tls_group_name(code, name);
    if (!is_new(b, text)) {
        return;
    }
    open_component(b, "algorithm", "algorithm", text, text);
    json_key(&b->j, "algorithmProperties");
    json_open(&b->j, '{');
    json_put_text(&b->j, "primitive", g && g->kind == GROUP_PQ ? "kem" : "key-agree");
    if (g && g->kind == GROUP_EC) {
        json_put_text(&b->j, "curve", text);
    }
    json_close(&b->j, '}');
    close_component(b);
}

static void put_algorithms(struct bom *b)
{
    const struct tls_facts *f = &b->r->job->facts;
    for (size_t v = 0; v < f->version_count; v++) {
        for (size_t i = 0; i < f->versions[v].count; i++) {
            const struct suite *s = tls_suite(f->versions[v].suites[i]);
            if (s) {
                put_cipher(b, s);
            }
        }
    }
    for (size_t i = 0; i < f->group_count; i++) {
        put_group(b, f->groups[i]);
    }
}

/* ---- protocols ------------------------------------------------------------------------------- */

static void put_octet(struct json *j, unsigned octet)
{
    char code[8];
    (void)snprintf(code, sizeof code, "0x%02X", octet & 0xff);
    json_text(j, code);
}

static void put_suite(struct bom *b, uint16_t code)
{
    char name[TLS_NAME], cipher[TLS_REF], ref[REF];
    const struct suite *s = tls_suite(code);
    json_open(&b->j, '{');
    json_put_text(&b->j, "name", tls_suite_name(code, name));
    if (s && is_there(b, cipher_name(s, cipher))) {
        json_key(&b->j, "algorithms");
        json_open(&b->j, '[');
        json_text(&b->j, make_ref(b, "algorithm", cipher, ref));
        json_close(&b->j, ']');
    }
    json_key(&b->j, "identifiers");
    json_open(&b->j, '[');
    put_octet(&b->j, code >> 8);
    put_octet(&b->j, code);
    json_close(&b->j, ']');
    json_close(&b->j, '}');
}

/* SSL 2.0 has suites of its own, with three octets. */
static void put_suites2(struct bom *b)
{
    const struct tls_facts *f = &b->r->job->facts;
    for (size_t i = 0; i < f->suite2_count; i++) {
        const char *name = tls_suite2_name(f->suites2[i]);
        json_open(&b->j, '{');
        json_put_text(&b->j, "name", name ? name : "unknown");
        json_key(&b->j, "identifiers");
        json_open(&b->j, '[');
        for (int shift = 16; shift >= 0; shift -= 8) {
            put_octet(&b->j, f->suites2[i] >> shift);
        }
        json_close(&b->j, ']');
        json_close(&b->j, '}');
    }
}

static void put_refs(struct bom *b)
{
    const struct tls_facts *f = &b->r->job->facts;
    char name[TLS_NAME], ref[REF];
    json_key(&b->j, "cryptoRefArray");
    json_open(&b->j, '[');
    for (size_t i = 0; i < f->group_count; i++) {
        const char *text = tls_group_name(f->groups[i], name);
        if (is_there(b, text)) {
            json_text(&b->j, make_ref(b, "algorithm", text, ref));
        }
    }
    for (size_t i = 0; i < b->r->cert_count; i++) {
        if (b->r->certs[i].leaf) {
            json_text(&b->j, make_ref(b, "certificate", b->r->certs[i].sha256, ref));
        }
    }
    json_close(&b->j, ']');
}

static void put_version(struct bom *b, const struct version_facts *v)
{
    char name[TLS_NAME];
    const char *text = tls_version_name(v->version, name);
    const char *number = strpbrk(text, "0123456789");
    open_component(b, "protocol", "protocol", text, text);
    json_key(&b->j, "protocolProperties");
    json_open(&b->j, '{');
    json_put_text(&b->j, "type", tls_is_datagram(v->version) ? "other" : "tls");
    json_put_text(&b->j, "version", number ? number : text);
    json_key(&b->j, "cipherSuites");
    json_open(&b->j, '[');
    for (size_t i = 0; i < v->count; i++) {
        put_suite(b, v->suites[i]);
    }
    if (v->version == TLS_SSL2) {
        put_suites2(b);
    }
    json_close(&b->j, ']');
    put_refs(b);
    json_close(&b->j, '}');
    close_component(b);
}

/* ---- certificates and keys ------------------------------------------------------------------- */

static void put_key(struct bom *b, const struct cert_facts *c)
{
    open_component(b, "related-crypto-material", "key", c->spki_sha256, c->kind);
    json_key(&b->j, "relatedCryptoMaterialProperties");
    json_open(&b->j, '{');
    json_put_text(&b->j, "type", "public-key");
    json_put_text(&b->j, "id", c->spki_sha256);
    json_put_number(&b->j, "size", c->bits);
    json_put_text(&b->j, "value", c->spki);
    json_put_text(&b->j, "format", "SubjectPublicKeyInfo, hexadecimal");
    if (c->known) {
        json_put_text(&b->j, "state", "compromised");
    }
    json_close(&b->j, '}');
    close_component(b);
}

static void put_certificate(struct bom *b, const struct cert_facts *c)
{
    char ref[REF], t[UTC_TEXT];
    open_component(b, "certificate", "certificate", c->sha256, c->subject ? c->subject : "-");
    json_key(&b->j, "certificateProperties");
    json_open(&b->j, '{');
    json_put_text(&b->j, "subjectName", c->subject ? c->subject : "");
    json_put_text(&b->j, "issuerName", c->issuer ? c->issuer : "");
    json_put_text(&b->j, "notValidBefore", utc_rfc3339(c->leaf->not_before, t));
    json_put_text(&b->j, "notValidAfter", utc_rfc3339(c->leaf->not_after, t));
    json_put_text(&b->j, "signatureAlgorithmRef",
                  make_ref(b, "algorithm", c->signature ? c->signature : "unknown", ref));
    json_put_text(&b->j, "subjectPublicKeyRef", make_ref(b, "key", c->spki_sha256, ref));
    json_put_text(&b->j, "certificateFormat", "X.509");
    json_close(&b->j, '}');
    close_component(b);
}

static void put_signature(struct bom *b, const char *name)
{
    name = name ? name : "unknown";
    if (!is_new(b, name)) {
        return;
    }
    open_component(b, "algorithm", "algorithm", name, name);
    json_key(&b->j, "algorithmProperties");
    json_open(&b->j, '{');
    json_put_text(&b->j, "primitive", "signature");
    json_close(&b->j, '}');
    close_component(b);
}

/* Chains may begin with the same certificate, certificates have the same key: each once. */
static void put_certificates(struct bom *b)
{
    const struct cert_facts *certs = b->r->certs;
    for (size_t i = 0; i < b->r->cert_count; i++) {
        bool cert = certs[i].leaf != NULL, key = cert;
        for (size_t k = 0; k < i && cert; k++) {
            cert = strcmp(certs[k].sha256, certs[i].sha256) != 0;
            key = key && strcmp(certs[k].spki_sha256, certs[i].spki_sha256) != 0;
        }
        if (cert) {
            put_signature(b, certs[i].signature);
            put_certificate(b, &certs[i]);
        }
        if (cert && key) {
            put_key(b, &certs[i]);
        }
    }
}

/* What it is about; so each report has a component, whatever speaks there. */
static void put_service(struct bom *b)
{
    const struct scan_job *job = b->r->job;
    char ref[REF], name[REF];
    (void)snprintf(name, sizeof name, "%s at %.64s:%u", job->service->name, job->target->ip,
                   job->port);
    json_open(&b->j, '{');
    json_put_text(&b->j, "type", "application");
    json_put_text(&b->j, "bom-ref", make_ref(b, "service", job->service->name, ref));
    json_put_text(&b->j, "name", name);
    json_put_text(&b->j, "description", scan_state_name(job->state));
    json_close(&b->j, '}');
}

void report_cbom(const struct tls_report *r, size_t number, struct buffer *out)
{
    struct bom b = {.j = {.out = out, .comma = number > 0}, .r = r, .number = number + 1};
    const struct tls_facts *f = &r->job->facts;
    put_service(&b);
    put_algorithms(&b);
    for (size_t i = 0; i < f->version_count; i++) {
        if (f->versions[i].state == KNOWN_YES) {
            put_version(&b, &f->versions[i]);
        }
    }
    put_certificates(&b);
}
