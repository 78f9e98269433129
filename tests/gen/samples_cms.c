/*
 * samples_cms - CMS files: one for every signer, and one for every way a SignerInfo can differ.
 */
#include "declaration.h"
#include "hierarchy.h"
#include "samples.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- time-stamps -------------------------------------------------------------------------- */

static const struct tst_spec stamp_good = {.tsa = "tsa", .when = -10 * DAY};
static const struct tst_spec stamp_later = {.tsa = "tsa", .when = -4 * DAY};
static const struct tst_spec stamp_fresh = {.tsa = "tsa", .when = -2 * HOUR};
static const struct tst_spec stamp_future = {.tsa = "tsa", .when = 2 * DAY};
static const struct tst_spec stamp_early = {.tsa = "tsa", .when = -300 * DAY};
static const struct tst_spec stamp_before_expiry = {.tsa = "tsa", .when = -20 * DAY};
static const struct tst_spec stamp_imprint = {
    .tsa = "tsa", .when = -10 * DAY, .flags = TST_BAD_IMPRINT};
static const struct tst_spec stamp_value = {
    .tsa = "tsa", .when = -10 * DAY, .flags = TST_BAD_VALUE};
static const struct tst_spec stamp_two = {
    .tsa = "tsa", .when = -10 * DAY, .flags = TST_TWO_SIGNERS};
static const struct tst_spec stamp_no_cert = {
    .tsa = "tsa", .when = -10 * DAY, .flags = TST_NO_CERTS};
static const struct tst_spec stamp_sha512 = {
    .tsa = "tsa", .when = -10 * DAY, .digest = DIGEST_SHA512};
static const struct tst_spec stamp_sha1 = {.tsa = "tsa", .when = -10 * DAY, .digest = DIGEST_SHA1};
static const struct tst_spec stamp_expired = {.tsa = "tsa-expired", .when = -10 * DAY};
static const struct tst_spec stamp_revoked = {.tsa = "tsa-revoked", .when = -10 * DAY};
static const struct tst_spec stamp_revoked_then = {.tsa = "tsa-revoked", .when = -4 * DAY};
static const struct tst_spec stamp_foreign = {.tsa = "tsa-foreign", .when = -10 * DAY};
static const struct tst_spec stamp_not_critical = {.tsa = "tsa-not-critical", .when = -10 * DAY};
static const struct tst_spec stamp_no_eku = {.tsa = "tsa-no-eku", .when = -10 * DAY};
static const struct tst_spec stamp_two_eku = {.tsa = "tsa-two-eku", .when = -10 * DAY};

static const struct {
    const char *name, *cert;
    const struct tst_spec *stamp, *stamp2, *content;
} stamped[] = {
    {"stamp-good", "signer", &stamp_good, NULL, NULL},
    {"stamp-fresh", "signer", &stamp_fresh, NULL, NULL},
    {"stamp-future", "signer", &stamp_future, NULL, NULL},
    {"stamp-early", "signer", &stamp_early, NULL, NULL},
    {"stamp-bad-imprint", "signer", &stamp_imprint, NULL, NULL},
    {"stamp-bad-value", "signer", &stamp_value, NULL, NULL},
    {"stamp-two-signers", "signer", &stamp_two, NULL, NULL},
    {"stamp-no-certificate", "signer", &stamp_no_cert, NULL, NULL},
    {"stamp-sha512", "signer", &stamp_sha512, NULL, NULL},
    {"stamp-sha1", "signer", &stamp_sha1, NULL, NULL},
    {"stamp-tsa-expired", "signer", &stamp_expired, NULL, NULL},
    {"stamp-tsa-revoked-later", "signer", &stamp_revoked, NULL, NULL},
    {"stamp-tsa-revoked", "signer", &stamp_revoked_then, NULL, NULL},
    {"stamp-tsa-foreign", "signer", &stamp_foreign, NULL, NULL},
    {"stamp-not-critical", "signer", &stamp_not_critical, NULL, NULL},
    {"stamp-no-eku", "signer", &stamp_no_eku, NULL, NULL},
    {"stamp-two-eku", "signer", &stamp_two_eku, NULL, NULL},
    {"stamp-two-good", "signer", &stamp_later, &stamp_good, NULL},
    {"stamp-good-and-bad", "signer", &stamp_good, &stamp_imprint, NULL},
    {"stamp-content", "signer", NULL, NULL, &stamp_good},
    {"stamp-content-bad", "signer", NULL, NULL, &stamp_imprint},
    {"stamp-content-late", "signer", &stamp_good, NULL, &stamp_later},
    {"stamp-content-revoked", "signer-revoked", NULL, NULL, &stamp_later},
    {"stamp-content-expired", "signer-expired", NULL, NULL, &stamp_later},
    {"stamp-then-revoked", "signer-revoked", &stamp_good, NULL, NULL},
    {"revoked-then-stamp", "signer-revoked", &stamp_later, NULL, NULL},
    {"stamp-invalidity", "signer-invalidity", &stamp_good, NULL, NULL},
    {"stamp-then-hold", "signer-hold", &stamp_good, NULL, NULL},
    {"stamp-then-expired", "signer-expired", &stamp_before_expiry, NULL, NULL},
};

static void write_stamped(const char *dir)
{
    for (size_t i = 0; i < COUNT(stamped); i++) {
        struct signer_spec signer = {.cert = stamped[i].cert,
                                     .stamp = stamped[i].stamp,
                                     .stamp2 = stamped[i].stamp2,
                                     .content_stamp = stamped[i].content};
        struct cms_spec cms = {.signers = {&signer}};
        gen_write(dir, gen_printf("cms/%s.p7m", stamped[i].name),
                  cms_make(&cms, span_str(declaration_letter)));
    }
}

/* ---- one SignerInfo ------------------------------------------------------------------------- */

static const struct {
    const char *name;
    struct signer_spec signer;
    unsigned flags;
} singles[] = {
    {"good", {.cert = "signer"}, 0},
    {"detached", {.cert = "signer"}, CMS_DETACHED},
    {"no-attributes", {.cert = "signer", .flags = SI_NO_ATTRS}, 0},
    {"no-attributes-detached", {.cert = "signer", .flags = SI_NO_ATTRS}, CMS_DETACHED},
    {"ess-none", {.cert = "signer", .ess = ESS_NONE}, 0},
    {"ess-v1", {.cert = "signer", .ess = ESS_V1}, 0},
    {"ess-wrong", {.cert = "signer", .ess = ESS_WRONG}, 0},
    {"no-message-digest", {.cert = "signer", .flags = SI_NO_DIGEST}, 0},
    {"bad-message-digest", {.cert = "signer", .flags = SI_BAD_DIGEST}, 0},
    {"no-content-type", {.cert = "signer", .flags = SI_NO_TYPE}, 0},
    {"bad-content-type", {.cert = "signer", .flags = SI_BAD_TYPE}, 0},
    {"unsorted", {.cert = "signer", .flags = SI_UNSORTED}, 0},
    {"bad-value", {.cert = "signer", .flags = SI_BAD_VALUE}, 0},
    {"by-key-id", {.cert = "signer", .flags = SI_BY_SKI}, 0},
    {"no-signing-time", {.cert = "signer", .flags = SI_NO_TIME}, 0},
    {"digest-null", {.cert = "signer", .flags = SI_DIGEST_NULL}, 0},
    {"digest-mismatch", {.cert = "signer", .flags = SI_MISMATCH}, 0},
    {"two-digests", {.cert = "signer", .flags = SI_TWO_DIGESTS}, 0},
    {"two-times", {.cert = "signer", .flags = SI_TIME_TWO_VALUES}, 0},
    {"time-future", {.cert = "signer", .when = 3 * DAY}, 0},
    {"sha1", {.cert = "signer", .digest = DIGEST_SHA1}, 0},
    {"md5", {.cert = "signer", .digest = DIGEST_MD5}, 0},
    {"sha384", {.cert = "signer", .digest = DIGEST_SHA384}, 0},
    {"sha512", {.cert = "signer", .digest = DIGEST_SHA512}, 0},
    {"rsa-plain", {.cert = "signer", .sig = SIG_RSA_PLAIN}, 0},
    {"sha3-256", {.cert = "signer", .digest = DIGEST_SHA3}, 0},
    {"pss", {.cert = "signer", .sig = SIG_PSS}, 0},
    {"pss-sha512", {.cert = "signer", .sig = SIG_PSS, .digest = DIGEST_SHA512}, 0},
    {"ecdsa-sha384", {.cert = "signer-p384", .sig = SIG_ECDSA, .digest = DIGEST_SHA384}, 0},
    {"ed25519-sha512", {.cert = "signer-ed25519", .sig = SIG_ED25519, .digest = DIGEST_SHA512}, 0},
    {"protected", {.cert = "signer", .flags = SI_PROTECTED}, 0},
    {"protected-bad", {.cert = "signer", .flags = SI_PROTECTED_BAD}, 0},
    {"odd-algorithm", {.cert = "signer", .flags = SI_ODD_ALGORITHM}, 0},
    {"indefinite", {.cert = "signer"}, CMS_INDEFINITE},
    {"trailing", {.cert = "signer"}, CMS_TRAILING},
    {"no-signers", {.cert = "signer"}, CMS_NO_SIGNERS},
    {"gst", {.cert = "signer", .ess = ESS_NONE, .digest = DIGEST_SHA1, .flags = SI_DIGEST_NULL}, 0},
};

static void write_singles(const char *dir)
{
    for (size_t i = 0; i < COUNT(singles); i++) {
        struct cms_spec cms = {.signers = {&singles[i].signer}, .flags = singles[i].flags};
        const char *ending = singles[i].flags & CMS_DETACHED ? "p7s" : "p7m";
        gen_write(dir, gen_printf("cms/%s.%s", singles[i].name, ending),
                  cms_make(&cms, span_str(declaration_letter)));
    }
}

/* A good attached file of every signer: what its certificate is worth is the case. */
static void write_chains(const char *dir)
{
    const struct issued *c;
    for (size_t i = 0; (c = hierarchy_at(i)); i++) {
        if (c->spec.ca || strncmp(c->spec.label, "signer", 6) != 0) {
            continue;
        }
        enum key_id key = c->spec.key;
        struct signer_spec signer = {.cert = c->spec.label};
        signer.sig = key == KEY_ED25519                   ? SIG_ED25519
                     : key == KEY_ED448                   ? SIG_ED448
                     : key >= KEY_P256 && key <= KEY_P521 ? SIG_ECDSA
                                                          : SIG_RSA;
        signer.digest = key == KEY_ED25519 ? DIGEST_SHA512
                        : key == KEY_ED448 ? DIGEST_SHAKE256
                                           : DIGEST_SHA256;
        struct cms_spec cms = {.signers = {&signer}};
        gen_write(dir, gen_printf("chain/%s.p7m", c->spec.label),
                  cms_make(&cms, span_str(declaration_letter)));
    }
}

/* ---- several signers, certificate sets, encodings ------------------------------------------- */

static const struct signer_spec plain = {.cert = "signer"};
static const struct signer_spec second = {.cert = "signer-second"};
static const struct signer_spec second_bad = {.cert = "signer-second", .flags = SI_BAD_VALUE};
static const struct signer_spec revoked = {.cert = "signer-revoked"};
static const struct signer_spec counted = {.cert = "signer", .counter = &second};
static const struct signer_spec counted_bad = {.cert = "signer", .counter = &second_bad};
static const struct signer_spec counted_revoked = {.cert = "signer", .counter = &revoked};

#define BOTH "signer signer-second subca ca"

static const struct {
    const char *name;
    struct cms_spec cms;
} sets[] = {
    {"two-signers", {.signers = {&plain, &second}, .certs = BOTH}},
    {"two-signers-one-bad", {.signers = {&plain, &second_bad}, .certs = BOTH}},
    {"two-signers-one-revoked",
     {.signers = {&plain, &revoked}, .certs = "signer signer-revoked subca ca"}},
    {"countersigned", {.signers = {&counted}, .certs = BOTH}},
    {"countersigned-bad", {.signers = {&counted_bad}, .certs = BOTH}},
    {"countersigned-revoked",
     {.signers = {&counted_revoked}, .certs = "signer signer-revoked subca ca"}},
    {"no-certificates", {.signers = {&plain}, .certs = ""}},
    {"leaf-only", {.signers = {&plain}, .certs = "signer"}},
    {"no-subca", {.signers = {&plain}, .certs = "signer ca"}},
    {"with-root", {.signers = {&plain}, .certs = "signer subca ca root"}},
    {"lookalike-root-inside", {.signers = {&plain}, .certs = "signer subca ca root-lookalike"}},
    {"too-many-signers", {.signers = {&plain}, .times = 257}},
    {"type-digested",
     {.signers = {&plain}, .certs = "signer subca ca", .type = "1.2.840.113549.1.7.5"}},
};

/* One signer with 4,096 counter-signatures, each an empty SignerInfo: one signer too many. */
static void write_many_counters(const char *dir)
{
    uint8_t empty[4096 * 2];
    for (size_t i = 0; i < sizeof empty; i += 2) {
        empty[i] = 0x30;
        empty[i + 1] = 0;
    }
    struct span values = TLV(0x31, span_make(empty, sizeof empty));
    struct signer_spec signer = {.cert = "signer",
                                 .unsigned_attrs = SEQ(gen_oid("1.2.840.113549.1.9.6"), values)};
    struct cms_spec cms = {.signers = {&signer}};
    gen_write(dir, "cms/too-many-counters.p7m", cms_make(&cms, span_str(declaration_letter)));
}

static void write_sets(const char *dir)
{
    struct span letter = span_str(declaration_letter);
    write_many_counters(dir);
    for (size_t i = 0; i < COUNT(sets); i++) {
        gen_write(dir, gen_printf("cms/%s.p7m", sets[i].name), cms_make(&sets[i].cms, letter));
    }
    struct crl_spec crl = {.name = "subca", .issuer = "subca", .from = -DAY, .to = 6 * DAY};
    struct crl_spec above = {.name = "ca", .issuer = "ca", .from = -DAY, .to = 6 * DAY};
    struct cms_spec with_crl = {.signers = {&plain},
                                .revocation = CAT(pki_crl(&above), pki_crl(&crl))};
    gen_write(dir, "cms/crls-inside.p7m", cms_make(&with_crl, letter));
    struct span crls = CAT(pki_crl(&above), pki_crl(&crl));
    struct signer_spec lt = {.cert = "signer", .stamp = &stamp_good, .revocation_values = crls};
    struct cms_spec long_term = {.signers = {&lt}};
    gen_write(dir, "cms/revocation-values.p7m", cms_make(&long_term, letter));
    struct signer_spec adobe = {.cert = "signer", .adobe_revocation = crls};
    struct cms_spec archival = {.signers = {&adobe}};
    gen_write(dir, "cms/adobe-revocation.p7m", cms_make(&archival, letter));
}

static void write_encodings(const char *dir)
{
    struct span letter = span_str(declaration_letter);
    struct cms_spec attached = {.signers = {&plain}};
    struct cms_spec detached = {.signers = {&plain}, .flags = CMS_DETACHED};
    struct span cms = cms_make(&attached, letter), apart = cms_make(&detached, letter);
    gen_write(dir, "cms/pem.p7m", gen_pem("PKCS7", cms));
    gen_write(dir, "cms/pem-cms.p7m", gen_pem("CMS", cms));
    struct span pem = gen_pem("PKCS7", cms), note = SPAN_LIT("We declare all of it again.\n");
    gen_write(dir, "cms/text-before.p7m", CAT(note, pem));
    gen_write(dir, "cms/text-behind.p7m", CAT(pem, note));
    gen_write(dir, "cms/text-as-header.p7m",
              CAT(SPAN_LIT("-----BEGIN PKCS7-----\nComment: "), note, SPAN_LIT("\n"),
                  span_sub(pem, 22, pem.n)));
    gen_write(dir, "cms/text-as-label.p7m",
              CAT(SPAN_LIT("-----BEGIN <h1>We declare</h1>-----\n"), span_sub(pem, 22, pem.n)));
    gen_write(dir, "cms/two-messages.p7m", CAT(pem, gen_pem("PKCS7", cms_make(&attached, note))));
    gen_write(dir, "cms/with-certificates.p7m",
              CAT(pem, gen_pem("CERTIFICATE", pki_find("ca")->der)));
    gen_write(dir, "cms/padded.p7m", CAT(cms, span_make("\0\0\0\0\r\n", 6)));
    gen_write(dir, "cms/base64.p7m", gen_base64(cms, 76));
    gen_write(dir, "cms/altered.p7m", pdf_patch(cms, "firmware 4.7.2", "firmware 4.7.3"));
    gen_write(dir, "cms/truncated.p7m", span_sub(cms, 0, cms.n - 40));
    gen_write(dir, "cms/cut-early.p7m", span_sub(cms, 0, 120));
    struct signer_spec bare = {.cert = "signer", .flags = SI_NO_ATTRS};
    struct cms_spec no_attributes = {.signers = {&bare}};
    uint8_t zeros[32] = {0};
    struct span attribute =
        SEQ(gen_oid("1.2.840.113549.1.9.4"), TLV(0x31, gen_octets(span_make(zeros, sizeof zeros))));
    gen_write(dir, "cms/attributes-as-content.p7m", cms_make(&no_attributes, TLV(0x31, attribute)));
    no_attributes.type = "1.2.840.113549.1.7.5";
    gen_write(dir, "cms/no-attributes-type.p7m", cms_make(&no_attributes, letter));
    gen_write(dir, "cms/content.txt", letter);
    gen_write(dir, "cms/content-other.txt", SPAN_LIT("Another declaration.\n"));
    struct span detached_pem = gen_pem("PKCS7", apart);
    gen_write(dir, "cms/detached-pem.p7s", detached_pem);
}

/* ---- time-stamp tokens as files, signed mail ------------------------------------------------ */

static void write_tokens(const char *dir)
{
    struct span letter = span_str(declaration_letter);
    const struct {
        const char *name;
        const struct tst_spec *spec;
    } tokens[] = {{"good", &stamp_good},           {"bad-imprint", &stamp_imprint},
                  {"bad-value", &stamp_value},     {"foreign", &stamp_foreign},
                  {"no-eku", &stamp_no_eku},       {"future", &stamp_future},
                  {"expired-tsa", &stamp_expired}, {"no-certificate", &stamp_no_cert},
                  {"two-signers", &stamp_two}};
    for (size_t i = 0; i < COUNT(tokens); i++) {
        gen_write(dir, gen_printf("tst/%s.tst", tokens[i].name), tst_make(tokens[i].spec, letter));
    }
}

static void write_mail(const char *dir)
{
    struct span part = SPAN_LIT("Content-Type: text/plain; charset=us-ascii\r\n\r\n"
                                "The declaration is signed by this mail.\r\n");
    struct cms_spec detached = {.signers = {&plain}, .flags = CMS_DETACHED};
    struct cms_spec attached = {.signers = {&plain}};
    struct span head = SPAN_LIT("From: asha@example.invalid\r\nTo: cb@example.invalid\r\n"
                                "Subject: Declaration\r\nMIME-Version: 1.0\r\n");
    struct span multipart =
        SPAN_LIT("Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n"
                 " micalg=sha-256; boundary=\"cut\"\r\n\r\n--cut\r\n");
    struct span sig_head =
        SPAN_LIT("\r\n--cut\r\nContent-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\n"
                 "Content-Transfer-Encoding: base64\r\n\r\n");
    struct span sig = gen_base64(cms_make(&detached, part), 76);
    struct span mail = CAT(head, multipart, part, sig_head, sig, SPAN_LIT("\r\n--cut--\r\n"));
    gen_write(dir, "mail/signed.eml", mail);
    gen_write(dir, "mail/altered.eml", pdf_patch(mail, "signed by this", "signed by that"));
    struct span first = CAT(head, multipart, part);
    gen_write(dir, "mail/cut-off.eml", first);
    gen_write(dir, "mail/second-part.eml",
              CAT(first, SPAN_LIT("\r\n--cut\r\nContent-Type: text/plain\r\n\r\nRegards\r\n"
                                  "--cut--\r\n")));
    gen_write(dir, "mail/three-parts.eml",
              CAT(first, sig_head, sig,
                  SPAN_LIT("\r\n--cut\r\nContent-Type: text/plain\r\n\r\n"
                           "Approved.\r\n--cut--\r\n")));
    gen_write(dir, "mail/bad-base64.eml",
              CAT(first, sig_head, SPAN_LIT("????"), sig, SPAN_LIT("\r\n--cut--\r\n")));
    struct span opaque =
        SPAN_LIT("Content-Type: application/pkcs7-mime; smime-type=signed-data;\r\n"
                 " name=\"smime.p7m\"\r\n"
                 "Content-Transfer-Encoding: base64\r\n\r\n");
    gen_write(dir, "mail/opaque.eml", CAT(head, opaque, gen_base64(cms_make(&attached, part), 76)));
    gen_write(dir, "mail/unsigned.eml", CAT(head, part));
}

void samples_cms(const char *dir)
{
    write_stamped(dir);
    write_singles(dir);
    write_chains(dir);
    write_sets(dir);
    write_encodings(dir);
    write_tokens(dir);
    write_mail(dir);
}
