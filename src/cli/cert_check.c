/*
 * cert_check - the computing half of `cert check`: is one certificate good. See cert_run.h.
 *
 * RFC 5280 in full, policies too; what is only a warning for a document (a departure from the
 * certificate or CRL profile) makes the certificate "not valid" here.
 */
#include "cli/cert_run.h"

#include <jansson.h>

#include "asn1/armor.h"
#include "base/mem.h"
#include "base/utc.h"

enum { CHECK_MEMORY = 256 * 1024 * 1024 };

static const struct sp_policy_level strict_levels[] = {
    {SP_CHAIN_PROFILE_DEVIATION, SP_LEVEL_FAIL},
    {SP_REVOCATION_PROFILE, SP_LEVEL_FAIL},
};

enum exit_code cert_first(struct arena *a, struct span file, struct cert **out, const char **why)
{
    struct armor_item *items;
    size_t count;
    *out = NULL;
    *why = "no certificate in it";
    if (armor_decode(a, file, &items, &count) < 0) {
        return EXIT_INTERNAL;
    }
    for (size_t i = 0; i < count && !*out; i++) {
        if (cert_parse(a, items[i].der, "given", out, why) < 0) {
            return EXIT_INTERNAL;
        }
    }
    return *out ? EXIT_GOOD : EXIT_DATA;
}

static enum exit_code worst(const struct sp_policy *policy, struct sp_findings *findings)
{
    enum exit_code code = EXIT_GOOD;
    for (struct sp_finding *f = findings->first; f; f = f->next) {
        f->level = sp_policy_level(policy, f->reason);
        if (f->level == SP_LEVEL_FAIL) {
            code = EXIT_BAD;
        } else if (f->level == SP_LEVEL_REVIEW && code == EXIT_GOOD) {
            code = EXIT_UNSURE;
        }
    }
    return code;
}

/* The levels of what was said about the paths that were tried. */
static void set_levels(const struct sp_policy *policy, const struct chain_answer *answer)
{
    for (const struct chain_tried *t = answer->tried; t; t = t->next) {
        for (struct sp_finding *f = t->findings.first; f; f = f->next) {
            f->level = sp_policy_level(policy, f->reason);
        }
    }
}

static const char *word(enum exit_code code)
{
    return code == EXIT_GOOD ? "valid" : code == EXIT_BAD ? "not valid" : "cannot tell";
}

/* What is printed. */
struct result {
    struct arena *a;
    const struct cert_check_job *job;
    enum exit_code code;
    const struct chain_answer *answer;
    const struct sp_findings *findings;
};

/* "not-needed" is what a policy says; here the caller simply gave no CRLs and no OCSP answers. */
static const char *status_of(const struct result *r, const struct sp_revocation *row)
{
    bool idle = !r->job->revocation && strcmp(row->status, "not-needed") == 0;
    return idle ? "not-checked" : row->status;
}

static void print_path(const struct result *r, struct cert *const *path, size_t n,
                       const char *indent, struct buffer *out)
{
    for (size_t i = 0; i < n; i++) {
        const char *name = cert_name_text(r->a, path[i]->subject);
        buffer_printf(out, "%s  chain[%zu]  %s (%s)\n", indent, i, name ? name : "?",
                      path[i]->source);
    }
}

/* Departures from the profiles of RFC 5280 are told apart from what breaks its rules. */
static bool is_deviation(const struct sp_finding *f)
{
    return f->reason == SP_CHAIN_PROFILE_DEVIATION || f->reason == SP_CHAIN_PROFILE_MINOR ||
           f->reason == SP_REVOCATION_PROFILE;
}

static void print_findings(const struct sp_findings *findings, bool deviations, const char *indent,
                           struct buffer *out)
{
    bool head = deviations;
    for (const struct sp_finding *f = findings->first; f; f = f->next) {
        const struct sp_reason_row *row = sp_reason_row(f->reason);
        if (is_deviation(f) != deviations) {
            continue;
        }
        if (head) {
            buffer_printf(out, "%sDepartures from the profile:\n", indent);
            head = false;
        }
        buffer_printf(out, "%s%-6s %s (%s)\n%s       %s\n", indent, sp_level_name(f->level),
                      row->code, f->where, indent, f->text);
        if (*row->hint && !*indent) {
            buffer_printf(out, "       To do: %s\n", row->hint);
        }
    }
}

static const char *end_word(const struct chain_tried *t)
{
    return t->accepted   ? "accepted"
           : t->complete ? "rejected"
                         : "rejected, reaches no trusted root";
}

static int print_text(const struct result *r, struct buffer *out)
{
    size_t n = 0;
    buffer_printf(out, "%s\n", word(r->code));
    print_path(r, r->answer->path, r->answer->path_count, "", out);
    if (!r->job->revocation && r->answer->revocation_count) {
        buffer_str(out, "  revocation: not checked (no --crl and no --ocsp was given)\n");
    }
    for (size_t i = 0; r->job->revocation && i < r->answer->revocation_count; i++) {
        const struct sp_revocation *row = &r->answer->revocation[i];
        buffer_printf(out, "  revocation %s: %s%s%s\n", row->certificate, row->status,
                      row->source && *row->source ? ", " : "", row->source ? row->source : "");
    }
    print_findings(r->findings, false, "", out);
    print_findings(r->findings, true, "", out);
    for (const struct chain_tried *t = r->job->verbose ? r->answer->tried : NULL; t; t = t->next) {
        buffer_printf(out, "path %zu: %s\n", ++n, end_word(t));
        print_path(r, t->path, t->path_count, "  ", out);
        print_findings(&t->findings, false, "    ", out);
        print_findings(&t->findings, true, "    ", out);
    }
    return buffer_ok(out) ? 0 : -1;
}

static json_t *finding_json(const struct sp_finding *f)
{
    const struct sp_reason_row *row = sp_reason_row(f->reason);
    return json_pack("{ss ss ss ss ss ss ss ss}", "code", row->code, "level",
                     sp_level_name(f->level), "where", f->where, "cite", row->cite, "text", f->text,
                     "text_hi", f->text_hi, "hint", row->hint, "hint_hi", row->hint_hi);
}

static json_t *chain_json(struct arena *a, struct cert *const *path, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < n; i++) {
        struct sp_certificate d;
        if (cert_describe(a, path[i], &d) < 0 ||
            json_array_append_new(list, json_pack("{ss ss ss}", "subject", d.subject, "sha256",
                                                  d.sha256, "source", d.source)) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *time_json(int64_t t)
{
    char text[UTC_TEXT];
    return t == SP_NO_TIME ? json_null() : json_string(utc_rfc3339(t, text));
}

static json_t *revocation_json(const struct result *result)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < result->answer->revocation_count; i++) {
        const struct sp_revocation *r = &result->answer->revocation[i];
        json_t *o = json_pack("{ss ss ss so}", "certificate", r->certificate, "status",
                              status_of(result, r), "source", r->source, "produced_at",
                              time_json(r->produced_at));
        if (json_array_append_new(list, o) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

enum choice { ALL, DEVIATIONS };

static json_t *findings_json(const struct sp_findings *findings, enum choice choice)
{
    json_t *list = json_array();
    for (const struct sp_finding *f = findings->first; list && f; f = f->next) {
        bool wanted = choice == ALL || is_deviation(f);
        if (wanted && json_array_append_new(list, finding_json(f)) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* Every path that was tried, best or not, with all that was said about it. */
static json_t *paths_json(const struct result *r)
{
    json_t *list = json_array();
    for (const struct chain_tried *t = r->answer->tried; list && t; t = t->next) {
        json_t *o = json_pack(
            "{so sb sb so}", "certificates", chain_json(r->a, t->path, t->path_count), "complete",
            t->complete, "accepted", t->accepted, "findings", findings_json(&t->findings, ALL));
        if (json_array_append_new(list, o) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static int print_json(const struct result *r, struct buffer *out)
{
    json_t *o =
        json_pack("{ss ss so so so so so}", "schema", "satyapan-cert/1", "result", word(r->code),
                  "chain", chain_json(r->a, r->answer->path, r->answer->path_count), "revocation",
                  revocation_json(r), "findings", findings_json(r->findings, ALL), "deviations",
                  findings_json(r->findings, DEVIATIONS), "paths", paths_json(r));
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    if (text) {
        buffer_str(out, text);
        buffer_char(out, '\n');
    }
    mem_free(text);
    json_decref(o);
    return text && buffer_ok(out) ? 0 : -1;
}

static int print(const struct result *r, struct buffer *out)
{
    return r->job->json ? print_json(r, out) : print_text(r, out);
}

static enum exit_code check(struct arena *a, const struct cert_check_job *job, struct buffer *out)
{
    uint64_t failures = mem_failures();
    struct sp_policy policy = *sp_policy_builtin("generic");
    policy.name = "cert-check";
    policy.require_revocation = job->revocation;
    policy.levels = strict_levels;
    policy.level_count = sizeof strict_levels / sizeof *strict_levels;
    struct sp_findings findings, evidence_findings;
    struct pool *pool;
    struct chain_answer answer;
    struct cert *leaf;
    const char *why;
    findings_init(&findings);
    findings_init(&evidence_findings);
    enum exit_code code = cert_first(a, job->leaf, &leaf, &why);
    if (code == EXIT_DATA) {
        finding_add(a, &findings, SP_CHAIN_CONSTRAINTS, "leaf", "(unreadable)", why, NULL);
        answer = (struct chain_answer){0};
        code = worst(&policy, &findings);
        return print(&(struct result){a, job, code, &answer, &findings}, out) < 0 ? EXIT_INTERNAL
                                                                                  : code;
    }
    if (code != EXIT_GOOD) {
        return code;
    }
    struct chain_question q = {.leaf = leaf,
                               .purpose = job->purpose,
                               .time = job->time,
                               .time_proven = job->time_given,
                               .now = job->now,
                               .policy = &policy};
    struct chain_options options = job->options;
    options.all_paths = job->json || job->verbose;
    if (pool_new(a, job->evidence, &evidence_findings, &pool) < 0 ||
        chain_judge_with(a, pool, &q, &options, &findings, &answer) < 0) {
        return EXIT_INTERNAL;
    }
    code = worst(&policy, &findings);
    set_levels(&policy, &answer);
    if (code == EXIT_GOOD && !answer.anchored) {
        code = EXIT_UNSURE;
    }
    if (print(&(struct result){a, job, code, &answer, &findings}, out) < 0) {
        return EXIT_INTERNAL;
    }
    /* A library may answer a failed allocation with "success": no verdict then. */
    return mem_failures() == failures ? code : EXIT_INTERNAL;
}

enum exit_code cert_check_run(const struct cert_check_job *job, struct buffer *out)
{
    struct arena *a = arena_new(CHECK_MEMORY);
    enum exit_code code = a ? check(a, job, out) : EXIT_INTERNAL;
    arena_free(a);
    return code;
}
