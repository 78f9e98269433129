/*
 * cert_show - `cert show`: what is in a certificate, for people or as JSON. See cert_run.h.
 *
 * Nothing is judged here: a card of a forged certificate looks like any other.
 */
#include "cli/cert_run.h"

#include <jansson.h>

#include "asn1/der.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/utc.h"

enum { SHOW_MEMORY = 64 * 1024 * 1024, MAX_ITEMS = 32 };

/* One field of the card: values of one label. */
struct field {
    const char *key, *label;
    const char *values[MAX_ITEMS];
    size_t count;
    bool list; /* an array in JSON even with one value */
};

struct card {
    struct arena *a;
    struct field fields[24];
    size_t count;
    bool failed;
};

static struct field *field(struct card *c, const char *key, const char *label, bool list)
{
    struct field *f = &c->fields[c->count++];
    *f = (struct field){.key = key, .label = label, .list = list};
    return f;
}

static void put(struct card *c, struct field *f, const char *value)
{
    if (!value) {
        c->failed = true;
    } else if (f->count < MAX_ITEMS) {
        f->values[f->count++] = value;
    }
}

static void put_time(struct card *c, const char *key, const char *label, int64_t t)
{
    char text[UTC_TEXT];
    put(c, field(c, key, label, false), arena_str(c->a, span_str(utc_rfc3339(t, text))));
}

static void add_key_usage(struct card *c, const struct cert *cert)
{
    static const char *const names[] = {"digitalSignature", "nonRepudiation", "keyEncipherment",
                                        "dataEncipherment", "keyAgreement",   "keyCertSign",
                                        "cRLSign",          "encipherOnly",   "decipherOnly"};
    struct field *f = field(c, "key_usage", "Key usage", true);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (cert->key_usage & (uint32_t)1 << i) {
            put(c, f, names[i]);
        }
    }
}

static const char *oid_text(struct arena *a, struct span body)
{
    enum oid id = oid_lookup(body);
    const char *dotted = oid_dotted(a, body);
    return id == OID_UNKNOWN || !dotted ? dotted : arena_printf(a, "%s (%s)", oid_name(id), dotted);
}

/* Extended key usages, or the OIDs of certificatePolicies. */
static void add_oids(struct card *c, const struct cert *cert, enum oid ext, struct field *f)
{
    const struct cert_ext *e = cert_ext(cert, ext);
    struct der list, d, id;
    if (!e || !der_only(e->value, DER_SEQUENCE, &list)) {
        return;
    }
    for (struct span rest = list.body; der_next(&rest, &d);) {
        struct span in = d.body;
        if (d.tag == DER_OID) {
            put(c, f, oid_text(c->a, d.body));
        } else if (der_expect(&in, DER_OID, &id)) {
            put(c, f, oid_text(c->a, id.body));
        }
    }
}

static void add_uris(struct card *c, const struct cert *cert, enum oid what, struct field *f)
{
    const char *uri[MAX_ITEMS];
    size_t n = cert_uris(c->a, cert, what, uri, MAX_ITEMS);
    for (size_t i = 0; i < n; i++) {
        put(c, f, uri[i]);
    }
}

static void add_key(struct card *c, struct cert *cert)
{
    EVP_PKEY *key = cert_key(cert);
    const char *kind = key ? EVP_PKEY_get0_type_name(key) : NULL;
    put(c, field(c, "key", "Public key", false),
        key ? arena_printf(c->a, "%s %u bits", kind ? kind : "?", cert_key_bits(cert))
            : "not usable");
    put(c, field(c, "signature_algorithm", "Signed with", false), oid_name(cert->signature_alg));
}

static void add_extensions(struct card *c, struct cert *cert)
{
    add_key_usage(c, cert);
    add_oids(c, cert, OID_EXT_EKU, field(c, "extended_key_usage", "Extended key usage", true));
    add_oids(c, cert, OID_EXT_POLICIES, field(c, "policies", "Policies", true));
    put(c, field(c, "ca", "Certificate authority", false),
        !cert->is_ca ? "no"
        : cert->path_len >= 0
            ? arena_printf(c->a, "yes, at most %lld below", (long long)cert->path_len)
            : "yes");
    struct field *f = field(c, "subject_key_id", "Subject key id", false);
    if (cert->ski.p) {
        put(c, f, hash_hex_str(c->a, cert->ski, true));
    }
    f = field(c, "authority_key_id", "Issuer key id", false);
    if (cert->aki.p) {
        put(c, f, hash_hex_str(c->a, cert->aki, true));
    }
    add_uris(c, cert, OID_EXT_CDP, field(c, "crl", "CRL", true));
    add_uris(c, cert, OID_AD_OCSP, field(c, "ocsp", "OCSP", true));
    add_uris(c, cert, OID_AD_CA_ISSUERS,
             field(c, "issuer_certificate", "Issuer certificate", true));
    f = field(c, "problems", "Problems", true);
    if (cert->ext_error) {
        put(c, f, arena_printf(c->a, "extension %s is malformed", cert->ext_error));
    }
    if (cert->duplicate_ext) {
        put(c, f, "an extension is there twice");
    }
}

static void build(struct card *c, struct cert *cert)
{
    put(c, field(c, "subject", "Subject", false), cert_name_text(c->a, cert->subject));
    put(c, field(c, "issuer", "Issuer", false), cert_name_text(c->a, cert->issuer));
    put(c, field(c, "serial", "Serial number", false), cert_serial_text(c->a, cert));
    put_time(c, "not_before", "Valid from", cert->not_before);
    put_time(c, "not_after", "Valid until", cert->not_after);
    add_key(c, cert);
    add_extensions(c, cert);
    put(c, field(c, "sha256", "SHA-256", false),
        hash_hex_str(c->a, span_make(cert->sha256, sizeof cert->sha256), false));
}

static void print_text(const struct card *c, struct buffer *out)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct field *f = &c->fields[i];
        for (size_t k = 0; k < f->count; k++) {
            buffer_printf(out, "%-22s%s\n", k == 0 ? f->label : "", f->values[k]);
        }
    }
}

static json_t *field_json(const struct field *f)
{
    if (!f->list) {
        return f->count ? json_string(f->values[0]) : json_null();
    }
    json_t *list = json_array();
    for (size_t i = 0; list && i < f->count; i++) {
        if (json_array_append_new(list, json_string(f->values[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static int print_json(const struct card *c, struct buffer *out)
{
    json_t *o = json_pack("{ss}", "schema", "satyapan-certificate/1");
    bool ok = o != NULL;
    for (size_t i = 0; ok && i < c->count; i++) {
        ok = json_object_set_new(o, c->fields[i].key, field_json(&c->fields[i])) == 0;
    }
    char *text = ok ? json_dumps(o, JSON_COMPACT) : NULL;
    if (text) {
        buffer_str(out, text);
        buffer_char(out, '\n');
    }
    mem_free(text);
    json_decref(o);
    return text ? 0 : -1;
}

enum exit_code cert_show_run(struct span file, bool json, struct buffer *out)
{
    uint64_t failures = mem_failures();
    struct cert *cert;
    const char *why;
    struct arena *a = arena_new(SHOW_MEMORY);
    enum exit_code code = a ? cert_first(a, file, &cert, &why) : EXIT_INTERNAL;
    if (code == EXIT_DATA) {
        buffer_printf(out, "not a certificate: %s\n", why);
    } else if (code == EXIT_GOOD) {
        struct card c = {.a = a};
        build(&c, cert);
        if (json) {
            c.failed |= print_json(&c, out) < 0;
        } else {
            print_text(&c, out);
        }
        code = c.failed || mem_failures() != failures ? EXIT_INTERNAL : EXIT_GOOD;
    }
    arena_free(a);
    return code;
}
