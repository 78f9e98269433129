/*
 * rule_validity - R-VAL-1 to R-VAL-4, R-REC-1, R-REC-2: from when to when, and renewal in time.
 */
#include <strings.h>

#include "scheme/judge.h"

/* ---- what the dates must be ------------------------------------------------------------------ */

bool judge_validity(const struct scheme_input *in, int32_t issue_on, struct judge_span *out)
{
    const struct scheme_facts *f = in->facts;
    int months = (int)in->settings->certificate_months;
    *out = (struct judge_span){DATE_NONE, DATE_NONE};
    if (f->kind == SCHEME_CHANGE && f->change.body_decided == SCHEME_MINOR) {
        *out = (struct judge_span){f->old_valid_from, f->old_valid_to};
        return f->old_valid_to != DATE_NONE;
    }
    if (f->kind == SCHEME_CHANGE) {
        out->from = f->change.body_decided == SCHEME_MAJOR ? f->committee.on : DATE_NONE;
    } else if (f->kind == SCHEME_RECERTIFICATION && !judge_counts_as_fresh(f)) {
        out->from = f->old_valid_to == DATE_NONE ? DATE_NONE : f->old_valid_to + 1;
    } else {
        out->from = issue_on;
    }
    out->to = date_period_end(out->from, months);
    return out->to != DATE_NONE;
}

/* The dates on the certificate against those of the rule. */
static void compare(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    struct judge_span must;
    bool known = judge_validity(j->in, f->issued_on, &must);
    bool minor = f->kind == SCHEME_CHANGE && f->change.body_decided == SCHEME_MINOR;
    used_day(j, "issued_on", f->issued_on);
    used_day(j, "valid_from", f->valid_from);
    used_day(j, "valid_to", f->valid_to);
    used_day(j, "previous_valid_to", f->old_valid_to);
    if (f->valid_from == DATE_NONE || f->valid_to == DATE_NONE) {
        /* The issue itself waits for nothing here. */
        say(j, SCHEME_PENDING, SAY_VAL_OPEN, NULL);
        say_weight(j, SCHEME_WARNS);
    } else if (!known) {
        say(j, SCHEME_PENDING, SAY_VAL_UNKNOWN, NULL);
    } else if (f->valid_to == must.to &&
               (f->valid_from == must.from || (minor && must.from == DATE_NONE))) {
        say(j, SCHEME_PASS, SAY_VAL_GOOD, say_day(j, f->valid_from), say_day(j, f->valid_to), NULL);
    } else {
        say(j, SCHEME_FAIL, SAY_VAL_WRONG, say_day(j, f->valid_from), say_day(j, f->valid_to),
            say_day(j, must.from), say_day(j, must.to), NULL);
    }
}

/* ---- R-VAL-1 to R-VAL-4 ---------------------------------------------------------------------- */

void rule_val_1(struct judging *j)
{
    if (j->facts->kind == SCHEME_FRESH || judge_counts_as_fresh(j->facts)) {
        compare(j);
    } else {
        say(j, SCHEME_NA, SAY_NA_KIND, NULL);
    }
}

void rule_val_2(struct judging *j)
{
    if (judge_counts_as_fresh(j->facts)) {
        say(j, SCHEME_NA, SAY_VAL_AS_FRESH, NULL);
    } else {
        compare(j);
    }
}

void rule_val_3(struct judging *j)
{
    enum scheme_change_size size = j->facts->change.body_decided;
    used_day(j, "meeting_on", j->facts->committee.on);
    if (size == SCHEME_MAJOR) {
        compare(j);
    } else if (size == SCHEME_MINOR) {
        say(j, SCHEME_NA, SAY_NA_MINOR, NULL);
    } else {
        say(j, SCHEME_PENDING, SAY_VAL_DECIDE, NULL);
    }
}

void rule_val_4(struct judging *j)
{
    enum scheme_change_size size = j->facts->change.body_decided;
    if (size == SCHEME_MINOR) {
        compare(j);
    } else if (size == SCHEME_MAJOR) {
        say(j, SCHEME_NA, SAY_NA_MAJOR, NULL);
    } else {
        say(j, SCHEME_PENDING, SAY_VAL_DECIDE, NULL);
    }
}

/* ---- R-REC-1: at least 3 months before expiry ------------------------------------------------ */

static void applied(struct judging *j, int32_t latest)
{
    const struct scheme_facts *f = j->facts;
    if (judge_counts_as_fresh(f)) {
        say(j, SCHEME_FAIL, SAY_REC_1_EXPIRED, say_day(j, f->received_on),
            say_day(j, f->old_valid_to), NULL);
    } else if (f->received_on > latest) {
        say(j, SCHEME_FAIL, SAY_REC_1_LATE, say_day(j, f->received_on), say_day(j, latest), NULL);
    } else {
        say(j, SCHEME_PASS, SAY_REC_1_GOOD, say_day(j, f->received_on), say_day(j, latest), NULL);
    }
}

void rule_rec_1(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    int32_t latest = date_add_months(f->old_valid_to, -(int)j->settings->recert_months_before);
    used_day(j, "submitted_on", f->received_on);
    used_day(j, "previous_valid_to", f->old_valid_to);
    used_day(j, "latest_on", latest);
    if (latest == DATE_NONE) {
        say(j, SCHEME_PENDING, SAY_REC_1_NO_EXPIRY, NULL);
    } else if (f->received_on != DATE_NONE) {
        applied(j, latest);
    } else if (j->in->today > latest) {
        say(j, SCHEME_FAIL, SAY_REC_1_MISSED, say_day(j, latest), NULL);
    } else {
        say(j, SCHEME_PENDING, SAY_REC_1_OPEN, say_day(j, latest), NULL);
        say_until(j, latest);
    }
}

/* ---- R-REC-2: changed location or address needs full testing --------------------------------- */

static const char *next_letter(const char *s)
{
    while (*s && !(*s & 0x80) && !(*s >= '0' && *s <= '9') && !(*s >= 'a' && *s <= 'z') &&
           !(*s >= 'A' && *s <= 'Z')) {
        s++;
    }
    return s;
}

/* Equal but for letter case, spaces and punctuation. */
static bool same_place(const char *a, const char *b)
{
    a = next_letter(a);
    b = next_letter(b);
    while (*a && strncasecmp(a, b, 1) == 0) {
        a = next_letter(a + 1);
        b = next_letter(b + 1);
    }
    return !*a && !*b;
}

/* The first new location the old certificate does not have; the new address if it changed. */
static const char *changed_place(const struct scheme_facts *f)
{
    for (size_t i = 0; i < f->new_location_count; i++) {
        bool known = false;
        for (size_t k = 0; k < f->old_location_count; k++) {
            known |= same_place(f->new_locations[i], f->old_locations[k]);
        }
        if (!known) {
            return f->new_locations[i];
        }
    }
    bool moved = f->old_address && f->new_address && !same_place(f->old_address, f->new_address);
    return moved ? f->new_address : NULL;
}

void rule_rec_2(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    const char *place = changed_place(f);
    used_number(j, "old_locations", (int64_t)f->old_location_count);
    used_number(j, "new_locations", (int64_t)f->new_location_count);
    used_text(j, "changed_place", place);
    if (!f->old_location_count || !f->new_location_count ||
        (place && f->full_testing == SCHEME_NOT_KNOWN)) {
        say(j, SCHEME_PENDING, SAY_REC_2_OPEN, NULL);
    } else if (!place) {
        say(j, SCHEME_PASS, SAY_REC_2_SAME, NULL);
    } else if (f->full_testing == SCHEME_YES) {
        say(j, SCHEME_PASS, SAY_REC_2_FULL, place, NULL);
    } else {
        say(j, SCHEME_FAIL, SAY_REC_2_PARTIAL, place, NULL);
    }
}
