/*
 * pages_form - see pages_form.h.
 */
#include "http/office/pages_form.h"

#include <stdio.h>

#include "base/tidy.h"

enum { CHOICES_MAX = 200 };

/* ---- what was entered, what is wrong
 * ------------------------------------------------------------------------ */

static bool one_of(const char *const *words, const char *text)
{
    while (words && *words && strcmp(*words, text) != 0) {
        words++;
    }
    return words && *words;
}

const char *form_plain(struct arena *a, const struct op_param *p, const char *text)
{
    int64_t paise;
    struct buffer plain;
    if (p->type != OP_PAISE || !*text) {
        return text;
    }
    buffer_init(&plain, strlen(text) + 1);
    tidy_code(&plain, span_str(text)); /* blanks of any kind, Hindi digits */
    const char *rupees = buffer_cstr(&plain);
    bool good = rupees && text_paise(rupees, &paise);
    buffer_free(&plain);
    return good ? arena_printf(a, "%lld", (long long)paise) : text;
}

/* What is wrong with that field, of what op_call said; NULL: nothing. */
static const json_t *mistake(struct view *v, const struct form *f, const char *name)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)(uintptr_t)(f->again ? v->errors : NULL), i, one)
    {
        const char *field = get_text(one, "field");
        if (field && strcmp(field, name) == 0) {
            return one;
        }
    }
    return NULL;
}

/* By the kind of field where the operation speaks to programs ("whole number of paise"). */
static enum office_word said_of(const struct op_param *p)
{
    switch (p->type) {
    case OP_INTEGER:
    case OP_ID:
        return OW_WRONG_NUMBER;
    case OP_PAISE:
        return OW_WRONG_MONEY;
    case OP_DATE:
        return OW_WRONG_DATE;
    case OP_WORD:
    case OP_TRUTH:
        return OW_WRONG_CHOICE;
    default:
        return OW_COUNT;
    }
}

static const char *sentence(struct view *v, const struct form *f, const struct op_param *p)
{
    const json_t *wrong = mistake(v, f, p->name);
    const char *entered = f->again ? get_text(v->entered, p->name) : NULL,
               *why = get_text(wrong, "why");
    bool general = why && (strncmp(why, "must be", 7) == 0 || strcmp(why, "is required") == 0);
    if (!wrong) {
        return NULL;
    }
    if (general && p->required && (!entered || !*entered)) {
        return office_word(v->lang, OW_WRONG_MISSING);
    }
    return general && said_of(p) != OW_COUNT ? office_word(v->lang, said_of(p))
                                             : view_text(v, why, get_text(wrong, "why_hi"));
}

/* ---- parts of a field ------------------------------------------------------------------------ */

void form_hidden(struct view *v, const char *name, const char *value)
{
    html_raw(&v->h, "<input type=\"hidden\"");
    html_attr(&v->h, "name", name);
    html_attr(&v->h, "value", value);
    html_raw(&v->h, ">");
}

void form_token(struct view *v)
{
    form_hidden(v, "form_token", v->form_token);
    char key[TEXT_SIZE];
    (void)snprintf(key, sizeof key, "%.48s-%u", v->form_key ? v->form_key : "", v->forms++);
    form_hidden(v, "form_key", key);
}

/* The present value as the text of a field. */
static const char *present(struct view *v, const struct form *f, const struct op_param *p,
                           char out[TEXT_SIZE])
{
    const json_t *value = json_object_get(f->values, p->name);
    const json_t *entered = f->again ? json_object_get(v->entered, p->name) : NULL;
    out[0] = 0;
    /* After a mistake or a conflict the page shows what is there now, and its version; a form that
     * was only kept is about what was seen then. */
    if (json_is_string(entered) &&
        (strcmp(p->name, "version") != 0 || v->failed_problem == OP_OK)) {
        return json_string_value(entered);
    }
    if (json_is_string(value)) {
        return json_string_value(value);
    }
    if (p->type == OP_TRUTH && get_has(f->values, p->name)) {
        return get_true(f->values, p->name) ? "true" : "false";
    }
    if (json_is_integer(value) && p->type == OP_PAISE) {
        return text_rupees(json_integer_value(value), out);
    }
    if (json_is_integer(value)) {
        (void)snprintf(out, TEXT_SIZE, "%lld", (long long)json_integer_value(value));
    }
    return out;
}

static void identity(struct view *v, const struct form *f, const char *name)
{
    html_text(&v->h, f->key);
    html_text(&v->h, name);
}

static enum office_word hint_of(const struct op_param *p)
{
    switch (p->type) {
    case OP_PAISE:
        return OW_HINT_MONEY;
    case OP_SHA256:
        return OW_HINT_SHA256;
    case OP_TIME:
        return OW_HINT_TIME;
    default:
        return OW_COUNT;
    }
}

static const char *explained(struct view *v, const struct op_param *p);

static bool has_hint(struct view *v, const struct op_param *p)
{
    return hint_of(p) != OW_COUNT || explained(v, p);
}

/* id, name, required, what describes it. */
static void attributes(struct view *v, const struct form *f, const struct op_param *p)
{
    bool wrong = mistake(v, f, p->name) != NULL, hint = has_hint(v, p);
    html_raw(&v->h, " id=\"");
    identity(v, f, p->name);
    html_raw(&v->h, "\"");
    html_attr(&v->h, "name", p->name);
    size_t n = strlen(p->name);
    if (n > 3 && strcmp(p->name + n - 3, "_hi") == 0) { /* what is written into it is Hindi */
        html_raw(&v->h, " lang=\"hi\"");
    }
    if (p->required) {
        html_raw(&v->h, " required");
    }
    if (wrong) {
        html_raw(&v->h, " aria-invalid=\"true\"");
    }
    if (wrong || hint) {
        html_raw(&v->h, " aria-describedby=\"");
        if (wrong) {
            identity(v, f, p->name);
            html_raw(&v->h, "-wrong");
        }
        if (wrong && hint) {
            html_raw(&v->h, " ");
        }
        if (hint) {
            identity(v, f, p->name);
            html_raw(&v->h, "-hint");
        }
        html_raw(&v->h, "\"");
    }
}

/* One choice; its label has been escaped by the caller's use of html_text. */
static void option(struct view *v, const char *value, const char *label, const char *now)
{
    html_raw(&v->h, "<option");
    html_attr(&v->h, "value", value);
    if (strcmp(value, now) == 0) {
        html_raw(&v->h, " selected");
    }
    html_element(&v->h, ">", label, "</option>");
}

static void select_begin(struct view *v, const struct form *f, const struct op_param *p)
{
    html_raw(&v->h, "<select");
    attributes(v, f, p);
    view_element(v, "><option value=\"\">",
                 p->required               ? OW_CHOOSE
                 : p->place == OP_IN_QUERY ? OW_CHOOSE_ANY
                                           : OW_CHOOSE_NONE,
                 "</option>");
}

/* Kinds of documents are data of the scheme (trust/required-documents.json); those that are asked
 * for stand here to be chosen. */
static const char *const document_kinds[] = {
#define OFFICE_KIND(word, en, hi) word,
#include "http/office/pages_kinds.def"
#undef OFFICE_KIND
    NULL};

static void words_field(struct view *v, const struct form *f, const struct op_param *p,
                        const char *const *words, const char *now)
{
    bool sorting = strcmp(p->name, "sort") == 0;
    select_begin(v, f, p);
    for (const char *const *w = words; w && *w; w++) {
        bool field = sorting && !vocab_known(*w);
        option(v, *w, field ? field_label(v, *w) : vocab_text(v, *w), now);
    }
    html_raw(&v->h, "</select>");
}

static void truth_field(struct view *v, const struct form *f, const struct op_param *p,
                        const char *now)
{
    select_begin(v, f, p);
    option(v, "true", office_word(v->lang, OW_YES), now);
    option(v, "false", office_word(v->lang, OW_NO), now);
    html_raw(&v->h, "</select>");
}

static void choices_field(struct view *v, const struct form *f, const struct op_param *p,
                          const json_t *choices, const char *now)
{
    size_t i;
    json_t *row;
    select_begin(v, f, p);
    json_array_foreach((json_t *)(uintptr_t)choices, i, row)
    {
        char id[TEXT_SIZE];
        (void)snprintf(id, sizeof id, "%lld", (long long)get_number(row, "id"));
        option(v, id, get_text(row, "name"), now);
    }
    html_raw(&v->h, "</select>");
}

static void text_field(struct view *v, const struct form *f, const struct op_param *p,
                       const char *now)
{
    bool lines = p->type == OP_LONG;
    if (lines) {
        html_raw(&v->h, "<textarea rows=\"4\"");
    } else {
        html_raw(&v->h, "<input");
    }
    attributes(v, f, p);
    if (p->max && (p->type == OP_TEXT || lines)) {
        html_raw(&v->h, " maxlength=\"");
        html_number(&v->h, p->max);
        html_raw(&v->h, "\"");
    }
    if (lines) {
        html_raw(&v->h, ">\n");
        view_lines(v, now);
        html_raw(&v->h, "</textarea>");
        return;
    }
    if (p->type == OP_DATE) {
        html_raw(&v->h, " type=\"date\"");
    } else if (p->type == OP_INTEGER || p->type == OP_ID) {
        html_raw(&v->h, " inputmode=\"numeric\" class=\"short\"");
    } else if (p->type == OP_PAISE) {
        html_raw(&v->h, " inputmode=\"decimal\" class=\"short\"");
    } else if (p->type == OP_PASSWORD) { /* what was entered does not come back */
        html_raw(&v->h, " type=\"password\" autocomplete=\"off\">");
        return;
    }
    html_attr(&v->h, "value", now);
    html_raw(&v->h, ">");
}

/* ---- records to choose from ------------------------------------------------------------------ */

static const struct {
    const char *param, *op, *only; /* only: a role, for people */
} lists[] = {
    {"lab", "lab.list", NULL},           {"oem", "firm.list", NULL},
    {"vendor", "firm.list", NULL},       {"firm", "firm.list", NULL},
    {"owner", "officer.list", "intake"}, {"assessor", "officer.list", "assessor"},
};

const json_t *form_choices(struct view *v, const char *param)
{
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (strcmp(lists[i].param, param) != 0 || !view_may(v, lists[i].op)) {
            continue;
        }
        json_t *in = lists[i].only ? json_pack("{s:s}", "role", lists[i].only) : json_object();
        const json_t *answer = view_list(v, lists[i].op, in, CHOICES_MAX, NULL);
        const json_t *items = json_object_get(answer, "items");
        return get_has(answer, "next") || json_array_size(items) == 0 ? NULL : items;
    }
    return NULL;
}

/* ---- a field --------------------------------------------------------------------------------- */

/* The column's label where there is one: what the operation says about it is then a hint. */
static const char *label_of(struct view *v, const struct op_param *p)
{
    const struct field *f = field_find(p->name);
    return f ? view_text(v, f->en, f->hi) : view_text(v, p->en, p->hi);
}

/* The operation's words where they say more than the label. */
static const char *explained(struct view *v, const struct op_param *p)
{
    enum { MORE = 8 };
    const char *label = label_of(v, p), *words = view_text(v, p->en, p->hi);
    if (p->type == OP_ID) { /* people choose by name */
        return NULL;
    }
    return strlen(words) > strlen(label) + MORE ? words : NULL;
}

static void label(struct view *v, const struct form *f, const struct op_param *p)
{
    html_raw(&v->h, "<label for=\"");
    identity(v, f, p->name);
    html_element(&v->h, "\">", label_of(v, p), "");
    if (!p->required && p->place == OP_IN_BODY && !f->plain) {
        view_element(v, " <span class=\"optional\">", OW_OPTIONAL, "</span>");
    }
    html_raw(&v->h, "</label>");
}

static void described(struct view *v, const struct form *f, const struct op_param *p)
{
    const char *wrong = sentence(v, f, p), *more = explained(v, p);
    if (has_hint(v, p)) {
        html_raw(&v->h, "<p class=\"hint\" id=\"");
        identity(v, f, p->name);
        html_raw(&v->h, "-hint\">");
        if (hint_of(p) != OW_COUNT) {
            view_word(v, hint_of(p));
        } else {
            html_text(&v->h, more);
        }
        html_raw(&v->h, "</p>");
    }
    if (wrong) {
        html_raw(&v->h, "<p class=\"wrong bad\" id=\"");
        identity(v, f, p->name);
        html_raw(&v->h, "-wrong\">");
        part_icon(v, TONE_BAD);
        html_element(&v->h, " ", wrong, "</p>");
    }
}

void form_field(struct view *v, const struct form *f, const struct op_param *p)
{
    char text[TEXT_SIZE];
    const char *now = present(v, f, p, text);
    const json_t *choices =
        p->type == OP_ID || p->type == OP_INTEGER ? form_choices(v, p->name) : NULL;
    html_raw(&v->h, "<div class=\"field");
    if (p->type == OP_LONG) {
        html_raw(&v->h, " wide");
    }
    html_raw(&v->h, "\">");
    label(v, f, p);
    described(v, f, p);
    if (p->type == OP_WORD) {
        words_field(v, f, p, p->words, now);
    } else if (p->type == OP_TEXT && strcmp(p->name, "kind") == 0) {
        words_field(v, f, p, document_kinds, now);
    } else if (p->type == OP_TRUTH) {
        truth_field(v, f, p, now);
    } else if (choices) {
        choices_field(v, f, p, choices, now);
    } else {
        text_field(v, f, p, now);
    }
    html_raw(&v->h, "</div>");
}

/* ---- the form -------------------------------------------------------------------------------- */

/* One that stands beside its field; the operation's own sentence about it names the parameter. */
static bool any_mistake(struct view *v, const struct form *f, const struct op *op)
{
    bool any = false;
    for (const struct op_param *p = op->params; p && p->name; p++) {
        any = any || mistake(v, f, p->name);
    }
    return any;
}

/* What is wrong, with links to the fields, before them. */
static void summary_of_errors(struct view *v, const struct form *f, const struct op *op)
{
    if (!f->again) {
        return;
    }
    bool kept = v->failed_problem == OP_OK; /* nothing is wrong: http/office/kept.h */
    buffer_str(v->h.out, kept ? "<div class=\"note care\"" : "<div class=\"note bad\"");
    view_element(v, " role=\"alert\" tabindex=\"-1\" autofocus><h3>",
                 kept ? OW_NOT_SENT : OW_WRONG_TITLE, "</h3>");
    if (json_array_size(v->errors) == 0 && !kept) {
        html_element(&v->h, "<p>", op_problem_title(v->failed_problem, v->lang == LANG_HI), "</p>");
    }
    if (v->failed_detail && !any_mistake(v, f, op)) {
        html_element(&v->h, "<p>", v->failed_detail, "</p>");
    }
    html_raw(&v->h, "<ul>");
    for (const struct op_param *p = op->params; p && p->name; p++) {
        const char *wrong = sentence(v, f, p);
        if (wrong) {
            html_raw(&v->h, "<li><a href=\"#");
            identity(v, f, p->name);
            html_element(&v->h, "\">", label_of(v, p), "</a>: ");
            html_element(&v->h, "", wrong, "</li>");
        }
    }
    html_raw(&v->h, "</ul></div>");
}

static bool goes_along(const struct form *f, const struct op_param *p)
{
    return p->place == OP_IN_PATH || strcmp(p->name, "version") == 0 || one_of(f->hidden, p->name);
}

/* The form that did not go through is this one: its operation, about the same things. */
static bool failed_here(struct view *v, const struct form *f, const struct op *op)
{
    if (!v->failed || strcmp(v->failed, op->id) != 0) {
        return false;
    }
    for (const struct op_param *p = op->params; p && p->name; p++) {
        char text[TEXT_SIZE];
        const char *entered = get_text(v->entered, p->name);
        if (goes_along(f, p) && strcmp(p->name, "version") != 0 && entered &&
            strcmp(entered, present(v, f, p, text)) != 0) {
            return false;
        }
    }
    return true;
}

static void upload_field(struct view *v, const struct form *f)
{
    html_raw(&v->h, "<div class=\"field wide\"><label for=\"");
    identity(v, f, "file");
    view_element(v, "\">", OW_FILE, "</label><input type=\"file\" name=\"file\" required id=\"");
    identity(v, f, "file");
    html_raw(&v->h, "\"></div>");
}

static void each_field(struct view *v, const struct form *f, const struct op *op, bool more)
{
    for (const struct op_param *p = op->params; p && p->name; p++) {
        char text[TEXT_SIZE];
        struct op_param asked = *p;
        asked.required = p->required || one_of(f->need, p->name);
        if (one_of(f->leave, p->name) || one_of(f->more, p->name) != more) {
            continue;
        }
        if (goes_along(f, p)) {
            form_hidden(v, p->name, present(v, f, p, text));
        } else {
            form_field(v, f, &asked);
        }
    }
}

/* Something is entered or wrong among the fields that are folded away. */
static bool more_used(struct view *v, const struct form *f, const struct op *op)
{
    for (const struct op_param *p = op->params; p && p->name; p++) {
        char text[TEXT_SIZE];
        if (one_of(f->more, p->name) && (*present(v, f, p, text) || mistake(v, f, p->name))) {
            return true;
        }
    }
    return false;
}

/* After a conflict the form carries the version that is seen now. */
static void fields(struct view *v, const struct form *f, const struct op *op)
{
    html_raw(&v->h, "<div class=\"fields\">");
    if (op->flags & OP_UPLOAD) {
        upload_field(v, f);
    }
    each_field(v, f, op, false);
    html_raw(&v->h, "</div>");
    if (f->more) {
        html_raw(&v->h, "<details class=\"more\"");
        if (more_used(v, f, op)) {
            html_raw(&v->h, " open");
        }
        view_element(v, "><summary>", OW_MORE, "</summary><div class=\"fields\">");
        each_field(v, f, op, true);
        html_raw(&v->h, "</div></details>");
    }
}

/* The sentences office.js says while a file is on its way. */
static void upload_words(struct view *v)
{
    html_raw(&v->h, " enctype=\"multipart/form-data\" data-upload");
    html_attr(&v->h, "data-sending", office_word(v->lang, OW_JS_SENDING));
    html_attr(&v->h, "data-keeping", office_word(v->lang, OW_JS_KEEPING));
    html_attr(&v->h, "data-cancel", office_word(v->lang, OW_JS_CANCEL));
    html_attr(&v->h, "data-cancelled", office_word(v->lang, OW_JS_CANCELLED));
    html_attr(&v->h, "data-failed", office_word(v->lang, OW_JS_FAILED));
}

static void form_begin(struct view *v, const struct form *f, const struct op *op)
{
    html_raw(&v->h, "<form class=\"ask\" method=\"post\" action=\"/office/op/");
    view_part(v, op->id);
    html_raw(&v->h, "\"");
    if (op->flags & OP_UPLOAD) {
        upload_words(v);
    }
    html_raw(&v->h, ">");
    form_token(v);
    form_hidden(v, "page", view_here(v));
    if (f->next) {
        form_hidden(v, "back", f->next);
    }
}

static void form_button(struct view *v, const struct form *f, const char *does)
{
    if (f->will != OW_COUNT) {
        view_element(v, "<p class=\"will\">", f->will, "</p>");
    }
    html_raw(&v->h, "<p class=\"actions\"><button");
    if (f->danger) {
        html_raw(&v->h, " class=\"bad\"");
    }
    html_element(&v->h, ">", does, "</button></p></form>");
}

void form_show(struct view *v, const struct form *given)
{
    struct form f = *given;
    const struct op *op = v->source->find(f.op);
    if (!op || !view_may(v, f.op)) {
        return;
    }
    const char *does =
        f.button == OW_COUNT ? view_text(v, op->en, op->hi) : office_word(v->lang, f.button);
    f.again = failed_here(v, &f, op);
    f.plain = strcmp(op->method, "PATCH") == 0;
    if (f.folded) {
        html_raw(&v->h, "<details class=\"act\"");
        if (f.again) {
            html_raw(&v->h, " open");
        }
        html_element(&v->h, "><summary>", does, "</summary>");
    }
    form_begin(v, &f, op);
    summary_of_errors(v, &f, op);
    fields(v, &f, op);
    form_button(v, &f, does);
    if (f.folded) {
        html_raw(&v->h, "</details>");
    }
}
