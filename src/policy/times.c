/*
 * times - what the claimed signing time is worth: it is shown, never believed.
 */
#include "base/utc.h"
#include "chain/listed.h"
#include "policy/rules.h"

enum { CLOCK_TOLERANCE = 300 };

static void claimed_time(const struct policy_facts *f)
{
    char text[FINDING_TIME];
    if (f->claimed_time == UTC_NONE || f->is_timestamp) {
        return;
    }
    finding_time(f->claimed_time, text);
    bool future = f->claimed_time > f->now + CLOCK_TOLERANCE;
    if (future || !f->time_proven) {
        finding_add(f->arena, f->findings,
                    future ? SP_POLICY_CLAIMED_FUTURE : SP_POLICY_CLAIMED_TIME, f->where, text,
                    NULL);
    }
}

/* CCA licenses time-stamping; a certification body may name the authorities whose times count. */
static void timestamp_authority(const struct policy_facts *f)
{
    const struct sp_policy_list *list = &f->policy->timestamp_authorities;
    if (!f->is_timestamp || list->count == 0) {
        return;
    }
    bool named = f->signer && listed_cert_or_key(list, f->signer);
    for (size_t i = 0; i < f->path_count && !named; i++) {
        named = listed_cert_or_key(list, f->path[i]);
    }
    if (!named) {
        finding_add(f->arena, f->findings, SP_TIMESTAMP_AUTHORITY, f->where, NULL);
    }
}

const struct policy_rule policy_rules_time[] = {
    {"timestamp-authority", false, UTC_NONE, UTC_NONE, timestamp_authority},
    {"claimed-time", false, UTC_NONE, UTC_NONE, claimed_time},
    {0},
};
