/*
 * case_ops - see case_ops.h.
 */
#include "office/foreign/case_ops.h"

#include <stdio.h>

#include "office/check.h"
#include "records/applications.h"

enum { REASON_MIN = 10 };

/* ---- which case, who ------------------------------------------------------------------------- */

int foreign_op_find(struct op_call *c, json_t **out)
{
    int rc = foreign_get(c->records, op_int(c, "case"), out);
    if (rc == 0 && office_is_vendor(c) &&
        (c->actor->firm == UTC_NONE || c->actor->firm != office_num(*out, "vendor"))) {
        json_decref(*out);
        *out = NULL;
        rc = RECORDS_NONE;
    }
    return rc == 0 ? 0 : op_records(c, rc) < 0 ? -1 : 1;
}

const char *foreign_op_login(const struct op_call *c)
{
    return c->actor && c->actor->login[0] ? c->actor->login : "satyapan";
}

int foreign_op_by(struct op_call *c, struct scheme_data *data, struct foreign_by *out)
{
    char why[SCHEME_DATA_ERROR];
    int rc = check_data(c->arena, c->office, c->data, data, why);
    *out = (struct foreign_by){.r = c->records,
                               .data = data,
                               .now = c->now,
                               .person = c->actor ? c->actor->person : UTC_NONE,
                               .login = foreign_op_login(c),
                               .action = c->op->id};
    if (rc > 0) {
        (void)fprintf(stderr, "satyapan: %s\n", why);
        return op_fail(c, OP_INTERNAL, office_is_vendor(c) ? NULL : why, NULL) < 0 ? -1 : 1;
    }
    return rc;
}

int foreign_op(struct op_call *c,
               int (*run)(struct op_call *c, const struct foreign_by *by, const json_t *row))
{
    struct scheme_data data;
    struct foreign_by by;
    json_t *row = NULL, *application = NULL;
    int rc = foreign_op_find(c, &row);
    rc = rc ? rc : office_application_by_id(c, office_num(row, "application"), &application);
    rc = rc ? rc : office_may(c, application);
    rc = rc ? rc : foreign_op_by(c, &data, &by);
    rc = rc ? rc : run(c, &by, row);
    json_decref(row);
    json_decref(application);
    return rc < 0 ? -1 : 0;
}

bool foreign_op_same(const struct op_call *c, const json_t *row, const char *person,
                     const char *login)
{
    const char *then = office_str(row, login);
    int64_t who = office_num(row, person);
    return (who != UTC_NONE && who == c->actor->person) ||
           (then && strcmp(then, foreign_op_login(c)) == 0) ||
           (who == UTC_NONE && c->actor->person == UTC_NONE);
}

int foreign_op_reason(struct op_call *c)
{
    size_t n = 0;
    for (const char *p = op_text(c, "reason"); p && *p; p++) {
        n += ((unsigned char)*p & 0xc0) != 0x80 && *p != ' ' && *p != '\n';
    }
    if (n >= REASON_MIN) {
        return 0;
    }
    return op_fail_field(c, "reason", "needs at least 10 letters", "में कम से कम 10 अक्षर होने चाहिए") <
                   0
               ? -1
               : 1;
}

/* ---- what is answered ------------------------------------------------------------------------ */

/* How the machine and the officers go about it is not the vendor's. */
static int hide(const struct op_call *c, json_t *row)
{
    static const char *const names[] = {"web_reason", "mail_reason", "owner", "decision"};
    static const char *const under_way[] = {"queued",        "web_checking", "mail_sending",
                                            "waiting_reply", "unclear",      "paused"};
    const char *state = office_str(row, "state");
    int bad = 0;
    if (!office_is_vendor(c)) {
        return 0;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bad |= json_object_set_new(row, names[i], json_null());
    }
    bad |= json_object_set_new(row, "web", json_string("none")) |
           json_object_set_new(row, "mail", json_string("none")) |
           json_object_set_new(row, "contradiction", json_integer(0)) |
           json_object_set_new(row, "paused", json_integer(0));
    for (size_t i = 0; state && i < sizeof under_way / sizeof *under_way; i++) {
        if (strcmp(state, under_way[i]) == 0) {
            return bad |
                   json_object_set_new(
                       row, "state",
                       json_string(office_str(row, "queried_on") ? "waiting_reply" : "queued"));
        }
    }
    return bad;
}

int foreign_op_row(const struct op_call *c, const struct calendar *calendar, json_t *row)
{
    const char *due = office_str(row, "due_on"), *state = office_str(row, "state");
    enum foreign_state s = FOREIGN_DRAFT;
    int32_t day, today = date_of_utc(c->now);
    bool counts = due && date_parse(span_str(due), &day) && calendar &&
                  foreign_state_read(state, &s) && !foreign_answered(s) && s != FOREIGN_CLOSED;
    (void)json_object_del(row, "claim");
    int bad = json_object_set_new(
        row, "days_left",
        counts ? json_integer(calendar_between(calendar, today, day, today)) : json_null());
    return bad || hide(c, row) ? -1 : 0;
}

/* Each with its own operation, so that a page offers only what may be done. */
static int add_possible(struct op_call *c, const json_t *row, json_t *out)
{
    const struct op *op;
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; (op = op_at(i)); i++) {
        if (!(op->flags & OP_READ) && strstr(op->path, "{case}") &&
            office_possible(op, c->actor, office_str(row, "application_state"))) {
            bad |= json_array_append_new(list, json_string(op->id));
        }
    }
    return json_object_set_new(out, "possible", list) | bad;
}

static int add_place(struct op_call *c, const json_t *row, const char *name, json_t *out)
{
    static const char *const words[] = {"approved", "not-approved", "bad-address"};
    bool web = strcmp(name, "weblink") == 0;
    const char *address = office_str(row, name);
    enum foreign_place place = FOREIGN_BAD_ADDRESS;
    json_t *issuer = NULL;
    char key[32];
    if (address && *address) {
        int rc = web ? foreign_link_place(c->records, address, &place, &issuer)
                     : foreign_mail_place(c->records, address, &place, &issuer);
        if (rc != 0) {
            return -1;
        }
    }
    (void)snprintf(key, sizeof key, "%s_place", name);
    int bad = json_object_set_new(out, key,
                                  address && *address ? json_string(words[place]) : json_null());
    (void)snprintf(key, sizeof key, "%s_issuer", name);
    json_t *known = json_object_get(issuer, "name");
    bad |= json_object_set_new(out, key, known ? json_incref(known) : json_null());
    json_decref(issuer);
    return bad;
}

/* What the clock will ask for, and what of it was done. */
static int add_plan(struct op_call *c, const struct scheme_data *data, const json_t *row,
                    json_t *out)
{
    struct foreign_dates dates;
    struct foreign_plan p;
    json_t *steps = NULL, *one, *plan = json_array();
    size_t k;
    char day[DATE_TEXT];
    int bad = foreign_step_list(c->records, office_num(row, "id"), &steps);
    foreign_dates_read(row, &dates);
    foreign_plan(&dates, &data->settings, &data->calendar, date_of_utc(c->now), &p);
    for (size_t i = 0; !bad && i < p.count; i++) {
        const char *word = foreign_task_word(p.rows[i].task);
        const json_t *at = NULL;
        json_array_foreach(steps, k, one)
        {
            if (strcmp(office_str(one, "task"), word) == 0 &&
                office_num(one, "day") == p.rows[i].day) {
                at = json_object_get(one, "at");
            }
        }
        bad = json_array_append_new(plan, json_pack("{s:s, s:I, s:s, s:O?}", "task", word, "day",
                                                    (json_int_t)p.rows[i].day, "on_day",
                                                    date_text(p.rows[i].on, day), "done_at", at));
    }
    json_decref(steps);
    return json_object_set_new(out, "plan", plan) | bad;
}

/* A column 0 or 1 as a truth value, NULL as it is. */
static int flag(json_t *row, const char *name)
{
    const json_t *n = json_object_get(row, name);
    return json_is_integer(n) ? json_object_set_new(row, name, json_boolean(json_integer_value(n)))
                              : 0;
}

/* A stored result is text; out it goes as what it says. */
static int open_results(json_t *rows)
{
    json_t *row;
    size_t i;
    int bad = 0;
    json_array_foreach(rows, i, row)
    {
        const char *text = office_str(row, "result");
        json_t *value = text ? json_loads(text, 0, NULL) : NULL;
        bad |= json_object_set_new(row, "result", value ? value : json_object());
        (void)json_object_del(row, "once");
        (void)json_object_del(row, "claim");
        bad |= flag(row, "earlier_claim");
        (void)json_object_del(row, "vendor");
        (void)json_object_del(row, "application");
        (void)json_object_del(row, "login");
    }
    return bad;
}

/* What only officers see: evidence, mails, decisions. */
static int add_findings(struct op_call *c, int64_t id, json_t *out)
{
    json_t *evidence = NULL, *mails = NULL, *decisions = NULL, *row;
    size_t i;
    if (office_is_vendor(c)) {
        evidence = json_array();
        mails = json_array();
        decisions = json_array();
    } else if (foreign_evidence_list(c->records, id, &evidence) != 0 ||
               foreign_mail_list(c->records, id, &mails) != 0 ||
               foreign_decision_list(c->records, id, &decisions) != 0 || open_results(evidence)) {
        json_decref(evidence);
        json_decref(mails);
        json_decref(decisions);
        return -1;
    }
    int bad = 0;
    json_array_foreach(mails, i, row)
    {
        bad |= flag(row, "earlier_claim") | flag(row, "issuer_named");
    }
    json_array_foreach(decisions, i, row)
    {
        (void)json_object_del(row, "login");
        (void)json_object_del(row, "second_login");
    }
    return bad | json_object_set_new(out, "evidence", evidence) |
           json_object_set_new(out, "mails", mails) |
           json_object_set_new(out, "decisions", decisions);
}

int foreign_op_answer(struct op_call *c, int64_t id)
{
    struct scheme_data data;
    struct foreign_by by;
    json_t *row = NULL;
    const char *email;
    int rc = foreign_op_by(c, &data, &by);
    if (rc != 0 || foreign_get(c->records, id, &row) != 0) {
        return rc > 0 ? 0 : -1;
    }
    email = office_str(row, "email");
    int bad = add_place(c, row, "weblink", row) || add_place(c, row, "email", row) ||
              json_object_set_new(row, "free_mail", json_boolean(foreign_free_mail(email))) ||
              add_plan(c, &data, row, row) || add_possible(c, row, row) ||
              add_findings(c, id, row) || foreign_op_row(c, &data.calendar, row);
    if (bad) {
        json_decref(row);
        return -1;
    }
    c->out = row;
    return 0;
}

int foreign_op_done(struct op_call *c, int code, int64_t id)
{
    if (code == 0) {
        return op_fail(c, OP_STATE, "The case is answered, closed or already on its way.",
                       "मामले का उत्तर मिल चुका है, वह बंद है या पहले से प्रक्रिया में है।");
    }
    if (code < 0) {
        return op_records(c, code);
    }
    c->audited++;
    return foreign_op_answer(c, id);
}
