/*
 * template - see template.h.
 */
#include "base/template.h"

char *template_fill(struct arena *a, const char *text, const char *const *args, size_t count,
                    const char *otherwise)
{
    struct buffer b;
    buffer_init(&b, TEMPLATE_MAX);
    for (const char *t = text; *t; t++) {
        if (t[0] == '{' && t[1] >= '0' && t[1] < '0' + TEMPLATE_ARGS && t[2] == '}') {
            size_t i = (size_t)(t[1] - '0');
            buffer_str(&b, i < count && args[i] ? args[i] : otherwise);
            t += 2;
        } else {
            buffer_char(&b, *t);
        }
    }
    char *filled = buffer_ok(&b) ? arena_str(a, buffer_span(&b)) : NULL;
    buffer_free(&b);
    return filled;
}
