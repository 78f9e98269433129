/*
 * test_bench - the bench's small machines: which port a run gets, and the program that is run
 * beside the server: told of line by line, asked to end, cut off.
 *
 * The programs are /bin/sh; what would wait for ever is ended by what is tested.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "office/bench/listening.h"
#include "office/bench/run.h"

/* ---- ports ----------------------------------------------------------------------------------- */

static void expect_place(const char *address, const char *ports, const char *open_runs,
                         enum listening how, const char *place)
{
    struct arena *a = arena_new(65536);
    json_t *open = json_loads(open_runs, 0, NULL);
    const char *got = NULL;
    assert_non_null(a);
    assert_non_null(open);
    if (bench_listening(a, address, ports, open, &got) != how) {
        fail_msg("%s %s: not %d", address, ports, (int)how);
    }
    if (place) {
        assert_string_equal(got, place);
    } else {
        assert_null(got);
    }
    json_decref(open);
    arena_free(a);
}

static void test_places(void **state)
{
    static const char *const wrong[] = {"",      "0",      "65536",   "8443-8442", "8443-",
                                        "-8443", "8443,9", "x",       "8443 ",     "+1",
                                        "1-257", "000001", "8443--9", "9999999999"};
    (void)state;
    expect_place("", "8443", "[]", LISTENING_OFF, NULL);
    expect_place("192.0.2.1", "8443", "[]", LISTENING_AT, "192.0.2.1:8443");
    expect_place("192.0.2.1", "8443-8445", "[{\"targets\": \"192.0.2.1:8443\"}, {}]", LISTENING_AT,
                 "192.0.2.1:8444");
    expect_place("192.0.2.1", "8443", "[{\"targets\": \"192.0.2.1:8443\"}]", LISTENING_FULL, NULL);
    expect_place("2001:DB8:0:0::1", "8443", "[]", LISTENING_AT, "[2001:db8::1]:8443");
    expect_place("::", "8443-8444", "[{\"targets\": \"[::]:8443\"}]", LISTENING_AT, "[::]:8444");
    expect_place("fe80::1%eth0", "8443", "[]", LISTENING_WRONG, NULL);
    expect_place("lab.example", "8443", "[]", LISTENING_WRONG, NULL);
    expect_place("192.0.2.1:1", "8443", "[]", LISTENING_WRONG, NULL);
    expect_place("192.0.2.1", "1-256", "[]", LISTENING_AT, "192.0.2.1:1");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        expect_place("192.0.2.1", wrong[i], "[]", LISTENING_WRONG, NULL);
    }
}

/* ---- the program ----------------------------------------------------------------------------- */

struct told {
    struct bench_run *run;
    char lines[256];  /* what was told of, with '|' behind each */
    const char *stop; /* a line at which it is no longer wanted */
    const char *ask;  /* a line at which it is asked to end */
};

static bool hear(void *context, struct span line)
{
    struct told *t = context;
    size_t n = strlen(t->lines);
    if (line.n) {
        (void)snprintf(t->lines + n, sizeof t->lines - n, "%.*s|", (int)line.n,
                       (const char *)line.p);
    }
    t->run->finish |= t->ask && line.n && span_eq(line, span_str(t->ask));
    return !(t->stop && line.n && span_eq(line, span_str(t->stop)));
}

static enum bench_end run_script(struct told *t, struct bench_run *r, const char *script, int *exit)
{
    bench_run_begin(r);
    bench_run_add(r, "-c");
    bench_run_add(r, script);
    r->seconds = 600;
    r->output_max = 65536;
    r->alive = hear;
    r->context = t;
    t->run = r;
    return bench_run(r, "/bin/sh", exit);
}

static void test_lines(void **state)
{
    struct bench_run r;
    struct told t = {0};
    int code = -1;
    (void)state;
    assert_int_equal(run_script(&t, &r, "printf 'a\\nb'; printf 'c\\nrest'; exit 3", &code),
                     BENCH_ENDED);
    assert_int_equal(code, 3);
    assert_string_equal(t.lines, "a|bc|");
    assert_true(span_eq(buffer_span(&r.out), SPAN_LIT("a\nbc\nrest")));
    buffer_free(&r.out);
}

/* Somebody wants the result now: SIGTERM, and what the program does with it is waited for. */
static void test_finish(void **state)
{
    struct bench_run r;
    struct told t = {.ask = "ready"};
    int code = -1;
    (void)state;
    assert_int_equal(run_script(&t, &r,
                                "trap 'echo record; exit 2' TERM; echo ready;"
                                "while :; do sleep 0.05; done",
                                &code),
                     BENCH_ENDED);
    assert_int_equal(code, 2);
    assert_string_equal(t.lines, "ready|record|");
    buffer_free(&r.out);
}

/* One that dies of it gave no result. */
static void test_finish_dies(void **state)
{
    struct bench_run r;
    struct told t = {.ask = "ready"};
    int code = 0;
    (void)state;
    assert_int_equal(run_script(&t, &r, "echo ready; while :; do sleep 0.05; done", &code),
                     BENCH_BROKEN);
    assert_int_equal(code, -1);
    buffer_free(&r.out);
}

static void test_stopped(void **state)
{
    struct bench_run r;
    struct told t = {.stop = "now"};
    int code = 0;
    (void)state;
    assert_int_equal(run_script(&t, &r, "trap '' TERM; echo now; while :; do sleep 1; done", &code),
                     BENCH_STOPPED);
    assert_string_equal(t.lines, "now|");
    buffer_free(&r.out);
}

static void test_too_much(void **state)
{
    struct bench_run r;
    struct told t = {0};
    int code = 0;
    (void)state;
    assert_int_equal(run_script(&t, &r, "while :; do printf '%01024d' 0; done", &code), BENCH_LATE);
    buffer_free(&r.out);
}

/* More arguments than there is room for must not become other arguments. */
static void test_arguments(void **state)
{
    struct bench_run r;
    (void)state;
    bench_run_begin(&r);
    for (int i = 0; i < 2 * BENCH_ARGUMENTS; i++) {
        bench_run_add(&r, "x");
    }
    assert_int_equal(r.count, BENCH_ARGUMENTS - 1);
    assert_null(r.arguments[r.count]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),    cmocka_unit_test(test_lines),
        cmocka_unit_test(test_finish),    cmocka_unit_test(test_finish_dies),
        cmocka_unit_test(test_stopped),   cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
