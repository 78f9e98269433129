/*
 * reasons - the table of reasons.def and its look-ups. See satyapan/reasons.h.
 */
#include "satyapan/reasons.h"

#include <string.h>

#define INFO          SP_LEVEL_INFO
#define WARN          SP_LEVEL_WARN
#define REVIEW        SP_LEVEL_REVIEW
#define FAIL          SP_LEVEL_FAIL
#define NONE          SP_EFFECT_NONE
#define INDETERMINATE SP_EFFECT_INDETERMINATE
#define FAILED        SP_EFFECT_FAILED

static const struct sp_reason_row rows[] = {
#define REASON(id, code, level, indication, sub, cite, en, hi, hint_en, hint_hi)                   \
    [SP_##id] = {code, level, indication, sub, cite, en, hi, hint_en, hint_hi},
#include "satyapan/reasons.def"
#undef REASON
};

const struct sp_reason_row *sp_reason_row(enum sp_reason reason)
{
    return &rows[reason < SP_REASON_COUNT ? reason : 0];
}

enum sp_reason sp_reason_by_code(const char *code)
{
    for (unsigned i = 0; i < SP_REASON_COUNT; i++) {
        if (strcmp(rows[i].code, code) == 0) {
            return (enum sp_reason)i;
        }
    }
    return SP_REASON_COUNT;
}

const char *sp_level_name(enum sp_level level)
{
    static const char *const names[] = {"INFO", "WARN", "REVIEW", "FAIL"};
    return names[level];
}
