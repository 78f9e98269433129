/*
 * strings - see strings.h.
 */
#include "report/strings.h"

static const char *const texts[STRING_COUNT][2] = {
#define STRING(id, en, hi) [STR_##id] = {en, hi},
#include "report/strings.def"
#undef STRING
};

enum { MAX_ARGS = 4, MAX_TEXT = 1024 * 1024 };

const char *string_get(enum lang lang, enum string_id id)
{
    return texts[id][lang == LANG_HI];
}

const char *lang_code(enum lang lang)
{
    return lang == LANG_HI ? "hi" : "en";
}

const char *string_fill(struct arena *a, enum lang lang, enum string_id id, ...)
{
    const char *args[MAX_ARGS] = {"", "", "", ""};
    size_t count = 0;
    va_list ap;
    va_start(ap, id);
    for (const char *arg; count < MAX_ARGS && (arg = va_arg(ap, const char *)) != NULL;) {
        args[count++] = arg;
    }
    va_end(ap);
    struct buffer b;
    buffer_init(&b, MAX_TEXT);
    for (const char *t = string_get(lang, id); *t; t++) {
        if (t[0] == '{' && t[1] >= '0' && t[1] < '0' + MAX_ARGS && t[2] == '}') {
            buffer_str(&b, args[t[1] - '0']);
            t += 2;
        } else {
            buffer_char(&b, *t);
        }
    }
    const char *s = buffer_ok(&b) ? arena_str(a, buffer_span(&b)) : NULL;
    buffer_free(&b);
    return s;
}
