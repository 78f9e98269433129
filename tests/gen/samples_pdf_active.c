/*
 * samples_pdf_active - signed PDF files that act when they are opened, that do not always look the
 * same, or that two programs would read differently. All of it stands in the signed version.
 */
#include "declaration.h"
#include "samples.h"

static const struct signer_spec asha = {.cert = "signer", .flags = SI_NO_TIME};
static const struct cms_spec by_asha = {.signers = {&asha}, .flags = CMS_DETACHED};
static const struct pdf_signature first = {
    .field = "Signature1", .cms = &by_asha, .visible = declaration_box};

static const char *out_dir;

static struct pdf *begin(enum pdf_style style)
{
    struct pdf *p = gen_alloc(sizeof *p);
    pdf_start(p, style);
    pdf_add_page(p, declaration_text);
    return p;
}

static void sign_and_save(struct pdf *p, const char *name)
{
    pdf_finish_base(p);
    pdf_sign(p, &first);
    gen_write(out_dir, gen_printf("pdf/%s.pdf", name), pdf_bytes(p));
}

#define SCRIPT "<< /S /JavaScript /JS (this.getField\\('Amount'\\).value = 'two') >>"

/* Entries of the catalog. */
static void write_catalogs(void)
{
    static const struct {
        const char *name, *entries;
    } rows[] = {
        {"active-open-script", " /OpenAction " SCRIPT},
        {"active-open-place", " /OpenAction [6 0 R /Fit]"},
        {"active-name-hidden", " /OpenAction << /S /Java#53cript /JS (app.alert\\(1\\)) >>"},
        {"active-named-script", " /Names << /JavaScript << /Names [(a) " SCRIPT "] >> >>"},
        {"active-closing-script", " /AA << /WP " SCRIPT " /DP " SCRIPT " >>"},
        {"active-portfolio", " /Collection << /D (offer.pdf) >>"},
        {"active-layers-on", " /OCProperties << /OCGs [] /D << >> >>"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pdf *p = begin(PDF_TABLE);
        p->catalog_more = rows[i].entries;
        sign_and_save(p, rows[i].name);
    }
    struct pdf *p = begin(PDF_STREAM);
    unsigned num = pdf_number(p);
    pdf_object(p, num, SCRIPT);
    p->catalog_more = gen_printf(" /OpenAction %u 0 R", num);
    sign_and_save(p, "active-open-script-stream");
}

/* Annotations of the page: what happens when somebody clicks. */
static void write_annotations(void)
{
    static const struct {
        const char *name, *entries;
    } rows[] = {
        {"active-link", "/Subtype /Link /A << /S /URI /URI (https://stqc.gov.in) >>"},
        {"active-launch", "/Subtype /Link /A << /S /Launch /F (offer.exe) >>"},
        {"active-submit", "/Subtype /Widget /FT /Btn /T (Send) /A << /S /SubmitForm /F "
                          "(https://forms.example.in/send) >>"},
        {"active-reset", "/Subtype /Widget /FT /Btn /T (Clear) /A << /S /ResetForm >>"},
        {"active-next",
         "/Subtype /Link /A << /S /GoTo /D [6 0 R /Fit] /Next [<< /S /Hide /T (Amount) "
         ">>] >>"},
        {"active-media", "/Subtype /RichMedia /RichMediaContent << >>"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pdf *p = begin(PDF_TABLE);
        unsigned num = pdf_number(p);
        pdf_object(p, num, "<< /Type /Annot /Rect [60 60 200 80] /F 4 /P 6 0 R %s >>",
                   rows[i].entries);
        p->annots[0] = gen_printf("%u 0 R ", num);
        sign_and_save(p, rows[i].name);
    }
}

/* A field that a script fills, as forms of portals have them, on the second page. */
static void write_forms(void)
{
    struct pdf *p = begin(PDF_TABLE);
    pdf_add_page(p, declaration_text);
    unsigned num = pdf_number(p);
    pdf_object(p, num,
               "<< /Type /Annot /Subtype /Widget /FT /Tx /T (Total) /V (two) /F 4 /P %u 0 R "
               "/DA (/F1 10 Tf 0 g) /Rect [56 60 300 76] /AA << /C " SCRIPT " /K " SCRIPT " >> >>",
               p->page[1]);
    p->acroform = pdf_number(p);
    p->fields = gen_printf("%u 0 R ", num);
    p->annots[1] = gen_printf("%u 0 R ", num);
    sign_and_save(p, "active-form");
    for (int made = 0; made < 2; made++) {
        p = begin(PDF_TABLE);
        unsigned xfa = pdf_number(p);
        pdf_stream(p, xfa, "", SPAN_LIT("<xdp:xdp xmlns:xdp=\"http://ns.adobe.com/xdp/\"/>"));
        p->acroform = pdf_number(p);
        p->form_more = gen_printf(" /XFA %u 0 R", xfa);
        p->catalog_more = made ? " /NeedsRendering true" : "";
        sign_and_save(p, made ? "active-xfa-pages" : "active-xfa");
    }
}

static void write_layers(void)
{
    static const struct {
        const char *name, *shown;
    } rows[] = {
        {"layers-all-on", "/Order [%u 0 R]"},
        {"layers-off", "/OFF [%u 0 R]"},
        {"layers-base-off", "/BaseState /OFF /ON [%u 0 R]"},
        {"layers-print", "/AS [<< /Event /Print /Category [/Print] /OCGs [%u 0 R] >>]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pdf *p = begin(PDF_TABLE);
        unsigned num = pdf_number(p);
        pdf_object(p, num, "<< /Type /OCG /Name (Price) >>");
        char *shown = gen_printf("%s", rows[i].shown);
        char *at = strstr(shown, "%u");
        *at = '\0';
        p->catalog_more = gen_printf(" /OCProperties << /OCGs [%u 0 R] /D << %s%u%s >> >>", num,
                                     shown, num, at + 2);
        sign_and_save(p, rows[i].name);
    }
    struct pdf *p = begin(PDF_TABLE);
    unsigned group = pdf_number(p), without = pdf_number(p);
    pdf_object(p, group, "<< /Type /OCG /Name (Price) >>");
    pdf_object(p, without, "<< /Type /OCMD /OCGs %u 0 R /P /AllOff >>", group);
    p->catalog_more = gen_printf(" /OCProperties << /OCGs [%u 0 R] /D << >> >>", group);
    p->resources_more = gen_printf(" /Properties << /L %u 0 R >>", without);
    sign_and_save(p, "layers-while-off");
}

/* Content that is not in the file, or that another picture stands for in print. */
static void write_elsewhere(void)
{
    static const struct {
        const char *name, *dict;
    } rows[] = {
        {"elsewhere-stream", "/Subtype /Form /BBox [0 0 9 9] /F (page.bin)"},
        {"elsewhere-page", "/Subtype /Form /BBox [0 0 9 9] /Ref << /F (offer.pdf) /Page 0 >>"},
        {"elsewhere-alternate", "/Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray "
                                "/BitsPerComponent 8 /Alternates [<< /DefaultForPrinting true >>]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pdf *p = begin(PDF_TABLE);
        unsigned num = pdf_number(p);
        pdf_stream(p, num, gen_printf("/Type /XObject %s", rows[i].dict), SPAN_LIT("0"));
        p->resources_more = gen_printf(" /XObject << /X %u 0 R >>", num);
        sign_and_save(p, rows[i].name);
    }
}

/* ---- what two programs read differently ------------------------------------------------------ */

static void move_entry(struct pdf *p, unsigned num, size_t to)
{
    for (size_t i = 0; i < p->entry_count; i++) {
        p->entries[i].off = p->entries[i].num == num ? to : p->entries[i].off;
    }
}

static void write_two_ways(void)
{
    struct pdf *p = begin(PDF_TABLE);
    unsigned other = pdf_number(p);
    pdf_stream(p, other, "", SPAN_LIT("BT /F1 12 Tf 56 700 Td (We declare nothing.) Tj ET"));
    p->page_more = gen_printf(" /Contents %u 0 R", other);
    sign_and_save(p, "contents-twice");
    p = begin(PDF_TABLE);
    p->page_more = gen_printf(" /Contents %u 0 R /Rotate 0 /Rotate 0", p->content[0]);
    sign_and_save(p, "contents-twice-same");
    /* The page's content is where no object begins: programs search for it. */
    p = begin(PDF_TABLE);
    move_entry(p, p->content[0], 9);
    sign_and_save(p, "content-not-there");
    /* Signed: that it stands behind the end of what is signed. It comes with the evidence. */
    enum { BEHIND = 60000 };
    p = begin(PDF_TABLE);
    move_entry(p, p->content[0], BEHIND);
    pdf_finish_base(p);
    pdf_sign(p, &first);
    while (p->out.n < BEHIND) {
        buffer_char(&p->out, '\n');
    }
    const char *text = "BT /F1 12 Tf 56 700 Td (We declare nothing.) Tj ET";
    buffer_printf(&p->out, "%u 0 obj\n<< /Length %zu >>\nstream\n%s\nendstream\nendobj\n",
                  p->content[0], strlen(text), text);
    pdf_add_dss(p, "subca ca", NULL, 0, NULL, 0);
    gen_write(out_dir, "pdf/content-behind.pdf", pdf_bytes(p));
}

void samples_pdf_active(const char *dir)
{
    out_dir = dir;
    write_catalogs();
    write_annotations();
    write_forms();
    write_layers();
    write_elsewhere();
    write_two_ways();
}
