/*
 * upload_disk - a document on its way to the records: a draft on the disk while it arrives.
 *
 * Bytes are collected in a piece of memory of fixed size; when that is nearly full the connection
 * is suspended until a thread has written it. So memory does not grow with the document, and who
 * sends faster than the disk writes is slowed down.
 */
#ifndef HTTP_OFFICE_UPLOAD_DISK_H
#define HTTP_OFFICE_UPLOAD_DISK_H

#include <stdatomic.h>

#include "records/blobs.h"

enum { DISK_PIECE = 256 * 1024, DISK_FULL = 128 * 1024, DISK_NAME = 400, DISK_MEDIA = 100 };

/* Of all uploads of the server. */
struct disk_budget {
    const char *data;
    int64_t each, all, reserve;
    atomic_llong held; /* bytes of drafts */
};

enum disk_result { DISK_OK, DISK_TOO_LARGE, DISK_BUSY, DISK_NO_SPACE, DISK_FAILED };

struct upload_disk {
    struct blob_draft *draft; /* NULL: none */
    struct disk_budget *budget;
    int64_t size, held; /* received; counted in the budget */
    uint8_t *piece;
    size_t filled;
    char name[DISK_NAME], media[DISK_MEDIA];
};

/* Room for a document of that size (0: not known) is there now. */
enum disk_result disk_room(struct disk_budget *b, int64_t size);

/* Begins a draft; name as it was sent. */
enum disk_result disk_begin(struct upload_disk *u, struct disk_budget *b, const char *name,
                            const char *media);

/* Takes bytes; at most DISK_PIECE - DISK_FULL of them after disk_wants_write said no. */
enum disk_result disk_take(struct upload_disk *u, struct span bytes);
bool disk_wants_write(const struct upload_disk *u);

/* In a thread that may wait: writes what is collected. */
enum disk_result disk_write(struct upload_disk *u);

/* Writes the rest, forces it to the disk, names it. The draft ends. */
enum disk_result disk_done(struct upload_disk *u, char sha256[SHA256_HEX], int64_t *size);

/* Gives up what is there; may be called twice. */
void disk_drop(struct upload_disk *u);

#endif
