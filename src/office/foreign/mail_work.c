/*
 * mail_work - the work "foreign-mail": satyapan-mail sends a request or a reminder to an issuer.
 *
 * At least once: the row of the mail with its Message-ID is there before the first try, so a
 * second sending after a crash is the same mail. It goes only to a domain of an approved profile.
 * The first one that a server took starts the clock.
 */
#include <stdio.h>

#include <openssl/crypto.h>

#include "office/cases.h"
#include "office/foreign/works.h"

static const char program[] = "satyapan-mail";
static const char action[] = "foreign.mail-sent";

struct mail {
    struct worker *w;
    struct scheme_data data;
    struct foreign_by by;
    json_t *row, *mail, *result; /* the case; the row of the mail; what the program said */
};

/* ---- what is asked --------------------------------------------------------------------------- */

static const char *or_none(const char *text)
{
    return text && *text ? text : NULL;
}

/* The last day; before the clock runs, the one it will have when this mail starts it. */
static const char *deadline(const struct mail *g, char out[DATE_TEXT])
{
    struct foreign_dates dates;
    struct foreign_plan p;
    foreign_dates_read(g->row, &dates);
    if (dates.queried_on == DATE_NONE) {
        dates.queried_on = date_of_utc(work_now(g->w));
    }
    foreign_plan(&dates, &g->data.settings, &g->data.calendar, date_of_utc(work_now(g->w)), &p);
    return p.due == DATE_NONE ? NULL : date_text(p.due, out);
}

static json_t *about(const struct mail *g)
{
    const json_t *row = g->row;
    char reference[48], day[DATE_TEXT];
    (void)snprintf(reference, sizeof reference, "FC-%lld", (long long)office_num(row, "id"));
    return json_pack(
        "{s:s, s:O, s:O, s:O, s:O, s:O, s:O, s:O, s:O, s:O, s:s?}", "reference", reference,
        "issuer", json_object_get(row, "issuer"), "number", json_object_get(row, "number"),
        "holder", json_object_get(row, "holder"), "product", json_object_get(row, "product"),
        "standard", json_object_get(row, "standard"), "issued", json_object_get(row, "issued_on"),
        "expires", json_object_get(row, "expires_on"), "scope", json_object_get(row, "scope"),
        "weblink", json_object_get(row, "weblink"), "deadline", deadline(g, day));
}

static json_t *server_of(const struct office *o)
{
    return json_pack("{s:s, s:s?, s:s?, s:s?}", "url", o->smtp_url, "ca", or_none(o->smtp_ca),
                     "user", or_none(o->smtp_user), "password_file",
                     or_none(o->smtp_password_file));
}

/* Of the issuer whose address it is; the program says whether it is the one that is claimed. */
static json_t *profile_of(const struct mail *g)
{
    json_t *row = NULL;
    int64_t id = office_num(g->mail, "issuer");
    int rc = id == UTC_NONE ? RECORDS_NONE : issuer_get(g->w->records, id, &row);
    const char *text = rc == 0 ? office_str(row, "profile") : NULL;
    json_t *out = text ? json_loads(text, 0, NULL) : NULL;
    json_decref(row);
    return out ? out : json_null();
}

static json_t *request(const struct mail *g, const char *token, const char *link)
{
    const struct office *o = g->w->o->office;
    const char *at = strrchr(o->mail_from, '@'), *language = office_str(g->row, "language");
    const char *name = strcmp(language, "hi") == 0 ? o->body_name_hi : o->body_name;
    const char *url = *o->public_url
                          ? arena_printf(g->w->arena, "%s/office/answer/%s", o->public_url, link)
                          : NULL;
    return json_pack(
        "{s:O, s:s, s:s, s:s, s:O, s:O, s:O, s:O, s:O, s:o, s:{s:s, s:s?, s:s?, s:s?, s:s?}, s:s?, "
        "s:o, s:s, s:o}",
        "message_id", json_object_get(g->mail, "message_id"), "token", token, "from", o->mail_from,
        "from_name", o->body_name, "to", json_object_get(g->mail, "address"), "language",
        json_object_get(g->row, "language"), "number", json_object_get(g->mail, "attempt"),
        "attempt", json_object_get(g->mail, "attempt"), "date",
        json_object_get(g->mail, "created_at"), "case", about(g), "body", "name", name, "address",
        or_none(o->body_address), "website", or_none(o->public_url), "officer",
        or_none(o->mail_officer), "phone", or_none(o->body_phone), "confirm_url", url, "smtp",
        server_of(o), "verp_domain",
        *o->verp_domain ? o->verp_domain
        : at            ? at + 1
                        : "",
        "profile", profile_of(g));
}

/* ---- transactions ---------------------------------------------------------------------------- */

static enum work_end ended(struct mail *g, int rc)
{
    int done = records_commit(g->w->records, rc >= 0);
    return rc == RECORDS_CONFLICT ? WORK_LOST : rc < 0 || done != 0 ? WORK_BROKEN : WORK_DONE;
}

static bool is_request(const struct mail *g)
{
    return office_num(g->mail, "attempt") == 0;
}

static int put_mail(struct mail *g, const char *state, const char *sha256, bool sent)
{
    json_t *values = json_pack("{s:s, s:s?}", "state", state, "sent_sha256", sha256);
    if (values && sent) {
        const json_t *named = json_object_get(g->result, "issuer_named");
        (void)json_object_set_new(values, "sent_at", json_integer(work_now(g->w)));
        (void)json_object_set_new(values, "issuer_named",
                                  named ? json_integer(json_is_true(named)) : json_null());
    }
    int rc = values ? foreign_mail_update(g->w->records, office_num(g->mail, "id"), values)
                    : RECORDS_FAILED;
    json_decref(values);
    return rc;
}

/* The case and the mail as they are now, inside the transaction. */
static int begin(struct mail *g)
{
    json_decref(g->row);
    g->row = NULL;
    if (records_begin(g->w->records) != 0) {
        return RECORDS_FAILED;
    }
    int rc = work_ours(g->w) ? 0 : RECORDS_CONFLICT;
    rc = rc ? rc : foreign_get(g->w->records, office_num(g->mail, "foreign_case"), &g->row);
    if (rc == 0) {
        int64_t id = office_num(g->mail, "id");
        json_decref(g->mail);
        g->mail = NULL;
        rc = foreign_mail_get(g->w->records, id, &g->mail);
    }
    return rc;
}

/* state NULL: the row stays as it is. */
static enum work_end finish(struct mail *g, const char *state)
{
    int rc = begin(g);
    rc = rc == 0 && state ? put_mail(g, state, NULL, false) : rc;
    return ended(g, rc ? rc : job_finish(g->w->records, g->w->job, work_now(g->w)));
}

static int trace(struct mail *g, const char *what)
{
    return foreign_trace(&g->by, g->row, false,
                         json_pack("{s:s, s:O, s:O, s:O?, s:O?}", "task", what, "address",
                                   json_object_get(g->mail, "address"), "attempt",
                                   json_object_get(g->mail, "attempt"), "reason",
                                   json_object_get(g->result, "why"), "code",
                                   json_object_get(g->result, "code")));
}

/* It was made void while it was on its way: another address or claim took its place. */
static bool is_void(const struct mail *g)
{
    const char *state = office_str(g->mail, "state");
    return state && strcmp(state, "void") == 0;
}

static enum work_end sent(struct mail *g)
{
    int rc = begin(g);
    rc = rc ? rc
            : put_mail(g, is_void(g) ? "void" : "sent", row_text(g->result, "bytes_sha256"), true);
    rc = rc ? rc : foreign_queried(&g->by, g->row);
    rc = rc ? rc : trace(g, is_request(g) ? "asked" : "reminded");
    if (rc == 0 && is_request(g) && !is_void(g)) {
        rc = foreign_apply(&g->by, g->row, FOREIGN_MAIL_IS_SENT, NULL, NULL);
    }
    return ended(g, rc < 0 ? rc : job_finish(g->w->records, g->w->job, work_now(g->w)));
}

/* The address does not take it: the officer is told at once. */
static enum work_end refused(struct mail *g, const char *why)
{
    int rc = begin(g);
    if (rc == 0 && is_void(g)) {
        return ended(g, job_finish(g->w->records, g->w->job, work_now(g->w)));
    }
    rc = rc ? rc : put_mail(g, "failed", NULL, false);
    rc = rc ? rc : trace(g, "refused");
    rc = rc ? rc
            : foreign_apply(&g->by, g->row, FOREIGN_MAIL_COMES_BACK,
                            json_pack("{s:s}", "mail_reason", why),
                            json_pack("{s:s}", "reason", why));
    return ended(g, rc < 0 ? rc : job_finish(g->w->records, g->w->job, work_now(g->w)));
}

static enum work_end again(struct mail *g, const char *why)
{
    if (g->w->job->tries >= JOB_TRIES) {
        enum work_end end = refused(g, why);
        return end == WORK_DONE ? WORK_FAILED : end;
    }
    int rc = begin(g);
    if (rc == 0 && is_void(g)) {
        return ended(g, job_finish(g->w->records, g->w->job, work_now(g->w)));
    }
    if (rc == 0 && is_request(g)) {
        rc = foreign_apply(&g->by, g->row, FOREIGN_MAIL_RETRIES,
                           json_pack("{s:s}", "mail_reason", why), NULL);
    }
    rc = rc < 0 ? rc : job_fail(g->w->records, g->w->job, work_now(g->w), why);
    (void)fprintf(stderr, "satyapan: job %s %s: %s; tried again later\n", g->w->job->kind,
                  g->w->job->key, why);
    enum work_end end = ended(g, rc);
    return end == WORK_DONE ? WORK_FAILED : end;
}

/* ---- the work -------------------------------------------------------------------------------- */

static enum work_end answer(struct mail *g, enum program_end end)
{
    const char *why = row_text(g->result, "why");
    why = *why ? why : "the mail program failed";
    if (end == PROGRAM_MISSING) {
        return program_wait(g->w, program);
    }
    if (end == PROGRAM_STOPPED) {
        return g->w->lost ? WORK_LOST : WORK_LATER;
    }
    if (end != PROGRAM_DONE || !g->result) {
        return again(g, why);
    }
    if (json_is_true(json_object_get(g->result, "sent"))) {
        return sent(g);
    }
    return json_is_true(json_object_get(g->result, "permanent")) ? refused(g, why) : again(g, why);
}

static enum work_end send(struct mail *g)
{
    char token[FOREIGN_TOKEN], link[FOREIGN_TOKEN];
    int64_t id = office_num(g->row, "id"), round = office_num(g->mail, "round");
    json_t *rows = NULL, *ask = NULL;
    if (foreign_token_make(g->w->o->data, FOREIGN_TOKEN_MAIL, id, round, token) == 0 &&
        foreign_token_make(g->w->o->data, FOREIGN_TOKEN_LINK, id, round, link) == 0) {
        ask = request(g, token, link);
    }
    OPENSSL_cleanse(token, sizeof token);
    OPENSSL_cleanse(link, sizeof link);
    enum program_end end = ask ? program_run(g->w, program, "send", ask, &rows) : PROGRAM_FAILED;
    json_decref(ask);
    size_t n = json_array_size(rows);
    g->result = n ? json_incref(json_array_get(rows, n - 1)) : NULL;
    json_decref(rows);
    return answer(g, end);
}

/* Only while it is wanted, and only to who is still approved. */
static enum work_end work(struct mail *g)
{
    enum foreign_state s = FOREIGN_CLOSED;
    enum foreign_place place;
    const char *address = office_str(g->mail, "address");
    if (g->w->o->offline) {
        return program_wait(g->w, NULL);
    }
    (void)foreign_state_read(office_str(g->row, "state"), &s);
    if (strcmp(office_str(g->mail, "state"), "waiting") != 0) {
        return finish(g, NULL);
    }
    if (s == FOREIGN_PAUSED || s == FOREIGN_EXPIRED) {
        return finish(g, is_request(g) ? NULL : "void");
    }
    if (s == FOREIGN_CLOSED || office_str(g->row, "decision") ||
        (!is_request(g) && foreign_answered(s))) {
        return finish(g, "void");
    }
    if (foreign_mail_place(g->w->records, address, &place, NULL) != 0) {
        return WORK_BROKEN;
    }
    if (place != FOREIGN_APPROVED) {
        return refused(g, "issuer-not-approved");
    }
    if (is_request(g)) {
        int rc = begin(g);
        bool gone = rc == 0 && is_void(g);
        rc = rc || gone ? rc : foreign_apply(&g->by, g->row, FOREIGN_MAIL_BEGINS, NULL, NULL);
        enum work_end end = ended(g, rc);
        if (end != WORK_DONE || gone) {
            return end == WORK_DONE ? finish(g, NULL) : end;
        }
    }
    return send(g);
}

enum work_end foreign_mail_work(struct worker *w)
{
    struct mail g = {.w = w};
    int rc = foreign_mail_get(w->records, row_int(w->job->payload, "id"), &g.mail);
    rc = rc ? rc : foreign_get(w->records, office_num(g.mail, "foreign_case"), &g.row);
    enum work_end end = rc == 0 && works_by(w, action, &g.data, &g.by)
                            ? work(&g)
                            : work_fail(w, UTC_NONE, "there is no such mail");
    json_decref(g.result);
    json_decref(g.mail);
    json_decref(g.row);
    return end;
}
