/*
 * samples_longterm - CAdES signatures of the past with time-stamps, evidence and archive
 * time-stamps, right ones and wrong ones (tests/cases/longterm.case).
 *
 * Signed in 2010, 2015 or 2024 and read in 2026; each step happened when its date says.
 */
#include "declaration.h"
#include "longterm.h"
#include "samples.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *out_dir;

static void save(const char *name, struct span file)
{
    gen_write(out_dir, gen_printf("lt/%s.p7m", name), file);
}

static struct span letter(void)
{
    return span_str(declaration_letter);
}

/* Signed by `signer` on that day, with its CA's certificate. */
static struct ades *signed_by(const char *signer, const char *when)
{
    struct ades *x = gen_alloc(sizeof *x);
    struct signer_spec *s = gen_alloc(sizeof *s);
    *s = (struct signer_spec){.cert = signer, .when = gen_when(when) - pki_clock()};
    ades_start(x, s, letter());
    const char *ca = pki_find(signer)->spec.issuer;
    ades_certs(x, strcmp(ca, "lt-ca") == 0 ? "lt-ca" : gen_printf("%s lt-ca", ca));
    return x;
}

/* CRLs of the root, of the CA of signers and authorities, and of one more CA. */
static void evidence(struct ades *x, const char *when, const char *other)
{
    ades_crl(x, longterm_crl("lt-root", when));
    ades_crl(x, longterm_crl("lt-ca", when));
    if (other) {
        ades_crl(x, longterm_crl(other, when));
    }
}

/* What an archive does before its last time-stamp loses its force. */
static void renewed(struct ades *x)
{
    evidence(x, "2017-12-01", NULL);
    ades_archive_v3(x, "lt-tsa-2", "2017-12-02", 0);
    evidence(x, "2022-12-01", NULL);
    ades_archive_v3(x, "lt-tsa-3", "2022-12-02", 0);
}

/* ---- signed in 2024: authority and CA are still valid --------------------------------------- */

static struct ades *mid(const char *signer, const char *crls)
{
    struct ades *x = signed_by(signer, "2024-06-01T09:00:00Z");
    ades_stamp(x, "lt-tsa-3", "2024-06-01T10:00:00Z");
    if (crls) {
        evidence(x, crls, NULL);
    }
    return x;
}

static void write_mid(void)
{
    save("b-expired", ades_bytes(signed_by("lt-signer-mid", "2024-06-01T09:00:00Z")));
    save("t-expired", ades_bytes(mid("lt-signer-mid", NULL)));
    save("lt-expired", ades_bytes(mid("lt-signer-mid", "2024-06-03")));
    save("lt-early-crl", ades_bytes(mid("lt-signer-mid", "2024-05-30")));
    save("lt-stale-crl", ades_bytes(mid("lt-signer-mid", "2024-04-01")));
    save("lt-revoked-later", ades_bytes(mid("lt-signer-midrev", "2024-06-03")));
    save("b-revoked", ades_bytes(signed_by("lt-signer-midrev", "2024-06-01T09:00:00Z")));
    struct ades *x = signed_by("lt-signer-midrev", "2024-09-01T09:00:00Z");
    ades_stamp(x, "lt-tsa-3", "2024-09-01T10:00:00Z");
    evidence(x, "2024-09-03", NULL);
    save("lt-revoked-before", ades_bytes(x));
    x = signed_by("lt-signer-mid", "2024-06-01T09:00:00Z");
    ades_stamp(x, "tsa-foreign", "2024-06-05T10:00:00Z");
    evidence(x, "2024-06-07", NULL);
    save("lt-foreign-stamp", ades_bytes(x));
    x = signed_by("lt-signer-now", "2026-11-01T09:00:00Z");
    ades_stamp(x, "lt-tsa-3", "2026-11-01T10:00:00Z");
    save("t-now", ades_bytes(x));
    evidence(x, "2026-11-03", NULL);
    save("lt-now", ades_bytes(x));
    ades_archive_v3(x, "lt-tsa-3", "2026-11-04", 0);
    save("lta-now", ades_bytes(x));
}

/* ---- hash index ----------------------------------------------------------------------------- */

static void write_index(void)
{
    static const struct {
        const char *name;
        unsigned flags;
    } rows[] = {
        {"lta", 0},
        {"index-missing", INDEX_MISSING},
        {"index-leave-out", INDEX_LEAVE_OUT},
        {"index-reordered", INDEX_REORDERED},
        {"index-other-alg", INDEX_OTHER_ALG},
        {"index-unknown-alg", INDEX_UNKNOWN_ALG},
        {"index-none", INDEX_NONE},
        {"index-two", INDEX_TWO},
        {"index-swapped", INDEX_SWAPPED},
        {"index-v1", INDEX_V1},
        {"index-v2", INDEX_V2},
        {"index-sha1", INDEX_SHA1},
        {"index-no-crls", INDEX_NO_CRLS},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ades *x = mid("lt-signer-mid", "2024-06-03");
        ades_archive_v3(x, "lt-tsa-3", "2024-06-04", rows[i].flags);
        save(rows[i].name, ades_bytes(x));
    }
    struct ades *x = mid("lt-signer-mid", "2024-06-03");
    ades_archive_v3(x, "lt-tsa-3", "2024-06-04", 0);
    save("archive-altered-content", pdf_patch(ades_bytes(x), "firmware 4.7.2", "firmware 4.7.3"));
    x->crls[1] = longterm_crl("lt-ca", "2024-06-10");
    save("archive-crl-exchanged", ades_bytes(x));
    x = mid("lt-signer-mid", "2024-06-03");
    ades_archive_v3(x, "lt-tsa-3", "2024-06-04", 0);
    ades_crl(x, longterm_crl("lt-ca", "2024-06-10"));
    save("archive-crl-added", ades_bytes(x));
    x = mid("lt-signer-mid", "2024-06-03");
    ades_archive_v3(x, "lt-tsa-3", "2024-05-20", 0);
    save("archive-before-stamp", ades_bytes(x));
    x = mid("lt-signer-mid", "2024-06-03");
    ades_archive_v3(x, "tsa-foreign", "2024-06-05", 0);
    save("archive-foreign", ades_bytes(x));
    x = mid("lt-signer-mid", "2024-06-03");
    x->detached = true;
    ades_archive_v3(x, "lt-tsa-3", "2024-06-04", 0);
    save("archive-detached", ades_bytes(x));
}

/* ---- v2, references ------------------------------------------------------------------------- */

static void write_v2(void)
{
    struct span crls[] = {longterm_crl("lt-root", "2024-06-03"),
                          longterm_crl("lt-ca", "2024-06-03")};
    struct ades *x = mid("lt-signer-mid", NULL);
    ades_cert_values(x, "lt-ca lt-root");
    ades_revocation_values(x, crls, 2);
    save("values", ades_bytes(x));
    ades_archive_v2(x, "lt-tsa-3", "2024-06-05");
    save("v2", ades_bytes(x));
    save("v2-altered-content", pdf_patch(ades_bytes(x), "firmware 4.7.2", "firmware 4.7.3"));
    ades_archive_v2(x, "lt-tsa-3", "2025-06-05");
    save("v2-twice", ades_bytes(x));
    ades_archive_v3(x, "lt-tsa-3", "2026-06-05", 0);
    save("v2-v2-v3", ades_bytes(x));
    x = mid("lt-signer-mid", NULL);
    ades_archive_v2(x, "lt-tsa-3", "2024-06-05");
    ades_cert_values(x, "lt-ca lt-root");
    ades_revocation_values(x, crls, 2);
    save("v2-evidence-later", ades_bytes(x));
    x = mid("lt-signer-mid", NULL);
    x->detached = true;
    ades_revocation_values(x, crls, 2);
    ades_archive_v2(x, "lt-tsa-3", "2024-06-05");
    save("v2-detached", ades_bytes(x));

    x = signed_by("lt-signer-now", "2026-11-01T09:00:00Z");
    ades_stamp(x, "lt-tsa-3", "2026-11-01T10:00:00Z");
    ades_references(x, crls[1], "lt-ca");
    ades_stamp_references(x, "lt-tsa-3", "2026-11-02", false);
    save("references", ades_bytes(x));
    x = signed_by("lt-signer-now", "2026-11-01T09:00:00Z");
    ades_references(x, crls[1], "lt-ca");
    ades_stamp_references(x, "lt-tsa-3", "2026-11-02", true);
    save("references-alone", ades_bytes(x));
    x = signed_by("lt-signer-now", "2026-11-01T09:00:00Z");
    ades_stamp(x, "lt-tsa-3", "2026-11-01T10:00:00Z");
    ades_stamp_references(x, "lt-tsa-3", "2026-11-02", false);
    ades_references(x, crls[1], "lt-ca");
    save("references-later", ades_bytes(x));
}

/* ---- signed in 2015: everything has expired since ------------------------------------------- */

static struct ades *old(const char *signer, const char *tsa, const char *crls)
{
    const char *ca = pki_find(signer)->spec.issuer;
    struct ades *x = signed_by(signer, "2015-06-01T09:00:00Z");
    ades_stamp(x, tsa, "2015-06-01T10:00:00Z");
    if (crls) {
        evidence(x, crls, strcmp(ca, "lt-ca") ? ca : NULL);
    }
    return x;
}

static void write_old(void)
{
    struct ades *x = old("lt-signer", "lt-tsa-1", "2015-06-03");
    save("old-lt", ades_bytes(x));
    ades_archive_v3(x, "lt-tsa-1", "2015-06-04", 0);
    save("old-lta-once", ades_bytes(x));
    evidence(x, "2017-12-01", NULL);
    ades_archive_v3(x, "lt-tsa-2", "2017-12-02", 0);
    save("old-lta-twice", ades_bytes(x));
    evidence(x, "2022-12-01", NULL);
    ades_archive_v3(x, "lt-tsa-3", "2022-12-02", 0);
    save("old-lta", ades_bytes(x));
    save("old-lta-altered", pdf_patch(ades_bytes(x), "firmware 4.7.2", "firmware 4.7.3"));

    x = old("lt-signer", "lt-tsa-1", "2015-06-03");
    evidence(x, "2018-01-10", NULL);
    ades_archive_v3(x, "lt-tsa-2", "2018-06-01", 0);
    evidence(x, "2022-12-01", NULL);
    ades_archive_v3(x, "lt-tsa-3", "2022-12-02", 0);
    save("old-renewed-late", ades_bytes(x));

    x = old("lt-signer", "lt-tsa-1", "2015-06-03");
    ades_archive_v3(x, "lt-tsa-2", "2017-12-02", 0);
    ades_archive_v3(x, "lt-tsa-3", "2022-12-02", 0);
    save("old-renewed-without-crls", ades_bytes(x));

    x = old("lt-signer-rev", "lt-tsa-1", "2015-06-03");
    renewed(x);
    save("old-revoked-later", ades_bytes(x));
    x = signed_by("lt-signer-rev", "2015-10-01");
    ades_stamp(x, "lt-tsa-1", "2015-10-01T10:00:00Z");
    evidence(x, "2015-10-03", NULL);
    renewed(x);
    save("old-revoked-before", ades_bytes(x));
}

/* The CA expired in 2016, or was revoked in 2017. */
static void write_ca(const char *name, const char *signer, const char *late)
{
    const char *ca = pki_find(signer)->spec.issuer;
    struct ades *x = old(signer, "lt-tsa-long", "2015-06-03");
    save(gen_printf("%s-lt", name), ades_bytes(x));
    struct ades other = *x;
    ades_archive_v3(x, "lt-tsa-long", "2015-06-04", 0);
    save(gen_printf("%s-lta", name), ades_bytes(x));
    ades_archive_v3(&other, "lt-tsa-long", late, 0);
    save(gen_printf("%s-lta-late", name), ades_bytes(&other));
    x = old(signer, "lt-tsa-long", NULL);
    evidence(x, "2015-06-03", NULL);
    ades_archive_v3(x, "lt-tsa-long", "2015-06-04", 0);
    ades_crl(x, longterm_crl(ca, "2015-06-03"));
    save(gen_printf("%s-crl-added", name), ades_bytes(x));
    x = old(signer, "lt-tsa-long", "2015-06-03");
    struct span mine = x->certs[1]; /* the CA's certificate, left out of the index */
    x->certs[1] = x->certs[0];
    x->certs[0] = mine;
    ades_archive_v3(x, "lt-tsa-long", "2015-06-04", INDEX_LEAVE_OUT);
    save(gen_printf("%s-ca-not-indexed", name), ades_bytes(x));
    x = old(signer, "lt-tsa-1", "2015-06-03");
    ades_archive_v3(x, "lt-tsa-1", "2015-06-04", 0);
    renewed(x);
    save(gen_printf("%s-lta-renewed", name), ades_bytes(x));
}

static void write_cas(void)
{
    write_ca("ca-expired", "lt-signer-oldca", "2016-06-01");
    write_ca("ca-superseded", "lt-signer-sup", "2017-06-01");
    write_ca("ca-compromised", "lt-signer-comp", "2017-06-01");
    struct ades *x = signed_by("lt-signer-comp", "2017-06-01");
    ades_stamp(x, "lt-tsa-long", "2017-06-01T10:00:00Z");
    evidence(x, "2017-06-03", "lt-ca-comp");
    ades_archive_v3(x, "lt-tsa-long", "2017-06-04", 0);
    save("ca-compromised-before", ades_bytes(x));
}

static struct ades *compromised(enum ess ess, unsigned flags)
{
    struct ades *x = gen_alloc(sizeof *x);
    struct signer_spec *s = gen_alloc(sizeof *s);
    *s = (struct signer_spec){.cert = "lt-signer-comp",
                              .ess = ess,
                              .flags = flags,
                              .when = gen_when("2015-06-01T09:00:00Z") - pki_clock()};
    ades_start(x, s, letter());
    ades_stamp(x, "lt-tsa-long", "2015-06-01T10:00:00Z");
    return x;
}

/* A time-stamped value that nothing binds to a certificate: whoever has the CA's key could have
 * made the certificate since. A second signature names it, and its value is no signature. */
static void write_certificate_since(void)
{
    struct ades *x = compromised(ESS_NONE, 0);
    ades_certs(x, "lt-ca lt-ca-comp");
    evidence(x, "2015-06-03", "lt-ca-comp");
    ades_archive_v3(x, "lt-tsa-long", "2015-06-04", INDEX_LEAVE_OUT);
    save("certificate-since", ades_bytes(x));
    x->second = ades_info(compromised(ESS_V2, SI_BAD_VALUE));
    save("certificate-since-named", ades_bytes(x));
}

/* The authority was revoked in March 2016. */
static void write_tsa(void)
{
    struct ades *x = old("lt-signer", "lt-tsa-rev", "2015-06-09");
    save("tsa-revoked-lt", ades_bytes(x));
    struct ades late = *x;
    ades_archive_v3(x, "lt-tsa-long", "2015-06-10", 0);
    save("tsa-revoked-lta", ades_bytes(x));
    evidence(&late, "2016-06-01", NULL);
    ades_archive_v3(&late, "lt-tsa-long", "2016-06-02", 0);
    save("tsa-revoked-lta-late", ades_bytes(&late));
}

/* ---- signed in 2010 with RSA-1024 and SHA-1 ------------------------------------------------- */

static struct span crl_sha1(const char *issuer, const char *when)
{
    int64_t from = gen_when(when) - pki_clock();
    struct crl_spec spec = {.name = issuer,
                            .issuer = issuer,
                            .from = from,
                            .to = from + 30 * DAY,
                            .digest = DIGEST_SHA1};
    return pki_crl(&spec);
}

static struct ades *ancient(const char *signer, const char *when)
{
    struct ades *x = gen_alloc(sizeof *x);
    struct signer_spec *s = gen_alloc(sizeof *s);
    *s = (struct signer_spec){
        .cert = signer, .digest = DIGEST_SHA1, .when = gen_when(when) - pki_clock()};
    ades_start(x, s, letter());
    ades_certs(x, "lt-ca");
    return x;
}

static void write_ancient(void)
{
    struct ades *x = ancient("lt-signer-2010", "2010-06-01");
    save("sha1-b", ades_bytes(x));
    ades_stamp(x, "lt-tsa-2009", "2010-06-01T10:00:00Z");
    evidence(x, "2010-06-03", NULL);
    save("sha1-lt", ades_bytes(x));
    struct ades one = *x;
    ades_archive_v3(x, "lt-tsa-2009", "2010-06-04", 0);
    evidence(x, "2013-12-01", NULL);
    ades_archive_v3(x, "lt-tsa-1", "2013-12-02", 0);
    renewed(x);
    save("sha1-lta", ades_bytes(x));
    evidence(&one, "2013-12-01", NULL);
    ades_archive_v3(&one, "lt-tsa-long", "2013-12-02", 0);
    save("sha1-lta-2013", ades_bytes(&one));

    x = ancient("lt-signer-2010", "2010-06-01");
    ades_stamp(x, "lt-tsa-long", "2010-06-01T10:00:00Z");
    ades_crl(x, crl_sha1("lt-root", "2010-06-03"));
    ades_crl(x, crl_sha1("lt-ca", "2010-06-03"));
    one = *x;
    ades_archive_v3(x, "lt-tsa-long", "2010-06-04", 0);
    save("sha1-crl-lta", ades_bytes(x));
    ades_archive_v3(&one, "lt-tsa-long", "2013-12-02", 0);
    save("sha1-crl-late", ades_bytes(&one));

    x = ancient("lt-signer-2010", "2010-06-01");
    struct tst_spec weak = {.tsa = "lt-tsa-long",
                            .when = gen_when("2010-06-01T10:00:00Z") - pki_clock(),
                            .digest = DIGEST_SHA1};
    ades_attribute(x, "1.2.840.113549.1.9.16.2.14", tst_make(&weak, x->value));
    evidence(x, "2010-06-03", NULL);
    one = *x;
    ades_archive_v3(x, "lt-tsa-long", "2010-06-04", 0);
    save("sha1-stamp-lta", ades_bytes(x));
    ades_archive_v3(&one, "lt-tsa-long", "2013-12-02", 0);
    save("sha1-stamp-late", ades_bytes(&one));

    x = ancient("lt-signer-2010", "2010-06-01");
    ades_stamp(x, "lt-tsa-long", "2010-06-01T10:00:00Z");
    evidence(x, "2010-06-03", NULL);
    ades_archive_v3(x, "lt-tsa-long", "2010-06-04", INDEX_SHA1);
    save("sha1-index", ades_bytes(x));

    x = ancient("lt-signer-2013", "2013-06-01");
    ades_stamp(x, "lt-tsa-long", "2013-06-01T10:00:00Z");
    evidence(x, "2013-06-03", NULL);
    ades_archive_v3(x, "lt-tsa-long", "2013-06-04", 0);
    save("sha1-in-2013", ades_bytes(x));
}

void samples_longterm(const char *dir)
{
    out_dir = dir;
    longterm_write(dir);
    write_mid();
    write_index();
    write_v2();
    write_old();
    write_cas();
    write_certificate_since();
    write_tsa();
    write_ancient();
}
