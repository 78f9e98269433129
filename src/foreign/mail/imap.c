/*
 * imap - new mails of the body's mailbox (RFC 3501, RFC 5092), by libcurl.
 *
 * STATUS for the mailbox's generation, UID SEARCH for what is new, then each mail by its URL with
 * UIDVALIDITY and UID: libcurl then reads exactly as many octets as the server announces. (A FETCH
 * as a custom request would end at a line of the mail that looks like the server's.) Nothing is
 * deleted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/files.h"
#include "foreign/mail/source.h"

enum { ANSWER_MAX = 4 * 1024 * 1024, TAKE_SECONDS = 600 };

struct taking {
    struct arena *a;
    const struct imap_request *r;
    CURL *curl;
    int fd;
    struct buffer mail;
};

static size_t keep(char *bytes, size_t size, size_t count, void *context)
{
    struct buffer *out = context;
    buffer_add(out, span_make(bytes, size * count));
    return buffer_ok(out) ? size * count : 0;
}

static void tell(struct taking *t, json_t *row)
{
    char *text = row ? json_dumps(row, JSON_COMPACT) : NULL;
    if (text) {
        (void)dprintf(t->fd, "%s\n", text);
    }
    /* Kept until the end of this process, which is near. */
    json_decref(row);
}

static const char *kind_of(CURLcode rc)
{
    return rc == CURLE_LOGIN_DENIED ? "login"
           : rc == CURLE_USE_SSL_FAILED || rc == CURLE_SSL_CONNECT_ERROR ||
                   rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE
               ? "tls"
               : "unreachable";
}

static void tell_failure(struct taking *t, CURLcode rc, const char *why)
{
    tell(t, json_pack("{s:s, s:s}", "failed", why ? why : curl_easy_strerror(rc), "kind",
                      kind_of(rc)));
}

static CURLcode ask(struct taking *t, const char *path, const char *command, struct buffer *out)
{
    char *url = arena_printf(t->a, "%s%s", t->r->server->url, path);
    if (!url || curl_easy_setopt(t->curl, CURLOPT_URL, url) != CURLE_OK ||
        curl_easy_setopt(t->curl, CURLOPT_CUSTOMREQUEST, command) != CURLE_OK ||
        curl_easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, keep) != CURLE_OK ||
        curl_easy_setopt(t->curl, CURLOPT_WRITEDATA, out) != CURLE_OK ||
        curl_easy_setopt(t->curl, CURLOPT_TIMEOUT, (long)TAKE_SECONDS) != CURLE_OK) {
        return CURLE_OUT_OF_MEMORY;
    }
    return curl_easy_perform(t->curl);
}

/* The number behind "NAME " in the answer, 0: none. */
static uint32_t number_behind(struct span answer, const char *name)
{
    size_t at = span_find(answer, span_str(name), 0);
    uint64_t n = 0;
    for (size_t i = at == SIZE_MAX ? answer.n : at + strlen(name) + 1; i < answer.n; i++) {
        if (answer.p[i] < '0' || answer.p[i] > '9' || n > UINT32_MAX) {
            break;
        }
        n = n * 10 + (uint64_t)(answer.p[i] - '0');
    }
    return n > UINT32_MAX ? 0 : (uint32_t)n;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The numbers of "* SEARCH 3 5 8" that are from or above. */
static size_t read_search(struct arena *a, struct span answer, uint32_t from, uint32_t **out)
{
    size_t n = 0, room = 0;
    size_t at = span_find(answer, SPAN_LIT("* SEARCH"), 0);
    *out = NULL;
    for (size_t i = at == SIZE_MAX ? answer.n : at + 8; i < answer.n;) {
        uint64_t v = 0;
        size_t digits = 0;
        while (i < answer.n && answer.p[i] == ' ') {
            i++;
        }
        while (i < answer.n && answer.p[i] >= '0' && answer.p[i] <= '9' && digits++ < 10) {
            v = v * 10 + (uint64_t)(answer.p[i++] - '0');
        }
        if (digits == 0 || v > UINT32_MAX) {
            break;
        }
        if (v >= from) {
            void *items = *out;
            if (arena_grow(a, &items, &room, n + 1, sizeof **out) != 0) {
                break;
            }
            *out = items;
            (*out)[n++] = (uint32_t)v;
        }
    }
    if (n) {
        qsort(*out, n, sizeof **out, by_number);
    }
    return n;
}

/* Returns false when it makes no sense to go on. */
static bool take_one(struct taking *t, uint32_t validity, uint32_t uid)
{
    char path[400], hex[SHA256_HEX];
    uint8_t digest[SHA256_SIZE];
    (void)snprintf(path, sizeof path, "/%s;UIDVALIDITY=%u/;UID=%u", t->r->mailbox, validity, uid);
    t->mail.n = 0;
    CURLcode rc = ask(t, path, NULL, &t->mail);
    if (t->mail.full) {
        tell(t, json_pack("{s:I, s:s, s:I}", "uid", (json_int_t)uid, "sha256", "", "size",
                          (json_int_t)0));
        buffer_free(&t->mail);
        buffer_init(&t->mail, MAIL_SIZE_MAX);
        return true;
    }
    if (rc == CURLE_REMOTE_FILE_NOT_FOUND) {
        return true; /* somebody took it away meanwhile */
    }
    if (rc != CURLE_OK || !buffer_ok(&t->mail) || hash_sha256(buffer_span(&t->mail), digest) != 0) {
        tell_failure(t, rc, NULL);
        return false;
    }
    (void)hash_hex(span_make(digest, sizeof digest), false, hex);
    if (files_put(t->r->folder, hex, buffer_span(&t->mail)) != 0) {
        tell_failure(t, rc, "the folder of blobs cannot be written to");
        return false;
    }
    tell(t, json_pack("{s:I, s:s, s:I}", "uid", (json_int_t)uid, "sha256", hex, "size",
                      (json_int_t)t->mail.n));
    return true;
}

static void take_all(struct taking *t)
{
    struct buffer answer;
    char command[300], path[300];
    uint32_t *uids = NULL;
    buffer_init(&answer, ANSWER_MAX);
    (void)snprintf(command, sizeof command, "STATUS \"%s\" (UIDVALIDITY UIDNEXT)", t->r->mailbox);
    CURLcode rc = ask(t, "/", command, &answer);
    uint32_t validity = number_behind(buffer_span(&answer), "UIDVALIDITY");
    if (rc != CURLE_OK || validity == 0) {
        tell_failure(t, rc, rc == CURLE_OK ? "the server does not know the mailbox" : NULL);
        buffer_free(&answer);
        return;
    }
    uint32_t from = validity == t->r->uidvalidity ? t->r->uid + 1 : 1;
    answer.n = 0;
    (void)snprintf(path, sizeof path, "/%s;UIDVALIDITY=%u", t->r->mailbox, validity);
    (void)snprintf(command, sizeof command, "UID SEARCH UID %u:*", from);
    rc = ask(t, path, command, &answer);
    size_t n = rc == CURLE_OK ? read_search(t->a, buffer_span(&answer), from, &uids) : 0;
    tell(t, json_pack("{s:I, s:I, s:I}", "uidvalidity", (json_int_t)validity, "uid",
                      (json_int_t)from - 1, "left",
                      (json_int_t)(n > t->r->limit ? n - t->r->limit : 0)));
    buffer_free(&answer);
    if (rc != CURLE_OK) {
        tell_failure(t, rc, NULL);
    }
    for (size_t i = 0; i < n && i < t->r->limit; i++) {
        if (!take_one(t, validity, uids[i])) {
            return;
        }
    }
}

void imap_run(struct arena *a, const struct imap_request *r, int fd)
{
    struct taking t = {.a = a, .r = r, .fd = fd, .curl = curl_easy_init()};
    const char *why = "memory is out";
    buffer_init(&t.mail, MAIL_SIZE_MAX);
    if (!t.curl || mail_server_use(a, r->server, "/", t.curl, &why) != 0) {
        tell_failure(&t, CURLE_FAILED_INIT, why);
    } else {
        take_all(&t);
    }
    curl_easy_cleanup(t.curl);
    buffer_free(&t.mail);
}
