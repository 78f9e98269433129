/*
 * keep - what satyapan-obtain remembers between runs: the store of revocation data (store/store.h),
 * asked in the words of wants.
 *
 * A NULL keep remembers nothing. A failure of the store is no failure of a want: it is then fetched
 * and not kept, and the operator is told on the standard error output.
 */
#ifndef OBTAIN_BROKER_KEEP_H
#define OBTAIN_BROKER_KEEP_H

#include "obtain/broker/target.h"

struct keep;

/* Something held that answers the want; it lives in the arena. */
struct kept {
    struct span der, index; /* index: of a CRL, absent when there is none */
    bool renew;             /* good enough, but its source may have something newer */
};

/* Never fails: NULL when nothing can be kept. */
struct keep *keep_open(const struct means *m, int64_t now);
void keep_close(struct keep *k);

/* True and *out: current, issued after what the want says, and of this address. */
bool keep_find(struct keep *k, struct arena *a, const struct target *t, const char *url,
               struct kept *out);

/* Why the address is not asked now (it failed lately), or NULL. */
const char *keep_wait(struct keep *k, struct arena *a, const char *url);

/* Fills etag and last_modified of what is held from the address. */
void keep_validators(struct keep *k, struct arena *a, struct fetch_request *request);

void keep_put(struct keep *k, const struct target *t, const char *url,
              const struct fetch_reply *reply);
void keep_unchanged(struct keep *k, const char *url, const struct fetch_reply *reply);
void keep_failed(struct keep *k, struct arena *a, const char *url, const char *why);

#endif
