/*
 * profile - issuers as data: domains, forms of addresses, names of labels, order of dates, mail
 * domains (facts: trust/issuers/README.md, schema satyapan-issuer/1).
 *
 * A profile is read strictly: a key that is unknown, a domain that is a public suffix, an address
 * outside of the domains are mistakes, each named with its place. Whether a profile is approved is
 * not in it; the certification body's records say so, and hand approved ones to the check.
 */
#ifndef FOREIGN_PROFILE_H
#define FOREIGN_PROFILE_H

#include <jansson.h>

#include "base/arena.h"

/* What a label names. */
enum label_class {
    LABEL_OTHER,
    LABEL_NUMBER,
    LABEL_HOLDER,
    LABEL_MAKER,  /* counts as holder where no holder is named */
    LABEL_ISSUER, /* who issued it, where a register holds certificates of several */
    LABEL_PRODUCT,
    LABEL_STANDARD,
    LABEL_STATUS,
    LABEL_ISSUED,
    LABEL_EXPIRES,
    LABEL_VALIDITY, /* from - to */
    LABEL_CLASSES
};

enum date_order { DATE_ORDER_NONE, DATE_DMY, DATE_MDY, DATE_YMD };

enum { PROFILE_LIST_MAX = 64, PROFILE_TEXT_MAX = 512, PROFILE_WHY = 300 };

struct profile_list {
    const char *items[PROFILE_LIST_MAX];
    size_t count;
};

struct profile {
    const char *id, *name, *name_hi, *country;
    struct profile_list names;   /* all it is called by: name, name_hi, aliases, accreditation */
    struct profile_list domains; /* registrable domains, A-labels */
    struct profile_list hosts;   /* empty: every host of the domains */
    struct profile_list mail_domains;  /* hosts mails come from, A-labels */
    bool mail_below[PROFILE_LIST_MAX]; /* of each: those below it belong to the issuer, too */
    bool several;                      /* the register holds certificates of other bodies */
    struct profile_list issuer_values, issuer_names; /* pairs: as a record has it, a name for it */
    struct profile_list templates; /* https URLs with {number} or {id}, or none: a list */
    struct profile_list ignored;   /* names of query parameters that change nothing */
    struct profile_list labels[LABEL_CLASSES];       /* folded; beside the general ones */
    struct profile_list valid_words, blocking_words; /* folded; status words of this register */
    enum date_order date_order;
    int pause_ms;        /* between two requests to a domain of it */
    const char *answers; /* page, list, json, pdf, blocked, javascript, paid */
};

/* Reads one profile. Returns 0, 1 with one sentence in why (it is not one), or -1: memory. */
int profile_read(struct arena *a, const json_t *value, struct profile *out,
                 char why[PROFILE_WHY]) WARN_UNUSED;

/* The same from the bytes of a file, which hold nothing else. */
int profile_parse(struct arena *a, struct span bytes, struct profile *out,
                  char why[PROFILE_WHY]) WARN_UNUSED;

bool profile_lists(const struct profile_list *list, const char *text);

/* How an address fits the profile. */
enum address_fit {
    ADDRESS_OUTSIDE, /* none of its forms */
    ADDRESS_NUMBER,  /* holds the number, which is in *value as it stands there, decoded */
    ADDRESS_ID,      /* holds a name of the register's own */
    ADDRESS_LIST     /* one of the register's pages that hold many */
};

struct address_match {
    enum address_fit fit;
    const char *form;
    size_t start, end; /* of the value in the URL, as it stands there */
    const char *value; /* decoded */
    bool in_query;
};

/* url: as it was asked for, of https; the fragment does not count. Returns 0 or -1 (memory). */
int profile_address(struct arena *a, const struct profile *p, const char *url,
                    struct address_match *out) WARN_UNUSED;

/* The address with another value in its place; NULL: memory. */
const char *profile_address_with(struct arena *a, const char *url, const struct address_match *m,
                                 const char *value) WARN_UNUSED;

/* The class of a label: a general one or one of the profile's (may be NULL). folded: by
 * normal_fold, without a colon at its end. */
enum label_class profile_label(const struct profile *p, const char *folded);

#endif
