/*
 * scan - see scan.h. A slot is one device being asked; slot.c is what happens on its connection.
 */
#include "tls/scan.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/mem.h"
#include "tls/full.h"
#include "tls/slot.h"

enum { JOB_MEMORY = 8 * 1024 * 1024, EVENTS = 64, TRANSCRIPT_MAX = 4 * 1024 * 1024 };

struct loop {
    const struct scan_options *options;
    const struct scan_list *list;
    size_t next; /* the first job nobody has taken */
    struct slot *slots;
    struct scan_job *jobs; /* one for each slot */
    size_t count;
    int epoll;
    void (*done)(void *ctx, struct scan_job *job);
    void *ctx;
};

void scan_defaults(struct scan_options *o)
{
    *o = (struct scan_options){.concurrency = 64,
                               .connect_ms = 3000,
                               .answer_ms = 4000,
                               .drain_ms = 200,
                               .budget_ms = 90000,
                               .max_connections = 800};
}

enum scan_state scan_state_of(const struct tls_facts *f, enum outcome ended_by)
{
    if (facts_highest(f)) {
        return SCAN_TLS;
    }
    switch (ended_by) {
    case OUTCOME_NOT_TLS:
        return SCAN_PLAIN;
    case OUTCOME_REFUSED:
        return SCAN_CLOSED;
    case OUTCOME_UNREACHED:
        return SCAN_FILTERED;
    case OUTCOME_STARTTLS:
        return SCAN_UNSUPPORTED;
    default:
        return SCAN_SILENT;
    }
}

const char *scan_state_name(enum scan_state s)
{
    static const char *const names[SCAN_STATES] = {"tls",      "plaintext", "closed",
                                                   "filtered", "no-answer", "no-starttls"};
    return names[s];
}

const char *scan_cost_name(enum scan_cost c)
{
    static const char *const names[COST_KINDS] = {"connect", "answer", "drain", "pause",
                                                  "handshake"};
    return names[c];
}

/* ---- jobs and slots -------------------------------------------------------------------------- */

static int begin_job(struct loop *l, struct slot *s, size_t index)
{
    const struct scan_ask *ask = &l->list->asks[index];
    struct scan_job *job = &l->jobs[s - l->slots];
    bool datagram = ask->service->start == START_DTLS;
    *job = (struct scan_job){.target = ask->target, .service = ask->service, .port = ask->port};
    job->arena = arena_new(JOB_MEMORY);
    if (!job->arena) {
        return -1;
    }
    facts_init(&job->facts, job->arena, datagram);
    buffer_init(&job->transcript, TRANSCRIPT_MAX);
    slot_begin(s, job, l->options);
    s->job_index = index;
    return 0;
}

/* The end of the run of jobs that belong to one device: to one address, whatever the targets. */
static size_t device_end(const struct loop *l, size_t from)
{
    const char *ip = l->list->asks[from].target->ip;
    size_t i = from + 1;
    while (!l->options->services_at_once && i < l->list->count &&
           strcmp(l->list->asks[i].target->ip, ip) == 0) {
        i++;
    }
    return i;
}

/* Gives a free slot its next job: of the same device, else the next device. */
static int feed(struct loop *l, struct slot *s)
{
    if (s->job_next < s->job_end) {
        return begin_job(l, s, s->job_next++);
    }
    if (l->next >= l->list->count) {
        s->phase = SLOT_FREE;
        return 0;
    }
    s->job_next = l->next;
    s->job_end = l->next = device_end(l, l->next);
    return begin_job(l, s, s->job_next++);
}

static void free_job(struct scan_job *job)
{
    if (job->arena) {
        buffer_free(&job->transcript);
        arena_free(job->arena);
        job->arena = NULL;
    }
}

static int finish_job(struct loop *l, struct slot *s)
{
    slot_finish(s);
    l->done(l->ctx, s->job);
    free_job(s->job);
    return feed(l, s);
}

/* ---- the loop -------------------------------------------------------------------------------- */

static int watch(struct loop *l, struct slot *s)
{
    struct epoll_event e = {.events = s->want_write ? EPOLLOUT : EPOLLIN, .data.ptr = s};
    if (s->fd < 0 || s->fd == s->watched) {
        if (s->fd >= 0 && s->watched_write != s->want_write) {
            s->watched_write = s->want_write;
            return epoll_ctl(l->epoll, EPOLL_CTL_MOD, s->fd, &e);
        }
        return 0;
    }
    s->watched = s->fd;
    s->watched_write = s->want_write;
    return epoll_ctl(l->epoll, EPOLL_CTL_ADD, s->fd, &e);
}

/* Lets a slot go on until it waits; takes the next job when one ends. */
static int drive(struct loop *l, struct slot *s, bool ready, int64_t now)
{
    enum slot_result r = slot_go(s, ready, now);
    while (r == SLOT_ENDED) {
        if (finish_job(l, s) < 0) {
            return -1;
        }
        if (s->phase == SLOT_FREE) {
            return 0;
        }
        r = slot_go(s, false, now);
    }
    return r == SLOT_FAILED ? -1 : watch(l, s);
}

static int64_t next_deadline(const struct loop *l, int64_t now)
{
    int64_t next = now + 1000;
    for (size_t i = 0; i < l->count; i++) {
        if (l->slots[i].phase != SLOT_FREE && l->slots[i].deadline < next) {
            next = l->slots[i].deadline;
        }
    }
    return next > now ? next - now : 0;
}

static bool stopped(const struct loop *l)
{
    return l->options->stop && *l->options->stop;
}

static bool busy(const struct loop *l)
{
    if (stopped(l)) {
        return false;
    }
    for (size_t i = 0; i < l->count; i++) {
        if (l->slots[i].phase != SLOT_FREE) {
            return true;
        }
    }
    return false;
}

static int run(struct loop *l)
{
    struct epoll_event events[EVENTS];
    while (busy(l)) {
        int n = epoll_wait(l->epoll, events, EVENTS, (int)next_deadline(l, slot_now()));
        if (n < 0 && errno != EINTR) {
            return -1;
        }
        int64_t now = slot_now();
        for (int i = 0; i < n; i++) {
            struct slot *s = events[i].data.ptr;
            if (s->phase != SLOT_FREE && drive(l, s, true, now) < 0) {
                return -1;
            }
        }
        for (size_t i = 0; i < l->count; i++) {
            struct slot *s = &l->slots[i];
            if (s->phase != SLOT_FREE && s->deadline <= now && drive(l, s, false, now) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int start(struct loop *l)
{
    int64_t now = slot_now();
    for (size_t i = 0; i < l->count; i++) {
        slot_init(&l->slots[i]);
    }
    for (size_t i = 0; i < l->count && !stopped(l); i++) {
        struct slot *s = &l->slots[i];
        if (feed(l, s) < 0 || (s->phase != SLOT_FREE && drive(l, s, false, now) < 0)) {
            return -1;
        }
    }
    return 0;
}

int scan_run(const struct scan_options *o, const struct scan_list *list,
             void (*done)(void *ctx, struct scan_job *job), void *ctx)
{
    struct loop l = {.options = o, .list = list, .done = done, .ctx = ctx};
    l.count = o->concurrency ? o->concurrency : 1;
    l.count = l.count > list->count ? list->count : l.count;
    l.slots = mem_zalloc((l.count ? l.count : 1) * sizeof *l.slots);
    l.jobs = mem_zalloc((l.count ? l.count : 1) * sizeof *l.jobs);
    l.epoll = epoll_create1(EPOLL_CLOEXEC);
    (void)signal(SIGPIPE, SIG_IGN);
    int rc = l.slots && l.jobs && l.epoll >= 0 && full_setup() == 0 ? start(&l) : -1;
    if (rc == 0) {
        rc = run(&l);
    }
    for (size_t i = 0; l.slots && l.jobs && i < l.count; i++) {
        slot_free(&l.slots[i]);
        free_job(&l.jobs[i]);
    }
    full_cleanup();
    if (l.epoll >= 0) {
        (void)close(l.epoll);
    }
    mem_free(l.jobs);
    mem_free(l.slots);
    return rc;
}
