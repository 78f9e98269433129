/*
 * html - the lines and boxes of an HTML page as a reader sees them (WHATWG HTML, rendering).
 *
 * Read by libxml2's HTML parser (RECOVER, NONET), walked without recursion. It is no browser: no
 * script is run, no frame and no style sheet is fetched. Where browsers and libxml2 are known to
 * read a page in two ways the page is called unreadable.
 */
#include <libxml/HTMLparser.h>
#include <libxml/SAX2.h>
#include <libxml/parserInternals.h>

#include "base/buffer.h"
#include "base/mem.h"
#include "foreign/page_inside.h"

enum { LINE_MAX_BYTES = 1 << 20, PIECES_MAX = 64, REFRESH_LONG = 60 };

struct piece {
    size_t start;
    const xmlNode *owner;
};

struct open_box {
    const xmlNode *element;
    int box;
};

struct walk {
    struct page *p;
    struct style_rules rules;
    struct open_box stack[PAGE_DEPTH_MAX];
    size_t depth; /* of boxes */
    size_t level; /* of elements */
    struct buffer text;
    struct piece pieces[PIECES_MAX];
    size_t piece_count;
    const xmlNode *first;                       /* text node of the line */
    bool blank, shaky, plain_text;              /* plain_text: some of it is no link */
    size_t shaky_level, link_level, item_level; /* level at which it began; 0: not in one */
};

/* ---- kinds of elements ----------------------------------------------------------------------- */

static bool in_list(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(name, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

#define ONE_OF(name, list) in_list((name), (list), sizeof(list) / sizeof *(list))

static const char *const not_seen[] = {
    "script", "style",    "template", "noscript", "head",     "nav",    "footer",  "select",
    "option", "textarea", "input",    "button",   "datalist", "iframe", "object",  "embed",
    "audio",  "video",    "canvas",   "map",      "del",      "s",      "strike",  "noframes",
    "frame",  "frameset", "title",    "meter",    "progress", "applet", "noembed", "rp"};

static const char *const inlines[] = {
    "a",   "abbr", "acronym", "b",     "bdi",  "bdo",     "big",   "cite",   "code", "data",
    "dfn", "em",   "font",    "i",     "ins",  "kbd",     "label", "mark",   "q",    "rb",
    "rt",  "ruby", "samp",    "small", "span", "strong",  "sub",   "sup",    "time", "tt",
    "u",   "var",  "wbr",     "img",   "svg",  "picture", "br",    "output", "nobr", "source"};

static bool role_is(const xmlNode *e, const char *word)
{
    struct span role = html_attribute(e, "role");
    return role.n && html_has_word(role, word);
}

/* The header of the site, not that of an article in it. */
static bool is_site_header(const xmlNode *e)
{
    static const char *const within[] = {"article", "main", "section", "aside", "td", "li"};
    if (strcmp((const char *)e->name, "header") != 0) {
        return false;
    }
    for (const xmlNode *up = e->parent; up && up->type == XML_ELEMENT_NODE; up = up->parent) {
        if (ONE_OF((const char *)up->name, within)) {
            return false;
        }
    }
    return true;
}

static bool is_hidden(const xmlNode *e)
{
    struct span style = html_attribute(e, "style");
    const char *name = (const char *)e->name;
    return ONE_OF(name, not_seen) || is_site_header(e) || html_attribute(e, "hidden").p ||
           (style.n && style_hides(style)) || role_is(e, "navigation") || role_is(e, "search") ||
           role_is(e, "banner") || role_is(e, "contentinfo") ||
           (strcmp(name, "dialog") == 0 && !html_attribute(e, "open").p);
}

static enum page_box_kind box_kind(const char *name)
{
    static const struct {
        const char *name;
        enum page_box_kind kind;
    } rows[] = {{"dl", BOX_LIST},     {"dt", BOX_TERM}, {"dd", BOX_DATA}, {"table", BOX_TABLE},
                {"thead", BOX_HEADS}, {"tr", BOX_ROW},  {"td", BOX_CELL}, {"th", BOX_HEAD}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return rows[i].kind;
        }
    }
    return BOX_PLAIN;
}

static enum page_line_kind heading_of(const struct walk *w)
{
    for (size_t i = w->depth; i-- > 0;) {
        const char *name = (const char *)w->stack[i].element->name;
        if (name[0] == 'h' && name[1] >= '1' && name[1] <= '6' && !name[2]) {
            return (enum page_line_kind)(PAGE_HEAD1 + (name[1] - '1'));
        }
        if (strcmp(name, "caption") == 0 || strcmp(name, "legend") == 0) {
            return PAGE_HEAD7;
        }
    }
    return PAGE_TEXT;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static int top(const struct walk *w)
{
    return w->depth ? w->stack[w->depth - 1].box : PAGE_NONE;
}

static const char *trimmed(struct walk *w, size_t start, size_t end)
{
    const uint8_t *p = w->text.p ? w->text.p : (const uint8_t *)"";
    while (start < end && p[start] == ' ') {
        start++;
    }
    while (end > start && p[end - 1] == ' ') {
        end--;
    }
    const char *s = arena_str(w->p->arena, span_make(p + start, end - start));
    w->p->failed = w->p->failed || !s;
    return s ? s : "";
}

static const char *piece_text(struct walk *w, size_t from, size_t to)
{
    size_t end = to < w->piece_count ? w->pieces[to].start : w->text.n;
    return trimmed(w, w->pieces[from].start, end);
}

/* A piece of its own that is a known label, or ends with a colon. */
static bool is_label_piece(struct walk *w, size_t i)
{
    const char *s = piece_text(w, i, i + 1);
    size_t n = strlen(s);
    return n && n <= 120 && (s[n - 1] == ':' || page_is_label(w->p, s));
}

/* <b>Label</b> value <b>Label</b> value: a field for each. Returns how many. */
static size_t fields_of_pieces(struct walk *w, unsigned at)
{
    size_t found = 0, i = 0;
    while (i < w->piece_count) {
        size_t next = i + 1;
        if (!is_label_piece(w, i)) {
            i++;
            continue;
        }
        while (next < w->piece_count && !is_label_piece(w, next)) {
            next++;
        }
        const char *value = next > i + 1 ? piece_text(w, i + 1, next) : "";
        value += *value == ':' ? 1 : 0;
        value += strspn(value, " ");
        if (*value || next < w->piece_count) {
            page_add_field(w->p, top(w), at, piece_text(w, i, i + 1), value, w->first, w->shaky,
                           false);
            found++;
        }
        i = next;
    }
    return found;
}

static void flush(struct walk *w)
{
    const char *text = trimmed(w, 0, w->text.n), *label, *value;
    struct page *p = w->p;
    if (*text) {
        unsigned at = p->next;
        enum page_line_kind kind = heading_of(w);
        if (kind == PAGE_TEXT && !w->plain_text && w->item_level) {
            kind = PAGE_LINK;
        }
        size_t line = p->line_count;
        page_add_line(p, &(struct page_line){
                             .text = text, .node = w->first, .kind = kind, .shaky = w->shaky});
        bool form = w->depth && p->boxes[top(w)].control; /* labels of inputs, not of values */
        bool used = !form && w->piece_count > 1 && fields_of_pieces(w, at) > 0;
        if (!used && !form && page_split(p, text, &label, &value) && *value) {
            page_add_field(p, top(w), at, label, value, w->first, w->shaky, false);
            used = true;
        }
        if (!p->failed) {
            p->lines[line].used = used;
        }
    }
    w->text.n = 0;
    w->piece_count = 0;
    w->first = NULL;
    w->blank = w->shaky = w->plain_text = false;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void begin_piece(struct walk *w, const xmlNode *owner)
{
    bool same = w->piece_count && w->pieces[w->piece_count - 1].owner == owner;
    if (!same && w->piece_count < PIECES_MAX) {
        w->pieces[w->piece_count++] = (struct piece){w->text.n, owner};
    }
}

static void add_text(struct walk *w, const xmlNode *node, struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        /* U+00A0 is a blank to a reader, and to the labels. */
        bool hard = s.p[i] == 0xc2 && i + 1 < s.n && s.p[i + 1] == 0xa0;
        if (is_space(s.p[i]) || hard) {
            w->blank = w->text.n > 0;
            i += hard;
            continue;
        }
        if (w->blank) {
            buffer_char(&w->text, ' ');
            w->blank = false;
        }
        if (!w->first) {
            w->first = node;
        }
        begin_piece(w, node->parent);
        w->shaky = w->shaky || w->shaky_level;
        w->plain_text = w->plain_text || !w->link_level;
        buffer_char(&w->text, (char)s.p[i]);
    }
    w->p->failed = w->p->failed || !buffer_ok(&w->text);
}

/* ---- elements -------------------------------------------------------------------------------- */

static void mark_up(struct walk *w, bool table)
{
    for (size_t i = w->depth; i-- > 0;) {
        struct page_box *b = &w->p->boxes[w->stack[i].box];
        if (table) {
            b->nested = true;
            continue;
        }
        b->picture = true;
        if (b->kind != BOX_PLAIN) {
            return; /* a cell or the like: whose value it may be */
        }
    }
}

static void open_box(struct walk *w, const xmlNode *e)
{
    const char *name = (const char *)e->name;
    flush(w);
    if (w->depth >= PAGE_DEPTH_MAX) {
        w->p->unreadable = "it is nested too deeply";
        return;
    }
    enum page_box_kind kind = box_kind(name);
    if (kind == BOX_TABLE) {
        mark_up(w, true);
    }
    int box = page_open(w->p, top(w), e);
    if (box >= 0) {
        w->p->boxes[box].kind = kind;
        w->stack[w->depth++] = (struct open_box){e, box};
    }
    if (strcmp(name, "li") == 0 && !w->item_level) {
        w->item_level = w->level;
    }
}

static bool is_inline(const char *name)
{
    return ONE_OF(name, inlines);
}

static struct span file_name(struct span url)
{
    for (size_t i = url.n; i-- > 0;) {
        if (url.p[i] == '/') {
            return span_sub(url, i + 1, url.n);
        }
    }
    return url;
}

/* What a picture is said to show: it may speak against, never for. */
static void take_picture(struct walk *w, const xmlNode *e)
{
    struct span alt = html_attribute(e, "alt");
    if (w->depth) {
        mark_up(w, false);
    }
    if (!alt.n) {
        alt = file_name(html_attribute(e, "src"));
    }
    if (alt.n && alt.n < 200) {
        char *s = arena_str(w->p->arena, alt);
        for (char *c = s; c && *c; c++) {
            *c = *c == '-' || *c == '_' || *c == '.' ? ' ' : *c; /* "revoked-stamp.png" */
        }
        w->p->failed = w->p->failed || !s;
        page_add_line(w->p, &(struct page_line){.text = s ? s : "", .node = e, .shaky = true});
    }
}

/* Returns false when what is in it is not looked at. */
static bool enter(struct walk *w, const xmlNode *e)
{
    const char *name = (const char *)e->name;
    w->level++;
    if (strcmp(name, "br") == 0 || strcmp(name, "hr") == 0) {
        flush(w);
        return false;
    }
    if (strcmp(name, "input") == 0 || strcmp(name, "select") == 0 ||
        strcmp(name, "textarea") == 0) {
        if (w->depth) {
            w->p->boxes[top(w)].control = true;
        }
        return false;
    }
    if (is_hidden(e)) {
        w->blank = w->text.n > 0;
        return false;
    }
    if (strcmp(name, "img") == 0 || strcmp(name, "svg") == 0 || strcmp(name, "math") == 0) {
        take_picture(w, e);
        return false;
    }
    if (!w->shaky_level &&
        (style_may_hide(&w->rules, e) || html_has_word(html_attribute(e, "class"), "sr-only") ||
         html_has_word(html_attribute(e, "class"), "visually-hidden"))) {
        w->shaky_level = w->level;
    }
    if (strcmp(name, "a") == 0 && !w->link_level) {
        w->link_level = w->level;
    }
    if (strcmp(name, "bdo") == 0) {
        add_text(w, e, SPAN_LIT("\xef\xbf\xbd")); /* the order on the screen is another one */
    }
    if (strcmp(name, "sup") == 0 || strcmp(name, "sub") == 0) {
        w->blank = w->text.n > 0;
    }
    if (!is_inline(name)) {
        open_box(w, e);
    }
    return true;
}

static void leave(struct walk *w, const xmlNode *e)
{
    if (w->depth && w->stack[w->depth - 1].element == e) {
        flush(w);
        page_close(w->p, top(w));
        w->depth--;
    }
    if (strcmp((const char *)e->name, "sup") == 0 || strcmp((const char *)e->name, "sub") == 0) {
        w->blank = w->text.n > 0;
    }
    w->shaky_level = w->shaky_level == w->level ? 0 : w->shaky_level;
    w->link_level = w->link_level == w->level ? 0 : w->link_level;
    w->item_level = w->item_level == w->level ? 0 : w->item_level;
    w->level--;
}

static void walk_tree(struct walk *w, const xmlNode *root)
{
    const xmlNode *n = root;
    while (n && !w->p->failed && !w->p->unreadable) {
        bool down = false;
        if (n->type == XML_ELEMENT_NODE) {
            down = enter(w, n) && n->children;
        } else if ((n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE) && n->content) {
            add_text(w, n, span_str((const char *)n->content));
        }
        if (w->level > PAGE_DEPTH_MAX) {
            w->p->unreadable = "it is nested too deeply";
        }
        if (down) {
            n = n->children;
            continue;
        }
        if (n->type == XML_ELEMENT_NODE) {
            leave(w, n);
        }
        while (n != root && !n->next) {
            n = n->parent;
            leave(w, n);
        }
        n = n == root ? NULL : n->next;
    }
    flush(w);
    while (w->depth) { /* when it was given up */
        page_close(w->p, top(w));
        w->depth--;
    }
}

/* ---- the head, and what the page is made of -------------------------------------------------- */

static bool same_letters(struct span s, const char *word)
{
    return s.n == strlen(word) && html_has_word(s, word);
}

/* content="5; url=..." (WHATWG HTML 4.2.5.3); a page that reloads itself stays where it is. */
static void take_refresh(struct page *p, struct span content)
{
    size_t i = 0;
    unsigned seconds = 0;
    while (i < content.n && is_space(content.p[i])) {
        i++;
    }
    for (; i < content.n && content.p[i] >= '0' && content.p[i] <= '9'; i++) {
        seconds = seconds < 100000 ? seconds * 10 + (content.p[i] - '0') : seconds;
    }
    while (i < content.n && (is_space(content.p[i]) || content.p[i] == ';' || content.p[i] == ',' ||
                             content.p[i] == '.' || (content.p[i] >= '0' && content.p[i] <= '9'))) {
        i++;
    }
    if (i < content.n && seconds < REFRESH_LONG) {
        p->refresh = arena_str(p->arena, span_sub(content, i, 200));
    }
}

static bool mentions(const xmlNode *e, const char *attribute, const char *word)
{
    struct span v = html_attribute(e, attribute);
    return v.n && span_find(v, span_str(word), 0) != SIZE_MAX;
}

static bool is_captcha(const xmlNode *e)
{
    static const char *const words[] = {"captcha",  "cf-chl",   "challenge-platform",
                                        "datadome", "px-block", "turnstile"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (mentions(e, "class", words[i]) || mentions(e, "id", words[i]) ||
            mentions(e, "src", words[i]) || mentions(e, "action", words[i])) {
            return true;
        }
    }
    return false;
}

static int look_at_element(struct walk *w, const xmlNode *e)
{
    struct page *p = w->p;
    const char *name = (const char *)e->name;
    p->captcha += is_captcha(e);
    if (strcmp(name, "script") == 0) {
        p->scripts++;
        if (same_letters(html_attribute(e, "type"), "application/ld+json") && e->children &&
            e->children->content && p->data_count < PAGE_DATA_MAX) {
            p->data[p->data_count++] = span_str((const char *)e->children->content);
        }
    } else if (strcmp(name, "iframe") == 0 || strcmp(name, "frame") == 0 ||
               strcmp(name, "object") == 0 || strcmp(name, "embed") == 0) {
        p->frames += !html_attribute(e, "hidden").p;
    } else if (strcmp(name, "input") == 0) {
        p->password_inputs += same_letters(html_attribute(e, "type"), "password");
    } else if (strcmp(name, "meta") == 0) {
        if (same_letters(html_attribute(e, "http-equiv"), "refresh")) {
            take_refresh(p, html_attribute(e, "content"));
        }
    } else if (strcmp(name, "title") == 0 && !p->title && e->children && e->children->content) {
        p->title = arena_str(p->arena, span_str((const char *)e->children->content));
    } else if (strcmp(name, "style") == 0 && e->children && e->children->content) {
        return style_read(p->arena, span_str((const char *)e->children->content), &w->rules);
    } else if (strcmp(name, "plaintext") == 0 || strcmp(name, "xmp") == 0 ||
               strcmp(name, "noembed") == 0 || strcmp(name, "listing") == 0) {
        p->unreadable = "it has elements that browsers read in another way";
    }
    return 0;
}

static void look_at_all(struct walk *w, const xmlNode *root)
{
    const xmlNode *n = root;
    size_t level = 0;
    while (n) {
        if (n->type == XML_ELEMENT_NODE && look_at_element(w, n) != 0) {
            w->p->failed = true;
            return;
        }
        if (n->type == XML_ELEMENT_NODE && n->children) {
            n = n->children;
            level++;
            continue;
        }
        while (n != root && !n->next) {
            n = n->parent;
            level--;
        }
        n = n == root ? NULL : n->next;
    }
    if (w->rules.count >= STYLE_RULES_MAX) {
        w->p->unreadable = "its style sheet hides too much to follow";
    }
}

/* ---- the parser ------------------------------------------------------------------------------ */

/* Each text node remembers where its text ends in the page, plus one. */
static void characters(void *context, const xmlChar *text, int n)
{
    htmlParserCtxtPtr parser = context;
    xmlSAX2Characters(context, text, n);
    xmlNode *last = parser->node ? parser->node->last : NULL;
    if (last && last->type == XML_TEXT_NODE && !last->_private && parser->input) {
        size_t at = (size_t)(parser->input->cur - parser->input->base);
        size_t start = at > (size_t)n ? at - (size_t)n : 0;
        last->_private = (void *)(uintptr_t)(start + 1);
    }
}

/* Where WHATWG HTML and libxml2 are known to part: comments that end elsewhere, NUL. */
static const char *read_in_two_ways(struct span text)
{
    static const char *const marks[] = {"<!-->", "<!--->", "--!>", "<![CDATA[", "<![cdata["};
    if (memchr(text.p, 0, text.n)) {
        return "it has NUL bytes";
    }
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (span_find(text, span_str(marks[i]), 0) != SIZE_MAX) {
            return "it has comments that browsers read in another way";
        }
    }
    return NULL;
}

static void free_document(void *document)
{
    xmlFreeDoc(document);
}

static xmlDoc *parse(struct page *p, struct span text)
{
    htmlParserCtxtPtr parser = htmlCreateMemoryParserCtxt((const char *)text.p, (int)text.n);
    if (!parser) {
        p->failed = true;
        return NULL;
    }
    parser->sax->characters = characters;
    parser->sax->cdataBlock = xmlSAX2CDataBlock;
    (void)htmlCtxtUseOptions(parser, HTML_PARSE_RECOVER | HTML_PARSE_NONET | HTML_PARSE_NOERROR |
                                         HTML_PARSE_NOWARNING | HTML_PARSE_IGNORE_ENC);
    (void)xmlSwitchEncoding(parser, XML_CHAR_ENCODING_UTF8);
    (void)htmlParseDocument(parser);
    if (parser->input && parser->input->cur < parser->input->end) {
        p->unreadable = "it is nested too deeply or broken";
    }
    if (parser->lastError.code == XML_ERR_NO_MEMORY) {
        p->failed = true;
    }
    xmlDoc *document = parser->myDoc;
    parser->myDoc = NULL;
    htmlFreeParserCtxt(parser);
    if (document && arena_defer(p->arena, free_document, document) != 0) {
        p->failed = true;
        return NULL;
    }
    return document;
}

void page_html(struct page *p, struct span text)
{
    struct walk *w = arena_alloc(p->arena, sizeof *w);
    p->kind = PAGE_HTML;
    p->unreadable = text.n ? read_in_two_ways(text) : NULL;
    if (!w || text.n > INT32_MAX) {
        p->failed = true;
        return;
    }
    if (p->unreadable || !text.n) {
        return;
    }
    xmlDoc *document = parse(p, text);
    const xmlNode *root = document ? xmlDocGetRootElement(document) : NULL;
    if (p->failed || !root) {
        return;
    }
    w->p = p;
    buffer_init(&w->text, LINE_MAX_BYTES);
    look_at_all(w, root);
    if (!p->failed && !p->unreadable) {
        walk_tree(w, root);
    }
    buffer_free(&w->text);
    if (!p->failed && !p->unreadable) {
        html_fields(p);
        page_finish(p);
    }
}

const char *html_where(const struct page *p, const void *node)
{
    xmlChar *path = NULL;
    xmlNode *n;
    memcpy(&n, &node, sizeof node);
    if (n) {
        path = xmlGetNodePath(n);
    }
    const char *s = arena_str(p->arena, span_str(path ? (const char *)path : ""));
    xmlFree(path);
    return s;
}

int64_t html_offset(const void *node)
{
    const xmlNode *n = node;
    return n && n->_private ? (int64_t)(uintptr_t)n->_private - 1 : -1;
}
