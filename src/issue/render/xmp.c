/*
 * xmp - the metadata of a certificate's PDF. See finish.h. ISO 16684-1, ISO 19005-3 6.6.
 */
#include <stdio.h>
#include <time.h>

#include "issue/render/finish.h"

enum { IST = 19800 };

static void text(struct buffer *out, const char *s)
{
    for (; *s; s++) {
        if (*s == '&') {
            buffer_str(out, "&amp;");
        } else if (*s == '<') {
            buffer_str(out, "&lt;");
        } else if (*s == '>') {
            buffer_str(out, "&gt;");
        } else {
            buffer_char(out, *s);
        }
    }
}

/* The same instant as in /Info, with the same offset. */
static void date(struct buffer *out, const char *key, int64_t t)
{
    time_t when = (time_t)(t + IST);
    struct tm tm;
    char s[64] = "";
    if (gmtime_r(&when, &tm)) {
        (void)!strftime(s, sizeof s, "%Y-%m-%dT%H:%M:%S+05:30", &tm);
    }
    buffer_printf(out, "   <xmp:%s>%s</xmp:%s>\n", key, s, key);
}

void pdf_xmp(struct buffer *out, const struct pdf_finish *f)
{
    buffer_str(out, "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
                    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
                    " <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
                    "  <rdf:Description rdf:about=\"\"\n"
                    "    xmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n"
                    "    xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\"\n"
                    "    xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\"\n"
                    "    xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\">\n"
                    "   <pdfaid:part>3</pdfaid:part>\n"
                    "   <pdfaid:conformance>B</pdfaid:conformance>\n"
                    "   <dc:format>application/pdf</dc:format>\n"
                    "   <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">");
    text(out, f->title);
    buffer_str(out, "</rdf:li><rdf:li xml:lang=\"hi\">");
    text(out, f->title_hi);
    buffer_str(out, "</rdf:li></rdf:Alt></dc:title>\n"
                    "   <dc:creator><rdf:Seq><rdf:li>");
    text(out, f->author);
    buffer_str(out, "</rdf:li></rdf:Seq></dc:creator>\n"
                    "   <dc:language><rdf:Bag><rdf:li>hi</rdf:li><rdf:li>en</rdf:li></rdf:Bag>"
                    "</dc:language>\n");
    date(out, "CreateDate", f->created);
    date(out, "ModifyDate", f->created);
    date(out, "MetadataDate", f->created);
    buffer_str(out, "   <xmp:CreatorTool>Satyapan</xmp:CreatorTool>\n"
                    "   <pdf:Producer>Satyapan</pdf:Producer>\n"
                    "  </rdf:Description>\n"
                    " </rdf:RDF>\n"
                    "</x:xmpmeta>\n"
                    "<?xpacket end=\"r\"?>");
}
