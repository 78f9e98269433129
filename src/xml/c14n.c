/*
 * c14n - see c14n.h.
 *
 * libxml2 walks the whole document for every canonical form and asks for each node whether it is in
 * the set. Here the parts that are not in it are taken off the tree for the moment instead: for the
 * form of one element only its ancestors remain (they declare its namespaces), and of them libxml2
 * is told that they are not in the set.
 */
#include "xml/c14n.h"

#include <libxml/c14n.h>

#include "base/buffer.h"
#include "base/mem.h"

static char hidden[1];  /* _private of the ancestors of the apex */
static char removed[1]; /* and of what was taken out */

/* A link of the tree that was changed, and what it was. */
struct link {
    xmlNode **at, *was;
};

struct surgery {
    struct link *links;
    size_t count, capacity;
    xmlNode *ancestors[XML_MAX_DEPTH + 1];
    size_t ancestor_count;
    bool failed;
};

static void relink(struct surgery *s, xmlNode **at, xmlNode *to)
{
    if (s->count >= s->capacity) {
        s->failed = true;
        return;
    }
    s->links[s->count++] = (struct link){at, *at};
    *at = to;
}

/* Takes a node out of the list it stands in, as xmlUnlinkNode does, whatever was taken out of it
 * before. */
static void take_out(struct surgery *s, xmlNode *node)
{
    if (node->_private == removed) {
        return;
    }
    node->_private = removed;
    relink(s, node->prev ? &node->prev->next : &node->parent->children, node->next);
    if (node->next) {
        relink(s, &node->next->prev, node->prev);
    }
}

/* Only the way from the document to the apex remains of what is outside it. */
static void isolate(struct surgery *s, xmlNode *apex)
{
    for (xmlNode *n = apex; n && n->type == XML_ELEMENT_NODE; n = n->parent) {
        relink(s, &n->parent->children, n);
        relink(s, &n->next, NULL);
        if (n != apex && s->ancestor_count < sizeof s->ancestors / sizeof *s->ancestors) {
            n->_private = hidden;
            s->ancestors[s->ancestor_count++] = n;
        }
    }
}

static void restore(struct surgery *s, const struct xml_view *view)
{
    while (s->count > 0) {
        const struct link *l = &s->links[--s->count];
        *l->at = l->was;
    }
    for (size_t i = 0; i < s->ancestor_count; i++) {
        s->ancestors[i]->_private = NULL;
    }
    for (size_t i = 0; i < view->without_count; i++) {
        view->without[i]->_private = NULL;
    }
}

/* libxml2 gives attributes and namespaces with the element they belong to. */
static const void *tag_of(xmlNode *node, xmlNode *parent)
{
    bool owned = node->type == XML_NAMESPACE_DECL || node->type == XML_ATTRIBUTE_NODE;
    const xmlNode *n = owned ? parent : node;
    return n ? n->_private : NULL;
}

static int is_not_hidden(void *ctx, xmlNode *node, xmlNode *parent)
{
    (void)ctx;
    return tag_of(node, parent) != hidden;
}

struct scope {
    uint64_t depth, namespaces;
};

static void enter(struct scope *s, const xmlNode *n, bool in)
{
    for (const xmlNs *ns = n->type == XML_ELEMENT_NODE ? n->nsDef : NULL; ns; ns = ns->next) {
        s->namespaces += in ? 1 : UINT64_MAX;
    }
    s->depth += in ? 1 : UINT64_MAX;
}

/* Inclusive forms look up each declaration in scope from below, exclusive ones only the prefixes
 * that are used; attributes are sorted by insertion. */
static uint64_t own_cost(const struct scope *s, const xmlNode *n, const struct xml_method *method)
{
    uint64_t attributes = 0, scope = s->namespaces + s->depth;
    if (n->type != XML_ELEMENT_NODE) {
        return 4;
    }
    for (const xmlAttr *at = n->properties; at; at = at->next) {
        attributes++;
    }
    for (xmlChar **p = method->prefixes; p && *p; p++) {
        attributes++;
    }
    uint64_t lookups = method->mode == XML_C14N_EXCLUSIVE ? attributes + 1 : s->namespaces;
    return 20 + lookups * scope / 2 + attributes * (4 + attributes / 4);
}

/* Steps that the form will take, without the length of texts. Stops above the limit. */
static uint64_t cost_of(const xmlNode *top, const struct xml_method *method, uint64_t limit)
{
    struct scope scope = {0, 0};
    for (const xmlNode *n = top; n && n->type == XML_ELEMENT_NODE; n = n->parent) {
        enter(&scope, n, true);
    }
    uint64_t cost = 0;
    const xmlNode *n = top;
    while (cost <= limit) {
        cost += own_cost(&scope, n, method);
        if (n->type != XML_ENTITY_REF_NODE && n->children) {
            n = n->children;
            enter(&scope, n, true);
            continue;
        }
        while (n != top && !n->next) {
            enter(&scope, n, false);
            n = n->parent;
        }
        if (n == top) {
            break;
        }
        enter(&scope, n, false);
        n = n->next;
        enter(&scope, n, true);
    }
    return cost;
}

struct stream {
    xml_sink *sink;
    void *ctx;
    struct xml_budget *budget;
    bool stopped, exhausted;
};

static int write_piece(void *ctx, const char *p, int n)
{
    struct stream *s = ctx;
    uint64_t steps = (uint64_t)n / 2; /* escaping and hashing: about 5 ns an octet */
    if (steps > s->budget->left) {
        s->exhausted = true;
        return -1;
    }
    s->budget->left -= steps;
    if (!s->sink(s->ctx, span_make(p, (size_t)n))) {
        s->stopped = true;
        return -1;
    }
    return n;
}

static int run(const struct xml_view *view, const struct xml_method *method, struct stream *stream,
               enum xml_c14n_answer *answer)
{
    static const int modes[] = {XML_C14N_1_0, XML_C14N_EXCLUSIVE_1_0, XML_C14N_1_1};
    uint64_t before = mem_failures();
    bool inner = view->apex && view->apex->parent->parent;
    xmlC14NIsVisibleCallback visible = inner ? is_not_hidden : NULL;
    xmlOutputBuffer *out = xmlOutputBufferCreateIO(write_piece, NULL, stream, NULL);
    if (!out) {
        return -1;
    }
    int rc = xmlC14NExecute(view->doc->tree, visible, NULL, modes[method->mode], method->prefixes,
                            method->comments, out);
    int closed = xmlOutputBufferClose(out);
    if (mem_failures() != before || stream->stopped) {
        return -1;
    }
    *answer = stream->exhausted      ? XML_C14N_LIMIT
              : rc < 0 || closed < 0 ? XML_C14N_IMPOSSIBLE
                                     : XML_C14N_DONE;
    return 0;
}

int xml_canonical(const struct xml_view *view, const struct xml_method *method,
                  struct xml_budget *budget, xml_sink *sink, void *ctx,
                  enum xml_c14n_answer *answer)
{
    struct stream stream = {.sink = sink, .ctx = ctx, .budget = budget};
    struct surgery s = {.capacity = 2 * view->without_count + 2 * XML_MAX_DEPTH + 4};
    s.links = mem_zalloc(s.capacity * sizeof *s.links);
    if (!s.links) {
        return -1;
    }
    for (size_t i = 0; i < view->without_count; i++) {
        take_out(&s, view->without[i]);
    }
    if (view->apex) {
        isolate(&s, view->apex);
    }
    const xmlNode *top = view->apex ? view->apex : (const xmlNode *)view->doc->tree;
    uint64_t cost = s.failed ? 0 : cost_of(top, method, budget->left);
    int rc = s.failed ? -1 : 0;
    if (cost > budget->left) {
        budget->left = 0; /* or every further one would be measured for nothing */
        *answer = XML_C14N_LIMIT;
    } else if (rc == 0) {
        budget->left -= cost;
        rc = run(view, method, &stream, answer);
    }
    restore(&s, view);
    mem_free(s.links);
    return rc;
}

struct collected {
    struct buffer buffer;
};

static bool collect(void *ctx, struct span piece)
{
    struct collected *c = ctx;
    buffer_add(&c->buffer, piece);
    return buffer_ok(&c->buffer) || c->buffer.full;
}

int xml_canonical_bytes(struct arena *a, const struct xml_view *view,
                        const struct xml_method *method, struct xml_budget *budget, size_t max,
                        struct span *out, enum xml_c14n_answer *answer)
{
    struct collected c;
    buffer_init(&c.buffer, max);
    *out = SPAN_NONE;
    int rc = xml_canonical(view, method, budget, collect, &c, answer);
    if (rc == 0 && *answer == XML_C14N_DONE) {
        if (buffer_ok(&c.buffer)) {
            struct span s = buffer_span(&c.buffer);
            *out = arena_dup(a, s.p ? s : SPAN_LIT(""));
            rc = out->p ? 0 : -1;
        } else {
            *answer = XML_C14N_LIMIT;
        }
    }
    buffer_free(&c.buffer);
    return rc;
}
