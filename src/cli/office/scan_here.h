/*
 * scan_here - a run of a unit under test at the terminal, when no server does it.
 */
#ifndef CLI_OFFICE_SCAN_HERE_H
#define CLI_OFFICE_SCAN_HERE_H

#include "cli/commands.h"
#include "office/office.h"
#include "records/records.h"

/* Until the run has ended: by a server that runs on the same data folder, else by this process.
 * EXIT_GOOD: pass; EXIT_BAD: fail; EXIT_UNSURE: neither, or it could not be done. */
enum exit_code scan_here(const char *data, const struct office *office, struct records *r,
                         int64_t scan);

#endif
