/*
 * verify_here - the work about documents at the terminal, when no server does it.
 *
 * A server that runs on the same data folder takes the job within a second; then its progress is
 * shown. Otherwise the document is verified by this process, in sandboxed children, with what is
 * missing obtained as satyapan verify does it, and its text is read.
 */
#ifndef CLI_OFFICE_VERIFY_HERE_H
#define CLI_OFFICE_VERIFY_HERE_H

#include "cli/commands.h"
#include "office/office.h"
#include "records/records.h"

struct verify_here {
    const char *data;
    const struct office *office;
    struct records *records;
    const char *trust; /* trust list; NULL: where it is found */
    bool offline;      /* fetch nothing */
    bool alone;        /* set when no server took a job: the next one is not offered to it */
};

/* Until the version (of document.add's answer, its id) has its verdict: its exit code, EXIT_UNSURE
 * also when it could not be verified now, with one sentence on stderr. */
enum exit_code verify_here(struct verify_here *o, int64_t version);

#endif
