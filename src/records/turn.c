/*
 * turn - see turn.h.
 */
#include "records/turn.h"

#include <pthread.h>
#include <time.h>

#include "base/mem.h"

/* One who waits, or, at the head of the line, writes. */
struct place {
    struct place *next;
    pthread_cond_t come;
};

struct turn {
    struct turn *next;
    unsigned users;
    struct place *first, **last;
    bool taken; /* somebody writes; he is in no place */
    char data[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all lines: held for moments only */
static struct turn *turns;

struct turn *turn_open(const char *data)
{
    size_t n = strlen(data) + 1;
    (void)pthread_mutex_lock(&lock);
    struct turn *t = turns;
    while (t && strcmp(t->data, data) != 0) {
        t = t->next;
    }
    if (!t && (t = mem_zalloc(sizeof *t + n))) {
        memcpy(t->data, data, n);
        t->last = &t->first;
        t->next = turns;
        turns = t;
    }
    if (t) {
        t->users++;
    }
    (void)pthread_mutex_unlock(&lock);
    return t;
}

void turn_close(struct turn *t)
{
    if (!t) {
        return;
    }
    (void)pthread_mutex_lock(&lock);
    if (--t->users == 0) {
        struct turn **at = &turns;
        while (*at != t) {
            at = &(*at)->next;
        }
        *at = t->next;
        mem_free(t);
    }
    (void)pthread_mutex_unlock(&lock);
}

static void leave(struct turn *t, struct place *mine)
{
    struct place **at = &t->first;
    while (*at != mine) {
        at = &(*at)->next;
    }
    *at = mine->next;
    if (t->last == &mine->next) {
        t->last = at;
    }
}

int turn_take(struct turn *t, int milliseconds)
{
    struct place mine = {.next = NULL};
    struct timespec until;
    pthread_condattr_t clock;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += milliseconds % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    (void)pthread_mutex_lock(&lock);
    if (!t->taken && !t->first) {
        t->taken = true;
        (void)pthread_mutex_unlock(&lock);
        return 0;
    }
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&mine.come, &clock);
    (void)pthread_condattr_destroy(&clock);
    *t->last = &mine;
    t->last = &mine.next;
    int late = 0;
    while ((t->taken || t->first != &mine) && late == 0) {
        late = pthread_cond_timedwait(&mine.come, &lock, &until);
    }
    bool mine_now = !t->taken && t->first == &mine;
    leave(t, &mine);
    if (mine_now) {
        t->taken = true;
    } else if (!t->taken && t->first) {
        (void)pthread_cond_signal(&t->first->come);
    }
    (void)pthread_mutex_unlock(&lock);
    (void)pthread_cond_destroy(&mine.come);
    return mine_now ? 0 : -1;
}

void turn_give(struct turn *t)
{
    (void)pthread_mutex_lock(&lock);
    t->taken = false;
    if (t->first) {
        (void)pthread_cond_signal(&t->first->come);
    }
    (void)pthread_mutex_unlock(&lock);
}

unsigned turn_waiting(struct turn *t)
{
    unsigned n = 0;
    (void)pthread_mutex_lock(&lock);
    for (const struct place *p = t->first; p; p = p->next) {
        n++;
    }
    (void)pthread_mutex_unlock(&lock);
    return n;
}
