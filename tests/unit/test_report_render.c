/*
 * test_report_render - escaping, cleaning, widths and wrapping of the reports; no failed allocation
 * may give a report that looks whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "report/facts.h"
#include "report/html.h"
#include "report/render.h"

#include "report_sample.inc"

static const char *written(struct buffer *b)
{
    const char *s = buffer_cstr(b);
    assert_non_null(s);
    return s;
}

static void test_escape(void **state)
{
    (void)state;
    struct buffer b;
    struct html h = {&b};
    buffer_init(&b, 4096);
    html_element(&h, "<p>", "<b> & \"x\" 'y'\x1b[2J\xff\xe2\x80\xae", "</p>");
    assert_string_equal(written(&b),
                        "<p>&lt;b&gt; &amp; &quot;x&quot; &#39;y&#39;\xef\xbf\xbd[2J\xef\xbf\xbd"
                        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd</p>");
    buffer_free(&b);
    html_attr(&h, "title", "\" onload=\"x");
    assert_string_equal(written(&b), " title=\"&quot; onload=&quot;x\"");
    buffer_free(&b);
}

/* A signer named <script> and findings with markup: no tag of theirs gets into the HTML. */
static void test_hostile_signer(void **state)
{
    (void)state;
    struct sp_report *r = sample_rejected();
    for (int lang = LANG_EN; lang <= LANG_HI; lang++) {
        struct buffer b;
        buffer_init(&b, 1 << 20);
        assert_int_equal(report_html(r, (enum lang)lang, &b), 0);
        const char *s = written(&b);
        assert_null(strstr(s, "<script"));
        assert_null(strstr(s, "<img"));
        assert_non_null(strstr(s, "&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert_non_null(strstr(s, "A &amp; B &quot;Cameras&quot; &#39;Ltd&#39;"));
        buffer_free(&b);
    }
    sp_report_free(r);
}

static void test_unclean_name(void **state)
{
    (void)state;
    struct sp_report *r = sample_unsigned();
    struct buffer b;
    buffer_init(&b, 1 << 20);
    assert_int_equal(report_html(r, LANG_EN, &b), 0);
    assert_null(memchr(b.p, 0x1b, b.n));
    assert_null(strstr(written(&b), "<b>.pdf"));
    buffer_free(&b);
    assert_int_equal(report_text(r, LANG_EN, false, 80, &b), 0);
    assert_null(memchr(b.p, 0x1b, b.n));
    assert_null(memchr(b.p, 0xff, b.n));
    buffer_free(&b);
    sp_report_free(r);
}

static void test_width(void **state)
{
    (void)state;
    assert_int_equal(utf8_width(span_str("")), 0);
    assert_int_equal(utf8_width(span_str("abc")), 3);
    assert_int_equal(utf8_width(span_str("स्वीकृत")), 5); /* स व ी क त; virama and r-sign stack */
    assert_int_equal(utf8_width(span_str("नाम")), 3);
    assert_int_equal(utf8_width(span_str("e\xcc\x81")), 1);
    assert_int_equal(utf8_width(span_str("署名")), 4);
    assert_int_equal(utf8_width(span_str("\xff\xfe")), 2);
}

/* No line is wider than asked, at any width, in either language. */
static void test_lines_fit(void **state)
{
    (void)state;
    struct sp_report *(*all[])(void) = {sample_accepted, sample_rejected, sample_review};
    for (size_t i = 0; i < 3; i++) {
        struct sp_report *r = all[i]();
        for (unsigned width = 40; width <= 120; width += 7) {
            for (int lang = LANG_EN; lang <= LANG_HI; lang++) {
                struct buffer b;
                buffer_init(&b, 1 << 20);
                assert_int_equal(report_text(r, (enum lang)lang, false, width, &b), 0);
                struct span s = buffer_span(&b);
                while (s.n) {
                    struct span line = span_sub(s, 0, span_find(s, SPAN_LIT("\n"), 0));
                    if (utf8_width(line) > width) {
                        fail_msg("%u columns: %.*s", width, (int)line.n, (const char *)line.p);
                    }
                    s = span_sub(s, line.n + 1, s.n);
                }
                buffer_free(&b);
            }
        }
        sp_report_free(r);
    }
}

static void test_rdn(void **state)
{
    (void)state;
    struct arena *a = need(arena_new(1 << 16));
    assert_string_equal(facts_rdn(a, "CN=A\\, B,O=C", "CN"), "A, B");
    assert_string_equal(facts_rdn(a, "OU=x+CN=y, O=Z\\+1", "CN"), "y");
    assert_string_equal(facts_rdn(a, "OU=x+CN=y, O=Z\\+1", "O"), "Z+1");
    assert_string_equal(facts_rdn(a, "CN=\\E0\\A4\\86", "CN"), "आ");
    assert_string_equal(facts_rdn(a, "CN=a\\1Bb", "CN"), "a\xef\xbf\xbd"
                                                         "b");
    assert_string_equal(facts_rdn(a, "O=,CN=", "CN"), "");
    assert_null(facts_rdn(a, "O=CN\\,CN=x", "CN"));
    assert_null(facts_rdn(a, "C=IN", "CN"));
    assert_null(facts_rdn(a, "", "CN"));
    assert_null(facts_rdn(a, NULL, "CN"));
    assert_string_equal(facts_rdn(a, "CN=x\\", "CN"), "x\\");
    arena_free(a);
}

static const char *value_of(const struct facts *f, enum string_id label)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->items[i].label == label) {
            return f->items[i].value;
        }
    }
    return NULL;
}

/* A claimed time is told as claimed, in all three bases; only a timestamp is called proven. */
static void test_claimed_time(void **state)
{
    (void)state;
    struct sp_report *r = sample_review();
    struct sp_signature *s = r->signatures[0];
    struct facts f;
    assert_int_equal(facts_signature(r->arena, s, LANG_EN, &f), 0);
    assert_string_equal(
        value_of(&f, STR_CLAIMED),
        "20 Nov 2026, 14:30 IST, as the signer's computer said: claimed, not proven");
    assert_string_equal(value_of(&f, STR_TIME),
                        "existed at 21 Nov 2026, 13:30 IST: that is when the office received it");
    s->best_time_basis = SP_BASIS_NOW;
    assert_int_equal(facts_signature(r->arena, s, LANG_EN, &f), 0);
    assert_string_equal(value_of(&f, STR_TIME), "not proven; judged as of 21 Nov 2026, 13:30 IST");
    sp_report_free(r);
}

/* The headline tells the reason that comes first in reasons.def, and how many others there are. */
static void test_headline(void **state)
{
    (void)state;
    struct sp_report *r = sample_rejected();
    struct headline h;
    assert_int_equal(facts_headline(r->arena, r, LANG_EN, &h), 0);
    assert_string_equal(h.why, "The CMS structure is broken: <img src=x onerror=alert(1)>.");
    assert_string_equal(h.more, "");
    finding_add(r->arena, &r->findings, SP_FORMAT_EMPTY, "document", NULL);
    assert_int_equal(facts_headline(r->arena, r, LANG_EN, &h), 0);
    assert_string_equal(h.why, "The file is empty.");
    assert_string_equal(h.more, "One more reason is given below.");
    sp_report_free(r);
}

#ifdef SATYAPAN_FAULT
static int form_of(const struct sp_report *r, int form, struct buffer *b)
{
    switch (form) {
    case 0:
        return report_json(r, b);
    case 1:
        return report_text(r, LANG_EN, false, 80, b);
    case 2:
        return report_html(r, LANG_EN, b);
    default:
        return report_html_fragment(r, LANG_HI, b);
    }
}

/* Runs with the n-th allocation failing; false once there was none to fail. */
static bool fails_at(const struct sp_report *r, int form, uint64_t n)
{
    struct buffer b;
    buffer_init(&b, 1 << 20);
    uint64_t before = mem_failures();
    mem_fail_at(n);
    int rc = form_of(r, form, &b);
    mem_fail_at(0);
    bool failed = mem_failures() != before;
    assert_int_equal(rc, failed ? -1 : 0);
    buffer_free(&b);
    return failed;
}

/* Reading back: -1 or a report, never "this is no report" (that would blame the child). */
static bool reading_fails_at(struct span json, uint64_t n)
{
    struct sp_report *back = NULL;
    uint64_t before = mem_failures();
    mem_fail_at(n);
    int rc = report_from_json(json, &back);
    mem_fail_at(0);
    bool failed = mem_failures() != before;
    assert_int_equal(rc, failed ? -1 : 0);
    assert_true(failed == (back == NULL));
    sp_report_free(back);
    return failed;
}
#endif

/* Every allocation of every renderer and of the reader fails once. */
static void test_no_memory(void **state)
{
    (void)state;
#ifdef SATYAPAN_FAULT
    assert_int_equal(mem_hook_libraries(), 0);
    struct sp_report *r = sample_rejected();
    for (int form = 0; form < 4; form++) {
        uint64_t n = 1;
        while (fails_at(r, form, n)) {
            n++;
        }
        assert_true(n > 10);
    }
    struct buffer b;
    buffer_init(&b, 1 << 20);
    assert_int_equal(report_json(r, &b), 0);
    uint64_t n = 1;
    while (reading_fails_at(buffer_span(&b), n)) {
        n++;
    }
    assert_true(n > 100);
    buffer_free(&b);
    sp_report_free(r);
#else
    print_message("skipped: allocation failures are tested in the fault variant (make fault)\n");
    skip();
#endif
}

/* 300 signatures: the fragment stays small and says what it leaves out; the file has them all. */
static void test_many_signatures(void **state)
{
    (void)state;
    struct sp_report *r = start(SP_REVIEW, 300);
    struct buffer b;
    buffer_init(&b, 1 << 22);
    assert_int_equal(report_html_fragment(r, LANG_EN, &b), 0);
    const char *s = written(&b);
    assert_non_null(strstr(s, "250 further signatures are not shown here"));
    assert_non_null(strstr(s, "signature-50\""));
    assert_null(strstr(s, "signature-51\""));
    buffer_free(&b);
    assert_int_equal(report_html(r, LANG_EN, &b), 0);
    assert_non_null(strstr(written(&b), "signature-300\""));
    buffer_free(&b);
    sp_report_free(r);
}

/* The banner of Adobe's programs is explained exactly where the chain ends at a CCA root. */
static void test_adobe_note(void **state)
{
    (void)state;
    struct sp_report *r = sample_accepted();
    assert_true(facts_cca_root(r));
    r->signatures[0]->chain[2].organization = "Other PKI";
    r->signatures[1]->chain[2].organization = NULL;
    assert_false(facts_cca_root(r));
    sp_report_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escape),       cmocka_unit_test(test_hostile_signer),
        cmocka_unit_test(test_unclean_name), cmocka_unit_test(test_width),
        cmocka_unit_test(test_lines_fit),    cmocka_unit_test(test_rdn),
        cmocka_unit_test(test_claimed_time), cmocka_unit_test(test_headline),
        cmocka_unit_test(test_no_memory),    cmocka_unit_test(test_many_signatures),
        cmocka_unit_test(test_adobe_note),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
