/*
 * ops_applications - an application's data: create, show, list, change, models and locations.
 *
 * What happens to it on its way to the committee is in ops_course.c.
 */
#include <stdio.h>

#include "office/cases.h"
#include "office/listing.h"
#include "records/applications.h"

static const char *const kinds[] = {"fresh", "recertification", "major-change", "minor-change",
                                    NULL};
static const char *const scopes[] = {"full", "partial", NULL};
static const char *const sizes[] = {"minor", "major", NULL};

/* clang-format off */
/* What may be given at the beginning and corrected later. */
#define DATA_PARAMS(needed) \
    {"product", OP_IN_BODY, OP_TEXT, needed, 200, NULL, "product", "उत्पाद"}, \
    {"series", OP_IN_BODY, OP_TEXT, needed, 20, NULL, \
     "series of certificates, such as IOTSCS or ER", \
     "प्रमाणपत्रों की शृंखला, जैसे IOTSCS या ER"}, \
    {"level", OP_IN_BODY, OP_INTEGER, needed, 9, NULL, "level", "स्तर"}, \
    {"kind", OP_IN_BODY, OP_WORD, needed, 0, kinds, \
     "what is applied for: a first certificate, its renewal, or a change", \
     "किसके लिए आवेदन: पहला प्रमाणपत्र, नवीकरण, या बदलाव"}, \
    {"critical", OP_IN_BODY, OP_TRUTH, false, 0, NULL, "for critical use", \
     "महत्वपूर्ण उपयोग के लिए"}, \
    {"scope", OP_IN_BODY, OP_WORD, false, 0, scopes, "scope of testing", "परीक्षण का दायरा"}, \
    {"oem", OP_IN_BODY, OP_ID, false, 0, NULL, "manufacturer (OEM): id of the firm", \
     "निर्माता (OEM): फर्म की आईडी"}, \
    {"oem_name", OP_IN_BODY, OP_TEXT, false, 200, NULL, \
     "manufacturer (OEM) by name, where it is not yet entered", \
     "निर्माता (OEM) का नाम, जहाँ वह अभी दर्ज नहीं है"}, \
    {"previous_certificate", OP_IN_BODY, OP_TEXT, false, 100, NULL, \
     "number of the certificate that is renewed or changed", \
     "जिस प्रमाणपत्र का नवीकरण या बदलाव है उसकी संख्या"}, \
    {"previous_valid_to", OP_IN_BODY, OP_DATE, false, 0, NULL, "its last day", \
     "उसका अंतिम दिन"}, \
    {"change_about", OP_IN_BODY, OP_LONG, false, 4000, NULL, "what has changed", \
     "क्या बदला है"}, \
    {"change_on", OP_IN_BODY, OP_DATE, false, 0, NULL, "when it changed", "बदलाव कब हुआ"}, \
    {"change_reported_on", OP_IN_BODY, OP_DATE, false, 0, NULL, "when it was reported", \
     "सूचना कब दी गई"}, \
    {"change_vendor", OP_IN_BODY, OP_WORD, false, 0, sizes, \
     "the vendor's analysis of the change", "बदलाव का विक्रेता द्वारा विश्लेषण"}
/* clang-format on */

static const char *const data_columns[] = {"+product",
                                           "+series",
                                           "+level",
                                           "+kind",
                                           "+critical",
                                           "+scope",
                                           "oem",
                                           "previous_certificate",
                                           "previous_valid_to",
                                           "change_about",
                                           "change_on",
                                           "change_reported_on",
                                           "change_vendor",
                                           NULL};

/* ---- firms of an application ----------------------------------------------------------------- */

/* 0: there is such a firm; 1: a problem is set; -1. */
static int check_firm(struct op_call *c, const char *field, int64_t id)
{
    json_t *firm = NULL;
    int rc = firm_get(c->records, id, &firm);
    json_decref(firm);
    if (rc == RECORDS_NONE) {
        return op_fail_field(c, field, "is no firm", "ऐसी कोई फर्म नहीं है") < 0 ? -1 : 1;
    }
    return rc < 0 ? -1 : 0;
}

/* A vendor may name its own firm by id; others by their name, so that it learns nothing of them. */
static int check_oem(struct op_call *c)
{
    int64_t oem = op_int(c, "oem");
    if (oem == UTC_NONE) {
        return 0;
    }
    if (office_is_vendor(c) && oem != c->actor->firm) {
        return op_fail_field(c, "oem", "is not your firm; give oem_name",
                             "आपकी फर्म नहीं है; oem_name दें") < 0
                   ? -1
                   : 1;
    }
    return check_firm(c, "oem", oem);
}

static int64_t firm_named(struct op_call *c, const char *name)
{
    int64_t id;
    int rc = firm_find(c->records, name, &id);
    if (rc != RECORDS_NONE) {
        return rc < 0 ? rc : id;
    }
    json_t *values = json_pack("{s:s, s:I}", "name", name, "created_at", (json_int_t)c->now);
    id = values ? firm_add(c->records, values) : RECORDS_FAILED;
    json_decref(values);
    return id;
}

/* The parameters as columns. 0, 1, -1 as office_values. */
static int data_values(struct op_call *c, json_t **out)
{
    const char *name = op_text(c, "oem_name");
    int rc = check_oem(c);
    rc = rc ? rc : office_values(c, data_columns, out);
    if (rc == 0 && name && op_int(c, "oem") == UTC_NONE) {
        int64_t id = firm_named(c, name);
        rc = id < 0 ? -1 : json_object_set_new(*out, "oem", json_integer(id));
    }
    return rc;
}

/* ---- create, show, set ----------------------------------------------------------------------- */

static int choose_vendor(struct op_call *c, int64_t *vendor)
{
    *vendor = op_int(c, "vendor");
    if (office_is_vendor(c)) {
        bool own = *vendor == UTC_NONE || *vendor == c->actor->firm;
        *vendor = c->actor->firm;
        return own && *vendor != UTC_NONE
                   ? 0
                   : (op_fail_field(c, "vendor", "is not your firm", "आपकी फर्म नहीं है") < 0 ? -1
                                                                                           : 1);
    }
    if (*vendor == UTC_NONE) {
        return op_fail_field(c, "vendor", "is required", "आवश्यक है") < 0 ? -1 : 1;
    }
    return check_firm(c, "vendor", *vendor);
}

static int created(struct op_call *c, json_t *values)
{
    char subject[48];
    json_t *detail = json_deep_copy(values);
    int64_t id = detail && json_object_set_new(detail, "to", json_string("draft")) == 0
                     ? application_add(c->records, values, c->now)
                     : RECORDS_FAILED;
    if (id < 0) {
        json_decref(detail);
        return op_records(c, id);
    }
    (void)snprintf(subject, sizeof subject, "application:%lld", (long long)id);
    if (op_audit(c, subject, id, true, detail) < 0) {
        return -1;
    }
    return office_answer(c, id);
}

static int run_create(struct op_call *c)
{
    int64_t vendor;
    json_t *values = NULL;
    int rc = choose_vendor(c, &vendor);
    rc = rc ? rc : data_values(c, &values);
    if (rc == 0) {
        rc = json_object_set_new(values, "vendor", json_integer(vendor)) |
             json_object_set_new(values, "state", json_string("draft"));
    }
    rc = rc ? rc : created(c, values);
    json_decref(values);
    return rc < 0 ? -1 : 0;
}

static int add_parts(struct op_call *c, json_t *application)
{
    static const struct {
        const char *name;
        enum part part;
    } parts[] = {{"models", PART_MODEL}, {"locations", PART_LOCATION}, {"payments", PART_PAYMENT}};
    int64_t id = office_num(application, "id");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        json_t *list;
        if (part_list(c->records, parts[i].part, id, office_is_vendor(c), &list) < 0 ||
            json_object_set_new(application, parts[i].name, list) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Ids of the operations on it that are possible now: what a page offers. */
static int add_possible(struct op_call *c, json_t *application)
{
    const char *state = office_str(application, "state");
    const struct op *op;
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; (op = op_at(i)); i++) {
        if (!(op->flags & OP_READ) && strstr(op->path, "{application}") &&
            office_possible(op, c->actor, state)) {
            bad |= json_array_append_new(list, json_string(op->id));
        }
    }
    return json_object_set_new(application, "possible", list) | bad;
}

static int run_show(struct op_call *c)
{
    int rc = office_application(c, &c->out);
    if (rc == 0) {
        rc = office_hide(c, c->out) < 0 || add_parts(c, c->out) < 0 || add_possible(c, c->out) < 0
                 ? -1
                 : 0;
    }
    return rc < 0 ? -1 : 0;
}

static int set(struct op_call *c, const json_t *application)
{
    json_t *values;
    int rc = data_values(c, &values);
    if (rc) {
        return rc;
    }
    if (json_object_size(values) == 0) {
        json_decref(values);
        c->unchanged = true;
        return office_answer(c, office_num(application, "id"));
    }
    return office_change(c, application, values, NULL, true);
}

static int run_set(struct op_call *c)
{
    return office_case(c, set);
}

/* ---- the list -------------------------------------------------------------------------------- */

static int run_list(struct op_call *c)
{
    struct application_filter f;
    char next[RECORDS_MARK];
    json_t *items = NULL;
    int rc = listing_filter(c, &f);
    if (rc) {
        return rc < 0 ? -1 : 0;
    }
    f.after = c->after;
    f.limit = c->limit;
    if (f.after && !application_mark_good(f.order, f.after)) {
        return op_fail_field(c, "after", "is not from the last answer", "पिछले उत्तर का नहीं है");
    }
    rc = application_list(c->records, &f, &items, next);
    if (rc < 0) {
        return op_records(c, rc);
    }
    rc = listing_hide(c, items);
    c->out = json_pack("{s:o, s:s?}", "items", items, "next", next[0] ? next : NULL);
    return c->out && rc == 0 ? 0 : -1;
}

/* ---- models and locations -------------------------------------------------------------------- */

struct part_words {
    enum part part;
    const char *kind; /* of the subject in the trail, and the parameter in the path */
    const char *const *columns;
};

static const char *const model_columns[] = {
    "+name", "!brand", "!hardware", "!firmware", "!firmware_sha256", "!soc", NULL};
static const char *const location_columns[] = {"+name", "+address", "+country", "+previous", NULL};
static const struct part_words models = {PART_MODEL, "model", model_columns};
static const struct part_words locations = {PART_LOCATION, "location", location_columns};

static int answer_part(struct op_call *c, const struct part_words *w, const json_t *application,
                       int64_t id)
{
    return op_records(c, part_get(c->records, w->part, office_num(application, "id"), id, &c->out));
}

/* Each one makes the page, the check and the row for searching longer. 0; 1: a problem is set;
 * -1. */
static int check_room(struct op_call *c, enum part p, const json_t *application)
{
    enum { PARTS_MAX = 500 };
    json_t *list = NULL;
    int rc = part_list(c->records, p, office_num(application, "id"), false, &list);
    bool full = json_array_size(list) >= PARTS_MAX;
    json_decref(list);
    if (rc == 0 && full) {
        rc = op_fail(c, OP_STATE, "There are 500 already.", "500 पहले से हैं।");
    }
    return rc < 0 ? -1 : full;
}

static int add_part(struct op_call *c, const struct part_words *w, const json_t *application)
{
    json_t *values;
    int rc = check_room(c, w->part, application);
    rc = rc ? rc : office_values(c, w->columns, &values);
    if (rc) {
        return rc;
    }
    json_t *detail = json_deep_copy(values);
    int64_t id = RECORDS_FAILED;
    if (json_object_set(values, "application", json_object_get(application, "id")) == 0) {
        id = part_add(c->records, w->part, values);
    }
    json_decref(values);
    if (id < 0) {
        json_decref(detail);
        return op_records(c, id);
    }
    rc = office_trace(c, w->kind, id, application, true, detail);
    return rc < 0 ? -1 : answer_part(c, w, application, id);
}

/* The part named in the path, if it is this application's. 0, 1, -1. */
static int find_part(struct op_call *c, const struct part_words *w, const json_t *application,
                     json_t **out)
{
    int rc = part_get(c->records, w->part, office_num(application, "id"), op_int(c, w->kind), out);
    return rc == 0 ? 0 : op_records(c, rc) < 0 ? -1 : 1;
}

static int remove_part(struct op_call *c, const struct part_words *w, const json_t *application)
{
    json_t *part;
    int64_t id = op_int(c, w->kind);
    int rc = find_part(c, w, application, &part);
    if (rc) {
        return rc;
    }
    if (part_remove(c->records, w->part, id, c->now) < 0) {
        json_decref(part);
        return -1;
    }
    return office_trace(c, w->kind, id, application, true, part);
}

static int add_model(struct op_call *c, const json_t *application)
{
    return add_part(c, &models, application);
}

static int remove_model(struct op_call *c, const json_t *application)
{
    return remove_part(c, &models, application);
}

/* What the committee has recommended stays; what was left open is filled in for the certificate. */
static int check_filled(struct op_call *c, const json_t *application, const json_t *old,
                        const json_t *values)
{
    const char *key, *state = office_str(application, "state");
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)values, key, value)
    {
        const char *was = office_str(old, key);
        bool changes = was && *was && !json_equal(value, json_object_get(old, key));
        if (state && strcmp(state, "recommended") == 0 && changes) {
            return op_fail_field(c, key, "was recommended by the committee as it is",
                                 "समिति ने इसी रूप में अनुशंसा की है") < 0
                       ? -1
                       : 1;
        }
    }
    return 0;
}

static int set_model(struct op_call *c, const json_t *application)
{
    json_t *old, *values;
    int64_t id = op_int(c, "model");
    int rc = find_part(c, &models, application, &old);
    if (rc) {
        return rc;
    }
    rc = office_values(c, model_columns, &values);
    if (rc == 0 && (rc = check_filled(c, application, old, values)) != 0) {
        json_decref(values);
    }
    json_decref(old);
    if (rc) {
        return rc;
    }
    c->unchanged = json_object_size(values) == 0;
    if (!c->unchanged && part_update(c->records, PART_MODEL, id, UTC_NONE, values) < 0) {
        json_decref(values);
        return -1;
    }
    if (c->unchanged) {
        json_decref(values);
    } else if (office_trace(c, "model", id, application, true, values) < 0) {
        return -1;
    }
    return answer_part(c, &models, application, id);
}

static int add_location(struct op_call *c, const json_t *application)
{
    return add_part(c, &locations, application);
}

static int remove_location(struct op_call *c, const json_t *application)
{
    return remove_part(c, &locations, application);
}

static int run_add_model(struct op_call *c)
{
    return office_case(c, add_model);
}

static int run_set_model(struct op_call *c)
{
    return office_case(c, set_model);
}

static int run_remove_model(struct op_call *c)
{
    return office_case(c, remove_model);
}

static int run_add_location(struct op_call *c)
{
    return office_case(c, add_location);
}

static int run_remove_location(struct op_call *c)
{
    return office_case(c, remove_location);
}

/* ---- the table ------------------------------------------------------------------------------- */

/* clang-format off */
#define EDITORS (ROLE_INTAKE | ROLE_ADMIN | ROLE_VENDOR)
#define MODEL_PARAMS(needed) \
    {"name", OP_IN_BODY, OP_TEXT, needed, 100, NULL, "model", "मॉडल"}, \
    {"brand", OP_IN_BODY, OP_TEXT, false, 100, NULL, "brand", "ब्रांड"}, \
    {"hardware", OP_IN_BODY, OP_TEXT, false, 100, NULL, "hardware version", \
     "हार्डवेयर संस्करण"}, \
    {"firmware", OP_IN_BODY, OP_TEXT, false, 100, NULL, "firmware version", \
     "फर्मवेयर संस्करण"}, \
    {"firmware_sha256", OP_IN_BODY, OP_SHA256, false, 0, NULL, "SHA-256 of the firmware", \
     "फर्मवेयर का SHA-256"}, \
    {"soc", OP_IN_BODY, OP_TEXT, false, 100, NULL, "system on chip", "सिस्टम ऑन चिप"}
#define PARAM_MODEL {"model", OP_IN_PATH, OP_ID, true, 0, NULL, "id of the model", "मॉडल की आईडी"}
#define PARAM_LOCATION \
    {"location", OP_IN_PATH, OP_ID, true, 0, NULL, "id of the location", "स्थान की आईडी"}
/* clang-format on */

static const enum op_problem states_only[] = {OP_STATE, OP_OK};
static const enum op_problem changes[] = {OP_STATE, OP_CONFLICT, OP_OK};

#define CASE "/api/v1/applications/{application}"

const struct op ops_applications[] = {
    {"application.create", "POST", "/api/v1/applications", "Begin an application", "आवेदन आरंभ करें",
     EDITORS, 0, 201, "application",
     (const struct op_param[]){{"vendor", OP_IN_BODY, OP_ID, false, 0, NULL,
                                "vendor: id of the firm; a vendor's own without it",
                                "विक्रेता: फर्म की आईडी; न देने पर विक्रेता की अपनी"},
                               DATA_PARAMS(true),
                               PARAM_END},
     run_create, NULL},
    {"application.list", "GET", "/api/v1/applications", "List applications", "आवेदनों की सूची",
     ROLE_ANY, OP_READ | OP_PAGED, 0, "application-row", listing_params, run_list, NULL},
    {"application.show", "GET", CASE, "Show an application", "आवेदन दिखाएँ", ROLE_ANY,
     OP_READ | OP_AUDIT_READ, 0, "application",
     (const struct op_param[]){PARAM_APPLICATION, PARAM_END}, run_show, NULL},
    {"application.set", "PATCH", CASE, "Change an application's data", "आवेदन का विवरण बदलें", EDITORS,
     0, 0, "application",
     (const struct op_param[]){PARAM_APPLICATION, DATA_PARAMS(false), PARAM_VERSION, PARAM_END},
     run_set, changes},
    {"application.add-model", "POST", CASE "/models", "Add a model", "मॉडल जोड़ें", EDITORS, 0, 201,
     "model", (const struct op_param[]){PARAM_APPLICATION, MODEL_PARAMS(true), PARAM_END},
     run_add_model, states_only},
    {"application.set-model", "PATCH", CASE "/models/{model}", "Correct a model", "मॉडल सुधारें",
     EDITORS, 0, 0, "model",
     (const struct op_param[]){PARAM_APPLICATION, PARAM_MODEL, MODEL_PARAMS(false), PARAM_END},
     run_set_model, states_only},
    {"application.remove-model", "DELETE", CASE "/models/{model}", "Remove a model", "मॉडल हटाएँ",
     EDITORS, 0, 0, NULL, (const struct op_param[]){PARAM_APPLICATION, PARAM_MODEL, PARAM_END},
     run_remove_model, states_only},
    {"application.add-location", "POST", CASE "/locations", "Add a manufacturing location",
     "निर्माण स्थान जोड़ें", EDITORS, 0, 201, "location",
     (const struct op_param[]){
         PARAM_APPLICATION,
         {"name", OP_IN_BODY, OP_TEXT, true, 200, NULL, "name of the factory", "कारखाने का नाम"},
         {"address", OP_IN_BODY, OP_LONG, true, 1000, NULL, "address", "पता"},
         {"country", OP_IN_BODY, OP_TEXT, false, 2, NULL, "country, two letters", "देश, दो अक्षर"},
         {"previous", OP_IN_BODY, OP_TRUTH, false, 0, NULL, "as the earlier certificate has it",
          "जैसा पिछले प्रमाणपत्र में है"},
         PARAM_END},
     run_add_location, states_only},
    {"application.remove-location", "DELETE", CASE "/locations/{location}",
     "Remove a manufacturing location", "निर्माण स्थान हटाएँ", EDITORS, 0, 0, NULL,
     (const struct op_param[]){PARAM_APPLICATION, PARAM_LOCATION, PARAM_END}, run_remove_location,
     states_only},
    {0},
};
