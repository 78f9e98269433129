/*
 * compare_status - what a register says of a certificate being in force, in English and Hindi, with
 * the German and French words registers use.
 *
 * Words are whole ones: "वैध" is inside "अवैध", "valid" inside "invalid". A value says "in force"
 * only when every one of its words is understood; whatever is not understood is unclear.
 */
#include "foreign/compare.h"
#include "foreign/normal.h"

enum { WORDS_MAX = 512, STATUS_WORDS_MAX = 16, CHAIN = 8 };

enum word_kind { KIND_UNKNOWN, KIND_VALID, KIND_BLOCKING, KIND_FILLER, KIND_NEGATION };

static const struct {
    enum word_kind kind;
    const char *word;
} table[] = {
#define WORD(kind, word) {KIND_##kind, word},
#include "foreign/status_words.def"
#undef WORD
};

static bool in(struct span word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (span_eq(word, span_str(list[i]))) {
            return true;
        }
    }
    return false;
}
#define IN(word, list) in((word), (list), sizeof(list) / sizeof *(list))

/* A contraction or a hyphen parts "isn't" and "non-active"; both halves are words here. */
static enum word_kind kind_of(const struct profile *p, struct span word)
{
    if (p && in(word, p->blocking_words.items, p->blocking_words.count)) {
        return KIND_BLOCKING;
    }
    if (p && in(word, p->valid_words.items, p->valid_words.count)) {
        return KIND_VALID;
    }
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (span_eq(word, span_str(table[i].word))) {
            return table[i].kind;
        }
    }
    return KIND_UNKNOWN;
}

/* In running text "widerrufene", "annulée", "retirados" are the words of the table. An ending more
 * than there is makes a person look; in a status it would refuse, so there words are exact. */
static enum word_kind kind_in_text(const struct profile *p, struct span word)
{
    static const char *const endings[] = {"es", "en", "er", "em", "e", "s", "a", "as", "n"};
    enum word_kind kind = kind_of(p, word);
    for (size_t i = 0; i < sizeof endings / sizeof *endings && kind == KIND_UNKNOWN; i++) {
        size_t n = strlen(endings[i]);
        bool ends = word.n > n + 4 && memcmp(word.p + word.n - n, endings[i], n) == 0;
        struct span stem = span_sub(word, 0, word.n - n);
        kind = ends && kind_of(p, stem) == KIND_BLOCKING ? KIND_BLOCKING : kind;
    }
    return kind;
}

/* The whole value is a phrase of the profile's. */
static bool is_phrase(const struct profile_list *list, const char *folded)
{
    return in(span_str(folded), list->items, list->count);
}

/* Signs that turn a word around or point to a footnote. */
static bool has_odd_sign(const char *folded)
{
    static const char *const signs[] = {"?", "*", "†", "‡", "✗", "✘", "❌", "✖",
                                        "×", "⚠", "~", "!", "¬", "≠", "≈", NORMAL_POISON};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (strstr(folded, signs[i])) {
            return true;
        }
    }
    return false;
}

static bool in_date(struct span word, const struct date_found *dates, size_t n)
{
    const char *p = (const char *)word.p;
    for (size_t i = 0; i < n; i++) {
        if (p >= dates[i].start && p < dates[i].end) {
            return true;
        }
    }
    return false;
}

enum status_word status_read(struct arena *a, const struct profile *p, const char *value)
{
    struct span words[STATUS_WORDS_MAX + 1];
    struct date_found dates[DATES_MAX];
    const char *folded = normal_fold(a, span_str(value));
    size_t kinds[KIND_NEGATION + 1] = {0};
    if (!folded || !*folded) {
        return folded ? STATUS_SILENT : STATUS_UNCLEAR;
    }
    if (p && is_phrase(&p->blocking_words, folded)) {
        return STATUS_BLOCKING;
    }
    if (p && is_phrase(&p->valid_words, folded)) {
        return STATUS_VALID;
    }
    size_t n = normal_words(folded, words, STATUS_WORDS_MAX + 1);
    size_t date_count = dates_read(folded, p ? p->date_order : DATE_ORDER_NONE, dates);
    for (size_t i = 0; i < n; i++) {
        kinds[in_date(words[i], dates, date_count) ? KIND_FILLER : kind_of(p, words[i])]++;
    }
    if (kinds[KIND_BLOCKING] && (kinds[KIND_VALID] || kinds[KIND_NEGATION])) {
        return STATUS_UNCLEAR;
    }
    if (kinds[KIND_BLOCKING]) {
        return STATUS_BLOCKING;
    }
    if (kinds[KIND_VALID] && kinds[KIND_NEGATION]) {
        return kinds[KIND_UNKNOWN] || has_odd_sign(folded) ? STATUS_UNCLEAR : STATUS_BLOCKING;
    }
    return kinds[KIND_VALID] && !kinds[KIND_UNKNOWN] && n <= STATUS_WORDS_MAX &&
                   !has_odd_sign(folded)
               ? STATUS_VALID
               : STATUS_UNCLEAR;
}

/* ---- running text ---------------------------------------------------------------------------- */

static bool is_negated(const struct profile *p, const struct span *w, size_t n, size_t at)
{
    static const char *const between[] = {"been", "yet",    "currently", "be",   "is", "was",
                                          "or",   "t",      "a",         "the",  "to", "nor",
                                          "in",   "longer", "any",       "किया", "है"};
    for (size_t i = at; i-- > 0 && at - i <= 3;) {
        enum word_kind kind = kind_in_text(p, w[i]);
        if (kind == KIND_NEGATION) {
            return true;
        }
        if (kind != KIND_BLOCKING && !IN(w[i], between)) {
            break;
        }
    }
    for (size_t i = at + 1; i < n && i <= at + 2; i++) { /* Hindi: the negation follows */
        if (w[i].p[0] >= 0x80 && kind_of(p, w[i]) == KIND_NEGATION) {
            return true;
        }
        if (!IN(w[i], between)) {
            break;
        }
    }
    return false;
}

/* "may be suspended, cancelled or withdrawn", "unless revoked": what may happen, not what is. */
static bool is_possible(const struct profile *p, const struct span *w, size_t at)
{
    static const char *const modals[] = {"may", "can", "could", "might", "unless", "if", "would"};
    static const char *const between[] = {"be", "also", "or", "and", "get", "become", "it", "is"};
    bool is = false;
    for (size_t i = at; i-- > 0 && at - i <= CHAIN;) {
        if (IN(w[i], modals)) {
            return !is || span_eq(w[i], SPAN_LIT("if")) || span_eq(w[i], SPAN_LIT("unless"));
        }
        is = is || span_eq(w[i], SPAN_LIT("is"));
        if (kind_in_text(p, w[i]) != KIND_BLOCKING && !IN(w[i], between)) {
            return false;
        }
    }
    return false;
}

/* What no single word says. */
static const char *phrase_in(const char *sentence)
{
    static const char *const phrases[] = {
        "on hold", "do not rely", "not be relied", "no longer meets", "under investigation",
        "non-compliant", "not compliant", "does not comply", "no longer holds", "taken back",
        "not been renewed", "being withdrawn",
        /* Chinese, Japanese: not parted into words. A date of an end is none of them. */
        "撤销", "撤銷", "注销", "註銷", "吊销", "已失效", "无效", "暂停", "作废", "已取消", "無効",
        "失効しま", "失効済", "取消済", "取り消", "一時停止"};
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
        if (strstr(sentence, phrases[i])) {
            return phrases[i];
        }
    }
    return NULL;
}

/* Sentences are looked at one by one: a negation does not reach into the next. */
static const char *blocking_in(struct arena *a, const struct profile *p, const char *sentence)
{
    struct span w[WORDS_MAX];
    size_t n = normal_words(sentence, w, WORDS_MAX);
    if (n == WORDS_MAX && *sentence) { /* nobody writes so: what is behind is not read */
        return "...";
    }
    for (size_t i = 0; i < n; i++) {
        enum word_kind kind = kind_in_text(p, w[i]);
        bool negated = (kind == KIND_BLOCKING || kind == KIND_VALID) && is_negated(p, w, n, i);
        if ((kind == KIND_BLOCKING && !negated && !is_possible(p, w, i)) ||
            (kind == KIND_VALID && negated)) {
            return arena_str(a, w[i]);
        }
    }
    return NULL;
}

const char *status_blocking(struct arena *a, const struct profile *p, const char *text)
{
    const char *folded = normal_fold(a, span_str(text));
    const char *found = NULL;
    while (folded && *folded && !found) {
        size_t n = strcspn(folded, ".;!?|");
        size_t danda = (size_t)-1;
        const char *d = strstr(folded, "।");
        danda = d ? (size_t)(d - folded) : danda;
        n = danda < n ? danda : n;
        const char *sentence = arena_str(a, span_make(folded, n));
        found = sentence ? phrase_in(sentence) : NULL;
        found = sentence && !found ? blocking_in(a, p, sentence) : found;
        folded += n;
        folded += *folded ? (danda == n ? strlen("।") : 1) : 0;
    }
    return found;
}

bool status_mentions_valid(struct arena *a, const struct profile *p, const char *text)
{
    struct span w[WORDS_MAX];
    const char *folded = normal_fold(a, span_str(text));
    size_t n = folded ? normal_words(folded, w, WORDS_MAX) : 0;
    for (size_t i = 0; i < n; i++) {
        if (kind_of(p, w[i]) == KIND_VALID && !is_negated(p, w, n, i)) {
            return true;
        }
    }
    return false;
}

bool status_says_no(struct arena *a, const char *value)
{
    static const char *const no[] = {"no", "false", "0", "nein", "non", "नहीं", "नही", "n"};
    const char *folded = normal_fold(a, span_str(value));
    return folded && IN(span_str(folded), no);
}

bool status_denied(struct arena *a, const char *value)
{
    static const char *const no[] = {
        "",      "no",    "none", "-",    "--",      "n/a",     "na",
        "false", "0",     "nil",  "null", "nein",    "non",     "not applicable",
        "keine", "aucun", "नहीं",  "नही",  "कोई नहीं", "लागू नहीं", "."};
    const char *folded = normal_fold(a, span_str(value));
    return !folded || IN(span_str(folded), no);
}
