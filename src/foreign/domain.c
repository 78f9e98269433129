/*
 * domain - see domain.h.
 */
#include "foreign/domain.h"

#include <stdio.h>

#include <idn2.h>
#include <libpsl.h>
#include <unicode/uspoof.h>

#include "base/buffer.h"
#include "foreign/normal.h"
#include "net/url.h"

enum { LABEL_TEXT = 1024, LABELS_MAX = 128, EDIT_MAX = 64, SHORT = 4, LONG = 8 };

static const psl_ctx_t *suffixes;
static USpoofChecker *spoof;

int domain_init(void)
{
    UErrorCode e = U_ZERO_ERROR;
    if (!suffixes) {
        suffixes = psl_latest(NULL);
    }
    if (!spoof) {
        spoof = uspoof_open(&e);
    }
    return suffixes && U_SUCCESS(e) && spoof ? normal_init() : -1;
}

/* ---- registrable domains --------------------------------------------------------------------- */

static bool is_literal(const char *host)
{
    char copy[FETCH_HOST_MAX];
    bool literal = false;
    return url_host(span_str(host), copy, &literal) == NULL && literal;
}

bool domain_registrable(const char *host, char out[FETCH_HOST_MAX])
{
    if (is_literal(host)) {
        return false;
    }
    const char *r = psl_registrable_domain(suffixes, host);
    if (!r || strlen(r) >= FETCH_HOST_MAX || !strchr(r, '.')) {
        return false;
    }
    memcpy(out, r, strlen(r) + 1);
    return true;
}

bool domain_same(const char *host, const char *domain)
{
    char r[FETCH_HOST_MAX];
    return domain_registrable(host, r) && strcmp(r, domain) == 0;
}

int domain_ascii_url(struct arena *a, const char *url, const char **out)
{
    const char *p = strstr(url, "://");
    size_t start = p ? (size_t)(p - url) + 3 : 0, n = strcspn(url + start, "/?#:");
    bool plain = true;
    for (size_t i = 0; i < n; i++) {
        plain = plain && (uint8_t)url[start + i] < 0x80;
    }
    *out = url;
    if (plain || !p) {
        return 0;
    }
    char *ascii = NULL, *host = arena_str(a, span_make(url + start, n));
    if (!host) {
        return -1;
    }
    int rc = idn2_to_ascii_8z(host, &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
    if (rc == IDN2_OK) {
        *out = arena_printf(a, "%.*s%s%s", (int)start, url, ascii, url + start + n);
    }
    idn2_free(ascii);
    return rc == IDN2_MALLOC || !*out ? -1 : rc != IDN2_OK;
}

/* ---- forms of a name in which two can be equal
 * ------------------------------------------------ */

/* In Unicode; the name itself when it is none. */
static const char *unicode(struct arena *a, const char *ascii)
{
    char *text = NULL;
    const char *s = ascii;
    if (idn2_to_unicode_8z8z(ascii, &text, 0) == IDN2_OK && text) {
        s = arena_str(a, span_str(text));
    }
    idn2_free(text);
    return s ? s : ascii;
}

static const char *skeleton(struct arena *a, const char *text)
{
    char out[LABEL_TEXT];
    UErrorCode e = U_ZERO_ERROR;
    int32_t n = uspoof_getSkeletonUTF8(spoof, 0, text, -1, out, sizeof out - 1, &e);
    if (U_FAILURE(e) || n < 0) {
        return text;
    }
    out[n] = 0;
    return normal_fold(a, span_str(out));
}

/* Digits and pairs that stand for letters, and the two ways to write an umlaut, as one. */
static const char *simple(struct arena *a, const char *folded)
{
    static const struct {
        const char *from;
        char to;
    } pairs[] = {{"rn", 'm'}, {"vv", 'w'}, {"ue", 'u'}, {"ae", 'a'}, {"oe", 'o'},
                 {"cl", 'd'}, {"0", 'o'},  {"1", 'l'},  {"3", 'e'},  {"4", 'a'},
                 {"5", 's'},  {"7", 't'},  {"8", 'b'},  {"i", 'l'}};
    char *out = arena_alloc(a, strlen(folded) + 1);
    size_t n = 0;
    while (out && *folded) {
        size_t used = 1;
        char c = *folded;
        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
            if (strncmp(folded, pairs[i].from, strlen(pairs[i].from)) == 0) {
                c = pairs[i].to;
                used = strlen(pairs[i].from);
                break;
            }
        }
        if (c != '-') {
            out[n++] = c;
        }
        folded += used;
    }
    return out;
}

/* The name a registrable domain was registered with: its first label. */
static const char *first_label(struct arena *a, const char *domain)
{
    return arena_str(a, span_make(domain, strcspn(domain, ".")));
}

/* Damerau-Levenshtein (optimal string alignment), for short names. */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), d[EDIT_MAX + 1][EDIT_MAX + 1];
    if (n > EDIT_MAX || m > EDIT_MAX) {
        return SIZE_MAX;
    }
    for (size_t i = 0; i <= n; i++) {
        for (size_t j = 0; j <= m; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            best = d[i - 1][j] + 1 < best ? d[i - 1][j] + 1 : best;
            best = d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < best) {
                best = d[i - 2][j - 2] + 1;
            }
            d[i][j] = best;
        }
    }
    return d[n][m];
}

/* ---- one known domain ------------------------------------------------------------------------ */

/* The known name is one of the words of the label, or its beginning or end when it is long. */
static bool has_word(const char *label, const char *name)
{
    size_t n = strlen(name), length = strlen(label);
    if (n < 2) {
        return false;
    }
    for (const char *p = strstr(label, name); p; p = strstr(p + 1, name)) {
        bool starts = p == label || p[-1] == '-', ends = p[n] == 0 || p[n] == '-';
        if ((starts && ends) || (n >= SHORT && (starts || ends)) || n >= LONG) {
            return length > n;
        }
    }
    return false;
}

static bool label_has(struct arena *a, const char *label, const char *name)
{
    const char *folded = normal_fold(a, span_str(unicode(a, label)));
    return folded && (strcmp(folded, name) == 0 || has_word(folded, name));
}

/* A known domain or its name among the labels before the registered one. */
static const char *in_subdomains(struct arena *a, const char *host, const char *registrable,
                                 const char *known, const char *name)
{
    size_t n = strlen(host) - strlen(registrable), k = strlen(known);
    const char *before = arena_str(a, span_make(host, n));
    for (const char *p = before ? strstr(before, known) : NULL; p; p = strstr(p + 1, known)) {
        if ((p == before || p[-1] == '.' || p[-1] == '-') && (p[k] == '.' || p[k] == 0)) {
            return "it is a subdomain of another domain";
        }
    }
    for (const char *p = before; p && *p;) {
        size_t length = strcspn(p, ".");
        const char *label = arena_str(a, span_make(p, length));
        if (label && strlen(name) >= 3 && label_has(a, label, name)) {
            return "its name is a subdomain of another domain";
        }
        p += length + (p[length] == '.');
    }
    return NULL;
}

static const char *like(struct arena *a, const char *host, const char *registrable,
                        const char *known)
{
    const char *name = first_label(a, known), *label = first_label(a, registrable);
    const char *shown = label ? unicode(a, label) : NULL;
    const char *folded = shown ? normal_fold(a, span_str(shown)) : NULL;
    if (!name || !folded) {
        return NULL;
    }
    if (strcmp(label, name) == 0) {
        return "the same name with another ending";
    }
    if (strcmp(folded, name) == 0) {
        return "the same name with other accents";
    }
    const char *mine = skeleton(a, shown), *theirs = skeleton(a, name);
    if (mine && theirs && strcmp(mine, theirs) == 0) {
        return "letters that look the same";
    }
    const char *s = simple(a, folded), *t = simple(a, name);
    if (s && t && strlen(name) >= 2 && strcmp(s, t) == 0) {
        return "letters, digits or hyphens exchanged";
    }
    const char *plain = mine ? simple(a, mine) : NULL;
    if (has_word(folded, name) || (plain && t && strlen(name) >= SHORT && strstr(plain, t))) {
        return "the name with words added";
    }
    size_t n = strlen(name), allowed = n >= LONG ? 2 : n >= SHORT ? 1 : 0;
    if (allowed && distance(folded, name) <= allowed) {
        return "few letters differ";
    }
    return in_subdomains(a, host, registrable, known, name);
}

const char *domain_lookalike(struct arena *a, const char *host, const char *const *known,
                             size_t count, const char **how)
{
    char r[FETCH_HOST_MAX];
    *how = NULL;
    if (!domain_registrable(host, r)) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(r, known[i]) == 0) {
            return NULL;
        }
    }
    for (size_t i = 0; i < count; i++) {
        *how = like(a, host, r, known[i]);
        if (*how) {
            return known[i];
        }
    }
    return NULL;
}
