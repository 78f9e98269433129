/*
 * scheme_data - the scheme's data on disk: closure lists, settings, required documents.
 *
 * Shipped in the trust directory (calendars/CSV files, scheme.json, required-documents.json); the
 * body's own in the data directory: calendars/ there adds to the shipped lists and overrides their
 * rows, scheme.json and required-documents.json there take the place of the shipped ones.
 * A file that is wrong is never passed over: nothing is loaded then.
 */
#ifndef TRUST_SCHEME_DATA_H
#define TRUST_SCHEME_DATA_H

#include "scheme/calendar.h"
#include "scheme/settings.h"

enum { SCHEME_DATA_ERROR = 512 };

struct scheme_data {
    struct calendar calendar;
    struct scheme_settings settings;
    struct scheme_required required;
};

/* data may be NULL, or a folder that is not there. 0: loaded; 1: a file is wrong or cannot be read,
 * one sentence in error; -1: memory. What out points to lives in the arena. */
int scheme_data_load(struct arena *a, const char *trust, const char *data, struct scheme_data *out,
                     char error[SCHEME_DATA_ERROR]) WARN_UNUSED;

/* The closure lists alone. */
int scheme_data_calendar(struct arena *a, const char *trust, const char *data, struct calendar *out,
                         char error[SCHEME_DATA_ERROR]) WARN_UNUSED;

/* The body's own closures, to add to them and write back: DATA/calendars/closures.csv. */
#define SCHEME_OWN_CLOSURES "closures.csv"
int scheme_data_own_closures(struct arena *a, const char *data, struct calendar *out,
                             char error[SCHEME_DATA_ERROR]) WARN_UNUSED;

#endif
