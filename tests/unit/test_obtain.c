/*
 * test_obtain - the messages between a program and satyapan-obtain, and its rounds: what is not of
 * the right form is refused and hurts nobody else, each thing is asked for once, and every answer
 * comes in time. The process that follows a want is replaced by one whose addresses say what it is
 * to do; tests/e2e/obtain.py has the real one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/fetch_wire.h"
#include "obtain/broker/rounds.h"
#include "obtain/obtain.h"
#include "obtain/obtain_wire.h"
#include "sandbox/wire.h"
#include "sandbox/zygote.h"

enum { LONG_MS = 60000 };

/* ---- the workers' side ----------------------------------------------------------------------- */

/* Shared by all processes of the test. */
static struct board {
    atomic_uint started; /* workers */
    atomic_bool gate;    /* those at http://gate/ may go on */
} * board;

static bool at(const struct target *t, const char *place)
{
    return strncmp(t->urls[0], place, strlen(place)) == 0;
}

static void bring(const struct target *t, int result)
{
    const struct bundle_record object = {
        .type = BUNDLE_OBJECT, .kind = t->kind, .text = {t->urls[0]}, .data = SPAN_LIT("body")};
    const struct bundle_record attempt = {
        .type = BUNDLE_ATTEMPT, .kind = t->kind, .text = {t->urls[0], t->request, NULL}};
    if (bundle_write(result, &object) != 0 || bundle_write(result, &attempt) != 0) {
        _exit(1);
    }
}

_Noreturn void worker_run(const struct means *m, const struct target *t, int result, int status)
{
    (void)m;
    board->started++;
    while (at(t, "http://silent/") || (at(t, "http://gate/") && !board->gate)) {
        (void)poll(NULL, 0, 2);
    }
    if (at(t, "http://dies/")) {
        _exit(1);
    }
    if (at(t, "http://garbage/")) {
        (void)!wire_write(result, SPAN_LIT("these are no records"));
    } else {
        bring(t, result);
    }
    (void)close(result);
    _exit(wire_write(status, SPAN_LIT("D")));
}

/* ---- the program's side ---------------------------------------------------------------------- */

struct broker {
    pid_t pid;
    int socket;
};

static int start(void **state)
{
    static struct broker b;
    static struct means means;
    int pair[2];
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return -1;
    }
    b = (struct broker){fork(), pair[0]};
    if (b.pid == 0) {
        (void)close(pair[0]);
        _exit(rounds_run(&means, pair[1]));
    }
    (void)close(pair[1]);
    *state = &b;
    return b.pid < 0 ? -1 : 0;
}

/* It ends by itself when its program is gone. */
static int stop(void **state)
{
    struct broker *b = *state;
    int status = -1;
    (void)close(b->socket);
    bool ended = waitpid(b->pid, &status, 0) == b->pid && status == 0;
    (void)munmap(board, sizeof *board);
    return ended ? 0 : -1;
}

static struct sp_want crl_want(const char *const *urls, size_t count)
{
    return (struct sp_want){.kind = SP_EVIDENCE_CRL,
                            .about = "CN=Signer",
                            .urls = urls,
                            .url_count = count,
                            .issued_after = SP_NO_TIME};
}

static int ask(const struct broker *b, const char *url, int timeout_ms)
{
    const struct sp_want w = crl_want(&url, 1);
    int reply;
    assert_int_equal(obtain_ask(b->socket, &w, 1, timeout_ms, &reply), 0);
    return reply;
}

/* Waits for what becomes of a question: 1, or -1 when it was refused. */
static int take(int reply, struct obtained *out)
{
    struct pollfd p = {.fd = reply, .events = POLLIN};
    int r = 0;
    while (r == 0 && poll(&p, 1, LONG_MS) == 1) {
        r = obtain_take(reply, out);
    }
    (void)close(reply);
    return r;
}

/* Whether the bundle has an object from the address; *why: of an attempt that failed. */
static bool has(int bundle, const char *url, char why[128])
{
    struct span whole = obtain_map(bundle), rest;
    struct bundle_record r;
    bool found = false;
    why[0] = 0;
    assert_true(bundle_open(whole, &rest));
    while (bundle_next(&rest, &r)) {
        bool it = strcmp(r.text[0], url) == 0;
        found = found || (it && r.type == BUNDLE_OBJECT);
        if (it && r.type == BUNDLE_ATTEMPT && r.text[2]) {
            (void)snprintf(why, 128, "%s", r.text[2]);
        }
    }
    assert_int_equal(rest.n, 0);
    obtain_unmap(whole);
    return found;
}

/* The question about the address is answered with an object. */
static void is_answered(const struct broker *b, const char *url)
{
    struct obtained got;
    char why[128];
    assert_int_equal(take(ask(b, url, LONG_MS), &got), 1);
    assert_int_equal(got.objects, 1);
    assert_int_equal(got.failures, 0);
    assert_true(has(got.bundle, url, why));
    assert_string_equal(why, "");
    (void)close(got.bundle);
}

/* The question is answered with a failure that is explained so. */
static void is_failure(int reply, const char *url, const char *sentence)
{
    struct obtained got;
    char why[128];
    assert_int_equal(take(reply, &got), 1);
    assert_int_equal(got.objects, 0);
    assert_int_equal(got.failures, 1);
    assert_false(has(got.bundle, url, why));
    assert_string_equal(why, sentence);
    (void)close(got.bundle);
}

/* ---- reading wants --------------------------------------------------------------------------- */

/* What obtain_ask would send, as records; in memory of its own size. */
static struct span written(const struct bundle_record *r, size_t count)
{
    int fd = memfd_create("wants", MFD_CLOEXEC);
    assert_true(fd >= 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(bundle_write(fd, &r[i]), 0);
    }
    off_t n = lseek(fd, 0, SEEK_END);
    uint8_t *p = malloc((size_t)n);
    assert_non_null(p);
    assert_int_equal(pread(fd, p, (size_t)n, 0), n);
    (void)close(fd);
    return span_make(p, (size_t)n);
}

static void release(struct span s)
{
    void *p;
    memcpy(&p, &s.p, sizeof p);
    free(p);
}

static struct bundle_record want_record(uint8_t group, const char *url)
{
    return (struct bundle_record){.type = BUNDLE_WANT,
                                  .kind = SP_EVIDENCE_CRL,
                                  .group = group,
                                  .number = 7,
                                  .text = {url, NULL, "CN=Signer"}};
}

static void test_read(void **state)
{
    (void)state;
    const struct bundle_record r[] = {want_record(0, "http://a/"), want_record(0, "http://b/"),
                                      want_record(1, "http://c/")};
    struct span whole = written(r, 3), rest = whole;
    struct target t;
    assert_true(target_read(&rest, &t));
    assert_int_equal(t.url_count, 2);
    assert_string_equal(t.urls[1], "http://b/");
    assert_int_equal(t.issued_after, 7);
    assert_true(target_read(&rest, &t));
    assert_int_equal(t.url_count, 1);
    assert_int_equal(rest.n, 0);
    assert_false(target_read(&rest, &t));
    release(whole);
}

/* How many wants are read from records until the end, -1 when they are malformed. */
static int count_wants(struct span rest)
{
    struct target t;
    int n = 0;
    for (; rest.n; n++) {
        if (!target_read(&rest, &t)) {
            return -1;
        }
    }
    return n;
}

static void test_read_cut(void **state)
{
    (void)state;
    const struct bundle_record r[] = {want_record(0, "http://a/"), want_record(1, "http://b/")};
    struct span whole = written(r, 2), one = written(r, 1);
    for (size_t n = 1; n < whole.n; n++) {
        uint8_t *p = malloc(n);
        assert_non_null(p);
        memcpy(p, whole.p, n);
        assert_int_equal(count_wants(span_make(p, n)), n == one.n ? 1 : -1);
        free(p);
    }
    release(whole);
    release(one);
}

static void is_malformed(const struct bundle_record *r, size_t count)
{
    struct span whole = written(r, count);
    assert_int_equal(count_wants(whole), -1);
    release(whole);
}

static void test_read_malformed(void **state)
{
    (void)state;
    char url[SP_WANT_URL_MAX + 2];
    struct bundle_record r[SP_WANT_URLS_MAX + 1];
    for (size_t i = 0; i <= SP_WANT_URLS_MAX; i++) {
        r[i] = want_record(0, "http://a/");
    }
    is_malformed(r, SP_WANT_URLS_MAX + 1);
    memset(url, 'a', sizeof url - 1);
    url[sizeof url - 1] = 0;
    r[1].text[0] = url;
    is_malformed(r, 2);
    r[1] = want_record(0, "http://b/");
    r[1].kind = SP_EVIDENCE_CERT; /* of the same want */
    is_malformed(r, 2);
    r[1] = want_record(0, "http://b/");
    r[1].number = 8;
    is_malformed(r, 2);
    r[1] = want_record(1, "http://b/");
    r[1].type = BUNDLE_ATTEMPT;
    is_malformed(r, 2);
}

static bool same_key(const struct target *a, const struct target *b)
{
    uint8_t x[SHA256_SIZE], y[SHA256_SIZE];
    assert_int_equal(target_key(a, x), 0);
    assert_int_equal(target_key(b, y), 0);
    return memcmp(x, y, sizeof x) == 0;
}

/* The same thing is asked for, whatever the asker has of it already. */
static void test_key(void **state)
{
    (void)state;
    const struct target t = {.kind = SP_EVIDENCE_OCSP,
                             .urls = {"http://a/", "http://b/"},
                             .url_count = 2,
                             .request = "MEkw"};
    struct target o = t;
    o.issued_after = 7;
    assert_true(same_key(&t, &o));
    o = t;
    o.request = "MEkx";
    assert_false(same_key(&t, &o));
    o = t;
    o.kind = SP_EVIDENCE_CRL;
    assert_false(same_key(&t, &o));
    o = t;
    o.url_count = 1;
    assert_false(same_key(&t, &o));
    o = t;
    o.urls[1] = "http://c/";
    assert_false(same_key(&t, &o));
}

static void test_request(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 16);
    struct target t = {.request = "MAMCAQE="};
    assert_true(span_eq(target_request(a, &t), SPAN_LIT("\x30\x03\x02\x01\x01")));
    static const char *const bad[] = {"", "=", "====", "MAM", "MA*CAQE="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        t.request = bad[i];
        assert_null(target_request(a, &t).p);
    }
    t.request = NULL;
    assert_null(target_request(a, &t).p);
    arena_free(a);
}

/* An OCSPRequest with one CertID: hash of the name 4 octets, of the key 20, serial 0x0102. */
#define CERT_ID                                                                                    \
    "\x30\x02\x05\x00"                                                                             \
    "\x04\x04name"                                                                                 \
    "\x04\x14"                                                                                     \
    "01234567890123456789"                                                                         \
    "\x02\x02\x01\x02"
#define REQUEST "\x30\x2c\x30\x2a\x30\x28\x30\x26\x30\x24" CERT_ID

static void test_about(void **state)
{
    (void)state;
    struct span good = span_make(REQUEST, sizeof REQUEST - 1), key, serial;
    assert_true(target_about(good, &key, &serial));
    assert_true(span_eq(key, SPAN_LIT("01234567890123456789")));
    assert_true(span_eq(serial, SPAN_LIT("\x01\x02")));
    for (size_t n = 0; n < good.n; n++) {
        uint8_t *p = malloc(n + 1);
        assert_non_null(p);
        memcpy(p, good.p, n);
        assert_false(target_about(span_make(p, n), &key, &serial));
        free(p);
    }
}

/* ---- messages -------------------------------------------------------------------------------- */

/* A channel on which a call was made. */
static int call(const struct broker *b)
{
    const struct obtain_call m = {OBTAIN_CALL};
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(fetch_wire_send(b->socket, &m, sizeof m, pair[1]), 0);
    (void)close(pair[1]);
    return pair[0];
}

static void test_bad_calls(void **state)
{
    const struct broker *b = *state;
    const struct obtain_call wrong = {OBTAIN_WANTS}, right = {OBTAIN_CALL};
    const uint8_t longer[64] = {0};
    assert_int_equal(fetch_wire_send(b->socket, &right, sizeof right, -1), 0);
    assert_int_equal(fetch_wire_send(b->socket, &right, sizeof right - 1, STDERR_FILENO), 0);
    assert_int_equal(fetch_wire_send(b->socket, &wrong, sizeof wrong, STDERR_FILENO), 0);
    assert_int_equal(fetch_wire_send(b->socket, longer, sizeof longer, STDERR_FILENO), 0);
    is_answered(b, "http://good/1");
}

static int sealed(const void *bytes, size_t n, bool seal)
{
    int fd = zygote_memfd("test");
    assert_true(fd >= 0);
    assert_int_equal(wire_write(fd, span_make(bytes, n)), 0);
    assert_int_equal(seal ? zygote_seal(fd) : 0, 0);
    return fd;
}

/* These wants are refused: the channel is closed without an answer. */
static void is_refused(const struct broker *b, const void *message, size_t size, int fd)
{
    struct obtained got;
    int channel = call(b);
    assert_int_equal(fetch_wire_send(channel, message, size, fd), 0);
    assert_int_equal(take(channel, &got), -1);
    if (fd >= 0) {
        (void)close(fd);
    }
}

static void test_bad_wants(void **state)
{
    const struct broker *b = *state;
    const struct obtain_wants right = {OBTAIN_WANTS, LONG_MS}, wrong = {OBTAIN_ANSWER, LONG_MS};
    const uint8_t longer[64] = {0};
    const struct bundle_record r = want_record(0, "http://good/");
    struct span record = written(&r, 1);
    is_refused(b, &right, sizeof right, -1);
    is_refused(b, &right, 1, sealed("SPB1", 4, true));
    is_refused(b, &wrong, sizeof wrong, sealed("SPB1", 4, true));
    is_refused(b, longer, sizeof longer, sealed("SPB1", 4, true));
    is_refused(b, &right, sizeof right, sealed("SPB1", 4, false));
    is_refused(b, &right, sizeof right, sealed("", 0, true));
    is_refused(b, &right, sizeof right, sealed("SPB2", 4, true));
    is_refused(b, &right, sizeof right, sealed("SPB1 and then nonsense", 22, true));
    is_refused(b, &right, sizeof right, sealed(record.p, record.n, true)); /* without "SPB1" */
    release(record);
    assert_int_equal(board->started, 0);
    is_answered(b, "http://good/2");
}

/* More wants than a report can have. */
static void test_too_many(void **state)
{
    const struct broker *b = *state;
    const struct obtain_wants m = {OBTAIN_WANTS, LONG_MS};
    static struct sp_want wants[SP_WANTS_MAX + 1];
    const char *url = "http://good/3";
    int reply, fd = zygote_memfd("test");
    for (size_t i = 0; i <= SP_WANTS_MAX; i++) {
        wants[i] = crl_want(&url, 1);
    }
    assert_int_equal(obtain_ask(b->socket, wants, SP_WANTS_MAX + 1, LONG_MS, &reply), -1);
    assert_int_equal(bundle_start(fd), 0);
    for (uint8_t i = 0; i <= SP_WANTS_MAX; i++) {
        const struct bundle_record r = want_record(i, url);
        assert_int_equal(bundle_write(fd, &r), 0);
    }
    assert_int_equal(zygote_seal(fd), 0);
    is_refused(b, &m, sizeof m, fd);
    is_answered(b, url);
}

/* Wants twice on one channel: it is closed. Those who wait for the same thing still get it. */
static void test_asked_twice(void **state)
{
    const struct broker *b = *state;
    const struct obtain_wants m = {OBTAIN_WANTS, LONG_MS};
    struct obtained got;
    const char *url = "http://gate/1";
    int first = ask(b, url, LONG_MS), second = ask(b, url, LONG_MS), fd = sealed("SPB1", 4, true);
    assert_int_equal(fetch_wire_send(first, &m, sizeof m, fd), 0);
    (void)close(fd);
    assert_int_equal(take(first, &got), -1);
    board->gate = true;
    assert_int_equal(take(second, &got), 1);
    assert_int_equal(got.objects, 1);
    (void)close(got.bundle);
}

/* What a program does with an answer that is none. */
static void test_bad_answers(void **state)
{
    (void)state;
    const struct obtain_answer right = {OBTAIN_ANSWER, 1, 0}, wrong = {OBTAIN_CALL, 1, 0};
    const uint8_t longer[64] = {0};
    const struct {
        const void *message;
        size_t size;
        bool with_bundle;
    } bad[] = {{&right, sizeof right, false},
               {&right, sizeof right - 1, true},
               {&wrong, sizeof wrong, true},
               {longer, sizeof longer, true}};
    struct obtained got;
    int pair[2], fd = sealed("SPB1", 4, true);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
        assert_int_equal(obtain_take(pair[0], &got), 0);
        assert_int_equal(
            fetch_wire_send(pair[1], bad[i].message, bad[i].size, bad[i].with_bundle ? fd : -1), 0);
        assert_int_equal(obtain_take(pair[0], &got), -1);
        assert_int_equal(got.bundle, -1);
        (void)close(pair[0]);
        (void)close(pair[1]);
    }
    (void)close(fd);
}

/* An answer made without the process: every address, and why. */
static void test_nothing(void **state)
{
    (void)state;
    const char *const urls[] = {"http://a/", "http://b/"};
    const struct sp_want w = crl_want(urls, 2);
    struct obtained got;
    char why[128];
    assert_int_equal(obtain_nothing(&w, 1, "it is Sunday", &got), 0);
    assert_int_equal(got.failures, 1);
    for (size_t i = 0; i < 2; i++) {
        assert_false(has(got.bundle, urls[i], why));
        assert_string_equal(why, "it is Sunday");
    }
    (void)close(got.bundle);
}

/* ---- rounds ---------------------------------------------------------------------------------- */

/* The same is asked for at the same time, then again: one worker. */
static void test_once(void **state)
{
    const struct broker *b = *state;
    struct obtained got;
    const char *url = "http://gate/2";
    int replies[8];
    for (size_t i = 0; i < 8; i++) {
        replies[i] = ask(b, url, LONG_MS);
    }
    board->gate = true;
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(take(replies[i], &got), 1);
        assert_int_equal(got.objects, 1);
        (void)close(got.bundle);
    }
    is_answered(b, url);
    assert_int_equal(board->started, 1);
    is_answered(b, "http://good/other");
    assert_int_equal(board->started, 2);
}

/* Who asks twice in one question, too. */
static void test_once_in_a_question(void **state)
{
    const struct broker *b = *state;
    const char *url = "http://good/4";
    const struct sp_want w[] = {crl_want(&url, 1), crl_want(&url, 1)};
    struct obtained got;
    assert_int_equal(obtain_now(b->socket, w, 2, LONG_MS, &got), 0);
    assert_int_equal(got.objects, 2);
    (void)close(got.bundle);
    assert_int_equal(board->started, 1);
}

/* As many as there may be, more than there are workers at a time. */
static void test_many(void **state)
{
    const struct broker *b = *state;
    static char urls[SP_WANTS_MAX][32];
    const char *pointers[SP_WANTS_MAX];
    struct sp_want w[SP_WANTS_MAX];
    struct obtained got;
    char why[128];
    for (size_t i = 0; i < SP_WANTS_MAX; i++) {
        (void)snprintf(urls[i], sizeof urls[i], "http://good/many/%zu", i);
        pointers[i] = urls[i];
        w[i] = crl_want(&pointers[i], 1);
    }
    assert_int_equal(obtain_now(b->socket, w, SP_WANTS_MAX, LONG_MS, &got), 0);
    assert_int_equal(got.objects, SP_WANTS_MAX);
    for (size_t i = 0; i < SP_WANTS_MAX; i++) {
        assert_true(has(got.bundle, urls[i], why));
    }
    (void)close(got.bundle);
    assert_int_equal(board->started, SP_WANTS_MAX);
}

/* What fails is explained, and not tried again at once. */
static void test_failures(void **state)
{
    const struct broker *b = *state;
    const char *why = "the program that fetches failed";
    is_failure(ask(b, "http://dies/", LONG_MS), "http://dies/", why);
    is_failure(ask(b, "http://dies/", LONG_MS), "http://dies/", why);
    assert_int_equal(board->started, 1);
}

/* A worker that writes nonsense: that is left out, and what others brought is there. */
static void test_garbage(void **state)
{
    const struct broker *b = *state;
    const char *bad = "http://garbage/", *good = "http://good/5";
    const struct sp_want w[] = {crl_want(&bad, 1), crl_want(&good, 1)};
    struct obtained got;
    char why[128];
    assert_int_equal(obtain_now(b->socket, w, 2, LONG_MS, &got), 0);
    assert_int_equal(got.objects, 1);
    assert_int_equal(got.failures, 1);
    assert_true(has(got.bundle, good, why));
    assert_false(has(got.bundle, bad, why));
    assert_string_equal(why, "the program that fetches failed");
    (void)close(got.bundle);
}

/* At the end of its time a question is answered with what is there. */
static void test_deadline(void **state)
{
    const struct broker *b = *state;
    const char *good = "http://good/6", *silent = "http://silent/1";
    const struct sp_want w[] = {crl_want(&good, 1), crl_want(&silent, 1)};
    struct obtained got;
    char why[128];
    is_answered(b, good);
    assert_int_equal(obtain_now(b->socket, w, 2, 50, &got), 0);
    assert_int_equal(got.objects, 1);
    assert_int_equal(got.failures, 1);
    assert_true(has(got.bundle, good, why));
    assert_false(has(got.bundle, silent, why));
    assert_string_equal(why, "no answer within the time given");
    (void)close(got.bundle);
    is_failure(ask(b, silent, -5), silent, "no answer within the time given");
    is_failure(ask(b, silent, INT32_MIN), silent, "no answer within the time given");
}

/* A late worker goes on: who asks again gets what it brings. */
static void test_late(void **state)
{
    const struct broker *b = *state;
    const char *url = "http://gate/3";
    is_failure(ask(b, url, 0), url, "no answer within the time given");
    board->gate = true;
    is_answered(b, url);
    assert_int_equal(board->started, 1);
}

/* Who leaves takes nothing from the others. */
static void test_leaves(void **state)
{
    const struct broker *b = *state;
    const char *url = "http://gate/4";
    struct obtained got;
    int first = ask(b, url, LONG_MS), second = ask(b, url, LONG_MS);
    (void)close(first);
    board->gate = true;
    assert_int_equal(take(second, &got), 1);
    assert_int_equal(got.objects, 1);
    (void)close(got.bundle);
}

#define ROUND(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_read_cut),
        cmocka_unit_test(test_read_malformed),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_about),
        cmocka_unit_test(test_bad_answers),
        cmocka_unit_test(test_nothing),
        ROUND(test_bad_calls),
        ROUND(test_bad_wants),
        ROUND(test_too_many),
        ROUND(test_asked_twice),
        ROUND(test_once),
        ROUND(test_once_in_a_question),
        ROUND(test_many),
        ROUND(test_failures),
        ROUND(test_garbage),
        ROUND(test_deadline),
        ROUND(test_late),
        ROUND(test_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
