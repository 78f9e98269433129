/*
 * organisation - whether two names mean the same organisation.
 *
 * For the holder of a certificate against an applicant, the issuer of a report against a list. What
 * it does not do: know that firms were renamed; transliterate.
 */
#ifndef POLICY_ORGANISATION_H
#define POLICY_ORGANISATION_H

#include "base/span.h"

/* The words are the same, in any order, but for letter case, punctuation, full-width letters,
 * legal forms (Pvt, Private, Ltd, Limited, LLP, GmbH, ...) and fillers (M/s, the, and). A name
 * without any other word matches nothing; NULL is such a name. */
bool organisation_match(const char *a, const char *b);

#endif
