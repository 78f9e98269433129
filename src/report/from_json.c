/*
 * from_json - reads "satyapan-report/1" back into a report.
 *
 * The JSON comes from the sandboxed child, which a hostile document may have taken over, or from a
 * stored file. So every key must be there with its type and nothing else may be; words must be of
 * the contract; text loses control characters; citations and hints come from reasons.def by code;
 * and an ACCEPTED that its own findings contradict is no report. What it cannot do: notice a lie
 * that is consistent in itself.
 */
#include "report/render.h"

#include <strings.h>

#include <jansson.h>

#include "base/finding.h"
#include "base/mem.h"
#include "base/utc.h"

#define JSON_MAX  ((size_t)64 * 1024 * 1024)
#define ARENA_MAX ((size_t)256 * 1024 * 1024)

enum { COUNT_MAX = 100000, HASH_HEX = 64, REQUEST_MAX = 256, DEPTH_MAX = 8 };

/* bad: not a report. Memory failures are seen by mem_failures and the arena. */
struct reader {
    struct arena *arena;
    bool bad, nomem;
    unsigned depth; /* reports within rows of reports */
};

/* An object being read; taken counts its keys, so that none is left over. */
struct object {
    struct reader *r;
    const json_t *json;
    size_t taken;
};

static struct object open_object(struct reader *r, const json_t *json)
{
    if (!json_is_object(json)) {
        r->bad = true;
    }
    return (struct object){r, json, 0};
}

static void close_object(struct object *o)
{
    if (json_object_size(o->json) != o->taken) {
        o->r->bad = true;
    }
}

static const json_t *take(struct object *o, const char *key)
{
    const json_t *v = json_object_get(o->json, key);
    o->taken++;
    if (!v) {
        o->r->bad = true;
    }
    return v;
}

static void *room(struct reader *r, size_t count, size_t size)
{
    void *p = arena_array(r->arena, count, size);
    if (!p) {
        r->nomem = true;
    }
    return p;
}

/* A string; where it is absent the reader turns bad and "" is returned, never NULL. */
static const char *word(struct object *o, const char *key)
{
    const char *s = json_string_value(take(o, key));
    if (!s) {
        o->r->bad = true;
    }
    return s ? s : "";
}

static const char *text(struct object *o, const char *key)
{
    const char *s = word(o, key);
    const char *clean = finding_clean_text(o->r->arena, span_str(s));
    if (!clean) {
        o->r->nomem = true;
    }
    return clean;
}

static const char *text_or_null(struct object *o, const char *key)
{
    if (json_is_null(json_object_get(o->json, key))) {
        o->taken++;
        return NULL;
    }
    return text(o, key);
}

static bool truth(struct object *o, const char *key)
{
    const json_t *v = take(o, key);
    if (!json_is_boolean(v)) {
        o->r->bad = true;
    }
    return json_is_true(v);
}

static uint64_t number(struct object *o, const char *key, uint64_t max)
{
    const json_t *v = take(o, key);
    json_int_t n = json_integer_value(v);
    if (!json_is_integer(v) || n < 0 || (uint64_t)n > max) {
        o->r->bad = true;
        return 0;
    }
    return (uint64_t)n;
}

/* Exactly the form json.c writes, or null. */
static int64_t point(struct object *o, const char *key)
{
    const json_t *v = take(o, key);
    if (json_is_null(v)) {
        return SP_NO_TIME;
    }
    const char *s = json_string_value(v);
    char again[UTC_TEXT];
    int64_t t = SP_NO_TIME;
    if (!s || !utc_parse(span_str(s), &t) || strcmp(utc_rfc3339(t, again), s) != 0) {
        o->r->bad = true;
        return SP_NO_TIME;
    }
    return t;
}

static enum sp_tristate tristate(struct object *o, const char *key)
{
    const json_t *v = take(o, key);
    if (!json_is_boolean(v) && !json_is_null(v)) {
        o->r->bad = true;
    }
    return json_is_boolean(v) ? (json_is_true(v) ? SP_YES : SP_NO) : SP_UNKNOWN;
}

/* An array of at most COUNT_MAX items; its length goes to *count. */
static const json_t *array(struct object *o, const char *key, size_t *count)
{
    const json_t *v = take(o, key);
    *count = json_array_size(v);
    if (!json_is_array(v) || *count > COUNT_MAX) {
        o->r->bad = true;
        *count = 0;
    }
    return v;
}

/* The value below limit whose name is the word; a word of no value turns the reader bad. */
#define DEFINE_CHOICE(function, type, name, limit)                                                 \
    static type function(struct object *o, const char *key)                                        \
    {                                                                                              \
        const char *s = word(o, key);                                                              \
        for (int i = 0; i < (int)(limit); i++) {                                                   \
            if (strcmp(s, name((type)i)) == 0) {                                                   \
                return (type)i;                                                                    \
            }                                                                                      \
        }                                                                                          \
        o->r->bad = true;                                                                          \
        return (type)0;                                                                            \
    }

DEFINE_CHOICE(verdict, enum sp_verdict, sp_verdict_name, SP_REJECTED + 1)
DEFINE_CHOICE(indication, enum sp_indication, sp_indication_name, SP_TOTAL_FAILED + 1)
DEFINE_CHOICE(kind, enum sp_kind, sp_kind_name, SP_KIND_ERS + 1)
DEFINE_CHOICE(change, enum sp_modification, sp_modification_name, SP_MOD_OTHER + 1)
DEFINE_CHOICE(basis, enum sp_time_basis, sp_basis_name, SP_BASIS_TIMESTAMP + 1)
DEFINE_CHOICE(evidence_kind, enum sp_evidence_kind, sp_evidence_name, SP_EVIDENCE_OCSP + 1)
DEFINE_CHOICE(level, enum sp_level, sp_level_name, SP_LEVEL_FAIL + 1)

static enum sp_baseline baseline(struct object *o, const char *key)
{
    if (json_is_null(json_object_get(o->json, key))) {
        o->taken++;
        return SP_BASELINE_NONE;
    }
    const char *s = word(o, key);
    for (int i = SP_BASELINE_B; i <= SP_BASELINE_LTA; i++) {
        if (strcmp(s, sp_baseline_name((enum sp_baseline)i)) == 0) {
            return (enum sp_baseline)i;
        }
    }
    o->r->bad = true;
    return SP_BASELINE_NONE;
}

static void read_finding(struct reader *r, const json_t *json, struct sp_findings *list)
{
    struct object o = open_object(r, json);
    struct sp_finding *f = room(r, 1, sizeof *f);
    if (!f || r->bad) {
        return;
    }
    f->reason = sp_reason_by_code(word(&o, "code"));
    f->level = level(&o, "level");
    f->where = text(&o, "where");
    (void)word(&o, "cite");
    f->text = text(&o, "text");
    f->text_hi = text(&o, "text_hi");
    (void)word(&o, "hint");
    (void)word(&o, "hint_hi");
    close_object(&o);
    if (f->reason == SP_REASON_COUNT) {
        r->bad = true;
        return;
    }
    *list->end = f;
    list->end = &f->next;
    list->count++;
}

static void read_findings(struct object *o, struct sp_findings *list)
{
    size_t n;
    const json_t *v = array(o, "findings", &n);
    findings_init(list);
    for (size_t i = 0; i < n && !o->r->bad && !o->r->nomem; i++) {
        read_finding(o->r, json_array_get(v, i), list);
    }
}

static void read_certificate(struct reader *r, const json_t *json, struct sp_certificate *c)
{
    struct object o = open_object(r, json);
    c->subject = text_or_null(&o, "subject");
    c->common_name = text_or_null(&o, "common_name");
    c->organization = text_or_null(&o, "organization");
    c->serial = text_or_null(&o, "serial");
    c->sha256 = text_or_null(&o, "sha256");
    c->issuer = text_or_null(&o, "issuer");
    c->not_before = point(&o, "not_before");
    c->not_after = point(&o, "not_after");
    c->source = text_or_null(&o, "source");
    close_object(&o);
}

static void read_signer(struct object *o, struct sp_signature *s)
{
    const json_t *v = take(o, "signer");
    if (json_is_null(v)) {
        return;
    }
    s->signer = room(o->r, 1, sizeof *s->signer);
    if (s->signer) {
        read_certificate(o->r, v, s->signer);
    }
}

static void read_chain(struct object *o, struct sp_signature *s)
{
    const json_t *v = array(o, "chain", &s->chain_count);
    s->chain = room(o->r, s->chain_count, sizeof *s->chain);
    for (size_t i = 0; s->chain && i < s->chain_count && !o->r->bad; i++) {
        read_certificate(o->r, json_array_get(v, i), &s->chain[i]);
    }
}

/* What things hash to is no secret of the child's, but it must at least be a hash. */
static const char *hex_hash(struct object *o, const char *key)
{
    const char *s = text_or_null(o, key);
    if (s && (strlen(s) != HASH_HEX || strspn(s, "0123456789abcdef") != HASH_HEX)) {
        o->r->bad = true;
    }
    return s;
}

static void read_revocation(struct object *o, struct sp_signature *s)
{
    const json_t *v = array(o, "revocation", &s->revocation_count);
    s->revocation = room(o->r, s->revocation_count, sizeof *s->revocation);
    for (size_t i = 0; s->revocation && i < s->revocation_count && !o->r->bad; i++) {
        struct object item = open_object(o->r, json_array_get(v, i));
        struct sp_revocation *r = &s->revocation[i];
        r->certificate = text_or_null(&item, "certificate");
        r->status = text(&item, "status");
        r->source = text_or_null(&item, "source");
        r->produced_at = point(&item, "produced_at");
        r->revoked_at = point(&item, "revoked_at");
        r->sha256 = hex_hash(&item, "sha256");
        close_object(&item);
    }
}

static void read_timestamps(struct object *o, struct sp_signature *s)
{
    const json_t *v = array(o, "timestamps", &s->timestamp_count);
    s->timestamps = room(o->r, s->timestamp_count, sizeof *s->timestamps);
    for (size_t i = 0; s->timestamps && i < s->timestamp_count && !o->r->bad; i++) {
        struct object item = open_object(o->r, json_array_get(v, i));
        struct sp_timestamp *t = &s->timestamps[i];
        t->kind = text(&item, "kind");
        t->time = point(&item, "time");
        t->indication = indication(&item, "indication");
        t->subindication = text_or_null(&item, "subindication");
        t->authority = text_or_null(&item, "authority");
        t->sha256 = hex_hash(&item, "sha256");
        close_object(&item);
    }
}

static void read_coverage(struct object *o, struct sp_signature *s)
{
    struct object c = open_object(o->r, take(o, "coverage"));
    s->covers_whole_document = truth(&c, "whole_document");
    s->coverage = text_or_null(&c, "description");
    s->coverage_hi = text_or_null(&c, "description_hi");
    close_object(&c);
}

static void read_modification(struct object *o, struct sp_signature *s)
{
    const json_t *v = take(o, "modification");
    if (json_is_null(v)) {
        return;
    }
    struct object m = open_object(o->r, v);
    s->has_modification = true;
    s->modification = change(&m, "level");
    s->modification_allowed = truth(&m, "allowed");
    close_object(&m);
}

static void read_signature(struct reader *r, const json_t *json, struct sp_signature *s)
{
    struct object o = open_object(r, json);
    s->id = text(&o, "id");
    s->kind = kind(&o, "kind");
    s->baseline = baseline(&o, "level");
    s->indication = indication(&o, "indication");
    s->subindication = text_or_null(&o, "subindication");
    s->intact = tristate(&o, "intact");
    read_coverage(&o, s);
    read_modification(&o, s);
    read_signer(&o, s);
    s->claimed_time = point(&o, "claimed_time");
    s->best_time = point(&o, "best_time");
    s->best_time_basis = basis(&o, "best_time_basis");
    s->digest = text_or_null(&o, "digest");
    s->algorithm = text_or_null(&o, "algorithm");
    s->key_bits = (unsigned)number(&o, "key_bits", 1U << 20);
    read_chain(&o, s);
    read_revocation(&o, s);
    read_timestamps(&o, s);
    read_findings(&o, &s->findings);
    close_object(&o);
}

static void read_signatures(struct object *o, struct sp_report *report)
{
    size_t n;
    uint64_t said = number(o, "signature_count", COUNT_MAX);
    const json_t *v = array(o, "signatures", &n);
    struct reader *r = o->r;
    report->signatures = room(r, n, sizeof *report->signatures);
    if (said != n) {
        r->bad = true;
    }
    for (size_t i = 0; i < n && !r->bad && !r->nomem; i++) {
        struct sp_signature *s = room(r, 1, sizeof *s);
        if (s) {
            report->signatures[i] = s;
            read_signature(r, json_array_get(v, i), s);
        }
    }
    report->signature_count = n;
}

/* An address that a program is going to ask: printable ASCII, http or https, no longer than the
 * verifier itself gives. */
static bool is_address(const char *s)
{
    size_t n = strlen(s);
    if (n > SP_WANT_URL_MAX ||
        (strncasecmp(s, "http://", 7) != 0 && strncasecmp(s, "https://", 8) != 0)) {
        return false;
    }
    while (*s > ' ' && *s <= '~') {
        s++;
    }
    return *s == 0;
}

static void read_urls(struct object *o, struct sp_want *w)
{
    const json_t *v = array(o, "urls", &w->url_count);
    const char **urls = room(o->r, w->url_count, sizeof *urls);
    if (w->url_count == 0 || w->url_count > SP_WANT_URLS_MAX) {
        o->r->bad = true;
    }
    for (size_t i = 0; urls && i < w->url_count && !o->r->bad; i++) {
        const char *s = json_string_value(json_array_get(v, i));
        if (!s || !is_address(s)) {
            o->r->bad = true;
            return;
        }
        urls[i] = arena_str(o->r->arena, span_str(s));
        o->r->nomem = o->r->nomem || !urls[i];
    }
    w->urls = urls;
}

static bool is_base64(const char *s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = strspn(s, digits), padding = strspn(s + n, "=");
    return n > 0 && padding <= 2 && s[n + padding] == 0 && (n + padding) % 4 == 0 &&
           n + padding <= REQUEST_MAX;
}

/* PEM: lines of printable ASCII. */
static const char *pem(struct object *o, const char *key)
{
    const char *s = word(o, key);
    size_t n = 0;
    while (s[n] == '\n' || (s[n] >= ' ' && s[n] <= '~')) {
        n++;
    }
    if (s[n] || n > SP_WANT_ISSUERS_MAX) {
        o->r->bad = true;
        return NULL;
    }
    const char *out = arena_str(o->r->arena, span_make(s, n));
    o->r->nomem = o->r->nomem || !out;
    return out;
}

static void read_want(struct reader *r, const json_t *json, struct sp_want *w)
{
    struct object o = open_object(r, json);
    w->kind = evidence_kind(&o, "kind");
    w->about = text(&o, "for");
    w->issuer = text_or_null(&o, "issuer");
    w->key_id = text_or_null(&o, "key_id");
    read_urls(&o, w);
    w->request = text_or_null(&o, "request");
    w->issued_after = point(&o, "issued_after");
    if (json_object_get(o.json, "issuers")) { /* in what a child says only */
        w->issuers = pem(&o, "issuers");
    }
    close_object(&o);
    if (w->kind < SP_EVIDENCE_CERT || (w->kind == SP_EVIDENCE_OCSP) != (w->request != NULL) ||
        (w->request && !is_base64(w->request)) || (w->issuers && w->kind == SP_EVIDENCE_CERT)) {
        r->bad = true;
    }
}

static void read_wants(struct object *o, struct sp_report *report)
{
    const json_t *v = array(o, "wants", &report->want_count);
    if (report->want_count > SP_WANTS_MAX) {
        o->r->bad = true;
        return;
    }
    report->wants = room(o->r, report->want_count, sizeof *report->wants);
    for (size_t i = 0; report->wants && i < report->want_count && !o->r->bad; i++) {
        read_want(o->r, json_array_get(v, i), &report->wants[i]);
    }
}

static void read_document(struct object *o, struct sp_report *report)
{
    struct object d = open_object(o->r, take(o, "document"));
    report->name = text_or_null(&d, "name");
    report->size = number(&d, "size", INT64_MAX);
    report->sha256 = hex_hash(&d, "sha256");
    report->format = text_or_null(&d, "format");
    close_object(&d);
}

DEFINE_CHOICE(member_state, enum sp_member_state, sp_member_state_name, SP_MEMBER_UNREAD + 1)

static bool has(const struct object *o, const char *key)
{
    return json_object_get(o->json, key) != NULL;
}

static void read_listed(struct object *o, struct sp_member *m)
{
    const json_t *v = array(o, "listed", &m->listed_count);
    m->listed = room(o->r, m->listed_count, sizeof *m->listed);
    for (size_t i = 0; m->listed && i < m->listed_count && !o->r->bad; i++) {
        struct object line = open_object(o->r, json_array_get(v, i));
        m->listed[i].name = text(&line, "name");
        m->listed[i].sha256 = hex_hash(&line, "sha256");
        close_object(&line);
        o->r->bad = o->r->bad || !m->listed[i].sha256;
    }
    m->unlisted_lines = number(o, "unlisted_lines", COUNT_MAX);
}

static void read_members(struct object *o, struct sp_report *report);

/* The report in a row: what is about the document stands in the row itself. */
static void read_inner(struct object *o, struct sp_member *m)
{
    struct reader *r = o->r;
    struct object inner = open_object(r, take(o, "report"));
    struct sp_report *report = room(r, 1, sizeof *report);
    if (!report || r->bad) {
        return;
    }
    m->report = report;
    report->name = m->name;
    report->size = m->size;
    report->sha256 = m->sha256;
    report->format = m->format;
    report->verdict = m->verdict;
    read_signatures(&inner, report);
    if (has(&inner, "members")) {
        read_members(&inner, report);
    }
    read_findings(&inner, &report->findings);
    close_object(&inner);
}

static void read_member(struct reader *r, const json_t *json, struct sp_member *m)
{
    struct object o = open_object(r, json);
    m->name = text(&o, "name");
    m->size = number(&o, "size", INT64_MAX);
    m->sha256 = hex_hash(&o, "sha256");
    m->format = text_or_null(&o, "format");
    m->state = member_state(&o, "state");
    m->verdict = verdict(&o, "verdict");
    m->covered_by = text_or_null(&o, "covered_by");
    m->signs = text_or_null(&o, "signs");
    if (has(&o, "listed")) {
        read_listed(&o, m);
    }
    if (has(&o, "report")) {
        read_inner(&o, m);
    }
    read_findings(&o, &m->findings);
    close_object(&o);
}

static void read_members(struct object *o, struct sp_report *report)
{
    struct reader *r = o->r;
    const json_t *v = array(o, "members", &report->member_count);
    report->members = room(r, report->member_count, sizeof *report->members);
    r->bad = r->bad || ++r->depth > DEPTH_MAX;
    for (size_t i = 0; i < report->member_count && !r->bad && !r->nomem; i++) {
        read_member(r, json_array_get(v, i), &report->members[i]);
    }
    r->depth--;
}

static bool accepts(const struct sp_findings *list)
{
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        if (f->level == SP_LEVEL_FAIL || f->level == SP_LEVEL_REVIEW) {
            return false;
        }
    }
    return true;
}

static bool signatures_accept(const struct sp_report *report)
{
    bool ok = accepts(&report->findings);
    for (size_t i = 0; ok && i < report->signature_count; i++) {
        ok = accepts(&report->signatures[i]->findings);
    }
    return ok;
}

static bool all_accepted(const struct sp_report *report);

/* The row is accepted for a reason that it shows. */
static bool row_accepted(const struct sp_member *m)
{
    if (m->verdict != SP_ACCEPTED || !accepts(&m->findings)) {
        return false;
    }
    switch (m->state) {
    case SP_MEMBER_SIGNED:
    case SP_MEMBER_SIGNATURE:
        return m->report && m->report->signature_count > 0 && signatures_accept(m->report);
    case SP_MEMBER_CONTAINER:
        return m->report && all_accepted(m->report);
    case SP_MEMBER_COVERED:
        return m->covered_by && m->sha256;
    case SP_MEMBER_PART:
        return true;
    case SP_MEMBER_UNSIGNED:
    case SP_MEMBER_UNREAD:
        break;
    }
    return false;
}

static bool all_accepted(const struct sp_report *report)
{
    for (size_t i = 0; i < report->member_count; i++) {
        if (!row_accepted(&report->members[i])) {
            return false;
        }
    }
    return report->member_count > 0;
}

static size_t count_signatures(const struct sp_report *report)
{
    size_t n = report->signature_count;
    for (size_t i = 0; i < report->member_count; i++) {
        const struct sp_member *m = &report->members[i];
        n += m->report ? count_signatures(m->report) : 0;
    }
    return n;
}

/* An ACCEPTED needs a signature and no reason against it (reasons.h, LEVEL). */
static bool consistent(const struct sp_report *report)
{
    if (report->verdict != SP_ACCEPTED) {
        return true;
    }
    return report->pending == 0 && count_signatures(report) > 0 && signatures_accept(report) &&
           (report->member_count == 0 || all_accepted(report));
}

static void read_report(struct reader *r, const json_t *json, struct sp_report *report)
{
    struct object o = open_object(r, json);
    if (strcmp(word(&o, "schema"), "satyapan-report/1") != 0) {
        r->bad = true;
        return;
    }
    read_document(&o, report);
    report->profile = text_or_null(&o, "profile");
    report->verdict = verdict(&o, "verdict");
    report->validated_at = point(&o, "validated_at");
    read_signatures(&o, report);
    if (has(&o, "members")) {
        read_members(&o, report);
    }
    report->pending = has(&o, "pending") ? number(&o, "pending", COUNT_MAX) : 0;
    read_findings(&o, &report->findings);
    read_wants(&o, report);
    struct object e = open_object(r, take(&o, "engine"));
    report->engine_version = text_or_null(&e, "version");
    report->openssl_version = text_or_null(&e, "openssl");
    close_object(&e);
    close_object(&o);
    if (!r->bad && !r->nomem && !consistent(report)) {
        r->bad = true;
    }
}

/* 1: past the arena's cap, so too large to be a report of ours. */
static int build(const json_t *json, struct sp_report **out)
{
    struct reader r = {arena_new(ARENA_MAX), false, false, 0};
    if (!r.arena) {
        return -1;
    }
    struct sp_report *report = room(&r, 1, sizeof *report);
    if (report) {
        report->arena = r.arena;
        read_report(&r, json, report);
    }
    if (!r.nomem && !r.bad) {
        *out = report;
        return 0;
    }
    int rc = arena_capped(r.arena) ? 1 : r.nomem ? -1 : 0;
    arena_free(r.arena);
    return rc;
}

int report_from_json(struct span json, struct sp_report **out)
{
    *out = NULL;
    if (json.n > JSON_MAX || !json.p) {
        return 0;
    }
    uint64_t before = mem_failures();
    json_t *o = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
    int rc = o ? build(o, out) : 0;
    json_decref(o);
    if (rc == 1) {
        return 0;
    }
    if (rc != 0 || mem_failures() != before) {
        /* What looks like no report may be one that we could not read. */
        sp_report_free(*out);
        *out = NULL;
        return -1;
    }
    return 0;
}
