/*
 * check - a certificate's data before anything is made of them. See issue.h, fields.h.
 *
 * First the shape, by the tables; then what belongs together: series and level (R-LVL-1), the
 * committee (R-CC-1), from when to when (R-VAL-1 to R-VAL-4), rows that say the same twice. What it
 * does not do: compare with the application (R-REC-1, R-REC-2, laboratory, registration); keys
 * given twice, which the reader of the JSON refuses.
 */
#include <stdio.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "issue/fields.h"
#include "issue/issue.h"
#include "issue/letters.h"
#include "scheme/rules.h"

enum { PATH = 160, ARENA = 1 << 18 };

/* A place in the data, such as "models[3].firmware". */
struct path {
    char text[PATH];
};

static struct path below(struct path p, const char *key)
{
    struct path out;
    (void)snprintf(out.text, sizeof out.text, "%.100s%s%.40s", p.text, *p.text ? "." : "", key);
    return out;
}

static struct path at(struct path p, size_t i)
{
    struct path out;
    (void)snprintf(out.text, sizeof out.text, "%.120s[%zu]", p.text, i);
    return out;
}

/* Says why and returns 1. */
static int refuse(char *why, struct path p, const char *fmt, ...) PRINTF_LIKE(3, 4);

static int refuse(char *why, struct path p, const char *fmt, ...)
{
    int n = snprintf(why, ISSUE_WHY, "%s: ", *p.text ? p.text : "the certificate");
    va_list ap;
    va_start(ap, fmt);
    if (n > 0 && n < ISSUE_WHY) {
        (void)vsnprintf(why + n, (size_t)(ISSUE_WHY - n), fmt, ap);
    }
    va_end(ap);
    return 1;
}

/* As refuse, with the rule of the scheme behind it. */
static int refuse_by(char *why, const char *key, const char *rule, const char *sentence)
{
    const struct scheme_rule *row = scheme_rule_by_id(rule);
    return refuse(why, below((struct path){""}, key), "%s (%s, %s)", sentence, rule,
                  row ? row->cite : "OM 05.03.2024");
}

/* ---- values ---------------------------------------------------------------------------------- */

static struct span text_of(const json_t *v)
{
    return span_make(json_string_value(v), json_string_length(v));
}

/* Characters; -1: not printable UTF-8. */
static int characters(struct span s)
{
    int n = 0;
    while (s.n) {
        size_t len = utf8_printable(s);
        bool none = len == 3 && s.p[0] == 0xef && s.p[1] == 0xbf && s.p[2] >= 0xbe;
        if (len == 0 || none) { /* U+FFFE and U+FFFF are no characters, nor in XML */
            return -1;
        }
        s = span_sub(s, len, s.n);
        n++;
    }
    return n;
}

static int check_text(const json_t *v, int min, int max, struct path p, char *why)
{
    struct span s = text_of(v);
    int n = characters(s);
    if (n < 0) {
        return refuse(why, p,
                      "holds a control character, or one that changes the direction of "
                      "what follows");
    }
    if (n == 0 && min > 0) {
        return refuse(why, p, "is empty");
    }
    if (n < min || n > max) {
        return refuse(why, p, "has %d characters; %d to %d are possible", n, min, max);
    }
    if (n && (s.p[0] == ' ' || s.p[s.n - 1] == ' ')) {
        return refuse(why, p, "begins or ends with a space");
    }
    const char *wrong = letters_wrong(s);
    return wrong ? refuse(why, p, "%s", wrong) : 0;
}

static bool is_code(struct span s)
{
    bool part = false; /* something stands in this part */
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && !(part && (c == '/' || c == '-'))) {
            return false;
        }
        part = letter;
    }
    return part;
}

static bool is_sha256(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f'))) {
            return false;
        }
    }
    return s.n == 64;
}

/* RFC 3986: https, a host, and only characters that stand for themselves. */
static bool is_url(struct span s)
{
    static const char allowed[] = "-._~:/?@!$&'()*+,;=%";
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!plain && (c == 0 || !strchr(allowed, c))) {
            return false;
        }
    }
    return span_starts(s, SPAN_LIT("https://")) && s.n > 8 && s.p[8] != '/';
}

static bool is_word(struct span s, const char *words)
{
    struct span rest = span_str(words);
    while (rest.n) {
        size_t bar = span_find(rest, SPAN_LIT("|"), 0);
        if (span_eq(s, span_sub(rest, 0, bar))) {
            return true;
        }
        rest = bar == SIZE_MAX ? SPAN_NONE : span_sub(rest, bar + 1, rest.n);
    }
    return false;
}

static int check_string(const json_t *v, const struct issue_field *f, struct path p, char *why)
{
    struct span s = text_of(v);
    int32_t day;
    switch (f->kind) {
    case ISSUE_DATE:
        return date_parse(s, &day) ? 0 : refuse(why, p, "is no date of the calendar as YYYY-MM-DD");
    case ISSUE_SHA256:
        return is_sha256(s) ? 0
                            : refuse(why, p, "is no SHA-256: 64 hexadecimal digits, lower case");
    case ISSUE_WORD:
        return is_word(s, f->words) ? 0 : refuse(why, p, "must be one of %s", f->words);
    case ISSUE_URL:
        if (!is_url(s)) {
            return refuse(why, p, "is no address: https://, a host, no spaces, no fragment");
        }
        break;
    case ISSUE_CODE:
        if (!is_code(s)) {
            return refuse(why, p, "may have capital letters and digits, in parts between / or -");
        }
        break;
    default:
        break;
    }
    return check_text(v, f->min, f->max, p, why);
}

static int check_number(const json_t *v, const struct issue_field *f, struct path p, char *why)
{
    json_int_t n = json_integer_value(v);
    if (!json_is_integer(v) || n < f->min || n > f->max) {
        return refuse(why, p, "must be a whole number from %d to %d", f->min, f->max);
    }
    return 0;
}

/* ---- shape ----------------------------------------------------------------------------------- */

static int check_object(const json_t *o, const struct issue_field *of, struct path p, int depth,
                        char *why);

static int check_list(const json_t *v, const struct issue_field *f, struct path p, int depth,
                      char *why)
{
    size_t n = json_array_size(v);
    if (!json_is_array(v)) {
        return refuse(why, p, "must be a list");
    }
    if (n < (size_t)f->min || n > (size_t)f->max) {
        return refuse(why, p, "has %zu entries; %d to %d are possible", n, f->min, f->max);
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(v, i);
        int rc;
        if (f->kind == ISSUE_OBJECTS) {
            rc = check_object(item, f->of, at(p, i), depth + 1, why);
        } else if (!json_is_string(item)) {
            rc = refuse(why, at(p, i), "must be a text");
        } else {
            rc = check_text(item, 1, ISSUE_TEXTS_MAX, at(p, i), why);
        }
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

static int check_value(const json_t *v, const struct issue_field *f, struct path p, int depth,
                       char *why)
{
    if (json_is_null(v) && (f->flags & ISSUE_NULLABLE)) {
        return 0;
    }
    switch (f->kind) {
    case ISSUE_OBJECT:
        return check_object(v, f->of, p, depth + 1, why);
    case ISSUE_OBJECTS:
    case ISSUE_TEXTS:
        return check_list(v, f, p, depth, why);
    case ISSUE_NUMBER:
        return check_number(v, f, p, why);
    default:
        return json_is_string(v) ? check_string(v, f, p, why) : refuse(why, p, "must be a text");
    }
}

static const struct issue_field *field_of(const struct issue_field *of, const char *key)
{
    while (of->key && strcmp(of->key, key) != 0) {
        of++;
    }
    return of->key ? of : NULL;
}

static int check_object(const json_t *o, const struct issue_field *of, struct path p, int depth,
                        char *why)
{
    if (!json_is_object(o) || depth > ISSUE_DEPTH) {
        return refuse(why, p, "must be an object");
    }
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)o, key, v)
    {
        if (!field_of(of, key)) {
            return refuse(why, below(p, key), "is not known");
        }
    }
    for (const struct issue_field *f = of; f->key; f++) {
        const json_t *value = json_object_get(o, f->key);
        if (!value && !(f->flags & ISSUE_OPTIONAL)) {
            return refuse(why, below(p, f->key), "is missing");
        }
        int rc = value ? check_value(value, f, below(p, f->key), depth, why) : 0;
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

/* ---- what belongs together ------------------------------------------------------------------- */

static const char *string_at(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static int32_t day_at(const json_t *o, const char *key)
{
    int32_t day = DATE_NONE;
    const char *text = string_at(o, key);
    return text && date_parse(span_str(text), &day) ? day : DATE_NONE;
}

static int check_level(const json_t *data, const struct scheme_settings *s, char *why)
{
    char want[32];
    (void)snprintf(want, sizeof want, "%s:%d", string_at(data, "series"),
                   (int)json_integer_value(json_object_get(data, "level")));
    for (size_t i = 0; i < s->levels.count; i++) {
        if (strcmp(s->levels.items[i], want) == 0) {
            return 0;
        }
    }
    return refuse_by(why, "level", "R-LVL-1", "the series has no such level");
}

/* The part before the running number is the series: STQC/IOTSCS/ER/001. */
static int check_name(const json_t *data, char *why)
{
    const char *number = string_at(data, "number"), *series = string_at(data, "series");
    const char *last = number ? strrchr(number, '/') : NULL;
    size_t n = strlen(series);
    if (!number) {
        return 0;
    }
    if (!last || strspn(last + 1, "0123456789") != strlen(last + 1) ||
        (size_t)(last - number) < n + 1 || last[-(ptrdiff_t)n - 1] != '/' ||
        memcmp(last - n, series, n) != 0) {
        return refuse(why, (struct path){"number"},
                      "must end with the series and a running number "
                      "(/%s/001)",
                      series);
    }
    return 0;
}

static int check_previous(const json_t *data, const char *kind, char *why)
{
    const json_t *previous = json_object_get(data, "previous");
    const char *number = string_at(data, "number");
    bool amendment = strcmp(kind, "amendment") == 0, fresh = strcmp(kind, "fresh") == 0;
    const char *rule = strcmp(kind, "recertification") == 0 ? "R-VAL-2"
                       : amendment                          ? "R-VAL-4"
                                                            : "R-VAL-3";
    if (json_is_null(previous)) {
        return fresh ? 0
                     : refuse_by(why, "previous", rule,
                                 "a certificate of this kind names the one before it");
    }
    if (day_at(previous, "valid_from") > day_at(previous, "valid_to")) {
        return refuse(why, (struct path){"previous"}, "ends before it begins");
    }
    if (fresh && day_at(previous, "valid_to") >= day_at(data, "issued_on")) {
        return refuse_by(why, "previous", "R-VAL-2",
                         "it is still valid, so this is a re-certification and no fresh one");
    }
    if (number && !amendment && strcmp(number, string_at(previous, "number")) == 0) {
        return refuse(why, (struct path){"previous.number"}, "is the number of this certificate");
    }
    return 0;
}

static int check_committee(const json_t *data, const char *kind, char *why)
{
    const json_t *committee = json_object_get(data, "committee");
    if (json_is_null(committee)) {
        return strcmp(kind, "amendment") == 0
                   ? 0
                   : refuse_by(why, "committee", "R-CC-1",
                               "a certificate is issued only after the committee's recommendation");
    }
    if (day_at(committee, "date") > day_at(data, "issued_on")) {
        return refuse_by(why, "committee.date", "R-CC-1",
                         "the committee's recommendation is later than the issue");
    }
    return 0;
}

static int check_amendment(const json_t *data, char *why)
{
    const json_t *amendment = json_object_get(data, "amendment");
    return amendment && day_at(amendment, "date") < day_at(data, "issued_on")
               ? refuse_by(why, "amendment.date", "R-VAL-4", "is earlier than the issue")
               : 0;
}

/* Reports on what an amendment adds are newer than the issue. */
static int check_reports(const json_t *data, char *why)
{
    const json_t *amendment = json_object_get(data, "amendment");
    int32_t last = amendment ? day_at(amendment, "date") : day_at(data, "issued_on");
    const json_t *reports = json_object_get(json_object_get(data, "lab"), "reports");
    struct path p = {"lab.reports"};
    for (size_t i = 0; i < json_array_size(reports); i++) {
        if (day_at(json_array_get(reports, i), "date") > last) {
            struct path date = below(at(p, i), "date");
            return amendment ? refuse(why, date, "is later than the amendment")
                             : refuse(why, date, "is later than the issue");
        }
    }
    return 0;
}

/* The facts that decide from when to when, as the scheme reads them. */
static struct scheme_facts facts_of(const json_t *data, const char *kind)
{
    struct scheme_facts f;
    const json_t *previous = json_object_get(data, "previous");
    scheme_facts_init(&f);
    bool fresh = strcmp(kind, "fresh") == 0, again = strcmp(kind, "recertification") == 0;
    f.kind = fresh ? SCHEME_FRESH : again ? SCHEME_RECERTIFICATION : SCHEME_CHANGE;
    f.change.body_decided = strcmp(kind, "amendment") == 0 ? SCHEME_MINOR : SCHEME_MAJOR;
    f.committee.on = day_at(json_object_get(data, "committee"), "date");
    f.issued_on = day_at(data, "issued_on");
    f.valid_from = day_at(data, "valid_from");
    f.valid_to = day_at(data, "valid_to");
    f.old_valid_from = day_at(previous, "valid_from");
    f.old_valid_to = day_at(previous, "valid_to");
    return f;
}

static int check_validity(const json_t *data, const char *kind,
                          const struct scheme_settings *settings, char *why)
{
    struct scheme_facts facts = facts_of(data, kind);
    struct scheme_input in = {.facts = &facts, .settings = settings, .today = facts.issued_on};
    struct scheme_validity must;
    struct arena *a = arena_new(ARENA);
    int rc = a ? scheme_validity(a, &in, facts.issued_on, &must) : -1;
    if (rc == 0 && (must.from == DATE_NONE || facts.valid_from != must.from)) {
        rc = refuse_by(why, "valid_from", must.rule, must.text);
    } else if (rc == 0 && facts.valid_to != must.to) {
        rc = refuse_by(why, "valid_to", must.rule, must.text);
    }
    arena_free(a);
    return rc;
}

static int set_day(json_t *data, const char *key, int32_t day)
{
    char text[DATE_TEXT];
    return json_object_get(data, key) || day == DATE_NONE
               ? 0
               : json_object_set_new(data, key, json_string(date_text(day, text)));
}

int issue_dates(json_t *data, const struct scheme_settings *settings, int32_t today)
{
    struct scheme_settings defaults;
    const char *kind = string_at(data, "kind");
    if (!kind || set_day(data, "issued_on", today) != 0) {
        return kind ? -1 : 0;
    }
    scheme_settings_default(&defaults);
    struct scheme_facts facts = facts_of(data, kind);
    struct scheme_input in = {
        .facts = &facts, .settings = settings ? settings : &defaults, .today = facts.issued_on};
    struct scheme_validity must;
    struct arena *a = arena_new(ARENA);
    int rc = a ? scheme_validity(a, &in, facts.issued_on, &must) : -1;
    /* Where the rule cannot say it, something else is missing, and issue_check says what. */
    rc = rc ? rc : set_day(data, "valid_from", must.from != DATE_NONE ? must.from : today);
    rc = rc ? rc : set_day(data, "valid_to", must.to != DATE_NONE ? must.to : today);
    arena_free(a);
    return rc;
}

static bool same_row(const json_t *a, const json_t *b)
{
    static const char *const keys[] = {"model", "hardware", "firmware"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!json_equal(json_object_get(a, keys[i]), json_object_get(b, keys[i]))) {
            return false;
        }
    }
    return true;
}

static int check_typed(const json_t *row, struct path p, char *why)
{
    static const char *const keys[] = {"model", "hardware", "firmware"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *wrong = letters_typed(text_of(json_object_get(row, keys[i])));
        if (wrong) {
            return refuse(why, below(p, keys[i]), "%s", wrong);
        }
    }
    return 0;
}

/* A buyer compares model, hardware and firmware: they name one row. */
static int check_models(const json_t *models, char *why)
{
    for (size_t i = 0; i < json_array_size(models); i++) {
        if (check_typed(json_array_get(models, i), at((struct path){"models"}, i), why) != 0) {
            return 1;
        }
        for (size_t k = 0; k < i; k++) {
            if (same_row(json_array_get(models, i), json_array_get(models, k))) {
                return refuse(why, at((struct path){"models"}, i),
                              "is the same model, hardware and firmware as models[%zu]", k);
            }
        }
    }
    return 0;
}

int issue_check(const json_t *data, const struct scheme_settings *settings, char *why)
{
    struct scheme_settings defaults;
    scheme_settings_default(&defaults);
    settings = settings ? settings : &defaults;
    why[0] = 0;
    int rc = check_object(data, issue_fields, (struct path){""}, 0, why);
    if (rc != 0) {
        return rc;
    }
    const char *kind = string_at(data, "kind");
    rc = check_level(data, settings, why);
    rc = rc ? rc : check_name(data, why);
    rc = rc ? rc : check_previous(data, kind, why);
    rc = rc ? rc : check_committee(data, kind, why);
    rc = rc ? rc : check_amendment(data, why);
    rc = rc ? rc : check_reports(data, why);
    rc = rc ? rc : check_validity(data, kind, settings, why);
    return rc ? rc : check_models(json_object_get(data, "models"), why);
}
