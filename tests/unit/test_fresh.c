/*
 * test_fresh - how long answers stay fresh, and Retry-After (RFC 9111 4.2, RFC 9110 10.2.3).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "net/fetch/fresh.h"

#define NOW      ((int64_t)1795242600) /* Sat, 21 Nov 2026 06:30:00 GMT */
#define NOW_DATE "Sat, 21 Nov 2026 06:30:00 GMT"
#define YEAR     ((int64_t)365 * 86400)
#define NEVER    INT64_MIN

struct row {
    const char *cache_control, *expires, *date, *age;
    int64_t want; /* seconds from now; NEVER: UTC_NONE */
};

static const struct row rows[] = {
    {"", "", NOW_DATE, "", NEVER},
    {"public", "", NOW_DATE, "", NEVER},
    {"max-age=600", "", "", "", 600},
    {"max-age=600", "", NOW_DATE, "100", 500},
    {"max-age=600", "", NOW_DATE, "600", 0},
    {"max-age=600", "", NOW_DATE, "9999", 0},
    {"max-age=600", "", "Sat, 21 Nov 2026 06:25:00 GMT", "", 300},
    {"max-age=600", "", "Sat, 21 Nov 2026 06:25:00 GMT", "10", 300},
    {"max-age=600", "", "Sat, 21 Nov 2026 06:35:00 GMT", "", 600}, /* their clock is ahead */
    {"max-age=600", "", "", "nonsense", 600},
    {"MAX-AGE = 600 , public", "", "", "", 600},
    {"max-age=\"600\"", "", "", "", 600},
    {"max-age=600,max-age=60", "", "", "", 60},
    {"max-age=0", "Sat, 21 Nov 2026 07:30:00 GMT", NOW_DATE, "", 0},
    {"max-age=-1", "", "", "", 0},
    {"max-age=", "", "", "", 0},
    {"max-age", "", "", "", 0},
    {"max-age=99999999999999999999999", "", "", "", YEAR},
    {"xmax-age=5", "", "", "", NEVER},
    {"no-store", "Sat, 21 Nov 2026 07:30:00 GMT", NOW_DATE, "", 0},
    {"no-cache, max-age=600", "", "", "", 0},
    {",,,max-age=5,,", "", "", "", 5},
    {"", "Sat, 21 Nov 2026 07:30:00 GMT", NOW_DATE, "", 3600},
    {"", "Sat, 21 Nov 2026 07:30:00 GMT", "", "", 3600},
    {"", "Sat, 21 Nov 2026 07:30:00 GMT", NOW_DATE, "600", 3000},
    {"", "Sat, 21 Nov 2026 07:30:00 GMT", "Sat, 21 Nov 2026 06:00:00 GMT", "", 3600},
    {"", "Sat, 21 Nov 2026 06:00:00 GMT", NOW_DATE, "", 0},
    {"", "0", NOW_DATE, "", 0},
    {"", "-1", NOW_DATE, "", 0},
    {"", "nonsense", NOW_DATE, "", 0},
    {"", "Saturday, 21-Nov-26 07:30:00 GMT", NOW_DATE, "", 3600},
    {"", "Sat Nov 21 07:30:00 2026", NOW_DATE, "", 3600},
    {"", "Sat, 21 Nov 9999 07:30:00 GMT", NOW_DATE, "", YEAR},
    {"max-age=600", "Sat, 21 Nov 2026 07:30:00 GMT", NOW_DATE, "", 600},
};

static void put(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text);
}

static void test_fresh_until(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fresh_lines lines = {{0}, {0}, {0}, {0}};
        put(lines.cache_control, sizeof lines.cache_control, rows[i].cache_control);
        put(lines.expires, sizeof lines.expires, rows[i].expires);
        put(lines.date, sizeof lines.date, rows[i].date);
        put(lines.age, sizeof lines.age, rows[i].age);
        int64_t want = rows[i].want == NEVER ? UTC_NONE : NOW + rows[i].want;
        int64_t got = fresh_until(&lines, NOW);
        if (got != want) {
            fail_msg("row %zu (%s|%s): %lld, not %lld", i, rows[i].cache_control, rows[i].expires,
                     (long long)(got - NOW), (long long)rows[i].want);
        }
    }
}

static void test_retry_after(void **state)
{
    (void)state;
    assert_int_equal(fresh_retry_after("", NOW), 0);
    assert_int_equal(fresh_retry_after("120", NOW), 120);
    assert_int_equal(fresh_retry_after(" 120 ", NOW), 120);
    assert_int_equal(fresh_retry_after("0", NOW), 0);
    assert_int_equal(fresh_retry_after("-5", NOW), 0);
    assert_int_equal(fresh_retry_after("soon", NOW), 0);
    assert_int_equal(fresh_retry_after("99999999999999999999", NOW), 86400);
    assert_int_equal(fresh_retry_after("Sat, 21 Nov 2026 06:31:00 GMT", NOW), 60);
    assert_int_equal(fresh_retry_after("Sat, 21 Nov 2026 06:29:00 GMT", NOW), 0);
    assert_int_equal(fresh_retry_after("Sat, 21 Nov 2099 06:29:00 GMT", NOW), 86400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fresh_until),
        cmocka_unit_test(test_retry_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
