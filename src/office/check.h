/*
 * check - the rules of the scheme about one application, from the records and the scheme's data.
 */
#ifndef OFFICE_CHECK_H
#define OFFICE_CHECK_H

#include "office/office.h"
#include "records/records.h"
#include "scheme/rules.h"
#include "trust/scheme_data.h"

/* The closures, settings and required documents as they are on the disk now. 0; 1: a file is wrong,
 * a sentence in why; -1: memory. */
int check_data(struct arena *a, const struct office *o, const char *data, struct scheme_data *out,
               char why[SCHEME_DATA_ERROR]) WARN_UNUSED;

/* What the rules need to judge the application (a row of application_get) today; facts is filled.
 * 0, or a code of records.h. */
int check_input(struct arena *a, struct records *r, const json_t *application,
                const struct scheme_data *data, int64_t now, struct scheme_facts *facts,
                struct scheme_input *out) WARN_UNUSED;

#endif
