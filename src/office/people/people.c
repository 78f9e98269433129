/*
 * people - see people.h: opening, sessions, API tokens.
 */
#include "office/people/people.h"

#include <errno.h>
#include <stdio.h>

#include <openssl/crypto.h>

#include "base/base64.h"
#include "base/mem.h"
#include "office/people/inside.h"
#include "office/people/password.h"
#include "records/audit.h"

enum { SCRYPT_SLOTS = 2, SCRYPT_WAITING = 16, SCRYPT_SECONDS = 5 };

static const char COOKIE_USE[] = "cookie", TOKEN_USE[] = "token", RECOVERY_USE[] = "recovery";

/* ---- opening --------------------------------------------------------------------------------- */

int people_open(const char *data, const struct office *settings, const char *trust,
                struct people **out, char *why)
{
    struct people *p = mem_zalloc(sizeof *p);
    uint64_t seed = 0;
    *out = NULL;
    if (!p || secret_random((uint8_t *)&seed, sizeof seed) != 0) {
        (void)snprintf(why, RECORDS_WHY, "memory is out");
        mem_free(p);
        return -1;
    }
    p->settings = settings;
    p->data = data;
    p->trust = trust;
    gate_init(&p->scrypt, SCRYPT_SLOTS, SCRYPT_WAITING);
    guess_init(&p->guess, seed);
    if (seal_key(data, p->key, why, RECORDS_WHY) != 0) {
        people_close(p);
        return -1;
    }
    *out = p;
    return 0;
}

void people_close(struct people *p)
{
    if (p) {
        OPENSSL_cleanse(p->key, sizeof p->key);
    }
    mem_free(p);
}

void people_trust_demo(struct people *p, const char *folder)
{
    p->demo = folder;
}

const struct office *people_settings(const struct people *p)
{
    return p->settings;
}

/* ---- what the files share -------------------------------------------------------------------- */

int people_audit(struct records *r, int64_t now, const struct person *p, const char *action,
                 json_t *detail)
{
    char subject[48];
    (void)snprintf(subject, sizeof subject, "person:%lld", (long long)(p ? p->id : 0));
    struct audit_row row = {.at = now,
                            .person = p ? p->id : UTC_NONE,
                            .actor = p ? p->login : "unknown",
                            .action = action,
                            .subject = p ? subject : "person:unknown",
                            .application = UTC_NONE,
                            .detail = detail};
    int64_t seq = audit_append(r, &row);
    json_decref(detail);
    return seq < 0 ? -1 : 0;
}

bool people_must_enrol(const struct people *p, const struct person *who)
{
    bool needed = who->firm == UTC_NONE ? p->settings->totp_officers : p->settings->totp_vendors;
    return needed && who->totp_size == 0;
}

static const char *totp_use(const struct person *who, char out[48])
{
    (void)snprintf(out, 48, "totp:%lld", (long long)who->id);
    return out;
}

int people_totp_open(const struct people *p, const struct person *who, bool new,
                     uint8_t secret[TOTP_SECRET])
{
    char use[48];
    struct span sealed =
        new ? span_make(who->totp_new, who->totp_new_size) : span_make(who->totp, who->totp_size);
    return sealed.n == TOTP_SECRET + SEAL_EXTRA
               ? seal_open(p->key, totp_use(who, use), sealed, secret)
               : -1;
}

int people_totp_close(const struct people *p, struct person *who, const uint8_t secret[TOTP_SECRET])
{
    char use[48];
    _Static_assert(TOTP_SECRET + SEAL_EXTRA <= PERSON_TOTP, "room for a sealed secret");
    who->totp_new_size = TOTP_SECRET + SEAL_EXTRA;
    return seal_close(p->key, totp_use(who, use), span_make(secret, TOTP_SECRET), who->totp_new);
}

int people_matches(struct people *p, const char *stored, const char *password)
{
    if (!gate_enter(&p->scrypt, SCRYPT_SECONDS)) {
        return -2;
    }
    int rc = password_matches(stored, password);
    gate_leave(&p->scrypt);
    return rc;
}

int people_hash(struct people *p, const char *password, char out[PERSON_PASSWORD])
{
    _Static_assert((int)PASSWORD_STORED <= (int)PERSON_PASSWORD, "room for a kept password");
    if (!gate_enter(&p->scrypt, SCRYPT_SECONDS)) {
        return -2;
    }
    int rc = password_hash(password, out);
    gate_leave(&p->scrypt);
    return rc;
}

int people_attempt(struct people *p, const char *login, int64_t now)
{
    const struct guess_rule rule = {(unsigned)p->settings->attempts_free, 900};
    uint8_t key[GUESS_KEY];
    return guess_key_login(login, key) == 0 ? (int)guess_begin(&p->guess, key, &rule, now) : -1;
}

void people_attempt_right(struct people *p, const char *login)
{
    uint8_t key[GUESS_KEY];
    if (guess_key_login(login, key) == 0) {
        guess_undo(&p->guess, key, true);
    }
}

int people_recovery_hash(int64_t person, const char *code, uint8_t out[SHA256_SIZE])
{
    char text[64];
    (void)snprintf(text, sizeof text, "%lld:%s", (long long)person, code);
    return secret_hash(RECOVERY_USE, text, out);
}

/* ---- sessions -------------------------------------------------------------------------------- */

int people_session_new(struct records *r, struct session *s, char cookie[PEOPLE_COOKIE])
{
    return secret_new(cookie) == 0 && secret_hash(COOKIE_USE, cookie, s->hash) == 0 &&
                   secret_random(s->form_token, sizeof s->form_token) == 0
               ? session_add(r, s)
               : -1;
}

/* Is not worth waiting for, and nothing is lost when it fails: the session ends a minute early. */
static void note_visit(struct records *r, const struct session *s, int64_t now)
{
    if (now - s->seen_at < SEEN_SECONDS || records_begin(r) != 0) {
        return;
    }
    bool good = session_seen(r, s->hash, now) == 0;
    (void)!records_commit(r, good);
}

static void copy(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text ? text : "");
}

/* Cut where a character ends. */
static void copy_cut(char *out, size_t size, const char *text)
{
    size_t n = strlen(text);
    if (n >= size) {
        for (n = size - 1; n && ((unsigned char)text[n] & 0xc0) == 0x80; n--) {
        }
    }
    memcpy(out, text, n);
    out[n] = 0;
}

static void make_actor(const struct person *p, struct actor *out)
{
    out->person = p->id;
    out->roles = p->roles;
    out->firm = p->firm;
    copy(out->login, sizeof out->login, p->login);
    copy_cut(out->name, sizeof out->name, p->name);
}

static void make_session(const struct people *p, const struct session *s, const struct person *who,
                         int64_t now, struct people_session *out)
{
    out->stage = s->full ? PEOPLE_FULL : PEOPLE_PASSWORD;
    out->must_change = who->must_change;
    out->must_enrol = !s->certificate && people_must_enrol(p, who);
    out->hindi = who->hindi;
    memcpy(out->hash, s->hash, sizeof out->hash);
    secret_text(s->form_token, out->form_token);
    make_actor(who, &out->actor);
    out->actor.stale = now - s->confirmed_at > p->settings->fresh_minutes * 60;
    if (!s->full) {
        out->actor.roles = 0;
    }
}

/* Lets the pointers point into this struct. */
static void tie_session(struct people_session *s)
{
    s->actor.address = s->address;
    s->actor.session = s->hash;
    s->actor.scopes = s->must_change || s->must_enrol ? "account" : NULL;
}

void people_session_move(struct people_session *to, const struct people_session *from)
{
    *to = *from;
    tie_session(to);
}

int people_session_find(struct people *p, struct records *r, const char *cookie,
                        const char *address, int64_t now, struct people_session *out)
{
    struct session s = {.full = false};
    struct person who;
    uint8_t hash[SHA256_SIZE];
    memset(out, 0, sizeof *out);
    out->actor.person = out->actor.firm = UTC_NONE;
    copy(out->address, sizeof out->address, address);
    tie_session(out);
    if (!cookie || strlen(cookie) != PEOPLE_COOKIE - 1) {
        return 0;
    }
    if (secret_hash(COOKIE_USE, cookie, hash) != 0) {
        return -1;
    }
    int rc = session_find(r, hash, &s);
    int64_t idle = s.full ? p->settings->session_idle_minutes * 60 : HALF_SESSION_SECONDS;
    if (rc != 0 || now >= s.expires_at || now - s.seen_at > idle) {
        return rc == RECORDS_NONE || rc == 0 ? 0 : -1;
    }
    rc = person_find(r, s.person, &who);
    if (rc != 0 || who.disabled_at != UTC_NONE) {
        return rc == RECORDS_NONE || rc == 0 ? 0 : -1;
    }
    note_visit(r, &s, now);
    make_session(p, &s, &who, now, out);
    tie_session(out);
    return 0;
}

/* A new cookie for the same session, for every change of what it may do. */
int people_renew(struct people *p, struct records *r, const struct people_session *s,
                 char cookie[PEOPLE_COOKIE])
{
    struct session row;
    (void)p;
    if (s->stage == PEOPLE_NOBODY || records_begin(r) != 0) {
        return -1;
    }
    bool good = session_find(r, s->hash, &row) == 0 && session_end(r, s->hash) == 1 &&
                people_session_new(r, &row, cookie) == 0;
    return records_commit(r, good) == 0 && good ? 0 : -1;
}

bool people_form_ok(const struct people_session *s, const char *form_token)
{
    return s->stage != PEOPLE_NOBODY && form_token && secret_same(s->form_token, form_token);
}

int people_logout(struct people *p, struct records *r, const struct people_session *s, int64_t now)
{
    struct person who;
    (void)p;
    if (s->stage == PEOPLE_NOBODY) {
        return 0;
    }
    if (person_find(r, s->actor.person, &who) != 0 || records_begin(r) != 0) {
        return -1;
    }
    bool good = session_end(r, s->hash) >= 0 && people_audit(r, now, &who, "login.out", NULL) == 0;
    return records_commit(r, good) == 0 && good ? 0 : -1;
}

/* ---- API tokens ------------------------------------------------------------------------------ */

static void note_use(struct records *r, const struct token *t, int64_t now)
{
    if ((t->used_at != UTC_NONE && now - t->used_at < SEEN_SECONDS) || records_begin(r) != 0) {
        return;
    }
    bool good = token_used(r, t->id, now) == 0;
    (void)!records_commit(r, good);
}

int people_token_new(char token[PEOPLE_TOKEN], uint8_t hash[SHA256_SIZE])
{
    memcpy(token, "sat_", 5);
    return secret_new(token + 4) == 0 ? secret_hash(TOKEN_USE, token, hash) : -1;
}

int people_token_find(struct people *p, struct records *r, const char *token, const char *address,
                      int64_t now, struct people_bearer *out)
{
    struct token t;
    struct person who;
    uint8_t hash[SHA256_SIZE];
    (void)p;
    memset(out, 0, sizeof *out);
    out->actor.person = out->actor.firm = UTC_NONE;
    if (strlen(token) != PEOPLE_TOKEN - 1 || strncmp(token, "sat_", 4) != 0) {
        return 0;
    }
    int rc = secret_hash(TOKEN_USE, token, hash) == 0 ? token_find(r, hash, &t) : -1;
    if (rc != 0 || t.revoked_at != UTC_NONE || now >= t.expires_at) {
        return rc == RECORDS_NONE || rc == 0 ? 0 : -1;
    }
    rc = person_find(r, t.person, &who);
    if (rc != 0 || who.disabled_at != UTC_NONE) {
        return rc == RECORDS_NONE || rc == 0 ? 0 : -1;
    }
    note_use(r, &t, now);
    out->good = true;
    copy(out->scopes, sizeof out->scopes, t.scopes);
    copy(out->address, sizeof out->address, address);
    make_actor(&who, &out->actor);
    out->actor.scopes = out->scopes;
    out->actor.address = out->address;
    return 0;
}
