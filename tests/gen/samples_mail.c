/*
 * samples_mail - signed mail: nested, forwarded, with attachments, and with parts that do not
 * belong.
 *
 * RFC 8551, 1847, 2046. Parts are text, put together by hand, so that every boundary can be wrong.
 */
#include "declaration.h"
#include "hierarchy.h"
#include "pdf.h"
#include "samples.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define HEAD                                                                                       \
    "From: Asha Verma <asha@example.invalid>\r\nTo: cb@example.invalid\r\n"                        \
    "Subject: Declaration\r\nMIME-Version: 1.0\r\n"
#define TEXT   "Content-Type: text/plain; charset=us-ascii\r\n\r\nThe declaration is signed.\r\n"
#define FOOTER "Content-Type: text/plain\r\n\r\nOur price is 100.\r\n"
#define P7S    "application/pkcs7-signature; name=\"smime.p7s\""

static const struct signer_spec by_asha = {.cert = "signer-mail"};
static const struct signer_spec by_ravi = {.cert = "signer-second"};
static const struct signer_spec by_other = {.cert = "signer"};

static char *text_of(struct span s)
{
    return gen_printf("%.*s", (int)s.n, (const char *)s.p);
}

static char *signature(const struct signer_spec *who, const char *content)
{
    struct cms_spec cms = {.signers = {who}, .flags = CMS_DETACHED};
    return text_of(gen_base64(cms_make(&cms, span_str(content)), 76));
}

/* What is signed has CRLF line ends (RFC 8551 3.1.1). */
static char *canonical(const char *s)
{
    char *out = gen_alloc(2 * strlen(s) + 1), *to = out;
    for (; *s; s++) {
        if (*s == '\n' && (to == out || to[-1] != '\r')) {
            *to++ = '\r';
        }
        *to++ = *s;
    }
    return out; /* ends in NUL: the memory is zeroed */
}

/* A multipart/signed entity around a part, with this signature. */
static char *with_signature(const char *part, const char *value, const char *boundary)
{
    return gen_printf(
        "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n"
        "\tmicalg=sha-256; boundary=\"%s\"\r\n\r\n"
        "This is a cryptographically signed message in MIME format.\r\n\r\n--%s\r\n"
        "%s\r\n--%s\r\nContent-Type: " P7S "\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n%s\r\n--%s--\r\n",
        boundary, boundary, part, boundary, value, boundary);
}

static char *signed_by(const struct signer_spec *who, const char *part, const char *boundary)
{
    return with_signature(part, signature(who, canonical(part)), boundary);
}

static char *mixed(const char *boundary, const char *a, const char *b, const char *c)
{
    char *out = gen_printf("Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n%s", boundary,
                           boundary, a);
    const char *more[] = {b, c};
    for (size_t i = 0; i < COUNT(more); i++) {
        out = more[i] ? gen_printf("%s\r\n--%s\r\n%s", out, boundary, more[i]) : out;
    }
    return gen_printf("%s\r\n--%s--\r\n", out, boundary);
}

static char *attachment(const char *type, const char *name, const char *data)
{
    return gen_printf("Content-Type: %s\r\nContent-Disposition: attachment;\r\n filename=\"%s\"\r\n"
                      "Content-Transfer-Encoding: base64\r\n\r\n%s",
                      type, name, data);
}

static void put(const char *dir, const char *name, const char *body)
{
    gen_write(dir, gen_printf("mail/%s.eml", name), span_str(gen_printf(HEAD "%s", body)));
}

static void write_signed(const char *dir)
{
    char *good = signed_by(&by_asha, TEXT, "cut");
    put(dir, "from-fits", good);
    put(dir, "two-of-two", signed_by(&by_ravi, signed_by(&by_asha, TEXT, "inner"), "outer"));
    put(dir, "inner-altered",
        signed_by(&by_ravi, with_signature(TEXT, signature(&by_asha, FOOTER), "inner"), "outer"));
    put(dir, "header-copy",
        signed_by(&by_asha,
                  "From: asha@example.invalid\r\nSubject: Declaration\r\n"
                  "Content-Type: text/plain; hp=\"clear\"\r\n\r\nSigned.\r\n",
                  "cut"));
    put(dir, "other-boundary",
        signed_by(&by_asha, "Content-Type: text/plain\r\n\r\n--cutting\r\nis no boundary here\r\n",
                  "cut"));
    char *pdf = text_of(gen_base64(SPAN_LIT("%PDF-1.7\n%%EOF\n"), 76));
    put(dir, "with-attachment",
        signed_by(&by_asha,
                  mixed("parts", TEXT, attachment("application/pdf", "plan.pdf", pdf), NULL),
                  "cut"));
    gen_write(dir, "mail/from-differs.eml",
              span_str(gen_printf("From: ravi@example.invalid\r\nMIME-Version: 1.0\r\n%s", good)));
    gen_write(dir, "mail/no-from.eml", span_str(gen_printf("MIME-Version: 1.0\r\n%s", good)));
    /* The same with LF only: it is signed with CRLF. */
    char *lf = gen_printf(HEAD "%s", good), *to = lf;
    for (const char *from = lf; *from; from++) {
        if (*from != '\r') {
            *to++ = *from;
        }
    }
    *to = 0;
    gen_write(dir, "mail/line-ends.eml", span_str(lf));
}

static void write_partly_signed(const char *dir)
{
    char *good = signed_by(&by_asha, TEXT, "cut");
    char *forwarded = gen_printf("Content-Type: message/rfc822\r\n\r\n" HEAD "%s", good);
    put(dir, "footer-added", mixed("list", good, FOOTER, NULL));
    put(dir, "text-before", mixed("list", FOOTER, good, NULL));
    put(dir, "alone-in-mixed", mixed("list", good, NULL, NULL));
    put(dir, "two-signed", mixed("list", good, signed_by(&by_ravi, FOOTER, "second"), NULL));
    put(dir, "signatures-swapped",
        mixed("list", with_signature(TEXT, signature(&by_ravi, FOOTER), "one"),
              with_signature(FOOTER, signature(&by_asha, TEXT), "two"), NULL));
    put(dir, "forwarded", mixed("list", FOOTER, forwarded, NULL));
    put(dir, "forwarded-alone", forwarded);
    put(dir, "forwarded-signed", signed_by(&by_ravi, forwarded, "outer"));
    struct cms_spec attached = {.signers = {&by_other}};
    put(dir, "opaque-part",
        mixed(
            "list", TEXT,
            attachment("application/pkcs7-mime; smime-type=signed-data", "letter.p7m",
                       text_of(gen_base64(cms_make(&attached, span_str(declaration_letter)), 76))),
            NULL));
}

/* A file of this test set, attached. */
static char *attached_file(const char *type, const char *name, struct span bytes)
{
    return attachment(type, name, text_of(gen_base64(bytes, 76)));
}

/* A file of macOS in its two parts. */
static char *doubled(const char *about, const char *file)
{
    return gen_printf("Content-Type: multipart/appledouble; boundary=two\r\n\r\n--two\r\n%s\r\n"
                      "--two\r\n%s\r\n--two--",
                      about, file);
}

static struct span signed_pdf(void)
{
    static const struct cms_spec detached = {.signers = {&by_other}, .flags = CMS_DETACHED};
    static const struct pdf_signature signature = {.field = "Signature1", .cms = &detached};
    struct pdf *p = gen_alloc(sizeof *p);
    pdf_start(p, PDF_TABLE);
    pdf_add_page(p, declaration_text);
    pdf_finish_base(p);
    pdf_sign(p, &signature);
    return pdf_bytes(p);
}

/* What mail programs put beside a file: an invitation, a card, a key, a line below. */
static void write_beside(const char *dir, const char *pdf)
{
    static const char card[] = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Asha Verma\r\nEND:VCARD\r\n";
    static const char meeting[] =
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\n"
        "BEGIN:VEVENT\r\nSUMMARY:Visit\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    static const char key[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n";
    static const struct {
        const char *name, *type, *file, *text;
    } rows[] = {
        {"card", "text/vcard", "asha.vcf", card},
        {"card-old", "text/x-vcard", "asha.vcf", card},
        {"meeting", "application/ics", "invite.ics", meeting},
        {"key", "application/pgp-keys", "OpenPGP_0x1234.asc", key},
        {"trailer", "text/html", "ATT00001.htm", "<p>Sent from my phone"},
        {"card-not", "text/vcard", "offer.vcf", "Our price is 100.\r\n"},
        {"trailer-not", "text/html", "ATT-offer.htm", "<p>Our price is 100."},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *file = attached_file(rows[i].type, rows[i].file, span_str(rows[i].text));
        put(dir, gen_printf("beside-%s", rows[i].name), mixed("parts", TEXT, pdf, file));
    }
    char *invitation = gen_printf("Content-Type: text/calendar; method=REQUEST\r\n\r\n%s", meeting);
    put(dir, "beside-calendar", mixed("parts", TEXT, pdf, invitation));
    static const char *const pages[] = {
        "<img alt=a SRC = \"https://example.org/p.png\">",
        "<style>@import url(//example.org/s.css);</style>",
        "<a href=\"https://example.org/\">see</a> http://example.org <img src=cid:1>"};
    for (size_t i = 0; i < COUNT(pages); i++) {
        put(dir, gen_printf("page-%zu", i),
            signed_by(&by_asha, gen_printf("Content-Type: text/html\r\n\r\n%s\r\n", pages[i]),
                      "cut"));
    }
    put(dir, "beside-nothing",
        mixed("parts", TEXT, attached_file("text/vcard", "asha.vcf", span_str(card)), NULL));
    put(dir, "beside-signed",
        mixed("list", signed_by(&by_asha, TEXT, "cut"),
              attached_file("text/vcard", "asha.vcf", span_str(card)), NULL));
}

/* Files in the mail: signed themselves, signed with the mail, by nobody, in a ZIP, in a mail. */
static void write_files(const char *dir)
{
    struct span good = signed_pdf(), bad = pdf_patch(good, "4.7.2", "4.7.3");
    char *pdf = attached_file("application/pdf", "declaration.pdf", good);
    char *broken = attached_file("application/octet-stream", "declaration.pdf", bad);
    char *note = attached_file("text/csv", "parts.csv", SPAN_LIT("part,count\n1,2\n"));
    put(dir, "file-signed", mixed("parts", pdf, NULL, NULL));
    put(dir, "file-signed-and-text", mixed("parts", TEXT, pdf, NULL));
    put(dir, "file-broken-and-text", mixed("parts", TEXT, broken, NULL));
    put(dir, "file-unsigned", mixed("parts", pdf, note, NULL));
    put(dir, "file-whole-body", pdf);
    put(dir, "files-in-signed", signed_by(&by_asha, mixed("parts", TEXT, pdf, note), "cut"));
    put(dir, "file-broken-in-signed",
        signed_by(&by_asha, mixed("parts", TEXT, broken, NULL), "cut"));
    put(dir, "file-added", mixed("list", signed_by(&by_asha, TEXT, "cut"), note, NULL));
    put(dir, "file-signed-added", mixed("list", signed_by(&by_asha, TEXT, "cut"), pdf, NULL));
    char *picture = gen_printf("Content-ID: <image001.png@01>\r\n%s",
                               attached_file("image/png", "image001.png", SPAN_LIT("\x89PNG\r\n")));
    char *page = gen_printf("Content-Type: multipart/related; boundary=page\r\n\r\n--page\r\n"
                            "Content-Type: text/html\r\n\r\n<p>See below.\r\n--page\r\n%s\r\n"
                            "--page--",
                            picture);
    put(dir, "file-signed-and-picture", mixed("parts", page, pdf, NULL));
    put(dir, "file-picture-attached", mixed("parts", TEXT, pdf, picture));
    char *more = attached_file("application/applefile", "declaration.pdf",
                               SPAN_LIT("\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        "));
    char *alone = attached_file("application/applefile", "declaration.pdf", SPAN_LIT("Text."));
    put(dir, "file-appledouble", mixed("parts", TEXT, doubled(more, pdf), NULL));
    put(dir, "file-appledouble-text", mixed("parts", TEXT, doubled(alone, pdf), NULL));
    put(dir, "file-picture-inline",
        mixed("parts", TEXT, pdf,
              gen_printf("Content-Disposition: inline;\r\n filename=image001.png\r\n"
                         "Content-Type: image/png; name=image001.png\r\n"
                         "Content-Transfer-Encoding: base64\r\n\r\n%s",
                         text_of(gen_base64(SPAN_LIT("\x89PNG\r\n"), 76)))));
    write_beside(dir, pdf);
    put(dir, "file-packed",
        mixed("parts", TEXT,
              attached_file("application/ms-tnef", "winmail.dat",
                            SPAN_LIT("\x78\x9f\x3e\x22\x01\x02\x03\x04\x05\x06")),
              NULL));
    put(dir, "file-undecodable",
        signed_by(&by_asha,
                  mixed("parts", TEXT,
                        "Content-Type: application/pdf; name=plan.pdf\r\n"
                        "Content-Transfer-Encoding: base64\r\n\r\n****\r\n",
                        NULL),
                  "cut"));
    /* "घोषणा.pdf" as mail programs write it: RFC 2047, and RFC 2231 in pieces. */
    const char *data = text_of(gen_base64(good, 76));
    put(dir, "file-name-words",
        gen_printf("Content-Type: application/octet-stream;\r\n"
                   " name=\"=?UTF-8?B?4KSY4KWL?= =?utf-8?q?=E0=A4=B7=E0=A4=A3=E0=A4=BE.pdf?=\"\r\n"
                   "Content-Transfer-Encoding: base64\r\n\r\n%s",
                   data));
    put(dir, "file-name-pieces",
        gen_printf("Content-Type: application/octet-stream\r\nContent-Disposition: attachment;\r\n"
                   " filename*0*=UTF-8''%%E0%%A4%%98%%E0%%A5%%8B;\r\n"
                   " filename*1*=%%E0%%A4%%B7%%E0%%A4%%A3%%E0%%A4%%BE;\r\n"
                   " filename*2=\".pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n%s",
                   data));
    const char *pieces = "";
    for (int i = 0; i < 12; i++) {
        pieces = gen_printf("%s filename*%d*=%s%%E0%%A4%%98;\r\n", pieces, i, i ? "" : "UTF-8''");
    }
    put(dir, "file-name-long",
        gen_printf("Content-Type: application/octet-stream\r\nContent-Disposition: attachment;\r\n"
                   "%s filename*12*=.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n%s",
                   pieces, data));
    char *inner = gen_printf("Content-Type: message/rfc822\r\n\r\n" HEAD "%s",
                             mixed("inner", TEXT, pdf, NULL));
    put(dir, "file-in-forwarded", mixed("parts", TEXT, inner, NULL));
    struct cms_spec opaque = {.signers = {&by_asha}};
    const char *message = mixed("parts", TEXT, pdf, note);
    put(dir, "files-in-opaque",
        gen_printf("Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n"
                   "Content-Transfer-Encoding: base64\r\n\r\n%s",
                   text_of(gen_base64(cms_make(&opaque, span_str(message)), 76))));
    char *deep = gen_printf(HEAD "%s", mixed("p0", pdf, NULL, NULL));
    for (int i = 0; i < 6; i++) {
        deep = gen_printf(
            HEAD "%s",
            mixed("p", attached_file("application/octet-stream", "mail.eml", span_str(deep)), NULL,
                  NULL));
    }
    gen_write(dir, "mail/files-too-deep.eml", span_str(deep));
}

static void write_attached(const char *dir)
{
    char *letter = text_of(gen_base64(span_str(declaration_letter), 76));
    char *file = attachment("text/plain", "letter.txt", letter);
    char *value = signature(&by_other, declaration_letter);
    char *p7s = attachment("application/pkcs7-signature", "letter.txt.p7s", value);
    const char *printable =
        "Content-Type: text/plain; name=letter.txt\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\nDeclaration of =\r\n=41sha=0AVerma=0A";
    put(dir, "attached", mixed("list", file, p7s, NULL));
    put(dir, "attached-and-text", mixed("list", TEXT, file, p7s));
    put(dir, "attached-stem",
        mixed("list", attachment("application/octet-stream", "letter.p7s", value), file, NULL));
    put(dir, "attached-of-other",
        mixed("list", file,
              attachment("application/pkcs7-signature", "letter.txt.p7s",
                         signature(&by_other, "Another letter\n")),
              NULL));
    struct cms_spec apart = {.signers = {&by_other}, .flags = CMS_DETACHED};
    struct cms_spec with = {.signers = {&by_other}};
    struct span message = cms_make(&with, SPAN_LIT("Another letter\n"));
    struct span pem = gen_pem("PKCS7", cms_make(&apart, span_str(declaration_letter)));
    put(dir, "attached-pem",
        mixed("list", file, attached_file("application/octet-stream", "letter.txt.p7s", pem),
              NULL));
    put(dir, "attached-own-content",
        mixed("list", file, attached_file("application/octet-stream", "letter.txt.p7s", message),
              NULL));
    put(dir, "shown-as-signature",
        gen_printf("Content-Type: text/html; name=letter.p7s\r\n\r\n<h1>Not signed.</h1>\n%s",
                   text_of(gen_pem("PKCS7", message))));
    put(dir, "attached-no-partner", mixed("list", file, attachment(P7S, "other.p7s", value), NULL));
    put(dir, "attached-two-partners", mixed("list", file, file, p7s));
    put(dir, "attached-printable",
        mixed("list", printable,
              attachment("application/pkcs7-signature", "letter.txt.p7s",
                         signature(&by_other, "Declaration of Asha\nVerma\n")),
              NULL));
    put(dir, "attached-printable-bad",
        mixed("list",
              "Content-Type: text/plain; name=letter.txt\r\n"
              "Content-Transfer-Encoding: quoted-printable\r\n\r\n=ZZ",
              attachment("application/pkcs7-signature", "letter.txt.p7s", value), NULL));
    put(dir, "attached-name-2231",
        mixed("list",
              gen_printf("Content-Type: text/plain; name*=UTF-8'en'letter%%2Etxt\r\n"
                         "Content-Transfer-Encoding: base64\r\n\r\n%s",
                         letter),
              p7s, NULL));
}

static void write_tricks(const char *dir)
{
    char *value = signature(&by_asha, TEXT);
    char *body = gen_printf("\r\n--cut\r\n" TEXT "\r\n--cut\r\nContent-Type: " P7S "\r\n"
                            "Content-Transfer-Encoding: base64\r\n\r\n%s\r\n--cut--\r\n",
                            value);
    static const struct {
        const char *name, *type;
    } rows[] = {
        {"boundary-twice", "Content-Type: multipart/signed; boundary=cut; boundary=other\r\n"},
        {"boundary-none", "Content-Type: multipart/signed\r\n"},
        {"type-twice", "Content-Type: multipart/signed; boundary=cut\r\n"
                       "Content-Type: text/plain\r\n"},
        {"encoded", "Content-Type: multipart/signed; boundary=cut\r\n"
                    "Content-Transfer-Encoding: base64\r\n"},
        {"comment",
         "Content-Type: multipart/signed (boundary=other; \"x); boundary=\"cut\" (y)\r\n"},
        {"from-twice", "From: ravi@example.invalid\r\n"
                       "Content-Type: multipart/signed; boundary=cut\r\n"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        put(dir, rows[i].name, gen_printf("%s%s", rows[i].type, body));
    }
    put(dir, "boundary-open",
        gen_printf("Content-Type: multipart/signed; boundary=cut\r\n%.*s", (int)strlen(body) - 9,
                   body));
    put(dir, "header-no-colon",
        gen_printf("Content-Type: multipart/signed; boundary=cut\r\nno header line\r\n%s", body));
    /* Read with another boundary ("other", or by a part of the line) these show the footer. */
    char *good = signed_by(&by_asha, TEXT, "cut");
    put(dir, "behind-the-last", gen_printf("%s--cutting\r\n" FOOTER "\r\n--cutting--\r\n", good));
    put(dir, "before-the-first",
        gen_printf("Content-Type: multipart/mixed; boundary*0=other; boundary=cut2\r\n\r\n"
                   "--other\r\n" FOOTER "\r\n--other--\r\n--cut2\r\n%s\r\n--cut2--\r\n",
                   good));
    put(dir, "list-end", gen_printf("%s-- \r\nsent through a list\r\n", good));
    /* CR alone is a line end to some programs; a ZIP file is found from its end. */
    const char *head = "Content-Type: multipart/mixed; boundary=list\r\n\r\n";
    put(dir, "cr-before",
        gen_printf("%shello\r--list\rContent-Type: text/plain\r\rOur price is 100.\r\n"
                   "--list\r\n%s\r\n--list--\r\n",
                   head, good));
    put(dir, "cr-in-header",
        gen_printf("X-Note: a\rContent-Type: text/plain\r\n%sOur price is 100.\r\n--list\r\n%s\r\n"
                   "--list--\r\n",
                   head, good));
    put(dir, "archive-behind", gen_printf("%sPK\x05\x06\r\n", good));
    char *deep = signed_by(&by_asha, TEXT, "cut");
    for (int i = 0; i < 9; i++) {
        deep = mixed(gen_printf("level%d", i), deep, NULL, NULL);
    }
    put(dir, "too-deep", deep);
    struct span enveloped =
        SEQ(gen_oid("1.2.840.113549.1.7.3"),
            TLV(0xa0, SEQ(gen_int(0), SET(SPAN_NONE), SEQ(gen_oid("1.2.840.113549.1.7.1")))));
    put(dir, "encrypted",
        gen_printf("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n"
                   "Content-Transfer-Encoding: base64\r\n\r\n%s",
                   text_of(gen_base64(enveloped, 76))));
    put(dir, "pgp",
        "Content-Type: multipart/signed; boundary=cut; protocol=\"application/pgp-signature\"\r\n"
        "\r\n--cut\r\n" TEXT "\r\n--cut\r\nContent-Type: application/pgp-signature\r\n\r\n"
        "-----BEGIN PGP\r\n\r\n--cut--\r\n");
}

void samples_mail(const char *dir)
{
    write_signed(dir);
    write_partly_signed(dir);
    write_attached(dir);
    write_files(dir);
    write_tricks(dir);
}
