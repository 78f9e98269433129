/*
 * stamp - what the time-stamps of XAdES are over (EN 319 132-1 5.2.8, 5.3, 5.5.2).
 *
 * The message of a time-stamp is a row of pieces, each in canonical form by the time-stamp's own
 * method. What is not read: IndividualDataObjectsTimeStamp, the time-stamps over references.
 */
#include "format/xmldsig/internal.h"

struct message {
    struct xmldsig *s;
    const struct xd_stamp *stamp;
    struct span content;
    struct span *parts;
    size_t count, capacity;
    bool incomplete; /* a piece cannot be had */
};

static int add(struct message *m, struct span part)
{
    if (arena_grow(m->s->arena, (void **)&m->parts, &m->capacity, m->count + 1, sizeof *m->parts)) {
        return -1;
    }
    m->parts[m->count++] = part;
    return 0;
}

static int add_element(struct message *m, xmlNode *node)
{
    struct xmldsig *s = m->s;
    struct xml_view view = {.doc = s->file->doc, .apex = node};
    enum xml_c14n_answer answer;
    struct span form;
    if (!node) {
        return 0;
    }
    if (xml_canonical_bytes(s->arena, &view, &m->stamp->method, &s->file->budget, XD_MAX_OCTETS,
                            &form, &answer)) {
        return -1;
    }
    m->incomplete = m->incomplete || !form.p;
    return form.p ? add(m, form) : 0;
}

/* What the references of SignedInfo stand for, in their order; without the properties where only
 * data objects count. */
static int add_references(struct message *m, bool all)
{
    struct xmldsig *s = m->s;
    for (size_t i = 0; i < s->reference_count; i++) {
        struct xd_reference *ref = &s->references[i];
        enum xd_outcome outcome = XD_NO_FORM;
        struct span octets = SPAN_NONE;
        bool own = ref->apex && s->properties && ref->apex == s->properties;
        if (ref->in_manifest || (own && !all)) {
            continue;
        }
        if (!ref->refused &&
            xd_reference_octets(s, ref, m->content, &m->stamp->method, &octets, &outcome)) {
            return -1;
        }
        if (outcome != XD_DIGESTED) {
            m->incomplete = true;
        } else if (add(m, octets)) {
            return -1;
        }
    }
    return 0;
}

static bool is_referenced(const struct xmldsig *s, const xmlNode *object)
{
    for (size_t i = 0; i < s->reference_count; i++) {
        if (!s->references[i].in_manifest && s->references[i].apex == object) {
            return true;
        }
    }
    return false;
}

/* 5.5.2.2: references, SignedInfo, SignatureValue, KeyInfo, the unsigned properties before this
 * one, and the objects that no reference is over. */
static int add_archive(struct message *m)
{
    struct xmldsig *s = m->s;
    if (add_references(m, true)) {
        return -1;
    }
    for (xmlNode *n = xml_first(s->node); n; n = xml_next(n)) {
        if (!xml_is(n, NS_DS, "Object") && add_element(m, n)) {
            return -1;
        }
    }
    for (xmlNode *n = xml_first(m->stamp->node->parent); n && n != m->stamp->node;
         n = xml_next(n)) {
        if (add_element(m, n)) {
            return -1;
        }
    }
    for (xmlNode *n = xml_first(s->node); n; n = xml_next(n)) {
        bool other = xml_is(n, NS_DS, "Object") && !xml_inside(s->qualifying, n);
        if (other && !is_referenced(s, n) && add_element(m, n)) {
            return -1;
        }
    }
    return 0;
}

size_t xmldsig_stamp_count(const struct xmldsig *s)
{
    return s->stamp_count;
}

int xmldsig_stamp(struct xmldsig *s, size_t index, struct span content,
                  struct xmldsig_stamp_view *out)
{
    const struct xd_stamp *stamp = &s->stamps[index];
    struct message m = {.s = s, .stamp = stamp, .content = xd_content(s, content)};
    int rc = stamp->kind == XMLDSIG_STAMP_ARCHIVE ? add_archive(&m)
             : stamp->kind == XMLDSIG_STAMP_CONTENT
                 ? add_references(&m, false)
                 : add_element(&m, xml_child(s->node, NS_DS, "SignatureValue"));
    *out = (struct xmldsig_stamp_view){.kind = stamp->kind,
                                       .token = stamp->token,
                                       .parts = m.parts,
                                       .part_count = m.count,
                                       .incomplete = m.incomplete,
                                       .before = stamp->before,
                                       .crls = stamp->crls,
                                       .ocsps = stamp->ocsps,
                                       .certificates = stamp->certificates};
    return rc;
}
