/*
 * params - see params.h.
 */
#include "office/params.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/tidy.h"
#include "base/utf8.h"
#include "issue/letters.h"

enum { TEXT_MAX = 200, LONG_MAX_CHARACTERS = 10000, WHY = 512, NUMBER_DIGITS = 19 };

#define NUMBER_MAX                                                                                 \
    (((int64_t)1 << 53) - 1) /* what every reader of JSON keeps exactly (RFC 8259 6) */

/* What is expected of each type. */
static const char *const expected[][2] = {
    [OP_TEXT] = {"must be one line of text", "एक पंक्ति का पाठ होना चाहिए"},
    [OP_LONG] = {"must be text", "पाठ होना चाहिए"},
    [OP_INTEGER] = {"must be a whole number", "पूर्ण संख्या होनी चाहिए"},
    [OP_TRUTH] = {"must be true or false", "true या false होना चाहिए"},
    [OP_DATE] = {"must be a date such as 2026-11-21", "2026-11-21 जैसी तिथि होनी चाहिए"},
    [OP_TIME] = {"must be a time such as 2026-11-21T10:00:00Z",
                 "2026-11-21T10:00:00Z जैसा समय होना चाहिए"},
    [OP_PAISE] = {"must be a whole number of paise", "पैसों की पूर्ण संख्या होनी चाहिए"},
    [OP_WORD] = {"must be one of", "इनमें से एक होना चाहिए"},
    [OP_SHA256] = {"must be 64 hexadecimal digits in lower case",
                   "छोटे अक्षरों में 64 षोडशाधारी अंक होने चाहिए"},
    [OP_ID] = {"must be a positive whole number", "धनात्मक पूर्ण संख्या होनी चाहिए"},
    [OP_PASSWORD] = {"must be one line of text", "एक पंक्ति का पाठ होना चाहिए"},
};

const struct op_param *params_find(const struct op *op, unsigned places, const char *name)
{
    for (const struct op_param *p = op->params; p && p->name; p++) {
        if (strcmp(p->name, name) == 0 && places & 1U << p->place) {
            return p;
        }
    }
    return NULL;
}

int params_error(json_t **errors, const char *field, const char *why, const char *why_hi)
{
    if (!*errors) {
        *errors = json_array();
    }
    return json_array_append_new(
        *errors, json_pack("{s:s, s:s, s:s}", "field", field, "why", why, "why_hi", why_hi));
}

/* ---- from text ------------------------------------------------------------------------------- */

static bool is_number(enum op_type type)
{
    return type == OP_INTEGER || type == OP_PAISE || type == OP_ID;
}

/* Digits alone; not more than fit. */
static bool read_number(struct span text, int64_t *out)
{
    int64_t n = 0;
    if (text.n == 0 || text.n > NUMBER_DIGITS) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        int digit = text.p[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, digit, &n)) {
            return false;
        }
    }
    *out = n;
    return true;
}

static json_t *read_truth(struct span text)
{
    static const char *const yes[] = {"true", "1", "on", "yes"}, *const no[] = {"false", "0", "no"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (span_eq(text, span_str(yes[i]))) {
            return json_true();
        }
    }
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        if (span_eq(text, span_str(no[i]))) {
            return json_false();
        }
    }
    return NULL;
}

/* Bytes that are no UTF-8, or hold a NUL, are kept as what params_check refuses. */
static json_t *read_text(struct span text)
{
    bool good = text.n == 0 || memchr(text.p, 0, text.n) == NULL;
    json_t *value = good ? json_stringn((const char *)text.p, text.n) : NULL;
    return value ? value : json_string("\x7f");
}

static json_t *read_value(const struct op_param *p, struct span text)
{
    int64_t n;
    json_t *value = NULL;
    if (text.n == 0 && !p->required) {
        return json_null();
    }
    if (is_number(p->type) && read_number(text, &n)) {
        value = json_integer(n);
    } else if (p->type == OP_TRUTH) {
        value = read_truth(text);
    }
    return value ? value : read_text(text);
}

/* As it is meant (base/tidy.h), into out; a browser ends lines with CR LF (HTML 4.10.22.4). A
 * password is taken as it is. */
static void tidy(const struct op_param *p, struct span text, struct buffer *out)
{
    switch (p->type) {
    case OP_PASSWORD:
        buffer_add(out, text);
        break;
    case OP_TEXT:
    case OP_WORD:
        tidy_line(out, text);
        break;
    case OP_LONG:
        tidy_lines(out, text);
        break;
    case OP_SHA256: /* PowerShell writes capitals, certutil blanks */
        tidy_code(out, text);
        for (size_t i = 0; i < out->n; i++) {
            out->p[i] =
                (uint8_t)(out->p[i] >= 'A' && out->p[i] <= 'F' ? out->p[i] | 0x20 : out->p[i]);
        }
        break;
    default:
        tidy_code(out, text);
    }
}

/* NULL: memory. */
static json_t *tidy_value(const struct op_param *p, struct span text)
{
    struct buffer out;
    buffer_init(&out, text.n + 1);
    out.secret = p->type == OP_PASSWORD;
    tidy(p, text, &out);
    json_t *value = buffer_ok(&out) ? read_value(p, buffer_span(&out)) : NULL;
    buffer_free(&out);
    return value;
}

/* A text of JSON; what is no text stays as it is, and so does a number as text. */
static json_t *tidy_json(const struct op_param *p, json_t *value)
{
    bool texts = p->type == OP_TEXT || p->type == OP_LONG || p->type == OP_SHA256;
    struct span text = span_make(json_string_value(value), json_string_length(value));
    struct buffer out;
    if (!json_is_string(value) || !texts) {
        return json_incref(value);
    }
    buffer_init(&out, text.n + 1);
    tidy(p, text, &out);
    json_t *kept = buffer_ok(&out) ? read_text(buffer_span(&out)) : NULL;
    buffer_free(&out);
    return kept;
}

static int unknown(json_t **errors, const char *name)
{
    return params_error(errors, name, "is not a parameter of this operation",
                        "इस क्रिया का पैरामीटर नहीं है");
}

static int twice(json_t **errors, const char *name)
{
    return params_error(errors, name, "is given twice", "दो बार दिया गया है");
}

/* A name as it came, fit for an answer. */
static const char *clean_name(const char *name, char out[64])
{
    size_t n = 0;
    for (; n < 63 && name[n]; n++) {
        bool plain = (name[n] >= 'a' && name[n] <= 'z') || (name[n] >= 'A' && name[n] <= 'Z') ||
                     (name[n] >= '0' && name[n] <= '9') || name[n] == '_' || name[n] == '-';
        out[n] = plain ? name[n] : '?';
    }
    out[n] = 0;
    return out;
}

int params_text(const struct op *op, unsigned places, const char *name, struct span text,
                json_t *in, json_t **errors)
{
    char clean[64];
    const struct op_param *p = params_find(op, places, name);
    if (!p) {
        return unknown(errors, clean_name(name, clean));
    }
    if (json_object_get(in, name)) {
        return twice(errors, name);
    }
    return json_object_set_new(in, name, tidy_value(p, text));
}

int params_object(const struct op *op, unsigned places, const json_t *object, json_t *in,
                  json_t **errors)
{
    int rc = 0;
    char clean[64];
    /* Not json_object_foreach: that needs an object that may change. */
    for (void *i = json_object_iter((json_t *)(uintptr_t)object); i && rc == 0;
         i = json_object_iter_next((json_t *)(uintptr_t)object, i)) {
        const char *name = json_object_iter_key(i);
        const struct op_param *p = params_find(op, places, name);
        if (!p) {
            rc = unknown(errors, clean_name(name, clean));
        } else if (json_object_get(in, name)) {
            rc = twice(errors, name);
        } else {
            rc = json_object_set_new(in, name, tidy_json(p, json_object_iter_value(i)));
        }
    }
    return rc;
}

/* ---- what is wrong --------------------------------------------------------------------------- */

struct why {
    char en[WHY], hi[WHY];
};

static bool say(struct why *w, const char *en, const char *hi)
{
    (void)snprintf(w->en, sizeof w->en, "%s", en);
    (void)snprintf(w->hi, sizeof w->hi, "%s", hi);
    return false;
}

static bool say_limit(struct why *w, const char *en, const char *hi, int64_t n)
{
    (void)snprintf(w->en, sizeof w->en, "%s %" PRId64, en, n);
    (void)snprintf(w->hi, sizeof w->hi, "%" PRId64 " %s", n, hi);
    return false;
}

static bool say_type(struct why *w, enum op_type type)
{
    return say(w, expected[type][0], expected[type][1]);
}

/* All of it is printable, on one line or several. *characters: how many. */
static bool is_printable(struct span s, bool lines, size_t *characters)
{
    *characters = 0;
    while (s.n) {
        size_t n = lines && (s.p[0] == '\n' || s.p[0] == '\t') ? 1 : utf8_printable(s);
        if (n == 0) {
            return false;
        }
        s = span_sub(s, n, s.n);
        ++*characters;
    }
    return true;
}

/* One address, without a name beside it: what stands around one "@" has no blank or punctuation of
 * lists (RFC 5321 4.1.2, without quoted names). Whether it exists nobody asks. */
static bool is_mail(struct span s)
{
    const uint8_t *at = memchr(s.p, '@', s.n);
    size_t local = at ? (size_t)(at - s.p) : 0;
    for (size_t i = 0; i < s.n; i++) {
        if (strchr(" ,;:<>()[]\"\\", s.p[i]) || (s.p[i] == '@' && i != local)) {
            return false;
        }
    }
    return at && local && local + 1 < s.n;
}

/* Refused today, not when the certificate is to be issued (issue/letters.h). */
static bool check_letters(struct span s, struct why *w)
{
    static const char *const hindi[][2] = {
        {"holds a character that is not seen", "में ऐसा वर्ण है जो दिखाई नहीं देता; हटाकर फिर लिखें"},
        {"holds a mark that belongs to no letter, or too many on one",
         "में ऐसी मात्रा या चिह्न है जो किसी अक्षर का नहीं है, या एक अक्षर पर बहुत अधिक"},
        {"has a word of letters of two scripts that look the same",
         "में ऐसा शब्द है जिसमें दो लिपियों के एक जैसे दिखने वाले अक्षर हैं; इसे फिर से टाइप करें"}};
    const char *wrong = letters_wrong(s);
    for (size_t i = 0; wrong && i < sizeof hindi / sizeof *hindi; i++) {
        if (strcmp(wrong, hindi[i][0]) == 0) {
            return say(w, wrong, hindi[i][1]);
        }
    }
    return !wrong || say(w, wrong, "में ऐसे वर्ण हैं जो यहाँ स्वीकार्य नहीं हैं");
}

static bool check_text(const struct op_param *p, const json_t *v, struct why *w)
{
    size_t max = p->max ? p->max : p->type == OP_LONG ? LONG_MAX_CHARACTERS : TEXT_MAX;
    size_t characters;
    if (!json_is_string(v)) {
        return say_type(w, p->type);
    }
    struct span s = span_make(json_string_value(v), json_string_length(v));
    if (!is_printable(s, p->type == OP_LONG, &characters)) {
        return say(w, "has characters that are not allowed here", "ऐसे वर्ण हैं जो यहाँ स्वीकार्य नहीं हैं");
    }
    if (p->required && characters == 0) {
        return say(w, "is required", "आवश्यक है");
    }
    if (characters > max) {
        return say_limit(w, "has more characters than", "वर्णों से लंबा है", (int64_t)max);
    }
    /* What goes into the records is printed and compared one day; words to search for are not. */
    bool kept = p->type == OP_TEXT && p->place == OP_IN_BODY;
    if (kept && characters && strcmp(p->name, "email") == 0 && !is_mail(s)) {
        return say(w, "is no mail address", "कोई ई-मेल पता नहीं है");
    }
    return !kept || check_letters(s, w);
}

static bool check_number(const struct op_param *p, const json_t *v, struct why *w)
{
    json_int_t n = json_integer_value(v);
    int64_t max = p->max ? (int64_t)p->max : NUMBER_MAX;
    if (!json_is_integer(v) || n < (p->type == OP_ID)) {
        return say_type(w, p->type);
    }
    return n <= max || say_limit(w, "is larger than", "से बड़ा है", max);
}

static bool is_date(const char *s)
{
    int64_t year, month, day, t;
    return strlen(s) == 10 && s[4] == '-' && s[7] == '-' && read_number(span_make(s, 4), &year) &&
           read_number(span_make(s + 5, 2), &month) && read_number(span_make(s + 8, 2), &day) &&
           utc_make((int)year, (int)month, (int)day, 0, 0, 0, &t);
}

static bool is_time(const char *s)
{
    int64_t t;
    return strchr(s, 'T') && utc_parse(span_str(s), &t);
}

static bool is_sha256(const char *s)
{
    size_t n = strspn(s, "0123456789abcdef");
    return n == 64 && s[n] == 0;
}

static bool check_word(const struct op_param *p, const json_t *v, struct why *w)
{
    const char *given = json_string_value(v);
    size_t en = (size_t)snprintf(w->en, sizeof w->en, "%s: ", expected[OP_WORD][0]);
    size_t hi = (size_t)snprintf(w->hi, sizeof w->hi, "%s: ", expected[OP_WORD][1]);
    for (const char *const *word = p->words; word && *word; word++) {
        if (given && strcmp(given, *word) == 0) {
            return true;
        }
        const char *comma = word[1] ? ", " : "";
        if (en < sizeof w->en) {
            en += (size_t)snprintf(w->en + en, sizeof w->en - en, "%s%s", *word, comma);
        }
        if (hi < sizeof w->hi) {
            hi += (size_t)snprintf(w->hi + hi, sizeof w->hi - hi, "%s%s", *word, comma);
        }
    }
    return false;
}

static bool check_value(const struct op_param *p, const json_t *v, struct why *w)
{
    const char *s = json_string_value(v);
    switch (p->type) {
    case OP_TEXT:
    case OP_PASSWORD:
    case OP_LONG:
        return check_text(p, v, w);
    case OP_INTEGER:
    case OP_PAISE:
    case OP_ID:
        return check_number(p, v, w);
    case OP_TRUTH:
        return json_is_boolean(v) || say_type(w, p->type);
    case OP_DATE:
        return (s && is_date(s)) || say_type(w, p->type);
    case OP_TIME:
        return (s && is_time(s)) || say_type(w, p->type);
    case OP_SHA256:
        return (s && is_sha256(s)) || say_type(w, p->type);
    case OP_WORD:
        break;
    }
    return check_word(p, v, w);
}

static bool check_one(const struct op_param *p, const json_t *v, struct why *w)
{
    if (!v || json_is_null(v)) {
        return !p->required || say(w, "is required", "आवश्यक है");
    }
    return check_value(p, v, w);
}

int params_check(const struct op *op, const json_t *in, json_t **errors, bool *path)
{
    struct why w;
    int rc = 0;
    *path = false;
    for (const struct op_param *p = op->params; p && p->name && rc == 0; p++) {
        if (!check_one(p, json_object_get(in, p->name), &w)) {
            *path = *path || p->place == OP_IN_PATH;
            rc = params_error(errors, p->name, w.en, w.hi);
        }
    }
    for (void *i = json_object_iter((json_t *)(uintptr_t)in); i && rc == 0;
         i = json_object_iter_next((json_t *)(uintptr_t)in, i)) {
        char clean[64];
        const char *name = json_object_iter_key(i);
        if (!params_find(op, PARAMS_ALL, name)) {
            rc = unknown(errors, clean_name(name, clean));
        }
    }
    return rc;
}
