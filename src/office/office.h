/*
 * office - the certification body's own settings, from DATA/office.json (an object; every member
 * may be absent). Rows in office/settings.def: name, default, range.
 *
 *   {"body_name": "STQC IoT Certification Body", "upload_bytes": 536870912}
 *
 * A member that is not known or not in its range is a mistake of the operator and said so.
 */
#ifndef OFFICE_OFFICE_H
#define OFFICE_OFFICE_H

#include <jansson.h>

#include "base/arena.h"

struct office {
#define SETTING_NUMBER(name, value, min, max, en) int64_t name;
#define SETTING_TRUTH(name, value, en)            bool name;
#define SETTING_TEXT(name, value, max, en)        const char *name;
#include "office/settings.def"
#undef SETTING_NUMBER
#undef SETTING_TRUTH
#undef SETTING_TEXT
    const char *trust; /* the trust directory given at the start; NULL: the program's own */
};

/* The defaults. */
void office_defaults(struct office *out);

/* Reads DATA/office.json where it is there; text lives in the arena. Returns 0, or -1 with a
 * sentence in why[OFFICE_WHY]. */
enum { OFFICE_WHY = 256 };
int office_read(struct arena *a, const char *data, struct office *out, char *why) WARN_UNUSED;

/* All settings as an object, for showing. NULL: memory. */
json_t *office_json(const struct office *o);

#endif
