/*
 * samples - writes certificates, CRLs, OCSP responses and documents for tests/cases.
 *
 * usage: samples DIR TIME
 * Everything is relative to TIME, which the cases name too; keys are made for this run.
 */
#include "samples.h"

#include <stdio.h>

#include "answers.h"
#include "hierarchy.h"
#include "longterm.h"

static void write_certificates(const char *dir)
{
    const struct issued *c;
    for (size_t i = 0; (c = hierarchy_at(i)); i++) {
        gen_write(dir, gen_printf("cert/%s.cer", c->spec.label), c->der);
    }
    struct span root = pki_find("root")->der, ca = pki_find("ca")->der;
    struct span bundle =
        SEQ(gen_oid("1.2.840.113549.1.7.2"),
            TLV(0xa0, SEQ(gen_int(1), SET(SPAN_NONE), SEQ(gen_oid("1.2.840.113549.1.7.1")),
                          TLV(0xa0, ca), SET(SPAN_NONE))));
    gen_write(dir, "cert-forms/root.pem", gen_pem("CERTIFICATE", root));
    gen_write(dir, "cert-forms/root.b64", gen_base64(root, 76));
    gen_write(dir, "cert-forms/ca.p7c", bundle);
    gen_write(dir, "cert-forms/chain.pem",
              CAT(gen_pem("CERTIFICATE", ca), gen_pem("CERTIFICATE", pki_find("subca")->der)));
    gen_write(dir, "cert-forms/broken.cer", span_sub(ca, 0, ca.n - 20));
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: samples DIR TIME\n", stderr);
        return 64;
    }
    pki_start(gen_when(argv[2]));
    hierarchy_base();
    hierarchy_variants();
    write_certificates(argv[1]);
    hierarchy_write_variants(argv[1]);
    answers_certificates();
    answers_write(argv[1]);
    samples_cms(argv[1]);
    samples_pdf(argv[1]);
    samples_pdf_active(argv[1]);
    samples_locked(argv[1]);
    samples_jws(argv[1]);
    samples_xml(argv[1]);
    samples_xmlforms(argv[1]);
    samples_xmlforged(argv[1]);
    samples_office(argv[1]);
    samples_mail(argv[1]);
    samples_esign(argv[1]);
    samples_odd(argv[1]);
    samples_zip(argv[1]);
    samples_asic(argv[1]);
    longterm_certificates();
    samples_longterm(argv[1]);
    samples_longterm_pdf(argv[1]);
    samples_record(argv[1]);
    return 0;
}
