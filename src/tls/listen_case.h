/*
 * listen_case - what a device that connects is shown: one case a row, each a file's data.
 *
 * listen_cases.json is built in; --cases names another one of the same form. A row says how the
 * certificate differs from a good one (twists), which versions and suites are served, what a sound
 * client does (expect) and which finding it is when it does not. Which requirement that breaks is
 * policy (policy.json).
 */
#ifndef TLS_LISTEN_CASE_H
#define TLS_LISTEN_CASE_H

#include "tls/checks.h"
#include "tls/client_hello.h"

/* How the chain differs from the good one: lab CA -> leaf for the right name. */
enum twist {
    TWIST_SELF_SIGNED = 1 << 0,
    TWIST_OTHER_CA = 1 << 1,          /* a root nobody knows */
    TWIST_FAKE_CA = 1 << 2,           /* a root with the lab CA's name and another key */
    TWIST_INTERMEDIATE = 1 << 3,      /* one good CA in between */
    TWIST_FAKE_INTERMEDIATE = 1 << 4, /* one that the lab CA did not sign, though it says so */
    TWIST_LEAF_ISSUER = 1 << 5,       /* issued by a server's certificate: CA:FALSE */
    TWIST_NO_CONSTRAINTS = 1 << 6,    /* issued by a certificate without basicConstraints */
    TWIST_LONG_PATH = 1 << 7,         /* two CAs below one that allows none */
    TWIST_CONSTRAINED = 1 << 8,       /* the CA in between may not issue for this name */
    TWIST_OTHER_NAME = 1 << 9,
    TWIST_NULL_NAME = 1 << 10,    /* the right name, NUL, another domain */
    TWIST_COMMON_NAME = 1 << 11,  /* only in the CN, no alternative name */
    TWIST_WILDCARD = 1 << 12,     /* wildcards that stand for nothing here */
    TWIST_ADDRESS_NAME = 1 << 13, /* the address as a DNS name */
    TWIST_ADDRESS = 1 << 14,      /* the address, and no DNS name */
    TWIST_EXPIRED = 1 << 15,
    TWIST_FUTURE = 1 << 16,
    TWIST_BROKEN_SIGNATURE = 1 << 17,
    TWIST_MD5 = 1 << 18,
    TWIST_SHA1 = 1 << 19,
    TWIST_RSA_1024 = 1 << 20,
    TWIST_OTHER_KEY = 1 << 21,    /* good, but not the key that is always shown */
    TWIST_CLIENT_USAGE = 1 << 22, /* extendedKeyUsage clientAuth alone */
    TWIST_CRITICAL = 1 << 23,     /* a critical extension nobody knows */
    TWIST_REVOKED = 1 << 24,      /* a stapled OCSP response says so */
    TWIST_WRONG_PROOF = 1 << 25   /* the key exchange is signed with another key (own flight) */
};

/* How the handshake is served. */
enum serving {
    SERVE_FULL,   /* by OpenSSL, to its end and beyond */
    SERVE_FLIGHT, /* our own server flight: does the client go on after it */
    SERVE_REFUSE, /* protocol_version and nothing else: does it come back with an older one */
    SERVE_PLAIN   /* no STARTTLS: does it go on in the clear */
};

enum expecting { EXPECT_ACCEPT, EXPECT_REJECT, EXPECT_ANY };

/* What a hello must have for the case to mean something. */
enum needing {
    NEED_NAME = 1 << 0,    /* SNI, or --name */
    NEED_ADDRESS = 1 << 1, /* neither: it goes by address */
    NEED_STAPLE = 1 << 2,  /* it asks for an OCSP response */
    NEED_TLS13 = 1 << 3,
    NEED_STARTTLS = 1 << 4
};

enum { CASE_SUITES = 64, CASES_MAX = 96, CASE_ERROR = 160, CASE_ID = 32 };

struct listen_case {
    const char *id, *text, *text_hi, *cite;
    enum expecting expect;
    enum serving serve;
    bool control; /* must be accepted before "rejected" means anything */
    bool ask;     /* asks for the device's certificate */
    unsigned twists, needs;
    uint16_t least, most;         /* versions served; 0: any */
    uint16_t suites[CASE_SUITES]; /* of a flight: one of these; none: the client's best */
    size_t suite_count;
    bool sentinel;      /* the flight says that TLS 1.3 was left out (RFC 8446 4.1.3) */
    unsigned dh_bits;   /* of a DHE flight */
    enum check finding; /* when a client does otherwise; CHECK_COUNT: none */
};

struct case_list {
    struct listen_case rows[CASES_MAX];
    size_t count, control; /* control: the first row that is one */
};

/* The ones that are built in. */
struct span cases_builtin(void);

/* Reads them. Returns 0; 1 when the file is wrong (one sentence in error[CASE_ERROR]); -1 when
 * memory is out. Strings live in the arena. */
int cases_read(struct arena *a, struct span json, struct case_list *out, char *error) WARN_UNUSED;

/* Has the hello what the case needs. named: --name was given. */
bool case_fits(const struct listen_case *c, const struct client_hello *h, bool named,
               bool starttls);

/* The suite of the case's flight that this hello offers, for its version; 0: none. plain_rsa: one
 * with the certificate's key as key exchange, if the case leaves that open and there is one. */
uint16_t case_suite(const struct listen_case *c, const struct client_hello *h, uint16_t version,
                    bool plain_rsa);

/* The version of the case's flight: the highest that both have, at most TLS 1.2; 0: none. */
uint16_t case_version(const struct listen_case *c, const struct client_hello *h);

const char *expecting_name(enum expecting e);

#endif
