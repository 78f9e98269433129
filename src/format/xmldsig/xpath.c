/*
 * xpath - the few XPath expressions that signatures really use (XML Signature 1.1 clause 6.6.3,
 * XML-Signature XPath Filter 2.0).
 *
 * XPath transform: not(ancestor-or-self::q), ancestor-or-self::q, the count() form of the enveloped
 * signature from the recommendation, and several of them joined by "and". Filter 2: /, /a/b, //q,
 * //q[@Id='x'], id('x'), here()/ancestor::q[1]. An expression that is not one of these is not
 * understood, and then the signature is refused: an engine for all of XPath is more than a
 * signature needs, and what it chooses could not be said in a sentence.
 */
#include <stdlib.h>

#include "format/xmldsig/internal.h"

enum { MAX_STEPS = 16 };

/* q or q[@name='value'], as one step of a path. */
struct step {
    bool any; /* q is * */
    const char *ns, *name;
    const char *attribute, *value; /* NULL: no condition */
};

struct path {
    bool root;     /* the expression is / */
    bool anywhere; /* begins with // */
    const char *id;
    bool here; /* here()/ancestor::q[1] */
    struct step steps[MAX_STEPS];
    size_t count;
};

struct text {
    struct arena *arena;
    const xmlNode *node; /* whose namespaces count */
    const char *p;
    bool failed; /* memory */
};

static bool is_punctuation(char c)
{
    return c == '\0' || strchr("()[]|<>=:/,'\"@*", c) != NULL;
}

/* The expression without white space where it means nothing. NULL on no memory. */
static char *squeeze(struct arena *a, const char *s)
{
    char *out = arena_str(a, span_str(s));
    size_t n = 0;
    char quote = '\0';
    for (; out && *s; s++) {
        if (quote == '\0' && xml_blank(span_make(s, 1))) {
            char before = n ? out[n - 1] : '\0';
            const char *after = s + strspn(s, " \t\r\n");
            if (is_punctuation(before) || is_punctuation(*after)) {
                continue;
            }
        }
        quote = quote == *s ? '\0' : quote == '\0' && (*s == '\'' || *s == '"') ? *s : quote;
        out[n++] = *s;
    }
    if (out) {
        out[n] = '\0';
    }
    return out;
}

static bool take(struct text *t, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(t->p, word, n) != 0) {
        return false;
    }
    t->p += n;
    return true;
}

static const char *keep(struct text *t, const char *from, size_t n)
{
    const char *s = arena_str(t->arena, span_make(from, n));
    t->failed = t->failed || !s;
    return s;
}

/* A run of characters that may stand in a name. */
static const char *take_name(struct text *t)
{
    size_t n = strcspn(t->p, "()[]|<>=:/,'\"@* \t\r\n");
    const char *name = n ? keep(t, t->p, n) : NULL;
    t->p += n;
    return name;
}

static const char *take_literal(struct text *t)
{
    char quote = *t->p;
    const char *end = quote == '\'' || quote == '"' ? strchr(t->p + 1, quote) : NULL;
    if (!end) {
        return NULL;
    }
    const char *s = keep(t, t->p + 1, (size_t)(end - t->p - 1));
    t->p = end + 1;
    return s;
}

/* name, prefix:name or *, then perhaps [@name='value']. */
static bool take_step(struct text *t, struct step *out)
{
    *out = (struct step){.any = take(t, "*")};
    if (!out->any) {
        const char *name = take_name(t);
        if (name && *t->p == ':' && t->p[1] != ':') {
            t->p++;
            const char *prefix = name;
            const xmlNode *at = t->node;
            name = take_name(t);
            const xmlNs *ns = NULL;
            for (; at && at->type == XML_ELEMENT_NODE && !ns; at = at->parent) {
                for (const xmlNs *d = at->nsDef; d && !ns; d = d->next) {
                    ns = d->prefix && strcmp((const char *)d->prefix, prefix) == 0 ? d : NULL;
                }
            }
            if (!ns) {
                return false;
            }
            out->ns = (const char *)ns->href;
        }
        out->name = name;
        if (!name) {
            return false;
        }
    }
    if (take(t, "[@")) {
        out->attribute = take_name(t);
        out->value = take(t, "=") ? take_literal(t) : NULL;
        return out->attribute && out->value && take(t, "]");
    }
    return true;
}

static bool step_fits(const struct step *s, const xmlNode *n)
{
    if (n->type != XML_ELEMENT_NODE || (!s->any && !xml_is(n, s->ns, s->name))) {
        return false;
    }
    const char *value = s->attribute ? xml_attr(n, s->attribute) : NULL;
    return !s->attribute || (value && strcmp(value, s->value) == 0);
}

static bool path_fits(const struct path *p, const xmlNode *n)
{
    for (size_t i = p->count; i-- > 0; n = n->parent) {
        if (!step_fits(&p->steps[i], n)) {
            return false;
        }
    }
    return p->anywhere || n->type == XML_DOCUMENT_NODE;
}

static bool take_path(struct text *t, struct path *out)
{
    *out = (struct path){0};
    if (take(t, "id(")) {
        out->id = take_literal(t);
        return out->id && take(t, ")");
    }
    if (take(t, "here()/ancestor::")) {
        out->here = true;
        return take_step(t, &out->steps[0]) && take(t, "[1]");
    }
    if (take(t, "//") || take(t, "/descendant::") || take(t, "/descendant-or-self::")) {
        out->anywhere = true;
    } else if (!take(t, "/")) {
        return false;
    } else if (*t->p == '\0') {
        out->root = true;
        return true;
    }
    do {
        if (out->count >= MAX_STEPS || !take_step(t, &out->steps[out->count++])) {
            return false;
        }
    } while (take(t, "/"));
    return *t->p == '\0';
}

struct found {
    xmlNode **nodes;
    size_t count, capacity;
};

static int add_found(struct arena *a, struct found *f, xmlNode *n)
{
    if (arena_grow(a, (void **)&f->nodes, &f->capacity, f->count + 1, sizeof(xmlNode *))) {
        return -1;
    }
    f->nodes[f->count++] = n;
    return 0;
}

static xmlNode *nearest(const xmlNode *from, const struct step *s)
{
    xmlNode *n = from->parent;
    while (n && !step_fits(s, n)) {
        n = n->parent;
    }
    return n;
}

/* The elements a path chooses, in document order; *many: the id stands twice. */
static int find_all(struct xmldsig *s, const xmlNode *here, const struct path *p, struct found *out)
{
    const xmlNode *top = (const xmlNode *)s->file->doc->tree;
    bool ambiguous = false;
    xmlNode *one = p->here ? nearest(here, &p->steps[0])
                   : p->id ? xd_ids_find(s->file, p->id, &ambiguous)
                           : NULL;
    if (p->here || p->id) {
        return one ? add_found(s->arena, out, one) : 0;
    }
    const struct step *last = p->count ? &p->steps[p->count - 1] : NULL;
    bool signatures = p->anywhere && p->count == 1 && !last->any && !last->attribute && last->ns &&
                      strcmp(last->ns, NS_DS) == 0 && strcmp(last->name, "Signature") == 0;
    for (size_t i = 0; signatures && i < s->file->signature_count; i++) {
        if (add_found(s->arena, out, s->file->signatures[i].node)) {
            return -1;
        }
    }
    if (signatures || !xd_spend(s->file, s->file->node_count)) {
        return 0;
    }
    for (xmlNode *n = xml_walk(top, top); n; n = xml_walk(top, n)) {
        if (path_fits(p, n) && add_found(s->arena, out, n)) {
            return -1;
        }
    }
    return 0;
}

static bool inside_reference(const struct xd_reference *ref, const xmlNode *n)
{
    return !ref->apex || xml_inside(n, ref->apex);
}

/* Takes the nodes out; *known false when nothing would remain. */
static int take_out(struct arena *a, struct xd_reference *ref, const struct found *f, bool *known)
{
    for (size_t i = 0; i < f->count; i++) {
        const xmlNode *apex = ref->apex;
        if (f->nodes[i] == apex || (apex && xml_inside(apex, f->nodes[i]))) {
            *known = false;
            return 0;
        }
        if (inside_reference(ref, f->nodes[i]) && xd_without(a, ref, f->nodes[i])) {
            return -1;
        }
    }
    return 0;
}

/* Narrows the reference to the one element; *known false when it is not exactly one inside it. */
static void narrow(struct xd_reference *ref, const struct found *f, bool *known)
{
    xmlNode *one = NULL;
    for (size_t i = 0; i < f->count; i++) {
        if (one && xml_inside(f->nodes[i], one)) {
            continue; /* inside what is chosen already */
        }
        if (ref->apex && xml_inside(ref->apex, f->nodes[i])) {
            return; /* all of the reference is chosen */
        }
        if (inside_reference(ref, f->nodes[i])) {
            *known = *known && !one;
            one = f->nodes[i];
        }
    }
    *known = *known && one;
    for (size_t i = 0; one && i < ref->without_count; i++) {
        *known = *known && !xml_inside(one, ref->without[i]);
    }
    if (*known) {
        ref->apex = one;
    }
}

/* One condition of an XPath transform. */
static int apply_condition(struct xmldsig *s, struct text *t, struct xd_reference *ref, bool *known)
{
    struct path p = {.anywhere = true, .count = 1};
    struct step again;
    struct found f = {0};
    bool out = take(t, "not(");
    if (!out && take(t, "count(ancestor-or-self::")) {
        /* count(ancestor-or-self::q|here()/ancestor::q[1])>count(ancestor-or-self::q) */
        p.here = out = true;
        *known = take_step(t, &p.steps[0]) && take(t, "|here()/ancestor::") &&
                 take_step(t, &again) && take(t, "[1])>count(ancestor-or-self::") &&
                 take_step(t, &again) && take(t, ")");
    } else {
        *known =
            take(t, "ancestor-or-self::") && take_step(t, &p.steps[0]) && (!out || take(t, ")"));
    }
    if (t->failed || !*known) {
        return t->failed ? -1 : 0;
    }
    if (find_all(s, t->node, &p, &f)) {
        return -1;
    }
    if (out) {
        return take_out(s->arena, ref, &f, known);
    }
    narrow(ref, &f, known);
    return 0;
}

static int expression(struct xmldsig *s, const xmlNode *element, struct text *out)
{
    struct span raw;
    *out = (struct text){.arena = s->arena, .node = element};
    if (xml_text(s->arena, element, &raw)) {
        return -1;
    }
    char *text = raw.p ? arena_str(s->arena, raw) : NULL;
    if (text) {
        out->p = squeeze(s->arena, text);
    }
    return raw.p && !out->p ? -1 : 0;
}

/* The count() form is checked to name one element three times by comparing the text. */
static bool names_one(const char *text)
{
    static const char first[] = "count(ancestor-or-self::";
    const char *at = strstr(text, first);
    if (!at) {
        return true;
    }
    at += sizeof first - 1;
    size_t n = strcspn(at, "|");
    const char *second = strstr(at, "ancestor::"), *third = strstr(at, ">count(ancestor-or-self::");
    return second && third && strncmp(at, second + 10, n) == 0 && second[10 + n] == '[' &&
           strncmp(at, third + sizeof first, n) == 0 && third[sizeof first + n] == ')';
}

int xd_xpath(struct xmldsig *s, const xmlNode *transform, struct xd_reference *ref, bool *known)
{
    const xmlNode *element = xml_child(transform, NS_DS, "XPath");
    struct text t = {0};
    if (element && expression(s, element, &t)) {
        return -1;
    }
    *known = element && t.p && names_one(t.p);
    while (*known) {
        if (apply_condition(s, &t, ref, known)) {
            return -1;
        }
        if (*known && *t.p == '\0') {
            return 0;
        }
        /* squeezed: "and" stands between two brackets or names */
        *known = *known && (take(&t, "and ") || take(&t, " and "));
    }
    return 0;
}

static int apply_filter(struct xmldsig *s, const xmlNode *element, struct xd_reference *ref,
                        bool *known)
{
    const char *filter = xml_attr(element, "Filter");
    struct text t;
    struct path p;
    struct found f = {0};
    if (expression(s, element, &t)) {
        return -1;
    }
    *known = filter && t.p && take_path(&t, &p) && *t.p == '\0';
    if (t.failed) {
        return -1;
    }
    if (!*known) {
        return 0;
    }
    bool all = p.root;
    if (!all && find_all(s, element, &p, &f)) {
        return -1;
    }
    if (strcmp(filter, "subtract") == 0) {
        *known = !all;
        return *known ? take_out(s->arena, ref, &f, known) : 0;
    }
    if (strcmp(filter, "intersect") == 0) {
        if (!all) {
            narrow(ref, &f, known);
        }
        return 0;
    }
    /* A union that would bring something back is not understood. */
    *known =
        strcmp(filter, "union") == 0 && (all ? !ref->apex && !ref->without_count : f.count == 0);
    return 0;
}

int xd_filter2(struct xmldsig *s, const xmlNode *transform, struct xd_reference *ref, bool *known)
{
    const xmlNode *n = xml_first(transform);
    *known = n != NULL;
    for (; n && *known; n = xml_next(n)) {
        *known = xml_is(n, NS_FILTER2, "XPath");
        if (*known && apply_filter(s, n, ref, known)) {
            return -1;
        }
    }
    return 0;
}
