/*
 * policy.h - the settings a verification is judged by.
 *
 * A policy is data: two are built in (`india-dsc`, `generic`), a file may change single settings
 * (sp_policy_from_json). Nothing in the code branches on a profile's name.
 */
#ifndef SATYAPAN_POLICY_H
#define SATYAPAN_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satyapan/reasons.h"

/* What the vendor hands in; some rules apply to declarations only. */
enum sp_document_kind { SP_DOC_DECLARATION, SP_DOC_CERTIFICATE, SP_DOC_TEST_REPORT, SP_DOC_OTHER };

struct sp_policy_level {
    enum sp_reason reason;
    enum sp_level level;
};

struct sp_policy {
    const char *name;
    bool india;                  /* apply the India PKI rows (IT Act, CCA IOG) */
    int64_t grace_seconds;       /* how much newer than a *proven* time revocation data must be */
    int64_t max_crl_age_seconds; /* 0: nextUpdate alone decides */
    bool require_revocation;     /* the whole chain below the anchor needs an answer */
    bool receipt_is_proof;       /* --received counts as proof of existence */
    bool accept_esign;           /* 30-minute Aadhaar eSign certificates may be ACCEPTED */
    bool accept_document_signer; /* document-signer certificates may sign declarations */
    unsigned min_rsa_bits, min_ec_bits;
    const struct sp_policy_level *levels; /* reasons whose level differs from reasons.def */
    size_t level_count;
};

/* The built-in policy of that name, or NULL. Static storage. */
const struct sp_policy *sp_policy_builtin(const char *name);

/* Number and names of the built-in policies, for help texts. */
const char *sp_policy_builtin_name(size_t index);

/* The level this policy gives a reason. */
enum sp_level sp_policy_level(const struct sp_policy *policy, enum sp_reason reason);

/*
 * A policy from a JSON object: {"base": "india-dsc", ...} with any of the keys that
 * sp_policy_to_json writes; what is not given stays as in the base. Unknown keys, words and values
 * out of range are refused. Returns 0 and a policy for sp_policy_free, or -1 with one sentence in
 * error[error_size].
 */
int sp_policy_from_json(const char *text, size_t size, struct sp_policy **out, char *error,
                        size_t error_size) __attribute__((warn_unused_result));

/* The whole policy as one line of JSON for mem_free (base/mem.h) or free(), NULL when memory is
 * out. */
char *sp_policy_to_json(const struct sp_policy *policy);

/* Frees what sp_policy_from_json made; never a built-in policy. NULL is allowed. */
void sp_policy_free(struct sp_policy *policy);

/* "declaration", ...; sp_document_kind_parse returns false for an unknown word. */
const char *sp_document_kind_name(enum sp_document_kind kind);
bool sp_document_kind_parse(const char *word, enum sp_document_kind *out);

#endif
