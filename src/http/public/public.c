/*
 * public - see public.h: the table of addresses, and what the answers share.
 */
#include "http/public/public.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/tidy.h"
#include "http/request.h"
#include "scheme/date.h"

static const struct public_route routes[] = {
    {"/register", false, false, public_register_page},
    {"/certificate/", false, false, public_certificate_page},
    {"/check", false, true, public_check_page},
    {"/check/offline.html", false, true, public_check_file},
    {"/checkpoint", true, true, public_checkpoint},
    {"/register.vkey", true, true, public_key_file},
    {"/tile/", true, true, public_tile},
    {"/status-list", true, false, public_status_list},
    {"/api/v1/certificates", true, false, public_api_list},
    {"/api/v1/certificates.csv", true, false, public_dump_csv},
    {"/api/v1/certificates.json", true, false, public_dump_json},
    {"/api/v1/certificates.csv.sig", true, false, public_dump_csv_sig},
    {"/api/v1/certificates.json.sig", true, false, public_dump_json_sig},
    {"/api/v1/certificates/", true, false, public_api_one},
};

static const struct public_route *find(const char *url)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        size_t n = strlen(routes[i].path);
        bool prefix = routes[i].path[n - 1] == '/';
        if (prefix ? strncmp(url, routes[i].path, n) == 0 && url[n]
                   : strcmp(url, routes[i].path) == 0) {
            return &routes[i];
        }
    }
    return NULL;
}

bool public_claims(const char *url)
{
    return find(url) != NULL;
}

void public_find(struct office_request *r)
{
    uint8_t key[LIMITER_KEY];
    struct server *s = r->office->server;
    r->kind = OFFICE_PUBLIC;
    r->public = find(r->url);
    r->rest = r->url + strlen(r->public->path);
    if (strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0) {
        r->allow = "GET, HEAD";
        r->problem = OP_METHOD;
        return;
    }
    if (r->public->free) {
        return;
    }
    request_client(r->connection, s->settings->behind_proxy, key);
    r->retry = limiter_take(&s->limiter, key, r->started_ms);
    r->problem = r->retry ? OP_RATE : r->problem;
}

/* ---- problems -------------------------------------------------------------------------------- */

int public_bad(struct office_request *r, const char *field)
{
    r->problem = OP_BAD_PARAMETER;
    r->detail = arena_printf(r->arena, "Look at: %s.", field);
    r->detail_hi = arena_printf(r->arena, "देखें: %s.", field);
    return 0;
}

int public_none(struct office_request *r)
{
    r->problem = OP_NOT_FOUND;
    return 0;
}

/* ---- questions ------------------------------------------------------------------------------- */

/* As it was meant by who copied it from a page or a table; "": nothing, or no memory. */
static const char *tidied(struct arena *a, const char *text,
                          void (*tidy)(struct buffer *out, struct span text))
{
    struct buffer b;
    buffer_init(&b, 1 << 16);
    tidy(&b, span_str(text));
    const char *out = buffer_cstr(&b);
    out = out ? arena_str(a, span_str(out)) : NULL;
    buffer_free(&b);
    return out ? out : "";
}

const char *public_number(struct arena *a, const char *text)
{
    char *out = arena_printf(a, "%s", tidied(a, text, tidy_code));
    for (char *p = out; p && *p; p++) {
        *p = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
    }
    return out ? out : "";
}

/* A field of the query; NULL: absent or empty. */
static const char *word(const struct office_request *r, const char *name)
{
    const char *text = office_query(r, name);
    text = text ? tidied(r->arena, text, tidy_line) : NULL;
    return text && *text ? text : NULL;
}

static bool take_limit(const char *text, int *out)
{
    int64_t n = PUBLIC_ROWS;
    bool good = !text || number_read(text, 1, PUBLIC_ROWS_MAX, &n);
    *out = (int)n;
    return good;
}

void public_today(const struct office_request *r, char out[PUBLIC_DATE])
{
    char text[DATE_TEXT];
    (void)snprintf(out, PUBLIC_DATE, "%s", date_text(date_of_utc(r->now), text));
}

static bool take_date(const struct office_request *r, struct public_ask *out)
{
    const char *on = word(r, "on");
    int32_t date = date_of_utc(r->now);
    out->dated = on != NULL;
    if (on && !date_parse(span_str(on), &date)) {
        return false;
    }
    char text[DATE_TEXT];
    (void)snprintf(out->on, sizeof out->on, "%s", date_text(date, text));
    return true;
}

bool public_ask_read(const struct office_request *r, struct public_ask *out, const char **wrong)
{
    struct certificate_search *s = &out->search;
    const char *number = word(r, "number");
    *out = (struct public_ask){.search = {.number = number ? public_number(r->arena, number) : NULL,
                                          .model = word(r, "model"),
                                          .firmware = word(r, "firmware"),
                                          .holder = word(r, "holder"),
                                          .after = word(r, "after")}};
    *wrong = !take_date(r, out) ? "on" : !take_limit(word(r, "limit"), &s->limit) ? "limit" : NULL;
    return !*wrong;
}

/* ---- rows ------------------------------------------------------------------------------------ */

json_t *public_row(struct records *r, const json_t *row, const char *on, bool whole)
{
    return register_row(r, row, on, whole);
}

/* ---- the key --------------------------------------------------------------------------------- */

int public_key(const struct office_request *r, struct note_key *out)
{
    struct register_key k;
    char why[REGISTER_WHY], path[4096];
    int rc = register_key_public(r->office->data, out);
    (void)snprintf(path, sizeof path, "%s/keys/register.key", r->office->data);
    if (rc != RECORDS_NONE || access(path, F_OK) != 0) {
        return rc;
    }
    /* Its public half is not beside it yet: the process that holds it puts it there. */
    rc = register_key_open(r->office->data, NULL, false, &k, why);
    *out = k.key;
    register_key_forget(&k);
    if (rc != 0) {
        (void)fprintf(stderr, "satyapan serve: %s\n", why);
    }
    return rc == 0 ? 0 : RECORDS_FAILED;
}

static pthread_mutex_t signing_lock = PTHREAD_MUTEX_INITIALIZER;
static struct register_key signing; /* the process's; started with the first signature */

int public_sign(const struct office_request *r, struct span text, uint8_t out[NOTE_SIGNATURE])
{
    char why[REGISTER_WHY];
    int rc = -1;
    (void)pthread_mutex_lock(&signing_lock);
    /* Once more when the process that holds the key has ended. */
    for (int tries = 0; tries < 2 && rc != 0; tries++) {
        if (!signing.process &&
            register_key_open(r->office->data, NULL, false, &signing, why) != 0) {
            (void)fprintf(stderr, "satyapan serve: %s\n", why);
            break;
        }
        rc = signing.by.sign(signing.by.context, text, out);
        if (rc != 0) {
            register_key_forget(&signing);
        }
    }
    (void)pthread_mutex_unlock(&signing_lock);
    return rc;
}

/* ---- writing --------------------------------------------------------------------------------- */

int public_json(struct office_request *r, json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
    r->content_type = "application/json";
    if (text) {
        buffer_str(&r->body, text);
        buffer_char(&r->body, '\n');
    }
    mem_free(text); /* jansson allocates through mem */
    json_decref(value);
    return text && buffer_ok(&r->body) ? 0 : -1;
}

void public_path(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        bool plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                     (*text >= '0' && *text <= '9') || strchr("-._~/", *text);
        if (plain) {
            buffer_char(out, *text);
        } else {
            buffer_printf(out, "%%%02X", (unsigned)(uint8_t)*text);
        }
    }
}
