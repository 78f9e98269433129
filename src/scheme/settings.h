/*
 * settings - what the memorandum leaves open, each a named value with a recorded default.
 *
 * trust/scheme.json holds them: {"name": {"value": ..., "source": "...", "about": "..."}}. The
 * defaults of settings.def apply for what a file leaves out; an unknown name is an error. Which
 * documents a submission needs is in trust/required-documents.json.
 */
#ifndef SCHEME_SETTINGS_H
#define SCHEME_SETTINGS_H

#include "base/arena.h"
#include "scheme/facts.h"

enum { SCHEME_ERROR = 200, SCHEME_LIST_MAX = 32 };

enum scheme_clock { SCHEME_FIRST_QUERY, SCHEME_COMPLETE_SUBMISSION, SCHEME_REGISTRATION };

struct scheme_texts {
    const char *items[SCHEME_LIST_MAX];
    size_t count;
};

struct scheme_numbers {
    int64_t items[SCHEME_LIST_MAX];
    size_t count;
};

struct scheme_settings {
#define SETTING_NUMBER(key, min, max, value, source, en, hi) int64_t key;
#define SETTING_FLAG(key, value, source, en, hi)             bool key;
#define SETTING_CLOCK(key, value, source, en, hi)            enum scheme_clock key;
#define SETTING_TEXTS(key, value, source, en, hi)            struct scheme_texts key;
#define SETTING_NUMBERS(key, max, value, source, en, hi)     struct scheme_numbers key;
#include "scheme/settings.def"
};

/* The defaults of settings.def. */
void scheme_settings_default(struct scheme_settings *out);

/* 0: read; 1: the file is wrong, why is in error; -1: our failure. Texts live in the arena. */
int scheme_settings_read(struct arena *a, struct span json, struct scheme_settings *out,
                         char error[SCHEME_ERROR]) WARN_UNUSED;

/* The settings as a file to change, with source and explanation. NULL: no memory. */
char *scheme_settings_file(struct arena *a, const struct scheme_settings *settings) WARN_UNUSED;

/* A row of settings.def for people; false past the last. value as JSON, in the arena. */
struct scheme_setting_row {
    const char *key, *value, *source, *text, *text_hi;
};
bool scheme_setting_row(struct arena *a, const struct scheme_settings *settings, size_t i,
                        struct scheme_setting_row *out);

/* One paper a submission needs. */
struct scheme_required_row {
    const char *kind; /* of struct scheme_document */
    const char *title, *title_hi;
    unsigned kinds;     /* enum scheme_kind bits */
    const char *series; /* NULL: any */
    unsigned levels;    /* bit n: level n */
    bool at_committee;  /* needed when the committee meets, not with the submission */
    bool established;   /* the memorandum says so; otherwise the body's own setting */
    const char *source;
};

struct scheme_required {
    const struct scheme_required_row *rows;
    size_t count;
};

int scheme_required_read(struct arena *a, struct span json, struct scheme_required *out,
                         char error[SCHEME_ERROR]) WARN_UNUSED;

/* True when the row is asked of this application. */
bool scheme_required_applies(const struct scheme_required_row *row,
                             const struct scheme_facts *facts);

#endif
