/*
 * judge - what a mail that came in is, and what it decides: the only place where a reply becomes
 * "confirmed" or "denied".
 *
 * Pure: mail, what is known, keys, clock -> an answer. A key that is missing is wanted; the caller
 * looks it up and asks again. Runs in the sandbox. A reply decides when all of this holds: its From
 * domain is one of the case's issuer's approved mail domains; that issuer is the body the document
 * names; the sender is authenticated; a token
 * of exactly one open request stands in what is authenticated; the writer's own text has exactly
 * one kind of answer line; and no two programs could read the mail differently. Everything else is
 * unclear, for an officer.
 */
#ifndef FOREIGN_MAIL_JUDGE_H
#define FOREIGN_MAIL_JUDGE_H

#include "base/buffer.h"
#include "foreign/mail/dkim_check.h"
#include "foreign/mail/smime_check.h"

struct mail_known {
    const char *token_sha256, *case_id, *issuer; /* issuer: its profile */
    const char *claimed;                         /* who issued it, as the document says */
    bool earlier; /* sent to an address, or about a claim, that was replaced since */
};

struct mail_profile {
    const char *id;
    const char *const *names; /* what the body is called */
    size_t name_count;
    const char *const *domains; /* approved mail domains, A-labels */
    const bool *below;          /* of each: those below it are the body's as well */
    size_t domain_count;
};

struct mail_question {
    const struct mail_known *known;
    size_t known_count;
    const struct mail_profile *profiles;
    size_t profile_count;
    const char *authserv_id; /* our own mail server's name in Authentication-Results, or NULL */
    bool accept_dkim, accept_smime, accept_dmarc;
    struct mail_smime_trust smime;
    struct mail_keys keys;
    int64_t now;
};

/* Once per process, before a sandbox is entered; 0 or -1. */
int mail_judge_warm(void) WARN_UNUSED;

/*
 * Appends a line of JSON (the row of `satyapan-mail poll` without what the caller knows: uid,
 * hashes, paths; "wants": keys to look up; "attachments": {name, type, size}), then the
 * attachments' octets in that order. Returns 0, or -1: memory.
 */
int mail_judge(struct arena *a, const struct mail_question *q, struct span raw,
               struct buffer *out) WARN_UNUSED;

#endif
