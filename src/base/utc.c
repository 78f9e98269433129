/*
 * utc - civil time arithmetic. See utc.h.
 */
#include "base/utc.h"

#include <stdio.h>

#define IST_OFFSET ((int64_t)19800)
#define DAY        ((int64_t)86400)

struct civil {
    int64_t year;
    unsigned month, day, hour, minute, second;
};

int64_t utc_from_civil(int64_t year, unsigned month, unsigned day)
{
    /* Days are counted from 1 March of year 0 so that the leap day ends a year. */
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + (int64_t)day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static struct civil to_civil(int64_t t)
{
    int64_t days = t >= 0 ? t / DAY : -((-t + DAY - 1) / DAY);
    int64_t rest = t - days * DAY;
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    unsigned month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
    return (struct civil){yoe + era * 400 + (month <= 2),
                          month,
                          (unsigned)(doy - (153 * mp + 2) / 5 + 1),
                          (unsigned)(rest / 3600),
                          (unsigned)(rest / 60 % 60),
                          (unsigned)(rest % 60)};
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

bool utc_make(int year, int month, int day, int hour, int minute, int second, int64_t *out)
{
    if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month) || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 60) {
        return false;
    }
    *out = utc_from_civil(year, (unsigned)month, (unsigned)day) * DAY + hour * 3600 + minute * 60 +
           second;
    return true;
}

/* Reads exactly n digits at *s and moves on; -1 if they are not there. */
static int digits(struct span *s, size_t n)
{
    int v = 0;
    if (s->n < n) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9') {
            return -1;
        }
        v = v * 10 + (s->p[i] - '0');
    }
    *s = span_sub(*s, n, s->n);
    return v;
}

static bool eat(struct span *s, const char *set)
{
    if (s->n && s->p[0] && strchr(set, s->p[0])) {
        *s = span_sub(*s, 1, s->n);
        return true;
    }
    return false;
}

static bool parse_epoch(struct span s, int64_t *out)
{
    bool negative = eat(&s, "-");
    int64_t v = 0;
    if (s.n == 0 || s.n > 12) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
        v = v * 10 + (s.p[i] - '0');
    }
    *out = negative ? -v : v;
    return true;
}

/* "Z" or "+hh:mm" or "-hh:mm" (RFC 3339 5.6) as seconds to subtract. */
static bool parse_offset(struct span *s, int *out)
{
    if (eat(s, "Zz")) {
        *out = 0;
        return true;
    }
    bool minus = s->n && s->p[0] == '-';
    if (!eat(s, "+-")) {
        return false;
    }
    int h = digits(s, 2);
    if (h < 0 || h > 23 || !eat(s, ":")) {
        return false;
    }
    int m = digits(s, 2);
    if (m < 0 || m > 59) {
        return false;
    }
    *out = (h * 3600 + m * 60) * (minus ? -1 : 1);
    return true;
}

static bool skip_fraction(struct span *s)
{
    if (!eat(s, ".")) {
        return true;
    }
    if (digits(s, 1) < 0) {
        return false;
    }
    while (digits(s, 1) >= 0) {
    }
    return true;
}

bool utc_parse(struct span text, int64_t *out)
{
    struct span s = text;
    if (parse_epoch(s, out)) {
        return true;
    }
    int y = digits(&s, 4);
    if (y < 0 || !eat(&s, "-")) {
        return false;
    }
    int mo = digits(&s, 2);
    if (mo < 0 || !eat(&s, "-")) {
        return false;
    }
    int d = digits(&s, 2);
    if (d >= 0 && s.n == 0) {
        return utc_make(y, mo, d, 0, 0, 0, out);
    }
    if (d < 0 || !eat(&s, "Tt ")) {
        return false;
    }
    int h = digits(&s, 2);
    if (h < 0 || !eat(&s, ":")) {
        return false;
    }
    int mi = digits(&s, 2);
    if (mi < 0 || !eat(&s, ":")) {
        return false;
    }
    int sec = digits(&s, 2), offset = 0;
    if (sec < 0 || !skip_fraction(&s) || !parse_offset(&s, &offset) || s.n) {
        return false;
    }
    if (!utc_make(y, mo, d, h, mi, sec, out)) {
        return false;
    }
    *out -= offset;
    return true;
}

/* Two digits and the octet behind them. */
static char *put_two(char *p, unsigned n, char after)
{
    p[0] = (char)('0' + n / 10 % 10);
    p[1] = (char)('0' + n % 10);
    p[2] = after;
    return p + 3;
}

/* Reports are full of times: the usual ones without a format string. */
static void put_rfc3339(const struct civil *c, char *out)
{
    unsigned year = (unsigned)c->year;
    char *p = put_two(out, year / 100, 0);
    p = put_two(p - 1, year, '-');
    p = put_two(p, c->month, '-');
    p = put_two(p, c->day, 'T');
    p = put_two(p, c->hour, ':');
    p = put_two(p, c->minute, ':');
    *put_two(p, c->second, 'Z') = 0;
}

const char *utc_rfc3339(int64_t t, char *out)
{
    out[0] = 0;
    if (t != UTC_NONE) {
        struct civil c = to_civil(t);
        if (c.year >= 0 && c.year <= 9999) {
            put_rfc3339(&c, out);
            return out;
        }
        (void)snprintf(out, UTC_TEXT, "%04lld-%02u-%02uT%02u:%02u:%02uZ", (long long)c.year,
                       c.month, c.day, c.hour, c.minute, c.second);
    }
    return out;
}

const char *utc_people(int64_t t, bool hindi, char *out)
{
    static const char *const en[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    static const char *const hi[] = {"जनवरी", "फ़रवरी", "मार्च",  "अप्रैल",  "मई",   "जून",
                                     "जुलाई",  "अगस्त",  "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर"};
    out[0] = 0;
    if (t != UTC_NONE) {
        struct civil c = to_civil(t + IST_OFFSET);
        (void)snprintf(out, UTC_TEXT, "%u %s %lld, %02u:%02u IST", c.day,
                       (hindi ? hi : en)[c.month - 1], (long long)c.year, c.hour, c.minute);
    }
    return out;
}
