/*
 * fetch_policy - what a fetch may take, and the names of its outcomes.
 *
 * A CRL of a large CA has 0.7 MB and more, so its cap is generous; certificates and OCSP answers
 * have a few kilobytes. Two minutes for 64 MiB need 4.5 Mbit/s.
 */
#include "net/fetch.h"

#define KIB ((uint64_t)1024)
#define MIB (1024 * KIB)

#define SMALL                                                                                      \
    {                                                                                              \
        .bytes = 1 * MIB, .total_ms = 20000, .connect_ms = 10000, .slow_bytes = 256,               \
        .slow_seconds = 10, .header_bytes = 32768, .header_lines = 100, .header_line = 8192        \
    }

const struct fetch_policy fetch_policy_default = {
    .limits = {[FETCH_CERT] = SMALL,
               [FETCH_OCSP] = SMALL,
               [FETCH_TIMESTAMP] = SMALL,
               [FETCH_WEB] = {.bytes = 16 * MIB,
                              .total_ms = 60000,
                              .connect_ms = 15000,
                              .slow_bytes = 256,
                              .slow_seconds = 15,
                              .header_bytes = 65536,
                              .header_lines = 200,
                              .header_line = 16384},
               [FETCH_WITNESS] = SMALL,
               [FETCH_CRL] = {.bytes = 64 * MIB,
                              .total_ms = 120000,
                              .connect_ms = 10000,
                              .slow_bytes = 1024,
                              .slow_seconds = 15,
                              .header_bytes = 32768,
                              .header_lines = 100,
                              .header_line = 8192}},
    .redirects = FETCH_REDIRECTS_MAX,
    .concurrent = 4,
    .per_host = 2,
};

const char *fetch_outcome_name(enum fetch_outcome outcome)
{
    static const char *const names[] = {[FETCH_OK] = "ok",
                                        [FETCH_NOT_MODIFIED] = "not-modified",
                                        [FETCH_REFUSED] = "refused",
                                        [FETCH_TEMPORARY] = "temporary",
                                        [FETCH_PERMANENT] = "permanent",
                                        [FETCH_TOO_LARGE] = "too-large"};
    return outcome <= FETCH_TOO_LARGE ? names[outcome] : "unknown";
}
