/*
 * people - the rows of persons, their sessions, tokens and recovery codes.
 *
 * Only hashes and sealed secrets come here (office/people). Functions that write want a
 * transaction (records_begin). Codes are those of records.h.
 */
#ifndef RECORDS_PEOPLE_H
#define RECORDS_PEOPLE_H

#include "records/records.h"

enum { PERSON_LOGIN = 64, PERSON_NAME = 512, PERSON_PASSWORD = 160, PERSON_TOTP = 64 };

struct person {
    int64_t id, firm; /* firm UTC_NONE: an officer */
    unsigned roles;
    bool hindi, must_change;
    int64_t password_at, totp_step, failures, locked_until, disabled_at, created_at, version;
    char login[PERSON_LOGIN], name[PERSON_NAME], email[PERSON_NAME];
    char password[PERSON_PASSWORD]; /* "": none */
    char certificate[SHA256_HEX], certificate_new[SHA256_HEX];
    uint8_t totp[PERSON_TOTP], totp_new[PERSON_TOTP]; /* sealed */
    size_t totp_size, totp_new_size;                  /* 0: none */
};

int person_find(struct records *r, int64_t id, struct person *out) WARN_UNUSED;
int person_by_login(struct records *r, const char *login, struct person *out) WARN_UNUSED;
int person_by_certificate(struct records *r, const char *sha256, struct person *out) WARN_UNUSED;

/* Returns the new id; RECORDS_CONFLICT: the login is taken; RECORDS_NONE: no such firm. Of p:
 * login, name, email, firm, roles, hindi, password, must_change, created_at. */
int64_t person_add(struct records *r, const struct person *p) WARN_UNUSED;

/* Writes every column but login and created_at; the row must have p->version, which grows. A
 * certificate that somebody else has is a RECORDS_CONFLICT. */
int person_update(struct records *r, struct person *p) WARN_UNUSED;

/* What logging in changes; no version. */
int person_note_failures(struct records *r, int64_t id, int64_t failures,
                         int64_t locked_until) WARN_UNUSED;
int person_note_step(struct records *r, int64_t id, int64_t step) WARN_UNUSED;

/* How many there are at all, and how many who are not disabled have one of these roles. */
int64_t person_count(struct records *r) WARN_UNUSED;
int64_t person_count_active(struct records *r, unsigned roles) WARN_UNUSED;

/* As JSON: without secrets ("totp": true|false). */
struct person_filter {
    int64_t firm;   /* of one firm; UTC_NONE: all */
    unsigned roles; /* one of them; 0: all */
    bool active;    /* not disabled */
    bool of_firms;  /* no officers */
    int64_t after;  /* an id */
    int64_t limit;
};
int person_list(struct records *r, const struct person_filter *f, json_t **out) WARN_UNUSED;
json_t *person_json(const struct person *p);

/* ---- sessions -------------------------------------------------------------------------------- */

enum { FORM_TOKEN = 32, SESSION_ADDRESS = 64 };

struct session {
    uint8_t hash[SHA256_SIZE], form_token[FORM_TOKEN];
    int64_t person;
    bool full;        /* else: the password alone was shown */
    bool certificate; /* logged in by certificate */
    char address[SESSION_ADDRESS];
    int64_t created_at, seen_at, confirmed_at, expires_at;
};

int session_add(struct records *r, const struct session *s) WARN_UNUSED;
int session_find(struct records *r, const uint8_t hash[SHA256_SIZE],
                 struct session *out) WARN_UNUSED;
int session_seen(struct records *r, const uint8_t hash[SHA256_SIZE], int64_t now) WARN_UNUSED;

/* Returns how many were ended. but: one that stays, or NULL. */
int64_t session_end(struct records *r, const uint8_t hash[SHA256_SIZE]) WARN_UNUSED;
int64_t session_end_all(struct records *r, int64_t person, const uint8_t *but) WARN_UNUSED;
int session_sweep(struct records *r, int64_t now) WARN_UNUSED;

/* Those of a person that are not over, as JSON; id: the first half of the hash in hex. mine: which
 * one is the asker's own, or NULL. idle: seconds. */
int session_list(struct records *r, int64_t person, const uint8_t *mine, int64_t now,
                 json_t **out) WARN_UNUSED;
/* By the id of session_list. */
int64_t session_end_id(struct records *r, int64_t person, const char *id) WARN_UNUSED;

/* ---- API tokens ------------------------------------------------------------------------------ */

enum { TOKEN_SCOPES = 512, TOKEN_NAME = 128 };

struct token {
    int64_t id, person;
    uint8_t hash[SHA256_SIZE];
    char name[TOKEN_NAME], scopes[TOKEN_SCOPES];
    int64_t created_at, expires_at, used_at, revoked_at;
};

int64_t token_add(struct records *r, const struct token *t) WARN_UNUSED;
int token_find(struct records *r, const uint8_t hash[SHA256_SIZE], struct token *out) WARN_UNUSED;
int token_by_id(struct records *r, int64_t id, struct token *out) WARN_UNUSED;
int token_used(struct records *r, int64_t id, int64_t now) WARN_UNUSED;
int token_revoke(struct records *r, int64_t id, int64_t now) WARN_UNUSED;
int64_t token_revoke_all(struct records *r, int64_t person, int64_t now) WARN_UNUSED;
int64_t token_count(struct records *r, int64_t person, int64_t now) WARN_UNUSED; /* good ones */
int token_list(struct records *r, int64_t person, json_t **out) WARN_UNUSED;

/* ---- recovery codes -------------------------------------------------------------------------- */

int recovery_add(struct records *r, int64_t person, const uint8_t hash[SHA256_SIZE]) WARN_UNUSED;
int recovery_clear(struct records *r, int64_t person) WARN_UNUSED;
/* Marks it used; RECORDS_NONE: not one of this person's, or used. */
int recovery_use(struct records *r, int64_t person, const uint8_t hash[SHA256_SIZE],
                 int64_t now) WARN_UNUSED;
int64_t recovery_left(struct records *r, int64_t person) WARN_UNUSED;

#endif
