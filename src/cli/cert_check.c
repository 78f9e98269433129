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

static const char *word(enum exit_code code)
{
    return code == EXIT_GOOD ? "valid" : code == EXIT_BAD ? "not valid" : "cannot tell";
}

static int print_text(struct arena *a, enum exit_code code, const struct chain_answer *answer,
                      const struct sp_findings *findings, struct buffer *out)
{
    buffer_printf(out, "%s\n", word(code));
    for (size_t i = 0; i < answer->path_count; i++) {
        const char *name = cert_name_text(a, answer->path[i]->subject);
        buffer_printf(out, "  chain[%zu]  %s (%s)\n", i, name ? name : "?",
                      answer->path[i]->source);
    }
    for (size_t i = 0; i < answer->revocation_count; i++) {
        const struct sp_revocation *r = &answer->revocation[i];
        buffer_printf(out, "  revocation %s: %s%s%s\n", r->certificate, r->status,
                      r->source && *r->source ? ", " : "", r->source ? r->source : "");
    }
    for (const struct sp_finding *f = findings->first; f; f = f->next) {
        const struct sp_reason_row *row = sp_reason_row(f->reason);
        buffer_printf(out, "%-6s %s (%s)\n       %s\n", sp_level_name(f->level), row->code,
                      f->where, f->text);
        if (*row->hint) {
            buffer_printf(out, "       To do: %s\n", row->hint);
        }
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

static json_t *chain_json(struct arena *a, const struct chain_answer *answer)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < answer->path_count; i++) {
        struct sp_certificate d;
        if (cert_describe(a, answer->path[i], &d) < 0 ||
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

static json_t *revocation_json(const struct chain_answer *answer)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < answer->revocation_count; i++) {
        const struct sp_revocation *r = &answer->revocation[i];
        json_t *o = json_pack("{ss ss ss so}", "certificate", r->certificate, "status", r->status,
                              "source", r->source, "produced_at", time_json(r->produced_at));
        if (json_array_append_new(list, o) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static int print_json(struct arena *a, enum exit_code code, const struct chain_answer *answer,
                      const struct sp_findings *findings, struct buffer *out)
{
    json_t *list = json_array();
    for (const struct sp_finding *f = findings->first; list && f; f = f->next) {
        if (json_array_append_new(list, finding_json(f)) < 0) {
            json_decref(list);
            return -1;
        }
    }
    json_t *o =
        json_pack("{ss ss so so so}", "schema", "satyapan-cert/1", "result", word(code), "chain",
                  chain_json(a, answer), "revocation", revocation_json(answer), "findings", list);
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    if (text) {
        buffer_str(out, text);
        buffer_char(out, '\n');
    }
    mem_free(text);
    json_decref(o);
    return text && buffer_ok(out) ? 0 : -1;
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
        return (job->json ? print_json : print_text)(a, code, &answer, &findings, out) < 0
                   ? EXIT_INTERNAL
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
    if (pool_new(a, job->evidence, &evidence_findings, &pool) < 0 ||
        chain_judge_with(a, pool, &q, &job->options, &findings, &answer) < 0) {
        return EXIT_INTERNAL;
    }
    code = worst(&policy, &findings);
    if (code == EXIT_GOOD && !answer.anchored) {
        code = EXIT_UNSURE;
    }
    if ((job->json ? print_json : print_text)(a, code, &answer, &findings, out) < 0) {
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
