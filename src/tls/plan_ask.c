/*
 * plan_ask - which question comes next: versions and their suites, SSL 2.0, fallback, groups,
 * order. See plan.h.
 */
#include "tls/plan_inside.h"

enum { SMALL_WINDOW = 32, OLD_SUITES = 90 };

static const uint16_t stream_turns[] = {TLS_12, TLS_13, TLS_11, TLS_10, TLS_SSL3};
static const uint16_t packet_turns[] = {DTLS_12, DTLS_10};

uint16_t plan_turn_version(const struct plan *p)
{
    return p->datagram ? packet_turns[p->turn] : stream_turns[p->turn];
}

static size_t turns(const struct plan *p)
{
    return p->datagram ? 2 : 5;
}

/* ---- questions ------------------------------------------------------------------------------- */

/* Every group that this version can use, but not those in the list. Below TLS 1.3 the
 * Diffie-Hellman groups (RFC 7919) are for suites with DHE. */
static void add_groups(struct probe *q, const uint16_t *without, size_t count, bool dhe)
{
    size_t n;
    const struct group *rows = tls_groups(&n);
    for (size_t i = 0; i < n; i++) {
        bool old = rows[i].kind == GROUP_EC || (dhe && rows[i].kind == GROUP_DH);
        bool skip = !is_13(q->version) && !old;
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
            bool srp = rows[i].exchange == KX_SRP;
            bool able = !srp || (version != TLS_SSL3 && p->shape != 2 && !p->datagram);
            if (tls_suite_fits(&rows[i], version) && known == (wanted == 1) && able &&
                p->candidate_count < FACTS_SUITES) {
                p->candidates[p->candidate_count++] = rows[i].code;
            }
        }
    }
}

static void open_version(struct plan *p)
{
    fill_candidates(p, plan_turn_version(p));
    p->window = p->window_mark = 0;
    p->window_size = p->shape ? SMALL_WINDOW : HELLO_SUITES;
    p->open = true;
    p->merging = p->ordering = false;
}

static bool is_chacha(uint16_t code)
{
    const struct suite *s = tls_suite(code);
    return s && s->cipher == CI_CHACHA20;
}

/* What is left of the window; false when nothing is. ChaCha20 at the end: a client that has it
 * first is taken for a telephone by servers that otherwise decide (SSL_OP_PRIORITIZE_CHACHA). */
static bool ask_window(struct plan *p, struct version_facts *v)
{
    struct probe q = new_probe(p, v->version);
    size_t end = p->window + p->window_size;
    end = end < p->candidate_count ? end : p->candidate_count;
    for (size_t i = p->window; i < 2 * end - p->window; i++) {
        bool second = i >= end;
        uint16_t code = p->candidates[second ? i - (end - p->window) : i];
        const struct suite *s = tls_suite(code);
        bool off = p->srp_off && s && s->exchange == KX_SRP;
        if (is_chacha(code) == second && !version_has(v, code) && !off) {
            q.suites[q.suite_count++] = code;
        }
    }
    if (q.suite_count == 0) {
        return false;
    }
    if (v->version != TLS_SSL3) {
        add_groups(&q, NULL, 0, true);
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
    for (size_t i = 1; i < q.suite_count && is_chacha(q.suites[0]); i++) {
        /* Not first, see ask_window; but the server's own first one would tell nothing there. */
        if (!is_chacha(q.suites[i]) && q.suites[i] != v->suites[0]) {
            uint16_t code = q.suites[i];
            q.suites[i] = q.suites[0];
            q.suites[0] = code;
        }
    }
    if (v->version != TLS_SSL3) {
        add_groups(&q, NULL, 0, true);
    }
    p->question = q;
}

static void ask_merge(struct plan *p, const struct version_facts *v)
{
    struct probe q = new_probe(p, v->version);
    q.suites[0] = v->suites[p->merge_item];
    q.suites[1] = v->suites[plan_merge_middle(p)];
    q.suite_count = 2;
    if (v->version != TLS_SSL3) {
        add_groups(&q, NULL, 0, true);
    }
    p->question = q;
}

/* The next question about the open version; false when it is done. */
static bool ask_version(struct plan *p)
{
    struct version_facts *v = facts_version(p->facts, plan_turn_version(p));
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
            plan_version_done(p, v, true);
            return false;
        }
        if (ask_window(p, v)) {
            return true;
        }
        plan_window_done(p, v);
    }
}

void plan_next_stage(struct plan *p)
{
    p->stage++;
    p->turn = 0;
    p->open = false;
}

/* In the second round only what was unclear, and only when that can have changed. */
static bool wants_version(struct plan *p)
{
    const struct version_facts *v = facts_version(p->facts, plan_turn_version(p));
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
            struct version_facts *v = facts_version(p->facts, plan_turn_version(p));
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
        add_groups(&q, NULL, 0, true);
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
    add_groups(&q, p->facts->groups, p->facts->group_count, false);
    p->question = q;
    return q.group_count > 0;
}

/* The version below 1.3 whose suites show groups: those with an RSA certificate if there are any,
 * as without the curve of an ECDSA certificate no suite of it is left. */
bool plan_add_ecdhe(const struct plan *p, struct probe *q, bool *only_ecdsa)
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
    if (p->turn || !plan_add_ecdhe(p, &q, &only_ecdsa) || q.version == TLS_SSL3) {
        return false;
    }
    add_groups(&q, p->facts->groups, p->facts->group_count, false);
    p->question = q;
    return q.group_count > 0;
}

/* Suites with DHE of the highest version below 1.3 that has some, without signatures too. */
static bool add_dhe(const struct plan *p, struct probe *q)
{
    for (size_t i = p->facts->version_count; i-- > 0;) {
        const struct version_facts *v = &p->facts->versions[i];
        for (size_t k = 0; k < v->count && !is_13(v->version) && v->version != TLS_SSL3; k++) {
            const struct suite *s = tls_suite(v->suites[k]);
            bool dhe = s && (s->exchange == KX_DHE || s->exchange == KX_DHE_PSK);
            if (dhe && q->suite_count < HELLO_SUITES) {
                q->suites[q->suite_count++] = v->suites[k];
            }
        }
        if (q->suite_count) {
            q->version = v->version;
            return true;
        }
    }
    return false;
}

/* RFC 7919: the prime was one of the groups that were offered. Without it the server takes another
 * one that is offered, or none - or the same again, and then it looks at no group at all. */
static bool arrange_groups_dhe(struct plan *p)
{
    struct probe q = new_probe(p, 0);
    uint16_t without[HELLO_GROUPS + 1];
    size_t n = p->facts->group_count;
    if (p->turn || !p->facts->dh_group || !add_dhe(p, &q)) {
        return false;
    }
    memcpy(without, p->facts->groups, n * sizeof *without);
    without[n++] = p->facts->dh_group;
    add_groups(&q, without, n, true);
    for (size_t i = q.group_count; i-- > 0;) {
        if (tls_group(q.groups[i])->kind != GROUP_DH) {
            q.groups[i] = q.groups[--q.group_count];
        }
    }
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

/* The first good hello, without what is asked only once. */
static struct probe first_hello(const struct plan *p)
{
    struct probe q = p->first;
    q.flags &= ~(unsigned)(HELLO_HEARTBEAT | HELLO_ALPN);
    return q;
}

/* ---- as old clients ask ---------------------------------------------------------------------- */

/* What clients of long ago and careless ones offer, and nobody should take; finite-field DHE too,
 * which some servers keep from clients that name groups of RFC 7919. */
static bool is_old(const struct suite *s)
{
    bool rare = s->exchange == KX_PSK || s->exchange == KX_DHE_PSK || s->exchange == KX_ECDHE_PSK ||
                s->exchange == KX_RSA_PSK || s->exchange == KX_KRB5 || s->exchange == KX_SRP;
    bool weak = s->cipher == CI_NULL || s->cipher == CI_RC4 || s->bits < 128 || s->auth == AU_ANON;
    bool dhe = s->exchange == KX_DHE && s->cipher == CI_AES;
    return !rare && (weak || dhe);
}

/* Common enough to show that a version is there. */
static bool is_usual(const struct suite *s)
{
    return s->cipher == CI_AES && (s->exchange == KX_RSA || s->exchange == KX_ECDHE);
}

static bool known_elsewhere(const struct plan *p, uint16_t code)
{
    for (size_t i = 0; i < p->facts->version_count; i++) {
        if (version_has(&p->facts->versions[i], code)) {
            return true;
        }
    }
    return false;
}

static struct probe old_hello(const struct plan *p, const struct version_facts *v)
{
    struct probe q = {.version = v->version, .flags = HELLO_PLAIN};
    size_t n;
    if (is_13(v->version)) {
        q = new_probe(p, v->version);
        add_groups(&q, NULL, 0, true);
    }
    const struct suite *rows = tls_suites(&n);
    for (size_t i = 0; i < n && q.suite_count < OLD_SUITES; i++) {
        bool usual = is_usual(&rows[i]) || known_elsewhere(p, rows[i].code);
        bool wanted = is_old(&rows[i]) || (v->state == KNOWN_NO && (usual || is_13(v->version)));
        bool found = version_has(v, rows[i].code) || plan_old_has(p, v->version, rows[i].code);
        if (wanted && tls_suite_fits(&rows[i], v->version) && !found) {
            q.suites[q.suite_count++] = rows[i].code;
        }
    }
    return q;
}

/* Two versions suffice: whoever has TLS 1.0 or SSL 3.0 answers a hello of TLS 1.1 with it. Where a
 * refusal is silence, which costs its whole wait, one does. TLS 1.3 has no old form, but
 * connections that were closed instead of refused may each have been lost. */
static bool wants_old(const struct plan *p, size_t turn)
{
    uint16_t version = p->datagram ? packet_turns[turn] : stream_turns[turn];
    const struct version_facts *v = facts_version(p->facts, version);
    bool known = v->state == KNOWN_YES || v->state == KNOWN_NO;
    bool low = version == TLS_11 || version == DTLS_10;
    bool lost = is_13(version) && v->state == KNOWN_NO && v->soft;
    return known && !p->old_done[turn] &&
           (low || lost || version == DTLS_12 || version == TLS_12) && (!p->drops || low);
}

/* Odd and even hellos may reach two devices: each version is asked with the other turn than that
 * of its refusal, in between the questions of later stages. At the end, when only such are left
 * that would have the same, a hello comes in between. */
static bool ask_old(struct plan *p)
{
    bool left = false;
    for (size_t i = 0; i < turns(p) && p->has_good; i++) {
        bool odd = (p->asks + 1) % 2;
        if (!wants_old(p, i)) {
            continue;
        }
        if (p->refused[i] && p->refused_odd[i] == odd) {
            left = true;
            continue;
        }
        uint16_t version = p->datagram ? packet_turns[i] : stream_turns[i];
        p->question = old_hello(p, facts_version(p->facts, version));
        p->old_turn = i;
        p->filling = false;
        p->old_done[i] = p->question.suite_count == 0;
        if (!p->old_done[i]) {
            return true;
        }
    }
    p->filling = left && p->stage == PLAN_OLD;
    if (p->filling) {
        p->question = first_hello(p);
    }
    return p->filling;
}

static bool arrange_old(struct plan *p)
{
    p->old_question = ask_old(p);
    return p->old_question;
}

/* ---- at the end ------------------------------------------------------------------------------ */

/* The first good hello again: it confirms the alerts before it, and shows a device that does not
 * answer alike. Without a name at first, where there is one; where it can it offers compression. */
static bool arrange_last(struct plan *p)
{
    bool named = p->has_name && !(p->first.flags & (HELLO_NO_NAME | HELLO_PLAIN));
    bool extra = p->has_good && p->turn == LAST_EXTRA && !p->first_seen[p->asks % 2];
    if (extra) {
        p->question = first_hello(p);
        p->old_question = p->filling = true;
        p->turn = LAST_NAMELESS;
        return true;
    }
    p->turn += p->turn == LAST_EXTRA;
    p->turn += p->turn == LAST_NAMELESS && !named;
    if (!p->has_good || p->turn >= LAST_DONE) {
        return false;
    }
    p->question = first_hello(p);
    p->question.flags |= p->turn == LAST_NAMELESS ? HELLO_NO_NAME : 0;
    if (!is_13(p->first.version) && p->facts->compression == KNOWN_UNTESTED) {
        p->question.flags |= HELLO_COMPRESS;
    }
    return true;
}

/* Finds the next question; false at the end. */
bool plan_arrange(struct plan *p)
{
    if (p->go_back) {
        p->stage = PLAN_AGAIN;
        p->turn = 0;
        p->go_back = false;
    }
    static bool (*const stages[])(struct plan *) = {
        arrange_versions, arrange_ssl2,       arrange_again, arrange_scsv, arrange_groups13,
        arrange_groups12, arrange_groups_dhe, arrange_order, arrange_old,  arrange_last};
    p->old_question = false;
    while (p->stage < PLAN_END) {
        bool between = p->stage > PLAN_AGAIN && p->stage < PLAN_OLD;
        if ((between && arrange_old(p)) || stages[p->stage](p)) {
            p->pending = true;
            p->asking = ASK_QUESTION;
            p->tries = p->controls = 0;
            p->control_passed = false;
            return true;
        }
        plan_next_stage(p);
    }
    plan_finish(p, "not confirmed: the device stopped answering");
    return false;
}
