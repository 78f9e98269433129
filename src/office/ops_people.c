/*
 * ops_people - operations about persons: who there is, their roles, one-time passwords.
 *
 * Officers are the administrator's; persons of a vendor's firm are also intake's, which knows the
 * firms. Nobody registers himself. The last administrator cannot be put out.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "office/people/inside.h"
#include "records/audit.h"

static const char *const languages[] = {"en", "hi", NULL};
static const char *const role_words[] = {"intake", "assessor", "committee", "signer",
                                         "admin",  "vendor",   NULL};

/* ---- what they share ------------------------------------------------------------------------- */

static const char *subject_of(const struct op_call *c, int64_t id)
{
    return arena_printf(c->arena, "person:%lld", (long long)id);
}

/* The row changed together with its trail. */
static int note(struct op_call *c, const struct person *p, json_t *detail)
{
    const char *subject = subject_of(c, p->id);
    return subject ? op_audit(c, subject, UTC_NONE, false, detail) : -1;
}

static bool is_admin(const struct op_call *c)
{
    return (c->actor->roles & ROLE_ADMIN) != 0;
}

/* The person of the path, if the actor may touch it. False: the problem is set, or *rc is -1. */
static bool find(struct op_call *c, struct person *p, int *rc)
{
    *rc = op_records(c, person_find(c->records, op_int(c, "person"), p));
    if (*rc != 0 || c->problem) {
        return false;
    }
    if (!is_admin(c) && p->firm == UTC_NONE) {
        *rc = op_fail(c, OP_NOT_FOUND, NULL, NULL);
        return false;
    }
    return true;
}

static int answer(struct op_call *c, const struct person *p)
{
    c->out = people_json(p);
    return c->out ? 0 : -1;
}

static int keep(struct op_call *c, struct person *p, json_t *detail)
{
    int rc = op_records(c, person_update(c->records, p));
    if (rc != 0 || c->problem) {
        json_decref(detail);
        return rc;
    }
    return note(c, p, detail) == 0 ? answer(c, p) : -1;
}

/* Somebody must be left who can let others in. */
static int need_admin(struct op_call *c)
{
    int64_t left = person_count_active(c->records, ROLE_ADMIN);
    if (left == 0) {
        return op_fail(c, OP_STATE, "This is the last administrator.", "यह अंतिम प्रशासक है।");
    }
    return left < 0 ? -1 : 0;
}

/* A one-time password, into stored; the text is in the answer and nowhere else. */
static int one_time(struct op_call *c, char code[SECRET_CODE], char stored[PERSON_PASSWORD])
{
    int rc = c->people && secret_code(code) == 0 ? people_hash(c->people, code, stored) : -1;
    return rc == -2 ? op_fail(c, OP_BUSY, NULL, NULL) : rc;
}

static int add_secret(struct op_call *c, char code[SECRET_CODE])
{
    int rc = json_object_set_new(c->out, "password", json_string(code));
    OPENSSL_cleanse(code, SECRET_CODE);
    return rc;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static int list(struct op_call *c, struct person_filter *f, json_t **items)
{
    const char *role = op_text(c, "role");
    unsigned roles = 0;
    if (role && !roles_read(role, &roles)) {
        return op_fail_field(c, "role", "is no role", "कोई भूमिका नहीं है");
    }
    f->roles = roles;
    f->after = c->after ? strtoll(c->after, NULL, 10) : 0;
    f->limit = c->limit + 1;
    return op_records(c, person_list(c->records, f, items));
}

/* One more than asked for tells that there are more. */
static json_t *cut(const struct op_call *c, json_t *items)
{
    char text[24];
    size_t n = json_array_size(items);
    if (n <= (size_t)c->limit) {
        return json_null();
    }
    (void)json_array_remove(items, n - 1);
    const json_t *last = json_array_get(items, n - 2);
    (void)snprintf(text, sizeof text, "%lld",
                   (long long)json_integer_value(json_object_get(last, "id")));
    return json_string(text);
}

static int words_for_roles(json_t *items)
{
    size_t i;
    json_t *row;
    json_array_foreach(items, i, row)
    {
        unsigned roles = (unsigned)json_integer_value(json_object_get(row, "roles"));
        if (json_object_set_new(row, "roles", roles_json(roles)) < 0) {
            return -1;
        }
    }
    return 0;
}

static int finish_list(struct op_call *c, json_t *items)
{
    json_t *next = cut(c, items);
    if (words_for_roles(items) != 0) {
        json_decref(items);
        json_decref(next);
        return -1;
    }
    c->out = json_pack("{so so}", "items", items, "next", next);
    return c->out ? 0 : -1;
}

static int run_list(struct op_call *c)
{
    json_t *items = NULL;
    struct person_filter f = {.firm = op_int(c, "firm"),
                              .active = op_truth(c, "active"),
                              .of_firms = !is_admin(c)}; /* as in find */
    int rc = list(c, &f, &items);
    return rc != 0 || c->problem ? rc : finish_list(c, items);
}

/* Only what choosing an officer needs. */
static int only_names(json_t *items)
{
    static const char *const kept[] = {"id", "name", "roles"};
    size_t i;
    json_t *row;
    json_array_foreach(items, i, row)
    {
        json_t *small = json_object();
        for (size_t k = 0; k < 3; k++) {
            if (json_object_set(small, kept[k], json_object_get(row, kept[k])) < 0) {
                json_decref(small);
                return -1;
            }
        }
        if (json_array_set_new(items, i, small) < 0) {
            return -1;
        }
    }
    return 0;
}

static int run_officers(struct op_call *c)
{
    json_t *items = NULL;
    struct person_filter f = {.firm = UTC_NONE, .active = true};
    int rc = list(c, &f, &items);
    if (rc != 0 || c->problem) {
        return rc;
    }
    rc = finish_list(c, items);
    return rc == 0 ? only_names(json_object_get(c->out, "items")) : -1;
}

static int run_show(struct op_call *c)
{
    struct person p;
    int rc;
    return find(c, &p, &rc) ? answer(c, &p) : rc;
}

/* ---- new ones -------------------------------------------------------------------------------- */

/* Letters, digits and . - _ @: what can be typed, and stands in addresses and logs as it is. */
static bool login_fits(const char *login)
{
    size_t n = strlen(login);
    for (size_t i = 0; i < n; i++) {
        if (!isalnum((unsigned char)login[i]) && !strchr(".-_@", login[i])) {
            return false;
        }
    }
    return n >= 3 && isalnum((unsigned char)login[0]);
}

/* Roles that fit the person and that the actor may give. False: the problem is set, or *rc is
 * -1. */
static bool read_roles(struct op_call *c, int64_t firm, const char *text, unsigned *out, int *rc)
{
    *rc = 0;
    if (firm != UTC_NONE) {
        *out = ROLE_VENDOR;
        if (text && strcmp(text, "vendor") != 0) {
            *rc = op_fail_field(c, "roles", "must be vendor for a person of a firm",
                                "फर्म के व्यक्ति के लिए vendor होनी चाहिए");
        }
    } else if (!is_admin(c)) {
        *rc = op_fail(c, OP_FORBIDDEN, "Only an administrator adds officers.",
                      "केवल प्रशासक अधिकारी जोड़ सकता है।");
    } else if (!text || !roles_read(text, out) || *out & ROLE_VENDOR) {
        *rc =
            op_fail_field(c, "roles", "must be some of: intake, assessor, committee, signer, admin",
                          "इनमें से कुछ होनी चाहिए: intake, assessor, committee, signer, admin");
    }
    return *rc == 0 && !c->problem;
}

static void copy(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text ? text : "");
}

static int add(struct op_call *c, struct person *p)
{
    char code[SECRET_CODE];
    int rc = one_time(c, code, p->password);
    if (rc != 0 || c->problem) {
        return rc;
    }
    p->id = person_add(c->records, p);
    if (p->id == RECORDS_CONFLICT) {
        return op_fail_field(c, "login", "is taken", "पहले से लिया जा चुका है");
    }
    if (p->id == RECORDS_NONE) {
        return op_fail_field(c, "firm", "is not known", "ज्ञात नहीं है");
    }
    if (p->id < 0 || person_find(c->records, p->id, p) != 0 || answer(c, p) != 0 ||
        add_secret(c, code) != 0) {
        return -1;
    }
    return note(c, p, json_pack("{ss so}", "login", p->login, "roles", roles_json(p->roles)));
}

static int run_create(struct op_call *c)
{
    struct person p = {.firm = op_int(c, "firm"), .must_change = true, .created_at = c->now};
    const char *login = op_text(c, "login"), *lang = op_text(c, "lang");
    int rc;
    if (!login_fits(login)) {
        return op_fail_field(c, "login", "must be letters, digits and . - _ @, at least three",
                             "अक्षर, अंक और . - _ @ होने चाहिए, कम से कम तीन");
    }
    if (!read_roles(c, p.firm, op_text(c, "roles"), &p.roles, &rc)) {
        return rc;
    }
    p.hindi = lang && strcmp(lang, "hi") == 0;
    copy(p.login, sizeof p.login, login);
    copy(p.name, sizeof p.name, op_text(c, "name"));
    copy(p.email, sizeof p.email, op_text(c, "email"));
    return add(c, &p);
}

/* ---- changes --------------------------------------------------------------------------------- */

static int run_set(struct op_call *c)
{
    struct person p;
    int rc;
    if (!find(c, &p, &rc)) {
        return rc;
    }
    unsigned before = p.roles;
    if (op_text(c, "roles") && !read_roles(c, p.firm, op_text(c, "roles"), &p.roles, &rc)) {
        return rc;
    }
    if (op_text(c, "name")) {
        copy(p.name, sizeof p.name, op_text(c, "name"));
    }
    if (op_given(c, "email")) {
        copy(p.email, sizeof p.email, op_text(c, "email"));
    }
    if (op_text(c, "lang")) {
        p.hindi = strcmp(op_text(c, "lang"), "hi") == 0;
    }
    if (op_int(c, "version") != UTC_NONE) {
        p.version = op_int(c, "version");
    }
    rc = keep(c, &p,
              json_pack("{so so}", "before", roles_json(before), "roles", roles_json(p.roles)));
    return rc == 0 && !c->problem && before & ~p.roles & ROLE_ADMIN ? need_admin(c) : rc;
}

/* Every door of a person is shut: sessions and tokens. */
static int shut(struct op_call *c, const struct person *p)
{
    return session_end_all(c->records, p->id, NULL) < 0 ||
                   token_revoke_all(c->records, p->id, c->now) < 0
               ? -1
               : 0;
}

static int run_disable(struct op_call *c)
{
    struct person p;
    int rc;
    if (!find(c, &p, &rc)) {
        return rc;
    }
    if (p.disabled_at != UTC_NONE) {
        return op_fail(c, OP_STATE, "The account is already disabled.", "खाता पहले से निष्क्रिय है।");
    }
    p.disabled_at = c->now;
    rc = keep(c, &p, NULL);
    if (rc != 0 || c->problem || shut(c, &p) != 0) {
        return rc ? rc : c->problem ? 0 : -1;
    }
    return p.roles & ROLE_ADMIN ? need_admin(c) : 0;
}

static int run_enable(struct op_call *c)
{
    struct person p;
    int rc;
    if (!find(c, &p, &rc)) {
        return rc;
    }
    p.disabled_at = UTC_NONE;
    p.locked_until = p.failures = 0;
    return keep(c, &p, NULL);
}

static int run_reset(struct op_call *c)
{
    struct person p;
    char code[SECRET_CODE];
    int rc;
    if (!find(c, &p, &rc)) {
        return rc;
    }
    rc = one_time(c, code, p.password);
    if (rc != 0 || c->problem) {
        return rc;
    }
    p.password_at = c->now;
    p.must_change = true;
    p.locked_until = p.failures = 0;
    rc = keep(c, &p, NULL);
    return rc != 0 || c->problem ? rc : shut(c, &p) == 0 ? add_secret(c, code) : -1;
}

static int run_reset_totp(struct op_call *c)
{
    struct person p;
    int rc;
    if (!find(c, &p, &rc)) {
        return rc;
    }
    p.totp_size = p.totp_new_size = 0;
    rc = keep(c, &p, NULL);
    return rc != 0 || c->problem                         ? rc
           : recovery_clear(c->records, p.id) != 0       ? -1
           : session_end_all(c->records, p.id, NULL) < 0 ? -1
                                                         : 0;
}

/* The certificate a person registered counts from now on; or none does. */
static int run_certificate(struct op_call *c)
{
    struct person p;
    const char *sha256 = op_text(c, "sha256");
    int rc;
    if (!find(c, &p, &rc)) {
        return rc;
    }
    if (!op_given(c, "sha256")) {
        return op_fail_field(c, "sha256", "is required", "आवश्यक है");
    }
    if (sha256 && strcmp(sha256, p.certificate_new) != 0) {
        return op_fail_field(c, "sha256", "is not the certificate that was registered",
                             "वह प्रमाणपत्र नहीं है जो पंजीकृत किया गया था");
    }
    if (sha256 && c->actor->person == p.id) {
        return op_fail(c, OP_FOUR_EYES, NULL, NULL);
    }
    copy(p.certificate, sizeof p.certificate, sha256);
    p.certificate_new[0] = 0;
    return keep(c, &p, json_pack("{ss?}", "sha256", sha256));
}

/* ---- the table ------------------------------------------------------------------------------- */

#define PERSON                                                                                     \
    {                                                                                              \
        "person", OP_IN_PATH, OP_ID, true, 0, NULL, "Person", "व्यक्ति"              \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct op_param of_person[] = {PERSON, END};

static const struct op_param of_list[] = {
    {"firm", OP_IN_QUERY, OP_ID, false, 0, NULL, "Firm", "फर्म"},
    {"role", OP_IN_QUERY, OP_WORD, false, 0, role_words, "Role", "भूमिका"},
    {"active", OP_IN_QUERY, OP_TRUTH, false, 0, NULL, "Only active accounts", "केवल सक्रिय खाते"},
    END};

static const struct op_param of_officers[] = {
    {"role", OP_IN_QUERY, OP_WORD, false, 0, role_words, "Role", "भूमिका"}, END};

static const struct op_param of_create[] = {
    {"login", OP_IN_BODY, OP_TEXT, true, 63, NULL, "Login", "लॉगिन नाम"},
    {"name", OP_IN_BODY, OP_TEXT, true, 100, NULL, "Name", "नाम"},
    {"email", OP_IN_BODY, OP_TEXT, false, 100, NULL, "E-mail", "ई-मेल"},
    {"firm", OP_IN_BODY, OP_ID, false, 0, NULL, "Firm, for a vendor's person",
     "फर्म, विक्रेता के व्यक्ति के लिए"},
    {"roles", OP_IN_BODY, OP_TEXT, false, 100, NULL,
     "Roles of an officer: intake, assessor, committee, signer, admin",
     "अधिकारी की भूमिकाएँ: intake, assessor, committee, signer, admin"},
    {"lang", OP_IN_BODY, OP_WORD, false, 0, languages, "Language", "भाषा"},
    END};

static const struct op_param of_set[] = {
    PERSON,
    {"name", OP_IN_BODY, OP_TEXT, false, 100, NULL, "Name", "नाम"},
    {"email", OP_IN_BODY, OP_TEXT, false, 100, NULL, "E-mail", "ई-मेल"},
    {"roles", OP_IN_BODY, OP_TEXT, false, 100, NULL,
     "Roles: intake, assessor, committee, signer, admin",
     "भूमिकाएँ: intake, assessor, committee, signer, admin"},
    {"lang", OP_IN_BODY, OP_WORD, false, 0, languages, "Language", "भाषा"},
    {"version", OP_IN_BODY, OP_INTEGER, false, 0, NULL, "Version that was seen", "देखा गया संस्करण"},
    END};

static const struct op_param of_certificate[] = {
    PERSON,
    {"sha256", OP_IN_BODY, OP_SHA256, false, 0, NULL,
     "SHA-256 of the certificate that counts; empty: none",
     "मान्य प्रमाणपत्र का SHA-256; रिक्त: कोई नहीं"},
    END};

enum { KEEPERS = ROLE_ADMIN | ROLE_INTAKE };

static const enum op_problem last_one[] = {OP_STATE, OP_OK};
static const enum op_problem busy[] = {OP_BUSY, OP_OK};
static const enum op_problem eyes[] = {OP_CONFLICT, OP_FOUR_EYES, OP_OK};

const struct op ops_people[] = {
    {"person.list", "GET", "/api/v1/persons", "List persons", "व्यक्तियों की सूची", KEEPERS,
     OP_READ | OP_PAGED, 0, "persons", of_list, run_list, NULL},
    {"officer.list", "GET", "/api/v1/officers", "List the officers who can be chosen",
     "चुने जा सकने वाले अधिकारियों की सूची", ROLE_OFFICER, OP_READ | OP_PAGED, 0, "officers", of_officers,
     run_officers, NULL},
    {"person.create", "POST", "/api/v1/persons", "Add a person", "व्यक्ति जोड़ें", KEEPERS,
     OP_FRESH | OP_SECRET, 201, "person", of_create, run_create, busy},
    {"person.show", "GET", "/api/v1/persons/{person}", "Show a person", "व्यक्ति दिखाएँ", KEEPERS,
     OP_READ, 0, "person", of_person, run_show, NULL},
    {"person.set", "PATCH", "/api/v1/persons/{person}", "Change a person", "व्यक्ति का विवरण बदलें",
     KEEPERS, OP_FRESH, 0, "person", of_set, run_set, last_one},
    {"person.disable", "POST", "/api/v1/persons/{person}/disable", "Disable an account",
     "खाता निष्क्रिय करें", KEEPERS, OP_FRESH, 0, "person", of_person, run_disable, last_one},
    {"person.enable", "POST", "/api/v1/persons/{person}/enable", "Enable and unlock an account",
     "खाता सक्रिय करें और खोलें", KEEPERS, OP_FRESH, 0, "person", of_person, run_enable, NULL},
    {"person.reset", "POST", "/api/v1/persons/{person}/reset", "Make a new one-time password",
     "नया एक-बार का पासवर्ड बनाएँ", KEEPERS, OP_FRESH | OP_SECRET, 0, "person", of_person, run_reset,
     busy},
    {"person.reset-totp", "POST", "/api/v1/persons/{person}/reset-totp",
     "Take away the second factor", "दूसरा कारक हटाएँ", KEEPERS, OP_FRESH, 0, "person", of_person,
     run_reset_totp, NULL},
    {"person.certificate", "POST", "/api/v1/persons/{person}/certificate",
     "Confirm or remove the certificate for logging in", "लॉगिन के प्रमाणपत्र की पुष्टि करें या उसे हटाएँ",
     ROLE_ADMIN, OP_FRESH, 0, "person", of_certificate, run_certificate, eyes},
    {.id = NULL}};
