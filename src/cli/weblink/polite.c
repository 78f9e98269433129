/*
 * polite - see polite.h.
 */
#include "cli/weblink/polite.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

#include "net/fetch_wire.h"

enum {
    DOMAINS_MAX = 1024,
    SITES_MAX = 64,
    NAME_BYTES = 320,
    STEP_MS = 5,
    DAY_MS = 24 * 3600 * 1000,
    FAILED_MS = 60 * 1000 /* a robots.txt that could not be had is asked for again */
};

struct domain {
    char name[NAME_BYTES];
    int owners[POLITE_AT_ONCE]; /* 0: free */
    int64_t next_ms;
};

struct site {
    char authority[NAME_BYTES];
    int status;
    int64_t until_ms;
    size_t n;
    uint8_t body[POLITE_ROBOTS_MAX];
};

struct polite {
    pthread_mutex_t lock;
    struct domain domains[DOMAINS_MAX];
    struct site sites[SITES_MAX];
    size_t next_domain, next_site;
};

struct polite *polite_new(void)
{
    pthread_mutexattr_t attr;
    struct polite *p =
        mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        return NULL;
    }
    if (pthread_mutexattr_init(&attr) != 0 ||
        pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED) != 0 ||
        pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) != 0 ||
        pthread_mutex_init(&p->lock, &attr) != 0) {
        return NULL;
    }
    return p;
}

/* Whoever held the lock when it died changed a few numbers only: the table is good. */
static void lock(struct polite *p)
{
    if (pthread_mutex_lock(&p->lock) == EOWNERDEAD) {
        (void)pthread_mutex_consistent(&p->lock);
    }
}

static void unlock(struct polite *p)
{
    (void)pthread_mutex_unlock(&p->lock);
}

static bool is_idle(const struct domain *d, int64_t now)
{
    for (size_t i = 0; i < POLITE_AT_ONCE; i++) {
        if (d->owners[i]) {
            return false;
        }
    }
    return d->next_ms <= now;
}

/* The domain's row, or a new one; NULL: all rows are busy. */
static struct domain *row_of(struct polite *p, const char *name, int64_t now)
{
    for (size_t i = 0; i < DOMAINS_MAX; i++) {
        if (strcmp(p->domains[i].name, name) == 0) {
            return &p->domains[i];
        }
    }
    for (size_t i = 0; i < DOMAINS_MAX; i++) {
        struct domain *d = &p->domains[p->next_domain++ % DOMAINS_MAX];
        if (is_idle(d, now)) {
            *d = (struct domain){.next_ms = 0};
            (void)snprintf(d->name, sizeof d->name, "%s", name);
            return d;
        }
    }
    return NULL;
}

/* 0: it is our turn; else milliseconds until it could be. */
static int64_t try_enter(struct polite *p, const char *domain, int worker, int pause_ms)
{
    int64_t now = fetch_now_ms();
    struct domain *d = row_of(p, domain, now);
    if (!d) {
        return STEP_MS;
    }
    if (d->next_ms > now) {
        return d->next_ms - now;
    }
    for (size_t i = 0; i < POLITE_AT_ONCE; i++) {
        if (!d->owners[i]) {
            d->owners[i] = worker;
            d->next_ms = now + pause_ms;
            return 0;
        }
    }
    return STEP_MS;
}

bool polite_enter(struct polite *p, const char *domain, int worker, int pause_ms, int64_t wait_ms)
{
    int64_t until = fetch_now_ms() + wait_ms;
    for (;;) {
        lock(p);
        int64_t wait = try_enter(p, domain, worker, pause_ms);
        unlock(p);
        if (wait == 0) {
            return true;
        }
        if (fetch_now_ms() + wait > until) {
            return false;
        }
        const struct timespec pause = {.tv_sec = wait / 1000, .tv_nsec = wait % 1000 * 1000000};
        (void)nanosleep(&pause, NULL);
    }
}

static void free_owner(struct domain *d, int worker)
{
    for (size_t i = 0; i < POLITE_AT_ONCE; i++) {
        if (d->owners[i] == worker) {
            d->owners[i] = 0;
            return;
        }
    }
}

void polite_leave(struct polite *p, const char *domain, int worker)
{
    lock(p);
    for (size_t i = 0; i < DOMAINS_MAX; i++) {
        if (strcmp(p->domains[i].name, domain) == 0) {
            free_owner(&p->domains[i], worker);
        }
    }
    unlock(p);
}

void polite_forget(struct polite *p, int worker)
{
    lock(p);
    for (size_t i = 0; i < DOMAINS_MAX; i++) {
        free_owner(&p->domains[i], worker);
        free_owner(&p->domains[i], worker);
    }
    unlock(p);
}

bool polite_robots(struct polite *p, const char *authority, int *status, uint8_t *out, size_t *n)
{
    bool found = false;
    lock(p);
    for (size_t i = 0; i < SITES_MAX && !found; i++) {
        struct site *s = &p->sites[i];
        if (strcmp(s->authority, authority) == 0 && s->until_ms > fetch_now_ms()) {
            *status = s->status;
            *n = s->n;
            memcpy(out, s->body, s->n);
            found = true;
        }
    }
    unlock(p);
    return found;
}

void polite_keep_robots(struct polite *p, const char *authority, int status, struct span body)
{
    lock(p);
    struct site *s = NULL;
    for (size_t i = 0; i < SITES_MAX && !s; i++) {
        s = strcmp(p->sites[i].authority, authority) == 0 ? &p->sites[i] : NULL;
    }
    s = s ? s : &p->sites[p->next_site++ % SITES_MAX];
    (void)snprintf(s->authority, sizeof s->authority, "%s", authority);
    s->status = status;
    s->until_ms = fetch_now_ms() + (status ? DAY_MS : FAILED_MS);
    s->n = body.n < sizeof s->body ? body.n : sizeof s->body;
    if (s->n) {
        memcpy(s->body, body.p, s->n);
    }
    unlock(p);
}
