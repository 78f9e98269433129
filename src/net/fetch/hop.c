/*
 * hop - see hop.h.
 */
#include "net/fetch/hop.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <curl/curl.h>
#include <openssl/ssl.h>

#include "base/buffer.h"
#include "net/fetch/head.h"
#include "net/fetch_web.h"
#include "net/guard.h"
#include "satyapan/verify.h"

enum { WIRE_SLACK = 65536 };

struct state {
    const struct hop_request *r;
    struct hop_answer *answer;
    char *why;
    enum fetch_outcome outcome; /* FETCH_OK until a callback stopped the transfer */
    bool enough;                /* the head is all we want: no redirect or error page is read */
    bool head_done, failed_write;
    int64_t header_bytes, header_lines;
    uint64_t wire_bytes; /* of the body with its chunk sizes, extensions and trailers */
    CURL *handle;
    struct fetch_web_head web; /* of the web mode, as all below */
    struct buffer request, head, chain;
    char error[CURL_ERROR_SIZE];
};

static enum fetch_outcome stop(struct state *s, enum fetch_outcome outcome, const char *why)
{
    s->outcome = outcome;
    (void)snprintf(s->why, FETCH_WHY_MAX, "%s", why);
    return outcome;
}

/* ---- the socket ------------------------------------------------------------------------------ */

/* The last look before the connection, at the very address it goes to. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *a)
{
    struct state *s = context;
    const char *what = guard_refuses(&a->addr, a->addrlen);
    if (purpose != CURLSOCKTYPE_IPCXN || what || !resolve_contains(s->r->addresses, &a->addr)) {
        char why[FETCH_WHY_MAX];
        (void)snprintf(why, sizeof why, "the connection would go to %s",
                       what ? what : "an address that was not checked");
        stop(s, FETCH_REFUSED, why);
        return CURL_SOCKET_BAD;
    }
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* ---- the head -------------------------------------------------------------------------------- */

static bool head_too_large(struct state *s, size_t n)
{
    const struct fetch_limits *l = s->r->limits;
    s->header_bytes += (int64_t)n;
    s->header_lines++;
    if (s->header_bytes > l->header_bytes || n > (size_t)l->header_line ||
        s->header_lines > l->header_lines) {
        stop(s, FETCH_TOO_LARGE, "its answer has too many or too long header lines");
        return true;
    }
    return false;
}

/* ---- the web mode ---------------------------------------------------------------------------- */

static bool is_web(const struct state *s)
{
    return s->r->request->kind == FETCH_WEB;
}

static bool put(struct state *s, struct span rest)
{
    while (rest.n) {
        ssize_t n = write(s->r->body, rest.p, rest.n);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            stop(s, FETCH_TEMPORARY, "no memory for the answer");
            return false;
        }
        rest = span_sub(rest, (size_t)n, rest.n);
    }
    return true;
}

/* The certificates the server showed, while the connection is there. */
static void take_chain(struct state *s)
{
    struct curl_tlssessioninfo *info = NULL;
    if (curl_easy_getinfo(s->handle, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK || !info ||
        !info->internals) {
        return;
    }
    SSL *tls = info->internals;
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(tls);
    (void)snprintf(s->web.tls, sizeof s->web.tls, "%s", SSL_get_version(tls));
    (void)snprintf(s->web.cipher, sizeof s->web.cipher, "%s", SSL_get_cipher_name(tls));
    for (int i = 0; chain && i < sk_X509_num(chain) && i < FETCH_CHAIN_MAX; i++) {
        uint8_t *der = NULL;
        int n = i2d_X509(sk_X509_value(chain, i), &der);
        if (n > 0 && n <= FETCH_CERTIFICATE_MAX) {
            buffer_add(&s->chain, span_make(der, (size_t)n));
            s->web.chain[s->web.chain_count++] = (uint32_t)n;
        }
        OPENSSL_free(der);
    }
}

/* Request and head go before the body; the place of the fixed head is kept for the end. */
static bool web_begin(struct state *s)
{
    take_chain(s);
    if (!buffer_ok(&s->request) || !buffer_ok(&s->head) || !buffer_ok(&s->chain)) {
        stop(s, FETCH_TEMPORARY, "no memory for the answer");
        return false;
    }
    s->web.magic = FETCH_WEB_MAGIC;
    s->web.request = s->request.n;
    s->web.head = s->head.n;
    return put(s, span_make(&s->web, sizeof s->web)) && put(s, buffer_span(&s->request)) &&
           put(s, buffer_span(&s->head));
}

static void web_end(struct state *s)
{
    s->web.body = s->answer->bytes;
    if (!s->head_done) {
        stop(s, FETCH_PERMANENT, "its answer is not HTTP");
    } else if (put(s, buffer_span(&s->chain)) && lseek(s->r->body, 0, SEEK_SET) == 0) {
        (void)put(s, span_make(&s->web, sizeof s->web));
    }
}

/* ---- the head, line by line ------------------------------------------------------------------ */

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct state *s = context;
    size_t n = size * count;
    struct span text = span_make(bytes, n);
    if (head_too_large(s, n)) {
        return 0;
    }
    if (s->head_done) {
        return n; /* trailers: counted, not believed */
    }
    if (span_starts(text, SPAN_LIT("HTTP/"))) {
        s->head.n = 0; /* one that says "100 Continue" is not the answer's */
        buffer_add(&s->head, text);
        head_begin(s->answer, text);
        return n;
    }
    buffer_add(&s->head, text);
    if (text.n <= 2 && (text.p[0] == '\r' || text.p[0] == '\n')) {
        s->head_done = s->answer->status >= 200;
        if (is_web(s)) {
            return !s->head_done || web_begin(s) ? n : 0;
        }
        bool conflict = s->answer->status == 409 && s->r->request->kind == FETCH_WITNESS;
        s->enough = s->head_done && s->answer->status != 200 && !conflict;
        return s->enough ? 0 : n;
    }
    s->outcome = head_line(s->answer, text, s->why);
    return s->outcome == FETCH_OK ? n : 0;
}

/* ---- the body -------------------------------------------------------------------------------- */

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct state *s = context;
    struct span rest = span_make(bytes, size * count);
    if (rest.n > s->r->limits->bytes - s->answer->bytes) {
        char why[FETCH_WHY_MAX];
        (void)snprintf(why, sizeof why, "its answer is larger than %llu bytes",
                       (unsigned long long)s->r->limits->bytes);
        stop(s, FETCH_TOO_LARGE, why);
        return 0;
    }
    s->answer->bytes += rest.n;
    return put(s, rest) ? size * count : 0;
}

/* libcurl skips chunk extensions without a limit and without a word to on_body: what comes over the
 * wire is counted here, and the transfer stopped by the callback that can. */
static int on_wire(CURL *h, curl_infotype type, char *bytes, size_t n, void *context)
{
    struct state *s = context;
    (void)h;
    if (type == CURLINFO_HEADER_OUT && is_web(s)) {
        buffer_add(&s->request, span_make(bytes, n));
    }
    s->wire_bytes += type == CURLINFO_DATA_IN ? n : 0;
    return 0;
}

static int on_progress(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total,
                       curl_off_t up_now)
{
    struct state *s = context;
    (void)total;
    (void)now;
    (void)up_total;
    (void)up_now;
    if (s->wire_bytes > 2 * s->r->limits->bytes + WIRE_SLACK) {
        stop(s, FETCH_TOO_LARGE, "its answer is larger on the wire than allowed");
        return 1;
    }
    return 0;
}

/* ---- the handle ------------------------------------------------------------------------------ */

static struct curl_slist *add_line(struct curl_slist *list, const char *name, const char *value)
{
    char text[FETCH_ETAG_MAX + 64];
    (void)snprintf(text, sizeof text, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(list, text);
    if (!longer) {
        curl_slist_free_all(list);
    }
    return longer;
}

static struct curl_slist *request_lines(const struct fetch_wire_request *r)
{
    static const char *const accepts[FETCH_KINDS] = {
        [FETCH_CERT] = "application/pkix-cert, application/pkcs7-mime, */*;q=0.5",
        [FETCH_CRL] = "application/pkix-crl, */*;q=0.5",
        [FETCH_OCSP] = "application/ocsp-response",
        [FETCH_TIMESTAMP] = "application/timestamp-reply",
        [FETCH_WITNESS] = "text/plain, */*;q=0.5",
        [FETCH_WEB] = "text/html, application/json, application/pdf, text/plain;q=0.8, */*;q=0.5"};
    static const char *const types[FETCH_KINDS] = {[FETCH_OCSP] = "application/ocsp-request",
                                                   [FETCH_TIMESTAMP] =
                                                       "application/timestamp-query",
                                                   [FETCH_WITNESS] = "text/plain; charset=utf-8"};
    struct curl_slist *l = add_line(NULL, "Accept", accepts[r->kind]);
    l = l ? add_line(l, "Accept-Encoding", r->kind == FETCH_WEB ? "gzip" : "identity") : l;
    l = l && r->kind == FETCH_WEB ? add_line(l, "Accept-Language", "en, hi;q=0.8") : l;
    if (l && r->body_size) {
        l = add_line(l, "Content-Type",
                     types[r->kind] ? types[r->kind] : "application/ocsp-request");
        l = l ? curl_slist_append(l, "Expect:") : l;
    }
    if (l && *r->etag) {
        l = add_line(l, "If-None-Match", r->etag);
    }
    if (l && *r->last_modified) {
        l = add_line(l, "If-Modified-Since", r->last_modified);
    }
    return l;
}

/* "host:port:address,address": the look-up that was checked. A literal needs none: it is never
 * looked up. False when memory is out. */
static bool pin(const struct hop_request *r, struct curl_slist **out)
{
    *out = NULL;
    if (r->url->literal) {
        return true;
    }
    char text[FETCH_HOST_MAX + 16 + RESOLVE_MAX * (FETCH_IP_MAX + 3)];
    int n = snprintf(text, sizeof text, "%s:%u:", r->url->host, r->url->port);
    for (size_t i = 0; i < r->addresses->count; i++) {
        bool v6 = r->addresses->addresses[i].ss_family == AF_INET6;
        n += snprintf(text + n, sizeof text - (size_t)n, "%s%s%s%s", i ? "," : "", v6 ? "[" : "",
                      r->addresses->texts[i], v6 ? "]" : "");
    }
    *out = curl_slist_append(NULL, text);
    return *out != NULL;
}

#define SET(option, value) bad |= curl_easy_setopt(h, (option), (value)) != CURLE_OK

static bool set_switches(CURL *h)
{
    bool bad = false;
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NOPROXY, "*");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    /* Cookies, Alt-Svc and HSTS are off unless asked for; asking for none fails. */
    SET(CURLOPT_UNRESTRICTED_AUTH, 0L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_HTTP09_ALLOWED, 0L);
    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
    SET(CURLOPT_SSL_ENABLE_ALPN, 0L);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_FRESH_CONNECT, 1L);
    SET(CURLOPT_FORBID_REUSE, 1L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_USERAGENT, "Satyapan/" SATYAPAN_VERSION);
    return !bad;
}

static bool set_limits(CURL *h, const struct hop_request *r, int64_t left_ms)
{
    bool bad = false;
    const struct fetch_limits *l = r->limits;
    SET(CURLOPT_TIMEOUT_MS, (long)left_ms);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(l->connect_ms < left_ms ? l->connect_ms : left_ms));
    SET(CURLOPT_LOW_SPEED_LIMIT, (long)l->slow_bytes);
    SET(CURLOPT_LOW_SPEED_TIME, (long)l->slow_seconds);
    SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)l->bytes);
    return !bad;
}

static bool set_work(CURL *h, struct state *s, struct curl_slist *lines, struct curl_slist *pins)
{
    bool bad = false;
    const struct fetch_wire_request *q = s->r->request;
    SET(CURLOPT_URL, s->r->text);
    SET(CURLOPT_HTTPHEADER, lines);
    SET(CURLOPT_RESOLVE, pins);
    SET(CURLOPT_ERRORBUFFER, s->error);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, s);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, s);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, s);
    SET(CURLOPT_VERBOSE, 1L);
    SET(CURLOPT_DEBUGFUNCTION, on_wire);
    SET(CURLOPT_DEBUGDATA, s);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(CURLOPT_XFERINFODATA, s);
    if (q->body_size) {
        SET(CURLOPT_POSTFIELDS, q->body);
        SET(CURLOPT_POSTFIELDSIZE, (long)q->body_size);
    }
    if (is_web(s)) { /* the bytes as they came; what they mean is found out in the sandbox */
        SET(CURLOPT_HTTP_TRANSFER_DECODING, 0L);
        if (s->r->agent && *s->r->agent) {
            SET(CURLOPT_USERAGENT, s->r->agent);
        }
    }
    return !bad;
}

/* ---- what a failure means ------------------------------------------------------------------- */

static enum fetch_outcome failure(struct state *s, CURLcode code)
{
    char why[FETCH_WHY_MAX];
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return stop(s, FETCH_TEMPORARY, "it did not answer, or too slowly");
    case CURLE_COULDNT_CONNECT:
        return stop(s, FETCH_TEMPORARY, "no connection");
    case CURLE_GOT_NOTHING:
        return stop(s, FETCH_TEMPORARY, "it ended the connection without an answer");
    case CURLE_PARTIAL_FILE:
        return stop(s, FETCH_TEMPORARY, "its answer ends too early");
    case CURLE_FILESIZE_EXCEEDED:
        return stop(s, FETCH_TOO_LARGE, "its answer is larger than allowed");
    case CURLE_OUT_OF_MEMORY:
        /* libcurl's word for a header line that does not end. */
        return s->head_done ? stop(s, FETCH_TEMPORARY, "no memory for the answer")
                            : stop(s, FETCH_TOO_LARGE, "its answer has a header without end");
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return stop(s, FETCH_PERMANENT, "its answer is not HTTP");
    case CURLE_PEER_FAILED_VERIFICATION:
        (void)snprintf(why, sizeof why, "its TLS certificate is not trusted (%.150s)", s->error);
        return stop(s, FETCH_TEMPORARY, why);
    default:
        (void)snprintf(why, sizeof why, "the transfer failed (%.160s)",
                       *s->error ? s->error : curl_easy_strerror(code));
        return stop(s, FETCH_TEMPORARY, why);
    }
}

static void take_ip(CURL *h, struct hop_answer *answer)
{
    const char *ip = NULL;
    if (curl_easy_getinfo(h, CURLINFO_PRIMARY_IP, &ip) == CURLE_OK && ip) {
        fetch_text(answer->ip, sizeof answer->ip, span_str(ip));
    }
}

static enum fetch_outcome perform(struct state *s, CURL *h)
{
    struct curl_slist *lines = request_lines(s->r->request), *pins = NULL;
    int64_t left = s->r->deadline_ms - fetch_now_ms();
    if (left <= 0) {
        stop(s, FETCH_TEMPORARY, "the time is over");
    } else if (!lines || !pin(s->r, &pins) || !set_switches(h) || !set_limits(h, s->r, left) ||
               !set_work(h, s, lines, pins)) {
        stop(s, FETCH_TEMPORARY, "no memory for the request");
    } else {
        CURLcode code = curl_easy_perform(h);
        take_ip(h, s->answer);
        if (code != CURLE_OK && s->outcome == FETCH_OK && !s->enough) {
            failure(s, code);
        }
        if (is_web(s) && s->outcome == FETCH_OK) {
            web_end(s);
        }
    }
    curl_slist_free_all(lines);
    curl_slist_free_all(pins);
    return s->outcome;
}

enum fetch_outcome hop_run(const struct hop_request *r, struct hop_answer *answer,
                           char why[FETCH_WHY_MAX])
{
    struct state s = {.r = r, .answer = answer, .why = why, .outcome = FETCH_OK};
    *answer = (struct hop_answer){.status = 0, .any_coding = r->request->kind == FETCH_WEB};
    CURL *h = curl_easy_init();
    buffer_init(&s.request, FETCH_WEB_EXTRA / 8);
    buffer_init(&s.head, FETCH_WEB_EXTRA / 4);
    buffer_init(&s.chain, FETCH_WEB_EXTRA / 2);
    s.handle = h;
    if (!h) {
        return stop(&s, FETCH_TEMPORARY, "no memory for the request");
    }
    enum fetch_outcome outcome = perform(&s, h);
    curl_easy_cleanup(h);
    buffer_free(&s.request);
    buffer_free(&s.head);
    buffer_free(&s.chain);
    return outcome;
}
