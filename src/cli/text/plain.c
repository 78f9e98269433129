/*
 * plain - the text of files that are no PDF: text itself, XML, OOXML and ODF documents.
 *
 * Everything here runs in a sandboxed child. What it does not do: RTF, old Office files, mail and
 * signed messages; those have no text here, and an officer looks.
 */
#include "base/utf8.h"
#include "cli/text/text.h"
#include "format/container.h"
#include "format/detect.h"
#include "xml/xml.h"

enum { PARTS_MAX = 400 };

/* Text nodes, each followed by a blank: what stands in two cells is no word. */
static void put_tree(const struct xml_doc *doc, struct buffer *out)
{
    for (const xmlNode *n = doc->root; n && buffer_ok(out); n = xml_walk(doc->root, n)) {
        if ((n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE) && n->content) {
            buffer_str(out, (const char *)n->content);
            bool running = n->next || (n->parent && n->parent->next &&
                                       strcmp((const char *)n->parent->name, "span") == 0);
            buffer_str(out, running ? "" : " ");
        }
    }
}

static bool put_xml(struct arena *a, struct span bytes, struct buffer *out)
{
    struct xml_doc *doc = NULL;
    enum xml_answer answer;
    const char *why;
    if (xml_parse(a, bytes, &doc, &answer, &why) != 0 || answer != XML_READ) {
        return false;
    }
    put_tree(doc, out);
    return true;
}

static bool is_part(struct span name, const char *start, const char *end)
{
    size_t n = strlen(end);
    return span_starts(name, span_str(start)) && name.n >= n &&
           span_eq(span_sub(name, name.n - n, n), span_str(end));
}

/* Where an office document keeps its words. */
static bool has_words(struct span name)
{
    static const char *const whole[] = {"content.xml", "word/document.xml", "word/footnotes.xml",
                                        "xl/sharedStrings.xml"};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        if (span_eq(name, span_str(whole[i]))) {
            return true;
        }
    }
    return is_part(name, "word/header", ".xml") || is_part(name, "word/footer", ".xml") ||
           is_part(name, "ppt/slides/slide", ".xml");
}

static bool put_office(struct arena *a, struct span bytes, struct buffer *out)
{
    struct container_budget budget = {.unpacked = 0};
    struct sp_findings findings;
    struct container *c;
    size_t parts = 0;
    findings_init(&findings);
    if (container_open(a, bytes, &budget, &findings, &c) != 0 || !c->sound) {
        return false;
    }
    for (size_t i = 0; i < c->count && parts < PARTS_MAX; i++) {
        struct span part;
        if (has_words(c->members[i].raw) && c->members[i].readable &&
            container_read(c, i, a, &findings, &part) == 0 && part.p) {
            parts += put_xml(a, part, out);
            buffer_char(out, '\n');
        }
    }
    return parts > 0;
}

/* UTF-8 without control characters but the usual ones. */
static bool is_text(struct span s)
{
    size_t odd = 0, all = s.n;
    while (s.n) {
        uint8_t c = s.p[0];
        bool space = c == '\n' || c == '\r' || c == '\t' || c == '\f';
        size_t n = space ? 1 : utf8_printable(s);
        if (c == 0) {
            return false;
        }
        odd += n == 0;
        s = span_sub(s, n ? n : 1, s.n);
    }
    return odd * 100 <= all; /* a stray octet makes no text unreadable */
}

static bool is_picture(struct span s)
{
    return span_starts(s, SPAN_LIT("\x89PNG\r\n\x1a\n")) ||
           span_starts(s, SPAN_LIT("\xff\xd8\xff")) || span_starts(s, SPAN_LIT("II*\0")) ||
           span_starts(s, SPAN_LIT("MM\0*")) || span_starts(s, SPAN_LIT("GIF8")) ||
           span_starts(s, SPAN_LIT("BM"));
}

enum plain plain_text(struct arena *a, struct span file, struct buffer *out)
{
    switch (detect_format(file)) {
    case DOCUMENT_PDF:
        return PLAIN_PDF;
    case DOCUMENT_XML:
        return put_xml(a, file, out) ? PLAIN_TEXT : PLAIN_NOTHING;
    case DOCUMENT_ZIP:
        return put_office(a, file, out) ? PLAIN_TEXT : PLAIN_NOTHING;
    case DOCUMENT_UNKNOWN:
        break;
    default:
        return PLAIN_NOTHING;
    }
    if (is_text(file)) {
        utf8_clean(out, file);
        return PLAIN_TEXT;
    }
    return is_picture(file) ? PLAIN_PICTURE : PLAIN_NOTHING;
}
