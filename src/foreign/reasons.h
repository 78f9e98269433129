/*
 * reasons - what the check of a weblink can find out, as rows of reasons.def.
 */
#ifndef FOREIGN_REASONS_H
#define FOREIGN_REASONS_H

#include "base/arena.h"
#include "base/json.h"
#include "satyapan/reasons.h"

enum foreign_reason {
#define FOREIGN_REASON(id, code, level, cite, en, hi, hint, hint_hi) FOREIGN_##id,
#include "foreign/reasons.def"
#undef FOREIGN_REASON
    FOREIGN_REASONS
};

struct foreign_reason_row {
    const char *code;
    enum sp_level level;
    const char *cite, *text, *text_hi, *hint, *hint_hi;
};

/* The row; never NULL below FOREIGN_REASONS. */
const struct foreign_reason_row *foreign_reason_row(enum foreign_reason id);

struct foreign_finding {
    enum foreign_reason id;
    const char *where, *text, *text_hi;
    struct foreign_finding *next;
};

struct foreign_findings {
    struct arena *arena;
    struct foreign_finding *first, **end;
};

void foreign_findings_init(struct foreign_findings *list, struct arena *a);

/* Adds a finding with up to two details (NULL: none), once for a reason and place. Details of
 * strangers are made safe to show. Memory that runs out is counted by mem. */
void foreign_found(struct foreign_findings *list, enum foreign_reason id, const char *where,
                   const char *detail, const char *second);

/* The finding with the highest precedence of this level; NULL: none. */
const struct foreign_finding *foreign_first(const struct foreign_findings *list,
                                            enum sp_level level);

bool foreign_has(const struct foreign_findings *list, enum foreign_reason id);

/* An array of objects as CONTRACT's F. */
void foreign_findings_json(struct json *j, const struct foreign_findings *list);

#endif
