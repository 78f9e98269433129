/*
 * hashlist - a list of files with their SHA-256 values, in the forms people make them.
 *
 * `sha256sum` ("HASH  name", "HASH *name"; BagIt's manifest-sha256.txt is the same), `sha256sum
 * --tag` ("SHA256 (name) = HASH"), and CSV with name and hash in either order, with or without a
 * line of headings. What it does not do: say whether the list is signed, or look at the files.
 */
#ifndef FORMAT_HASHLIST_H
#define FORMAT_HASHLIST_H

#include "base/arena.h"
#include "satyapan/report.h"

enum { HASHLIST_LINES_MAX = 20000 };
#define HASHLIST_SIZE_MAX ((size_t)8 * 1024 * 1024)

/* *count is 0 when the text is no such list: fewer than half of its lines name a file. *others
 * counts lines that are not empty, no comment, no headings and name no file. Returns 0 or -1. */
int hashlist_parse(struct arena *a, struct span text, struct sp_listed **lines, size_t *count,
                   size_t *others) WARN_UNUSED;

#endif
