/*
 * scan - `satyapan tls scan` asks the devices and prints a report for each service; `satyapan tls
 * judge` prints it again from what a scan stored.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

#include "base/mem.h"
#include "cli/progress.h"
#include "cli/tls/command.h"
#include "tls/stored.h"

enum { STORED_MAX = 16 * 1024 * 1024, JUDGE_MEMORY = 64 * 1024 * 1024 };

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
    bool empty = buffer_ok(&r->out) && r->out.n == 0;
    if (!empty && (!buffer_ok(&r->out) || fwrite(r->out.p, 1, r->out.n, stdout) != r->out.n)) {
        r->broken = true;
    }
    r->out.n = 0;
}

/* Keeps the transcript: DIR/IP_PORT_SERVICE.scan. */
static void keep(struct run *r, const struct scan_job *job)
{
    struct buffer file;
    const char *path = arena_printf(r->c->a, "%s/%s_%u_%s.scan", r->c->transcripts, job->target->ip,
                                    job->port, job->service->name);
    buffer_init(&file, STORED_MAX);
    stored_write(job, r->c->scan.random, r->c->now, &file);
    FILE *f = path && buffer_ok(&file) ? fopen(path, "wx") : NULL;
    bool good = f && fwrite(file.p, 1, file.n, f) == file.n;
    good = f && fclose(f) == 0 && good;
    if (!good) {
        complain("%s: %s", path ? path : r->c->transcripts, strerror(errno));
        r->broken = true;
    }
    buffer_free(&file);
}

static void judge(struct run *r, struct scan_job *job);

static void job_done(void *ctx, struct scan_job *job)
{
    struct run *r = ctx;
    progress_clear(&r->progress);
    if (r->c->transcripts) {
        keep(r, job);
    }
    judge(r, job);
    progress_step(&r->progress);
}

static void judge(struct run *r, struct scan_job *job)
{
    struct tls_report *report = mem_zalloc(sizeof *report);
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
    r->c->scan.keep_transcript = r->c->transcripts != NULL;
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

/* ---- judge ----------------------------------------------------------------------------------- */

static int judge_file(struct run *r, const char *path)
{
    char error[STORED_ERROR] = "";
    struct input in;
    struct stored *stored = mem_zalloc(sizeof *stored);
    struct arena *a = arena_new(JUDGE_MEMORY);
    int code = stored && a ? (int)input_open(path, &in) : EXIT_INTERNAL;
    if (code == EXIT_GOOD) {
        int rc = stored_read(a, span_make(in.bytes, in.size), stored, error);
        if (rc == 0) {
            judge(r, &stored->job);
        } else if (rc > 0) {
            complain("%s: %s", path, error);
        }
        code = rc > 0 ? EXIT_DATA : rc < 0 ? EXIT_INTERNAL : EXIT_GOOD;
        input_close(&in);
    }
    arena_free(a);
    mem_free(stored);
    return code;
}

int tls_judge_command(struct tls_command *c)
{
    struct run r = {.c = c};
    int code = judging_open(c, &r.judging);
    buffer_init(&r.out, REPORT_MAX);
    if (code == EXIT_GOOD) {
        begin_output(&r);
    }
    for (size_t i = 0; i < c->word_count && code == EXIT_GOOD; i++) {
        code = judge_file(&r, c->words[i]);
    }
    if (code == EXIT_GOOD) {
        end_output(&r);
        code = verdict(&r);
    }
    buffer_free(&r.out);
    judging_close(&r.judging);
    return code;
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
