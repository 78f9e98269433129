/*
 * batch - see batch.h. One thread: children run side by side, poll waits for them.
 */
#include "cli/batch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/progress.h"
#include "sandbox/sandbox.h"

enum { MAX_JOBS = 64, ASK_MARGIN_MS = 3000, ZIP_LARGE = 32768 };

/* SLOT_ASKING: what the report wants is being obtained. */
enum slot_state { SLOT_FREE, SLOT_RUNNING, SLOT_ASKING, SLOT_DONE, SLOT_FAILED };

struct slot {
    enum slot_state state;
    enum exit_code code;        /* SLOT_FAILED */
    struct input file, content; /* content: of a pair */
    struct sandbox_job job;
    struct sandbox_child child;
    struct sp_report *report;
    int reply; /* SLOT_ASKING */
    int64_t reply_until_ms;
};

struct batch {
    const struct batch_options *o;
    const struct path_list *paths;
    struct slot slots[MAX_JOBS];
    size_t window;        /* slots in use */
    size_t started, told; /* documents started, reported */
    struct input content;
    struct progress progress;
    struct obtainer obtainer; /* started when a report first wants something */
    bool obtaining, gave_up;
    bool warm;
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

static void out_of_memory(struct slot *s)
{
    s->state = SLOT_FAILED;
    s->code = EXIT_INTERNAL;
    complain("%s: memory ran out", s->job.document.name);
}

/* ---- what is missing ------------------------------------------------------------------------- */

static void give_up(struct batch *b, const char *what)
{
    if (!b->gave_up) {
        progress_clear(&b->progress);
        complain("nothing is fetched: %s", what);
    }
    b->gave_up = true;
}

static bool have_obtainer(struct batch *b)
{
    if (!b->obtaining && !b->gave_up) {
        b->obtaining = obtainer_start(b->o->obtain, &b->obtainer) == 0;
        if (!b->obtaining) {
            give_up(b, strerror(errno));
        }
    }
    return b->obtaining && !b->gave_up;
}

/* Tells what is asked for: the first want, by the common name in it. */
static void say_asking(struct batch *b, const struct sp_report *r)
{
    static const char *const kinds[] = {[SP_EVIDENCE_CERT] = "issuer of",
                                        [SP_EVIDENCE_CRL] = "CRL for",
                                        [SP_EVIDENCE_OCSP] = "OCSP answer for"};
    const struct sp_want *w = &r->wants[0];
    const char *name = strncmp(w->about, "CN=", 3) == 0 ? w->about + 3 : w->about;
    size_t n = strcspn(name, ",");
    progress_say(&b->progress, "%s: fetching %s %.*s%s", r->name ? r->name : "", kinds[w->kind],
                 n > 60 ? 0 : (int)n, name, r->want_count > 1 ? " and more ..." : " ...");
}

/* The report is there. If it wants something that may be obtained, that comes first. */
static void reported(struct batch *b, struct slot *s)
{
    s->state = SLOT_DONE;
    if (s->report->pending || !b->o->obtain || s->report->want_count == 0 ||
        s->job.extra_count == SANDBOX_EXTRA_MAX || !have_obtainer(b)) {
        return;
    }
    if (obtain_ask(b->obtainer.socket, s->report->wants, s->report->want_count, b->o->round_ms,
                   &s->reply) != 0) {
        give_up(b, strerror(errno));
        return;
    }
    say_asking(b, s->report);
    s->state = SLOT_ASKING;
    s->reply_until_ms = progress_now_ms() + b->o->round_ms + ASK_MARGIN_MS;
}

static void verify(struct batch *b, struct slot *s);

/* The answer is there, or will never be: then the report stands as it is. */
static void answered(struct batch *b, struct slot *s)
{
    struct obtained got;
    int rc = obtain_take(s->reply, &got);
    bool late = progress_now_ms() >= s->reply_until_ms;
    if (rc == 0 && !late) {
        return;
    }
    (void)close(s->reply);
    s->reply = -1;
    struct span bundle = rc == 1 ? obtain_map(got.bundle) : SPAN_NONE;
    if (rc == 1) {
        (void)close(got.bundle);
    }
    if (!bundle.n) {
        give_up(b, "the program that fetches ended");
        s->state = SLOT_DONE;
        return;
    }
    s->job.extra[s->job.extra_count++] = bundle;
    sp_report_free(s->report);
    s->report = NULL;
    verify(b, s);
}

/* ---- verifying ------------------------------------------------------------------------------- */

static void finish(struct batch *b, struct slot *s)
{
    if (sandbox_finish(&s->job, &s->child, &s->report)) {
        out_of_memory(s);
    } else {
        reported(b, s);
    }
}

/* Starts a child, or verifies here. */
static void verify(struct batch *b, struct slot *s)
{
    int rc = 0;
    if (!b->o->no_sandbox && sandbox_start(&s->job, &s->child) == 0) {
        s->state = SLOT_RUNNING;
        return;
    }
    rc = b->o->no_sandbox ? sandbox_none(&s->job, &s->report)
                          : sandbox_verify(&s->job, &s->report); /* says why in a report */
    if (rc) {
        out_of_memory(s);
    } else {
        reported(b, s);
    }
}

/* A ZIP of more than a few files: a child lists it, then more children read its files. */
static bool may_have_parts(const struct input *file)
{
    return file->size >= ZIP_LARGE && memcmp(file->head, "PK\x03\x04", INPUT_HEAD) == 0;
}

static void start(struct batch *b, struct slot *s, size_t index)
{
    const char *path = b->paths->paths[index];
    const struct pair *pair = index < b->paths->pair_count ? &b->paths->pairs[index] : NULL;
    const struct input *content = &b->content;
    *s = (struct slot){.state = SLOT_FAILED, .reply = -1};
    s->code = input_open(path, &s->file);
    if (s->code == EXIT_GOOD && pair && pair->content) {
        s->code = input_open(pair->content, &s->content);
        content = &s->content;
    }
    if (s->code) {
        return;
    }
    const struct batch_options *o = b->o;
    s->job = (struct sandbox_job){
        .document = {.name = pair && pair->name ? pair->name : shown_name(path),
                     .bytes = s->file.bytes,
                     .size = s->file.size,
                     .content = content->bytes,
                     .content_size = content->size,
                     .kind = o->kind,
                     .applicant = o->applicant},
        .evidence = &o->setup->evidence,
        .policy = o->setup->policy,
        .clock = o->setup->clock,
    };
    password_lend(o->password, &s->job.document);
    s->job.document.part = o->no_sandbox ? SP_PART_WHOLE : SP_PART_OPEN;
    verify(b, s);
    if (!b->warm && s->state == SLOT_RUNNING && may_have_parts(&s->file)) {
        b->warm = sandbox_warm() == 0; /* for those children, while this one works */
    }
}

/* Milliseconds until the slot's time is over. */
static int time_left(const struct slot *s)
{
    if (s->state == SLOT_RUNNING) {
        return sandbox_time_left(&s->child);
    }
    int64_t left = s->reply_until_ms - progress_now_ms();
    return left > 0 ? (int)left : 0;
}

/* Waits until a running child or a question has something to say, and hears it. */
static void wait_for_slots(struct batch *b)
{
    struct pollfd fds[MAX_JOBS];
    struct slot *of[MAX_JOBS];
    nfds_t n = 0;
    int timeout = -1;
    for (size_t i = 0; i < b->window; i++) {
        struct slot *s = &b->slots[i];
        if (s->state == SLOT_RUNNING || s->state == SLOT_ASKING) {
            int left = time_left(s), fd = s->state == SLOT_RUNNING ? s->child.fd : s->reply;
            timeout = timeout < 0 || left < timeout ? left : timeout;
            fds[n] = (struct pollfd){.fd = fd, .events = POLLIN};
            of[n++] = s;
        }
    }
    if (n == 0 || (poll(fds, n, timeout) < 0 && errno != EINTR)) {
        return;
    }
    for (nfds_t i = 0; i < n; i++) {
        bool over = time_left(of[i]) == 0;
        if (of[i]->state == SLOT_ASKING && (over || fds[i].revents)) {
            answered(b, of[i]);
        } else if (of[i]->state == SLOT_RUNNING &&
                   (over || (fds[i].revents && sandbox_read(&of[i]->child) != 0))) {
            finish(b, of[i]);
        }
    }
}

static void member_step(void *context, size_t members)
{
    struct batch *b = context;
    for (size_t i = 0; i < members; i++) {
        progress_step(&b->progress);
    }
}

/* The members of a large container, with all children for them alone. */
static void verify_members(struct batch *b, struct slot *s)
{
    struct sandbox_starter starter = {.start = sandbox_start_plain,
                                      .step = s->job.extra_count ? NULL : member_step,
                                      .context = b,
                                      .jobs = b->o->jobs,
                                      .total_ms = SANDBOX_MEMBERS_MS};
    if (!b->warm) {
        b->warm = sandbox_warm() == 0;
    }
    if (s->job.extra_count == 0) {
        progress_more(&b->progress, s->report->member_count);
    }
    if (sandbox_members(&s->job, &starter, s->report) != 0) {
        out_of_memory(s);
    } else {
        reported(b, s);
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
    for (size_t i = 0; i < s->job.extra_count; i++) {
        obtain_unmap(s->job.extra[i]);
    }
    sp_report_free(s->report);
    input_close(&s->file);
    input_close(&s->content);
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
    b->warm = paths->count > 1;
    bool ready = b->worst == EXIT_GOOD;
    progress_start(&b->progress, paths->count);
    while (ready && b->told < paths->count) {
        size_t running = 0;
        for (size_t i = 0; i < b->window; i++) {
            running += b->slots[i].state == SLOT_RUNNING;
        }
        struct slot *next = &b->slots[b->started % b->window];
        struct slot *head = &b->slots[b->told % b->window];
        bool members = head->state == SLOT_DONE && head->report->pending;
        if (members && running == 0) {
            verify_members(b, head);
        } else if (!members && (head->state == SLOT_DONE || head->state == SLOT_FAILED)) {
            tell(b, head);
        } else if (!members && b->started < paths->count && next->state == SLOT_FREE &&
                   running < options->jobs) {
            start(b, next, b->started++);
        } else {
            wait_for_slots(b);
        }
    }
    progress_clear(&b->progress);
    obtainer_stop(&b->obtainer);
    input_close(&b->content);
    enum exit_code worst = b->worst;
    mem_free(b);
    return worst;
}
