/*
 * guard - which addresses the fetch process never connects to.
 *
 * Whatever is not plain global unicast: the special-purpose registries of IANA (RFC 6890), and each
 * IPv6 form that carries an IPv4 address, whatever that is (RFC 4291 2.5.5, RFC 6052, RFC 8215,
 * RFC 3056, RFC 4380). Pure: no look-up, no clock.
 * On a network with DNS64 every name without an IPv6 address of its own gets a NAT64 one, and is
 * refused: the resolver of this machine must be one without DNS64.
 */
#ifndef NET_GUARD_H
#define NET_GUARD_H

#include <sys/socket.h>

#include "base/span.h"

/* NULL when the address may be connected to, else what it is ("a loopback address"). */
const char *guard_refuses(const struct sockaddr *address, socklen_t size);

/* The same for text: dotted IPv4 or IPv6 without brackets. What is no address is refused. */
const char *guard_refuses_text(const char *address);

#endif
