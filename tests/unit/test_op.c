/*
 * test_op - operations over real records: who may, what is given, one transaction, the trace, the
 * same request again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "db/db.h"
#include "office/office.h"
#include "office/params.h"
#include "records/audit.h"
#include "records/inside.h"
#include "records/people.h"

enum { NOW = 1795000000 };

struct desk {
    char dir[64];
    struct office office;
    struct records *r;
    struct arena *arena;
    struct actor actor;
    int64_t now;
};

static int setup(void **state)
{
    struct desk *d = calloc(1, sizeof *d);
    char why[RECORDS_WHY];
    assert_non_null(d);
    (void)snprintf(d->dir, sizeof d->dir, "/tmp/satyapan-op-XXXXXX");
    assert_non_null(mkdtemp(d->dir));
    office_defaults(&d->office);
    d->now = NOW;
    assert_int_equal(records_open(d->dir, NOW, &d->r, why), 0);
    d->arena = arena_new(1 << 24);
    struct person p = {
        .firm = UTC_NONE, .roles = ROLE_INTAKE, .created_at = NOW, .login = "i", .name = "I"};
    assert_int_equal(records_begin(d->r), 0);
    d->actor = (struct actor){
        .person = person_add(d->r, &p), .roles = ROLE_INTAKE, .firm = UTC_NONE, .login = "i"};
    assert_int_equal(records_commit(d->r, true), 0);
    assert_true(d->actor.person > 0);
    *state = d;
    return 0;
}

static int take_away(const char *path, const struct stat *s, int kind, struct FTW *f)
{
    (void)s;
    (void)kind;
    (void)f;
    return remove(path);
}

static int teardown(void **state)
{
    struct desk *d = *state;
    records_close(d->r);
    arena_free(d->arena);
    assert_int_equal(nftw(d->dir, take_away, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(d);
    return 0;
}

/* ---- an operation that notes its text in the table of settings ------------------------------- */

static enum { KEEP, KEEP_SILENTLY, FAIL_AFTER, PROBLEM_AFTER, NOTHING_TO_DO } behaviour;
static int runs;

static int count_kept(struct desk *d)
{
    struct query q = query_begin(d->r->db, "SELECT count(*) FROM setting");
    assert_int_equal(query_row(&q), 1);
    int64_t n = query_get_int(&q, 0);
    assert_int_equal(query_end(&q), 0);
    return (int)n;
}

static int run_keep(struct op_call *c)
{
    struct query q = query_begin(c->records->db, "INSERT INTO setting VALUES(?, 'x')");
    query_text(&q, op_text(c, "text"));
    assert_int_equal(query_do(&q), 0);
    runs++;
    if (behaviour == NOTHING_TO_DO) {
        c->unchanged = true;
        return 0;
    }
    if (behaviour != KEEP_SILENTLY &&
        op_audit(c, "setting:1", UTC_NONE, false, json_pack("{s:s}", "text", op_text(c, "text"))) !=
            0) {
        return -1;
    }
    c->out = json_pack("{s:i}", "runs", runs);
    return behaviour == FAIL_AFTER      ? -1
           : behaviour == PROBLEM_AFTER ? op_fail(c, OP_STATE, "not now", "अभी नहीं")
                                        : 0;
}

static const char *const words[] = {"red", "blue", NULL};
static const struct op_param params[] = {
    {"id", OP_IN_PATH, OP_ID, true, 0, NULL, "id", "id"},
    {"text", OP_IN_BODY, OP_TEXT, true, 5, NULL, "text", "text"},
    {"lines", OP_IN_BODY, OP_LONG, false, 0, NULL, "lines", "lines"},
    {"number", OP_IN_BODY, OP_INTEGER, false, 99, NULL, "number", "number"},
    {"truth", OP_IN_BODY, OP_TRUTH, false, 0, NULL, "truth", "truth"},
    {"date", OP_IN_BODY, OP_DATE, false, 0, NULL, "date", "date"},
    {"time", OP_IN_BODY, OP_TIME, false, 0, NULL, "time", "time"},
    {"paise", OP_IN_BODY, OP_PAISE, false, 0, NULL, "paise", "paise"},
    {"word", OP_IN_BODY, OP_WORD, false, 0, words, "word", "word"},
    {"sha256", OP_IN_BODY, OP_SHA256, false, 0, NULL, "sha256", "sha256"},
    {"email", OP_IN_BODY, OP_TEXT, false, 0, NULL, "email", "email"},
    {0}};
static const struct op keep = {
    "thing.keep", "POST", "/api/v1/things/{id}", "Keep", "रखें", ROLE_INTAKE, 0, 201, NULL, params,
    run_keep,     NULL};
static const struct op secret = {"thing.secret", "POST",   "/api/v1/things/{id}",
                                 "Keep",         "रखें",     ROLE_INTAKE,
                                 OP_SECRET,      201,      NULL,
                                 params,         run_keep, NULL};

static int run_read(struct op_call *c)
{
    c->out = json_pack("{s:I}", "id", (json_int_t)op_int(c, "id"));
    return 0;
}

static const struct op look = {"thing.show",
                               "GET",
                               "/api/v1/things/{id}",
                               "Show",
                               "देखें",
                               ROLE_OFFICER,
                               OP_READ | OP_AUDIT_READ,
                               0,
                               NULL,
                               params,
                               run_read,
                               NULL};

/* Calls with parameters as JSON text; the answer's problem. */
static enum op_problem call_with(struct desk *d, const struct op *op, const char *in,
                                 const char *key, struct op_call *c)
{
    json_t *given = json_loads(in, 0, NULL);
    assert_non_null(given);
    *c = (struct op_call){.op = op,
                          .actor = &d->actor,
                          .records = d->r,
                          .arena = d->arena,
                          .data = d->dir,
                          .office = &d->office,
                          .now = d->now,
                          .in = given,
                          .key = key};
    int rc = op_call(c);
    assert_int_equal(rc == -1, c->problem == OP_INTERNAL);
    json_decref(given);
    c->in = NULL;
    return c->problem;
}

static enum op_problem call(struct desk *d, const struct op *op, const char *in)
{
    struct op_call c;
    enum op_problem p = call_with(d, op, in, NULL, &c);
    op_call_clear(&c);
    return p;
}

static int64_t audit_count(struct desk *d)
{
    struct audit_state s;
    assert_int_equal(audit_verify(d->r, &s), 0);
    assert_int_equal(s.bad, 0);
    return s.count;
}

/* ---- who may --------------------------------------------------------------------------------- */

static void test_actors(void **state)
{
    struct desk *d = *state;
    behaviour = KEEP;
    struct actor mine = d->actor;
    assert_int_equal(call(d, &keep, "{\"id\": 1, \"text\": \"a\"}"), OP_OK);
    d->actor.roles = ROLE_ADMIN | ROLE_VENDOR | ROLE_SIGNER;
    assert_int_equal(call(d, &keep, "{\"id\": 1, \"text\": \"b\"}"), OP_FORBIDDEN);
    d->actor.roles = 0;
    assert_int_equal(call(d, &keep, "{\"id\": 1, \"text\": \"b\"}"), OP_NOT_LOGGED_IN);
    d->actor = mine;
    static const struct {
        const char *scopes;
        bool keeps, shows;
    } tokens[] = {{"thing", true, true},       {"thing:read", false, true},
                  {"things", false, false},    {"thin", false, false},
                  {"", false, false},          {"other thing", true, true},
                  {"other:read", false, false}};
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        d->actor.scopes = tokens[i].scopes;
        assert_int_equal(op_allowed(&keep, &d->actor), tokens[i].keeps);
        assert_int_equal(op_allowed(&look, &d->actor), tokens[i].shows);
    }
    assert_false(op_allowed(&keep, NULL));
    d->actor = mine;
}

/* ---- what is given --------------------------------------------------------------------------- */

static void test_parameters(void **state)
{
    struct desk *d = *state;
    behaviour = KEEP;
    static const struct {
        const char *in, *field; /* field: the first one that is wrong */
        enum op_problem problem;
    } cases[] = {
        {"{\"id\": 1}", "text", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": null}", "text", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"\"}", "text", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": 1}", "text", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"sixsix\"}", "text", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"\\u0915\\u0915\\u0915\\u0915\\u0915\"}", NULL, OP_OK},
        {"{\"id\": 1, \"text\": \"a\\nb\"}", "text", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"a\\u202eb\"}", "text", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"a1\", \"lines\": \"a\\nb\\t\"}", NULL, OP_OK},
        /* refused at the entry, not when a certificate is issued months later */
        {"{\"id\": 1, \"text\": \"a\\u3164\"}", "text", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"p\\u0430y\"}", "text", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"\\u093f\\u0915\"}", "text", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"a\", \"email\": \"Asha <asha@x.in>\"}", "email",
         OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"a\", \"email\": \"asha\"}", "email", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"a\", \"email\": \"a@x.in, b@x.in\"}", "email", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"a7\", \"email\": \"asha@x.in\"}", NULL, OP_OK},
        {"{\"id\": 1, \"text\": \"b\", \"lines\": \"p\\u0430y\"}", NULL, OP_OK},
        {"{\"id\": 1, \"text\": \"a\", \"lines\": \"a\\u0007\"}", "lines", OP_BAD_PARAMETER},
        {"{\"id\": 0, \"text\": \"a\"}", NULL, OP_NOT_FOUND},
        {"{\"id\": -1, \"text\": \"a\"}", NULL, OP_NOT_FOUND},
        {"{\"id\": \"1\", \"text\": \"a\"}", NULL, OP_NOT_FOUND},
        {"{\"text\": \"a\"}", NULL, OP_NOT_FOUND},
        {"{\"id\": 1, \"text\": \"a\", \"number\": 100}", "number", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"a\", \"number\": 1.5}", "number", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"a\", \"number\": -1}", "number", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"a2\", \"number\": 99}", NULL, OP_OK},
        {"{\"id\": 1, \"text\": \"a\", \"truth\": 1}", "truth", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"a3\", \"truth\": false}", NULL, OP_OK},
        {"{\"id\": 1, \"text\": \"a\", \"date\": \"2026-02-29\"}", "date", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"a\", \"date\": \"2026-2-1\"}", "date", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"a4\", \"date\": \"2024-02-29\"}", NULL, OP_OK},
        {"{\"id\": 1, \"text\": \"a\", \"time\": \"2026-02-01\"}", "time", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"a5\", \"time\": \"2026-02-01T10:00:00Z\"}", NULL, OP_OK},
        {"{\"id\": 1, \"text\": \"a\", \"paise\": 9007199254740992}", "paise", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"a\", \"word\": \"green\"}", "word", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"a6\", \"word\": \"blue\"}", NULL, OP_OK},
        {"{\"id\": 1, \"text\": \"a\", \"sha256\": \"00\"}", "sha256", OP_BAD_PARAMETER},
        {"{\"id\": 1, \"text\": \"a\", \"other\": 1}", "other", OP_BAD_PARAMETER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct op_call c;
        enum op_problem p = call_with(d, &keep, cases[i].in, NULL, &c);
        const json_t *first = json_array_get(c.errors, 0);
        const char *field = json_string_value(json_object_get(first, "field"));
        if (p != cases[i].problem || (!field != !cases[i].field) ||
            (field && strcmp(field, cases[i].field) != 0)) {
            fail_msg("%s: problem %d, field %s", cases[i].in, (int)p, field ? field : "-");
        }
        assert_true(p != OP_BAD_PARAMETER || (c.detail && c.detail_hi));
        op_call_clear(&c);
    }
}

static void test_text(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *json;
    } cases[] = {{"id", "12", "12"},
                 {"id", "012", "12"},
                 {"id", "-1", "\"-1\""},
                 {"id", "99999999999999999999", "\"99999999999999999999\""},
                 {"truth", "true", "true"},
                 {"truth", "on", "true"},
                 {"truth", "0", "false"},
                 {"truth", "", "null"},
                 {"text", "", "\"\""},
                 {"text", "\xff", "\"\x7f\""},
                 {"lines", "a\r\nb", "\"a\\nb\""},
                 /* as people paste it */
                 {"text", " a\u00a0\u2009 b\t", "\"a b\""},
                 {"text", "\ufeffa\u200bb\u00ad", "\"ab\""},
                 {"text", "\u200e \u00a0", "\"\""},
                 {"text", "a\u200db", "\"ab\""},
                 {"text", "\u0915\u094d\u200d\u0937", "\"\u0915\u094d\u200d\u0937\""},
                 {"text", "a\nb", "\"a\\nb\""},
                 {"lines", "\r\n\u00a0a \u00a0b \r\n\r\n c\t\r\n \r\n", "\" a  b\\n\\n c\""},
                 {"lines", "\u00a0\n\u200b", "null"},
                 {"number", " 4\u00a02 ", "42"},
                 {"number", "\u096a\u0968", "42"},
                 {"date", " 2026-11-21\u00a0", "\"2026-11-21\""},
                 {"paise", "2 500 000", "2500000"},
                 {"word", "red ", "\"red\""},
                 {"sha256", "AB 0F\u00a09c", "\"ab0f9c\""},
                 {"number", "", "null"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *in = json_object(), *errors = NULL;
        assert_int_equal(
            params_text(&keep, PARAMS_ALL, cases[i].name, span_str(cases[i].text), in, &errors), 0);
        assert_null(errors);
        char *got = json_dumps(json_object_get(in, cases[i].name), JSON_ENCODE_ANY);
        assert_string_equal(got, cases[i].json);
        free(got);
        assert_int_equal(params_text(&keep, PARAMS_ALL, cases[i].name, span_str("1"), in, &errors),
                         0);
        assert_int_equal(json_array_size(errors), 1); /* twice */
        json_decref(errors);
        json_decref(in);
    }
    json_t *in = json_object(), *errors = NULL;
    assert_int_equal(params_text(&keep, PARAMS_QUERY, "text", span_str("a"), in, &errors), 0);
    assert_int_equal(json_array_size(errors), 1); /* not at that place */
    assert_int_equal(json_object_size(in), 0);
    json_decref(errors);
    json_decref(in);
}

/* ---- one transaction, one trace -------------------------------------------------------------- */

static void test_transaction(void **state)
{
    struct desk *d = *state;
    int64_t before = audit_count(d);
    int kept = count_kept(d);
    behaviour = FAIL_AFTER;
    assert_int_equal(call(d, &keep, "{\"id\": 1, \"text\": \"t\"}"), OP_INTERNAL);
    behaviour = PROBLEM_AFTER;
    assert_int_equal(call(d, &keep, "{\"id\": 1, \"text\": \"t\"}"), OP_STATE);
    behaviour = KEEP_SILENTLY;
    assert_int_equal(call(d, &keep, "{\"id\": 1, \"text\": \"t\"}"), OP_INTERNAL);
    assert_int_equal(audit_count(d), before);
    assert_int_equal(count_kept(d), kept);
    behaviour = KEEP;
    assert_int_equal(call(d, &keep, "{\"id\": 1, \"text\": \"t\"}"), OP_OK);
    assert_int_equal(audit_count(d), before + 1);
    assert_int_equal(count_kept(d), kept + 1);
    behaviour = NOTHING_TO_DO;
    assert_int_equal(call(d, &keep, "{\"id\": 1, \"text\": \"t2\"}"), OP_OK);
    assert_int_equal(audit_count(d), before + 1);
    assert_int_equal(call(d, &look, "{\"id\": 7, \"text\": \"t\"}"), OP_OK); /* noted by itself */
    assert_int_equal(audit_count(d), before + 2);
}

/* ---- the same request again ------------------------------------------------------------------ */

static void test_repeated(void **state)
{
    struct desk *d = *state;
    struct op_call c;
    behaviour = KEEP;
    runs = 0;
    assert_int_equal(call_with(d, &keep, "{\"id\": 1, \"text\": \"r\"}", "k1", &c), OP_OK);
    assert_int_equal(c.status, 201);
    assert_false(c.replayed);
    op_call_clear(&c);
    /* Again, the members in another order: the same answer, no second run. */
    assert_int_equal(call_with(d, &keep, "{\"text\": \"r\", \"id\": 1}", "k1", &c), OP_OK);
    assert_true(c.replayed);
    assert_int_equal(c.status, 201);
    assert_int_equal(json_integer_value(json_object_get(c.out, "runs")), 1);
    assert_int_equal(runs, 1);
    op_call_clear(&c);
    assert_int_equal(call_with(d, &keep, "{\"id\": 2, \"text\": \"r\"}", "k1", &c), OP_IDEMPOTENCY);
    op_call_clear(&c);
    assert_int_equal(call_with(d, &secret, "{\"id\": 1, \"text\": \"r\"}", "k1", &c),
                     OP_IDEMPOTENCY);
    op_call_clear(&c);
    assert_int_equal(runs, 1);
    /* Another person's key of the same name is another key. */
    int64_t mine = d->actor.person;
    d->actor.person = UTC_NONE;
    assert_int_equal(call_with(d, &keep, "{\"id\": 2, \"text\": \"r2\"}", "k1", &c), OP_OK);
    op_call_clear(&c);
    d->actor.person = mine;
    /* After a day it is forgotten. */
    d->now += 25 * 3600;
    assert_int_equal(call_with(d, &keep, "{\"id\": 3, \"text\": \"r3\"}", "k1", &c), OP_OK);
    assert_false(c.replayed);
    op_call_clear(&c);
    assert_int_equal(call_with(d, &keep, "{\"id\": 3, \"text\": \"r3\"}", "a b", &c),
                     OP_BAD_PARAMETER);
    op_call_clear(&c);
    assert_int_equal(call_with(d, &keep, "{\"id\": 3, \"text\": \"r3\"}", "", &c),
                     OP_BAD_PARAMETER);
    op_call_clear(&c);
}

static void test_repeated_problem(void **state)
{
    struct desk *d = *state;
    struct op_call c;
    int kept = count_kept(d);
    behaviour = PROBLEM_AFTER;
    runs = 0;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(call_with(d, &keep, "{\"id\": 1, \"text\": \"p\"}", "k2", &c), OP_STATE);
        assert_int_equal(c.status, 409);
        assert_string_equal(c.detail, "not now");
        assert_string_equal(c.detail_hi, "अभी नहीं");
        assert_int_equal(c.replayed, i);
        op_call_clear(&c);
    }
    assert_int_equal(runs, 1);
    behaviour = FAIL_AFTER; /* a failure of ours is not kept */
    assert_int_equal(call_with(d, &keep, "{\"id\": 1, \"text\": \"p\"}", "k3", &c), OP_INTERNAL);
    op_call_clear(&c);
    assert_int_equal(count_kept(d), kept);
    behaviour = KEEP;
    assert_int_equal(call_with(d, &keep, "{\"id\": 1, \"text\": \"p\"}", "k3", &c), OP_OK);
    assert_false(c.replayed);
    op_call_clear(&c);
}

static void test_repeated_secret(void **state)
{
    struct desk *d = *state;
    struct op_call c;
    behaviour = KEEP;
    assert_int_equal(call_with(d, &secret, "{\"id\": 1, \"text\": \"s3cr\"}", "k4", &c), OP_OK);
    op_call_clear(&c);
    assert_int_equal(call_with(d, &secret, "{\"id\": 1, \"text\": \"s3cr\"}", "k4", &c),
                     OP_REPEATED);
    assert_null(c.out);
    op_call_clear(&c);
    struct query q =
        query_begin(d->r->db, "SELECT count(*) FROM idempotency WHERE answer LIKE '%runs%'"
                              " AND key = 'k4'");
    assert_int_equal(query_row(&q), 1);
    assert_int_equal(query_get_int(&q, 0), 0);
    assert_int_equal(query_end(&q), 0);
}

/* ---- the settings ---------------------------------------------------------------------------- */

static int read_settings(struct desk *d, const char *text, struct office *out, char *why)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/office.json", d->dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    int rc = office_read(d->arena, d->dir, out, why);
    assert_int_equal(remove(path), 0);
    return rc;
}

static void test_settings(void **state)
{
    struct desk *d = *state;
    struct office o;
    char why[OFFICE_WHY];
    assert_int_equal(office_read(d->arena, d->dir, &o, why), 0);
    assert_int_equal(o.upload_bytes, INT64_C(536870912));
    assert_int_equal(read_settings(d,
                                   "{\"upload_bytes\": 4096, \"body_name\": \"B\", "
                                   "\"four_eyes_waive\": false}",
                                   &o, why),
                     0);
    assert_int_equal(o.upload_bytes, 4096);
    assert_string_equal(o.body_name, "B");
    assert_false(o.four_eyes_waive);
    static const char *const bad[] = {"{\"upload_bytes\": 1}",
                                      "{\"upload_bytes\": \"4096\"}",
                                      "{\"other\": 1}",
                                      "{\"four_eyes_waive\": 1}",
                                      "[]",
                                      "{",
                                      "{\"body_name\": 1}",
                                      "{\"upload_bytes\":4096,\"upload_bytes\":4096}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        why[0] = 0;
        assert_int_equal(read_settings(d, bad[i], &o, why), -1);
        assert_non_null(strstr(why, "office.json"));
    }
    json_t *all = office_json(&d->office);
    assert_non_null(all);
    assert_int_equal(json_integer_value(json_object_get(all, "upload_bytes")), INT64_C(536870912));
    json_decref(all);
}

/* ---- the table ------------------------------------------------------------------------------- */

static void test_table(void **state)
{
    (void)state;
    const struct op *op;
    for (size_t i = 0; (op = op_at(i)); i++) {
        bool reads = strcmp(op->method, "GET") == 0;
        assert_ptr_equal(op_find(op->id), op); /* once */
        assert_non_null(strchr(op->id, '.'));
        assert_true(strncmp(op->path, "/api/v1/", 8) == 0);
        assert_true(op->en && op->hi && op->run && (op->roles || op->flags & OP_OPEN));
        assert_int_equal(reads, (op->flags & OP_READ) != 0);
        for (const struct op_param *p = op->params; p && p->name; p++) {
            char in_path[80];
            (void)snprintf(in_path, sizeof in_path, "{%s}", p->name);
            assert_true(p->en && p->hi);
            assert_int_equal(strstr(op->path, in_path) != NULL, p->place == OP_IN_PATH);
            assert_true(p->place != OP_IN_BODY || !reads);
            assert_int_equal(p->words != NULL, p->type == OP_WORD);
            for (const struct op_param *q = p + 1; q->name; q++) {
                assert_string_not_equal(p->name, q->name);
            }
        }
    }
    assert_null(op_find("no.such"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_actors),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_transaction),
        cmocka_unit_test(test_repeated),
        cmocka_unit_test(test_repeated_problem),
        cmocka_unit_test(test_repeated_secret),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
