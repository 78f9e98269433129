/*
 * verify_here - see verify_here.h.
 */
#include "cli/office/verify_here.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "cli/progress.h"
#include "cli/setup.h"
#include "obtain/obtain.h"
#include "office/intake/runner.h"
#include "records/documents.h"
#include "sandbox/bundle.h"
#include "sandbox/sandbox.h"

enum { LOOK_MS = 100, SERVER_MS = 1500, STEPS_MAX = 1000 };

struct here {
    const struct verify_here *o;
    struct setup setup;
    struct obtain_options obtain;
    struct obtainer obtainer;
    bool obtaining, gave_up;
    struct progress progress;
    size_t shown; /* files the bar knows of */
    const struct office_watch *watch;
};

/* ---- one document in children ---------------------------------------------------------------- */

static struct span map(int fd, int64_t size)
{
    void *p =
        fd >= 0 && size > 0 ? mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    return p == MAP_FAILED ? SPAN_NONE : span_make(p, (size_t)size);
}

static void unmap(struct span s)
{
    obtain_unmap(s); /* munmap of what is there */
}

static void seen(void *context, const struct sp_report *listed, size_t first, size_t count)
{
    struct here *h = context;
    h->watch->seen(h->watch->context, listed, first, count);
    if (count == 0 && h->shown == 0) {
        h->shown = listed->member_count;
        progress_more(&h->progress, h->shown);
    }
    for (size_t i = 0; i < count; i++) {
        progress_step(&h->progress);
    }
}

static bool stop(void *context)
{
    const struct here *h = context;
    return h->watch->stop(h->watch->context);
}

/* 0; 1: stopped; -1. */
static int verify_once(struct here *h, const struct sandbox_job *job, struct sp_report **out)
{
    struct sandbox_child child;
    struct sandbox_job first = *job;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct sandbox_starter starter = {.start = sandbox_start_plain,
                                      .seen = h->watch->seen ? seen : NULL,
                                      .stop = stop,
                                      .context = h,
                                      .jobs = processors > 0 ? (size_t)processors : 1,
                                      .total_ms = SANDBOX_MEMBERS_MS};
    first.document.part = SP_PART_OPEN;
    if (sandbox_start(&first, &child) != 0) {
        return -1;
    }
    for (int done = 0; done == 0 && sandbox_time_left(&child) > 0;) {
        struct pollfd p = {.fd = child.fd, .events = POLLIN};
        if (poll(&p, 1, LOOK_MS) > 0) {
            done = sandbox_read(&child);
        }
    }
    if (sandbox_finish(&first, &child, out) != 0) {
        return -1;
    }
    if (!(*out)->pending) {
        return 0;
    }
    if (h->watch->seen) {
        seen(h, *out, 0, 0);
    }
    return sandbox_members(job, &starter, *out);
}

/* One round for what the report wants; false: it stands as it is. */
static bool obtain_more(struct here *h, const struct sp_report *r, struct sandbox_job *job,
                        struct buffer *evidence)
{
    struct obtained got;
    struct span records;
    if (h->o->offline || h->gave_up || !r->want_count || job->extra_count == SANDBOX_EXTRA_MAX) {
        return false;
    }
    if (!h->obtaining) {
        h->obtaining = obtainer_start(&h->obtain, &h->obtainer) == 0;
    }
    progress_say(&h->progress, "%s: fetching what is missing ...", r->name ? r->name : "");
    if (!h->obtaining ||
        obtain_now(h->obtainer.socket, r->wants, r->want_count, OBTAIN_ROUND_MS, &got) != 0) {
        h->gave_up = true;
        return false;
    }
    struct span bundle = obtain_map(got.bundle);
    (void)close(got.bundle);
    if (!bundle.p) {
        return false;
    }
    if (bundle_open(bundle, &records)) {
        buffer_add(evidence, evidence->n ? records : bundle);
    }
    job->extra[job->extra_count++] = bundle;
    return true;
}

static int verify(void *context, const struct office_document *d, const struct office_watch *w,
                  struct office_verified *out)
{
    struct here *h = context;
    struct span file = map(d->fd, d->size), content = map(d->content, d->content_size);
    struct sandbox_job job = {.document = {.name = d->name,
                                           .bytes = file.p,
                                           .size = file.n,
                                           .content = content.p,
                                           .content_size = content.n,
                                           .kind = d->kind,
                                           .applicant = d->applicant},
                              .evidence = &h->setup.evidence,
                              .policy = h->setup.policy,
                              .clock = {.now = d->now, .received = d->received}};
    if (!file.p || (d->content >= 0 && !content.p)) {
        return -1;
    }
    h->watch = w;
    int rc = verify_once(h, &job, &out->report);
    while (rc == 0 && obtain_more(h, out->report, &job, &out->evidence)) {
        sp_report_free(out->report);
        out->report = NULL;
        rc = verify_once(h, &job, &out->report);
    }
    for (size_t i = 0; i < job.extra_count; i++) {
        obtain_unmap(job.extra[i]);
    }
    unmap(file);
    unmap(content);
    return rc;
}

/* ---- until it is done ------------------------------------------------------------------------ */

struct state {
    char state[16], verdict[16], failure[300], name[200];
};

static enum exit_code look(const struct verify_here *o, int64_t version, struct state *out)
{
    json_t *row = NULL;
    if (version_get(o->records, version, &row) != 0) {
        complain("the records cannot be read: %s", records_error(o->records));
        return EXIT_IO;
    }
    static const char *const keys[] = {"state", "verdict", "failure", "name"};
    char *const to[] = {out->state, out->verdict, out->failure, out->name};
    const size_t size[] = {sizeof out->state, sizeof out->verdict, sizeof out->failure,
                           sizeof out->name};
    for (size_t i = 0; i < 4; i++) {
        const char *text = json_string_value(json_object_get(row, keys[i]));
        (void)snprintf(to[i], size[i], "%s", text ? text : "");
    }
    json_decref(row);
    return EXIT_GOOD;
}

static void pause_a_moment(void)
{
    const struct timespec moment = {.tv_nsec = LOOK_MS * 1000000L};
    (void)nanosleep(&moment, NULL);
}

static bool is_over(const struct state *s)
{
    return strcmp(s->state, "verified") == 0 || strcmp(s->state, "failed") == 0 ||
           (strcmp(s->state, "waiting") == 0 && s->failure[0]);
}

/* A server has taken it. */
static bool is_taken(const struct verify_here *o, int64_t version, struct state *s)
{
    for (int ms = 0; ms < SERVER_MS; ms += LOOK_MS) {
        if (look(o, version, s) != EXIT_GOOD || is_over(s) || strcmp(s->state, "verifying") == 0) {
            return true;
        }
        pause_a_moment();
    }
    return false;
}

static enum exit_code code_of(const struct state *s)
{
    if (strcmp(s->state, "verified") != 0) {
        complain("%s could not be verified now: %s", s->name, s->failure);
        return EXIT_UNSURE;
    }
    return strcmp(s->verdict, "ACCEPTED") == 0   ? EXIT_GOOD
           : strcmp(s->verdict, "REJECTED") == 0 ? EXIT_BAD
                                                 : EXIT_UNSURE;
}

/* Shows the server's progress. */
static enum exit_code follow(struct here *h, int64_t version, struct state *s)
{
    enum exit_code code = EXIT_GOOD;
    while (code == EXIT_GOOD && !is_over(s)) {
        progress_say(&h->progress, "%s: the server verifies it ...", s->name);
        pause_a_moment();
        code = look(h->o, version, s);
    }
    return code;
}

/* Does what is due: this document, its text, and what else waits. */
static enum exit_code work(struct here *h, int64_t version, struct state *s)
{
    struct office_verifier verifier = {
        .context = h, .policy = h->setup.policy->name, .verify = verify};
    struct runner_options o = {.data = h->o->data,
                               .office = h->o->office,
                               .verifier = &verifier,
                               .offline = h->o->offline};
    struct runner_step step;
    int rc = 1;
    for (int i = 0; i < STEPS_MAX && rc == 1; i++) {
        progress_say(&h->progress, "%s: verifying ...", s->name);
        rc = runner_once(&o, h->o->records, &step);
    }
    if (rc < 0) {
        complain("the records cannot be written: %s", records_error(h->o->records));
        return EXIT_IO;
    }
    return look(h->o, version, s);
}

static enum exit_code prepare(struct here *h)
{
    enum exit_code code = setup_init(&h->setup);
    code = code ? code : setup_policy(&h->setup, "india-dsc");
    code = code ? code : setup_trust(&h->setup, h->o->trust);
    code = code ? code : setup_data(&h->setup, h->o->data);
    h->obtain.trust = code ? NULL : trust_directory(h->setup.arena, h->o->trust);
    h->obtain.data = h->o->data;
    return code ? code : sandbox_warm() == 0 ? EXIT_GOOD : EXIT_INTERNAL;
}

enum exit_code verify_here(struct verify_here *o, int64_t version)
{
    struct state s = {.state = ""};
    struct here h = {.o = o};
    enum exit_code code = EXIT_GOOD;
    progress_start(&h.progress, 1);
    if (!o->alone && is_taken(o, version, &s)) {
        code = follow(&h, version, &s);
    } else {
        o->alone = true;
        code = prepare(&h);
        code = code ? code : work(&h, version, &s);
        if (h.obtaining) {
            obtainer_stop(&h.obtainer);
        }
        setup_free(&h.setup);
    }
    progress_clear(&h.progress);
    return code ? code : code_of(&s);
}
