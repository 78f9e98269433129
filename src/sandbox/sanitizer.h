/*
 * sanitizer - tells whether AddressSanitizer is built in: it needs terabytes of address space, a
 * few more calls and the standard error output.
 */
#ifndef SANDBOX_SANITIZER_H
#define SANDBOX_SANITIZER_H

#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif

#endif
