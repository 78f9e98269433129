/*
 * facts - what is known about one TLS service: every fact with how it is known, no judgement.
 *
 * facts_note takes what one answer shows; the plan says what the answers together mean. Findings
 * and requirements (checks.h, policy.h) are worked out from this alone, so that a newer policy can
 * judge again without the device.
 */
#ifndef TLS_FACTS_H
#define TLS_FACTS_H

#include "base/arena.h"
#include "tls/hello.h"

enum known { KNOWN_UNTESTED, KNOWN_NO, KNOWN_YES, KNOWN_UNSURE };

enum { FACTS_SUITES = 400, FACTS_CHAINS = 4, FACTS_POINTS = 16, FACTS_HOW = 64, VERSIONS = 8 };

/* One version of the protocol. */
struct version_facts {
    uint16_t version;
    enum known state;
    char how[FACTS_HOW]; /* of a "no" or "unsure": the alert, "closed", ... */
    uint16_t suites[FACTS_SUITES];
    size_t count;
    bool complete; /* every suite of the table was offered */
    bool soft;     /* a "no" in it was a closed or reset connection */
    bool again;    /* ... before it was known that connections get lost */
    bool sure;     /* of a "no": the device answered something good after it */
    uint16_t seen; /* a suite of it that came when another version was asked for; 0: none */
};

enum suite_order { ORDER_UNKNOWN, ORDER_SERVER, ORDER_CLIENT };

enum client_cert {
    CLIENT_CERT_UNKNOWN,
    CLIENT_CERT_NONE,
    CLIENT_CERT_REQUESTED,
    CLIENT_CERT_REQUIRED
};

/* A chain as the server sent it, leaf first. */
struct chain_facts {
    struct span certs[ANSWER_CERTS];
    size_t count;
};

/* What the complete handshake of OpenSSL showed. */
struct full_facts {
    enum known done; /* no: why says what was in the way */
    char why[ANSWER_WHY];
    uint16_t version, suite;
    uint16_t old_version; /* TLS 1.1 or 1.0, when a client that offers no newer one gets it */
    enum known resumption, early_data, renegotiation, http_plain_alert;
    char alpn[32];
    int http_status; /* 0: no HTTP */
    bool hsts, csp, frame_options, nosniff;
    char server[96];        /* Server header or banner */
    enum known application; /* it answered the first message of its protocol */
};

struct tls_facts {
    struct arena *arena;
    struct version_facts versions[VERSIONS];
    size_t version_count;
    uint32_t suites2[16];
    size_t suite2_count;
    enum suite_order order;
    uint16_t groups[HELLO_GROUPS];
    size_t group_count;
    bool groups_complete;
    enum known compression, fallback_scsv, secure_renegotiation, ems, etm, tickets, staple,
        heartbeat, srp;
    enum known sentinel; /* RFC 8446 4.1.3, in the hello of a lower version */
    uint8_t compression_method;
    enum client_cert client_cert;
    char alpn[32];
    uint16_t dh_group;   /* the first prime that was an offered group (RFC 7919); 0: none */
    unsigned dh_bits;    /* the smallest prime seen; 0: no DHE */
    const char *dh_name; /* of a well-known prime, else NULL */
    struct span dh_prime;
    bool dh_reused, ec_reused, explicit_curve, session_id;
    struct span points[FACTS_POINTS]; /* public values seen, to notice a second use */
    uint16_t point_groups[FACTS_POINTS];
    size_t point_count;
    struct chain_facts chains[FACTS_CHAINS];
    size_t chain_count;
    bool unoffered_suite, unoffered_version, unasked_extension, size_intolerant, name_refused,
        name_wanted, lossy, sha1_exchange, confirmed;
    bool old_form;           /* a hello of an old client got what was refused before */
    bool changing, nameless; /* the same hello was not always answered alike; not without a name */
    uint16_t first, later;   /* of the one and the other time; later 0: refused */
    enum known provoked[5];  /* enum provocation; untested without --intrusive */
    struct full_facts full;
};

void facts_init(struct tls_facts *f, struct arena *a, bool datagram);

/* The row of a version; NULL when there is none. */
struct version_facts *facts_version(struct tls_facts *f, uint16_t version);

/* Takes what a hello shows, whatever it was asked for. Returns 0, or -1 when memory is out. */
int facts_note(struct tls_facts *f, const struct probe *p, const struct answer *a) WARN_UNUSED;

/* Adds a group unless it is there. */
void facts_group(struct tls_facts *f, uint16_t group);

/* Adds a chain unless it is known. Returns 0 or -1. */
int facts_chain(struct tls_facts *f, const struct span *certs, size_t count) WARN_UNUSED;

/* "yes", "no", "inconclusive", "not-tested". */
const char *known_name(enum known k);

/* The highest version that is there; 0: none. */
uint16_t facts_highest(const struct tls_facts *f);

static inline bool version_has(const struct version_facts *v, uint16_t suite)
{
    for (size_t i = 0; i < v->count; i++) {
        if (v->suites[i] == suite) {
            return true;
        }
    }
    return false;
}

#endif
