/*
 * fetch_web - an answer of the web mode: what went over the wire, and the chain of certificates.
 *
 * One memory file: a fixed head, the request as it was sent, the answer's head, its body with the
 * codings it came with, the certificates the server showed. It was written by a process that spoke
 * with strangers: fetch_web_read believes no length.
 */
#ifndef NET_FETCH_WEB_H
#define NET_FETCH_WEB_H

#include "base/span.h"

enum {
    FETCH_WEB_MAGIC = 0x53465731, /* "SFW1" */
    FETCH_CHAIN_MAX = 8,
    FETCH_CERTIFICATE_MAX = 65536,
    FETCH_WEB_EXTRA = 1 << 20 /* beside the body: both heads and the certificates */
};

struct fetch_web_head {
    uint32_t magic, chain_count;
    uint64_t request, head, body; /* sizes, in this order behind the struct */
    uint32_t chain[FETCH_CHAIN_MAX];
    char tls[16], cipher[64]; /* "": plain http */
};

struct fetch_web {
    struct span request, head, body;
    struct span chain[FETCH_CHAIN_MAX]; /* DER, the server's own first */
    size_t chain_count;
    char tls[16], cipher[64];
};

/* Takes the file apart; false: it is none. The spans are into bytes. */
bool fetch_web_read(struct span bytes, struct fetch_web *out) WARN_UNUSED;

#endif
