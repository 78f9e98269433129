/*
 * slot_full - complete handshakes by OpenSSL: the first, its resumption, and with --intrusive one
 * that is renegotiated. See slot_inside.h.
 */
#include "tls/slot_inside.h"

enum { FULL_MS = 6000 };

void slot_drop_full(struct slot *s)
{
    full_free(s->full);
    s->full = NULL;
}

/* A complete handshake that was lost on the way is tried again, like a hello. */
bool slot_full_again(struct slot *s, int64_t now)
{
    static const unsigned pauses[] = {20, 100, 300, 1000, 1000, 2000};
    size_t most = s->job->facts.lossy ? sizeof pauses / sizeof *pauses : 2;
    if ((s->work != WORK_FULL && s->work != WORK_RESUME) || s->full_tries >= most) {
        return false;
    }
    slot_begin_pause(s, pauses[s->full_tries++], now);
    return true;
}

enum slot_result slot_begin_full(struct slot *s, int64_t now)
{
    struct full_plan plan = {.name = s->job->target->name,
                             .host = s->job->target->host,
                             .service = s->job->service,
                             .datagram = slot_is_datagram(s),
                             .no_alpn = s->no_alpn,
                             .session = s->work == WORK_RESUME ? s->session : NULL,
                             .renegotiate = s->work == WORK_RENEGOTIATE,
                             .old = s->work == WORK_OLD};
    slot_account(s, COST_FULL, now);
    s->phase = SLOT_FULL;
    s->talking = false;
    s->deadline = now + (slot_is_datagram(s) ? FULL_MS / 3 : FULL_MS);
    s->full = full_new(s->fd, &plan);
    return s->full ? SLOT_WAITS : SLOT_FAILED;
}

enum slot_result slot_full(struct slot *s, int64_t now)
{
    enum full_step step = FULL_DONE;
    if (now < s->deadline) {
        step = full_go(s->full);
    } else {
        full_end(s->full);
    }
    if (step != FULL_DONE) {
        int64_t wait = full_patience(s->full);
        if (wait && !s->talking) {
            s->talking = true;
            s->deadline = now + wait + 2 * s->job->slowest_ms;
        }
        s->want_write = step == FULL_WRITE;
        return SLOT_WAITS;
    }
    if (full_refused_alpn(s->full)) {
        s->no_alpn = true;
        slot_drop_full(s);
        slot_begin_pause(s, 0, now);
        return SLOT_WAITS;
    }
    if (s->work == WORK_RENEGOTIATE) {
        return slot_renegotiated(s, full_renegotiated(s->full), now);
    }
    if (full_lost(s->full) && slot_full_again(s, now)) {
        slot_drop_full(s);
        return SLOT_WAITS;
    }
    if (full_facts(s->full, &s->job->facts) < 0) {
        return SLOT_FAILED;
    }
    if (s->work == WORK_FULL) {
        s->session = full_session(s->full);
    }
    slot_drop_full(s);
    slot_begin_drain(s, now);
    return SLOT_WAITS;
}
