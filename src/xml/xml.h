/*
 * xml - the only way this program reads XML, on libxml2 (W3C XML 1.0, Namespaces in XML 1.0).
 *
 * No network, no DTD (a DOCTYPE is refused before it is read, and with it every entity but the
 * five), no XInclude, no catalogues; limits on size, memory, depth and attributes. UTF-8, UTF-16,
 * US-ASCII and ISO 8859-1 only: other encodings would need files the sandbox does not give.
 * Nothing is printed. What is not done here: schemas; which attribute is an Id is the caller's
 * matter. The tree is libxml2's own (xmlNode); it lives as long as the arena.
 */
#ifndef XML_XML_H
#define XML_XML_H

#include <libxml/tree.h>

#include "base/arena.h"

enum {
    XML_MAX_DEPTH = 256,      /* elements inside each other */
    XML_MAX_ATTRIBUTES = 512, /* of one element, namespace declarations included */
    XML_MAX_NAMESPACES = 512  /* declarations in scope of one element */
};
#define XML_MAX_SIZE   ((size_t)128 * 1024 * 1024) /* bytes of a document */
#define XML_MAX_MEMORY ((size_t)288 * 1024 * 1024) /* of its tree and what reading it takes */

enum xml_answer {
    XML_READ,     /* *out is the document */
    XML_BROKEN,   /* not well-formed; *why says where and how, in English */
    XML_DOCTYPE,  /* a document type declaration */
    XML_ENCODING, /* an encoding that is not read; *why names it */
    XML_LIMIT     /* more than the limits above; *why names which */
};

struct xml_doc {
    xmlDoc *tree;
    xmlNode *root;
};

/* Once per process, before threads and before the first document: libxml2 takes its memory from
 * base/mem. Returns 0 or -1. */
int xml_init(void) WARN_UNUSED;

/* Reads a document. Returns 0 with *answer, or -1 (memory). *why is never NULL after XML_BROKEN,
 * XML_ENCODING and XML_LIMIT. */
int xml_parse(struct arena *a, struct span bytes, struct xml_doc **out, enum xml_answer *answer,
              const char **why) WARN_UNUSED;

/* An element with this namespace and local name; ns NULL: of no namespace. */
bool xml_is(const xmlNode *node, const char *ns, const char *name);

/* First element among the children, next element among the siblings; NULL when there is none. */
xmlNode *xml_first(const xmlNode *parent);
xmlNode *xml_next(const xmlNode *node);

/* First child element, or next sibling element, with this name. */
xmlNode *xml_child(const xmlNode *parent, const char *ns, const char *name);
xmlNode *xml_next_named(const xmlNode *node, const char *ns, const char *name);

/* Next node in document order inside top (top excluded), or NULL. Start with node = top. */
xmlNode *xml_walk(const xmlNode *top, const xmlNode *node);

/* node is top or inside it. */
bool xml_inside(const xmlNode *node, const xmlNode *top);

/* The attribute of no namespace with this name; NULL when it is not there. Borrowed. */
const char *xml_attr(const xmlNode *node, const char *name);

/* The value of an attribute node; "" when empty. Borrowed. */
const char *xml_attr_value(const xmlAttr *attr);

/* The text of an element that holds only text (comments are passed over). Returns 0 or -1; *out is
 * absent when there are elements inside. A copy. */
int xml_text(struct arena *a, const xmlNode *node, struct span *out) WARN_UNUSED;

/* The same without white space at both ends, as a string; *out NULL when there are elements. */
int xml_word(struct arena *a, const xmlNode *node, const char **out) WARN_UNUSED;

/* The octets of an element's base64 text; absent when it is none. Returns 0 or -1. */
int xml_base64(struct arena *a, const xmlNode *node, struct span *out) WARN_UNUSED;

/* White space of XML, and nothing else. */
bool xml_blank(struct span text);

#endif
