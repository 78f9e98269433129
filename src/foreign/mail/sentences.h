/*
 * sentences - what is said about mails, as rows: sentences.def.
 */
#ifndef FOREIGN_MAIL_SENTENCES_H
#define FOREIGN_MAIL_SENTENCES_H

#include "base/arena.h"
#include "base/json.h"

enum mail_sentence {
#define SENTENCE(id, code, level, cite, en, hi, hint, hint_hi) MAIL_##id,
#include "foreign/mail/sentences.def"
#undef SENTENCE
    MAIL_SENTENCES
};

enum { MAIL_ARGS = 2 };

/* A sentence with what goes into it; the texts live in the job's arena. */
struct mail_said {
    enum mail_sentence sentence;
    const char *args[MAIL_ARGS];
};

struct mail_row {
    const char *code, *level, *cite, *en, *hi, *hint, *hint_hi;
};

const struct mail_row *mail_row(enum mail_sentence sentence);

/* {0} and {1} replaced. NULL: no memory. */
char *mail_sentence_text(struct arena *a, const struct mail_said *said, bool hindi) WARN_UNUSED;

/* The members of F (CONTRACT.md) into an open object. False: no memory. */
bool mail_sentence_json(struct arena *a, const struct mail_said *said, struct json *j) WARN_UNUSED;

#endif
