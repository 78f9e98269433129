/*
 * spawn - runs satyapan-text, or another program of ours, beside the threads of a server:
 * posix_spawn, no copy of this process.
 */
#ifndef OFFICE_INTAKE_SPAWN_H
#define OFFICE_INTAKE_SPAWN_H

#include <sys/types.h>

#include "base/span.h"

struct spawned {
    pid_t pid;
};

/* input becomes 0, other 3, output 1 (-1: /dev/null); the environment is ours. program NULL:
 * satyapan-text beside this program or below libexec. Returns 0, or -1 with errno. */
int spawn_program(const char *program, const char *const *arguments, int input, int other,
                  int output, struct spawned *out) WARN_UNUSED;

/* Waits for its end: the exit code, -1 when a signal ended it. */
int spawn_wait(struct spawned *s);

/* Asks it to come to an end (SIGTERM); it may take its time. */
void spawn_ask(const struct spawned *s);

/* Ends it, whatever it does. */
void spawn_end(struct spawned *s);

#endif
