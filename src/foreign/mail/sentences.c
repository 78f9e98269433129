/*
 * sentences - see sentences.h.
 */
#include "foreign/mail/sentences.h"

static const struct mail_row rows[] = {
#define SENTENCE(id, code, level, cite, en, hi, hint, hint_hi)                                     \
    {code, #level, cite, en, hi, hint, hint_hi},
#include "foreign/mail/sentences.def"
#undef SENTENCE
};

enum { TEXT_MAX = 8192 };

const struct mail_row *mail_row(enum mail_sentence sentence)
{
    return &rows[sentence];
}

char *mail_sentence_text(struct arena *a, const struct mail_said *said, bool hindi)
{
    const char *s = hindi ? rows[said->sentence].hi : rows[said->sentence].en;
    struct buffer out;
    buffer_init(&out, TEXT_MAX);
    while (*s) {
        bool place = s[0] == '{' && (s[1] == '0' || s[1] == '1') && s[2] == '}';
        if (place) {
            const char *arg = said->args[s[1] - '0'];
            buffer_str(&out, arg ? arg : "?");
            s += 3;
        } else {
            buffer_char(&out, *s++);
        }
    }
    char *text = buffer_ok(&out) ? arena_str(a, buffer_span(&out)) : NULL;
    buffer_free(&out);
    return text;
}

bool mail_sentence_json(struct arena *a, const struct mail_said *said, struct json *j)
{
    const struct mail_row *row = &rows[said->sentence];
    char *en = mail_sentence_text(a, said, false), *hi = mail_sentence_text(a, said, true);
    json_put_text(j, "code", row->code);
    json_put_text(j, "level", row->level);
    json_put_text(j, "cite", row->cite);
    json_put_text(j, "text", en);
    json_put_text(j, "text_hi", hi);
    json_put_text(j, "hint", row->hint);
    json_put_text(j, "hint_hi", row->hint_hi);
    return en && hi;
}
