/*
 * listen_conn - one connection: from its first octet to how it ended. See listen_inside.h.
 *
 * Accepted means that data came after the handshake; of a flight of our own, that the client sent
 * its key exchange. What it does after that is only read so that it ends in peace.
 */
#include <arpa/inet.h>

#include <openssl/crypto.h>

#include "tls/listen_flight.h"
#include "tls/listen_inside.h"
#include "tls/listen_talk.h"

enum {
    OUT_MAX = 256 * 1024,
    LINE_MAX_OCTETS = 1024,
    MAIL_ROUNDS = 16,
    LINGER_MS = 1000,
    TALK_MS = 1500,
    RAW_MS = 300,
    ALERT_PROTOCOL_VERSION = 70,
    ALERT_INTERNAL = 80
};

static void tell(struct conn *c, enum listen_kind kind, const char *why, enum first_pdu pdu)
{
    struct listen_event e = {.kind = kind,
                             .ip = c->ip,
                             .port = c->port,
                             .client = c->client,
                             .row = c->row,
                             .attempt = c->attempt,
                             .why = why,
                             .pdu = pdu};
    if (c->attempt && c->attempt->print < PLAN_PRINTS) {
        e.print = &c->client->prints[c->attempt->print];
    }
    c->l->event(c->l->ctx, &e);
}

static void linger(struct conn *c, int64_t now_ms)
{
    c->state = CONN_LINGER;
    c->deadline_ms = now_ms + LINGER_MS;
}

/* The attempt is over; the connection may go on a little. */
static void conclude(struct conn *c, enum attempt_end end, uint8_t alert)
{
    struct attempt *a = c->attempt;
    if (!a) {
        return;
    }
    a->end = end;
    a->alert = alert;
    if (c->side) {
        a->shaken = side_shaken(c->side);
        a->version = side_version(c->side);
        a->suite = side_suite(c->side);
    }
    tell(c, LISTEN_CASE, NULL, a->pdu);
    c->attempt = NULL;
}

static void say_alert(struct conn *c, unsigned alert)
{
    const uint8_t record[] = {21, 3, 1, 0, 2, 2, (uint8_t)alert};
    buffer_add(&c->out, span_make(record, sizeof record));
}

/* ---- clients --------------------------------------------------------------------------------- */

static bool is_address(const char *name)
{
    uint8_t bytes[16];
    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

static struct listen_client *find(const struct listen *l, const char *ip, uint16_t port,
                                  const char *name)
{
    for (size_t i = 0; i < l->client_count; i++) {
        struct listen_client *x = l->clients[i];
        if ((l->options->one_device || strcmp(x->ip, ip) == 0) && x->port == port &&
            strcmp(x->name, name) == 0) {
            return x;
        }
    }
    return NULL;
}

static struct listen_client *new_client(struct conn *c, const char *name)
{
    struct listen *l = c->l;
    size_t same = 0;
    for (size_t i = 0; i < l->client_count; i++) {
        same += strcmp(l->clients[i]->ip, c->ip) == 0;
    }
    if (l->client_count == LISTEN_CLIENTS || same >= LISTEN_CLIENTS_OF_ADDRESS) {
        l->counts.refused++;
        tell(c, LISTEN_LIMIT, "too many names from this address", PDU_NONE);
        return NULL;
    }
    struct listen_client *x = arena_alloc(l->arena, sizeof *x);
    if (!x) {
        return NULL;
    }
    x->arena = l->arena;
    x->ip = arena_str(l->arena, span_str(c->ip));
    x->name = arena_str(l->arena, span_str(name));
    x->port = c->port;
    x->named = l->options->name != NULL;
    if (!x->ip || !x->name) {
        return NULL;
    }
    return l->clients[l->client_count++] = x;
}

static struct listen_client *client_of(struct conn *c, const char *name)
{
    struct listen_client *x = find(c->l, c->ip, c->port, name);
    x = x ? x : new_client(c, name);
    if (x && c->offer) {
        x->starttls = true;
    }
    return x;
}

/* ---- serving a case -------------------------------------------------------------------------- */

static int mint_for(struct conn *c, const struct client_hello *h, bool ec, struct minted *m)
{
    const char *name = h->name[0] && !is_address(h->name) ? h->name : c->l->options->name;
    struct mint_order order = {.twists = c->row->twists,
                               .name = name,
                               .ip = is_address(h->name) ? h->name : c->local,
                               .ec = ec,
                               .now = c->l->options->now()};
    return mint(c->l->lab, &order, m);
}

/* The client can verify ECDSA only. */
static bool wants_ec(const struct client_hello *h)
{
    bool rsa = false, tls13 = client_offers_version(h, TLS_13);
    for (size_t i = 0; i < client_count(h->suites); i++) {
        const struct suite *s = tls_suite(client_at(h->suites, i));
        rsa |= s && s->auth == AU_RSA;
    }
    for (size_t i = 0; tls13 && i < client_count(h->schemes); i++) {
        uint16_t s = client_at(h->schemes, i);
        rsa |= s == 0x0804 || s == 0x0805 || s == 0x0806;
    }
    return !rsa && !h->ssl2;
}

static int serve_full(struct conn *c, const struct client_hello *h)
{
    struct minted m;
    int rc = mint_for(c, h, wants_ec(h), &m);
    struct side_order order = {.row = c->row, .cert = &m, .hello = h};
    c->side = rc == 0 ? side_new(&order) : NULL;
    minted_free(&m);
    c->state = CONN_FULL;
    return c->side ? 0 : -1;
}

static size_t times_shown(const struct conn *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->client->attempt_count; i++) {
        n += &c->l->cases->rows[c->client->attempts[i].row] == c->row;
    }
    return n;
}

static int serve_flight(struct conn *c, const struct client_hello *h)
{
    uint16_t version = case_version(c->row, h);
    /* Every other time the simpler key exchange: a client may refuse the one and not the other. */
    bool plain_rsa = version < TLS_12 && times_shown(c) % 2 == 1;
    uint16_t code = version ? case_suite(c->row, h, version, plain_rsa) : 0;
    const struct suite *s = tls_suite(code);
    struct minted m = {0};
    int rc = s ? mint_for(c, h, s->auth == AU_ECDSA, &m) : -1;
    struct flight_order order = {.hello = h,
                                 .cert = &m,
                                 .version = version,
                                 .suite = code,
                                 .dh_bits = c->row->dh_bits,
                                 .sentinel = c->row->sentinel};
    rc = rc ? rc : flight_write(&order, &c->out);
    minted_free(&m);
    if (c->attempt) {
        c->attempt->version = version;
        c->attempt->suite = code;
    }
    c->state = CONN_FLIGHT;
    return rc;
}

static void go_on(struct conn *c, struct span bytes, int64_t now_ms);

static void serve(struct conn *c, int64_t now_ms)
{
    const struct client_hello *h = &c->reader.hello;
    int rc = 0;
    c->deadline_ms = now_ms + c->l->options->hello_ms;
    if (c->row->serve == SERVE_FLIGHT) {
        rc = serve_flight(c, h);
    } else if (c->row->serve == SERVE_FULL) {
        rc = serve_full(c, h);
    } else {
        say_alert(c, ALERT_PROTOCOL_VERSION);
        conclude(c, END_REFUSED, 0);
        linger(c, now_ms);
    }
    if (rc < 0) {
        say_alert(c, ALERT_INTERNAL);
        conclude(c, END_NO_COMMON, 0);
        linger(c, now_ms);
    } else if (c->state == CONN_FULL) {
        go_on(c, buffer_span(&c->reader.raw), now_ms);
    }
}

static void take_hello(struct conn *c, int64_t now_ms)
{
    struct listen *l = c->l;
    const struct client_hello *h = &c->reader.hello;
    l->counts.hellos++;
    c->client = client_of(c, is_address(h->name) ? "" : h->name);
    int print =
        c->client ? plan_hello(c->client, l->cases, h, buffer_span(&c->reader.message)) : -1;
    if (print < 0) {
        c->state = CONN_OVER;
        return;
    }
    size_t row =
        plan_case(c->client, l->cases, &l->options->plan, h, print, l->options->now(), &c->attempt);
    c->row = &l->cases->rows[row];
    tell(c, LISTEN_HELLO, NULL, PDU_NONE);
    serve(c, now_ms);
}

/* ---- what comes ------------------------------------------------------------------------------ */

static void answer(struct conn *c, int64_t now_ms)
{
    struct buffer reply;
    struct span data = side_data(c->side);
    enum first_pdu pdu = talk_pdu(data);
    buffer_init(&reply, 4096);
    bool stay = talk_answer(pdu, data, &reply);
    side_say(c->side, buffer_span(&reply));
    buffer_free(&reply);
    c->state = CONN_TALK;
    c->deadline_ms = now_ms + (stay ? pdu == PDU_RAW ? RAW_MS : TALK_MS : 0);
    if (!stay) {
        side_end(c->side);
        linger(c, now_ms);
    }
}

static void go_on(struct conn *c, struct span bytes, int64_t now_ms)
{
    bool before = side_shaken(c->side);
    enum side_state state = side_take(c->side, bytes);
    if (side_shaken(c->side) && !before) {
        c->deadline_ms = now_ms + c->l->options->wait_ms;
        side_say(c->side, talk_greeting(c->port));
    }
    if (state == SIDE_DATA && !talk_tells(side_data(c->side))) {
        side_output(c->side, &c->out);
        return; /* more must come */
    }
    if (c->row->ask && c->client && !c->client->certificate.p && side_shaken(c->side)) {
        uint8_t *der = NULL;
        int n = side_certificate(c->side, &der);
        if (n > 0 && n <= 16384) {
            c->client->certificate = arena_dup(c->l->arena, span_make(der, (size_t)n));
        }
        OPENSSL_free(der);
    }
    if (state == SIDE_DATA) {
        if (c->attempt) {
            c->attempt->pdu = talk_pdu(side_data(c->side));
        }
        conclude(c, END_ACCEPT, side_alert(c->side));
        answer(c, now_ms);
    } else if (state == SIDE_ALERT) {
        conclude(c, side_shaken(c->side) ? END_AFTER : END_ALERT, side_alert(c->side));
        side_end(c->side);
        linger(c, now_ms);
    } else if (state == SIDE_BROKEN) {
        conclude(c, END_NO_COMMON, 0);
        linger(c, now_ms);
    }
    side_output(c->side, &c->out);
}

static void take_records(struct conn *c, struct span bytes, int64_t now_ms)
{
    uint8_t alert = 0;
    buffer_add(&c->got, span_sub(bytes, 0, LINE_MAX_OCTETS));
    enum flight_answer a = flight_read(buffer_span(&c->got), &alert);
    if (a == FLIGHT_MORE) {
        return;
    }
    conclude(c,
             a == FLIGHT_GOES_ON ? END_ACCEPT
             : a == FLIGHT_ALERT ? (alert ? END_ALERT : END_CLOSED)
                                 : END_NO_COMMON,
             alert);
    say_alert(c, ALERT_INTERNAL);
    linger(c, now_ms);
}

static void take_plain(struct conn *c, int64_t now_ms)
{
    struct listen *l = c->l;
    enum first_pdu pdu = talk_pdu(buffer_span(&c->reader.raw));
    l->counts.plain++;
    if (pdu != PDU_RAW && pdu != PDU_NONE) { /* else it may be anything, a port scanner too */
        c->client = client_of(c, "");
        if (c->client) {
            c->client->plain++;
            c->client->plain_pdu = pdu;
            c->client->last = l->options->now();
        }
    }
    tell(c, LISTEN_PLAIN, "this is not TLS", pdu);
    linger(c, now_ms);
}

static void read_hello(struct conn *c, struct span bytes, int64_t now_ms)
{
    switch (client_reader_take(&c->reader, bytes)) {
    case CLIENT_HELLO:
        take_hello(c, now_ms);
        break;
    case CLIENT_PLAIN:
        take_plain(c, now_ms);
        break;
    case CLIENT_BROKEN:
        c->l->counts.broken++;
        tell(c, LISTEN_BROKEN, c->reader.why, PDU_NONE);
        say_alert(c, 50); /* decode_error */
        linger(c, now_ms);
        break;
    default:
        break;
    }
}

/* ---- mail ------------------------------------------------------------------------------------ */

/* A client that was seen on this port may be due for the case without STARTTLS. */
static void choose_mail(struct conn *c)
{
    struct listen *l = c->l;
    for (size_t i = 0; i < l->client_count; i++) {
        struct listen_client *x = l->clients[i];
        if (strcmp(x->ip, c->ip) != 0 || x->port != c->port || !x->starttls || !x->hellos) {
            continue;
        }
        struct attempt *a = NULL;
        size_t row = plan_mail(x, l->cases, &l->options->plan, l->options->now(), &a);
        if (row < l->cases->count) {
            c->client = x;
            c->row = &l->cases->rows[row];
            c->attempt = a;
            c->offer = false;
            return;
        }
    }
}

static void take_line(struct conn *c, struct span line, int64_t now_ms)
{
    if (!c->client && c->offer) {
        choose_mail(c);
    }
    switch (mail_line(line, c->offer, &c->out)) {
    case MAIL_TLS:
        c->state = CONN_HELLO;
        c->got.n = 0;
        c->deadline_ms = now_ms + c->l->options->hello_ms;
        break;
    case MAIL_IN_CLEAR:
        if (c->attempt) {
            c->attempt->pdu = PDU_SMTP;
            conclude(c, END_ACCEPT, 0);
        } else {
            c->l->counts.plain++;
            tell(c, LISTEN_PLAIN, "mail in the clear although STARTTLS is offered", PDU_SMTP);
        }
        linger(c, now_ms);
        break;
    case MAIL_ENDS:
        conclude(c, END_CLOSED, 0);
        linger(c, now_ms);
        break;
    default:
        break;
    }
}

static void take_mail(struct conn *c, struct span bytes, int64_t now_ms)
{
    buffer_add(&c->got, bytes);
    while (c->state == CONN_MAIL) {
        size_t end = span_find(buffer_span(&c->got), SPAN_LIT("\n"), 0);
        if (end == SIZE_MAX) {
            break;
        }
        struct span line = span_sub(buffer_span(&c->got), 0, end);
        take_line(c, line, now_ms);
        size_t rest = c->got.n > end + 1 ? c->got.n - end - 1 : 0;
        if (rest) {
            memmove(c->got.p, c->got.p + end + 1, rest);
        }
        c->got.n = c->state == CONN_MAIL ? rest : 0;
    }
    if (!buffer_ok(&c->got)) {
        tell(c, LISTEN_BROKEN, "a line without end", PDU_NONE);
        c->state = CONN_OVER;
    }
}

/* ---- from outside ---------------------------------------------------------------------------- */

void conn_begin(struct conn *c, bool mail, int64_t now_ms)
{
    client_reader_init(&c->reader);
    buffer_init(&c->out, OUT_MAX);
    buffer_init(&c->got, 4 * LINE_MAX_OCTETS);
    c->state = mail ? CONN_MAIL : CONN_HELLO;
    c->offer = mail;
    c->deadline_ms = now_ms + c->l->options->hello_ms;
    if (mail) {
        mail_greet(&c->out);
    }
}

void conn_take(struct conn *c, struct span bytes, int64_t now_ms)
{
    switch (c->state) {
    case CONN_MAIL:
        take_mail(c, bytes, now_ms);
        break;
    case CONN_HELLO:
        read_hello(c, bytes, now_ms);
        break;
    case CONN_FULL:
        go_on(c, bytes, now_ms);
        break;
    case CONN_TALK:
        (void)side_take(c->side, bytes);
        if (talk_pdu(side_data(c->side)) == PDU_SMTP) {
            side_say(c->side, SPAN_LIT("421 laboratory closes\r\n"));
            side_end(c->side);
            linger(c, now_ms);
        }
        side_output(c->side, &c->out);
        break;
    case CONN_FLIGHT:
        take_records(c, bytes, now_ms);
        break;
    default:
        break;
    }
    if (!buffer_ok(&c->out)) {
        c->state = CONN_OVER;
    }
}

void conn_eof(struct conn *c, bool reset)
{
    const char *how = reset ? "reset before a hello" : "closed before a hello";
    if (c->attempt) {
        bool after = c->side && side_shaken(c->side);
        conclude(c, after ? END_AFTER : END_CLOSED, 0);
    } else if (c->state == CONN_HELLO || (c->state == CONN_MAIL && !c->client)) {
        c->l->counts.nothing++;
        tell(c, LISTEN_NOTHING, how, PDU_NONE);
    }
    c->state = CONN_OVER;
}

void conn_late(struct conn *c, int64_t now_ms)
{
    switch (c->state) {
    case CONN_HELLO:
    case CONN_MAIL:
        if (c->attempt) {
            conclude(c, END_SILENT, 0);
        } else {
            c->l->counts.nothing++;
            tell(c, LISTEN_NOTHING, "no complete hello in time", PDU_NONE);
        }
        c->state = CONN_OVER;
        break;
    case CONN_FULL:
    case CONN_FLIGHT:
        conclude(c, END_SILENT, 0);
        if (c->side) {
            side_end(c->side);
            side_output(c->side, &c->out);
        }
        linger(c, now_ms);
        break;
    case CONN_TALK:
        side_end(c->side);
        side_output(c->side, &c->out);
        linger(c, now_ms);
        break;
    default:
        c->state = CONN_OVER;
        break;
    }
}

void conn_free_parts(struct conn *c)
{
    side_free(c->side);
    client_reader_free(&c->reader);
    buffer_free(&c->out);
    buffer_free(&c->got);
}
