/*
 * checker - see checker.h.
 */
#include "http/checker.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

enum {
    WAIT_FOR_ZYGOTE_MS = 3000,
    SLICE_MS = 250,      /* how often a waiting thread looks whether the server stops */
    MEMBER_JOBS = 2,     /* children at a time for the members of one container */
    MEMBERS_MS = 120000, /* for all of them: somebody waits at a page */
};

int64_t checker_now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int checker_init(struct checker *c)
{
    pthread_condattr_t attributes;
    *c = (struct checker){.zygote = {.socket = -1}};
    if (pthread_condattr_init(&attributes) != 0 ||
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
        pthread_mutex_init(&c->lock, NULL) != 0 ||
        pthread_cond_init(&c->changed, &attributes) != 0) {
        return -1;
    }
    (void)pthread_condattr_destroy(&attributes);
    return 0;
}

/* With the lock held. */
static void set(struct checker *c, int socket)
{
    if (c->zygote.socket >= 0) {
        (void)close(c->zygote.socket);
    }
    c->zygote.socket = socket;
    c->starts += socket >= 0;
    (void)pthread_cond_broadcast(&c->changed);
}

void checker_set(struct checker *c, int socket)
{
    (void)pthread_mutex_lock(&c->lock);
    set(c, socket);
    (void)pthread_mutex_unlock(&c->lock);
}

int checker_socket(struct checker *c)
{
    (void)pthread_mutex_lock(&c->lock);
    int socket = c->zygote.socket;
    (void)pthread_mutex_unlock(&c->lock);
    return socket;
}

bool checker_ready(struct checker *c)
{
    (void)pthread_mutex_lock(&c->lock);
    bool ready = c->zygote.socket >= 0 && !c->stopping;
    (void)pthread_mutex_unlock(&c->lock);
    return ready;
}

unsigned checker_starts(struct checker *c)
{
    (void)pthread_mutex_lock(&c->lock);
    unsigned starts = c->starts;
    (void)pthread_mutex_unlock(&c->lock);
    return starts;
}

bool checker_same(struct checker *c, unsigned starts)
{
    (void)pthread_mutex_lock(&c->lock);
    struct pollfd p = {.fd = c->zygote.socket, .events = POLLIN};
    bool ended = p.fd < 0 || (poll(&p, 1, 0) > 0 && p.revents & (POLLHUP | POLLERR));
    bool same = c->starts == starts && !ended;
    (void)pthread_mutex_unlock(&c->lock);
    return same;
}

void checker_stop(struct checker *c, int64_t after_ms)
{
    (void)pthread_mutex_lock(&c->lock);
    c->stopping = true;
    c->give_up_ms = checker_now_ms() + after_ms;
    (void)pthread_cond_broadcast(&c->changed);
    (void)pthread_mutex_unlock(&c->lock);
}

/* Waits, with the lock held, for a zygote; false when none came or the server stops. */
static bool wait_for_zygote(struct checker *c)
{
    int64_t until = checker_now_ms() + WAIT_FOR_ZYGOTE_MS;
    const struct timespec t = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
    while (c->zygote.socket < 0 && !c->stopping) {
        if (pthread_cond_timedwait(&c->changed, &c->lock, &t) == ETIMEDOUT) {
            return false;
        }
    }
    return !c->stopping;
}

static enum checked submit(struct checker *c, const struct sandbox_job *job,
                           const struct zygote_files *files, struct sandbox_child *child)
{
    enum checked r = CHECKED_GONE;
    (void)pthread_mutex_lock(&c->lock);
    while (r == CHECKED_GONE && wait_for_zygote(c)) {
        if (zygote_submit(&c->zygote, job, files, child) == 0) {
            r = CHECKED;
        } else if (errno == EPIPE || errno == ECONNRESET) {
            set(c, -1);
        } else {
            r = CHECKED_FAILED;
        }
    }
    (void)pthread_mutex_unlock(&c->lock);
    return r;
}

static bool given_up(struct checker *c)
{
    (void)pthread_mutex_lock(&c->lock);
    bool over = c->stopping && checker_now_ms() >= c->give_up_ms;
    (void)pthread_mutex_unlock(&c->lock);
    return over;
}

/* The server stops, or this work is wanted no more. */
static bool is_over(struct checker *c, const struct checker_watch *watch)
{
    return given_up(c) || (watch && watch->stop && watch->stop(watch->context));
}

/* Verifies one part of the work in one child. */
static enum checked verify_once(struct checker *c, const struct sandbox_job *job,
                                const struct zygote_files *files, const struct checker_watch *watch,
                                struct sp_report **out)
{
    struct sandbox_child child;
    enum checked r = submit(c, job, files, &child);
    if (r != CHECKED) {
        return r;
    }
    bool over = false;
    for (int done = 0; done == 0 && !over && sandbox_time_left(&child) > 0;) {
        int left = sandbox_time_left(&child);
        struct pollfd p = {.fd = child.fd, .events = POLLIN};
        if (poll(&p, 1, left < SLICE_MS ? left : SLICE_MS) > 0) {
            done = sandbox_read(&child);
        } else {
            over = is_over(c, watch);
        }
    }
    if (over) {
        child.deadline_ms = 0; /* sandbox_finish need not wait for it */
    }
    if (sandbox_finish(job, &child, out) != 0) {
        return CHECKED_FAILED;
    }
    if (over) {
        sp_report_free(*out);
        *out = NULL;
        return CHECKED_GONE;
    }
    return CHECKED;
}

/* What a child for members of a container needs. */
struct members {
    struct checker *c;
    const struct zygote_files *files;
    const struct checker_watch *watch;
};

static int start_members(void *context, const struct sandbox_job *job, struct sandbox_child *child)
{
    struct members *m = context;
    return submit(m->c, job, m->files, child) == CHECKED ? 0 : -1;
}

static bool stop_members(void *context)
{
    struct members *m = context;
    return is_over(m->c, m->watch);
}

static void seen_members(void *context, const struct sp_report *listed, size_t first, size_t count)
{
    struct members *m = context;
    m->watch->seen(m->watch->context, listed, first, count);
}

enum checked checker_verify_watched(struct checker *c, const struct sandbox_job *job,
                                    const struct zygote_files *files,
                                    const struct checker_watch *watch, struct sp_report **out)
{
    struct sandbox_job first = *job;
    first.document.part = SP_PART_OPEN;
    enum checked r = verify_once(c, &first, files, watch, out);
    if (r != CHECKED || !(*out)->pending) {
        return r;
    }
    struct members m = {c, files, watch};
    struct sandbox_starter starter = {.start = start_members,
                                      .stop = stop_members,
                                      .context = &m,
                                      .jobs = watch && watch->jobs ? watch->jobs : MEMBER_JOBS,
                                      .total_ms = watch && watch->members_ms ? watch->members_ms
                                                                             : MEMBERS_MS};
    if (watch && watch->seen) {
        starter.seen = seen_members;
        watch->seen(watch->context, *out, 0, 0);
    }
    int rc = sandbox_members(job, &starter, *out);
    if (rc != 0) {
        sp_report_free(*out);
        *out = NULL;
    }
    return rc == 0 ? CHECKED : rc > 0 ? CHECKED_GONE : CHECKED_FAILED;
}

enum checked checker_verify(struct checker *c, const struct sandbox_job *job,
                            const struct zygote_files *files, struct sp_report **out)
{
    return checker_verify_watched(c, job, files, NULL, out);
}
