/*
 * report_cbom - the cryptography of the services as a CycloneDX 1.6 bill of materials.
 *
 * CycloneDX 1.6, cryptoProperties: a protocol component for each version that is there, with its
 * suites; the certificate and its key. https://cyclonedx.org/docs/1.6/json/
 */
#include <stdio.h>

#include "base/json.h"
#include "base/utc.h"
#include "tls/report.h"

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

static void open_component(struct json *j, const char *kind, const char *ref, const char *name)
{
    json_open(j, '{');
    json_put_text(j, "type", "cryptographic-asset");
    json_put_text(j, "bom-ref", ref);
    json_put_text(j, "name", name);
    json_key(j, "cryptoProperties");
    json_open(j, '{');
    json_put_text(j, "assetType", kind);
}

static void put_suites(struct json *j, const struct version_facts *v)
{
    char name[TLS_NAME], code[8];
    json_key(j, "cipherSuites");
    json_open(j, '[');
    for (size_t i = 0; i < v->count; i++) {
        json_open(j, '{');
        json_put_text(j, "name", tls_suite_name(v->suites[i], name));
        json_key(j, "identifiers");
        json_open(j, '[');
        (void)snprintf(code, sizeof code, "0x%02X", v->suites[i] >> 8);
        json_text(j, code);
        (void)snprintf(code, sizeof code, "0x%02X", v->suites[i] & 0xff);
        json_text(j, code);
        json_close(j, ']');
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void put_version(struct json *j, const struct scan_job *job, const struct version_facts *v)
{
    char name[TLS_NAME], ref[256];
    const char *text = tls_version_name(v->version, name);
    bool dtls = tls_is_datagram(v->version);
    (void)snprintf(ref, sizeof ref, "%.120s/%u/%s", job->target->ip, job->port, text);
    open_component(j, "protocol", ref, text);
    json_key(j, "protocolProperties");
    json_open(j, '{');
    json_put_text(j, "type", dtls ? "other" : "tls");
    json_put_text(j, "version",
                  text + (v->version == TLS_SSL2 || v->version == TLS_SSL3 ? 4
                          : dtls                                           ? 5
                                                                           : 4));
    put_suites(j, v);
    json_close(j, '}');
    json_close(j, '}');
    json_close(j, '}');
}

static void put_key(struct json *j, const struct scan_job *job, const struct cert_facts *c)
{
    char ref[256];
    (void)snprintf(ref, sizeof ref, "%.120s/%u/key/%s", job->target->ip, job->port, c->spki_sha256);
    open_component(j, "related-crypto-material", ref, c->kind);
    json_key(j, "relatedCryptoMaterialProperties");
    json_open(j, '{');
    json_put_text(j, "type", "public-key");
    json_put_text(j, "id", c->spki_sha256);
    json_put_number(j, "size", c->bits);
    json_close(j, '}');
    json_close(j, '}');
    json_close(j, '}');
}

static void put_certificate(struct json *j, const struct scan_job *job, const struct cert_facts *c)
{
    char ref[256], key[256], t[UTC_TEXT];
    const char *ip = job->target->ip;
    (void)snprintf(ref, sizeof ref, "%.120s/%u/certificate/%s", ip, job->port, c->sha256);
    (void)snprintf(key, sizeof key, "%.120s/%u/key/%s", ip, job->port, c->spki_sha256);
    open_component(j, "certificate", ref, c->subject);
    json_key(j, "certificateProperties");
    json_open(j, '{');
    json_put_text(j, "subjectName", c->subject);
    json_put_text(j, "issuerName", c->issuer);
    json_put_text(j, "notValidBefore", utc_rfc3339(c->leaf->not_before, t));
    json_put_text(j, "notValidAfter", utc_rfc3339(c->leaf->not_after, t));
    json_put_text(j, "subjectPublicKeyRef", key);
    json_put_text(j, "certificateFormat", "X.509");
    json_close(j, '}');
    json_close(j, '}');
    json_close(j, '}');
}

void report_cbom(const struct tls_report *r, bool first, struct buffer *out)
{
    struct json j = {.out = out, .comma = !first};
    const struct tls_facts *f = &r->job->facts;
    for (size_t i = 0; i < f->version_count; i++) {
        if (f->versions[i].state == KNOWN_YES) {
            put_version(&j, r->job, &f->versions[i]);
        }
    }
    for (size_t i = 0; i < r->cert_count; i++) {
        if (r->certs[i].leaf) {
            put_certificate(&j, r->job, &r->certs[i]);
            put_key(&j, r->job, &r->certs[i]);
        }
    }
}
