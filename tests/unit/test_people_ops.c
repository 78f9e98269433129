/*
 * test_people_ops - what persons may do about themselves and others, through op_call.
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
#include "records/inside.h"

enum { NOW = 1795000000 };
static const char GOOD[] = "correct horse battery";
static char stored[PERSON_PASSWORD];

struct desk {
    char dir[64];
    struct office settings;
    struct records *r;
    struct people *p;
    struct arena *arena;
    int64_t now, firm;
    struct people_session admin, intake, assessor, vendor;
    json_t *out; /* of the last call */
    enum op_problem problem;
    char field[32]; /* the first that was wrong */
};

static int64_t add(struct desk *d, const char *login, unsigned roles, int64_t firm)
{
    struct person p = {.firm = firm, .roles = roles, .created_at = NOW, .name = "S. Sharma"};
    (void)snprintf(p.login, sizeof p.login, "%s", login);
    (void)snprintf(p.password, sizeof p.password, "%s", stored);
    assert_int_equal(records_begin(d->r), 0);
    int64_t id = person_add(d->r, &p);
    assert_int_equal(records_commit(d->r, true), 0);
    assert_true(id > 0);
    return id;
}

static void enter(struct desk *d, const char *login, struct people_session *out)
{
    struct people_entry e;
    const struct people_try in = {login, GOOD, NULL, "192.0.2.7", d->now};
    people_login(d->p, d->r, &in, &e);
    assert_int_equal(e.result, PEOPLE_OK);
    struct people_session s;
    assert_int_equal(people_session_find(d->p, d->r, e.cookie, "192.0.2.7", d->now, &s), 0);
    people_session_move(out, &s);
}

static int setup(void **state)
{
    struct desk *d = calloc(1, sizeof *d);
    char why[RECORDS_WHY];
    assert_non_null(d);
    (void)snprintf(d->dir, sizeof d->dir, "/tmp/satyapan-people-XXXXXX");
    assert_non_null(mkdtemp(d->dir));
    office_defaults(&d->settings);
    d->settings.totp_officers = false;
    d->now = NOW;
    d->arena = arena_new(1 << 20);
    if (records_open(d->dir, NOW, &d->r, why) != 0 ||
        people_open(d->dir, &d->settings, NULL, &d->p, why) != 0) {
        fail_msg("%s", why);
    }
    if (!stored[0]) {
        assert_int_equal(people_hash(d->p, GOOD, stored), 0);
    }
    assert_int_equal(db_run(d->r->db, "INSERT INTO firm(name, created_at) VALUES('Drishti', 1)"),
                     0);
    d->firm = 1;
    (void)add(d, "admin", ROLE_ADMIN, UTC_NONE);
    (void)add(d, "intake", ROLE_INTAKE, UTC_NONE);
    (void)add(d, "assessor", ROLE_ASSESSOR, UTC_NONE);
    (void)add(d, "vendor", ROLE_VENDOR, d->firm);
    enter(d, "admin", &d->admin);
    enter(d, "intake", &d->intake);
    enter(d, "assessor", &d->assessor);
    enter(d, "vendor", &d->vendor);
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
    json_decref(d->out);
    arena_free(d->arena);
    people_close(d->p);
    records_close(d->r);
    assert_int_equal(nftw(d->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(d);
    return 0;
}

/* in: taken over. */
static enum op_problem call(struct desk *d, const struct actor *a, const char *op, json_t *in)
{
    struct op_call c = {.op = op_find(op),
                        .actor = a,
                        .records = d->r,
                        .arena = d->arena,
                        .office = &d->settings,
                        .people = d->p,
                        .data = d->dir,
                        .now = d->now,
                        .in = in,
                        .limit = 50};
    assert_non_null(c.op);
    assert_non_null(in);
    assert_int_equal(op_call(&c), 0);
    json_decref(d->out);
    d->out = json_incref(c.out);
    d->problem = c.problem;
    const char *field = json_string_value(json_object_get(json_array_get(c.errors, 0), "field"));
    (void)snprintf(d->field, sizeof d->field, "%s", field ? field : "");
    op_call_clear(&c);
    json_decref(in);
    return d->problem;
}

static const char *text(struct desk *d, const char *name)
{
    return json_string_value(json_object_get(d->out, name));
}

static int64_t number(struct desk *d, const char *name)
{
    return json_integer_value(json_object_get(d->out, name));
}

#define REFUSED(field_)                                                                            \
    do {                                                                                           \
        assert_int_equal(d->problem, OP_BAD_PARAMETER);                                            \
        assert_string_equal(d->field, field_);                                                     \
    } while (0)

static bool lets_in(struct desk *d, const char *login, const char *password)
{
    struct people_entry e;
    const struct people_try in = {login, password, NULL, "192.0.2.7", d->now};
    people_login(d->p, d->r, &in, &e);
    return e.result == PEOPLE_OK;
}

/* ---- others ---------------------------------------------------------------------------------- */

static json_t *officer(const char *login, const char *roles)
{
    return json_pack("{ss ss ss}", "login", login, "name", "कविता राव", "roles", roles);
}

static void test_create(void **state)
{
    struct desk *d = *state;
    assert_int_equal(call(d, &d->admin.actor, "person.create", officer("kavita", "intake signer")),
                     OP_OK);
    assert_int_equal(json_array_size(json_object_get(d->out, "roles")), 2);
    assert_true(json_is_true(json_object_get(d->out, "must_change")));
    assert_true(lets_in(d, "kavita", text(d, "password")));
    (void)call(d, &d->admin.actor, "person.create", officer("Kavita", "intake"));
    REFUSED("login");
    (void)call(d, &d->admin.actor, "person.create", officer("../etc", "intake"));
    REFUSED("login");
    (void)call(d, &d->admin.actor, "person.create", officer("ravi", "intake king"));
    REFUSED("roles");
    (void)call(d, &d->admin.actor, "person.create", officer("ravi", "vendor"));
    REFUSED("roles");
    json_t *in = json_pack("{ss ss sI}", "login", "anil", "name", "Anil", "firm", (json_int_t)99);
    (void)call(d, &d->admin.actor, "person.create", in);
    REFUSED("firm");
}

/* Intake adds persons of firms, and nobody else; the others add nobody. */
static void test_create_roles(void **state)
{
    struct desk *d = *state;
    assert_int_equal(call(d, &d->intake.actor, "person.create", officer("kavita", "admin")),
                     OP_FORBIDDEN);
    json_t *in = json_pack("{ss ss sI}", "login", "anil", "name", "Anil", "firm", (json_int_t)1);
    assert_int_equal(call(d, &d->intake.actor, "person.create", json_incref(in)), OP_OK);
    assert_string_equal(json_string_value(json_array_get(json_object_get(d->out, "roles"), 0)),
                        "vendor");
    assert_int_equal(json_object_set_new(in, "roles", json_string("admin")), 0);
    (void)call(d, &d->intake.actor, "person.create", json_incref(in));
    REFUSED("roles");
    assert_int_equal(call(d, &d->assessor.actor, "person.create", json_incref(in)), OP_FORBIDDEN);
    assert_int_equal(call(d, &d->vendor.actor, "person.create", json_incref(in)), OP_FORBIDDEN);
    assert_int_equal(call(d, NULL, "person.create", in), OP_NOT_LOGGED_IN);
}

static json_t *person_in(const struct people_session *s)
{
    return json_pack("{sI}", "person", (json_int_t)s->actor.person);
}

/* Intake reaches vendors' persons; an officer is to it as if he were not there. */
static void test_intake_reaches(void **state)
{
    struct desk *d = *state;
    static const char *const ops[] = {"person.show",  "person.disable",    "person.enable",
                                      "person.reset", "person.reset-totp", "person.set"};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        assert_int_equal(call(d, &d->intake.actor, ops[i], person_in(&d->admin)), OP_NOT_FOUND);
        assert_int_equal(call(d, &d->intake.actor, ops[i], person_in(&d->vendor)), OP_OK);
    }
    assert_int_equal(call(d, &d->intake.actor, "person.certificate", person_in(&d->vendor)),
                     OP_FORBIDDEN);
}

static void test_last_admin(void **state)
{
    struct desk *d = *state;
    assert_int_equal(call(d, &d->admin.actor, "person.disable", person_in(&d->admin)), OP_STATE);
    json_t *in = person_in(&d->admin);
    assert_int_equal(json_object_set_new(in, "roles", json_string("intake")), 0);
    assert_int_equal(call(d, &d->admin.actor, "person.set", json_incref(in)), OP_STATE);
    assert_int_equal(call(d, &d->admin.actor, "person.show", person_in(&d->admin)), OP_OK);
    assert_string_equal(json_string_value(json_array_get(json_object_get(d->out, "roles"), 0)),
                        "admin");
    (void)add(d, "second", ROLE_ADMIN, UTC_NONE);
    assert_int_equal(call(d, &d->admin.actor, "person.set", in), OP_OK);
}

static void test_disable(void **state)
{
    struct desk *d = *state;
    assert_int_equal(call(d, &d->admin.actor, "person.disable", person_in(&d->intake)), OP_OK);
    assert_false(lets_in(d, "intake", GOOD));
    json_t *mine = NULL;
    assert_int_equal(session_list(d->r, d->intake.actor.person, NULL, NOW, &mine), 0);
    assert_int_equal(json_array_size(mine), 0);
    json_decref(mine);
    assert_int_equal(call(d, &d->admin.actor, "person.enable", person_in(&d->intake)), OP_OK);
    assert_true(lets_in(d, "intake", GOOD));
}

static void test_reset(void **state)
{
    struct desk *d = *state;
    assert_int_equal(call(d, &d->admin.actor, "person.reset", person_in(&d->intake)), OP_OK);
    assert_false(lets_in(d, "intake", GOOD));
    assert_true(lets_in(d, "intake", text(d, "password")));
}

static void test_stale_admin(void **state)
{
    struct desk *d = *state;
    d->admin.actor.stale = true;
    assert_int_equal(call(d, &d->admin.actor, "person.reset", person_in(&d->intake)), OP_CONFIRM);
    assert_int_equal(call(d, &d->admin.actor, "person.show", person_in(&d->intake)), OP_OK);
}

static void test_lists(void **state)
{
    struct desk *d = *state;
    assert_int_equal(call(d, &d->admin.actor, "person.list", json_object()), OP_OK);
    const json_t *items = json_object_get(d->out, "items");
    assert_int_equal(json_array_size(items), 4);
    assert_null(json_object_get(json_array_get(items, 0), "password"));
    assert_int_equal(
        call(d, &d->assessor.actor, "officer.list", json_pack("{ss}", "role", "intake")), OP_OK);
    items = json_object_get(d->out, "items");
    assert_int_equal(json_array_size(items), 1);
    assert_int_equal(json_object_size(json_array_get(items, 0)), 3);
    assert_int_equal(call(d, &d->vendor.actor, "officer.list", json_object()), OP_FORBIDDEN);
    assert_int_equal(call(d, &d->assessor.actor, "person.list", json_object()), OP_FORBIDDEN);
}

/* ---- oneself --------------------------------------------------------------------------------- */

static json_t *passwords(const char *old, const char *new)
{
    return json_pack("{ss ss}", "old", old, "new", new);
}

static void test_password(void **state)
{
    struct desk *d = *state;
    struct people_session other;
    enter(d, "intake", &other);
    const struct actor *a = &d->intake.actor;
    (void)call(d, a, "account.password", passwords("not mine at all", "the sea is wide"));
    REFUSED("old");
    (void)call(d, a, "account.password", passwords(GOOD, "short"));
    REFUSED("new");
    (void)call(d, a, "account.password", passwords(GOOD, GOOD));
    REFUSED("new");
    assert_int_equal(call(d, a, "account.password", passwords(GOOD, "the sea is wide")), OP_OK);
    assert_true(lets_in(d, "intake", "the sea is wide"));
    assert_false(lets_in(d, "intake", GOOD));
    assert_int_equal(session_end(d->r, other.hash), 0);     /* was ended */
    assert_int_equal(session_end(d->r, d->intake.hash), 1); /* stays */
}

/* Guessing the old password in a session that was left open. */
static void test_password_guesses(void **state)
{
    struct desk *d = *state;
    const struct actor *a = &d->intake.actor;
    for (int i = 0; i < 4; i++) {
        (void)call(d, a, "account.password", passwords("not mine at all", "the sea is wide"));
        REFUSED("old");
    }
    assert_int_equal(call(d, a, "account.password", passwords(GOOD, "the sea is wide")), OP_RATE);
}

static const char *code_for(struct desk *d, const uint8_t secret[TOTP_SECRET])
{
    static char code[TOTP_CODE];
    assert_int_equal(totp_code(secret, d->now / 30, code), 0);
    return code;
}

static void test_enrol(void **state)
{
    struct desk *d = *state;
    const struct actor *a = &d->intake.actor;
    uint8_t secret[TOTP_SECRET];
    struct person p;
    assert_int_equal(call(d, a, "account.totp-confirm", json_pack("{ss}", "code", "000000")),
                     OP_STATE);
    assert_int_equal(call(d, a, "account.totp-begin", json_object()), OP_OK);
    assert_int_equal(strlen(text(d, "secret")), 32);
    assert_non_null(strstr(text(d, "uri"), text(d, "secret")));
    assert_int_equal(person_find(d->r, a->person, &p), 0);
    assert_int_equal(p.totp_size, 0); /* does not count yet */
    assert_int_equal(people_totp_open(d->p, &p, true, secret), 0);
    assert_int_equal(call(d, a, "account.totp-confirm", json_pack("{ss}", "code", "00000")),
                     OP_BAD_PARAMETER);
    json_t *in = json_pack("{ss}", "code", code_for(d, secret));
    assert_int_equal(call(d, a, "account.totp-confirm", in), OP_OK);
    assert_int_equal(json_array_size(json_object_get(d->out, "recovery")), 10);
    assert_int_equal(recovery_left(d->r, a->person), 10);
    assert_int_equal(person_find(d->r, a->person, &p), 0);
    assert_int_equal(people_totp_open(d->p, &p, false, secret), 0);
    assert_int_equal(p.totp_step, d->now / 30); /* that code is used up */
    p.id++;
    assert_int_equal(people_totp_open(d->p, &p, false, secret), -1); /* in another row */
    assert_int_equal(call(d, a, "account.recovery", json_object()), OP_OK);
    assert_int_equal(recovery_left(d->r, a->person), 10);
    assert_int_equal(call(d, &d->admin.actor, "person.reset-totp", person_in(&d->intake)), OP_OK);
    assert_int_equal(recovery_left(d->r, a->person), 0);
}

static json_t *token_in(const char *scopes, int64_t days)
{
    return json_pack("{ss ss sI}", "name", "script", "scopes", scopes, "days", (json_int_t)days);
}

static void test_tokens(void **state)
{
    struct desk *d = *state;
    const struct actor *a = &d->admin.actor;
    static const char *const wrong[] = {"",        " ",       "person ",        "king",
                                        "token",   "session", "account:read",   "person:write",
                                        "person:", ":read",   "person  person", "person:read x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        (void)call(d, a, "token.create", token_in(wrong[i], 30));
        REFUSED("scopes");
    }
    static const int64_t days[] = {0, 366};
    for (size_t i = 0; i < 2; i++) {
        (void)call(d, a, "token.create", token_in("person", days[i]));
        REFUSED("days");
    }
    assert_int_equal(call(d, a, "token.create", token_in("person:read", 365)), OP_OK);
    int64_t id = number(d, "id");
    struct people_bearer b;
    assert_int_equal(people_token_find(d->p, d->r, text(d, "token"), "::1", d->now, &b), 0);
    assert_true(b.good);
    assert_int_equal(call(d, &b.actor, "person.list", json_object()), OP_OK);
    assert_int_equal(call(d, &b.actor, "person.reset", person_in(&d->intake)), OP_FORBIDDEN);
    assert_int_equal(call(d, &b.actor, "token.create", token_in("person", 1)), OP_FORBIDDEN);
    assert_int_equal(call(d, &b.actor, "account.show", json_object()), OP_FORBIDDEN);
    assert_int_equal(call(d, a, "token.list", json_object()), OP_OK);
    const json_t *row = json_array_get(json_object_get(d->out, "items"), 0);
    assert_int_equal(json_integer_value(json_object_get(row, "id")), id);
    assert_null(json_object_get(row, "token"));
    json_t *in = json_pack("{sI}", "token", (json_int_t)id);
    assert_int_equal(call(d, &d->intake.actor, "token.revoke", json_incref(in)), OP_NOT_FOUND);
    assert_int_equal(call(d, a, "token.revoke", json_incref(in)), OP_OK);
    assert_int_equal(call(d, a, "token.revoke", in), OP_STATE);
}

static void test_sessions(void **state)
{
    struct desk *d = *state;
    struct people_session two, three;
    enter(d, "intake", &two);
    enter(d, "intake", &three);
    const struct actor *a = &d->intake.actor;
    assert_int_equal(call(d, a, "session.list", json_object()), OP_OK);
    const json_t *items = json_object_get(d->out, "items");
    assert_int_equal(json_array_size(items), 3);
    char id[SHA256_HEX];
    (void)hash_hex(span_make(two.hash, SHA256_SIZE), false, id);
    id[32] = 0;
    assert_int_equal(call(d, &d->admin.actor, "session.end", json_pack("{ss}", "session", id)),
                     OP_NOT_FOUND); /* somebody else's */
    assert_int_equal(call(d, a, "session.end", json_pack("{ss}", "session", id)), OP_OK);
    assert_int_equal(call(d, a, "session.end-others", json_object()), OP_OK);
    assert_int_equal(session_end(d->r, three.hash), 0);
    assert_int_equal(session_end(d->r, d->intake.hash), 1);
}

static void test_certificate(void **state)
{
    struct desk *d = *state;
    const char *sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    assert_int_equal(
        call(d, &d->intake.actor, "account.certificate", json_pack("{ss}", "sha256", sha256)),
        OP_OK);
    struct person p;
    assert_int_equal(person_by_certificate(d->r, sha256, &p), RECORDS_NONE); /* not yet */
    json_t *in = person_in(&d->intake);
    assert_int_equal(json_object_set_new(in, "sha256", json_string(sha256)), 0);
    assert_int_equal(call(d, &d->admin.actor, "person.certificate", in), OP_OK);
    assert_int_equal(person_by_certificate(d->r, sha256, &p), 0);
    assert_int_equal(p.id, d->intake.actor.person);
    /* An administrator does not confirm his own; another one's cannot be registered again. */
    assert_int_equal(
        call(d, &d->admin.actor, "account.certificate", json_pack("{ss}", "sha256", sha256)),
        OP_OK);
    in = person_in(&d->admin);
    assert_int_equal(json_object_set_new(in, "sha256", json_string(sha256)), 0);
    assert_int_equal(call(d, &d->admin.actor, "person.certificate", in), OP_FOUR_EYES);
    in = person_in(&d->intake);
    assert_int_equal(json_object_set_new(in, "sha256", json_null()), 0);
    assert_int_equal(call(d, &d->admin.actor, "person.certificate", in), OP_OK);
    assert_int_equal(person_by_certificate(d->r, sha256, &p), RECORDS_NONE);
}

/* The operator at the command line adds and resets; an account he has not. */
static void test_operator(void **state)
{
    struct desk *d = *state;
    struct actor a;
    people_operator(&a);
    assert_int_equal(call(d, &a, "person.create", officer("kavita", "admin")), OP_OK);
    assert_int_equal(call(d, &a, "person.reset", person_in(&d->admin)), OP_OK);
    assert_int_equal(call(d, &a, "account.show", json_object()), OP_STATE);
    assert_int_equal(call(d, &a, "token.create", token_in("person", 1)), OP_FORBIDDEN);
    assert_int_equal(call(d, &a, "session.list", json_object()), OP_OK);
}

static void test_account(void **state)
{
    struct desk *d = *state;
    assert_int_equal(call(d, &d->vendor.actor, "account.show", json_object()), OP_OK);
    assert_string_equal(text(d, "login"), "vendor");
    assert_int_equal(call(d, &d->vendor.actor, "account.language", json_pack("{ss}", "lang", "hi")),
                     OP_OK);
    assert_int_equal(call(d, &d->vendor.actor, "account.show", json_object()), OP_OK);
    assert_string_equal(text(d, "lang"), "hi");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_create),           CASE(test_create_roles), CASE(test_intake_reaches),
        CASE(test_last_admin),       CASE(test_disable),      CASE(test_reset),
        CASE(test_stale_admin),      CASE(test_lists),        CASE(test_password),
        CASE(test_password_guesses), CASE(test_enrol),        CASE(test_tokens),
        CASE(test_sessions),         CASE(test_certificate),  CASE(test_operator),
        CASE(test_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
