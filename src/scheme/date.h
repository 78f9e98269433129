/*
 * date - civil dates in India (Asia/Kolkata, UTC+05:30, no DST) and calendar months.
 *
 * The scheme counts in dates and calendar months (facts: "Month arithmetic"). A date is a plain
 * number: days since 1970-01-01, so that dates compare and subtract as numbers do. Only years 1900
 * to 9998 are dates. No clock is read here. What it does not do: working days (calendar.h).
 */
#ifndef SCHEME_DATE_H
#define SCHEME_DATE_H

#include "base/span.h"

/* No date. */
#define DATE_NONE INT32_MIN

/* Room for any text of a date, with its NUL. */
enum { DATE_TEXT = 40 };

struct date_parts {
    int year, month, day; /* month 1..12 */
};

/* False when there is no such day. */
bool date_make(int year, int month, int day, int32_t *out) WARN_UNUSED;
struct date_parts date_split(int32_t date);

/* Exactly YYYY-MM-DD. */
bool date_parse(struct span text, int32_t *out) WARN_UNUSED;

/* "2026-11-21" into out[DATE_TEXT]; "" for DATE_NONE. Returns out. */
const char *date_text(int32_t date, char *out);

/* "21 Nov 2026", in Hindi "21 नवंबर 2026"; "-" for DATE_NONE. Returns out. */
const char *date_people(int32_t date, bool hindi, char *out);

/* The date in India at a point in time (seconds since 1970 UTC); DATE_NONE for UTC_NONE. */
int32_t date_of_utc(int64_t t);

/* First and last second (00:00:00 and 23:59:59 IST) of a date, in seconds since 1970 UTC. */
int64_t date_starts(int32_t date);
int64_t date_ends(int32_t date);

/* 0 Monday .. 6 Sunday. */
int date_weekday(int32_t date);

/* The same day some calendar months later (earlier if negative); the last day of the month where
 * the month is too short. DATE_NONE when outside the years above. */
int32_t date_add_months(int32_t date, int months);

/* Last day of a period of whole months that begins on date: the day before the anniversary; where
 * the anniversary's month is too short for it, that month's last day. */
int32_t date_period_end(int32_t date, int months);

#endif
