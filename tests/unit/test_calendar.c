/*
 * test_calendar - dates, calendar months and working days: the vectors of the scheme, and what must
 * hold for every date and every list of closures, tried on many against a slow and simple count.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/buffer.h"
#include "base/utc.h"
#include "scheme/calendar.h"

static uint64_t seed = 0x853c49e6748fea9bu;

static uint64_t random64(void)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return seed * 0x2545f4914f6cdd1du;
}

static int below(int n)
{
    return (int)(random64() % (uint64_t)n);
}

static int32_t day(const char *text)
{
    int32_t out;
    if (!date_parse(span_str(text), &out)) {
        fail_msg("%s is no date", text);
    }
    return out;
}

static const char *text_of(int32_t date)
{
    static char texts[4][DATE_TEXT];
    static unsigned at;
    return date_text(date, texts[at++ % 4]);
}

static void assert_day(int32_t got, const char *want)
{
    assert_string_equal(text_of(got), want);
}

/* ---- dates ----------------------------------------------------------------------------------- */

/* "Month arithmetic (vectors)" of the scheme. */
static void test_month_vectors(void **state)
{
    (void)state;
    assert_day(date_period_end(day("2024-03-05"), 36), "2027-03-04");
    assert_day(date_period_end(day("2024-02-29"), 36), "2027-02-28");
    assert_day(date_period_end(day("2025-03-01"), 36), "2028-02-29");
    assert_day(date_period_end(day("2027-03-04") + 1, 36), "2030-03-04");
    assert_day(date_add_months(day("2027-03-04"), -3), "2026-12-04");
    assert_day(date_add_months(day("2027-05-31"), -3), "2027-02-28");
    assert_day(date_add_months(day("2028-05-31"), -3), "2028-02-29");
    assert_day(date_add_months(day("2026-11-30"), 3), "2027-02-28");
}

static void test_parse(void **state)
{
    static const char *const wrong[] = {"",           "2026-2-01",   "2026-02-30", "2026-13-01",
                                        "2026-00-10", "2026-04-31",  "2025-02-29", "1900-02-29",
                                        "2026/01/01", "2026-01-01 ", "0000-01-01", "9999-01-01",
                                        "+026-01-01", "20260101",    "2026-01-1x"};
    int32_t out;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (date_parse(span_str(wrong[i]), &out)) {
            fail_msg("%s is taken for a date", wrong[i]);
        }
    }
    assert_int_equal(day("1970-01-01"), 0);
    assert_int_equal(day("2000-02-29"), 11016);
}

static void test_people(void **state)
{
    char text[DATE_TEXT];
    (void)state;
    assert_string_equal(date_people(day("2026-11-21"), false, text), "21 Nov 2026");
    assert_string_equal(date_people(day("2026-11-01"), true, text), "1 नवंबर 2026");
    assert_string_equal(date_people(DATE_NONE, true, text), "-");
    assert_string_equal(date_text(DATE_NONE, text), "");
}

/* A day of India begins at 18:30 UTC of the day before. */
static void test_india(void **state)
{
    int64_t t;
    (void)state;
    assert_true(utc_parse(SPAN_LIT("2026-11-20T18:30:00Z"), &t));
    assert_day(date_of_utc(t), "2026-11-21");
    assert_day(date_of_utc(t - 1), "2026-11-20");
    assert_int_equal(date_starts(day("2026-11-21")), t);
    assert_int_equal(date_ends(day("2026-11-20")), t - 1);
    assert_int_equal(date_of_utc(UTC_NONE), DATE_NONE);
    assert_int_equal(date_of_utc(INT64_MAX), DATE_NONE);
    assert_int_equal(date_ends(DATE_NONE), UTC_NONE);
}

/* Every day of four centuries: there and back, one after the other, seven to a week. */
static void test_every_day(void **state)
{
    int32_t first = day("1900-01-01"), last = day("2299-12-31");
    struct date_parts before = {1899, 12, 31};
    (void)state;
    assert_int_equal(date_weekday(first), 0); /* a Monday */
    for (int32_t d = first; d <= last; d++) {
        struct date_parts p = date_split(d);
        int32_t again;
        assert_true(date_make(p.year, p.month, p.day, &again) && again == d);
        assert_int_equal(day(text_of(d)), d);
        assert_true(p.day == before.day + 1 || (p.day == 1 && before.day >= 28));
        assert_int_equal(date_weekday(d), (d - first) % 7);
        assert_int_equal(date_of_utc(date_starts(d)), d);
        assert_int_equal(date_of_utc(date_ends(d)), d);
        before = p;
    }
}

/* Months: the right month, the same day or the last one; periods join without gap or overlap. */
static void test_months(void **state)
{
    (void)state;
    assert_int_equal(date_add_months(DATE_NONE, 3), DATE_NONE);
    assert_int_equal(date_add_months(day("2026-01-31"), 12 * 9000), DATE_NONE);
    assert_int_equal(date_period_end(DATE_NONE, 36), DATE_NONE);
    for (int i = 0; i < 200000; i++) {
        int32_t d = day("1990-01-01") + below(80000), next, out;
        int months = below(241) - 120;
        struct date_parts p = date_split(d), q;
        out = date_add_months(d, months);
        q = date_split(out);
        int total = p.year * 12 + p.month - 1 + months;
        assert_int_equal(q.year * 12 + q.month - 1, total);
        assert_true(q.day == p.day ||
                    (q.day < p.day && date_split(out + 1).day == 1)); /* clamped: last of month */
        next = date_add_months(d + 1, months);
        assert_true(next >= out); /* never turns the order around */
        if (months > 0) {
            int32_t end = date_period_end(d, months);
            assert_true(end == out - 1 || (q.day < p.day && end == out));
            assert_true(end >= d);
        }
    }
}

/* ---- the calendar ---------------------------------------------------------------------------- */

static struct span read_file(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = arena_alloc(a, 1 << 16);
    if (!f || !bytes) {
        fail_msg("%s cannot be read (tests run at the top of the tree)", path);
        return SPAN_NONE;
    }
    size_t n = fread(bytes, 1, 1 << 16, f);
    (void)fclose(f);
    return span_make(bytes, n);
}

static struct calendar shipped(struct arena *a)
{
    char error[CALENDAR_ERROR];
    struct calendar c;
    struct span csv = read_file(a, "trust/calendars/holidays_in_central_delhi.csv");
    if (calendar_parse(a, csv, &c, error)) {
        fail_msg("%s", error);
    }
    return c;
}

/* The list without some dates, as a vector wants it. */
static struct calendar without(struct arena *a, const struct calendar *c, const json_t *ignore)
{
    struct calendar_closure *rows = arena_array(a, c->count + 1, sizeof *rows);
    size_t n = 0;
    assert_non_null(rows);
    for (size_t i = 0; i < c->count; i++) {
        bool drop = false;
        for (size_t k = 0; k < json_array_size(ignore); k++) {
            drop |= c->closures[i].date == day(json_string_value(json_array_get(ignore, k)));
        }
        if (!drop) {
            rows[n++] = c->closures[i];
        }
    }
    return (struct calendar){rows, n};
}

static void test_vectors(void **state)
{
    struct arena *a = arena_new(1 << 24);
    struct calendar c = shipped(a);
    struct span text = read_file(a, "tests/scheme/workingday_vectors.json");
    json_t *root = json_loadb((const char *)text.p, text.n, 0, NULL), *row;
    json_t *rows = json_object_get(root, "vectors");
    size_t i;
    (void)state;
    assert_int_equal(json_array_size(rows), 18);
    json_array_foreach(rows, i, row)
    {
        json_t *ignore = json_object_get(row, "ignore");
        int32_t start = day(json_string_value(json_object_get(row, "start")));
        int days = (int)json_integer_value(json_object_get(row, "days"));
        const char *want = json_string_value(json_object_get(row, "last_day"));
        struct calendar less = without(a, &c, ignore);
        struct calendar_due due = calendar_due(&less, start, days, CALENDAR_ALL);
        assert_day(due.date, want);
        bool warns = strstr(json_string_value(json_object_get(row, "why")), "must warn") != NULL;
        assert_int_equal(due.missing_year, warns ? 2028 : 0);
        /* What was not declared yet is not seen "as of" the day before. */
        if (json_array_size(ignore)) {
            int32_t closed = day(json_string_value(json_array_get(ignore, 0)));
            const struct calendar_closure *it = calendar_closure(&c, closed, CALENDAR_ALL);
            assert_non_null(it);
            assert_day(calendar_due(&c, start, days, it->declared_on - 1).date, want);
            assert_true(calendar_due(&c, start, days, it->declared_on).date > day(want));
        }
    }
    json_decref(root);
    arena_free(a);
}

static void test_coverage(void **state)
{
    struct arena *a = arena_new(1 << 24);
    struct calendar c = shipped(a), none = {0};
    (void)state;
    for (int year = 2024; year <= 2027; year++) {
        assert_true(calendar_covers(&c, year, CALENDAR_ALL));
    }
    assert_false(calendar_covers(&c, 2023, CALENDAR_ALL));
    assert_false(calendar_covers(&c, 2028, CALENDAR_ALL));
    /* The list for 2027 is of 16 July 2026. */
    assert_false(calendar_covers(&c, 2027, day("2026-07-15")));
    assert_true(calendar_covers(&c, 2027, day("2026-07-16")));
    assert_int_equal(calendar_due(&c, day("2026-12-24"), 15, day("2026-07-15")).missing_year, 2027);
    /* A window without days looks at nothing. */
    assert_int_equal(calendar_due(&none, day("2026-12-24"), 0, CALENDAR_ALL).missing_year, 0);
    assert_day(calendar_due(&none, day("2026-12-24"), 0, CALENDAR_ALL).date, "2026-12-24");
    /* It begins with the day after: 31 December itself is not looked at. */
    assert_int_equal(calendar_due(&c, day("2023-12-31"), 3, CALENDAR_ALL).missing_year, 0);
    assert_int_equal(calendar_due(&c, day("2026-12-24"), -1, CALENDAR_ALL).date, DATE_NONE);
    assert_int_equal(calendar_due(&c, DATE_NONE, 3, CALENDAR_ALL).date, DATE_NONE);
    assert_int_equal(calendar_due(&c, 0, CALENDAR_DAYS_MAX + 1, CALENDAR_ALL).date, DATE_NONE);
    arena_free(a);
}

/* A closure declared inside the window moves its end; what was told is never taken back. */
static void test_recompute(void **state)
{
    struct arena *a = arena_new(1 << 24);
    struct calendar c = shipped(a);
    (void)state;
    struct calendar_again x =
        calendar_recompute(&c, day("2026-04-01"), 15, DATE_NONE, day("2026-04-08"));
    assert_int_equal(x.old_value, DATE_NONE);
    assert_day(x.value, "2026-04-23");
    assert_true(x.changed);
    x = calendar_recompute(&c, day("2026-04-01"), 15, x.value, day("2026-04-09"));
    assert_day(x.old_value, "2026-04-23");
    assert_day(x.value, "2026-04-24");
    assert_true(x.changed);
    x = calendar_recompute(&c, day("2026-04-01"), 15, day("2026-04-27"), day("2026-04-09"));
    assert_day(x.computed, "2026-04-24");
    assert_day(x.value, "2026-04-27");
    assert_false(x.changed);
    arena_free(a);
}

/* ---- lists ----------------------------------------------------------------------------------- */

#define HEAD "date,name,kind,order,declared_on,source_note\n"

static int parse(struct arena *a, const char *csv, struct calendar *out, char *error)
{
    return calendar_parse(a, span_str(csv), out, error);
}

static void test_strict_lists(void **state)
{
    static const char *const wrong[][2] = {
        {"", "line 1"},
        {"date,name,kind\n", "line 1"},
        {HEAD "2026-01-26,Republic Day,gazetted,x,,y\n2026-02-30,X,gazetted,o,,n\n", "line 3"},
        {HEAD "26.01.2026,Republic Day,gazetted,x,,y\n", "line 2"},
        {HEAD "2026-01-26,,gazetted,x,,y\n", "the name is missing"},
        {HEAD "2026-01-26,R,holiday,x,,y\n", "the kind"},
        {HEAD "2026-01-26,R,gazetted,x,soon,y\n", "declared_on"},
        {HEAD "2026-01-26,R,declared,x,,y\n", "declared_on is missing"},
        {HEAD "2026-01-26,R,gazetted,x,\n", "six fields"},
        {HEAD "2026-01-26,R,gazetted,x,,y,z\n", "six fields"},
        {HEAD "2026-01-26,\"R,gazetted,x,,y\n", "not closed"},
        {HEAD "2026-01-26,R\"x\",gazetted,x,,y\n", "six fields"},
        {HEAD "2026-01-26,R\xff,gazetted,x,,y\n", "UTF-8"},
        {HEAD "2026-01-26,R\x01,gazetted,x,,y\n", "plain text"},
        {HEAD "2026-01-26,R,gazetted,x,,y\n2026-01-26,R,gazetted,x,,y\n", "twice"},
    };
    struct arena *a = arena_new(1 << 24);
    struct calendar c;
    char error[CALENDAR_ERROR];
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (parse(a, wrong[i][0], &c, error) != 1 || !strstr(error, wrong[i][1])) {
            fail_msg("list %zu: %s", i, error);
        }
        assert_int_equal(c.count, 0);
    }
    assert_int_equal(
        parse(a, "\xef\xbb\xbf" HEAD "\r\n2026-01-26,\"A, \"\"b\"\"\",gazetted,,,\r\n", &c, error),
        0);
    assert_int_equal(c.count, 1);
    assert_string_equal(c.closures[0].name, "A, \"b\"");
    arena_free(a);
}

static void test_merge_and_withdraw(void **state)
{
    struct arena *a = arena_new(1 << 24);
    struct calendar base, more, all, again;
    char error[CALENDAR_ERROR];
    size_t fresh;
    (void)state;
    assert_int_equal(parse(a, HEAD "2027-03-10,Id,gazetted,OM,2026-07-16,\n", &base, error), 0);
    assert_int_equal(parse(a,
                           HEAD "2027-03-10,Id moved,withdrawn,OM 2,2027-03-08,moon\n"
                                "2027-03-11,Id,declared,OM 2,2027-03-08,moon\n"
                                "2027-03-10,Id,gazetted,OM,2026-07-16,\n",
                           &more, error),
                     0);
    assert_int_equal(calendar_merge(a, &base, &more, &all, &fresh), 0);
    assert_int_equal(fresh, 2);
    assert_int_equal(all.count, 3);
    assert_false(calendar_working(&all, day("2027-03-10"), day("2027-03-07")));
    assert_true(calendar_working(&all, day("2027-03-11"), day("2027-03-07")));
    assert_true(calendar_working(&all, day("2027-03-10"), day("2027-03-08")));
    assert_false(calendar_working(&all, day("2027-03-11"), day("2027-03-08")));
    /* Loading the same again changes nothing. */
    assert_int_equal(calendar_merge(a, &all, &more, &again, &fresh), 0);
    assert_int_equal(fresh, 0);
    assert_int_equal(again.count, 3);
    arena_free(a);
}

/* What is written is read back as the same. */
static void assert_round_trip(struct arena *a, const struct calendar *c)
{
    struct calendar again;
    char error[CALENDAR_ERROR];
    struct buffer b;
    buffer_init(&b, 1 << 22);
    calendar_csv(c, &b);
    assert_true(buffer_ok(&b));
    assert_int_equal(calendar_parse(a, buffer_span(&b), &again, error), 0);
    buffer_free(&b);
    assert_int_equal(again.count, c->count);
    for (size_t i = 0; i < c->count; i++) {
        assert_int_equal(again.closures[i].date, c->closures[i].date);
        assert_int_equal(again.closures[i].kind, c->closures[i].kind);
        assert_int_equal(again.closures[i].declared_on, c->closures[i].declared_on);
        assert_string_equal(again.closures[i].name, c->closures[i].name);
        assert_string_equal(again.closures[i].note, c->closures[i].note);
    }
}

/* Ten years of closures: some known always, some declared late, some withdrawn again. */
static struct calendar random_calendar(struct arena *a, int32_t first)
{
    struct buffer b;
    struct calendar c;
    char error[CALENDAR_ERROR], date[DATE_TEXT], declared[DATE_TEXT];
    buffer_init(&b, 1 << 20);
    buffer_str(&b, HEAD);
    for (int32_t d = first; d < first + 3653; d++) {
        int dice = below(20);
        if (dice == 0) {
            buffer_printf(&b, "%s,G,gazetted,o,%s,\"n, \"\"q\"\"\"\n", date_text(d, date),
                          below(2) ? "" : date_text(d - 400, declared));
        } else if (dice == 1) {
            buffer_printf(&b, "%s,D,declared,o,%s,\n", date_text(d, date),
                          date_text(d - below(40), declared));
        }
        if (dice == 0 && below(8) == 0) {
            buffer_printf(&b, "%s,W,withdrawn,o,%s,\n", date_text(d, date),
                          date_text(d - below(30), declared));
        }
    }
    if (calendar_parse(a, buffer_span(&b), &c, error)) {
        fail_msg("%s", error);
    }
    buffer_free(&b);
    return c;
}

/* The slow and simple answer: the state of a date is the last row that was declared by then. */
static bool open_by_hand(const struct calendar *c, int32_t date, int32_t as_of)
{
    bool closed = date_weekday(date) >= 5;
    int32_t latest = DATE_NONE;
    for (size_t i = 0; i < c->count; i++) {
        const struct calendar_closure *x = &c->closures[i];
        if (x->date == date && x->declared_on <= as_of && x->declared_on >= latest) {
            latest = x->declared_on;
            closed = date_weekday(date) >= 5 || x->kind != CALENDAR_WITHDRAWN;
        }
    }
    return !closed;
}

static void check_window(const struct calendar *c, int32_t start, int days, int32_t as_of)
{
    struct calendar_due due = calendar_due(c, start, days, as_of);
    int count = 0;
    for (int32_t d = start + 1; d <= due.date; d++) {
        count += open_by_hand(c, d, as_of);
    }
    assert_int_equal(count, days);
    assert_true(days == 0 ? due.date == start : open_by_hand(c, due.date, as_of));
    assert_int_equal(calendar_between(c, start, due.date, as_of), days);
    assert_int_equal(calendar_between(c, due.date, start, as_of), -days);
    /* One working day more ends later; starting later never ends earlier. */
    assert_true(calendar_due(c, start, days + 1, as_of).date > due.date);
    assert_true(calendar_due(c, start + 1, days, as_of).date >= due.date);
    /* A window joins its two halves. */
    int32_t half = calendar_due(c, start, days / 2, as_of).date;
    assert_int_equal(calendar_due(c, half, days - days / 2, as_of).date, due.date);
    /* What was told stays, or grows. */
    int32_t told = due.date + below(5) - 2;
    struct calendar_again x = calendar_recompute(c, start, days, told, CALENDAR_ALL);
    assert_true(x.value >= told && x.value >= x.computed);
    assert_int_equal(x.changed, x.value != told);
}

static void test_random_lists(void **state)
{
    int32_t first = day("2025-01-01");
    (void)state;
    for (int round = 0; round < 30; round++) {
        struct arena *a = arena_new(1 << 24);
        struct calendar c = random_calendar(a, first);
        assert_round_trip(a, &c);
        for (int i = 0; i < 100; i++) {
            int32_t start = first + below(3400);
            int32_t as_of = below(3) ? start + below(60) - 30 : CALENDAR_ALL;
            check_window(&c, start, below(40), as_of);
        }
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_month_vectors),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_people),
        cmocka_unit_test(test_india),
        cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_months),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_recompute),
        cmocka_unit_test(test_strict_lists),
        cmocka_unit_test(test_merge_and_withdraw),
        cmocka_unit_test(test_random_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
