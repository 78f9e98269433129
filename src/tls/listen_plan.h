/*
 * listen_plan - what a client is shown next, and what its answers together mean.
 *
 * A client is one program of a device: an address, the port it wanted and the name it asked for.
 * Pure: no socket, no clock, so a stored record is judged by the same code. The rules:
 *   - a control case (a good server) comes first and again between the others;
 *   - "accepted" is what a client did, whatever else happened;
 *   - "rejected" counts when the same client program sent data to the good server, and when it
 *     rejected without an alert, only if the good server worked again later;
 *   - everything else is inconclusive.
 */
#ifndef TLS_LISTEN_PLAN_H
#define TLS_LISTEN_PLAN_H

#include "tls/listen_case.h"

/* How one connection ended. */
enum attempt_end {
    END_OPEN,     /* it has not yet */
    END_ACCEPT,   /* the first message of its protocol came (own flight: its key exchange) */
    END_ALERT,    /* an alert instead of the rest of the handshake */
    END_CLOSED,   /* FIN or RST instead of the rest of the handshake */
    END_AFTER,    /* the handshake was completed, then closed without data */
    END_SILENT,   /* nothing more came in time */
    END_REFUSED,  /* we refused, as the case says */
    END_NO_COMMON /* we and the client have nothing in common, or what it sent is no TLS */
};

enum first_pdu {
    PDU_NONE,
    PDU_HTTP,
    PDU_HTTP2,
    PDU_MQTT,
    PDU_SMTP,
    PDU_RTSP,
    PDU_RAW /* data of a protocol that is not known */
};

/* PLAN_MESSAGE: octets of a hello that is kept. */
enum {
    PLAN_ATTEMPTS = 512,
    PLAN_PRINTS = 8,
    PLAN_MESSAGE = 16384,
    PLAN_NAME = CLIENT_NAME,
    PLAN_REASON = 96
};

struct attempt {
    uint16_t row;  /* of the case list */
    uint8_t print; /* which hello */
    uint8_t alert; /* with END_ALERT and END_AFTER; 0: none */
    enum attempt_end end;
    enum first_pdu pdu;
    uint16_t version, suite;
    bool shaken; /* the handshake was completed */
    int64_t time;
};

/* One kind of hello of a client. */
struct hello_print {
    char ja3[JA3_HASH], ja4[JA4_TEXT];
    struct span message; /* in the arena: the first hello of this kind */
    bool ssl2;
    struct client_hello hello; /* its spans lie in message */
    size_t seen;
};

struct listen_client {
    struct arena *arena;
    const char *ip;
    uint16_t port;
    const char *name; /* SNI, or "" */
    bool starttls, named;
    struct hello_print prints[PLAN_PRINTS];
    size_t print_count;
    struct attempt attempts[PLAN_ATTEMPTS];
    size_t attempt_count;
    uint32_t fits[(CASES_MAX + 31) / 32]; /* cases that some hello of it had what they need for */
    uint16_t highest, lowest;             /* offered by its hellos */
    size_t hellos, plain, broken, other_prints;
    enum first_pdu plain_pdu;
    struct span certificate; /* the device's own, DER; absent: none was shown */
    int64_t first, last;
};

struct plan_options {
    unsigned repeat; /* how often a case is seen before it counts as settled */
    size_t first;    /* the case that a client is shown first; SIZE_MAX: the good server */
};

/* Notes a hello; message is copied. Returns its print (PLAN_PRINTS: too many kinds), -1 when memory
 * is out. */
int plan_hello(struct listen_client *c, const struct case_list *cases, const struct client_hello *h,
               struct span message) WARN_UNUSED;

/* The case for this hello, and its attempt in *attempt (NULL: too many to keep). */
size_t plan_case(struct listen_client *c, const struct case_list *cases,
                 const struct plan_options *o, const struct client_hello *h, int print, int64_t now,
                 struct attempt **attempt);

/* A case without TLS that is due, before any hello, and its attempt; cases->count: none is. */
size_t plan_mail(struct listen_client *c, const struct case_list *cases,
                 const struct plan_options *o, int64_t now, struct attempt **attempt);

/* Every case is settled that can be. */
bool plan_complete(const struct listen_client *c, const struct case_list *cases,
                   const struct plan_options *o);

/* How many connections of those that settle everything were seen, and how many there are. */
void plan_progress(const struct listen_client *c, const struct case_list *cases,
                   const struct plan_options *o, size_t *settled, size_t *all);

/* ---- verdicts -------------------------------------------------------------------------------- */

enum case_verdict {
    SEEN_ACCEPT,
    SEEN_REJECT,
    SEEN_REJECT_AFTER,
    SEEN_NOT_OFFERED,   /* its hellos rule it out */
    SEEN_NO_CONNECTION, /* it did not come for it */
    SEEN_INCONCLUSIVE,
    SEEN_NOT_TESTED /* means nothing for this client */
};

struct case_result {
    const struct listen_case *row;
    enum case_verdict verdict;
    char why[PLAN_REASON]; /* of an inconclusive one; of the others what was seen, or "" */
    unsigned accepted, rejected, silent;
    uint8_t alert; /* the last one */
    bool mixed;
};

void plan_result(const struct listen_client *c, const struct case_list *cases, size_t row,
                 struct case_result *out);

/* The good server got data from this client. */
bool plan_controlled(const struct listen_client *c, const struct case_list *cases);

const char *verdict_name(enum case_verdict v);
const char *attempt_end_name(enum attempt_end e);
const char *first_pdu_name(enum first_pdu p);

#endif
