/*
 * work - see work.h.
 */
#include "http/work.h"

#include <stddef.h>

static struct work_item *take(struct work *w)
{
    struct work_item *item = w->first;
    w->first = item->next;
    w->end = w->first ? w->end : &w->first;
    w->waiting--;
    w->running++;
    return item;
}

static void *loop(void *context)
{
    struct work *w = context;
    (void)pthread_mutex_lock(&w->lock);
    for (;;) {
        while (!w->first && !w->stopping) {
            (void)pthread_cond_wait(&w->more, &w->lock);
        }
        if (!w->first) {
            break;
        }
        struct work_item *item = take(w);
        (void)pthread_mutex_unlock(&w->lock);
        w->run(item);
        (void)pthread_mutex_lock(&w->lock);
        w->running--;
    }
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

int work_start(struct work *w, unsigned workers, unsigned queue,
               void (*run)(struct work_item *item))
{
    *w = (struct work){.limit = workers + queue, .run = run};
    w->end = &w->first;
    if (pthread_mutex_init(&w->lock, NULL) != 0 || pthread_cond_init(&w->more, NULL) != 0) {
        return -1;
    }
    while (w->workers < workers && w->workers < WORKERS_MAX) {
        if (pthread_create(&w->threads[w->workers], NULL, loop, w) != 0) {
            work_stop(w);
            return -1;
        }
        w->workers++;
    }
    return 0;
}

bool work_add(struct work *w, struct work_item *item)
{
    (void)pthread_mutex_lock(&w->lock);
    bool room = w->waiting + w->running < w->limit && !w->stopping;
    if (room) {
        item->next = NULL;
        *w->end = item;
        w->end = &item->next;
        w->waiting++;
        (void)pthread_cond_signal(&w->more);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return room;
}

void work_count(struct work *w, unsigned *waiting, unsigned *running)
{
    (void)pthread_mutex_lock(&w->lock);
    *waiting = w->waiting;
    *running = w->running;
    (void)pthread_mutex_unlock(&w->lock);
}

void work_stop(struct work *w)
{
    (void)pthread_mutex_lock(&w->lock);
    w->stopping = true;
    (void)pthread_cond_broadcast(&w->more);
    (void)pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->workers; i++) {
        (void)pthread_join(w->threads[i], NULL);
    }
    w->workers = 0;
}
