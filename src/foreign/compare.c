/*
 * compare - see compare.h. Numbers, holders, products; names are in name.c, standards in
 * compare_standard.c, dates in compare_date.c, status words in compare_status.c.
 */
#include "foreign/compare.h"

#include "foreign/name.h"
#include "foreign/normal.h"

enum { SHAPE_MIN = 6, ALIKE_PERCENT = 85, NUMBER_ITEMS = 64 };

const char *answer_name(enum answer answer)
{
    static const char *const names[] = {"absent", "match", "unclear", "differs"};
    return names[answer];
}

/* ---- numbers --------------------------------------------------------------------------------- */

static const char *shape_of(struct arena *a, struct span number)
{
    char *out = arena_alloc(a, number.n + 1);
    for (size_t i = 0; out && i < number.n; i++) {
        uint8_t c = number.p[i];
        out[i] = c >= '0' && c <= '9' ? '9' : normal_is_word(c) ? 'a' : (char)c;
    }
    return out;
}

static bool has_digit(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] >= '0' && s.p[i] <= '9') {
            return true;
        }
    }
    return false;
}

int number_claimed(struct arena *a, const char *number, struct claimed_number *out)
{
    out->text = normal_number(a, span_str(number));
    out->shape =
        out->text && has_digit(span_str(out->text)) ? shape_of(a, span_str(out->text)) : NULL;
    return out->text ? 0 : -1;
}

static bool is_joiner(char c)
{
    return c && strchr("-/._+~\\&@*=", c) != NULL;
}

/* Nothing that belongs to a longer number stands before or behind. */
static bool stands_alone(const char *text, const char *at, size_t n)
{
    const char *end = at + n;
    bool before = at == text || !normal_is_word((uint8_t)at[-1]);
    bool behind = !*end || !normal_is_word((uint8_t)*end);
    if (before && at > text && is_joiner(at[-1])) {
        before = at - 1 > text ? !normal_is_word((uint8_t)at[-2]) && !is_joiner(at[-2]) : false;
    }
    if (behind && is_joiner(*end)) {
        behind = !normal_is_word((uint8_t)end[1]) && !is_joiner(end[1]);
    }
    return before && behind;
}

/* Words that may stand beside a number in its cell: the rest of a link's text. */
static bool harmless(struct span word)
{
    static const char *const words[] = {"pdf",    "certificate", "download", "view",
                                        "show",   "open",        "no",       "nr",
                                        "number", "cert",        "copy",     "details"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (span_eq(word, span_str(words[i]))) {
            return true;
        }
    }
    return false;
}

/* The text of one item is the number, with nothing but harmless words and signs around it. */
static enum answer compare_item(struct arena *a, const struct claimed_number *claimed,
                                struct span item)
{
    const char *text = normal_number(a, item);
    size_t n = strlen(claimed->text);
    if (!text || !*text) {
        return ANSWER_ABSENT;
    }
    while (*text == '#' || *text == '(' || *text == '[' || *text == '"') {
        text++;
    }
    struct span words[NAME_WORDS_MAX];
    for (const char *at = strstr(text, claimed->text); at; at = strstr(at + 1, claimed->text)) {
        const char *before = arena_str(a, span_make(text, (size_t)(at - text)));
        const char *rest = before ? arena_printf(a, "%s %s", before, at + n) : NULL;
        size_t count = rest ? normal_words(rest, words, NAME_WORDS_MAX) : 0, good = 0;
        for (size_t i = 0; i < count; i++) {
            good += harmless(words[i]);
        }
        /* A word before or behind is parted by '-', as a blank is written here. */
        bool clean = rest && good == count && !strstr(rest, NORMAL_POISON);
        bool edge = clean && (at == text || !normal_is_word((uint8_t)at[-1])) &&
                    !normal_is_word((uint8_t)at[n]);
        if (edge && count < NAME_WORDS_MAX) {
            return ANSWER_MATCH;
        }
    }
    return strstr(text, claimed->text) ? ANSWER_UNCLEAR
           : has_digit(span_str(text)) ? ANSWER_DIFFERS
                                       : ANSWER_ABSENT;
}

enum answer number_compare(struct arena *a, const struct claimed_number *claimed, const char *value)
{
    enum answer best = ANSWER_ABSENT;
    size_t items = 0, matches = 0, others = 0;
    struct span rest = span_str(value);
    while (rest.n && items < NUMBER_ITEMS) {
        size_t n = 0;
        while (n < rest.n && rest.p[n] != '\n' && rest.p[n] != ',' && rest.p[n] != ';' &&
               rest.p[n] != '|') {
            n++;
        }
        enum answer one = compare_item(a, claimed, span_sub(rest, 0, n));
        items++;
        matches += one == ANSWER_MATCH;
        others += one == ANSWER_DIFFERS || one == ANSWER_UNCLEAR;
        best = one > best ? one : best;
        rest = span_sub(rest, n + 1, rest.n);
    }
    /* Several numbers in one field: which of them the record is about cannot be told. */
    return matches && others ? ANSWER_UNCLEAR : matches ? ANSWER_MATCH : best;
}

/* The n bytes are a number like the claimed one, but another; a date is none. */
static bool is_other(const char *p, size_t n, const struct claimed_number *claimed)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t c = (uint8_t)p[i];
        char shape = c >= '0' && c <= '9' ? '9' : normal_is_word(c) ? 'a' : (char)c;
        if (!c || shape != claimed->shape[i]) {
            return false;
        }
    }
    return !normal_is_word((uint8_t)p[n]) && strncmp(p, claimed->text, n) != 0 &&
           strcmp(claimed->shape, "9999-99-99") != 0;
}

bool number_in_text(struct arena *a, const struct claimed_number *claimed, const char *text,
                    bool *other)
{
    bool found = false;
    size_t n = strlen(claimed->text);
    *other = false;
    if (!has_digit(span_str(text)) && has_digit(span_str(claimed->text)) &&
        (uint8_t)text[0] < 0x80) {
        return false; /* most of a page; digits of other scripts do not begin with ASCII */
    }
    const char *folded = normal_number(a, span_str(text));
    for (const char *p = folded; p && *p; p++) {
        if (p > folded && normal_is_word((uint8_t)p[-1])) {
            continue;
        }
        found = found || (strncmp(p, claimed->text, n) == 0 && !normal_is_word((uint8_t)p[n]));
        /* A short one tells something only where it is the whole line, as headings are. */
        bool tells = n >= SHAPE_MIN || (p == folded && strlen(folded) == n);
        *other = *other || (tells && claimed->shape && is_other(p, n, claimed));
    }
    return found;
}

/* ---- holders --------------------------------------------------------------------------------- */

/* Of a name with an address behind it: what stands before the first, second, ... comma or line. */
static struct span prefix(struct span value, size_t cut)
{
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == ',' || value.p[i] == '\n' || value.p[i] == ';') {
            if (cut == 0) {
                return span_sub(value, 0, i);
            }
            cut--;
        }
    }
    return cut == 0 ? value : SPAN_NONE;
}

/* Words that say that a name is not, or no longer, the holder's. */
static bool is_past(struct arena *a, const char *value)
{
    static const char *const marks[] = {"formerly", "former", "previously", "not",    "ehemals",
                                        "vormals",  "old",    "c/o",        "behalf", "transferred",
                                        "pretend",  "unlike", "पूर्व",        "नहीं",    "except"};
    struct span words[NAME_WORDS_MAX];
    const char *folded = normal_fold(a, span_str(value));
    size_t n = folded ? normal_words(folded, words, NAME_WORDS_MAX) : 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < sizeof marks / sizeof *marks; k++) {
            if (span_eq(words[i], span_str(marks[k]))) {
                return true;
            }
        }
    }
    return !folded || strstr(folded, "c/o") != NULL;
}

/* What stands behind the name: a part that has a legal form is another firm. */
static bool has_other_firm(struct arena *a, struct span rest)
{
    while (rest.n) {
        struct name part;
        struct span one = prefix(rest, 0);
        if (name_read(a, one, &part) && part.form && part.count && strlen(part.form) > 2) {
            return true;
        }
        rest = span_sub(rest, one.n + 1, rest.n);
    }
    return false;
}

enum answer holder_compare(struct arena *a, const char *claimed, const char *value)
{
    struct name want, have;
    unsigned best = 0;
    bool forms_differ = false, another = false, near = false;
    if (!*value) {
        return ANSWER_ABSENT;
    }
    if (!name_read(a, span_str(claimed), &want)) {
        return ANSWER_UNCLEAR;
    }
    for (size_t cut = 0; cut < 8; cut++) {
        struct span part = prefix(span_str(value), cut);
        if (!part.p || !name_read(a, part, &have)) {
            continue;
        }
        unsigned percent = name_alike(&want, &have);
        near = near || name_may_be(a, &want, &have);
        if (percent > best) {
            best = percent;
            forms_differ = want.form && have.form && strcmp(want.form, have.form) != 0;
            another = has_other_firm(a, span_sub(span_str(value), part.n + 1, strlen(value)));
        }
    }
    if (best >= ALIKE_PERCENT) {
        return forms_differ || another || is_past(a, value) ? ANSWER_UNCLEAR : ANSWER_MATCH;
    }
    const char *folded = normal_fold(a, span_str(value));
    bool readable = folded && !strstr(folded, NORMAL_POISON);
    return best == 0 && readable && !near && !is_past(a, value) ? ANSWER_DIFFERS : ANSWER_UNCLEAR;
}

/* ---- products -------------------------------------------------------------------------------- */

bool compare_excludes(const struct span *words, size_t n)
{
    static const char *const marks[] = {
        "except",    "excluding",  "excludes",   "without",  "not",         "other",
        "cancelled", "withdrawn",  "formerly",   "replaces", "replaced",    "removed",
        "non",       "exclusive",  "superseded", "failed",   "fails",       "draft",
        "pending",   "partially",  "partial",    "planned",  "preparation", "candidate",
        "expired",   "revoked",    "suspended",  "against",  "nicht",       "ohne",
        "former",    "transition", "previously", "छोडकर",    "नहीं"};
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < sizeof marks / sizeof *marks; k++) {
            if (span_eq(words[i], span_str(marks[k]))) {
                return true;
            }
        }
    }
    return false;
}

/* Claimed words in a row; a model is one word with its joiners ("xc-200" is not in "xc-2000"). */
enum answer product_compare(struct arena *a, const char *claimed, const char *value)
{
    struct name want, have;
    struct span words[NAME_WORDS_MAX];
    if (!*value) {
        return ANSWER_ABSENT;
    }
    const char *w = normal_fold(a, span_str(claimed)), *v = normal_fold(a, span_str(value));
    if (!w || !v || !*w || strstr(v, NORMAL_POISON)) {
        return ANSWER_UNCLEAR;
    }
    size_t n = normal_words(v, words, NAME_WORDS_MAX);
    if (n == NAME_WORDS_MAX || compare_excludes(words, n)) {
        return ANSWER_UNCLEAR;
    }
    for (const char *at = strstr(v, w); at; at = strstr(at + 1, w)) {
        if (stands_alone(v, at, strlen(w))) {
            return ANSWER_MATCH;
        }
    }
    if (name_read(a, span_str(claimed), &want) && name_read(a, span_str(value), &have) &&
        name_alike(&want, &have) >= ALIKE_PERCENT) {
        return ANSWER_MATCH;
    }
    return ANSWER_UNCLEAR; /* products are named in many ways: a person compares */
}
