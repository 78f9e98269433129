/*
 * policy - which findings break which requirement: a versioned file, so that a scan can be judged
 * again.
 *
 * policy.json is built in; --policy names another one of the same form. Results are pass, fail,
 * inconclusive and not-tested; what a scan of one device cannot show (several units, the device as
 * a client) is not-tested, never passed.
 */
#ifndef TLS_POLICY_H
#define TLS_POLICY_H

#include "tls/checks.h"

enum result { RESULT_PASS, RESULT_FAIL, RESULT_INCONCLUSIVE, RESULT_NOT_TESTED };

/* Instead of a level: every row, whatever its levels. */
enum { POLICY_ALL = 4 };

enum { POLICY_CODES = 48, POLICY_ROWS = 96, POLICY_ERROR = 160 };

enum { PROFILE_SUITES = 64, PROFILE_GROUPS = 16 };

/* A profile of what may be offered, and nothing else (Mozilla's). Post-quantum groups and those of
 * RFC 7919 are not counted. */
struct profile {
    bool there;
    uint16_t versions[VERSIONS], suites[PROFILE_SUITES], groups[PROFILE_GROUPS];
    size_t version_count, suite_count, group_count;
    unsigned dh_bits; /* least */
};

struct requirement {
    const char *id, *text, *text_hi, *source;
    unsigned levels; /* bit n: level n */
    bool needs_tls, needs_service, needs_certificate, needs_units, needs_client, needs_declared;
    enum check fail[POLICY_CODES], review[POLICY_CODES];
    size_t fail_count, review_count;
    struct profile profile;
    const char *er, *iso27402; /* NULL: not known */
};

struct tls_policy {
    const char *version;
    bool named[CHECK_COUNT]; /* findings that a row names, or "left_out" */
    struct requirement rows[POLICY_ROWS];
    size_t count;
};

/* Reads a policy. Returns 0; 1 when the file is wrong (one sentence in error[POLICY_ERROR]); -1
 * when memory is out. Strings live in the arena. */
int policy_read(struct arena *a, struct span json, struct tls_policy *out, char *error) WARN_UNUSED;

/* Findings that the other policy names and this one does not, comma-separated: an older file does
 * not know them, and they count in no result of it. NULL: none; also when memory is out. */
const char *policy_unnamed(struct arena *a, const struct tls_policy *p,
                           const struct tls_policy *other);

/* The one that is built in. */
struct span policy_builtin(void);

/* Adds a finding for each profile of the level that the service does not fit into. */
void policy_profiles(const struct tls_policy *p, unsigned level, const struct scan_job *job,
                     struct check_list *findings);

struct policy_result {
    const struct requirement *row;
    enum result result;
    const char *because; /* code of the first finding against it, or NULL */
};

/* What is known beside the service itself. */
struct policy_known {
    unsigned units; /* of this model whose keys are known (0, 1: they cannot be compared) */
    bool declared;  /* the vendor said what must be there */
};

/* Judges one service by the rows of a level; results has room for POLICY_ROWS. Returns how many
 * there are. */
size_t policy_judge(const struct tls_policy *p, unsigned level, const struct scan_job *job,
                    const struct check_list *findings, struct policy_known known,
                    struct policy_result *results);

const char *result_name(enum result r);

#endif
