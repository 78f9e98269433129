/*
 * public_view - see public_view.h.
 */
#include "http/public/public_view.h"

#include "http/office/pages_text.h"
#include "report/tone.h"

static const char *const words[PW_COUNT][2] = {
#define PUBLIC_WORD(id, en, hi) [PW_##id] = {en, hi},
#include "http/public/public_words.def"
#undef PUBLIC_WORD
};

const char *public_text(bool hindi, enum public_word w)
{
    return words[w][hindi];
}

void public_say(struct public_view *v, enum public_word w)
{
    html_text(&v->p.h, words[w][v->hindi]);
}

void public_fill(struct public_view *v, enum public_word w, const char *first, const char *second)
{
    const char *rest = words[w][v->hindi], *mark;
    while ((mark = strchr(rest, '{')) != NULL) {
        html_span(&v->p.h, span_make(rest, (size_t)(mark - rest)));
        html_text(&v->p.h, mark[1] == '0' ? first : second);
        rest = mark + 3;
    }
    html_text(&v->p.h, rest);
}

/* "/register?model=X&": where the other language is to be found. */
static const char *here(struct office_request *r)
{
    const char *name;
    json_t *value;
    struct buffer b;
    buffer_init(&b, 16384);
    public_path(&b, r->url);
    buffer_char(&b, '?');
    json_object_foreach(r->query, name, value)
    {
        if (strcmp(name, "lang") != 0) {
            public_path(&b, name);
            buffer_char(&b, '=');
            public_path(&b, json_string_value(value));
            buffer_char(&b, '&');
        }
    }
    const char *text = buffer_cstr(&b);
    const char *kept = text ? arena_str(r->arena, span_str(text)) : NULL;
    buffer_free(&b);
    return kept;
}

int public_begin(struct public_view *v, struct office_request *r, const char *title)
{
    *v = (struct public_view){.r = r, .c = office_context(r), .hindi = r->lang == LANG_HI};
    v->c.here = here(r);
    v->c.checker = true;
    page_begin(&v->p, &v->c, title, WORD_COUNT, &r->body);
    return v->c.here ? 0 : -1;
}

static enum register_status status_of(const char *code)
{
    for (int s = REGISTER_UNKNOWN; s <= REGISTER_LAPSED; s++) {
        if (strcmp(register_status_code((enum register_status)s), code) == 0) {
            return (enum register_status)s;
        }
    }
    return REGISTER_UNKNOWN;
}

const char *public_status_word(const struct public_view *v, const char *status)
{
    return register_status_word(status_of(status), v->hindi);
}

int public_tone(const char *status)
{
    switch (status_of(status)) {
    case REGISTER_VALID:
        return 0;
    case REGISTER_SUSPENDED:
    case REGISTER_WITHDRAWN:
    case REGISTER_UNKNOWN:
        return 2;
    case REGISTER_NOT_YET:
    case REGISTER_EXPIRED:
    case REGISTER_SUPERSEDED:
    case REGISTER_LAPSED:
        break;
    }
    return 1;
}

void public_state(struct public_view *v, const char *status)
{
    tone_icon(&v->p.h, public_tone(status));
    html_element(&v->p.h, " <strong>", public_status_word(v, status), "</strong>");
}

const char *public_date(const struct public_view *v, const char *iso, char *out)
{
    return iso && *iso ? text_date(iso, v->hindi, out) : "–";
}

void public_address(struct public_view *v, const char *number)
{
    buffer_str(v->p.h.out, "/certificate/");
    public_path(v->p.h.out, number);
    buffer_str(v->p.h.out, v->hindi ? "?lang=hi" : "?lang=en");
}

const char *public_get(const json_t *o, const char *name)
{
    const char *s = json_string_value(json_object_get(o, name));
    return s ? s : "";
}

void public_checker(struct public_view *v, const struct note_key *k, const char *number,
                    const char *data_sha256, const char *status)
{
    struct html *h = &v->p.h;
    char key[2 * NOTE_KEY + 1], id[2 * NOTE_ID + 1];
    html_raw(h, "<div id=\"qr\" role=\"status\"");
    html_attr(h, "data-key", hash_hex(span_make(k->key, NOTE_KEY), false, key));
    html_attr(h, "data-id", hash_hex(span_make(k->id, NOTE_ID), false, id));
    html_attr(h, "data-number", number);
    html_attr(h, "data-sha256", data_sha256);
    html_attr(h, "data-status", status);
    html_attr(h, "data-word", public_status_word(v, status));
#define SAY(name, word) html_attr(h, "data-" name, words[word][v->hindi])
    SAY("good", PW_JS_GOOD);
    SAY("claim", PW_JS_CLAIM);
    SAY("now", PW_JS_NOW);
    SAY("ask", PW_JS_ASK);
    SAY("changed", PW_JS_CHANGED);
    SAY("over", PW_JS_OVER);
    SAY("early", PW_JS_EARLY);
    SAY("stale", PW_JS_STALE);
    SAY("bad", PW_JS_BAD);
    SAY("other-key", PW_JS_KEY);
    SAY("none", PW_JS_NONE);
    SAY("other", PW_JS_OTHER);
    SAY("old", PW_JS_OLD);
    SAY("scanned", PW_SCANNED);
#undef SAY
    html_raw(h, "></div>");
}

void public_vkey(struct public_view *v, const struct note_key *k)
{
    struct buffer key;
    buffer_init(&key, NOTE_MAX);
    html_raw(&v->p.h, "<code>");
    if (note_key_write(k, &key) == 0) {
        html_span(&v->p.h, buffer_span(&key));
    }
    html_raw(&v->p.h, "</code>");
    buffer_free(&key);
}

void public_field(struct public_view *v, const char *name, enum public_word label, bool date)
{
    struct html *h = &v->p.h;
    html_raw(h, "<div class=\"field\"><label");
    html_attr(h, "for", name);
    public_element(v, ">", label, "</label><input");
    html_attr(h, "id", name);
    html_attr(h, "name", name);
    html_attr(h, "value", office_query(v->r, name));
    if (date) {
        html_raw(h, " type=\"date\"");
    }
    html_raw(h, "></div>");
}
