/*
 * jws_etsi - what JAdES adds to a JWS: sigD, time-stamps, and values in the unsigned header.
 *
 * ETSI TS 119 182-1 5.2.6, 5.2.8, 5.3. What it does not do: archive time-stamps (arcTst), counter-
 * signatures (cSig) and references (xRefs, rRefs) are not read; so a level above B-LT is not
 * claimed.
 */
#include "format/jws_parts.h"

enum { WORDS_DEPTH = 16 };

#define URI "http://uri.etsi.org/19182/"

static void unreadable(struct jws_reader *r, const char *what)
{
    finding_add(r->a, &r->sig->findings, SP_JWS_UNSIGNED_UNREADABLE, "signature", what, NULL);
}

/* The base64 in the member val of {encoding, specRef, val} (5.4.2). */
static struct span pki_object(struct jws_reader *r, const json_t *object)
{
    return jws_octets(r, json_object_get(object, "val"), BASE64_PADDED);
}

static void list(struct jws_reader *r, const json_t *array, enum jws_value_kind kind,
                 const char *what)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        struct span der = pki_object(r, json_array_get(array, i));
        if (der.p) {
            jws_value_add(r, kind, der);
        } else {
            unreadable(r, what);
        }
    }
}

void jws_tokens(struct jws_reader *r, const json_t *container, enum jws_value_kind kind)
{
    const json_t *tokens = json_object_get(container, "tstTokens");
    if (json_array_size(tokens) == 0) {
        unreadable(r, "tstTokens");
    }
    list(r, tokens, kind, "tstTokens");
}

static void certificates(struct jws_reader *r, const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *cert = json_object_get(json_array_get(array, i), "x509Cert");
        struct span der = cert ? pki_object(r, cert) : SPAN_NONE;
        if (der.p) {
            jws_value_add(r, JWS_CERT, der);
        } else {
            unreadable(r, "xVals");
        }
    }
}

static void revocation(struct jws_reader *r, const json_t *values)
{
    list(r, json_object_get(values, "crlVals"), JWS_CRL, "crlVals");
    list(r, json_object_get(values, "ocspVals"), JWS_OCSP, "ocspVals");
}

static bool is_words(const char *s)
{
    return s && s[strcspn(s, " \t\r\n\v\f")] != '\0';
}

static bool has_words(const json_t *value, unsigned depth)
{
    const char *name;
    json_t *inside;
    bool found = depth > WORDS_DEPTH || is_words(json_string_value(value));
    json_object_foreach((json_t *)(uintptr_t)value, name, inside)
    {
        found = found || is_words(name) || has_words(inside, depth + 1);
    }
    for (size_t i = 0; !found && i < json_array_size(value); i++) {
        found = has_words(json_array_get(value, i), depth + 1);
    }
    return found;
}

bool jws_has_words(const json_t *value)
{
    return has_words(value, 0);
}

/* The components of etsiU (5.3): whatever else stands there is nobody's. */
static void check_component(struct jws_reader *r, const char *name, const json_t *value)
{
    static const char *const known[] = {"sigTst", "xVals",  "rVals",   "axVals", "arVals",
                                        "tstVD",  "xRefs",  "rRefs",   "axRefs", "arRefs",
                                        "arcTst", "cSig",   "sigRTst", "rfsTst", "anyValData",
                                        "sigPSt", "sigPol", NULL};
    bool found = false;
    for (size_t i = 0; known[i]; i++) {
        found = found || strcmp(name, known[i]) == 0;
    }
    if (!found || jws_has_words(value)) {
        finding_add(r->a, &r->sig->findings, SP_JWS_UNSIGNED_MEMBER, "signature", name, NULL);
    }
}

static void component(struct jws_reader *r, const char *name, const json_t *value)
{
    check_component(r, name, value);
    if (strcmp(name, "sigTst") == 0) {
        jws_tokens(r, value, JWS_STAMP);
    } else if (strcmp(name, "xVals") == 0) {
        certificates(r, value);
    } else if (strcmp(name, "rVals") == 0) {
        revocation(r, value);
    } else if (strcmp(name, "tstVD") == 0 || strcmp(name, "anyValData") == 0) {
        certificates(r, json_object_get(value, "xVals"));
        revocation(r, json_object_get(value, "rVals"));
    }
}

/* An element is an object of one member, or the base64url of its JSON (5.3.1). */
static const json_t *element(struct jws_reader *r, const json_t *item)
{
    if (!json_is_string(item)) {
        return item;
    }
    struct span text = jws_octets(r, item, BASE64_URL);
    return text.p ? jws_json(r, text) : NULL;
}

void jws_unsigned(struct jws_reader *r, const json_t *etsiu)
{
    if (!json_is_array(etsiu)) {
        unreadable(r, "etsiU");
        return;
    }
    for (size_t i = 0; i < json_array_size(etsiu) && i < JWS_MAX_VALUES; i++) {
        const json_t *item = element(r, json_array_get(etsiu, i));
        void *at = json_is_object(item) ? json_object_iter((json_t *)(uintptr_t)item) : NULL;
        if (!at || json_object_size(item) != 1) {
            unreadable(r, "etsiU");
            continue;
        }
        component(r, json_object_iter_key(at), json_object_iter_value(at));
    }
}

static enum oid object_digest(const char *name)
{
    static const struct {
        const char *name;
        enum oid digest;
    } known[] = {{"S256", OID_SHA256}, {"S384", OID_SHA384}, {"S512", OID_SHA512}};
    for (size_t i = 0; name && i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i].name) == 0) {
            return known[i].digest;
        }
    }
    return OID_UNKNOWN;
}

static void object_digests(struct jws_reader *r, const json_t *sigd)
{
    const json_t *digests = json_object_get(sigd, "hashV");
    r->jws->object_digest = object_digest(json_string_value(json_object_get(sigd, "hashM")));
    if (json_array_size(digests) != r->jws->object_count) {
        jws_malformed(r, "sigD has not one digest for each object");
        return;
    }
    for (size_t i = 0; i < r->jws->object_count; i++) {
        r->jws->object_digests[i] = jws_octets(r, json_array_get(digests, i), BASE64_URL);
        if (!r->jws->object_digests[i].p) {
            jws_malformed(r, "a digest of sigD is not in base64url");
        }
    }
}

void jws_objects_read(struct jws_reader *r, const json_t *sigd)
{
    const char *method = json_string_value(json_object_get(sigd, "mId"));
    size_t count = json_array_size(json_object_get(sigd, "pars"));
    if (!method || count == 0 || count > JWS_MAX_OBJECTS) {
        jws_malformed(r, "sigD names no method, or no objects or too many");
        return;
    }
    r->jws->object_method = method;
    r->jws->object_count = count;
    if (strcmp(method, URI "ObjectIdByURI") == 0) {
        r->jws->objects = JWS_BY_URI;
    } else if (strcmp(method, URI "ObjectIdByURIHash") == 0) {
        r->jws->objects = JWS_BY_HASH;
        object_digests(r, sigd);
    } else {
        r->jws->objects = JWS_BY_OTHER;
    }
}
