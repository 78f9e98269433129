/*
 * events - see events.h: a ring of the last events, a lock, a condition.
 */
#include "office/intake/events.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "base/mem.h"

enum { RING = 512 };

struct events {
    pthread_mutex_t lock;
    pthread_cond_t more;
    uint64_t last; /* of the newest event; the first is 1 */
    bool closed;
    struct event ring[RING]; /* event n is at n % RING */
};

int events_new(struct events **out)
{
    pthread_condattr_t attributes;
    struct events *e = mem_zalloc(sizeof *e);
    *out = e;
    if (!e) {
        return -1;
    }
    if (pthread_condattr_init(&attributes) != 0 ||
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
        pthread_mutex_init(&e->lock, NULL) != 0 || pthread_cond_init(&e->more, &attributes) != 0) {
        mem_free(e);
        *out = NULL;
        return -1;
    }
    (void)pthread_condattr_destroy(&attributes);
    return 0;
}

void events_free(struct events *e)
{
    if (e) {
        (void)pthread_cond_destroy(&e->more);
        (void)pthread_mutex_destroy(&e->lock);
        mem_free(e);
    }
}

int64_t events_device(int64_t device)
{
    return INT64_MIN / 2 + device;
}

void events_publish(struct events *e, int64_t application, const char *kind, const char *text)
{
    size_t n = strlen(text);
    if (!e || n >= EVENT_TEXT) {
        return;
    }
    (void)pthread_mutex_lock(&e->lock);
    struct event *at = &e->ring[++e->last % RING];
    at->seq = e->last;
    at->application = application;
    at->kind = kind;
    memcpy(at->text, text, n + 1);
    (void)pthread_cond_broadcast(&e->more);
    (void)pthread_mutex_unlock(&e->lock);
}

uint64_t events_last(struct events *e)
{
    (void)pthread_mutex_lock(&e->lock);
    uint64_t last = e->last;
    (void)pthread_mutex_unlock(&e->lock);
    return last;
}

/* With the lock held. */
static int take(struct events *e, int64_t application, uint64_t *after, struct event *out,
                size_t max)
{
    if (*after > e->last || e->last - *after > RING) {
        *after = e->last;
        return -1;
    }
    int n = 0;
    while (*after < e->last && (size_t)n < max) {
        const struct event *at = &e->ring[++*after % RING];
        if (at->application == application) {
            out[n++] = *at;
        }
    }
    return n;
}

int events_wait(struct events *e, int64_t application, uint64_t *after, int timeout_ms,
                struct event *out, size_t max)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    int n = 0, late = 0;
    (void)pthread_mutex_lock(&e->lock);
    while (!e->closed && (n = take(e, application, after, out, max)) == 0 && late != ETIMEDOUT) {
        late = pthread_cond_timedwait(&e->more, &e->lock, &until);
    }
    n = e->closed ? -2 : n;
    (void)pthread_mutex_unlock(&e->lock);
    return n;
}

void events_close(struct events *e)
{
    (void)pthread_mutex_lock(&e->lock);
    e->closed = true;
    (void)pthread_cond_broadcast(&e->more);
    (void)pthread_mutex_unlock(&e->lock);
}
