/*
 * spawn - see spawn.h.
 */
#include "office/intake/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/fetch_wire.h"

extern char **environ;

/* Descriptors keep their numbers apart: all are moved above those they are to become. */
static int actions(posix_spawn_file_actions_t *a, const int from[3])
{
    static const int to[3] = {0, 3, 1};
    int rc = 0;
    for (int i = 0; i < 3 && rc == 0; i++) {
        rc = from[i] >= 0 ? posix_spawn_file_actions_adddup2(a, from[i], to[i])
                          : posix_spawn_file_actions_addopen(a, to[i], "/dev/null", O_RDWR, 0);
    }
    return rc ? rc : posix_spawn_file_actions_addclosefrom_np(a, 4);
}

static int run(const char *path, const char *const *arguments, const int from[3], pid_t *pid)
{
    posix_spawn_file_actions_t a;
    posix_spawnattr_t attr;
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGTERM);
    int rc = posix_spawn_file_actions_init(&a);
    if (rc == 0) {
        rc = posix_spawnattr_init(&attr);
        if (rc == 0) {
            union {
                const char *const *from;
                char *const *to;
            } argv = {arguments};
            (void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
            (void)posix_spawnattr_setsigmask(&attr, &none);
            (void)posix_spawnattr_setsigdefault(&attr, &defaults);
            rc = actions(&a, from);
            rc = rc ? rc : posix_spawn(pid, path, &a, &attr, argv.to, environ);
            (void)posix_spawnattr_destroy(&attr);
        }
        (void)posix_spawn_file_actions_destroy(&a);
    }
    errno = rc;
    return rc ? -1 : 0;
}

int spawn_program(const char *program, const char *const *arguments, int input, int other,
                  int output, struct spawned *out)
{
    char path[PATH_MAX];
    const int given[3] = {input, other, output};
    int moved[3] = {-1, -1, -1}, rc = 0;
    if (!program) {
        if (!fetch_find_program("satyapan-text", path, sizeof path)) {
            return -1;
        }
        program = path;
    }
    for (int i = 0; i < 3 && rc == 0; i++) {
        moved[i] = given[i] >= 0 ? fcntl(given[i], F_DUPFD_CLOEXEC, 10) : -1;
        rc = given[i] >= 0 && moved[i] < 0 ? -1 : 0;
    }
    rc = rc ? rc : run(program, arguments, moved, &out->pid);
    int was = errno;
    for (int i = 0; i < 3; i++) {
        if (moved[i] >= 0) {
            (void)close(moved[i]);
        }
    }
    errno = was;
    return rc;
}

int spawn_wait(struct spawned *s)
{
    int status = 0;
    while (waitpid(s->pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void spawn_ask(const struct spawned *s)
{
    (void)kill(s->pid, SIGTERM);
}

void spawn_end(struct spawned *s)
{
    (void)kill(s->pid, SIGKILL);
    (void)spawn_wait(s);
}
