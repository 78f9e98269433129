/*
 * test_cage - what a program that has taken over poppler could do: nothing but read the system's
 * libraries and answer. Python plays that program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/text/text.h"
#include "sandbox/sandbox.h"

static char said[4096];

/* Runs a line of Python in the cage; what it prints is in said. Returns cage_exec's answer. */
static int python(const char *line)
{
    const char *const words[] = {"python3", "-I", "-S", "-c", line, NULL};
    char why[CAGE_WHY];
    struct buffer out;
    int fd = memfd_create("pdf", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "input\n", 6), 6);
    buffer_init(&out, sizeof said - 1);
    int rc = cage_exec("/usr/bin/python3", words, fd, &out, why);
    (void)close(fd);
    memcpy(said, out.n ? (const char *)out.p : "", out.n);
    said[out.n] = 0;
    buffer_free(&out);
    if (rc < 0) {
        print_message("%s\n", why);
    }
    return rc;
}

/* The expression fails with an OSError and the number is EPERM or EACCES. */
static void is_denied(const char *what)
{
    char line[1024];
    (void)snprintf(line, sizeof line,
                   "import os, socket\n"
                   "try:\n"
                   "    %s\n"
                   "    print('done')\n"
                   "except OSError as e:\n"
                   "    print('denied' if e.errno in (1, 13) else e)\n",
                   what);
    assert_int_equal(python(line), 0);
    if (strcmp(said, "denied\n") != 0) {
        print_error("%s: %s\n", what, said);
    }
    assert_string_equal(said, "denied\n");
}

static void test_reads_and_answers(void **state)
{
    (void)state;
    assert_int_equal(python("import sys; print(sys.stdin.readline().strip() + '!')"), 0);
    assert_string_equal(said, "input!\n");
}

static void test_no_network(void **state)
{
    (void)state;
    is_denied("socket.socket()");
    is_denied("socket.socket(socket.AF_UNIX)");
    is_denied("socket.socketpair()");
}

static void test_no_processes(void **state)
{
    (void)state;
    is_denied("os.fork()");
    is_denied("os.kill(os.getppid(), 0)");
    is_denied("os.posix_spawn('/usr/bin/env', ['env'], {})");
    is_denied("os.setuid(0)");
    is_denied("os.unshare(0x10000000) if hasattr(os, 'unshare') else os.chroot('/')");
}

static void test_no_files(void **state)
{
    (void)state;
    is_denied("os.unlink('/tmp/x')");
    is_denied("os.mkdir('/tmp/satyapan-cage')");
    is_denied("os.rename('/tmp/x', '/tmp/y')");
    is_denied("os.symlink('/etc/passwd', '/tmp/satyapan-cage')");
    if (!sandbox_has_landlock()) {
        print_message("this kernel has no Landlock: files can be read\n");
        skip();
    }
    is_denied("open('/etc/passwd')");
    is_denied("open('/proc/self/environ')");
    is_denied("os.listdir('/')");
    is_denied("open('/tmp/satyapan-cage', 'w')");
    is_denied("open('/dev/null', 'w')");
}

static void test_inherits_nothing(void **state)
{
    (void)state;
    (void)setenv("SECRET", "x", 1);
    int open_too = dup(STDIN_FILENO);
    assert_int_equal(python("import os\n"
                            "def there(n):\n"
                            "    try:\n"
                            "        os.fstat(n)\n"
                            "        return True\n"
                            "    except OSError:\n"
                            "        return False\n"
                            "print(sorted(os.environ), [n for n in range(40) if there(n)])"),
                     0);
    assert_string_equal(said, "['HOME', 'LC_ALL'] [0, 1, 2]\n");
    (void)close(open_too);
}

static void test_limits(void **state)
{
    (void)state;
    assert_int_equal(python("x = bytearray(2 << 30)"), 1);
    assert_int_equal(python("import os\nos.write(1, b'x' * 1000000)"), 1);
    /* Limits cannot be raised again. */
    assert_int_equal(python("import resource as r\n"
                            "try:\n"
                            "    r.setrlimit(r.RLIMIT_FSIZE, (1, 1))\n"
                            "    print('done')\n"
                            "except (ValueError, OSError):\n"
                            "    print('denied')\n"),
                     0);
    assert_string_equal(said, "denied\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_and_answers), cmocka_unit_test(test_no_network),
        cmocka_unit_test(test_no_processes),      cmocka_unit_test(test_no_files),
        cmocka_unit_test(test_inherits_nothing),  cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
