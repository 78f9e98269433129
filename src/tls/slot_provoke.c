/*
 * slot_provoke - what only --intrusive does: each provocation on a connection of its own, most of
 * them after the server's first flight. See slot_inside.h, provoke.h and robot.h.
 */
#include "tls/slot_inside.h"

enum { PROVOKE_MS = 700, TRIES = 3, AGAIN_MS = 1000 };

static void conclude(struct slot *s, enum known k)
{
    s->job->facts.provoked[s->provocation] = k;
}

/* ---- which ----------------------------------------------------------------------------------- */

/* Sets up the probe of a provocation; false: it does not apply, and what that means is noted. */
static bool prepare(struct slot *s)
{
    const struct tls_facts *f = &s->job->facts;
    bool old = s->plan.good.version <= TLS_12;
    s->probe = s->plan.good;
    s->provoked = s->alive_tries = 0;
    switch (s->provocation) {
    case PROVOKE_HEARTBLEED:
        s->probe.flags |= HELLO_HEARTBEAT;
        return f->heartbeat == KNOWN_YES;
    case PROVOKE_CCS:
        return old;
    case PROVOKE_ROBOT:
        if (old && robot_probe(f, &s->probe)) {
            return true;
        }
        conclude(s, KNOWN_NO); /* no key exchange by RSA, no oracle */
        return false;
    case PROVOKE_RENEGOTIATION:
        if (old && s->plan.good.version >= TLS_10 && f->full.done == KNOWN_YES) {
            return true;
        }
        conclude(s, old ? KNOWN_UNSURE : KNOWN_NO); /* TLS 1.3 has none */
        return false;
    default:
        return true;
    }
}

/* The one at work is not through yet: the next message of ROBOT, or a try that got lost. */
static bool goes_on(const struct slot *s)
{
    bool robot = s->provocation == PROVOKE_ROBOT && !s->robot.over;
    bool again = s->job->facts.provoked[s->provocation] == KNOWN_UNTESTED && s->alive_tries < TRIES;
    return robot || again;
}

bool slot_next_provocation(struct slot *s, unsigned *pause_ms)
{
    bool begun = s->work == WORK_PROVOKE || s->work == WORK_RENEGOTIATE;
    *pause_ms = 0;
    if (!s->options->intrusive || !s->plan.has_good || slot_is_datagram(s)) {
        return false;
    }
    if (begun && goes_on(s)) {
        *pause_ms = s->alive_tries ? AGAIN_MS : 0;
        return true;
    }
    s->provocation = begun ? s->provocation + 1 : PROVOKE_HEARTBLEED;
    s->work = WORK_PROVOKE;
    while (s->provocation < PROVOCATIONS && !prepare(s)) {
        s->provocation++;
    }
    s->work = s->provocation == PROVOKE_RENEGOTIATION ? WORK_RENEGOTIATE : WORK_PROVOKE;
    return s->provocation < PROVOCATIONS;
}

/* ---- on the connection ----------------------------------------------------------------------- */

static void robot_answer(struct slot *s, unsigned seen)
{
    robot_note(&s->robot, seen);
    if (s->robot.over) {
        conclude(s, robot_verdict(&s->robot));
    }
}

/* It did not come to it: the way there is asked again, and after some tries it stays open. A device
 * that does not answer its good hello any more has stopped. */
enum slot_result slot_not_provoked(struct slot *s, int64_t now)
{
    if (s->provocation == PROVOKE_ROBOT) {
        robot_answer(s, ROBOT_LOST);
    } else if (++s->alive_tries >= TRIES) {
        conclude(s, s->provocation == PROVOKE_ALIVE ? KNOWN_NO : KNOWN_UNSURE);
    }
    return slot_next_work(s, now);
}

enum slot_result slot_renegotiated(struct slot *s, enum known how, int64_t now)
{
    slot_drop_full(s);
    if (how == KNOWN_YES || how == KNOWN_NO) {
        conclude(s, how);
    } else if (++s->alive_tries >= TRIES) {
        conclude(s, KNOWN_UNSURE);
    }
    slot_begin_drain(s, now);
    return SLOT_WAITS;
}

/* Sends what is in out. */
static void send_out(struct slot *s, int64_t now)
{
    (void)send(s->fd, s->out.p, s->out.n, MSG_NOSIGNAL);
    s->provoked++;
    s->deadline = now + PROVOKE_MS + 2 * s->job->slowest_ms;
}

static int write_out(struct slot *s)
{
    const struct answer *a = &s->reader.answer;
    s->out.n = s->sent = 0;
    if (s->provocation != PROVOKE_ROBOT) {
        provoke_write(s->provocation, s->probe.version, &s->out);
        return 0;
    }
    return a->cert_count ? robot_write(&s->robot, a->version, a->certs[0], &s->out) : 1;
}

/* The flight is complete: now. Without one nothing can be said. */
enum slot_result slot_begin_provoke(struct slot *s, int64_t now)
{
    const struct answer *a = &s->reader.answer;
    if (s->provocation == PROVOKE_ALIVE && a->outcome == OUTCOME_HELLO) {
        conclude(s, KNOWN_YES);
        slot_begin_drain(s, now);
        return SLOT_WAITS;
    }
    if (a->outcome != OUTCOME_HELLO || !a->finished || s->fd < 0) {
        return slot_not_provoked(s, now);
    }
    s->phase = SLOT_PROVOKE;
    s->talk.n = 0;
    int rc = write_out(s);
    if (rc) { /* no RSA key in the certificate after all */
        s->robot.over = true;
        conclude(s, KNOWN_UNSURE);
        slot_begin_drain(s, now);
        return rc < 0 ? SLOT_FAILED : SLOT_WAITS;
    }
    send_out(s, now);
    return SLOT_WAITS;
}

static enum slot_result robot_step(struct slot *s, enum outcome how, int64_t now)
{
    bool late = now >= s->deadline, over = how != OUTCOME_NONE || late;
    enum outcome end = how == OUTCOME_NONE && late ? OUTCOME_TIMEOUT : how;
    unsigned seen = robot_read(buffer_span(&s->talk), over, end);
    if (seen == ROBOT_NOTHING && !over) {
        return SLOT_WAITS;
    }
    robot_answer(s, seen);
    slot_begin_drain(s, now);
    return SLOT_WAITS;
}

enum slot_result slot_provoke(struct slot *s, bool ready, int64_t now)
{
    uint8_t bytes[2048];
    enum outcome how = OUTCOME_NONE;
    bool again;
    if (ready) {
        buffer_add(&s->talk, slot_read(s, bytes, sizeof bytes, &how));
    }
    if (s->provocation == PROVOKE_ROBOT) {
        return robot_step(s, how, now);
    }
    bool over = how != OUTCOME_NONE || now >= s->deadline || !buffer_ok(&s->talk);
    enum known k = provoke_read(s->provocation, buffer_span(&s->talk), s->provoked, over, &again);
    if (again && how == OUTCOME_NONE) {
        s->out.n = s->sent = 0;
        provoke_write(s->provocation, s->probe.version, &s->out);
        send_out(s, now);
        return SLOT_WAITS;
    }
    if (again) {
        k = KNOWN_NO; /* it closed the connection: that is a refusal */
    }
    if (k == KNOWN_UNTESTED) {
        return SLOT_WAITS;
    }
    conclude(s, k);
    slot_begin_drain(s, now);
    return SLOT_WAITS;
}
