/*
 * take - one file out of a construction file, without parsing it here.
 *
 * satyapan-text (src/text) is run with the document as its input; a sandboxed child of it unpacks
 * the file into shared memory of exactly the size that the report names. What comes back is a
 * sealed memory file whose SHA-256 is compared with the report's.
 */
#ifndef OFFICE_INTAKE_TAKE_H
#define OFFICE_INTAKE_TAKE_H

#include "base/arena.h"
#include "base/hash.h"

enum { TAKE_WHY = 200 };

/* document: a descriptor for reading; indexes: of members, outermost first. Returns a descriptor,
 * or
 * -1 with a sentence in why[TAKE_WHY]. program NULL: below libexec. Any thread. */
int take_member(const char *program, int document, const size_t *indexes, size_t count,
                int64_t size, const char *sha256, char *why) WARN_UNUSED;

#endif
