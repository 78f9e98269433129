/*
 * text - satyapan-text from the inside: reads what documents say, and takes files out of
 * containers.
 *
 *   satyapan-text member SIZE PLACE      0: the container, 3: a memory file of that size, filled
 *   satyapan-text words [NUMBER]         0: the document, 3: lines "PLACE SIZE"; answers on 1
 *
 * PLACE is "-" for the document itself, or the indexes of members, outermost first: "3.0.12". A
 * line of the answer is a JSON object: {"place", "language", "code", "sure", "pages", "number",
 * "failure"}. Exit status: 0; 1: the file cannot be read; 2: a failure of our own.
 *
 * One thread, no network, no database. Bytes of strangers are looked at in sandboxed children only
 * (sandbox/sandbox.h); PDF by poppler's programs, which have a cage of their own (cage.c).
 */
#ifndef CLI_TEXT_TEXT_H
#define CLI_TEXT_TEXT_H

#include "base/buffer.h"

enum { TEXT_PLACE_MAX = 8 };

struct place {
    size_t indexes[TEXT_PLACE_MAX];
    size_t count; /* 0: the document itself */
};

/* "-" or "3.0.12"; false: neither. */
bool place_parse(const char *text, struct place *out);

/* In a child: the file at that place, unpacked into memory of a. False: it cannot be read. */
struct arena;
bool member_open(struct arena *a, struct span document, const struct place *place,
                 struct span *out);

/* Fills room with the file at that place, in a sandboxed child. Returns 0, 1: it cannot be read or
 * has another size; -1: a failure of our own. */
struct room {
    uint8_t *p; /* shared with children */
    size_t n;
    int fd; /* a memory file */
};
int room_make(struct room *r, int fd, size_t n);
void room_free(struct room *r);
int member_take(struct span document, const struct place *place, struct room *room);

/* In a child: the text of a file that is no PDF. 0: in out; 1: it has none that we can read (fine);
 * 2: it is a PDF; 3: a picture. */
enum plain { PLAIN_TEXT, PLAIN_NOTHING, PLAIN_PDF, PLAIN_PICTURE };
enum plain plain_text(struct arena *a, struct span file, struct buffer *out);

/* What one of poppler's programs says about the PDF in that file: "pdftotext" or "pdffonts".
 * Returns
 * 0, 1: it refused or was stopped, why says what; -1: it could not be run. */
enum { CAGE_WHY = 120 };
int cage_run(const char *program, int pdf, struct buffer *out, char *why);

/* Any program in that cage: for cage_run, and for tests that try to get out. */
int cage_exec(const char *path, const char *const *arguments, int pdf, struct buffer *out,
              char *why);

/* The whole command "words". Returns the exit status. */
int words_run(struct span document, const char *number);

#endif
