/*
 * bundle - evidence, attempts and wants in one run of bytes, to hand from process to process.
 *
 * What was fetched for a job goes to its child as a sealed memory file of this form; only there
 * (and in the program that stores the evidence) it is taken apart. The same form carries wants the
 * other way. Layout: "SPB1", then records until the end: type, kind, group (one octet each), one
 * octet zero, number, three lengths of texts, lengths of data and index (eight octets big-endian
 * each), then these. A text ends with a NUL that its length counts; length 0: there is none.
 * What it does not do: look into the data.
 */
#ifndef SANDBOX_BUNDLE_H
#define SANDBOX_BUNDLE_H

#include "base/span.h"
#include "satyapan/report.h"

/* Most one bundle may hold, and most records. */
#define BUNDLE_MAX ((size_t)512 << 20)
enum { BUNDLE_RECORDS_MAX = 4096, BUNDLE_TEXT_MAX = 4096 };

enum bundle_type {
    BUNDLE_OBJECT = 'O',  /* texts: source; data, and index of a CRL */
    BUNDLE_ATTEMPT = 'A', /* texts: url, request, failed */
    BUNDLE_WANT =
        'W' /* texts: url, request, about; number: issued_after; data: issuers (of a CRL or
                         OCSP answer, may be absent); one per url */
};

struct bundle_record {
    enum bundle_type type;
    enum sp_evidence_kind kind;
    uint8_t group; /* wants: records of one want have the same */
    int64_t number;
    const char *text[3]; /* NULL: none */
    struct span data, index;
};

/* Writes the first octets, then records, to a blocking descriptor. Returns 0, or -1 with errno
 * (EMSGSIZE: a text is too long). */
int bundle_start(int fd) WARN_UNUSED;
int bundle_write(int fd, const struct bundle_record *record) WARN_UNUSED;

/* The records of a bundle; false when it is none. */
bool bundle_open(struct span whole, struct span *records) WARN_UNUSED;

/* Takes the next record; false at the end, or where it is malformed (then *records is not empty).
 * Everything is borrowed. */
bool bundle_next(struct span *records, struct bundle_record *out) WARN_UNUSED;

/* Adds the objects and attempts. Returns 0; 1 when it is malformed (what came before stays in);
 * -1: memory. */
int bundle_add_to(struct span whole, struct sp_evidence *evidence) WARN_UNUSED;

#endif
