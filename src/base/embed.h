/*
 * embed - files of the source tree as bytes in the program.
 *
 * EMBED_FILE(symbol, "folder/file") at file scope, then EMBEDDED(symbol) is a span over it; a NUL
 * that does not count stands behind it. The assembler finds the file through the compiler's -I.
 */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H

#include "base/span.h"

#define EMBED_FILE(symbol, file)                                                                   \
    __asm__(".section .rodata\n"                                                                   \
            ".global " #symbol "_start, " #symbol "_end\n" #symbol "_start:\n"                     \
            ".incbin \"" file "\"\n" #symbol "_end:\n"                                             \
            ".byte 0\n"                                                                            \
            ".previous\n");                                                                        \
    extern const uint8_t symbol##_start[], symbol##_end[]

static inline struct span embed_span(const uint8_t *start, const uint8_t *end)
{
    return span_make(start, (size_t)(end - start));
}

#define EMBEDDED(symbol) embed_span(symbol##_start, symbol##_end)

#endif
