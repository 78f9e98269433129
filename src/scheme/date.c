/*
 * date - civil dates and calendar months. See date.h.
 */
#include "scheme/date.h"

#include <stdio.h>

#include "base/utc.h"

#define DAY        ((int64_t)86400)
#define IST_OFFSET ((int64_t)19800) /* Asia/Kolkata, no DST */

enum { YEAR_MIN = 1900, YEAR_MAX = 9998 };

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

bool date_make(int year, int month, int day, int32_t *out)
{
    if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 ||
        day > month_days(year, month)) {
        return false;
    }
    *out = (int32_t)utc_from_civil(year, (unsigned)month, (unsigned)day);
    return true;
}

/* The inverse of utc_from_civil: years that begin on 1 March, in eras of 400 years. */
struct date_parts date_split(int32_t date)
{
    int64_t z = (int64_t)date + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);
    return (struct date_parts){(int)(yoe + era * 400 + (month <= 2)), month,
                               (int)(doy - (153 * mp + 2) / 5 + 1)};
}

static int number(const uint8_t *p, size_t n)
{
    int v = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') {
            return -1;
        }
        v = v * 10 + (p[i] - '0');
    }
    return v;
}

bool date_parse(struct span text, int32_t *out)
{
    return text.n == 10 && text.p[4] == '-' && text.p[7] == '-' &&
           date_make(number(text.p, 4), number(text.p + 5, 2), number(text.p + 8, 2), out);
}

const char *date_text(int32_t date, char *out)
{
    out[0] = 0;
    if (date != DATE_NONE) {
        struct date_parts p = date_split(date);
        (void)snprintf(out, DATE_TEXT, "%04d-%02d-%02d", p.year, p.month, p.day);
    }
    return out;
}

const char *date_people(int32_t date, bool hindi, char *out)
{
    static const char *const english[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    static const char *const months[] = {"जनवरी", "फ़रवरी", "मार्च",  "अप्रैल",  "मई",   "जून",
                                         "जुलाई",  "अगस्त",  "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर"};
    (void)snprintf(out, DATE_TEXT, "-");
    if (date != DATE_NONE) {
        struct date_parts p = date_split(date);
        (void)snprintf(out, DATE_TEXT, "%d %s %04d", p.day,
                       hindi ? months[p.month - 1] : english[p.month - 1], p.year);
    }
    return out;
}

int32_t date_of_utc(int64_t t)
{
    int32_t first, last;
    if (t == UTC_NONE || !date_make(YEAR_MIN, 1, 1, &first) ||
        !date_make(YEAR_MAX, 12, 31, &last) || t < date_starts(first) || t > date_ends(last)) {
        return DATE_NONE;
    }
    int64_t local = t + IST_OFFSET;
    return (int32_t)(local >= 0 ? local / DAY : -((-local + DAY - 1) / DAY));
}

int64_t date_starts(int32_t date)
{
    return date == DATE_NONE ? UTC_NONE : date * DAY - IST_OFFSET;
}

int64_t date_ends(int32_t date)
{
    return date == DATE_NONE ? UTC_NONE : date_starts(date) + DAY - 1;
}

/* 1970-01-01 was a Thursday. */
int date_weekday(int32_t date)
{
    return (int)((((int64_t)date + 3) % 7 + 7) % 7);
}

/* clamped: the month was too short. */
static int32_t add_months(int32_t date, int months, bool *clamped)
{
    int32_t out;
    *clamped = false;
    if (date == DATE_NONE) {
        return DATE_NONE;
    }
    struct date_parts p = date_split(date);
    int64_t count = (int64_t)p.year * 12 + (p.month - 1) + months;
    if (count < YEAR_MIN * 12 || count > YEAR_MAX * 12 + 11) {
        return DATE_NONE;
    }
    int year = (int)(count / 12), month = (int)(count % 12) + 1;
    int last = month_days(year, month);
    *clamped = p.day > last;
    return date_make(year, month, *clamped ? last : p.day, &out) ? out : DATE_NONE;
}

int32_t date_add_months(int32_t date, int months)
{
    bool clamped;
    return add_months(date, months, &clamped);
}

int32_t date_period_end(int32_t date, int months)
{
    bool clamped;
    int32_t end = add_months(date, months, &clamped);
    return end == DATE_NONE || clamped ? end : end - 1;
}
