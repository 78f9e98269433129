/*
 * zygote - the caller's end: start, hand over, stop. The other end is zygote_loop.c. See zygote.h.
 */
#include "sandbox/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/zygote_internal.h"

/* Beyond the child's own time: for the way there and back, should the zygote itself be stuck. */
enum { HANDOVER_MS = 5000 };

int zygote_start_with(const struct sp_evidence *evidence, unsigned slots, child_work work,
                      const struct sandbox_limits *limits, struct zygote *z)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        zygote_loop(pair[1], evidence, slots, work, limits);
    }
    int error = errno;
    (void)close(pair[1]);
    if (pid < 0) {
        (void)close(pair[0]);
        errno = error;
        return -1;
    }
    *z = (struct zygote){.pid = pid, .socket = pair[0]};
    return 0;
}

/* Copies text into a field of the message; false when it does not fit. */
static bool put(char *field, size_t size, const char *text)
{
    size_t n = strlen(text);
    if (n >= size) {
        return false;
    }
    memcpy(field, text, n + 1);
    return true;
}

static bool fill(const struct sandbox_job *job, const struct zygote_files *files,
                 struct zygote_message *m)
{
    const struct sp_document *d = &job->document;
    memset(m, 0, sizeof *m);
    m->magic = ZYGOTE_MAGIC;
    m->kind = (uint32_t)d->kind;
    m->part = (uint32_t)d->part;
    m->first = d->first;
    m->count = d->count;
    m->now = job->clock.now;
    m->received = job->clock.received;
    m->has_content = files->content >= 0;
    m->extra_count = (uint8_t)files->extra_count;
    m->has_applicant = d->applicant != NULL;
    if (d->password_size > sizeof m->password) {
        return false;
    }
    m->password_size = (uint16_t)d->password_size;
    if (d->password_size) {
        memcpy(m->password, d->password, d->password_size);
    }
    return put(m->policy, sizeof m->policy, job->policy->name) &&
           put(m->name, sizeof m->name, d->name ? d->name : "") &&
           put(m->applicant, sizeof m->applicant, d->applicant ? d->applicant : "");
}

static int send_message(int socket, struct zygote_message *m, const int *fds, size_t count)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(ZYGOTE_FDS_MAX * sizeof(int))];
    } control = {0};
    struct iovec part = {m, sizeof *m};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(c), fds, count * sizeof(int));
    ssize_t n;
    do {
        n = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof *m ? 0 : -1;
}

static void close_pair(int pair[2])
{
    for (int i = 0; i < 2; i++) {
        if (pair[i] >= 0) {
            (void)close(pair[i]);
        }
    }
}

int zygote_submit(const struct zygote *z, const struct sandbox_job *job,
                  const struct zygote_files *files, struct sandbox_child *child)
{
    struct zygote_message m;
    int reply[2] = {-1, -1}, status[2] = {-1, -1};
    if (files->extra_count > SANDBOX_EXTRA_MAX || !fill(job, files, &m)) {
        explicit_bzero(m.password, sizeof m.password);
        errno = ENAMETOOLONG;
        return -1;
    }
    if (pipe2(reply, O_CLOEXEC) != 0 || pipe2(status, O_CLOEXEC) != 0 ||
        fcntl(reply[0], F_SETFL, O_NONBLOCK) != 0) {
        int error = errno;
        close_pair(reply);
        close_pair(status);
        explicit_bzero(m.password, sizeof m.password);
        errno = error;
        return -1;
    }
    int fds[ZYGOTE_FDS_MAX] = {reply[1], status[1], files->document, files->content};
    size_t count = files->content >= 0 ? 4 : 3;
    for (size_t i = 0; i < files->extra_count; i++) {
        fds[count++] = files->extra[i];
    }
    int r = send_message(z->socket, &m, fds, count);
    int error = errno;
    explicit_bzero(m.password, sizeof m.password);
    (void)close(reply[1]);
    (void)close(status[1]);
    if (r != 0) {
        (void)close(reply[0]);
        (void)close(status[0]);
        errno = error;
        return -1;
    }
    const struct sandbox_limits *limits = &sandbox_limits_default;
    *child = (struct sandbox_child){.fd = reply[0],
                                    .status_fd = status[0],
                                    .deadline_ms = child_now_ms() + limits->wall_ms + HANDOVER_MS,
                                    .limits = *limits};
    return 0;
}

void zygote_stop(struct zygote *z)
{
    (void)close(z->socket);
    z->socket = -1;
    (void)kill(z->pid, SIGTERM);
    while (waitpid(z->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    z->pid = 0;
}

int zygote_memfd(const char *name)
{
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int zygote_seal(int fd)
{
    return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
}
