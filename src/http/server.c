/*
 * server - see server.h.
 */
#include "http/server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/utc.h"
#include "http/log.h"
#include "http/office/office_request.h"
#include "http/request.h"
#include "http/security.h"
#include "http/supervisor.h"

enum {
    IDLE_SECONDS = 30,         /* a connection on which nothing moves */
    TICK_MS = 500,             /* how often slow clients are looked for */
    GIVE_UP_MS = 5000,         /* at the end: for documents being verified */
    LAST_ANSWERS_MS = 2000,    /* at the end: for answers on their way */
    MEMORY_EACH = 64 * 1024,   /* for header and pieces of one connection */
    REFUSED_MS = 2000,         /* how long one connection too many may take to leave */
    SLOWEST = 16,              /* bytes a millisecond: a large answer may take longer */
    CONNECTIONS_PER_CLIENT = 4 /* one address may hold this part of all connections: 1/4 */
};

/* ---- connections: nobody may keep us waiting for long ---------------------------------------- */

/* An address may hold its share of the connections. One more gets an answer before it was asked,
 * and is closed when its request is here or soon after. */
static void judge_share(struct server *s, struct MHD_Connection *c, struct connection *new)
{
    static const char refusal[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n"
                                  "Connection: close\r\nContent-Length: 0\r\n\r\n";
    const struct settings *set = s->settings;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    unsigned same = 0, all = 0;
    limiter_key(info ? info->client_addr : NULL, new->key);
    for (const struct connection *o = s->connections; o; o = o->next) {
        same += !o->refused && memcmp(o->key, new->key, sizeof new->key) == 0;
        all++;
    }
    new->refused = !set->behind_proxy &&same >= set->connections / CONNECTIONS_PER_CLIENT;
    if (new->refused) {
        (void)!send(new->fd, refusal, sizeof refusal - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        (void)shutdown(new->fd, all < set->connections / 4 * 3 ? SHUT_WR : SHUT_RDWR);
        new->since_ms -= (int64_t)set->upload_seconds * 1000 - REFUSED_MS;
    }
}

static void on_connection(void *context, struct MHD_Connection *c, void **mine,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *s = context;
    (void)pthread_mutex_lock(&s->lock);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct connection *new = mem_zalloc(sizeof *new);
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
        if (new &&info) {
            *new = (struct connection){.next = s->connections,
                                       .here = &s->connections,
                                       .fd = info->connect_fd,
                                       .since_ms = checker_now_ms()};
            judge_share(s, c, new);
            if (new->next) {
                new->next->here = &new->next;
            }
            s->connections = new;
        }
        *mine = new;
    } else if (*mine) {
        struct connection *old = *mine;
        *old->here = old->next;
        if (old->next) {
            old->next->here = old->here;
        }
        mem_free(old);
        *mine = NULL;
    }
    (void)pthread_mutex_unlock(&s->lock);
}

static struct connection *connection_of(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

void server_waiting(struct server *s, struct MHD_Connection *c, int64_t since_ms, int64_t bytes)
{
    (void)pthread_mutex_lock(&s->lock);
    struct connection *mine = connection_of(c);
    if (mine) {
        mine->since_ms = since_ms ? since_ms + bytes / SLOWEST : 0;
    }
    (void)pthread_mutex_unlock(&s->lock);
}

/* The descriptor is open as long as the connection is in the list. */
static void cut_slow(struct server *s)
{
    int64_t oldest = checker_now_ms() - (int64_t)s->settings->upload_seconds * 1000;
    (void)pthread_mutex_lock(&s->lock);
    for (struct connection *c = s->connections; c; c = c->next) {
        if (c->since_ms && c->since_ms < oldest) {
            (void)shutdown(c->fd, SHUT_RDWR);
        }
    }
    (void)pthread_mutex_unlock(&s->lock);
}

/* ---- requests -------------------------------------------------------------------------------- */

/* Whether a refused request is answered before its body: the client waits for leave to send it, or
 * would send more than is worth reading. */
static bool refuse_at_once(const struct request *r)
{
    const char *length =
        MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return r->problem &&
           (MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_EXPECT) ||
            (length && strtoull(length, NULL, 10) / 8 > r->server->settings->upload_bytes));
}

static enum MHD_Result answer(struct server *s, struct request *r)
{
    request_answer(r);
    server_waiting(s, r->connection, checker_now_ms(), 0);
    return respond(r);
}

static enum MHD_Result whole(struct server *s, struct request *r)
{
    if (!r->received) {
        request_received(r);
    }
    if (!request_wants_work(r)) {
        return answer(s, r);
    }
    server_waiting(s, r->connection, 0, 0);
    r->queued_ms = checker_now_ms();
    MHD_suspend_connection(r->connection);
    if (!work_add(&s->work, &r->exchange.item)) {
        request_refuse_busy(r);
        MHD_resume_connection(r->connection);
    }
    return MHD_YES; /* from here on the request may belong to a worker */
}

static enum MHD_Result on_office_request(struct server *s, struct MHD_Connection *c,
                                         const char *url, const char *method, const char *data,
                                         size_t *size, void **mine)
{
    struct office_request *r = *mine;
    if (!r) {
        r = office_request_new(s, c, url, method);
        *mine = r;
    }
    return r ? office_request_go_on(r, data, size) : MHD_NO;
}

static enum MHD_Result count_framing(void *context, enum MHD_ValueKind kind, const char *key,
                                     const char *value)
{
    unsigned *count = context;
    (void)kind;
    (void)value;
    *count += strcasecmp(key, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0 ||
              strcasecmp(key, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
    return MHD_YES;
}

/* Two words about where the body ends: a proxy before us may have believed the other one, and what
 * follows would be a request nobody sent (RFC 9112 6.3, 11.2). */
static bool is_unclear(struct MHD_Connection *c)
{
    unsigned count = 0;
    (void)MHD_get_connection_values(c, MHD_HEADER_KIND, count_framing, &count);
    return count > 1;
}

static enum MHD_Result refuse_unclear(struct MHD_Connection *c)
{
    static char text[] = "The request says twice how long it is.\n";
    struct MHD_Response *m =
        MHD_create_response_from_buffer(sizeof text - 1, text, MHD_RESPMEM_PERSISTENT);
    bool good = m && security_headers(m, SECURITY_SAVED, false) == 0 &&
                MHD_add_response_header(m, MHD_HTTP_HEADER_CONNECTION, "close") == MHD_YES &&
                MHD_add_response_header(m, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain") == MHD_YES &&
                MHD_queue_response(c, MHD_HTTP_BAD_REQUEST, m) == MHD_YES;
    if (m) {
        MHD_destroy_response(m);
    }
    return good ? MHD_YES : MHD_NO;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **mine)
{
    struct server *s = context;
    struct exchange *x = *mine;
    const struct connection *connection = connection_of(c);
    (void)version;
    if (connection && connection->refused) {
        return MHD_NO;
    }
    if (!x && is_unclear(c)) {
        return refuse_unclear(c);
    }
    if (s->office && (x ? x->office : office_claims(url))) {
        return on_office_request(s, c, url, method, data, size, mine);
    }
    struct request *r = *mine;
    if (!r) {
        r = request_new(s, c, url, method);
        *mine = r;
        return !r ? MHD_NO : refuse_at_once(r) ? answer(s, r) : MHD_YES;
    }
    if (*size) {
        bool go_on = request_take(r, span_make(data, *size));
        *size = 0;
        return go_on ? MHD_YES : MHD_NO;
    }
    return whole(s, r);
}

static void work(struct work_item *item)
{
    struct request *r = (struct request *)(void *)item;
    request_work(r);
    MHD_resume_connection(r->connection);
}

/* One line: no name of a document, no address of a client. */
static void log_request(const struct request *r, bool complete)
{
    const struct log_line l = {.id = r->id,
                               .method = r->method,
                               .route = route_label(r->route_number),
                               .status = r->status,
                               .ms = checker_now_ms() - r->started_ms,
                               .person = UTC_NONE,
                               .whole = complete};
    log_write(&l);
}

static void on_completed(void *context, struct MHD_Connection *c, void **mine,
                         enum MHD_RequestTerminationCode code)
{
    struct server *s = context;
    struct exchange *x = *mine;
    if (!x) {
        return;
    }
    if (x->office) {
        server_waiting(s, c, checker_now_ms(), 0);
        office_request_ended(*mine, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
        *mine = NULL;
        return;
    }
    struct request *r = *mine;
    server_waiting(s, c, checker_now_ms(), 0);
    log_request(r, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    metrics_request(&s->metrics, r->route_number, r->status);
    request_free(r);
    *mine = NULL;
}

/* ---- start and end --------------------------------------------------------------------------- */

static void quiet(void *context, const char *format, va_list ap)
{
    (void)context;
    (void)format;
    (void)ap; /* it may hold what a client sent */
}

/* %XX of addresses and their parameters. %00 in an address (it begins with a slash) stays as it is:
 * a NUL would end it, and what is served would not be what a proxy in front of us has judged. */
static size_t unescape(void *context, struct MHD_Connection *c, char *s)
{
    char *out = s;
    bool address = *s == '/';
    (void)context;
    (void)c;
    for (const char *in = s; *in; in++) {
        uint8_t octet = 0;
        char hex[3] = {0};
        if (*in == '%' && in[1] && in[2]) {
            memcpy(hex, in + 1, 2);
        }
        if (hex[0] && hash_unhex(hex, &octet, 1) && (octet || !address)) {
            *out++ = (char)octet;
            in += 2;
        } else {
            *out++ = *in;
        }
    }
    *out = 0;
    return (size_t)(out - s);
}

static struct MHD_Daemon *start_daemon(struct server *s, int listener)
{
    const struct settings *set = s->settings;
    unsigned idle = set->upload_seconds < IDLE_SECONDS ? set->upload_seconds : IDLE_SECONDS;
    /* Not epoll: with it the library (0.9.75) overlooks a client that sends a piece and leaves at
     * once, and its upload is held until the idle time is over. */
    unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, quiet, NULL,
        MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_UNESCAPE_CALLBACK, unescape,
        NULL, MHD_OPTION_CONNECTION_LIMIT, set->connections, MHD_OPTION_CONNECTION_TIMEOUT, idle,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_EACH, MHD_OPTION_END);
}

/* Whatever the supervisor sends is a socket, or its end. Returns false when it has ended. */
static bool take_control(struct server *s, int control)
{
    int socket = -1;
    int r = supervisor_receive(control, &socket);
    if (r == SUPERVISOR_ZYGOTE) {
        checker_set(&s->checker, socket);
    } else if (r == SUPERVISOR_OBTAIN) {
        fetching_set(&s->fetching, socket);
    }
    return r >= 0;
}

/* Until a signal, or the supervisor's end. */
static void watch(struct server *s, int control, int signals)
{
    for (;;) {
        struct pollfd p[4] = {{.fd = signals, .events = POLLIN},
                              {.fd = control, .events = POLLIN},
                              {.fd = checker_socket(&s->checker)},
                              {.fd = fetching_socket(&s->fetching)}};
        int n = poll(p, 4, TICK_MS);
        if (n > 0 && p[2].revents & (POLLHUP | POLLERR)) {
            checker_set(&s->checker, -1);
        }
        if (n > 0 && p[3].revents & (POLLHUP | POLLERR)) {
            fetching_set(&s->fetching, -1);
        }
        if (n > 0 && (p[0].revents || (p[1].revents && !take_control(s, control)))) {
            return;
        }
        cut_slow(s);
    }
}

static void stop(struct server *s)
{
    int listener = (int)MHD_quiesce_daemon(s->daemon);
    fetching_stop(&s->fetching);
    checker_stop(&s->checker, GIVE_UP_MS);
    work_stop(&s->work);
    office_server_rest(s->office);
    const struct timespec moment = {.tv_nsec = 10000000};
    for (int64_t until = checker_now_ms() + LAST_ANSWERS_MS;
         atomic_load(&s->open_requests) && checker_now_ms() < until;) {
        (void)nanosleep(&moment, NULL);
    }
    MHD_stop_daemon(s->daemon);
    office_server_stop(s->office);
    checker_set(&s->checker, -1);
    if (listener >= 0) {
        (void)close(listener);
    }
}

static int signal_socket(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    (void)signal(SIGPIPE, SIG_IGN);
    return sigprocmask(SIG_SETMASK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_CLOEXEC) : -1;
}

static int prepare(struct server *s)
{
    uint64_t seed = 0;
    bool seeded = getrandom(&seed, sizeof seed, 0) == (ssize_t)sizeof seed;
    limiter_init(&s->limiter, s->settings->rate_per_minute, s->settings->rate_burst, seed);
    s->budget.each = s->settings->upload_bytes;
    s->budget.all = s->settings->memory_bytes;
    (void)pthread_mutex_init(&s->lock, NULL);
    /* One worker at least is always there for documents that want nothing. */
    unsigned workers = s->settings->workers, fetchers = workers > 1 ? workers - 1 : 1;
    bool online = !s->settings->offline && s->settings->fetch_seconds;
    return seeded && checker_init(&s->checker) == 0 &&
                   fetching_init(&s->fetching, online ? fetchers : 0) == 0
               ? 0
               : -1;
}

int server_run(const struct settings *settings, const struct trusted *t, int listener, int control)
{
    static struct server s; /* the limiter's table is too large for the stack */
    s.settings = settings;
    s.trusted = t;
    int signals = signal_socket();
    if (signals < 0 || prepare(&s) != 0 ||
        work_start(&s.work, settings->workers, settings->queue, work) != 0) {
        (void)fprintf(stderr, "satyapan serve: the server cannot start: %s\n",
                      strerrordesc_np(errno));
        return EX_OSERR;
    }
    char why[RECORDS_WHY];
    s.office = office_server_start(&s, why);
    if (!s.office) {
        (void)fprintf(stderr, "satyapan serve: %s\n", why);
        work_stop(&s.work);
        return EX_CANTCREAT;
    }
    s.daemon = start_daemon(&s, listener);
    if (!s.daemon) {
        (void)fprintf(stderr, "satyapan serve: the HTTP library cannot start\n");
        work_stop(&s.work);
        return EX_OSERR;
    }
    watch(&s, control, signals);
    stop(&s);
    current_free(s.held);
    (void)close(signals);
    return EX_OK;
}
