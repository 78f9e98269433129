/*
 * match - an address against a template: "/api/v1/applications/{application}".
 */
#ifndef HTTP_OFFICE_MATCH_H
#define HTTP_OFFICE_MATCH_H

#include <jansson.h>

#include "base/span.h"

/* How many segments are the template's own words, or -1: it does not fit. values: an object that
 * gets the segments in braces as text; NULL: not wanted. A value is never empty. */
int match_path(const char *template, const char *url, json_t *values);

#endif
