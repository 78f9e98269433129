/*
 * split - the members of a large container, verified by several children (sandbox_members).
 *
 * Each child gets the whole file and a range of members, within the limits of any child: a large
 * container is no denial of service, and one member that ends its child costs only itself.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "base/mem.h"
#include "sandbox/child.h"
#include "sandbox/ended.h"

enum {
    CHILDREN_MAX = 16,
    RANGE_LEAST = 2,   /* members of a range: of a few, */
    RANGE_MIN = 8,     /* of many, */
    RANGE_MAX = 64,    /* and at most */
    FAILURES_MAX = 64, /* ended children whose ranges are tried again in halves */
    SLICE_MS = 250     /* how often stop is asked */
};
#define RANGE_BYTES ((uint64_t)64 * 1024 * 1024)

struct range {
    size_t first, count;
};

struct running {
    bool used;
    struct range range;
    struct sandbox_job job;
    struct sandbox_child child;
};

struct split {
    const struct sandbox_job *job;
    const struct sandbox_starter *starter;
    struct sp_report *report;
    struct range *queue; /* a stack */
    size_t waiting, busy, failures;
    int64_t deadline_ms;
    struct running children[CHILDREN_MAX];
};

static size_t between(size_t low, size_t value, size_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* The end of the range that begins here: so many members, but not too many bytes. */
static size_t range_end(const struct sp_report *r, size_t first, size_t size)
{
    uint64_t left = RANGE_BYTES;
    size_t end = first;
    while (end < r->member_count && end - first < size && r->members[end].size <= left) {
        left -= r->members[end++].size;
    }
    return end > first ? end : first + 1; /* a huge one is alone */
}

/* Large ranges first, small ones at the end, so that the children end at about the same time
 * (guided self-scheduling); the first is on top of the stack. */
static void plan(struct split *s, size_t jobs)
{
    size_t n = s->report->member_count, count = 0;
    size_t least = between(RANGE_LEAST, n / (jobs * 4), RANGE_MIN);
    for (size_t first = 0; first < n; count++) {
        size_t end = range_end(s->report, first, between(least, (n - first) / jobs, RANGE_MAX));
        s->queue[count] = (struct range){first, end - first};
        first = end;
    }
    for (size_t i = 0; i < count / 2; i++) {
        struct range r = s->queue[i];
        s->queue[i] = s->queue[count - 1 - i];
        s->queue[count - 1 - i] = r;
    }
    s->waiting = count;
}

/* The members of the range stay unread, for this reason. */
static int give_up(struct split *s, struct range r, enum sp_reason reason, const char *argument)
{
    struct sandbox_job job = *s->job;
    struct sp_report *why;
    job.document.bytes = NULL; /* it need not be hashed again */
    if (ended_report(&job, reason, argument, false, &why) != 0) {
        return -1;
    }
    return sp_verify_members_add(s->report, r.first, r.count, why);
}

static int start(struct split *s, struct running *c)
{
    *c = (struct running){.range = s->queue[--s->waiting], .job = *s->job};
    c->job.document.part = SP_PART_MEMBERS;
    c->job.document.first = c->range.first;
    c->job.document.count = c->range.count;
    if (s->starter->start(s->starter->context, &c->job, &c->child) != 0) {
        char text[64];
        (void)snprintf(text, sizeof text, "fork: %s", strerrorname_np(errno));
        return give_up(s, c->range, SP_ENGINE_INTERNAL, text);
    }
    c->used = true;
    s->busy++;
    return 0;
}

static int finish(struct split *s, struct running *c)
{
    struct sp_report *part = NULL;
    struct range r = c->range;
    c->job.document.bytes = NULL;
    c->used = false;
    s->busy--;
    if (sandbox_finish(&c->job, &c->child, &part) != 0) {
        return -1;
    }
    int rc = 0;
    if (part->member_count != r.count && r.count > 1 && s->failures < FAILURES_MAX) {
        size_t half = r.count / 2;
        s->failures++;
        s->queue[s->waiting++] = (struct range){r.first + half, r.count - half};
        s->queue[s->waiting++] = (struct range){r.first, half};
        sp_report_free(part);
    } else {
        rc = sp_verify_members_add(s->report, r.first, r.count, part);
        if (rc == 0 && s->starter->seen) {
            s->starter->seen(s->starter->context, s->report, r.first, r.count);
        }
        if (s->starter->step) {
            s->starter->step(s->starter->context, r.count);
        }
    }
    return rc;
}

static int wait_for_children(struct split *s)
{
    struct pollfd fds[CHILDREN_MAX];
    struct running *of[CHILDREN_MAX];
    nfds_t n = 0;
    int timeout = SLICE_MS;
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        struct running *c = &s->children[i];
        if (c->used) {
            int left = sandbox_time_left(&c->child);
            timeout = left < timeout ? left : timeout;
            fds[n] = (struct pollfd){.fd = c->child.fd, .events = POLLIN};
            of[n++] = c;
        }
    }
    if (poll(fds, n, timeout) < 0 && errno != EINTR) {
        return -1;
    }
    int rc = 0;
    for (nfds_t i = 0; i < n; i++) {
        bool over = sandbox_time_left(&of[i]->child) == 0;
        if ((over || (fds[i].revents && sandbox_read(&of[i]->child) != 0)) && finish(s, of[i])) {
            rc = -1;
        }
    }
    return rc;
}

static struct running *free_place(struct split *s, size_t jobs)
{
    for (size_t i = 0; i < CHILDREN_MAX && s->busy < jobs; i++) {
        if (!s->children[i].used) {
            return &s->children[i];
        }
    }
    return NULL;
}

/* Ends what runs, without its answer. */
static void end_children(struct split *s)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        struct running *c = &s->children[i];
        struct sp_report *ignored = NULL;
        if (c->used) {
            c->used = false;
            c->job.document.bytes = NULL;
            c->child.deadline_ms = 0;
            (void)!sandbox_finish(&c->job, &c->child, &ignored);
            sp_report_free(ignored);
        }
    }
}

static int out_of_time(struct split *s)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%lld s", (long long)s->starter->total_ms / 1000);
    int rc = 0;
    while (s->waiting && rc == 0) {
        rc = give_up(s, s->queue[--s->waiting], SP_ENGINE_LIMIT, text);
    }
    return rc;
}

static int run(struct split *s, size_t jobs)
{
    int rc = 0;
    while (rc == 0 && (s->waiting || s->busy)) {
        struct running *c = s->waiting ? free_place(s, jobs) : NULL;
        if (s->starter->stop && s->starter->stop(s->starter->context)) {
            return 1;
        }
        if (s->waiting && child_now_ms() >= s->deadline_ms) {
            rc = out_of_time(s);
        } else if (c) {
            rc = start(s, c);
        } else {
            rc = wait_for_children(s);
        }
    }
    return rc;
}

int sandbox_members(const struct sandbox_job *job, const struct sandbox_starter *starter,
                    struct sp_report *report)
{
    size_t jobs = starter->jobs < 1 ? 1 : starter->jobs;
    jobs = jobs > CHILDREN_MAX ? CHILDREN_MAX : jobs;
    struct split *s = mem_zalloc(sizeof *s);
    struct range *queue =
        s ? mem_alloc((report->member_count + 2 * FAILURES_MAX) * sizeof *queue) : NULL;
    int rc = -1;
    if (queue) {
        s->job = job;
        s->starter = starter;
        s->report = report;
        s->queue = queue;
        s->deadline_ms = child_now_ms() + starter->total_ms;
        plan(s, jobs);
        rc = run(s, jobs);
        end_children(s);
    }
    if (rc == 0) {
        rc = sp_verify_members_done(report, job->policy);
    }
    mem_free(queue);
    mem_free(s);
    return rc;
}
