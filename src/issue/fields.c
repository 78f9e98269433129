/*
 * fields - see fields.h. The order of the rows is the order of the XML twin.
 *
 * Source: the fields of a certificate of the scheme (OM 05.03.2024); lengths are ours, so that a
 * certificate can be laid out.
 */
#include "issue/fields.h"

#include <stddef.h>

#define TEXT(k, lo, hi, fl)                                                                        \
    {                                                                                              \
        k, ISSUE_TEXT, lo, hi, fl, NULL, NULL, NULL                                                \
    }
#define CODE(k, lo, hi, fl)                                                                        \
    {                                                                                              \
        k, ISSUE_CODE, lo, hi, fl, NULL, NULL, NULL                                                \
    }
#define DATE(k)                                                                                    \
    {                                                                                              \
        k, ISSUE_DATE, 0, 0, 0, NULL, NULL, NULL                                                   \
    }
#define OBJECT(k, fl, table)                                                                       \
    {                                                                                              \
        k, ISSUE_OBJECT, 0, 0, fl, NULL, NULL, table                                               \
    }
#define OBJECTS(k, lo, hi, item, table)                                                            \
    {                                                                                              \
        k, ISSUE_OBJECTS, lo, hi, 0, NULL, item, table                                             \
    }
#define TEXTS(k, lo, hi, item)                                                                     \
    {                                                                                              \
        k, ISSUE_TEXTS, lo, hi, 0, NULL, item, NULL                                                \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, ISSUE_TEXT, 0, 0, 0, NULL, NULL, NULL                                                \
    }

static const struct issue_field body[] = {TEXT("name", 1, 120, 0), TEXT("name_hi", 1, 120, 0), END};

static const struct issue_field scheme[] = {TEXT("document", 1, 120, 0), DATE("issue"), END};

static const struct issue_field holder[] = {TEXT("name", 1, 160, 0), TEXT("name_hi", 1, 160, 0),
                                            TEXT("address", 1, 300, 0),
                                            TEXT("address_hi", 1, 300, ISSUE_OPTIONAL), END};

static const struct issue_field location[] = {TEXT("name", 1, 160, 0), TEXT("address", 1, 300, 0),
                                              TEXT("address_hi", 1, 300, ISSUE_OPTIONAL), END};

static const struct issue_field product[] = {TEXT("name", 1, 160, 0), TEXT("name_hi", 1, 160, 0),
                                             END};

static const struct issue_field model[] = {
    TEXT("model", 1, 120, 0),
    TEXT("hardware", 1, 120, 0),
    TEXT("firmware", 1, 120, 0),
    {"firmware_sha256", ISSUE_SHA256, 0, 0, 0, NULL, NULL, NULL},
    TEXT("soc", 1, 120, ISSUE_OPTIONAL),
    END};

static const struct issue_field report[] = {TEXT("number", 1, 80, 0), DATE("date"), END};

static const struct issue_field lab[] = {TEXT("name", 1, 160, 0),
                                         OBJECTS("reports", 1, 40, "report", report), END};

static const struct issue_field committee[] = {TEXT("meeting", 1, 80, 0), DATE("date"), END};

static const struct issue_field previous[] = {CODE("number", 3, 64, 0), DATE("valid_from"),
                                              DATE("valid_to"), END};

/* What was changed since the issue: R-VAL-4, or an error of ours. The body's decision (R-CHG-2). */
static const struct issue_field amendment[] = {
    {"number", ISSUE_NUMBER, 1, 999, 0, NULL, NULL, NULL},
    {"kind", ISSUE_WORD, 0, 0, 0, "amendment|correction", NULL, NULL},
    DATE("date"),
    TEXT("decision", 1, 120, 0),
    TEXT("en", 1, 500, 0),
    TEXT("hi", 1, 500, 0),
    END};

static const struct issue_field condition[] = {TEXT("en", 1, 500, 0), TEXT("hi", 1, 500, 0), END};

static const struct issue_field signatory[] = {TEXT("name", 1, 120, 0),
                                               TEXT("name_hi", 1, 120, 0),
                                               TEXT("designation", 1, 120, 0),
                                               TEXT("designation_hi", 1, 120, 0),
                                               TEXT("place", 1, 60, 0),
                                               TEXT("place_hi", 1, 60, 0),
                                               END};

const struct issue_field issue_fields[] = {
    {"schema", ISSUE_WORD, 0, 0, 0, "iotscs-certificate/1", NULL, NULL},
    CODE("number", 3, 64, ISSUE_OPTIONAL),
    OBJECT("body", 0, body),
    CODE("series", 1, 16, 0),
    {"level", ISSUE_NUMBER, 0, 9, 0, NULL, NULL, NULL},
    {"kind", ISSUE_WORD, 0, 0, 0, "fresh|recertification|major-change|amendment", NULL, NULL},
    OBJECT("scheme", 0, scheme),
    TEXTS("standards", 1, 20, "standard"),
    TEXT("registration", 1, 80, 0),
    OBJECT("holder", 0, holder),
    OBJECTS("locations", 1, 100, "location", location),
    TEXTS("brands", 0, 20, "brand"),
    OBJECT("product", 0, product),
    OBJECTS("models", 1, 1000, "row", model),
    OBJECT("lab", 0, lab),
    TEXT("assessor", 1, 120, 0),
    OBJECT("committee", ISSUE_NULLABLE, committee),
    DATE("issued_on"),
    DATE("valid_from"),
    DATE("valid_to"),
    OBJECT("previous", ISSUE_NULLABLE, previous),
    OBJECT("amendment", ISSUE_OPTIONAL, amendment),
    OBJECTS("conditions", 0, 20, "condition", condition),
    OBJECT("signatory", 0, signatory),
    {"url", ISSUE_URL, 12, 160, ISSUE_OPTIONAL, NULL, NULL, NULL},
    END};
