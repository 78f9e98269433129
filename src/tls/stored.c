/*
 * stored - see stored.h.
 */
#include "tls/stored.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/hash.h"
#include "base/json.h"
#include "tls/provoke.h"

/* ---- writing --------------------------------------------------------------------------------- */

static void put_hex(struct json *j, const char *key, struct span s)
{
    json_key(j, key);
    buffer_char(j->out, '"');
    for (size_t i = 0; i < s.n; i++) {
        buffer_printf(j->out, "%02x", s.p[i]);
    }
    buffer_char(j->out, '"');
    j->comma = true;
}

static void write_head(const struct scan_job *job, const uint8_t *random, int64_t time,
                       struct buffer *out)
{
    struct json j = {.out = out};
    json_open(&j, '{');
    json_put_text(&j, "schema", "satyapan-tls-scan/1");
    json_put_text(&j, "target", job->target->given);
    json_put_text(&j, "host", job->target->host);
    json_put_text(&j, "name", job->target->name);
    json_put_text(&j, "ip", job->target->ip);
    json_put_number(&j, "port", job->port);
    json_put_text(&j, "service", job->service->name);
    json_put_number(&j, "plan", PLAN_EDITION);
    json_put_number(&j, "time", time);
    json_put_text(&j, "banner", job->banner);
    json_put_number(&j, "connections", job->connections);
    json_put_number(&j, "total_ms", job->total_ms);
    json_put_number(&j, "ended_by", job->ended_by);
    json_put_text(&j, "ended", job->ended);
    json_key(&j, "ms");
    json_open(&j, '[');
    for (size_t i = 0; i < COST_KINDS; i++) {
        json_number(&j, job->ms[i]);
    }
    json_close(&j, ']');
    put_hex(&j, "random", span_make(random, 32));
    json_close(&j, '}');
    buffer_char(out, '\n');
}

static void write_full(const struct tls_facts *f, struct buffer *out)
{
    struct json j = {.out = out};
    const struct full_facts *x = &f->full;
    const struct {
        const char *key;
        int64_t value;
    } numbers[] = {{"done", x->done},
                   {"version", x->version},
                   {"suite", x->suite},
                   {"old_version", x->old_version},
                   {"resumption", x->resumption},
                   {"early_data", x->early_data},
                   {"renegotiation", x->renegotiation},
                   {"http_status", x->http_status},
                   {"hsts", x->hsts},
                   {"csp", x->csp},
                   {"frame_options", x->frame_options},
                   {"nosniff", x->nosniff},
                   {"application", x->application},
                   {"client_cert", f->client_cert},
                   {"staple", f->staple},
                   {"heartbleed", f->provoked[PROVOKE_HEARTBLEED]},
                   {"early_change_cipher", f->provoked[PROVOKE_CCS]},
                   {"robot", f->provoked[PROVOKE_ROBOT]},
                   {"client_renegotiation", f->provoked[PROVOKE_RENEGOTIATION]},
                   {"alive", f->provoked[PROVOKE_ALIVE]}};
    json_open(&j, '{');
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        json_put_number(&j, numbers[i].key, numbers[i].value);
    }
    json_put_text(&j, "why", x->why);
    json_put_text(&j, "alpn", x->alpn);
    json_put_text(&j, "server", x->server);
    json_key(&j, "chains");
    json_open(&j, '[');
    for (size_t c = 0; c < f->chain_count; c++) {
        json_open(&j, '{');
        for (size_t i = 0; i < f->chains[c].count; i++) {
            char key[8];
            (void)snprintf(key, sizeof key, "%zu", i);
            put_hex(&j, key, f->chains[c].certs[i]);
        }
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_key(&j, "facts");
    stored_put_facts(&j, f);
    json_close(&j, '}');
    buffer_char(out, '\n');
}

void stored_write(const struct scan_job *job, const uint8_t random[32], int64_t time,
                  struct buffer *out)
{
    write_head(job, random, time, out);
    buffer_add(out, buffer_span(&job->transcript));
    write_full(&job->facts, out);
}

struct span stored_next(struct span *rest)
{
    size_t end = span_find(*rest, SPAN_LIT("\n{\"schema\":\"satyapan-tls-scan/"), 0);
    size_t listened = span_find(*rest, SPAN_LIT("\n{\"schema\":\"satyapan-tls-listened/"), 0);
    end = listened < end ? listened : end;
    struct span one = span_sub(*rest, 0, end == SIZE_MAX ? rest->n : end + 1);
    *rest = span_sub(*rest, one.n, rest->n);
    return one;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reading {
    struct arena *a;
    char *error;
    struct stored *out;
    uint8_t random[32];
    struct plan plan;
    struct reader reader;
    enum outcome ended_by;
    bool edition; /* the record is of this plan: questions that differ were changed */
    bool other;   /* other questions were asked than this program would ask */
};

static int wrong(struct reading *r, const char *what)
{
    (void)snprintf(r->error, STORED_ERROR, "%.150s", what);
    return 1;
}

static struct span next_line(struct span *rest)
{
    size_t end = span_find(*rest, SPAN_LIT("\n"), 0);
    struct span line = span_sub(*rest, 0, end == SIZE_MAX ? rest->n : end);
    *rest = span_sub(*rest, end == SIZE_MAX ? rest->n : end + 1, rest->n);
    return line;
}

static struct span next_word(struct span *line)
{
    size_t end = span_find(*line, SPAN_LIT(" "), 0);
    struct span word = span_sub(*line, 0, end == SIZE_MAX ? line->n : end);
    *line = span_sub(*line, end == SIZE_MAX ? line->n : end + 1, line->n);
    return word;
}

/* Octets of a word in hexadecimal; "-" is none. Absent when it is neither, or memory is out. */
static struct span unhex(struct arena *a, struct span word)
{
    if (span_eq(word, SPAN_LIT("-"))) {
        return SPAN_LIT("");
    }
    char *text = word.n % 2 == 0 && word.n < 4 * READER_MAX ? arena_str(a, word) : NULL;
    uint8_t *bytes = text ? arena_alloc(a, word.n / 2 + 1) : NULL;
    return bytes && hash_unhex(text, bytes, word.n / 2) ? span_make(bytes, word.n / 2) : SPAN_NONE;
}

static const char *text(struct reading *r, const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? arena_str(r->a, span_str(s)) : NULL;
}

static int64_t number(const json_t *o, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(o, key));
}

/* A record of ours, but of a form that was not there when this program was made. */
static bool is_newer(const char *schema)
{
    struct span s = span_str(schema);
    bool ours = span_starts(s, SPAN_LIT("satyapan-tls-scan/")) ||
                span_starts(s, SPAN_LIT("satyapan-tls-listened/"));
    return ours && strtoul(strrchr(schema, '/') + 1, NULL, 10) > 1;
}

static int read_head(struct reading *r, const json_t *o)
{
    struct scan_target *t = &r->out->target;
    struct scan_job *job = &r->out->job;
    const char *schema = json_string_value(json_object_get(o, "schema"));
    const char *service = json_string_value(json_object_get(o, "service"));
    const char *random = json_string_value(json_object_get(o, "random"));
    const char *ip = json_string_value(json_object_get(o, "ip"));
    const char *banner = json_string_value(json_object_get(o, "banner"));
    const json_t *ms = json_object_get(o, "ms");
    if (schema && is_newer(schema)) {
        return wrong(r, "a newer version of satyapan made it; judge it with that version");
    }
    if (!schema || strcmp(schema, "satyapan-tls-scan/1") != 0 || !service || !random || !ip ||
        !hash_unhex(random, r->random, 32)) {
        return wrong(r, "the first line is not that of a stored scan");
    }
    t->given = text(r, o, "target");
    t->host = text(r, o, "host");
    t->name = text(r, o, "name");
    (void)snprintf(t->ip, sizeof t->ip, "%s", ip);
    *job = (struct scan_job){.target = t,
                             .service = service_by_name(service),
                             .port = (uint16_t)number(o, "port"),
                             .arena = r->a,
                             .connections = (unsigned)number(o, "connections"),
                             .total_ms = number(o, "total_ms"),
                             .ended = text(r, o, "ended")};
    (void)snprintf(job->banner, sizeof job->banner, "%s", banner ? banner : "");
    for (size_t i = 0; i < COST_KINDS; i++) {
        job->ms[i] = (int64_t)json_integer_value(json_array_get(ms, i));
    }
    int64_t by = number(o, "ended_by");
    r->ended_by = by >= 0 && by <= OUTCOME_STARTTLS ? (enum outcome)by : OUTCOME_NONE;
    r->edition = number(o, "plan") == PLAN_EDITION;
    r->out->time = number(o, "time");
    return t->given && t->host && job->service ? 0 : wrong(r, "the first line lacks something");
}

static enum known known(const json_t *o, const char *key)
{
    int64_t n = number(o, key);
    return n >= 0 && n <= KNOWN_UNSURE ? (enum known)n : KNOWN_UNTESTED;
}

static void copy(char *out, size_t n, const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    (void)snprintf(out, n, "%s", s ? s : "");
}

static int read_chains(struct reading *r, const json_t *list)
{
    struct tls_facts *f = &r->out->job.facts;
    f->chain_count = 0;
    for (size_t c = 0; c < json_array_size(list); c++) {
        struct span certs[ANSWER_CERTS];
        const json_t *o = json_array_get(list, c);
        size_t n = 0;
        char key[8] = "0";
        const char *hex;
        while (n < ANSWER_CERTS && (hex = json_string_value(json_object_get(o, key))) != NULL) {
            certs[n++] = unhex(r->a, span_str(hex));
            (void)snprintf(key, sizeof key, "%zu", n);
        }
        for (size_t i = 0; i < n; i++) {
            if (!certs[i].p) {
                return wrong(r, "a certificate in it is not hexadecimal");
            }
        }
        if (facts_chain(f, certs, n) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The facts of then, when those of now cannot be worked out. */
static int restore(struct reading *r, const json_t *facts)
{
    struct scan_job *job = &r->out->job;
    struct probe p;
    unsigned pause;
    r->other |= !job->ended && plan_next(&r->plan, &p, &pause);
    if (!r->other || r->edition || !json_is_object(facts)) {
        return 0;
    }
    r->plan.stage = PLAN_END;
    r->plan.pending = false;
    r->plan.ended = NULL;
    return stored_get_facts(r->a, job->service->start == START_DTLS, facts, &job->facts);
}

static int read_full(struct reading *r, const json_t *o)
{
    struct tls_facts *f = &r->out->job.facts;
    if (restore(r, json_object_get(o, "facts")) < 0) {
        return -1;
    }
    struct full_facts *x = &f->full;
    int64_t client = number(o, "client_cert");
    *x = (struct full_facts){.done = known(o, "done"),
                             .version = (uint16_t)number(o, "version"),
                             .suite = (uint16_t)number(o, "suite"),
                             .old_version = (uint16_t)number(o, "old_version"),
                             .resumption = known(o, "resumption"),
                             .early_data = known(o, "early_data"),
                             .renegotiation = known(o, "renegotiation"),
                             .http_status = (int)number(o, "http_status"),
                             .hsts = number(o, "hsts") != 0,
                             .csp = number(o, "csp") != 0,
                             .frame_options = number(o, "frame_options") != 0,
                             .nosniff = number(o, "nosniff") != 0,
                             .application = known(o, "application")};
    copy(x->why, sizeof x->why, o, "why");
    copy(x->alpn, sizeof x->alpn, o, "alpn");
    copy(x->server, sizeof x->server, o, "server");
    if (client >= 0 && client <= CLIENT_CERT_REQUIRED) {
        f->client_cert = (enum client_cert)client;
    }
    f->staple = known(o, "staple");
    f->provoked[PROVOKE_HEARTBLEED] = known(o, "heartbleed");
    f->provoked[PROVOKE_CCS] = known(o, "early_change_cipher");
    f->provoked[PROVOKE_ROBOT] = known(o, "robot");
    f->provoked[PROVOKE_RENEGOTIATION] = known(o, "client_renegotiation");
    f->provoked[PROVOKE_ALIVE] = known(o, "alive");
    return read_chains(r, json_object_get(o, "chains"));
}

static int read_json(struct reading *r, struct span line,
                     int (*read)(struct reading *, const json_t *))
{
    json_error_t e;
    json_t *o = json_loadb((const char *)line.p, line.n, JSON_REJECT_DUPLICATES, &e);
    int rc = o ? read(r, o) : wrong(r, "a line of it is not JSON");
    json_decref(o);
    return rc;
}

static bool outcome_of(struct span word, enum outcome *out)
{
    for (int i = 0; i <= OUTCOME_STARTTLS; i++) {
        if (span_eq(word, span_str(outcome_name((enum outcome)i)))) {
            *out = (enum outcome)i;
            return true;
        }
    }
    return false;
}

/* The cookie of a DTLS hello (RFC 6347 4.2.1): behind the heads of record and message, version,
 * random and session id. It was the device's, so it is taken as it was sent. */
static struct span sent_cookie(struct span sent)
{
    size_t at = 13 + 12 + 2 + 32, n;
    at += at < sent.n ? 1U + sent.p[at] : 1U;
    n = at < sent.n ? sent.p[at] : 0;
    return n && n < sent.n - at ? span_sub(sent, at + 1, n) : SPAN_NONE;
}

/* The hello that would be sent now is the one that was. */
static bool is_asked(const struct reading *r, const struct probe *p, struct span sent)
{
    struct hello_frame f = {.name = r->out->target.name, .alpn = r->out->job.service->alpn};
    struct buffer hello;
    if (sent.n == 0) {
        return true;
    }
    if (tls_is_datagram(p->version)) {
        f.cookie = sent_cookie(sent);
        f.message_seq = f.cookie.n ? 1 : 0;
    }
    if (hello_random(r->random, r->plan.asks, f.random) < 0) {
        return false;
    }
    buffer_init(&hello, 8192);
    hello_write(p, &f, &hello);
    bool same = span_eq(buffer_span(&hello), sent);
    buffer_free(&hello);
    return same;
}

static int take_line(struct reading *r, struct span line)
{
    enum outcome how;
    struct span word = next_word(&line);
    struct span sent = unhex(r->a, next_word(&line)), got = unhex(r->a, next_word(&line));
    struct probe p;
    unsigned pause;
    if (!outcome_of(word, &how) || !sent.p || !got.p) {
        return wrong(r, "a line of it is not that of a hello");
    }
    if (!plan_next(&r->plan, &p, &pause)) {
        return 0; /* this program asks less */
    }
    if (!is_asked(r, &p, sent)) {
        plan_stop(&r->plan, "the stored scan asked other questions; scan again", OUTCOME_NONE);
        r->other = true;
        return 0;
    }
    reader_start(&r->reader, &p);
    if (got.n) {
        (void)reader_take(&r->reader, got);
    }
    reader_end(&r->reader, how);
    return plan_answer(&r->plan, &r->reader.answer);
}

static int read_all(struct reading *r, struct span file)
{
    struct scan_job *job = &r->out->job;
    int rc = read_json(r, next_line(&file), read_head);
    if (rc) {
        return rc;
    }
    bool datagram = job->service->start == START_DTLS;
    facts_init(&job->facts, r->a, datagram);
    plan_start(&r->plan, &job->facts, datagram, r->out->target.name != NULL);
    while (rc == 0 && file.n) {
        struct span line = next_line(&file);
        rc = line.n && line.p[0] == '{' ? read_json(r, line, read_full) : take_line(r, line);
    }
    struct probe p;
    unsigned pause;
    if (rc == 0 && plan_next(&r->plan, &p, &pause)) {
        const char *why = job->ended ? job->ended : "the stored scan asked less; scan again";
        plan_stop(&r->plan, why, r->ended_by);
    }
    job->ended_by = r->plan.ended ? r->plan.ended_by : r->ended_by;
    job->ended = r->plan.ended ? r->plan.ended : job->ended;
    job->state = scan_state_of(&job->facts, job->ended_by);
    return rc;
}

int stored_read(struct arena *a, struct span file, struct stored *out, char *error)
{
    struct reading r = {.a = a, .error = error, .out = out};
    memset(out, 0, sizeof *out);
    reader_init(&r.reader);
    int rc = read_all(&r, file);
    reader_free(&r.reader);
    return rc;
}
