/*
 * shown - what makes a program that shows an XML document show something else than its text: a
 * style sheet (Associating Style Sheets with XML documents 1.0), XInclude, scripts of pages and
 * drawings. All of it may be signed; what it leads to is not, or acts.
 *
 * What it does not do: fetch, transform or run anything.
 */
#include "format/xmldsig/internal.h"

#define NS_INCLUDE "http://www.w3.org/2001/XInclude"
#define NS_PAGE    "http://www.w3.org/1999/xhtml"
#define NS_DRAWING "http://www.w3.org/2000/svg"

static const char *shown_by(const xmlNode *n)
{
    if (n->type == XML_PI_NODE) {
        return strcmp((const char *)n->name, "xml-stylesheet") == 0 ? "xml-stylesheet" : NULL;
    }
    if (n->type != XML_ELEMENT_NODE) {
        return NULL;
    }
    return xml_is(n, NS_INCLUDE, "include")                                  ? "xi:include"
           : xml_is(n, NS_PAGE, "script") || xml_is(n, NS_DRAWING, "script") ? "script"
                                                                             : NULL;
}

void xd_shown(const struct xmldsig_file *f, struct sp_findings *findings)
{
    const char *what = NULL;
    for (const xmlNode *n = f->doc->tree->children; n && !what; n = n->next) {
        what = shown_by(n);
    }
    for (const xmlNode *n = xml_walk(f->doc->root, f->doc->root); n && !what;
         n = xml_walk(f->doc->root, n)) {
        what = shown_by(n);
    }
    if (what) {
        finding_add(f->arena, findings, SP_XML_SHOWN_BY_OTHER, "document", what, NULL);
    }
}
