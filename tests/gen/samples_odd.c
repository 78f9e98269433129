/*
 * samples_odd - files that are not what they seem, or nothing at all.
 */
#include "declaration.h"
#include "samples.h"

void samples_odd(const char *dir)
{
    gen_write(dir, "odd/empty.pdf", SPAN_LIT(""));
    gen_write(dir, "odd/text.txt", span_str(declaration_letter));
    gen_write(dir, "odd/picture.png", SPAN_LIT("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"));
    gen_write(dir, "odd/archive.zip", SPAN_LIT("PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
    gen_write(dir, "odd/signed.xml",
              SPAN_LIT("<?xml version=\"1.0\"?>\n<a><Signature "
                       "xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/></a>\n"));
    gen_write(dir, "odd/garbage.p7m", SPAN_LIT("\x30\x82\x10\x00\x06\x09garbage"));
    gen_write(
        dir, "odd/enveloped.p7m",
        SEQ(gen_oid("1.2.840.113549.1.7.3"),
            TLV(0xa0, SEQ(gen_int(0), SET(SPAN_NONE), SEQ(gen_oid("1.2.840.113549.1.7.1"))))));
    gen_write(dir, "odd/header-only.pdf", SPAN_LIT("%PDF-1.7\n"));
    gen_write(dir, "odd/no-xref.pdf",
              SPAN_LIT("%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
                       "trailer\n<< /Root 1 0 R >>\n%%EOF\n"));
    gen_write(dir, "odd/certificate.cer", pki_find("signer")->der);
}
