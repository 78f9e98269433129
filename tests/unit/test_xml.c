/*
 * The XML reader: what it reads, what it refuses, its limits; canonical forms against the examples
 * of the recommendations.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "satyapan/verify.h"
#include "xml/c14n.h"

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)1 << 30);
    return arena ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static enum xml_answer read_bytes(struct span s, struct xml_doc **doc, const char **why)
{
    enum xml_answer answer;
    const char *ignored;
    struct xml_doc *none;
    doc = doc ? doc : &none;
    assert_int_equal(xml_parse(arena, s, doc, &answer, why ? why : &ignored), 0);
    assert_int_equal(*doc != NULL, answer == XML_READ);
    return answer;
}

static enum xml_answer answer_to(const char *text)
{
    return read_bytes(span_str(text), NULL, NULL);
}

static void refuses_what_is_no_plain_xml(void **state)
{
    (void)state;
    const char *why = NULL;
    assert_int_equal(answer_to("<a/>"), XML_READ);
    assert_int_equal(answer_to("\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?><a/>"), XML_READ);
    assert_int_equal(answer_to("<!DOCTYPE a><a/>"), XML_DOCTYPE);
    assert_int_equal(answer_to("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"), XML_DOCTYPE);
    assert_int_equal(answer_to("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"), XML_DOCTYPE);
    assert_int_equal(answer_to("<a>&x;</a>"), XML_BROKEN);
    assert_int_equal(answer_to("<a>"), XML_BROKEN);
    assert_int_equal(answer_to("<a/><b/>"), XML_BROKEN);
    assert_int_equal(answer_to("<a/>text"), XML_BROKEN);
    assert_int_equal(answer_to("<a x='1' x='2'/>"), XML_BROKEN);
    assert_int_equal(answer_to("<p:a/>"), XML_BROKEN);
    assert_int_equal(answer_to("<a>\x01</a>"), XML_BROKEN);
    assert_int_equal(answer_to("<a>\xff</a>"), XML_BROKEN);
    assert_int_equal(answer_to(" "), XML_BROKEN);
    assert_int_equal(answer_to("<?xml version='1.0' encoding='windows-1252'?><a/>"), XML_ENCODING);
    assert_int_equal(answer_to("<?xml version='1.0' encoding='UTF-7'?><a/>"), XML_ENCODING);
    assert_int_equal(read_bytes(SPAN_LIT("<a>\n<b></a>"), NULL, &why), XML_BROKEN);
    assert_non_null(strstr(why, "line 2"));
}

static void reads_utf16(void **state)
{
    (void)state;
    struct xml_doc *doc;
    struct span s = SPAN_LIT("\xff\xfe<\0a\0>\0\x05\x09<\0/\0a\0>\0"), text;
    assert_int_equal(read_bytes(s, &doc, NULL), XML_READ);
    assert_int_equal(xml_text(arena, doc->root, &text), 0);
    assert_true(span_eq(text, SPAN_LIT("\xe0\xa4\x85")));
}

static void add_many(struct buffer *b, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buffer_str(b, s);
    }
}

static void keeps_its_limits(void **state)
{
    (void)state;
    struct buffer b;
    const char *why;
    buffer_init(&b, (size_t)200 << 20);
    add_many(&b, "<a>", XML_MAX_DEPTH);
    add_many(&b, "</a>", XML_MAX_DEPTH);
    assert_int_equal(read_bytes(buffer_span(&b), NULL, &why), XML_READ);
    buffer_free(&b);
    add_many(&b, "<a>", 10000);
    add_many(&b, "</a>", 10000);
    assert_int_equal(read_bytes(buffer_span(&b), NULL, &why), XML_LIMIT);
    assert_string_equal(why, "XML depth");
    buffer_free(&b);
    buffer_str(&b, "<a");
    for (int i = 0; i <= XML_MAX_ATTRIBUTES; i++) {
        buffer_printf(&b, " a%d='1'", i);
    }
    buffer_str(&b, "/>");
    assert_int_equal(read_bytes(buffer_span(&b), NULL, &why), XML_LIMIT);
    assert_string_equal(why, "XML attributes");
    buffer_free(&b);
    buffer_str(&b, "<a>");
    add_many(&b, "<b/>", 4000000);
    buffer_str(&b, "</a>");
    assert_int_equal(read_bytes(buffer_span(&b), NULL, &why), XML_LIMIT);
    assert_string_equal(why, "XML memory");
    buffer_free(&b);
    add_many(&b, " ", XML_MAX_SIZE + 1);
    assert_int_equal(read_bytes(buffer_span(&b), NULL, &why), XML_LIMIT);
    assert_string_equal(why, "XML size");
    buffer_free(&b);
}

static void a_million_elements(void **state)
{
    (void)state;
    struct buffer b;
    struct xml_doc *doc;
    size_t n = 0;
    buffer_init(&b, (size_t)200 << 20);
    buffer_str(&b, "<a>");
    add_many(&b, "<b/>", 999999);
    buffer_str(&b, "</a>");
    assert_int_equal(read_bytes(buffer_span(&b), &doc, NULL), XML_READ);
    for (xmlNode *at = doc->root; at; at = xml_walk(doc->root, at)) {
        n++;
    }
    assert_int_equal(n, 1000000);
    buffer_free(&b);
}

static struct span canonical(struct xml_doc *doc, xmlNode *apex, xmlNode **without, size_t count,
                             enum xml_c14n_mode mode, bool comments)
{
    struct xml_view view = {.doc = doc, .apex = apex, .without = without, .without_count = count};
    struct xml_method method = {.mode = mode, .comments = comments};
    struct xml_budget budget = {XML_BUDGET};
    enum xml_c14n_answer answer;
    struct span out;
    assert_int_equal(xml_canonical_bytes(arena, &view, &method, &budget, 1 << 20, &out, &answer),
                     0);
    assert_int_equal(answer, XML_C14N_DONE);
    return out;
}

static void assert_bytes(struct span got, const char *want)
{
    assert_string_equal(arena_str(arena, got), want);
}

/* Canonical XML 1.0, 2.1, 3.1, 3.2 and the sense of 4.x. */
static void canonical_forms(void **state)
{
    (void)state;
    struct xml_doc *doc;
    assert_int_equal(
        read_bytes(
            SPAN_LIT("<?xml version=\"1.0\"?>\r\n<?p q?>\r\n<!--c-->\r\n"
                     "<b:r xmlns:b='urn:u' xmlns='urn:v' z='1' a=\"&lt;'\"><e></e  ><!--d-->&#13;"
                     "<x:k xmlns:x='urn:w' xmlns:b='urn:u'/></b:r>\n<?p?>"),
            &doc, NULL),
        XML_READ);
    assert_bytes(canonical(doc, NULL, NULL, 0, XML_C14N_INCLUSIVE, false),
                 "<?p q?>\n<b:r xmlns=\"urn:v\" xmlns:b=\"urn:u\" a=\"&lt;'\" z=\"1\"><e></e>&#xD;"
                 "<x:k xmlns:x=\"urn:w\"></x:k></b:r>\n<?p?>");
    assert_bytes(
        canonical(doc, NULL, NULL, 0, XML_C14N_INCLUSIVE, true),
        "<?p q?>\n<!--c-->\n<b:r xmlns=\"urn:v\" xmlns:b=\"urn:u\" a=\"&lt;'\" z=\"1\"><e></e>"
        "<!--d-->&#xD;<x:k xmlns:x=\"urn:w\"></x:k></b:r>\n<?p?>");
    xmlNode *e = xml_first(doc->root), *k = xml_next(e);
    assert_bytes(canonical(doc, k, NULL, 0, XML_C14N_INCLUSIVE, true),
                 "<x:k xmlns=\"urn:v\" xmlns:b=\"urn:u\" xmlns:x=\"urn:w\"></x:k>");
    assert_bytes(canonical(doc, k, NULL, 0, XML_C14N_EXCLUSIVE, true),
                 "<x:k xmlns:x=\"urn:w\"></x:k>");
    assert_bytes(canonical(doc, doc->root, &k, 1, XML_C14N_EXCLUSIVE, false),
                 "<b:r xmlns:b=\"urn:u\" a=\"&lt;'\" z=\"1\"><e xmlns=\"urn:v\"></e>&#xD;</b:r>");
    xmlNode *both[] = {e, e->next, e->next->next, k};
    assert_bytes(canonical(doc, doc->root, both, 4, XML_C14N_EXCLUSIVE, true),
                 "<b:r xmlns:b=\"urn:u\" a=\"&lt;'\" z=\"1\"></b:r>");
    /* The tree is as before. */
    assert_bytes(canonical(doc, doc->root, NULL, 0, XML_C14N_EXCLUSIVE, true),
                 "<b:r xmlns:b=\"urn:u\" a=\"&lt;'\" z=\"1\"><e xmlns=\"urn:v\"></e><!--d-->&#xD;"
                 "<x:k xmlns:x=\"urn:w\"></x:k></b:r>");
}

/* Attributes of the xml namespace come down from the ancestors of the apex; xml:id and a joined
 * xml:base do so in 1.1 as it says (Canonical XML 1.1, 2.4). */
static void inherits_xml_attributes(void **state)
{
    (void)state;
    struct xml_doc *doc;
    assert_int_equal(
        read_bytes(SPAN_LIT("<a xml:lang='hi' xml:id='i'><b><c/></b></a>"), &doc, NULL), XML_READ);
    xmlNode *c = xml_first(xml_first(doc->root));
    assert_bytes(canonical(doc, c, NULL, 0, XML_C14N_INCLUSIVE, false),
                 "<c xml:id=\"i\" xml:lang=\"hi\"></c>");
    assert_bytes(canonical(doc, c, NULL, 0, XML_C14N_INCLUSIVE_11, false),
                 "<c xml:lang=\"hi\"></c>");
    assert_bytes(canonical(doc, c, NULL, 0, XML_C14N_EXCLUSIVE, false), "<c></c>");
}

static void canonical_limits(void **state)
{
    (void)state;
    struct xml_doc *doc;
    enum xml_c14n_answer answer;
    struct span out;
    assert_int_equal(read_bytes(SPAN_LIT("<a xmlns:b='rel'><b:c/></a>"), &doc, NULL), XML_READ);
    struct xml_view view = {.doc = doc};
    struct xml_method method = {.mode = XML_C14N_INCLUSIVE};
    struct xml_budget budget = {XML_BUDGET}, none = {3};
    assert_int_equal(xml_canonical_bytes(arena, &view, &method, &budget, 1 << 20, &out, &answer),
                     0);
    assert_int_equal(answer, XML_C14N_IMPOSSIBLE);
    assert_int_equal(read_bytes(SPAN_LIT("<a><c/></a>"), &doc, NULL), XML_READ);
    view.doc = doc;
    assert_int_equal(xml_canonical_bytes(arena, &view, &method, &none, 1 << 20, &out, &answer), 0);
    assert_int_equal(answer, XML_C14N_LIMIT);
    assert_int_equal(xml_canonical_bytes(arena, &view, &method, &budget, 4, &out, &answer), 0);
    assert_int_equal(answer, XML_C14N_LIMIT);
}

static void values(void **state)
{
    (void)state;
    struct xml_doc *doc;
    struct span s;
    const char *word;
    assert_int_equal(read_bytes(SPAN_LIT("<a xmlns='u' i=''><b> QU<!--x-->I=&#13;\n</b>"
                                         "<b>Q<c/></b><d xmlns=''>\n w </d></a>"),
                                &doc, NULL),
                     XML_READ);
    xmlNode *b = xml_child(doc->root, "u", "b"), *b2 = xml_next_named(b, "u", "b");
    assert_int_equal(xml_base64(arena, b, &s), 0);
    assert_true(span_eq(s, SPAN_LIT("AB")));
    assert_int_equal(xml_base64(arena, b2, &s), 0);
    assert_null(s.p);
    assert_null(xml_child(doc->root, "u", "d"));
    assert_int_equal(xml_word(arena, xml_child(doc->root, NULL, "d"), &word), 0);
    assert_string_equal(word, "w");
    assert_string_equal(xml_attr(doc->root, "i"), "");
    assert_null(xml_attr(doc->root, "I"));
    assert_true(xml_inside(xml_first(b2), doc->root));
    assert_false(xml_inside(doc->root, b2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_no_plain_xml),
        cmocka_unit_test(reads_utf16),
        cmocka_unit_test(keeps_its_limits),
        cmocka_unit_test(a_million_elements),
        cmocka_unit_test(canonical_forms),
        cmocka_unit_test(inherits_xml_attributes),
        cmocka_unit_test(canonical_limits),
        cmocka_unit_test(values),
    };
    return sp_init() ? 70 : cmocka_run_group_tests(tests, setup, teardown);
}
