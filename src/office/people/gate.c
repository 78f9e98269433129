/*
 * gate - see gate.h.
 */
#include "office/people/gate.h"

#include <errno.h>
#include <time.h>

void gate_init(struct gate *g, unsigned slots, unsigned most)
{
    pthread_condattr_t attributes;
    (void)pthread_mutex_init(&g->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&g->left, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    g->free = slots;
    g->waiting = 0;
    g->most = most;
}

bool gate_enter(struct gate *g, unsigned seconds)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    (void)pthread_mutex_lock(&g->lock);
    bool may = g->free > 0 || g->waiting < g->most;
    g->waiting += may;
    while (may && g->free == 0 && pthread_cond_timedwait(&g->left, &g->lock, &until) == 0) {
    }
    g->waiting -= may;
    may = may && g->free > 0;
    g->free -= may;
    (void)pthread_mutex_unlock(&g->lock);
    return may;
}

void gate_leave(struct gate *g)
{
    (void)pthread_mutex_lock(&g->lock);
    g->free++;
    (void)pthread_cond_signal(&g->left);
    (void)pthread_mutex_unlock(&g->lock);
}
