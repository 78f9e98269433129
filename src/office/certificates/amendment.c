/*
 * amendment - see amendment.h.
 */
#include "office/certificates/amendment.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "db/rows.h"
#include "office/certificates/request.h"
#include "register/register.h"

enum { DEPTH = 6, PATH = 160 };

/* ---- judged ---------------------------------------------------------------------------------- */

static int put_hash(const struct amendment_ask *ask, const char *before, char out[SHA256_HEX])
{
    uint8_t hash[SHA256_SIZE];
    struct buffer line;
    json_t *o = json_pack("{ss sO ss ss ss}", "before", before, "change", ask->change, "event",
                          ask->event, "number", ask->number, "reason", ask->reason);
    char *text = o ? rows_canonical(o) : NULL;
    buffer_init(&line, SIZE_MAX);
    buffer_str(&line, text ? text : "");
    buffer_char(&line, '\n');
    int rc = text && buffer_ok(&line) ? hash_sha256(buffer_span(&line), hash) : -1;
    if (rc == 0) {
        (void)hash_hex(span_make(hash, sizeof hash), false, out);
    }
    buffer_free(&line);
    mem_free(text);
    json_decref(o);
    return rc ? RECORDS_FAILED : 0;
}

static int judge(const struct scheme_settings *settings, const struct amendment_ask *ask,
                 struct amendment *a)
{
    json_t *change = json_deep_copy(ask->change);
    int rc = change ? issue_amend(a->before, change, strcmp(ask->event, "correct") == 0, ask->today,
                                  &a->after, a->why)
                    : -1;
    json_decref(change);
    if (rc == ISSUE_NOTHING_NEW) {
        (void)snprintf(a->why, sizeof a->why, "nothing would change");
        a->nothing = true;
        rc = 1;
    }
    rc = rc ? rc : issue_check(a->after, settings, a->why);
    if (rc == 1) {
        json_decref(a->after);
        a->after = NULL;
    }
    return rc < 0 ? RECORDS_FAILED : rc;
}

static bool is(const json_t *o, const char *key, const char *value)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s && strcmp(s, value) == 0;
}

/* Only what stands, and has not ended, is changed. 0; 1: refused. */
static int check_state(struct records *r, const struct amendment_ask *ask, struct amendment *a)
{
    json_t *row = NULL;
    int rc = certificate_find(r, ask->number, &row);
    const char *end = json_string_value(json_object_get(a->before, "valid_to")), *why = NULL;
    if (rc == 0 && !is(row, "status", "VALID") && !is(row, "status", "SUSPENDED")) {
        why = "the certificate is withdrawn or superseded; it cannot be changed";
    } else if (rc == 0 && (!end || strcmp(end, ask->today) < 0)) {
        why = "the certificate has ended; it cannot be changed";
    }
    json_decref(row);
    if (why) {
        (void)snprintf(a->why, sizeof a->why, "%s", why);
        json_decref(a->after);
        a->after = NULL;
        a->closed = true;
    }
    return rc ? RECORDS_FAILED : why ? 1 : 0;
}

int amendment_read(struct records *r, const struct scheme_settings *settings,
                   const struct amendment_ask *ask, struct amendment *out)
{
    struct register_version now = {.entry = -1};
    *out = (struct amendment){.before = NULL};
    int rc = register_version(r, ask->number, INT64_MAX, &now);
    if (rc == 0) {
        out->before = json_incref(now.data);
        rc = put_hash(ask, now.data_sha256, out->sha256);
        rc = rc ? rc : judge(settings, ask, out);
        register_version_free(&now);
        int closed = rc >= 0 ? check_state(r, ask, out) : 0;
        rc = closed ? closed : rc;
    }
    if (rc == 1) {
        certify_clean(out->why);
        certify_hindi(out->why, out->why_hi);
    }
    if (rc < 0) {
        amendment_free(out);
    }
    return rc;
}

void amendment_free(struct amendment *a)
{
    json_decref(a->before);
    json_decref(a->after);
    a->before = a->after = NULL;
}

const json_t *amendment_change(const json_t *row)
{
    const json_t *data = json_object_get(row, "data"), *change = json_object_get(data, "change");
    return change ? change : data;
}

/* ---- what may change ------------------------------------------------------------------------- */

const char *const amendment_holder[][2] = {{"holder", "name"},
                                           {"holder_hi", "name_hi"},
                                           {"address", "address"},
                                           {"address_hi", "address_hi"},
                                           {NULL, NULL}};
const char *const amendment_product[][2] = {
    {"product", "name"}, {"product_hi", "name_hi"}, {NULL, NULL}};
const char *const amendment_lab[][2] = {{"lab_name", "name"}, {NULL, NULL}};
const char *const amendment_signatory[][2] = {{"signatory", "name"},
                                              {"signatory_hi", "name_hi"},
                                              {"designation", "designation"},
                                              {"designation_hi", "designation_hi"},
                                              {"place", "place"},
                                              {"place_hi", "place_hi"},
                                              {NULL, NULL}};
const char *const amendment_models[] = {"model",           "hardware", "firmware",
                                        "firmware_sha256", "soc",      NULL};
const char *const amendment_places[] = {"name", "address", "address_hi", NULL};

/* ---- names ----------------------------------------------------------------------------------- */

enum { LETTERS = 400 };

static size_t letters_of(const char *text, uint32_t out[LETTERS])
{
    struct span s = span_str(text);
    size_t count = 0;
    while (s.n && count < LETTERS) {
        size_t n = utf8_printable(s);
        uint32_t c = n ? utf8_code(s, n) : s.p[0];
        out[count++] = c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
        s = span_sub(s, n ? n : 1, s.n);
    }
    return count;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein's distance, a row of the table at a time; in percent of the longer one. */
static int similar(const uint32_t *x, size_t n, const uint32_t *y, size_t m)
{
    size_t row[LETTERS + 1], longer = n > m ? n : m;
    for (size_t k = 0; k <= m; k++) {
        row[k] = k;
    }
    for (size_t i = 0; i < n; i++) {
        size_t corner = row[0];
        row[0] = i + 1;
        for (size_t k = 0; k < m; k++) {
            size_t above = row[k + 1];
            row[k + 1] = least(above + 1, row[k] + 1, corner + (x[i] != y[k]));
            corner = above;
        }
    }
    return longer ? (int)(100 * (longer - row[m]) / longer) : 100;
}

static size_t first_word(const uint32_t *letters, size_t n)
{
    size_t i = 0;
    while (i < n && letters[i] != ' ') {
        i++;
    }
    return i;
}

int amendment_similar(const char *a, const char *b)
{
    uint32_t x[LETTERS], y[LETTERS];
    size_t n = letters_of(a, x), m = letters_of(b, y);
    int whole = similar(x, n, y, m);
    int first = similar(x, first_word(x, n), y, first_word(y, m));
    return whole < first ? whole : first;
}

/* ---- what differs ---------------------------------------------------------------------------- */

struct differ {
    json_t *out;
    char path[PATH];
    bool failed;
};

static void compare(struct differ *d, size_t at, const json_t *a, const json_t *b, int depth);

static json_t *or_null(const json_t *v)
{
    return v ? json_incref((json_t *)(uintptr_t)v) : json_null();
}

static bool is_name(const char *path)
{
    static const char *const names[] = {"holder.name", "holder.name_hi", "product.name",
                                        "product.name_hi"};
    bool found = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        found = found || strcmp(path, names[i]) == 0;
    }
    return found;
}

static void tell(struct differ *d, const json_t *a, const json_t *b)
{
    const char *old = json_string_value(a), *new = json_string_value(b);
    json_t *similar =
        old && new &&is_name(d->path) ? json_integer(amendment_similar(old, new)) : NULL;
    json_t *row = json_pack("{ss so so so*}", "path", d->path, "before", or_null(a), "after",
                            or_null(b), "similar", similar);
    d->failed = d->failed || !row || json_array_append_new(d->out, row) != 0;
}

/* The member of both, whichever has it. */
static void compare_member(struct differ *d, size_t at, const char *key, const json_t *a,
                           const json_t *b, int depth)
{
    int n = snprintf(d->path + at, PATH - at, "%s%s", at ? "." : "", key);
    if (n > 0 && at + (size_t)n < PATH) {
        compare(d, at + (size_t)n, json_object_get(a, key), json_object_get(b, key), depth);
    } else {
        d->failed = true;
    }
}

/* Members as people read them; the records have them in the order of their letters. */
static const char *const order[] = {"model", "hardware", "firmware", "name", "number"};
enum { ORDERED = sizeof order / sizeof *order };

static bool ordered(const char *key)
{
    bool found = false;
    for (size_t i = 0; i < ORDERED; i++) {
        found = found || strcmp(order[i], key) == 0;
    }
    return found;
}

static void compare_objects(struct differ *d, size_t at, const json_t *a, const json_t *b,
                            int depth)
{
    const char *key;
    json_t *value;
    for (size_t i = 0; i < ORDERED; i++) {
        if (json_object_get(a, order[i]) || json_object_get(b, order[i])) {
            compare_member(d, at, order[i], a, b, depth);
        }
    }
    json_object_foreach((json_t *)(uintptr_t)a, key, value)
    {
        if (!ordered(key)) {
            compare_member(d, at, key, a, b, depth);
        }
    }
    json_object_foreach((json_t *)(uintptr_t)b, key, value)
    {
        if (!json_object_get(a, key) && !ordered(key)) {
            compare_member(d, at, key, a, b, depth);
        }
    }
}

static void compare_lists(struct differ *d, size_t at, const json_t *a, const json_t *b, int depth)
{
    size_t most = json_array_size(a) > json_array_size(b) ? json_array_size(a) : json_array_size(b);
    for (size_t i = 0; i < most; i++) {
        int n = snprintf(d->path + at, PATH - at, "[%zu]", i);
        if (n <= 0 || at + (size_t)n >= PATH) {
            d->failed = true;
            return;
        }
        compare(d, at + (size_t)n, json_array_get(a, i), json_array_get(b, i), depth);
    }
}

static void compare(struct differ *d, size_t at, const json_t *a, const json_t *b, int depth)
{
    d->path[at] = 0;
    if (d->failed || json_equal(a, b)) {
        return;
    }
    if (depth == DEPTH) {
        d->failed = true;
    } else if (json_is_object(a) || json_is_object(b)) {
        compare_objects(d, at, a, b, depth + 1);
    } else if (json_is_array(a) || json_is_array(b)) {
        compare_lists(d, at, a, b, depth + 1);
    } else {
        tell(d, a, b);
    }
}

json_t *amendment_differences(const json_t *before, const json_t *after)
{
    struct differ d = {.out = json_array()};
    if (d.out) {
        compare(&d, 0, before, after, 0);
    }
    if (d.failed) {
        json_decref(d.out);
        d.out = NULL;
    }
    return d.out;
}
