/*
 * ops_documents - documents of an application: taken in, listed, shown, verified again.
 *
 * Their files are in ops_files.c, officers' decisions in ops_decisions.c. Taking one in is one
 * transaction: the blob's row, document and version, the job that verifies it, and the row of the
 * hash-chained trail with SHA-256, size and time of receipt - the proof that it existed then.
 */
#include "office/intake/answers.h"
#include "office/intake/inside.h"
#include "office/intake/names.h"
#include "office/quota.h"
#include "records/blobs.h"
#include "records/documents.h"

enum { TITLE_MAX = 200, KIND_MAX = 40 };

static const char *const authors[] = {"vendor", "oem", "lab", "third-party", "body", NULL};
static const char *const copies[] = {"original", "duplicate", NULL};

/* ---- taking in ------------------------------------------------------------------------------- */

/* Where documents are still taken: a vendor until the assessment, officers until the decision. */
static bool is_open(const struct op_call *c, const char *state)
{
    static const char *const open[] = {"draft",   "submitted",  "registered",
                                       "testing", "assessment", "committee"};
    size_t n = sizeof open / sizeof *open - (answers_is_vendor(c) ? 1 : 0);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(open[i], state) == 0) {
            return true;
        }
    }
    return false;
}

/* Words of trust/required-documents.json and those to come: letters, digits, hyphens. */
static bool is_kind(const char *kind)
{
    size_t n = strspn(kind, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");
    return n > 0 && kind[n] == 0;
}

/* The document that gets a version; new, or an earlier one of the same application. */
static int64_t find_document(struct op_call *c, int64_t application, const char *name)
{
    int64_t id = op_int(c, "document");
    json_t *row = NULL;
    if (id == UTC_NONE) {
        const char *title = op_text(c, "title"), *author = op_text(c, "author");
        return document_add(c->records, application, op_text(c, "kind"), author ? author : "vendor",
                            title ? title : name, c->now);
    }
    int rc = document_get(c->records, id, &row);
    bool same = rc == 0 && row_int(row, "application") == application;
    json_decref(row);
    return rc == 0 && !same ? RECORDS_NONE : rc ? rc : id;
}

static int add_job(struct op_call *c, const char *kind, int64_t application, int64_t version,
                   const char *reason)
{
    char key[ANSWERS_SUBJECT];
    json_t *payload = json_pack("{s:I, s:s}", "version", (json_int_t)version, "reason", reason);
    int64_t id = payload ? job_add(c->records, kind, answers_subject("version", version, key),
                                   application, payload, c->now, c->now)
                         : RECORDS_FAILED;
    json_decref(payload);
    return id < 0 ? (int)id : 0;
}

/* The row that proves the receipt. */
static int audit_receipt(struct op_call *c, int64_t application, int64_t document, int64_t version,
                         const char *name)
{
    char subject[ANSWERS_SUBJECT];
    json_t *d =
        json_pack("{s:I, s:I, s:s, s:I, s:I, s:s}", "document", (json_int_t)document, "version",
                  (json_int_t)version, "sha256", c->upload.sha256, "size",
                  (json_int_t)c->upload.size, "received_at", (json_int_t)c->now, "name", name);
    if (!d || names_sent(d, span_str(c->upload.name ? c->upload.name : "")) != 0) {
        json_decref(d);
        return RECORDS_FAILED;
    }
    return op_audit(c, answers_subject("version", version, subject), application, true, d);
}

/* For officers only: where else the same bytes are is no vendor's business. */
static int audit_same(struct op_call *c, int64_t application, int64_t version, size_t same)
{
    char subject[ANSWERS_SUBJECT];
    return same ? op_audit(c, answers_subject("version", version, subject), application, false,
                           json_pack("{s:I}", "same_elsewhere", (json_int_t)same))
                : 0;
}

/* How many the officers know of, and which this actor may be told. */
static int find_same(struct op_call *c, int64_t version, size_t *all, json_t **told)
{
    json_t *rows = NULL;
    int rc = version_same(c->records, c->upload.sha256, version, UTC_NONE, &rows);
    *all = json_array_size(rows);
    if (rc == 0 && answers_is_vendor(c)) {
        json_decref(rows);
        rows = NULL;
        rc = version_same(c->records, c->upload.sha256, version, c->actor->firm, &rows);
    }
    *told = rows;
    return rc;
}

static int answer_added(struct op_call *c, int64_t version, json_t *same)
{
    json_t *row = NULL;
    int rc = version_get(c->records, version, &row);
    if (rc != 0 || !same || json_object_set_new(row, "duplicates", same) != 0) {
        json_decref(row);
        return -1;
    }
    answers_for_vendor(c, row);
    c->out = row;
    return 0;
}

static int add_version(struct op_call *c, int64_t application, const char *name)
{
    struct version_new v = {.name = name,
                            .sha256 = c->upload.sha256,
                            .size = c->upload.size,
                            .received_at = c->now,
                            .received_by = c->actor->person,
                            .copy = op_text(c, "copy")};
    json_t *same = NULL;
    size_t all = 0;
    int rc = blob_keep(c->records, c->upload.sha256, c->upload.size, c->now);
    int64_t document = rc == 0 ? find_document(c, application, name) : rc, version = document;
    version = document > 0 ? version_add(c->records, document, &v) : document;
    rc = version < 0 ? (int)version : find_same(c, version, &all, &same);
    rc = rc ? rc : add_job(c, "verify", application, version, "arrival");
    if (rc == 0 && c->office && c->office->tsa_url && *c->office->tsa_url) {
        rc = add_job(c, "timestamp", application, version, "arrival");
    }
    rc = rc ? rc : audit_receipt(c, application, document, version, name);
    rc = rc ? rc : audit_same(c, application, version, all);
    if (rc != 0) {
        json_decref(same);
        return op_records(c, rc);
    }
    return answer_added(c, version, same);
}

/* What needs no signature of the vendor (R-SIG-1), and the copy that proves his own (R-LAB-3), are
 * not so by his word: a laboratory writes test reports, the body its own papers. */
static int check_vendor(struct op_call *c)
{
    const char *kind = op_text(c, "kind"), *author = op_text(c, "author"),
               *copy = op_text(c, "copy");
    json_t *row = NULL;
    if (author && strcmp(author, "body") == 0) {
        return op_fail_field(c, "author", "cannot be the certification body here",
                             "यहाँ प्रमाणन निकाय नहीं हो सकता");
    }
    if (author && strcmp(author, "lab") == 0 && kind && strcmp(kind, "test-report") != 0) {
        return op_fail_field(c, "author", "can be a laboratory for a test-report only",
                             "केवल test-report के लिए प्रयोगशाला हो सकता है");
    }
    if (copy && strcmp(copy, "duplicate") == 0) {
        return op_fail_field(c, "copy", "comes to the certification body from the laboratory",
                             "प्रयोगशाला से प्रमाणन निकाय को आती है");
    }
    int rc = op_int(c, "document") == UTC_NONE
                 ? 0
                 : document_get(c->records, op_int(c, "document"), &row);
    bool body = rc == 0 && row && row_int(row, "application") == op_int(c, "application") &&
                strcmp(row_text(row, "author"), "body") == 0;
    json_decref(row);
    return body                   ? op_fail_field(c, "document", "is the certification body's own",
                                                  "प्रमाणन निकाय का अपना है")
           : rc == RECORDS_FAILED ? -1
                                  : 0;
}

static int check_words(struct op_call *c)
{
    const char *kind = op_text(c, "kind");
    bool again = op_int(c, "document") != UTC_NONE;
    if (!again && !kind) {
        return op_fail_field(c, "kind", "is required for a new document",
                             "नए दस्तावेज़ के लिए आवश्यक है");
    }
    if (kind && !is_kind(kind)) {
        return op_fail_field(c, "kind", "has letters, digits and hyphens only",
                             "में केवल अक्षर, अंक और हाइफ़न हो सकते हैं");
    }
    return answers_is_vendor(c) ? check_vendor(c) : 0;
}

static int run_add(struct op_call *c)
{
    int64_t application = op_int(c, "application");
    json_t *row = NULL;
    int rc = 0;
    if (!answers_may(c, application_brief(c->records, application, &row), &row, &rc)) {
        return rc;
    }
    bool open = is_open(c, row_text(row, "state"));
    json_decref(row);
    if (!open) {
        return op_fail(c, OP_STATE, "The application takes no more documents.",
                       "इस आवेदन में अब दस्तावेज़ नहीं लिए जाते।");
    }
    if (c->upload.size == 0) {
        return op_fail_field(c, "file", "is empty", "खाली है");
    }
    enum op_problem full = quota_judge(c->records, c->office, c->actor, c->upload.size);
    if (full) {
        return full == OP_INTERNAL ? -1 : op_fail(c, full, quota_detail, quota_detail_hi);
    }
    rc = check_words(c);
    const char *name = names_clean(c->arena, span_str(c->upload.name ? c->upload.name : ""));
    return rc || c->problem ? rc : name ? add_version(c, application, name) : -1;
}

/* ---- reading --------------------------------------------------------------------------------- */

static int run_list(struct op_call *c)
{
    int64_t application = op_int(c, "application"), after;
    json_t *row = NULL, *rows = NULL;
    int rc = 0;
    if (!answers_may(c, application_brief(c->records, application, &row), &row, &rc)) {
        return rc;
    }
    json_decref(row);
    if (!answers_after(c, &after)) {
        return 0;
    }
    rc = document_list(c->records, application, after, (int)c->limit + 1, &rows);
    return rc ? op_records(c, rc) : answers_page(c, rows);
}

static int run_show(struct op_call *c)
{
    json_t *row = NULL, *versions = NULL;
    int rc = 0;
    if (!answers_may(c, document_get(c->records, op_int(c, "document"), &row), &row, &rc)) {
        return rc;
    }
    rc = version_list(c->records, row_int(row, "id"), &versions);
    for (size_t i = 0; i < json_array_size(versions); i++) {
        answers_for_vendor(c, json_array_get(versions, i));
    }
    if (rc != 0 || json_object_set_new(row, "versions", versions) != 0) {
        json_decref(row);
        return -1;
    }
    c->out = row;
    return 0;
}

/* The version this operation is about, if this actor may see it. */
static bool get_version(struct op_call *c, json_t **row, int *rc)
{
    return answers_may(c, version_get(c->records, op_int(c, "version"), row), row, rc);
}

/* Progress, counts of verdicts, the same bytes elsewhere. */
static int add_more(struct op_call *c, json_t *row)
{
    char key[ANSWERS_SUBJECT];
    json_t *job = NULL, *counts = NULL, *same = NULL;
    int64_t id = row_int(row, "id");
    int rc = job_about(c->records, "verify", answers_subject("version", id, key), &job);
    rc = rc == RECORDS_NONE ? 0 : rc;
    rc = rc ? rc : file_counts(c->records, id, &counts);
    rc = rc ? rc
            : version_same(c->records, row_text(row, "sha256"), id,
                           answers_is_vendor(c) ? c->actor->firm : UTC_NONE, &same);
    json_t *progress =
        job ? json_pack("{s:O, s:O, s:O, s:O}", "state", json_object_get(job, "state"), "done",
                        json_object_get(job, "done"), "of_all", json_object_get(job, "of_all"),
                        "tries", json_object_get(job, "tries"))
            : json_null();
    rc = rc || json_object_set_new(row, "progress", progress) != 0 ||
                 json_object_set(row, "counts", counts) != 0 ||
                 json_object_set(row, "duplicates", same) != 0
             ? -1
             : 0;
    json_decref(job);
    json_decref(counts);
    json_decref(same);
    return rc;
}

static int run_version(struct op_call *c)
{
    json_t *row = NULL;
    int rc = 0;
    if (!get_version(c, &row, &rc)) {
        return rc;
    }
    answers_for_vendor(c, row);
    if (add_more(c, row) != 0) {
        json_decref(row);
        return -1;
    }
    c->out = row;
    return 0;
}

static int run_content(struct op_call *c)
{
    json_t *row = NULL;
    int rc = 0;
    int64_t size = 0;
    if (!get_version(c, &row, &rc)) {
        return rc;
    }
    int fd = blob_open(c->data, row_text(row, "sha256"), &size);
    const char *name = arena_str(c->arena, span_str(row_text(row, "name")));
    json_decref(row);
    c->file = (struct op_file){
        .fd = fd < 0 ? -1 : fd, .size = size, .name = name, .media = "application/octet-stream"};
    return fd >= 0 && name ? 0 : -1;
}

static int run_token(struct op_call *c)
{
    json_t *row = NULL;
    int rc = 0;
    struct span token;
    if (!get_version(c, &row, &rc)) {
        return rc;
    }
    int64_t version = row_int(row, "id");
    json_decref(row);
    rc = version_token_get(c->records, version, c->arena, &token);
    return rc ? op_records(c, rc)
              : answers_bytes(c, token,
                              arena_printf(c->arena, "version-%lld.tst", (long long)version),
                              "application/timestamp-reply", false);
}

static int run_verifications(struct op_call *c)
{
    json_t *row = NULL, *rows = NULL;
    int rc = 0;
    if (!get_version(c, &row, &rc)) {
        return rc;
    }
    rc = verification_list(c->records, row_int(row, "id"), &rows);
    json_decref(row);
    return rc ? op_records(c, rc) : answers_all(c, rows);
}

/* ---- verified again -------------------------------------------------------------------------- */

static int run_again(struct op_call *c)
{
    char subject[ANSWERS_SUBJECT];
    json_t *row = NULL;
    int rc = 0;
    if (!get_version(c, &row, &rc)) {
        return rc;
    }
    int64_t version = row_int(row, "id"), application = row_int(row, "application");
    bool failed = strcmp(row_text(row, "state"), "failed") == 0;
    bool never = row_int(row, "verification") == UTC_NONE;
    json_decref(row);
    rc = failed ? version_state(c->records, version, "waiting", NULL) : 0;
    rc = rc ? rc : add_job(c, "verify", application, version, never ? "arrival" : "asked");
    if (rc != 0) {
        return op_records(c, rc);
    }
    rc = op_audit(c, answers_subject("version", version, subject), application, false, NULL);
    return rc ? -1 : version_get(c->records, version, &c->out) == 0 ? 0 : -1;
}

/* ---- the table ------------------------------------------------------------------------------- */

#define P_APPLICATION                                                                              \
    {                                                                                              \
        "application", OP_IN_PATH, OP_ID, true, 0, NULL, "Application", "आवेदन"          \
    }
#define P_DOCUMENT                                                                                 \
    {                                                                                              \
        "document", OP_IN_PATH, OP_ID, true, 0, NULL, "Document", "दस्तावेज़"    \
    }
#define P_VERSION                                                                                  \
    {                                                                                              \
        "version", OP_IN_PATH, OP_ID, true, 0, NULL, "Version", "संस्करण"            \
    }
#define P_END                                                                                      \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct op_param add_params[] = {
    P_APPLICATION,
    {"document", OP_IN_BODY, OP_ID, false, 0, NULL, "Document that gets a new version",
     "दस्तावेज़ जिसका यह नया संस्करण है"},
    {"kind", OP_IN_BODY, OP_TEXT, false, KIND_MAX, NULL,
     "Kind of document, such as F01 or test-report", "दस्तावेज़ का प्रकार, जैसे F01 या test-report"},
    {"author", OP_IN_BODY, OP_WORD, false, 0, authors, "Who wrote it (default: vendor)",
     "किसने लिखा (अन्यथा: विक्रेता)"},
    {"title", OP_IN_BODY, OP_TEXT, false, TITLE_MAX, NULL, "Title (default: the file's name)",
     "शीर्षक (अन्यथा: फ़ाइल का नाम)"},
    {"copy", OP_IN_BODY, OP_WORD, false, 0, copies,
     "Of a test report: the applicant's original or the body's duplicate",
     "परीक्षण रिपोर्ट का: आवेदक की मूल प्रति या निकाय की दूसरी प्रति"},
    P_END};
static const struct op_param application_params[] = {P_APPLICATION, P_END};
static const struct op_param document_params[] = {P_DOCUMENT, P_END};
static const struct op_param version_params[] = {P_VERSION, P_END};

static const enum op_problem add_problems[] = {OP_STATE, OP_TOO_LARGE, OP_OK};

const struct op ops_documents[] = {
    {"document.add", "POST", "/api/v1/applications/{application}/documents",
     "Take in a document, or a new version of one; it is verified at once",
     "दस्तावेज़ या उसका नया संस्करण लें; उसकी जाँच तुरंत होती है", ROLE_INTAKE | ROLE_ASSESSOR | ROLE_VENDOR,
     OP_UPLOAD, 201, "document-version", add_params, run_add, add_problems},
    {"document.list", "GET", "/api/v1/applications/{application}/documents",
     "Documents of an application with their latest versions",
     "आवेदन के दस्तावेज़, उनके नवीनतम संस्करणों सहित", ROLE_ANY, OP_READ | OP_PAGED, 0, "documents",
     application_params, run_list, NULL},
    {"document.show", "GET", "/api/v1/documents/{document}", "A document with all its versions",
     "एक दस्तावेज़, सभी संस्करणों सहित", ROLE_ANY, OP_READ | OP_AUDIT_READ, 0, "document",
     document_params, run_show, NULL},
    {"document.version", "GET", "/api/v1/versions/{version}",
     "A version: its verdict, progress, and where the same file came before",
     "एक संस्करण: निर्णय, प्रगति, और यही फ़ाइल पहले कहाँ आई थी", ROLE_ANY, OP_READ, 0, "document-version",
     version_params, run_version, NULL},
    {"document.content", "GET", "/api/v1/versions/{version}/content", "The file as it was received",
     "फ़ाइल, जैसी प्राप्त हुई", ROLE_ANY, OP_READ | OP_FILE | OP_AUDIT_READ, 0, NULL, version_params,
     run_content, NULL},
    {"document.token", "GET", "/api/v1/versions/{version}/token",
     "The RFC 3161 time-stamp of the receipt", "प्राप्ति की RFC 3161 समय-मुहर", ROLE_ANY,
     OP_READ | OP_FILE, 0, NULL, version_params, run_token, NULL},
    {"verification.list", "GET", "/api/v1/versions/{version}/verifications",
     "Verifications of a version, newest first", "संस्करण की जाँचें, नवीनतम पहले", ROLE_ANY, OP_READ, 0,
     "verifications", version_params, run_verifications, NULL},
    {"verification.again", "POST", "/api/v1/versions/{version}/verifications",
     "Verify a version again", "संस्करण की जाँच फिर से करें", ROLE_INTAKE | ROLE_ASSESSOR, 0, 202,
     "document-version", version_params, run_again, NULL},
    {.id = NULL}};
