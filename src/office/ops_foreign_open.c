/*
 * ops_foreign_open - what is asked without a login, by who holds a secret address: an issuer
 * answers a request on its one-time page, a calendar program fetches deadlines.
 *
 * The page's address was sent to a mailbox of an approved issuer and nowhere else. Reading it
 * changes nothing (mail scanners open every link); one POST decides, and the address is used up
 * then. It ends with the window of the case. What is kept is the SHA-256 of the secret; wrong ones
 * make their sender wait (office/people/guess.h).
 */
#include <stdio.h>

#include "base/buffer.h"
#include "base/mem.h"
#include "office/foreign/case_ops.h"
#include "office/intake/answers.h"
#include "office/people/people.h"
#include "office/people/secret.h"
#include "scheme/ical.h"

static const char *const answers[] = {"confirmed", "denied", NULL};
static const char *const languages[] = {"en", "hi", NULL};

/* ---- an issuer's answer ---------------------------------------------------------------------- */

static const char *address_of(const struct op_call *c)
{
    return c->actor && c->actor->address ? c->actor->address : "-";
}

/* The mail of the secret, and its case. 0; 1: a problem is set; -1. Others' guesses and what is
 * over are told apart from nothing that was ever sent. */
static int find(struct op_call *c, json_t **mail, json_t **row)
{
    char hash[SHA256_HEX];
    int wait = c->people ? people_shown(c->people, address_of(c), c->now) : 0;
    if (wait != 0) {
        return wait < 0 || op_fail(c, OP_RATE, NULL, NULL) < 0 ? -1 : 1;
    }
    int rc = foreign_token_hash(op_text(c, "secret"), hash);
    rc = rc ? -1 : foreign_mail_by_link(c->records, hash, mail);
    rc = rc ? rc : foreign_get(c->records, office_num(*mail, "foreign_case"), row);
    if (rc == 0 && c->people) {
        people_shown_right(c->people, address_of(c));
    }
    return rc == 0 ? 0 : op_records(c, rc) < 0 ? -1 : 1;
}

/* The last day as the closures are known now: the clock may not have looked since one was declared.
 * DATE_NONE: none runs. */
static int32_t last_day(const struct foreign_by *by, const json_t *row)
{
    struct foreign_dates dates;
    struct foreign_plan plan;
    if (!office_str(row, "due_on")) {
        return DATE_NONE;
    }
    foreign_dates_read(row, &dates);
    foreign_plan(&dates, &by->data->settings, &by->data->calendar, date_of_utc(by->now), &plan);
    return plan.due;
}

/* "open", "answered", "over". The whole of the last day counts. */
static const char *standing(const struct foreign_by *by, const json_t *mail, const json_t *row)
{
    int32_t day = last_day(by, row);
    bool over = day == DATE_NONE || by->now > date_ends(day);
    over = over || office_num(mail, "claim") != office_num(row, "claim"); /* another question */
    return office_str(mail, "answer")               ? "answered"
           : over || office_num(row, "closed") == 1 ? "over"
                                                    : "open";
}

/* What exactly is confirmed, and nothing of what the body thinks. */
static json_t *question(const struct op_call *c, const struct foreign_by *by, const json_t *mail,
                        const json_t *row)
{
    static const char *const names[] = {"issuer", "number",    "holder",     "product", "standard",
                                        "scope",  "issued_on", "expires_on", "language"};
    char due[DATE_TEXT];
    int32_t day = last_day(by, row);
    json_t *out = json_pack("{s:s, s:s, s:s, s:O?, s:O?, s:s?}", "standing",
                            standing(by, mail, row), "body", c->office->body_name, "body_hi",
                            c->office->body_name_hi, "answer", json_object_get(mail, "answer"),
                            "answered_at", json_object_get(mail, "answered_at"), "due_on",
                            day == DATE_NONE ? NULL : date_text(day, due));
    int bad = !out;
    for (size_t i = 0; !bad && i < sizeof names / sizeof *names; i++) {
        bad = json_object_set(out, names[i], json_object_get(row, names[i]));
    }
    if (bad) {
        json_decref(out);
        return NULL;
    }
    return out;
}

static int run_question(struct op_call *c)
{
    struct scheme_data data;
    struct foreign_by by;
    json_t *mail = NULL, *row = NULL;
    int rc = find(c, &mail, &row);
    rc = rc ? rc : foreign_op_by(c, &data, &by);
    if (rc == 0) {
        c->out = question(c, &by, mail, row);
        rc = c->out ? 0 : -1;
    }
    json_decref(mail);
    json_decref(row);
    return rc < 0 ? -1 : 0;
}

static int keep_answer(struct op_call *c, const json_t *mail, const json_t *row)
{
    const char *answer = op_text(c, "answer");
    json_t *values = json_pack("{s:I, s:s}", "answered_at", (json_int_t)c->now, "answer", answer);
    int rc = values ? foreign_mail_update(c->records, office_num(mail, "id"), values) : -1;
    json_decref(values);
    char once[64];
    (void)snprintf(once, sizeof once, "page:%lld", (long long)office_num(mail, "id"));
    json_t *said = json_pack("{s:s?, s:s?, s:s}", "name", op_text(c, "name"), "remark",
                             op_text(c, "remark"), "address", address_of(c));
    char *text = said ? json_dumps(said, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    const char *kept = text ? arena_str(c->arena, span_str(text)) : NULL;
    mem_free(text);
    json_decref(said);
    values = json_pack("{s:O, s:s, s:I, s:s, s:s, s:s}", "foreign_case", json_object_get(row, "id"),
                       "kind", "page", "at", (json_int_t)c->now, "outcome", answer, "result",
                       kept ? kept : "{}", "once", once);
    int64_t id = rc == 0 && kept && values ? foreign_evidence_add(c->records, values) : -1;
    json_decref(values);
    return id < 0 ? (int)id : 0;
}

/* An answer ends the clock: the dates it ends with are those of today. */
static int dated_anew(const struct foreign_by *by, json_t **row)
{
    struct foreign_by clock = *by;
    int64_t id = office_num(*row, "id");
    clock.action = "foreign.clock";
    int rc = foreign_redate(&clock, *row, NULL, "recomputed");
    if (rc != 1) {
        return rc;
    }
    json_decref(*row);
    *row = NULL;
    return foreign_get(by->r, id, row);
}

/* It came in time, even where the clock was looked at in the same second. */
static int in_time(const struct foreign_by *by, json_t **row)
{
    if (office_num(*row, "expired") != 1) {
        return 0;
    }
    int64_t id = office_num(*row, "id");
    int rc = foreign_apply(by, *row, FOREIGN_UNEXPIRE, NULL, NULL);
    json_decref(*row);
    *row = NULL;
    return rc < 0 ? rc : foreign_get(by->r, id, row);
}

/* The page's address may have been passed on - to the vendor, who would confirm it himself. So a
 * "no" counts, and a "yes" is for an officer to read, unless the body has decided otherwise and it
 * was asked who is said to have issued it, at the address that is in the case. What another body
 * says decides nothing. */
static enum foreign_event event_of(const struct op_call *c, const json_t *mail)
{
    bool yes = strcmp(op_text(c, "answer"), "confirmed") == 0;
    bool named = office_num(mail, "issuer_named") == 1;
    bool current = strcmp(office_str(mail, "state"), "void") != 0;
    return !yes && office_num(mail, "issuer_named") != 0 ? FOREIGN_MAIL_SAYS_DENIED
           : yes && c->office->answer_page_confirms && named && current
               ? FOREIGN_MAIL_SAYS_CONFIRMED
               : FOREIGN_MAIL_SAYS_NOTHING;
}

static int take(struct op_call *c, const json_t *mail, json_t **row)
{
    struct scheme_data data;
    struct foreign_by by;
    int rc = foreign_op_by(c, &data, &by);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    if (strcmp(standing(&by, mail, *row), "open") != 0) {
        return op_fail(c, OP_STATE, "This address was used already, or its time is over.",
                       "यह पता प्रयोग हो चुका है, या इसका समय बीत गया है।");
    }
    by.login = "issuer";
    by.person = UTC_NONE;
    rc = keep_answer(c, mail, *row);
    rc = rc ? rc : dated_anew(&by, row);
    rc = rc ? rc : in_time(&by, row);
    rc = rc ? rc
            : foreign_apply(&by, *row, event_of(c, mail),
                            json_pack("{s:s}", "mail_reason", "answered-on-the-page"),
                            json_pack("{s:s, s:s}", "answer", op_text(c, "answer"), "way", "page"));
    c->audited++;
    c->out = rc < 0 ? NULL : json_pack("{s:s}", "answer", op_text(c, "answer"));
    return rc < 0 ? op_records(c, rc) : c->out ? 0 : -1;
}

static int run_answer(struct op_call *c)
{
    json_t *mail = NULL, *row = NULL;
    int rc = find(c, &mail, &row);
    rc = rc ? rc : take(c, mail, &row);
    json_decref(mail);
    json_decref(row);
    return rc < 0 ? -1 : 0;
}

/* ---- a calendar of deadlines ----------------------------------------------------------------- */

static int run_feed_new(struct op_call *c)
{
    uint8_t bytes[PEOPLE_SECRET], hash[SHA256_SIZE];
    char token[2 * PEOPLE_SECRET + 1];
    if (c->actor->person == UTC_NONE) {
        return op_fail(c, OP_FORBIDDEN, "A calendar belongs to a person.",
                       "कैलेंडर किसी व्यक्ति का होता है।");
    }
    if (secret_random(bytes, sizeof bytes) != 0) {
        return -1;
    }
    (void)hash_hex(span_make(bytes, sizeof bytes), false, token);
    if (hash_sha256(span_str(token), hash) != 0) {
        return -1;
    }
    int rc = feed_put(c->records, c->actor->person, hash, c->now);
    if (rc != 0 || op_audit(c, "feed", UTC_NONE, false, NULL) < 0) {
        return rc ? op_records(c, rc) : -1;
    }
    char *path = arena_printf(c->arena, "/api/v1/foreign-feed/%s", token);
    c->out = path ? json_pack("{s:s}", "path", path) : NULL;
    return c->out ? 0 : -1;
}

static int run_feed_end(struct op_call *c)
{
    int rc = feed_drop(c->records, c->actor->person);
    if (rc == RECORDS_NONE) {
        c->unchanged = true;
        return 0;
    }
    return rc ? op_records(c, rc) : op_audit(c, "feed", UTC_NONE, false, NULL);
}

static json_t *actor_rows(struct op_call *c, const json_t *who)
{
    enum { ROWS = 200, PAGES = 50 };
    char next[48] = "";
    json_t *all = json_array();
    const struct foreign_filter first = {
        .application = UTC_NONE, .vendor = office_num(who, "firm"), .open = true, .limit = ROWS};
    for (int page = 0; all && page < PAGES && (page == 0 || *next); page++) {
        struct foreign_filter f = first;
        char after[48];
        memcpy(after, next, sizeof after);
        f.after = *after ? after : NULL;
        json_t *rows = NULL;
        if (foreign_list(c->records, &f, &rows, next) != 0 || json_array_extend(all, rows) != 0) {
            json_decref(rows);
            json_decref(all);
            return NULL;
        }
        json_decref(rows);
    }
    return all;
}

/* One all-day event for the last day of each window that runs. */
static int write_feed(struct op_call *c, const json_t *rows, bool hindi)
{
    size_t i;
    json_t *row;
    struct buffer b;
    buffer_init(&b, (size_t)1 << 24);
    scheme_ical_begin(&b, hindi ? "विदेशी प्रमाणपत्र" : "Foreign certificates");
    json_array_foreach((json_t *)(uintptr_t)rows, i, row)
    {
        const char *due = office_str(row, "due_on"), *of = office_str(row, "registration");
        int32_t day;
        if (!due || !date_parse(span_str(due), &day)) {
            continue;
        }
        char *uid =
            arena_printf(c->arena, "foreign-%lld@satyapan", (long long)office_num(row, "id"));
        char *text = arena_printf(
            c->arena, hindi ? "%s: %s (%s) की पुष्टि का अंतिम दिन" : "%s: last day to confirm %s (%s)",
            of ? of : office_str(row, "application_product"), office_str(row, "number"),
            office_str(row, "issuer"));
        if (!uid || !text) {
            b.failed = true;
            break;
        }
        scheme_ical_event(&b, uid, day, text, "R-EXT-2", c->now);
    }
    scheme_ical_end(&b);
    int rc = buffer_ok(&b)
                 ? answers_bytes(c, buffer_span(&b), "deadlines.ics", "text/calendar", false)
                 : -1;
    buffer_free(&b);
    return rc;
}

static int run_feed(struct op_call *c)
{
    uint8_t hash[SHA256_SIZE];
    json_t *who = NULL, *rows = NULL;
    const char *lang = op_text(c, "lang");
    int wait = c->people ? people_shown(c->people, address_of(c), c->now) : 0;
    if (wait != 0) {
        return wait < 0 ? -1 : op_fail(c, OP_RATE, NULL, NULL);
    }
    int rc = hash_sha256(span_str(op_text(c, "secret")), hash) == 0
                 ? feed_find(c->records, hash, &who)
                 : RECORDS_FAILED;
    if (rc == 0) {
        if (c->people) {
            people_shown_right(c->people, address_of(c));
        }
        lang = lang ? lang : office_str(who, "lang");
        bool vendor = !(office_num(who, "roles") & ROLE_OFFICER);
        rows = vendor && office_num(who, "firm") == UTC_NONE ? NULL : actor_rows(c, who);
        rc = rows ? write_feed(c, rows, lang && strcmp(lang, "hi") == 0) : RECORDS_FAILED;
        rc = rc ? RECORDS_FAILED : 0;
    }
    json_decref(rows);
    json_decref(who);
    return rc ? op_records(c, rc) : 0;
}

/* ---- the table ------------------------------------------------------------------------------- */

#define P_SECRET                                                                                   \
    {                                                                                              \
        "secret", OP_IN_PATH, OP_TEXT, true, 128, NULL, "The secret of the address",               \
            "पते का गुप्त भाग"                                           \
    }
static const struct op_param question_params[] = {P_SECRET, PARAM_END};
static const struct op_param answer_params[] = {
    P_SECRET,
    {"answer", OP_IN_BODY, OP_WORD, true, 0, answers, "confirmed or denied",
     "confirmed (पुष्टि) या denied (अस्वीकार)"},
    {"name", OP_IN_BODY, OP_TEXT, false, 200, NULL, "Your name and office", "आपका नाम और पद"},
    {"remark", OP_IN_BODY, OP_LONG, false, 2000, NULL, "Remark", "टिप्पणी"},
    PARAM_END};
static const struct op_param feed_params[] = {
    P_SECRET,
    {"lang", OP_IN_QUERY, OP_WORD, false, 0, languages, "en or hi", "en या hi"},
    PARAM_END};
static const enum op_problem find_problems[] = {OP_RATE, OP_OK};
static const enum op_problem answer_problems[] = {OP_RATE, OP_STATE, OP_OK};

const struct op ops_foreign_open[] = {
    {"foreign.question", "GET", "/api/v1/foreign-answers/{secret}",
     "What an issuing body is asked to confirm", "जारीकर्ता निकाय से किसकी पुष्टि माँगी गई है", ROLE_ANY,
     OP_READ | OP_OPEN, 0, "foreign-question", question_params, run_question, find_problems},
    {"foreign.answer", "POST", "/api/v1/foreign-answers/{secret}",
     "The answer of an issuing body; it is given once",
     "जारीकर्ता निकाय का उत्तर; यह एक ही बार दिया जाता है", ROLE_ANY, OP_OPEN | OP_SECRET, 0,
     "foreign-answered", answer_params, run_answer, answer_problems},
    {"foreign.feed-new", "POST", "/api/v1/foreign-feed",
     "A calendar of these deadlines at an address that is a secret; the earlier one ends",
     "इन समय-सीमाओं का कैलेंडर एक गुप्त पते पर; पहले वाला समाप्त हो जाता है", ROLE_ANY, OP_SECRET, 201,
     "foreign-feed", NULL, run_feed_new, NULL},
    {"foreign.feed-end", "DELETE", "/api/v1/foreign-feed", "End that calendar", "वह कैलेंडर समाप्त करें",
     ROLE_ANY, 0, 0, NULL, NULL, run_feed_end, NULL},
    {"foreign.feed", "GET", "/api/v1/foreign-feed/{secret}", "The calendar (iCalendar)",
     "कैलेंडर (iCalendar)", ROLE_ANY, OP_READ | OP_OPEN | OP_FILE, 0, NULL, feed_params, run_feed,
     find_problems},
    {.id = NULL}};
