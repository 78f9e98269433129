/*
 * text - the work "text": what the files of a version say, as far as rules ask (R-LANG-1, R-REG-2).
 *
 * satyapan-text reads them; here only its answers are read, which are not trusted: a line that is
 * not as it must be counts as no answer. A file without an answer keeps none, and an officer looks.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "office/intake/inside.h"
#include "office/intake/results.h"
#include "office/intake/spawn.h"
#include "records/blobs.h"
#include "records/documents.h"
#include "scheme/language.h"

enum { PAGE = 500, ANSWER_MAX = 64 << 20, SLICE_MS = 1000, LINE_MAX_ = 200 };

struct reading {
    struct worker *w;
    json_t *version;
    int64_t id;
    json_t *files; /* {"place": "path"} of what is asked */
    int request;   /* a memory file: the lines */
    struct buffer answers;
    int64_t read, unread;
};

/* ---- what is asked --------------------------------------------------------------------------- */

/* "-" or "3.0": where the file is. False: it is not in the report. */
static bool place_of(const json_t *report, const char *path, char out[LINE_MAX_])
{
    size_t indexes[RESULTS_DEPTH_MAX], used = 0;
    (void)snprintf(out, LINE_MAX_, "-");
    if (!*path) {
        return true;
    }
    size_t count = results_indexes(report, path, indexes);
    for (size_t i = 0; i < count; i++) {
        int n = snprintf(out + used, LINE_MAX_ - used, "%s%zu", i ? "." : "", indexes[i]);
        used += n > 0 ? (size_t)n : 0;
        if (n < 0 || used >= LINE_MAX_) {
            return false;
        }
    }
    return count > 0;
}

static int ask(struct reading *t, const json_t *report, const json_t *file)
{
    char place[LINE_MAX_], line[LINE_MAX_ + 32];
    const char *path = row_text(file, "path"), *state = row_text(file, "state");
    if (strcmp(state, "signature") == 0 || strcmp(state, "unread") == 0 ||
        !place_of(report, path, place)) {
        return 0;
    }
    int n = snprintf(line, sizeof line, "%s %lld\n", place, (long long)row_int(file, "size"));
    if (n < 0 || write(t->request, line, (size_t)n) != n) {
        return -1;
    }
    return json_object_set_new(t->files, place, json_string(path));
}

static int ask_all(struct reading *t, const json_t *report)
{
    struct file_filter f = {.application = UTC_NONE, .version = t->id};
    int64_t after = UTC_NONE;
    for (;;) {
        json_t *rows = NULL;
        int rc = file_list(t->w->records, &f, after, PAGE, &rows);
        size_t n = json_array_size(rows);
        for (size_t i = 0; i < n && rc == 0; i++) {
            rc = ask(t, report, json_array_get(rows, i));
            after = row_int(json_array_get(rows, i), "id");
        }
        json_decref(rows);
        if (rc != 0 || n < PAGE) {
            return rc;
        }
    }
}

/* The report tells where the files are in the container. */
static json_t *load_report(struct reading *t)
{
    json_t *row = NULL, *report = NULL;
    int64_t size = 0, verification = row_int(t->version, "verification");
    if (verification == UTC_NONE || verification_get(t->w->records, verification, &row) != 0) {
        return NULL;
    }
    int fd = blob_open(t->w->o->data, row_text(row, "report"), &size);
    report = fd >= 0 ? json_loadfd(fd, 0, NULL) : NULL;
    if (fd >= 0) {
        (void)close(fd);
    }
    json_decref(row);
    return report;
}

/* ---- the program ----------------------------------------------------------------------------- */

/* Reads its answers; meanwhile the lease is kept. False: stop. */
static bool listen_to(struct reading *t, int fd)
{
    uint8_t piece[4096];
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (!work_alive(t->w)) {
            return false;
        }
        if (poll(&p, 1, SLICE_MS) > 0) {
            ssize_t n = read(fd, piece, sizeof piece);
            if (n <= 0) {
                return buffer_ok(&t->answers);
            }
            buffer_add(&t->answers, span_make(piece, (size_t)n));
        }
    }
}

/* 0; 1: stopped; -1: it failed. */
static int run_program(struct reading *t, int document)
{
    int fds[2];
    struct spawned child;
    const char *number = row_text(t->version, "number");
    const char *const arguments[] = {"satyapan-text", "words", number, NULL};
    if (lseek(t->request, 0, SEEK_SET) != 0 || pipe2(fds, O_CLOEXEC) != 0) {
        return -1;
    }
    int rc = spawn_program(t->w->o->text_program, arguments, document, t->request, fds[1], &child);
    (void)close(fds[1]);
    if (rc == 0 && !listen_to(t, fds[0])) {
        spawn_end(&child);
        rc = 1;
    } else if (rc == 0) {
        rc = spawn_wait(&child) == 0 ? 0 : -1;
    }
    (void)close(fds[0]);
    return rc;
}

/* ---- what it says ---------------------------------------------------------------------------- */

static int64_t truth(const json_t *v)
{
    return json_is_boolean(v) ? json_is_true(v) : UTC_NONE;
}

static int take_line(struct reading *t, struct span line)
{
    enum language_class class;
    json_t *o = json_loadb((const char *)line.p, line.n, 0, NULL);
    const char *path = json_string_value(json_object_get(t->files, row_text(o, "place")));
    const char *language = row_text(o, "language");
    int64_t pages = row_int(o, "pages");
    int rc = 0;
    if (path && language_by_word(language, &class) && class != LANGUAGE_UNKNOWN) {
        struct file_text f = {.language = language,
                              .language_sure = truth(json_object_get(o, "sure")),
                              .number_found = truth(json_object_get(o, "number")),
                              .pages = pages > 0 ? pages : UTC_NONE};
        rc = file_text(t->w->records, t->id, path, &f);
        t->read++;
    } else {
        t->unread++;
    }
    json_decref(o);
    return rc;
}

static int take_answers(struct reading *t)
{
    struct span rest = buffer_span(&t->answers);
    int rc = 0;
    while (rc == 0 && rest.n) {
        size_t end = span_find(rest, SPAN_LIT("\n"), 0);
        end = end == SIZE_MAX ? rest.n : end;
        rc = take_line(t, span_sub(rest, 0, end));
        rest = span_sub(rest, end + 1, rest.n);
    }
    return rc;
}

static int keep_all(struct reading *t)
{
    char subject[64];
    (void)snprintf(subject, sizeof subject, "version:%lld", (long long)t->id);
    int rc = work_ours(t->w) ? take_answers(t) : RECORDS_CONFLICT;
    rc = rc ? rc
            : work_audit(t->w, "document.read", subject, false,
                         json_pack("{s:I, s:I}", "read", (json_int_t)t->read, "unread",
                                   (json_int_t)t->unread));
    return rc ? rc : job_finish(t->w->records, t->w->job, work_now(t->w));
}

static enum work_end keep(struct reading *t)
{
    if (records_begin(t->w->records) != 0) {
        return WORK_BROKEN;
    }
    int rc = keep_all(t);
    if (records_commit(t->w->records, rc == 0) != 0) {
        return WORK_BROKEN;
    }
    if (rc == 0) {
        work_tell(t->w, "text",
                  json_pack("{s:I, s:I, s:I}", "document",
                            (json_int_t)row_int(t->version, "document"), "version",
                            (json_int_t)t->id, "read", (json_int_t)t->read));
    }
    return rc == 0 ? WORK_DONE : rc == RECORDS_CONFLICT ? WORK_LOST : WORK_BROKEN;
}

/* ---- the work -------------------------------------------------------------------------------- */

static enum work_end read_files(struct reading *t, int document)
{
    json_t *report = load_report(t);
    int rc = report ? ask_all(t, report) : -1;
    json_decref(report);
    if (rc != 0) {
        return work_fail(t->w, UTC_NONE, "there is no report to read by");
    }
    rc = run_program(t, document);
    if (rc > 0) {
        return t->w->lost ? WORK_LOST : WORK_LATER;
    }
    return rc == 0 ? keep(t) : work_fail(t->w, UTC_NONE, "the program that reads text failed");
}

enum work_end text_work(struct worker *w)
{
    struct reading t = {.w = w};
    int64_t size = 0;
    if (work_version(w, &t.version) != 0) {
        return work_fail(w, UTC_NONE, "there is no such version");
    }
    t.id = row_int(t.version, "id");
    t.files = json_object();
    t.request = memfd_create("request", MFD_CLOEXEC);
    buffer_init(&t.answers, ANSWER_MAX);
    int fd = blob_open(w->o->data, row_text(t.version, "sha256"), &size);
    enum work_end end = fd >= 0 && t.request >= 0 && t.files
                            ? read_files(&t, fd)
                            : work_fail(w, UTC_NONE, "the document is not on the disk");
    if (fd >= 0) {
        (void)close(fd);
    }
    if (t.request >= 0) {
        (void)close(t.request);
    }
    buffer_free(&t.answers);
    json_decref(t.files);
    json_decref(t.version);
    return end;
}
