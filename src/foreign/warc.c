/*
 * warc - see warc.h.
 */
#include "foreign/warc.h"

#include <stdio.h>

#include <openssl/rand.h>

#include "base/hash.h"
#include "base/utc.h"

/* RFC 4122, version 4. */
static int make_id(char out[WARC_ID])
{
    uint8_t b[16];
    if (RAND_bytes(b, sizeof b) != 1) {
        return -1;
    }
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    (void)snprintf(out, WARC_ID,
                   "<urn:uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
                   "%02x%02x%02x%02x%02x%02x>",
                   b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
                   b[13], b[14], b[15]);
    return 0;
}

struct record {
    const char *type, *content_type, *url, *ip;
    char id[WARC_ID];
    const char *concurrent; /* of which other record it is a part; NULL: none */
    struct span block[2];
};

/* The digest of the block in hexadecimal: the standard leaves algorithm and encoding open. */
static int block_digest(const struct record *r, char hex[SHA256_HEX])
{
    uint8_t digest[SHA256_SIZE];
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool good = c && EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(c, r->block[0].p, r->block[0].n) == 1 &&
                EVP_DigestUpdate(c, r->block[1].p, r->block[1].n) == 1 &&
                EVP_DigestFinal_ex(c, digest, NULL) == 1;
    EVP_MD_CTX_free(c);
    (void)hash_hex(span_make(digest, sizeof digest), false, hex);
    return good ? 0 : -1;
}

static int put(struct warc *w, struct record *r)
{
    char hex[SHA256_HEX];
    if (make_id(r->id) != 0 || block_digest(r, hex) != 0) {
        return -1;
    }
    struct buffer *b = w->out;
    buffer_printf(b, "WARC/1.1\r\nWARC-Type: %s\r\nWARC-Record-ID: %s\r\nWARC-Date: %s\r\n",
                  r->type, r->id, w->date);
    if (r->url) {
        buffer_printf(b, "WARC-Target-URI: %s\r\n", r->url);
    }
    if (r->ip && *r->ip) {
        buffer_printf(b, "WARC-IP-Address: %s\r\n", r->ip);
    }
    if (*w->info) {
        buffer_printf(b, "WARC-Warcinfo-ID: %s\r\n", w->info);
    }
    if (r->concurrent) {
        buffer_printf(b, "WARC-Concurrent-To: %s\r\n", r->concurrent);
    }
    buffer_printf(b,
                  "WARC-Block-Digest: sha256:%s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                  hex, r->content_type, r->block[0].n + r->block[1].n);
    buffer_add(b, r->block[0]);
    buffer_add(b, r->block[1]);
    buffer_str(b, "\r\n\r\n");
    return buffer_ok(b) ? 0 : -1;
}

int warc_begin(struct warc *w, struct buffer *out, int64_t now, const char *software)
{
    char text[256];
    *w = (struct warc){.out = out};
    (void)utc_rfc3339(now, w->date);
    int n = snprintf(text, sizeof text,
                     "software: %s\r\nformat: WARC File Format 1.1\r\n"
                     "conformsTo: https://iipc.github.io/warc-specifications/specifications/"
                     "warc-format/warc-1.1/\r\n",
                     software);
    struct record r = {.type = "warcinfo",
                       .content_type = "application/warc-fields",
                       .block = {span_make(text, (size_t)n), SPAN_LIT("")}};
    int rc = put(w, &r);
    memcpy(w->info, r.id, sizeof w->info);
    return rc;
}

int warc_hop(struct warc *w, const char *url, const char *ip, struct span request, struct span head,
             struct span body)
{
    struct record ask = {.type = "request",
                         .content_type = "application/http;msgtype=request",
                         .url = url,
                         .ip = ip,
                         .block = {request, SPAN_LIT("")}};
    int rc = put(w, &ask);
    struct record answer = {.type = "response",
                            .content_type = "application/http;msgtype=response",
                            .url = url,
                            .ip = ip,
                            .concurrent = ask.id,
                            .block = {head, body}};
    return rc ? rc : put(w, &answer);
}

int warc_metadata(struct warc *w, const char *url, struct span json)
{
    struct record r = {.type = "metadata",
                       .content_type = "application/json",
                       .url = url,
                       .block = {json, SPAN_LIT("")}};
    return put(w, &r);
}
