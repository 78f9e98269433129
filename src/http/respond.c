/*
 * respond - the answer: status, headers that every answer has, body.
 */
#include "base/mem.h"
#include "http/accept.h"
#include "http/compress.h"
#include "http/office/office_server.h"
#include "http/request.h"
#include "http/security.h"

#include <stdio.h>

static int add(struct MHD_Response *m, const char *name, const char *value)
{
    return MHD_add_response_header(m, name, value) == MHD_YES ? 0 : -1;
}

/* The methods a route takes. */
static const char *allowed(const struct route *route)
{
    return route->get && route->verified ? "GET, HEAD, POST" : route->get ? "GET, HEAD" : "POST";
}

static int add_headers(const struct request *r, struct MHD_Response *m)
{
    int rc = security_headers(m, SECURITY_PAGE, r->server->office->office.behind_tls);
    rc |= add(m, "X-Request-Id", r->id);
    rc |= add(m, "Cache-Control", r->etag && !r->problem ? "no-cache" : "no-store");
    rc |= r->content_type ? add(m, "Content-Type", r->content_type) : 0;
    rc |= r->etag && !r->problem ? add(m, "ETag", r->etag) : 0;
    rc |= r->location && !r->problem ? add(m, "Location", r->location) : 0;
    if (r->content_type && strncmp(r->content_type, "text/html", 9) == 0) {
        rc |= add(m, "Content-Language", r->lang == LANG_HI ? "hi" : "en");
        rc |= add(m, "Vary", "Accept-Language, Accept-Encoding");
    } else if (compress_suits(r->content_type)) {
        rc |= add(m, "Vary", "Accept-Encoding");
    }
    if (r->disposition && !r->problem) {
        rc |= add(m, "Content-Disposition", r->disposition);
    }
    if (r->problem == PROBLEM_METHOD) {
        rc |= add(m, "Allow", allowed(r->route));
    }
    if (r->retry) {
        char seconds[16];
        (void)snprintf(seconds, sizeof seconds, "%u", r->retry);
        rc |= add(m, "Retry-After", seconds);
    }
    return rc;
}

static void make_problem(struct request *r)
{
    bool api = r->route && r->route->api;
    const struct server *s = r->server;
    const struct page_context page = {.lang = r->lang,
                                      .demo = s->trusted->evidence.demo,
                                      .samples = s->trusted->samples,
                                      .sample_count = s->trusted->sample_count,
                                      .upload_bytes = s->settings->upload_bytes,
                                      .files = s->settings->files};
    buffer_free(&r->body);
    buffer_init(&r->body, SIZE_MAX);
    r->borrowed = SPAN_NONE;
    r->status = problem_status(r->problem);
    r->content_type = api ? "application/problem+json" : "text/html; charset=utf-8";
    int rc = api ? problem_json(r->problem, r->lang, r->retry, &r->body)
                 : page_problem(&page, r->status, r->retry, &r->body);
    if (rc != 0) {
        buffer_free(&r->body);
        buffer_init(&r->body, SIZE_MAX);
        r->content_type = "text/plain; charset=utf-8";
        r->borrowed = span_str(problem_title(r->problem));
    }
}

/* The body as gzip where the client takes it and it is shorter. True when it was replaced. */
static bool compress(struct request *r)
{
    const char *takes = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND,
                                                    MHD_HTTP_HEADER_ACCEPT_ENCODING);
    return !r->borrowed.p && compress_body(&r->body, r->content_type, takes);
}

/* The body's bytes change hands. */
static struct MHD_Response *wrap(struct request *r)
{
    if (r->borrowed.p || !r->body.p) {
        const uint8_t *p = r->borrowed.p ? r->borrowed.p : (const uint8_t *)"";
        void *bytes;
        memcpy(&bytes, &p, sizeof bytes); /* the library's parameter lacks a const */
        return MHD_create_response_from_buffer(r->borrowed.n, bytes, MHD_RESPMEM_PERSISTENT);
    }
    struct MHD_Response *m =
        MHD_create_response_from_buffer_with_free_callback(r->body.n, r->body.p, mem_free);
    if (m) {
        buffer_init(&r->body, SIZE_MAX);
    }
    return m;
}

enum MHD_Result respond(struct request *r)
{
    const char *match = r->etag ? MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND,
                                                              MHD_HTTP_HEADER_IF_NONE_MATCH)
                                : NULL;
    if (r->problem) {
        make_problem(r);
    } else if (match && strcmp(match, r->etag) == 0) {
        r->status = MHD_HTTP_NOT_MODIFIED;
        r->borrowed = SPAN_LIT("");
    }
    bool gzip = compress(r);
    struct MHD_Response *m = wrap(r);
    if (!m) {
        return MHD_NO;
    }
    enum MHD_Result result = MHD_NO;
    if (add_headers(r, m) == 0 && (!gzip || add(m, "Content-Encoding", "gzip") == 0)) {
        result = MHD_queue_response(r->connection, r->status, m);
    }
    MHD_destroy_response(m);
    return result;
}
