/*
 * json - a finished report as one line of JSON, "satyapan-report/1".
 *
 * Keys come in a fixed order, so that equal reports give equal bytes. Strings that are not valid
 * UTF-8 (RFC 8259 8.1), as a file name may be, are written with U+FFFD in the bad places.
 * What it does not do: judge anything, or read JSON (from_json.c).
 */
#include "report/render.h"

#include <jansson.h>

#include "base/finding.h"
#include "base/mem.h"
#include "base/utc.h"

/* The arena holds cleaned copies only; it stays empty for a well-formed report. */
struct writer {
    struct arena *scratch;
    bool failed;
};

enum { SCRATCH_MAX = 64 * 1024 * 1024 };

static void put(struct writer *w, json_t *object, const char *key, json_t *value)
{
    if (!value || json_object_set_new(object, key, value) != 0) {
        w->failed = true;
    }
}

static void append(struct writer *w, json_t *array, json_t *value)
{
    if (!value || json_array_append_new(array, value) != 0) {
        w->failed = true;
    }
}

static json_t *text(struct writer *w, const char *s)
{
    if (!s) {
        return json_null();
    }
    json_t *value = json_string(s);
    if (!value) {
        const char *clean = finding_clean_text(w->scratch, span_str(s));
        value = clean ? json_string(clean) : NULL;
    }
    return value;
}

/* RFC 3339, or null where the time is not known or has no four-digit year. */
static json_t *point(int64_t t)
{
    char out[UTC_TEXT];
    int64_t first = utc_from_civil(0, 1, 1) * 86400, end = utc_from_civil(10000, 1, 1) * 86400;
    return t < first || t >= end ? json_null() : json_string(utc_rfc3339(t, out));
}

static json_t *tristate(enum sp_tristate t)
{
    return t == SP_UNKNOWN ? json_null() : json_boolean(t == SP_YES);
}

static json_t *finding(struct writer *w, const struct sp_finding *f)
{
    const struct sp_reason_row *row = sp_reason_row(f->reason);
    json_t *o = json_object();
    put(w, o, "code", text(w, row->code));
    put(w, o, "level", text(w, sp_level_name(f->level)));
    put(w, o, "where", text(w, f->where));
    put(w, o, "cite", text(w, row->cite));
    put(w, o, "text", text(w, f->text));
    put(w, o, "text_hi", text(w, f->text_hi));
    put(w, o, "hint", text(w, row->hint));
    put(w, o, "hint_hi", text(w, row->hint_hi));
    return o;
}

static json_t *findings(struct writer *w, const struct sp_findings *list)
{
    json_t *array = json_array();
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        append(w, array, finding(w, f));
    }
    return array;
}

static json_t *certificate(struct writer *w, const struct sp_certificate *c)
{
    if (!c) {
        return json_null();
    }
    json_t *o = json_object();
    put(w, o, "subject", text(w, c->subject));
    put(w, o, "common_name", text(w, c->common_name));
    put(w, o, "organization", text(w, c->organization));
    put(w, o, "serial", text(w, c->serial));
    put(w, o, "sha256", text(w, c->sha256));
    put(w, o, "issuer", text(w, c->issuer));
    put(w, o, "not_before", point(c->not_before));
    put(w, o, "not_after", point(c->not_after));
    put(w, o, "source", text(w, c->source));
    return o;
}

static json_t *chain(struct writer *w, const struct sp_signature *s)
{
    json_t *array = json_array();
    for (size_t i = 0; i < s->chain_count; i++) {
        append(w, array, certificate(w, &s->chain[i]));
    }
    return array;
}

static json_t *revocation(struct writer *w, const struct sp_signature *s)
{
    json_t *array = json_array();
    for (size_t i = 0; i < s->revocation_count; i++) {
        const struct sp_revocation *r = &s->revocation[i];
        json_t *o = json_object();
        put(w, o, "certificate", text(w, r->certificate));
        put(w, o, "status", text(w, r->status));
        put(w, o, "source", text(w, r->source));
        put(w, o, "produced_at", point(r->produced_at));
        put(w, o, "revoked_at", point(r->revoked_at));
        append(w, array, o);
    }
    return array;
}

static json_t *timestamps(struct writer *w, const struct sp_signature *s)
{
    json_t *array = json_array();
    for (size_t i = 0; i < s->timestamp_count; i++) {
        const struct sp_timestamp *t = &s->timestamps[i];
        json_t *o = json_object();
        put(w, o, "kind", text(w, t->kind));
        put(w, o, "time", point(t->time));
        put(w, o, "indication", text(w, sp_indication_name(t->indication)));
        put(w, o, "subindication", text(w, t->subindication));
        put(w, o, "authority", text(w, t->authority));
        append(w, array, o);
    }
    return array;
}

static json_t *coverage(struct writer *w, const struct sp_signature *s)
{
    json_t *o = json_object();
    put(w, o, "whole_document", json_boolean(s->covers_whole_document));
    put(w, o, "description", text(w, s->coverage));
    put(w, o, "description_hi", text(w, s->coverage_hi));
    return o;
}

static json_t *modification(struct writer *w, const struct sp_signature *s)
{
    if (!s->has_modification) {
        return json_null();
    }
    json_t *o = json_object();
    put(w, o, "level", text(w, sp_modification_name(s->modification)));
    put(w, o, "allowed", json_boolean(s->modification_allowed));
    return o;
}

static json_t *signature(struct writer *w, const struct sp_signature *s)
{
    json_t *o = json_object();
    put(w, o, "id", text(w, s->id));
    put(w, o, "kind", text(w, sp_kind_name(s->kind)));
    put(w, o, "level", text(w, sp_baseline_name(s->baseline)));
    put(w, o, "indication", text(w, sp_indication_name(s->indication)));
    put(w, o, "subindication", text(w, s->subindication));
    put(w, o, "intact", tristate(s->intact));
    put(w, o, "coverage", coverage(w, s));
    put(w, o, "modification", modification(w, s));
    put(w, o, "signer", certificate(w, s->signer));
    put(w, o, "claimed_time", point(s->claimed_time));
    put(w, o, "best_time", point(s->best_time));
    put(w, o, "best_time_basis", text(w, sp_basis_name(s->best_time_basis)));
    put(w, o, "digest", text(w, s->digest));
    put(w, o, "algorithm", text(w, s->algorithm));
    put(w, o, "key_bits", json_integer((json_int_t)s->key_bits));
    put(w, o, "chain", chain(w, s));
    put(w, o, "revocation", revocation(w, s));
    put(w, o, "timestamps", timestamps(w, s));
    put(w, o, "findings", findings(w, &s->findings));
    return o;
}

static json_t *document(struct writer *w, const struct sp_report *r)
{
    json_t *o = json_object();
    put(w, o, "name", text(w, r->name));
    put(w, o, "size", json_integer((json_int_t)r->size));
    put(w, o, "sha256", text(w, r->sha256));
    put(w, o, "format", text(w, r->format));
    return o;
}

static json_t *engine(struct writer *w, const struct sp_report *r)
{
    json_t *o = json_object();
    put(w, o, "version", text(w, r->engine_version));
    put(w, o, "openssl", text(w, r->openssl_version));
    return o;
}

static json_t *signatures(struct writer *w, const struct sp_report *r)
{
    json_t *array = json_array();
    for (size_t i = 0; i < r->signature_count; i++) {
        append(w, array, signature(w, r->signatures[i]));
    }
    return array;
}

static json_t *whole(struct writer *w, const struct sp_report *r)
{
    json_t *o = json_object();
    put(w, o, "schema", text(w, "satyapan-report/1"));
    put(w, o, "document", document(w, r));
    put(w, o, "profile", text(w, r->profile));
    put(w, o, "verdict", text(w, sp_verdict_name(r->verdict)));
    put(w, o, "validated_at", point(r->validated_at));
    put(w, o, "signature_count", json_integer((json_int_t)r->signature_count));
    put(w, o, "signatures", signatures(w, r));
    put(w, o, "findings", findings(w, &r->findings));
    put(w, o, "engine", engine(w, r));
    return o;
}

static int to_buffer(const char *bytes, size_t n, void *out)
{
    struct buffer *b = out;
    buffer_add(b, span_make(bytes, n));
    return buffer_ok(b) ? 0 : -1;
}

int report_json(const struct sp_report *r, struct buffer *out)
{
    struct writer w = {arena_new(SCRATCH_MAX), false};
    if (!w.scratch) {
        return -1;
    }
    uint64_t before = mem_failures();
    json_t *o = whole(&w, r);
    int rc = w.failed ? -1 : json_dump_callback(o, to_buffer, out, JSON_COMPACT);
    json_decref(o);
    arena_free(w.scratch);
    return rc == 0 && mem_failures() == before ? 0 : -1;
}
