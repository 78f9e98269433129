/*
 * finding - text expansion and the list. See finding.h.
 */
#include "base/finding.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/mem.h"
#include "base/template.h"
#include "base/utc.h"
#include "base/utf8.h"

enum { MAX_TEXT = 4096 };

void findings_init(struct sp_findings *list)
{
    *list = (struct sp_findings){0};
    list->end = &list->first;
}

void findings_settle(struct sp_findings *list)
{
    if (!list->first) {
        findings_init(list);
    }
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

/* Marks an argument as a time in seconds; no cleaned text holds it. */
#define TIME_MARK '\x01'

const char *finding_time(int64_t t, char *out)
{
    (void)snprintf(out, FINDING_TIME, "%c%lld", TIME_MARK, (long long)t);
    return out;
}

/* As it is shown: cleaned and cut at MAX_TEXT, a time in the text's language. */
static const char *argument(struct arena *a, const char *arg, bool hindi)
{
    char text[UTC_TEXT];
    if (arg[0] != TIME_MARK) {
        return finding_clean_text(a, span_sub(span_str(arg), 0, MAX_TEXT));
    }
    utc_people(strtoll(arg + 1, NULL, 10), hindi, text);
    return arena_str(a, span_str(*text ? text : "-"));
}

static char *expand(struct arena *a, const char *template, const char *const *args, size_t count,
                    bool hindi)
{
    const char *shown[TEMPLATE_ARGS];
    for (size_t i = 0; i < count; i++) {
        shown[i] = argument(a, args[i], hindi);
        if (!shown[i]) {
            return NULL;
        }
    }
    return template_fill(a, template, shown, count, "");
}

void finding_add(struct arena *a, struct sp_findings *list, enum sp_reason reason,
                 const char *where, ...)
{
    const char *args[TEMPLATE_ARGS];
    size_t count = 0;
    va_list ap;
    va_start(ap, where);
    for (const char *arg; count < TEMPLATE_ARGS && (arg = va_arg(ap, const char *)) != NULL;) {
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
    f->text = expand(a, row->text, args, count, false);
    f->text_hi = expand(a, row->text_hi, args, count, true);
    if (!f->where || !f->text || !f->text_hi) {
        return;
    }
    *list->end = f;
    list->end = &f->next;
    list->count++;
}

void findings_move(struct sp_findings *to, struct sp_findings *from)
{
    if (from->first) {
        *to->end = from->first;
        to->end = from->end;
        to->count += from->count;
        findings_init(from);
    }
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
