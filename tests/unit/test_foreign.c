/*
 * test_foreign - operations and jobs on foreign certificates (R-EXT-1, R-EXT-2) over real records,
 * with a clock that the test sets: when the window begins, what is asked for on which day, its last
 * second, answers that crossed it, a calendar and a clock that move, contradictions, four eyes.
 */
#include "foreign_world.h"

/* ---- the start ------------------------------------------------------------------------------- */

static void test_first_query(void **state)
{
    struct desk *d = *state;
    int64_t id = opened(d);
    case_has(d, id, "due_on", "");
    clock_to("2026-06-02"); /* the officer asks a day later: that day is day 0 */
    must(d, OFFICER, "foreign.mail", of("case", id, ""));
    case_has(d, id, "due_on", ""); /* it waits in the queue: nobody was asked */
    say("send.answer", "{\"sent\":false,\"permanent\":false,\"code\":\"x\",\"why\":\"busy\"}\n");
    work(d);
    case_has(d, id, "queried_on", "");
    say("send.answer", "{\"sent\":true,\"permanent\":false,\"bytes_sha256\":\"0\"}\n");
    clock_to("2026-06-03");
    work(d);
    case_has(d, id, "queried_on", "2026-06-03");
    case_has(d, id, "started_on", "2026-06-03");
    case_has(d, id, "due_on", "2026-06-24");
}

static void test_first_query_by_web(void **state)
{
    struct desk *d = *state;
    int64_t id = opened(d);
    web_says("inconclusive");
    must(d, OFFICER, "foreign.check", of("case", id, ""));
    work(d);
    case_has(d, id, "queried_on", DAY_0);
    case_has(d, id, "due_on", DAY_15);
    case_has(d, id, "state", "unclear");
    must(d, OFFICER, "foreign.mail", of("case", id, ""));
    clock_to("2026-06-02");
    work(d); /* the second query begins nothing */
    case_has(d, id, "due_on", DAY_15);
}

static void test_complete_submission(void **state)
{
    struct desk *d = *state;
    setting(d, "clock_start", "\"complete-submission\"");
    int64_t id = opened(d);
    case_has(d, id, "started_on", "2026-05-25");
    case_has(d, id, "due_on", "2026-06-16"); /* 27 May is closed */
}

static void test_registration(void **state)
{
    struct desk *d = *state;
    setting(d, "clock_start", "\"registration\"");
    int64_t id = opened(d);
    case_has(d, id, "started_on", "2026-05-27");
    case_has(d, id, "due_on", "2026-06-17");
    sql(d, "UPDATE application SET registered_on = NULL");
    int64_t other = opened(d);
    case_has(d, other, "due_on", "");
    sql(d, "UPDATE application SET registered_on = '2026-06-01'");
    look(d); /* the clock of the one that waited begins; the other's day was told */
    case_has(d, other, "due_on", DAY_15);
    case_has(d, id, "due_on", DAY_15);
}

/* ---- the days of the window ------------------------------------------------------------------ */

static int64_t told(struct desk *d, const char *task, bool vendor)
{
    char text[256];
    (void)snprintf(text, sizeof text,
                   "SELECT count(*) FROM audit WHERE action = 'foreign.clock' AND visible = %d AND"
                   " detail LIKE '%%\"task\":\"%s\"%%'",
                   vendor, task);
    return count(d, text);
}

/* Each day twice, as the clock looks every few minutes: what has gone out by then. */
static void test_steps(void **state)
{
    static const struct {
        const char *day;
        int64_t mails, told, escalated;
    } days[] = {{"2026-06-04", 1, 0, 0}, {"2026-06-05", 2, 0, 0}, {"2026-06-08", 2, 0, 0},
                {"2026-06-10", 2, 0, 0}, {"2026-06-11", 3, 0, 0}, {"2026-06-12", 3, 0, 0},
                {"2026-06-15", 3, 1, 0}, {"2026-06-16", 3, 1, 0}, {"2026-06-17", 4, 1, 0},
                {"2026-06-18", 4, 1, 1}, {"2026-06-22", 4, 1, 1}};
    struct desk *d = *state;
    int64_t id = asked(d);
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        clock_to(days[i].day);
        look(d);
        now_is += 3600;
        look(d);
        if (lines_of("sent") != days[i].mails || told(d, "tell-vendor", true) != days[i].told ||
            told(d, "escalate", false) != days[i].escalated) {
            fail_msg("%s: %lld mails, told %lld, escalated %lld", days[i].day,
                     (long long)lines_of("sent"), (long long)told(d, "tell-vendor", true),
                     (long long)told(d, "escalate", false));
        }
    }
    assert_int_equal(count(d, "SELECT count(DISTINCT message_id) FROM foreign_mail"), 4);
    assert_int_equal(count(d, "SELECT count(DISTINCT token_sha256) FROM foreign_mail"), 1);
    assert_int_equal(count(d, "SELECT count(*) FROM foreign_mail WHERE state <> 'sent'"), 0);
    assert_int_equal(told(d, "escalate", true) + told(d, "tell-vendor", false), 0);
    case_has(d, id, "state", "waiting_reply");
}

/* After an answer nobody is reminded, and nothing expires. */
static void test_answered_is_left_alone(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    clock_to("2026-06-03");
    arrives(d, id, "reply", "confirmed", now_is);
    poll_now(d);
    case_has(d, id, "state", "verified");
    for (int i = 0; i < 40; i++) {
        now_is += DAY;
        look(d);
    }
    assert_int_equal(lines_of("sent"), 1);
    case_has(d, id, "state", "verified");
    case_has(d, id, "decided_on", "2026-06-03");
}

static void test_last_second(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    now_is = at(DAY_15, DAY - 1);
    look(d);
    case_has(d, id, "state", "waiting_reply");
    now_is++;
    look(d);
    case_has(d, id, "state", "expired_unverified");
    assert_int_equal(count(d, "SELECT count(*) FROM reminder WHERE kind = 'foreign-expired'"), 1);
    look(d);
    assert_int_equal(count(d, "SELECT count(*) FROM reminder WHERE kind = 'foreign-expired'"), 1);
}

/* The server's own job comes at midnight, not up to a quarter of an hour later. */
static void test_midnight(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    now_is = at(DAY_15, DAY - 60);
    look(d);
    now_is = at(DAY_15, DAY);
    work(d);
    case_has(d, id, "state", "expired_unverified");
}

/* ---- answers about the last second ----------------------------------------------------------- */

static void test_answer_in_time_read_late(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    now_is = at(DAY_15, DAY + 60);
    look(d);
    case_has(d, id, "state", "expired_unverified");
    arrives(d, id, "reply", "confirmed", at(DAY_15, DAY - 2));
    poll_now(d);
    case_has(d, id, "state", "verified");
    case_has(d, id, "decided_on", DAY_15);
    look(d);
    case_has(d, id, "state", "verified");
}

static void test_answer_too_late(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    now_is = at(DAY_15, DAY + 60);
    look(d);
    arrives(d, id, "reply", "confirmed", at(DAY_15, DAY + 1));
    poll_now(d);
    case_has(d, id, "state", "expired_unverified");
    case_has(d, id, "mail", "confirmed"); /* it is on the record */
    look(d);
    case_has(d, id, "state", "expired_unverified");
}

/* The same when the mailbox is read before the clock is looked at. */
static void test_answer_too_late_before_the_clock(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    now_is = at(DAY_15, DAY + 60);
    arrives(d, id, "reply", "confirmed", at(DAY_15, DAY + 1));
    sql(d, "UPDATE job SET run_at = run_at + 864000 WHERE kind = 'foreign-clock'");
    poll_now(d);
    case_has(d, id, "state", "expired_unverified");
    assert_int_equal(count(d, "SELECT count(*) FROM reminder WHERE kind = 'foreign-expired'"), 1);
    look(d);
    case_has(d, id, "state", "expired_unverified");
    assert_int_equal(count(d, "SELECT count(*) FROM reminder WHERE kind = 'foreign-expired'"), 1);
}

static void test_web_too_late_before_the_clock(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    now_is = at(DAY_15, DAY - 1);
    must(d, OFFICER, "foreign.check", of("case", id, ""));
    web_says("verified");
    now_is += 2;
    sql(d, "UPDATE job SET run_at = run_at + 864000 WHERE kind = 'foreign-clock'");
    work(d);
    case_has(d, id, "state", "expired_unverified");
}

/* A mailbox whose clock is ahead makes no answer later than now. */
static void test_answer_from_the_future(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    clock_to("2026-06-10");
    arrives(d, id, "reply", "denied", at("2026-07-30", 0));
    poll_now(d);
    case_has(d, id, "state", "denied");
    case_has(d, id, "decided_on", "2026-06-10");
}

/* ---- extension, restart, calendar ------------------------------------------------------------ */

static void test_extension(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    const char *five = "'days': 5, 'reason': 'the register moves house'";
    gives(d, OFFICER, "foreign.extend", of("case", id, five), OP_RULE);
    setting(d, "ext_extension_days", "5");
    gives(d, OFFICER, "foreign.extend", of("case", id, "'days': 6, 'reason': 'the register moves'"),
          OP_RULE);
    must(d, OFFICER, "foreign.extend", of("case", id, five));
    case_has(d, id, "due_on", "2026-06-30"); /* 26 June is closed */
    gives(d, OFFICER, "foreign.extend", of("case", id, five), OP_STATE);
    now_is = at("2026-06-30", DAY - 1);
    look(d);
    case_has(d, id, "state", "waiting_reply");
    now_is++;
    look(d);
    case_has(d, id, "state", "expired_unverified");
    gives(d, OFFICER, "foreign.extend", of("case", id, five), OP_STATE);
}

static void test_restart(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    clock_to("2026-06-05");
    look(d);
    assert_int_equal(lines_of("sent"), 2);
    must(d, OFFICER, "foreign.set", of("case", id, "'email': 'new@issuer.example'"));
    case_has(d, id, "due_on", DAY_15); /* another address alone begins nothing anew */
    setting(d, "ext_restart", "true");
    must(d, OFFICER, "foreign.set", of("case", id, "'email': 'other@issuer.example'"));
    clock_to("2026-06-08");
    must(d, OFFICER, "foreign.mail", of("case", id, ""));
    work(d);
    case_has(d, id, "started_on", "2026-06-08");
    case_has(d, id, "due_on", "2026-06-30"); /* 26 June is closed */
    clock_to("2026-06-12");
    look(d); /* the new window's own reminder of its day 4 */
    assert_int_equal(lines_of("sent"), 4);
}

/* The window begins anew once, by the setting; a later address is taken without. */
static void test_restart_ends(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    setting(d, "ext_restart", "true");
    clock_to("2026-06-05");
    must(d, VENDOR, "foreign.set", of("case", id, "'email': 'new@issuer.example'"));
    must(d, OFFICER, "foreign.mail", of("case", id, ""));
    work(d);
    case_has(d, id, "due_on", "2026-06-29");
    clock_to("2026-06-08");
    must(d, VENDOR, "foreign.set", of("case", id, "'email': 'other@issuer.example'"));
    must(d, OFFICER, "foreign.mail", of("case", id, ""));
    work(d);
    case_has(d, id, "email", "other@issuer.example");
    case_has(d, id, "due_on", "2026-06-29");
    assert_int_equal(count(d, "SELECT count(*) FROM audit WHERE detail LIKE '%\"window\":\"kept\"%'"
                              " AND visible = 1"),
                     1);
    assert_int_equal(
        count(d, "SELECT count(*) FROM audit WHERE detail LIKE '%\"window\":\"restarted\"%'"), 1);
}

/* Where another event starts the clock, another address neither starts it anew nor reminds anew. */
static void test_restart_of_another_clock(void **state)
{
    struct desk *d = *state;
    settings_file(d, "scheme.json",
                  "{\"schema\": \"satyapan-scheme/1\", \"clock_start\": {\"value\":"
                  " \"registration\"}, \"ext_restart\": {\"value\": true}}");
    int64_t id = asked(d);
    clock_to("2026-06-12");
    look(d);
    int64_t mails = lines_of("sent"), informed = told(d, "tell-vendor", true);
    assert_int_equal(informed, 1);
    must(d, OFFICER, "foreign.set", of("case", id, "'email': 'other@issuer.example'"));
    must(d, OFFICER, "foreign.mail", of("case", id, ""));
    look(d);
    case_has(d, id, "due_on", "2026-06-17");
    assert_int_equal(told(d, "tell-vendor", true), informed);
    assert_int_equal(lines_of("sent"), mails + 1);
}

static int64_t redated(struct desk *d, const char *old, const char *new)
{
    char text[300];
    (void)snprintf(text, sizeof text,
                   "SELECT count(*) FROM audit WHERE visible = 1 AND detail LIKE"
                   " '%%\"due_on\":\"%s\"%%\"old_due_on\":\"%s\"%%'",
                   new, old);
    return count(d, text);
}

static void test_calendar(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    closures(d, "2026-06-16,Flood,declared,1,2026-06-10,x\n");
    clock_to("2026-06-09"); /* it is declared tomorrow */
    look(d);
    case_has(d, id, "due_on", DAY_15);
    clock_to("2026-06-10");
    look(d);
    case_has(d, id, "due_on", "2026-06-23");
    assert_int_equal(redated(d, DAY_15, "2026-06-23"), 1);
    closures(d, "2026-06-16,Flood,declared,1,2026-06-10,x\n"
                "2026-06-16,Flood,withdrawn,2,2026-06-12,x\n");
    clock_to("2026-06-12");
    look(d); /* what the vendor was told stands */
    case_has(d, id, "due_on", "2026-06-23");
    assert_int_equal(count(d, "SELECT count(*) FROM audit WHERE action = 'foreign.clock' AND detail"
                              " LIKE '%\"due_on\":%old_due_on%'"),
                     1);
    now_is = at("2026-06-23", DAY - 1);
    look(d);
    case_has(d, id, "state", "waiting_reply");
    now_is++;
    look(d);
    case_has(d, id, "state", "expired_unverified");
}

/* A closure that is declared for the past opens again what had expired. */
static void test_calendar_reopens(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    clock_to("2026-06-23");
    look(d);
    case_has(d, id, "state", "expired_unverified");
    closures(d, "2026-06-22,Flood,declared,1,2026-06-23,x\n");
    look(d);
    case_has(d, id, "state", "waiting_reply");
    case_has(d, id, "due_on", "2026-06-23");
}

/* ---- a clock that is wrong ------------------------------------------------------------------- */

static void test_clock_set_back(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    clock_to("2026-06-11");
    look(d);
    int64_t mails = lines_of("sent");
    assert_int_equal(mails, 2); /* of two reminders that were missed the later one */
    for (const char *const *day =
             (const char *const[]){"2026-06-05", "2026-05-01", "2020-01-01", "2026-06-11", NULL};
         *day; day++) {
        clock_to(*day);
        look(d);
        case_has(d, id, "due_on", DAY_15);
        case_has(d, id, "started_on", DAY_0);
        case_has(d, id, "state", "waiting_reply");
    }
    assert_int_equal(lines_of("sent"), mails);
    clock_to("2026-06-17");
    look(d);
    assert_int_equal(lines_of("sent"), mails + 1);
}

/* Within a minute and a half that number is another one than 0. */
static bool comes(struct desk *d, const char *text)
{
    for (int i = 0; i < 900; i++) {
        if (count(d, text) > 0) {
            return true;
        }
        (void)usleep(100000);
    }
    return false;
}

/* The server's own clock was ahead, and is set right: the work that counts days does not sleep
 * until then. (The clock on the wall is the test's; the machine's own goes on.) */
static void test_clock_set_while_running(void **state)
{
    struct desk *d = *state;
    struct runner *runner = NULL;
    char why[RECORDS_WHY];
    const struct office_verifier verifier = {.policy = "none"}; /* no document comes */
    d->runner.verifier = &verifier;
    d->office.intake_jobs = 1;
#define LOOKED_IN(year)                                                                            \
    "SELECT count(*) FROM job WHERE kind = 'foreign-clock' AND state = 'done' AND"                 \
    " strftime('%Y', finished_at, 'unixepoch') = '" year "'"
    clock_to("2027-03-01");
    assert_int_equal(runner_start(&d->runner, &runner, why), 0);
    assert_true(comes(d, LOOKED_IN("2027")));
    clock_to("2026-06-05");
    bool looked = comes(d, LOOKED_IN("2026"));
    runner_stop(runner);
    assert_true(looked);
}

static void test_clock_set_forward(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    clock_to("2031-01-01");
    look(d);
    case_has(d, id, "state", "expired_unverified");
    case_has(d, id, "due_on", DAY_15);
    clock_to("2026-06-05");
    look(d); /* right again: it is open, on the same day, and its reminder goes out once */
    case_has(d, id, "state", "waiting_reply");
    case_has(d, id, "due_on", DAY_15);
    assert_int_equal(lines_of("sent"), 2);
    clock_to("2027-01-01");
    look(d);
    clock_to("2026-06-05");
    look(d);
    assert_int_equal(lines_of("sent"), 2);
    case_has(d, id, "due_on", DAY_15);
}

/* ---- what ways say --------------------------------------------------------------------------- */

static void test_contradiction(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    web_says("verified");
    must(d, OFFICER, "foreign.check", of("case", id, ""));
    work(d);
    case_has(d, id, "state", "verified");
    arrives(d, id, "reply", "denied", now_is);
    poll_now(d);
    case_has(d, id, "state", "unclear");
    assert_int_equal(count(d, "SELECT contradiction FROM foreign_case"), 1);
    must(d, VENDOR, "foreign.show", of("case", id, "")); /* a person decides: not the vendor's */
    assert_int_equal(json_integer_value(json_object_get(d->c.out, "contradiction")), 0);
}

/* The issuer says yes and then no, by two mails: a person must see both. */
static void test_two_answers(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    arrives(d, id, "reply", "confirmed", now_is);
    poll_now(d);
    case_has(d, id, "state", "verified");
    arrives(d, id, "reply", "denied", now_is);
    poll_now(d);
    case_has(d, id, "mail", "disputed");
    case_has(d, id, "state", "unclear");
    assert_int_equal(count(d, "SELECT count(*) FROM foreign_evidence"), 2);
    arrives(d, id, "reply", "confirmed", now_is);
    poll_now(d);
    case_has(d, id, "state", "unclear");
    assert_int_equal(count(d, "SELECT count(*) FROM foreign_evidence"), 3);
}

static void test_bounce(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    arrives(d, id, "bounce", "", now_is);
    poll_now(d);
    case_has(d, id, "mail", "bounced");
    case_has(d, id, "state", "unclear"); /* nothing is on its way: a person is needed, now */
    poll_now(d);
    assert_int_equal(count(d, "SELECT count(*) FROM foreign_evidence"), 1);
    clock_to("2026-06-05");
    look(d);
    assert_int_equal(lines_of("sent"), 1); /* nobody is reminded where mail comes back */
    case_has(d, id, "due_on", DAY_15);
}

static void test_refused_at_once(void **state)
{
    struct desk *d = *state;
    int64_t id = opened(d);
    say("send.answer",
        "{\"sent\":false,\"permanent\":true,\"code\":\"x\",\"why\":\"no such user\"}\n");
    must(d, OFFICER, "foreign.mail", of("case", id, ""));
    work(d);
    case_has(d, id, "mail", "bounced");
    case_has(d, id, "queried_on", ""); /* nobody was asked: the clock has not begun */
}

static void test_auto_reply(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    arrives(d, id, "auto-reply", "confirmed", now_is);
    poll_now(d);
    case_has(d, id, "state", "waiting_reply");
    arrives(d, id, "reply", "unclear", now_is);
    poll_now(d);
    case_has(d, id, "state", "unclear");
}

/* ---- officers -------------------------------------------------------------------------------- */

static void test_four_eyes(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    const char *no = "'decision': 'denied', 'reason': 'they telephoned us'";
    gives(d, OFFICER, "foreign.decide",
          of("case", id, "'decision': 'verified', 'reason': 'they telephoned us'"), OP_RULE);
    must(d, OFFICER, "foreign.decide", of("case", id, no));
    case_has(d, id, "state", "waiting_reply");
    int64_t decision = count(d, "SELECT max(id) FROM foreign_decision");
    gives(d, OFFICER, "foreign.confirm", of("decision", decision, ""), OP_FOUR_EYES);
    case_has(d, id, "state", "waiting_reply");
    must(d, SECOND, "foreign.confirm", of("decision", decision, ""));
    case_has(d, id, "state", "denied");
    gives(d, SECOND, "foreign.confirm", of("decision", decision, ""), OP_STATE);
}

/* An answer of the last day may be entered later, but never by one officer alone. */
static void test_four_eyes_for_the_past(void **state)
{
    struct desk *d = *state;
    d->office.four_eyes_foreign = false;
    int64_t id = asked(d);
    clock_to("2026-06-24");
    look(d);
    must(d, OFFICER, "foreign.decide",
         of("case", id,
            "'decision': 'denied', 'reason': 'a letter came', 'answered_on': '" DAY_15 "'"));
    case_has(d, id, "state", "expired_unverified");
    must(d, SECOND, "foreign.confirm",
         of("decision", count(d, "SELECT max(id) FROM foreign_decision"), ""));
    case_has(d, id, "state", "denied");
    case_has(d, id, "decided_on", DAY_15);
    gives(d, OFFICER, "foreign.decide",
          of("case", id,
             "'decision': 'denied', 'reason': 'a letter came', 'answered_on':"
             " '2026-05-31'"),
          OP_BAD_PARAMETER);
}

static void test_no_mailbox(void **state)
{
    struct desk *d = *state;
    d->office.maildir = "";
    gives(d, OFFICER, "foreign.poll", json_object(), OP_STATE);
    d->office.maildir = "/nonexistent";
    must(d, OFFICER, "foreign.poll", json_object());
}

/* ---- profiles of issuers --------------------------------------------------------------------- */

static enum op_problem import(struct desk *d, enum who w, const char *profile)
{
    struct op_upload up = {.name = "issuer.json", .media = "application/json"};
    struct blob_draft *b = NULL;
    assert_int_equal(blob_begin(d->dir, 1 << 20, &b), 0);
    assert_int_equal(blob_write(b, span_str(profile)), 0);
    assert_int_equal(blob_done(b, up.sha256, &up.size), 0);
    return call_with(d, w, "issuer.import", json_object(), &up);
}

static void test_profile_importer(void **state)
{
    struct desk *d = *state;
    assert_int_equal(
        import(d, OFFICER, "{\"id\":\"other\",\"name\":\"Other\",\"domains\":[\"other.example\"]}"),
        OP_OK);
    int64_t id = number_of(d, "id");
    gives(d, OFFICER, "issuer.approve", of("issuer", id, ""), OP_FOUR_EYES);
    must(d, SECOND, "issuer.approve", of("issuer", id, ""));
}

/* The smallest change takes the approval, and what rested on it. */
static void test_profile_edited(void **state)
{
    struct desk *d = *state;
    int64_t id = opened(d);
    assert_int_equal(
        import(d, OFFICER,
               "{\"id\":\"issuer\",\"name\":\"Issuer.\",\"domains\":[\"issuer.example\"],"
               "\"mail_domains\":[\"issuer.example\"]}"),
        OP_OK);
    int64_t profile = number_of(d, "id");
    gives(d, OFFICER, "foreign.check", of("case", id, ""), OP_RULE);
    gives(d, OFFICER, "foreign.mail", of("case", id, ""), OP_RULE);
    must(d, SECOND, "issuer.approve", of("issuer", profile, ""));
    must(d, OFFICER, "foreign.mail", of("case", id, ""));
}

/* ---- the secret page ------------------------------------------------------------------------- */

static json_t *secret(struct desk *d, int64_t id, const char *answer)
{
    char link[FOREIGN_TOKEN];
    assert_int_equal(foreign_token_make(d->dir, FOREIGN_TOKEN_LINK, id, 1, link), 0);
    return json_pack("{s:s, s:s*}", "secret", link, "answer", answer);
}

/* A mailbox below an approved domain may be a customer's, unless the profile says otherwise. */
static void test_mailbox_below(void **state)
{
    struct desk *d = *state;
    int64_t id = opened(d);
    const char *below = "'email': 'x@customers.issuer.example'";
    must(d, VENDOR, "foreign.set", of("case", id, below));
    gives(d, OFFICER, "foreign.mail", of("case", id, ""), OP_RULE);
    sql(d, "UPDATE issuer_domain SET below = 1 WHERE kind = 'mail'");
    must(d, OFFICER, "foreign.mail", of("case", id, ""));
}

static void test_answer_once(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    must(d, VENDOR, "foreign.question", secret(d, id, NULL));
    must(d, VENDOR, "foreign.question", secret(d, id, NULL)); /* reading changes nothing */
    case_has(d, id, "state", "waiting_reply");
    must(d, VENDOR, "foreign.answer", secret(d, id, "denied"));
    case_has(d, id, "state", "denied");
    gives(d, VENDOR, "foreign.answer", secret(d, id, "confirmed"), OP_STATE);
    case_has(d, id, "state", "denied");
}

/* What is kept is no secret: neither the token nor its link is anywhere in the records. */
static void test_answer_hashed(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    char link[FOREIGN_TOKEN], text[400];
    for (int kind = FOREIGN_TOKEN_MAIL; kind <= FOREIGN_TOKEN_LINK; kind++) {
        assert_int_equal(foreign_token_make(d->dir, (enum foreign_token)kind, id, 1, link), 0);
        (void)snprintf(text, sizeof text,
                       "SELECT (SELECT count(*) FROM foreign_mail WHERE instr(message_id ||"
                       " token_sha256 || link_sha256, '%s')) + (SELECT count(*) FROM job WHERE"
                       " instr(payload, '%s')) + (SELECT count(*) FROM audit WHERE instr(detail,"
                       " '%s'))",
                       link, link, link);
        assert_int_equal(count(d, text), 0);
    }
}

static void test_answer_page_ends(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    now_is = at(DAY_15, DAY); /* before the clock is looked at */
    gives(d, VENDOR, "foreign.answer", secret(d, id, "denied"), OP_STATE);
    now_is--;
    must(d, VENDOR, "foreign.answer", secret(d, id, "denied"));
    case_has(d, id, "state", "denied");
}

/* A closure that was declared before the clock looks again holds for the issuer's page at once, and
 * for the dates the answer ends with. */
static void test_answer_page_late_closure(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    closures(d, "2026-06-16,Flood,declared,1,2026-06-22,x\n");
    now_is = at(DAY_15, DAY);
    must(d, VENDOR, "foreign.answer", secret(d, id, "denied"));
    case_has(d, id, "state", "denied");
    case_has(d, id, "due_on", "2026-06-23");
    assert_int_equal(redated(d, DAY_15, "2026-06-23"), 1);
}

/* ---- what was replaced ----------------------------------------------------------------------- */

/* The request went to an address that the vendor replaced: a "no" from there stands. */
static void test_denied_from_the_replaced_address(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    last_token(d, id, d->request);
    must(d, VENDOR, "foreign.set", of("case", id, "'email': 'friend@issuer.example'"));
    must(d, OFFICER, "foreign.mail", of("case", id, ""));
    work(d);
    json_t *known = NULL;
    assert_int_equal(foreign_mail_known(d->r, &known), 0);
    assert_int_equal(json_array_size(known), 2); /* both are listened to */
    assert_true(json_is_true(json_object_get(json_array_get(known, 0), "earlier")));
    assert_true(json_is_false(json_object_get(json_array_get(known, 1), "earlier")));
    json_decref(known);
    arrives(d, id, "reply", "denied", now_is);
    poll_now(d);
    case_has(d, id, "state", "denied");
    *d->request = 0;
    arrives(d, id, "reply", "confirmed", now_is);
    poll_now(d);
    case_has(d, id, "mail", "disputed");
    case_has(d, id, "state", "unclear");
}

/* A mail that names no request: an officer is told to look, once a day, when an issuer that is
 * asked could have written it. */
static void test_stray(void **state)
{
    struct desk *d = *state;
    const char *told_to_look = "SELECT count(*) FROM reminder WHERE kind = 'foreign-stray'";
    (void)asked(d);
    (void)opened(d); /* nobody is waited for there */
    for (int i = 0; i < 2; i++) {
        say("poll.rows", "{\"class\":\"stray\",\"case\":null,\"from_domain\":\"issuer.example\"}\n"
                         "{\"class\":\"stray\",\"case\":null,\"from_domain\":\"other.example\"}\n"
                         "{\"class\":\"stray\",\"case\":null,\"from_domain\":null}\n"
                         "{\"state\":{},\"left\":0}\n");
        poll_now(d);
        assert_int_equal(count(d, told_to_look), 1);
    }
}

/* Nothing else from there takes the place of the answer that is awaited. */
static void test_bounce_from_the_replaced_address(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    last_token(d, id, d->request);
    must(d, VENDOR, "foreign.set", of("case", id, "'email': 'right@issuer.example'"));
    must(d, OFFICER, "foreign.mail", of("case", id, ""));
    work(d);
    arrives(d, id, "bounce", "unclear", now_is);
    poll_now(d);
    case_has(d, id, "mail", "waiting");
    arrives(d, id, "reply", "unclear", now_is);
    poll_now(d);
    case_has(d, id, "mail", "unclear"); /* somebody is to read it */
    *d->request = 0;
    arrives(d, id, "reply", "confirmed", now_is);
    poll_now(d);
    case_has(d, id, "state", "verified");
}

static json_t *evidence_at(struct desk *d, size_t i)
{
    return json_array_get(json_object_get(d->c.out, "evidence"), i);
}

/* The certificate is entered otherwise: what is known of the old claim is kept, marked, and decides
 * nothing about the new one - whichever way it comes, and whenever. */
static void test_earlier_claim(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    web_says("inconclusive");
    must(d, OFFICER, "foreign.check", of("case", id, ""));
    work(d);
    must(d, OFFICER, "foreign.set", of("case", id, "'language': 'hi'")); /* no other claim */
    must(d, OFFICER, "foreign.show", of("case", id, ""));
    assert_true(json_is_false(json_object_get(evidence_at(d, 0), "earlier_claim")));
    must(d, OFFICER, "foreign.set", of("case", id, "'holder': 'Red Camera Works'"));
    must(d, OFFICER, "foreign.show", of("case", id, ""));
    assert_true(json_is_true(json_object_get(evidence_at(d, 0), "earlier_claim")));
}

static void test_answer_about_the_earlier_claim(void **state)
{
    static const char *const results[] = {"confirmed", "denied", "unclear"};
    struct desk *d = *state;
    for (size_t i = 0; i < 3; i++) {
        int64_t id = asked(d);
        last_token(d, id, d->request);
        must(d, OFFICER, "foreign.set", of("case", id, "'number': 'N-2'"));
        must(d, OFFICER, "foreign.mail", of("case", id, ""));
        work(d);
        arrives(d, id, "reply", results[i], now_is);
        poll_now(d);
        case_has(d, id, "mail", "waiting");
        case_has(d, id, "state", "waiting_reply");
        must(d, OFFICER, "foreign.show", of("case", id, ""));
        assert_true(json_is_true(json_object_get(evidence_at(d, 0), "earlier_claim")));
        gives(d, OFFICER, "foreign.decide",
              of("case", id, "'decision': 'verified', 'reason': 'the issuer said so'"), OP_RULE);
        *d->request = 0;
    }
}

/* The page of a request about an earlier claim is over; that of a replaced address takes a "no". */
static void test_page_of_an_earlier_request(void **state)
{
    struct desk *d = *state;
    char link[FOREIGN_TOKEN];
    int64_t id = asked(d);
    assert_int_equal(foreign_token_make(d->dir, FOREIGN_TOKEN_LINK, id, 1, link), 0);
    d->office.answer_page_confirms = true;
    must(d, OFFICER, "foreign.set", of("case", id, "'email': 'new@issuer.example'"));
    must(d, OFFICER, "foreign.mail", of("case", id, ""));
    work(d);
    json_t *in = json_pack("{s:s, s:s}", "secret", link, "answer", "denied");
    must(d, STRANGER, "foreign.answer", in);
    case_has(d, id, "state", "denied");
    id = asked(d);
    assert_int_equal(foreign_token_make(d->dir, FOREIGN_TOKEN_LINK, id, 1, link), 0);
    must(d, OFFICER, "foreign.set", of("case", id, "'number': 'N-2'"));
    in = json_pack("{s:s, s:s}", "secret", link, "answer", "confirmed");
    gives(d, STRANGER, "foreign.answer", in, OP_STATE);
}

/* A "yes" on the page of a body that the case does not name decides nothing, nor does its "no". */
static void test_page_of_another_issuer(void **state)
{
    static const char *const answers[] = {"confirmed", "denied"};
    struct desk *d = *state;
    char link[FOREIGN_TOKEN];
    d->office.answer_page_confirms = true;
    say("send.answer", "{\"sent\":true,\"permanent\":false,\"issuer_named\":false,"
                       "\"bytes_sha256\":\"0\"}\n");
    for (size_t i = 0; i < 2; i++) {
        int64_t id = asked(d);
        assert_int_equal(foreign_token_make(d->dir, FOREIGN_TOKEN_LINK, id, 1, link), 0);
        must(d, STRANGER, "foreign.answer",
             json_pack("{s:s, s:s}", "secret", link, "answer", answers[i]));
        case_has(d, id, "state", "unclear");
    }
}

/* ---- who sees what --------------------------------------------------------------------------- */

static void test_own_cases(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d);
    must(d, VENDOR, "foreign.show", of("case", id, ""));
    gives(d, STRANGER, "foreign.show", of("case", id, ""), OP_NOT_FOUND);
    gives(d, STRANGER, "foreign.timeline", of("case", id, ""), OP_NOT_FOUND);
    gives(d, STRANGER, "foreign.set", of("case", id, "'email': 'x@red.example'"), OP_NOT_FOUND);
    must(d, STRANGER, "foreign.list", json_object());
    assert_int_equal(json_array_size(json_object_get(d->c.out, "items")), 0);
    must(d, VENDOR, "foreign.list", json_object());
    assert_int_equal(json_array_size(json_object_get(d->c.out, "items")), 1);
}

static size_t timeline(struct desk *d, enum who w, int64_t id)
{
    must(d, w, "foreign.timeline", of("case", id, ""));
    return json_array_size(json_object_get(d->c.out, "items"));
}

static void test_timeline_of_the_vendor(void **state)
{
    struct desk *d = *state;
    int64_t id = asked(d), was = (int64_t)timeline(d, VENDOR, id);
    must(d, OFFICER, "foreign.decide",
         of("case", id, "'decision': 'denied', 'reason': 'we suspect a forgery'"));
    assert_int_equal(timeline(d, VENDOR, id), was);
    char *text = json_dumps(d->c.out, 0);
    assert_null(strstr(text, "forgery"));
    free(text);
    assert_true((int64_t)timeline(d, OFFICER, id) > was);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_first_query),
        TEST(test_first_query_by_web),
        TEST(test_complete_submission),
        TEST(test_registration),
        TEST(test_steps),
        TEST(test_answered_is_left_alone),
        TEST(test_last_second),
        TEST(test_midnight),
        TEST(test_answer_in_time_read_late),
        TEST(test_answer_too_late),
        TEST(test_answer_too_late_before_the_clock),
        TEST(test_web_too_late_before_the_clock),
        TEST(test_answer_from_the_future),
        TEST(test_extension),
        TEST(test_restart),
        TEST(test_restart_ends),
        TEST(test_restart_of_another_clock),
        TEST(test_calendar),
        TEST(test_calendar_reopens),
        TEST(test_clock_set_back),
        TEST(test_clock_set_while_running),
        TEST(test_clock_set_forward),
        TEST(test_contradiction),
        TEST(test_two_answers),
        TEST(test_bounce),
        TEST(test_refused_at_once),
        TEST(test_auto_reply),
        TEST(test_four_eyes),
        TEST(test_four_eyes_for_the_past),
        TEST(test_no_mailbox),
        TEST(test_profile_importer),
        TEST(test_profile_edited),
        TEST(test_mailbox_below),
        TEST(test_answer_once),
        TEST(test_answer_hashed),
        TEST(test_answer_page_ends),
        TEST(test_answer_page_late_closure),
        TEST(test_denied_from_the_replaced_address),
        TEST(test_stray),
        TEST(test_bounce_from_the_replaced_address),
        TEST(test_earlier_claim),
        TEST(test_answer_about_the_earlier_claim),
        TEST(test_page_of_an_earlier_request),
        TEST(test_page_of_another_issuer),
        TEST(test_own_cases),
        TEST(test_timeline_of_the_vendor),
    };
    (void)argc;
    return home() ? cmocka_run_group_tests(tests, NULL, NULL) : foreign_world_main(argv);
}
