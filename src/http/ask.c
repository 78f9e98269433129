/*
 * ask - see ask.h.
 */
#include "http/ask.h"

#include "base/utc.h"
#include "http/language.h"

void ask_init(struct ask *a)
{
    *a = (struct ask){
        .policy = sp_policy_builtin("india-dsc"), .at = SP_NO_TIME, .received = SP_NO_TIME};
}

static enum problem set_profile(struct ask *a, const char *value)
{
    const struct sp_policy *p = sp_policy_builtin(value);
    if (!p || !p->india) {
        return PROBLEM_PROFILE;
    }
    a->policy = p;
    return PROBLEM_NONE;
}

static enum problem set_at(struct ask *a, const char *value)
{
    return utc_parse(span_str(value), &a->at) ? PROBLEM_NONE : PROBLEM_TIME;
}

static enum problem set_received(struct ask *a, const char *value)
{
    return utc_parse(span_str(value), &a->received) ? PROBLEM_NONE : PROBLEM_TIME;
}

static enum problem set_kind(struct ask *a, const char *value)
{
    return sp_document_kind_parse(value, &a->kind) ? PROBLEM_NONE : PROBLEM_KIND;
}

static enum problem set_lang(struct ask *a, const char *value)
{
    a->has_lang = language_parse(value, &a->lang);
    return a->has_lang ? PROBLEM_NONE : PROBLEM_LANG;
}

static enum problem set_format(struct ask *a, const char *value)
{
    a->has_form = true;
    a->etsi = strcmp(value, "etsi-xml") == 0;
    return a->etsi || strcmp(value, "json") == 0 ? PROBLEM_NONE : PROBLEM_FORMAT;
}

static enum problem set_applicant(struct ask *a, const char *value)
{
    memcpy(a->applicant, value, strlen(value) + 1);
    return PROBLEM_NONE;
}

static enum problem set_offline(struct ask *a, const char *value)
{
    a->offline = strcmp(value, "1") == 0 || strcmp(value, "true") == 0;
    bool known = a->offline || strcmp(value, "0") == 0 || strcmp(value, "false") == 0;
    return known ? PROBLEM_NONE : PROBLEM_PARAMETER;
}

static enum problem set_name(struct ask *a, const char *value)
{
    memcpy(a->name, value, strlen(value) + 1);
    return PROBLEM_NONE;
}

static const struct word {
    const char *name;
    enum problem (*set)(struct ask *a, const char *value);
    bool in_form;
} words[] = {
    {"profile", set_profile, false}, {"at", set_at, false},     {"received", set_received, false},
    {"kind", set_kind, true},        {"lang", set_lang, true},  {"applicant", set_applicant, true},
    {"offline", set_offline, false}, {"name", set_name, false}, {"format", set_format, false},
};

enum { WORDS = sizeof words / sizeof *words };

static size_t find_word(const char *name)
{
    size_t i = 0;
    while (i < WORDS && strcmp(words[i].name, name) != 0) {
        i++;
    }
    return i;
}

/* value as a string, when it is one of at most ASK_TEXT - 1 bytes. */
static bool as_text(struct span value, char text[ASK_TEXT])
{
    if (value.n >= ASK_TEXT || (value.n && memchr(value.p, 0, value.n))) {
        return false;
    }
    if (value.n) {
        memcpy(text, value.p, value.n);
    }
    text[value.n] = 0;
    return true;
}

enum problem ask_set(struct ask *a, const char *word, struct span value)
{
    char text[ASK_TEXT];
    size_t i = find_word(word);
    if (i == WORDS || (a->seen & 1U << i) || !as_text(value, text)) {
        return PROBLEM_PARAMETER;
    }
    a->seen |= 1U << i;
    return words[i].set(a, text);
}

enum problem ask_set_field(struct ask *a, const char *word, struct span value)
{
    size_t i = find_word(word);
    if (i == WORDS || !words[i].in_form || value.n == 0) {
        return PROBLEM_NONE;
    }
    a->seen &= ~(1U << i); /* the form wins over the address it was sent to */
    return ask_set(a, word, value);
}

enum problem ask_check(struct ask *a, int64_t now)
{
    a->at = a->at == SP_NO_TIME ? now : a->at;
    return a->received != SP_NO_TIME && a->received > a->at ? PROBLEM_RECEIVED : PROBLEM_NONE;
}
