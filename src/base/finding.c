/*
 * finding - text expansion and the list. See finding.h.
 */
#include "base/finding.h"

#include "base/buffer.h"
#include "base/mem.h"

enum { MAX_ARGS = 4, MAX_TEXT = 4096 };

void findings_init(struct sp_findings *list)
{
    *list = (struct sp_findings){0};
    list->end = &list->first;
}

/* Length that the first octet of a UTF-8 sequence announces; 0 when it cannot be one. */
static size_t utf8_announced(uint8_t c)
{
    return c >= 0xf0 && c <= 0xf4 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc2 && c < 0xe0 ? 2 : 0;
}

/* Too long a form, a surrogate, or above U+10FFFF (RFC 3629 4), told by the first two octets. */
static bool utf8_outside(uint8_t c, uint8_t next)
{
    return (c == 0xe0 && next < 0xa0) || (c == 0xed && next > 0x9f) || (c == 0xf0 && next < 0x90) ||
           (c == 0xf4 && next > 0x8f);
}

/* C1 controls and the bidirectional overrides could make a report read as something else. */
static bool misleading(const uint8_t *p)
{
    bool c1 = p[0] == 0xc2 && p[1] < 0xa0;
    bool bidi = p[0] == 0xe2 && ((p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) ||
                                 (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
    return c1 || bidi;
}

/* Length of the UTF-8 sequence at s, 0 when it is not a valid, printable one (RFC 3629). */
static size_t utf8_length(struct span s)
{
    uint8_t c = s.p[0];
    if (c < 0x80) {
        return c >= 0x20 && c != 0x7f;
    }
    size_t n = utf8_announced(c);
    if (n == 0 || s.n < n) {
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        if ((s.p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return utf8_outside(c, s.p[1]) || misleading(s.p) ? 0 : n;
}

static void add_clean(struct buffer *b, struct span raw)
{
    while (raw.n) {
        size_t n = utf8_length(raw);
        buffer_add(b, n ? span_sub(raw, 0, n) : SPAN_LIT("\xef\xbf\xbd"));
        raw = span_sub(raw, n ? n : 1, raw.n);
    }
}

char *finding_clean_text(struct arena *a, struct span raw)
{
    struct buffer b;
    buffer_init(&b, raw.n * 3 + 1);
    add_clean(&b, raw);
    char *s = buffer_ok(&b) ? arena_str(a, buffer_span(&b)) : NULL;
    buffer_free(&b);
    return s;
}

/* The template with {0}..{3} replaced; arguments are cleaned and cut at MAX_TEXT. */
static char *expand(struct arena *a, const char *template, const char *const *args, size_t count)
{
    struct buffer b;
    buffer_init(&b, (size_t)MAX_TEXT * 16);
    for (const char *t = template; *t; t++) {
        if (t[0] == '{' && t[1] >= '0' && t[1] < '0' + MAX_ARGS && t[2] == '}') {
            size_t i = (size_t)(t[1] - '0');
            if (i < count) {
                add_clean(&b, span_sub(span_str(args[i]), 0, MAX_TEXT));
            }
            t += 2;
        } else {
            buffer_char(&b, *t);
        }
    }
    char *s = buffer_ok(&b) ? arena_str(a, buffer_span(&b)) : NULL;
    buffer_free(&b);
    return s;
}

void finding_add(struct arena *a, struct sp_findings *list, enum sp_reason reason,
                 const char *where, ...)
{
    const char *args[MAX_ARGS];
    size_t count = 0;
    va_list ap;
    va_start(ap, where);
    for (const char *arg; count < MAX_ARGS && (arg = va_arg(ap, const char *)) != NULL;) {
        args[count++] = arg;
    }
    va_end(ap);
    const struct sp_reason_row *row = sp_reason_row(reason);
    struct sp_finding *f = arena_alloc(a, sizeof *f);
    if (!f) {
        return;
    }
    f->reason = reason;
    f->level = row->level;
    f->where = arena_str(a, span_str(where));
    f->text = expand(a, row->text, args, count);
    f->text_hi = expand(a, row->text_hi, args, count);
    if (!f->where || !f->text || !f->text_hi) {
        return;
    }
    *list->end = f;
    list->end = &f->next;
    list->count++;
}

bool finding_has(const struct sp_findings *list, enum sp_reason reason)
{
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        if (f->reason == reason) {
            return true;
        }
    }
    return false;
}
