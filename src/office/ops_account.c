/*
 * ops_account - what a logged-in person does about himself: password, second factor, language,
 * certificate, sessions, API tokens.
 *
 * Answers with a secret (a token, the secret of the second factor, recovery codes) give it once. A
 * token makes no token, and its scopes never reach what is in this file.
 */
#include <stdio.h>

#include <openssl/crypto.h>

#include "office/people/inside.h"
#include "office/people/password.h"

enum { RECOVERY_CODES = 10, TOKENS_MAX = 50, DAY = 86400 };

/* ---- what they share ------------------------------------------------------------------------- */

/* The person who asks. False: the problem is set, or *rc is -1. */
static bool self(struct op_call *c, struct person *p, int *rc)
{
    *rc = 0;
    if (c->actor->person == UTC_NONE) {
        *rc = op_fail(c, OP_STATE, "The operator at the command line has no account.",
                      "कमांड लाइन के संचालक का कोई खाता नहीं होता।");
    } else if (person_find(c->records, c->actor->person, p) != 0) {
        *rc = -1;
    }
    return *rc == 0 && !c->problem;
}

static int note(struct op_call *c, json_t *detail)
{
    const char *subject = arena_printf(c->arena, "person:%lld", (long long)c->actor->person);
    return subject ? op_audit(c, subject, UTC_NONE, false, detail) : -1;
}

static int keep(struct op_call *c, struct person *p, json_t *detail)
{
    int rc = op_records(c, person_update(c->records, p));
    if (rc != 0 || c->problem) {
        json_decref(detail);
        return rc;
    }
    return note(c, detail);
}

static bool by_token(const struct op_call *c)
{
    return c->actor->session == NULL;
}

/* ---- account --------------------------------------------------------------------------------- */

static int run_show(struct op_call *c)
{
    struct person p;
    int rc;
    if (!self(c, &p, &rc)) {
        return rc;
    }
    int64_t left = recovery_left(c->records, p.id);
    c->out = people_json(&p);
    return c->out && left >= 0 &&
                   json_object_set_new(c->out, "recovery_left", json_integer(left)) == 0 &&
                   json_object_set_new(c->out, "must_enrol",
                                       json_boolean(people_must_enrol(c->people, &p))) == 0
               ? 0
               : -1;
}

static int run_language(struct op_call *c)
{
    struct person p;
    int rc;
    if (!self(c, &p, &rc)) {
        return rc;
    }
    p.hindi = strcmp(op_text(c, "lang"), "hi") == 0;
    return keep(c, &p, NULL);
}

/* The old password is shown, with waiting times as at the door: a session that was left open is no
 * place to guess. */
static bool check_old(struct op_call *c, const struct person *p, int *rc)
{
    int wait = people_attempt(c->people, p->login, c->now);
    int right = wait == 0 ? people_matches(c->people, p->password, op_text(c, "old")) : 0;
    *rc = wait < 0 || right == -1 ? -1 : 0;
    if (wait > 0) {
        *rc = op_fail(c, OP_RATE, NULL, NULL);
    } else if (right == -2) {
        *rc = op_fail(c, OP_BUSY, NULL, NULL);
    } else if (right == 0) {
        *rc = op_fail_field(c, "old", "is not your password", "आपका पासवर्ड नहीं है");
    } else if (right == 1) {
        people_attempt_right(c->people, p->login);
    }
    return *rc == 0 && !c->problem;
}

static int run_password(struct op_call *c)
{
    struct person p;
    int rc;
    const char *new = op_text(c, "new");
    if (!self(c, &p, &rc) || !check_old(c, &p, &rc)) {
        return rc;
    }
    enum password_fault fault = password_judge(new, p.login);
    if (fault) {
        return op_fail_field(c, "new", password_fault_text(fault, false),
                             password_fault_text(fault, true));
    }
    if (strcmp(new, op_text(c, "old")) == 0) {
        return op_fail_field(c, "new", "is the old one", "पुराना ही है");
    }
    rc = people_hash(c->people, new, p.password);
    if (rc != 0) {
        return rc == -2 ? op_fail(c, OP_BUSY, NULL, NULL) : -1;
    }
    p.must_change = false;
    p.password_at = c->now;
    rc = keep(c, &p, NULL);
    return rc != 0 || c->problem                                      ? rc
           : session_end_all(c->records, p.id, c->actor->session) < 0 ? -1
                                                                      : 0;
}

/* ---- the second factor ----------------------------------------------------------------------- */

static int give_secret(struct op_call *c, const struct person *p, const uint8_t secret[TOTP_SECRET])
{
    struct buffer uri;
    char text[TOTP_SECRET * 2];
    buffer_init(&uri, 1024);
    totp_uri(secret, p->login, &uri);
    secret_base32(span_make(secret, TOTP_SECRET), text);
    const char *whole = buffer_cstr(&uri);
    c->out = whole ? json_pack("{ss ss}", "secret", text, "uri", whole) : NULL;
    OPENSSL_cleanse(text, sizeof text);
    buffer_free(&uri);
    return c->out ? 0 : -1;
}

static int run_totp_begin(struct op_call *c)
{
    struct person p;
    uint8_t secret[TOTP_SECRET];
    int rc;
    if (!self(c, &p, &rc)) {
        return rc;
    }
    if (secret_random(secret, sizeof secret) != 0 ||
        people_totp_close(c->people, &p, secret) != 0) {
        return -1;
    }
    rc = keep(c, &p, NULL);
    rc = rc == 0 && !c->problem ? give_secret(c, &p, secret) : rc;
    OPENSSL_cleanse(secret, sizeof secret);
    return rc;
}

/* Ten new codes; older ones no longer count. */
static int new_codes(struct op_call *c, const struct person *p)
{
    json_t *codes = json_array();
    char code[SECRET_CODE];
    uint8_t hash[SHA256_SIZE];
    int rc = codes ? recovery_clear(c->records, p->id) : -1;
    for (int i = 0; i < RECOVERY_CODES && rc == 0; i++) {
        rc = secret_code(code) == 0 && people_recovery_hash(p->id, code, hash) == 0 &&
                     recovery_add(c->records, p->id, hash) == 0 &&
                     json_array_append_new(codes, json_string(code)) == 0
                 ? 0
                 : -1;
    }
    OPENSSL_cleanse(code, sizeof code);
    if (rc != 0) {
        json_decref(codes);
        return -1;
    }
    c->out = json_pack("{so}", "recovery", codes);
    return c->out ? 0 : -1;
}

static int run_totp_confirm(struct op_call *c)
{
    struct person p;
    uint8_t secret[TOTP_SECRET];
    int64_t step = 0;
    int rc;
    if (!self(c, &p, &rc)) {
        return rc;
    }
    if (!p.totp_new_size) {
        return op_fail(c, OP_STATE, "Begin with a new secret first.", "पहले नया रहस्य बनाएँ।");
    }
    int wait = people_attempt(c->people, p.login, c->now);
    if (wait != 0) {
        return wait > 0 ? op_fail(c, OP_RATE, NULL, NULL) : -1;
    }
    int right = people_totp_open(c->people, &p, true, secret) == 0
                    ? totp_check(secret, op_text(c, "code"), c->now, 0, &step)
                    : -1;
    OPENSSL_cleanse(secret, sizeof secret);
    if (right <= 0) {
        return right < 0 ? -1 : op_fail_field(c, "code", "is not right", "सही नहीं है");
    }
    people_attempt_right(c->people, p.login);
    memcpy(p.totp, p.totp_new, p.totp_new_size);
    p.totp_size = p.totp_new_size;
    p.totp_new_size = 0;
    p.totp_step = step;
    rc = keep(c, &p, NULL);
    return rc != 0 || c->problem                                      ? rc
           : session_end_all(c->records, p.id, c->actor->session) < 0 ? -1
                                                                      : new_codes(c, &p);
}

static int run_recovery(struct op_call *c)
{
    struct person p;
    int rc;
    if (!self(c, &p, &rc)) {
        return rc;
    }
    if (!p.totp_size) {
        return op_fail(c, OP_STATE, "There is no second factor yet.", "अभी कोई दूसरा कारक नहीं है।");
    }
    return note(c, NULL) == 0 ? new_codes(c, &p) : -1;
}

static int run_certificate(struct op_call *c)
{
    struct person p;
    const char *sha256 = op_text(c, "sha256");
    int rc;
    if (!self(c, &p, &rc)) {
        return rc;
    }
    (void)snprintf(p.certificate_new, sizeof p.certificate_new, "%s", sha256 ? sha256 : "");
    return keep(c, &p, json_pack("{ss?}", "sha256", sha256));
}

/* ---- sessions -------------------------------------------------------------------------------- */

static int run_sessions(struct op_call *c)
{
    json_t *items = NULL;
    int rc = op_records(
        c, session_list(c->records, c->actor->person, c->actor->session, c->now, &items));
    if (rc != 0 || c->problem) {
        return rc;
    }
    c->out = json_pack("{so so}", "items", items, "next", json_null());
    return c->out ? 0 : -1;
}

static int run_session_end(struct op_call *c)
{
    int64_t n = session_end_id(c->records, c->actor->person, op_text(c, "session"));
    if (n == 0) {
        return op_fail(c, OP_NOT_FOUND, NULL, NULL);
    }
    return n < 0 ? -1 : note(c, NULL);
}

static int run_session_end_all(struct op_call *c)
{
    int64_t n = session_end_all(c->records, c->actor->person, c->actor->session);
    return n < 0 ? -1 : note(c, json_pack("{sI}", "ended", (json_int_t)n));
}

/* ---- API tokens ------------------------------------------------------------------------------ */

/* Groups that only a person in a session reaches. */
static bool is_private(const char *group, size_t n)
{
    static const char *const names[] = {"account", "session", "token"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == n && memcmp(names[i], group, n) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_group(const char *word, size_t n)
{
    const struct op *op;
    for (size_t i = 0; (op = op_at(i)); i++) {
        if (strcspn(op->id, ".") == n && memcmp(op->id, word, n) == 0) {
            return !is_private(word, n);
        }
    }
    return false;
}

/* "application document:read": words of one blank between them. */
static bool scopes_fit(const char *scopes)
{
    const char *s = scopes;
    while (*s) {
        size_t n = strcspn(s, " "), group = strcspn(s, ": ");
        bool reads = n == group + 5 && strncmp(s + group, ":read", 5) == 0;
        if ((n != group && !reads) || !is_group(s, group)) {
            return false;
        }
        s += n;
        if (*s && *++s == 0) {
            return false;
        }
    }
    return s != scopes;
}

static int run_tokens(struct op_call *c)
{
    json_t *items = NULL;
    int rc = op_records(c, token_list(c->records, c->actor->person, &items));
    if (rc != 0 || c->problem) {
        return rc;
    }
    c->out = json_pack("{so so}", "items", items, "next", json_null());
    return c->out ? 0 : -1;
}

static int run_token_create(struct op_call *c)
{
    char text[PEOPLE_TOKEN];
    struct token t = {.person = c->actor->person,
                      .created_at = c->now,
                      .expires_at = c->now + op_int(c, "days") * DAY};
    const char *scopes = op_text(c, "scopes");
    if (by_token(c)) {
        return op_fail(c, OP_FORBIDDEN, "A token makes no token.", "टोकन से टोकन नहीं बनता।");
    }
    if (!scopes_fit(scopes)) {
        return op_fail_field(c, "scopes",
                             "must be groups of operations, such as: application document:read",
                             "क्रियाओं के समूह होने चाहिए, जैसे: application document:read");
    }
    if (op_int(c, "days") < 1) {
        return op_fail_field(c, "days", "must be from 1 to 365", "1 से 365 तक होना चाहिए");
    }
    int64_t count = token_count(c->records, t.person, c->now);
    if (count < 0 || count >= TOKENS_MAX) {
        return count < 0 ? -1
                         : op_fail(c, OP_STATE, "There are 50 already; revoke one first.",
                                   "50 पहले से हैं; पहले एक निरस्त करें।");
    }
    (void)snprintf(t.name, sizeof t.name, "%s", op_text(c, "name"));
    (void)snprintf(t.scopes, sizeof t.scopes, "%s", scopes);
    t.id = people_token_new(text, t.hash) == 0 ? token_add(c->records, &t) : -1;
    if (t.id < 0) {
        return -1;
    }
    c->out = json_pack("{sI ss ss ss sI}", "id", (json_int_t)t.id, "token", text, "name", t.name,
                       "scopes", t.scopes, "expires_at", (json_int_t)t.expires_at);
    OPENSSL_cleanse(text, sizeof text);
    return c->out ? note(c, json_pack("{sI ss}", "token", (json_int_t)t.id, "scopes", t.scopes))
                  : -1;
}

/* One's own; an administrator's power over others' is person.disable and person.reset. */
static int run_token_revoke(struct op_call *c)
{
    struct token t;
    int rc = op_records(c, token_by_id(c->records, op_int(c, "token"), &t));
    if (rc != 0 || c->problem) {
        return rc;
    }
    if (t.person != c->actor->person) {
        return op_fail(c, OP_NOT_FOUND, NULL, NULL);
    }
    rc = token_revoke(c->records, t.id, c->now);
    if (rc == RECORDS_NONE) {
        return op_fail(c, OP_STATE, "It is already revoked.", "यह पहले ही निरस्त है।");
    }
    return rc != 0 ? -1 : note(c, json_pack("{sI}", "token", (json_int_t)t.id));
}

/* ---- the table ------------------------------------------------------------------------------- */

#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const char *const languages[] = {"en", "hi", NULL};

static const struct op_param of_language[] = {
    {"lang", OP_IN_BODY, OP_WORD, true, 0, languages, "Language", "भाषा"}, END};
static const struct op_param of_password[] = {
    {"old", OP_IN_BODY, OP_PASSWORD, true, 256, NULL, "Present password", "वर्तमान पासवर्ड"},
    {"new", OP_IN_BODY, OP_PASSWORD, true, 256, NULL, "New password, at least 12 characters",
     "नया पासवर्ड, कम से कम 12 अक्षर"},
    END};
static const struct op_param of_code[] = {{"code", OP_IN_BODY, OP_TEXT, true, 20, NULL,
                                           "Code of six digits that the app shows",
                                           "ऐप में दिखने वाला छह अंकों का कोड"},
                                          END};
static const struct op_param of_certificate[] = {{"sha256", OP_IN_BODY, OP_SHA256, false, 0, NULL,
                                                  "SHA-256 of the certificate",
                                                  "प्रमाणपत्र का SHA-256"},
                                                 END};
static const struct op_param of_session[] = {
    {"session", OP_IN_PATH, OP_TEXT, true, 32, NULL, "Session", "सत्र"}, END};
static const struct op_param of_token[] = {
    {"token", OP_IN_PATH, OP_ID, true, 0, NULL, "Token", "टोकन"}, END};
static const struct op_param of_token_create[] = {
    {"name", OP_IN_BODY, OP_TEXT, true, 30, NULL, "What it is for", "किस काम के लिए"},
    {"scopes", OP_IN_BODY, OP_TEXT, true, 400, NULL,
     "What it may do: groups of operations, such as: application document:read",
     "यह क्या कर सकता है: क्रियाओं के समूह, जैसे: application document:read"},
    {"days", OP_IN_BODY, OP_INTEGER, true, 365, NULL, "Days until it expires",
     "कितने दिनों बाद समाप्त होगा"},
    END};

/* That the operator at the command line has no account is not named: the API has no operator. */
static const enum op_problem guarded[] = {OP_RATE, OP_BUSY, OP_OK};
static const enum op_problem guarded_state[] = {OP_STATE, OP_RATE, OP_BUSY, OP_OK};
static const enum op_problem state[] = {OP_STATE, OP_OK};

const struct op ops_account[] = {
    {"account.show", "GET", "/api/v1/account", "Show my account", "मेरा खाता दिखाएँ", ROLE_ANY,
     OP_READ, 0, "account", NULL, run_show, NULL},
    {"account.language", "POST", "/api/v1/account/language", "Set my language", "मेरी भाषा चुनें",
     ROLE_ANY, 0, 0, NULL, of_language, run_language, NULL},
    {"account.password", "POST", "/api/v1/account/password", "Change my password", "मेरा पासवर्ड बदलें",
     ROLE_ANY, OP_SECRET, 0, NULL, of_password, run_password, guarded},
    {"account.totp-begin", "POST", "/api/v1/account/totp",
     "Make a new secret for the second factor", "दूसरे कारक के लिए नया रहस्य बनाएँ", ROLE_ANY,
     OP_FRESH | OP_SECRET, 0, "totp", NULL, run_totp_begin, NULL},
    {"account.totp-confirm", "POST", "/api/v1/account/totp/confirm",
     "Confirm the second factor with a code", "कोड से दूसरे कारक की पुष्टि करें", ROLE_ANY, OP_SECRET, 0,
     "recovery", of_code, run_totp_confirm, guarded_state},
    {"account.recovery", "POST", "/api/v1/account/recovery", "Make new recovery codes",
     "नए पुनर्प्राप्ति कोड बनाएँ", ROLE_ANY, OP_FRESH | OP_SECRET, 0, "recovery", NULL, run_recovery,
     state},
    {"account.certificate", "POST", "/api/v1/account/certificate",
     "Register a certificate for logging in", "लॉगिन के लिए प्रमाणपत्र पंजीकृत करें", ROLE_ANY, OP_FRESH,
     0, NULL, of_certificate, run_certificate, NULL},
    {"session.list", "GET", "/api/v1/sessions", "List my sessions", "मेरे सत्रों की सूची", ROLE_ANY,
     OP_READ, 0, "sessions", NULL, run_sessions, NULL},
    {"session.end", "POST", "/api/v1/sessions/{session}/end", "End one of my sessions",
     "मेरा कोई सत्र समाप्त करें", ROLE_ANY, 0, 0, NULL, of_session, run_session_end, NULL},
    {"session.end-others", "POST", "/api/v1/sessions/end", "End all my other sessions",
     "मेरे अन्य सभी सत्र समाप्त करें", ROLE_ANY, 0, 0, NULL, NULL, run_session_end_all, NULL},
    {"token.list", "GET", "/api/v1/tokens", "List my API tokens", "मेरे API टोकनों की सूची", ROLE_ANY,
     OP_READ, 0, "tokens", NULL, run_tokens, NULL},
    {"token.create", "POST", "/api/v1/tokens", "Make an API token", "API टोकन बनाएँ", ROLE_ANY,
     OP_FRESH | OP_SECRET, 201, "token", of_token_create, run_token_create, state},
    {"token.revoke", "POST", "/api/v1/tokens/{token}/revoke", "Revoke an API token",
     "API टोकन निरस्त करें", ROLE_ANY, 0, 0, NULL, of_token, run_token_revoke, state},
    {.id = NULL}};
