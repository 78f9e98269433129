/*
 * strings - the words of the reports in English and Hindi, as data (strings.def).
 */
#ifndef REPORT_STRINGS_H
#define REPORT_STRINGS_H

#include "base/arena.h"
#include "report/render.h"

enum string_id {
#define STRING(id, en, hi) STR_##id,
#include "report/strings.def"
#undef STRING
    STRING_COUNT
};

/* The text in that language; {0}..{3} stand for arguments. */
const char *string_get(enum lang lang, enum string_id id);

/* The text with its arguments (const char *, ended by NULL), in the arena; NULL: no memory. */
const char *string_fill(struct arena *a, enum lang lang, enum string_id id, ...)
    __attribute__((sentinel)) WARN_UNUSED;

/* "en", "hi". */
const char *lang_code(enum lang lang);

#endif
