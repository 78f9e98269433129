/*
 * answers - OCSP responders and answers for tests/cases/ocsp.case: right ones, and one wrong point
 * each. RFC 6960; the rows of the rest are in hierarchy.c.
 */
#include "answers.h"

/* A row gives the usual fields first and then what is different: the later one counts. */
#pragma GCC diagnostic ignored "-Woverride-init"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define EKU_OCSP "1.3.6.1.5.5.7.3.9"
#define EKU_ANY  "2.5.29.37.0"
#define NAME(cn) "C=IN;O=Example Licensed CA Limited;OU=OCSP;CN=" cn

#define RESPONDER(name_, ...)                                                                      \
    {                                                                                              \
        .label = (name_), .subject = NAME(name_), .issuer = "subca", .key = KEY_OCSP,              \
        .key_usage = KU_SIGN, .eku = EKU_OCSP, .flags = CERT_OCSP_NOCHECK | CERT_NO_CDP,           \
        __VA_ARGS__                                                                                \
    }

static const struct cert_spec responders[] = {
    RESPONDER("ocsp-p256", .key = KEY_P256),
    RESPONDER("ocsp-p384", .key = KEY_P384),
    RESPONDER("ocsp-ed25519", .key = KEY_ED25519),
    RESPONDER("ocsp-weak", .key = KEY_WEAK),
    RESPONDER("ocsp-renamed", .eku = EKU_OCSP),
    RESPONDER("ocsp-sibling", .issuer = "ca-direct"),
    RESPONDER("ocsp-parent", .issuer = "ca"),
    RESPONDER("ocsp-any-eku", .eku = EKU_ANY),
    RESPONDER("ocsp-no-sign", .key_usage = KU_ENCIPHER),
    RESPONDER("ocsp-self", .issuer = NULL),
    RESPONDER("ocsp-to-come", .from = DAY, .to = 300 * DAY),
    RESPONDER("ocsp-lapsed", .from = -900 * DAY, .to = -30 * DAY),
    RESPONDER("ocsp-sha1", .digest = DIGEST_SHA1),
    RESPONDER("ocsp-critical", .flags = CERT_OCSP_NOCHECK | CERT_NO_CDP | CERT_UNKNOWN_CRITICAL),
    RESPONDER("ocsp-listed", .flags = CERT_NO_CDP),
    RESPONDER("ocsp-nocheck-listed", .eku = EKU_OCSP),
    RESPONDER("ocsp-forged", .flags = CERT_OCSP_NOCHECK | CERT_BAD_SIGNATURE),
    /* Another key under the sub-CA's own name, and what it issues. */
    {.label = "subca-twin",
     .subject = "C=IN;O=Example Licensed CA Limited;OU=Certifying Authority;postalCode=110003;"
                "ST=Delhi;CN=Example Sub-CA for Class 3 2022",
     .issuer = "ca",
     .key = KEY_OTHER,
     .ca = true,
     .path_len = 0,
     .since = "2019-02-15",
     .until = "2039-02-10"},
    RESPONDER("ocsp-twin", .issuer = "subca-twin"),
};

#define ANSWER(name_, ...)                                                                         \
    {                                                                                              \
        .name = (name_), .about = "signer", .issuer = "subca", .responder = "ocsp", .from = -HOUR, \
        .to = 12 * HOUR, __VA_ARGS__                                                               \
    }

static const struct ocsp_spec rows[] = {
    /* times */
    ANSWER("no-next", .flags = OCSP_NO_NEXT),
    ANSWER("no-next-old", .flags = OCSP_NO_NEXT, .from = -25 * HOUR),
    ANSWER("produced-soon", .produced = 2 * MINUTE),
    ANSWER("produced-late", .produced = 10 * MINUTE),
    ANSWER("produced-before", .produced = -2 * HOUR),
    ANSWER("this-soon", .from = 2 * MINUTE),
    ANSWER("next-before-this", .to = -2 * HOUR),
    ANSWER("next-passed", .from = -2 * DAY, .to = -DAY),
    ANSWER("produced-after-next", .from = -2 * DAY, .to = -DAY, .produced = -HOUR),
    ANSWER("produced-long-before-now", .from = -2 * DAY, .to = DAY),
    /* who answers */
    ANSWER("by-key", .flags = OCSP_BY_KEY),
    ANSWER("by-key-renamed", .flags = OCSP_BY_KEY, .certificate = "ocsp-renamed"),
    ANSWER("by-name-renamed", .certificate = "ocsp-renamed"),
    ANSWER("no-certificate", .flags = OCSP_NO_CERT),
    ANSWER("by-ca-no-certificate", .responder = "subca", .flags = OCSP_NO_CERT),
    ANSWER("by-ca-key", .responder = "subca", .flags = OCSP_BY_KEY),
    ANSWER("by-sibling", .responder = "ocsp-sibling"),
    ANSWER("by-parent", .responder = "ocsp-parent"),
    ANSWER("by-parent-ca", .responder = "ca"),
    ANSWER("by-self", .responder = "ocsp-self"),
    ANSWER("by-signer", .responder = "signer"),
    ANSWER("by-any-eku", .responder = "ocsp-any-eku"),
    ANSWER("by-no-sign", .responder = "ocsp-no-sign"),
    ANSWER("by-to-come", .responder = "ocsp-to-come"),
    ANSWER("by-lapsed", .responder = "ocsp-lapsed", .from = -40 * DAY, .to = -39 * DAY),
    ANSWER("by-sha1-certificate", .responder = "ocsp-sha1"),
    ANSWER("by-critical", .responder = "ocsp-critical"),
    ANSWER("by-listed", .responder = "ocsp-listed"),
    ANSWER("by-nocheck-listed", .responder = "ocsp-nocheck-listed"),
    ANSWER("by-forged", .responder = "ocsp-forged"),
    ANSWER("by-twin", .responder = "ocsp-twin"),
    ANSWER("by-twin-ca", .responder = "subca-twin"),
    /* which certificate */
    ANSWER("about-twin", .issuer = "subca-twin", .responder = "subca-twin"),
    ANSWER("id-sha256", .other_hash = true),
    ANSWER("id-sha384", .other_hash = true, .id_hash = DIGEST_SHA384),
    ANSWER("id-sha512", .other_hash = true, .id_hash = DIGEST_SHA512),
    ANSWER("id-md5", .other_hash = true, .id_hash = DIGEST_MD5),
    ANSWER("nobody", .flags = OCSP_NO_ANSWER),
    ANSWER("two", .more = {{"signer-second", OCSP_REVOKED, -5 * DAY, 0}}),
    ANSWER("two-revoked", .about = "signer-second",
           .more = {{"signer", OCSP_REVOKED, -5 * DAY, 0}}),
    ANSWER("twice-good", .more = {{"signer", OCSP_GOOD, 0, -2 * HOUR}}),
    ANSWER("twice-unknown", .more = {{"signer", OCSP_UNKNOWN, 0, 0}}),
    ANSWER("twice-revoked", .more = {{"signer", OCSP_REVOKED, -5 * DAY, 0}}),
    ANSWER("revoked-twice", .status = OCSP_REVOKED, .revoked_at = -5 * DAY,
           .more = {{"signer", OCSP_REVOKED, -15 * DAY, 0}}),
    /* signature */
    ANSWER("ecdsa", .responder = "ocsp-p256"),
    ANSWER("ecdsa-sha384", .responder = "ocsp-p384", .digest = DIGEST_SHA384),
    ANSWER("ed25519", .responder = "ocsp-ed25519"),
    ANSWER("pss", .sig = SIG_PSS),
    ANSWER("sha512", .digest = DIGEST_SHA512),
    ANSWER("sha1", .digest = DIGEST_SHA1),
    ANSWER("md5", .digest = DIGEST_MD5),
    ANSWER("weak-key", .responder = "ocsp-weak"),
    ANSWER("altered", .flags = OCSP_ALTERED | OCSP_NONCE),
    /* extensions and form */
    ANSWER("critical", .flags = OCSP_CRITICAL),
    ANSWER("single-critical", .flags = OCSP_SINGLE_CRITICAL),
    ANSWER("unknown-extension", .flags = OCSP_UNKNOWN_EXTENSION),
    ANSWER("nonce", .flags = OCSP_NONCE),
    ANSWER("trailing", .flags = OCSP_TRAILING),
    ANSWER("other-type", .flags = OCSP_OTHER_TYPE),
    ANSWER("version-2", .flags = OCSP_VERSION_2),
    ANSWER("bare", .flags = OCSP_BARE),
    /* no answer at all (try-later: hierarchy.c) */
    ANSWER("malformed-request", .error = 1),
    ANSWER("internal-error", .error = 2),
    ANSWER("sig-required", .error = 5),
    ANSWER("unauthorized", .error = 6),
    /* what it says */
    ANSWER("hold", .status = OCSP_REVOKED, .revoked_at = -5 * DAY, .reason = 6),
    ANSWER("remove", .status = OCSP_REVOKED, .revoked_at = -5 * DAY, .reason = 8),
    ANSWER("compromise", .status = OCSP_REVOKED, .revoked_at = -5 * DAY, .reason = 1),
    ANSWER("revoked-tomorrow", .status = OCSP_REVOKED, .revoked_at = DAY, .reason = 4),
    ANSWER("never-issued", .status = OCSP_REVOKED, .revoked_at = INT64_MIN, .reason = 6,
           .flags = OCSP_EXTENDED_REVOKE),
    ANSWER("about-expired", .about = "signer-expired"),
    ANSWER("about-expired-cutoff", .about = "signer-expired", .cutoff = -20 * DAY),
    ANSWER("about-expired-cutoff-late", .about = "signer-expired", .cutoff = -5 * DAY),
};

void answers_certificates(void)
{
    pki_issue_all(responders, COUNT(responders));
}

void answers_write(const char *dir)
{
    static const struct crl_spec list = {.name = "responders",
                                         .issuer = "subca",
                                         .from = -DAY,
                                         .to = 6 * DAY,
                                         .entries = {{"ocsp-listed", -5 * DAY, 1, 0},
                                                     {"ocsp-nocheck-listed", -5 * DAY, 1, 0},
                                                     {"signer-revoked", -5 * DAY, 1, 0}}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ocsp_spec row = rows[i];
        if (row.revoked_at == INT64_MIN) {
            row.revoked_at = -pki_clock(); /* 1970-01-01T00:00:00Z, RFC 6960 2.2 */
        }
        gen_write(dir, gen_printf("ocsp/%s.ocsp", row.name), pki_ocsp(&row));
    }
    for (size_t i = 0; i < COUNT(responders); i++) {
        gen_write(dir, gen_printf("cert/%s.cer", responders[i].label),
                  pki_find(responders[i].label)->der);
    }
    gen_write(dir, "crl-odd/responders.crl", pki_crl(&list));
}
