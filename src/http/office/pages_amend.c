/*
 * pages_amend - a certificate that is to be drawn and signed anew: what is asked for (amend,
 * correct), and what it says beside what it would say, for the officer who signs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "http/office/pages_all.h"
#include "http/office/pages_form.h"
#include "office/certificates/amendment.h"

static bool is(const json_t *row, const char *name, const char *word)
{
    const char *text = get_text(row, name);
    return text && strcmp(text, word) == 0;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static void put(struct view *v, json_t *to, const char *name, const json_t *value)
{
    v->broken |= value && json_object_set(to, name, (json_t *)(uintptr_t)value) != 0;
}

static void put_members(struct view *v, json_t *to, const json_t *from,
                        const char *const (*pairs)[2])
{
    for (; (*pairs)[0]; pairs++) {
        put(v, to, (*pairs)[0], json_object_get(from, (*pairs)[1]));
    }
}

/* Rows as lines of cells, as the operation reads them. */
static void put_lines(struct view *v, json_t *to, const char *name, const json_t *list,
                      const char *const *keys)
{
    struct buffer b;
    buffer_init(&b, 1 << 20);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        buffer_str(&b, i ? "\n" : "");
        buffer_str(&b, keys ? "" : json_string_value(row));
        for (size_t k = 0; keys && keys[k]; k++) {
            const char *cell = get_text(row, keys[k]);
            buffer_str(&b, k && cell ? " | " : "");
            buffer_str(&b, cell ? cell : "");
        }
    }
    const char *whole = buffer_cstr(&b);
    v->broken |= !whole || json_object_set_new(to, name, json_string(whole)) != 0;
    buffer_free(&b);
}

/* Of a correction everything as it is, to be put right. */
static void put_present(struct view *v, json_t *to, const json_t *d)
{
    static const char *const en[] = {"en", NULL}, *const hi[] = {"hi", NULL};
    put_members(v, to, json_object_get(d, "holder"), amendment_holder);
    put_members(v, to, json_object_get(d, "product"), amendment_product);
    put_members(v, to, json_object_get(d, "lab"), amendment_lab);
    put(v, to, "assessor_name", json_object_get(d, "assessor"));
    put_lines(v, to, "standards", json_object_get(d, "standards"), NULL);
    put_lines(v, to, "models", json_object_get(d, "models"), amendment_models);
    put_lines(v, to, "locations", json_object_get(d, "locations"), amendment_places);
    put_lines(v, to, "conditions", json_object_get(d, "conditions"), en);
    put_lines(v, to, "conditions_hi", json_object_get(d, "conditions"), hi);
}

static int ask(struct view *v, const char *op, bool corrects)
{
    enum op_problem problem;
    const json_t *c = view_read(
        v, "certificate.show",
        json_pack("{s:I}", "certificate", (json_int_t)view_id(v, "certificate")), &problem);
    if (!c) {
        return view_problem(v, problem, NULL);
    }
    const json_t *d = json_object_get(c, "data");
    json_t *values = json_pack("{s:O}", "certificate", json_object_get(c, "id"));
    put_members(v, values, json_object_get(d, "signatory"), amendment_signatory);
    if (corrects) {
        put_present(v, values, d);
    }
    const struct form f = {.op = op,
                           .values = values,
                           .next = "/office/changes/{id}",
                           .button = OW_COUNT,
                           .will = OW_CERT_AMEND_WILL,
                           .key = ""};
    view_begin(v, office_word(v->lang, corrects ? OW_CERT_CORRECT : OW_CERT_AMEND),
               get_text(c, "number"));
    html_raw(&v->h, "<p><a href=\"/office/certificates/");
    view_number(v, get_number(c, "id"));
    html_element(&v->h, "\">", get_text(c, "number"), "</a></p>");
    view_element(v, "<p class=\"lead\">", corrects ? OW_CERT_CORRECT_LEAD : OW_CERT_AMEND_LEAD,
                 "</p>");
    part_section(v, "ask", OW_DIFF_ASK);
    form_show(v, &f);
    part_section_end(v);
    json_decref(values);
    return view_end(v);
}

int page_amend(struct view *v)
{
    return ask(v, "certificate.amend", false);
}

int page_correct(struct view *v)
{
    return ask(v, "certificate.correct", true);
}

/* ---- before and after ------------------------------------------------------------------------ */

static const struct label {
    const char *path;
    const char *field;     /* a column the pages know, or */
    enum office_word word; /* a word */
} labels[] = {
    {"holder.name_hi", "holder_hi", OW_COUNT},
    {"holder.name", "holder", OW_COUNT},
    {"holder.address_hi", "address_hi", OW_COUNT},
    {"holder.address", "address", OW_COUNT},
    {"product.name_hi", "product_hi", OW_COUNT},
    {"product.name", "product", OW_COUNT},
    {"models[", NULL, OW_MODELS},
    {"locations[", NULL, OW_LOCATIONS},
    {"standards[", "standards", OW_COUNT},
    {"lab.name", "lab_name", OW_COUNT},
    {"lab.reports[", "report_numbers", OW_COUNT},
    {"assessor", "assessor_name", OW_COUNT},
    {"conditions[", "limits", OW_COUNT},
    {"signatory.name_hi", "signatory_hi", OW_COUNT},
    {"signatory.name", "signatory", OW_COUNT},
    {"signatory.designation_hi", "designation_hi", OW_COUNT},
    {"signatory.designation", "designation", OW_COUNT},
    {"signatory.place_hi", "place_hi", OW_COUNT},
    {"signatory.place", "place", OW_COUNT},
    {"amendment.number", NULL, OW_DIFF_NUMBER},
    {"amendment.kind", NULL, OW_DIFF_KIND},
    {"amendment.date", NULL, OW_DIFF_DATE},
    {"amendment.decision", NULL, OW_DIFF_DECISION},
    {"amendment.en", NULL, OW_DIFF_EN},
    {"amendment.hi", NULL, OW_DIFF_HI},
};

/* "Models 3: firmware"; a place no label is known for as it is. */
static void put_label(struct view *v, const char *path, bool whole)
{
    const char *open = strchr(path, '['), *rest = open ? strchr(open, '.') : NULL;
    const struct label *l = NULL;
    for (size_t i = 0; !l && i < sizeof labels / sizeof *labels; i++) {
        l = strncmp(path, labels[i].path, strlen(labels[i].path)) == 0 ? &labels[i] : NULL;
    }
    if (!l) {
        html_text(&v->h, path);
        return;
    }
    html_text(&v->h, l->field ? field_label(v, l->field) : office_word(v->lang, l->word));
    if (open) {
        html_raw(&v->h, " ");
        view_number(v, strtoll(open + 1, NULL, 10) + 1);
    }
    if (rest && !whole) {
        html_element(&v->h, ": ", field_label(v, rest + 1), "");
    }
}

static bool ends(const char *path, const char *with)
{
    size_t n = strlen(path), m = strlen(with);
    return n >= m && strcmp(path + n - m, with) == 0;
}

static void put_value(struct view *v, const char *path, const json_t *value)
{
    char date[TEXT_SIZE];
    const char *text = json_string_value(value);
    if (text && ends(path, "sha256")) {
        html_element(&v->h, "<code>", text, "</code>");
    } else if (text && ends(path, "date")) {
        html_text(&v->h, text_date(text, v->lang == LANG_HI, date));
    } else if (text && ends(path, "kind")) {
        html_text(&v->h, vocab_text(v, text));
    } else if (json_is_integer(value)) {
        view_number(v, json_integer_value(value));
    } else if (json_is_string(value)) {
        part_text(v, json_string_value(value));
    } else {
        html_raw(&v->h, "–");
    }
}

/* Of the same entry of a list: their paths are the same up to the bracket. */
static bool same_entry(const json_t *a, const json_t *b)
{
    const char *x = get_text(a, "path"), *y = get_text(b, "path");
    const char *end = x ? strchr(x, ']') : NULL;
    return end && y && strncmp(x, y, (size_t)(end - x) + 1) == 0;
}

/* How many rows from i on are the parts of an entry that is new, or gone, as a whole. */
static size_t entry_rows(const json_t *list, size_t i)
{
    const json_t *first = json_array_get(list, i), *row;
    const char *gone = get_has(first, "before") ? "after" : "before";
    size_t n = 1;
    if (get_has(first, gone)) {
        return 1;
    }
    while ((row = json_array_get(list, i + n)) && same_entry(first, row) && !get_has(row, gone)) {
        n++;
    }
    return n;
}

static void put_similar(struct view *v, const json_t *similar)
{
    char percent[TEXT_SIZE];
    (void)snprintf(percent, sizeof percent, "%lld", (long long)json_integer_value(similar));
    view_fill(v, OW_DIFF_SIMILAR, percent, NULL);
}

static void put_cell(struct view *v, const json_t *list, size_t i, size_t n, const char *name,
                     enum office_word head)
{
    html_raw(&v->h, "<td");
    html_attr(&v->h, "data-label", office_word(v->lang, head));
    html_raw(&v->h, ">");
    bool there = get_has(json_array_get(list, i), name);
    for (size_t k = 0; k < (there ? n : 1); k++) {
        buffer_str(v->h.out, k ? "<br>" : "");
        const json_t *row = json_array_get(list, i + k);
        put_value(v, get_text(row, "path"), json_object_get(row, name));
    }
    const json_t *similar = json_object_get(json_array_get(list, i), "similar");
    if (similar && head == OW_DIFF_AFTER) {
        html_raw(&v->h, "<br><span class=\"small\">");
        put_similar(v, similar);
        html_raw(&v->h, "</span>");
    }
    html_raw(&v->h, "</td>");
}

/* Before everything else: a name that is not only written otherwise. */
static void other_names(struct view *v, const json_t *list)
{
    size_t i, found = 0;
    json_t *row;
    json_array_foreach(list, i, row)
    {
        const json_t *similar = json_object_get(row, "similar");
        if (!similar || json_integer_value(similar) >= AMENDMENT_OTHER_NAME) {
            continue;
        }
        if (found++ == 0) {
            html_raw(&v->h, "<section role=\"alert\" class=\"next-step");
            part_tone_class(v, TONE_BAD);
            view_element(v, "\"><h2>", OW_DIFF_OTHER_NAME, "</h2><ul>");
        }
        html_raw(&v->h, "<li>");
        put_label(v, get_text(row, "path"), true);
        html_element(&v->h, ": <del>", get_text(row, "before"), "</del> → ");
        html_element(&v->h, "<strong>", get_text(row, "after"), "</strong> (");
        put_similar(v, similar);
        html_raw(&v->h, ")</li>");
    }
    if (found) {
        view_element(v, "</ul><p>", OW_DIFF_OTHER_NAME_WHY, "</p></section>");
    }
}

static void comparison(struct view *v, const json_t *list)
{
    part_section(v, "differences", OW_DIFF);
    if (json_array_size(list) == 0) {
        part_empty(v, OW_DIFF_NONE);
        part_section_end(v);
        return;
    }
    view_element(v, "<div class=\"scroll\"><table class=\"rows\"><caption class=\"unseen\">",
                 OW_DIFF, "</caption><thead><tr><th scope=\"col\">");
    view_element(v, "", OW_DIFF_WHAT, "</th><th scope=\"col\">");
    view_element(v, "", OW_DIFF_BEFORE, "</th><th scope=\"col\">");
    view_element(v, "", OW_DIFF_AFTER, "</th></tr></thead><tbody>");
    for (size_t i = 0, n; i < json_array_size(list); i += n) {
        n = entry_rows(list, i);
        html_raw(&v->h, "<tr><th scope=\"row\">");
        put_label(v, get_text(json_array_get(list, i), "path"), n > 1);
        html_raw(&v->h, "</th>");
        put_cell(v, list, i, n, "before", OW_DIFF_BEFORE);
        put_cell(v, list, i, n, "after", OW_DIFF_AFTER);
        html_raw(&v->h, "</tr>");
    }
    html_raw(&v->h, "</tbody></table></div>");
    part_section_end(v);
}

/* ---- the second officer ---------------------------------------------------------------------- */

static void refused(struct view *v, const json_t *h)
{
    const char *why = view_text(v, get_text(h, "why"), get_text(h, "why_hi"));
    html_raw(&v->h, "<section class=\"next-step");
    part_tone_class(v, TONE_CARE);
    view_element(v, "\"><h2>", OW_DIFF_NOT_POSSIBLE, "</h2>");
    html_element(&v->h, "<p>", why, "</p></section>");
}

static void sign_form(struct view *v, const json_t *h)
{
    static const char *const hidden[] = {"sha256", NULL};
    static const char *const need[] = {"confirm", NULL};
    json_t *values = json_pack("{s:O, s:O}", "change", json_object_get(h, "id"), "sha256",
                               json_object_get(h, "sha256"));
    const struct form f = {.op = "certificate.sign-change",
                           .values = values,
                           .hidden = hidden,
                           .need = need,
                           .next = "/office/signings/{id}",
                           .button = OW_DIFF_SIGN,
                           .will = OW_DIFF_SIGN_WILL,
                           .key = "sign-",
                           .danger = true};
    view_element(v, "<section class=\"part\"><h2>", OW_DIFF_HASH, "</h2><p class=\"hash\"><code>");
    html_text(&v->h, get_text(h, "sha256"));
    html_raw(&v->h, "</code></p>");
    if (!get_true(h, "possible")) {
        char id[TEXT_SIZE];
        html_raw(&v->h, "<p>");
        (void)snprintf(id, sizeof id, "%lld", (long long)get_number(h, "id"));
        view_fill(v, OW_CERT_WILL_DRAW, id, NULL);
        html_raw(&v->h, "</p>");
    } else {
        form_show(v, &f);
    }
    html_raw(&v->h, "</section>");
    json_decref(values);
}

static void next_step(struct view *v, const json_t *h)
{
    bool mine = get_number(h, "person") == v->actor->person;
    json_t *values = json_pack("{s:O}", "change", json_object_get(h, "id"));
    const struct form no = {.op = "certificate.reject",
                            .values = values,
                            .button = OW_COUNT,
                            .will = OW_CERT_REJECT_WILL,
                            .key = "no-",
                            .folded = true};
    if (get_has(h, "signing")) {
        view_element(v, "<p class=\"said\">", OW_CERT_SIGNING_NOW, " <a href=\"/office/signings/");
        view_number(v, get_number(h, "signing"));
        view_element(v, "\">", OW_CERT_SIGNING, "</a></p>");
    } else if (!get_has(h, "after")) {
        form_show(v, &no); /* not possible: the page has said why */
    } else {
        html_raw(&v->h, "<p class=\"actions noprint\"><a href=\"/api/v1/register/changes/");
        view_number(v, get_number(h, "id"));
        view_element(v, "/preview\" target=\"_blank\" rel=\"noopener\">", OW_CERT_PREVIEW,
                     "</a></p>");
        if (mine) {
            view_element(v, "<p>", OW_CERT_CHANGE_YOURS, "</p>");
        } else if (get_has(h, "sha256") && view_may(v, "certificate.sign-change")) {
            sign_form(v, h);
        }
        form_show(v, &no);
    }
    json_decref(values);
}

int page_amendment(struct view *v)
{
    static const char *const names[] = {"state", "reason_code", "remark",    "person_name",
                                        "at",    "second_name", "second_at", NULL};
    enum op_problem problem;
    const json_t *h =
        view_read(v, "certificate.amendment",
                  json_pack("{s:I}", "change", (json_int_t)view_id(v, "change")), &problem);
    if (!h) {
        return view_problem(v, problem, NULL);
    }
    view_begin(v, office_word(v->lang, is(h, "event", "correct") ? OW_CERT_CORRECT : OW_CERT_AMEND),
               get_text(h, "number"));
    html_raw(&v->h, "<p><a href=\"/office/certificates/");
    view_number(v, get_number(h, "certificate"));
    html_element(&v->h, "\">", get_text(h, "number"), "</a></p>");
    v->broken |=
        json_object_set((json_t *)(uintptr_t)h, "reason_code", json_object_get(h, "reason")) != 0;
    if (get_has(h, "why")) {
        refused(v, h);
    }
    other_names(v, json_object_get(h, "differences"));
    part_facts(v, h, names);
    comparison(v, json_object_get(h, "differences"));
    if (is(h, "state", "waiting")) {
        next_step(v, h);
    }
    return view_end(v);
}
