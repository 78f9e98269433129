/*
 * security - see security.h.
 */
#include "http/security.h"

#include <stddef.h>

struct header {
    const char *name, *value;
};

/* Referrer-Policy: with "no-referrer" a browser would send "Origin: null" with our own forms. */
static const struct header always[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy",
     "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), "
     "magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()"},
};

/* Two years; the subdomains are not ours to decide about. */
static const struct header strict_transport = {"Strict-Transport-Security", "max-age=63072000"};

/* Nothing from elsewhere, no inline script or style, no frame around us. What is shown is somebody
 * else's: it may do nothing. What is saved would not even have an origin if it were shown. */
static const struct header policies[] = {
    [SECURITY_PAGE] = {"Content-Security-Policy",
                       "default-src 'none'; style-src 'self'; script-src 'self'; "
                       "img-src 'self' data:; connect-src 'self'; form-action 'self'; "
                       "base-uri 'none'; frame-ancestors 'none'"},
    [SECURITY_OFFICE] = {"Content-Security-Policy",
                         "default-src 'none'; style-src 'self'; script-src 'self'; "
                         "img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
                         "object-src 'self'; form-action 'self'; base-uri 'none'; "
                         "frame-ancestors 'none'"},
    [SECURITY_SHOWN] = {"Content-Security-Policy",
                        "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; "
                        "frame-ancestors 'self'"},
    [SECURITY_SAVED] = {"Content-Security-Policy",
                        "default-src 'none'; sandbox; frame-ancestors 'none'"},
};

static int add(struct MHD_Response *m, const struct header *h)
{
    return MHD_add_response_header(m, h->name, h->value) == MHD_YES ? 0 : -1;
}

int security_headers(struct MHD_Response *m, enum security kind, bool tls)
{
    const struct header frame = {"X-Frame-Options", kind == SECURITY_SHOWN ? "SAMEORIGIN" : "DENY"};
    int rc = add(m, &policies[kind]) | add(m, &frame);
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
        rc |= add(m, &always[i]);
    }
    return tls ? rc | add(m, &strict_transport) : rc;
}
