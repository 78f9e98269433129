/*
 * prefill - the request for an application's certificate, from the records.
 *
 * Holder, product, models, places, laboratory with its reports, assessor and committee are the
 * records'. What they do not have - names in Hindi, standards, limits, who signs - is asked of the
 * officer; what was written the last time is proposed.
 */
#ifndef OFFICE_CERTIFICATES_PREFILL_H
#define OFFICE_CERTIFICATES_PREFILL_H

#include "office/op.h"

/* The parameters an officer may fill in; NULL-terminated. */
extern const char *const prefill_names[];

/* values: those parameters (new), as given with the call, else as proposed. request: the request
 * (new). application: a row of application_get. 0; 1: a problem is set; -1. */
int prefill_request(struct op_call *c, const json_t *application, json_t **values,
                    json_t **request) WARN_UNUSED;

#endif
