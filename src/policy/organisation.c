/*
 * organisation - see organisation.h.
 */
#include "policy/organisation.h"

#include <stdlib.h>

enum { WORDS_MAX = 24, KEY_MAX = 1024 };

/* The words of a name; text holds them one behind the other. */
struct name_key {
    char text[KEY_MAX];
    size_t used, from;
    struct span words[WORDS_MAX];
    size_t count;
    unsigned forms; /* legal forms that it names, one bit each; "private" alone is none */
    bool full;      /* too long to compare */
};

/* Legal forms and fillers that differ between a certificate and an application form. */
static bool is_filler(struct span word)
{
    static const char *const fillers[] = {
        "pvt",  "private", "ltd", "limited", "llp",    "inc",    "incorporated", "co",  "company",
        "the",  "ms",      "and", "corp",    "gmbh",   "plc",    "llc",          "opc", "srl",
        "sarl", "spa",     "bv",  "nv",      "प्राइवेट", "लिमिटेड", "corporation"};
    for (size_t i = 0; i < sizeof fillers / sizeof *fillers; i++) {
        if (span_eq(span_str(fillers[i]), word)) {
            return true;
        }
    }
    return false;
}

/* Alpha LLP and Alpha Private Limited are two legal persons (LLP Act 2008 s. 3, Companies Act 2013
 * s. 4); a name without its form may be either. */
static unsigned form_of(struct span word)
{
    static const char *const forms[][4] = {{"ltd", "limited", "लिमिटेड"},
                                           {"llp"},
                                           {"inc", "incorporated", "corp", "corporation"},
                                           {"gmbh"},
                                           {"plc"},
                                           {"llc"},
                                           {"srl", "sarl"},
                                           {"spa"},
                                           {"bv"},
                                           {"nv"}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        for (size_t k = 0; k < 4 && forms[i][k]; k++) {
            if (span_eq(span_str(forms[i][k]), word)) {
                return 1u << i;
            }
        }
    }
    return 0;
}

static bool has_word(const struct name_key *k, struct span word)
{
    for (size_t i = 0; i < k->count; i++) {
        if (span_eq(k->words[i], word)) {
            return true;
        }
    }
    return false;
}

static void end_word(struct name_key *k)
{
    struct span word = span_make(k->text + k->from, k->used - k->from);
    k->forms |= form_of(word);
    if (word.n && !is_filler(word) && !has_word(k, word)) {
        if (k->count == WORDS_MAX) {
            k->full = true;
            return;
        }
        k->words[k->count++] = word;
    }
    k->from = k->used;
}

static void add_byte(struct name_key *k, uint8_t c)
{
    if (k->used == KEY_MAX) {
        k->full = true;
    } else {
        k->text[k->used++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
}

/* Full-width forms (U+FF01..FF5E) as ASCII, no-break spaces as spaces, capitals of Latin-1 small:
 * one character of name; returns how many bytes it takes there. */
static size_t fold(const uint8_t *p, uint8_t *c)
{
    *c = p[0];
    if (p[0] == 0xef && (p[1] == 0xbc || p[1] == 0xbd) && (p[2] & 0xc0) == 0x80) {
        unsigned code = 0xf000u | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
        if (code >= 0xff01 && code <= 0xff5e) {
            *c = (uint8_t)(code - 0xff01 + '!');
            return 3;
        }
    }
    if (p[0] == 0xc2 && p[1] == 0xa0) {
        *c = ' ';
        return 2;
    }
    return 1;
}

static bool is_alnum(uint8_t c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void make_key(const char *name, struct name_key *k)
{
    const uint8_t *p = (const uint8_t *)(name ? name : "");
    uint8_t c;
    *k = (struct name_key){0};
    while (*p && !k->full) {
        bool latin1 = p[0] == 0xc3 && p[1] >= 0x80 && p[1] <= 0x9e && p[1] != 0x97;
        size_t n = fold(p, &c);
        if (latin1) {
            add_byte(k, 0xc3);
            add_byte(k, (uint8_t)(p[1] + 0x20));
            n = 2;
        } else if (is_alnum(c)) {
            add_byte(k, c);
        } else if (c <= ' ' || strchr(",()-&", c)) {
            end_word(k);
        }
        p += n;
    }
    end_word(k);
}

static int by_bytes(const void *a, const void *b)
{
    return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

bool organisation_match(const char *a, const char *b)
{
    struct name_key x, y;
    make_key(a, &x);
    make_key(b, &y);
    if (x.full || y.full || x.count == 0 || x.count != y.count ||
        (x.forms && y.forms && !(x.forms & y.forms))) {
        return false;
    }
    qsort(x.words, x.count, sizeof *x.words, by_bytes);
    qsort(y.words, y.count, sizeof *y.words, by_bytes);
    for (size_t i = 0; i < x.count; i++) {
        if (!span_eq(x.words[i], y.words[i])) {
            return false;
        }
    }
    return true;
}
