/*
 * head - the header lines of an answer, one by one, into the fields that matter (RFC 9110, 9112).
 *
 * Pure. A value too long for its field is left out: cut, it would be another one. It does not count
 * lines or bytes (hop.c does).
 */
#ifndef NET_FETCH_HEAD_H
#define NET_FETCH_HEAD_H

#include "net/fetch/hop.h"

/* A status line begins a head; those of 1xx answers come before the one that counts. */
void head_begin(struct hop_answer *a, struct span line);

/* A line "name: value" with its line end. FETCH_OK, or the outcome this line makes certain, and
 * why. */
enum fetch_outcome head_line(struct hop_answer *a, struct span line,
                             char why[FETCH_WHY_MAX]) WARN_UNUSED;

#endif
