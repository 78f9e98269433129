/*
 * slot_wire - the socket of a slot: connecting, sending, reading; the peer's FIN is waited for, and
 * the pause before the next connection. See slot_inside.h.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <time.h>
#include <unistd.h>

#include "tls/slot_inside.h"

int64_t slot_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void slot_shut(struct slot *s)
{
    if (s->fd >= 0) {
        (void)close(s->fd);
    }
    s->fd = s->watched = -1;
}

/* Time since the last call is put on the account of what was being done. */
void slot_account(struct slot *s, enum scan_cost next, int64_t now)
{
    s->job->ms[s->cost] += now - s->since;
    s->since = now;
    s->cost = next;
}

static void set_port(struct sockaddr_storage *a, uint16_t port)
{
    if (a->ss_family == AF_INET6) {
        ((struct sockaddr_in6 *)(void *)a)->sin6_port = htons(port);
    } else {
        ((struct sockaddr_in *)(void *)a)->sin_port = htons(port);
    }
}

enum outcome slot_outcome(int error)
{
    return error == ECONNREFUSED                                            ? OUTCOME_REFUSED
           : error == ECONNRESET || error == EPIPE || error == ECONNABORTED ? OUTCOME_RESET
                                                                            : OUTCOME_UNREACHED;
}

/* Returns 0, or the errno. */
int slot_connect(struct slot *s)
{
    struct sockaddr_storage to = s->job->target->address;
    int kind = slot_is_datagram(s) ? SOCK_DGRAM : SOCK_STREAM, one = 1;
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

int slot_connect_error(const struct slot *s)
{
    int error = 0;
    socklen_t n = sizeof error;
    return getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0 ? errno : error;
}

/* Sends what is left. Returns 0, or the errno. */
int slot_flush(struct slot *s)
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

/* Reads once. Returns the bytes (n 0: nothing now), or an outcome that ends the connection. */
struct span slot_read(struct slot *s, uint8_t *bytes, size_t max, enum outcome *how)
{
    ssize_t n = recv(s->fd, bytes, max, 0);
    *how = OUTCOME_NONE;
    if (n == 0 && !slot_is_datagram(s)) {
        *how = OUTCOME_CLOSED;
    } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
        *how = errno == ECONNREFUSED ? OUTCOME_REFUSED : OUTCOME_RESET;
    }
    return span_make(bytes, n > 0 ? (size_t)n : 0);
}

/* ---- the end of one connection --------------------------------------------------------------- */

/* Tells the server that nothing more comes. Only where a handshake is open: gnutls-serv never again
 * answers anybody after a DTLS alert that belongs to no session. */
static void say_goodbye(const struct slot *s)
{
    static const uint8_t stream[] = {21, 3, 1, 0, 2, 2, 90}; /* alert user_canceled */
    static const uint8_t packet[] = {21, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 3, 0, 2, 2, 90};
    bool open = s->work == WORK_HELLOS && s->reader.answer.outcome == OUTCOME_HELLO;
    if (open && slot_is_datagram(s)) {
        (void)send(s->fd, packet, sizeof packet, MSG_NOSIGNAL);
    } else if (open && s->probe.version != TLS_SSL2) {
        (void)send(s->fd, stream, sizeof stream, MSG_NOSIGNAL);
    }
}

void slot_begin_drain(struct slot *s, int64_t now)
{
    slot_account(s, COST_DRAIN, now);
    s->phase = SLOT_DRAIN;
    s->want_write = false;
    s->deadline = slot_is_datagram(s) ? now : now + s->options->drain_ms;
    say_goodbye(s);
    if (!slot_is_datagram(s)) {
        (void)shutdown(s->fd, SHUT_WR);
    }
}

void slot_begin_pause(struct slot *s, unsigned ms, int64_t now)
{
    slot_account(s, COST_PAUSE, now);
    slot_shut(s);
    s->phase = SLOT_PAUSE;
    ms = ms > s->job->pace_ms ? ms : s->job->pace_ms;
    s->deadline = now + (ms > s->options->delay_ms ? ms : s->options->delay_ms);
}

/* The peer's FIN is waited for: many devices serve one connection at a time. */
enum slot_result slot_drain(struct slot *s, bool ready, int64_t now)
{
    uint8_t bytes[16384];
    enum outcome how = OUTCOME_NONE;
    if (ready) {
        (void)slot_read(s, bytes, sizeof bytes, &how);
    }
    return how != OUTCOME_NONE || now >= s->deadline ? slot_next_work(s, now) : SLOT_WAITS;
}
