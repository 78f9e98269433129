/*
 * ical - see ical.h.
 */
#include "scheme/ical.h"

#include <inttypes.h>

#include "base/utc.h"

enum { LINE = 75 }; /* octets, RFC 5545 3.1 */

/* A content line, folded between characters. */
static void line(struct buffer *out, const char *text)
{
    size_t n = 0;
    for (const char *p = text; *p;) {
        size_t len = 1;
        while (((unsigned char)p[len] & 0xc0) == 0x80) {
            len++;
        }
        if (n + len > LINE) {
            buffer_str(out, "\r\n ");
            n = 1;
        }
        buffer_add(out, span_make(p, len));
        n += len;
        p += len;
    }
    buffer_str(out, "\r\n");
}

/* Text of a property: RFC 5545 3.3.11. */
static void escape(struct buffer *b, const char *text)
{
    for (; *text; text++) {
        if (*text == '\\' || *text == ';' || *text == ',') {
            buffer_char(b, '\\');
        }
        if (*text == '\n') {
            buffer_str(b, "\\n");
        } else if ((unsigned char)*text >= ' ') {
            buffer_char(b, *text);
        }
    }
}

static void property(struct buffer *out, const char *name, const char *one, const char *two)
{
    struct buffer b;
    buffer_init(&b, 1 << 16);
    buffer_str(&b, name);
    buffer_char(&b, ':');
    escape(&b, one);
    if (two) {
        buffer_str(&b, ": ");
        escape(&b, two);
    }
    const char *text = buffer_cstr(&b);
    if (text) {
        line(out, text);
    } else {
        out->failed = true;
    }
    buffer_free(&b);
}

/* "20261121", "20261121T063000Z" from their longer forms. */
static void compact(const char *text, char *out)
{
    for (; *text; text++) {
        if (*text != '-' && *text != ':') {
            *out++ = *text;
        }
    }
    *out = 0;
}

/* Which one of its kind about the same object: three reminders are three events. */
static size_t place(const struct scheme_deadlines *d, size_t at)
{
    size_t n = 0;
    for (size_t i = 0; i < at; i++) {
        n +=
            d->rows[i].kind == d->rows[at].kind && strcmp(d->rows[i].about, d->rows[at].about) == 0;
    }
    return n;
}

/* A number for the object's name, for the UID: FNV-1a. */
static uint64_t fingerprint(const char *s)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *s; s++) {
        h = (h ^ (unsigned char)*s) * 0x100000001b3u;
    }
    return h;
}

static void event(struct buffer *out, const struct scheme_deadlines *d, size_t at, int64_t id,
                  const char *title, const char *stamp, bool hindi)
{
    const struct scheme_deadline *row = &d->rows[at];
    char day[DATE_TEXT], next[DATE_TEXT], text[DATE_TEXT];
    compact(date_text(row->date, text), day);
    compact(date_text(row->date + 1, text), next);
    buffer_str(out, "BEGIN:VEVENT\r\n");
    buffer_printf(out, "UID:%" PRId64 "-%s-%016" PRIx64 "-%zu@satyapan\r\n", id,
                  scheme_deadline_word(row->kind), fingerprint(row->about), place(d, at));
    buffer_printf(out, "DTSTAMP:%s\r\nDTSTART;VALUE=DATE:%s\r\nDTEND;VALUE=DATE:%s\r\n", stamp, day,
                  next);
    property(out, "SUMMARY", title, hindi ? row->text_hi : row->text);
    property(out, "CATEGORIES", row->rule, NULL);
    buffer_str(out, "TRANSP:TRANSPARENT\r\nEND:VEVENT\r\n");
}

void scheme_ical_begin(struct buffer *out, const char *name)
{
    buffer_str(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Satyapan//Deadlines//EN\r\n"
                    "CALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n");
    if (name) {
        property(out, "X-WR-CALNAME", name, NULL);
    }
}

void scheme_ical_end(struct buffer *out)
{
    buffer_str(out, "END:VCALENDAR\r\n");
}

void scheme_ical_event(struct buffer *out, const char *uid, int32_t date, const char *text,
                       const char *category, int64_t now)
{
    char day[DATE_TEXT], next[DATE_TEXT], long_text[DATE_TEXT], stamp[UTC_TEXT], utc[UTC_TEXT];
    compact(date_text(date, long_text), day);
    compact(date_text(date + 1, long_text), next);
    compact(utc_rfc3339(now, utc), stamp);
    buffer_str(out, "BEGIN:VEVENT\r\n");
    property(out, "UID", uid, NULL);
    buffer_printf(out, "DTSTAMP:%s\r\nDTSTART;VALUE=DATE:%s\r\nDTEND;VALUE=DATE:%s\r\n", stamp, day,
                  next);
    property(out, "SUMMARY", text, NULL);
    property(out, "CATEGORIES", category, NULL);
    buffer_str(out, "TRANSP:TRANSPARENT\r\nEND:VEVENT\r\n");
}

void scheme_ical(struct buffer *out, const struct scheme_deadlines *deadlines, int64_t id,
                 const char *title, int64_t now, bool hindi)
{
    char text[UTC_TEXT], stamp[UTC_TEXT];
    compact(utc_rfc3339(now, text), stamp);
    scheme_ical_begin(out, NULL);
    for (size_t i = 0; i < deadlines->count; i++) {
        event(out, deadlines, i, id, title, stamp, hindi);
    }
    scheme_ical_end(out);
}
