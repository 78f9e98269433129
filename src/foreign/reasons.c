/*
 * reasons - see reasons.h.
 */
#include "foreign/reasons.h"

#include "base/finding.h"
#include "base/template.h"

enum { DETAIL_MAX = 300 };

static const struct foreign_reason_row rows[FOREIGN_REASONS] = {
#define FOREIGN_REASON(id, code, level, cite, en, hi, hint, hint_hi)                               \
    {code, SP_LEVEL_##level, cite, en, hi, hint, hint_hi},
#include "foreign/reasons.def"
#undef FOREIGN_REASON
};

const struct foreign_reason_row *foreign_reason_row(enum foreign_reason id)
{
    return &rows[id];
}

void foreign_findings_init(struct foreign_findings *list, struct arena *a)
{
    *list = (struct foreign_findings){.arena = a};
    list->end = &list->first;
}

/* A detail is at most DETAIL_MAX bytes, cut between characters. */
static const char *safe(struct arena *a, const char *detail)
{
    struct span s = span_str(detail ? detail : "-");
    if (s.n > DETAIL_MAX) {
        s.n = DETAIL_MAX;
        while (s.n && (s.p[s.n] & 0xc0) == 0x80) {
            s.n--;
        }
    }
    return finding_clean_text(a, s);
}

static bool has(const struct foreign_findings *list, enum foreign_reason id, const char *where)
{
    for (const struct foreign_finding *f = list->first; f; f = f->next) {
        if (f->id == id && strcmp(f->where, where) == 0) {
            return true;
        }
    }
    return false;
}

void foreign_found(struct foreign_findings *list, enum foreign_reason id, const char *where,
                   const char *detail, const char *second)
{
    struct arena *a = list->arena;
    if (has(list, id, where)) {
        return;
    }
    const char *args[] = {safe(a, detail), safe(a, second)};
    struct foreign_finding *f = arena_alloc(a, sizeof *f);
    if (!f || !args[0] || !args[1]) {
        return;
    }
    f->id = id;
    f->where = arena_str(a, span_str(where));
    f->text = template_fill(a, rows[id].text, args, 2, "-");
    f->text_hi = template_fill(a, rows[id].text_hi, args, 2, "-");
    if (!f->where || !f->text || !f->text_hi) {
        return;
    }
    *list->end = f;
    list->end = &f->next;
}

const struct foreign_finding *foreign_first(const struct foreign_findings *list,
                                            enum sp_level level)
{
    const struct foreign_finding *best = NULL;
    for (const struct foreign_finding *f = list->first; f; f = f->next) {
        if (rows[f->id].level == level && (!best || f->id < best->id)) {
            best = f;
        }
    }
    return best;
}

bool foreign_has(const struct foreign_findings *list, enum foreign_reason id)
{
    const struct foreign_finding *f = list->first;
    while (f && f->id != id) {
        f = f->next;
    }
    return f != NULL;
}

void foreign_findings_json(struct json *j, const struct foreign_findings *list)
{
    json_open(j, '[');
    for (const struct foreign_finding *f = list->first; f; f = f->next) {
        const struct foreign_reason_row *r = &rows[f->id];
        json_open(j, '{');
        json_put_finding(j,
                         &(struct json_finding){r->code, sp_level_name(r->level), f->where, r->cite,
                                                f->text, f->text_hi, r->hint, r->hint_hi});
        json_close(j, '}');
    }
    json_close(j, ']');
}
