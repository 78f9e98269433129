/*
 * request - see request.h: the head of a request is judged, its body goes into memory files.
 *
 * A request that is refused is still read to its end (up to a limit) before it is answered: a
 * client that is still sending would otherwise see a broken connection instead of the reason.
 */
#include "http/request.h"

#include <stdlib.h>
#include <strings.h>
#include <unistd.h>
#include <time.h>

#include "base/mem.h"
#include "http/accept.h"
#include "http/form.h"
#include "http/language.h"

enum { DRAIN_FACTOR = 8, FORM_OVERHEAD = 1 << 20, RETRY_BUSY = 5 };

static const char *header(const struct request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

static bool is_post(const struct request *r)
{
    return strcmp(r->method, "POST") == 0;
}

/* ---- the first line and the header ----------------------------------------------------------- */

static enum problem judge_route(const struct request *r)
{
    if (!r->route || (!r->route->get && !r->route->verified)) {
        return PROBLEM_NOT_FOUND;
    }
    bool get = strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0;
    return (get && r->route->get) || (is_post(r) && r->route->verified) ? PROBLEM_NONE
                                                                        : PROBLEM_METHOD;
}

void request_client(struct MHD_Connection *c, bool behind_proxy, uint8_t key[LIMITER_KEY])
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const char *forwarded =
        behind_proxy ? MHD_lookup_connection_value(c, MHD_HEADER_KIND, "X-Forwarded-For") : NULL;
    const char *last = forwarded ? strrchr(forwarded, ',') : NULL;
    last = last ? last + 1 : forwarded;
    if (!last || !limiter_key_text(span_str(last), key)) {
        limiter_key(info ? info->client_addr : NULL, key);
    }
}

static enum problem judge_rate(struct request *r)
{
    uint8_t key[LIMITER_KEY];
    request_client(r->connection, r->server->settings->behind_proxy, key);
    r->retry = limiter_take(&r->server->limiter, key, r->started_ms);
    return r->retry ? PROBLEM_RATE : PROBLEM_NONE;
}

static enum problem judge_length(const struct request *r, bool form)
{
    const char *length = header(r, "Content-Length");
    const struct settings *s = r->server->settings;
    if (!length) {
        return header(r, "Transfer-Encoding") ? PROBLEM_NONE : PROBLEM_LENGTH;
    }
    size_t most = s->upload_bytes;
    if (form) {
        most = most * (r->route->api ? 2 : s->files + 1) + FORM_OVERHEAD;
    }
    return strtoull(length, NULL, 10) > most ? PROBLEM_TOO_LARGE : PROBLEM_NONE;
}

/* Types whose bytes would not be the document. */
static bool is_refused_type(const char *type)
{
    static const char *const refused[] = {"application/x-www-form-urlencoded", "multipart/",
                                          "application/json"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (strncasecmp(type, refused[i], strlen(refused[i])) == 0) {
            return true;
        }
    }
    return false;
}

static enum problem judge_body(struct request *r)
{
    const char *type = header(r, "Content-Type"), *encoding = header(r, "Content-Encoding");
    bool form = type && multipart_is_form(type);
    enum problem p = judge_length(r, form);
    if (p) {
        return p;
    }
    if (encoding && strcasecmp(encoding, "identity") != 0) {
        return PROBLEM_ENCODING;
    }
    if (!form) {
        return !r->route->api || (type && is_refused_type(type)) ? PROBLEM_MEDIA : PROBLEM_NONE;
    }
    if (multipart_new(type, &form_sink, r, &r->form) != 0) {
        return PROBLEM_INTERNAL;
    }
    return r->form ? PROBLEM_NONE : PROBLEM_BAD_FORM;
}

/* One parameter of the address. Pages only know lang, and skip what they do not know. */
static enum MHD_Result take_parameter(void *context, enum MHD_ValueKind kind, const char *key,
                                      size_t key_size, const char *value, size_t value_size)
{
    struct request *r = context;
    (void)kind;
    struct span text = span_make(value ? value : "", value ? value_size : 0);
    bool strict = r->route && r->route->verified && r->route->api && is_post(r);
    enum problem p = PROBLEM_NONE;
    if (strlen(key) != key_size) {
        p = PROBLEM_PARAMETER;
    } else if (strict && strcmp(key, "password") == 0) {
        p = PROBLEM_PASSWORD;
    } else if (strict || strcmp(key, "lang") == 0) {
        p = ask_set(&r->ask, key, text);
    }
    if (strict && !r->problem) {
        r->problem = p;
    }
    return MHD_YES;
}

/* The header Document-Password, percent-encoded (RFC 3986 2.1) so that it may be any UTF-8. What
 * the library holds of it is overwritten. */
static enum problem take_password(struct request *r)
{
    const char *value = header(r, "Document-Password");
    enum problem p = PROBLEM_NONE;
    for (const char *c = value; c && *c && !p; c++) {
        int high = *c == '%' ? hex_digit(c[1]) : 0,
            low = *c == '%' && high >= 0 ? hex_digit(c[2]) : 0;
        if (high < 0 || low < 0 || r->password_size == sizeof r->password) {
            p = PROBLEM_PASSWORD;
        } else {
            bool coded = *c == '%';
            r->password[r->password_size++] = coded ? (uint8_t)(high * 16 + low) : (uint8_t)*c;
            c += coded ? 2 : 0;
        }
    }
    if (value) {
        r->has_password = true;
        explicit_bzero((void *)(uintptr_t)value, strlen(value));
    }
    return p;
}

static void wipe_password(struct request *r)
{
    explicit_bzero(r->password, sizeof r->password);
    r->password_size = 0;
}

static void judge(struct request *r)
{
    r->problem = judge_route(r);
    (void)MHD_get_connection_values_n(r->connection, MHD_GET_ARGUMENT_KIND, take_parameter, r);
    r->lang = r->ask.has_lang ? r->ask.lang : language_accept(header(r, "Accept-Language"));
    if (!r->ask.has_form) {
        r->ask.etsi = accept_wants_xml(header(r, "Accept"));
    }
    if (!r->problem && is_post(r)) {
        enum problem p = take_password(r);
        r->problem = judge_rate(r);
        r->problem = r->problem ? r->problem : p;
        r->problem = r->problem ? r->problem : judge_body(r);
    }
}

struct request *request_new(struct server *s, struct MHD_Connection *c, const char *url,
                            const char *method)
{
    struct request *r = mem_zalloc(sizeof *r);
    const char *rest = "";
    if (!r) {
        return NULL;
    }
    r->server = s;
    r->connection = c;
    r->route = route_find(url, &r->route_number, &rest);
    r->started_ms = checker_now_ms();
    if (strlen(rest) < sizeof r->rest) {
        memcpy(r->rest, rest, strlen(rest) + 1);
    }
    memcpy(r->method, method, strlen(method) < sizeof r->method ? strlen(method) + 1 : 0);
    log_id(s->settings->behind_proxy ? header(r, "X-Request-Id") : NULL, r->id);
    ask_init(&r->ask);
    upload_init(&r->content);
    buffer_init(&r->body, SIZE_MAX);
    (void)atomic_fetch_add(&s->open_requests, 1);
    judge(r);
    return r;
}

/* ---- the body -------------------------------------------------------------------------------- */

static void close_uploads(struct request *r)
{
    for (size_t i = 0; i < r->file_count; i++) {
        upload_close(&r->files[i], &r->server->budget);
    }
    upload_close(&r->content, &r->server->budget);
    r->current = NULL;
}

static void refuse(struct request *r, enum problem p)
{
    wipe_password(r);
    r->problem = r->problem ? r->problem : p;
    r->retry = p == PROBLEM_BUSY ? RETRY_BUSY : r->retry;
    close_uploads(r);
}

static enum problem take_raw(struct request *r, struct span bytes)
{
    enum upload_result u = UPLOAD_OK;
    if (r->file_count == 0) {
        u = upload_open(&r->files[0], r->ask.name);
        r->file_count = 1;
    }
    return form_problem(u ? u : upload_add(&r->files[0], &r->server->budget, bytes));
}

static enum problem take_form(struct request *r, struct span bytes)
{
    enum problem p = PROBLEM_NONE;
    if (multipart_feed(r->form, bytes) != 0) {
        p = r->problem ? r->problem : PROBLEM_BAD_FORM;
    }
    /* A form may hold a password. The octets are in the library's buffer for this connection, which
     * lives on with it; they are ours until we return. */
    explicit_bzero((void *)(uintptr_t)bytes.p, bytes.n);
    return p;
}

bool request_take(struct request *r, struct span bytes)
{
    bool wanted = is_post(r) && !r->problem;
    enum problem p = PROBLEM_NONE;
    if (wanted) {
        p = r->form ? take_form(r, bytes) : take_raw(r, bytes);
    } else {
        r->discarded += bytes.n;
    }
    if (p) {
        refuse(r, p);
    }
    return r->discarded <= DRAIN_FACTOR * r->server->settings->upload_bytes;
}

static enum problem seal_all(struct request *r)
{
    enum upload_result u = r->has_content ? upload_seal(&r->content) : UPLOAD_OK;
    for (size_t i = 0; i < r->file_count && u == UPLOAD_OK; i++) {
        u = upload_seal(&r->files[i]);
    }
    return form_problem(u);
}

void request_received(struct request *r)
{
    r->received = true;
    if (r->problem || !is_post(r)) {
        return;
    }
    enum problem p = PROBLEM_NONE;
    if (r->form && !multipart_complete(r->form)) {
        p = PROBLEM_BAD_FORM;
    } else if (r->file_count == 0) {
        p = PROBLEM_NO_DOCUMENT;
    }
    p = p ? p : ask_check(&r->ask, (int64_t)time(NULL));
    p = p ? p : seal_all(r);
    r->lang = r->ask.has_lang ? r->ask.lang : r->lang;
    multipart_free(r->form);
    r->form = NULL;
    if (p) {
        refuse(r, p);
    }
}

void request_refuse_busy(struct request *r)
{
    refuse(r, PROBLEM_BUSY);
}

bool request_wants_work(const struct request *r)
{
    return is_post(r) && !r->problem && !r->worked;
}

/* ---- the work and the answer ----------------------------------------------------------------- */

/* Verifies, and again with what the report wanted, as long as it wants something that was not tried
 * and there is time. */
static enum checked verify_rounds(struct request *r, const struct sandbox_job *job, int document,
                                  struct sp_report **out)
{
    struct server *s = r->server;
    struct zygote_files files = {.document = document,
                                 .content = r->has_content ? r->content.fd : -1};
    bool online = !r->ask.offline && !s->settings->offline && s->settings->fetch_seconds;
    /* A round may take half of the time, so that a slow server leaves some for the next one. */
    int64_t all = (int64_t)s->settings->fetch_seconds * 1000, until = checker_now_ms() + all;
    enum checked c = checker_verify(&s->checker, job, &files, out);
    while (c == CHECKED && online && (*out)->want_count && files.extra_count < SANDBOX_EXTRA_MAX) {
        int64_t left = until - checker_now_ms();
        left = left > all / 2 ? all / 2 : left > 0 ? left : 0;
        if (fetching_round(&s->fetching, *out, (int)left, &files.extra[files.extra_count]) != 0) {
            break;
        }
        files.extra_count++;
        sp_report_free(*out);
        *out = NULL;
        c = checker_verify(&s->checker, job, &files, out);
    }
    for (size_t i = 0; i < files.extra_count; i++) {
        (void)close(files.extra[i]);
    }
    return c;
}

static enum problem verify_one(struct request *r, struct upload *u)
{
    struct server *s = r->server;
    struct sandbox_job job = {
        .document = {.name = u->name,
                     .size = u->size,
                     .content_size = r->content.size,
                     .kind = r->ask.kind,
                     .applicant = r->ask.applicant[0] ? r->ask.applicant : NULL,
                     .password = r->password_size ? r->password : NULL,
                     .password_size = r->password_size},
        .evidence = &s->trusted->evidence,
        .policy = r->ask.policy,
        .clock = {.now = r->ask.at, .received = r->ask.received}};
    enum checked c = verify_rounds(r, &job, u->fd, &r->reports[r->report_count]);
    if (c != CHECKED) {
        return c == CHECKED_GONE ? PROBLEM_STARTING : PROBLEM_INTERNAL;
    }
    metrics_report(&s->metrics, r->reports[r->report_count++], checker_now_ms() - r->queued_ms);
    return PROBLEM_NONE;
}

void request_work(struct request *r)
{
    enum problem p = PROBLEM_NONE;
    for (size_t i = 0; i < r->file_count && !p; i++) {
        p = verify_one(r, &r->files[i]);
        upload_close(&r->files[i], &r->server->budget);
    }
    close_uploads(r);
    wipe_password(r);
    r->status = MHD_HTTP_OK;
    if (!p && r->route->verified(r) != 0) {
        p = PROBLEM_INTERNAL;
    }
    r->problem = p;
    r->retry = p == PROBLEM_STARTING ? RETRY_BUSY : 0;
    for (size_t i = 0; i < r->report_count; i++) {
        sp_report_free(r->reports[i]);
    }
    r->report_count = 0;
    r->worked = true;
}

void request_answer(struct request *r)
{
    r->status = MHD_HTTP_OK;
    if (!r->problem && !is_post(r) && r->route->get(r) != 0) {
        r->problem = PROBLEM_INTERNAL;
    }
}

void request_free(struct request *r)
{
    if (!r) {
        return;
    }
    (void)atomic_fetch_sub(&r->server->open_requests, 1);
    close_uploads(r);
    multipart_free(r->form);
    buffer_free(&r->body);
    mem_free_wiped(r);
}
