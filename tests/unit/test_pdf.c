/*
 * test_pdf - structure, signature discovery and ByteRange of the PDF reader, sound and broken.
 */
#include "pdf_maker.h"

#define SIG_KEYS "/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"
#define FIELD    "<</Type/Annot/Subtype/Widget/FT/Sig/T(Sig1)/F 132/Rect[0 0 0 0]/P 3 0 R/V 9 0 R>>"

static const char *const page_objects[] = {
    "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[8 0 R]/SigFlags 3>>>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[8 0 R]>>",
};

static void put_page(struct maker *m)
{
    for (unsigned i = 0; i < 3; i++) {
        make_object(m, i + 1, page_objects[i]);
    }
    make_object(m, 8, FIELD);
}

static void signed_document(struct maker *m, const char *keys)
{
    make_start(m);
    put_page(m);
    make_signature(m, 9, keys);
    make_end(m, "/Root 1 0 R");
}

/* Findings of the document, then of each signature, as "doc: ...; 0: ...; 1: ...". */
static const char *summary(struct read *r)
{
    const char *s = arena_printf(r->arena, "doc: %s", read_codes(r, &r->document));
    for (size_t i = 0; i < r->x.count; i++) {
        s = arena_printf(r->arena, "%s; %zu%s: %s", s, i,
                         r->x.signatures[i].broken ? " broken" : "",
                         read_codes(r, &r->x.signatures[i].findings));
    }
    assert_non_null(s);
    return s;
}

static void expect(struct maker *m, const char *want)
{
    struct read r;
    read_made(&r, m);
    assert_string_equal(summary(&r), want);
    read_end(&r);
}

/* Overwrites the first occurrence of a text with another of the same length. */
static void patch(struct maker *m, const char *from, const char *to)
{
    size_t at = span_find(buffer_span(&m->b), span_str(from), 0);
    assert_int_equal(strlen(from), strlen(to));
    assert_int_not_equal(at, SIZE_MAX);
    memcpy(m->b.p + at, to, strlen(to));
}

static void test_facts(void **state)
{
    (void)state;
    struct maker m;
    struct read r;
    signed_document(&m, SIG_KEYS "/M(D:20260115100000+05'30')");
    read_made(&r, &m);
    assert_int_equal(r.x.count, 1);
    const struct extracted *s = &r.x.signatures[0];
    assert_string_equal(summary(&r), "doc: ; 0: ");
    assert_int_equal(s->kind, SP_KIND_PADES);
    assert_true(s->cades_required && s->single_signer && s->covers_whole_document);
    assert_string_equal(s->field, "Sig1");
    assert_true(span_eq(s->blob, SPAN_LIT("\x30\x03\x02\x01\x05")));
    assert_int_equal(s->claimed_time, 1768451400);
    assert_int_equal(s->range_count, 2);
    assert_int_equal(s->ranges[0].off, 0);
    assert_int_equal(m.b.p[s->ranges[0].len], '<');
    assert_int_equal(m.b.p[s->ranges[1].off - 1], '>');
    assert_int_equal(s->ranges[1].off + s->ranges[1].len, m.b.n);
    assert_true(s->has_modification && s->modification == SP_MOD_NONE && s->modification_allowed);
    read_end(&r);
    buffer_free(&m.b);
}

static void test_subfilters(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        enum sp_kind kind;
        enum blob_kind blob;
        bool cades, cert;
    } rows[] = {
        {"/SubFilter/ETSI.CAdES.detached", SP_KIND_PADES, BLOB_CMS, true, false},
        {"/SubFilter/adbe.pkcs7.detached", SP_KIND_PDF_PKCS7, BLOB_CMS, false, false},
        {"/SubFilter/adbe.pkcs7.sha1", SP_KIND_PDF_PKCS7, BLOB_CMS_SHA1, false, false},
        {"/SubFilter/adbe.x509.rsa_sha1/Cert<0102>", SP_KIND_PDF_PKCS7, BLOB_RSA_SHA1, false, true},
        {"/SubFilter/adbe.x509.rsa_sha1/Cert[(\\001\\002)(x)]", SP_KIND_PDF_PKCS7, BLOB_RSA_SHA1,
         false, true},
        {"/SubFilter/ETSI#2eRFC3161/Type/DocTimeStamp", SP_KIND_DOCTIMESTAMP, BLOB_TST, false,
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct maker m;
        struct read r;
        signed_document(&m, rows[i].keys);
        read_made(&r, &m);
        const struct extracted *s = &r.x.signatures[0];
        assert_string_equal(summary(&r), "doc: ; 0: ");
        assert_int_equal(s->kind, rows[i].kind);
        assert_int_equal(s->blob_kind, rows[i].blob);
        assert_int_equal(s->cades_required, rows[i].cades);
        assert_int_equal(s->cert.n, rows[i].cert ? 2 : 0);
        read_end(&r);
        buffer_free(&m.b);
    }
}

static void test_dates(void **state)
{
    (void)state;
    static const struct {
        const char *m;
        int64_t want;
    } rows[] = {
        {"/M(D:20260115100000Z)", 1768471200},
        {"/M(D:20260115100000)", 1768471200},
        {"/M(20260115)", 1768435200},
        {"/M(D:20260115100000-0500)", 1768489200},
        {"/M(D:20261315)", SP_NO_TIME},
        {"/M(yesterday)", SP_NO_TIME},
        {"/M(D:20260115100000+05'3)", SP_NO_TIME},
        {"/M 5", SP_NO_TIME},
        {"", SP_NO_TIME},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct maker m;
        struct read r;
        char keys[128];
        (void)snprintf(keys, sizeof keys, SIG_KEYS "%s", rows[i].m);
        signed_document(&m, keys);
        read_made(&r, &m);
        assert_true(r.x.signatures[0].claimed_time == rows[i].want);
        read_end(&r);
        buffer_free(&m.b);
    }
}

/* The same document with one text replaced by another of the same length. */
static void test_broken_signatures(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"/ByteRange [0", "/ByteRangx [0", "doc: ; 0 broken: byte-range"},
        {"[0 00", "[5 00", "doc: ; 0 broken: byte-range"},
        {"[0 00", "[0 -0", "doc: ; 0 broken: byte-range"},
        {"/ByteRange [0 0", "/ByteRange [0.0", "doc: ; 0 broken: byte-range"},
        {"/ByteRange [0 ", "/ByteRange [[ ", "doc: object; 0 broken: byte-range"},
        {"/Contents <", "/Contentz <", "doc: ; 0 broken: contents"},
        {"<3003020105", "(3003020105", "doc: object; 0 broken: byte-range"},
        {"<3003020105", "<3003 20105", "doc: ; 0 broken: byte-range"},
        {"<3003020105", "<0000000000", "doc: ; 0 broken: contents"},
        {"CAdES.detached", "CAdES.detachee", "doc: ; 0 broken: subfilter"},
        {"/Filter/Adobe", "/Filter/Adobf", "doc: ; 0: "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct maker m;
        signed_document(&m, SIG_KEYS);
        patch(&m, rows[i][0], rows[i][1]);
        expect(&m, rows[i][2]);
        buffer_free(&m.b);
    }
}

static void test_duplicate_keys(void **state)
{
    (void)state;
    struct maker m;
    signed_document(&m, SIG_KEYS "/ByteRange[0 1 2 3]");
    expect(&m, "doc: duplicate-key; 0 broken: byte-range");
    buffer_free(&m.b);
    signed_document(&m, SIG_KEYS "/Byte#52ange[0 1 2 3]");
    expect(&m, "doc: duplicate-key; 0 broken: byte-range");
    buffer_free(&m.b);
}

static void test_padding(void **state)
{
    (void)state;
    struct maker m;
    struct read r;
    signed_document(&m, SIG_KEYS);
    patch(&m, "<300302010500000000", "<300302010500000001");
    expect(&m, "doc: ; 0: contents-padding");
    buffer_free(&m.b);
    /* indefinite length: the end-of-contents octets belong to the value */
    signed_document(&m, SIG_KEYS);
    patch(&m, "<300302010500000000", "<308002010500000000");
    read_made(&r, &m);
    assert_string_equal(summary(&r), "doc: ; 0: ");
    assert_int_equal(r.x.signatures[0].blob.n, 7);
    read_end(&r);
    buffer_free(&m.b);
}

static void append(struct maker *m, const char *text)
{
    buffer_str(&m->b, text);
}

static void test_tail(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", "doc: ; 0: "},
        {"\n", "doc: ; 0: "},
        {"\r\n", "doc: ; 0: "},
        {"\n\n", "doc: ; 0: trailing-comment"},
        {" ", "doc: ; 0: trailing-comment"},
        {"% comment\n", "doc: ; 0: trailing-comment"},
        {"x", "doc: ; 0: trailing-data"},
        {"4 0 obj\n<<>>\nendobj\n", "doc: ; 0: trailing-data"},
        {"startxref\n9\n%%EOF\n", "doc: ; 0: trailing-data"},
        {"4 0 obj\n<<>>\nendobj\nstartxref\n9\n", "doc: ; 0: trailing-data"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct maker m;
        signed_document(&m, SIG_KEYS);
        append(&m, rows[i][0]);
        expect(&m, rows[i][1]);
        buffer_free(&m.b);
    }
}

/* A copy of the document with bytes in front, or cut after n bytes. */
static void test_front_and_cut(void **state)
{
    (void)state;
    struct maker m;
    struct maker shifted = {0};
    signed_document(&m, SIG_KEYS);
    buffer_init(&shifted.b, 1 << 20);
    append(&shifted, "junk\n");
    buffer_add(&shifted.b, buffer_span(&m.b));
    expect(&shifted, "doc: header structure; 0 broken: byte-range");
    buffer_free(&shifted.b);
    m.b.n -= 7;
    expect(&m, "doc: structure; 0 broken: byte-range");
    m.b.n = 200;
    expect(&m, "doc: structure");
    m.b.n = 0;
    expect(&m, "doc: header structure");
    buffer_free(&m.b);
}

/* A broken update behind a sound signature; it carries a further signature. */
static void test_broken_update(void **state)
{
    (void)state;
    struct maker m;
    signed_document(&m, SIG_KEYS);
    make_signature(&m, 21, SIG_KEYS);
    make_end(&m, "/Root 1 0 R");
    m.b.n -= 8;
    expect(&m, "doc: ; 0: trailing-data; 1 broken: byte-range");
    buffer_free(&m.b);
}

/* ---- cross-reference streams and object streams ---- */

static const struct packed packed_page[] = {
    {1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[8 0 R]/SigFlags 3>>>>"},
    {2, "<</Type/Pages/Kids[3 0 R]/Count 1>>"},
    {3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[8 0 R]>>"},
    {8, FIELD},
};

static void packed_document(struct maker *m)
{
    make_start(m);
    make_object_stream(m, 40, packed_page, 4);
    make_signature(m, 9, SIG_KEYS);
    make_end_stream(m, 41, 40, packed_page, 4, "/Root 1 0 R");
}

static void test_streams(void **state)
{
    (void)state;
    struct maker m;
    struct read r;
    packed_document(&m);
    read_made(&r, &m);
    assert_string_equal(summary(&r), "doc: ; 0: ");
    assert_string_equal(r.x.signatures[0].field, "Sig1");
    assert_true(r.x.signatures[0].covers_whole_document);
    read_end(&r);
    /* an update in streams */
    const struct packed turned[] = {
        {3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[8 0 R]/Rotate 90>>"}};
    make_object_stream(&m, 42, turned, 1);
    make_end_stream(&m, 43, 42, turned, 1, "/Root 1 0 R");
    expect(&m, "doc: ; 0: page-changed");
    buffer_free(&m.b);
    /* the object stream itself replaced: programs differ in which one they read */
    packed_document(&m);
    make_object_stream(&m, 40, turned, 1);
    make_end_stream(&m, 43, 40, turned, 1, "/Root 1 0 R");
    read_made(&r, &m);
    assert_true(r.document.count > 0);
    assert_non_null(strstr(summary(&r), "doc: object"));
    read_end(&r);
    buffer_free(&m.b);
    packed_document(&m);
    make_object(&m, 40, "<<>>");
    make_end(&m, "/Root 1 0 R");
    read_made(&r, &m);
    assert_non_null(strstr(summary(&r), "doc: object"));
    read_end(&r);
    buffer_free(&m.b);
    /* an update in a table */
    packed_document(&m);
    make_object(&m, 3, packed_page[2].body);
    make_end(&m, "/Root 1 0 R");
    expect(&m, "doc: ; 0: identical-copy");
    buffer_free(&m.b);
}

/* Every object listed again with each update, at its old place: nothing changed. */
static void test_listed_again(void **state)
{
    (void)state;
    struct maker m;
    signed_document(&m, SIG_KEYS);
    size_t sig = span_find(buffer_span(&m.b), SPAN_LIT("9 0 obj"), 0);
    size_t page = span_find(buffer_span(&m.b), SPAN_LIT("3 0 obj"), 0);
    m.entries[0].num = 9;
    m.entries[0].off = sig;
    m.entries[1].num = 3;
    m.entries[1].off = page;
    m.count = 2;
    make_end(&m, "/Root 1 0 R");
    expect(&m, "doc: ; 0: ");
    /* at the place of another object, which is not in the update's own bytes */
    m.entries[0].num = 50;
    m.entries[0].off = page;
    m.count = 1;
    make_end(&m, "/Root 1 0 R");
    expect(&m, "doc: object; 0: orphan");
    buffer_free(&m.b);
}

/* ISO 32000-2 7.5.8.4: a table that also names a cross-reference stream. */
static void hybrid_end(struct maker *m, const struct packed *list, size_t count, unsigned base)
{
    char trailer[64];
    struct maker stream = *m;
    stream.prev = 0;
    stream.count = 0;
    stream.sig = 0;
    make_object_stream(&stream, base, list, count);
    size_t sig = m->sig;
    size_t start = stream.b.n;
    make_end_stream(&stream, base + 1, base, list, count, "");
    (void)snprintf(trailer, sizeof trailer, "/Root 1 0 R/XRefStm %zu", start);
    /* the stream has no startxref of its own */
    size_t end = span_find(buffer_span(&stream.b), SPAN_LIT("startxref\n"), start);
    stream.b.n = end;
    m->b = stream.b;
    m->sig = sig;
    make_end(m, trailer);
}

static void test_hybrid(void **state)
{
    (void)state;
    struct maker m;
    struct read r;
    make_start(&m);
    make_signature(&m, 9, SIG_KEYS);
    hybrid_end(&m, packed_page, 4, 40);
    read_made(&r, &m);
    assert_string_equal(summary(&r), "doc: ; 0: ");
    assert_string_equal(r.x.signatures[0].field, "Sig1");
    read_end(&r);
    buffer_free(&m.b);
    signed_document(&m, SIG_KEYS);
    const struct packed extra[] = {{50, "<<>>"}};
    hybrid_end(&m, extra, 1, 44);
    expect(&m, "doc: ; 0: hybrid-update orphan");
    buffer_free(&m.b);
}

/* ---- discovery ---- */

static void test_field_tree(void **state)
{
    (void)state;
    struct maker m;
    struct read r;
    make_start(&m);
    make_object(&m, 1, "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R>>");
    make_object(&m, 2, page_objects[1]);
    make_object(&m, 3, page_objects[2]);
    make_object(&m, 5, "<</Fields 6 0 R>>");
    make_object(&m, 6, "[7 0 R 7 0 R]");
    make_object(&m, 7, "<</T(Group)/FT/Sig/Kids[8 0 R 7 0 R]>>");
    make_object(&m, 8, "<</T<FEFF0939093F>/Parent 7 0 R/V 9 0 R/Kids[10 0 R]>>");
    make_object(&m, 10, "<</Type/Annot/Subtype/Widget/Parent 8 0 R/Rect[0 0 0 0]>>");
    make_signature(&m, 9, SIG_KEYS);
    make_end(&m, "/Root 1 0 R");
    read_made(&r, &m);
    assert_string_equal(summary(&r), "doc: ; 0: ");
    assert_string_equal(r.x.signatures[0].field, "Group.हि");
    read_end(&r);
    buffer_free(&m.b);
}

static void test_no_signature(void **state)
{
    (void)state;
    struct maker m;
    make_start(&m);
    make_object(&m, 1, page_objects[0]);
    make_object(&m, 2, page_objects[1]);
    make_object(&m, 3, page_objects[2]);
    make_object(&m, 8, "<</FT/Sig/T(Empty)/V null>>");
    make_object(&m, 9, "<</Length 12>>\nstream\n /ByteRange \nendstream");
    make_end(&m, "/Root 1 0 R");
    expect(&m, "doc: ");
    buffer_free(&m.b);
}

static void test_unlisted(void **state)
{
    (void)state;
    struct maker m;
    make_start(&m);
    make_object(&m, 1, "<</Type/Catalog/Pages 2 0 R>>");
    make_object(&m, 2, page_objects[1]);
    make_object(&m, 3, page_objects[2]);
    make_signature(&m, 9, SIG_KEYS);
    make_end(&m, "/Root 1 0 R");
    expect(&m, "doc: ; 0: unlisted-signature");
    buffer_free(&m.b);
    /* in bytes that no object owns */
    make_start(&m);
    make_object(&m, 1, "<</Type/Catalog/Pages 2 0 R>>");
    append(&m, "99 0 obj <</Type/Sig/ByteRange[0 1 2 3]/Contents<00>>> endobj\n");
    make_end(&m, "/Root 1 0 R");
    expect(&m, "doc: ; 0 broken: byte-range");
    buffer_free(&m.b);
}

static void test_usage_rights(void **state)
{
    (void)state;
    struct maker m;
    make_start(&m);
    make_object(&m, 1, "<</Type/Catalog/Pages 2 0 R/Perms<</UR3 9 0 R>>>>");
    make_object(&m, 2, page_objects[1]);
    make_object(&m, 3, page_objects[2]);
    make_signature(&m, 9, SIG_KEYS);
    make_end(&m, "/Root 1 0 R");
    expect(&m, "doc: usage-rights");
    buffer_free(&m.b);
}

static void test_encrypted(void **state)
{
    (void)state;
    struct maker m;
    struct read r;
    make_start(&m);
    put_page(&m);
    make_object(&m, 10, "<</Filter/Other.Handler/V 2/R 3/Length 128/O(x)/U(y)/P -4>>");
    make_signature(&m, 9, SIG_KEYS);
    make_end(&m, "/Root 1 0 R/Encrypt 10 0 R");
    read_made(&r, &m);
    assert_string_equal(summary(&r), "doc: encryption-unsupported; 0: ");
    assert_null(r.x.signatures[0].field);
    assert_int_equal(r.x.signatures[0].blob.n, 5);
    assert_true(r.x.signatures[0].covers_whole_document);
    read_end(&r);
    make_object(&m, 3, page_objects[2]);
    make_end(&m, "/Root 1 0 R/Encrypt 10 0 R");
    expect(&m, "doc: encryption-unsupported; 0: encrypted-changes");
    buffer_free(&m.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts),          cmocka_unit_test(test_subfilters),
        cmocka_unit_test(test_dates),          cmocka_unit_test(test_broken_signatures),
        cmocka_unit_test(test_duplicate_keys), cmocka_unit_test(test_padding),
        cmocka_unit_test(test_tail),           cmocka_unit_test(test_front_and_cut),
        cmocka_unit_test(test_broken_update),  cmocka_unit_test(test_streams),
        cmocka_unit_test(test_hybrid),         cmocka_unit_test(test_listed_again),
        cmocka_unit_test(test_field_tree),     cmocka_unit_test(test_no_signature),
        cmocka_unit_test(test_unlisted),       cmocka_unit_test(test_usage_rights),
        cmocka_unit_test(test_encrypted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
