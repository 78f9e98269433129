/*
 * test_split - the members of a container in several children: one that ends its child costs only
 * itself, and time that is over leaves the rest unread, never accepted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "base/finding.h"
#include "sandbox/child.h"

enum { MEMBERS = 20, BAD_MEMBER = 7 };

static uint8_t archive[8192];
static size_t archive_size;
static const struct sp_evidence no_evidence;
static size_t started;

static void le(uint64_t v, unsigned octets)
{
    for (unsigned i = 0; i < octets; i++) {
        archive[archive_size++] = (uint8_t)(v >> (8 * i));
    }
}

static void text(const char *s)
{
    memcpy(archive + archive_size, s, strlen(s));
    archive_size += strlen(s);
}

/* Stored files of one letter each (APPNOTE.TXT 4.3). */
static void write_header(bool local, size_t i, size_t offset)
{
    char name[16];
    (void)snprintf(name, sizeof name, "%02zu.txt", i);
    uint8_t letter = (uint8_t)('a' + i);
    text(local ? "PK\x03\x04" : "PK\x01\x02");
    le(local ? 20 : 20 << 16 | 20, local ? 2 : 4);
    le(0, 4);
    le(0x5d756000, 4);
    le(crc32(0, &letter, 1), 4);
    le(1, 4);
    le(1, 4);
    le(strlen(name), 2);
    le(0, local ? 2 : 8);
    if (!local) {
        le(0, 4);
    }
    if (!local) {
        le(offset, 4);
    }
    text(name);
    if (local) {
        le(letter, 1);
    }
}

static int make_archive(void **state)
{
    (void)state;
    size_t offsets[MEMBERS];
    for (size_t i = 0; i < MEMBERS; i++) {
        offsets[i] = archive_size;
        write_header(true, i, 0);
    }
    size_t start = archive_size;
    for (size_t i = 0; i < MEMBERS; i++) {
        write_header(false, i, offsets[i]);
    }
    size_t size = archive_size - start;
    text("PK\x05\x06");
    le(0, 4);
    le(MEMBERS, 2);
    le(MEMBERS, 2);
    le(size, 4);
    le(start, 4);
    le(0, 2);
    return sp_init();
}

/* A child that one member takes over and ends. */
static int work(const struct sandbox_job *job, struct buffer *json)
{
    const struct sp_document *d = &job->document;
    if (d->part == SP_PART_MEMBERS && d->first <= BAD_MEMBER && BAD_MEMBER < d->first + d->count) {
        _exit(99);
    }
    return child_verify(job, json);
}

static int start(void *context, const struct sandbox_job *job, struct sandbox_child *child)
{
    (void)context;
    started++;
    return child_start(job, work, &sandbox_limits_default, child);
}

static bool stop_now(void *context)
{
    (void)context;
    return true;
}

static struct sandbox_job job_make(void)
{
    return (struct sandbox_job){.document = {.name = "tcf.zip",
                                             .bytes = archive,
                                             .size = archive_size,
                                             .part = SP_PART_OPEN},
                                .evidence = &no_evidence,
                                .policy = sp_policy_builtin("india-dsc"),
                                .clock = {.now = 1795242600, .received = SP_NO_TIME}};
}

static struct sp_report *listed(const struct sandbox_job *job)
{
    struct sandbox_child child;
    struct sp_report *report = NULL;
    started = 0;
    assert_int_equal(child_start(job, work, &sandbox_limits_default, &child), 0);
    (void)!child_wait(&child);
    assert_int_equal(sandbox_finish(job, &child, &report), 0);
    assert_int_equal(report->pending, MEMBERS);
    assert_int_equal(report->member_count, MEMBERS);
    assert_int_equal(report->verdict, SP_REVIEW);
    return report;
}

/* What a reader who watches is told: every row once, filled. */
struct watched {
    size_t times[MEMBERS];
};

static void seen(void *context, const struct sp_report *report, size_t first, size_t count)
{
    struct watched *w = context;
    for (size_t i = first; i < first + count; i++) {
        assert_true(report->pending > 0); /* while the others are being verified */
        assert_int_equal(report->members[i].sha256 == NULL, i == BAD_MEMBER);
        w->times[i]++;
    }
}

static void test_watched(void **state)
{
    (void)state;
    struct watched w = {0};
    struct sandbox_job job = job_make();
    struct sp_report *report = listed(&job);
    struct sandbox_starter starter = {
        .start = start, .seen = seen, .context = &w, .jobs = 2, .total_ms = 60000};
    assert_int_equal(sandbox_members(&job, &starter, report), 0);
    for (size_t i = 0; i < MEMBERS; i++) {
        assert_int_equal(w.times[i], 1);
    }
    sp_report_free(report);
}

static void test_one_bad_member(void **state)
{
    (void)state;
    struct sandbox_job job = job_make();
    struct sp_report *report = listed(&job);
    struct sandbox_starter starter = {.start = start, .jobs = 2, .total_ms = 60000};
    assert_int_equal(sandbox_members(&job, &starter, report), 0);
    assert_int_equal(report->pending, 0);
    for (size_t i = 0; i < MEMBERS; i++) {
        const struct sp_member *m = &report->members[i];
        bool bad = i == BAD_MEMBER;
        assert_int_equal(m->state, bad ? SP_MEMBER_UNREAD : SP_MEMBER_UNSIGNED);
        assert_int_equal(finding_has(&m->findings, SP_ENGINE_CRASH), bad);
        assert_int_equal(finding_has(&m->findings, SP_CONTAINER_UNSIGNED), !bad);
    }
    assert_int_equal(report->verdict, SP_REJECTED);
    sp_report_free(report);
}

static void test_out_of_time(void **state)
{
    (void)state;
    struct sandbox_job job = job_make();
    struct sp_report *report = listed(&job);
    struct sandbox_starter starter = {.start = start, .jobs = 2, .total_ms = 0};
    assert_int_equal(sandbox_members(&job, &starter, report), 0);
    assert_int_equal(started, 0);
    for (size_t i = 0; i < MEMBERS; i++) {
        assert_int_equal(report->members[i].state, SP_MEMBER_UNREAD);
        assert_true(finding_has(&report->members[i].findings, SP_ENGINE_LIMIT));
    }
    assert_int_equal(report->verdict, SP_REVIEW);
    sp_report_free(report);
}

/* A child that one member took over: it says what it likes about its rows. */
static const char *lie;

static void say_row(struct buffer *json, const struct sandbox_job *job, size_t i)
{
    if (i != job->document.first) {
        buffer_char(json, ',');
    }
    buffer_printf(json, "{\"name\":\"%02zu.txt\",\"size\":1,\"sha256\":null,\"format\":null,", i);
    buffer_printf(json, "%s,\"findings\":[]}", lie);
}

static int liar(const struct sandbox_job *job, struct buffer *json)
{
    const struct sp_document *d = &job->document;
    if (d->first + d->count <= BAD_MEMBER || d->first > BAD_MEMBER) {
        return child_verify(job, json);
    }
    buffer_printf(
        json,
        "{\"schema\":\"satyapan-report/1\",\"document\":{\"name\":null,\"size\":%zu,"
        "\"sha256\":null,\"format\":null},\"profile\":\"india-dsc\",\"verdict\":\"REVIEW\","
        "\"validated_at\":\"2026-11-21T06:30:00Z\",\"signature_count\":0,\"signatures\":[],"
        "\"members\":[",
        d->size);
    for (size_t i = d->first; i < d->first + d->count; i++) {
        say_row(json, job, i);
    }
    buffer_printf(json,
                  "],\"pending\":%zu,\"findings\":[],\"wants\":[],\"engine\":{\"version\":null,"
                  "\"openssl\":null}}",
                  d->count);
    return 0;
}

static int start_liar(void *context, const struct sandbox_job *job, struct sandbox_child *child)
{
    (void)context;
    started++;
    return child_start(job, liar, &sandbox_limits_default, child);
}

#define NO_SIGNATURES "\"report\":{\"signature_count\":0,\"signatures\":[],\"findings\":[]}"
#define ROW(state, verdict, by, signs)                                                             \
    "\"state\":\"" state "\",\"verdict\":\"" verdict "\",\"covered_by\":" by ",\"signs\":" signs

/* What a row says about itself must hold together, or the parent would go by what is not there; and
 * no child decides what vouches for a file, or that it is no file. */
static void test_liar(void **state)
{
    (void)state;
    static const char *const lies[] = {
        ROW("signature", "ACCEPTED", "null", "null") "," NO_SIGNATURES,
        ROW("signature", "REJECTED", "null", "null"),
        ROW("signature", "REJECTED", "null", "\"00.txt\""),
        ROW("signed", "ACCEPTED", "null", "null"),
        ROW("signed", "REJECTED", "null", "null"),
        ROW("signed", "ACCEPTED", "null", "null") "," NO_SIGNATURES,
        ROW("container", "ACCEPTED", "null", "null"),
        ROW("container", "REJECTED", "null", "null") "," NO_SIGNATURES,
        ROW("covered", "ACCEPTED", "null", "null"),
        ROW("covered", "ACCEPTED", "\"00.txt\"", "null"),
        ROW("part", "ACCEPTED", "null", "null"),
        ROW("unsigned", "ACCEPTED", "null", "null"),
        ROW("unread", "ACCEPTED", "null", "null"),
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        lie = lies[i];
        struct sandbox_job job = job_make();
        struct sp_report *report = listed(&job);
        struct sandbox_starter starter = {.start = start_liar, .jobs = 2, .total_ms = 60000};
        assert_int_equal(sandbox_members(&job, &starter, report), 0);
        for (size_t k = 0; k < MEMBERS; k++) {
            const struct sp_member *m = &report->members[k];
            if (m->verdict == SP_ACCEPTED || (k == BAD_MEMBER && m->state != SP_MEMBER_UNREAD)) {
                fail_msg("row %zu is %d, verdict %d: %s", k, m->state, m->verdict, lie);
            }
        }
        assert_int_not_equal(report->verdict, SP_ACCEPTED);
        sp_report_free(report);
    }
}

/* The same reply is taken when it says nothing wrong: the rows above are refused for what they
 * say. */
static void test_liar_plain(void **state)
{
    (void)state;
    lie = ROW("unsigned", "REJECTED", "null", "null");
    struct sandbox_job job = job_make();
    struct sp_report *report = listed(&job);
    struct sandbox_starter starter = {.start = start_liar, .jobs = 2, .total_ms = 60000};
    assert_int_equal(sandbox_members(&job, &starter, report), 0);
    assert_int_equal(report->members[BAD_MEMBER].state, SP_MEMBER_UNSIGNED);
    assert_false(finding_has(&report->members[BAD_MEMBER].findings, SP_ENGINE_CRASH));
    sp_report_free(report);
}

static void test_stopped(void **state)
{
    (void)state;
    struct sandbox_job job = job_make();
    struct sp_report *report = listed(&job);
    struct sandbox_starter starter = {
        .start = start, .stop = stop_now, .jobs = 2, .total_ms = 60000};
    assert_int_equal(sandbox_members(&job, &starter, report), 1);
    sp_report_free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_bad_member), cmocka_unit_test(test_watched),
        cmocka_unit_test(test_out_of_time),    cmocka_unit_test(test_liar),
        cmocka_unit_test(test_liar_plain),     cmocka_unit_test(test_stopped),
    };
    return cmocka_run_group_tests(tests, make_archive, NULL);
}
