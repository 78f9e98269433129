/*
 * name - see name.h.
 */
#include "foreign/name.h"

#include "foreign/normal.h"

/* ---- names -------------------------------------------------------------------------- */

/* Legal forms, and which of them are the same. */
static const struct {
    const char *word;
    const char *form; /* "": says nothing by itself */
} legal[] = {{"limited", "limited"},
             {"ltd", "limited"},
             {"ltda", "ltda"},
             {"private", ""},
             {"pvt", ""},
             {"pte", ""},
             {"pty", ""},
             {"public", ""},
             {"company", ""},
             {"co", ""},
             {"corporation", "inc"},
             {"corp", "inc"},
             {"inc", "inc"},
             {"incorporated", "inc"},
             {"llc", "llc"},
             {"llp", "llp"},
             {"plc", "plc"},
             {"gmbh", "gmbh"},
             {"mbh", "gmbh"},
             {"ag", "ag"},
             {"kg", "kg"},
             {"kgaa", "kg"},
             {"se", "se"},
             {"sa", "sa"},
             {"sas", "sas"},
             {"sarl", "sarl"},
             {"srl", "srl"},
             {"spa", "spa"},
             {"bv", "bv"},
             {"nv", "nv"},
             {"ab", "ab"},
             {"oy", "oy"},
             {"oyj", "oy"},
             {"as", "as"},
             {"aps", "aps"},
             {"kk", "kk"},
             {"sdn", ""},
             {"bhd", "bhd"},
             {"the", ""},
             {"and", ""},
             {"und", ""},
             {"ev", "ev"},
             {"लिमिटेड", "limited"},
             {"लि", "limited"},
             {"प्राइवेट", ""},
             {"प्रा", ""},
             {"कंपनी", ""},
             {"एवं", ""}};

static const char *legal_form(struct span word, bool *is_legal)
{
    for (size_t i = 0; i < sizeof legal / sizeof *legal; i++) {
        if (span_eq(word, span_str(legal[i].word))) {
            *is_legal = true;
            return *legal[i].form ? legal[i].form : NULL;
        }
    }
    *is_legal = false;
    return NULL;
}

bool name_has(const struct name *n, struct span word)
{
    for (size_t i = 0; i < n->count; i++) {
        if (span_eq(n->words[i], word)) {
            return true;
        }
    }
    return false;
}

/* "S.A.", "B.V.", "प्रा.": the dots inside are taken out first, so that they are one word. */
static const char *without_inner_dots(struct arena *a, const char *folded)
{
    char *out = arena_alloc(a, strlen(folded) + 1);
    size_t n = 0;
    for (const char *p = folded; out && *p; p++) {
        bool single = *p == '.' && p > folded && normal_is_word((uint8_t)p[-1]) &&
                      (p - 1 == folded || p[-2] == '.' || p[-2] == ' ');
        if (!single) {
            out[n++] = *p;
        }
    }
    return out;
}

bool name_read(struct arena *a, struct span text, struct name *out)
{
    struct span words[NAME_WORDS_MAX];
    const char *folded = normal_fold(a, text);
    folded = folded ? without_inner_dots(a, folded) : NULL;
    *out = (struct name){.form = NULL};
    if (!folded || strstr(folded, NORMAL_POISON)) {
        return false;
    }
    size_t n = normal_words(folded, words, NAME_WORDS_MAX);
    for (size_t i = 0; i < n; i++) {
        bool is_legal;
        const char *form = legal_form(words[i], &is_legal);
        /* A first word is part of the name, whatever it is: "AS Sensors", "The Company". */
        if (is_legal && (i > 0 || n > 2)) {
            out->form = form ? form : out->form;
        } else if (!name_has(out, words[i])) {
            out->words[out->count++] = words[i];
        }
    }
    return out->count > 0;
}

unsigned name_alike(const struct name *a, const struct name *b)
{
    size_t both = 0;
    for (size_t i = 0; i < a->count; i++) {
        both += name_has(b, a->words[i]);
    }
    size_t all = a->count + b->count - both;
    return all ? (unsigned)(both * 100 / all) : 0;
}

/* ---- written otherwise ----------------------------------------------------------------------- */

/* Letters without anything between. NULL: memory. */
static const char *squeezed(struct arena *a, const struct name *n)
{
    const char *out = "";
    for (size_t i = 0; out && i < n->count; i++) {
        out = arena_printf(a, "%s%.*s", out, (int)n->words[i].n, (const char *)n->words[i].p);
    }
    return out;
}

/* 1: some ASCII letters, 2: some others. */
static unsigned scripts(const char *text)
{
    unsigned out = 0;
    for (; *text; text++) {
        out |= (uint8_t)*text >= 0x80 ? 2u : *text >= 'a' && *text <= 'z' ? 1u : 0u;
    }
    return out;
}

static bool in_other_script(const char *one, const char *other)
{
    unsigned a = scripts(one), b = scripts(other);
    return a && b && (a & b) == 0;
}

/* "ibm" of "international business machines", words left out or not ("L&T" of two). */
static bool is_initials(const char *letters, const struct name *n)
{
    const char *p = letters;
    for (size_t i = 0; i < n->count && *p; i++) {
        p += *p == (char)n->words[i].p[0];
    }
    return strlen(letters) >= 2 && strlen(letters) <= 6 && !*p && n->count > 1;
}

/* Pairs of neighbouring letters that both have, in percent of those of the shorter one. */
static unsigned common_pairs(const char *one, const char *other)
{
    size_t n = strlen(one), m = strlen(other), both = 0;
    if (n > m) {
        return common_pairs(other, one);
    }
    for (size_t i = 0; i + 1 < n; i++) {
        char pair[] = {one[i], one[i + 1], 0};
        both += strstr(other, pair) != NULL;
    }
    return n > 1 ? (unsigned)(both * 100 / (n - 1)) : 0;
}

bool name_may_be(struct arena *a, const struct name *one, const struct name *other)
{
    enum { PAIRS_PERCENT = 50 };
    const char *x = squeezed(a, one), *y = squeezed(a, other);
    return !x || !y || in_other_script(x, y) || is_initials(x, other) || is_initials(y, one) ||
           common_pairs(x, y) >= PAIRS_PERCENT;
}

/* ---- bodies ---------------------------------------------------------------------------------- */

/* Words that tell no body from another: what they do, where they are. */
static bool is_common(struct span word)
{
    static const char *const words[] = {"certification",
                                        "certifications",
                                        "certificates",
                                        "certificate",
                                        "certified",
                                        "certifier",
                                        "zertifizierung",
                                        "certifying",
                                        "conformity",
                                        "assessment",
                                        "body",
                                        "bodies",
                                        "agency",
                                        "authority",
                                        "office",
                                        "department",
                                        "division",
                                        "unit",
                                        "branch",
                                        "group",
                                        "gruppe",
                                        "holding",
                                        "international",
                                        "global",
                                        "worldwide",
                                        "service",
                                        "services",
                                        "solutions",
                                        "product",
                                        "products",
                                        "assurance",
                                        "management",
                                        "systems",
                                        "system",
                                        "quality",
                                        "testing",
                                        "test",
                                        "inspection",
                                        "verification",
                                        "validation",
                                        "register",
                                        "registrar",
                                        "registry",
                                        "registration",
                                        "scheme",
                                        "program",
                                        "programme",
                                        "portal",
                                        "institute",
                                        "institution",
                                        "laboratory",
                                        "laboratories",
                                        "lab",
                                        "labs",
                                        "of",
                                        "for",
                                        "fur",
                                        "der",
                                        "die",
                                        "das",
                                        "in",
                                        "de",
                                        "la",
                                        "des",
                                        "du",
                                        "et",
                                        "und",
                                        "and",
                                        "the",
                                        "india",
                                        "germany",
                                        "deutschland",
                                        "uk",
                                        "united",
                                        "kingdom",
                                        "usa",
                                        "us",
                                        "states",
                                        "america",
                                        "north",
                                        "china",
                                        "japan",
                                        "korea",
                                        "taiwan",
                                        "hong",
                                        "kong",
                                        "singapore",
                                        "france",
                                        "italy",
                                        "italia",
                                        "spain",
                                        "netherlands",
                                        "nederland",
                                        "switzerland",
                                        "austria",
                                        "europe",
                                        "asia",
                                        "pacific",
                                        "middle",
                                        "east",
                                        "भारत",
                                        "संस्था",
                                        "समूह",
                                        "प्रमाणन",
                                        "निकाय"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (span_eq(word, span_str(words[i]))) {
            return true;
        }
    }
    return false;
}

/* What of a name has to be there: its words that tell, or all of them where none does. */
static bool is_told(const struct name *claimed, const struct name *name)
{
    size_t telling = 0, found = 0, all = 0;
    for (size_t i = 0; i < name->count; i++) {
        bool tells = !is_common(name->words[i]), there = name_has(claimed, name->words[i]);
        telling += tells;
        found += tells && there;
        all += there;
    }
    return telling ? found == telling : all == name->count;
}

/* A name, and what stands in its brackets, are names of one body: each part is looked at alone. */
static struct span next_part(struct span *rest)
{
    size_t n = 0;
    while (n < rest->n && !strchr("(),;/|", rest->p[n])) {
        n++;
    }
    struct span part = span_sub(*rest, 0, n);
    *rest = span_sub(*rest, n + 1, rest->n);
    return part;
}

static void mark(const struct name *claimed, const struct name *name, bool *covered)
{
    for (size_t i = 0; i < claimed->count; i++) {
        covered[i] = covered[i] || name_has(name, claimed->words[i]);
    }
}

bool name_of_body(struct arena *a, const char *claimed, const char *const *names, size_t count)
{
    struct name want, part;
    bool covered[NAME_WORDS_MAX] = {false}, named = false;
    if (!name_read(a, span_str(claimed), &want)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        for (struct span rest = span_str(names[i]); rest.n;) {
            if (name_read(a, next_part(&rest), &part) && is_told(&want, &part)) {
                mark(&want, &part, covered);
                named = true;
            }
        }
    }
    for (size_t i = 0; named && i < want.count; i++) {
        named = covered[i] || is_common(want.words[i]);
    }
    return named;
}
