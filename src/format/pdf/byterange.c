/*
 * byterange - what one signature dictionary covers and carries (ISO 32000-2 12.8.1, 12.8.3).
 *
 * ByteRange must be [0 a b c]: the file up to /Contents, and from behind it to the end of a
 * revision; the gap is exactly the hexadecimal string of this very dictionary. Anything else is a
 * broken signature (USF, SWA, SIWA attacks), never "unsigned".
 * What it does not do: compute a digest or read the CMS.
 */
#include "format/pdf/internal.h"

#include "asn1/der.h"

struct subfilter {
    const char *name;
    enum sp_kind kind;
    enum blob_kind blob;
    bool pades;
};

/* 12.8.3.3, 12.8.3.4, 12.8.5; EN 319 142-1. */
static const struct subfilter subfilters[] = {
    {"ETSI.CAdES.detached", SP_KIND_PADES, BLOB_CMS, true},
    {"adbe.pkcs7.detached", SP_KIND_PDF_PKCS7, BLOB_CMS, false},
    {"adbe.pkcs7.sha1", SP_KIND_PDF_PKCS7, BLOB_CMS_SHA1, false},
    {"adbe.x509.rsa_sha1", SP_KIND_PDF_PKCS7, BLOB_RSA_SHA1, false},
    {"ETSI.RFC3161", SP_KIND_DOCTIMESTAMP, BLOB_TST, false},
};

static void broken(struct pdf_doc *d, struct pdf_sig *s, const char *where, enum sp_reason reason,
                   const char *en)
{
    s->out->broken = true;
    finding_add(d->arena, &s->out->findings, reason, where, en, NULL);
}

static bool read_subfilter(struct pdf_doc *d, struct pdf_sig *s, const char *where)
{
    const struct pdf_obj *name = doc_get(d, s->dict, "SubFilter", s->rev);
    for (size_t i = 0; i < sizeof subfilters / sizeof *subfilters; i++) {
        if (object_is_name(name, subfilters[i].name)) {
            s->out->kind = subfilters[i].kind;
            s->out->blob_kind = subfilters[i].blob;
            s->out->cades_required = s->out->single_signer = subfilters[i].pades;
            return true;
        }
    }
    broken(d, s, where, SP_PDF_SUBFILTER,
           name && name->type == PDF_NAME ? object_name_text(d, name->raw) : "-");
    return false;
}

/* The four integers; NULL, or what is wrong with them. */
static const char *read_ranges(struct pdf_doc *d, struct pdf_sig *s, uint64_t v[4])
{
    const struct pdf_obj *o = doc_get(d, s->dict, "ByteRange", s->rev);
    if (!o || o->type != PDF_ARRAY) {
        return o ? "/ByteRange is not an array" : "/ByteRange is missing";
    }
    if (o->n != 4) {
        return "/ByteRange does not hold four numbers";
    }
    for (size_t i = 0; i < 4; i++) {
        if (o->items[i].type != PDF_INT) {
            return "/ByteRange holds something else than whole numbers";
        }
        if (o->items[i].i < 0) {
            return "/ByteRange holds a negative number";
        }
        v[i] = (uint64_t)o->items[i].i;
    }
    if (v[0] != 0) {
        return "/ByteRange does not start at the first byte";
    }
    if (v[1] == 0 || v[1] >= v[2]) {
        return "/ByteRange leaves no gap for the signature";
    }
    if (v[2] > d->file.n || v[3] > d->file.n - v[2]) {
        return "/ByteRange reaches behind the end of the file";
    }
    return NULL;
}

/* NULL when the gap is exactly the hexadecimal string /Contents of this dictionary. */
static const char *check_gap(struct pdf_doc *d, const struct pdf_sig *s, const struct pdf_obj *c,
                             const uint64_t v[4])
{
    uintptr_t base = (uintptr_t)d->file.p;
    uintptr_t at = (uintptr_t)c->raw.p;
    if (d->entries[s->entry].type != ENTRY_OFFSET || at < base || at - base >= d->file.n) {
        return "the signature stands inside an object stream";
    }
    if (v[1] != at - base || v[2] != at - base + c->raw.n) {
        return "the gap of /ByteRange is not exactly /Contents";
    }
    for (size_t i = 1; i + 1 < c->raw.n; i++) {
        if (lex_is_space(c->raw.p[i])) {
            return "the gap of /ByteRange holds more than hexadecimal digits";
        }
    }
    return NULL;
}

/* The revision that ends where the range ends (two line ends are tolerated), or SIZE_MAX. */
static size_t revision_ending_at(const struct pdf_doc *d, uint64_t end)
{
    for (size_t k = d->rev_count; k-- > 0;) {
        size_t at = d->revs[k].eof;
        if (end < at) {
            continue;
        }
        if (end == d->file.n && k + 1 == d->rev_count && d->tail_kind != TAIL_JUNK) {
            return k;
        }
        for (int i = 0; at < end && i < 2 && at < d->file.n; i++) {
            at += d->file.p[at] == '\r';
            at += at < d->file.n && d->file.p[at] == '\n';
        }
        return at == end || (at > end && at - end == 1) ? k : SIZE_MAX;
    }
    return SIZE_MAX;
}

/* Length of the BER value at the start, 0 when malformed: definite and indefinite lengths. */
static size_t ber_length(struct span in)
{
    size_t at = 0;
    unsigned open = 0; /* indefinite values not yet closed */
    do {
        if (in.n - at < 2) {
            return 0;
        }
        if (open && in.p[at] == 0 && in.p[at + 1] == 0) {
            open--;
            at += 2;
            continue;
        }
        bool constructed = in.p[at] & 0x20;
        if ((in.p[at] & 0x1f) == 0x1f) {
            return 0;
        }
        size_t octets = in.p[at + 1];
        at += 2;
        if (octets == 0x80) {
            if (!constructed || ++open > PDF_MAX_DEPTH) {
                return 0;
            }
            continue;
        }
        size_t n = octets;
        if (octets & 0x80) {
            octets &= 0x7f;
            if (octets > 4 || in.n - at < octets) {
                return 0;
            }
            n = 0;
            for (size_t i = 0; i < octets; i++) {
                n = n << 8 | in.p[at++];
            }
        }
        if (n > in.n - at) {
            return 0;
        }
        at += n;
    } while (open);
    return at;
}

/* The signature value without the zero padding behind it. */
static bool read_blob(struct pdf_doc *d, struct pdf_sig *s, const struct pdf_obj *contents,
                      const char *where)
{
    struct span all = object_string(d, contents);
    if (!all.p) {
        return false;
    }
    size_t used = all.n;
    while (used > 0 && all.p[used - 1] == 0) {
        used--;
    }
    if (used == 0) {
        broken(d, s, where, SP_PDF_CONTENTS, all.n ? "it holds only zeros" : "it is empty");
        return false;
    }
    size_t n = ber_length(all);
    s->out->blob = n ? span_sub(all, 0, n) : all;
    if (n && used > n) {
        finding_add(d->arena, &s->out->findings, SP_PDF_PADDING, where,
                    doc_text(d, "%zu", used - n), NULL);
    }
    return true;
}

static bool read_contents(struct pdf_doc *d, struct pdf_sig *s, const uint64_t v[4],
                          const char *where)
{
    const struct pdf_obj *contents = object_key(s->dict, "Contents");
    if (!contents || contents->type != PDF_STRING || contents->n || contents->raw.p[0] != '<') {
        broken(d, s, where, SP_PDF_CONTENTS,
               !contents || contents->type == PDF_NULL ? "it is missing"
                                                       : "it is not a hexadecimal string");
        return false;
    }
    const char *wrong = check_gap(d, s, contents, v);
    if (wrong) {
        broken(d, s, where, SP_PDF_BYTERANGE, wrong);
        return false;
    }
    return read_blob(d, s, contents, where);
}

/* adbe.x509.rsa_sha1: /Cert holds the signer's certificate, alone or first of an array. */
static void read_cert(struct pdf_doc *d, struct pdf_sig *s)
{
    const struct pdf_obj *cert = doc_get(d, s->dict, "Cert", s->rev);
    if (cert && cert->type == PDF_ARRAY && cert->n) {
        cert = doc_resolve(d, &cert->items[0], s->rev);
    }
    if (cert && cert->type == PDF_STRING && !d->strings_locked) {
        s->out->cert = object_string(d, cert);
    }
}

static void describe(struct pdf_doc *d, struct pdf_sig *s, uint64_t end)
{
    struct extracted *o = s->out;
    bool tail_covered = end == d->file.n || d->tail_kind == TAIL_NONE;
    o->covers_whole_document = s->signed_rev + 1 == d->rev_count && tail_covered;
    if (o->covers_whole_document) {
        o->coverage = "The signature covers the whole document as it is now.";
        o->coverage_hi = "हस्ताक्षर वर्तमान रूप में पूरे दस्तावेज़ को समेटता है।";
        return;
    }
    o->signed_octets = end;
    unsigned long long later = (unsigned long long)(d->file.n - end);
    o->coverage = doc_text(d,
                           "The signature covers version %zu of %zu; %llu bytes were added "
                           "after signing.",
                           s->signed_rev + 1, d->rev_count, later);
    o->coverage_hi = doc_text(d,
                              "हस्ताक्षर दस्तावेज़ के %zu में से संस्करण %zu तक को समेटता है; "
                              "हस्ताक्षर के बाद %llu बाइट जोड़े गए।",
                              d->rev_count, s->signed_rev + 1, later);
}

static void uncovered(struct extracted *o)
{
    o->coverage = "What the signature covers cannot be determined.";
    o->coverage_hi = "हस्ताक्षर किस भाग को समेटता है, यह निर्धारित नहीं किया जा सकता।";
}

/* Kind, time and field are read even of a broken signature: people want to know whose it is. */
static void read_facts(struct pdf_doc *d, struct pdf_sig *s)
{
    s->out->kind = SP_KIND_PDF_PKCS7;
    s->out->field = s->field;
    s->out->revision =
        s->signed_rev < d->rev_count || !d->rev_count ? s->signed_rev : d->rev_count - 1;
    s->out->claimed_time = SP_NO_TIME;
    const struct pdf_obj *m = doc_get(d, s->dict, "M", s->rev);
    if (m && !d->strings_locked) {
        s->out->claimed_time = object_date(d, m);
    }
    uncovered(s->out);
}

void byterange_read(struct pdf_doc *d, struct pdf_sig *s, const char *where)
{
    read_facts(d, s);
    if (!s->dict) {
        broken(d, s, where, SP_PDF_BYTERANGE,
               s->entry == PDF_NO_ENTRY ? "the signature stands in bytes that belong to no object"
                                        : "the signature dictionary cannot be read");
        return;
    }
    if (object_has_duplicates(s->dict)) {
        broken(d, s, where, SP_PDF_BYTERANGE, "the signature dictionary holds a key twice");
        return;
    }
    bool known = read_subfilter(d, s, where);
    uint64_t v[4];
    const char *wrong = read_ranges(d, s, v);
    if (wrong) {
        broken(d, s, where, SP_PDF_BYTERANGE, wrong);
        return;
    }
    if (!read_contents(d, s, v, where) || !known) {
        return;
    }
    size_t rev = revision_ending_at(d, v[2] + v[3]);
    if (rev == SIZE_MAX || rev < s->rev) {
        broken(d, s, where, SP_PDF_BYTERANGE,
               "/ByteRange does not end where a version of the document ends");
        return;
    }
    s->signed_rev = rev;
    s->out->revision = rev;
    s->out->ranges[0] = (struct byte_range){v[0], v[1]};
    s->out->ranges[1] = (struct byte_range){v[2], v[3]};
    s->out->range_count = 2;
    if (s->out->blob_kind == BLOB_RSA_SHA1) {
        read_cert(d, s);
    }
    describe(d, s, v[2] + v[3]);
}
