/*
 * pages_parts - see pages_parts.h.
 */
#include "http/office/pages_parts.h"

#include <stdio.h>
#include <stdlib.h>

static const struct field fields[] = {
#define OFFICE_FIELD(name, kind, en, hi) {name, FIELD_##kind, en, hi},
#include "http/office/pages_fields.def"
#undef OFFICE_FIELD
};

static const struct {
    const char *word;
    enum tone tone;
    const char *en, *hi;
} vocab[] = {
#define OFFICE_VOCAB(word, tone, en, hi) {word, TONE_##tone, en, hi},
#include "http/office/pages_vocab.def"
#undef OFFICE_VOCAB
#define OFFICE_KIND(word, en, hi) {word, TONE_NONE, en, hi},
#include "http/office/pages_kinds.def"
#undef OFFICE_KIND
};

enum { FIELDS = sizeof fields / sizeof *fields, VOCAB = sizeof vocab / sizeof *vocab };

/* ---- tables ---------------------------------------------------------------------------------- */

const struct field *field_find(const char *name)
{
    for (size_t i = 0; i < FIELDS; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            return &fields[i];
        }
    }
    return NULL;
}

const char *field_label(const struct view *v, const char *name)
{
    const struct field *f = field_find(name);
    return f ? view_text(v, f->en, f->hi) : name;
}

static size_t vocab_row(const char *word)
{
    size_t i = 0;
    while (i < VOCAB && strcmp(vocab[i].word, word) != 0) {
        i++;
    }
    return i;
}

const char *vocab_text(const struct view *v, const char *word)
{
    size_t i = vocab_row(word);
    return i < VOCAB ? view_text(v, vocab[i].en, vocab[i].hi) : word;
}

bool vocab_known(const char *word)
{
    return vocab_row(word) < VOCAB;
}

enum tone vocab_tone(const char *word)
{
    size_t i = vocab_row(word);
    return i < VOCAB ? vocab[i].tone : TONE_NONE;
}

/* ---- badges ---------------------------------------------------------------------------------- */

void part_icon(struct view *v, enum tone tone)
{
    static const char *const names[] = {"good", "care", "bad", "info", "wait"};
    if (tone < TONE_NONE) {
        html_raw(&v->h, "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"#i-");
        buffer_str(v->h.out, names[tone]);
        html_raw(&v->h, "\"/></svg>");
    }
}

void part_tone_class(struct view *v, enum tone tone)
{
    static const char *const names[] = {" good", " care", " bad", " info", " wait", ""};
    buffer_str(v->h.out, names[tone]);
}

void part_badge(struct view *v, enum tone tone, const char *text)
{
    html_raw(&v->h, "<span class=\"tag");
    part_tone_class(v, tone);
    html_raw(&v->h, "\">");
    part_icon(v, tone);
    html_text(&v->h, text);
    html_raw(&v->h, "</span>");
}

void part_badge_word(struct view *v, const char *word)
{
    part_badge(v, vocab_tone(word), vocab_text(v, word));
}

/* ---- values ---------------------------------------------------------------------------------- */

static const char *scalar(const json_t *value, char out[TEXT_SIZE])
{
    if (json_is_integer(value)) {
        (void)snprintf(out, TEXT_SIZE, "%lld", (long long)json_integer_value(value));
        return out;
    }
    return json_is_string(value) ? json_string_value(value) : "";
}

static void hash(struct view *v, const char *text)
{
    html_raw(&v->h, "<code class=\"hash\">");
    html_text(&v->h, text);
    html_raw(&v->h, "</code>");
}

/* What was done: the sentence of its operation. */
static void action(struct view *v, const char *id)
{
    const struct op *op = v->source->find(id);
    html_text(&v->h, op ? view_text(v, op->en, op->hi) : vocab_text(v, id));
}

static void number_value(struct view *v, enum field_kind kind, int64_t n)
{
    char text[TEXT_SIZE];
    switch (kind) {
    case FIELD_MONEY:
        html_text(&v->h, text_money(n, text));
        break;
    case FIELD_BYTES:
        html_text(&v->h, text_bytes(n, text));
        break;
    case FIELD_TIME:
        html_text(&v->h, utc_people(n, v->lang == LANG_HI, text));
        break;
    case FIELD_TRUTH:
        view_word(v, n ? OW_YES : OW_NO);
        break;
    case FIELD_NUMBER:
        html_text(&v->h, text_number(n, text));
        break;
    default:
        view_number(v, n);
    }
}

/* Hindi on an English page is marked (WCAG 2.1 3.1.2): what people and firms are called. */
void part_text(struct view *v, const char *text)
{
    bool hindi = v->lang == LANG_EN && (strstr(text, "\xe0\xa4") || strstr(text, "\xe0\xa5"));
    if (hindi) {
        html_element(&v->h, "<span lang=\"hi\">", text, "</span>");
    } else {
        html_text(&v->h, text);
    }
}

/* Facts of rules are texts: numbers and truths among them are shown as what they are. */
static bool as_number(struct view *v, enum field_kind kind, const char *text)
{
    int64_t n;
    if (kind == FIELD_TRUTH && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)) {
        view_word(v, *text == 't' ? OW_YES : OW_NO);
        return true;
    }
    if ((kind == FIELD_MONEY || kind == FIELD_NUMBER) && strlen(text) < 17 &&
        text[strspn(text, "0123456789")] == 0) {
        n = strtoll(text, NULL, 10);
        number_value(v, kind, n);
        return true;
    }
    return false;
}

static void text_value(struct view *v, enum field_kind kind, const char *text)
{
    char date[TEXT_SIZE];
    if (as_number(v, kind, text)) {
        return;
    }
    switch (kind) {
    case FIELD_DATE:
    case FIELD_DUE:
        html_raw(&v->h, "<time datetime=\"");
        html_text(&v->h, text);
        html_element(&v->h, "\">", text_date(text, v->lang == LANG_HI, date), "</time>");
        break;
    case FIELD_WORD:
        html_text(&v->h, vocab_text(v, text));
        break;
    case FIELD_BADGE:
        part_badge_word(v, text);
        break;
    case FIELD_CODE:
        html_element(&v->h, "<code>", text, "</code>");
        break;
    case FIELD_HASH:
        hash(v, text);
        break;
    case FIELD_ACTION:
        action(v, text);
        break;
    case FIELD_LONG:
        html_raw(&v->h, "<span class=\"lines\">");
        view_lines(v, text);
        html_raw(&v->h, "</span>");
        break;
    default:
        part_text(v, text);
    }
}

void part_value(struct view *v, const json_t *row, const char *name)
{
    const json_t *value = json_object_get(row, name);
    const struct field *f = field_find(name);
    enum field_kind kind = f ? f->kind : FIELD_TEXT;
    char text[TEXT_SIZE];
    if (json_is_boolean(value)) {
        view_word(v, json_is_true(value) ? OW_YES : OW_NO);
    } else if (json_is_integer(value)) {
        number_value(v, kind, json_integer_value(value));
    } else if (*scalar(value, text)) {
        text_value(v, kind, scalar(value, text));
    } else {
        view_element(v, "<span aria-hidden=\"true\">–</span><span class=\"unseen\">", OW_NOTHING,
                     "</span>");
    }
}

void part_facts(struct view *v, const json_t *row, const char *const *names)
{
    html_raw(&v->h, "<dl class=\"facts\">");
    for (; *names; names++) {
        const char *text = get_text(row, *names);
        if (!get_has(row, *names) || (text && !*text)) {
            continue;
        }
        html_element(&v->h, "<dt>", field_label(v, *names), "</dt><dd>");
        part_value(v, row, *names);
        html_raw(&v->h, "</dd>");
    }
    html_raw(&v->h, "</dl>");
}

const char *part_name(const json_t *row, const char *column)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s_name", column);
    const char *text = get_text(row, name);
    return text ? text : get_text(row, column);
}

void part_days_left(struct view *v, int64_t days)
{
    char n[TEXT_SIZE];
    if (days == UTC_NONE) {
        return;
    }
    enum tone tone = days < 0 ? TONE_BAD : days <= 3 ? TONE_CARE : TONE_WAIT;
    html_raw(&v->h, "<span class=\"tag");
    part_tone_class(v, tone);
    html_raw(&v->h, "\">");
    part_icon(v, tone);
    if (days == 0) {
        view_word(v, OW_DUE_TODAY);
    } else {
        int64_t size = days < 0 ? -days : days;
        view_fill(v,
                  days < 0    ? size == 1 ? OW_DAY_LATE : OW_DAYS_LATE
                  : size == 1 ? OW_DAY_LEFT
                              : OW_DAYS_LEFT,
                  text_number(size, n), "");
    }
    html_raw(&v->h, "</span>");
}

int view_against_today(const struct view *v, const char *date)
{
    char today[UTC_TEXT];
    enum { IST = 19800, DATE = 10 };
    utc_rfc3339(v->now + IST, today);
    return strncmp(date, today, DATE);
}

/* A day off may be the last day: then no working day is left, or the last one is over. */
static bool odd_day(struct view *v, const char *due, int64_t days)
{
    int order = view_against_today(v, due);
    if (days != 0 || order == 0) {
        return false;
    }
    part_badge(v, order < 0 ? TONE_BAD : TONE_CARE,
               office_word(v->lang, order < 0 ? OW_LATE : OW_NO_DAY_LEFT));
    return true;
}

void part_days_until(struct view *v, const char *due, int64_t days)
{
    if (!odd_day(v, due, days)) {
        part_days_left(v, days);
    }
}

void part_due(struct view *v, const json_t *row)
{
    const char *due = get_text(row, "due_on");
    if (!due) {
        part_value(v, row, "due_on");
        return;
    }
    int64_t days = v->source->days_left ? v->source->days_left(v->source->context, due)
                                        : get_number(row, "working_days_left");
    part_value(v, row, "due_on");
    html_raw(&v->h, "<br>");
    part_days_until(v, due, days);
}

/* ---- the timeline ---------------------------------------------------------------------------- */

/* The state an application came from and came into: said once, in the words for states. */
static bool is_step(const json_t *of)
{
    const char *to = get_text(of, "to"), *from = get_text(of, "from");
    return to && vocab_known(to) && (!from || vocab_known(from));
}

static void step_told(struct view *v, const json_t *of)
{
    const char *from = get_text(of, "from");
    html_element(&v->h, "", field_label(v, "state"), ": ");
    if (from) {
        html_element(&v->h, "", vocab_text(v, from), " → ");
    }
    html_text(&v->h, vocab_text(v, get_text(of, "to")));
}

/* A member of an entry that is told: it has a label, and is no number of another record. */
static bool is_told(const char *key, const json_t *value)
{
    const struct field *f = field_find(key);
    char text[TEXT_SIZE];
    return f && f->kind != FIELD_ID && f->kind != FIELD_HASH && strcmp(key, "version") != 0 &&
           (json_is_boolean(value) || *scalar(value, text));
}

/* Why the program verified is a word of the records; why a person decided is text. */
static void told(struct view *v, const json_t *of, const char *key)
{
    const char *text = get_text(of, key);
    if (strcmp(key, "reason") == 0 && text && vocab_known(text)) {
        html_text(&v->h, vocab_text(v, text));
    } else {
        part_value(v, of, key);
    }
}

/* What a row tells beside its action: its members that have a label, as facts. */
static void detail(struct view *v, const json_t *of)
{
    const char *key, *glue = "";
    json_t *one;
    if (!json_is_object(of)) {
        return;
    }
    html_raw(&v->h, "<p class=\"small\">");
    bool step = is_step(of);
    if (step) {
        step_told(v, of);
        glue = " · ";
    }
    json_object_foreach((json_t *)(uintptr_t)of, key, one)
    {
        bool said = step && (strcmp(key, "from") == 0 || strcmp(key, "to") == 0 ||
                             strcmp(key, "state") == 0);
        if (said || !is_told(key, one)) {
            continue;
        }
        buffer_str(v->h.out, glue);
        html_element(&v->h, "", field_label(v, key), ": ");
        told(v, of, key);
        glue = " · ";
    }
    html_raw(&v->h, "</p>");
}

void part_timeline(struct view *v, const json_t *items)
{
    size_t i;
    json_t *row;
    html_raw(&v->h, "<ol class=\"timeline\">");
    json_array_foreach((json_t *)(uintptr_t)items, i, row)
    {
        const char *by = get_text(row, "person_name");
        html_raw(&v->h, "<li><p><strong>");
        part_value(v, row, "action");
        html_raw(&v->h, "</strong></p><p class=\"small\">");
        part_value(v, row, "at");
        html_raw(&v->h, " · ");
        html_text(&v->h, by ? by : get_text(row, "actor"));
        html_raw(&v->h, "</p>");
        detail(v, json_object_get(row, "detail"));
        html_raw(&v->h, "</li>");
    }
    html_raw(&v->h, "</ol>");
}

void part_empty(struct view *v, enum office_word word)
{
    view_element(v, "<p class=\"empty\">", word, "</p>");
}

void part_count(struct view *v, enum office_word one, enum office_word several, int64_t n)
{
    char text[TEXT_SIZE];
    view_fill(v, n == 1 ? one : several, text_number(n, text), "");
}
