/*
 * client_hello - what a client says first: read from its records, whatever it is.
 *
 * ClientHello of SSL 3.0 to TLS 1.3 (RFC 8446 4.1.2, RFC 5246 7.4.1.2), the form of SSL 2.0 (RFC
 * 5246 E.2, draft-hickman-netscape-ssl-00 2.5). A hello that a TLS library would refuse is read
 * too. What is not checked: whether the client makes sense; that is for whoever judges it.
 */
#ifndef TLS_CLIENT_HELLO_H
#define TLS_CLIENT_HELLO_H

#include "base/buffer.h"
#include "tls/tables.h"

enum {
    CLIENT_HELLO_MAX = 64 * 1024, /* octets of the message */
    CLIENT_HELLO_RECORDS = 2048,  /* it may be cut into */
    CLIENT_HELLO_EXTENSIONS = 128,
    CLIENT_NAME = 256
};

enum client_flag {
    CLIENT_EMS = 1 << 0,
    CLIENT_ETM = 1 << 1,
    CLIENT_TICKET = 1 << 2, /* brings a session ticket */
    CLIENT_PSK = 1 << 3,    /* offers a pre-shared key: a resumption, mostly */
    CLIENT_EARLY_DATA = 1 << 4,
    CLIENT_STAPLE = 1 << 5, /* wants an OCSP response */
    CLIENT_RENEGOTIATION = 1 << 6,
    CLIENT_FALLBACK = 1 << 7, /* TLS_FALLBACK_SCSV */
    CLIENT_COMPRESSION = 1 << 8,
    CLIENT_GREASE = 1 << 9,
    CLIENT_HEARTBEAT = 1 << 10,
    CLIENT_SESSION = 1 << 11 /* names a session; a TLS 1.3 client always does */
};

struct client_hello {
    bool ssl2;
    uint16_t record_version, version; /* as in the hello */
    uint16_t highest;                 /* the highest it offers, supported_versions included */
    unsigned flags;                   /* enum client_flag */
    char name[CLIENT_NAME];           /* SNI; "" when there is none */
    bool odd_name;                    /* the SNI is no host name: not kept */
    /* Lists of 16-bit numbers as they came, GREASE included; into the message. */
    struct span suites, groups, schemes, versions, shares;
    struct span compressions, points, alpn;       /* alpn: names with a length octet each */
    uint16_t extensions[CLIENT_HELLO_EXTENSIONS]; /* the first ones, in their order */
    size_t extension_count;
    uint8_t random[32];
};

/* Reads the body of a ClientHello message (TLS). False, and a clause in *why, when it is none. */
bool client_hello_parse(struct span body, struct client_hello *out, const char **why) WARN_UNUSED;

/* ---- the stream ------------------------------------------------------------------------------ */

enum client_reading {
    CLIENT_MORE,  /* more must come */
    CLIENT_HELLO, /* the hello is there */
    CLIENT_PLAIN, /* it is not TLS that is spoken */
    CLIENT_BROKEN /* TLS, but no hello: why says what is wrong */
};

struct client_reader {
    struct buffer raw;     /* every octet that came */
    struct buffer message; /* the hello with its 4-octet head (SSL 2.0: without the record's) */
    size_t next, records;
    enum client_reading state;
    const char *why;
    struct client_hello hello;
};

void client_reader_init(struct client_reader *r);
void client_reader_free(struct client_reader *r);

/* Takes bytes until the state is no longer CLIENT_MORE; what comes later is not taken. */
enum client_reading client_reader_take(struct client_reader *r, struct span bytes);

/* The message as client_reader keeps it, again. False when it is no hello. */
bool client_hello_again(struct span message, bool ssl2, struct client_hello *out) WARN_UNUSED;

/* ---- looking at it --------------------------------------------------------------------------- */

static inline size_t client_count(struct span list)
{
    return list.n / 2;
}

static inline uint16_t client_at(struct span list, size_t i)
{
    return (uint16_t)(list.p[2 * i] << 8 | list.p[2 * i + 1]);
}

/* RFC 8701: numbers that mean nothing. */
static inline bool client_grease(uint16_t n)
{
    return (n & 0x0f0f) == 0x0a0a && n >> 8 == (n & 0xff);
}

bool client_lists(struct span list, uint16_t number);
bool client_has_extension(const struct client_hello *h, uint16_t type);

/* True when the hello allows an answer of this version. */
bool client_offers_version(const struct client_hello *h, uint16_t version);

/* The protocol to choose of those offered: the first that is not HTTP/2, else the first; empty
 * span when none is offered. */
struct span client_alpn_choice(const struct client_hello *h);

/* ---- fingerprints ---------------------------------------------------------------------------- */

enum { JA3_TEXT = 4096, JA3_HASH = 33, JA4_TEXT = 40 };

/* JA3: the MD5 in hexadecimal, "" when there is none; JA4: the client form of FoxIO's. */
void client_ja3(const struct client_hello *h, char out[JA3_HASH]);
void client_ja4(const struct client_hello *h, char out[JA4_TEXT]);

#endif
