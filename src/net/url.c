/*
 * url - see url.h.
 */
#include "net/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

enum { LABEL_MAX = 63, NAME_MAX_BYTES = 253, URL_BYTES_MAX = 2047 };

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool is_name_char(uint8_t c)
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-';
}

static bool is_hex(uint8_t c)
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

/* True when the last label is one that inet_aton and the like take for a number. */
static bool ends_in_number(struct span label)
{
    bool hex = label.n >= 2 && label.p[0] == '0' && lower(label.p[1]) == 'x';
    for (size_t i = hex ? 2 : 0; i < label.n; i++) {
        if (hex ? !is_hex(label.p[i]) : !is_digit(label.p[i])) {
            return false;
        }
    }
    return true;
}

/* A name by RFC 1123 2.1: labels of letters, digits and inner hyphens. */
static const char *check_name(struct span host, struct span *last)
{
    size_t start = 0;
    for (size_t i = 0; i <= host.n; i++) {
        if (i < host.n && host.p[i] != '.') {
            if (host.p[i] >= 0x80) {
                return "has a host name that is not written in ASCII";
            }
            if (!is_name_char(host.p[i])) {
                return "has a host name with a character that host names do not have";
            }
            continue;
        }
        if (i == start) {
            return i == host.n && i > 0 ? "has a host name with a dot at the end"
                                        : "has a host name with an empty part";
        }
        if (i - start > LABEL_MAX || host.p[start] == '-' || host.p[i - 1] == '-') {
            return "has a host name that is none";
        }
        *last = span_sub(host, start, i - start);
        start = i + 1;
    }
    return host.n > NAME_MAX_BYTES ? "has a host name that is too long" : NULL;
}

/* Accepts only the form inet_ntop writes, so that no two readers differ. */
static bool is_plain_v4(const char *host)
{
    struct in_addr a;
    char again[INET_ADDRSTRLEN];
    return inet_pton(AF_INET, host, &a) == 1 && inet_ntop(AF_INET, &a, again, sizeof again) &&
           strcmp(host, again) == 0;
}

static const char *v6_host(struct span text, char out[FETCH_HOST_MAX], bool *literal)
{
    struct in6_addr a;
    if (text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']') {
        text = span_sub(text, 1, text.n - 2);
    }
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '%') {
            return "has an address with a zone";
        }
    }
    char copy[FETCH_HOST_MAX];
    if (text.n == 0 || text.n >= sizeof copy) {
        return "has an address that is none";
    }
    memcpy(copy, text.p, text.n);
    copy[text.n] = 0;
    if (strlen(copy) != text.n || inet_pton(AF_INET6, copy, &a) != 1 ||
        !inet_ntop(AF_INET6, &a, out, FETCH_HOST_MAX)) {
        return "has an address that is none";
    }
    *literal = true;
    return NULL;
}

const char *url_host(struct span text, char out[FETCH_HOST_MAX], bool *literal)
{
    struct span last = SPAN_NONE;
    *literal = false;
    if (text.n == 0) {
        return "has no host";
    }
    if (span_find(text, SPAN_LIT(":"), 0) != SIZE_MAX || text.p[0] == '[') {
        return v6_host(text, out, literal);
    }
    const char *wrong = check_name(text, &last);
    if (wrong) {
        return wrong;
    }
    for (size_t i = 0; i < text.n; i++) {
        out[i] = (char)lower(text.p[i]);
    }
    out[text.n] = 0;
    if (ends_in_number(last)) {
        *literal = is_plain_v4(out);
        return *literal ? NULL : "has a number for a host that is not a plain address";
    }
    return NULL;
}

static bool starts_with(struct span text, const char *prefix)
{
    size_t n = strlen(prefix);
    if (text.n < n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (lower(text.p[i]) != (uint8_t)prefix[i]) {
            return false;
        }
    }
    return true;
}

/* Every byte of a URL is printable ASCII (RFC 3986 2); what others percent-encode is refused. */
const char *url_bytes(struct span text)
{
    if (text.n > URL_BYTES_MAX) {
        return "is too long";
    }
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (c <= ' ' || c == 0x7f) {
            return "has a space or a control character in it";
        }
        if (c == '\\') {
            return "has a backslash in it";
        }
        if (c > 0x7f) {
            return "has a character in it that is not ASCII";
        }
    }
    return NULL;
}

static const char *take_port(struct span text, struct url *out)
{
    out->port = out->https ? 443 : 80;
    if (text.n == 0) {
        return NULL;
    }
    if (span_eq(text, SPAN_LIT("80"))) {
        out->port = 80;
    } else if (span_eq(text, SPAN_LIT("443"))) {
        out->port = 443;
    } else {
        return "names a port other than 80 and 443";
    }
    return NULL;
}

/* The end of the host in an authority without user information: before ":port", behind "]". */
static size_t host_end(struct span authority)
{
    size_t from = 0;
    if (authority.n && authority.p[0] == '[') {
        from = span_find(authority, SPAN_LIT("]"), 0);
        return from == SIZE_MAX ? authority.n : from + 1;
    }
    size_t colon = span_find(authority, SPAN_LIT(":"), 0);
    return colon == SIZE_MAX ? authority.n : colon;
}

static const char *take_authority(struct span authority, struct url *out)
{
    if (span_find(authority, SPAN_LIT("@"), 0) != SIZE_MAX) {
        return "has a user name in it";
    }
    size_t end = host_end(authority);
    struct span host = span_sub(authority, 0, end);
    struct span rest = span_sub(authority, end, authority.n);
    const char *wrong = url_host(host, out->host, &out->literal);
    if (wrong) {
        return wrong;
    }
    if (rest.n && rest.p[0] != ':') {
        return "has an address that is none";
    }
    return take_port(span_sub(rest, 1, rest.n), out);
}

const char *url_split(struct span text, struct url *out)
{
    *out = (struct url){.port = 0};
    const char *wrong = url_bytes(text);
    if (wrong) {
        return wrong;
    }
    size_t start;
    if (starts_with(text, "http://")) {
        start = 7;
    } else if (starts_with(text, "https://")) {
        out->https = true;
        start = 8;
    } else {
        return "is neither http nor https";
    }
    size_t end = start;
    while (end < text.n && text.p[end] != '/' && text.p[end] != '?' && text.p[end] != '#') {
        end++;
    }
    return take_authority(span_sub(text, start, end - start), out);
}
