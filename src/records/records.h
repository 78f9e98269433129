/*
 * records - the certification body's records: SQLite (DATA/office.db) and documents on disk
 * (DATA/blobs, by SHA-256).
 *
 * One struct records belongs to one thread; several, in several processes, may be open on the same
 * folder. Writing is a transaction: records_begin, then everything that belongs together - state,
 * jobs, audit row - then records_commit. Nothing is half done, whatever ends the program. What is
 * committed is on the disk.
 *
 * Rows come out as JSON objects (jansson) with the names of the columns: a reader adds what it
 * needs. Functions return 0 (or a row's id), RECORDS_NONE when there is no such row,
 * RECORDS_CONFLICT when the row has another version than the caller saw or a unique value is taken,
 * RECORDS_FAILED for a failure of our own (records_error says which).
 *
 * What it does not do: it does not ask who may; that is office/.
 */
#ifndef RECORDS_RECORDS_H
#define RECORDS_RECORDS_H

#include <jansson.h>

#include "base/hash.h"
#include "base/span.h"
#include "base/utc.h"

struct records;

enum { RECORDS_FAILED = -1, RECORDS_NONE = -2, RECORDS_CONFLICT = -3 };

/* Opens, makes what is missing (folders 0700, files 0600) and brings the schema up to date. Returns
 * 0, or -1 with errno (0: not the system's) and a sentence in why[RECORDS_WHY]. */
enum { RECORDS_WHY = 256 };
int records_open(const char *data, int64_t now, struct records **out, char *why) WARN_UNUSED;
void records_close(struct records *r);
const char *records_error(const struct records *r);

/* The folder it was opened on. */
const char *records_data(const struct records *r);

/* A transaction that writes (BEGIN IMMEDIATE). commit with good false undoes everything. */
int records_begin(struct records *r) WARN_UNUSED;
int records_commit(struct records *r, bool good) WARN_UNUSED;

/* A transaction that only reads: everything until records_read_end is of one moment. */
int records_read_begin(struct records *r) WARN_UNUSED;
void records_read_end(struct records *r);

/* A copy of the records that can be put in the data folder's place, made while others work: the
 * database, the documents (hard links where the file system allows, copies else) and the small
 * files beside them (keys, settings). Not the store of revocation data, which is fetched again.
 * folder must not be there; it appears when the copy is whole and was checked. 0, or -1 with errno
 * (0: not the system's) and a sentence in why[RECORDS_WHY]. */
int records_backup(struct records *r, const char *folder, char *why) WARN_UNUSED;

/* Everything the database can say about itself: integrity_check and foreign_key_check. Calls bad
 * with each sentence; returns how many, or RECORDS_FAILED. */
int64_t records_check(struct records *r, void (*bad)(void *context, const char *what),
                      void *context) WARN_UNUSED;

#endif
