/*
 * hierarchy - see hierarchy.h. Shapes after the CCA Interoperability Guidelines: CA certificates
 * assert only 2.16.356.100.2, leaves their class and the CA's own policy; key identifiers have 8
 * octets.
 */
#include "hierarchy.h"

/* A row gives the usual fields first and then what is different: the later one counts. */
#pragma GCC diagnostic ignored "-Woverride-init"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define IN_CP      "2.16.356.100.2"
#define CLASS3     "2.16.356.100.2.3 2.16.356.100.1.99.2"
#define EKU_EMAIL  "1.3.6.1.5.5.7.3.4"
#define EKU_CLIENT "1.3.6.1.5.5.7.3.2"
#define EKU_TSA    "1.3.6.1.5.5.7.3.8"
#define EKU_OCSP   "1.3.6.1.5.5.7.3.9"
#define EKU_SERVER "1.3.6.1.5.5.7.3.1"
#define EKU_CODE   "1.3.6.1.5.5.7.3.3"
#define EKU_EFS    "1.3.6.1.4.1.311.10.3.4"
#define EKU_MSDOC  "1.3.6.1.4.1.311.10.3.12"
#define EKU_RFC    "1.3.6.1.5.5.7.3.36"
#define EKU_ADOBE  "1.2.840.113583.1.1.5"
#define EKU_ANY    "2.5.29.37.0"

#define ROOT_NAME "C=IN;O=India PKI (test);CN=CCA Test India 2022"
#define CA_NAME(cn)                                                                                \
    "C=IN;O=Example Licensed CA Limited;OU=Certifying Authority;postalCode=110003;ST=Delhi;CN=" cn
#define HASH_A "5f0c8a1d7e2b4c6f9a3d1e8b7c5a4f2e1d0c9b8a7f6e5d4c3b2a190807060504"
#define HASH_B "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"
#define ORG    "O=Example Cameras Private Limited;OU=Compliance;"
#define PLACE  "postalCode=560001;ST=Karnataka;"
#define PERSON(cn)                                                                                 \
    "C=IN;" ORG "title=Authorised Signatory;pseudonym=" HASH_B ";" PLACE "serialNumber=" HASH_A    \
    ";CN=" cn

#define LEAF(name_, cn_, ...)                                                                      \
    {                                                                                              \
        .label = (name_), .subject = PERSON(cn_), .issuer = "subca", .key = KEY_SIGNER,            \
        .policies = CLASS3, .eku = EKU_EMAIL " " EKU_CLIENT, __VA_ARGS__                           \
    }

static const struct cert_spec base[] = {
    {.label = "root",
     .subject = ROOT_NAME,
     .key = KEY_ROOT,
     .ca = true,
     .path_len = PATHLEN_NONE,
     .policies = IN_CP,
     .since = "2014-03-05",
     .until = "2044-02-02"},
    {.label = "ca",
     .subject = CA_NAME("Example Licensed CA 2022"),
     .issuer = "root",
     .key = KEY_CA,
     .ca = true,
     .path_len = 1,
     .policies = IN_CP,
     .since = "2019-02-10",
     .until = "2040-02-10"},
    {.label = "subca",
     .subject = CA_NAME("Example Sub-CA for Class 3 2022"),
     .issuer = "ca",
     .key = KEY_SUBCA,
     .ca = true,
     .path_len = 0,
     .policies = IN_CP,
     .since = "2019-02-15",
     .until = "2039-02-10"},
    LEAF("signer", "ASHA VERMA", .from = 0),
    LEAF("signer-second", "RAVI KUMAR", .key = KEY_SECOND),
    LEAF("signer-revoked", "MEENA IYER", .from = 0),
    LEAF("signer-expired", "SURESH RAO", .from = -900 * DAY, .to = -10 * DAY),
    LEAF("signer-document", "DS EXAMPLE CAMERAS PRIVATE LIMITED 1",
         .policies = "2.16.356.100.2.3 2.16.356.100.10.1 2.16.356.100.1.99.2"),
    {.label = "root-foreign",
     .subject = "C=XX;O=Elsewhere Trust Services;CN=Elsewhere Root",
     .key = KEY_OTHER,
     .ca = true,
     .path_len = PATHLEN_NONE,
     .from = -2000 * DAY,
     .to = 4000 * DAY},
    LEAF("signer-foreign", "ASHA VERMA", .issuer = "root-foreign"),
    {.label = "tsa",
     .subject = CA_NAME("Example Time Stamping Authority 1"),
     .issuer = "ca",
     .key = KEY_TSA,
     .key_usage = KU_SIGN | KU_NONREP,
     .eku = EKU_TSA,
     .flags = CERT_EKU_CRITICAL,
     .from = -900 * DAY,
     .to = 1500 * DAY,
     .policies = IN_CP},
    {.label = "ocsp",
     .subject = CA_NAME("Example OCSP Responder 1"),
     .issuer = "subca",
     .key = KEY_OCSP,
     .key_usage = KU_SIGN,
     .eku = EKU_OCSP,
     .flags = CERT_OCSP_NOCHECK | CERT_NO_CDP,
     .policies = IN_CP},
};

/* Leaves that differ from a good one in a single point. */
static const struct cert_spec leaves[] = {
    LEAF("signer-future", "FUTURE", .from = 5 * DAY, .to = 700 * DAY),
    LEAF("signer-hold", "HOLD", .from = 0),
    LEAF("signer-invalidity", "INVALIDITY", .from = 0),
    LEAF("signer-no-nonrep", "NO NONREP", .key_usage = KU_SIGN),
    LEAF("signer-only-nonrep", "ONLY NONREP", .key_usage = KU_NONREP),
    LEAF("signer-neither", "NEITHER", .key_usage = KU_AGREE),
    LEAF("signer-no-usage", "NO USAGE", .key_usage = KU_NONE),
    LEAF("signer-encryption", "ASHA VERMA", .key_usage = KU_ENCIPHER),
    LEAF("signer-weak", "WEAK", .key = KEY_WEAK),
    LEAF("signer-sha1", "SHA1", .digest = DIGEST_SHA1),
    LEAF("signer-critical", "CRITICAL", .flags = CERT_UNKNOWN_CRITICAL),
    LEAF("signer-broken", "BROKEN", .flags = CERT_BAD_SIGNATURE),
    LEAF("signer-p256", "P256", .key = KEY_P256),
    LEAF("signer-p384", "P384", .key = KEY_P384),
    LEAF("signer-mail", "ASHA VERMA", .email = "Asha@example.invalid"),
    LEAF("signer-p521", "P521", .key = KEY_P521),
    LEAF("signer-ed25519", "ED25519", .key = KEY_ED25519),
    LEAF("signer-ed448", "ED448", .key = KEY_ED448),
    LEAF("signer-pss", "PSS", .sig = SIG_PSS),
    LEAF("signer-esign", "ESIGN", .policies = "2.16.356.100.2.4.1 2.16.356.100.1.99.2",
         .from = -20 * MINUTE, .to = 10 * MINUTE, .flags = CERT_NO_CDP),
    LEAF("signer-esign-finger", "ESIGN", .policies = "2.16.356.100.2.4.2 2.16.356.100.1.99.2",
         .from = -20 * MINUTE, .to = 10 * MINUTE, .flags = CERT_NO_CDP),
    LEAF("signer-esign-old", "ESIGN", .policies = "2.16.356.100.2.4.1 2.16.356.100.1.99.2",
         .from = -10 * DAY, .to = -10 * DAY + 30 * MINUTE, .flags = CERT_NO_CDP),
    LEAF("signer-class2-2020", "CLASS2", .policies = "2.16.356.100.2.2", .since = "2020-03-01",
         .until = "2022-03-01"),
    LEAF("signer-class2-2021", "CLASS2", .policies = "2.16.356.100.2.2", .since = "2021-06-01",
         .until = "2023-06-01"),
    LEAF("signer-class1", "CLASS1", .policies = "2.16.356.100.2.1"),
    LEAF("signer-policy-unknown", "POLICY", .policies = "1.3.6.1.4.1.99999.5"),
    LEAF("signer-policy-none", "POLICY", .policies = NULL),
    LEAF("signer-long", "LONG", .from = -200 * DAY, .to = 1700 * DAY),
    LEAF("signer-three-years", "THREE", .from = -200 * DAY, .to = 896 * DAY),
    LEAF("signer-server", "SERVER", .eku = EKU_SERVER),
    LEAF("signer-code", "CODE", .eku = EKU_CODE),
    LEAF("signer-efs", "EFS", .eku = EKU_EFS),
    LEAF("signer-client", "CLIENT", .eku = EKU_CLIENT),
    LEAF("signer-stamping", "STAMPING", .eku = EKU_TSA),
    LEAF("signer-msdoc", "MSDOC", .eku = EKU_MSDOC),
    LEAF("signer-adobe", "ADOBE", .eku = EKU_ADOBE),
    LEAF("signer-rfc9336", "RFC9336", .eku = EKU_RFC),
    LEAF("signer-any-eku", "ANY", .eku = EKU_ANY),
    LEAF("signer-no-eku", "NONE", .eku = NULL),
    LEAF("signer-is-ca", "CA", .flags = CERT_LEAF_IS_CA),
    LEAF("signer-bad-key", "BAD KEY", .flags = CERT_BAD_KEY),
    LEAF("signer-no-cdp", "NOCDP", .flags = CERT_NO_CDP),
    {.label = "signer-country",
     .issuer = "subca",
     .key = KEY_SIGNER,
     .policies = CLASS3,
     .subject = "C=India;O=Personal;" PLACE "serialNumber=" HASH_A ";CN=COUNTRY"},
    {.label = "signer-self", .subject = PERSON("SELF"), .key = KEY_SIGNER, .policies = CLASS3},
};

#define CA(name_, cn_, ...)                                                                        \
    {                                                                                              \
        .label = (name_), .subject = CA_NAME(cn_), .issuer = "root", .key = KEY_CA, .ca = true,    \
        .path_len = 0, .policies = IN_CP, .from = -1500 * DAY, .to = 2000 * DAY, __VA_ARGS__       \
    }

/* Other hierarchies, each with a signer below it. */
static const struct cert_spec others[] = {
    CA("ca-direct", "Example CA without Sub-CA", .path_len = 0),
    LEAF("signer-direct", "DIRECT", .issuer = "ca-direct"),
    CA("ca-expired", "Example CA Expired", .to = -10 * DAY),
    LEAF("signer-ca-expired", "CA EXPIRED", .issuer = "ca-expired"),
    CA("ca-revoked", "Example CA Revoked", .path_len = 0),
    LEAF("signer-ca-revoked", "CA REVOKED", .issuer = "ca-revoked"),
    CA("ca-sha1", "Example CA SHA1", .digest = DIGEST_SHA1),
    LEAF("signer-ca-sha1", "CA SHA1", .issuer = "ca-sha1"),
    CA("ca-weak", "Example CA Weak", .key = KEY_WEAK),
    LEAF("signer-ca-weak", "CA WEAK", .issuer = "ca-weak"),
    CA("ca-no-certsign", "Example CA Usage", .key_usage = KU_SIGN | KU_CRLS),
    LEAF("signer-ca-no-certsign", "CA USAGE", .issuer = "ca-no-certsign"),
    CA("ca-no-basic", "Example CA Basic", .flags = CERT_NO_BASIC),
    LEAF("signer-ca-no-basic", "CA BASIC", .issuer = "ca-no-basic"),
    CA("ca-critical", "Example CA Critical", .flags = CERT_UNKNOWN_CRITICAL),
    LEAF("signer-ca-critical", "CA CRITICAL", .issuer = "ca-critical"),
    CA("ca-broken", "Example CA Broken", .flags = CERT_BAD_SIGNATURE),
    LEAF("signer-ca-broken", "CA BROKEN", .issuer = "ca-broken"),
    CA("ca-distrusted", "Example CA Distrusted", .path_len = 0),
    LEAF("signer-distrusted", "DISTRUSTED", .issuer = "ca-distrusted"),
    CA("ca-too-deep", "Example CA Too Deep", .issuer = "subca"),
    LEAF("signer-too-deep", "TOO DEEP", .issuer = "ca-too-deep"),
    CA("ca-constrained", "Example CA Constrained", .permitted = "C=IN;O=Somebody Else"),
    LEAF("signer-ca-constrained", "CONSTRAINED", .issuer = "ca-constrained"),
    CA("ca-basic-plain", "Example CA Basic Plain", .flags = CERT_BASIC_PLAIN),
    LEAF("signer-ca-basic-plain", "BASIC PLAIN", .issuer = "ca-basic-plain"),
    CA("ca-policy-plain", "Example CA Policy Plain", .flags = CERT_POLICY_PLAIN),
    LEAF("signer-ca-policy-plain", "POLICY PLAIN", .issuer = "ca-policy-plain"),
    CA("ca-no-usage", "Example CA No Usage", .key_usage = KU_NONE, .path_len = PATHLEN_NONE),
    LEAF("signer-ca-no-usage", "NO CA USAGE", .issuer = "ca-no-usage"),
    CA("ca-eku", "Example CA EKU", .eku = EKU_SERVER),
    LEAF("signer-ca-eku", "CA EKU", .issuer = "ca-eku"),
    LEAF("signer-by-signer", "BY SIGNER", .issuer = "signer"),
    {.label = "root-spl",
     .subject = "C=IN;O=India PKI (test);CN=CCA Test India 2022 SPL",
     .key = KEY_SECOND,
     .ca = true,
     .path_len = PATHLEN_NONE,
     .policies = IN_CP,
     .since = "2015-01-29",
     .until = "2044-09-20",
     .sig = SIG_RSA_NO_NULL},
    CA("ca-spl", "Example Special CA", .issuer = "root-spl"),
    LEAF("signer-spl", "SPECIAL", .issuer = "ca-spl"),
    {.label = "root-no-null",
     .subject = "C=IN;O=India PKI (test);CN=CCA Test India NoNull",
     .key = KEY_ROOT,
     .ca = true,
     .path_len = PATHLEN_NONE,
     .policies = IN_CP,
     .since = "2015-01-29",
     .until = "2044-09-20",
     .sig = SIG_RSA_NO_NULL},
    LEAF("signer-no-null", "NO NULL", .issuer = "root-no-null"),
    {.label = "root-lookalike",
     .subject = ROOT_NAME,
     .key = KEY_OTHER,
     .ca = true,
     .path_len = PATHLEN_NONE,
     .policies = IN_CP,
     .since = "2014-03-05",
     .until = "2044-02-02"},
    LEAF("signer-lookalike", "LOOKALIKE", .issuer = "root-lookalike"),
    {.label = "root-private",
     .subject = "C=IN;O=Example Private Trust;CN=Example Sign Root G1",
     .key = KEY_OTHER,
     .ca = true,
     .path_len = PATHLEN_NONE,
     .from = -2000 * DAY,
     .to = 4000 * DAY},
    LEAF("signer-private", "PRIVATE", .issuer = "root-private"),
    {.label = "root-2011",
     .subject = "C=IN;O=India PKI (test);CN=CCA Test India 2011",
     .key = KEY_ROOT,
     .ca = true,
     .path_len = PATHLEN_NONE,
     .policies = IN_CP,
     .since = "2011-03-11",
     .until = "2016-03-11"},
    LEAF("signer-2014", "HISTORIC", .issuer = "root-2011", .since = "2014-06-01",
         .until = "2016-03-01"),
};

#define TSA(name_, ...)                                                                            \
    {                                                                                              \
        .label = (name_), .subject = CA_NAME("Example TSA " name_), .issuer = "ca",                \
        .key = KEY_TSA, .key_usage = KU_SIGN | KU_NONREP, .eku = EKU_TSA, .policies = IN_CP,       \
        .flags = CERT_EKU_CRITICAL, .from = -900 * DAY, .to = 1500 * DAY, __VA_ARGS__              \
    }

static const struct cert_spec services[] = {
    TSA("tsa-not-critical", .flags = 0),
    TSA("tsa-no-eku", .eku = NULL),
    TSA("tsa-two-eku", .eku = EKU_TSA " " EKU_EMAIL),
    TSA("tsa-expired", .to = -30 * DAY),
    TSA("tsa-revoked", .key = KEY_TSA),
    TSA("tsa-foreign", .issuer = "root-foreign"),
    {.label = "ocsp-no-eku",
     .subject = CA_NAME("Example OCSP no EKU"),
     .issuer = "subca",
     .key = KEY_OCSP,
     .key_usage = KU_SIGN,
     .flags = CERT_OCSP_NOCHECK},
    {.label = "ocsp-checked",
     .subject = CA_NAME("Example OCSP checked"),
     .issuer = "subca",
     .key = KEY_OCSP,
     .key_usage = KU_SIGN,
     .eku = EKU_OCSP},
    {.label = "ocsp-foreign",
     .subject = "C=XX;O=Elsewhere;CN=OCSP",
     .issuer = "root-foreign",
     .key = KEY_OCSP,
     .key_usage = KU_SIGN,
     .eku = EKU_OCSP,
     .flags = CERT_OCSP_NOCHECK},
    {.label = "ocsp-expired",
     .subject = CA_NAME("Example OCSP expired"),
     .issuer = "subca",
     .key = KEY_OCSP,
     .key_usage = KU_SIGN,
     .eku = EKU_OCSP,
     .flags = CERT_OCSP_NOCHECK,
     .from = -900 * DAY,
     .to = -30 * DAY},
};

static size_t total;

void hierarchy_base(void)
{
    pki_issue_all(base, COUNT(base));
    total = COUNT(base);
}

void hierarchy_variants(void)
{
    pki_issue_all(leaves, COUNT(leaves));
    pki_issue_all(others, COUNT(others));
    pki_issue_all(services, COUNT(services));
    total += COUNT(leaves) + COUNT(others) + COUNT(services);
}

const struct issued *hierarchy_at(size_t index)
{
    static const struct {
        const struct cert_spec *rows;
        size_t count;
    } tables[] = {{base, COUNT(base)},
                  {leaves, COUNT(leaves)},
                  {others, COUNT(others)},
                  {services, COUNT(services)}};
    if (index >= total) {
        return NULL;
    }
    size_t t = 0;
    while (index >= tables[t].count) {
        index -= tables[t++].count;
    }
    return pki_find(tables[t].rows[index].label);
}

/* ---- revocation ----------------------------------------------------------------------------- */

static void write_crl(const char *dir, const struct crl_spec *spec)
{
    gen_write(dir, gen_printf("crl/%s.crl", spec->name), pki_crl(spec));
}

void hierarchy_write_crls(const char *dir, int64_t valid_for)
{
    const struct crl_spec specs[] = {
        {.name = "root", .issuer = "root", .from = -DAY, .to = valid_for},
        {.name = "ca", .issuer = "ca", .from = -DAY, .to = valid_for},
        {.name = "subca",
         .issuer = "subca",
         .from = -DAY,
         .to = valid_for,
         .entries = {{"signer-revoked", -5 * DAY, 1, 0}}},
    };
    for (size_t i = 0; i < COUNT(specs); i++) {
        write_crl(dir, &specs[i]);
    }
}

#define NOW_CRL(name_, issuer_, ...)                                                               \
    {                                                                                              \
        .name = (name_), .issuer = (issuer_), .from = -DAY, .to = 6 * DAY, __VA_ARGS__             \
    }

static const struct crl_spec crls[] = {
    NOW_CRL("root", "root", .entries = {{"ca-revoked", -5 * DAY, 2, 0}}),
    NOW_CRL("ca", "ca", .entries = {{"tsa-revoked", -5 * DAY, 1, 0}}),
    NOW_CRL("subca", "subca",
            .entries = {{"signer-revoked", -5 * DAY, 1, 0},
                        {"signer-hold", -5 * DAY, 6, 0},
                        {"signer-invalidity", -5 * DAY, 1, -20 * DAY}}),
    NOW_CRL("ca-direct", "ca-direct", .flags = 0),
    NOW_CRL("ca-expired", "ca-expired", .flags = 0),
    NOW_CRL("ca-revoked", "ca-revoked", .flags = 0),
    NOW_CRL("ca-sha1", "ca-sha1", .flags = 0),
    NOW_CRL("ca-weak", "ca-weak", .flags = 0),
    NOW_CRL("ca-no-certsign", "ca-no-certsign", .flags = 0),
    NOW_CRL("ca-no-basic", "ca-no-basic", .flags = 0),
    NOW_CRL("ca-critical", "ca-critical", .flags = 0),
    NOW_CRL("ca-broken", "ca-broken", .flags = 0),
    NOW_CRL("ca-distrusted", "ca-distrusted", .flags = 0),
    NOW_CRL("ca-too-deep", "ca-too-deep", .flags = 0),
    NOW_CRL("ca-constrained", "ca-constrained", .flags = 0),
    NOW_CRL("ca-eku", "ca-eku", .flags = 0),
    NOW_CRL("ca-basic-plain", "ca-basic-plain", .flags = 0),
    NOW_CRL("ca-policy-plain", "ca-policy-plain", .flags = 0),
    NOW_CRL("ca-no-usage", "ca-no-usage", .flags = 0),
    NOW_CRL("root-spl", "root-spl", .flags = 0),
    NOW_CRL("ca-spl", "ca-spl", .flags = 0),
    NOW_CRL("root-no-null", "root-no-null", .flags = 0),
    NOW_CRL("root-foreign", "root-foreign", .flags = 0),
    NOW_CRL("root-private", "root-private", .flags = 0),
};

/* Alternatives for one issuer, in folders of their own: crl-NAME/. */
static const struct crl_spec odd_crls[] = {
    {.name = "stale", .issuer = "subca", .from = -40 * DAY, .to = -33 * DAY},
    {.name = "future", .issuer = "subca", .from = 2 * DAY, .to = 9 * DAY},
    NOW_CRL("other-key", "subca", .flags = CRL_OTHER_KEY),
    NOW_CRL("critical", "subca", .flags = CRL_UNKNOWN_CRITICAL),
    NOW_CRL("sha1", "subca", .digest = DIGEST_SHA1),
    NOW_CRL("no-number", "subca", .flags = CRL_NO_NUMBER),
    NOW_CRL("no-next", "subca", .flags = CRL_NO_NEXT),
    {.name = "before-expiry", .issuer = "subca", .from = -12 * DAY, .to = -5 * DAY},
    {.name = "root-before-expiry", .issuer = "root", .from = -12 * DAY, .to = -5 * DAY},
    {.name = "ca-before-expiry", .issuer = "ca", .from = -12 * DAY, .to = -5 * DAY},
    {.name = "ca-stale", .issuer = "ca", .from = -40 * DAY, .to = -33 * DAY},
};

static void write_dated(const char *dir, const char *name, const char *issuer, const char *from)
{
    int64_t start = gen_when(from) - pki_clock();
    struct crl_spec spec = {.name = name, .issuer = issuer, .from = start, .to = start + 7 * DAY};
    gen_write(dir, gen_printf("crl-dated/%s.crl", name), pki_crl(&spec));
}

#define OCSP(name_, ...)                                                                           \
    {                                                                                              \
        .name = (name_), .about = "signer", .issuer = "subca", .responder = "ocsp", .from = -HOUR, \
        .to = 12 * HOUR, __VA_ARGS__                                                               \
    }

static const struct ocsp_spec answers[] = {
    OCSP("good", .status = OCSP_GOOD),
    OCSP("revoked", .status = OCSP_REVOKED, .revoked_at = -5 * DAY),
    OCSP("unknown", .status = OCSP_UNKNOWN),
    OCSP("other-key", .flags = OCSP_OTHER_KEY),
    OCSP("by-ca", .responder = "subca"),
    OCSP("no-eku", .responder = "ocsp-no-eku"),
    OCSP("checked", .responder = "ocsp-checked"),
    OCSP("foreign", .responder = "ocsp-foreign"),
    OCSP("expired", .responder = "ocsp-expired"),
    OCSP("stale", .from = -40 * DAY, .to = -39 * DAY),
    OCSP("future", .from = 2 * DAY, .to = 3 * DAY),
    OCSP("try-later", .error = 3),
    OCSP("second-good", .about = "signer-second"),
    OCSP("revoked-good", .about = "signer-revoked"),
};

void hierarchy_write_variants(const char *dir)
{
    for (size_t i = 0; i < COUNT(crls); i++) {
        write_crl(dir, &crls[i]);
    }
    for (size_t i = 0; i < COUNT(odd_crls); i++) {
        gen_write(dir, gen_printf("crl-odd/%s.crl", odd_crls[i].name), pki_crl(&odd_crls[i]));
    }
    write_dated(dir, "root-2021", "root", "2021-07-01");
    write_dated(dir, "ca-2021", "ca", "2021-07-01");
    write_dated(dir, "subca-2021", "subca", "2021-07-01");
    write_dated(dir, "root-2011", "root-2011", "2015-02-01");
    for (size_t i = 0; i < COUNT(answers); i++) {
        gen_write(dir, gen_printf("ocsp/%s.ocsp", answers[i].name), pki_ocsp(&answers[i]));
    }
}
