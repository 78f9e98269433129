/*
 * slot_talk - plain dialogues: what leads to TLS (STARTTLS), and what a service without TLS says.
 * See slot_inside.h.
 */
#include "tls/slot_inside.h"

enum { TALK_MS = 1500, TALK_ENOUGH = 1024 };

enum slot_result slot_begin_dialogue(struct slot *s, int64_t now)
{
    enum service_start start = s->job->service->start;
    slot_account(s, COST_ANSWER, now);
    s->phase = SLOT_DIALOGUE;
    s->deadline = now + s->options->answer_ms;
    s->out.n = s->sent = 0;
    s->want_write = false;
    dialogue_begin(&s->dialogue, start);
    if (start == START_LDAP && dialogue_step(&s->dialogue, SPAN_NONE, &s->out) == DIALOGUE_SEND) {
        (void)slot_flush(s);
    }
    return SLOT_WAITS;
}

/* The plain part failed: for the plan that is an answer like any other. */
static enum slot_result dialogue_failed(struct slot *s, enum outcome how, int64_t now)
{
    if (!s->job->banner[0]) {
        memcpy(s->job->banner, s->dialogue.banner, sizeof s->job->banner);
    }
    if (s->work == WORK_PROVOKE || s->work == WORK_RENEGOTIATE) {
        return slot_not_provoked(s, now);
    }
    if (s->work != WORK_HELLOS) {
        slot_shut(s);
        return slot_full_again(s, now) ? SLOT_WAITS : SLOT_ENDED;
    }
    if (how == OUTCOME_STARTTLS && !s->plan.has_good) {
        plan_stop(&s->plan, "the service does not offer STARTTLS", how);
        slot_shut(s);
        return SLOT_ENDED;
    }
    reader_start(&s->reader, &s->probe);
    reader_end(&s->reader, how == OUTCOME_STARTTLS ? OUTCOME_CLOSED : how);
    return slot_answered(s, now);
}

enum slot_result slot_dialogue(struct slot *s, bool ready, int64_t now)
{
    uint8_t bytes[512];
    enum outcome how;
    if (!ready) {
        return now < s->deadline ? SLOT_WAITS : dialogue_failed(s, OUTCOME_TIMEOUT, now);
    }
    if (s->want_write) {
        return slot_flush(s) ? dialogue_failed(s, OUTCOME_RESET, now) : SLOT_WAITS;
    }
    struct span got = slot_read(s, bytes, sizeof bytes, &how);
    if (how != OUTCOME_NONE) {
        return dialogue_failed(s, how, now);
    }
    s->out.n = s->sent = 0;
    switch (dialogue_step(&s->dialogue, got, &s->out)) {
    case DIALOGUE_READ:
        return SLOT_WAITS;
    case DIALOGUE_SEND:
        return slot_flush(s) ? dialogue_failed(s, OUTCOME_RESET, now) : SLOT_WAITS;
    case DIALOGUE_TLS:
        if (s->work == WORK_HELLOS || s->work == WORK_PROVOKE) {
            slot_begin_answer(s, now);
            return SLOT_WAITS;
        }
        return slot_begin_full(s, now);
    default:
        return dialogue_failed(s, OUTCOME_STARTTLS, now);
    }
}

enum slot_result slot_begin_talk(struct slot *s, int64_t now)
{
    slot_account(s, COST_ANSWER, now);
    s->phase = SLOT_TALK;
    s->deadline = now + TALK_MS;
    s->out.n = s->sent = s->talk.n = 0;
    service_message(s->job->service->talk, s->job->target->host, &s->out);
    (void)slot_flush(s);
    return SLOT_WAITS;
}

/* A service that speaks no TLS: what it says is its banner. */
enum slot_result slot_talk(struct slot *s, bool ready, int64_t now)
{
    uint8_t bytes[2048];
    enum outcome how = OUTCOME_NONE;
    if (ready && !s->want_write) {
        buffer_add(&s->talk, slot_read(s, bytes, sizeof bytes, &how));
    }
    struct span all = buffer_span(&s->talk);
    enum service_talk talk = s->job->service->talk;
    bool enough = service_answered(talk, all) || all.n > TALK_ENOUGH;
    if (!enough && how == OUTCOME_NONE && now < s->deadline) {
        return s->want_write && slot_flush(s) ? SLOT_ENDED : SLOT_WAITS;
    }
    if (slot_is_datagram(s) && all.n == 0) {
        /* Nobody said anything: over UDP that is no service, unless the host says so. */
        s->plan.ended_by = how == OUTCOME_REFUSED ? OUTCOME_REFUSED : OUTCOME_UNREACHED;
        slot_account(s, COST_PAUSE, now);
        slot_shut(s);
        return SLOT_ENDED;
    }
    service_banner(all, s->job->banner, sizeof s->job->banner);
    s->job->facts.full.application = service_answered(talk, all) ? KNOWN_YES : KNOWN_NO;
    s->plan.ended_by = OUTCOME_NOT_TLS;
    slot_account(s, COST_PAUSE, now);
    slot_shut(s);
    return SLOT_ENDED;
}
