/*
 * rule_foreign - R-EXT-1, R-EXT-2, R-CC-2: certificates of others submitted as evidence.
 *
 * The clock (facts, "The clock (R-EXT-2)"): day 0 is not counted (General Clauses Act 1897 s. 9),
 * the window ends at 23:59:59 in India of the last working day, a date that was told is never
 * shortened.
 */
#include "scheme/foreign_clock.h"
#include "scheme/judge.h"

static bool is_decided(const struct scheme_foreign *x)
{
    return x->state == SCHEME_FOREIGN_VERIFIED || x->state == SCHEME_FOREIGN_MISMATCH ||
           x->state == SCHEME_FOREIGN_DENIED;
}

/* Of a decided case the closures count as they were known on the day of the decision: a list that
 * changes afterwards changes nothing. */
struct scheme_window scheme_foreign_window(const struct scheme_input *in,
                                           const struct scheme_foreign *x)
{
    const struct foreign_dates dates = {in->facts->complete_on, in->facts->registered_on,
                                        x->queried_on, x->notified, x->extra_days};
    struct foreign_plan plan;
    int32_t as_of = in->today;
    if (is_decided(x) && x->decided_on != DATE_NONE && x->decided_on < as_of) {
        as_of = x->decided_on;
    }
    foreign_plan(&dates, in->settings, in->calendar, as_of, &plan);
    return (struct scheme_window){plan.start, plan.due, plan.missing_year};
}

/* ---- R-EXT-1: a weblink or the email of the issuing body ------------------------------------- */

void rule_ext_1(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    for (size_t i = 0; i < f->foreign_count; i++) {
        const struct scheme_foreign *x = &f->foreign[i];
        if (!x->has_link && !x->has_email) {
            item(j, x->number, SCHEME_FAIL, SCHEME_BLOCKS, SAY_EXT_1_NEITHER, NULL);
        } else if (x->issuer_approved != SCHEME_YES) {
            item(j, x->number, SCHEME_PENDING, SCHEME_BLOCKS, SAY_EXT_1_PROFILE, NULL);
        } else if (x->free_mail) {
            item(j, x->number, SCHEME_FAIL, SCHEME_FLAGS, SAY_EXT_1_FREE_MAIL, NULL);
        } else {
            item(j, x->number, SCHEME_PASS, SCHEME_BLOCKS, SAY_EXT_1_GOOD, NULL);
        }
    }
    used_number(j, "evidence", (int64_t)f->foreign_count);
    summarise(j, SAY_EXT_NONE);
}

/* ---- R-EXT-2: verification possible within 15 working days ----------------------------------- */

static void verified(struct judging *j, const struct scheme_foreign *x, struct scheme_window w)
{
    int32_t on = x->decided_on == DATE_NONE ? j->in->today : x->decided_on;
    if (w.due == DATE_NONE) {
        item(j, x->number, SCHEME_PASS, SCHEME_BLOCKS, SAY_EXT_2_GOOD_EARLY, say_day(j, on), NULL);
    } else if (on <= w.due) {
        item(j, x->number, SCHEME_PASS, SCHEME_BLOCKS, SAY_EXT_2_GOOD, say_day(j, on),
             say_day(j, w.due), NULL);
    } else {
        item(j, x->number, SCHEME_FAIL, SCHEME_BLOCKS, SAY_EXT_2_LATE, say_day(j, on),
             say_day(j, w.due), NULL);
    }
}

static void waiting(struct judging *j, const struct scheme_foreign *x, struct scheme_window w)
{
    bool over = w.due != DATE_NONE && j->in->today > w.due;
    if (over || x->state == SCHEME_FOREIGN_EXPIRED) {
        item(j, x->number, SCHEME_FAIL, SCHEME_BLOCKS, SAY_EXT_2_TIMEOUT, say_day(j, w.due), NULL);
        return;
    }
    if (w.due == DATE_NONE) {
        item(j, x->number, SCHEME_PENDING, SCHEME_BLOCKS, SAY_EXT_2_NOT_STARTED, NULL);
    } else if (x->state == SCHEME_FOREIGN_UNCLEAR) {
        item(j, x->number, SCHEME_PENDING, SCHEME_BLOCKS, SAY_EXT_2_UNCLEAR, say_day(j, w.due),
             NULL);
    } else {
        item(j, x->number, SCHEME_PENDING, SCHEME_BLOCKS, SAY_EXT_2_OPEN, say_day(j, w.start),
             say_day(j, w.due), NULL);
    }
    item_until(j, w.due);
}

void rule_ext_2(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    int missing = 0;
    for (size_t i = 0; i < f->foreign_count; i++) {
        const struct scheme_foreign *x = &f->foreign[i];
        struct scheme_window w = scheme_foreign_window(j->in, x);
        missing = missing ? missing : w.missing_year;
        if (x->state == SCHEME_FOREIGN_VERIFIED) {
            verified(j, x, w);
        } else if (x->state == SCHEME_FOREIGN_DENIED) {
            item(j, x->number, SCHEME_FAIL, SCHEME_BLOCKS, SAY_EXT_2_DENIED, NULL);
        } else if (x->state == SCHEME_FOREIGN_MISMATCH) {
            item(j, x->number, SCHEME_FAIL, SCHEME_BLOCKS, SAY_EXT_2_MISMATCH, NULL);
        } else {
            waiting(j, x, w);
        }
        if (f->foreign_count == 1) {
            used_day(j, "clock_start", w.start);
            used_day(j, "last_day", w.due);
        }
    }
    used_number(j, "evidence", (int64_t)f->foreign_count);
    used_number(j, "working_days", j->settings->ext_working_days);
    if (missing) {
        used_text(j, "year_without_closure_list", say_number(j, missing));
    }
    summarise(j, SAY_EXT_NONE);
}

/* ---- R-CC-2: Common Criteria is optional; its evidence goes through R-EXT -------------------- */

void rule_cc_2(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    for (size_t i = 0; i < f->foreign_count; i++) {
        const struct scheme_foreign *x = &f->foreign[i];
        struct scheme_window w = scheme_foreign_window(j->in, x);
        int32_t on = x->state == SCHEME_FOREIGN_VERIFIED && x->decided_on != DATE_NONE
                         ? x->decided_on
                         : j->in->today;
        bool late = w.due != DATE_NONE && on > w.due;
        if (!x->common_criteria) {
            continue;
        }
        if (late || x->state == SCHEME_FOREIGN_MISMATCH || x->state == SCHEME_FOREIGN_DENIED ||
            x->state == SCHEME_FOREIGN_EXPIRED) {
            item(j, x->number, SCHEME_FAIL, SCHEME_WARNS, SAY_CC_2_FAILED, NULL);
        } else if (x->state == SCHEME_FOREIGN_VERIFIED) {
            item(j, x->number, SCHEME_PASS, SCHEME_WARNS, SAY_CC_2_GOOD, NULL);
        } else {
            item(j, x->number, SCHEME_PENDING, SCHEME_WARNS, SAY_CC_2_OPEN, NULL);
            item_until(j, w.due);
        }
    }
    summarise(j, SAY_CC_2_NONE);
}
