/*
 * files - whole files on the disk: there completely or not at all, whatever happens.
 *
 * A file is written under another name, forced to the disk, then renamed; the folder is forced to
 * the disk by files_sync. What a crash leaves is a *.tmp that files_sweep takes away later.
 */
#ifndef DB_FILES_H
#define DB_FILES_H

#include "base/span.h"

/* Makes a folder that only its owner may enter, if it is not there. Returns 0 or -1 with errno. */
int files_folder(const char *path) WARN_UNUSED;

/* Writes all of them. Returns 0 or -1 with errno. */
int files_write(int fd, struct span bytes) WARN_UNUSED;

/* Writes folder/name as a whole; replaces what is there. Returns 0 or -1 with errno. */
int files_put(int folder, const char *name, struct span bytes) WARN_UNUSED;

/* The same in two steps: the bytes are on the disk before their name is known. */
struct files_draft {
    int folder;
    char tmp[64]; /* "": none */
};
int files_draft_write(int folder, struct span bytes, struct files_draft *out) WARN_UNUSED;
int files_draft_name(struct files_draft *draft, const char *name) WARN_UNUSED;
void files_draft_drop(struct files_draft *draft); /* once it has a name: nothing */

/* Forces the names in the folder to the disk. */
int files_sync(int folder) WARN_UNUSED;

/* Removes *.tmp files that nobody has written to for an hour. */
void files_sweep(const char *path);

/* folder/name is there and holds these bytes. */
bool files_same(int folder, const char *name, struct span bytes);

/* A file as a whole, read-only, by mmap; max: the largest taken. 0, or -1 with errno (EFBIG: too
 * large; ENOENT). An empty file has n 0. */
int files_map(int folder, const char *name, size_t max, struct span *out) WARN_UNUSED;
void files_unmap(struct span bytes);

#endif
