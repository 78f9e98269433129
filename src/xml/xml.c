/*
 * xml - see xml.h.
 *
 * The limits on the tree are kept by handlers that stand before libxml2's own (SAX2): each counts
 * what its node will take and stops the reader when it is too much. What libxml2 does in quadratic
 * time before it calls a handler (attributes of one element) is bounded by a look at the bytes
 * first.
 */
#include "xml/xml.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlmemory.h>

#include "base/finding.h"
#include "base/mem.h"

/* What a node takes, with the allocator's overhead (libxml2 2.9 on 64 bits). */
enum { COST_NODE = 136, COST_ATTRIBUTE = 112 + 136, COST_NAMESPACE = 64, COST_STRING = 16 };

enum { DECLARATION = 256 }; /* bytes in which an XML declaration's encoding is looked for */

struct reading {
    struct arena *arena;
    xmlParserCtxt *ctxt;
    size_t memory;
    size_t namespaces;                    /* in scope */
    uint16_t declared[XML_MAX_DEPTH + 1]; /* by the open element of each depth */
    size_t depth;
    enum xml_answer answer;
    const char *why;
};

static void stop(struct reading *r, enum xml_answer answer, const char *why)
{
    if (r->answer == XML_READ) {
        r->answer = answer;
        r->why = why;
    }
    xmlStopParser(r->ctxt);
}

static bool charge(struct reading *r, size_t bytes)
{
    r->memory += bytes;
    if (r->memory <= XML_MAX_MEMORY) {
        return true;
    }
    stop(r, XML_LIMIT, "XML memory");
    return false;
}

static struct reading *reading_of(void *ctx)
{
    return ((xmlParserCtxt *)ctx)->_private;
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *public_id,
                       const xmlChar *system_id)
{
    (void)name;
    (void)public_id;
    (void)system_id;
    stop(reading_of(ctx), XML_DOCTYPE, NULL);
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int namespace_count, const xmlChar **namespaces, int attribute_count,
                     int defaulted, const xmlChar **attributes)
{
    struct reading *r = reading_of(ctx);
    size_t spaces = (size_t)namespace_count, count = (size_t)attribute_count;
    size_t cost = COST_NODE + spaces * COST_NAMESPACE + count * COST_ATTRIBUTE;
    for (size_t i = 0; i < count; i++) {
        /* SAX2: local name, prefix, URI, value, end of value. */
        cost += (size_t)(attributes[5 * i + 4] - attributes[5 * i + 3]);
    }
    if (r->depth >= XML_MAX_DEPTH) {
        stop(r, XML_LIMIT, "XML depth");
        return;
    }
    if (spaces + count > XML_MAX_ATTRIBUTES || r->namespaces + spaces > XML_MAX_NAMESPACES) {
        stop(r, XML_LIMIT, "XML attributes");
        return;
    }
    r->namespaces += spaces;
    r->declared[r->depth++] = (uint16_t)spaces;
    if (charge(r, cost)) {
        xmlSAX2StartElementNs(ctx, name, prefix, uri, namespace_count, namespaces, attribute_count,
                              defaulted, attributes);
    }
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct reading *r = reading_of(ctx);
    if (r->depth > 0) {
        r->namespaces -= r->declared[--r->depth];
    }
    xmlSAX2EndElementNs(ctx, name, prefix, uri);
}

/* Text comes in pieces; libxml2 joins them and doubles the room when it has to. */
static void on_text(void *ctx, const xmlChar *text, int n)
{
    struct reading *r = reading_of(ctx);
    const xmlNode *last = r->ctxt->node ? r->ctxt->node->last : NULL;
    bool joins = last && last->type == XML_TEXT_NODE;
    if (charge(r, 2 * (size_t)n + (joins ? 0 : COST_NODE + COST_STRING))) {
        xmlSAX2Characters(ctx, text, n);
    }
}

static void on_cdata(void *ctx, const xmlChar *text, int n)
{
    if (charge(reading_of(ctx), (size_t)n + COST_NODE + COST_STRING)) {
        xmlSAX2CDataBlock(ctx, text, n);
    }
}

static void on_comment(void *ctx, const xmlChar *text)
{
    if (charge(reading_of(ctx), strlen((const char *)text) + COST_NODE + COST_STRING)) {
        xmlSAX2Comment(ctx, text);
    }
}

static void on_instruction(void *ctx, const xmlChar *target, const xmlChar *data)
{
    size_t n = data ? strlen((const char *)data) : 0;
    if (charge(reading_of(ctx), n + COST_NODE + COST_STRING)) {
        xmlSAX2ProcessingInstruction(ctx, target, data);
    }
}

static void on_error(void *ctx, const xmlError *error)
{
    struct reading *r = reading_of(ctx);
    bool counts = error->level == XML_ERR_FATAL || error->domain == XML_FROM_NAMESPACE;
    if (r->answer != XML_READ || !counts || error->level == XML_ERR_WARNING) {
        return;
    }
    struct span text = span_str(error->message ? error->message : "?");
    while (text.n && text.p[text.n - 1] == '\n') {
        text.n--;
    }
    char *clean = finding_clean_text(r->arena, span_sub(text, 0, 200));
    r->answer = XML_BROKEN;
    r->why = clean ? arena_printf(r->arena, "line %d: %s", error->line, clean) : NULL;
}

static void set_handlers(xmlParserCtxt *ctxt)
{
    xmlSAXHandler *sax = ctxt->sax;
    sax->internalSubset = on_doctype;
    sax->startElementNs = on_start;
    sax->endElementNs = on_end;
    sax->characters = on_text;
    sax->ignorableWhitespace = on_text;
    sax->cdataBlock = on_cdata;
    sax->comment = on_comment;
    sax->processingInstruction = on_instruction;
    /* libxml2 2.12 made the argument const. */
    sax->serror = (xmlStructuredErrorFunc)on_error;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool xml_blank(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (!is_space(text.p[i])) {
            return false;
        }
    }
    return true;
}

/* More attributes between two '<' than an element may have. NUL bytes are those of UTF-16. */
static bool too_many_attributes(struct span s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '<') {
            count = 0;
        } else if (s.p[i] == '=') {
            size_t k = i + 1;
            while (k < s.n && (is_space(s.p[k]) || s.p[k] == 0)) {
                k++;
            }
            if (k < s.n && (s.p[k] == '"' || s.p[k] == '\'') && ++count > XML_MAX_ATTRIBUTES) {
                return true;
            }
            i = k - 1;
        }
    }
    return false;
}

/* The value of encoding="..." in the XML declaration; absent when there is none. */
static struct span declared_encoding(struct span s)
{
    if (span_starts(s, SPAN_LIT("\xef\xbb\xbf"))) {
        s = span_sub(s, 3, s.n);
    }
    if (!span_starts(s, SPAN_LIT("<?xml"))) {
        return SPAN_NONE;
    }
    s = span_sub(s, 0, DECLARATION);
    s = span_sub(s, 0, span_find(s, SPAN_LIT("?>"), 0));
    size_t at = span_find(s, SPAN_LIT("encoding"), 0);
    size_t from = at == SIZE_MAX ? SIZE_MAX : at + 8;
    while (from < s.n && s.p[from] != '"' && s.p[from] != '\'') {
        from++;
    }
    if (from >= s.n) {
        return SPAN_NONE;
    }
    size_t to = from + 1;
    while (to < s.n && s.p[to] != s.p[from]) {
        to++;
    }
    return span_sub(s, from + 1, to - from - 1);
}

static bool encoding_known(struct span s, struct span *name)
{
    static const char *const names[] = {"UTF-8",      "UTF-16",   "UTF-16LE", "UTF-16BE",
                                        "ISO-8859-1", "US-ASCII", "ASCII"};
    *name = declared_encoding(s);
    if (span_starts(s, SPAN_LIT("\0\0")) || span_starts(s, SPAN_LIT("<\0\0")) ||
        span_starts(s, SPAN_LIT("\xff\xfe\0\0")) || span_starts(s, SPAN_LIT("\x4c\x6f\xa7\x94"))) {
        *name = SPAN_LIT("UCS-4, EBCDIC");
        return false;
    }
    for (size_t i = 0; name->p && i < sizeof names / sizeof *names; i++) {
        if (name->n == strlen(names[i]) &&
            strncasecmp((const char *)name->p, names[i], name->n) == 0) {
            return true;
        }
    }
    return !name->p;
}

/* U+0000 is no character of XML (2.2); libxml2 takes it for the end of the document, and whatever
 * stands behind it would go unread. */
static bool holds_zero(struct span s)
{
    bool wide = span_starts(s, SPAN_LIT("\xff\xfe")) || span_starts(s, SPAN_LIT("\xfe\xff")) ||
                span_starts(s, SPAN_LIT("<\0?")) || span_starts(s, SPAN_LIT("\0<\0"));
    for (size_t i = 0; wide && i + 1 < s.n; i += 2) {
        if (s.p[i] == 0 && s.p[i + 1] == 0) {
            return true;
        }
    }
    return !wide && s.n && memchr(s.p, 0, s.n) != NULL;
}

static void free_tree(void *p)
{
    xmlFreeDoc(p);
}

/* Runs the reader; the tree belongs to the arena. Returns 0, *tree NULL when it was refused. */
static int run(struct reading *r, struct span bytes, xmlDoc **tree)
{
    const int options = XML_PARSE_NONET | XML_PARSE_COMPACT | XML_PARSE_HUGE | XML_PARSE_BIG_LINES;
    r->ctxt->_private = r;
    set_handlers(r->ctxt);
    *tree = xmlCtxtReadMemory(r->ctxt, (const char *)bytes.p, (int)bytes.n, NULL, NULL, options);
    if (*tree && r->answer != XML_READ) { /* stopped half way, or a prefix without a namespace */
        xmlFreeDoc(*tree);
        *tree = NULL;
    }
    if (!*tree && r->answer == XML_READ) {
        r->answer = XML_BROKEN;
        r->why = "it cannot be read";
    }
    return *tree ? arena_defer(r->arena, free_tree, *tree) : 0;
}

static int read_tree(struct reading *r, struct span bytes, struct xml_doc **out)
{
    uint64_t before = mem_failures();
    struct xml_doc *doc = arena_alloc(r->arena, sizeof *doc);
    r->ctxt = xmlNewParserCtxt();
    int rc = -1;
    if (doc && r->ctxt && run(r, bytes, &doc->tree) == 0 && mem_failures() == before) {
        rc = 0;
        doc->root = doc->tree ? xmlDocGetRootElement(doc->tree) : NULL;
        *out = doc->root ? doc : NULL;
    }
    xmlFreeParserCtxt(r->ctxt);
    return rc;
}

int xml_parse(struct arena *a, struct span bytes, struct xml_doc **out, enum xml_answer *answer,
              const char **why)
{
    struct reading r = {.arena = a, .answer = XML_READ};
    struct span encoding;
    int rc = 0;
    *out = NULL;
    *why = NULL;
    if (bytes.n > XML_MAX_SIZE) {
        r.answer = XML_LIMIT;
        r.why = "XML size";
    } else if (!encoding_known(bytes, &encoding)) {
        r.answer = XML_ENCODING;
        r.why = finding_clean_text(a, encoding);
        rc = r.why ? 0 : -1;
    } else if (holds_zero(bytes)) {
        r.answer = XML_BROKEN;
        r.why = "it holds the character zero";
    } else if (too_many_attributes(bytes)) {
        r.answer = XML_LIMIT;
        r.why = "XML attributes";
    } else {
        /* libxml2 works on a copy, for which it may take twice the size. */
        r.memory = 2 * bytes.n;
        rc = read_tree(&r, bytes, out);
    }
    *answer = r.answer;
    *why = r.why;
    return rc;
}

static char *copy_string(const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = mem_alloc(n);
    return p ? memcpy(p, s, n) : NULL;
}

static void say_nothing(void *ctx, const char *format, ...) PRINTF_LIKE(2, 3);
static void say_nothing(void *ctx, const char *format, ...)
{
    (void)ctx;
    (void)format;
}

int xml_init(void)
{
    if (xmlMemSetup(mem_free, mem_alloc, mem_realloc, copy_string) != 0) {
        return -1;
    }
    xmlInitParser();
    xmlThrDefSetGenericErrorFunc(NULL, say_nothing);
    xmlSetGenericErrorFunc(NULL, say_nothing);
    return 0;
}
