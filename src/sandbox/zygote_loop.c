/*
 * zygote_loop - the zygote's own end: take a job, fork, watch the time, reap, say how it ended.
 *
 * It reads the message of its own server only, and never a byte of a document: the child maps it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/wire.h"
#include "sandbox/zygote_internal.h"

struct slot {
    pid_t pid; /* 0: free */
    int status_fd;
    int64_t deadline_ms;
    bool killed;
};

struct state {
    int socket, signals;
    const struct sp_evidence *evidence;
    child_work work;
    struct sandbox_limits limits;
    unsigned slot_count, busy;
    struct slot slots[ZYGOTE_SLOTS_MAX];
};

/* ---- one child ------------------------------------------------------------------------------- */

/* Nobody can change the bytes under a reader: a memory file sealed against it, or a file of our own
 * that nobody may write to any more (records/blobs.h), opened for reading. A program of our own
 * user that cut it off all the same would end the child, which is a failure of ours and says so. */
static bool is_fixed(int fd, const struct stat *st)
{
    const int must = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    int seals = fcntl(fd, F_GET_SEALS), flags = fcntl(fd, F_GETFL);
    if (seals >= 0 && (seals & must) == must) {
        return true;
    }
    return S_ISREG(st->st_mode) && (st->st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0 &&
           st->st_nlink <= 1 && st->st_uid == geteuid() && flags >= 0 &&
           (flags & O_ACCMODE) == O_RDONLY;
}

/* Maps a file that cannot change; false otherwise. */
static bool map_fixed(int fd, const uint8_t **bytes, size_t *size)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !is_fixed(fd, &st)) {
        return false;
    }
    *size = (size_t)st.st_size;
    if (*size == 0) {
        *bytes = (const uint8_t *)"";
        return true;
    }
    void *p = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) {
        return false;
    }
    *bytes = p;
    return true;
}

_Noreturn static void run_child(const struct state *z, const struct zygote_message *m,
                                const int *fds, pid_t parent)
{
    struct sandbox_job job = {.document = {.name = m->name,
                                           .kind = (enum sp_document_kind)m->kind,
                                           .applicant = m->has_applicant ? m->applicant : NULL,
                                           .password = m->password_size ? m->password : NULL,
                                           .password_size = m->password_size,
                                           .part = (enum sp_part)m->part,
                                           .first = m->first,
                                           .count = m->count},
                              .evidence = z->evidence,
                              .policy = sp_policy_builtin(m->policy),
                              .clock = {.now = m->now, .received = m->received}};
    struct sp_document *d = &job.document;
    if (!job.policy || !map_fixed(fds[2], &d->bytes, &d->size) ||
        (m->has_content && !map_fixed(fds[3], &d->content, &d->content_size))) {
        _exit(CHILD_EXIT_REFUSED);
    }
    for (size_t i = 0; i < m->extra_count; i++) {
        struct span *s = &job.extra[job.extra_count++];
        if (!map_fixed(fds[(m->has_content ? 4U : 3U) + i], &s->p, &s->n)) {
            _exit(CHILD_EXIT_REFUSED);
        }
    }
    child_run(&job, z->work, &z->limits, parent, fds[0]);
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* Takes one message. Returns the number of descriptors it brought, 0 when it is unusable, -1 when
 * the server is gone. */
static int take(int socket, struct zygote_message *m, int *fds)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(ZYGOTE_FDS_MAX * sizeof(int))];
    } control = {0};
    int all[sizeof control / sizeof(int)]; /* its padding has room for one more */
    struct iovec part = {m, sizeof *m};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
        return -1;
    }
    struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
        return 0;
    }
    size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(all, CMSG_DATA(c), count * sizeof(int));
    size_t want = (m->has_content ? 4U : 3U) + m->extra_count;
    if (m->extra_count <= SANDBOX_EXTRA_MAX && m->password_size <= sizeof m->password &&
        n == (ssize_t)sizeof *m && m->magic == ZYGOTE_MAGIC && count == want) {
        m->policy[sizeof m->policy - 1] = 0;
        m->name[sizeof m->name - 1] = 0;
        m->applicant[sizeof m->applicant - 1] = 0;
        memcpy(fds, all, count * sizeof(int));
        return (int)count;
    }
    for (size_t i = 0; i < count; i++) {
        (void)close(all[i]);
    }
    return 0;
}

static void tell(int status_fd, const struct sandbox_end *end)
{
    /* An empty pipe has room; that the server no longer listens is no concern of ours. */
    (void)!wire_write(status_fd, span_make(end, sizeof *end));
    (void)close(status_fd);
}

static struct slot *free_slot(struct state *z)
{
    for (unsigned i = 0; i < z->slot_count; i++) {
        if (z->slots[i].pid == 0) {
            return &z->slots[i];
        }
    }
    return NULL;
}

/* Returns -1 when the server is gone. */
static int start_job(struct state *z)
{
    static struct zygote_message message; /* too large for the stack; the zygote has one thread */
    int fds[ZYGOTE_FDS_MAX];
    int count = take(z->socket, &message, fds);
    if (count <= 0) {
        return count;
    }
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        run_child(z, &message, fds, parent);
    }
    explicit_bzero(message.password, sizeof message.password); /* it is the child's now */
    for (int i = 0; i < count; i++) {
        if (i != 1) {
            (void)close(fds[i]);
        }
    }
    if (pid < 0) {
        const struct sandbox_end end = {.status = CHILD_EXIT_REFUSED << 8, .known = true};
        tell(fds[1], &end);
        return 0;
    }
    *free_slot(z) = (struct slot){
        .pid = pid, .status_fd = fds[1], .deadline_ms = child_now_ms() + z->limits.wall_ms};
    z->busy++;
    return 0;
}

static struct slot *slot_of(struct state *z, pid_t pid)
{
    for (unsigned i = 0; i < z->slot_count; i++) {
        if (z->slots[i].pid == pid) {
            return &z->slots[i];
        }
    }
    return NULL;
}

static void reap_all(struct state *z)
{
    struct signalfd_siginfo info;
    struct rusage use;
    int status;
    pid_t pid;
    while (read(z->signals, &info, sizeof info) > 0) {
    }
    while ((pid = wait4(-1, &status, WNOHANG, &use)) > 0) {
        struct slot *s = slot_of(z, pid);
        if (s) {
            struct sandbox_end end = child_ending(status, &use.ru_utime, &use.ru_stime, &z->limits);
            end.wall_out = s->killed;
            tell(s->status_fd, &end);
            s->pid = 0;
            z->busy--;
        }
    }
}

/* Kills the children whose time is over; returns the milliseconds to the next deadline, or -1. */
static int watch_time(struct state *z)
{
    int64_t now = child_now_ms(), next = -1;
    for (unsigned i = 0; i < z->slot_count; i++) {
        struct slot *s = &z->slots[i];
        if (s->pid == 0 || s->killed) {
            continue;
        }
        if (s->deadline_ms <= now) {
            (void)kill(s->pid, SIGKILL);
            s->killed = true;
        } else if (next < 0 || s->deadline_ms - now < next) {
            next = s->deadline_ms - now;
        }
    }
    return (int)next;
}

_Noreturn static void loop(struct state *z)
{
    while (z->socket >= 0 || z->busy) {
        struct pollfd p[2] = {{.fd = z->busy < z->slot_count ? z->socket : -1, .events = POLLIN},
                              {.fd = z->signals, .events = POLLIN}};
        int r = poll(p, 2, watch_time(z));
        if (r < 0 && errno != EINTR) {
            _exit(1);
        }
        if (r > 0 && p[1].revents) {
            reap_all(z);
        }
        if (r > 0 && p[0].revents && start_job(z) < 0) {
            (void)close(z->socket);
            z->socket = -1; /* what runs may finish; a signal would end it, too */
        }
    }
    _exit(0);
}

_Noreturn void zygote_loop(int socket, const struct sp_evidence *evidence, unsigned slots,
                           child_work work, const struct sandbox_limits *limits)
{
    static struct state z;
    child_reset_signals();
    /* Ctrl-C reaches the whole group; the zygote ends when its server does. */
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)prctl(PR_SET_NAME, "satyapan-zygote", 0, 0, 0);
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    if (enter_close_others(socket, STDERR_FILENO) != 0 ||
        sigprocmask(SIG_BLOCK, &chld, NULL) != 0) {
        _exit(1);
    }
    z.socket = socket;
    z.signals = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
    z.evidence = evidence;
    z.work = work;
    z.limits = *limits;
    z.slot_count = slots < 1 ? 1 : slots > ZYGOTE_SLOTS_MAX ? ZYGOTE_SLOTS_MAX : slots;
    if (z.signals < 0) {
        _exit(1);
    }
    loop(&z);
}
