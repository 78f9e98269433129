/*
 * api - operations over HTTP: parameters from path, query and JSON body, answers as JSON, problems
 * as RFC 9457 has them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/number.h"
#include "http/office/match.h"
#include "http/office/office_body.h"
#include "http/office/office_work.h"
#include "http/office/stream.h"
#include "office/intake/events.h"
#include "office/params.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 200 };

static const char *header(const struct office_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

/* ---- parameters ------------------------------------------------------------------------------ */

static int take_words(struct office_request *r, const json_t *words, unsigned places, json_t *in,
                      json_t **errors)
{
    int rc = 0;
    for (void *i = json_object_iter((json_t *)(uintptr_t)words); i && rc == 0;
         i = json_object_iter_next((json_t *)(uintptr_t)words, i)) {
        const json_t *v = json_object_iter_value(i);
        struct span text = span_make(json_string_value(v), json_string_length(v));
        rc = params_text(r->op, places, json_object_iter_key(i), text, in, errors);
    }
    return rc;
}

/* Words of the query that are ours, not the operation's. */
static bool is_ours(const struct office_request *r, const char *name)
{
    bool paged = r->op->flags & OP_PAGED; /* an empty document is no body */
    bool raw = r->body_kind == BODY_RAW || (r->op->flags & OP_UPLOAD && r->body_kind == BODY_NONE);
    return (paged && (strcmp(name, "limit") == 0 || strcmp(name, "after") == 0)) ||
           (raw && strcmp(name, "filename") == 0) ||
           (strcmp(name, "lang") == 0 && !params_find(r->op, PARAMS_ALL, name));
}

static int take_query(struct office_request *r, json_t *in, json_t **errors)
{
    /* Where the body is the document, its description is in the query. */
    unsigned places = PARAMS_QUERY | (r->op->flags & OP_UPLOAD ? PARAMS_BODY : 0U);
    json_t *words = json_copy(r->query);
    const char *name;
    json_t *value;
    void *next;
    if (!words) {
        return -1;
    }
    json_object_foreach_safe(words, next, name, value)
    {
        if (is_ours(r, name)) {
            (void)json_object_del(words, name);
        }
    }
    int rc = take_words(r, words, places, in, errors);
    json_decref(words);
    return rc;
}

/* "limit" and "after" of a list. */
static int take_page(struct office_request *r, struct op_call *call)
{
    const char *limit = office_query(r, "limit");
    call->limit = LIMIT_DEFAULT;
    call->after = office_query(r, "after");
    if (limit && !number_read(limit, 1, LIMIT_MAX, &call->limit)) {
        return params_error(&call->errors, "limit", "must be a whole number from 1 to 200",
                            "1 से 200 तक की पूर्ण संख्या होनी चाहिए");
    }
    return 0;
}

/* If-Match: "7" says which version the change is about. */
static int take_match(struct office_request *r, json_t *in, json_t **errors)
{
    const char *match = header(r, MHD_HTTP_HEADER_IF_MATCH);
    size_t n = match ? strlen(match) : 0;
    if (!match || strcmp(match, "*") == 0 || !params_find(r->op, PARAMS_BODY, "version")) {
        return 0;
    }
    if (n < 3 || match[0] != '"' || match[n - 1] != '"') {
        return params_error(errors, "If-Match", "must be an entity tag such as \"7\"",
                            "\"7\" जैसा entity tag होना चाहिए");
    }
    (void)json_object_del(in, "version");
    return params_text(r->op, PARAMS_BODY, "version", span_make(match + 1, n - 2), in, errors);
}

static int take_all(struct office_request *r, json_t *in, struct op_call *call)
{
    if (take_words(r, r->path, PARAMS_PATH, in, &call->errors) != 0 ||
        take_query(r, in, &call->errors) != 0 ||
        take_words(r, r->form, PARAMS_BODY, in, &call->errors) != 0) {
        return -1;
    }
    if (r->body_kind == BODY_JSON) {
        json_t *body = office_body_json(r);
        int rc = body ? params_object(r->op, PARAMS_BODY, body, in, &call->errors) : 0;
        json_decref(body);
        if (rc != 0) {
            return -1;
        }
    }
    return r->op->flags & OP_PAGED && take_page(r, call) != 0 ? -1
                                                              : take_match(r, in, &call->errors);
}

/* ---- answers --------------------------------------------------------------------------------- */

static int put_json(struct office_request *r, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);
    if (text) {
        buffer_str(&r->body, text);
        buffer_char(&r->body, '\n');
    }
    mem_free(text); /* jansson allocates through mem */
    return text && buffer_ok(&r->body) ? 0 : -1;
}

/* An octet of a query. */
static void put_escaped(struct buffer *out, const char *s)
{
    for (; *s; s++) {
        bool plain = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
                     (*s >= '0' && *s <= '9') || strchr("-._~", *s);
        if (plain) {
            buffer_char(out, *s);
        } else {
            buffer_printf(out, "%%%02X", (unsigned)(uint8_t)*s);
        }
    }
}

/* Link: <...&after=X>; rel="next" (RFC 8288). */
static int set_link(struct office_request *r, const json_t *out)
{
    const char *next = json_string_value(json_object_get(out, "next")), *name;
    json_t *value;
    struct buffer b;
    if (!next) {
        return 0;
    }
    buffer_init(&b, 8192);
    buffer_printf(&b, "<%s?", r->url);
    json_object_foreach(r->query, name, value)
    {
        if (strcmp(name, "after") != 0) {
            put_escaped(&b, name);
            buffer_char(&b, '=');
            put_escaped(&b, json_string_value(value));
            buffer_char(&b, '&');
        }
    }
    buffer_str(&b, "after=");
    put_escaped(&b, next);
    buffer_str(&b, ">; rel=\"next\"");
    const char *link = buffer_cstr(&b);
    r->link = link ? arena_str(r->arena, span_str(link)) : NULL;
    buffer_free(&b);
    return 0;
}

static void set_etag(struct office_request *r, const json_t *out)
{
    const json_t *version = json_object_get(out, "version");
    if (json_is_integer(version)) {
        (void)snprintf(r->etag, sizeof r->etag, "\"%" PRId64 "\"",
                       (int64_t)json_integer_value(version));
    }
}

/* Where what was made can be read, if it can. */
static void set_location(struct office_request *r, const json_t *out)
{
    const json_t *id = json_object_get(out, "id");
    const struct op *op;
    if (r->status != MHD_HTTP_CREATED || !json_is_integer(id)) {
        return;
    }
    (void)snprintf(r->location, sizeof r->location, "%s/%" PRId64, r->url,
                   (int64_t)json_integer_value(id));
    for (size_t i = 0; (op = op_at(i)); i++) {
        if (strcmp(op->method, "GET") == 0 && match_path(op->path, r->location, NULL) >= 0) {
            return;
        }
    }
    r->location[0] = 0;
}

static void take_problem(struct office_request *r, struct op_call *call)
{
    r->problem = call->problem;
    if (r->problem == OP_CONFLICT && header(r, MHD_HTTP_HEADER_IF_MATCH)) {
        r->problem = OP_PRECONDITION;
    }
    r->detail = call->detail;
    r->detail_hi = call->detail_hi;
    json_decref(r->errors);
    r->errors = json_incref(call->errors);
}

static int give_answer(struct office_request *r, struct op_call *call)
{
    r->status = call->status;
    if (call->file.fd >= 0) {
        r->file = call->file;
        call->file.fd = -1;
        return 0;
    }
    if (r->op->flags & OP_STREAM) {
        int64_t application = op_int(call, "application");
        r->stream = application == UTC_NONE ? events_device(op_int(call, "device")) : application;
        if (!streams_admit(r->office->streams, r->actor->person)) {
            r->problem = OP_RATE;
            r->stream = r->status = 0;
            r->retry = 10;
        }
        return 0;
    }
    if (!call->out) {
        return 0;
    }
    r->content_type = "application/json";
    set_etag(r, call->out);
    set_location(r, call->out);
    return set_link(r, call->out) == 0 ? put_json(r, call->out) : -1;
}

int office_api(struct office_request *r)
{
    json_t *in = json_object();
    struct op_call call;
    office_call_begin(r, r->op, in, &call);
    call.key = header(r, "Idempotency-Key");
    int rc = in ? take_all(r, in, &call) : -1;
    if (rc == 0 && !r->problem) {
        rc = op_call(&call);
        r->replayed = call.replayed;
        if (call.problem) {
            take_problem(r, &call);
        } else if (rc == 0) {
            rc = give_answer(r, &call);
        }
    }
    op_call_clear(&call);
    json_decref(in);
    return rc;
}

/* The phrase of a status (RFC 9110 15): the title of a problem of type about:blank. */
static const char *phrase(unsigned status)
{
    static const struct {
        unsigned status;
        const char *phrase;
    } rows[] = {{400, "Bad Request"},
                {401, "Unauthorized"},
                {403, "Forbidden"},
                {404, "Not Found"},
                {405, "Method Not Allowed"},
                {409, "Conflict"},
                {412, "Precondition Failed"},
                {413, "Content Too Large"},
                {415, "Unsupported Media Type"},
                {422, "Unprocessable Content"},
                {429, "Too Many Requests"},
                {503, "Service Unavailable"},
                {507, "Insufficient Storage"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].status == status) {
            return rows[i].phrase;
        }
    }
    return "Internal Server Error";
}

/* RFC 9457: "code" is stable and for programs, "detail" for people. */
int office_api_problem(struct office_request *r)
{
    bool hindi = r->lang == LANG_HI;
    const char *more = hindi ? r->detail_hi : r->detail;
    const char *what = op_problem_title(r->problem, hindi);
    json_t *o =
        json_pack("{s:s, s:s, s:i, s:s}", "type", "about:blank", "title", phrase(r->status),
                  "status", (int)r->status, "code", op_problem_code(r->problem), "request", r->id);
    const char *detail = r->arena && more ? arena_printf(r->arena, "%s %s", what, more) : what;
    int rc = o && detail ? json_object_set_new(o, "detail", json_string(detail)) : -1;
    if (rc == 0 && json_array_size(r->errors)) {
        rc = json_object_set(o, "errors", r->errors);
    }
    if (rc == 0 && r->retry) {
        rc = json_object_set_new(o, "retry_after", json_integer((json_int_t)r->retry));
    }
    r->content_type = "application/problem+json";
    rc = rc == 0 ? put_json(r, o) : -1;
    json_decref(o);
    return rc;
}
