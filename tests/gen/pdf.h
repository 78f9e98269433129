/*
 * pdf - writes PDF files revision by revision, and signs them.
 *
 * ISO 32000-1 7.5 (file structure, incremental updates), 12.8 (signatures); EN 319 142-1 (PAdES).
 * What it does not do: fonts of its own, images.
 */
#ifndef GEN_PDF_H
#define GEN_PDF_H

#include "cms.h"

enum pdf_style { PDF_TABLE, PDF_STREAM, PDF_HYBRID };

enum { PDF_MAX_PAGES = 4, PDF_MAX_ENTRIES = 64 };

struct pdf_entry {
    unsigned num, stream, index; /* stream: object stream it lies in, 0: none */
    size_t off;
};

/* How a document is encrypted (ISO 32000-2 7.6): V 1, 2, 4, 5 with R 2 to 6. */
struct pdf_lock_spec {
    int v, r;
    const char *user, *owner;
    bool aes; /* V 4: AESV2, else RC4 */
    bool plain_strings, clear_metadata;
    const char *from, *to; /* replaces a text of the dictionary, NULL: nothing */
};

struct pdf_crypt {
    const struct pdf_lock_spec *spec; /* NULL: not encrypted */
    struct span key;
    unsigned used;
    bool off; /* what is written now stays plain */
};

struct pdf {
    struct buffer out;
    enum pdf_style style;
    bool base; /* the first revision is still open */
    struct pdf_entry entries[PDF_MAX_ENTRIES];
    size_t entry_count;
    struct buffer packed; /* objects waiting for the object stream of the base */
    size_t packed_at[PDF_MAX_ENTRIES];
    unsigned packed_num[PDF_MAX_ENTRIES];
    size_t packed_count;
    unsigned size; /* next object number */
    size_t prev;   /* offset of the latest cross-reference section */
    /* what updates write again */
    unsigned page[PDF_MAX_PAGES], content[PDF_MAX_PAGES];
    size_t page_count;
    const char *annots[PDF_MAX_PAGES];
    const char *fields, *perms, *catalog_more, *form_more, *resources_more, *page_more;
    unsigned acroform, dss;
    struct pdf_crypt crypt;
    const char *encrypt; /* of the trailers */
    const char *id;      /* first file identifier */
};

struct pdf_signature {
    const char *field;
    const char *subfilter;      /* NULL: ETSI.CAdES.detached */
    const struct cms_spec *cms; /* or one of the next two */
    const struct tst_spec *tst; /* a DocTimeStamp */
    const char *x509;           /* adbe.x509.rsa_sha1: label of the signer */
    int docmdp;                 /* 0: none, else P */
    const char *fieldmdp;       /* "/Action /Include /Fields [(Amount)]" */
    const char *const *visible; /* lines of the box, NULL at the end; NULL: invisible */
    const char *rect; /* where it is; NULL: at the bottom of the page, as large as a seal */
    const char *name;
    int64_t when;     /* /M, relative to the clock; 0: an hour before */
    bool short_range; /* the ByteRange leaves out the last octets of the file */
};

/* A text page: "# title", "= heading", "---" rule, anything else a line; NULL at the end. */
void pdf_start(struct pdf *p, enum pdf_style style);
void pdf_add_page(struct pdf *p, const char *const *lines);
/* A text field; returns its object number. Only in the base. */
unsigned pdf_text_field(struct pdf *p, const char *name, const char *value, int y);
void pdf_finish_base(struct pdf *p);

/* From now on everything is encrypted; right after pdf_start. */
void pdf_lock(struct pdf *p, const struct pdf_lock_spec *spec);
struct span pdf_crypt_stream(struct pdf *p, unsigned num, struct span data);
const char *pdf_crypt_text(struct pdf *p, unsigned num, const char *text);
/* An object as it is, whatever is encrypted. */
void pdf_plain_object(struct pdf *p, unsigned num, const char *text);

/* Incremental updates: open, write objects, close. */
void pdf_open_update(struct pdf *p);
unsigned pdf_number(struct pdf *p);
void pdf_object(struct pdf *p, unsigned num, const char *fmt, ...) PRINTF_LIKE(3, 4);
void pdf_stream(struct pdf *p, unsigned num, const char *dict, struct span data);
void pdf_put_catalog(struct pdf *p);
void pdf_put_acroform(struct pdf *p);
void pdf_put_page(struct pdf *p, size_t index);
void pdf_put_page_tree(struct pdf *p);
void pdf_put_text_field(struct pdf *p, unsigned num, const char *name, const char *value, int y);
void pdf_close_update(struct pdf *p);

/* One update that signs everything so far. */
void pdf_sign(struct pdf *p, const struct pdf_signature *s);
/* One update with a DSS: certificates by label, CRLs and OCSP responses as DER. */
void pdf_add_dss(struct pdf *p, const char *certs, const struct span *crls, size_t crl_count,
                 const struct span *ocsps, size_t ocsp_count);
/* One update that replaces the text of a page. */
void pdf_replace_page(struct pdf *p, size_t index, const char *const *lines);

struct span pdf_bytes(struct pdf *p);
/* Replaces the first occurrence of a text by one of the same length. */
struct span pdf_patch(struct span file, const char *from, const char *to);

#endif
