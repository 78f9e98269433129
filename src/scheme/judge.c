/*
 * judge - sentences and their details. See judge.h.
 */
#include "scheme/judge.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/finding.h"
#include "base/template.h"
#include "base/utf8.h"
#include "policy/organisation.h"

enum { ARGS = TEMPLATE_ARGS, ARG_TEXT = 600, NAMES_SHOWN = 5, BADNESS_MAX = 9 };

/* Marks of details that differ in the two languages; cleaned text never holds them. */
#define MARK_DAY '\x01'
#define MARK_TWO '\x02'

struct sentence {
    const char *code, *text, *text_hi, *next, *next_hi;
};

static const struct sentence sentences[SAY_COUNT] = {
#define SAY(id, en, hi, next, next_hi) {#id, en, hi, next, next_hi},
#include "scheme/sentences.def"
#undef SAY
};

static const char *kept(struct judging *j, const char *text)
{
    j->failed |= !text;
    return text ? text : "";
}

const char *say_day(struct judging *j, int32_t date)
{
    return kept(j, arena_printf(j->a, "%c%" PRId32, MARK_DAY, date));
}

const char *say_number(struct judging *j, int64_t n)
{
    return kept(j, arena_printf(j->a, "%" PRId64, n));
}

const char *say_two(struct judging *j, const char *en, const char *hi)
{
    return kept(j, arena_printf(j->a, "%c%s%c%s", MARK_TWO, en, MARK_TWO, hi));
}

/* Rs 29,500 or Rs 1,23,456.50: groups as in India. */
const char *say_money(struct judging *j, int64_t paise)
{
    char digits[32], out[48];
    size_t n, at = 0;
    int rest = (int)(paise % 100);
    (void)snprintf(digits, sizeof digits, "%" PRId64, paise / 100);
    n = strlen(digits);
    for (size_t i = 0; i < n; i++) {
        size_t left = n - i;
        if (i && digits[i - 1] != '-' && (left == 3 || (left > 3 && left % 2 == 1))) {
            out[at++] = ',';
        }
        out[at++] = digits[i];
    }
    out[at] = 0;
    char *en =
        rest ? arena_printf(j->a, "Rs %s.%02d", out, rest) : arena_printf(j->a, "Rs %s", out);
    char *hi =
        rest ? arena_printf(j->a, "%s.%02d रुपये", out, rest) : arena_printf(j->a, "%s रुपये", out);
    return say_two(j, kept(j, en), kept(j, hi));
}

/* As it is shown; NULL: no memory. */
static const char *detail(struct arena *a, const char *arg, bool hindi)
{
    char day[DATE_TEXT];
    const char *split = arg[0] == MARK_TWO ? strchr(arg + 1, MARK_TWO) : NULL;
    if (arg[0] == MARK_DAY) {
        return arena_str(a, span_str(date_people((int32_t)strtol(arg + 1, NULL, 10), hindi, day)));
    }
    if (split) {
        return hindi ? split + 1 : arena_str(a, span_make(arg + 1, (size_t)(split - arg - 1)));
    }
    return finding_clean_text(a, span_sub(span_str(arg), 0, ARG_TEXT));
}

static const char *expand(struct judging *j, const char *pattern, const char *const args[ARGS],
                          bool hindi)
{
    const char *shown[ARGS] = {NULL};
    for (size_t i = 0; i < ARGS; i++) {
        shown[i] = args[i] ? kept(j, detail(j->a, args[i], hindi)) : NULL;
    }
    return kept(j, template_fill(j->a, pattern, shown, ARGS, "-"));
}

static struct said make(struct judging *j, enum say id, va_list ap)
{
    const struct sentence *s = &sentences[id];
    const char *args[ARGS] = {NULL}, *arg;
    for (size_t i = 0; (arg = va_arg(ap, const char *)) != NULL; i++) {
        if (i < ARGS) {
            args[i] = arg;
        }
    }
    return (struct said){s->code, expand(j, s->text, args, false),
                         expand(j, s->text_hi, args, true), s->next, s->next_hi};
}

struct said say_text(struct judging *j, enum say id, ...)
{
    va_list ap;
    va_start(ap, id);
    struct said s = make(j, id, ap);
    va_end(ap);
    return s;
}

static void put(struct scheme_result *out, enum scheme_outcome outcome, const struct said *s)
{
    out->outcome = outcome;
    out->weight = SCHEME_BLOCKS;
    out->until = DATE_NONE;
    out->code = s->code;
    out->text = s->text;
    out->text_hi = s->text_hi;
    out->next = s->next;
    out->next_hi = s->next_hi;
}

void say(struct judging *j, enum scheme_outcome outcome, enum say id, ...)
{
    va_list ap;
    va_start(ap, id);
    struct said s = make(j, id, ap);
    va_end(ap);
    put(j->out, outcome, &s);
}

void say_until(struct judging *j, int32_t until)
{
    j->out->until = until;
}

void say_weight(struct judging *j, enum scheme_weight weight)
{
    j->out->weight = weight;
}

/* ---- objects --------------------------------------------------------------------------------- */

void item(struct judging *j, const char *about, enum scheme_outcome outcome,
          enum scheme_weight weight, enum say id, ...)
{
    size_t n = j->out->item_count;
    va_list ap;
    va_start(ap, id);
    struct said s = make(j, id, ap);
    va_end(ap);
    if (arena_grow(j->a, (void **)&j->items, &j->item_room, n + 1, sizeof *j->items) < 0) {
        j->failed = true;
        return;
    }
    j->items[n] =
        (struct scheme_item){.about = kept(j, arena_str(j->a, span_str(judge_or(about, "-")))),
                             .outcome = outcome,
                             .weight = weight,
                             .code = s.code,
                             .text = s.text,
                             .text_hi = s.text_hi,
                             .next = s.next,
                             .next_hi = s.next_hi,
                             .until = DATE_NONE};
    j->items[n].about_hi = j->items[n].about;
    j->out->items = j->items;
    j->out->item_count = n + 1;
}

void item_until(struct judging *j, int32_t until)
{
    if (!j->failed) {
        j->items[j->out->item_count - 1].until = until;
    }
}

void item_hindi(struct judging *j, const char *about_hi)
{
    if (!j->failed) {
        j->items[j->out->item_count - 1].about_hi = about_hi;
    }
}

/* How bad it is for the application: what blocks before what warns. */
static int badness(const struct scheme_item *i)
{
    bool blocks = i->weight == SCHEME_BLOCKS;
    switch (i->outcome) {
    case SCHEME_FAIL:
        return blocks ? BADNESS_MAX : i->weight == SCHEME_WARNS ? 7 : 6;
    case SCHEME_PENDING:
        return blocks ? 8 : 5;
    case SCHEME_WAIVED:
        return 3;
    default:
        return i->outcome == SCHEME_PASS ? 2 : 1;
    }
}

/* Worst first; objects that are as bad stay in their order. */
static void sort_items(struct judging *j)
{
    size_t count = j->out->item_count, n = 0;
    struct scheme_item *sorted = arena_array(j->a, count, sizeof *sorted);
    if (!sorted) {
        j->failed = true;
        return;
    }
    for (int bad = BADNESS_MAX; bad > 0; bad--) {
        for (size_t i = 0; i < count; i++) {
            if (badness(&j->items[i]) == bad) {
                sorted[n++] = j->items[i];
            }
        }
    }
    j->items = sorted;
    j->out->items = sorted;
}

static const char *names_of(struct judging *j, size_t count)
{
    struct buffer b[2];
    const char *text[2];
    for (size_t hindi = 0; hindi < 2; hindi++) {
        buffer_init(&b[hindi], JUDGE_TEXT);
        for (size_t i = 0; i < count && i < NAMES_SHOWN; i++) {
            const struct scheme_item *x = &j->items[i];
            buffer_str(&b[hindi], i ? ", " : "");
            utf8_clean(&b[hindi], span_str(hindi ? x->about_hi : x->about));
        }
        buffer_str(&b[hindi], count > NAMES_SHOWN ? ", ..." : "");
        text[hindi] =
            kept(j, buffer_ok(&b[hindi]) ? arena_str(j->a, buffer_span(&b[hindi])) : NULL);
        buffer_free(&b[hindi]);
    }
    return say_two(j, text[0], text[1]);
}

void summarise_as(struct judging *j, enum say none, enum say some_fail, enum say some_open,
                  enum say all_good)
{
    size_t all = j->out->item_count, worst = 0;
    if (all) {
        sort_items(j);
    }
    if (!all || j->failed) {
        say(j, SCHEME_NA, none, NULL);
        return;
    }
    const struct scheme_item first = j->items[0];
    int32_t until = DATE_NONE;
    while (worst < all && badness(&j->items[worst]) == badness(&first)) {
        int32_t u = j->items[worst++].until;
        until = u != DATE_NONE && (until == DATE_NONE || u < until) ? u : until;
    }
    if (all == 1) {
        struct said s = {first.code, first.text, first.text_hi, first.next, first.next_hi};
        put(j->out, first.outcome, &s);
    } else if (first.outcome == SCHEME_FAIL || first.outcome == SCHEME_PENDING) {
        say(j, first.outcome, first.outcome == SCHEME_FAIL ? some_fail : some_open,
            say_number(j, (int64_t)worst), say_number(j, (int64_t)all), names_of(j, worst), NULL);
    } else {
        say(j, first.outcome, all_good, say_number(j, (int64_t)all), NULL);
    }
    say_weight(j, first.weight);
    say_until(j, until);
}

void summarise(struct judging *j, enum say none)
{
    summarise_as(j, none, SAY_SOME_FAIL, SAY_SOME_OPEN, SAY_ALL_GOOD);
}

/* ---- what was used --------------------------------------------------------------------------- */

static void use(struct judging *j, const char *key, const char *value, bool is_number)
{
    if (value && j->out->used_count < JUDGE_PAIRS) {
        j->pairs[j->out->used_count++] =
            (struct scheme_pair){key, kept(j, arena_str(j->a, span_str(value))), is_number};
    }
}

void used_text(struct judging *j, const char *key, const char *value)
{
    use(j, key, value, false);
}

void used_day(struct judging *j, const char *key, int32_t date)
{
    char text[DATE_TEXT];
    use(j, key, date == DATE_NONE ? NULL : date_text(date, text), false);
}

void used_number(struct judging *j, const char *key, int64_t n)
{
    use(j, key, say_number(j, n), true);
}

/* ---- shared by several rules ----------------------------------------------------------------- */

const char *judge_or(const char *text, const char *otherwise)
{
    return text && *text ? text : otherwise;
}

bool judge_waivable(const struct judging *j, const char *rule)
{
    for (size_t i = 0; i < j->settings->waivable.count; i++) {
        if (strcmp(j->settings->waivable.items[i], rule) == 0) {
            return true;
        }
    }
    return false;
}

bool judge_empanelled(const struct judging *j, const char *organisation, enum scheme_body body,
                      int32_t date)
{
    for (size_t i = 0; i < j->facts->empanelled_count; i++) {
        const struct scheme_empanelled *e = &j->facts->empanelled[i];
        if (e->body == body && e->from <= date && (e->to == DATE_NONE || date <= e->to) &&
            organisation_match(e->organisation, organisation)) {
            return true;
        }
    }
    return false;
}

int32_t judge_first_test(const struct scheme_facts *facts)
{
    int32_t first = DATE_NONE;
    for (size_t i = 0; i < facts->report_count; i++) {
        int32_t d = facts->reports[i].tests_started;
        first = d != DATE_NONE && (first == DATE_NONE || d < first) ? d : first;
    }
    return first;
}

bool judge_counts_as_fresh(const struct scheme_facts *facts)
{
    return facts->kind == SCHEME_RECERTIFICATION && facts->received_on != DATE_NONE &&
           facts->old_valid_to != DATE_NONE && facts->received_on > facts->old_valid_to;
}
