/*
 * openapi - takes openapi.json into the program, so that the server needs no other file.
 */
#include "http/openapi.h"

/* The assembler finds the file through the same -I as the compiler. */
__asm__(".section .rodata\n"
        ".global openapi_json_start, openapi_json_end\n"
        "openapi_json_start:\n"
        ".incbin \"http/openapi.json\"\n"
        "openapi_json_end:\n"
        ".byte 0\n"
        ".previous\n");

extern const uint8_t openapi_json_start[], openapi_json_end[];

struct span openapi_document(void)
{
    return span_make(openapi_json_start, (size_t)(openapi_json_end - openapi_json_start));
}
