/*
 * hello_read - the messages of a server's first flight. See hello.h.
 *
 * RFC 8446 4.1.3, RFC 5246 7.4, RFC 8422 5.4, RFC 6066 8, RFC 6347 4.2.1, SSL 2.0 draft 2.6. Every
 * length is checked against what is there; a message that does not add up ends the reading as
 * malformed. What is not checked: signatures, and whether the certificates are good (cert.h).
 */
#include "tls/hello.h"
#include "tls/wire.h"

enum {
    HELLO_REQUEST = 0,
    SERVER_HELLO = 2,
    HELLO_VERIFY = 3,
    SERVER_HELLO2 = 4,
    NEW_TICKET = 4,
    CERTIFICATE = 11,
    KEY_EXCHANGE = 12,
    CERT_REQUEST = 13,
    HELLO_DONE = 14,
    CERT_STATUS = 22,
    NAMED_CURVE = 3
};

/* SHA-256 of "HelloRetryRequest" (RFC 8446 4.1.3). */
static const uint8_t retry_random[32] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

/* ---- ServerHello ----------------------------------------------------------------------------- */

static void read_alpn(struct answer *a, struct span body)
{
    struct span list, name;
    if (wire_run(&body, 2, &list) && wire_run(&list, 1, &name) && name.n < sizeof a->alpn) {
        memcpy(a->alpn, name.p, name.n);
        a->alpn[name.n] = 0;
        a->extensions |= EXT_ALPN;
    }
}

static void read_ext(struct answer *a, size_t type, struct span body)
{
    static const struct {
        size_t type;
        unsigned flag;
    } flags[] = {{0, EXT_NAME},
                 {5, EXT_STATUS},
                 {11, EXT_POINTS},
                 {15, EXT_HEARTBEAT},
                 {22, EXT_ETM},
                 {23, EXT_EMS},
                 {0xff01, EXT_RENEGOTIATION},
                 {35, EXT_TICKET},
                 {43, 0},
                 {51, 0},
                 {16, 0},
                 {44, 0}};
    size_t n;
    if (type == 43 && wire_number(&body, 2, &n)) {
        a->version = (uint16_t)n;
    } else if (type == 51 && wire_number(&body, 2, &n)) {
        a->group = (uint16_t)n;
    } else if (type == 16) {
        read_alpn(a, body);
    }
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (flags[i].type == type) {
            a->extensions |= flags[i].flag;
            return;
        }
    }
    a->extensions |= EXT_UNASKED;
}

static bool read_extensions(struct answer *a, struct span in)
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
        if (!wire_number(&list, 2, &type) || !wire_run(&list, 2, &body)) {
            return false;
        }
        read_ext(a, type, body);
    }
    return true;
}

static void server_hello(struct reader *r, struct span in)
{
    struct answer *a = &r->answer;
    struct span random, session;
    size_t version, suite, compression;
    if (a->outcome == OUTCOME_HELLO) {
        reader_broken(r, "a second ServerHello");
        return;
    }
    if (!wire_number(&in, 2, &version) || !wire_take(&in, 32, &random) ||
        !wire_run(&in, 1, &session) || !wire_number(&in, 2, &suite) ||
        !wire_number(&in, 1, &compression) || session.n > 32) {
        reader_broken(r, "a ServerHello is cut short");
        return;
    }
    a->version = (uint16_t)version;
    a->suite = (uint16_t)suite;
    a->compression = (uint8_t)compression;
    a->session_id = session.n > 0;
    memcpy(a->random, random.p, 32);
    if (!read_extensions(a, in)) {
        reader_broken(r, "the extensions of a ServerHello have wrong lengths");
        return;
    }
    a->retry_request = memcmp(random.p, retry_random, 32) == 0;
    a->secure_renegotiation = (a->extensions & EXT_RENEGOTIATION) != 0;
    a->outcome = OUTCOME_HELLO;
    if (a->version == TLS_13) {
        a->finished = true;
        r->closed = true;
    }
}

/* ---- what follows it ------------------------------------------------------------------------- */

static void certificates(struct reader *r, struct span in)
{
    struct answer *a = &r->answer;
    struct span list, der;
    if (!wire_run(&in, 3, &list)) {
        reader_broken(r, "a Certificate message is cut short");
        return;
    }
    while (list.n) {
        if (!wire_run(&list, 3, &der)) {
            reader_broken(r, "a Certificate message has wrong lengths");
            return;
        }
        if (a->cert_count < ANSWER_CERTS) {
            a->certs[a->cert_count++] = der;
        }
    }
}

static void read_scheme(struct answer *a, struct span in)
{
    size_t scheme;
    if ((a->version == TLS_12 || a->version == DTLS_12) && wire_number(&in, 2, &scheme)) {
        a->scheme = (uint16_t)scheme;
    }
}

static struct span without_zeros(struct span s)
{
    while (s.n && s.p[0] == 0) {
        s = span_sub(s, 1, s.n);
    }
    return s;
}

static bool read_dh(struct answer *a, struct span *in)
{
    struct span p, g;
    if (!wire_run(in, 2, &p) || !wire_run(in, 2, &g) || !wire_run(in, 2, &a->dh_public)) {
        return false;
    }
    a->dh_prime = without_zeros(p);
    a->dh_generator = without_zeros(g);
    a->dh_group = tls_prime_group(a->dh_prime);
    return true;
}

static bool read_ecdh(struct answer *a, struct span *in)
{
    size_t type, curve;
    if (!wire_number(in, 1, &type)) {
        return false;
    }
    if (type != NAMED_CURVE) {
        a->explicit_curve = true;
        *in = span_sub(*in, in->n, 0);
        return true;
    }
    if (!wire_number(in, 2, &curve) || !wire_run(in, 1, &a->ec_point)) {
        return false;
    }
    a->group = (uint16_t)curve;
    return true;
}

static void key_exchange(struct reader *r, struct span in)
{
    struct answer *a = &r->answer;
    const struct suite *s = tls_suite(a->suite);
    enum suite_exchange kx = s ? s->exchange : KX_NULL;
    struct span hint;
    bool good = true;
    if (kx == KX_DHE_PSK || kx == KX_ECDHE_PSK || kx == KX_PSK || kx == KX_RSA_PSK) {
        good = wire_run(&in, 2, &hint);
    }
    if (kx == KX_DHE || kx == KX_DHE_PSK || (kx == KX_DH && s->auth == AU_ANON)) {
        good = good && read_dh(a, &in);
    } else if (kx == KX_ECDHE || kx == KX_ECDHE_PSK || (kx == KX_ECDH && s->auth == AU_ANON)) {
        good = good && read_ecdh(a, &in);
    } else {
        return;
    }
    if (!good) {
        reader_broken(r, "a ServerKeyExchange has wrong lengths");
        return;
    }
    read_scheme(a, in);
}

static void cert_request(struct reader *r, struct span in)
{
    struct answer *a = &r->answer;
    struct span types, schemes, names, name;
    a->client_cert = true;
    if (!wire_run(&in, 1, &types) ||
        ((a->version == TLS_12 || a->version == DTLS_12) && !wire_run(&in, 2, &schemes)) ||
        !wire_run(&in, 2, &names)) {
        reader_broken(r, "a CertificateRequest has wrong lengths");
        return;
    }
    while (names.n && wire_run(&names, 2, &name)) {
        a->client_cas++;
    }
}

static void cert_status(struct answer *a, struct span in)
{
    size_t type;
    struct span response;
    a->staple = wire_number(&in, 1, &type) && wire_run(&in, 3, &response) && response.n > 0;
}

static void hello_verify(struct reader *r, struct span in)
{
    size_t version;
    struct span cookie;
    if (!wire_number(&in, 2, &version) || !wire_run(&in, 1, &cookie)) {
        reader_broken(r, "a HelloVerifyRequest has wrong lengths");
        return;
    }
    r->cookie = cookie;
}

/* SERVER-HELLO of SSL 2.0: session-id-hit, type, version, three lengths, then the three. */
static void server_hello2(struct reader *r, struct span in)
{
    struct answer *a = &r->answer;
    size_t hit, type, version, cert, specs, id, code;
    struct span der, list, connection;
    if (!wire_number(&in, 1, &hit) || !wire_number(&in, 1, &type) ||
        !wire_number(&in, 2, &version) || !wire_number(&in, 2, &cert) ||
        !wire_number(&in, 2, &specs) || !wire_number(&in, 2, &id) || !wire_take(&in, cert, &der) ||
        !wire_take(&in, specs, &list) || !wire_take(&in, id, &connection)) {
        reader_broken(r, "an SSL 2.0 SERVER-HELLO has wrong lengths");
        return;
    }
    a->outcome = OUTCOME_HELLO;
    a->version = (uint16_t)version;
    a->finished = true;
    if (der.n) {
        a->certs[a->cert_count++] = der;
    }
    while (wire_number(&list, 3, &code)) {
        if (a->suite2_count < sizeof a->suites2 / sizeof *a->suites2) {
            a->suites2[a->suite2_count++] = (uint32_t)code;
        }
    }
}

static void answer_ssl2(struct reader *r, uint8_t type, struct span body)
{
    if (type == SERVER_HELLO2) {
        server_hello2(r, body);
    } else if (r->answer.outcome == OUTCOME_NONE) {
        r->answer.outcome = OUTCOME_ALERT; /* ERROR */
        r->closed = true;
    }
}

void answer_message(struct reader *r, uint8_t type, struct span body)
{
    struct answer *a = &r->answer;
    bool ours = type == SERVER_HELLO || type == HELLO_VERIFY || type == HELLO_REQUEST;
    if (r->probe->version == TLS_SSL2) {
        answer_ssl2(r, type, body);
        return;
    }
    if (!ours && a->outcome != OUTCOME_HELLO) {
        reader_broken(r, "a handshake message before the ServerHello");
        return;
    }
    switch (type) {
    case SERVER_HELLO:
        server_hello(r, body);
        break;
    case HELLO_VERIFY:
        hello_verify(r, body);
        break;
    case CERTIFICATE:
        certificates(r, body);
        break;
    case KEY_EXCHANGE:
        key_exchange(r, body);
        break;
    case CERT_REQUEST:
        cert_request(r, body);
        break;
    case CERT_STATUS:
        cert_status(a, body);
        break;
    case HELLO_DONE:
        a->finished = true;
        r->closed = true;
        break;
    default: /* NewSessionTicket and what may come: not needed */
        break;
    }
}
