/*
 * fetching - see fetching.h.
 */
#include "http/fetching.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int fetching_init(struct fetching *f, unsigned limit)
{
    *f = (struct fetching){.socket = -1, .limit = limit};
    return pthread_mutex_init(&f->lock, NULL) == 0 ? 0 : -1;
}

void fetching_set(struct fetching *f, int socket)
{
    (void)pthread_mutex_lock(&f->lock);
    if (f->socket >= 0) {
        (void)close(f->socket);
    }
    f->socket = socket;
    f->starts += socket >= 0;
    (void)pthread_mutex_unlock(&f->lock);
}

int fetching_socket(struct fetching *f)
{
    (void)pthread_mutex_lock(&f->lock);
    int socket = f->socket;
    (void)pthread_mutex_unlock(&f->lock);
    return socket;
}

void fetching_count(struct fetching *f, unsigned *starts, unsigned *running)
{
    (void)pthread_mutex_lock(&f->lock);
    *starts = f->starts;
    *running = f->running;
    (void)pthread_mutex_unlock(&f->lock);
}

void fetching_stop(struct fetching *f)
{
    (void)pthread_mutex_lock(&f->lock);
    f->stopping = true;
    (void)pthread_mutex_unlock(&f->lock);
}

/* A socket of our own to the process, because another thread may replace it meanwhile; -1 and why
 * not. Counts as running until end_round. */
static int begin_round(struct fetching *f, bool aside, const char **why)
{
    int socket = -1;
    (void)pthread_mutex_lock(&f->lock);
    if ((f->running >= f->limit && !(aside && f->limit)) || f->stopping) {
        *why = "too much is being fetched at the moment; try again in a minute";
    } else if (f->socket < 0 || (socket = fcntl(f->socket, F_DUPFD_CLOEXEC, 0)) < 0) {
        *why = "the process that fetches is being started; try again in a minute";
    } else {
        f->running += !aside;
    }
    (void)pthread_mutex_unlock(&f->lock);
    return socket;
}

static void end_round(struct fetching *f, bool aside, int socket)
{
    (void)close(socket);
    (void)pthread_mutex_lock(&f->lock);
    f->running -= !aside;
    (void)pthread_mutex_unlock(&f->lock);
}

static int run_round(struct fetching *f, bool aside, const struct sp_report *report, int timeout_ms,
                     int *bundle)
{
    struct obtained got = {.bundle = -1};
    const char *why = "the process that fetches ended; try again in a minute";
    int socket = begin_round(f, aside, &why), rc = -1;
    if (socket >= 0) {
        rc = obtain_now(socket, report->wants, report->want_count, timeout_ms, &got);
        end_round(f, aside, socket);
    }
    if (rc != 0) {
        rc = obtain_nothing(report->wants, report->want_count, why, &got);
    }
    (void)atomic_fetch_add(&f->rounds, 1);
    (void)atomic_fetch_add(&f->objects, got.objects);
    (void)atomic_fetch_add(&f->failures, got.failures);
    *bundle = got.bundle;
    return rc;
}

int fetching_round(struct fetching *f, const struct sp_report *report, int timeout_ms, int *bundle)
{
    return run_round(f, false, report, timeout_ms, bundle);
}

int fetching_round_aside(struct fetching *f, const struct sp_report *report, int timeout_ms,
                         int *bundle)
{
    return run_round(f, true, report, timeout_ms, bundle);
}
