/*
 * compose - see compose.h.
 */
#include "foreign/mail/compose.h"

#include <fcntl.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/utc.h"
#include "base/utf8.h"
#include "foreign/mail/token.h"

enum {
    VALUE_MAX = 500,
    MAIL_MAX = 256 * 1024,
    TEMPLATE_MAX = 64 * 1024,
    FIELDS_MAX = 40,
    COLUMNS_MAX = 76, /* RFC 2045 6.7 (5) */
    WORD_OCTETS = 42, /* of text in one encoded word (RFC 2047 2) */
    REMINDERS_MAX = 99
};

struct field {
    const char *name, *value;
};

struct making {
    struct arena *a;
    const json_t *request;
    struct mail_said *fault;
    const char **why;
    struct field fields[FIELDS_MAX];
    size_t count;
    struct mail_message *out;
    bool hindi;
    unsigned number;
    const char *token, *domain;
    const char *first; /* Message-ID of the request a reminder is about, or NULL */
};

static int refuse(struct making *m, enum mail_sentence s, const char *what, const char *more)
{
    *m->fault = (struct mail_said){s, {what, more}};
    return 1;
}

static int no_memory(struct making *m)
{
    *m->why = "memory is out";
    return -1;
}

/* ---- values: nothing in them may be more than a value ---- */

static bool one_line(const char *text)
{
    struct span s = span_str(text);
    if (s.n > VALUE_MAX) {
        return false;
    }
    while (s.n) {
        size_t n = utf8_printable(s);
        /* U+2028 and U+2029 end a line for some programs. */
        if (n == 0 || (n == 3 && memcmp(s.p, "\xe2\x80\xa8", 3) == 0) ||
            (n == 3 && memcmp(s.p, "\xe2\x80\xa9", 3) == 0)) {
            return false;
        }
        s = span_sub(s, n, s.n);
    }
    return true;
}

/* "RESULT" and a colon somewhere behind it: wrapped and quoted by the issuer's program it could
 * come back as a line of its own. */
static bool like_answer(const char *text)
{
    for (const char *p = text; *p; p++) {
        if (strncasecmp(p, "result", 6) == 0 && strchr(p, ':')) {
            return true;
        }
    }
    return false;
}

static void put(struct making *m, const char *name, const char *value)
{
    if (value && *value && m->count < FIELDS_MAX) {
        m->fields[m->count++] = (struct field){name, value};
    }
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* Takes a text of the request; needed: it must be there. */
static int take(struct making *m, const json_t *from, const char *key, const char *name,
                bool needed)
{
    const char *value = text_of(from, key);
    if ((needed && (!value || !*value)) || (value && !one_line(value))) {
        return refuse(m, MAIL_FIELD_REFUSED, key, NULL);
    }
    if (value && like_answer(value)) {
        return refuse(m, MAIL_VALUE_REFUSED, key, NULL);
    }
    put(m, name, value);
    return 0;
}

static const char *people_date(struct arena *a, const char *iso)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    int64_t t;
    if (!iso || !utc_parse(span_str(iso), &t) || strlen(iso) != 10) {
        return iso;
    }
    unsigned month = (unsigned)((iso[5] - '0') * 10 + iso[6] - '0');
    return arena_printf(a, "%d %s %.4s", (iso[8] - '0') * 10 + iso[9] - '0', months[month - 1],
                        iso);
}

static int take_dates(struct making *m, const json_t *facts)
{
    static const char *const keys[] = {"issued", "expires", "deadline"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *value = text_of(facts, keys[i]);
        int rc = take(m, facts, keys[i], keys[i], i == 2);
        if (rc != 0) {
            return rc;
        }
        if (value && *value) {
            m->fields[m->count - 1].value = people_date(m->a, value);
        }
    }
    return 0;
}

static int take_facts(struct making *m)
{
    static const struct {
        const char *group, *key, *name;
        bool needed;
    } wanted[] = {
        {"case", "reference", "reference", true},   {"case", "number", "number", true},
        {"case", "issuer", "issuer", true},         {"case", "holder", "holder", false},
        {"case", "product", "product", false},      {"case", "standard", "standard", false},
        {"case", "scope", "scope", false},          {"case", "weblink", "weblink", false},
        {"body", "name", "body_name", true},        {"body", "address", "body_address", false},
        {"body", "officer", "body_officer", false}, {"body", "phone", "body_phone", false},
        {"body", "website", "body_website", false},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const json_t *group = json_object_get(m->request, wanted[i].group);
        int rc = take(m, group, wanted[i].key, wanted[i].name, wanted[i].needed);
        if (rc != 0) {
            return rc;
        }
    }
    return take_dates(m, json_object_get(m->request, "case"));
}

static int take_link(struct making *m)
{
    const char *url = text_of(m->request, "confirm_url");
    if (!url) {
        return 0;
    }
    if (!one_line(url) || (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)) {
        return refuse(m, MAIL_FIELD_REFUSED, "confirm_url", NULL);
    }
    put(m, "confirm_url", url);
    put(m, "or_link_1", "Or answer once on this page, if your policy allows you to open it:");
    put(m, "or_link_2",
        "It shows this request again and decides nothing until a button is pressed.");
    put(m, "or_link_3", "Do not pass it on: whoever has it can answer in your name.");
    return 0;
}

static int take_number(struct making *m)
{
    json_int_t n = json_integer_value(json_object_get(m->request, "number"));
    if (n < 0 || n > REMINDERS_MAX) {
        return refuse(m, MAIL_FIELD_REFUSED, "number", NULL);
    }
    m->number = (unsigned)n;
    if (n == 0) {
        return 0;
    }
    put(m, "reminder", arena_printf(m->a, "%u", m->number));
    put(m, "reminder_sentence",
        "This is a reminder: we have not had your answer to the request below yet.\n");
    put(m, "reminder_sentence_hi", "यह स्मरण-पत्र है: नीचे दिए अनुरोध का उत्तर हमें अभी तक नहीं मिला है।\n");
    return 0;
}

/* ---- addresses ---- */

static int take_address(struct making *m, const char *key, struct mail_address *out)
{
    const char *text = text_of(m->request, key);
    if (!text || !one_line(text)) {
        return refuse(m, MAIL_FIELD_REFUSED, key, NULL);
    }
    const char *wrong = mail_address_parse(span_str(text), out);
    return wrong ? refuse(m, MAIL_ADDRESS_REFUSED, text, wrong) : 0;
}

static int take_addresses(struct making *m)
{
    struct mail_address from, to;
    char verp[MAIL_DOMAIN];
    const char *verp_domain = text_of(m->request, "verp_domain");
    int rc = take_address(m, "from", &from);
    rc = rc ? rc : take_address(m, "to", &to);
    if (rc != 0) {
        return rc;
    }
    m->token = text_of(m->request, "token");
    if (!m->token || !mail_token_is(span_str(m->token))) {
        return refuse(m, MAIL_FIELD_REFUSED, "token", NULL);
    }
    if (!verp_domain || !mail_domain_parse(span_str(verp_domain), verp)) {
        return refuse(m, MAIL_FIELD_REFUSED, "verp_domain", NULL);
    }
    if (strlen(from.local) + MAIL_TOKEN >= MAIL_LOCAL) {
        return refuse(m, MAIL_FIELD_REFUSED, "from", NULL);
    }
    m->domain = arena_str(m->a, span_str(from.domain));
    m->out->from = arena_printf(m->a, "%s@%s", from.local, from.domain);
    m->out->to = arena_printf(m->a, "%s@%s", to.local, to.domain);
    m->out->reply_to = arena_printf(m->a, "%s+%s@%s", from.local, m->token, from.domain);
    m->out->return_path = arena_printf(m->a, "bounce+%s@%s", m->token, verp);
    put(m, "from", m->out->from);
    put(m, "token", m->token);
    return m->domain && m->out->from && m->out->to && m->out->reply_to && m->out->return_path
               ? 0
               : no_memory(m);
}

/* "<" printable ASCII without spaces, one "@" ">" */
static bool is_message_id(const char *id)
{
    size_t n = id ? strlen(id) : 0, at = 0;
    bool good = n > 4 && n < MAIL_ID && id[0] == '<' && id[n - 1] == '>';
    for (size_t i = 1; good && i < n - 1; i++) {
        good = id[i] > 0x20 && id[i] < 0x7f && id[i] != '<' && id[i] != '>';
        at += id[i] == '@';
    }
    return good && at == 1;
}

/* Its own, and for a reminder that of the first request, which it belongs under. */
static int take_message_ids(struct making *m)
{
    const char *first = text_of(m->request, "in_reply_to");
    m->out->message_id = text_of(m->request, "message_id");
    if (!is_message_id(m->out->message_id)) {
        return refuse(m, MAIL_FIELD_REFUSED, "message_id", NULL);
    }
    if (first && !is_message_id(first)) {
        return refuse(m, MAIL_FIELD_REFUSED, "in_reply_to", NULL);
    }
    m->first = first;
    return 0;
}

/* ---- the template ---- */

static struct span read_template(struct making *m, const char *folder, const char *name)
{
    char *path = arena_printf(m->a, "%s/%s", folder, name);
    uint8_t *bytes = arena_alloc(m->a, TEMPLATE_MAX);
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0 || !bytes) {
        *m->why = path ? arena_printf(m->a, "%s cannot be read", path) : "memory is out";
        if (fd >= 0) {
            (void)close(fd);
        }
        return SPAN_NONE;
    }
    ssize_t n = read(fd, bytes, TEMPLATE_MAX);
    (void)close(fd);
    if (n <= 0 || n == TEMPLATE_MAX) {
        *m->why = arena_printf(m->a, "%s is empty or too long", path);
        return SPAN_NONE;
    }
    return span_make(bytes, (size_t)n);
}

static struct span next_line(struct span *rest)
{
    size_t end = span_find(*rest, SPAN_LIT("\n"), 0);
    end = end == SIZE_MAX ? rest->n : end;
    struct span line = span_sub(*rest, 0, end);
    *rest = span_sub(*rest, end + 1, rest->n);
    return line;
}

static const char *value_of(const struct making *m, struct span name)
{
    for (size_t i = 0; i < m->count; i++) {
        if (span_eq(name, span_str(m->fields[i].name))) {
            return m->fields[i].value;
        }
    }
    return NULL;
}

/* One line with its places filled; nothing when a value is not known. */
static void fill_line(const struct making *m, struct span line, struct buffer *out)
{
    size_t start = out->n;
    while (line.n) {
        size_t open = span_find(line, SPAN_LIT("{"), 0);
        size_t close = open == SIZE_MAX ? SIZE_MAX : span_find(line, SPAN_LIT("}"), open);
        if (close == SIZE_MAX) {
            buffer_add(out, line);
            break;
        }
        const char *value = value_of(m, span_sub(line, open + 1, close - open - 1));
        if (!value) {
            out->n = start;
            return;
        }
        buffer_add(out, span_sub(line, 0, open));
        buffer_str(out, value);
        line = span_sub(line, close + 1, line.n);
    }
    buffer_char(out, '\n');
}

static bool subject_line(const struct making *m, struct span line, struct buffer *subject)
{
    struct span name = m->number ? SPAN_LIT("Subject-reminder: ") : SPAN_LIT("Subject: ");
    if (span_starts(line, name)) {
        fill_line(m, span_sub(line, name.n, line.n), subject);
    }
    return span_starts(line, SPAN_LIT("Subject"));
}

/* No line of a template is an answer by itself, or could be one without its indentation. */
static bool template_safe(struct span text)
{
    while (text.n) {
        struct span line = next_line(&text);
        while (line.n && (line.p[0] == ' ' || line.p[0] == '*')) {
            line = span_sub(line, 1, line.n);
        }
        if (line.n >= 6 && strncasecmp((const char *)line.p, "result", 6) == 0) {
            return false;
        }
    }
    return true;
}

static int fill_template(struct making *m, const char *folder, const char *name,
                         struct buffer *subject, struct buffer *body)
{
    struct span text = read_template(m, folder, name);
    if (!text.p) {
        return -1;
    }
    size_t above = span_find(text, SPAN_LIT("{answer_above}"), 0);
    if (!template_safe(text) || above == SIZE_MAX) {
        *m->why = arena_printf(m->a, "%s breaks the rules of README.md beside it", name);
        return -1;
    }
    bool began = false;
    while (text.n) {
        struct span line = next_line(&text);
        if (span_starts(line, SPAN_LIT("#")) || subject_line(m, line, subject) ||
            (!began && line.n == 0)) {
            continue;
        }
        began = true;
        fill_line(m, line, body);
    }
    return 0;
}

static int fill_text(struct making *m, const char *folder)
{
    struct buffer subject, body;
    buffer_init(&subject, VALUE_MAX * 4);
    buffer_init(&body, MAIL_MAX);
    put(m, "answer_above", MAIL_ANSWER_ABOVE);
    int rc = m->hindi ? fill_template(m, folder, "request-hi.txt", &subject, &body) : 0;
    rc = rc ? rc : fill_template(m, folder, "request-en.txt", &subject, &body);
    if (rc == 0 && (!buffer_ok(&subject) || !buffer_ok(&body) || subject.n == 0)) {
        *m->why = "the template has no subject, or is too long";
        rc = -1;
    }
    if (rc == 0) {
        m->out->subject = arena_str(m->a, span_sub(buffer_span(&subject), 0, subject.n - 1));
        m->out->text = arena_dup(m->a, buffer_span(&body));
        rc = m->out->subject && m->out->text.p ? 0 : no_memory(m);
    }
    buffer_free(&subject);
    buffer_free(&body);
    return rc;
}

/* ---- the mail ---- */

static bool is_ascii(const char *s)
{
    for (; *s; s++) {
        if ((uint8_t)*s >= 0x80) {
            return false;
        }
    }
    return true;
}

/* Text of a header line: as it is, or as encoded words (RFC 2047), folded. */
static void header_text(struct buffer *out, const char *text)
{
    struct span s = span_str(text);
    if (is_ascii(text) && s.n < COLUMNS_MAX && !strstr(text, "=?")) {
        buffer_str(out, text);
        return;
    }
    for (bool first = true; s.n; first = false) {
        uint8_t word[WORD_OCTETS / 3 * 4 + 1];
        size_t n = s.n < WORD_OCTETS ? s.n : WORD_OCTETS;
        while (n < s.n && (s.p[n] & 0xc0) == 0x80) {
            n--; /* whole characters */
        }
        (void)EVP_EncodeBlock(word, s.p, (int)n);
        buffer_printf(out, "%s=?UTF-8?B?%s?=", first ? "" : "\r\n ", (const char *)word);
        s = span_sub(s, n, s.n);
    }
}

/* Quoted-printable (RFC 2045 6.7). */
static void quoted_printable(struct buffer *out, struct span text)
{
    size_t column = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (c == '\n') {
            buffer_str(out, "\r\n");
            column = 0;
            continue;
        }
        bool end = i + 1 == text.n || text.p[i + 1] == '\n';
        bool plain = (c > 0x20 && c < 0x7f && c != '=') || (c == ' ' && !end);
        /* "From " and "." at the start of a line are changed on the way by some programs. */
        plain = plain && !(column == 0 && (c == '.' || c == 'F'));
        if (column + (plain ? 1 : 3) > COLUMNS_MAX - 1) {
            buffer_str(out, "=\r\n");
            column = 0;
        }
        if (plain) {
            buffer_char(out, (char)c);
        } else {
            buffer_printf(out, "=%02X", c);
        }
        column += plain ? 1 : 3;
    }
}

static const char *mail_date(struct arena *a, int64_t t)
{
    static const char names[] = "ThuFriSatSunMonTueWed";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char iso[UTC_TEXT];
    (void)utc_rfc3339(t, iso);
    unsigned day = (unsigned)((t / 86400) % 7),
             month = (unsigned)((iso[5] - '0') * 10 + iso[6] - '1');
    return arena_printf(a, "%.3s, %.2s %.3s %.4s %.8s +0000", names + 3 * (size_t)day, iso + 8,
                        months + 3 * (size_t)month, iso, iso + 11);
}

static int write_mail(struct making *m)
{
    const json_t *date = json_object_get(m->request, "date");
    const char *name = text_of(m->request, "from_name");
    struct buffer out;
    if (!json_is_integer(date) || json_integer_value(date) <= 0 ||
        json_integer_value(date) > UINT32_MAX) {
        return refuse(m, MAIL_FIELD_REFUSED, "date", NULL);
    }
    if (name && (!one_line(name) || strpbrk(name, "\"\\<>@"))) {
        return refuse(m, MAIL_FIELD_REFUSED, "from_name", NULL);
    }
    const char *when = mail_date(m->a, json_integer_value(date));
    buffer_init(&out, MAIL_MAX);
    buffer_printf(&out, "Date: %s\r\nFrom: ", when ? when : "");
    if (name && *name) {
        buffer_str(&out, is_ascii(name) ? "\"" : "");
        header_text(&out, name);
        buffer_str(&out, is_ascii(name) ? "\" " : "\r\n ");
    }
    buffer_printf(&out, "<%s>\r\nTo: <%s>\r\nReply-To: <%s>\r\nSubject: ", m->out->from, m->out->to,
                  m->out->reply_to);
    header_text(&out, m->out->subject);
    buffer_printf(&out, "\r\nMessage-ID: %s\r\n", m->out->message_id);
    if (m->first) {
        buffer_printf(&out, "In-Reply-To: %s\r\n", m->first);
    }
    buffer_printf(&out, "References: <%s.request@%s>%s%s\r\n", m->token, m->domain,
                  m->first ? "\r\n " : "", m->first ? m->first : "");
    /* No Auto-Submitted: desks that drop such mails would never see it. */
    buffer_str(&out, "MIME-Version: 1.0\r\n"
                     "Content-Type: text/plain; charset=UTF-8\r\n"
                     "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    quoted_printable(&out, m->out->text);
    m->out->bytes = buffer_ok(&out) && when ? arena_dup(m->a, buffer_span(&out)) : SPAN_NONE;
    buffer_free(&out);
    return m->out->bytes.p ? 0 : no_memory(m);
}

int mail_compose(struct arena *a, const json_t *request, const char *templates,
                 struct mail_message *out, struct mail_said *fault, const char **why)
{
    struct making m = {.a = a, .request = request, .fault = fault, .why = why, .out = out};
    const char *language = text_of(request, "language");
    *out = (struct mail_message){.from = NULL};
    *why = "memory is out";
    m.hindi = language && strcmp(language, "hi") == 0;
    int rc = take_addresses(&m);
    rc = rc ? rc : take_message_ids(&m);
    rc = rc ? rc : take_facts(&m);
    rc = rc ? rc : take_number(&m);
    rc = rc ? rc : take_link(&m);
    rc = rc ? rc : fill_text(&m, templates);
    return rc ? rc : write_mail(&m);
}
