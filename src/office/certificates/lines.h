/*
 * lines - lists of a certificate's data as officers write them: a line each, cells between '|'.
 */
#ifndef OFFICE_CERTIFICATES_LINES_H
#define OFFICE_CERTIFICATES_LINES_H

#include <stdbool.h>

#include <jansson.h>

/* All return new values; NULL: memory. */

/* Lines as a list of texts, without empty ones and without blanks around. */
json_t *lines_of(const char *text);

/* A list of texts as lines; of objects the members keys (NULL-terminated) with " | " between. Cells
 * at the end that are not there are left out. */
json_t *lines_text(const json_t *list, const char *const *keys);

/* Lines of cells as objects with those keys, the first `least` of which each line must have; a cell
 * that is empty is not there. *bad: the first line that is none, from 1; 0. */
json_t *lines_rows(const char *text, const char *const *keys, size_t least, size_t *bad);

/* Pairs {"en", "hi"} of lines in both languages. NULL with *uneven: they are not pairs. */
json_t *lines_pairs(const char *en, const char *hi, bool *uneven);

#endif
