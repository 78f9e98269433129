/*
 * ops_files - the files of documents: lists, what the report says about one, their bytes, reports.
 *
 * Bytes go out as they came in; only PDF and plain text may be shown by a browser, everything else
 * is saved (http/ adds a Content-Security-Policy with sandbox, and nosniff).
 */
#include <sys/mman.h>
#include <unistd.h>

#include "office/cases.h"
#include "office/intake/answers.h"
#include "office/intake/inside.h"
#include "office/intake/names.h"
#include "office/intake/results.h"
#include "office/intake/take.h"
#include "records/blobs.h"
#include "records/documents.h"
#include "report/render.h"

#define REPORT_MAX ((size_t)512 << 20)

static const char *const verdicts[] = {"ACCEPTED", "REVIEW", "REJECTED", NULL};
static const char *const authors[] = {"vendor", "oem", "lab", "third-party", "body", NULL};
static const char *const formats[] = {"json", "html", "etsi-xml", NULL};
static const char *const langs[] = {"en", "hi", NULL};

/* ---- lists ----------------------------------------------------------------------------------- */

/* What officers think among themselves is not the vendor's: proposals. */
static void for_vendor(const struct op_call *c, json_t *row)
{
    if (answers_is_vendor(c)) {
        (void)json_object_del(row, "proposed");
        (void)json_object_del(row, "verdict_changed");
        (void)json_object_del(row, "vendor");
    }
}

static int list(struct op_call *c, struct file_filter *f)
{
    int64_t after;
    json_t *rows = NULL;
    f->verdict = op_text(c, "verdict");
    f->text = op_text(c, "text");
    f->undecided = op_truth(c, "undecided");
    if (!answers_after(c, &after)) {
        return 0;
    }
    int rc = file_list(c->records, f, after, (int)c->limit + 1, &rows);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        for_vendor(c, json_array_get(rows, i));
    }
    return rc ? op_records(c, rc) : answers_page(c, rows);
}

static int run_list(struct op_call *c)
{
    struct file_filter f = {.application = op_int(c, "application"), .version = UTC_NONE};
    json_t *row = NULL;
    int rc = 0;
    if (!answers_may(c, application_brief(c->records, f.application, &row), &row, &rc)) {
        return rc;
    }
    json_decref(row);
    return list(c, &f);
}

static int run_of_version(struct op_call *c)
{
    struct file_filter f = {.application = UTC_NONE, .version = op_int(c, "version")};
    json_t *row = NULL;
    int rc = 0;
    if (!answers_may(c, version_get(c->records, f.version, &row), &row, &rc)) {
        return rc;
    }
    json_decref(row);
    return list(c, &f);
}

/* ---- a stored report ------------------------------------------------------------------------- */

/* The bytes of a blob, mapped; p NULL: they cannot be had. */
static struct span map_blob(const struct op_call *c, const char *sha256)
{
    int64_t size = 0;
    int fd = blob_open(c->data, sha256, &size);
    void *p = fd >= 0 && size > 0 && (uint64_t)size <= REPORT_MAX
                  ? mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0)
                  : MAP_FAILED;
    if (fd >= 0) {
        (void)close(fd);
    }
    return p == MAP_FAILED ? SPAN_NONE : span_make(p, (size_t)size);
}

static void unmap(struct span s)
{
    if (s.p) {
        union {
            const void *from;
            void *to;
        } p = {s.p};
        (void)munmap(p.to, s.n);
    }
}

static json_t *load_report(const struct op_call *c, int64_t verification)
{
    json_t *row = NULL, *report = NULL;
    if (verification != UTC_NONE && verification_get(c->records, verification, &row) == 0) {
        struct span s = map_blob(c, row_text(row, "report"));
        report = s.p ? json_loadb((const char *)s.p, s.n, 0, NULL) : NULL;
        unmap(s);
    }
    json_decref(row);
    return report;
}

static bool get_file(struct op_call *c, json_t **row, int *rc)
{
    return answers_may(c, file_get(c->records, op_int(c, "file"), row), row, rc);
}

/* ---- one file -------------------------------------------------------------------------------- */

/* What the report says about the file, without the files in it. */
static json_t *part_of(const json_t *report, const char *path)
{
    const json_t *part = report ? results_part(report, path) : NULL;
    json_t *copy = part ? json_copy((json_t *)(uintptr_t)part) : NULL;
    if (copy && !*path) {
        (void)json_object_del(copy, "members");
    }
    return copy ? copy : json_null();
}

/* Final decisions for everybody, without names for the vendor; all of them for officers. */
static int add_decisions(struct op_call *c, json_t *row)
{
    json_t *all = NULL, *told = json_array();
    int rc = decision_list(c->records, row_int(row, "id"), &all);
    bool vendor = answers_is_vendor(c);
    for (size_t i = 0; rc == 0 && i < json_array_size(all); i++) {
        json_t *d = json_array_get(all, i);
        if (vendor && strcmp(row_text(d, "state"), "final") != 0) {
            continue;
        }
        for (const char *const *k =
                 (const char *const[]){"person", "person_name", "second", "second_name", NULL};
             vendor && *k; k++) {
            (void)json_object_del(d, *k);
        }
        rc = json_array_append(told, d);
    }
    json_decref(all);
    return json_object_set_new(row, "decisions", told) != 0 || rc ? -1 : 0;
}

static int run_show(struct op_call *c)
{
    json_t *row = NULL, *same = NULL;
    int rc = 0;
    if (!get_file(c, &row, &rc)) {
        return rc;
    }
    json_t *report = load_report(c, row_int(row, "verification"));
    rc = json_object_set_new(row, "report", part_of(report, row_text(row, "path")));
    json_decref(report);
    rc = rc ? rc
            : version_same(c->records, row_text(row, "sha256"), row_int(row, "version_id"),
                           answers_is_vendor(c) ? c->actor->firm : UTC_NONE, &same);
    rc = rc ? rc : json_object_set_new(row, "duplicates", same);
    rc = rc ? rc : add_decisions(c, row);
    for_vendor(c, row);
    if (rc != 0) {
        json_decref(row);
        return -1;
    }
    c->out = row;
    return 0;
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n > m && strcasecmp(name + n - m, end) == 0;
}

/* What a browser may be trusted to show; by what the verifier read, not by what the sender says. */
static void set_media(struct op_file *f, const char *format, const char *name)
{
    bool pdf = strcmp(format, "PDF") == 0;
    bool text = strcmp(format, "unknown") == 0 && ends_with(name, ".txt");
    f->media = pdf    ? "application/pdf"
               : text ? "text/plain; charset=utf-8"
                      : "application/octet-stream";
    f->shown = pdf || text;
}

/* The file inside a container, through the program that may parse it. */
static int open_member(struct op_call *c, const json_t *row, int blob)
{
    size_t indexes[RESULTS_DEPTH_MAX];
    char why[TAKE_WHY] = "its place is not known";
    json_t *report = load_report(c, row_int(row, "verification"));
    size_t count = report ? results_indexes(report, row_text(row, "path"), indexes) : 0;
    json_decref(report);
    int fd = count ? take_member(NULL, blob, indexes, count, row_int(row, "size"),
                                 row_text(row, "sha256"), why)
                   : -1;
    if (fd < 0) {
        (void)op_fail(c, OP_STATE, arena_printf(c->arena, "The file cannot be read: %s.", why),
                      "यह फ़ाइल पढ़ी नहीं जा सकती।");
    }
    return fd;
}

static int run_content(struct op_call *c)
{
    json_t *row = NULL;
    int rc = 0;
    int64_t size = 0;
    if (!get_file(c, &row, &rc)) {
        return rc;
    }
    bool member = *row_text(row, "path") != 0;
    int fd = blob_open(c->data, row_text(row, "version_sha256"), &size);
    rc = fd < 0 ? -1 : 0;
    if (rc == 0 && member) {
        int inner = open_member(c, row, fd);
        (void)close(fd);
        fd = inner;
        size = row_int(row, "size");
    }
    const char *path = member ? row_text(row, "path") : row_text(row, "name");
    c->file = (struct op_file){
        .fd = fd < 0 ? -1 : fd, .size = size, .name = names_clean(c->arena, span_str(path))};
    if (c->file.name) {
        set_media(&c->file, row_text(row, "format"), c->file.name);
    }
    json_decref(row);
    return rc || !c->file.name ? -1 : 0;
}

/* The application of the file takes changes. 0; 1: a problem is set; -1. */
static int check_state(struct op_call *c, const json_t *file)
{
    json_t *application = NULL;
    int rc = application_brief(c->records, row_int(file, "application"), &application);
    rc = rc ? -1 : office_may(c, application);
    json_decref(application);
    return rc;
}

static int run_set(struct op_call *c)
{
    char subject[ANSWERS_SUBJECT];
    json_t *row = NULL;
    int rc = 0;
    if (!get_file(c, &row, &rc)) {
        return rc;
    }
    rc = check_state(c, row);
    if (rc != 0) {
        json_decref(row);
        return rc < 0 ? -1 : 0;
    }
    int64_t id = row_int(row, "id"), application = row_int(row, "application");
    const char *kind = op_text(c, "kind"), *author = op_text(c, "author");
    json_t *detail =
        json_pack("{s:s*, s:s*, s:O, s:O}", "kind", kind, "author", author, "kind_before",
                  json_object_get(row, "kind"), "author_before", json_object_get(row, "author"));
    json_decref(row);
    rc = file_set(c->records, id, kind, author);
    if (rc != 0) {
        json_decref(detail);
        return op_records(c, rc);
    }
    rc = op_audit(c, answers_subject("file", id, subject), application, false, detail);
    return rc ? -1 : file_get(c->records, id, &c->out) == 0 ? 0 : -1;
}

/* ---- reports --------------------------------------------------------------------------------- */

static int render(struct op_call *c, struct span json, const char *format, struct buffer *out)
{
    const char *lang = op_text(c, "lang");
    struct sp_report *r = NULL;
    int rc = report_from_json(json, &r);
    if (rc == 0 && !r) {
        return -1;
    }
    if (rc == 0) {
        rc = strcmp(format, "html") == 0
                 ? report_html(r, lang && strcmp(lang, "hi") == 0 ? LANG_HI : LANG_EN, out)
                 : report_etsi(r, out);
    }
    sp_report_free(r);
    return rc || !buffer_ok(out) ? -1 : 0;
}

static int answer_report(struct op_call *c, struct span json, int64_t id)
{
    const char *format = op_text(c, "format");
    struct buffer b;
    int rc = 0;
    if (!format || strcmp(format, "json") == 0) {
        return answers_bytes(c, json, arena_printf(c->arena, "report-%lld.json", (long long)id),
                             "application/json", true);
    }
    bool html = strcmp(format, "html") == 0;
    buffer_init(&b, REPORT_MAX);
    rc = render(c, json, format, &b);
    rc = rc ? rc
            : answers_bytes(
                  c, buffer_span(&b),
                  arena_printf(c->arena, "report-%lld.%s", (long long)id, html ? "html" : "xml"),
                  html ? "text/html; charset=utf-8" : "application/xml", html);
    buffer_free(&b);
    return rc;
}

static int run_report(struct op_call *c)
{
    json_t *row = NULL, *version = NULL;
    int rc = verification_get(c->records, op_int(c, "verification"), &row);
    if (rc != 0) {
        return op_records(c, rc);
    }
    rc = version_get(c->records, row_int(row, "version_id"), &version);
    if (!answers_may(c, rc, &version, &rc)) {
        json_decref(row);
        return rc;
    }
    json_decref(version);
    struct span json = map_blob(c, row_text(row, "report"));
    rc = json.p ? answer_report(c, json, row_int(row, "id")) : -1;
    unmap(json);
    json_decref(row);
    return rc;
}

/* ---- the table ------------------------------------------------------------------------------- */

#define P_FILE                                                                                     \
    {                                                                                              \
        "file", OP_IN_PATH, OP_ID, true, 0, NULL, "File", "फ़ाइल"                        \
    }
#define P_VERDICT                                                                                  \
    {                                                                                              \
        "verdict", OP_IN_QUERY, OP_WORD, false, 0, verdicts, "Only with this verdict",             \
            "केवल इस निर्णय वाली"                                  \
    }
#define P_UNDECIDED                                                                                \
    {                                                                                              \
        "undecided", OP_IN_QUERY, OP_TRUTH, false, 0, NULL, "Only those still to be decided on",   \
            "केवल वे जिन पर निर्णय शेष है"             \
    }
#define P_END                                                                                      \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct op_param list_params[] = {
    {"application", OP_IN_PATH, OP_ID, true, 0, NULL, "Application", "आवेदन"},
    P_VERDICT,
    P_UNDECIDED,
    {"text", OP_IN_QUERY, OP_TEXT, false, 200, NULL, "Part of the name", "नाम का भाग"},
    P_END};
static const struct op_param of_version_params[] = {
    {"version", OP_IN_PATH, OP_ID, true, 0, NULL, "Version", "संस्करण"},
    P_VERDICT,
    P_UNDECIDED,
    {"text", OP_IN_QUERY, OP_TEXT, false, 200, NULL, "Part of the name", "नाम का भाग"},
    P_END};
static const struct op_param file_params[] = {P_FILE, P_END};
static const struct op_param set_params[] = {
    P_FILE,
    {"kind", OP_IN_BODY, OP_TEXT, false, 40, NULL, "Kind of document", "दस्तावेज़ का प्रकार"},
    {"author", OP_IN_BODY, OP_WORD, false, 0, authors, "Who wrote it", "किसने लिखा"},
    P_END};
static const struct op_param report_params[] = {
    {"verification", OP_IN_PATH, OP_ID, true, 0, NULL, "Verification", "जाँच"},
    {"format", OP_IN_QUERY, OP_WORD, false, 0, formats, "Form of the report (default: json)",
     "रिपोर्ट का रूप (अन्यथा: json)"},
    {"lang", OP_IN_QUERY, OP_WORD, false, 0, langs, "Language of an HTML report",
     "HTML रिपोर्ट की भाषा"},
    P_END};

static const enum op_problem content_problems[] = {OP_STATE, OP_OK};

const struct op ops_files[] = {
    {"file.list", "GET", "/api/v1/applications/{application}/files",
     "Files of the latest versions of an application's documents",
     "आवेदन के दस्तावेज़ों के नवीनतम संस्करणों की फ़ाइलें", ROLE_ANY, OP_READ | OP_PAGED, 0, "files",
     list_params, run_list, NULL},
    {"file.of-version", "GET", "/api/v1/versions/{version}/files", "Files of one version",
     "एक संस्करण की फ़ाइलें", ROLE_ANY, OP_READ | OP_PAGED, 0, "files", of_version_params,
     run_of_version, NULL},
    {"file.show", "GET", "/api/v1/files/{file}",
     "A file: what the machine and officers say about it",
     "एक फ़ाइल: मशीन और अधिकारी उसके बारे में क्या कहते हैं", ROLE_ANY, OP_READ | OP_AUDIT_READ, 0, "file",
     file_params, run_show, NULL},
    {"file.content", "GET", "/api/v1/files/{file}/content",
     "Its bytes, also from inside a construction file", "उसकी सामग्री, निर्माण फ़ाइल के भीतर से भी",
     ROLE_ANY, OP_READ | OP_FILE | OP_AUDIT_READ, 0, NULL, file_params, run_content,
     content_problems},
    {"file.set", "PATCH", "/api/v1/files/{file}", "Say of which kind a file is and who wrote it",
     "बताएँ कि फ़ाइल किस प्रकार की है और किसने लिखी", ROLE_INTAKE | ROLE_ASSESSOR, 0, 0, "file",
     set_params, run_set, content_problems},
    {"verification.report", "GET", "/api/v1/verifications/{verification}/report",
     "The report as it was stored, or rendered from it", "रिपोर्ट जैसी रखी गई, या उससे बनाई गई",
     ROLE_ANY, OP_READ | OP_FILE | OP_AUDIT_READ, 0, NULL, report_params, run_report, NULL},
    {.id = NULL}};
