/*
 * inside - the people from the inside: what their files and the operations about them share.
 */
#ifndef OFFICE_PEOPLE_INSIDE_H
#define OFFICE_PEOPLE_INSIDE_H

#include "office/office.h"
#include "office/people/gate.h"
#include "office/people/guess.h"
#include "office/people/people.h"
#include "office/people/seal.h"
#include "office/people/secret.h"
#include "office/people/totp.h"
#include "records/people.h"

struct people {
    const struct office *settings;
    const char *data, *trust, *demo; /* demo: the trust folder of a demonstration, or NULL */
    uint8_t key[SEAL_KEY];
    struct gate scrypt;
    struct guess guess;
};

enum { HALF_SESSION_SECONDS = 600, SEEN_SECONDS = 60 };

/* A row of the trail that is no operation's; detail is taken over. */
int people_audit(struct records *r, int64_t now, const struct person *p, const char *action,
                 json_t *detail) WARN_UNUSED;

/* Its requirements: the second factor is needed, and there is none. */
bool people_must_enrol(const struct people *p, const struct person *who);

/* The secret of the second factor. Returns 0, or -1: the key is not the one it was sealed with. */
int people_totp_open(const struct people *p, const struct person *who, bool new,
                     uint8_t secret[TOTP_SECRET]) WARN_UNUSED;
int people_totp_close(const struct people *p, struct person *who,
                      const uint8_t secret[TOTP_SECRET]) WARN_UNUSED; /* into totp_new */

/* As password_matches and password_hash, a few at a time; -2: too many wait. */
int people_matches(struct people *p, const char *stored, const char *password) WARN_UNUSED;
int people_hash(struct people *p, const char *password, char out[PERSON_PASSWORD]) WARN_UNUSED;

/* An attempt to show a password inside a session. 0, or the seconds to wait, or -1; and once it was
 * right. */
int people_attempt(struct people *p, const char *login, int64_t now) WARN_UNUSED;
void people_attempt_right(struct people *p, const char *login);

/* Roles as words: "intake assessor". roles_read: false when one is unknown, or there is none. */
bool roles_read(const char *text, unsigned *out);
json_t *roles_json(unsigned roles);

/* A person as JSON for people: roles are words. NULL: memory. */
json_t *people_json(const struct person *p);

/* What is kept of a recovery code. */
int people_recovery_hash(int64_t person, const char *code, uint8_t out[SHA256_SIZE]) WARN_UNUSED;

/* Makes a session's row; the cookie is kept nowhere. Inside a transaction. */
int people_session_new(struct records *r, struct session *s,
                       char cookie[PEOPLE_COOKIE]) WARN_UNUSED;

#endif
