/*
 * pdfsign - the signing half of pdf.h: signature fields, ByteRange, DSS. ISO 32000-1 12.8,
 * EN 319 142-1 5.4.
 */
#include <stdio.h>
#include <time.h>

#include "pdf.h"

enum { HOLE = 12000 }; /* octets kept free for the signature */

/* Where the placeholders of the signature dictionary are. */
struct hole {
    size_t range, contents; /* offset of "[" of ByteRange and of "<" of Contents */
};

static struct span hex(struct span data)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *p = gen_alloc(data.n * 2);
    for (size_t i = 0; i < data.n; i++) {
        p[2 * i] = (uint8_t)digits[data.p[i] >> 4];
        p[2 * i + 1] = (uint8_t)digits[data.p[i] & 15];
    }
    return span_make(p, data.n * 2);
}

static char *pdf_date(int64_t t)
{
    time_t when = (time_t)t;
    struct tm tm;
    char text[64];
    if (!gmtime_r(&when, &tm) || !strftime(text, sizeof text, "D:%Y%m%d%H%M%S+00'00'", &tm)) {
        gen_die("a time is out of range");
    }
    return gen_printf("%s", text);
}

static const char *references(const struct pdf_signature *s)
{
    const char *doc = "", *field = "";
    if (s->docmdp) {
        doc = gen_printf("<< /Type /SigRef /TransformMethod /DocMDP /TransformParams "
                         "<< /Type /TransformParams /P %d /V /1.2 >> >> ",
                         s->docmdp);
    }
    if (s->fieldmdp) {
        field = gen_printf("<< /Type /SigRef /TransformMethod /FieldMDP /TransformParams "
                           "<< /Type /TransformParams %s /V /1.2 >> >> ",
                           s->fieldmdp);
    }
    return doc[0] || field[0] ? gen_printf(" /Reference [%s%s]", doc, field) : "";
}

static const char *entries(const struct pdf_signature *s)
{
    if (s->tst) {
        return "/Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161";
    }
    const char *cert = "";
    if (s->x509) {
        struct span digits = hex(pki_find(s->x509)->der);
        cert = gen_printf(" /Cert <%.*s>", (int)digits.n, (const char *)digits.p);
    }
    return gen_printf("/Type /Sig /Filter /Adobe.PPKLite /SubFilter /%s /Name (%s) /M (%s) "
                      "/Reason (Declaration under IoTSCS) /Location (Bengaluru)%s%s",
                      s->subfilter ? s->subfilter : "ETSI.CAdES.detached",
                      s->name ? s->name : "ASHA VERMA",
                      pdf_date(pki_clock() + (s->when ? s->when : -HOUR)), cert, references(s));
}

static struct hole put_dictionary(struct pdf *p, unsigned num, const struct pdf_signature *s)
{
    struct hole hole;
    p->entries[p->entry_count++] = (struct pdf_entry){num, 0, 0, p->out.n};
    buffer_printf(&p->out, "%u 0 obj\n<< %s\n/ByteRange ", num, pdf_crypt_text(p, num, entries(s)));
    hole.range = p->out.n;
    buffer_str(&p->out, "[0 0000000000 0000000000 0000000000]\n/Contents ");
    hole.contents = p->out.n;
    buffer_char(&p->out, '<');
    for (size_t i = 0; i < HOLE; i++) {
        buffer_str(&p->out, "00");
    }
    buffer_str(&p->out, "> >>\nendobj\n");
    return hole;
}

static unsigned put_appearance(struct pdf *p, const char *const *lines)
{
    struct buffer b;
    buffer_init(&b, 65536);
    buffer_str(&b, "0.9 0.95 1 rg 0 0 240 64 re f 0 g 0.4 w 0.5 0.5 239 63 re S\n");
    for (int y = 50; *lines; lines++, y -= 12) {
        buffer_printf(&b, "BT /F1 9 Tf 8 %d Td (%s) Tj ET\n", y, *lines);
    }
    unsigned num = pdf_number(p);
    pdf_stream(p, num,
               "/Type /XObject /Subtype /Form /BBox [0 0 240 64] "
               "/Resources << /Font << /F1 3 0 R >> >>",
               gen_take(&b));
    return num;
}

static void put_field(struct pdf *p, unsigned field, unsigned value, const struct pdf_signature *s)
{
    const char *look = "/Rect [0 0 0 0] /F 132";
    if (s->visible) {
        unsigned form = put_appearance(p, s->visible);
        look = gen_printf("/Rect [%s] /F 132 /AP << /N %u 0 R >>",
                          s->rect ? s->rect : "299 70 539 134", form);
    }
    pdf_object(p, field,
               "<< /Type /Annot /Subtype /Widget /FT /Sig /T (%s) /V %u 0 R /P %u 0 R %s >>",
               s->field, value, p->page[0], look);
}

/* The objects of a signing update but its dictionary. */
static void put_form(struct pdf *p, unsigned field, unsigned value, const struct pdf_signature *s)
{
    put_field(p, field, value, s);
    bool new_form = !p->acroform;
    if (new_form) {
        p->acroform = pdf_number(p);
    }
    p->fields = gen_printf("%s%u 0 R ", p->fields, field);
    p->annots[0] = gen_printf("%s%u 0 R ", p->annots[0], field);
    if (s->docmdp) {
        p->perms = gen_printf(" /Perms << /DocMDP %u 0 R >>", value);
    }
    pdf_put_acroform(p);
    pdf_put_page(p, 0);
    if (new_form || s->docmdp) {
        pdf_put_catalog(p);
    }
}

static struct span signature_value(const struct pdf_signature *s, struct span covered)
{
    if (s->tst) {
        return tst_make(s->tst, covered);
    }
    if (s->x509) {
        enum key_id key = pki_find(s->x509)->spec.key;
        return gen_octets(sig_make(key, SIG_RSA, DIGEST_SHA1, covered));
    }
    bool old = s->subfilter && strcmp(s->subfilter, "adbe.pkcs7.sha1") == 0;
    return cms_make(s->cms, old ? digest_of(DIGEST_SHA1, covered) : covered);
}

static void fill_hole(struct pdf *p, struct hole hole, const struct pdf_signature *s)
{
    size_t after = hole.contents + 2 + 2 * HOLE;
    size_t rest = p->out.n - after - (s->short_range ? 4 : 0);
    char text[64];
    int n = snprintf(text, sizeof text, "[0 %zu %zu %zu]", hole.contents, after, rest);
    memset(p->out.p + hole.range, ' ', 36);
    memcpy(p->out.p + hole.range, text, (size_t)n);
    struct span file = buffer_span(&p->out);
    struct span digits =
        hex(signature_value(s, CAT(span_sub(file, 0, hole.contents), span_sub(file, after, rest))));
    if (digits.n > 2 * HOLE) {
        gen_die("a signature is too long for its hole");
    }
    memcpy(p->out.p + hole.contents + 1, digits.p, digits.n);
}

void pdf_sign(struct pdf *p, const struct pdf_signature *s)
{
    pdf_open_update(p);
    unsigned value = pdf_number(p), field = pdf_number(p);
    struct hole hole = put_dictionary(p, value, s);
    put_form(p, field, value, s);
    pdf_close_update(p);
    fill_hole(p, hole, s);
}

static const char *put_streams(struct pdf *p, const struct span *ders, size_t count)
{
    const char *list = "";
    for (size_t i = 0; i < count; i++) {
        unsigned num = pdf_number(p);
        pdf_stream(p, num, "", ders[i]);
        list = gen_printf("%s%u 0 R ", list, num);
    }
    return list;
}

void pdf_add_dss(struct pdf *p, const char *certs, const struct span *crls, size_t crl_count,
                 const struct span *ocsps, size_t ocsp_count)
{
    struct span ders[12];
    size_t n = 0;
    for (char *word; (word = gen_word(&certs)) && n < 12;) {
        ders[n++] = pki_find(word)->der;
    }
    pdf_open_update(p);
    const char *cert_list = put_streams(p, ders, n);
    const char *crl_list = put_streams(p, crls, crl_count);
    const char *ocsp_list = put_streams(p, ocsps, ocsp_count);
    p->dss = pdf_number(p);
    pdf_object(p, p->dss, "<< /Type /DSS /Certs [%s] /CRLs [%s] /OCSPs [%s] >>", cert_list,
               crl_list, ocsp_list);
    pdf_put_catalog(p);
    pdf_close_update(p);
}
