/*
 * ops_issuers - profiles of issuers: imported as data, in force once an officer approved them.
 *
 * A profile says which domains and mail domains are an issuer's: whoever controls it controls what
 * counts as verified. So it is approved by another officer than the one who brought it
 * (four_eyes_issuers), and the smallest change takes the approval away.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "db/rows.h"
#include "net/fetch_wire.h"
#include "net/url.h"
#include "office/foreign/case_ops.h"
#include "office/intake/answers.h"
#include "office/intake/spawn.h"
#include "records/blobs.h"

enum { WHY = 256, PROFILE_MAX = 256 << 10, KEY_MAX = 60, DOMAINS_MAX = 50 };

static const char *const states[] = {"proposed", "approved", "rejected", "superseded", NULL};

/* ---- reading a profile ----------------------------------------------------------------------- */

static json_t *load(const struct op_call *c, char why[WHY])
{
    json_error_t error;
    int64_t size = 0;
    int fd = blob_open(c->data, c->upload.sha256, &size);
    json_t *out = NULL;
    if (fd >= 0 && size > 0 && size <= PROFILE_MAX) {
        out = json_loadfd(fd, JSON_REJECT_DUPLICATES, &error);
        (void)snprintf(why, WHY, "is no JSON: line %d: %s", error.line, error.text);
    } else {
        (void)snprintf(why, WHY, "is empty, or larger than 256 KB");
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return out;
}

static bool is_key(const char *key)
{
    size_t n = key ? strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-") : 0;
    return n > 0 && n <= KEY_MAX && key[n] == 0;
}

/* A name below a registry's: at least two labels, no address. What belongs to everybody (co.in) is
 * refused where the profile is read (foreign/profile); here is the form alone. */
static bool is_domain(const json_t *value)
{
    char host[FETCH_HOST_MAX];
    bool literal = false;
    const char *text = json_string_value(value);
    return text && !strchr(text, '/') && !strchr(text, ':') &&
           url_host(span_str(text), host, &literal) == NULL && !literal && strchr(host, '.');
}

/* Of a mail domain that may be written {"domain", "subdomains"}. */
static const json_t *name_of(const json_t *one)
{
    return json_is_object(one) ? json_object_get(one, "domain") : one;
}

static bool all_domains(const json_t *list)
{
    size_t i;
    json_t *one;
    if (!json_is_array(list) || json_array_size(list) > DOMAINS_MAX) {
        return false;
    }
    json_array_foreach((json_t *)(uintptr_t)list, i, one)
    {
        if (!is_domain(name_of(one))) {
            return false;
        }
    }
    return true;
}

/* NULL: good. */
static const char *judge(const json_t *p)
{
    const char *name = office_str(p, "name");
    const json_t *web = json_object_get(p, "domains"), *mail = json_object_get(p, "mail_domains");
    if (!json_is_object(p) || !is_key(office_str(p, "id"))) {
        return "has no \"id\" of small letters, digits and hyphens";
    }
    if (!name || !*name || strlen(name) > 200) {
        return "has no \"name\"";
    }
    if ((web && !all_domains(web)) || (mail && !all_domains(mail))) {
        return "has \"domains\" or \"mail_domains\" that are no names of hosts";
    }
    if (json_array_size(web) + json_array_size(mail) == 0) {
        return "has neither \"domains\" nor \"mail_domains\"";
    }
    return NULL;
}

/* The whole of it is judged by the program that will use it: it knows which domains anybody can
 * register below (co.in), which this one does not. NULL: good; else what is wrong. */
static const char *judge_all(const struct op_call *c, char why[WHY])
{
    char program[FETCH_PROGRAM_MAX], path[FETCH_PROGRAM_MAX];
    const char *const arguments[] = {"satyapan-weblink", "profile", path, NULL};
    struct spawned child;
    int fds[2];
    int n = snprintf(path, sizeof path, "%s/blobs/%.2s/%s", c->data, c->upload.sha256,
                     c->upload.sha256);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || n < 0 || n >= (int)sizeof path ||
        !fetch_find_program("satyapan-weblink", program, sizeof program) ||
        pipe2(fds, O_CLOEXEC) != 0) {
        if (nothing >= 0) {
            (void)close(nothing);
        }
        return "cannot be judged: satyapan-weblink is not installed";
    }
    int rc = spawn_program(program, arguments, nothing, nothing, fds[1], &child);
    (void)close(fds[1]);
    (void)close(nothing);
    ssize_t got = rc == 0 ? read(fds[0], why, WHY - 1) : 0;
    (void)close(fds[0]);
    why[got > 0 ? got : 0] = 0;
    why[strcspn(why, "\n")] = 0;
    rc = rc == 0 ? spawn_wait(&child) : -1;
    const char *said = strstr(why, ": ");
    return rc == 0 ? NULL : said ? said + 2 : "is no profile of an issuing body";
}

/* ---- answers --------------------------------------------------------------------------------- */

static int open_profile(json_t *row)
{
    const char *text = office_str(row, "profile");
    json_t *p = text ? json_loads(text, 0, NULL) : NULL;
    (void)json_object_del(row, "imported_login");
    (void)json_object_del(row, "judged_login");
    return p ? json_object_set_new(row, "profile", p) : -1;
}

static int answer(struct op_call *c, int64_t id)
{
    int rc = issuer_get(c->records, id, &c->out);
    return rc ? op_records(c, rc) : open_profile(c->out);
}

static int trace(struct op_call *c, int64_t id, json_t *detail)
{
    char subject[ANSWERS_SUBJECT];
    return detail ? op_audit(c, answers_subject("issuer", id, subject), UTC_NONE, false, detail)
                  : -1;
}

static int run_list(struct op_call *c)
{
    int64_t after;
    json_t *rows = NULL, *row;
    size_t i;
    if (!answers_after(c, &after)) {
        return 0;
    }
    int rc = issuer_list(c->records, op_text(c, "state"), after, (int)c->limit + 1, &rows);
    json_array_foreach(rows, i, row)
    {
        rc = rc ? rc : open_profile(row);
    }
    return rc ? op_records(c, rc) : answers_page(c, rows);
}

static int run_show(struct op_call *c)
{
    return answer(c, op_int(c, "issuer"));
}

/* ---- importing ------------------------------------------------------------------------------- */

static int keep(struct op_call *c, const json_t *profile, const char *text, const char *sha256)
{
    json_t *values = json_pack(
        "{s:O, s:O, s:s, s:s, s:s, s:o, s:s, s:I}", "key", json_object_get(profile, "id"), "name",
        json_object_get(profile, "name"), "profile", text, "sha256", sha256, "state", "proposed",
        "imported_by", c->actor->person == UTC_NONE ? json_null() : json_integer(c->actor->person),
        "imported_login", foreign_op_login(c), "imported_at", (json_int_t)c->now);
    int64_t id = values ? issuer_add(c->records, values) : RECORDS_FAILED;
    json_decref(values);
    if (id < 0) {
        return op_records(c, id);
    }
    json_t *detail = json_pack("{s:O, s:O, s:s, s:O?, s:O?}", "key", json_object_get(profile, "id"),
                               "name", json_object_get(profile, "name"), "sha256", sha256,
                               "domains", json_object_get(profile, "domains"), "mail_domains",
                               json_object_get(profile, "mail_domains"));
    return trace(c, id, detail) < 0 ? -1 : answer(c, id);
}

/* The same content again changes nothing, and keeps its approval. */
static int import(struct op_call *c, const json_t *profile)
{
    uint8_t hash[SHA256_SIZE];
    char hex[SHA256_HEX];
    json_t *living = NULL;
    char *text = rows_canonical(profile);
    if (!text) {
        return op_fail_field(c, "file", "has numbers that are not whole",
                             "में ऐसी संख्याएँ हैं जो पूर्ण नहीं हैं");
    }
    int rc = hash_sha256(span_str(text), hash);
    (void)hash_hex(span_make(hash, sizeof hash), false, hex);
    rc = rc ? -1 : issuer_living(c->records, office_str(profile, "id"), &living);
    const char *same = office_str(living, "sha256");
    if (rc == 0 && same && strcmp(same, hex) == 0) {
        c->unchanged = true;
        rc = answer(c, office_num(living, "id"));
    } else if (rc == 0 || rc == RECORDS_NONE) {
        rc = keep(c, profile, text, hex);
    }
    json_decref(living);
    mem_free(text);
    return rc < 0 ? -1 : 0;
}

static int run_import(struct op_call *c)
{
    char why[WHY];
    json_t *profile = load(c, why);
    const char *bad = profile ? judge(profile) : why;
    bad = bad ? bad : judge_all(c, why);
    int rc =
        bad ? op_fail_field(c, "file", bad, "ऐसी प्रोफ़ाइल नहीं है जिसे पढ़ा जा सके") : import(c, profile);
    json_decref(profile);
    return rc;
}

/* ---- approving ------------------------------------------------------------------------------- */

static int add_domains(struct op_call *c, int64_t id, const json_t *profile)
{
    static const struct {
        const char *member, *kind;
    } lists[] = {{"domains", "web"}, {"mail_domains", "mail"}};
    json_t *one;
    size_t k;
    int rc = 0;
    for (size_t i = 0; i < 2; i++) {
        json_array_foreach(json_object_get(profile, lists[i].member), k, one)
        {
            /* Domains of pages are registrable ones: what lies below is their owner's. */
            bool below = i == 0 || json_is_true(json_object_get(one, "subdomains"));
            rc = rc ? rc
                    : issuer_domain_add(c->records, id, lists[i].kind,
                                        json_string_value(name_of(one)), below);
        }
    }
    return rc;
}

static int judge_row(struct op_call *c, const json_t *row, const char *from, const char *state)
{
    int64_t id = office_num(row, "id");
    const char *text = office_str(row, "profile");
    json_t *profile = text ? json_loads(text, 0, NULL) : NULL;
    int rc = profile ? issuer_judge(c->records, id, from, state, c->actor->person,
                                    foreign_op_login(c), op_text(c, "reason"), c->now)
                     : RECORDS_FAILED;
    if (rc == 0 && strcmp(state, "approved") == 0) {
        rc = add_domains(c, id, profile);
    }
    json_decref(profile);
    if (rc == RECORDS_CONFLICT) {
        return op_fail(c, OP_STATE, "The profile does not wait for that any more.",
                       "प्रोफ़ाइल अब इसकी प्रतीक्षा में नहीं है।");
    }
    json_t *detail =
        json_pack("{s:O, s:O, s:s, s:s?}", "key", json_object_get(row, "key"), "sha256",
                  json_object_get(row, "sha256"), "state", state, "reason", op_text(c, "reason"));
    return rc || trace(c, id, detail) < 0 ? -1 : answer(c, id);
}

/* sha256: what was looked at; another content is another profile. */
static int run_judge(struct op_call *c, const char *from, const char *state)
{
    json_t *row = NULL;
    const char *seen = op_text(c, "sha256");
    int rc = issuer_get(c->records, op_int(c, "issuer"), &row);
    if (rc != 0) {
        return op_records(c, rc);
    }
    bool approving = strcmp(state, "approved") == 0;
    if (seen && strcmp(seen, office_str(row, "sha256")) != 0) {
        rc = op_fail(c, OP_CONFLICT, NULL, NULL);
    } else if (approving && c->office->four_eyes_issuers &&
               foreign_op_same(c, row, "imported_by", "imported_login")) {
        rc = op_fail(c, OP_FOUR_EYES, NULL, NULL);
    } else {
        rc = judge_row(c, row, from, state);
    }
    json_decref(row);
    return rc;
}

static int run_approve(struct op_call *c)
{
    return run_judge(c, "proposed", "approved");
}

static int run_reject(struct op_call *c)
{
    return run_judge(c, "proposed", "rejected");
}

static int run_withdraw(struct op_call *c)
{
    return run_judge(c, "approved", "superseded");
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct op_param list_params[] = {
    {"state", OP_IN_QUERY, OP_WORD, false, 0, states, "Only in this state", "केवल इस स्थिति की"},
    PARAM_END};
#define P_ISSUER                                                                                   \
    {                                                                                              \
        "issuer", OP_IN_PATH, OP_ID, true, 0, NULL, "Profile", "प्रोफ़ाइल"       \
    }
static const struct op_param show_params[] = {P_ISSUER, PARAM_END};
static const struct op_param judge_params[] = {
    P_ISSUER,
    {"reason", OP_IN_BODY, OP_LONG, false, 2000, NULL, "How you know that it is right",
     "आप कैसे जानते हैं कि यह सही है"},
    {"sha256", OP_IN_BODY, OP_SHA256, false, 0, NULL,
     "SHA-256 of the profile that was looked at; refused when it is another one now",
     "जो प्रोफ़ाइल देखी गई उसका SHA-256; अब दूसरी हो तो अस्वीकृत"},
    PARAM_END};
static const struct op_param import_params[] = {PARAM_END};
static const enum op_problem judge_problems[] = {OP_STATE, OP_CONFLICT, OP_FOUR_EYES, OP_OK};
static const enum op_problem reject_problems[] = {OP_STATE, OP_CONFLICT, OP_OK};

const struct op ops_issuers[] = {
    {"issuer.list", "GET", "/api/v1/issuers", "Profiles of issuing bodies",
     "जारीकर्ता निकायों की प्रोफ़ाइलें", ROLE_OFFICER, OP_READ | OP_PAGED, 0, "issuer", list_params,
     run_list, NULL},
    {"issuer.show", "GET", "/api/v1/issuers/{issuer}", "A profile of an issuing body",
     "जारीकर्ता निकाय की प्रोफ़ाइल", ROLE_OFFICER, OP_READ, 0, "issuer", show_params, run_show, NULL},
    {"issuer.import", "POST", "/api/v1/issuers",
     "Take in a profile of an issuing body (JSON); a changed one has to be approved again",
     "जारीकर्ता निकाय की प्रोफ़ाइल (JSON) लें; बदली हुई का अनुमोदन फिर से होना चाहिए",
     ROLE_INTAKE | ROLE_ADMIN, OP_UPLOAD, 201, "issuer", import_params, run_import, NULL},
    {"issuer.approve", "POST", "/api/v1/issuers/{issuer}/approve",
     "Approve a profile that another officer took in",
     "दूसरे अधिकारी द्वारा ली गई प्रोफ़ाइल का अनुमोदन करें", ROLE_INTAKE | ROLE_ADMIN, OP_FRESH, 0,
     "issuer", judge_params, run_approve, judge_problems},
    {"issuer.reject", "POST", "/api/v1/issuers/{issuer}/reject", "Reject a profile",
     "प्रोफ़ाइल अस्वीकार करें", ROLE_INTAKE | ROLE_ADMIN, 0, 0, "issuer", judge_params, run_reject,
     reject_problems},
    {"issuer.withdraw", "POST", "/api/v1/issuers/{issuer}/withdraw",
     "Withdraw an approved profile: nothing is asked by it any more",
     "अनुमोदित प्रोफ़ाइल वापस लें: अब इसके आधार पर कुछ नहीं पूछा जाएगा", ROLE_INTAKE | ROLE_ADMIN, 0, 0,
     "issuer", judge_params, run_withdraw, reject_problems},
    {.id = NULL}};
