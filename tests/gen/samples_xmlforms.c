/*
 * samples_xmlforms - good XML signatures in all the forms the standards allow: canonical forms,
 * references, transforms, algorithms, KeyInfo, encodings.
 *
 * What is signed is written out beside the document by hand, after the recommendations (Canonical
 * XML 1.0 2.3, 1.1 2.4, Exclusive XML Canonicalization 3); no canonicaliser has a part in it.
 */
#include <string.h>

#include "samples.h"
#include "xmltext.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum encoding { AS_IS, UTF16_LE, UTF16_BE, WITH_BOM };

struct form {
    const char *name, *text; /* "@": the signature */
    struct xml_spec spec;
    const char *from, *to; /* another way to write the same, put in after signing */
    enum encoding encoding;
};

#define ONE(...)                                                                                   \
    {                                                                                              \
        .cert = "signer", .refs = { __VA_ARGS__ }                                                  \
    }
/* One reference to the document: what is signed is `octets`. */
#define DOC(octets, method) ONE(XT_REF("", octets, XT_ENVELOPED XS_TRANSFORM(method)))
#define BY(transforms)      ONE(XT_REF("", XT_UNSIGNED, transforms))
/* The same where the transforms use a prefix: XS_EXC would leave its declaration unsigned. */
#define BY_PREFIX(transforms)                                                                      \
    {                                                                                              \
        .cert = "signer", .canonical = XS_INC, .scope = " xmlns=\"" XT_NS "\"" DS_SCOPE, .refs = { \
            XT_REF("", XT_UNSIGNED, transforms)                                                    \
        }                                                                                          \
    }
#define DS_SCOPE " xmlns:ds=\"" XS_DS "\""

/* Canonical forms: what stands in the file, and what is signed. */
#define COMMENTED "<!-- a -->" XT_BODY "<!-- b -->"
#define SPELT                                                                                      \
    "<?show  it ?>\n<!-- c -->\n<a x = '&quot;&lt;&#9;\t' ><b   />&#65;&#13;&gt;"                  \
    "<![CDATA[<&]]>\r\n</a\n>\n<?end?>\n"
#define SPELT_SIGNED                                                                               \
    "<?show it ?>\n<a x=\"&quot;&lt;&#x9; \"><b></b>A&#xD;&gt;&lt;&amp;\n</a>\n<?end?>"

static const struct form canonical[] = {
    {.name = "exc-comments",
     .text = XT_OPEN COMMENTED "@" XT_CLOSE,
     .spec = ONE(XT_REF("#xpointer(/)", XT_OPEN COMMENTED XT_CLOSE,
                        XT_ENVELOPED XS_TRANSFORM(XT_EXC_WITH)))},
    {.name = "inc-comments",
     .text = XT_OPEN COMMENTED "@" XT_CLOSE,
     .spec = ONE(XT_REF("#xpointer(id('d'))", XT_OPEN COMMENTED XT_CLOSE,
                        XT_ENVELOPED XS_TRANSFORM(XS_INC XT_WITH)))},
    {.name = "inc11-comments",
     .text = XT_OPEN COMMENTED "@" XT_CLOSE,
     .spec = ONE(XT_REF("#xpointer(id(&quot;d&quot;))", XT_OPEN COMMENTED XT_CLOSE,
                        XT_ENVELOPED XS_TRANSFORM(XT_INC11 XT_WITH)))},
    {.name = "comments-left-out",
     .text = XT_OPEN COMMENTED "@" XT_CLOSE,
     .spec = DOC(XT_UNSIGNED, XT_EXC_WITH)},
    {.name = "pointer-document",
     .text = XT_PLACE,
     .spec = ONE(XT_REF("#xpointer(/)", XT_UNSIGNED, XS_ENVELOPED))},
    {.name = "attribute-order",
     .text = "<a q:z='4' xmlns:p='urn:2' c='2' xmlns='urn:a' p:a='3' b='1' xmlns:q='urn:1'>@</a>",
     .spec = DOC("<a xmlns=\"urn:a\" xmlns:p=\"urn:2\" xmlns:q=\"urn:1\" b=\"1\" c=\"2\" "
                 "q:z=\"4\" p:a=\"3\"></a>",
                 XS_INC)},
    {.name = "spelling",
     .text = SPELT,
     .spec = DOC(SPELT_SIGNED, XS_INC),
     .from = "\r\n</a",
     .to = "\r\n@</a"},
    {.name = "style-sheet",
     .text = "<?xml-stylesheet href=\"show.xsl\"?><a>text@</a>",
     .spec = DOC("<?xml-stylesheet href=\"show.xsl\"?>\n<a>text</a>", XS_INC)},
    {.name = "include",
     .text = "<a><i:include xmlns:i=\"http://www.w3.org/2001/XInclude\" href=\"b.xml\"/>@</a>",
     .spec = DOC("<a><i:include xmlns:i=\"http://www.w3.org/2001/XInclude\" href=\"b.xml\">"
                 "</i:include></a>",
                 XS_INC)},
    {.name = "script",
     .text = "<html xmlns=\"http://www.w3.org/1999/xhtml\"><script>show()</script>@</html>",
     .spec = DOC("<html xmlns=\"http://www.w3.org/1999/xhtml\"><script>show()</script></html>",
                 XS_INC)},
    {.name = "namespaces-inc",
     .text = "<a xmlns:n=\"urn:n\"><b xmlns:n=\"urn:n\"><n:c xmlns=\"urn:d\"><e xmlns=\"\"/>"
             "</n:c></b>@</a>",
     .spec = DOC("<a xmlns:n=\"urn:n\"><b><n:c xmlns=\"urn:d\"><e xmlns=\"\"></e></n:c></b></a>",
                 XS_INC)},
    {.name = "namespaces-exc",
     .text = "<a xmlns:n=\"urn:n\"><b xmlns:n=\"urn:n\"><n:c xmlns=\"urn:d\"><e xmlns=\"\"/>"
             "</n:c></b>@</a>",
     .spec = DOC("<a><b><n:c xmlns:n=\"urn:n\"><e></e></n:c></b></a>", XS_EXC)},
    {.name = "namespaces-prefixes",
     .text = "<a xmlns:m=\"urn:m\" xmlns:n=\"urn:n\" xmlns:o=\"urn:o\" t=\"n:x\">@</a>",
     .spec = ONE(XT_REF("", "<a xmlns:m=\"urn:m\" xmlns:n=\"urn:n\" t=\"n:x\"></a>",
                        XT_ENVELOPED
                        "<ds:Transform Algorithm=\"" XS_EXC "\"><ec:InclusiveNamespaces "
                        "xmlns:ec=\"" XS_EXC "\" PrefixList=\"n m\"></ec:InclusiveNamespaces>"
                        "</ds:Transform>"))},
    {.name = "cdata",
     .text = XT_PLACE,
     .spec = BY(XS_ENVELOPED),
     .from = "EC-2100",
     .to = "<![CDATA[EC]]>-<![CDATA[2100]]>"},
    {.name = "character-references",
     .text = XT_PLACE,
     .spec = BY(XS_ENVELOPED),
     .from = "EC-2100",
     .to = "&#69;&#x43;-2100"},
    {.name = "devanagari",
     .text = "<a b=\"घोषणा\">&#x1F600; सत्यापन@</a>",
     .spec = DOC("<a b=\"घोषणा\">😀 सत्यापन</a>", XS_EXC)},
    {.name = "line-ends",
     .text = "<a>\r\n  <b>1\r2</b>\r\n@</a>\r\n",
     .spec = DOC("<a>\n  <b>1\n2</b>\n</a>", XS_EXC)},
    {.name = "latin1",
     .text = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xe9@</a>",
     .spec = DOC("<a>é</a>", XS_EXC)},
    {.name = "utf16-le",
     .text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>" XT_PLACE,
     .spec = BY(XS_ENVELOPED),
     .encoding = UTF16_LE},
    {.name = "utf16-be", .text = XT_PLACE, .spec = BY(XS_ENVELOPED), .encoding = UTF16_BE},
    {.name = "byte-order-mark", .text = XT_PLACE, .spec = BY(XS_ENVELOPED), .encoding = WITH_BOM},
    /* ds:SignedInfo in the other canonical forms: what is in scope of it is signed too. */
    {.name = "info-inc",
     .text = XT_PLACE,
     .spec = {.cert = "signer",
              .canonical = XS_INC,
              .scope = " xmlns=\"" XT_NS "\"" DS_SCOPE,
              .refs = {XT_WHOLE}}},
    {.name = "info-inc11",
     .text = XT_PLACE,
     .spec = {.cert = "signer",
              .canonical = XT_INC11,
              .scope = " xmlns=\"" XT_NS "\"" DS_SCOPE,
              .refs = {XT_WHOLE}}},
    {.name = "info-language",
     .text = "<a xml:lang=\"hi\" xml:space=\"preserve\">@</a>",
     .spec = {.cert = "signer",
              .canonical = XS_INC,
              .scope = DS_SCOPE " xml:lang=\"hi\" xml:space=\"preserve\"",
              .refs = {XT_REF("", "<a xml:lang=\"hi\" xml:space=\"preserve\"></a>",
                              XS_ENVELOPED)}}},
    {.name = "info-comments",
     .text = XT_PLACE,
     .spec = {.cert = "signer",
              .canonical = XT_EXC_WITH,
              .info_end = "<!-- signed -->",
              .refs = {XT_WHOLE}}},
    {.name = "info-prefixes",
     .text = XT_PLACE,
     .spec = {.cert = "signer",
              .prefixes = "<ec:InclusiveNamespaces xmlns:ec=\"" XS_EXC
                          "\" PrefixList=\"#default\"></ec:InclusiveNamespaces>",
              .scope = " xmlns=\"" XT_NS "\"" DS_SCOPE,
              .refs = {XT_WHOLE}}},
};

/* A ds:Object below a ds:Signature with attributes of its own, in each canonical form. */
#define AROUND    " xmlns:n=\"urn:n\" xml:base=\"http://example.invalid/a/\" xml:lang=\"hi\""
#define INSIDE    "<n:a xml:base=\"b\"></n:a>"
#define OBJECT(x) "<ds:Object" x ">" INSIDE "</ds:Object>"
#define INHERITS(method, octets_)                                                                  \
    {                                                                                              \
        .cert = "signer", .attributes = AROUND,                                                    \
        .refs = {XT_REF("#o", octets_, XS_TRANSFORM(method))}, .objects = OBJECT(" Id=\"o\"")      \
    }

static const struct form references[] = {
    {.name = "inherit-inc",
     .text = "@",
     .spec = INHERITS(XS_INC, OBJECT(DS_SCOPE " xmlns:n=\"urn:n\" Id=\"o\" xml:base=\"http://"
                                              "example.invalid/a/\" xml:lang=\"hi\""))},
    {.name = "inherit-inc11",
     .text = "@",
     .spec = INHERITS(XT_INC11, OBJECT(DS_SCOPE " xmlns:n=\"urn:n\" Id=\"o\" xml:base=\"http://"
                                                "example.invalid/a/\" xml:lang=\"hi\""))},
    {.name = "inherit-exc",
     .text = "@",
     .spec =
         INHERITS(XS_EXC, "<ds:Object" DS_SCOPE
                          " Id=\"o\"><n:a xmlns:n=\"urn:n\" xml:base=\"b\"></n:a></ds:Object>")},
    /* xml:id is not inherited in 1.1, and is in 1.0. */
    {.name = "inherit-id-inc",
     .text = "@",
     .spec = {.cert = "signer",
              .attributes = " xml:id=\"s\"",
              .refs = {XT_REF("#o", "<ds:Object" DS_SCOPE " Id=\"o\" xml:id=\"s\">x</ds:Object>",
                              XT_INC)},
              .objects = "<ds:Object Id=\"o\">x</ds:Object>"}},
    {.name = "inherit-id-inc11",
     .text = "@",
     .spec = {.cert = "signer",
              .attributes = " xml:id=\"s\"",
              .refs = {XT_REF("#o", "<ds:Object" DS_SCOPE " Id=\"o\">x</ds:Object>",
                              XS_TRANSFORM(XT_INC11))},
              .objects = "<ds:Object Id=\"o\">x</ds:Object>"}},
    {.name = "id-upper",
     .text = "<a ID=\"d\">@</a>",
     .spec = ONE(XT_REF("#d", "<a ID=\"d\"></a>", XS_ENVELOPED))},
    {.name = "id-lower",
     .text = "<a id=\"d\">@</a>",
     .spec = ONE(XT_REF("#d", "<a id=\"d\"></a>", XS_ENVELOPED))},
    {.name = "id-xml",
     .text = "<a xml:id=\"d\">@</a>",
     .spec = ONE(XT_REF("#d", "<a xml:id=\"d\"></a>", XS_ENVELOPED))},
    {.name = "id-wsu",
     .text = "<a xmlns:u=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-"
             "utility-1.0.xsd\" u:Id=\"d\">@</a>",
     .spec = ONE(XT_REF("#d",
                        "<a xmlns:u=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
                        "wssecurity-utility-1.0.xsd\" u:Id=\"d\"></a>",
                        XS_ENVELOPED))},
    {.name = "id-assertion",
     .text = "<a AssertionID=\"d\">@</a>",
     .spec = ONE(XT_REF("#d", "<a AssertionID=\"d\"></a>", XS_ENVELOPED))},
    {.name = "two-references",
     .text = XT_PLACE,
     .spec = ONE(XT_WHOLE, XT_REF("#o", "<ds:Object" DS_SCOPE " Id=\"o\">x</ds:Object>", XT_EXC)),
     .from = "</ds:Signature>",
     .to = "<ds:Object Id=\"o\">x</ds:Object></ds:Signature>"},
    {.name = "signature-properties",
     .text = XT_PLACE,
     .spec =
         ONE(XT_WHOLE, XT_REF("#p",
                              "<ds:SignatureProperties" DS_SCOPE " Id=\"p\"><ds:SignatureProperty "
                              "Target=\"#sig\">signed in Pune</ds:SignatureProperty>"
                              "</ds:SignatureProperties>",
                              XT_EXC)),
     .from = "</ds:Signature>",
     .to = "<ds:Object><ds:SignatureProperties Id=\"p\"><ds:SignatureProperty Target=\"#sig\">"
           "signed in Pune</ds:SignatureProperty></ds:SignatureProperties></ds:Object>"
           "</ds:Signature>"},
    {.name = "enveloped-twice", .text = XT_PLACE, .spec = BY(XT_ENVELOPED XT_ENVELOPED XT_EXC)},
    {.name = "canonical-twice", .text = XT_PLACE, .spec = BY(XS_ENVELOPED XT_INC)},
    {.name = "xpath-ancestor",
     .text = XT_PLACE,
     .spec = BY_PREFIX(XT_XPATH(
         "ancestor-or-self::d:Declaration and not(ancestor-or-self::ds:Signature)") XT_EXC)},
    {.name = "xpath-twice",
     .text = XT_PLACE,
     .spec = BY(XT_ENVELOPED XS_XPATH("not(ancestor-or-self::ds:Signature)") XT_EXC)},
    {.name = "filter-two",
     .text = XT_PLACE,
     .spec = BY_PREFIX(XT_FILTERS(XT_FILTER("intersect", "/d:Declaration")
                                      XT_FILTER("subtract", "//ds:Signature")) XT_EXC)},
    {.name = "filter-id",
     .text = XT_PLACE,
     .spec = BY_PREFIX(XT_FILTERS(XT_FILTER("intersect", "id('d')")) XS_ENVELOPED)},
    {.name = "base64-nested",
     .text = "@",
     .spec = {.cert = "signer",
              .refs = {XT_REF("#o", "<a></a>", XS_TRANSFORM(XS_DS "base64") XT_EXC)},
              .objects = "<ds:Object Id=\"o\">PGEvPg==</ds:Object>"}},
};

#define ALGORITHM(label, sig_, digest_)                                                            \
    {                                                                                              \
        .cert = (label), .sig = (sig_), .digest = (digest_), .refs = { XT_WHOLE }                  \
    }
#define DIGEST(digest_)                                                                            \
    ONE({.uri = "", .octets = XT_UNSIGNED, .transforms = XS_ENVELOPED, .digest = (digest_)})

static const struct form algorithms[] = {
    {.name = "ecdsa-p521",
     .text = XT_PLACE,
     .spec = ALGORITHM("signer-p521", SIG_ECDSA, DIGEST_SHA512)},
    {.name = "ecdsa-p256-sha512",
     .text = XT_PLACE,
     .spec = ALGORITHM("signer-p256", SIG_ECDSA, DIGEST_SHA512)},
    {.name = "ecdsa-p384-sha256",
     .text = XT_PLACE,
     .spec = ALGORITHM("signer-p384", SIG_ECDSA, DIGEST_SHA256)},
    {.name = "pss-sha384", .text = XT_PLACE, .spec = ALGORITHM("signer", SIG_PSS, DIGEST_SHA384)},
    {.name = "pss-sha512", .text = XT_PLACE, .spec = ALGORITHM("signer", SIG_PSS, DIGEST_SHA512)},
    {.name = "digest-sha384", .text = XT_PLACE, .spec = DIGEST(DIGEST_SHA384)},
    {.name = "digest-sha512", .text = XT_PLACE, .spec = DIGEST(DIGEST_SHA512)},
    {.name = "digest-sha3", .text = XT_PLACE, .spec = DIGEST(DIGEST_SHA3)},
};

static struct span encoded(const char *text, enum encoding encoding)
{
    struct buffer b;
    buffer_init(&b, 1 << 20);
    if (encoding == WITH_BOM) {
        buffer_str(&b, "\xef\xbb\xbf");
    }
    if (encoding == AS_IS || encoding == WITH_BOM) {
        buffer_str(&b, text);
        return gen_take(&b);
    }
    bool little = encoding == UTF16_LE;
    buffer_add(&b, little ? SPAN_LIT("\xff\xfe") : SPAN_LIT("\xfe\xff"));
    for (; *text; text++) { /* US-ASCII */
        buffer_add(&b, little ? span_make(text, 1) : SPAN_LIT("\0"));
        buffer_add(&b, little ? SPAN_LIT("\0") : span_make(text, 1));
    }
    return gen_take(&b);
}

static void write_forms(const char *dir, const struct form *forms, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct form *f = &forms[i];
        /* The place of the signature may come with the replacement. */
        const char *text = xml_replace(f->text, strchr(f->text, '@') ? NULL : f->from, f->to);
        text = xml_put(text, xml_sign(&f->spec));
        text = xml_replace(text, strchr(f->text, '@') ? f->from : NULL, f->to);
        gen_write(dir, gen_printf("xml/%s.xml", f->name), encoded(text, f->encoding));
    }
}

static void write_key_info(const char *dir, const char *name, const char *info)
{
    struct xml_spec spec = ONE(XT_WHOLE);
    spec.key_info = info;
    gen_write(dir, gen_printf("xml/%s.xml", name), span_str(xml_put(XT_PLACE, xml_sign(&spec))));
}

static const char *base64(struct span s)
{
    struct span text = gen_base64(s, 64);
    return gen_printf("%.*s", (int)text.n, (const char *)text.p);
}

/* KeyInfo as signers write it (XML Signature 1.1 4.5). */
static void write_key_infos(const char *dir)
{
    const struct issued *c = pki_find("signer");
    const char *own = xml_certificate("signer"), *sub = xml_certificate("subca"),
               *ca = xml_certificate("ca");
    static const char serial[] =
        "<ds:X509IssuerSerial><ds:X509IssuerName>CN=Example Sub-CA,C=IN</ds:X509IssuerName>"
        "<ds:X509SerialNumber>1</ds:X509SerialNumber></ds:X509IssuerSerial>";
    const char *ski = gen_printf("<ds:X509SKI>%s</ds:X509SKI>", base64(c->ski));
    write_key_info(dir, "key-full",
                   gen_printf("<ds:KeyInfo><ds:KeyName>ASHA VERMA</ds:KeyName><ds:X509Data>%s%s"
                              "<ds:X509SubjectName>CN=ASHA VERMA</ds:X509SubjectName>%s%s%s"
                              "</ds:X509Data></ds:KeyInfo>",
                              serial, ski, own, sub, ca));
    write_key_info(dir, "key-two-data",
                   gen_printf("<ds:KeyInfo><ds:X509Data>%s</ds:X509Data><ds:X509Data>%s%s"
                              "</ds:X509Data></ds:KeyInfo>",
                              sub, own, ca));
    write_key_info(dir, "key-ski",
                   gen_printf("<ds:KeyInfo><ds:X509Data>%s</ds:X509Data>"
                              "</ds:KeyInfo>",
                              ski));
    write_key_info(dir, "key-own-only",
                   gen_printf("<ds:KeyInfo><ds:X509Data>%s</ds:X509Data></ds:KeyInfo>", own));
    write_key_info(dir, "key-twice",
                   gen_printf("<ds:KeyInfo><ds:X509Data>%s%s%s%s</ds:X509Data></ds:KeyInfo>", own,
                              own, sub, ca));
    write_key_info(dir, "key-retrieval",
                   gen_printf("<ds:KeyInfo><ds:RetrievalMethod URI=\"http://example.invalid/c\">"
                              "</ds:RetrievalMethod><ds:X509Data>%s%s%s</ds:X509Data>"
                              "</ds:KeyInfo>",
                              own, sub, ca));
    write_key_info(dir, "key-lines",
                   gen_printf("\n<ds:KeyInfo>\n <ds:X509Data>\n  <ds:X509Certificate>\n%s</ds:"
                              "X509Certificate>\n %s%s</ds:X509Data></ds:KeyInfo>\n",
                              base64(c->der), sub, ca));
    write_key_info(dir, "key-der-value",
                   gen_printf("<ds:KeyInfo><k:DEREncodedKeyValue xmlns:k=\"http://www.w3.org/2009/"
                              "xmldsig11#\">%s</k:DEREncodedKeyValue></ds:KeyInfo>",
                              base64(key_spki(KEY_SIGNER))));
}

/* KeyInfo is signed too; a second person signs what the first has signed; a signed document stands
 * inside a signature. */
static void write_nested(const char *dir)
{
    char *info = xml_replace(xml_chain("signer"), "<ds:KeyInfo>", "<ds:KeyInfo Id=\"k\">");
    struct xml_spec bound =
        ONE(XT_WHOLE, XT_REF("#k", xml_replace(info, "KeyInfo", "KeyInfo" DS_SCOPE), XT_EXC));
    bound.key_info = info;
    gen_write(dir, "xml/key-signed.xml", span_str(xml_put(XT_PLACE, xml_sign(&bound))));

    struct xml_spec first = BY(XS_XPATH("not(ancestor-or-self::ds:Signature)") XT_EXC);
    first.id = "one";
    char *once = xml_put(XT_OPEN XT_BODY "@%%" XT_CLOSE, xml_sign(&first));
    struct xml_spec second = {.cert = "signer-second", .id = "two", .refs = {XT_WHOLE}};
    second.refs[0].octets = xml_replace(once, "%%", "");
    gen_write(dir, "xml/serial.xml", span_str(xml_replace(once, "%%", xml_sign(&second))));

    struct xml_spec inner = ONE(XT_BY_ID);
    inner.id = "inner";
    char *document = xml_put(XT_PLACE, xml_sign(&inner));
    struct xml_spec outer = {.cert = "signer-second", .id = "outer"};
    char *object = gen_printf("<ds:Object Id=\"o\">%s</ds:Object>", document);
    outer.objects = object;
    outer.refs[0] =
        (struct xml_ref)XT_REF("#o", xml_replace(object, "Object", "Object" DS_SCOPE), XT_INC);
    /* Below the outer signature ds is declared already. */
    outer.refs[0].octets =
        xml_replace(outer.refs[0].octets, "<ds:Signature" DS_SCOPE, "<ds:Signature");
    gen_write(dir, "xml/nested.xml", span_str(xml_sign(&outer)));
}

void samples_xmlforms(const char *dir)
{
    write_forms(dir, canonical, COUNT(canonical));
    write_forms(dir, references, COUNT(references));
    write_forms(dir, algorithms, COUNT(algorithms));
    write_key_infos(dir);
    write_nested(dir);
}
