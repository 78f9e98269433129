/*
 * test_foreign_pages - pages of registers and what the check of a weblink makes of them.
 *
 * The cases are the .pages files of tests/foreign; see tests/foreign/README.md. Each page goes
 * through decoding, reading, matching, the control, and the decision, without network and sandbox.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "cli/text/text.h"
#include "foreign/decide.h"
#include "foreign/domain.h"
#include "foreign/normal.h"
#include "satyapan/verify.h"

enum { CASES_MAX = 600, FILE_MAX = 4 << 20 };
#define CASE_MEMORY ((size_t)700 << 20)

struct page_case {
    const char *file, *name, *expect, *reason, *profile, *url, *type, *control;
    long status;
    const char *headers;
    struct claim claim;
    const char *today;
    struct span page, control_page; /* p NULL: none */
};

static struct arena *cases_arena;
static struct page_case cases[CASES_MAX];
static size_t case_count;
static bool seen[FOREIGN_REASONS];

/* ---- reading --------------------------------------------------------------------------------- */

static struct span load(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    struct buffer b;
    uint8_t piece[65536];
    buffer_init(&b, FILE_MAX);
    size_t n;
    while (f && (n = fread(piece, 1, sizeof piece, f)) > 0) {
        buffer_add(&b, span_make(piece, n));
    }
    assert_non_null(f);
    (void)fclose(f);
    assert_true(buffer_ok(&b));
    struct span out = arena_dup(a, buffer_span(&b));
    buffer_free(&b);
    return out;
}

static void defaults(struct page_case *c)
{
    *c = (struct page_case){.expect = "",
                            .reason = "",
                            .profile = "tests/foreign/register.json",
                            .url = "https://register.test.example/certificates/TR-2024-1187",
                            .type = "text/html; charset=utf-8",
                            .control = "404",
                            .status = 200,
                            .headers = "",
                            .today = "2026-11-22",
                            .claim = {.number = "TR-2024-1187",
                                      .holder = "Acme Sensors Private Limited",
                                      .issuer = "A register of the tests",
                                      .product = "AC-200",
                                      .standard = "ISO/IEC 27402:2023",
                                      .issued = "2024-03-05",
                                      .expires = "2027-03-04"}};
}

static void set(struct page_case *c, const char *key, const char *value)
{
    const struct {
        const char *key;
        const char **field;
    } rows[] = {{"expect", &c->expect},
                {"reason", &c->reason},
                {"profile", &c->profile},
                {"url", &c->url},
                {"type", &c->type},
                {"control", &c->control},
                {"header", &c->headers},
                {"today", &c->today},
                {"number", &c->claim.number},
                {"holder", &c->claim.holder},
                {"issuer", &c->claim.issuer},
                {"product", &c->claim.product},
                {"standard", &c->claim.standard},
                {"issued", &c->claim.issued},
                {"expires", &c->claim.expires}};
    if (strcmp(key, "status") == 0) {
        c->status = strtol(value, NULL, 10);
        return;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].key, key) == 0) {
            *rows[i].field = strcmp(value, "-") == 0 ? NULL : value;
            return;
        }
    }
    fail_msg("%s: unknown key %s", c->name, key);
}

static struct span take_line(struct span *rest)
{
    size_t n = span_find(*rest, SPAN_LIT("\n"), 0);
    n = n == SIZE_MAX ? rest->n : n;
    struct span line = span_sub(*rest, 0, n);
    *rest = span_sub(*rest, n + 1, rest->n);
    return line;
}

static void finish_body(struct page_case *c, int part, const uint8_t *start, const uint8_t *end)
{
    if (part == 1) {
        c->page = span_make(start, (size_t)(end - start));
    } else if (part == 2) {
        c->control_page = span_make(start, (size_t)(end - start));
    }
}

static void read_file(const char *path)
{
    struct span rest = load(cases_arena, path);
    struct page_case *c = NULL;
    const uint8_t *start = rest.p;
    int part = 0; /* 0 keys, 1 page, 2 control */
    while (rest.n) {
        const uint8_t *at = rest.p;
        struct span line = take_line(&rest);
        if (span_starts(line, SPAN_LIT("=== "))) {
            if (c) {
                finish_body(c, part, start, at);
            }
            assert_true(case_count < CASES_MAX);
            c = &cases[case_count++];
            defaults(c);
            c->file = arena_str(cases_arena, span_str(path));
            c->name = arena_str(cases_arena, span_sub(line, 4, line.n));
            part = 0;
        } else if (c && (span_eq(line, SPAN_LIT("--- page")) ||
                         span_eq(line, SPAN_LIT("--- control")))) {
            finish_body(c, part, start, at);
            part = line.p[4] == 'p' ? 1 : 2;
            start = rest.p;
        } else if (c && part == 0 && line.n && line.p[0] != '#') {
            size_t colon = span_find(line, SPAN_LIT(": "), 0);
            assert_true(colon != SIZE_MAX);
            set(c, arena_str(cases_arena, span_sub(line, 0, colon)),
                arena_str(cases_arena, span_sub(line, colon + 2, line.n)));
        }
    }
    if (c) {
        finish_body(c, part, start, rest.p);
    }
}

static void repeat(struct buffer *out, struct span text)
{
    char number[24];
    char *end;
    char head[32] = "";
    memcpy(head, text.p, text.n < 31 ? text.n : 31);
    long n = strtol(head, &end, 10);
    struct span row = span_sub(text, (size_t)(end - head) + 1, text.n);
    for (long i = 0; i < n; i++) {
        struct span r = row;
        for (size_t at; (at = span_find(r, SPAN_LIT("{n}"), 0)) != SIZE_MAX;) {
            buffer_add(out, span_sub(r, 0, at));
            (void)snprintf(number, sizeof number, "%ld", i);
            buffer_str(out, number);
            r = span_sub(r, at + 3, r.n);
        }
        buffer_add(out, r);
        buffer_char(out, '\n');
    }
}

/* "@repeat N text with {n}", "@bytes 00ff", "@same" (no line end) */
static struct span expand(struct arena *a, struct span body)
{
    struct buffer *out = test_malloc(sizeof *out);
    buffer_init(out, (size_t)64 << 20);
    while (body.n) {
        struct span line = take_line(&body);
        if (span_starts(line, SPAN_LIT("@repeat "))) {
            repeat(out, span_sub(line, 8, line.n));
        } else if (span_starts(line, SPAN_LIT("@bytes "))) {
            for (size_t i = 7; i + 1 < line.n; i += 2) {
                char hex[3] = {(char)line.p[i], (char)line.p[i + 1], 0};
                buffer_char(out, (char)strtol(hex, NULL, 16));
            }
        } else {
            buffer_add(out, line);
            buffer_char(out, '\n');
        }
    }
    assert_true(buffer_ok(out));
    struct span copy = arena_dup(a, buffer_span(out));
    buffer_free(out);
    test_free(out);
    return copy;
}

/* ---- running --------------------------------------------------------------------------------- */

static const char *swap(struct arena *a, struct span text, const char *from, const char *to)
{
    struct buffer out;
    buffer_init(&out, (size_t)64 << 20);
    for (size_t at; (at = span_find(text, span_str(from), 0)) != SIZE_MAX;) {
        buffer_add(&out, span_sub(text, 0, at));
        buffer_str(&out, to);
        text = span_sub(text, at + strlen(from), text.n);
    }
    buffer_add(&out, text);
    const char *s = arena_str(a, buffer_span(&out));
    buffer_free(&out);
    return s;
}

static const char *head_of(struct arena *a, const struct page_case *c)
{
    return arena_printf(a, "HTTP/1.1 %ld X\r\n%s%s%s%s\r\n\r\n", c->status,
                        c->type ? "Content-Type: " : "X-None: ", c->type ? c->type : "",
                        *c->headers ? "\r\n" : "", c->headers);
}

/* As the program: a PDF goes through poppler, and its text through a second evaluation. */
static void run_evaluate(struct arena *a, struct evaluate_job *job, struct evaluation *out)
{
    static const char *const words[] = {"pdftotext", "-q", "-layout", "-enc",
                                        "UTF-8",     "-",  "-",       NULL};
    struct span pdf;
    char why[CAGE_WHY];
    assert_int_equal(evaluate(a, job, out, &pdf), 0);
    if (out->class != CLASS_PDF) {
        return;
    }
    struct buffer text;
    int fd = memfd_create("pdf", MFD_CLOEXEC);
    buffer_init(&text, 1 << 20);
    assert_int_equal(write(fd, pdf.p, pdf.n), (ssize_t)pdf.n);
    if (cage_exec("/usr/bin/pdftotext", words, fd, &text, why) == 0) {
        job->text = arena_dup(a, span_make(text.p ? text.p : (const uint8_t *)"", text.n));
        assert_int_equal(evaluate(a, job, out, &pdf), 0);
        job->text = SPAN_NONE;
    }
    buffer_free(&text);
    (void)close(fd);
}

static void run_control(struct arena *a, const struct page_case *c, struct evaluate_job *job,
                        struct weblink_facts *facts, struct evaluation *control)
{
    struct claim made_up = c->claim;
    made_up.number = weblink_mutate(a, c->claim.number);
    assert_string_not_equal(made_up.number, c->claim.number);
    struct span body = expand(a, c->page);
    job->claims[0] = &made_up;
    job->claims[1] = &c->claim;
    job->claim_count = 2;
    if (facts->fit == ADDRESS_LIST) {
        job->claim_count = 1;
    } else if (c->control_page.p) {
        job->wire = expand(a, c->control_page);
    } else if (strcmp(c->control, "echo") == 0) {
        job->wire = span_str(swap(a, body, c->claim.number, made_up.number));
    } else if (strcmp(c->control, "failed") == 0) {
        facts->control_failed = "no answer";
        return;
    } else if (strcmp(c->control, "same") != 0) {
        job->status = strtol(c->control, NULL, 10);
        job->wire = SPAN_LIT("<html><body><p>Nothing here.</body></html>");
    }
    run_evaluate(a, job, control);
    facts->control = control;
}

static enum weblink_outcome run(struct arena *a, const struct page_case *c,
                                struct foreign_findings *findings)
{
    struct profile profile;
    struct address_match address;
    struct evaluation page, control;
    char why[PROFILE_WHY], domain[FETCH_HOST_MAX];
    struct date_found today;
    struct span bytes = load(a, c->profile);
    assert_int_equal(profile_parse(a, bytes, &profile, why), 0);
    assert_int_equal(profile_address(a, &profile, c->url, &address), 0);
    assert_true(date_iso(c->today, &today));
    const char *head = head_of(a, c);
    struct evaluate_job job = {.profile = &profile,
                               .claims = {&c->claim},
                               .claim_count = 1,
                               .status = c->status,
                               .head = span_str(head),
                               .wire = expand(a, c->page),
                               .today = date_days(&today)};
    run_evaluate(a, &job, &page);
    const char *host = c->url + 8;
    assert_true(domain_registrable(arena_str(a, span_make(host, strcspn(host, "/"))), domain));
    struct weblink_facts facts = {.arena = a,
                                  .claim = &c->claim,
                                  .failure = FOREIGN_REASONS,
                                  .domain = domain,
                                  .profile = &profile,
                                  .https = true,
                                  .fit = address.fit,
                                  .page = &page};
    if (weblink_wants_control(&facts)) {
        run_control(a, c, &job, &facts, &control);
    }
    return weblink_decide(&facts, findings);
}

static const char *main_reason(const struct foreign_findings *f, enum weblink_outcome outcome)
{
    const struct foreign_finding *first =
        foreign_first(f, outcome == WEBLINK_VERIFIED   ? SP_LEVEL_INFO
                         : outcome == WEBLINK_MISMATCH ? SP_LEVEL_FAIL
                                                       : SP_LEVEL_REVIEW);
    if (outcome == WEBLINK_VERIFIED) {
        return "foreign.verified";
    }
    return first ? foreign_reason_row(first->id)->code : "";
}

static void test_case(void **state)
{
    const struct page_case *c = *state;
    struct arena *a = arena_new(CASE_MEMORY);
    struct foreign_findings findings;
    assert_non_null(a);
    foreign_findings_init(&findings, a);
    enum weblink_outcome outcome = run(a, c, &findings);
    const char *reason = main_reason(&findings, outcome);
    bool good = strcmp(weblink_outcome_name(outcome), c->expect) == 0 &&
                (!*c->reason || strcmp(reason, c->reason) == 0);
    for (const struct foreign_finding *f = findings.first; f; f = f->next) {
        seen[f->id] = true;
        if (!good) {
            print_error("    %s at %s: %s\n", foreign_reason_row(f->id)->code, f->where, f->text);
        }
    }
    if (!good) {
        print_error("%s, %s: %s %s, expected %s %s\n", c->file, c->name,
                    weblink_outcome_name(outcome), reason, c->expect, c->reason);
    }
    arena_free(a);
    assert_true(good);
}

/* Every reason is the outcome of some case; those of the way there are tried by
 * tests/e2e/weblink.py. */
static void test_all_reasons(void **state)
{
    static const enum foreign_reason elsewhere[] = {
        FOREIGN_ENGINE,           FOREIGN_ADDRESS_REFUSED, FOREIGN_LOOKALIKE, FOREIGN_NOT_APPROVED,
        FOREIGN_NO_TLS,           FOREIGN_REDIRECT,        FOREIGN_ROBOTS,    FOREIGN_NO_TIMESTAMP,
        FOREIGN_CLAIM_INCOMPLETE, FOREIGN_TOO_LARGE};
    (void)state;
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
        seen[elsewhere[i]] = true;
    }
    size_t missing = 0;
    for (int i = 0; i < FOREIGN_REASONS; i++) {
        if (!seen[i]) {
            print_error("no case has %s\n", foreign_reason_row((enum foreign_reason)i)->code);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
}

/* Each register that is shipped has a page in the form it uses. */
static void test_all_registers(void **state)
{
    glob_t files;
    (void)state;
    assert_int_equal(glob("trust/issuers/*.json", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        bool there = false;
        for (size_t k = 0; k < case_count; k++) {
            there = there || strcmp(cases[k].profile, files.gl_pathv[i]) == 0;
        }
        if (!there) {
            fail_msg("%s has no page", files.gl_pathv[i]);
        }
    }
    globfree(&files);
}

int main(void)
{
    glob_t files;
    static struct CMUnitTest tests[CASES_MAX + 2];
    cases_arena = arena_new((size_t)64 << 20);
    if (!cases_arena || sp_init() != 0 || domain_init() != 0 ||
        glob("tests/foreign/*.pages", 0, NULL, &files) != 0) {
        return 70;
    }
    for (size_t i = 0; i < files.gl_pathc; i++) {
        read_file(files.gl_pathv[i]);
    }
    globfree(&files);
    const char *only = getenv("PAGE");
    size_t n = 0;
    for (size_t i = 0; i < case_count; i++) {
        if (!only || strcmp(only, cases[i].name) == 0) {
            tests[n++] = (struct CMUnitTest){cases[i].name, test_case, NULL, NULL, &cases[i]};
        }
    }
    if (!only) {
        tests[n++] = (struct CMUnitTest){"all reasons", test_all_reasons, NULL, NULL, NULL};
        tests[n++] = (struct CMUnitTest){"all registers", test_all_registers, NULL, NULL, NULL};
    }
    int failed = _cmocka_run_group_tests("pages", tests, n, NULL, NULL);
    arena_free(cases_arena);
    return failed;
}
