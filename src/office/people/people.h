/*
 * people - who is it: logging in, the second factor, sessions, API tokens, client certificates.
 *
 * What a request shows - a cookie, a token, a certificate - is turned into an actor here; what that
 * actor may do is the operation's row (office/op.h). Secrets are kept as hashes: passwords by
 * scrypt, cookies, tokens and recovery codes (256 or 100 random bits) by SHA-256; the secret of the
 * second factor must be read again and is sealed (seal.h).
 *
 * Somebody who asks cannot find out which logins exist: an unknown one costs the same scrypt, gets
 * the same answers and is counted in the same way (guess.h).
 *
 * Nothing here is inside a transaction of the caller: the functions begin and commit their own,
 * with their audit rows (login.ok, login.failed, login.locked, session.end ...), and scrypt never
 * runs while one is open. What a logged-in person changes about himself or others is an operation:
 * office/ops_people.c, office/ops_account.c.
 *
 * NIST SP 800-63B 5.1.1 (passwords), 5.1.4 (one-time codes), 7.1 (sessions); RFC 6238; OWASP ASVS
 * 4.0 V2, V3. What it does not do: read HTTP; that is http/office/session.c.
 */
#ifndef OFFICE_PEOPLE_PEOPLE_H
#define OFFICE_PEOPLE_PEOPLE_H

#include "office/op.h"

/* One per process; any thread may use it. */
struct people;

/* Reads, or at the first start makes, DATA/keys/office.key (0600). settings (office/settings.def,
 * "people") and trust, the folder of the trust list for client certificates (NULL: none), are
 * borrowed. Returns 0, or -1 with a sentence in why[RECORDS_WHY]. */
int people_open(const char *data, const struct office *settings, const char *trust,
                struct people **out, char *why) WARN_UNUSED;
void people_close(struct people *p);

/* Certificates of a demonstration count, too: anchor.pem and intermediates.pem. Borrowed. */
void people_trust_demo(struct people *p, const char *folder);

/* The settings it was opened with. */
const struct office *people_settings(const struct people *p);

/* ---- sessions -------------------------------------------------------------------------------- */

enum people_stage {
    PEOPLE_NOBODY,   /* no session, or it is over */
    PEOPLE_PASSWORD, /* the password was right, the second factor is missing: may do nothing else */
    PEOPLE_FULL
};

enum {
    PEOPLE_SECRET = 32,
    PEOPLE_COOKIE = 44,
    PEOPLE_ADDRESS = 64
}; /* COOKIE: base64url and NUL */

struct people_session {
    enum people_stage stage;
    /* What has to be done first; until then the actor may do account.* only. */
    bool must_change;               /* the one-time password */
    bool must_enrol;                /* in the second factor */
    bool hindi;                     /* the person's language */
    uint8_t hash[SHA256_SIZE];      /* its key */
    char form_token[PEOPLE_COOKIE]; /* to be put into every form: people_form_ok */
    char address[PEOPLE_ADDRESS];   /* actor.address */
    /* PEOPLE_FULL: what operations get. Points into this struct: people_session_move. */
    struct actor actor;
};

/* cookie: its value, NULL: none. Notes the visit. Returns 0 (stage tells) or -1. */
int people_session_find(struct people *p, struct records *r, const char *cookie,
                        const char *address, int64_t now, struct people_session *out) WARN_UNUSED;

/* The form comes from a page of this session; compared in constant time. NULL: false. */
bool people_form_ok(const struct people_session *s, const char *form_token);

/* Copies; a plain assignment would leave pointers into the other one. */
void people_session_move(struct people_session *to, const struct people_session *from);

/* The same session under a new cookie: after the first password, a new second factor. 0 or -1. */
int people_renew(struct people *p, struct records *r, const struct people_session *s,
                 char cookie[PEOPLE_COOKIE]) WARN_UNUSED;

int people_logout(struct people *p, struct records *r, const struct people_session *s,
                  int64_t now) WARN_UNUSED;

/* ---- logging in ------------------------------------------------------------------------------ */

enum people_result {
    PEOPLE_OK,
    PEOPLE_WRONG,  /* login, password or code is wrong, or the account is locked or disabled: nobody
                      outside is told which */
    PEOPLE_WAIT,   /* too many attempts: retry tells the seconds */
    PEOPLE_BUSY,   /* too many passwords are being checked at this moment */
    PEOPLE_FAILED, /* our own failure; nothing was changed */
};

struct people_entry {
    enum people_result result;
    unsigned retry;             /* seconds */
    char cookie[PEOPLE_COOKIE]; /* PEOPLE_OK: the new session's; any older one is over */
    enum people_stage stage;
};

struct people_try {
    const char *login, *password; /* what was typed */
    const char *old_cookie;       /* of a session that ends now; NULL: none */
    const char *address;
    int64_t now;
};

void people_login(struct people *p, struct records *r, const struct people_try *in,
                  struct people_entry *out);

/* The second factor: a code of six digits, or a recovery code. The session gets a new cookie. */
void people_second(struct people *p, struct records *r, const struct people_session *s,
                   const char *code, int64_t now, struct people_entry *out);

/* Password (and code, where there is a second factor) once more, for sensitive acts. The session
 * gets a new cookie. */
void people_confirm(struct people *p, struct records *r, const struct people_session *s,
                    const char *password, const char *code, int64_t now, struct people_entry *out);

/* A certificate the proxy has seen: PEM, perhaps with %XX. Checked in a sandboxed child. */
void people_certificate(struct people *p, struct records *r, const char *pem,
                        const struct people_try *in, struct people_entry *out);

/* Somebody without a login shows a secret from that address. 0, or the seconds to wait: then it
 * is not looked at. people_shown_right: it was no guess. -1: our failure. */
int people_shown(struct people *p, const char *address, int64_t now) WARN_UNUSED;
void people_shown_right(struct people *p, const char *address);

/* ---- API tokens ------------------------------------------------------------------------------ */

enum { PEOPLE_TOKEN = 48 }; /* "sat_", 43 characters, NUL */

struct people_bearer {
    bool good; /* false: unknown, expired, revoked, or its person is disabled */
    char scopes[512];
    char address[PEOPLE_ADDRESS];
    struct actor actor; /* points into this struct */
};

/* A new one, and what is kept of it. 0 or -1. */
int people_token_new(char token[PEOPLE_TOKEN], uint8_t hash[SHA256_SIZE]) WARN_UNUSED;

/* What follows "Bearer ". Returns 0 or -1. */
int people_token_find(struct people *p, struct records *r, const char *token, const char *address,
                      int64_t now, struct people_bearer *out) WARN_UNUSED;

/* ---- the first start and the command line ---------------------------------------------------- */

/* When there is no person yet: makes the account "admin" with a one-time password, which is written
 * into password[PEOPLE_COOKIE] and kept nowhere. Returns 1: made, 0: there are people, -1. */
int people_first(struct people *p, struct records *r, int64_t now, char *password) WARN_UNUSED;

/* The actor of commands: "operator:UNIXUSER", all officers' roles. Who may write the data folder
 * could change everything anyhow; here it is written into the audit trail. */
void people_operator(struct actor *out);

#endif
