/*
 * report_json - one service as one line of JSON. See report.h; the keys are in CONTRACT.md.
 */
#include "base/json.h"
#include "base/utc.h"
#include "tls/provoke.h"
#include "tls/report.h"

static void put_protocols(struct json *j, const struct tls_facts *f)
{
    char name[TLS_NAME];
    json_key(j, "protocols");
    json_open(j, '{');
    for (size_t i = 0; i < f->version_count; i++) {
        json_put_text(j, tls_version_name(f->versions[i].version, name),
                      report_version_state(&f->versions[i]));
    }
    json_close(j, '}');
    json_key(j, "protocol_reasons");
    json_open(j, '{');
    for (size_t i = 0; i < f->version_count; i++) {
        if (f->versions[i].how[0] && f->versions[i].state != KNOWN_YES) {
            json_put_text(j, tls_version_name(f->versions[i].version, name), f->versions[i].how);
        }
    }
    json_close(j, '}');
}

static void put_suites2(struct json *j, const struct tls_facts *f)
{
    json_key(j, "SSLv2");
    json_open(j, '[');
    for (size_t i = 0; i < f->suite2_count; i++) {
        json_text(j, tls_suite2_name(f->suites2[i]));
    }
    json_close(j, ']');
}

static void put_ciphers(struct json *j, const struct tls_facts *f)
{
    char name[TLS_NAME];
    bool complete = true;
    json_key(j, "ciphers");
    json_open(j, '{');
    for (size_t i = 0; i < f->version_count; i++) {
        const struct version_facts *v = &f->versions[i];
        if (v->state != KNOWN_YES) {
            continue;
        }
        if (v->version == TLS_SSL2) {
            put_suites2(j, f);
            continue;
        }
        complete &= v->complete;
        json_key(j, tls_version_name(v->version, name));
        json_open(j, '[');
        for (size_t k = 0; k < v->count; k++) {
            json_text(j, tls_suite_name(v->suites[k], name));
        }
        json_close(j, ']');
    }
    json_close(j, '}');
    json_put_truth(j, "ciphers_complete", complete);
    if (f->order == ORDER_UNKNOWN) {
        json_put_none(j, "cipher_order");
    } else {
        json_put_text(j, "cipher_order", f->order == ORDER_SERVER ? "server" : "client");
    }
}

static void put_groups(struct json *j, const struct tls_facts *f)
{
    char name[TLS_NAME];
    json_key(j, "groups");
    json_open(j, '[');
    for (size_t i = 0; i < f->group_count; i++) {
        json_text(j, tls_group_name(f->groups[i], name));
    }
    json_close(j, ']');
    json_put_truth(j, "groups_complete", f->groups_complete);
    if (f->dh_bits) {
        json_put_number(j, "dh_bits", f->dh_bits);
    } else {
        json_put_none(j, "dh_bits");
    }
    json_put_text(j, "dh_prime", f->dh_name);
}

static const char *client_cert_name(enum client_cert c)
{
    static const char *const names[] = {"unknown", "none", "requested", "required"};
    return names[c];
}

static void put_behaviour(struct json *j, const struct tls_facts *f)
{
    json_put_text(j, "compression", known_name(f->compression));
    json_put_text(j, "client_cert", client_cert_name(f->client_cert));
    json_put_text(j, "secure_renegotiation", known_name(f->secure_renegotiation));
    json_put_text(j, "extended_master_secret", known_name(f->ems));
    json_put_text(j, "encrypt_then_mac", known_name(f->etm));
    json_put_text(j, "session_tickets", known_name(f->tickets));
    json_put_text(j, "ocsp_staple", known_name(f->staple));
    json_put_text(j, "heartbeat", known_name(f->heartbeat));
    json_put_text(j, "srp", known_name(f->srp));
    json_put_text(j, "fallback_scsv", known_name(f->fallback_scsv));
    json_put_text(j, "downgrade_sentinel", known_name(f->sentinel));
    json_put_text(j, "key_exchange_reuse",
                  f->dh_reused || f->ec_reused ? "yes"
                  : f->point_count             ? "no"
                                               : "not-tested");
    json_put_text(j, "alpn", f->full.alpn[0] ? f->full.alpn : f->alpn[0] ? f->alpn : NULL);
    json_put_truth(j, "lossy", f->lossy);
    json_put_text(j, "heartbleed", known_name(f->provoked[PROVOKE_HEARTBLEED]));
    json_put_text(j, "early_change_cipher", known_name(f->provoked[PROVOKE_CCS]));
    json_put_text(j, "robot", known_name(f->provoked[PROVOKE_ROBOT]));
    json_put_text(j, "client_renegotiation", known_name(f->provoked[PROVOKE_RENEGOTIATION]));
    json_put_text(j, "alive_afterwards", known_name(f->provoked[PROVOKE_ALIVE]));
}

static void put_full(struct json *j, const struct full_facts *x)
{
    char name[TLS_NAME];
    json_key(j, "handshake");
    json_open(j, '{');
    json_put_text(j, "complete", known_name(x->done));
    json_put_text(j, "why", x->why[0] ? x->why : NULL);
    json_put_text(j, "version", x->version ? tls_version_name(x->version, name) : NULL);
    json_put_text(j, "cipher", x->suite ? tls_suite_name(x->suite, name) : NULL);
    json_put_text(j, "resumption", known_name(x->resumption));
    json_put_text(j, "early_data", known_name(x->early_data));
    json_put_text(j, "application", known_name(x->application));
    json_put_number(j, "http_status", x->http_status);
    json_put_truth(j, "hsts", x->hsts);
    json_put_truth(j, "csp", x->csp);
    json_put_truth(j, "frame_options", x->frame_options);
    json_put_truth(j, "nosniff", x->nosniff);
    json_close(j, '}');
}

static void put_list(struct json *j, const char *key, const char *const *items, size_t n)
{
    json_key(j, key);
    json_open(j, '[');
    for (size_t i = 0; i < n; i++) {
        json_text(j, items[i]);
    }
    json_close(j, ']');
}

static void put_trust(struct json *j, const struct cert_facts *c)
{
    static const char *const names[] = {"cca", "system", "lab"};
    json_key(j, "trust");
    json_open(j, '{');
    for (size_t i = 0; i < TRUST_SETS; i++) {
        json_put_text(j, names[i], trust_verdict_name(c->trust[i]));
    }
    json_close(j, '}');
    json_key(j, "trust_reasons");
    json_open(j, '{');
    for (size_t i = 0; i < TRUST_SETS; i++) {
        if (c->trust_reason[i]) {
            json_put_text(j, names[i], c->trust_reason[i]);
        }
    }
    json_close(j, '}');
}

static void put_history(struct json *j, const struct key_history *h)
{
    json_key(j, "register");
    if (!h->asked) {
        json_none(j);
        return;
    }
    json_open(j, '{');
    json_put_number(j, "units", h->units);
    json_put_text(j, "same_firm", h->same_firm);
    json_put_text(j, "other_firm", h->other_firm);
    json_put_text(j, "prime_with", h->prime_with);
    json_put_text(j, "unit", h->unit);
    json_close(j, '}');
}

static void put_certificate(struct json *j, const struct cert_facts *c)
{
    char t[UTC_TEXT];
    json_open(j, '{');
    json_put_text(j, "error", c->error && !c->leaf ? c->error : NULL);
    if (c->leaf) {
        json_put_text(j, "subject", c->subject);
        json_put_text(j, "issuer", c->issuer);
        json_put_text(j, "serial", c->serial);
        json_put_text(j, "not_before", utc_rfc3339(c->leaf->not_before, t));
        json_put_text(j, "not_after", utc_rfc3339(c->leaf->not_after, t));
        json_put_text(j, "sha256", c->sha256);
        json_put_text(j, "spki_sha256", c->spki_sha256);
        json_put_text(j, "spki", c->spki);
        json_put_text(j, "modulus_sha256", c->modulus_sha256[0] ? c->modulus_sha256 : NULL);
        json_put_text(j, "key", c->kind);
        json_put_number(j, "key_bits", c->bits);
        json_put_text(j, "signature", c->signature);
        json_put_text(j, "chain", chain_form_name(c->form));
        put_list(j, "names", c->names, c->name_count);
        put_list(j, "addresses", c->ips, c->ip_count);
        json_put_truth(j, "name_matches", c->name_matches);
        json_put_truth(j, "address_matches", c->ip_matches);
        json_put_text(j, "known_key", c->known ? c->known_key.note : NULL);
        put_list(j, "chain_sha256", c->chain_sha256, c->chain_count);
        put_trust(j, c);
        put_history(j, &c->history);
    }
    json_close(j, '}');
}

static void put_certificates(struct json *j, const struct tls_report *r)
{
    json_key(j, "certificate");
    if (r->cert_count) {
        put_certificate(j, &r->certs[0]);
    } else {
        json_none(j);
    }
    json_key(j, "more_certificates");
    json_open(j, '[');
    for (size_t i = 1; i < r->cert_count; i++) {
        put_certificate(j, &r->certs[i]);
    }
    json_close(j, ']');
}

void report_json_findings(struct json *j, const struct check_list *list)
{
    json_key(j, "findings");
    json_open(j, '[');
    for (const struct check_finding *f = list->first; f; f = f->next) {
        const struct check_row *row = check_row(f->id);
        json_open(j, '{');
        json_put_finding(j, &(struct json_finding){row->code, sp_level_name(row->level), f->where,
                                                   row->cite, f->text, f->text_hi, row->hint,
                                                   row->hint_hi});
        json_close(j, '}');
    }
    json_close(j, ']');
}

void report_json_requirement(struct json *j, const struct policy_result *one)
{
    const struct requirement *row = one->row;
    json_open(j, '{');
    json_put_text(j, "id", row->id);
    json_put_text(j, "result", result_name(one->result));
    json_put_text(j, "because", one->because);
    json_put_text(j, "text", row->text);
    json_put_text(j, "text_hi", row->text_hi);
    json_put_text(j, "source", row->source);
    json_put_text(j, "er", row->er);
    json_put_text(j, "iso27402", row->iso27402);
    json_key(j, "levels");
    json_open(j, '[');
    for (unsigned n = 1; n < POLICY_ALL; n++) {
        if (row->levels >> n & 1) {
            json_number(j, n);
        }
    }
    json_close(j, ']');
    json_close(j, '}');
}

static void put_requirements(struct json *j, const struct tls_report *r)
{
    json_put_text(j, "policy", r->policy->version);
    if (r->level == POLICY_ALL) {
        json_put_text(j, "level", "all");
    } else {
        json_put_number(j, "level", r->level);
    }
    json_put_text(j, "result", result_name(r->overall));
    json_key(j, "requirements");
    json_open(j, '[');
    for (size_t i = 0; i < r->result_count; i++) {
        report_json_requirement(j, &r->results[i]);
    }
    json_close(j, ']');
}

static void put_costs(struct json *j, const struct scan_job *job)
{
    json_put_number(j, "connections", job->connections);
    json_key(j, "seconds");
    buffer_printf(j->out, "%.3f", (double)job->total_ms / 1000);
    j->comma = true;
    json_key(j, "milliseconds");
    json_open(j, '{');
    for (size_t i = 0; i < COST_KINDS; i++) {
        json_put_number(j, scan_cost_name((enum scan_cost)i), job->ms[i]);
    }
    json_close(j, '}');
}

void tls_report_json(const struct tls_report *r, struct buffer *out)
{
    const struct scan_job *job = r->job;
    struct json j = {.out = out};
    json_open(&j, '{');
    json_put_text(&j, "schema", "satyapan-tls/1");
    json_put_text(&j, "target", job->target->given);
    json_put_text(&j, "ip", job->target->ip);
    json_put_number(&j, "port", job->port);
    json_put_text(&j, "service", job->service->name);
    json_put_text(&j, "state", scan_state_name(job->state));
    json_put_text(&j, "ended", job->ended);
    json_put_text(&j, "banner", job->banner[0] ? job->banner : NULL);
    put_protocols(&j, &job->facts);
    put_ciphers(&j, &job->facts);
    put_groups(&j, &job->facts);
    put_behaviour(&j, &job->facts);
    put_full(&j, &job->facts.full);
    put_certificates(&j, r);
    report_json_findings(&j, &r->findings);
    put_requirements(&j, r);
    put_costs(&j, job);
    json_close(&j, '}');
    buffer_char(out, '\n');
}
