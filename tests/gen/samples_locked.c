/*
 * samples_locked - encrypted PDF files: every version of the standard security handler, what may
 * happen to them afterwards, and what must be noticed in spite of the encryption.
 */
#include "declaration.h"
#include "samples.h"

static const struct signer_spec asha = {.cert = "signer", .flags = SI_NO_TIME};
static const struct signer_spec ravi = {.cert = "signer-second", .flags = SI_NO_TIME};
static const struct cms_spec by_asha = {.signers = {&asha}, .flags = CMS_DETACHED};
static const struct cms_spec by_ravi = {.signers = {&ravi}, .flags = CMS_DETACHED};
static const struct pdf_signature first = {
    .field = "Signature1", .cms = &by_asha, .visible = declaration_box};
static const struct pdf_signature later = {
    .field = "Signature2", .cms = &by_ravi, .name = "RAVI KUMAR"};

/* Owner's restrictions only: they open without a password. */
static const struct pdf_lock_spec open_r4 = {
    .v = 4, .r = 4, .aes = true, .user = "", .owner = "owner"};
static const struct pdf_lock_spec open_r6 = {.v = 5, .r = 6, .user = "", .owner = "owner"};
static const struct pdf_lock_spec user_r6 = {.v = 5, .r = 6, .user = "user", .owner = "owner"};

static const char *out_dir;

static void save(const char *name, struct pdf *p)
{
    gen_write(out_dir, gen_printf("locked/%s.pdf", name), pdf_bytes(p));
}

static struct pdf *blank(const struct pdf_lock_spec *spec, enum pdf_style style)
{
    struct pdf *p = gen_alloc(sizeof *p);
    pdf_start(p, style);
    if (spec) {
        pdf_lock(p, spec);
    }
    pdf_add_page(p, declaration_text);
    return p;
}

static struct pdf *certified(const struct pdf_lock_spec *spec, enum pdf_style style, int docmdp)
{
    struct pdf *p = blank(spec, style);
    struct pdf_signature s = first;
    s.docmdp = docmdp;
    pdf_finish_base(p);
    pdf_sign(p, &s);
    return p;
}

static struct pdf *once(const struct pdf_lock_spec *spec)
{
    return certified(spec, PDF_TABLE, 0);
}

/* ---- every version of the handler ------------------------------------------------------------ */

static void write_versions(void)
{
    static const struct {
        const char *name;
        struct pdf_lock_spec spec;
    } rows[] = {
        {"r2", {.v = 1, .r = 2}},
        {"r3", {.v = 2, .r = 3}},
        {"r4-rc4", {.v = 4, .r = 4}},
        {"r4", {.v = 4, .r = 4, .aes = true}},
        {"r4-clear-metadata", {.v = 4, .r = 4, .aes = true, .clear_metadata = true}},
        {"r5", {.v = 5, .r = 5}},
        {"r6", {.v = 5, .r = 6}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int asks = 0; asks < 2; asks++) {
            struct pdf_lock_spec *spec = gen_alloc(sizeof *spec);
            *spec = rows[i].spec;
            spec->user = asks ? "user" : "";
            spec->owner = "owner";
            save(gen_printf("%s-%s", asks ? "user" : "open", rows[i].name), once(spec));
        }
    }
    for (int style = PDF_TABLE; style <= PDF_HYBRID; style++) {
        save(gen_printf("style-%d", style), certified(&open_r4, (enum pdf_style)style, 0));
        save(gen_printf("user-style-%d", style), certified(&user_r6, (enum pdf_style)style, 0));
    }
    struct pdf *p = blank(&user_r6, PDF_TABLE);
    pdf_finish_base(p);
    save("user-unsigned", p);
}

/* ---- updates that are in order --------------------------------------------------------------- */

enum { AMOUNT_Y = 160 };

static struct pdf *filled(const struct pdf_lock_spec *spec, int docmdp, const char *fieldmdp)
{
    struct pdf *p = blank(spec, PDF_TABLE);
    unsigned amount = pdf_text_field(p, "Amount", "one", AMOUNT_Y);
    struct pdf_signature s = first;
    s.docmdp = docmdp;
    s.fieldmdp = fieldmdp;
    pdf_finish_base(p);
    pdf_sign(p, &s);
    pdf_open_update(p);
    pdf_put_text_field(p, amount, "Amount", "two", AMOUNT_Y);
    pdf_close_update(p);
    return p;
}

static void add_dss(struct pdf *p)
{
    struct crl_spec spec = {.name = "ca", .issuer = "ca", .from = -DAY, .to = 6 * DAY};
    struct span crl = pki_crl(&spec);
    pdf_add_dss(p, "subca ca", &crl, 1, NULL, 0);
}

static void write_updates(void)
{
    struct pdf *p = once(&open_r4);
    pdf_sign(p, &later);
    save("two-signatures", p);
    p = once(&user_r6);
    pdf_sign(p, &later);
    save("user-two-signatures", p);
    p = once(&open_r6);
    add_dss(p);
    save("evidence-added", p);
    save("form-filled-p2", filled(&open_r4, 2, NULL));
    p = once(&open_r4);
    pdf_replace_page(p, 0, declaration_text);
    save("same-again", p);
}

/* ---- updates that hide a change -------------------------------------------------------------- */

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

static void put_again(struct pdf *p, void (*put)(struct pdf *))
{
    pdf_open_update(p);
    put(p);
    pdf_close_update(p);
}

static void write_attacks(void)
{
    struct pdf *p = once(&open_r4);
    pdf_replace_page(p, 0, other_text);
    save("content-replaced", p);
    p = certified(&open_r6, PDF_STREAM, 0);
    pdf_replace_page(p, 0, other_text);
    save("content-replaced-stream", p);
    p = once(&user_r6);
    pdf_replace_page(p, 0, other_text);
    save("user-content-replaced", p);
    p = once(&open_r4);
    p->crypt.off = true; /* PDFex turned round: plain text for a document that is encrypted */
    pdf_replace_page(p, 0, other_text);
    save("content-replaced-plain", p);
    p = once(&open_r6);
    pdf_open_update(p);
    pdf_add_page(p, other_text);
    pdf_put_page_tree(p);
    pdf_close_update(p);
    save("page-appended", p);
    p = once(&open_r4);
    p->catalog_more = " /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>";
    put_again(p, pdf_put_catalog);
    save("open-action", p);
    p = once(&open_r4);
    p->fields = "";
    put_again(p, pdf_put_acroform);
    save("field-removed", p);
    p = certified(&open_r6, PDF_TABLE, 2);
    annotate(p);
    save("annotated-p2", p);
    save("form-locked-filled", filled(&open_r4, 2, "/Action /Include /Fields [(Amount)]"));
    save("form-filled-p1", filled(&open_r6, 1, NULL));
}

/* ---- the encryption itself ------------------------------------------------------------------- */

static void touch(struct pdf *p)
{
    pdf_object(p, pdf_number(p), "<< /Orphan true >>");
}

static void write_changed(void)
{
    struct pdf *p = once(&open_r4);
    p->encrypt = "";
    put_again(p, touch);
    save("encrypt-dropped", p);
    p = once(NULL);
    pdf_open_update(p);
    pdf_lock(p, &open_r4);
    pdf_close_update(p);
    save("encrypt-added", p);
    static const struct pdf_lock_spec identity = {.v = 4,
                                                  .r = 4,
                                                  .aes = true,
                                                  .user = "",
                                                  .owner = "owner",
                                                  .from = "/StmF /StdCF /StrF /StdCF",
                                                  .to = "/StmF /Identity /StrF /Identity"};
    p = once(&open_r4);
    pdf_open_update(p);
    pdf_lock(p, &identity);
    pdf_close_update(p);
    save("encrypt-replaced", p);
    static const struct pdf_lock_spec other = {.v = 5, .r = 6, .user = "", .owner = "another"};
    p = once(&open_r6);
    pdf_open_update(p);
    unsigned next = p->size;
    p->size = 6; /* the encryption dictionary's own number */
    pdf_lock(p, &other);
    p->size = next;
    pdf_close_update(p);
    save("encrypt-redefined", p);
    p = once(&open_r4);
    p->id = "00000000000000000000000000000000";
    put_again(p, touch);
    save("identifier-changed", p);
}

static void write_malformed(void)
{
    static const struct {
        const char *name;
        struct pdf_lock_spec spec;
    } rows[] = {
        {"length-0", {.v = 2, .r = 3, .from = "/Length 128", .to = "/Length 0"}},
        {"length-4096", {.v = 2, .r = 3, .from = "/Length 128", .to = "/Length 4096"}},
        {"length-bytes", {.v = 2, .r = 3, .from = "/Length 128", .to = "/Length 16"}},
        {"o-short", {.v = 2, .r = 3, .from = "/O <", .to = "/O <00> /Old <"}},
        {"u-long", {.v = 5, .r = 6, .from = "/U <", .to = "/U <41414141"}},
        {"p-missing", {.v = 2, .r = 3, .from = "/P -4", .to = "/Q -4"}},
        {"key-twice", {.v = 2, .r = 3, .from = "/P -4", .to = "/P -4 /P -8"}},
        {"filter-missing", {.v = 4, .r = 4, .from = "/StmF /StdCF", .to = "/StmF /Other"}},
        {"handler-other", {.v = 2, .r = 3, .from = "/Standard", .to = "/Adobe.PubSec"}},
        {"version-3", {.v = 2, .r = 3, .from = "/V 2", .to = "/V 3"}},
        {"aes-gcm", {.v = 5, .r = 6, .from = "/AESV3", .to = "/AESV4"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pdf_lock_spec *spec = gen_alloc(sizeof *spec);
        *spec = rows[i].spec;
        spec->user = "";
        spec->owner = "owner";
        spec->aes = true;
        if (spec->v == 2) {
            spec->aes = false;
        }
        save(rows[i].name, once(spec));
    }
}

/* Some of it is not encrypted: by its crypt filters, or against them. */
static void write_mixed(void)
{
    static const struct pdf_lock_spec strings = {
        .v = 4, .r = 4, .aes = true, .plain_strings = true, .user = "", .owner = "owner"};
    save("plain-strings", once(&strings));
    struct pdf *p = blank(&open_r4, PDF_TABLE);
    pdf_finish_base(p);
    p->crypt.off = true;
    pdf_sign(p, &first); /* as a program that does not know about encryption */
    save("signed-plain", p);
    p = once(&user_r6);
    p->crypt.off = true;
    unsigned num = p->size;
    pdf_open_update(p);
    pdf_stream(p, pdf_number(p), "/Filter /Crypt", pki_find("subca")->der);
    pdf_object(p, p->dss = pdf_number(p), "<< /Type /DSS /Certs [%u 0 R] >>", num);
    pdf_put_catalog(p);
    pdf_close_update(p);
    save("user-plain-stream", p);
}

void samples_locked(const char *dir)
{
    out_dir = dir;
    write_versions();
    write_updates();
    write_attacks();
    write_changed();
    write_malformed();
    write_mixed();
}
