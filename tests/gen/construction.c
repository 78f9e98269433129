/*
 * construction - writes a large technical construction file: 60 documents in folders, in one ZIP,
 * most of them signed well, some not, for the tests of the certification body's pages and API.
 *
 * usage: called by demo with --construction MB; the PKI of the demonstration signs.
 */
#include "construction.h"

#include <openssl/rand.h>

#include "declaration.h"
#include "hierarchy.h"
#include "pdf.h"
#include "zip.h"

enum { DOCUMENTS = 60, LINES = 12, FILLER_OBJECT_MIN = 1024 };

static const struct {
    const char *folder, *title;
    size_t count;
} groups[] = {
    {"01 Application", "Application form", 2},
    {"02 Design", "Design document", 14},
    {"03 Declarations", "Declaration of the manufacturer", 12},
    {"04 Test reports", "Test report", 16},
    {"05 Software", "Bill of materials of the software", 10},
    {"06 Manuals", "User manual", 6},
};

/* What is wrong with some of them: the position among all, and the certificate or the defect. */
static const struct {
    size_t at;
    const char *cert; /* NULL: not signed at all */
    const char *embed;
    bool altered;
} wrong[] = {
    {17, "signer-revoked", NULL, false},
    {20, "signer-foreign", "signer-foreign root-foreign", false},
    {23, NULL, NULL, false},
    {31, "signer", NULL, true},
    {58, NULL, NULL, false},
};

/* Bytes nobody can compress, so that the file is as large as it seems. */
static struct span filler(size_t n)
{
    uint8_t *p = gen_alloc(n ? n : 1);
    if (RAND_bytes(p, (int)n) != 1) {
        gen_die("random bytes");
    }
    return span_make(p, n);
}

static const char *const *text_of(const char *title, size_t number, size_t at)
{
    const char **lines = gen_alloc((LINES + 1) * sizeof *lines);
    size_t n = 0;
    lines[n++] = gen_printf("# %s %zu", title, number);
    lines[n++] = "= IoT System Certification Scheme (IoTSCS) - Security of CCTV cameras";
    lines[n++] = "---";
    lines[n++] = "Manufacturer: Example Cameras Private Limited, 12 MG Road, Bengaluru 560001";
    lines[n++] = "Product: Network (IP) camera, models EC-2100 and EC-2100W, firmware 4.7.2";
    lines[n++] =
        gen_printf("Document %zu of %d of the technical construction file", at + 1, DOCUMENTS);
    lines[n++] = "";
    lines[n++] =
        "This document is part of the technical construction file. It describes the product";
    lines[n++] = "as it is manufactured and tested, and was signed by the authorised signatory.";
    return lines;
}

static struct span document(const char *title, size_t number, size_t at, size_t bytes, bool good)
{
    struct pdf *p = gen_alloc(sizeof *p);
    struct signer_spec *signer = gen_alloc(sizeof *signer);
    const char *embed = NULL;
    bool altered = false;
    *signer = (struct signer_spec){.cert = "signer", .flags = SI_NO_TIME};
    for (size_t i = 0; !good && i < sizeof wrong / sizeof *wrong; i++) {
        if (wrong[i].at == at) {
            signer->cert = wrong[i].cert;
            embed = wrong[i].embed;
            altered = wrong[i].altered;
        }
    }
    struct cms_spec cms = {.signers = {signer}, .certs = embed, .flags = CMS_DETACHED};
    struct pdf_signature s = {.field = "Signature1", .cms = &cms, .visible = declaration_box};
    pdf_start(p, PDF_TABLE);
    pdf_add_page(p, text_of(title, number, at));
    pdf_stream(p, pdf_number(p), "/Type /EmbeddedFile",
               filler(bytes > FILLER_OBJECT_MIN ? bytes : FILLER_OBJECT_MIN));
    pdf_finish_base(p);
    if (signer->cert) {
        pdf_sign(p, &s);
    }
    if (altered) {
        pdf_replace_page(p, 0, other_text);
    }
    return pdf_bytes(p);
}

void construction_write(const char *folder, const char *name, size_t megabytes, bool good)
{
    struct zip_entry *entries = gen_alloc(DOCUMENTS * sizeof *entries);
    size_t at = 0, bytes = (megabytes << 20) / DOCUMENTS;
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
        for (size_t i = 0; i < groups[g].count; i++, at++) {
            entries[at] = (struct zip_entry){
                .name = gen_printf("%s/%s %02zu.pdf", groups[g].folder, groups[g].title, i + 1),
                .data = document(groups[g].title, i + 1, at, bytes, good),
                .flags = ZIP_STORED};
        }
    }
    gen_write(folder, name, zip_make(entries, at, NULL));
}
