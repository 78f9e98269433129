/*
 * fields - the form of a certificate's data as tables: what keys there are, and what each may hold.
 *
 * One description for the check (check.c) and the XML twin (xml.c); certs/certificate.schema.json
 * and certs/certificate.xsd say the same for others, and the tests hold them side by side.
 */
#ifndef ISSUE_FIELDS_H
#define ISSUE_FIELDS_H

#include <stdbool.h>

enum issue_kind {
    ISSUE_TEXT,    /* min..max characters, printable, no space at either end */
    ISSUE_CODE,    /* as a number of a certificate: capitals, digits and - in parts split by '/' */
    ISSUE_DATE,    /* YYYY-MM-DD, a day of the calendar */
    ISSUE_NUMBER,  /* a whole number min..max */
    ISSUE_SHA256,  /* 64 hexadecimal digits, lower case */
    ISSUE_WORD,    /* one of words, separated by '|' */
    ISSUE_URL,     /* https://, no fragment, no space */
    ISSUE_OBJECT,  /* of */
    ISSUE_OBJECTS, /* a list of min..max objects, of; item: the element of each in XML */
    ISSUE_TEXTS    /* a list of min..max texts; item as above */
};

enum { ISSUE_OPTIONAL = 1, ISSUE_NULLABLE = 2, ISSUE_TEXTS_MAX = 200, ISSUE_DEPTH = 4 };

struct issue_field {
    const char *key; /* NULL: the last row */
    enum issue_kind kind;
    int min, max;
    unsigned flags;
    const char *words, *item;
    const struct issue_field *of;
};

extern const struct issue_field issue_fields[];

#endif
