/*
 * listen_stored - see listen_stored.h.
 */
#include "tls/listen_stored.h"

#include <stdio.h>

#include <jansson.h>

#include "base/hash.h"
#include "base/json.h"

#define HEAD "{\"schema\":\"satyapan-tls-listened/1\""

bool listen_is_stored(struct span file)
{
    return span_starts(file, SPAN_LIT(HEAD));
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put_hex(struct json *j, const char *key, struct span s)
{
    static const char digits[] = "0123456789abcdef";
    json_key(j, key);
    buffer_char(j->out, '"');
    for (size_t i = 0; i < s.n; i++) {
        buffer_char(j->out, digits[s.p[i] >> 4]);
        buffer_char(j->out, digits[s.p[i] & 15]);
    }
    buffer_char(j->out, '"');
    j->comma = true;
}

static void end_line(struct json *j)
{
    json_close(j, '}');
    buffer_char(j->out, '\n');
    j->comma = false;
}

static void write_head(struct json *j, const struct listen_client *c)
{
    json_open(j, '{');
    json_put_text(j, "schema", "satyapan-tls-listened/1");
    json_put_text(j, "ip", c->ip);
    json_put_number(j, "port", c->port);
    json_put_text(j, "name", c->name);
    json_put_truth(j, "starttls", c->starttls);
    json_put_truth(j, "named", c->named);
    json_put_number(j, "plain", (int64_t)c->plain);
    json_put_number(j, "plain_pdu", c->plain_pdu);
    json_put_number(j, "first", c->first);
    json_put_number(j, "last", c->last);
    put_hex(j, "certificate", c->certificate);
    end_line(j);
}

void listen_stored_write(const struct listen_client *c, const struct case_list *cases,
                         struct buffer *out)
{
    struct json j = {.out = out};
    write_head(&j, c);
    for (size_t i = 0; i < c->print_count; i++) {
        const struct hello_print *p = &c->prints[i];
        json_open(&j, '{');
        json_put_truth(&j, "ssl2", p->ssl2);
        json_put_number(&j, "record_version", p->hello.record_version);
        json_put_number(&j, "seen", (int64_t)p->seen);
        put_hex(&j, "hello", p->message);
        end_line(&j);
    }
    for (size_t i = 0; i < c->attempt_count; i++) {
        const struct attempt *a = &c->attempts[i];
        json_open(&j, '{');
        json_put_text(&j, "case", cases->rows[a->row].id);
        json_put_number(&j, "print", a->print);
        json_put_text(&j, "end", attempt_end_name(a->end));
        json_put_number(&j, "alert", a->alert);
        json_put_text(&j, "pdu", first_pdu_name(a->pdu));
        json_put_number(&j, "version", a->version);
        json_put_number(&j, "suite", a->suite);
        json_put_truth(&j, "handshake", a->shaken);
        json_put_number(&j, "time", a->time);
        end_line(&j);
    }
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reading {
    struct arena *a;
    const struct case_list *cases;
    struct listen_client *c;
    char *error;
    bool head;
};

static int wrong(struct reading *r, const char *what)
{
    (void)snprintf(r->error, LISTEN_STORED_ERROR, "%s", what);
    return 1;
}

static uint64_t number(const json_t *o, const char *key, uint64_t most)
{
    json_int_t n = json_integer_value(json_object_get(o, key));
    return n < 0 || (uint64_t)n > most ? 0 : (uint64_t)n;
}

static int read_hex(struct reading *r, const json_t *o, const char *key, struct span *out)
{
    const char *hex = json_string_value(json_object_get(o, key));
    size_t n = hex ? strlen(hex) / 2 : 0;
    uint8_t *bytes = arena_alloc(r->a, n + 1);
    if (!bytes) {
        return -1;
    }
    if (!hex || !hash_unhex(hex, bytes, n) || strlen(hex) % 2) {
        return wrong(r, "a line of it is not hexadecimal");
    }
    *out = n ? span_make(bytes, n) : SPAN_NONE;
    return 0;
}

static int read_head(struct reading *r, const json_t *o)
{
    struct listen_client *c = r->c;
    const char *ip = json_string_value(json_object_get(o, "ip"));
    const char *name = json_string_value(json_object_get(o, "name"));
    if (!ip || !name || strlen(name) >= PLAN_NAME) {
        return wrong(r, "the first line lacks something");
    }
    c->ip = arena_str(r->a, span_str(ip));
    c->name = arena_str(r->a, span_str(name));
    c->port = (uint16_t)number(o, "port", UINT16_MAX);
    c->starttls = json_is_true(json_object_get(o, "starttls"));
    c->named = json_is_true(json_object_get(o, "named"));
    c->plain = number(o, "plain", UINT32_MAX);
    c->plain_pdu = (enum first_pdu)number(o, "plain_pdu", PDU_RAW);
    c->first = (int64_t)number(o, "first", INT64_MAX);
    c->last = (int64_t)number(o, "last", INT64_MAX);
    r->head = true;
    int rc = read_hex(r, o, "certificate", &c->certificate);
    return rc ? rc : c->ip && c->name ? 0 : -1;
}

static int read_print(struct reading *r, const json_t *o)
{
    struct listen_client *c = r->c;
    struct client_hello h;
    struct span message;
    size_t seen = number(o, "seen", UINT32_MAX);
    int rc = read_hex(r, o, "hello", &message);
    if (rc) {
        return rc;
    }
    if (!client_hello_again(message, json_is_true(json_object_get(o, "ssl2")), &h)) {
        return wrong(r, "a hello in it cannot be read");
    }
    h.record_version = (uint16_t)number(o, "record_version", UINT16_MAX);
    int print = plan_hello(c, r->cases, &h, message);
    if (print >= 0 && print < PLAN_PRINTS && seen) {
        c->prints[print].seen = seen;
        c->hellos += seen - 1;
    }
    return print < 0 ? -1 : 0;
}

static bool end_of(const char *word, enum attempt_end *out)
{
    for (int i = 0; word && i <= END_NO_COMMON; i++) {
        if (strcmp(word, attempt_end_name((enum attempt_end)i)) == 0) {
            *out = (enum attempt_end)i;
            return true;
        }
    }
    return false;
}

static enum first_pdu pdu_of(const char *word)
{
    for (int i = 0; word && i <= PDU_RAW; i++) {
        if (strcmp(word, first_pdu_name((enum first_pdu)i)) == 0) {
            return (enum first_pdu)i;
        }
    }
    return PDU_NONE;
}

static int read_attempt(struct reading *r, const json_t *o)
{
    struct listen_client *c = r->c;
    const char *id = json_string_value(json_object_get(o, "case"));
    struct attempt a = {.print = (uint8_t)number(o, "print", UINT8_MAX),
                        .alert = (uint8_t)number(o, "alert", UINT8_MAX),
                        .version = (uint16_t)number(o, "version", UINT16_MAX),
                        .suite = (uint16_t)number(o, "suite", UINT16_MAX),
                        .shaken = json_is_true(json_object_get(o, "handshake")),
                        .pdu = pdu_of(json_string_value(json_object_get(o, "pdu"))),
                        .time = (int64_t)number(o, "time", INT64_MAX)};
    if (!id || !end_of(json_string_value(json_object_get(o, "end")), &a.end)) {
        return wrong(r, "a line of it is not that of a connection");
    }
    for (size_t i = 0; i < r->cases->count; i++) {
        if (strcmp(r->cases->rows[i].id, id) == 0 && c->attempt_count < PLAN_ATTEMPTS) {
            a.row = (uint16_t)i;
            c->attempts[c->attempt_count++] = a;
        }
    }
    return 0;
}

static int read_line(struct reading *r, struct span line)
{
    json_error_t e;
    json_t *o = json_loadb((const char *)line.p, line.n, JSON_REJECT_DUPLICATES, &e);
    int rc = !o                            ? wrong(r, "a line of it is not JSON")
             : !r->head                    ? read_head(r, o)
             : json_object_get(o, "hello") ? read_print(r, o)
                                           : read_attempt(r, o);
    json_decref(o);
    return rc;
}

int listen_stored_read(struct arena *a, struct span file, const struct case_list *cases,
                       struct listen_client **out, char *error)
{
    struct reading r = {.a = a, .cases = cases, .error = error};
    int rc = 0;
    r.c = arena_alloc(a, sizeof *r.c);
    if (!r.c) {
        return -1;
    }
    r.c->arena = a;
    while (rc == 0 && file.n) {
        size_t end = span_find(file, SPAN_LIT("\n"), 0);
        struct span line = span_sub(file, 0, end == SIZE_MAX ? file.n : end);
        file = span_sub(file, end == SIZE_MAX ? file.n : end + 1, file.n);
        rc = line.n ? read_line(&r, line) : 0;
    }
    *out = r.c;
    return rc ? rc : r.head ? 0 : wrong(&r, "it is empty");
}
