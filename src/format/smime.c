/*
 * smime - see smime.h. RFC 8551 3.4 and 3.5, RFC 1847 2.1, RFC 2045 5.1, RFC 2046 5.1.1.
 *
 * The outermost signed entity of a message is read. What is not done here: encrypted mail, nested
 * messages, and the words of the headers outside the signed part, which no signature covers.
 */
#include "format/smime.h"

#include <strings.h>

#include "asn1/armor.h"
#include "base/buffer.h"

enum { MAX_HEADERS = 1000, MAX_BOUNDARY = 70 };

struct entity {
    struct span type;     /* "multipart/signed", parameters behind it; unfolded */
    struct span encoding; /* Content-Transfer-Encoding, or absent */
    struct span body;
};

/* One line without its end; moves behind LF. */
static struct span take_line(struct span *s)
{
    const uint8_t *nl = s->n ? memchr(s->p, '\n', s->n) : NULL;
    size_t n = nl ? (size_t)(nl - s->p) : s->n;
    struct span line = span_sub(*s, 0, n);
    *s = span_sub(*s, n + (nl != NULL), s->n);
    if (line.n && line.p[line.n - 1] == '\r') {
        line.n--;
    }
    return line;
}

static bool same_word(struct span s, const char *word)
{
    return s.n == strlen(word) && strncasecmp((const char *)s.p, word, s.n) == 0;
}

static struct span trim(struct span s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\r' || s.p[0] == '\n')) {
        s = span_sub(s, 1, s.n);
    }
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r')) {
        s.n--;
    }
    return s;
}

/* Splits headers from body. A folded header value simply runs on to the last of its lines. */
static bool parse_entity(struct span in, struct entity *out)
{
    struct span *value = NULL;
    *out = (struct entity){0};
    for (int i = 0; in.n; i++) {
        struct span line = take_line(&in);
        if (line.n == 0) {
            out->body = in;
            return true;
        }
        if (line.p[0] == ' ' || line.p[0] == '\t') {
            if (value && value->p) {
                value->n = (size_t)(line.p + line.n - value->p);
            }
            continue;
        }
        const uint8_t *colon = memchr(line.p, ':', line.n);
        if (!colon || i >= MAX_HEADERS) {
            return false;
        }
        struct span name = span_sub(line, 0, (size_t)(colon - line.p));
        value = same_word(name, "Content-Type")                ? &out->type
                : same_word(name, "Content-Transfer-Encoding") ? &out->encoding
                                                               : NULL;
        if (value) {
            *value = trim(span_sub(line, name.n + 1, line.n));
        }
    }
    return false;
}

static bool is_type(struct span value, const char *type)
{
    size_t n = strlen(type);
    return value.n >= n && strncasecmp((const char *)value.p, type, n) == 0 &&
           (value.n == n || strchr("; \t\r\n", value.p[n]));
}

/* A parameter of a Content-Type value: name=token or name="quoted". */
static struct span parameter(struct span value, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i + n + 1 < value.n; i++) {
        bool starts = i > 0 && strchr("; \t\r\n", value.p[i - 1]);
        if (!starts || strncasecmp((const char *)value.p + i, name, n) != 0 ||
            value.p[i + n] != '=') {
            continue;
        }
        struct span rest = span_sub(value, i + n + 1, value.n);
        bool quoted = rest.p[0] == '"';
        rest = span_sub(rest, quoted, rest.n);
        size_t end = 0;
        while (end < rest.n && (quoted ? rest.p[end] != '"' : !strchr("; \t\r\n", rest.p[end]))) {
            end++;
        }
        return span_sub(rest, 0, end);
    }
    return SPAN_NONE;
}

/* Where the next line "--boundary" starts at or after from; SIZE_MAX when there is none. */
static size_t find_delimiter(struct span s, struct span delimiter, size_t from)
{
    for (size_t at = from; (at = span_find(s, delimiter, at)) != SIZE_MAX; at++) {
        if (at == 0 || s.p[at - 1] == '\n') {
            return at;
        }
    }
    return SIZE_MAX;
}

/* The two parts of a multipart/signed body (RFC 1847 2.1). The line end before a delimiter belongs
 * to the delimiter. */
static bool two_parts(struct span body, struct span boundary, struct span part[2])
{
    uint8_t text[MAX_BOUNDARY + 2] = {'-', '-'};
    if (boundary.n == 0 || boundary.n > MAX_BOUNDARY) {
        return false;
    }
    memcpy(text + 2, boundary.p, boundary.n);
    struct span delimiter = span_make(text, boundary.n + 2);
    size_t at = find_delimiter(body, delimiter, 0);
    for (int i = 0; i < 2; i++) {
        if (at == SIZE_MAX) {
            return false;
        }
        struct span rest = span_sub(body, at, body.n);
        (void)take_line(&rest);
        size_t start = (size_t)(rest.p - body.p), end = find_delimiter(body, delimiter, start);
        if (end == SIZE_MAX) {
            return false;
        }
        part[i] = span_sub(body, start, end - start);
        if (part[i].n && part[i].p[part[i].n - 1] == '\n') {
            part[i].n--;
            part[i].n -= part[i].n && part[i].p[part[i].n - 1] == '\r';
        }
        at = end;
    }
    /* Exactly two parts: the next delimiter is the closing one. */
    return span_starts(span_sub(body, at + delimiter.n, 2), SPAN_LIT("--"));
}

/* The canonical form that is signed has CRLF line ends (RFC 8551 3.1.1). */
static int canonical(struct arena *a, struct span in, struct span *out)
{
    size_t bare = 0;
    for (size_t i = 0; i < in.n; i++) {
        bare += in.p[i] == '\n' && (i == 0 || in.p[i - 1] != '\r');
    }
    if (bare == 0) {
        *out = in;
        return 0;
    }
    uint8_t *p = arena_alloc(a, in.n + bare);
    size_t n = 0;
    if (!p) {
        return -1;
    }
    for (size_t i = 0; i < in.n; i++) {
        if (in.p[i] == '\n' && (i == 0 || in.p[i - 1] != '\r')) {
            p[n++] = '\r';
        }
        p[n++] = in.p[i];
    }
    *out = span_make(p, n);
    return 0;
}

/* The binary of a pkcs7 part. *out absent when it is not what its encoding says. */
static int decode(struct arena *a, const struct entity *e, struct span *out)
{
    *out = SPAN_NONE;
    if (!e->encoding.p || same_word(e->encoding, "binary")) {
        *out = e->body;
        return 0;
    }
    return same_word(e->encoding, "base64") ? armor_base64(a, e->body, out) : 0;
}

static int add_signature(struct arena *a, struct extraction *out, struct span blob,
                         struct span content)
{
    struct extracted *s = arena_alloc(a, sizeof *s);
    if (!s) {
        return -1;
    }
    s->kind = SP_KIND_SMIME;
    s->blob_kind = BLOB_CMS;
    s->blob = blob;
    s->content = content;
    s->claimed_time = INT64_MIN;
    s->covers_whole_document = true;
    s->coverage = "The body of the mail is signed; sender, date and subject lines are not.";
    s->coverage_hi = "मेल की सामग्री हस्ताक्षरित है; प्रेषक, दिनांक और विषय पंक्तियाँ नहीं।";
    findings_init(&s->findings);
    out->signatures = s;
    out->count = 1;
    return 0;
}

static void malformed(struct arena *a, struct extraction *out, const char *why)
{
    finding_add(a, out->document, SP_FORMAT_MALFORMED, "document", "S/MIME", why, NULL);
}

static int multipart_signed(struct arena *a, const struct entity *mail, struct extraction *out)
{
    struct span part[2], blob, content;
    struct entity signature;
    if (!two_parts(mail->body, parameter(mail->type, "boundary"), part) ||
        !parse_entity(part[1], &signature)) {
        malformed(a, out, "multipart/signed does not have its two parts");
        return 0;
    }
    if (!is_type(signature.type, "application/pkcs7-signature") &&
        !is_type(signature.type, "application/x-pkcs7-signature")) {
        malformed(a, out, "the second part is no PKCS#7 signature");
        return 0;
    }
    if (decode(a, &signature, &blob) || canonical(a, part[0], &content)) {
        return -1;
    }
    if (!blob.p) {
        malformed(a, out, "the signature part cannot be decoded");
        return 0;
    }
    return add_signature(a, out, blob, content);
}

int smime_extract(struct arena *a, struct span file, struct extraction *out)
{
    struct entity mail;
    struct span blob;
    out->format = "SMIME";
    if (!parse_entity(file, &mail)) {
        malformed(a, out, "the header lines cannot be read");
        return 0;
    }
    if (is_type(mail.type, "multipart/signed")) {
        return multipart_signed(a, &mail, out);
    }
    if (!is_type(mail.type, "application/pkcs7-mime") &&
        !is_type(mail.type, "application/x-pkcs7-mime")) {
        return 0;
    }
    if (decode(a, &mail, &blob)) {
        return -1;
    }
    if (!blob.p) {
        malformed(a, out, "the PKCS#7 body cannot be decoded");
        return 0;
    }
    return add_signature(a, out, blob, SPAN_NONE);
}
