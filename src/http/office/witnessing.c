/*
 * witnessing - see witnessing.h.
 */
#include "http/office/witnessing.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/utc.h"
#include "net/fetch_wire.h"
#include "office/intake/spawn.h"

enum { PATH = 4096, ALARM_CODE = 1 };

struct witnessing {
    const char *data;
    int64_t minutes;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;
    struct spawned child; /* pid 0: none runs */
    struct witnessing_now now;
};

static bool has_witnesses(const struct witnessing *w)
{
    char path[PATH];
    (void)snprintf(path, sizeof path, "%s/witnesses.txt", w->data);
    return w->minutes > 0 && access(path, F_OK) == 0;
}

/* Its exit code; -1: it was ended, or could not be started. */
static int run(struct witnessing *w)
{
    char path[FETCH_PROGRAM_MAX];
    const char *const words[] = {"satyapan-register", "witness", "--data", w->data, NULL};
    struct spawned child = {0};
    (void)pthread_mutex_lock(&w->lock);
    bool good = !w->stopping && fetch_find_program("satyapan-register", path, sizeof path) &&
                spawn_program(path, words, -1, -1, -1, &child) == 0;
    w->child = child;
    (void)pthread_mutex_unlock(&w->lock);
    int code = good ? spawn_wait(&child) : -1;
    (void)pthread_mutex_lock(&w->lock);
    w->child.pid = 0;
    (void)pthread_mutex_unlock(&w->lock);
    return code;
}

static void note(struct witnessing *w, int code)
{
    (void)pthread_mutex_lock(&w->lock);
    w->now.at = (int64_t)time(NULL);
    w->now.last = code == 0            ? WITNESSED_GOOD
                  : code == ALARM_CODE ? WITNESSED_ALARM
                                       : WITNESSED_FAILED;
    w->now.good_at = code == 0 ? w->now.at : w->now.good_at;
    bool stopping = w->stopping;
    (void)pthread_mutex_unlock(&w->lock);
    if (code != 0 && !stopping) {
        (void)fprintf(stderr, "satyapan: witnesses: %s (%d)\n",
                      code == ALARM_CODE ? "ALARM: one says that this log does not continue what "
                                           "it has seen; run satyapan register witness"
                                         : "not all of them signed the head of the log",
                      code);
    }
}

/* False: the server ends. */
static bool pause_minutes(struct witnessing *w)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t)(w->minutes > 0 ? w->minutes : 1) * 60;
    (void)pthread_mutex_lock(&w->lock);
    while (!w->stopping && pthread_cond_timedwait(&w->wake, &w->lock, &until) != ETIMEDOUT) {
    }
    bool go_on = !w->stopping;
    (void)pthread_mutex_unlock(&w->lock);
    return go_on;
}

static void *loop(void *context)
{
    struct witnessing *w = context;
    do {
        if (has_witnesses(w)) {
            note(w, run(w));
        }
    } while (pause_minutes(w));
    return NULL;
}

struct witnessing *witnessing_start(const char *data, const struct office *office)
{
    struct witnessing *w = mem_zalloc(sizeof *w);
    if (!w) {
        return NULL;
    }
    w->data = data;
    w->minutes = office->witness_minutes;
    w->now.at = w->now.good_at = UTC_NONE;
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->wake, NULL);
    if (pthread_create(&w->thread, NULL, loop, w) != 0) {
        mem_free(w);
        return NULL;
    }
    return w;
}

void witnessing_stop(struct witnessing *w)
{
    if (!w) {
        return;
    }
    (void)pthread_mutex_lock(&w->lock);
    w->stopping = true;
    if (w->child.pid > 0) {
        (void)kill(w->child.pid, SIGKILL);
    }
    (void)pthread_cond_broadcast(&w->wake);
    (void)pthread_mutex_unlock(&w->lock);
    (void)pthread_join(w->thread, NULL);
    (void)pthread_cond_destroy(&w->wake);
    (void)pthread_mutex_destroy(&w->lock);
    mem_free(w);
}

struct witnessing_now witnessing_look(struct witnessing *w)
{
    struct witnessing_now now = {.at = UTC_NONE, .good_at = UTC_NONE};
    if (w) {
        (void)pthread_mutex_lock(&w->lock);
        now = w->now;
        (void)pthread_mutex_unlock(&w->lock);
        now.wanted = has_witnesses(w);
    }
    return now;
}

void witnessing_metrics(struct witnessing *w, struct buffer *out)
{
    struct witnessing_now now = witnessing_look(w);
    if (!now.wanted) {
        return;
    }
    buffer_printf(out,
                  "# HELP satyapan_witness_state Last time the witnesses were asked: 0 not yet, 1 "
                  "all signed, 2 not all, 3 ALARM.\n# TYPE satyapan_witness_state gauge\n"
                  "satyapan_witness_state %d\n"
                  "# HELP satyapan_witness_signed_seconds When all of them had signed, UTC.\n"
                  "# TYPE satyapan_witness_signed_seconds gauge\n"
                  "satyapan_witness_signed_seconds %" PRId64 "\n",
                  (int)now.last, now.good_at == UTC_NONE ? 0 : now.good_at);
}
