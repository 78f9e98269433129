/*
 * letters - which characters a text on a certificate may have: those that a reader sees as they
 * are.
 *
 * A certificate is compared by eye, searched by exact model and signed as octets: two texts that
 * look the same must be the same. So no invisible characters (Default_Ignorable_Code_Point of
 * Unicode 15) but the joiners where Hindi needs them (The Unicode Standard 12.1, RFC 5892 A.1,
 * A.2), one kind of space, marks on letters only and few of them (UTS 39 5.4), no word in which
 * letters of two scripts look the same (UTS 39 5.1).
 * What it does not do: a word wholly of look-alikes is found only in what buyers type
 * (letters_typed); letters that the fonts lack are refused where the page is drawn (render/plan.c).
 */
#ifndef ISSUE_LETTERS_H
#define ISSUE_LETTERS_H

#include "base/span.h"

/* What is wrong, as the end of a sentence; NULL: nothing. text: printable (utf8_printable). */
const char *letters_wrong(struct span text);

/* The same of a model, a version: buyers compare and type them, so no letter or sign may be in it
 * that looks like one of a keyboard, alone or in company. */
const char *letters_typed(struct span text);

#endif
