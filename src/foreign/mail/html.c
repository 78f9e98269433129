/*
 * html - see html.h.
 */
#include "foreign/mail/html.h"

#include <strings.h>

#include <libxml/HTMLparser.h>

enum { DEPTH_MAX = 256, QUOTES_MAX = 32 };

struct writer {
    struct buffer *out;
    size_t quotes;
    bool line_empty, space; /* nothing on this line yet; white space is due */
};

static bool is(const xmlNode *n, const char *names)
{
    /* names: " a b c " */
    char word[24];
    size_t len = strlen((const char *)n->name);
    if (len + 2 >= sizeof word) {
        return false;
    }
    word[0] = ' ';
    for (size_t i = 0; i < len; i++) {
        char c = (char)n->name[i];
        word[i + 1] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    word[len + 1] = ' ';
    word[len + 2] = 0;
    return strstr(names, word) != NULL;
}

/* The attribute's value holds the word. */
static bool says(const xmlNode *n, const char *attribute, const char *word)
{
    for (const xmlAttr *a = n->properties; a; a = a->next) {
        if (strcasecmp((const char *)a->name, attribute) == 0 && a->children &&
            a->children->content && strcasestr((const char *)a->children->content, word)) {
            return true;
        }
    }
    return false;
}

static bool has(const xmlNode *n, const char *attribute)
{
    for (const xmlAttr *a = n->properties; a; a = a->next) {
        if (strcasecmp((const char *)a->name, attribute) == 0) {
            return true;
        }
    }
    return false;
}

/* "font-size: 0px", not "font-size: 0.9em". */
static bool is_without_size(const xmlNode *n)
{
    static const char name[] = "font-size";
    for (const xmlAttr *a = n->properties; a; a = a->next) {
        const char *p = strcasecmp((const char *)a->name, "style") == 0 && a->children
                            ? (const char *)a->children->content
                            : NULL;
        for (p = p ? strcasestr(p, name) : NULL; p; p = strcasestr(p, name)) {
            p += sizeof name - 1;
            const char *v = p + strspn(p, ": \t");
            size_t zeros = strspn(v, "0.");
            if (*v == '0' && !(v[zeros] >= '1' && v[zeros] <= '9')) {
                return true;
            }
        }
    }
    return false;
}

static bool is_unseen(const xmlNode *n)
{
    return is(n, " script style head title template noscript object iframe select option textarea "
                 "input button ") ||
           has(n, "hidden") || says(n, "style", "display:none") ||
           says(n, "style", "display: none") || says(n, "style", "visibility:hidden") ||
           says(n, "style", "visibility: hidden") || says(n, "style", "mso-hide:all") ||
           is_without_size(n);
}

static bool is_quote(const xmlNode *n)
{
    return is(n, " blockquote ") || says(n, "class", "quote") || says(n, "class", "moz-cite") ||
           says(n, "class", "protonmail_") || says(n, "id", "quote");
}

/* Crossed out: it is there, and is not what the writer says. */
static bool is_crossed(const xmlNode *n)
{
    return is(n, " s strike del ") || says(n, "style", "line-through");
}

/* Outlook: everything behind this element is the quoted mail. */
static bool is_head_of_quoted(const xmlNode *n)
{
    return is(n, " hr ") || says(n, "id", "divRplyFwdMsg") || says(n, "id", "appendonsend") ||
           says(n, "id", "mail-editor-reference-message") ||
           says(n, "class", "OutlookMessageHeader");
}

static bool is_block(const xmlNode *n)
{
    return is(n, " p div br tr table ul ol li dl dt dd h1 h2 h3 h4 h5 h6 pre hr blockquote body "
                 "html section article header footer center address ");
}

static void end_line(struct writer *w)
{
    if (!w->line_empty) {
        buffer_char(w->out, '\n');
    }
    w->line_empty = true;
    w->space = false;
}

static void begin_line(struct writer *w)
{
    for (size_t i = 0; i < w->quotes && i < QUOTES_MAX; i++) {
        buffer_str(w->out, "> ");
    }
    w->line_empty = false;
}

static void text(struct writer *w, const xmlChar *content, bool pre)
{
    for (; content && *content; content++) {
        char c = (char)*content;
        bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
        if (pre && c == '\n') {
            end_line(w);
            continue;
        }
        if (blank) {
            w->space = true;
            continue;
        }
        if (w->line_empty) {
            begin_line(w);
        } else if (w->space) {
            buffer_char(w->out, ' ');
        }
        w->space = false;
        buffer_char(w->out, c);
    }
}

static void enter(struct writer *w, const xmlNode *n)
{
    if (is_block(n)) {
        end_line(w);
    } else if (is(n, " td th ")) {
        w->space = true;
    }
    if (is_head_of_quoted(n)) {
        end_line(w);
        buffer_str(w->out, "__________\n");
    }
    w->quotes += is_quote(n);
    if (is_crossed(n)) {
        text(w, (const xmlChar *)"~~", false);
    }
}

static void leave(struct writer *w, const xmlNode *n)
{
    if (is_crossed(n)) {
        text(w, (const xmlChar *)"~~", false);
    }
    if (is_quote(n)) {
        end_line(w);
        w->quotes--;
    }
    if (is_block(n)) {
        end_line(w);
    }
}

/* Depth first, without recursion. */
static bool walk(xmlNode *root, struct writer *w)
{
    size_t depth = 0, pre = 0;
    xmlNode *n = root;
    while (n) {
        bool element = n->type == XML_ELEMENT_NODE;
        if (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE) {
            text(w, n->content, pre > 0);
        }
        bool inside = element && !is_unseen(n);
        if (inside) {
            enter(w, n);
            pre += is(n, " pre ");
        }
        if (inside && n->children) {
            if (++depth > DEPTH_MAX) {
                return false;
            }
            n = n->children;
            continue;
        }
        if (inside) {
            leave(w, n);
            pre -= is(n, " pre ");
        }
        while (n != root && !n->next) {
            n = n->parent;
            depth--;
            leave(w, n);
            pre -= is(n, " pre ");
        }
        n = n == root ? NULL : n->next;
    }
    end_line(w);
    return true;
}

bool mail_html_text(struct span html, struct buffer *out)
{
    if (html.n == 0 || html.n > INT32_MAX) {
        return html.n == 0;
    }
    htmlDocPtr doc = htmlReadMemory((const char *)html.p, (int)html.n, NULL, "UTF-8",
                                    HTML_PARSE_RECOVER | HTML_PARSE_NONET | HTML_PARSE_NOERROR |
                                        HTML_PARSE_NOWARNING);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    struct writer w = {.out = out, .line_empty = true};
    bool good = root && walk(root, &w);
    xmlFreeDoc(doc);
    return good;
}
