/*
 * test_office_parts - what the officers' pages are made of: dates, money, badges, tables, forms,
 * charts, the frame; every word in two languages. The data is JSON written here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "http/office/pages_chart.h"
#include "http/office/pages_form.h"
#include "http/office/pages_list.h"

/* ---- operations of the test ------------------------------------------------------------------ */

static const char *const kinds[] = {"fresh", "recertification", NULL};
static const char *const sorts[] = {"due_on", "number", NULL};
static const struct op_param list_params[] = {
    {"state", OP_IN_QUERY, OP_WORD, false, 0, kinds, "State", "स्थिति"},
    {"text", OP_IN_QUERY, OP_TEXT, false, 40, NULL, "Words", "शब्द"},
    {"sort", OP_IN_QUERY, OP_WORD, false, 0, sorts, "Order", "क्रम"},
    {0}};
static const struct op_param create_params[] = {
    {"application", OP_IN_PATH, OP_ID, true, 0, NULL, "Application", "आवेदन"},
    {"kind", OP_IN_BODY, OP_WORD, true, 0, kinds, "Kind", "प्रकार"},
    {"product", OP_IN_BODY, OP_TEXT, true, 200, NULL, "Product", "उत्पाद"},
    {"amount_paise", OP_IN_BODY, OP_PAISE, false, 0, NULL, "Fee", "शुल्क"},
    {"paid_on", OP_IN_BODY, OP_DATE, false, 0, NULL, "Paid on", "भुगतान की तिथि"},
    {"reason", OP_IN_BODY, OP_LONG, false, 0, NULL, "Reason", "कारण"},
    {"lab", OP_IN_BODY, OP_ID, false, 0, NULL, "Laboratory", "प्रयोगशाला"},
    {"critical", OP_IN_BODY, OP_TRUTH, false, 0, NULL, "Critical", "महत्वपूर्ण"},
    {"version", OP_IN_BODY, OP_INTEGER, true, 0, NULL, "Version", "संस्करण"},
    {0}};
static const struct op ops[] = {
    {"application.list", "GET", "/a", "List applications", "आवेदनों की सूची", ROLE_ANY,
     OP_READ | OP_PAGED, 0, NULL, list_params, NULL, NULL},
    {"application.create", "POST", "/a", "Begin an application", "आवेदन आरंभ करें", ROLE_VENDOR, 0, 0,
     NULL, create_params, NULL, NULL},
    {"lab.list", "GET", "/l", "List laboratories", "प्रयोगशालाओं की सूची", ROLE_ANY,
     OP_READ | OP_PAGED, 0, NULL, NULL, NULL, NULL},
    {"person.list", "GET", "/p", "List people", "लोगों की सूची", ROLE_ADMIN, OP_READ, 0, NULL, NULL,
     NULL, NULL},
};

static const struct op *find(const char *id)
{
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        if (strcmp(ops[i].id, id) == 0) {
            return &ops[i];
        }
    }
    return NULL;
}

static const struct op *at(size_t i)
{
    return i < sizeof ops / sizeof *ops ? &ops[i] : NULL;
}

static const char *labs_said; /* what the list of laboratories answers; NULL: one */

static int read_op(void *context, const struct op *op, const json_t *in, int64_t limit,
                   const char *after, json_t **out, enum op_problem *problem)
{
    (void)context, (void)in, (void)limit, (void)after;
    if (strcmp(op->id, "lab.list") == 0) {
        *out = json_loads(labs_said
                              ? labs_said
                              : "{\"items\":[{\"id\":4,\"name\":\"ERTL <East>\"}],\"next\":null}",
                          0, NULL);
    } else {
        *problem = OP_NOT_FOUND;
    }
    return 0;
}

static const struct view_source source = {find, at, read_op, NULL, NULL};
static const struct actor vendor = {
    .person = 7, .roles = ROLE_VENDOR, .firm = 3, .name = "A <&> B"};

struct page {
    struct view v;
    struct buffer out;
    json_t *query;
};

static int setup(void **state)
{
    static struct page p;
    p = (struct page){0};
    buffer_init(&p.out, 1 << 20);
    p.query = json_object();
    p.v = (struct view){.h = {&p.out},
                        .arena = arena_new(1 << 20),
                        .source = &source,
                        .actor = &vendor,
                        .form_token = "tok\"en",
                        .form_key = "key",
                        .path = "/office",
                        .query = p.query};
    *state = &p;
    return p.v.arena ? 0 : -1;
}

static int teardown(void **state)
{
    struct page *p = *state;
    arena_free(p->v.arena);
    buffer_free(&p->out);
    json_decref(p->query);
    return 0;
}

static size_t count(struct page *p, const char *what)
{
    size_t n = 0, at = 0;
    while ((at = span_find(buffer_span(&p->out), span_str(what), at)) != SIZE_MAX) {
        n++;
        at++;
    }
    return n;
}

static json_t *parsed(const char *text)
{
    json_error_t e;
    json_t *j = json_loads(text, 0, &e);
    assert_non_null(j);
    return j;
}

/* ---- text ------------------------------------------------------------------------------------ */

static void test_dates(void **state)
{
    char out[TEXT_SIZE];
    (void)state;
    assert_string_equal(text_date("2026-11-21", false, out), "21 Nov 2026");
    assert_string_equal(text_date("2026-11-21", true, out), "21 नवंबर 2026");
    assert_string_equal(text_date("2028-02-29", false, out), "29 Feb 2028");
    assert_string_equal(text_date("soon", false, out), "soon");
    assert_string_equal(text_date(NULL, false, out), "");
}

static void test_money(void **state)
{
    static const struct {
        const char *text;
        int64_t paise;
    } good[] = {{"29500", 2950000},
                {"29,500.50", 2950050},
                {"₹ 1,00,000", 10000000},
                {"0.5", 50},
                {"0.05", 5},
                {"7.", 700}};
    static const char *const bad[] = {
        "", ".", "-5", "1.234", "12a", "1.2.3", "99999999999999999999"};
    char out[TEXT_SIZE];
    int64_t n;
    (void)state;
    assert_string_equal(text_number(100000, out), "1,00,000");
    assert_string_equal(text_number(123456789, out), "12,34,56,789");
    assert_string_equal(text_number(999, out), "999");
    assert_string_equal(text_number(-1000, out), "-1,000");
    assert_string_equal(text_number(0, out), "0");
    assert_string_equal(text_money(2950000, out), "₹29,500");
    assert_string_equal(text_money(10000005, out), "₹1,00,000.05");
    assert_string_equal(text_money(-150, out), "-₹1.50");
    assert_string_equal(text_rupees(2950050, out), "29500.50");
    assert_string_equal(text_bytes(1023, out), "1023 B");
    assert_string_equal(text_bytes(1536, out), "1.5 KB");
    assert_string_equal(text_bytes(209715200, out), "200 MB");
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(text_paise(good[i].text, &n));
        assert_int_equal(n, good[i].paise);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(text_paise(bad[i], &n));
    }
}

/* Both languages, the same places for arguments, nothing left in the other language. */
static bool devanagari(const char *s)
{
    return strstr(s, "\xe0\xa4") || strstr(s, "\xe0\xa5");
}

static void check_pair(const char *name, const char *en, const char *hi)
{
    static const char *const same[] = {"STQC", "SHA-256"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        if (strcmp(en, same[i]) == 0 && strcmp(hi, same[i]) == 0) {
            return;
        }
    }
    if (!*en || !*hi || devanagari(hi) != true || devanagari(en)) {
        fail_msg("%s: \"%s\" and \"%s\"", name, en, hi);
    }
    for (const char *mark = "01"; *mark; mark++) {
        char text[] = {'{', *mark, '}', 0};
        assert_int_equal(strstr(en, text) != NULL, strstr(hi, text) != NULL);
    }
}

static void test_words(void **state)
{
    (void)state;
    for (int i = 0; i < OW_COUNT; i++) {
        if (i != OW_LANGUAGE_NAME) {
            check_pair("word", office_word(LANG_EN, (enum office_word)i),
                       office_word(LANG_HI, (enum office_word)i));
        }
    }
#define OFFICE_FIELD(name, kind, en, hi) check_pair(name, en, hi);
#include "http/office/pages_fields.def"
#undef OFFICE_FIELD
#define OFFICE_VOCAB(word, tone, en, hi) check_pair(word, en, hi);
#include "http/office/pages_vocab.def"
#undef OFFICE_VOCAB
#define OFFICE_KIND(word, en, hi) check_pair(word, en, hi);
#include "http/office/pages_kinds.def"
#undef OFFICE_KIND
}

/* Every word a form or a list of the real operations offers can be shown in both languages. */
static void test_operations_words(void **state)
{
    const struct op *op;
    (void)state;
    for (size_t i = 0; (op = op_at(i)); i++) {
        for (const struct op_param *p = op->params; p && p->name; p++) {
            bool asked = !(op->flags & OP_FILE); /* a file's form is in a link, not chosen */
            for (size_t w = 0; asked && p->words && p->words[w]; w++) {
                bool known = vocab_known(p->words[w]) ||
                             (strcmp(p->name, "sort") == 0 && field_find(p->words[w]));
                if (!known) {
                    fail_msg("%s: %s=%s is not in pages_vocab.def", op->id, p->name, p->words[w]);
                }
            }
        }
    }
}

/* Every step in an application's life says before its button what will happen; no row of that table
 * is about an operation that is not there. */
static void test_actions(void **state)
{
    static const char *const acts[] = {
#define OFFICE_ACTION(op, will, danger) op,
#include "http/office/pages_actions.def"
#undef OFFICE_ACTION
    };
    static const char *const elsewhere =
        " set add-model set-model remove-model add-location remove-location ";
    const struct op *op;
    (void)state;
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        if (!op_find(acts[i])) {
            fail_msg("%s is no operation", acts[i]);
        }
    }
    for (size_t i = 0; (op = op_at(i)); i++) {
        char word[80];
        bool found = (op->flags & OP_READ) || strncmp(op->id, "application.", 12) != 0 ||
                     !strstr(op->path, "{application}");
        (void)snprintf(word, sizeof word, " %s ", op->id + (found ? 0 : 12));
        found = found || strstr(elsewhere, word);
        for (size_t k = 0; k < sizeof acts / sizeof *acts; k++) {
            found = found || strcmp(acts[k], op->id) == 0;
        }
        if (!found) {
            fail_msg("%s does not say what will happen (pages_actions.def)", op->id);
        }
    }
}

/* Every kind of document that a submission needs can be chosen and named. */
static void test_kinds(void **state)
{
    size_t i;
    json_t *row, *file = json_load_file("trust/required-documents.json", 0, NULL);
    (void)state;
    assert_true(json_array_size(json_object_get(file, "documents")) > 0);
    json_array_foreach(json_object_get(file, "documents"), i, row)
    {
        const char *kind = get_text(row, "kind");
        if (!kind || !vocab_known(kind)) {
            fail_msg("%s is not in pages_kinds.def", kind ? kind : "a document without kind");
        }
    }
    json_decref(file);
}

/* ---- parts ----------------------------------------------------------------------------------- */

static void test_values(void **state)
{
    static const char *const names[] = {"number",   "amount_paise", "due_on",      "state",
                                        "critical", "kind",         "certificate", NULL};
    struct page *p = *state;
    json_t *row =
        parsed("{\"number\":\"<b>&\\\"\",\"amount_paise\":2500000,\"due_on\":\"2026-11-21\","
               "\"state\":\"testing\",\"critical\":1,\"kind\":\"fresh\",\"certificate\":null}");
    part_facts(&p->v, row, names);
    assert_int_equal(count(p, "&lt;b&gt;&amp;&quot;"), 1);
    assert_int_equal(count(p, "₹25,000"), 1);
    assert_int_equal(count(p, "<time datetime=\"2026-11-21\">21 Nov 2026</time>"), 1);
    assert_int_equal(count(p, "<span class=\"tag wait\"><svg class=\"icon\""), 1);
    assert_int_equal(count(p, "In testing"), 1);
    assert_int_equal(count(p, "<dd>Yes</dd>"), 1);
    assert_int_equal(count(p, "<dt>"), 6);
    part_value(&p->v, row, "certificate");
    assert_int_equal(count(p, "nothing"), 1);
    json_decref(row);
}

/* A step is told in the words for states, also in Hindi; "to" of a mail is another word. */
static void test_timeline(void **state)
{
    struct page *p = *state;
    json_t *rows = parsed("[{\"action\":\"x\",\"at\":1,\"actor\":\"a\",\"detail\":"
                          "{\"from\":\"registered\",\"to\":\"testing\",\"reason\":\"why\"}},"
                          "{\"action\":\"x\",\"at\":1,\"actor\":\"a\",\"detail\":"
                          "{\"to\":\"draft\",\"state\":\"draft\"}},"
                          "{\"action\":\"x\",\"at\":1,\"actor\":\"a\",\"detail\":"
                          "{\"from\":\"a@x.in\",\"to\":\"b@x.in\"}}]");
    part_timeline(&p->v, rows);
    assert_int_equal(count(p, "State: Registered → In testing · Reason: why"), 1);
    assert_int_equal(count(p, "State: Draft<"), 1);
    assert_int_equal(count(p, "registered"), 0);
    assert_int_equal(count(p, "To: b@x.in"), 1);
    p->v.lang = LANG_HI;
    part_timeline(&p->v, rows);
    assert_int_equal(count(p, "पंजीकृत → परीक्षण में"), 1);
    assert_int_equal(count(p, "प्रेषक: registered"), 0);
    json_decref(rows);
}

/* A list that one sees as a whole sorts by any column, either way, and is saved as a file. */
static void test_list(void **state)
{
    static const char *const columns[] = {"name", "city", NULL};
    static const char *const csv[] = {"name", "city", "roles", NULL};
    static const struct table t = {.op = "lab.list",
                                   .caption = OW_NAV_LABS,
                                   .empty = OW_NOTHING,
                                   .columns = columns,
                                   .csv = csv,
                                   .sorts = true};
    struct page *p = *state;
    labs_said = "{\"items\":[{\"name\":\"b\",\"city\":null},{\"name\":\"A\",\"city\":\"Pune\"},"
                "{\"name\":\"c\",\"city\":\"agra\",\"roles\":[\"x\",\"y\"]}],\"next\":null}";
    static const struct {
        const char *sort, *first[3];
    } cases[] = {{"name", {"A", "b", "c"}},  {"-name", {"c", "b", "A"}}, {"city", {"c", "A", "b"}},
                 {"-city", {"A", "c", "b"}}, /* what has no value is last */
                 {"roles", {"b", "A", "c"}}, /* not a column that is shown: as it came */
                 {"--name", {"b", "A", "c"}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_object_set_new(p->query, "sort", json_string(cases[i].sort));
        const json_t *answer = list_rows(&p->v, &t, json_object(), 2, NULL);
        const json_t *items = json_object_get(answer, "items");
        bool sorted = i < 4;
        assert_int_equal(json_array_size(items), sorted ? 2 : 3);
        assert_int_equal(get_has(answer, "next"), sorted);
        for (size_t k = 0; k < json_array_size(items); k++) {
            assert_string_equal(get_text(json_array_get(items, k), "name"), cases[i].first[k]);
        }
    }
    json_object_set_new(p->query, "sort", json_string("name"));
    json_object_set_new(p->query, "after", json_string("2"));
    const json_t *rest = list_rows(&p->v, &t, json_object(), 2, NULL);
    assert_int_equal(json_array_size(json_object_get(rest, "items")), 1);
    assert_false(get_has(rest, "next"));
    table_rows(&p->v, &t, json_object_get(rest, "items"));
    assert_int_equal(count(p, "aria-sort=\"ascending\"><a href=\"?sort=-name\">"), 1);
    assert_int_equal(count(p, "<a href=\"?sort=city\">"), 1);
    assert_false(list_wants_file(&p->v));
    json_object_set_new(p->query, "format", json_string("csv"));
    p->out.n = 0;
    assert_true(list_file(&p->v, &t, json_object(), NULL) && p->v.csv);
    assert_int_equal(count(p, "\"c\",\"agra\",\"x, y\"\r\n"), 1);
    assert_int_equal(count(p, "\r\n"), 4);
    labs_said = NULL;
}

static void test_days(void **state)
{
    static const struct {
        int64_t days;
        const char *said;
    } rows[] = {{0, "Due today"},
                {1, "1 working day left"},
                {4, "4 working days left"},
                {-1, "1 working day late"},
                {-12, "12 working days late"}};
    struct page *p = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        part_days_left(&p->v, rows[i].days);
        assert_int_equal(count(p, rows[i].said), 1);
    }
    size_t before = p->out.n;
    part_days_left(&p->v, UTC_NONE);
    assert_int_equal(p->out.n, before);
}

static void address(struct view *v, const json_t *row)
{
    html_raw(&v->h, "/office/applications/");
    view_number(v, get_number(row, "id"));
}

static void test_table(void **state)
{
    static const char *const columns[] = {"number", "product", "due_on", NULL};
    static const struct table t = {.op = "application.list",
                                   .caption = OW_NAV_QUEUE,
                                   .empty = OW_NOTHING,
                                   .columns = columns,
                                   .address = address};
    struct page *p = *state;
    json_object_set_new(p->query, "text", json_string("a&b \"c\""));
    json_object_set_new(p->query, "after", json_string("xyz"));
    json_object_set_new(p->query, "sort", json_string("due_on"));
    json_t *items =
        parsed("[{\"id\":5,\"number\":\"A/1\",\"product\":\"<script>\",\"due_on\":null}]");
    json_t *answer = parsed("{\"next\":\"n=1\"}"), *none = json_array();
    table_rows(&p->v, &t, items);
    assert_int_equal(count(p, "<a href=\"/office/applications/5\">A/1</a>"), 1);
    assert_int_equal(count(p, "&lt;script&gt;"), 1);
    assert_int_equal(count(p, "data-label=\"Product\""), 1);
    assert_int_equal(count(p, "aria-sort=\"ascending\""), 1);
    assert_int_equal(count(p, "<a href=\"?text=a%26b%20%22c%22&amp;sort=number\">"), 1);
    table_rows(&p->v, &t, none);
    assert_int_equal(count(p, "<p class=\"empty\">"), 1);
    table_pages(&p->v, answer, true);
    assert_int_equal(count(p, "after=n%3D1"), 1);
    assert_int_equal(count(p, "format=csv"), 1);
    table_filters(&p->v, "application.list");
    assert_int_equal(count(p, "<details class=\"filters noprint\" open>"), 1);
    assert_int_equal(count(p, "value=\"a&amp;b &quot;c&quot;\""), 1);
    assert_int_equal(count(p, "<option value=\"due_on\" selected>"), 1);
    json_decref(items);
    json_decref(answer);
    json_decref(none);
}

/* What is not a parameter, or not as it must be, does not reach the operation. */
static void test_query(void **state)
{
    struct page *p = *state;
    json_object_set_new(p->query, "state", json_string("robert'); drop"));
    json_object_set_new(p->query, "text", json_string("camera"));
    json_object_set_new(p->query, "other", json_string("1"));
    json_object_set_new(p->query, "sort", json_string("number"));
    json_t *in = table_query(&p->v, "application.list");
    assert_int_equal(json_object_size(in), 2);
    assert_string_equal(get_text(in, "text"), "camera");
    assert_string_equal(get_text(in, "sort"), "number");
    json_decref(in);
}

static void test_csv(void **state)
{
    static const char *const columns[] = {"product", "amount_paise", "state", NULL};
    struct page *p = *state;
    json_t *items = parsed("[{\"product\":\"=cmd|\\\"x\\\"\",\"amount_paise\":2500050,"
                           "\"state\":\"draft\"}]");
    table_csv(&p->v, columns, items, true);
    assert_string_equal(buffer_cstr(&p->out), "\xef\xbb\xbf\"Product\",\"Fee\",\"State\"\r\n"
                                              "\"'=cmd|\"\"x\"\"\",25000.50,\"Draft\"\r\n");
    json_decref(items);
}

/* ---- forms ----------------------------------------------------------------------------------- */

static void test_form(void **state)
{
    struct page *p = *state;
    json_t *values =
        parsed("{\"application\":12,\"product\":\"a\\\"b<\",\"amount_paise\":2500050,"
               "\"version\":3,\"kind\":\"fresh\",\"critical\":0,\"reason\":\"x\\n</textarea>\"}");
    struct form f = {.op = "application.create",
                     .values = values,
                     .button = OW_COUNT,
                     .will = OW_COUNT,
                     .key = "f-",
                     .next = "/office/applications/{id}"};
    form_show(&p->v, &f);
    assert_int_equal(count(p, "action=\"/office/op/application.create\""), 1);
    assert_int_equal(count(p, "name=\"form_token\" value=\"tok&quot;en\""), 1);
    assert_int_equal(count(p, "type=\"hidden\" name=\"application\" value=\"12\""), 1);
    assert_int_equal(count(p, "type=\"hidden\" name=\"version\" value=\"3\""), 1);
    assert_int_equal(count(p, "value=\"a&quot;b&lt;\""), 1);
    assert_int_equal(count(p, "value=\"25000.50\""), 1);
    assert_int_equal(count(p, "&lt;/textarea&gt;</textarea>"), 1);
    assert_int_equal(count(p, "<option value=\"4\">ERTL &lt;East&gt;</option>"), 1);
    assert_int_equal(count(p, "<option value=\"fresh\" selected>Fresh certification</option>"), 1);
    assert_int_equal(count(p, "<option value=\"false\" selected>"), 1);
    assert_int_equal(count(p, "id=\"f-product\" name=\"product\" required maxlength=\"200\""), 1);
    assert_int_equal(count(p, "name=\"form_key\" value=\"key"), 1);
    assert_int_equal(count(p, "name=\"page\" value=\"/office\""), 1);
    assert_int_equal(count(p, "name=\"back\" value=\"/office/applications/{id}\""), 1);
    assert_int_equal(count(p, "type=\"date\""), 1);
    assert_int_equal(count(p, "<button>Begin an application</button>"), 1);
    assert_int_equal(count(p, " style"), 0);
    json_decref(values);
}

static void test_form_mistakes(void **state)
{
    struct page *p = *state;
    json_t *values = parsed("{\"product\":\"\",\"amount_paise\":\"12x\"}");
    json_t *errors = parsed(
        "[{\"field\":\"product\",\"why\":\"is required\",\"why_hi\":\"आवश्यक है\"},"
        "{\"field\":\"amount_paise\",\"why\":\"must be a whole number of paise\",\"why_hi\":\"x\"},"
        "{\"field\":\"reason\",\"why\":\"is too <short>\",\"why_hi\":\"छोटा है\"}]");
    struct form f = {.op = "application.create", .button = OW_COUNT, .will = OW_COUNT, .key = ""};
    p->v.failed = "application.create";
    p->v.failed_problem = OP_BAD_PARAMETER;
    p->v.entered = values;
    p->v.errors = errors;
    p->v.failed_detail = "amount_paise must be a whole number of paise";
    form_show(&p->v, &f);
    assert_int_equal(count(p, "amount_paise must be"),
                     0); /* it stands beside its field, in words */
    assert_int_equal(count(p, "role=\"alert\""), 1);
    assert_int_equal(count(p, "aria-invalid=\"true\""), 3);
    assert_int_equal(count(p, "aria-describedby=\"product-wrong\""), 1);
    assert_int_equal(count(p, "aria-describedby=\"amount_paise-wrong amount_paise-hint\""), 1);
    assert_int_equal(count(p, "Please fill this in."), 2); /* in the list, and beside the field */
    assert_int_equal(count(p, "such as 29500.50"), 2);
    assert_int_equal(count(p, "is too &lt;short&gt;"), 2);
    assert_int_equal(count(p, "value=\"12x\""), 1);
    assert_int_equal(count(p, "<a href=\"#product\">Product</a>"), 1);
    json_decref(values);
    json_decref(errors);
}

/* Who may not do it sees no form. */
static void test_form_not_allowed(void **state)
{
    static const struct actor committee = {.person = 8, .roles = ROLE_COMMITTEE, .name = "C"};
    struct page *p = *state;
    struct form f = {.op = "application.create", .button = OW_COUNT, .will = OW_COUNT, .key = ""};
    p->v.actor = &committee;
    form_show(&p->v, &f);
    f.op = "no.such";
    form_show(&p->v, &f);
    assert_int_equal(p->out.n, 0);
}

static void test_form_plain(void **state)
{
    struct page *p = *state;
    const struct op_param money = {.type = OP_PAISE}, text = {.type = OP_TEXT};
    assert_string_equal(form_plain(p->v.arena, &money, "29,500.50"), "2950050");
    assert_string_equal(form_plain(p->v.arena, &money, "12x"), "12x");
    assert_string_equal(form_plain(p->v.arena, &money, ""), "");
    assert_string_equal(form_plain(p->v.arena, &text, "29,500.50"), "29,500.50");
}

/* ---- charts, frame --------------------------------------------------------------------------- */

static void test_charts(void **state)
{
    static const struct bar bars[] = {
        {"A & B", 50, TONE_GOOD}, {"C", 100, TONE_NONE}, {"D", 0, TONE_BAD}};
    struct page *p = *state;
    chart_bars(&p->v, "By state", "Number", bars, 3);
    assert_int_equal(count(p, "width=\"100\""), 1);
    assert_int_equal(count(p, "width=\"200\""), 1);
    assert_int_equal(count(p, "width=\"0\""), 1);
    assert_int_equal(count(p, "A &amp; B"), 1);
    assert_int_equal(count(p, "<caption>By state</caption>"), 1);
    chart_line(&p->v, "By month", "Number", bars, 3);
    assert_int_equal(count(p, "points=\"6,60 300,6 594,114 \""), 1);
    chart_line(&p->v, "One", "Number", bars, 1);
    chart_bars(&p->v, "None", "Number", bars, 0);
    assert_true(buffer_ok(&p->out));
}

static void check_frame(struct page *p, enum lang lang)
{
    p->v.lang = lang;
    json_object_set_new(p->query, "state", json_string("draft"));
    view_begin(&p->v, "T <title>", NULL);
    assert_int_equal(view_end(&p->v), 0);
    assert_int_equal(count(p, "<h1>T &lt;title&gt;</h1>"), 1);
    assert_int_equal(count(p, "A &lt;&amp;&gt; B"), 1);
    assert_int_equal(count(p, "class=\"skip\""), 1);
    assert_int_equal(count(p, "aria-current=\"page\""), 1);
    assert_int_equal(count(p, "/office/people"), 0);
    assert_int_equal(count(p, "<script"), 1);
    assert_int_equal(count(p, "<style"), 0);
    assert_int_equal(count(p, lang == LANG_HI ? "href=\"?state=draft&amp;lang=en\""
                                              : "href=\"?state=draft&amp;lang=hi\""),
                     1);
}

static void test_frame_en(void **state)
{
    check_frame(*state, LANG_EN);
}

static void test_frame_hi(void **state)
{
    check_frame(*state, LANG_HI);
}

static void test_problem(void **state)
{
    struct page *p = *state;
    assert_int_equal(view_problem(&p->v, OP_NOT_FOUND, "<detail>"), 0);
    assert_int_equal(count(p, "There is no such record"), 1);
    assert_int_equal(count(p, "&lt;detail&gt;"), 1);
    assert_int_equal(count(p, "HTTP status 404"), 1);
    assert_int_equal(p->v.problem, OP_NOT_FOUND);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_money),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_operations_words),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_actions),
        WITH(test_timeline),
        WITH(test_list),
        WITH(test_values),
        WITH(test_days),
        WITH(test_table),
        WITH(test_query),
        WITH(test_csv),
        WITH(test_form),
        WITH(test_form_mistakes),
        WITH(test_form_not_allowed),
        WITH(test_form_plain),
        WITH(test_charts),
        WITH(test_frame_en),
        WITH(test_frame_hi),
        WITH(test_problem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
