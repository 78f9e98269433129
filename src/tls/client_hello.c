/*
 * client_hello - from the octets of a client to its hello. See client_hello.h.
 *
 * Every length is checked against what is there. What comes is bounded: octets, records,
 * extensions. A list with an odd length or a message with something behind it is no hello.
 */
#include "tls/client_hello.h"

#include <ctype.h>

#include "tls/wire.h"

enum { RECORD_HANDSHAKE = 22, MESSAGE_CLIENT_HELLO = 1, RECORD_HEAD = 5, MESSAGE_HEAD = 4 };

/* A run of 16-bit numbers that fills the extension. */
static bool take_list(struct span body, size_t octets, struct span *out)
{
    struct span list;
    if (!wire_run(&body, octets, &list) || body.n || list.n % 2) {
        return false;
    }
    *out = list;
    return true;
}

/* ---- extensions ------------------------------------------------------------------------------ */

static bool is_name(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!isalnum(s.p[i]) && !strchr("-._", s.p[i])) {
            return false;
        }
    }
    return s.n > 0 && s.n < CLIENT_NAME && memchr(s.p, 0, s.n) == NULL;
}

static bool read_name(struct client_hello *h, struct span body)
{
    struct span list, name;
    size_t type;
    if (!wire_run(&body, 2, &list) || body.n) {
        return false;
    }
    while (list.n) {
        if (!wire_number(&list, 1, &type) || !wire_run(&list, 2, &name)) {
            return false;
        }
        if (type == 0 && !is_name(name)) {
            h->odd_name = true;
        } else if (type == 0 && !h->name[0]) {
            for (size_t i = 0; i < name.n; i++) {
                h->name[i] = (char)tolower(name.p[i]);
            }
            h->name[name.n] = 0;
        }
    }
    return true;
}

static bool read_alpn(struct client_hello *h, struct span body)
{
    struct span list, name;
    if (!wire_run(&body, 2, &list) || body.n) {
        return false;
    }
    h->alpn = list;
    while (list.n) {
        if (!wire_run(&list, 1, &name) || name.n == 0) {
            return false;
        }
    }
    return true;
}

/* The groups of the key shares are what is wanted of them: written one behind the other. */
static bool read_shares(struct client_hello *h, struct span body)
{
    struct span list, share;
    size_t group;
    if (!wire_run(&body, 2, &list) || body.n) {
        return false;
    }
    h->shares = list;
    while (list.n) {
        if (!wire_number(&list, 2, &group) || !wire_run(&list, 2, &share)) {
            return false;
        }
    }
    return true;
}

static bool read_ext(struct client_hello *h, size_t type, struct span body)
{
    static const struct {
        size_t type;
        unsigned flag;
    } flags[] = {{5, CLIENT_STAPLE},
                 {15, CLIENT_HEARTBEAT},
                 {22, CLIENT_ETM},
                 {23, CLIENT_EMS},
                 {41, CLIENT_PSK},
                 {42, CLIENT_EARLY_DATA},
                 {0xff01, CLIENT_RENEGOTIATION}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        h->flags |= flags[i].type == type ? flags[i].flag : 0;
    }
    if (client_grease((uint16_t)type)) {
        h->flags |= CLIENT_GREASE;
    }
    switch (type) {
    case 0:
        return read_name(h, body);
    case 10:
        return take_list(body, 2, &h->groups);
    case 11:
        return wire_run(&body, 1, &h->points) && body.n == 0;
    case 13:
        return take_list(body, 2, &h->schemes);
    case 16:
        return read_alpn(h, body);
    case 35:
        h->flags |= body.n ? CLIENT_TICKET : 0;
        return true;
    case 43:
        return take_list(body, 1, &h->versions);
    case 51:
        return read_shares(h, body);
    default:
        return true;
    }
}

static bool read_extensions(struct client_hello *h, struct span in)
{
    struct span list, body;
    size_t type;
    if (in.n == 0) {
        return true;
    }
    if (!wire_run(&in, 2, &list) || in.n) {
        return false;
    }
    while (list.n) {
        if (!wire_number(&list, 2, &type) || !wire_run(&list, 2, &body) ||
            !read_ext(h, type, body)) {
            return false;
        }
        if (h->extension_count < CLIENT_HELLO_EXTENSIONS) {
            h->extensions[h->extension_count++] = (uint16_t)type;
        }
    }
    return true;
}

/* ---- the message ----------------------------------------------------------------------------- */

static void conclude(struct client_hello *h)
{
    h->highest = h->version;
    if (h->versions.n) {
        h->highest = 0;
        for (size_t i = 0; i < client_count(h->versions); i++) {
            uint16_t v = client_at(h->versions, i);
            h->flags |= client_grease(v) ? CLIENT_GREASE : 0;
            if (!client_grease(v) && v >> 8 == 3 && v > h->highest) {
                h->highest = v;
            }
        }
    }
    for (size_t i = 0; i < client_count(h->suites); i++) {
        uint16_t s = client_at(h->suites, i);
        h->flags |= s == 0x5600 ? CLIENT_FALLBACK : s == 0x00ff ? CLIENT_RENEGOTIATION : 0;
        h->flags |= client_grease(s) ? CLIENT_GREASE : 0;
    }
    for (size_t i = 0; i < h->compressions.n; i++) {
        h->flags |= h->compressions.p[i] ? CLIENT_COMPRESSION : 0;
    }
}

bool client_hello_parse(struct span body, struct client_hello *out, const char **why)
{
    struct span random, session;
    size_t version;
    memset(out, 0, sizeof *out);
    if (!wire_number(&body, 2, &version) || !wire_take(&body, 32, &random) ||
        !wire_run(&body, 1, &session) || !wire_run(&body, 2, &out->suites) ||
        !wire_run(&body, 1, &out->compressions)) {
        *why = "a ClientHello is cut short";
        return false;
    }
    if (session.n > 32 || out->suites.n % 2) {
        *why = "a ClientHello has wrong lengths";
        return false;
    }
    out->version = (uint16_t)version;
    out->flags = session.n ? CLIENT_SESSION : 0;
    memcpy(out->random, random.p, 32);
    if (!read_extensions(out, body)) {
        *why = "the extensions of a ClientHello have wrong lengths";
        return false;
    }
    conclude(out);
    return true;
}

/* The form of SSL 2.0: type, version, three lengths; suites of three octets. Those of TLS begin
 * with a zero and cannot be kept as a run, so only the versions are. */
static bool parse_ssl2(struct span in, struct client_hello *out, const char **why)
{
    size_t type, version, suites, session, challenge;
    struct span rest;
    memset(out, 0, sizeof *out);
    if (!wire_number(&in, 1, &type) || !wire_number(&in, 2, &version) ||
        !wire_number(&in, 2, &suites) || !wire_number(&in, 2, &session) ||
        !wire_number(&in, 2, &challenge) || !wire_take(&in, suites, &rest) ||
        !wire_take(&in, session, &rest) || !wire_take(&in, challenge, &rest) || suites % 3) {
        *why = "an SSL 2.0 CLIENT-HELLO has wrong lengths";
        return false;
    }
    out->ssl2 = true;
    out->version = out->highest = (uint16_t)version;
    return true;
}

bool client_hello_again(struct span message, bool ssl2, struct client_hello *out)
{
    const char *why;
    if (ssl2) {
        return parse_ssl2(message, out, &why);
    }
    return message.n >= MESSAGE_HEAD && message.p[0] == MESSAGE_CLIENT_HELLO &&
           client_hello_parse(span_sub(message, MESSAGE_HEAD, message.n), out, &why);
}

/* ---- the stream ------------------------------------------------------------------------------ */

void client_reader_init(struct client_reader *r)
{
    memset(r, 0, sizeof *r);
    buffer_init(&r->raw, CLIENT_HELLO_MAX + CLIENT_HELLO_RECORDS * RECORD_HEAD + 32 * 1024);
    buffer_init(&r->message, CLIENT_HELLO_MAX + MESSAGE_HEAD + 18432);
}

void client_reader_free(struct client_reader *r)
{
    buffer_free(&r->raw);
    buffer_free(&r->message);
}

static enum client_reading broken(struct client_reader *r, const char *why)
{
    r->why = why;
    return r->state = CLIENT_BROKEN;
}

/* The message is complete when its head says so. */
static enum client_reading look(struct client_reader *r)
{
    struct span m = buffer_span(&r->message);
    if (m.n && m.p[0] != MESSAGE_CLIENT_HELLO) {
        return broken(r, "the first message is not a ClientHello");
    }
    if (m.n < MESSAGE_HEAD) {
        return CLIENT_MORE;
    }
    size_t n = (size_t)m.p[1] << 16 | (size_t)m.p[2] << 8 | m.p[3];
    if (n > CLIENT_HELLO_MAX) {
        return broken(r, "a ClientHello is too long");
    }
    if (m.n < MESSAGE_HEAD + n) {
        return CLIENT_MORE;
    }
    r->message.n = MESSAGE_HEAD + n;
    if (!client_hello_parse(span_sub(m, MESSAGE_HEAD, n), &r->hello, &r->why)) {
        return r->state = CLIENT_BROKEN;
    }
    r->hello.record_version = (uint16_t)(r->raw.p[1] << 8 | r->raw.p[2]);
    return r->state = CLIENT_HELLO;
}

static enum client_reading take_ssl2(struct client_reader *r)
{
    struct span raw = buffer_span(&r->raw);
    size_t n = (size_t)(raw.p[0] & 0x7f) << 8 | raw.p[1];
    if (raw.n < n + 2) {
        return CLIENT_MORE;
    }
    buffer_add(&r->message, span_sub(raw, 2, n));
    if (!parse_ssl2(buffer_span(&r->message), &r->hello, &r->why)) {
        return r->state = CLIENT_BROKEN;
    }
    return r->state = CLIENT_HELLO;
}

static enum client_reading take_records(struct client_reader *r)
{
    while (r->raw.n - r->next >= RECORD_HEAD) {
        const uint8_t *p = r->raw.p + r->next;
        size_t n = (size_t)p[3] << 8 | p[4];
        if (p[0] != RECORD_HANDSHAKE || p[1] != 3) {
            return broken(r, "a record of an unexpected type");
        }
        if (n > 16384 + 2048) {
            return broken(r, "a record is longer than allowed");
        }
        if (r->raw.n - r->next - RECORD_HEAD < n) {
            break;
        }
        if (++r->records > CLIENT_HELLO_RECORDS) {
            return broken(r, "records without end");
        }
        buffer_add(&r->message, span_make(p + RECORD_HEAD, n));
        r->next += RECORD_HEAD + n;
        if (!buffer_ok(&r->message)) {
            return broken(r, "a ClientHello is too long");
        }
        if (look(r) != CLIENT_MORE) {
            return r->state;
        }
    }
    return CLIENT_MORE;
}

enum client_reading client_reader_take(struct client_reader *r, struct span bytes)
{
    if (r->state != CLIENT_MORE) {
        return r->state;
    }
    buffer_add(&r->raw, bytes);
    if (!buffer_ok(&r->raw)) {
        return broken(r, "a ClientHello is too long");
    }
    struct span raw = buffer_span(&r->raw);
    if (raw.n == 0) {
        return CLIENT_MORE;
    }
    if (raw.p[0] == RECORD_HANDSHAKE) {
        return raw.n > 1 && raw.p[1] != 3 ? (r->state = CLIENT_PLAIN) : take_records(r);
    }
    if (raw.p[0] < 0x80 || (raw.n > 2 && raw.p[2] != MESSAGE_CLIENT_HELLO)) {
        return r->state = CLIENT_PLAIN;
    }
    return raw.n < 3 ? CLIENT_MORE : take_ssl2(r);
}

/* ---- looking at it --------------------------------------------------------------------------- */

bool client_lists(struct span list, uint16_t number)
{
    for (size_t i = 0; i < client_count(list); i++) {
        if (client_at(list, i) == number) {
            return true;
        }
    }
    return false;
}

bool client_has_extension(const struct client_hello *h, uint16_t type)
{
    for (size_t i = 0; i < h->extension_count; i++) {
        if (h->extensions[i] == type) {
            return true;
        }
    }
    return false;
}

bool client_offers_version(const struct client_hello *h, uint16_t version)
{
    if (h->versions.n) {
        return client_lists(h->versions, version);
    }
    return !(h->ssl2 && h->version < TLS_SSL3) && version <= h->version && version < TLS_13;
}

struct span client_alpn_choice(const struct client_hello *h)
{
    struct span list = h->alpn, name, first = SPAN_NONE;
    while (list.n && wire_run(&list, 1, &name)) {
        if (!span_eq(name, SPAN_LIT("h2")) && name.n > 1) {
            return name;
        }
        first = first.p ? first : name;
    }
    return first;
}
