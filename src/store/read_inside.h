/*
 * read_inside - what the two halves of read.h share: the question, and memory for the answer.
 */
#ifndef STORE_READ_INSIDE_H
#define STORE_READ_INSIDE_H

#include "base/buffer.h"
#include "store/read.h"

/* The shared memory: this, then the bytes. */
struct read_area {
    uint64_t capacity, used; /* of bytes */
    uint32_t count;
    struct read_object objects[READ_OBJECTS_MAX];
    uint8_t bytes[];
};

struct read_task {
    const struct read_question *question;
    struct read_area *area; /* shared with the parent */
};

/* The child's work (sandbox_work): context is a struct read_task. 0, or 1: memory ran out, or there
 * is too much in the input. */
int read_child(void *context, struct buffer *out);

#endif
