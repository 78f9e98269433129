/*
 * facts - what a report says, put into words once for the terminal and for HTML.
 *
 * All text is in the given arena or static; NULL or -1 means that memory is out.
 */
#ifndef REPORT_FACTS_H
#define REPORT_FACTS_H

#include "base/arena.h"
#include "report/strings.h"

/* A line "label: value" of a card. */
struct fact {
    enum string_id label;
    const char *value;
};

struct facts {
    struct fact *items;
    size_t count, capacity;
};

/* The headline: why, and what to do next; one sentence or two each. */
struct headline {
    const char *why, *more, *next; /* more may be "" */
};

int facts_headline(struct arena *a, const struct sp_report *r, enum lang lang,
                   struct headline *out) WARN_UNUSED;

/* Name, size, hash and so on. */
int facts_document(struct arena *a, const struct sp_report *r, enum lang lang,
                   struct facts *out) WARN_UNUSED;

/* Who, when, what is covered, what changed, chain, revocation. */
int facts_signature(struct arena *a, const struct sp_signature *s, enum lang lang,
                    struct facts *out) WARN_UNUSED;

/* "Signature 1 of 2". */
const char *facts_title(struct arena *a, const struct sp_report *r, size_t index, enum lang lang);

/* The name people know a certificate by: common name, else organisation, else subject. */
const char *facts_name(const struct sp_certificate *c, enum lang lang);

/* The value of an attribute ("CN", "O") in an RFC 4514 name, unescaped; NULL when absent. */
const char *facts_rdn(struct arena *a, const char *dn, const char *type);

enum string_id facts_verdict_word(enum sp_verdict v);
enum string_id facts_indication_word(enum sp_indication i);

/* What one signature alone would give the document, and the word for it: its indication, but a
 * signature that is refused for a reason of policy is "not acceptable", not "undecided". */
enum sp_verdict facts_signature_verdict(const struct sp_signature *s);
enum string_id facts_signature_word(const struct sp_signature *s);
enum string_id facts_level_word(enum sp_level l);

/* ---- facts_members.c: the files of a container ---- */

/* "12 files: 11 accepted, ...": files within containers within count, folders do not. */
const char *facts_files(struct arena *a, const struct sp_report *r, enum lang lang);

/* What vouches for the file: "signed by ...", "covered by ...", "not signed". */
const char *facts_member(struct arena *a, const struct sp_member *m, enum lang lang);

/* The reasons that decide the file's verdict, of all places, the first in reasons.def first; at
 * most max of them. Returns their number. None for a container: its files have their own. */
size_t facts_member_reasons(const struct sp_member *m, const struct sp_finding **list, size_t max);

/* The decisive reason among all files and how many others there are; path names the file. */
struct member_pick {
    const struct sp_finding *finding;
    const char *path;
    size_t others;
};
int facts_pick_member(struct arena *a, const struct sp_report *r, enum sp_level level,
                      struct member_pick *out) WARN_UNUSED;

/* True when a chain ends at a root of the Indian CCA, which Adobe's programs do not list. */
bool facts_cca_root(const struct sp_report *r);

/* True when the report was made with demonstration trust. */
bool facts_demo(const struct sp_report *r);

#endif
