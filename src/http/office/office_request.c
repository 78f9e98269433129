/*
 * office_request - see office_request.h: the head of a request is judged, its body taken in.
 */
#include "http/office/office_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "base/mem.h"
#include "http/language.h"
#include "http/log.h"
#include "http/office/match.h"
#include "http/office/office_body.h"
#include "http/office/office_work.h"
#include "http/office/stream.h"
#include "http/public/public.h"

enum {
    ARENA_MAX = 64 << 20,
    BODY_MAX = 256 * 1024,    /* JSON, a form without a document */
    BODIES_MAX = 64 << 20,    /* all of them at one moment */
    DRAIN_MAX = 16 << 20,     /* a refused body that is still read, so that the answer is */
    FORM_OVERHEAD = 64 * 1024 /* boundaries and fields beside a document */
};

#define API  "/api/v1/"
#define FORM "/office/op/"

static const char *header(const struct office_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

/* ---- which operation or page ----------------------------------------------------------------- */

bool office_claims(const char *url)
{
    if (public_claims(url)) {
        return true;
    }
    if (strncmp(url, API, sizeof API - 1) == 0) {
        return strcmp(url, API "verify") != 0 && strcmp(url, API "openapi.json") != 0;
    }
    return strncmp(url, "/office", 7) == 0 && (url[7] == 0 || url[7] == '/');
}

static bool is_method(const struct office_request *r, const char *method)
{
    return strcmp(strcmp(r->method, "HEAD") == 0 ? "GET" : r->method, method) == 0;
}

static void fail(struct office_request *r, enum op_problem p)
{
    r->problem = r->problem ? r->problem : p;
}

/* One more method in the Allow header. */
static void allow(struct office_request *r, const char *method)
{
    const char *get = strcmp(method, "GET") == 0 ? "GET, HEAD" : method;
    const char *list = r->allow ? arena_printf(r->arena, "%s, %s", r->allow, get) : get;
    r->allow = list ? list : r->allow;
}

static void find_operation(struct office_request *r)
{
    const struct op *op;
    int best = -1;
    for (size_t i = 0; (op = op_at(i)); i++) {
        int words = match_path(op->path, r->url, NULL);
        if (words < 0) {
            continue;
        }
        if (!is_method(r, op->method)) {
            allow(r, op->method);
        } else if (words > best) {
            best = words;
            r->op = op;
        }
    }
    r->kind = OFFICE_API;
    if (r->op) {
        fail(r, match_path(r->op->path, r->url, r->path) >= 0 ? OP_OK : OP_INTERNAL);
    } else {
        fail(r, r->allow ? OP_METHOD : OP_NOT_FOUND);
    }
}

static void find_form(struct office_request *r)
{
    r->kind = OFFICE_FORM;
    r->op = op_find(r->url + sizeof FORM - 1);
    if (!r->op) {
        fail(r, OP_NOT_FOUND);
    } else if (!is_method(r, "POST")) {
        r->allow = "POST";
        fail(r, OP_METHOD);
    }
}

static void find_page(struct office_request *r)
{
    const struct office_page *page;
    int best = -1;
    for (size_t i = 0; (page = office_page_at(i)); i++) {
        int words = match_path(page->path, r->url, NULL);
        if (words > best) {
            best = words;
            r->page = page;
        }
    }
    r->kind = OFFICE_PAGE;
    if (!r->page) {
        fail(r, OP_NOT_FOUND);
        return;
    }
    bool get = is_method(r, "GET"), post = is_method(r, "POST");
    (void)match_path(r->page->path, r->url, r->path);
    if ((get && !r->page->get) || (post && !r->page->post) || (!get && !post)) {
        r->allow = r->page->get && r->page->post ? "GET, HEAD, POST"
                   : r->page->get                ? "GET, HEAD"
                                                 : "POST";
        fail(r, OP_METHOD);
    }
}

static void find(struct office_request *r)
{
    if (public_claims(r->url)) {
        public_find(r);
    } else if (strncmp(r->url, API, sizeof API - 1) == 0) {
        find_operation(r);
    } else if (strncmp(r->url, FORM, sizeof FORM - 1) == 0) {
        find_form(r);
    } else {
        find_page(r);
    }
}

/* ---- the body: what it is, how much of it ---------------------------------------------------- */

static bool is_type(const char *type, const char *name)
{
    size_t n = strlen(name);
    return type && strncasecmp(type, name, n) == 0 && (type[n] == 0 || strchr("; \t", type[n]));
}

static bool has_body(const struct office_request *r)
{
    const char *length = header(r, "Content-Length");
    return header(r, "Transfer-Encoding") || (length && strtoull(length, NULL, 10) > 0);
}

static bool takes_upload(const struct office_request *r)
{
    return r->op && r->op->flags & OP_UPLOAD;
}

static enum op_problem choose_body(struct office_request *r)
{
    const char *type = header(r, "Content-Type"), *encoding = header(r, "Content-Encoding");
    bool pages = r->kind != OFFICE_API;
    if (encoding && strcasecmp(encoding, "identity") != 0) {
        return OP_MEDIA;
    }
    if (!pages && !takes_upload(r)) {
        r->body_kind = BODY_JSON;
        return is_type(type, "application/json") ? OP_OK : OP_MEDIA;
    }
    if (is_type(type, "application/x-www-form-urlencoded")) {
        r->body_kind = BODY_WORDS;
        return pages ? OP_OK : OP_MEDIA;
    }
    if (type && multipart_is_form(type)) {
        r->body_kind = BODY_FORM;
        return office_body_form(r, type) == 0 ? r->multipart ? OP_OK : OP_BODY : OP_INTERNAL;
    }
    r->body_kind = BODY_RAW;
    return pages || is_type(type, "application/json") ? OP_MEDIA : OP_OK;
}

static enum op_problem judge_length(const struct office_request *r)
{
    const char *text = header(r, "Content-Length");
    int64_t most = BODY_MAX;
    if (takes_upload(r) && (r->body_kind == BODY_FORM || r->body_kind == BODY_RAW)) {
        most = r->office->office.upload_bytes + (r->body_kind == BODY_FORM ? FORM_OVERHEAD : 0);
    }
    return text && strtoull(text, NULL, 10) > (unsigned long long)most ? OP_TOO_LARGE : OP_OK;
}

static enum op_problem judge_room(const struct office_request *r)
{
    const char *text = header(r, "Content-Length");
    int64_t size = text ? strtoll(text, NULL, 10) : 0;
    return takes_upload(r) ? office_disk_problem(disk_room(&r->office->disk, size)) : OP_OK;
}

static void judge_body(struct office_request *r)
{
    if (is_method(r, "GET") || !has_body(r) || r->kind == OFFICE_PUBLIC) {
        return;
    }
    enum op_problem p = choose_body(r);
    p = p ? p : judge_length(r);
    fail(r, p ? p : judge_room(r));
}

/* ---- the head -------------------------------------------------------------------------------- */

static enum MHD_Result take_query(void *context, enum MHD_ValueKind kind, const char *key,
                                  size_t key_size, const char *value, size_t value_size)
{
    struct office_request *r = context;
    (void)kind;
    struct span text = span_make(value ? value : "", value ? value_size : 0);
    if (office_body_word(r->query, span_make(key, key_size), text, r) != 0) {
        fail(r, OP_INTERNAL);
    }
    return MHD_YES;
}

static void read_head(struct office_request *r, const char *url, const char *method)
{
    memcpy(r->method, method, strlen(method) < sizeof r->method ? strlen(method) + 1 : 0);
    r->arena = arena_new(ARENA_MAX);
    if (r->arena) {
        arena_set_secret(r->arena);
    }
    r->path = json_object();
    r->query = json_object();
    r->form = json_object();
    r->url = r->arena ? arena_str(r->arena, span_str(url)) : NULL;
    log_id(r->office->server->settings->behind_proxy ? header(r, "X-Request-Id") : NULL, r->id);
    r->lang = language_accept(header(r, "Accept-Language"));
    if (!r->arena || !r->url || !r->path || !r->query || !r->form) {
        fail(r, OP_INTERNAL);
        return;
    }
    (void)MHD_get_connection_values_n(r->connection, MHD_GET_ARGUMENT_KIND, take_query, r);
    const char *lang = office_query(r, "lang");
    r->lang = lang && strcmp(lang, "hi") == 0   ? LANG_HI
              : lang && strcmp(lang, "en") == 0 ? LANG_EN
                                                : r->lang;
    find(r);
    if (!r->problem) {
        judge_body(r);
    }
}

struct office_request *office_request_new(struct server *s, struct MHD_Connection *c,
                                          const char *url, const char *method)
{
    struct office_request *r = mem_zalloc(sizeof *r);
    if (!r) {
        return NULL;
    }
    r->exchange.office = true;
    r->office = s->office;
    r->connection = c;
    r->started_ms = checker_now_ms();
    r->now = (int64_t)time(NULL);
    r->file.fd = -1;
    buffer_init(&r->body, SIZE_MAX);
    buffer_init(&r->in, BODY_MAX);
    r->in.secret = true;
    (void)atomic_fetch_add(&s->open_requests, 1);
    read_head(r, url, method);
    return r;
}

/* ---- from call to call ----------------------------------------------------------------------- */

static enum MHD_Result answer(struct office_request *r)
{
    r->phase = PHASE_DONE;
    if (r->problem && !r->status) {
        office_answer_problem(r);
    }
    server_waiting(r->office->server, r->connection, r->stream ? 0 : checker_now_ms(),
                   r->file.size);
    return office_reply(r) == 0 ? MHD_YES : MHD_NO;
}

/* A thread takes over; the next call comes when it is through. */
static enum MHD_Result hand_over(struct office_request *r, struct work *to)
{
    r->away = true;
    server_waiting(r->office->server, r->connection, 0, 0);
    MHD_suspend_connection(r->connection);
    r->busy = true;
    if (!work_add(to, &r->exchange.item)) {
        r->busy = false;
        fail(r, OP_BUSY);
        r->retry = 5;
        r->phase = r->phase == PHASE_RUN ? PHASE_DONE : r->phase;
        MHD_resume_connection(r->connection);
    }
    return MHD_YES; /* from here on the request may belong to a thread */
}

/* A refused request with a long body is answered before it: the client waits for leave to send it,
 * or would send more than is worth reading. */
static bool answer_at_once(const struct office_request *r)
{
    const char *length = header(r, "Content-Length");
    return r->problem &&
           (header(r, "Expect") || (length && strtoull(length, NULL, 10) > DRAIN_MAX));
}

static enum MHD_Result take_body(struct office_request *r, struct span bytes)
{
    if (r->problem) {
        r->discarded += bytes.n;
        return r->discarded > DRAIN_MAX + (size_t)r->office->office.upload_bytes ? MHD_NO : MHD_YES;
    }
    fail(r, office_body_take(r, bytes, BODIES_MAX));
    if (r->problem) {
        disk_drop(&r->upload);
    } else if (disk_wants_write(&r->upload)) {
        r->writing = true;
        return hand_over(r, &r->office->writers);
    }
    return MHD_YES;
}

/* Of a body in chunks the library hands on the next one although the connection was suspended. */
static bool is_busy(struct office_request *r)
{
    (void)pthread_mutex_lock(&r->office->turn);
    bool busy = r->busy;
    (void)pthread_mutex_unlock(&r->office->turn);
    return busy;
}

/* A body may hold a PIN or a password. The octets are in the library's buffer for this connection,
 * which lives on with it; they are ours until we return. */
static void wipe(struct span bytes)
{
    explicit_bzero((void *)(uintptr_t)bytes.p, bytes.n);
}

enum MHD_Result office_request_go_on(struct office_request *r, const char *data, size_t *size)
{
    if (is_busy(r)) {
        return MHD_YES;
    }
    if (r->phase == PHASE_HEAD) {
        r->phase = PHASE_BODY;
        if (answer_at_once(r)) {
            return answer(r);
        }
        /* Nobody fills the disk before it is known who he is. */
        if (!r->problem && takes_upload(r) && r->body_kind != BODY_NONE) {
            return hand_over(r, &r->office->work);
        }
        return MHD_YES;
    }
    if (r->away) {
        server_waiting(r->office->server, r->connection, checker_now_ms(), 0);
        r->away = false;
    }
    if (*size) {
        struct span bytes = span_make(data, *size);
        *size = 0;
        enum MHD_Result taken = take_body(r, bytes);
        wipe(bytes);
        return taken;
    }
    if (r->phase == PHASE_BODY && r->known && !r->head_answered) {
        r->head_answered = true;
        return answer_at_once(r) ? answer(r) : MHD_YES;
    }
    if (r->phase == PHASE_DONE || r->problem) {
        return answer(r);
    }
    r->phase = PHASE_RUN;
    return hand_over(r, &r->office->work);
}

static const char *route_of(const struct office_request *r)
{
    return r->op ? r->op->path : r->page ? r->page->path : r->public ? r->public->path : "other";
}

void office_request_ended(struct office_request *r, bool complete)
{
    const struct log_line l = {.id = r->id,
                               .method = r->method,
                               .route = route_of(r),
                               .operation = r->op ? r->op->id : NULL,
                               .status = r->status,
                               .ms = checker_now_ms() - r->started_ms,
                               .person = r->actor ? r->actor->person : UTC_NONE,
                               .whole = complete};
    log_write(&l);
    (void)atomic_fetch_sub(&r->office->server->open_requests, 1);
    (void)atomic_fetch_sub(&r->office->held, r->held);
    if (r->stream > 0) {
        streams_leave(r->office->streams, r->actor->person);
    }
    disk_drop(&r->upload);
    multipart_free(r->multipart);
    buffer_free(&r->body);
    buffer_free(&r->in);
    json_decref(r->path);
    json_decref(r->query);
    json_decref(r->form);
    json_decref(r->errors);
    arena_free(r->arena);
    mem_free(r);
}
