/*
 * deadlines - the validity of a certificate to be issued, and the dates that matter. See rules.h.
 */
#include <stdlib.h>

#include "scheme/judge.h"

/* ---- validity -------------------------------------------------------------------------------- */

static enum say sentence_of(const struct scheme_facts *f, struct scheme_validity *out)
{
    if (f->kind == SCHEME_CHANGE && f->change.body_decided == SCHEME_MINOR) {
        out->rule = "R-VAL-4";
        out->amends = true;
        return SAY_VALIDITY_MINOR;
    }
    if (f->kind == SCHEME_CHANGE) {
        out->rule = "R-VAL-3";
        out->supersedes = true;
        return SAY_VALIDITY_MAJOR;
    }
    if (f->kind == SCHEME_RECERTIFICATION && !judge_counts_as_fresh(f)) {
        out->rule = "R-VAL-2";
        return SAY_VALIDITY_RECERT;
    }
    out->rule = "R-VAL-1";
    return SAY_VALIDITY_FRESH;
}

int scheme_validity(struct arena *a, const struct scheme_input *in, int32_t issue_on,
                    struct scheme_validity *out)
{
    struct judging j = {.a = a, .in = in, .facts = in->facts, .settings = in->settings};
    struct judge_span span;
    struct said s;
    *out = (struct scheme_validity){.gap_from = DATE_NONE, .gap_to = DATE_NONE};
    enum say id = sentence_of(in->facts, out);
    bool known = judge_validity(in, issue_on, &span);
    out->from = known ? span.from : DATE_NONE;
    out->to = known ? span.to : DATE_NONE;
    if (id == SAY_VALIDITY_RECERT && known && issue_on != DATE_NONE && issue_on > span.from) {
        out->gap_from = span.from;
        out->gap_to = issue_on - 1;
        id = SAY_VALIDITY_GAP;
    }
    if (!known) {
        s = say_text(&j, SAY_VALIDITY_UNKNOWN, NULL);
    } else if (id == SAY_VALIDITY_MINOR) {
        s = say_text(&j, id, say_day(&j, span.to), NULL);
    } else {
        s = say_text(&j, id, say_day(&j, span.from), say_day(&j, span.to),
                     say_day(&j, out->gap_from), say_day(&j, out->gap_to), NULL);
    }
    out->text = s.text;
    out->text_hi = s.text_hi;
    return j.failed ? -1 : 0;
}

/* ---- deadlines ------------------------------------------------------------------------------- */

struct list {
    struct judging j;
    struct scheme_deadline *rows;
    size_t count, room;
};

static void add(struct list *l, enum scheme_deadline_kind kind, int32_t date, const char *rule,
                const char *about, int missing_year, struct said s)
{
    if (date == DATE_NONE) {
        return;
    }
    if (arena_grow(l->j.a, (void **)&l->rows, &l->room, l->count + 1, sizeof *l->rows) < 0) {
        l->j.failed = true;
        return;
    }
    l->rows[l->count++] =
        (struct scheme_deadline){kind, date, rule, about, s.text, s.text_hi, missing_year};
}

/* A day of the window: so many working days after its start, as known today. */
static void add_window_day(struct list *l, const struct scheme_foreign *x, int32_t start,
                           int64_t days, enum scheme_deadline_kind kind, enum say id)
{
    struct judging *j = &l->j;
    const struct scheme_input *in = j->in;
    const char *about = judge_or(x->number, "-");
    struct calendar_due due = calendar_due(in->calendar, start, (int)days, in->today);
    if (days < in->settings->ext_working_days) {
        add(l, kind, due.date, "R-EXT-2", about, due.missing_year,
            say_text(j, id, about, say_number(j, days), NULL));
    }
}

static void add_foreign(struct list *l, const struct scheme_foreign *x)
{
    struct judging *j = &l->j;
    const struct scheme_settings *s = j->settings;
    const char *about = judge_or(x->number, "-");
    struct scheme_window w = scheme_foreign_window(j->in, x);
    bool open = x->state == SCHEME_FOREIGN_DRAFT || x->state == SCHEME_FOREIGN_OPEN ||
                x->state == SCHEME_FOREIGN_UNCLEAR;
    if (!open) {
        return;
    }
    if (x->queried_on == DATE_NONE && j->facts->complete_on != DATE_NONE) {
        struct calendar_due due = calendar_due(j->in->calendar, j->facts->complete_on,
                                               (int)s->query_working_days, j->in->today);
        add(l, SCHEME_EXT_QUERY, due.date, "R-EXT-2", about, due.missing_year,
            say_text(j, SAY_DUE_QUERY, about, say_day(j, due.date), NULL));
    }
    if (w.start == DATE_NONE) {
        return;
    }
    for (size_t i = 0; !x->reminded && i < s->ext_remind_days.count; i++) {
        add_window_day(l, x, w.start, s->ext_remind_days.items[i], SCHEME_EXT_REMIND,
                       SAY_DUE_REMIND);
    }
    add_window_day(l, x, w.start, s->ext_tell_day, SCHEME_EXT_TELL, SAY_DUE_TELL);
    add_window_day(l, x, w.start, s->ext_escalate_day, SCHEME_EXT_ESCALATE, SAY_DUE_ESCALATE);
    add(l, SCHEME_EXT_DUE, w.due, "R-EXT-2", about, w.missing_year,
        say_text(j, SAY_DUE_EXT, about, say_number(j, s->ext_working_days), NULL));
}

/* Of the certificate that was issued, else of the one that is renewed or changed. */
static void add_expiry(struct list *l)
{
    struct judging *j = &l->j;
    const struct scheme_facts *f = j->facts;
    const struct scheme_settings *s = j->settings;
    bool issued = f->issued_on != DATE_NONE && f->valid_to != DATE_NONE;
    int32_t to = issued ? f->valid_to : f->old_valid_to;
    const char *about = judge_or(issued ? f->number : f->old_certificate, judge_or(f->number, "-"));
    int32_t latest = date_add_months(to, -(int)s->recert_months_before);
    bool applied = !issued && f->kind == SCHEME_RECERTIFICATION && f->received_on != DATE_NONE;
    if (to == DATE_NONE) {
        return;
    }
    if (!applied) {
        add(l, SCHEME_REC_WARN, date_add_months(to, -(int)s->recert_warn_months), "R-REC-1", about,
            0, say_text(j, SAY_DUE_REC_WARN, about, say_day(j, to), say_day(j, latest), NULL));
        add(l, SCHEME_REC_LATEST, latest, "R-REC-1", about, 0,
            say_text(j, SAY_DUE_REC, about, NULL));
    }
    add(l, SCHEME_EXPIRY, to, issued ? "R-VAL-1" : "R-VAL-2", about, 0,
        say_text(j, SAY_DUE_EXPIRY, about, NULL));
}

static void add_change(struct list *l)
{
    struct judging *j = &l->j;
    const struct scheme_facts *f = j->facts;
    const char *about = judge_or(f->old_certificate, judge_or(f->product, "-"));
    if (f->kind == SCHEME_CHANGE && f->change.reported_on == DATE_NONE) {
        add(l, SCHEME_CHANGE_REPORT,
            date_add_months(f->change.changed_on, (int)j->settings->change_report_months),
            "R-CHG-1", about, 0, say_text(j, SAY_DUE_CHANGE, about, NULL));
    }
}

static int by_date(const void *x, const void *y)
{
    const struct scheme_deadline *a = x, *b = y;
    if (a->date != b->date) {
        return a->date < b->date ? -1 : 1;
    }
    return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : strcmp(a->about, b->about);
}

int scheme_deadlines(struct arena *a, const struct scheme_input *in, struct scheme_deadlines *out)
{
    struct list l = {.j = {.a = a, .in = in, .facts = in->facts, .settings = in->settings}};
    for (size_t i = 0; i < in->facts->foreign_count; i++) {
        add_foreign(&l, &in->facts->foreign[i]);
    }
    add_expiry(&l);
    add_change(&l);
    if (l.count) {
        qsort(l.rows, l.count, sizeof *l.rows, by_date);
    }
    *out = (struct scheme_deadlines){l.rows, l.count};
    return l.j.failed ? -1 : 0;
}

const char *scheme_deadline_word(enum scheme_deadline_kind kind)
{
    static const char *const words[] = {"first-query",  "remind-issuer", "tell-vendor",
                                        "escalate",     "window-ends",   "renewal-opens",
                                        "renewal-ends", "expiry",        "change-report"};
    return words[kind];
}

void scheme_deadlines_json(struct json *j, const struct scheme_deadlines *deadlines)
{
    char day[DATE_TEXT];
    json_open(j, '[');
    for (size_t i = 0; i < deadlines->count; i++) {
        const struct scheme_deadline *d = &deadlines->rows[i];
        json_open(j, '{');
        json_put_text(j, "kind", scheme_deadline_word(d->kind));
        json_put_text(j, "date", date_text(d->date, day));
        json_put_text(j, "rule", d->rule);
        json_put_text(j, "about", d->about);
        json_put_text(j, "text", d->text);
        json_put_text(j, "text_hi", d->text_hi);
        json_key(j, "year_without_list");
        if (d->missing_year) {
            json_number(j, d->missing_year);
        } else {
            json_none(j);
        }
        json_close(j, '}');
    }
    json_close(j, ']');
}
