/*
 * rule_lab - R-LAB-1 to R-LAB-3, R-ROLE-1: who tested, when, and with whose empanelment.
 */
#include <strings.h>

#include "policy/organisation.h"
#include "scheme/judge.h"

/* ---- R-LAB-1: the laboratory allotted, of STQC or empanelled by it --------------------------- */

static bool lab_listed(const struct judging *j, int32_t date)
{
    const struct scheme_lab *lab = &j->facts->lab;
    return lab->stqc_own || judge_empanelled(j, lab->name, SCHEME_STQC, date);
}

static void tested_at(struct judging *j, const struct scheme_report *r)
{
    const struct scheme_lab *lab = &j->facts->lab;
    int32_t first = r->tests_started, last = r->tests_ended != DATE_NONE ? r->tests_ended : first;
    bool known = *judge_or(r->issuer, "");
    if (known && (!lab->name || lab->allotted_on == DATE_NONE)) {
        item(j, r->number, SCHEME_FAIL, SCHEME_BLOCKS, SAY_LAB_1_NO_ALLOTMENT, NULL);
    } else if (known && !organisation_match(lab->name, r->issuer)) {
        item(j, r->number, SCHEME_FAIL, SCHEME_BLOCKS, SAY_LAB_1_OTHER, judge_or(r->issuer, "-"),
             lab->name, NULL);
    } else if (!known || first == DATE_NONE) {
        item(j, r->number, SCHEME_PENDING, SCHEME_BLOCKS, SAY_LAB_1_NO_DATES, NULL);
    } else if (first < lab->allotted_on) {
        item(j, r->number, SCHEME_FAIL, SCHEME_BLOCKS, SAY_LAB_1_BEFORE, say_day(j, first),
             say_day(j, lab->allotted_on), NULL);
    } else if (!lab_listed(j, first) || !lab_listed(j, last)) {
        item(j, r->number, SCHEME_FAIL, SCHEME_BLOCKS, SAY_LAB_1_NOT_EMPANELLED, lab->name,
             say_day(j, lab_listed(j, first) ? last : first), NULL);
    } else {
        item(j, r->number, SCHEME_PASS, SCHEME_BLOCKS, SAY_LAB_1_GOOD, lab->name,
             say_day(j, lab->allotted_on), NULL);
    }
}

static void only_allotted(struct judging *j)
{
    const struct scheme_lab *lab = &j->facts->lab;
    if (!lab->name || lab->allotted_on == DATE_NONE) {
        say(j, SCHEME_PENDING, SAY_LAB_1_NONE, NULL);
    } else if (!lab_listed(j, lab->allotted_on)) {
        say(j, SCHEME_FAIL, SAY_LAB_1_NOT_EMPANELLED, lab->name, say_day(j, lab->allotted_on),
            NULL);
    } else {
        say(j, SCHEME_PENDING, SAY_LAB_1_ALLOTTED, lab->name, say_day(j, lab->allotted_on), NULL);
    }
}

void rule_lab_1(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    used_text(j, "lab_name", f->lab.name);
    used_day(j, "allotted_on", f->lab.allotted_on);
    for (size_t i = 0; i < f->report_count; i++) {
        if (f->reports[i].kind == SCHEME_DEVICE_TEST) {
            tested_at(j, &f->reports[i]);
        }
    }
    if (j->out->item_count) {
        summarise(j, SAY_LAB_1_NONE);
    } else {
        only_allotted(j);
    }
}

/* ---- R-LAB-2: quotation, work order, agreement, then evaluation ------------------------------ */

void rule_lab_2(struct judging *j)
{
    const struct scheme_lab *lab = &j->facts->lab;
    int32_t test = judge_first_test(j->facts);
    int32_t q = lab->quotation_on, w = lab->work_order_on, a = lab->agreement_on;
    used_day(j, "quotation_on", q);
    used_day(j, "work_order_on", w);
    used_day(j, "agreement_on", a);
    used_day(j, "first_test_on", test);
    bool missing = q == DATE_NONE || w == DATE_NONE || a == DATE_NONE;
    bool in_order = (w == DATE_NONE || q <= w) && (a == DATE_NONE || (q <= a && w <= a)) &&
                    (test == DATE_NONE || (q <= test && w <= test && a <= test));
    if (!in_order) {
        say(j, SCHEME_FAIL, SAY_LAB_2_ORDER, say_day(j, q), say_day(j, w), say_day(j, a),
            say_day(j, test), NULL);
    } else if (missing && test == DATE_NONE) {
        say(j, SCHEME_PENDING, SAY_LAB_2_OPEN, NULL);
    } else if (missing) {
        say(j, SCHEME_FAIL, SAY_LAB_2_MISSING, say_day(j, test), NULL);
    } else {
        say(j, SCHEME_PASS, SAY_LAB_2_GOOD, NULL);
    }
    say_weight(j, SCHEME_WARNS);
}

/* ---- R-LAB-3: the report in duplicate, original to the applicant, duplicate to the body ------ */

void rule_lab_3(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    for (size_t i = 0; i < f->report_count; i++) {
        const struct scheme_report *r = &f->reports[i];
        if (r->kind != SCHEME_DEVICE_TEST) {
            continue;
        }
        if (!r->sha256_applicant || !r->sha256_body) {
            item(j, r->number, SCHEME_PENDING, SCHEME_BLOCKS, SAY_LAB_3_ONE, NULL);
        } else if (strcasecmp(r->sha256_applicant, r->sha256_body) != 0) {
            item(j, r->number, SCHEME_FAIL, SCHEME_BLOCKS, SAY_LAB_3_DIFFER, NULL);
        } else {
            item(j, r->number, SCHEME_PASS, SCHEME_BLOCKS, SAY_LAB_3_GOOD, NULL);
        }
    }
    used_number(j, "reports", (int64_t)j->out->item_count);
    if (j->out->item_count) {
        summarise(j, SAY_LAB_3_NONE);
    } else {
        say(j, SCHEME_PENDING, SAY_LAB_3_NONE, NULL);
    }
}

/* ---- R-ROLE-1: a CERT-In audit does not stand in for a device test, nor the other way -------- */

static int32_t day_of(const struct scheme_report *r)
{
    return r->tests_started != DATE_NONE ? r->tests_started : r->issued;
}

static bool from_body(const struct judging *j, const struct scheme_report *r, enum scheme_body body)
{
    const struct scheme_lab *lab = &j->facts->lab;
    bool own = body == SCHEME_STQC && lab->stqc_own && organisation_match(lab->name, r->issuer);
    return own || (day_of(r) != DATE_NONE && judge_empanelled(j, r->issuer, body, day_of(r)));
}

struct roles {
    size_t device_tests, audits;                 /* by those who may */
    const struct scheme_report *wrong, *instead; /* a device test, an audit by others */
};

static struct roles count_roles(const struct judging *j)
{
    struct roles n = {0, 0, NULL, NULL};
    for (size_t i = 0; i < j->facts->report_count; i++) {
        const struct scheme_report *r = &j->facts->reports[i];
        if (r->kind == SCHEME_DEVICE_TEST && from_body(j, r, SCHEME_STQC)) {
            n.device_tests++;
        } else if (r->kind == SCHEME_DEVICE_TEST) {
            /* Of one whose issuer or days are not entered nothing is said. */
            n.wrong = *judge_or(r->issuer, "") && day_of(r) != DATE_NONE ? r : n.wrong;
        } else {
            n.audits += from_body(j, r, SCHEME_CERT_IN);
            n.instead = r;
        }
    }
    return n;
}

void rule_role_1(struct judging *j)
{
    struct roles n = count_roles(j);
    used_number(j, "device_tests", (int64_t)n.device_tests);
    used_number(j, "security_audits", (int64_t)n.audits);
    if (j->facts->connected != SCHEME_NOT_KNOWN) {
        used_number(j, "connected", j->facts->connected == SCHEME_YES);
    }
    if (!n.device_tests && n.wrong && from_body(j, n.wrong, SCHEME_CERT_IN)) {
        say(j, SCHEME_FAIL, SAY_ROLE_1_AUDIT_ONLY, judge_or(n.wrong->number, "-"), NULL);
    } else if (!n.device_tests && n.wrong) {
        say(j, SCHEME_FAIL, SAY_ROLE_1_ISSUER, judge_or(n.wrong->issuer, "-"), NULL);
    } else if (!n.device_tests && n.instead && j->facts->committee.meeting) {
        say(j, SCHEME_FAIL, SAY_ROLE_1_AUDIT_ONLY, judge_or(n.instead->number, "-"), NULL);
    } else if (!n.device_tests) {
        say(j, SCHEME_PENDING, SAY_ROLE_1_OPEN, NULL);
    } else if (j->facts->connected == SCHEME_YES && !n.audits) {
        say(j, SCHEME_FAIL, SAY_ROLE_1_NO_AUDIT, NULL);
        say_weight(j, SCHEME_WARNS);
    } else {
        say(j, SCHEME_PASS, SAY_ROLE_1_GOOD, NULL);
    }
}
