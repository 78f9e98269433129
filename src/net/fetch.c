/*
 * fetch - the program's end: start the process, hand batches over, stop. See fetch.h.
 *
 * The other end is net/fetch/fetch_main.c. Nothing here waits without a time.
 */
#include "net/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/fetch_web.h"
#include "net/fetch_wire.h"

enum { STOP_MS = 5000, MARGIN_MS = 5000 };

/* ---- start ----------------------------------------------------------------------------------- */

/* libexec/satyapan/NAME below this program's folder or beside it, as make builds it, make
 * install puts it, and a program of libexec finds it. False with errno. */
bool fetch_find_program(const char *name, char *out, size_t size)
{
    static const char *const places[] = {"libexec/satyapan/", "../libexec/satyapan/", ""};
    char self[FETCH_PROGRAM_MAX - 64];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    while (n > 0 && self[n - 1] != '/') {
        n--;
    }
    for (size_t i = 0; n > 0 && i < sizeof places / sizeof *places; i++) {
        (void)snprintf(out, size, "%.*s%s%s", (int)n, self, places[i], name);
        if (access(out, X_OK) == 0) {
            return true;
        }
    }
    errno = ENOENT;
    return false;
}

/* The new process has the socket as its standard input, an empty environment, no signal handling
 * of ours, and nothing else but the standard error output. */
int fetch_spawn(const char *program, const char *const *argv, int socket, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, all;
    char *const *words, *envp[] = {NULL};
    memcpy(&words, &argv, sizeof words); /* posix_spawn changes none of them */
    sigemptyset(&none);
    sigfillset(&all);
    if (posix_spawn_file_actions_init(&files) != 0) {
        return -1;
    }
    if (posix_spawnattr_init(&attr) != 0) {
        (void)posix_spawn_file_actions_destroy(&files);
        return -1;
    }
    int e = posix_spawn_file_actions_adddup2(&files, socket, STDIN_FILENO);
    e = e ? e : posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    e = e ? e : posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    e = e ? e : posix_spawnattr_setsigmask(&attr, &none);
    e = e ? e : posix_spawnattr_setsigdefault(&attr, &all);
    e = e ? e : posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    e = e ? e : posix_spawn(pid, program, &files, &attr, words, envp);
    (void)posix_spawnattr_destroy(&attr);
    (void)posix_spawn_file_actions_destroy(&files);
    errno = e;
    return e ? -1 : 0;
}

static int send_settings(int socket, const struct fetch_policy *policy,
                         const struct fetcher_options *options)
{
    const struct fetch_hosts *hosts = options->hosts;
    struct fetch_wire_settings *s = mem_zalloc(sizeof *s);
    if (!s) {
        errno = ENOMEM;
        return -1;
    }
    size_t n = 0;
    int r = 0;
    for (size_t i = 0; r == 0 && i < hosts->count; i++) {
        size_t length = strlen(hosts->names[i]);
        if (length + 1 >= sizeof s->hosts - n) {
            errno = E2BIG;
            r = -1;
            break;
        }
        memcpy(s->hosts + n, hosts->names[i], length);
        s->hosts[n + length] = '\n';
        n += length + 1;
    }
    s->magic = FETCH_WIRE_SETTINGS;
    s->hosts_size = (uint32_t)n;
    s->policy = *policy;
    s->web = options->web;
    fetch_text(s->agent, sizeof s->agent, span_str(options->agent ? options->agent : ""));
    if (r == 0) {
        r = fetch_wire_send(socket, s, offsetof(struct fetch_wire_settings, hosts) + n, -1);
    }
    mem_free(s);
    return r;
}

int fetcher_start(const struct fetcher_options *options, struct fetcher *f)
{
    static const char *const argv[] = {"satyapan-fetch", NULL};
    char path[FETCH_PROGRAM_MAX];
    int pair[2];
    const char *program = options->program;
    *f = (struct fetcher){.socket = -1,
                          .policy = options->policy ? *options->policy : fetch_policy_default};
    if (!fetch_policy_ok(&f->policy)) {
        errno = EINVAL;
        return -1;
    }
    if (!program) {
        if (!fetch_find_program("satyapan-fetch", path, sizeof path)) {
            return -1;
        }
        program = path;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return -1;
    }
    f->socket = pair[0];
    int r = send_settings(f->socket, &f->policy, options);
    r = r ? r : fetch_spawn(program, argv, pair[1], &f->pid);
    int error = errno;
    (void)close(pair[1]);
    if (r != 0) {
        (void)close(f->socket);
        f->socket = -1;
        f->pid = 0;
        errno = error;
    }
    return r;
}

/* ---- a batch --------------------------------------------------------------------------------- */

static void fail(struct fetch_reply *reply, const struct fetch_request *request,
                 enum fetch_outcome outcome, const char *what)
{
    char text[FETCH_WHY_MAX];
    int n = snprintf(text, sizeof text, "%.200s: %s", request->url ? request->url : "", what);
    reply->outcome = outcome;
    fetch_text(reply->why, sizeof reply->why, span_make(text, n > 0 ? strlen(text) : 0));
}

static bool put(char *field, size_t size, const char *text)
{
    size_t n = text ? strlen(text) : 0;
    if (n >= size) {
        return false;
    }
    memcpy(field, text ? text : "", n + (n > 0));
    field[n] = 0;
    return true;
}

/* Fills the message; NULL, or why it cannot be asked. */
static const char *fill(const struct fetch_request *request, size_t id,
                        struct fetch_wire_request *m)
{
    memset(m, 0, offsetof(struct fetch_wire_request, body));
    m->magic = FETCH_WIRE_REQUEST;
    m->id = (uint32_t)id;
    m->kind = (uint32_t)request->kind;
    m->body_size = (uint32_t)request->body.n;
    if (!request->url || !put(m->url, sizeof m->url, request->url)) {
        return "the address is too long";
    }
    if (request->body.n > sizeof m->body) {
        return "the request is too long";
    }
    if (request->body.n) {
        memcpy(m->body, request->body.p, request->body.n);
    }
    /* A validator too long to keep is not sent: the answer is then a whole one. */
    if (!put(m->etag, sizeof m->etag, request->etag)) {
        m->etag[0] = 0;
    }
    if (!put(m->last_modified, sizeof m->last_modified, request->last_modified)) {
        m->last_modified[0] = 0;
    }
    return NULL;
}

static void map_body(int fd, uint64_t most, const struct fetch_request *request,
                     struct fetch_reply *reply)
{
    int64_t size = fetch_sealed_size(fd);
    if (size <= 0 || (uint64_t)size > most) {
        fail(reply, request, FETCH_TEMPORARY, "the fetch process handed over no usable bytes");
        return;
    }
    void *p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) {
        mem_note_failure();
        fail(reply, request, FETCH_TEMPORARY, "no memory for the answer");
        return;
    }
    reply->bytes = span_make(p, (size_t)size);
}

static void take(const struct fetch_wire_reply *m, struct fetch_reply *reply)
{
    reply->outcome = (enum fetch_outcome)m->outcome;
    reply->status = (long)m->status;
    reply->fetched_at = m->fetched_at;
    reply->expires = m->expires;
    reply->retry_after = m->retry_after;
    memcpy(reply->etag, m->etag, sizeof reply->etag);
    memcpy(reply->last_modified, m->last_modified, sizeof reply->last_modified);
    memcpy(reply->content_type, m->content_type, sizeof reply->content_type);
    memcpy(reply->why, m->why, sizeof reply->why);
    memcpy(reply->location, m->location, sizeof reply->location);
    memcpy(reply->hops, m->hops, sizeof reply->hops);
    reply->hop_count = m->hop_count;
}

struct batch {
    const struct fetcher *f;
    int channel;
    const struct fetch_request *requests;
    struct fetch_reply *replies;
    bool answered[FETCH_BATCH_MAX];
    size_t count, sent, done;
    struct fetch_wire_request request;
    struct fetch_wire_reply reply;
};

/* Sends what fits. Returns -1 when the process is gone. */
static int send_some(struct batch *b)
{
    while (b->sent < b->count) {
        const struct fetch_request *request = &b->requests[b->sent];
        const char *wrong = fill(request, b->sent, &b->request);
        if (wrong) {
            fail(&b->replies[b->sent], request, FETCH_REFUSED, wrong);
            b->answered[b->sent++] = true;
            b->done++;
            continue;
        }
        size_t n = offsetof(struct fetch_wire_request, body) + b->request.body_size;
        if (fetch_wire_send(b->channel, &b->request, n, -1) != 0) {
            return errno == EAGAIN || errno == ENOBUFS ? 0 : -1;
        }
        b->sent++;
    }
    return 0;
}

/* An answer of the web mode has its head and certificates beside the body. */
static uint64_t most_bytes(const struct batch *b, size_t id)
{
    enum fetch_kind kind = b->requests[id].kind;
    return b->f->policy.limits[kind].bytes + (kind == FETCH_WEB ? FETCH_WEB_EXTRA : 0);
}

/* Takes what has come. Returns -1 when the process is gone. */
static int take_some(struct batch *b)
{
    for (;;) {
        int fd;
        ssize_t n = fetch_wire_receive(b->channel, &b->reply, sizeof b->reply, &fd);
        if (n == 0) {
            errno = EPIPE;
        }
        if (n <= 0) {
            return n < 0 && errno == EAGAIN ? 0 : -1;
        }
        size_t id = b->reply.id;
        if (fetch_wire_reply_ok(&b->reply, (size_t)n, fd >= 0) && id < b->sent &&
            !b->answered[id]) {
            take(&b->reply, &b->replies[id]);
            if (fd >= 0) {
                map_body(fd, most_bytes(b, id), &b->requests[id], &b->replies[id]);
            }
            b->answered[id] = true;
            b->done++;
        }
        if (fd >= 0) {
            (void)close(fd);
        }
    }
}

/* Returns 0 when all are answered or the time is over, -1 with errno when the process is gone. */
static int run_batch(struct batch *b, int64_t deadline)
{
    for (;;) {
        if (send_some(b) != 0 || (b->done < b->count && take_some(b) != 0)) {
            return -1;
        }
        int64_t left = deadline - fetch_now_ms();
        if (b->done == b->count || left <= 0) {
            return 0;
        }
        short events = b->sent < b->count ? POLLIN | POLLOUT : POLLIN;
        struct pollfd p = {.fd = b->channel, .events = events};
        if (poll(&p, 1, left > 1000 ? 1000 : (int)left) < 0 && errno != EINTR) {
            return -1;
        }
    }
}

static int open_channel(const struct fetcher *f)
{
    const struct fetch_wire_batch m = {FETCH_WIRE_BATCH};
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return -1;
    }
    int r = fetch_wire_send(f->socket, &m, sizeof m, pair[1]);
    int error = errno;
    (void)close(pair[1]);
    if (r != 0) {
        (void)close(pair[0]);
        errno = error;
        return -1;
    }
    return pair[0];
}

static int64_t all_time(const struct fetcher *f, const struct fetch_request *requests, size_t count)
{
    int64_t sum = MARGIN_MS;
    for (size_t i = 0; i < count; i++) {
        sum += f->policy.limits[requests[i].kind].total_ms;
    }
    return sum;
}

int fetcher_get(const struct fetcher *f, const struct fetch_request *requests, size_t count,
                int timeout_ms, struct fetch_reply *replies)
{
    memset(replies, 0, count * sizeof *replies);
    for (size_t i = 0; i < count; i++) {
        replies[i].expires = UTC_NONE;
        fail(&replies[i], &requests[i], FETCH_TEMPORARY, "the fetch process cannot be reached");
        if (requests[i].kind >= FETCH_KINDS || count > FETCH_BATCH_MAX) {
            errno = EINVAL;
            return -1;
        }
    }
    struct batch *b = mem_zalloc(sizeof *b);
    if (!b) {
        errno = ENOMEM;
        return -1;
    }
    b->f = f;
    b->requests = requests;
    b->replies = replies;
    b->count = count;
    b->channel = count ? open_channel(f) : -1;
    int r = count && b->channel < 0 ? -1 : 0;
    if (r == 0 && count) {
        r = run_batch(b, fetch_now_ms() +
                             (timeout_ms > 0 ? timeout_ms : all_time(f, requests, count)));
    }
    int error = errno;
    for (size_t i = 0; r == 0 && i < count; i++) {
        if (!b->answered[i]) {
            fail(&replies[i], &requests[i], FETCH_TEMPORARY, "no answer within the time given");
        }
    }
    if (b->channel >= 0) {
        (void)close(b->channel);
    }
    mem_free(b);
    errno = error;
    return r;
}

void fetch_reply_free(struct fetch_reply *reply)
{
    if (reply->bytes.n) {
        void *p;
        memcpy(&p, &reply->bytes.p, sizeof p);
        (void)munmap(p, reply->bytes.n);
    }
    reply->bytes = SPAN_NONE;
}

/* ---- stop ------------------------------------------------------------------------------------ */

void fetcher_stop(struct fetcher *f)
{
    if (f->pid <= 0) {
        return;
    }
    (void)close(f->socket);
    f->socket = -1;
    int64_t until = fetch_now_ms() + STOP_MS;
    while (waitpid(f->pid, NULL, WNOHANG) == 0) {
        const struct timespec pause = {.tv_nsec = 5000000};
        if (fetch_now_ms() > until) {
            (void)kill(f->pid, SIGKILL);
            (void)waitpid(f->pid, NULL, 0);
            break;
        }
        (void)nanosleep(&pause, NULL);
    }
    f->pid = 0;
}
