/*
 * slot - see slot.h.
 */
#include "tls/slot.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "tls/transcript.h"

enum {
    OUT_MAX = 8192,
    TALK_MAX = 16 * 1024,
    REPEATS = 3,
    REPEAT_MS = 700,
    LEAST_REPEAT_MS = 200,
    LEAST_PACE_MS = 5,
    MOST_PACE_MS = 80,
    FULL_MS = 6000,
    PROVOKE_MS = 700
};

int64_t slot_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void slot_init(struct slot *s)
{
    memset(s, 0, sizeof *s);
    reader_init(&s->reader);
    buffer_init(&s->out, OUT_MAX);
    buffer_init(&s->talk, TALK_MAX);
    s->fd = s->watched = -1;
}

static void shut(struct slot *s)
{
    if (s->fd >= 0) {
        (void)close(s->fd);
    }
    s->fd = s->watched = -1;
}

static void drop_full(struct slot *s)
{
    full_free(s->full);
    s->full = NULL;
}

void slot_free(struct slot *s)
{
    shut(s);
    drop_full(s);
    full_session_free(s->session);
    reader_free(&s->reader);
    buffer_free(&s->out);
    buffer_free(&s->talk);
}

static bool is_datagram(const struct slot *s)
{
    return s->job->service->start == START_DTLS;
}

/* Time since the last call is put on the account of what was being done. */
static void account(struct slot *s, enum scan_cost next, int64_t now)
{
    s->job->ms[s->cost] += now - s->since;
    s->since = now;
    s->cost = next;
}

void slot_begin(struct slot *s, struct scan_job *job, const struct scan_options *o)
{
    int64_t now = slot_now();
    s->job = job;
    s->options = o;
    s->begun = s->since = now;
    s->cost = COST_PAUSE;
    s->full_tries = 0;
    s->work = job->service->start == START_PLAIN ? WORK_PLAIN : WORK_HELLOS;
    s->phase = SLOT_PAUSE;
    s->deadline = now;
    plan_start(&s->plan, &job->facts, is_datagram(s), job->target->name != NULL);
}

/* ---- connecting ------------------------------------------------------------------------------ */

static void set_port(struct sockaddr_storage *a, uint16_t port)
{
    if (a->ss_family == AF_INET6) {
        ((struct sockaddr_in6 *)(void *)a)->sin6_port = htons(port);
    } else {
        ((struct sockaddr_in *)(void *)a)->sin_port = htons(port);
    }
}

static enum outcome outcome_of(int error)
{
    return error == ECONNREFUSED                                            ? OUTCOME_REFUSED
           : error == ECONNRESET || error == EPIPE || error == ECONNABORTED ? OUTCOME_RESET
                                                                            : OUTCOME_UNREACHED;
}

/* Returns 0, or the errno. */
static int begin_connect(struct slot *s)
{
    struct sockaddr_storage to = s->job->target->address;
    int kind = is_datagram(s) ? SOCK_DGRAM : SOCK_STREAM, one = 1;
    set_port(&to, s->job->port);
    s->fd = socket(to.ss_family, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd < 0) {
        return errno;
    }
    s->job->connections++;
    if (kind == SOCK_STREAM) {
        (void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    s->want_write = true;
    if (connect(s->fd, (struct sockaddr *)&to, s->job->target->address_size) < 0 &&
        errno != EINPROGRESS) {
        return errno;
    }
    return 0;
}

static int connect_error(const struct slot *s)
{
    int error = 0;
    socklen_t n = sizeof error;
    return getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0 ? errno : error;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static const char *sni(const struct slot *s)
{
    return s->job->target->name;
}

static void write_hello(struct slot *s)
{
    struct hello_frame f = {.name = sni(s), .alpn = s->job->service->alpn};
    memcpy(f.random, s->options->random, sizeof f.random);
    f.cookie = span_make(s->cookie, s->cookie_size);
    f.message_seq = s->cookie_size ? 1 : 0;
    s->out.n = s->sent = 0;
    hello_write(&s->probe, &f, &s->out);
}

/* Sends what is left. Returns 0, or the errno. */
static int flush(struct slot *s)
{
    while (s->sent < s->out.n) {
        ssize_t n = send(s->fd, s->out.p + s->sent, s->out.n - s->sent, MSG_NOSIGNAL);
        if (n < 0) {
            s->want_write = errno == EAGAIN;
            return errno == EAGAIN ? 0 : errno;
        }
        s->sent += (size_t)n;
    }
    s->want_write = false;
    return 0;
}

static int64_t answer_ms(const struct slot *s)
{
    /* A device that answers fast does not need the full wait before a silence counts. */
    int64_t most = s->options->answer_ms, slow = s->job->slowest_ms * 8;
    if (!s->plan.has_good) {
        return most;
    }
    slow = slow < 1500 ? 1500 : slow;
    return slow < most ? slow : most;
}

/* RFC 6347 4.2.4.1 begins with a second; a device in the laboratory is known to be faster. */
static int64_t repeat_ms(const struct slot *s)
{
    int64_t slow = s->job->slowest_ms * 4;
    if (!s->plan.has_good || slow > REPEAT_MS) {
        return REPEAT_MS;
    }
    return slow > LEAST_REPEAT_MS ? slow : LEAST_REPEAT_MS;
}

static void begin_answer(struct slot *s, int64_t now)
{
    account(s, COST_ANSWER, now);
    s->phase = SLOT_ANSWER;
    s->repeats = 0;
    s->deadline = now + (is_datagram(s) ? repeat_ms(s) : answer_ms(s));
    s->hard = now + 2 * s->options->answer_ms;
    reader_start(&s->reader, &s->probe);
    write_hello(s);
    if (flush(s) != 0) {
        reader_end(&s->reader, OUTCOME_RESET);
    }
}

/* ---- the end of one connection --------------------------------------------------------------- */

/* Tells the server that nothing more comes. Only where a handshake is open: gnutls-serv never again
 * answers anybody after a DTLS alert that belongs to no session. */
static void say_goodbye(const struct slot *s)
{
    static const uint8_t stream[] = {21, 3, 1, 0, 2, 2, 90}; /* alert user_canceled */
    static const uint8_t packet[] = {21, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 3, 0, 2, 2, 90};
    bool open = s->work == WORK_HELLOS && s->reader.answer.outcome == OUTCOME_HELLO;
    if (open && is_datagram(s)) {
        (void)send(s->fd, packet, sizeof packet, MSG_NOSIGNAL);
    } else if (open && s->probe.version != TLS_SSL2) {
        (void)send(s->fd, stream, sizeof stream, MSG_NOSIGNAL);
    }
}

static void begin_drain(struct slot *s, int64_t now)
{
    account(s, COST_DRAIN, now);
    s->phase = SLOT_DRAIN;
    s->want_write = false;
    s->deadline = is_datagram(s) ? now : now + s->options->drain_ms;
    say_goodbye(s);
    if (!is_datagram(s)) {
        (void)shutdown(s->fd, SHUT_WR);
    }
}

static void begin_pause(struct slot *s, unsigned ms, int64_t now)
{
    account(s, COST_PAUSE, now);
    shut(s);
    s->phase = SLOT_PAUSE;
    ms = ms > s->job->pace_ms ? ms : s->job->pace_ms;
    s->deadline = now + (ms > s->options->delay_ms ? ms : s->options->delay_ms);
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

/* What comes after the hellos: a complete handshake where TLS 1.0 or newer is there. */
static bool wants_full(const struct slot *s)
{
    const struct tls_facts *f = &s->job->facts;
    return facts_highest(f) > TLS_SSL3 && !s->plan.ended;
}

/* Only where TLS 1.2 or older is there; Heartbleed only where the extension is. */
static bool next_provocation(struct slot *s)
{
    const struct tls_facts *f = &s->job->facts;
    bool old = s->plan.has_good && s->plan.good.version <= TLS_12 && !is_datagram(s);
    s->provocation = s->work == WORK_PROVOKE ? s->provocation + 1 : PROVOKE_HEARTBLEED;
    s->work = WORK_PROVOKE;
    if (s->provocation == PROVOKE_HEARTBLEED && f->heartbeat != KNOWN_YES) {
        s->provocation++;
    }
    if (!s->options->intrusive || !old || s->provocation >= PROVOCATIONS) {
        return false;
    }
    s->probe = s->plan.good;
    s->probe.flags |= s->provocation == PROVOKE_HEARTBLEED ? HELLO_HEARTBEAT : 0;
    s->provoked = 0;
    return true;
}

/* Has the next question, or the next kind of work. */
static enum slot_result next_work(struct slot *s, int64_t now)
{
    unsigned pause = 0;
    if (s->work == WORK_HELLOS) {
        if (plan_next(&s->plan, &s->probe, &pause)) {
            begin_pause(s, pause, now);
            s->cookie_size = 0;
            return SLOT_WAITS;
        }
        s->work = WORK_FULL;
        if (wants_full(s)) {
            begin_pause(s, 0, now);
            return SLOT_WAITS;
        }
    } else if (s->work == WORK_FULL && s->session) {
        s->work = WORK_RESUME;
        s->full_tries = 0;
        begin_pause(s, 0, now);
        return SLOT_WAITS;
    }
    if (next_provocation(s)) {
        begin_pause(s, 0, now);
        return SLOT_WAITS;
    }
    account(s, COST_PAUSE, now);
    shut(s);
    return SLOT_ENDED;
}

static enum slot_result over_budget(struct slot *s, int64_t now)
{
    bool time = now - s->begun > s->options->budget_ms;
    if (!time && s->job->connections < s->options->max_connections) {
        return SLOT_WAITS;
    }
    plan_stop(&s->plan, time ? "the time of this device is used up" : "too many connections",
              OUTCOME_TIMEOUT);
    account(s, COST_PAUSE, now);
    shut(s);
    return SLOT_ENDED;
}

static void send_provocation(struct slot *s, int64_t now)
{
    s->out.n = s->sent = 0;
    provoke_write(s->provocation, s->probe.version, &s->out);
    (void)send(s->fd, s->out.p, s->out.n, MSG_NOSIGNAL);
    s->provoked++;
    s->deadline = now + PROVOKE_MS + 2 * s->job->slowest_ms;
}

/* The flight is complete: now. Without one nothing can be said. */
static enum slot_result flight_read(struct slot *s, int64_t now)
{
    const struct answer *a = &s->reader.answer;
    if (a->outcome != OUTCOME_HELLO || !a->finished || s->fd < 0) {
        s->job->facts.provoked[s->provocation] = KNOWN_UNSURE;
        return next_work(s, now);
    }
    s->phase = SLOT_PROVOKE;
    s->talk.n = 0;
    send_provocation(s, now);
    return SLOT_WAITS;
}

/* The answer is what it is: tell the plan. */
static enum slot_result answered(struct slot *s, int64_t now)
{
    struct scan_job *job = s->job;
    const struct answer *a = &s->reader.answer;
    int64_t took = now - s->since;
    if (s->work == WORK_PROVOKE) {
        return flight_read(s, now);
    }
    if (s->options->keep_transcript) {
        transcript_add(&job->transcript, buffer_span(&s->out), buffer_span(&s->reader.raw),
                       a->outcome);
    }
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
        begin_drain(s, now);
        return SLOT_WAITS;
    }
    return next_work(s, now);
}

/* A complete handshake that was lost on the way is tried again, like a hello. */
static bool full_again(struct slot *s, int64_t now)
{
    static const unsigned pauses[] = {20, 100, 300, 1000, 1000, 2000};
    size_t most = s->job->facts.lossy ? sizeof pauses / sizeof *pauses : 2;
    if ((s->work != WORK_FULL && s->work != WORK_RESUME) || s->full_tries >= most) {
        return false;
    }
    begin_pause(s, pauses[s->full_tries++], now);
    return true;
}

static enum slot_result no_connection(struct slot *s, enum outcome how, int64_t now)
{
    if (s->work == WORK_HELLOS) {
        reader_start(&s->reader, &s->probe);
        s->out.n = 0;
        reader_end(&s->reader, how);
        shut(s);
        return answered(s, now);
    }
    if (s->work == WORK_PLAIN) {
        s->plan.ended_by = how;
    }
    if (full_again(s, now)) {
        return SLOT_WAITS;
    }
    s->session = s->work == WORK_FULL ? NULL : s->session;
    account(s, COST_PAUSE, now);
    shut(s);
    return SLOT_ENDED;
}

/* ---- phases ---------------------------------------------------------------------------------- */

static enum slot_result begin_full(struct slot *s, int64_t now)
{
    struct full_plan plan = {.name = sni(s),
                             .host = s->job->target->host,
                             .service = s->job->service,
                             .datagram = is_datagram(s),
                             .session = s->work == WORK_RESUME ? s->session : NULL};
    account(s, COST_FULL, now);
    s->phase = SLOT_FULL;
    s->talking = false;
    s->deadline = now + (is_datagram(s) ? FULL_MS / 3 : FULL_MS);
    s->full = full_new(s->fd, &plan);
    return s->full ? SLOT_WAITS : SLOT_FAILED;
}

static void begin_talk(struct slot *s, int64_t now)
{
    account(s, COST_ANSWER, now);
    s->phase = SLOT_TALK;
    s->deadline = now + 1500;
    s->out.n = s->sent = s->talk.n = 0;
    service_message(s->job->service->talk, s->job->target->host, &s->out);
    (void)flush(s);
}

static enum slot_result connected(struct slot *s, int64_t now)
{
    enum service_start start = s->job->service->start;
    if (s->work == WORK_PLAIN) {
        begin_talk(s, now);
        return SLOT_WAITS;
    }
    if (start == START_FTP || start == START_SMTP || start == START_LDAP) {
        struct buffer *out = &s->out;
        account(s, COST_ANSWER, now);
        s->phase = SLOT_DIALOGUE;
        s->deadline = now + s->options->answer_ms;
        s->out.n = s->sent = 0;
        s->want_write = false;
        dialogue_begin(&s->dialogue, start);
        if (start == START_LDAP && dialogue_step(&s->dialogue, SPAN_NONE, out) == DIALOGUE_SEND) {
            (void)flush(s);
        }
        return SLOT_WAITS;
    }
    if (s->work == WORK_HELLOS || s->work == WORK_PROVOKE) {
        begin_answer(s, now);
        return SLOT_WAITS;
    }
    return begin_full(s, now);
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
    account(s, COST_CONNECT, now);
    s->phase = SLOT_CONNECT;
    s->deadline = now + s->options->connect_ms;
    int error = begin_connect(s);
    return error ? no_connection(s, outcome_of(error), now) : SLOT_WAITS;
}

static enum slot_result go_connect(struct slot *s, bool ready, int64_t now)
{
    if (!ready) {
        return now < s->deadline ? SLOT_WAITS : no_connection(s, OUTCOME_UNREACHED, now);
    }
    int error = connect_error(s);
    return error ? no_connection(s, outcome_of(error), now) : connected(s, now);
}

/* Reads once. Returns the bytes (n 0: nothing now), or an outcome that ends the connection. */
static struct span read_some(struct slot *s, uint8_t *bytes, size_t max, enum outcome *how)
{
    ssize_t n = recv(s->fd, bytes, max, 0);
    *how = OUTCOME_NONE;
    if (n == 0 && !is_datagram(s)) {
        *how = OUTCOME_CLOSED;
    } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
        *how = errno == ECONNREFUSED ? OUTCOME_REFUSED : OUTCOME_RESET;
    }
    return span_make(bytes, n > 0 ? (size_t)n : 0);
}

/* The plain part failed: for the plan that is an answer like any other. */
static enum slot_result dialogue_failed(struct slot *s, enum outcome how, int64_t now)
{
    if (!s->job->banner[0]) {
        memcpy(s->job->banner, s->dialogue.banner, sizeof s->job->banner);
    }
    if (s->work != WORK_HELLOS) {
        shut(s);
        return full_again(s, now) ? SLOT_WAITS : SLOT_ENDED;
    }
    if (how == OUTCOME_STARTTLS && !s->plan.has_good) {
        plan_stop(&s->plan, "the service does not offer STARTTLS", how);
        shut(s);
        return SLOT_ENDED;
    }
    reader_start(&s->reader, &s->probe);
    reader_end(&s->reader, how == OUTCOME_STARTTLS ? OUTCOME_CLOSED : how);
    return answered(s, now);
}

static enum slot_result go_dialogue(struct slot *s, bool ready, int64_t now)
{
    uint8_t bytes[512];
    enum outcome how;
    if (!ready) {
        return now < s->deadline ? SLOT_WAITS : dialogue_failed(s, OUTCOME_TIMEOUT, now);
    }
    if (s->want_write) {
        return flush(s) ? dialogue_failed(s, OUTCOME_RESET, now) : SLOT_WAITS;
    }
    struct span got = read_some(s, bytes, sizeof bytes, &how);
    if (how != OUTCOME_NONE) {
        return dialogue_failed(s, how, now);
    }
    s->out.n = s->sent = 0;
    switch (dialogue_step(&s->dialogue, got, &s->out)) {
    case DIALOGUE_READ:
        return SLOT_WAITS;
    case DIALOGUE_SEND:
        return flush(s) ? dialogue_failed(s, OUTCOME_RESET, now) : SLOT_WAITS;
    case DIALOGUE_TLS:
        if (s->work == WORK_HELLOS || s->work == WORK_PROVOKE) {
            begin_answer(s, now);
            return SLOT_WAITS;
        }
        return begin_full(s, now);
    default:
        return dialogue_failed(s, OUTCOME_STARTTLS, now);
    }
}

/* DTLS: the cookie is sent back; a hello that was not answered is sent again. */
static enum slot_result datagram_again(struct slot *s, int64_t now)
{
    if (s->reader.cookie.n) {
        memcpy(s->cookie, s->reader.cookie.p, s->reader.cookie.n);
        s->cookie_size = s->reader.cookie.n;
        s->reader.cookie = SPAN_NONE;
        s->repeats = 0;
    } else if (++s->repeats >= REPEATS) {
        reader_end(&s->reader, OUTCOME_TIMEOUT);
        return answered(s, now);
    }
    write_hello(s);
    (void)flush(s);
    s->deadline = now + repeat_ms(s);
    return SLOT_WAITS;
}

static enum slot_result go_answer(struct slot *s, bool ready, int64_t now)
{
    uint8_t bytes[16384];
    enum outcome how;
    if (s->reader.closed) {
        return answered(s, now);
    }
    if (!ready || now >= s->hard) {
        if (now < s->deadline && now < s->hard) {
            return SLOT_WAITS;
        }
        if (is_datagram(s)) {
            return datagram_again(s, now);
        }
        reader_end(&s->reader, OUTCOME_TIMEOUT);
        return answered(s, now);
    }
    if (s->want_write) {
        if (flush(s)) {
            reader_end(&s->reader, OUTCOME_RESET);
            return answered(s, now);
        }
        return SLOT_WAITS;
    }
    struct span got = read_some(s, bytes, sizeof bytes, &how);
    if (how != OUTCOME_NONE) {
        reader_end(&s->reader, how);
        shut(s);
        return answered(s, now);
    }
    if (got.n && reader_take(&s->reader, got)) {
        return answered(s, now);
    }
    if (s->reader.cookie.n && is_datagram(s) && s->cookie_size == 0) {
        return datagram_again(s, now);
    }
    return SLOT_WAITS;
}

/* The peer's FIN is waited for: many devices serve one connection at a time. */
static enum slot_result go_drain(struct slot *s, bool ready, int64_t now)
{
    uint8_t bytes[16384];
    enum outcome how = OUTCOME_NONE;
    if (ready) {
        (void)read_some(s, bytes, sizeof bytes, &how);
    }
    return how != OUTCOME_NONE || now >= s->deadline ? next_work(s, now) : SLOT_WAITS;
}

static enum slot_result go_full(struct slot *s, int64_t now)
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
    if (full_lost(s->full) && full_again(s, now)) {
        drop_full(s);
        return SLOT_WAITS;
    }
    if (full_facts(s->full, &s->job->facts) < 0) {
        return SLOT_FAILED;
    }
    if (s->work == WORK_FULL) {
        s->session = full_session(s->full);
    }
    drop_full(s);
    begin_drain(s, now);
    return SLOT_WAITS;
}

/* A service that speaks no TLS: what it says is its banner. */
static enum slot_result go_talk(struct slot *s, bool ready, int64_t now)
{
    uint8_t bytes[2048];
    enum outcome how = OUTCOME_NONE;
    if (ready && !s->want_write) {
        buffer_add(&s->talk, read_some(s, bytes, sizeof bytes, &how));
    }
    struct span all = buffer_span(&s->talk);
    enum service_talk talk = s->job->service->talk;
    bool enough = service_answered(talk, all) || all.n > 1024;
    if (!enough && how == OUTCOME_NONE && now < s->deadline) {
        return s->want_write && flush(s) ? SLOT_ENDED : SLOT_WAITS;
    }
    service_banner(all, s->job->banner, sizeof s->job->banner);
    s->job->facts.full.application = service_answered(talk, all) ? KNOWN_YES : KNOWN_NO;
    s->plan.ended_by = OUTCOME_NOT_TLS;
    account(s, COST_PAUSE, now);
    shut(s);
    return SLOT_ENDED;
}

static enum slot_result go_provoke(struct slot *s, bool ready, int64_t now)
{
    uint8_t bytes[2048];
    enum outcome how = OUTCOME_NONE;
    bool again;
    if (ready) {
        buffer_add(&s->talk, read_some(s, bytes, sizeof bytes, &how));
    }
    bool over = how != OUTCOME_NONE || now >= s->deadline || !buffer_ok(&s->talk);
    enum known k = provoke_read(s->provocation, buffer_span(&s->talk), s->provoked, over, &again);
    if (again && how == OUTCOME_NONE) {
        send_provocation(s, now);
        return SLOT_WAITS;
    }
    if (again) {
        k = KNOWN_NO; /* it closed the connection: that is a refusal */
    }
    if (k == KNOWN_UNTESTED) {
        return SLOT_WAITS;
    }
    s->job->facts.provoked[s->provocation] = k;
    begin_drain(s, now);
    return SLOT_WAITS;
}

static enum slot_result step(struct slot *s, bool ready, int64_t now)
{
    switch (s->phase) {
    case SLOT_PAUSE:
        return go_pause(s, now);
    case SLOT_CONNECT:
        return go_connect(s, ready, now);
    case SLOT_DIALOGUE:
        return go_dialogue(s, ready, now);
    case SLOT_ANSWER:
        return go_answer(s, ready, now);
    case SLOT_DRAIN:
        return go_drain(s, ready, now);
    case SLOT_FULL:
        return go_full(s, now);
    case SLOT_TALK:
        return go_talk(s, ready, now);
    case SLOT_PROVOKE:
        return go_provoke(s, ready, now);
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
    drop_full(s);
    full_session_free(s->session);
    s->session = NULL;
    shut(s);
    job->ended_by = s->plan.ended_by;
    job->state = scan_state_of(&job->facts, job->ended_by);
    job->ended = s->plan.ended;
    job->total_ms = slot_now() - s->begun;
    if (!job->banner[0] && job->facts.full.server[0]) {
        memcpy(job->banner, job->facts.full.server, sizeof job->banner);
    }
}
