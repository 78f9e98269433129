/*
 * parts - see parts.h.
 */
#include "foreign/mail/parts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <gmime/gmime.h>
#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include "base/finding.h"
#include "base/utf8.h"
#include "foreign/mail/head.h"
#include "foreign/mail/html.h"

/* An entity that waits to be looked at. */
struct pending {
    GMimeObject *object;
    size_t depth;
    bool in_report;
};

struct reading {
    struct arena *a;
    struct mail_parts *out;
    struct pending *stack;
    size_t waiting;
    bool no_memory;
};

void mail_parts_warm(void)
{
    static const char *const names[] = {"us-ascii",    "utf-8",        "iso-8859-1",   "iso-8859-2",
                                        "iso-8859-15", "windows-1252", "windows-1251", "koi8-r",
                                        "gb18030",     "big5",         "iso-2022-jp",  "euc-kr",
                                        "shift_jis",   "windows-1256"};
    UErrorCode error = U_ZERO_ERROR;
    g_mime_init();
    /* Header lines are decoded by iconv, whose tables are files: opened here, or never. */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        iconv_t cd = g_mime_iconv_open("utf-8", names[i]);
        if (cd != (iconv_t)-1) {
            (void)g_mime_iconv_close(cd);
        }
        ucnv_close(ucnv_open(names[i], &error));
        error = U_ZERO_ERROR;
    }
}

/* ---- bytes and texts ---- */

static const char *clean(struct reading *r, const char *text)
{
    const char *out = text && *text ? finding_clean_text(r->a, span_str(text)) : NULL;
    r->no_memory = r->no_memory || (text && *text && !out);
    return out;
}

/* The decoded octets; empty when there are none (a part may have no content at all). */
static struct span decoded(struct reading *r, GMimePart *part)
{
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    struct span out = span_make("", 0);
    if (!content) {
        return out;
    }
    GByteArray *array = g_byte_array_new();
    GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(array);
    (void)g_mime_data_wrapper_write_to_stream(content, stream);
    if (array->len) {
        out = arena_dup(r->a, span_make(array->data, array->len));
        r->no_memory = r->no_memory || !out.p;
    }
    g_object_unref(stream);
    return out;
}

/* What is in an entity that is no leaf, as it stands in the mail. */
static struct span written(struct reading *r, GMimeObject *object)
{
    GByteArray *array = g_byte_array_new();
    GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(array);
    struct span out = span_make("", 0);
    (void)g_mime_object_write_to_stream(object, NULL, stream);
    if (array->len) {
        out = arena_dup(r->a, span_make(array->data, array->len));
        r->no_memory = r->no_memory || !out.p;
    }
    g_object_unref(stream);
    return out;
}

/* Those whose ASCII octets are ASCII letters and nothing else is: the name of a character set may
 * be unsigned, and must not turn other octets into an answer. */
static const char *usual_charset(const char *name)
{
    static const char *const usual[] = {"utf-8", "utf8",  "iso-8859-", "iso8859-",  "windows-125",
                                        "cp125", "koi8-", "gb2312",    "gbk",       "gb18030",
                                        "big5",  "euc-",  "shift_jis", "ks_c_5601", "tis-620"};
    for (size_t i = 0; name && i < sizeof usual / sizeof *usual; i++) {
        if (strncasecmp(name, usual[i], strlen(usual[i])) == 0) {
            return name;
        }
    }
    return "us-ascii";
}

/* To UTF-8 by ICU, which needs no files. */
static struct span to_utf8(struct reading *r, struct span in, const char *charset)
{
    UErrorCode error = U_ZERO_ERROR;
    struct span out = SPAN_NONE;
    UConverter *from = ucnv_open(usual_charset(charset), &error);
    size_t room = in.n * 3 + 4;
    char *p = U_SUCCESS(error) ? arena_alloc(r->a, room) : NULL;
    if (p) {
        int32_t n = ucnv_toAlgorithmic(UCNV_UTF8, from, p, (int32_t)room, (const char *)in.p,
                                       (int32_t)in.n, &error);
        out = U_SUCCESS(error) ? span_make(p, (size_t)n) : SPAN_NONE;
    }
    ucnv_close(from);
    return out;
}

/* Control characters and what is no UTF-8 go; line ends stay. */
static struct span plain_text(struct reading *r, struct span in)
{
    struct buffer out;
    buffer_init(&out, MAIL_TEXT_MAX * 4);
    while (in.n) {
        const uint8_t *end = memchr(in.p, '\n', in.n);
        size_t n = end ? (size_t)(end - in.p) : in.n;
        struct span line = span_sub(in, 0, n);
        while (line.n && line.p[line.n - 1] == '\r') {
            line.n--;
        }
        for (size_t i = 0; i < line.n;) {
            size_t len = utf8_printable(span_sub(line, i, line.n));
            if (len) {
                buffer_add(&out, span_sub(line, i, len));
            } else if (line.p[i] == '\t') {
                buffer_char(&out, ' ');
            } else {
                utf8_add(&out, 0xfffd);
            }
            i += len ? len : 1;
        }
        buffer_char(&out, '\n');
        in = span_sub(in, n + 1, in.n);
    }
    struct span text = buffer_ok(&out) ? arena_dup(r->a, buffer_span(&out)) : SPAN_NONE;
    r->no_memory = r->no_memory || !text.p;
    buffer_free(&out);
    return text;
}

static void read_text(struct reading *r, GMimePart *part, struct mail_part *p)
{
    const char *charset = g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "charset");
    struct span text;
    if (p->bytes.n > MAIL_TEXT_MAX) {
        r->out->limit = "a text in it is too long";
        p->bytes.n = MAIL_TEXT_MAX;
    }
    text = to_utf8(r, p->bytes, charset);
    text = plain_text(r, text.p ? text : p->bytes);
    if (p->html && text.p) {
        struct buffer seen;
        buffer_init(&seen, MAIL_TEXT_MAX * 4);
        if (!mail_html_text(text, &seen)) {
            r->out->limit = "an HTML text in it cannot be read";
        }
        text = seen.n ? arena_dup(r->a, buffer_span(&seen)) : span_make("", 0);
        r->no_memory = r->no_memory || !text.p || !buffer_ok(&seen);
        buffer_free(&seen);
    }
    p->text = text;
}

/* ---- entities ---- */

static bool is_type(GMimeObject *o, const char *type, const char *subtype)
{
    return g_mime_content_type_is_type(g_mime_object_get_content_type(o), type, subtype);
}

static struct mail_part *add_part(struct reading *r, GMimeObject *o, enum mail_part_kind kind)
{
    if (r->out->count == MAIL_PARTS_MAX) {
        r->out->limit = "it has too many parts";
        return NULL;
    }
    struct mail_part *p = &r->out->items[r->out->count++];
    char *type = g_mime_content_type_get_mime_type(g_mime_object_get_content_type(o));
    *p = (struct mail_part){.kind = kind, .type = clean(r, type)};
    g_free(type);
    return p;
}

static bool is_smime_signature(GMimeObject *o)
{
    return is_type(o, "application", "pkcs7-signature") ||
           is_type(o, "application", "x-pkcs7-signature");
}

static void leaf(struct reading *r, GMimePart *part, const struct pending *at)
{
    GMimeObject *o = GMIME_OBJECT(part);
    const char *file = g_mime_part_get_filename(part);
    bool attached = file || g_mime_part_is_attachment(part);
    bool text = !attached && (is_type(o, "text", "plain") || is_type(o, "text", "html"));
    enum mail_part_kind kind =
        is_type(o, "message", "delivery-status") || is_type(o, "message", "global-delivery-status")
            ? MAIL_PART_STATUS
        : is_type(o, "text", "rfc822-headers") ? MAIL_PART_RETURNED
        : is_smime_signature(o)                ? MAIL_PART_SIGNATURE
        : text                                 ? MAIL_PART_TEXT
                                               : MAIL_PART_FILE;
    struct mail_part *p = add_part(r, o, kind);
    if (!p) {
        return;
    }
    r->out->disposition = r->out->disposition || is_type(o, "message", "disposition-notification");
    p->name = clean(r, file);
    p->bytes = decoded(r, part);
    if (at->depth == 0 &&
        (is_type(o, "application", "pkcs7-mime") || is_type(o, "application", "x-pkcs7-mime"))) {
        r->out->opaque = p->bytes;
    }
    p->html = is_type(o, "text", "html");
    if (kind == MAIL_PART_TEXT && p->bytes.p) {
        read_text(r, part, p);
    }
}

/* Text that no program shows, or shows to some readers only. */
static bool blank_text(const char *text)
{
    return !text || text[strspn(text, " \t\r\n")] == 0;
}

static void push(struct reading *r, GMimeObject *o, size_t depth, bool in_report)
{
    if (depth > MAIL_DEPTH_MAX || r->waiting == MAIL_PARTS_MAX) {
        r->out->limit =
            depth > MAIL_DEPTH_MAX ? "its parts are nested too deeply" : "it has too many parts";
        return;
    }
    r->stack[r->waiting++] = (struct pending){o, depth, in_report};
}

static void multipart(struct reading *r, GMimeMultipart *m, const struct pending *at)
{
    GMimeObject *o = GMIME_OBJECT(m);
    int count = g_mime_multipart_get_count(m);
    bool report = is_type(o, "multipart", "report");
    r->out->report = r->out->report || (report && at->depth == 0);
    r->out->encrypted = r->out->encrypted || is_type(o, "multipart", "encrypted");
    r->out->stray = r->out->stray || !blank_text(g_mime_multipart_get_prologue(m)) ||
                    !blank_text(g_mime_multipart_get_epilogue(m));
    if (at->depth == 0 && is_type(o, "multipart", "signed") && count == 2 &&
        is_smime_signature(g_mime_multipart_get_part(m, 1))) {
        GMimeObject *inner = g_mime_multipart_get_part(m, 0);
        r->out->signed_whole = true;
        r->out->inner_from = clean(r, g_mime_object_get_header(inner, "From"));
    }
    if (count > MAIL_PARTS_MAX) {
        r->out->limit = "it has too many parts";
        count = MAIL_PARTS_MAX;
    }
    for (int i = count - 1; i >= 0; i--) { /* the first one is taken off first */
        push(r, g_mime_multipart_get_part(m, i), at->depth + 1, at->in_report || report);
    }
}

static void look_at(struct reading *r, const struct pending *at)
{
    if (GMIME_IS_MULTIPART(at->object)) {
        multipart(r, GMIME_MULTIPART(at->object), at);
    } else if (GMIME_IS_MESSAGE_PART(at->object)) {
        /* A mail inside: not what the writer of this one says. */
        GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(at->object));
        struct mail_part *p =
            add_part(r, at->object, at->in_report ? MAIL_PART_RETURNED : MAIL_PART_FILE);
        if (p && inner) {
            const char *subject = g_mime_message_get_subject(inner);
            p->name = subject ? arena_printf(r->a, "%.100s.eml", subject) : "message.eml";
            p->name = clean(r, p->name);
            p->bytes = written(r, GMIME_OBJECT(inner));
        }
    } else if (GMIME_IS_PART(at->object)) {
        leaf(r, GMIME_PART(at->object), at);
    } else {
        struct mail_part *p = add_part(r, at->object, MAIL_PART_FILE);
        if (p) {
            p->bytes = written(r, at->object);
        }
    }
}

static int walk(struct reading *r, GMimeMessage *message)
{
    GMimeObject *top = g_mime_message_get_mime_part(message);
    if (top) {
        push(r, top, 0, false);
    }
    while (r->waiting && !r->no_memory) {
        struct pending at = r->stack[--r->waiting];
        look_at(r, &at);
    }
    return r->no_memory ? -1 : 0;
}

int mail_parts_read(struct arena *a, struct span bytes, struct mail_parts *out)
{
    struct reading r = {.a = a, .out = out};
    memset(out, 0, sizeof *out);
    r.stack = arena_array(a, MAIL_PARTS_MAX, sizeof *r.stack);
    if (!r.stack) {
        return -1;
    }
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer((const char *)bytes.p, bytes.n);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    g_mime_parser_set_format(parser, GMIME_FORMAT_MESSAGE);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    int rc = 0;
    if (message) {
        rc = walk(&r, message);
        g_object_unref(message);
    } else {
        out->limit = "it cannot be read as a mail";
    }
    g_object_unref(parser);
    g_object_unref(stream);
    return rc;
}
