/*
 * refresher - the revocation data of the server: a program that fetches it, run every few minutes,
 * and the evidence the zygote is started with.
 *
 * Part of the supervisor. The program (satyapan-revocation refresh --due) has the database; its own
 * child has the network; here only the file it publishes is read (store/current/current.h). Another
 * program may publish as well, such as an import by the operator: the file itself is watched.
 */
#ifndef HTTP_REFRESHER_H
#define HTTP_REFRESHER_H

#include <sys/types.h>

#include "http/settings.h"
#include "http/trusted.h"
#include "store/current/current.h"

struct refresher {
    const struct settings *settings;
    const struct trusted *trusted;
    pid_t pid;       /* 0: does not run */
    int64_t next_ms; /* when it is started again, by checker_now_ms */
    struct current *held;
    struct sp_evidence evidence; /* the trusted one and what is held */
};

/* Returns 0, or -1 when memory is out. */
int refresher_init(struct refresher *r, const struct settings *s,
                   const struct trusted *t) WARN_UNUSED;

/* Starts the program when it is time; offline never. */
void refresher_tick(struct refresher *r);

/* A child has ended: true when it was the program. */
bool refresher_ended(struct refresher *r, pid_t pid, int status);

/* Something else is published than the evidence has. */
bool refresher_changed(const struct refresher *r);

/* Takes in what is published. The evidence that was there is gone afterwards: no process may be
 * using it (a zygote has its own copy). Returns 1, 0 when it is the same evidence, or -1 when
 * memory is out: nothing has changed. */
int refresher_load(struct refresher *r) WARN_UNUSED;

/* Ends the program and waits for it. */
void refresher_stop(struct refresher *r);

#endif
