/*
 * tidy - text as people paste it, made the text they mean.
 *
 * What is copied from a PDF, a spreadsheet or a mail has spaces that are not the usual one, blanks
 * at its ends and characters that are not seen. Two texts that look the same are to be the same:
 * they are compared by eye, found by search and printed on certificates. Only what nobody can miss
 * is changed; what could mean something is left for others to refuse (issue/letters.h).
 * The Unicode Standard 15: Space_Separator, Default_Ignorable_Code_Point; 12.1 and RFC 5892 A.1,
 * A.2 for the joiners that Hindi needs. What it does not do: normalisation forms (UAX 15).
 */
#ifndef BASE_TIDY_H
#define BASE_TIDY_H

#include "base/buffer.h"

/* One line: a run of blanks of any kind is one space, and none at the ends. Line breaks stay. */
void tidy_line(struct buffer *out, struct span text);

/* Lines: blanks of any kind are spaces, but none at the end of a line; line breaks are LF; no empty
 * lines at the beginning and the end. */
void tidy_lines(struct buffer *out, struct span text);

/* Without any blank: a number, a code, a hash. Digits of Devanagari become those of ASCII. */
void tidy_code(struct buffer *out, struct span text);

/* Looks like a space, and is not U+0020. */
bool tidy_is_space(uint32_t c);

/* A joiner between these two says how letters of Devanagari join. */
bool tidy_joins(uint32_t before, uint32_t after);

#endif
