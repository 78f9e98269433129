/*
 * listing - the filters of lists of applications: list, export, search.
 */
#ifndef OFFICE_LISTING_H
#define OFFICE_LISTING_H

#include "office/op.h"
#include "records/applications.h"

/* Parameters of application.list and application.export. */
extern const struct op_param listing_params[];

/* The filter that was asked for; a vendor's is of its own firm. 0, 1: a problem is set, -1. */
int listing_filter(struct op_call *c, struct application_filter *out) WARN_UNUSED;

/* office_hide for each row. 0 or -1. */
int listing_hide(const struct op_call *c, json_t *rows) WARN_UNUSED;

#endif
