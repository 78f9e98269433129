/*
 * container - a ZIP file whose directory is what it says, and its members.
 *
 * container_open reads the central directory itself and compares it with the headers in front of
 * the members (APPNOTE.TXT 6.3.10 4.3): every octet of the file must belong to exactly one member
 * or to the directory, so that no reader can see another file than we do. Inflating is libzip's
 * work, under our own caps. What it does not do: say what kind of container it is, or look for
 * signatures. Nothing is ever written to a disk.
 */
#ifndef FORMAT_CONTAINER_H
#define FORMAT_CONTAINER_H

#include "base/arena.h"
#include "base/finding.h"

enum {
    CONTAINER_DEPTH_MAX = 3,       /* containers within containers */
    CONTAINER_MEMBERS_MAX = 10000, /* in one directory */
    CONTAINER_NAME_MAX = 1024
};
#define CONTAINER_MEMBER_MAX ((uint64_t)200 * 1024 * 1024)  /* one member, unpacked */
#define CONTAINER_TOTAL_MAX  ((uint64_t)1024 * 1024 * 1024) /* all of them, nested ones too */
/* ... and what unpacking may cost in all: a file is read again for a signature beside it. */
#define CONTAINER_WORK_MAX (4 * CONTAINER_TOTAL_MAX)

/* What a container and those inside it have used up; one for a job. */
struct container_budget {
    uint64_t unpacked;
    unsigned depth; /* 0: the document itself */
};

struct container_member {
    const char *name; /* printable UTF-8, for reports and for comparing */
    struct span
        raw; /* the octets of the name in the directory; backslashes of Windows are slashes */
    struct span stored; /* as they stand there */
    uint64_t size, packed;
    uint64_t header, data, end; /* offsets: local header, content, first octet after it */
    uint32_t crc;
    uint16_t method, flags;
    bool directory;
    bool readable; /* not encrypted, a method we know, a regular file */
};

struct container {
    struct arena *arena;
    struct span file;
    struct container_member *members; /* in the order of the directory */
    size_t count;
    bool sound; /* false: the structure lies; members are listed but must not be read */
    struct container_budget *budget;
    void *reader;   /* libzip's, opened at the first need */
    size_t *sorted; /* indexes by raw name */
};

/* Reads and checks the directory; what is wrong goes into findings. *out is never NULL on success,
 * but may have no members. a must outlive it; file is borrowed. Returns 0 or -1 (memory). */
int container_open(struct arena *a, struct span file, struct container_budget *budget,
                   struct sp_findings *findings, struct container **out) WARN_UNUSED;

/* The member with exactly this name, or SIZE_MAX. */
size_t container_find(const struct container *c, struct span name);

/* The one member in the same folder called stem and one ending, which is none of a signature's;
 * SIZE_MAX: none, or several. */
size_t container_stem(const struct container *c, struct span stem);

/* Length of the name without the ending of a signature (.p7s, .sig, .p7m); 0: it has none. */
size_t container_signature_stem(struct span name);

/* The first octets of a member, as they stand in the file when it is stored; at most n of them.
 * Absent when it is packed or not readable. For detection only: its checksum is not looked at. */
struct span container_stored(const struct container *c, size_t index);

/*
 * A member's content in *out, in memory of a (stored members too are checked against their CRC).
 * *out is absent when it cannot be had; then a finding says why: it is encrypted, of an unknown
 * method, over a limit, or not what its headers say. Returns 0 or -1 (memory).
 */
int container_read(struct container *c, size_t index, struct arena *a, struct sp_findings *findings,
                   struct span *out) WARN_UNUSED;

/* By name; *out absent without a finding when there is no such member. For references inside
 * signatures (ODF, OOXML, ASiC). */
int container_resolve(struct container *c, struct span name, struct arena *a,
                      struct sp_findings *findings, struct span *out) WARN_UNUSED;

/* container_names.c: what is unsafe about a name, NULL when nothing is. */
const char *container_name_fault(struct span raw);
extern const char container_name_not_text[]; /* the fault of octets that are not UTF-8 */
/* A key that is equal for names that differ only in case, accents' encoding or final dots. */
struct span container_name_key(struct arena *a, struct span raw) WARN_UNUSED;

#endif
