/*
 * making - see making.h.
 */
#include "cli/issue/making.h"

#include <errno.h>
#include <stdio.h>

#include "base/mem.h"
#include "db/rows.h"
#include "records/blobs.h"

enum { FILE_MAX = 64 << 20 };

void making_begin(struct making *m, struct issuing *c, struct issue_item *item)
{
    *m = (struct making){.c = c, .item = item};
    struct buffer *const all[] = {&m->json, &m->xml, &m->signed_xml, &m->pdf, &m->signed_pdf};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        buffer_init(all[i], FILE_MAX);
    }
}

void making_end(struct making *m)
{
    struct buffer *const all[] = {&m->json, &m->xml, &m->signed_xml, &m->pdf, &m->signed_pdf};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        buffer_free(all[i]);
    }
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

/* ---- the files ------------------------------------------------------------------------------- */

/* The day on which the code says the certificate is valid: the day it is made, but not before its
 * first, nor while it is suspended. DATE_NONE: the records failed. */
static int32_t valid_day(const struct making *m)
{
    const json_t *data = m->item->data, *amendment = json_object_get(data, "amendment");
    int32_t made = DATE_NONE, from = DATE_NONE, since = DATE_NONE;
    struct register_state now;
    if (!date_parse(
            span_str(text_of(amendment ? amendment : data, amendment ? "date" : "issued_on")),
            &made) ||
        !date_parse(span_str(text_of(data, "valid_from")), &from)) {
        return DATE_NONE;
    }
    if (amendment) {
        if (register_state(m->c->r, m->item->number, text_of(amendment, "date"), NULL, NULL, &now,
                           NULL) == RECORDS_FAILED) {
            return DATE_NONE;
        }
        bool suspended =
            now.status == REGISTER_SUSPENDED && date_parse(span_str(now.since), &since);
        made = suspended ? since - 1 : made;
    }
    return made > from ? made : from;
}

static int make_qr(struct making *m)
{
    struct issuing *c = m->c;
    const json_t *data = m->item->data;
    struct qr_claim claim = {.as_of = valid_day(m), .valid_to = DATE_NONE};
    struct buffer text;
    (void)snprintf(claim.url, sizeof claim.url, "%s", text_of(data, "url"));
    (void)snprintf(claim.number, sizeof claim.number, "%s", m->item->number);
    memcpy(claim.data, m->hash, sizeof claim.data);
    if (claim.as_of == DATE_NONE ||
        !date_parse(span_str(text_of(data, "valid_to")), &claim.valid_to)) {
        return -1;
    }
    buffer_init(&text, sizeof m->qr - 1);
    int rc = qr_make(&claim, &c->key.key, &c->key.by, &text);
    const char *s = rc == 0 ? buffer_cstr(&text) : NULL;
    (void)snprintf(m->qr, sizeof m->qr, "%s", s ? s : "");
    buffer_free(&text);
    if (!s) {
        (void)snprintf(m->item->why, ISSUE_WHY, "%s", register_key_gone);
    }
    return s ? 0 : -1;
}

static int make_json(struct making *m)
{
    char *text = rows_canonical(m->item->data);
    buffer_str(&m->json, text ? text : "");
    int rc = text && buffer_ok(&m->json) ? hash_sha256(span_str(text), m->hash) : -1;
    mem_free(text);
    return rc;
}

static int make_xml(struct making *m)
{
    struct issuing *c = m->c;
    int rc = issue_xml(m->item->data, &m->xml);
    return rc ? rc
              : xades_sign(buffer_span(&m->xml), c->signer, c->stamps ? &c->stamper : NULL, c->now,
                           &m->signed_xml, m->item->why);
}

static int make_pdf(struct making *m)
{
    struct issuing *c = m->c;
    const json_t *signatory = json_object_get(m->item->data, "signatory");
    struct render_place where;
    const struct render_options look = {.qr = m->qr,
                                        .created = c->now,
                                        .json = buffer_span(&m->json),
                                        .xml = buffer_span(&m->signed_xml)};
    const struct pades_options how = {.level = c->level,
                                      .now = c->now,
                                      .name = text_of(signatory, "name"),
                                      .reason = m->item->number,
                                      .place = text_of(signatory, "place"),
                                      .where = &where,
                                      .stamper = c->stamps ? &c->stamper : NULL,
                                      .evidence = &c->evidence,
                                      .certify = true};
    int rc = render_pdf(c->renderer, m->item->data, &look, &m->pdf, &where, m->item->why);
    return rc == 1 ? MAKING_REFUSED
           : rc    ? rc
                : pades_sign(buffer_span(&m->pdf), c->signer, &how, &m->signed_pdf, m->item->why);
}

/* The bytes are on the disk under their hash before anything names them. */
static int keep_file(struct making *m, const struct buffer *file, char hash[SHA256_HEX],
                     int64_t *size)
{
    struct blob_draft *d = NULL;
    if (blob_begin(m->c->data, FILE_MAX, &d) != 0) {
        return -1;
    }
    if (blob_write(d, buffer_span(file)) != 0) {
        blob_drop(d);
        return -1;
    }
    return blob_done(d, hash, size);
}

int making_keep(struct making *m)
{
    int rc = keep_file(m, &m->signed_pdf, m->pdf_hash, &m->pdf_size);
    rc = rc ? rc : keep_file(m, &m->signed_xml, m->xml_hash, &m->xml_size);
    if (rc != 0) {
        (void)snprintf(m->item->why, ISSUE_WHY, "the files cannot be kept in %.200s/blobs: %s",
                       m->c->data, strerrordesc_np(errno));
    }
    return rc;
}

int making_files(struct making *m)
{
    int rc = make_json(m);
    rc = rc ? rc : make_qr(m);
    rc = rc ? rc : make_xml(m);
    return rc ? rc : make_pdf(m);
}

int making_rows(struct making *m)
{
    struct issuing *c = m->c;
    int rc = blob_keep(c->r, m->pdf_hash, m->pdf_size, c->now);
    return rc ? rc : blob_keep(c->r, m->xml_hash, m->xml_size, c->now);
}
