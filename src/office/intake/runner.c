/*
 * runner - see runner.h: threads, and one job at a time in each.
 */
#include "office/intake/runner.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "office/foreign/works.h"
#include "office/intake/inside.h"

enum {
    LATER_S = 1,
    DAY_S = 86400,
    CLOCK_MOVES_S = 5, /* more than that at once: it was set */
    FAR_THREADS = 2,
    THREADS_MAX = 51,
    LOOK_MS = 500,
    PAUSE_MS = 5000,
    NAME_MAX_ = 64
};

struct kind {
    const char *name;
    work_do work;
};

static const struct kind kinds[] = {{"verify", verify_work},
                                    {"text", text_work},
                                    {"timestamp", timestamp_work},
                                    {"recheck", recheck_work},
                                    {"upkeep", upkeep_work},
                                    {"deadlines", deadlines_work},
                                    {"settings", settings_work},
                                    {"foreign-web", foreign_web_work},
                                    {"foreign-mail", foreign_mail_work},
                                    {"foreign-poll", foreign_poll_work},
                                    {"foreign-clock", foreign_clock_work},
                                    {"foreign-attachment", foreign_attachment_work},
                                    {"bench", bench_work}};

static const char *const all_kinds[] = {"verify",
                                        "text",
                                        "timestamp",
                                        "recheck",
                                        "upkeep",
                                        "deadlines",
                                        "foreign-web",
                                        "foreign-mail",
                                        "foreign-poll",
                                        "foreign-clock",
                                        "foreign-attachment",
                                        "settings",
                                        NULL};
/* Reading many files takes long: where there are several threads, one is for verdicts alone. */
static const char *const heavy_kinds[] = {"verify", "text", NULL};
static const char *const verdict_kinds[] = {"verify", NULL};
/* Devices answer slowly: they keep nobody else waiting. */
static const char *const bench_kinds[] = {"bench", NULL};
static const char *const light_kinds[] = {"timestamp",     "recheck",  "upkeep", "deadlines",
                                          "foreign-clock", "settings", NULL};
/* What waits for the servers of others. */
static const char *const far_kinds[] = {"foreign-web", "foreign-mail", "foreign-poll",
                                        "foreign-attachment", NULL};

struct runner {
    struct runner_options o;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    atomic_bool stopping;
    unsigned count;
    uint64_t wakes;
    struct thread {
        struct runner *runner;
        unsigned number;
        const char *const *kinds;
        pthread_t thread;
        struct records *records;
    } threads[THREADS_MAX];
};

/* ---- one job --------------------------------------------------------------------------------- */

static int64_t time_of(const struct runner_options *o)
{
    return o->now ? o->now() : (int64_t)time(NULL);
}

static bool never(void *context)
{
    (void)context;
    return false;
}

/* Whoever comes next takes the job up: the next start, or in a moment, when the verifier is
 * there. */
static void give_back(struct worker *w)
{
    (void)!job_release(w->records, w->job, work_now(w) + LATER_S);
}

static enum work_end do_job(const struct runner_options *o, struct records *records,
                            const struct job *j, bool (*stop)(void *), void *context)
{
    struct worker w = {.o = o,
                       .records = records,
                       .job = j,
                       .arena = arena_new(WORK_ARENA),
                       .stop = stop,
                       .stop_context = context};
    enum work_end end = WORK_BROKEN;
    w.renewed = work_now(&w);
    for (size_t i = 0; w.arena && i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, j->kind) == 0) {
            end = kinds[i].work(&w);
        }
    }
    if (end == WORK_LATER) {
        give_back(&w);
    } else if (end == WORK_BROKEN && w.arena) {
        (void)fprintf(stderr, "satyapan: job %s %s: %s\n", j->kind, j->key, records_error(records));
        end = work_fail(&w, UTC_NONE, "the records could not be written");
    }
    arena_free(w.arena);
    return end;
}

/* 1: a job was done or failed, 0: nothing is due, -1: the records fail. */
static int take_and_do(const struct runner_options *o, struct records *records,
                       const char *const *which, const char *owner, bool (*stop)(void *),
                       void *context, struct runner_step *step)
{
    struct job j;
    int64_t now = time_of(o);
    int rc = job_take(records, which, owner, now, WORK_LEASE_S, &j);
    if (rc != 0) {
        return rc == RECORDS_NONE ? 0 : -1;
    }
    enum work_end end = do_job(o, records, &j, stop, context);
    if (step) {
        *step = (struct runner_step){.application = j.application, .done = end == WORK_DONE};
        memcpy(step->kind, j.kind, sizeof step->kind);
    }
    job_clear(&j);
    return end == WORK_BROKEN ? -1 : 1;
}

/* It ended, and nobody has asked for its exit code yet (proc(5)). */
static bool is_zombie(long pid)
{
    char path[40], text[512];
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f) {
        (void)fclose(f);
    }
    text[n] = 0;
    const char *end = strrchr(text, ')');
    return end && end[1] == ' ' && (end[2] == 'Z' || end[2] == 'X');
}

/* "host:process:thread" of this machine, and the process is no more. Of another machine nobody
 * knows; its lease runs out. */
static bool is_gone(const char *owner)
{
    char host[32] = "";
    (void)gethostname(host, sizeof host - 1);
    size_t n = strlen(host);
    long pid =
        strncmp(owner, host, n) == 0 && owner[n] == ':' ? strtol(owner + n + 1, NULL, 10) : 0;
    return pid > 0 && (pid == (long)getpid() || (kill((pid_t)pid, 0) != 0 && errno == ESRCH) ||
                       is_zombie(pid));
}

static void owner_name(unsigned thread, char out[NAME_MAX_])
{
    char host[32] = "";
    (void)gethostname(host, sizeof host - 1);
    (void)snprintf(out, NAME_MAX_, "%s:%ld:%u", host, (long)getpid(), thread);
}

int runner_once(const struct runner_options *o, struct records *records, struct runner_step *out)
{
    char owner[NAME_MAX_];
    owner_name(0, owner);
    return take_and_do(o, records, all_kinds, owner, never, NULL, out);
}

int runner_bench_once(const struct runner_options *o, struct records *records,
                      struct runner_step *out)
{
    char owner[NAME_MAX_];
    owner_name(0, owner);
    return take_and_do(o, records, bench_kinds, owner, never, NULL, out);
}

/* ---- threads --------------------------------------------------------------------------------- */

static bool stopping(void *context)
{
    struct runner *r = context;
    return atomic_load(&r->stopping);
}

/* Until there may be something to do, or that time is over. */
static void pause_for(struct runner *r, uint64_t *wakes, int milliseconds)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += milliseconds % 1000 * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    (void)pthread_mutex_lock(&r->lock);
    while (!stopping(r) && r->wakes == *wakes &&
           pthread_cond_timedwait(&r->changed, &r->lock, &until) != ETIMEDOUT) {
    }
    *wakes = r->wakes;
    (void)pthread_mutex_unlock(&r->lock);
}

/* The work that looks for other work, now, whatever clock it was put off by. */
static int add_work(struct records *records, int64_t now)
{
    static const char *const now_kinds[] = {"recheck", "deadlines", "foreign-clock", "foreign-poll",
                                            "settings"};
    int64_t id = records_begin(records) == 0 ? 0 : RECORDS_FAILED;
    id = id < 0 ? id : job_clock_back(records, now, WORK_LEASE_S);
    for (size_t i = 0; i < sizeof now_kinds / sizeof *now_kinds && id >= 0; i++) {
        id = job_add(records, now_kinds[i], "all", UTC_NONE, NULL, now, now);
    }
    id = id < 0 ? id : job_add(records, "upkeep", "all", UTC_NONE, NULL, now + DAY_S, now);
    return records_commit(records, id >= 0) == 0 && id >= 0 ? 0 : RECORDS_FAILED;
}

/* How far the clock on the wall is from the machine's own, which nobody sets. */
static int64_t clock_gap(const struct runner_options *o)
{
    struct timespec own;
    (void)clock_gettime(CLOCK_BOOTTIME, &own);
    return time_of(o) - own.tv_sec;
}

/* Days are counted by the clock on the wall: when it was set, what waits by the old one is looked
 * at anew. An error is tried again at the next look. */
static void mind_clock(struct thread *t, int64_t *gap)
{
    int64_t now = clock_gap(&t->runner->o), moved = now - *gap;
    bool adjusted = moved < CLOCK_MOVES_S && moved > -CLOCK_MOVES_S; /* as it is all the time */
    if (adjusted || add_work(t->records, time_of(&t->runner->o)) == 0) {
        *gap = now;
    }
}

static void *loop(void *context)
{
    struct thread *t = context;
    struct runner *r = t->runner;
    uint64_t wakes = 0;
    int64_t gap = clock_gap(&r->o);
    char owner[NAME_MAX_];
    owner_name(t->number + 1, owner);
    while (!stopping(r)) {
        if (t->kinds == light_kinds) {
            mind_clock(t, &gap);
        }
        int n = take_and_do(&r->o, t->records, t->kinds, owner, stopping, r, NULL);
        if (n <= 0) {
            pause_for(r, &wakes, n < 0 ? PAUSE_MS : LOOK_MS);
        }
    }
    return NULL;
}

static int start_thread(struct runner *r, const char *const *which, char *why)
{
    struct thread *t = &r->threads[r->count];
    *t = (struct thread){.runner = r, .number = r->count, .kinds = which};
    if (records_open(r->o.data, time_of(&r->o), &t->records, why) != 0) {
        return -1;
    }
    int error = pthread_create(&t->thread, NULL, loop, t);
    if (error) {
        (void)snprintf(why, RECORDS_WHY, "a thread cannot be started: %s", strerrordesc_np(error));
        records_close(t->records);
        return -1;
    }
    r->count++;
    return 0;
}

/* Nobody waits for workers that were killed; the work that looks for other work is always there. */
static int want_work(struct runner *r, char *why)
{
    struct records *records;
    int64_t now = time_of(&r->o);
    if (records_open(r->o.data, now, &records, why) != 0) {
        return -1;
    }
    int rc = job_orphans(records, is_gone, now);
    rc = rc < 0 ? rc : add_work(records, now);
    if (rc < 0) {
        (void)snprintf(why, RECORDS_WHY, "the records cannot be written: %s",
                       records_error(records));
    }
    records_close(records);
    return rc < 0 ? -1 : 0;
}

int runner_start(const struct runner_options *o, struct runner **out, char *why)
{
    pthread_condattr_t attributes;
    struct runner *r = mem_zalloc(sizeof *r);
    *out = NULL;
    (void)snprintf(why, RECORDS_WHY, "memory ran out");
    if (!r || pthread_condattr_init(&attributes) != 0 ||
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
        pthread_mutex_init(&r->lock, NULL) != 0 ||
        pthread_cond_init(&r->changed, &attributes) != 0) {
        mem_free(r);
        return -1;
    }
    (void)pthread_condattr_destroy(&attributes);
    r->o = *o;
    unsigned heavy = (unsigned)o->office->intake_jobs;
    int rc = heavy ? want_work(r, why) : 0;
    for (unsigned i = 0; i < heavy && rc == 0; i++) {
        rc = start_thread(r, i == 0 && heavy > 1 ? verdict_kinds : heavy_kinds, why);
    }
    rc = rc || !heavy ? rc : start_thread(r, light_kinds, why);
    for (unsigned i = 0; heavy && i < (unsigned)o->office->scan_jobs && rc == 0; i++) {
        rc = start_thread(r, bench_kinds, why);
    }
    for (unsigned i = 0; heavy && i < FAR_THREADS && rc == 0; i++) {
        rc = start_thread(r, far_kinds, why);
    }
    if (rc != 0) {
        runner_stop(r);
        return -1;
    }
    *out = r;
    return 0;
}

void runner_wake(struct runner *r)
{
    if (r) {
        (void)pthread_mutex_lock(&r->lock);
        r->wakes++;
        (void)pthread_cond_broadcast(&r->changed);
        (void)pthread_mutex_unlock(&r->lock);
    }
}

void runner_stop(struct runner *r)
{
    if (!r) {
        return;
    }
    atomic_store(&r->stopping, true);
    runner_wake(r);
    for (unsigned i = 0; i < r->count; i++) {
        (void)pthread_join(r->threads[i].thread, NULL);
        records_close(r->threads[i].records);
    }
    (void)pthread_cond_destroy(&r->changed);
    (void)pthread_mutex_destroy(&r->lock);
    mem_free(r);
}
