/*
 * test_quick - the plain case of chain/quick.c says what OpenSSL says: over every path suite, over
 * the generated certificates, and over every single changed bit of a leaf and of a CA.
 *
 * The suites of others are read from $SHARED (default ../shared); without them that part is
 * skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>

#include "asn1/armor.h"
#include "chain/quick.h"
#include "chain/validate.h"
#include "world.h"

enum { LINE = 1 << 20, MAX_BLOBS = 512 };

static char line[LINE];

/* One case of the suites' text format: the material of a question. */
struct material {
    char *blobs[MAX_BLOBS]; /* base64 */
    enum sp_evidence_kind kinds[MAX_BLOBS];
    size_t count;
    char *leaf, id[256];
    int64_t time;
};

static void forget(struct material *m)
{
    for (size_t i = 0; i < m->count; i++) {
        free(m->blobs[i]);
    }
    free(m->leaf);
    *m = (struct material){.time = MINT_NOW};
}

static void take(struct material *m, enum sp_evidence_kind kind, const char *text)
{
    assert_true(m->count < MAX_BLOBS);
    m->kinds[m->count] = kind;
    m->blobs[m->count++] = strdup(text);
}

/* The findings of one judgement as text; *quick: it went without OpenSSL's objects. */
static const char *judge(struct arena *a, const struct material *m, bool openssl, bool *quick)
{
    struct sp_evidence e = {0};
    struct sp_findings findings;
    struct pool *pool;
    struct armor_item *items;
    struct cert *leaf = NULL;
    size_t count;
    const char *why;
    struct chain_answer answer;
    struct chain_options o = {.depth = -1, .openssl_always = openssl};
    struct sp_policy policy = *sp_policy_builtin("generic");
    findings_init(&findings);
    policy.require_revocation = false;
    for (size_t i = 0; i < m->count; i++) {
        assert_int_equal(sp_evidence_add(&e, m->kinds[i], m->blobs[i], strlen(m->blobs[i]), "test"),
                         0);
    }
    assert_int_equal(pool_new(a, &e, &findings, &pool), 0);
    assert_int_equal(armor_decode(a, span_str(m->leaf), &items, &count), 0);
    if (count == 0 || cert_parse(a, items[0].der, "test", &leaf, &why) || !leaf) {
        sp_evidence_clear(&e);
        return "no leaf";
    }
    struct chain_question q = {.leaf = leaf,
                               .purpose = CHAIN_ANY,
                               .time = m->time,
                               .time_proven = true,
                               .now = m->time,
                               .policy = &policy,
                               .where = "x"};
    assert_int_equal(chain_judge_with(a, pool, &q, &o, &findings, &answer), 0);
    const char *text = "";
    for (const struct sp_finding *f = findings.first; f; f = f->next) {
        text = arena_printf(a, "%s%s %s %s\n", text, sp_reason_row(f->reason)->code, f->where,
                            f->text);
    }
    *quick = !openssl && answer.path_count > 1 && !leaf->x509_tried;
    sp_evidence_clear(&e);
    return text;
}

static size_t cases, quick_cases;

static void compare(const struct material *m)
{
    bool quick = false, ignored;
    struct arena *a = arena_new((size_t)1 << 26);
    const char *ours = judge(a, m, false, &quick), *theirs = judge(a, m, true, &ignored);
    if (strcmp(ours, theirs) != 0) {
        print_error("%s\nquick:\n%sOpenSSL:\n%s", m->id, ours, theirs);
        fail();
    }
    cases++;
    quick_cases += quick;
    arena_free(a);
}

static bool run_suite(const char *path)
{
    FILE *f = fopen(path, "r");
    struct material m = {.time = MINT_NOW};
    if (!f) {
        return false;
    }
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        char *value = strchr(line, ' ');
        value = value ? value + 1 : line + strlen(line);
        if (strncmp(line, "case ", 5) == 0) {
            (void)snprintf(m.id, sizeof m.id, "%s", value);
        } else if (strncmp(line, "time ", 5) == 0) {
            m.time = strtoll(value, NULL, 10);
        } else if (strncmp(line, "anchor ", 7) == 0) {
            take(&m, SP_EVIDENCE_ANCHOR, value);
        } else if (strncmp(line, "inter ", 6) == 0) {
            take(&m, SP_EVIDENCE_CERT, value);
        } else if (strncmp(line, "leaf ", 5) == 0) {
            m.leaf = strdup(value);
        } else if (strcmp(line, "end") == 0) {
            if (m.leaf) {
                compare(&m);
            }
            forget(&m);
        }
    }
    (void)fclose(f);
    return true;
}

static void suites(void **state)
{
    static const char *const names[] = {"pkits", "limbo", "pathbuilding"};
    const char *shared = getenv("SHARED");
    char path[1024];
    (void)state;
    cases = quick_cases = 0;
    assert_true(run_suite("tests/cases/revsem.cases"));
    assert_true(quick_cases > 20);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/data/pkix/%s.cases", shared ? shared : "../shared",
                       names[i]);
        if (!run_suite(path)) {
            print_message("%s is not there (SHARED=FOLDER)\n", path);
            skip();
        }
    }
    print_message("%zu paths compared, %zu of them quick\n", cases, quick_cases);
    assert_true(cases > 400 && quick_cases > 100);
}

static char *read_base64(const char *path)
{
    uint8_t der[16384];
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(der, 1, sizeof der, f) : 0;
    char *text = malloc(n * 2 + 8);
    assert_non_null(f);
    assert_non_null(text);
    (void)fclose(f);
    (void)EVP_EncodeBlock((unsigned char *)text, der, (int)n);
    return text;
}

/* Every certificate of the generated hierarchy as a leaf, with all others at hand. */
static void generated(void **state)
{
    const char *b = getenv("B");
    char folder[512], path[1024];
    (void)snprintf(folder, sizeof folder, "%s/gen/data/cert", b ? b : "build");
    DIR *d = opendir(folder);
    struct dirent *entry;
    static const char *const others[] = {"ca",     "subca",       "ca-direct",   "ca-constrained",
                                         "ca-eku", "ca-critical", "ca-no-basic", "ca-too-deep",
                                         "ca-weak"};
    (void)state;
    if (!d) {
        print_message("%s is not there (make fixtures)\n", folder);
        skip();
    }
    cases = quick_cases = 0;
    while ((entry = readdir(d)) != NULL) {
        struct material m = {.time = MINT_NOW};
        if (!strstr(entry->d_name, ".cer")) {
            continue;
        }
        (void)snprintf(path, sizeof path, "%s/root.cer", folder);
        m.blobs[m.count] = read_base64(path);
        m.kinds[m.count++] = SP_EVIDENCE_ANCHOR;
        for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
            (void)snprintf(path, sizeof path, "%s/%s.cer", folder, others[i]);
            m.blobs[m.count] = read_base64(path);
            m.kinds[m.count++] = SP_EVIDENCE_CERT;
        }
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        (void)snprintf(m.id, sizeof m.id, "%s", entry->d_name);
        m.leaf = read_base64(path);
        compare(&m);
        forget(&m);
    }
    (void)closedir(d);
    print_message("%zu paths compared, %zu of them quick\n", cases, quick_cases);
    assert_true(cases > 80 && quick_cases > 40);
}

/* What path_validate says of a path put together by hand, whose signatures nobody checked. */
static const char *validate(struct arena *a, const struct span der[3], bool openssl, bool *quick)
{
    struct chain_options o = {.depth = -1, .openssl_always = openssl};
    struct sp_policy policy = *sp_policy_builtin("generic");
    struct pool_cert entries[3] = {0};
    struct path path = {.n = 3, .end = PATH_ROOT};
    struct sp_findings findings;
    const char *why;
    findings_init(&findings);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(cert_parse(a, der[i], "test", &entries[i].cert, &why), 0);
        if (!entries[i].cert) {
            return NULL;
        }
        path.certs[i] = &entries[i];
    }
    struct chain_question q = {.leaf = entries[0].cert,
                               .purpose = CHAIN_ANY,
                               .time = MINT_NOW,
                               .now = MINT_NOW,
                               .policy = &policy};
    *quick = quick_clean(&path, &o);
    assert_int_equal(path_validate(a, &path, &q, &o, &findings), 0);
    const char *text = "";
    for (const struct sp_finding *f = findings.first; f; f = f->next) {
        text = arena_printf(a, "%s%s %s\n", text, sp_reason_row(f->reason)->code, f->text);
    }
    return text;
}

/* Every bit of certificate k turned over: where the quick way applies, OpenSSL agrees. */
static size_t flip_bits(const struct span good[3], size_t k)
{
    size_t agreed = 0;
    for (size_t bit = 0; bit < good[k].n * 8; bit++) {
        struct arena *a = arena_new((size_t)1 << 24);
        struct span der[3] = {good[0], good[1], good[2]};
        bool quick, ignored;
        uint8_t *p = arena_alloc(a, good[k].n);
        assert_non_null(p);
        memcpy(p, good[k].p, good[k].n);
        p[bit / 8] ^= (uint8_t)(1 << bit % 8);
        der[k] = span_make(p, good[k].n);
        const char *ours = validate(a, der, false, &quick);
        if (ours && quick) {
            const char *theirs = validate(a, der, true, &ignored);
            if (strcmp(ours, theirs) != 0) {
                print_error("certificate %zu, bit %zu\nquick:\n%sOpenSSL:\n%s", k, bit, ours,
                            theirs);
                fail();
            }
            agreed++;
        }
        arena_free(a);
    }
    return agreed;
}

static void every_bit(void **state)
{
    struct world w = world_new(true);
    struct span more =
        mint_ext(w.a, OID_EXT_SAN, false,
                 TLV(w.a, DER_SEQUENCE, TLV(w.a, DER_CONTEXT(1), SPAN_LIT("asha@example.test"))));
    struct span path[3] = {
        mint_certificate(w.a, &(struct mint_cert){.subject = SIGNER,
                                                  .key = w.signer_key,
                                                  .issuer = CA,
                                                  .issuer_key = w.ca_key,
                                                  .serial = SIGNER_NO,
                                                  .eku = OID_EKU_EMAIL_PROTECTION,
                                                  .more = more,
                                                  .crl = "http://crl.test/a"}),
        w.ca, w.root};
    bool quick;
    (void)state;
    assert_string_equal(validate(w.a, path, false, &quick), "");
    assert_true(quick);
    size_t leaf = flip_bits(path, 0), ca = flip_bits(path, 1), root = flip_bits(path, 2);
    print_message("%zu, %zu, %zu changed certificates compared\n", leaf, ca, root);
    assert_true(leaf > 500 && ca > 300 && root > 300);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suites),
        cmocka_unit_test(generated),
        cmocka_unit_test(every_bit),
    };
    return sp_init() ? 70 : cmocka_run_group_tests(tests, NULL, NULL);
}
