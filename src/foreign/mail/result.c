/*
 * result - see result.h.
 */
#include "foreign/mail/result.h"

#include <strings.h>

#include "base/buffer.h"
#include "foreign/compare.h"

enum { HEAD_LINES = 6, ATTRIBUTION_LINES = 4, LABEL_MAX = 40 };

enum line_kind { LINE_PLAIN, LINE_CONFIRMED, LINE_DENIED, LINE_OTHER };

static bool is_space(const struct span *s, size_t *n)
{
    *n = 1;
    if (s->n >= 2 && s->p[0] == 0xc2 && s->p[1] == 0xa0) { /* U+00A0 */
        *n = 2;
        return true;
    }
    return s->n && (s->p[0] == ' ' || s->p[0] == '\t' || s->p[0] == '\r');
}

static struct span trimmed(struct span s)
{
    size_t n;
    while (is_space(&s, &n)) {
        s = span_sub(s, n, s.n);
    }
    for (;;) {
        if (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r')) {
            s.n--;
        } else if (s.n >= 2 && s.p[s.n - 2] == 0xc2 && s.p[s.n - 1] == 0xa0) {
            s.n -= 2;
        } else {
            return s;
        }
    }
}

static struct span next_line(struct span *rest)
{
    const uint8_t *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
    size_t n = end ? (size_t)(end - rest->p) : rest->n;
    struct span line = span_sub(*rest, 0, n);
    *rest = span_sub(*rest, n + (end != NULL), rest->n);
    return trimmed(line);
}

static bool starts(struct span s, const char *word)
{
    size_t n = strlen(word);
    return s.n >= n && strncasecmp((const char *)s.p, word, n) == 0;
}

static bool ends(struct span s, const char *word)
{
    size_t n = strlen(word);
    return s.n >= n && strncasecmp((const char *)s.p + s.n - n, word, n) == 0;
}

/* Takes the word off the front, and white space behind it. */
static bool take(struct span *s, const char *word)
{
    if (!starts(*s, word)) {
        return false;
    }
    *s = trimmed(span_sub(*s, strlen(word), s->n));
    return true;
}

/* ---- one line ---- */

/* *bold* as programs turn HTML into text. */
static struct span without_stars(struct span s)
{
    while (s.n >= 2 && s.p[0] == '*' && s.p[s.n - 1] == '*') {
        s = trimmed(span_sub(s, 1, s.n - 2));
    }
    return s;
}

static enum line_kind kind_of(struct span line)
{
    struct span s = without_stars(line);
    if (!take(&s, "RESULT") || !take(&s, ":")) {
        return LINE_PLAIN;
    }
    if (s.n && s.p[s.n - 1] == '.') {
        s = trimmed(span_sub(s, 0, s.n - 1));
    }
    bool gap = s.n > 3 && (s.p[3] == ' ' || s.p[3] == '\t');
    bool denied = gap && take(&s, "NOT");
    if (s.n != strlen("CONFIRMED") || !starts(s, "CONFIRMED")) {
        return LINE_OTHER;
    }
    return denied ? LINE_DENIED : LINE_CONFIRMED;
}

static bool is_marked(struct span line)
{
    return line.n && (line.p[0] == '>' || line.p[0] == '|');
}

/* ---- where the writer's own text ends ---- */

/* "-----Original Message-----", "---------- Forwarded message ---------", our own line: dashes,
 * words, dashes. */
static bool is_rule(struct span s)
{
    size_t left = 0, right = 0;
    while (left < s.n && (s.p[left] == '-' || s.p[left] == '=')) {
        left++;
    }
    while (right < s.n && (s.p[s.n - 1 - right] == '-' || s.p[s.n - 1 - right] == '=')) {
        right++;
    }
    return left >= 2 && right >= 2 && left + right < s.n;
}

/* A line of underscores or dashes, as programs put before what they quote. */
static bool is_bar(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '_' && s.p[i] != '-') {
            return false;
        }
    }
    return s.n >= 10;
}

/* "Label: value"; the colon may be a wide one. The label's length, 0: it is no such line. */
static size_t label_of(struct span s)
{
    for (size_t i = 1; i < s.n && i < LABEL_MAX; i++) {
        bool wide = i + 2 < s.n && memcmp(s.p + i, "\xef\xbc\x9a", 3) == 0;
        if (s.p[i] == ':' || wide) {
            return i;
        }
    }
    return 0;
}

static bool is_from_label(struct span label)
{
    static const char *const names[] = {
        "From",   "Von", "De",     "Da",     "Van",    "Från",   "Fra",       "Od",   "Lähettäjä",
        "Kimden", "От",  "差出人", "发件人", "寄件者", "寄件人", "보낸 사람", "प्रेषक", "Feladó"};
    label = trimmed(label);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (label.n == strlen(names[i]) && starts(label, names[i])) {
            return true;
        }
    }
    return false;
}

/* The header lines of another mail written out, in whatever language: three lines with labels, the
 * first of them a word for "From", or an address among them. */
static bool is_head(struct span line, struct span rest)
{
    size_t labels = 0;
    bool from = false, address = false;
    struct span s = line;
    for (size_t i = 0; i < HEAD_LINES; i++) {
        s = without_stars(s);
        while (s.n && s.p[0] == '*') { /* "*From:* X" */
            s = trimmed(span_sub(s, 1, s.n));
        }
        size_t label = label_of(s);
        if (label == 0) {
            break;
        }
        from = from || (i == 0 && is_from_label(span_sub(s, 0, label)));
        address = address || memchr(s.p, '@', s.n) != NULL;
        labels++;
        if (rest.n == 0) {
            break;
        }
        s = next_line(&rest);
    }
    return (labels >= 3 && (from || address)) || (labels >= 2 && from);
}

/* "On ..., X wrote:" in English; in other languages a line with an address and a number that ends
 * with a colon. */
static bool is_introduction(struct span s)
{
    bool digit = false;
    for (size_t i = 0; i < s.n; i++) {
        digit = digit || (s.p[i] >= '0' && s.p[i] <= '9');
    }
    return ends(s, "wrote:") ||
           (digit && memchr(s.p, '@', s.n) && (ends(s, ":") || ends(s, "\xef\xbc\x9a")));
}

/* Such a line, or one broken over some, before something that is not marked. */
static bool is_attribution(struct span line, struct span rest)
{
    bool whole = line.n && is_introduction(line);
    bool may_go_on = starts(line, "On ") || starts(line, "Am ") || starts(line, "Le ") ||
                     starts(line, "El ") || starts(line, "Il ") || starts(line, "Op ");
    if (!whole && !may_go_on) {
        return false;
    }
    for (size_t i = 0; i < ATTRIBUTION_LINES && rest.n && !whole; i++) {
        struct span more = next_line(&rest);
        whole = more.n && is_introduction(more);
        whole = whole || (more.n && memchr(more.p, '@', more.n) && ends(more, ":"));
    }
    struct span next = SPAN_NONE;
    while (rest.n && next.n == 0) {
        next = next_line(&rest);
    }
    return whole && !is_marked(next);
}

static bool ends_own_text(struct span line, struct span rest)
{
    return is_rule(line) || is_bar(line) || starts(line, "Begin forwarded message") ||
           (line.n == 2 && line.p[0] == '-' && line.p[1] == '-') || is_head(line, rest) ||
           is_attribution(line, rest);
}

static bool has_devanagari(struct span s)
{
    for (size_t i = 0; i + 2 < s.n; i++) {
        /* U+0900..U+097F: E0 A4 80 .. E0 A5 BF */
        if (s.p[i] == 0xe0 && (s.p[i + 1] == 0xa4 || s.p[i + 1] == 0xa5)) {
            return true;
        }
    }
    return false;
}

/* ---- what else the writer says --------------------------------------------------------------- */

/* Words of a certificate that is not in force: of all that a register's page may not say, those
 * that do not stand in the small print of mails as well ("should be deleted", "is void"). */
static bool is_about_certificates(const char *word)
{
    static const char *const words[] = {
        "suspended",  "suspension",    "withdrawn",  "withdrawal", "revoked",
        "revocation", "cancelled",     "canceled",   "expired",    "invalid",
        "lapsed",     "terminated",    "superseded", "valid",      "no longer meets",
        "widerrufen", "zuruckgezogen", "ausgesetzt", "ungultig",   "abgelaufen",
        "entzogen",   "suspendu",      "retire",     "revoque",    "resilie",
        "निलंबित",     "निलम्बित",       "रद्द",        "निरस्त",      "समाप्त",
        "अमान्य",      "अवैध",           "वैध",         "मान्य"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static const char *over_in(struct arena *a, const char *text)
{
    const char *word = status_blocking(a, NULL, text);
    return word && is_about_certificates(word) ? word : NULL;
}

/* A sentence that is broken over lines is read whole, and a list line by line: both must say it. */
static int look_for_end(struct arena *a, struct span own, struct mail_result *out)
{
    char *whole = arena_str(a, own);
    const char *word = NULL;
    for (struct span rest = own; whole && rest.n && !word;) {
        struct span line = next_line(&rest);
        const char *text = arena_str(a, line);
        whole = text ? whole : NULL;
        word = text ? over_in(a, text) : NULL;
    }
    for (char *p = whole; p && *p; p++) {
        *p = *p == '\n' ? ' ' : *p;
    }
    if (word && whole && over_in(a, whole)) {
        out->over = word;
    }
    return whole ? 0 : -1;
}

int mail_result_read(struct arena *a, struct span text, struct mail_result *out)
{
    struct buffer said;
    bool own = true;
    buffer_init(&said, text.n * 2 + 1);
    while (text.n) {
        struct span line = next_line(&text);
        bool marked = is_marked(line);
        own = own && (marked || !ends_own_text(line, text));
        while (is_marked(line)) {
            line = trimmed(span_sub(line, 1, line.n));
        }
        enum line_kind kind = kind_of(line);
        if (marked || !own) {
            out->quoted += kind == LINE_CONFIRMED || kind == LINE_DENIED;
            continue;
        }
        out->confirmed += kind == LINE_CONFIRMED;
        out->denied += kind == LINE_DENIED;
        out->other += kind == LINE_OTHER;
        out->hindi = out->hindi || has_devanagari(line);
        if (kind == LINE_PLAIN) {
            buffer_add(&said, line);
            buffer_char(&said, '\n');
        }
    }
    int rc = buffer_ok(&said) ? look_for_end(a, buffer_span(&said), out) : -1;
    buffer_free(&said);
    return rc;
}
