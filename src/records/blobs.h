/*
 * blobs - documents on the disk by the SHA-256 of their bytes: DATA/blobs/ab/abcdef... (0400).
 *
 * A blob is written under another name, forced to the disk and named when it is whole; the row that
 * names it is committed after that. So a row always has its file; a file without a row is swept
 * away after a day, a draft nobody writes to after an hour (blob_sweep). Bytes that come again
 * replace their file: they are known to be right.
 *
 * What it does not do: it does not compare the SHA-256 when a blob is opened; blob_check does.
 */
#ifndef RECORDS_BLOBS_H
#define RECORDS_BLOBS_H

#include "records/records.h"

/* Bytes on their way in: may be written by one thread while another one has the records. */
struct blob_draft;
int blob_begin(const char *data, size_t max, struct blob_draft **out) WARN_UNUSED;
/* 0, 1: more than max; -1 with errno. */
int blob_write(struct blob_draft *d, struct span bytes) WARN_UNUSED;
/* Forces it to the disk and names it. The draft ends in any case. */
int blob_done(struct blob_draft *d, char sha256[SHA256_HEX], int64_t *size) WARN_UNUSED;
void blob_drop(struct blob_draft *d);

/* Inside a transaction: the row of a blob whose file is there. RECORDS_NONE: it is not. */
int blob_keep(struct records *r, const char *sha256, int64_t size, int64_t now) WARN_UNUSED;

/* A small one in one step: file and row. */
int blob_put(struct records *r, struct span bytes, int64_t now,
             char sha256[SHA256_HEX]) WARN_UNUSED;

/* A read-only descriptor of the whole file; RECORDS_NONE: there is none of that name. */
int blob_open(const char *data, const char *sha256, int64_t *size) WARN_UNUSED;

/* Reads every blob and compares its SHA-256. Calls bad for each that is missing or differs; returns
 * how many, or RECORDS_FAILED. */
int64_t blob_check(struct records *r,
                   void (*bad)(void *context, const char *sha256, const char *why),
                   void *context) WARN_UNUSED;

/* Takes away what crashes and broken uploads left: stale drafts, and files older than a day without
 * a row. Outside of a transaction; now and then. Returns how many files, or RECORDS_FAILED. */
int64_t blob_sweep(struct records *r, int64_t now) WARN_UNUSED;

#endif
