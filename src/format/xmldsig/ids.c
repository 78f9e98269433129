/*
 * ids - which element an Id names. Documents are read without a DTD, so no attribute is an ID by
 * itself; these are taken for one (XML Signature 4.4.3.2 and what the vocabularies in use declare).
 */
#include <stdlib.h>

#include "format/xmldsig/internal.h"

static bool named(const xmlChar *name, const char *const *list)
{
    for (; *list; list++) {
        if (strcmp((const char *)name, *list) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_id(const xmlAttr *at)
{
    static const char *const plain[] = {"Id",         "ID",        "id", "AssertionID",
                                        "ResponseID", "RequestID", NULL};
    if (!at->ns) {
        return named(at->name, plain);
    }
    bool xml = strcmp((const char *)at->ns->href, (const char *)XML_XML_NAMESPACE) == 0;
    bool wsu = strcmp((const char *)at->ns->href, NS_WSU) == 0;
    return (xml && strcmp((const char *)at->name, "id") == 0) ||
           (wsu && strcmp((const char *)at->name, "Id") == 0);
}

static int collect_element(struct xmldsig_file *f, xmlNode *node)
{
    for (const xmlAttr *at = node->properties; at; at = at->next) {
        if (!is_id(at)) {
            continue;
        }
        if (arena_grow(f->arena, (void **)&f->ids, &f->id_capacity, f->id_count + 1,
                       sizeof *f->ids)) {
            return -1;
        }
        f->ids[f->id_count++] = (struct xd_id){xml_attr_value(at), node};
    }
    return 0;
}

static int by_value(const void *a, const void *b)
{
    const struct xd_id *x = a, *y = b;
    int c = strcmp(x->value, y->value);
    uintptr_t p = (uintptr_t)x->node, q = (uintptr_t)y->node;
    return c ? c : (p > q) - (p < q);
}

int xd_ids_collect(struct xmldsig_file *f)
{
    const xmlNode *top = (const xmlNode *)f->doc->tree;
    for (xmlNode *n = xml_walk(top, top); n; n = xml_walk(top, n)) {
        if (n->type == XML_ELEMENT_NODE && collect_element(f, n)) {
            return -1;
        }
    }
    if (f->id_count) {
        qsort(f->ids, f->id_count, sizeof *f->ids, by_value);
    }
    return 0;
}

xmlNode *xd_ids_find(const struct xmldsig_file *f, const char *value, bool *ambiguous)
{
    size_t low = 0, high = f->id_count;
    *ambiguous = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(f->ids[middle].value, value) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == f->id_count || strcmp(f->ids[low].value, value) != 0) {
        return NULL;
    }
    /* One element may carry the same value in two attributes. */
    for (size_t i = low + 1; i < f->id_count && strcmp(f->ids[i].value, value) == 0; i++) {
        *ambiguous = *ambiguous || f->ids[i].node != f->ids[low].node;
    }
    return *ambiguous ? NULL : f->ids[low].node;
}

const char *xd_ids_twice(const struct xmldsig_file *f)
{
    for (size_t i = 1; i < f->id_count; i++) {
        if (strcmp(f->ids[i - 1].value, f->ids[i].value) == 0 &&
            f->ids[i - 1].node != f->ids[i].node) {
            return f->ids[i].value;
        }
    }
    return NULL;
}

const char *xd_id_of(const xmlNode *node)
{
    for (const xmlAttr *at = node->properties; at; at = at->next) {
        if (is_id(at)) {
            return xml_attr_value(at);
        }
    }
    return NULL;
}
