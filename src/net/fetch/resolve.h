/*
 * resolve - looks a host up once, and refuses it when one of its addresses is not a public one.
 *
 * The connection later goes to these addresses and no others, so an answer that changes between
 * the check and the connection (DNS rebinding) changes nothing.
 */
#ifndef NET_FETCH_RESOLVE_H
#define NET_FETCH_RESOLVE_H

#include <sys/socket.h>

#include "net/fetch.h"
#include "net/url.h"

enum { RESOLVE_MAX = 8 };

struct resolved {
    struct sockaddr_storage addresses[RESOLVE_MAX];
    socklen_t sizes[RESOLVE_MAX];
    char texts[RESOLVE_MAX][FETCH_IP_MAX];
    size_t count;
};

/* FETCH_OK, or the outcome and why. All addresses are checked, the first RESOLVE_MAX kept. */
enum fetch_outcome resolve_host(const struct url *url, struct resolved *out,
                                char why[FETCH_WHY_MAX]) WARN_UNUSED;

/* True when the address is one of them. */
bool resolve_contains(const struct resolved *r, const struct sockaddr *address);

#endif
