/*
 * profiles - the built-in policies as data. See satyapan/policy.h.
 */
#include <string.h>

#include "satyapan/policy.h"

/* Levels of `india-dsc` that differ from reasons.def. Intake rule: after the signature a PDF may
 * only gain long-term validation data and further valid signatures that cover it; anything else is
 * looked at by an officer, who sees the list. */
static const struct sp_policy_level india_levels[] = {
    {SP_PDF_FORM_FILLED, SP_LEVEL_REVIEW},        {SP_PDF_ANNOTATION_PERMITTED, SP_LEVEL_REVIEW},
    {SP_PDF_IDENTICAL_COPY, SP_LEVEL_REVIEW},     {SP_PDF_ORPHAN, SP_LEVEL_REVIEW},
    {SP_PDF_PROPERTIES_CHANGED, SP_LEVEL_REVIEW},
};

static const struct sp_policy builtin[] = {
    {
        .name = "india-dsc",
#define SWITCH_FLAG(key, india_, generic_, source, en, hi)              .key = (india_),
#define SWITCH_NUMBER(key, unit, max, india_, generic_, source, en, hi) .key = (india_),
#include "satyapan/switches.def"
        .levels = india_levels,
        .level_count = sizeof india_levels / sizeof *india_levels,
    },
    {
        .name = "generic",
#define SWITCH_FLAG(key, india_, generic_, source, en, hi)              .key = (generic_),
#define SWITCH_NUMBER(key, unit, max, india_, generic_, source, en, hi) .key = (generic_),
#include "satyapan/switches.def"
    },
};

const struct sp_policy *sp_policy_builtin(const char *name)
{
    for (size_t i = 0; i < sizeof builtin / sizeof *builtin; i++) {
        if (strcmp(builtin[i].name, name) == 0) {
            return &builtin[i];
        }
    }
    return NULL;
}

const char *sp_policy_builtin_name(size_t index)
{
    return index < sizeof builtin / sizeof *builtin ? builtin[index].name : NULL;
}

enum sp_level sp_policy_level(const struct sp_policy *policy, enum sp_reason reason)
{
    for (size_t i = 0; i < policy->level_count; i++) {
        if (policy->levels[i].reason == reason) {
            return policy->levels[i].level;
        }
    }
    return sp_reason_row(reason)->level;
}

static const char *const kinds[] = {"declaration", "certificate", "test-report", "other"};

const char *sp_document_kind_name(enum sp_document_kind kind)
{
    return kinds[kind];
}

bool sp_document_kind_parse(const char *word, enum sp_document_kind *out)
{
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i], word) == 0) {
            *out = (enum sp_document_kind)i;
            return true;
        }
    }
    return false;
}
