/*
 * json - a finished report as one line of JSON, "satyapan-report/1".
 *
 * Keys come in a fixed order, so that equal reports give equal bytes. Strings that are not valid
 * UTF-8 (RFC 8259 8.1), as a file name may be, are written with U+FFFD in the bad places.
 * What it does not do: judge anything, or read JSON (from_json.c).
 */
#include "base/json.h"

#include "base/utc.h"
#include "report/render.h"

/* Of what is sent in pieces: more than any one object needs. */
#define OBJECT_MAX ((size_t)256 * 1024 * 1024)

/* RFC 3339, or null where the time is not known or has no four-digit year. */
static void put_time(struct json *j, const char *key, int64_t t)
{
    char out[UTC_TEXT];
    int64_t first = utc_from_civil(0, 1, 1) * 86400, end = utc_from_civil(10000, 1, 1) * 86400;
    json_put_text(j, key, t < first || t >= end ? NULL : utc_rfc3339(t, out));
}

static void finding(struct json *j, const struct sp_finding *f)
{
    const struct sp_reason_row *row = sp_reason_row(f->reason);
    json_open(j, '{');
    json_put_finding(j,
                     &(struct json_finding){row->code, sp_level_name(f->level), f->where, row->cite,
                                            f->text, f->text_hi, row->hint, row->hint_hi});
    json_close(j, '}');
}

static void findings(struct json *j, const struct sp_findings *list)
{
    json_key(j, "findings");
    json_open(j, '[');
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        finding(j, f);
    }
    json_close(j, ']');
}

static void certificate(struct json *j, const struct sp_certificate *c)
{
    json_open(j, '{');
    json_put_text(j, "subject", c->subject);
    json_put_text(j, "common_name", c->common_name);
    json_put_text(j, "organization", c->organization);
    json_put_text(j, "serial", c->serial);
    json_put_text(j, "sha256", c->sha256);
    json_put_text(j, "issuer", c->issuer);
    put_time(j, "not_before", c->not_before);
    put_time(j, "not_after", c->not_after);
    json_put_text(j, "source", c->source);
    json_close(j, '}');
}

static void chain(struct json *j, const struct sp_signature *s)
{
    json_key(j, "chain");
    json_open(j, '[');
    for (size_t i = 0; i < s->chain_count; i++) {
        certificate(j, &s->chain[i]);
    }
    json_close(j, ']');
}

static void revocation(struct json *j, const struct sp_signature *s)
{
    json_key(j, "revocation");
    json_open(j, '[');
    for (size_t i = 0; i < s->revocation_count; i++) {
        const struct sp_revocation *r = &s->revocation[i];
        json_open(j, '{');
        json_put_text(j, "certificate", r->certificate);
        json_put_text(j, "status", r->status);
        json_put_text(j, "source", r->source);
        put_time(j, "produced_at", r->produced_at);
        put_time(j, "revoked_at", r->revoked_at);
        json_put_text(j, "sha256", r->sha256);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void timestamps(struct json *j, const struct sp_signature *s)
{
    json_key(j, "timestamps");
    json_open(j, '[');
    for (size_t i = 0; i < s->timestamp_count; i++) {
        const struct sp_timestamp *t = &s->timestamps[i];
        json_open(j, '{');
        json_put_text(j, "kind", t->kind);
        put_time(j, "time", t->time);
        json_put_text(j, "indication", sp_indication_name(t->indication));
        json_put_text(j, "subindication", t->subindication);
        json_put_text(j, "authority", t->authority);
        json_put_text(j, "sha256", t->sha256);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void coverage(struct json *j, const struct sp_signature *s)
{
    json_key(j, "coverage");
    json_open(j, '{');
    json_put_truth(j, "whole_document", s->covers_whole_document);
    json_put_text(j, "description", s->coverage);
    json_put_text(j, "description_hi", s->coverage_hi);
    if (s->signed_octets) {
        json_put_number(j, "signed_octets", (int64_t)s->signed_octets);
    } else {
        json_put_none(j, "signed_octets");
    }
    json_close(j, '}');
}

static void modification(struct json *j, const struct sp_signature *s)
{
    if (!s->has_modification) {
        json_put_none(j, "modification");
        return;
    }
    json_key(j, "modification");
    json_open(j, '{');
    json_put_text(j, "level", sp_modification_name(s->modification));
    json_put_truth(j, "allowed", s->modification_allowed);
    json_close(j, '}');
}

static void intact(struct json *j, const struct sp_signature *s)
{
    if (s->intact == SP_UNKNOWN) {
        json_put_none(j, "intact");
    } else {
        json_put_truth(j, "intact", s->intact == SP_YES);
    }
}

static void signer(struct json *j, const struct sp_signature *s)
{
    json_key(j, "signer");
    if (s->signer) {
        certificate(j, s->signer);
    } else {
        json_none(j);
    }
}

static void signature(struct json *j, const struct sp_signature *s)
{
    json_open(j, '{');
    json_put_text(j, "id", s->id);
    json_put_text(j, "kind", sp_kind_name(s->kind));
    json_put_text(j, "level", sp_baseline_name(s->baseline));
    json_put_text(j, "indication", sp_indication_name(s->indication));
    json_put_text(j, "subindication", s->subindication);
    intact(j, s);
    coverage(j, s);
    modification(j, s);
    signer(j, s);
    put_time(j, "claimed_time", s->claimed_time);
    put_time(j, "best_time", s->best_time);
    json_put_text(j, "best_time_basis", sp_basis_name(s->best_time_basis));
    json_put_text(j, "digest", s->digest);
    json_put_text(j, "algorithm", s->algorithm);
    json_put_number(j, "key_bits", s->key_bits);
    chain(j, s);
    revocation(j, s);
    timestamps(j, s);
    findings(j, &s->findings);
    json_close(j, '}');
}

static void document(struct json *j, const struct sp_report *r)
{
    json_key(j, "document");
    json_open(j, '{');
    json_put_text(j, "name", r->name);
    json_put_number(j, "size", (int64_t)r->size);
    json_put_text(j, "sha256", r->sha256);
    json_put_text(j, "format", r->format);
    json_close(j, '}');
}

static void signatures(struct json *j, const struct sp_report *r)
{
    json_put_number(j, "signature_count", (int64_t)r->signature_count);
    json_key(j, "signatures");
    json_open(j, '[');
    for (size_t i = 0; i < r->signature_count; i++) {
        signature(j, r->signatures[i]);
    }
    json_close(j, ']');
}

static void want(struct json *j, const struct sp_want *w, bool inside)
{
    json_open(j, '{');
    json_put_text(j, "kind", sp_evidence_name(w->kind));
    json_put_text(j, "for", w->about);
    json_put_text(j, "issuer", w->issuer);
    json_put_text(j, "key_id", w->key_id);
    json_key(j, "urls");
    json_open(j, '[');
    for (size_t i = 0; i < w->url_count; i++) {
        json_text(j, w->urls[i]);
    }
    json_close(j, ']');
    json_put_text(j, "request", w->request);
    put_time(j, "issued_after", w->issued_after);
    if (inside && w->issuers) {
        json_put_text(j, "issuers", w->issuers);
    }
    json_close(j, '}');
}

static void wants(struct json *j, const struct sp_report *r, bool inside)
{
    json_key(j, "wants");
    json_open(j, '[');
    for (size_t i = 0; i < r->want_count; i++) {
        want(j, &r->wants[i], inside);
    }
    json_close(j, ']');
}

static void listed(struct json *j, const struct sp_member *m)
{
    json_key(j, "listed");
    json_open(j, '[');
    for (size_t i = 0; i < m->listed_count; i++) {
        json_open(j, '{');
        json_put_text(j, "name", m->listed[i].name);
        json_put_text(j, "sha256", m->listed[i].sha256);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_put_number(j, "unlisted_lines", (int64_t)m->unlisted_lines);
}

static void members(struct json *j, const struct sp_report *r);

static void member(struct json *j, const struct sp_member *m)
{
    json_open(j, '{');
    json_put_text(j, "name", m->name);
    json_put_number(j, "size", (int64_t)m->size);
    json_put_text(j, "sha256", m->sha256);
    json_put_text(j, "format", m->format);
    json_put_text(j, "state", sp_member_state_name(m->state));
    json_put_text(j, "verdict", sp_verdict_name(m->verdict));
    json_put_text(j, "covered_by", m->covered_by);
    json_put_text(j, "signs", m->signs);
    if (m->listed_count) {
        listed(j, m);
    }
    if (m->report) {
        json_key(j, "report");
        json_open(j, '{');
        signatures(j, m->report);
        members(j, m->report);
        findings(j, &m->report->findings);
        json_close(j, '}');
    }
    findings(j, &m->findings);
    json_close(j, '}');
}

/* Containers only. They nest at most CONTAINER_DEPTH_MAX deep, and so do their reports. */
static void members(struct json *j, const struct sp_report *r)
{
    if (r->member_count == 0) {
        return;
    }
    json_key(j, "members");
    json_open(j, '[');
    for (size_t i = 0; i < r->member_count; i++) {
        member(j, &r->members[i]);
    }
    json_close(j, ']');
}

static void engine(struct json *j, const struct sp_report *r)
{
    json_key(j, "engine");
    json_open(j, '{');
    json_put_text(j, "version", r->engine_version);
    json_put_text(j, "openssl", r->openssl_version);
    json_close(j, '}');
}

static int write_report(struct json *j, const struct sp_report *r, bool inside)
{
    json_open(j, '{');
    json_put_text(j, "schema", "satyapan-report/1");
    document(j, r);
    json_put_text(j, "profile", r->profile);
    json_put_text(j, "verdict", sp_verdict_name(r->verdict));
    put_time(j, "validated_at", r->validated_at);
    signatures(j, r);
    members(j, r);
    if (r->pending) {
        json_put_number(j, "pending", (int64_t)r->pending);
    }
    findings(j, &r->findings);
    wants(j, r, inside);
    engine(j, r);
    json_close(j, '}');
    return buffer_ok(j->out) ? 0 : -1;
}

int report_json(const struct sp_report *r, struct buffer *out)
{
    struct json j = {.out = out};
    return write_report(&j, r, false);
}

int report_json_inside(const struct sp_report *r, struct buffer *out)
{
    struct json j = {.out = out};
    return write_report(&j, r, true);
}

int report_json_send(const struct sp_report *r, int (*send)(void *context, struct span piece),
                     void *context)
{
    struct buffer out;
    struct json j = {.out = &out, .send = send, .context = context};
    buffer_init(&out, OBJECT_MAX);
    int rc = write_report(&j, r, false);
    rc = rc == 0 && out.n ? send(context, buffer_span(&out)) : rc;
    buffer_free(&out);
    return rc == 0 ? 0 : -1;
}
