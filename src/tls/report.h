/*
 * report - what is written about a scanned service: JSON, text, CSV, HTML, CycloneDX CBOM.
 *
 * The writers read a finished report only. JSON is one object a line (CONTRACT.md, Devices).
 */
#ifndef TLS_REPORT_H
#define TLS_REPORT_H

#include "tls/declared.h"
#include "tls/policy.h"

struct tls_report {
    const struct scan_job *job;
    const struct tls_policy *policy;
    unsigned level;
    struct cert_facts *certs;
    size_t cert_count;
    struct check_list findings;
    struct policy_result results[POLICY_ROWS];
    size_t result_count;
    enum result overall; /* the worst; not-tested when nothing speaks there */
    int64_t now;
    bool hindi;
};

/* What a job is judged by. Borrowed. */
struct report_basis {
    const struct tls_policy *policy;
    unsigned level;
    const struct trust_sets *trust;
    struct known_keys *known;
    const struct declared *declared; /* by the vendor; NULL: nothing */
    int64_t now;
    /* Asks the register of devices about a key; NULL: there is none. Returns 0 or -1. */
    int (*ask)(void *context, struct arena *a, const struct cert_facts *cert,
               struct key_history *out);
    void *context;
};

/* Judges a finished job into the report; memory is the job's arena. Returns 0 or -1. */
int report_make(struct tls_report *r, const struct scan_job *job,
                const struct report_basis *basis) WARN_UNUSED;

/* "yes", "no", "inconclusive": the state of a version for people and machines. */
const char *report_version_state(const struct version_facts *v);

enum { REPORT_MAX = 4 * 1024 * 1024 };

struct json;
struct html;

/* What reports of services and of clients (listen_judge.h) share: findings and requirements, and a
 * cell of a table for a spreadsheet, which is no formula to it. */
void report_json_findings(struct json *j, const struct check_list *list);
void report_html_findings(const struct check_list *list, bool hindi, struct html *h);
void report_html_requirements(const struct policy_result *results, size_t count, unsigned level,
                              bool hindi, struct html *h);
void report_html_cell(struct html *h, bool hindi);
void report_cell(struct buffer *out, const char *text, char after);

/* A requirement with what it is, so that a report can be read without the policy that judged. */
void report_json_requirement(struct json *j, const struct policy_result *one);

void tls_report_json(const struct tls_report *r, struct buffer *out);
void tls_report_text(const struct tls_report *r, bool colour, struct buffer *out);
void report_csv_head(struct buffer *out);
void report_csv(const struct tls_report *r, struct buffer *out);
void report_html_head(struct buffer *out, bool hindi);

/* A word of reports in Hindi, itself without hindi or when there is none. */
const char *report_word(const char *word, bool hindi);
void tls_report_html(const struct tls_report *r, struct buffer *out);
void report_html_end(struct buffer *out);
/* Appends components; number: how many reports that wrote some came before. */
void report_cbom(const struct tls_report *r, size_t number, struct buffer *out);
void report_cbom_head(struct buffer *out, int64_t now);
void report_cbom_end(struct buffer *out);

#endif
