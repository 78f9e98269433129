/*
 * run - see run.h.
 */
#include "office/bench/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "net/fetch_wire.h"
#include "office/intake/spawn.h"

enum { SLICE_MS = 500 };

void bench_run_begin(struct bench_run *r)
{
    *r = (struct bench_run){.input = -1};
    bench_run_add(r, "satyapan-tls");
}

void bench_run_add(struct bench_run *r, const char *argument)
{
    if (r->count + 1 < BENCH_ARGUMENTS) {
        r->arguments[r->count++] = argument;
        r->arguments[r->count] = NULL;
    }
}

static int64_t seconds_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* Tells of each whole line that came since. */
static bool tell(struct bench_run *r, size_t *told)
{
    struct span rest = span_sub(buffer_span(&r->out), *told, r->out.n - *told);
    size_t end = span_find(rest, SPAN_LIT("\n"), 0);
    bool go = !r->alive || r->alive(r->context, SPAN_NONE);
    while (go && end != SIZE_MAX) {
        struct span line = span_sub(rest, 0, end);
        rest = span_sub(rest, end + 1, rest.n);
        *told += end + 1;
        end = span_find(rest, SPAN_LIT("\n"), 0);
        go = !r->alive || r->alive(r->context, line);
    }
    return go;
}

static enum bench_end listen_to(struct bench_run *r, int fd, const struct spawned *child)
{
    bool asked = false;
    uint8_t piece[16384];
    size_t told = 0;
    int64_t until = seconds_now() + r->seconds;
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int n = poll(&p, 1, SLICE_MS);
        ssize_t got = n > 0 ? read(fd, piece, sizeof piece) : 0;
        if (got > 0) {
            buffer_add(&r->out, span_make(piece, (size_t)got));
        }
        if (!tell(r, &told)) {
            return BENCH_STOPPED;
        }
        if (r->finish && !asked) {
            spawn_ask(child);
            asked = true;
        }
        if (r->lines_only && told == r->out.n && buffer_ok(&r->out)) {
            r->out.n = 0;
            told = 0;
        }
        if (!buffer_ok(&r->out) || seconds_now() > until) {
            return BENCH_LATE;
        }
        if (n > 0 && got <= 0 && !(got < 0 && errno == EINTR)) {
            return BENCH_ENDED;
        }
    }
}

enum bench_end bench_run(struct bench_run *r, const char *program, int *exit)
{
    char path[PATH_MAX];
    int fds[2];
    struct spawned child;
    buffer_init(&r->out, r->output_max);
    *exit = -1;
    if (!program && !fetch_find_program("satyapan-tls", path, sizeof path)) {
        return BENCH_BROKEN;
    }
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || pipe2(fds, O_CLOEXEC) != 0) {
        if (nothing >= 0) {
            (void)close(nothing);
        }
        return BENCH_BROKEN;
    }
    int rc = spawn_program(program ? program : path, r->arguments, nothing,
                           r->input >= 0 ? r->input : nothing, fds[1], &child);
    (void)close(nothing);
    (void)close(fds[1]);
    enum bench_end end = rc == 0 ? listen_to(r, fds[0], &child) : BENCH_BROKEN;
    if (rc == 0 && end == BENCH_ENDED) {
        *exit = spawn_wait(&child);
        end = *exit < 0 ? BENCH_BROKEN : BENCH_ENDED;
    } else if (rc == 0) {
        spawn_end(&child);
    }
    (void)close(fds[0]);
    return end;
}
