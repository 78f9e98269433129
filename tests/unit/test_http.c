/*
 * test_http - the server's parts that need no socket: forms, words, languages, limits, queue.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/mem.h"
#include "http/ask.h"
#include "http/language.h"
#include "http/limiter.h"
#include "http/metrics.h"
#include "http/multipart.h"
#include "http/problem.h"
#include "http/upload.h"
#include "http/work.h"

/* ---- forms ----------------------------------------------------------------------------------- */

/* What a form gave, as text: "name|filename|bytes;" for each part. */
struct seen {
    struct buffer out;
    int stop_at; /* the sink stops at this part; 0: never */
    int parts;
};

static int begin(void *context, const struct multipart_part *part)
{
    struct seen *s = context;
    buffer_printf(&s->out, "%s|%s|", part->name, part->is_file ? part->filename : "-");
    return ++s->parts == s->stop_at ? -1 : 0;
}

static int data(void *context, struct span bytes)
{
    struct seen *s = context;
    buffer_add(&s->out, bytes);
    return 0;
}

static int end(void *context)
{
    struct seen *s = context;
    buffer_char(&s->out, ';');
    return 0;
}

static const struct multipart_sink sink = {begin, data, end};

/* Reads the form in pieces of this size. Returns "" for a refused type, "!" for a bad form, "..."
 * for one that is cut off, else what it gave. */
static const char *read_form(const char *type, struct span form, size_t piece, struct seen *s)
{
    struct multipart *m = NULL;
    buffer_init(&s->out, 1 << 20);
    assert_int_equal(multipart_new(type, &sink, s, &m), 0);
    if (!m) {
        return "";
    }
    int rc = 0;
    for (size_t at = 0; at < form.n && rc == 0; at += piece) {
        rc = multipart_feed(m, span_sub(form, at, piece));
    }
    bool complete = rc == 0 && multipart_complete(m);
    multipart_free(m);
    return rc ? "!" : complete ? buffer_cstr(&s->out) : "...";
}

static void expect_form(const char *form, const char *want)
{
    static const size_t pieces[] = {1, 2, 3, 7, 64, 100000};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct seen s = {0};
        assert_string_equal(
            read_form("multipart/form-data; boundary=XyZ", span_str(form), pieces[i], &s), want);
        buffer_free(&s.out);
    }
}

#define PART(disposition, body) "--XyZ\r\nContent-Disposition: " disposition "\r\n\r\n" body "\r\n"

static void test_forms(void **state)
{
    (void)state;
    expect_form(PART("form-data; name=\"file\"; filename=\"a.pdf\"", "%PDF") "--XyZ--\r\n",
                "file|a.pdf|%PDF;");
    expect_form(PART("form-data; name=kind", "other") PART(
                    "form-data; name=\"file\"; filename=\"b\"", "1\r\n--Xy\r\n--XyY\r\n") "--XyZ--",
                "kind|-|other;file|b|1\r\n--Xy\r\n--XyY\r\n;");
    expect_form(PART("form-data; name=\"file\"; filename=\"\"", "") "--XyZ--\r\nepilogue --XyZ",
                "file||;");
    expect_form("preamble\r\n" PART("form-data; name=\"a\"", "") "--XyZ--", "a|-|;");
    expect_form(PART("FORM-DATA; Name=\"x\"; filename=\"C:\\dir\\a \\\"b\\\".pdf\"", "y") "--XyZ--",
                "x|a \"b\".pdf|y;");
    expect_form(PART("form-data; name=\"f\"; filename*=UTF-8''%E0%A4%85%2Fb.pdf", "y") "--XyZ--",
                "f|b.pdf|y;");
    expect_form(PART("form-data; name=\"f\"; filename=\"../../etc/passwd\"", "y") "--XyZ--",
                "f|passwd|y;");
    expect_form("--XyZ\r\nContent-Type: a/b\r\ncontent-disposition: form-data; name=\"f\"\r\n"
                "Content-Transfer-Encoding: binary\r\n\r\ny\r\n--XyZ--",
                "f|-|y;");
}

static void test_bad_forms(void **state)
{
    (void)state;
    expect_form(PART("form-data; name=\"f\"", "y"), "...");
    expect_form("", "...");
    expect_form("no boundary at all", "...");
    expect_form("--XyZ--", "");
    expect_form("--XyZ\r\n\r\n\r\nno header\r\n--XyZ--", "!");
    expect_form(PART("attachment; name=\"f\"", "y") "--XyZ--", "!");
    expect_form(PART("form-data", "y") "--XyZ--", "!");
    expect_form(PART("form-data; name=\"f\"; name=\"g\"", "y") "--XyZ--", "!");
    expect_form(PART("form-data; name=\"f", "y") "--XyZ--", "!");
    expect_form(PART("form-data; name=\"f\" filename=x", "y") "--XyZ--", "!");
    expect_form(PART("form-data; name=\"f\"; filename*=UTF-8''%zz", "y") "--XyZ--", "!");
    expect_form(PART("form-data; name=\"f\"; filename*=UTF-8''%00", "y") "--XyZ--", "!");
    expect_form("--XyZ\r\nContent-Disposition: form-data; name=\"f\"\r\n"
                "Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--XyZ--",
                "!");
    expect_form("--XyZ\r\nContent-Disposition: form-data; name=\"f\"\r\n"
                "Content-Disposition: form-data; name=\"g\"\r\n\r\ny\r\n--XyZ--",
                "!");
    expect_form("--XyZ\nContent-Disposition: form-data; name=\"f\"\n\ny\n--XyZ--", "!");
    expect_form("\r\n--XyZjunk", "!");
}

static void test_form_types(void **state)
{
    (void)state;
    /* 71 characters where 70 are allowed */
    static const char too_long[] =
        "multipart/form-data; boundary="
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const char *const bad[] = {"multipart/form-data",
                               "multipart/form-data; boundary=",
                               "multipart/form-data; charset",
                               "multipart/form-data; boundary=a; boundary=b",
                               "multipart/mixed; boundary=a",
                               "multipart/form-dataX; boundary=a",
                               "multipart/form-data; boundary=\"a",
                               too_long};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct seen s = {0};
        assert_string_equal(read_form(bad[i], SPAN_LIT("x"), 1, &s), "");
    }
    assert_true(multipart_is_form("Multipart/Form-Data; boundary=x"));
    assert_false(multipart_is_form("multipart/form-data2"));
}

static void test_form_sink_stops(void **state)
{
    (void)state;
    static const char form[] =
        PART("form-data; name=\"a\"", "1") PART("form-data; name=\"b\"", "2") "--XyZ--";
    struct seen s = {.stop_at = 2};
    assert_string_equal(read_form("multipart/form-data; boundary=\"XyZ\"", span_str(form), 5, &s),
                        "!");
    assert_string_equal(buffer_cstr(&s.out), "a|-|1;b|-|");
    buffer_free(&s.out);
}

static void test_form_long_header(void **state)
{
    (void)state;
    struct buffer form;
    buffer_init(&form, 1 << 20);
    buffer_str(&form, "--XyZ\r\nX-Filler: ");
    for (int i = 0; i < 40000; i++) {
        buffer_char(&form, 'a');
    }
    buffer_str(&form, "\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\ny\r\n--XyZ--");
    expect_form(buffer_cstr(&form), "!");
    buffer_free(&form);
}

/* ---- words and languages --------------------------------------------------------------------- */

static void test_ask(void **state)
{
    (void)state;
    struct ask a;
    ask_init(&a);
    assert_int_equal(ask_set(&a, "kind", SPAN_LIT("other")), PROBLEM_NONE);
    assert_int_equal(ask_set(&a, "kind", SPAN_LIT("other")), PROBLEM_PARAMETER);
    assert_int_equal(ask_set(&a, "at", SPAN_LIT("2026-11-21T10:00:00Z")), PROBLEM_NONE);
    assert_int_equal(ask_set(&a, "received", SPAN_LIT("2026-11-21T10:00:01Z")), PROBLEM_NONE);
    assert_int_equal(ask_check(&a, 0), PROBLEM_RECEIVED);
    assert_int_equal(ask_set(&a, "profile", SPAN_LIT("generic")), PROBLEM_PROFILE);
    ask_init(&a);
    assert_int_equal(ask_set(&a, "kind", SPAN_LIT("letter")), PROBLEM_KIND);
    assert_int_equal(ask_set(&a, "at", SPAN_LIT("tomorrow")), PROBLEM_TIME);
    assert_int_equal(ask_set(&a, "lang", SPAN_LIT("fr")), PROBLEM_LANG);
    assert_int_equal(ask_set(&a, "receivd", SPAN_LIT("0")), PROBLEM_PARAMETER);
    assert_int_equal(ask_set(&a, "format", SPAN_LIT("html")), PROBLEM_FORMAT);
    assert_int_equal(ask_set(&a, "format", SPAN_LIT("etsi-xml")), PROBLEM_PARAMETER);
    ask_init(&a);
    assert_int_equal(ask_set(&a, "format", SPAN_LIT("etsi-xml")), PROBLEM_NONE);
    assert_true(a.has_form && a.etsi);
    assert_int_equal(ask_set(&a, "name", SPAN_LIT("a\0b")), PROBLEM_PARAMETER);
    assert_int_equal(ask_check(&a, 77), PROBLEM_NONE);
    assert_int_equal(a.at, 77);
    ask_init(&a);
    assert_int_equal(ask_set_field(&a, "kind", SPAN_LIT("")), PROBLEM_NONE);
    assert_int_equal(ask_set_field(&a, "button", SPAN_LIT("x")), PROBLEM_NONE);
    assert_int_equal(ask_set_field(&a, "at", SPAN_LIT("0")), PROBLEM_NONE);
    assert_int_equal(a.at, SP_NO_TIME);
}

static void test_language(void **state)
{
    (void)state;
    assert_int_equal(language_accept(NULL), LANG_EN);
    assert_int_equal(language_accept("hi"), LANG_HI);
    assert_int_equal(language_accept("hi-IN,hi;q=0.9,en-IN;q=0.8"), LANG_HI);
    assert_int_equal(language_accept("en-GB, hi;q=0.5"), LANG_EN);
    assert_int_equal(language_accept("mr, en;q=0.3, hi;q=0.7"), LANG_HI);
    assert_int_equal(language_accept("hi;q=0"), LANG_EN);
    assert_int_equal(language_accept("hil, fr"), LANG_EN);
    assert_int_equal(language_accept(",,;;q=,hi;q=9999999999999999999"), LANG_EN);
}

/* ---- problems -------------------------------------------------------------------------------- */

static void test_problems(void **state)
{
    (void)state;
    for (int p = PROBLEM_NONE + 1; p < PROBLEM_COUNT; p++) {
        for (int lang = 0; lang < 2; lang++) {
            struct buffer out;
            buffer_init(&out, 1 << 16);
            assert_int_equal(problem_json((enum problem)p, (enum lang)lang, 7, &out), 0);
            json_t *o = json_loadb((const char *)out.p, out.n, 0, NULL);
            assert_non_null(o);
            assert_int_equal(json_integer_value(json_object_get(o, "status")),
                             problem_status((enum problem)p));
            assert_int_equal(json_integer_value(json_object_get(o, "retry_after")), 7);
            assert_true(json_string_length(json_object_get(o, "detail")) > 10);
            bool server = strcmp(problem_title((enum problem)p), "Internal Server Error") == 0;
            assert_int_equal(server, problem_status((enum problem)p) == 500);
            json_decref(o);
            buffer_free(&out);
        }
    }
}

/* ---- limits ---------------------------------------------------------------------------------- */

static void key_of(const char *address, uint8_t key[LIMITER_KEY])
{
    assert_true(limiter_key_text(span_str(address), key));
}

static void test_limiter(void **state)
{
    (void)state;
    static struct limiter l;
    uint8_t a[LIMITER_KEY], b[LIMITER_KEY], c[LIMITER_KEY];
    limiter_init(&l, 60, 3, 1);
    key_of("192.0.2.1", a);
    key_of("2001:db8:1:2::3", b);
    key_of(" 2001:db8:1:2:ffff::9", c);
    assert_memory_equal(b, c, sizeof b); /* one client: its /64 */
    assert_false(limiter_key_text(SPAN_LIT("unknown"), c));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(limiter_take(&l, a, 1000), 0);
    }
    assert_int_equal(limiter_take(&l, a, 1000), 2);
    assert_int_equal(limiter_take(&l, b, 1000), 0);
    assert_int_equal(limiter_take(&l, a, 1000 + 1000), 0);
    assert_true(limiter_take(&l, a, 1000 + 1000) > 0);
    limiter_init(&l, 0, 1, 1);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(limiter_take(&l, a, 5), 0);
    }
}

static void test_upload(void **state)
{
    (void)state;
    struct upload_budget budget = {.each = 10, .all = 15};
    struct upload a, b;
    assert_int_equal(upload_open(&a, "a\n\xff"), UPLOAD_OK);
    assert_string_equal(a.name, "a\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_int_equal(upload_open(&b, ""), UPLOAD_OK);
    assert_string_equal(b.name, "document");
    assert_int_equal(upload_add(&a, &budget, SPAN_LIT("0123456789")), UPLOAD_OK);
    assert_int_equal(upload_add(&a, &budget, SPAN_LIT("x")), UPLOAD_TOO_LARGE);
    assert_int_equal(upload_add(&b, &budget, SPAN_LIT("012345")), UPLOAD_NO_ROOM);
    assert_int_equal(upload_add(&b, &budget, SPAN_LIT("01234")), UPLOAD_OK);
    assert_int_equal(upload_seal(&b), UPLOAD_OK);
    assert_int_equal(upload_add(&b, &budget, SPAN_LIT("")), UPLOAD_OK);
    assert_int_equal(write(b.fd, "x", 1), -1); /* nobody changes it any more */
    assert_int_equal(atomic_load(&budget.held), 15);
    upload_close(&a, &budget);
    upload_close(&a, &budget);
    upload_close(&b, &budget);
    assert_int_equal(atomic_load(&budget.held), 0);
}

static void test_upload_long_name(void **state)
{
    (void)state;
    struct upload_budget budget = {.each = 1, .all = 1};
    struct upload u;
    char name[3 * 400 + 1];
    for (size_t i = 0; i < 400; i++) {
        memcpy(name + 3 * i, "\xE0\xA4\x85", 3);
    }
    name[sizeof name - 1] = 0;
    assert_int_equal(upload_open(&u, name), UPLOAD_OK);
    assert_int_equal(strlen(u.name), (UPLOAD_NAME - 1) / 3 * 3);
    upload_close(&u, &budget);
}

/* ---- queue ----------------------------------------------------------------------------------- */

struct job {
    struct work_item item;
    pthread_mutex_t *gate;
    atomic_int *done;
};

static void run_job(struct work_item *item)
{
    struct job *j = (struct job *)(void *)item;
    (void)pthread_mutex_lock(j->gate);
    (void)pthread_mutex_unlock(j->gate);
    (void)atomic_fetch_add(j->done, 1);
}

static void test_work(void **state)
{
    (void)state;
    static struct work w;
    static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    static struct job jobs[6];
    atomic_int done = 0;
    unsigned waiting, running;
    assert_int_equal(work_start(&w, 2, 3, run_job), 0);
    (void)pthread_mutex_lock(&gate);
    for (size_t i = 0; i < 6; i++) {
        jobs[i] = (struct job){.gate = &gate, .done = &done};
        assert_int_equal(work_add(&w, &jobs[i].item), i < 5);
    }
    work_count(&w, &waiting, &running);
    assert_int_equal(waiting + running, 5);
    (void)pthread_mutex_unlock(&gate);
    work_stop(&w);
    assert_int_equal(atomic_load(&done), 5);
    assert_false(work_add(&w, &jobs[5].item));
}

static const char *one_route(unsigned number)
{
    return number == 0 ? "/x" : NULL;
}

static void test_metrics(void **state)
{
    (void)state;
    static struct metrics m;
    const struct metrics_now now = {.waiting = 3, .ready = true};
    struct buffer out;
    buffer_init(&out, 1 << 16);
    metrics_request(&m, 0, 404);
    metrics_request(&m, METRICS_ROUTES, 200);
    assert_int_equal(metrics_write(&m, &now, one_route, &out), 0);
    const char *text = buffer_cstr(&out);
    assert_non_null(
        strstr(text, "\nsatyapan_http_requests_total{route=\"/x\",status=\"4xx\"} 1\n"));
    assert_non_null(strstr(text, "\nsatyapan_queue_length 3\n"));
    assert_null(strstr(text, "2xx"));
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_bad_forms),
        cmocka_unit_test(test_form_types),
        cmocka_unit_test(test_form_sink_stops),
        cmocka_unit_test(test_form_long_header),
        cmocka_unit_test(test_ask),
        cmocka_unit_test(test_language),
        cmocka_unit_test(test_problems),
        cmocka_unit_test(test_limiter),
        cmocka_unit_test(test_upload),
        cmocka_unit_test(test_upload_long_name),
        cmocka_unit_test(test_work),
        cmocka_unit_test(test_metrics),
    };
    if (mem_hook_libraries() != 0) {
        return 70;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
