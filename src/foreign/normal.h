/*
 * normal - text of registers in the one form in which it is compared (Unicode UAX #15, UTS #39).
 *
 * NFKC with case folding, diacritics of Latin letters folded, Devanagari digits as ASCII ones,
 * every dash '-', every apostrophe the ASCII one, every run of white space one blank, what is
 * invisible left out. What could make a reader see something else than what is compared
 * (directional overrides, digits in circles or above the line, digits of other scripts) becomes
 * U+FFFD, which equals nothing. It is not for showing.
 */
#ifndef FOREIGN_NORMAL_H
#define FOREIGN_NORMAL_H

#include "base/arena.h"

/* U+FFFD in UTF-8. */
#define NORMAL_POISON "\xef\xbf\xbd"

/* Once per process, before children are forked: loads ICU's tables. Returns 0 or -1. */
int normal_init(void) WARN_UNUSED;

/* The folded text, without blanks at its ends; NULL: memory. Bytes that are no UTF-8 are U+FFFD. */
const char *normal_fold(struct arena *a, struct span text) WARN_UNUSED;

/* A number as it is compared: folded, and each run of blanks and dashes one '-'; blanks around the
 * other separators gone. NULL: memory. */
const char *normal_number(struct arena *a, struct span text) WARN_UNUSED;

/* The words of a folded text: runs of letters, digits and marks. Returns how many; at most max. */
size_t normal_words(const char *folded, struct span *words, size_t max);

/* A byte of a folded text that may belong to a word: an ASCII letter or digit, or not ASCII. */
bool normal_is_word(uint8_t c);

/* The visible characters of a UTF-8 text (blanks do not count). */
size_t normal_visible(struct span text);

#endif
