/*
 * test_turn - who writes next among the threads of a process: first come, first served.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "records/turn.h"

/* The line itself: three wait, in order; one gives up; the others come in their order. */
struct waiter {
    struct turn *t;
    int milliseconds, result;
    unsigned place;
};

static atomic_uint places;

static void *wait_turn(void *context)
{
    struct waiter *w = context;
    w->result = turn_take(w->t, w->milliseconds);
    if (w->result == 0) {
        w->place = atomic_fetch_add(&places, 1);
        turn_give(w->t);
    }
    return NULL;
}

static void test_order(void **state)
{
    (void)state;
    struct turn *t = turn_open("/a");
    struct waiter w[4];
    pthread_t threads[4];
    atomic_store(&places, 0);
    assert_int_equal(turn_take(t, 1000), 0);
    assert_int_equal(turn_take(t, 10), -1); /* it is taken */
    for (unsigned i = 0; i < 4; i++) {
        w[i] = (struct waiter){.t = t, .milliseconds = i == 1 ? 1 : 60000};
        assert_int_equal(pthread_create(&threads[i], NULL, wait_turn, &w[i]), 0);
        if (i == 1) { /* gives up */
            assert_int_equal(pthread_join(threads[1], NULL), 0);
            assert_int_equal(w[1].result, -1);
        }
        while (turn_waiting(t) != (i == 0 ? 1 : i)) { /* until it stands in the line */
            (void)sched_yield();
        }
    }
    turn_give(t);
    const unsigned stay[3] = {0, 2, 3};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[stay[i]], NULL), 0);
        assert_int_equal(w[stay[i]].result, 0);
        assert_int_equal(w[stay[i]].place, i);
    }
    assert_int_equal(turn_waiting(t), 0);
    turn_close(t);
}

/* Lines of different folders are different lines; of the same folder the same. */
static void test_folders(void **state)
{
    (void)state;
    struct turn *a = turn_open("/a"), *b = turn_open("/b"), *again = turn_open("/a");
    assert_ptr_equal(a, again);
    assert_ptr_not_equal(a, b);
    assert_int_equal(turn_take(a, 10), 0);
    assert_int_equal(turn_take(b, 10), 0);
    assert_int_equal(turn_take(again, 10), -1);
    turn_give(a);
    turn_give(b);
    turn_close(again);
    turn_close(b);
    turn_close(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order),
                                       cmocka_unit_test(test_folders)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
