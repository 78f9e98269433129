/*
 * pages_evidence - what was found about a foreign certificate, for an officer's eyes: what was read
 * on the page and where, the addresses on the way, what a mail said and who signed it, what an
 * officer attached; mails sent; decisions.
 *
 * Everything here was written by strangers: it is text, never a link and never markup.
 */
#include <stdio.h>

#include "http/office/pages_foreign.h"
#include "http/office/pages_form.h"
#include "http/office/pages_table.h"

enum { TEXT_SHOWN = 2000 };

/* ---- results of the programs ----------------------------------------------------------------- */

/* F of the contract: text and what to do, in the page's language. */
static void findings(struct view *v, const json_t *list)
{
    size_t i;
    json_t *one;
    if (json_array_size(list) == 0) {
        return;
    }
    html_raw(&v->h, "<ul class=\"reasons\">");
    json_array_foreach((json_t *)(uintptr_t)list, i, one)
    {
        const char *text = view_text(v, get_text(one, "text"), get_text(one, "text_hi"));
        const char *hint = view_text(v, get_text(one, "hint"), get_text(one, "hint_hi"));
        html_raw(&v->h, "<li>");
        html_text(&v->h, text ? text : get_text(one, "code"));
        if (hint && *hint) {
            html_element(&v->h, "<br><span class=\"small\">", hint, "</span>");
        }
        html_raw(&v->h, "</li>");
    }
    html_raw(&v->h, "</ul>");
}

/* What the program calls a field of a record, as a column of ours. */
static const char *field_of(const struct view *v, const char *word)
{
    static const char *const names[][2] = {{"number", "certificate_number"},
                                           {"status", "state"},
                                           {"issued", "issued_on"},
                                           {"expires", "expires_on"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(word, names[i][0]) == 0) {
            return field_label(v, names[i][1]);
        }
    }
    return field_label(v, word);
}

static void cell_text(struct view *v, const json_t *row, const char *name, enum office_word head)
{
    const json_t *value = json_object_get(row, name);
    html_raw(&v->h, "<td class=\"long\"");
    html_attr(&v->h, "data-label", office_word(v->lang, head));
    html_raw(&v->h, "><span>");
    if (json_is_boolean(value)) {
        bool yes = json_is_true(value);
        part_badge(v, yes ? TONE_GOOD : TONE_BAD, office_word(v->lang, yes ? OW_YES : OW_NO));
    } else if (json_is_integer(value)) {
        char n[TEXT_SIZE];
        html_text(&v->h, text_number(json_integer_value(value), n));
    } else if (json_is_string(value) && strcmp(name, "field") == 0) {
        html_text(&v->h, field_of(v, json_string_value(value)));
    } else if (json_is_string(value)) {
        part_text(v, json_string_value(value));
    } else {
        html_raw(&v->h, "–");
    }
    html_raw(&v->h, "</span></td>");
}

/* A plain table of what a program said; columns: members and their headings. */
struct shown {
    const char *name;
    enum office_word head;
};

static void plain_table(struct view *v, const json_t *rows, enum office_word caption,
                        const struct shown *columns, size_t count)
{
    size_t i;
    json_t *row;
    if (json_array_size(rows) == 0) {
        return;
    }
    view_element(v, "<table class=\"rows\"><caption>", caption, "</caption><thead><tr>");
    for (size_t c = 0; c < count; c++) {
        view_element(v, "<th scope=\"col\">", columns[c].head, "</th>");
    }
    html_raw(&v->h, "</tr></thead><tbody>");
    json_array_foreach((json_t *)(uintptr_t)rows, i, row)
    {
        html_raw(&v->h, "<tr>");
        for (size_t c = 0; c < count; c++) {
            cell_text(v, row, columns[c].name, columns[c].head);
        }
        html_raw(&v->h, "</tr>");
    }
    html_raw(&v->h, "</tbody></table>");
}

static void weblink(struct view *v, const json_t *result)
{
    static const struct shown snippets[] = {{"field", OW_EV_FIELD},
                                            {"text", OW_EV_TEXT},
                                            {"match", OW_EV_MATCH},
                                            {"offset", OW_EV_OFFSET},
                                            {"xpath", OW_EV_XPATH}};
    static const struct shown hops[] = {
        {"url", OW_EV_URL}, {"ip", OW_EV_IP}, {"status", OW_EV_STATUS}};
    const json_t *control = json_object_get(result, "control");
    const char *final = get_text(result, "final_url");
    findings(v, json_object_get(result, "findings"));
    plain_table(v, json_object_get(result, "snippets"), OW_EV_SNIPPETS, snippets,
                sizeof snippets / sizeof *snippets);
    plain_table(v, json_object_get(result, "hops"), OW_EV_HOPS, hops, sizeof hops / sizeof *hops);
    if (final) {
        view_element(v, "<p>", OW_EV_FINAL, ": ");
        html_element(&v->h, "<code class=\"long\">", final, "</code></p>");
    }
    if (get_text(control, "url")) {
        view_element(v, "<p>",
                     get_true(control, "matched") ? OW_EV_CONTROL_BAD : OW_EV_CONTROL_GOOD, "</p>");
    }
}

static void mail(struct view *v, const json_t *result)
{
    static const char *const names[] = {"from", "subject", NULL};
    const char *text = get_text(result, "text");
    const json_t *auth = json_object_get(result, "auth");
    part_facts(v, result, names);
    if (json_is_object(auth)) {
        bool good = get_true(auth, "aligned");
        html_raw(&v->h, "<p>");
        part_badge(v, good ? TONE_GOOD : TONE_CARE,
                   office_word(v->lang, good ? OW_EV_SENDER_SURE : OW_EV_SENDER_UNSURE));
        html_raw(&v->h, "</p>");
    }
    findings(v, json_object_get(result, "reasons"));
    if (text && *text) {
        char cut[TEXT_SHOWN + 8];
        size_t n = strlen(text);
        n = n < TEXT_SHOWN ? n : TEXT_SHOWN;
        while (n > 0 && n < strlen(text) && ((unsigned char)text[n] & 0xc0) == 0x80) {
            n--;
        }
        memcpy(cut, text, n);
        cut[n] = 0;
        view_element(v, "<details><summary>", OW_EV_MAIL_TEXT, "</summary><p class=\"lines\">");
        view_lines(v, cut);
        html_raw(&v->h, "</p></details>");
    }
}

/* A "yes" there is green like any other; what it is worth has to stand beside it. */
static void page_answer(struct view *v, const json_t *result, bool yes)
{
    static const char *const names[] = {"name", "remark", "address", NULL};
    if (yes) {
        view_element(v, "<p><strong>", OW_PAGE_BEARER, "</strong></p>");
    }
    part_facts(v, result, names);
}

/* ---- one piece ------------------------------------------------------------------------------- */

/* A picture is looked at where its statement stands; its kind was told from its octets when it was
 * attached. */
static void picture(struct view *v, const json_t *e)
{
    const char *media = get_text(e, "media"), *name = get_text(e, "name");
    if (!media || (strcmp(media, "image/png") != 0 && strcmp(media, "image/jpeg") != 0)) {
        return;
    }
    html_raw(&v->h, "<p><img class=\"shot\" loading=\"lazy\" src=\"/api/v1/foreign-evidence/");
    view_number(v, get_number(e, "id"));
    html_raw(&v->h, "\"");
    html_attr(&v->h, "alt", name && *name ? name : office_word(v->lang, OW_EV_FINAL));
    html_raw(&v->h, "></p>");
}

static void download(struct view *v, const json_t *e)
{
    char size[TEXT_SIZE];
    if (!get_has(e, "blob")) {
        return;
    }
    picture(v, e);
    html_raw(&v->h, "<p class=\"actions\"><a href=\"/api/v1/foreign-evidence/");
    view_number(v, get_number(e, "id"));
    html_raw(&v->h, "\">");
    part_text(v, get_text(e, "name"));
    html_element(&v->h, " (", text_bytes(get_number(e, "size"), size), ")</a></p>");
    html_element(&v->h, "<p class=\"small\">SHA-256 <code class=\"long\">", get_text(e, "blob"),
                 "</code></p>");
}

static void piece(struct view *v, const json_t *e)
{
    char word[48];
    const char *kind = get_text(e, "kind"), *outcome = get_text(e, "outcome");
    const json_t *result = json_object_get(e, "result");
    (void)snprintf(word, sizeof word, "evidence-%s", kind);
    html_raw(&v->h, "<article class=\"note\"><h3>");
    html_text(&v->h, vocab_text(v, word));
    (void)snprintf(word, sizeof word, "outcome-%s", outcome);
    html_raw(&v->h, "</h3><p>");
    part_badge(v, get_true(e, "earlier_claim") ? TONE_CARE : vocab_tone(word), vocab_text(v, word));
    html_raw(&v->h, " <span class=\"small\">");
    part_value(v, e, "at");
    if (get_has(e, "person_name")) {
        html_raw(&v->h, " · ");
        part_text(v, get_text(e, "person_name"));
    }
    html_raw(&v->h, "</span></p>");
    if (get_true(e, "earlier_claim")) {
        html_raw(&v->h, "<p>");
        part_badge(v, TONE_CARE, office_word(v->lang, OW_EV_EARLIER));
        view_element(v, " ", OW_EV_EARLIER_LONG, "</p>");
    }
    if (get_has(e, "statement")) {
        html_raw(&v->h, "<p class=\"lines\">");
        view_lines(v, get_text(e, "statement"));
        html_raw(&v->h, "</p>");
    }
    if (get_has(e, "reason")) {
        html_element(&v->h, "<p class=\"small\"><code>", get_text(e, "reason"), "</code></p>");
    }
    if (strcmp(kind, "weblink") == 0) {
        weblink(v, result);
    } else if (strcmp(kind, "mail") == 0) {
        mail(v, result);
    } else if (strcmp(kind, "page") == 0) {
        page_answer(v, result, strcmp(outcome, "confirmed") == 0);
    }
    download(v, e);
    html_raw(&v->h, "</article>");
}

static void mails(struct view *v, const json_t *row)
{
    static const char *const columns[] = {"sent_at", "to", "attempt", "state", "answer", NULL};
    static const struct table t = {
        .caption = OW_CASE_MAILS, .empty = OW_FOREIGN_EMPTY, .columns = columns};
    size_t i;
    json_t *one, *rows = json_deep_copy(json_object_get(row, "mails"));
    json_array_foreach(rows, i, one)
    {
        char word[32];
        (void)snprintf(word, sizeof word, "mail-%s", get_text(one, "state"));
        v->broken |= json_object_set(one, "to", json_object_get(one, "address")) != 0 ||
                     json_object_set_new(one, "state", json_string(word)) != 0;
    }
    if (json_array_size(rows)) {
        part_section(v, "mails", OW_CASE_MAILS);
        if (json_is_false(json_object_get(json_array_get(rows, 0), "issuer_named"))) {
            view_element(v, "<p><strong>", OW_MAIL_OTHER_BODY, "</strong></p>");
        }
        table_rows(v, &t, rows);
        part_section_end(v);
    }
    json_decref(rows);
}

void foreign_evidence_parts(struct view *v, const json_t *row)
{
    size_t i;
    json_t *one;
    const json_t *list = json_object_get(row, "evidence");
    if (!view_officer(v)) {
        return;
    }
    part_section(v, "evidence", OW_CASE_EVIDENCE);
    if (json_array_size(list) == 0) {
        part_empty(v, OW_CASE_NO_EVIDENCE);
    }
    json_array_foreach((json_t *)(uintptr_t)list, i, one)
    {
        piece(v, one);
    }
    part_section_end(v);
    mails(v, row);
}

/* ---- decisions ------------------------------------------------------------------------------- */

/* For another officer than the one who proposed it. */
static void second(struct view *v, const json_t *d)
{
    const char *state = get_text(d, "state");
    json_t *values = json_pack("{s:O}", "decision", json_object_get(d, "id"));
    struct form yes = {.op = "foreign.confirm",
                       .values = values,
                       .button = OW_COUNT,
                       .will = OW_COUNT,
                       .key = "yes-",
                       .folded = true};
    struct form no = yes;
    no.op = "foreign.reject";
    no.key = "no-";
    bool own = v->actor && get_number(d, "person") == v->actor->person;
    if (values && strcmp(state, "proposed") == 0 && own) {
        view_element(v, "<p class=\"small\">", OW_CASE_SECOND_WAITS, "</p>");
    } else if (values && strcmp(state, "proposed") == 0) {
        form_show(v, &yes);
        form_show(v, &no);
    }
    json_decref(values);
}

void foreign_decisions(struct view *v, const json_t *row)
{
    size_t i;
    json_t *d;
    const json_t *list = json_object_get(row, "decisions");
    if (!view_officer(v) || json_array_size(list) == 0) {
        return;
    }
    part_section(v, "decisions", OW_CASE_DECISIONS);
    json_array_foreach((json_t *)(uintptr_t)list, i, d)
    {
        char word[48];
        (void)snprintf(word, sizeof word, "case-%s", get_text(d, "decision"));
        html_raw(&v->h, "<div class=\"note\"><p>");
        part_badge(v, vocab_tone(word), vocab_text(v, word));
        html_raw(&v->h, " ");
        part_badge_word(v, get_text(d, "state"));
        html_raw(&v->h, "</p><p class=\"lines\">");
        view_lines(v, get_text(d, "reason"));
        html_raw(&v->h, "</p><p class=\"small\">");
        part_text(v, get_text(d, "person_name"));
        html_raw(&v->h, " · ");
        part_value(v, d, "at");
        if (get_has(d, "second_name")) {
            html_raw(&v->h, " · ");
            part_text(v, get_text(d, "second_name"));
        }
        html_raw(&v->h, "</p>");
        second(v, d);
        html_raw(&v->h, "</div>");
    }
    part_section_end(v);
}
