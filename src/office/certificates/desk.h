/*
 * desk - where an officer's list is signed: runs satyapan-issue with the PIN over a pipe.
 *
 * The PIN is in this process from the request that brought it until it is written into the pipe, in
 * memory that is not swapped and is wiped; it is in no record, log, audit row, argument or
 * environment. Keys are in satyapan-keyd, which satyapan-issue starts. The list itself is in the
 * records (records/requests.h): the desk finds it by a ticket, once the transaction of the request
 * is on the disk.
 *
 * A server that ends takes its programs with it; what was issued until then is issued, and the list
 * says "interrupted" at the next start. Signing it again goes on where it stopped.
 */
#ifndef OFFICE_CERTIFICATES_DESK_H
#define OFFICE_CERTIFICATES_DESK_H

#include "office/office.h"
#include "records/records.h"

struct desk;

enum { DESK_TICKET = 33, DESK_PIN = 128, DESK_LISTS = 4 };

/* data, office: borrowed. NULL with a sentence in why[RECORDS_WHY]. */
struct desk *desk_start(const char *data, const struct office *office, char *why);
void desk_stop(struct desk *d);

/* Takes a PIN (NULL: none is needed) and gives the ticket for the list's row. 0; 1: as many lists
 * as possible are being signed; -1. */
int desk_take(struct desk *d, const char *pin, const char *login,
              char ticket[DESK_TICKET]) WARN_UNUSED;

/* Pages with a watermark: "--preview" of a request, "--preview-change" of a change. A memory file,
 * or -1. *code: the program's exit code. */
int desk_preview(const char *data, const char *what, int64_t id, int *code) WARN_UNUSED;

#endif
