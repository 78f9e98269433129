/*
 * test_records - opening, transactions, the audit trail, jobs, documents on the disk, backups.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "records/audit.h"
#include "records/blobs.h"
#include "records/inside.h"
#include "records/jobs.h"

enum { NOW = 1800000000 };

/* Records in a folder of their own. */
struct desk {
    char dir[40], data[80];
    struct records *r;
};

static void desk_open(struct desk *d)
{
    char why[RECORDS_WHY];
    if (records_open(d->data, NOW, &d->r, why) != 0) {
        fail_msg("%s", why);
    }
}

static struct desk desk_new(void)
{
    struct desk d = {.dir = "/tmp/satyapan-records-XXXXXX"};
    assert_non_null(mkdtemp(d.dir));
    (void)snprintf(d.data, sizeof d.data, "%s/data", d.dir);
    desk_open(&d);
    return d;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void desk_free(struct desk *d)
{
    records_close(d->r);
    assert_int_equal(nftw(d->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void run(struct desk *d, const char *sql)
{
    if (db_run(d->r->db, sql) != 0) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(d->r->db));
    }
}

static int64_t number(struct desk *d, const char *sql)
{
    int64_t n = UTC_NONE;
    struct query q = query_begin(d->r->db, sql);
    assert_int_equal(records_number(d->r, &q, &n), 0);
    return n;
}

static void begin(struct desk *d)
{
    assert_int_equal(records_begin(d->r), 0);
}

static void commit(struct desk *d)
{
    assert_int_equal(records_commit(d->r, true), 0);
}

static const char *path_to(const struct desk *d, const char *rest)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "%s%s", d->data, rest);
    return path;
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 0777;
}

/* ---- opening --------------------------------------------------------------------------------- */

static void test_open(void **state)
{
    (void)state;
    mode_t mask = umask(0); /* the rights must not depend on it */
    struct desk d = desk_new();
    run(&d, "CREATE TABLE t(a); DROP TABLE t"); /* so that the log is there */
    assert_int_equal(mode_of(d.data), 0700);
    assert_int_equal(mode_of(path_to(&d, "/office.db")), 0600);
    assert_int_equal(mode_of(path_to(&d, "/office.db-wal")), 0600);
    assert_int_equal(mode_of(path_to(&d, "/blobs")), 0700);
    assert_int_equal(number(&d, "PRAGMA synchronous"), 2);
    assert_int_equal(number(&d, "PRAGMA foreign_keys"), 1);
    assert_int_equal(number(&d, "PRAGMA trusted_schema"), 0);
    assert_int_equal(number(&d, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode="
                                "'wal'"),
                     1);
    records_close(d.r);
    desk_open(&d); /* again: nothing to do */
    desk_free(&d);
    (void)umask(mask);
}

static void refuse_open(const char *data, const char *part)
{
    char why[RECORDS_WHY];
    struct records *r;
    assert_int_equal(records_open(data, NOW, &r, why), -1);
    assert_null(r);
    if (!strstr(why, part)) {
        fail_msg("\"%s\" is not in: %s", part, why);
    }
}

static void test_open_refused(void **state)
{
    (void)state;
    struct desk d = desk_new();
    run(&d, "INSERT INTO migration VALUES(9999, 0)");
    records_close(d.r);
    d.r = NULL;
    refuse_open(d.data, "newer version");

    int fd = open(path_to(&d, "/office.db"), O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_true(write(fd, "This was a database once, long ago it was one.", 46) == 46);
    (void)close(fd);
    (void)unlink(path_to(&d, "/office.db-wal"));
    refuse_open(d.data, "not a database");

    assert_int_equal(unlink(path_to(&d, "/office.db")), 0);
    assert_int_equal(symlink("/dev/null", path_to(&d, "/office.db")), 0);
    refuse_open(d.data, "/office.db");
    refuse_open("/proc/no-such-place/data", "No such file");
    desk_free(&d);
}

/* Root may write everywhere: a child without its rights tries. */
static void test_open_read_only(void **state)
{
    (void)state;
    struct desk d = desk_new();
    records_close(d.r);
    d.r = NULL;
    assert_int_equal(nftw(d.data, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    assert_int_equal(chmod(d.dir, 0555), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char why[RECORDS_WHY];
        struct records *r;
        bool user = geteuid() != 0 || setuid(65534) == 0;
        _exit(user && records_open(d.data, NOW, &r, why) == -1 && strstr(why, "Permission denied")
                  ? 0
                  : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(chmod(d.dir, 0755), 0);
    desk_free(&d);
}

/* ---- transactions, rows ---------------------------------------------------------------------- */

static const struct records_table firms = {
    "firm", (const char *const[]){"name", "email", "created_at", NULL}, true, false};

static int64_t add_firm(struct desk *d, const char *name)
{
    json_t *o = json_pack("{s:s, s:i}", "name", name, "created_at", NOW);
    int64_t id = records_insert(d->r, &firms, o);
    json_decref(o);
    return id;
}

static int rename_firm(struct desk *d, int64_t id, int64_t version, const char *name)
{
    json_t *o = json_pack("{s:s}", "name", name);
    int rc = records_update(d->r, &firms, id, version, o, NOW);
    json_decref(o);
    return rc;
}

static void test_rows(void **state)
{
    (void)state;
    struct desk d = desk_new();
    json_t *row;
    begin(&d);
    int64_t id = add_firm(&d, "Blue Camera Works'); DROP TABLE firm; --");
    assert_true(id > 0);
    assert_int_equal(rename_firm(&d, id, 1, "Blue Camera Works"), 0);
    assert_int_equal(rename_firm(&d, id, 1, "Other"), RECORDS_CONFLICT);
    assert_int_equal(rename_firm(&d, id, UTC_NONE, "ब्लू कैमरा"), 0);
    assert_int_equal(rename_firm(&d, 99, 1, "Other"), RECORDS_NONE);
    commit(&d);
    assert_int_equal(records_get(d.r, &firms, id, &row), 0);
    assert_string_equal(json_string_value(json_object_get(row, "name")), "ब्लू कैमरा");
    assert_int_equal(json_integer_value(json_object_get(row, "version")), 3);
    assert_true(json_is_null(json_object_get(row, "name_hi")));
    json_decref(row);
    assert_int_equal(records_get(d.r, &firms, 99, &row), RECORDS_NONE);

    begin(&d);
    json_t *wrong = json_pack("{s:s}", "name=1; --", "x");
    assert_int_equal(records_insert(d.r, &firms, wrong), RECORDS_FAILED);
    json_decref(wrong);
    assert_true(add_firm(&d, "undone") > 0);
    assert_int_equal(records_commit(d.r, false), 0);
    assert_int_equal(number(&d, "SELECT count(*) FROM firm"), 1);
    desk_free(&d);
}

static void test_constraints(void **state)
{
    (void)state;
    struct desk d = desk_new();
    begin(&d);
    struct query q = query_begin(d.r->db, "INSERT INTO empanelment(lab, from_on) VALUES(5, 'x')");
    assert_int_equal(records_do(d.r, &q), RECORDS_NONE);
    run(&d, "INSERT INTO setting VALUES('a', '1')");
    q = query_begin(d.r->db, "INSERT INTO setting VALUES('a', '2')");
    assert_int_equal(records_do(d.r, &q), RECORDS_CONFLICT);
    q = query_begin(d.r->db, "INSERT INTO nowhere VALUES(1)");
    assert_int_equal(records_do(d.r, &q), RECORDS_FAILED);
    assert_non_null(strstr(records_error(d.r), "nowhere"));
    commit(&d);
    desk_free(&d);
}

static void test_canonical(void **state)
{
    (void)state;
    json_t *o = json_pack("{s:i, s:s, s:[b, n], s:{s:i, s:i}}", "z", 1, "a", "é\"\n/", "m", 1, "k",
                          "b", 2, "a", 1);
    char *text = rows_canonical(o);
    assert_string_equal(text, "{\"a\":\"é\\\"\\n/\",\"k\":{\"a\":1,\"b\":2},\"m\":[true,null],"
                              "\"z\":1}");
    mem_free(text);
    assert_int_equal(json_object_set_new(o, "r", json_real(1.5)), 0);
    assert_null(rows_canonical(o));
    json_decref(o);
}

/* ---- the trail ------------------------------------------------------------------------------- */

static int64_t trail(struct desk *d, const char *subject)
{
    json_t *detail = json_pack("{s:s, s:i}", "was", "draft", "n", 7);
    const struct audit_row row = {.at = NOW,
                                  .person = UTC_NONE,
                                  .actor = "test",
                                  .action = "test.do",
                                  .subject = subject,
                                  .application = UTC_NONE,
                                  .detail = detail};
    int64_t seq = audit_append(d->r, &row);
    json_decref(detail);
    return seq;
}

static void fill_trail(struct desk *d)
{
    begin(d);
    assert_int_equal(trail(d, "thing:1"), 1);
    assert_int_equal(trail(d, "thing:2"), 2);
    assert_int_equal(trail(d, "thing:3"), 3);
    commit(d);
}

static void test_audit(void **state)
{
    (void)state;
    struct desk d = desk_new();
    struct audit_state s = {0};
    char hex[SHA256_HEX];
    assert_int_equal(audit_verify(d.r, &s), 0);
    assert_int_equal(s.count, 0);
    assert_int_equal(trail(&d, "outside of a transaction"), RECORDS_FAILED);
    fill_trail(&d);
    assert_int_equal(audit_verify(d.r, &s), 0);
    assert_int_equal(s.count, 3);
    assert_int_equal(s.bad, 0);
    /* Worked out by another program from the sentence in audit.h. */
    assert_string_equal(hash_hex(span_make(s.last, SHA256_SIZE), false, hex),
                        "c3a779fbec15c3e13a86c9cdca514a293150772fd1d6d9bfec89aa60b6a1dfcd");
    uint8_t first[SHA256_SIZE] = {1};
    s.expected = first;
    assert_int_equal(audit_verify(d.r, &s), 0);
    assert_false(s.found);
    struct query q = query_begin(d.r->db, "SELECT hash FROM audit WHERE seq = 1");
    assert_int_equal(query_row(&q), 1);
    memcpy(first, sqlite3_column_blob(q.s, 0), SHA256_SIZE);
    assert_int_equal(query_end(&q), 0);
    assert_int_equal(audit_verify(d.r, &s), 0);
    assert_true(s.found); /* an older one is found, too */
    assert_int_equal(sqlite3_exec(d.r->db, "UPDATE audit SET actor = 'x'", 0, 0, 0),
                     SQLITE_CONSTRAINT);
    assert_int_equal(sqlite3_exec(d.r->db, "DELETE FROM audit", 0, 0, 0), SQLITE_CONSTRAINT);
    desk_free(&d);
}

/* Each change to the trail, by one who can take the guards away, is seen at its row. */
static void test_audit_tampered(void **state)
{
    static const struct {
        const char *sql;
        int bad;
    } cases[] = {
        {"UPDATE audit SET at = at + 1 WHERE seq = 2", 2},
        {"UPDATE audit SET person = 1 WHERE seq = 1", 1},
        {"UPDATE audit SET actor = 'other' WHERE seq = 3", 3},
        {"UPDATE audit SET action = 'test.undo' WHERE seq = 2", 2},
        {"UPDATE audit SET subject = 'thing:9' WHERE seq = 2", 2},
        {"UPDATE audit SET visible = 1 WHERE seq = 2", 2},
        {"UPDATE audit SET application = 1 WHERE seq = 2", 2},
        {"UPDATE audit SET detail = '{\"n\":8,\"was\":\"draft\"}' WHERE seq = 2", 2},
        {"UPDATE audit SET detail = '{\"n\":7, \"was\":\"draft\"}' WHERE seq = 2", 2},
        {"UPDATE audit SET detail = 'nonsense' WHERE seq = 2", 2},
        {"UPDATE audit SET hash = zeroblob(32) WHERE seq = 3", 3},
        {"UPDATE audit SET previous = zeroblob(32) WHERE seq = 2", 2},
        {"UPDATE audit SET hash = x'00' WHERE seq = 1", 1},
        {"DELETE FROM audit WHERE seq = 2", 2},
        {"DELETE FROM audit WHERE seq = 1", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct desk d = desk_new();
        struct audit_state s = {0};
        fill_trail(&d);
        run(&d, "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete;"
                "PRAGMA foreign_keys = OFF");
        run(&d, cases[i].sql);
        assert_int_equal(audit_verify(d.r, &s), 0);
        if (s.bad != cases[i].bad || s.count != cases[i].bad - 1) {
            fail_msg("%s: bad %d, count %d", cases[i].sql, (int)s.bad, (int)s.count);
        }
        desk_free(&d);
    }
}

/* ---- jobs ------------------------------------------------------------------------------------ */

static const char *const kinds[] = {"verify", "remind", NULL};

static int64_t want(struct desk *d, const char *key, int64_t run_at)
{
    begin(d);
    json_t *payload = json_pack("{s:s}", "key", key);
    int64_t id = job_add(d->r, "verify", key, UTC_NONE, payload, run_at, NOW);
    json_decref(payload);
    commit(d);
    assert_true(id > 0);
    return id;
}

static void test_jobs(void **state)
{
    (void)state;
    struct desk d = desk_new();
    struct job a, b;
    int64_t next;
    assert_int_equal(job_take(d.r, kinds, "w", NOW, 60, &a), RECORDS_NONE);
    int64_t second = want(&d, "two", NOW + 10), first = want(&d, "one", NOW);
    assert_int_equal(want(&d, "one", NOW + 100), first); /* waits already */
    assert_int_equal(job_next(d.r, kinds, &next), 0);
    assert_int_equal(next, NOW);
    assert_int_equal(job_take(d.r, (const char *const[]){"remind", NULL}, "w", NOW, 60, &a),
                     RECORDS_NONE);
    assert_int_equal(job_take(d.r, kinds, "w", NOW, 60, &a), 0);
    assert_int_equal(a.id, first);
    assert_string_equal(a.key, "one");
    assert_string_equal(json_string_value(json_object_get(a.payload, "key")), "one");
    assert_int_equal(job_take(d.r, kinds, "v", NOW, 60, &b), RECORDS_NONE); /* two: not due */
    assert_int_equal(job_take(d.r, kinds, "v", NOW + 10, 60, &b), 0);
    assert_int_equal(b.id, second);
    assert_int_equal(job_renew(d.r, &a, NOW + 50, 60, 3, 9), 0);
    begin(&d);
    assert_int_equal(job_finish(d.r, &a, NOW + 60), 0);
    assert_int_equal(job_finish(d.r, &a, NOW + 60), RECORDS_CONFLICT);
    commit(&d);
    assert_true(want(&d, "one", NOW) != first); /* done: wanted anew */
    begin(&d);
    assert_int_equal(job_sweep(d.r, NOW + 60), 0);
    assert_int_equal(job_sweep(d.r, NOW + 61), 1); /* the done one, not those that wait or run */
    commit(&d);
    job_clear(&a);
    job_clear(&b);
    desk_free(&d);
}

/* What is wanted while it is worked on is done after it, not at the same time. */
static void test_job_twin(void **state)
{
    (void)state;
    struct desk d = desk_new();
    struct job a, b;
    int64_t first = want(&d, "one", NOW);
    assert_int_equal(job_take(d.r, kinds, "w", NOW, 60, &a), 0);
    int64_t second = want(&d, "one", NOW);
    assert_true(first != second);
    assert_int_equal(job_take(d.r, kinds, "v", NOW, 60, &b), RECORDS_NONE);
    begin(&d);
    assert_int_equal(job_fail(d.r, &a, NOW, "broken"), 0);
    commit(&d);
    assert_int_equal(job_take(d.r, kinds, "v", NOW, 60, &b), 0);
    assert_int_equal(b.id, second);
    assert_int_equal(number(&d, "SELECT count(*) FROM job WHERE state = 'done'"), 1);
    job_clear(&a);
    job_clear(&b);
    desk_free(&d);
}

/* A worker that lost its lease cannot end the job of the one who has it. */
static void test_job_fence(void **state)
{
    (void)state;
    struct desk d = desk_new();
    struct job a, b;
    (void)want(&d, "one", NOW);
    assert_int_equal(job_take(d.r, kinds, "w", NOW, 60, &a), 0);
    assert_int_equal(job_take(d.r, kinds, "v", NOW + 59, 60, &b), RECORDS_NONE);
    assert_int_equal(job_take(d.r, kinds, "v", NOW + 60, 60, &b), 0);
    assert_int_equal(a.id, b.id);
    assert_true(b.fence > a.fence);
    assert_int_equal(job_renew(d.r, &a, NOW + 61, 60, 0, 0), RECORDS_CONFLICT);
    begin(&d);
    assert_int_equal(job_finish(d.r, &a, NOW + 61), RECORDS_CONFLICT);
    assert_int_equal(job_fail(d.r, &a, NOW + 61, "late"), RECORDS_CONFLICT);
    assert_int_equal(job_finish(d.r, &b, NOW + 61), 0);
    commit(&d);
    job_clear(&a);
    job_clear(&b);
    desk_free(&d);
}

static void test_job_tries(void **state)
{
    (void)state;
    struct desk d = desk_new();
    struct job j;
    int64_t now = NOW, longest = 0;
    (void)want(&d, "one", NOW);
    for (int i = 1; i <= JOB_TRIES; i++) {
        assert_int_equal(job_take(d.r, kinds, "w", now, 60, &j), 0);
        assert_int_equal(j.tries, i);
        begin(&d);
        assert_int_equal(job_fail(d.r, &j, now, "no network"), 0);
        commit(&d);
        job_clear(&j);
        int64_t wait = number(&d, "SELECT run_at FROM job") - now;
        int64_t full = INT64_C(60) << i;
        full = full < 6 * 3600 ? full : 6 * 3600;
        assert_in_range(wait, full * 3 / 4, full);
        longest = wait;
        now += wait;
    }
    assert_true(longest > 60);
    assert_int_equal(number(&d, "SELECT count(*) FROM job WHERE state = 'needs-human'"), 1);
    assert_int_equal(job_take(d.r, kinds, "w", now * 2, 60, &j), RECORDS_NONE);
    desk_free(&d);
}

/* Who crashes the worker every time is not tried for ever. */
static void test_job_crashes(void **state)
{
    (void)state;
    struct desk d = desk_new();
    struct job j;
    int64_t now = NOW;
    (void)want(&d, "one", NOW);
    for (int i = 0; i < JOB_TRIES; i++, now += 60) {
        assert_int_equal(job_take(d.r, kinds, "w", now, 60, &j), 0);
        job_clear(&j);
    }
    assert_int_equal(job_take(d.r, kinds, "w", now, 60, &j), RECORDS_NONE);
    assert_int_equal(number(&d, "SELECT count(*) FROM job WHERE state = 'needs-human'"), 1);
    desk_free(&d);
}

static bool is_w(const char *owner)
{
    return strcmp(owner, "w") == 0;
}

static bool is_u(const char *owner)
{
    return strcmp(owner, "u") == 0;
}

/* After a crash nobody waits for the lease of a worker that is gone; those of others stand. */
static void test_job_orphans(void **state)
{
    (void)state;
    struct desk d = desk_new();
    struct job j;
    (void)want(&d, "one", NOW);
    (void)want(&d, "two", NOW);
    assert_int_equal(job_take(d.r, kinds, "w", NOW, 60, &j), 0);
    job_clear(&j);
    assert_int_equal(job_take(d.r, kinds, "v", NOW, 60, &j), 0);
    job_clear(&j);
    assert_int_equal(job_take(d.r, kinds, "u", NOW + 1, 60, &j), RECORDS_NONE);
    assert_int_equal(job_orphans(d.r, is_w, NOW + 1), 1);
    assert_int_equal(job_take(d.r, kinds, "u", NOW + 1, 60, &j), 0);
    assert_string_equal(j.key, "one");
    job_clear(&j);
    assert_int_equal(job_take(d.r, kinds, "u", NOW + 1, 60, &j), RECORDS_NONE);
    /* The second time it waits, and no later end makes that longer. */
    assert_int_equal(job_orphans(d.r, is_u, NOW + 1), 1);
    assert_int_equal(job_orphans(d.r, is_u, NOW + 2), 1);
    assert_int_equal(job_take(d.r, kinds, "t", NOW + 2, 60, &j), RECORDS_NONE);
    assert_int_equal(job_take(d.r, kinds, "t", NOW + 3, 60, &j), 0);
    assert_string_equal(j.key, "one");
    job_clear(&j);
    desk_free(&d);
}

/* ---- documents ------------------------------------------------------------------------------- */

static void put(struct desk *d, const char *text, char sha256[SHA256_HEX])
{
    begin(d);
    assert_int_equal(blob_put(d->r, span_str(text), NOW, sha256), 0);
    commit(d);
}

static void count_bad(void *context, const char *sha256, const char *why)
{
    char *said = context;
    (void)snprintf(said, RECORDS_WHY, "%.8s %s", sha256, why);
}

static const char *blob_path(const struct desk *d, const char *sha256)
{
    char rest[96];
    (void)snprintf(rest, sizeof rest, "/blobs/%.2s/%s", sha256, sha256);
    return path_to(d, rest);
}

static void test_blobs(void **state)
{
    (void)state;
    struct desk d = desk_new();
    struct blob_draft *draft;
    char sha256[SHA256_HEX], again[SHA256_HEX], said[RECORDS_WHY] = "";
    int64_t size = 0;
    assert_int_equal(blob_begin(d.data, 5, &draft), 0);
    assert_int_equal(blob_write(draft, SPAN_LIT("ab")), 0);
    assert_int_equal(blob_write(draft, SPAN_LIT("cdef")), 1); /* more than the maximum */
    assert_int_equal(blob_write(draft, SPAN_LIT("c")), 0);
    assert_int_equal(blob_done(draft, sha256, &size), 0);
    assert_string_equal(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(size, 3);
    assert_int_equal(mode_of(blob_path(&d, sha256)), 0400);
    begin(&d);
    assert_int_equal(blob_keep(d.r, sha256, 4, NOW), RECORDS_FAILED);
    assert_int_equal(blob_keep(d.r, sha256, 3, NOW), 0);
    assert_int_equal(blob_keep(d.r, sha256, 3, NOW), 0);
    commit(&d);
    put(&d, "abc", again);
    assert_string_equal(again, sha256);
    assert_int_equal(number(&d, "SELECT count(*) FROM blob"), 1);
    int fd = blob_open(d.data, sha256, &size);
    assert_true(fd >= 0 && size == 3);
    (void)close(fd);
    assert_int_equal(blob_open(d.data, "../../office.db", &size), RECORDS_NONE);
    again[0] ^= 1;
    assert_int_equal(blob_open(d.data, again, &size), RECORDS_NONE);
    begin(&d);
    assert_int_equal(blob_keep(d.r, again, 3, NOW), RECORDS_NONE);
    commit(&d);
    assert_int_equal(blob_check(d.r, count_bad, said), 0);
    desk_free(&d);
}

static void spoil(const char *path, const char *text)
{
    assert_int_equal(chmod(path, 0600), 0);
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_true(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)close(fd);
}

static void test_blob_check(void **state)
{
    (void)state;
    struct desk d = desk_new();
    char sha256[SHA256_HEX], said[RECORDS_WHY] = "";
    put(&d, "abc", sha256);
    spoil(blob_path(&d, sha256), "abd");
    assert_int_equal(blob_check(d.r, count_bad, said), 1);
    assert_string_equal(said, "ba7816bf its bytes have changed");
    spoil(blob_path(&d, sha256), "abcd");
    assert_int_equal(blob_check(d.r, count_bad, said), 1);
    assert_string_equal(said, "ba7816bf its size has changed");
    assert_int_equal(unlink(blob_path(&d, sha256)), 0);
    assert_int_equal(blob_check(d.r, count_bad, said), 1);
    assert_string_equal(said, "ba7816bf its file is missing");
    put(&d, "abc", sha256); /* the same bytes again mend it */
    assert_int_equal(blob_check(d.r, count_bad, said), 0);
    desk_free(&d);
}

static void age(const char *path, int64_t seconds)
{
    const struct timespec times[2] = {{.tv_sec = time(NULL) - seconds},
                                      {.tv_sec = time(NULL) - seconds}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void test_blob_sweep(void **state)
{
    (void)state;
    struct desk d = desk_new();
    struct blob_draft *draft;
    char kept[SHA256_HEX], orphan[SHA256_HEX], young[SHA256_HEX];
    int64_t size;
    put(&d, "abc", kept);
    age(blob_path(&d, kept), 90000);
    assert_int_equal(blob_begin(d.data, 9, &draft), 0);
    assert_int_equal(blob_write(draft, SPAN_LIT("old")), 0);
    assert_int_equal(blob_done(draft, orphan, &size), 0);
    age(blob_path(&d, orphan), 90000);
    assert_int_equal(blob_begin(d.data, 9, &draft), 0);
    assert_int_equal(blob_write(draft, SPAN_LIT("young")), 0);
    assert_int_equal(blob_done(draft, young, &size), 0);
    int fd = open(path_to(&d, "/blobs/new/1.1.tmp"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    (void)close(fd);
    age(path_to(&d, "/blobs/new/1.1.tmp"), 4000);
    assert_int_equal(blob_sweep(d.r, time(NULL)), 1);
    assert_int_equal(access(path_to(&d, "/blobs/new/1.1.tmp"), F_OK), -1);
    assert_int_equal(access(blob_path(&d, orphan), F_OK), -1);
    assert_int_equal(access(blob_path(&d, young), F_OK), 0);
    assert_int_equal(access(blob_path(&d, kept), F_OK), 0);
    desk_free(&d);
}

/* ---- backups --------------------------------------------------------------------------------- */

static void test_backup(void **state)
{
    (void)state;
    struct desk d = desk_new(), copy;
    char sha256[SHA256_HEX], why[RECORDS_WHY], to[80], said[RECORDS_WHY] = "";
    put(&d, "abc", sha256);
    fill_trail(&d);
    int fd = open(path_to(&d, "/office.key"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(write(fd, "key", 3) == 3);
    (void)close(fd);
    (void)snprintf(to, sizeof to, "%s/copy", d.dir);
    if (records_backup(d.r, to, why) != 0) {
        fail_msg("%s", why);
    }
    assert_int_equal(records_backup(d.r, to, why), -1); /* never over another one */
    assert_non_null(strstr(why, "there already"));
    begin(&d);
    assert_int_equal(trail(&d, "after the copy"), 4);
    commit(&d);
    copy = d;
    (void)snprintf(copy.data, sizeof copy.data, "%s", to);
    desk_open(&copy);
    struct audit_state s = {0};
    assert_int_equal(audit_verify(copy.r, &s), 0);
    assert_int_equal(s.count, 3);
    assert_int_equal(blob_check(copy.r, count_bad, said), 0);
    assert_int_equal(number(&copy, "SELECT count(*) FROM blob"), 1);
    assert_int_equal(mode_of(path_to(&copy, "/office.key")), 0600);
    assert_int_equal(mode_of(path_to(&copy, "/office.db")), 0600);
    records_close(copy.r);

    (void)snprintf(to, sizeof to, "%s/second", d.dir);
    assert_int_equal(unlink(blob_path(&d, sha256)), 0);
    assert_int_equal(records_backup(d.r, to, why), -1); /* a document is missing: no good copy */
    assert_non_null(strstr(why, sha256));
    assert_int_equal(access(to, F_OK), -1);
    desk_free(&d);
}

static void keep_sentence(void *context, const char *what)
{
    (void)snprintf(context, RECORDS_WHY, "%s", what);
}

static void test_check(void **state)
{
    (void)state;
    struct desk d = desk_new();
    char said[RECORDS_WHY] = "";
    assert_int_equal(records_check(d.r, keep_sentence, said), 0);
    run(&d, "PRAGMA foreign_keys = OFF; INSERT INTO model(application, name) VALUES(7, 'x')");
    assert_int_equal(records_check(d.r, keep_sentence, said), 1);
    assert_string_equal(said, "model 1 names a row of application that is not there");
    desk_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open),           cmocka_unit_test(test_open_refused),
        cmocka_unit_test(test_open_read_only), cmocka_unit_test(test_rows),
        cmocka_unit_test(test_constraints),    cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_audit),          cmocka_unit_test(test_audit_tampered),
        cmocka_unit_test(test_jobs),           cmocka_unit_test(test_job_twin),
        cmocka_unit_test(test_job_fence),      cmocka_unit_test(test_job_tries),
        cmocka_unit_test(test_job_crashes),    cmocka_unit_test(test_job_orphans),
        cmocka_unit_test(test_blobs),          cmocka_unit_test(test_blob_check),
        cmocka_unit_test(test_blob_sweep),     cmocka_unit_test(test_backup),
        cmocka_unit_test(test_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
