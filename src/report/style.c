/*
 * style - takes report.css into the program, so that a report needs no other file.
 */
#include "report/style.h"

/* The assembler finds the file through the same -I as the compiler. */
__asm__(".section .rodata\n"
        ".global report_css_start, report_css_end\n"
        "report_css_start:\n"
        ".incbin \"report/report.css\"\n"
        "report_css_end:\n"
        ".byte 0\n"
        ".previous\n");

extern const uint8_t report_css_start[], report_css_end[];

struct span report_style(void)
{
    return span_make(report_css_start, (size_t)(report_css_end - report_css_start));
}
