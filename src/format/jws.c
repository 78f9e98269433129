/*
 * jws - see jws.h: the three serialisations (RFC 7515 3, 7.1, 7.2, Appendix F).
 */
#include "format/jws.h"

#include "base/utc.h"
#include "format/jws_parts.h"

enum { JSON_SIZE_MAX = 64 << 20 };

/* ---- what the parts share ---- */

void jws_malformed(struct jws_reader *r, const char *why)
{
    r->sig->broken = true;
    finding_add(r->a, &r->sig->findings, SP_JWS_MALFORMED, "signature", why, NULL);
}

static void release(void *json)
{
    json_decref(json);
}

static json_t *load(struct arena *a, struct span text, bool *nomem)
{
    json_t *json = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    if (json && arena_defer(a, release, json)) {
        *nomem = true;
        return NULL;
    }
    return json;
}

json_t *jws_json(struct jws_reader *r, struct span text)
{
    return load(r->a, text, &r->nomem);
}

struct span jws_octets(struct jws_reader *r, const json_t *text, enum base64_form form)
{
    struct span out = SPAN_NONE;
    if (json_is_string(text)) {
        struct span s = span_make(json_string_value(text), json_string_length(text));
        r->nomem = r->nomem || base64_decode(r->a, s, form, &out) != 0;
    }
    return out;
}

void jws_value_add(struct jws_reader *r, enum jws_value_kind kind, struct span der)
{
    struct jws *j = r->jws;
    if (j->value_count >= JWS_MAX_VALUES) {
        return;
    }
    if (arena_grow(r->a, (void **)&j->values, &j->value_capacity, j->value_count + 1,
                   sizeof *j->values)) {
        r->nomem = true;
        return;
    }
    j->values[j->value_count++] = (struct jws_value){kind, der};
}

/* ---- one signature ---- */

static int start(struct arena *a, struct extracted *sig, struct jws_reader *r)
{
    *r = (struct jws_reader){.a = a, .sig = sig, .jws = arena_alloc(a, sizeof *r->jws)};
    if (!r->jws) {
        return -1;
    }
    *sig = (struct extracted){.kind = SP_KIND_JWS,
                              .blob_kind = BLOB_JWS,
                              .claimed_time = UTC_NONE,
                              .covers_whole_document = true,
                              .jws = r->jws};
    findings_init(&sig->findings);
    r->jws->encoded = true;
    return 0;
}

/* The protected header's JSON; an absent one is an empty object. */
static const json_t *protected_header(struct jws_reader *r, struct span text)
{
    struct span octets;
    r->jws->protected_text = text;
    if (base64_decode(r->a, text, BASE64_URL, &octets)) {
        r->nomem = true;
        return NULL;
    }
    json_t *header = octets.p ? jws_json(r, octets) : NULL;
    if (!json_is_object(header)) {
        jws_malformed(r, "the protected header is no JSON object in base64url");
        return NULL;
    }
    return header;
}

static void signature_value(struct jws_reader *r, struct span text)
{
    r->jws->signature_text = text;
    r->sig->blob = text;
    if (base64_decode(r->a, text, BASE64_URL, &r->jws->signature)) {
        r->nomem = true;
    } else if (!r->jws->signature.p) {
        jws_malformed(r, "the signature value is not in base64url");
    }
}

/* Absent text: detached. */
static void payload(struct jws_reader *r, struct span text)
{
    struct jws *j = r->jws;
    if (!text.p) {
        return;
    }
    if (j->objects != JWS_NO_OBJECTS) {
        jws_malformed(r, "sigD says that the payload is elsewhere, but there is one");
        return;
    }
    j->payload_text = text;
    j->payload = text;
    if (j->encoded && base64_decode(r->a, text, BASE64_URL, &j->payload)) {
        r->nomem = true;
    } else if (!j->payload.p) {
        jws_malformed(r, "the payload is not in base64url");
    }
}

/* ---- compact (7.1) ---- */

static bool url_digit(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

static int compact(struct arena *a, struct span text, struct extraction *out)
{
    struct jws_reader r;
    struct span part[3] = {SPAN_NONE, SPAN_NONE, SPAN_NONE};
    const uint8_t *first = memchr(text.p, '.', text.n), *last = NULL;
    out->signatures = arena_alloc(a, sizeof *out->signatures);
    if (!out->signatures || start(a, out->signatures, &r)) {
        return -1;
    }
    out->count = 1;
    for (size_t i = text.n; i-- > 0 && !last;) {
        last = text.p[i] == '.' ? text.p + i : NULL;
    }
    if (!first || first == last) {
        jws_malformed(&r, "it has not three parts");
        return 0;
    }
    size_t begin = (size_t)(first - text.p), end = (size_t)(last - text.p);
    part[0] = span_sub(text, 0, begin);
    part[1] = span_sub(text, begin + 1, end - begin - 1);
    part[2] = span_sub(text, end + 1, text.n);
    const json_t *header = protected_header(&r, part[0]);
    if (header) {
        jws_header(&r, header, NULL);
    }
    signature_value(&r, part[2]);
    if (part[1].n && memchr(part[1].p, '.', part[1].n)) {
        jws_malformed(&r, "it has not three parts"); /* RFC 7797 5.2; five: encrypted, RFC 7516 */
    } else {
        payload(&r, part[1].n ? part[1] : SPAN_NONE);
    }
    return r.nomem ? -1 : 0;
}

/* ---- JSON (7.2) ---- */

static bool known_member(const char *name, bool top, bool general)
{
    bool own = strcmp(name, "protected") == 0 || strcmp(name, "header") == 0 ||
               strcmp(name, "signature") == 0;
    bool outer = strcmp(name, "payload") == 0 || (general && strcmp(name, "signatures") == 0);
    return top ? outer || (!general && own) : own;
}

/* Members nobody knows are ignored (7.2.1), but a reader might take them for signed. */
static void tell_unknown(struct arena *a, struct sp_findings *list, const json_t *object, bool top,
                         bool general)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (!known_member(name, top, general)) {
            finding_add(a, list, SP_JWS_UNSIGNED_MEMBER, top ? "document" : "signature", name,
                        NULL);
        }
    }
}

/* The same for the header that is not signed, whose parameters are known by their names (RFC 7515
 * 4.1; TS 119 182-1 5.3). */
static void tell_header(struct jws_reader *r, const json_t *header)
{
    static const char *const known[] = {"alg", "kid", "typ",      "cty",   "jku",  "jwk", "x5u",
                                        "x5c", "x5t", "x5t#S256", "etsiU", "crit", "b64", "iat"};
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)header, name, value)
    {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            found = found || strcmp(name, known[i]) == 0;
        }
        bool own =
            strcmp(name, "kid") == 0 || strcmp(name, "etsiU") == 0; /* a name; looked at alone */
        if (!found || (!own && jws_has_words(value))) {
            finding_add(r->a, &r->sig->findings, SP_JWS_UNSIGNED_MEMBER, "signature", name, NULL);
        }
    }
}

static struct span text_of(const json_t *json)
{
    return json_is_string(json) ? span_make(json_string_value(json), json_string_length(json))
                                : SPAN_NONE;
}

static int one(struct arena *a, const json_t *object, struct span content, struct extracted *sig)
{
    struct jws_reader r;
    if (start(a, sig, &r)) {
        return -1;
    }
    const json_t *unprotected = json_object_get(object, "header");
    struct span text = text_of(json_object_get(object, "protected"));
    struct span value = text_of(json_object_get(object, "signature"));
    const json_t *header = text.p ? protected_header(&r, text) : NULL;
    if (!text.p) {
        jws_malformed(&r, "it has no protected header");
    }
    if (unprotected && !json_is_object(unprotected)) {
        jws_malformed(&r, "the unprotected header is no object");
        unprotected = NULL;
    }
    if (header) {
        jws_header(&r, header, unprotected);
        tell_header(&r, unprotected);
    }
    if (value.p) {
        signature_value(&r, value);
    } else {
        jws_malformed(&r, "it has no signature value");
    }
    payload(&r, content);
    return r.nomem ? -1 : 0;
}

/* One payload cannot be two things (RFC 7797 3). */
static void check_same_encoding(struct arena *a, struct extraction *out)
{
    for (size_t i = 1; i < out->count; i++) {
        if (out->signatures[i].jws->encoded != out->signatures[0].jws->encoded) {
            struct jws_reader first = {.a = a, .sig = &out->signatures[0]};
            struct jws_reader other = {.a = a, .sig = &out->signatures[i]};
            jws_malformed(&first, "b64 is not the same for all signatures");
            jws_malformed(&other, "b64 is not the same for all signatures");
            return;
        }
    }
}

static void document_malformed(struct arena *a, struct extraction *out, const char *why)
{
    finding_add(a, out->document, SP_JWS_MALFORMED, "document", why, NULL);
}

static int members(struct arena *a, const json_t *root, struct extraction *out)
{
    const json_t *list = json_object_get(root, "signatures");
    const json_t *content = json_object_get(root, "payload");
    size_t count = list ? json_array_size(list) : 1;
    if (list && (count == 0 || json_object_get(root, "signature"))) {
        document_malformed(a, out, "it is both of the general and of the flattened kind, or empty");
        return 0;
    }
    if (content && !json_is_string(content)) {
        document_malformed(a, out, "the payload is no text");
        return 0;
    }
    if (count > JWS_MAX_SIGNATURES) {
        finding_add(a, out->document, SP_ENGINE_LIMIT, "document", "signatures", NULL);
        return 0;
    }
    tell_unknown(a, out->document, root, true, list != NULL);
    out->signatures = arena_array(a, count, sizeof *out->signatures);
    if (!out->signatures) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *object = list ? json_array_get(list, i) : root;
        struct extracted *sig = &out->signatures[out->count++];
        if (one(a, object, text_of(content), sig)) {
            return -1;
        }
        if (list) {
            tell_unknown(a, &sig->findings, object, false, true);
        }
    }
    check_same_encoding(a, out);
    return 0;
}

static int json_form(struct arena *a, struct span text, struct extraction *out)
{
    bool nomem = false;
    if (text.n > JSON_SIZE_MAX) {
        finding_add(a, out->document, SP_ENGINE_LIMIT, "document", "64 MiB of JSON", NULL);
        return 0;
    }
    const json_t *root = load(a, text, &nomem);
    if (nomem) {
        return -1;
    }
    if (!json_is_object(root)) {
        document_malformed(a, out, "it is no JSON object, or has a member twice");
        return 0;
    }
    return members(a, root, out);
}

/* ---- the file ---- */

bool jws_looks_compact(struct span text)
{
    bool dot = false;
    size_t n = text.n < 65536 ? text.n : 65536;
    /* A JSON object in base64url: '{' and then '"' or white space. */
    if (n < 8 || text.p[0] != 'e' || (text.p[1] != 'y' && text.p[1] != 'w')) {
        return false;
    }
    for (size_t i = 0; i < n && !dot; i++) {
        if (text.p[i] != '.' && !url_digit(text.p[i])) {
            return false;
        }
        dot = text.p[i] == '.';
    }
    return dot;
}

bool jws_looks_json(struct span text)
{
    return text.n && text.p[0] == '{' && span_find(text, SPAN_LIT("\"signature"), 0) != SIZE_MAX;
}

int jws_extract(struct arena *a, struct span file, struct extraction *out)
{
    struct span text = span_trim(file);
    out->format = "JWS";
    return text.n && text.p[0] == '{' ? json_form(a, text, out) : compact(a, text, out);
}
