/*
 * fetchurls - fetches the URLs of its standard input and prints the replies, one JSON line each.
 *
 * usage: fetchurls PROGRAM HOSTS-FILE[,HOSTS-FILE] [NAME=NUMBER ...] <LINES
 * A line is KIND URL [etag=VALUE] [last-modified=VALUE] [body=FILE], separated by tabs, KIND one of
 * cert, crl, ocsp. An empty line ends a batch. NAME is a field of the policy's limits (of all
 * kinds: total_ms, connect_ms, slow_bytes, slow_seconds, bytes), or concurrent, per_host,
 * redirects, or timeout_ms (of a batch). For tests: the policy a test shortens is still the policy.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "net/fetch.h"

enum { LINE_MAX_BYTES = 8192 };

static struct fetch_policy policy;
static int timeout_ms;
static struct arena *arena;

_Noreturn static void die(const char *what)
{
    (void)fprintf(stderr, "fetchurls: %s: %s\n", what, strerror(errno));
    exit(70);
}

static void set_number(const char *text)
{
    const char *equals = strchr(text, '=');
    long n = equals ? strtol(equals + 1, NULL, 10) : 0;
    size_t length = equals ? (size_t)(equals - text) : 0;
    struct span name = span_make(text, length);
#define IS(word) span_eq(name, SPAN_LIT(word))
    for (size_t i = 0; i < FETCH_KINDS; i++) {
        struct fetch_limits *l = &policy.limits[i];
        l->bytes = IS("bytes") ? (uint64_t)n : l->bytes;
        l->total_ms = IS("total_ms") ? (int32_t)n : l->total_ms;
        l->connect_ms = IS("connect_ms") ? (int32_t)n : l->connect_ms;
        l->slow_bytes = IS("slow_bytes") ? (int32_t)n : l->slow_bytes;
        l->slow_seconds = IS("slow_seconds") ? (int32_t)n : l->slow_seconds;
    }
    policy.concurrent = IS("concurrent") ? (int32_t)n : policy.concurrent;
    policy.per_host = IS("per_host") ? (int32_t)n : policy.per_host;
    policy.redirects = IS("redirects") ? (int32_t)n : policy.redirects;
    timeout_ms = IS("timeout_ms") ? (int)n : timeout_ms;
}

static void load_hosts(char *files, struct fetch_hosts *hosts)
{
    char why[512];
    if (fetch_hosts_init(hosts) != 0) {
        die("memory");
    }
    for (char *next, *file = files; file; file = next) {
        next = strchr(file, ',');
        if (next) {
            *next++ = 0;
        }
        if (fetch_hosts_load(hosts, file, why, sizeof why) != 0) {
            (void)fprintf(stderr, "fetchurls: %s\n", why);
            exit(65);
        }
    }
}

static struct span read_file(const char *path)
{
    uint8_t *bytes = arena_alloc(arena, FETCH_BODY_MAX + 1);
    FILE *in = fopen(path, "rb");
    if (!bytes || !in) {
        die(path);
    }
    size_t n = fread(bytes, 1, FETCH_BODY_MAX + 1, in);
    (void)fclose(in);
    return span_make(bytes, n);
}

/* Without its line feed; \x is one byte, so that a test can send what no line can hold. */
static char *next_field(char **rest)
{
    char *field = *rest, *tab = field ? strchr(field, '\t') : NULL;
    if (tab) {
        *tab = 0;
    }
    *rest = tab ? tab + 1 : NULL;
    char *out = field;
    for (const char *in = field; in && *in; in++) {
        uint8_t byte;
        if (in[0] == '\\' && in[1] == 'x' && hash_unhex((char[]){in[2], in[3], 0}, &byte, 1)) {
            *out++ = (char)byte;
            in += 3;
        } else {
            *out++ = *in;
        }
    }
    if (out) {
        *out = 0;
    }
    return field;
}

static void parse(const char *line, struct fetch_request *r)
{
    char *rest = arena_str(arena, span_str(line));
    const char *kind = next_field(&rest);
    *r = (struct fetch_request){.kind = FETCH_CRL, .url = next_field(&rest)};
    r->kind = strcmp(kind, "cert") == 0 ? FETCH_CERT : r->kind;
    r->kind = strcmp(kind, "ocsp") == 0 ? FETCH_OCSP : r->kind;
    while (rest) {
        const char *field = next_field(&rest);
        r->etag = strncmp(field, "etag=", 5) == 0 ? field + 5 : r->etag;
        r->last_modified =
            strncmp(field, "last-modified=", 14) == 0 ? field + 14 : r->last_modified;
        r->body = strncmp(field, "body=", 5) == 0 ? read_file(field + 5) : r->body;
    }
}

static void put_hops(struct json *j, const struct fetch_reply *r)
{
    json_key(j, "hops");
    json_open(j, '[');
    for (size_t i = 0; i < r->hop_count; i++) {
        json_open(j, '{');
        json_put_text(j, "url", r->hops[i].url);
        json_put_text(j, "ip", r->hops[i].ip);
        json_put_number(j, "status", r->hops[i].status);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void print_reply(const struct fetch_reply *r)
{
    struct buffer out;
    struct json j = {.out = &out};
    uint8_t hash[SHA256_SIZE];
    char hex[SHA256_HEX];
    buffer_init(&out, 1 << 20);
    json_open(&j, '{');
    json_put_text(&j, "outcome", fetch_outcome_name(r->outcome));
    json_put_number(&j, "status", r->status);
    json_put_number(&j, "size", (int64_t)r->bytes.n);
    if (r->bytes.n && hash_sha256(r->bytes, hash) == 0) {
        json_put_text(&j, "sha256", hash_hex(span_make(hash, sizeof hash), false, hex));
    }
    json_put_text(&j, "why", r->why);
    json_put_text(&j, "etag", r->etag);
    json_put_text(&j, "last_modified", r->last_modified);
    json_put_text(&j, "content_type", r->content_type);
    json_put_number(&j, "retry_after", r->retry_after);
    json_put_number(&j, "fetched_at", r->fetched_at);
    if (r->expires == UTC_NONE) {
        json_put_none(&j, "expires");
    } else {
        json_put_number(&j, "expires", r->expires);
    }
    put_hops(&j, r);
    json_close(&j, '}');
    const char *text = buffer_cstr(&out);
    (void)puts(text ? text : "null");
    buffer_free(&out);
}

static void run_batch(const struct fetcher *f, const struct fetch_request *requests, size_t count)
{
    static struct fetch_reply replies[FETCH_BATCH_MAX];
    if (fetcher_get(f, requests, count, timeout_ms, replies) != 0) {
        (void)fprintf(stderr, "fetchurls: the batch failed: %s\n", strerror(errno));
    }
    for (size_t i = 0; i < count; i++) {
        print_reply(&replies[i]);
        fetch_reply_free(&replies[i]);
    }
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct fetch_request requests[FETCH_BATCH_MAX];
    char line[LINE_MAX_BYTES];
    struct fetch_hosts hosts;
    struct fetcher f;
    size_t count = 0;
    if (argc < 3) {
        (void)fputs("usage: fetchurls PROGRAM HOSTS-FILE[,FILE] [NAME=NUMBER ...]\n", stderr);
        return 64;
    }
    arena = arena_new((size_t)256 << 20);
    policy = fetch_policy_default;
    load_hosts(argv[2], &hosts);
    for (int i = 3; i < argc; i++) {
        set_number(argv[i]);
    }
    const struct fetcher_options options = {
        .hosts = &hosts, .policy = &policy, .program = *argv[1] ? argv[1] : NULL};
    if (fetcher_start(&options, &f) != 0) {
        die("start");
    }
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        if (*line) {
            parse(line, &requests[count++]);
        }
        if (!*line || count == FETCH_BATCH_MAX) {
            run_batch(&f, requests, count);
            count = 0;
        }
    }
    run_batch(&f, requests, count);
    fetcher_stop(&f);
    fetch_hosts_free(&hosts);
    arena_free(arena);
    return 0;
}
