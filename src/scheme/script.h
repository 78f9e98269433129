/*
 * script - code points of a text and the scripts they belong to (Unicode blocks, ISO 15924).
 *
 * As much as the language detector needs: which of the scripts of India and its trade partners a
 * letter belongs to. What it does not do: normalise, break lines, know every script.
 */
#ifndef SCHEME_SCRIPT_H
#define SCHEME_SCRIPT_H

#include "base/span.h"

enum script {
    SCRIPT_NONE, /* digits, punctuation, spaces, symbols */
    SCRIPT_LATIN,
    SCRIPT_DEVANAGARI,
    SCRIPT_BENGALI,
    SCRIPT_GURMUKHI,
    SCRIPT_GUJARATI,
    SCRIPT_ODIA,
    SCRIPT_TAMIL,
    SCRIPT_TELUGU,
    SCRIPT_KANNADA,
    SCRIPT_MALAYALAM,
    SCRIPT_SINHALA,
    SCRIPT_THAI,
    SCRIPT_GREEK,
    SCRIPT_CYRILLIC,
    SCRIPT_HEBREW,
    SCRIPT_ARABIC,
    SCRIPT_HAN,
    SCRIPT_KANA,
    SCRIPT_HANGUL,
    SCRIPT_OTHER,
    SCRIPT_PRIVATE, /* private use: a font of its own */
    SCRIPT_COUNT
};

struct script_count {
    size_t seen; /* anything but spaces */
    size_t letters, latin, devanagari, private_use;
    size_t foreign; /* letters of all other scripts, but for single Greek letters */
    size_t by[SCRIPT_COUNT];
    enum script foreign_script; /* the most frequent one of these */
    enum script last;           /* of the character before */
};

/* The code point at the start of text (not empty), U+FFFD for a byte that is no UTF-8, and its
 * length. */
size_t script_next(struct span text, uint32_t *c);

enum script script_of(uint32_t c);
bool script_is_space(uint32_t c);

/* Counts; true for a letter (no combining sign, no digit). */
bool script_count(struct script_count *count, uint32_t c, enum script script);

/* A Latin letter, small, as UTF-8 in out[4]; returns its length. */
size_t script_lower(uint32_t c, char *out);

/* ISO 15924 of most letters, "Zyyy" without any. */
const char *script_code(const struct script_count *count);

/* The language usually written in a script other than Latin and Devanagari, "und" for several. */
const char *script_language(enum script script);

#endif
