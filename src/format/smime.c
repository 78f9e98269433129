/*
 * smime - signed mail: which parts of a message are signed, and which are not.
 *
 * RFC 8551 3.4 and 3.5 (multipart/signed and application/pkcs7-mime), RFC 1847 2.1, and signatures
 * attached beside what they sign (name.p7s). Every signed part of the message is found, in nested
 * and forwarded ones too; parts a reader sees and nobody signed are named. Attached files are
 * listed with the signature that is over them; verify/attachments.c verifies them. What is not done
 * here: encrypted mail, which is told.
 */
#include "format/smime.h"

#include <stdio.h>
#include <strings.h>

#include "asn1/armor.h"
#include "base/utc.h"
#include "format/detect.h"
#include "format/mime.h"

enum { MAX_DEPTH = 8, MAX_SIGNATURES = 64, MAX_ENTITIES = 1000 };

/* What the signature part of a mail is called (RFC 8551 3.2.1). */
static const char signature_name[] = "smime.p7s", message_name[] = "smime.p7m";

struct walk {
    struct arena *a;
    struct extraction *out;
    size_t entities, unsigned_leaves, unsigned_texts; /* texts: those that are no files */
    const char *first_unsigned;
    bool limited;
    bool inside; /* a signature's own content: those in it are not looked at */
};

/* Where in the message a part stands. */
struct place {
    unsigned depth;
    bool is_signed;             /* a signed part is around it */
    bool whole;                 /* nothing but the message itself is around it */
    bool forwarded;             /* inside another message */
    bool related;               /* belongs to the text before it (RFC 2387) */
    bool doubled;               /* a file in two parts, as macOS sends it (RFC 1740) */
    const char *sender;         /* of the message it is in */
    const struct extracted *by; /* the signature around it, and where that stands */
    const char *by_name;
};

static const struct {
    const char *en, *hi;
} coverage[] = {
    {"The body of the mail is signed; sender, date and subject lines are not.",
     "मेल की सामग्री हस्ताक्षरित है; प्रेषक, दिनांक और विषय पंक्तियाँ नहीं।"},
    {"The body of the mail is signed, and with it a copy of its header lines; the outer ones are "
     "not.",
     "मेल की सामग्री और उसके साथ शीर्ष पंक्तियों की प्रति हस्ताक्षरित है; बाहरी पंक्तियाँ नहीं।"},
    {"One part of the mail is signed; the other parts and the header lines are not.",
     "मेल का एक भाग हस्ताक्षरित है; अन्य भाग और शीर्ष पंक्तियाँ नहीं।"},
    {"The body of a mail that was forwarded inside this one is signed; nothing else is.",
     "इस मेल में अग्रेषित मेल की सामग्री हस्ताक्षरित है; और कुछ नहीं।"},
    {"One attachment of the mail is signed; nothing else is.",
     "मेल का एक संलग्नक हस्ताक्षरित है; और कुछ नहीं।"},
};

enum covered { COVERS_BODY, COVERS_HEADERS, COVERS_PART, COVERS_FORWARDED, COVERS_ATTACHMENT };

static void malformed(struct walk *w, const char *why)
{
    if (!w->inside) { /* what is inside is signed as it is */
        finding_add(w->a, w->out->document, SP_FORMAT_MALFORMED, "document", "S/MIME", why, NULL);
    }
}

static void limit(struct walk *w, const char *what)
{
    if (!w->limited) {
        finding_add(w->a, w->out->document, SP_ENGINE_LIMIT, "document", what, NULL);
    }
    w->limited = true;
}

static struct extracted *add_signature(struct walk *w, enum sp_kind kind, struct span blob,
                                       struct span content, enum covered covers,
                                       const struct place *at)
{
    if (w->inside) {
        return NULL;
    }
    if (w->out->count == MAX_SIGNATURES) {
        limit(w, "signatures in a mail");
        return NULL;
    }
    struct extracted *s = &w->out->signatures[w->out->count++];
    *s = (struct extracted){.kind = kind,
                            .blob_kind = BLOB_CMS,
                            .blob = blob,
                            .content = content,
                            .claimed_time = UTC_NONE,
                            .covers_whole_document = covers <= COVERS_HEADERS,
                            .coverage = coverage[covers].en,
                            .coverage_hi = coverage[covers].hi,
                            .sender = kind == SP_KIND_SMIME ? at->sender : NULL};
    findings_init(&s->findings);
    return s;
}

/* The address of a From line: what stands in the last angle brackets, or all of it. */
static const char *address(struct walk *w, struct span from)
{
    const uint8_t *open = NULL;
    for (size_t i = 0; i < from.n; i++) {
        open = from.p[i] == '<' ? from.p + i : open;
    }
    if (open) {
        from = span_make(open + 1, from.n - (size_t)(open + 1 - from.p));
        const uint8_t *close = from.n ? memchr(from.p, '>', from.n) : NULL;
        from = span_sub(from, 0, close ? (size_t)(close - from.p) : from.n);
    }
    return from.n ? finding_clean_text(w->a, from) : NULL;
}

/* ---- leaves: what a reader of the mail sees ---- */

static bool is_signature_type(const struct mime_entity *e)
{
    return mime_is(e, "application/pkcs7-signature") || mime_is(e, "application/x-pkcs7-signature");
}

static bool is_message_type(const struct mime_entity *e)
{
    return mime_is(e, "application/pkcs7-mime") || mime_is(e, "application/x-pkcs7-mime");
}

/* What to call a part: its file's name, else its type. NULL: no memory. */
static const char *name_of(struct walk *w, const struct mime_entity *e)
{
    struct span name;
    if (mime_filename(w->a, e, &name)) {
        return NULL;
    }
    if (!name.p || name.n == 0) {
        size_t n = 0;
        while (n < e->type.n && e->type.p[n] != ';') {
            n++;
        }
        name = n ? span_sub(e->type, 0, n) : SPAN_LIT("text/plain");
    }
    return finding_clean_text(w->a, name);
}

/* A part that is a file of its own, by its name or by what it holds: not the text of the mail, nor
 * a picture in it, which has a name too (image001.png); Apple Mail says so with "inline". */
static int is_file(struct walk *w, const struct mime_entity *e, struct span bytes,
                   const struct place *at, bool *file)
{
    struct span name;
    if (mime_filename(w->a, e, &name)) {
        return -1;
    }
    enum document_format format = detect_format(bytes);
    struct span line = e->disposition;
    bool within = line.n >= 6 && strncasecmp((const char *)line.p, "inline", 6) == 0 &&
                  (line.n == 6 || line.p[6] == ';' || line.p[6] == ' ');
    bool picture = (at->related || within) && mime_is(e, "image/") && format == DOCUMENT_UNKNOWN;
    *file = (name.n > 0 && !picture) || format == DOCUMENT_PDF || format == DOCUMENT_ZIP;
    return 0;
}

/* ATT00001.htm: what some servers call a text behind an attached file. */
static bool is_trailer(const struct mime_entity *e, const char *name)
{
    bool numbered =
        strlen(name) > 9 && strncasecmp(name, "ATT", 3) == 0 && strspn(name + 3, "0123456789") == 5;
    const char *ending = numbered ? name + 8 : "";
    return mime_is(e, "text/") &&
           (strcasecmp(ending, ".txt") == 0 || strcasecmp(ending, ".htm") == 0 ||
            strcasecmp(ending, ".html") == 0);
}

/* What mail programs put beside the files somebody sends: an invitation (RFC 5545), a business card
 * (RFC 6350), a key for OpenPGP. By type and content both: a document under such a name is a
 * document. */
static bool is_beside(const struct mime_entity *e, const char *name, struct span bytes)
{
    static const struct {
        const char *type, *start;
    } kinds[] = {{"text/calendar", "BEGIN:VCALENDAR"},
                 {"application/ics", "BEGIN:VCALENDAR"},
                 {"text/vcard", "BEGIN:VCARD"},
                 {"text/x-vcard", "BEGIN:VCARD"},
                 {"text/directory", "BEGIN:VCARD"},
                 {"application/pgp-keys", "-----BEGIN PGP PUBLIC KEY BLOCK-----"}};
    if (span_starts(bytes, SPAN_LIT("\xef\xbb\xbf"))) {
        bytes = span_sub(bytes, 3, bytes.n);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (mime_is(e, kinds[i].type) && span_starts(bytes, span_str(kinds[i].start))) {
            return true;
        }
    }
    return is_trailer(e, name);
}

static void add_file(struct walk *w, const struct mime_entity *e, const char *name,
                     struct span bytes, const struct place *at)
{
    w->out->files[w->out->file_count++] = /* as many as there may be entities */
        (struct extracted_file){name, bytes, at->by, at->by_name, is_beside(e, name, bytes)};
}

static bool ends_with(struct span s, const char *ending)
{
    size_t n = strlen(ending);
    return s.n > n && strncasecmp((const char *)s.p + s.n - n, ending, n) == 0;
}

/* What stands before an address that a program fetches by itself: src="..., url(..., @import ... */
static bool is_fetched(struct span text, size_t at)
{
    static const char *const before[] = {"src", "srcset", "background", "poster",
                                         "url", "data",   "@import",    NULL};
    while (at > 0 && memchr(" \t\r\n\"'=(", text.p[at - 1], 9)) {
        at--;
    }
    for (size_t i = 0; before[i]; i++) {
        if (ends_with(span_sub(text, 0, at), before[i])) {
            return true;
        }
    }
    return false;
}

/* A page whose pictures or styles come from the network: who keeps them can change what a reader
 * of the signed mail sees. Links that people follow are none. */
static bool fetches(struct span text)
{
    for (size_t i = 0; i + 7 < text.n; i++) {
        const char *s = (const char *)text.p + i;
        bool address = strncasecmp(s, "http://", 7) == 0 || strncasecmp(s, "https:/", 7) == 0 ||
                       (s[0] == '/' && s[1] == '/' && i > 0 && s[-1] != ':');
        bool sheet = strncasecmp(s, "<link ", 6) == 0;
        if ((address && is_fetched(text, i)) || sheet) {
            return true;
        }
    }
    return false;
}

static int leaf(struct walk *w, const struct mime_entity *e, const struct place *at)
{
    struct span bytes;
    bool file;
    const char *name = name_of(w, e);
    if (!name || mime_decode(w->a, e, &bytes) || is_file(w, e, bytes, at, &file)) {
        return -1;
    }
    if (at->doubled && mime_is(e, "application/applefile") &&
        span_starts(bytes, SPAN_LIT("\x00\x05\x16\x07\x00\x02\x00\x00"))) {
        return 0; /* says more about the file beside it */
    }
    if (!at->is_signed) {
        w->first_unsigned = w->first_unsigned ? w->first_unsigned : name;
        w->unsigned_leaves++;
        w->unsigned_texts += !file;
    }
    if (at->is_signed && mime_is(e, "text/html") && bytes.p && fetches(bytes) &&
        !finding_has(w->out->document, SP_MAIL_REMOTE)) {
        finding_add(w->a, w->out->document, SP_MAIL_REMOTE, "document", name, NULL);
    }
    if (file) {
        add_file(w, e, name, bytes, at);
    }
    return 0;
}

/* ---- signed parts ---- */

/* inner: the signed part. Its header lines are signed when they are copied into it (RFC 9788), or
 * when it is a message itself (RFC 8551 3.1). */
static enum covered covers(const struct place *at, const struct mime_entity *inner)
{
    bool headers = inner && (mime_is(inner, "message/rfc822") || inner->from.p);
    return at->forwarded ? COVERS_FORWARDED
           : !at->whole  ? COVERS_PART
           : headers     ? COVERS_HEADERS
                         : COVERS_BODY;
}

static int walk_entity(struct walk *w, struct span bytes, struct place at);

/* ContentInfo of an encrypted message (RFC 5652 6, 5083): its OID stands in the first octets. */
static bool is_encrypted(struct span blob)
{
    static const uint8_t enveloped[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                        0xf7, 0x0d, 0x01, 0x07, 0x03};
    static const uint8_t authenticated[] = {0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                            0x0d, 0x01, 0x09, 0x10, 0x01, 0x17};
    struct span head = span_sub(blob, 0, 32);
    return span_find(head, span_make(enveloped, sizeof enveloped), 0) != SIZE_MAX ||
           span_find(head, span_make(authenticated, sizeof authenticated), 0) != SIZE_MAX;
}

/* A message in PEM or base64 inside the transfer encoding, as programs for tokens write it. Text
 * around it makes it none. */
static int unwrap(struct walk *w, struct span *blob)
{
    struct armor_item *items;
    size_t count, outside;
    if (!blob->n || blob->p[0] == 0x30) {
        return 0;
    }
    if (armor_decode_all(w->a, *blob, &items, &count, &outside)) {
        return -1;
    }
    if (count == 1 && outside == 0 && strcmp(items[0].label, "CERTIFICATE") != 0) {
        *blob = items[0].der;
    }
    return 0;
}

static int opaque(struct walk *w, const struct mime_entity *e, const struct place *at)
{
    struct span blob;
    if (mime_decode(w->a, e, &blob) || unwrap(w, &blob)) {
        return -1;
    }
    if (!blob.p) {
        malformed(w, "the PKCS#7 body cannot be decoded");
    } else if (is_encrypted(blob)) {
        finding_add(w->a, w->out->document, SP_MAIL_ENCRYPTED, "document", NULL);
    } else {
        (void)add_signature(w, SP_KIND_SMIME, blob, SPAN_NONE, covers(at, NULL), at);
    }
    return 0;
}

static int signed_parts(struct walk *w, const struct mime_parts *parts, struct place at)
{
    struct mime_entity signature, inner;
    struct span blob, content;
    if (parts->count != 2 || !parts->closed) {
        malformed(w, "multipart/signed does not have its two parts");
        return 0;
    }
    if (mime_parse(w->a, parts->part[1], &signature) || mime_parse(w->a, parts->part[0], &inner)) {
        return -1;
    }
    if (signature.fault || !is_signature_type(&signature)) {
        malformed(w, "the second part is no PKCS#7 signature");
        return 0;
    }
    if (mime_decode(w->a, &signature, &blob) || mime_canonical(w->a, parts->part[0], &content)) {
        return -1;
    }
    if (!blob.p) {
        malformed(w, "the signature part cannot be decoded");
        return 0;
    }
    at.sender = inner.from.p ? address(w, inner.from) : at.sender;
    const struct extracted *s =
        add_signature(w, SP_KIND_SMIME, blob, content, covers(&at, &inner), &at);
    if (s) {
        struct span name;
        if (mime_filename(w->a, &signature, &name)) {
            return -1;
        }
        at.by = s;
        at.by_name = name.n ? finding_clean_text(w->a, name) : signature_name;
    }
    at.is_signed = true;
    at.whole = false;
    return walk_entity(w, parts->part[0], at);
}

/* ---- attachments that are signatures of others ---- */

/* By its type, or by its name: some programs attach it as application/octet-stream. */
static bool is_signature(const struct mime_entity *e, struct span name)
{
    return is_signature_type(e) || (name.p && ends_with(name, ".p7s"));
}

/* letter.pdf.p7s or letter.p7s is of letter.pdf. */
static bool belongs(struct span signature, struct span name)
{
    struct span stem = span_sub(signature, 0, signature.n - 4);
    if (!name.p || name.n == 0) {
        return false;
    }
    const uint8_t *dot = NULL;
    for (size_t i = name.n; i-- > 0 && !dot;) {
        dot = name.p[i] == '.' ? name.p + i : NULL;
    }
    return span_eq(stem, name) || (dot && span_eq(stem, span_sub(name, 0, (size_t)(dot - name.p))));
}

/* A part of a multipart, read once. */
struct part {
    struct mime_entity e;
    struct span name;
    const struct extracted *by; /* the signature attached beside it, and where that stands */
    const char *by_name;
    bool covered, signature;
};

/* The part that this one is the signature of, SIZE_MAX when there is none or more than one. */
static size_t partner(const struct part *parts, size_t count, size_t of)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        if (i != of && !is_signature(&parts[i].e, parts[i].name) &&
            belongs(parts[of].name, parts[i].name)) {
            if (found != SIZE_MAX) {
                return SIZE_MAX;
            }
            found = i;
        }
    }
    return found;
}

/* A signature attached beside others, and the part it is of, if there is one. */
static int attached(struct walk *w, struct part *parts, size_t count, size_t index,
                    const struct place *at)
{
    struct span blob, content = SPAN_NONE;
    const struct part *p = &parts[index];
    if (mime_decode(w->a, &p->e, &blob) || unwrap(w, &blob)) {
        return -1;
    }
    size_t of = ends_with(p->name, ".p7s") ? partner(parts, count, index) : SIZE_MAX;
    if (of != SIZE_MAX) {
        parts[of].covered = true;
        parts[of].by_name = name_of(w, &p->e);
    }
    if (!blob.p) {
        malformed(w, "an attached signature cannot be decoded");
        return 0;
    }
    if (of != SIZE_MAX && mime_decode(w->a, &parts[of].e, &content)) {
        return -1;
    }
    if (of != SIZE_MAX && !content.p) {
        malformed(w, "a signed attachment cannot be decoded");
        return 0;
    }
    struct extracted *s = add_signature(w, SP_KIND_CMS, blob, content, COVERS_ATTACHMENT, at);
    if (s && !content.p) {
        s->coverage = s->coverage_hi = NULL; /* of something else: units.c says it */
        s->covers_whole_document = false;
    }
    if (of != SIZE_MAX) {
        parts[of].by = s;
    }
    return 0;
}

/* ---- the tree ---- */

static int other_parts(struct walk *w, const struct mime_parts *parts, struct place at)
{
    struct part *list = arena_array(w->a, parts->count, sizeof *list);
    at.whole = false;
    for (size_t i = 0; list && i < parts->count; i++) {
        struct part *p = &list[i];
        if (mime_parse(w->a, parts->part[i], &p->e) || mime_filename(w->a, &p->e, &p->name)) {
            return -1;
        }
        p->signature = !p->e.fault && is_signature(&p->e, p->name);
    }
    for (size_t i = 0; list && i < parts->count; i++) {
        if (list[i].signature && attached(w, list, parts->count, i, &at)) {
            return -1;
        }
    }
    for (size_t i = 0; list && i < parts->count; i++) {
        const struct part *p = &list[i];
        struct place inner = at;
        inner.is_signed = at.is_signed || p->covered;
        inner.related = at.related && i > 0;
        inner.by = p->by ? p->by : at.by;
        inner.by_name = p->by ? p->by_name : at.by_name;
        if (!p->signature && walk_entity(w, parts->part[i], inner)) {
            return -1;
        }
    }
    return list ? 0 : -1;
}

static int multipart(struct walk *w, const struct mime_entity *e, struct place at)
{
    struct mime_parts *parts = arena_alloc(w->a, sizeof *parts);
    struct span boundary;
    bool twice = false;
    if (!parts || mime_parameter(w->a, e->type, "boundary", &boundary, &twice)) {
        return -1;
    }
    if (twice || boundary.n == 0 || boundary.n > MIME_MAX_BOUNDARY) {
        malformed(w, "a multipart has no boundary, or two");
        return 0;
    }
    mime_split(e->body, boundary, parts);
    if (parts->too_many) {
        limit(w, "parts of a mail");
        return 0;
    }
    if (parts->stray.p && !at.is_signed) {
        const char *line = finding_clean_text(w->a, span_sub(parts->stray, 0, 80));
        if (!line) {
            return -1;
        }
        w->first_unsigned = w->first_unsigned ? w->first_unsigned : line;
        w->unsigned_leaves++;
        w->unsigned_texts++;
    }
    if (mime_is(e, "multipart/signed")) {
        return signed_parts(w, parts, at);
    }
    if (!parts->closed) {
        malformed(w, "a multipart does not end");
        return 0;
    }
    at.related = mime_is(e, "multipart/related");
    at.doubled = mime_is(e, "multipart/appledouble") && parts->count == 2;
    return other_parts(w, parts, at);
}

static int message(struct walk *w, const struct mime_entity *e, struct place at)
{
    struct span bytes;
    if (mime_decode(w->a, e, &bytes)) {
        return -1;
    }
    at.forwarded = at.forwarded || !at.is_signed;
    at.whole = at.related = at.doubled = false;
    return walk_entity(w, bytes.p ? bytes : e->body, at);
}

static int walk_entity(struct walk *w, struct span bytes, struct place at)
{
    struct mime_entity e;
    if (++at.depth > MAX_DEPTH || ++w->entities > MAX_ENTITIES) {
        limit(w, "nested parts of a mail");
        return 0;
    }
    if (mime_parse(w->a, bytes, &e)) {
        return -1;
    }
    if (e.fault) {
        malformed(w, e.fault);
        return 0;
    }
    at.sender = e.from.p ? address(w, e.from) : at.sender;
    if (mime_is(&e, "multipart/")) {
        if (mime_is_encoded(&e)) {
            malformed(w, "a multipart is encoded"); /* RFC 2045 6.4 */
            return 0;
        }
        return multipart(w, &e, at);
    }
    if (is_message_type(&e)) {
        return opaque(w, &e, &at);
    }
    return mime_is(&e, "message/rfc822") ? message(w, &e, at) : leaf(w, &e, &at);
}

int smime_inside(struct arena *a, struct span content, const struct extracted *by,
                 struct extraction *out)
{
    struct walk w = {.a = a, .out = out, .inside = true, .entities = out->file_count};
    if (detect_format(content) != DOCUMENT_SMIME) {
        return 0; /* a letter, a list: no message with files */
    }
    return walk_entity(&w, content,
                       (struct place){.is_signed = true, .by = by, .by_name = message_name});
}

int smime_extract(struct arena *a, struct span file, struct extraction *out)
{
    struct walk w = {.a = a, .out = out};
    char n[24];
    out->format = "SMIME";
    out->signatures = arena_array(a, MAX_SIGNATURES, sizeof *out->signatures);
    out->files = arena_array(a, MAX_ENTITIES, sizeof *out->files);
    if (!out->signatures || !out->files || walk_entity(&w, file, (struct place){.whole = true})) {
        return -1;
    }
    if (out->count == 0 && out->file_count && w.unsigned_texts) {
        finding_add(a, out->document, SP_MAIL_TEXT_UNSIGNED, "document", NULL);
    }
    (void)snprintf(n, sizeof n, "%zu", w.unsigned_leaves);
    if (out->count && w.unsigned_leaves) {
        finding_add(a, out->document, SP_MAIL_UNSIGNED_PARTS, "document", n,
                    w.first_unsigned ? w.first_unsigned : "?", NULL);
    }
    return 0;
}
