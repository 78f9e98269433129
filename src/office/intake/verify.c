/*
 * verify - the work "verify": a version of a document gets its verdict.
 *
 * {"version": id, "reason": "arrival" | "revocation-data" | "asked"}. The judgement is as at the
 * receipt: the time of receipt is the proof that the document existed. While the files of a
 * construction file are verified, rows with what is known already can be seen; the verification,
 * the rows, the audit row and the end of the job are one transaction.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "office/intake/inside.h"
#include "office/intake/results.h"
#include "records/blobs.h"
#include "records/documents.h"
#include "report/render.h"
#include "scheme/date.h"

/* The report of a construction file with thousands of files. */
#define REPORT_MAX ((size_t)256 << 20)

/* As often is a file tried again that our child could not finish; then its row says so, and the
 * others have their verdict. */
enum { MEMBER_TRIES = 2 };

struct verifying {
    struct worker *w;
    json_t *version;
    int64_t id;
    bool named;
    bool listed; /* rows of files that wait are there */
};

static int64_t milliseconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- while it runs --------------------------------------------------------------------------- */

static void tell_file(struct verifying *v, const struct file_row *f)
{
    work_tell(v->w, "file",
              json_pack("{s:I, s:I, s:s, s:s?, s:I, s:I}", "document",
                        (json_int_t)row_int(v->version, "document"), "version", (json_int_t)v->id,
                        "path", f->path, "verdict", f->verdict, "done", (json_int_t)v->w->done,
                        "of_all", (json_int_t)v->w->of_all));
}

static void tell_progress(struct verifying *v)
{
    work_tell(v->w, "progress",
              json_pack("{s:I, s:I, s:I, s:I}", "document",
                        (json_int_t)row_int(v->version, "document"), "version", (json_int_t)v->id,
                        "done", (json_int_t)v->w->done, "of_all", (json_int_t)v->w->of_all));
}

static int put_rows(struct verifying *v, const struct results *r)
{
    int rc = 0;
    for (size_t i = 0; i < r->count && rc == 0; i++) {
        rc = file_put(v->w->records, v->id, &r->rows[i]);
    }
    return rc;
}

/* Some files are done: their rows become visible at once. Only on arrival: later the rows of the
 * verification before stand until the new one is whole. */
static void seen(void *context, const struct sp_report *listed, size_t first, size_t count)
{
    struct verifying *v = context;
    struct worker *w = v->w;
    struct results r;
    bool arrival = strcmp(row_text(w->job->payload, "reason"), "arrival") == 0;
    bool placeholders = count == 0 && !v->listed;
    w->of_all = (int64_t)listed->member_count;
    w->done = count == 0 ? 0 : w->done + (int64_t)count;
    if (placeholders) {
        count = listed->member_count;
    }
    if (!arrival || (count == 0 && v->listed)) {
        (void)work_ours(w);
        tell_progress(v);
        return;
    }
    if (results_some(w->arena, listed, first, count, v->named, placeholders, &r) != 0 ||
        records_begin(w->records) != 0) {
        return; /* the end brings all rows */
    }
    bool good = work_ours(w) && put_rows(v, &r) == 0;
    if (records_commit(w->records, good) != 0 || !good) {
        return;
    }
    v->listed = true;
    for (size_t i = 0; i < r.count && !placeholders; i++) {
        tell_file(v, &r.rows[i]);
    }
    tell_progress(v);
}

static bool stop(void *context)
{
    const struct verifying *v = context;
    return !work_alive(v->w);
}

/* ---- the result ------------------------------------------------------------------------------ */

struct outcome {
    struct results rows;
    json_t *before;  /* verdicts of the verification before */
    json_t *changed; /* [{"path", "before", "now"}] */
    char report[SHA256_HEX], evidence[SHA256_HEX];
    int64_t report_size, evidence_size;
    const struct sp_report *sp;
    int64_t took;
};

static int write_blob(struct worker *w, struct span bytes, char sha256[SHA256_HEX], int64_t *size)
{
    struct blob_draft *d;
    if (blob_begin(w->o->data, bytes.n, &d) != 0) {
        return -1;
    }
    if (blob_write(d, bytes) != 0) {
        blob_drop(d);
        return -1;
    }
    return blob_done(d, sha256, size);
}

static int write_blobs(struct worker *w, const struct office_verified *out, struct outcome *o)
{
    struct buffer json;
    buffer_init(&json, REPORT_MAX);
    int rc = report_json(out->report, &json);
    rc = rc == 0 && buffer_ok(&json) ? write_blob(w, buffer_span(&json), o->report, &o->report_size)
                                     : -1;
    buffer_free(&json);
    if (rc == 0 && out->evidence.n) {
        rc = write_blob(w, buffer_span(&out->evidence), o->evidence, &o->evidence_size);
    }
    return rc;
}

/* Which files have another verdict than before. */
static int find_changes(struct verifying *v, struct outcome *o)
{
    o->changed = json_array();
    int rc = file_verdicts(v->w->records, v->id, &o->before);
    bool first = row_int(v->version, "verification") == UTC_NONE;
    for (size_t i = 0; rc == 0 && !first && i < o->rows.count; i++) {
        const struct file_row *f = &o->rows.rows[i];
        const char *was = json_string_value(json_object_get(o->before, f->path));
        if (was && strcmp(was, f->verdict) != 0) {
            rc = json_array_append_new(o->changed, json_pack("{s:s, s:s, s:s}", "path", f->path,
                                                             "before", was, "now", f->verdict));
        }
    }
    return rc || !o->changed ? RECORDS_FAILED : 0;
}

static json_t *detail_of(const struct verifying *v, const struct outcome *o, int64_t verification)
{
    return json_pack("{s:I, s:s, s:s, s:s, s:I, s:s}", "verification", (json_int_t)verification,
                     "reason", row_text(v->w->job->payload, "reason"), "verdict",
                     sp_verdict_name(o->sp->verdict), "sha256", row_text(v->version, "sha256"),
                     "files", (json_int_t)o->rows.count, "report", o->report);
}

/* The machine says something else than before: officers are told; their decisions stay. */
static int note_changes(struct verifying *v, const struct outcome *o, const char *subject)
{
    char today[DATE_TEXT];
    json_t *disputed = NULL;
    if (json_array_size(o->changed) == 0) {
        return 0;
    }
    int rc = file_disputed(v->w->records, v->id, &disputed);
    json_t *detail = json_pack("{s:O, s:O?}", "files", o->changed, "decisions", disputed);
    json_decref(disputed);
    rc = rc ? rc : work_audit(v->w, "document.verdict-changed", subject, true, detail);
    if (rc != 0) {
        return rc;
    }
    (void)date_text(date_of_utc(work_now(v->w)), today);
    return notice_add(v->w->records, v->w->job->application, "verdict-changed", "R-SIG-1", today);
}

static int add_verification(struct verifying *v, struct outcome *o, int64_t *id)
{
    struct worker *w = v->w;
    int64_t now = work_now(w);
    struct verification_new n = {.reason = row_text(w->job->payload, "reason"),
                                 .verdict = sp_verdict_name(o->sp->verdict),
                                 .policy = o->sp->profile,
                                 .report = o->report,
                                 .evidence = o->evidence[0] ? o->evidence : NULL,
                                 .crls = o->rows.crls,
                                 .at = o->sp->validated_at,
                                 .milliseconds = o->took,
                                 .changed = (int64_t)json_array_size(o->changed)};
    int rc = blob_keep(w->records, o->report, o->report_size, now);
    if (rc == 0 && n.evidence) {
        rc = blob_keep(w->records, o->evidence, o->evidence_size, now);
    }
    *id = rc == 0 ? verification_add(w->records, v->id, &n) : rc;
    return *id < 0 ? (int)*id : 0;
}

/* Reads the words of the files, once. */
static int want_text(struct verifying *v)
{
    char key[40];
    json_t *payload = json_pack("{s:I}", "version", (json_int_t)v->id);
    (void)snprintf(key, sizeof key, "version:%lld", (long long)v->id);
    int64_t now = work_now(v->w);
    int64_t id =
        payload ? job_add(v->w->records, "text", key, v->w->job->application, payload, now, now)
                : RECORDS_FAILED;
    json_decref(payload);
    return id < 0 ? RECORDS_FAILED : 0;
}

/* Officers need not decide again about what is in the new version as it was in the last one. */
static int carry_decisions(struct verifying *v, int64_t verification, const char *subject)
{
    json_t *rows = NULL;
    int rc = decision_carry(v->w->records, v->id, verification, &rows);
    if (rc == 0 && json_array_size(rows)) {
        rc = work_audit(v->w, "decision.carried", subject, false,
                        json_pack("{s:O}", "decisions", rows));
    }
    json_decref(rows);
    return rc;
}

/* Everything that belongs together. */
static int keep(struct verifying *v, struct outcome *o)
{
    char subject[64];
    int64_t id = 0;
    bool first = row_int(v->version, "verification") == UTC_NONE;
    (void)snprintf(subject, sizeof subject, "version:%lld", (long long)v->id);
    int rc = work_ours(v->w) ? 0 : RECORDS_CONFLICT;
    rc = rc ? rc : find_changes(v, o);
    rc = rc ? rc : file_drop_listed(v->w->records, v->id);
    rc = rc ? rc : put_rows(v, &o->rows);
    rc = rc ? rc : add_verification(v, o, &id);
    rc = rc ? rc : work_audit(v->w, "document.verified", subject, true, detail_of(v, o, id));
    rc = rc ? rc : note_changes(v, o, subject);
    rc = rc || !first ? rc : carry_decisions(v, id, subject);
    rc = rc || !first ? rc : want_text(v);
    return rc ? rc : job_finish(v->w->records, v->w->job, work_now(v->w));
}

static enum work_end commit(struct verifying *v, struct outcome *o)
{
    if (records_begin(v->w->records) != 0) {
        return WORK_BROKEN;
    }
    int rc = keep(v, o);
    if (records_commit(v->w->records, rc == 0) != 0) {
        return WORK_BROKEN;
    }
    if (rc == RECORDS_CONFLICT) {
        return WORK_LOST;
    }
    for (size_t i = 0; rc == 0 && i < o->rows.count; i++) {
        tell_file(v, &o->rows.rows[i]);
    }
    if (rc == 0) {
        work_tell(v->w, "version",
                  json_pack("{s:I, s:I, s:s, s:s}", "document",
                            (json_int_t)row_int(v->version, "document"), "version",
                            (json_int_t)v->id, "state", "verified", "verdict",
                            sp_verdict_name(o->sp->verdict)));
    }
    return rc == 0 ? WORK_DONE : WORK_BROKEN;
}

static enum work_end conclude(struct verifying *v, const struct office_verified *out, int64_t took)
{
    struct worker *w = v->w;
    struct outcome o = {.sp = out->report, .took = took};
    const char *why = results_failure(w->arena, out->report, w->job->tries < MEMBER_TRIES);
    if (why) {
        return work_fail(w, v->id, why);
    }
    enum work_end end = WORK_BROKEN;
    if (results_all(w->arena, out->report, v->named, &o.rows) == 0 &&
        write_blobs(w, out, &o) == 0) {
        w->done = w->of_all = (int64_t)o.rows.count;
        end = commit(v, &o);
    }
    json_decref(o.before);
    json_decref(o.changed);
    return end;
}

/* ---- the work -------------------------------------------------------------------------------- */

/* Whose name the signer's organisation must be: of documents by vendor and OEM only. */
static const char *applicant_of(const json_t *version)
{
    const char *author = row_text(version, "author"), *oem = row_text(version, "oem_name");
    if (strcmp(author, "oem") == 0 && *oem) {
        return oem;
    }
    return strcmp(author, "vendor") == 0 || strcmp(author, "oem") == 0
               ? row_text(version, "vendor_name")
               : NULL;
}

/* What vendor and OEM submit is their declaration (R-SIG-1), whatever its kind. */
static enum sp_document_kind kind_of(const json_t *version)
{
    enum sp_document_kind kind;
    if (sp_document_kind_parse(row_text(version, "kind"), &kind)) {
        return kind;
    }
    return applicant_of(version) ? SP_DOC_DECLARATION : SP_DOC_OTHER;
}

/*
 * The time of receipt counts as proof once revocation data can be newer than it by the grace period
 * (EN 319 102-1 5.2.5). Until then the document is judged at this moment, by what the CAs say now;
 * the recheck after the grace period settles it (recheck.c).
 */
static bool is_settled(const struct worker *w, int64_t received, int64_t now)
{
    const struct sp_policy *p = sp_policy_builtin(w->o->verifier->policy);
    return !p || now - received >= p->grace_seconds;
}

/* Verifies. Where the CAs have published nothing yet that is new enough to settle what held at the
 * receipt, what they say now counts as it did at the arrival, if that is better. */
static int judge(struct verifying *v, struct office_document *d, const struct office_watch *watch,
                 struct office_verified *out)
{
    const struct office_verifier *verifier = v->w->o->verifier;
    struct office_verified now = {0};
    int rc = verifier->verify(verifier->context, d, watch, out);
    if (rc != 0 || d->received == SP_NO_TIME ||
        !results_has(out->report, SP_REVOCATION_TOO_EARLY)) {
        return rc;
    }
    d->received = SP_NO_TIME;
    buffer_init(&now.evidence, SIZE_MAX);
    rc = verifier->verify(verifier->context, d, watch, &now);
    if (rc == 0 && now.report->verdict < out->report->verdict) {
        struct office_verified worse = *out;
        *out = now;
        now = worse;
    }
    sp_report_free(now.report);
    buffer_free(&now.evidence);
    return rc;
}

static enum work_end verify_fd(struct verifying *v, int fd, int64_t size)
{
    struct worker *w = v->w;
    const char *applicant = applicant_of(v->version);
    struct office_document d = {.fd = fd,
                                .size = size,
                                .name = row_text(v->version, "name"),
                                .applicant = applicant,
                                .kind = kind_of(v->version),
                                .received = row_int(v->version, "received_at"),
                                .now = work_now(w),
                                .content = -1};
    struct office_watch watch = {.context = v, .seen = seen, .stop = stop};
    struct office_verified out = {0};
    buffer_init(&out.evidence, SIZE_MAX);
    v->named = applicant != NULL;
    int64_t began = milliseconds();
    /* A clock that was set back must not make a document from the future. */
    d.now = d.now < d.received ? d.received : d.now;
    d.received = is_settled(w, d.received, d.now) ? d.received : SP_NO_TIME;
    int rc = judge(v, &d, &watch, &out);
    enum work_end end = w->lost ? WORK_LOST : WORK_LATER;
    if (rc < 0) {
        end = work_fail(w, v->id, "memory or descriptors ran out");
    } else if (rc == 0 && !w->lost) {
        end = conclude(v, &out, milliseconds() - began);
    }
    sp_report_free(out.report);
    buffer_free(&out.evidence);
    return end;
}

static bool mark_running(struct verifying *v)
{
    if (records_begin(v->w->records) != 0) {
        return false;
    }
    bool good = work_ours(v->w) && version_state(v->w->records, v->id, "verifying", NULL) == 0;
    return records_commit(v->w->records, good) == 0 && good;
}

static enum work_end finish_nothing(struct worker *w)
{
    if (records_begin(w->records) != 0) {
        return WORK_BROKEN;
    }
    int rc = job_finish(w->records, w->job, work_now(w));
    return records_commit(w->records, rc == 0) != 0 ? WORK_BROKEN : rc == 0 ? WORK_DONE : WORK_LOST;
}

enum work_end verify_work(struct worker *w)
{
    struct verifying v = {.w = w};
    int rc = work_version(w, &v.version);
    if (rc != 0) {
        return rc == RECORDS_NONE ? finish_nothing(w) : WORK_BROKEN;
    }
    v.id = row_int(v.version, "id");
    enum work_end end = WORK_BROKEN;
    int64_t size = 0;
    int fd = blob_open(w->o->data, row_text(v.version, "sha256"), &size);
    if (fd < 0) {
        end = work_fail(w, v.id, "the document is not on the disk");
    } else if (mark_running(&v)) {
        end = verify_fd(&v, fd, size);
    } else if (w->lost) {
        end = WORK_LOST;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    json_decref(v.version);
    return end;
}
