/*
 * parts - the parts of a mail: texts, attachments, delivery reports (RFC 2045-2049, 3464), by
 * GMime.
 *
 * Runs in the sandbox. Parts, depth and sizes are capped, without recursion of ours; a mail that
 * goes over a cap says so (limit) and then nothing in it decides anything. What it does not do:
 * believe what it reads.
 */
#ifndef FOREIGN_MAIL_PARTS_H
#define FOREIGN_MAIL_PARTS_H

#include "base/arena.h"

enum {
    MAIL_PARTS_MAX = 200,
    MAIL_DEPTH_MAX = 50,
    MAIL_TEXT_MAX = 1024 * 1024 /* of one text, decoded */
};

enum mail_part_kind {
    MAIL_PART_TEXT,     /* what the writer says: text is set */
    MAIL_PART_FILE,     /* an attachment: bytes are set */
    MAIL_PART_STATUS,   /* message/delivery-status: bytes are set */
    MAIL_PART_RETURNED, /* in a report: the returned message or its header lines; bytes are set */
    MAIL_PART_SIGNATURE /* of multipart/signed */
};

struct mail_part {
    enum mail_part_kind kind;
    const char *name, *type; /* cleaned; name NULL: none */
    struct span bytes;       /* decoded */
    struct span text;        /* UTF-8; of HTML as its reader sees it */
    bool html;
};

struct mail_parts {
    struct mail_part items[MAIL_PARTS_MAX];
    size_t count;
    const char *limit; /* which cap was reached, or NULL */
    bool report;       /* multipart/report */
    bool disposition;  /* a read receipt (RFC 8098) */
    bool encrypted;
    struct span opaque;     /* at the top: PKCS#7, the content may be inside; absent: none */
    bool signed_whole;      /* multipart/signed with S/MIME at the top, two parts */
    bool stray;             /* text before, between or behind the parts */
    const char *inner_from; /* a From line inside the signed part */
};

/* Once per process, before a sandbox is entered. */
void mail_parts_warm(void);

/* bytes: the whole mail, CRLF. Returns 0, or -1: memory. */
int mail_parts_read(struct arena *a, struct span bytes, struct mail_parts *out) WARN_UNUSED;

#endif
