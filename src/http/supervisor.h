/*
 * supervisor - the process that starts the others and starts them again: HTTP process and zygote.
 *
 * It has one thread, talks to nobody but its own children, and is the only one that forks them: so
 * a zygote is always a clean copy (zygote.h).
 */
#ifndef HTTP_SUPERVISOR_H
#define HTTP_SUPERVISOR_H

#include "http/settings.h"
#include "http/trusted.h"

/* Until SIGTERM or SIGINT. Returns the exit code. The caller has called sp_init and sandbox_warm
 * and has one thread. */
int supervisor_run(const struct settings *s, const struct trusted *t, int listener) WARN_UNUSED;

/* Whose socket it is that the supervisor hands over. */
enum { SUPERVISOR_ZYGOTE = 'Z', SUPERVISOR_OBTAIN = 'O' };

/* In the HTTP process: takes a socket from the supervisor. Returns whose it is; 0 when there was
 * none in the message; -1 when the supervisor has ended. */
int supervisor_receive(int control, int *socket) WARN_UNUSED;

#endif
