/*
 * number - whole numbers that people or programs write: of an option, a query, a field.
 */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits and nothing else (no sign, no blank, no end missing), from least to most, both not
 * negative. False, and *out as it was, for anything else and for NULL. */
bool number_read(const char *text, int64_t least, int64_t most, int64_t *out);

#endif
