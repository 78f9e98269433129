/*
 * rules - the scheme's rules applied to the facts of one application.
 *
 * Source: STQC OM F No. STQC/IT&eGov/IoTSCS/2024/001 of 05.03.2024, MeitY OM W-43/6/2020-IPHW of
 * 12.02.2024. A rule is a row of rules.def, what it says a row of sentences.def, what the
 * memorandum leaves open a row of settings.def. Pure: the same input gives the same results, years
 * later too. What it does not do: gather facts, store results, decide for the officer.
 */
#ifndef SCHEME_RULES_H
#define SCHEME_RULES_H

#include "base/json.h"
#include "scheme/calendar.h"
#include "scheme/settings.h"

enum scheme_outcome {
    SCHEME_NA, /* does not apply to this application */
    SCHEME_PASS,
    SCHEME_WAIVED,
    SCHEME_PENDING, /* not decided yet; until says by when, if there is a day */
    SCHEME_FAIL
};

/* What an outcome FAIL means. */
enum scheme_weight {
    SCHEME_BLOCKS, /* no certificate while it stands */
    SCHEME_WARNS,
    SCHEME_FLAGS /* noted for the record */
};

struct scheme_pair {
    const char *key, *value; /* value: dates as YYYY-MM-DD, money in paise */
    bool is_number;          /* of whole digits */
};

/* One object of a rule that looks at several (documents, reports, evidence). */
struct scheme_item {
    const char *about, *about_hi;
    enum scheme_outcome outcome;
    enum scheme_weight weight;
    const char *code, *text, *text_hi, *next, *next_hi;
    int32_t until;
};

struct scheme_result {
    const struct scheme_rule *rule;
    enum scheme_outcome outcome;
    enum scheme_weight weight;  /* of FAIL and PENDING */
    int32_t until;              /* PENDING: last day, or DATE_NONE */
    const char *code;           /* which sentence: "REG_1_EARLY" */
    const char *text, *text_hi; /* why, for this application */
    const char *next, *next_hi; /* what to do now; "" when nothing */
    const struct scheme_pair *used;
    size_t used_count;
    const struct scheme_item *items; /* worst first */
    size_t item_count;
};

/* Everything a judgement depends on. */
struct scheme_input {
    const struct scheme_facts *facts;
    const struct scheme_settings *settings;
    const struct scheme_required *required;
    const struct calendar *calendar;
    int32_t today;
};

struct scheme_results {
    const struct scheme_result *rows; /* one per rule, in the order of rules.def */
    size_t count;
    bool blocked; /* some row blocks: FAIL or PENDING with SCHEME_BLOCKS */
};

/* 0, or -1 when memory ran out. Everything lives in the arena. */
int scheme_check(struct arena *a, const struct scheme_input *in,
                 struct scheme_results *out) WARN_UNUSED;

/* Of each rule at most so many objects are written, the worst first; "item_count" says how many
 * there are. */
enum { SCHEME_ITEMS_SHOWN = 200 };

/* [{"rule","result","level","until","code","text","text_hi","next","next_hi","facts":{},
 *   "items":[{"about","result","level","until","code","text",...}],"cite","title","title_hi"}] */
void scheme_results_json(struct json *j, const struct scheme_results *results);

/* "NA", "PASS", "WAIVED", "PENDING", "FAIL"; "FAIL", "WARN", "FLAG" */
const char *scheme_outcome_word(enum scheme_outcome outcome);
const char *scheme_weight_word(enum scheme_weight weight);

/* ---- the table, for people ------------------------------------------------------------------ */

struct scheme_rule {
    const char *id, *cite;
    const char *title, *title_hi;
    const char *needs, *needs_hi; /* what it looks at */
    unsigned kinds;               /* enum scheme_kind bits */
    int32_t from, to;             /* applications received in [from, to]; DATE_NONE: no bound */
};

/* NULL past the last row. */
const struct scheme_rule *scheme_rule_at(size_t i);
const struct scheme_rule *scheme_rule_by_id(const char *id);

/* ---- validity (R-VAL-1 to R-VAL-4) ---------------------------------------------------------- */

struct scheme_validity {
    const char *rule;           /* "R-VAL-2" */
    int32_t from, to;           /* DATE_NONE: cannot be said yet */
    int32_t gap_from, gap_to;   /* LAPSED between the old certificate and the issue, or DATE_NONE */
    bool supersedes, amends;    /* what becomes of the old certificate */
    const char *text, *text_hi; /* one sentence */
};

/* What the certificate would say if it were issued on that day. 0 or -1 (memory). */
int scheme_validity(struct arena *a, const struct scheme_input *in, int32_t issue_on,
                    struct scheme_validity *out) WARN_UNUSED;

/* ---- dates that matter ---------------------------------------------------------------------- */

enum scheme_deadline_kind {
    SCHEME_EXT_QUERY,    /* first query to the issuer at the latest */
    SCHEME_EXT_REMIND,   /* remind the issuer */
    SCHEME_EXT_TELL,     /* tell the vendor that it is not confirmed yet */
    SCHEME_EXT_ESCALATE, /* the officer must act */
    SCHEME_EXT_DUE,      /* last day of the window */
    SCHEME_REC_WARN,     /* re-certification can be applied for soon: tell the holder */
    SCHEME_REC_LATEST,   /* last day to apply for re-certification */
    SCHEME_EXPIRY,       /* last day of validity */
    SCHEME_CHANGE_REPORT /* last day to report a change */
};

struct scheme_deadline {
    enum scheme_deadline_kind kind;
    int32_t date;
    const char *rule;  /* "R-EXT-2" */
    const char *about; /* number of the evidence or certificate */
    const char *text, *text_hi;
    int missing_year; /* computed without the list of that year: a warning; 0: none */
};

struct scheme_deadlines {
    const struct scheme_deadline *rows; /* by date */
    size_t count;
};

int scheme_deadlines(struct arena *a, const struct scheme_input *in,
                     struct scheme_deadlines *out) WARN_UNUSED;
const char *scheme_deadline_word(enum scheme_deadline_kind kind);
void scheme_deadlines_json(struct json *j, const struct scheme_deadlines *deadlines);

/* The window of one piece of foreign evidence: day 0 and last day as known today; both DATE_NONE
 * while its clock has not started. */
struct scheme_window {
    int32_t start, due;
    int missing_year;
};
struct scheme_window scheme_foreign_window(const struct scheme_input *in,
                                           const struct scheme_foreign *foreign);

#endif
