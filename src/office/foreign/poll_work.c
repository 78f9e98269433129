/*
 * poll_work - the work "foreign-poll": answers of issuers are fetched by satyapan-mail and taken
 * in.
 *
 * All rows and how far the mailbox was read are one transaction: after a crash the same mails come
 * again and are known by their SHA-256. What an answer counts for is the program's: sender
 * authenticated, domain of the case's approved profile, token, an explicit line. Everything else is
 * kept for a person to read.
 */
#include <stdio.h>

#include "office/cases.h"
#include "office/foreign/poll.h"

static const char program[] = "satyapan-mail";
static const char action[] = "foreign.answer-read";
enum { LIMIT = 100, SECONDS_PER_MINUTE = 60, LONG_S = 3600 };

/* ---- what is asked --------------------------------------------------------------------------- */

static const char *or_none(const char *text)
{
    return *text ? text : NULL;
}

static json_t *source_of(const struct polling *g)
{
    const struct office *o = g->w->o->office;
    if (g->again != UTC_NONE) {
        return json_pack("{s:[s]}", "files", g->file);
    }
    if (*o->maildir) {
        return json_pack("{s:s}", "maildir", o->maildir);
    }
    return json_pack("{s:{s:s, s:s?, s:s?, s:s?}}", "imap", "url", o->imap_url, "ca",
                     or_none(o->imap_ca), "user", or_none(o->imap_user), "password_file",
                     or_none(o->imap_password_file));
}

static const char *source_name(const struct office *o)
{
    return *o->maildir ? o->maildir : o->imap_url;
}

static json_t *request(struct polling *g)
{
    const struct office *o = g->w->o->office;
    json_t *profiles = NULL, *known = NULL, *state = NULL;
    if (issuer_profiles(g->w->records, &profiles) != 0 ||
        foreign_mail_known(g->w->records, &known) != 0 ||
        foreign_source_get(g->w->records, source_name(o), &state) != 0) {
        json_decref(profiles);
        json_decref(known);
        return NULL;
    }
    return json_pack("{s:o, s:s, s:s?, s:I, s:i, s:o, s:o, s:o}", "source", source_of(g), "dir",
                     g->folder, "authserv_id", or_none(o->authserv_id), "now",
                     (json_int_t)work_now(g->w), "limit", LIMIT, "profiles", profiles, "known",
                     known, "state", state ? state : json_object());
}

/* ---- the work -------------------------------------------------------------------------------- */

static int take_all(struct polling *g)
{
    size_t n = json_array_size(g->rows);
    const json_t *last = json_array_get(g->rows, n ? n - 1 : 0);
    const json_t *state = json_object_get(last, "state");
    int rc = work_ours(g->w) ? 0 : RECORDS_CONFLICT;
    for (size_t i = 0; rc == 0 && i + 1 < n; i++) {
        rc = poll_take(g, json_array_get(g->rows, i));
    }
    if (rc == 0 && json_is_object(state) && g->again == UTC_NONE) {
        rc = foreign_source_put(g->w->records, source_name(g->w->o->office), state);
    }
    g->more = row_int(last, "left") > 0;
    return rc;
}

/* Next time; at once when there was more than one round takes. */
static int finish(struct polling *g)
{
    int64_t now = work_now(g->w);
    int64_t next = g->more ? now : now + g->w->o->office->poll_minutes * SECONDS_PER_MINUTE;
    int rc = job_finish(g->w->records, g->w->job, now);
    if (g->again != UTC_NONE) {
        return rc;
    }
    int64_t job =
        rc ? rc : job_add(g->w->records, g->w->job->kind, "all", UTC_NONE, NULL, next, now);
    return job < 0 ? (int)job : 0;
}

static enum work_end keep(struct polling *g)
{
    if (records_begin(g->w->records) != 0) {
        return WORK_BROKEN;
    }
    int rc = take_all(g);
    rc = rc ? rc : finish(g);
    int done = records_commit(g->w->records, rc == 0);
    return rc == RECORDS_CONFLICT ? WORK_LOST : rc < 0 || done != 0 ? WORK_BROKEN : WORK_DONE;
}

/* Where the kept mail is. */
static bool find_file(struct polling *g)
{
    json_t *row = NULL;
    int rc = foreign_evidence_get(g->w->records, g->again, &row);
    const char *blob = office_str(row, "blob");
    int n = rc == 0 && blob
                ? snprintf(g->file, sizeof g->file, "%s/blobs/%.2s/%s", g->w->o->data, blob, blob)
                : -1;
    json_decref(row);
    return n > 0 && n < (int)sizeof g->file;
}

/* The mailbox is tried for ever: when a person is needed, too, and he learns it. */
static enum work_end failed(struct polling *g, const char *why)
{
    struct worker *w = g->w;
    int64_t now = work_now(w), job = 0;
    bool last = w->job->tries >= JOB_TRIES;
    if (records_begin(w->records) != 0) {
        return WORK_BROKEN;
    }
    int rc = job_fail(w->records, w->job, now, why);
    if (rc == 0 && last && g->again == UTC_NONE) {
        job = job_add(w->records, w->job->kind, "all", UTC_NONE, NULL, now + LONG_S, now);
        rc = job < 0 ? (int)job
                     : work_audit(w, "job.needs-human", "job:foreign-poll", false,
                                  json_pack("{s:s, s:s}", "job", w->job->kind, "failure", why));
    }
    int done = records_commit(w->records, rc == 0);
    (void)fprintf(stderr, "satyapan: job %s %s: %s%s\n", w->job->kind, w->job->key, why,
                  last ? "; a human is needed" : "; tried again later");
    return rc == RECORDS_CONFLICT ? WORK_LOST : rc < 0 || done != 0 ? WORK_BROKEN : WORK_FAILED;
}

static enum work_end poll_mails(struct polling *g)
{
    json_t *ask = request(g);
    enum program_end end = ask ? program_run(g->w, program, "poll", ask, &g->rows) : PROGRAM_FAILED;
    json_decref(ask);
    const json_t *last = json_array_get(g->rows, json_array_size(g->rows) - 1);
    switch (end) {
    case PROGRAM_MISSING:
        return program_wait(g->w, program);
    case PROGRAM_STOPPED:
        return g->w->lost ? WORK_LOST : WORK_LATER;
    case PROGRAM_DONE:
        return json_is_object(json_object_get(last, "state"))
                   ? keep(g)
                   : failed(g, "the mailbox could not be read");
    default:
        return failed(g, "the mailbox could not be read");
    }
}

enum work_end foreign_poll_work(struct worker *w)
{
    struct polling g = {.w = w, .again = row_int(w->job->payload, "id")};
    const struct office *o = w->o->office;
    if ((!*o->maildir && !*o->imap_url) || w->o->offline) {
        int rc = records_begin(w->records) == 0 ? job_finish(w->records, w->job, work_now(w)) : -1;
        return records_commit(w->records, rc == 0) == 0 && rc == 0 ? WORK_DONE : WORK_BROKEN;
    }
    if (!works_by(w, action, &g.data, &g.by)) {
        return work_fail(w, UTC_NONE, "the scheme's data cannot be read");
    }
    program_folder(w, g.folder);
    if (g.again != UTC_NONE && !find_file(&g)) {
        program_folder_remove(g.folder);
        return work_fail(w, UTC_NONE, "the mail is not on the disk");
    }
    enum work_end end = poll_mails(&g);
    program_folder_remove(g.folder);
    json_decref(g.rows);
    return end;
}
