/*
 * evidence - the WARC file of a check, named by its SHA-256, and a time-stamp over it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/hash.h"
#include "cli/weblink/weblink.h"
#include "db/files.h"
#include "foreign/warc.h"
#include "net/url.h"
#include "sandbox/sandbox.h"
#include "satyapan/verify.h"
#include "timestamp/request.h"
#include "timestamp/token.h"

#define WARC_MAX ((size_t)256 << 20)
enum { JSON_MAX = 64 << 20, TSA_MS = 25000, ANSWER_MAX = 256 * 1024, TOKEN_MEMORY = 16 << 20 };

/* ---- the metadata record --------------------------------------------------------------------- */

static void put_chain(struct json *j, const struct fetch_web *web)
{
    json_key(j, "tls");
    if (!*web->tls) {
        json_none(j);
        return;
    }
    json_open(j, '{');
    json_put_text(j, "version", web->tls);
    json_put_text(j, "cipher", web->cipher);
    json_key(j, "chain");
    json_open(j, '[');
    for (size_t i = 0; i < web->chain_count; i++) {
        static uint8_t text[FETCH_CERTIFICATE_MAX * 2];
        bool fits = web->chain[i].n <= FETCH_CERTIFICATE_MAX;
        int n = fits ? EVP_EncodeBlock(text, web->chain[i].p, (int)web->chain[i].n) : 0;
        text[n] = 0;
        json_text(j, (const char *)text);
    }
    json_close(j, ']');
    json_close(j, '}');
}

static void put_hop(struct json *j, const struct hop *h)
{
    json_open(j, '{');
    json_put_text(j, "purpose", h->purpose);
    json_put_text(j, "url", h->url);
    json_put_text(j, "ip", h->ip);
    json_put_number(j, "status", h->status);
    json_put_text(j, "outcome", fetch_outcome_name(h->reply.outcome));
    json_put_text(j, "why", h->reply.why);
    json_put_text(j, "location", h->reply.location);
    put_chain(j, &h->web);
    json_close(j, '}');
}

/* JSON that was read back without a mistake already. */
static void put_raw(struct json *j, const char *key, struct span raw)
{
    json_key(j, key);
    if (!raw.n) {
        json_none(j);
        return;
    }
    buffer_add(j->out, raw);
    j->comma = true;
}

static void metadata(struct buffer *out, const struct check_result *r)
{
    const struct claim *c = &r->request->claim;
    struct json j = {.out = out};
    json_open(&j, '{');
    json_put_text(&j, "schema", "satyapan-weblink/1");
    json_put_text(&j, "id", r->request->id);
    json_put_text(&j, "asked", r->request->url);
    json_put_text(&j, "final_url", r->final_url);
    json_put_text(&j, "profile", r->profile);
    json_key(&j, "claim");
    json_open(&j, '{');
    json_put_text(&j, "number", c->number);
    json_put_text(&j, "holder", c->holder);
    json_put_text(&j, "product", c->product);
    json_put_text(&j, "standard", c->standard);
    json_put_text(&j, "issued", c->issued);
    json_put_text(&j, "expires", c->expires);
    json_close(&j, '}');
    json_key(&j, "hops");
    json_open(&j, '[');
    for (size_t i = 0; i < r->visits->count; i++) {
        put_hop(&j, &r->visits->hops[i]);
    }
    json_close(&j, ']');
    put_raw(&j, "page", r->page_raw);
    put_raw(&j, "control", r->control_raw);
    json_put_text(&j, "outcome", weblink_outcome_name(r->outcome));
    json_key(&j, "findings");
    foreign_findings_json(&j, r->findings);
    json_close(&j, '}');
}

/* ---- the file -------------------------------------------------------------------------------- */

static int make(struct buffer *out, const struct check_result *r)
{
    struct warc w;
    struct buffer text;
    buffer_init(&text, JSON_MAX);
    int rc = warc_begin(&w, out, r->checked_at, "Satyapan/" SATYAPAN_VERSION);
    for (size_t i = 0; rc == 0 && i < r->visits->count; i++) {
        const struct hop *h = &r->visits->hops[i];
        if (h->web.request.p) {
            rc = warc_hop(&w, h->url, h->ip, h->web.request, h->web.head, h->web.body);
        }
    }
    metadata(&text, r);
    rc = rc || !buffer_ok(&text) ? -1 : warc_metadata(&w, r->final_url, buffer_span(&text));
    buffer_free(&text);
    return rc;
}

static int put_file(const char *folder, const char *name, struct span bytes, char *why)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 ? -1 : files_put(fd, name, bytes);
    rc = rc ? rc : files_sync(fd);
    if (rc != 0) {
        (void)snprintf(why, WEBLINK_WHY, "%.200s: %s", folder, strerrorname_np(errno));
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return rc ? 1 : 0;
}

int evidence_write(struct arena *a, struct check_result *r, char why[WEBLINK_WHY])
{
    struct buffer out;
    uint8_t digest[SHA256_SIZE];
    buffer_init(&out, WARC_MAX);
    int rc = make(&out, r);
    if (rc == 0 && hash_sha256(buffer_span(&out), digest) == 0) {
        (void)hash_hex(span_make(digest, sizeof digest), false, r->warc_sha256);
        const char *name = arena_printf(a, "%s.warc", r->warc_sha256);
        const char *path = name ? arena_printf(a, "%s/%s", r->request->evidence_dir, name) : NULL;
        rc = path ? put_file(r->request->evidence_dir, name, buffer_span(&out), why) : -1;
        r->warc_path = rc == 0 ? path : NULL;
        r->warc_size = out.n;
    } else {
        rc = -1;
    }
    buffer_free(&out);
    return rc;
}

/* ---- the time-stamp -------------------------------------------------------------------------- */

struct tsa_answer {
    struct span bytes, digest;
};

enum { STAMP_GOOD, STAMP_NONE, STAMP_OTHER, STAMP_MEMORY };

/* In a child: the token of the answer, when it is one over our digest. */
static int work_token(void *context, struct buffer *out)
{
    const struct tsa_answer *w = context;
    struct arena *a = arena_new(TOKEN_MEMORY);
    struct token *t = NULL;
    const char *wrong;
    struct span token = token_from_response(w->bytes);
    if (!a || (token.p && token_parse(a, token, &t, &wrong) != 0)) {
        return STAMP_MEMORY;
    }
    if (!t) {
        return STAMP_NONE;
    }
    if (!span_eq(t->imprint, w->digest)) {
        return STAMP_OTHER;
    }
    buffer_add(out, token);
    return STAMP_GOOD;
}

/* A process of its own for this one request, which may speak to this one host. */
static int ask(const char *url, struct span request, struct fetch_reply *reply,
               char why[WEBLINK_WHY])
{
    struct fetch_hosts hosts;
    struct fetcher f;
    struct url parts;
    int rc = 1;
    if (fetch_hosts_init(&hosts) != 0) {
        return -1;
    }
    const struct fetcher_options options = {.hosts = &hosts};
    (void)snprintf(why, WEBLINK_WHY, "the address of the time-stamp service is none");
    if (url_split(span_str(url), &parts) == NULL && fetch_hosts_add(&hosts, span_str(parts.host)) &&
        fetcher_start(&options, &f) == 0) {
        const struct fetch_request r = {.url = url, .kind = FETCH_TIMESTAMP, .body = request};
        bool good = fetcher_get(&f, &r, 1, TSA_MS, reply) == 0 && reply->outcome == FETCH_OK &&
                    reply->bytes.n <= ANSWER_MAX;
        (void)snprintf(why, WEBLINK_WHY, "%s", *reply->why ? reply->why : "no answer");
        rc = good ? 0 : 1;
        fetcher_stop(&f);
    }
    fetch_hosts_free(&hosts);
    return rc;
}

int evidence_stamp(struct arena *a, struct check_result *r, char why[WEBLINK_WHY])
{
    static const char *const wrong[] = {"", "its answer is no time-stamp",
                                        "its answer is a time-stamp of something else",
                                        "memory ran out"};
    uint8_t digest[SHA256_SIZE];
    uint64_t nonce = 0;
    struct fetch_reply reply = {.bytes = SPAN_NONE};
    struct buffer request, token;
    buffer_init(&request, FETCH_BODY_MAX);
    buffer_init(&token, ANSWER_MAX);
    int rc = hash_unhex(r->warc_sha256, digest, sizeof digest) &&
                     RAND_bytes((uint8_t *)&nonce, sizeof nonce) == 1
                 ? timestamp_request(span_make(digest, sizeof digest), nonce >> 1, &request)
                 : -1;
    rc = rc ? rc : ask(r->request->tsa, buffer_span(&request), &reply, why);
    if (rc == 0) {
        struct tsa_answer answer = {reply.bytes, span_make(digest, sizeof digest)};
        int code = sandbox_task(work_token, &answer, &token, why, WEBLINK_WHY);
        if (code > STAMP_GOOD && code <= STAMP_MEMORY) {
            (void)snprintf(why, WEBLINK_WHY, "%s", wrong[code]);
        }
        rc = code == STAMP_GOOD ? 0 : 1;
    }
    if (rc == 0) {
        const char *name = arena_printf(a, "%s.tst", r->warc_sha256);
        const char *path = name ? arena_printf(a, "%s/%s", r->request->evidence_dir, name) : NULL;
        rc = path ? put_file(r->request->evidence_dir, name, buffer_span(&token), why) : -1;
        r->token_path = rc == 0 ? path : NULL;
    }
    fetch_reply_free(&reply);
    buffer_free(&request);
    buffer_free(&token);
    return rc;
}
