/*
 * reference - ds:Reference: what it points to, how it is transformed, which digest it names (XML
 * Signature 1.1 clause 4.4.3).
 */
#include "format/xmldsig/internal.h"

void xd_report(const struct xd_reader *r, enum sp_reason reason, const char *a0, const char *a1)
{
    finding_add(r->s->arena, &r->e->findings, reason, r->where, a0, a1, NULL);
}

/* The name between xpointer(id(' and ')), NULL when it is no such pointer. */
static const char *pointer_id(struct arena *a, const char *uri)
{
    static const char *const forms[][2] = {{"#xpointer(id('", "'))"}, {"#xpointer(id(\"", "\"))"}};
    size_t n = strlen(uri);
    for (size_t i = 0; i < 2; i++) {
        size_t before = strlen(forms[i][0]), after = strlen(forms[i][1]);
        if (n > before + after && strncmp(uri, forms[i][0], before) == 0 &&
            strcmp(uri + n - after, forms[i][1]) == 0) {
            return arena_str(a, span_make(uri + before, n - before - after));
        }
    }
    return NULL;
}

/* 4.4.3.2 and 4.4.3.3: "", #name and the two full XPointers are this document; a bare name and the
 * empty URI leave comments out. */
static int resolve(const struct xd_reader *r, struct xd_reference *ref)
{
    const char *uri = ref->uri ? ref->uri : "";
    ref->target = XD_ELEMENT;
    if (*uri == '\0' || strcmp(uri, "#xpointer(/)") == 0) {
        ref->target = XD_DOCUMENT;
        ref->comments = *uri != '\0';
        return 0;
    }
    if (*uri != '#') {
        ref->target = XD_OUTSIDE;
        return 0;
    }
    ref->id = uri + 1;
    if (strncmp(uri, "#xpointer(", 10) == 0) {
        ref->comments = true;
        ref->id = pointer_id(r->s->arena, uri);
        if (!ref->id) {
            ref->refused = true;
            xd_report(r, SP_XML_TRANSFORM, uri, NULL);
            return 0;
        }
    }
    ref->apex = xd_ids_find(r->s->file, ref->id, &ref->ambiguous);
    if (!ref->apex) {
        ref->refused = true;
        xd_report(r, ref->ambiguous ? SP_XML_DUPLICATE_ID : SP_XML_REFERENCE_MISSING, ref->id,
                  NULL);
    }
    return 0;
}

static int read_digest(const struct xd_reader *r, const xmlNode *method, const xmlNode *value,
                       struct xd_reference *ref)
{
    ref->digest_uri = xml_attr(method, "Algorithm");
    ref->digest = xd_digest(ref->digest_uri);
    if (!ref->digest_uri) {
        xd_report(r, SP_XML_STRUCTURE, "DigestMethod without Algorithm", NULL);
        ref->refused = true;
    } else if (ref->digest == OID_UNKNOWN) {
        xd_report(r, SP_XML_ALGORITHM, ref->digest_uri, NULL);
    }
    if (xml_base64(r->s->arena, value, &ref->value)) {
        return -1;
    }
    if (!ref->value.n ||
        (ref->digest != OID_UNKNOWN && ref->value.n != algorithm_digest_size(ref->digest))) {
        xd_report(r, SP_XML_STRUCTURE, "DigestValue is not a value of its DigestMethod", NULL);
        ref->refused = true;
    }
    return 0;
}

static bool is_type(const struct xd_reference *ref, const char *type)
{
    return ref->type && strcmp(ref->type, type) == 0;
}

/* Reference ::= Transforms?, DigestMethod, DigestValue. */
static int read_reference(const struct xd_reader *r, const xmlNode *node, struct xd_reference *ref)
{
    const xmlNode *n = xml_first(node);
    const xmlNode *transforms = n && xml_is(n, NS_DS, "Transforms") ? n : NULL;
    const xmlNode *method = transforms ? xml_next(n) : n;
    const xmlNode *value = method ? xml_next(method) : NULL;
    ref->node = node;
    ref->uri = xml_attr(node, "URI");
    ref->type = xml_attr(node, "Type");
    ref->is_manifest = is_type(ref, NS_DS "Manifest");
    ref->is_properties = is_type(ref, "http://uri.etsi.org/01903#SignedProperties") ||
                         is_type(ref, "http://uri.etsi.org/01903/v1.1.1#SignedProperties");
    if (!xml_is(method, NS_DS, "DigestMethod") || !xml_is(value, NS_DS, "DigestValue") ||
        xml_next(value)) {
        ref->refused = true;
        xd_report(r, SP_XML_STRUCTURE, "Reference is not as the standard has it", NULL);
        return 0;
    }
    if (read_digest(r, method, value, ref) || resolve(r, ref) ||
        (transforms && xd_read_transforms(r, transforms, ref))) {
        return -1;
    }
    return ref->refused ? 0 : xd_select(r, ref);
}

/* Manifest ::= Reference+ (clause 5.1); it is signed as an element, and what it lists with it. */
static int follow_manifests(const struct xd_reader *r, size_t from)
{
    struct xmldsig *s = r->s;
    for (size_t i = from, end = s->reference_count; i < end; i++) {
        const struct xd_reference ref = s->references[i];
        bool inside = ref.apex && !ref.refused && xml_is(ref.apex, NS_DS, "Manifest");
        /* Office Open XML signs the ds:Object around its manifest. */
        const xmlNode *manifest = inside ? ref.apex
                                  : ref.apex && !ref.refused && xml_is(ref.apex, NS_DS, "Object")
                                      ? xml_child(ref.apex, NS_DS, "Manifest")
                                      : NULL;
        if (ref.is_manifest && !inside) {
            xd_report(r, SP_XML_STRUCTURE, "a reference to a Manifest leads elsewhere", NULL);
        }
        if (manifest && xd_read_references(r, manifest, true)) {
            return -1;
        }
    }
    return 0;
}

int xd_read_references(const struct xd_reader *r, const xmlNode *parent, bool manifest)
{
    struct xmldsig *s = r->s;
    size_t from = s->reference_count, found = 0;
    const xmlNode *n = xml_first(parent);
    if (!manifest) { /* SignedInfo: behind CanonicalizationMethod and SignatureMethod */
        n = n ? xml_next(n) : NULL;
        n = n ? xml_next(n) : NULL;
    }
    for (; n; n = xml_next(n)) {
        if (!xml_is(n, NS_DS, "Reference")) {
            xd_report(r, SP_XML_STRUCTURE, "something else stands among the references", NULL);
            return 0;
        }
        if (s->reference_count >= XD_MAX_REFERENCES) {
            xd_report(r, SP_ENGINE_LIMIT, "XML references", NULL);
            return 0;
        }
        if (arena_grow(s->arena, (void **)&s->references, &s->reference_capacity,
                       s->reference_count + 1, sizeof *s->references)) {
            return -1;
        }
        struct xd_reference *ref = &s->references[s->reference_count++];
        *ref = (struct xd_reference){.in_manifest = manifest};
        if (read_reference(r, n, ref)) {
            return -1;
        }
        found++;
    }
    if (found == 0) {
        xd_report(r, SP_XML_STRUCTURE, "it refers to nothing", NULL);
    }
    return manifest ? 0 : follow_manifests(r, from);
}
