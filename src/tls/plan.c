/*
 * plan - making sure: what is asked again, with which control, and when it is over. See plan.h.
 *
 * plan_ask.c has the questions, plan_learn.c what their answers teach.
 */
#include <stdio.h>

#include "tls/plan_inside.h"

enum {
    TRIES_CLOSED = 2, /* of a server that is known to close instead of refusing */
    TRIES = 3,
    TRIES_LOSSY = 5,
    CONTROLS = 5,
    SILENT_MAX = 6,
    DEAD_MAX = 2
};

void plan_start(struct plan *p, struct tls_facts *facts, bool datagram, bool has_name)
{
    memset(p, 0, sizeof *p);
    p->facts = facts;
    p->datagram = datagram;
    p->has_name = has_name;
    p->window_size = HELLO_SUITES;
}

/* It was answered with this version when another was asked for, and refused it by itself. */
static void finish_seen(struct tls_facts *f, struct version_facts *v)
{
    if (v->seen && v->state == KNOWN_NO) {
        v->state = KNOWN_YES;
        v->complete = false;
        v->suites[v->count++] = f->first = v->seen;
        f->later = 0;
        f->changing = true;
    }
}

static void finish_old(struct plan *p)
{
    for (size_t i = 0; i < p->old_count; i++) {
        struct version_facts *v = facts_version(p->facts, p->old_found[i].version);
        if (!version_has(v, p->old_found[i].suite) && v->count < FACTS_SUITES) {
            v->suites[v->count++] = p->old_found[i].suite;
            v->complete &= v->state == KNOWN_YES;
            v->state = KNOWN_YES;
            p->facts->old_form = true;
        }
    }
}

/* A "no" that no good answer followed is none. */
void plan_finish(struct plan *p, const char *why)
{
    struct tls_facts *f = p->facts;
    f->confirmed = p->has_good && p->negatives == 0;
    f->groups_complete &= f->confirmed;
    finish_old(p);
    for (size_t i = 0; i < f->version_count; i++) {
        struct version_facts *v = &f->versions[i];
        bool open = v->state == KNOWN_UNTESTED || (v->state == KNOWN_NO && !v->sure);
        v->complete &= f->confirmed || v->sure;
        if (open) {
            v->state = v->count ? KNOWN_YES : KNOWN_UNSURE;
            (void)snprintf(v->how, sizeof v->how, "%s", why);
        }
        finish_seen(f, v);
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
    if (p->stage >= PLAN_END || (!p->pending && !plan_arrange(p))) {
        return false;
    }
    unsigned tried = (p->asking == ASK_QUESTION ? p->tries : p->controls) + p->unreached;
    bool usual =
        (p->closes && p->soft == OUTCOME_CLOSED) || (p->resets && p->soft == OUTCOME_RESET);
    unsigned most = usual ? 3 : 4; /* its way to say no: it is not overtaxed each time */
    *pause_ms = p->soft == OUTCOME_ALERT ? 0 : pauses[tried < most ? tried : most];
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

/* The answer means something by itself. An SSL 2.0 hello may be refused with any alert; an old
 * client's only adds to what is known. */
static bool is_definite(const struct plan *p, const struct answer *a)
{
    return a->outcome == OUTCOME_HELLO || p->old_question ||
           (a->outcome == OUTCOME_ALERT &&
            (is_refusal(a->alert) || p->alerts_ok[a->alert] || p->question.version == TLS_SSL2 ||
             (p->stage == PLAN_LAST && p->turn == LAST_NAMELESS)));
}

static void keep_good(struct plan *p, const struct probe *asked, const struct answer *a)
{
    p->negatives = 0;
    p->silent = 0;
    p->dead = 0;
    for (size_t i = 0; i < p->facts->version_count; i++) {
        p->facts->versions[i].sure = true;
    }
    if ((p->has_good && !is_13(p->good.version)) || asked->version != a->version ||
        asked->version == TLS_SSL2 || (p->has_good && is_13(asked->version))) {
        return;
    }
    p->first = *asked;
    p->first_suite = a->suite;
    p->first_seen[0] = p->first_seen[1] = false;
    p->first_seen[p->asks % 2] = true;
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
    bool silent = p->drops && p->soft == OUTCOME_TIMEOUT; /* each silence costs its whole wait */
    if (p->question.version == TLS_SSL2 || p->soft == OUTCOME_ALERT || silent) {
        return 1; /* and once more after the control */
    }
    bool usual =
        (p->closes && p->soft == OUTCOME_CLOSED) || (p->resets && p->soft == OUTCOME_RESET);
    return usual || p->soft == OUTCOME_TIMEOUT ? TRIES_CLOSED : TRIES;
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
    p->drops |= a->outcome == OUTCOME_TIMEOUT;
    if (a->outcome == OUTCOME_ALERT) {
        p->alerts_ok[a->alert] = true;
    }
    p->negatives++;
    if ((p->stage == PLAN_VERSIONS || p->stage == PLAN_AGAIN) && p->open) {
        facts_version(p->facts, plan_turn_version(p))->soft = true;
    }
    plan_teach(p,
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
        plan_teach(p, VERDICT_UNSURE, a);
    } else if (p->control_passed || closes_as_before(p, a)) {
        sure_of_soft(p, a);
    } else {
        p->asking = ASK_CONTROL;
        p->controls = 0;
    }
}

/* Connections get lost on the way: what a lost connection told before is asked again. */
void plan_found_lossy(struct plan *p)
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
        plan_found_lossy(p); /* the same hello was lost before */
    }
    p->control_passed = true;
    if (p->asking == ASK_SMALL) {
        plan_teach(p, VERDICT_SHAPE, a);
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
    if (++p->dead >= DEAD_MAX) { /* going on would only harm it */
        plan_stop(p, "the device stopped answering", a->outcome);
        return;
    }
    plan_teach(p, VERDICT_UNSURE, a);
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
    p->asks++;
    if (a->outcome == OUTCOME_HELLO) {
        if (facts_note(p->facts, &asked, a) < 0) {
            return -1;
        }
        p->facts->unoffered_suite |= asked.version != TLS_SSL2 && !plan_offers(&asked, a->suite);
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
        if ((p->tries > 0 || p->control_passed) &&
            (p->soft == OUTCOME_RESET || p->soft == OUTCOME_TIMEOUT || p->soft == OUTCOME_CLOSED)) {
            plan_found_lossy(p);
        }
        p->negatives += a->outcome != OUTCOME_HELLO;
        plan_teach(p, a->outcome == OUTCOME_HELLO ? VERDICT_HELLO : VERDICT_NO, a);
    } else {
        soft_question(p, a);
    }
    return 0;
}

void plan_stop(struct plan *p, const char *why, enum outcome by)
{
    p->negatives++;
    plan_finish(p, why);
    p->ended = why;
    p->ended_by = by;
    p->stage = PLAN_END;
    p->pending = false;
}
