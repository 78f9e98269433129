/*
 * rules - the rows of a policy: {id, applies, run}. A new rule is a row and a function.
 */
#ifndef POLICY_RULES_H
#define POLICY_RULES_H

#include "policy/facts.h"

struct policy_rule {
    const char *id;
    bool india_only;
    int64_t from, to; /* judged_at in [from, to); UTC_NONE: no bound */
    void (*run)(const struct policy_facts *facts);
};

extern const struct policy_rule policy_rules_crypto[], policy_rules_time[], policy_rules_india[];

#endif
