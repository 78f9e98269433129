/*
 * switches - the rows of satyapan/switches.def as a table, and what their values mean.
 */
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "satyapan/policy.h"

#define AT(member) offsetof(struct sp_policy, member)

static const struct sp_switch rows[] = {
#define SWITCH_FLAG(key_, india_, generic_, source_, en, hi)                                       \
    {.key = #key_,                                                                                 \
     .kind = SP_SWITCH_FLAG,                                                                       \
     .offset = AT(key_),                                                                           \
     .source = (source_),                                                                          \
     .text = (en),                                                                                 \
     .text_hi = (hi)},
#define SWITCH_NUMBER(key_, unit_, max_, india_, generic_, source_, en, hi)                        \
    {.key = #key_,                                                                                 \
     .kind = SP_SWITCH_NUMBER,                                                                     \
     .offset = AT(key_),                                                                           \
     .unit = (unit_),                                                                              \
     .max = (max_),                                                                                \
     .source = (source_),                                                                          \
     .text = (en),                                                                                 \
     .text_hi = (hi)},
#define SWITCH_LEVEL(key_, reason_, source_, en, hi)                                               \
    {.key = #key_,                                                                                 \
     .kind = SP_SWITCH_LEVEL,                                                                      \
     .reason = SP_##reason_,                                                                       \
     .source = (source_),                                                                          \
     .text = (en),                                                                                 \
     .text_hi = (hi)},
#define SWITCH_LIST(key_, what_, source_, en, hi)                                                  \
    {.key = #key_,                                                                                 \
     .kind = (what_),                                                                              \
     .offset = AT(key_),                                                                           \
     .source = (source_),                                                                          \
     .text = (en),                                                                                 \
     .text_hi = (hi)},
#include "satyapan/switches.def"
};

const struct sp_switch *sp_policy_switch(size_t index)
{
    return index < sizeof rows / sizeof *rows ? &rows[index] : NULL;
}

const char *sp_switch_level_word(enum sp_level level)
{
    static const char *const words[] = {[SP_LEVEL_INFO] = "accept",
                                        [SP_LEVEL_WARN] = "warn",
                                        [SP_LEVEL_REVIEW] = "review",
                                        [SP_LEVEL_FAIL] = "reject"};
    return words[level];
}

bool sp_policy_lists(const struct sp_policy_list *list, const uint8_t sha256[32])
{
    char hex[65];
    if (list->count == 0) {
        return false;
    }
    hash_hex(span_make(sha256, 32), false, hex);
    for (size_t i = 0; i < list->count; i++) {
        if (strncasecmp(list->items[i], hex, 64) == 0) {
            return true;
        }
    }
    return false;
}
