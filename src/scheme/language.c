/*
 * language - see language.h.
 */
#include "scheme/language.h"

static const char *const words[] = {"unknown", "english",     "hindi",      "bilingual",
                                    "other",   "legacy-font", "image-only", "too-little-text"};

enum { WORDS = sizeof words / sizeof *words };

const char *language_word(enum language_class c)
{
    return words[c];
}

bool language_by_word(const char *word, enum language_class *out)
{
    for (unsigned i = 0; i < WORDS; i++) {
        if (strcmp(words[i], word) == 0) {
            *out = (enum language_class)i;
            return true;
        }
    }
    return false;
}

void language_detect(struct span text, const char *const *fonts, size_t font_count,
                     struct language_result *out)
{
    (void)fonts;
    (void)font_count;
    *out = (struct language_result){
        .found = text.n ? LANGUAGE_UNKNOWN : LANGUAGE_IMAGE_ONLY, .code = "und", .script = "Zyyy"};
}
