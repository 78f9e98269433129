/*
 * listen_side - see listen_side.h.
 */
#include "tls/listen_side.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/mem.h"

enum { DATA_MAX = 4096, READ_ROUNDS = 64 };

struct side {
    SSL *ssl;
    BIO *in, *out; /* the SSL's */
    enum side_state state;
    struct buffer data;
    bool shaken;
    int alert; /* received; -1: none */
    uint8_t alpn[256];
    size_t alpn_size;
};

static SSL_CTX *server;

static void note_alert(const SSL *ssl, int where, int code)
{
    struct side *s = SSL_get_app_data(ssl);
    if ((where & SSL_CB_ALERT) && (where & SSL_CB_READ)) {
        s->alert = code & 0xff;
    }
}

/* Whatever the device shows is taken down, not judged: no path is built here. */
static int take_certificate(X509_STORE_CTX *ctx, void *arg)
{
    (void)ctx;
    (void)arg;
    return 1;
}

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *n,
                       const unsigned char *in, unsigned in_size, void *arg)
{
    const struct side *s = SSL_get_app_data(ssl);
    (void)in;
    (void)in_size;
    (void)arg;
    if (s->alpn_size == 0) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *out = s->alpn;
    *n = (unsigned char)s->alpn_size;
    return SSL_TLSEXT_ERR_OK;
}

/* The response was given to the SSL with side_new. */
static int give_staple(SSL *ssl, void *arg)
{
    const unsigned char *response;
    (void)arg;
    return SSL_get_tlsext_status_ocsp_resp(ssl, &response) > 0 ? SSL_TLSEXT_ERR_OK
                                                               : SSL_TLSEXT_ERR_NOACK;
}

int side_setup(void)
{
    server = SSL_CTX_new(TLS_server_method());
    if (!server) {
        return -1;
    }
    SSL_CTX_set_security_level(server, 0);
    (void)SSL_CTX_set_options(server, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                          SSL_OP_CIPHER_SERVER_PREFERENCE |
                                          SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(server, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_info_callback(server, note_alert);
    SSL_CTX_set_cert_verify_callback(server, take_certificate, NULL);
    SSL_CTX_set_alpn_select_cb(server, choose_alpn, NULL);
    SSL_CTX_set_tlsext_status_cb(server, give_staple);
    SSL_CTX_set_max_cert_list(server, 64 * 1024);
    SSL_CTX_set_dh_auto(server, 1);
    if (SSL_CTX_set_num_tickets(server, 0) != 1 ||
        SSL_CTX_set_cipher_list(server, "DEFAULT:@SECLEVEL=0") != 1 ||
        SSL_CTX_set_min_proto_version(server, TLS1_VERSION) != 1 ||
        SSL_CTX_set_session_id_context(server, (const unsigned char *)"listen", 6) != 1) {
        side_cleanup();
        return -1;
    }
    return 0;
}

void side_cleanup(void)
{
    SSL_CTX_free(server);
    server = NULL;
}

/* ---- making one ------------------------------------------------------------------------------ */

static int set_certificate(SSL *ssl, const struct minted *m)
{
    if (SSL_use_certificate(ssl, m->chain[0]) != 1 || SSL_use_PrivateKey(ssl, m->key) != 1) {
        return -1;
    }
    for (size_t i = 1; i < m->count; i++) {
        if (SSL_add1_chain_cert(ssl, m->chain[i]) != 1) {
            return -1;
        }
    }
    if (m->staple) {
        uint8_t *copy = OPENSSL_memdup(m->staple, (size_t)m->staple_size);
        if (!copy || SSL_set_tlsext_status_ocsp_resp(ssl, copy, m->staple_size) != 1) {
            OPENSSL_free(copy);
            return -1;
        }
    }
    return 0;
}

static int set_up(struct side *s, const struct side_order *o)
{
    SSL *ssl = s->ssl;
    struct span alpn = client_alpn_choice(o->hello);
    s->in = BIO_new(BIO_s_mem());
    s->out = BIO_new(BIO_s_mem());
    if (!s->in || !s->out) {
        BIO_free(s->in);
        BIO_free(s->out);
        return -1;
    }
    (void)BIO_set_mem_eof_return(s->in, -1);
    (void)BIO_set_mem_eof_return(s->out, -1);
    SSL_set_bio(ssl, s->in, s->out);
    SSL_set_app_data(ssl, s);
    SSL_set_accept_state(ssl);
    if (alpn.n && alpn.n < sizeof s->alpn) {
        memcpy(s->alpn, alpn.p, alpn.n);
        s->alpn_size = alpn.n;
    }
    if (o->row->ask) {
        SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    }
    if ((o->row->most && SSL_set_max_proto_version(ssl, o->row->most) != 1) ||
        (o->row->least && SSL_set_min_proto_version(ssl, o->row->least) != 1)) {
        return -1;
    }
    return set_certificate(ssl, o->cert);
}

struct side *side_new(const struct side_order *order)
{
    struct side *s = mem_zalloc(sizeof *s);
    if (!s) {
        return NULL;
    }
    buffer_init(&s->data, DATA_MAX);
    s->alert = -1;
    s->ssl = SSL_new(server);
    if (!s->ssl || set_up(s, order) < 0) {
        side_free(s);
        return NULL;
    }
    return s;
}

void side_free(struct side *s)
{
    if (s) {
        SSL_free(s->ssl);
        buffer_free(&s->data);
        mem_free(s);
    }
}

/* ---- going on -------------------------------------------------------------------------------- */

/* A call of OpenSSL did not succeed: wait, or the end. */
static bool is_over(struct side *s, int n)
{
    int error = SSL_get_error(s->ssl, n);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        return false;
    }
    if (s->state != SIDE_DATA) {
        s->state = s->alert >= 0 || error == SSL_ERROR_ZERO_RETURN ? SIDE_ALERT : SIDE_BROKEN;
    }
    return true;
}

static void read_data(struct side *s)
{
    uint8_t bytes[2048];
    for (int i = 0; i < READ_ROUNDS; i++) {
        ERR_clear_error();
        int n = SSL_read(s->ssl, bytes, sizeof bytes);
        if (n <= 0) {
            (void)is_over(s, n);
            return;
        }
        size_t room = DATA_MAX - s->data.n;
        buffer_add(&s->data, span_make(bytes, (size_t)n < room ? (size_t)n : room));
        s->state = SIDE_DATA;
    }
}

enum side_state side_take(struct side *s, struct span bytes)
{
    while (bytes.n &&
           (s->state == SIDE_SHAKING || s->state == SIDE_SHAKEN || s->state == SIDE_DATA)) {
        struct span part = span_sub(bytes, 0, 16384);
        if (BIO_write(s->in, part.p, (int)part.n) != (int)part.n) {
            s->state = SIDE_BROKEN;
            break;
        }
        bytes = span_sub(bytes, part.n, bytes.n);
        if (!s->shaken) {
            ERR_clear_error();
            int n = SSL_do_handshake(s->ssl);
            if (n != 1) {
                if (is_over(s, n)) {
                    break;
                }
                continue;
            }
            s->shaken = true;
            s->state = SIDE_SHAKEN;
        }
        read_data(s);
    }
    ERR_clear_error();
    return s->state;
}

void side_output(struct side *s, struct buffer *out)
{
    uint8_t bytes[4096];
    int n;
    while ((n = BIO_read(s->out, bytes, sizeof bytes)) > 0) {
        buffer_add(out, span_make(bytes, (size_t)n));
    }
}

void side_say(struct side *s, struct span bytes)
{
    if (s->shaken && bytes.n) {
        (void)SSL_write(s->ssl, bytes.p, (int)bytes.n);
    }
    ERR_clear_error();
}

void side_end(struct side *s)
{
    if (s->shaken) {
        (void)SSL_shutdown(s->ssl);
    }
    ERR_clear_error();
}

/* ---- what is known --------------------------------------------------------------------------- */

struct span side_data(const struct side *s)
{
    return buffer_span(&s->data);
}

uint8_t side_alert(const struct side *s)
{
    return (uint8_t)(s->alert > 0 ? s->alert : 0);
}

bool side_shaken(const struct side *s)
{
    return s->shaken;
}

uint16_t side_version(const struct side *s)
{
    return (uint16_t)SSL_version(s->ssl);
}

uint16_t side_suite(const struct side *s)
{
    const SSL_CIPHER *c = SSL_get_current_cipher(s->ssl);
    return c ? SSL_CIPHER_get_protocol_id(c) : 0;
}

int side_certificate(const struct side *s, uint8_t **der)
{
    X509 *x = SSL_get1_peer_certificate(s->ssl);
    int n = x ? i2d_X509(x, der) : 0;
    X509_free(x);
    return n > 0 ? n : 0;
}
