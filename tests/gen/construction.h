/*
 * construction - a large technical construction file for tests: 60 documents in one ZIP.
 */
#ifndef GEN_CONSTRUCTION_H
#define GEN_CONSTRUCTION_H

#include <stdbool.h>
#include <stddef.h>

/* Writes folder/name of about that size; good: nothing is wrong with any of the 60 documents, else
 * with five. The demonstration's PKI must stand. */
void construction_write(const char *folder, const char *name, size_t megabytes, bool good);

#endif
