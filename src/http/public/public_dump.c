/*
 * public_dump - the whole register at once: CSV and JSON with a signature beside them, and the
 * token status list (IETF draft-ietf-oauth-status-list: JSON, and JWT signed with EdDSA, RFC 8037).
 *
 * The signature of a dump is a signed note (C2SP signed-note) of the register's key over
 *   satyapan-register-dump/1 LF file name LF date LF entries of the log LF sha256 of the file LF
 * which no checkpoint can be mistaken for: its first line is not the log's origin.
 *
 * All of them are of today. What was made is kept until an event or a day is added to it.
 */
#include "http/public/public.h"

#include <inttypes.h>
#include <stdio.h>

#include <openssl/evp.h>

#include "base/base64.h"
#include "base/mem.h"

enum { PAGE = 200, SIGNATURE = NOTE_SIGNATURE, TOKEN_DAY = 86400, TTL = 3600 };

enum kept_kind { KEPT_CSV, KEPT_JSON, KEPT_LIST, KEPT_KINDS };

struct kept {
    int64_t size;
    char on[PUBLIC_DATE];
    struct buffer body;
};

static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept kept[KEPT_KINDS]; /* the process's */

/* ---- all certificates ------------------------------------------------------------------------ */

static int each_certificate(struct records *r, const char *on,
                            int (*each)(struct buffer *out, const json_t *row), struct buffer *out)
{
    struct certificate_search s = {.limit = PAGE};
    char after[PUBLIC_NUMBER] = "";
    int rc = 0;
    for (size_t n = PAGE; rc == 0 && n == PAGE;) {
        json_t *page = NULL, *row;
        size_t i;
        s.after = after[0] ? after : NULL;
        rc = certificate_search(r, &s, &page);
        n = json_array_size(page);
        json_array_foreach(page, i, row)
        {
            json_t *o = rc == 0 ? public_row(r, row, on, false) : NULL;
            rc = o ? each(out, o) : -1;
            json_decref(o);
            (void)snprintf(after, sizeof after, "%s",
                           json_string_value(json_object_get(row, "number")));
        }
        json_decref(page);
    }
    return rc == 0 && buffer_ok(out) ? 0 : -1;
}

static const char *const of_certificate[] = {"number",    "status", "status_since", "valid_from",
                                             "valid_to",  "holder", "product",      "level",
                                             "issued_on", "reason", "registration", "successor"};
static const char *const of_model[] = {"model", "hardware", "firmware", "firmware_sha256"};
enum {
    OF_CERTIFICATE = sizeof of_certificate / sizeof *of_certificate,
    OF_MODEL = sizeof of_model / sizeof *of_model
};

/* RFC 4180; what a spreadsheet would take for a formula begins with an apostrophe. */
static void cell(struct buffer *out, const json_t *o, const char *key, bool last)
{
    const json_t *v = json_object_get(o, key);
    const char *s = json_string_value(v);
    buffer_char(out, '"');
    if (s && *s && strchr("=+-@\t\r", *s)) {
        buffer_char(out, '\'');
    }
    for (; s && *s; s++) {
        buffer_str(out, *s == '"' ? "\"\"" : (char[]){*s, 0});
    }
    if (json_is_integer(v)) {
        buffer_printf(out, "%" PRId64, (int64_t)json_integer_value(v));
    }
    buffer_str(out, last ? "\"\r\n" : "\",");
}

/* A line for each model. */
static int csv_row(struct buffer *out, const json_t *row)
{
    const json_t *models = json_object_get(row, "models");
    size_t lines = json_array_size(models) ? json_array_size(models) : 1;
    for (size_t line = 0; line < lines; line++) {
        for (size_t i = 0; i < OF_CERTIFICATE; i++) {
            cell(out, row, of_certificate[i], false);
        }
        for (size_t i = 0; i < OF_MODEL; i++) {
            cell(out, json_array_get(models, line), of_model[i], i + 1 == OF_MODEL);
        }
    }
    return buffer_ok(out) ? 0 : -1;
}

static int make_csv(struct records *r, const char *on, struct buffer *out)
{
    for (size_t i = 0; i < OF_CERTIFICATE; i++) {
        buffer_printf(out, "%s,", of_certificate[i]);
    }
    for (size_t i = 0; i < OF_MODEL; i++) {
        buffer_printf(out, "%s%s", of_model[i], i + 1 == OF_MODEL ? "\r\n" : ",");
    }
    return each_certificate(r, on, csv_row, out);
}

static int json_row(struct buffer *out, const json_t *row)
{
    char *text = json_dumps(row, JSON_COMPACT | JSON_SORT_KEYS);
    if (text) {
        buffer_str(out, out->n && out->p[out->n - 1] == '[' ? "\n" : ",\n");
        buffer_str(out, text);
    }
    mem_free(text);
    return text && buffer_ok(out) ? 0 : -1;
}

static int make_json(struct records *r, const char *on, struct buffer *out)
{
    buffer_printf(out, "{\"schema\":\"satyapan-register/1\",\"on\":\"%s\",\"items\":[", on);
    int rc = each_certificate(r, on, json_row, out);
    buffer_str(out, "\n]}\n");
    return rc;
}

/* ---- kept ------------------------------------------------------------------------------------ */

static int make(struct records *r, enum kept_kind kind, const char *on, struct buffer *out)
{
    return kind == KEPT_CSV    ? make_csv(r, on, out)
           : kind == KEPT_JSON ? make_json(r, on, out)
                               : register_status_list(r, on, out);
}

/* Of one moment: an event that comes in between is seen by the size, and it is made again. */
static int renew(struct records *r, enum kept_kind kind, const char *on, struct kept *k)
{
    int64_t size = log_size(r);
    for (int tries = 0; tries < 3 && size >= 0; tries++) {
        if (k->body.p && k->size == size && strcmp(k->on, on) == 0) {
            return 0;
        }
        buffer_free(&k->body);
        buffer_init(&k->body, SIZE_MAX);
        if (make(r, kind, on, &k->body) != 0) {
            break;
        }
        k->size = size;
        (void)snprintf(k->on, sizeof k->on, "%s", on);
        size = log_size(r);
    }
    if (size >= 0 && k->size == size && k->body.p && buffer_ok(&k->body)) {
        return 0;
    }
    buffer_free(&k->body);
    *k = (struct kept){0};
    return -1;
}

/* A copy into out, and how many entries it is of. */
static int take(struct office_request *r, enum kept_kind kind, const char *on, struct buffer *out,
                int64_t *size)
{
    (void)pthread_mutex_lock(&kept_lock);
    int rc = renew(r->records, kind, on, &kept[kind]);
    if (rc == 0) {
        buffer_add(out, buffer_span(&kept[kind].body));
        *size = kept[kind].size;
    }
    (void)pthread_mutex_unlock(&kept_lock);
    return rc == 0 && buffer_ok(out) ? 0 : -1;
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
    int64_t size;
    if (today(r, &a)) {
        return 0;
    }
    r->content_type = type;
    r->cache = "public, max-age=60";
    r->link = arena_printf(r->arena, "<%s.sig>; rel=\"describedby\"; type=\"text/plain\"", r->url);
    return r->link ? take(r, kind, a.on, &r->body, &size) : -1;
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
    struct note_key k;
    const struct note_signer by = {sign, r};
    struct buffer all, text;
    uint8_t hash[SHA256_SIZE];
    char hex[SHA256_HEX];
    int64_t size = 0;
    int rc = today(r, &a) ? 1 : find_key(r, &k);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    buffer_init(&all, SIZE_MAX);
    buffer_init(&text, NOTE_MAX);
    rc = take(r, kind, a.on, &all, &size);
    rc = rc == 0 ? hash_sha256(buffer_span(&all), hash) : rc;
    buffer_printf(&text, "satyapan-register-dump/1\n%s\n%s\n%" PRId64 "\n%s\n", name, a.on, size,
                  rc == 0 ? hash_hex(span_make(hash, sizeof hash), false, hex) : "");
    buffer_add(&r->body, buffer_span(&text));
    buffer_char(&r->body, '\n');
    rc = rc == 0 && buffer_ok(&text) ? note_sign_by(buffer_span(&text), &k, &by, &r->body) : -1;
    buffer_free(&all);
    buffer_free(&text);
    r->content_type = "text/plain; charset=utf-8";
    r->cache = "public, max-age=60";
    return rc == 0 && buffer_ok(&r->body) ? 0 : -1;
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
static int put_token(struct office_request *r, const char *lst, const struct note_key *k)
{
    char kid[2 * NOTE_ID + 1], address[NOTE_NAME + 32];
    uint8_t signature[SIGNATURE];
    size_t host = strcspn(k->name, "/");
    (void)hash_hex(span_make(k->id, NOTE_ID), false, kid);
    (void)snprintf(address, sizeof address, "https://%.*s/status-list", (int)host, k->name);
    json_t *head = json_pack("{ss ss ss}", "alg", "EdDSA", "kid", kid, "typ", "statuslist+jwt");
    json_t *claims =
        json_pack("{ss sI sI si s{si ss}}", "sub", address, "iat", (json_int_t)r->now, "exp",
                  (json_int_t)r->now + TOKEN_DAY, "ttl", TTL, "status_list", "bits", 2, "lst", lst);
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

static int token(struct office_request *r, const char *lst)
{
    struct note_key k;
    int rc = find_key(r, &k);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    rc = put_token(r, lst, &k);
    r->content_type = "application/statuslist+jwt";
    return rc;
}

int public_status_list(struct office_request *r)
{
    static const char jwt[] = "application/statuslist+jwt";
    const char *format = office_query(r, "format");
    const char *accept = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Accept");
    struct public_ask a;
    struct buffer lst;
    int64_t size;
    if (today(r, &a)) {
        return 0;
    }
    buffer_init(&lst, SIZE_MAX);
    int rc = take(r, KEPT_LIST, a.on, &lst, &size);
    const char *text = rc == 0 ? buffer_cstr(&lst) : NULL;
    bool signed_form = format ? strcmp(format, "jwt") == 0 : accept && strstr(accept, jwt);
    r->cache = "public, max-age=300";
    rc = !text ? -1
         : signed_form
             ? token(r, text)
             : public_json(r, json_pack("{si ss ss}", "bits", 2, "lst", text, "on", a.on));
    buffer_free(&lst);
    return rc;
}
