/*
 * web_work - the work "foreign-web": satyapan-weblink looks at a case's weblink.
 *
 * It goes out only to a domain of an approved profile, whatever the case says. The first look that
 * was really made starts the clock. What it found counts for the question that was asked: when the
 * claim was changed meanwhile, it is looked at again.
 */
#include <stdio.h>

#include "base/mem.h"
#include "db/rows.h"
#include "office/cases.h"
#include "office/foreign/case_clock.h"
#include "office/foreign/works.h"
#include "records/blobs.h"

static const char program[] = "satyapan-weblink";
static const char action[] = "foreign.web";

struct web {
    struct worker *w;
    struct scheme_data data;
    struct foreign_by by;
    json_t *row, *result; /* the case as it was asked about; what the program said */
    char folder[PROGRAM_FOLDER];
    char warc[SHA256_HEX]; /* "": none */
    int64_t warc_size;
};

/* ---- what is asked --------------------------------------------------------------------------- */

static const char *const claim[] = {"issuer", "number",    "holder",     "product", "standard",
                                    "scope",  "issued_on", "expires_on", "weblink", NULL};

static json_t *request(struct web *g)
{
    char id[32];
    const json_t *row = g->row;
    json_t *profiles = NULL;
    if (issuer_profiles(g->w->records, &profiles) != 0) {
        return NULL;
    }
    const char *tsa = g->w->o->office->tsa_url;
    (void)snprintf(id, sizeof id, "case-%lld", (long long)office_num(row, "id"));
    return json_pack(
        "{s:s, s:O, s:{s:O, s:O, s:O, s:O, s:O, s:O, s:O, s:s, s:O}, s:o, s:s, s:s?}", "id", id,
        "url", json_object_get(row, "weblink"), "claim", "number", json_object_get(row, "number"),
        "holder", json_object_get(row, "holder"), "issuer", json_object_get(row, "issuer"),
        "product", json_object_get(row, "product"), "standard", json_object_get(row, "standard"),
        "issued", json_object_get(row, "issued_on"), "expires", json_object_get(row, "expires_on"),
        "status", "valid", "scope", json_object_get(row, "scope"), "profiles", profiles,
        "evidence_dir", g->folder, "tsa", *tsa && !g->w->o->offline ? tsa : NULL);
}

/* ---- transactions ---------------------------------------------------------------------------- */

/* Ends the transaction of a code. */
static enum work_end ended(struct web *g, int rc)
{
    int done = records_commit(g->w->records, rc >= 0);
    return rc == RECORDS_CONFLICT ? WORK_LOST : rc < 0 || done != 0 ? WORK_BROKEN : WORK_DONE;
}

/* Nothing is to be looked at any more. */
static enum work_end give_up(struct web *g)
{
    if (records_begin(g->w->records) != 0) {
        return WORK_BROKEN;
    }
    return ended(g, job_finish(g->w->records, g->w->job, work_now(g->w)));
}

/* The machine could not: an answer "inconclusive" with its reason, without a look. */
static enum work_end cannot(struct web *g, const char *reason)
{
    if (records_begin(g->w->records) != 0) {
        return WORK_BROKEN;
    }
    int rc = work_ours(g->w) ? 0 : RECORDS_CONFLICT;
    rc = rc ? rc
            : foreign_apply(&g->by, g->row, FOREIGN_WEB_SAYS_NOTHING,
                            json_pack("{s:s}", "web_reason", reason),
                            json_pack("{s:s}", "reason", reason));
    rc = rc < 0 ? rc : job_finish(g->w->records, g->w->job, work_now(g->w));
    return ended(g, rc);
}

static enum work_end begin(struct web *g)
{
    if (records_begin(g->w->records) != 0) {
        return WORK_BROKEN;
    }
    int rc = work_ours(g->w) ? 0 : RECORDS_CONFLICT;
    rc = rc ? rc : foreign_apply(&g->by, g->row, FOREIGN_WEB_BEGINS, NULL, NULL);
    return ended(g, rc);
}

/* It did not get through this time; after JOB_TRIES a person is needed, and the case says so. */
static enum work_end again(struct web *g, const char *why, bool looked)
{
    struct worker *w = g->w;
    json_t *row = NULL;
    if (records_begin(w->records) != 0) {
        return WORK_BROKEN;
    }
    bool last = w->job->tries >= JOB_TRIES;
    int64_t after = row_int(g->result, "retry_after");
    int rc = foreign_get(w->records, office_num(g->row, "id"), &row);
    rc = rc == 0 && looked ? foreign_queried(&g->by, row) : rc;
    rc = rc < 0 ? rc
                : foreign_apply(&g->by, row, last ? FOREIGN_WEB_SAYS_NOTHING : FOREIGN_WEB_WAITS,
                                json_pack("{s:s}", "web_reason", why),
                                json_pack("{s:s}", "reason", why));
    rc = rc < 0 ? rc : job_fail(w->records, w->job, work_now(w), why);
    if (rc == 0 && after > 0 && !last) {
        rc = job_not_before(w->records, w->job, work_now(w) + (after < 86400 ? after : 86400));
    }
    json_decref(row);
    enum work_end end = ended(g, rc);
    (void)fprintf(stderr, "satyapan: job %s %s: %s%s\n", w->job->kind, w->job->key, why,
                  last ? "; a human is needed" : "; tried again later");
    return end == WORK_DONE ? WORK_FAILED : end;
}

/* ---- what was found -------------------------------------------------------------------------- */

static bool same_question(const json_t *a, const json_t *b)
{
    for (size_t i = 0; claim[i]; i++) {
        if (!json_equal(json_object_get(a, claim[i]), json_object_get(b, claim[i]))) {
            return false;
        }
    }
    return true;
}

static bool event_of(const char *outcome, enum foreign_event *out)
{
    *out = strcmp(outcome, "verified") == 0   ? FOREIGN_WEB_SAYS_VERIFIED
           : strcmp(outcome, "mismatch") == 0 ? FOREIGN_WEB_SAYS_MISMATCH
                                              : FOREIGN_WEB_SAYS_NOTHING;
    return *out != FOREIGN_WEB_SAYS_NOTHING || strcmp(outcome, "inconclusive") == 0;
}

static int keep_evidence(struct web *g)
{
    struct worker *w = g->w;
    json_t *shown = json_copy(g->result);
    (void)json_object_del(shown, "id");
    char *text = shown ? rows_canonical(shown) : NULL;
    json_decref(shown);
    int rc = text ? 0 : RECORDS_FAILED;
    if (rc == 0 && *g->warc) {
        rc = blob_keep(w->records, g->warc, g->warc_size, work_now(w));
    }
    char name[64];
    (void)snprintf(name, sizeof name, "case-%lld.warc", (long long)office_num(g->row, "id"));
    json_t *values =
        rc ? NULL
           : json_pack("{s:O, s:s, s:I, s:O, s:O?, s:s, s:s?}", "foreign_case",
                       json_object_get(g->row, "id"), "kind", "weblink", "at",
                       (json_int_t)work_now(w), "outcome", json_object_get(g->result, "outcome"),
                       "reason", json_object_get(g->result, "reason"), "result", text, "blob",
                       *g->warc ? g->warc : NULL);
    if (values && *g->warc) {
        rc = json_object_set_new(values, "size", json_integer(g->warc_size)) |
             json_object_set_new(values, "name", json_string(name)) |
             json_object_set_new(values, "media", json_string("application/warc"));
    }
    int64_t id = values && rc == 0 ? foreign_evidence_add(w->records, values) : RECORDS_FAILED;
    json_decref(values);
    mem_free(text);
    return rc ? rc : id < 0 ? (int)id : 0;
}

static json_t *detail_of(const struct web *g)
{
    return json_pack("{s:O, s:O?, s:O?, s:s?, s:O?}", "outcome",
                     json_object_get(g->result, "outcome"), "reason",
                     json_object_get(g->result, "reason"), "final_url",
                     json_object_get(g->result, "final_url"), "evidence_sha256",
                     *g->warc ? g->warc : NULL, "control", json_object_get(g->result, "control"));
}

static int keep_all(struct web *g, enum foreign_event event)
{
    struct worker *w = g->w;
    json_t *row = NULL;
    json_t *reason = json_object_get(g->result, "reason");
    int rc =
        work_ours(w) ? foreign_get(w->records, office_num(g->row, "id"), &row) : RECORDS_CONFLICT;
    rc = rc ? rc : foreign_queried(&g->by, row);
    if (rc == 0 && !same_question(row, g->row)) { /* what was asked is not the question any more */
        rc = foreign_apply(&g->by, row, FOREIGN_WEB_WAITS, NULL, NULL);
        rc = rc < 0 ? rc
                    : foreign_job(&g->by, row, "foreign-web", office_num(row, "id"), work_now(w));
    } else if (rc == 0) {
        rc = keep_evidence(g);
        rc = rc ? rc : foreign_clock_end(&g->by, w->o->office, w->o->data, work_now(w), &row);
        rc = rc ? rc
                : foreign_apply(&g->by, row, event, json_pack("{s:O?}", "web_reason", reason),
                                detail_of(g));
    }
    json_decref(row);
    return rc < 0 ? rc : job_finish(w->records, w->job, work_now(w));
}

static enum work_end keep(struct web *g)
{
    enum foreign_event event;
    const json_t *warc = json_object_get(g->result, "warc");
    if (!event_of(row_text(g->result, "outcome"), &event)) {
        return again(g, "the checker said nothing that can be read", false);
    }
    if (row_text(warc, "path")[0] &&
        program_file(g->w, g->folder, row_text(warc, "path"), row_text(warc, "sha256"), g->warc,
                     &g->warc_size) != 0) {
        return again(g, "the recorded pages could not be kept", true);
    }
    if (strcmp(row_text(g->result, "reason"), "foreign.engine") == 0) { /* our own failure */
        return again(g, "the checker failed", false);
    }
    if (row_int(g->result, "retry_after") > 0 && event == FOREIGN_WEB_SAYS_NOTHING &&
        g->w->job->tries < JOB_TRIES) {
        return again(g, row_text(g->result, "reason"), true);
    }
    if (records_begin(g->w->records) != 0) {
        return WORK_BROKEN;
    }
    return ended(g, keep_all(g, event));
}

/* ---- the work -------------------------------------------------------------------------------- */

static enum work_end look(struct web *g)
{
    json_t *rows = NULL, *ask = request(g);
    enum program_end end = ask ? program_run(g->w, program, NULL, ask, &rows) : PROGRAM_FAILED;
    json_decref(ask);
    /* Progress comes before the result, which is the last row. */
    size_t n = json_array_size(rows);
    g->result = n ? json_incref(json_array_get(rows, n - 1)) : NULL;
    json_decref(rows);
    switch (end) {
    case PROGRAM_MISSING:
        return program_wait(g->w, program);
    case PROGRAM_STOPPED:
        return g->w->lost ? WORK_LOST : WORK_LATER;
    case PROGRAM_DONE:
        return g->result ? keep(g) : again(g, "the checker said nothing", false);
    default:
        return again(g, "the checker failed", false);
    }
}

static enum work_end work(struct web *g)
{
    enum foreign_state s = FOREIGN_CLOSED;
    enum foreign_place place;
    if (g->w->o->offline) {
        return program_wait(g->w, NULL);
    }
    (void)foreign_state_read(office_str(g->row, "state"), &s);
    if (s == FOREIGN_CLOSED || s == FOREIGN_PAUSED || s == FOREIGN_EXPIRED ||
        office_str(g->row, "decision") || !office_str(g->row, "weblink")) {
        return give_up(g);
    }
    if (foreign_link_place(g->w->records, office_str(g->row, "weblink"), &place, NULL) != 0) {
        return WORK_BROKEN;
    }
    if (place != FOREIGN_APPROVED) {
        return cannot(g, "issuer-not-approved");
    }
    enum work_end begun = begin(g);
    program_folder(g->w, g->folder);
    return begun == WORK_DONE ? look(g) : begun;
}

enum work_end foreign_web_work(struct worker *w)
{
    struct web g = {.w = w};
    int64_t id = row_int(w->job->payload, "id");
    if (foreign_get(w->records, id, &g.row) != 0 || !works_by(w, action, &g.data, &g.by)) {
        json_decref(g.row);
        return work_fail(w, UTC_NONE, "there is no such case, or the scheme's data cannot be read");
    }
    enum work_end end = work(&g);
    program_folder_remove(g.folder);
    json_decref(g.result);
    json_decref(g.row);
    return end;
}
