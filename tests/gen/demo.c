/*
 * demo - writes the demonstration: an invented PKI and sample declarations, valid on the day made.
 *
 * usage: demo DIR [--now TIME] [--construction MB] [--large KB]
 * Writes DIR/demo/trust (anchor.pem, intermediates.pem, crl/), DIR/demo/samples. No private key is
 * written: they exist only while this program runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/hash.h"
#include "construction.h"
#include "declaration.h"
#include "hierarchy.h"
#include "pdf.h"
#include "zip.h"

static const char *samples_dir;

/* Octets that do not compress, the same each time, in a stream the catalog refers to. */
static void add_bulk(struct pdf *p, size_t size)
{
    uint8_t *bytes = gen_alloc(size);
    uint64_t seed = 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < size; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        bytes[i] = (uint8_t)seed;
    }
    unsigned num = pdf_number(p);
    pdf_stream(p, num, "/Type /EmbeddedFile", span_make(bytes, size));
    p->catalog_more = gen_printf(" /SatyapanBulk [%u 0 R]", num);
}

/* A declaration signed with this certificate; embed: certificates put into the signature; bulk: so
 * many octets more. */
static struct pdf *signed_large(const char *label, const char *embed, size_t bulk)
{
    struct signer_spec *signer = gen_alloc(sizeof *signer);
    *signer = (struct signer_spec){.cert = label, .flags = SI_NO_TIME};
    struct cms_spec cms = {.signers = {signer}, .certs = embed, .flags = CMS_DETACHED};
    struct pdf_signature s = {.field = "Signature1", .cms = &cms, .visible = declaration_box};
    struct pdf *p = gen_alloc(sizeof *p);
    pdf_start(p, PDF_TABLE);
    pdf_add_page(p, declaration_text);
    if (bulk) {
        add_bulk(p, bulk);
    }
    pdf_finish_base(p);
    pdf_sign(p, &s);
    return p;
}

static struct pdf *signed_by(const char *label, const char *embed)
{
    return signed_large(label, embed, 0);
}

static void save(const char *name, struct pdf *p)
{
    gen_write(samples_dir, name, pdf_bytes(p));
}

/* A technical construction file: a drawing counts when a signed list names its SHA-256 value. */
static void write_construction_files(struct span declaration)
{
    const struct span drawing = SPAN_LIT("<svg xmlns='http://www.w3.org/2000/svg' width='4' "
                                         "height='3'><path d='M0 0h4v3H0z'/></svg>\n");
    struct signer_spec signer = {.cert = "signer"};
    struct cms_spec cms = {.signers = {&signer}, .flags = CMS_DETACHED};
    uint8_t hash[SHA256_SIZE];
    char text[SHA256_HEX];
    if (hash_sha256(drawing, hash)) {
        gen_die("SHA-256");
    }
    struct span list = span_str(gen_printf("%s  drawings/enclosure.svg\n",
                                           hash_hex(span_make(hash, sizeof hash), false, text)));
    const struct zip_entry entries[] = {{"declaration.pdf", .data = declaration},
                                        {"drawings/enclosure.svg", .data = drawing},
                                        {"SHA256SUMS", .data = list},
                                        {"SHA256SUMS.p7s", .data = cms_make(&cms, list)}};
    gen_write(samples_dir, "construction-file-accepted.zip", zip_make(entries, 4, NULL));
    gen_write(samples_dir, "construction-file-unsigned-drawing.zip", zip_make(entries, 2, NULL));
}

static void write_samples(void)
{
    struct span letter = span_str(declaration_letter);
    struct signer_spec signer = {.cert = "signer"};
    struct cms_spec cms = {.signers = {&signer}, .flags = CMS_DETACHED};
    save("declaration-accepted.pdf", signed_by("signer", NULL));
    save("declaration-revoked.pdf", signed_by("signer-revoked", NULL));
    save("declaration-expired.pdf", signed_by("signer-expired", NULL));
    save("declaration-wrong-root.pdf", signed_by("signer-foreign", "signer-foreign root-foreign"));
    save("declaration-document-signer.pdf", signed_by("signer-document", NULL));
    struct pdf *p = signed_by("signer", NULL);
    write_construction_files(pdf_bytes(p));
    pdf_replace_page(p, 0, other_text);
    save("declaration-altered-after-signing.pdf", p);
    gen_write(samples_dir, "declaration.txt", letter);
    gen_write(samples_dir, "declaration.txt.p7s", cms_make(&cms, letter));
}

static void write_trust(const char *dir)
{
    gen_write(dir, "anchor.pem", gen_pem("CERTIFICATE", pki_find("root")->der));
    gen_write(dir, "intermediates.pem",
              CAT(gen_pem("CERTIFICATE", pki_find("ca")->der),
                  gen_pem("CERTIFICATE", pki_find("subca")->der)));
    hierarchy_write_crls(dir, 366 * DAY);
}

/* --construction MB: beside the samples, a construction file of that size, and a small one that has
 * the mistakes corrected; --large KB: a declaration of that size. */
static size_t size_of(const char *text)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (*end || n == 0 || n > 4096) {
        gen_die("--construction and --large take 1 to 4096");
    }
    return n;
}

int main(int argc, char **argv)
{
    int64_t now = (int64_t)time(NULL);
    size_t megabytes = 0, kilobytes = 0;
    bool good = argc >= 2 && argc % 2 == 0;
    for (int i = 2; good && i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--now") == 0) {
            now = gen_when(argv[i + 1]);
        } else if (strcmp(argv[i], "--construction") == 0) {
            megabytes = size_of(argv[i + 1]);
        } else if (strcmp(argv[i], "--large") == 0) {
            kilobytes = size_of(argv[i + 1]);
        } else {
            good = false;
        }
    }
    if (!good) {
        fputs("usage: demo DIR [--now TIME] [--construction MB] [--large KB]\n", stderr);
        return 64;
    }
    pki_start(now);
    hierarchy_base();
    samples_dir = gen_printf("%s/demo/samples", argv[1]);
    write_trust(gen_printf("%s/demo/trust", argv[1]));
    write_samples();
    if (megabytes) {
        const char *folder = gen_printf("%s/demo", argv[1]);
        construction_write(folder, "construction-file-60.zip", megabytes, false);
        construction_write(folder, "construction-file-60-corrected.zip", 1, true);
    }
    if (kilobytes) {
        gen_write(gen_printf("%s/demo", argv[1]), "large.pdf",
                  pdf_bytes(signed_large("signer", NULL, kilobytes << 10)));
    }
    return 0;
}
