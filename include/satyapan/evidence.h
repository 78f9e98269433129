/*
 * evidence.h - what a verification may use besides the document: anchors, certificates, CRLs, OCSP.
 *
 * An evidence object only collects bytes; nothing is parsed until sp_verify runs (in the sandboxed
 * child), so hostile files are never parsed by the caller. Bytes are borrowed: they must outlive
 * the evidence. A blob may hold one or many objects as DER, PEM (CRLF too), p7c or bare base64.
 */
#ifndef SATYAPAN_EVIDENCE_H
#define SATYAPAN_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sp_evidence_kind {
    SP_EVIDENCE_ANCHOR,     /* trusted; ends a path */
    SP_EVIDENCE_SPECIAL,    /* India: special-purpose root; a document path ending here fails */
    SP_EVIDENCE_DISTRUSTED, /* a path through it builds and is refused */
    SP_EVIDENCE_CERT,       /* untrusted, only ever an intermediate or a leaf */
    SP_EVIDENCE_CRL,
    SP_EVIDENCE_OCSP
};

struct sp_evidence_blob {
    enum sp_evidence_kind kind;
    const uint8_t *bytes;
    size_t size;
    const char *source; /* shown in reports: "trust", "supplied: NAME", "document" */
    bool historic;      /* issues no longer: an anchor that is fine for past times */
    /* A CRL's index, made earlier and kept with it (revocation/crl.h), or NULL. It spares the walk
     * and the check of the signature; one that is damaged or not of this CRL is not used. */
    const uint8_t *index;
    size_t index_size;
};

/* A want (report.h) that was followed: it is not asked for again, and when nothing came of it the
 * report says so. Strings are borrowed, as all of the evidence. */
struct sp_attempt {
    enum sp_evidence_kind kind;
    const char *url;
    const char *request; /* OCSP: as in the want; NULL otherwise */
    const char *failed;  /* one sentence in English; NULL: something came, and is in the evidence */
};

struct sp_evidence {
    struct sp_evidence_blob *blobs;
    size_t count, capacity;
    struct sp_attempt *attempts;
    size_t attempt_count, attempt_capacity;
    bool demo; /* demonstration trust is loaded: every report says so */
    /* What sp_evidence_prepare read; internal. */
    struct arena *arena;
    struct pool *prepared;
    size_t prepared_count;
};

/* Adds a blob; bytes and source are borrowed. Returns 0, or -1 when memory is out. */
int sp_evidence_add(struct sp_evidence *evidence, enum sp_evidence_kind kind, const void *bytes,
                    size_t size, const char *source) __attribute__((warn_unused_result));

/* Adds an attempt. Returns 0, or -1 when memory is out. */
int sp_evidence_attempt(struct sp_evidence *evidence, const struct sp_attempt *attempt)
    __attribute__((warn_unused_result));

/* Adds all that is in from, which must outlive evidence; what from has prepared is shared, and only
 * an empty evidence takes it over. Returns 0, or -1 when memory is out. */
int sp_evidence_extend(struct sp_evidence *evidence, const struct sp_evidence *from)
    __attribute__((warn_unused_result));

/*
 * Reads what was added so far in this process, so that many verifications need not do it again.
 * Only for certificates whose files are trusted (pinned by hash, or named by the operator), never
 * for files of strangers. Evidence with CRLs, OCSP answers or unreadable files is left as it is.
 * Returns 0, or -1 when memory is out.
 */
int sp_evidence_prepare(struct sp_evidence *evidence) __attribute__((warn_unused_result));

/* Frees the list, not the bytes. */
void sp_evidence_clear(struct sp_evidence *evidence);

#endif
