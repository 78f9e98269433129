/*
 * listen_judge - what the attempts of a client amount to: results of cases, findings, requirements.
 *
 * A pure function of the client's record, the cases and the policy. A requirement is judged by the
 * findings that its row names: it fails when one is there, and passes only when every case behind
 * them was seen; a case that was never shown, or that proves nothing, makes it inconclusive.
 */
#ifndef TLS_LISTEN_JUDGE_H
#define TLS_LISTEN_JUDGE_H

#include "tls/listen.h"
#include "tls/report.h"

struct listen_report {
    const struct listen_client *client;
    const struct case_list *cases;
    const struct tls_policy *policy;
    unsigned level;
    struct case_result results[CASES_MAX];
    struct check_list findings;
    struct policy_result requirements[POLICY_ROWS];
    size_t requirement_count;
    enum result overall;
    bool controlled;
    struct cert_facts *certificate; /* the device's own; NULL: none was shown */
    int64_t now;
    bool hindi, complete;
};

/* Judges a client; memory is the arena's. Of the basis: policy, level, known keys, clock, and the
 * register that is asked about the device's own key. Returns 0 or -1. */
int listen_judge(struct listen_report *r, struct arena *a, const struct listen_client *client,
                 const struct case_list *cases, const struct report_basis *basis) WARN_UNUSED;

/* The requirements that a finding breaks, "A, B", into out[n]. */
const char *listen_requirements(const struct tls_policy *policy, enum check finding, char *out,
                                size_t n);

enum { LISTEN_REPORT_MAX = 8 * 1024 * 1024 };

/* What a case says about its client: "yes": as a sound one does, "no", "unsure": it cannot be told,
 * "never": it was not seen, "any": whatever it does is right. */
const char *listen_sound(const struct case_result *r);

/* Writers. JSON is one object a line. */
void listen_json(const struct listen_report *r, struct buffer *out);
void listen_json_event(const struct listen_event *e, int64_t now, struct buffer *out);
void listen_text(const struct listen_report *r, bool colour, struct buffer *out);
void listen_csv_head(struct buffer *out);
void listen_csv(const struct listen_report *r, struct buffer *out);
void listen_html(const struct listen_report *r, struct buffer *out);

#endif
