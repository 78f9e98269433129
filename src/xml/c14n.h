/*
 * c14n - canonical form of a document, or of a part of it (W3C Canonical XML 1.0 and 1.1, Exclusive
 * XML Canonicalization 1.0), by libxml2, as a stream.
 *
 * What is not done here: to decide what a signature covers; that is format/xmldsig's matter.
 */
#ifndef XML_C14N_H
#define XML_C14N_H

#include "xml/xml.h"

enum xml_c14n_mode { XML_C14N_INCLUSIVE, XML_C14N_EXCLUSIVE, XML_C14N_INCLUSIVE_11 };

struct xml_method {
    enum xml_c14n_mode mode;
    bool comments;
    xmlChar **prefixes; /* InclusiveNamespaces PrefixList, NULL-terminated; or NULL */
};

/* A part of a document: apex and what is inside it, or the whole document with what stands before
 * and after its root; without the nodes (and what is inside them) in `without`. */
struct xml_view {
    const struct xml_doc *doc;
    xmlNode *apex; /* NULL: the whole document */
    xmlNode **without;
    size_t without_count;
};

/* What may still be spent on canonicalisation, in steps of about 10 ns. */
struct xml_budget {
    uint64_t left;
};
#define XML_BUDGET ((uint64_t)600 * 1000 * 1000)

enum xml_c14n_answer {
    XML_C14N_DONE,
    XML_C14N_IMPOSSIBLE, /* has no canonical form: a relative namespace name */
    XML_C14N_LIMIT       /* the budget does not suffice */
};

/* Receives the canonical form piece by piece; false stops it (our own failure). */
typedef bool xml_sink(void *ctx, struct span piece);

/* Returns 0 with *answer, or -1 (memory, or the sink stopped it). The document is changed while
 * this runs and is as before when it returns: not for two threads at once. */
int xml_canonical(const struct xml_view *view, const struct xml_method *method,
                  struct xml_budget *budget, xml_sink *sink, void *ctx,
                  enum xml_c14n_answer *answer) WARN_UNUSED;

/* The same into memory of the arena; *out absent unless done. At most max bytes, else
 * XML_C14N_LIMIT. */
int xml_canonical_bytes(struct arena *a, const struct xml_view *view,
                        const struct xml_method *method, struct xml_budget *budget, size_t max,
                        struct span *out, enum xml_c14n_answer *answer) WARN_UNUSED;

#endif
