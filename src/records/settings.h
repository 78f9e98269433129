/*
 * settings - what was last seen of the settings in files, so that a change of them can be noted in
 * the trail (office/intake/settings.c). The files count, not these rows.
 */
#ifndef RECORDS_SETTINGS_H
#define RECORDS_SETTINGS_H

#include "records/records.h"

/* An object; RECORDS_NONE: never seen. */
int setting_get(struct records *r, const char *name, json_t **out) WARN_UNUSED;

/* Inside a transaction. */
int setting_put(struct records *r, const char *name, const json_t *value) WARN_UNUSED;

#endif
