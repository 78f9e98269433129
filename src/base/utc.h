/*
 * utc - points in time as seconds since 1970-01-01T00:00:00Z, and their text forms.
 *
 * No clock is read here: the time of a verification is a parameter (DESIGN.md, idea 2).
 */
#ifndef BASE_UTC_H
#define BASE_UTC_H

#include "base/span.h"

#define UTC_NONE INT64_MIN

/* Longest text any of the formatters writes, with its NUL. */
enum { UTC_TEXT = 64 };

/* Days from a civil date (proleptic Gregorian) to 1970-01-01, month 1..12, day 1..31. */
int64_t utc_from_civil(int64_t year, unsigned month, unsigned day);

/* Seconds for a civil date and time in UTC; false when a field is out of range. */
bool utc_make(int year, int month, int day, int hour, int minute, int second, int64_t *out);

/* RFC 3339 ("2026-11-21T10:00:00Z", with offset, or a bare date: midnight UTC) or epoch seconds */
bool utc_parse(struct span text, int64_t *out) WARN_UNUSED;

/* "2026-11-21T10:00:00Z" into out[UTC_TEXT]; "" for UTC_NONE. Returns out. */
const char *utc_rfc3339(int64_t t, char *out);

/* "21 Nov 2026, 15:30 IST" (Asia/Kolkata, UTC+05:30, no DST) for people, in English or, with
 * hindi, with Hindi month names. Returns out. */
const char *utc_people(int64_t t, bool hindi, char *out);

#endif
