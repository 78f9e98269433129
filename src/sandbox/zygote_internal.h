/*
 * zygote_internal - the message to the zygote, shared by its two ends, and the start with another
 * work for tests.
 */
#ifndef SANDBOX_ZYGOTE_INTERNAL_H
#define SANDBOX_ZYGOTE_INTERNAL_H

#include "sandbox/child.h"
#include "sandbox/zygote.h"

enum {
    ZYGOTE_MAGIC = 0x5a594732, /* "ZYG2" */
    ZYGOTE_NAME_MAX = 4096,
    /* reply, status, document, content, bundles */
    ZYGOTE_FDS_MAX = 4 + SANDBOX_EXTRA_MAX
};

struct zygote_message {
    uint32_t magic, kind, part;
    uint64_t first, count; /* of the members, with SP_PART_MEMBERS */
    int64_t now, received;
    uint8_t has_content, has_applicant, extra_count;
    uint16_t password_size; /* 0: none */
    uint8_t password[SP_PASSWORD_MAX];
    char policy[64];
    char name[ZYGOTE_NAME_MAX];
    char applicant[ZYGOTE_NAME_MAX];
};

/* zygote_start with another work and other limits. */
int zygote_start_with(const struct sp_evidence *evidence, unsigned slots, child_work work,
                      const struct sandbox_limits *limits, struct zygote *z) WARN_UNUSED;

/* The zygote's own loop; never returns. */
_Noreturn void zygote_loop(int socket, const struct sp_evidence *evidence, unsigned slots,
                           child_work work, const struct sandbox_limits *limits);

#endif
