/*
 * rules - the table of rules, run over the facts of one application. See rules.h.
 */
#include "scheme/rules.h"

#include <stdlib.h>

#include "scheme/judge.h"

struct row {
    struct scheme_rule rule;
    void (*run)(struct judging *j);
};

#define RULE(id, text, cite, title, title_hi, needs, needs_hi, kinds, from, run)                   \
    {{text, cite, title, title_hi, needs, needs_hi, (kinds), (from), DATE_NONE}, run},
static const struct row rows[] = {
#include "scheme/rules.def"
};
#undef RULE

enum { ROWS = sizeof rows / sizeof *rows };

const struct scheme_rule *scheme_rule_at(size_t i)
{
    return i < ROWS ? &rows[i].rule : NULL;
}

const struct scheme_rule *scheme_rule_by_id(const char *id)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].rule.id, id) == 0) {
            return &rows[i].rule;
        }
    }
    return NULL;
}

/* ---- judging --------------------------------------------------------------------------------- */

static bool in_force(const struct scheme_rule *rule, const struct scheme_input *in)
{
    int32_t day = in->facts->received_on == DATE_NONE ? in->today : in->facts->received_on;
    return day >= rule->from && (rule->to == DATE_NONE || day <= rule->to);
}

/* An officer's waiver counts where the scheme foresees one; what passes needs none. */
static void apply_waiver(struct judging *j, const char *id)
{
    bool open = j->out->outcome == SCHEME_FAIL || j->out->outcome == SCHEME_PENDING;
    for (size_t i = 0; open && i < j->facts->waiver_count; i++) {
        const struct scheme_waiver *w = &j->facts->waivers[i];
        if (strcmp(w->rule, id) != 0) {
            continue;
        }
        if (!judge_waivable(j, id)) {
            used_text(j, "waiver_without_effect", judge_or(w->by, "-"));
            continue;
        }
        used_text(j, "waived_by", w->by);
        used_text(j, "waived_because", w->reason);
        used_day(j, "waived_on", w->on);
        used_text(j, "without_waiver", j->out->code);
        say(j, SCHEME_WAIVED, SAY_WAIVED, judge_or(w->by, "-"), judge_or(w->reason, "-"), NULL);
        return;
    }
}

static int judge(struct arena *a, const struct scheme_input *in, const struct row *row,
                 struct scheme_result *out)
{
    struct judging j = {.a = a, .in = in, .facts = in->facts, .settings = in->settings, .out = out};
    *out = (struct scheme_result){.rule = &row->rule, .until = DATE_NONE};
    j.pairs = arena_array(a, JUDGE_PAIRS, sizeof *j.pairs);
    if (!j.pairs) {
        return -1;
    }
    out->used = j.pairs;
    if (!(row->rule.kinds & (unsigned)in->facts->kind)) {
        say(&j, SCHEME_NA, SAY_NA_KIND, NULL);
    } else if (!in_force(&row->rule, in)) {
        say(&j, SCHEME_NA, SAY_NA_DATE, NULL);
    } else {
        row->run(&j);
        apply_waiver(&j, row->rule.id);
    }
    return j.failed ? -1 : 0;
}

int scheme_check(struct arena *a, const struct scheme_input *in, struct scheme_results *out)
{
    struct scheme_result *results = arena_array(a, ROWS, sizeof *results);
    *out = (struct scheme_results){.blocked = true};
    for (size_t i = 0; results && i < ROWS; i++) {
        if (judge(a, in, &rows[i], &results[i]) < 0) {
            return -1;
        }
    }
    if (!results) {
        return -1;
    }
    *out = (struct scheme_results){results, ROWS, false};
    for (size_t i = 0; i < ROWS; i++) {
        out->blocked |= results[i].weight == SCHEME_BLOCKS &&
                        (results[i].outcome == SCHEME_FAIL || results[i].outcome == SCHEME_PENDING);
    }
    return 0;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

const char *scheme_outcome_word(enum scheme_outcome outcome)
{
    static const char *const words[] = {"NA", "PASS", "WAIVED", "PENDING", "FAIL"};
    return words[outcome];
}

const char *scheme_weight_word(enum scheme_weight weight)
{
    static const char *const words[] = {"FAIL", "WARN", "FLAG"};
    return words[weight];
}

/* Only what is open or failed has a level. */
static void put_outcome(struct json *j, enum scheme_outcome outcome, enum scheme_weight weight,
                        int32_t until)
{
    char day[DATE_TEXT];
    bool open = outcome == SCHEME_FAIL || outcome == SCHEME_PENDING;
    json_put_text(j, "result", scheme_outcome_word(outcome));
    json_put_text(j, "level", open ? scheme_weight_word(weight) : NULL);
    json_put_text(j, "until", until == DATE_NONE ? NULL : date_text(until, day));
}

static void put_words(struct json *j, const char *code, const char *text, const char *text_hi,
                      const char *next, const char *next_hi)
{
    json_put_text(j, "code", code);
    json_put_text(j, "text", text);
    json_put_text(j, "text_hi", text_hi);
    json_put_text(j, "next", next);
    json_put_text(j, "next_hi", next_hi);
}

static void put_item(struct json *j, const struct scheme_item *i)
{
    json_open(j, '{');
    json_put_text(j, "about", i->about);
    json_put_text(j, "about_hi", i->about_hi);
    put_outcome(j, i->outcome, i->weight, i->until);
    put_words(j, i->code, i->text, i->text_hi, i->next, i->next_hi);
    json_close(j, '}');
}

static void put_result(struct json *j, const struct scheme_result *r)
{
    json_open(j, '{');
    json_put_text(j, "rule", r->rule->id);
    put_outcome(j, r->outcome, r->weight, r->until);
    put_words(j, r->code, r->text, r->text_hi, r->next, r->next_hi);
    json_key(j, "facts");
    json_open(j, '{');
    for (size_t i = 0; i < r->used_count; i++) {
        if (r->used[i].is_number) {
            json_put_number(j, r->used[i].key, strtoll(r->used[i].value, NULL, 10));
        } else {
            json_put_text(j, r->used[i].key, r->used[i].value);
        }
    }
    json_close(j, '}');
    json_key(j, "items");
    json_open(j, '[');
    for (size_t i = 0; i < r->item_count && i < SCHEME_ITEMS_SHOWN; i++) {
        put_item(j, &r->items[i]);
    }
    json_close(j, ']');
    json_put_number(j, "item_count", (int64_t)r->item_count);
    json_put_text(j, "cite", r->rule->cite);
    json_put_text(j, "title", r->rule->title);
    json_put_text(j, "title_hi", r->rule->title_hi);
    json_close(j, '}');
}

void scheme_results_json(struct json *j, const struct scheme_results *results)
{
    json_open(j, '[');
    for (size_t i = 0; i < results->count; i++) {
        put_result(j, &results->rows[i]);
    }
    json_close(j, ']');
}
