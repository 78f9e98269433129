/*
 * main - satyapan-keyd: holds one private key and answers only "sign this" (keys/wire.h).
 *
 * Its standard input is the socket of the program that started it. It has no other input, keeps no
 * file, dumps no core, and ends when that program does. Vendors' modules speak to their own daemons
 * and devices, so that it cannot be locked into the sandbox of the verifier; that is why it reads
 * nothing but short messages.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "keys/keyd/holder.h"
#include "net/fetch_wire.h"

enum keys_result holder_fail(char *why, enum keys_result r, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(why, KEYS_WHY, format, ap);
    va_end(ap);
    return r;
}

/* ---- the PIN --------------------------------------------------------------------------------- */

/* The first line, without its end. */
static bool read_line(int fd, struct pin *out)
{
    char text[PIN_MAX + 1];
    size_t n = 0;
    ssize_t got;
    while (n < sizeof text && (got = read(fd, text + n, sizeof text - n)) > 0) {
        n += (size_t)got;
        if (memchr(text, '\n', n)) {
            break;
        }
    }
    const char *end = memchr(text, '\n', n);
    size_t size = end ? (size_t)(end - text) : n;
    size -= size > 0 && text[size - 1] == '\r';
    bool good = size < PIN_MAX;
    out->size = good ? size : 0;
    memcpy(out->text, text, out->size);
    out->text[out->size] = 0;
    OPENSSL_cleanse(text, sizeof text);
    return good;
}

static bool ask_terminal(const char *uri, struct pin *out)
{
    struct termios before, quiet;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || tcgetattr(fd, &before) != 0) {
        (void)(fd >= 0 && close(fd));
        return false;
    }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    (void)dprintf(fd, "PIN or password of %s: ", uri);
    (void)tcsetattr(fd, TCSAFLUSH, &quiet);
    bool good = read_line(fd, out);
    (void)tcsetattr(fd, TCSAFLUSH, &before);
    (void)dprintf(fd, "\n");
    (void)close(fd);
    return good;
}

static bool get_pin(const struct keys_wire_open *o, int fd, struct pin *out)
{
    *out = (struct pin){.size = 0};
    return fd >= 0 ? read_line(fd, out) : !o->prompt || ask_terminal(o->uri, out);
}

/* ---- opening --------------------------------------------------------------------------------- */

static enum keys_result algorithm_of(EVP_PKEY *key, uint32_t *out, char *why)
{
    int bits = key ? EVP_PKEY_get_bits(key) : 0;
    switch (key ? EVP_PKEY_get_base_id(key) : 0) {
    case EVP_PKEY_RSA:
        *out = KEYS_RSA;
        return bits >= 2048
                   ? KEYS_OK
                   : holder_fail(why, KEYS_UNSUITED,
                                 "the RSA key has %d bits; at least 2048 are needed", bits);
    case EVP_PKEY_EC:
        *out = bits == 256 ? KEYS_EC_P256 : KEYS_EC_P384;
        return bits == 256 || bits == 384
                   ? KEYS_OK
                   : holder_fail(why, KEYS_UNSUITED, "the curve of the key is not P-256 or P-384");
    case EVP_PKEY_ED25519:
        *out = KEYS_ED25519;
        return KEYS_OK;
    default:
        return holder_fail(why, KEYS_UNSUITED, "the certificate's key is not RSA, EC or Ed25519");
    }
}

static bool put(struct keys_wire_ready *r, size_t *at, X509 *x)
{
    int n = i2d_X509(x, NULL);
    unsigned char *p = r->certs + *at;
    if (r->count == KEYS_CHAIN_MAX || n <= 0 || (size_t)n > sizeof r->certs - *at) {
        return false;
    }
    r->sizes[r->count++] = (uint32_t)i2d_X509(x, &p);
    *at += (size_t)n;
    return true;
}

/* The certificate, then from those beside it the one that issued the last, as long as there is
 * one. */
static bool put_chain(const struct holder *h, struct keys_wire_ready *r)
{
    size_t at = 0;
    X509 *last = h->certificate;
    bool more = put(r, &at, last), good = more;
    while (more && X509_check_issued(last, last) != X509_V_OK) {
        more = false;
        for (int i = 0; i < sk_X509_num(h->others) && !more; i++) {
            X509 *x = sk_X509_value(h->others, i);
            if (X509_check_issued(x, last) == X509_V_OK && X509_cmp(x, last) != 0) {
                more = put(r, &at, x);
                last = x;
            }
        }
    }
    return good;
}

/* In the place of a certificate: the public key of a register as text. */
static enum keys_result put_vkey(struct keys_wire_ready *r)
{
    struct buffer b;
    buffer_init(&b, sizeof r->certs);
    bool good = seed_vkey(&b) == 0 && buffer_ok(&b);
    if (good) {
        memcpy(r->certs, b.p, b.n);
        r->sizes[0] = (uint32_t)b.n;
        r->count = 1;
        r->algorithm = KEYS_ED25519;
    }
    buffer_free(&b);
    return good ? KEYS_OK : holder_fail(r->why, KEYS_FAILED, "memory ran out");
}

static enum keys_result open_key(const struct keys_wire_open *o, int pin_fd, struct holder *h,
                                 struct keys_wire_ready *r)
{
    struct key_uri uri;
    struct pin pin;
    const char *wrong;
    if (!key_uri_parse(o->uri, &uri, &wrong)) {
        return holder_fail(r->why, KEYS_NOT_FOUND, "the key's name: %s", wrong);
    }
    if (uri.seed) {
        enum keys_result s = seed_open(uri.path, uri.origin[0] ? uri.origin : NULL, h, r->why);
        return s == KEYS_OK ? put_vkey(r) : s;
    }
    if (!get_pin(o, pin_fd, &pin)) {
        return holder_fail(r->why, KEYS_WRONG_PIN,
                           "no PIN could be read; give --pin-file or use a terminal");
    }
    enum keys_result k =
        uri.file ? file_open(&uri, &pin, h, r->why) : token_open(&uri, &pin, h, r->why);
    OPENSSL_cleanse(&pin, sizeof pin);
    if (k) {
        return k;
    }
    h->public_key = X509_get0_pubkey(h->certificate);
    k = algorithm_of(h->public_key, &r->algorithm, r->why);
    (void)snprintf(r->token, sizeof r->token, "%s", h->token);
    if (k == KEYS_OK && !put_chain(h, r)) {
        k = holder_fail(r->why, KEYS_FAILED, "the certificate is too large");
    }
    return k;
}

/* ---- signing --------------------------------------------------------------------------------- */

static const EVP_MD *digest_of(EVP_PKEY *key)
{
    int id = EVP_PKEY_get_base_id(key);
    return id == EVP_PKEY_ED25519                              ? NULL
           : id == EVP_PKEY_EC && EVP_PKEY_get_bits(key) > 256 ? EVP_sha384()
                                                               : EVP_sha256();
}

static enum keys_result file_sign(const struct holder *h, struct span bytes, uint8_t *out,
                                  size_t *size, char *why)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    *size = KEYS_SIGNATURE_MAX;
    bool ok = c && EVP_DigestSignInit(c, NULL, digest_of(h->file_key), NULL, h->file_key) == 1 &&
              EVP_DigestSign(c, out, size, bytes.p, bytes.n) == 1;
    EVP_MD_CTX_free(c);
    return ok ? KEYS_OK : holder_fail(why, KEYS_FAILED, "libcrypto could not sign");
}

/* It verifies with the certificate: nothing else leaves the process. */
static bool verifies(const struct holder *h, struct span bytes, const uint8_t *p, size_t n)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool ok = c &&
              EVP_DigestVerifyInit(c, NULL, digest_of(h->public_key), NULL, h->public_key) == 1 &&
              EVP_DigestVerify(c, p, n, bytes.p, bytes.n) == 1;
    EVP_MD_CTX_free(c);
    ERR_clear_error();
    return ok;
}

static void answer(const struct holder *h, struct span bytes, struct keys_wire_answer *a)
{
    size_t n = 0;
    enum keys_result r = h->seed ? seed_allows(bytes, a->why) : KEYS_OK;
    if (r != KEYS_OK) {
        a->result = (uint32_t)r;
        return;
    }
    r = h->file_key ? file_sign(h, bytes, a->signature, &n, a->why)
                    : token_sign(h->token_key, h->public_key, bytes, a->signature, &n, a->why);
    if (r == KEYS_OK && !verifies(h, bytes, a->signature, n)) {
        r = holder_fail(
            a->why, KEYS_UNSUITED,
            "the key does not belong to the certificate: its signature does not verify");
    }
    a->result = (uint32_t)r;
    a->size = r == KEYS_OK ? (uint32_t)n : 0;
}

/* ---- the process ----------------------------------------------------------------------------- */

static bool wait_for(int socket)
{
    struct pollfd p = {.fd = socket, .events = POLLIN};
    while (poll(&p, 1, -1) < 0) {
    }
    return true;
}

static int serve(const struct holder *h)
{
    static struct keys_wire_ask ask;
    static struct keys_wire_answer a;
    while (wait_for(STDIN_FILENO)) {
        int fd;
        ssize_t n = fetch_wire_receive(STDIN_FILENO, &ask, sizeof ask, &fd);
        if (fd >= 0) {
            (void)close(fd);
        }
        if (n <= 0) {
            return EX_OK;
        }
        size_t head = offsetof(struct keys_wire_ask, bytes);
        if ((size_t)n < head || ask.magic != KEYS_WIRE_MAGIC || ask.size != (size_t)n - head) {
            return EX_PROTOCOL;
        }
        a = (struct keys_wire_answer){.magic = KEYS_WIRE_MAGIC};
        answer(h, span_make(ask.bytes, ask.size), &a);
        if (fetch_wire_send(STDIN_FILENO, &a, sizeof a, -1) != 0) {
            return EX_OK;
        }
    }
    return EX_OK;
}

static void lock_down(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)mlockall(MCL_CURRENT); /* where the limits allow it: the key is not swapped out */
}

int main(void)
{
    static struct keys_wire_open o;
    static struct keys_wire_ready ready;
    struct holder h = {.certificate = NULL};
    int pin = -1;
    lock_down();
    (void)wait_for(STDIN_FILENO);
    ssize_t n = fetch_wire_receive(STDIN_FILENO, &o, sizeof o, &pin);
    if (n != sizeof o || o.magic != KEYS_WIRE_MAGIC || !memchr(o.uri, 0, sizeof o.uri)) {
        return EX_PROTOCOL;
    }
    ready.magic = KEYS_WIRE_MAGIC;
    ready.result = (uint32_t)open_key(&o, pin, &h, &ready);
    if (pin >= 0) {
        (void)close(pin);
    }
    int rc = fetch_wire_send(STDIN_FILENO, &ready, sizeof ready, -1) != 0 ? EX_IOERR
             : ready.result == KEYS_OK                                    ? serve(&h)
                                                                          : EX_NOUSER;
    token_close(h.token_key);
    EVP_PKEY_free(h.file_key);
    X509_free(h.certificate);
    sk_X509_pop_free(h.others, X509_free);
    return rc;
}
