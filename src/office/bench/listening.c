/*
 * listening - see listening.h.
 */
#include "office/bench/listening.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESS = 46, PORTS_MAX = 256 };

/* "8443" at *at, which moves behind it. */
static bool read_port(const char **at, unsigned *out)
{
    size_t n = strspn(*at, "0123456789");
    *out = n && n <= 5 ? (unsigned)strtoul(*at, NULL, 10) : 0;
    *at += n;
    return *out > 0 && *out <= 65535;
}

static bool read_ports(const char *text, unsigned *first, unsigned *last)
{
    bool good = read_port(&text, first);
    *last = *first;
    if (good && *text == '-') {
        text++;
        good = read_port(&text, last);
    }
    return good && !*text && *first <= *last && *last - *first < PORTS_MAX;
}

static bool is_taken(const json_t *open, const char *place)
{
    for (size_t i = 0; i < json_array_size(open); i++) {
        const char *have = json_string_value(json_object_get(json_array_get(open, i), "targets"));
        if (have && strcmp(have, place) == 0) {
            return true;
        }
    }
    return false;
}

enum listening bench_listening(struct arena *a, const char *address, const char *ports,
                               const json_t *open, const char **out)
{
    uint8_t bytes[sizeof(struct in6_addr)];
    char text[ADDRESS];
    unsigned first, last;
    bool six = strchr(address, ':');
    int family = six ? AF_INET6 : AF_INET;
    *out = NULL;
    if (!*address) {
        return LISTENING_OFF;
    }
    if (inet_pton(family, address, bytes) != 1 || !inet_ntop(family, bytes, text, sizeof text) ||
        !read_ports(ports, &first, &last)) {
        return LISTENING_WRONG;
    }
    for (unsigned port = first; port <= last; port++) {
        const char *place =
            arena_printf(a, "%s%s%s:%u", six ? "[" : "", text, six ? "]" : "", port);
        if (!place) {
            return LISTENING_MEMORY;
        }
        if (!is_taken(open, place)) {
            *out = place;
            return LISTENING_AT;
        }
    }
    return LISTENING_FULL;
}
