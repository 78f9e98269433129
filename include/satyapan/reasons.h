/*
 * reasons.h - every reason a report can give, as data.
 *
 * The rows live in reasons.def (one file per domain under reasons/). A row is
 *
 *   REASON(ID, "code", LEVEL, INDICATION, "SUB_INDICATION" or NULL, "citation",
 *          "English text", "Hindi text", "English: what to do", "Hindi: what to do")
 *
 * LEVEL       INFO | WARN | REVIEW | FAIL: the effect on the verdict (any FAIL: REJECTED, else any
 *             REVIEW: REVIEW, else ACCEPTED). A policy may set another level for a reason.
 * INDICATION  NONE | INDETERMINATE | FAILED: the effect on the signature's EN 319 102-1 indication.
 *             Of several reasons FAILED wins over INDETERMINATE; within one class the first row in
 *             reasons.def wins, so the order of the rows is the order of precedence.
 * Texts       {0} {1} {2} {3} stand for the finding's arguments. Hints may be "" for INFO only.
 */
#ifndef SATYAPAN_REASONS_H
#define SATYAPAN_REASONS_H

enum sp_level { SP_LEVEL_INFO, SP_LEVEL_WARN, SP_LEVEL_REVIEW, SP_LEVEL_FAIL };

enum sp_effect { SP_EFFECT_NONE, SP_EFFECT_INDETERMINATE, SP_EFFECT_FAILED };

enum sp_reason {
#define REASON(id, code, level, indication, sub, cite, en, hi, hint_en, hint_hi) SP_##id,
#include "satyapan/reasons.def"
#undef REASON
    SP_REASON_COUNT
};

struct sp_reason_row {
    const char *code;
    enum sp_level level;
    enum sp_effect effect;
    const char *subindication; /* NULL where effect is NONE */
    const char *cite;
    const char *text, *text_hi;
    const char *hint, *hint_hi;
};

/* The row of a reason; never NULL for a value below SP_REASON_COUNT. */
const struct sp_reason_row *sp_reason_row(enum sp_reason reason);

/* The reason with this code, or SP_REASON_COUNT. */
enum sp_reason sp_reason_by_code(const char *code);

/* "INFO", "WARN", "REVIEW", "FAIL". */
const char *sp_level_name(enum sp_level level);

#endif
