/*
 * sentences - see sentences.h.
 */
#include "foreign/mail/sentences.h"

#include "base/template.h"

static const struct mail_row rows[] = {
#define SENTENCE(id, code, level, cite, en, hi, hint, hint_hi)                                     \
    {code, #level, cite, en, hi, hint, hint_hi},
#include "foreign/mail/sentences.def"
#undef SENTENCE
};

const struct mail_row *mail_row(enum mail_sentence sentence)
{
    return &rows[sentence];
}

char *mail_sentence_text(struct arena *a, const struct mail_said *said, bool hindi)
{
    const struct mail_row *row = &rows[said->sentence];
    return template_fill(a, hindi ? row->hi : row->en, said->args, MAIL_ARGS, "?");
}

bool mail_sentence_json(struct arena *a, const struct mail_said *said, struct json *j)
{
    const struct mail_row *row = &rows[said->sentence];
    char *en = mail_sentence_text(a, said, false), *hi = mail_sentence_text(a, said, true);
    json_put_finding(j, &(struct json_finding){row->code, row->level, NULL, row->cite, en, hi,
                                               row->hint, row->hint_hi});
    return en && hi;
}
