/*
 * keep - see keep.h. Nothing is kept yet.
 */
#include "obtain/broker/keep.h"

struct keep *keep_open(const struct means *m, int64_t now)
{
    (void)m;
    (void)now;
    return NULL;
}

void keep_close(struct keep *k)
{
    (void)k;
}

bool keep_find(struct keep *k, struct arena *a, const struct target *t, const char *url,
               struct kept *out)
{
    (void)k;
    (void)a;
    (void)t;
    (void)url;
    *out = (struct kept){.renew = false};
    return false;
}

const char *keep_wait(struct keep *k, struct arena *a, const char *url)
{
    (void)k;
    (void)a;
    (void)url;
    return NULL;
}

void keep_validators(struct keep *k, struct arena *a, struct fetch_request *request)
{
    (void)k;
    (void)a;
    (void)request;
}

void keep_put(struct keep *k, const struct target *t, const char *url,
              const struct fetch_reply *reply)
{
    (void)k;
    (void)t;
    (void)url;
    (void)reply;
}

void keep_unchanged(struct keep *k, const char *url, const struct fetch_reply *reply)
{
    (void)k;
    (void)url;
    (void)reply;
}

void keep_failed(struct keep *k, const char *url, const char *why)
{
    (void)k;
    (void)url;
    (void)why;
}
