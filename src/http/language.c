/*
 * language - see language.h.
 */
#include "http/language.h"

#include "http/accept.h"

bool language_parse(const char *word, enum lang *out)
{
    bool hindi = strcmp(word, "hi") == 0;
    if (hindi || strcmp(word, "en") == 0) {
        *out = hindi ? LANG_HI : LANG_EN;
        return true;
    }
    return false;
}

enum lang language_accept(const char *header)
{
    return accept_weight(header, "hi", true) > accept_weight(header, "en", true) ? LANG_HI
                                                                                 : LANG_EN;
}
