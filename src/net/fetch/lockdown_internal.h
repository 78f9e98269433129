/*
 * lockdown_internal - what the two files of the lockdown share.
 */
#ifndef NET_FETCH_LOCKDOWN_INTERNAL_H
#define NET_FETCH_LOCKDOWN_INTERNAL_H

/* AddressSanitizer needs terabytes of address space and calls of its own: its builds keep the list
 * of forbidden calls, not the list of allowed ones. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define SANITIZED 1
#endif
#endif

/* Installs the filter of system calls. Returns 0 or -1. */
int lockdown_filter_broker(void);
int lockdown_filter_child(void);

#endif
