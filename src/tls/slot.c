/*
 * slot - see slot.h. The machine: which phase follows which, and which work follows which.
 */
#include <stdio.h>

#include "tls/slot_inside.h"

void slot_init(struct slot *s)
{
    memset(s, 0, sizeof *s);
    reader_init(&s->reader);
    buffer_init(&s->out, SLOT_OUT_MAX);
    buffer_init(&s->talk, SLOT_TALK_MAX);
    s->fd = s->watched = -1;
}

void slot_free(struct slot *s)
{
    slot_shut(s);
    slot_drop_full(s);
    full_session_free(s->session);
    reader_free(&s->reader);
    buffer_free(&s->out);
    buffer_free(&s->talk);
}

void slot_begin(struct slot *s, struct scan_job *job, const struct scan_options *o)
{
    int64_t now = slot_now();
    s->job = job;
    s->options = o;
    s->begun = s->since = now;
    s->cost = COST_PAUSE;
    s->full_tries = s->alive_tries = 0;
    s->no_alpn = false;
    memset(&s->robot, 0, sizeof s->robot);
    enum service_start start = job->service->start;
    s->work = start == START_PLAIN || start == START_DATAGRAM ? WORK_PLAIN : WORK_HELLOS;
    s->phase = SLOT_PAUSE;
    s->deadline = now;
    plan_start(&s->plan, &job->facts, slot_is_datagram(s), job->target->name != NULL);
}

/* What comes after the hellos: a complete handshake where TLS 1.0 or newer is there. */
static bool wants_full(const struct slot *s)
{
    const struct tls_facts *f = &s->job->facts;
    return facts_highest(f) > TLS_SSL3 && !s->plan.ended;
}

/* OpenSSL's hello is not ours: who knows a scanner by its hellos may take old versions from others.
 */
static bool wants_old(struct slot *s)
{
    struct tls_facts *f = &s->job->facts;
    const struct version_facts *v11 = facts_version(f, TLS_11), *v10 = facts_version(f, TLS_10);
    return v11 && v11->state == KNOWN_NO && v10->state == KNOWN_NO && f->full.done == KNOWN_YES;
}

/* After a complete handshake: the next kind of one. */
static bool next_full(struct slot *s)
{
    if (s->work == WORK_FULL && s->session) {
        s->work = WORK_RESUME;
    } else if ((s->work == WORK_FULL || s->work == WORK_RESUME) && wants_old(s)) {
        s->work = WORK_OLD;
    } else {
        return false;
    }
    s->full_tries = 0;
    return true;
}

/* Has the next question, or the next kind of work. */
enum slot_result slot_next_work(struct slot *s, int64_t now)
{
    unsigned pause = 0;
    if (s->work == WORK_HELLOS) {
        if (plan_next(&s->plan, &s->probe, &pause)) {
            slot_begin_pause(s, pause, now);
            s->cookie_size = 0;
            return SLOT_WAITS;
        }
        s->work = WORK_FULL;
        if (wants_full(s)) {
            slot_begin_pause(s, 0, now);
            return SLOT_WAITS;
        }
    } else if (next_full(s)) {
        slot_begin_pause(s, 0, now);
        return SLOT_WAITS;
    }
    if (slot_next_provocation(s, &pause)) {
        slot_begin_pause(s, pause, now);
        return SLOT_WAITS;
    }
    slot_account(s, COST_PAUSE, now);
    slot_shut(s);
    return SLOT_ENDED;
}

static enum slot_result over_budget(struct slot *s, int64_t now)
{
    bool time = now - s->begun > s->options->budget_ms;
    if (!time && s->job->connections < s->options->max_connections) {
        return SLOT_WAITS;
    }
    if (s->work == WORK_HELLOS) { /* else the facts are sure already */
        plan_stop(&s->plan, time ? "the time of this device is used up" : "too many connections",
                  OUTCOME_TIMEOUT);
    }
    slot_account(s, COST_PAUSE, now);
    slot_shut(s);
    return SLOT_ENDED;
}

/* ---- phases ---------------------------------------------------------------------------------- */

static enum slot_result connected(struct slot *s, int64_t now)
{
    enum service_start start = s->job->service->start;
    if (s->work == WORK_PLAIN) {
        return slot_begin_talk(s, now);
    }
    if (start == START_FTP || start == START_SMTP || start == START_LDAP) {
        return slot_begin_dialogue(s, now);
    }
    if (s->work == WORK_HELLOS || s->work == WORK_PROVOKE) {
        slot_begin_answer(s, now);
        return SLOT_WAITS;
    }
    return slot_begin_full(s, now);
}

static enum slot_result go_pause(struct slot *s, int64_t now)
{
    if (now < s->deadline) {
        return SLOT_WAITS;
    }
    if (over_budget(s, now) == SLOT_ENDED) {
        return SLOT_ENDED;
    }
    if (s->work == WORK_HELLOS && s->job->connections == 0) {
        unsigned pause;
        if (!plan_next(&s->plan, &s->probe, &pause)) {
            return SLOT_ENDED;
        }
    }
    slot_account(s, COST_CONNECT, now);
    s->phase = SLOT_CONNECT;
    s->deadline = now + s->options->connect_ms;
    int error = slot_connect(s);
    return error ? slot_no_connection(s, slot_outcome(error), now) : SLOT_WAITS;
}

static enum slot_result go_connect(struct slot *s, bool ready, int64_t now)
{
    if (!ready) {
        return now < s->deadline ? SLOT_WAITS : slot_no_connection(s, OUTCOME_UNREACHED, now);
    }
    int error = slot_connect_error(s);
    return error ? slot_no_connection(s, slot_outcome(error), now) : connected(s, now);
}

static enum slot_result step(struct slot *s, bool ready, int64_t now)
{
    switch (s->phase) {
    case SLOT_PAUSE:
        return go_pause(s, now);
    case SLOT_CONNECT:
        return go_connect(s, ready, now);
    case SLOT_DIALOGUE:
        return slot_dialogue(s, ready, now);
    case SLOT_ANSWER:
        return slot_answer(s, ready, now);
    case SLOT_DRAIN:
        return slot_drain(s, ready, now);
    case SLOT_FULL:
        return slot_full(s, now);
    case SLOT_TALK:
        return slot_talk(s, ready, now);
    case SLOT_PROVOKE:
        return slot_provoke(s, ready, now);
    default:
        return SLOT_ENDED;
    }
}

enum slot_result slot_go(struct slot *s, bool ready, int64_t now)
{
    enum slot_phase before;
    enum slot_result r;
    do {
        before = s->phase;
        r = step(s, ready, now);
        ready = s->phase == SLOT_FULL && before != SLOT_FULL; /* it writes first */
    } while (r == SLOT_WAITS && s->phase != before &&
             (s->phase == SLOT_FULL || s->deadline <= now ||
              (s->phase == SLOT_ANSWER && s->reader.closed)));
    return r;
}

/* ---- the end --------------------------------------------------------------------------------- */

void slot_finish(struct slot *s)
{
    struct scan_job *job = s->job;
    slot_drop_full(s);
    full_session_free(s->session);
    s->session = NULL;
    slot_shut(s);
    job->ended_by = s->plan.ended_by;
    job->state = scan_state_of(&job->facts, job->ended_by);
    job->ended = s->plan.ended;
    job->total_ms = slot_now() - s->begun;
    if (!job->banner[0] && job->facts.full.server[0]) {
        memcpy(job->banner, job->facts.full.server, sizeof job->banner);
    }
}
