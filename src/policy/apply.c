/*
 * apply - runs the rule tables over the facts of one signature.
 */
#include "base/utc.h"
#include "policy/rules.h"

static bool in_force(const struct policy_rule *rule, const struct policy_facts *f)
{
    return (!rule->india_only || f->policy->india) &&
           (rule->from == UTC_NONE || f->judged_at >= rule->from) &&
           (rule->to == UTC_NONE || f->judged_at < rule->to);
}

void policy_apply(const struct policy_facts *facts)
{
    static const struct policy_rule *const tables[] = {policy_rules_crypto, policy_rules_time,
                                                       policy_rules_india};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        for (const struct policy_rule *rule = tables[t]; rule->id; rule++) {
            if (in_force(rule, facts)) {
                rule->run(facts);
            }
        }
    }
}
