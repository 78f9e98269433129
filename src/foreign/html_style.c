/*
 * html_style - what a page's own style sheets hide (CSS 2.2, Selectors 4), as far as it can be
 * told.
 *
 * Not a style engine: of a rule that hides something, the last simple selectors are kept, so an
 * element may be taken for hidden that is not. Such text counts against a certificate, never for
 * it. Style sheets in files of their own are not fetched.
 */
#include "foreign/page_inside.h"

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool same_word(struct span s, const char *word)
{
    size_t n = strlen(word);
    if (s.n != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (lower(s.p[i]) != (uint8_t)word[i]) {
            return false;
        }
    }
    return true;
}

static struct span trim(struct span s)
{
    while (s.n && is_blank(s.p[0])) {
        s = span_sub(s, 1, s.n);
    }
    while (s.n && is_blank(s.p[s.n - 1])) {
        s.n--;
    }
    return s;
}

/* Takes the text before the first of the mark, and the mark itself, off rest. */
static struct span before(struct span *rest, uint8_t mark)
{
    size_t n = 0;
    while (n < rest->n && rest->p[n] != mark) {
        n++;
    }
    struct span out = span_sub(*rest, 0, n);
    *rest = span_sub(*rest, n + 1, rest->n);
    return out;
}

/* ---- declarations ---------------------------------------------------------------------------- */

/* "0", "0px", "0.01": nothing of it is to be seen. */
static bool is_nothing(struct span v)
{
    size_t i = 0;
    bool digit = false;
    while (i < v.n && (v.p[i] == '0' || v.p[i] == '.')) {
        digit = digit || v.p[i] == '0';
        i++;
    }
    return digit && (i == v.n || v.p[i] < '1' || v.p[i] > '9' || (i > 1 && v.p[1] == '.'));
}

static bool far_away(struct span v)
{
    return v.n > 4 && v.p[0] == '-' && v.p[1] >= '1' && v.p[1] <= '9' && v.p[2] >= '0' &&
           v.p[2] <= '9' && v.p[3] >= '0' && v.p[3] <= '9';
}

static bool hiding(struct span name, struct span value)
{
    static const char *const sizes[] = {"opacity", "font-size",  "height",    "width",
                                        "zoom",    "max-height", "max-width", "line-height"};
    static const char *const places[] = {"left",        "top",         "right",     "bottom",
                                         "text-indent", "margin-left", "margin-top"};
    size_t important = span_find(value, SPAN_LIT("!"), 0);
    value = trim(important == SIZE_MAX ? value : span_sub(value, 0, important));
    if (same_word(name, "display")) {
        return same_word(value, "none");
    }
    if (same_word(name, "visibility") || same_word(name, "content-visibility")) {
        return same_word(value, "hidden") || same_word(value, "collapse");
    }
    if (same_word(name, "color") || same_word(name, "-webkit-text-fill-color")) {
        return same_word(value, "transparent");
    }
    if (same_word(name, "clip") || same_word(name, "clip-path") || same_word(name, "transform")) {
        return !same_word(value, "none") && !same_word(value, "auto") && value.n > 0;
    }
    if (same_word(name, "text-decoration") || same_word(name, "text-decoration-line")) {
        return span_find(value, SPAN_LIT("line-through"), 0) != SIZE_MAX;
    }
    if (same_word(name, "direction") || same_word(name, "unicode-bidi")) {
        return !same_word(value, "ltr") && !same_word(value, "normal") && value.n > 0;
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (same_word(name, sizes[i])) {
            return is_nothing(value);
        }
    }
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (same_word(name, places[i])) {
            return far_away(value);
        }
    }
    return false;
}

bool style_hides(struct span declarations)
{
    while (declarations.n) {
        struct span one = before(&declarations, ';');
        struct span name = trim(before(&one, ':'));
        if (hiding(name, trim(one))) {
            return true;
        }
    }
    return false;
}

/* ---- rules ----------------------------------------------------------------------------------- */

static size_t name_length(struct span s)
{
    size_t n = 0;
    while (n < s.n &&
           (s.p[n] >= 0x80 || s.p[n] == '-' || s.p[n] == '_' ||
            (lower(s.p[n]) >= 'a' && lower(s.p[n]) <= 'z') || (s.p[n] >= '0' && s.p[n] <= '9'))) {
        n++;
    }
    return n;
}

/* The last compound of a selector: behind its last blank or combinator. */
static struct span last_compound(struct span selector)
{
    size_t start = 0, depth = 0;
    for (size_t i = 0; i < selector.n; i++) {
        uint8_t c = selector.p[i];
        depth += c == '(' || c == '[';
        depth -= depth && (c == ')' || c == ']');
        if (depth == 0 && (is_blank(c) || c == '>' || c == '+' || c == '~')) {
            start = i + 1;
        }
    }
    return span_sub(selector, start, selector.n);
}

/* Generated content, and what holds only while somebody points at it. */
static bool other_state(struct span pseudo)
{
    static const char *const names[] = {"before",      "after",        "hover",
                                        "focus",       "active",       "disabled",
                                        "placeholder", "focus-within", "selection"};
    size_t colons = pseudo.n > 1 && pseudo.p[1] == ':' ? 2 : 1;
    struct span name = span_sub(pseudo, colons, pseudo.n);
    name.n = name_length(name);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (same_word(name, names[i])) {
            return true;
        }
    }
    return colons == 2;
}

static bool take_compound(struct span s, struct style_rule *out)
{
    *out = (struct style_rule){.tag = span_sub(s, 0, name_length(s))};
    s = span_sub(s, out->tag.n, s.n);
    if (s.n && s.p[0] == '*') {
        s = span_sub(s, 1, s.n);
    }
    while (s.n) {
        size_t n = name_length(span_sub(s, 1, s.n));
        struct span name = span_sub(s, 1, n);
        if (s.p[0] == '.' && n && !out->class.n) {
            out->class = name;
        } else if (s.p[0] == '#' && n) {
            out->id = name;
        } else if (s.p[0] == ':') {
            return !other_state(s) && (out->tag.n || out->class.n || out->id.n); /* perhaps */
        } else if (s.p[0] != '.') {
            break; /* an attribute: not looked at */
        }
        s = span_sub(s, 1 + n, s.n);
    }
    return out->tag.n || out->class.n || out->id.n;
}

static int add_selectors(struct arena *a, struct span list, struct style_rules *rules)
{
    while (list.n) {
        struct style_rule rule;
        struct span one = last_compound(trim(before(&list, ',')));
        if (!take_compound(one, &rule)) {
            continue;
        }
        void *rows = rules->rows;
        if (rules->count >= STYLE_RULES_MAX) {
            return 0;
        }
        if (arena_grow(a, &rows, &rules->room, rules->count + 1, sizeof rule) != 0) {
            return -1;
        }
        rules->rows = rows;
        rules->rows[rules->count++] = rule;
    }
    return 0;
}

/* Rules for paper or other media do not hide anything on a screen. */
static bool other_medium(struct span prelude)
{
    return span_find(prelude, SPAN_LIT("print"), 0) != SIZE_MAX &&
           span_find(prelude, SPAN_LIT("screen"), 0) == SIZE_MAX;
}

static struct span without_comments(struct arena *a, struct span css)
{
    uint8_t *out = arena_alloc(a, css.n + 1);
    size_t n = 0;
    for (size_t i = 0; out && i < css.n; i++) {
        if (css.p[i] == '/' && i + 1 < css.n && css.p[i + 1] == '*') {
            size_t end = span_find(css, SPAN_LIT("*/"), i + 2);
            i = end == SIZE_MAX ? css.n : end + 1;
            continue;
        }
        out[n++] = css.p[i];
    }
    return span_make(out, n);
}

static void skip_block(struct span *rest)
{
    size_t depth = 1, i = 0;
    while (i < rest->n && depth) {
        depth += rest->p[i] == '{';
        depth -= rest->p[i] == '}';
        i++;
    }
    *rest = span_sub(*rest, i, rest->n);
}

int style_read(struct arena *a, struct span css, struct style_rules *rules)
{
    struct span rest = without_comments(a, css);
    if (!rest.p) {
        return -1;
    }
    while (rest.n) {
        size_t open = 0;
        while (open < rest.n && rest.p[open] != '{' && rest.p[open] != ';' && rest.p[open] != '}') {
            open++;
        }
        struct span prelude = trim(span_sub(rest, 0, open));
        bool block = open < rest.n && rest.p[open] == '{';
        rest = span_sub(rest, open + 1, rest.n);
        if (!block) {
            continue; /* an at-rule without a block, or the end of a medium's */
        }
        if (prelude.n && prelude.p[0] == '@') {
            bool inside = span_starts(prelude, SPAN_LIT("@media")) ||
                          span_starts(prelude, SPAN_LIT("@supports")) ||
                          span_starts(prelude, SPAN_LIT("@layer"));
            if (!inside || other_medium(prelude)) {
                skip_block(&rest);
            }
            continue;
        }
        struct span body = before(&rest, '}');
        if (style_hides(body) && add_selectors(a, prelude, rules) != 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- elements -------------------------------------------------------------------------------- */

struct span html_attribute(const xmlNode *element, const char *name)
{
    for (const xmlAttr *at = element->properties; at; at = at->next) {
        if (strcmp((const char *)at->name, name) == 0) {
            return at->children && at->children->content
                       ? span_str((const char *)at->children->content)
                       : SPAN_LIT("");
        }
    }
    return SPAN_NONE;
}

bool html_has_word(struct span words, const char *word)
{
    while (words.n) {
        size_t n = 0;
        while (n < words.n && !is_blank(words.p[n])) {
            n++;
        }
        if (same_word(span_sub(words, 0, n), word)) {
            return true;
        }
        words = span_sub(words, n + 1, words.n);
    }
    return false;
}

static bool has_exact_word(struct span words, struct span word)
{
    while (words.n) {
        size_t n = 0;
        while (n < words.n && !is_blank(words.p[n])) {
            n++;
        }
        if (span_eq(span_sub(words, 0, n), word)) {
            return true;
        }
        words = span_sub(words, n + 1, words.n);
    }
    return false;
}

bool style_may_hide(const struct style_rules *rules, const xmlNode *element)
{
    struct span id = html_attribute(element, "id"), class = html_attribute(element, "class");
    const char *tag = (const char *)element->name;
    for (size_t i = 0; i < rules->count; i++) {
        const struct style_rule *r = &rules->rows[i];
        if ((!r->tag.n || same_word(r->tag, tag)) && (!r->id.n || span_eq(r->id, id)) &&
            (!r->class.n || has_exact_word(class, r->class))) {
            return true;
        }
    }
    return false;
}

const char *html_class(struct arena *a, const void *element)
{
    struct span v = html_attribute(element, "class");
    char *s = arena_str(a, span_sub(v, 0, 200));
    for (char *p = s; p && *p; p++) {
        *p = *p == '-' || *p == '_' ? ' ' : *p;
    }
    return s;
}
