/*
 * test_report_golden - text and HTML reports in both languages against tests/golden.
 * SATYAPAN_UPDATE_GOLDEN=1 writes the files anew; look at the difference before committing it.
 * Runs from the top of the source tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "report/render.h"

#include "report_sample.inc"

static const struct {
    const char *name;
    struct sp_report *(*make)(void);
} samples[] = {{"accepted", sample_accepted},
               {"rejected", sample_rejected},
               {"review", sample_review},
               {"unsigned", sample_unsigned}};

static void write_file(const char *path, struct span s)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(s.p, 1, s.n, f), s.n);
    assert_int_equal(fclose(f), 0);
}

static void compare(const char *path, struct span got)
{
    if (getenv("SATYAPAN_UPDATE_GOLDEN")) {
        write_file(path, got);
        return;
    }
    FILE *f = fopen(path, "rb");
    if (!f) {
        fail_msg("%s is missing; SATYAPAN_UPDATE_GOLDEN=1 writes it", path);
        return;
    }
    char *want = malloc(got.n + 2);
    assert_non_null(want);
    size_t n = fread(want, 1, got.n + 2, f);
    (void)fclose(f);
    if (n != got.n || memcmp(want, got.p, n) != 0) {
        char other[300];
        (void)snprintf(other, sizeof other, "%s.new", path);
        write_file(other, got);
        free(want);
        fail_msg("the report differs from %s; see %s", path, other);
        return;
    }
    free(want);
}

enum form { FORM_TEXT, FORM_COLOUR, FORM_HTML, FORM_COUNT };

static void render(const struct sp_report *r, enum form form, enum lang lang, struct buffer *b)
{
    int rc = form == FORM_HTML ? report_html(r, lang, b)
                               : report_text(r, lang, form == FORM_COLOUR, 90, b);
    assert_int_equal(rc, 0);
}

/* In one language only: it is for programs. */
static void test_etsi(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct sp_report *r = samples[i].make();
        char path[256];
        struct buffer b;
        buffer_init(&b, 1 << 20);
        assert_int_equal(report_etsi(r, &b), 0);
        (void)snprintf(path, sizeof path, "tests/golden/report-%s.etsi.xml", samples[i].name);
        compare(path, buffer_span(&b));
        buffer_free(&b);
        sp_report_free(r);
    }
}

static void test_golden(void **state)
{
    (void)state;
    static const char *const endings[FORM_COUNT] = {"txt", "ansi", "html"};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct sp_report *r = samples[i].make();
        for (int form = 0; form < FORM_COUNT; form++) {
            for (int lang = LANG_EN; lang <= LANG_HI; lang++) {
                char path[256];
                struct buffer b;
                buffer_init(&b, 1 << 20);
                render(r, (enum form)form, (enum lang)lang, &b);
                (void)snprintf(path, sizeof path, "tests/golden/report-%s.%s.%s", samples[i].name,
                               lang == LANG_HI ? "hi" : "en", endings[form]);
                compare(path, buffer_span(&b));
                buffer_free(&b);
            }
        }
        sp_report_free(r);
    }
}

/* Without its escape sequences the coloured text is the plain one: colour is never alone. */
static void test_colour_adds_nothing(void **state)
{
    (void)state;
    struct sp_report *r = sample_rejected();
    struct buffer plain, colour, stripped;
    buffer_init(&plain, 1 << 20);
    buffer_init(&colour, 1 << 20);
    buffer_init(&stripped, 1 << 20);
    render(r, FORM_TEXT, LANG_EN, &plain);
    render(r, FORM_COLOUR, LANG_EN, &colour);
    struct span s = buffer_span(&colour);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == 0x1b) {
            while (i < s.n && s.p[i] != 'm') {
                i++;
            }
        } else {
            buffer_char(&stripped, (char)s.p[i]);
        }
    }
    assert_true(colour.n > plain.n);
    assert_int_equal(stripped.n, plain.n);
    assert_memory_equal(stripped.p, plain.p, plain.n);
    buffer_free(&plain);
    buffer_free(&colour);
    buffer_free(&stripped);
    sp_report_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_etsi),
        cmocka_unit_test(test_colour_adds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
