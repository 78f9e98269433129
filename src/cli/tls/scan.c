/*
 * scan - `satyapan tls scan` asks the devices and prints a report for each service; `satyapan tls
 * judge` prints it again from what a scan stored.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "base/mem.h"
#include "cli/progress.h"
#include "cli/tls/command.h"
#include "sandbox/sandbox.h"
#include "tls/stored.h"

enum { STORED_MAX = 16 * 1024 * 1024, JUDGE_MEMORY = 64 * 1024 * 1024 };

struct run {
    struct tls_command *c;
    struct judging judging;
    struct progress progress;
    struct buffer out, *into; /* into: instead of standard output; NULL: none */
    int record;               /* descriptor, -1: none */
    struct input *files;      /* of judge, one for each word */
    bool fail, unsure, broken, written;
    size_t spoke;
};

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

/* All of it, or false with errno. */
static bool write_all(int fd, struct span s)
{
    while (s.n) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        s = span_sub(s, n > 0 ? (size_t)n : 0, s.n);
    }
    return true;
}

/* The transcript in a file of its own: DIR/IP_PORT_SERVICE.scan. */
static bool keep_alone(struct run *r, const struct scan_job *job, struct span text)
{
    const char *path = arena_printf(r->c->a, "%s/%s_%u_%s.scan", r->c->transcripts, job->target->ip,
                                    job->port, job->service->name);
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    bool good = fd >= 0 && write_all(fd, text);
    good = (fd < 0 || close(fd) == 0) && good;
    if (!good) {
        complain("%s: %s", path ? path : r->c->transcripts, strerror(errno));
    }
    return good;
}

static void keep(struct run *r, const struct scan_job *job)
{
    struct buffer file;
    buffer_init(&file, STORED_MAX);
    stored_write(job, r->c->scan.random, r->c->now, &file);
    struct span text = buffer_span(&file);
    bool good = buffer_ok(&file);
    if (good && r->c->transcripts) {
        good = keep_alone(r, job, text);
    }
    if (good && r->record >= 0 && !write_all(r->record, text)) {
        complain("%s: %s", r->c->record, strerror(errno));
        good = false;
    }
    r->broken |= !good;
    buffer_free(&file);
}

static void judge(struct run *r, struct scan_job *job);

static void job_done(void *ctx, struct scan_job *job)
{
    struct run *r = ctx;
    progress_clear(&r->progress);
    if (r->c->transcripts || r->record >= 0) {
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
    r->c->scan.keep_transcript = r->c->transcripts || r->record >= 0;
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

static int judge_one(struct run *r, struct span text, char *error)
{
    struct stored *stored = mem_zalloc(sizeof *stored);
    struct arena *a = arena_new(JUDGE_MEMORY);
    int rc = stored && a ? stored_read(a, text, stored, error) : -1;
    if (rc == 0) {
        judge(r, &stored->job);
    }
    arena_free(a);
    mem_free(stored);
    return rc > 0 ? EXIT_DATA : rc < 0 ? EXIT_INTERNAL : EXIT_GOOD;
}

/* In the child: what strangers' devices said is taken apart here. Gives the output, or the sentence
 * of what is wrong. */
static int judge_all(void *context, struct buffer *out)
{
    struct run *r = context;
    char error[STORED_ERROR] = "";
    int code = EXIT_GOOD;
    size_t i = 0;
    r->into = out;
    begin_output(r);
    for (; i < r->c->word_count && code == EXIT_GOOD; i++) {
        struct span rest = span_make(r->files[i].bytes, r->files[i].size);
        do {
            code = judge_one(r, stored_next(&rest), error);
        } while (code == EXIT_GOOD && rest.n);
    }
    if (code == EXIT_DATA) {
        out->n = 0;
        buffer_printf(out, "%s: %s", r->c->words[i - 1], error);
    }
    if (code != EXIT_GOOD) {
        return code;
    }
    end_output(r);
    return verdict(r);
}

static int judge_in_child(struct run *r)
{
    char why[128] = "";
    struct buffer out;
    buffer_init(&out, SIZE_MAX);
    int code = sandbox_warm() == 0 ? sandbox_task(judge_all, r, &out, why, sizeof why) : -1;
    if (code < 0) {
        complain("it could not be judged: %s", why);
        code = EXIT_INTERNAL;
    } else if (code == EXIT_DATA) {
        complain("%s", buffer_cstr(&out));
    } else if (code < EXIT_USAGE) {
        r->out = out;
        print_out(r);
        out = r->out;
        code = r->broken ? EXIT_IO : code;
    }
    buffer_free(&out);
    return code;
}

int tls_judge_command(struct tls_command *c)
{
    struct run r = {.c = c, .record = -1};
    size_t opened = 0;
    int code = judging_open(c, &r.judging);
    r.files = arena_array(c->a, c->word_count, sizeof *r.files);
    code = !r.files ? EXIT_INTERNAL : code;
    while (code == EXIT_GOOD && opened < c->word_count) {
        code = (int)input_open(c->words[opened], &r.files[opened]);
        opened += code == EXIT_GOOD;
    }
    buffer_init(&r.out, REPORT_MAX);
    code = code == EXIT_GOOD ? judge_in_child(&r) : code;
    while (opened) {
        input_close(&r.files[--opened]);
    }
    judging_close(&r.judging);
    return code;
}

/* A server that is killed does not leave a scan behind that goes on asking the device. */
static void end_with_parent(void)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static int open_record(struct run *r)
{
    const char *path = r->c->record;
    if (path && (r->record = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) < 0) {
        complain("%s: %s", path, strerror(errno));
        return EXIT_IO;
    }
    return EXIT_GOOD;
}

int tls_scan_command(struct tls_command *c)
{
    struct run r = {.c = c, .record = -1};
    struct scan_list list;
    struct scan_target *targets;
    size_t count;
    if (c->with_parent) {
        end_with_parent();
    }
    int code = targets_services(c);
    code = code ? code : targets_read(c, &list, &targets, &count);
    code = code ? code : open_record(&r);
    if (code) {
        return code;
    }
    code = judging_open(c, &r.judging);
    code = code ? code : run_scan(&r, &list);
    judging_close(&r.judging);
    if (r.record >= 0 && close(r.record) != 0 && code < EXIT_USAGE) {
        complain("%s: %s", c->record, strerror(errno));
        code = EXIT_IO;
    }
    return code;
}
