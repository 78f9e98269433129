/*
 * lockdown - what satyapan-fetch and its children give up.
 *
 * The process that waits for requests can start children, and no program: no exec, no tracing, no
 * file opened for writing, no capability. A child, which speaks with strangers, has an allow-list
 * of calls, may connect by TCP to the ports of the web and of DNS only, sees the resolver's and the
 * certificate authorities' files only, and makes no thread and no process. Landlock is a second
 * wall where the kernel has it; seccomp is the first, and without it nothing runs.
 * It does not keep a child that was taken over from other public addresses: a filter of system
 * calls cannot see where connect goes.
 * See seccomp(2), landlock(7), setrlimit(2).
 */
#ifndef NET_FETCH_LOCKDOWN_H
#define NET_FETCH_LOCKDOWN_H

#include "base/span.h"

/* For the waiting process: closes every descriptor but the first three and keep (-1: none). Returns
 * 0 or -1. */
int lockdown_broker(int keep) WARN_UNUSED;

/* For a child, which may write so many bytes into a memory file. keep: its one socket. */
int lockdown_child(int keep, uint64_t bytes, int seconds) WARN_UNUSED;

#endif
