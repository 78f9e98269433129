/*
 * longterm - see longterm.h.
 */
#include "longterm.h"

/* A row gives the usual fields first and then what is different: the later one counts. */
#pragma GCC diagnostic ignored "-Woverride-init"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define CLASS3   "2.16.356.100.2.3 2.16.356.100.1.99.2"
#define EKU_TSA  "1.3.6.1.5.5.7.3.8"
#define NAME(cn) "C=IN;O=Example Archive Authority;CN=" cn

#define CA(name_, from_, until_, ...)                                                              \
    {                                                                                              \
        .label = (name_), .subject = NAME(name_), .issuer = "lt-root", .key = KEY_SUBCA,           \
        .ca = true, .path_len = 0, .since = (from_), .until = (until_), __VA_ARGS__                \
    }
#define SIGNER(name_, by_, from_, until_, ...)                                                     \
    {                                                                                              \
        .label = (name_), .subject = "C=IN;O=Example Cameras Private Limited;CN=" name_,           \
        .issuer = (by_), .key = KEY_SIGNER, .policies = CLASS3, .eku = "1.3.6.1.5.5.7.3.4",        \
        .since = (from_), .until = (until_), __VA_ARGS__                                           \
    }
#define TSA(name_, from_, until_, ...)                                                             \
    {                                                                                              \
        .label = (name_), .subject = NAME(name_), .issuer = "lt-ca", .key = KEY_TSA,               \
        .key_usage = KU_SIGN | KU_NONREP, .eku = EKU_TSA, .flags = CERT_EKU_CRITICAL,              \
        .since = (from_), .until = (until_), __VA_ARGS__                                           \
    }

static const struct cert_spec certs[] = {
    {.label = "lt-root",
     .subject = NAME("Root 2005"),
     .key = KEY_ROOT,
     .ca = true,
     .path_len = PATHLEN_NONE,
     .since = "2005-01-01",
     .until = "2044-01-01"},
    CA("lt-ca", "2006-01-01", "2040-01-01", .key = KEY_CA),
    CA("lt-ca-old", "2012-01-01", "2016-01-01", .key = KEY_SUBCA),
    CA("lt-ca-sup", "2012-01-01", "2030-01-01", .key = KEY_SUBCA),
    CA("lt-ca-comp", "2012-01-01", "2030-01-01", .key = KEY_SUBCA),
    SIGNER("lt-signer", "lt-ca", "2014-01-01", "2016-12-31", .key = KEY_SIGNER),
    SIGNER("lt-signer-rev", "lt-ca", "2014-01-01", "2016-12-31", .key = KEY_SIGNER),
    SIGNER("lt-signer-oldca", "lt-ca-old", "2014-01-01", "2015-12-31", .key = KEY_SIGNER),
    SIGNER("lt-signer-sup", "lt-ca-sup", "2015-01-01", "2017-12-31", .key = KEY_SIGNER),
    SIGNER("lt-signer-comp", "lt-ca-comp", "2015-01-01", "2017-12-31", .key = KEY_SIGNER),
    SIGNER("lt-signer-2010", "lt-ca", "2009-06-01", "2011-12-01", .key = KEY_WEAK,
           .digest = DIGEST_SHA1),
    SIGNER("lt-signer-2013", "lt-ca", "2012-06-01", "2015-06-01", .key = KEY_SIGNER),
    SIGNER("lt-signer-mid", "lt-ca", "2022-01-01", "2024-12-31", .key = KEY_SIGNER),
    SIGNER("lt-signer-midrev", "lt-ca", "2022-01-01", "2024-12-31", .key = KEY_SIGNER),
    SIGNER("lt-signer-now", "lt-ca", "2025-06-01", "2028-05-31", .key = KEY_SIGNER),
    TSA("lt-tsa-2009", "2009-01-01", "2014-06-01", .key = KEY_TSA),
    TSA("lt-tsa-1", "2013-01-01", "2018-01-15", .key = KEY_TSA),
    TSA("lt-tsa-2", "2017-06-01", "2023-01-15", .key = KEY_TSA),
    TSA("lt-tsa-3", "2021-01-01", "2035-01-01", .key = KEY_TSA),
    TSA("lt-tsa-long", "2009-01-01", "2035-01-01", .key = KEY_TSA),
    TSA("lt-tsa-rev", "2013-01-01", "2030-01-01", .key = KEY_TSA),
};

static const struct {
    const char *label, *when;
    int reason;
} revocations[] = {
    {"lt-signer-rev", "2015-09-01", 1}, {"lt-signer-midrev", "2024-08-01", 1},
    {"lt-tsa-rev", "2016-03-01", 1},    {"lt-ca-sup", "2017-01-01", 4},
    {"lt-ca-comp", "2017-01-01", 2},
};

void longterm_certificates(void)
{
    pki_issue_all(certs, COUNT(certs));
}

struct span longterm_crl(const char *issuer, const char *when)
{
    struct revoked entries[COUNT(revocations)];
    for (size_t i = 0; i < COUNT(revocations); i++) {
        entries[i] =
            (struct revoked){revocations[i].label, gen_when(revocations[i].when) - pki_clock(),
                             revocations[i].reason, 0};
    }
    return crl_dated(issuer, when, 30, entries, COUNT(entries));
}

void longterm_write(const char *dir)
{
    static const char *const issuers[] = {"lt-root", "lt-ca"};
    for (size_t i = 0; i < COUNT(certs); i++) {
        gen_write(dir, gen_printf("cert/%s.cer", certs[i].label), pki_find(certs[i].label)->der);
    }
    for (size_t i = 0; i < COUNT(issuers); i++) {
        gen_write(dir, gen_printf("crl-lt/%s.crl", issuers[i]),
                  longterm_crl(issuers[i], "2026-11-20"));
    }
}
