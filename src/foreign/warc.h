/*
 * warc - what was sent and what came, as WARC/1.1 (ISO 28500:2017): the evidence of a check.
 *
 * A request and a response record for each hop with the exact bytes of the wire, and a metadata
 * record with everything else. Written into a buffer; where it goes is the caller's matter.
 */
#ifndef FOREIGN_WARC_H
#define FOREIGN_WARC_H

#include "base/buffer.h"

enum { WARC_ID = 64 };

struct warc {
    struct buffer *out;
    char date[64]; /* "2026-11-22T06:00:00Z" */
    char info[WARC_ID], request[WARC_ID];
};

/* The warcinfo record. software: name and version. Returns 0, or -1 (memory, no random bytes). */
int warc_begin(struct warc *w, struct buffer *out, int64_t now, const char *software) WARN_UNUSED;

/* One hop. head and body: of the answer, as they came. */
int warc_hop(struct warc *w, const char *url, const char *ip, struct span request, struct span head,
             struct span body) WARN_UNUSED;

/* A metadata record about url. */
int warc_metadata(struct warc *w, const char *url, struct span json) WARN_UNUSED;

#endif
