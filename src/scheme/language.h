/*
 * language - in which language a document's text is written (R-LANG-1: Hindi or English only).
 *
 * Pure and without memory: text as pdftotext or a reader gives it, UTF-8, whatever is in it. It
 * counts letters by script, whole common words, and pieces of words of the languages that share a
 * script. It is a help for the officer and never refuses alone: only when sure does a result pass
 * without one. What it does not do: read pictures of text (OCR), translate.
 */
#ifndef SCHEME_LANGUAGE_H
#define SCHEME_LANGUAGE_H

#include "base/span.h"

enum language_class {
    LANGUAGE_UNKNOWN, /* nobody looked yet */
    LANGUAGE_ENGLISH,
    LANGUAGE_HINDI,
    LANGUAGE_BILINGUAL,   /* Hindi and English, both in running text */
    LANGUAGE_OTHER,       /* or partly another language: code and script say which */
    LANGUAGE_LEGACY_FONT, /* Kruti Dev and the like: Hindi to the eye, Latin gibberish as text */
    LANGUAGE_IMAGE_ONLY,  /* no text at all: a scan */
    LANGUAGE_TOO_LITTLE   /* too few letters to say (tables of numbers, a cover) */
};

struct language_result {
    enum language_class found;
    bool sure;          /* may pass R-LANG-1 without a person; otherwise an officer looks */
    int confidence;     /* 0..100 */
    const char *code;   /* BCP 47 of the main language ("en", "hi", "mr", "de", "ta"), "und" */
    const char *script; /* ISO 15924 of most letters ("Latn", "Deva", "Taml"), "Zyyy" for none */
    size_t letters, latin, devanagari, other; /* letters by script; other is the rest */
    const char *legacy_font;                  /* the font name that gave it away, or NULL */
};

/* fonts: names of the document's fonts as pdffonts prints them (NULL with count 0: not known). */
void language_detect(struct span text, const char *const *fonts, size_t font_count,
                     struct language_result *out);

/* "english", "hindi", "bilingual", "other", "legacy-font", "image-only", "too-little-text",
 * "unknown"; for records and JSON. */
const char *language_word(enum language_class c);
bool language_by_word(const char *word, enum language_class *out);

/* R-REG-2: the registration number stands in the text. Tolerates letter case, spaces, line breaks,
 * kinds of dashes and Devanagari digits; never inside a longer number or word. */
bool regnumber_find(struct span text, const char *number);

#endif
