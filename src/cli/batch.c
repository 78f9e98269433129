/*
 * batch - see batch.h. One thread: children run side by side, poll waits for them.
 */
#include "cli/batch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/progress.h"
#include "sandbox/sandbox.h"

enum { MAX_JOBS = 64 };

enum slot_state { SLOT_FREE, SLOT_RUNNING, SLOT_DONE, SLOT_FAILED };

struct slot {
    enum slot_state state;
    enum exit_code code; /* SLOT_FAILED */
    struct input file;
    struct sandbox_job job;
    struct sandbox_child child;
    struct sp_report *report;
};

struct batch {
    const struct batch_options *o;
    const struct path_list *paths;
    struct slot slots[MAX_JOBS];
    size_t window;        /* slots in use */
    size_t started, told; /* documents started, reported */
    struct input content;
    struct progress progress;
    enum exit_code worst;
};

enum exit_code batch_code(enum sp_verdict verdict)
{
    return verdict == SP_ACCEPTED ? EXIT_GOOD : verdict == SP_REJECTED ? EXIT_BAD : EXIT_UNSURE;
}

static int rank(enum exit_code c)
{
    return c == EXIT_GOOD ? 0 : c == EXIT_UNSURE ? 1 : c == EXIT_BAD ? 2 : 3;
}

enum exit_code batch_worse(enum exit_code a, enum exit_code b)
{
    return rank(b) > rank(a) ? b : a;
}

static const char *shown_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

static void start(struct batch *b, struct slot *s, const char *path)
{
    *s = (struct slot){.state = SLOT_FAILED};
    s->code = input_open(path, &s->file);
    if (s->code) {
        return;
    }
    const struct batch_options *o = b->o;
    s->job = (struct sandbox_job){
        .document = {.name = shown_name(path),
                     .bytes = s->file.bytes,
                     .size = s->file.size,
                     .content = b->content.bytes,
                     .content_size = b->content.size,
                     .kind = o->kind,
                     .applicant = o->applicant},
        .evidence = &o->setup->evidence,
        .policy = o->setup->policy,
        .clock = o->setup->clock,
    };
    s->state = SLOT_DONE;
    int rc = 0;
    if (o->no_sandbox) {
        rc = sp_verify(&s->job.document, s->job.evidence, s->job.policy, &s->job.clock, &s->report);
    } else if (sandbox_start(&s->job, &s->child) == 0) {
        s->state = SLOT_RUNNING;
    } else {
        rc = sandbox_verify(&s->job, &s->report); /* says why in a report */
    }
    if (rc) {
        s->state = SLOT_FAILED;
        s->code = EXIT_INTERNAL;
        complain("%s: memory ran out", path);
    }
}

static void finish(struct slot *s)
{
    if (sandbox_finish(&s->job, &s->child, &s->report)) {
        s->state = SLOT_FAILED;
        s->code = EXIT_INTERNAL;
        complain("%s: memory ran out", s->job.document.name);
    } else {
        s->state = SLOT_DONE;
    }
}

/* Waits until a running child has something to say, and reads it. */
static void wait_for_children(struct batch *b)
{
    struct pollfd fds[MAX_JOBS];
    struct slot *of[MAX_JOBS];
    nfds_t n = 0;
    int timeout = -1;
    for (size_t i = 0; i < b->window; i++) {
        struct slot *s = &b->slots[i];
        if (s->state == SLOT_RUNNING) {
            int left = sandbox_time_left(&s->child);
            timeout = timeout < 0 || left < timeout ? left : timeout;
            fds[n] = (struct pollfd){.fd = s->child.fd, .events = POLLIN};
            of[n++] = s;
        }
    }
    if (n == 0 || (poll(fds, n, timeout) < 0 && errno != EINTR)) {
        return;
    }
    for (nfds_t i = 0; i < n; i++) {
        bool over = sandbox_time_left(&of[i]->child) == 0;
        if (over || (fds[i].revents && sandbox_read(&of[i]->child) != 0)) {
            finish(of[i]);
        }
    }
}

static void tell(struct batch *b, struct slot *s)
{
    enum exit_code code = s->code;
    if (s->state == SLOT_DONE) {
        progress_clear(&b->progress);
        code = b->o->report(&s->job, s->report, b->o->context);
        code = code >= EXIT_USAGE ? code : batch_code(s->report->verdict);
    }
    b->worst = batch_worse(b->worst, code);
    sp_report_free(s->report);
    input_close(&s->file);
    s->report = NULL;
    s->state = SLOT_FREE;
    b->told++;
    progress_step(&b->progress);
}

enum exit_code batch_verify(const struct path_list *paths, const struct batch_options *options)
{
    struct batch *b = mem_zalloc(sizeof *b);
    if (!b) {
        complain("memory ran out");
        return EXIT_INTERNAL;
    }
    b->o = options;
    b->paths = paths;
    b->window = options->jobs < 1 ? 1 : options->jobs * 2;
    b->window = b->window > MAX_JOBS ? MAX_JOBS : b->window;
    b->worst = options->content ? input_open(options->content, &b->content) : EXIT_GOOD;
    if (b->worst == EXIT_GOOD && paths->count > 1 && !options->no_sandbox && sandbox_warm()) {
        complain("libcrypto could not be set up");
        b->worst = EXIT_INTERNAL;
    }
    bool ready = b->worst == EXIT_GOOD;
    progress_start(&b->progress, paths->count);
    while (ready && b->told < paths->count) {
        size_t running = 0;
        for (size_t i = 0; i < b->window; i++) {
            running += b->slots[i].state == SLOT_RUNNING;
        }
        struct slot *next = &b->slots[b->started % b->window];
        struct slot *head = &b->slots[b->told % b->window];
        if (head->state == SLOT_DONE || head->state == SLOT_FAILED) {
            tell(b, head);
        } else if (b->started < paths->count && next->state == SLOT_FREE &&
                   running < options->jobs) {
            start(b, next, paths->paths[b->started++]);
        } else {
            wait_for_children(b);
        }
    }
    progress_clear(&b->progress);
    input_close(&b->content);
    enum exit_code worst = b->worst;
    mem_free(b);
    return worst;
}
