/*
 * digest - the octets a reference stands for, and their digest (XML Signature 1.1 clause 4.4.3.2).
 */
#include "base/buffer.h"
#include "asn1/armor.h"
#include "format/xmldsig/internal.h"

/* What a chain of transforms hands on: nodes of a document, or octets. */
struct flow {
    struct xmldsig *s;
    bool nodes;
    struct xml_view view;
    bool comments; /* the nodes include comments */
    bool blanks;   /* relationships in the form of xmlsec */
    struct span octets;
    enum xd_outcome outcome;
};

struct hashing {
    EVP_MD_CTX *ctx;
};

static bool hash_piece(void *ctx, struct span piece)
{
    struct hashing *h = ctx;
    return EVP_DigestUpdate(h->ctx, piece.p, piece.n) == 1;
}

static enum xd_outcome outcome_of(enum xml_c14n_answer answer)
{
    return answer == XML_C14N_DONE    ? XD_DIGESTED
           : answer == XML_C14N_LIMIT ? XD_OVER_LIMIT
                                      : XD_NO_FORM;
}

/* Octets become the nodes of a document of their own. */
static int parse_octets(struct flow *f)
{
    struct xml_doc *doc;
    enum xml_answer answer;
    const char *why;
    if (xml_parse(f->s->arena, f->octets, &doc, &answer, &why)) {
        return -1;
    }
    f->outcome = answer == XML_READ    ? XD_DIGESTED
                 : answer == XML_LIMIT ? XD_OVER_LIMIT
                                       : XD_NO_FORM;
    f->view = (struct xml_view){.doc = doc};
    f->nodes = doc != NULL;
    f->comments = true;
    return 0;
}

static struct xml_method effective(const struct flow *f, struct xml_method method)
{
    method.comments = method.comments && f->comments;
    return method;
}

static int canonical(struct flow *f, const struct xd_transform *t)
{
    enum xml_c14n_answer answer;
    if (!f->nodes && (parse_octets(f) || f->outcome != XD_DIGESTED)) {
        return f->nodes || f->outcome != XD_DIGESTED ? 0 : -1;
    }
    struct xml_method method = effective(f, t->method);
    if (xml_canonical_bytes(f->s->arena, &f->view, &method, &f->s->file->budget, XD_MAX_OCTETS,
                            &f->octets, &answer)) {
        return -1;
    }
    f->outcome = outcome_of(answer);
    f->nodes = false;
    return 0;
}

static bool is_without(const struct xml_view *v, const xmlNode *n)
{
    for (size_t i = 0; i < v->without_count; i++) {
        if (v->without[i] == n) {
            return true;
        }
    }
    return false;
}

/* Clause 6.6.2: of nodes, the text. */
static int text_of_nodes(struct flow *f, struct span *out)
{
    const xmlNode *top = f->view.apex ? f->view.apex : f->view.doc->root, *n = top;
    struct buffer b;
    buffer_init(&b, XD_MAX_OCTETS);
    while (n) {
        bool text = n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE;
        if (text && n->content) {
            buffer_str(&b, (const char *)n->content);
        }
        if (n->type == XML_ELEMENT_NODE && is_without(&f->view, n)) {
            while (n != top && !n->next) {
                n = n->parent;
            }
            n = n == top ? NULL : n->next;
        } else {
            n = xml_walk(top, n);
        }
    }
    bool full = b.full, ok = buffer_ok(&b);
    *out = ok ? arena_dup(f->s->arena, b.p ? buffer_span(&b) : SPAN_LIT("")) : SPAN_NONE;
    buffer_free(&b);
    f->outcome = full ? XD_OVER_LIMIT : XD_DIGESTED;
    return out->p || full ? 0 : -1;
}

static int decode(struct flow *f)
{
    struct span text = f->octets;
    if (f->nodes && (text_of_nodes(f, &text) || f->outcome != XD_DIGESTED)) {
        return f->outcome == XD_OVER_LIMIT ? 0 : -1;
    }
    f->nodes = false;
    if (armor_base64(f->s->arena, text, &f->octets)) {
        return -1;
    }
    f->outcome = f->octets.p ? XD_DIGESTED : XD_NO_FORM;
    return 0;
}

static int start(struct flow *f, const struct xd_reference *ref, struct span content)
{
    const struct xmldsig_file *file = f->s->file;
    f->outcome = XD_DIGESTED;
    if (ref->target != XD_OUTSIDE) {
        f->nodes = true;
        f->comments = ref->comments;
        f->view = (struct xml_view){.doc = file->doc,
                                    .apex = ref->apex,
                                    .without = ref->without,
                                    .without_count = ref->without_count};
        return 0;
    }
    f->octets = content;
    if (file->resolve && file->resolve(file->resolve_ctx, ref->uri, &f->octets)) {
        return -1;
    }
    f->outcome = f->octets.p ? XD_DIGESTED : XD_NO_OCTETS;
    return 0;
}

/* What remains is hashed: nodes in canonical form 1.0 (clause 4.4.3.2), as a stream. */
static int finish(struct flow *f, const struct xml_method *method, enum oid digest, uint8_t *out)
{
    const EVP_MD *md = algorithm_md(digest);
    struct hashing h = {md ? EVP_MD_CTX_new() : NULL};
    enum xml_c14n_answer answer = XML_C14N_DONE;
    struct xml_method effective_method = effective(f, *method);
    int rc = -1;
    if (!md) {
        f->outcome = XD_NO_ALGORITHM;
        return 0;
    }
    if (h.ctx && EVP_DigestInit_ex(h.ctx, md, NULL) == 1) {
        rc = f->nodes ? xml_canonical(&f->view, &effective_method, &f->s->file->budget, hash_piece,
                                      &h, &answer)
             : EVP_DigestUpdate(h.ctx, f->octets.p, f->octets.n) == 1 ? 0
                                                                      : -1;
    }
    if (rc == 0 && !algorithm_digest_final(h.ctx, digest, out)) {
        rc = -1;
    }
    f->outcome = outcome_of(answer);
    EVP_MD_CTX_free(h.ctx);
    return rc;
}

static int choose_relationships(struct flow *f, const struct xd_transform *t)
{
    bool complete;
    if (f->nodes) {
        f->outcome = XD_NO_FORM;
        return 0;
    }
    struct span part = f->octets;
    if (xmldsig_relationships(f->s->arena, t->node, part, f->blanks, &f->octets, &complete)) {
        return -1;
    }
    f->outcome = f->octets.p ? XD_DIGESTED : XD_NO_FORM;
    return 0;
}

/* Runs the transforms; *last: how nodes that remain are written. */
static int run(struct flow *f, struct xd_reference *ref, struct span content,
               const struct xml_method **last)
{
    int rc = start(f, ref, content);
    for (size_t i = 0; rc == 0 && f->outcome == XD_DIGESTED && i < ref->transform_count; i++) {
        const struct xd_transform *t = &ref->transforms[i];
        if (t->kind == XD_C14N && f->nodes && i + 1 == ref->transform_count) {
            *last = &t->method;
        } else if (t->kind == XD_C14N) {
            rc = canonical(f, t);
        } else if (t->kind == XD_BASE64) {
            rc = decode(f);
        } else if (t->kind == XD_RELATIONSHIP) {
            rc = choose_relationships(f, t);
        }
    }
    return rc;
}

static int digest_once(struct xmldsig *s, struct xd_reference *ref, struct span content,
                       bool blanks, uint8_t out[DIGEST_MAX], enum xd_outcome *outcome)
{
    static const struct xml_method plain = {XML_C14N_INCLUSIVE, false, NULL};
    struct flow f = {.s = s, .blanks = blanks};
    const struct xml_method *last = &plain;
    int rc = run(&f, ref, content, &last);
    if (rc == 0 && f.outcome == XD_DIGESTED) {
        rc = finish(&f, last, ref->digest, out);
    }
    *outcome = f.outcome;
    return rc;
}

static bool over_relationships(const struct xd_reference *ref)
{
    for (size_t i = 0; i < ref->transform_count; i++) {
        if (ref->transforms[i].kind == XD_RELATIONSHIP) {
            return true;
        }
    }
    return false;
}

int xd_digest_reference(struct xmldsig *s, struct xd_reference *ref, struct span content,
                        uint8_t out[DIGEST_MAX], enum xd_outcome *outcome)
{
    uint8_t other[DIGEST_MAX];
    enum xd_outcome again = XD_NO_FORM;
    size_t n = algorithm_digest_size(ref->digest);
    if (digest_once(s, ref, content, false, out, outcome)) {
        return -1;
    }
    if (*outcome != XD_DIGESTED || !over_relationships(ref) ||
        span_eq(ref->value, span_make(out, n))) {
        return 0;
    }
    if (digest_once(s, ref, content, true, other, &again)) {
        return -1;
    }
    ref->blanks = again == XD_DIGESTED && span_eq(ref->value, span_make(other, n));
    if (ref->blanks) {
        memcpy(out, other, n);
    }
    return 0;
}

int xd_reference_octets(struct xmldsig *s, struct xd_reference *ref, struct span content,
                        const struct xml_method *method, struct span *out, enum xd_outcome *outcome)
{
    struct flow f = {.s = s};
    const struct xml_method *last = method;
    enum xml_c14n_answer answer = XML_C14N_DONE;
    int rc = run(&f, ref, content, &last);
    *out = f.octets;
    if (rc == 0 && f.outcome == XD_DIGESTED && f.nodes) {
        struct xml_method own = effective(&f, *last);
        rc = xml_canonical_bytes(s->arena, &f.view, &own, &s->file->budget, XD_MAX_OCTETS, out,
                                 &answer);
        f.outcome = outcome_of(answer);
    }
    *outcome = f.outcome;
    return rc;
}
