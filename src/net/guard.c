/*
 * guard - see guard.h.
 */
#include "net/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>

struct range {
    uint8_t prefix[16];
    unsigned bits;
    const char *what;
};

/* IANA IPv4 Special-Purpose Address Registry (RFC 6890), RFC 1112, RFC 5771; the two last rows are
 * services of cloud providers that answer whoever asks from inside. */
static const struct range v4[] = {
    {{0}, 8, "an address of this network (0.0.0.0/8)"},
    {{10}, 8, "a private address"},
    {{100, 64}, 10, "an address of a carrier's inner network"},
    {{127}, 8, "a loopback address"},
    {{169, 254}, 16, "a link-local or metadata address"},
    {{172, 16}, 12, "a private address"},
    {{192, 0, 0}, 24, "an address of the IETF protocol block"},
    {{192, 0, 2}, 24, "a documentation address"},
    {{192, 31, 196}, 24, "an AS112 address"},
    {{192, 52, 193}, 24, "an AMT relay address"},
    {{192, 88, 99}, 24, "a 6to4 relay address"},
    {{192, 168}, 16, "a private address"},
    {{192, 175, 48}, 24, "an AS112 address"},
    {{198, 18}, 15, "a benchmarking address"},
    {{198, 51, 100}, 24, "a documentation address"},
    {{203, 0, 113}, 24, "a documentation address"},
    {{224}, 4, "a multicast address"},
    {{255, 255, 255, 255}, 32, "the broadcast address"},
    {{240}, 4, "a reserved address"},
    {{168, 63, 129, 16}, 32, "a metadata address"},
};

/* IANA IPv6 Special-Purpose Address Registry. Only 2000::/3 is global unicast (RFC 4291 2.4); what
 * stands here outside of it stands for its name's sake. */
static const struct range v6[] = {
    {{0}, 128, "the unspecified address"},
    {{[15] = 1}, 128, "a loopback address"},
    {{[10] = 0xff, [11] = 0xff}, 96, "an IPv4-mapped address"},
    {{[8] = 0xff, [9] = 0xff}, 96, "an IPv4-translated address"},
    {{0}, 96, "an IPv4-compatible address"},
    {{0x00, 0x64, 0xff, 0x9b}, 96, "a NAT64 address"},
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, "a local NAT64 address"},
    {{0x01, 0x00}, 64, "a discard address"},
    {{0x20, 0x01, 0x00, 0x00}, 32, "a Teredo address"},
    {{0x20, 0x01, 0x00, 0x02}, 48, "a benchmarking address"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "a documentation address"},
    {{0x20, 0x01}, 23, "an address of the IETF protocol block"},
    {{0x20, 0x02}, 16, "a 6to4 address"},
    {{0x26, 0x20, 0x00, 0x4f, 0x80}, 48, "an AS112 address"},
    {{0x3f, 0xff}, 20, "a documentation address"},
    {{0x5f, 0x00}, 16, "a segment routing address"},
    {{0xfc}, 7, "a unique local address"},
    {{0xfe, 0x80}, 10, "a link-local address"},
    {{0xfe, 0xc0}, 10, "a site-local address"},
    {{0xff}, 8, "a multicast address"},
};

static bool inside(const uint8_t *address, const struct range *r)
{
    unsigned whole = r->bits / 8, rest = r->bits % 8;
    if (memcmp(address, r->prefix, whole) != 0) {
        return false;
    }
    return rest == 0 || (address[whole] ^ r->prefix[whole]) >> (8 - rest) == 0;
}

static const char *find(const uint8_t *address, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (inside(address, &ranges[i])) {
            return ranges[i].what;
        }
    }
    return NULL;
}

/* RFC 5214 6.1: an interface identifier that carries an IPv4 address. */
static bool is_isatap(const uint8_t a[16])
{
    return (a[8] & 0xfc) == 0 && a[9] == 0 && a[10] == 0x5e && a[11] == 0xfe;
}

static const char *refuses_v6(const struct sockaddr_in6 *in)
{
    const uint8_t *a = in->sin6_addr.s6_addr;
    const char *what = find(a, v6, sizeof v6 / sizeof *v6);
    if (what) {
        return what;
    }
    if (in->sin6_scope_id != 0) {
        return "an address with a zone";
    }
    if ((a[0] & 0xe0) != 0x20) {
        return "a reserved address";
    }
    return is_isatap(a) ? "an ISATAP address" : NULL;
}

const char *guard_refuses(const struct sockaddr *address, socklen_t size)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    if (size >= sizeof in && address->sa_family == AF_INET) {
        memcpy(&in, address, sizeof in);
        uint8_t bytes[4];
        memcpy(bytes, &in.sin_addr, sizeof bytes);
        return find(bytes, v4, sizeof v4 / sizeof *v4);
    }
    if (size >= sizeof in6 && address->sa_family == AF_INET6) {
        memcpy(&in6, address, sizeof in6);
        return refuses_v6(&in6);
    }
    return "not an internet address";
}

const char *guard_refuses_text(const char *address)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, address, &in.sin_addr) == 1) {
        return guard_refuses((const struct sockaddr *)&in, sizeof in);
    }
    if (inet_pton(AF_INET6, address, &in6.sin6_addr) == 1) {
        return guard_refuses((const struct sockaddr *)&in6, sizeof in6);
    }
    return "not an internet address";
}
