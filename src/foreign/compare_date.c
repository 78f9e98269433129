/*
 * compare_date - dates as registers write them: ISO 8601, day month-name year, year 年 month 月 day
 * 日, and numbers in the order the profile says. What can be read in two ways is not read.
 */
#include "foreign/compare.h"

#include "base/utc.h"
#include "foreign/normal.h"

enum { DATE_WORDS = 64, YEAR_MIN = 1950, YEAR_MAX = 2199 };

static const struct {
    const char *name;
    int month;
} months[] = {
    {"january", 1},  {"jan", 1},       {"januar", 1},   {"janvier", 1},   {"जनवरी", 1},
    {"february", 2}, {"feb", 2},       {"februar", 2},  {"fevrier", 2},   {"फरवरी", 2},
    {"march", 3},    {"mar", 3},       {"marz", 3},     {"mars", 3},      {"मार्च", 3},
    {"april", 4},    {"apr", 4},       {"avril", 4},    {"अप्रैल", 4},      {"may", 5},
    {"mai", 5},      {"मई", 5},        {"june", 6},     {"jun", 6},       {"juni", 6},
    {"juin", 6},     {"जून", 6},        {"july", 7},     {"jul", 7},       {"juli", 7},
    {"juillet", 7},  {"जुलाई", 7},      {"august", 8},   {"aug", 8},       {"aout", 8},
    {"अगस्त", 8},     {"september", 9}, {"sep", 9},      {"sept", 9},      {"septembre", 9},
    {"सितंबर", 9},    {"सितम्बर", 9},    {"october", 10}, {"oct", 10},      {"oktober", 10},
    {"okt", 10},     {"octobre", 10},  {"अक्टूबर", 10},   {"अक्तूबर", 10},    {"november", 11},
    {"nov", 11},     {"novembre", 11}, {"नवंबर", 11},    {"नवम्बर", 11},    {"december", 12},
    {"dec", 12},     {"dezember", 12}, {"dez", 12},     {"decembre", 12}, {"दिसंबर", 12},
    {"दिसम्बर", 12}};

static int month_of(struct span word)
{
    for (size_t i = 0; i < sizeof months / sizeof *months; i++) {
        if (span_eq(word, span_str(months[i].name))) {
            return months[i].month;
        }
    }
    return 0;
}

/* A number of at most four digits, -1: none. An ordinal's ending may follow. */
static int number_of(struct span word, bool ordinal)
{
    int n = 0;
    size_t i = 0;
    while (i < word.n && word.p[i] >= '0' && word.p[i] <= '9' && i < 5) {
        n = n * 10 + (word.p[i] - '0');
        i++;
    }
    struct span rest = span_sub(word, i, word.n);
    bool ending = ordinal && (span_eq(rest, SPAN_LIT("st")) || span_eq(rest, SPAN_LIT("nd")) ||
                              span_eq(rest, SPAN_LIT("rd")) || span_eq(rest, SPAN_LIT("th")));
    return i == 0 || i > 4 || (rest.n && !ending) ? -1 : n;
}

static bool possible(int y, int m, int d)
{
    int64_t unused;
    return y >= YEAR_MIN && y <= YEAR_MAX && utc_make(y, m, d, 0, 0, 0, &unused);
}

/* What stands between two words is one of these, with blanks around it. */
static bool gap_is(struct span a, struct span b, const char *signs)
{
    const uint8_t *p = a.p + a.n;
    size_t seen = 0;
    for (; p < b.p; p++) {
        if (*p == ' ') {
            continue;
        }
        if (!strchr(signs, *p) || seen++) {
            return false;
        }
    }
    return true;
}

/* One and the same sign between the three, without blanks. */
static bool same_sign(const struct span *w)
{
    return w[0].p + w[0].n + 1 == w[1].p && w[1].p + w[1].n + 1 == w[2].p &&
           w[0].p[w[0].n] == w[1].p[w[1].n] && strchr("-/.", w[0].p[w[0].n]) != NULL;
}

/* "01t10", the day of an ISO time; the day, or -1. */
static int day_with_time(struct span word)
{
    return word.n >= 4 && word.p[2] == 't' ? number_of(span_sub(word, 0, 2), false) : -1;
}

/* Midnight, whatever the zone: what programs write that only know a date. */
static bool is_midnight(const char *day)
{
    return strncmp(day + 2, "t00:00", 6) == 0;
}

static bool read_iso(const struct span *w, struct date_found *out)
{
    int y = number_of(w[0], false), m = number_of(w[1], false), d = number_of(w[2], false);
    bool time = false;
    if (w[0].n != 4 || w[1].n > 2 || !same_sign(w)) {
        return false;
    }
    if (d < 0) {
        d = day_with_time(w[2]);
        time = d >= 0 && !is_midnight((const char *)w[2].p);
    } else if (w[2].n > 2) {
        return false;
    }
    *out = (struct date_found){y, m, d, possible(y, m, d), time, NULL, NULL};
    return d >= 0;
}

static bool read_numbers(const struct span *w, enum date_order order, struct date_found *out)
{
    int a = number_of(w[0], false), b = number_of(w[1], false), y = number_of(w[2], false);
    if (a < 0 || b < 0 || y < 0 || w[0].n > 2 || w[1].n > 2 || !same_sign(w) ||
        (w[2].n != 4 && w[2].n != 2)) {
        return false;
    }
    bool dmy = possible(y, b, a), mdy = possible(y, a, b);
    bool sure = w[2].n == 4 && (order == DATE_DMY   ? dmy
                                : order == DATE_MDY ? mdy
                                : order == DATE_YMD ? false
                                                    : dmy != mdy || (dmy && a == b));
    bool day_first = order == DATE_DMY || (order != DATE_MDY && dmy);
    *out = (struct date_found){y, day_first ? b : a, day_first ? a : b, sure, false, NULL, NULL};
    return true;
}

/* "5 Mar 2024", "Mar 5, 2024", "5. März 2024"; a year of two digits could be a day. */
static bool read_named(const struct span *w, struct date_found *out)
{
    bool day_first = month_of(w[1]) != 0;
    int m = day_first ? month_of(w[1]) : month_of(w[0]);
    int d = number_of(day_first ? w[0] : w[1], true), y = number_of(w[2], false);
    if (!m || d < 0 || y < 0 || !gap_is(w[0], w[1], ".-/,") || !gap_is(w[1], w[2], ".-/,")) {
        return false;
    }
    *out = (struct date_found){y, m, d, w[2].n == 4 && possible(y, m, d), false, NULL, NULL};
    return true;
}

/* "2024 March 5", "2024-Mar-05" */
static bool read_year_first(const struct span *w, struct date_found *out)
{
    int y = number_of(w[0], false), m = month_of(w[1]), d = number_of(w[2], true);
    if (w[0].n != 4 || !m || d < 0 || w[2].n > 4 || !gap_is(w[0], w[1], ".-/,") ||
        !gap_is(w[1], w[2], ".-/,")) {
        return false;
    }
    *out = (struct date_found){y, m, d, possible(y, m, d), false, NULL, NULL};
    return true;
}

/* The rest of an ISO time behind its day: ":00:00.000z", "+05:30". */
static const char *skip_time(const char *p)
{
    while (*p == ':' || *p == '.' || *p == '+' || *p == '-' || *p == 'z' ||
           (*p >= '0' && *p <= '9')) {
        p++;
    }
    return p;
}

/* A number of at least and at most so many digits, moving behind it; -1: none. */
static int take_number(const char **p, size_t least, size_t most)
{
    size_t n = strspn(*p, "0123456789");
    int v = n >= least && n <= most ? number_of(span_make(*p, n), false) : -1;
    *p += n;
    return v;
}

/* "2024年3月5日", with blanks or without. */
static bool read_east_asian(const char *p, struct date_found *out)
{
    static const char *const units[] = {"年", "月", "日"};
    int parts[3];
    const char *start = p;
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(units[i]);
        p += i ? strspn(p, " ") : 0;
        parts[i] = take_number(&p, i ? 1 : 4, i ? 2 : 4);
        p += strspn(p, " ");
        if (parts[i] < 0 || strncmp(p, units[i], n) != 0) {
            return false;
        }
        p += n;
    }
    bool sure = possible(parts[0], parts[1], parts[2]);
    *out = (struct date_found){parts[0], parts[1], parts[2], sure, false, start, p};
    return true;
}

size_t dates_read(const char *folded, enum date_order order, struct date_found *out)
{
    struct span w[DATE_WORDS];
    size_t n = normal_words(folded, w, DATE_WORDS), count = 0, i = 0;
    while (i < n && count < DATES_MAX) {
        struct date_found *d = &out[count];
        if (read_east_asian((const char *)w[i].p, d)) {
            while (i < n && (const char *)w[i].p < d->end) {
                i++;
            }
            count++;
            continue;
        }
        if (i + 3 > n) {
            i++;
            continue;
        }
        bool iso = read_iso(w + i, d);
        if (!iso && !read_numbers(w + i, order, d) && !read_named(w + i, d) &&
            !read_year_first(w + i, d)) {
            i++;
            continue;
        }
        d->start = (const char *)w[i].p;
        d->end = (const char *)w[i + 2].p + w[i + 2].n;
        i += 3;
        if (iso && w[i - 1].n > 2) {
            d->end = skip_time(d->end);
            while (i < n && (const char *)w[i].p < d->end) {
                i++;
            }
        }
        count++;
    }
    return count;
}

int64_t date_days(const struct date_found *date)
{
    return utc_from_civil(date->year, (unsigned)date->month, (unsigned)date->day);
}

bool date_iso(const char *text, struct date_found *out)
{
    struct span w[4];
    return normal_words(text, w, 4) == 3 && read_iso(w, out) && out->sure && strlen(text) == 10;
}

enum answer date_compare(struct arena *a, const char *claimed, const char *value,
                         enum date_order order)
{
    struct date_found want, have[DATES_MAX];
    const char *folded = normal_fold(a, span_str(value));
    struct span words[DATE_WORDS];
    if (!folded || !date_iso(claimed, &want)) {
        return ANSWER_UNCLEAR;
    }
    size_t n = dates_read(folded, order, have), all = normal_words(folded, words, DATE_WORDS);
    if (n == 0) {
        return all == 0 ? ANSWER_ABSENT : ANSWER_UNCLEAR;
    }
    if (n > 1 || !have[0].sure || strstr(folded, NORMAL_POISON)) {
        return ANSWER_UNCLEAR;
    }
    int64_t apart = date_days(&have[0]) - date_days(&want);
    if (apart == 0) {
        return ANSWER_MATCH;
    }
    return have[0].time && (apart == 1 || apart == -1) ? ANSWER_UNCLEAR : ANSWER_DIFFERS;
}
