/*
 * test_office_pages - every page of the officers and vendors, with the answers of
 * tests/office/answers.json in the place of the records: whole frame, one heading, no placeholder
 * left, everything escaped, no English word of ours in Hindi, what a vendor does not get.
 *
 * With SATYAPAN_PAGES=DIR the pages are written there, to be looked at in a browser.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "http/office/pages_all.h"

static json_t *answers;
static char asked[4096]; /* ids of the operations that a page read, between blanks */

static int read_op(void *context, const struct op *op, const json_t *in, int64_t limit,
                   const char *after, json_t **out, enum op_problem *problem)
{
    (void)context, (void)limit, (void)after;
    char own[64]; /* a run of its own kind: "scan.show 13" */
    size_t n = strlen(asked);
    (void)snprintf(asked + n, sizeof asked - n, "%s ", op->id);
    (void)snprintf(own, sizeof own, "%s %lld", op->id,
                   (long long)json_integer_value(json_object_get(in, "scan")));
    const json_t *given = json_object_get(answers, own);
    *out = json_deep_copy(given ? given : json_object_get(answers, op->id));
    *problem = *out ? OP_OK : OP_NOT_FOUND;
    return 0;
}

/* Operations that are answered here though the program may not have them yet. */
static const struct op *find(const char *id)
{
    static const struct op stand_ins[] = {
        {"application.show", "GET", "/", "Show", "दिखाएँ", ROLE_ANY, OP_READ, 0, NULL, NULL, NULL,
         NULL},
        {"application.check", "GET", "/", "Check", "जाँचें", ROLE_ANY, OP_READ, 0, NULL, NULL, NULL,
         NULL},
        {"application.list", "GET", "/", "List", "सूची", ROLE_ANY, OP_READ | OP_PAGED, 0, NULL, NULL,
         NULL, NULL},
        {"reminder.list", "GET", "/", "List", "सूची", ROLE_OFFICER, OP_READ | OP_PAGED, 0, NULL,
         NULL, NULL, NULL},
        {"firm.show", "GET", "/", "Show", "दिखाएँ", ROLE_ANY, OP_READ, 0, NULL, NULL, NULL, NULL},
        {"lab.show", "GET", "/", "Show", "दिखाएँ", ROLE_OFFICER, OP_READ, 0, NULL, NULL, NULL, NULL},
        {"statistics.show", "GET", "/", "Show", "दिखाएँ", ROLE_OFFICER, OP_READ, 0, NULL, NULL, NULL,
         NULL},
        {"statistics.states", "GET", "/", "Show", "दिखाएँ", ROLE_OFFICER, OP_READ, 0, NULL, NULL,
         NULL, NULL},
    };
    const struct op *op = op_find(id);
    for (size_t i = 0; !op && i < sizeof stand_ins / sizeof *stand_ins; i++) {
        op = strcmp(stand_ins[i].id, id) == 0 ? &stand_ins[i] : NULL;
    }
    return op;
}

static const struct view_source source = {find, op_at, read_op, NULL, NULL};
static const struct actor officer = {.person = 6,
                                     .roles =
                                         ROLE_INTAKE | ROLE_ASSESSOR | ROLE_COMMITTEE | ROLE_ADMIN,
                                     .firm = UTC_NONE,
                                     .login = "ravi",
                                     .name = "Ravi Kulkarni"};
static const struct actor vendor = {
    .person = 9, .roles = ROLE_VENDOR, .firm = 1, .login = "asha", .name = "Asha Verma"};

struct target {
    const char *name, *path;
    int (*page)(struct view *);
    bool for_vendor;
};

static const struct target targets[] = {
    {"queue", "/office", page_queue, true},
    {"search", "/office/search", page_search, false},
    {"application", "/office/applications/4", page_application, true},
    {"rules", "/office/applications/4/rules", page_rules, true},
    {"application-print", "/office/applications/4/print", page_application_print, true},
    {"rules-print", "/office/applications/4/rules/print", page_rules_print, true},
    {"data", "/office/applications/4/data", page_data, true},
    {"upload", "/office/applications/4/upload", page_upload, true},
    {"new", "/office/new", page_new, true},
    {"document", "/office/documents/1", page_document, true},
    {"file", "/office/files/104", page_file, true},
    {"confirm", "/office/confirm", page_confirm, false},
    {"firms", "/office/firms", page_firms, false},
    {"firm", "/office/firms/1", page_firm, false},
    {"labs", "/office/labs", page_labs, false},
    {"lab", "/office/labs/2", page_lab, false},
    {"deadlines", "/office/deadlines", page_deadlines, false},
    {"settings", "/office/settings", page_settings, false},
    {"audit", "/office/audit", page_audit, false},
    {"statistics", "/office/statistics", page_statistics, false},
    {"certificates", "/office/certificates", page_certificates, false},
    {"certificate", "/office/certificates/1", page_certificate, false},
    {"amend", "/office/certificates/1/amend", page_amend, false},
    {"correct", "/office/certificates/1/correct", page_correct, false},
    {"amendment", "/office/changes/2", page_amendment, false},
    {"certify", "/office/applications/4/certificate", page_certify, false},
    {"request", "/office/requests/3", page_request, false},
    {"sign", "/office/sign", page_sign, false},
    {"signing", "/office/signings/1", page_signing, false},
    {"signings", "/office/signings", page_signings, false},
    {"foreign", "/office/foreign", page_foreign, true},
    {"foreign-case", "/office/foreign/7", page_foreign_case, true},
    {"issuers", "/office/issuers", page_issuers, false},
    {"issuer", "/office/issuers/1", page_issuer, false},
    {"devices", "/office/devices", page_devices, true},
    {"device", "/office/devices/5", page_device, true},
    {"scan", "/office/scans/12", page_scan, true},
    {"scan-waits", "/office/scans/13", page_scan, false},
    {"scan-client", "/office/scans/14", page_scan, true},
    {"scan-waits-first", "/office/scans/15", page_scan, false},
    {"scan-service", "/office/scans/12/services/1", page_scan_service, true},
    {"scan-compare", "/office/scans/12/compare", page_scan_compare, true},
    {"scan-declared", "/office/scans/12/declared", page_scan_declared, true},
};

enum { TARGETS = sizeof targets / sizeof *targets };

struct made {
    struct view v;
    struct arena *arena;
    struct buffer out;
    json_t *query, *args;
};

static void make(struct made *m, const struct target *t, const struct actor *who, enum lang lang)
{
    *m = (struct made){.arena = arena_new(1 << 24)};
    buffer_init(&m->out, 1 << 22);
    char scan[8] = "12"; /* /office/scans/13: that run */
    (void)sscanf(t->path, "/office/scans/%7[0-9]", scan);
    m->query = json_pack("{s:s, s:s}", "text", "<camera>", "pick-3", "on");
    m->args = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "device", "5", "scan", scan,
                        "service", "1", "application", "4", "document", "1", "file", "104", "firm",
                        "1", "lab", "2");
    assert_int_equal(json_object_set_new(m->args, "certificate", json_string("1")), 0);
    assert_int_equal(json_object_set_new(m->args, "change", json_string("2")), 0);
    assert_int_equal(json_object_set_new(m->args, "request", json_string("3")), 0);
    assert_int_equal(json_object_set_new(m->args, "signing", json_string("1")), 0);
    assert_int_equal(json_object_set_new(m->args, "case", json_string("7")), 0);
    assert_int_equal(json_object_set_new(m->args, "issuer", json_string("1")), 0);
    m->v = (struct view){.h = {&m->out},
                         .lang = lang,
                         .arena = m->arena,
                         .source = &source,
                         .actor = who,
                         .now = 1795242600,
                         .form_token = "token",
                         .form_key = "key",
                         .path = t->path,
                         .query = m->query,
                         .args = m->args};
    asked[0] = 0;
    assert_non_null(m->arena);
    if (t->page(&m->v) != 0) {
        fail_msg("%s: the page cannot be made", t->name);
    }
}

static void unmake(struct made *m)
{
    arena_free(m->arena);
    buffer_free(&m->out);
    json_decref(m->query);
    json_decref(m->args);
}

static size_t count(const struct made *m, const char *what)
{
    size_t n = 0, at = 0;
    while ((at = span_find(buffer_span(&m->out), span_str(what), at)) != SIZE_MAX) {
        n++;
        at++;
    }
    return n;
}

static void expect(const struct made *m, const char *page, const char *what, size_t n)
{
    if (count(m, what) != n) {
        fail_msg("%s: %zu of \"%s\", expected %zu", page, count(m, what), what, n);
    }
}

static void write_out(const struct made *m, const struct target *t, const char *who, const char *l)
{
    char path[512];
    const char *folder = getenv("SATYAPAN_PAGES");
    if (folder) {
        (void)snprintf(path, sizeof path, "%s/%s-%s-%s.html", folder, t->name, who, l);
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(m->out.p, 1, m->out.n, f), m->out.n);
        assert_int_equal(fclose(f), 0);
    }
}

static void check_page(const struct target *t, const struct actor *who, enum lang lang)
{
    struct made m;
    const char *name = who == &officer ? "officer" : "vendor", *l = lang == LANG_HI ? "hi" : "en";
    make(&m, t, who, lang);
    write_out(&m, t, name, l);
    expect(&m, t->name, "<h1", 1);
    expect(&m, t->name, "<main id=\"main\"", 1);
    expect(&m, t->name, "</html>\n", 1);
    expect(&m, t->name, " style=\"", 0);
    expect(&m, t->name, "<style", 0);
    expect(&m, t->name, "<camera>", 0);
    expect(&m, t->name, "<revoked>", 0);
    expect(&m, t->name, "x<y", 0);
    expect(&m, t->name, "(null)", 0);
    assert_int_equal(m.v.problem, OP_OK);
    if (m.out.n > 60 * 1024) {
        fail_msg("%s: %zu bytes", t->name, m.out.n);
    }
    unmake(&m);
}

static void test_officers(void **state)
{
    (void)state;
    for (size_t i = 0; i < TARGETS; i++) {
        check_page(&targets[i], &officer, LANG_EN);
        check_page(&targets[i], &officer, LANG_HI);
    }
}

static void test_vendors(void **state)
{
    (void)state;
    for (size_t i = 0; i < TARGETS; i++) {
        if (targets[i].for_vendor) {
            check_page(&targets[i], &vendor, LANG_EN);
            check_page(&targets[i], &vendor, LANG_HI);
        }
    }
}

/* A word of ours shown in English on a Hindi page: its English text stands there as text. */
static void check_untranslated(const struct made *m, const char *page, const char *en)
{
    char text[600];
    int n = snprintf(text, sizeof text, ">%s<", en);
    bool own = strcmp(en, "English") == 0 || /* the link to that language */
               strcmp(en, "SHA-256") == 0;
    if (strlen(en) > 3 && !own && n < (int)sizeof text && count(m, text)) {
        fail_msg("%s: \"%s\" is not in Hindi", page, en);
    }
}

static void test_hindi(void **state)
{
    (void)state;
    for (size_t i = 0; i < TARGETS; i++) {
        struct made m;
        const char *page = targets[i].name;
        make(&m, &targets[i], &officer, LANG_HI);
        for (int w = 0; w < OW_COUNT; w++) {
            if (w != OW_LANGUAGE_NAME) {
                check_untranslated(&m, page, office_word(LANG_EN, (enum office_word)w));
            }
        }
#define OFFICE_FIELD(column, kind, en, hi) check_untranslated(&m, page, en);
#include "http/office/pages_fields.def"
#undef OFFICE_FIELD
#define OFFICE_VOCAB(word, tone, en, hi)                                                           \
    if (strcmp(en, hi) != 0) {                                                                     \
        check_untranslated(&m, page, en);                                                          \
    }
#include "http/office/pages_vocab.def"
#undef OFFICE_VOCAB
        unmake(&m);
    }
}

/* What is for officers alone is not even asked for when a vendor looks. */
static void test_vendor_reads(void **state)
{
    static const char *const never[] = {"decision.waiting ", "audit.list ", "lab.list ",
                                        "officer.list ", "decision.list "};
    (void)state;
    for (size_t i = 0; i < TARGETS; i++) {
        struct made m;
        if (!targets[i].for_vendor) {
            continue;
        }
        make(&m, &targets[i], &vendor, LANG_EN);
        for (size_t n = 0; n < sizeof never / sizeof *never; n++) {
            if (strstr(asked, never[n])) {
                fail_msg("%s: a vendor's page reads %s", targets[i].name, never[n]);
            }
        }
        expect(&m, targets[i].name, "/office/op/decision.", 0);
        expect(&m, targets[i].name, "/office/op/file.set", 0);
        unmake(&m);
    }
}

/* A device that is waited for: where it has to go, how it is led there, and what ends it. */
static void test_waiting(void **state)
{
    static const struct target waits = {"scan-waits", "/office/scans/13", page_scan, false},
                               first = {"scan-waits-first", "/office/scans/15", page_scan, false},
                               done = {"scan-client", "/office/scans/14", page_scan, true};
    struct made m;
    (void)state;
    make(&m, &waits, &officer, LANG_EN);
    expect(&m, waits.name, "Lead the device here: 192.168.7.1:8443.", 1);
    expect(&m, waits.name, "--address=/#/192.168.7.1\n", 1);
    expect(&m, waits.name, "nft add table ip lab\nnft add chain ip lab pre", 1);
    expect(&m, waits.name, "redirect to :8443\n", 1);
    expect(&m, waits.name, "dnat to 192.168.7.1:8443\n", 1);
    expect(&m, waits.name, "href=\"/api/v1/bench/ca\"", 1);
    expect(&m, waits.name, "20 of 70", 1);
    expect(&m, waits.name, "action=\"/office/op/scan.finish\"", 1);
    expect(&m, waits.name, "action=\"/office/op/scan.cancel\"", 1);
    unmake(&m);
    make(&m, &first, &officer, LANG_EN); /* every address of the server; it is being ended */
    expect(&m, first.name, "Lead the device to this server, port 8443.", 1);
    expect(&m, first.name, "nft add table ip6 lab\n", 1);
    expect(&m, first.name, "No connection of this unit", 1);
    expect(&m, first.name, "scan.finish", 0);
    expect(&m, first.name, "The waiting is being ended", 1);
    unmake(&m);
    make(&m, &done, &officer, LANG_EN);
    expect(&m, done.name, "<code>self-signed</code>", 1);
    expect(&m, done.name, "It did not come for every case", 1);
    expect(&m, done.name, "Services asked", 0);
    expect(&m, done.name, "/compare\"", 1);
    expect(&m, done.name, "format=cbom", 0);
    unmake(&m);
}

static int load(void **state)
{
    json_error_t e;
    (void)state;
    answers = json_load_file("tests/office/answers.json", 0, &e);
    if (!answers) {
        fprintf(stderr, "tests/office/answers.json:%d: %s\n", e.line, e.text);
    }
    return answers ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    json_decref(answers);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_officers), cmocka_unit_test(test_vendors),
        cmocka_unit_test(test_hindi),    cmocka_unit_test(test_vendor_reads),
        cmocka_unit_test(test_waiting),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
