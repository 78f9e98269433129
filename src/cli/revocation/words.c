/*
 * words - numbers, times and colours for a terminal.
 */
#include <inttypes.h>

#include "base/utc.h"
#include "cli/revocation/command.h"

const char *word_age(int64_t seconds, char *out)
{
    static const struct {
        int64_t from, unit;
        const char *name;
    } steps[] = {{2 * 86400, 86400, "d"}, {2 * 3600, 3600, "h"}, {120, 60, "min"}, {0, 1, "s"}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (seconds >= steps[i].from) {
            (void)snprintf(out, WORD_SIZE, "%" PRId64 " %s", seconds / steps[i].unit,
                           steps[i].name);
            return out;
        }
    }
    (void)snprintf(out, WORD_SIZE, "-");
    return out;
}

const char *word_date(int64_t t, char *out)
{
    char text[UTC_TEXT];
    if (t == UTC_NONE || t <= 0) {
        (void)snprintf(out, WORD_SIZE, "-");
    } else {
        (void)utc_rfc3339(t, text);
        (void)snprintf(out, WORD_SIZE, "%.10s %.5s", text, text + 11);
    }
    return out;
}

const char *word_count(uint64_t n, char *out)
{
    char digits[WORD_SIZE];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, n);
    size_t at = 0;
    for (int i = 0; i < length && at + 2 < WORD_SIZE; i++) {
        if (i && (length - i) % 3 == 0) {
            out[at++] = ',';
        }
        out[at++] = digits[i];
    }
    out[at] = 0;
    return out;
}

const char *word_colour(const struct revocation *c, int badness)
{
    static const char *const codes[] = {"\033[32m", "\033[33m", "\033[31m", "\033[2m"};
    return c->colour ? codes[badness] : "";
}

const char *word_plain(const struct revocation *c)
{
    return c->colour ? "\033[0m" : "";
}

const char *word_safe(struct arena *a, const char *s)
{
    char *copy = arena_str(a, span_str(s ? s : ""));
    for (char *p = copy; p && *p; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f) {
            *p = '?';
        }
    }
    return copy ? copy : "";
}
