/*
 * blob_files - the files of the blobs, for the records' own files: names, folder, hash.
 */
#ifndef RECORDS_BLOB_FILES_H
#define RECORDS_BLOB_FILES_H

#include "records/blobs.h"

enum { BLOB_NAME = 72 };

/* "ab/abcdef..."; false: not the lower-case hex of a SHA-256. */
bool blob_name(const char *sha256, char out[BLOB_NAME]);

/* The folder DATA/blobs; -1 with errno. */
int blob_folder(const char *data) WARN_UNUSED;

/* Reads the file to its end. 0: it has that SHA-256; 1: another one; -1 with errno. */
int blob_hash_matches(int fd, const char *sha256) WARN_UNUSED;

#endif
