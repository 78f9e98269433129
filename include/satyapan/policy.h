/*
 * policy.h - the settings a verification is judged by.
 *
 * A policy is data: two are built in (`india-dsc`, `generic`), a file may change single switches
 * (sp_policy_from_json). The switches are rows of switches.def. Nothing in the code branches on a
 * profile's name.
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

/* Texts of a list switch: hex SHA-256 (a note may follow it) or dotted OIDs. */
struct sp_policy_list {
    const char *const *items;
    size_t count;
};

/* One member for each row of switches.def that is no level; what each means is said there. */
struct sp_policy {
    const char *name;
#define SWITCH_FLAG(key, india_, generic_, source, en, hi)              bool key;
#define SWITCH_NUMBER(key, unit, max, india_, generic_, source, en, hi) int64_t key;
#define SWITCH_LIST(key, what, source, en, hi)                          struct sp_policy_list key;
#include "satyapan/switches.def"
    const struct sp_policy_level *levels; /* reasons whose level differs from reasons.def */
    size_t level_count;
};

enum sp_switch_kind {
    SP_SWITCH_FLAG,
    SP_SWITCH_NUMBER,
    SP_SWITCH_LEVEL,
    SP_LIST_SHA256,
    SP_LIST_OID
};

/* One row of switches.def. */
struct sp_switch {
    const char *key;
    enum sp_switch_kind kind;
    size_t offset;         /* of the member; not for levels */
    const char *unit;      /* numbers only */
    int64_t max;           /* numbers only */
    enum sp_reason reason; /* levels only */
    const char *source, *text, *text_hi;
};

/* The row at index, in the order of switches.def; NULL behind the last. */
const struct sp_switch *sp_policy_switch(size_t index);

/* "accept", "warn", "review", "reject": how a level switch is written. */
const char *sp_switch_level_word(enum sp_level level);

/* A list holds this SHA-256; the note behind it does not count. */
bool sp_policy_lists(const struct sp_policy_list *list, const uint8_t sha256[32]);

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

/* The same as a file for people: one switch a line, with an object "about" that explains each in
 * both languages and names its source. Freed likewise. */
char *sp_policy_to_file(const struct sp_policy *policy);

/* Frees what sp_policy_from_json made; never a built-in policy. NULL is allowed. */
void sp_policy_free(struct sp_policy *policy);

/* "declaration", ...; sp_document_kind_parse returns false for an unknown word. */
const char *sp_document_kind_name(enum sp_document_kind kind);
bool sp_document_kind_parse(const char *word, enum sp_document_kind *out);

#endif
