/*
 * slot_hello - one question on a connection, and its answer: to the plan and into the transcript.
 * See slot_inside.h.
 */
#include "tls/slot_inside.h"

#include "tls/transcript.h"

enum { LEAST_PACE_MS = 5, MOST_PACE_MS = 80 };
/* How long a silence is waited out: at least, and where refusals are known to be silent. */
enum { SILENCE_MS = 1500, SILENCE_USUAL_MS = 600 };
/* DTLS: how often a hello is sent, and the wait after the first time; it doubles. */
enum { SENT = 2, SENT_USUAL = 1, REPEAT_MS = 1000, LEAST_REPEAT_MS = 400 };

/* The plan counts its hellos; what is sent beside them gets numbers of its own. */
static unsigned hello_number(const struct slot *s)
{
    return s->work == WORK_HELLOS ? s->plan.asks : UINT16_MAX + s->job->connections;
}

static void write_hello(struct slot *s)
{
    struct hello_frame f = {.name = s->job->target->name, .alpn = s->job->service->alpn};
    s->out.failed |= hello_random(s->options->random, hello_number(s), f.random) < 0;
    f.cookie = span_make(s->cookie, s->cookie_size);
    f.message_seq = s->cookie_size ? 1 : 0;
    s->out.n = s->sent = 0;
    hello_write(&s->probe, &f, &s->out);
}

/* The plan knows that this device says nothing instead of "no", and asks twice with a control in
 * between: the whole wait each time would be most of the scan. */
static bool usually_silent(const struct slot *s)
{
    return s->plan.drops && s->plan.asking == ASK_QUESTION && !s->job->facts.lossy;
}

static int64_t answer_ms(const struct slot *s)
{
    /* A device that answers fast does not need the full wait before a silence counts. */
    int64_t most = s->options->answer_ms, slow = s->job->slowest_ms * 8;
    if (!s->plan.has_good) {
        return most;
    }
    int64_t least = usually_silent(s) ? SILENCE_USUAL_MS : SILENCE_MS;
    slow = slow < least ? least : slow;
    return slow < most ? slow : most;
}

/* The timer of RFC 6347 4.2.4.1, doubled at each retransmission: a second where nothing is known,
 * then three times what this device needed of late. The next key exchange may be a slower one (a
 * larger group), and a device that is still at work when the next hello comes begins a second
 * handshake, in which it waits for nobody. */
static int64_t repeat_ms(const struct slot *s)
{
    int64_t ms = 3 * s->job->peak_ms;
    ms = ms > LEAST_REPEAT_MS ? ms : LEAST_REPEAT_MS;
    ms = ms < s->options->answer_ms ? ms : s->options->answer_ms;
    return (s->plan.has_good ? ms : REPEAT_MS) << s->repeats;
}

static void learn_peak(struct slot *s, int64_t took)
{
    int64_t faded = s->job->peak_ms - s->job->peak_ms / 8;
    if (s->reader.answer.outcome == OUTCOME_HELLO) {
        s->job->peak_ms = took > faded ? took : faded;
    }
}

void slot_begin_answer(struct slot *s, int64_t now)
{
    slot_account(s, COST_ANSWER, now);
    s->phase = SLOT_ANSWER;
    s->repeats = 0;
    s->deadline = now + (slot_is_datagram(s) ? repeat_ms(s) : answer_ms(s));
    s->hard = now + 2 * s->options->answer_ms;
    reader_start(&s->reader, &s->probe);
    write_hello(s);
    if (slot_flush(s) != 0) {
        reader_end(&s->reader, OUTCOME_RESET);
    }
}

/* A connection that was refused or dropped right after the last one, and answered after a pause:
 * the device needs the pause. */
static void learn_pace(struct slot *s)
{
    unsigned pace = s->job->pace_ms ? s->job->pace_ms * 2 : LEAST_PACE_MS;
    bool question = s->plan.asking == ASK_QUESTION;
    unsigned lost = (question ? s->plan.tries : s->plan.controls) + s->plan.unreached;
    if (lost > 0 && s->reader.answer.outcome == OUTCOME_HELLO) {
        s->job->pace_ms = pace > MOST_PACE_MS ? MOST_PACE_MS : pace;
    }
}

/* The answer is what it is: tell the plan. */
enum slot_result slot_answered(struct slot *s, int64_t now)
{
    struct scan_job *job = s->job;
    const struct answer *a = &s->reader.answer;
    int64_t took = now - s->since;
    if (s->work == WORK_PROVOKE) {
        return slot_begin_provoke(s, now);
    }
    if (s->options->keep_transcript) {
        transcript_add(&job->transcript, buffer_span(&s->out), buffer_span(&s->reader.raw),
                       a->outcome);
    }
    learn_peak(s, took);
    if (a->outcome == OUTCOME_HELLO && took > job->slowest_ms) {
        job->slowest_ms = took;
    }
    if (a->outcome == OUTCOME_NOT_TLS && !job->banner[0]) {
        service_banner(buffer_span(&s->reader.raw), job->banner, sizeof job->banner);
    }
    bool open = s->fd >= 0 && a->outcome != OUTCOME_RESET && a->outcome != OUTCOME_REFUSED &&
                a->outcome != OUTCOME_UNREACHED && a->outcome != OUTCOME_CLOSED;
    learn_pace(s);
    if (plan_answer(&s->plan, a) < 0) {
        return SLOT_FAILED;
    }
    if (open) {
        slot_begin_drain(s, now);
        return SLOT_WAITS;
    }
    return slot_next_work(s, now);
}

enum slot_result slot_no_connection(struct slot *s, enum outcome how, int64_t now)
{
    if (s->work == WORK_HELLOS) {
        reader_start(&s->reader, &s->probe);
        s->out.n = 0;
        reader_end(&s->reader, how);
        slot_shut(s);
        return slot_answered(s, now);
    }
    if (s->work == WORK_PROVOKE || s->work == WORK_RENEGOTIATE) {
        return slot_not_provoked(s, now);
    }
    if (s->work == WORK_PLAIN) {
        s->plan.ended_by = how;
    }
    if (slot_full_again(s, now)) {
        return SLOT_WAITS;
    }
    s->session = s->work == WORK_FULL ? NULL : s->session;
    slot_account(s, COST_PAUSE, now);
    slot_shut(s);
    return SLOT_ENDED;
}

/* DTLS: the cookie is sent back; a hello that was not answered is sent again. */
static enum slot_result datagram_again(struct slot *s, int64_t now)
{
    if (s->reader.cookie.n) {
        memcpy(s->cookie, s->reader.cookie.p, s->reader.cookie.n);
        s->cookie_size = s->reader.cookie.n;
        s->reader.cookie = SPAN_NONE;
        s->repeats = 0;
    } else if (++s->repeats >= (usually_silent(s) ? SENT_USUAL : SENT)) {
        reader_end(&s->reader, OUTCOME_TIMEOUT);
        return slot_answered(s, now);
    }
    write_hello(s);
    (void)slot_flush(s);
    s->deadline = now + repeat_ms(s);
    return SLOT_WAITS;
}

enum slot_result slot_answer(struct slot *s, bool ready, int64_t now)
{
    uint8_t bytes[16384];
    enum outcome how;
    if (s->reader.closed) {
        return slot_answered(s, now);
    }
    if (!ready || now >= s->hard) {
        if (now < s->deadline && now < s->hard) {
            return SLOT_WAITS;
        }
        if (slot_is_datagram(s)) {
            return datagram_again(s, now);
        }
        reader_end(&s->reader, OUTCOME_TIMEOUT);
        return slot_answered(s, now);
    }
    if (s->want_write) {
        if (slot_flush(s)) {
            reader_end(&s->reader, OUTCOME_RESET);
            return slot_answered(s, now);
        }
        return SLOT_WAITS;
    }
    struct span got = slot_read(s, bytes, sizeof bytes, &how);
    if (how != OUTCOME_NONE) {
        reader_end(&s->reader, how);
        slot_shut(s);
        return slot_answered(s, now);
    }
    if (got.n && reader_take(&s->reader, got)) {
        return slot_answered(s, now);
    }
    if (s->reader.cookie.n && slot_is_datagram(s) && s->cookie_size == 0) {
        return datagram_again(s, now);
    }
    return SLOT_WAITS;
}
