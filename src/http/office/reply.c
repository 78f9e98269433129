/*
 * reply - the answer of a request about records: headers, body or file.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "http/accept.h"
#include "http/compress.h"
#include "http/office/office_work.h"
#include "http/office/stream.h"
#include "http/security.h"

static int add(struct MHD_Response *m, const char *name, const char *value)
{
    return MHD_add_response_header(m, name, value) == MHD_YES ? 0 : -1;
}

/* Only what a browser's own viewer shows without running anything of it. */
static bool may_be_shown(const struct op_file *f)
{
    static const char *const types[] = {"application/pdf", "text/plain; charset=utf-8", "image/png",
                                        "image/jpeg"};
    for (size_t i = 0; f->shown && f->media && i < sizeof types / sizeof *types; i++) {
        if (strcmp(f->media, types[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* attachment; filename*=UTF-8''... (RFC 6266, RFC 8187) */
static int add_disposition(struct MHD_Response *m, const struct op_file *f)
{
    struct buffer b;
    buffer_init(&b, 4096);
    buffer_str(&b, may_be_shown(f) ? "inline; filename*=UTF-8''" : "attachment; filename*=UTF-8''");
    for (const char *s = f->name ? f->name : "document"; *s; s++) {
        bool plain = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
                     (*s >= '0' && *s <= '9') || *s == '.' || *s == '-' || *s == '_';
        if (plain) {
            buffer_char(&b, *s);
        } else {
            buffer_printf(&b, "%%%02X", (unsigned)(uint8_t)*s);
        }
    }
    const char *value = buffer_cstr(&b);
    int rc = value ? add(m, MHD_HTTP_HEADER_CONTENT_DISPOSITION, value) : -1;
    buffer_free(&b);
    return rc;
}

static int add_kind(const struct office_request *r, struct MHD_Response *m)
{
    bool tls = r->office->office.behind_tls;
    bool html = !r->content_type || strncmp(r->content_type, "text/html", 9) == 0;
    if (r->file.fd >= 0) {
        const struct op_file *f = &r->file;
        bool show = may_be_shown(f);
        int rc = security_headers(m, show ? SECURITY_SHOWN : SECURITY_SAVED, tls) |
                 add_disposition(m, f);
        return rc | add(m, MHD_HTTP_HEADER_CONTENT_TYPE,
                        f->media ? f->media : "application/octet-stream");
    }
    enum security page = r->kind == OFFICE_PUBLIC ? SECURITY_PAGE : SECURITY_OFFICE;
    int rc = security_headers(m, html ? page : SECURITY_SAVED, tls);
    if (r->sent || r->stream) {
        rc |= add(m, MHD_HTTP_HEADER_CONTENT_TYPE,
                  r->content_type ? r->content_type : "text/html; charset=utf-8");
        rc |= add(m, MHD_HTTP_HEADER_CONTENT_LANGUAGE, r->lang == LANG_HI ? "hi" : "en");
    }
    return rc;
}

static int add_headers(const struct office_request *r, struct MHD_Response *m)
{
    int rc = add(m, MHD_HTTP_HEADER_CACHE_CONTROL, r->cache ? r->cache : "no-store");
    rc |= add_kind(r, m);
    rc |= r->cache ? add(m, MHD_HTTP_HEADER_VARY, "Accept, Accept-Encoding, Accept-Language") : 0;
    rc |= add(m, "X-Request-Id", r->id);
    rc |= r->location[0] ? add(m, MHD_HTTP_HEADER_LOCATION, r->location) : 0;
    rc |= r->cookie[0] ? add(m, MHD_HTTP_HEADER_SET_COOKIE, r->cookie) : 0;
    rc |= r->etag[0] ? add(m, MHD_HTTP_HEADER_ETAG, r->etag) : 0;
    rc |= r->link ? add(m, "Link", r->link) : 0;
    rc |= r->problem == OP_METHOD && r->allow ? add(m, MHD_HTTP_HEADER_ALLOW, r->allow) : 0;
    rc |= r->replayed ? add(m, "Idempotency-Replayed", "true") : 0;
    rc |= r->problem == OP_NOT_LOGGED_IN && r->kind == OFFICE_API
              ? add(m, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer realm=\"satyapan\"")
              : 0;
    if (r->retry) {
        char seconds[16];
        (void)snprintf(seconds, sizeof seconds, "%u", r->retry);
        rc |= add(m, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    return rc;
}

/* The flash: which form went through, told by the next page once. It names an operation of ours and
 * says nothing else, so it needs no signature. */
static int add_flash(const struct office_request *r, struct MHD_Response *m)
{
    char value[192];
    if (!r->set_flash && !r->clear_flash) {
        return 0;
    }
    (void)snprintf(value, sizeof value,
                   "flash=%s; Path=/office; HttpOnly; SameSite=Strict; Max-Age=%d",
                   r->set_flash ? r->op->id : "", r->set_flash ? 60 : 0);
    return add(m, MHD_HTTP_HEADER_SET_COOKIE, value);
}

/* Not pages: with a form's token beside what somebody chose, the length would tell of it
 * (BREACH). */
static bool compress(struct office_request *r)
{
    const char *takes = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND,
                                                    MHD_HTTP_HEADER_ACCEPT_ENCODING);
    return (r->visitor.has_token || r->kind == OFFICE_PUBLIC) &&
           compress_body(&r->body, r->content_type, takes);
}

static struct MHD_Response *wrap(struct office_request *r)
{
    if (r->file.fd >= 0) {
        /* From here on the descriptor is the library's. */
        return MHD_create_response_from_fd64((uint64_t)r->file.size, r->file.fd);
    }
    if (r->stream) {
        r->content_type = "text/event-stream; charset=utf-8";
        int64_t application = r->stream;
        r->stream = -1; /* from here on the response's */
        return streams_response(r->office->streams, r->connection, r->actor->person, application);
    }
    if (!r->body.p) {
        static char nothing[1] = "";
        return MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    }
    struct MHD_Response *m =
        MHD_create_response_from_buffer_with_free_callback(r->body.n, r->body.p, mem_free);
    if (m) {
        buffer_init(&r->body, SIZE_MAX);
    }
    return m;
}

int office_reply(struct office_request *r)
{
    bool gzip = compress(r);
    r->sent = r->body.n;
    struct MHD_Response *m = wrap(r);
    int rc = -1;
    if (!m) {
        return -1;
    }
    if (add_headers(r, m) == 0 && add_flash(r, m) == 0 &&
        (!gzip || add(m, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip") == 0)) {
        rc = MHD_queue_response(r->connection, r->status, m) == MHD_YES ? 0 : -1;
    }
    r->file.fd = -1;
    MHD_destroy_response(m);
    return rc;
}
