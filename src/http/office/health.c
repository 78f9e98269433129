/*
 * health - see health.h.
 */
#include "http/office/health.h"

#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "http/checker.h"

enum { LOOK_SECONDS = 1, GAUGES_EVERY = 15, STALE_MS = 6000, JOB_STALE = 3600 };

struct health {
    struct office_server *office;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    bool stopping;
    int64_t written_ms; /* when a transaction that writes was last possible */
    enum disk_result room;
    struct gauges gauges;
    const char *told; /* the trouble that was logged last; NULL: none */
};

/* A transaction that writes nothing needs the same lock, the same file and the same disk. */
static bool can_write(struct records *r)
{
    return records_begin(r) == 0 && records_commit(r, false) == 0;
}

static void look(struct health *h, bool gauges)
{
    struct records *r = office_records_take(h->office);
    struct gauges now;
    bool written = r && can_write(r);
    bool read = r && gauges && gauges_read(r, (int64_t)time(NULL), &now) == 0;
    enum disk_result room = disk_room(&h->office->disk, 0);
    office_records_give(h->office, r);
    (void)pthread_mutex_lock(&h->lock);
    h->room = room;
    if (written) {
        h->written_ms = checker_now_ms();
    }
    if (read) {
        h->gauges = now;
    }
    (void)pthread_mutex_unlock(&h->lock);
}

/* One line when it changes. */
static void tell(struct health *h)
{
    const char *now = health_trouble(h);
    char when[UTC_TEXT];
    if (now != h->told && h->written_ms) {
        (void)fprintf(stderr, "{\"time\":\"%s\",\"ready\":%s,\"why\":\"%s\"}\n",
                      utc_rfc3339((int64_t)time(NULL), when), now ? "false" : "true",
                      now ? now : "");
        h->told = now;
    }
}

static void *run(void *context)
{
    struct health *h = context;
    (void)pthread_mutex_lock(&h->lock);
    for (unsigned turn = 0; !h->stopping; turn++) {
        (void)pthread_mutex_unlock(&h->lock);
        look(h, turn % GAUGES_EVERY == 0);
        tell(h);
        struct timespec until;
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += LOOK_SECONDS;
        (void)pthread_mutex_lock(&h->lock);
        if (!h->stopping) {
            (void)pthread_cond_timedwait(&h->wake, &h->lock, &until);
        }
    }
    (void)pthread_mutex_unlock(&h->lock);
    return NULL;
}

int health_start(struct office_server *o, struct health **out)
{
    struct health *h = mem_zalloc(sizeof *h);
    if (!h) {
        return -1;
    }
    h->office = o;
    h->gauges.due_since = UTC_NONE;
    (void)pthread_mutex_init(&h->lock, NULL);
    (void)pthread_cond_init(&h->wake, NULL);
    if (pthread_create(&h->thread, NULL, run, h) != 0) {
        mem_free(h);
        return -1;
    }
    *out = h;
    return 0;
}

void health_stop(struct health *h)
{
    if (!h) {
        return;
    }
    (void)pthread_mutex_lock(&h->lock);
    h->stopping = true;
    (void)pthread_cond_signal(&h->wake);
    (void)pthread_mutex_unlock(&h->lock);
    (void)pthread_join(h->thread, NULL);
    mem_free(h);
}

const char *health_trouble(struct health *h)
{
    int64_t now_ms = checker_now_ms(), now = (int64_t)time(NULL);
    const char *why = NULL;
    (void)pthread_mutex_lock(&h->lock);
    if (h->written_ms == 0 || now_ms - h->written_ms > STALE_MS) {
        why = "the records cannot be written";
    } else if (h->room == DISK_NO_SPACE) {
        why = "the disk is full";
    } else if (!h->office->intake) {
        why = "nobody does the jobs";
    } else if (h->gauges.due_since != UTC_NONE && now - h->gauges.due_since > JOB_STALE &&
               h->gauges.running == 0) {
        why = "jobs wait and nobody does them";
    }
    (void)pthread_mutex_unlock(&h->lock);
    return why;
}

void health_gauges(struct health *h, struct gauges *out)
{
    (void)pthread_mutex_lock(&h->lock);
    *out = h->gauges;
    (void)pthread_mutex_unlock(&h->lock);
}
