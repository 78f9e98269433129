/*
 * samples_asic - ASiC containers (EN 319 162-1), right ones and wrong ones.
 */
#include "declaration.h"
#include "samples.h"
#include "xmlsign.h"
#include "zip.h"

#include <openssl/sha.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MAKE(...)                                                                                  \
    zip_make((const struct zip_entry[]){__VA_ARGS__},                                              \
             COUNT(((const struct zip_entry[]){__VA_ARGS__})), NULL)
#define SHA256_URI "http://www.w3.org/2001/04/xmlenc#sha256"

static const struct signer_spec asha = {.cert = "signer", .flags = SI_NO_TIME};
static const struct signer_spec ravi = {.cert = "signer-second", .flags = SI_NO_TIME};
static const struct signer_spec revoked = {.cert = "signer-revoked", .flags = SI_NO_TIME};
static const struct tst_spec ten_days = {.tsa = "tsa", .when = -10 * DAY};
static const struct cms_spec by_asha = {.signers = {&asha}, .flags = CMS_DETACHED};
static const struct cms_spec by_ravi = {
    .signers = {&ravi}, .certs = "signer-second subca ca", .flags = CMS_DETACHED};
static const struct cms_spec by_revoked = {.signers = {&revoked}, .flags = CMS_DETACHED};

static const struct zip_entry mime_e = {
    "mimetype", .data = {(const uint8_t *)"application/vnd.etsi.asic-e+zip", 31},
    .flags = ZIP_STORED};
static const struct zip_entry mime_s = {
    "mimetype", .data = {(const uint8_t *)"application/vnd.etsi.asic-s+zip", 31},
    .flags = ZIP_STORED};

static const char *out_dir;
static struct span letter, note, photo;

static void save(const char *name, struct span file)
{
    gen_write(out_dir, gen_printf("asic/%s", name), file);
}

struct object {
    const char *uri;
    struct span data;
    const char *digest_uri; /* NULL: SHA-256 */
};

static struct span manifest(const char *signature, const struct object *list, size_t count)
{
    struct buffer b;
    buffer_init(&b, 1 << 20);
    buffer_str(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<asic:ASiCManifest "
                   "xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\" "
                   "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\n");
    if (signature) {
        buffer_printf(
            &b, "<asic:SigReference URI=\"%s\" MimeType=\"application/x-pkcs7-signature\"/>\n",
            signature);
    }
    for (size_t i = 0; i < count; i++) {
        uint8_t hash[SHA256_DIGEST_LENGTH];
        (void)SHA256(list[i].data.p, list[i].data.n, hash);
        struct span text = gen_base64(span_make(hash, sizeof hash), 76);
        buffer_printf(&b,
                      "<asic:DataObjectReference URI=\"%s\"><ds:DigestMethod Algorithm=\"%s\"/>"
                      "<ds:DigestValue>%.*s</ds:DigestValue></asic:DataObjectReference>\n",
                      list[i].uri, list[i].digest_uri ? list[i].digest_uri : SHA256_URI,
                      (int)text.n, (const char *)text.p);
    }
    buffer_str(&b, "</asic:ASiCManifest>\n");
    return gen_take(&b);
}

#define MANIFEST(signature, ...)                                                                   \
    manifest(signature, (const struct object[]){__VA_ARGS__},                                      \
             COUNT(((const struct object[]){__VA_ARGS__})))
#define LETTER                                                                                     \
    {                                                                                              \
        "letter.txt", .data = letter                                                               \
    }
#define NOTE                                                                                       \
    {                                                                                              \
        "note.txt", .data = note                                                                   \
    }
#define P7S "META-INF/signature001.p7s"
#define MF  "META-INF/ASiCManifest001.xml"

static void write_simple(void)
{
    struct span signature = cms_make(&by_asha, letter);
    save("simple.asics", MAKE(mime_s, LETTER, {"META-INF/signature.p7s", .data = signature}));
    save("simple-altered.asics",
         MAKE(mime_s, {"letter.txt", .data = note}, {"META-INF/signature.p7s", .data = signature}));
    save("simple-two-files.asics",
         MAKE(mime_s, LETTER, NOTE, {"META-INF/signature.p7s", .data = signature}));
    save("simple-stamp.asics",
         MAKE(mime_s, LETTER, {"META-INF/timestamp.tst", .data = tst_make(&ten_days, letter)}));
    save("simple-revoked.asics",
         MAKE(mime_s, LETTER, {"META-INF/signature.p7s", .data = cms_make(&by_revoked, letter)}));
    save("simple-no-mimetype.asics", MAKE(LETTER, {"META-INF/signature.p7s", .data = signature}));
    save("mimetype-of-other.asics",
         MAKE({"mimetype", .data = SPAN_LIT("application/vnd.etsi.asic-s+zip\n"),
               .flags = ZIP_STORED},
              LETTER, {"META-INF/signature.p7s", .data = signature}));
    save("mimetype-compressed.asics", MAKE({"mimetype", .data = mime_s.data}, LETTER,
                                           {"META-INF/signature.p7s", .data = signature}));
    save("mimetype-last.asics",
         MAKE(LETTER, {"META-INF/signature.p7s", .data = signature}, mime_s));
}

static void write_cades(void)
{
    struct span both = MANIFEST(P7S, LETTER, NOTE), one = MANIFEST(P7S, LETTER);
    struct zip_entry mf = {MF, .data = both}, sig = {P7S, .data = cms_make(&by_asha, both)};
    struct zip_entry mf1 = {MF, .data = one}, sig1 = {P7S, .data = cms_make(&by_asha, one)};
    save("cades.asice", MAKE(mime_e, LETTER, NOTE, mf, sig));
    save("cades-unsigned.asice", MAKE(mime_e, LETTER, NOTE, mf1, sig1));
    save("cades-altered.asice", MAKE(mime_e, LETTER, {"note.txt", .data = photo}, mf, sig));
    save("cades-missing.asice", MAKE(mime_e, LETTER, mf, sig));
    save("cades-in-meta.asice",
         MAKE(mime_e, LETTER, {"META-INF/annex.pdf", .data = photo}, mf1, sig1));
    save("cades-manifest-altered.asice", MAKE(mime_e, LETTER, NOTE, {MF, .data = both}, sig1));
    struct span second = MANIFEST("META-INF/signature002.p7s", NOTE);
    save("cades-two.asice",
         MAKE(mime_e, LETTER, NOTE, mf1, sig1, {"META-INF/ASiCManifest002.xml", .data = second},
              {"META-INF/signature002.p7s", .data = cms_make(&by_ravi, second)}));
    save("cades-stray.asice",
         MAKE(mime_e, LETTER, mf1, sig1,
              {"META-INF/signature002.p7s", .data = cms_make(&by_ravi, note)}));
    struct span shared = MANIFEST(P7S, NOTE);
    save("cades-shared.asice",
         MAKE(mime_e, LETTER, NOTE, mf1, sig1, {"META-INF/ASiCManifest002.xml", .data = shared}));
    struct span elsewhere = MANIFEST("letter.txt", NOTE);
    save("cades-signature-outside.asice",
         MAKE(mime_e, {"letter.txt", .data = cms_make(&by_asha, elsewhere)}, NOTE,
              {MF, .data = elsewhere}));
    struct span slip = MANIFEST(P7S, LETTER, {"../note.txt", .data = note});
    save("cades-slip.asice",
         MAKE(mime_e, LETTER, NOTE, {MF, .data = slip}, {P7S, .data = cms_make(&by_asha, slip)}));
    struct span weak = MANIFEST(P7S, {"letter.txt", .data = letter,
                                      .digest_uri = "http://www.w3.org/2000/09/xmldsig#sha1"});
    save("cades-weak.asice",
         MAKE(mime_e, LETTER, {MF, .data = weak}, {P7S, .data = cms_make(&by_asha, weak)}));
    struct span empty = manifest(P7S, NULL, 0);
    save("cades-empty.asice",
         MAKE(mime_e, LETTER, {MF, .data = empty}, {P7S, .data = cms_make(&by_asha, empty)}));
    struct span doctype = CAT(SPAN_LIT("<!DOCTYPE a [<!ENTITY b \"c\">]>\n"), one);
    save("cades-doctype.asice",
         MAKE(mime_e, LETTER, {MF, .data = doctype}, {P7S, .data = cms_make(&by_asha, doctype)}));
    save("cades-no-signature.asice", MAKE(mime_e, LETTER, mf1));
    save("cades-mimetype-simple.asice", MAKE(mime_s, LETTER, NOTE, mf, sig));
    save("cades-evidence-record.asice",
         MAKE(mime_e, LETTER, mf1, sig1,
              {"META-INF/ASiCEvidenceRecordManifest001.xml",
               .data = SPAN_LIT("<a:ASiCManifest "
                                "xmlns:a=\"http://uri.etsi.org/02918/v1.2.1#\"/>")}));
    static const char *const names[] = {"ASiCDeclaration.xml",  "ASiCEvidenceRecordManifest2.xml",
                                        "container.xml",        "evidencerecord.xml",
                                        "evidencerecord1.ers",  "evidencerecord-letter.html",
                                        "signatures-letter.xml"};
    for (size_t i = 0; i < COUNT(names); i++) {
        save(gen_printf("cades-named-%zu.asice", i),
             MAKE(mime_e, LETTER, mf1, sig1,
                  {gen_printf("META-INF/%s", names[i]), .data = SPAN_LIT("<p>Not signed.</p>")}));
    }
    struct span named = MANIFEST(P7S, {"my%20letter.txt", .data = letter});
    save("cades-spaces.asice", MAKE(mime_e, {"my letter.txt", .data = letter}, {MF, .data = named},
                                    {P7S, .data = cms_make(&by_asha, named)}));
    struct span archive =
        MANIFEST("META-INF/timestamp001.tst", LETTER, {MF, .data = one}, {P7S, .data = sig1.data});
    save("cades-archive.asice",
         MAKE(mime_e, LETTER, mf1, sig1, {"META-INF/ASiCArchiveManifest001.xml", .data = archive},
              {"META-INF/timestamp001.tst", .data = tst_make(&ten_days, archive)}));
}

static void write_xades(void)
{
    static const struct xades_spec xades = {0};
    const char *text = (const char *)letter.p, *other = (const char *)note.p;
    const struct xml_spec both = {
        .cert = "signer",
        .id = "S1",
        .refs = {{.uri = "letter.txt", .octets = text}, {.uri = "note.txt", .octets = other}},
        .xades = &xades};
    const struct xml_spec one = {.cert = "signer",
                                 .id = "S1",
                                 .refs = {{.uri = "letter.txt", .octets = text}},
                                 .xades = &xades};
    static const char around[] =
        "<asic:XAdESSignatures xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\">@"
        "</asic:XAdESSignatures>";
    struct zip_entry sig = {"META-INF/signatures.xml",
                            .data = span_str(xml_put(around, xml_sign(&both)))};
    struct zip_entry sig1 = {"META-INF/signatures.xml",
                             .data = span_str(xml_put(around, xml_sign(&one)))};
    save("xades.asice", MAKE(mime_e, LETTER, NOTE, sig));
    const char *text_beside =
        "<html xmlns=\"http://www.w3.org/1999/xhtml\"><p>Not signed.</p>@</html>";
    struct zip_entry beside = {"META-INF/signatures.xml",
                               .data = span_str(xml_put(text_beside, xml_sign(&both)))};
    save("xades-text-beside.asice", MAKE(mime_e, LETTER, NOTE, beside));
    const char *object =
        "<ds:Object><p xmlns=\"http://www.w3.org/1999/xhtml\">Not signed.</p></ds:Object>";
    char *own = xml_put(around, xml_sign(&both));
    const char *end = strstr(own, "</ds:Signature>");
    struct zip_entry inside = {
        "META-INF/signatures.xml",
        .data = span_str(gen_printf("%.*s%s%s", (int)(end - own), own, object, end))};
    save("xades-text-inside.asice", MAKE(mime_e, LETTER, NOTE, inside));
    const char *property =
        "<ds:Object><ds:SignatureProperties><ds:SignatureProperty Target=\"#s\">"
        "Not signed.</ds:SignatureProperty></ds:SignatureProperties></ds:Object>";
    struct zip_entry named = {
        "META-INF/signatures.xml",
        .data = span_str(gen_printf("%.*s%s%s", (int)(end - own), own, property, end))};
    save("xades-text-property.asice", MAKE(mime_e, LETTER, NOTE, named));
    save("xades-simple.asics", MAKE(mime_s, LETTER, sig1));
    save("xades-unsigned.asice", MAKE(mime_e, LETTER, NOTE, sig1));
    save("xades-altered.asice", MAKE(mime_e, LETTER, {"note.txt", .data = photo}, sig));
    struct buffer many;
    buffer_init(&many, 1 << 20);
    for (int i = 0; i < 2000; i++) {
        buffer_str(&many, "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/>");
    }
    const char *list = gen_printf("%.*s", (int)many.n, (const char *)buffer_span(&many).p);
    struct span mf = MANIFEST(P7S, NOTE);
    save("xades-many.asice",
         MAKE(mime_e, LETTER, NOTE, sig1,
              {"META-INF/signatures2.xml", .data = span_str(xml_put(around, list))},
              {MF, .data = mf}, {P7S, .data = cms_make(&by_asha, mf)}));
    buffer_free(&many);
    save("xades-missing.asice", MAKE(mime_e, LETTER, sig));
}

void samples_asic(const char *dir)
{
    out_dir = dir;
    letter = span_str(declaration_letter);
    note = SPAN_LIT("The test bench was calibrated on the day of the test.\n");
    photo = SPAN_LIT("\x89PNG\r\n\x1a\nthe picture of a camera, not signed at all\n");
    write_simple();
    write_cades();
    write_xades();
    struct span inner =
        MAKE(mime_s, LETTER, {"META-INF/signature.p7s", .data = cms_make(&by_asha, letter)});
    save("inside.zip", MAKE({"letter.asics", .data = inner}));
    save("odf.odt", MAKE({"mimetype", .data = SPAN_LIT("application/vnd.oasis.opendocument.text"),
                          .flags = ZIP_STORED},
                         {"content.xml", .data = SPAN_LIT("<a/>")}));
    save("ooxml.docx", MAKE({"[Content_Types].xml", .data = SPAN_LIT("<a/>")},
                            {"word/document.xml", .data = SPAN_LIT("<a/>")}));
}
