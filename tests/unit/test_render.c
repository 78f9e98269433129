/*
 * test_render - pages of a certificate: nothing clipped, nothing over something else, nothing left
 * out; the same octets for the same input; what of PDF/A-3b can be seen in the octets.
 *
 * tests/e2e/issue_render.py has the finished files read by other programs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "issue/issue.h"
#include "issue/pdf_update.h"
#include "issue/render/plan.h"

enum { MAX = 64 << 20 };

/* 120 characters, with and without places to break a line. */
static const char english[] =
    "Extraordinarily Long Manufacturing and Trading Company for Integrated Surveillance Equipment "
    "of all Kinds, Bengaluru III";
static const char hindi[] =
    "अत्यंत विस्तृत एकीकृत नेटवर्क निगरानी उपकरण निर्माण एवं व्यापार कंपनी प्राइवेट लिमिटेड इलेक्ट्रॉनिक्स "
    "प्रौद्योगिकी समूह";
static const char unbroken[] = "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"
                               "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW%08zu";

static struct renderer *renderer;

static json_t *sample(void)
{
    json_t *d = json_load_file("certs/sample.json", JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(d);
    return d;
}

static void set_text(json_t *o, const char *key, const char *text)
{
    assert_int_equal(json_object_set_new(o, key, json_string(text)), 0);
}

/* The sample with n models; longest: each text as long as the form allows, or 120 characters. */
static json_t *with_models(size_t n, bool longest)
{
    json_t *d = sample(), *models = json_object_get(d, "models");
    json_t *first = json_deep_copy(json_array_get(models, 0));
    assert_int_equal(json_array_clear(models), 0);
    for (size_t i = 0; i < n; i++) {
        char text[160];
        json_t *m = json_deep_copy(first);
        (void)snprintf(text, sizeof text, longest ? unbroken : "BD-IPC-%04zu", i);
        set_text(m, "model", text);
        if (longest) {
            set_text(m, "hardware", hindi);
            set_text(m, "firmware", unbroken);
            set_text(m, "soc", english);
        }
        assert_int_equal(json_array_append_new(models, m), 0);
    }
    json_decref(first);
    return d;
}

static void lengthen(json_t *d)
{
    static const char *const holders[] = {"holder", "product", "signatory", "body", "lab"};
    static const char *const keys[] = {"name",       "name_hi",     "address",
                                       "address_hi", "designation", "designation_hi"};
    for (size_t i = 0; i < sizeof holders / sizeof *holders; i++) {
        json_t *o = json_object_get(d, holders[i]);
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
            if (json_object_get(o, keys[k])) {
                set_text(o, keys[k], strstr(keys[k], "_hi") ? hindi : english);
            }
        }
    }
    set_text(d, "assessor", hindi);
    set_text(d, "registration",
             "REGISTRATION/REGISTRATION/REGISTRATION/REGISTRATION/REGISTRATION/00");
    json_t *c = json_array_get(json_object_get(d, "conditions"), 0);
    for (int i = 0; i < 6; i++) {
        json_t *copy = json_deep_copy(c);
        set_text(copy, "hi", hindi);
        set_text(copy, "en", english);
        assert_int_equal(json_array_append_new(json_object_get(d, "conditions"), copy), 0);
        assert_int_equal(
            json_array_append_new(json_object_get(d, "standards"), json_string(english)), 0);
        copy = json_deep_copy(json_array_get(json_object_get(d, "locations"), 0));
        set_text(copy, "name", unbroken);
        set_text(copy, "address", english);
        set_text(copy, "address_hi", hindi);
        assert_int_equal(json_array_append_new(json_object_get(d, "locations"), copy), 0);
    }
}

/* ---- measuring ------------------------------------------------------------------------------- */

struct box {
    double x0, y0, x1, y1;
};

static struct box box_of(const struct render_mark *m, const PangoRectangle *r)
{
    double s = PANGO_SCALE;
    return (struct box){m->x + r->x / s, m->y + r->y / s, m->x + (r->x + r->width) / s,
                        m->y + (r->y + r->height) / s};
}

static struct box ink_of(const struct render_mark *m)
{
    PangoRectangle ink, logical;
    pango_layout_get_extents(m->layout, &ink, &logical);
    return box_of(m, &ink);
}

static bool overlap(struct box a, struct box b, double slack)
{
    return a.x0 < b.x1 - slack && b.x0 < a.x1 - slack && a.y0 < b.y1 - slack && b.y0 < a.y1 - slack;
}

static bool within(struct box a, struct box b)
{
    return a.x0 >= b.x0 && a.x1 <= b.x1 && a.y0 >= b.y0 && a.y1 <= b.y1;
}

/* pango put a hyphen where it broke a word: a model's number would read otherwise. */
static bool has_hyphen(PangoLayout *l)
{
    bool found = false;
    PangoLayoutIter *i = pango_layout_get_iter(l);
    do {
        const PangoLayoutRun *run = pango_layout_iter_get_run_readonly(i);
        found |= run && (run->item->analysis.flags & PANGO_ANALYSIS_FLAG_NEED_HYPHEN);
    } while (pango_layout_iter_next_run(i));
    pango_layout_iter_free(i);
    return found;
}

static void complain(const struct render_mark *m, const char *what)
{
    (void)fprintf(stderr, "page %d, %.1f %.1f: %s: %.60s\n", m->page + 1, m->x, m->y, what,
                  pango_layout_get_text(m->layout));
}

/* Each text is within the room it was given, and that within the page. */
static int outside(const struct render_mark *m)
{
    PangoRectangle ink, logical;
    pango_layout_get_extents(m->layout, &ink, &logical);
    struct box b = box_of(m, &ink), l = box_of(m, &logical);
    bool footer = m->y > PAGE_BOTTOM;
    bool wide = b.x0 < m->x - 1 || b.x1 > m->x + m->w + 1 || l.x1 > m->x + m->w + 1;
    bool high = l.y1 > m->y + m->h + 0.1 || (!footer && l.y1 > PAGE_BOTTOM + 0.1);
    bool off = b.x0 < PAGE_LEFT - 1 || b.x1 > PAGE_RIGHT + 1 || b.y0 < 34 || b.y1 > PAGE_H - 34;
    bool changed = pango_layout_is_ellipsized(m->layout) || has_hyphen(m->layout);
    if (wide || high || off || changed) {
        complain(m, wide   ? "too wide"
                    : high ? "too high"
                    : off  ? "off the page"
                           : "shortened or hyphenated");
        return 1;
    }
    return 0;
}

static int over_another(const struct render_plan *p, size_t i)
{
    struct box a = ink_of(&p->marks[i]);
    for (size_t k = 0; k < i; k++) {
        const struct render_mark *m = &p->marks[k];
        bool same = m->page == p->marks[i].page;
        if (same && m->kind == MARK_TEXT && overlap(a, ink_of(m), 0.6)) {
            complain(&p->marks[i], "over another text");
            complain(m, "that one");
            return 1;
        }
        if (same && m->kind == MARK_QR &&
            overlap(a, (struct box){m->x, m->y, m->x + m->w, m->y + m->h}, 0)) {
            complain(&p->marks[i], "over the QR code");
            return 1;
        }
    }
    return 0;
}

static int measure(const struct render_plan *p)
{
    struct box field = {p->place.x, PAGE_H - p->place.y - p->place.h, p->place.x + p->place.w,
                        PAGE_H - p->place.y};
    int wrong = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct render_mark *m = &p->marks[i];
        if (m->kind == MARK_TEXT) {
            wrong += outside(m) + over_another(p, i);
            if (m->page == p->place.page && overlap(ink_of(m), field, 0) &&
                !within(ink_of(m), field)) {
                complain(m, "across the field of the signature");
                wrong++;
            }
        }
    }
    return wrong;
}

static size_t times(const struct render_plan *p, const char *text)
{
    size_t n = 0;
    for (size_t i = 0; i < p->count; i++) {
        n += p->marks[i].layout && strstr(pango_layout_get_text(p->marks[i].layout), text) != NULL;
    }
    return n;
}

/* Nothing of the data is left out: every text stands somewhere. Dates stand as people write them,
 * hashes in groups, words in both languages. */
static int missing(const struct render_plan *p, const json_t *v, const char *key)
{
    static const char *const otherwise[] = {"schema", "kind",      "firmware_sha256", "issue",
                                            "date",   "issued_on", "valid_from",      "valid_to"};
    const json_t *item;
    const char *k;
    size_t i;
    int n = 0;
    for (i = 0; i < sizeof otherwise / sizeof *otherwise; i++) {
        if (strcmp(key, otherwise[i]) == 0) {
            return 0;
        }
    }
    if (json_is_string(v) && !times(p, json_string_value(v))) {
        (void)fprintf(stderr, "%s is nowhere: %s\n", key, json_string_value(v));
        n++;
    }
    json_array_foreach(v, i, item)
    {
        n += missing(p, item, key);
    }
    json_object_foreach((json_t *)(uintptr_t)v, k, item)
    {
        n += missing(p, item, k);
    }
    return n;
}

static void lay_out(json_t *data, int pages)
{
    struct render_plan p;
    struct render_options o = {.qr = "https://iotscs.example.in/certificate/1#AAAA"};
    assert_int_equal(render_plan_make(&p, renderer, data, &o), 0);
    assert_int_equal(measure(&p), 0);
    assert_int_equal(missing(&p, data, ""), 0);
    assert_int_equal(p.page + 1, pages);
    assert_int_equal(times(&p, "Page 1 of"), 1);
    assert_int_equal(times(&p, "प्रमाणपत्र संख्या / Certificate number: STQC/IOTSCS/ER/001"), pages);
    render_plan_free(&p);
    json_decref(data);
}

static void one_model(void **state)
{
    (void)state;
    lay_out(sample(), 2);
}

/* A table over two pages has its head on both; every row has its own hash, whole. */
static void forty_models(void **state)
{
    (void)state;
    struct render_plan p;
    struct render_options o = {.qr = NULL};
    json_t *d = with_models(40, false);
    assert_int_equal(render_plan_make(&p, renderer, d, &o), 0);
    assert_int_equal(times(&p, "मॉडल / Model"), 2);
    assert_int_equal(times(&p, "5e884898 da280471 51d0e56f 8dc62927 73603d0d 6aabbdd6 2a11ef72 "
                               "1d1542d8"),
                     40);
    render_plan_free(&p);
    lay_out(d, 3);
}

static void longest_names(void **state)
{
    (void)state;
    json_t *d = with_models(40, true);
    lengthen(d);
    char why[ISSUE_WHY];
    int rc = issue_check(d, NULL, why);
    assert_string_equal(why, "");
    assert_int_equal(rc, 0);
    lay_out(d, 11);
}

/* From one row to a hundred: page breaks at every place. */
static void any_number(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 100; n += 3) {
        struct render_plan p;
        struct render_options o = {.qr = "x"};
        json_t *d = with_models(n, false);
        assert_int_equal(render_plan_make(&p, renderer, d, &o), 0);
        assert_int_equal(measure(&p), 0);
        assert_int_equal(times(&p, "BD-IPC-"), n);
        render_plan_free(&p);
        json_decref(d);
    }
}

/* However many conditions: signature and QR code stay together, and are not alone on a page. */
static void closing_is_not_alone(void **state)
{
    (void)state;
    json_t *d = sample(), *list = json_object_get(d, "conditions");
    for (int n = 1; n <= 20; n++) {
        struct render_plan p;
        struct render_options o = {.qr = "x"};
        size_t facts = 0, i;
        assert_int_equal(render_plan_make(&p, renderer, d, &o), 0);
        assert_int_equal(measure(&p), 0);
        for (i = 0; i < p.count; i++) {
            facts += p.marks[i].page == p.place.page && p.marks[i].row > 0;
            assert_true(p.marks[i].kind != MARK_QR || p.marks[i].page == p.place.page);
        }
        assert_true(facts > 0);
        render_plan_free(&p);
        json_t *copy = json_deep_copy(json_array_get(list, 0));
        assert_int_equal(json_array_append_new(list, copy), 0);
    }
    json_decref(d);
}

/* ---- the file -------------------------------------------------------------------------------- */

static int64_t when = 1795329000; /* 2026-11-22T06:30:00Z */

static int make(struct renderer *r, const json_t *d, const char *watermark, struct buffer *out,
                char *why)
{
    struct buffer json, xml;
    buffer_init(&json, MAX);
    buffer_init(&xml, MAX);
    buffer_init(out, MAX);
    assert_int_equal(issue_json(d, &json), 0);
    assert_int_equal(issue_xml(d, &xml), 0);
    struct render_options o = {.watermark = watermark,
                               .qr = "https://iotscs.example.in/certificate/1#AAAA",
                               .created = when,
                               .json = buffer_span(&json),
                               .xml = buffer_span(&xml)};
    struct render_place place;
    int rc = render_pdf(r, d, &o, out, &place, why);
    buffer_free(&json);
    buffer_free(&xml);
    return rc;
}

static size_t count(struct span s, const char *what)
{
    size_t n = 0, at = 0;
    while ((at = span_find(s, span_str(what), at)) != SIZE_MAX) {
        n++;
        at++;
    }
    return n;
}

/* Twice, and after another certificate, and from a renderer of its own. */
static void same_octets(void **state)
{
    (void)state;
    char why[ISSUE_WHY];
    struct buffer a, b;
    struct renderer *other;
    json_t *d = sample(), *more = with_models(40, true);
    assert_int_equal(make(renderer, d, NULL, &a, why), 0);
    assert_int_equal(make(renderer, more, NULL, &b, why), 0);
    buffer_free(&b);
    assert_int_equal(make(renderer, d, NULL, &b, why), 0);
    assert_true(span_eq(buffer_span(&a), buffer_span(&b)));
    buffer_free(&b);
    assert_int_equal(renderer_open(NULL, NULL, &other, why), 0);
    assert_int_equal(make(other, d, NULL, &b, why), 0);
    assert_true(span_eq(buffer_span(&a), buffer_span(&b)));
    renderer_close(other);
    buffer_free(&b);
    when++;
    assert_int_equal(make(renderer, d, NULL, &b, why), 0);
    when--;
    assert_false(span_eq(buffer_span(&a), buffer_span(&b)));
    buffer_free(&a);
    buffer_free(&b);
    json_decref(d);
    json_decref(more);
}

/* By clause of ISO 19005-3; what needs the streams is in tests/e2e/issue_render.py. */
static void pdf_a(void **state)
{
    (void)state;
    char why[ISSUE_WHY];
    struct buffer out;
    json_t *d = with_models(40, true);
    assert_int_equal(make(renderer, d, "DRAFT", &out, why), 0);
    struct span s = buffer_span(&out), tail = span_sub(s, s.n - 6, 6);
    assert_true(span_starts(s, SPAN_LIT("%PDF-1.7\n%\xB5\xED\xAE\xFB\n"))); /* 6.1.2 */
    assert_true(span_eq(tail, SPAN_LIT("%%EOF\n")));                        /* 6.1.3 */
    assert_int_equal(count(s, "%%EOF"), 1);
    assert_int_equal(count(s, "\ntrailer\n"), 1);
    assert_int_equal(count(s, "/ID [<"), 1);
    assert_int_equal(count(s, "/Encrypt"), 0);
    assert_int_equal(count(s, "LZWDecode"), 0);      /* 6.1.7.2 */
    assert_int_equal(count(s, "/S /GTS_PDFA1 "), 1); /* 6.2.3 */
    assert_int_equal(count(s, "/Group"), 0);         /* 6.2.10 */
    assert_int_equal(count(s, "/SMask"), 0);
    assert_true(count(s, "/FontFile2 ") > 3); /* 6.2.11.4 */
    assert_int_equal(count(s, "/Type /FontDescriptor"), count(s, "/FontFile2 "));
    assert_true(count(s, "/Subtype /CIDFontType2") > 1); /* 6.2.11.3.2 */
    assert_int_equal(count(s, "/CIDToGIDMap /Identity"), count(s, "/Subtype /CIDFontType2"));
    assert_int_equal(count(s, "/JavaScript") + count(s, "/Launch") + count(s, "/OpenAction"), 0);
    assert_int_equal(count(s, "<pdfaid:part>3</pdfaid:part>"), 1); /* 6.6.4 */
    assert_int_equal(count(s, "<pdfaid:conformance>B</pdfaid:conformance>"), 1);
    assert_int_equal(count(s, "/AFRelationship /Data"), 2); /* 6.8 */
    assert_int_equal(count(s, "/Subtype /application#2Fjson"), 1);
    assert_int_equal(count(s, "/Subtype /text#2Fxml"), 1);
    assert_int_equal(count(s, "/AF ["), 1);
    buffer_free(&out);
    json_decref(d);
}

/* The signer's reader takes the file as it is. */
static void can_be_signed(void **state)
{
    (void)state;
    char why[ISSUE_WHY];
    const char *reason = "";
    struct buffer out;
    struct pdf_outline o;
    struct arena *a = arena_new(MAX);
    json_t *d = sample();
    assert_int_equal(make(renderer, d, NULL, &out, why), 0);
    assert_int_equal(pdf_outline(a, buffer_span(&out), &o, &reason), 0);
    assert_true(o.table && o.first_id.p && o.info && !o.has_signature);
    assert_true(pdf_outline_page(&o, 1) != 0 && pdf_outline_page(&o, 2) == 0);
    arena_free(a);
    buffer_free(&out);
    json_decref(d);
}

static void watermark(void **state)
{
    (void)state;
    char why[ISSUE_WHY];
    struct buffer plain, marked;
    json_t *d = sample();
    assert_int_equal(json_object_del(d, "number"), 0);
    assert_int_equal(make(renderer, d, NULL, &plain, why), 0);
    assert_int_equal(make(renderer, d, "प्रारूप - मान्य नहीं · DRAFT - NOT VALID", &marked, why), 0);
    assert_false(span_eq(buffer_span(&plain), buffer_span(&marked)));
    buffer_free(&plain);
    buffer_free(&marked);
    json_decref(d);
}

/* A letter without a glyph would be a box on paper: refused, with the text. */
static void letters_without_glyph(void **state)
{
    (void)state;
    static const char *const texts[] = {"ಬೆಂಗಳೂರು", "\xF0\x9F\x94\x92", "北京"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char why[ISSUE_WHY];
        struct buffer out;
        json_t *d = sample();
        set_text(json_object_get(d, "holder"), "name", texts[i]);
        assert_int_equal(make(renderer, d, NULL, &out, why), 1);
        assert_non_null(strstr(why, texts[i]));
        assert_int_equal(out.n, 0);
        buffer_free(&out);
        json_decref(d);
    }
}

static void missing_files(void **state)
{
    (void)state;
    char why[ISSUE_WHY];
    struct renderer *r;
    assert_int_equal(renderer_open("/nonexistent", NULL, &r, why), -1);
    assert_non_null(strstr(why, "fonts-noto-core"));
    assert_null(r);
    assert_int_equal(renderer_open(NULL, "/dev/null", &r, why), -1);
    assert_non_null(strstr(why, "icc-profiles-free"));
    assert_null(r);
}

static int set_up(void **state)
{
    (void)state;
    char why[ISSUE_WHY];
    int rc = renderer_open(NULL, NULL, &renderer, why);
    if (rc != 0) {
        (void)fprintf(stderr, "%s\n", why);
    }
    return rc;
}

static int tear_down(void **state)
{
    (void)state;
    renderer_close(renderer);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_model),
        cmocka_unit_test(forty_models),
        cmocka_unit_test(longest_names),
        cmocka_unit_test(any_number),
        cmocka_unit_test(closing_is_not_alone),
        cmocka_unit_test(same_octets),
        cmocka_unit_test(pdf_a),
        cmocka_unit_test(can_be_signed),
        cmocka_unit_test(watermark),
        cmocka_unit_test(letters_without_glyph),
        cmocka_unit_test(missing_files),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
