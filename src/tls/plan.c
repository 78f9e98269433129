/*
 * plan - see plan.h. Order of the file: questions, what is learned from their answers, making sure.
 */
#include "tls/plan.h"

#include <stdio.h>

enum {
    TRIES_CLOSED = 2, /* of a server that is known to close instead of refusing */
    TRIES = 3,
    TRIES_LOSSY = 5,
    CONTROLS = 4,
    SILENT_MAX = 6,
    SMALL_WINDOW = 32,
    LEAST_WINDOW = 8
};

static const uint16_t stream_turns[] = {TLS_12, TLS_13, TLS_11, TLS_10, TLS_SSL3};
static const uint16_t packet_turns[] = {DTLS_12, DTLS_10};

static uint16_t turn_version(const struct plan *p)
{
    return p->datagram ? packet_turns[p->turn] : stream_turns[p->turn];
}

static size_t turns(const struct plan *p)
{
    return p->datagram ? 2 : 5;
}

void plan_start(struct plan *p, struct tls_facts *facts, bool datagram, bool has_name)
{
    memset(p, 0, sizeof *p);
    p->facts = facts;
    p->datagram = datagram;
    p->has_name = has_name;
    p->window_size = HELLO_SUITES;
}

/* ---- questions ------------------------------------------------------------------------------- */

static bool is_13(uint16_t version)
{
    return version == TLS_13;
}

/* Every group that this version can use, but not those in the list. */
static void add_groups(struct probe *q, const uint16_t *without, size_t count)
{
    size_t n;
    const struct group *rows = tls_groups(&n);
    for (size_t i = 0; i < n; i++) {
        bool skip = !is_13(q->version) && rows[i].kind != GROUP_EC;
        for (size_t k = 0; k < count && !skip; k++) {
            skip = without[k] == rows[i].code;
        }
        if (!skip) {
            q->groups[q->group_count++] = rows[i].code;
        }
    }
}

static unsigned flags(const struct plan *p)
{
    unsigned name = p->facts->name_refused ? HELLO_NO_NAME : 0;
    if (p->shape == 2) {
        return HELLO_PLAIN;
    }
    return name | (p->shape == 1 ? 0 : HELLO_EXTRAS);
}

static struct probe new_probe(const struct plan *p, uint16_t version)
{
    return (struct probe){.version = version, .flags = flags(p)};
}

/* Suites that other versions have come first: one window then finds most of them. */
static void fill_candidates(struct plan *p, uint16_t version)
{
    size_t n;
    const struct suite *rows = tls_suites(&n);
    p->candidate_count = 0;
    for (int wanted = 1; wanted >= 0; wanted--) {
        for (size_t i = 0; i < n; i++) {
            bool known = false;
            for (size_t k = 0; k < p->facts->version_count; k++) {
                known |= version_has(&p->facts->versions[k], rows[i].code);
            }
            if (tls_suite_fits(&rows[i], version) && known == (wanted == 1) &&
                p->candidate_count < FACTS_SUITES) {
                p->candidates[p->candidate_count++] = rows[i].code;
            }
        }
    }
}

static void open_version(struct plan *p)
{
    fill_candidates(p, turn_version(p));
    p->window = p->window_mark = 0;
    p->window_size = p->shape ? SMALL_WINDOW : HELLO_SUITES;
    p->open = true;
    p->merging = p->ordering = false;
}

/* What is left of the window; false when nothing is. */
static bool ask_window(struct plan *p, struct version_facts *v)
{
    struct probe q = new_probe(p, v->version);
    size_t end = p->window + p->window_size;
    for (size_t i = p->window; i < end && i < p->candidate_count; i++) {
        if (!version_has(v, p->candidates[i])) {
            q.suites[q.suite_count++] = p->candidates[i];
        }
    }
    if (q.suite_count == 0) {
        return false;
    }
    if (v->version != TLS_SSL3) {
        add_groups(&q, NULL, 0);
    }
    if (!p->has_good && !p->alpn_off && !p->shape) {
        q.flags |= HELLO_ALPN | HELLO_HEARTBEAT;
    }
    p->question = q;
    return true;
}

/* So many suites of those found, the last first: the server's own order does not change. */
static void ask_order(struct plan *p, const struct version_facts *v, size_t count)
{
    struct probe q = new_probe(p, v->version);
    for (size_t i = count; i-- > 0 && q.suite_count < HELLO_SUITES;) {
        q.suites[q.suite_count++] = v->suites[i];
    }
    if (v->version != TLS_SSL3) {
        add_groups(&q, NULL, 0);
    }
    p->question = q;
}

/* Which of the suites in order the new one is compared with. */
static size_t merge_middle(const struct plan *p)
{
    return p->merge_near ? p->merge_low : p->merge_low + (p->merge_high - p->merge_low) / 2;
}

static void ask_merge(struct plan *p, const struct version_facts *v)
{
    struct probe q = new_probe(p, v->version);
    q.suites[0] = v->suites[p->merge_item];
    q.suites[1] = v->suites[merge_middle(p)];
    q.suite_count = 2;
    if (v->version != TLS_SSL3) {
        add_groups(&q, NULL, 0);
    }
    p->question = q;
}

static void next_window(struct plan *p, struct version_facts *v)
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
        next_window(p, v);
        return;
    }
    p->merging = p->merge_near = true;
    p->merge_low = p->merge_pos;
    p->merge_high = p->merge_item;
}

static void merge_place(struct plan *p, struct version_facts *v)
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
static void merge_window(struct plan *p, struct version_facts *v)
{
    p->ordering = false;
    if (p->facts->order == ORDER_CLIENT) {
        next_window(p, v);
        return;
    }
    p->merge_item = p->window_mark;
    p->merge_pos = 0;
    merge_begin(p, v);
}

/* A window is used up: go on with the next, but first put what it gave in order. */
static void window_done(struct plan *p, struct version_facts *v)
{
    if (v->count == p->window_mark || p->window_mark == 0) {
        next_window(p, v);
    } else if (p->facts->order == ORDER_UNKNOWN && p->window_mark >= 2) {
        p->ordering = true;
    } else {
        merge_window(p, v);
    }
}

static void version_done(struct plan *p, struct version_facts *v, bool complete)
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

/* The next question about the open version; false when it is done. */
static bool ask_version(struct plan *p)
{
    struct version_facts *v = facts_version(p->facts, turn_version(p));
    for (;;) {
        if (p->merging) {
            ask_merge(p, v);
            return true;
        }
        if (p->ordering) {
            ask_order(p, v, p->window_mark);
            return true;
        }
        if (p->window >= p->candidate_count) {
            version_done(p, v, true);
            return false;
        }
        if (ask_window(p, v)) {
            return true;
        }
        window_done(p, v);
    }
}

static void next_stage(struct plan *p)
{
    p->stage++;
    p->turn = 0;
    p->open = false;
}

/* In the second round only what was unclear, and only when that can have changed. */
static bool wants_version(struct plan *p)
{
    const struct version_facts *v = facts_version(p->facts, turn_version(p));
    if (p->stage == PLAN_VERSIONS) {
        return true;
    }
    return v->state == KNOWN_UNSURE || v->again;
}

static bool arrange_versions(struct plan *p)
{
    while (p->turn < turns(p)) {
        if (!p->open && !wants_version(p)) {
            p->turn++;
            continue;
        }
        if (!p->open) {
            struct version_facts *v = facts_version(p->facts, turn_version(p));
            v->state = KNOWN_UNTESTED;
            v->again = v->soft = false;
            open_version(p);
        }
        if (ask_version(p)) {
            return true;
        }
    }
    return false;
}

/* Nothing was good: smaller hellos, then hellos without extensions. */
static bool arrange_again(struct plan *p)
{
    while (!arrange_versions(p)) {
        if (p->has_good || p->shape == 2) {
            return false;
        }
        p->shape++;
        p->turn = 0;
    }
    return true;
}

static bool arrange_ssl2(struct plan *p)
{
    struct version_facts *v = facts_version(p->facts, TLS_SSL2);
    if (!v || v->state != KNOWN_UNTESTED) {
        return false;
    }
    p->question = (struct probe){.version = TLS_SSL2, .suite_count = 0};
    return true;
}

/* The highest version below the highest that is there; NULL when there is none. */
static const struct version_facts *second_version(const struct plan *p)
{
    uint16_t top = facts_highest(p->facts);
    for (size_t i = p->facts->version_count; i-- > 0;) {
        const struct version_facts *v = &p->facts->versions[i];
        if (v->state == KNOWN_YES && v->version != top && v->version != TLS_SSL2) {
            return v;
        }
    }
    return NULL;
}

static void add_suites(struct probe *q, const struct version_facts *v)
{
    for (size_t i = 0; i < v->count && q->suite_count < HELLO_SUITES - 1; i++) {
        q->suites[q->suite_count++] = v->suites[i];
    }
}

static bool arrange_scsv(struct plan *p)
{
    const struct version_facts *v = second_version(p);
    if (!v || p->facts->fallback_scsv != KNOWN_UNTESTED) {
        return false;
    }
    struct probe q = new_probe(p, v->version);
    add_suites(&q, v);
    if (v->version != TLS_SSL3) {
        add_groups(&q, NULL, 0);
    }
    q.flags |= HELLO_SCSV;
    p->question = q;
    return true;
}

static bool arrange_groups13(struct plan *p)
{
    const struct version_facts *v = facts_version(p->facts, TLS_13);
    if (!v || v->state != KNOWN_YES || p->facts->groups_complete) {
        return false;
    }
    struct probe q = new_probe(p, TLS_13);
    add_suites(&q, v);
    add_groups(&q, p->facts->groups, p->facts->group_count);
    p->question = q;
    return q.group_count > 0;
}

/* The version below 1.3 whose suites show groups: those with an RSA certificate if there are any,
 * as without the curve of an ECDSA certificate no suite of it is left. */
static bool add_ecdhe(const struct plan *p, struct probe *q, bool *only_ecdsa)
{
    for (size_t i = p->facts->version_count; i-- > 0;) {
        const struct version_facts *v = &p->facts->versions[i];
        if (is_13(v->version) || v->state != KNOWN_YES) {
            continue;
        }
        for (int ecdsa = 0; ecdsa <= 1; ecdsa++) {
            for (size_t k = 0; k < v->count && q->suite_count < HELLO_SUITES; k++) {
                const struct suite *s = tls_suite(v->suites[k]);
                bool ecdhe = s && (s->exchange == KX_ECDHE || s->exchange == KX_ECDHE_PSK ||
                                   (s->exchange == KX_ECDH && s->auth == AU_ANON));
                if (ecdhe && (s->auth == AU_ECDSA) == (ecdsa == 1)) {
                    q->suites[q->suite_count++] = v->suites[k];
                }
            }
            if (q->suite_count) {
                q->version = v->version;
                *only_ecdsa = ecdsa == 1;
                return true;
            }
        }
    }
    return false;
}

static bool arrange_groups12(struct plan *p)
{
    struct probe q = new_probe(p, 0);
    bool only_ecdsa = false;
    if (p->turn || !add_ecdhe(p, &q, &only_ecdsa) || q.version == TLS_SSL3) {
        return false;
    }
    add_groups(&q, p->facts->groups, p->facts->group_count);
    p->question = q;
    return q.group_count > 0;
}

static const struct version_facts *order_version(const struct plan *p)
{
    const struct version_facts *best = NULL;
    for (size_t i = 0; i < p->facts->version_count; i++) {
        const struct version_facts *v = &p->facts->versions[i];
        if (v->state == KNOWN_YES && v->count >= 2 && (!is_13(v->version) || !best)) {
            best = v;
        }
    }
    return best;
}

static bool arrange_order(struct plan *p)
{
    const struct version_facts *v = order_version(p);
    if (!v || p->turn || p->facts->order != ORDER_UNKNOWN) {
        return false;
    }
    ask_order(p, v, v->count);
    return true;
}

/* The good hello at the end confirms the alerts before it; where it can it offers compression. */
static bool arrange_last(struct plan *p)
{
    if (!p->has_good || p->turn) {
        return false;
    }
    p->question = p->good;
    if (!is_13(p->good.version) && p->facts->compression == KNOWN_UNTESTED) {
        p->question.flags |= HELLO_COMPRESS;
    }
    p->question.flags &= ~(unsigned)HELLO_HEARTBEAT;
    return p->negatives > 0 || (p->question.flags & HELLO_COMPRESS);
}

/* A "no" that no good answer followed is none. */
static void finish(struct plan *p, const char *why)
{
    struct tls_facts *f = p->facts;
    f->confirmed = p->has_good && p->negatives == 0;
    for (size_t i = 0; i < f->version_count; i++) {
        struct version_facts *v = &f->versions[i];
        bool open = v->state == KNOWN_UNTESTED || (v->state == KNOWN_NO && !v->sure);
        if (open) {
            v->state = v->count ? KNOWN_YES : KNOWN_UNSURE;
            (void)snprintf(v->how, sizeof v->how, "%s", why);
        }
    }
}

/* Finds the next question; false at the end. */
static bool arrange(struct plan *p)
{
    if (p->go_back) {
        p->stage = PLAN_AGAIN;
        p->turn = 0;
        p->go_back = false;
    }
    static bool (*const stages[])(struct plan *) = {
        arrange_versions, arrange_ssl2,     arrange_again, arrange_scsv,
        arrange_groups13, arrange_groups12, arrange_order, arrange_last};
    while (p->stage < PLAN_END) {
        if (stages[p->stage](p)) {
            p->pending = true;
            p->asking = ASK_QUESTION;
            p->tries = p->controls = 0;
            p->control_passed = false;
            return true;
        }
        next_stage(p);
    }
    finish(p, "not confirmed: the device stopped answering");
    return false;
}

/* ---- what an answer teaches ------------------------------------------------------------------ */

/* How a question ended once it is sure. */
enum verdict { VERDICT_HELLO, VERDICT_NO, VERDICT_UNSURE, VERDICT_SHAPE };

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

static bool offered(const struct probe *q, uint16_t suite)
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

static void learn_suite(struct plan *p, struct version_facts *v, const struct answer *a)
{
    if (a->version != v->version) {
        p->facts->unoffered_version |= is_above(p, a->version, v->version);
        say_how(v, a);
        version_done(p, v, true);
        return;
    }
    bool asked_for = offered(&p->question, a->suite);
    if (!asked_for) {
        p->facts->unoffered_suite = true;
    }
    if (!version_has(v, a->suite) && v->count < FACTS_SUITES) {
        v->suites[v->count++] = a->suite;
    }
    if (!asked_for) {
        version_done(p, v, false);
    }
}

static void no_suite(struct plan *p, struct version_facts *v, const struct answer *a)
{
    bool refused = a->outcome == OUTCOME_ALERT && a->alert == 70;
    bool closed = a->outcome != OUTCOME_ALERT && p->names_suites;
    if (v->count == 0) {
        say_how(v, a);
    } else if (a->outcome == OUTCOME_ALERT) {
        p->names_suites = true; /* it says so when no suite is common */
    }
    if (v->count == 0 && (refused || closed)) {
        version_done(p, v, true);
    } else {
        window_done(p, v);
    }
}

static void on_suite(struct plan *p, enum verdict verdict, const struct answer *a)
{
    struct version_facts *v = facts_version(p->facts, turn_version(p));
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
        version_done(p, v, false);
    }
}

static void on_merge(struct plan *p, enum verdict verdict, const struct answer *a)
{
    struct version_facts *v = facts_version(p->facts, turn_version(p));
    size_t middle = merge_middle(p);
    bool before = a->suite == v->suites[p->merge_item];
    if (verdict != VERDICT_HELLO) { /* both were answered before: no order to be known */
        next_window(p, v);
        return;
    }
    if (before) {
        p->merge_high = middle;
    } else {
        p->merge_low = middle + 1;
    }
    p->merge_near = false;
    if (p->merge_low >= p->merge_high) {
        merge_place(p, v);
    }
}

static void on_order(struct plan *p, enum verdict verdict, const struct answer *a)
{
    const struct probe *q = &p->question;
    if (verdict == VERDICT_HELLO && q->suite_count >= 2) {
        p->facts->order = a->suite == q->suites[0] ? ORDER_CLIENT : ORDER_SERVER;
    }
    if (p->ordering) {
        merge_window(p, facts_version(p->facts, turn_version(p)));
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
        next_stage(p);
    }
}

static void on_groups12(struct plan *p, enum verdict verdict, const struct answer *a)
{
    struct probe q = {0};
    bool only_ecdsa = false;
    if (verdict == VERDICT_HELLO && a->group && group_offered(&p->question, a->group)) {
        return;
    }
    (void)add_ecdhe(p, &q, &only_ecdsa);
    const struct version_facts *v13 = facts_version(p->facts, TLS_13);
    bool before = !v13 || v13->state != KNOWN_YES || p->facts->groups_complete;
    p->facts->groups_complete = before && verdict == VERDICT_NO && !only_ecdsa;
    p->turn = 1;
}

static void on_last(struct plan *p, enum verdict verdict, const struct answer *a)
{
    (void)a;
    if (verdict != VERDICT_HELLO && (p->question.flags & HELLO_COMPRESS)) {
        p->facts->compression = KNOWN_UNSURE; /* ask the same without it */
        return;
    }
    p->turn = 1;
}

static void teach(struct plan *p, enum verdict verdict, const struct answer *a)
{
    p->pending = false;
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
    case PLAN_ORDER:
        on_order(p, verdict, a);
        break;
    case PLAN_LAST:
        on_last(p, verdict, a);
        break;
    case PLAN_END:
        break;
    }
}

/* ---- making sure ----------------------------------------------------------------------------- */

/* The question's shape with something good in it: answered, the shape is not what is in the way. */
static struct probe control(const struct plan *p)
{
    struct probe c = p->question;
    if (p->asking == ASK_SMALL || c.version == TLS_SSL2) {
        return p->good;
    }
    c.version = p->good.version;
    c.flags = (c.flags & ~(unsigned)(HELLO_SCSV | HELLO_COMPRESS)) | p->good.flags;
    memcpy(c.groups, p->good.groups, sizeof c.groups);
    c.group_count = p->good.group_count;
    c.suites[c.suite_count < HELLO_SUITES ? c.suite_count++ : HELLO_SUITES - 1] = p->good.suites[0];
    return c;
}

bool plan_next(struct plan *p, struct probe *out, unsigned *pause_ms)
{
    static const unsigned pauses[] = {0, 20, 100, 300, 1000};
    if (p->stage >= PLAN_END || (!p->pending && !arrange(p))) {
        return false;
    }
    unsigned tried = (p->asking == ASK_QUESTION ? p->tries : p->controls) + p->unreached;
    *pause_ms = p->soft == OUTCOME_ALERT ? 0 : pauses[tried < 4 ? tried : 4];
    *out = p->asking == ASK_QUESTION ? p->question : control(p);
    return true;
}

/* An alert that says no, not one that says it did not understand. */
static bool is_refusal(uint8_t alert)
{
    switch (alert) {
    case 40:  /* handshake_failure */
    case 42:  /* bad_certificate, of servers that mean "none for this suite" */
    case 43:  /* unsupported_certificate */
    case 47:  /* illegal_parameter */
    case 70:  /* protocol_version */
    case 71:  /* insufficient_security */
    case 86:  /* inappropriate_fallback */
    case 109: /* missing_extension */
    case 110: /* unsupported_extension */
    case 115: /* unknown_psk_identity */
        return true;
    default:
        return false;
    }
}

/* The answer means something by itself. An SSL 2.0 hello may be refused with any alert. */
static bool is_definite(const struct plan *p, const struct answer *a)
{
    return a->outcome == OUTCOME_HELLO ||
           (a->outcome == OUTCOME_ALERT &&
            (is_refusal(a->alert) || p->alerts_ok[a->alert] || p->question.version == TLS_SSL2));
}

static void keep_good(struct plan *p, const struct probe *asked, const struct answer *a)
{
    p->negatives = 0;
    p->silent = 0;
    for (size_t i = 0; i < p->facts->version_count; i++) {
        p->facts->versions[i].sure = true;
    }
    if ((p->has_good && !is_13(p->good.version)) || asked->version != a->version ||
        asked->version == TLS_SSL2 || (p->has_good && is_13(asked->version))) {
        return;
    }
    p->good = *asked;
    p->good.suites[0] = a->suite;
    p->good.suite_count = 1;
    p->good.flags &= HELLO_EXTRAS | HELLO_PLAIN | HELLO_NO_NAME;
    p->has_good = true;
}

/* An alert about names or application protocols: the same again without them. */
static bool is_about_extras(struct plan *p, const struct answer *a)
{
    if (a->outcome != OUTCOME_ALERT || p->asking != ASK_QUESTION) {
        return false;
    }
    if (a->alert == 120 && (p->question.flags & HELLO_ALPN)) {
        p->alpn_off = true;
        p->question.flags &= ~(unsigned)HELLO_ALPN;
        return true;
    }
    if (a->alert == 112 && !(p->question.flags & HELLO_NO_NAME)) {
        p->facts->name_refused = p->has_name;
        p->facts->name_wanted = !p->has_name;
        p->question.flags |= HELLO_NO_NAME;
        return p->has_name;
    }
    return false;
}

static unsigned tries_needed(const struct plan *p)
{
    if (p->facts->lossy) {
        return TRIES_LOSSY;
    }
    if (!p->has_good) {
        return 2;
    }
    if (p->question.version == TLS_SSL2 || p->soft == OUTCOME_ALERT) {
        return 1; /* and once more after the control */
    }
    return (p->closes && p->soft == OUTCOME_CLOSED) || p->soft == OUTCOME_TIMEOUT ? TRIES_CLOSED
                                                                                  : TRIES;
}

/* Nothing good yet, and again nothing: after some of these there is no use in going on. */
static bool is_hopeless(struct plan *p, const struct answer *a)
{
    if (p->has_good) {
        return false;
    }
    if (a->outcome == OUTCOME_NOT_TLS) {
        plan_stop(p, "the service does not speak TLS", OUTCOME_NOT_TLS);
        return true;
    }
    if (++p->silent >= SILENT_MAX && a->outcome != OUTCOME_ALERT && a->outcome != OUTCOME_CLOSED &&
        a->outcome != OUTCOME_RESET) {
        plan_stop(p, a->why[0] ? a->why : "no usable answer", a->outcome);
        return true;
    }
    return false;
}

/* What is known to be good has no extensions, the question has: they may be what is in the way. */
static bool may_be_extensions(const struct plan *p)
{
    const struct probe *q = &p->question, *g = &p->good;
    bool bare = g->version == TLS_SSL3 || (g->flags & HELLO_PLAIN);
    return bare && q->version > TLS_SSL3 && !is_13(q->version) && !(q->flags & HELLO_PLAIN);
}

static void sure_of_soft(struct plan *p, const struct answer *a)
{
    if (may_be_extensions(p)) {
        p->shape = 2;
        p->question.flags = HELLO_PLAIN;
        p->asking = ASK_QUESTION;
        p->tries = p->controls = 0;
        p->control_passed = false;
        return;
    }
    p->closes |= a->outcome == OUTCOME_CLOSED;
    p->resets |= a->outcome == OUTCOME_RESET;
    if (a->outcome == OUTCOME_ALERT) {
        p->alerts_ok[a->alert] = true;
    }
    p->negatives++;
    if ((p->stage == PLAN_VERSIONS || p->stage == PLAN_AGAIN) && p->open) {
        facts_version(p->facts, turn_version(p))->soft = true;
    }
    teach(p,
          a->outcome == OUTCOME_MALFORMED || a->outcome == OUTCOME_NOT_TLS ? VERDICT_UNSURE
                                                                           : VERDICT_NO,
          a);
}

/* It was made sure before that this server closes instead of refusing, with a hello of this size.
 * The next good answer tells that it was alive. */
static bool closes_as_before(const struct plan *p, const struct answer *a)
{
    bool known =
        (p->closes && a->outcome == OUTCOME_CLOSED) || (p->resets && a->outcome == OUTCOME_RESET);
    return known && !p->facts->lossy && p->question.suite_count <= p->size_ok &&
           !may_be_extensions(p);
}

/* The question itself was not answered. */
static void soft_question(struct plan *p, const struct answer *a)
{
    p->soft = a->outcome;
    p->tries++;
    if (is_hopeless(p, a)) {
        return;
    }
    if (p->tries < tries_needed(p)) {
        return;
    }
    if (!p->has_good) {
        teach(p, VERDICT_UNSURE, a);
    } else if (p->control_passed || closes_as_before(p, a)) {
        sure_of_soft(p, a);
    } else {
        p->asking = ASK_CONTROL;
        p->controls = 0;
    }
}

/* Connections get lost on the way: what a lost connection told before is asked again. */
static void found_lossy(struct plan *p)
{
    bool any = false;
    if (p->facts->lossy) {
        return;
    }
    p->facts->lossy = true;
    for (size_t i = 0; i < p->facts->version_count; i++) {
        struct version_facts *v = &p->facts->versions[i];
        v->again = v->soft && v->version != TLS_SSL2;
        any |= v->again;
    }
    if (any && p->stage > PLAN_AGAIN) {
        p->go_back = true;
    }
}

static void control_answered(struct plan *p, const struct answer *a)
{
    if (p->controls > 0) {
        found_lossy(p); /* the same hello was lost before */
    }
    p->control_passed = true;
    if (p->asking == ASK_SMALL) {
        teach(p, VERDICT_SHAPE, a);
        return;
    }
    p->size_ok = control(p).suite_count > p->size_ok ? control(p).suite_count : p->size_ok;
    p->asking = ASK_QUESTION; /* once more, now that the device is known to answer */
    if (!p->facts->lossy) {
        p->tries = tries_needed(p) - 1;
    } else if (p->tries > TRIES) {
        p->tries = TRIES;
    }
}

static void soft_control(struct plan *p, const struct answer *a)
{
    p->controls++;
    if (p->controls < CONTROLS) {
        return;
    }
    if (p->asking == ASK_CONTROL) {
        p->asking = ASK_SMALL;
        p->controls = 0;
        return;
    }
    teach(p, VERDICT_UNSURE, a);
}

/* There was no connection at all: that says nothing about the question. */
static bool gone(struct plan *p, const struct answer *a)
{
    bool refused = a->outcome == OUTCOME_REFUSED;
    if (!refused && a->outcome != OUTCOME_UNREACHED) {
        p->unreached = 0;
        return false;
    }
    if (++p->unreached >= TRIES_LOSSY || (!p->has_good && p->tries == 0)) {
        plan_stop(p, refused ? "the port is closed" : "no connection", a->outcome);
    }
    return true;
}

int plan_answer(struct plan *p, const struct answer *a)
{
    struct probe asked = p->asking == ASK_QUESTION ? p->question : control(p);
    if (a->outcome == OUTCOME_HELLO) {
        if (facts_note(p->facts, &asked, a) < 0) {
            return -1;
        }
        keep_good(p, &asked, a);
    }
    if (gone(p, a) || is_about_extras(p, a)) {
        return 0;
    }
    if (p->asking != ASK_QUESTION) {
        if (a->outcome == OUTCOME_HELLO) {
            control_answered(p, a);
        } else {
            soft_control(p, a);
        }
    } else if (is_definite(p, a)) {
        if (p->tries > 0 &&
            (p->soft == OUTCOME_RESET || p->soft == OUTCOME_TIMEOUT || p->soft == OUTCOME_CLOSED)) {
            found_lossy(p);
        }
        p->negatives += a->outcome != OUTCOME_HELLO;
        teach(p, a->outcome == OUTCOME_HELLO ? VERDICT_HELLO : VERDICT_NO, a);
    } else {
        soft_question(p, a);
    }
    return 0;
}

void plan_stop(struct plan *p, const char *why, enum outcome by)
{
    p->negatives++;
    finish(p, why);
    p->ended = why;
    p->ended_by = by;
    p->stage = PLAN_END;
    p->pending = false;
}
