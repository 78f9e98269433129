/*
 * quota - how much a vendor's firm may keep in the records (settings vendor_bytes and
 * vendor_versions), so that one account cannot fill the disk of all. Officers have none.
 */
#ifndef OFFICE_QUOTA_H
#define OFFICE_QUOTA_H

#include "office/office.h"
#include "office/op.h"

/* OP_TOO_LARGE when so many bytes more are too many for the actor's firm, OP_INTERNAL when that
 * cannot be told, else OP_OK. */
enum op_problem quota_judge(struct records *r, const struct office *office,
                            const struct actor *actor, int64_t more);

/* What to say of it, in English and Hindi. */
extern const char quota_detail[], quota_detail_hi[];

#endif
