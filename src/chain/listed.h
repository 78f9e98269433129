/*
 * listed - the certification body's own lists of certificates (satyapan/switches.def), beside the
 * roles that evidence gives.
 */
#ifndef CHAIN_LISTED_H
#define CHAIN_LISTED_H

#include "chain/entry.h"

/* On the distrust list of the trust store or of the policy: the certificate, or its key. */
bool listed_distrusted(struct pool *p, const struct sp_policy *policy, const struct pool_cert *e);

/* A foreign root recognised by notification (IT Act 2000 s. 19): it ends a path like an anchor. */
bool listed_foreign_root(const struct sp_policy *policy, const struct pool_cert *e);

/* The list names this certificate or its public key. */
bool listed_cert_or_key(const struct sp_policy_list *list, const struct cert *c);

#endif
