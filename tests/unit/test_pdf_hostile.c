/*
 * test_pdf_hostile - files made to exhaust or confuse a reader: each must get an answer, quickly,
 * in bounded memory, and never a sound signature where there is none.
 */
#include "pdf_maker.h"

#include <time.h>

#define SIG_KEYS "/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"

static double now(void)
{
    struct timespec t;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Reads and expects this finding somewhere, in less than a second and max_memory. */
static void expect(struct maker *m, const char *code, size_t max_memory)
{
    struct read r;
    double start = now();
    read_made(&r, m);
    double took = now() - start;
    const char *all = read_codes(&r, &r.document);
    for (size_t i = 0; i < r.x.count; i++) {
        all = arena_printf(r.arena, "%s %s", all, read_codes(&r, &r.x.signatures[i].findings));
    }
    if (!strstr(all, code) || took > 1.0 || arena_used(r.arena) > max_memory) {
        printf("FAIL want %s, got %.200s; %.3f s, %zu bytes\n", code, all, took,
               arena_used(r.arena));
        fail();
    }
    printf("%s: %.1f ms, %zu KiB\n", code, took * 1000, arena_used(r.arena) / 1024);
    read_end(&r);
    buffer_free(&m->b);
}

static void put_document(struct maker *m)
{
    make_object(m, 1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[8 0 R]/SigFlags 3>>>>");
    make_object(m, 2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
    make_object(m, 3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[8 0 R]>>");
    make_object(
        m, 8, "<</Type/Annot/Subtype/Widget/FT/Sig/T(Sig1)/F 132/Rect[0 0 0 0]/P 3 0 R/V 9 0 R>>");
    make_signature(m, 9, SIG_KEYS);
}

static void signed_document(struct maker *m)
{
    make_start(m);
    put_document(m);
    make_end(m, "/Root 1 0 R");
}

enum { MIB = 1 << 20 };

static void repeat(struct maker *m, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buffer_str(&m->b, s);
    }
}

static void test_loops(void **state)
{
    (void)state;
    struct maker m;
    signed_document(&m);
    char trailer[64];
    (void)snprintf(trailer, sizeof trailer, "/Root 1 0 R/Prev %zu", m.b.n);
    m.prev = 0;
    make_end(&m, trailer); /* /Prev names this very section */
    expect(&m, "trailing-data", MIB);
    make_start(&m);
    put_document(&m);
    make_end(&m, "/Root 1 0 R/Prev 999999");
    expect(&m, "structure", MIB);
    make_start(&m);
    put_document(&m);
    make_end(&m, "/Root 1 0 R/Prev 99999999999999999");
    expect(&m, "structure", MIB);
}

static void test_huge_numbers(void **state)
{
    (void)state;
    struct maker m;
    make_start(&m);
    put_document(&m);
    size_t at = m.b.n;
    buffer_printf(
        &m.b, "xref\n0 8000000\ntrailer\n<</Size 8000000/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n",
        at);
    expect(&m, "structure", MIB);
    make_start(&m);
    put_document(&m);
    at = m.b.n;
    buffer_printf(&m.b, "xref\n99999999999 1\ntrailer\n<</Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n",
                  at);
    expect(&m, "structure", MIB);
    /* an object 4 GB behind the end */
    make_start(&m);
    put_document(&m);
    m.entries[m.count].num = 7;
    m.entries[m.count++].off = (size_t)4 << 30;
    make_object(&m, 6, "7 0 R");
    make_end(&m, "/Root 1 0 R/Size 4294967296");
    make_object(&m, 7, "<<>>");
    make_end(&m, "/Root 1 0 R");
    expect(&m, "object", MIB);
}

static void test_bombs(void **state)
{
    (void)state;
    struct maker m;
    size_t n = (size_t)400 << 20;
    uint8_t *zeros = calloc(1, n);
    assert_non_null(zeros);
    make_start(&m);
    put_document(&m);
    size_t at = m.b.n;
    buffer_str(&m.b, "41 0 obj\n");
    make_deflated(&m, "/Type/XRef/Size 64/W[1 4 2]/Root 1 0 R", span_make(zeros, n));
    buffer_printf(&m.b, "startxref\n%zu\n%%%%EOF\n", at);
    expect(&m, "limit", 4 * (size_t)MIB);
    /* in an object stream: the form is unreadable, the signature still found */
    make_start(&m);
    const struct packed list[] = {{1, "<<>>"}};
    make_note(&m, 40);
    buffer_str(&m.b, "40 0 obj\n");
    make_deflated(&m, "/Type/ObjStm/N 1/First 4", span_make(zeros, n));
    make_signature(&m, 9, SIG_KEYS);
    make_end_stream(&m, 41, 40, list, 1, "/Root 1 0 R");
    expect(&m, "limit", 4 * (size_t)MIB);
    free(zeros);
}

static void test_nesting(void **state)
{
    (void)state;
    struct maker m;
    make_start(&m);
    make_note(&m, 1);
    buffer_str(&m.b, "1 0 obj\n");
    repeat(&m, "[", 3 << 20);
    make_signature(&m, 9, SIG_KEYS);
    make_end(&m, "/Root 1 0 R");
    expect(&m, "limit", MIB);
    make_start(&m);
    make_note(&m, 1);
    buffer_str(&m.b, "1 0 obj\n");
    repeat(&m, "<</A", 1 << 20);
    make_end(&m, "/Root 1 0 R");
    expect(&m, "limit", MIB);
    make_start(&m);
    make_note(&m, 1);
    buffer_str(&m.b, "1 0 obj\n[");
    repeat(&m, "0 ", 2 << 20);
    buffer_str(&m.b, "]\nendobj\n");
    make_end(&m, "/Root 1 0 R");
    expect(&m, "limit", 64 * (size_t)MIB);
    make_start(&m);
    make_note(&m, 1);
    buffer_str(&m.b, "1 0 obj\n<<");
    for (int i = 0; i < 300000; i++) {
        buffer_printf(&m.b, "/K%d 0", i % 299999);
    }
    buffer_str(&m.b, ">>\nendobj\n");
    make_end(&m, "/Root 1 0 R");
    expect(&m, "duplicate-key", 128 * (size_t)MIB);
}

/* Table of many objects written in one go. */
struct many {
    size_t *offs;
    size_t n;
};

static void many_end(struct maker *m, struct many *many, unsigned first, const char *trailer)
{
    size_t at = m->b.n;
    buffer_printf(&m->b, "xref\n%u %zu\n", first, many->n);
    for (size_t i = 0; i < many->n; i++) {
        buffer_printf(&m->b, "%010zu 00000 n \n", many->offs[i]);
    }
    buffer_printf(&m->b, "trailer\n<<%s>>\nstartxref\n%zu\n%%%%EOF\n", trailer, at);
    free(many->offs);
}

static void many_start(struct maker *m, struct many *many, size_t n)
{
    make_start(m);
    *many = (struct many){calloc(n, sizeof(size_t)), 0};
    assert_non_null(many->offs);
}

static void many_object(struct maker *m, struct many *many, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void many_object(struct maker *m, struct many *many, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    many->offs[many->n++] = m->b.n;
    buffer_printf(&m->b, "%zu 0 obj\n%s\nendobj\n", many->n, text);
}

static void test_many_signatures(void **state)
{
    (void)state;
    enum { N = 10000 };
    struct maker m;
    struct many many;
    many_start(&m, &many, 2 * N + 2);
    many_object(&m, &many, "<</Type/Catalog/AcroForm<</Fields 2 0 R>>>>");
    many.offs[many.n++] = m.b.n;
    buffer_str(&m.b, "2 0 obj\n[");
    for (unsigned i = 0; i < N; i++) {
        buffer_printf(&m.b, "%u 0 R ", 3 + 2 * i);
    }
    buffer_str(&m.b, "]\nendobj\n");
    for (unsigned i = 0; i < N; i++) {
        many_object(&m, &many, "<</FT/Sig/T(S%u)/V %u 0 R>>", i, 4 + 2 * i);
        many_object(&m, &many, "<<%s/ByteRange[0 1 9 9]/Contents<00>>>", SIG_KEYS);
    }
    many_end(&m, &many, 1, "/Root 1 0 R");
    expect(&m, "limit", 32 * (size_t)MIB);
    /* without a form: only bytes */
    make_start(&m);
    put_document(&m);
    repeat(&m, "<</ByteRange[0 1 2 3]>>\n", N);
    make_end(&m, "/Root 1 0 R");
    struct read r;
    read_made(&r, &m);
    assert_int_equal(r.x.count, 1);
    read_end(&r);
    repeat(&m, "<</ByteRange[0 1 2 3]>>\n", N);
    expect(&m, "limit", MIB);
}

/* A form, a page tree and an object stream that lead back to themselves. */
static void test_cycles(void **state)
{
    (void)state;
    struct maker m;
    make_start(&m);
    make_object(&m, 1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R 8 0 R]>>>>");
    make_object(&m, 2, "<</Type/Pages/Kids[3 0 R 2 0 R]/Parent 2 0 R>>");
    make_object(&m, 3, "<</Type/Pages/Parent 2 0 R/Kids[2 0 R 3 0 R]/Annots 3 0 R>>");
    make_object(&m, 5, "<</T(a)/Kids[5 0 R 6 0 R]/Parent 6 0 R>>");
    make_object(&m, 6, "<</T(b)/Kids[5 0 R 6 0 R]/Parent 5 0 R>>");
    make_object(&m, 7, "<</Length 7 0 R>>\nstream\nx\nendstream");
    make_object(&m, 8, "<</FT/Sig/T(Sig1)/V 9 0 R>>");
    make_signature(&m, 9, SIG_KEYS);
    make_object(&m, 10, "10 0 R");
    make_end(&m, "/Root 1 0 R/Info 10 0 R");
    make_object(&m, 7, "<</Length 7 0 R>>\nstream\ny\nendstream");
    make_object(&m, 2, "<</Type/Pages/Kids[3 0 R 2 0 R]/Parent 2 0 R/Rotate 90>>");
    make_end(&m, "/Root 1 0 R/Info 10 0 R");
    expect(&m, "page-changed", MIB);
    /* an object stream inside itself, and one whose length is inside it */
    const struct packed self[] = {{40, "<<>>"}, {1, "<<>>"}};
    make_start(&m);
    make_object_stream(&m, 40, self, 2);
    m.count = 0;
    make_signature(&m, 9, SIG_KEYS);
    make_end_stream(&m, 41, 40, self, 2, "/Root 1 0 R");
    expect(&m, "object", MIB);
}

/* A list of the evidence store whose length a later revision makes longer: what is read of it then
 * would count as old as the revision that a document time-stamp is over. */
static void test_borrowed_bytes(void **state)
{
    (void)state;
    struct maker m;
    struct read r;
    make_start(&m);
    make_object(&m, 1, "<</Type/Catalog/Pages 2 0 R/DSS<</CRLs[20 0 R]>>>>");
    make_object(&m, 2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
    make_object(&m, 3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>");
    make_object(&m, 20, "<</Length 21 0 R>>\nstream\nOLD\nendstream");
    size_t body = m.b.n - strlen("OLD\nendstream\nendobj\n");
    make_object(&m, 21, "3");
    make_end(&m, "/Root 1 0 R");
    read_made(&r, &m);
    assert_int_equal(r.x.evidence_count, 1);
    assert_true(span_eq(r.x.evidence[0].der, SPAN_LIT("OLD")));
    read_end(&r);
    make_object(&m, 22, "<</Length 3>>\nstream\nNEW\nendstream");
    size_t end = m.b.n - strlen("\nendstream\nendobj\n");
    char length[24];
    (void)snprintf(length, sizeof length, "%zu", end - body);
    make_object(&m, 21, length);
    make_end(&m, "/Root 1 0 R");
    read_made(&r, &m);
    assert_int_equal(r.x.evidence_count, 0);
    read_end(&r);
    buffer_free(&m.b);
}

static void test_many_revisions(void **state)
{
    (void)state;
    struct maker m;
    signed_document(&m);
    for (int i = 0; i < 600; i++) {
        make_end(&m, "/Root 1 0 R");
    }
    expect(&m, "limit", 8 * (size_t)MIB);
    /* as many as permitted, each with a change that has to be compared */
    signed_document(&m);
    for (int i = 0; i < 498; i++) {
        make_object(&m, 20, i % 2 ? "<</A 1>>" : "<</A 2>>");
        make_end(&m, "/Root 1 0 R");
    }
    expect(&m, "orphan", 16 * (size_t)MIB);
}

/* Many pages and an update: the comparison visits every page once. */
static void test_many_pages(void **state)
{
    (void)state;
    enum { N = 50000 };
    struct maker m;
    struct many many;
    many_start(&m, &many, N + 16);
    many_object(&m, &many, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[3 0 R]>>>>");
    many.offs[many.n++] = m.b.n;
    buffer_str(&m.b, "2 0 obj\n<</Type/Pages/Kids[");
    for (unsigned i = 0; i < N; i++) {
        buffer_printf(&m.b, "%u 0 R ", 5 + i);
    }
    buffer_str(&m.b, "]/Count 50000>>\nendobj\n");
    many_object(&m, &many, "<</FT/Sig/T(Sig1)/V 4 0 R>>");
    many.offs[many.n++] = m.b.n;
    make_signature(&m, 4, SIG_KEYS);
    for (unsigned i = 0; i < N; i++) {
        many_object(&m, &many, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>");
    }
    size_t xref = m.b.n;
    many_end(&m, &many, 1, "/Root 1 0 R");
    m.count = 0;
    make_seal(&m);
    m.prev = xref;
    make_object(&m, N, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 1 1]/Contents 4 0 R>>");
    make_end(&m, "/Root 1 0 R");
    expect(&m, "page-changed", 64 * (size_t)MIB);
}

/* ---- mutations ---- */

static uint32_t random_state;

static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

/* Any single changed byte is covered by the signature or noticed by the reader. */
static void mutate(struct maker *m, size_t from, size_t to, bool strict)
{
    for (size_t at = from; at < to; at++) {
        uint8_t was = m->b.p[at];
        struct read r;
        m->b.p[at] = (uint8_t)(was ^ (1u << (next_random() % 8)));
        read_made(&r, m);
        bool sound = r.x.count && !r.x.signatures[0].broken && r.document.count == 0 &&
                     r.x.signatures[0].covers_whole_document;
        if (strict && sound) {
            const struct byte_range *g = r.x.signatures[0].ranges;
            bool covered = at < g[0].len || at >= g[1].off;
            bool blob = r.x.signatures[0].findings.count || !covered;
            assert_true(covered || blob);
        }
        read_end(&r);
        m->b.p[at] = was;
    }
}

static void test_mutations(void **state)
{
    (void)state;
    struct maker m;
    random_state = 20261121;
    signed_document(&m);
    mutate(&m, 0, m.b.n, true);
    make_object(&m, 3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[8 0 R 20 0 R]>>");
    make_object(&m, 20, "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/AP<</N 21 0 R>>>>");
    make_object(&m, 21, "<</Length 4>>\nstream\nq Q \nendstream");
    make_end(&m, "/Root 1 0 R");
    mutate(&m, 0, m.b.n, false);
    for (size_t n = m.b.n; n-- > 0;) {
        struct read r;
        m.b.n = n;
        read_made(&r, &m);
        read_end(&r);
    }
    buffer_free(&m.b);
}

/* Too little memory is our failure, never another answer about the document. */
static void test_memory(void **state)
{
    (void)state;
    struct maker m;
    signed_document(&m);
    make_object(&m, 3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[8 0 R]/Rotate 90>>");
    make_end(&m, "/Root 1 0 R");
    struct read r;
    read_made(&r, &m);
    size_t need = arena_used(r.arena);
    read_end(&r);
    for (size_t cap = 0; cap < need; cap += 16) {
        read_file(&r, buffer_span(&m.b), cap);
        assert_true(r.rc == -1 || arena_capped(r.arena));
        read_end(&r);
    }
    read_file(&r, buffer_span(&m.b), need);
    assert_int_equal(r.rc, 0);
    assert_int_equal(r.document.count, 0);
    assert_int_equal(r.x.count, 1);
    read_end(&r);
    buffer_free(&m.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loops),           cmocka_unit_test(test_huge_numbers),
        cmocka_unit_test(test_bombs),           cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_many_signatures), cmocka_unit_test(test_cycles),
        cmocka_unit_test(test_borrowed_bytes),  cmocka_unit_test(test_many_revisions),
        cmocka_unit_test(test_many_pages),      cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
