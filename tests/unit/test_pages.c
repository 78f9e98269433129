/*
 * test_pages - the server's pages: escaping, the reports kept inside, both languages complete,
 * every status told, the assets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "base/utc.h"
#include "http/metrics.h"
#include "http/pages_frame.h"
#include "report/style.h"
#include "store/current/current.h"

#include "report_sample.inc"

static const struct sample samples[] = {{"declaration.pdf", {NULL, 0}},
                                        {"declaration.txt.p7s", {NULL, 0}}};

static struct page_context context(enum lang lang, bool demo)
{
    return (struct page_context){.lang = lang,
                                 .demo = demo,
                                 .samples = demo ? samples : NULL,
                                 .sample_count = demo ? 2 : 0,
                                 .upload_bytes = (size_t)64 << 20,
                                 .files = 16};
}

static size_t count(struct span page, const char *what)
{
    size_t n = 0, at = 0;
    while ((at = span_find(page, span_str(what), at)) != SIZE_MAX) {
        n++;
        at++;
    }
    return n;
}

static bool has(struct span page, const char *what)
{
    return count(page, what) != 0;
}

/* What every page has, and that no placeholder is left in it. */
static void check_frame(struct span page, enum lang lang)
{
    assert_true(
        span_starts(page, span_str(lang == LANG_HI ? "<!DOCTYPE html>\n<html lang=\"hi\">"
                                                   : "<!DOCTYPE html>\n<html lang=\"en\">")));
    assert_int_equal(count(page, "<h1"), 1);
    assert_int_equal(count(page, "<main id=\"main\""), 1);
    assert_int_equal(count(page, "class=\"skip\""), 1);
    assert_true(has(page, "</main><footer>"));
    assert_true(has(page, "</html>\n"));
    assert_false(has(page, " style=\""));
    assert_false(has(page, "<style"));
    assert_int_equal(count(page, "<script"), count(page, "<script src=\"/assets/app.js\" defer>"));
    for (const char *mark = "01"; *mark; mark++) {
        char text[] = {'{', *mark, '}', 0};
        /* Only the script's texts keep theirs. */
        assert_int_equal(count(page, text), has(page, "data-pair") ? (*mark == '0' ? 2 : 1) : 0);
    }
}

/* Each state of a list in words, names escaped, and the gauges beside it. */
static void test_status(void **state)
{
    const int64_t now = 1795242600;
    const struct store_source rows[] = {
        {.kind = STORE_CRL,
         .ca = "A <b>&",
         .url = "http://a/",
         .held = true,
         .entries = 1234,
         .issuer = "CA",
         .sha256 = "x",
         .this_update = now - 7200,
         .next_update = now + 10},
        {.kind = STORE_CRL,
         .ca = "Old",
         .url = "http://o/",
         .held = true,
         .issuer = "Old",
         .sha256 = "y",
         .this_update = now - 864000,
         .next_update = now - 1},
        {.kind = STORE_CRL,
         .ca = "Bad\"\n",
         .url = "http://b/",
         .held = true,
         .error = "no answer",
         .failures = 3,
         .sha256 = "z",
         .this_update = now - 60,
         .next_update = UTC_NONE},
        {.kind = STORE_CRL, .ca = "None", .url = "http://n/"},
        {.kind = STORE_OCSP, .ca = "Answers", .url = "http://ocsp/"}};
    (void)state;
    for (int lang = LANG_EN; lang <= LANG_HI; lang++) {
        struct page_context c = context((enum lang)lang, false);
        struct buffer b;
        buffer_init(&b, 1 << 20);
        c.status = true;
        assert_int_equal(page_status(&c, rows, 5, now, &b), 0);
        struct span page = buffer_span(&b);
        check_frame(page, (enum lang)lang);
        assert_int_equal(count(page, "<tr>"), 5);
        assert_int_equal(count(page, "state good"), 1);
        assert_int_equal(count(page, "state care"), 2);
        assert_int_equal(count(page, "state bad"), 1);
        assert_true(has(page, "A &lt;b&gt;&amp;") && has(page, ">1234<"));
        assert_false(has(page, "Answers"));
        assert_true(has(page, lang == LANG_HI ? "2 घंटे" : ">2 h<"));
        assert_true(has(page, lang == LANG_HI ? "/status?lang=en" : "/status?lang=hi"));
        buffer_free(&b);
        buffer_init(&b, 1 << 20);
        assert_int_equal(page_status(&c, NULL, 0, now, &b), 0);
        check_frame(buffer_span(&b), (enum lang)lang);
        assert_false(has(buffer_span(&b), "<table"));
        buffer_free(&b);
        /* A licensed CA is named whether or not a list of it is known. */
        static const char *const licensed[] = {"o-L.d CA 2022", "Unheard & Co CA 2022"};
        c.licensed = licensed;
        c.licensed_count = 2;
        buffer_init(&b, 1 << 20);
        assert_int_equal(page_status(&c, rows, 5, now, &b), 0);
        check_frame(buffer_span(&b), (enum lang)lang);
        assert_int_equal(count(buffer_span(&b), "<tr>"), 6);
        assert_true(has(buffer_span(&b), "Unheard &amp; Co CA 2022"));
        assert_false(has(buffer_span(&b), "o-L.d CA 2022"));
        buffer_free(&b);
    }
    struct buffer b;
    buffer_init(&b, 1 << 20);
    assert_int_equal(metrics_revocation(rows, 5, now, &b), 0);
    struct span text = buffer_span(&b);
    assert_true(has(text, "crl_age_seconds{ca=\"A <b>&\",source=\"http://a/\"} 7200\n"));
    assert_true(has(text, "crl_next_update_seconds{ca=\"Old\",source=\"http://o/\"} -1\n"));
    assert_true(has(text, "crl_fetch_failures{ca=\"Bad\\\" \",source=\"http://b/\"} 3\n"));
    assert_true(has(text, "crl_held{ca=\"None\",source=\"http://n/\"} 0\n"));
    assert_int_equal(count(text, "next_update_seconds{"), 2);
    buffer_free(&b);
}

static void test_home(void **state)
{
    (void)state;
    for (int lang = LANG_EN; lang <= LANG_HI; lang++) {
        for (int demo = 0; demo <= 1; demo++) {
            struct page_context c = context((enum lang)lang, demo);
            struct buffer b;
            buffer_init(&b, 1 << 20);
            assert_int_equal(page_home(&c, &b), 0);
            struct span page = buffer_span(&b);
            check_frame(page, (enum lang)lang);
            assert_int_equal(count(page, "class=\"banner\""), demo);
            assert_int_equal(count(page, "href=\"/samples/"), demo ? 2 : 0);
            assert_true(has(page, "method=\"post\" action=\"/verify?lang="));
            assert_true(has(page, "enctype=\"multipart/form-data\""));
            assert_true(has(page, "name=\"file\" multiple required"));
            assert_true(has(page, "name=\"content\""));
            /* The vendor's declaration is what comes most: it is the first, so the default. */
            assert_true(has(page, "name=\"kind\"><option value=\"declaration\">"));
            assert_true(has(page, "64 MB"));
            assert_true(has(page, word_get((enum lang)lang, WORD_NOT_STORED)));
            assert_true(has(page, lang == LANG_HI
                                      ? "href=\"/?lang=en\" lang=\"en\" hreflang=\"en\""
                                      : "href=\"/?lang=hi\" lang=\"hi\" hreflang=\"hi\""));
            buffer_free(&b);
        }
    }
}

static void test_one_file_only(void **state)
{
    (void)state;
    struct page_context c = context(LANG_EN, false);
    struct buffer b;
    c.files = 1;
    c.upload_bytes = 1500;
    buffer_init(&b, 1 << 20);
    assert_int_equal(page_home(&c, &b), 0);
    assert_false(has(buffer_span(&b), " multiple"));
    assert_true(has(buffer_span(&b), "at most 1500 B"));
    buffer_free(&b);
}

/* The n-th data: address of a type, decoded; the caller frees. */
static struct span kept(struct span page, const char *start, size_t index, uint8_t **owner)
{
    size_t at = 0;
    for (size_t i = 0; i <= index; i++) {
        at = span_find(page, span_str(start), at);
        assert_true(at != SIZE_MAX);
        at += strlen(start);
    }
    size_t end = span_find(page, SPAN_LIT("\""), at), n = end - at;
    assert_true(end != SIZE_MAX && n % 4 == 0 && n > 4);
    *owner = malloc(n);
    assert_non_null(*owner);
    int got = EVP_DecodeBlock(*owner, page.p + at, (int)n);
    assert_true(got > 0);
    size_t padding = (size_t)(page.p[end - 1] == '=') + (size_t)(page.p[end - 2] == '=');
    return span_make(*owner, (size_t)got - padding);
}

static void check_kept(struct span page, const struct sp_report *r, enum lang lang, size_t index)
{
    struct buffer html, json, etsi;
    uint8_t *owner;
    buffer_init(&html, 1 << 20);
    buffer_init(&json, 1 << 20);
    assert_int_equal(report_html(r, lang, &html), 0);
    assert_int_equal(report_json(r, &json), 0);
    buffer_init(&etsi, 1 << 20);
    assert_int_equal(report_etsi(r, &etsi), 0);
    assert_true(
        span_eq(kept(page, "data:application/xml;base64,", index, &owner), buffer_span(&etsi)));
    free(owner);
    buffer_free(&etsi);
    assert_true(span_eq(kept(page, "data:text/html;charset=utf-8;base64,", index, &owner),
                        buffer_span(&html)));
    free(owner);
    assert_true(
        span_eq(kept(page, "data:application/json;base64,", index, &owner), buffer_span(&json)));
    free(owner);
    buffer_free(&html);
    buffer_free(&json);
}

static struct sp_report *(*const makers[])(void) = {sample_accepted, sample_rejected, sample_review,
                                                    sample_unsigned};
enum { MAKERS = sizeof makers / sizeof *makers };

static void test_result(void **state)
{
    (void)state;
    for (int lang = LANG_EN; lang <= LANG_HI; lang++) {
        struct page_context c = context((enum lang)lang, lang == LANG_HI);
        for (size_t i = 0; i < MAKERS; i++) {
            struct sp_report *r = makers[i]();
            struct buffer b;
            buffer_init(&b, 1 << 20);
            assert_int_equal(page_result(&c, &r, 1, &b), 0);
            struct span page = buffer_span(&b);
            check_frame(page, (enum lang)lang);
            assert_int_equal(count(page, "class=\"banner\""), lang == LANG_HI);
            assert_int_equal(count(page, "<section class=\"report\""), 1);
            assert_false(has(page, "<script>alert"));
            assert_false(has(page, "<img"));
            check_kept(page, r, (enum lang)lang, 0);
            buffer_free(&b);
            sp_report_free(r);
        }
    }
}

static void test_several(void **state)
{
    (void)state;
    struct page_context c = context(LANG_EN, false);
    struct sp_report *reports[MAKERS];
    struct buffer b;
    for (size_t i = 0; i < MAKERS; i++) {
        reports[i] = makers[i]();
    }
    buffer_init(&b, 1 << 20);
    assert_int_equal(page_result(&c, reports, MAKERS, &b), 0);
    struct span page = buffer_span(&b);
    check_frame(page, LANG_EN);
    /* One bad document makes the whole bad; the title says so too. */
    assert_true(has(page, "<title>REJECTED | "));
    assert_true(has(page, "<div class=\"band bad\"><p class=\"overall\">"));
    assert_true(has(page, "<li>REJECTED: 2</li><li>NEEDS REVIEW: 1</li><li>ACCEPTED: 1</li>"));
    for (size_t i = 0; i < MAKERS; i++) {
        char id[40];
        (void)snprintf(id, sizeof id, "id=\"verdict-%zu\"", i + 1);
        assert_int_equal(count(page, id), 1);
        (void)snprintf(id, sizeof id, "href=\"#report-%zu\"", i + 1);
        assert_int_equal(count(page, id), 1);
        (void)snprintf(id, sizeof id, "id=\"report-%zu\"", i + 1);
        assert_int_equal(count(page, id), 1);
        check_kept(page, reports[i], LANG_EN, i);
        sp_report_free(reports[i]);
    }
    assert_false(has(page, "id=\"verdict\""));
    buffer_free(&b);
}

static void test_overall_is_the_worst(void **state)
{
    (void)state;
    struct page_context c = context(LANG_HI, false);
    struct sp_report *reports[] = {sample_accepted(), sample_review()};
    struct buffer b;
    buffer_init(&b, 1 << 20);
    assert_int_equal(page_result(&c, reports, 2, &b), 0);
    assert_true(has(buffer_span(&b), "<div class=\"band care\"><p class=\"overall\">"));
    assert_true(has(buffer_span(&b), "<title>जाँच आवश्यक | "));
    buffer_free(&b);
    sp_report_free(reports[0]);
    sp_report_free(reports[1]);
}

static void test_problems(void **state)
{
    (void)state;
    static const struct {
        unsigned status;
        enum word_id title;
    } rows[] = {{400, WORD_P400}, {404, WORD_P404}, {405, WORD_P405}, {411, WORD_P411},
                {413, WORD_P413}, {415, WORD_P415}, {429, WORD_P429}, {500, WORD_P500},
                {503, WORD_P503}, {418, WORD_P400}, {505, WORD_P500}};
    for (int lang = LANG_EN; lang <= LANG_HI; lang++) {
        struct page_context c = context((enum lang)lang, true);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct buffer b;
            char code[32];
            buffer_init(&b, 1 << 20);
            assert_int_equal(page_problem(&c, rows[i].status, i % 2 ? 30 : 0, &b), 0);
            struct span page = buffer_span(&b);
            check_frame(page, (enum lang)lang);
            assert_true(has(page, word_get((enum lang)lang, rows[i].title)));
            assert_int_equal(count(page, "class=\"banner\""), 1);
            assert_int_equal(count(page, lang == LANG_HI ? "30 सेकंड" : "30 seconds"), i % 2);
            (void)snprintf(code, sizeof code, "HTTP %s %u", lang == LANG_HI ? "स्थिति" : "status",
                           rows[i].status);
            assert_true(has(page, code));
            buffer_free(&b);
        }
    }
}

/* Both languages say something, and say it with the same arguments. */
static void test_words(void **state)
{
    (void)state;
    for (int id = 0; id < WORD_COUNT; id++) {
        struct span en = span_str(word_get(LANG_EN, (enum word_id)id));
        struct span hi = span_str(word_get(LANG_HI, (enum word_id)id));
        assert_true(en.n && hi.n);
        assert_int_equal(count(en, "{0}"), count(hi, "{0}"));
        assert_int_equal(count(en, "{1}"), count(hi, "{1}"));
        assert_int_equal(count(en, "{"), count(en, "{0}") + count(en, "{1}"));
    }
}

static void test_assets(void **state)
{
    (void)state;
    static const struct {
        const char *name, *type, *holds;
    } rows[] = {{"report.css", "text/css; charset=utf-8", "prefers-color-scheme:dark"},
                {"style.css", "text/css; charset=utf-8", "@media print"},
                {"app.js", "text/javascript; charset=utf-8", "'use strict'"},
                {"icon.svg", "image/svg+xml", "</svg>"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct asset *a = asset_find(rows[i].name);
        assert_non_null(a);
        assert_string_equal(a->content_type, rows[i].type);
        assert_true(has(a->bytes, rows[i].holds));
        assert_false(has(a->bytes, "http:") && !has(a->bytes, "http://www.w3.org/2000/svg"));
        assert_false(has(a->bytes, "https:"));
        assert_int_equal(strlen(a->etag), 18);
        assert_true(a->etag[0] == '"' && a->etag[17] == '"');
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(a->etag, asset_find(rows[j].name)->etag);
        }
    }
    assert_true(span_eq(asset_find("report.css")->bytes, report_style()));
    assert_null(asset_find(""));
    assert_null(asset_find("../report.css"));
    assert_null(asset_find("app.js "));
}

/* A page that does not fit is a failure, never half a page called whole. */
static void test_no_room(void **state)
{
    (void)state;
    struct page_context c = context(LANG_EN, true);
    struct sp_report *r = sample_rejected();
    struct buffer b;
    buffer_init(&b, 1 << 20);
    assert_int_equal(page_result(&c, &r, 1, &b), 0);
    size_t whole = b.n;
    buffer_free(&b);
    for (size_t room = 0; room < whole; room += 97) {
        buffer_init(&b, room);
        assert_int_equal(page_result(&c, &r, 1, &b), -1);
        buffer_free(&b);
    }
    buffer_init(&b, 1000);
    assert_int_equal(page_home(&c, &b), -1);
    buffer_free(&b);
    buffer_init(&b, 1000);
    assert_int_equal(page_problem(&c, 404, 0, &b), -1);
    buffer_free(&b);
    sp_report_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_home),
        cmocka_unit_test(test_one_file_only),
        cmocka_unit_test(test_result),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_overall_is_the_worst),
        cmocka_unit_test(test_problems),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_assets),
        cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
