/*
 * results - see results.h. Containers nest only a few deep (the verifier's CONTAINER_DEPTH_MAX).
 */
#include "office/intake/results.h"

#include "base/buffer.h"

enum { REASONS_MAX = 600, CRLS_MAX = 64 * 65, DEPTH_MAX = 4 };

struct walk {
    struct arena *a;
    struct results *out;
    bool named;
    struct buffer *crls;
};

/* ---- reasons --------------------------------------------------------------------------------- */

static bool has_word(struct span text, const char *word)
{
    size_t n = strlen(word);
    for (size_t at = span_find(text, span_str(word), 0); at != SIZE_MAX;
         at = span_find(text, span_str(word), at + 1)) {
        bool from = at == 0 || text.p[at - 1] == ' ';
        if (from && (at + n == text.n || text.p[at + n] == ' ')) {
            return true;
        }
    }
    return false;
}

static void add_codes(struct buffer *out, const struct sp_findings *list, enum sp_level level)
{
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        const char *code = sp_reason_row(f->reason)->code;
        if (f->level == level && !has_word(buffer_span(out), code) &&
            out->n + strlen(code) + 1 < REASONS_MAX) {
            buffer_str(out, out->n ? " " : "");
            buffer_str(out, code);
        }
    }
}

/* The codes of all findings but notes, the most important first. */
static const char *reasons(struct walk *w, const struct sp_report *r, const struct sp_findings *own)
{
    static const enum sp_level levels[] = {SP_LEVEL_FAIL, SP_LEVEL_REVIEW, SP_LEVEL_WARN};
    struct buffer b;
    buffer_init(&b, REASONS_MAX + 80);
    for (size_t l = 0; l < sizeof levels / sizeof *levels; l++) {
        if (own) {
            add_codes(&b, own, levels[l]);
        }
        for (size_t i = 0; r && i < r->signature_count; i++) {
            add_codes(&b, &r->signatures[i]->findings, levels[l]);
        }
        if (r) {
            add_codes(&b, &r->findings, levels[l]);
        }
    }
    const char *text = buffer_ok(&b) ? arena_str(w->a, buffer_span(&b)) : NULL;
    buffer_free(&b);
    return text;
}

/* ---- signatures ------------------------------------------------------------------------------ */

static bool is_anchor(const char *source)
{
    return source && (strcmp(source, "trust") == 0 || strcmp(source, "demonstration") == 0);
}

/* R-SIG-2: the path ends at a pinned signing root. */
static bool is_india(const struct sp_signature *s)
{
    if (s->chain_count == 0 || !is_anchor(s->chain[s->chain_count - 1].source)) {
        return false;
    }
    for (const struct sp_finding *f = s->findings.first; f; f = f->next) {
        if (f->reason == SP_CHAIN_SPECIAL_ROOT || f->reason == SP_CHAIN_DISTRUSTED ||
            f->reason == SP_CHAIN_ROOT_NOT_ACCEPTED || f->reason == SP_CHAIN_UNTRUSTED_ROOT) {
            return false;
        }
    }
    return true;
}

static bool has(const struct sp_findings *list, enum sp_reason reason)
{
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        if (f->reason == reason) {
            return true;
        }
    }
    return false;
}

/* The signature that speaks for the file: a person's before a time-stamp, the best one first. */
static const struct sp_signature *main_signature(const struct sp_report *r)
{
    const struct sp_signature *best = NULL;
    for (size_t i = 0; r && i < r->signature_count; i++) {
        const struct sp_signature *s = r->signatures[i];
        bool stamp = s->kind == SP_KIND_DOCTIMESTAMP || s->kind == SP_KIND_TST;
        bool best_stamp = best && (best->kind == SP_KIND_DOCTIMESTAMP || best->kind == SP_KIND_TST);
        if (!best || (best_stamp && !stamp) ||
            (best_stamp == stamp && s->indication < best->indication)) {
            best = s;
        }
    }
    return best;
}

static void fill_signer(const struct walk *w, struct file_row *row, const struct sp_signature *s)
{
    if (!s) {
        return;
    }
    row->indication = sp_indication_name(s->indication);
    row->sub_indication = s->subindication;
    row->signer = s->signer ? s->signer->common_name : NULL;
    row->organisation = s->signer ? s->signer->organization : NULL;
    row->india = is_india(s);
    row->signed_at = s->best_time_basis == SP_BASIS_TIMESTAMP ? s->best_time : s->claimed_time;
    if (w->named && s->chain_count) {
        row->applicant_matches = !has(&s->findings, SP_POLICY_APPLICANT);
    }
}

static void add_crls(const struct walk *w, const struct sp_report *r)
{
    for (size_t i = 0; r && i < r->signature_count; i++) {
        const struct sp_signature *s = r->signatures[i];
        for (size_t k = 0; k < s->revocation_count; k++) {
            const struct sp_revocation *v = &s->revocation[k];
            if (v->sha256 && v->source && strncmp(v->source, "crl", 3) == 0 &&
                w->crls->n + 65 < CRLS_MAX && !has_word(buffer_span(w->crls), v->sha256)) {
                buffer_str(w->crls, w->crls->n ? " " : "");
                buffer_str(w->crls, v->sha256);
            }
        }
    }
}

/* ---- rows ------------------------------------------------------------------------------------ */

static struct file_row *new_row(struct walk *w, const char *path)
{
    struct results *o = w->out;
    void *rows = o->rows;
    if (!path || arena_grow(w->a, &rows, &o->capacity, o->count + 1, sizeof *o->rows) != 0) {
        return NULL;
    }
    o->rows = rows;
    struct file_row *row = &o->rows[o->count++];
    *row = (struct file_row){.path = path,
                             .sha256 = "",
                             .india = UTC_NONE,
                             .signed_at = UTC_NONE,
                             .applicant_matches = UTC_NONE};
    return row;
}

static const struct sp_member *find_member(const struct sp_report *r, const char *name)
{
    for (size_t i = 0; name && i < r->member_count; i++) {
        if (strcmp(r->members[i].name, name) == 0) {
            return &r->members[i];
        }
    }
    return NULL;
}

static int member_row(struct walk *w, const struct sp_report *in, const struct sp_member *m,
                      const char *prefix)
{
    struct file_row *row = new_row(w, arena_printf(w->a, "%s%s", prefix, m->name));
    if (!row) {
        return -1;
    }
    row->sha256 = m->sha256 ? m->sha256 : "";
    row->size = (int64_t)m->size;
    row->format = m->format;
    row->state = sp_member_state_name(m->state);
    row->covered_by = m->state == SP_MEMBER_SIGNATURE ? NULL : m->covered_by;
    row->verdict = sp_verdict_name(m->verdict);
    row->reasons = reasons(w, m->report, &m->findings);
    const struct sp_member *by = m->covered_by ? find_member(in, m->covered_by) : NULL;
    fill_signer(w, row, main_signature(m->report ? m->report : by ? by->report : NULL));
    if (m->state == SP_MEMBER_UNSIGNED) {
        row->indication = NULL;
    }
    add_crls(w, m->report);
    return row->reasons ? 0 : -1;
}

static int listed_row(struct walk *w, const struct sp_member *m)
{
    struct file_row *row = new_row(w, arena_str(w->a, span_str(m->name)));
    if (!row) {
        return -1;
    }
    row->size = (int64_t)m->size;
    row->state = "listed";
    return 0;
}

/* A plain ZIP: its files are documents of their own. An ASiC is one signed document, and a mail has
 * a text beside its files that counts as well. */
static bool is_construction_file(const struct sp_report *r)
{
    return r->format && strcmp(r->format, "ZIP") == 0 && r->member_count;
}

static bool is_box(const struct sp_member *m)
{
    return m->state == SP_MEMBER_CONTAINER && m->report && is_construction_file(m->report);
}

/* The files of a container and of those in it. */
static int members(struct walk *w, const struct sp_report *r, const char *prefix, unsigned depth)
{
    int rc = 0;
    for (size_t i = 0; i < r->member_count && rc == 0; i++) {
        const struct sp_member *m = &r->members[i];
        if (m->state == SP_MEMBER_PART) {
            continue;
        }
        if (is_box(m) && depth < DEPTH_MAX) {
            const char *inner = arena_printf(w->a, "%s%s!/", prefix, m->name);
            add_crls(w, m->report);
            rc = inner ? members(w, m->report, inner, depth + 1) : -1;
        } else {
            rc = member_row(w, r, m, prefix);
        }
    }
    return rc;
}

static int whole_row(struct walk *w, const struct sp_report *r)
{
    struct file_row *row = new_row(w, "");
    if (!row) {
        return -1;
    }
    row->sha256 = r->sha256 ? r->sha256 : "";
    row->size = (int64_t)r->size;
    row->format = r->format;
    row->state = sp_member_state_name(r->signature_count ? SP_MEMBER_SIGNED : SP_MEMBER_UNSIGNED);
    row->verdict = sp_verdict_name(r->verdict);
    row->reasons = reasons(w, r, NULL);
    fill_signer(w, row, main_signature(r));
    return row->reasons ? 0 : -1;
}

int results_all(struct arena *a, const struct sp_report *r, bool named, struct results *out)
{
    struct buffer crls;
    buffer_init(&crls, CRLS_MAX);
    *out = (struct results){0};
    struct walk w = {.a = a, .out = out, .named = named, .crls = &crls};
    add_crls(&w, r);
    int rc = is_construction_file(r) ? members(&w, r, "", 0) : whole_row(&w, r);
    out->crls = buffer_ok(&crls) ? arena_str(a, buffer_span(&crls)) : NULL;
    buffer_free(&crls);
    return rc == 0 && out->crls ? 0 : -1;
}

int results_some(struct arena *a, const struct sp_report *r, size_t first, size_t count, bool named,
                 bool listed, struct results *out)
{
    struct buffer crls;
    buffer_init(&crls, CRLS_MAX);
    *out = (struct results){0};
    struct walk w = {.a = a, .out = out, .named = named, .crls = &crls};
    int rc = 0;
    for (size_t i = first; i < first + count && i < r->member_count && rc == 0; i++) {
        const struct sp_member *m = &r->members[i];
        if (m->state == SP_MEMBER_SIGNED && m->report) {
            rc = member_row(&w, r, m, "");
        } else if (listed && m->state != SP_MEMBER_PART) {
            rc = listed_row(&w, m);
        }
    }
    buffer_free(&crls);
    return rc;
}

/* ---- failures of our own --------------------------------------------------------------------- */

static const char *failure_in(struct arena *a, const struct sp_findings *list)
{
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        if (f->reason <= SP_ENGINE_INTERNAL) {
            return arena_printf(a, "%s: %s", sp_reason_row(f->reason)->code,
                                f->text ? f->text : "");
        }
    }
    return NULL;
}

static const char *failure_of(struct arena *a, const struct sp_report *r)
{
    const char *why = failure_in(a, &r->findings);
    for (size_t i = 0; !why && i < r->signature_count; i++) {
        why = failure_in(a, &r->signatures[i]->findings);
    }
    return why;
}

static const char *member_failure(struct arena *a, const struct sp_report *r, unsigned depth)
{
    const char *why = NULL;
    for (size_t i = 0; !why && i < r->member_count; i++) {
        const struct sp_member *m = &r->members[i];
        why = failure_in(a, &m->findings);
        why = !why && m->report ? failure_of(a, m->report) : why;
        if (!why && is_box(m) && depth < DEPTH_MAX) {
            why = member_failure(a, m->report, depth + 1);
        }
    }
    return why;
}

const char *results_failure(struct arena *a, const struct sp_report *r, bool members_too)
{
    const char *why = failure_of(a, r);
    return why || !members_too ? why : member_failure(a, r, 0);
}

/* Nested as deep as members() goes. */
static bool reason_in(const struct sp_report *r, enum sp_reason reason, unsigned depth)
{
    bool found = has(&r->findings, reason);
    for (size_t i = 0; !found && i < r->signature_count; i++) {
        found = has(&r->signatures[i]->findings, reason);
    }
    for (size_t i = 0; !found && depth < DEPTH_MAX && i < r->member_count; i++) {
        const struct sp_report *inner = r->members[i].report;
        found =
            has(&r->members[i].findings, reason) || (inner && reason_in(inner, reason, depth + 1));
    }
    return found;
}

bool results_has(const struct sp_report *r, enum sp_reason reason)
{
    return reason_in(r, reason, 0);
}

/* ---- one file of a stored report ------------------------------------------------------------- */

/* The member whose name begins the path, with what follows it; the longest name wins. */
static const json_t *step(const json_t *report, const char *path, size_t *index, const char **rest)
{
    const json_t *found = NULL, *members_ = json_object_get(report, "members");
    size_t best = 0;
    for (size_t i = 0; i < json_array_size(members_); i++) {
        const json_t *m = json_array_get(members_, i);
        const char *name = json_string_value(json_object_get(m, "name"));
        size_t n = name ? strlen(name) : 0;
        if (!n || strncmp(path, name, n) != 0 || n <= best) {
            continue;
        }
        bool inside = strncmp(path + n, "!/", 2) == 0 && json_object_get(m, "report");
        if (path[n] == 0 || inside) {
            found = m;
            best = n;
            *index = i;
            *rest = path[n] == 0 ? "" : path + n + 2;
        }
    }
    return found;
}

static const json_t *look(const json_t *report, const char *path, size_t *indexes, size_t *count)
{
    const json_t *at = report;
    *count = 0;
    for (const char *rest = path; *rest;) {
        size_t index = 0;
        at = *count < RESULTS_DEPTH_MAX ? step(at, rest, &index, &rest) : NULL;
        if (!at) {
            *count = 0;
            return NULL;
        }
        indexes[(*count)++] = index;
        at = *rest ? json_object_get(at, "report") : at;
    }
    return at;
}

const json_t *results_part(const json_t *report, const char *path)
{
    size_t indexes[RESULTS_DEPTH_MAX], count;
    return look(report, path, indexes, &count);
}

size_t results_indexes(const json_t *report, const char *path, size_t indexes[RESULTS_DEPTH_MAX])
{
    size_t count = 0;
    (void)look(report, path, indexes, &count);
    return count;
}
