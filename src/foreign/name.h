/*
 * name - the name of a firm or body as a set of words without legal forms, and whether an issuing
 * body that is claimed is one of those a profile knows.
 *
 * "TUV SUD Product Service GmbH" and "TÜV SÜD" are the same body, "TÜV SÜD" and "TÜV NORD" are not:
 * words that every such body has in its name (certification, services, a country) tell none from
 * another. Pure; who is sister or daughter of whom is the profile's data.
 */
#ifndef FOREIGN_NAME_H
#define FOREIGN_NAME_H

#include "base/arena.h"

enum { NAME_WORDS_MAX = 128 };

struct name {
    struct span words[NAME_WORDS_MAX]; /* folded, each once */
    size_t count;
    const char *form; /* legal form; NULL: none */
};

/* False: it has no word, or cannot be read surely. */
bool name_read(struct arena *a, struct span text, struct name *out);

bool name_has(const struct name *n, struct span word);

/* Common words among all, in percent. */
unsigned name_alike(const struct name *a, const struct name *b);

/* True when they could be one name written otherwise: in another script, as its first letters,
 * without blanks, with other vowels or a mistake. For what is said to be another one. */
bool name_may_be(struct arena *a, const struct name *one, const struct name *other);

/* True when the claimed text names the body of these names (a name may have others in brackets,
 * "BSI Group (BSI Assurance)"), and nobody else beside it. */
bool name_of_body(struct arena *a, const char *claimed, const char *const *names, size_t count);

#endif
