/*
 * samples_pdf - signed PDF files, and what can happen to them afterwards.
 */
#include "declaration.h"
#include "samples.h"

static const struct signer_spec asha = {.cert = "signer", .flags = SI_NO_TIME};
static const struct signer_spec ravi = {.cert = "signer-second", .flags = SI_NO_TIME};
static const struct signer_spec sha1_old = {
    .cert = "signer", .ess = ESS_NONE, .digest = DIGEST_SHA1};
static const struct signer_spec with_time = {.cert = "signer"};
static const struct signer_spec adobe = {.cert = "signer", .ess = ESS_NONE};
static const struct tst_spec ten_days = {.tsa = "tsa", .when = -10 * DAY};
static const struct tst_spec eight_days = {.tsa = "tsa", .when = -8 * DAY};
static const struct tst_spec bad_imprint = {
    .tsa = "tsa", .when = -10 * DAY, .flags = TST_BAD_IMPRINT};
static const struct signer_spec stamped = {
    .cert = "signer", .flags = SI_NO_TIME, .stamp = &ten_days};
static const struct signer_spec bad_digest = {.cert = "signer",
                                              .flags = SI_NO_TIME | SI_BAD_DIGEST};

static const struct cms_spec by_asha = {.signers = {&asha}, .flags = CMS_DETACHED};
static const struct cms_spec by_ravi = {.signers = {&ravi}, .flags = CMS_DETACHED};
static const struct cms_spec by_both = {
    .signers = {&asha, &ravi}, .certs = "signer signer-second subca ca", .flags = CMS_DETACHED};
static const struct cms_spec attached = {.signers = {&asha}};
static const struct cms_spec stamped_cms = {.signers = {&stamped}, .flags = CMS_DETACHED};
static const struct cms_spec wrong_digest = {.signers = {&bad_digest}, .flags = CMS_DETACHED};
static const struct cms_spec with_time_cms = {.signers = {&with_time}, .flags = CMS_DETACHED};
static const struct cms_spec adobe_cms = {.signers = {&adobe}, .flags = CMS_DETACHED};
static const struct cms_spec indefinite = {.signers = {&adobe},
                                           .flags = CMS_DETACHED | CMS_INDEFINITE};
static const struct cms_spec old_sha1 = {.signers = {&sha1_old}};

static const struct pdf_signature first = {
    .field = "Signature1", .cms = &by_asha, .visible = declaration_box};
static const struct pdf_signature later = {
    .field = "Signature2", .cms = &by_ravi, .name = "RAVI KUMAR"};
static const struct pdf_signature stamp_last = {.field = "Stamp1", .tst = &eight_days};

static const char *out_dir;

static void save(const char *name, struct span file)
{
    gen_write(out_dir, gen_printf("pdf/%s.pdf", name), file);
}

/* A declaration that is written but not yet signed. */
static struct pdf *blank(enum pdf_style style)
{
    struct pdf *p = gen_alloc(sizeof *p);
    pdf_start(p, style);
    pdf_add_page(p, declaration_text);
    pdf_finish_base(p);
    return p;
}

static struct pdf *certified(int level)
{
    struct pdf *p = blank(PDF_TABLE);
    struct pdf_signature s = first;
    s.docmdp = level;
    pdf_sign(p, &s);
    return p;
}

static struct pdf *once(enum pdf_style style)
{
    struct pdf *p = blank(style);
    pdf_sign(p, &first);
    return p;
}

/* ---- kinds of signatures -------------------------------------------------------------------- */

static void save_kind(const char *name, const char *subfilter, const struct cms_spec *cms)
{
    struct pdf *p = blank(PDF_TABLE);
    struct pdf_signature s = first;
    s.subfilter = subfilter;
    s.cms = cms;
    pdf_sign(p, &s);
    save(name, pdf_bytes(p));
}

static void write_kinds(void)
{
    save("unsigned", pdf_bytes(blank(PDF_TABLE)));
    save("unsigned-stream", pdf_bytes(blank(PDF_STREAM)));
    save("pades", pdf_bytes(once(PDF_TABLE)));
    save("pades-stream", pdf_bytes(once(PDF_STREAM)));
    save("pades-hybrid", pdf_bytes(once(PDF_HYBRID)));
    save_kind("pades-bad-digest", NULL, &wrong_digest);
    save_kind("pades-two-signers", NULL, &by_both);
    save_kind("pades-attached", NULL, &attached);
    save_kind("pades-signing-time", NULL, &with_time_cms);
    save_kind("pades-no-ess", NULL, &adobe_cms);
    save_kind("detached", "adbe.pkcs7.detached", &adobe_cms);
    save_kind("detached-indefinite", "adbe.pkcs7.detached", &indefinite);
    save_kind("pkcs7-sha1", "adbe.pkcs7.sha1", &old_sha1);
    save_kind("unknown-subfilter", "example.unknown", &adobe_cms);
    struct pdf *p = blank(PDF_TABLE);
    struct pdf_signature x509 = {
        .field = "Signature1", .x509 = "signer", .subfilter = "adbe.x509.rsa_sha1"};
    pdf_sign(p, &x509);
    save("x509-sha1", pdf_bytes(p));
    p = blank(PDF_TABLE);
    pdf_sign(p, &stamp_last);
    save("only-timestamp", pdf_bytes(p));
}

/* One signature by each of the signers a demonstration shows. */
static void write_signers(void)
{
    static const char *const labels[] = {"signer-revoked", "signer-expired", "signer-document",
                                         "signer-foreign", "signer-esign",   "signer-encryption"};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        struct signer_spec signer = {.cert = labels[i], .flags = SI_NO_TIME};
        struct cms_spec cms = {.signers = {&signer}, .flags = CMS_DETACHED};
        save_kind(labels[i], NULL, &cms);
    }
}

/* ---- later revisions that are in order ------------------------------------------------------ */

static void add_dss(struct pdf *p, int64_t from)
{
    struct crl_spec specs[] = {
        {.name = "root", .issuer = "root", .from = from, .to = from + 7 * DAY},
        {.name = "ca", .issuer = "ca", .from = from, .to = from + 7 * DAY},
        {.name = "subca", .issuer = "subca", .from = from, .to = from + 7 * DAY},
    };
    struct span crls[3];
    for (size_t i = 0; i < 3; i++) {
        crls[i] = pki_crl(&specs[i]);
    }
    struct ocsp_spec good = {.name = "good",
                             .about = "signer",
                             .issuer = "subca",
                             .responder = "ocsp",
                             .from = from + HOUR,
                             .to = from + 13 * HOUR};
    struct span answer = pki_ocsp(&good);
    pdf_add_dss(p, "subca ca", crls, 3, &answer, 1);
}

/* Signed ten days ago, evidence collected a day later, and that stamped another day later: each
 * step is about what was there before it. */
static void add_long_term(struct pdf *p)
{
    add_dss(p, -9 * DAY + HOUR);
    pdf_sign(p, &stamp_last);
}

static struct pdf *signed_then(const struct cms_spec *cms, int docmdp)
{
    struct pdf *p = blank(PDF_TABLE);
    struct pdf_signature s = first;
    s.cms = cms;
    s.docmdp = docmdp;
    s.when = -10 * DAY - HOUR;
    pdf_sign(p, &s);
    return p;
}

static void write_updates(void)
{
    for (int level = 1; level <= 3; level++) {
        save(gen_printf("certified-p%d", level), pdf_bytes(certified(level)));
        struct pdf *p = signed_then(&by_asha, level);
        add_long_term(p);
        save(gen_printf("certified-p%d-lta", level), pdf_bytes(p));
        p = certified(level);
        pdf_sign(p, &later);
        save(gen_printf("certified-p%d-second", level), pdf_bytes(p));
    }
    struct pdf *p = once(PDF_TABLE);
    add_dss(p, -DAY);
    save("pades-lt-no-stamp", pdf_bytes(p));
    p = signed_then(&stamped_cms, 0);
    save("pades-stamped", pdf_bytes(p));
    add_dss(p, -DAY);
    save("pades-lt", pdf_bytes(p));
    p = signed_then(&stamped_cms, 0);
    add_long_term(p);
    save("pades-lta", pdf_bytes(p));
    for (int style = PDF_TABLE; style <= PDF_HYBRID; style++) {
        p = once((enum pdf_style)style);
        pdf_sign(p, &later);
        save(gen_printf("two-signatures-%d", style), pdf_bytes(p));
    }
    static const char *const places[] = {"56 70 296 134", "30 100.5 +570 800", "570 800.25 30 100"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        p = once(PDF_TABLE);
        struct pdf_signature shown = later;
        shown.visible = declaration_box;
        shown.rect = places[i];
        pdf_sign(p, &shown);
        save(gen_printf("second-visible-%zu", i), pdf_bytes(p));
    }
    p = once(PDF_TABLE);
    struct pdf_signature broken = later;
    broken.cms = &wrong_digest;
    pdf_sign(p, &broken);
    save("second-broken", pdf_bytes(p));
    p = once(PDF_TABLE);
    struct tst_spec odd = bad_imprint;
    struct pdf_signature bad_stamp = {.field = "Stamp1", .tst = &odd};
    pdf_sign(p, &bad_stamp);
    save("doc-timestamp-bad", pdf_bytes(p));
}

/* ---- form fields ---------------------------------------------------------------------------- */

enum { AMOUNT_Y = 160, PLACE_Y = 190 };

static struct pdf *form(int docmdp, const char *fieldmdp, unsigned *amount, unsigned *place)
{
    struct pdf *p = gen_alloc(sizeof *p);
    pdf_start(p, PDF_TABLE);
    pdf_add_page(p, declaration_text);
    *amount = pdf_text_field(p, "Amount", "one", AMOUNT_Y);
    *place = pdf_text_field(p, "Place", "Bengaluru", PLACE_Y);
    pdf_finish_base(p);
    struct pdf_signature s = first;
    s.docmdp = docmdp;
    s.fieldmdp = fieldmdp;
    pdf_sign(p, &s);
    return p;
}

static void fill(struct pdf *p, unsigned num, const char *name, const char *value, int y)
{
    pdf_open_update(p);
    pdf_put_text_field(p, num, name, value, y);
    pdf_close_update(p);
}

static void write_forms(void)
{
    static const char lock_amount[] = "/Action /Include /Fields [(Amount)]";
    static const char lock_prefix[] = "/Action /Include /Fields [(Amo)]";
    static const char lock_but_place[] = "/Action /Exclude /Fields [(Place)]";
    static const char lock_all[] = "/Action /All";
    const struct {
        const char *name, *lock;
        int level;
        bool amount; /* which field is filled */
    } rows[] = {
        {"form-filled-p1", NULL, 1, true},
        {"form-filled-p2", NULL, 2, true},
        {"form-filled-p3", NULL, 3, true},
        {"form-filled-approval", NULL, 0, true},
        {"form-locked-filled", lock_amount, 2, true},
        {"form-other-filled", lock_amount, 2, false},
        {"form-prefix-filled", lock_prefix, 2, true},
        {"form-excluded-filled", lock_but_place, 2, false},
        {"form-not-excluded-filled", lock_but_place, 2, true},
        {"form-all-locked-filled", lock_all, 2, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned amount, place;
        struct pdf *p = form(rows[i].level, rows[i].lock, &amount, &place);
        if (rows[i].amount) {
            fill(p, amount, "Amount", "two", AMOUNT_Y);
        } else {
            fill(p, place, "Place", "New Delhi", PLACE_Y);
        }
        save(rows[i].name, pdf_bytes(p));
    }
    unsigned amount, place;
    save("form-untouched", pdf_bytes(form(2, lock_amount, &amount, &place)));
}

/* ---- changes that must be noticed ----------------------------------------------------------- */

static void annotate(struct pdf *p)
{
    pdf_open_update(p);
    unsigned num = pdf_number(p);
    p->annots[0] = gen_printf("%s%u 0 R ", p->annots[0], num);
    pdf_object(p, num,
               "<< /Type /Annot /Subtype /FreeText /Rect [60 400 400 430] /F 4 "
               "/DA (/F1 12 Tf 0 g) /Contents (Approved for all models) >>");
    pdf_put_page(p, 0);
    pdf_close_update(p);
}

static void write_annotations(void)
{
    for (int level = 0; level <= 3; level++) {
        struct pdf *p = certified(level);
        annotate(p);
        save(gen_printf("annotated-p%d", level), pdf_bytes(p));
    }
}

static void write_replaced(void)
{
    struct pdf *p = once(PDF_TABLE);
    pdf_replace_page(p, 0, other_text);
    save("content-replaced", pdf_bytes(p));
    p = once(PDF_STREAM);
    pdf_replace_page(p, 0, other_text);
    save("content-replaced-stream", pdf_bytes(p));
    p = once(PDF_TABLE);
    pdf_open_update(p);
    pdf_add_page(p, other_text);
    pdf_put_page_tree(p);
    pdf_close_update(p);
    save("page-appended", pdf_bytes(p));
    p = once(PDF_TABLE);
    pdf_open_update(p);
    p->catalog_more = " /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>";
    pdf_put_catalog(p);
    pdf_close_update(p);
    save("open-action", pdf_bytes(p));
    p = once(PDF_TABLE);
    pdf_open_update(p);
    p->fields = "";
    pdf_put_acroform(p);
    pdf_close_update(p);
    save("field-removed", pdf_bytes(p));
    p = certified(2);
    pdf_open_update(p);
    p->perms = "";
    pdf_put_catalog(p);
    pdf_close_update(p);
    save("perms-removed", pdf_bytes(p));
    p = once(PDF_TABLE);
    struct pdf_signature again = later;
    again.docmdp = 2;
    pdf_sign(p, &again);
    save("certified-second", pdf_bytes(p));
    p = once(PDF_TABLE);
    pdf_open_update(p);
    pdf_object(p, pdf_number(p), "<< /Orphan true >>");
    pdf_close_update(p);
    save("orphan-added", pdf_bytes(p));
}

static struct span flipped(struct span file, size_t at)
{
    uint8_t *p = gen_alloc(file.n);
    memcpy(p, file.p, file.n);
    p[at] ^= 1;
    return span_make(p, file.n);
}

static void write_bytes(void)
{
    struct span file = pdf_bytes(once(PDF_TABLE));
    save("altered-content", pdf_patch(file, "firmware 4.7.2", "firmware 4.7.3"));
    save("altered-stream", flipped(pdf_bytes(once(PDF_STREAM)), 300));
    save("one-eol-more", CAT(file, SPAN_LIT("\n")));
    save("three-eols-more", CAT(file, SPAN_LIT("\n\n\n")));
    save("junk-behind", CAT(file, SPAN_LIT("% a comment\n")));
    save("text-behind", CAT(file, SPAN_LIT("hidden text that is not PDF")));
    save("truncated", span_sub(file, 0, file.n - 100));
    save("half", span_sub(file, 0, file.n / 2));
    save("junk-before", CAT(SPAN_LIT("junk\n"), file));
    size_t range = span_find(file, SPAN_LIT("/ByteRange [0 "), 0);
    uint8_t *copy = gen_alloc(file.n);
    memcpy(copy, file.p, file.n);
    copy[range + 12] = '1';
    save("range-from-one", span_make(copy, file.n));
    save("range-missing", pdf_patch(file, "/ByteRange", "/ByteSange"));
    save("contents-missing", pdf_patch(file, "\n/Contents <", "\n/Kontents <"));
    save("type-missing", pdf_patch(file, "/Type /Sig ", "           "));
    size_t hole = span_find(file, SPAN_LIT("\n/Contents <"), 0) + 12;
    uint8_t *zero = gen_alloc(file.n);
    memcpy(zero, file.p, file.n);
    memset(zero + hole, '0', 24000);
    save("contents-zero", span_make(zero, file.n));
    struct pdf *p = blank(PDF_TABLE);
    struct pdf_signature s = first;
    s.short_range = true;
    pdf_sign(p, &s);
    save("range-short", pdf_bytes(p));
}

void samples_pdf(const char *dir)
{
    out_dir = dir;
    write_kinds();
    write_signers();
    write_updates();
    write_forms();
    write_annotations();
    write_replaced();
    write_bytes();
}
