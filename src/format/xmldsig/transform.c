/*
 * transform - ds:Transforms: which are followed, and what they leave of the target (XML Signature
 * 1.1 clause 6.6).
 *
 * Transforms that choose nodes come first and are worked out when the signature is read, so that
 * the report can say what it covers; transforms that make octets follow and are run when the digest
 * is made. XSLT and every other transform is refused.
 */
#include "format/xmldsig/internal.h"

struct transform_name {
    const char *uri;
    enum xd_transform_kind kind;
};

static const struct transform_name names[] = {
    {NS_DS "enveloped-signature", XD_ENVELOPED},
    {NS_DS "base64", XD_BASE64},
    {"http://www.w3.org/TR/1999/REC-xpath-19991116", XD_XPATH},
    {NS_FILTER2, XD_FILTER2},
    {"http://schemas.openxmlformats.org/package/2006/RelationshipTransform", XD_RELATIONSHIP},
};

/* InclusiveNamespaces PrefixList="a b #default" (Exclusive XML Canonicalization clause 3). */
int xd_read_prefixes(struct arena *a, const xmlNode *element, struct xml_method *out)
{
    const xmlNode *n = xml_child(element, NS_EXC, "InclusiveNamespaces");
    const char *list = n ? xml_attr(n, "PrefixList") : NULL;
    if (!list || out->mode != XML_C14N_EXCLUSIVE) {
        return 0;
    }
    size_t length = strlen(list), count = 0;
    xmlChar **prefixes = arena_array(a, length / 2 + 2, sizeof *prefixes);
    char *copy = arena_str(a, span_str(list)), *state = NULL;
    if (!prefixes || !copy) {
        return -1;
    }
    for (char *p = strtok_r(copy, " \t\r\n", &state); p && count < XML_MAX_NAMESPACES;
         p = strtok_r(NULL, " \t\r\n", &state)) {
        prefixes[count++] = (xmlChar *)p;
    }
    out->prefixes = prefixes;
    return 0;
}

static bool kind_of(const char *uri, struct xd_transform *out)
{
    if (xd_canonical_method(uri, &out->method)) {
        out->kind = XD_C14N;
        return true;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(uri, names[i].uri) == 0) {
            out->kind = names[i].kind;
            return true;
        }
    }
    return false;
}

int xd_read_transforms(const struct xd_reader *r, const xmlNode *transforms,
                       struct xd_reference *ref)
{
    for (const xmlNode *n = xml_first(transforms); n; n = xml_next(n)) {
        const char *uri = xml_attr(n, "Algorithm");
        struct xd_transform t = {.node = n};
        if (!xml_is(n, NS_DS, "Transform") || !uri) {
            xd_report(r, SP_XML_STRUCTURE, "Transforms is not as the standard has it", NULL);
            ref->refused = true;
            return 0;
        }
        if (!kind_of(uri, &t) || ref->transform_count >= XD_MAX_TRANSFORMS) {
            xd_report(r, SP_XML_TRANSFORM, uri, NULL);
            ref->refused = true;
            return 0;
        }
        if (t.kind == XD_C14N && xd_read_prefixes(r->s->arena, n, &t.method)) {
            return -1;
        }
        ref->octets = ref->octets || t.kind == XD_BASE64 || t.kind == XD_RELATIONSHIP;
        ref->transforms[ref->transform_count++] = t;
    }
    return 0;
}

int xd_without(struct arena *a, struct xd_reference *ref, xmlNode *node)
{
    size_t n = ref->without_count;
    /* A list that doubles: its room is the next power of two. */
    if ((n & (n - 1)) == 0) {
        xmlNode **list = arena_array(a, n ? 2 * n : 1, sizeof(xmlNode *));
        if (!list) {
            return -1;
        }
        for (size_t i = 0; i < n; i++) {
            list[i] = ref->without[i];
        }
        ref->without = list;
    }
    ref->without[ref->without_count++] = node;
    return 0;
}

static int choose(const struct xd_reader *r, struct xd_reference *ref, const struct xd_transform *t)
{
    struct xmldsig *s = r->s;
    bool known = true;
    int rc = 0;
    if (t->kind == XD_ENVELOPED) {
        /* 6.6.4: what stands in the signature is taken out with it; then nothing is left. */
        if (ref->apex && xml_inside(ref->apex, s->node)) {
            known = false;
        } else if (!ref->apex || xml_inside(s->node, ref->apex)) {
            rc = xd_without(s->arena, ref, s->node);
        }
    } else if (t->kind == XD_XPATH) {
        rc = xd_xpath(s, t->node, ref, &known);
    } else {
        rc = xd_filter2(s, t->node, ref, &known);
    }
    if (rc == 0 && s->file->exhausted) {
        xd_report(r, SP_ENGINE_LIMIT, "XML work", NULL);
        ref->refused = true;
    } else if (rc == 0 && !known) {
        xd_report(r, SP_XML_TRANSFORM, xml_attr(t->node, "Algorithm"), NULL);
        ref->refused = true;
    }
    return rc;
}

int xd_select(const struct xd_reader *r, struct xd_reference *ref)
{
    bool octets = ref->target == XD_OUTSIDE;
    for (size_t i = 0; i < ref->transform_count && !ref->refused; i++) {
        const struct xd_transform *t = &ref->transforms[i];
        bool chooses = t->kind == XD_ENVELOPED || t->kind == XD_XPATH || t->kind == XD_FILTER2;
        if (!chooses) {
            octets = true;
        } else if (octets) {
            xd_report(r, SP_XML_TRANSFORM, xml_attr(t->node, "Algorithm"), NULL);
            ref->refused = true;
        } else if (choose(r, ref, t)) {
            return -1;
        }
    }
    return 0;
}
