/*
 * pages_text - see pages_text.h.
 */
#include "http/office/pages_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char rupee[] = "₹";

const char *text_date(const char *iso, bool hindi, char out[TEXT_SIZE])
{
    int64_t t;
    char moment[UTC_TEXT];
    if (!iso || strlen(iso) != 10 || !utc_parse(span_str(iso), &t)) {
        (void)snprintf(out, TEXT_SIZE, "%.40s", iso ? iso : "");
        return out;
    }
    utc_people(t, hindi, moment); /* midnight UTC is 05:30 of the same day in India */
    (void)snprintf(out, TEXT_SIZE, "%.*s", (int)strcspn(moment, ","), moment);
    return out;
}

/* The last three digits, then groups of two. */
static void group(uint64_t n, char out[TEXT_SIZE])
{
    char digits[TEXT_SIZE];
    int count = snprintf(digits, sizeof digits, "%" PRIu64, n);
    size_t at = 0;
    for (int i = 0; i < count; i++) {
        int left = count - i; /* digits from here on */
        if (i && (left == 3 || (left > 3 && left % 2 == 1))) {
            out[at++] = ',';
        }
        out[at++] = digits[i];
    }
    out[at] = 0;
}

static uint64_t size_of(int64_t n)
{
    return n < 0 ? (uint64_t)0 - (uint64_t)n : (uint64_t)n;
}

const char *text_number(int64_t n, char out[TEXT_SIZE])
{
    char digits[TEXT_SIZE];
    group(size_of(n), digits);
    (void)snprintf(out, TEXT_SIZE, "%s%.60s", n < 0 ? "-" : "", digits);
    return out;
}

const char *text_money(int64_t paise, char out[TEXT_SIZE])
{
    char digits[TEXT_SIZE], rest[8] = "";
    uint64_t n = size_of(paise);
    group(n / 100, digits);
    if (n % 100) {
        (void)snprintf(rest, sizeof rest, ".%02u", (unsigned)(n % 100));
    }
    (void)snprintf(out, TEXT_SIZE, "%s%s%.40s%s", paise < 0 ? "-" : "", rupee, digits, rest);
    return out;
}

const char *text_rupees(int64_t paise, char out[TEXT_SIZE])
{
    uint64_t n = size_of(paise);
    (void)snprintf(out, TEXT_SIZE, "%s%" PRIu64 ".%02u", paise < 0 ? "-" : "", n / 100,
                   (unsigned)(n % 100));
    return out;
}

bool text_paise(const char *text, int64_t *paise)
{
    int64_t n = 0;
    int digits = 0, after = -1; /* after the point; -1: there was none */
    if (strncmp(text, rupee, sizeof rupee - 1) == 0) {
        text += sizeof rupee - 1;
    }
    for (; *text; text++) {
        if (*text == '.' && after < 0) {
            after = 0;
        } else if ((*text == ',' || *text == ' ') && after < 0) {
            continue;
        } else if (*text >= '0' && *text <= '9' && after < 2 && n < INT64_MAX / 1000) {
            n = n * 10 + (*text - '0');
            digits++;
            after += after >= 0;
        } else {
            return false;
        }
    }
    for (; after < 2; after = after < 0 ? 1 : after + 1) {
        n *= 10;
        if (after < 0) {
            n *= 10;
            break;
        }
    }
    *paise = n;
    return digits > 0;
}

const char *text_bytes(int64_t bytes, char out[TEXT_SIZE])
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    uint64_t n = size_of(bytes), tenth = n * 10;
    size_t unit = 0;
    while (n >= 1024 && unit < 4) {
        tenth = n > UINT64_MAX / 10 ? n / 1024 * 10 : n * 10 / 1024;
        n /= 1024;
        unit++;
    }
    if (unit && n < 10) {
        (void)snprintf(out, TEXT_SIZE, "%" PRIu64 ".%" PRIu64 " %s", n, tenth % 10, units[unit]);
    } else {
        (void)snprintf(out, TEXT_SIZE, "%" PRIu64 " %s", n, units[unit]);
    }
    return out;
}
