/*
 * full - see full.h.
 */
#include "tls/full.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/mem.h"

enum { READ_MAX = 16 * 1024 };

struct full {
    SSL *ssl;
    const struct service *service;
    struct full_plan plan;
    enum { PART_SHAKE, PART_AGAIN, PART_SEND, PART_READ, PART_DONE } part;
    struct buffer message, got;
    size_t sent;
    bool shaken, asked_cert, reused;
    bool again, refused; /* renegotiated; the server ended it */
    bool broken;         /* the connection ended before it should */
    int alert;           /* the last one received, or -1 */
    char why[ANSWER_WHY];
};

static SSL_CTX *stream_ctx, *packet_ctx;

/* The server asks for a certificate: noted, none is given. */
static int no_certificate(SSL *ssl, X509 **cert, EVP_PKEY **key)
{
    struct full *f = SSL_get_app_data(ssl);
    (void)cert;
    (void)key;
    f->asked_cert = true;
    return 0;
}

static void note_alert(const SSL *ssl, int where, int code)
{
    struct full *f = SSL_get_app_data(ssl);
    if ((where & SSL_CB_ALERT) && (where & SSL_CB_READ)) {
        f->alert = code & 0xff;
    }
}

static SSL_CTX *make_ctx(const SSL_METHOD *method)
{
    SSL_CTX *ctx = SSL_CTX_new(method);
    if (!ctx) {
        return NULL;
    }
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    /* A server that sends tickets without end would otherwise keep SSL_read, and with it the scan
     * of all devices, from ever coming back. */
    (void)SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_client_cert_cb(ctx, no_certificate);
    SSL_CTX_set_info_callback(ctx, note_alert);
    SSL_CTX_set_max_cert_list(ctx, READER_MESSAGE);
    if (SSL_CTX_set_cipher_list(ctx, "ALL:eNULL:@SECLEVEL=0") != 1) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

int full_setup(void)
{
    stream_ctx = make_ctx(TLS_client_method());
    packet_ctx = make_ctx(DTLS_client_method());
    if (!stream_ctx || !packet_ctx) {
        full_cleanup();
        return -1;
    }
    SSL_CTX_set_min_proto_version(stream_ctx, TLS1_VERSION);
    return 0;
}

void full_cleanup(void)
{
    SSL_CTX_free(stream_ctx);
    SSL_CTX_free(packet_ctx);
    stream_ctx = packet_ctx = NULL;
}

/* "h2,http/1.1" in wire form. HTTP/2 is not spoken here, so it is not offered: the hello engine
 * asks. */
static void set_alpn(SSL *ssl, const char *names)
{
    uint8_t wire[64];
    unsigned used = 0;
    while (*names) {
        size_t n = strcspn(names, ",");
        if (n < sizeof wire - used - 1 && strncmp(names, "h2", n) != 0) {
            wire[used++] = (uint8_t)n;
            memcpy(wire + used, names, n);
            used += (unsigned)n;
        }
        names += n + (names[n] == ',');
    }
    (void)SSL_set_alpn_protos(ssl, wire, used);
}

/* The socket stays the caller's. A datagram socket needs a BIO that keeps datagrams apart. */
static int set_socket(SSL *ssl, int fd, bool datagram)
{
    struct sockaddr_storage peer;
    socklen_t n = sizeof peer;
    if (!datagram) {
        return SSL_set_fd(ssl, fd) == 1 ? 0 : -1;
    }
    BIO *bio = BIO_new_dgram(fd, BIO_NOCLOSE);
    if (!bio || getpeername(fd, (struct sockaddr *)&peer, &n) < 0) {
        BIO_free(bio);
        return -1;
    }
    (void)BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &peer);
    SSL_set_bio(ssl, bio, bio);
    /* One datagram for the hello: servers that check the cookie first do not put fragments
     * together. */
    (void)SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU);
    (void)SSL_set_mtu(ssl, 1400);
    return 0;
}

struct full *full_new(int fd, const struct full_plan *plan)
{
    struct full *f = mem_zalloc(sizeof *f);
    SSL *ssl = f ? SSL_new(plan->datagram ? packet_ctx : stream_ctx) : NULL;
    if (!ssl || set_socket(ssl, fd, plan->datagram) < 0) {
        SSL_free(ssl);
        mem_free(f);
        return NULL;
    }
    f->ssl = ssl;
    f->plan = *plan;
    f->service = plan->service;
    f->alert = -1;
    buffer_init(&f->message, READ_MAX);
    buffer_init(&f->got, READ_MAX);
    SSL_set_app_data(ssl, f);
    SSL_set_connect_state(ssl);
    (void)SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
    if (plan->name) {
        (void)SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                       (void *)(uintptr_t)plan->name);
    }
    if (plan->service->alpn && !plan->no_alpn) {
        set_alpn(ssl, plan->service->alpn);
    }
    if (plan->old) {
        (void)SSL_set_max_proto_version(ssl, TLS1_1_VERSION);
    }
    if (plan->renegotiate) {
        (void)SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
        (void)SSL_set_options(ssl, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION);
    }
    if (plan->session) { /* a copy: a connection that breaks makes its session unusable */
        SSL_SESSION *copy = SSL_SESSION_dup(plan->session);
        (void)SSL_set_session(ssl, copy);
        SSL_SESSION_free(copy);
    }
    return f;
}

static void give_up(struct full *f, int error)
{
    unsigned long e = ERR_peek_last_error();
    const char *text = e ? ERR_reason_error_string(e) : NULL;
    char name[TLS_NAME];
    if (f->why[0]) {
        return;
    }
    if (f->alert > 0) {
        (void)snprintf(f->why, sizeof f->why, "alert %s", tls_alert_name((uint8_t)f->alert, name));
    } else if (text) {
        (void)snprintf(f->why, sizeof f->why, "%.90s", text);
    } else if (error == SSL_ERROR_SYSCALL && errno) {
        (void)snprintf(f->why, sizeof f->why, "%.90s", strerror(errno));
    } else {
        (void)snprintf(f->why, sizeof f->why, "the connection was closed");
    }
}

static void start_talk(struct full *f)
{
    f->part = PART_DONE;
    if (f->plan.renegotiate && SSL_renegotiate(f->ssl) == 1) {
        f->part = PART_AGAIN;
        return;
    }
    if (f->plan.session || f->plan.renegotiate || f->plan.old) {
        return;
    }
    service_message(f->service->talk, f->plan.host, &f->message);
    f->part = f->message.n ? PART_SEND : PART_READ;
}

/* The headers of an HTTP answer are all that is wanted of it. */
static bool read_enough(const struct full *f)
{
    struct span all = buffer_span(&f->got);
    enum service_talk talk = f->service->talk;
    if (talk == TALK_HTTP || talk == TALK_ONVIF || talk == TALK_RTSP || talk == TALK_SIP) {
        return span_find(all, SPAN_LIT("\r\n\r\n"), 0) != SIZE_MAX || all.n >= READ_MAX - 1;
    }
    return all.n >= 4;
}

static int read_some(struct full *f)
{
    uint8_t bytes[2048];
    int n = SSL_read(f->ssl, bytes, sizeof bytes);
    if (n > 0) {
        buffer_add(&f->got, span_make(bytes, (size_t)n));
        if (read_enough(f) || !buffer_ok(&f->got)) {
            f->part = PART_DONE;
        }
    }
    return n;
}

static int do_part(struct full *f)
{
    int n;
    switch (f->part) {
    case PART_SHAKE:
        n = SSL_do_handshake(f->ssl);
        if (n == 1) {
            f->shaken = true;
            f->reused = SSL_session_reused(f->ssl) == 1;
            start_talk(f);
        }
        return n;
    case PART_AGAIN:
        n = SSL_do_handshake(f->ssl);
        if (n == 1) {
            f->again = true;
            f->part = PART_DONE;
        }
        return n;
    case PART_SEND:
        n = SSL_write(f->ssl, f->message.p, (int)f->message.n);
        if (n > 0) {
            f->part = PART_READ;
        }
        return n;
    case PART_READ:
        return read_some(f);
    default:
        return 1;
    }
}

enum full_step full_go(struct full *f)
{
    while (f->part != PART_DONE) {
        ERR_clear_error();
        errno = 0;
        int n = do_part(f);
        if (n > 0) {
            continue;
        }
        int error = SSL_get_error(f->ssl, n);
        if (error == SSL_ERROR_WANT_READ) {
            return FULL_READ;
        }
        if (error == SSL_ERROR_WANT_WRITE) {
            return FULL_WRITE;
        }
        give_up(f, error);
        f->refused = f->part == PART_AGAIN;
        f->broken = error != SSL_ERROR_ZERO_RETURN;
        f->part = PART_DONE;
    }
    if (f->shaken) {
        ERR_clear_error();
        (void)SSL_shutdown(f->ssl);
    }
    return FULL_DONE;
}

bool full_lost(const struct full *f)
{
    bool early = !f->shaken && f->alert < 0;
    return f->broken && (early || (f->asked_cert && f->alert < 0 && f->got.n == 0));
}

unsigned full_patience(const struct full *f)
{
    if (!f->shaken) {
        return 0;
    }
    if (f->plan.renegotiate) {
        return 1500;
    }
    return f->service->talk == TALK_NONE || f->service->talk == TALK_BANNER ? 250 : 1500;
}

enum known full_renegotiated(const struct full *f)
{
    return f->again ? KNOWN_YES : f->refused ? KNOWN_NO : f->shaken ? KNOWN_UNSURE : KNOWN_UNTESTED;
}

void full_end(struct full *f)
{
    if (!f->shaken && !f->why[0]) {
        (void)snprintf(f->why, sizeof f->why, "no complete handshake in time");
        f->broken = true;
    }
    f->part = PART_DONE;
}

/* ---- facts ----------------------------------------------------------------------------------- */

/* The value of a header line, or an absent span. */
static struct span header(struct span all, const char *name)
{
    size_t len = strlen(name);
    size_t pos = span_find(all, SPAN_LIT("\r\n"), 0);
    while (pos != SIZE_MAX && pos + 2 < all.n) {
        struct span line = span_sub(all, pos + 2, all.n);
        size_t end = span_find(line, SPAN_LIT("\r\n"), 0);
        line = span_sub(line, 0, end == SIZE_MAX ? line.n : end);
        if (line.n > len && strncasecmp((const char *)line.p, name, len) == 0 &&
            line.p[len] == ':') {
            struct span v = span_sub(line, len + 1, line.n);
            while (v.n && v.p[0] == ' ') {
                v = span_sub(v, 1, v.n);
            }
            return v;
        }
        pos = end == SIZE_MAX ? SIZE_MAX : pos + 2 + end;
    }
    return SPAN_NONE;
}

static void http_facts(struct span all, struct full_facts *x)
{
    struct span server = header(all, "Server");
    struct span status = span_sub(all, 9, 3);
    for (size_t i = 0; i < status.n && status.p[i] >= '0' && status.p[i] <= '9'; i++) {
        x->http_status = x->http_status * 10 + status.p[i] - '0';
    }
    x->hsts = header(all, "Strict-Transport-Security").p != NULL;
    x->csp = header(all, "Content-Security-Policy").p != NULL;
    x->frame_options = header(all, "X-Frame-Options").p != NULL;
    x->nosniff = header(all, "X-Content-Type-Options").p != NULL;
    service_banner(server, x->server, sizeof x->server);
}

static int keep_chain(struct full *f, struct tls_facts *facts)
{
    STACK_OF(X509) *list = SSL_get_peer_cert_chain(f->ssl);
    struct span certs[ANSWER_CERTS];
    size_t n = 0;
    int rc = 0;
    for (int i = 0; list && i < sk_X509_num(list) && n < ANSWER_CERTS; i++) {
        uint8_t *der = NULL;
        int len = i2d_X509(sk_X509_value(list, i), &der);
        if (len > 0) {
            certs[n] = arena_dup(facts->arena, span_make(der, (size_t)len));
            rc = certs[n].p ? rc : -1;
            n++;
        }
        OPENSSL_free(der);
    }
    return rc == 0 ? facts_chain(facts, certs, n) : -1;
}

static void client_cert_facts(const struct full *f, struct tls_facts *facts)
{
    /* Closed each time after the Finished that had no certificate before it: that is a demand
     * too. */
    bool refused = f->alert == 116 || (f->shaken && full_lost(f)) ||
                   (f->asked_cert && !f->shaken && f->alert >= 40) ||
                   (f->asked_cert && f->alert >= 40 && f->alert <= 48);
    if (f->asked_cert) {
        facts->client_cert = refused ? CLIENT_CERT_REQUIRED : CLIENT_CERT_REQUESTED;
    } else if (f->shaken && facts->client_cert == CLIENT_CERT_UNKNOWN) {
        facts->client_cert = CLIENT_CERT_NONE;
    }
}

static void talk_facts(const struct full *f, struct full_facts *x)
{
    struct span all = buffer_span(&f->got);
    enum service_talk talk = f->service->talk;
    if (talk == TALK_NONE || all.n == 0) {
        return;
    }
    x->application = service_answered(talk, all) ? KNOWN_YES : KNOWN_NO;
    if ((talk == TALK_HTTP || talk == TALK_ONVIF) && x->application == KNOWN_YES) {
        http_facts(all, x);
    } else {
        service_banner(all, x->server, sizeof x->server);
    }
}

bool full_refused_alpn(const struct full *f)
{
    enum { NO_APPLICATION_PROTOCOL = 120 };
    return !f->shaken && f->alert == NO_APPLICATION_PROTOCOL && !f->plan.no_alpn;
}

int full_facts(struct full *f, struct tls_facts *facts)
{
    struct full_facts *x = &facts->full;
    const unsigned char *alpn;
    unsigned n;
    if (f->plan.session) {
        if (f->shaken) {
            x->resumption = f->reused ? KNOWN_YES : KNOWN_NO;
        }
        return 0;
    }
    if (f->plan.old) {
        x->old_version = f->shaken ? (uint16_t)SSL_version(f->ssl) : 0;
        return f->shaken ? keep_chain(f, facts) : 0;
    }
    memcpy(x->why, f->why, sizeof x->why);
    client_cert_facts(f, facts);
    x->done = f->shaken ? KNOWN_YES : KNOWN_NO;
    if (!f->shaken) {
        return 0;
    }
    x->version = (uint16_t)SSL_version(f->ssl);
    x->suite = SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(f->ssl));
    x->renegotiation = SSL_get_secure_renegotiation_support(f->ssl) == 1 ? KNOWN_YES : KNOWN_NO;
    SSL_get0_alpn_selected(f->ssl, &alpn, &n);
    if (n && n < sizeof x->alpn) {
        memcpy(x->alpn, alpn, n);
        x->alpn[n] = 0;
    }
    const unsigned char *staple = NULL;
    if (SSL_get_tlsext_status_ocsp_resp(f->ssl, &staple) > 0 && staple) {
        facts->staple = KNOWN_YES;
    } else if (facts->staple == KNOWN_UNTESTED) {
        facts->staple = KNOWN_NO;
    }
    SSL_SESSION *s = SSL_get_session(f->ssl);
    x->early_data = s && SSL_SESSION_get_max_early_data(s) > 0 ? KNOWN_YES : KNOWN_NO;
    talk_facts(f, x);
    return keep_chain(f, facts);
}

struct ssl_session_st *full_session(struct full *f)
{
    SSL_SESSION *s = f->shaken ? SSL_get1_session(f->ssl) : NULL;
    if (s && !SSL_SESSION_is_resumable(s)) {
        SSL_SESSION_free(s);
        return NULL;
    }
    return s;
}

void full_session_free(struct ssl_session_st *s)
{
    SSL_SESSION_free(s);
}

void full_free(struct full *f)
{
    if (f) {
        SSL_free(f->ssl);
        buffer_free(&f->message);
        buffer_free(&f->got);
        mem_free(f);
    }
}
