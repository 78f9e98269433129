/*
 * issue - a certificate of the scheme, from its data to its files.
 *
 *   data (JSON, certs/certificate.schema.json)
 *     -> issue_check     the data are complete and agree with the rules
 *     -> render_pdf      bilingual A4 pages, QR code, attachments, PDF/A-3b; unsigned
 *     -> pades_sign      incremental updates: signature (DocMDP 1), evidence, document time-stamp
 *     -> issue_xml, xades_sign   the same data as XML, signed
 *     -> register        the event, its proof (register/register.h)
 *
 * Data travel as a jansson object in the form of certs/sample.json. Functions return 0, 1 when the
 * input is at fault (why says so), or -1: a failure of our own.
 */
#ifndef ISSUE_ISSUE_H
#define ISSUE_ISSUE_H

#include <jansson.h>

#include "base/buffer.h"
#include "keys/keys.h"
#include "scheme/settings.h"

enum { ISSUE_WHY = 512 };

/* Shape and contents: every key known, nothing missing, texts, dates and hashes well formed, dates
 * as scheme/ has them for the kind. number and url may be absent (they are given at issue).
 * settings NULL: the defaults. */
int issue_check(const json_t *data, const struct scheme_settings *settings, char *why) WARN_UNUSED;

/* Fills in the dates that follow from the rules where the data have none: issued_on is today, the
 * validity that of R-VAL-1 to R-VAL-4, or today where it cannot be said, for issue_check to refuse.
 * 0 or -1. */
int issue_dates(json_t *data, const struct scheme_settings *settings, int32_t today) WARN_UNUSED;

/* amend.c: the data of an amended (or corrected) certificate: change has decision, en, hi, perhaps
 * signatory, and models, reports, conditions to be added, or "set" with what is put right. *out:
 * new data, still to be checked by issue_check. ISSUE_NOTHING_NEW: the certificate is as asked
 * already, by an amendment with the same words. */
enum { ISSUE_NOTHING_NEW = 2 };
int issue_amend(const json_t *now, json_t *change, bool corrects, const char *date, json_t **out,
                char *why) WARN_UNUSED;

/* ---- twin.c: the data for machines. XML: to be signed by xades_sign. */
#define ISSUE_XML_NAMESPACE "urn:satyapan:iotscs-certificate:1"
int issue_json(const json_t *data, struct buffer *out) WARN_UNUSED; /* canonical */
int issue_xml(const json_t *data, struct buffer *out) WARN_UNUSED;

/* ---- render/: needs cairo, pango, libqrencode; in satyapan-issue only */
struct renderer;

/* Fonts and colour profile, read once; one thread. fonts: the folder of the Noto files, icc: an
 * sRGB profile; NULL: where Debian has them. -1: why[ISSUE_WHY] says what is not there. */
int renderer_open(const char *fonts, const char *icc, struct renderer **out, char *why) WARN_UNUSED;
void renderer_close(struct renderer *r);

struct render_options {
    const char *watermark; /* across each page, such as "DRAFT - NOT VALID"; NULL: none */
    const char *qr;        /* text of the QR code (qr.h); NULL: none, as in a dry run */
    int64_t created;       /* UTC; makes the file reproducible */
    struct span json, xml; /* attached; absent: none */
};
/* where: page (from 0) and rectangle of the visible signature, points from the lower left. */
struct render_place {
    int page;
    double x, y, w, h;
};
/* Data that issue_check takes. 1: a letter that the fonts do not have. */
int render_pdf(struct renderer *r, const json_t *data, const struct render_options *o,
               struct buffer *out, struct render_place *where, char *why) WARN_UNUSED;

/* ---- pades.c */
enum pades_level { PADES_B, PADES_T, PADES_LT, PADES_LTA };

/* A time-stamp of a digest from a TSA: token DER into out. NULL: no TSA. Returns 0, 1 (why), -1. */
struct stamper {
    int (*stamp)(void *context, struct span digest, struct buffer *out, char *why);
    void *context;
};

/* Certificates, CRLs and OCSP answers for LT. */
struct pades_evidence {
    const struct span *certs, *crls, *ocsps;
    size_t cert_count, crl_count, ocsp_count;
};

struct pades_options {
    enum pades_level level;
    int64_t now; /* /M; no signingTime attribute (EN 319 142-1) */
    const char *name, *reason, *place;
    const struct render_place *where; /* NULL: invisible */
    const struct stamper *stamper;
    const struct pades_evidence *evidence;
    bool certify; /* DocMDP P=1 */
};
int pades_sign(struct span pdf, struct signer *s, const struct pades_options *o, struct buffer *out,
               char *why) WARN_UNUSED;

/* Evidence and a document time-stamp for a signed file (register renew-timestamps). */
int pades_extend(struct span pdf, const struct pades_options *o, struct buffer *out,
                 char *why) WARN_UNUSED;

/* ---- xades.c: enveloped, exclusive c14n, SHA-256; T with a stamper */
int xades_sign(struct span xml, struct signer *s, const struct stamper *t, int64_t now,
               struct buffer *out, char *why) WARN_UNUSED;

/* xades_extend.c: evidence and an archive time-stamp for such a file (register renew-timestamps).
 * 0; 1 (why): the authority, or it is no such file; -1. */
int xades_extend(struct span xml, const struct stamper *t, const struct pades_evidence *e,
                 struct buffer *out, char *why) WARN_UNUSED;

#endif
