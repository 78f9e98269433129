/*
 * broker - see broker.h.
 */
#include "net/fetch/broker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/fetch/lockdown.h"
#include "net/fetch_web.h"
#include "net/url.h"

enum {
    CHANNELS_MAX = 64,
    SLOTS_MAX = 32,
    QUEUE_MAX = 1024,
    PAUSES_MAX = 256,
    GRACE_MS = 2000,          /* a child has this beyond the request's time */
    SEND_MS = 1000,           /* a program that takes no replies so long is given up */
    PAUSE_MAX_SECONDS = 3600, /* a server cannot silence its host for longer */
};

struct job {
    struct job *next;
    int channel; /* index */
    char host[FETCH_HOST_MAX];
    size_t size;
    struct fetch_wire_request request; /* as far as used */
};

struct slot {
    struct job *job; /* NULL: free */
    pid_t pid;
    int socket;
    int64_t deadline_ms;
};

struct pause {
    char host[FETCH_HOST_MAX];
    int64_t until_ms;
};

struct broker {
    int control;
    const struct transfer_setup *setup;
    int channels[CHANNELS_MAX]; /* -1: free */
    struct slot slots[SLOTS_MAX];
    struct job *first, **last;
    size_t queued;
    struct pause pauses[PAUSES_MAX];
    size_t next_pause;
    struct fetch_wire_request request;
    struct fetch_wire_reply reply;
};

/* ---- replies --------------------------------------------------------------------------------- */

static void close_channel(struct broker *b, int channel);

/* Waits a moment for room; a program that does not read loses its channel. */
static void send_reply(struct broker *b, int channel, const struct fetch_wire_reply *reply,
                       int body)
{
    int fd = b->channels[channel];
    int r = fetch_wire_send(fd, reply, sizeof *reply, body);
    if (r != 0 && errno == EAGAIN) {
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        r = poll(&p, 1, SEND_MS) > 0 ? fetch_wire_send(fd, reply, sizeof *reply, body) : -1;
    }
    if (r != 0) {
        close_channel(b, channel);
    }
}

static void answer_self(struct broker *b, const struct job *job, const char *why,
                        int64_t retry_after)
{
    struct fetch_wire_reply *r = &b->reply;
    memset(r, 0, sizeof *r);
    r->magic = FETCH_WIRE_REPLY;
    r->id = job->request.id;
    r->outcome = FETCH_TEMPORARY;
    r->expires = UTC_NONE;
    r->retry_after = retry_after;
    char text[FETCH_WHY_MAX];
    (void)snprintf(text, sizeof text, "%.180s: %s", job->request.url, why);
    fetch_text(r->why, sizeof r->why, span_str(text));
    send_reply(b, job->channel, r, -1);
}

/* ---- politeness ------------------------------------------------------------------------------ */

static void pause_host(struct broker *b, const char *host, int64_t seconds)
{
    struct pause *p = NULL;
    for (size_t i = 0; i < PAUSES_MAX && !p; i++) {
        p = strcmp(b->pauses[i].host, host) == 0 ? &b->pauses[i] : NULL;
    }
    if (!p) {
        p = &b->pauses[b->next_pause];
        b->next_pause = (b->next_pause + 1) % PAUSES_MAX;
        memcpy(p->host, host, sizeof p->host);
    }
    seconds = seconds > PAUSE_MAX_SECONDS ? PAUSE_MAX_SECONDS : seconds;
    p->until_ms = fetch_now_ms() + seconds * 1000;
}

/* Seconds this host wants to be left alone for. */
static int64_t pause_left(const struct broker *b, const char *host)
{
    for (size_t i = 0; i < PAUSES_MAX; i++) {
        int64_t left = b->pauses[i].until_ms - fetch_now_ms();
        if (left > 0 && strcmp(b->pauses[i].host, host) == 0) {
            return (left + 999) / 1000;
        }
    }
    return 0;
}

static bool may_start(const struct broker *b, const char *host)
{
    int all = 0, same = 0;
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        if (b->slots[i].job) {
            all++;
            same += strcmp(b->slots[i].job->host, host) == 0;
        }
    }
    return all < b->setup->policy->concurrent && same < b->setup->policy->per_host;
}

/* ---- children -------------------------------------------------------------------------------- */

_Noreturn static void run_child(const struct broker *b, const struct job *job, int socket)
{
    static struct fetch_wire_reply reply;
    const struct fetch_limits *l = &b->setup->policy->limits[job->request.kind];
    int body = -1;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
        lockdown_child(socket, l->bytes + FETCH_WEB_EXTRA, l->total_ms / 1000 + 1) != 0) {
        _exit(1);
    }
    transfer_run(b->setup, &job->request, &reply, &body);
    _exit(fetch_wire_send(socket, &reply, sizeof reply, body) == 0 ? 0 : 1);
}

static struct slot *free_slot(struct broker *b)
{
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        if (!b->slots[i].job) {
            return &b->slots[i];
        }
    }
    return NULL;
}

static bool start_child(struct broker *b, struct job *job)
{
    int pair[2];
    struct slot *slot = free_slot(b);
    if (!slot || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        run_child(b, job, pair[1]);
    }
    (void)close(pair[1]);
    if (pid < 0) {
        (void)close(pair[0]);
        return false;
    }
    int32_t total = b->setup->policy->limits[job->request.kind].total_ms;
    *slot = (struct slot){.job = job,
                          .pid = pid,
                          .socket = pair[0],
                          .deadline_ms = fetch_now_ms() + total + GRACE_MS};
    return true;
}

static void end_slot(struct slot *slot)
{
    (void)kill(slot->pid, SIGKILL);
    while (waitpid(slot->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    (void)close(slot->socket);
    mem_free(slot->job);
    *slot = (struct slot){.job = NULL};
}

/* The child has answered, or ended without. */
static void take_reply(struct broker *b, struct slot *slot)
{
    int fd;
    struct fetch_wire_reply *r = &b->reply;
    ssize_t n = fetch_wire_receive(slot->socket, r, sizeof *r, &fd);
    if (n < 0 && errno == EAGAIN) {
        return;
    }
    if (n > 0 && fetch_wire_reply_ok(r, (size_t)n, fd >= 0)) {
        r->id = slot->job->request.id; /* whatever the child says */
        bool busy = r->outcome == FETCH_OK && (r->status == 429 || r->status == 503);
        if ((r->outcome == FETCH_TEMPORARY || busy) && r->retry_after > 0) {
            pause_host(b, slot->job->host, r->retry_after);
        }
        send_reply(b, slot->job->channel, r, fd);
    } else {
        answer_self(b, slot->job, "the transfer ended unexpectedly", 0);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (slot->job) { /* else the channel went, and the slot with it */
        end_slot(slot);
    }
}

/* ---- the queue ------------------------------------------------------------------------------- */

static void close_channel(struct broker *b, int channel)
{
    (void)close(b->channels[channel]);
    b->channels[channel] = -1;
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        if (b->slots[i].job && b->slots[i].job->channel == channel) {
            end_slot(&b->slots[i]);
        }
    }
    struct job **at = &b->first;
    while (*at) {
        struct job *job = *at;
        if (job->channel == channel) {
            *at = job->next;
            b->queued--;
            mem_free(job);
        } else {
            at = &job->next;
        }
    }
    b->last = at;
}

/* Starts what may start, in order; a busy host does not hold the others up. */
static void start_jobs(struct broker *b)
{
    struct job **at = &b->first;
    while (*at) {
        struct job *job = *at;
        int64_t wait = pause_left(b, job->host);
        if (wait == 0 && !may_start(b, job->host)) {
            at = &job->next;
            continue;
        }
        *at = job->next;
        b->last = *at ? b->last : at;
        b->queued--;
        if (wait == 0 && start_child(b, job)) {
            continue;
        }
        if (wait > 0) {
            answer_self(b, job, "its host asked to be left alone for a while", wait);
        } else {
            answer_self(b, job, "no child could be started", 0);
        }
        mem_free(job);
        at = &b->first; /* the channel may have gone, and jobs with it */
    }
}

static void queue(struct broker *b, int channel, size_t size)
{
    struct job *job = mem_zalloc(sizeof *job);
    struct url url;
    if (!job) {
        close_channel(b, channel);
        return;
    }
    job->channel = channel;
    job->size = size;
    memcpy(&job->request, &b->request, size);
    /* A URL that is none has no host to be polite to; the child says what is wrong with it. */
    if (url_split(span_str(job->request.url), &url) == NULL) {
        memcpy(job->host, url.host, sizeof job->host);
    }
    *b->last = job;
    b->last = &job->next;
    b->queued++;
}

static void take_requests(struct broker *b, int channel)
{
    while (b->queued < QUEUE_MAX) {
        int fd;
        ssize_t n = fetch_wire_receive(b->channels[channel], &b->request, sizeof b->request, &fd);
        if (fd >= 0) {
            (void)close(fd);
        }
        if (n < 0 && errno == EAGAIN) {
            return;
        }
        if (n <= 0 || !fetch_wire_request_ok(&b->request, (size_t)n)) {
            close_channel(b, channel);
            return;
        }
        queue(b, channel, (size_t)n);
        if (b->channels[channel] < 0) {
            return;
        }
    }
}

/* Takes a new channel. Returns -1 when the program is gone. */
static int take_batch(struct broker *b)
{
    struct fetch_wire_batch m = {0};
    int fd;
    ssize_t n = fetch_wire_receive(b->control, &m, sizeof m, &fd);
    if (n <= 0) {
        return n < 0 && (errno == EAGAIN || errno == EMSGSIZE) ? 0 : -1;
    }
    for (size_t i = 0; fd >= 0 && m.magic == FETCH_WIRE_BATCH && i < CHANNELS_MAX; i++) {
        if (b->channels[i] < 0) {
            b->channels[i] = fd;
            return 0;
        }
    }
    if (fd >= 0) {
        (void)close(fd); /* too many at once: the program sees the end of its channel */
    }
    return 0;
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* Ends the children whose time is over; returns the milliseconds to the next, or -1. */
static int watch_time(struct broker *b)
{
    int64_t now = fetch_now_ms(), next = -1;
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        struct slot *s = &b->slots[i];
        if (s->job && s->deadline_ms <= now) {
            answer_self(b, s->job, "it took longer than allowed", 0);
            if (s->job) {
                end_slot(s);
            }
        } else if (s->job && (next < 0 || s->deadline_ms - now < next)) {
            next = s->deadline_ms - now;
        }
    }
    return (int)next;
}

/* Returns -1 when the program is gone. */
static int turn(struct broker *b)
{
    struct pollfd p[1 + CHANNELS_MAX + SLOTS_MAX];
    p[0] = (struct pollfd){.fd = b->control, .events = POLLIN};
    for (size_t i = 0; i < CHANNELS_MAX; i++) {
        /* With a full queue only the end of a channel is of interest, which needs no asking. */
        short events = b->queued < QUEUE_MAX ? POLLIN : 0;
        p[1 + i] = (struct pollfd){.fd = b->channels[i], .events = events};
    }
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        int fd = b->slots[i].job ? b->slots[i].socket : -1;
        p[1 + CHANNELS_MAX + i] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    if (poll(p, sizeof p / sizeof *p, watch_time(b)) < 0 && errno != EINTR) {
        return -1;
    }
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        if (p[1 + CHANNELS_MAX + i].revents && b->slots[i].job) {
            take_reply(b, &b->slots[i]);
        }
    }
    for (int i = 0; i < CHANNELS_MAX; i++) {
        if (p[1 + i].revents && b->channels[i] == p[1 + i].fd && b->channels[i] >= 0) {
            take_requests(b, i);
        }
    }
    if (p[0].revents && take_batch(b) != 0) {
        return -1;
    }
    start_jobs(b);
    return 0;
}

int broker_run(int socket, const struct transfer_setup *setup)
{
    static struct broker b;
    b.control = socket;
    b.setup = setup;
    b.last = &b.first;
    for (size_t i = 0; i < CHANNELS_MAX; i++) {
        b.channels[i] = -1;
    }
    while (turn(&b) == 0) {
    }
    return 0; /* the children die with it (PR_SET_PDEATHSIG) */
}
