/*
 * stored - writes evidence (stored.h) and replays it (`satyapan replay DIR`).
 */
#include "cli/stored.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/finding.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/utc.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/password.h"
#include "cli/setup.h"
#include "report/render.h"

enum { PATH_SIZE = 4096, REPORT_MAX = 64 << 20 };

static enum exit_code io_failed(const char *path)
{
    complain("%s: %s", path, strerror(errno));
    return errno == EACCES || errno == EPERM ? EXIT_PERMISSION : EXIT_IO;
}

static enum exit_code make_directory(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST ? EXIT_GOOD : io_failed(path);
}

/* Writes a file under a temporary name and renames it, so that no half file is ever seen. */
static enum exit_code write_file(const char *path, struct span data)
{
    char tmp[PATH_SIZE + 16];
    (void)snprintf(tmp, sizeof tmp, "%s.%ld", path, (long)getpid());
    int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return io_failed(tmp);
    }
    while (data.n) {
        ssize_t n = write(fd, data.p, data.n);
        if (n < 0 && errno != EINTR) {
            break;
        }
        data = span_sub(data, n > 0 ? (size_t)n : 0, data.n);
    }
    bool ok = data.n == 0 && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    if (ok && rename(tmp, path) == 0) {
        return EXIT_GOOD;
    }
    enum exit_code code = io_failed(path);
    (void)unlink(tmp);
    return code;
}

/* Puts bytes into DIR/blobs once; hex names them. */
static enum exit_code put_blob(const char *dir, struct span data, char *hex)
{
    uint8_t hash[SHA256_SIZE];
    char path[PATH_SIZE];
    if (hash_sha256(data, hash)) {
        complain("memory ran out");
        return EXIT_INTERNAL;
    }
    hash_hex(span_make(hash, sizeof hash), false, hex);
    if (snprintf(path, sizeof path, "%s/blobs/%s", dir, hex) >= (int)sizeof path) {
        complain("%s: the path is too long", dir);
        return EXIT_USAGE;
    }
    return access(path, F_OK) == 0 ? EXIT_GOOD : write_file(path, data);
}

static enum exit_code put_evidence(const char *dir, const struct sp_evidence *evidence,
                                   json_t *rows)
{
    char hex[SHA256_HEX];
    for (size_t i = 0; i < evidence->count; i++) {
        const struct sp_evidence_blob *b = &evidence->blobs[i];
        enum exit_code code = put_blob(dir, span_make(b->bytes, b->size), hex);
        if (code) {
            return code;
        }
        if (json_array_append_new(rows, json_pack("{s:s,s:s,s:s,s:b}", "kind",
                                                  sp_evidence_name(b->kind), "sha256", hex,
                                                  "source", b->source, "historic", b->historic))) {
            complain("memory ran out");
            return EXIT_INTERNAL;
        }
    }
    return EXIT_GOOD;
}

/* What was tried and what came of it: the report depends on it too. */
static json_t *list_attempts(const struct sp_evidence *evidence)
{
    json_t *rows = json_array();
    for (size_t i = 0; rows && i < evidence->attempt_count; i++) {
        const struct sp_attempt *t = &evidence->attempts[i];
        if (json_array_append_new(rows, json_pack("{s:s,s:s,s:s?,s:s?}", "kind",
                                                  sp_evidence_name(t->kind), "url", t->url,
                                                  "request", t->request, "failed", t->failed))) {
            json_decref(rows);
            return NULL;
        }
    }
    return rows;
}

static json_t *time_or_null(int64_t t)
{
    char text[UTC_TEXT];
    return t == SP_NO_TIME ? json_null() : json_string(utc_rfc3339(t, text));
}

/* The report depends on the password that was given; the password itself is kept nowhere. Reports
 * lie in reports as deep as containers in containers, which the verifier bounds. */
static bool needs_password(const struct sp_report *r)
{
    bool needs = finding_has(&r->findings, SP_PDF_PASSWORD_USED) ||
                 finding_has(&r->findings, SP_PDF_PASSWORD_WRONG);
    for (size_t i = 0; i < r->member_count && !needs; i++) {
        needs = r->members[i].report && needs_password(r->members[i].report);
    }
    return needs;
}

static json_t *describe_job(const struct sandbox_job *job, const char *document,
                            const char *content, const struct sp_report *report)
{
    struct buffer json;
    buffer_init(&json, REPORT_MAX);
    char *policy = sp_policy_to_json(job->policy);
    json_t *root = NULL;
    if (policy && report_json(report, &json) == 0 && buffer_cstr(&json)) {
        root = json_pack(
            "{s:s,s:s,s:s,s:s?,s:s,s:s?,s:b,s:b,s:o,s:o,s:o,s:s}", "schema", "satyapan-evidence/1",
            "name", job->document.name, "document", document, "content", content, "kind",
            sp_document_kind_name(job->document.kind), "applicant", job->document.applicant, "demo",
            job->evidence->demo, "password", needs_password(report), "validated_at",
            time_or_null(job->clock.now), "received", time_or_null(job->clock.received), "policy",
            json_loads(policy, 0, NULL), "report", buffer_cstr(&json));
    }
    mem_free(policy);
    buffer_free(&json);
    return root;
}

/* Everything the job was judged by, also what was fetched for it. */
static enum exit_code add_rows(const char *dir, const struct sandbox_job *job, json_t *root)
{
    struct sp_evidence all;
    if (sandbox_evidence(job, &all)) {
        complain("memory ran out");
        return EXIT_INTERNAL;
    }
    json_t *rows = json_array(), *attempts = list_attempts(&all);
    enum exit_code code = put_evidence(dir, &all, rows);
    if (code == EXIT_GOOD && (json_object_set_new(root, "evidence", json_incref(rows)) ||
                              json_object_set_new(root, "attempts", json_incref(attempts)))) {
        complain("memory ran out");
        code = EXIT_INTERNAL;
    }
    json_decref(rows);
    json_decref(attempts);
    sp_evidence_clear(&all);
    return code;
}

enum exit_code stored_write(const char *dir, const struct sandbox_job *job,
                            const struct sp_report *report)
{
    char path[PATH_SIZE], document[SHA256_HEX], content[SHA256_HEX];
    const struct sp_document *d = &job->document;
    enum exit_code code = make_directory(dir);
    if (snprintf(path, sizeof path, "%s/blobs", dir) >= (int)sizeof path - 80) {
        complain("%s: the path is too long", dir);
        return EXIT_USAGE;
    }
    code = code ? code : make_directory(path);
    code = code ? code : put_blob(dir, span_make(d->bytes, d->size), document);
    if (code == EXIT_GOOD && d->content) {
        code = put_blob(dir, span_make(d->content, d->content_size), content);
    }
    if (code) {
        return code;
    }
    json_t *root = describe_job(job, document, d->content ? content : NULL, report);
    code = add_rows(dir, job, root);
    char *text = code ? NULL : json_dumps(root, JSON_INDENT(1));
    if (code == EXIT_GOOD && !text) {
        complain("memory ran out");
        code = EXIT_INTERNAL;
    }
    (void)snprintf(path, sizeof path, "%s/%s.json", dir, document);
    code = code ? code : write_file(path, span_str(text));
    mem_free(text);
    json_decref(root);
    return code;
}

/* ---- replay -------------------------------------------------------------------------------- */

struct replay {
    const char *dir, *file;
    json_t *root;
    struct setup setup;
    struct sandbox_job job;
    const struct password *password;
};

static enum exit_code not_stored(const struct replay *r, const char *what)
{
    complain("%s: %s", r->file, what);
    return EXIT_DATA;
}

/* Opens a blob and checks that it is still what its name says. */
static enum exit_code get_blob(struct replay *r, const char *hex, struct span *out)
{
    uint8_t hash[SHA256_SIZE];
    char mine[SHA256_HEX], path[PATH_SIZE];
    struct input in;
    struct setup *s = &r->setup;
    if (!hex || strlen(hex) != 64 || strspn(hex, "0123456789abcdef") != 64 ||
        snprintf(path, sizeof path, "%s/blobs/%s", r->dir, hex) >= (int)sizeof path) {
        return not_stored(r, "names no blob");
    }
    enum exit_code code = input_open(path, &in);
    if (code) {
        return code;
    }
    *out = span_make(in.bytes, in.size);
    if (arena_grow(s->arena, (void **)&s->files, &s->file_capacity, s->file_count + 1, sizeof in) ||
        hash_sha256(*out, hash)) {
        input_close(&in);
        complain("memory ran out");
        return EXIT_INTERNAL;
    }
    s->files[s->file_count++] = in;
    if (strcmp(hash_hex(span_make(hash, sizeof hash), false, mine), hex) != 0) {
        complain("%s: the stored evidence was altered (SHA-256 differs)", path);
        return EXIT_DATA;
    }
    return EXIT_GOOD;
}

/* A kind by its name; what is none is OCSP + 1. */
static enum sp_evidence_kind kind_of(const char *name)
{
    int k = 0;
    while (k <= SP_EVIDENCE_OCSP &&
           (!name || strcmp(sp_evidence_name((enum sp_evidence_kind)k), name) != 0)) {
        k++;
    }
    return (enum sp_evidence_kind)k;
}

static enum exit_code load_evidence(struct replay *r)
{
    json_t *rows = json_object_get(r->root, "evidence");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);
        const char *kind = json_string_value(json_object_get(row, "kind"));
        const char *source = json_string_value(json_object_get(row, "source"));
        enum sp_evidence_kind k = kind_of(kind);
        struct span data;
        if (k > SP_EVIDENCE_OCSP || !source) {
            return not_stored(r, "has an evidence row that cannot be read");
        }
        enum exit_code code = get_blob(r, json_string_value(json_object_get(row, "sha256")), &data);
        if (code) {
            return code;
        }
        struct sp_evidence *e = &r->setup.evidence;
        if (sp_evidence_add(e, k, data.p, data.n, source)) {
            return EXIT_INTERNAL;
        }
        e->blobs[e->count - 1].historic = json_is_true(json_object_get(row, "historic"));
    }
    r->setup.evidence.demo = json_is_true(json_object_get(r->root, "demo"));
    return EXIT_GOOD;
}

static enum exit_code load_attempts(struct replay *r)
{
    json_t *rows = json_object_get(r->root, "attempts");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);
        const struct sp_attempt t = {.kind =
                                         kind_of(json_string_value(json_object_get(row, "kind"))),
                                     .url = json_string_value(json_object_get(row, "url")),
                                     .request = json_string_value(json_object_get(row, "request")),
                                     .failed = json_string_value(json_object_get(row, "failed"))};
        if (t.kind > SP_EVIDENCE_OCSP || !t.url) {
            return not_stored(r, "has an attempt that cannot be read");
        }
        if (sp_evidence_attempt(&r->setup.evidence, &t)) {
            return EXIT_INTERNAL;
        }
    }
    return EXIT_GOOD;
}

static enum exit_code load_clock(struct replay *r)
{
    const char *now = json_string_value(json_object_get(r->root, "validated_at"));
    const char *received = json_string_value(json_object_get(r->root, "received"));
    struct sp_clock *c = &r->job.clock;
    c->received = SP_NO_TIME;
    if (!now || !utc_parse(span_str(now), &c->now) ||
        (received && !utc_parse(span_str(received), &c->received))) {
        return not_stored(r, "has no readable time");
    }
    return EXIT_GOOD;
}

static enum exit_code load_policy(struct replay *r)
{
    char error[256];
    char *text = json_dumps(json_object_get(r->root, "policy"), JSON_COMPACT);
    int rc =
        text ? sp_policy_from_json(text, strlen(text), &r->setup.owned_policy, error, sizeof error)
             : -1;
    mem_free(text);
    r->job.policy = r->setup.owned_policy;
    return rc ? not_stored(r, "has a policy that cannot be read") : EXIT_GOOD;
}

static enum exit_code load_job(struct replay *r)
{
    struct span data = SPAN_NONE;
    struct sp_document *d = &r->job.document;
    const char *content = json_string_value(json_object_get(r->root, "content"));
    const char *kind = json_string_value(json_object_get(r->root, "kind"));
    d->name = json_string_value(json_object_get(r->root, "name"));
    d->applicant = json_string_value(json_object_get(r->root, "applicant"));
    if (!d->name || !kind || !sp_document_kind_parse(kind, &d->kind)) {
        return not_stored(r, "is not of the form satyapan-evidence/1");
    }
    enum exit_code code =
        get_blob(r, json_string_value(json_object_get(r->root, "document")), &data);
    d->bytes = data.p;
    d->size = data.n;
    if (code == EXIT_GOOD && content) {
        code = get_blob(r, content, &data);
        d->content = data.p;
        d->content_size = data.n;
    }
    code = code ? code : load_evidence(r);
    code = code ? code : load_attempts(r);
    code = code ? code : load_clock(r);
    code = code ? code : load_policy(r);
    r->job.evidence = &r->setup.evidence;
    password_lend(r->password, d);
    if (code == EXIT_GOOD && !d->password && json_is_true(json_object_get(r->root, "password"))) {
        complain("%s: %s was verified with a password, which is not stored; give it with "
                 "--password-file",
                 r->file, d->name);
        return EXIT_NO_INPUT;
    }
    return code;
}

/* The report without what may differ between versions of the program. */
static json_t *comparable(const char *text)
{
    json_t *j = text ? json_loads(text, 0, NULL) : NULL;
    (void)json_object_del(j, "engine");
    return j;
}

static enum exit_code compare(const struct replay *r, const struct sp_report *report)
{
    struct buffer now;
    buffer_init(&now, REPORT_MAX);
    const char *old = json_string_value(json_object_get(r->root, "report"));
    if (!old || report_json(report, &now) || !buffer_cstr(&now)) {
        buffer_free(&now);
        return old ? EXIT_INTERNAL : not_stored(r, "holds no report");
    }
    json_t *a = comparable(old), *b = comparable(buffer_cstr(&now));
    bool same = a && b && json_equal(a, b);
    const char *was = json_string_value(json_object_get(a, "verdict"));
    (void)printf("%s: %s (%s)\n", r->job.document.name, same ? "identical" : "DIFFERENT",
                 sp_verdict_name(report->verdict));
    if (!same) {
        (void)printf("  stored verdict: %s, now: %s\n", was ? was : "?",
                     sp_verdict_name(report->verdict));
    }
    json_decref(a);
    json_decref(b);
    buffer_free(&now);
    return same ? EXIT_GOOD : EXIT_BAD;
}

static enum exit_code replay_one(const char *dir, const char *file, const struct password *password)
{
    struct replay r = {.dir = dir, .file = file, .password = password};
    struct sp_report *report = NULL;
    json_error_t error;
    enum exit_code code = setup_init(&r.setup);
    r.root = code ? NULL : json_load_file(file, 0, &error);
    if (!r.root) {
        code = code ? code : not_stored(&r, error.text);
    }
    code = code ? code : load_job(&r);
    if (code == EXIT_GOOD) {
        code = sandbox_verify(&r.job, &report) ? EXIT_INTERNAL : compare(&r, report);
    }
    sp_report_free(report);
    setup_free(&r.setup);
    json_decref(r.root);
    return code;
}

static enum exit_code replay_all(const char *dir, const struct password *password)
{
    struct path_list list = {0};
    enum exit_code code = input_list(dir, &list);
    size_t seen = 0;
    for (size_t i = 0; i < list.count; i++) {
        size_t n = strlen(list.paths[i]);
        if (n > 5 && strcmp(list.paths[i] + n - 5, ".json") == 0) {
            enum exit_code one = replay_one(dir, list.paths[i], password);
            code = code == EXIT_GOOD || one >= EXIT_USAGE ? one : code;
            seen++;
        }
    }
    path_list_free(&list);
    if (code == EXIT_GOOD && seen == 0) {
        complain("%s: holds no stored evidence (made by satyapan verify --evidence DIR)", dir);
        return EXIT_NO_INPUT;
    }
    return code;
}

struct replaying {
    struct password password;
    enum exit_code code; /* of its file, told already */
};

static bool take(void *context, int option)
{
    struct replaying *r = context;
    r->code = option == 'p' ? password_read(optarg, &r->password) : r->code;
    return true;
}

int cmd_replay(int argc, char **argv)
{
    static const char help[] = "usage: satyapan replay [--password-file FILE] DIR\n\n"
                               "Recomputes every report stored by satyapan verify --evidence DIR.\n"
                               "Passwords are not stored: give that of encrypted documents again.\n"
                               "Exit status 0 when all are identical, 1 when one differs.\n";
    static const struct option options[] = {
        {"password-file", required_argument, NULL, 'p'}, {"help", no_argument, NULL, 'h'}, {0}};
    struct replaying r = {.code = EXIT_GOOD};
    const struct option_table how = {"replay", help, options, take, &r};
    int end = options_read(&how, argc, argv);
    if (end < 0 && r.code == EXIT_GOOD && argc - optind != 1) {
        complain("replay takes the folder of one satyapan verify --evidence; see satyapan replay "
                 "--help");
        end = EXIT_USAGE;
    }
    if (end < 0) {
        end = r.code != EXIT_GOOD ? (int)r.code : (int)replay_all(argv[optind], &r.password);
    }
    password_wipe(&r.password);
    return end;
}
