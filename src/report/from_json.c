/*
 * from_json - reads "satyapan-report/1" back into a report.
 *
 * The JSON comes from the sandboxed child, which a hostile document may have taken over. So it must
 * be in the very form json.c writes, every key in its place and nothing else; words must be of the
 * contract; text loses control characters; citations and hints come from reasons.def by code; and
 * an ACCEPTED that its own findings contradict is no report, be it of one row; a row has what its
 * state says. Equal texts and chains are stored once. What it cannot do: notice a lie that is
 * consistent in itself.
 */
#include "report/render.h"

#include <strings.h>

#include "base/finding.h"
#include "base/json_in.h"
#include "base/mem.h"
#include "base/shared.h"
#include "base/utc.h"

#define JSON_MAX  ((size_t)64 * 1024 * 1024)
#define ARENA_MAX ((size_t)256 * 1024 * 1024)

enum { COUNT_MAX = 100000, HASH_HEX = 64, REQUEST_MAX = 256, DEPTH_MAX = 8, WORD_MAX = 63 };

/* json.bad: not a report. Memory failures are seen by nomem, mem_failures and the arena. */
struct reader {
    struct json_in json;
    struct arena *arena;
    bool nomem;
    enum sp_reason last;  /* the one found last: files of one container have the same */
    unsigned depth;       /* reports within rows of reports */
    struct buffer items;  /* of the arrays being read, the inner ones behind the outer */
    struct shared texts;  /* clean ones only */
    struct shared blocks; /* of certificates and answers about them */
};

static bool going(const struct reader *r)
{
    return !r->json.bad && !r->nomem;
}

static void *room(struct reader *r, size_t count, size_t size)
{
    void *p = arena_array(r->arena, count, size);
    r->nomem = r->nomem || !p;
    return p;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* A short word as it stands; "" when there is none, and the reader is bad. */
static const char *word_value(struct reader *r, char out[WORD_MAX + 1])
{
    bool escapes;
    struct span s = json_in_string(&r->json, &escapes);
    out[0] = 0;
    if (s.n > WORD_MAX || escapes || memchr(s.p ? s.p : (const uint8_t *)"", 0, s.n)) {
        r->json.bad = true;
    } else if (s.n) {
        memcpy(out, s.p, s.n);
        out[s.n] = 0;
    }
    return out;
}

static const char *word(struct reader *r, const char *key, char out[WORD_MAX + 1])
{
    json_in_key(&r->json, key);
    return word_value(r, out);
}

/* A string nobody is going to read. */
static void ignored(struct reader *r, const char *key)
{
    bool escapes;
    json_in_key(&r->json, key);
    (void)json_in_string(&r->json, &escapes);
}

/* What escapes stand for, cleaned. */
static const char *text_with_escapes(struct reader *r, struct span raw)
{
    struct buffer b;
    buffer_init(&b, raw.n);
    bool ours = json_in_decode(raw, &b);
    char *clean = ours && buffer_ok(&b) ? finding_clean_text(r->arena, buffer_span(&b)) : NULL;
    buffer_free(&b);
    r->json.bad = r->json.bad || !ours;
    r->nomem = r->nomem || (ours && !clean);
    return clean;
}

static const char *text_value(struct reader *r)
{
    bool escapes;
    struct span raw = json_in_string(&r->json, &escapes);
    if (!raw.p) {
        return "";
    }
    if (escapes) {
        const char *s = text_with_escapes(r, raw);
        return s ? s : "";
    }
    const char *known = shared_find(&r->texts, raw);
    if (known) {
        return known;
    }
    if (!json_in_plain(raw)) {
        r->json.bad = true;
        return "";
    }
    const char *s = shared_keep(&r->texts, raw);
    r->nomem = r->nomem || !s;
    return s ? s : "";
}

/* Never NULL: where there is none the reader turns bad. */
static const char *text(struct reader *r, const char *key)
{
    json_in_key(&r->json, key);
    return text_value(r);
}

static const char *text_or_null(struct reader *r, const char *key)
{
    json_in_key(&r->json, key);
    return json_in_none(&r->json) ? NULL : text_value(r);
}

static bool truth(struct reader *r, const char *key)
{
    json_in_key(&r->json, key);
    return json_in_truth(&r->json);
}

static uint64_t number(struct reader *r, const char *key, uint64_t max)
{
    json_in_key(&r->json, key);
    return json_in_number(&r->json, max);
}

/* Exactly the form json.c writes, or null. */
static int64_t point(struct reader *r, const char *key)
{
    bool escapes;
    char again[UTC_TEXT];
    int64_t t = SP_NO_TIME;
    json_in_key(&r->json, key);
    if (json_in_none(&r->json)) {
        return SP_NO_TIME;
    }
    struct span s = json_in_string(&r->json, &escapes);
    if (!s.p || !utc_parse(s, &t) || !span_eq(span_str(utc_rfc3339(t, again)), s)) {
        r->json.bad = true;
        return SP_NO_TIME;
    }
    return t;
}

static enum sp_tristate tristate(struct reader *r, const char *key)
{
    json_in_key(&r->json, key);
    return json_in_none(&r->json) ? SP_UNKNOWN : json_in_truth(&r->json) ? SP_YES : SP_NO;
}

/* ---- arrays and objects ---------------------------------------------------------------------- */

static void open_object(struct reader *r, const char *key)
{
    if (key) {
        json_in_key(&r->json, key);
    }
    json_in_open(&r->json, '{');
}

static void close_object(struct reader *r)
{
    json_in_close(&r->json, '}');
}

/* An array: `while (another(...)) put(...)`, then the items in one piece. */
struct list {
    size_t base, count;
};

static struct list open_list(struct reader *r, const char *key)
{
    json_in_key(&r->json, key);
    json_in_open(&r->json, '[');
    return (struct list){r->items.n, 0};
}

static bool another(struct reader *r, struct list *list)
{
    if (!going(r) || !json_in_more(&r->json)) {
        return false;
    }
    r->json.bad = ++list->count > COUNT_MAX;
    return !r->json.bad;
}

static void put(struct reader *r, const void *item, size_t size)
{
    buffer_add(&r->items, span_make(item, size));
    r->nomem = r->nomem || !buffer_ok(&r->items);
}

/* shared: items without any pointer that is to be changed. */
static void *close_list(struct reader *r, const struct list *list, bool shared)
{
    json_in_close(&r->json, ']');
    struct span all = span_sub(buffer_span(&r->items), list->base, SIZE_MAX);
    void *p = NULL;
    if (going(r) && shared) {
        p = shared_keep(&r->blocks, all);
        r->nomem = r->nomem || !p;
    } else if (going(r)) {
        p = room(r, 1, all.n);
        if (p && all.n) {
            memcpy(p, all.p, all.n);
        }
    }
    r->items.n = list->base;
    return p;
}

/* The value below limit whose name is the word; a word of no value turns the reader bad. */
#define DEFINE_CHOICE(function, type, name, limit)                                                 \
    static type function(struct reader *r, const char *key)                                        \
    {                                                                                              \
        char text[WORD_MAX + 1];                                                                   \
        const char *s = word(r, key, text);                                                        \
        for (int i = 0; i < (int)(limit); i++) {                                                   \
            if (strcmp(s, name((type)i)) == 0) {                                                   \
                return (type)i;                                                                    \
            }                                                                                      \
        }                                                                                          \
        r->json.bad = true;                                                                        \
        return (type)0;                                                                            \
    }

DEFINE_CHOICE(verdict, enum sp_verdict, sp_verdict_name, SP_REJECTED + 1)
DEFINE_CHOICE(indication, enum sp_indication, sp_indication_name, SP_TOTAL_FAILED + 1)
DEFINE_CHOICE(kind, enum sp_kind, sp_kind_name, SP_KIND_ERS + 1)
DEFINE_CHOICE(change, enum sp_modification, sp_modification_name, SP_MOD_OTHER + 1)
DEFINE_CHOICE(basis, enum sp_time_basis, sp_basis_name, SP_BASIS_TIMESTAMP + 1)
DEFINE_CHOICE(evidence_kind, enum sp_evidence_kind, sp_evidence_name, SP_EVIDENCE_OCSP + 1)
DEFINE_CHOICE(level, enum sp_level, sp_level_name, SP_LEVEL_FAIL + 1)

static enum sp_baseline baseline(struct reader *r, const char *key)
{
    char text[WORD_MAX + 1];
    json_in_key(&r->json, key);
    if (json_in_none(&r->json)) {
        return SP_BASELINE_NONE;
    }
    const char *s = word_value(r, text);
    for (int i = SP_BASELINE_B; i <= SP_BASELINE_LTA; i++) {
        if (strcmp(s, sp_baseline_name((enum sp_baseline)i)) == 0) {
            return (enum sp_baseline)i;
        }
    }
    r->json.bad = true;
    return SP_BASELINE_NONE;
}

/* ---- signatures ------------------------------------------------------------------------------ */

static enum sp_reason reason(struct reader *r, const char *key)
{
    char text[WORD_MAX + 1];
    const char *code = word(r, key, text);
    if (strcmp(sp_reason_row(r->last)->code, code) != 0) {
        enum sp_reason found = sp_reason_by_code(code);
        if (found == SP_REASON_COUNT) {
            r->json.bad = true;
            return found;
        }
        r->last = found;
    }
    return r->last;
}

static void read_finding(struct reader *r, struct sp_findings *list)
{
    struct sp_finding *f = room(r, 1, sizeof *f);
    open_object(r, NULL);
    if (!f || r->json.bad) {
        return;
    }
    f->reason = reason(r, "code");
    f->level = level(r, "level");
    f->where = text(r, "where");
    ignored(r, "cite");
    f->text = text(r, "text");
    f->text_hi = text(r, "text_hi");
    ignored(r, "hint");
    ignored(r, "hint_hi");
    close_object(r);
    if (!going(r)) {
        return;
    }
    *list->end = f;
    list->end = &f->next;
    list->count++;
}

static void read_findings(struct reader *r, struct sp_findings *list)
{
    struct list all = open_list(r, "findings");
    findings_init(list);
    while (another(r, &all)) {
        read_finding(r, list);
    }
    json_in_close(&r->json, ']');
}

static struct sp_certificate read_certificate(struct reader *r, const char *key)
{
    struct sp_certificate c = {0};
    open_object(r, key);
    c.subject = text_or_null(r, "subject");
    c.common_name = text_or_null(r, "common_name");
    c.organization = text_or_null(r, "organization");
    c.serial = text_or_null(r, "serial");
    c.sha256 = text_or_null(r, "sha256");
    c.issuer = text_or_null(r, "issuer");
    c.not_before = point(r, "not_before");
    c.not_after = point(r, "not_after");
    c.source = text_or_null(r, "source");
    close_object(r);
    return c;
}

static void read_signer(struct reader *r, struct sp_signature *s)
{
    json_in_key(&r->json, "signer");
    if (json_in_none(&r->json)) {
        return;
    }
    struct sp_certificate c = read_certificate(r, NULL);
    if (going(r)) {
        s->signer = shared_keep(&r->blocks, span_make(&c, sizeof c));
        r->nomem = r->nomem || !s->signer;
    }
}

static void read_chain(struct reader *r, struct sp_signature *s)
{
    struct list all = open_list(r, "chain");
    while (another(r, &all)) {
        struct sp_certificate c = read_certificate(r, NULL);
        put(r, &c, sizeof c);
    }
    s->chain = close_list(r, &all, true);
    s->chain_count = all.count;
}

/* What things hash to is no secret of the child's, but it must at least be a hash. */
static const char *hex_hash(struct reader *r, const char *key)
{
    const char *s = text_or_null(r, key);
    if (s && (strlen(s) != HASH_HEX || strspn(s, "0123456789abcdef") != HASH_HEX)) {
        r->json.bad = true;
    }
    return s;
}

static void read_revocation(struct reader *r, struct sp_signature *s)
{
    struct list all = open_list(r, "revocation");
    while (another(r, &all)) {
        struct sp_revocation one = {0};
        open_object(r, NULL);
        one.certificate = text_or_null(r, "certificate");
        one.status = text(r, "status");
        one.source = text_or_null(r, "source");
        one.produced_at = point(r, "produced_at");
        one.revoked_at = point(r, "revoked_at");
        one.sha256 = hex_hash(r, "sha256");
        close_object(r);
        put(r, &one, sizeof one);
    }
    s->revocation = close_list(r, &all, true);
    s->revocation_count = all.count;
}

static void read_timestamps(struct reader *r, struct sp_signature *s)
{
    struct list all = open_list(r, "timestamps");
    while (another(r, &all)) {
        struct sp_timestamp t = {0};
        open_object(r, NULL);
        t.kind = text(r, "kind");
        t.time = point(r, "time");
        t.indication = indication(r, "indication");
        t.subindication = text_or_null(r, "subindication");
        t.authority = text_or_null(r, "authority");
        t.sha256 = hex_hash(r, "sha256");
        close_object(r);
        put(r, &t, sizeof t);
    }
    s->timestamps = close_list(r, &all, false);
    s->timestamp_count = all.count;
}

static void read_coverage(struct reader *r, struct sp_signature *s)
{
    open_object(r, "coverage");
    s->covers_whole_document = truth(r, "whole_document");
    s->coverage = text_or_null(r, "description");
    s->coverage_hi = text_or_null(r, "description_hi");
    json_in_key(&r->json, "signed_octets");
    s->signed_octets = json_in_none(&r->json) ? 0 : json_in_number(&r->json, INT64_MAX);
    close_object(r);
}

static void read_modification(struct reader *r, struct sp_signature *s)
{
    json_in_key(&r->json, "modification");
    if (json_in_none(&r->json)) {
        return;
    }
    open_object(r, NULL);
    s->has_modification = true;
    s->modification = change(r, "level");
    s->modification_allowed = truth(r, "allowed");
    close_object(r);
}

static void read_signature(struct reader *r, struct sp_signature *s)
{
    open_object(r, NULL);
    s->id = text(r, "id");
    s->kind = kind(r, "kind");
    s->baseline = baseline(r, "level");
    s->indication = indication(r, "indication");
    s->subindication = text_or_null(r, "subindication");
    s->intact = tristate(r, "intact");
    read_coverage(r, s);
    read_modification(r, s);
    read_signer(r, s);
    s->claimed_time = point(r, "claimed_time");
    s->best_time = point(r, "best_time");
    s->best_time_basis = basis(r, "best_time_basis");
    s->digest = text_or_null(r, "digest");
    s->algorithm = text_or_null(r, "algorithm");
    s->key_bits = (unsigned)number(r, "key_bits", 1U << 20);
    read_chain(r, s);
    read_revocation(r, s);
    read_timestamps(r, s);
    read_findings(r, &s->findings);
    close_object(r);
}

static void read_signatures(struct reader *r, struct sp_report *report)
{
    uint64_t said = number(r, "signature_count", COUNT_MAX);
    struct list all = open_list(r, "signatures");
    while (another(r, &all)) {
        struct sp_signature *s = room(r, 1, sizeof *s);
        if (s) {
            read_signature(r, s);
            put(r, &s, sizeof(struct sp_signature *));
        }
    }
    report->signatures = close_list(r, &all, false);
    report->signature_count = all.count;
    r->json.bad = r->json.bad || said != all.count;
}

/* ---- wants ----------------------------------------------------------------------------------- */

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

static void read_urls(struct reader *r, struct sp_want *w)
{
    struct list all = open_list(r, "urls");
    while (another(r, &all)) {
        const char *s = text_value(r);
        r->json.bad = r->json.bad || !is_address(s);
        put(r, &s, sizeof s);
    }
    w->urls = close_list(r, &all, false);
    w->url_count = all.count;
    r->json.bad = r->json.bad || all.count == 0 || all.count > SP_WANT_URLS_MAX;
}

static bool is_base64(const char *s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = strspn(s, digits), padding = strspn(s + n, "=");
    return n > 0 && padding <= 2 && s[n + padding] == 0 && (n + padding) % 4 == 0 &&
           n + padding <= REQUEST_MAX;
}

/* PEM: lines of printable ASCII. */
static const char *pem(struct reader *r, const char *key)
{
    bool escapes;
    struct buffer b;
    json_in_key(&r->json, key);
    struct span raw = json_in_string(&r->json, &escapes);
    buffer_init(&b, raw.n);
    bool ours = raw.p && json_in_decode(raw, &b);
    struct span s = buffer_span(&b);
    for (size_t i = 0; i < s.n; i++) {
        ours = ours && (s.p[i] == '\n' || (s.p[i] >= ' ' && s.p[i] <= '~'));
    }
    ours = ours && s.n <= SP_WANT_ISSUERS_MAX;
    const char *out = ours && buffer_ok(&b) ? arena_str(r->arena, s) : NULL;
    buffer_free(&b);
    r->json.bad = r->json.bad || !ours;
    r->nomem = r->nomem || (ours && !out);
    return out;
}

static void read_want(struct reader *r, struct sp_want *w)
{
    open_object(r, NULL);
    w->kind = evidence_kind(r, "kind");
    w->about = text(r, "for");
    w->issuer = text_or_null(r, "issuer");
    w->key_id = text_or_null(r, "key_id");
    read_urls(r, w);
    w->request = text_or_null(r, "request");
    w->issued_after = point(r, "issued_after");
    if (json_in_has(&r->json, "issuers")) { /* in what a child says only */
        w->issuers = pem(r, "issuers");
    }
    close_object(r);
    if (w->kind < SP_EVIDENCE_CERT || (w->kind == SP_EVIDENCE_OCSP) != (w->request != NULL) ||
        (w->request && !is_base64(w->request)) || (w->issuers && w->kind == SP_EVIDENCE_CERT)) {
        r->json.bad = true;
    }
}

static void read_wants(struct reader *r, struct sp_report *report)
{
    struct list all = open_list(r, "wants");
    while (another(r, &all) && all.count <= SP_WANTS_MAX) {
        struct sp_want w = {0};
        read_want(r, &w);
        put(r, &w, sizeof w);
    }
    report->wants = close_list(r, &all, false);
    report->want_count = all.count;
}

/* ---- members --------------------------------------------------------------------------------- */

DEFINE_CHOICE(member_state, enum sp_member_state, sp_member_state_name, SP_MEMBER_UNREAD + 1)

static void read_listed(struct reader *r, struct sp_member *m)
{
    struct list all = open_list(r, "listed");
    while (another(r, &all)) {
        struct sp_listed line = {0};
        open_object(r, NULL);
        line.name = text(r, "name");
        line.sha256 = hex_hash(r, "sha256");
        close_object(r);
        r->json.bad = r->json.bad || !line.sha256;
        put(r, &line, sizeof line);
    }
    m->listed = close_list(r, &all, false);
    m->listed_count = all.count;
    m->unlisted_lines = number(r, "unlisted_lines", COUNT_MAX);
}

static void read_members(struct reader *r, struct sp_report *report);

/* The report in a row: what is about the document stands in the row itself. */
static void read_inner(struct reader *r, struct sp_member *m)
{
    struct sp_report *report = room(r, 1, sizeof *report);
    open_object(r, "report");
    if (!report || r->json.bad) {
        return;
    }
    m->report = report;
    report->name = m->name;
    report->size = m->size;
    report->sha256 = m->sha256;
    report->format = m->format;
    report->verdict = m->verdict;
    read_signatures(r, report);
    if (json_in_has(&r->json, "members")) {
        read_members(r, report);
    }
    read_findings(r, &report->findings);
    close_object(r);
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

/* What an ACCEPTED of the row stands on is there. Its own findings come on top. */
static bool row_proven(const struct sp_member *m)
{
    switch (m->state) {
    case SP_MEMBER_SIGNED:
    case SP_MEMBER_SIGNATURE:
        return signatures_accept(m->report);
    case SP_MEMBER_CONTAINER:
        return all_accepted(m->report);
    case SP_MEMBER_COVERED:
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
        const struct sp_member *m = &report->members[i];
        if (m->verdict != SP_ACCEPTED || !accepts(&m->findings) || !row_proven(m)) {
            return false;
        }
    }
    return report->member_count > 0;
}

/* The row has what its state says: who reads it later goes by the state alone (verify/cover.c). */
static bool row_whole(const struct sp_member *m)
{
    switch (m->state) {
    case SP_MEMBER_SIGNED:
        return m->report && m->report->signature_count > 0;
    case SP_MEMBER_SIGNATURE:
        return m->report && m->report->signature_count > 0 && m->signs;
    case SP_MEMBER_CONTAINER:
        return m->report && m->report->member_count > 0;
    case SP_MEMBER_COVERED:
        return m->covered_by && m->sha256;
    case SP_MEMBER_PART:
    case SP_MEMBER_UNSIGNED:
    case SP_MEMBER_UNREAD:
        break;
    }
    return true;
}

static void read_member(struct reader *r, struct sp_member *m)
{
    open_object(r, NULL);
    m->name = text(r, "name");
    m->size = number(r, "size", INT64_MAX);
    m->sha256 = hex_hash(r, "sha256");
    m->format = text_or_null(r, "format");
    m->state = member_state(r, "state");
    m->verdict = verdict(r, "verdict");
    m->covered_by = text_or_null(r, "covered_by");
    m->signs = text_or_null(r, "signs");
    if (json_in_has(&r->json, "listed")) {
        read_listed(r, m);
    }
    if (json_in_has(&r->json, "report")) {
        read_inner(r, m);
    }
    read_findings(r, &m->findings);
    close_object(r);
    if (going(r) && (!row_whole(m) || (m->verdict == SP_ACCEPTED && !row_proven(m)))) {
        r->json.bad = true;
    }
}

static void read_members(struct reader *r, struct sp_report *report)
{
    struct list all = open_list(r, "members");
    r->json.bad = r->json.bad || ++r->depth > DEPTH_MAX;
    while (another(r, &all)) {
        struct sp_member m = {0};
        read_member(r, &m);
        put(r, &m, sizeof m);
    }
    report->members = close_list(r, &all, false);
    report->member_count = report->members ? all.count : 0;
    for (size_t i = 0; i < report->member_count; i++) {
        findings_settle(&report->members[i].findings);
    }
    r->depth--;
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

static void read_document(struct reader *r, struct sp_report *report)
{
    open_object(r, "document");
    report->name = text_or_null(r, "name");
    report->size = number(r, "size", INT64_MAX);
    report->sha256 = hex_hash(r, "sha256");
    report->format = text_or_null(r, "format");
    close_object(r);
}

static void read_report(struct reader *r, struct sp_report *report)
{
    char schema[WORD_MAX + 1];
    open_object(r, NULL);
    if (strcmp(word(r, "schema", schema), "satyapan-report/1") != 0) {
        r->json.bad = true;
        return;
    }
    read_document(r, report);
    report->profile = text_or_null(r, "profile");
    report->verdict = verdict(r, "verdict");
    report->validated_at = point(r, "validated_at");
    read_signatures(r, report);
    if (json_in_has(&r->json, "members")) {
        read_members(r, report);
    }
    report->pending = json_in_has(&r->json, "pending") ? number(r, "pending", COUNT_MAX) : 0;
    read_findings(r, &report->findings);
    read_wants(r, report);
    open_object(r, "engine");
    report->engine_version = text_or_null(r, "version");
    report->openssl_version = text_or_null(r, "openssl");
    close_object(r);
    close_object(r);
    if (going(r) && (!json_in_done(&r->json) || !consistent(report))) {
        r->json.bad = true;
    }
}

/* 1: past the arena's cap, so too large to be a report of ours. */
static int build(struct reader *r, struct sp_report **out)
{
    r->arena = r->texts.arena = r->blocks.arena = arena_new(ARENA_MAX);
    if (!r->arena) {
        return -1;
    }
    struct sp_report *report = room(r, 1, sizeof *report);
    if (report) {
        report->arena = r->arena;
        read_report(r, report);
    }
    if (report && going(r)) {
        *out = report;
        return 0;
    }
    int rc = arena_capped(r->arena) ? 1 : r->nomem ? -1 : 0;
    arena_free(r->arena);
    return rc;
}

int report_from_json(struct span json, struct sp_report **out)
{
    *out = NULL;
    if (json.n > JSON_MAX || !json.p) {
        return 0;
    }
    uint64_t before = mem_failures();
    struct reader *r = mem_zalloc(sizeof *r);
    int rc = -1;
    if (r) {
        r->json.rest = json;
        buffer_init(&r->items, ARENA_MAX);
        rc = build(r, out);
        rc = rc == -1 && r->items.full ? 1 : rc;
        buffer_free(&r->items);
        mem_free(r);
    }
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
