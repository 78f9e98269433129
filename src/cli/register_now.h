/*
 * register_now - what is the case with a certificate today, said offline by what is at hand: the
 * event that is proven, a later one, or the register's signed list (certificates.json with its
 * .sig, http/public/public_dump.c).
 *
 * A state is one of its own time. Older than the age that is allowed it is UNKNOWN(stale), with
 * what was the case then - but for an end: withdrawn, superseded or expired stays so. The dates of
 * the certificate count on the day of the question: EXPIRED, NOT_YET_VALID; without them, as in
 * entries of version 1, it is UNKNOWN(dates). What was signed later than this machine's clock says
 * it is now is UNKNOWN(clock).
 *
 * What it does not do: ask the register; judge the certificate's own file (register_check.c).
 */
#ifndef CLI_REGISTER_NOW_H
#define CLI_REGISTER_NOW_H

#include <jansson.h>

#include "base/arena.h"
#include "tlog/checkpoint.h"

enum { NOW_WHY = 256 };

/* ---- a proof file ---------------------------------------------------------------------------- */

struct now_proof {
    struct tlog_proof *proof;
    struct note *note;
    struct checkpoint head;
    json_t *entry; /* new */
};

/* -1; else with why unless good. */
enum { NOW_GOOD, NOW_NO_PROOF, NOW_NOT_IN };
int now_proof_read(struct span bytes, const struct note_key *key, struct arena *a,
                   struct now_proof *out, char *why) WARN_UNUSED;

/* ---- today ----------------------------------------------------------------------------------- */

struct now_ask {
    const struct note_key *key;
    const char *latest, *dump; /* paths; NULL */
    int64_t now, max_age;      /* UTC seconds; days */
};

/* What the certificate's own proof or code says. */
struct now_known {
    const char *number, *status;
    int64_t at;                        /* when it was so */
    int64_t index;                     /* of the event; -1: not known */
    const char *pdf, *data;            /* SHA-256; NULL: not known */
    const char *valid_from, *valid_to; /* dates; NULL: not known */
};

/* Puts status, as_of, status_then, the dates, this_copy and next into facts. 0; 1 (why): a file
 * that was given is none, or of another register; -1. */
int now_put(const struct now_ask *ask, const struct now_known *k, json_t *facts, struct arena *a,
            char *why) WARN_UNUSED;

#endif
