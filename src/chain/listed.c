/*
 * listed - see listed.h.
 */
#include "chain/listed.h"

#include "base/hash.h"

bool listed_cert_or_key(const struct sp_policy_list *list, const struct cert *c)
{
    uint8_t key[CERT_SHA256];
    if (list->count == 0) {
        return false;
    }
    /* A digest that fails for lack of memory is counted, and the job's findings are dropped. */
    return sp_policy_lists(list, c->sha256) ||
           (hash_sha256(c->spki, key) == 0 && sp_policy_lists(list, key));
}

bool listed_distrusted(struct pool *p, const struct sp_policy *policy, const struct pool_cert *e)
{
    return pool_distrusted(p, e) || listed_cert_or_key(&policy->distrusted, e->cert);
}

bool listed_foreign_root(const struct sp_policy *policy, const struct pool_cert *e)
{
    return policy->recognised_foreign_roots.count > 0 && cert_self_issued(e->cert) &&
           sp_policy_lists(&policy->recognised_foreign_roots, e->cert->sha256);
}
