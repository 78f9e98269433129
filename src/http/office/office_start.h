/*
 * office_start - before the server serves: the records are opened and brought up to date, the first
 * person is made.
 */
#ifndef HTTP_OFFICE_OFFICE_START_H
#define HTTP_OFFICE_OFFICE_START_H

#include "http/settings.h"

/* Opens everything once. -1: all is well; else the exit code, and what is wrong was told. */
int office_start_check(const struct settings *s) WARN_UNUSED;

/* Where there is no person yet: makes the first one and tells its one-time password on standard
 * output. -1, or the exit code. */
int office_start_first(const struct settings *s) WARN_UNUSED;

#endif
