/*
 * test_foreign_name - which issuing body a text names: honest spellings, and others that share
 * words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "foreign/domain.h"
#include "foreign/name.h"
#include "foreign/profile.h"

struct row {
    const char *claimed;
    const char *names[6];
};

#define TUV_SUD                                                                                    \
    {                                                                                              \
        "TÜV SÜD", "TÜV SÜD Product Service GmbH", "TUEV SUED", "टीयूवी सूड"     \
    }
#define BSI_GROUP                                                                                  \
    {                                                                                              \
        "BSI Group (BSI Assurance)", "BSI", "British Standards Institution"                        \
    }
#define BSI_GERMANY                                                                                \
    {                                                                                              \
        "BSI", "Bundesamt für Sicherheit in der Informationstechnik"                              \
    }
#define UL                                                                                         \
    {                                                                                              \
        "UL Solutions", "UL", "Underwriters Laboratories"                                          \
    }

static const struct row same[] = {
    {"TÜV SÜD", TUV_SUD},
    {"TUV SUD Product Service GmbH", TUV_SUD},
    {"tuv-sud", TUV_SUD},
    {"TÜV SÜD Certification and Testing (China) Co., Ltd.", TUV_SUD},
    {"Tuev Sued India Pvt. Ltd.", TUV_SUD},
    {"टीयूवी सूड (TÜV SÜD)", TUV_SUD},
    {"ＴＵＶ ＳＵＤ", TUV_SUD},
    {"BSI", BSI_GROUP},
    {"BSI Assurance UK Limited", BSI_GROUP},
    {"British Standards Institution (BSI)", BSI_GROUP},
    {"The British Standards Institution", BSI_GROUP},
    {"BSI", BSI_GERMANY},
    {"Bundesamt für Sicherheit in der Informationstechnik (BSI)", BSI_GERMANY},
    {"BUNDESAMT FUR SICHERHEIT IN DER INFORMATIONSTECHNIK", BSI_GERMANY},
    {"U.L. India Private Limited", UL},
    {"UL LLC", UL},
    {"Certification Body of India", {"Certification Body of India"}},
};

static const struct row others[] = {
    {"TÜV", TUV_SUD},
    {"TÜV NORD CERT GmbH", TUV_SUD},
    {"TÜV Rheinland", TUV_SUD},
    {"SÜD", TUV_SUD},
    {"TÜV SÜD and BSI", TUV_SUD},
    {"TÜV SÜD, TÜV Rheinland", TUV_SUD},
    {"\xd0\xa2\xc3\x9cV S\xc3\x9c\x44", TUV_SUD}, /* a Cyrillic T */
    {"Bundesamt für Sicherheit in der Informationstechnik (BSI)", BSI_GROUP},
    {"British Standards Institution (BSI)", BSI_GERMANY},
    {"Certification Services", UL},
    {"GmbH", TUV_SUD},
    {"", TUV_SUD},
    {" ", TUV_SUD},
    {"Bulk Labs", UL},
    {"TÜV SÜD\xe2\x80\xae", TUV_SUD}, /* the rest is shown from right to left */
    {"Germany", TUV_SUD},
    {"Certification Body", {"Certification Body of India"}},
};

static bool names(struct arena *a, const struct row *r)
{
    size_t n = 0;
    while (n < sizeof r->names / sizeof *r->names && r->names[n]) {
        n++;
    }
    return name_of_body(a, r->claimed, r->names, n);
}

static void check(const struct row *rows, size_t count, bool expected)
{
    struct arena *a = arena_new(1 << 20);
    assert_non_null(a);
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        if (names(a, &rows[i]) != expected) {
            print_error("\"%s\" and \"%s\" should %sbe the same\n", rows[i].claimed,
                        rows[i].names[0], expected ? "" : "not ");
            wrong++;
        }
    }
    arena_free(a);
    assert_int_equal(wrong, 0);
}

static void test_same(void **state)
{
    (void)state;
    check(same, sizeof same / sizeof *same, true);
}

static void test_others(void **state)
{
    (void)state;
    check(others, sizeof others / sizeof *others, false);
}

/* Nobody has no name. */
static void test_no_names(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    assert_false(name_of_body(a, "TÜV SÜD", NULL, 0));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same), cmocka_unit_test(test_others),
                                       cmocka_unit_test(test_no_names)};
    return domain_init() != 0 ? 70 : cmocka_run_group_tests(tests, NULL, NULL);
}
