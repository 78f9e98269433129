/*
 * samples_xmlforged - XML signatures that must not be accepted: wrapped, redirected, emptied,
 * exchanged, downgraded, moved or cut.
 *
 * Positions of wrapping after McIntosh and Austel, XML Signature Element Wrapping Attacks (2005),
 * and Somorovsky et al., On Breaking SAML (2012). In most of them the signature itself is the good
 * one that the signer made; what is around it is the forger's.
 */
#include <string.h>

#include "samples.h"
#include "xmltext.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct forged {
    const char *name;
    /* "@": the signature; "{O}": the good document; "{D}": the same without its signature. */
    const char *text;
    struct xml_spec spec;
    const char *change[2][2]; /* after signing: from, to */
};

#define ONE(...)                                                                                   \
    {                                                                                              \
        .cert = "signer", .refs = { __VA_ARGS__ }                                                  \
    }
#define WHOLE          ONE(XT_WHOLE)
#define BY(transforms) ONE(XT_REF("", XT_UNSIGNED, transforms))
/* With prefixes in the transforms: ds:SignedInfo in inclusive form. */
#define BY_PREFIX(octets, transforms)                                                              \
    {                                                                                              \
        .cert = "signer", .canonical = XS_INC,                                                     \
        .scope = " xmlns=\"" XT_NS "\" xmlns:ds=\"" XS_DS "\"", .refs = {                          \
            XT_REF("", octets, transforms)                                                         \
        }                                                                                          \
    }
#define EVIL_BODY           "<Device>EC-9999</Device><Firmware>6.6.6</Firmware>"
#define EVIL(inside)        "<Declaration xmlns=\"" XT_NS "\">" EVIL_BODY inside XT_CLOSE
#define EVIL_ID(id, inside) "<Declaration xmlns=\"" XT_NS "\" " id ">" EVIL_BODY inside XT_CLOSE
#define END                 "</ds:Signature>"
#define INFO                "<ds:KeyInfo>"
#define DATA                "<ds:X509Data>"

/* The signature is over "#d", the root; the root is no longer the root. */
#define WRAP(name_, text_)                                                                         \
    {                                                                                              \
        .name = "wrap-" name_, .text = (text_), .spec = ONE(XT_BY_ID)                              \
    }
#define WRAP_IN(name_, text_, from, to)                                                            \
    {                                                                                              \
        .name = "wrap-" name_, .text = (text_), .spec = ONE(XT_BY_ID), .change = { {from, to} }    \
    }

static const struct forged wrapped[] = {
    WRAP("behind", "<w>" EVIL("") "{O}</w>"),
    WRAP("before", "<w>{O}" EVIL("") "</w>"),
    WRAP("child-last", EVIL("{O}")),
    WRAP("child-first", "<Declaration xmlns=\"" XT_NS "\">{O}" EVIL_BODY XT_CLOSE),
    WRAP("deep", EVIL("<x><y><z>{O}</z></y></x>")),
    WRAP("extension", EVIL("<e:Extension xmlns:e=\"urn:e\">{D}</e:Extension>@")),
    WRAP("signature-beside", "<w>" EVIL("@") "{D}</w>"),
    WRAP("signature-above", "<w>@" EVIL("") "{D}</w>"),
    WRAP_IN("object", EVIL("@"), END, "<ds:Object>{D}</ds:Object>" END),
    WRAP_IN("object-of-root", "@", END,
            "<ds:Object>{D}</ds:Object><ds:Object>" EVIL("") "</ds:Object>" END),
    WRAP_IN("key-info", EVIL("@"), INFO, INFO "{D}"),
    WRAP_IN("x509-data", EVIL("@"), DATA, DATA "{D}"),
    WRAP_IN("properties", EVIL("@"), END,
            "<ds:Object><ds:SignatureProperties><ds:SignatureProperty Target=\"#sig\">{D}"
            "</ds:SignatureProperty></ds:SignatureProperties></ds:Object>" END),
    WRAP_IN("manifest", EVIL("@"), END,
            "<ds:Object><ds:Manifest>{D}</ds:Manifest></ds:Object>" END),
    WRAP_IN("unsigned-properties", EVIL("@"), END,
            "<ds:Object><q:QualifyingProperties xmlns:q=\"" XS_XADES "\" Target=\"#sig\">"
            "<q:UnsignedProperties><q:UnsignedDataObjectProperties><q:"
            "UnsignedDataObjectProperty>{D}</q:UnsignedDataObjectProperty>"
            "</q:UnsignedDataObjectProperties></q:UnsignedProperties></q:QualifyingProperties>"
            "</ds:Object>" END),
    WRAP("other-signature",
         EVIL("@<ds:Signature xmlns:ds=\"" XS_DS "\"><ds:Object>{D}</ds:Object></ds:Signature>")),
    WRAP_IN("signature-value", EVIL("@"), "</ds:SignatureValue>", "{D}</ds:SignatureValue>"),
    WRAP_IN("signed-info", EVIL("@"), "</ds:SignedInfo>", "{D}</ds:SignedInfo>"),
    WRAP_IN("transform", EVIL("@"), "</ds:Transforms>",
            "<ds:Transform Algorithm=\"" XS_EXC "\">{D}</ds:Transform></ds:Transforms>"),
    /* The Id twice. */
    WRAP("id-before", "<w>" EVIL_ID("Id=\"d\"", "") "{O}</w>"),
    WRAP("id-after", "<w>{O}" EVIL_ID("Id=\"d\"", "") "</w>"),
    WRAP("id-around", EVIL_ID("Id=\"d\"", "{O}")),
    WRAP_IN("id-object", EVIL_ID("Id=\"d\"", "@"), END, "<ds:Object>{D}</ds:Object>" END),
    WRAP_IN("id-object-itself", EVIL("@"), END, "<ds:Object Id=\"d\">{D}</ds:Object>" END),
    WRAP("id-upper", EVIL_ID("ID=\"d\"", "{O}")),
    WRAP("id-lower", EVIL_ID("id=\"d\"", "{O}")),
    WRAP("id-xml", EVIL_ID("xml:id=\"d\"", "{O}")),
    WRAP("id-xml-blank", EVIL_ID("xml:id=\" d \"", "{O}")),
    WRAP("id-wsu",
         EVIL_ID("xmlns:u=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-"
                 "utility-1.0.xsd\" u:Id=\"d\"",
                 "{O}")),
    WRAP("id-assertion", EVIL_ID("AssertionID=\"d\"", "{O}")),
    WRAP("id-reference", EVIL_ID("Id=\"&#100;\"", "{O}")),
    WRAP("id-blank", EVIL_ID("Id=\" d\"", "{O}")),
    WRAP("id-unusual", EVIL_ID("iD=\"d\"", "{O}")),
    {.name = "wrap-pointer",
     .text = EVIL_ID("Id=\"d\"", "{O}"),
     .spec = ONE(XT_REF("#xpointer(id('d'))", XT_UNSIGNED, XS_ENVELOPED))},
    {.name = "wrap-filter-id",
     .text = EVIL("{O}"),
     .spec = BY_PREFIX(XT_UNSIGNED, XT_FILTERS(XT_FILTER("intersect", "id('d')")) XS_ENVELOPED)},
    {.name = "wrap-filter-any",
     .text = "<w>" EVIL("") "{O}</w>",
     .spec = BY_PREFIX(XT_UNSIGNED, XT_FILTERS(XT_FILTER("intersect", "//d:Declaration[@Id='d']"))
                                        XS_ENVELOPED)},
};

/* References that lead nowhere, or to nothing that counts. */
static const struct forged redirected[] = {
    {.name = "ref-none", .text = XT_PLACE, .spec = {.cert = "signer"}},
    {.name = "ref-empty-name",
     .text = XT_PLACE,
     .spec = ONE(XT_REF("#", XT_UNSIGNED, XS_ENVELOPED))},
    {.name = "ref-gone", .text = XT_PLACE, .spec = ONE(XT_BY_ID), .change = {{"Id=\"d\"", ""}}},
    {.name = "ref-second-gone",
     .text = XT_PLACE,
     .spec = ONE(XT_WHOLE, XT_REF("#gone", "", XT_EXC))},
    {.name = "ref-second-bad",
     .text = XT_PLACE,
     .spec = ONE(XT_WHOLE, XT_REF("#d", "another", XS_ENVELOPED))},
    {.name = "ref-itself", .text = XT_PLACE, .spec = ONE(XT_REF("#sig", "", XS_ENVELOPED))},
    {.name = "ref-own-info",
     .text = XT_PLACE,
     .spec = ONE(XT_REF("#i", "", XT_EXC)),
     .change = {{"<ds:SignedInfo>", "<ds:SignedInfo Id=\"i\">"}}},
    {.name = "ref-empty-object",
     .text = XT_PLACE,
     .spec = ONE(XT_REF("#o", "<ds:Object xmlns:ds=\"" XS_DS "\" Id=\"o\"></ds:Object>", XT_EXC)),
     .change = {{END, "<ds:Object Id=\"o\"></ds:Object>" END}}},
    {.name = "ref-only-properties",
     .text = XT_PLACE,
     .spec = {.cert = "signer", .xades = &(const struct xades_spec){.digest = DIGEST_SHA256}}},
    {.name = "ref-local-file",
     .text = XT_PLACE,
     .spec = ONE(XT_REF("file:///etc/passwd", XT_UNSIGNED, NULL))},
    {.name = "ref-network",
     .text = XT_PLACE,
     .spec = ONE(XT_REF("http://127.0.0.1:9/a.xml", XT_UNSIGNED, NULL))},
    {.name = "ref-folder-up",
     .text = XT_PLACE,
     .spec = ONE(XT_REF("../../a.xml", XT_UNSIGNED, NULL))},
    {.name = "ref-pointer-path",
     .text = XT_PLACE,
     .spec = ONE(XT_REF("#xpointer(//*[@Id='d'])", XT_UNSIGNED, XS_ENVELOPED))},
    {.name = "ref-pointer-parent",
     .text = XT_PLACE,
     .spec = ONE(XT_REF("#xpointer(id('d')/..)", XT_UNSIGNED, XS_ENVELOPED))},
    {.name = "ref-element-scheme",
     .text = XT_PLACE,
     .spec = ONE(XT_REF("#element(/1)", XT_UNSIGNED, XS_ENVELOPED))},
    {.name = "ref-manifest-elsewhere",
     .text = XT_PLACE,
     .spec = ONE({.uri = "",
                  .octets = XT_UNSIGNED,
                  .transforms = XS_ENVELOPED,
                  .attributes = " Type=\"" XS_DS "Manifest\""})},
};

#define XSLT                                                                                       \
    "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"><x:stylesheet "       \
    "xmlns:x=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"><x:template match=\"/\">"    \
    "<x:text>same</x:text></x:template></x:stylesheet></ds:Transform>"
#define TEN(x) x x x x x x x x x x

static const struct forged transformed[] = {
    {.name = "transform-xslt", .text = XT_PLACE, .spec = ONE(XT_REF("", "same", XSLT))},
    {.name = "transform-unknown", .text = XT_PLACE, .spec = BY(XS_TRANSFORM("urn:example:show"))},
    {.name = "transform-decrypt",
     .text = XT_PLACE,
     .spec = BY(XS_TRANSFORM("http://www.w3.org/2002/07/decrypt#XML"))},
    {.name = "transform-many", .text = XT_PLACE, .spec = BY(TEN(XT_ENVELOPED) XT_EXC)},
    {.name = "transform-no-name",
     .text = XT_PLACE,
     .spec = BY(XT_ENVELOPED "<ds:Transform></ds:Transform>")},
    {.name = "transform-relationship",
     .text = XT_PLACE,
     .spec =
         BY(XS_TRANSFORM("http://schemas.openxmlformats.org/package/2006/RelationshipTransform"))},
    {.name = "xpath-one-out",
     .text = XT_PLACE,
     .spec = BY_PREFIX(XT_OPEN "<Device>EC-2100</Device>" XT_CLOSE,
                       XT_ENVELOPED XT_XPATH("not(ancestor-or-self::d:Firmware)") XT_EXC),
     .change = {{"4.7.2", "6.6.6"}}},
    {.name = "xpath-all-out",
     .text = XT_PLACE,
     .spec = BY_PREFIX("", XT_XPATH("not(ancestor-or-self::d:Declaration)"))},
    {.name = "xpath-one-kept",
     .text = XT_PLACE,
     .spec = BY_PREFIX("<Device xmlns=\"" XT_NS "\">EC-2100</Device>",
                       XT_XPATH("ancestor-or-self::d:Device") XT_EXC),
     .change = {{"4.7.2", "6.6.6"}}},
    {.name = "xpath-false", .text = XT_PLACE, .spec = ONE(XT_REF("", "", XS_XPATH("1=2")))},
    {.name = "xpath-nobody",
     .text = XT_PLACE,
     .spec = ONE(XT_REF("", "", XS_XPATH("self::nobody")))},
    {.name = "xpath-count",
     .text = XT_PLACE,
     .spec = ONE(XT_REF("", "",
                        XS_XPATH("count(ancestor-or-self::ds:Object | here()/ancestor::"
                                 "ds:Signature[1]) &gt; count(ancestor-or-self::ds:Signature)")))},
    /* The prefix of an XPath is not signed in exclusive form: here the forger has given it another
     * meaning, and its element another content. */
    {.name = "xpath-prefix",
     .text = XT_OPEN XT_BODY "<Note xmlns=\"urn:note\">none</Note>@" XT_CLOSE,
     .spec = {.cert = "signer",
              .attributes = " xmlns:n=\"urn:note\"",
              .refs = {XT_REF("", XT_UNSIGNED,
                              XT_ENVELOPED XS_XPATH("not(ancestor-or-self::n:Note)") XT_EXC)}},
     .change = {{"<Note xmlns=\"urn:note\">none</Note>", "<Note xmlns=\"urn:evil\">6.6.6</Note>"},
                {" xmlns:n=\"urn:note\"", " xmlns:n=\"urn:evil\""}}},
    {.name = "filter-all-out",
     .text = XT_PLACE,
     .spec = BY_PREFIX("", XT_FILTERS(XT_FILTER("subtract", "/d:Declaration")))},
    {.name = "filter-one-out",
     .text = XT_PLACE,
     .spec = BY_PREFIX(XT_OPEN "<Device>EC-2100</Device>" XT_CLOSE,
                       XT_FILTERS(XT_FILTER("subtract", "//d:Firmware")) XS_ENVELOPED),
     .change = {{"4.7.2", "6.6.6"}}},
    {.name = "filter-one-kept",
     .text = XT_PLACE,
     .spec = BY_PREFIX("<Device xmlns=\"" XT_NS "\">EC-2100</Device>",
                       XT_FILTERS(XT_FILTER("intersect", "/d:Declaration/d:Device")) XT_EXC),
     .change = {{"4.7.2", "6.6.6"}}},
    {.name = "filter-none-kept",
     .text = XT_PLACE,
     .spec = BY_PREFIX("", XT_FILTERS(XT_FILTER("intersect", "//d:Nothing")))},
    {.name = "filter-back-again",
     .text = XT_PLACE,
     .spec = BY_PREFIX(XT_UNSIGNED, XT_FILTERS(XT_FILTER("subtract", "/d:Declaration")
                                                   XT_FILTER("union", "/d:Declaration")))},
    /* base64 sees the text alone: the elements around it can be any. */
    {.name = "base64-elements",
     .text = "<a><good>ZGVj</good><b>bGFy</b>@</a>",
     .spec = ONE(XT_REF("", "declar", XT_ENVELOPED XS_TRANSFORM(XS_DS "base64"))),
     .change = {{"<good>ZGVj</good>", "<evil>ZGVj</evil>"}}},
    {.name = "comments-swapped",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{XS_EXC "\"></ds:Transform>", XT_EXC_WITH "\"></ds:Transform>"}}},
    {.name = "info-method-swapped",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"Method Algorithm=\"" XS_EXC, "Method Algorithm=\"" XS_INC}}},
    {.name = "info-method-unknown",
     .text = XT_PLACE,
     .spec = {.cert = "signer", .canonical = "urn:example:form", .refs = {XT_WHOLE}}},
    {.name = "info-method-base64",
     .text = XT_PLACE,
     .spec = {.cert = "signer", .canonical = XS_DS "base64", .refs = {XT_WHOLE}}},
};

#define RSA_METHOD "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
#define METHOD(cert_, sig_, digest_, method_)                                                      \
    {                                                                                              \
        .cert = (cert_), .sig = (sig_), .digest = (digest_), .method = (method_), .refs = {        \
            XT_WHOLE                                                                               \
        }                                                                                          \
    }
#define VALUE(cert_, sig_, flags_)                                                                 \
    {                                                                                              \
        .cert = (cert_), .sig = (sig_), .refs = {XT_WHOLE}, .flags = (flags_)                      \
    }

static const struct forged algorithms[] = {
    {.name = "mac-sha256",
     .text = XT_PLACE,
     .spec = METHOD("signer", SIG_RSA, DIGEST_SHA256,
                    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")},
    {.name = "mac-truncated",
     .text = XT_PLACE,
     .spec = {.cert = "signer",
              .method = XS_DS "hmac-sha1",
              .parameter = "<ds:HMACOutputLength>1</ds:HMACOutputLength>",
              .refs = {XT_WHOLE}}},
    {.name = "mac-swapped",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{RSA_METHOD, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"}}},
    {.name = "method-none",
     .text = XT_PLACE,
     .spec = METHOD("signer", SIG_RSA, DIGEST_SHA256, "http://www.w3.org/2000/09/xmldsig#none")},
    {.name = "method-empty",
     .text = XT_PLACE,
     .spec = METHOD("signer", SIG_RSA, DIGEST_SHA256, "")},
    {.name = "method-md5",
     .text = XT_PLACE,
     .spec = {.cert = "signer", .digest = DIGEST_MD5, .refs = {XT_WHOLE}}},
    {.name = "method-other-digest",
     .text = XT_PLACE,
     .spec = METHOD("signer", SIG_RSA, DIGEST_SHA512, RSA_METHOD)},
    {.name = "method-other-padding",
     .text = XT_PLACE,
     .spec = METHOD("signer", SIG_PSS, DIGEST_SHA256, RSA_METHOD)},
    {.name = "method-other-kind",
     .text = XT_PLACE,
     .spec = METHOD("signer", SIG_RSA, DIGEST_SHA256,
                    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256")},
    {.name = "digest-downgraded",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256",
                 "DigestMethod Algorithm=\"" XS_DS "sha1"}}},
    {.name = "digest-garbage",
     .text = XT_PLACE,
     .spec =
         ONE({.uri = "", .octets = XT_UNSIGNED, .transforms = XS_ENVELOPED, .digest_value = "!"})},
    {.name = "digest-empty",
     .text = XT_PLACE,
     .spec =
         ONE({.uri = "", .octets = XT_UNSIGNED, .transforms = XS_ENVELOPED, .digest_value = ""})},
    {.name = "digest-short",
     .text = XT_PLACE,
     .spec = ONE(
         {.uri = "", .octets = XT_UNSIGNED, .transforms = XS_ENVELOPED, .digest_value = "AA=="})},
    {.name = "ecdsa-zero",
     .text = XT_PLACE,
     .spec = VALUE("signer-p256", SIG_ECDSA, XS_ZERO_VALUE)},
    {.name = "ecdsa-short",
     .text = XT_PLACE,
     .spec = VALUE("signer-p256", SIG_ECDSA, XS_SHORT_VALUE)},
    {.name = "ecdsa-long",
     .text = XT_PLACE,
     .spec = VALUE("signer-p256", SIG_ECDSA, XS_LONG_VALUE)},
    {.name = "rsa-zero", .text = XT_PLACE, .spec = VALUE("signer", SIG_RSA, XS_ZERO_VALUE)},
    {.name = "rsa-short", .text = XT_PLACE, .spec = VALUE("signer", SIG_RSA, XS_SHORT_VALUE)},
    {.name = "rsa-long", .text = XT_PLACE, .spec = VALUE("signer", SIG_RSA, XS_LONG_VALUE)},
    {.name = "ed25519-short",
     .text = XT_PLACE,
     .spec = VALUE("signer-ed25519", SIG_ED25519, XS_SHORT_VALUE)},
};

/* Certificates and keys: spec.key_info names the certificate that is put in. */
static const struct forged exchanged[] = {
    {.name = "cert-same-name",
     .text = XT_PLACE,
     .spec = {.cert = "signer", .refs = {XT_WHOLE}, .key_info = "signer-foreign"}},
    {.name = "cert-same-key-self",
     .text = XT_PLACE,
     .spec = {.cert = "signer", .refs = {XT_WHOLE}, .key_info = "signer-self"}},
    {.name = "cert-other-person",
     .text = XT_PLACE,
     .spec = {.cert = "signer", .refs = {XT_WHOLE}, .key_info = "signer-second"}},
    {.name = "cert-encryption",
     .text = XT_PLACE,
     .spec = {.cert = "signer", .refs = {XT_WHOLE}, .key_info = "signer-encryption"}},
    {.name = "cert-of-ca",
     .text = XT_PLACE,
     .spec = {.cert = "signer", .refs = {XT_WHOLE}, .key_info = "subca"}},
    {.name = "cert-xades-same-key",
     .text = XT_PLACE,
     .spec = {.cert = "signer",
              .refs = {XT_WHOLE},
              .key_info = "signer-no-nonrep",
              .xades = &(const struct xades_spec){.digest = DIGEST_SHA256}}},
};

#define XADES(...)                                                                                 \
    {                                                                                              \
        .cert = "signer", .refs = {XT_WHOLE}, .xades = &(const struct xades_spec)                  \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define SP_END "</xades:SignedProperties>"
#define QP     "<xades:QualifyingProperties xmlns:xades=\"" XS_XADES "\" Target=\"#sig\">"
#define QP_END "</xades:QualifyingProperties>"
#define FAKE_SP(id)                                                                                \
    "<xades:SignedProperties Id=\"" id "\"><xades:SignedSignatureProperties><xades:SigningTime>"   \
    "2020-01-01T00:00:00Z</xades:SigningTime></xades:SignedSignatureProperties>" SP_END

static const struct forged properties[] = {
    {.name = "properties-before",
     .text = XT_PLACE,
     .spec = XADES(.digest = DIGEST_SHA256),
     .change = {{QP, QP FAKE_SP("fake")}}},
    {.name = "properties-same-id",
     .text = XT_PLACE,
     .spec = XADES(.digest = DIGEST_SHA256),
     .change = {{QP, QP FAKE_SP("sig-sp")}}},
    {.name = "properties-behind",
     .text = XT_PLACE,
     .spec = XADES(.digest = DIGEST_SHA256),
     .change = {{QP_END, FAKE_SP("fake") QP_END}}},
    {.name = "properties-no-target",
     .text = XT_PLACE,
     .spec = XADES(.digest = DIGEST_SHA256),
     .change = {{" Target=\"#sig\"", ""}}},
    {.name = "properties-no-sig-id",
     .text = XT_PLACE,
     .spec = XADES(.digest = DIGEST_SHA256),
     .change = {{" Id=\"sig\"", ""}}},
    {.name = "properties-bare",
     .text = XT_PLACE,
     .spec = XADES(.digest = DIGEST_SHA256),
     .change = {{QP, ""}, {QP_END, ""}}},
    {.name = "properties-moved",
     .text = XT_PLACE,
     .spec = XADES(.digest = DIGEST_SHA256),
     .change = {{"<ds:Object>" QP,
                 "<ds:Object>" QP FAKE_SP("fake") QP_END "</ds:Object><ds:Object>" QP}}},
    {.name = "properties-time",
     .text = XT_PLACE,
     .spec = XADES(.digest = DIGEST_SHA256),
     .change = {{"SigningTime>2026-11-21T05", "SigningTime>2026-11-20T05"}}},
    {.name = "properties-two-certificates",
     .text = XT_PLACE,
     .spec = XADES(.named = "signer-second")},
    {.name = "stamp-other",
     .text = XT_PLACE,
     .spec = XADES(.when = -11 * DAY, .stamp = &(const struct tst_spec){.tsa = "tsa",
                                                                        .when = -10 * DAY,
                                                                        .flags = TST_BAD_IMPRINT})},
    {.name = "stamp-broken",
     .text = XT_PLACE,
     .spec = XADES(.when = -11 * DAY, .stamp = &(const struct tst_spec){.tsa = "tsa",
                                                                        .when = -10 * DAY,
                                                                        .flags = TST_BAD_VALUE})},
};

#define PROPERTY(text)                                                                             \
    "<ds:Object><ds:SignatureProperties><ds:SignatureProperty Target=\"#sig\">" text               \
    "</ds:SignatureProperty></ds:SignatureProperties></ds:Object>"
#define SENTENCE "Withdrawn on 1 December, see the new letter."
#define OWN(name_, from, to)                                                                       \
    {                                                                                              \
        .name = "own-" name_, .text = XT_PLACE, .spec = XADES(.digest = DIGEST_SHA256),            \
        .change = {                                                                                \
            {from, to}                                                                             \
        }                                                                                          \
    }
#define ROLE                                                                                       \
    "<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:SignerRoleV2>"            \
    "<xades:ClaimedRoles><xades:ClaimedRole>" SENTENCE "</xades:ClaimedRole></xades:ClaimedRoles>" \
    "</xades:SignerRoleV2></xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
#define CERT_END     "</ds:X509Data>"
#define LIST         "<l:Relationships xmlns:l=\"" NS_LIST "\">"
#define NS_TRANSFORM "http://schemas.openxmlformats.org/package/2006/RelationshipTransform"
#define NS_LIST      "http://schemas.openxmlformats.org/package/2006/relationships"

/* Sentences among the parts of the signature itself, which no digest is over. */
static const struct forged within[] = {
    OWN("property", END, PROPERTY(SENTENCE) END),
    OWN("unknown", END, "<ds:Object><ds:Note>" SENTENCE "</ds:Note></ds:Object>" END),
    OWN("manifest", END,
        "<ds:Object><ds:Manifest><ds:Reference>" SENTENCE "</ds:Reference></ds:Manifest>"
        "</ds:Object>" END),
    OWN("key-info", INFO, INFO SENTENCE),
    OWN("key-name", INFO, INFO "<ds:KeyName>" SENTENCE " " SENTENCE "</ds:KeyName>"),
    OWN("key-name-short", INFO, INFO "<ds:KeyName>Void from 1 December</ds:KeyName>"),
    OWN("key-name-id", INFO, INFO "<ds:KeyName>urn:example:keys/signing-key-1.pem</ds:KeyName>"),
    OWN("key-name-of-signer", INFO, INFO "<ds:KeyName>Asha Verma</ds:KeyName>"),
    OWN("subject-name", CERT_END,
        "<ds:X509SubjectName>CN=ASHA VERMA, O=" SENTENCE "</ds:X509SubjectName>" CERT_END),
    OWN("subject-same", CERT_END,
        "<ds:X509SubjectName>/C=IN/CN=Asha Verma</ds:X509SubjectName>" CERT_END),
    OWN("key-name-object", END, "<ds:Object><ds:KeyName>Void</ds:KeyName></ds:Object>" END),
    OWN("management", INFO, INFO "<ds:MgmtData>" SENTENCE "</ds:MgmtData>"),
    OWN("subject", CERT_END, "<ds:X509SubjectName>" SENTENCE "</ds:X509SubjectName>" CERT_END),
    OWN("certificate", CERT_END, "<ds:X509Certificate>" SENTENCE "</ds:X509Certificate>" CERT_END),
    OWN("certificate-words", CERT_END,
        "<ds:X509Certificate>Withdrawn\non\nthe\nfirst\nof\nDecember\nsee\nthe\nnew\nletter\nthat\n"
        "we\nsent\nyou</ds:X509Certificate>" CERT_END),
    OWN("role", QP_END, ROLE QP_END),
    OWN("attribute", INFO, "<ds:KeyInfo note=\"" SENTENCE "\">"),
    OWN("attribute-signature", " Id=\"sig\"", " Id=\"sig\" note=\"void\""),
    OWN("attribute-type", END, "<ds:Object MimeType=\"" SENTENCE "\"></ds:Object>" END),
    /* A comment is no content, but it is told. */
    OWN("comment", END, "<!-- " SENTENCE " -->" END),
    {.name = "own-comment-beside", .text = XT_PLACE "<!-- " SENTENCE " -->", .spec = ONE(XT_BY_ID)},
    /* base64 and chosen relationships are over a part of their element. */
    {.name = "own-base64-attribute",
     .text = "@",
     .spec = {.cert = "signer",
              .refs = {XT_REF("#o", "declaration", XS_TRANSFORM(XS_DS "base64"))},
              .objects = "<ds:Object Id=\"o\" note=\"" SENTENCE "\">ZGVjbGFyYXRpb24=</ds:Object>"}},
    {.name = "own-base64-instruction",
     .text = "@",
     .spec = {.cert = "signer",
              .refs = {XT_REF("#o", "declaration", XS_TRANSFORM(XS_DS "base64"))},
              .objects = "<ds:Object Id=\"o\"><?show evil?>ZGVjbGFyYXRpb24=</ds:Object>"}},
    {.name = "own-relationships",
     .text = LIST SENTENCE "@</l:Relationships>",
     .spec = ONE(XT_REF("", "<Relationships xmlns=\"" NS_LIST "\"></Relationships>",
                        XS_ENVELOPED XS_TRANSFORM(NS_TRANSFORM)))},
};

static const struct forged texts[] = {
    {.name = "comment-first",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"EC-2100", "<!-- -->EC-2100"}}},
    {.name = "comment-last",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"EC-2100", "EC-2100<!-- 6.6.6 -->"}}},
    {.name = "comment-pointer",
     .text = XT_PLACE,
     .spec = ONE(XT_REF("#xpointer(/)", XT_UNSIGNED, XS_ENVELOPED)),
     .change = {{"EC-2100", "EC<!-- -->-2100"}}},
    {.name = "comment-cdata",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"EC-2100", "<![CDATA[EC]]><!-- --><![CDATA[-2100]]>"}}},
    {.name = "instruction-in-text",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"EC-2100", "EC<?x?>-2100"}}},
    {.name = "instruction-before",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{XT_OPEN, "<?xml-stylesheet href=\"evil.xsl\"?>" XT_OPEN}}},
    {.name = "instruction-before-id",
     .text = XT_PLACE,
     .spec = ONE(XT_BY_ID),
     .change = {{XT_OPEN, "<?xml-stylesheet href=\"evil.xsl\"?>" XT_OPEN}}},
    {.name = "instruction-in-signature",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{END, "<?show evil?>" END}}},
    {.name = "cdata-markup",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"<Device>EC-2100</Device>", "<![CDATA[<Device>EC-2100</Device>]]>"}}},
    {.name = "white-space",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"<Device>", "\n <Device>"}}},
    {.name = "namespace-changed",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"<Firmware>", "<Firmware xmlns=\"urn:evil\">"}}},
    {.name = "namespace-removed",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"<Firmware>", "<Firmware xmlns=\"\">"}}},
    {.name = "attribute-added",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"<Firmware>", "<Firmware a=\"\">"}}},
    {.name = "similar-letters",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"EC-2100", "ЕС-2100"}}},
    {.name = "payload-own-object",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{END, "<ds:Object>6.6.6</ds:Object>" END}}},
    {.name = "payload-own-text", .text = XT_PLACE, .spec = WHOLE, .change = {{END, "6.6.6" END}}},
    {.name = "structure-info-before",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"<ds:SignedInfo>", "<ds:SignedInfo></ds:SignedInfo><ds:SignedInfo>"}}},
    {.name = "structure-info-behind",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"</ds:SignedInfo>", "</ds:SignedInfo><ds:SignedInfo></ds:SignedInfo>"}}},
    {.name = "structure-info-last",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{END, "<ds:SignedInfo></ds:SignedInfo>" END}}},
    {.name = "structure-info-text",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"<ds:SignedInfo>", "<ds:SignedInfo>6.6.6"}}},
    {.name = "structure-info-junk",
     .text = XT_PLACE,
     .spec = {.cert = "signer", .refs = {XT_WHOLE}, .info_end = "<ds:Junk></ds:Junk>"}},
    {.name = "structure-value-twice",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"<ds:SignatureValue>",
                 "<ds:SignatureValue>AAAA</ds:SignatureValue><ds:SignatureValue>"}}},
    {.name = "structure-value-empty",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"<ds:SignatureValue>", "<ds:SignatureValue></ds:SignatureValue><ds:x>"},
                {"</ds:SignatureValue><ds:KeyInfo>", "</ds:x><ds:KeyInfo>"}}},
    {.name = "structure-digest-twice",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"<ds:DigestValue>", "<ds:DigestValue>AAAA</ds:DigestValue><ds:DigestValue>"}}},
    {.name = "structure-no-namespace",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"xmlns:ds=\"" XS_DS "\"", "xmlns:ds=\"" XS_DS "2\""}}},
    {.name = "two-roots", .text = XT_PLACE EVIL(""), .spec = WHOLE},
    {.name = "text-behind", .text = XT_PLACE "6.6.6", .spec = WHOLE},
    {.name = "undeclared-entity",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"EC-2100", "&evil;"}}},
    {.name = "undeclared-prefix",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"<Device>EC-2100</Device>", "<x:Device>EC-2100</x:Device>"}}},
    {.name = "bad-utf8", .text = XT_PLACE, .spec = WHOLE, .change = {{"EC-2100", "\xc0\xaf"}}},
    {.name = "second-declaration",
     .text = XT_PLACE,
     .spec = WHOLE,
     .change = {{"<Device>", "<?xml version=\"1.0\"?><Device>"}}},
    {.name = "version-2.0", .text = "<?xml version=\"2.0\"?>" XT_PLACE "\x01", .spec = WHOLE},
    {.name = "utf7", .text = "<?xml version=\"1.0\" encoding=\"UTF-7\"?>" XT_PLACE, .spec = WHOLE},
    {.name = "doctype-default",
     .text = "<!DOCTYPE Declaration [<!ATTLIST Declaration Id ID \"d\">]>" XT_PLACE,
     .spec = ONE(XT_BY_ID),
     .change = {{" Id=\"d\">", ">"}}},
    {.name = "doctype-bomb",
     .text = "<!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;\">"
             "<!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;\">]>" XT_PLACE,
     .spec = WHOLE,
     .change = {{"EC-2100", "&d;"}}},
    {.name = "doctype-parameter",
     .text = "<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://127.0.0.1:9/evil.dtd\">%p;]>" XT_PLACE,
     .spec = WHOLE},
};

static const char *fill(const char *text, const struct xml_spec *spec)
{
    char *signature = xml_sign(spec), *original = xml_put(XT_PLACE, signature);
    text = strchr(text, '@') ? xml_put(text, signature) : text;
    return xml_replace(text, strstr(text, "{O}") ? "{O}" : NULL, original);
}

static void write_all(const char *dir, const struct forged *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct xml_spec spec = list[i].spec;
        if (spec.key_info) {
            spec.key_info = xml_chain(spec.key_info);
        }
        const char *text = fill(list[i].text, &spec);
        for (size_t k = 0; k < 2; k++) {
            text = xml_replace(text, list[i].change[k][0], list[i].change[k][1]);
        }
        text = xml_replace(text, strstr(text, "{D}") ? "{D}" : NULL, XT_UNSIGNED);
        gen_write(dir, gen_printf("xml-forged/%s.xml", list[i].name), span_str(text));
    }
}

/* Ends too early, or does not end: libxml2 takes U+0000 for the end. */
static void write_cut(const char *dir)
{
    struct xml_spec spec = WHOLE;
    struct span whole = span_str(xml_put(XT_PLACE, xml_sign(&spec))), wide = SPAN_LIT("\xff\xfe");
    gen_write(dir, "xml-forged/cut-half.xml", span_sub(whole, 0, whole.n / 2));
    gen_write(dir, "xml-forged/cut-one.xml", span_sub(whole, 0, whole.n - 1));
    gen_write(dir, "xml-forged/zero-behind.xml", CAT(whole, SPAN_LIT("\0" EVIL(""))));
    for (size_t i = 0; i < whole.n; i++) {
        wide = CAT(wide, span_sub(whole, i, 1), SPAN_LIT("\0"));
    }
    gen_write(dir, "xml-forged/zero-behind-utf16.xml", CAT(wide, SPAN_LIT("\0\0<\0a\0/\0>\0")));
}

/* A manifest is signed, but not all of what it lists is there, or as it was. */
static void write_manifest(const char *dir, const char *name, const char *uri, const char *octets)
{
    struct span digest = gen_base64(digest_of(DIGEST_SHA256, span_str(octets)), 1000);
    char *manifest = gen_printf(
        "<ds:Manifest xmlns:ds=\"" XS_DS "\" Id=\"m\"><ds:Reference URI=\"%s\">%s<ds:DigestMethod "
        "Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod><ds:DigestValue>"
        "%.*s</ds:DigestValue></ds:Reference></ds:Manifest>",
        uri, *uri == '#' ? "<ds:Transforms>" XS_ENVELOPED "</ds:Transforms>" : "",
        (int)digest.n - 1, (const char *)digest.p);
    struct xml_spec spec = ONE(XT_REF("#m", manifest, XT_EXC));
    spec.objects = gen_printf("<ds:Object>%s</ds:Object>", manifest);
    gen_write(dir, gen_printf("xml-forged/%s.xml", name),
              span_str(xml_put(XT_PLACE, xml_sign(&spec))));
}

/* Signed by two: the second signature is over a document that the forger made. */
static void write_two(const char *dir)
{
    struct xml_spec good = ONE(XT_BY_ID);
    struct xml_spec own = {
        .cert = "signer-self", .id = "own", .refs = {XT_REF("", "?", XS_ENVELOPED)}};
    char *original = xml_put(XT_PLACE, xml_sign(&good));
    own.key_info = xml_chain("signer-self");
    own.refs[0].octets =
        xml_replace(EVIL("{O}"), "{O}", xml_replace(original, " xmlns=\"" XT_NS "\" Id", " Id"));
    gen_write(
        dir, "xml-forged/two-signers.xml",
        span_str(xml_replace(EVIL("{O}@"), "{O}@", gen_printf("%s%s", original, xml_sign(&own)))));
}

void samples_xmlforged(const char *dir)
{
    write_all(dir, wrapped, COUNT(wrapped));
    write_all(dir, redirected, COUNT(redirected));
    write_all(dir, transformed, COUNT(transformed));
    write_all(dir, algorithms, COUNT(algorithms));
    write_all(dir, exchanged, COUNT(exchanged));
    write_all(dir, properties, COUNT(properties));
    write_all(dir, within, COUNT(within));
    write_all(dir, texts, COUNT(texts));
    write_cut(dir);
    write_manifest(dir, "manifest-gone", "#gone", XT_UNSIGNED);
    write_manifest(dir, "manifest-other", "#d", "another document");
    write_manifest(dir, "manifest-outside", "a.xml", "another document");
    write_two(dir);
}
