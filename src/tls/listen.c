/*
 * listen - sockets, limits and time. See listen.h; listen_conn.c is what is said.
 */
#include "tls/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "tls/listen_inside.h"

enum {
    EVENTS = 64,
    TICK_MS = 100,
    ACCEPT_ROUNDS = 64,
    READ_SIZE = 16384,
    GRACE_MS = 1500,  /* after the last case: is somebody still coming */
    ENOUGH_MS = 6000, /* everything is settled, but a device goes on connecting */
    LOOK_MS = 250,
    ORIGINAL_DESTINATION = 80 /* SO_ORIGINAL_DST, linux/netfilter_ipv4.h */
};

struct loop {
    struct listen *l;
    int epoll, sockets[LISTEN_SOCKETS];
    struct conn *conns;
    size_t open;
    int64_t started_ms, busy_ms;   /* busy: something happened last */
    int64_t looked_ms, settled_ms; /* settled: since when everything is; 0: it is not */
};

static int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- addresses ------------------------------------------------------------------------------- */

/* An IPv4 address in IPv6 clothes is an IPv4 address. */
static void name_of(const struct sockaddr_storage *a, char *ip, uint16_t *port)
{
    const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)a;
    ip[0] = 0;
    if (a->ss_family == AF_INET) {
        (void)inet_ntop(AF_INET, &four->sin_addr, ip, LISTEN_IP);
    } else if (IN6_IS_ADDR_V4MAPPED(six)) {
        (void)inet_ntop(AF_INET, six->s6_addr + 12, ip, LISTEN_IP);
    } else {
        (void)inet_ntop(AF_INET6, six, ip, LISTEN_IP);
    }
    *port = ntohs(four->sin_port); /* at the same place in both */
}

/* Where the device wanted to go: before a redirection by nftables, if there was one. */
static void wanted(int fd, char *ip, uint16_t *port)
{
    struct sockaddr_storage a = {0};
    socklen_t n = sizeof a;
    struct sockaddr_in four = {0};
    socklen_t four_size = sizeof four;
    if (getsockname(fd, (struct sockaddr *)&a, &n) < 0) {
        ip[0] = 0;
        *port = 0;
        return;
    }
    name_of(&a, ip, port);
    n = sizeof a;
    if (strchr(ip, '.') && getsockopt(fd, SOL_IP, ORIGINAL_DESTINATION, &four, &four_size) == 0 &&
        four.sin_family == AF_INET) {
        memcpy(&a, &four, sizeof four);
        name_of(&a, ip, port);
    } else if (!strchr(ip, '.') && getsockopt(fd, SOL_IPV6, ORIGINAL_DESTINATION, &a, &n) == 0) {
        name_of(&a, ip, port);
    }
}

static bool is_mail_port(uint16_t port)
{
    return port == 25 || port == 587 || port == 2525;
}

/* ---- sockets --------------------------------------------------------------------------------- */

static int make_address(const struct listen_address *at, struct sockaddr_storage *out, socklen_t *n)
{
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)out;
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, at->host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(at->port);
        *n = sizeof *four;
        return 0;
    }
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(at->port);
    six->sin6_addr = in6addr_any;
    *n = sizeof *six;
    return !at->host[0] || inet_pton(AF_INET6, at->host, &six->sin6_addr) == 1 ? 0 : -1;
}

static int open_socket(struct listen *l, const struct listen_address *at)
{
    struct sockaddr_storage a;
    socklen_t n;
    int on = 1, off = 0, fd = -1;
    errno = EINVAL;
    if (make_address(at, &a, &n) == 0) {
        fd = socket(a.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    }
    if (fd < 0 && errno == EAFNOSUPPORT && !at->host[0]) {
        struct listen_address any = {.host = "0.0.0.0", .port = at->port};
        return open_socket(l, &any);
    }
    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (a.ss_family == AF_INET6) {
            (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
        }
    }
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) < 0 || listen(fd, 512) < 0) {
        (void)snprintf(l->error, sizeof l->error, "%.46s port %u: %.60s",
                       at->host[0] ? at->host : "every address", at->port, strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    return fd;
}

static int watch(const struct loop *p, int fd, void *what, bool write)
{
    struct epoll_event e = {.events = EPOLLIN | (write ? EPOLLOUT : 0U), .data.ptr = what};
    if (epoll_ctl(p->epoll, EPOLL_CTL_MOD, fd, &e) == 0) {
        return 0;
    }
    return errno == ENOENT ? epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &e) : -1;
}

static int open_sockets(struct loop *p)
{
    struct listen *l = p->l;
    for (size_t i = 0; i < l->options->at_count; i++) {
        char ip[LISTEN_IP];
        struct listen_event e = {.kind = LISTEN_READY, .ip = ip};
        struct sockaddr_storage a;
        socklen_t n = sizeof a;
        int fd = open_socket(l, &l->options->at[i]);
        if (fd < 0) {
            return 1;
        }
        p->sockets[i] = fd;
        if (watch(p, fd, &p->sockets[i], false) < 0 ||
            getsockname(fd, (struct sockaddr *)&a, &n) < 0) {
            return -1;
        }
        name_of(&a, ip, &e.port);
        l->event(l->ctx, &e);
    }
    return 0;
}

/* ---- connections ----------------------------------------------------------------------------- */

static void drop(struct loop *p, struct conn *c)
{
    struct conn **at = &p->conns;
    while (*at && *at != c) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = c->next;
        p->open--;
    }
    conn_free_parts(c);
    (void)close(c->fd);
    mem_free(c);
}

static size_t open_from(const struct loop *p, const char *ip)
{
    size_t n = 0;
    for (const struct conn *c = p->conns; c; c = c->next) {
        n += strcmp(c->ip, ip) == 0;
    }
    return n;
}

/* Is it one of the devices that are meant. */
static bool is_meant(const struct listen_options *o, const char *ip)
{
    bool meant = !o->from;
    for (size_t i = 0; i < o->from_count; i++) {
        meant |= strcmp(o->from[i], ip) == 0;
    }
    return meant;
}

static void refuse(struct loop *p, int fd, const char *ip, const char *why)
{
    struct listen_event e = {.kind = LISTEN_LIMIT, .ip = ip, .why = why};
    struct linger now = {1, 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    (void)close(fd);
    p->l->counts.refused++;
    p->l->event(p->l->ctx, &e);
}

static void send_out(struct loop *p, struct conn *c)
{
    while (c->sent < c->out.n) {
        ssize_t n = send(c->fd, c->out.p + c->sent, c->out.n - c->sent, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            (void)watch(p, c->fd, c, true);
            return;
        }
        if (n < 0) { /* what came before it is read first */
            break;
        }
        c->sent += (size_t)n;
    }
    c->out.n = c->sent = 0;
    (void)watch(p, c->fd, c, false);
    if (c->state == CONN_LINGER && !c->shut) {
        c->shut = true;
        (void)shutdown(c->fd, SHUT_WR);
    }
}

static void welcome(struct loop *p, int fd, const struct sockaddr_storage *peer)
{
    char ip[LISTEN_IP];
    uint16_t port;
    int on = 1;
    name_of(peer, ip, &port);
    p->l->counts.connections++;
    if (!is_meant(p->l->options, ip)) {
        refuse(p, fd, ip, "another device than the one under test");
        return;
    }
    p->busy_ms = now_ms();
    if (p->open >= LISTEN_CONNECTIONS || open_from(p, ip) >= LISTEN_OF_ADDRESS) {
        refuse(p, fd, ip, "too many connections at once");
        return;
    }
    struct conn *c = mem_zalloc(sizeof *c);
    if (!c || watch(p, fd, c, false) < 0) {
        mem_free(c);
        (void)close(fd);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c->l = p->l;
    c->fd = fd;
    memcpy(c->ip, ip, sizeof ip);
    wanted(fd, c->local, &c->port);
    conn_begin(c, p->l->options->mail || is_mail_port(c->port), p->busy_ms);
    c->next = p->conns;
    p->conns = c;
    p->open++;
    send_out(p, c); /* a greeting */
}

static void accept_all(struct loop *p, int fd)
{
    for (int i = 0; i < ACCEPT_ROUNDS; i++) {
        struct sockaddr_storage peer;
        socklen_t n = sizeof peer;
        int got = accept4(fd, (struct sockaddr *)&peer, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (got < 0) {
            return;
        }
        welcome(p, got, &peer);
    }
}

static void read_in(struct conn *c)
{
    static uint8_t bytes[READ_SIZE];
    ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
    if (n > 0) {
        conn_take(c, span_make(bytes, (size_t)n), now_ms());
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        conn_eof(c, n < 0);
    }
}

static void serve(struct loop *p, struct conn *c, unsigned events)
{
    p->busy_ms = now_ms();
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        read_in(c);
    }
    if (c->state != CONN_OVER) {
        send_out(p, c);
    }
    if (c->state == CONN_OVER) {
        drop(p, c);
    }
}

static void look_at_time(struct loop *p)
{
    int64_t now = now_ms();
    for (struct conn *c = p->conns, *next; c; c = next) {
        next = c->next;
        if (now >= c->deadline_ms) {
            conn_late(c, now);
            if (c->state != CONN_OVER) {
                send_out(p, c);
            } else {
                drop(p, c);
            }
        }
    }
}

/* ---- the end --------------------------------------------------------------------------------- */

static bool all_settled(const struct loop *p)
{
    const struct listen *l = p->l;
    size_t done = 0;
    const char *seen[LISTEN_CLIENTS];
    for (size_t i = 0; i < l->client_count; i++) {
        const struct listen_client *c = l->clients[i];
        size_t k = 0;
        if (c->hellos && !plan_complete(c, l->cases, &l->options->plan)) {
            return false;
        }
        while (k < done && strcmp(seen[k], c->ip) != 0) {
            k++;
        }
        if (c->hellos && k == done) {
            seen[done++] = c->ip;
        }
    }
    return l->options->devices && done >= l->options->devices;
}

static bool is_time(struct loop *p)
{
    const struct listen_options *o = p->l->options;
    int64_t now = now_ms();
    if (*o->stop) {
        return true;
    }
    if (o->timeout_ms && now - p->started_ms >= o->timeout_ms) {
        p->l->timed_out = true;
        return true;
    }
    if (now - p->looked_ms >= LOOK_MS) {
        p->looked_ms = now;
        bool settled = all_settled(p);
        p->settled_ms = !settled ? 0 : p->settled_ms ? p->settled_ms : now;
    }
    bool enough = now - p->busy_ms >= GRACE_MS || now - p->settled_ms >= ENOUGH_MS;
    return p->settled_ms && enough && all_settled(p);
}

static bool is_listener(const struct loop *p, const void *what)
{
    for (size_t i = 0; i < LISTEN_SOCKETS; i++) {
        if (what == &p->sockets[i]) {
            return true;
        }
    }
    return false;
}

static int run(struct loop *p)
{
    struct epoll_event events[EVENTS];
    while (!is_time(p)) {
        int n = epoll_wait(p->epoll, events, EVENTS, TICK_MS);
        if (n < 0 && errno != EINTR) {
            return -1;
        }
        for (int i = 0; i < n; i++) {
            if (is_listener(p, events[i].data.ptr)) {
                accept_all(p, *(int *)events[i].data.ptr);
            } else {
                serve(p, events[i].data.ptr, events[i].events);
            }
        }
        look_at_time(p);
        if (p->l->idle) {
            p->l->idle(p->l->ctx);
        }
    }
    return 0;
}

static void allow_files(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < LISTEN_CONNECTIONS + 64) {
        r.rlim_cur = r.rlim_max < LISTEN_CONNECTIONS + 64 ? r.rlim_max : LISTEN_CONNECTIONS + 64;
        (void)setrlimit(RLIMIT_NOFILE, &r);
    }
}

int listen_run(struct listen *l)
{
    struct loop p = {.l = l, .epoll = epoll_create1(EPOLL_CLOEXEC), .started_ms = now_ms()};
    memset(p.sockets, 0xff, sizeof p.sockets);
    p.busy_ms = p.started_ms;
    allow_files();
    int rc = p.epoll >= 0 && side_setup() == 0 ? open_sockets(&p) : -1;
    rc = rc ? rc : run(&p);
    while (p.conns) {
        drop(&p, p.conns);
    }
    for (size_t i = 0; i < LISTEN_SOCKETS; i++) {
        if (p.sockets[i] >= 0) {
            (void)close(p.sockets[i]);
        }
    }
    if (p.epoll >= 0) {
        (void)close(p.epoll);
    }
    side_cleanup();
    return rc;
}
