/*
 * register - the certificates that were issued, as events in a tamper-evident log.
 *
 * Events (issue, amend, suspend, reinstate, withdraw, supersede, correct) are only ever added. An
 * entry is canonical JSON (sorted keys, strings and integers, at most 65,535 octets): number,
 * event, SHA-256 of the data and of the PDF, status, effective date, reason code, officer's id;
 * personal data only as salted hash. Its RFC 6962 leaf, the tree's nodes and a new checkpoint are
 * written in the one transaction that changes the state (tlog/ has the mathematics). What a
 * certificate's state is on a date follows from its events; LAPSED and EXPIRED from the dates.
 *
 * The checkpoint's Ed25519 key is DATA/keys/register.key (made at the first use; the public half is
 * printed by `satyapan register checkpoint --key`).
 */
#ifndef REGISTER_REGISTER_H
#define REGISTER_REGISTER_H

#include "records/records.h"
#include "tlog/checkpoint.h"

enum register_status {
    REGISTER_UNKNOWN,
    REGISTER_VALID,
    REGISTER_SUSPENDED,
    REGISTER_WITHDRAWN,
    REGISTER_EXPIRED,
    REGISTER_SUPERSEDED,
    REGISTER_LAPSED,
    REGISTER_NOT_YET /* before valid_from */
};

const char *register_status_word(enum register_status s, bool hindi);

/* An event, inside the caller's transaction. data: the certificate's data (certs/sample.json) for
 * issue, amend and correct; pdf: SHA-256 of the signed file. Returns the entry's index, or a code
 * of records.h. */
struct register_event {
    const char *number, *event, *effective_on, *reason; /* reason: code and sentence */
    const json_t *data;
    const uint8_t *data_sha256, *pdf_sha256, *xml_sha256;
    int64_t person, second, application;
};
int64_t register_append(struct records *r, const struct register_event *e, int64_t now,
                        const uint8_t seed[NOTE_KEY]) WARN_UNUSED;

/* The state of a certificate on a date (YYYY-MM-DD), for a model and firmware (NULL: any). */
int register_state(struct records *r, const char *number, const char *on, const char *model,
                   const char *firmware, enum register_status *out) WARN_UNUSED;

/* The proof file of the latest event of a certificate, or of one event. */
int register_proof(struct records *r, int64_t index, struct buffer *out) WARN_UNUSED;

/* Everything again from the events: leaves, nodes, roots, checkpoints, states, files. */
struct register_audit {
    int64_t events, bad; /* bad: index of the first that does not fit, or -1 */
    char why[256];
};
int register_check_all(struct records *r, struct register_audit *out) WARN_UNUSED;

#endif
