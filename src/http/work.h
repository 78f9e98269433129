/*
 * work - a bounded queue and the threads that empty it.
 */
#ifndef HTTP_WORK_H
#define HTTP_WORK_H

#include <pthread.h>
#include <stdbool.h>

enum { WORKERS_MAX = 64 };

struct work_item {
    struct work_item *next;
};

struct work {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct work_item *first, **end;
    unsigned waiting, running, workers, limit;
    bool stopping;
    void (*run)(struct work_item *item);
    pthread_t threads[WORKERS_MAX];
};

/* Starts the threads; at most workers + queue items are held. Returns 0, or -1. */
int work_start(struct work *w, unsigned workers, unsigned queue,
               void (*run)(struct work_item *item)) __attribute__((warn_unused_result));

/* False when it is full; then the item is untouched. */
bool work_add(struct work *w, struct work_item *item) __attribute__((warn_unused_result));

/* How many wait and run. */
void work_count(struct work *w, unsigned *waiting, unsigned *running);

/* Runs what is there to its end, then ends the threads. */
void work_stop(struct work *w);

#endif
