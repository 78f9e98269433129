/*
 * resolve - see resolve.h.
 */
#include "net/fetch/resolve.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>

#include "net/guard.h"

static bool text_of(const struct sockaddr *address, socklen_t size, char out[FETCH_IP_MAX])
{
    return getnameinfo(address, size, out, FETCH_IP_MAX, NULL, 0, NI_NUMERICHOST) == 0;
}

/* Checks one address; keeps it when there is room. False when it is refused, and why. */
static bool take(const struct url *url, const struct addrinfo *a, struct resolved *out, char *why)
{
    const char *what = guard_refuses(a->ai_addr, a->ai_addrlen);
    char text[FETCH_IP_MAX] = "?";
    if (!text_of(a->ai_addr, a->ai_addrlen, text) && !what) {
        what = "an address that cannot be written down";
    }
    if (what) {
        (void)snprintf(why, FETCH_WHY_MAX, url->literal ? "%s is %s" : "its address %s is %s", text,
                       what);
        return false;
    }
    if (out->count < RESOLVE_MAX) {
        memcpy(&out->addresses[out->count], a->ai_addr, a->ai_addrlen);
        out->sizes[out->count] = a->ai_addrlen;
        memcpy(out->texts[out->count], text, sizeof text);
        out->count++;
    }
    return true;
}

/* Both families are always asked for: a bad IPv6 address counts on a machine without IPv6 too. */
static int look_up(const struct url *url, struct addrinfo **list)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = url->literal ? AI_NUMERICHOST : 0};
    return getaddrinfo(url->host, NULL, &hints, list);
}

enum fetch_outcome resolve_host(const struct url *url, struct resolved *out,
                                char why[FETCH_WHY_MAX])
{
    struct addrinfo *list = NULL;
    out->count = 0;
    int r = look_up(url, &list);
    if (r != 0) {
        (void)snprintf(why, FETCH_WHY_MAX, "its host name was not found (%s)", gai_strerror(r));
        return r == EAI_NONAME ? FETCH_PERMANENT : FETCH_TEMPORARY;
    }
    enum fetch_outcome outcome = FETCH_OK;
    for (const struct addrinfo *a = list; a && outcome == FETCH_OK; a = a->ai_next) {
        if (!take(url, a, out, why)) {
            outcome = FETCH_REFUSED;
        }
    }
    freeaddrinfo(list);
    return outcome;
}

static bool same(const struct sockaddr *a, const struct sockaddr *b)
{
    if (a->sa_family != b->sa_family) {
        return false;
    }
    if (a->sa_family == AF_INET) {
        struct sockaddr_in x, y;
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        return x.sin_addr.s_addr == y.sin_addr.s_addr;
    }
    struct sockaddr_in6 x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return memcmp(&x.sin6_addr, &y.sin6_addr, sizeof x.sin6_addr) == 0;
}

bool resolve_contains(const struct resolved *r, const struct sockaddr *address)
{
    for (size_t i = 0; i < r->count; i++) {
        if (same((const struct sockaddr *)&r->addresses[i], address)) {
            return true;
        }
    }
    return false;
}
