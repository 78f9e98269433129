/*
 * judge - how a rule says what it found: the inside of rules.h, for the files rule_*.c.
 *
 * A rule is a function without a return value: it calls say() once, or item() for each object it
 * looked at and then summarise(). Memory that runs out is remembered in the judging.
 */
#ifndef SCHEME_JUDGE_H
#define SCHEME_JUDGE_H

#include "scheme/rules.h"

enum say {
#define SAY(id, en, hi, next, next_hi) SAY_##id,
#include "scheme/sentences.def"
#undef SAY
    SAY_COUNT
};

enum { JUDGE_PAIRS = 24, JUDGE_TEXT = 4096 };

struct judging {
    struct arena *a;
    const struct scheme_input *in;
    const struct scheme_facts *facts;
    const struct scheme_settings *settings;
    struct scheme_result *out;
    struct scheme_pair *pairs;
    struct scheme_item *items;
    size_t item_room;
    bool failed; /* memory */
};

/* Details of a sentence; each is a text made in the arena ("" when memory ran out). */
const char *say_day(struct judging *j, int32_t date);
const char *say_money(struct judging *j, int64_t paise);
const char *say_number(struct judging *j, int64_t n);
const char *say_two(struct judging *j, const char *en, const char *hi);

/* The sentence in both languages; the details end with NULL. */
struct said {
    const char *code, *text, *text_hi, *next, *next_hi;
};
struct said say_text(struct judging *j, enum say id, ...) __attribute__((sentinel));

/* The rule's outcome, with weight SCHEME_BLOCKS. */
void say(struct judging *j, enum scheme_outcome outcome, enum say id, ...)
    __attribute__((sentinel));
void say_until(struct judging *j, int32_t until);
void say_weight(struct judging *j, enum scheme_weight weight);

/* One object. about is its name. */
void item(struct judging *j, const char *about, enum scheme_outcome outcome,
          enum scheme_weight weight, enum say id, ...) __attribute__((sentinel));
/* Of the last item: until when, and its name in Hindi where it has one. */
void item_until(struct judging *j, int32_t until);
void item_hindi(struct judging *j, const char *about_hi);

/* The outcome of the worst item; its own sentence when it is the only object, else how many. none:
 * when there is no object (NA). */
void summarise(struct judging *j, enum say none);
void summarise_as(struct judging *j, enum say none, enum say some_fail, enum say some_open,
                  enum say all_good);

/* What the rule looked at, for the record. */
void used_text(struct judging *j, const char *key, const char *value);
void used_day(struct judging *j, const char *key, int32_t date);
void used_number(struct judging *j, const char *key, int64_t n);

/* An officer may waive this rule. */
bool judge_waivable(const struct judging *j, const char *rule);

/* Half open text as "" for sentences. */
const char *judge_or(const char *text, const char *otherwise);

/* The organisation was on a body's list on that day (R-LAB-1, R-ROLE-1). */
bool judge_empanelled(const struct judging *j, const char *organisation, enum scheme_body body,
                      int32_t date);

/* The first day of testing of any report; DATE_NONE. */
int32_t judge_first_test(const struct scheme_facts *facts);

/* A re-certification that came after expiry counts as a fresh one (R-REC-1). */
bool judge_counts_as_fresh(const struct scheme_facts *facts);

/* What the certificate's dates must be (R-VAL-1 to R-VAL-4); false: not known yet. */
struct judge_span {
    int32_t from, to;
};
bool judge_validity(const struct scheme_input *in, int32_t issue_on, struct judge_span *out);

/* clang-format off */
void rule_reg_1(struct judging *j); void rule_reg_2(struct judging *j);
void rule_fee_1(struct judging *j); void rule_tcf_1(struct judging *j);
void rule_sig_1(struct judging *j); void rule_sig_2(struct judging *j);
void rule_lang_1(struct judging *j);
void rule_ext_1(struct judging *j); void rule_ext_2(struct judging *j);
void rule_lab_1(struct judging *j); void rule_lab_2(struct judging *j);
void rule_lab_3(struct judging *j);
void rule_ass_1(struct judging *j); void rule_cc_1(struct judging *j);
void rule_val_1(struct judging *j); void rule_val_2(struct judging *j);
void rule_val_3(struct judging *j); void rule_val_4(struct judging *j);
void rule_rec_1(struct judging *j); void rule_rec_2(struct judging *j);
void rule_chg_1(struct judging *j); void rule_chg_2(struct judging *j);
void rule_lvl_1(struct judging *j); void rule_role_1(struct judging *j);
void rule_cc_2(struct judging *j);
/* clang-format on */

#endif
