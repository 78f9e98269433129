/*
 * hosts - the allow-list: the only hosts the fetch process contacts.
 *
 * A host is a name (letters, digits, '-', '.') or an address literal, compared whole and without
 * regard to case: no wildcard, no suffix. On the list it may still be refused (net/guard.h).
 */
#ifndef NET_HOSTS_H
#define NET_HOSTS_H

#include "base/arena.h"

enum { FETCH_HOST_MAX = 256, FETCH_HOSTS_MAX = 1024 };

struct fetch_hosts {
    struct arena *arena;
    const char **names; /* lower case */
    size_t count, capacity;
};

/* An empty list. Returns 0 or -1 (memory). */
int fetch_hosts_init(struct fetch_hosts *hosts) WARN_UNUSED;
void fetch_hosts_free(struct fetch_hosts *hosts);

/*
 * Adds the hosts of a file: a table with the header line "ca,kind,url" (trust/endpoints.csv; a row
 * whose url is not one http or https URL gives none, such as the ldap rows), or a list with one
 * host a line and '#' comments (the operator's). Returns 0, or -1 with one sentence in
 * why[why_size] (the file cannot be read, or a line of a list is not a host).
 */
int fetch_hosts_load(struct fetch_hosts *hosts, const char *path, char *why,
                     size_t why_size) WARN_UNUSED;

/* Adds one host; false when it is not one, or the list is full or memory out. */
bool fetch_hosts_add(struct fetch_hosts *hosts, struct span host) WARN_UNUSED;

bool fetch_hosts_contain(const struct fetch_hosts *hosts, const char *host);

#endif
