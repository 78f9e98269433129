/*
 * rule_intake - R-REG-1, R-REG-2, R-FEE-1, R-TCF-1: registration, fee, completeness.
 */
#include "scheme/judge.h"

/* ---- R-REG-1: registered with the body before any testing starts ----------------------------- */

static void started(struct judging *j, const struct scheme_report *r)
{
    int32_t reg = j->facts->registered_on, start = r->tests_started;
    if (start == DATE_NONE) {
        item(j, r->number, SCHEME_PENDING, SCHEME_BLOCKS, SAY_REG_1_NO_START, NULL);
    } else if (reg == DATE_NONE) {
        item(j, r->number, SCHEME_FAIL, SCHEME_BLOCKS, SAY_REG_1_UNREGISTERED, say_day(j, start),
             NULL);
    } else if (start < reg || (start == reg && !j->settings->same_day_allowed)) {
        item(j, r->number, SCHEME_FAIL, SCHEME_BLOCKS, SAY_REG_1_EARLY, say_day(j, start),
             say_day(j, reg), NULL);
    } else {
        item(j, r->number, SCHEME_PASS, SCHEME_BLOCKS, SAY_REG_1_GOOD, say_day(j, start),
             say_day(j, reg), NULL);
    }
}

void rule_reg_1(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    used_day(j, "registered_on", f->registered_on);
    used_day(j, "first_test_on", judge_first_test(f));
    used_number(j, "same_day_allowed", j->settings->same_day_allowed);
    for (size_t i = 0; i < f->report_count; i++) {
        started(j, &f->reports[i]);
    }
    if (f->report_count) {
        summarise(j, SAY_REG_1_NOT_YET);
    } else if (f->registered_on == DATE_NONE) {
        say(j, SCHEME_PENDING, SAY_REG_1_NOT_YET, NULL);
    } else {
        say(j, SCHEME_PASS, SAY_REG_1_NO_TESTS, say_day(j, f->registered_on), NULL);
    }
}

/* ---- R-REG-2: the registration number in all later references -------------------------------- */

/* Issuers elsewhere cannot know the number. */
static bool must_refer(const struct scheme_facts *f, const struct scheme_document *d)
{
    return !d->superseded && d->author != SCHEME_BY_ISSUER && d->author != SCHEME_BY_OTHER &&
           d->author != SCHEME_BY_BODY && d->received_on != DATE_NONE &&
           d->received_on > f->registered_on;
}

static void refers(struct judging *j, const struct scheme_document *d)
{
    if (d->number_found == SCHEME_YES) {
        item(j, d->name, SCHEME_PASS, SCHEME_WARNS, SAY_REG_2_GOOD, NULL);
    } else if (d->on_number.what == SCHEME_ACCEPT) {
        item(j, d->name, SCHEME_PASS, SCHEME_WARNS, SAY_REG_2_OFFICER,
             judge_or(d->on_number.by, "-"), NULL);
    } else if (d->number_found == SCHEME_NO || d->on_number.what == SCHEME_REFUSE) {
        item(j, d->name, SCHEME_FAIL, SCHEME_WARNS, SAY_REG_2_ABSENT, NULL);
    } else {
        item(j, d->name, SCHEME_PENDING, SCHEME_WARNS, SAY_REG_2_NO_TEXT, NULL);
    }
}

void rule_reg_2(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    used_text(j, "number", f->number);
    used_day(j, "registered_on", f->registered_on);
    if (!f->number || f->registered_on == DATE_NONE) {
        say(j, SCHEME_PENDING, SAY_REG_2_NOT_YET, NULL);
        say_weight(j, SCHEME_WARNS);
        return;
    }
    for (size_t i = 0; i < f->document_count; i++) {
        if (must_refer(f, &f->documents[i])) {
            refers(j, &f->documents[i]);
        }
    }
    summarise(j, SAY_REG_2_NONE);
}

/* ---- R-FEE-1: registration fee and GST, after proposal and invoice --------------------------- */

/* Whole paise; half a paisa of GST is rounded up. */
static int64_t fee_due(const struct scheme_settings *s)
{
    return s->fee_paise + (s->fee_paise * s->gst_basis_points + 5000) / 10000;
}

struct paid {
    int64_t paise;
    bool without_invoice;
};

static struct paid paid_by(const struct scheme_facts *f, int32_t day)
{
    struct paid p = {0, false};
    for (size_t i = 0; i < f->payment_count; i++) {
        const struct scheme_payment *x = &f->payments[i];
        int64_t sum;
        if (x->paid_on == DATE_NONE || x->paid_on > day) {
            continue;
        }
        p.paise = __builtin_add_overflow(p.paise, x->paise, &sum) ? INT64_MAX : sum;
        p.without_invoice |=
            !x->invoice || x->invoiced_on == DATE_NONE || x->invoiced_on > x->paid_on;
    }
    return p;
}

void rule_fee_1(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    bool registered = f->registered_on != DATE_NONE;
    int64_t due = fee_due(j->settings);
    struct paid p = paid_by(f, registered ? f->registered_on : j->in->today);
    if (f->kind == SCHEME_CHANGE && !j->settings->fee_for_changes) {
        say(j, SCHEME_NA, SAY_NA_KIND, NULL);
        return;
    }
    used_number(j, "due_paise", due);
    used_number(j, "paid_paise", p.paise);
    used_day(j, "registered_on", f->registered_on);
    if (p.paise >= due) {
        say(j, SCHEME_PASS, p.without_invoice ? SAY_FEE_1_NO_INVOICE : SAY_FEE_1_GOOD,
            say_money(j, p.paise), say_money(j, due), NULL);
    } else if (registered) {
        say(j, SCHEME_FAIL, SAY_FEE_1_UNPAID, say_money(j, p.paise), say_money(j, due),
            say_day(j, f->registered_on), NULL);
    } else {
        say(j, SCHEME_PENDING, SAY_FEE_1_OPEN, say_money(j, p.paise), say_money(j, due), NULL);
    }
}

/* ---- R-TCF-1: the documents a submission needs ----------------------------------------------- */

static bool is_there(const struct scheme_facts *f, const char *kind)
{
    for (size_t i = 0; i < f->document_count; i++) {
        const struct scheme_document *d = &f->documents[i];
        if (!d->superseded && d->kind && strcmp(d->kind, kind) == 0 &&
            d->on_signature.what != SCHEME_REFUSE) {
            return true;
        }
    }
    return false;
}

/* What this program only proposes does not block until the body has made it its own. */
static void required(struct judging *j, const struct scheme_required_row *row)
{
    const struct scheme_facts *f = j->facts;
    enum scheme_weight weight = row->established ? SCHEME_BLOCKS : SCHEME_WARNS;
    if (is_there(f, row->kind)) {
        item(j, row->title, SCHEME_PASS, weight, SAY_TCF_1_GOOD, NULL);
    } else if (row->at_committee && !f->committee.meeting) {
        item(j, row->title, SCHEME_PENDING, SCHEME_WARNS, SAY_TCF_1_LATER, NULL);
    } else {
        item(j, row->title, f->received_on == DATE_NONE ? SCHEME_PENDING : SCHEME_FAIL, weight,
             SAY_TCF_1_MISSING, NULL);
    }
    item_hindi(j, row->title_hi);
}

void rule_tcf_1(struct judging *j)
{
    const struct scheme_required *set = j->in->required;
    used_number(j, "level", j->facts->level);
    used_text(j, "series", j->facts->series);
    used_day(j, "submitted_on", j->facts->received_on);
    for (size_t i = 0; i < set->count; i++) {
        if (scheme_required_applies(&set->rows[i], j->facts)) {
            required(j, &set->rows[i]);
        }
    }
    if (j->out->item_count) {
        summarise_as(j, SAY_TCF_1_NO_SET, SAY_TCF_1_SOME_MISSING, SAY_TCF_1_SOME_MISSING,
                     SAY_TCF_1_COMPLETE);
    } else {
        say(j, SCHEME_PENDING, SAY_TCF_1_NO_SET, NULL);
    }
}
