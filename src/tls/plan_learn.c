/*
 * plan_learn - what an answer, once it is sure, teaches; the order of suites found in several
 * windows. See plan.h.
 */
#include <stdio.h>

#include "tls/plan_inside.h"

enum { LEAST_WINDOW = 8 };

/* ---- the order of what several windows gave -------------------------------------------------- */

/* Which of the suites in order the new one is compared with. */
size_t plan_merge_middle(const struct plan *p)
{
    return p->merge_near ? p->merge_low : p->merge_low + (p->merge_high - p->merge_low) / 2;
}

void plan_next_window(struct plan *p, struct version_facts *v)
{
    p->merging = p->ordering = false;
    p->window += p->window_size;
    p->window_mark = v->count;
}

/* Suites before merge_item are in order; those from it on are too, among themselves. Its place is
 * not before merge_pos. The neighbour first: suites of a kind stand together. */
static void merge_begin(struct plan *p, struct version_facts *v)
{
    if (p->merge_item >= v->count || p->merge_pos >= p->merge_item) {
        plan_next_window(p, v);
        return;
    }
    p->merging = p->merge_near = true;
    p->merge_low = p->merge_pos;
    p->merge_high = p->merge_item;
}

void plan_merge_place(struct plan *p, struct version_facts *v)
{
    uint16_t code = v->suites[p->merge_item];
    size_t pos = p->merge_low;
    memmove(v->suites + pos + 1, v->suites + pos, (p->merge_item - pos) * sizeof *v->suites);
    v->suites[pos] = code;
    p->merge_item++;
    p->merge_pos = pos + 1;
    merge_begin(p, v);
}

/* The order of what a window gave: of no use when the client decides. */
void plan_merge_window(struct plan *p, struct version_facts *v)
{
    p->ordering = false;
    if (p->facts->order == ORDER_CLIENT) {
        plan_next_window(p, v);
        return;
    }
    p->merge_item = p->window_mark;
    p->merge_pos = 0;
    merge_begin(p, v);
}

/* A window is used up: go on with the next, but first put what it gave in order. */
void plan_window_done(struct plan *p, struct version_facts *v)
{
    if (v->count == p->window_mark || p->window_mark == 0) {
        plan_next_window(p, v);
    } else if (p->facts->order == ORDER_UNKNOWN && p->window_mark >= 2) {
        p->ordering = true;
    } else {
        plan_merge_window(p, v);
    }
}

void plan_version_done(struct plan *p, struct version_facts *v, bool complete)
{
    v->complete = complete;
    v->sure = false;
    if (v->count) {
        v->state = KNOWN_YES;
    } else if (v->state == KNOWN_UNTESTED) {
        v->state = KNOWN_NO;
    }
    p->open = false;
    p->turn++;
}

/* ---- what an answer teaches ------------------------------------------------------------------ */

static void say_how(struct version_facts *v, const struct answer *a)
{
    char name[TLS_NAME];
    if (a->outcome == OUTCOME_ALERT) {
        (void)snprintf(v->how, sizeof v->how, "alert %s", tls_alert_name(a->alert, name));
    } else if (a->outcome == OUTCOME_HELLO) {
        (void)snprintf(v->how, sizeof v->how, "answers %s", tls_version_name(a->version, name));
    } else if (a->why[0]) {
        (void)snprintf(v->how, sizeof v->how, "%.60s", a->why);
    } else {
        (void)snprintf(v->how, sizeof v->how, "%s", outcome_name(a->outcome));
    }
}

bool plan_offers(const struct probe *q, uint16_t suite)
{
    for (size_t i = 0; i < q->suite_count; i++) {
        if (q->suites[i] == suite) {
            return true;
        }
    }
    return false;
}

/* DTLS versions count downwards; a lower one than asked for is an honest answer. */
static bool is_above(const struct plan *p, uint16_t answered, uint16_t asked)
{
    return p->datagram ? answered < asked : answered > asked || answered < TLS_SSL3;
}

/* Odd or even: the other device of two that take turns has not been asked this. */
static void note_refusal(struct plan *p)
{
    if (!p->refused[p->turn]) {
        p->refused[p->turn] = true;
        p->refused_odd[p->turn] = p->asks % 2;
    }
}

static void learn_suite(struct plan *p, struct version_facts *v, const struct answer *a)
{
    if (a->version != v->version) {
        struct version_facts *other = facts_version(p->facts, a->version);
        if (other && plan_offers(&p->question, a->suite)) {
            other->seen = a->suite;
        }
        p->facts->unoffered_version |= is_above(p, a->version, v->version);
        note_refusal(p);
        say_how(v, a);
        plan_version_done(p, v, true);
        return;
    }
    bool asked_for = plan_offers(&p->question, a->suite);
    const struct suite *s = tls_suite(a->suite);
    if (s && s->exchange == KX_SRP) {
        p->facts->srp = KNOWN_YES;
    }
    if (!version_has(v, a->suite) && v->count < FACTS_SUITES) {
        v->suites[v->count++] = a->suite;
    }
    if (!asked_for) {
        plan_version_done(p, v, false);
    }
}

static bool offers_srp(const struct probe *q)
{
    for (size_t i = 0; i < q->suite_count; i++) {
        const struct suite *s = tls_suite(q->suites[i]);
        if (s && s->exchange == KX_SRP) {
            return true;
        }
    }
    return false;
}

/* RFC 5054 2.5.1.2: a server that would take an SRP suite asks for the user's name, which is not
 * sent (servers are known to end themselves over users they do not know). Which suite, it does not
 * say; the others are asked for without SRP. A server that passes over SRP in silence is not found.
 */
static bool is_srp(struct plan *p, const struct answer *a)
{
    bool srp = a->outcome == OUTCOME_ALERT && a->alert == 115 && offers_srp(&p->question);
    if (srp) {
        p->facts->srp = KNOWN_YES;
        p->srp_off = true;
    }
    return srp;
}

static void no_suite(struct plan *p, struct version_facts *v, const struct answer *a)
{
    if (is_srp(p, a)) {
        return;
    }
    note_refusal(p);
    bool refused = a->outcome == OUTCOME_ALERT && a->alert == 70;
    bool closed = a->outcome != OUTCOME_ALERT && p->names_suites;
    if (v->count == 0) {
        say_how(v, a);
    } else if (a->outcome == OUTCOME_ALERT) {
        p->names_suites = true; /* it says so when no suite is common */
    }
    if (v->count == 0 && (refused || closed)) {
        plan_version_done(p, v, true);
    } else {
        plan_window_done(p, v);
    }
}

static void on_suite(struct plan *p, enum verdict verdict, const struct answer *a)
{
    struct version_facts *v = facts_version(p->facts, plan_turn_version(p));
    if (verdict == VERDICT_HELLO) {
        learn_suite(p, v, a);
    } else if (verdict == VERDICT_NO) {
        no_suite(p, v, a);
    } else if (verdict == VERDICT_SHAPE && p->window_size > LEAST_WINDOW) {
        p->facts->size_intolerant = true;
        p->window_size /= 2;
    } else {
        say_how(v, a);
        v->state = KNOWN_UNSURE;
        plan_version_done(p, v, false);
    }
}

/* It refuses what it took before. */
static void refused_again(struct plan *p, enum verdict verdict, const struct answer *a,
                          uint16_t suite)
{
    if (verdict == VERDICT_NO && a->outcome == OUTCOME_ALERT) {
        p->facts->changing = true;
        p->facts->first = suite;
        p->facts->later = 0;
    }
}

static void on_merge(struct plan *p, enum verdict verdict, const struct answer *a)
{
    struct version_facts *v = facts_version(p->facts, plan_turn_version(p));
    size_t middle = plan_merge_middle(p);
    bool before = a->suite == v->suites[p->merge_item];
    if (verdict != VERDICT_HELLO) { /* both were answered before: no order to be known */
        refused_again(p, verdict, a, v->suites[middle]);
        plan_next_window(p, v);
        return;
    }
    if (before) {
        p->merge_high = middle;
    } else {
        p->merge_low = middle + 1;
    }
    p->merge_near = false;
    if (p->merge_low >= p->merge_high) {
        plan_merge_place(p, v);
    }
}

static void on_order(struct plan *p, enum verdict verdict, const struct answer *a)
{
    const struct probe *q = &p->question;
    if (verdict == VERDICT_HELLO && q->suite_count >= 2) {
        p->facts->order = a->suite == q->suites[0] ? ORDER_CLIENT : ORDER_SERVER;
    }
    refused_again(p, verdict, a, q->suites[0]);
    if (p->ordering) {
        plan_merge_window(p, facts_version(p->facts, plan_turn_version(p)));
    } else {
        p->turn = 1;
    }
}

static void on_ssl2(struct plan *p, enum verdict verdict, const struct answer *a)
{
    struct version_facts *v = facts_version(p->facts, TLS_SSL2);
    if (verdict == VERDICT_HELLO) {
        /* An answer without suites is a server that knows SSL 2.0 and has it switched off. */
        v->state = a->suite2_count ? KNOWN_YES : KNOWN_NO;
        v->complete = true;
    } else {
        v->state = verdict == VERDICT_NO ? KNOWN_NO : KNOWN_UNSURE;
        v->sure = false;
        say_how(v, a);
    }
}

static void on_scsv(struct plan *p, enum verdict verdict, const struct answer *a)
{
    bool said = verdict == VERDICT_NO && a->outcome == OUTCOME_ALERT;
    p->facts->fallback_scsv = verdict == VERDICT_HELLO ? KNOWN_NO
                              : said && a->alert == 86 ? KNOWN_YES
                                                       : KNOWN_UNSURE;
}

static bool group_offered(const struct probe *q, uint16_t group)
{
    for (size_t i = 0; i < q->group_count; i++) {
        if (q->groups[i] == group) {
            return true;
        }
    }
    return false;
}

static void on_groups13(struct plan *p, enum verdict verdict, const struct answer *a)
{
    bool fine = verdict == VERDICT_HELLO && a->group && group_offered(&p->question, a->group);
    if (!fine) { /* the end of the list, or a server that does not look at it */
        p->facts->groups_complete = verdict == VERDICT_NO;
        plan_next_stage(p);
    }
}

static void on_groups12(struct plan *p, enum verdict verdict, const struct answer *a)
{
    struct probe q = {0};
    bool only_ecdsa = false;
    if (verdict == VERDICT_HELLO && a->group && group_offered(&p->question, a->group)) {
        return;
    }
    (void)plan_add_ecdhe(p, &q, &only_ecdsa);
    const struct version_facts *v13 = facts_version(p->facts, TLS_13);
    bool before = !v13 || v13->state != KNOWN_YES || p->facts->groups_complete;
    p->facts->groups_complete = before && verdict == VERDICT_NO && !only_ecdsa;
    p->turn = 1;
}

/* The first group was seen before it was asked for; it counts once the server is known to choose.
 */
static void on_groups_dhe(struct plan *p, enum verdict verdict, const struct answer *a)
{
    bool other =
        verdict == VERDICT_HELLO && a->dh_group && group_offered(&p->question, a->dh_group);
    if (other || verdict == VERDICT_NO) {
        facts_group(p->facts, p->facts->dh_group);
    }
    if (other) {
        facts_group(p->facts, a->dh_group);
    } else {
        p->turn = 1;
    }
}

/* The first hello was asked again, whole. */
static void first_again(struct plan *p, enum verdict verdict, const struct answer *a)
{
    bool same =
        verdict == VERDICT_HELLO && a->version == p->first.version && a->suite == p->first_suite;
    refused_again(p, verdict, a, p->first_suite);
    if (verdict == VERDICT_HELLO && !same) {
        p->facts->changing = true;
        p->facts->first = p->first_suite;
        p->facts->later = a->suite;
    }
    p->first_seen[p->asks % 2] |= verdict == VERDICT_HELLO;
}

bool plan_old_has(const struct plan *p, uint16_t version, uint16_t suite)
{
    for (size_t i = 0; i < p->old_count; i++) {
        if (p->old_found[i].version == version && p->old_found[i].suite == suite) {
            return true;
        }
    }
    return false;
}

/* What an old client is given, and today's not: it is there. */
static void on_old(struct plan *p, enum verdict verdict, const struct answer *a)
{
    const struct version_facts *v =
        verdict == VERDICT_HELLO ? facts_version(p->facts, a->version) : NULL;
    if (p->filling) {
        first_again(p, verdict, a);
        return;
    }
    if (!v || !plan_offers(&p->question, a->suite) || version_has(v, a->suite) ||
        plan_old_has(p, a->version, a->suite) || p->old_count == PLAN_OLD_FOUND) {
        p->old_done[p->old_turn] = true;
        return;
    }
    if (v->state == KNOWN_NO && v->soft) { /* perhaps it was only lost */
        plan_found_lossy(p);
    }
    p->old_found[p->old_count].version = a->version;
    p->old_found[p->old_count++].suite = a->suite;
}

/* Without its name the device may refuse; anything else is another answer to the same question. */
static void on_last(struct plan *p, enum verdict verdict, const struct answer *a)
{
    bool same =
        verdict == VERDICT_HELLO && a->version == p->first.version && a->suite == p->first_suite;
    if (p->turn == LAST_NAMELESS && !same) {
        p->facts->name_wanted |= verdict == VERDICT_NO || verdict == VERDICT_SHAPE;
        p->nameless = verdict == VERDICT_HELLO ? a->suite : 0;
        p->turn = LAST_AGAIN;
        return;
    }
    if (verdict != VERDICT_HELLO && (p->question.flags & HELLO_COMPRESS)) {
        p->facts->compression = KNOWN_UNSURE; /* ask the same without it */
        return;
    }
    first_again(p, verdict, a);
    if (p->nameless && same && !p->facts->changing) {
        p->facts->changing = p->facts->nameless = true;
        p->facts->first = p->first_suite;
        p->facts->later = p->nameless;
    }
    p->turn = LAST_DONE;
}

void plan_teach(struct plan *p, enum verdict verdict, const struct answer *a)
{
    p->pending = false;
    if (p->old_question) {
        on_old(p, verdict, a);
        return;
    }
    switch (p->stage) {
    case PLAN_VERSIONS:
    case PLAN_AGAIN:
        if (p->merging) {
            on_merge(p, verdict, a);
        } else if (p->ordering) {
            on_order(p, verdict, a);
        } else {
            on_suite(p, verdict, a);
        }
        break;
    case PLAN_SSL2:
        on_ssl2(p, verdict, a);
        break;
    case PLAN_SCSV:
        on_scsv(p, verdict, a);
        break;
    case PLAN_GROUPS13:
        on_groups13(p, verdict, a);
        break;
    case PLAN_GROUPS12:
        on_groups12(p, verdict, a);
        break;
    case PLAN_GROUPS_DHE:
        on_groups_dhe(p, verdict, a);
        break;
    case PLAN_ORDER:
        on_order(p, verdict, a);
        break;
    case PLAN_LAST:
        on_last(p, verdict, a);
        break;
    case PLAN_OLD:
    case PLAN_END:
        break;
    }
}
