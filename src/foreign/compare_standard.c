/*
 * compare_standard - standards with their editions: "ISO/IEC 27001:2022", "ETSI EN 303 645 V2.1.1
 * (2020-06)", "IS 13252 (Part 1):2010".
 *
 * A standard is who published it (words), its number with parts, and its edition with amendments.
 * The same number of two publishers (ISO/IEC and its adoption EN ISO/IEC) is the same when the
 * editions are.
 */
#include "foreign/compare.h"
#include "foreign/normal.h"

enum { STANDARDS_MAX = 32, PUBLISHERS_MAX = 24, WORDS_MAX = 128, EDITION_MAX = 64 };

struct standard {
    struct span publishers[PUBLISHERS_MAX];
    size_t publisher_count;
    char number[EDITION_MAX];  /* "27001", "62443-4-2", "303-645" */
    char edition[EDITION_MAX]; /* "2022", "v2.1.1", "2014+a11:2017"; "": not stated */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Four digits that can be a year, and no fifth. */
static bool is_year(const char *p)
{
    return (p[0] == '1' || p[0] == '2') && (p[1] == '9' || p[1] == '0') && is_digit(p[2]) &&
           is_digit(p[3]) && !is_digit(p[4]);
}

/* Where the edition begins in a folded text: a colon and a year, a version, a year in brackets or
 * at the end; NULL: nowhere. */
static const char *edition_start(const char *text)
{
    bool number = false;
    for (const char *p = text; *p; p++) {
        if (number && (*p == ':' || *p == '(' || *p == '-' || *p == ' ')) {
            const char *q = p + 1;
            while (*q == ' ') {
                q++;
            }
            if (is_year(q)) {
                return q;
            }
            if (q[0] == 'v' && (is_digit(q[1]) || (q[1] == '.' && is_digit(q[2])))) {
                return q;
            }
            if (strncmp(q, "ed", 2) == 0 || strncmp(q, "version", 7) == 0 ||
                strncmp(q, "issue", 5) == 0) {
                return q;
            }
        }
        number = number || is_digit(*p);
    }
    return NULL;
}

/* Copies what tells one edition from another: letters of amendments, digits, signs between. */
static bool take_edition(const char *p, char out[EDITION_MAX])
{
    static const char *const more[] = {"+", "/a", "amd", "cor", "/ac", "/cor"};
    size_t n = 0;
    for (;;) {
        while (*p && *p != ' ' && *p != ',' && *p != ')' && *p != '(' && n + 2 < EDITION_MAX) {
            out[n++] = *p++;
        }
        out[n] = 0;
        const char *q = p;
        while (*q == ' ') {
            q++;
        }
        bool joined = n && (out[n - 1] == '+' || out[n - 1] == '/' || !is_digit(out[n - 1]));
        for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
            joined = joined || strncmp(q, more[i], strlen(more[i])) == 0;
        }
        if (!joined || q == p || !*q || n + 2 >= EDITION_MAX) {
            return n + 2 < EDITION_MAX;
        }
        p = q;
    }
}

/* "ed. 2", "edition 2", "version 2", "v.2": the same written in ways. */
static void plain_edition(char *edition)
{
    static const char *const words[] = {"edition", "version", "issue", "ed.", "ed", "v.", "v"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);
        if (strncmp(edition, words[i], n) == 0 && (is_digit(edition[n]) || edition[n] == '.')) {
            memmove(edition + 1, edition + n, strlen(edition + n) + 1);
            edition[0] = 'v';
            return;
        }
    }
}

static bool is_filler(struct span word)
{
    static const char *const words[] = {"part", "standard", "series", "no", "teil", "bs", "din"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (span_eq(word, span_str(words[i]))) {
            return true;
        }
    }
    return false;
}

/* Publishers and number out of what stands before the edition. */
static void take_base(struct arena *a, struct span base, struct standard *out)
{
    struct span words[WORDS_MAX];
    const char *text = arena_str(a, base);
    size_t n = text ? normal_words(text, words, WORDS_MAX) : 0, used = 0;
    bool title = false;
    for (size_t i = 0; i < n; i++) {
        const char *p = (const char *)words[i].p;
        if (!is_digit(p[0]) || title) {
            title = title || (used && !is_digit(p[0]) && !is_filler(words[i]));
            if (!used && !is_filler(words[i]) && out->publisher_count < PUBLISHERS_MAX) {
                out->publishers[out->publisher_count++] = words[i];
            }
            continue;
        }
        if (used + words[i].n + 2 < sizeof out->number) {
            if (used) {
                out->number[used++] = '-';
            }
            memcpy(out->number + used, p, words[i].n);
            used += words[i].n;
        }
    }
    out->number[used] = 0;
}

/* False: no standard with a number. */
static bool read_one(struct arena *a, struct span text, struct standard *out)
{
    *out = (struct standard){.publisher_count = 0};
    const char *folded = normal_fold(a, text);
    if (!folded || strstr(folded, NORMAL_POISON)) {
        return false;
    }
    const char *edition = edition_start(folded);
    size_t base = edition ? (size_t)(edition - folded) : strlen(folded);
    take_base(a, span_make(folded, base), out);
    if (edition && !take_edition(edition, out->edition)) {
        return false;
    }
    plain_edition(out->edition);
    return *out->number != 0;
}

/* Parts at commas, lines, semicolons, " and ", "&". */
static size_t read_all(struct arena *a, const char *value, struct standard *out)
{
    size_t n = 0, start = 0, length = strlen(value);
    for (size_t i = 0; i <= length && n < STANDARDS_MAX; i++) {
        size_t cut = value[i] == ',' || value[i] == ';' || value[i] == '\n' || value[i] == '&' ||
                             value[i] == '|' || value[i] == 0
                         ? 1
                     : strncmp(value + i, " and ", 5) == 0 ? 5
                                                           : 0;
        if (cut) {
            n += read_one(a, span_make(value + start, i - start), &out[n]);
            start = i + cut;
        }
    }
    return n;
}

static bool has_publisher(const struct standard *s, struct span word)
{
    for (size_t i = 0; i < s->publisher_count; i++) {
        if (span_eq(s->publishers[i], word)) {
            return true;
        }
    }
    return false;
}

/* How many publishers of a are in b. */
static size_t shared(const struct standard *a, const struct standard *b)
{
    size_t n = 0;
    for (size_t i = 0; i < a->publisher_count; i++) {
        n += has_publisher(b, a->publishers[i]);
    }
    return n;
}

/* One is the other with something behind it. */
static bool begins(const char *one, const char *other)
{
    size_t n = strlen(one), m = strlen(other), least = n < m ? n : m;
    const char *longer = n < m ? other : one;
    return n && m && strncmp(one, other, least) == 0 && !normal_is_word((uint8_t)longer[least]);
}

/* A part, or an edition by its number, which stands behind one number and not behind the other. */
static bool near_number(const char *one, const char *other)
{
    enum { PARTS_BYTES = 4 }; /* "-4-2" */
    size_t n = strlen(one), m = strlen(other);
    return begins(one, other) && (n < m ? m - n : n - m) <= PARTS_BYTES;
}

/* An amended edition, or a year beside a number: which of them is meant a person sees. */
static bool near_edition(const char *one, const char *other)
{
    return begins(one, other) || is_year(one) != is_year(other);
}

static enum answer compare_one(const struct standard *want, const struct standard *have)
{
    size_t both = shared(want, have);
    bool same = both == want->publisher_count && both == have->publisher_count;
    bool within = both && (both == want->publisher_count || both == have->publisher_count);
    if (strcmp(want->number, have->number) != 0) {
        return both && !near_number(want->number, have->number) ? ANSWER_DIFFERS : ANSWER_UNCLEAR;
    }
    if (!within) {
        return ANSWER_UNCLEAR;
    }
    if (!*want->edition) {
        return ANSWER_MATCH;
    }
    if (strcmp(want->edition, have->edition) == 0) {
        return ANSWER_MATCH;
    }
    return *have->edition && same && !near_edition(want->edition, have->edition) ? ANSWER_DIFFERS
                                                                                 : ANSWER_UNCLEAR;
}

/* One claimed standard among those of the value. */
static enum answer among(const struct standard *want, const struct standard *have, size_t n)
{
    size_t matches = 0, differ = 0, same_number = 0;
    for (size_t i = 0; i < n; i++) {
        enum answer one = compare_one(want, &have[i]);
        bool number = strcmp(want->number, have[i].number) == 0;
        matches += one == ANSWER_MATCH;
        same_number += number && one != ANSWER_MATCH;
        differ += one == ANSWER_DIFFERS;
    }
    if (matches) {
        return same_number ? ANSWER_UNCLEAR : ANSWER_MATCH;
    }
    return n && differ == n ? ANSWER_DIFFERS : ANSWER_UNCLEAR;
}

enum answer standard_compare(struct arena *a, const char *claimed, const char *value)
{
    struct standard *want = arena_array(a, STANDARDS_MAX, sizeof *want);
    struct standard *have = arena_array(a, STANDARDS_MAX, sizeof *have);
    struct span words[WORDS_MAX];
    const char *folded = normal_fold(a, span_str(value));
    if (!want || !have || !folded) {
        return ANSWER_UNCLEAR;
    }
    if (!*folded) {
        return ANSWER_ABSENT;
    }
    size_t n = read_all(a, value, have), wanted = read_all(a, claimed, want);
    size_t count = normal_words(folded, words, WORDS_MAX);
    if (!wanted || !n || count == WORDS_MAX || compare_excludes(words, count)) {
        return ANSWER_UNCLEAR;
    }
    enum answer worst = ANSWER_MATCH;
    for (size_t i = 0; i < wanted; i++) {
        enum answer one = among(&want[i], have, n);
        worst = one > worst ? one : worst;
    }
    return worst;
}
