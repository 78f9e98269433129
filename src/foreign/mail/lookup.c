/*
 * lookup - see lookup.h.
 */
#include "foreign/mail/lookup.h"

#include <netdb.h>
#include <netinet/in.h>

#include <arpa/nameser.h>
#include <resolv.h>

enum { ANSWER_MAX = 65535, PATIENCE_SECONDS = 3, TRIES = 2 };

int mail_lookup(struct arena *a, const char *name, struct mail_key *out)
{
    struct __res_state state;
    uint8_t *answer = arena_alloc(a, ANSWER_MAX);
    *out = (struct mail_key){.name = name, .unavailable = true, .answer = span_make("", 0)};
    if (!answer) {
        return -1;
    }
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) {
        return 0;
    }
    state.retrans = PATIENCE_SECONDS;
    state.retry = TRIES;
    state.options |= RES_TRUSTAD;
    state.options &= ~(unsigned long)(RES_DNSRCH | RES_DEFNAMES);
    int n = res_nquery(&state, name, ns_c_in, ns_t_txt, answer, ANSWER_MAX);
    if (n > 0 && n <= ANSWER_MAX) {
        out->answer = span_make(answer, (size_t)n);
        out->unavailable = false;
    } else {
        out->unavailable = state.res_h_errno != HOST_NOT_FOUND && state.res_h_errno != NO_DATA;
    }
    res_nclose(&state);
    return 0;
}
