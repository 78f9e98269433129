/*
 * ical - deadlines as an iCalendar file (RFC 5545), for the calendar of an officer or a vendor.
 *
 * Each deadline is an all-day event whose UID stays the same as long as it is the same deadline, so
 * that a file taken in again moves it. What it does not do: alarms, invitations.
 */
#ifndef SCHEME_ICAL_H
#define SCHEME_ICAL_H

#include "base/buffer.h"
#include "scheme/rules.h"

/* id: of the application, part of each UID; title: its number or product, before each text; now:
 * when the file is made. */
void scheme_ical(struct buffer *out, const struct scheme_deadlines *deadlines, int64_t id,
                 const char *title, int64_t now, bool hindi);

/* The same in parts, for other lists of days: begin (name: of the calendar, NULL: none), all-day
 * events, end. */
void scheme_ical_begin(struct buffer *out, const char *name);
void scheme_ical_event(struct buffer *out, const char *uid, int32_t date, const char *text,
                       const char *category, int64_t now);
void scheme_ical_end(struct buffer *out);

#endif
