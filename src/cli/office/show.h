/*
 * show - an answer on the terminal: lines of names and values, lists as aligned tables. No colour.
 */
#ifndef CLI_OFFICE_SHOW_H
#define CLI_OFFICE_SHOW_H

#include <jansson.h>
#include <stdio.h>

/* Returns 0, or -1: memory. */
int show_text(FILE *out, const json_t *value);

#endif
