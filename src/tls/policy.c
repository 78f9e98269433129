/*
 * policy - see policy.h.
 */
#include "tls/policy.h"

#include <stdio.h>

#include <jansson.h>

#include "base/embed.h"

EMBED_FILE(tls_policy_json, "tls/policy.json");

struct span policy_builtin(void)
{
    return EMBEDDED(tls_policy_json);
}

const char *result_name(enum result r)
{
    static const char *const names[] = {"pass", "fail", "inconclusive", "not-tested"};
    return names[r];
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reading {
    struct arena *a;
    char *error;
    const char *id; /* of the row being read */
    bool *named;    /* of the policy */
    bool failed;    /* memory */
};

static int wrong(struct reading *r, const char *what)
{
    (void)snprintf(r->error, POLICY_ERROR, "%.60s: %.80s", r->id ? r->id : "the policy", what);
    return 1;
}

static const char *text(struct reading *r, const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    char *copy = s ? arena_str(r->a, span_str(s)) : NULL;
    r->failed |= s && !copy;
    return copy;
}

static int read_codes(struct reading *r, const json_t *list, enum check *out, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *code = json_string_value(json_array_get(list, i));
        enum check id = code ? check_by_code(code) : CHECK_COUNT;
        if (id == CHECK_COUNT || *count == POLICY_CODES) {
            return wrong(r, "names a finding that does not exist");
        }
        out[(*count)++] = id;
        r->named[id] = true;
    }
    return 0;
}

static int read_levels(struct reading *r, const json_t *list, unsigned *out)
{
    *out = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_int_t n = json_integer_value(json_array_get(list, i));
        if (n < 1 || n > 3) {
            return wrong(r, "has a level that is not 1, 2 or 3");
        }
        *out |= 1U << n;
    }
    return *out ? 0 : wrong(r, "has no level");
}

static int read_needs(struct reading *r, const json_t *list, struct requirement *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *word = json_string_value(json_array_get(list, i));
        bool *flag = !word                              ? NULL
                     : strcmp(word, "tls") == 0         ? &out->needs_tls
                     : strcmp(word, "service") == 0     ? &out->needs_service
                     : strcmp(word, "certificate") == 0 ? &out->needs_certificate
                     : strcmp(word, "units") == 0       ? &out->needs_units
                     : strcmp(word, "client") == 0      ? &out->needs_client
                     : strcmp(word, "declared") == 0    ? &out->needs_declared
                                                        : NULL;
        if (!flag) {
            return wrong(r, "needs something that is not known");
        }
        *flag = true;
    }
    return 0;
}

/* Names as code points. */
static int read_names(struct reading *r, const json_t *list,
                      bool (*code)(const char *name, uint16_t *out), uint16_t *out, size_t max,
                      size_t *count)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (!name || *count == max || !code(name, &out[(*count)++])) {
            return wrong(r, "its profile names something that is not known");
        }
    }
    return *count ? 0 : wrong(r, "its profile lacks a list");
}

static int read_profile(struct reading *r, const json_t *o, struct profile *out)
{
    if (!o) {
        return 0;
    }
    out->there = true;
    out->dh_bits = (unsigned)json_integer_value(json_object_get(o, "dh_bits"));
    int rc = read_names(r, json_object_get(o, "protocols"), tls_version_code, out->versions,
                        VERSIONS, &out->version_count);
    rc = rc ? rc
            : read_names(r, json_object_get(o, "ciphers"), tls_suite_code, out->suites,
                         PROFILE_SUITES, &out->suite_count);
    return rc ? rc
              : read_names(r, json_object_get(o, "groups"), tls_group_code, out->groups,
                           PROFILE_GROUPS, &out->group_count);
}

static int read_row(struct reading *r, const json_t *o, struct requirement *out)
{
    *out = (struct requirement){.id = text(r, o, "id"),
                                .text = text(r, o, "text"),
                                .text_hi = text(r, o, "text_hi"),
                                .source = text(r, o, "source"),
                                .er = text(r, o, "er"),
                                .iso27402 = text(r, o, "iso27402")};
    r->id = out->id;
    if (!out->id || !out->text || !out->text_hi || !out->source) {
        return wrong(r, "a requirement lacks id, text, text_hi or source");
    }
    int rc = read_levels(r, json_object_get(o, "levels"), &out->levels);
    rc = rc ? rc : read_profile(r, json_object_get(o, "profile"), &out->profile);
    rc = rc ? rc : read_needs(r, json_object_get(o, "needs"), out);
    rc = rc ? rc : read_codes(r, json_object_get(o, "fail"), out->fail, &out->fail_count);
    return rc ? rc : read_codes(r, json_object_get(o, "review"), out->review, &out->review_count);
}

static int read_policy(struct reading *r, const json_t *root, struct tls_policy *out)
{
    const json_t *rows = json_object_get(root, "requirements");
    const char *schema = json_string_value(json_object_get(root, "schema"));
    if (!schema || strcmp(schema, "satyapan-tls-policy/1") != 0 ||
        json_array_size(rows) > POLICY_ROWS) {
        return wrong(r, "is not a satyapan-tls-policy/1");
    }
    out->version = text(r, root, "version");
    if (!out->version) {
        return wrong(r, "has no version");
    }
    r->named = out->named;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        int rc = read_row(r, json_array_get(rows, i), &out->rows[out->count++]);
        if (rc) {
            return rc;
        }
    }
    const json_t *left_out = json_object_get(root, "left_out");
    r->id = "left_out";
    for (size_t i = 0; i < json_array_size(left_out); i++) {
        const char *code = json_string_value(json_array_get(left_out, i));
        enum check id = code ? check_by_code(code) : CHECK_COUNT;
        if (id == CHECK_COUNT) {
            return wrong(r, "names a finding that does not exist");
        }
        out->named[id] = true;
    }
    return r->failed ? -1 : 0;
}

const char *policy_unnamed(struct arena *a, const struct tls_policy *p,
                           const struct tls_policy *other)
{
    struct buffer list;
    buffer_init(&list, 8192);
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        if (other->named[i] && !p->named[i]) {
            buffer_printf(&list, "%s%s", list.n ? ", " : "", check_row((enum check)i)->code);
        }
    }
    const char *text = list.n && buffer_ok(&list) ? arena_str(a, buffer_span(&list)) : NULL;
    buffer_free(&list);
    return text;
}

int policy_read(struct arena *a, struct span json, struct tls_policy *out, char *error)
{
    struct reading r = {.a = a, .error = error};
    json_error_t e;
    memset(out, 0, sizeof *out);
    json_t *root = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, &e);
    int rc = root ? read_policy(&r, root, out) : wrong(&r, e.text);
    json_decref(root);
    return r.failed ? -1 : rc;
}

/* ---- judging --------------------------------------------------------------------------------- */

static const struct check_finding *first_of(const struct check_list *list, const enum check *codes,
                                            size_t count)
{
    for (const struct check_finding *f = list->first; f; f = f->next) {
        for (size_t i = 0; i < count; i++) {
            if (f->id == codes[i]) {
                return f;
            }
        }
    }
    return NULL;
}

/* ---- profiles -------------------------------------------------------------------------------- */

static bool in_list(const uint16_t *list, size_t n, uint16_t code)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i] == code) {
            return true;
        }
    }
    return false;
}

struct outside {
    char names[400];
    size_t used;
};

static void note(struct outside *o, const char *name)
{
    size_t room = sizeof o->names - o->used;
    if (strstr(o->names, name)) {
        return; /* a suite of two versions */
    }
    int n = snprintf(o->names + o->used, room, "%s%s", o->used ? ", " : "", name);
    o->used += n > 0 && (size_t)n < room ? (size_t)n : 0;
    o->names[o->used] = 0;
}

static void compare_profile(const struct profile *p, const struct tls_facts *f, struct outside *o)
{
    char room[TLS_NAME];
    for (size_t v = 0; v < f->version_count; v++) {
        const struct version_facts *row = &f->versions[v];
        if (row->state == KNOWN_YES && !in_list(p->versions, p->version_count, row->version)) {
            note(o, tls_version_name(row->version, room));
            continue; /* its suites are outside with it */
        }
        for (size_t i = 0; i < row->count; i++) {
            if (!in_list(p->suites, p->suite_count, row->suites[i])) {
                note(o, tls_suite_name(row->suites[i], room));
            }
        }
    }
    for (size_t i = 0; i < f->group_count; i++) {
        const struct group *g = tls_group(f->groups[i]);
        bool counts = !g || g->kind == GROUP_EC;
        if (counts && !in_list(p->groups, p->group_count, f->groups[i])) {
            note(o, tls_group_name(f->groups[i], room));
        }
    }
    if (f->dh_bits && f->dh_bits < p->dh_bits) {
        char bits[24];
        (void)snprintf(bits, sizeof bits, "DH %u", f->dh_bits);
        note(o, bits);
    }
}

static bool of_level(const struct requirement *r, unsigned level)
{
    return level == POLICY_ALL || (r->levels >> level & 1);
}

void policy_profiles(const struct tls_policy *p, unsigned level, const struct scan_job *job,
                     struct check_list *findings)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct requirement *r = &p->rows[i];
        struct outside o = {.used = 0};
        if (!r->profile.there || !of_level(r, level) || job->state != SCAN_TLS) {
            continue;
        }
        compare_profile(&r->profile, &job->facts, &o);
        if (o.used) {
            checks_add(findings, CHECK_OUTSIDE_PROFILE, r->id, r->source, o.names);
        }
    }
}

static const struct check_finding *outside_of(const struct check_list *list,
                                              const struct requirement *r)
{
    for (const struct check_finding *f = list->first; f && r->profile.there; f = f->next) {
        if (f->id == CHECK_OUTSIDE_PROFILE && strcmp(f->where, r->id) == 0) {
            return f;
        }
    }
    return NULL;
}

/* What was seen suffices to say "pass". */
static bool is_tested(const struct requirement *r, const struct scan_job *job,
                      struct policy_known known)
{
    bool tls = job->state == SCAN_TLS;
    bool talks = tls || job->state == SCAN_PLAIN || job->state == SCAN_UNSUPPORTED;
    return !r->needs_client && !(r->needs_units && known.units < 2) &&
           !(r->needs_declared && !known.declared) &&
           !(r->needs_certificate && job->facts.chain_count == 0) && !(r->needs_tls && !tls) &&
           talks;
}

size_t policy_judge(const struct tls_policy *p, unsigned level, const struct scan_job *job,
                    const struct check_list *findings, struct policy_known known,
                    struct policy_result *results)
{
    size_t n = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct requirement *r = &p->rows[i];
        if (!of_level(r, level)) {
            continue;
        }
        const struct check_finding *fail = first_of(findings, r->fail, r->fail_count);
        fail = fail ? fail : outside_of(findings, r);
        const struct check_finding *review = first_of(findings, r->review, r->review_count);
        struct policy_result *out = &results[n++];
        out->row = r;
        out->because = fail     ? check_row(fail->id)->code
                       : review ? check_row(review->id)->code
                                : NULL;
        out->result = fail                       ? RESULT_FAIL
                      : review                   ? RESULT_INCONCLUSIVE
                      : is_tested(r, job, known) ? RESULT_PASS
                                                 : RESULT_NOT_TESTED;
    }
    return n;
}
