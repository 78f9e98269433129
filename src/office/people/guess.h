/*
 * guess - slows down who guesses: waiting times that double, per login and per address.
 *
 * The first attempts are free, then each one must wait twice as long as the one before. An attempt
 * counts when it begins, so that many at once gain nothing; one that was right takes its own count
 * back. Logins are counted whether they exist or not. Kept in memory, in a table of fixed size
 * whose place for a key depends on a seed; what must survive a restart (the lock after ten
 * failures) is in the person's row.
 */
#ifndef OFFICE_PEOPLE_GUESS_H
#define OFFICE_PEOPLE_GUESS_H

#include <pthread.h>

#include "base/span.h"

enum { GUESS_SLOTS = 4096, GUESS_WAYS = 8, GUESS_KEY = 16 };

struct guess {
    pthread_mutex_t lock;
    uint64_t seed;
    struct guess_slot {
        uint8_t key[GUESS_KEY];
        int64_t last, until; /* last 0: free */
        unsigned count;
    } slots[GUESS_SLOTS];
};

struct guess_rule {
    unsigned free, longest; /* attempts without waiting; seconds */
};

void guess_init(struct guess *g, uint64_t seed);

/* 0 or -1. An IPv6 address counts by its /64 network. */
int guess_key_login(const char *login, uint8_t key[GUESS_KEY]) WARN_UNUSED;
int guess_key_address(const char *address, uint8_t key[GUESS_KEY]) WARN_UNUSED;

/* Counts an attempt. Returns 0, or the seconds to wait: then it is not to be made, and did not
 * count. */
unsigned guess_begin(struct guess *g, const uint8_t key[GUESS_KEY], const struct guess_rule *rule,
                     int64_t now);

/* It was no guess: take it back; all: and those before it. */
void guess_undo(struct guess *g, const uint8_t key[GUESS_KEY], bool all);

#endif
