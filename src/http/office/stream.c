/*
 * stream - see stream.h.
 */
#include "http/office/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/mem.h"
#include "office/intake/events.h"

enum {
    LOOK_MS = 200,        /* how often events are looked for */
    ALIVE_MS = 15000,     /* a comment after so long without an event */
    LIFE_MS = 600000,     /* a stream ends after so long */
    TAKE = 16,            /* events at a time, until there are no more */
    PENDING_MAX = 1 << 18 /* who reads slower than that much is cut off */
};

struct stream {
    struct stream *next, **here;
    struct streams *all;
    struct MHD_Connection *connection;
    int64_t person, application, began_ms, said_ms;
    uint64_t after;
    struct buffer pending;
    size_t sent;
    bool asleep, over;
};

struct streams {
    struct office_server *office;
    pthread_mutex_t lock;
    pthread_t thread;
    struct stream *first;
    unsigned count;
    bool stopping;
    struct admitted {
        int64_t person;
        unsigned count;
    } * people;
    size_t people_count, people_room;
};

/* ---- how many one person has (under the lock) ------------------------------------------------ */

static struct admitted *find_person(struct streams *s, int64_t person)
{
    for (size_t i = 0; i < s->people_count; i++) {
        if (s->people[i].person == person) {
            return &s->people[i];
        }
    }
    return NULL;
}

static struct admitted *add_person(struct streams *s, int64_t person)
{
    if (s->people_count == s->people_room) {
        size_t room = s->people_room ? s->people_room * 2 : 16;
        struct admitted *more = mem_realloc(s->people, room * sizeof *more);
        if (!more) {
            return NULL;
        }
        s->people = more;
        s->people_room = room;
    }
    s->people[s->people_count] = (struct admitted){.person = person};
    return &s->people[s->people_count++];
}

bool streams_admit(struct streams *s, int64_t person)
{
    (void)pthread_mutex_lock(&s->lock);
    struct admitted *a = find_person(s, person);
    a = a ? a : add_person(s, person);
    bool good = a && !s->stopping && a->count < (unsigned)s->office->office.streams_per_person;
    if (good) {
        a->count++;
        s->count++;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return good;
}

static void leave(struct streams *s, int64_t person)
{
    struct admitted *a = find_person(s, person);
    if (a && --a->count == 0) {
        *a = s->people[--s->people_count];
    }
    s->count--;
}

void streams_leave(struct streams *s, int64_t person)
{
    (void)pthread_mutex_lock(&s->lock);
    leave(s, person);
    (void)pthread_mutex_unlock(&s->lock);
}

void streams_renew(struct streams *s)
{
    (void)pthread_mutex_lock(&s->lock);
    for (struct stream *m = s->first; m; m = m->next) {
        m->over = true;
    }
    (void)pthread_mutex_unlock(&s->lock);
}

unsigned streams_count(struct streams *s)
{
    (void)pthread_mutex_lock(&s->lock);
    unsigned n = s->count;
    (void)pthread_mutex_unlock(&s->lock);
    return n;
}

/* ---- the thread that looks (under the lock) -------------------------------------------------- */

static void add_event(struct stream *m, const struct event *e)
{
    buffer_printf(&m->pending, "id: %" PRIu64 "\nevent: %s\ndata: %s\n\n", e->seq, e->kind,
                  e->text);
}

/* Whoever left is not noticed by the library while the connection is suspended, and would count as
 * one of the person's streams until the next comment: a page that was loaded a few times in a row
 * would be refused its events. Nothing is read. */
static bool has_left(const struct stream *m)
{
    char c;
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(m->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    ssize_t n = i ? recv(i->connect_fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) : -1;
    return i && (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR));
}

static void look(struct stream *m, int64_t now)
{
    struct event list[TAKE];
    int n;
    do {
        n = events_wait(m->all->office->events, m->application, &m->after, 0, list, TAKE);
        for (int i = 0; i < n; i++) {
            add_event(m, &list[i]);
        }
    } while (n == TAKE && buffer_ok(&m->pending));
    if (n == -1) { /* some were missed: the page reads the records again */
        buffer_printf(&m->pending, "id: %" PRIu64 "\nevent: reset\ndata: {}\n\n", m->after);
    } else if (n == 0 && now - m->said_ms > ALIVE_MS) {
        buffer_str(&m->pending, ": still here\n\n");
    }
    m->over = m->over || n == -2 || m->all->stopping || now - m->began_ms > LIFE_MS ||
              !buffer_ok(&m->pending) || (m->asleep && has_left(m));
    if (m->pending.n > m->sent) {
        m->said_ms = now;
    }
    if (m->asleep && (m->over || m->pending.n > m->sent)) {
        m->asleep = false;
        MHD_resume_connection(m->connection);
    }
}

static void *run(void *context)
{
    struct streams *s = context;
    const struct timespec pause = {.tv_nsec = (long)LOOK_MS * 1000000};
    for (bool stopping = false; !stopping;) {
        (void)nanosleep(&pause, NULL);
        (void)pthread_mutex_lock(&s->lock);
        stopping = s->stopping;
        int64_t now = checker_now_ms();
        for (struct stream *m = s->first; m; m = m->next) {
            look(m, now);
        }
        (void)pthread_mutex_unlock(&s->lock);
    }
    return NULL;
}

/* ---- the connection -------------------------------------------------------------------------- */

static ssize_t give(void *context, uint64_t at, char *out, size_t max)
{
    struct stream *m = context;
    struct streams *s = m->all;
    (void)at;
    (void)pthread_mutex_lock(&s->lock);
    size_t left = m->pending.n - m->sent, n = left < max ? left : max;
    ssize_t result = (ssize_t)n;
    if (n) {
        memcpy(out, m->pending.p + m->sent, n);
        m->sent += n;
    } else if (m->over || s->stopping) {
        result = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        m->asleep = true;
        MHD_suspend_connection(m->connection);
    }
    if (m->sent == m->pending.n) {
        m->pending.n = 0;
        m->sent = 0;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return result;
}

static void end(void *context)
{
    struct stream *m = context;
    struct streams *s = m->all;
    (void)pthread_mutex_lock(&s->lock);
    *m->here = m->next;
    if (m->next) {
        m->next->here = m->here;
    }
    leave(s, m->person);
    (void)pthread_mutex_unlock(&s->lock);
    buffer_free(&m->pending);
    mem_free(m);
}

struct MHD_Response *streams_response(struct streams *s, struct MHD_Connection *c, int64_t person,
                                      int64_t application)
{
    const char *last = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Last-Event-ID");
    struct stream *m = mem_zalloc(sizeof *m);
    (void)pthread_mutex_lock(&s->lock);
    if (!m) {
        leave(s, person);
        (void)pthread_mutex_unlock(&s->lock);
        return NULL;
    }
    *m = (struct stream){.next = s->first,
                         .here = &s->first,
                         .all = s,
                         .connection = c,
                         .person = person,
                         .application = application,
                         .began_ms = checker_now_ms(),
                         .said_ms = checker_now_ms(),
                         .after = last && *last >= '0' && *last <= '9'
                                      ? strtoull(last, NULL, 10)
                                      : events_last(s->office->events)};
    buffer_init(&m->pending, PENDING_MAX);
    buffer_str(&m->pending, "retry: 2000\n\n");
    if (m->next) {
        m->next->here = &m->next;
    }
    s->first = m;
    (void)pthread_mutex_unlock(&s->lock);
    struct MHD_Response *r =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, give, m, end);
    if (!r) {
        end(m);
    }
    return r;
}

/* ---- start and end --------------------------------------------------------------------------- */

int streams_start(struct office_server *o, struct streams **out)
{
    struct streams *s = mem_zalloc(sizeof *s);
    if (!s) {
        return -1;
    }
    s->office = o;
    (void)pthread_mutex_init(&s->lock, NULL);
    if (pthread_create(&s->thread, NULL, run, s) != 0) {
        mem_free(s);
        return -1;
    }
    *out = s;
    return 0;
}

void streams_close(struct streams *s)
{
    (void)pthread_mutex_lock(&s->lock);
    s->stopping = true;
    (void)pthread_mutex_unlock(&s->lock);
    (void)pthread_join(s->thread, NULL);
}

void streams_free(struct streams *s)
{
    if (s) {
        mem_free(s->people);
        mem_free(s);
    }
}
