/*
 * ops_signing - a list of prepared certificates is signed by another officer than prepared them.
 *
 * He confirms the SHA-256 of the list as it was shown: its requests as canonical JSON, a line each,
 * in the order they were prepared - what satyapan issue --batch prints for the same list. The list
 * and who signs are rows; the PIN goes to the desk (desk.h) and nowhere else.
 *
 * The rules of 500 requests take most of a second: they are asked in the rehearsal, while others
 * write. The transaction looks at the rows and their hash again; satyapan-issue judges each by the
 * rules when it is signed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "office/cases.h"
#include "office/certificates/desk.h"
#include "office/certificates/inside.h"
#include "office/intake/answers.h"
#include "office/office.h"
#include "records/requests.h"

enum { LIST_MAX = 500, IDS_MAX = 8000, SUBJECT = 48 };

/* ---- which ones ------------------------------------------------------------------------------ */

struct list {
    int64_t ids[LIST_MAX];
    size_t count;
    struct buffer lines;
};

static int compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* "3,1,2" as sorted ids, each once. */
static bool read_ids(const char *text, struct list *l)
{
    l->count = 0;
    while (*text) {
        char *end;
        long long id = strtoll(text, &end, 10);
        if (end == text || id <= 0 || (*end && *end != ',') || l->count == LIST_MAX) {
            return false;
        }
        l->ids[l->count++] = id;
        text = *end ? end + 1 : end;
    }
    qsort(l->ids, l->count, sizeof *l->ids, compare);
    for (size_t i = 1; i < l->count; i++) {
        if (l->ids[i] == l->ids[i - 1]) {
            return false;
        }
    }
    return l->count > 0;
}

static int fail_about(struct op_call *c, enum op_problem p, const json_t *row, const char *en,
                      const char *hi)
{
    const char *which = office_str(row, "registration");
    const char *text = arena_printf(c->arena, "%s: %s", which, en);
    const char *text_hi = arena_printf(c->arena, "%s: %s", which, hi);
    return text && text_hi ? op_fail(c, p, text, text_hi) : -1;
}

/* ---- one of them ----------------------------------------------------------------------------- */

static int check_row(struct op_call *c, const json_t *row)
{
    const char *state = office_str(row, "state");
    if (office_num(row, "signing") != UTC_NONE) {
        return fail_about(c, OP_STATE, row, "it is being signed at this moment",
                          "इस पर अभी हस्ताक्षर हो रहे हैं");
    }
    if (strcmp(state, "prepared") != 0 && strcmp(state, "approved") != 0) {
        return fail_about(c, OP_STATE, row, "it is issued, replaced or discarded",
                          "यह जारी, प्रतिस्थापित या निरस्त हो चुका है");
    }
    if (office_num(row, "person") == c->actor->person) {
        return fail_about(c, OP_FOUR_EYES, row, "who prepared a certificate does not sign it",
                          "जिसने प्रमाणपत्र तैयार किया, वही उस पर हस्ताक्षर नहीं कर सकता");
    }
    return inside_signatory(c, office_str(row, "registration"), office_str(row, "signatory"));
}

/* It could be issued at this moment. */
static int check_rules(struct op_call *c, const struct scheme_data *scheme, const json_t *row)
{
    json_t *request = inside_request(row);
    struct certify_request q = {.request = request};
    int rc = request ? inside_refused(c, inside_judge(c, scheme, &q), &q) : -1;
    if (rc == 0 && c->problem) {
        rc = fail_about(c, c->problem, row, c->detail, c->detail_hi);
    }
    json_decref(q.data);
    json_decref(request);
    return rc;
}

static int check_one(struct op_call *c, const struct scheme_data *scheme, struct list *l, size_t i)
{
    json_t *row = NULL;
    int rc = request_get(c->records, l->ids[i], &row);
    if (rc == RECORDS_NONE) {
        return op_fail_field(c, "requests", "names one that there is not", "में एक ऐसा है जो नहीं है");
    }
    rc = rc ? rc : check_row(c, row);
    if (rc == 0 && !c->problem && c->pass != OP_BEHIND) {
        rc = check_rules(c, scheme, row);
    }
    if (rc == 0) {
        buffer_str(&l->lines, office_str(row, "request"));
        buffer_char(&l->lines, '\n');
    }
    json_decref(row);
    return rc;
}

/* ---- what was confirmed ---------------------------------------------------------------------- */

static int check_hash(struct op_call *c, const struct list *l)
{
    uint8_t hash[SHA256_SIZE];
    char hex[SHA256_HEX];
    if (!buffer_ok(&l->lines) || hash_sha256(buffer_span(&l->lines), hash) != 0) {
        return -1;
    }
    return inside_confirmed(c, hash_hex(span_make(hash, sizeof hash), false, hex));
}

static int check_list(struct op_call *c, struct list *l)
{
    struct scheme_data scheme;
    int rc = inside_scheme(c, &scheme);
    if (rc) {
        return rc < 0 ? -1 : 0;
    }
    for (size_t i = 0; i < l->count && rc == 0 && !c->problem; i++) {
        rc = check_one(c, &scheme, l, i);
    }
    return rc || c->problem ? rc : check_hash(c, l);
}

/* ---- certificate.selection ------------------------------------------------------------------- */

static int select_one(struct op_call *c, struct list *l, size_t i, json_t *items)
{
    json_t *row = NULL;
    int rc = request_get(c->records, l->ids[i], &row);
    if (rc == 0) {
        buffer_str(&l->lines, office_str(row, "request"));
        buffer_char(&l->lines, '\n');
        (void)json_object_del(row, "request");
        return json_array_append_new(items, row);
    }
    return rc == RECORDS_NONE ? op_fail(c, OP_NOT_FOUND, NULL, NULL) : -1;
}

static int tell_list(struct op_call *c, struct list *l)
{
    uint8_t hash[SHA256_SIZE];
    char hex[SHA256_HEX];
    json_t *items = json_array();
    int rc = items ? 0 : -1;
    for (size_t i = 0; i < l->count && rc == 0 && !c->problem; i++) {
        rc = select_one(c, l, i, items);
    }
    if (rc == 0 && (!buffer_ok(&l->lines) || hash_sha256(buffer_span(&l->lines), hash) != 0)) {
        rc = -1;
    }
    if (rc != 0 || c->problem) {
        json_decref(items);
        return rc;
    }
    (void)hash_hex(span_make(hash, sizeof hash), false, hex);
    c->out = json_pack("{ss so sb}", "sha256", hex, "items", items, "possible",
                       c->desk && *c->office->issue_key);
    return c->out ? 0 : -1;
}

/* Runs with the list that the parameter "requests" names. */
static int with_list(struct op_call *c, int (*run)(struct op_call *c, struct list *l))
{
    struct list *l = mem_zalloc(sizeof *l);
    if (!l) {
        return -1;
    }
    buffer_init(&l->lines, SIZE_MAX);
    int rc = read_ids(op_text(c, "requests"), l)
                 ? run(c, l)
                 : op_fail_field(c, "requests", "must be ids with commas between, at most 500",
                                 "अल्पविराम से अलग की गई आईडी होनी चाहिए, अधिकतम 500");
    buffer_free(&l->lines);
    mem_free(l);
    return rc;
}

static int run_selection(struct op_call *c)
{
    return with_list(c, tell_list);
}

/* ---- certificate.sign ------------------------------------------------------------------------ */

int inside_signing(struct op_call *c, int64_t id)
{
    json_t *requests = NULL, *row;
    size_t i;
    int rc = signing_get(c->records, id, &c->out);
    rc = rc ? rc : signing_requests(c->records, id, &requests);
    if (rc != 0) {
        return op_records(c, rc);
    }
    json_array_foreach(requests, i, row)
    {
        (void)json_object_del(row, "request");
    }
    (void)json_object_del(c->out, "login");
    return json_object_set_new(c->out, "requests", requests);
}

static int keep(struct op_call *c, const struct list *l, const char *ticket)
{
    char subject[SUBJECT];
    const struct signing_new n = {
        .ticket = ticket, .sha256 = op_text(c, "sha256"), .person = c->actor->person, .at = c->now};
    int64_t id = signing_add(c->records, &n, l->ids, l->count);
    if (id < 0) {
        return op_records(c, id);
    }
    (void)snprintf(subject, sizeof subject, "signing:%lld", (long long)id);
    json_t *detail = json_pack("{ss sI ss}", "sha256", op_text(c, "sha256"), "count",
                               (json_int_t)l->count, "requests", op_text(c, "requests"));
    return !detail || op_audit(c, subject, UTC_NONE, false, detail) < 0 ? -1
                                                                        : inside_signing(c, id);
}

static int sign(struct op_call *c, struct list *l)
{
    char ticket[DESK_TICKET];
    int rc = check_list(c, l);
    if (rc != 0 || c->problem || c->pass == OP_REHEARSAL) {
        return rc;
    }
    rc = inside_desk(c, ticket);
    return rc || c->problem ? rc : keep(c, l, ticket);
}

static int run_sign(struct op_call *c)
{
    if (!inside_person(c)) {
        return 0;
    }
    if (!inside_key(c)) {
        return 0;
    }
    return with_list(c, sign);
}

/* ---- reading --------------------------------------------------------------------------------- */

static int run_show(struct op_call *c)
{
    return inside_signing(c, op_int(c, "signing"));
}

static int run_list(struct op_call *c)
{
    int64_t before;
    json_t *rows = NULL, *row;
    size_t i;
    if (!answers_after(c, &before)) {
        return 0;
    }
    int rc = signing_list(c->records, before, (int)c->limit + 1, &rows);
    json_array_foreach(rows, i, row)
    {
        (void)json_object_del(row, "login");
    }
    return rc ? op_records(c, rc) : answers_page(c, rows);
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct op_param sign_params[] = {
    {"requests", OP_IN_BODY, OP_TEXT, true, IDS_MAX, NULL,
     "ids of the prepared certificates, with commas between",
     "तैयार किए गए प्रमाणपत्रों की आईडी, अल्पविराम से अलग"},
    {"sha256", OP_IN_BODY, OP_SHA256, true, 0, NULL,
     "SHA-256 of the list that was looked at: each request as canonical JSON and a line feed",
     "देखी गई सूची का SHA-256: प्रत्येक अनुरोध मानक JSON में, पंक्ति-अंत सहित"},
    {"confirm", OP_IN_BODY, OP_TEXT, false, 64, NULL,
     "the first 8 characters of the SHA-256, to confirm the list",
     "सूची की पुष्टि के लिए SHA-256 के पहले 8 अक्षर"},
    {"pin", OP_IN_BODY, OP_PASSWORD, false, DESK_PIN - 1, NULL,
     "PIN of your token, or password of your key file; used once and not kept",
     "आपके टोकन का PIN, या कुंजी फ़ाइल का पासवर्ड; एक बार प्रयोग होता है, रखा नहीं जाता"},
    {.name = NULL}};
static const struct op_param selection_params[] = {
    {"requests", OP_IN_QUERY, OP_TEXT, true, IDS_MAX, NULL,
     "ids of the prepared certificates, with commas between",
     "तैयार किए गए प्रमाणपत्रों की आईडी, अल्पविराम से अलग"},
    {.name = NULL}};
static const struct op_param one_params[] = {
    {"signing", OP_IN_PATH, OP_ID, true, 0, NULL, "id of the list", "सूची की आईडी"}, {.name = NULL}};

static const enum op_problem selection_problems[] = {OP_NOT_FOUND, OP_OK};
static const enum op_problem sign_problems[] = {OP_STATE,    OP_RULE, OP_FOUR_EYES,
                                                OP_CONFLICT, OP_BUSY, OP_OK};

const struct op ops_signing[] = {
    {"certificate.selection", "GET", "/api/v1/certificate-selection",
     "A list of prepared certificates and its SHA-256, as it would be signed",
     "तैयार किए गए प्रमाणपत्रों की सूची और उसका SHA-256, जिस पर हस्ताक्षर होंगे", ROLE_OFFICER, OP_READ, 0,
     "certificate-selection", selection_params, run_selection, selection_problems},
    {"certificate.sign", "POST", "/api/v1/signings",
     "Sign certificates that another officer prepared",
     "दूसरे अधिकारी द्वारा तैयार प्रमाणपत्रों पर हस्ताक्षर करें", ROLE_SIGNER,
     OP_FRESH | OP_SECRET | OP_REHEARSED, 202, "signing", sign_params, run_sign, sign_problems},
    {"certificate.signings", "GET", "/api/v1/signings", "Lists that were signed, newest first",
     "हस्ताक्षरित सूचियाँ, नवीनतम पहले", ROLE_OFFICER, OP_READ | OP_PAGED, 0, "signing-row", NULL,
     run_list, NULL},
    {"certificate.signing", "GET", "/api/v1/signings/{signing}", "How far the signing of a list is",
     "सूची पर हस्ताक्षर कितने हुए", ROLE_OFFICER, OP_READ, 0, "signing", one_params, run_show, NULL},
    {.id = NULL}};
