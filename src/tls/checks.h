/*
 * checks - what the facts of a service amount to: findings, each a row of checks.def.
 *
 * A pure function of the facts and the certificate. Which finding breaks which requirement is
 * policy.
 */
#ifndef TLS_CHECKS_H
#define TLS_CHECKS_H

#include "satyapan/reasons.h"
#include "tls/certificate.h"
#include "tls/scan.h"

enum check {
#define CHECK(id, code, level, cite, en, hi, hint, hint_hi) CHECK_##id,
#include "tls/checks.def"
#undef CHECK
    CHECK_COUNT
};

struct check_row {
    const char *code;
    enum sp_level level;
    const char *cite, *text, *text_hi, *hint, *hint_hi;
};

/* The row; never NULL below CHECK_COUNT. */
const struct check_row *check_row(enum check id);
enum check check_by_code(const char *code); /* CHECK_COUNT: none */

struct check_finding {
    enum check id;
    const char *where; /* "TLSv1.0", "certificate", ... */
    const char *text, *text_hi;
    struct check_finding *next;
};

struct check_list {
    struct arena *arena;
    struct check_finding *first, **end;
    size_t count;
};

void checks_init(struct check_list *list, struct arena *a);

/* Adds a finding with up to two details (NULL: none). Memory that runs out is counted by mem. */
void checks_add(struct check_list *list, enum check id, const char *where, const char *detail,
                const char *second);

/* The same with one detail in both languages. */
void checks_add_words(struct check_list *list, enum check id, const char *where, const char *en,
                      const char *hi);

/* All findings of a service. certs: the judged chains, in the order of facts.chains. */
void checks_run(struct check_list *list, const struct scan_job *job, const struct cert_facts *certs,
                size_t cert_count);

#endif
