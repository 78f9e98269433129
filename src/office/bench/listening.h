/*
 * listening - where the server waits for a device under test that is a client.
 *
 * The address and the ports are settings of the operator; what reaches a command line is written
 * anew from them. Each run gets a port of its own. What it does not do: it opens nothing.
 */
#ifndef OFFICE_BENCH_LISTENING_H
#define OFFICE_BENCH_LISTENING_H

#include <jansson.h>

#include "base/arena.h"

enum listening {
    LISTENING_AT,    /* *out: "192.0.2.7:8443", "[fd00::7]:8443" */
    LISTENING_OFF,   /* the setting is empty */
    LISTENING_WRONG, /* a setting cannot be read */
    LISTENING_FULL,  /* every port is taken by a run */
    LISTENING_MEMORY
};

/* The first port that no open run has; open: [{targets}]. */
enum listening bench_listening(struct arena *a, const char *address, const char *ports,
                               const json_t *open, const char **out) WARN_UNUSED;

#endif
