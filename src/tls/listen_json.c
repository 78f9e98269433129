/*
 * listen_json - events while listening, and the report of a client, each one line of JSON. See
 * listen_judge.h.
 *
 * A report has the keys "ip", "port" and "certificate" as a scan's has, so that `tls device add`
 * takes the device's own key from it.
 */
#include "base/hash.h"
#include "base/json.h"
#include "base/utc.h"
#include "tls/listen_judge.h"

static void put_versions(struct json *j, const struct client_hello *h)
{
    char name[TLS_NAME];
    json_key(j, "versions");
    json_open(j, '[');
    if (h->versions.n) {
        for (size_t i = 0; i < client_count(h->versions); i++) {
            uint16_t v = client_at(h->versions, i);
            if (!client_grease(v)) {
                json_text(j, tls_version_name(v, name));
            }
        }
    } else {
        json_text(j, tls_version_name(h->version, name));
    }
    json_close(j, ']');
}

static void put_numbers(struct json *j, const char *key, struct span list,
                        const char *(*name_of)(uint16_t, char *))
{
    char name[TLS_NAME];
    json_key(j, key);
    json_open(j, '[');
    for (size_t i = 0; i < client_count(list); i++) {
        if (!client_grease(client_at(list, i))) {
            json_text(j, name_of(client_at(list, i), name));
        }
    }
    json_close(j, ']');
}

/* Names with a length octet each; printable ones as they are. */
static void put_alpn(struct json *j, struct span list)
{
    json_key(j, "alpn");
    json_open(j, '[');
    while (list.n && list.p[0] < list.n) {
        char name[256];
        size_t n = list.p[0];
        memcpy(name, list.p + 1, n);
        name[n] = 0;
        json_text(j, name);
        list = span_sub(list, n + 1, list.n);
    }
    json_close(j, ']');
}

static bool has_pq(const struct client_hello *h)
{
    for (size_t i = 0; i < client_count(h->groups); i++) {
        const struct group *g = tls_group(client_at(h->groups, i));
        if (g && g->kind == GROUP_PQ) {
            return true;
        }
    }
    return false;
}

static void put_print(struct json *j, const struct hello_print *p)
{
    const struct client_hello *h = &p->hello;
    json_open(j, '{');
    json_put_text(j, "ja3", p->ja3[0] ? p->ja3 : NULL);
    json_put_text(j, "ja4", p->ja4);
    json_put_number(j, "seen", (int64_t)p->seen);
    json_put_truth(j, "ssl2_form", h->ssl2);
    json_put_text(j, "sni", h->name[0] ? h->name : NULL);
    put_versions(j, h);
    put_numbers(j, "suites", h->suites, tls_suite_name);
    put_numbers(j, "groups", h->groups, tls_group_name);
    put_numbers(j, "signatures", h->schemes, tls_scheme_name);
    put_alpn(j, h->alpn);
    json_put_truth(j, "post_quantum", has_pq(h));
    json_put_truth(j, "extended_master_secret", (h->flags & CLIENT_EMS) != 0);
    json_put_truth(j, "encrypt_then_mac", (h->flags & CLIENT_ETM) != 0);
    json_put_truth(j, "secure_renegotiation", (h->flags & CLIENT_RENEGOTIATION) != 0);
    json_put_truth(j, "asks_ocsp_staple", (h->flags & CLIENT_STAPLE) != 0);
    json_put_truth(j, "compression", (h->flags & CLIENT_COMPRESSION) != 0);
    json_put_truth(j, "early_data", (h->flags & CLIENT_EARLY_DATA) != 0);
    json_put_truth(j, "resumes", (h->flags & (CLIENT_PSK | CLIENT_TICKET)) != 0);
    json_put_truth(j, "fallback_scsv", (h->flags & CLIENT_FALLBACK) != 0);
    json_close(j, '}');
}

/* ---- events ---------------------------------------------------------------------------------- */

static const char *event_name(enum listen_kind k)
{
    static const char *const names[] = {"listening",    "hello",    "case", "plain",
                                        "broken-hello", "no-hello", "limit"};
    return names[k];
}

static void put_attempt(struct json *j, const struct attempt *a)
{
    char name[TLS_NAME];
    json_put_text(j, "end", attempt_end_name(a->end));
    json_put_text(j, "alert", a->alert ? tls_alert_name(a->alert, name) : NULL);
    json_put_text(j, "version", a->version ? tls_version_name(a->version, name) : NULL);
    json_put_text(j, "suite", a->suite ? tls_suite_name(a->suite, name) : NULL);
    json_put_truth(j, "handshake", a->shaken);
    json_put_text(j, "first_data", a->pdu ? first_pdu_name(a->pdu) : NULL);
}

void listen_json_event(const struct listen_event *e, int64_t now, struct buffer *out)
{
    struct json j = {.out = out};
    char when[UTC_TEXT];
    json_open(&j, '{');
    json_put_text(&j, "event", event_name(e->kind));
    json_put_text(&j, "time", utc_rfc3339(now, when));
    json_put_text(&j, "ip", e->ip);
    json_put_number(&j, "port", e->port);
    if (e->row) {
        json_put_text(&j, "case", e->row->id);
        json_put_text(&j, "text", e->row->text);
        json_put_text(&j, "text_hi", e->row->text_hi);
        json_put_text(&j, "expect", expecting_name(e->row->expect));
    }
    if (e->client) {
        json_put_text(&j, "name", e->client->name[0] ? e->client->name : NULL);
    }
    if (e->kind == LISTEN_HELLO && e->print) {
        json_key(&j, "hello");
        put_print(&j, e->print);
    }
    if (e->kind == LISTEN_CASE && e->attempt) {
        put_attempt(&j, e->attempt);
    }
    if (e->why) {
        json_put_text(&j, "why", e->why);
    }
    if (e->of_all) {
        json_put_number(&j, "done", (int64_t)e->done);
        json_put_number(&j, "of_all", (int64_t)e->of_all);
    }
    if (e->kind == LISTEN_PLAIN) {
        json_put_text(&j, "first_data", first_pdu_name(e->pdu));
    }
    json_close(&j, '}');
    buffer_char(out, '\n');
}

/* ---- the report ------------------------------------------------------------------------------ */

static void put_requirement_ids(struct json *j, const struct tls_policy *policy, enum check id)
{
    json_key(j, "requirements");
    json_open(j, '[');
    for (size_t i = 0; i < policy->count && id != CHECK_COUNT; i++) {
        for (size_t k = 0; k < policy->rows[i].fail_count; k++) {
            if (policy->rows[i].fail[k] == id) {
                json_text(j, policy->rows[i].id);
            }
        }
    }
    json_close(j, ']');
}

static void put_cases(struct json *j, const struct listen_report *r)
{
    char name[TLS_NAME];
    json_key(j, "cases");
    json_open(j, '[');
    for (size_t i = 0; i < r->cases->count; i++) {
        const struct case_result *c = &r->results[i];
        json_open(j, '{');
        json_put_text(j, "id", c->row->id);
        json_put_truth(j, "control", c->row->control);
        json_put_text(j, "expect", expecting_name(c->row->expect));
        json_put_text(j, "result", verdict_name(c->verdict));
        json_put_text(j, "sound", listen_sound(c));
        json_put_text(j, "alert", c->alert ? tls_alert_name(c->alert, name) : NULL);
        json_put_number(j, "accepted", c->accepted);
        json_put_number(j, "rejected", c->rejected);
        json_put_number(j, "silent", c->silent);
        json_put_text(j, "why", c->why[0] ? c->why : NULL);
        json_put_text(j, "text", c->row->text);
        json_put_text(j, "text_hi", c->row->text_hi);
        json_put_text(j, "cite", c->row->cite);
        json_put_text(j, "finding",
                      c->row->finding == CHECK_COUNT ? NULL : check_row(c->row->finding)->code);
        put_requirement_ids(j, r->policy, c->row->finding);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void put_requirements(struct json *j, const struct listen_report *r)
{
    json_key(j, "requirements");
    json_open(j, '[');
    for (size_t i = 0; i < r->requirement_count; i++) {
        report_json_requirement(j, &r->requirements[i]);
    }
    json_close(j, ']');
}

static void put_certificate(struct json *j, const struct cert_facts *c)
{
    json_key(j, "certificate");
    if (!c || !c->leaf) {
        json_none(j);
        return;
    }
    json_open(j, '{');
    json_put_text(j, "subject", c->subject);
    json_put_text(j, "issuer", c->issuer);
    json_put_text(j, "sha256", c->sha256);
    json_put_text(j, "spki_sha256", c->spki_sha256);
    json_put_text(j, "spki", c->spki);
    json_put_text(j, "key", c->kind);
    json_put_number(j, "key_bits", c->bits);
    json_close(j, '}');
}

void listen_json(const struct listen_report *r, struct buffer *out)
{
    const struct listen_client *c = r->client;
    struct json j = {.out = out};
    char when[UTC_TEXT];
    json_open(&j, '{');
    json_put_text(&j, "schema", "satyapan-tls-listen/1");
    json_put_text(&j, "ip", c->ip);
    json_put_number(&j, "port", c->port);
    json_put_text(&j, "name", c->name[0] ? c->name : NULL);
    json_put_text(&j, "first", utc_rfc3339(c->first, when));
    json_put_text(&j, "last", utc_rfc3339(c->last, when));
    json_put_number(&j, "connections", (int64_t)c->attempt_count);
    json_put_truth(&j, "starttls", c->starttls);
    json_put_truth(&j, "complete", r->complete);
    json_put_truth(&j, "controlled", r->controlled);
    json_key(&j, "hellos");
    json_open(&j, '[');
    for (size_t i = 0; i < c->print_count; i++) {
        put_print(&j, &c->prints[i]);
    }
    json_close(&j, ']');
    put_certificate(&j, r->certificate);
    put_cases(&j, r);
    report_json_findings(&j, &r->findings);
    json_put_text(&j, "policy", r->policy->version);
    if (r->level == POLICY_ALL) {
        json_put_text(&j, "level", "all");
    } else {
        json_put_number(&j, "level", r->level);
    }
    json_put_text(&j, "result", result_name(r->overall));
    put_requirements(&j, r);
    json_close(&j, '}');
    buffer_char(out, '\n');
}
