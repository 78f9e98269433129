/*
 * relationship - the Relationships transform of Open Packaging (ISO/IEC 29500-2 12.2.4.26), and
 * what a signature is over outside its document.
 *
 * The chosen relationships are written in canonical form, sorted by Id; the canonicalisation that
 * follows changes nothing any more. A second form is what the xmlsec library makes of a list with
 * white space in it, which is how LibreOffice writes one when it signs.
 */
#include <stdlib.h>

#include "base/buffer.h"
#include "format/xmldsig/internal.h"

#define NS_CHOICE "http://schemas.openxmlformats.org/package/2006/digital-signature"
#define NS_LIST   "http://schemas.openxmlformats.org/package/2006/relationships"

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static bool is_chosen(const xmlNode *transform, const xmlNode *relationship)
{
    const char *id = xml_attr(relationship, "Id"), *type = xml_attr(relationship, "Type");
    for (const xmlNode *n = xml_first(transform); n; n = xml_next(n)) {
        if (xml_is(n, NS_CHOICE, "RelationshipReference") && same(xml_attr(n, "SourceId"), id)) {
            return true;
        }
        if (xml_is(n, NS_CHOICE, "RelationshipsGroupReference") &&
            same(xml_attr(n, "SourceType"), type)) {
            return true;
        }
    }
    return false;
}

/* Office leaves these out: they change when the file is signed or its properties are shown. */
static bool may_be_left_out(const xmlNode *relationship)
{
    static const char *const ends[] = {"/digital-signature/origin", "/core-properties",
                                       "/extended-properties", "/metadata/thumbnail"};
    const char *type = xml_attr(relationship, "Type");
    size_t n = type ? strlen(type) : 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t k = strlen(ends[i]);
        if (n >= k && strcmp(type + n - k, ends[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* An attribute value as Canonical XML 1.0 writes it. */
static void put_attribute(struct buffer *b, const char *name, const char *value)
{
    buffer_printf(b, " %s=\"", name);
    for (; *value; value++) {
        switch (*value) {
        case '&':
            buffer_str(b, "&amp;");
            break;
        case '<':
            buffer_str(b, "&lt;");
            break;
        case '"':
            buffer_str(b, "&quot;");
            break;
        case '\t':
            buffer_str(b, "&#x9;");
            break;
        case '\n':
            buffer_str(b, "&#xA;");
            break;
        case '\r':
            buffer_str(b, "&#xD;");
            break;
        default:
            buffer_char(b, *value);
        }
    }
    buffer_char(b, '"');
}

static int by_id(const void *a, const void *b)
{
    const xmlNode *const *x = a, *const *y = b;
    return strcmp(xml_attr(*x, "Id"), xml_attr(*y, "Id"));
}

static bool is_blank(const xmlNode *n)
{
    return n->type == XML_TEXT_NODE && xmlIsBlankNode(n) == 1;
}

/* White space as xmlsec writes it, in front of the relationships: as elements named like the kind
 * of node. Nothing else in a list can look like that, so the form still stands for one choice. */
static void put_blanks(struct buffer *b, const xmlNode *root)
{
    for (const xmlNode *n = root->children; n; n = n->next) {
        if (is_blank(n)) {
            buffer_str(b, "<text></text>");
        }
    }
}

/* blanks: the root element whose white space counts, or NULL. */
static int write_list(struct arena *a, const xmlNode **list, size_t count, const xmlNode *blanks,
                      struct span *out)
{
    struct buffer b;
    buffer_init(&b, XD_MAX_OCTETS);
    if (count) {
        qsort(list, count, sizeof(xmlNode *), by_id);
    }
    buffer_str(&b, "<Relationships xmlns=\"" NS_LIST "\">");
    if (blanks) {
        put_blanks(&b, blanks);
    }
    for (size_t i = 0; i < count; i++) {
        const char *mode = xml_attr(list[i], "TargetMode");
        const char *target = xml_attr(list[i], "Target"), *type = xml_attr(list[i], "Type");
        buffer_str(&b, "<Relationship");
        put_attribute(&b, "Id", xml_attr(list[i], "Id"));
        put_attribute(&b, "Target", target ? target : "");
        put_attribute(&b, "TargetMode", mode ? mode : "Internal");
        put_attribute(&b, "Type", type ? type : "");
        buffer_str(&b, "></Relationship>");
    }
    buffer_str(&b, "</Relationships>");
    *out = buffer_ok(&b) ? arena_dup(a, buffer_span(&b)) : SPAN_NONE;
    bool full = b.full;
    buffer_free(&b);
    return out->p || full ? 0 : -1;
}

int xmldsig_relationships(struct arena *a, const xmlNode *transform, struct span part, bool blanks,
                          struct span *out, bool *complete)
{
    struct xml_doc *doc;
    enum xml_answer answer;
    const char *why;
    size_t count = 0, capacity = 0;
    const xmlNode **list = NULL;
    *out = SPAN_NONE;
    *complete = false;
    if (xml_parse(a, part, &doc, &answer, &why)) {
        return -1;
    }
    if (!doc || !xml_is(doc->root, NS_LIST, "Relationships")) {
        return 0;
    }
    *complete = true;
    for (const xmlNode *n = xml_first(doc->root); n; n = xml_next(n)) {
        bool plain = xml_is(n, NS_LIST, "Relationship") && xml_attr(n, "Id") && !xml_first(n);
        if (!plain || !is_chosen(transform, n)) {
            *complete = *complete && plain && may_be_left_out(n);
            continue;
        }
        if (arena_grow(a, (void **)&list, &capacity, count + 1, sizeof *list)) {
            return -1;
        }
        list[count++] = n;
    }
    return write_list(a, list, count, blanks ? doc->root : NULL, out);
}

bool xmldsig_part(const struct xmldsig *s, size_t index, struct xmldsig_part *out)
{
    if (index >= s->reference_count) {
        return false;
    }
    const struct xd_reference *ref = &s->references[index];
    *out = (struct xmldsig_part){0};
    if (ref->target != XD_OUTSIDE || ref->refused) {
        return true;
    }
    out->uri = ref->uri;
    for (size_t i = 0; i < ref->transform_count; i++) {
        const struct xd_transform *t = &ref->transforms[i];
        if (t->kind == XD_RELATIONSHIP) {
            out->relationships = t->node;
        } else if (t->kind != XD_C14N) {
            out->uri = NULL;
        }
    }
    return true;
}
