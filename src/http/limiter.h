/*
 * limiter - how often one client may ask: a token bucket per address.
 */
#ifndef HTTP_LIMITER_H
#define HTTP_LIMITER_H

#include <pthread.h>
#include <sys/socket.h>

#include "base/span.h"

enum { LIMITER_SLOTS = 4096, LIMITER_WAYS = 8, LIMITER_KEY = 16 };

struct limiter {
    pthread_mutex_t lock;
    unsigned per_minute, burst;
    uint64_t seed;
    struct limiter_slot {
        uint8_t key[LIMITER_KEY];
        int64_t last_ms; /* 0: free */
        double tokens;
    } slots[LIMITER_SLOTS];
};

/* per_minute 0: no limit. seed keeps clients from choosing which slot they share. */
void limiter_init(struct limiter *l, unsigned per_minute, unsigned burst, uint64_t seed);

/* The key of a client: its IPv4 address, or the /64 network of its IPv6 address. */
void limiter_key(const struct sockaddr *address, uint8_t key[LIMITER_KEY]);

/* The same from text; false when it is no numeric address. */
bool limiter_key_text(struct span text, uint8_t key[LIMITER_KEY]);

/* Takes one token; 0, or the seconds after which there is one again. now_ms is monotonic, > 0. */
unsigned limiter_take(struct limiter *l, const uint8_t key[LIMITER_KEY], int64_t now_ms);

#endif
