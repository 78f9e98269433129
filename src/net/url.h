/*
 * url - splits an http or https URL, strictly.
 *
 * A stranger wrote the URL (it stands in a certificate or in a Location header). What two parsers
 * could read differently is refused rather than repaired: user information, other ports than 80 and
 * 443, backslashes, spaces and control characters, names that are not ASCII, a trailing dot, and
 * numbers that some libraries take for an address (2130706433, 0x7f.1, 0177.0.0.1).
 * See RFC 3986 3.2; WHATWG URL "ends in a number". It does not look up names or judge addresses
 * (net/guard.h).
 */
#ifndef NET_URL_H
#define NET_URL_H

#include "base/span.h"
#include "net/hosts.h"

struct url {
    bool https;
    bool literal;              /* the host is an address */
    char host[FETCH_HOST_MAX]; /* lower case; an IPv6 address without its brackets */
    uint16_t port;
};

/* Returns NULL when the URL may be used, else what is wrong with it, as the end of a sentence
 * ("has a user name in it"). */
const char *url_split(struct span text, struct url *out) WARN_UNUSED;

/* What is wrong with the bytes of a URL or of a reference to one, or NULL. */
const char *url_bytes(struct span text) WARN_UNUSED;

/* The host alone, as it stands in a list: "[::1]" or "::1" for IPv6. NULL, or what is wrong. */
const char *url_host(struct span text, char out[FETCH_HOST_MAX], bool *literal) WARN_UNUSED;

#endif
