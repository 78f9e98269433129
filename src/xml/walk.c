/*
 * walk - moving through a document and taking values out of it. See xml.h.
 */
#include "xml/xml.h"

#include "asn1/armor.h"

static bool same(const xmlChar *a, const char *b)
{
    return strcmp((const char *)a, b) == 0;
}

bool xml_is(const xmlNode *node, const char *ns, const char *name)
{
    if (!node || node->type != XML_ELEMENT_NODE || !same(node->name, name)) {
        return false;
    }
    return ns ? node->ns && node->ns->href && same(node->ns->href, ns)
              : !node->ns || !node->ns->href;
}

xmlNode *xml_first(const xmlNode *parent)
{
    xmlNode *n = parent->children;
    while (n && n->type != XML_ELEMENT_NODE) {
        n = n->next;
    }
    return n;
}

xmlNode *xml_next(const xmlNode *node)
{
    xmlNode *n = node->next;
    while (n && n->type != XML_ELEMENT_NODE) {
        n = n->next;
    }
    return n;
}

xmlNode *xml_child(const xmlNode *parent, const char *ns, const char *name)
{
    xmlNode *n = xml_first(parent);
    return n && !xml_is(n, ns, name) ? xml_next_named(n, ns, name) : n;
}

xmlNode *xml_next_named(const xmlNode *node, const char *ns, const char *name)
{
    xmlNode *n = xml_next(node);
    while (n && !xml_is(n, ns, name)) {
        n = xml_next(n);
    }
    return n;
}

xmlNode *xml_walk(const xmlNode *top, const xmlNode *node)
{
    if (node->type != XML_ENTITY_REF_NODE && node->children) {
        return node->children;
    }
    while (node != top && !node->next) {
        node = node->parent;
    }
    return node == top ? NULL : node->next;
}

bool xml_inside(const xmlNode *node, const xmlNode *top)
{
    while (node && node != top) {
        node = node->parent;
    }
    return node != NULL;
}

const char *xml_attr_value(const xmlAttr *attr)
{
    const xmlNode *text = attr->children;
    return text && text->content ? (const char *)text->content : "";
}

const char *xml_attr(const xmlNode *node, const char *name)
{
    for (const xmlAttr *at = node->properties; at; at = at->next) {
        if (!at->ns && same(at->name, name)) {
            return xml_attr_value(at);
        }
    }
    return NULL;
}

static bool is_text(const xmlNode *n)
{
    return n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE;
}

int xml_text(struct arena *a, const xmlNode *node, struct span *out)
{
    size_t total = 0, n = 0;
    *out = SPAN_NONE;
    for (const xmlNode *c = node->children; c; c = c->next) {
        if (is_text(c)) {
            total += c->content ? strlen((const char *)c->content) : 0;
        } else if (c->type != XML_COMMENT_NODE && c->type != XML_PI_NODE) {
            return 0;
        }
    }
    uint8_t *p = arena_alloc(a, total + 1);
    if (!p) {
        return -1;
    }
    for (const xmlNode *c = node->children; c; c = c->next) {
        struct span text = is_text(c) ? span_str((const char *)c->content) : SPAN_NONE;
        if (text.n) {
            memcpy(p + n, text.p, text.n);
            n += text.n;
        }
    }
    *out = span_make(p, n);
    return 0;
}

int xml_word(struct arena *a, const xmlNode *node, const char **out)
{
    struct span text;
    *out = NULL;
    if (xml_text(a, node, &text)) {
        return -1;
    }
    if (!text.p) {
        return 0;
    }
    while (text.n && xml_blank(span_sub(text, 0, 1))) {
        text = span_sub(text, 1, text.n);
    }
    while (text.n && xml_blank(span_sub(text, text.n - 1, 1))) {
        text.n--;
    }
    *out = arena_str(a, text);
    return *out ? 0 : -1;
}

int xml_base64(struct arena *a, const xmlNode *node, struct span *out)
{
    struct span text;
    *out = SPAN_NONE;
    if (xml_text(a, node, &text)) {
        return -1;
    }
    return text.p ? armor_base64(a, text, out) : 0;
}
