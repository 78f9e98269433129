/*
 * run - what `scan` and `judge` share: a judged report is written, and counts for the exit code.
 */
#include "cli/tls/run.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static void write_report(struct run *r, const struct tls_report *report)
{
    struct buffer *out = &r->out;
    switch (r->c->format) {
    case TLS_JSON:
        tls_report_json(report, out);
        break;
    case TLS_CSV:
        report_csv(report, out);
        break;
    case TLS_HTML:
        tls_report_html(report, out);
        break;
    case TLS_CBOM:
        report_cbom(report, r->written, out);
        break;
    default:
        tls_report_text(report, r->c->colour, out);
        break;
    }
    r->written++;
}

/* Closed ports of the usual list are not worth a line, unless they were asked for. */
static bool is_noise(const struct run *r, const struct scan_job *job)
{
    bool nothing = job->state == SCAN_CLOSED || job->state == SCAN_FILTERED;
    return nothing && r->c->port_count && strchr(job->target->given, ':') == NULL &&
           r->c->format != TLS_JSON;
}

void run_print(struct run *r)
{
    bool empty = buffer_ok(&r->out) && r->out.n == 0;
    if (r->into) {
        buffer_add(r->into, buffer_span(&r->out));
        r->broken |= !buffer_ok(&r->out);
    } else if (!empty &&
               (!buffer_ok(&r->out) || fwrite(r->out.p, 1, r->out.n, stdout) != r->out.n)) {
        r->broken = true;
    }
    r->out.n = 0;
    (void)(r->into || fflush(stdout) == 0); /* who reads along sees it now */
}

void run_judge(struct run *r, struct scan_job *job)
{
    struct tls_report *report = mem_zalloc(sizeof *report);
    if (!report || report_make(report, job, &r->basis) < 0) {
        r->broken = true;
    } else {
        report->hindi = r->c->hindi;
        if (r->judged) {
            r->judged(r, report);
        }
        bool talks = job->state != SCAN_CLOSED && job->state != SCAN_FILTERED;
        r->spoke += talks;
        r->fail |= report->overall == RESULT_FAIL;
        r->unsure |= report->overall == RESULT_INCONCLUSIVE || job->state == SCAN_SILENT ||
                     (job->state == SCAN_TLS && !job->facts.confirmed);
        if (!is_noise(r, job)) {
            write_report(r, report);
            run_print(r);
        }
    }
    mem_free(report);
}

void run_begin_output(struct run *r)
{
    if (r->c->format == TLS_CSV) {
        report_csv_head(&r->out);
    } else if (r->c->format == TLS_HTML) {
        report_html_head(&r->out, r->c->hindi);
    } else if (r->c->format == TLS_CBOM) {
        report_cbom_head(&r->out, r->c->now);
    }
    run_print(r);
}

void run_end_output(struct run *r)
{
    if (r->c->format == TLS_HTML) {
        report_html_end(&r->out);
    } else if (r->c->format == TLS_CBOM) {
        report_cbom_end(&r->out);
    }
    run_print(r);
}

int run_verdict(const struct run *r)
{
    if (r->broken) {
        complain("a report could not be written");
        return EXIT_INTERNAL;
    }
    if (r->spoke == 0 && !r->fail) {
        return EXIT_UNSURE; /* nothing speaks there: nothing was checked */
    }
    return r->fail ? EXIT_BAD : r->unsure ? EXIT_UNSURE : EXIT_GOOD;
}

/* ---- what reports are judged by -------------------------------------------------------------- */

int run_open(struct run *r, struct tls_command *c, bool makes)
{
    *r = (struct run){.c = c, .record = -1};
    r->question.named = register_unit(c, &r->question.unit);
    buffer_init(&r->out, REPORT_MAX);
    if (!r->question.named && (*c->firm || *c->model || *c->serial)) {
        complain("a unit is named by --firm, --model and --serial together");
        return EXIT_USAGE;
    }
    int code = judging_open(c, &r->judging);
    code = code ? code : register_open(c, !(makes && r->question.named), &r->records);
    r->question.records = r->records;
    r->basis = (struct report_basis){.policy = &r->judging.policy,
                                     .level = c->level,
                                     .trust = &r->judging.sets,
                                     .known = &r->judging.known,
                                     .declared = r->judging.declared,
                                     .now = c->now,
                                     .ask = r->records ? register_ask : NULL,
                                     .context = &r->question};
    return code;
}

void run_close(struct run *r)
{
    buffer_free(&r->out);
    records_close(r->records);
    judging_close(&r->judging);
}
