/*
 * bench_work - the work "bench": a run of a unit under test. See office/bench.
 *
 * satyapan-tls asks the device (the only process that speaks with it) and writes hellos and answers
 * into a memory file; another child, that can only compute, judges that record. The same is done
 * with a record that a laboratory hands in, so that what is known of it is worked out here. One
 * without hellos and answers is read strictly and stays its maker's word: its keys are put into the
 * register of devices only when a signature that the verifier accepts says whose word it is.
 *
 * A run "listen" is the other direction: satyapan-tls is a server that the device connects to, at
 * the address that the run was given; only the unit's own addresses are served. What the device did
 * is a record, too, and is judged in the same way.
 *
 * What it does not do: it tries nothing twice. A run that could not be done says so, and an officer
 * starts another one; only one that was interrupted - the server ended - begins again by itself.
 */
#include <stdio.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "office/bench/bench.h"
#include "office/bench/inside.h"
#include "office/bench/run.h"
#include "office/bench/targets.h"
#include "office/intake/inside.h"
#include "records/blobs.h"
#include "records/devices.h"
#include "records/scans.h"

enum {
    JUDGE_SECONDS = 40,
    JUDGE_BYTES = BENCH_REPORT_MAX,
    FORMS = 6,
    DETAIL = 200,
    TELL_S = 5,
    EXIT_UNAVAILABLE_ADDRESS = 69 /* of satyapan-tls listen */
};

/* The forms of a report; the first is what everything else is worked out from. */
static const struct form {
    const char *format, *lang;
} forms[FORMS] = {{"json", "en"}, {"csv", "en"},  {"csv", "hi"},
                  {"html", "en"}, {"html", "hi"}, {"cbom", "en"}};

struct bench {
    struct worker *w;
    int64_t id;
    json_t *scan;   /* its row */
    json_t *report; /* an array of services */
    int record;     /* a memory file or a blob; -1: none */
    bool clients;   /* it is about the device as a client */
    bool derived;   /* the report was worked out from hellos and answers */
    struct buffer made[FORMS];
    const char *failure;
    char detail[DETAIL];
    int64_t told_at;
    bool cancelled;
    const char *maker;         /* who signed the record, accepted by the verifier; arena */
    struct bench_run *current; /* the program that asks, or waits for, the device */
    struct bench_run *waits;   /* that of listen, from its first line on: it can be asked to end */
    bool moved;                /* a line came since progress was last written */
};

/* ---- telling --------------------------------------------------------------------------------- */

static void tell(struct bench *b, json_t *event)
{
    char *text = event ? json_dumps(event, JSON_COMPACT) : NULL;
    if (text) {
        events_publish(b->w->o->events, events_device(row_int(b->scan, "device")), "scan", text);
    }
    mem_free(text);
    json_decref(event);
}

static void tell_state(struct bench *b, const char *state)
{
    tell(b, json_pack("{s:I, s:s, s:I, s:I}", "scan", (json_int_t)b->id, "state", state, "done",
                      (json_int_t)b->w->done, "of_all", (json_int_t)b->w->of_all));
}

static int fail(struct bench *b, const char *word, const char *detail)
{
    b->failure = word;
    (void)snprintf(b->detail, sizeof b->detail, "%s", detail ? detail : "");
    return 1;
}

static bool stop(void *context)
{
    struct bench *b = context;
    return !work_alive(b->w);
}

/* ---- while a program runs -------------------------------------------------------------------- */

/* Somebody ended the run; or wants it judged by what the device did so far. */
static bool is_cancelled(struct bench *b)
{
    json_t *row = NULL;
    int rc = scan_get(b->w->records, b->id, &row);
    b->cancelled = rc == 0 && strcmp(row_text(row, "state"), "cancelled") == 0;
    if (rc == 0 && b->waits && row_int(row, "finish_at") != UTC_NONE) {
        b->waits->finish = true;
    }
    json_decref(row);
    return b->cancelled;
}

/* While the device is waited for: how a connection ended. */
static void take_event(struct bench *b, struct span line)
{
    json_t *e = json_loadb((const char *)line.p, line.n, 0, NULL);
    const char *kind = bench_text(e, "event"), *row = bench_text(e, "case");
    b->waits = b->current;
    int64_t done = row_int(e, "done"), all = row_int(e, "of_all");
    if (kind && row && strcmp(kind, "case") == 0) {
        b->w->done = done == UTC_NONE ? b->w->done : done;
        b->w->of_all = all == UTC_NONE ? b->w->of_all : all;
        tell(b, json_pack("{s:I, s:s, s:s, s:O, s:O, s:O?, s:O?, s:O?, s:I, s:I}", "scan",
                          (json_int_t)b->id, "state", "running", "service", row, "result",
                          json_object_get(e, "end"), "found", json_object_get(e, "ip"), "text",
                          json_object_get(e, "text"), "text_hi", json_object_get(e, "text_hi"),
                          "expect", json_object_get(e, "expect"), "done", (json_int_t)b->w->done,
                          "of_all", (json_int_t)b->w->of_all));
    }
    json_decref(e);
}

static void take_line(struct bench *b, struct span line)
{
    char why[BENCH_WHY], place[BENCH_PLACE];
    json_t *one = NULL;
    b->w->done++;
    if (bench_report_read(line, &one, why) == 0) {
        const json_t *s = json_array_get(one, 0);
        tell(b, json_pack("{s:I, s:s, s:s, s:O, s:O, s:I, s:I}", "scan", (json_int_t)b->id, "state",
                          "running", "service", bench_place(s, place, sizeof place), "result",
                          json_object_get(s, "result"), "found", json_object_get(s, "state"),
                          "done", (json_int_t)b->w->done, "of_all", (json_int_t)b->w->of_all));
    }
    json_decref(one);
}

static bool alive(void *context, struct span line)
{
    struct bench *b = context;
    struct stat st;
    int64_t now = work_now(b->w);
    b->moved |= line.n > 0;
    if (line.n && b->clients) {
        take_event(b, line);
    } else if (line.n) {
        take_line(b, line);
    }
    if (b->told_at != now) { /* once a second */
        b->told_at = now;
        if (now % TELL_S == 0) { /* for who began to look meanwhile */
            tell_state(b, "running");
        }
        b->w->renewed = b->moved ? 0 : b->w->renewed; /* progress is seen at once */
        b->moved = false;
        bool big = b->record >= 0 && fstat(b->record, &st) == 0 &&
                   st.st_size > b->w->o->office->scan_bytes;
        return !big && !is_cancelled(b) && work_alive(b->w);
    }
    return true;
}

/* 0; 1: the run has failed or is over; -1. *exit: of the program. */
static int run(struct bench *b, struct bench_run *r, int *exit)
{
    r->alive = alive;
    r->context = b;
    switch (bench_run(r, b->w->o->tls_program, exit)) {
    case BENCH_ENDED:
        return 0;
    case BENCH_STOPPED:
        return 1;
    case BENCH_LATE:
        return fail(b, "scan-too-long", NULL);
    default:
        return fail(b, "scan-program", NULL);
    }
}

/* ---- asking the device ----------------------------------------------------------------------- */

static const char *at_time(struct bench *b)
{
    char text[UTC_TEXT];
    return arena_str(b->w->arena, span_str(utc_rfc3339(row_int(b->scan, "started_at"), text)));
}

/* What both kinds of calls have. No register: what is stored tells of this unit alone. */
static void common(struct bench *b, struct bench_run *r)
{
    const char *trust = b->w->o->office->trust;
    bench_run_add(r, "--level");
    bench_run_add(r, "all");
    bench_run_add(r, "--at");
    bench_run_add(r, at_time(b));
    bench_run_add(r, "--data");
    bench_run_add(r, "/nonexistent");
    if (trust) {
        bench_run_add(r, "--trust-dir");
        bench_run_add(r, trust);
    }
}

/* The words of what is asked; refused when the setting no longer allows it. */
static int add_words(struct bench *b, struct bench_run *r)
{
    const char *words[BENCH_SERVICES];
    struct bench_targets *t = arena_array(b->w->arena, 1, sizeof *t);
    struct bench_reach *reach = arena_array(b->w->arena, 1, sizeof *reach);
    struct bench_why why;
    const struct bench_why *refused = NULL;
    if (!t || !reach || bench_reach_read(b->w->o->office->scan_networks, reach) != 0 ||
        bench_targets_read(b->w->arena, row_text(b->scan, "targets"), t, &why) != 0) {
        return fail(b, "scan-refused", NULL);
    }
    const struct bench_target *bad = bench_refused(reach, t, &refused);
    if (bad) {
        return fail(b, "scan-refused", bad->text);
    }
    int n = bench_words(b->w->arena, t, words);
    bench_run_add(r, "--");
    for (int i = 0; i < n; i++) {
        bench_run_add(r, words[i]);
    }
    b->w->of_all = n;
    return n > 0 ? 0 : fail(b, "scan-refused", NULL);
}

/* The program works into a memory file. */
static int run_into_record(struct bench *b, struct bench_run *r, int64_t minutes, int *exit)
{
    b->record = memfd_create("record", MFD_CLOEXEC);
    if (b->record < 0) {
        return -1;
    }
    r->input = b->record;
    r->seconds = minutes * 60;
    r->output_max = JUDGE_BYTES;
    b->derived = true;
    tell_state(b, "running");
    b->w->renewed = 0; /* how many there are is seen at once */
    b->current = r;
    int rc = run(b, r, exit);
    b->current = b->waits = NULL;
    buffer_free(&r->out);
    return rc;
}

static int ask_device(struct bench *b)
{
    struct bench_run r;
    const char *name = row_text(b->scan, "name");
    int exit = -1;
    bench_run_begin(&r);
    bench_run_add(&r, "scan");
    bench_run_add(&r, "--format");
    bench_run_add(&r, "json");
    bench_run_add(&r, "--with-parent");
    bench_run_add(&r, "--record");
    bench_run_add(&r, "/dev/fd/3");
    common(b, &r);
    if (row_int(b->scan, "intrusive") > 0) {
        bench_run_add(&r, "--intrusive");
    }
    if (bench_name(name)) {
        bench_run_add(&r, "--name");
        bench_run_add(&r, name);
    }
    int rc = add_words(b, &r);
    rc = rc ? rc : run_into_record(b, &r, b->w->o->office->scan_minutes, &exit);
    return rc == 0 && exit > 2 ? fail(b, "scan-program", NULL) : rc;
}

/* ---- being asked by the device --------------------------------------------------------------- */

/* Only the unit's own addresses are served: what another device does is not this one's result. */
static int add_from(struct bench *b, struct bench_run *r)
{
    struct bench_why why;
    json_t *unit = NULL;
    struct bench_targets *t = arena_array(b->w->arena, 1, sizeof *t);
    int rc = t ? bench_get(b->w->records, row_int(b->scan, "device"), &unit) : -1;
    const char *text = rc ? NULL : arena_str(b->w->arena, span_str(row_text(unit, "targets")));
    json_decref(unit);
    if (!text || bench_targets_read(b->w->arena, text, t, &why) != 0 || t->count == 0) {
        return fail(b, "listen-no-address", NULL);
    }
    for (size_t i = 0; i < t->count; i++) {
        bench_run_add(r, "--from");
        bench_run_add(r, t->list[i].text);
    }
    return 0;
}

static int listen_to_device(struct bench *b)
{
    char seconds[24];
    struct bench_run r;
    struct arena *a = b->w->arena;
    const json_t *payload = b->w->job->payload;
    const char *name = row_text(b->scan, "name"), *trust = b->w->o->office->trust;
    const char *lab = arena_printf(a, "%s/tls-lab", b->w->o->data);
    int64_t most = b->w->o->office->listen_minutes, minutes = row_int(payload, "minutes");
    int exit = -1;
    minutes = minutes > 0 && minutes < most ? minutes : most;
    (void)snprintf(seconds, sizeof seconds, "%lld", (long long)minutes * 60);
    const char *const words[] = {"listen",    "--format",
                                 "json",      "--with-parent",
                                 "--quiet",   "--record",
                                 "/dev/fd/3", "--one-device",
                                 "--data",    "/nonexistent",
                                 "--lab",     lab ? lab : "",
                                 "--listen",  row_text(b->scan, "targets"),
                                 "--timeout", seconds,
                                 NULL};
    bench_run_begin(&r);
    for (size_t i = 0; words[i]; i++) {
        bench_run_add(&r, words[i]);
    }
    if (trust) {
        bench_run_add(&r, "--trust-dir");
        bench_run_add(&r, trust);
    }
    if (bench_name(name)) {
        bench_run_add(&r, "--name");
        bench_run_add(&r, name);
    }
    if (json_is_true(json_object_get(payload, "mail"))) {
        bench_run_add(&r, "--service");
        bench_run_add(&r, "smtp");
    }
    b->clients = true;
    r.lines_only = true;
    int rc = lab ? add_from(b, &r) : -1;
    rc = rc ? rc : run_into_record(b, &r, minutes + 2, &exit);
    struct stat st;
    if (rc == 0 && exit == EXIT_UNAVAILABLE_ADDRESS) {
        rc = fail(b, "listen-address", row_text(b->scan, "targets"));
    } else if (rc == 0 && exit > 2) {
        rc = fail(b, "scan-program", NULL);
    } else if (rc == 0 && (fstat(b->record, &st) != 0 || st.st_size == 0)) {
        rc = fail(b, "listen-nobody", NULL);
    }
    return rc;
}

/* ---- judging --------------------------------------------------------------------------------- */

/* The record in one form. */
static int judge(struct bench *b, const struct form *f, struct buffer *out)
{
    struct bench_run r;
    int exit = -1;
    bench_run_begin(&r);
    bench_run_add(&r, "judge");
    bench_run_add(&r, "--format");
    bench_run_add(&r, f->format);
    bench_run_add(&r, "--lang");
    bench_run_add(&r, f->lang);
    common(b, &r);
    bench_run_add(&r, "--");
    bench_run_add(&r, "/dev/fd/3");
    r.input = b->record;
    r.seconds = JUDGE_SECONDS;
    r.output_max = JUDGE_BYTES;
    enum bench_end end = bench_run(&r, b->w->o->tls_program, &exit);
    *out = r.out;
    return end != BENCH_ENDED || exit > 2 ? fail(b, "record-unreadable", NULL) : 0;
}

static int judge_all(struct bench *b)
{
    char why[BENCH_WHY];
    int rc = judge(b, &forms[0], &b->made[0]);
    if (rc == 0) {
        rc = bench_report_read(buffer_span(&b->made[0]), &b->report, why);
        rc = rc > 0 ? fail(b, "record-unreadable", why) : rc;
    }
    b->clients = rc == 0 && bench_has_clients(b->report);
    for (size_t i = 1; i < FORMS && rc == 0; i++) {
        bool service = strcmp(forms[i].format, "cbom") == 0; /* what a device offers */
        if (!work_alive(b->w)) {
            return 1;
        }
        rc = service && b->clients ? 0 : judge(b, &forms[i], &b->made[i]);
    }
    return rc;
}

/* A report that came without hellos and answers, as it was read. */
static int take_report(struct bench *b, struct span text)
{
    char why[BENCH_WHY];
    int rc = bench_report_read(text, &b->report, why);
    if (rc != 0) {
        return rc > 0 ? fail(b, "record-unknown", why) : -1;
    }
    buffer_init(&b->made[0], SIZE_MAX);
    for (size_t i = 0; i < json_array_size(b->report); i++) {
        char *line = json_dumps(json_array_get(b->report, i), JSON_COMPACT);
        buffer_str(&b->made[0], line ? line : "");
        buffer_char(&b->made[0], '\n');
        rc = line ? rc : -1;
        mem_free(line);
    }
    return buffer_ok(&b->made[0]) ? rc : -1;
}

/* ---- a signed record ------------------------------------------------------------------------- */

/* Who signed the file, where the verifier accepts it. */
static void find_maker(struct bench *b, int fd, int64_t size)
{
    struct office_document d = {.fd = fd,
                                .size = size,
                                .name = "record",
                                .kind = SP_DOC_TEST_REPORT,
                                .received = row_int(b->scan, "created_at"),
                                .now = work_now(b->w),
                                .content = -1};
    struct office_watch watch = {.context = b, .stop = stop};
    struct office_verified out = {0};
    buffer_init(&out.evidence, SIZE_MAX);
    const struct office_verifier *v = b->w->o->verifier;
    if (v && v->verify(v->context, &d, &watch, &out) == 0 && out.report->verdict == SP_ACCEPTED &&
        out.report->signature_count) {
        const struct sp_certificate *c = out.report->signatures[0]->signer;
        const char *name = c ? c->common_name : NULL;
        b->maker = name ? arena_printf(b->w->arena, "%s%s%s", name, c->organization ? ", " : "",
                                       c->organization ? c->organization : "")
                        : NULL;
    }
    sp_report_free(out.report);
    buffer_free(&out.evidence);
}

/* The record names the unit it is about: not this one means not here. */
static bool other_unit(const struct bench *b, struct span line)
{
    static const char *const names[] = {"firm", "model", "serial"};
    json_t *unit = json_loadb((const char *)line.p, line.n, JSON_DECODE_ANY, NULL);
    bool other = false;
    for (size_t i = 0; i < 3 && json_is_object(unit); i++) {
        other |= strcasecmp(row_text(unit, names[i]), row_text(b->scan, names[i])) != 0;
    }
    json_decref(unit);
    return other;
}

static int take_signed(struct bench *b, int fd, int64_t size)
{
    struct bench_run r;
    int exit = -1;
    bench_run_begin(&r);
    bench_run_add(&r, "content");
    bench_run_add(&r, "--");
    bench_run_add(&r, "/dev/fd/3");
    r.input = fd;
    r.seconds = JUDGE_SECONDS;
    r.output_max = JUDGE_BYTES;
    bool good = bench_run(&r, b->w->o->tls_program, &exit) == BENCH_ENDED && exit == 0;
    struct span text = buffer_span(&r.out);
    size_t end = good ? span_find(text, SPAN_LIT("\n"), 0) : SIZE_MAX;
    int rc = end == SIZE_MAX ? fail(b, "record-unknown", NULL)
             : other_unit(b, span_sub(text, 0, end))
                 ? fail(b, "record-other-unit", NULL)
                 : take_report(b, span_sub(text, end + 1, text.n));
    buffer_free(&r.out);
    if (rc == 0) {
        find_maker(b, fd, size);
    }
    return rc;
}

/* Hellos and answers, of which this program works out what they mean. */
static bool is_record(struct span text)
{
    return span_starts(text, SPAN_LIT("{\"schema\":\"satyapan-tls-scan/")) ||
           span_starts(text, SPAN_LIT("{\"schema\":\"satyapan-tls-listened/"));
}

static int take_file(struct bench *b)
{
    int64_t size = 0;
    const char *sha256 = row_text(b->scan, "file");
    int fd = blob_open(b->w->o->data, sha256, &size);
    void *map =
        fd >= 0 && size > 0 ? mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    int rc = map == MAP_FAILED ? fail(b, "record-unreadable", NULL) : 0;
    struct span text = rc ? SPAN_NONE : span_make(map, (size_t)size);
    if (rc == 0 && is_record(text)) {
        b->record = fd;
        b->derived = true;
        rc = judge_all(b);
    } else {
        rc = rc                                      ? rc
             : text.p[0] == 0x30 /* DER: SEQUENCE */ ? take_signed(b, fd, size)
                                                     : take_report(b, text);
        if (fd >= 0) {
            (void)close(fd);
        }
    }
    if (map != MAP_FAILED) {
        (void)munmap(map, (size_t)size);
    }
    return rc;
}

static int take_record(struct bench *b)
{
    int64_t size = 0;
    b->record = blob_open(b->w->o->data, row_text(b->scan, "record"), &size);
    b->derived = true;
    return b->record < 0 ? fail(b, "record-unreadable", NULL) : judge_all(b);
}

/* ---- the register of keys -------------------------------------------------------------------- */

static int memory_file(struct span bytes)
{
    int fd = memfd_create("report", MFD_CLOEXEC);
    for (struct span rest = bytes; fd >= 0 && rest.n;) {
        ssize_t n = write(fd, rest.p, rest.n);
        if (n <= 0) {
            (void)close(fd);
            return -1;
        }
        rest = span_sub(rest, (size_t)n, rest.n);
    }
    return fd;
}

/* The keys it showed, by a process of its own: they are a stranger's. That it did not work keeps no
 * report back. */
static void register_keys(struct bench *b)
{
    struct bench_run r;
    int exit = -1, fd = memory_file(buffer_span(&b->made[0]));
    struct arena *a = b->w->arena;
    bench_run_begin(&r);
    bench_run_add(&r, "device");
    bench_run_add(&r, "add");
    bench_run_add(&r, arena_printf(a, "--data=%s", b->w->o->data));
    bench_run_add(&r, arena_printf(a, "--firm=%s", row_text(b->scan, "firm")));
    bench_run_add(&r, arena_printf(a, "--model=%s", row_text(b->scan, "model")));
    bench_run_add(&r, arena_printf(a, "--serial=%s", row_text(b->scan, "serial")));
    bench_run_add(&r, arena_printf(a, "--firmware=%s", row_text(b->scan, "firmware")));
    bench_run_add(&r, "--at");
    bench_run_add(&r, at_time(b));
    bench_run_add(&r, "--");
    bench_run_add(&r, "/dev/fd/3");
    r.input = fd;
    r.seconds = JUDGE_SECONDS;
    r.output_max = 4096;
    bool good = fd >= 0 && bench_run(&r, b->w->o->tls_program, &exit) == BENCH_ENDED && exit <= 2;
    if (!good) {
        (void)fprintf(stderr, "satyapan: the keys of run %lld could not be registered\n",
                      (long long)b->id);
    }
    buffer_free(&r.out);
    if (fd >= 0) {
        (void)close(fd);
    }
}

/* ---- keeping --------------------------------------------------------------------------------- */

static int keep_blob(struct bench *b, struct span bytes, json_t *values, const char *name)
{
    char sha256[SHA256_HEX];
    int rc = blob_put(b->w->records, bytes, work_now(b->w), sha256);
    return rc ? rc : json_object_set_new(values, name, json_string(sha256));
}

static int keep_record(struct bench *b, json_t *values)
{
    struct stat st;
    if (b->record < 0 || !b->derived || fstat(b->record, &st) != 0 || st.st_size == 0) {
        return 0;
    }
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, b->record, 0);
    if (map == MAP_FAILED) {
        return RECORDS_FAILED;
    }
    int rc = keep_blob(b, span_make(map, (size_t)st.st_size), values, "record");
    (void)munmap(map, (size_t)st.st_size);
    return rc;
}

static int keep_forms(struct bench *b)
{
    int rc = 0;
    for (size_t i = 0; i < FORMS && rc == 0; i++) {
        char sha256[SHA256_HEX];
        if (b->made[i].n) {
            rc = blob_put(b->w->records, buffer_span(&b->made[i]), work_now(b->w), sha256);
            rc = rc ? rc
                    : scan_file_add(b->w->records, b->id, forms[i].format, forms[i].lang, sha256);
        }
    }
    return rc;
}

/* What the report amounts to, with what the register knows of the unit. */
static int result_of(struct bench *b, json_t *values)
{
    json_t *shared = NULL;
    int64_t units = 0;
    size_t counts[4];
    struct records *r = b->w->records;
    int rc = bench_shared(r, row_int(b->scan, "device"), &shared);
    rc = rc ? rc : device_units(r, row_text(b->scan, "firm"), row_text(b->scan, "model"), &units);
    json_t *matrix = rc ? NULL : bench_matrix(b->report, shared, units);
    json_decref(shared);
    if (!matrix) {
        return RECORDS_FAILED;
    }
    const char *result = bench_result(matrix, row_int(b->scan, "level"), counts);
    const json_t *first = json_array_get(b->report, 0);
    rc = json_object_set_new(values, "result", json_string(result));
    rc |= json_object_set(values, "policy", json_object_get(first, "policy"));
    rc |= json_object_set_new(values, "services",
                              json_integer((json_int_t)json_array_size(b->report)));
    rc |= json_object_set_new(values, "spoke", json_integer((json_int_t)bench_spoke(b->report)));
    rc |= json_object_set_new(values, "connections", json_integer(bench_connections(b->report)));
    json_decref(matrix);
    return rc ? RECORDS_FAILED : 0;
}

static int keep_found(struct bench *b, json_t *values)
{
    int rc = keep_record(b, values);
    rc = rc ? rc : keep_forms(b);
    rc = rc ? rc : keep_blob(b, buffer_span(&b->made[0]), values, "report");
    return rc ? rc : result_of(b, values);
}

static int keep_all(struct bench *b, const char *state)
{
    char subject[64];
    (void)snprintf(subject, sizeof subject, "scan:%lld", (long long)b->id);
    if (!work_ours(b->w)) {
        return RECORDS_CONFLICT;
    }
    json_t *values = json_pack("{s:s, s:I, s:s?, s:s?}", "state", state, "finished_at",
                               (json_int_t)work_now(b->w), "failure", b->failure, "detail",
                               b->detail[0] ? b->detail : NULL);
    if (values && b->maker && json_object_set_new(values, "maker", json_string(b->maker)) != 0) {
        json_decref(values);
        values = NULL;
    }
    int rc = !values ? RECORDS_FAILED : strcmp(state, "done") == 0 ? keep_found(b, values) : 0;
    rc = rc ? rc : scan_update(b->w->records, b->id, values);
    rc = rc ? rc : work_audit(b->w, "scan.end", subject, false, json_incref(values));
    json_decref(values);
    return rc ? rc : job_finish(b->w->records, b->w->job, work_now(b->w));
}

/* state NULL: it was ended by somebody, only the job is over. */
static enum work_end keep(struct bench *b, const char *state)
{
    if (records_begin(b->w->records) != 0) {
        return WORK_BROKEN;
    }
    if (state && is_cancelled(b)) {
        state = NULL;
    }
    int rc = state ? keep_all(b, state) : job_finish(b->w->records, b->w->job, work_now(b->w));
    if (records_commit(b->w->records, rc == 0) != 0) {
        return WORK_BROKEN;
    }
    if (rc == 0) {
        tell_state(b, state ? state : "cancelled");
    }
    return rc == 0 ? WORK_DONE : rc == RECORDS_CONFLICT ? WORK_LOST : WORK_BROKEN;
}

/* ---- the work -------------------------------------------------------------------------------- */

/* Notes the beginning; a run that was begun too often is given up. 0; 1: it is over; -1. */
static int begin(struct bench *b)
{
    int64_t starts = row_int(b->scan, "starts"), started = row_int(b->scan, "started_at");
    if (starts >= BENCH_STARTS) {
        return fail(b, "scan-interrupted", NULL);
    }
    bool again = strcmp(row_text(b->scan, "kind"), "judge") == 0;
    json_t *values = json_pack(
        "{s:s, s:I, s:I, s:n}", "state", "running", "starts", (json_int_t)starts + 1, "started_at",
        again && started != UTC_NONE ? (json_int_t)started : (json_int_t)work_now(b->w),
        "finish_at");
    if (!values || records_begin(b->w->records) != 0) {
        json_decref(values);
        return -1;
    }
    int rc = work_ours(b->w) ? scan_update(b->w->records, b->id, values) : RECORDS_CONFLICT;
    (void)json_object_update(b->scan, values);
    json_decref(values);
    return records_commit(b->w->records, rc == 0) != 0 || rc != 0 ? -1 : 0;
}

static enum work_end work(struct bench *b)
{
    const char *kind = row_text(b->scan, "kind"), *state = row_text(b->scan, "state");
    if (strcmp(state, "waiting") != 0 && strcmp(state, "running") != 0) {
        return keep(b, NULL);
    }
    int rc = begin(b);
    if (rc == 0 && strcmp(kind, "scan") == 0) {
        rc = ask_device(b);
        rc = rc ? rc : judge_all(b);
    } else if (rc == 0 && strcmp(kind, "listen") == 0) {
        rc = listen_to_device(b);
        rc = rc ? rc : judge_all(b);
    } else if (rc == 0) {
        rc = strcmp(kind, "judge") == 0 ? take_record(b) : take_file(b);
    }
    if (rc == 0 && (b->derived || b->maker) && strcmp(kind, "judge") != 0) {
        register_keys(b);
    }
    if (rc < 0) {
        return WORK_BROKEN;
    }
    if (rc > 0 && !b->failure) {
        return b->cancelled ? keep(b, NULL) : b->w->lost ? WORK_LOST : WORK_LATER;
    }
    return keep(b, b->failure ? "failed" : "done");
}

enum work_end bench_work(struct worker *w)
{
    struct bench b = {.w = w, .record = -1};
    b.id = row_int(w->job->payload, "scan");
    if (b.id == UTC_NONE || scan_get(w->records, b.id, &b.scan) != 0) {
        return work_fail(w, UTC_NONE, "there is no such run");
    }
    enum work_end end = work(&b);
    for (size_t i = 0; i < FORMS; i++) {
        buffer_free(&b.made[i]);
    }
    if (b.record >= 0) {
        (void)close(b.record);
    }
    json_decref(b.report);
    json_decref(b.scan);
    return end;
}
