/*
 * poll - answers of issuers, as satyapan-mail read them: what the work "foreign-poll" (poll_work.c)
 * hands to poll_take.c, which takes each in.
 */
#ifndef OFFICE_FOREIGN_POLL_H
#define OFFICE_FOREIGN_POLL_H

#include "office/foreign/works.h"

struct polling {
    struct worker *w;
    struct scheme_data data;
    struct foreign_by by;
    json_t *rows; /* mails, then the state */
    char folder[PROGRAM_FOLDER];
    int64_t taken, again; /* again: the evidence that is read once more; UTC_NONE: the mailbox is */
    char file[PROGRAM_FOLDER];
    bool more;
};

/* One mail, inside the transaction of all: its evidence, and what happens to its case. 0 or a
 * code. */
int poll_take(struct polling *g, const json_t *mail) WARN_UNUSED;

#endif
