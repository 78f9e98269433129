/*
 * construction - a large technical construction file for tests: 60 documents in one ZIP.
 */
#ifndef GEN_CONSTRUCTION_H
#define GEN_CONSTRUCTION_H

#include <stddef.h>

/* Writes folder/construction-file-60.zip of about that size. The demonstration's PKI must stand. */
void construction_write(const char *folder, size_t megabytes);

#endif
