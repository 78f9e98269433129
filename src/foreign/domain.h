/*
 * domain - whose domain a host is in, and which known one it only looks like.
 *
 * Registrable domains by the Public Suffix List (libpsl), names in ASCII form (libidn2, UTS #46);
 * look-alikes by UTS #39 skeletons (ICU), folded diacritics, words of a known name, few different
 * letters, a known name as a subdomain. It looks nothing up.
 */
#ifndef FOREIGN_DOMAIN_H
#define FOREIGN_DOMAIN_H

#include "base/arena.h"
#include "net/hosts.h"

/* Once per process, before children are forked. Returns 0 or -1. */
int domain_init(void) WARN_UNUSED;

/* The registrable domain of a host (small ASCII letters, no address literal); false: it has
 * none. */
bool domain_registrable(const char *host, char out[FETCH_HOST_MAX]);

/* A URL as people write it, with a host in ASCII letters (IDNA, UTS #46). Returns 0, 1: it cannot
 * be written so; -1: memory. */
int domain_ascii_url(struct arena *a, const char *url, const char **out) WARN_UNUSED;

/* True when the two hosts are in the same registrable domain. */
bool domain_same(const char *host, const char *domain);

/* The known domain that the host is not in, but looks like; NULL: none. how says in what. */
const char *domain_lookalike(struct arena *a, const char *host, const char *const *known,
                             size_t count, const char **how);

#endif
