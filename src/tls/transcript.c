/*
 * transcript - see transcript.h.
 */
#include "tls/transcript.h"

static void add_hex(struct buffer *out, struct span s)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < s.n; i++) {
        buffer_char(out, digits[s.p[i] >> 4]);
        buffer_char(out, digits[s.p[i] & 15]);
    }
    if (s.n == 0) {
        buffer_char(out, '-');
    }
}

void transcript_add(struct buffer *out, struct span sent, struct span got, enum outcome how)
{
    buffer_str(out, outcome_name(how));
    buffer_char(out, ' ');
    add_hex(out, sent);
    buffer_char(out, ' ');
    add_hex(out, got);
    buffer_char(out, '\n');
}
