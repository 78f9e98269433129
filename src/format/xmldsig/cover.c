/*
 * cover - what a signature covers, in words, and whether that is the whole document.
 *
 * Whole means: every element, attribute, text and instruction of the document is inside what some
 * reference of the signature covers, but for ds:Signature elements themselves; and inside those
 * nothing that is not part of a signature stands unsigned. A program that reads the document then
 * cannot find anything in it that the signer did not sign, wherever an attacker has moved the
 * signed part.
 */
#include <stdlib.h>

#include "format/xmldsig/internal.h"

enum {
    NAMED_MAX = 3, /* parts named in a sentence */
    MAX_NAMES = 8  /* of a KeyInfo, compared with the certificates */
};

struct covering {
    const struct xd_reader *r;
    struct xmldsig *s;
    const struct xd_reference **by_apex; /* followed references into the document, sorted */
    size_t count;
};

static int by_apex(const void *a, const void *b)
{
    const struct xd_reference *const *x = a, *const *y = b;
    uintptr_t p = (uintptr_t)(*x)->apex, q = (uintptr_t)(*y)->apex;
    return (p > q) - (p < q);
}

static int collect(struct covering *c)
{
    struct xmldsig *s = c->s;
    c->by_apex = arena_array(s->arena, s->reference_count + 1, sizeof(struct xd_reference *));
    if (!c->by_apex) {
        return -1;
    }
    for (size_t i = 0; i < s->reference_count; i++) {
        const struct xd_reference *ref = &s->references[i];
        if (!ref->refused && ref->target != XD_OUTSIDE) {
            c->by_apex[c->count++] = ref;
        }
        s->view.detached = s->view.detached || ref->target == XD_OUTSIDE;
    }
    if (c->count) {
        qsort(c->by_apex, c->count, sizeof(struct xd_reference *), by_apex);
    }
    return 0;
}

/* The references whose apex is this node (NULL: the document). */
static size_t first_at(const struct covering *c, const xmlNode *node)
{
    size_t low = 0, high = c->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((uintptr_t)c->by_apex[middle]->apex < (uintptr_t)node) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* What base64 decodes is the text alone: it covers an element that holds nothing else. */
static bool covers_all_inside(const struct xd_reference *ref)
{
    bool text = ref->apex && xd_own_attributes(ref->apex);
    for (const xmlNode *n = text ? ref->apex->children : NULL; n; n = n->next) {
        text = text && n->type != XML_ELEMENT_NODE && n->type != XML_PI_NODE;
    }
    return !ref->octets || text;
}

static bool is_covered(const struct covering *c, const xmlNode *node)
{
    for (size_t i = first_at(c, node); i < c->count && c->by_apex[i]->apex == node; i++) {
        if (c->by_apex[i]->without_count == 0 && covers_all_inside(c->by_apex[i])) {
            return true;
        }
    }
    return false;
}

/* The node behind n and all that is inside n, within top. */
static const xmlNode *behind(const xmlNode *top, const xmlNode *n)
{
    while (n != top && !n->next) {
        n = n->parent;
    }
    return n == top ? NULL : n->next;
}

static bool is_content(const xmlNode *n)
{
    bool text = n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE;
    const char *s = text && n->content ? (const char *)n->content : "";
    return n->type == XML_ELEMENT_NODE || n->type == XML_PI_NODE || s[strspn(s, " \t\r\n")];
}

static bool of_signatures(const xmlNode *n)
{
    static const char etsi[] = "http://uri.etsi.org/01903/";
    const char *ns = n->ns && n->ns->href ? (const char *)n->ns->href : "";
    return strcmp(ns, NS_DS) == 0 || strcmp(ns, NS_DS11) == 0 ||
           strncmp(ns, etsi, sizeof etsi - 1) == 0;
}

/* An element or a text that belongs to signatures. */
static bool is_own(const xmlNode *n)
{
    return n->type == XML_ELEMENT_NODE ? of_signatures(n) && xd_own_attributes(n)
           : n->type == XML_PI_NODE    ? false
                                       : n->type == XML_COMMENT_NODE || xd_own_text(n);
}

/* Nothing stands in a ds:Signature but what belongs to one, and what c covers (NULL: nothing). */
static bool holds_no_other(const struct covering *c, const xmlNode *signature)
{
    const xmlNode *n = xml_walk(signature, signature);
    if (!xd_own_attributes(signature)) {
        return false;
    }
    while (n) {
        bool skip = (c && is_covered(c, n)) || xml_is(n, NS_DS, "SignedInfo");
        if (!skip && !is_own(n)) {
            return false;
        }
        n = skip ? behind(signature, n) : xml_walk(signature, n);
    }
    return true;
}

/* A ds:Signature that is not itself covered holds nothing but what belongs to a signature. Most do
 * whatever is covered, and are looked at once. */
static bool is_pure(const struct covering *c, const xmlNode *signature)
{
    struct xd_found *found = signature->psvi;
    if (found && !found->looked) {
        found->looked = true;
        found->pure = holds_no_other(NULL, signature);
    }
    return (found && found->pure) || holds_no_other(c, signature);
}

/* Some reference covers all of the node but for pure signatures. */
static bool covers_but_signatures(const struct covering *c, const xmlNode *node)
{
    for (size_t i = first_at(c, node); i < c->count && c->by_apex[i]->apex == node; i++) {
        const struct xd_reference *ref = c->by_apex[i];
        bool all = covers_all_inside(ref);
        for (size_t k = 0; all && k < ref->without_count; k++) {
            all = xml_is(ref->without[k], NS_DS, "Signature") && is_pure(c, ref->without[k]);
        }
        if (all) {
            return true;
        }
    }
    return false;
}

/* Nothing of the document is left unsigned. */
static bool is_whole(struct covering *c)
{
    struct xmldsig *s = c->s;
    const xmlNode *top = (const xmlNode *)s->file->doc->tree;
    if (!xd_spend(s->file, 2 * s->file->node_count)) {
        xd_report(c->r, SP_ENGINE_LIMIT, "XML work", NULL);
        return false;
    }
    if (covers_but_signatures(c, NULL)) {
        return true;
    }
    const xmlNode *n = xml_walk(top, top);
    while (n) {
        bool skip = covers_but_signatures(c, n) || !is_content(n);
        if (!skip && xml_is(n, NS_DS, "Signature") && is_pure(c, n)) {
            skip = true;
        } else if (!skip) {
            return false;
        }
        n = behind(top, n);
    }
    return c->count > 0 || s->view.detached;
}

static bool keeps_comments(const struct xd_reference *ref)
{
    bool kept = false;
    for (size_t i = 0; i < ref->transform_count; i++) {
        if (ref->transforms[i].kind == XD_C14N) {
            kept = ref->transforms[i].method.comments;
            break;
        }
    }
    return kept && ref->comments;
}

/* Text (or an instruction) that is not only white space. */
static bool is_words(const xmlNode *n)
{
    return n && n->type != XML_ELEMENT_NODE && n->type != XML_COMMENT_NODE && is_content(n);
}

/* Comments that are not signed: harmless between elements, but inside a text some programs read
 * only what stands before them. */
static void check_comments(const struct covering *c, const struct xd_reference *ref, size_t *count)
{
    struct xmldsig *s = c->s;
    const xmlNode *top = ref->apex ? ref->apex : s->file->doc->root;
    if (keeps_comments(ref) || !xd_spend(s->file, s->file->node_count)) {
        return;
    }
    bool words = false; /* stood before the comments that are being passed */
    for (const xmlNode *n = top, *next; n; n = next) {
        bool apart = n != top && xml_is(n, NS_DS, "Signature");
        next = apart ? behind(top, n) : xml_walk(top, n);
        if (n->type != XML_COMMENT_NODE) {
            continue;
        }
        ++*count;
        words = (n->prev && n->prev->type == XML_COMMENT_NODE && words) || is_words(n->prev);
        if ((words || is_words(n->next)) &&
            !finding_has(&c->r->e->findings, SP_XML_COMMENT_IN_TEXT)) {
            char *line = arena_printf(s->arena, "%ld", xmlGetLineNo(n));
            xd_report(c->r, SP_XML_COMMENT_IN_TEXT, line, NULL);
        }
    }
}

/* Those beside the root that no reference is over, and those in the signature itself. */
static void count_apart(const struct covering *c, size_t *count)
{
    const xmlNode *top = (const xmlNode *)c->s->file->doc->tree, *own = c->s->node;
    bool document = c->count && !c->by_apex[0]->apex;
    for (const xmlNode *n = document ? NULL : top->children; n; n = n->next) {
        *count += n->type == XML_COMMENT_NODE;
    }
    for (const xmlNode *n = xml_walk(own, own), *next; n; n = next) {
        bool kept = n == c->s->signed_info && c->s->method.comments;
        next = kept || is_covered(c, n) ? behind(own, n) : xml_walk(own, n);
        *count += n->type == XML_COMMENT_NODE;
    }
}

static char *part_name(struct arena *a, const struct xd_reference *ref, bool hindi)
{
    const char *id = ref->apex ? xd_id_of(ref->apex) : NULL;
    if (ref->target == XD_OUTSIDE) {
        return arena_printf(a, hindi ? "फ़ाइल %s" : "the file %s", ref->uri);
    }
    if (!ref->apex) {
        return arena_printf(a, "%s", hindi ? "दस्तावेज़ का एक भाग" : "a part of the document");
    }
    return id ? arena_printf(a, hindi ? "अवयव <%s> (Id \"%s\")" : "the element <%s> (Id \"%s\")",
                             (const char *)ref->apex->name, id)
              : arena_printf(a, hindi ? "अवयव <%s>" : "the element <%s>",
                             (const char *)ref->apex->name);
}

/* "the element <a> (Id "x"), the file b", cleaned: names are the document's. NULL on no memory. */
static char *parts(const struct covering *c, bool hindi)
{
    struct arena *a = c->s->arena;
    char *list = arena_printf(a, "%s", "");
    size_t named = 0;
    for (size_t i = 0; list && i < c->s->reference_count; i++) {
        const struct xd_reference *ref = &c->s->references[i];
        bool technical =
            ref->is_manifest || (ref->apex && xd_is_xades(ref->apex, "SignedProperties"));
        if (ref->refused || technical) {
            continue;
        }
        if (named == NAMED_MAX) {
            list = arena_printf(a, "%s ...", list);
            break;
        }
        char *part = part_name(a, ref, hindi);
        list = part ? arena_printf(a, "%s%s%s", list, named ? ", " : "", part) : NULL;
        named++;
    }
    if (list && named == 0) {
        list = arena_printf(a, "%s", hindi ? "कुछ नहीं" : "nothing");
    }
    return list ? finding_clean_text(a, span_str(list)) : NULL;
}

/* Then another finding says what is wrong, and what is covered cannot be told. */
static bool any_refused(const struct xmldsig *s)
{
    for (size_t i = 0; i < s->reference_count; i++) {
        if (s->references[i].refused) {
            return true;
        }
    }
    return s->reference_count == 0;
}

static int say_part(const struct covering *c)
{
    struct extracted *e = c->r->e;
    char *en = parts(c, false), *hi = parts(c, true);
    if (!en || !hi) {
        return -1;
    }
    if (!any_refused(c->s)) {
        xd_report(c->r, SP_XML_PARTIAL, en, NULL);
    }
    e->coverage =
        arena_printf(c->s->arena, "Only this is signed: %s. The rest of the file is not.", en);
    e->coverage_hi = arena_printf(c->s->arena, "केवल यह हस्ताक्षरित है: %s। फ़ाइल का शेष भाग नहीं।", hi);
    return e->coverage && e->coverage_hi ? 0 : -1;
}

/* A counter-signature is over the SignatureValue of the signature it stands in (EN 319 132-1
 * 5.2.7.1). */
static bool is_over_parent(const struct covering *c)
{
    const xmlNode *outer = c->s->node->parent;
    while (outer && !xml_is(outer, NS_DS, "Signature")) {
        outer = outer->parent;
    }
    const xmlNode *value = outer ? xml_child(outer, NS_DS, "SignatureValue") : NULL;
    return value && is_covered(c, value);
}

static int say(const struct covering *c)
{
    struct extracted *e = c->r->e;
    const struct xmldsig *s = c->s;
    if (s->parent && is_over_parent(c)) {
        e->coverage = "It signs the other signature, not the document itself.";
        e->coverage_hi = "यह दूसरे हस्ताक्षर पर हस्ताक्षर है, स्वयं दस्तावेज़ पर नहीं।";
    } else if (!s->in_whole) {
        return say_part(c);
    } else if (s->view.detached) {
        e->coverage = "A document that was not given is signed.";
        e->coverage_hi = "जिस दस्तावेज़ पर हस्ताक्षर हैं वह नहीं दिया गया।";
    } else if (s->node == s->file->doc->root) {
        e->coverage = "The whole content inside the XML signature is signed.";
        e->coverage_hi = "XML हस्ताक्षर के भीतर की पूरी सामग्री हस्ताक्षरित है।";
        e->covers_whole_document = true;
    } else {
        e->coverage = "The whole XML document is signed.";
        e->coverage_hi = "पूरा XML दस्तावेज़ हस्ताक्षरित है।";
        e->covers_whole_document = true;
    }
    return 0;
}

static int add_name(const struct covering *c, const xmlNode *n, struct xmldsig_name *list)
{
    struct xmldsig_view *v = &c->s->view;
    bool of_key = xml_is(n, NS_DS, "KeyName");
    bool named =
        of_key || xml_is(n, NS_DS, "X509SubjectName") || xml_is(n, NS_DS, "X509IssuerName");
    if (!named || v->name_count == MAX_NAMES || !n->children || is_covered(c, n->children)) {
        return 0;
    }
    list[v->name_count].of_key = of_key;
    return xml_text(c->s->arena, n, &list[v->name_count++].text);
}

/* The names of KeyInfo that are not signed, for the comparison with the certificates. */
static int collect_names(const struct covering *c)
{
    const xmlNode *info = c->s->key_info;
    struct xmldsig_name *list = info ? arena_array(c->s->arena, MAX_NAMES, sizeof *list) : NULL;
    c->s->view.names = list;
    for (const xmlNode *n = list ? xml_walk(info, info) : NULL; n; n = xml_walk(info, n)) {
        if (n->type == XML_ELEMENT_NODE && add_name(c, n, list)) {
            return -1;
        }
    }
    return info && !list ? -1 : 0;
}

int xd_cover(const struct xd_reader *r)
{
    struct covering c = {.r = r, .s = r->s};
    size_t comments = 0;
    if (collect(&c) || collect_names(&c)) {
        return -1;
    }
    r->s->in_whole = is_whole(&c);
    r->s->pure = xd_spend(r->s->file, 2 * r->s->file->node_count) && is_pure(&c, r->s->node);
    for (size_t i = 0; i < c.count; i++) {
        if (i == 0 || c.by_apex[i]->apex != c.by_apex[i - 1]->apex) {
            check_comments(&c, c.by_apex[i], &comments);
        }
    }
    count_apart(&c, &comments);
    if (comments && !finding_has(&r->e->findings, SP_XML_COMMENT_IN_TEXT)) {
        xd_report(r, SP_XML_COMMENTS, arena_printf(r->s->arena, "%zu", comments), NULL);
    }
    return say(&c);
}

bool xmldsig_is_pure(const struct xmldsig *s)
{
    return s->pure;
}

const char *xmldsig_outside(const struct xmldsig *s, size_t index)
{
    if (index >= s->reference_count) {
        return NULL;
    }
    const struct xd_reference *ref = &s->references[index];
    bool counts = ref->target == XD_OUTSIDE && !ref->refused && !ref->in_manifest && ref->uri;
    for (size_t i = 0; i < ref->transform_count; i++) {
        counts = counts && ref->transforms[i].kind == XD_C14N;
    }
    return counts ? ref->uri : "";
}
