/*
 * limiter - see limiter.h. A fixed table: when all ways of a row are taken the oldest client is
 * forgotten, which is in its favour; memory never grows.
 */
#include "http/limiter.h"

#include <arpa/inet.h>
#include <netinet/in.h>

void limiter_init(struct limiter *l, unsigned per_minute, unsigned burst, uint64_t seed)
{
    memset(l, 0, sizeof *l);
    (void)pthread_mutex_init(&l->lock, NULL);
    l->per_minute = per_minute;
    l->burst = burst;
    l->seed = seed;
}

static void key_v4(const void *address, uint8_t key[LIMITER_KEY])
{
    memset(key, 0, LIMITER_KEY);
    key[10] = key[11] = 0xff;
    memcpy(key + 12, address, 4);
}

static void key_v6(const struct in6_addr *address, uint8_t key[LIMITER_KEY])
{
    if (IN6_IS_ADDR_V4MAPPED(address)) {
        memcpy(key, address, LIMITER_KEY);
        return;
    }
    memset(key, 0, LIMITER_KEY);
    memcpy(key, address, 8);
}

void limiter_key(const struct sockaddr *address, uint8_t key[LIMITER_KEY])
{
    memset(key, 0, LIMITER_KEY);
    if (address && address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        key_v4(&v4.sin_addr, key);
    } else if (address && address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        key_v6(&v6.sin6_addr, key);
    }
}

bool limiter_key_text(struct span text, uint8_t key[LIMITER_KEY])
{
    char copy[INET6_ADDRSTRLEN];
    struct in_addr v4;
    struct in6_addr v6;
    while (text.n && text.p[0] == ' ') {
        text = span_sub(text, 1, text.n);
    }
    if (text.n == 0 || text.n >= sizeof copy) {
        return false;
    }
    memcpy(copy, text.p, text.n);
    copy[text.n] = 0;
    if (inet_pton(AF_INET, copy, &v4) == 1) {
        key_v4(&v4, key);
        return true;
    }
    if (inet_pton(AF_INET6, copy, &v6) == 1) {
        key_v6(&v6, key);
        return true;
    }
    return false;
}

static size_t row_of(const struct limiter *l, const uint8_t key[LIMITER_KEY])
{
    uint64_t h = l->seed ^ UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < LIMITER_KEY; i++) {
        h = (h ^ key[i]) * UINT64_C(0x100000001b3);
        h ^= h >> 29;
    }
    return (size_t)(h % (LIMITER_SLOTS / LIMITER_WAYS)) * LIMITER_WAYS;
}

/* The client's slot; a new client gets a full bucket. */
static struct limiter_slot *slot_of(struct limiter *l, const uint8_t key[LIMITER_KEY],
                                    int64_t now_ms)
{
    struct limiter_slot *row = &l->slots[row_of(l, key)], *oldest = row;
    for (size_t i = 0; i < LIMITER_WAYS; i++) {
        if (row[i].last_ms && memcmp(row[i].key, key, LIMITER_KEY) == 0) {
            return &row[i];
        }
        oldest = row[i].last_ms < oldest->last_ms ? &row[i] : oldest;
    }
    memcpy(oldest->key, key, LIMITER_KEY);
    oldest->last_ms = now_ms;
    oldest->tokens = l->burst;
    return oldest;
}

unsigned limiter_take(struct limiter *l, const uint8_t key[LIMITER_KEY], int64_t now_ms)
{
    if (l->per_minute == 0) {
        return 0;
    }
    unsigned wait = 0;
    (void)pthread_mutex_lock(&l->lock);
    struct limiter_slot *s = slot_of(l, key, now_ms);
    double rate = l->per_minute / 60000.0;
    s->tokens += (double)(now_ms - s->last_ms) * rate;
    s->tokens = s->tokens > l->burst ? l->burst : s->tokens;
    s->last_ms = now_ms;
    if (s->tokens >= 1) {
        s->tokens -= 1;
    } else {
        wait = (unsigned)((1 - s->tokens) / rate / 1000) + 1;
    }
    (void)pthread_mutex_unlock(&l->lock);
    return wait;
}
