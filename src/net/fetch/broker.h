/*
 * broker - the waiting process: takes batches, starts a child for each request, hands replies on.
 *
 * At most policy.concurrent children, policy.per_host of them for one host; a host that said
 * Retry-After is left alone so long. A child that takes longer than its time is ended. It reads no
 * byte of the network.
 */
#ifndef NET_FETCH_BROKER_H
#define NET_FETCH_BROKER_H

#include "net/fetch/transfer.h"

/* Serves the program at the other end of the socket until it goes. Returns the exit status. */
int broker_run(int socket, const struct transfer_setup *setup);

#endif
