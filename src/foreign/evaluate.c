/*
 * evaluate - see evaluate.h.
 */
#include "foreign/evaluate.h"

#include <stdio.h>

#include <jansson.h>

#include "base/hash.h"
#include "foreign/decode.h"
#include "foreign/normal.h"

enum { SHORT_PAGE = 200, SMALL_PAGE = 600, WORDY_PAGE = 1500 };

static const char *const class_names[CLASSES] = {"page",       "blocked",   "js-only", "login",
                                                 "not-found",  "frames",    "refresh", "binary",
                                                 "unreadable", "too-large", "server",  "pdf"};

const char *page_class_name(enum page_class class)
{
    return class_names[class];
}

/* ---- words that tell a page's kind ----------------------------------------------------------- */

static const char *const challenge_words[] = {"captcha",
                                              "not a robot",
                                              "verify you are human",
                                              "are you human",
                                              "checking your browser",
                                              "just a moment",
                                              "access denied",
                                              "request blocked",
                                              "unusual traffic",
                                              "security check",
                                              "attention required",
                                              "pardon our interruption",
                                              "incident id",
                                              "automated access",
                                              "bot detection",
                                              "you have been blocked",
                                              "too many requests",
                                              "रोबोट नही",
                                              "पहुच अस्वीकृत",
                                              "enable javascript and cookies"};

static const char *const script_words[] = {"enable javascript", "requires javascript",
                                           "javascript is disabled", "turn on javascript",
                                           "javascript to run this app"};

static const char *const missing_words[] = {"not found",
                                            "no results",
                                            "no record",
                                            "no certificate",
                                            "no matching",
                                            "0 results",
                                            "0 records",
                                            "does not exist",
                                            "cannot be found",
                                            "nothing found",
                                            "could not be found",
                                            "no longer available",
                                            "no entries",
                                            "no match",
                                            "page has moved",
                                            "unknown certificate",
                                            "invalid certificate number",
                                            "कोई परिणाम नहीं",
                                            "कोई रिकॉर्ड नहीं",
                                            "नहीं मिला",
                                            "नहीं मिली",
                                            "उपलब्ध नहीं",
                                            "nicht gefunden",
                                            "keine treffer",
                                            "introuvable",
                                            "aucun resultat"};

/* Whatever else is on the page: it shows something else than what was asked for. */
static const char *const other_words[] = {
    "no exact match", "did you mean", "similar results",      "closest match",
    "nearest match",  "best match",   "similar certificates", "you might be looking for"};

static const char *word_in(const char *folded, const char *const *list, size_t n)
{
    for (size_t i = 0; folded && i < n; i++) {
        if (strstr(folded, list[i])) {
            return list[i];
        }
    }
    return NULL;
}

/* In lines (or the title) of the page. */
static const char *page_word(const struct page *p, const char *const *list, size_t n, bool heads)
{
    const char *title = p->title ? normal_fold(p->arena, span_str(p->title)) : NULL;
    const char *found = word_in(title, list, n);
    for (size_t i = 0; i < p->line_count && !found; i++) {
        if (!heads || p->lines[i].kind >= PAGE_HEAD1) {
            found = word_in(normal_fold(p->arena, span_str(p->lines[i].text)), list, n);
        }
    }
    return found;
}
#define PAGE_WORD(p, list, heads) page_word((p), (list), sizeof(list) / sizeof *(list), (heads))

/* ---- classes --------------------------------------------------------------------------------- */

static bool by_status(struct arena *a, long status, struct evaluation *e)
{
    static const long blocked[] = {401, 403, 407, 418, 429, 451, 503,
                                   520, 521, 522, 523, 525, 526, 999};
    e->class = CLASS_PAGE;
    for (size_t i = 0; i < sizeof blocked / sizeof *blocked; i++) {
        e->class = status == blocked[i] ? CLASS_BLOCKED : e->class;
    }
    if (status == 404 || status == 410) {
        e->class = CLASS_NOT_FOUND;
    } else if (status >= 500 && e->class == CLASS_PAGE) {
        e->class = CLASS_SERVER;
    } else if (status != 200 && status != 202 && status != 203 && e->class == CLASS_PAGE) {
        e->class = status >= 400 ? CLASS_BLOCKED : CLASS_UNREADABLE;
    }
    if (e->class != CLASS_PAGE) {
        e->detail = arena_printf(a, "HTTP %ld", status);
    }
    return e->class != CLASS_PAGE;
}

static void set_class(struct evaluation *e, enum page_class class, const char *detail)
{
    e->class = class;
    e->detail = detail;
}

/* The record is there with what only the register can know. */
static bool is_record(const struct match *m)
{
    return m->found == MATCH_RECORD && m->parts[PART_HOLDER].answer == ANSWER_MATCH &&
           m->parts[PART_STATUS].answer != ANSWER_ABSENT;
}

/* What keeps programs out, and says so in words or signs. */
static bool is_closed(const struct page *p, long status, bool record, struct evaluation *e)
{
    const char *word;
    if (status == 202 && p->visible < WORDY_PAGE) {
        set_class(e, CLASS_BLOCKED, "HTTP 202");
    } else if (p->visible < WORDY_PAGE && !record &&
               (word = PAGE_WORD(p, challenge_words, false)) != NULL) {
        set_class(e, CLASS_BLOCKED, word);
    } else if (p->captcha && p->visible < SMALL_PAGE && !record) {
        set_class(e, CLASS_BLOCKED, "captcha");
    } else if (p->frames && p->visible < SHORT_PAGE) {
        set_class(e, CLASS_FRAMES, NULL);
    } else if (p->visible < SMALL_PAGE && !record &&
               (word = PAGE_WORD(p, script_words, false)) != NULL) {
        set_class(e, CLASS_JS_ONLY, word);
    }
    return e->class != CLASS_PAGE;
}

static void by_content(const struct page *p, long status, struct evaluation *e)
{
    enum match_found found = e->match_count ? e->matches[0].found : MATCH_NOWHERE;
    bool record = e->match_count && is_record(&e->matches[0]);
    bool in_record = found == MATCH_RECORD || found == MATCH_SEVERAL;
    const char *word;
    if (p->refresh) {
        set_class(e, CLASS_REFRESH, p->refresh);
    } else if (is_closed(p, status, record, e)) {
        return;
    } else if (p->password_inputs && !in_record) {
        set_class(e, CLASS_LOGIN, NULL);
    } else if ((word = PAGE_WORD(p, other_words, false)) != NULL ||
               (word = PAGE_WORD(p, missing_words, true)) != NULL ||
               (!record &&
                (word = PAGE_WORD(p, missing_words, p->visible >= WORDY_PAGE)) != NULL)) {
        set_class(e, CLASS_NOT_FOUND, word);
    } else if (p->kind == PAGE_HTML && p->visible < SHORT_PAGE && (p->scripts || !p->field_count)) {
        set_class(e, CLASS_JS_ONLY, NULL);
    }
}

/* ---- pages ----------------------------------------------------------------------------------- */

static void read_page(struct page *p, enum decoded_kind kind, struct span text)
{
    if (kind == DECODED_HTML) {
        page_html(p, text);
    } else if (kind == DECODED_JSON) {
        page_json(p, text);
    } else if (kind == DECODED_CSV) {
        page_csv(p, text);
    } else {
        page_plain(p, text);
    }
}

/* Data beside the page (JSON-LD) can hold the record; what the page itself says against the
 * certificate counts all the same. */
static int match_data(const struct page *page, const struct evaluate_job *job, size_t i,
                      struct match *out)
{
    for (size_t k = 0;
         k < page->data_count && out->found != MATCH_RECORD && out->found != MATCH_SEVERAL; k++) {
        struct page data = {.arena = page->arena, .profile = job->profile};
        struct match m;
        page_json(&data, page->data[k]);
        if (data.failed) {
            return -1;
        }
        if (data.unreadable || match_page(&data, job->claims[i], job->today, &m) != 0) {
            continue;
        }
        for (size_t l = 0; l < page->line_count && m.found == MATCH_RECORD && !m.blocking; l++) {
            m.blocking = status_blocking(page->arena, job->profile, page->lines[l].text);
            m.blocking_text = m.blocking ? page->lines[l].text : NULL;
            m.blocking_where = m.blocking ? page_where(page, page->lines[l].node) : NULL;
        }
        if (m.found == MATCH_RECORD || m.found == MATCH_SEVERAL) {
            *out = m;
        }
    }
    return 0;
}

static int judge(struct arena *a, const struct evaluate_job *job, enum decoded_kind kind,
                 struct span text, struct evaluation *e)
{
    struct page page = {.arena = a, .profile = job->profile};
    read_page(&page, kind, text);
    if (page.failed) {
        return arena_capped(a) ? (set_class(e, CLASS_TOO_LARGE, "it has too many parts"), 0) : -1;
    }
    e->visible = (int64_t)page.visible;
    e->title = page.title;
    if (page.unreadable) {
        set_class(e, CLASS_UNREADABLE, page.unreadable);
        return 0;
    }
    for (size_t i = 0; i < job->claim_count; i++) {
        struct match *m = &e->matches[e->match_count++];
        if (match_page(&page, job->claims[i], job->today, m) != 0 ||
            match_data(&page, job, i, m) != 0) {
            return arena_capped(a) ? (set_class(e, CLASS_TOO_LARGE, "it has too many parts"), 0)
                                   : -1;
        }
    }
    by_content(&page, job->status, e);
    return 0;
}

static int finish(struct span body, struct evaluation *e)
{
    uint8_t digest[SHA256_SIZE];
    e->size = (int64_t)body.n;
    if (hash_sha256(body, digest) != 0) {
        return -1;
    }
    (void)hash_hex(span_make(digest, sizeof digest), false, e->sha256);
    return 0;
}

int evaluate(struct arena *a, const struct evaluate_job *job, struct evaluation *out,
             struct span *pdf)
{
    static const char *const kinds[] = {"html", "json", "text", "pdf", "other", "csv"};
    struct decoded d;
    *out = (struct evaluation){.class = CLASS_PAGE};
    *pdf = SPAN_NONE;
    if (job->text.p) {
        out->kind = "pdf";
        out->charset = "utf-8";
        return finish(job->text, out) != 0 ? -1 : judge(a, job, DECODED_PLAIN, job->text, out);
    }
    if (decode_answer(a, job->head, job->wire, &d) != 0 || finish(d.body, out) != 0) {
        return -1;
    }
    out->kind = kinds[d.kind];
    out->charset = d.charset;
    if (by_status(a, job->status, out)) {
        return 0;
    }
    if (d.wrong) {
        set_class(out, d.too_large ? CLASS_TOO_LARGE : CLASS_UNREADABLE, d.wrong);
    } else if (d.kind == DECODED_PDF) {
        set_class(out, CLASS_PDF, NULL);
        *pdf = d.body;
    } else if (d.kind == DECODED_OTHER) {
        const char *type = arena_str(a, span_sub(d.type, 0, 100));
        set_class(out, CLASS_BINARY, d.type.n ? type : "no type");
    } else {
        return judge(a, job, d.kind, d.text, out);
    }
    return 0;
}

/* ---- out of the child ------------------------------------------------------------------------ */

static const char *const found_names[] = {"nowhere", "elsewhere", "record", "several"};

static void match_json(struct json *j, const struct match *m)
{
    json_open(j, '{');
    json_put_text(j, "found", found_names[m->found]);
    json_put_number(j, "records", (int64_t)m->records);
    json_put_truth(j, "expired", m->expired);
    json_put_truth(j, "renewed", m->renewed);
    json_put_truth(j, "blocked", m->blocked);
    json_put_text(j, "blocking", m->blocking);
    json_put_text(j, "blocking_text", m->blocking_text);
    json_put_text(j, "blocking_where", m->blocking_where);
    json_key(j, "parts");
    json_open(j, '[');
    for (int i = 0; i < PARTS; i++) {
        const struct snippet *s = &m->parts[i];
        json_open(j, '{');
        json_put_text(j, "field", part_name((enum part)i));
        json_put_text(j, "match", answer_name(s->answer));
        json_put_text(j, "label", s->label);
        json_put_text(j, "text", s->text);
        json_put_text(j, "xpath", s->where);
        json_put_number(j, "offset", s->text ? s->offset : -1);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_close(j, '}');
}

void evaluation_json(struct json *j, const struct evaluation *e)
{
    json_open(j, '{');
    json_put_text(j, "class", class_names[e->class]);
    json_put_text(j, "detail", e->detail);
    json_put_text(j, "kind", e->kind);
    json_put_text(j, "charset", e->charset);
    json_put_text(j, "title", e->title);
    json_put_text(j, "sha256", e->sha256);
    json_put_number(j, "size", e->size);
    json_put_number(j, "visible", e->visible);
    json_key(j, "matches");
    json_open(j, '[');
    for (size_t i = 0; i < e->match_count; i++) {
        match_json(j, &e->matches[i]);
    }
    json_close(j, ']');
    json_close(j, '}');
}

/* ---- back in the parent ---------------------------------------------------------------------- */

/* A name's place in a list; false: it is not there. */
static bool name_of(const json_t *v, const char *const *names, size_t n, int *out)
{
    const char *s = json_string_value(v);
    for (size_t i = 0; s && i < n; i++) {
        if (strcmp(names[i], s) == 0) {
            *out = (int)i;
            return true;
        }
    }
    return false;
}

static const char *text_of(struct arena *a, const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return json_is_string(v) ? arena_str(a, span_make(json_string_value(v), json_string_length(v)))
                             : NULL;
}

static bool read_match(struct arena *a, const json_t *o, struct match *m)
{
    static const char *const answers[] = {"absent", "match", "unclear", "differs"};
    const json_t *parts = json_object_get(o, "parts");
    int n = 0;
    if (!name_of(json_object_get(o, "found"), found_names, 4, &n) ||
        json_array_size(parts) != PARTS) {
        return false;
    }
    *m = (struct match){.found = (enum match_found)n,
                        .expired = json_is_true(json_object_get(o, "expired")),
                        .renewed = json_is_true(json_object_get(o, "renewed")),
                        .blocked = json_is_true(json_object_get(o, "blocked")),
                        .blocking = text_of(a, o, "blocking"),
                        .blocking_text = text_of(a, o, "blocking_text"),
                        .blocking_where = text_of(a, o, "blocking_where"),
                        .records = (size_t)json_integer_value(json_object_get(o, "records"))};
    for (size_t i = 0; i < PARTS; i++) {
        const json_t *part = json_array_get(parts, i);
        if (!name_of(json_object_get(part, "match"), answers, 4, &n)) {
            return false;
        }
        m->parts[i] = (struct snippet){(enum answer)n, text_of(a, part, "label"),
                                       text_of(a, part, "text"), text_of(a, part, "xpath"),
                                       json_integer_value(json_object_get(part, "offset"))};
    }
    return true;
}

int evaluation_read(struct arena *a, struct span text, struct evaluation *out)
{
    json_error_t error;
    json_t *v = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &error);
    const json_t *matches = json_object_get(v, "matches");
    int n = 0;
    *out = (struct evaluation){.class = CLASS_UNREADABLE};
    bool good = name_of(json_object_get(v, "class"), class_names, CLASSES, &n) &&
                json_array_size(matches) <= EVALUATE_CLAIMS_MAX;
    out->class = good ? (enum page_class)n : CLASS_UNREADABLE;
    out->detail = text_of(a, v, "detail");
    out->kind = text_of(a, v, "kind");
    out->charset = text_of(a, v, "charset");
    out->title = text_of(a, v, "title");
    out->size = json_integer_value(json_object_get(v, "size"));
    out->visible = json_integer_value(json_object_get(v, "visible"));
    const char *hash = json_string_value(json_object_get(v, "sha256"));
    (void)snprintf(out->sha256, sizeof out->sha256, "%s", hash ? hash : "");
    for (size_t i = 0; good && i < json_array_size(matches); i++) {
        good = read_match(a, json_array_get(matches, i), &out->matches[out->match_count++]);
    }
    json_decref(v);
    return good ? 0 : 1;
}
