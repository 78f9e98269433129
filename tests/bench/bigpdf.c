/*
 * bigpdf - writes a large PDF with a real signature over all of it, for the benchmark.
 *
 * usage: bigpdf DIR MEGABYTES
 * Writes DIR/MEGABYTESmb.pdf and, for whoever wants a verdict of trust, DIR/trust/root.cer and
 * DIR/crl. The bulk is one run of random octets in streams the catalog refers to. The keys exist
 * only while this program runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../gen/declaration.h"
#include "../gen/hierarchy.h"
#include "../gen/pdf.h"

#define STREAM_SIZE ((size_t)2 << 20)
#define MAX_SIZE    ((size_t)512 << 20)

/* Octets that do not compress; the same each time. */
static struct span noise(void)
{
    uint64_t seed = 0x9e3779b97f4a7c15u;
    uint8_t *p = gen_alloc(STREAM_SIZE);
    for (size_t i = 0; i < STREAM_SIZE; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        p[i] = (uint8_t)seed;
    }
    return span_make(p, STREAM_SIZE);
}

static void add_bulk(struct pdf *p, size_t size)
{
    const char *list = "";
    struct span bytes = noise();
    while (p->out.n < size) {
        unsigned num = pdf_number(p);
        pdf_stream(p, num, "/Type /EmbeddedFile", bytes);
        list = gen_printf("%s%u 0 R ", list, num);
    }
    p->catalog_more = gen_printf(" /SatyapanBulk [%s]", list);
}

int main(int argc, char **argv)
{
    unsigned long megabytes = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    if (megabytes < 2 || megabytes > 100) {
        fputs("usage: bigpdf DIR MEGABYTES (2 to 100)\n", stderr);
        return 64;
    }
    pki_start((int64_t)time(NULL));
    hierarchy_base();
    struct signer_spec signer = {.cert = "signer", .flags = SI_NO_TIME};
    struct cms_spec cms = {.signers = {&signer}, .flags = CMS_DETACHED};
    struct pdf_signature s = {.field = "Signature1", .cms = &cms, .visible = declaration_box};
    struct pdf *p = gen_alloc(sizeof *p);
    pdf_start(p, PDF_TABLE);
    p->out.max = MAX_SIZE;
    pdf_add_page(p, declaration_text);
    pdf_finish_base(p);
    pdf_open_update(p);
    add_bulk(p, (size_t)megabytes * 1000000);
    pdf_put_catalog(p);
    pdf_close_update(p);
    pdf_sign(p, &s);
    gen_write(argv[1], gen_printf("%lumb.pdf", megabytes), pdf_bytes(p));
    gen_write(gen_printf("%s/trust", argv[1]), "root.cer", pki_find("root")->der);
    hierarchy_write_crls(argv[1], 366 * DAY);
    return 0;
}
