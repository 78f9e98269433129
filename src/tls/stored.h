/*
 * stored - a scan as a file, and back: so that a newer policy judges again without the device.
 *
 * The file holds each hello and what came, in hexadecimal (transcript.h), a first line about the
 * device and a last one about the complete handshake. Reading runs the plan again over the recorded
 * answers: facts are worked out by the program that reads, not by the one that wrote. Only where it
 * would have asked otherwise, a newer version does, are the facts taken that were written beside.
 */
#ifndef TLS_STORED_H
#define TLS_STORED_H

#include <jansson.h>

#include "base/json.h"
#include "tls/scan.h"

/* A record of several scans is their files one after the other. Takes the first of them off rest;
 * absent when there is none. */
struct span stored_next(struct span *rest);

enum { STORED_ERROR = 160 };

/* Appends the file. time: when it was scanned. */
void stored_write(const struct scan_job *job, const uint8_t random[32], int64_t time,
                  struct buffer *out);

struct stored {
    struct scan_target target;
    struct scan_job job;
    int64_t time;
};

/* Reads a file into a finished job in this arena. Returns 0; 1 when the file is wrong (one sentence
 * in error[STORED_ERROR]); -1 when memory is out. */
int stored_read(struct arena *a, struct span file, struct stored *out, char *error) WARN_UNUSED;

/* stored_facts.c: what was found out, for the day when the reader would ask other questions.
 * get: 0, or -1 when memory is out; it sets up the facts anew, without chains and handshake. */
void stored_put_facts(struct json *j, const struct tls_facts *facts);
int stored_get_facts(struct arena *a, bool datagram, const json_t *o,
                     struct tls_facts *facts) WARN_UNUSED;

#endif
