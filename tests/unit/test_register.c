/*
 * test_register - events, states by date, proofs, and what the audit notices when somebody with the
 * database changes it: an entry, a node, a head, a state, the end of the log, the whole log.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/mem.h"
#include "register/register.h"
#include "tlog/status_list.h"
#include "tlog/tile.h"

enum { NOW = 1795305600 };

struct world {
    char folder[64];
    struct records *r;
    struct register_key key;
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    char why[RECORDS_WHY];
    *state = w;
    (void)snprintf(w->folder, sizeof w->folder, "/tmp/test-register-XXXXXX");
    return mkdtemp(w->folder) && records_open(w->folder, NOW, &w->r, why) == 0 &&
                   register_key_open(w->folder, "iotscs.example.in/register", true, &w->key, why) ==
                       0
               ? 0
               : -1;
}

static int teardown(void **state)
{
    struct world *w = *state;
    char command[128];
    records_close(w->r);
    (void)snprintf(command, sizeof command, "rm -rf %s", w->folder);
    int rc = system(command);
    free(w);
    return rc;
}

/* ---- events ---------------------------------------------------------------------------------- */

static json_t *data_of(const char *number, int n, const char *from, const char *to,
                       const char *previous, const char *firmware)
{
    char registration[64], model[32];
    (void)snprintf(registration, sizeof registration, "STQC/IOTSCS/REG/2026/%04d", n);
    (void)snprintf(model, sizeof model, "M-%d", n);
    json_t *d = json_pack("{ss ss si ss ss s{ss} s{ss} s[{ss ss ss ss ss}] ss ss ss ss?}", "number",
                          number, "series", "ER", "level", 2, "kind", "fresh", "registration",
                          registration, "holder", "name", "Example Private Limited", "product",
                          "name", "Camera", "models", "model", model, "hardware", "V1", "firmware",
                          firmware, "firmware_sha256", "", "soc", "", "issued_on", from,
                          "valid_from", from, "valid_to", to, "previous", NULL);
    assert_non_null(d);
    if (previous) {
        json_t *before = json_pack("{ss ss ss}", "number", previous, "valid_from", "2024-03-05",
                                   "valid_to", "2027-03-04");
        assert_int_equal(json_object_set_new(d, "previous", before), 0);
    }
    return d;
}

static int64_t append(struct world *w, const struct register_event *e)
{
    char why[REGISTER_WHY];
    assert_int_equal(records_begin(w->r), 0);
    int64_t rc = register_append(w->r, e, NOW, &w->key, why);
    assert_int_equal(records_commit(w->r, rc >= 0), 0);
    assert_true(rc != RECORDS_CONFLICT || why[0]);
    return rc;
}

static int64_t issue(struct world *w, int n, const char *from, const char *to, const char *previous)
{
    char number[64];
    (void)snprintf(number, sizeof number, "STQC/IOTSCS/ER/%03d", n);
    json_t *d = data_of(number, n, from, to, previous, "1.0");
    int64_t rc = append(w, &(struct register_event){.number = number,
                                                    .event = "issue",
                                                    .effective_on = from,
                                                    .data = d,
                                                    .person = UTC_NONE,
                                                    .second = UTC_NONE,
                                                    .application = UTC_NONE});
    json_decref(d);
    return rc;
}

static int64_t event(struct world *w, int n, const char *name, const char *on, const char *reason)
{
    char number[64];
    (void)snprintf(number, sizeof number, "STQC/IOTSCS/ER/%03d", n);
    return append(w, &(struct register_event){.number = number,
                                              .event = name,
                                              .effective_on = on,
                                              .reason = reason,
                                              .person = UTC_NONE,
                                              .second = UTC_NONE,
                                              .application = UTC_NONE});
}

static enum register_status state_on(struct world *w, int n, const char *on, const char *model,
                                     const char *firmware)
{
    struct register_state s;
    char number[64];
    (void)snprintf(number, sizeof number, "STQC/IOTSCS/ER/%03d", n);
    int rc = register_state(w->r, number, on, model, firmware, &s, NULL);
    assert_true(rc == 0 || rc == RECORDS_NONE);
    return s.status;
}

static void test_states(void **state)
{
    struct world *w = *state;
    assert_int_equal(issue(w, 1, "2024-03-05", "2027-03-04", NULL), 0);
    assert_int_equal(state_on(w, 1, "2024-03-04", NULL, NULL), REGISTER_UNKNOWN);
    assert_int_equal(state_on(w, 1, "2024-03-05", NULL, NULL), REGISTER_VALID);
    assert_int_equal(state_on(w, 1, "2027-03-04", NULL, NULL), REGISTER_VALID);
    assert_int_equal(state_on(w, 1, "2027-03-05", NULL, NULL), REGISTER_EXPIRED);
    assert_int_equal(state_on(w, 2, "2027-03-05", NULL, NULL), REGISTER_UNKNOWN);
    assert_int_equal(state_on(w, 1, "2025-01-01", "M-1", "1.0"), REGISTER_VALID);
    assert_int_equal(state_on(w, 1, "2025-01-01", "M-1", "1.1"), REGISTER_UNKNOWN);
    assert_int_equal(state_on(w, 1, "2025-01-01", "M-2", NULL), REGISTER_UNKNOWN);
    assert_int_equal(event(w, 1, "suspend", "2025-06-01", "non-conformity"), 1);
    assert_int_equal(event(w, 1, "reinstate", "2025-07-01", "corrected"), 2);
    assert_int_equal(state_on(w, 1, "2025-05-31", NULL, NULL), REGISTER_VALID);
    assert_int_equal(state_on(w, 1, "2025-06-01", NULL, NULL), REGISTER_SUSPENDED);
    assert_int_equal(state_on(w, 1, "2025-06-30", NULL, NULL), REGISTER_SUSPENDED);
    assert_int_equal(state_on(w, 1, "2025-07-01", NULL, NULL), REGISTER_VALID);
    /* A re-certification decided after the end: the dates continue, the gap is a gap. */
    json_t *d =
        data_of("STQC/IOTSCS/ER/002", 2, "2027-03-05", "2030-03-04", "STQC/IOTSCS/ER/001", "2.0");
    (void)json_object_set_new(d, "issued_on", json_string("2027-04-01"));
    struct register_event e = {.number = "STQC/IOTSCS/ER/002",
                               .event = "issue",
                               .effective_on = "2027-04-01",
                               .data = d,
                               .person = 7,
                               .second = 8,
                               .application = UTC_NONE};
    assert_int_equal(append(w, &e), 3);
    json_decref(d);
    assert_int_equal(state_on(w, 1, "2027-03-10", NULL, NULL), REGISTER_LAPSED);
    assert_int_equal(state_on(w, 1, "2027-04-01", NULL, NULL), REGISTER_EXPIRED);
    assert_int_equal(state_on(w, 2, "2027-03-10", NULL, NULL), REGISTER_UNKNOWN);
    assert_int_equal(state_on(w, 2, "2027-04-01", NULL, NULL), REGISTER_VALID);
    assert_int_equal(event(w, 1, "withdraw", "2026-01-01", "holder-request"), 4);
    assert_int_equal(state_on(w, 1, "2026-01-01", NULL, NULL), REGISTER_WITHDRAWN);
    assert_int_equal(state_on(w, 1, "2028-01-01", NULL, NULL), REGISTER_WITHDRAWN);
    assert_int_equal(state_on(w, 1, "2025-12-31", NULL, NULL), REGISTER_VALID);
}

static void test_refused(void **state)
{
    struct world *w = *state;
    assert_int_equal(event(w, 1, "suspend", "2025-01-01", "x"), RECORDS_CONFLICT);
    assert_int_equal(issue(w, 1, "2024-03-05", "2027-03-04", NULL), 0);
    assert_int_equal(issue(w, 1, "2024-03-05", "2027-03-04", NULL), RECORDS_CONFLICT);
    assert_int_equal(event(w, 1, "reinstate", "2025-01-01", "x"), RECORDS_CONFLICT);
    assert_int_equal(event(w, 1, "suspend", "2025-01-01", NULL), RECORDS_CONFLICT);
    assert_int_equal(event(w, 1, "amend", "2025-01-01", "x"), RECORDS_CONFLICT);
    assert_int_equal(event(w, 1, "explode", "2025-01-01", "x"), RECORDS_CONFLICT);
    assert_int_equal(event(w, 1, "withdraw", "2025-01-01", "x"), 1);
    assert_int_equal(event(w, 1, "suspend", "2025-01-02", "x"), RECORDS_CONFLICT);
    assert_int_equal(event(w, 1, "reinstate", "2025-01-02", "x"), RECORDS_CONFLICT);
    assert_int_equal(log_size(w->r), 2);
}

static void test_amend(void **state)
{
    struct world *w = *state;
    assert_int_equal(issue(w, 1, "2024-03-05", "2027-03-04", NULL), 0);
    json_t *d = data_of("STQC/IOTSCS/ER/001", 1, "2024-03-05", "2027-03-04", NULL, "1.1"), *now;
    struct register_event e = {.number = "STQC/IOTSCS/ER/001",
                               .event = "amend",
                               .effective_on = "2025-02-01",
                               .reason = "minor-change",
                               .data = d,
                               .person = 1,
                               .second = 2,
                               .application = UTC_NONE};
    assert_int_equal(append(w, &e), 1);
    json_decref(d);
    assert_int_equal(state_on(w, 1, "2025-01-31", "M-1", "1.0"), REGISTER_VALID);
    assert_int_equal(state_on(w, 1, "2025-01-31", "M-1", "1.1"), REGISTER_UNKNOWN);
    assert_int_equal(state_on(w, 1, "2025-02-01", "M-1", "1.1"), REGISTER_VALID);
    struct register_state s;
    assert_int_equal(register_state(w->r, "STQC/IOTSCS/ER/001", "2025-03-01", NULL, NULL, &s, &now),
                     0);
    assert_string_equal(s.valid_to, "2027-03-04");
    assert_string_equal(s.since, "2024-03-05");
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(json_object_get(now, "models"), 0), "firmware")),
                        "1.1");
    json_decref(now);
    json_t *history = NULL;
    assert_int_equal(register_history(w->r, "STQC/IOTSCS/ER/001", &history), 0);
    assert_int_equal(json_array_size(history), 2);
    json_decref(history);
}

/* ---- proofs ---------------------------------------------------------------------------------- */

static void fill(struct world *w, int from, int to)
{
    for (int n = from; n <= to; n++) {
        assert_int_equal(issue(w, n, "2026-01-01", "2028-12-31", NULL), n - 1);
    }
}

static void test_proofs(void **state)
{
    struct world *w = *state;
    struct buffer b, early;
    struct tlog_proof p;
    struct note note;
    struct checkpoint head;
    fill(w, 1, 5);
    buffer_init(&early, 1 << 16);
    assert_int_equal(register_head(w->r, &early), 0);
    fill(w, 6, 40);
    for (int64_t i = 0; i < 40; i++) {
        struct arena *a = arena_new(1 << 20);
        struct log_entry e;
        buffer_init(&b, 1 << 16);
        assert_int_equal(register_proof(w->r, i, &b), 0);
        assert_int_equal(log_find(w->r, a, i, &e), 0);
        assert_int_equal(tlog_proof_parse(buffer_span(&b), &p), 0);
        assert_int_equal(tlog_proof_check(&p, e.octets, &w->key.key, &note, &head), 1);
        assert_int_equal(head.size, 40);
        buffer_free(&b);
        arena_free(a);
    }
    buffer_init(&b, 1 << 16);
    assert_int_equal(register_proof(w->r, 40, &b), RECORDS_NONE);
    assert_int_equal(register_proof(w->r, -1, &b), RECORDS_NONE);
    assert_int_equal(register_consistency(w->r, buffer_span(&early), &w->key.key, &b), 0);
    assert_true(b.n > 0 && b.n % 45 == 0);
    buffer_free(&b);
    buffer_init(&b, 1 << 20);
    assert_int_equal(register_tile(w->r, "0/000.p/40", &b), 0);
    assert_int_equal(b.n, 40 * 32);
    assert_int_equal(register_tile(w->r, "entries/000.p/40", &b), 0);
    assert_int_equal(register_tile(w->r, "0/000.p/41", &b), RECORDS_NONE);
    assert_int_equal(register_tile(w->r, "0/000", &b), RECORDS_NONE);
    assert_int_equal(register_tile(w->r, "../office.db", &b), RECORDS_NONE);
    buffer_free(&b);
    buffer_free(&early);
}

static void test_status_list(void **state)
{
    struct world *w = *state;
    struct status_list l;
    struct buffer b;
    fill(w, 1, 7);
    assert_int_equal(event(w, 2, "suspend", "2026-06-01", "x"), 7);
    assert_int_equal(event(w, 3, "withdraw", "2026-06-01", "x"), 8);
    buffer_init(&b, 1 << 16);
    assert_int_equal(register_status_list(w->r, "2026-06-01", &b), 0);
    assert_int_equal(status_list_decode(buffer_span(&b), 2, 8, &l), 0);
    static const unsigned want[] = {0, 2, 1, 0, 0, 0, 0};
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(status_list_get(&l, i), want[i]);
    }
    status_list_free(&l);
    buffer_free(&b);
}

static void test_search(void **state)
{
    struct world *w = *state;
    fill(w, 1, 30);
    static const struct {
        struct certificate_search s;
        size_t found;
    } cases[] = {{{.number = "STQC/IOTSCS/ER/003", .limit = 9}, 1},
                 {{.number = "x' OR '1'='1", .limit = 9}, 0},
                 {{.model = "m-4", .limit = 9}, 1},
                 {{.model = "M-4", .firmware = "1.0", .limit = 9}, 1},
                 {{.model = "M-4", .firmware = "2.0", .limit = 9}, 0},
                 {{.firmware = "1.0", .limit = 100}, 30},
                 {{.holder = "example", .limit = 100}, 30},
                 {{.holder = "Other", .limit = 100}, 0},
                 {{.limit = 10}, 10},
                 {{.after = "STQC/IOTSCS/ER/025", .limit = 10}, 5}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *rows = NULL;
        assert_int_equal(certificate_search(w->r, &cases[i].s, &rows), 0);
        if (json_array_size(rows) != cases[i].found) {
            fail_msg("case %zu: %zu rows", i, json_array_size(rows));
        }
        json_decref(rows);
    }
}

/* Page by page every one is found once, whatever was asked. */
static void test_search_pages(void **state)
{
    struct world *w = *state;
    fill(w, 1, 30);
    struct certificate_search kinds[] = {
        {.limit = 7}, {.firmware = "1.0", .limit = 7}, {.holder = "EXAMPLE", .limit = 7}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        bool seen[31] = {false};
        char after[64] = "";
        size_t found = 0;
        for (size_t n = 7; n == 7;) {
            json_t *rows = NULL, *row;
            size_t i;
            kinds[k].after = after[0] ? after : NULL;
            assert_int_equal(certificate_search(w->r, &kinds[k], &rows), 0);
            n = json_array_size(rows);
            json_array_foreach(rows, i, row)
            {
                const char *number = json_string_value(json_object_get(row, "number"));
                long running = strtol(strrchr(number, '/') + 1, NULL, 10);
                assert_in_range(running, 1, 30);
                assert_false(seen[running]);
                seen[running] = true;
                found++;
                (void)snprintf(after, sizeof after, "%s", number);
            }
            json_decref(rows);
        }
        assert_int_equal(found, 30);
    }
}

/* ---- audit ----------------------------------------------------------------------------------- */

static void audit(struct world *w, struct span earlier, const char *says)
{
    struct register_audit a;
    assert_int_equal(register_check_all(w->r, &w->key.key, earlier, &a), 0);
    if (!says && a.why[0]) {
        fail_msg("entry %lld: %s", (long long)a.bad, a.why);
    }
    if (says && !strstr(a.why, says)) {
        fail_msg("\"%s\" does not say \"%s\"", a.why, says);
    }
}

/* What somebody does who has the file. */
static void tamper(struct world *w, const char *sql)
{
    char path[128], *error = NULL;
    sqlite3 *db;
    (void)snprintf(path, sizeof path, "%s/office.db", w->folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    int rc = sqlite3_exec(db,
                          "DROP TRIGGER IF EXISTS log_no_update;"
                          "DROP TRIGGER IF EXISTS log_no_delete;",
                          NULL, NULL, &error);
    rc = rc == SQLITE_OK ? sqlite3_exec(db, sql, NULL, NULL, &error) : rc;
    if (rc != SQLITE_OK) {
        fail_msg("%s", error);
    }
    (void)sqlite3_close(db);
}

static void test_audit_good(void **state)
{
    struct world *w = *state;
    struct buffer early;
    audit(w, SPAN_NONE, NULL);
    fill(w, 1, 9);
    buffer_init(&early, 1 << 16);
    assert_int_equal(register_head(w->r, &early), 0);
    assert_int_equal(event(w, 4, "suspend", "2026-06-01", "x"), 9);
    assert_int_equal(event(w, 4, "reinstate", "2026-06-02", "x"), 10);
    audit(w, SPAN_NONE, NULL);
    audit(w, buffer_span(&early), NULL);
    buffer_free(&early);
}

static void test_audit_tampered(void **state)
{
    static const struct {
        const char *sql, *says;
    } cases[] = {
        {"UPDATE log_entry SET octets = CAST(replace(CAST(octets AS TEXT), 'VALID', 'XALID') AS "
         "BLOB) WHERE entry = 3",
         "not those of its octets"},
        {"UPDATE log_entry SET octets = CAST(CAST(octets AS TEXT) || ' ' AS BLOB) WHERE entry = 3",
         "no canonical JSON"},
        {"UPDATE log_entry SET certificate = 'STQC/IOTSCS/ER/099' WHERE entry = 3",
         "not what its row says"},
        {"UPDATE log_entry SET data = replace(data, 'Camera', 'Camerb') WHERE entry = 3",
         "data are not those"},
        {"UPDATE log_entry SET data = NULL WHERE entry = 3", "data are missing"},
        {"UPDATE log_entry SET effective_on = '2020-01-01' WHERE entry = 3",
         "not what its row says"},
        {"DELETE FROM log_entry WHERE entry = 3", "missing"},
        {"DELETE FROM log_entry WHERE entry = 8", "not over all entries"},
        {"DELETE FROM log_node WHERE level = 2 AND number = 0", "hashes kept"},
        {"UPDATE log_node SET hash = zeroblob(32) WHERE level = 0 AND number = 5", "hashes kept"},
        {"DELETE FROM log_head WHERE size = 9", "not over all entries"},
        {"DELETE FROM log_head", "no signed head"},
        {"UPDATE log_head SET note = CAST(replace(CAST(note AS TEXT), char(10) || '9' || char(10), "
         "char(10) || '8' || char(10)) AS BLOB) WHERE size = 9",
         "not of these entries or this key"},
        {"UPDATE log_head SET note = (SELECT note FROM log_head WHERE size = 4) WHERE size = 5",
         NULL},
        {"UPDATE certificate SET status = 'VALID' WHERE number = 'STQC/IOTSCS/ER/002'",
         "not that of its events"},
        {"UPDATE certificate SET pdf = NULL, status = 'WITHDRAWN' WHERE number LIKE '%/001'",
         "not that of its events"},
    };
    struct world *w = *state;
    fill(w, 1, 8);
    assert_int_equal(event(w, 2, "suspend", "2026-06-01", "x"), 8);
    char copy[256];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)snprintf(copy, sizeof copy, "cp %s/office.db %s/kept.db", w->folder, w->folder);
        tamper(w, "PRAGMA wal_checkpoint(TRUNCATE)");
        assert_int_equal(system(copy), 0);
        tamper(w, cases[i].sql);
        audit(w, SPAN_NONE, cases[i].says);
        records_close(w->r);
        (void)snprintf(copy, sizeof copy, "cd %s && rm -f office.db-* && mv kept.db office.db",
                       w->folder);
        assert_int_equal(system(copy), 0);
        char why[RECORDS_WHY];
        assert_int_equal(records_open(w->folder, NOW, &w->r, why), 0);
    }
    audit(w, SPAN_NONE, NULL);
}

/* Entered by somebody who has file and key: the log is whole, what it tells is not possible. */
static void test_audit_impossible(void **state)
{
    struct world *w = *state;
    fill(w, 1, 3);
    tamper(w, "UPDATE certificate SET valid_to = '2099-12-31' WHERE number LIKE '%/003'");
    assert_int_equal(event(w, 3, "suspend", "2026-06-01", "x"), 3);
    tamper(w, "UPDATE certificate SET valid_to = '2028-12-31' WHERE number LIKE '%/003'");
    audit(w, SPAN_NONE, "other dates");
    assert_int_equal(event(w, 1, "withdraw", "2026-06-01", "x"), 4);
    tamper(w, "UPDATE certificate SET status = 'SUSPENDED' WHERE number LIKE '%/001'");
    assert_int_equal(event(w, 1, "reinstate", "2026-06-02", "x"), 5);
    assert_int_equal(state_on(w, 1, "2026-06-03", NULL, NULL), REGISTER_VALID);
    audit(w, SPAN_NONE, "not possible");
}

/* The log made anew by somebody who has the key: only who kept a head sees it. */
static void test_audit_fork(void **state)
{
    struct world *w = *state;
    struct buffer early, after;
    fill(w, 1, 6);
    buffer_init(&early, 1 << 16);
    buffer_init(&after, 1 << 16);
    assert_int_equal(register_head(w->r, &early), 0);
    tamper(w, "DELETE FROM log_entry; DELETE FROM log_node; DELETE FROM log_head;"
              "DELETE FROM certificate_model; DELETE FROM certificate;");
    /* The process that holds the key does not go back behind what it signed; another one of the
     * same key would. */
    char why[REGISTER_WHY];
    register_key_forget(&w->key);
    assert_int_equal(register_key_open(w->folder, NULL, false, &w->key, why), 0);
    for (int n = 11; n <= 19; n++) {
        assert_int_equal(issue(w, n, "2026-01-01", "2028-12-31", NULL), n - 11);
    }
    audit(w, SPAN_NONE, NULL);
    audit(w, buffer_span(&early), "made anew");
    assert_int_equal(register_consistency(w->r, buffer_span(&early), &w->key.key, &after),
                     RECORDS_CONFLICT);
    /* And nothing is signed on top of a head that does not fit. */
    tamper(w, "DELETE FROM log_entry WHERE entry > 3; DELETE FROM log_node WHERE number > 3 OR "
              "(number + 1) << level > 4");
    assert_int_equal(event(w, 11, "suspend", "2026-06-01", "x"), RECORDS_CONFLICT);
    buffer_free(&early);
    buffer_free(&after);
}

/* Nothing is signed on top of a head that somebody changed, though the process signed the one
 * before itself and knows it again. */
static void test_head_changed(void **state)
{
    static const char size_changed[] =
        "UPDATE log_head SET note = CAST(replace(CAST(note AS TEXT), char(10) || '6' || char(10), "
        "char(10) || '5' || char(10)) AS BLOB) WHERE size = 6";
    static const char signature_changed[] =
        "UPDATE log_head SET note = CAST(substr(CAST(note AS TEXT), 1, length(note) - 12) || "
        "'AAAAAAAAA' || char(10) AS BLOB) WHERE size = 6";
    static const char node_changed[] =
        "UPDATE log_node SET hash = zeroblob(32) WHERE level = 1 AND number = 2";
    static const char *const changes[] = {size_changed, signature_changed, node_changed};
    struct world *w = *state;
    fill(w, 1, 6);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        tamper(w, "CREATE TABLE kept_head AS SELECT * FROM log_head; CREATE TABLE kept_node AS "
                  "SELECT * FROM log_node");
        tamper(w, changes[i]);
        assert_int_equal(event(w, 2, "suspend", "2026-06-01", "x"), RECORDS_CONFLICT);
        tamper(w, "DELETE FROM log_head; INSERT INTO log_head SELECT * FROM kept_head;"
                  "DELETE FROM log_node; INSERT INTO log_node SELECT * FROM kept_node;"
                  "DROP TABLE kept_head; DROP TABLE kept_node");
    }
    assert_int_equal(event(w, 2, "suspend", "2026-06-01", "x"), 6);
    audit(w, SPAN_NONE, NULL);
}

static void test_key(void **state)
{
    struct world *w = *state;
    struct register_key again;
    char why[REGISTER_WHY], command[160];
    if (register_key_open(w->folder, NULL, false, &again, why) != 0) {
        fail_msg("%s", why);
    }
    assert_memory_equal(&again.key, &w->key.key, sizeof again.key);
    struct note_key alone;
    assert_int_equal(register_key_public(w->folder, &alone), 0);
    assert_memory_equal(&alone, &w->key.key, sizeof alone);
    register_key_forget(&again);
    assert_int_equal(register_key_open(w->folder, "other.example", true, &again, why), -1);
    assert_non_null(strstr(why, "another origin"));
    (void)snprintf(command, sizeof command, "chmod 644 %s/keys/register.key", w->folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(register_key_open(w->folder, NULL, false, &again, why), -1);
    assert_non_null(strstr(why, "chmod 600"));
    (void)snprintf(command, sizeof command,
                   "cd %s/keys && chmod 600 register.key && sed -i '2s/^./g/' register.key",
                   w->folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(register_key_open(w->folder, NULL, false, &again, why), -1);
    assert_non_null(strstr(why, "damaged"));
}

/* The process that holds the key signs what a register signs, and no head that goes back. */
static void test_key_process(void **state)
{
    struct world *w = *state;
    static const char *const refused[] = {
        "anything\n",
        "other.example/register\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "iotscs.example.in/register\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "iotscs.example.in/register\n9\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nmore\n",
        "eyJhbGciOiJFZERTQSJ9",
        "eyJhbGciOiJFZERTQSJ9.e30.e30",
        "eyJ hbGciOiJFZERTQSJ9.e30",
        "cosignature/v1\ntime 1\niotscs.example.in/register\n9\n"
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        ""};
    static const char *const taken[] = {"satyapan-qr/1\nhttps://x\n", "eyJhbGciOiJFZERTQSJ9.e30",
                                        "satyapan-register-dump/1\n"};
    uint8_t out[NOTE_SIGNATURE];
    assert_int_equal(issue(w, 1, "2026-01-01", "2028-12-31", NULL), 0);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_int_equal(w->key.by.sign(w->key.by.context, span_str(refused[i]), out), -1);
    }
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        assert_int_equal(w->key.by.sign(w->key.by.context, span_str(taken[i]), out), 0);
    }
    assert_int_equal(issue(w, 2, "2026-01-01", "2028-12-31", NULL), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_states),       TEST(test_refused),
        TEST(test_amend),        TEST(test_proofs),
        TEST(test_status_list),  TEST(test_search),
        TEST(test_audit_good),   TEST(test_audit_tampered),
        TEST(test_audit_fork),   TEST(test_head_changed),
        TEST(test_key),          TEST(test_key_process),
        TEST(test_search_pages), TEST(test_audit_impossible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
