/*
 * rules - not written yet: everything is open, so nothing passes. See rules.h.
 */
#include "scheme/rules.h"

int scheme_check(struct arena *a, const struct scheme_input *in, struct scheme_results *out)
{
    (void)a;
    (void)in;
    *out = (struct scheme_results){.blocked = true};
    return 0;
}

int scheme_validity(struct arena *a, const struct scheme_input *in, int32_t issue_on,
                    struct scheme_validity *out)
{
    (void)a;
    (void)in;
    (void)issue_on;
    *out = (struct scheme_validity){"",    DATE_NONE, DATE_NONE, DATE_NONE, DATE_NONE,
                                    false, false,     "",        ""};
    return 0;
}

int scheme_deadlines(struct arena *a, const struct scheme_input *in, struct scheme_deadlines *out)
{
    (void)a;
    (void)in;
    *out = (struct scheme_deadlines){0};
    return 0;
}
