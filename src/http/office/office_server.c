/*
 * office_server - see office_server.h.
 */
#include "http/office/office_server.h"

#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "http/office/health.h"
#include "http/office/intake.h"
#include "http/office/office_work.h"
#include "http/office/stream.h"
#include "http/server.h"
#include "office/certificates/desk.h"
#include "http/office/witnessing.h"

enum { WRITERS = 2, SETTINGS_MEMORY = 1 << 20 };

struct records *office_records_take(struct office_server *o)
{
    char why[RECORDS_WHY];
    struct records *r = NULL;
    (void)pthread_mutex_lock(&o->lock);
    if (o->idle) {
        r = o->pool[--o->idle];
    }
    (void)pthread_mutex_unlock(&o->lock);
    if (!r && records_open(o->data, (int64_t)time(NULL), &r, why) != 0) {
        (void)fprintf(stderr, "satyapan serve: the records cannot be opened: %s\n", why);
        return NULL;
    }
    return r;
}

void office_records_give(struct office_server *o, struct records *r)
{
    if (!r) {
        return;
    }
    (void)pthread_mutex_lock(&o->lock);
    bool room = o->idle < POOL_MAX;
    if (room) {
        o->pool[o->idle++] = r;
    }
    (void)pthread_mutex_unlock(&o->lock);
    if (!room) {
        records_close(r);
    }
}

static int open_all(struct office_server *o, const struct settings *s, char *why)
{
    struct records *r = NULL;
    o->arena = arena_new(SETTINGS_MEMORY);
    if (!o->arena) {
        (void)snprintf(why, RECORDS_WHY, "memory is out");
        return -1;
    }
    if (office_read(o->arena, s->data, &o->office, why) != 0) {
        return -1;
    }
    if (records_open(s->data, (int64_t)time(NULL), &r, why) != 0) {
        return -1;
    }
    office_records_give(o, r);
    if (people_open(s->data, &o->office, s->trust, &o->people, why) != 0) {
        return -1;
    }
    const char *demo = s->demo ? arena_printf(o->arena, "%s/trust", s->demo) : NULL;
    people_trust_demo(o->people, demo);
    return 0;
}

_Static_assert((int)OFFICE_WHY <= (int)RECORDS_WHY, "a sentence of either fits");

struct office_server *office_server_start(struct server *s, char *why)
{
    const struct settings *set = s->settings;
    struct office_server *o = mem_zalloc(sizeof *o);
    if (!o) {
        (void)snprintf(why, RECORDS_WHY, "memory is out");
        return NULL;
    }
    o->server = s;
    o->data = set->data;
    (void)pthread_mutex_init(&o->lock, NULL);
    (void)pthread_mutex_init(&o->turn, NULL);
    if (open_all(o, set, why) != 0) {
        office_server_stop(o);
        return NULL;
    }
    o->disk = (struct disk_budget){.data = set->data,
                                   .each = o->office.upload_bytes,
                                   .all = o->office.uploads_bytes,
                                   .reserve = o->office.disk_reserve_bytes};
    if (work_start(&o->work, (unsigned)o->office.office_workers, (unsigned)o->office.office_queue,
                   office_work) != 0 ||
        work_start(&o->writers, WRITERS, set->connections, office_work) != 0) {
        (void)snprintf(why, RECORDS_WHY, "no threads can be started");
        office_server_stop(o);
        return NULL;
    }
    o->desk = desk_start(o->data, &o->office, why);
    if (!o->desk || office_intake_start(o, why) != 0) {
        office_server_stop(o);
        return NULL;
    }
    o->witnessing = witnessing_start(o->data, &o->office);
    if (streams_start(o, &o->streams) != 0 || health_start(o, &o->health) != 0) {
        (void)snprintf(why, RECORDS_WHY, "no more threads can be started");
        office_server_stop(o);
        return NULL;
    }
    return o;
}

void office_server_metrics(struct office_server *o, struct buffer *out)
{
    struct gauges g;
    struct office_metrics_now now = {.gauges = &g,
                                     .streams = streams_count(o->streams),
                                     .upload_bytes = atomic_load(&o->disk.held),
                                     .writable = !health_trouble(o->health)};
    health_gauges(o->health, &g);
    work_count(&o->work, &now.waiting, &now.running);
    office_metrics_write(&o->metrics, &now, out);
    witnessing_metrics(o->witnessing, out);
    buffer_printf(
        out,
        "# HELP satyapan_two_officers 1 where nobody issues or changes certificates alone "
        "at the command line.\n# TYPE satyapan_two_officers gauge\n"
        "satyapan_two_officers %d\n",
        o->office.four_eyes_issue && o->office.four_eyes_operator);
}

void office_server_rest(struct office_server *o)
{
    if (o->events) {
        events_close(o->events);
    }
    office_intake_stop(o->intake);
    o->intake = NULL;
    if (o->streams && !o->resting) {
        streams_close(o->streams);
    }
    o->resting = true;
    health_stop(o->health);
    o->health = NULL;
    if (o->work.run) {
        work_stop(&o->work);
    }
    if (o->writers.run) {
        work_stop(&o->writers);
    }
    witnessing_stop(o->witnessing);
    o->witnessing = NULL;
    desk_stop(o->desk); /* after those that bring it lists */
    o->desk = NULL;
}

void office_server_stop(struct office_server *o)
{
    if (!o) {
        return;
    }
    office_server_rest(o);
    streams_free(o->streams);
    events_free(o->events);
    people_close(o->people);
    while (o->idle) {
        records_close(o->pool[--o->idle]);
    }
    arena_free(o->arena);
    mem_free(o);
}
