/*
 * dkim_check - the DKIM signatures of a mail (RFC 6376, 8301, 8463), by libopendkim.
 *
 * Stricter than the RFC where a signature decides something: the whole body is signed, the key has
 * 1024 bits or more, SHA-256, the key is no test key. Only signatures that may speak for the From
 * domain are checked at all; their keys are given, or wanted: nothing is looked up here.
 */
#ifndef FOREIGN_MAIL_DKIM_CHECK_H
#define FOREIGN_MAIL_DKIM_CHECK_H

#include "foreign/mail/head.h"

enum { MAIL_DKIM_MAX = 8, MAIL_KEY_NAME = 320 };

/* A key that was looked up: the DNS server's answer. */
struct mail_key {
    const char *name; /* SELECTOR._domainkey.DOMAIN */
    bool unavailable; /* nobody answered: it may be there */
    struct span answer;
};

enum dkim_outcome {
    DKIM_PASSED,
    DKIM_FAILED,      /* why says what is wrong */
    DKIM_WEAK,        /* it holds, and does not count */
    DKIM_OTHER,       /* of a domain that cannot speak for the From domain: not checked */
    DKIM_WANTED,      /* its key is not at hand */
    DKIM_UNAVAILABLE, /* its key could not be looked up just now */
    DKIM_OUTCOMES
};

/* Header lines that the signature covers, and which are there once. */
enum dkim_covered {
    DKIM_COVERS_TO = 1,
    DKIM_COVERS_CC = 2,
    DKIM_COVERS_REFERENCES = 4,
    DKIM_COVERS_IN_REPLY_TO = 8,
    DKIM_COVERS_TYPE = 16,    /* Content-Type: covered, or not there */
    DKIM_COVERS_ENCODING = 32 /* Content-Transfer-Encoding: likewise */
};

struct mail_dkim {
    const char *domain, *selector, *algorithm;
    char key_name[MAIL_KEY_NAME];
    unsigned bits, covered;
    enum dkim_outcome outcome;
    const char *why;        /* NULL when it passed */
    const char *key_record; /* NULL: none */
    bool secure;            /* DNSSEC */
};

struct mail_dkims {
    struct mail_dkim items[MAIL_DKIM_MAX];
    size_t count;
    bool too_many;
};

struct mail_keys {
    const struct mail_key *items;
    size_t count;
};

/* Once per process, before a sandbox is entered. 0 or -1. */
int mail_dkim_warm(void) WARN_UNUSED;

/* from: the From domain; organisation: a domain below which each may speak for it, or NULL. Returns
 * 0, or -1: memory. */
int mail_dkim_check(struct arena *a, const struct mail_head *h, const char *from,
                    const char *organisation, const struct mail_keys *keys, int64_t now,
                    struct mail_dkims *out) WARN_UNUSED;

#endif
