/*
 * hop - one request and one answer over one connection of its own, by libcurl.
 *
 * Everything libcurl could do by itself is off: redirects, proxies, .netrc, cookies, Alt-Svc, HSTS,
 * content decoding, other protocols. The connection goes to one of the addresses that were checked,
 * and the socket callback checks each once more. It does not follow redirects (transfer.c).
 */
#ifndef NET_FETCH_HOP_H
#define NET_FETCH_HOP_H

#include "net/fetch/fresh.h"
#include "net/fetch/resolve.h"
#include "net/fetch_wire.h"

struct hop_request {
    const char *text; /* the URL */
    const struct url *url;
    const struct resolved *addresses;
    const struct fetch_wire_request *request;
    const struct fetch_limits *limits;
    int64_t deadline_ms;
    int body; /* memory file the body of a 200 goes to; of the web mode: all of it */
    const char *agent;
};

struct hop_answer {
    long status;
    char ip[FETCH_IP_MAX];
    char location[FETCH_URL_MAX]; /* "": none */
    char etag[FETCH_ETAG_MAX], last_modified[FETCH_DATE_MAX], content_type[FETCH_TYPE_MAX];
    char retry_after[64], length[32];
    struct fresh_lines fresh;
    uint64_t bytes;  /* of the body */
    bool any_coding; /* set by the caller: codings are the reader's matter */
};

/* Returns FETCH_OK when there is an answer, whatever its status; else the outcome, and why. */
enum fetch_outcome hop_run(const struct hop_request *r, struct hop_answer *answer,
                           char why[FETCH_WHY_MAX]) WARN_UNUSED;

#endif
