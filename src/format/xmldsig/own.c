/*
 * own - what may stand in a ds:Signature without being signed: values, certificates, names of keys
 * (XML Signature 1.1 clauses 4.2, 4.5 and 5, EN 319 132-1 clause 5 and annex A).
 *
 * A sentence for people is none of these. Who opens the file reads it as a part of the document,
 * so where it stands in a signature the signature is not over all that is read. What this does not
 * do: say whether a value is the right one.
 */
#include "format/xmldsig/internal.h"

enum {
    LINE_MIN = 16, /* base64 in shorter lines may be words, one below the other */
    DER_MIN = 64,  /* no certificate, list, answer or token is shorter */
    NAME_MAX_OCTETS = 64,
    DN_MAX = 2048,
    TOKEN_MAX = 256
};

enum own_text { OWN_OCTETS, OWN_DER, OWN_NUMBER, OWN_DN, OWN_KEY_NAME, OWN_TOKEN };

struct own_element {
    const char *name;
    enum own_text holds;
};

static const struct own_element elements[] = {
    {"SignatureValue", OWN_OCTETS},
    {"DigestValue", OWN_OCTETS},
    {"Modulus", OWN_OCTETS},
    {"Exponent", OWN_OCTETS},
    {"P", OWN_OCTETS},
    {"Q", OWN_OCTETS},
    {"G", OWN_OCTETS},
    {"Y", OWN_OCTETS},
    {"J", OWN_OCTETS},
    {"Seed", OWN_OCTETS},
    {"PgenCounter", OWN_OCTETS},
    {"PublicKey", OWN_OCTETS},
    {"X509SKI", OWN_OCTETS},
    {"X509Digest", OWN_OCTETS},
    {"ByKey", OWN_OCTETS},
    {"IssuerSerialV2", OWN_OCTETS},
    {"DEREncodedKeyValue", OWN_DER},
    {"X509Certificate", OWN_DER},
    {"X509CRL", OWN_DER},
    {"OCSPResponse", OWN_DER},
    {"EncapsulatedPKIData", OWN_DER},
    {"EncapsulatedX509Certificate", OWN_DER},
    {"EncapsulatedCRLValue", OWN_DER},
    {"EncapsulatedOCSPValue", OWN_DER},
    {"EncapsulatedTimeStamp", OWN_DER},
    {"SignaturePolicyDocument", OWN_DER},
    {"SigPolDocLocalURI", OWN_TOKEN},
    {"X509SerialNumber", OWN_NUMBER},
    {"IssueTime", OWN_NUMBER},
    {"ProducedAt", OWN_NUMBER},
    {"Number", OWN_NUMBER},
    {"SigningTime", OWN_NUMBER},
    {"X509SubjectName", OWN_DN},
    {"X509IssuerName", OWN_DN},
    {"Issuer", OWN_DN},
    {"ByName", OWN_DN},
    {"KeyName", OWN_KEY_NAME},
    {"Identifier", OWN_TOKEN},
    {"XPath", OWN_TOKEN},
};

static bool is_base64(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=';
}

/* Lines of base64, none but the last of them short; `least` characters in all. */
static bool is_octets(const char *s, size_t least)
{
    size_t all = 0;
    for (size_t line = 0; *s; all += line) {
        s += strspn(s, " \t\r\n");
        for (line = 0; is_base64(s[line]); line++) {
        }
        s += line;
        size_t blanks = strspn(s, " \t\r"), more = strspn(s, " \t\r\n");
        bool last = s[more] == '\0';
        if (!last && (line < LINE_MIN || s[blanks] != '\n')) {
            /* CR alone, as &#13; without a line feed, ends no line of a program that writes it. */
            return false;
        }
    }
    return all >= least;
}

static bool is_token(const char *s, size_t most)
{
    size_t n = strlen(s);
    return n <= most && s[strcspn(s, " \t\r\n")] == '\0';
}

static bool is_number(const char *s)
{
    return s[strspn(s, "0123456789-+:.TZ \t\r\n")] == '\0';
}

/* CN=Asha Rao, O=..., in any of the ways in which programs write it. */
static bool is_dn(const char *s)
{
    const char *type = s + strspn(s, " \t\r\n/");
    size_t n = strcspn(type, "= \t\r\n,;");
    return strlen(s) <= DN_MAX && n > 0 && type[n + strspn(type + n, " \t")] == '=';
}

static bool text_fits(enum own_text holds, const char *s)
{
    switch (holds) {
    case OWN_OCTETS:
        return is_octets(s, 0);
    case OWN_DER:
        return is_octets(s, DER_MIN);
    case OWN_NUMBER:
        return is_number(s);
    case OWN_DN:
        return is_dn(s);
    case OWN_KEY_NAME: /* often the signer's name (at most 64 characters, RFC 5280 A.1) */
        return strlen(s) <= NAME_MAX_OCTETS || is_dn(s) || is_token(s, TOKEN_MAX);
    case OWN_TOKEN:
        return is_token(s, TOKEN_MAX);
    }
    return false;
}

bool xd_own_text(const xmlNode *n)
{
    const char *s = n->content ? (const char *)n->content : "";
    if (!s[strspn(s, " \t\r\n")]) {
        return true;
    }
    const char *name = (const char *)n->parent->name;
    bool key = xml_is(n->parent->parent, NS_DS, "KeyInfo");
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        if (strcmp(name, elements[i].name) == 0) {
            return (key || elements[i].holds != OWN_KEY_NAME) && text_fits(elements[i].holds, s);
        }
    }
    return false;
}

bool xd_own_attributes(const xmlNode *element)
{
    static const char *const names[] = {"Id",
                                        "ID",
                                        "id",
                                        "Algorithm",
                                        "URI",
                                        "Type",
                                        "Target",
                                        "MimeType",
                                        "Encoding",
                                        "Filter",
                                        "ObjectReference",
                                        "Qualifier",
                                        "referencedData",
                                        NULL};
    static const char xsi[] = "http://www.w3.org/2001/XMLSchema-instance";
    for (const xmlAttr *at = element->properties; at; at = at->next) {
        const char *ns = at->ns ? (const char *)at->ns->href : NULL;
        bool known = ns && (strcmp(ns, xsi) == 0 || strcmp(ns, NS_WSU) == 0 ||
                            strcmp(ns, (const char *)XML_XML_NAMESPACE) == 0);
        for (size_t i = 0; !ns && names[i]; i++) {
            known = known || strcmp((const char *)at->name, names[i]) == 0;
        }
        bool schema = ns && strcmp(ns, xsi) == 0;
        if (!known || (!schema && !is_token(xml_attr_value(at), TOKEN_MAX))) {
            return false;
        }
    }
    return true;
}
