/*
 * test_foreign_domain - whose domain it is, and which ones only look like a known one (FOREIGN.md).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "foreign/decide.h"
#include "foreign/domain.h"
#include "foreign/robots.h"
#include "net/fetch_web.h"
#include "satyapan/verify.h"

static const char *const known[] = {
    "tuvsud.com", "tuv.com",           "sgs.com", "bsigroup.com", "certipedia.com", "nist.gov",
    "iecee.org",  "iafcertsearch.org", "ul.com",  "intertek.com", "europa.eu"};
enum { KNOWN = sizeof known / sizeof *known };

/* Hosts as people would write them, and the known domain each imitates. */
static const struct {
    const char *url, *of;
} alike[] = {
    {"https://tüvsud.com/", "tuvsud.com"},
    {"https://tuvsüd.com/", "tuvsud.com"},
    {"https://tuevsud.com/", "tuvsud.com"},
    {"https://tuvsued.com/", "tuvsud.com"},
    {"https://xn--tvsud-kva.com/", "tuvsud.com"},
    {"https://tuv-sud.com/", "tuvsud.com"},
    {"https://tuvsud-certificates.com/", "tuvsud.com"},
    {"https://sgs-certificates.com/", "sgs.com"},
    {"https://verify-sgs.org/", "sgs.com"},
    {"https://sgs.net/", "sgs.com"},
    {"https://sgs.co.in/", "sgs.com"},
    {"https://ѕgѕ.com/", "sgs.com"},
    {"https://5gs.com/", "sgs.com"},
    {"https://sg5.com/", "sgs.com"},
    {"https://sgs.com.evil.example/", "sgs.com"},
    {"https://www.sgs.com-verify.net/", "sgs.com"},
    {"https://sgs.certificate-check.example/", "sgs.com"},
    {"https://certlpedia.com/", "certipedia.com"},
    {"https://certipediа.com/", "certipedia.com"},
    {"https://certipedla.com/", "certipedia.com"},
    {"https://certtipedia.com/", "certipedia.com"},
    {"https://crtipedia.com/", "certipedia.com"},
    {"https://certipedai.com/", "certipedia.com"},
    {"https://certipedia.org/", "certipedia.com"},
    {"https://certipediaonline.com/", "certipedia.com"},
    {"https://mycertipedia.com/", "certipedia.com"},
    {"https://bsigrоup.com/", "bsigroup.com"},
    {"https://bsigr0up.com/", "bsigroup.com"},
    {"https://bsi-group.com/", "bsigroup.com"},
    {"https://bsiqroup.com/", "bsigroup.com"},
    {"https://lecee.org/", "iecee.org"},
    {"https://ieceee.org/", "iecee.org"},
    {"https://iafcertsearch.com/", "iafcertsearch.org"},
    {"https://iaf-certsearch.org/", "iafcertsearch.org"},
    {"https://iafcertserach.org/", "iafcertsearch.org"},
    {"https://iafcertsearch.org.login.example/", "iafcertsearch.org"},
    {"https://nist.gov.in/", "nist.gov"},
    {"https://csrc-nist.gov.example/", "nist.gov"},
    {"https://csrc.nist.gov.cmvp.example/", "nist.gov"},
    {"https://intertekk.com/", "intertek.com"},
    {"https://lntertek.com/", "intertek.com"},
    {"https://ul-certified.com/", "ul.com"},
};

static const char *const own[] = {"https://www.sgs.com/", "https://csrc.nist.gov/x",
                                  "https://certification.enisa.europa.eu/", "https://tuvsud.com/",
                                  "https://www.certipedia.com/certificates/1"};
static const char *const strangers[] = {"https://example.org/",  "https://acme-sensors.in/",
                                        "https://gsmworld.com/", "https://register.test.example/",
                                        "https://meity.gov.in/", "https://stqc.gov.in/",
                                        "https://bis.gov.in/",   "https://multimedia.de/"};

static const char *host_of(struct arena *a, const char *url)
{
    const char *ascii;
    assert_int_equal(domain_ascii_url(a, url, &ascii), 0);
    ascii += strlen("https://");
    return arena_str(a, span_make(ascii, strcspn(ascii, "/")));
}

static void test_lookalikes(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    size_t missed = 0;
    for (size_t i = 0; i < sizeof alike / sizeof *alike; i++) {
        const char *how, *of = domain_lookalike(a, host_of(a, alike[i].url), known, KNOWN, &how);
        if (!of || strcmp(of, alike[i].of) != 0) {
            const char *found = of ? of : "nothing";
            print_error("%s: %s, not %s\n", alike[i].url, found, alike[i].of);
            missed++;
        }
    }
    arena_free(a);
    assert_int_equal(missed, 0);
}

static void test_others(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    const char *how;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        assert_null(domain_lookalike(a, host_of(a, own[i]), known, KNOWN, &how));
    }
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        const char *of = domain_lookalike(a, host_of(a, strangers[i]), known, KNOWN, &how);
        if (of) {
            print_error("stranger %zu\n", i);
        }
        assert_null(of);
    }
    arena_free(a);
}

static void test_registrable(void **state)
{
    static const struct {
        const char *host, *domain;
    } rows[] = {{"www.sgs.com", "sgs.com"},
                {"a.b.co.in", "b.co.in"},
                {"x.gov.in", "x.gov.in"},
                {"user.github.io", "user.github.io"},
                {"com", NULL},
                {"co.in", NULL},
                {"127.0.0.1", NULL},
                {"93.184.215.14", NULL},
                {"xn--tvsud-kva.com", "xn--tvsud-kva.com"}};
    char out[FETCH_HOST_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(domain_registrable(rows[i].host, out), rows[i].domain != NULL);
        if (rows[i].domain) {
            assert_string_equal(out, rows[i].domain);
        }
    }
}

/* ---- addresses of a profile ------------------------------------------------------------------ */

static const char profile_text[] =
    "{\"schema\":\"satyapan-issuer/1\",\"id\":\"x\",\"name\":\"X\",\"country\":\"DE\","
    "\"domains\":[\"x.example\"],\"ignored_parameters\":[\"lang\"],\"templates\":["
    "\"https://r.x.example/c/{number}\",\"https://r.x.example/s?no={number}&type=c\","
    "\"https://r.x.example/r/{id}/view\",\"https://r.x.example/all\"]}";

static void test_addresses(void **state)
{
    static const struct {
        const char *url;
        enum address_fit fit;
        const char *value, *changed;
    } rows[] = {
        {"https://r.x.example/c/A-12", ADDRESS_NUMBER, "A-12", "https://r.x.example/c/Z%209"},
        {"https://R.X.EXAMPLE:443/c/A%2F12#x", ADDRESS_NUMBER, "A/12",
         "https://R.X.EXAMPLE:443/c/Z%209"},
        {"https://r.x.example/c/01+400+16", ADDRESS_NUMBER, "01+400+16", NULL},
        {"https://r.x.example/s?no=A+12&type=c", ADDRESS_NUMBER, "A 12",
         "https://r.x.example/s?no=Z%209&type=c"},
        {"https://r.x.example/s?type=c&lang=en&no=A", ADDRESS_NUMBER, "A", NULL},
        {"https://r.x.example/r/82a_1/view", ADDRESS_ID, "82a_1", NULL},
        {"https://r.x.example/all?lang=en", ADDRESS_LIST, NULL, NULL},
        {"https://r.x.example/all", ADDRESS_LIST, NULL, NULL},
        {"http://r.x.example/all", ADDRESS_OUTSIDE, NULL, NULL},
        {"https://x.example/all", ADDRESS_OUTSIDE, NULL, NULL},
        {"https://r.x.example:444/all", ADDRESS_OUTSIDE, NULL, NULL},
        {"https://r.x.example/all/", ADDRESS_OUTSIDE, NULL, NULL},
        {"https://r.x.example/all?q=1", ADDRESS_OUTSIDE, NULL, NULL},
        {"https://r.x.example/all?lang=<b>", ADDRESS_OUTSIDE, NULL, NULL},
        {"https://r.x.example/c/", ADDRESS_OUTSIDE, NULL, NULL},
        {"https://r.x.example/c/A/12", ADDRESS_OUTSIDE, NULL, NULL},
        {"https://r.x.example/c/A?holder=Acme", ADDRESS_OUTSIDE, NULL, NULL},
        {"https://r.x.example/s?no=A&no=B&type=c", ADDRESS_OUTSIDE, NULL, NULL},
        {"https://r.x.example/s?no=A", ADDRESS_OUTSIDE, NULL, NULL},
        {"https://r.x.example/r/abc/view", ADDRESS_OUTSIDE, NULL, NULL},
        {"https://r.x.example/r/1%2f2/view", ADDRESS_OUTSIDE, NULL, NULL},
        {"https://r.x.example.evil.example/all", ADDRESS_OUTSIDE, NULL, NULL}};
    struct arena *a = arena_new(1 << 20);
    struct profile p;
    struct address_match m;
    char why[PROFILE_WHY] = "";
    (void)state;
    assert_int_equal(profile_parse(a, span_str(profile_text), &p, why), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(profile_address(a, &p, rows[i].url, &m), 0);
        if (m.fit != rows[i].fit) {
            print_error("%s\n", rows[i].url);
        }
        assert_int_equal(m.fit, rows[i].fit);
        if (rows[i].value) {
            assert_string_equal(m.value, rows[i].value);
        }
        if (rows[i].changed) {
            assert_string_equal(profile_address_with(a, rows[i].url, &m, "Z 9"), rows[i].changed);
        }
    }
    arena_free(a);
}

static void test_profiles_refused(void **state)
{
#define HEAD "{\"schema\":\"satyapan-issuer/1\",\"id\":\"x\",\"name\":\"X\",\"country\":\"DE\","
    static const char *const wrong[] = {
        "",
        "[]",
        "{}",
        "{\"schema\":\"satyapan-issuer/2\"}",
        HEAD "\"domains\":[\"x.example\"]}",
        HEAD "\"domains\":[],\"templates\":[]}",
        HEAD "\"domains\":[\"com\"],\"templates\":[]}",
        HEAD "\"domains\":[\"co.in\"],\"templates\":[]}",
        HEAD "\"domains\":[\"www.x.example\"],\"templates\":[]}",
        HEAD "\"domains\":[\"127.0.0.1\"],\"templates\":[]}",
        HEAD "\"domains\":[\"X.example\"],\"templates\":[]}",
        HEAD "\"domains\":[\"x.example\"],\"templates\":[\"http://x.example/{id}\"]}",
        HEAD "\"domains\":[\"x.example\"],\"templates\":[\"https://y.example/{id}\"]}",
        HEAD "\"domains\":[\"x.example\"],\"templates\":[\"https://{id}.x.example/\"]} ",
        HEAD "\"domains\":[\"x.example\"],\"templates\":[\"https://x.example/{id}/{number}\"]}",
        HEAD "\"domains\":[\"x.example\"],\"templates\":[\"https://x.example/{any}\"]}",
        HEAD "\"domains\":[\"x.example\"],\"templates\":[],\"extra\":1}",
        HEAD "\"domains\":[\"x.example\"],\"templates\":[],\"templates\":[]}",
        HEAD "\"domains\":[\"x.example\"],\"templates\":[],\"pause_ms\":-1}",
        HEAD "\"domains\":[\"x.example\"],\"templates\":[],\"labels\":{\"colour\":[]}}",
        HEAD "\"domains\":[\"x.example\"],\"templates\":[],\"date_order\":\"ydm\"}",
        HEAD "\"domains\":[\"x.example\"],\"templates\":[],\"hosts\":[\"y.example\"]}",
        HEAD "\"domains\":[\"x.example\"],\"templates\":[],\"mail_domains\":[\"gmail\"]}"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct arena *a = arena_new(1 << 20);
        struct profile p;
        char why[PROFILE_WHY] = "";
        assert_non_null(wrong[i]);
        int rc = profile_parse(a, span_str(wrong[i]), &p, why);
        if (rc != 1) {
            print_error("case %zu\n", i);
        }
        assert_int_equal(rc, 1);
        assert_true(*why);
        arena_free(a);
    }
}

/* ---- the made-up number, robots.txt, an answer of the fetch process
 * --------------------------- */

static void test_mutate(void **state)
{
    static const char *const numbers[] = {
        "TR-2024-1187", "4282", "0", "60 123 456", "ABC", "a/b", "7", "01+400+1610377", "*", "१२"};
    struct arena *a = arena_new(1 << 20);
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        assert_string_not_equal(weblink_mutate(a, numbers[i]), numbers[i]);
    }
    /* The same letters and digits with other signs between become the same. */
    const char *x = weblink_mutate(a, "TR-2024-1187"), *y = weblink_mutate(a, "tr 2024/1187");
    assert_memory_equal(x + 3, y + 3, 4);
    assert_memory_equal(x + 8, y + 8, 4);
    for (size_t i = 0; x[i]; i++) {
        if (x[i] >= '0' && x[i] <= '9') {
            assert_int_not_equal(x[i], "TR-2024-1187"[i]);
        }
    }
    arena_free(a);
}

static void test_robots(void **state)
{
    static const struct {
        const char *file, *path;
        bool allowed;
        int delay;
    } rows[] = {{"", "/x", true, 0},
                {"User-agent: *\nDisallow: /\n", "/x", false, 0},
                {"user-agent:*\r\ndisallow: /a\r\nallow: /a/b\r\n", "/a/b/c", true, 0},
                {"User-agent: *\nDisallow: /a\nAllow: /a\n", "/a", true, 0},
                {"User-agent: *\nDisallow:\n", "/x", true, 0},
                {"User-agent: *\nDisallow: /*.pdf$\n", "/x/y.pdf", false, 0},
                {"User-agent: *\nDisallow: /*.pdf$\n", "/x/y.pdf?z", true, 0},
                {"User-agent: *\nDisallow: /\n\nUser-agent: Satyapan\nAllow: /\n", "/x", true, 0},
                {"User-agent: a\nUser-agent: satyapan/2\nDisallow: /x\n", "/x", false, 0},
                {"User-agent: satyapanbot\nDisallow: /\n", "/x", true, 0},
                {"User-agent: *\nCrawl-delay: 10\nDisallow: /q\n", "/x", true, 10000},
                {"User-agent: *\nCrawl-delay: 1.5\n", "/x", true, 1500},
                {"User-agent: *\nCrawl-delay: 99999999999\n", "/x", true, 3600000},
                {"# x\n\xef\xbb\xbfgarbage\nDisallow: /\n", "/x", true, 0},
                {"User-agent: *\nDisallow: /search?\n", "/search?q=1", false, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct robots_answer r = robots_ask(span_str(rows[i].file), "satyapan", rows[i].path);
        if (r.allowed != rows[i].allowed || r.delay_ms != rows[i].delay) {
            print_error("%s for %s\n", rows[i].file, rows[i].path);
        }
        assert_int_equal(r.allowed, rows[i].allowed);
        assert_int_equal(r.delay_ms, rows[i].delay);
    }
}

static void test_fetch_web(void **state)
{
    uint8_t bytes[sizeof(struct fetch_web_head) + 10] = {0};
    struct fetch_web_head h = {.magic = FETCH_WEB_MAGIC,
                               .request = 3,
                               .head = 2,
                               .body = 4,
                               .chain_count = 1,
                               .chain = {1}};
    struct fetch_web w;
    (void)state;
    memcpy(bytes, &h, sizeof h);
    assert_true(fetch_web_read(span_make(bytes, sizeof bytes), &w));
    assert_int_equal(w.request.n + w.head.n + w.body.n + w.chain[0].n, 10);
    for (size_t n = 0; n < sizeof bytes; n++) {
        assert_false(fetch_web_read(span_make(bytes, n), &w));
    }
    const struct fetch_web_head bad[] = {
        {.magic = 1, .request = 10},
        {.magic = FETCH_WEB_MAGIC, .request = 11},
        {.magic = FETCH_WEB_MAGIC, .request = UINT64_MAX, .head = 11},
        {.magic = FETCH_WEB_MAGIC, .request = 9},
        {.magic = FETCH_WEB_MAGIC, .request = 10, .chain_count = FETCH_CHAIN_MAX + 1},
        {.magic = FETCH_WEB_MAGIC, .request = 9, .chain_count = 2, .chain = {1, UINT32_MAX}}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        memcpy(bytes, &bad[i], sizeof bad[i]);
        assert_false(fetch_web_read(span_make(bytes, sizeof bytes), &w));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookalikes),       cmocka_unit_test(test_others),
        cmocka_unit_test(test_registrable),      cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_profiles_refused), cmocka_unit_test(test_mutate),
        cmocka_unit_test(test_robots),           cmocka_unit_test(test_fetch_web)};
    return sp_init() != 0 || domain_init() != 0 ? 70 : cmocka_run_group_tests(tests, NULL, NULL);
}
