/*
 * test_records_faults - a full disk, several processes at once, memory that runs out: nothing is
 * half done, nothing that was said to be kept is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "records/applications.h"
#include "records/audit.h"
#include "records/blobs.h"
#include "records/inside.h"
#include "records/jobs.h"

enum { NOW = 1800000000 };

static char folder[64];

static int setup(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/satyapan-faults-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
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
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct records *open_it(void)
{
    char why[RECORDS_WHY];
    struct records *r;
    if (records_open(folder, NOW, &r, why) != 0) {
        (void)fprintf(stderr, "%s\n", why);
        return NULL;
    }
    return r;
}

static int64_t trail(struct records *r, const char *subject, const char *text)
{
    json_t *detail = json_pack("{s:s}", "text", text);
    const struct audit_row row = {.at = NOW,
                                  .person = UTC_NONE,
                                  .actor = "test",
                                  .action = "test.do",
                                  .subject = subject,
                                  .application = UTC_NONE,
                                  .detail = detail};
    int64_t seq = detail ? audit_append(r, &row) : RECORDS_FAILED;
    json_decref(detail);
    return seq;
}

static bool whole(struct records *r, int64_t rows)
{
    struct audit_state s = {0};
    return audit_verify(r, &s) == 0 && s.bad == 0 && s.count == rows;
}

/* In a child: says what was wrong and ends it. */
#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            (void)fprintf(stderr, "line %d: %s\n", __LINE__, #what);                               \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

static void in_children(int count, void (*run)(int))
{
    pid_t pids[8];
    for (int i = 0; i < count; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0) {
            run(i);
            _exit(0);
        }
    }
    int bad = 0;
    for (int i = 0; i < count; i++) {
        int status = -1;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        bad += status != 0;
    }
    assert_int_equal(bad, 0);
}

/* ---- a full disk ----------------------------------------------------------------------------- */

static void limit_files(rlim_t bytes)
{
    struct rlimit l;
    (void)signal(SIGXFSZ, SIG_IGN); /* write fails with EFBIG, as it would with ENOSPC */
    MUST(getrlimit(RLIMIT_FSIZE, &l) == 0);
    l.rlim_cur = bytes;
    MUST(setrlimit(RLIMIT_FSIZE, &l) == 0);
}

static void fill_disk(int number)
{
    (void)number;
    static char text[100001];
    memset(text, 'x', sizeof text - 1);
    struct records *r = open_it();
    MUST(r && records_begin(r) == 0 && trail(r, "kept", "1") == 1);
    MUST(records_commit(r, true) == 0);
    limit_files(400000); /* the log of the database is about as long already */
    int kept = 1, failures = 0;
    for (int i = 0; i < 20; i++) {
        MUST(records_begin(r) == 0);
        int64_t seq = trail(r, "large", text);
        int rc = records_commit(r, seq > 0);
        if (seq > 0 && rc == 0) {
            kept++;
        } else {
            failures++;
            MUST(strlen(records_error(r)) > 5);
        }
        MUST(sqlite3_get_autocommit(r->db)); /* no transaction hangs on */
    }
    MUST(failures > 0);
    limit_files(RLIM_INFINITY);
    MUST(records_begin(r) == 0 && trail(r, "after", "2") == kept + 1);
    MUST(records_commit(r, true) == 0);
    MUST(whole(r, kept + 1));
    records_close(r);
    r = open_it();
    MUST(r && whole(r, kept + 1));
    records_close(r);
}

static void test_full_disk(void **state)
{
    (void)state;
    in_children(1, fill_disk);
}

static int entries(const char *rest)
{
    char path[128];
    int n = 0;
    (void)snprintf(path, sizeof path, "%s%s", folder, rest);
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        n += e->d_name[0] != '.';
    }
    if (d) {
        (void)closedir(d);
    }
    return n;
}

static void fill_disk_with_blob(int number)
{
    (void)number;
    static char text[100001];
    char sha256[SHA256_HEX];
    struct blob_draft *d;
    memset(text, 'x', sizeof text - 1);
    struct records *r = open_it();
    MUST(r && records_begin(r) == 0);
    limit_files(60000);
    MUST(blob_put(r, span_str(text), NOW, sha256) == RECORDS_FAILED);
    MUST(strstr(records_error(r), "File too large"));
    MUST(records_commit(r, false) == 0);
    MUST(blob_begin(folder, sizeof text, &d) == 0);
    MUST(entries("/blobs/new") == 1);
    MUST(blob_write(d, span_str(text)) == -1 && errno == EFBIG);
    blob_drop(d);
    MUST(entries("/blobs/new") == 0 && entries("/blobs") == 1); /* nothing is left */
    records_close(r);
}

static void test_full_disk_blob(void **state)
{
    (void)state;
    in_children(1, fill_disk_with_blob);
}

static void fill_disk_with_backup(int number)
{
    (void)number;
    char why[RECORDS_WHY], to[96];
    struct records *r = open_it();
    MUST(r != NULL);
    limit_files(60000);
    (void)snprintf(to, sizeof to, "%s/copy", folder);
    MUST(records_backup(r, to, why) == -1 && why[0]);
    MUST(access(to, F_OK) != 0); /* a folder of that name would be a good copy */
    MUST(entries("") == 2 + 2);  /* office.db, its two other files, blobs: no part of a copy */
    records_close(r);
}

static void test_full_disk_backup(void **state)
{
    (void)state;
    in_children(1, fill_disk_with_backup);
}

/* ---- several processes ----------------------------------------------------------------------- */

static void only_open(int number)
{
    (void)number;
    struct records *r = open_it();
    MUST(r != NULL);
    records_close(r);
}

static void test_open_at_once(void **state)
{
    for (int i = 0; i < 20; i++) { /* a new folder each time: they meet while it is made */
        in_children(6, only_open);
        struct records *r = open_it();
        assert_non_null(r);
        records_close(r);
        assert_int_equal(teardown(state), 0);
        assert_int_equal(setup(state), 0);
    }
}

enum { WRITERS = 4, WRITES = 40 };

static void write_many(int number)
{
    static const char *const kinds[] = {"k", NULL};
    struct records *r = open_it();
    MUST(r != NULL);
    for (int i = 0; i < WRITES; i++) {
        char subject[32], key[32];
        MUST(records_begin(r) == 0);
        int64_t n = number_next(r, "S");
        MUST(n > 0);
        (void)snprintf(subject, sizeof subject, "n:%lld", (long long)n);
        (void)snprintf(key, sizeof key, "%d.%d", number, i);
        MUST(trail(r, subject, "x") == n); /* one number, one row: in step, whoever writes */
        MUST(job_add(r, "k", key, UTC_NONE, NULL, NOW, NOW) > 0);
        MUST(records_commit(r, true) == 0);
        struct job j;
        int rc = job_take(r, kinds, "w", NOW, 60, &j);
        MUST(rc == 0 || rc == RECORDS_NONE);
        if (rc == 0) {
            MUST(records_begin(r) == 0 && job_finish(r, &j, NOW) == 0);
            MUST(records_commit(r, true) == 0);
            job_clear(&j);
        }
    }
    records_close(r);
}

static int64_t number(struct records *r, const char *sql)
{
    int64_t n = -1;
    struct query q = query_begin(r->db, sql);
    assert_int_equal(records_number(r, &q, &n), 0);
    return n;
}

static void test_writers(void **state)
{
    (void)state;
    in_children(WRITERS, write_many);
    struct records *r = open_it();
    assert_non_null(r);
    assert_true(whole(r, WRITERS * WRITES));
    assert_int_equal(number(r, "SELECT last FROM number_series"), WRITERS * WRITES);
    assert_int_equal(number(r, "SELECT count(*) FROM job"), WRITERS * WRITES);
    assert_int_equal(number(r, "SELECT max(fence) FROM job"), 1); /* no job was done twice */
    assert_int_equal(number(r, "SELECT count(*) FROM job WHERE state <> 'done'"), 0);
    records_close(r);
}

/* A backup is made while others write: what is in it is whole. */
static void write_or_back_up(int number)
{
    char why[RECORDS_WHY], to[96];
    if (number < 2) {
        struct records *r = open_it();
        MUST(r != NULL);
        for (int i = 0; i < WRITES; i++) {
            char text[32], sha256[SHA256_HEX];
            (void)snprintf(text, sizeof text, "document %d.%d", number, i);
            MUST(records_begin(r) == 0 && trail(r, text, "x") > 0);
            MUST(blob_put(r, span_str(text), NOW, sha256) == 0);
            MUST(records_commit(r, true) == 0);
        }
        records_close(r);
        return;
    }
    struct records *r = open_it();
    MUST(r != NULL);
    for (int i = 0; i < 5; i++) {
        (void)snprintf(to, sizeof to, "%s/copy%d", folder, i);
        if (records_backup(r, to, why) != 0) {
            (void)fprintf(stderr, "%s\n", why);
            _exit(1);
        }
    }
    records_close(r);
}

static void count_bad(void *context, const char *sha256, const char *why)
{
    (void)sha256;
    (void)why;
    ++*(int *)context;
}

static void test_backup_under_load(void **state)
{
    (void)state;
    char why[RECORDS_WHY], to[96];
    in_children(3, write_or_back_up);
    for (int i = 0; i < 5; i++) {
        struct records *r;
        int bad = 0;
        (void)snprintf(to, sizeof to, "%s/copy%d", folder, i);
        assert_int_equal(records_open(to, NOW, &r, why), 0);
        assert_true(whole(r, number(r, "SELECT count(*) FROM audit")));
        assert_int_equal(
            number(r, "SELECT count(*) FROM audit") - number(r, "SELECT count(*) FROM blob"), 0);
        assert_int_equal(blob_check(r, count_bad, &bad), 0);
        records_close(r);
    }
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* The allocators of jansson and SQLite, one of whose calls fails. */
static uint64_t calls, fail_at;
static sqlite3_mem_methods real;

static bool fails(void)
{
    return ++calls == fail_at;
}

static void *json_alloc(size_t n)
{
    return fails() ? NULL : malloc(n);
}

static void *db_alloc(int n)
{
    return fails() ? NULL : real.xMalloc(n);
}

static void *db_realloc(void *p, int n)
{
    return fails() ? NULL : real.xRealloc(p, n);
}

static int hook_allocators(void)
{
    sqlite3_mem_methods ours;
    json_set_alloc_funcs(json_alloc, free);
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real) != SQLITE_OK) {
        return -1;
    }
    ours = real;
    ours.xMalloc = db_alloc;
    ours.xRealloc = db_realloc;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) == SQLITE_OK ? 0 : -1;
}

/* One of everything; -1: something failed, and everything must be undone. */
static int one_transaction(struct records *r)
{
    json_t *firm = json_pack("{s:s, s:i}", "name", "Works", "created_at", NOW);
    json_t *payload = json_pack("{s:i}", "version", 1);
    json_t *row = NULL;
    int rc = firm && payload && records_begin(r) == 0 ? 0 : -1;
    if (rc == 0) {
        int64_t id = firm_add(r, firm);
        rc = id < 0 || firm_get(r, id, &row) < 0 || trail(r, "firm:1", "x") < 0 ||
                     job_add(r, "k", "1", UTC_NONE, payload, NOW, NOW) < 0 ||
                     number_next(r, "S") < 0
                 ? -1
                 : 0;
        int done = records_commit(r, rc == 0);
        rc = done < 0 ? -1 : rc;
    }
    json_decref(firm);
    json_decref(payload);
    json_decref(row);
    return rc;
}

static struct records *again(struct records *r)
{
    records_close(r);
    r = open_it();
    assert_non_null(r);
    return r;
}

/* Each allocation of a transaction fails in turn: anew, a connection prepares its statements; later
 * it has them. */
static struct records *each_fails(struct records *r, bool anew, int64_t *kept)
{
    r = anew ? again(r) : r;
    uint64_t before = calls, failed = 0;
    assert_int_equal(one_transaction(r), 0);
    (*kept)++;
    uint64_t needed = calls - before;
    assert_true(needed > (anew ? 100 : 20));
    for (uint64_t n = 1; n <= needed; n++) {
        r = anew ? again(r) : r;
        fail_at = calls + n;
        bool good = one_transaction(r) == 0;
        fail_at = 0;
        *kept += good;
        failed += !good;
        assert_int_equal(number(r, "SELECT count(*) FROM firm"), *kept);
        assert_int_equal(number(r, "SELECT count(*) FROM audit"), *kept);
        assert_int_equal(number(r, "SELECT last FROM number_series"), *kept);
    }
    assert_true(failed > needed / 2); /* SQLite can do without some */
    return r;
}

static void test_memory(void **state)
{
    (void)state;
    struct records *r = open_it();
    assert_non_null(r);
    int64_t kept = 0;
    r = each_fails(r, true, &kept);
    r = each_fails(r, false, &kept);
    assert_true(whole(r, kept));
    records_close(r);
}

int main(void)
{
    if (hook_allocators() != 0) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_full_disk),    TEST(test_full_disk_blob), TEST(test_full_disk_backup),
        TEST(test_open_at_once), TEST(test_writers),        TEST(test_backup_under_load),
        TEST(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
