/*
 * ops_amended - an amendment or correction that waits: the officer who did not ask for it compares
 * what the certificate says with what it would say, confirms the SHA-256 of that, and signs with a
 * key of his own.
 *
 * As with a list (ops_signing.c): who signs is a row, the PIN goes to the desk and nowhere else;
 * satyapan-issue reads the change from the records and judges it again.
 */
#include <stdio.h>

#include "office/cases.h"
#include "office/certificates/amendment.h"
#include "office/certificates/desk.h"
#include "office/certificates/inside.h"
#include "records/changes.h"
#include "records/requests.h"
#include "register/register.h"

static bool is(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static const json_t *of(const json_t *o, const char *key)
{
    return json_object_get(o, key);
}

/* ---- the comparison -------------------------------------------------------------------------- */

/* The row of the path, if it is one that is drawn; *full: with its data. 0; 1: a problem is set;
 * -1. */
static int find(struct op_call *c, json_t **row, json_t **full)
{
    *row = *full = NULL;
    int64_t id = op_int(c, "change");
    int rc = changed_get(c->records, id, row);
    rc = rc ? rc : change_find(c->records, id, full);
    const char *event = office_str(*row, "event");
    if (rc == 0 && !is(event, "amend") && !is(event, "correct")) {
        rc = RECORDS_NONE;
    }
    if (rc != 0) {
        json_decref(*row);
        json_decref(*full);
        return op_records(c, rc) < 0 ? -1 : 1;
    }
    return 0;
}

static const char moved_en[] = "The certificate has had another event since this was asked for.";
static const char moved_hi[] = "यह माँगे जाने के बाद प्रमाणपत्र में दूसरी घटना हो चुकी है।";

static bool moved(const json_t *row)
{
    int64_t seen = office_num(row, "seen");
    return seen != UTC_NONE && seen != office_num(row, "latest");
}

/* What an event that is in the register did. */
static int compare_done(struct op_call *c, const json_t *row, struct amendment *a)
{
    struct register_version before, after;
    int64_t entry = office_num(row, "entry");
    *a = (struct amendment){.before = NULL};
    int rc = register_version(c->records, office_str(row, "number"), entry - 1, &before);
    if (rc != 0) {
        return RECORDS_FAILED;
    }
    rc = register_version(c->records, office_str(row, "number"), entry, &after);
    if (rc == 0) {
        a->before = json_incref(before.data);
        a->after = json_incref(after.data);
        register_version_free(&after);
    }
    register_version_free(&before);
    return rc;
}

static int compare(struct op_call *c, const json_t *row, const json_t *full, struct amendment *a)
{
    char today[OFFICE_DATE];
    struct scheme_data scheme;
    if (is(office_str(row, "state"), "done")) {
        return compare_done(c, row, a);
    }
    const struct amendment_ask ask = {.number = office_str(row, "number"),
                                      .event = office_str(row, "event"),
                                      .reason = office_str(row, "reason"),
                                      .today = office_today(c, today),
                                      .change = amendment_change(full)};
    int rc = inside_scheme(c, &scheme);
    rc = rc > 0 ? 2 : rc ? rc : amendment_read(c->records, &scheme.settings, &ask, a);
    if (rc == 0 && moved(row)) {
        (void)snprintf(a->why, sizeof a->why, "%s", moved_en);
        (void)snprintf(a->why_hi, sizeof a->why_hi, "%s", moved_hi);
        json_decref(a->after);
        a->after = NULL;
        rc = 1;
    }
    return rc;
}

static int tell(struct op_call *c, json_t *row, const struct amendment *a, bool refused)
{
    json_t *differences = a->after ? amendment_differences(a->before, a->after) : json_array();
    bool waits = is(office_str(row, "state"), "waiting");
    refused = refused && waits;
    json_t *more = json_pack("{sO so? so ss? sb ss? ss?}", "before", a->before, "after",
                             a->after ? json_incref(a->after) : json_null(), "differences",
                             differences, "sha256", waits && a->sha256[0] ? a->sha256 : NULL,
                             "possible", waits && a->after && c->desk && *c->office->issue_key,
                             "why", refused ? a->why : NULL, "why_hi", refused ? a->why_hi : NULL);
    int rc = more ? json_object_update(row, more) : -1;
    json_decref(more);
    return rc;
}

static int run_show(struct op_call *c)
{
    json_t *row, *full;
    struct amendment a;
    int rc = find(c, &row, &full);
    if (rc) {
        return rc < 0 ? -1 : 0;
    }
    rc = compare(c, row, full, &a);
    json_decref(full);
    if (rc == 0 || rc == 1) {
        rc = tell(c, row, &a, rc == 1);
        amendment_free(&a);
    }
    if (rc != 0) {
        json_decref(row);
        return rc < 0 ? -1 : 0;
    }
    c->out = row;
    return 0;
}

static int run_preview(struct op_call *c)
{
    json_t *row, *full;
    int code, rc = find(c, &row, &full);
    if (rc) {
        return rc < 0 ? -1 : 0;
    }
    bool waits = is(office_str(row, "state"), "waiting");
    json_decref(row);
    json_decref(full);
    int fd = waits ? desk_preview(c->data, "--preview-change", op_int(c, "change"), &code) : -1;
    if (fd < 0 && (!waits || code == 1)) {
        return op_fail(c, OP_STATE, "The change does not wait any more, or is not possible now.",
                       "यह बदलाव अब प्रतीक्षा में नहीं है, या अभी संभव नहीं है।");
    }
    if (fd < 0) {
        (void)fprintf(stderr, "satyapan: a certificate could not be drawn (%d)\n", code);
        return op_fail(c, OP_INTERNAL, NULL, NULL);
    }
    return inside_file(c, fd, "draft.pdf", "application/pdf");
}

/* ---- certificate.sign-change ----------------------------------------------------------------- */

/* 0; 1: a problem is set. */
static int check_second(struct op_call *c, const json_t *row)
{
    if (!is(office_str(row, "state"), "waiting")) {
        (void)op_fail(c, OP_STATE, "The change does not wait any more.",
                      "यह बदलाव अब प्रतीक्षा में नहीं है।");
    } else if (office_num(row, "signing") != UTC_NONE) {
        (void)op_fail(c, OP_STATE, "It is being signed at this moment.",
                      "इस पर अभी हस्ताक्षर हो रहे हैं।");
    } else if (office_num(row, "person") == c->actor->person) {
        (void)op_fail(c, OP_FOUR_EYES, "Who asked for a change does not sign it.",
                      "जिसने बदलाव माँगा, वही उस पर हस्ताक्षर नहीं कर सकता।");
    } else if (moved(row)) {
        (void)op_fail(c, OP_CONFLICT, moved_en, moved_hi);
    }
    return c->problem ? 1 : 0;
}

static int check_change(struct op_call *c, const json_t *row, const json_t *full)
{
    char today[OFFICE_DATE];
    struct amendment a;
    const struct amendment_ask ask = {.number = office_str(row, "number"),
                                      .event = office_str(row, "event"),
                                      .reason = office_str(row, "reason"),
                                      .today = office_today(c, today),
                                      .change = amendment_change(full)};
    int rc = inside_amendment(c, &ask, &a);
    if (rc == 0) {
        rc = inside_signatory(c, NULL, office_str(of(a.after, "signatory"), "name"));
        rc = rc || c->problem ? rc : inside_confirmed(c, a.sha256);
        amendment_free(&a);
    }
    return rc < 0 ? -1 : 0;
}

static int keep(struct op_call *c, const json_t *row, const char *ticket)
{
    const struct signing_new n = {
        .ticket = ticket, .sha256 = op_text(c, "sha256"), .person = c->actor->person, .at = c->now};
    int64_t id = signing_add(c->records, &n, NULL, 0);
    int rc = id < 0 ? (int)id : signing_add_change(c->records, id, office_num(row, "id"));
    if (rc < 0) {
        return op_records(c, rc);
    }
    json_t *detail = json_pack("{sI sO sO ss}", "signing", (json_int_t)id, "change", of(row, "id"),
                               "event", of(row, "event"), "sha256", op_text(c, "sha256"));
    return inside_trace(c, office_str(row, "number"), UTC_NONE, false, detail) < 0
               ? -1
               : inside_signing(c, id);
}

static int sign(struct op_call *c, const json_t *row, const json_t *full)
{
    char ticket[DESK_TICKET];
    int rc = check_second(c, row) ? 0 : check_change(c, row, full);
    if (rc != 0 || c->problem) {
        return rc;
    }
    rc = inside_desk(c, ticket);
    return rc || c->problem ? rc : keep(c, row, ticket);
}

static int run_sign(struct op_call *c)
{
    json_t *row, *full;
    if (!inside_person(c) || !inside_key(c)) {
        return 0;
    }
    int rc = find(c, &row, &full);
    if (rc == 0) {
        rc = sign(c, row, full);
        json_decref(row);
        json_decref(full);
    }
    return rc < 0 ? -1 : 0;
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct op_param one_params[] = {
    {"change", OP_IN_PATH, OP_ID, true, 0, NULL, "id of the change", "बदलाव की आईडी"},
    {.name = NULL}};

static const struct op_param sign_params[] = {
    {"change", OP_IN_PATH, OP_ID, true, 0, NULL, "id of the change", "बदलाव की आईडी"},
    {"sha256", OP_IN_BODY, OP_SHA256, true, 0, NULL,
     "SHA-256 of the change that was looked at, as certificate.amendment tells it",
     "देखे गए बदलाव का SHA-256, जैसा certificate.amendment बताता है"},
    {"confirm", OP_IN_BODY, OP_TEXT, false, 64, NULL,
     "the first 8 characters of the SHA-256, to confirm the change",
     "बदलाव की पुष्टि के लिए SHA-256 के पहले 8 अक्षर"},
    {"pin", OP_IN_BODY, OP_PASSWORD, false, DESK_PIN - 1, NULL,
     "PIN of your token, or password of your key file; used once and not kept",
     "आपके टोकन का PIN, या कुंजी फ़ाइल का पासवर्ड; एक बार प्रयोग होता है, रखा नहीं जाता"},
    {.name = NULL}};

static const enum op_problem preview_problems[] = {OP_STATE, OP_OK};
static const enum op_problem sign_problems[] = {OP_STATE,    OP_RULE, OP_FOUR_EYES,
                                                OP_CONFLICT, OP_BUSY, OP_OK};

#define ONE "/api/v1/register/changes/{change}"

const struct op ops_amended[] = {
    {"certificate.amendment", "GET", ONE,
     "An amendment or correction: what the certificate says and what it would say",
     "संशोधन या सुधार: प्रमाणपत्र में क्या लिखा है और क्या लिखा जाएगा", ROLE_OFFICER, OP_READ, 0,
     "certificate-amendment", one_params, run_show, NULL},
    {"certificate.amendment-preview", "GET", ONE "/preview",
     "The amended certificate as it would look, with a watermark",
     "संशोधित प्रमाणपत्र जैसा दिखेगा, वॉटरमार्क सहित", ROLE_OFFICER, OP_READ | OP_FILE, 0, NULL,
     one_params, run_preview, preview_problems},
    {"certificate.sign-change", "POST", ONE "/sign",
     "Sign an amendment or correction that another officer asked for",
     "दूसरे अधिकारी द्वारा प्रस्तावित संशोधन या सुधार पर हस्ताक्षर करें", ROLE_SIGNER, OP_FRESH | OP_SECRET,
     202, "signing", sign_params, run_sign, sign_problems},
    {.id = NULL}};
