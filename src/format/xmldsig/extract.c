/*
 * extract - finds the signatures of an XML document and reads each (XML Signature 1.1 clause 4).
 */
#include "base/utc.h"
#include "format/xmldsig/internal.h"

bool xd_spend(struct xmldsig_file *f, uint64_t steps)
{
    if (steps > f->budget.left) {
        f->exhausted = true;
        f->budget.left = 0;
        return false;
    }
    f->budget.left -= steps;
    return true;
}

const struct xmldsig_view *xmldsig_view(const struct xmldsig *s)
{
    return &s->view;
}

const struct xmldsig *xmldsig_parent(const struct xmldsig *s)
{
    return s->parent;
}

static int broken(const struct xd_reader *r, const char *why)
{
    r->e->broken = true;
    xd_report(r, SP_XML_STRUCTURE, why, NULL);
    return 0;
}

/* Elements and white space only. */
static bool holds_elements(const xmlNode *node)
{
    for (const xmlNode *n = node->children; n; n = n->next) {
        bool text = n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE;
        if (text && !xml_blank(span_str((const char *)n->content))) {
            return false;
        }
    }
    return true;
}

/* Signature ::= SignedInfo, SignatureValue, KeyInfo?, Object*. NULL when it is so. */
static const char *shape_fault(struct xmldsig *s, const xmlNode **value)
{
    xmlNode *info = xml_first(s->node);
    *value = info ? xml_next(info) : NULL;
    xmlNode *rest = *value ? xml_next(*value) : NULL;
    if (!xml_is(info, NS_DS, "SignedInfo") || !xml_is(*value, NS_DS, "SignatureValue")) {
        return "SignedInfo and SignatureValue do not come first";
    }
    if (xml_is(rest, NS_DS, "KeyInfo")) {
        s->key_info = rest;
        rest = xml_next(rest);
    }
    for (; rest; rest = xml_next(rest)) {
        if (!xml_is(rest, NS_DS, "Object")) {
            return "something else stands among its parts";
        }
    }
    s->signed_info = info;
    return holds_elements(s->node) && holds_elements(info) ? NULL : "text stands among its parts";
}

static int read_methods(const struct xd_reader *r, const xmlNode *canonical, const xmlNode *method)
{
    struct xmldsig *s = r->s;
    const char *uri = xml_attr(canonical, "Algorithm"), *name = xml_attr(method, "Algorithm");
    bool known = false;
    if (!uri || !name) {
        return broken(r, "a method has no Algorithm");
    }
    if (!xd_canonical_method(uri, &s->method)) {
        r->e->broken = true;
        xd_report(r, SP_XML_TRANSFORM, uri, NULL);
        return 0;
    }
    if (xd_read_prefixes(s->arena, canonical, &s->method) ||
        xd_signature_method(s->arena, method, &s->view.alg, &known)) {
        return -1;
    }
    if (!known) {
        xd_report(r, xd_is_mac(name) ? SP_XML_MAC : SP_XML_ALGORITHM, name, NULL);
        s->view.alg.family = SIG_NONE;
    }
    return 0;
}

/* The weakest digest is the one policy asks about: the shortest, and of those the oldest. */
static void weakest_digest(struct xmldsig *s)
{
    enum oid weakest = OID_UNKNOWN;
    for (size_t i = 0; i <= s->reference_count; i++) {
        enum oid d = i < s->reference_count ? s->references[i].digest : s->view.alg.digest;
        size_t n = algorithm_digest_size(d), least = algorithm_digest_size(weakest);
        if (n && (!least || n < least || (n == least && d < weakest))) {
            weakest = d;
        }
    }
    s->view.digest = weakest;
}

static int read_signature(const struct xd_reader *r)
{
    struct xmldsig *s = r->s;
    const xmlNode *value, *canonical, *method;
    const char *fault = shape_fault(s, &value);
    canonical = fault ? NULL : xml_first(s->signed_info);
    method = canonical ? xml_next(canonical) : NULL;
    if (!fault && (!xml_is(canonical, NS_DS, "CanonicalizationMethod") ||
                   !xml_is(method, NS_DS, "SignatureMethod"))) {
        fault = "SignedInfo is not as the standard has it";
    }
    if (fault) {
        return broken(r, fault);
    }
    if (xml_base64(s->arena, value, &s->view.value)) {
        return -1;
    }
    if (!s->view.value.n) {
        return broken(r, "SignatureValue is empty or no base64");
    }
    r->e->blob = s->view.value;
    if (read_methods(r, canonical, method) || r->e->broken) {
        return r->e->broken ? 0 : -1;
    }
    if (xd_read_references(r, s->signed_info, false) || xd_read_key_info(r) || xd_read_xades(r)) {
        return -1;
    }
    weakest_digest(s);
    return xd_cover(r);
}

static bool is_counter(const xmlNode *node)
{
    return node->parent && xd_is_xades(node->parent, "CounterSignature");
}

static int find_signatures(struct xmldsig_file *f, struct extraction *out)
{
    const xmlNode *top = (const xmlNode *)f->doc->tree;
    for (xmlNode *n = xml_walk(top, top); n; n = xml_walk(top, n)) {
        f->node_count++;
        if (!xml_is(n, NS_DS, "Signature")) {
            continue;
        }
        if (arena_grow(f->arena, (void **)&f->signatures, &f->signature_capacity,
                       f->signature_count + 1, sizeof *f->signatures)) {
            return -1;
        }
        f->signatures[f->signature_count++] = (struct xd_found){.node = n};
    }
    for (size_t i = 0; i < f->signature_count; i++) {
        f->signatures[i].node->psvi = &f->signatures[i];
    }
    if (f->signature_count > XD_MAX_SIGNATURES) {
        finding_add(f->arena, out->document, SP_ENGINE_LIMIT, "document", "XML signatures", NULL);
    }
    return 0;
}

/* A counter-signature's parent is the signature it stands in; it comes before it in the list. */
static const struct xmldsig *parent_of(const struct xmldsig_file *f, const struct extraction *out,
                                       size_t index)
{
    const xmlNode *self = f->signatures[index].node, *n = self;
    if (!is_counter(n)) {
        return NULL;
    }
    while (n && (n == self || !xml_is(n, NS_DS, "Signature"))) {
        n = n->parent;
    }
    for (size_t i = index; n && i-- > 0;) {
        if (f->signatures[i].node == n) {
            return out->signatures[i].xml;
        }
    }
    return NULL;
}

static int read_all(struct xmldsig_file *f, struct extraction *out)
{
    size_t count = f->signature_count < XD_MAX_SIGNATURES ? f->signature_count : XD_MAX_SIGNATURES;
    out->signatures = arena_array(f->arena, count + 1, sizeof *out->signatures);
    if (!out->signatures) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        struct extracted *e = &out->signatures[i];
        struct xmldsig *s = arena_alloc(f->arena, sizeof *s);
        if (!s) {
            return -1;
        }
        *s = (struct xmldsig){.file = f, .arena = f->arena, .node = f->signatures[i].node};
        s->parent = parent_of(f, out, i);
        *e = (struct extracted){
            .kind = SP_KIND_XMLDSIG, .blob_kind = BLOB_XML, .claimed_time = UTC_NONE, .xml = s};
        findings_init(&e->findings);
        struct xd_reader r = {.s = s, .e = e, .where = "signature"};
        if (read_signature(&r)) {
            return -1;
        }
    }
    out->count = count;
    return 0;
}

static void refuse(struct arena *a, struct sp_findings *findings, enum xml_answer answer,
                   const char *why)
{
    static const enum sp_reason reasons[] = {
        [XML_BROKEN] = SP_XML_MALFORMED,
        [XML_DOCTYPE] = SP_XML_HAS_DOCTYPE,
        [XML_ENCODING] = SP_XML_UNKNOWN_ENCODING,
        [XML_LIMIT] = SP_ENGINE_LIMIT,
    };
    finding_add(a, findings, reasons[answer], "document", why, NULL);
}

int xmldsig_extract(struct arena *a, struct span file, xmldsig_resolver *resolve, void *ctx,
                    struct extraction *out)
{
    struct xmldsig_file *f = arena_alloc(a, sizeof *f);
    enum xml_answer answer;
    const char *why;
    out->format = "XML";
    if (!f) {
        return -1;
    }
    *f = (struct xmldsig_file){
        .arena = a, .budget = {XML_BUDGET}, .resolve = resolve, .resolve_ctx = ctx};
    if (xml_parse(a, file, &f->doc, &answer, &why)) {
        return -1;
    }
    if (answer != XML_READ) {
        refuse(a, out->document, answer, why);
        return 0;
    }
    if (xd_ids_collect(f) || find_signatures(f, out) || read_all(f, out)) {
        return -1;
    }
    const char *twice = out->count ? xd_ids_twice(f) : NULL;
    if (twice) {
        finding_add(a, out->document, SP_XML_ID_TWICE, "document", twice, NULL);
    }
    if (out->count && !resolve) { /* no signature file of a container */
        xd_shown(f, out->document);
    }
    return 0;
}
