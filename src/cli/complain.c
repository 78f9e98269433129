/*
 * complain - see complain.h.
 */
#include "cli/complain.h"

#include <stdarg.h>
#include <stdio.h>

static const char *who = "satyapan";
static char last[512];

void complain_as(const char *name)
{
    who = name;
}

void complain(const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    (void)vsnprintf(last, sizeof last, fmt, again);
    va_end(again);
    (void)fprintf(stderr, "%s: ", who);
    (void)vfprintf(stderr, fmt, ap);
    (void)fputc('\n', stderr);
    va_end(ap);
}

const char *complaint(void)
{
    return last;
}
