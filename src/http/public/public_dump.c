/*
 * public_dump - the whole register at once: CSV and JSON with a signature beside them, and the
 * token status list (IETF draft-ietf-oauth-status-list: JSON, and JWT signed with EdDSA, RFC 8037).
 *
 * Dumps are files, written in pieces, so that memory does not grow with the register. All of them
 * are of today. What was made is kept until an event or a day is added to it - of a large register
 * somewhat longer. A status list token says when its list was made, not when it was asked for, and
 * no list is kept longer than a token may be ("ttl").
 */
#include "http/public/public.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/base64.h"
#include "base/mem.h"
#include "db/files.h"

enum { SIGNATURE = NOTE_SIGNATURE, TOKEN_DAY = 86400, TTL = 3600, WAIT = 3 };

enum kept_kind { KEPT_CSV, KEPT_JSON, KEPT_LIST, KEPT_KINDS };

struct kept {
    int fd; /* -1: none; a file without a name */
    bool busy;
    int64_t size, length, made_ms, took_ms; /* size: entries of the log */
    int64_t at;                             /* UTC: not later than what it says */
    char on[PUBLIC_DATE];
    uint8_t sha256[SHA256_SIZE];
    EVP_MD_CTX *digest; /* while it is written */
};

static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t kept_made = PTHREAD_COND_INITIALIZER;
static struct kept kept[KEPT_KINDS] = {{.fd = -1}, {.fd = -1}, {.fd = -1}}; /* the process's */

/* ---- kept ------------------------------------------------------------------------------------ */

static bool is_current(const struct kept *k, int64_t size, const char *on, int64_t now)
{
    if (k == &kept[KEPT_LIST] && now >= k->made_ms + TTL * 1000LL) {
        return false;
    }
    /* A large register is not written out again for every event: a twentieth of the time at most
     * goes into it, and what is served says of how many entries it is. */
    return k->fd >= 0 && strcmp(k->on, on) == 0 &&
           (k->size == size || now < k->made_ms + 20 * k->took_ms);
}

static int write_piece(void *context, struct span piece)
{
    struct kept *k = context;
    k->length += (int64_t)piece.n;
    return EVP_DigestUpdate(k->digest, piece.p, piece.n) == 1 ? files_write(k->fd, piece) : -1;
}

/* Into a file without a name. Of one moment: an event in between is seen by the size. */
static int write_out(struct office_request *r, enum kept_kind kind, const char *on, struct kept *k)
{
    const struct register_sink to = {write_piece, k};
    struct buffer lst;
    unsigned n = SHA256_SIZE;
    *k = (struct kept){.fd = open(r->office->data, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600),
                       .at = (int64_t)time(NULL),
                       .size = log_size(r->records),
                       .digest = EVP_MD_CTX_new()};
    (void)snprintf(k->on, sizeof k->on, "%s", on);
    int rc = k->fd >= 0 && k->size >= 0 && k->digest &&
                     EVP_DigestInit_ex(k->digest, EVP_sha256(), NULL) == 1
                 ? 0
                 : -1;
    if (rc == 0 && kind == KEPT_LIST) {
        buffer_init(&lst, SIZE_MAX);
        rc = register_status_list(r->records, on, &lst);
        rc = rc ? rc : write_piece(k, buffer_span(&lst));
        buffer_free(&lst);
    } else if (rc == 0) {
        rc = register_dump(r->records, on, kind == KEPT_CSV, &to);
    }
    if (rc == 0 && EVP_DigestFinal_ex(k->digest, k->sha256, &n) != 1) {
        rc = -1;
    }
    EVP_MD_CTX_free(k->digest);
    k->digest = NULL;
    if (rc == 0 && log_size(r->records) != k->size) {
        rc = 1;
    }
    if (rc != 0 && k->fd >= 0) {
        (void)close(k->fd);
        k->fd = -1;
    }
    return rc;
}

static int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int renew(struct office_request *r, enum kept_kind kind, const char *on)
{
    struct kept new = {.fd = -1};
    int64_t began = now_ms();
    int rc = 1;
    for (int tries = 0; tries < 3 && rc == 1; tries++) {
        rc = write_out(r, kind, on, &new);
    }
    new.made_ms = now_ms();
    new.took_ms = new.made_ms - began;
    (void)pthread_mutex_lock(&kept_lock);
    struct kept *k = &kept[kind];
    k->busy = false;
    (void)pthread_cond_broadcast(&kept_made);
    if (rc == 0) {
        if (k->fd >= 0) {
            (void)close(k->fd);
        }
        *k = new;
    }
    (void)pthread_mutex_unlock(&kept_lock);
    return rc == 0 ? 0 : -1;
}

/* Nothing is there yet, and somebody makes it: for a few seconds. The lock is held. */
static void wait_for(const struct kept *k)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT;
    while (k->fd < 0 && k->busy && pthread_cond_timedwait(&kept_made, &kept_lock, &until) == 0) {
    }
}

/* An own descriptor of what is kept, and its particulars. One request at a time makes it anew;
 * others get what was there, or are asked to come again. 0; 1: a problem is set; -1. */
static int take(struct office_request *r, enum kept_kind kind, const char *on, struct kept *out)
{
    int64_t size = log_size(r->records);
    char path[40];
    if (size < 0) {
        return -1;
    }
    (void)pthread_mutex_lock(&kept_lock);
    struct kept *k = &kept[kind];
    bool mine = !is_current(k, size, on, now_ms()) && !k->busy;
    k->busy = k->busy || mine;
    (void)pthread_mutex_unlock(&kept_lock);
    if (mine && renew(r, kind, on) != 0) {
        return -1;
    }
    (void)pthread_mutex_lock(&kept_lock);
    wait_for(k);
    *out = *k;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", k->fd);
    out->fd = k->fd >= 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bool none = k->fd < 0;
    (void)pthread_mutex_unlock(&kept_lock);
    if (none) {
        r->problem = OP_RATE;
        r->retry = 10;
        return 1;
    }
    return out->fd >= 0 ? 0 : -1;
}

static int today(struct office_request *r, struct public_ask *a)
{
    const char *wrong;
    if (!public_ask_read(r, a, &wrong) || a->dated) {
        (void)public_bad(r, "on");
        r->detail = "Lists are of today only; of another date ask for single certificates.";
        r->detail_hi = "सूचियाँ केवल आज की हैं; अन्य दिनांक के लिए एक-एक प्रमाणपत्र पूछें।";
        return 1;
    }
    return 0;
}

/* ---- dumps ----------------------------------------------------------------------------------- */

static int dump(struct office_request *r, enum kept_kind kind, const char *type)
{
    struct public_ask a;
    struct kept k;
    if (today(r, &a)) {
        return 0;
    }
    int rc = take(r, kind, a.on, &k);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    r->file = (struct op_file){.fd = k.fd,
                               .size = k.length,
                               .name = kind == KEPT_CSV ? "certificates.csv" : "certificates.json",
                               .media = type};
    r->cache = "public, max-age=60";
    r->link = arena_printf(r->arena, "<%s.sig>; rel=\"describedby\"; type=\"text/plain\"", r->url);
    return r->link ? 0 : -1;
}

int public_dump_csv(struct office_request *r)
{
    return dump(r, KEPT_CSV, "text/csv; charset=utf-8");
}

int public_dump_json(struct office_request *r)
{
    return dump(r, KEPT_JSON, "application/json");
}

/* 0; 1: there is no key, the problem is set; -1. */
static int find_key(struct office_request *r, struct note_key *k)
{
    int rc = public_key(r, k);
    if (rc == RECORDS_NONE) {
        (void)public_none(r);
        return 1;
    }
    return rc == 0 ? 0 : -1;
}

static int sign(void *request, struct span text, uint8_t out[NOTE_SIGNATURE])
{
    return public_sign(request, text, out);
}

static int dump_sig(struct office_request *r, enum kept_kind kind, const char *name)
{
    struct public_ask a;
    struct note_key key;
    struct kept k;
    const struct note_signer by = {sign, r};
    int rc = today(r, &a) ? 1 : find_key(r, &key);
    rc = rc ? rc : take(r, kind, a.on, &k);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    (void)close(k.fd);
    r->content_type = "text/plain; charset=utf-8";
    r->cache = "public, max-age=60";
    return register_dump_note(name, k.on, k.size, k.sha256, &key, &by, &r->body);
}

int public_dump_csv_sig(struct office_request *r)
{
    return dump_sig(r, KEPT_CSV, "certificates.csv");
}

int public_dump_json_sig(struct office_request *r)
{
    return dump_sig(r, KEPT_JSON, "certificates.json");
}

/* ---- the status list ------------------------------------------------------------------------- */

static void put_base64(struct buffer *out, struct span in)
{
    size_t room = in.n / 3 * 4 + 8;
    uint8_t *text = mem_alloc(room);
    if (text) {
        buffer_add(out, span_make(text, base64_url(in, text)));
    } else {
        out->failed = true;
    }
    mem_free(text);
}

/* "sub" is the list's address: the log's origin is a host (and a path of it). */
static int put_token(struct office_request *r, const char *lst, int64_t at,
                     const struct note_key *k)
{
    char kid[2 * NOTE_ID + 1], address[NOTE_NAME + 32];
    uint8_t signature[SIGNATURE];
    size_t host = strcspn(k->name, "/");
    (void)hash_hex(span_make(k->id, NOTE_ID), false, kid);
    (void)snprintf(address, sizeof address, "https://%.*s/status-list", (int)host, k->name);
    json_t *head = json_pack("{ss ss ss}", "alg", "EdDSA", "kid", kid, "typ", "statuslist+jwt");
    json_t *claims =
        json_pack("{ss sI sI si s{si ss}}", "sub", address, "iat", (json_int_t)at, "exp",
                  (json_int_t)at + TOKEN_DAY, "ttl", TTL, "status_list", "bits", 2, "lst", lst);
    char *a = head ? json_dumps(head, JSON_COMPACT) : NULL;
    char *b = claims ? json_dumps(claims, JSON_COMPACT) : NULL;
    if (a && b) {
        put_base64(&r->body, span_str(a));
        buffer_char(&r->body, '.');
        put_base64(&r->body, span_str(b));
    }
    int rc = a && b && buffer_ok(&r->body) ? public_sign(r, buffer_span(&r->body), signature) : -1;
    buffer_char(&r->body, '.');
    put_base64(&r->body, span_make(signature, rc == 0 ? sizeof signature : 0));
    mem_free(a);
    mem_free(b);
    json_decref(head);
    json_decref(claims);
    return rc == 0 && buffer_ok(&r->body) ? 0 : -1;
}

static int token(struct office_request *r, const char *lst, int64_t at)
{
    struct note_key k;
    int rc = find_key(r, &k);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    rc = put_token(r, lst, at, &k);
    r->content_type = "application/statuslist+jwt";
    return rc;
}

int public_status_list(struct office_request *r)
{
    static const char jwt[] = "application/statuslist+jwt";
    const char *format = office_query(r, "format");
    const char *accept = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Accept");
    struct public_ask a;
    struct kept k;
    if (today(r, &a)) {
        return 0;
    }
    int rc = take(r, KEPT_LIST, a.on, &k);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    char *text = mem_zalloc((size_t)k.length + 1);
    ssize_t n = text ? pread(k.fd, text, (size_t)k.length, 0) : -1;
    (void)close(k.fd);
    bool signed_form = format ? strcmp(format, "jwt") == 0 : accept && strstr(accept, jwt);
    r->cache = "public, max-age=300";
    rc = n != k.length ? -1
         : signed_form
             ? token(r, text, k.at)
             : public_json(r, json_pack("{si ss ss}", "bits", 2, "lst", text, "on", k.on));
    mem_free(text);
    return rc;
}
