/*
 * language - English or Hindi for an answer (RFC 9110 12.5.4).
 */
#ifndef HTTP_LANGUAGE_H
#define HTTP_LANGUAGE_H

#include "report/render.h"

/* "en" or "hi"; false for another word. */
bool language_parse(const char *word, enum lang *out);

/* The better wanted of the two by an Accept-Language header; English when none is named. */
enum lang language_accept(const char *header);

#endif
