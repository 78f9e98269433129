/*
 * selftest - at start, one signed file of each format is verified in the sandbox, with the trust
 * list the server will use; a server that cannot do that does not start.
 */
#ifndef HTTP_SELFTEST_H
#define HTTP_SELFTEST_H

#include "http/trusted.h"

/* The caller has one thread. Returns 0, or -1 after saying on stderr what failed. */
int selftest_run(const struct trusted *t) WARN_UNUSED;

#endif
