/*
 * fetch - certificates, CRLs, OCSP answers and time-stamps from the network, through a process of
 * its own.
 *
 * fetcher_start runs satyapan-fetch, which has the network and nothing else: no database, no key,
 * no file it could write, no program it could start; each transfer runs in a single-use child of
 * it. This header and its sources link no network library. What comes back is a stranger's bytes:
 * the consumer reads them in the sandbox only (asn1/armor.h knows PEM, DER, p7c and bare base64).
 *
 * What is refused (FOREIGN.md, SSRF): any host that is not on the allow-list, any name of which one
 * address is not a public one, other ports than 80 and 443, other schemes than http and https,
 * names with user information, a redirect from https to http. It does not: read what it fetched,
 * keep a cache, follow LDAP or FTP distribution points.
 *
 * FETCH_WEB is the second mode, for pages that people named: any host whose addresses are public,
 * one hop a request, whatever the status; the answer is the exact bytes of request and answer and
 * the chain of certificates (fetch_web.h). The caller follows redirects, each a request of its own.
 * Only a process that was started with options.web does so.
 */
#ifndef NET_FETCH_H
#define NET_FETCH_H

#include <sys/types.h>

#include "base/utc.h"
#include "net/hosts.h"

enum fetch_kind {
    FETCH_CERT,
    FETCH_CRL,
    FETCH_OCSP,
    FETCH_TIMESTAMP,
    FETCH_WITNESS, /* C2SP tlog-witness add-checkpoint: the body of a 409 is an answer, too */
    FETCH_WEB,     /* see above */
    FETCH_KINDS
};

enum fetch_outcome {
    FETCH_OK,
    FETCH_NOT_MODIFIED, /* 304 to a request with etag or last_modified */
    FETCH_REFUSED,      /* by our rules: address, allow-list, redirect; asking again is no use */
    FETCH_TEMPORARY,    /* time-out, 5xx, no connection, or we ended: may be asked again */
    FETCH_PERMANENT,    /* 404, 410, an answer that is none */
    FETCH_TOO_LARGE
};

enum {
    FETCH_URL_MAX = 2048, /* with the NUL, as all of these */
    FETCH_ETAG_MAX = 256,
    FETCH_DATE_MAX = 64,
    FETCH_TYPE_MAX = 128,
    FETCH_WHY_MAX = 384,
    FETCH_IP_MAX = 48,
    FETCH_REDIRECTS_MAX = 5,
    FETCH_BODY_MAX = 65536, /* of a request */
    FETCH_BATCH_MAX = 256,
    FETCH_AGENT_MAX = 160
};

struct fetch_request {
    const char *url;
    enum fetch_kind kind;
    struct span body; /* of OCSP, TIMESTAMP, WITNESS: the request, sent by POST; absent: GET */
    const char *etag; /* of the copy at hand, as a reply gave it; NULL or "": none */
    const char *last_modified; /* the same */
};

struct fetch_hop {
    char url[FETCH_URL_MAX];
    char ip[FETCH_IP_MAX]; /* connected to; "": none */
    int32_t status;        /* 0: no answer */
};

struct fetch_reply {
    enum fetch_outcome outcome;
    long status;       /* of the last hop; 0: no answer */
    struct span bytes; /* FETCH_OK only; mapped, freed by fetch_reply_free */
    char etag[FETCH_ETAG_MAX], last_modified[FETCH_DATE_MAX]; /* "": none */
    char content_type[FETCH_TYPE_MAX];                        /* as claimed; "": none */
    char location[FETCH_URL_MAX]; /* FETCH_WEB: where a redirect leads, whole; "": nowhere */
    int64_t fetched_at;           /* when the answer came */
    int64_t expires;         /* fresh until (RFC 9111 4.2); UTC_NONE: the server does not say */
    int64_t retry_after;     /* seconds the server asks us to wait; 0: it does not say */
    char why[FETCH_WHY_MAX]; /* one sentence: what happened and where; "" when FETCH_OK */
    /* The way: hops[hop_count - 1] is the final URL and the address it came from. */
    struct fetch_hop hops[FETCH_REDIRECTS_MAX + 1];
    size_t hop_count;
};

/* What one kind of fetch may take. */
struct fetch_limits {
    uint64_t bytes;                     /* of the body, after transfer decoding */
    int32_t total_ms;                   /* with all redirects and the look-up of names */
    int32_t connect_ms;                 /* of one hop */
    int32_t slow_bytes, slow_seconds;   /* gives up below so many bytes a second for so long */
    int32_t header_bytes, header_lines; /* of one hop */
    int32_t header_line;                /* bytes of one line */
};

struct fetch_policy {
    struct fetch_limits limits[FETCH_KINDS];
    int32_t redirects;  /* at most FETCH_REDIRECTS_MAX */
    int32_t concurrent; /* transfers at once; at most 32 */
    int32_t per_host;   /* of them to one host */
};

extern const struct fetch_policy fetch_policy_default;

struct fetcher_options {
    const struct fetch_hosts *hosts;   /* the only hosts to be contacted; copied */
    const struct fetch_policy *policy; /* NULL: fetch_policy_default */
    bool web;                          /* FETCH_WEB is allowed */
    const char *agent;   /* the User-Agent of FETCH_WEB; NULL: Satyapan and its version */
    const char *program; /* NULL: satyapan-fetch below libexec, where this program came from */
};

struct fetcher {
    pid_t pid;
    int socket;
    struct fetch_policy policy;
};

/* Starts the process. Returns 0, or -1 with errno (ENOENT: there is no program; EINVAL: a policy
 * out of range; E2BIG: too many hosts). That the process does come up shows with the first get. */
int fetcher_start(const struct fetcher_options *options, struct fetcher *f) WARN_UNUSED;

/*
 * Fetches several at once and waits for all, at most timeout_ms (<= 0: as long as the policy gives
 * them all, one after the other at worst). Each reply is filled, in the order of the requests;
 * whatever goes wrong is a reply with an outcome. May be called from several threads. Returns 0, or
 * -1 with errno when the process is gone or cannot be reached: then every reply is FETCH_TEMPORARY.
 */
int fetcher_get(const struct fetcher *f, const struct fetch_request *requests, size_t count,
                int timeout_ms, struct fetch_reply *replies) WARN_UNUSED;

/* Unmaps the bytes. A zeroed reply is allowed. */
void fetch_reply_free(struct fetch_reply *reply);

/* Ends the process and its transfers and waits for it, seconds at most. */
void fetcher_stop(struct fetcher *f);

/* "ok", "refused", ...: for logs and JSON. */
const char *fetch_outcome_name(enum fetch_outcome outcome);

#endif
