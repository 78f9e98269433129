/*
 * attach_work - the work "foreign-attachment": a file that came with an answer is verified like any
 * document; its verdict stands beside it.
 *
 * It decides nothing: whether the answer counts is the mail's (poll_work.c). The verifier is the
 * runner's own, in its sandbox.
 */
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "db/rows.h"
#include "office/cases.h"
#include "office/foreign/works.h"
#include "records/blobs.h"
#include "report/render.h"
#include "satyapan/report.h"

static void seen(void *context, const struct sp_report *listed, size_t first, size_t count)
{
    (void)context;
    (void)listed;
    (void)first;
    (void)count;
}

static bool stopped(void *context)
{
    return !work_alive(context);
}

static json_t *result_of(const struct sp_report *r)
{
    return json_pack("{s:s, s:I}", "verdict", sp_verdict_name(r->verdict), "signature_count",
                     (json_int_t)r->signature_count);
}

static enum work_end keep(struct worker *w, const json_t *row, const struct sp_report *report)
{
    json_t *result = result_of(report);
    char *text = result ? rows_canonical(result) : NULL;
    int rc = records_begin(w->records) == 0 ? 0 : RECORDS_FAILED;
    if (rc == 0) {
        rc = work_ours(w) ? text ? 0 : RECORDS_FAILED : RECORDS_CONFLICT;
        rc = rc ? rc
                : foreign_evidence_result(w->records, office_num(row, "id"),
                                          sp_verdict_name(report->verdict), text);
        rc = rc ? rc : job_finish(w->records, w->job, work_now(w));
        rc = records_commit(w->records, rc == 0) != 0 && rc == 0 ? RECORDS_FAILED : rc;
    }
    mem_free(text);
    json_decref(result);
    return rc == 0 ? WORK_DONE : rc == RECORDS_CONFLICT ? WORK_LOST : WORK_BROKEN;
}

static enum work_end verify(struct worker *w, const json_t *row, int fd, int64_t size)
{
    const struct office_verifier *v = w->o->verifier;
    const struct office_document d = {.fd = fd,
                                      .size = size,
                                      .name = row_text(row, "name"),
                                      .kind = SP_DOC_OTHER,
                                      .received = row_int(row, "at"),
                                      .now = work_now(w),
                                      .content = -1};
    const struct office_watch watch = {.context = w, .seen = seen, .stop = stopped};
    struct office_verified out = {0};
    buffer_init(&out.evidence, (size_t)64 << 20);
    int rc = v->verify(v->context, &d, &watch, &out);
    enum work_end end = rc == 0   ? keep(w, row, out.report)
                        : rc == 1 ? (w->lost ? WORK_LOST : WORK_LATER)
                                  : work_fail(w, UTC_NONE, "the attachment could not be verified");
    sp_report_free(out.report);
    buffer_free(&out.evidence);
    return end;
}

enum work_end foreign_attachment_work(struct worker *w)
{
    json_t *row = NULL;
    int64_t size = 0;
    int rc = foreign_evidence_get(w->records, row_int(w->job->payload, "id"), &row);
    int fd = rc == 0 && office_str(row, "blob")
                 ? blob_open(w->o->data, row_text(row, "blob"), &size)
                 : -1;
    enum work_end end = fd >= 0 && w->o->verifier
                            ? verify(w, row, fd, size)
                            : work_fail(w, UTC_NONE, "the attachment is not on the disk");
    if (fd >= 0) {
        (void)close(fd);
    }
    json_decref(row);
    return end;
}
