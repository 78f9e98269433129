/*
 * hello - what is asked of a server and what came back: one probe, one answer; the bytes of both.
 *
 * A probe is a ClientHello (RFC 8446 4.1.2, RFC 5246 7.4.1.2, RFC 6347 4.2.1, SSL 2.0 draft 2.5),
 * an answer is what was read up to the end of the server's first flight. Nothing is decrypted and
 * no key is agreed on: that is full.h.
 */
#ifndef TLS_HELLO_H
#define TLS_HELLO_H

#include "base/buffer.h"
#include "tls/tables.h"

/* Servers exist that break on more suites, and on some lengths (hello_write pads). */
enum { HELLO_SUITES = 121, HELLO_GROUPS = 64, HELLO_COOKIE = 255 };

enum hello_flag {
    HELLO_COMPRESS = 1 << 0, /* offer DEFLATE and LZS too */
    HELLO_SCSV = 1 << 1,     /* TLS_FALLBACK_SCSV, RFC 7507 */
    HELLO_EXTRAS = 1 << 2,   /* extensions whose answers are facts: EMS, EtM, tickets, staple */
    HELLO_PLAIN = 1 << 3,    /* no extension at all */
    HELLO_HEARTBEAT = 1 << 4,
    HELLO_NO_NAME = 1 << 5, /* no SNI even when there is a name */
    HELLO_ALPN = 1 << 6
};

struct probe {
    uint16_t version; /* the only one offered */
    uint16_t suites[HELLO_SUITES];
    size_t suite_count;
    uint16_t groups[HELLO_GROUPS];
    size_t group_count; /* none: no supported_groups */
    unsigned flags;     /* enum hello_flag */
};

/* What belongs to the connection, not to the question. */
struct hello_frame {
    const char *name; /* SNI, or NULL */
    const char *alpn; /* comma-separated, or NULL */
    uint8_t random[32];
    struct span cookie;   /* DTLS, from HelloVerifyRequest */
    uint16_t message_seq; /* DTLS: 0, or 1 with a cookie */
};

/* The random of a scan's n-th hello: another one each time, as devices could know a scanner by one
 * that comes again; the same for the same seed, so that a record can be compared with it. */
int hello_random(const uint8_t seed[32], unsigned number, uint8_t out[32]) WARN_UNUSED;

/* Appends the record(s) of the ClientHello. */
void hello_write(const struct probe *p, const struct hello_frame *frame, struct buffer *out);

/* ---- answers --------------------------------------------------------------------------------- */

enum outcome {
    OUTCOME_NONE, /* nothing yet */
    OUTCOME_HELLO,
    OUTCOME_ALERT,     /* a fatal alert instead of a hello */
    OUTCOME_CLOSED,    /* FIN without an answer */
    OUTCOME_RESET,     /* RST, also when writing */
    OUTCOME_TIMEOUT,   /* connected, no complete answer in time */
    OUTCOME_MALFORMED, /* TLS that breaks the rules; why says which */
    OUTCOME_NOT_TLS,   /* something else speaks there */
    OUTCOME_REFUSED,   /* no connection: refused */
    OUTCOME_UNREACHED, /* no connection: no answer, no route */
    OUTCOME_STARTTLS   /* the plain part of the dialogue did not lead to TLS */
};

enum { ANSWER_CERTS = 16, ANSWER_WHY = 96 };

/* Extensions a server answered with. */
enum answer_ext {
    EXT_NAME = 1 << 0,
    EXT_EMS = 1 << 1,
    EXT_ETM = 1 << 2,
    EXT_TICKET = 1 << 3,
    EXT_STATUS = 1 << 4,
    EXT_HEARTBEAT = 1 << 5,
    EXT_RENEGOTIATION = 1 << 6,
    EXT_ALPN = 1 << 7,
    EXT_POINTS = 1 << 8,
    EXT_UNASKED = 1 << 9 /* one that was not offered */
};

struct answer {
    enum outcome outcome;
    char why[ANSWER_WHY]; /* one clause in English, for what went wrong */
    uint8_t alert;
    uint16_t record_version, version, suite;
    bool retry_request; /* TLS 1.3 HelloRetryRequest */
    uint16_t group;     /* of the HRR or the ECDHE parameters; 0: none */
    uint8_t compression;
    uint8_t random[32];
    bool session_id, secure_renegotiation;
    unsigned extensions; /* enum answer_ext */
    char alpn[32];
    struct span certs[ANSWER_CERTS]; /* DER, leaf first; into the reader's memory */
    size_t cert_count;
    bool explicit_curve;
    struct span dh_prime, dh_generator, dh_public, ec_point;
    uint16_t dh_group; /* the prime is that of this group (RFC 7919); 0: of none */
    uint16_t scheme;   /* signature of the key exchange, TLS 1.2 */
    bool client_cert;
    size_t client_cas;
    bool staple, finished; /* finished: the flight is complete */
    uint32_t suites2[16];  /* SSL 2.0 */
    size_t suite2_count;
};

const char *outcome_name(enum outcome o);

/* ---- reading --------------------------------------------------------------------------------- */

enum {
    READER_MAX = 160 * 1024,      /* bytes of one answer */
    READER_RECORDS = 4096,        /* of one answer */
    READER_MESSAGE = 128 * 1024,  /* one handshake message */
    READER_MESSAGES = 32,         /* of one flight */
    READER_DATAGRAM_PARTS = 1024, /* fragments of one flight */
    READER_WARNINGS = 16
};

struct reader {
    const struct probe *probe;
    struct buffer raw;   /* as received, records and all; what transcripts keep */
    struct buffer hands; /* handshake messages without record headers */
    size_t raw_next, hands_next;
    size_t records, messages, warnings, parts;
    uint16_t next_seq; /* DTLS: the message wanted next */
    struct {
        size_t size, have;
        uint8_t type;
        bool open;
    } part;
    bool alert_half; /* its first octet came in a record of its own: */
    uint8_t alert_level;
    struct span cookie; /* DTLS: a HelloVerifyRequest asks for it; into raw */
    bool closed;        /* nothing more can change the answer */
    struct answer answer;
};

/* Once, then a start for each probe: the memory is used again. */
void reader_init(struct reader *r);
void reader_start(struct reader *r, const struct probe *p);
void reader_free(struct reader *r);

/* Takes bytes from the stream, or one datagram. Returns true when the answer is complete. */
bool reader_take(struct reader *r, struct span bytes);

/* The stream ended (or time is over): what is there is what it is. */
void reader_end(struct reader *r, enum outcome how);

/* hello_read.c: one handshake message (body without its header) into the answer. */
void answer_message(struct reader *r, uint8_t type, struct span body);

/* Ends the reading with OUTCOME_MALFORMED. */
void reader_broken(struct reader *r, const char *why);

#endif
