/*
 * number - see number.h.
 */
#include "base/number.h"

#include <stddef.h>

bool number_read(const char *text, int64_t least, int64_t most, int64_t *out)
{
    int64_t n = 0;
    if (!text || !*text) {
        return false;
    }
    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '9' || n > (INT64_MAX - (*p - '0')) / 10) {
            return false;
        }
        n = n * 10 + (*p - '0');
    }
    if (n < least || n > most) {
        return false;
    }
    *out = n;
    return true;
}
