/*
 * transfer - one request to its end: look-up, check, hop, redirect, at most so often.
 *
 * The work of a single-use child of satyapan-fetch.
 */
#ifndef NET_FETCH_TRANSFER_H
#define NET_FETCH_TRANSFER_H

#include "net/fetch_wire.h"

struct transfer_setup {
    const struct fetch_policy *policy;
    const struct fetch_hosts *hosts;
    bool web;          /* FETCH_WEB is allowed */
    const char *agent; /* its User-Agent; "": the usual one */
};

/* Fills the reply; *body is a sealed memory file with FETCH_OK, else -1. */
void transfer_run(const struct transfer_setup *setup, const struct fetch_wire_request *request,
                  struct fetch_wire_reply *reply, int *body);

#endif
