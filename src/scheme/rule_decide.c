/*
 * rule_decide - R-ASS-1, R-CC-1, R-LVL-1, R-CHG-1, R-CHG-2: people's decisions.
 */
#include <stdio.h>

#include "scheme/judge.h"

static bool is_minor(const struct scheme_facts *f)
{
    return f->kind == SCHEME_CHANGE && f->change.body_decided == SCHEME_MINOR;
}

/* ---- R-ASS-1: the assessor is appointed by the body ------------------------------------------ */

void rule_ass_1(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    bool appointed = f->assessor && f->assessor_on != DATE_NONE;
    bool met = f->committee.meeting && f->committee.on != DATE_NONE;
    used_text(j, "assessor_name", f->assessor);
    used_day(j, "appointed_on", f->assessor_on);
    used_day(j, "meeting_on", f->committee.on);
    if (is_minor(f)) {
        say(j, SCHEME_NA, SAY_NA_MINOR, NULL);
    } else if (met && (!appointed || f->assessor_on > f->committee.on)) {
        say(j, SCHEME_FAIL, SAY_ASS_1_MISSING, say_day(j, f->committee.on), NULL);
    } else if (!appointed) {
        say(j, SCHEME_PENDING, SAY_ASS_1_OPEN, NULL);
    } else if (f->assessor_conflict) {
        say(j, SCHEME_FAIL, SAY_ASS_1_CONFLICT, f->assessor, say_day(j, f->assessor_on), NULL);
        say_weight(j, SCHEME_FLAGS);
    } else {
        say(j, SCHEME_PASS, SAY_ASS_1_GOOD, f->assessor, say_day(j, f->assessor_on), NULL);
    }
}

/* ---- R-CC-1: certificate only after the committee's recommendation --------------------------- */

static void recommended(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    const struct scheme_committee *c = &f->committee;
    const char *open = say_number(j, (int64_t)c->conditions_open);
    bool conditions = c->decision == SCHEME_CC_CONDITIONS && c->conditions_open;
    if (f->issued_on != DATE_NONE && f->issued_on < c->on) {
        say(j, SCHEME_FAIL, SAY_CC_1_LATER, say_day(j, f->issued_on), say_day(j, c->on), NULL);
    } else if (conditions && f->issued_on != DATE_NONE) {
        say(j, SCHEME_FAIL, SAY_CC_1_ISSUED_OPEN, say_day(j, f->issued_on), open, NULL);
    } else if (conditions) {
        say(j, SCHEME_PENDING, SAY_CC_1_CONDITIONS, say_day(j, c->on), open, NULL);
    } else {
        say(j, SCHEME_PASS, SAY_CC_1_GOOD, say_day(j, c->on), c->meeting, NULL);
    }
}

void rule_cc_1(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    const struct scheme_committee *c = &f->committee;
    bool decided = c->meeting && c->on != DATE_NONE;
    bool in_favour = c->decision == SCHEME_CC_RECOMMENDED || c->decision == SCHEME_CC_CONDITIONS;
    used_text(j, "meeting", c->meeting);
    used_day(j, "meeting_on", c->on);
    used_day(j, "issued_on", f->issued_on);
    if (is_minor(f)) {
        say(j, SCHEME_NA, SAY_NA_MINOR, NULL);
    } else if (decided && in_favour) {
        recommended(j);
    } else if (decided && c->decision == SCHEME_CC_NOT_RECOMMENDED) {
        say(j, SCHEME_FAIL, SAY_CC_1_REFUSED, say_day(j, c->on), c->meeting, NULL);
    } else if (f->issued_on != DATE_NONE) {
        say(j, SCHEME_FAIL, SAY_CC_1_WITHOUT, say_day(j, f->issued_on), NULL);
    } else if (decided && c->decision == SCHEME_CC_DEFERRED) {
        say(j, SCHEME_PENDING, SAY_CC_1_DEFERRED, say_day(j, c->on), c->meeting, NULL);
    } else {
        say(j, SCHEME_PENDING, SAY_CC_1_OPEN, NULL);
    }
}

/* ---- R-LVL-1: levels 1, 2, 3 ----------------------------------------------------------------- */

void rule_lvl_1(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    char name[96];
    bool known = false;
    used_number(j, "level", f->level);
    used_text(j, "series", f->series);
    if (f->level < 0 || !f->series || !*f->series) {
        say(j, SCHEME_PENDING, SAY_LVL_1_OPEN, NULL);
        return;
    }
    (void)snprintf(name, sizeof name, "%.80s:%d", f->series, f->level);
    for (size_t i = 0; i < j->settings->levels.count; i++) {
        known |= strcmp(j->settings->levels.items[i], name) == 0;
    }
    say(j, known ? SCHEME_PASS : SCHEME_FAIL, known ? SAY_LVL_1_GOOD : SAY_LVL_1_UNKNOWN,
        say_number(j, f->level), f->series, NULL);
}

/* ---- R-CHG-1: reported within 3 months, with documents; the last day counts ------------------ */

void rule_chg_1(struct judging *j)
{
    const struct scheme_change *c = &j->facts->change;
    int32_t last = date_add_months(c->changed_on, (int)j->settings->change_report_months);
    used_day(j, "change_on", c->changed_on);
    used_day(j, "change_reported_on", c->reported_on);
    used_day(j, "last_day", last);
    if (last == DATE_NONE) {
        say(j, SCHEME_PENDING, SAY_CHG_1_NO_DATE, NULL);
    } else if (c->reported_on == DATE_NONE && j->in->today > last) {
        say(j, SCHEME_FAIL, SAY_CHG_1_MISSED, say_day(j, last), NULL);
        say_weight(j, SCHEME_FLAGS);
    } else if (c->reported_on == DATE_NONE) {
        say(j, SCHEME_PENDING, SAY_CHG_1_OPEN, say_day(j, last), NULL);
        say_until(j, last);
    } else if (c->reported_on > last) {
        say(j, SCHEME_FAIL, SAY_CHG_1_LATE, say_day(j, c->reported_on), say_day(j, last), NULL);
        say_weight(j, SCHEME_FLAGS);
    } else if (c->documents != SCHEME_YES) {
        say(j, SCHEME_PENDING, SAY_CHG_1_NO_DOCUMENTS, say_day(j, c->reported_on), NULL);
    } else {
        say(j, SCHEME_PASS, SAY_CHG_1_GOOD, say_day(j, c->reported_on), say_day(j, last), NULL);
    }
}

/* ---- R-CHG-2: the vendor analyses, the body decides ------------------------------------------ */

static const char *size_of(struct judging *j, enum scheme_change_size size)
{
    return size == SCHEME_MINOR   ? say_two(j, "minor", "लघु")
           : size == SCHEME_MAJOR ? say_two(j, "major", "बड़ा")
                                  : say_two(j, "nothing", "कुछ नहीं");
}

void rule_chg_2(struct judging *j)
{
    static const char *const words[] = {NULL, "minor", "major"};
    const struct scheme_change *c = &j->facts->change;
    used_text(j, "change_vendor", words[c->vendor_says]);
    used_text(j, "change_body", words[c->body_decided]);
    if (c->body_decided != SCHEME_SIZE_UNKNOWN) {
        say(j, SCHEME_PASS, SAY_CHG_2_DECIDED, size_of(j, c->body_decided),
            size_of(j, c->vendor_says), NULL);
    } else if (c->vendor_says == SCHEME_SIZE_UNKNOWN) {
        say(j, SCHEME_PENDING, SAY_CHG_2_NO_ANALYSIS, NULL);
    } else {
        say(j, SCHEME_PENDING, SAY_CHG_2_OPEN, size_of(j, c->vendor_says), NULL);
    }
}
