/*
 * polite - how often a domain is asked, by all workers together: two requests at a time, a pause
 * between their beginnings, and each robots.txt once.
 *
 * A table in memory that the workers share. A worker that dies gives back what it held.
 */
#ifndef CLI_WEBLINK_POLITE_H
#define CLI_WEBLINK_POLITE_H

#include "base/span.h"

enum {
    POLITE_AT_ONCE = 2,            /* requests to one domain */
    POLITE_ROBOTS_MAX = 512 * 1024 /* RFC 9309 2.5 asks for 500 KiB */
};

struct polite;

/* NULL: memory. Before the workers are forked. */
struct polite *polite_new(void) WARN_UNUSED;

/* Waits for a turn at the domain, at most wait_ms. False: it would take longer. */
bool polite_enter(struct polite *p, const char *domain, int worker, int pause_ms, int64_t wait_ms);
void polite_leave(struct polite *p, const char *domain, int worker);

/* A worker is gone: its turns are over. */
void polite_forget(struct polite *p, int worker);

/* robots.txt of an authority as it was fetched within the last day: status 0 when it could not be.
 * out has POLITE_ROBOTS_MAX bytes. False: it is not known. */
bool polite_robots(struct polite *p, const char *authority, int *status, uint8_t *out, size_t *n);
void polite_keep_robots(struct polite *p, const char *authority, int status, struct span body);

#endif
