/*
 * given - whether a setting stands in DATA/office.json, for settings whose default depends on the
 * records: office.c.
 */
#ifndef OFFICE_GIVEN_H
#define OFFICE_GIVEN_H

#include <stdbool.h>

/* False also when there is no such file, or it is none: office_read says so. */
bool office_given(const char *data, const char *name);

#endif
