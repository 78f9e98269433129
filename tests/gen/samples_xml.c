/*
 * samples_xml - XML documents with signatures: good ones, and one for every way to cheat.
 */
#include <string.h>

#include "declaration.h"
#include "samples.h"
#include "xmlsign.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The document without a signature, in canonical form, and with the place for one. */
#define OPEN     "<Declaration xmlns=\"urn:example:declaration\" Id=\"d\">"
#define BODY     "<Device>EC-2100</Device><Firmware>4.7.2</Firmware>"
#define CLOSE    "</Declaration>"
#define UNSIGNED OPEN BODY CLOSE
#define PLACE    OPEN BODY "@" CLOSE
/* A part with an Id of its own. */
#define PART "<Device xmlns=\"urn:example:declaration\" Id=\"p\"><Model>EC-2100</Model></Device>"
#define OTHER_PART                                                                                 \
    "<Device xmlns=\"urn:example:declaration\" Id=\"p\"><Model>EC-9999</Model></Device>"
#define OBJECT                                                                                     \
    "<ds:Object xmlns:ds=\"" XS_DS "\" Id=\"o\"><Device xmlns=\"urn:example:declaration\">EC-2100" \
    "</Device></ds:Object>"
#define MANIFEST(digest)                                                                           \
    "<ds:Manifest xmlns:ds=\"" XS_DS "\" Id=\"m\"><ds:Reference URI=\"#d\"><ds:Transforms>"        \
    "<ds:Transform Algorithm=\"" XS_DS "enveloped-signature\"></ds:Transform><ds:Transform "       \
    "Algorithm=\"" XS_EXC "\"></ds:Transform></ds:Transforms><ds:DigestMethod "                    \
    "Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></"                                     \
    "ds:DigestMethod><ds:DigestValue>" digest "</ds:DigestValue></ds:Reference></ds:Manifest>"
#define XPATH_URI "http://www.w3.org/TR/1999/REC-xpath-19991116"
#define PSS_PARAMS                                                                                 \
    "<p:RSAPSSParams xmlns:p=\"http://www.w3.org/2007/05/xmldsig-more#\"><ds:DigestMethod "        \
    "Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha512\"></ds:DigestMethod><p:SaltLength>64"     \
    "</p:SaltLength></p:RSAPSSParams>"

#define WHOLE                                                                                      \
    {                                                                                              \
        {                                                                                          \
            .uri = "", .octets = UNSIGNED, .transforms = XS_ENVELOPED                              \
        }                                                                                          \
    }
#define BY_ID                                                                                      \
    {                                                                                              \
        {                                                                                          \
            .uri = "#d", .octets = UNSIGNED, .transforms = XS_ENVELOPED                            \
        }                                                                                          \
    }
#define BY_TRANSFORM(t)                                                                            \
    {                                                                                              \
        {                                                                                          \
            .uri = "", .octets = UNSIGNED, .transforms = t                                         \
        }                                                                                          \
    }
#define PART_ONLY                                                                                  \
    {                                                                                              \
        {                                                                                          \
            .uri = "#p", .octets = PART, .transforms = XS_TRANSFORM(XS_EXC)                        \
        }                                                                                          \
    }
#define NOT_SIGNATURES XS_XPATH("not(ancestor-or-self::ds:Signature)")

static const struct tst_spec stamp = {.tsa = "tsa", .when = -10 * DAY};
static const struct xades_spec xades = {.digest = DIGEST_SHA256};
static const struct xades_spec xades_format = {.format = "#r"};
static const struct xades_spec xades_old = {.old = true};
static const struct xades_spec xades_t = {.stamp = &stamp, .when = -11 * DAY};
static const struct xades_spec xades_no_certificate = {.none = true};
static const struct xades_spec xades_other = {.named = "signer-second"};
static const struct xades_spec xades_bad_format = {.format = "#nothing"};
static const struct xades_spec xades_target = {.target = "another"};
static const struct xades_spec xades_unreferenced = {.unreferenced = true};

struct row {
    const char *name, *text; /* "@": the signature */
    struct xml_spec spec;
    const char *from, *to; /* changed after signing, unless NULL */
};

#define S(...)                                                                                     \
    {                                                                                              \
        .cert = "signer", .refs = __VA_ARGS__                                                      \
    }

static const struct row good[] = {
    {"enveloped", PLACE, S(WHOLE), NULL, NULL},
    {"by-id", PLACE, S(BY_ID), NULL, NULL},
    {"no-uri", PLACE, S({{.octets = UNSIGNED, .transforms = XS_ENVELOPED}}), NULL, NULL},
    {"declared", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" PLACE "\n", S(WHOLE), NULL, NULL},
    {"sha384", PLACE, {.cert = "signer", .digest = DIGEST_SHA384, .refs = WHOLE}, NULL, NULL},
    {"sha512", PLACE, {.cert = "signer", .digest = DIGEST_SHA512, .refs = WHOLE}, NULL, NULL},
    {"pss", PLACE, {.cert = "signer", .sig = SIG_PSS, .refs = WHOLE}, NULL, NULL},
    {"pss-parameters",
     PLACE,
     {.cert = "signer",
      .sig = SIG_PSS,
      .digest = DIGEST_SHA512,
      .method = "http://www.w3.org/2007/05/xmldsig-more#rsa-pss",
      .parameter = PSS_PARAMS,
      .refs = WHOLE},
     NULL,
     NULL},
    {"ecdsa", PLACE, {.cert = "signer-p256", .sig = SIG_ECDSA, .refs = WHOLE}, NULL, NULL},
    {"ecdsa-p384",
     PLACE,
     {.cert = "signer-p384", .sig = SIG_ECDSA, .digest = DIGEST_SHA384, .refs = WHOLE},
     NULL,
     NULL},
    {"ed25519", PLACE, {.cert = "signer-ed25519", .sig = SIG_ED25519, .refs = WHOLE}, NULL, NULL},
    {"inclusive", PLACE,
     S({{.uri = "",
         .octets = UNSIGNED,
         .transforms = XS_TRANSFORM(XS_DS "enveloped-signature") XS_TRANSFORM(XS_INC)}}),
     NULL, NULL},
    {"no-canonical", PLACE, S(BY_TRANSFORM(XS_TRANSFORM(XS_DS "enveloped-signature"))), NULL, NULL},
    {"c14n11", PLACE,
     S(BY_TRANSFORM(XS_TRANSFORM(XS_DS "enveloped-signature")
                        XS_TRANSFORM("http://www.w3.org/2006/12/xml-c14n11"))),
     NULL, NULL},
    {"pointer", PLACE,
     S({{.uri = "#xpointer(id('d'))", .octets = UNSIGNED, .transforms = XS_ENVELOPED}}), NULL,
     NULL},
    {"crlf", PLACE, {.cert = "signer", .refs = WHOLE, .flags = XS_CRLF}, NULL, NULL},
    {"reversed", PLACE, {.cert = "signer", .refs = WHOLE, .flags = XS_REVERSED}, NULL, NULL},
    {"xpath", PLACE, S(BY_TRANSFORM(NOT_SIGNATURES)), NULL, NULL},
    {"xpath-here", PLACE,
     S(BY_TRANSFORM(XS_XPATH("count(ancestor-or-self::ds:Signature | "
                             "here()/ancestor::ds:Signature[1]) &gt; "
                             "count(ancestor-or-self::ds:Signature)"))),
     NULL, NULL},
    {"filter", PLACE, S(BY_TRANSFORM(XS_FILTER2("subtract", "//ds:Signature"))), NULL, NULL},
    {"filter-here", PLACE,
     S(BY_TRANSFORM(XS_FILTER2("subtract", "here()/ancestor::ds:Signature[1]"))), NULL, NULL},
    {"enveloping",
     "@",
     {.cert = "signer",
      .refs = {{.uri = "#o", .octets = OBJECT, .transforms = XS_TRANSFORM(XS_EXC)}},
      .objects = OBJECT},
     NULL,
     NULL},
    {"base64",
     "@",
     {.cert = "signer",
      .refs = {{.uri = "#o", .octets = "declaration", .transforms = XS_TRANSFORM(XS_DS "base64")}},
      .objects = "<ds:Object Id=\"o\">ZGVjbGFy\nYXRpb24=</ds:Object>"},
     NULL,
     NULL},
    {"xades-renewed",
     PLACE,
     {.cert = "signer", .refs = WHOLE, .key_info = "?", .xades = &xades},
     NULL,
     NULL},
    {"xades", PLACE, {.cert = "signer", .refs = WHOLE, .xades = &xades}, NULL, NULL},
    {"xades-format",
     PLACE,
     {.cert = "signer",
      .refs =
          {{.uri = "", .octets = UNSIGNED, .transforms = XS_ENVELOPED, .attributes = " Id=\"r\""}},
      .xades = &xades_format},
     NULL,
     NULL},
    {"xades-v1", PLACE, {.cert = "signer", .refs = WHOLE, .xades = &xades_old}, NULL, NULL},
    {"xades-t", PLACE, {.cert = "signer", .refs = WHOLE, .xades = &xades_t}, NULL, NULL},
    {"xades-no-certificate",
     PLACE,
     {.cert = "signer", .refs = WHOLE, .xades = &xades_no_certificate},
     NULL,
     NULL},
    {"xades-bad-format",
     PLACE,
     {.cert = "signer", .refs = WHOLE, .xades = &xades_bad_format},
     NULL,
     NULL},
    {"comment", PLACE, S(WHOLE), "</Device>", "</Device><!-- checked by nobody -->"},
    {"id-twice", OPEN "<a Id=\"x\"></a><b Id=\"x\"></b>@" CLOSE,
     S({{.uri = "",
         .octets = OPEN "<a Id=\"x\"></a><b Id=\"x\"></b>" CLOSE,
         .transforms = XS_ENVELOPED}}),
     NULL, NULL},
};

static const struct row bad[] = {
    {"altered", PLACE, S(WHOLE), "4.7.2", "4.7.3"},
    {"altered-attribute", PLACE, S(WHOLE), "Id=\"d\"", "Id=\"e\""},
    {"added", PLACE, S(WHOLE), "</Firmware>", "</Firmware><Model>EC-9999</Model>"},
    {"instruction", PLACE, S(WHOLE), "<Device>", "<?show other?><Device>"},
    {"bad-value", PLACE, {.cert = "signer", .refs = WHOLE, .flags = XS_BAD_VALUE}, NULL, NULL},
    {"bad-digest", PLACE, {.cert = "signer", .refs = WHOLE, .flags = XS_BAD_DIGEST}, NULL, NULL},
    {"other-key", PLACE, {.cert = "signer-second", .refs = WHOLE, .key_info = "?"}, NULL, NULL},
    {"ecdsa-der",
     PLACE,
     {.cert = "signer-p256", .sig = SIG_ECDSA, .refs = WHOLE, .flags = XS_DER_VALUE},
     NULL,
     NULL},
    {"sha1", PLACE, {.cert = "signer", .digest = DIGEST_SHA1, .refs = WHOLE}, NULL, NULL},
    {"sha1-reference", PLACE,
     S({{.uri = "", .octets = UNSIGNED, .transforms = XS_ENVELOPED, .digest = DIGEST_SHA1}}), NULL,
     NULL},
    {"mac", PLACE, {.cert = "signer", .method = XS_DS "hmac-sha1", .refs = WHOLE}, NULL, NULL},
    {"odd-method",
     PLACE,
     {.cert = "signer", .method = "urn:example:algorithm", .refs = WHOLE},
     NULL,
     NULL},
    {"odd-digest", PLACE,
     S({{.uri = "",
         .octets = UNSIGNED,
         .transforms = XS_ENVELOPED,
         .digest_uri = "urn:example:digest"}}),
     NULL, NULL},
    {"xslt", PLACE, S(BY_TRANSFORM(XS_TRANSFORM("http://www.w3.org/TR/1999/REC-xslt-19991116"))),
     NULL, NULL},
    {"xpath-empty", PLACE, S({{.uri = "", .octets = "", .transforms = XS_XPATH("false()")}}), NULL,
     NULL},
    {"xpath-self", PLACE,
     S({{.uri = "", .octets = "", .transforms = XS_XPATH("self::text() and 1=2")}}), NULL, NULL},
    {"xpath-not-firmware", PLACE,
     S({{.uri = "",
         .octets = OPEN "<Device>EC-2100</Device>" CLOSE,
         .transforms = XS_XPATH("not(ancestor-or-self::ds:Signature) and "
                                "not(ancestor-or-self::x:Firmware)")}}),
     "<ds:XPath>", "<ds:XPath >"},
    {"filter-nothing", PLACE,
     S({{.uri = "", .octets = "", .transforms = XS_FILTER2("subtract", "/")}}), NULL, NULL},
    {"filter-union", PLACE,
     S({{.uri = "", .octets = UNSIGNED, .transforms = XS_FILTER2("union", "//*[@Id='d']")}}), NULL,
     NULL},
    {"transform-order", PLACE,
     S({{.uri = "",
         .octets = UNSIGNED,
         .transforms = XS_TRANSFORM(XS_EXC) XS_TRANSFORM(XS_DS "enveloped-signature")}}),
     NULL, NULL},
    {"nothing-there", PLACE, S({{.uri = "#gone", .octets = UNSIGNED, .transforms = XS_ENVELOPED}}),
     NULL, NULL},
    {"part", OPEN PART "@" CLOSE, S(PART_ONLY), NULL, NULL},
    /* The signed part is moved aside and another one put in its place. */
    {"wrapped-sibling", OPEN OTHER_PART "<old>" PART "</old>@" CLOSE, S(PART_ONLY),
     OTHER_PART "<old>", "<Device>EC-9999</Device><old>"},
    {"wrapped-same-id", OPEN OTHER_PART "<old>" PART "</old>@" CLOSE, S(PART_ONLY), NULL, NULL},
    {"wrapped-object",
     OPEN "<Device>EC-9999</Device>@" CLOSE,
     {.cert = "signer",
      .refs = {{.uri = "#d", .octets = UNSIGNED, .transforms = XS_TRANSFORM(XS_EXC)}},
      .objects = "<ds:Object>" UNSIGNED "</ds:Object>"},
     OPEN "<Device>EC-9999",
     "<Declaration><Device>EC-9999"},
    {"payload-object",
     PLACE,
     {.cert = "signer",
      .refs = WHOLE,
      .objects = "<ds:Object><Device xmlns=\"urn:example:declaration\">EC-9999</Device>"
                 "</ds:Object>"},
     NULL,
     NULL},
    {"payload-key-info", PLACE, S(WHOLE), "<ds:KeyInfo>",
     "<ds:KeyInfo><Device xmlns=\"urn:example:declaration\">EC-9999</Device>"},
    {"comment-in-text", PLACE, S(WHOLE), "EC-2100", "EC-21<!-- -->00"},
    {"key-only", PLACE, {.cert = "signer", .refs = WHOLE, .flags = XS_KEY_VALUE}, NULL, NULL},
    {"no-certificate", PLACE, {.cert = "signer", .refs = WHOLE, .flags = XS_NO_CERTS}, NULL, NULL},
    {"no-signed-info", PLACE, S(WHOLE), "ds:SignedInfo>", "ds:signedInfo>"},
    {"no-value", PLACE, S(WHOLE), "<ds:SignatureValue>", "<ds:SignatureValue>!"},
    {"extra-element", PLACE, S(WHOLE), "<ds:KeyInfo>", "<ds:KeyInfo></ds:KeyInfo><ds:KeyInfo>"},
    {"relative-namespace", "<a xmlns:b=\"b\"><b:c></b:c>@</a>",
     S({{.uri = "", .octets = "<a><b:c xmlns:b=\"b\"></b:c></a>", .transforms = XS_ENVELOPED}}),
     NULL, NULL},
    {"doctype", "<!DOCTYPE Declaration>\n" PLACE, S(WHOLE), NULL, NULL},
    {"entity", "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>\n" PLACE, S(WHOLE),
     "EC-2100", "&e;"},
    {"not-well-formed", PLACE, S(WHOLE), "</Device>", "</Devise>"},
    {"encoding", "<?xml version=\"1.0\" encoding=\"windows-1252\"?>\n" PLACE, S(WHOLE), NULL, NULL},
    {"xades-other-certificate",
     PLACE,
     {.cert = "signer", .refs = WHOLE, .xades = &xades_other},
     NULL,
     NULL},
    {"xades-target", PLACE, {.cert = "signer", .refs = WHOLE, .xades = &xades_target}, NULL, NULL},
    {"xades-unreferenced",
     PLACE,
     {.cert = "signer", .refs = WHOLE, .xades = &xades_unreferenced},
     NULL,
     NULL},
    {"xades-time",
     PLACE,
     {.cert = "signer", .refs = WHOLE, .xades = &xades},
     "SigningTime>2026",
     "SigningTime>2025"},
    {"xades-twice",
     PLACE,
     {.cert = "signer",
      .refs = WHOLE,
      .objects = "<ds:Object><xades:QualifyingProperties xmlns:xades=\"" XS_XADES
                 "\" Target=\"#sig\"></xades:QualifyingProperties></ds:Object>",
      .xades = &xades},
     NULL,
     NULL},
};

static void write_rows(const char *dir, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct xml_spec spec = rows[i].spec;
        if (spec.key_info && spec.xades) { /* two certificates of one key; XAdES names the last */
            spec.key_info =
                gen_printf("<ds:KeyInfo><ds:X509Data>%s%s%s%s</ds:X509Data></ds:KeyInfo>",
                           xml_certificate("signer-revoked"), xml_certificate("signer"),
                           xml_certificate("subca"), xml_certificate("ca"));
        } else if (spec.key_info) { /* somebody else's certificate */
            spec.key_info = xml_chain("signer");
        }
        char *text = xml_put(rows[i].text, xml_sign(&spec));
        gen_write(dir, gen_printf("xml/%s.xml", rows[i].name),
                  span_str(xml_replace(text, rows[i].from, rows[i].to)));
    }
}

/* Signatures that need more than a row. */
static void write_others(const char *dir)
{
    struct xml_spec one = {.cert = "signer", .id = "one", .refs = BY_TRANSFORM(NOT_SIGNATURES)};
    struct xml_spec two = {
        .cert = "signer-second", .id = "two", .refs = BY_TRANSFORM(NOT_SIGNATURES)};
    gen_write(dir, "xml/two.xml",
              span_str(xml_put(PLACE, gen_printf("%s%s", xml_sign(&one), xml_sign(&two)))));
    struct xml_spec detached = {.cert = "signer",
                                .refs = {{.uri = "declaration.txt", .octets = declaration_letter}}};
    gen_write(dir, "xml/detached.xml", span_str(xml_sign(&detached)));
    gen_write(dir, "xml/declaration.txt", span_str(declaration_letter));
    gen_write(dir, "xml/other.txt", SPAN_LIT("another declaration\n"));

    struct span digest = gen_base64(digest_of(DIGEST_SHA256, span_str(UNSIGNED)), 1000);
    char *manifest = gen_printf(MANIFEST("%.*s"), (int)digest.n - 1, (const char *)digest.p);
    struct xml_spec listed = {
        .cert = "signer",
        .refs = {{.uri = "#m",
                  .octets = manifest,
                  .transforms = XS_TRANSFORM(XS_EXC),
                  .attributes = " Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\""}},
        .objects = gen_printf("<ds:Object>%s</ds:Object>", manifest)};
    char *text = xml_put(PLACE, xml_sign(&listed));
    gen_write(dir, "xml/manifest.xml", span_str(text));
    gen_write(dir, "xml/manifest-altered.xml", span_str(xml_replace(text, "4.7.2", "4.7.3")));
}

/* A counter-signature stands among the unsigned properties and is over the value of the other. */
static void write_counter(const char *dir, const char *name, const char *uri, const char *octets)
{
    static const char mark[] = "<ds:SignatureValue>";
    struct xades_spec outer = {.when = -2 * HOUR};
    struct xml_spec spec = {.cert = "signer", .refs = WHOLE, .xades = &outer};
    char *plain = xml_sign(&spec), *value = strstr(plain, mark) + sizeof mark - 1;
    struct xml_spec counter = {
        .cert = "signer-second",
        .id = "counter",
        .refs = {{.uri = uri, .octets = octets, .transforms = XS_TRANSFORM(XS_EXC)}}};
    if (!octets) {
        counter.refs[0].octets = gen_printf("<ds:SignatureValue xmlns:ds=\"" XS_DS
                                            "\" Id=\"v\">%.*s</ds:SignatureValue>",
                                            (int)strcspn(value, "<"), value);
    }
    outer.more =
        gen_printf("<xades:CounterSignature>%s</xades:CounterSignature>", xml_sign(&counter));
    char *text = xml_put(PLACE, xml_sign(&spec));
    gen_write(dir, name, span_str(xml_replace(text, mark, "<ds:SignatureValue Id=\"v\">")));
}

/* XAdES with evidence and time-stamps over it. */
static void write_long_term(const char *dir)
{
    static const struct tst_spec archive = {.tsa = "tsa", .when = -2 * HOUR};
    static const struct tst_spec early = {.tsa = "tsa", .when = -12 * DAY};
    static const char *const issuers[] = {"root", "ca", "subca"};
    struct xades_spec x = {.stamp = &stamp, .when = -11 * DAY};
    struct xml_spec spec = {.cert = "signer", .refs = WHOLE, .xades = &x};
    for (size_t i = 0; i < COUNT(issuers); i++) {
        struct crl_spec crl = {
            .name = issuers[i], .issuer = issuers[i], .from = -DAY, .to = 6 * DAY};
        x.crls[i] = pki_crl(&crl);
    }
    gen_write(dir, "xml/xades-lt.xml", span_str(xml_put(PLACE, xml_sign(&spec))));
    x.archive = &archive;
    char *text = xml_put(PLACE, xml_sign(&spec));
    gen_write(dir, "xml/xades-lta.xml", span_str(text));
    gen_write(dir, "xml/xades-lta-altered.xml",
              span_str(xml_replace(text, "<xades:RevocationValues ",
                                   "<xades:RevocationValues Id=\"x\" ")));
    x.archive_misses = true;
    gen_write(dir, "xml/xades-lta-incomplete.xml", span_str(xml_put(PLACE, xml_sign(&spec))));
    struct xades_spec content = {.content_stamp = &early, .when = -11 * DAY};
    spec.xades = &content;
    gen_write(dir, "xml/xades-content-stamp.xml", span_str(xml_put(PLACE, xml_sign(&spec))));
    x = (struct xades_spec){.stamp = &stamp, .when = -11 * DAY};
    spec.xades = &x;
    text = xml_put(PLACE, xml_sign(&spec));
    gen_write(dir, "xml/xades-stamp-moved.xml",
              span_str(xml_replace(text, "</ds:SignatureValue>", "\n</ds:SignatureValue>")));
}

void samples_xml(const char *dir)
{
    write_long_term(dir);
    write_rows(dir, good, COUNT(good));
    write_rows(dir, bad, COUNT(bad));
    write_others(dir);
    write_counter(dir, "xml/counter.xml", "#v", NULL);
    write_counter(dir, "xml/counter-elsewhere.xml", "#d", "");
}
