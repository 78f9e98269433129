/*
 * login - see people.h: from a login and a password to a session.
 *
 * The order matters: first the waiting times, then the password (outside of any transaction, at the
 * same cost whoever it is), then one transaction that looks at the person again, judges, counts
 * and writes the trail.
 */
#include <stdio.h>

#include <openssl/crypto.h>

#include "office/people/login.h"

enum { LONGEST_LOGIN = 900, LONGEST_ADDRESS = 60, BUSY_SECONDS = 5 };

/* ---- waiting times --------------------------------------------------------------------------- */

struct tries {
    uint8_t login[GUESS_KEY], address[GUESS_KEY];
};

/* Counts the attempt. Returns the seconds to wait, or -1. */
static int tries_begin(struct people *p, const char *login, const char *address, int64_t now,
                       struct tries *t)
{
    const struct office *o = p->settings;
    const struct guess_rule per_login = {(unsigned)o->attempts_free, LONGEST_LOGIN};
    const struct guess_rule per_address = {(unsigned)o->attempts_free_address, LONGEST_ADDRESS};
    if (guess_key_login(login, t->login) != 0 || guess_key_address(address, t->address) != 0) {
        return -1;
    }
    unsigned wait = guess_begin(&p->guess, t->address, &per_address, now);
    if (wait == 0 && (wait = guess_begin(&p->guess, t->login, &per_login, now)) != 0) {
        guess_undo(&p->guess, t->address, false);
    }
    return (int)wait;
}

static void tries_end(struct people *p, const struct tries *t, enum people_result result)
{
    bool counts = result == PEOPLE_WRONG;
    if (!counts) {
        guess_undo(&p->guess, t->login, result == PEOPLE_OK);
        guess_undo(&p->guess, t->address, false);
    }
}

int people_shown(struct people *p, const char *address, int64_t now)
{
    uint8_t key[GUESS_KEY];
    const struct guess_rule rule = {(unsigned)p->settings->attempts_free_address, LONGEST_ADDRESS};
    return guess_key_address(address ? address : "-", key) == 0
               ? (int)guess_begin(&p->guess, key, &rule, now)
               : -1;
}

void people_shown_right(struct people *p, const char *address)
{
    uint8_t key[GUESS_KEY];
    if (guess_key_address(address ? address : "-", key) == 0) {
        guess_undo(&p->guess, key, false);
    }
}

/* ---- the judgement: inside the transaction
 * ----------------------------------------------------- */

static bool is_locked(const struct person *who, int64_t now)
{
    return who->disabled_at != UTC_NONE || who->locked_until > now;
}

/* One more failure; the last one of the row locks the account. Not counted while it is locked: who
 * keeps trying would keep the owner out for ever. */
static int note_failure(struct people *p, struct records *r, const struct person *who,
                        const char *action, int64_t now)
{
    const struct office *o = p->settings;
    bool counts = !is_locked(who, now), locks = counts && who->failures + 1 >= o->lockout_failures;
    int64_t until = locks ? now + o->lockout_minutes * 60 : who->locked_until;
    int64_t failures = locks ? 0 : who->failures + counts;
    return person_note_failures(r, who->id, failures, until) == 0 &&
                   people_audit(r, now, who, action, NULL) == 0 &&
                   (!locks || people_audit(r, now, who, "login.locked", NULL) == 0)
               ? 0
               : -1;
}

static int end_old(struct records *r, const char *cookie)
{
    uint8_t hash[SHA256_SIZE];
    if (!cookie) {
        return 0;
    }
    return secret_hash("cookie", cookie, hash) == 0 && session_end(r, hash) >= 0 ? 0 : -1;
}

static int begin_session(struct people *p, struct records *r, const struct person *who,
                         const struct people_try *in, bool full, bool certificate,
                         struct people_entry *out)
{
    int64_t longest = p->settings->session_minutes * 60;
    struct session s = {.person = who->id,
                        .full = full,
                        .certificate = certificate,
                        .created_at = in->now,
                        .seen_at = in->now,
                        .confirmed_at = in->now,
                        .expires_at = in->now + (full ? longest : HALF_SESSION_SECONDS)};
    (void)snprintf(s.address, sizeof s.address, "%s", in->address);
    out->stage = full ? PEOPLE_FULL : PEOPLE_PASSWORD;
    const char *action = full ? "login.ok" : "login.password";
    return session_sweep(r, in->now) == 0 && end_old(r, in->old_cookie) == 0 &&
                   people_session_new(r, &s, out->cookie) == 0 &&
                   (!full || person_note_failures(r, who->id, 0, 0) == 0) &&
                   people_audit(r, in->now, who, action,
                                json_pack("{ss}", "address", in->address)) == 0
               ? 0
               : -1;
}

/* seen: the person as it was when the password was checked; id 0: there is none. */
static int judge_password(struct people *p, struct records *r, const struct person *seen,
                          bool matches, const struct people_try *in, struct people_entry *out)
{
    struct person who;
    out->result = PEOPLE_WRONG;
    if (seen->id == 0) {
        return people_audit(r, in->now, NULL, "login.failed",
                            json_pack("{ss}", "address", in->address));
    }
    if (person_find(r, seen->id, &who) != 0) {
        return -1;
    }
    if (!matches || is_locked(&who, in->now) || strcmp(who.password, seen->password) != 0) {
        return note_failure(p, r, &who, "login.failed", in->now);
    }
    out->result = PEOPLE_OK;
    return begin_session(p, r, &who, in, who.totp_size == 0, false, out);
}

int login_judge_certificate(struct people *p, struct records *r, const struct person *seen,
                            const char *sha256, bool good, const struct people_try *in,
                            struct people_entry *out)
{
    struct person who;
    out->result = PEOPLE_WRONG;
    if (seen->id == 0) {
        return people_audit(r, in->now, NULL, "login.failed-certificate",
                            json_pack("{ss ss}", "address", in->address, "sha256", sha256));
    }
    if (person_find(r, seen->id, &who) != 0) {
        return -1;
    }
    if (!good || is_locked(&who, in->now) || strcmp(who.certificate, sha256) != 0) {
        return people_audit(r, in->now, &who, "login.failed-certificate",
                            json_pack("{ss}", "address", in->address));
    }
    out->result = PEOPLE_OK;
    return begin_session(p, r, &who, in, true, true, out);
}

void login_finish(struct records *r, int rc, struct people_entry *out)
{
    if (records_commit(r, rc == 0) != 0 || rc != 0) {
        *out = (struct people_entry){.result = PEOPLE_FAILED};
    }
    if (out->result != PEOPLE_OK) {
        OPENSSL_cleanse(out->cookie, sizeof out->cookie);
        out->stage = PEOPLE_NOBODY;
    }
}

static void check_login(struct people *p, struct records *r, const struct people_try *in,
                        struct people_entry *out)
{
    struct person seen = {.id = 0};
    int found = person_by_login(r, in->login, &seen);
    if (found != 0 && found != RECORDS_NONE) {
        return;
    }
    int matches = people_matches(p, found == 0 ? seen.password : "", in->password);
    if (matches < 0) {
        out->result = matches == -2 ? PEOPLE_BUSY : PEOPLE_FAILED;
        out->retry = matches == -2 ? BUSY_SECONDS : 0;
    } else if (records_begin(r) == 0) {
        login_finish(r, judge_password(p, r, &seen, matches == 1, in, out), out);
    }
    OPENSSL_cleanse(&seen, sizeof seen);
}

/* Shorter than what an honest form sends; longer ones would only cost time. */
static bool too_long(const char *login, const char *password)
{
    return strlen(login) >= PERSON_LOGIN || strlen(password) > 1024;
}

void people_login(struct people *p, struct records *r, const struct people_try *in,
                  struct people_entry *out)
{
    struct tries t;
    *out = (struct people_entry){.result = PEOPLE_FAILED};
    int wait = tries_begin(p, in->login, in->address, in->now, &t);
    if (wait > 0) {
        *out = (struct people_entry){.result = PEOPLE_WAIT, .retry = (unsigned)wait};
    } else if (wait == 0 && too_long(in->login, in->password)) {
        out->result = PEOPLE_WRONG;
    } else if (wait == 0) {
        check_login(p, r, in, out);
        tries_end(p, &t, out->result);
    }
}

/* ---- the second factor ----------------------------------------------------------------------- */

/* Uses up a code. 1: right, 0: wrong, -1. Inside a transaction. */
static int use_code(struct people *p, struct records *r, const struct person *who, const char *code,
                    int64_t now, const char **how)
{
    uint8_t secret[TOTP_SECRET], hash[SHA256_SIZE];
    char recovery[SECRET_CODE];
    int64_t step = 0;
    *how = "code";
    if (secret_code_read(code, recovery)) {
        *how = "recovery";
        int rc = people_recovery_hash(who->id, recovery, hash) == 0
                     ? recovery_use(r, who->id, hash, now)
                     : -1;
        return rc == 0 ? 1 : rc == RECORDS_NONE ? 0 : -1;
    }
    if (people_totp_open(p, who, false, secret) != 0) {
        return -1;
    }
    int right = totp_check(secret, code, now, who->totp_step, &step);
    OPENSSL_cleanse(secret, sizeof secret);
    int noted = right == 1 ? person_note_step(r, who->id, step) : 0;
    return noted == RECORDS_NONE ? 0 : noted != 0 ? -1 : right;
}

static int judge_second(struct people *p, struct records *r, const struct people_session *s,
                        const char *code, int64_t now, struct people_entry *out)
{
    struct person who;
    const char *how;
    if (person_find(r, s->actor.person, &who) != 0) {
        return -1;
    }
    int right = is_locked(&who, now) ? 0 : use_code(p, r, &who, code, now, &how);
    if (right <= 0) {
        out->result = PEOPLE_WRONG;
        return right < 0 ? -1 : note_failure(p, r, &who, "login.failed-code", now);
    }
    const struct people_try in = {.address = s->address, .now = now};
    out->result = PEOPLE_OK;
    if (strcmp(how, "recovery") == 0 && people_audit(r, now, &who, "login.recovery", NULL) != 0) {
        return -1;
    }
    return session_end(r, s->hash) == 1 ? begin_session(p, r, &who, &in, true, false, out) : -1;
}

void people_second(struct people *p, struct records *r, const struct people_session *s,
                   const char *code, int64_t now, struct people_entry *out)
{
    struct tries t;
    *out = (struct people_entry){.result = PEOPLE_WRONG};
    if (s->stage != PEOPLE_PASSWORD) {
        return;
    }
    int wait = tries_begin(p, s->actor.login, s->address, now, &t);
    if (wait != 0) {
        out->result = wait > 0 ? PEOPLE_WAIT : PEOPLE_FAILED;
        out->retry = wait > 0 ? (unsigned)wait : 0;
        return;
    }
    out->result = PEOPLE_FAILED;
    if (records_begin(r) == 0) {
        login_finish(r, judge_second(p, r, s, code, now, out), out);
    }
    tries_end(p, &t, out->result);
}

/* ---- once more, for sensitive acts
 * ------------------------------------------------------------- */

static int judge_confirm(struct people *p, struct records *r, const struct people_session *s,
                         const struct person *seen, bool matches, const char *code, int64_t now,
                         struct people_entry *out)
{
    struct person who;
    struct session old;
    const char *how;
    if (person_find(r, seen->id, &who) != 0 || session_find(r, s->hash, &old) != 0) {
        return -1;
    }
    bool good = matches && !is_locked(&who, now) && strcmp(who.password, seen->password) == 0;
    int right = good && who.totp_size ? use_code(p, r, &who, code, now, &how) : good;
    if (right <= 0) {
        out->result = PEOPLE_WRONG;
        return right < 0 ? -1 : note_failure(p, r, &who, "login.failed", now);
    }
    out->result = PEOPLE_OK;
    out->stage = PEOPLE_FULL;
    old.seen_at = old.confirmed_at = now;
    return session_end(r, s->hash) == 1 && people_session_new(r, &old, out->cookie) == 0 &&
                   person_note_failures(r, who.id, 0, 0) == 0 &&
                   people_audit(r, now, &who, "login.confirmed", NULL) == 0
               ? 0
               : -1;
}

static void check_confirm(struct people *p, struct records *r, const struct people_session *s,
                          const char *password, const char *code, int64_t now,
                          struct people_entry *out)
{
    struct person seen;
    if (person_find(r, s->actor.person, &seen) != 0) {
        return;
    }
    int matches = people_matches(p, seen.password, password);
    if (matches < 0) {
        out->result = matches == -2 ? PEOPLE_BUSY : PEOPLE_FAILED;
        out->retry = matches == -2 ? BUSY_SECONDS : 0;
    } else if (records_begin(r) == 0) {
        login_finish(r, judge_confirm(p, r, s, &seen, matches == 1, code, now, out), out);
    }
    OPENSSL_cleanse(&seen, sizeof seen);
}

void people_confirm(struct people *p, struct records *r, const struct people_session *s,
                    const char *password, const char *code, int64_t now, struct people_entry *out)
{
    struct tries t;
    *out = (struct people_entry){.result = PEOPLE_WRONG};
    if (s->stage != PEOPLE_FULL || too_long("", password)) {
        return;
    }
    int wait = tries_begin(p, s->actor.login, s->address, now, &t);
    if (wait != 0) {
        out->result = wait > 0 ? PEOPLE_WAIT : PEOPLE_FAILED;
        out->retry = wait > 0 ? (unsigned)wait : 0;
        return;
    }
    out->result = PEOPLE_FAILED;
    check_confirm(p, r, s, password, code, now, out);
    tries_end(p, &t, out->result);
}
