/*
 * test_sandbox - hostile and broken children: each ends as engine.*, REVIEW, never as an answer.
 *
 * The work of the child is replaced here (sandbox/child.h); what the product's work answers is for
 * the end-to-end tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/finding.h"
#include "base/hash.h"
#include "base/mem.h"
#include "report/render.h"
#include "sandbox/bundle.h"
#include "sandbox/ended.h"
#include "sandbox/sanitizer.h"
#include "sandbox/wire.h"
#include "sandbox/zygote_internal.h"

#ifdef SANDBOX_SANITIZED
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static const uint8_t document[] = "a document";
static const struct sp_evidence no_evidence;
static const struct sp_policy policy = {.name = "generic"};

static const struct sandbox_limits quick = {
    .memory = (size_t)64 << 20, .cpu_seconds = 1, .wall_ms = 30000, .reply = (size_t)1 << 20};

#define FILES(d, c) (&(struct zygote_files){.document = (d), .content = (c)})

static struct sandbox_job job_make(void)
{
    return (struct sandbox_job){
        .document = {.name = "letter.pdf", .bytes = document, .size = sizeof document - 1},
        .evidence = &no_evidence,
        .policy = &policy,
        .clock = {.now = 1800000000, .received = SP_NO_TIME}};
}

/* Runs the work in a child and returns the report. */
static struct sp_report *run(child_work work, const struct sandbox_limits *limits)
{
    struct sandbox_job job = job_make();
    struct sandbox_child child;
    struct sp_report *report = NULL;
    assert_int_equal(child_start(&job, work, limits, &child), 0);
    (void)!child_wait(&child);
    assert_int_equal(sandbox_finish(&job, &child, &report), 0);
    assert_non_null(report);
    return report;
}

/* The report is REVIEW for exactly this reason, and its text names this word. */
static void is_failure(struct sp_report *r, enum sp_reason reason, const char *word)
{
    assert_int_equal(r->verdict, SP_REVIEW);
    assert_int_equal(r->findings.count, 1);
    assert_int_equal(r->signature_count, 0);
    if (r->findings.first->reason != reason || !strstr(r->findings.first->text, word)) {
        print_error("got: %s\n", r->findings.first->text);
    }
    assert_int_equal(r->findings.first->reason, reason);
    assert_int_equal(r->findings.first->level, SP_LEVEL_REVIEW);
    assert_non_null(strstr(r->findings.first->text, word));
    assert_non_null(strstr(r->findings.first->text_hi, word));
    assert_string_equal(r->name, "letter.pdf");
    assert_int_equal(r->size, sizeof document - 1);
    print_message("# reason %s\n", sp_reason_row(reason)->code); /* for tests/e2e/reasons.py */
    sp_report_free(r);
}

/* ---- good path ------------------------------------------------------------------------------- */

/* A report the child could have made: ended_report's, but with its own words. */
static int work_good(const struct sandbox_job *job, struct buffer *json)
{
    struct sp_report *r;
    if (ended_report(job, SP_ENGINE_INTERNAL, "made in the child", true, &r) != 0) {
        return -1;
    }
    int result = report_json(r, json);
    sp_report_free(r);
    return result;
}

static void test_good(void **state)
{
    (void)state;
    struct sp_report *r = run(work_good, &sandbox_limits_default);
    uint8_t digest[SHA256_SIZE];
    char hex[SHA256_HEX];
    assert_int_equal(hash_sha256(span_make(document, sizeof document - 1), digest), 0);
    assert_string_equal(r->sha256, hash_hex(span_make(digest, sizeof digest), false, hex));
    assert_int_equal(r->validated_at, 1800000000);
    is_failure(r, SP_ENGINE_INTERNAL, "made in the child");
}

/* ---- crashes and limits ---------------------------------------------------------------------- */

static int work_segv(const struct sandbox_job *job, struct buffer *json)
{
    (void)job;
    (void)json;
    (void)signal(SIGSEGV, SIG_DFL);
    (void)raise(SIGSEGV);
    return 0;
}

static int work_null(const struct sandbox_job *job, struct buffer *json)
{
    (void)json;
    volatile uintptr_t address = job->clock.now == 0 ? 1 : 16;
    return *(const volatile uint8_t *)address;
}

static int work_loop(const struct sandbox_job *job, struct buffer *json)
{
    (void)json;
    volatile int64_t n = job->clock.now;
    while (n) {
        n = n | 1;
    }
    return 0;
}

static int work_sleep(const struct sandbox_job *job, struct buffer *json)
{
    (void)job;
    (void)json;
    int word = 0;
    (void)syscall(SYS_futex, &word, 0 /* FUTEX_WAIT */, 0, NULL, NULL, 0);
    return 0;
}

static int work_allocate(const struct sandbox_job *job, struct buffer *json)
{
    (void)job;
    (void)json;
    while (mem_alloc((size_t)1 << 20)) {
    }
    return -1;
}

static void test_crash(void **state)
{
    (void)state;
    if (!SANITIZED) { /* the sanitizer has a handler of its own for this signal */
        is_failure(run(work_null, &quick), SP_ENGINE_CRASH, "SIGSEGV");
    }
    /* raise needs a signal call, which the filter does not know */
    is_failure(run(work_segv, &quick), SP_ENGINE_CRASH, "SIGSYS");
}

static void test_wall_time(void **state)
{
    (void)state;
    struct sandbox_limits limits = quick;
    limits.wall_ms = 200;
    int64_t start = child_now_ms();
    is_failure(run(work_loop, &limits), SP_ENGINE_LIMIT, "0.2 s");
    is_failure(run(work_sleep, &limits), SP_ENGINE_LIMIT, "0.2 s");
    assert_true(child_now_ms() - start >= 400);
}

static void test_cpu_time(void **state)
{
    (void)state;
    struct sandbox_limits limits = quick;
    limits.wall_ms = 60000;
    is_failure(run(work_loop, &limits), SP_ENGINE_LIMIT, "1 s CPU");
}

static void test_memory(void **state)
{
    (void)state;
    if (SANITIZED) {
        skip(); /* the sanitizer needs the address space */
    }
    struct sp_report *r = run(work_allocate, &quick);
    is_failure(r, SP_ENGINE_MEMORY, "");
}

/* ---- what must not be possible --------------------------------------------------------------- */

/* Tells through the report's text what the kernel answered. */
static int answer(const struct sandbox_job *job, struct buffer *json, long result, int error)
{
    char text[64];
    struct sp_report *r;
    (void)snprintf(text, sizeof text, "result %ld %s", result,
                   result < 0 ? strerrorname_np(error) : "done");
    if (ended_report(job, SP_ENGINE_INTERNAL, text, true, &r) != 0) {
        return -1;
    }
    int e = report_json(r, json);
    sp_report_free(r);
    return e;
}

#define CALL(name, expression)                                                                     \
    static int work_##name(const struct sandbox_job *job, struct buffer *json)                     \
    {                                                                                              \
        long result = (expression);                                                                \
        return answer(job, json, result, errno);                                                   \
    }

CALL(open, open("/etc/passwd", O_RDONLY))
CALL(openat_write, openat(AT_FDCWD, "/tmp/satyapan-test", O_WRONLY | O_CREAT, 0600))
CALL(stat, access("/etc/passwd", R_OK))
CALL(socket, socket(AF_INET, SOCK_STREAM, 0))
CALL(unix_socket, socket(AF_UNIX, SOCK_STREAM, 0))
CALL(fork, fork())
CALL(exec, execl("/bin/true", "true", (char *)NULL))
CALL(ptrace, ptrace(PTRACE_TRACEME, 0, NULL, NULL))
CALL(kill, kill(1, 0))
CALL(tgkill, syscall(SYS_tgkill, getpid(), getpid(), 0))
CALL(dup, dup(1))
CALL(io_uring, syscall(425, 1, NULL))
CALL(userns, unshare(CLONE_NEWUSER))
CALL(setuid, setuid(0))
CALL(prctl, (long)syscall(SYS_prctl, 4, 1, 0, 0, 0))
CALL(close_early, close((int)job->clock.received))
CALL(exec_memory, (long)(intptr_t)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
CALL(exec_protect,
     mprotect((void *)((uintptr_t)document & ~(uintptr_t)4095), 4096, PROT_READ | PROT_EXEC))
#ifdef __x86_64__
CALL(x32, syscall(0x40000000 + SYS_getpid))
#endif
CALL(read_fds, (long)(write(1, "x", 1) + write(2, "x", 1)))

static void test_refused_paths(void **state)
{
    (void)state;
    is_failure(run(work_open, &quick), SP_ENGINE_INTERNAL, "result -1 EACCES");
    is_failure(run(work_openat_write, &quick), SP_ENGINE_INTERNAL, "result -1 EACCES");
    is_failure(run(work_stat, &quick), SP_ENGINE_INTERNAL, "result -1 EACCES");
    assert_int_equal(access("/tmp/satyapan-test", F_OK), -1);
}

static void test_killed_calls(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        child_work work;
    } calls[] = {
        {"socket", work_socket},
        {"unix socket", work_unix_socket},
        {"fork", work_fork},
        {"exec", work_exec},
        {"ptrace", work_ptrace},
        {"kill", work_kill},
        {"tgkill", work_tgkill},
        {"dup", work_dup},
        {"io_uring", work_io_uring},
        {"user namespace", work_userns},
        {"setuid", work_setuid},
        {"prctl", work_prctl},
        {"executable memory", work_exec_memory},
        {"memory made executable", work_exec_protect},
#ifdef __x86_64__
        {"x32", work_x32},
#endif
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        print_message("  %s\n", calls[i].name);
        is_failure(run(calls[i].work, &quick), SP_ENGINE_CRASH, "SIGSYS");
    }
    if (!SANITIZED) { /* which closes what it opened */
        is_failure(run(work_close_early, &quick), SP_ENGINE_CRASH, "SIGSYS");
    }
}

static void test_closed_descriptors(void **state)
{
    (void)state;
    if (SANITIZED) {
        skip(); /* keeps the standard error output */
    }
    is_failure(run(work_read_fds, &quick), SP_ENGINE_INTERNAL, "result -2 EBADF");
}

/* ---- bad answers ----------------------------------------------------------------------------- */

static int work_garbage(const struct sandbox_job *job, struct buffer *json)
{
    (void)job;
    buffer_str(json, "{\"schema\":\"satyapan-report/1\",\"verdict\":\"ACCEPTED\"");
    return 0;
}

static int work_nothing(const struct sandbox_job *job, struct buffer *json)
{
    (void)job;
    (void)json;
    _exit(0);
}

static int work_exit(const struct sandbox_job *job, struct buffer *json)
{
    (void)job;
    (void)json;
    _exit(9);
}

static int work_too_much(const struct sandbox_job *job, struct buffer *json)
{
    (void)json;
    static const uint8_t block[65536];
    while (job->document.bytes) {
        for (int fd = 0; fd < 64; fd++) {
            (void)!write(fd, block, sizeof block);
        }
    }
    return 0;
}

/* A complete, well-formed report, cut after half of it. */
static int work_half(const struct sandbox_job *job, struct buffer *json)
{
    uint8_t header[WIRE_HEADER];
    if (work_good(job, json) != 0 || !wire_header(json->n, header)) {
        return -1;
    }
    for (int fd = SANITIZED ? 3 : 0; fd < 64; fd++) {
        if (write(fd, header, sizeof header) > 0) {
            (void)!write(fd, json->p, json->n / 2);
        }
    }
    _exit(0);
}

static int work_trailing(const struct sandbox_job *job, struct buffer *json)
{
    uint8_t header[WIRE_HEADER];
    if (work_good(job, json) != 0 || !wire_header(json->n, header)) {
        return -1;
    }
    for (int fd = SANITIZED ? 3 : 0; fd < 64; fd++) {
        if (write(fd, header, sizeof header) > 0) {
            (void)!write(fd, json->p, json->n);
            (void)!write(fd, "x", 1);
        }
    }
    _exit(0);
}

/* A good report about another document. */
static int work_other(const struct sandbox_job *job, struct buffer *json)
{
    struct sandbox_job other = *job;
    other.document.size -= 1;
    return work_good(&other, json);
}

/* Answers well, then fails: the end counts. */
static int work_dies_late(const struct sandbox_job *job, struct buffer *json)
{
    uint8_t header[WIRE_HEADER];
    if (work_good(job, json) != 0 || !wire_header(json->n, header)) {
        return -1;
    }
    for (int fd = SANITIZED ? 3 : 0; fd < 64; fd++) {
        if (write(fd, header, sizeof header) > 0) {
            (void)!write(fd, json->p, json->n);
        }
    }
    _exit(9);
}

static void test_bad_answers(void **state)
{
    (void)state;
    is_failure(run(work_garbage, &quick), SP_ENGINE_CRASH, "unreadable answer");
    is_failure(run(work_nothing, &quick), SP_ENGINE_CRASH, "no answer");
    is_failure(run(work_exit, &quick), SP_ENGINE_CRASH, "exit 9");
    is_failure(run(work_half, &quick), SP_ENGINE_CRASH, "unreadable answer");
    is_failure(run(work_trailing, &quick), SP_ENGINE_CRASH, "unreadable answer");
    is_failure(run(work_other, &quick), SP_ENGINE_CRASH, "unreadable answer");
    is_failure(run(work_dies_late, &quick), SP_ENGINE_CRASH, "exit 9");
}

static void test_too_much(void **state)
{
    (void)state;
    if (SANITIZED) {
        skip(); /* would write to the standard error output, too */
    }
    is_failure(run(work_too_much, &quick), SP_ENGINE_LIMIT, "1 MB");
}

static void test_wire(void **state)
{
    (void)state;
    uint8_t frame[WIRE_HEADER + 5];
    assert_true(wire_header(5, frame));
    memcpy(frame + WIRE_HEADER, "12345", 5);
    struct span body = wire_body(span_make(frame, sizeof frame));
    assert_int_equal(body.n, 5);
    assert_memory_equal(body.p, "12345", 5);
    for (size_t n = 0; n < sizeof frame; n++) {
        assert_null(wire_body(span_make(frame, n)).p);
    }
    for (size_t i = 0; i < WIRE_HEADER; i++) {
        frame[i] ^= 1;
        assert_null(wire_body(span_make(frame, sizeof frame)).p);
        frame[i] ^= 1;
    }
    assert_false(wire_header((size_t)UINT32_MAX + 1, frame));
}

/* Memory that runs out in the parent while it reads is told as such. */
static void test_parent_memory(void **state)
{
    (void)state;
    struct sandbox_job job = job_make();
    struct sandbox_child child;
    struct sp_report *report = NULL;
    assert_int_equal(child_start(&job, work_good, &quick, &child), 0);
    child.memory_out = true;
    assert_int_equal(sandbox_finish(&job, &child, &report), 0);
    is_failure(report, SP_ENGINE_MEMORY, "");
}

/* ---- the zygote ------------------------------------------------------------------------------ */

static int memory_file(bool seal)
{
    int fd = zygote_memfd("document");
    assert_true(fd >= 0);
    assert_int_equal(write(fd, document, sizeof document - 1), sizeof document - 1);
    if (seal) {
        assert_int_equal(zygote_seal(fd), 0);
    }
    return fd;
}

static struct sp_report *ask_about(const struct zygote *z, int fd)
{
    struct sandbox_job job = job_make();
    struct sandbox_child child;
    struct sp_report *report = NULL;
    assert_int_equal(zygote_submit(z, &job, FILES(fd, -1), &child), 0);
    (void)close(fd);
    (void)!child_wait(&child);
    assert_int_equal(sandbox_finish(&job, &child, &report), 0);
    return report;
}

static struct sp_report *ask(const struct zygote *z, bool seal)
{
    return ask_about(z, memory_file(seal));
}

/* Answers whether the document and the content arrived. */
static int work_check_input(const struct sandbox_job *job, struct buffer *json)
{
    bool same = job->document.size == sizeof document - 1 &&
                memcmp(job->document.bytes, document, sizeof document - 1) == 0 &&
                strcmp(job->policy->name, "generic") == 0 &&
                strcmp(job->document.name, "letter.pdf") == 0 && job->document.applicant &&
                strcmp(job->document.applicant, "Camera Ltd") == 0 &&
                job->document.kind == SP_DOC_TEST_REPORT && job->document.content_size == 0 &&
                job->document.content && job->clock.now == 1800000000 &&
                job->clock.received == 1700000000;
    return answer(job, json, same ? 1 : 0, 0);
}

static void test_zygote_input(void **state)
{
    (void)state;
    struct zygote z;
    assert_int_equal(zygote_start_with(&no_evidence, 2, work_check_input, &quick, &z), 0);
    struct sandbox_job job = job_make();
    job.document.kind = SP_DOC_TEST_REPORT;
    job.document.applicant = "Camera Ltd";
    job.clock.received = 1700000000;
    struct sandbox_child child;
    struct sp_report *report = NULL;
    int fd = memory_file(true), content = zygote_memfd("content");
    assert_int_equal(zygote_seal(content), 0);
    assert_int_equal(zygote_submit(&z, &job, FILES(fd, content), &child), 0);
    (void)close(fd);
    (void)close(content);
    assert_int_equal(child_wait(&child), 0);
    assert_int_equal(sandbox_finish(&job, &child, &report), 0);
    is_failure(report, SP_ENGINE_INTERNAL, "result 1 done");
    zygote_stop(&z);
}

/* Answers whether both bundles arrived, in order, and the sandboxed reader takes them apart. */
static int work_check_extra(const struct sandbox_job *job, struct buffer *json)
{
    struct sp_evidence e;
    bool same = job->extra_count == 2 && sandbox_evidence(job, &e) == 0;
    same = same && e.count == 2 && e.attempt_count == 1 && e.blobs[0].size == 3 &&
           memcmp(e.blobs[0].bytes, "abc", 3) == 0 && strcmp(e.blobs[1].source, "two") == 0 &&
           strcmp(e.attempts[0].failed, "no answer") == 0;
    return answer(job, json, same ? 1 : 0, 0);
}

static int bundle_file(const struct bundle_record *records, size_t count)
{
    int fd = zygote_memfd("bundle");
    assert_int_equal(bundle_start(fd), 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(bundle_write(fd, &records[i]), 0);
    }
    assert_int_equal(zygote_seal(fd), 0);
    return fd;
}

static void test_zygote_extra(void **state)
{
    (void)state;
    const struct bundle_record one[] = {
        {.type = BUNDLE_OBJECT, .kind = SP_EVIDENCE_CRL, .text = {"one"}, .data = SPAN_LIT("abc")},
        {.type = BUNDLE_ATTEMPT,
         .kind = SP_EVIDENCE_CERT,
         .text = {"http://a/", NULL, "no answer"}}};
    const struct bundle_record two = {
        .type = BUNDLE_OBJECT, .kind = SP_EVIDENCE_OCSP, .text = {"two"}, .data = SPAN_LIT("d")};
    struct sandbox_job job = job_make();
    struct sandbox_child child;
    struct sp_report *report = NULL;
    struct zygote z;
    assert_int_equal(zygote_start_with(&no_evidence, 2, work_check_extra, &quick, &z), 0);
    struct zygote_files files = {.document = memory_file(true), .content = -1, .extra_count = 2};
    files.extra[0] = bundle_file(one, 2);
    files.extra[1] = bundle_file(&two, 1);
    assert_int_equal(zygote_submit(&z, &job, &files, &child), 0);
    assert_int_equal(child_wait(&child), 0);
    assert_int_equal(sandbox_finish(&job, &child, &report), 0);
    is_failure(report, SP_ENGINE_INTERNAL, "result 1 done");
    files.extra_count = SANDBOX_EXTRA_MAX + 1;
    assert_int_equal(zygote_submit(&z, &job, &files, &child), -1);
    (void)close(files.document);
    (void)close(files.extra[0]);
    (void)close(files.extra[1]);
    zygote_stop(&z);
}

static void test_zygote_many(void **state)
{
    (void)state;
    enum { MANY = 12 };
    struct zygote z;
    struct sandbox_job job = job_make();
    struct sandbox_child children[MANY];
    assert_int_equal(zygote_start_with(&no_evidence, 2, work_good, &quick, &z), 0);
    int fd = memory_file(true);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(zygote_submit(&z, &job, FILES(fd, -1), &children[i]), 0);
    }
    for (int i = 0; i < MANY; i++) {
        struct sp_report *report = NULL;
        assert_int_equal(child_wait(&children[i]), 0);
        assert_int_equal(sandbox_finish(&job, &children[i], &report), 0);
        is_failure(report, SP_ENGINE_INTERNAL, "made in the child");
    }
    (void)close(fd);
    zygote_stop(&z);
}

static void test_zygote_unsealed(void **state)
{
    (void)state;
    struct zygote z;
    assert_int_equal(zygote_start_with(&no_evidence, 2, work_good, &quick, &z), 0);
    is_failure(ask(&z, false), SP_ENGINE_INTERNAL, "sandbox");
    is_failure(ask(&z, true), SP_ENGINE_INTERNAL, "made in the child");
    zygote_stop(&z);
}

/* The document as a file on the disk with this mode, opened this way; it is gone when it is closed,
 * unless it keeps another name. */
static char second[64];

static int disk_file(mode_t mode, int flags, const char *other)
{
    char path[] = "/tmp/satyapan-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, document, sizeof document - 1), sizeof document - 1);
    assert_int_equal(fchmod(fd, mode), 0);
    (void)close(fd);
    fd = open(path, flags | O_CLOEXEC);
    assert_true(fd >= 0);
    if (other) { /* two names: one stays */
        (void)unlink(other);
        assert_int_equal(link(path, other), 0);
        (void)snprintf(second, sizeof second, "%s", path);
    } else {
        (void)unlink(path);
    }
    return fd;
}

/* A document of the records comes as the file it is on the disk, if nobody may write to it. */
static void test_zygote_file(void **state)
{
    (void)state;
    struct zygote z;
    char other[] = "/tmp/satyapan-test-other-XXXXXX";
    int spare = mkstemp(other);
    assert_true(spare >= 0);
    (void)close(spare);
    assert_int_equal(zygote_start_with(&no_evidence, 2, work_good, &quick, &z), 0);
    is_failure(ask_about(&z, disk_file(0400, O_RDONLY, NULL)), SP_ENGINE_INTERNAL,
               "made in the child");
    is_failure(ask_about(&z, disk_file(0600, O_RDONLY, NULL)), SP_ENGINE_INTERNAL, "sandbox");
    is_failure(ask_about(&z, disk_file(0444 | S_IWGRP, O_RDONLY, NULL)), SP_ENGINE_INTERNAL,
               "sandbox");
    if (geteuid() == 0) {
        is_failure(ask_about(&z, disk_file(0400, O_RDWR, NULL)), SP_ENGINE_INTERNAL, "sandbox");
    }
    is_failure(ask_about(&z, disk_file(0400, O_RDONLY, other)), SP_ENGINE_INTERNAL, "sandbox");
    zygote_stop(&z);
    (void)unlink(other);
    (void)unlink(second);
}

static void test_zygote_failures(void **state)
{
    (void)state;
    struct sandbox_limits limits = quick;
    struct zygote z;
    assert_int_equal(zygote_start_with(&no_evidence, 2, work_fork, &limits, &z), 0);
    is_failure(ask(&z, true), SP_ENGINE_CRASH, "SIGSYS");
    is_failure(ask(&z, true), SP_ENGINE_CRASH, "SIGSYS");
    zygote_stop(&z);
    assert_int_equal(zygote_start_with(&no_evidence, 2, work_loop, &limits, &z), 0);
    is_failure(ask(&z, true), SP_ENGINE_LIMIT, "10 s CPU");
    zygote_stop(&z);
    limits.wall_ms = 200;
    assert_int_equal(zygote_start_with(&no_evidence, 1, work_sleep, &limits, &z), 0);
    is_failure(ask(&z, true), SP_ENGINE_LIMIT, "30 s");
    zygote_stop(&z);
}

/* A zygote that is gone is told at the next job, and its children are gone, too. */
static void test_zygote_gone(void **state)
{
    (void)state;
    struct zygote z;
    struct sandbox_job job = job_make();
    struct sandbox_child child;
    struct sp_report *report = NULL;
    assert_int_equal(zygote_start_with(&no_evidence, 2, work_sleep, &quick, &z), 0);
    int fd = memory_file(true);
    assert_int_equal(zygote_submit(&z, &job, FILES(fd, -1), &child), 0);
    usleep(50000);
    (void)kill(z.pid, SIGKILL);
    assert_int_equal(child_wait(&child), 0);
    assert_int_equal(sandbox_finish(&job, &child, &report), 0);
    is_failure(report, SP_ENGINE_CRASH, "status unknown");
    assert_int_equal(zygote_submit(&z, &job, FILES(fd, -1), &child), -1);
    assert_true(errno == EPIPE || errno == ECONNRESET); /* the latter: jobs were left unread */
    (void)close(fd);
    zygote_stop(&z);
}

/* ---- report of a failure --------------------------------------------------------------------- */

static void test_demo_is_named(void **state)
{
    (void)state;
    struct sp_evidence demo = {.demo = true};
    struct sandbox_job job = job_make();
    struct sp_report *r = NULL;
    job.evidence = &demo;
    job.document.name = "bad\xff\x1bname";
    assert_int_equal(ended_report(&job, SP_ENGINE_CRASH, "SIGBUS", false, &r), 0);
    assert_int_equal(r->findings.count, 2);
    assert_true(finding_has(&r->findings, SP_ENGINE_DEMO_TRUST));
    assert_null(r->sha256);
    assert_string_equal(r->name, "bad\xef\xbf\xbd\xef\xbf\xbdname");
    sp_report_free(r);
}

static void test_warm(void **state)
{
    (void)state;
    assert_int_equal(sandbox_warm(), 0);
    if (!sandbox_has_landlock()) {
        print_message("  this kernel offers no Landlock; seccomp and limits were tested\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),         cmocka_unit_test(test_crash),
        cmocka_unit_test(test_wall_time),    cmocka_unit_test(test_cpu_time),
        cmocka_unit_test(test_memory),       cmocka_unit_test(test_refused_paths),
        cmocka_unit_test(test_killed_calls), cmocka_unit_test(test_closed_descriptors),
        cmocka_unit_test(test_bad_answers),  cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_wire),         cmocka_unit_test(test_parent_memory),
        cmocka_unit_test(test_zygote_input), cmocka_unit_test(test_zygote_extra),
        cmocka_unit_test(test_zygote_many),  cmocka_unit_test(test_zygote_unsealed),
        cmocka_unit_test(test_zygote_file),  cmocka_unit_test(test_zygote_failures),
        cmocka_unit_test(test_zygote_gone),  cmocka_unit_test(test_demo_is_named),
        cmocka_unit_test(test_warm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
