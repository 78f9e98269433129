/*
 * request - see request.h.
 */
#include "office/certificates/request.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "db/rows.h"
#include "records/log.h"

/* The same in both languages; the arguments stand in the same order. */
static enum certify_end refuse(struct certify_request *q, const char *en, const char *hi, ...)
    PRINTF_LIKE(2, 4) PRINTF_LIKE(3, 4);

static enum certify_end refuse(struct certify_request *q, const char *en, const char *hi, ...)
{
    va_list ap, again;
    va_start(ap, hi);
    va_copy(again, ap);
    (void)vsnprintf(q->why, sizeof q->why, en, ap);
    (void)vsnprintf(q->why_hi, sizeof q->why_hi, hi, again);
    va_end(again);
    va_end(ap);
    return CERTIFY_REFUSED;
}

/* ---- what may be left out -------------------------------------------------------------------- */

static bool put_default(json_t *data, const char *key, json_t *value)
{
    if (json_object_get(data, key)) {
        json_decref(value);
        return true;
    }
    return json_object_set_new(data, key, value) == 0;
}

static bool put_defaults(const struct certify *c, json_t *data)
{
    return put_default(data, "schema", json_string("iotscs-certificate/1")) &&
           put_default(data, "scheme",
                       json_pack("{ss ss}", "document", "F No. STQC/IT&eGov/IoTSCS/2024/001",
                                 "issue", "2024-03-05")) &&
           put_default(data, "body",
                       json_pack("{ss ss}", "name", c->office->body_name, "name_hi",
                                 c->office->body_name_hi)) &&
           put_default(data, "previous", json_null()) &&
           put_default(data, "brands", json_array()) &&
           put_default(data, "conditions", json_array());
}

/* ---- one that was issued already ------------------------------------------------------------- */

static int first_event(void *context, const struct log_entry *e)
{
    struct certify_request *q = context;
    json_t *data = e->data ? json_loads(e->data, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (!data) {
        return -1;
    }
    json_decref(q->data);
    q->data = data;
    q->previous = e->entry;
    return 1;
}

/* Is the request the one that the certificate was issued for? What it leaves out is as it was then;
 * what it says must be the same. */
static enum certify_end compare(const struct certify *c, struct certify_request *q, json_t *asked,
                                const json_t *row)
{
    const char *number = json_string_value(json_object_get(row, "number"));
    if (!number || log_walk(c->r, number, 0, first_event, q) != 1) {
        return CERTIFY_BROKEN;
    }
    (void)snprintf(q->number, sizeof q->number, "%s", number);
    if (json_object_update_missing(asked, q->data) != 0) {
        return CERTIFY_BROKEN;
    }
    const char *key;
    json_t *value;
    json_object_foreach(asked, key, value)
    {
        if (!json_equal(value, json_object_get(q->data, key))) {
            return refuse(
                q,
                "%s: the certificate %s was issued for this registration with other "
                "data; it can be amended or corrected (satyapan register amend), not "
                "issued again (R-VAL-4, OM 05.03.2024)",
                "%s: इस पंजीकरण के लिए प्रमाणपत्र %s अन्य विवरण के साथ जारी हो चुका है; उसे संशोधित या "
                "ठीक किया जा सकता है, दोबारा जारी नहीं (R-VAL-4, OM 05.03.2024)",
                key, number);
        }
    }
    return CERTIFY_ISSUED;
}

/* ---- a new one ------------------------------------------------------------------------------- */

static enum certify_end complete(const struct certify *c, struct certify_request *q, json_t *data)
{
    char today[DATE_TEXT];
    const char *issued = json_string_value(json_object_get(data, "issued_on"));
    (void)date_text(date_of_utc(c->now), today);
    if (!put_defaults(c, data) || issue_dates(data, &c->scheme->settings, date_of_utc(c->now))) {
        return CERTIFY_BROKEN;
    }
    int rc = issue_check(data, &c->scheme->settings, q->why);
    if (rc == 0 && issued && strcmp(issued, today) != 0) {
        return refuse(q,
                      "issued_on: a certificate bears the day on which it is signed, %s; leave it "
                      "out (R-VAL-1, OM 05.03.2024)",
                      "issued_on: प्रमाणपत्र पर हस्ताक्षर के दिन की तिथि होती है, %s; इसे न लिखें "
                      "(R-VAL-1, OM 05.03.2024)",
                      today);
    }
    if (rc == 1) {
        certify_hindi(q->why, q->why_hi);
    }
    rc = rc ? rc : certify_against(c, q, data);
    q->data = json_incref(data);
    return rc == 0 ? CERTIFY_NEW : rc == 1 ? CERTIFY_REFUSED : CERTIFY_BROKEN;
}

static enum certify_end read_copy(const struct certify *c, struct certify_request *q, json_t *data)
{
    const json_t *application = json_object_get(data, "application");
    const char *registration = json_string_value(json_object_get(data, "registration"));
    json_t *row = NULL;
    if (json_object_get(data, "number") || json_object_get(data, "url")) {
        return refuse(q, "number, url: they are given at issue; leave them out",
                      "number, url: ये जारी करते समय दिए जाते हैं; इन्हें न लिखें");
    }
    if (json_object_get(data, "amendment")) {
        return refuse(q, "amendment: a certificate is amended after its issue; leave it out",
                      "amendment: प्रमाणपत्र का संशोधन जारी होने के बाद होता है; इसे न लिखें");
    }
    if (application && !json_is_integer(application)) {
        return refuse(q, "application: is the id of an application, a whole number",
                      "application: आवेदन की आईडी होती है, एक पूर्ण संख्या");
    }
    q->application = application ? json_integer_value(application) : UTC_NONE;
    (void)json_object_del(data, "application");
    if (!registration) {
        return refuse(q, "registration: is missing", "registration: अनुपस्थित है");
    }
    int found = certificate_by_registration(c->r, registration, &row);
    enum certify_end end = found == 0              ? compare(c, q, data, row)
                           : found == RECORDS_NONE ? complete(c, q, data)
                                                   : CERTIFY_BROKEN;
    json_decref(row);
    return end;
}

int certify_hash(const json_t *request, char hex[SHA256_HEX], char **text)
{
    char *canonical = rows_canonical(request);
    struct buffer line;
    uint8_t hash[SHA256_SIZE];
    buffer_init(&line, SIZE_MAX);
    buffer_str(&line, canonical ? canonical : "");
    buffer_char(&line, '\n');
    bool good = canonical && buffer_ok(&line) && hash_sha256(buffer_span(&line), hash) == 0;
    hex[0] = 0;
    if (good) {
        (void)hash_hex(span_make(hash, sizeof hash), false, hex);
    }
    buffer_free(&line);
    if (text && good) {
        *text = canonical;
    } else {
        mem_free(canonical);
    }
    return good ? 0 : -1;
}

void certify_clean(char *text)
{
    struct span rest = span_str(text);
    size_t at = 0;
    while (rest.n) {
        size_t n = utf8_printable(rest);
        memmove(text + at, rest.p, n);
        at += n;
        rest = span_sub(rest, n ? n : 1, rest.n);
    }
    text[at] = 0;
}

enum certify_end certify_read(const struct certify *c, struct certify_request *q)
{
    q->previous = -1;
    q->application = UTC_NONE;
    q->data = NULL;
    q->number[0] = q->why[0] = q->why_hi[0] = 0;
    if (!json_is_object(q->request)) {
        return refuse(q, "the request is no JSON object", "अनुरोध कोई JSON ऑब्जेक्ट नहीं है");
    }
    json_t *data = json_deep_copy(q->request);
    enum certify_end end = data ? read_copy(c, q, data) : CERTIFY_BROKEN;
    json_decref(data);
    if (end == CERTIFY_BROKEN && !q->why[0]) {
        (void)snprintf(q->why, sizeof q->why, "%.200s", records_error(c->r));
    }
    certify_clean(q->why);
    certify_clean(q->why_hi);
    return end;
}
