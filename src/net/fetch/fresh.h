/*
 * fresh - how long an answer stays fresh, from its header lines (RFC 9111 4.2), and Retry-After.
 *
 * Pure. It does not store anything, and knows no heuristic freshness: without a statement of the
 * server there is none.
 */
#ifndef NET_FETCH_FRESH_H
#define NET_FETCH_FRESH_H

#include "base/utc.h"

enum { FRESH_LINE_MAX = 512 };

/* Values as they came; "" for a line that is not there. Several Cache-Control lines are joined. */
struct fresh_lines {
    char cache_control[FRESH_LINE_MAX];
    char expires[64], date[64], age[32];
};

/* Fresh until; now when the server forbids to keep it; UTC_NONE when it says nothing. */
int64_t fresh_until(const struct fresh_lines *lines, int64_t now);

/* Seconds to wait from a Retry-After line (a number or a date); 0 when it says nothing. At most a
 * day: a server must not silence us for ever. */
int64_t fresh_retry_after(const char *line, int64_t now);

#endif
