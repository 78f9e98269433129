/*
 * strings - see strings.h.
 */
#include "report/strings.h"

#include "base/template.h"

static const char *const texts[STRING_COUNT][2] = {
#define STRING(id, en, hi) [STR_##id] = {en, hi},
#include "report/strings.def"
#undef STRING
};

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
    const char *args[TEMPLATE_ARGS];
    size_t count = 0;
    va_list ap;
    va_start(ap, id);
    for (const char *arg; count < TEMPLATE_ARGS && (arg = va_arg(ap, const char *)) != NULL;) {
        args[count++] = arg;
    }
    va_end(ap);
    return template_fill(a, string_get(lang, id), args, count, "");
}
