/*
 * main - satyapan-serve: reads what it was told, tests itself, listens, then supervises.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "http/office/office_start.h"
#include "http/selftest.h"
#include "http/supervisor.h"
#include "sandbox/sandbox.h"

enum { BACKLOG = 1024 };

#define MEMORY_MAX ((size_t)1 << 30)

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* The settings' address is numeric. Returns its size. */
static socklen_t make_address(const struct settings *s, union address *a)
{
    memset(a, 0, sizeof *a);
    if (inet_pton(AF_INET, s->address, &a->v4.sin_addr) == 1) {
        a->v4.sin_family = AF_INET;
        a->v4.sin_port = htons((uint16_t)s->port);
        return sizeof a->v4;
    }
    (void)inet_pton(AF_INET6, s->address, &a->v6.sin6_addr);
    a->v6.sin6_family = AF_INET6;
    a->v6.sin6_port = htons((uint16_t)s->port);
    return sizeof a->v6;
}

static int tell_bind(const struct settings *s)
{
    int error = errno;
    (void)fprintf(stderr, "satyapan serve: cannot listen on %s port %u: %s%s\n", s->address,
                  s->port, strerrordesc_np(error),
                  error == EADDRINUSE ? "; another server runs there, choose one with --listen"
                                      : "");
    return error == EACCES ? EX_NOPERM : EX_UNAVAILABLE;
}

/* Returns -1 and the socket, with the port it got in the settings; or the exit code. */
static int listen_on(struct settings *s, int *listener)
{
    union address a;
    socklen_t size = make_address(s, &a);
    int one = 1, fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(fd, &a.any, size) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, &a.any, &size) != 0) {
        int code = tell_bind(s);
        if (fd >= 0) {
            (void)close(fd);
        }
        return code;
    }
    s->port = ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
    *listener = fd;
    return -1;
}

static void announce(const struct settings *s, const struct trusted *t)
{
    bool v6 = strchr(s->address, ':') != NULL;
    (void)printf("Satyapan serves http://%s%s%s:%u/\n", v6 ? "[" : "", s->address, v6 ? "]" : "",
                 s->port);
    (void)printf("Documents to be verified are held in memory and not stored; those of "
                 "applications are kept in %s.\n",
                 s->data);
    if (t->evidence.demo) {
        (void)printf("Demonstration: an invented PKI is trusted. Samples to try:\n");
    }
    for (size_t i = 0; i < t->sample_count; i++) {
        (void)printf("  %s/samples/%s\n", s->demo, t->samples[i].name);
    }
    (void)fflush(stdout);
}

/* As many open files as the system lets us: connections and uploads. */
static void raise_limits(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
        r.rlim_cur = r.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &r);
    }
}

static int fail(int code, const char *what, const char *detail)
{
    (void)fprintf(stderr, "satyapan serve: %s%s%s\n", what, detail ? ": " : "",
                  detail ? detail : "");
    return code;
}

static int serve(struct arena *a, struct settings *s, struct trusted *trusted)
{
    int listener, code;
    if (mkdir(s->data, 0700) != 0 && errno != EEXIST) {
        return fail(EX_IOERR, s->data, strerrordesc_np(errno));
    }
    if (sp_init() != 0 || sandbox_warm() != 0) {
        return fail(EX_SOFTWARE, "OpenSSL cannot start", NULL);
    }
    code = office_start_check(s);
    if (code >= 0) {
        return code;
    }
    if (trusted_load(a, s, trusted) != 0) {
        return EX_DATAERR;
    }
    if (selftest_run(trusted) != 0) {
        return fail(EX_SOFTWARE, "the self-test failed, so nothing is served", NULL);
    }
    code = listen_on(s, &listener);
    if (code < 0) {
        raise_limits();
        announce(s, trusted);
        code = office_start_first(s);
        code = code < 0 ? supervisor_run(s, trusted, listener) : code;
        (void)close(listener);
    }
    return code;
}

int main(int argc, char **argv)
{
    struct settings settings;
    struct trusted trusted; /* the arena clears it when it is freed */
    struct arena *a = arena_new(MEMORY_MAX);
    if (!a) {
        return fail(EX_OSERR, "memory is out", NULL);
    }
    int code = settings_read(a, argc, argv, &settings);
    if (code < 0) {
        code = serve(a, &settings, &trusted);
    }
    arena_free(a);
    return code;
}
