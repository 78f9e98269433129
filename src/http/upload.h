/*
 * upload - a document on its way in: a memory file, never on disk, sealed when it is whole.
 */
#ifndef HTTP_UPLOAD_H
#define HTTP_UPLOAD_H

#include <stdatomic.h>

#include "base/span.h"

enum { UPLOAD_NAME = 512 };

/* Memory of all uploads of the server. */
struct upload_budget {
    size_t each, all;
    atomic_size_t held;
};

struct upload {
    int fd; /* -1: none */
    size_t size;
    char name[UPLOAD_NAME];
};

enum upload_result { UPLOAD_OK, UPLOAD_TOO_LARGE, UPLOAD_NO_ROOM, UPLOAD_FAILED };

/* An absent upload. */
void upload_init(struct upload *u);

/* Opens the memory file; the name is made fit for showing, without a path. */
enum upload_result upload_open(struct upload *u, const char *name) WARN_UNUSED;

/* Appends. UPLOAD_TOO_LARGE: past the largest document; UPLOAD_NO_ROOM: other uploads hold the
 * memory. */
enum upload_result upload_add(struct upload *u, struct upload_budget *budget,
                              struct span bytes) WARN_UNUSED;

/* Seals the whole file. */
enum upload_result upload_seal(struct upload *u) WARN_UNUSED;

/* Frees the memory; may be called twice. */
void upload_close(struct upload *u, struct upload_budget *budget);

#endif
