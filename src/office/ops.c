/*
 * ops - the list of all operations: one table a file office/ops_*.c, each ending with a row without
 * id.
 *
 * Whoever adds a table adds its line here: HAVE(ops_name). SOON is a table that may not be there
 * yet (its symbol is weak; an archive does not link it by itself).
 */
#include "office/op.h"

#define TABLES                                                                                     \
    HAVE(ops_applications)                                                                         \
    HAVE(ops_course)                                                                               \
    HAVE(ops_firms)                                                                                \
    HAVE(ops_labs)                                                                                 \
    HAVE(ops_payments)                                                                             \
    HAVE(ops_documents)                                                                            \
    HAVE(ops_files)                                                                                \
    HAVE(ops_decisions)                                                                            \
    HAVE(ops_reminders)                                                                            \
    HAVE(ops_foreign)                                                                              \
    HAVE(ops_foreign_decide)                                                                       \
    HAVE(ops_foreign_open)                                                                         \
    HAVE(ops_issuers)                                                                              \
    HAVE(ops_check)                                                                                \
    HAVE(ops_search)                                                                               \
    HAVE(ops_people)                                                                               \
    HAVE(ops_account)                                                                              \
    HAVE(ops_audit)                                                                                \
    HAVE(ops_settings)                                                                             \
    HAVE(ops_requests)                                                                             \
    HAVE(ops_signing)                                                                              \
    HAVE(ops_issued)                                                                               \
    HAVE(ops_devices)                                                                              \
    HAVE(ops_scans)                                                                                \
    HAVE(ops_changes)                                                                              \
    HAVE(ops_amend)                                                                                \
    HAVE(ops_amended)                                                                              \
    HAVE(ops_events)                                                                               \
    SOON(ops_jobs)

#define HAVE(name) extern const struct op name[];
#define SOON(name) extern const struct op name[] __attribute__((weak));
TABLES
#undef HAVE
#undef SOON

#define HAVE(name) name,
#define SOON(name) name,
static const struct op *const tables[] = {TABLES};
#undef HAVE
#undef SOON

const struct op *op_at(size_t i)
{
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        for (const struct op *op = tables[t]; op && op->id; op++) {
            if (i-- == 0) {
                return op;
            }
        }
    }
    return NULL;
}

const struct op *op_find(const char *id)
{
    const struct op *op;
    for (size_t i = 0; (op = op_at(i)); i++) {
        if (strcmp(op->id, id) == 0) {
            return op;
        }
    }
    return NULL;
}
