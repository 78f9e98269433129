/*
 * options - what `cert check` may ask beyond a document's question (CONTRACT.md, cert check).
 *
 * For documents every field is zero: RFC 5280 policy processing is never used on them, because the
 * Indian CA certificates assert another policy arc than their leaves (a good path would end empty).
 */
#ifndef CHAIN_OPTIONS_H
#define CHAIN_OPTIONS_H

#include "chain/judge.h"

enum { CHAIN_MAX_POLICIES = 16, CHAIN_MAX_EMAILS = 16 };

struct chain_options {
    bool policies_wanted; /* RFC 5280 6.1 policy processing */
    const char *policies[CHAIN_MAX_POLICIES];
    size_t policy_count; /* none: any policy will do */
    bool explicit_policy, inhibit_mapping, inhibit_any;
    bool partial_chain; /* an anchor that is not self-signed ends a path */
    bool tls_server, tls_client;
    const char *eku; /* short name or dotted OID that the leaf must allow */
    const char *host, *ip;
    const char *emails[CHAIN_MAX_EMAILS];
    size_t email_count;
    bool all_paths;      /* keep every path tried with its findings */
    bool openssl_always; /* also in the plain case of quick.h; tests compare both */
    int depth;           /* most intermediates that are not self-issued; -1: as built in */
};

/* As chain_judge, with options. */
int chain_judge_with(struct arena *a, struct pool *pool, const struct chain_question *question,
                     const struct chain_options *options, struct sp_findings *findings,
                     struct chain_answer *answer) WARN_UNUSED;

#endif
