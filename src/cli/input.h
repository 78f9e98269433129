/*
 * input - files and streams as read-only memory.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "base/arena.h"
#include "cli/commands.h"

enum { INPUT_HEAD = 4 };

struct input {
    const uint8_t *bytes;
    size_t size;
    void *mapped; /* NULL when it was read into memory */
    void *owned;
    /* Its first octets, zeros where it is shorter. Read, not mapped: a file that somebody cuts off
     * ends whoever looks at the mapping, which only the child may risk. */
    uint8_t head[INPUT_HEAD];
};

/* The largest document a command reads at all; a larger one is refused with a sentence. */
#define INPUT_MAX ((uint64_t)1 << 30)

/* Maps a regular file, or reads a pipe or "-" (standard input) up to INPUT_MAX. Returns EXIT_GOOD,
 * or the exit code of the failure with one sentence on stderr. */
enum exit_code input_open(const char *path, struct input *out) WARN_UNUSED;
void input_close(struct input *in);

/* Paths of the regular files below a path (itself, if it is no directory), sorted, "-" as it is.
 * Symbolic links to directories are not followed. Appends to *list. */
struct path_list {
    char **paths;
    struct pair *pairs; /* of the first pair_count paths; NULL: none */
    size_t pair_count;
    size_t count, capacity;
};
enum exit_code input_list(const char *path, struct path_list *list) WARN_UNUSED;
void path_list_free(struct path_list *list);

/* A signature beside its document in one folder: what it signs, and the name of both for people.
 * NULL: none. */
struct pair {
    char *content, *name;
};

/* pair.c: finds, among the paths from first on, the signatures that lie beside their document
 * (letter.pdf.p7s or letter.p7s beside letter.pdf; also .sig and .p7m). The document stays in the
 * list by itself only when it may carry signatures of its own. A .p7s or .sig whose document is not
 * there is said on stderr. */
enum exit_code pair_files(struct path_list *list, size_t first) WARN_UNUSED;

#endif
