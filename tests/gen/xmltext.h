/*
 * xmltext - pieces of XML text that the XML samples are put together from.
 */
#ifndef GEN_XMLTEXT_H
#define GEN_XMLTEXT_H

#include "xmlsign.h"

/* The document without a signature, in canonical form, and with the place for one. */
#define XT_NS       "urn:example:declaration"
#define XT_OPEN     "<Declaration xmlns=\"" XT_NS "\" Id=\"d\">"
#define XT_BODY     "<Device>EC-2100</Device><Firmware>4.7.2</Firmware>"
#define XT_CLOSE    "</Declaration>"
#define XT_UNSIGNED XT_OPEN XT_BODY XT_CLOSE
#define XT_PLACE    XT_OPEN XT_BODY "@" XT_CLOSE

#define XT_INC       XS_TRANSFORM(XS_INC)
#define XT_EXC       XS_TRANSFORM(XS_EXC)
#define XT_ENVELOPED XS_TRANSFORM(XS_DS "enveloped-signature")
#define XT_INC11     "http://www.w3.org/2006/12/xml-c14n11"
#define XT_WITH      "#WithComments"
#define XT_EXC_WITH  XS_EXC "WithComments"

/* XPath with prefixes d: (the document's) and ds:. */
#define XT_XPATH(text)                                                                             \
    "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath "          \
    "xmlns:d=\"" XT_NS "\">" text "</ds:XPath></ds:Transform>"
/* One XPath of Filter 2, and a transform of one or more of them. */
#define XT_FILTER(filter, text)                                                                    \
    "<f:XPath xmlns:d=\"" XT_NS "\" xmlns:f=\"http://www.w3.org/2002/06/xmldsig-filter2\" "        \
    "Filter=\"" filter "\">" text "</f:XPath>"
#define XT_FILTERS(list)                                                                           \
    "<ds:Transform Algorithm=\"http://www.w3.org/2002/06/xmldsig-filter2\">" list "</"             \
    "ds:Transform>"

/* The members of an xml_ref. */
#define XT_REF(uri_, octets_, transforms_)                                                         \
    {                                                                                              \
        .uri = (uri_), .octets = (octets_), .transforms = (transforms_)                            \
    }
#define XT_WHOLE XT_REF("", XT_UNSIGNED, XS_ENVELOPED)
#define XT_BY_ID XT_REF("#d", XT_UNSIGNED, XS_ENVELOPED)

#endif
