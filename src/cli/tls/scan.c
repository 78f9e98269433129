/*
 * scan - `satyapan tls scan`: asks the devices and prints a report for each service.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

#include "base/mem.h"
#include "cli/progress.h"
#include "cli/tls/command.h"

struct run {
    struct tls_command *c;
    struct judging judging;
    struct progress progress;
    struct buffer out;
    bool fail, unsure, broken, written;
    size_t spoke;
};

static void write_report(struct run *r, const struct tls_report *report)
{
    struct buffer *out = &r->out;
    switch (r->c->format) {
    case TLS_JSON:
        report_json(report, out);
        break;
    case TLS_CSV:
        report_csv(report, out);
        break;
    case TLS_HTML:
        report_html(report, out);
        break;
    case TLS_CBOM:
        report_cbom(report, !r->written, out);
        break;
    default:
        report_text(report, r->c->colour, out);
        break;
    }
    r->written = true;
}

/* Closed ports of the usual list are not worth a line, unless they were asked for. */
static bool is_noise(const struct run *r, const struct scan_job *job)
{
    bool nothing = job->state == SCAN_CLOSED || job->state == SCAN_FILTERED;
    return nothing && r->c->port_count && strchr(job->target->given, ':') == NULL &&
           r->c->format != TLS_JSON;
}

static void print_out(struct run *r)
{
    if (!buffer_ok(&r->out)) {
        r->broken = true;
    } else if (fwrite(r->out.p, 1, r->out.n, stdout) != r->out.n) {
        r->broken = true;
    }
    r->out.n = 0;
}

static void job_done(void *ctx, struct scan_job *job)
{
    struct run *r = ctx;
    struct tls_report *report = mem_zalloc(sizeof *report);
    progress_clear(&r->progress);
    if (!report || report_make(report, job, &r->judging.policy, r->c->level, &r->judging.sets,
                               &r->judging.known, r->c->now) < 0) {
        r->broken = true;
    } else {
        report->hindi = r->c->hindi;
        bool talks = job->state != SCAN_CLOSED && job->state != SCAN_FILTERED;
        r->spoke += talks;
        r->fail |= report->overall == RESULT_FAIL;
        r->unsure |= report->overall == RESULT_INCONCLUSIVE || job->state == SCAN_SILENT ||
                     (job->state == SCAN_TLS && !job->facts.confirmed);
        if (!is_noise(r, job)) {
            write_report(r, report);
            print_out(r);
        }
    }
    mem_free(report);
    progress_step(&r->progress);
}

static void begin_output(struct run *r)
{
    if (r->c->format == TLS_CSV) {
        report_csv_head(&r->out);
    } else if (r->c->format == TLS_HTML) {
        report_html_head(&r->out);
    } else if (r->c->format == TLS_CBOM) {
        report_cbom_head(&r->out, r->c->now);
    }
    print_out(r);
}

static void end_output(struct run *r)
{
    if (r->c->format == TLS_HTML) {
        report_html_end(&r->out);
    } else if (r->c->format == TLS_CBOM) {
        report_cbom_end(&r->out);
    }
    print_out(r);
}

static int verdict(const struct run *r)
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

static int run_scan(struct run *r, struct scan_list *list)
{
    uint64_t failures = mem_failures();
    if (RAND_bytes(r->c->scan.random, sizeof r->c->scan.random) != 1) {
        return EXIT_INTERNAL;
    }
    buffer_init(&r->out, REPORT_MAX);
    progress_start(&r->progress, list->count);
    begin_output(r);
    int rc = scan_run(&r->c->scan, list, job_done, r);
    progress_clear(&r->progress);
    end_output(r);
    buffer_free(&r->out);
    return rc < 0 || mem_failures() != failures ? EXIT_INTERNAL : verdict(r);
}

int tls_scan_command(struct tls_command *c)
{
    struct run r = {.c = c};
    struct scan_list list;
    struct scan_target *targets;
    size_t count;
    int code = targets_services(c);
    code = code ? code : targets_read(c, &list, &targets, &count);
    if (code) {
        return code;
    }
    code = judging_open(c, &r.judging);
    code = code ? code : run_scan(&r, &list);
    judging_close(&r.judging);
    return code;
}
