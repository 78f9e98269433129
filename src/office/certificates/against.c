/*
 * against - a certificate's data against the application they are for.
 *
 * The application is the one of that registration number. What the certificate says of vendor,
 * product, models, laboratory and committee must be what the records say; then every rule of the
 * scheme that blocks (scheme/rules.h) is asked with the dates of the certificate.
 *
 * A body that keeps its applications elsewhere has none here: then only issue_check has spoken. One
 * that has some has all, unless it says otherwise (issue_elsewhere): else a number that looks like
 * an application's - another script's letters, one more slash - would go round all of this, and no
 * second officer could see it.
 */
#include <stdio.h>

#include "office/certificates/request.h"
#include "office/check.h"
#include "records/applications.h"
#include "records/log.h"

/* Why not, by which rule, in both languages; the arguments stand in the same order. */
static int refuse(struct certify_request *q, const char *rule, const char *en, const char *hi, ...)
    PRINTF_LIKE(3, 5) PRINTF_LIKE(4, 5);

static int refuse(struct certify_request *q, const char *rule, const char *en, const char *hi, ...)
{
    const struct scheme_rule *row = scheme_rule_by_id(rule);
    const char *cite = row ? row->cite : "OM 05.03.2024";
    char text[ISSUE_WHY / 2];
    va_list ap, again;
    va_start(ap, hi);
    va_copy(again, ap);
    (void)vsnprintf(text, sizeof text, en, ap);
    (void)snprintf(q->why, sizeof q->why, "%s (%s, %s)", text, rule, cite);
    (void)vsnprintf(text, sizeof text, hi, again);
    (void)snprintf(q->why_hi, sizeof q->why_hi, "%s (%s, %s)", text, rule, cite);
    va_end(again);
    va_end(ap);
    return 1;
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static bool same(const json_t *a, const char *key, const json_t *b, const char *other)
{
    return strcmp(text_of(a, key), text_of(b, other)) == 0;
}

/* ---- what the records say -------------------------------------------------------------------- */

static int against_committee(const json_t *data, const json_t *row, struct certify_request *q)
{
    const json_t *committee = json_object_get(data, "committee");
    const char *state = text_of(row, "state");
    if (strcmp(state, "recommended") != 0) {
        return refuse(q, "R-CC-1",
                      "registration: the application is \"%s\"; the committee must have "
                      "recommended it",
                      "registration: आवेदन की स्थिति \"%s\" है; समिति की अनुशंसा आवश्यक है", state);
    }
    if (!same(committee, "meeting", row, "meeting") ||
        !same(committee, "date", row, "meeting_on")) {
        return refuse(q, "R-CC-1", "committee: it recommended in the meeting %s of %s",
                      "committee: अनुशंसा बैठक %s, दिनांक %s में हुई थी", text_of(row, "meeting"),
                      text_of(row, "meeting_on"));
    }
    if (*text_of(row, "conditions") && !*text_of(row, "conditions_closed_on")) {
        return refuse(q, "R-CC-1", "committee: its conditions are not closed yet",
                      "committee: समिति की शर्तें अभी पूरी नहीं हुई हैं");
    }
    return 0;
}

static int against_holder(const json_t *data, const json_t *row, struct certify_request *q)
{
    const json_t *holder = json_object_get(data, "holder"), *lab = json_object_get(data, "lab");
    if (!same(holder, "name", row, "vendor_name")) {
        return refuse(q, "R-REG-1", "holder.name: the application's vendor is \"%s\"",
                      "holder.name: आवेदन का विक्रेता \"%s\" है", text_of(row, "vendor_name"));
    }
    if (!same(json_object_get(data, "product"), "name", row, "product")) {
        return refuse(q, "R-REG-1", "product.name: the application's product is \"%s\"",
                      "product.name: आवेदन का उत्पाद \"%s\" है", text_of(row, "product"));
    }
    if (!same(data, "series", row, "series") ||
        !json_equal(json_object_get(data, "level"), json_object_get(row, "level"))) {
        return refuse(q, "R-LVL-1", "series, level: the application is for %s, level %d",
                      "series, level: आवेदन %s, स्तर %d के लिए है", text_of(row, "series"),
                      (int)json_integer_value(json_object_get(row, "level")));
    }
    if (!same(lab, "name", row, "lab_name")) {
        return refuse(q, "R-LAB-1", "lab.name: the allotted laboratory is \"%s\"",
                      "lab.name: आवंटित प्रयोगशाला \"%s\" है", text_of(row, "lab_name"));
    }
    return 0;
}

static int against_kind(const json_t *data, const json_t *row, struct certify_request *q)
{
    const char *kind = text_of(row, "kind");
    if (strcmp(kind, "minor-change") == 0) {
        return refuse(q, "R-VAL-4",
                      "kind: after a minor change the certificate goes on; amend it (satyapan "
                      "register amend)",
                      "kind: छोटे बदलाव के बाद प्रमाणपत्र जारी रहता है; उसे संशोधित करें");
    }
    if (!same(data, "kind", row, "kind")) {
        return refuse(q, "R-VAL-1", "kind: the application is one of kind %s",
                      "kind: आवेदन का प्रकार %s है", kind);
    }
    const json_t *previous = json_object_get(data, "previous");
    if (json_is_object(previous) && !same(previous, "number", row, "previous_certificate")) {
        return refuse(q, "R-VAL-2", "previous.number: the application names the certificate \"%s\"",
                      "previous.number: आवेदन में प्रमाणपत्र \"%s\" लिखा है",
                      text_of(row, "previous_certificate"));
    }
    return 0;
}

static bool has_model(const json_t *models, const json_t *m)
{
    size_t i;
    json_t *row;
    json_array_foreach(models, i, row)
    {
        if (same(m, "model", row, "name") && same(m, "hardware", row, "hardware") &&
            same(m, "firmware", row, "firmware") &&
            same(m, "firmware_sha256", row, "firmware_sha256")) {
            return true;
        }
    }
    return false;
}

static int against_models(const struct certify *c, const json_t *data, struct certify_request *q)
{
    json_t *models = NULL, *m;
    size_t i;
    if (part_list(c->r, PART_MODEL, q->application, false, &models) != 0) {
        return -1;
    }
    int rc = 0;
    json_array_foreach(json_object_get(data, "models"), i, m)
    {
        if (rc == 0 && !has_model(models, m)) {
            rc = refuse(q, "R-REG-1",
                        "models[%zu]: the application has no model \"%s\" with that hardware, "
                        "firmware and SHA-256",
                        "models[%zu]: आवेदन में उस हार्डवेयर, फ़र्मवेयर और SHA-256 वाला मॉडल \"%s\" नहीं है",
                        i, text_of(m, "model"));
        }
    }
    json_decref(models);
    return rc;
}

/* ---- the rules ------------------------------------------------------------------------------- */

static int32_t day(const json_t *data, const char *key)
{
    int32_t d = DATE_NONE;
    return date_parse(span_str(text_of(data, key)), &d) ? d : DATE_NONE;
}

static int blocked(const struct scheme_results *results, struct certify_request *q)
{
    for (size_t i = 0; i < results->count; i++) {
        const struct scheme_result *r = &results->rows[i];
        bool open = r->outcome == SCHEME_FAIL || r->outcome == SCHEME_PENDING;
        if (open && r->weight == SCHEME_BLOCKS) {
            (void)snprintf(q->why, sizeof q->why, "%.400s (%s, %.80s)", r->text, r->rule->id,
                           r->rule->cite);
            (void)snprintf(q->why_hi, sizeof q->why_hi, "%.400s (%s, %.80s)", r->text_hi,
                           r->rule->id, r->rule->cite);
            return 1;
        }
    }
    return 0;
}

static int against_rules(const struct certify *c, struct arena *a, const json_t *data,
                         const json_t *row, struct certify_request *q)
{
    struct scheme_facts facts;
    struct scheme_input in;
    struct scheme_results results;
    if (check_input(a, c->r, row, c->scheme, c->now, &facts, &in) != 0) {
        return -1;
    }
    facts.issued_on = day(data, "issued_on");
    facts.valid_from = day(data, "valid_from");
    facts.valid_to = day(data, "valid_to");
    return scheme_check(a, &in, &results) != 0 ? -1 : results.blocked ? blocked(&results, q) : 0;
}

/* ---- the certificate before it --------------------------------------------------------------- */

/* The certificate and this application are of one firm: by its row, else by its name. */
static int same_firm(const struct certify *c, const json_t *old, const json_t *data,
                     const struct certify_request *q, bool *out)
{
    int64_t one = UTC_NONE, other = UTC_NONE;
    const json_t *application = json_object_get(old, "application");
    *out = same(json_object_get(data, "holder"), "name", old, "holder");
    if (*out || q->application == UTC_NONE || !json_is_integer(application)) {
        return 0;
    }
    int rc = application_vendor(c->r, q->application, &one);
    rc = rc ? rc : application_vendor(c->r, json_integer_value(application), &other);
    *out = rc == 0 && one == other;
    return rc == RECORDS_FAILED ? -1 : 0;
}

/* A re-certification counts from its last day, a major change takes its place: what the register
 * says of it counts, not what the application says. One of another register is not here. */
static int against_previous(const struct certify *c, struct certify_request *q, const json_t *data)
{
    const json_t *previous = json_object_get(data, "previous");
    json_t *old = NULL;
    bool firm = false;
    int rc = json_is_object(previous) ? certificate_find(c->r, text_of(previous, "number"), &old)
                                      : RECORDS_NONE;
    if (rc != 0) {
        return rc == RECORDS_NONE ? 0 : -1;
    }
    const char *rule = strcmp(text_of(data, "kind"), "major-change") == 0 ? "R-VAL-3" : "R-VAL-2";
    rc = same_firm(c, old, data, q, &firm);
    if (rc == 0 && !firm) {
        rc = refuse(q, rule,
                    "previous.number: its holder is \"%s\"; if that is the same firm, correct the "
                    "holder first (satyapan register correct)",
                    "previous.number: उसका धारक \"%s\" है; यदि यह वही फ़र्म है तो पहले धारक ठीक करें",
                    text_of(old, "holder"));
    } else if (rc == 0 && (!same(previous, "valid_from", old, "valid_from") ||
                           !same(previous, "valid_to", old, "valid_to"))) {
        rc = refuse(q, rule, "previous: it is valid from %s to %s, as the register has it",
                    "previous: पंजी के अनुसार यह %s से %s तक मान्य है", text_of(old, "valid_from"),
                    text_of(old, "valid_to"));
    }
    json_decref(old);
    return rc;
}

/* ---- together -------------------------------------------------------------------------------- */

/* No application has that number. */
static int nobodys(const struct certify *c, struct certify_request *q)
{
    bool kept = false;
    int rc = c->office->issue_elsewhere ? 0 : application_any(c->r, &kept);
    return rc != 0 ? -1
           : kept
               ? refuse(q, "R-REG-1", "registration: no application in the records has this number",
                        "registration: अभिलेख में इस संख्या का कोई आवेदन नहीं है")
               : 0;
}

static int find(const struct certify *c, struct certify_request *q, const json_t *data)
{
    int64_t found = UTC_NONE, id = q->application;
    int rc = application_by_number(c->r, text_of(data, "registration"), &found);
    if (rc == RECORDS_NONE && id != UTC_NONE) {
        return refuse(q, "R-REG-2", "registration: the application %lld has another number",
                      "registration: आवेदन %lld की संख्या दूसरी है", (long long)id);
    }
    if (rc == 0 && id != UTC_NONE && id != found) {
        return refuse(q, "R-REG-2", "registration: it is that of the application %lld",
                      "registration: यह आवेदन %lld की संख्या है", (long long)found);
    }
    q->application = rc == 0 ? found : UTC_NONE;
    return rc == RECORDS_NONE ? nobodys(c, q) : rc == 0 ? 0 : -1;
}

int certify_against(const struct certify *c, struct certify_request *q, const json_t *data)
{
    json_t *row = NULL;
    int rc = find(c, q, data);
    rc = rc ? rc : against_previous(c, q, data);
    if (rc != 0 || q->application == UTC_NONE) {
        return rc;
    }
    struct arena *a = arena_new((size_t)256 << 20);
    rc = a && application_get(c->r, q->application, &row) == 0 ? 0 : -1;
    rc = rc ? rc : against_committee(data, row, q);
    rc = rc ? rc : against_kind(data, row, q);
    rc = rc ? rc : against_holder(data, row, q);
    rc = rc ? rc : against_models(c, data, q);
    rc = rc ? rc : against_rules(c, a, data, row, q);
    json_decref(row);
    arena_free(a);
    return rc;
}
