/*
 * scan - `satyapan tls scan` asks the devices, prints a report for each service, and keeps what it
 * was told to keep: transcripts, and the keys of the unit that is named.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "base/mem.h"
#include "cli/tls/run.h"
#include "tls/stored.h"

enum { SCANS_MAX = 10000 };

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

/* The transcript in a file of its own: DIR/IP_PORT_SERVICE.scan, later ones ..._2.scan, ... */
static bool keep_alone(struct run *r, const struct scan_job *job, struct span text)
{
    const char *path = NULL;
    int fd = -1;
    for (unsigned n = 1; fd < 0 && n <= SCANS_MAX && (n == 1 || errno == EEXIST); n++) {
        char again[16] = "";
        if (n > 1) {
            (void)snprintf(again, sizeof again, "_%u", n);
        }
        path = arena_printf(r->c->a, "%s/%s_%u_%s%s.scan", r->c->transcripts, job->target->ip,
                            job->port, job->service->name, again);
        fd = path ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    }
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

static volatile sig_atomic_t stopped; /* no further device is asked */

static void job_done(void *ctx, struct scan_job *job)
{
    struct run *r = ctx;
    progress_clear(&r->progress);
    if (r->c->transcripts || r->record >= 0) {
        keep(r, job);
    }
    run_judge(r, job);
    progress_step(&r->progress);
    if (r->broken) { /* nobody reads it: the devices are left alone */
        stopped = 1;
    }
}

/* Remembers the keys of the unit that was named. */
static void keep_keys(struct run *r, const struct tls_report *report)
{
    char service[64];
    const struct scan_job *job = report->job;
    (void)snprintf(service, sizeof service, "%u/%s", job->port, job->service->name);
    for (size_t i = 0; i < report->cert_count; i++) {
        const struct cert_facts *c = &report->certs[i];
        struct device_key key = {.spki_sha256 = c->spki_sha256,
                                 .kind = c->kind,
                                 .bits = c->bits,
                                 .spki = c->leaf ? c->leaf->spki : SPAN_NONE,
                                 .modulus = c->modulus,
                                 .service = service,
                                 .certificate = c->sha256,
                                 .firmware = r->c->firmware};
        if (c->leaf &&
            register_keep(r->records, &r->question.unit, *r->c->firmware ? r->c->firmware : NULL,
                          &key, r->c->now) < 0) {
            complain("the register of devices: %s", records_error(r->records));
            r->broken = true;
        }
    }
}

static void on_stop(int signal)
{
    (void)signal;
    stopped = 1;
}

enum { EXIT_SIGNAL = 128 }; /* as a shell tells of a program that a signal ended */

/* Ctrl-C: what is finished stands; the reports get their end, and what was not done is told. */
static void stop_on_interrupt(struct run *r)
{
    struct sigaction on = {.sa_handler = on_stop, .sa_flags = (int)SA_RESETHAND};
    (void)sigemptyset(&on.sa_mask);
    (void)sigaction(SIGINT, &on, NULL);
    r->c->scan.stop = &stopped;
}

static int run_scan(struct run *r, const struct scan_list *list)
{
    uint64_t failures = mem_failures();
    r->c->scan.keep_transcript = r->c->transcripts || r->record >= 0;
    if (RAND_bytes(r->c->scan.random, sizeof r->c->scan.random) != 1) {
        return EXIT_INTERNAL;
    }
    progress_start(&r->progress, list->count);
    stop_on_interrupt(r);
    run_begin_output(r);
    int rc = scan_run(&r->c->scan, list, job_done, r);
    progress_clear(&r->progress);
    run_end_output(r);
    if (rc == 0 && stopped && !r->broken) {
        complain("interrupted: %zu of %zu services are done", r->progress.done, list->count);
        return EXIT_SIGNAL + SIGINT;
    }
    return rc < 0 || mem_failures() != failures ? EXIT_INTERNAL : run_verdict(r);
}

void tls_end_with_parent(void)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* Before a device is asked: afterwards it would be too late to tell that nothing can be kept. */
static int open_record(struct run *r)
{
    const char *path = r->c->record, *folder = r->c->transcripts;
    if (folder && ((mkdir(folder, 0700) != 0 && errno != EEXIST) || access(folder, W_OK) != 0)) {
        complain("%s: %s", folder, strerror(errno));
        return errno == EACCES ? EXIT_PERMISSION : EXIT_IO;
    }
    if (path && (r->record = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) < 0) {
        complain("%s: %s", path, strerror(errno));
        return EXIT_IO;
    }
    return EXIT_GOOD;
}

/* A unit is one device: its keys must not be mixed with another's. */
static int one_device(const struct scan_target *targets, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (strcmp(targets[i].ip, targets[0].ip) != 0) {
            complain("%s and %s are two devices, but one unit is named", targets[0].given,
                     targets[i].given);
            return EXIT_USAGE;
        }
    }
    return EXIT_GOOD;
}

int tls_scan_command(struct tls_command *c)
{
    struct run r;
    struct device_name unit;
    struct scan_list list;
    struct scan_target *targets;
    size_t count;
    if (c->with_parent) {
        tls_end_with_parent();
    }
    int code = targets_services(c);
    code = code ? code : targets_read(c, &list, &targets, &count);
    code = code || !register_unit(c, &unit) ? code : one_device(targets, count);
    if (code) {
        return code;
    }
    code = run_open(&r, c, true);
    code = code ? code : open_record(&r);
    r.judged = r.question.named ? keep_keys : NULL;
    code = code ? code : run_scan(&r, &list);
    run_close(&r);
    if (r.record >= 0 && close(r.record) != 0 && code < EXIT_USAGE) {
        complain("%s: %s", c->record, strerror(errno));
        code = EXIT_IO;
    }
    return code;
}
