/*
 * test_scheme - every rule of the scheme by cases (tests/scheme), the table of the rules, the files
 * of settings and required documents, validity, deadlines, and what must hold for any facts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/mem.h"
#include "scheme/ical.h"
#include "scheme_case.h"
#include "trust/scheme_data.h"

enum { RULES_MAX = 40, STATES = 5 };

static struct arena *forever;
static struct scheme_data data;
static bool produced[RULES_MAX][STATES];
static size_t cases_run;

static const char *const said[] = {
#define SAY(id, en, hi, next, next_hi) #id,
#include "scheme/sentences.def"
#undef SAY
};
static bool said_by[sizeof said / sizeof *said];

static int load(void **state)
{
    char error[SCHEME_DATA_ERROR];
    (void)state;
    forever = arena_new((size_t)64 << 20);
    int rc = scheme_data_load(forever, "trust", NULL, &data, error);
    if (rc) {
        (void)fprintf(stderr, "%s (tests run at the top of the tree)\n", error);
    }
    return rc;
}

static int unload(void **state)
{
    (void)state;
    arena_free(forever);
    return 0;
}

static void apply_settings(struct scheme_case *c)
{
    char error[SCHEME_ERROR];
    char *json = arena_printf(c->a, "{\"schema\":\"satyapan-scheme/1\"%s}", c->setting);
    int rc = scheme_settings_read(c->a, span_str(json), &c->settings, error);
    if (rc) {
        broken(c, "setting", error);
    }
}

/* ---- what must hold for every result --------------------------------------------------------- */

static bool has_devanagari(const char *s)
{
    return strstr(s, "\xe0\xa4") || strstr(s, "\xe0\xa5");
}

static void note_sentence(const struct scheme_case *c, const char *code)
{
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        if (strcmp(said[i], code) == 0) {
            said_by[i] = true;
            return;
        }
    }
    broken(c, "a sentence that is not there", code);
}

static void check_words(const struct scheme_case *c, const char *code, const char *text,
                        const char *text_hi, const char *next, const char *next_hi)
{
    note_sentence(c, code);
    if (!text || !*text || !text_hi || !has_devanagari(text_hi) || strchr(text, '{') ||
        strchr(text_hi, '{') || strchr(text, '\x01') || strchr(text, '\x02') ||
        strchr(text_hi, '\x01') || strchr(text_hi, '\x02') || !next || !next_hi ||
        !*next != !*next_hi || (*next && !has_devanagari(next_hi))) {
        broken(c, "words are missing or not in Hindi:", code);
    }
}

static int rank(enum scheme_outcome outcome, enum scheme_weight weight)
{
    int light = weight == SCHEME_BLOCKS ? 0 : 1;
    return outcome == SCHEME_FAIL      ? 10 - light * 2
           : outcome == SCHEME_PENDING ? 9 - light * 4
                                       : (int)outcome;
}

static void check_result(const struct scheme_case *c, const struct scheme_result *r)
{
    check_words(c, r->code, r->text, r->text_hi, r->next, r->next_hi);
    if (r->until != DATE_NONE && r->outcome != SCHEME_PENDING) {
        broken(c, "a day for something that is not pending:", r->rule->id);
    }
    for (size_t i = 0; i < r->item_count; i++) {
        const struct scheme_item *x = &r->items[i];
        check_words(c, x->code, x->text, x->text_hi, x->next, x->next_hi);
        if (rank(x->outcome, x->weight) > rank(r->items[0].outcome, r->items[0].weight)) {
            broken(c, "the worst object is not the first:", r->rule->id);
        }
    }
    if (r->item_count && r->outcome != SCHEME_WAIVED && r->outcome != r->items[0].outcome) {
        broken(c, "the rule says something else than its worst object:", r->rule->id);
    }
}

static void check_json(const struct scheme_case *c, const struct scheme_results *results)
{
    struct buffer b;
    struct json j = {.out = &b};
    buffer_init(&b, 1 << 20);
    scheme_results_json(&j, results);
    struct span text = buffer_span(&b);
    json_t *root = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_array(root) || json_array_size(root) != results->count) {
        broken(c, "not the JSON that was meant", c->name);
    }
    for (size_t i = 0; i < results->count; i++) {
        json_t *row = json_array_get(root, i);
        const char *id = json_string_value(json_object_get(row, "rule"));
        if (strcmp(id, results->rows[i].rule->id) != 0 ||
            !json_is_object(json_object_get(row, "facts"))) {
            broken(c, "JSON of", id);
        }
    }
    json_decref(root);
    buffer_free(&b);
}

/* ---- cases ----------------------------------------------------------------------------------- */

static const struct scheme_result *result_of(const struct scheme_results *results, const char *rule)
{
    for (size_t i = 0; i < results->count; i++) {
        if (strcmp(results->rows[i].rule->id, rule) == 0) {
            return &results->rows[i];
        }
    }
    return NULL;
}

static void compare(const struct scheme_case *c, const struct expectation *e,
                    const struct scheme_result *r)
{
    char until[DATE_TEXT];
    bool open = r && (r->outcome == SCHEME_FAIL || r->outcome == SCHEME_PENDING);
    if (!r) {
        broken(c, "there is no rule", e->rule);
    }
    (void)date_text(r->until, until);
    if (strcmp(scheme_outcome_word(r->outcome), e->result) != 0 || strcmp(until, e->until) != 0 ||
        (*e->code && strcmp(r->code, e->code) != 0) ||
        (*e->level && (!open || strcmp(scheme_weight_word(r->weight), e->level) != 0)) ||
        (e->items >= 0 && (size_t)e->items != r->item_count)) {
        fail_msg("%s: %s: %s is %s %s %s until \"%s\", %zu items: %s", c->file, c->name, e->rule,
                 scheme_outcome_word(r->outcome), open ? scheme_weight_word(r->weight) : "",
                 r->code, until, r->item_count, r->text);
    }
}

static struct scheme_input input_of(struct scheme_case *c)
{
    return (struct scheme_input){&c->facts, &c->settings, &data.required, &data.calendar, c->today};
}

static void run_case(struct scheme_case *c)
{
    struct scheme_results results;
    bool blocked = false;
    apply_settings(c);
    struct scheme_input in = input_of(c);
    assert_int_equal(scheme_check(c->a, &in, &results), 0);
    for (size_t i = 0; i < results.count; i++) {
        const struct scheme_result *r = &results.rows[i];
        check_result(c, r);
        produced[i][r->outcome] = true;
        blocked |= r->weight == SCHEME_BLOCKS &&
                   (r->outcome == SCHEME_FAIL || r->outcome == SCHEME_PENDING);
    }
    assert_int_equal(results.blocked, blocked);
    check_json(c, &results);
    if (!c->expect_count) {
        broken(c, "nothing is expected", c->name);
    }
    for (size_t i = 0; i < c->expect_count; i++) {
        compare(c, &c->expect[i], result_of(&results, c->expect[i].rule));
    }
    cases_run++;
}

static void test_cases(void **state)
{
    static const char *const files[] = {"intake", "papers", "foreign", "lab", "decide", "validity"};
    char path[80];
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)snprintf(path, sizeof path, "tests/scheme/%s.case", files[i]);
        assert_true(read_cases(path, run_case) > 0);
    }
    print_message("%zu cases\n", cases_run);
}

/* Every rule has a passing, a failing and a pending case, or the table says why not. */
static void test_every_state(void **state)
{
    static const struct {
        const char *word;
        enum scheme_outcome outcome;
    } wanted[] = {{"PASS", SCHEME_PASS}, {"FAIL", SCHEME_FAIL}, {"PENDING", SCHEME_PENDING}};
    bool excused[RULES_MAX][STATES] = {{false}};
    char line[400], rule[16], word[16];
    const struct scheme_rule *r;
    int at;
    FILE *f = fopen("tests/scheme/states.table", "r");
    (void)state;
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        if (line[0] == '#' || line[0] == '\n') {
            continue;
        }
        if (sscanf(line, "%15s %15s %n", rule, word, &at) != 2 || strlen(line + at) < 20) {
            fail_msg("states.table: no rule, state and reason: %s", line);
        }
        bool found = false;
        for (size_t i = 0; (r = scheme_rule_at(i)) != NULL; i++) {
            for (size_t k = 0; k < 3; k++) {
                if (strcmp(r->id, rule) == 0 && strcmp(wanted[k].word, word) == 0) {
                    found = excused[i][wanted[k].outcome] = true;
                }
            }
        }
        if (!found) {
            fail_msg("states.table: there is no %s of %s", word, rule);
        }
    }
    (void)fclose(f);
    for (size_t i = 0; (r = scheme_rule_at(i)) != NULL; i++) {
        for (size_t k = 0; k < 3; k++) {
            bool seen = produced[i][wanted[k].outcome], not = excused[i][wanted[k].outcome];
            if (seen == not ) {
                fail_msg("%s: %s %s", r->id, wanted[k].word,
                         seen ? "occurs although states.table says it cannot" : "has no case");
            }
        }
    }
}

/* No sentence that nobody ever reads. */
static void test_every_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        bool elsewhere = strncmp(said[i], "DUE_", 4) == 0 || strncmp(said[i], "VALIDITY_", 9) == 0;
        if (!said_by[i] && !elsewhere) {
            fail_msg("no case says %s", said[i]);
        }
    }
}

static void test_table(void **state)
{
    const struct scheme_rule *r;
    size_t n = 0;
    (void)state;
    for (; (r = scheme_rule_at(n)) != NULL; n++) {
        assert_true(has_devanagari(r->title_hi) && has_devanagari(r->needs_hi));
        assert_true(*r->cite && *r->title && *r->needs && r->kinds);
        assert_ptr_equal(scheme_rule_by_id(r->id), r);
        char day[DATE_TEXT];
        assert_string_equal(date_text(r->from, day),
                            strcmp(r->id, "R-ROLE-1") == 0 ? "2024-02-12" : "2024-03-05");
    }
    assert_int_equal(n, 25);
    assert_null(scheme_rule_by_id("R-XYZ-1"));
}

/* ---- files ----------------------------------------------------------------------------------- */

static void test_settings_file(void **state)
{
    static const char *const wrong[][2] = {
        {"", "line 1"},
        {"[]", "not a JSON object"},
        {"{}", "schema"},
        {"{\"schema\":\"satyapan-scheme/2\"}", "schema"},
        {"{\"schema\":\"satyapan-scheme/1\",\"fee\":{\"value\":1}}", "not a known setting"},
        {"{\"schema\":\"satyapan-scheme/1\",\"fee_paise\":1}", "object with a value"},
        {"{\"schema\":\"satyapan-scheme/1\",\"fee_paise\":{}}", "object with a value"},
        {"{\"schema\":\"satyapan-scheme/1\",\"fee_paise\":{\"value\":-1}}", "whole number"},
        {"{\"schema\":\"satyapan-scheme/1\",\"fee_paise\":{\"value\":1.5}}", "whole number"},
        {"{\"schema\":\"satyapan-scheme/1\",\"fee_paise\":{\"value\":1,\"x\":2}}", "takes value"},
        {"{\"schema\":\"satyapan-scheme/1\",\"clock_start\":{\"value\":\"now\"}}", "first-query"},
        {"{\"schema\":\"satyapan-scheme/1\",\"levels\":{\"value\":[\"1\"]}}", "IOTSCS:1"},
        {"{\"schema\":\"satyapan-scheme/1\",\"levels\":{\"value\":[1]}}", "short texts"},
        {"{\"schema\":\"satyapan-scheme/1\",\"waivable\":{\"value\":[\"R-X\"]}}", "ids of rules"},
        {"{\"schema\":\"satyapan-scheme/1\",\"ext_remind_days\":{\"value\":[0]}}", "whole number"},
        {"{\"schema\":\"satyapan-scheme/1\",\"same_day_allowed\":{\"value\":1}}", "true or false"},
        {"{\"schema\":\"satyapan-scheme/"
         "1\",\"fee_paise\":{\"value\":1},\"fee_paise\":{\"value\":2}}",
         "duplicate"},
    };
    struct arena *a = arena_new(1 << 22);
    struct scheme_settings s, standard;
    char error[SCHEME_ERROR];
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (scheme_settings_read(a, span_str(wrong[i][0]), &s, error) != 1 ||
            !strstr(error, wrong[i][1])) {
            fail_msg("file %zu: %s", i, error);
        }
    }
    /* The shipped file says the defaults, and a file that is written reads back. */
    scheme_settings_default(&standard);
    char *shipped = scheme_settings_file(a, &data.settings);
    char *written = scheme_settings_file(a, &standard);
    assert_string_equal(shipped, written);
    assert_int_equal(scheme_settings_read(a, span_str(written), &s, error), 0);
    assert_string_equal(scheme_settings_file(a, &s), written);
    struct scheme_setting_row row;
    size_t n = 0;
    for (; scheme_setting_row(a, &s, n, &row); n++) {
        assert_true(*row.key && *row.value && *row.source && *row.text &&
                    has_devanagari(row.text_hi));
    }
    assert_true(n >= 15);
    arena_free(a);
}

#define ROW(extra)                                                                                 \
    "{\"schema\":\"satyapan-required/1\",\"documents\":[{\"kind\":\"F01\",\"title\":\"T\","        \
    "\"title_hi\":\"H\",\"applications\":[\"fresh\"],\"levels\":[1],\"stage\":\"submission\","     \
    "\"established\":true,\"source\":\"S\"" extra "}]}"

static void test_required_file(void **state)
{
    static const char *const wrong[][2] = {
        {"", "line 1"},
        {"{}", "schema"},
        {"{\"schema\":\"satyapan-required/1\",\"documents\":{}}", "list of documents"},
        {"{\"schema\":\"satyapan-required/1\",\"documents\":[{}]}", "is missing"},
        {"{\"schema\":\"satyapan-required/1\",\"documents\":[3]}", "list of objects"},
        {"{\"schema\":\"satyapan-required/1\",\"documents\":[],\"x\":1}", "nothing else"},
        {ROW(",\"colour\":1"), "not a known key"},
        {ROW(",\"series\":1"), "must be a text"},
    };
    struct arena *a = arena_new(1 << 22);
    struct scheme_required r;
    char error[SCHEME_ERROR];
    struct scheme_facts f;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (scheme_required_read(a, span_str(wrong[i][0]), &r, error) != 1 ||
            !strstr(error, wrong[i][1])) {
            fail_msg("file %zu: %s", i, error);
        }
    }
    assert_int_equal(scheme_required_read(a, span_str(ROW(",\"series\":\"ER\"")), &r, error), 0);
    assert_int_equal(r.count, 1);
    scheme_facts_init(&f);
    assert_false(scheme_required_applies(r.rows, &f)); /* no level yet */
    f.level = 1;
    assert_false(scheme_required_applies(r.rows, &f)); /* no series yet */
    f.series = "ER";
    assert_true(scheme_required_applies(r.rows, &f));
    f.level = 2;
    assert_false(scheme_required_applies(r.rows, &f));
    f.level = 1;
    f.kind = SCHEME_CHANGE;
    assert_false(scheme_required_applies(r.rows, &f));
    arena_free(a);
}

/* ---- validity and deadlines ------------------------------------------------------------------ */

static int32_t day(const char *text)
{
    int32_t out = DATE_NONE;
    assert_true(date_parse(span_str(text), &out));
    return out;
}

struct world {
    struct arena *a;
    struct scheme_facts facts;
    struct scheme_settings settings;
    struct scheme_input in;
};

static void begin(struct world *w)
{
    w->a = arena_new(1 << 22);
    scheme_facts_init(&w->facts);
    scheme_settings_default(&w->settings);
    w->in = (struct scheme_input){&w->facts, &w->settings, &data.required, &data.calendar,
                                  day("2026-11-21")};
}

static void expect_validity(struct world *w, const char *issue, const char *rule, const char *from,
                            const char *to, const char *gap_from, const char *gap_to)
{
    struct scheme_validity v;
    char text[4][DATE_TEXT];
    assert_int_equal(scheme_validity(w->a, &w->in, day(issue), &v), 0);
    assert_string_equal(v.rule, rule);
    assert_string_equal(date_text(v.from, text[0]), from);
    assert_string_equal(date_text(v.to, text[1]), to);
    assert_string_equal(date_text(v.gap_from, text[2]), gap_from);
    assert_string_equal(date_text(v.gap_to, text[3]), gap_to);
    assert_true(*v.text && has_devanagari(v.text_hi) && !strchr(v.text, '{'));
    assert_int_equal(v.supersedes, strcmp(rule, "R-VAL-3") == 0);
    assert_int_equal(v.amends, strcmp(rule, "R-VAL-4") == 0);
}

static void test_validity(void **state)
{
    struct world w;
    (void)state;
    begin(&w);
    expect_validity(&w, "2024-03-05", "R-VAL-1", "2024-03-05", "2027-03-04", "", "");
    expect_validity(&w, "2024-02-29", "R-VAL-1", "2024-02-29", "2027-02-28", "", "");
    expect_validity(&w, "2025-03-01", "R-VAL-1", "2025-03-01", "2028-02-29", "", "");
    w.facts.kind = SCHEME_RECERTIFICATION;
    expect_validity(&w, "2027-01-10", "R-VAL-2", "", "", "", "");
    w.facts.old_valid_to = day("2027-03-04");
    w.facts.received_on = day("2026-12-04");
    expect_validity(&w, "2027-01-10", "R-VAL-2", "2027-03-05", "2030-03-04", "", "");
    expect_validity(&w, "2027-03-05", "R-VAL-2", "2027-03-05", "2030-03-04", "", "");
    /* decided after expiry: the dates continue, the register shows the gap */
    expect_validity(&w, "2027-04-20", "R-VAL-2", "2027-03-05", "2030-03-04", "2027-03-05",
                    "2027-04-19");
    /* applied for after expiry: a fresh one */
    w.facts.received_on = day("2027-03-05");
    expect_validity(&w, "2027-06-01", "R-VAL-1", "2027-06-01", "2030-05-31", "", "");
    w.facts.kind = SCHEME_CHANGE;
    w.facts.old_valid_from = day("2024-03-05");
    expect_validity(&w, "2026-11-25", "R-VAL-3", "", "", "", "");
    w.facts.change.body_decided = SCHEME_MAJOR;
    w.facts.committee.on = day("2026-11-20");
    expect_validity(&w, "2026-11-25", "R-VAL-3", "2026-11-20", "2029-11-19", "", "");
    w.facts.change.body_decided = SCHEME_MINOR;
    expect_validity(&w, "2026-11-25", "R-VAL-4", "2024-03-05", "2027-03-04", "", "");
    arena_free(w.a);
}

static void expect_deadlines(struct world *w, const char *const want[][2], size_t count)
{
    struct scheme_deadlines d;
    char text[DATE_TEXT];
    assert_int_equal(scheme_deadlines(w->a, &w->in, &d), 0);
    for (size_t i = 0; i < d.count && i < count; i++) {
        if (strcmp(scheme_deadline_word(d.rows[i].kind), want[i][0]) != 0 ||
            strcmp(date_text(d.rows[i].date, text), want[i][1]) != 0) {
            fail_msg("%zu: %s on %s, not %s on %s", i, scheme_deadline_word(d.rows[i].kind), text,
                     want[i][0], want[i][1]);
        }
        assert_true(*d.rows[i].text && has_devanagari(d.rows[i].text_hi) &&
                    !strchr(d.rows[i].text, '{') && !strchr(d.rows[i].text_hi, '{'));
    }
    assert_int_equal(d.count, count);
}

static void test_deadlines(void **state)
{
    static const char *const window[][2] = {
        {"remind-issuer", "2026-04-08"}, {"remind-issuer", "2026-04-15"},
        {"tell-vendor", "2026-04-17"},   {"remind-issuer", "2026-04-21"},
        {"escalate", "2026-04-22"},      {"window-ends", "2026-04-24"}};
    static const char *const query[][2] = {{"first-query", "2026-04-07"}};
    static const char *const expiry[][2] = {
        {"renewal-opens", "2026-09-04"}, {"renewal-ends", "2026-12-04"}, {"expiry", "2027-03-04"}};
    static const char *const change[][2] = {{"change-report", "2027-02-28"},
                                            {"expiry", "2027-03-04"}};
    struct scheme_foreign x;
    struct world w;
    (void)state;
    begin(&w);
    expect_deadlines(&w, NULL, 0);
    scheme_foreign_init(&x);
    x.number = "NSCIB-1";
    w.facts.foreign = &x;
    w.facts.foreign_count = 1;
    w.in.today = day("2026-04-09");
    /* Friday the 3rd is Good Friday: the second working day after Thursday is Tuesday */
    w.facts.complete_on = day("2026-04-02");
    expect_deadlines(&w, query, 1);
    x.state = SCHEME_FOREIGN_OPEN;
    x.queried_on = day("2026-04-01");
    expect_deadlines(&w, window, 6);
    x.state = SCHEME_FOREIGN_VERIFIED;
    expect_deadlines(&w, NULL, 0);
    w.facts.foreign_count = 0;
    w.facts.issued_on = w.facts.valid_from = day("2024-03-05");
    w.facts.valid_to = day("2027-03-04");
    expect_deadlines(&w, expiry, 3);
    /* A renewal that was applied for needs no reminder to apply. */
    w.facts.issued_on = w.facts.valid_from = w.facts.valid_to = DATE_NONE;
    w.facts.kind = SCHEME_RECERTIFICATION;
    w.facts.old_valid_to = day("2027-03-04");
    expect_deadlines(&w, expiry, 3);
    w.facts.received_on = day("2026-12-01");
    expect_deadlines(&w, expiry + 2, 1);
    w.facts.kind = SCHEME_CHANGE;
    w.facts.change.changed_on = day("2026-11-30");
    w.settings.recert_warn_months = w.settings.recert_months_before = 0;
    struct scheme_deadlines d;
    assert_int_equal(scheme_deadlines(w.a, &w.in, &d), 0);
    assert_int_equal(d.count, 4);
    assert_string_equal(scheme_deadline_word(d.rows[0].kind), change[0][0]);
    assert_int_equal(d.rows[0].date, day(change[0][1]));
    arena_free(w.a);
}

/* A date that was told is never shortened; the year without a list is warned about. */
static void test_window(void **state)
{
    struct scheme_foreign x;
    struct world w;
    (void)state;
    begin(&w);
    scheme_foreign_init(&x);
    x.state = SCHEME_FOREIGN_OPEN;
    assert_int_equal(scheme_foreign_window(&w.in, &x).due, DATE_NONE);
    x.queried_on = day("2026-04-01");
    w.in.today = day("2026-04-08");
    assert_int_equal(scheme_foreign_window(&w.in, &x).due, day("2026-04-23"));
    w.in.today = day("2026-04-09");
    assert_int_equal(scheme_foreign_window(&w.in, &x).due, day("2026-04-24"));
    x.notified = day("2026-04-28");
    assert_int_equal(scheme_foreign_window(&w.in, &x).due, day("2026-04-28"));
    x.notified = DATE_NONE;
    /* decided before the closure was declared: that day's list counts for ever */
    x.state = SCHEME_FOREIGN_VERIFIED;
    x.decided_on = day("2026-04-08");
    w.in.today = day("2026-11-21");
    assert_int_equal(scheme_foreign_window(&w.in, &x).due, day("2026-04-23"));
    x.state = SCHEME_FOREIGN_OPEN;
    x.queried_on = day("2027-12-20");
    w.in.today = day("2027-12-21");
    assert_int_equal(scheme_foreign_window(&w.in, &x).missing_year, 2028);
    /* other settings of the clock */
    w.settings.clock_start = SCHEME_REGISTRATION;
    w.facts.registered_on = day("2026-12-24");
    assert_int_equal(scheme_foreign_window(&w.in, &x).due, day("2027-01-15"));
    w.settings.clock_start = SCHEME_COMPLETE_SUBMISSION;
    w.facts.complete_on = day("2026-08-14");
    assert_int_equal(scheme_foreign_window(&w.in, &x).due, day("2026-09-08"));
    arena_free(w.a);
}

/* ---- the calendar file -------------------------------------------------------------------- */

static void test_ical(void **state)
{
    struct scheme_foreign x;
    struct scheme_deadlines d;
    struct world w;
    struct buffer b;
    (void)state;
    begin(&w);
    scheme_foreign_init(&x);
    x.number = "A;B, \\ \n C";
    x.state = SCHEME_FOREIGN_OPEN;
    x.queried_on = day("2026-04-01");
    w.in.today = day("2026-04-09");
    w.facts.foreign = &x;
    w.facts.foreign_count = 1;
    assert_int_equal(scheme_deadlines(w.a, &w.in, &d), 0);
    for (int hindi = 0; hindi < 2; hindi++) {
        buffer_init(&b, 1 << 20);
        scheme_ical(&b, &d, 7, "STQC/ER/7", 1795242600, hindi == 1);
        const char *text = buffer_cstr(&b);
        assert_non_null(text);
        assert_non_null(strstr(text, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"));
        assert_non_null(strstr(text, "DTSTAMP:20261121T063000Z\r\n"));
        assert_non_null(
            strstr(text, "DTSTART;VALUE=DATE:20260424\r\nDTEND;VALUE=DATE:20260425\r\n"));
        assert_non_null(strstr(text, "A\\;B\\, \\\\"));
        size_t events = 0, length = 0;
        for (const char *p = text; *p; p++) {
            length = *p == '\n' ? 0 : length + 1;
            assert_true(length <= 76); /* 75 octets and the CR */
            assert_true(*p != '\n' || p[-1] == '\r');
            events += strncmp(p, "BEGIN:VEVENT", 12) == 0;
        }
        assert_int_equal(events, d.count);
        for (const char *p = strstr(text, "UID:"); p; p = strstr(p + 1, "UID:")) {
            char uid[128];
            (void)snprintf(uid, sizeof uid, "%.*s", (int)strcspn(p, "\r"), p);
            assert_null(strstr(p + 1, uid)); /* every UID is another one */
        }
        assert_non_null(strstr(text, "-0@satyapan\r\n"));
        assert_non_null(strstr(text, "-2@satyapan\r\n")); /* the third reminder */
        assert_true(has_devanagari(text) == (hindi == 1));
        buffer_free(&b);
    }
    arena_free(w.a);
}

/* ---- any facts ------------------------------------------------------------------------------- */

static uint64_t seed = 0xda942042e4dd58b5u;

static unsigned below(unsigned n)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (unsigned)((seed * 0x2545f4914f6cdd1du >> 33) % n);
}

static int32_t some_day(void)
{
    return below(3) ? day("2026-01-01") + (int32_t)below(900) : DATE_NONE;
}

static const char *some_text(void)
{
    static const char *const texts[] = {
        NULL,       "",          "A",           "{0}", "TR-1\n\x01\x02",
        "\xff\xfe", "प्रयोगशाला", "Lab Pvt Ltd", "ER",  "F01"};
    return texts[below(10)];
}

static void any_facts(struct scheme_case *c)
{
    struct scheme_facts *f = &c->facts;
    begin_case(c, "random", "any facts");
    f->kind = (enum scheme_kind)(1u << below(3));
    f->number = some_text();
    f->series = some_text();
    f->level = (int)below(5) - 1;
    f->received_on = some_day();
    f->registered_on = some_day();
    f->complete_on = some_day();
    f->assessor = some_text();
    f->assessor_on = some_day();
    f->lab.name = some_text();
    f->lab.allotted_on = some_day();
    f->lab.agreement_on = some_day();
    f->committee.meeting = some_text();
    f->committee.on = some_day();
    f->committee.decision = below(5);
    f->committee.conditions_open = below(2);
    f->change.changed_on = some_day();
    f->change.reported_on = some_day();
    f->change.vendor_says = (enum scheme_change_size)below(3);
    f->change.body_decided = (enum scheme_change_size)below(3);
    f->issued_on = some_day();
    f->valid_from = some_day();
    f->valid_to = some_day();
    f->old_valid_to = some_day();
    for (f->document_count = 0; f->document_count < below(4); f->document_count++) {
        struct scheme_document *d = &c->documents[f->document_count];
        scheme_document_init(d);
        d->name = some_text();
        d->kind = below(2) ? "test-report" : some_text();
        d->author = (enum scheme_author)below(6);
        d->received_on = some_day();
        d->verdict = (enum scheme_verdict)below(4);
        d->indian_root = (enum scheme_known)below(3);
        d->covered = (enum scheme_known)below(3);
        d->language.found = (enum language_class)below(8);
        d->language.sure = below(2);
        d->language.code = some_text();
        d->number_found = (enum scheme_known)below(3);
        d->on_signature.what = below(4);
        d->on_signature.by = some_text();
        d->on_language.what = below(4);
    }
    for (f->foreign_count = 0; f->foreign_count < below(3); f->foreign_count++) {
        struct scheme_foreign *x = &c->foreign[f->foreign_count];
        scheme_foreign_init(x);
        x->number = some_text();
        x->has_link = below(2);
        x->common_criteria = below(2);
        x->issuer_approved = (enum scheme_known)below(3);
        x->state = (enum scheme_foreign_state)below(7);
        x->queried_on = some_day();
        x->decided_on = some_day();
        x->notified = some_day();
    }
    for (f->report_count = 0; f->report_count < below(3); f->report_count++) {
        struct scheme_report *r = &c->reports[f->report_count];
        scheme_report_init(r);
        r->number = some_text();
        r->issuer = some_text();
        r->kind = (enum scheme_report_kind)below(2);
        r->tests_started = some_day();
        r->sha256_body = some_text();
        r->sha256_applicant = some_text();
    }
    c->today = day("2026-01-01") + (int32_t)below(900);
}

/* Never a crash, always words, and the same answer twice. */
static void test_any_facts(void **state)
{
    static struct scheme_case c;
    (void)state;
    for (int i = 0; i < 3000; i++) {
        struct scheme_results one, two;
        struct scheme_validity v;
        struct scheme_deadlines d;
        any_facts(&c);
        apply_settings(&c);
        struct scheme_input in = input_of(&c);
        assert_int_equal(scheme_check(c.a, &in, &one), 0);
        assert_int_equal(scheme_check(c.a, &in, &two), 0);
        for (size_t k = 0; k < one.count; k++) {
            const struct scheme_result *r = &one.rows[k];
            assert_true(*r->text && *r->text_hi);
            assert_int_equal(r->outcome, two.rows[k].outcome);
            assert_string_equal(r->text, two.rows[k].text);
            assert_true(r->outcome == SCHEME_PENDING || r->until == DATE_NONE);
        }
        assert_int_equal(scheme_validity(c.a, &in, some_day(), &v), 0);
        assert_int_equal(scheme_deadlines(c.a, &in, &d), 0);
        for (size_t k = 1; k < d.count; k++) {
            assert_true(d.rows[k - 1].date <= d.rows[k].date);
        }
        check_json(&c, &one);
        arena_free(c.a);
    }
}

/* Memory that runs out is a failure of ours, never a result. */
static void test_memory(void **state)
{
    static struct scheme_case c;
    size_t failures = 0;
    (void)state;
    any_facts(&c);
    c.facts.foreign_count = 0;
    apply_settings(&c);
    struct scheme_input in = input_of(&c);
    for (size_t cap = 64; cap < 200000; cap += cap < 20000 ? 97 : 3001) {
        struct scheme_results out;
        struct arena *a = arena_new(cap);
        assert_non_null(a);
        int rc = scheme_check(a, &in, &out);
        failures += arena_capped(a);
        assert_int_equal(rc, arena_capped(a) ? -1 : 0);
        assert_true(rc == 0 || out.blocked);
        arena_free(a);
    }
    assert_true(failures > 50);
    arena_free(c.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),          cmocka_unit_test(test_every_state),
        cmocka_unit_test(test_every_sentence), cmocka_unit_test(test_table),
        cmocka_unit_test(test_settings_file),  cmocka_unit_test(test_required_file),
        cmocka_unit_test(test_validity),       cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_window),         cmocka_unit_test(test_any_facts),
        cmocka_unit_test(test_memory),         cmocka_unit_test(test_ical),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
