/*
 * calendar - counting working days. See calendar.h; reading and writing lists: calendar_file.c.
 */
#include "scheme/calendar.h"

enum { WEEKEND = 5 };

/* The last row of the date that was declared by then wins. */
const struct calendar_closure *calendar_closure(const struct calendar *c, int32_t date,
                                                int32_t as_of)
{
    const struct calendar_closure *found = NULL;
    size_t low = 0, high = c->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (c->closures[mid].date < date) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    for (size_t i = low; i < c->count && c->closures[i].date == date; i++) {
        if (c->closures[i].declared_on <= as_of) {
            found = &c->closures[i];
        }
    }
    return found && found->kind != CALENDAR_WITHDRAWN ? found : NULL;
}

bool calendar_working(const struct calendar *c, int32_t date, int32_t as_of)
{
    return date_weekday(date) < WEEKEND && !calendar_closure(c, date, as_of);
}

bool calendar_covers(const struct calendar *c, int year, int32_t as_of)
{
    for (size_t i = 0; i < c->count; i++) {
        if (c->closures[i].kind == CALENDAR_GAZETTED && c->closures[i].declared_on <= as_of &&
            date_split(c->closures[i].date).year == year) {
            return true;
        }
    }
    return false;
}

struct calendar_due calendar_due(const struct calendar *c, int32_t start, int days, int32_t as_of)
{
    struct calendar_due out = {start, 0};
    int32_t limit;
    if (start == DATE_NONE || days < 0 || days > CALENDAR_DAYS_MAX ||
        !date_make(9990, 1, 1, &limit) || start > limit) {
        out.date = DATE_NONE;
        return out;
    }
    for (int left = days; left > 0;) {
        out.date++;
        left -= calendar_working(c, out.date, as_of);
    }
    /* Day 0 itself is not looked at: whether it was a working day does not matter. */
    int last = date_split(out.date).year;
    for (int year = date_split(start + (days > 0)).year; days > 0 && year <= last; year++) {
        if (!calendar_covers(c, year, as_of)) {
            out.missing_year = year;
            break;
        }
    }
    return out;
}

struct calendar_again calendar_recompute(const struct calendar *c, int32_t start, int days,
                                         int32_t notified, int32_t as_of)
{
    struct calendar_due due = calendar_due(c, start, days, as_of);
    int32_t value = due.date > notified ? due.date : notified;
    return (struct calendar_again){notified, due.date, value, due.missing_year, value != notified};
}

int calendar_between(const struct calendar *c, int32_t from, int32_t to, int32_t as_of)
{
    int sign = to < from ? -1 : 1, n = 0;
    int32_t a = sign > 0 ? from : to, b = sign > 0 ? to : from;
    if (from == DATE_NONE || to == DATE_NONE) {
        return 0;
    }
    for (int32_t d = a + 1; d <= b; d++) {
        n += calendar_working(c, d, as_of);
    }
    return n * sign;
}
