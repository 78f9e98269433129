/*
 * fetch_wire - see fetch_wire.h.
 */
#include "net/fetch_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CONCURRENT_MAX = 32, TIME_MAX_MS = 3600 * 1000, HEADER_MAX = 1 << 20 };
static const uint64_t body_max = (uint64_t)1 << 30;
static const int sealed = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

int fetch_wire_send(int socket, const void *message, size_t n, int fd)
{
    union control control = {0};
    struct iovec part = {.iov_len = n};
    memcpy(&part.iov_base, &message, sizeof message); /* sendmsg does not write there */
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        m.msg_control = control.bytes;
        m.msg_controllen = sizeof control.bytes;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    ssize_t r;
    do {
        r = sendmsg(socket, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (r < 0 && errno == EINTR);
    return r == (ssize_t)n ? 0 : -1;
}

/* The one descriptor of a message, or -1: of several, for which there may be room, none is kept. */
static int descriptor_of(struct cmsghdr *c)
{
    int fds[sizeof(union control) / sizeof(int)];
    if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
        c->cmsg_len < CMSG_LEN(sizeof(int)) || c->cmsg_len > sizeof(union control)) {
        return -1;
    }
    size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(fds, CMSG_DATA(c), n * sizeof(int));
    for (size_t i = 0; n > 1 && i < n; i++) {
        (void)close(fds[i]);
    }
    return n == 1 ? fds[0] : -1;
}

ssize_t fetch_wire_receive(int socket, void *message, size_t room, int *fd)
{
    union control control = {0};
    struct iovec part = {message, room};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    *fd = -1;
    ssize_t n;
    do {
        n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    *fd = n > 0 ? descriptor_of(CMSG_FIRSTHDR(&m)) : -1;
    if (n > 0 && m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        if (*fd >= 0) {
            (void)close(*fd);
            *fd = -1;
        }
        errno = EMSGSIZE;
        return -1;
    }
    return n;
}

void fetch_text(char *out, size_t size, struct span text)
{
    size_t n = text.n < size ? text.n : size - 1;
    for (size_t i = 0; i < n; i++) {
        out[i] = text.p[i] >= ' ' && text.p[i] < 0x7f ? (char)text.p[i] : '?';
    }
    out[n] = 0;
}

/* A field of a message: ended, and printable. */
static void clean(char *field, size_t size)
{
    field[size - 1] = 0;
    fetch_text(field, size, span_str(field));
}

static bool limits_ok(const struct fetch_limits *l)
{
    return l->bytes > 0 && l->bytes <= body_max && l->total_ms > 0 && l->total_ms <= TIME_MAX_MS &&
           l->connect_ms > 0 && l->connect_ms <= TIME_MAX_MS && l->slow_bytes >= 0 &&
           l->slow_seconds > 0 && l->header_bytes > 0 && l->header_bytes <= HEADER_MAX &&
           l->header_lines > 0 && l->header_lines <= HEADER_MAX && l->header_line > 0 &&
           l->header_line <= HEADER_MAX;
}

bool fetch_policy_ok(const struct fetch_policy *policy)
{
    for (size_t i = 0; i < FETCH_KINDS; i++) {
        if (!limits_ok(&policy->limits[i])) {
            return false;
        }
    }
    return policy->redirects >= 0 && policy->redirects <= FETCH_REDIRECTS_MAX &&
           policy->concurrent > 0 && policy->concurrent <= CONCURRENT_MAX && policy->per_host > 0;
}

bool fetch_wire_settings_ok(struct fetch_wire_settings *s, size_t n)
{
    const size_t fixed = offsetof(struct fetch_wire_settings, hosts);
    if (n < fixed || s->magic != FETCH_WIRE_SETTINGS || s->hosts_size >= sizeof s->hosts ||
        n != fixed + s->hosts_size) {
        return false;
    }
    s->hosts[s->hosts_size] = 0;
    clean(s->agent, sizeof s->agent);
    return fetch_policy_ok(&s->policy);
}

bool fetch_wire_request_ok(struct fetch_wire_request *r, size_t n)
{
    const size_t fixed = offsetof(struct fetch_wire_request, body);
    if (n < fixed || r->magic != FETCH_WIRE_REQUEST || r->body_size > sizeof r->body ||
        n != fixed + r->body_size || r->kind >= FETCH_KINDS) {
        return false;
    }
    r->url[sizeof r->url - 1] = 0;
    clean(r->etag, sizeof r->etag);
    clean(r->last_modified, sizeof r->last_modified);
    return true;
}

bool fetch_wire_reply_ok(struct fetch_wire_reply *r, size_t n, bool has_body)
{
    if (n != sizeof *r || r->magic != FETCH_WIRE_REPLY || r->outcome > FETCH_TOO_LARGE ||
        r->hop_count > FETCH_REDIRECTS_MAX + 1 || has_body != (r->outcome == FETCH_OK) ||
        r->status < 0 || r->status > 999 || r->retry_after < 0) {
        return false;
    }
    clean(r->etag, sizeof r->etag);
    clean(r->last_modified, sizeof r->last_modified);
    clean(r->content_type, sizeof r->content_type);
    clean(r->why, sizeof r->why);
    clean(r->location, sizeof r->location);
    for (size_t i = 0; i < r->hop_count; i++) {
        clean(r->hops[i].url, sizeof r->hops[i].url);
        clean(r->hops[i].ip, sizeof r->hops[i].ip);
    }
    return true;
}

int fetch_seal(int fd)
{
    return fcntl(fd, F_ADD_SEALS, sealed);
}

int64_t fetch_sealed_size(int fd)
{
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & sealed) != sealed || fstat(fd, &st) != 0) {
        return -1;
    }
    return st.st_size;
}

int64_t fetch_now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
