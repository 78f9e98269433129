/*
 * amending - a certificate drawn and signed anew: for the command (amend.c) and for an officer's
 * signature (amend_signed.c).
 *
 * As with issue: files first, on the disk as blobs; then one transaction with event, rows and
 * trail; then the copies. Run again after whatever crash it either finds nothing done and does it,
 * or all done and writes the copies.
 */
#ifndef CLI_ISSUE_AMENDING_H
#define CLI_ISSUE_AMENDING_H

#include "cli/issue/command.h"
#include "office/certificates/amendment.h"
#include "scheme/date.h"

#define AMENDING_MOVED                                                                             \
    "the certificate has had another event since this was asked for; drop it and ask anew"

struct amending {
    struct issue_setup *s;
    const char *verb, *reason;
    bool json;
    char actor[96], today[DATE_TEXT];
    const json_t *change;    /* what is asked for; borrowed */
    int64_t id;              /* of a change that waits; -1 */
    int64_t person, second;  /* officers; UTC_NONE: the operator */
    int64_t application;     /* of the certificate */
    char sha256[SHA256_HEX]; /* of the change as it would be signed */
    struct issue_item item;
    char event[16];
};

void amending_begin(struct amending *u, struct issue_setup *s, const char *verb);

enum exit_code amending_failed(const struct amending *u);
enum exit_code amending_refused(const struct amending *u, const char *why);

/* The certificate as it would be, into the item. EXIT_BAD: refused; *nothing: it is so already. */
enum exit_code amending_apply(struct amending *u, bool *nothing);

/* Signs it and writes its event. */
enum exit_code amending_make(struct amending *u);

/* The copies, where a folder is given; tells the result. */
enum exit_code amending_deliver(struct amending *u, const char *result);
enum exit_code amending_done(const struct amending *u, const char *result, int64_t entry);

/* Inside a transaction. detail is taken over. 0 or a code of records.h. */
int amending_note(const struct amending *u, const char *what, json_t *detail);
/* The change that waited is carried out. RECORDS_CONFLICT: item.why. */
int amending_end(struct amending *u, int64_t entry);

#endif
