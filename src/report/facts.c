/*
 * facts - see facts.h. Times are given in IST; a claimed time is never called proven (IT Act does
 * not make a PC clock evidence; EN 319 102-1 5.2.6 speaks of proofs of existence only).
 */
#include "report/facts.h"

#include <stdio.h>

#include "base/finding.h"
#include "base/utc.h"

static int add(struct arena *a, struct facts *list, enum string_id label, const char *value)
{
    if (!value || arena_grow(a, (void **)&list->items, &list->capacity, list->count + 1,
                             sizeof *list->items) != 0) {
        return -1;
    }
    list->items[list->count++] = (struct fact){label, value};
    return 0;
}

enum string_id facts_verdict_word(enum sp_verdict v)
{
    return v == SP_ACCEPTED ? STR_ACCEPTED : v == SP_REJECTED ? STR_REJECTED : STR_REVIEW;
}

enum string_id facts_indication_word(enum sp_indication i)
{
    return i == SP_TOTAL_PASSED   ? STR_PASSED
           : i == SP_TOTAL_FAILED ? STR_FAILED
                                  : STR_INDETERMINATE;
}

enum sp_verdict facts_signature_verdict(const struct sp_signature *s)
{
    enum sp_verdict v = (enum sp_verdict)s->indication; /* both go from good to bad */
    for (const struct sp_finding *f = s->findings.first; f; f = f->next) {
        enum sp_verdict own = f->level == SP_LEVEL_FAIL     ? SP_REJECTED
                              : f->level == SP_LEVEL_REVIEW ? SP_REVIEW
                                                            : SP_ACCEPTED;
        v = own > v ? own : v;
    }
    return v;
}

enum string_id facts_signature_word(const struct sp_signature *s)
{
    enum sp_verdict v = facts_signature_verdict(s);
    if (v == SP_REJECTED && s->indication != SP_TOTAL_FAILED) {
        return STR_NOT_ACCEPTABLE;
    }
    return v == SP_REVIEW && s->indication == SP_TOTAL_PASSED
               ? STR_LEVEL_REVIEW
               : facts_indication_word(s->indication);
}

enum string_id facts_level_word(enum sp_level l)
{
    static const enum string_id words[] = {STR_LEVEL_INFO, STR_LEVEL_WARN, STR_LEVEL_REVIEW,
                                           STR_LEVEL_FAIL};
    return words[l];
}

static const char *or_word(const char *s, enum lang lang, enum string_id otherwise)
{
    return s && *s ? s : string_get(lang, otherwise);
}

const char *facts_name(const struct sp_certificate *c, enum lang lang)
{
    const char *s = c->common_name && *c->common_name     ? c->common_name
                    : c->organization && *c->organization ? c->organization
                                                          : c->subject;
    return or_word(s, lang, STR_UNKNOWN);
}

/* ---- RFC 4514 names ---- */

/* The end of the attribute value at s: the next separator that is not escaped (RFC 4514 3). */
static const char *value_end(const char *s)
{
    while (*s && *s != ',' && *s != '+') {
        s += s[0] == '\\' && s[1] ? 2 : 1;
    }
    return s;
}

static const char *unescape(struct arena *a, struct span raw)
{
    struct buffer b;
    buffer_init(&b, raw.n + 1);
    for (size_t i = 0; i < raw.n; i++) {
        char c = (char)raw.p[i];
        if (c == '\\' && i + 2 < raw.n && hex_digit((char)raw.p[i + 1]) >= 0 &&
            hex_digit((char)raw.p[i + 2]) >= 0) {
            c = (char)(hex_digit((char)raw.p[i + 1]) * 16 + hex_digit((char)raw.p[i + 2]));
            i += 2;
        } else if (c == '\\' && i + 1 < raw.n) {
            c = (char)raw.p[++i];
        }
        buffer_char(&b, c);
    }
    const char *s = buffer_ok(&b) ? finding_clean_text(a, buffer_span(&b)) : NULL;
    buffer_free(&b);
    return s;
}

const char *facts_rdn(struct arena *a, const char *dn, const char *type)
{
    size_t n = strlen(type);
    for (const char *s = dn; s && *s;) {
        const char *end = value_end(s);
        if (strncmp(s, type, n) == 0 && s[n] == '=') {
            return unescape(a, span_make(s + n + 1, (size_t)(end - s) - n - 1));
        }
        s = *end ? end + 1 : end;
        s += *s == ' ';
    }
    return NULL;
}

/* A short name for a distinguished name: CN, else O, else the whole. */
static const char *short_name(struct arena *a, const char *dn, enum lang lang)
{
    const char *s = facts_rdn(a, dn, "CN");
    if (!s || !*s) {
        s = facts_rdn(a, dn, "O");
    }
    return s && *s ? s : or_word(dn, lang, STR_UNKNOWN);
}

/* ---- the headline ---- */

struct pick {
    const struct sp_finding *finding;
    size_t signature; /* 1-based; 0: the document */
    const char *file; /* inside the container, or NULL */
    size_t others;
};

/* The reason that decided: of the level, the first row in reasons.def (reasons.h). */
static void pick_from(const struct sp_findings *list, enum sp_level level, size_t signature,
                      struct pick *p)
{
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        if (f->level != level) {
            continue;
        }
        p->others += p->finding != NULL;
        if (!p->finding || f->reason < p->finding->reason) {
            p->finding = f;
            p->signature = signature;
        }
    }
}

static const char *more_reasons(struct arena *a, size_t others, enum lang lang)
{
    if (others == 0) {
        return "";
    }
    if (others == 1) {
        return string_get(lang, STR_ONE_MORE_REASON);
    }
    const char *n = arena_printf(a, "%zu", others);
    return n ? string_fill(a, lang, STR_MORE_REASONS, n, NULL) : NULL;
}

static const char *pick_why(struct arena *a, const struct sp_report *r, const struct pick *p,
                            enum lang lang)
{
    const char *text = lang == LANG_HI ? p->finding->text_hi : p->finding->text;
    if (p->file) {
        return string_fill(a, lang, STR_IN_FILE, p->file, text, NULL);
    }
    if (p->signature == 0 || r->signature_count < 2) {
        return text;
    }
    const char *n = arena_printf(a, "%zu", p->signature);
    return n ? string_fill(a, lang, STR_IN_SIGNATURE, n, text, NULL) : NULL;
}

int facts_headline(struct arena *a, const struct sp_report *r, enum lang lang, struct headline *out)
{
    enum sp_level level = r->verdict == SP_REJECTED ? SP_LEVEL_FAIL : SP_LEVEL_REVIEW;
    struct pick p = {0};
    if (r->verdict != SP_ACCEPTED) {
        pick_from(&r->findings, level, 0, &p);
        for (size_t i = 0; i < r->signature_count; i++) {
            pick_from(&r->signatures[i]->findings, level, i + 1, &p);
        }
        struct member_pick m;
        if (facts_pick_member(a, r, level, &m) != 0) {
            return -1;
        }
        p.others += m.others + (p.finding && m.finding);
        if (m.finding && (!p.finding || m.finding->reason < p.finding->reason)) {
            p.finding = m.finding;
            p.signature = 0;
            p.file = m.path;
        }
    }
    bool good = r->verdict == SP_ACCEPTED, bad = r->verdict == SP_REJECTED;
    *out = (struct headline){.why = string_get(lang, good  ? STR_WHY_ACCEPTED
                                                     : bad ? STR_WHY_REJECTED
                                                           : STR_WHY_REVIEW),
                             .more = "",
                             .next = string_get(lang, good  ? STR_NEXT_ACCEPTED
                                                      : bad ? STR_NEXT_REJECTED
                                                            : STR_NEXT_REVIEW)};
    if (p.finding) {
        const struct sp_reason_row *row = sp_reason_row(p.finding->reason);
        out->why = pick_why(a, r, &p, lang);
        out->more = more_reasons(a, p.others, lang);
        const char *hint = lang == LANG_HI ? row->hint_hi : row->hint;
        out->next = *hint ? hint : out->next;
    }
    return out->why && out->more ? 0 : -1;
}

/* ---- the document ---- */

/* 48213 -> "48,213". */
static const char *grouped(struct arena *a, uint64_t n)
{
    char digits[32], out[48];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    size_t k = 0;
    for (int i = 0; i < len; i++) {
        out[k++] = digits[i];
        if ((len - i) % 3 == 1 && i + 1 < len) {
            out[k++] = ',';
        }
    }
    return arena_str(a, span_make(out, k));
}

static const char *when(struct arena *a, int64_t t, enum lang lang)
{
    char out[UTC_TEXT];
    if (t == SP_NO_TIME) {
        return string_get(lang, STR_UNKNOWN);
    }
    return arena_str(a, span_str(utc_people(t, lang == LANG_HI, out)));
}

int facts_document(struct arena *a, const struct sp_report *r, enum lang lang, struct facts *out)
{
    *out = (struct facts){0};
    const char *size = grouped(a, r->size);
    const char *bytes =
        size ? string_fill(a, lang, STR_BYTES, size, or_word(r->format, lang, STR_UNKNOWN), NULL)
             : NULL;
    const char *engine =
        arena_printf(a, "Satyapan %s, %s", r->engine_version ? r->engine_version : "?",
                     r->openssl_version ? r->openssl_version : "?");
    return add(a, out, STR_FILE, or_word(r->name, lang, STR_NO_NAME)) ||
                   add(a, out, STR_FILE_SIZE, bytes) ||
                   add(a, out, STR_SHA256, or_word(r->sha256, lang, STR_UNKNOWN)) ||
                   add(a, out, STR_CHECKED_AT, when(a, r->validated_at, lang)) ||
                   add(a, out, STR_PROFILE, or_word(r->profile, lang, STR_UNKNOWN)) ||
                   (r->member_count && add(a, out, STR_FILES, facts_files(a, r, lang))) ||
                   ((r->signature_count || !r->member_count) &&
                    add(a, out, STR_SIGNATURES, arena_printf(a, "%zu", r->signature_count))) ||
                   add(a, out, STR_ENGINE, engine)
               ? -1
               : 0;
}

const char *facts_title(struct arena *a, const struct sp_report *r, size_t index, enum lang lang)
{
    const char *i = arena_printf(a, "%zu", index + 1);
    const char *n = arena_printf(a, "%zu", r->signature_count);
    return i && n ? string_fill(a, lang, STR_SIGNATURE_OF, i, n, NULL) : NULL;
}

/* ---- a signature ---- */

static int add_signer(struct arena *a, const struct sp_signature *s, enum lang lang,
                      struct facts *out)
{
    if (!s->signer) {
        return add(a, out, STR_SIGNED_BY, string_get(lang, STR_NO_SIGNER));
    }
    const char *ca = s->chain_count > 1 ? facts_name(&s->chain[1], lang)
                                        : short_name(a, s->signer->issuer, lang);
    return add(a, out, STR_SIGNED_BY, facts_name(s->signer, lang)) ||
                   add(a, out, STR_ORGANISATION,
                       or_word(s->signer->organization, lang, STR_NO_ORGANISATION)) ||
                   add(a, out, STR_ISSUING_CA, ca)
               ? -1
               : 0;
}

/* The authority whose token proves the best time. */
static const char *authority(const struct sp_signature *s)
{
    for (size_t i = 0; i < s->timestamp_count; i++) {
        if (s->timestamps[i].time == s->best_time &&
            s->timestamps[i].indication == SP_TOTAL_PASSED) {
            return s->timestamps[i].authority;
        }
    }
    return NULL;
}

static const char *best_time(struct arena *a, const struct sp_signature *s, enum lang lang)
{
    const char *t = when(a, s->best_time, lang), *who = authority(s);
    if (!t) {
        return NULL;
    }
    switch (s->best_time_basis) {
    case SP_BASIS_TIMESTAMP:
        return who ? string_fill(a, lang, STR_TIME_STAMPED, t, who, NULL)
                   : string_fill(a, lang, STR_TIME_STAMPED_PLAIN, t, NULL);
    case SP_BASIS_RECEIPT:
        return string_fill(a, lang, STR_TIME_RECEIVED, t, NULL);
    case SP_BASIS_NOW:
    default:
        return string_fill(a, lang, STR_TIME_NOW, t, NULL);
    }
}

static int add_times(struct arena *a, const struct sp_signature *s, enum lang lang,
                     struct facts *out)
{
    if (s->best_time != SP_NO_TIME && add(a, out, STR_TIME, best_time(a, s, lang)) != 0) {
        return -1;
    }
    if (s->claimed_time == SP_NO_TIME) {
        return 0;
    }
    const char *t = when(a, s->claimed_time, lang);
    return add(a, out, STR_CLAIMED, t ? string_fill(a, lang, STR_CLAIMED_AT, t, NULL) : NULL);
}

static const char *changes(struct arena *a, const struct sp_signature *s, enum lang lang)
{
    static const enum string_id kinds[] = {STR_CHANGE_NONE, STR_CHANGE_LTA, STR_CHANGE_FORM,
                                           STR_CHANGE_ANNOTATIONS, STR_CHANGE_OTHER};
    if (!s->has_modification) {
        bool whole = s->covers_whole_document && s->intact == SP_YES;
        return string_get(lang, whole ? STR_CHANGE_NONE : STR_CHANGE_NOT_COMPARED);
    }
    const char *what = string_get(lang, kinds[s->modification]);
    if (s->modification == SP_MOD_NONE) {
        return what;
    }
    return string_fill(a, lang, s->modification_allowed ? STR_CHANGE_ALLOWED : STR_CHANGE_FORBIDDEN,
                       what, NULL);
}

static int add_content(struct arena *a, const struct sp_signature *s, enum lang lang,
                       struct facts *out)
{
    static const enum string_id intact[] = {STR_NOT_INTACT, STR_INTACT, STR_INTACT_UNKNOWN};
    const char *covers = lang == LANG_HI ? s->coverage_hi : s->coverage;
    if (add(a, out, STR_INTEGRITY, string_get(lang, intact[s->intact])) ||
        add(a, out, STR_COVERS,
            or_word(covers, lang, s->covers_whole_document ? STR_COVERS_ALL : STR_COVERS_PART))) {
        return -1;
    }
    if (s->signed_octets && s->intact == SP_YES) {
        const char *n = arena_printf(a, "%llu", (unsigned long long)s->signed_octets);
        const char *first = n ? string_fill(a, lang, STR_SIGNED_OCTETS, n, NULL) : NULL;
        if (add(a, out, STR_SIGNED_VERSION, first)) {
            return -1;
        }
    }
    /* Without the signed content there is nothing to compare, and nothing to say. */
    bool known = s->has_modification || s->intact != SP_UNKNOWN;
    return known ? add(a, out, STR_CHANGES, changes(a, s, lang)) : 0;
}

static int add_chain(struct arena *a, const struct sp_signature *s, enum lang lang,
                     struct facts *out)
{
    struct buffer b;
    buffer_init(&b, 1 << 20);
    for (size_t i = 0; i < s->chain_count; i++) {
        buffer_str(&b, i ? " → " : "");
        buffer_str(&b, facts_name(&s->chain[i], lang));
    }
    const char *line = !buffer_ok(&b)   ? NULL
                       : s->chain_count ? arena_str(a, buffer_span(&b))
                                        : string_get(lang, STR_NO_CHAIN);
    buffer_free(&b);
    return add(a, out, STR_CHAIN, line);
}

static const char *revocation(struct arena *a, const struct sp_revocation *r, enum lang lang)
{
    const char *who = short_name(a, r->certificate, lang);
    const char *status = r->status ? r->status : "unknown";
    if (strcmp(status, "good") == 0) {
        const char *t = when(a, r->produced_at, lang);
        return t ? string_fill(a, lang, STR_REV_GOOD, who, t, NULL) : NULL;
    }
    if (strcmp(status, "revoked") == 0) {
        const char *t = when(a, r->revoked_at, lang);
        enum string_id id = r->revoked_at == SP_NO_TIME ? STR_REV_REVOKED_UNDATED : STR_REV_REVOKED;
        return t ? string_fill(a, lang, id, who, t, NULL) : NULL;
    }
    bool unneeded = strcmp(status, "not-needed") == 0;
    return string_fill(a, lang, unneeded ? STR_REV_NOT_NEEDED : STR_REV_UNKNOWN, who, NULL);
}

static int add_revocation(struct arena *a, const struct sp_signature *s, enum lang lang,
                          struct facts *out)
{
    for (size_t i = 0; i < s->revocation_count; i++) {
        const struct sp_revocation *r = &s->revocation[i];
        const char *line = revocation(a, r, lang);
        const char *from = r->source ? strstr(r->source, "fetched: ") : NULL;
        if (line && from) {
            line = string_fill(a, lang, STR_REV_FETCHED, line, from + strlen("fetched: "), NULL);
        }
        if (add(a, out, STR_REVOCATION, line) != 0) {
            return -1;
        }
    }
    return 0;
}

static int add_timestamps(struct arena *a, const struct sp_signature *s, enum lang lang,
                          struct facts *out)
{
    for (size_t i = 0; i < s->timestamp_count; i++) {
        const struct sp_timestamp *ts = &s->timestamps[i];
        const char *t = when(a, ts->time, lang);
        const char *line =
            t ? string_fill(a, lang, STR_TIMESTAMP_BY, t, or_word(ts->authority, lang, STR_UNKNOWN),
                            string_get(lang, facts_indication_word(ts->indication)), NULL)
              : NULL;
        if (add(a, out, STR_TIMESTAMP, line) != 0) {
            return -1;
        }
    }
    return 0;
}

static int add_method(struct arena *a, const struct sp_signature *s, enum lang lang,
                      struct facts *out)
{
    const char *level = sp_baseline_name(s->baseline);
    const char *what =
        arena_printf(a, "%s%s%s%s%s%s%s", sp_kind_name(s->kind), level ? " " : "",
                     level ? level : "", s->digest ? ", " : "", s->digest ? s->digest : "",
                     s->algorithm ? ", " : "", s->algorithm ? s->algorithm : "");
    if (what && s->key_bits) {
        const char *bits = arena_printf(a, "%u", s->key_bits);
        what = bits ? string_fill(a, lang, STR_BITS, what, bits, NULL) : NULL;
    }
    return add(a, out, STR_METHOD, what);
}

int facts_signature(struct arena *a, const struct sp_signature *s, enum lang lang,
                    struct facts *out)
{
    *out = (struct facts){0};
    return add_signer(a, s, lang, out) || add_times(a, s, lang, out) ||
                   add_content(a, s, lang, out) || add_chain(a, s, lang, out) ||
                   add_revocation(a, s, lang, out) || add_timestamps(a, s, lang, out) ||
                   add_method(a, s, lang, out)
               ? -1
               : 0;
}

/* ---- notes ---- */

bool facts_cca_root(const struct sp_report *r)
{
    for (size_t i = 0; i < r->signature_count; i++) {
        const struct sp_signature *s = r->signatures[i];
        const char *o = s->chain_count ? s->chain[s->chain_count - 1].organization : NULL;
        if (o && strcmp(o, "India PKI") == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < r->member_count; i++) {
        if (r->members[i].report && facts_cca_root(r->members[i].report)) {
            return true;
        }
    }
    return false;
}

bool facts_demo(const struct sp_report *r)
{
    return finding_has(&r->findings, SP_ENGINE_DEMO_TRUST);
}
