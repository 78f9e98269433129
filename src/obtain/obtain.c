/*
 * obtain - the program's end: start the process, ask, take the answer. See obtain.h.
 */
#include "obtain/obtain.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/fetch_wire.h"
#include "obtain/obtain_wire.h"
#include "sandbox/bundle.h"
#include "sandbox/zygote.h"

/* Beyond the time of a round: for the way there and back. */
enum { MARGIN_MS = 3000, ARGUMENTS = 8 + 4 * OBTAIN_FILES_MAX, STOP_MS = 3000 };

/* ---- start and stop -------------------------------------------------------------------------- */

static void add(const char **argv, size_t *n, const char *option, const char *value)
{
    if (value && *n + 2 < ARGUMENTS) {
        argv[(*n)++] = option;
        argv[(*n)++] = value;
    }
}

static int run(const char *program, const struct obtain_options *o, int socket, pid_t *pid)
{
    const char *argv[ARGUMENTS] = {"satyapan-obtain"};
    size_t n = 1;
    add(argv, &n, "--trust", o->trust);
    add(argv, &n, "--data", o->data);
    for (size_t i = 0; i < OBTAIN_FILES_MAX; i++) {
        add(argv, &n, "--anchor", o->anchors[i]);
        add(argv, &n, "--certificate", o->certificates[i]);
    }
    if (o->refresh) {
        argv[n] = "--refresh";
    }
    return fetch_spawn(program, argv, socket, pid);
}

int obtainer_start(const struct obtain_options *options, struct obtainer *o)
{
    char path[FETCH_PROGRAM_MAX];
    const char *program = options->program;
    int pair[2];
    *o = (struct obtainer){.socket = -1};
    if (!program && !fetch_find_program("satyapan-obtain", path, sizeof path)) {
        return -1;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return -1;
    }
    int r = run(program ? program : path, options, pair[1], &o->pid), error = errno;
    (void)close(pair[1]);
    if (r != 0) {
        (void)close(pair[0]);
        errno = error;
        return -1;
    }
    o->socket = pair[0];
    return 0;
}

void obtainer_stop(struct obtainer *o)
{
    if (o->pid <= 0) {
        return;
    }
    (void)close(o->socket);
    o->socket = -1;
    int64_t until = fetch_now_ms() + STOP_MS;
    while (waitpid(o->pid, NULL, WNOHANG) == 0) {
        if (fetch_now_ms() > until) {
            (void)kill(o->pid, SIGKILL);
            (void)waitpid(o->pid, NULL, 0);
            break;
        }
        (void)poll(NULL, 0, 2);
    }
    o->pid = 0;
}

/* ---- a round --------------------------------------------------------------------------------- */

/* The want, or with why the attempts that were not made. */
static int write_want(int fd, const struct sp_want *w, size_t number, const char *why)
{
    for (size_t i = 0; i < w->url_count; i++) {
        const struct bundle_record r = {.type = why ? BUNDLE_ATTEMPT : BUNDLE_WANT,
                                        .kind = w->kind,
                                        .group = why ? 0 : (uint8_t)number,
                                        .number = why ? 0 : w->issued_after,
                                        .text = {w->urls[i], w->request, why ? why : w->about},
                                        .data = why || i || !w->issuers ? SPAN_NONE
                                                                        : span_str(w->issuers)};
        if (bundle_write(fd, &r) != 0) {
            return -1;
        }
    }
    return 0;
}

/* A sealed memory file with the wants, or with why as in write_want, or -1. */
static int write_wants(const struct sp_want *wants, size_t count, const char *why)
{
    int fd = zygote_memfd("satyapan-wants");
    int r = fd < 0 || count > SP_WANTS_MAX ? -1 : bundle_start(fd);
    for (size_t i = 0; i < count && r == 0; i++) {
        r = write_want(fd, &wants[i], i, why);
    }
    if (fd >= 0 && (r != 0 || zygote_seal(fd) != 0)) {
        int error = errno;
        (void)close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

int obtain_ask(int socket, const struct sp_want *wants, size_t count, int timeout_ms, int *reply)
{
    const struct obtain_call call = {OBTAIN_CALL};
    const struct obtain_wants message = {OBTAIN_WANTS, timeout_ms};
    int pair[2], fd = write_wants(wants, count, NULL);
    if (fd < 0) {
        return -1;
    }
    int r = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
    if (r == 0) {
        r = fetch_wire_send(pair[0], &message, sizeof message, fd);
        r = r ? r : fetch_wire_send(socket, &call, sizeof call, pair[1]);
        int error = errno;
        (void)close(pair[1]);
        if (r != 0) {
            (void)close(pair[0]);
            errno = error;
        }
    }
    int error = errno;
    (void)close(fd);
    errno = error;
    *reply = r == 0 ? pair[0] : -1;
    return r;
}

int obtain_take(int reply, struct obtained *out)
{
    struct obtain_answer m = {0};
    int fd;
    *out = (struct obtained){.bundle = -1};
    ssize_t n = fetch_wire_receive(reply, &m, sizeof m, &fd);
    if (n < 0 && errno == EAGAIN) {
        return 0;
    }
    if (n != (ssize_t)sizeof m || m.magic != OBTAIN_ANSWER || fd < 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    *out = (struct obtained){.bundle = fd, .objects = m.objects, .failures = m.failures};
    return 1;
}

int obtain_now(int socket, const struct sp_want *wants, size_t count, int timeout_ms,
               struct obtained *out)
{
    int reply, r = 0;
    *out = (struct obtained){.bundle = -1};
    if (obtain_ask(socket, wants, count, timeout_ms, &reply) != 0) {
        return -1;
    }
    int64_t until = fetch_now_ms() + timeout_ms + MARGIN_MS;
    for (int64_t left; r == 0 && (left = until - fetch_now_ms()) > 0;) {
        struct pollfd p = {.fd = reply, .events = POLLIN};
        (void)poll(&p, 1, (int)left);
        r = obtain_take(reply, out);
    }
    (void)close(reply);
    errno = r == 1 ? errno : r == 0 ? ETIMEDOUT : EPIPE;
    return r == 1 ? 0 : -1;
}

int obtain_nothing(const struct sp_want *wants, size_t count, const char *why, struct obtained *out)
{
    *out = (struct obtained){.bundle = write_wants(wants, count, why), .failures = (uint32_t)count};
    return out->bundle >= 0 ? 0 : -1;
}

struct span obtain_map(int bundle)
{
    int64_t n = fetch_sealed_size(bundle);
    void *p = n > 0 ? mmap(NULL, (size_t)n, PROT_READ, MAP_PRIVATE, bundle, 0) : MAP_FAILED;
    return p == MAP_FAILED ? SPAN_NONE : span_make(p, (size_t)n);
}

void obtain_unmap(struct span bundle)
{
    void *p;
    if (bundle.n) {
        memcpy(&p, &bundle.p, sizeof p);
        (void)munmap(p, bundle.n);
    }
}
