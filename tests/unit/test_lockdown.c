/*
 * test_lockdown - what a child of satyapan-fetch can no longer do, tried in a child each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/fetch/lockdown.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define SANITIZED 1
#endif
#endif

enum { BYTES = 65536, FINE = 0, DENIED = 1, NO_LOCKDOWN = 70 };

/* Each tries one thing: FINE when it worked, DENIED when it was refused. */

static int try_nothing(void)
{
    return FINE;
}

static int try_exec(void)
{
    char name[] = "/bin/true";
    char *argv[] = {name, NULL};
    (void)execv(name, argv);
    return DENIED;
}

static int try_trace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? FINE : DENIED;
}

static int try_unlink(void)
{
    return unlink("/nonexistent/file") == 0 || errno == ENOENT ? FINE : DENIED;
}

static int try_write(void)
{
    return open("/tmp/satyapan-lockdown-test", O_WRONLY | O_CREAT, 0600) >= 0 ? FINE : DENIED;
}

static int try_read_elsewhere(void)
{
    return open("/etc/passwd", O_RDONLY) >= 0 ? FINE : DENIED;
}

static int try_read_keys(void)
{
    return open("/etc/ssl/private", O_RDONLY | O_DIRECTORY) >= 0 ? FINE : DENIED;
}

static int try_read_authorities(void)
{
    return open("/etc/ssl/certs", O_RDONLY | O_DIRECTORY) >= 0 || errno == ENOENT ? FINE : DENIED;
}

static int try_read_resolver(void)
{
    return open("/etc/resolv.conf", O_RDONLY) >= 0 || errno == ENOENT ? FINE : DENIED;
}

static int try_unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? FINE : DENIED;
}

static int try_packet_socket(void)
{
    return socket(AF_PACKET, SOCK_RAW, 0) >= 0 ? FINE : DENIED;
}

static int try_internet_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 && socket(AF_INET6, SOCK_DGRAM, 0) >= 0 ? FINE
                                                                                        : DENIED;
}

/* Refused before anything is sent: Landlock answers EACCES, a closed port ECONNREFUSED. */
static int connect_to(uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int r = connect(fd, (const struct sockaddr *)&in, sizeof in);
    return r != 0 && errno == EACCES ? DENIED : FINE;
}

static int try_port_25(void)
{
    return connect_to(25);
}

static int try_port_80(void)
{
    return connect_to(80);
}

static int try_listen(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return listen(fd, 1) == 0 ? FINE : DENIED;
}

static int try_fork(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    return pid > 0 ? FINE : DENIED;
}

static int try_kill(void)
{
    return kill(getppid(), 0) == 0 ? FINE : DENIED;
}

static int try_writable_code(void)
{
    void *p =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p != MAP_FAILED ? FINE : DENIED;
}

static int try_making_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0 ? FINE : DENIED;
}

static int fill(size_t n)
{
    static char bytes[BYTES + 4096];
    int fd = memfd_create("x", MFD_CLOEXEC);
    (void)signal(SIGXFSZ, SIG_IGN);
    return write(fd, bytes, n) == (ssize_t)n ? FINE : DENIED;
}

static int try_body(void)
{
    return fill(BYTES);
}

static int try_large_body(void)
{
    return fill(sizeof(char[BYTES + 4096]));
}

static int try_resolver(void)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int r = getaddrinfo("localhost", NULL, &hints, &list);
    freeaddrinfo(list);
    return r == 0 ? FINE : DENIED;
}

enum needs { ALWAYS, FILTER, LANDLOCK_FILES, LANDLOCK_NET };

static const struct {
    const char *name;
    int (*attempt)(void);
    int want; /* FINE, DENIED, or minus a signal */
    enum needs needs;
} rows[] = {
    {"nothing", try_nothing, FINE, ALWAYS},
    {"exec", try_exec, -SIGSYS, ALWAYS},
    {"trace", try_trace, -SIGSYS, ALWAYS},
    {"unlink", try_unlink, -SIGSYS, ALWAYS},
    {"write a file", try_write, DENIED, ALWAYS},
    {"read another file", try_read_elsewhere, DENIED, LANDLOCK_FILES},
    {"read private keys", try_read_keys, DENIED, LANDLOCK_FILES},
    {"read certificate authorities", try_read_authorities, FINE, ALWAYS},
    {"read resolv.conf", try_read_resolver, FINE, ALWAYS},
    {"unix socket", try_unix_socket, DENIED, FILTER},
    {"packet socket", try_packet_socket, DENIED, FILTER},
    {"internet socket", try_internet_socket, FINE, ALWAYS},
    {"port 25", try_port_25, DENIED, LANDLOCK_NET},
    {"port 80", try_port_80, FINE, ALWAYS},
    {"listen", try_listen, DENIED, FILTER},
    {"fork", try_fork, DENIED, FILTER},
    {"kill", try_kill, DENIED, FILTER},
    {"writable code", try_writable_code, DENIED, FILTER},
    {"making code", try_making_code, DENIED, FILTER},
    {"a body", try_body, FINE, ALWAYS},
    {"a large body", try_large_body, DENIED, FILTER},
    {"resolver", try_resolver, FINE, ALWAYS},
};

static long landlock_version(void)
{
    long v = syscall(444, NULL, 0, 1);
    return v > 0 ? v : 0;
}

static bool can_be_tried(enum needs needs)
{
#ifdef SANITIZED
    if (needs == FILTER) {
        return false; /* sanitizer builds have no allow-list, see lockdown.c */
    }
#endif
    return needs == LANDLOCK_FILES ? landlock_version() >= 1
           : needs == LANDLOCK_NET ? landlock_version() >= 4
                                   : true;
}

/* The exit status of the attempt, or minus the signal that ended it. */
static int outcome_of(int (*attempt)(void))
{
    int pair[2], status = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(lockdown_broker(pair[1]) || lockdown_child(pair[1], BYTES, 10) ? NO_LOCKDOWN
                                                                             : attempt());
    }
    (void)close(pair[0]);
    (void)close(pair[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void test_attempts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!can_be_tried(rows[i].needs)) {
            print_message("not tried here: %s\n", rows[i].name);
            continue;
        }
        int got = outcome_of(rows[i].attempt);
        if (got != rows[i].want) {
            fail_msg("%s: %d, not %d", rows[i].name, got, rows[i].want);
        }
    }
}

/* Without the lockdown each of them but the last works: the attempts prove something. */
static void test_attempts_can_succeed(void **state)
{
    (void)state;
    assert_int_equal(try_unix_socket(), FINE);
    assert_int_equal(try_read_elsewhere(), FINE);
    assert_int_equal(try_port_25(), FINE);
    assert_int_equal(try_listen(), FINE);
    assert_int_equal(try_making_code(), FINE);
    assert_int_equal(try_unlink(), FINE);
    assert_int_equal(try_kill(), FINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attempts),
        cmocka_unit_test(test_attempts_can_succeed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
