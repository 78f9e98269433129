/*
 * report_text - one service for a terminal. See report.h.
 *
 * Colour only marks what a word says too.
 */
#include <stdio.h>

#include "base/utc.h"
#include "tls/report.h"

enum { LABEL = 14 };

struct page {
    struct buffer *out;
    const struct tls_report *r;
    bool colour;
};

enum tone { TONE_GOOD, TONE_BAD, TONE_UNSURE, TONE_PLAIN };

static void tone(const struct page *p, enum tone t, const char *text)
{
    static const char *const codes[] = {"\033[32m", "\033[31m", "\033[33m", ""};
    bool marked = p->colour && t != TONE_PLAIN;
    buffer_printf(p->out, "%s%s%s", marked ? codes[t] : "", text, marked ? "\033[0m" : "");
}

static void label(const struct page *p, const char *text)
{
    buffer_printf(p->out, "  %-*s", LABEL, text);
}

static enum tone tone_of(enum result r)
{
    static const enum tone tones[] = {TONE_GOOD, TONE_BAD, TONE_UNSURE, TONE_PLAIN};
    return tones[r];
}

static void put_head(const struct page *p)
{
    const struct scan_job *job = p->r->job;
    buffer_printf(p->out, "%s  port %u  %s: ", job->target->given, job->port, job->service->name);
    if (job->state != SCAN_TLS) {
        buffer_printf(p->out, "%s%s%s\n", scan_state_name(job->state), job->ended ? ", " : "",
                      job->ended ? job->ended : "");
    } else {
        tone(p, tone_of(p->r->overall), result_name(p->r->overall));
        if (p->r->level == POLICY_ALL) {
            buffer_str(p->out, " by all levels\n");
        } else {
            buffer_printf(p->out, " at level %u\n", p->r->level);
        }
    }
    if (job->banner[0]) {
        label(p, "says");
        buffer_printf(p->out, "%s\n", job->banner);
    }
}

static void put_versions(const struct page *p)
{
    const struct tls_facts *f = &p->r->job->facts;
    char name[TLS_NAME];
    label(p, "versions");
    for (size_t i = 0; i < f->version_count; i++) {
        const struct version_facts *v = &f->versions[i];
        bool good = v->version == TLS_12 || v->version == TLS_13 || v->version == DTLS_12;
        enum tone t = v->state == KNOWN_UNSURE ? TONE_UNSURE
                      : v->state != KNOWN_YES  ? TONE_PLAIN
                      : good                   ? TONE_GOOD
                                               : TONE_BAD;
        buffer_printf(p->out, "%s%s ", i ? ", " : "", tls_version_name(v->version, name));
        tone(p, t, report_version_state(v));
    }
    buffer_char(p->out, '\n');
}

static void put_suites(const struct page *p)
{
    const struct tls_facts *f = &p->r->job->facts;
    char name[TLS_NAME], number[TLS_NAME];
    for (size_t i = f->version_count; i-- > 0;) {
        const struct version_facts *v = &f->versions[i];
        for (size_t k = 0; v->state == KNOWN_YES && k < v->count; k++) {
            label(p, k ? "" : tls_version_name(v->version, name));
            buffer_printf(p->out, "%s%s\n", tls_suite_name(v->suites[k], number),
                          k + 1 == v->count && !v->complete ? "  (perhaps more)" : "");
        }
    }
    label(p, "order by");
    buffer_printf(p->out, "%s\n",
                  f->order == ORDER_SERVER   ? "the device"
                  : f->order == ORDER_CLIENT ? "the client"
                                             : "not known (one suite)");
}

static void put_groups(const struct page *p)
{
    const struct tls_facts *f = &p->r->job->facts;
    char name[TLS_NAME];
    if (f->group_count) {
        label(p, "groups");
        for (size_t i = 0; i < f->group_count; i++) {
            buffer_printf(p->out, "%s%s", i ? ", " : "", tls_group_name(f->groups[i], name));
        }
        buffer_str(p->out, f->groups_complete ? "\n" : " (at least)\n");
    }
    if (f->dh_bits) {
        label(p, "DH");
        buffer_printf(p->out, "%u bits%s%s\n", f->dh_bits, f->dh_name ? ", " : "",
                      f->dh_name ? f->dh_name : "");
    }
}

static void put_certificate(const struct page *p, const struct cert_facts *c)
{
    static const char *const sets[] = {"CCA", "system", "laboratory"};
    char from[UTC_TEXT], to[UTC_TEXT];
    label(p, "certificate");
    if (!c->leaf) {
        buffer_printf(p->out, "cannot be read: %s\n", c->error);
        return;
    }
    buffer_printf(p->out, "%s\n", c->subject);
    label(p, "");
    buffer_printf(p->out, "%s %u bits, %s, %s to %s\n", c->kind, c->bits, c->signature,
                  utc_rfc3339(c->leaf->not_before, from), utc_rfc3339(c->leaf->not_after, to));
    label(p, "");
    buffer_printf(p->out, "chain %s", chain_form_name(c->form));
    for (size_t i = 0; i < TRUST_SETS; i++) {
        if (c->trust[i] != TRUST_NOT_ASKED) {
            buffer_printf(p->out, "; %s: %s", sets[i], trust_verdict_name(c->trust[i]));
        }
    }
    buffer_printf(p->out, "; name %s\n", c->name_matches || c->ip_matches ? "matches" : "differs");
}

static void put_findings(const struct page *p)
{
    static const enum sp_level order[] = {SP_LEVEL_FAIL, SP_LEVEL_REVIEW, SP_LEVEL_WARN,
                                          SP_LEVEL_INFO};
    static const enum tone tones[] = {TONE_PLAIN, TONE_PLAIN, TONE_UNSURE, TONE_BAD};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        for (const struct check_finding *f = p->r->findings.first; f; f = f->next) {
            const struct check_row *row = check_row(f->id);
            if (row->level != order[i]) {
                continue;
            }
            char word[16];
            (void)snprintf(word, sizeof word, "  %-7s", sp_level_name(row->level));
            tone(p, tones[row->level], word);
            buffer_printf(p->out, "%s (%s)\n", p->r->hindi ? f->text_hi : f->text, row->code);
        }
    }
}

static void put_results(const struct page *p)
{
    for (size_t i = 0; i < p->r->result_count; i++) {
        const struct policy_result *one = &p->r->results[i];
        char word[24];
        if (one->result == RESULT_NOT_TESTED) {
            continue;
        }
        buffer_printf(p->out, "  %-24s", one->row->id);
        (void)snprintf(word, sizeof word, "%-14s", result_name(one->result));
        tone(p, tone_of(one->result), word);
        buffer_printf(p->out, "%s\n", one->because ? one->because : "");
    }
}

static void put_costs(const struct page *p)
{
    const struct scan_job *job = p->r->job;
    label(p, "took");
    buffer_printf(p->out, "%u connections, %.2f s:", job->connections,
                  (double)job->total_ms / 1000);
    for (size_t i = 0; i < COST_KINDS; i++) {
        buffer_printf(p->out, " %s %.2f", scan_cost_name((enum scan_cost)i),
                      (double)job->ms[i] / 1000);
    }
    buffer_char(p->out, '\n');
}

void tls_report_text(const struct tls_report *r, bool colour, struct buffer *out)
{
    struct page p = {.out = out, .r = r, .colour = colour};
    put_head(&p);
    if (r->job->state == SCAN_TLS) {
        put_versions(&p);
        put_suites(&p);
        put_groups(&p);
        for (size_t i = 0; i < r->cert_count; i++) {
            put_certificate(&p, &r->certs[i]);
        }
    }
    put_findings(&p);
    put_results(&p);
    put_costs(&p);
}
