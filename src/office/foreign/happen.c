/*
 * happen - what happens to a case is written: state, dates, rows of the trail. See foreign.h.
 */
#include <stdio.h>

#include "office/cases.h"
#include "office/foreign/foreign.h"
#include "records/audit.h"
#include "records/jobs.h"

static int32_t day(const json_t *row, const char *name)
{
    const char *text = office_str(row, name);
    int32_t out;
    return text && date_parse(span_str(text), &out) ? out : DATE_NONE;
}

void foreign_read(const json_t *row, struct foreign_case *out)
{
    (void)foreign_web_read(office_str(row, "web"), &out->web);
    (void)foreign_mail_read(office_str(row, "mail"), &out->mail);
    (void)foreign_say_read(office_str(row, "decision"), &out->decided);
    out->paused = office_num(row, "paused") == 1;
    out->expired = office_num(row, "expired") == 1;
    out->closed = office_num(row, "closed") == 1;
}

void foreign_dates_read(const json_t *row, struct foreign_dates *out)
{
    int64_t extra = office_num(row, "extra_days");
    *out = (struct foreign_dates){day(row, "complete_on"), day(row, "registered_on"),
                                  day(row, "queried_on"), day(row, "due_on"),
                                  extra == UTC_NONE ? 0 : extra};
}

/* ---- the trail ------------------------------------------------------------------------------- */

int foreign_trace(const struct foreign_by *by, const json_t *row, bool visible, json_t *detail)
{
    char subject[48];
    (void)snprintf(subject, sizeof subject, "foreign:%lld", (long long)office_num(row, "id"));
    const struct audit_row audit = {.at = by->now,
                                    .person = by->person,
                                    .actor = by->login,
                                    .action = by->action,
                                    .subject = subject,
                                    .application = office_num(row, "application"),
                                    .visible = visible,
                                    .detail = detail};
    int64_t seq = detail ? audit_append(by->r, &audit) : RECORDS_FAILED;
    json_decref(detail);
    return seq < 0 ? RECORDS_FAILED : 0;
}

int foreign_job(const struct foreign_by *by, const json_t *row, const char *kind, int64_t id,
                int64_t run_at)
{
    char key[48];
    json_t *payload = json_pack("{s:I}", "id", (json_int_t)id);
    (void)snprintf(key, sizeof key, "%s:%lld", strcmp(kind, "foreign-web") == 0 ? "case" : "mail",
                   (long long)id);
    int64_t job = payload ? job_add(by->r, kind, key, office_num(row, "application"), payload,
                                    run_at, by->now)
                          : RECORDS_FAILED;
    json_decref(payload);
    return job < 0 ? (int)job : 0;
}

/* The application's own nearest deadline follows. */
static int redate_application(const struct foreign_by *by, const json_t *row)
{
    char key[48];
    int64_t application = office_num(row, "application");
    (void)snprintf(key, sizeof key, "application:%lld", (long long)application);
    int64_t job = job_add(by->r, "deadlines", key, application, NULL, by->now, by->now);
    return job < 0 ? (int)job : 0;
}

/* ---- events ---------------------------------------------------------------------------------- */

static int set_truth(json_t *values, const char *name, bool value)
{
    return json_object_set_new(values, name, json_integer(value));
}

/* The columns that say what the case is. */
static int put_case(json_t *values, const struct foreign_case *c, enum foreign_state state,
                    bool contradiction)
{
    const char *said = foreign_say_word(c->decided);
    return json_object_set_new(values, "state", json_string(foreign_state_word(state))) ||
           json_object_set_new(values, "web", json_string(foreign_web_word(c->web))) ||
           json_object_set_new(values, "mail", json_string(foreign_mail_word(c->mail))) ||
           json_object_set_new(values, "decision", said ? json_string(said) : json_null()) ||
           set_truth(values, "contradiction", contradiction) ||
           set_truth(values, "paused", c->paused) || set_truth(values, "expired", c->expired) ||
           set_truth(values, "closed", c->closed);
}

/* The day of the answer: the first one's, as long as the answer stays the same. */
static int put_answer(const struct foreign_by *by, const json_t *row, json_t *values,
                      enum foreign_state was, enum foreign_state is)
{
    char today[DATE_TEXT];
    if (json_object_get(values, "decided_on") || (was == is && foreign_answered(is))) {
        return 0;
    }
    (void)row;
    return json_object_set_new(
        values, "decided_on",
        foreign_answered(is) ? json_string(date_text(date_of_utc(by->now), today)) : json_null());
}

/* What the vendor sees: that the state is another one. */
static int tell(const struct foreign_by *by, const json_t *row, enum foreign_state is)
{
    return foreign_trace(by, row, true,
                         json_pack("{s:s*, s:s*, s:s}", "certificate_number",
                                   office_str(row, "number"), "issuer", office_str(row, "issuer"),
                                   "state", foreign_state_word(is)));
}

/* Two states that are the same to a vendor: how the machine goes about it is not his. */
static bool same_to_vendor(enum foreign_state a, enum foreign_state b)
{
    static const int seen[FOREIGN_STATES] = {
        [FOREIGN_QUEUED] = 1,        [FOREIGN_WEB_CHECKING] = 1, [FOREIGN_MAIL_SENDING] = 1,
        [FOREIGN_WAITING_REPLY] = 1, [FOREIGN_PAUSED] = 1,       [FOREIGN_UNCLEAR] = 1};
    return a == b || (seen[a] && seen[b]);
}

static int write_down(const struct foreign_by *by, const json_t *row, json_t *values,
                      enum foreign_state was, enum foreign_state is, json_t *detail)
{
    int rc = foreign_update(by->r, office_num(row, "id"), UTC_NONE, values, by->now);
    rc = rc ? rc : foreign_trace(by, row, false, json_incref(detail));
    if (rc == 0 && !same_to_vendor(was, is)) {
        rc = tell(by, row, is);
    }
    return rc == 0 && was != is ? redate_application(by, row) : rc;
}

int foreign_apply(const struct foreign_by *by, const json_t *row, enum foreign_event event,
                  json_t *values, json_t *detail)
{
    struct foreign_case c;
    bool contradiction = false;
    foreign_read(row, &c);
    enum foreign_state was = foreign_state(&c, NULL);
    if (!foreign_happens(&c, event)) {
        json_decref(values);
        json_decref(detail);
        return 0;
    }
    enum foreign_state is = foreign_state(&c, &contradiction);
    values = values ? values : json_object();
    detail = detail ? detail : json_object();
    int rc = put_case(values, &c, is, contradiction) || put_answer(by, row, values, was, is) ||
                     json_object_set_new(detail, "event", json_string(foreign_event_word(event))) ||
                     json_object_set_new(detail, "was", json_string(foreign_state_word(was))) ||
                     json_object_set_new(detail, "state", json_string(foreign_state_word(is)))
                 ? RECORDS_FAILED
                 : write_down(by, row, values, was, is, detail);
    json_decref(values);
    json_decref(detail);
    return rc ? rc : 1;
}

bool foreign_answered_row(const json_t *row)
{
    enum foreign_state s;
    return foreign_state_read(office_str(row, "state"), &s) && foreign_answered(s);
}

int foreign_rejob(const struct foreign_by *by, int64_t id)
{
    json_t *row = NULL, *mail = NULL;
    int rc = foreign_get(by->r, id, &row);
    const char *web = office_str(row, "web");
    if (rc == 0 && (strcmp(web, "queued") == 0 || strcmp(web, "checking") == 0)) {
        rc = foreign_job(by, row, "foreign-web", id, by->now);
    }
    if (rc == 0) {
        rc = foreign_mail_last(by->r, id, &mail);
        bool waits = rc == 0 && strcmp(office_str(mail, "state"), "waiting") == 0;
        rc = rc == RECORDS_NONE ? 0 : rc;
        rc = waits ? foreign_job(by, row, "foreign-mail", office_num(mail, "id"), by->now) : rc;
    }
    json_decref(mail);
    json_decref(row);
    return rc;
}

/* ---- dates ----------------------------------------------------------------------------------- */

static json_t *date_value(int32_t date)
{
    char text[DATE_TEXT];
    return date == DATE_NONE ? json_null() : json_string(date_text(date, text));
}

/* Old and new value, and as of when: to be derived again (SCHEME, "The clock"). */
static json_t *dates_detail(const struct foreign_by *by, const json_t *row,
                            const struct foreign_plan *p, const char *why)
{
    char as_of[DATE_TEXT];
    return json_pack(
        "{s:s*, s:O, s:O, s:o, s:o, s:o, s:I, s:s, s:s}", "certificate_number",
        office_str(row, "number"), "old_started_on", json_object_get(row, "started_on"),
        "old_due_on", json_object_get(row, "due_on"), "started_on", date_value(p->start), "due_on",
        date_value(p->due), "computed_on", date_value(p->computed), "working_days",
        (json_int_t)p->days, "as_of", date_text(date_of_utc(by->now), as_of), "why", why);
}

int foreign_redate(const struct foreign_by *by, const json_t *row, json_t *values, const char *why)
{
    struct foreign_dates dates;
    struct foreign_plan p;
    foreign_dates_read(row, &dates);
    if (values) {
        json_t *merged = json_deep_copy(row);
        int bad = !merged || json_object_update(merged, values);
        foreign_dates_read(merged, &dates);
        json_decref(merged);
        if (bad) {
            json_decref(values);
            return RECORDS_FAILED;
        }
    }
    foreign_plan(&dates, &by->data->settings, &by->data->calendar, date_of_utc(by->now), &p);
    values = values ? values : json_object();
    int64_t missing = office_num(row, "missing_year");
    bool same = p.start == day(row, "started_on") && p.due == day(row, "due_on");
    if (same && json_object_size(values) == 0 &&
        (missing == UTC_NONE ? 0 : missing) == p.missing_year) {
        json_decref(values);
        return 0;
    }
    int rc =
        json_object_set_new(values, "started_on", date_value(p.start)) ||
                json_object_set_new(values, "due_on", date_value(p.due)) ||
                json_object_set_new(values, "missing_year",
                                    p.missing_year ? json_integer(p.missing_year) : json_null())
            ? RECORDS_FAILED
            : foreign_update(by->r, office_num(row, "id"), UTC_NONE, values, by->now);
    json_decref(values);
    rc = rc || same ? rc : foreign_trace(by, row, true, dates_detail(by, row, &p, why));
    rc = rc ? rc : redate_application(by, row);
    return rc ? rc : 1;
}

int foreign_queried(const struct foreign_by *by, const json_t *row)
{
    char today[DATE_TEXT];
    if (office_str(row, "queried_on")) {
        return 0;
    }
    int rc = foreign_redate(
        by, row, json_pack("{s:s}", "queried_on", date_text(date_of_utc(by->now), today)),
        "first-query");
    return rc < 0 ? rc : 0;
}
