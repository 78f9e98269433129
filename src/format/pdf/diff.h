/*
 * diff - what two consecutive revisions may differ in: shared by diff*.c only.
 *
 * A whitelist (ISO 32000-2 12.8.2.2.2). Objects of the older revision fall into three kinds:
 *   primary   catalog, page tree, form fields: compared key by key, then claimed
 *   payload   what a permitted change may replace (appearance and value of a field that may be
 *             filled, annotations, metadata): may change if nothing else uses it
 *   other     everything reached in any other way (page content, fonts, actions): must not change
 * A changed object that is neither claimed nor payload, or payload that is also "other", is
 * forbidden.
 */
#ifndef FORMAT_PDF_DIFF_H
#define FORMAT_PDF_DIFF_H

#include "format/pdf/internal.h"

/* Counted apart, so that a change of one kind cannot pass as one of another. */
enum payload {
    PAYLOAD_FORM,
    PAYLOAD_PROPERTIES,
    PAYLOAD_ANNOTATION,
    PAYLOAD_STRUCTURE,
    PAYLOAD_KINDS
};

struct change {
    enum sp_reason reason;
    enum sp_modification kind;
    const char *args[4];
};

struct node_index {
    uint32_t num, at;
};

struct diff {
    struct pdf_doc *d;
    struct arena *a; /* of this pair */
    size_t old, new;
    const char *rev; /* number of the newer revision, for people */
    bool certified;
    int p; /* DocMDP level in force, 0: none */
    struct pdf_form old_form, new_form;
    struct node_index *old_nodes, *new_nodes; /* sorted by number */
    size_t old_node_count, new_node_count;
    struct walk changed;  /* existing objects whose content changed or that were deleted */
    struct walk carriers; /* object and cross-reference streams of the newer revision */
    struct walk primary;  /* objects with a role of their own in the older revision */
    struct walk claimed;  /* changed primary objects that were compared */
    struct walk payload[PAYLOAD_KINDS][2]; /* may be replaced: older, newer revision */
    struct walk other;                     /* must not change */
    struct change *changes;
    size_t change_count, change_cap;
    enum sp_modification worst;
    bool forbidden;
    size_t *relies; /* signatures the changes rely on */
    size_t relies_count, relies_cap;
    int64_t seals; /* area of the visible signatures that are new, square points */
    size_t page;   /* while comparing pages: number of the current one */
};

/* Records a change; the reason's level decides whether it is forbidden. */
void diff_add(struct diff *x, enum sp_reason reason, enum sp_modification kind, const char *a,
              const char *b);
const char *diff_key(struct diff *x, struct span key);
const char *diff_number(struct diff *x, uint64_t n);
/* Calls fn for every key whose value is not the same as written; NULL stands for absent. */
void diff_keys(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new,
               void (*fn)(struct diff *, struct span key, const struct pdf_obj *old,
                          const struct pdf_obj *new, void *arg),
               void *arg);
/* Everything these values lead to may be replaced, if nothing else uses it.
 * True when something of it was replaced and is counted here for the first time. */
bool diff_payload(struct diff *x, enum payload kind, const struct pdf_obj *old,
                  const struct pdf_obj *new);
/* The object a reference names may be replaced, not what it leads to. */
void diff_payload_ref(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new);
void diff_claim(struct diff *x, uint32_t num);
bool diff_same_target(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new);
uint32_t diff_ref(const struct pdf_obj *o); /* object number, 0 when it is no reference */

/* diff_catalog.c */
void diff_catalog(struct diff *x);
/* diff_form.c */
void diff_form_index(struct diff *x);
const struct pdf_field *diff_node(const struct diff *x, bool newer, uint32_t num);
void diff_form_fields(struct diff *x);
/* diff_page.c */
void diff_page_roles(struct diff *x, const struct pdf_obj *root);
void diff_pages(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new);

#endif
