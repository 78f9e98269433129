/*
 * internal - what the files of the PDF reader share. Nothing outside src/format/pdf includes it.
 *
 * ISO 32000-2:2020. The reader is strict: every revision is found by its own cross-reference
 * section, nothing is repaired, nothing is guessed. Objects are parsed lazily, once per definition.
 * Three kinds of trouble never mix: memory (doc->failed, becomes -1), a fact about the document
 * (a finding), and a limit of ours (PDF_LIMIT, REVIEW).
 */
#ifndef FORMAT_PDF_INTERNAL_H
#define FORMAT_PDF_INTERNAL_H

#include "format/extract.h"
#include "format/pdf/crypt.h"
#include "format/pdf/pdf.h"

enum {
    PDF_MAX_DEPTH = 64,            /* nesting of arrays and dictionaries, page tree, field tree */
    PDF_MAX_ITEMS = 500000,        /* values in one array or dictionary */
    PDF_MAX_NAME = 1024,           /* bytes of a name */
    PDF_MAX_STRING = 64 << 20,     /* bytes of a string as written */
    PDF_MAX_ENTRIES = 1000000,     /* cross-reference entries of all revisions together */
    PDF_MAX_OBJECT = 8388607,      /* object number (ISO 32000-1 Annex C) */
    PDF_MAX_REVISIONS = 500,       /* revisions of one document */
    PDF_MAX_SIGNATURES = 250,      /* signatures of one document */
    PDF_MAX_FIELDS = 100000,       /* nodes of one form */
    PDF_MAX_INFLATED = 64 << 20,   /* bytes inflated for one document */
    PDF_MAX_STREAM = 32 << 20,     /* bytes inflated for one stream */
    PDF_MAX_DECRYPTED = 128 << 20, /* bytes of streams decrypted for one document */
    PDF_MAX_EVIDENCE = 2000,       /* certificates, CRLs and OCSP answers in the DSS */
    PDF_MAX_CHANGES = 100,         /* changes told for one revision */
    PDF_MAX_WORK = 20 * 1000000    /* steps of walks over the whole document */
};

/* ---- values (ISO 32000-2 7.3) ---- */

enum pdf_type {
    PDF_NULL,
    PDF_BOOL,
    PDF_INT,
    PDF_REAL,
    PDF_STRING,
    PDF_NAME,
    PDF_ARRAY,
    PDF_DICT,
    PDF_STREAM,
    PDF_REF
};

struct pdf_obj {
    enum pdf_type type;
    uint32_t n; /* ARRAY, DICT: how many; REF: generation; STRING: PDF_DECODED or 0 */
    union {
        int64_t i;                 /* BOOL, INT; REF: object number */
        struct span raw;           /* REAL; STRING with its delimiters, or, PDF_DECODED, its
                                      bytes; NAME decoded, no slash */
        struct pdf_obj *items;     /* ARRAY */
        struct pdf_pair *pairs;    /* DICT, sorted by key */
        struct pdf_stream *stream; /* STREAM */
    };
};

/* A string that was decrypted: raw is its bytes, without delimiters and escapes. */
enum { PDF_DECODED = 1 };

struct pdf_pair {
    struct span key;
    struct pdf_obj value;
};

struct pdf_stream {
    struct pdf_obj dict;
    size_t body;  /* offset of the first data byte in the file */
    uint32_t num; /* of the object; its key depends on it */
    uint16_t gen;
};

/* ---- tokens ---- */

enum lex_kind {
    LEX_END,
    LEX_BAD,
    LEX_INT,
    LEX_REAL,
    LEX_STRING,
    LEX_NAME,
    LEX_ARRAY_OPEN,
    LEX_ARRAY_CLOSE,
    LEX_DICT_OPEN,
    LEX_DICT_CLOSE,
    LEX_WORD
};

struct lex {
    struct span in;
    size_t at;
};

struct token {
    enum lex_kind kind;
    struct span raw; /* as written; a name without its slash */
    int64_t i;
};

/* 7.2.3: character classes. */
enum { LEX_SPACE = 1, LEX_DELIMITER = 2, LEX_HEX = 4 };
extern const uint8_t lex_classes[256];

static inline bool lex_is_space(uint8_t c)
{
    return (lex_classes[c] & LEX_SPACE) != 0;
}

/* Skips white space and comments; without comments, white space only. */
void lex_skip(struct lex *x, bool comments);
struct token lex_next(struct lex *x);
bool lex_word(const struct token *t, const char *word);
/* Reads exactly this word (white space before it is skipped, comments are not). */
bool lex_expect(struct lex *x, const char *word);
/* Reads a non-negative integer. */
bool lex_uint(struct lex *x, uint64_t *out);

/* ---- the document ---- */

enum entry_type { ENTRY_FREE, ENTRY_OFFSET, ENTRY_IN_STREAM };

/* One cross-reference entry: which revision defines which object where. */
struct pdf_entry {
    uint64_t where; /* offset in the file, or index in the object stream */
    uint32_t num;
    uint32_t stream; /* ENTRY_IN_STREAM: number of the object stream */
    uint16_t gen;
    uint16_t rev;
    uint8_t type;
    uint8_t order; /* section of the revision: the lower one wins */
};

struct pdf_revision {
    size_t start;                  /* its bytes: [start, eof) and the line end behind it */
    size_t xref;                   /* its cross-reference section, as startxref names it */
    size_t eof;                    /* behind %%EOF */
    const struct pdf_obj *trailer; /* dictionary */
    bool hybrid;                   /* has /XRefStm (ISO 32000-2 7.5.8.4) */
    uint32_t xref_nums[2];         /* object numbers of its cross-reference streams, 0: none */
    size_t first, count;           /* its entries in doc->by_rev */
};

/* What lies behind the last revision (ISO 32000-2 7.5.5: nothing should). */
enum pdf_tail { TAIL_NONE, TAIL_COMMENT, TAIL_JUNK };

struct pdf_objstm;

/* What came of /Encrypt: opened without a password, with the one given, or closed, and why. */
enum crypt_state {
    CRYPT_OPEN,
    CRYPT_OPEN_GIVEN,
    CRYPT_NEEDED,
    CRYPT_WRONG,
    CRYPT_UNKNOWN,
    CRYPT_MALFORMED
};

struct crypt_filter {
    struct span name;
    enum crypt_method method;
};

struct pdf_crypt {
    enum crypt_state state;
    const char *about; /* the method, or why it stays closed; for people */
    struct crypt_facts facts;
    enum crypt_method strings, streams, files;
    struct crypt_filter named[CRYPT_FILTERS + 1];
    size_t named_count;
    size_t odd, plain; /* strings that are not encrypted as they should be, streams that need not */
    uint8_t key[CRYPT_KEY_MAX];
};

struct pdf_doc {
    struct arena *arena;
    struct span file;
    struct sp_findings *findings; /* the document's */
    bool failed;                  /* memory or arena cap: pdf_extract returns -1 */
    bool limited;                 /* a limit was met and told */
    bool quiet;                   /* malformed objects and limits are not told (active.c) */
    size_t notes;
    const char *trouble; /* why the structure at hand is malformed, English */
    bool linearized;
    bool encrypted;
    bool strings_locked, streams_locked; /* encrypted, and there is no key */
    struct pdf_crypt *crypt;             /* NULL: not encrypted */
    struct pdf_entry *entries;           /* sorted by number, then revision */
    size_t entry_count, entry_cap, entry_budget;
    struct pdf_obj **cache; /* parsed objects, parallel to entries */
    size_t *extent;         /* end offset of each parsed object, parallel to entries */
    uint32_t *by_rev;       /* entry indexes grouped by revision */
    struct pdf_revision *revs;
    size_t rev_count;
    uint32_t max_num;
    size_t tail; /* offset behind the last revision's %%EOF */
    enum pdf_tail tail_kind;
    struct pdf_objstm *objstms;
    size_t inflated, decrypted;
    unsigned depth; /* of nested loads */
    uint64_t work;
    struct pdf_obj *stack; /* values being collected by the parser */
    size_t stack_n, stack_cap;
    struct pdf_sig *sigs;
    size_t sig_count, sig_cap;
    struct pdf_lock *locks;
    size_t lock_count, lock_cap;
};

#define PDF_NO_ENTRY SIZE_MAX

/* document.c */

/* Arena memory that remembers a failure in doc->failed. */
void *doc_alloc(struct pdf_doc *d, size_t count, size_t size) WARN_UNUSED;
bool doc_grow(struct pdf_doc *d, void **items, size_t *cap, size_t need, size_t size) WARN_UNUSED;
const char *doc_text(struct pdf_doc *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The structure is malformed: remembers why; always false. */
bool doc_bad(struct pdf_doc *d, const char *why);
/* A limit was met: tells it once; always false. */
bool doc_limit(struct pdf_doc *d, const char *what);
/* Counts steps of a walk; false once there were too many. */
bool doc_work(struct pdf_doc *d, uint64_t steps);
/* Tells a malformed object, at most a few times. */
void doc_note_object(struct pdf_doc *d, uint32_t num);
void doc_note_duplicate(struct pdf_doc *d, struct span key, size_t offset);

/* Index of the entry that defines num as seen in revision rev; PDF_NO_ENTRY when none. */
size_t doc_find(const struct pdf_doc *d, uint32_t num, size_t rev);
/* The object; NULL when absent, null, malformed (told) or unreadable. */
const struct pdf_obj *doc_load(struct pdf_doc *d, uint32_t num, size_t rev);
const struct pdf_obj *doc_load_entry(struct pdf_doc *d, size_t entry);
/* Follows references; NULL for null. */
const struct pdf_obj *doc_resolve(struct pdf_doc *d, const struct pdf_obj *o, size_t rev);
/* The value of a key, resolved; NULL when absent or null. o may be NULL, DICT or STREAM. */
const struct pdf_obj *doc_get(struct pdf_doc *d, const struct pdf_obj *o, const char *key,
                              size_t rev);
/* Bytes of a stream: as written, decrypted, and decoded. False when malformed, locked or not
 * decodable. */
bool doc_stream_raw(struct pdf_doc *d, const struct pdf_obj *o, size_t rev, struct span *out);
bool doc_stream_plain(struct pdf_doc *d, const struct pdf_obj *o, size_t rev, struct span *out);
bool doc_stream_data(struct pdf_doc *d, const struct pdf_obj *o, size_t rev, struct span *out);
/* Bytes of an object's value for a scan over its tokens; false when there are none. */
bool doc_object_bytes(struct pdf_doc *d, size_t entry, struct span *out);
const struct pdf_obj *doc_catalog(struct pdf_doc *d, size_t rev);

/* object.c */

/* Parses one value at x. False when malformed (doc->trouble says why). */
bool object_parse(struct pdf_doc *d, struct lex *x, struct pdf_obj *out);
const struct pdf_obj *object_dict(const struct pdf_obj *o); /* of DICT or STREAM, else NULL */
const struct pdf_obj *object_at(const struct pdf_obj *o, struct span key);
const struct pdf_obj *object_key(const struct pdf_obj *o, const char *key);
bool object_is_name(const struct pdf_obj *o, const char *name);
bool object_has_duplicates(const struct pdf_obj *o);
/* Equal as written: references by number, strings by their bytes. Streams are not compared. */
bool object_same(struct pdf_doc *d, const struct pdf_obj *a, const struct pdf_obj *b);
/* A string's bytes; absent when out of memory. */
struct span object_string(struct pdf_doc *d, const struct pdf_obj *o);
/* A text string as UTF-8 (ISO 32000-2 7.9.2.2). */
const char *object_text(struct pdf_doc *d, const struct pdf_obj *o);
const char *object_name_text(struct pdf_doc *d, struct span name); /* "/Name" for people */
/* A date (ISO 32000-2 7.9.4); SP_NO_TIME when malformed. */
int64_t object_date(struct pdf_doc *d, const struct pdf_obj *o);

/* filter.c */

bool filter_decode(struct pdf_doc *d, const struct pdf_obj *stream, size_t rev, struct span raw,
                   struct span *out);

/* xref.c */

struct xref_section {
    uint64_t offset;
    size_t end; /* behind the trailer dictionary, or behind endobj */
    const struct pdf_obj *trailer;
    uint32_t num; /* object number of a cross-reference stream, 0: a table */
    size_t first, count;
};

/* Parses the section at offset; its entries are appended to d->entries. */
bool xref_read(struct pdf_doc *d, uint64_t offset, uint8_t order, struct xref_section *out);

/* revision.c */

/* Finds the revisions. False when there is no readable structure at all (doc->trouble). */
bool revision_read_all(struct pdf_doc *d);

/* unlock.c: encrypted documents (ISO 32000-2 7.6) */

/* Reads /Encrypt and looks for the key: without a password, then with this one (absent: none). */
void unlock(struct pdf_doc *d, struct span password);
/* Wipes the key. */
void unlock_end(struct pdf_doc *d);
/* Tells how the document was opened, or why not; after everything was read. */
void unlock_tell(struct pdf_doc *d);
/* Tells versions that change how the document is encrypted. */
void unlock_compare(struct pdf_doc *d);
/* Decrypts the strings of an object as it was parsed; false: memory. */
bool unlock_strings(struct pdf_doc *d, const struct pdf_entry *e, struct pdf_obj *o);
/* Decrypts the bytes of a stream; false when that cannot be done (doc->trouble). */
bool unlock_stream(struct pdf_doc *d, const struct pdf_obj *o, size_t rev, struct span *data);

/* form.c */

struct pdf_field {
    const struct pdf_obj *dict;
    uint32_t num;                /* object number, 0: written directly into its parent */
    uint32_t parent;             /* index of the parent node, UINT32_MAX: none */
    struct span type;            /* FT, inherited; absent when none */
    const char *name;            /* full name; NULL when locked */
    const struct pdf_obj *value; /* V as written, inherited; NULL when absent */
    bool own_value;
    bool has_kids;
    bool has_name; /* has its own /T: a field, not only a widget of its parent */
};

struct pdf_form {
    const struct pdf_obj *acroform; /* resolved, NULL: none */
    struct pdf_field *fields;
    size_t count, cap;
    bool bad;
};

struct walk;

/* Reads the field tree as seen in revision rev into arena a. touched, when given, gets the numbers
 * of all objects the result depends on. */
void form_read(struct pdf_doc *d, struct arena *a, size_t rev, struct walk *touched,
               struct pdf_form *out);

/* sig.c: signature discovery */

enum lock_action { LOCK_ALL, LOCK_INCLUDE, LOCK_EXCLUDE };

/* Form fields a signature forbids to change (12.7.5.5, 12.8.2.4). */
struct pdf_lock {
    size_t sig;
    enum lock_action action;
    const char **names;
    size_t count;
};

struct pdf_sig {
    size_t entry; /* of the object that holds the dictionary; PDF_NO_ENTRY: found in raw bytes */
    size_t rev;   /* that defines it */
    size_t signed_rev;          /* the revision its ByteRange ends with; = rev when broken */
    size_t offset;              /* for sorting */
    const struct pdf_obj *dict; /* NULL when V is not a dictionary or found in raw bytes */
    const struct pdf_obj *lock; /* SigFieldLock of its field */
    const char *field;
    bool in_form, in_last_form, usage_rights, certifies;
    int p; /* DocMDP P when it certifies, or the lock's P, 0: none */
    struct extracted *out;
};

/* Finds all signature dictionaries of all revisions (d->sigs, sorted). */
void sig_discover(struct pdf_doc *d);
/* Index in d->sigs of the signature held by this entry, SIZE_MAX when none. */
size_t sig_by_entry(const struct pdf_doc *d, size_t entry);

/* byterange.c: one signature's ByteRange, Contents and SubFilter */
void byterange_read(struct pdf_doc *d, struct pdf_sig *sig, const char *where);

/* docmdp.c */
void docmdp_read(struct pdf_doc *d);
/* The strictest P in force after revision rev: 0 none. certified: there is a certification. */
int docmdp_level(const struct pdf_doc *d, size_t rev, bool *certified);
/* The signature whose lock names this field, NULL when none. */
const struct pdf_sig *docmdp_locks(const struct pdf_doc *d, size_t rev, const char *field);

/* dss.c */
void dss_read(struct pdf_doc *d, struct extraction *out);

/* walk.c: object numbers referred to by an object, without building it */

struct walk {
    struct pdf_doc *d;
    struct arena *a;
    uint8_t *seen; /* bit per object number */
    uint32_t *queue;
    size_t n, cap;
};

bool walk_init(struct walk *w, struct pdf_doc *d, struct arena *a);
bool walk_has(const struct walk *w, uint32_t num);
bool walk_add(struct walk *w, uint32_t num); /* true when it is new */
void walk_value(struct walk *w, const struct pdf_obj *o);
/* Adds all references of the object this entry defines. */
void walk_entry(struct walk *w, size_t entry);

/* active.c: what acts, or is shown only at times; what two programs would read differently. The
 * last step: what it loads in vain is not told as a malformed object. */
void active_read(struct pdf_doc *d);

/* diff.c */
void diff_all(struct pdf_doc *d, struct extraction *out);

#endif
