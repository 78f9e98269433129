/*
 * gate - at most a few at the same time: a counting semaphore that gives up after a while.
 */
#ifndef OFFICE_PEOPLE_GATE_H
#define OFFICE_PEOPLE_GATE_H

#include <pthread.h>
#include <stdbool.h>

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t left;
    unsigned free, waiting, most; /* most: who may wait */
};

void gate_init(struct gate *g, unsigned slots, unsigned most);

/* False: it is full, and so many wait already, or none became free within so many seconds. */
bool gate_enter(struct gate *g, unsigned seconds);
void gate_leave(struct gate *g);

#endif
