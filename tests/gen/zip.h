/*
 * zip - writes ZIP files, right ones and wrong ones (APPNOTE.TXT 4.3).
 *
 * Every field that a reader could believe can be set to a lie.
 */
#ifndef GEN_ZIP_H
#define GEN_ZIP_H

#include "gen.h"

enum { ZIP_MAX_ENTRIES = 16384 };

enum zip_flag {
    ZIP_STORED = 1 << 0,     /* not deflated */
    ZIP_HIDDEN = 1 << 1,     /* not in the directory */
    ZIP_DESCRIPTOR = 1 << 2, /* sizes after the content (bit 3) */
    ZIP_WIDE = 1 << 3,       /* zip64 fields for sizes and offset, though not needed */
    ZIP_NOT_UTF8 = 1 << 4,   /* without bit 11 */
    ZIP_LOCAL_ONLY = 1 << 5, /* set_flags only in the local header */
    ZIP_GHOST = 1 << 6,      /* only in the directory: its header is the one before */
    ZIP_BAD_DESCRIPTOR = 1 << 7,
    ZIP_SIZE_IN_FRONT =
        1 << 8,               /* with ZIP_DESCRIPTOR: of the three only the size, as bsdtar does */
    ZIP_LIE_IN_FRONT = 1 << 9 /* the same, and a wrong one */
};

struct zip_entry {
    const char *name;
    size_t name_n;          /* 0: as long as the string; for names with NUL */
    const char *local_name; /* another name in the local header; NULL: the same */
    const char *path_extra; /* a Unicode path field with this name */
    struct span data;
    unsigned flags;     /* zip_flag */
    unsigned set_flags; /* more general purpose bits */
    int method;         /* 0: what was done; else this number */
    uint32_t mode;      /* Unix mode; 0: none */
    uint32_t crc_xor;
    int64_t size_more, packed_more; /* added to the declared sizes */
};

struct zip_end {
    struct span before, gap, after, comment;
    int entries_more;      /* added to the number of entries */
    bool wide;             /* a zip64 end record as well */
    int wide_entries_more; /* and added to the number in there */
    struct span gap_end;   /* between the directory and its end record */
};

/* One ZIP file; end may be NULL. */
struct span zip_make(const struct zip_entry *entries, size_t count, const struct zip_end *end);

#endif
