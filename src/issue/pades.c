/*
 * pades - see issue.h. EN 319 142-1 (levels B-B, B-T, B-LT, B-LTA), ISO 32000-2 12.8.
 *
 * Three updates, each by pdf_update: the signature with its field (and DocMDP 1 when it certifies),
 * the evidence (DSS), the document time-stamp. The signature dictionary is written with room for
 * its value; the value is made over all octets but that room.
 */
#include <stdio.h>

#include <openssl/rand.h>

#include "issue/cades.h"
#include "issue/pdf_update.h"

enum {
    STAMP_ROOM = 24 << 10,                  /* tokens bring their authority's chain, some a CRL */
    VALUE_ROOM = KEYS_SIGNATURE_MAX + 2048, /* value, attributes, algorithms, tags and lengths */
    RANGE_TEXT = 48,
    FILE_MAX = 64 << 20,
    ARENA_MAX = 256 << 20
};

static int fail(char *why, const char *what, const char *detail)
{
    (void)snprintf(why, ISSUE_WHY, "%s: %s", what, detail);
    return 1;
}

static int finish(struct pdf_update *u)
{
    uint8_t id[16];
    return RAND_bytes(id, sizeof id) == 1 ? pdf_update_end(u, id) : -1;
}

/* ---- room for a value ------------------------------------------------------------------------ */

struct room {
    size_t range, contents; /* offsets of "[" of ByteRange and "<" of Contents */
    size_t octets;
};

/* What a signature can take at most: the chain, once more the issuer's name. The room is filled up
 * with zeros that stay in the file for ever, are digested and copied. */
static size_t room_for(const struct signer *s, bool stamped)
{
    struct span chain[KEYS_CHAIN_MAX];
    size_t count = signer_chain(s, chain), n = VALUE_ROOM + (stamped ? STAMP_ROOM : 0);
    for (size_t i = 0; i < count; i++) {
        n += chain[i].n + (i == 0 ? chain[i].n : 0);
    }
    return n;
}

static struct room put_room(struct buffer *out, size_t octets)
{
    struct room r = {.octets = octets};
    buffer_str(out, "/ByteRange ");
    r.range = out->n;
    buffer_printf(out, "%-*s", RANGE_TEXT, "[0 0 0 0]");
    buffer_str(out, "\n/Contents ");
    r.contents = out->n;
    buffer_char(out, '<');
    uint8_t *zeros = buffer_room(out, 2 * octets);
    if (zeros) {
        memset(zeros, '0', 2 * octets);
        buffer_took(out, zeros + 2 * octets);
    }
    buffer_char(out, '>');
    return r;
}

/* Writes the ByteRange and digests what it covers. */
static int digest_around(struct buffer *out, struct room r, const char *name, uint8_t *hash,
                         size_t *size)
{
    size_t after = r.contents + 2 + 2 * r.octets;
    char text[RANGE_TEXT + 1];
    if (!buffer_ok(out)) {
        return -1;
    }
    int n = snprintf(text, sizeof text, "[0 %zu %zu %zu]", r.contents, after, out->n - after);
    memcpy(out->p + r.range, text, (size_t)n);
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
    unsigned length = 0;
    bool ok = c && md && EVP_DigestInit_ex(c, md, NULL) == 1 &&
              EVP_DigestUpdate(c, out->p, r.contents) == 1 &&
              EVP_DigestUpdate(c, out->p + after, out->n - after) == 1 &&
              EVP_DigestFinal_ex(c, hash, &length) == 1;
    EVP_MD_free(md);
    EVP_MD_CTX_free(c);
    *size = length;
    return ok ? 0 : -1;
}

static int fill(struct buffer *out, struct room r, struct span value, char *why)
{
    static const char digits[] = "0123456789abcdef";
    if (value.n > r.octets) {
        return fail(why, "the signature", "it is larger than the room that is kept for it");
    }
    for (size_t i = 0; i < value.n; i++) {
        out->p[r.contents + 1 + 2 * i] = (uint8_t)digits[value.p[i] >> 4];
        out->p[r.contents + 2 + 2 * i] = (uint8_t)digits[value.p[i] & 15];
    }
    return 0;
}

/* ---- the form -------------------------------------------------------------------------------- */

struct field {
    uint32_t value, widget, form, page;
    char name[32];
    const struct render_place *where;
    bool certify;
};

/* An empty appearance: what is to be seen there is drawn by the page itself. */
static uint32_t put_appearance(struct pdf_update *u, const struct render_place *w)
{
    char dict[160];
    uint32_t num = pdf_update_number(u);
    (void)snprintf(dict, sizeof dict,
                   "/Type /XObject /Subtype /Form /BBox [0 0 %.2f %.2f] /Resources << >>", w->w,
                   w->h);
    pdf_update_stream(u, num, dict, SPAN_LIT("q Q\n"));
    return num;
}

static void put_widget(struct pdf_update *u, const struct field *f)
{
    const struct render_place *w = f->where;
    static const struct render_place nowhere = {.page = 0};
    uint32_t look = put_appearance(u, w ? w : &nowhere);
    double x = w ? w->x : 0, y = w ? w->y : 0;
    pdf_update_object(u, f->widget,
                      "<< /Type /Annot /Subtype /Widget /FT /Sig /T (%s) /V %u 0 R /P %u 0 R "
                      "/F 132 /Rect [%.2f %.2f %.2f %.2f] /AP << /N %u 0 R >> >>",
                      f->name, f->value, f->page, x, y, x + (w ? w->w : 0), y + (w ? w->h : 0),
                      look);
}

/* "key [ what was there, one more ]" */
static void list_with(struct pdf_update *u, uint32_t num, const char *key, uint32_t more,
                      struct buffer *out)
{
    buffer_printf(out, "/%s [", key);
    (void)!pdf_outline_value(&u->old, num, key, out);
    buffer_printf(out, "%u 0 R]", more);
}

static int put_page(struct pdf_update *u, const struct field *f)
{
    static const char *const drop[] = {"Annots", NULL};
    struct buffer more;
    buffer_init(&more, 1 << 16);
    list_with(u, f->page, "Annots", f->widget, &more);
    const char *text = buffer_cstr(&more);
    if (text) {
        pdf_update_again(u, f->page, drop, text);
    }
    buffer_free(&more);
    return text ? 0 : -1;
}

static int put_form(struct pdf_update *u, const struct field *f)
{
    static const char *const drop[] = {"Fields", "SigFlags", NULL};
    struct buffer more;
    bool is_new = f->form == 0;
    buffer_init(&more, 1 << 16);
    uint32_t num = is_new ? pdf_update_number(u) : f->form;
    if (is_new) {
        pdf_update_object(u, num, "<< /Fields [%u 0 R] /SigFlags 3 >>", f->widget);
    } else {
        list_with(u, num, "Fields", f->widget, &more);
        buffer_str(&more, " /SigFlags 3");
        const char *text = buffer_cstr(&more);
        u->failed = u->failed || !text;
        if (text) {
            pdf_update_again(u, num, drop, text);
        }
    }
    buffer_free(&more);
    if (is_new || f->certify) {
        static const char *const catalog_drop[] = {"AcroForm", "Perms", NULL};
        char entries[128];
        int n = snprintf(entries, sizeof entries, "/AcroForm %u 0 R", num);
        if (f->certify) {
            (void)snprintf(entries + n, sizeof entries - (size_t)n, " /Perms << /DocMDP %u 0 R >>",
                           f->value);
        }
        pdf_update_again(u, u->old.root, catalog_drop, entries);
    }
    return u->failed ? -1 : 0;
}

/* A new field and all that names it. */
static int put_field(struct pdf_update *u, struct field *f, const char *prefix)
{
    f->page = f->where ? pdf_outline_page(&u->old, (uint32_t)f->where->page) : u->old.first_page;
    f->page = f->page ? f->page : u->old.first_page;
    f->form = pdf_outline_ref(&u->old, u->old.root, "AcroForm");
    f->widget = pdf_update_number(u);
    (void)snprintf(f->name, sizeof f->name, "%s%u", prefix, f->widget);
    put_widget(u, f);
    return put_form(u, f) == 0 ? put_page(u, f) : -1;
}

/* ---- the signature --------------------------------------------------------------------------- */

static struct room put_signature(struct pdf_update *u, uint32_t num, const struct pades_options *o,
                                 size_t octets)
{
    struct buffer *out = u->out;
    pdf_update_open(u, num);
    buffer_str(out, "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached\n/M ");
    pdf_update_date(out, o->now);
    const struct {
        const char *key, *text;
    } texts[] = {{"Name", o->name}, {"Reason", o->reason}, {"Location", o->place}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i].text) {
            buffer_printf(out, "\n/%s ", texts[i].key);
            pdf_update_text(out, texts[i].text);
        }
    }
    buffer_char(out, '\n');
    struct room r = put_room(out, octets);
    if (o->certify) {
        buffer_str(out, "\n/Reference [<< /Type /SigRef /TransformMethod /DocMDP "
                        "/TransformParams << /Type /TransformParams /P 1 /V /1.2 >> >>]");
    }
    buffer_str(out, " >>");
    pdf_update_close(u);
    return r;
}

/* The first update. 0, 1, -1. */
static int sign_update(struct arena *a, struct span pdf, struct signer *s,
                       const struct pades_options *o, struct buffer *out, char *why)
{
    struct pdf_update *u = arena_alloc(a, sizeof *u);
    struct field f = {.where = o->where, .certify = o->certify};
    uint8_t hash[EVP_MAX_MD_SIZE];
    size_t n;
    struct span value;
    const char *wrong = "";
    int rc = u ? pdf_update_begin(u, a, pdf, out, &wrong) : -1;
    if (rc != 0) {
        return rc == 1 ? fail(why, "the PDF cannot be signed", wrong) : -1;
    }
    if (o->certify && u->old.has_signature) {
        return fail(why, "the PDF cannot be certified", "it has a signature already");
    }
    f.value = pdf_update_number(u);
    const struct stamper *t = o->level >= PADES_T ? o->stamper : NULL;
    struct room r = put_signature(u, f.value, o, room_for(s, t));
    if (put_field(u, &f, "Signature") != 0 || finish(u) != 0 ||
        digest_around(out, r, cades_digest(s), hash, &n) != 0) {
        return -1;
    }
    rc = cades_sign(a, s, span_make(hash, n), t, &value, why);
    return rc == 0 ? fill(out, r, value, why) : rc;
}

/* ---- evidence -------------------------------------------------------------------------------- */

/* "/Key [refs]" with what was there and a stream for each. */
static void put_streams(struct pdf_update *u, uint32_t dss, const char *key,
                        const struct span *ders, size_t count, struct buffer *list)
{
    buffer_printf(list, "/%s [", key);
    if (dss) {
        (void)!pdf_outline_value(&u->old, dss, key, list);
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t num = pdf_update_number(u);
        pdf_update_stream(u, num, "", ders[i]);
        buffer_printf(list, "%u 0 R ", num);
    }
    buffer_str(list, "] ");
}

static int evidence_update(struct arena *a, struct span pdf, const struct pades_evidence *e,
                           struct buffer *out, char *why)
{
    struct pdf_update *u = arena_alloc(a, sizeof *u);
    static const char *const drop[] = {"DSS", NULL};
    struct buffer list;
    const char *wrong = "";
    char entry[64];
    int rc = u ? pdf_update_begin(u, a, pdf, out, &wrong) : -1;
    if (rc != 0) {
        return rc == 1 ? fail(why, "evidence cannot be added to the PDF", wrong) : -1;
    }
    uint32_t old = pdf_outline_ref(&u->old, u->old.root, "DSS");
    uint32_t dss = old ? old : pdf_update_number(u);
    buffer_init(&list, 1 << 20);
    put_streams(u, old, "Certs", e->certs, e->cert_count, &list);
    put_streams(u, old, "CRLs", e->crls, e->crl_count, &list);
    put_streams(u, old, "OCSPs", e->ocsps, e->ocsp_count, &list);
    const char *text = buffer_cstr(&list);
    pdf_update_open(u, dss);
    buffer_printf(out, "<< /Type /DSS %s>>", text ? text : "");
    pdf_update_close(u);
    buffer_free(&list);
    if (!old) {
        (void)snprintf(entry, sizeof entry, "/DSS %u 0 R", dss);
        pdf_update_again(u, u->old.root, drop, entry);
    }
    return text ? finish(u) : -1;
}

/* ---- the document time-stamp ----------------------------------------------------------------- */

static int stamp_update(struct arena *a, struct span pdf, const struct stamper *t,
                        struct buffer *out, char *why)
{
    struct pdf_update *u = arena_alloc(a, sizeof *u);
    struct field f = {.where = NULL};
    struct buffer token;
    uint8_t hash[EVP_MAX_MD_SIZE];
    size_t n;
    const char *wrong = "";
    int rc = u ? pdf_update_begin(u, a, pdf, out, &wrong) : -1;
    if (rc != 0) {
        return rc == 1 ? fail(why, "the PDF cannot be time-stamped", wrong) : -1;
    }
    f.value = pdf_update_number(u);
    pdf_update_open(u, f.value);
    buffer_str(out, "<< /Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161\n");
    struct room r = put_room(out, STAMP_ROOM);
    buffer_str(out, " >>");
    pdf_update_close(u);
    if (put_field(u, &f, "Timestamp") != 0 || finish(u) != 0 ||
        digest_around(out, r, "SHA256", hash, &n) != 0) {
        return -1;
    }
    buffer_init(&token, STAMP_ROOM);
    rc = t->stamp(t->context, span_make(hash, n), &token, why);
    if (rc == 0) {
        rc = fill(out, r, buffer_span(&token), why);
    }
    buffer_free(&token);
    return rc;
}

/* ---- together -------------------------------------------------------------------------------- */

/* Runs a step from *now into a new buffer, which becomes *now. */
static void step_begin(struct buffer *next)
{
    buffer_init(next, FILE_MAX);
}

static int step_end(int rc, struct buffer *now, struct buffer *next)
{
    buffer_free(now);
    *now = *next;
    return rc;
}

static int extend(struct arena *a, struct buffer *now, const struct pades_options *o, char *why)
{
    struct buffer next;
    int rc = 0;
    if (o->level >= PADES_LT && o->evidence) {
        step_begin(&next);
        rc = evidence_update(a, buffer_span(now), o->evidence, &next, why);
        rc = step_end(rc, now, &next);
    }
    if (rc == 0 && o->level == PADES_LTA && o->stamper) {
        step_begin(&next);
        rc = stamp_update(a, buffer_span(now), o->stamper, &next, why);
        rc = step_end(rc, now, &next);
    }
    return rc;
}

static int keep(int rc, struct buffer *now, struct buffer *out, struct arena *a)
{
    if (rc == 0) {
        buffer_add(out, buffer_span(now));
        rc = buffer_ok(out) ? 0 : -1;
    }
    buffer_free(now);
    arena_free(a);
    return rc;
}

int pades_sign(struct span pdf, struct signer *s, const struct pades_options *o, struct buffer *out,
               char *why)
{
    struct arena *a = arena_new(ARENA_MAX);
    struct buffer now;
    if ((o->level >= PADES_T && !o->stamper) || (o->level >= PADES_LT && !o->evidence)) {
        arena_free(a);
        return fail(why, "this level", "needs a time-stamping authority, and evidence from LT on");
    }
    buffer_init(&now, FILE_MAX);
    int rc = a ? sign_update(a, pdf, s, o, &now, why) : -1;
    rc = rc == 0 ? extend(a, &now, o, why) : rc;
    return keep(rc, &now, out, a);
}

int pades_extend(struct span pdf, const struct pades_options *o, struct buffer *out, char *why)
{
    struct arena *a = arena_new(ARENA_MAX);
    struct buffer now;
    buffer_init(&now, FILE_MAX);
    buffer_add(&now, pdf);
    int rc = a && buffer_ok(&now) ? extend(a, &now, o, why) : -1;
    return keep(rc, &now, out, a);
}
