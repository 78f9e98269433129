/*
 * test_people - logging in, the second factor, sessions and tokens, over real records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/db.h"
#include "office/people/inside.h"
#include "records/audit.h"

enum { NOW = 1795000000 };
static const char GOOD[] = "correct horse battery", BAD[] = "correct horse batterz";

struct desk {
    char dir[64];
    struct office settings;
    struct records *r;
    struct people *p;
    int64_t id; /* of "sunita", an officer */
    int64_t now;
};

static char stored[PERSON_PASSWORD]; /* GOOD, hashed once for all tests */

static int64_t add(struct desk *d, const char *login, unsigned roles, bool must_change)
{
    struct person p = {.firm = UTC_NONE,
                       .roles = roles,
                       .must_change = must_change,
                       .created_at = d->now,
                       .name = "S. Sharma"};
    (void)snprintf(p.login, sizeof p.login, "%s", login);
    (void)snprintf(p.password, sizeof p.password, "%s", stored);
    assert_int_equal(records_begin(d->r), 0);
    int64_t id = person_add(d->r, &p);
    assert_int_equal(records_commit(d->r, true), 0);
    assert_true(id > 0);
    return id;
}

static int setup(void **state)
{
    struct desk *d = calloc(1, sizeof *d);
    char why[RECORDS_WHY];
    assert_non_null(d);
    (void)snprintf(d->dir, sizeof d->dir, "/tmp/satyapan-people-XXXXXX");
    assert_non_null(mkdtemp(d->dir));
    office_defaults(&d->settings);
    d->settings.attempts_free = 100; /* waiting times are tested by themselves */
    d->settings.attempts_free_address = 1000;
    d->now = NOW;
    if (records_open(d->dir, NOW, &d->r, why) != 0 ||
        people_open(d->dir, &d->settings, NULL, &d->p, why) != 0) {
        fail_msg("%s", why);
    }
    if (!stored[0]) {
        assert_int_equal(people_hash(d->p, GOOD, stored), 0);
    }
    d->id = add(d, "sunita", ROLE_INTAKE, false);
    *state = d;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int teardown(void **state)
{
    struct desk *d = *state;
    people_close(d->p);
    records_close(d->r);
    assert_int_equal(nftw(d->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(d);
    return 0;
}

static struct people_entry login_from(struct desk *d, const char *login, const char *password,
                                      const char *old)
{
    struct people_entry e;
    const struct people_try in = {login, password, old, "192.0.2.7", d->now};
    people_login(d->p, d->r, &in, &e);
    return e;
}

static struct people_entry login(struct desk *d, const char *name, const char *password)
{
    return login_from(d, name, password, NULL);
}

static struct people_session look(struct desk *d, const char *cookie)
{
    struct people_session s;
    assert_int_equal(people_session_find(d->p, d->r, cookie, "192.0.2.7", d->now, &s), 0);
    return s;
}

static struct person person(struct desk *d, int64_t id)
{
    struct person p;
    assert_int_equal(person_find(d->r, id, &p), 0);
    return p;
}

/* How often an action is in the trail. */
static int64_t trail(struct desk *d, const char *action)
{
    json_t *rows, *row;
    int64_t n = 0;
    size_t i;
    assert_int_equal(audit_all(d->r, 0, 10000, &rows), 0);
    json_array_foreach(rows, i, row)
    {
        n += strcmp(json_string_value(json_object_get(row, "action")), action) == 0;
    }
    json_decref(rows);
    return n;
}

/* The answer to a guess, without the secret part. */
static void assert_same_answer(const struct people_entry *a, const struct people_entry *b)
{
    assert_int_equal(a->result, b->result);
    assert_int_equal(a->retry, b->retry);
    assert_int_equal(a->stage, b->stage);
    assert_string_equal(a->cookie, b->cookie);
}

/* ---- logging in ------------------------------------------------------------------------------ */

static void test_login(void **state)
{
    struct desk *d = *state;
    d->settings.totp_officers = false;
    struct people_entry e = login(d, "Sunita", GOOD); /* logins do not tell upper from lower case */
    assert_int_equal(e.result, PEOPLE_OK);
    assert_int_equal(e.stage, PEOPLE_FULL);
    struct people_session s = look(d, e.cookie);
    assert_int_equal(s.stage, PEOPLE_FULL);
    assert_int_equal(s.actor.person, d->id);
    assert_int_equal(s.actor.roles, ROLE_INTAKE);
    assert_string_equal(s.actor.login, "sunita");
    assert_int_equal(trail(d, "login.ok"), 1);
    assert_int_equal(look(d, NULL).stage, PEOPLE_NOBODY);
    assert_int_equal(look(d, "").stage, PEOPLE_NOBODY);
    e.cookie[5] = e.cookie[5] == 'x' ? 'y' : 'x';
    assert_int_equal(look(d, e.cookie).stage, PEOPLE_NOBODY);
}

/* The database has no cookie in it. */
static void test_cookie_is_hashed(void **state)
{
    struct desk *d = *state;
    struct people_entry e = login(d, "sunita", GOOD);
    struct people_session s = look(d, e.cookie);
    char hash[SHA256_HEX];
    uint8_t plain[SHA256_SIZE];
    assert_int_equal(hash_sha256(span_str(e.cookie), plain), 0);
    assert_memory_not_equal(plain, s.hash, sizeof plain); /* not even its plain hash */
    assert_int_equal(look(d, hash_hex(span_make(s.hash, SHA256_SIZE), false, hash)).stage,
                     PEOPLE_NOBODY);
}

static void test_wrong_is_wrong(void **state)
{
    struct desk *d = *state;
    struct people_entry wrong = login(d, "sunita", BAD), unknown = login(d, "nobody", BAD);
    assert_int_equal(wrong.result, PEOPLE_WRONG);
    assert_same_answer(&wrong, &unknown);
    struct people_entry empty = login(d, "sunita", "");
    assert_same_answer(&wrong, &empty);
    char longest[4096];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = 0;
    struct people_entry huge = login(d, longest, longest);
    assert_same_answer(&wrong, &huge);
    struct person p = person(d, d->id);
    p.disabled_at = d->now;
    assert_int_equal(records_begin(d->r), 0);
    assert_int_equal(person_update(d->r, &p), 0);
    assert_int_equal(records_commit(d->r, true), 0);
    struct people_entry disabled = login(d, "sunita", GOOD);
    assert_same_answer(&wrong, &disabled);
    assert_int_equal(trail(d, "login.failed"), 4); /* the huge one was no login at all */
}

/* Ten wrong ones lock; the right one then gets the same answer; trying on does not prolong it. */
static void test_lock(void **state)
{
    struct desk *d = *state;
    d->settings.totp_officers = false;
    struct people_entry wrong = {0};
    for (int i = 0; i < 10; i++) {
        assert_int_equal(person(d, d->id).locked_until, 0);
        wrong = login(d, "sunita", BAD);
        assert_int_equal(wrong.result, PEOPLE_WRONG);
    }
    assert_int_equal(person(d, d->id).locked_until, d->now + 900);
    assert_int_equal(trail(d, "login.locked"), 1);
    struct people_entry right = login(d, "sunita", GOOD);
    assert_same_answer(&wrong, &right);
    d->now += 899;
    right = login(d, "sunita", GOOD);
    assert_same_answer(&wrong, &right);
    assert_int_equal(person(d, d->id).locked_until, NOW + 900);
    d->now += 1;
    assert_int_equal(login(d, "sunita", GOOD).result, PEOPLE_OK);
    assert_int_equal(person(d, d->id).failures, 0);
}

static void test_waiting(void **state)
{
    struct desk *d = *state;
    d->settings.attempts_free = 2;
    const char *const names[] = {"sunita", "nobody"};
    for (int i = 0; i < 2; i++) {
        for (int n = 0; n < 3; n++) {
            assert_int_equal(login(d, names[i], BAD).result, PEOPLE_WRONG);
        }
        struct people_entry e = login(d, names[i], GOOD);
        assert_int_equal(e.result, PEOPLE_WAIT);
        assert_int_equal(e.retry, 1);
    }
    int64_t failures = person(d, d->id).failures;
    assert_int_equal(failures, 3); /* what was not tried does not count */
    d->now += 1;
    assert_int_equal(login(d, "sunita", GOOD).result, PEOPLE_OK);
    assert_int_equal(login(d, "sunita", GOOD).result, PEOPLE_OK); /* and all is forgotten */
}

static void test_waiting_address(void **state)
{
    struct desk *d = *state;
    d->settings.attempts_free_address = 2;
    char name[16];
    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "nobody%d", i);
        assert_int_equal(login(d, name, BAD).result, PEOPLE_WRONG);
    }
    assert_int_equal(login(d, "nobody9", BAD).result, PEOPLE_WAIT);
}

/* ---- sessions -------------------------------------------------------------------------------- */

static void test_session_ends(void **state)
{
    struct desk *d = *state;
    d->settings.totp_officers = false;
    struct people_entry e = login(d, "sunita", GOOD);
    d->now += 1800;                                         /* idle */
    assert_int_equal(look(d, e.cookie).stage, PEOPLE_FULL); /* and noted */
    d->now += 1801;
    assert_int_equal(look(d, e.cookie).stage, PEOPLE_NOBODY);
    d->now = NOW;
    e = login(d, "sunita", GOOD);
    for (int64_t end = NOW + 43200; d->now + 1700 < end;) {
        d->now += 1700;
        assert_int_equal(look(d, e.cookie).stage, PEOPLE_FULL);
    }
    d->now = NOW + 43199;
    assert_int_equal(look(d, e.cookie).stage, PEOPLE_FULL);
    d->now = NOW + 43200; /* absolute */
    assert_int_equal(look(d, e.cookie).stage, PEOPLE_NOBODY);
}

static void test_logout(void **state)
{
    struct desk *d = *state;
    d->settings.totp_officers = false;
    struct people_entry one = login(d, "sunita", GOOD), two = login(d, "sunita", GOOD);
    struct people_session s = look(d, one.cookie);
    assert_int_equal(people_logout(d->p, d->r, &s, d->now), 0);
    assert_int_equal(look(d, one.cookie).stage, PEOPLE_NOBODY);
    assert_int_equal(look(d, two.cookie).stage, PEOPLE_FULL);
    assert_int_equal(trail(d, "login.out"), 1);
}

/* A cookie somebody planted is never the one that counts afterwards. */
static void test_fixation(void **state)
{
    struct desk *d = *state;
    d->settings.totp_officers = false;
    struct people_entry theirs = login(d, "sunita", GOOD);
    struct people_entry mine = login_from(d, "sunita", GOOD, theirs.cookie);
    assert_string_not_equal(theirs.cookie, mine.cookie);
    assert_int_equal(look(d, theirs.cookie).stage, PEOPLE_NOBODY);
    assert_int_equal(look(d, mine.cookie).stage, PEOPLE_FULL);
    struct people_session s = look(d, mine.cookie);
    char cookie[PEOPLE_COOKIE];
    assert_int_equal(people_renew(d->p, d->r, &s, cookie), 0);
    assert_int_equal(look(d, mine.cookie).stage, PEOPLE_NOBODY);
    assert_int_equal(look(d, cookie).stage, PEOPLE_FULL);
}

static void test_form_token(void **state)
{
    struct desk *d = *state;
    d->settings.totp_officers = false;
    struct people_session one = look(d, login(d, "sunita", GOOD).cookie);
    struct people_session two = look(d, login(d, "sunita", GOOD).cookie);
    struct people_session nobody = look(d, NULL);
    assert_true(people_form_ok(&one, one.form_token));
    assert_false(people_form_ok(&one, two.form_token));
    assert_false(people_form_ok(&one, ""));
    assert_false(people_form_ok(&one, NULL));
    assert_false(people_form_ok(&nobody, ""));
    assert_false(people_form_ok(&nobody, one.form_token));
}

static void test_first_steps(void **state)
{
    struct desk *d = *state;
    (void)add(d, "fresh", ROLE_ADMIN, true);
    struct people_session s = look(d, login(d, "fresh", GOOD).cookie);
    assert_true(s.must_change);
    assert_true(s.must_enrol);
    assert_string_equal(s.actor.scopes, "account");
    d->settings.totp_officers = false;
    s = look(d, login(d, "sunita", GOOD).cookie);
    assert_false(s.must_enrol);
    struct people_session copy;
    people_session_move(&copy, &s);
    assert_null(copy.actor.scopes);
    assert_ptr_equal(copy.actor.address, copy.address);
}

static void test_stale(void **state)
{
    struct desk *d = *state;
    d->settings.totp_officers = false;
    struct people_entry e = login(d, "sunita", GOOD), again;
    d->now += 900;
    assert_false(look(d, e.cookie).actor.stale);
    d->now += 1;
    struct people_session s = look(d, e.cookie);
    assert_true(s.actor.stale);
    people_confirm(d->p, d->r, &s, BAD, "", d->now, &again);
    assert_int_equal(again.result, PEOPLE_WRONG);
    assert_int_equal(person(d, d->id).failures, 1);
    assert_true(look(d, e.cookie).actor.stale);
    people_confirm(d->p, d->r, &s, GOOD, "", d->now, &again);
    assert_int_equal(again.result, PEOPLE_OK);
    assert_int_equal(look(d, e.cookie).stage, PEOPLE_NOBODY);
    assert_false(look(d, again.cookie).actor.stale);
    d->now = NOW + 43200; /* no longer than the first one */
    assert_int_equal(look(d, again.cookie).stage, PEOPLE_NOBODY);
}

/* ---- the second factor ----------------------------------------------------------------------- */

static const uint8_t secret[TOTP_SECRET] = "12345678901234567890";

static void enrol(struct desk *d)
{
    struct person p = person(d, d->id);
    assert_int_equal(people_totp_close(d->p, &p, secret), 0);
    memcpy(p.totp, p.totp_new, p.totp_new_size);
    p.totp_size = p.totp_new_size;
    p.totp_new_size = 0;
    assert_int_equal(records_begin(d->r), 0);
    assert_int_equal(person_update(d->r, &p), 0);
    assert_int_equal(records_commit(d->r, true), 0);
}

static const char *code_at(int64_t t)
{
    static char code[TOTP_CODE];
    assert_int_equal(totp_code(secret, t / 30, code), 0);
    return code;
}

static void test_second(void **state)
{
    struct desk *d = *state;
    struct people_entry half, full;
    enrol(d);
    half = login(d, "sunita", GOOD);
    assert_int_equal(half.stage, PEOPLE_PASSWORD);
    struct people_session s = look(d, half.cookie);
    assert_int_equal(s.stage, PEOPLE_PASSWORD);
    assert_int_equal(s.actor.roles, 0); /* the password alone opens nothing */
    people_second(d->p, d->r, &s, "000000", d->now, &full);
    assert_int_equal(full.result, PEOPLE_WRONG);
    assert_int_equal(person(d, d->id).failures, 1);
    people_second(d->p, d->r, &s, code_at(d->now), d->now, &full);
    assert_int_equal(full.result, PEOPLE_OK);
    assert_int_equal(look(d, half.cookie).stage, PEOPLE_NOBODY);
    assert_int_equal(look(d, full.cookie).stage, PEOPLE_FULL);
    assert_false(look(d, full.cookie).must_enrol);
    /* The same code a second time, from another half session. */
    s = look(d, login(d, "sunita", GOOD).cookie);
    people_second(d->p, d->r, &s, code_at(d->now), d->now, &full);
    assert_int_equal(full.result, PEOPLE_WRONG);
    d->now += 30;
    people_second(d->p, d->r, &s, code_at(d->now), d->now, &full);
    assert_int_equal(full.result, PEOPLE_OK);
}

/* Guesses of the code lock, whatever is right about the password in between. */
static void test_second_locks(void **state)
{
    struct desk *d = *state;
    struct people_entry e;
    enrol(d);
    for (int i = 0; i < 10; i++) {
        struct people_session s = look(d, login(d, "sunita", GOOD).cookie);
        assert_int_equal(s.stage, PEOPLE_PASSWORD);
        people_second(d->p, d->r, &s, "000000", d->now, &e);
        assert_int_equal(e.result, PEOPLE_WRONG);
    }
    assert_int_equal(trail(d, "login.locked"), 1);
    assert_int_equal(login(d, "sunita", GOOD).result, PEOPLE_WRONG);
}

static void test_half_session_is_short(void **state)
{
    struct desk *d = *state;
    enrol(d);
    struct people_entry half = login(d, "sunita", GOOD);
    d->now += 601;
    assert_int_equal(look(d, half.cookie).stage, PEOPLE_NOBODY);
}

static void test_recovery(void **state)
{
    struct desk *d = *state;
    uint8_t hash[SHA256_SIZE];
    struct people_entry e;
    const char *code = "AAAAA-BBBBB-CCCCC-DDDDD";
    enrol(d);
    assert_int_equal(people_recovery_hash(d->id, code, hash), 0);
    assert_int_equal(records_begin(d->r), 0);
    assert_int_equal(recovery_add(d->r, d->id, hash), 0);
    assert_int_equal(records_commit(d->r, true), 0);
    struct people_session s = look(d, login(d, "sunita", GOOD).cookie);
    people_second(d->p, d->r, &s, "AAAAA-BBBBB-CCCCC-DDDDE", d->now, &e);
    assert_int_equal(e.result, PEOPLE_WRONG);
    people_second(d->p, d->r, &s, "aaaaabbbbb cccccddddd", d->now, &e);
    assert_int_equal(e.result, PEOPLE_OK);
    assert_int_equal(recovery_left(d->r, d->id), 0);
    assert_int_equal(trail(d, "login.recovery"), 1);
    s = look(d, login(d, "sunita", GOOD).cookie);
    people_second(d->p, d->r, &s, code, d->now, &e);
    assert_int_equal(e.result, PEOPLE_WRONG); /* once each */
}

/* ---- tokens ---------------------------------------------------------------------------------- */

static struct people_bearer bear(struct desk *d, const char *token)
{
    struct people_bearer b;
    assert_int_equal(people_token_find(d->p, d->r, token, "192.0.2.7", d->now, &b), 0);
    return b;
}

static void test_token(void **state)
{
    struct desk *d = *state;
    char text[PEOPLE_TOKEN];
    struct token t = {.person = d->id,
                      .name = "script",
                      .scopes = "application:read document",
                      .created_at = NOW,
                      .expires_at = NOW + 1000};
    assert_int_equal(people_token_new(text, t.hash), 0);
    assert_int_equal(strncmp(text, "sat_", 4), 0);
    assert_int_equal(strlen(text), PEOPLE_TOKEN - 1);
    assert_int_equal(records_begin(d->r), 0);
    int64_t id = token_add(d->r, &t);
    assert_true(id > 0);
    assert_int_equal(records_commit(d->r, true), 0);
    struct people_bearer b = bear(d, text);
    assert_true(b.good);
    assert_string_equal(b.actor.scopes, "application:read document");
    assert_int_equal(b.actor.person, d->id);
    struct token row;
    assert_int_equal(token_by_id(d->r, id, &row), 0);
    assert_int_equal(row.used_at, NOW);
    assert_false(bear(d, "sat_").good);
    assert_false(bear(d, "").good);
    d->now = NOW + 999;
    assert_true(bear(d, text).good);
    d->now = NOW + 1000;
    assert_false(bear(d, text).good);
    d->now = NOW;
    text[10] ^= 1;
    assert_false(bear(d, text).good);
    text[10] ^= 1;
    assert_int_equal(records_begin(d->r), 0);
    assert_int_equal(token_revoke(d->r, id, NOW), 0);
    assert_int_equal(token_revoke(d->r, id, NOW), RECORDS_NONE);
    assert_int_equal(records_commit(d->r, true), 0);
    assert_false(bear(d, text).good);
}

/* A cookie is no token, and a token no cookie. */
static void test_token_is_no_cookie(void **state)
{
    struct desk *d = *state;
    d->settings.totp_officers = false;
    struct people_entry e = login(d, "sunita", GOOD);
    char text[PEOPLE_TOKEN];
    (void)snprintf(text, sizeof text, "sat_%s", e.cookie);
    assert_false(bear(d, text).good);
}

/* ---- the first start ------------------------------------------------------------------------- */

static void test_first(void **state)
{
    struct desk *d = *state;
    char password[PEOPLE_COOKIE] = "";
    assert_int_equal(people_first(d->p, d->r, NOW, password), 0);
    assert_string_equal(password, "");
    char dir[] = "/tmp/satyapan-first-XXXXXX", why[RECORDS_WHY];
    struct records *empty;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(records_open(dir, NOW, &empty, why), 0);
    assert_int_equal(people_first(d->p, empty, NOW, password), 1);
    assert_int_equal(strlen(password), 23);
    struct people_entry e;
    const struct people_try in = {"admin", password, NULL, "::1", NOW};
    people_login(d->p, empty, &in, &e);
    assert_int_equal(e.result, PEOPLE_OK);
    struct people_session s;
    assert_int_equal(people_session_find(d->p, empty, e.cookie, "::1", NOW, &s), 0);
    assert_true(s.must_change);
    assert_int_equal(people_first(d->p, empty, NOW, password), 0);
    records_close(empty);
    assert_int_equal(nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    struct actor a;
    people_operator(&a);
    assert_int_equal(strncmp(a.login, "operator:", 9), 0);
    assert_int_equal(a.person, UTC_NONE);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_login),
        CASE(test_cookie_is_hashed),
        CASE(test_wrong_is_wrong),
        CASE(test_lock),
        CASE(test_waiting),
        CASE(test_waiting_address),
        CASE(test_session_ends),
        CASE(test_logout),
        CASE(test_fixation),
        CASE(test_form_token),
        CASE(test_first_steps),
        CASE(test_stale),
        CASE(test_second),
        CASE(test_second_locks),
        CASE(test_half_session_is_short),
        CASE(test_recovery),
        CASE(test_token),
        CASE(test_token_is_no_cookie),
        CASE(test_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
