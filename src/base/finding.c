/*
 * finding - text expansion and the list. See finding.h.
 */
#include "base/finding.h"

#include "base/buffer.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { MAX_ARGS = 4, MAX_TEXT = 4096 };

void findings_init(struct sp_findings *list)
{
    *list = (struct sp_findings){0};
    list->end = &list->first;
}

char *finding_clean_text(struct arena *a, struct span raw)
{
    struct buffer b;
    buffer_init(&b, raw.n * 3 + 1);
    utf8_clean(&b, raw);
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
                utf8_clean(&b, span_sub(span_str(args[i]), 0, MAX_TEXT));
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
