/*
 * supervisor - see supervisor.h.
 */
#include "http/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "http/checker.h"
#include "http/refresher.h"
#include "http/server.h"

enum {
    RESTART_MS = 500, /* a process that ends at once is not started more often than this */
    LOOK_MS = 2000,   /* how often new revocation data is looked for */
    END_MS = 10000,   /* at the end: how long the HTTP process may take */
    INTAKE_SLOTS = 4  /* children at a time for documents of applications, beside the workers' */
};

struct part {
    pid_t pid; /* 0: does not run */
    int64_t start_ms;
};

struct supervisor {
    const struct settings *settings;
    const struct trusted *trusted;
    int listener, signals;
    int control; /* to the HTTP process; -1: none */
    struct part http, zygote, obtain;
    pid_t leaving; /* a zygote with older evidence that finishes its jobs; 0: none */
    struct refresher refresher;
    bool stopping;
};

/* ---- a socket changes hands ------------------------------------------------------------------ */

union control_room {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

static int send_socket(int control, char whose, int socket)
{
    union control_room room = {0};
    struct iovec part = {&whose, 1};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = room.bytes,
                       .msg_controllen = sizeof room.bytes};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &socket, sizeof socket);
    return sendmsg(control, &m, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 ? 0 : -1;
}

int supervisor_receive(int control, int *socket)
{
    union control_room room = {0};
    char byte;
    struct iovec part = {&byte, 1};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = room.bytes,
                       .msg_controllen = sizeof room.bytes};
    ssize_t n = recvmsg(control, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return 0;
    }
    if (n <= 0) {
        return -1;
    }
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int))) {
        return 0;
    }
    memcpy(socket, CMSG_DATA(c), sizeof *socket);
    return byte;
}

/* ---- starting -------------------------------------------------------------------------------- */

static bool may_start(const struct part *p)
{
    return p->pid == 0 && (p->start_ms == 0 || checker_now_ms() - p->start_ms >= RESTART_MS);
}

static void start_http(struct supervisor *s)
{
    int pair[2];
    s->http.start_ms = checker_now_ms();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return;
    }
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        (void)close(pair[0]);
        (void)close(s->signals);
        (void)prctl(PR_SET_NAME, "satyapan-http", 0, 0, 0);
        (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
        exit(getppid() == parent ? server_run(s->settings, s->trusted, s->listener, pair[1])
                                 : EX_OSERR);
    }
    (void)close(pair[1]);
    if (pid < 0) {
        (void)close(pair[0]);
        return;
    }
    s->http.pid = pid;
    s->control = pair[0];
}

/* The socket goes to the HTTP process alone: when that ends, so does the zygote. */
static void start_zygote(struct supervisor *s)
{
    struct zygote z;
    s->zygote.start_ms = checker_now_ms();
    unsigned slots = s->settings->workers + INTAKE_SLOTS;
    if (zygote_start(&s->refresher.evidence, slots, &z) != 0) {
        return;
    }
    s->zygote.pid = z.pid;
    (void)!send_socket(s->control, SUPERVISOR_ZYGOTE,
                       z.socket); /* a dead HTTP process is reaped and replaced */
    (void)close(z.socket);
}

/* The process that gets what reports want; it ends when the HTTP process does. */
static void start_obtain(struct supervisor *s)
{
    struct obtainer o;
    struct obtain_options options = s->trusted->obtain;
    s->obtain.start_ms = checker_now_ms();
    options.data = s->settings->data;
    options.refresh = true;
    if (obtainer_start(&options, &o) != 0) {
        (void)fprintf(stderr, "satyapan serve: the process that fetches cannot be started: %s\n",
                      strerrordesc_np(errno));
        return;
    }
    s->obtain.pid = o.pid;
    (void)!send_socket(s->control, SUPERVISOR_OBTAIN, o.socket);
    (void)close(o.socket);
}

/* New revocation data: another zygote takes over, the one that runs finishes what it was given. */
static void renew_zygote(struct supervisor *s)
{
    if (!s->http.pid || !s->zygote.pid || s->leaving || !refresher_changed(&s->refresher) ||
        refresher_load(&s->refresher) <= 0) {
        return;
    }
    s->leaving = s->zygote.pid;
    s->zygote = (struct part){0};
}

/* ---- ending ---------------------------------------------------------------------------------- */

static void tell_end(const char *name, int status)
{
    if (WIFSIGNALED(status)) {
        (void)fprintf(stderr, "satyapan serve: %s was ended by signal %d; starting it again\n",
                      name, WTERMSIG(status));
    } else {
        (void)fprintf(stderr, "satyapan serve: %s ended with code %d; starting it again\n", name,
                      WEXITSTATUS(status));
    }
}

static void end_zygotes(const struct supervisor *s)
{
    const pid_t running[2] = {s->zygote.pid, s->leaving};
    for (int i = 0; i < 2; i++) {
        if (running[i]) {
            (void)kill(running[i], SIGTERM);
        }
    }
}

static void reap(struct supervisor *s)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        bool http = pid == s->http.pid, zygote = pid == s->zygote.pid;
        if (http) {
            s->http.pid = 0;
            (void)close(s->control);
            s->control = -1;
            end_zygotes(s); /* nobody waits for what they do */
        }
        if (zygote) {
            s->zygote.pid = 0;
        }
        if (pid == s->leaving) {
            s->leaving = 0;
        }
        if (pid == s->obtain.pid) {
            s->obtain.pid = 0;
            if (s->http.pid && !s->stopping) {
                tell_end("the process that fetches", status);
            }
        }
        (void)refresher_ended(&s->refresher, pid, status);
        if ((http || zygote) && !s->stopping) {
            tell_end(http ? "the HTTP process" : "the verifier", status);
        }
    }
}

static void take_signals(struct supervisor *s)
{
    struct signalfd_siginfo info;
    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        s->stopping = s->stopping || info.ssi_signo != SIGCHLD;
    }
}

/* Waits for a signal at most this long. */
static void wait_signal(struct supervisor *s, int timeout_ms)
{
    struct pollfd p = {.fd = s->signals, .events = POLLIN};
    if (poll(&p, 1, timeout_ms) > 0) {
        take_signals(s);
    }
    reap(s);
}

static void end_parts(struct supervisor *s)
{
    if (s->http.pid) {
        (void)kill(s->http.pid, SIGTERM);
    }
    for (int64_t until = checker_now_ms() + END_MS;
         (s->http.pid || s->zygote.pid || s->leaving || s->obtain.pid) &&
         checker_now_ms() < until;) {
        wait_signal(s, 100);
        if (!s->http.pid) {
            end_zygotes(s);
        }
    }
    const pid_t left[4] = {s->http.pid, s->zygote.pid, s->leaving, s->obtain.pid};
    for (int i = 0; i < 4; i++) {
        if (left[i]) {
            (void)kill(left[i], SIGKILL);
            (void)waitpid(left[i], NULL, 0);
        }
    }
}

static int signal_socket(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGCHLD);
    return sigprocmask(SIG_BLOCK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)
                                                   : -1;
}

int supervisor_run(const struct settings *settings, const struct trusted *t, int listener)
{
    struct supervisor s = {.settings = settings,
                           .trusted = t,
                           .listener = listener,
                           .signals = signal_socket(),
                           .control = -1};
    if (s.signals < 0 || refresher_init(&s.refresher, settings, t) != 0) {
        return EX_OSERR;
    }
    while (!s.stopping) {
        /* A zygote belongs to one HTTP process. */
        if (!s.zygote.pid && !s.leaving && may_start(&s.http)) {
            start_http(&s);
        }
        if (s.http.pid && may_start(&s.zygote)) {
            start_zygote(&s);
        }
        if (s.http.pid && !settings->offline && settings->fetch_seconds && may_start(&s.obtain)) {
            start_obtain(&s);
        }
        refresher_tick(&s.refresher);
        renew_zygote(&s);
        wait_signal(&s, s.http.pid && s.zygote.pid ? LOOK_MS : 100);
    }
    end_parts(&s);
    refresher_stop(&s.refresher);
    (void)close(s.signals);
    return EX_OK;
}
