/*
 * listen - `satyapan tls listen`: devices under test connect here; and `satyapan tls judge` of what
 * it kept.
 */
#include "cli/tls/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "base/mem.h"
#include "cli/progress.h"
#include "sandbox/sandbox.h"
#include "tls/listen_stored.h"

enum { RECORD_MAX = 8 * 1024 * 1024 };

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

static int64_t clock_now(void)
{
    return (int64_t)time(NULL);
}

static void print_out(struct listen_command *l)
{
    bool empty = buffer_ok(&l->out) && l->out.n == 0;
    if (!empty && (!buffer_ok(&l->out) || fwrite(l->out.p, 1, l->out.n, stdout) != l->out.n)) {
        l->broken = true;
    }
    l->out.n = 0;
}

/* ---- while it runs --------------------------------------------------------------------------- */

/* How far all clients together are. */
static void count(const struct listen_command *l, struct listen_event *e)
{
    for (size_t i = 0; i < l->listen.client_count; i++) {
        size_t settled = 0, all = 0;
        plan_progress(l->listen.clients[i], &l->cases, &l->options.plan, &settled, &all);
        e->done += settled;
        e->of_all += all;
    }
}

static void take_event(void *ctx, const struct listen_event *e)
{
    struct listen_command *l = ctx;
    if (l->c->format == TLS_JSON) {
        struct listen_event told = *e;
        count(l, &told);
        listen_json_event(&told, clock_now(), &l->out);
        print_out(l);
        l->broken |= fflush(stdout) != 0;
    }
    listen_table_event(l, e);
}

static void take_idle(void *ctx)
{
    listen_table_draw(ctx, false);
}

/* ---- reports --------------------------------------------------------------------------------- */

static void keep(struct listen_command *l, const struct listen_client *client)
{
    struct buffer file;
    const char *path = arena_printf(l->c->a, "%s/%s_%u_%s.listened", l->c->transcripts, client->ip,
                                    client->port, client->name[0] ? client->name : "-");
    buffer_init(&file, RECORD_MAX);
    listen_stored_write(client, &l->cases, &file);
    FILE *f = path && buffer_ok(&file) ? fopen(path, "wx") : NULL;
    bool good = f && fwrite(file.p, 1, file.n, f) == file.n;
    good = f && fclose(f) == 0 && good;
    if (!good) {
        complain("%s: %s", path ? path : l->c->transcripts, strerror(errno));
        l->broken = true;
    }
    buffer_free(&file);
}

/* One record after the other, so that a program that only gave us a descriptor gets them all. */
static void append(struct listen_command *l, const struct listen_client *client)
{
    struct buffer file;
    buffer_init(&file, RECORD_MAX);
    listen_stored_write(client, &l->cases, &file);
    FILE *f = buffer_ok(&file) ? fopen(l->c->record, "ae") : NULL;
    bool good = f && fwrite(file.p, 1, file.n, f) == file.n;
    good = f && fclose(f) == 0 && good;
    if (!good) {
        complain("%s: %s", l->c->record, strerror(errno));
        l->broken = true;
    }
    buffer_free(&file);
}

/* What every client is judged by. */
static void make_basis(struct listen_command *l)
{
    l->basis = (struct report_basis){.policy = &l->judging.policy,
                                     .level = l->c->level,
                                     .trust = &l->judging.sets,
                                     .known = &l->judging.known,
                                     .now = clock_now()};
    l->question.records = l->records;
}

static void begin_output(struct listen_command *l)
{
    if (l->c->format == TLS_CSV) {
        listen_csv_head(&l->out);
    } else if (l->c->format == TLS_HTML) {
        report_html_head(&l->out, l->c->hindi);
    }
    print_out(l);
}

static void end_output(struct listen_command *l)
{
    if (l->c->format == TLS_HTML) {
        report_html_end(&l->out);
    }
    print_out(l);
    l->broken |= fflush(stdout) != 0;
}

static int verdict(const struct listen_command *l, size_t clients)
{
    if (l->broken) {
        complain("a report could not be written");
        return EXIT_INTERNAL;
    }
    return l->fail ? EXIT_BAD : l->unsure || clients == 0 ? EXIT_UNSURE : EXIT_GOOD;
}

/* A unit is one device: its keys must not be mixed with another's. */
static void one_device(struct listen_command *l)
{
    const struct listen *s = &l->listen;
    for (size_t i = 1; l->question.named && !l->options.one_device && i < s->client_count; i++) {
        if (strcmp(s->clients[i]->ip, s->clients[0]->ip) != 0) {
            complain("%s and %s came, but one unit is named: no key is kept; --one-device if they "
                     "are one",
                     s->clients[0]->ip, s->clients[i]->ip);
            l->question.named = false;
        }
    }
}

static int reports(struct listen_command *l)
{
    one_device(l);
    make_basis(l);
    if (sandbox_warm() != 0) {
        complain("it could not be judged: the sandbox is not there");
        return EXIT_INTERNAL;
    }
    begin_output(l);
    for (size_t i = 0; i < l->listen.client_count; i++) {
        if (l->c->transcripts) {
            keep(l, l->listen.clients[i]);
        }
        if (l->c->record) {
            append(l, l->listen.clients[i]);
        }
        listen_judge_client(l, l->listen.clients[i]);
        print_out(l);
    }
    end_output(l);
    if (l->listen.client_count == 0) {
        complain("no device connected%s", l->listen.counts.nothing
                                              ? " with a hello; is something in between?"
                                              : "; does its traffic come here?");
    }
    return verdict(l, l->listen.client_count);
}

/* ---- preparation ----------------------------------------------------------------------------- */

static int find_first(struct listen_command *l)
{
    l->options.plan.first = SIZE_MAX;
    for (size_t i = 0; l->first && i < l->cases.count; i++) {
        if (strcmp(l->cases.rows[i].id, l->first) == 0) {
            l->options.plan.first = i;
        }
    }
    if (l->first && l->options.plan.first == SIZE_MAX) {
        complain("%s is no case; see --list-cases", l->first);
        return EXIT_USAGE;
    }
    return EXIT_GOOD;
}

static int load_cases(struct listen_command *l)
{
    char error[CASE_ERROR];
    struct input in = {0};
    struct span json = cases_builtin();
    if (l->cases_file) {
        int code = (int)input_open(l->cases_file, &in);
        if (code) {
            return code;
        }
        json = span_make(in.bytes, in.size);
    }
    int rc = cases_read(l->c->a, json, &l->cases, error);
    if (l->cases_file) {
        input_close(&in);
    }
    if (rc > 0) {
        complain("%s: %s", l->cases_file ? l->cases_file : "built-in cases", error);
    }
    return rc > 0 ? EXIT_DATA : rc < 0 ? EXIT_INTERNAL : find_first(l);
}

static int write_ca(struct listen_command *l)
{
    if (!l->ca_out) {
        return EXIT_GOOD;
    }
    bool out = strcmp(l->ca_out, "-") == 0;
    FILE *f = out ? stdout : fopen(l->ca_out, "w");
    bool good = f && PEM_write_X509(f, l->lab.ca) == 1;
    good = f && (out ? fflush(f) : fclose(f)) == 0 && good;
    if (!good) {
        complain("%s: %s", l->ca_out, strerror(errno));
    }
    return good ? EXIT_GOOD : EXIT_IO;
}

static int open_lab(struct listen_command *l)
{
    char error[LAB_ERROR];
    const char *folder = l->lab_folder;
    if (!folder) {
        if (mkdir(l->c->data, 0700) < 0 && errno != EEXIST) {
            complain("%s: %s", l->c->data, strerror(errno));
            return EXIT_IO;
        }
        folder = arena_printf(l->c->a, "%s/tls-lab", l->c->data);
    }
    int rc = folder ? lab_open(folder, clock_now(), &l->lab, error) : -1;
    if (rc > 0) {
        complain("%s", error);
    } else if (rc == 0 && l->lab.made && !l->quiet) {
        complain("made a CA in %s; install it on the device (--ca-out)", folder);
    }
    return rc > 0 ? EXIT_DATA : rc < 0 ? EXIT_INTERNAL : EXIT_GOOD;
}

static void print_cases(struct listen_command *l)
{
    char ids[512];
    for (size_t i = 0; i < l->cases.count; i++) {
        const struct listen_case *c = &l->cases.rows[i];
        buffer_printf(&l->out, "%-24s %-7s %s\n%33s%s", c->id, expecting_name(c->expect),
                      l->c->hindi ? c->text_hi : c->text, "", c->cite);
        (void)listen_requirements(&l->judging.policy, c->finding, ids, sizeof ids);
        buffer_printf(&l->out, "%s%s\n", *ids ? "; " : "", ids);
    }
    print_out(l);
}

static void catch_signals(void)
{
    struct sigaction on = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGINT, &on, NULL);
    (void)sigaction(SIGTERM, &on, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

static int run(struct listen_command *l)
{
    l->listen = (struct listen){.options = &l->options,
                                .cases = &l->cases,
                                .lab = &l->lab,
                                .arena = l->c->a,
                                .event = take_event,
                                .idle = take_idle,
                                .ctx = l};
    catch_signals();
    listen_table_begin(l);
    int rc = listen_run(&l->listen);
    listen_table_clear(l);
    listen_table_end(l);
    if (rc > 0) {
        complain("%s", l->listen.error);
    }
    return rc > 0 ? EXIT_UNAVAILABLE : rc < 0 ? EXIT_INTERNAL : reports(l);
}

static int prepare_and_run(struct listen_command *l)
{
    int code = load_cases(l);
    code = code ? code : judging_open(l->c, &l->judging);
    if (code == EXIT_GOOD && l->list_cases) {
        print_cases(l);
        return verdict(l, 1);
    }
    code = code ? code : open_lab(l);
    code = code ? code : write_ca(l);
    l->question.named = register_unit(l->c, &l->question.unit);
    code = code || l->only_ca ? code : register_open(l->c, !l->question.named, &l->records);
    if (code || l->only_ca) {
        return code;
    }
    return lab_prepare(&l->lab) == 0 ? run(l) : EXIT_INTERNAL;
}

int tls_listen_command(struct tls_command *c, int argc, char **argv)
{
    uint64_t failures = mem_failures();
    struct listen_command *l = mem_zalloc(sizeof *l);
    if (!l) {
        return EXIT_INTERNAL;
    }
    l->c = c;
    l->options = (struct listen_options){.devices = 1,
                                         .hello_ms = 15000,
                                         .wait_ms = 8000,
                                         .timeout_ms = 3600 * 1000,
                                         .plan = {.repeat = 2},
                                         .now = clock_now,
                                         .stop = &stopped};
    buffer_init(&l->out, LISTEN_REPORT_MAX);
    int code = listen_read_options(l, argc, argv);
    if (code < 0) {
        if (c->with_parent) {
            tls_end_with_parent();
        }
        if (l->options.at_count == 0) {
            l->options.at[l->options.at_count++] = (struct listen_address){.port = 8443};
        }
        code = prepare_and_run(l);
        code = code < EXIT_USAGE && mem_failures() != failures ? EXIT_INTERNAL : code;
        if (l->records) {
            records_close(l->records);
        }
        judging_close(&l->judging);
        lab_close(&l->lab);
    }
    buffer_free(&l->out);
    mem_free(l);
    return code;
}

/* ---- judge ----------------------------------------------------------------------------------- */

int tls_judge_listened(struct tls_command *c, const struct judging *judging, struct span file,
                       struct buffer *out, bool *fail, bool *unsure, char *error)
{
    struct listen_client *client = NULL;
    struct listen_command *l = mem_zalloc(sizeof *l);
    if (!l) {
        return EXIT_INTERNAL;
    }
    l->c = c;
    l->judging = *judging;
    l->options.plan.repeat = 2;
    make_basis(l);
    int code = load_cases(l);
    int rc = code ? 0 : listen_stored_read(c->a, file, &l->cases, &client, error);
    code = code ? code : rc > 0 ? EXIT_DATA : rc < 0 ? EXIT_INTERNAL : EXIT_GOOD;
    if (code == EXIT_GOOD) {
        l->out = *out;
        listen_report_write(l, client, NULL);
        *out = l->out;
        *fail |= l->fail;
        *unsure |= l->unsure;
        code = l->broken ? EXIT_INTERNAL : EXIT_GOOD;
    }
    mem_free(l);
    return code;
}
