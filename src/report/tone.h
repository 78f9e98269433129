/*
 * tone - how good, doubtful and bad look: an icon and the class that colours.
 *
 * Neither stands alone: a word is always beside them (WCAG 2.1 1.4.1).
 */
#ifndef REPORT_TONE_H
#define REPORT_TONE_H

#include "report/html.h"

/* badness: 0 good, 1 care, 2 bad, the numbers of enum sp_verdict and enum sp_indication. */
void tone_icon(struct html *h, int badness);

/* " good", " care" or " bad", to be written inside a class attribute. */
void tone_class(struct html *h, int badness);

#endif
