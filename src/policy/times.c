/*
 * times - what the claimed signing time is worth: it is shown, never believed.
 */
#include "base/utc.h"
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

const struct policy_rule policy_rules_time[] = {
    {"claimed-time", false, UTC_NONE, UTC_NONE, claimed_time},
    {0},
};
