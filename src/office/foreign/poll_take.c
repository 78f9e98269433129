/*
 * poll_take - one answer of an issuer is taken in: kept as evidence with its attachments, and what
 * it means happens to its case. See poll.h.
 *
 * What an answer counts for is the program's word (satyapan-mail): sender authenticated, domain of
 * the case's approved profile, token, an explicit line. Here is decided which question it answers:
 * the one that stands, one at an address that was replaced, one about an earlier claim.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "db/rows.h"
#include "office/cases.h"
#include "office/foreign/case_clock.h"
#include "office/foreign/poll.h"
#include "records/blobs.h"
#include "records/documents.h"

/* ---- one mail -------------------------------------------------------------------------------- */

static int keep_file(struct polling *g, const json_t *path, const char *sha256,
                     char hex[SHA256_HEX], int64_t *size)
{
    const char *name = json_string_value(path);
    int rc = name ? program_file(g->w, g->folder, name, sha256, hex, size) : 1;
    return rc ? rc : blob_keep(g->w->records, hex, *size, work_now(g->w));
}

static json_t *evidence_values(const json_t *mail, const char *outcome, int64_t foreign,
                               int64_t now)
{
    const json_t *first = json_array_get(json_object_get(mail, "reasons"), 0);
    const char *code = office_str(first, "code");
    json_t *shown = json_copy((json_t *)(uintptr_t)mail);
    (void)json_object_del(shown, "raw_path");
    (void)json_object_del(shown, "uid");
    char *text = shown ? rows_canonical(shown) : NULL;
    json_t *out = text ? json_pack("{s:I, s:s, s:I, s:s, s:s?, s:s}", "foreign_case",
                                   (json_int_t)foreign, "kind", "mail", "at", (json_int_t)now,
                                   "outcome", outcome, "reason", code, "result", text)
                       : NULL;
    json_decref(shown);
    mem_free(text);
    return out;
}

/* The sender's key could not be looked up: an honest answer is not to stay unclear for that. */
static int read_again(struct polling *g, int64_t evidence)
{
    enum { LATER_S = 3600 };
    char key[48];
    int64_t now = work_now(g->w);
    json_t *payload = json_pack("{s:I}", "id", (json_int_t)evidence);
    (void)snprintf(key, sizeof key, "evidence:%lld", (long long)evidence);
    int64_t job = payload ? job_add(g->w->records, g->w->job->kind, key, UTC_NONE, payload,
                                    now + LATER_S, now)
                          : RECORDS_FAILED;
    json_decref(payload);
    return job < 0 ? (int)job : 0;
}

static int about(json_t *values, int64_t claim)
{
    return claim == UTC_NONE ? 0 : json_object_set_new(values, "claim", json_integer(claim));
}

/* 0: kept; 1: it was before; a code. */
static int keep_mail(struct polling *g, const json_t *mail, const char *outcome, int64_t foreign,
                     int64_t claim)
{
    char hex[SHA256_HEX], once[SHA256_HEX + 32];
    int64_t size = 0;
    int rc =
        keep_file(g, json_object_get(mail, "raw_path"), row_text(mail, "raw_sha256"), hex, &size);
    if (rc != 0) {
        return rc < 0 ? rc : RECORDS_FAILED;
    }
    (void)snprintf(once, sizeof once, "mail:%s:%lld", hex, (long long)foreign);
    json_t *values = evidence_values(mail, outcome, foreign, work_now(g->w));
    int bad = !values || json_object_set_new(values, "blob", json_string(hex)) ||
              json_object_set_new(values, "size", json_integer(size)) ||
              json_object_set_new(values, "name", json_string("answer.eml")) ||
              json_object_set_new(values, "media", json_string("message/rfc822")) ||
              json_object_set_new(values, "once", json_string(once)) || about(values, claim);
    int64_t id = bad ? RECORDS_FAILED : foreign_evidence_add(g->w->records, values);
    json_decref(values);
    if (id >= 0 && json_is_true(json_object_get(mail, "retry"))) {
        return read_again(g, id);
    }
    return id == RECORDS_CONFLICT ? 1 : id < 0 ? (int)id : 0;
}

static const char *name_of(const json_t *file)
{
    const char *name = office_str(file, "name");
    return name && *name ? name : "attachment";
}

/* Each a piece of evidence of its own, to be verified like any document. */
static int keep_attachments(struct polling *g, const json_t *mail, int64_t foreign, int64_t claim)
{
    json_t *file;
    size_t i;
    int rc = 0;
    json_array_foreach(json_object_get(mail, "attachments"), i, file)
    {
        char hex[SHA256_HEX], key[48];
        int64_t size = 0;
        rc = rc ? rc
                : keep_file(g, json_object_get(file, "path"), row_text(file, "sha256"), hex, &size);
        if (rc != 0) {
            return rc < 0 ? rc : RECORDS_FAILED;
        }
        json_t *values = json_pack(
            "{s:I, s:s, s:I, s:s, s:s, s:I, s:s, s:s}", "foreign_case", (json_int_t)foreign, "kind",
            "mail", "at", (json_int_t)work_now(g->w), "outcome", "attachment", "blob", hex, "size",
            (json_int_t)size, "name", name_of(file), "media", "application/octet-stream");
        int64_t id = values && about(values, claim) == 0
                         ? foreign_evidence_add(g->w->records, values)
                         : RECORDS_FAILED;
        json_decref(values);
        json_t *payload = json_pack("{s:I}", "id", (json_int_t)id);
        (void)snprintf(key, sizeof key, "evidence:%lld", (long long)id);
        id = id < 0 || !payload ? RECORDS_FAILED
                                : job_add(g->w->records, "foreign-attachment", key, UTC_NONE,
                                          payload, work_now(g->w), work_now(g->w));
        json_decref(payload);
        rc = id < 0 ? (int)id : 0;
    }
    return rc;
}

/* ---- what it means --------------------------------------------------------------------------- */

/* What became of a mail: its outcome in the records, and what happens to the case. event
 * FOREIGN_EVENTS: nothing. */
static const char *outcome_of(const json_t *mail, enum foreign_event *event)
{
    const char *class = row_text(mail, "class"), *result = row_text(mail, "result");
    *event = FOREIGN_EVENTS;
    if (strcmp(class, "bounce") == 0) {
        bool over = json_is_true(json_object_get(json_object_get(mail, "bounce"), "permanent"));
        *event = over ? FOREIGN_MAIL_COMES_BACK : FOREIGN_EVENTS;
        return "bounced";
    }
    if (strcmp(class, "reply") != 0) {
        return strcmp(class, "auto-reply") == 0 ? "auto-reply" : class;
    }
    if (strcmp(result, "confirmed") == 0 || strcmp(result, "denied") == 0) {
        *event = *result == 'c' ? FOREIGN_MAIL_SAYS_CONFIRMED : FOREIGN_MAIL_SAYS_DENIED;
        return result;
    }
    *event = FOREIGN_MAIL_SAYS_NOTHING;
    return "unclear";
}

/* When it came: an answer of the last day counts, whenever it is read. */
static int64_t came_at(const struct polling *g, const json_t *mail)
{
    int64_t at = row_int(mail, "received_at"), now = work_now(g->w);
    return at == UTC_NONE || at > now ? now : at;
}

/* The window had ended without it; or it came after its end, which nobody has noted yet. */
static int in_time(struct polling *g, json_t **row, int64_t at)
{
    int rc = foreign_clock_end(&g->by, g->w->o->office, g->w->o->data, at, row);
    if (rc != 0) {
        return rc;
    }
    const char *due = office_str(*row, "due_on");
    int32_t day;
    if (office_num(*row, "expired") != 1 || !due || !date_parse(span_str(due), &day) ||
        at > date_ends(day)) {
        return 0;
    }
    int64_t id = office_num(*row, "id");
    rc = foreign_apply(&g->by, *row, FOREIGN_UNEXPIRE, NULL, NULL);
    json_decref(*row);
    *row = NULL;
    return rc < 0 ? rc : foreign_get(g->w->records, id, row);
}

static int happen(struct polling *g, const json_t *mail, json_t **row, enum foreign_event event,
                  const char *outcome)
{
    char day[DATE_TEXT];
    int64_t at = came_at(g, mail);
    const json_t *first = json_array_get(json_object_get(mail, "reasons"), 0);
    const char *code = office_str(first, "code");
    bool answer = event == FOREIGN_MAIL_SAYS_CONFIRMED || event == FOREIGN_MAIL_SAYS_DENIED;
    int rc = answer ? in_time(g, row, at) : 0;
    json_t *values = json_pack("{s:s?}", "mail_reason", code);
    if (answer && !foreign_answered_row(*row)) {
        (void)json_object_set_new(values, "decided_on",
                                  json_string(date_text(date_of_utc(at), day)));
    }
    return rc ? rc
              : foreign_apply(&g->by, *row, event, values,
                              json_pack("{s:s, s:s?, s:O?, s:O?}", "outcome", outcome, "reason",
                                        code, "raw_sha256", json_object_get(mail, "raw_sha256"),
                                        "from_domain", json_object_get(mail, "from_domain")));
}

/* What it turned out to say takes the place of what could not be told. */
static int reread(struct polling *g, const json_t *mail, const char *outcome)
{
    char *text = rows_canonical(mail);
    int rc = text ? foreign_evidence_said(g->w->records, g->again, outcome, text) : RECORDS_FAILED;
    mem_free(text);
    return rc;
}

/* The program gives back what it was given as "case". */
static int64_t case_of(const json_t *mail)
{
    const char *text = row_text(mail, "case");
    char *end = NULL;
    long long id = strtoll(text, &end, 10);
    return *text && *end == 0 && id > 0 ? id : UTC_NONE;
}

/* The claim that the answered mail asked about; UTC_NONE: there is no such mail. *earlier: it was
 * sent to an address that another one took the place of. */
static int64_t claim_of(struct polling *g, const json_t *mail, int64_t id, bool *earlier)
{
    json_t *row = NULL;
    int rc = foreign_mail_by_token(g->w->records, id, row_text(mail, "request"), &row);
    const char *state = office_str(row, "state");
    int64_t claim = rc ? UTC_NONE : office_num(row, "claim");
    *earlier = state && strcmp(state, "void") == 0;
    json_decref(row);
    return claim;
}

/* What an answer to a request does that was replaced since: to an address, it is the same question,
 * so a "no" stands and anything else is for an officer to read; about a claim, it is evidence of
 * that one and nothing to this. */
static enum foreign_event event_of_earlier(enum foreign_event event, bool same_claim)
{
    bool answer = event == FOREIGN_MAIL_SAYS_CONFIRMED || event == FOREIGN_MAIL_SAYS_NOTHING;
    return !same_claim                         ? FOREIGN_EVENTS
           : event == FOREIGN_MAIL_SAYS_DENIED ? event
           : answer                            ? FOREIGN_MAIL_SAYS_NOTHING
                                               : FOREIGN_EVENTS;
}

/* It names no request of ours, and stays in the mailbox. People write anew instead of replying:
 * when it says to be from a body that is waited for, an officer is told to look there - once a day,
 * for anybody can say so. */
static int stray(struct polling *g, const json_t *mail)
{
    char today[DATE_TEXT];
    const char *domain = office_str(mail, "from_domain");
    json_t *issuer = NULL, *rows = NULL, *row;
    size_t i;
    int rc = domain ? issuer_of_host(g->w->records, "mail", domain, &issuer) : RECORDS_NONE;
    rc = rc ? rc : foreign_waiting_for(g->w->records, office_num(issuer, "id"), &rows);
    json_array_foreach(rows, i, row)
    {
        rc = rc ? rc
                : notice_add(g->w->records, office_num(row, "application"), "foreign-stray",
                             "R-EXT-2", date_text(date_of_utc(work_now(g->w)), today));
    }
    json_decref(rows);
    json_decref(issuer);
    return rc == RECORDS_NONE ? 0 : rc;
}

int poll_take(struct polling *g, const json_t *mail)
{
    enum foreign_event event;
    bool earlier = false;
    json_t *row = NULL;
    const char *outcome = outcome_of(mail, &event);
    int64_t id = case_of(mail);
    int rc = id == UTC_NONE ? RECORDS_NONE : foreign_get(g->w->records, id, &row);
    if (rc == RECORDS_NONE || strcmp(outcome, "duplicate") == 0) {
        json_decref(row);
        return rc == RECORDS_NONE ? stray(g, mail) : 0;
    }
    int64_t claim = rc ? UTC_NONE : claim_of(g, mail, id, &earlier);
    bool same = claim == office_num(row, "claim");
    event = earlier || !same ? event_of_earlier(event, same) : event;
    bool once_more = g->again != UTC_NONE;
    if (once_more) {
        bool says = event == FOREIGN_MAIL_SAYS_CONFIRMED || event == FOREIGN_MAIL_SAYS_DENIED;
        rc = rc ? rc : says ? reread(g, mail, outcome) : 1;
    } else {
        rc = rc ? rc : keep_mail(g, mail, outcome, id, claim);
    }
    if (rc == 0) {
        g->taken++;
        rc = once_more ? 0 : keep_attachments(g, mail, id, claim);
        if (rc == 0 && event != FOREIGN_EVENTS) {
            rc = happen(g, mail, &row, event, outcome);
        } else if (rc == 0) {
            rc = foreign_trace(&g->by, row, false,
                               json_pack("{s:s, s:O?}", "outcome", outcome, "raw_sha256",
                                         json_object_get(mail, "raw_sha256")));
        }
    }
    json_decref(row);
    return rc > 0 ? 0 : rc;
}
