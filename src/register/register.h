/*
 * register - the certificates that were issued, as events in a tamper-evident log.
 *
 * Events (issue, amend, suspend, reinstate, withdraw, supersede, correct; renew: the same
 * certificate with time-stamps or evidence added to its files) are only ever added. An
 * entry is canonical JSON (sorted keys, strings and integers, at most 65,535 octets): number,
 * event, SHA-256 of the data and of the files, status, effective date, reason code, the officers'
 * ids; personal data only as the hash of the data, whose salt is in the data. Its RFC 6962 leaf,
 * the tree's nodes and a new signed head are written in the transaction that changes the state
 * (tlog/ has the mathematics). What a certificate's state is on a date follows from its events;
 * LAPSED, EXPIRED from the dates.
 */
#ifndef REGISTER_REGISTER_H
#define REGISTER_REGISTER_H

#include "records/log.h"
#include "tlog/checkpoint.h"

enum register_status {
    REGISTER_UNKNOWN, /* no such certificate, or not for that model and firmware */
    REGISTER_NOT_YET, /* before valid_from */
    REGISTER_VALID,
    REGISTER_SUSPENDED,
    REGISTER_WITHDRAWN,
    REGISTER_EXPIRED,
    REGISTER_SUPERSEDED,
    REGISTER_LAPSED /* between the end of one and the later start of its continuation */
};

/* "VALID" for programs; a word for people in either language. */
const char *register_status_code(enum register_status s);
const char *register_status_word(enum register_status s, bool hindi);

/* ---- the key of the signed heads ------------------------------------------------------------- */

/* DATA/keys/register.key (0600): origin, public and private half; made when it is not there. The
 * private half is in a process of its own, satyapan-keyd (keys/keys.h), which signs nothing but
 * heads that do not go back, dumps, codes and status lists. DATA/keys/register.vkey is the public
 * half, for those who only read. */
struct signer;
struct register_last; /* the head signed last with it, to know again what was looked at already */
struct register_key {
    struct note_key key;
    struct note_signer by;
    struct signer *process;
    struct register_last *last;
};
enum { REGISTER_WHY = 256 };
int register_key_open(const char *data, const char *origin, bool make, struct register_key *out,
                      char *why) WARN_UNUSED;
void register_key_forget(struct register_key *k);

/* Why nothing was signed, when the process refused or ended. */
extern const char register_key_gone[];

/* The public half alone, without a process. RECORDS_NONE: there is no key yet. */
int register_key_public(const char *data, struct note_key *out) WARN_UNUSED;

/* ---- events ---------------------------------------------------------------------------------- */

struct register_event {
    const char *number, *event; /* "issue", "amend", ... */
    const char *effective_on;   /* YYYY-MM-DD */
    const char *reason;         /* code: "non-conformity", "holder-request", ...; NULL for issue */
    const char *successor;      /* of supersede */
    const json_t *data;         /* of issue, amend and correct: as certs/sample.json */
    const char *same;           /* of renew: SHA-256 of the data, which stay as they are */
    const char *pdf, *xml;      /* SHA-256 of the files (hex), or NULL */
    int64_t person, second;     /* officers; UTC_NONE */
    int64_t application;        /* UTC_NONE */
};

/* Inside a transaction. Refuses what the certificate's state does not allow (why). Refuses to sign
 * a head that does not continue the last one. Returns the entry's index, or a code of records.h;
 * RECORDS_CONFLICT with why[REGISTER_WHY] when it is not allowed. */
int64_t register_append(struct records *r, const struct register_event *e, int64_t now,
                        const struct register_key *k, char *why) WARN_UNUSED;

/* The same in two steps, for several events in one transaction, which ends with the head. */
int64_t register_enter(struct records *r, const struct register_event *e, int64_t now,
                       char *why) WARN_UNUSED;
int64_t register_sign(struct records *r, int64_t now, const struct register_key *k,
                      char *why) WARN_UNUSED;

/* ---- questions ------------------------------------------------------------------------------- */

/* The state of a certificate on a date, for a model and firmware (NULL: any). *since: when the
 * state began; data: what it said then (new reference), either may be NULL. */
struct register_state {
    enum register_status status;
    char since[16], valid_from[16], valid_to[16], successor[128], reason[64];
};
int register_state(struct records *r, const char *number, const char *on, const char *model,
                   const char *firmware, struct register_state *out, json_t **data) WARN_UNUSED;

/* The files and data of a certificate as its events up to an entry have them (INT64_MAX: all).
 * RECORDS_NONE: there is no such certificate. Older files stay among the blobs. */
struct register_version {
    int64_t entry; /* that names the files; -1: none */
    char pdf[SHA256_HEX], xml[SHA256_HEX], data_sha256[SHA256_HEX]; /* "": none */
    char event[16];                                                 /* the last one */
    json_t *data;
};
int register_version(struct records *r, const char *number, int64_t until,
                     struct register_version *out) WARN_UNUSED;
void register_version_free(struct register_version *v);

/* All events of a certificate, oldest first (new array). */
int register_history(struct records *r, const char *number, json_t **out) WARN_UNUSED;

/* What was new at each amendment and correction: {"3": the data's "amendment" as of entry 3}. 0 or
 * RECORDS_FAILED. */
int register_amendments(struct records *r, const char *number, json_t **out) WARN_UNUSED;

/* The proof file of an entry under the latest head that a witness signed, or the latest.
 * RECORDS_NONE: there is no such entry. */
int register_proof(struct records *r, int64_t entry, struct buffer *out) WARN_UNUSED;
/* The same under the head that was signed with the entry: always the same octets. */
int register_proof_then(struct records *r, int64_t entry, struct buffer *out) WARN_UNUSED;

/* The latest signed head, with the signatures of witnesses if there are any; RECORDS_NONE: the log
 * is empty. */
int register_head(struct records *r, struct buffer *out) WARN_UNUSED;
/* The latest one that a witness signed; RECORDS_NONE: none did. */
int register_witnessed_head(struct records *r, struct buffer *out) WARN_UNUSED;

/* That a head seen earlier is a beginning of this log: the proof, one hash a line.
 * RECORDS_CONFLICT: it is none (a fork). */
int register_consistency(struct records *r, struct span earlier, const struct note_key *key,
                         struct buffer *out) WARN_UNUSED;

/* Files of C2SP tlog-tiles: what stands after "/tile/". RECORDS_NONE. */
int register_tile(struct records *r, const char *path, struct buffer *out) WARN_UNUSED;

/* Value of "lst" of the token status list on a date: VALID 0, INVALID 1, SUSPENDED 2; 2 bits
 * each. */
int register_status_list(struct records *r, const char *on, struct buffer *out) WARN_UNUSED;

/* ---- the whole ------------------------------------------------------------------------------- */

/* A row of the records with its state on a date, as search, pages and dumps show it; with "data"
 * when whole. NULL: memory, or the records failed. */
json_t *register_row(struct records *r, const json_t *row, const char *on, bool whole);

/* All certificates as CSV or JSON, in order of their numbers, in pieces. */
struct register_sink {
    int (*write)(void *context, struct span piece); /* 0 or -1 */
    void *context;
};
int register_dump(struct records *r, const char *on, bool csv,
                  const struct register_sink *to) WARN_UNUSED;

/* The signature beside a dump: a signed note (C2SP signed-note) over
 *   satyapan-register-dump/1 LF file name LF date LF entries of the log LF sha256 of the file LF
 * which no checkpoint can be mistaken for: its first line is not the log's origin. */
int register_dump_note(const char *name, const char *on, int64_t size,
                       const uint8_t sha256[SHA256_SIZE], const struct note_key *key,
                       const struct note_signer *by, struct buffer *out) WARN_UNUSED;

/* ---- audit ----------------------------------------------------------------------------------- */

/* Everything again from the entries: leaves, nodes, roots of all heads and their signatures, the
 * states of the certificates, the hashes of data. earlier: a head kept elsewhere, or absent. */
struct register_audit {
    int64_t entries, heads, certificates, cosignatures;
    int64_t bad;            /* entry that does not fit; -1: none of its own */
    char why[REGISTER_WHY]; /* "": all is well */
};
int register_check_all(struct records *r, const struct note_key *key, struct span earlier,
                       struct register_audit *out) WARN_UNUSED;

#endif
