/*
 * child - one child per document, forked from a single-threaded process, and its answer.
 *
 * What the child says is not trusted: it is read up to a maximum, must be one complete frame, the
 * child must have ended well, and the report must be about this job.
 */
#include "sandbox/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/mem.h"
#include "report/render.h"
#include "sandbox/ended.h"
#include "sandbox/sanitizer.h"
#include "sandbox/wire.h"

#define MB ((size_t)1024 * 1024)

/* Time for the zygote to say how its child ended once the pipe is closed. */
enum { STATUS_WAIT_MS = 10000 };

const struct sandbox_limits sandbox_limits_default = {
    .memory = 512 * MB, .cpu_seconds = 10, .wall_ms = 30000, .reply = 64 * MB};

int64_t child_now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the child's side ------------------------------------------------------------------------ */

void child_reset_signals(void)
{
    static const int handled[] = {
#ifndef SANDBOX_SANITIZED
        SIGSEGV, SIGBUS,  SIGILL,  SIGFPE,  SIGABRT, SIGSYS,  SIGTRAP, /* theirs otherwise */
#endif
        SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGPIPE, SIGCHLD, SIGALRM,
        SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ, SIGWINCH};
    for (size_t i = 0; i < sizeof handled / sizeof *handled; i++) {
        (void)signal(handled[i], SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn void child_run(const struct sandbox_job *job, child_work work,
                         const struct sandbox_limits *limits, pid_t parent, int fd)
{
    child_reset_signals();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent ||
        enter_limited(fd, limits) != 0) {
        _exit(CHILD_EXIT_REFUSED);
    }
    struct buffer json;
    uint8_t header[WIRE_HEADER];
    buffer_init(&json, limits->reply);
    if (work(job, &json) != 0 || !buffer_ok(&json)) {
        _exit(CHILD_EXIT_MEMORY);
    }
    if (!wire_header(json.n, header) || wire_write(fd, span_make(header, sizeof header)) != 0 ||
        wire_write(fd, buffer_span(&json)) != 0) {
        _exit(CHILD_EXIT_WRITE);
    }
    _exit(0);
}

/* ---- the parent's side ----------------------------------------------------------------------- */

int child_start(const struct sandbox_job *job, child_work work, const struct sandbox_limits *limits,
                struct sandbox_child *child)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) {
        return -1;
    }
    pid_t parent = getpid(), pid = -1;
    if (fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0) {
        pid = fork();
    }
    if (pid == 0) {
        child_run(job, work, limits, parent, fds[1]);
    }
    int error = errno;
    (void)close(fds[1]);
    if (pid < 0) {
        (void)close(fds[0]);
        errno = error;
        return -1;
    }
    *child = (struct sandbox_child){.pid = pid,
                                    .fd = fds[0],
                                    .status_fd = -1,
                                    .deadline_ms = child_now_ms() + limits->wall_ms,
                                    .limits = *limits};
    return 0;
}

/* Room for one more read; false when memory is out or the reply is longer than allowed. */
static bool reply_room(struct sandbox_child *c)
{
    size_t max = c->limits.reply + WIRE_HEADER;
    if (c->reply_size > max) {
        c->overflow = true;
        return false;
    }
    if (c->reply_size < c->reply_capacity) {
        return true;
    }
    size_t want = c->reply_capacity ? c->reply_capacity * 2 : 16384;
    want = want > max + 1 ? max + 1 : want;
    uint8_t *p = mem_realloc(c->reply, want);
    if (!p) {
        c->memory_out = true;
        return false;
    }
    c->reply = p;
    c->reply_capacity = want;
    return true;
}

int sandbox_read(struct sandbox_child *c)
{
    while (!c->ended) {
        if (!reply_room(c)) {
            return c->memory_out ? -1 : 1;
        }
        ssize_t n = read(c->fd, c->reply + c->reply_size, c->reply_capacity - c->reply_size);
        if (n < 0 && errno == EAGAIN) {
            return 0;
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        c->ended = n <= 0;
        c->reply_size += n > 0 ? (size_t)n : 0;
    }
    return 1;
}

int sandbox_time_left(const struct sandbox_child *c)
{
    int64_t left = c->deadline_ms - child_now_ms();
    return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

int child_wait(struct sandbox_child *c)
{
    for (;;) {
        int r = sandbox_read(c);
        if (r != 0) {
            return r < 0 ? -1 : 0;
        }
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        int left = sandbox_time_left(c);
        if (left == 0 || (poll(&p, 1, left) < 0 && errno != EINTR)) {
            return 0;
        }
    }
}

static double seconds(const struct timeval *t)
{
    return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

struct sandbox_end child_ending(int status, const struct timeval *user,
                                const struct timeval *system, const struct sandbox_limits *limits)
{
    struct sandbox_end end = {.status = status, .known = true};
    if (WIFSIGNALED(status)) {
        /* The hard limit kills with SIGKILL, one second after SIGXCPU could have been handled. */
        end.cpu_out =
            WTERMSIG(status) == SIGXCPU ||
            (WTERMSIG(status) == SIGKILL && seconds(user) + seconds(system) >= limits->cpu_seconds);
    }
    return end;
}

static struct sandbox_end reap(struct sandbox_child *c)
{
    struct rusage use = {0};
    int status = 0;
    pid_t r;
    /* A child that is exiting has its status already and killing it changes nothing; one that only
     * closed the pipe must not be waited for. */
    (void)kill(c->pid, SIGKILL);
    do {
        r = wait4(c->pid, &status, 0, &use);
    } while (r < 0 && errno == EINTR);
    if (r != c->pid) {
        return (struct sandbox_end){0};
    }
    return child_ending(status, &use.ru_utime, &use.ru_stime, &c->limits);
}

/* The zygote's word on how its child ended; unknown when it does not come in time. */
static struct sandbox_end ask_zygote(struct sandbox_child *c)
{
    struct sandbox_end end = {0};
    struct pollfd p = {.fd = c->status_fd, .events = POLLIN};
    int wait_ms = c->ended ? STATUS_WAIT_MS : 0;
    int r;
    do {
        r = poll(&p, 1, wait_ms);
    } while (r < 0 && errno == EINTR);
    if (r != 1 || read(c->status_fd, &end, sizeof end) != (ssize_t)sizeof end) {
        return (struct sandbox_end){0};
    }
    return end;
}

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

struct reason_text {
    enum sp_reason reason; /* SP_REASON_COUNT: the child ended well */
    char text[64];
};

static struct reason_text because(enum sp_reason reason, const char *text)
{
    struct reason_text r = {.reason = reason};
    (void)snprintf(r.text, sizeof r.text, "%s", text);
    return r;
}

/* Why there is no answer to read; limits first, because they explain the signal that followed. */
static struct reason_text why_ended(const struct sandbox_child *c, const struct sandbox_end *end,
                                    bool late)
{
    char text[64];
    if (c->overflow) {
        (void)snprintf(text, sizeof text, "%zu MB", c->limits.reply / MB);
        return because(SP_ENGINE_LIMIT, text);
    }
    if (late || end->wall_out) {
        (void)snprintf(text, sizeof text, "%.3g s", c->limits.wall_ms / 1000.0);
        return because(SP_ENGINE_LIMIT, text);
    }
    if (end->cpu_out) {
        (void)snprintf(text, sizeof text, "%u s CPU", c->limits.cpu_seconds);
        return because(SP_ENGINE_LIMIT, text);
    }
    if (!end->known) {
        return because(SP_ENGINE_CRASH, "status unknown");
    }
    if (WIFSIGNALED(end->status)) {
        const char *name = sigabbrev_np(WTERMSIG(end->status));
        (void)snprintf(text, sizeof text, "SIG%s", name ? name : "?");
        return because(SP_ENGINE_CRASH, text);
    }
    switch (WEXITSTATUS(end->status)) {
    case 0:
        return because(SP_REASON_COUNT, "");
    case CHILD_EXIT_MEMORY:
        return because(SP_ENGINE_MEMORY, "");
    case CHILD_EXIT_REFUSED:
        return because(SP_ENGINE_INTERNAL, "sandbox: seccomp, rlimit");
    default:
        (void)snprintf(text, sizeof text, "exit %d", WEXITSTATUS(end->status));
        return because(SP_ENGINE_CRASH, text);
    }
}

/* The answer is about this job and no other. */
static bool about_job(const struct sp_report *r, const struct sandbox_job *job)
{
    return r->size == job->document.size && r->validated_at == job->clock.now && r->profile &&
           strcmp(r->profile, job->policy->name) == 0;
}

/* Reads the answer; *report stays NULL when there is none to be read. Returns 0, or -1: memory. */
static int read_answer(const struct sandbox_job *job, const struct sandbox_child *c,
                       struct sp_report **report)
{
    struct span json = wire_body(span_make(c->reply, c->reply_size));
    if (!json.p) {
        return 0;
    }
    if (report_from_json(json, report) != 0) {
        return -1;
    }
    if (*report && !about_job(*report, job)) {
        sp_report_free(*report);
        *report = NULL;
    }
    return 0;
}

/* Ends and reaps the child: why there is no answer to read, SP_REASON_COUNT when it ended well. */
static struct reason_text end_child(struct sandbox_child *c, struct sandbox_end *end)
{
    bool late = !c->ended && !c->overflow && !c->memory_out && sandbox_time_left(c) == 0;
    if (c->pid > 0) {
        *end = reap(c);
        close_fd(&c->fd);
    } else {
        close_fd(&c->fd); /* a child that still writes dies of SIGPIPE */
        *end = ask_zygote(c);
    }
    close_fd(&c->status_fd);
    return c->memory_out ? because(SP_ENGINE_MEMORY, "") : why_ended(c, end, late);
}

int child_answer(struct sandbox_child *c, struct buffer *out, char *why, size_t size)
{
    struct sandbox_end end;
    struct reason_text text = end_child(c, &end);
    struct span answer = wire_body(span_make(c->reply, c->reply_size));
    bool good = text.reason == SP_REASON_COUNT && answer.p;
    if (good) {
        buffer_add(out, answer);
    } else {
        const char *code =
            text.reason == SP_REASON_COUNT ? "no answer" : sp_reason_row(text.reason)->code;
        (void)snprintf(why, size, "%s%s%s", code, *text.text ? ": " : "", text.text);
    }
    mem_free(c->reply);
    c->reply = NULL;
    return good && buffer_ok(out) ? 0 : -1;
}

int sandbox_finish(const struct sandbox_job *job, struct sandbox_child *c,
                   struct sp_report **report)
{
    struct sandbox_end end;
    struct reason_text why = end_child(c, &end);
    *report = NULL;
    if (why.reason == SP_REASON_COUNT) {
        if (read_answer(job, c, report) != 0) {
            why = because(SP_ENGINE_MEMORY, "");
        } else if (!*report) {
            why = because(SP_ENGINE_CRASH, c->reply_size ? "unreadable answer" : "no answer");
        }
    }
    mem_free(c->reply);
    c->reply = NULL;
    if (*report) {
        return 0;
    }
    bool cut_off = end.known && WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGBUS;
    return ended_report(job, why.reason, why.text, !cut_off, report);
}
