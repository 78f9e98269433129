/*
 * test_foreign_case - the states of a foreign certificate and its clock, without records: what must
 * hold for every pair of ways and for every sequence of events, tried on many; and the dates.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "scheme/foreign_case.h"
#include "scheme/foreign_clock.h"

static uint64_t seed = 0x9e3779b97f4a7c15u;

static unsigned below(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % n);
}

static int32_t day(const char *text)
{
    int32_t out;
    assert_true(date_parse(span_str(text), &out));
    return out;
}

/* ---- both ways ------------------------------------------------------------------------------- */

static bool is_yes(const struct foreign_case *c)
{
    return c->web == FOREIGN_WEB_VERIFIED || c->mail == FOREIGN_MAIL_CONFIRMED;
}

static bool is_no(const struct foreign_case *c)
{
    return c->web == FOREIGN_WEB_MISMATCH || c->mail == FOREIGN_MAIL_DENIED;
}

/* Verified needs a yes and nothing against it; a no alone is negative at once; both need a person;
 * what is still at work is never an answer. */
static void test_every_pair(void **state)
{
    (void)state;
    for (int w = 0; w < FOREIGN_WEBS; w++) {
        for (int m = 0; m < FOREIGN_MAILS; m++) {
            struct foreign_case c = {.web = (enum foreign_web)w, .mail = (enum foreign_mail)m};
            bool contradiction = false;
            enum foreign_state s = foreign_state(&c, &contradiction);
            bool disputed = m == FOREIGN_MAIL_DISPUTED;
            assert_int_equal(contradiction, is_yes(&c) && is_no(&c));
            if (contradiction || (disputed && !foreign_answered(s))) {
                assert_int_equal(s, FOREIGN_UNCLEAR);
            } else if (!disputed) {
                assert_int_equal(s == FOREIGN_VERIFIED, is_yes(&c));
                assert_int_equal(s == FOREIGN_MISMATCH || s == FOREIGN_DENIED, is_no(&c));
            }
        }
    }
}

static void test_word_of_an_officer(void **state)
{
    (void)state;
    for (int w = 0; w < FOREIGN_WEBS; w++) {
        for (int m = 0; m < FOREIGN_MAILS; m++) {
            struct foreign_case c = {.web = (enum foreign_web)w, .mail = (enum foreign_mail)m};
            bool contradiction;
            assert_true(foreign_happens(&c, FOREIGN_DECIDE_VERIFIED));
            assert_int_equal(foreign_state(&c, &contradiction), FOREIGN_VERIFIED);
            assert_int_equal(contradiction, is_no(&c));
        }
    }
}

static void must(struct foreign_case *c, enum foreign_event e, enum foreign_state s)
{
    if (!foreign_happens(c, e)) {
        fail_msg("%s is refused", foreign_event_word(e));
    }
    assert_string_equal(foreign_state_word(foreign_state(c, NULL)), foreign_state_word(s));
}

static void test_stories(void **state)
{
    struct foreign_case c = {0};
    bool contradiction;
    (void)state;
    must(&c, FOREIGN_ASK_WEB, FOREIGN_QUEUED);
    must(&c, FOREIGN_WEB_BEGINS, FOREIGN_WEB_CHECKING);
    must(&c, FOREIGN_ASK_MAIL, FOREIGN_WEB_CHECKING);
    must(&c, FOREIGN_MAIL_BEGINS, FOREIGN_WEB_CHECKING);
    must(&c, FOREIGN_WEB_SAYS_NOTHING, FOREIGN_MAIL_SENDING);
    must(&c, FOREIGN_MAIL_IS_SENT, FOREIGN_WAITING_REPLY);
    must(&c, FOREIGN_PAUSE, FOREIGN_PAUSED);
    must(&c, FOREIGN_MAIL_SAYS_NOTHING, FOREIGN_UNCLEAR); /* an answer is not held back */
    must(&c, FOREIGN_MAIL_SAYS_CONFIRMED, FOREIGN_VERIFIED);
    must(&c, FOREIGN_MAIL_COMES_BACK, FOREIGN_VERIFIED); /* a reminder that crossed it */
    assert_false(foreign_happens(&c, FOREIGN_EXPIRE));
    assert_false(foreign_happens(&c, FOREIGN_ASK_MAIL));
    must(&c, FOREIGN_MAIL_SAYS_DENIED, FOREIGN_UNCLEAR);
    must(&c, FOREIGN_MAIL_SAYS_CONFIRMED, FOREIGN_UNCLEAR); /* no mail ends a dispute */
    must(&c, FOREIGN_EXPIRE, FOREIGN_EXPIRED);
    must(&c, FOREIGN_UNEXPIRE, FOREIGN_UNCLEAR);
    must(&c, FOREIGN_CLOSE, FOREIGN_CLOSED);
    assert_false(foreign_happens(&c, FOREIGN_WEB_SAYS_VERIFIED));
    must(&c, FOREIGN_REOPEN, FOREIGN_UNCLEAR);
    c = (struct foreign_case){.web = FOREIGN_WEB_VERIFIED};
    must(&c, FOREIGN_MAIL_SAYS_DENIED, FOREIGN_UNCLEAR);
    assert_int_equal((foreign_state(&c, &contradiction), contradiction), true);
    c = (struct foreign_case){.expired = true, .mail = FOREIGN_MAIL_WAITING};
    must(&c, FOREIGN_MAIL_SAYS_CONFIRMED, FOREIGN_EXPIRED); /* late: on the record, not in time */
    must(&c, FOREIGN_DECIDE_VERIFIED, FOREIGN_VERIFIED);
}

/* Whatever happens in whatever order: words read back; a refused event changes nothing; verified
 * always rests on a yes of somebody; an answer of the issuer is never lost to what is no answer. */
static void test_any_sequence(void **state)
{
    (void)state;
    for (int i = 0; i < 100000; i++) {
        struct foreign_case c = {0};
        bool yes = false;
        for (int k = 0; k < 12; k++) {
            const struct foreign_case was = c;
            enum foreign_event e = (enum foreign_event)below(FOREIGN_EVENTS);
            enum foreign_state s, again;
            bool happened = foreign_happens(&c, e);
            yes |= happened && (e == FOREIGN_WEB_SAYS_VERIFIED ||
                                e == FOREIGN_MAIL_SAYS_CONFIRMED || e == FOREIGN_DECIDE_VERIFIED);
            s = foreign_state(&c, NULL);
            assert_true(foreign_state_read(foreign_state_word(s), &again) && again == s);
            enum foreign_web web;
            enum foreign_mail mail;
            assert_true(foreign_web_read(foreign_web_word(c.web), &web) && web == c.web);
            assert_true(foreign_mail_read(foreign_mail_word(c.mail), &mail) && mail == c.mail);
            assert_true(happened || memcmp(&was, &c, sizeof c) == 0);
            assert_true(s != FOREIGN_VERIFIED || yes);
            if (was.mail == FOREIGN_MAIL_CONFIRMED) {
                assert_true(c.mail == FOREIGN_MAIL_CONFIRMED || c.mail == FOREIGN_MAIL_DISPUTED);
            }
        }
    }
}

/* ---- the clock ------------------------------------------------------------------------------- */

static struct arena *arena;

static struct calendar closures(const char *rows)
{
    char text[600], error[CALENDAR_ERROR];
    struct calendar c;
    (void)snprintf(text, sizeof text, "date,name,kind,order,declared_on,source_note\n%s", rows);
    char *copy = arena_str(arena, span_str(text));
    assert_int_equal(calendar_parse(arena, span_str(copy), &c, error), 0);
    return c;
}

static struct foreign_plan plan_at(const struct foreign_dates *d, const struct scheme_settings *s,
                                   const struct calendar *c, const char *today)
{
    struct foreign_plan p;
    foreign_plan(d, s, c, day(today), &p);
    return p;
}

static void test_dates(void **state)
{
    struct scheme_settings s;
    const struct calendar c = closures("2026-04-03,Good Friday,gazetted,1,2025-06-01,x\n"
                                       "2026-04-14,Ambedkar,declared,2,2026-04-09,x\n");
    struct foreign_dates d = {day("2026-03-30"), DATE_NONE, day("2026-04-01"), DATE_NONE, 0};
    (void)state;
    scheme_settings_default(&s);
    struct foreign_plan p = plan_at(&d, &s, &c, "2026-04-08");
    assert_int_equal(p.start, day("2026-04-01"));
    int32_t before = p.due;
    p = plan_at(&d, &s, &c, "2026-04-09"); /* a closure was declared: a working day more */
    assert_int_equal(p.due, before + 1);
    /* Told once, a day is never taken back: not by another list, not by a clock set back. */
    d.told = p.due;
    assert_int_equal(plan_at(&d, &s, &c, "2026-04-08").due, d.told);
    assert_int_equal(plan_at(&d, &s, &c, "2020-01-01").due, d.told);
    assert_int_equal(plan_at(&d, &s, &c, "2031-01-01").due, d.told);
    /* Steps: the reminders, the vendor, the officer, the end; in the order of their days. */
    assert_int_equal(p.count, 6);
    for (size_t i = 1; i < p.count; i++) {
        assert_true(p.rows[i - 1].on <= p.rows[i].on);
    }
    assert_int_equal(p.rows[p.count - 1].task, FOREIGN_TASK_EXPIRE);
    d.extra_days = 5;
    assert_true(plan_at(&d, &s, &c, "2026-04-09").due > d.told);
    /* Other events that start it, and none yet. */
    s.clock_start = SCHEME_COMPLETE_SUBMISSION;
    assert_int_equal(plan_at(&d, &s, &c, "2026-04-09").start, day("2026-03-30"));
    s.clock_start = SCHEME_REGISTRATION;
    assert_int_equal(plan_at(&d, &s, &c, "2026-04-09").due, DATE_NONE);
    assert_int_equal(plan_at(&d, &s, &c, "2026-04-09").count, 0);
}

static int setup(void **state)
{
    (void)state;
    arena = arena_new(1 << 20);
    return arena ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_pair), cmocka_unit_test(test_word_of_an_officer),
        cmocka_unit_test(test_stories),    cmocka_unit_test(test_any_sequence),
        cmocka_unit_test(test_dates),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
