/*
 * detect - see detect.h.
 *
 * PDF: "%PDF-" within the first 1,024 bytes (ISO 32000-2 7.5.2, as readers do); bytes before it are
 * the PDF reader's to refuse. Mail: header lines (RFC 5322 2.2) with a MIME content type.
 */
#include "format/detect.h"

#include "asn1/der.h"
#include "format/jws.h"
#include "timestamp/ers.h"

enum { HEAD = 1024, MAIL_HEAD = 64 * 1024 };

static bool has(struct span head, struct span what)
{
    return span_find(head, what, 0) != SIZE_MAX;
}

static struct span skip_space(struct span s)
{
    if (span_starts(s, SPAN_LIT("\xef\xbb\xbf"))) {
        s = span_sub(s, 3, s.n);
    }
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\r' || s.p[0] == '\n')) {
        s = span_sub(s, 1, s.n);
    }
    return s;
}

static bool is_base64_text(struct span s)
{
    size_t n = s.n < 256 ? s.n : 256;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = s.p[i];
        if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
            c != '+' && c != '/' && c != '=' && c != '\r' && c != '\n') {
            return false;
        }
    }
    return s.n >= 32;
}

/* The first line is a header field "Name: value" and the head names a MIME type. */
static bool is_mail(struct span s)
{
    struct span head = span_sub(s, 0, MAIL_HEAD);
    size_t i = 0;
    while (i < head.n && head.p[i] > ' ' && head.p[i] < 0x7f && head.p[i] != ':') {
        i++;
    }
    if (i == 0 || i == head.n || head.p[i] != ':') {
        return false;
    }
    for (size_t k = 0; k + 12 < head.n; k++) {
        if ((head.p[k] | 0x20) == 'c' &&
            strncasecmp((const char *)head.p + k, "content-type", 12) == 0) {
            return true;
        }
    }
    return false;
}

/* TimeStampResp ::= SEQUENCE { PKIStatusInfo ::= SEQUENCE { status INTEGER ... (RFC 3161 2.4.2). */
static bool is_response(struct span s)
{
    struct der seq, status;
    return der_next(&s, &seq) && seq.tag == DER_SEQUENCE &&
           der_expect(&seq.body, DER_SEQUENCE, &status) && der_peek(status.body) == DER_INTEGER;
}

/* A ContentInfo whose content is a TSTInfo, or a TimeStampResp. The type of the inner content
 * stands in the first bytes of a token; BER makes no difference to its octets. */
static bool is_timestamp(struct span s)
{
    static const uint8_t tst_info[] = {0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                       0x0d, 0x01, 0x09, 0x10, 0x01, 0x04};
    return is_response(s) || has(span_sub(s, 0, 128), span_make(tst_info, sizeof tst_info));
}

enum document_format detect_format(struct span file)
{
    struct span head = span_sub(file, 0, HEAD), text = skip_space(file);
    if (file.n == 0) {
        return DOCUMENT_EMPTY;
    }
    /* Before the PDF: the first member of an archive may be one. */
    if (span_starts(file, SPAN_LIT("PK\x03\x04")) || span_starts(file, SPAN_LIT("PK\x05\x06"))) {
        return DOCUMENT_ZIP;
    }
    if (has(head, SPAN_LIT("%PDF-"))) {
        return DOCUMENT_PDF;
    }
    if (file.p[0] == 0x30) {
        return ers_looks_like(file) ? DOCUMENT_ERS
               : is_timestamp(file) ? DOCUMENT_TST
                                    : DOCUMENT_CMS;
    }
    if (jws_looks_json(text) || jws_looks_compact(text)) {
        return DOCUMENT_JWS;
    }
    if (is_mail(text)) {
        return DOCUMENT_SMIME;
    }
    if (has(head, SPAN_LIT("-----BEGIN "))) {
        return DOCUMENT_CMS;
    }
    bool utf16 = span_starts(file, SPAN_LIT("\xff\xfe<\0")) ||
                 span_starts(file, SPAN_LIT("\xfe\xff\0<")) ||
                 span_starts(file, SPAN_LIT("<\0?\0")) || span_starts(file, SPAN_LIT("\0<\0?"));
    if (utf16 || (text.n && text.p[0] == '<')) {
        return DOCUMENT_XML;
    }
    return is_base64_text(text) ? DOCUMENT_CMS : DOCUMENT_UNKNOWN;
}

const char *detect_name(enum document_format format)
{
    static const char *const names[] = {"unknown", "empty", "PDF", "CMS", "TST",
                                        "ERS",     "SMIME", "XML", "ZIP", "JWS"};
    return names[format];
}
