/*
 * guess - see guess.h.
 */
#include "office/people/guess.h"

#include <ctype.h>

#include <arpa/inet.h>

#include "base/hash.h"

enum { FORGET = 3600 };

void guess_init(struct guess *g, uint64_t seed)
{
    memset(g, 0, sizeof *g);
    (void)pthread_mutex_init(&g->lock, NULL);
    g->seed = seed;
}

static int make_key(struct span text, uint8_t key[GUESS_KEY])
{
    uint8_t hash[SHA256_SIZE];
    if (hash_sha256(text, hash) != 0) {
        return -1;
    }
    memcpy(key, hash, GUESS_KEY);
    return 0;
}

/* Logins do not tell upper from lower case (person.login COLLATE NOCASE). */
int guess_key_login(const char *login, uint8_t key[GUESS_KEY])
{
    char text[128] = "l";
    size_t n = 1;
    for (; *login && n < sizeof text; login++) {
        text[n++] = (char)tolower((unsigned char)*login);
    }
    return make_key(span_make(text, n), key);
}

int guess_key_address(const char *address, uint8_t key[GUESS_KEY])
{
    struct in6_addr v6;
    if (inet_pton(AF_INET6, address, &v6) == 1) {
        return make_key(span_make(&v6, sizeof v6 / 2), key);
    }
    return make_key(span_str(address), key);
}

/* The slot of a key; when it has none, the one of its row that was used longest ago. */
static struct guess_slot *find(struct guess *g, const uint8_t key[GUESS_KEY])
{
    uint64_t h;
    memcpy(&h, key, sizeof h);
    h = (h ^ g->seed) * UINT64_C(0x9e3779b97f4a7c15);
    struct guess_slot *row = &g->slots[(h >> 40) % (GUESS_SLOTS / GUESS_WAYS) * GUESS_WAYS];
    struct guess_slot *oldest = row;
    for (unsigned i = 0; i < GUESS_WAYS; i++) {
        if (row[i].last && memcmp(row[i].key, key, GUESS_KEY) == 0) {
            return &row[i];
        }
        oldest = row[i].last < oldest->last ? &row[i] : oldest;
    }
    return oldest;
}

static unsigned seconds(const struct guess_rule *rule, unsigned count)
{
    unsigned over = count > rule->free ? count - rule->free : 0;
    unsigned wait = over == 0 ? 0 : over > 20 ? rule->longest : 1U << (over - 1);
    return wait < rule->longest ? wait : rule->longest;
}

unsigned guess_begin(struct guess *g, const uint8_t key[GUESS_KEY], const struct guess_rule *rule,
                     int64_t now)
{
    unsigned wait = 0;
    (void)pthread_mutex_lock(&g->lock);
    struct guess_slot *s = find(g, key);
    if (s->last == 0 || memcmp(s->key, key, GUESS_KEY) != 0 || s->until + FORGET < now) {
        *s = (struct guess_slot){.count = 0};
        memcpy(s->key, key, GUESS_KEY);
    }
    if (s->until > now) {
        wait = (unsigned)(s->until - now);
    } else {
        s->count += s->count < 1000;
        s->last = now;
        s->until = now + seconds(rule, s->count);
    }
    (void)pthread_mutex_unlock(&g->lock);
    return wait;
}

void guess_undo(struct guess *g, const uint8_t key[GUESS_KEY], bool all)
{
    (void)pthread_mutex_lock(&g->lock);
    struct guess_slot *s = find(g, key);
    if (s->last && memcmp(s->key, key, GUESS_KEY) == 0) {
        s->count -= s->count > 0;
        s->count = all ? 0 : s->count;
        s->until = all ? 0 : s->until;
    }
    (void)pthread_mutex_unlock(&g->lock);
}
