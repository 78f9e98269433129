/*
 * ops_amend - amend and correct: an officer asks for a certificate to be drawn and signed anew.
 * Another one compares and signs: ops_amended.c. The rules are issue/amend.c.
 *
 * Of a correction every field may be given as it should be; what is the same is no change.
 */
#include <stdio.h>

#include "office/cases.h"
#include "office/certificates/amendment.h"
#include "office/certificates/inside.h"
#include "office/certificates/lines.h"
#include "records/changes.h"
#include "records/requests.h"
#include "register/register.h"

enum { REMARK_MAX = 2000, SENTENCE = 500, NAME = 160, SHORT_NAME = 120, ROWS = 400000 };

static const char *const reasons[] = {"firmware-update", "corrected",     "holder-request",
                                      "non-conformity",  "vulnerability", NULL};
static const char *const report_keys[] = {"number", "date", NULL};

static bool is(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static const json_t *of(const json_t *o, const char *key)
{
    return json_object_get(o, key);
}

/* ---- what is asked for, from the parameters -------------------------------------------------- */

/* Lines of cells, under key; nothing when they were not given. 0; 1: a problem is set; -1. */
static int put_rows(struct op_call *c, json_t *to, const char *key, const char *const *cells,
                    size_t least)
{
    const char *text = op_text(c, key);
    size_t bad = 0;
    if (!text) {
        return 0;
    }
    json_t *rows = lines_rows(text, cells, least, &bad);
    if (bad) {
        const char *en =
            arena_printf(c->arena, "line %zu is none: write the cells with | between", bad);
        const char *hi = arena_printf(c->arena, "की पंक्ति %zu ठीक नहीं है: खानों के बीच | लिखें", bad);
        return !en || !hi || op_fail_field(c, key, en, hi) < 0 ? -1 : 1;
    }
    return rows && json_object_set_new(to, key, rows) == 0 ? 0 : -1;
}

static int put_conditions(struct op_call *c, json_t *to)
{
    const char *en = op_text(c, "conditions"), *hi = op_text(c, "conditions_hi");
    bool uneven = false;
    if (!op_given(c, "conditions") && !op_given(c, "conditions_hi")) {
        return 0;
    }
    json_t *pairs = lines_pairs(en ? en : "", hi ? hi : "", &uneven);
    if (uneven) {
        return op_fail_field(c, "conditions_hi", "needs as many lines as the English conditions",
                             "में उतनी ही पंक्तियाँ हों जितनी अंग्रेज़ी शर्तों में हैं") < 0
                   ? -1
                   : 1;
    }
    return pairs && json_object_set_new(to, "conditions", pairs) == 0 ? 0 : -1;
}

/* A copy of the object with the members whose parameter was given. "" and null take away. */
static json_t *with_given(struct op_call *c, const json_t *object, const char *const (*pairs)[2])
{
    json_t *out = json_deep_copy(object);
    for (; out && (*pairs)[0]; pairs++) {
        const char *text = op_text(c, (*pairs)[0]);
        if (!op_given(c, (*pairs)[0])) {
            continue;
        }
        int rc = text && *text ? json_object_set_new(out, (*pairs)[1], json_string(text))
                               : (json_object_del(out, (*pairs)[1]), 0);
        if (rc != 0) {
            json_decref(out);
            out = NULL;
        }
    }
    return out;
}

/* value, taken over, under key where it is another one. */
static int put_other(json_t *to, const char *key, const json_t *now, json_t *value)
{
    if (value && json_equal(now, value)) {
        json_decref(value);
        return 0;
    }
    return value ? json_object_set_new(to, key, value) : -1;
}

static int put_signatory(struct op_call *c, json_t *change, const json_t *now)
{
    const json_t *who = of(now, "signatory");
    return put_other(change, "signatory", who, with_given(c, who, amendment_signatory));
}

static int put_set(struct op_call *c, json_t *set, const json_t *now)
{
    const char *assessor = op_text(c, "assessor_name"), *standards = op_text(c, "standards");
    int rc = put_other(set, "holder", of(now, "holder"),
                       with_given(c, of(now, "holder"), amendment_holder)) |
             put_other(set, "product", of(now, "product"),
                       with_given(c, of(now, "product"), amendment_product)) |
             put_other(set, "lab", of(now, "lab"), with_given(c, of(now, "lab"), amendment_lab));
    if (assessor) {
        rc |= put_other(set, "assessor", of(now, "assessor"), json_string(assessor));
    }
    if (standards) {
        rc |= put_other(set, "standards", of(now, "standards"), lines_of(standards));
    }
    rc = rc ? -1 : put_rows(c, set, "models", amendment_models, 4);
    rc = rc ? rc : put_rows(c, set, "locations", amendment_places, 2);
    rc = rc ? rc : put_conditions(c, set);
    /* What was given and is the same is no change. */
    static const char *const lists[] = {"models", "locations", "conditions"};
    for (size_t i = 0; rc == 0 && i < sizeof lists / sizeof *lists; i++) {
        if (json_equal(of(set, lists[i]), of(now, lists[i]))) {
            (void)json_object_del(set, lists[i]);
        }
    }
    return rc;
}

/* 0; 1: a problem is set; -1. */
static int make_change(struct op_call *c, const json_t *now, bool corrects, json_t **out)
{
    json_t *set = corrects ? json_object() : NULL;
    *out = json_pack("{ss ss ss}", "decision", op_text(c, "decision"), "en", op_text(c, "en"), "hi",
                     op_text(c, "hi"));
    int rc = *out && (!corrects || json_object_set_new(*out, "set", set) == 0)
                 ? put_signatory(c, *out, now)
                 : -1;
    if (corrects) {
        return rc ? rc : put_set(c, set, now);
    }
    rc = rc ? rc : put_rows(c, *out, "models", amendment_models, 4);
    rc = rc ? rc : put_rows(c, *out, "reports", report_keys, 2);
    return rc ? rc : put_conditions(c, *out);
}

/* ---- certificate.amend, certificate.correct -------------------------------------------------- */

static int add(struct op_call *c, const json_t *row, const char *event, const json_t *change,
               const struct amendment *a)
{
    json_t *data = json_pack("{ss sO sO}", "remark", op_text(c, "remark"), "seen", of(row, "entry"),
                             "change", change);
    json_t *detail = json_pack("{ss ss}", "decision", op_text(c, "decision"), "sha256", a->sha256);
    return inside_ask(c, row, event, data, detail);
}

static int ask_for(struct op_call *c, const json_t *row, const char *event)
{
    char today[OFFICE_DATE];
    struct register_version v;
    struct amendment a;
    json_t *change = NULL;
    const char *number = office_str(row, "number");
    if (register_version(c->records, number, INT64_MAX, &v) != 0) {
        return -1;
    }
    int rc = make_change(c, v.data, is(event, "correct"), &change);
    register_version_free(&v);
    const struct amendment_ask ask = {.number = number,
                                      .event = event,
                                      .reason = op_text(c, "reason"),
                                      .today = office_today(c, today),
                                      .change = change};
    rc = rc ? rc : inside_amendment(c, &ask, &a);
    if (rc == 0) {
        rc = add(c, row, event, change, &a);
        amendment_free(&a);
    }
    json_decref(change);
    return rc < 0 ? -1 : 0;
}

static int run_ask(struct op_call *c, const char *event)
{
    json_t *row = NULL;
    int rc = 0;
    if (!inside_person(c) || !inside_reason(c, "remark", &rc)) {
        return rc;
    }
    rc = issued_get(c->records, op_int(c, "certificate"), &row);
    if (rc != 0) {
        return op_records(c, rc);
    }
    rc = ask_for(c, row, event);
    json_decref(row);
    return rc;
}

static int run_amend(struct op_call *c)
{
    return run_ask(c, "amend");
}

static int run_correct(struct op_call *c)
{
    return run_ask(c, "correct");
}

/* ---- the table ------------------------------------------------------------------------------- */

/* clang-format off */
#define FIRST \
    { \
        "certificate",           OP_IN_PATH,        OP_ID, true, 0, NULL, \
        "id of the certificate", "प्रमाणपत्र की आईडी"}, \
        {"reason", \
         OP_IN_BODY, \
         OP_WORD, \
         true, \
         0, \
         reasons, \
         "reason, as the public page says it", \
         "कारण, जैसा सार्वजनिक पृष्ठ पर दिखेगा"}, \
        {"decision", \
         OP_IN_BODY, \
         OP_TEXT, \
         true, \
         SHORT_NAME, \
         NULL, \
         "the body's decision, such as CB/2026/31 (R-CHG-2)", \
         "निकाय का निर्णय, जैसे CB/2026/31 (R-CHG-2)"}, \
        {"en", \
         OP_IN_BODY, \
         OP_TEXT, \
         true, \
         SENTENCE, \
         NULL, \
         "what is new, in English, as it is printed", \
         "क्या नया है, अंग्रेज़ी में, जैसा छपेगा"}, \
    { \
        "hi", OP_IN_BODY, OP_TEXT, true, SENTENCE, NULL, \
            "what is new, in Hindi, as it is printed", "क्या नया है, हिंदी में, जैसा छपेगा" \
    }
#define LAST \
    {"signatory", OP_IN_BODY, OP_TEXT,           false, \
     SHORT_NAME,  NULL,       "who signs: name", "हस्ताक्षरकर्ता: नाम"}, \
        {"signatory_hi", \
         OP_IN_BODY, \
         OP_TEXT, \
         false, \
         SHORT_NAME, \
         NULL, \
         "who signs: name in Hindi", \
         "हस्ताक्षरकर्ता: नाम हिंदी में"}, \
        {"designation", OP_IN_BODY, OP_TEXT, false, SHORT_NAME, NULL, "designation", "पदनाम"}, \
        {"designation_hi",       OP_IN_BODY,    OP_TEXT, false, SHORT_NAME, NULL, \
         "designation in Hindi", "पदनाम हिंदी में"}, \
        {"place", OP_IN_BODY, OP_TEXT, false, 60, NULL, "place", "स्थान"}, \
        {"place_hi", OP_IN_BODY, OP_TEXT, false, 60, NULL, "place in Hindi", "स्थान हिंदी में"}, \
        {"remark", \
         OP_IN_BODY, \
         OP_LONG, \
         true, \
         REMARK_MAX, \
         NULL, \
         "why, for the file; at least 10 letters; not public", \
         "क्यों, अभिलेख के लिए; कम से कम 10 अक्षर; सार्वजनिक नहीं"}, \
    { \
        .name = NULL \
    }
/* clang-format on */

static const struct op_param amend_params[] = {
    FIRST,
    {"models", OP_IN_BODY, OP_LONG, false, ROWS, NULL,
     "firmware versions to add, a line each: model | hardware | firmware | SHA-256 | SoC",
     "जोड़े जाने वाले फ़र्मवेयर संस्करण, एक पंक्ति में एक: मॉडल | हार्डवेयर | फ़र्मवेयर | SHA-256 | SoC"},
    {"reports", OP_IN_BODY, OP_LONG, false, 0, NULL,
     "test reports to add, a line each: number | date as 2026-11-22",
     "जोड़ी जाने वाली परीक्षण रिपोर्टें, एक पंक्ति में एक: संख्या | दिनांक 2026-11-22 जैसा"},
    {"conditions", OP_IN_BODY, OP_LONG, false, 0, NULL, "conditions to add, a line each",
     "जोड़ी जाने वाली शर्तें, एक पंक्ति में एक"},
    {"conditions_hi", OP_IN_BODY, OP_LONG, false, 0, NULL, "the same conditions in Hindi",
     "वही शर्तें हिंदी में"},
    LAST};

static const struct op_param correct_params[] = {
    FIRST,
    {"holder", OP_IN_BODY, OP_TEXT, false, NAME, NULL, "holder", "धारक"},
    {"holder_hi", OP_IN_BODY, OP_TEXT, false, NAME, NULL, "holder in Hindi", "धारक हिंदी में"},
    {"address", OP_IN_BODY, OP_TEXT, false, 300, NULL, "address of the holder", "धारक का पता"},
    {"address_hi", OP_IN_BODY, OP_TEXT, false, 300, NULL, "address of the holder in Hindi",
     "धारक का पता हिंदी में"},
    {"product", OP_IN_BODY, OP_TEXT, false, NAME, NULL, "product", "उत्पाद"},
    {"product_hi", OP_IN_BODY, OP_TEXT, false, NAME, NULL, "product in Hindi", "उत्पाद हिंदी में"},
    {"standards", OP_IN_BODY, OP_LONG, false, 0, NULL, "standards, a line each",
     "मानक, एक पंक्ति में एक"},
    {"lab_name", OP_IN_BODY, OP_TEXT, false, NAME, NULL, "laboratory", "प्रयोगशाला"},
    {"assessor_name", OP_IN_BODY, OP_TEXT, false, SHORT_NAME, NULL, "assessor", "मूल्यांकनकर्ता"},
    {"models", OP_IN_BODY, OP_LONG, false, ROWS, NULL,
     "the rows of models as they should be, a line each: model | hardware | firmware | SHA-256 | "
     "SoC; the first three stay as they are",
     "मॉडलों की पंक्तियाँ जैसी होनी चाहिए: मॉडल | हार्डवेयर | फ़र्मवेयर | SHA-256 | SoC; पहले तीन "
     "खाने नहीं बदलते"},
    {"locations", OP_IN_BODY, OP_LONG, false, ROWS, NULL,
     "manufacturing locations, a line each: name | address | address in Hindi",
     "निर्माण स्थान, एक पंक्ति में एक: नाम | पता | पता हिंदी में"},
    {"conditions", OP_IN_BODY, OP_LONG, false, 0, NULL, "conditions, a line each",
     "शर्तें, एक पंक्ति में एक"},
    {"conditions_hi", OP_IN_BODY, OP_LONG, false, 0, NULL, "the same conditions in Hindi",
     "वही शर्तें हिंदी में"},
    LAST};

static const enum op_problem ask_problems[] = {OP_STATE, OP_RULE, OP_OK};

const struct op ops_amend[] = {
    {"certificate.amend", "POST", "/api/v1/register/certificates/{certificate}/amendments",
     "Ask for firmware versions, reports or conditions to be added (R-VAL-4)",
     "फ़र्मवेयर संस्करण, रिपोर्ट या शर्तें जोड़ने का प्रस्ताव दें (R-VAL-4)", ROLE_INTAKE | ROLE_SIGNER, 0, 201,
     "certificate-change", amend_params, run_amend, ask_problems},
    {"certificate.correct", "POST", "/api/v1/register/certificates/{certificate}/corrections",
     "Ask for what was written wrongly to be put right", "ग़लत लिखी बात को सुधारने का प्रस्ताव दें",
     ROLE_INTAKE | ROLE_SIGNER, 0, 201, "certificate-change", correct_params, run_correct,
     ask_problems},
    {.id = NULL}};
