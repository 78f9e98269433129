/*
 * docmdp - what signatures forbid afterwards (ISO 32000-2 12.8.2.2, 12.8.2.4, 12.7.5.5).
 *
 * DocMDP (certification): P, absent = 2; it must be the first signature and the only one.
 * FieldMDP and /Lock: form fields that may not change any more, named exactly ("Signature 1" does
 * not lock "Signature 10") or as the head of a longer name.
 */
#include "format/pdf/internal.h"

/* P of a dictionary; absent is 2, anything that is not 1..3 is taken as the strictest. */
static int permission(struct pdf_doc *d, const struct pdf_obj *o, size_t rev, int absent)
{
    const struct pdf_obj *p = doc_get(d, o, "P", rev);
    if (!p) {
        return absent;
    }
    return p->type == PDF_INT && p->i >= 1 && p->i <= 3 ? (int)p->i : 1;
}

static void stricter(struct pdf_sig *s, int p)
{
    s->p = p && (s->p == 0 || p < s->p) ? p : s->p;
}

/* The n-th signature reference dictionary with this method, NULL at the end. */
static const struct pdf_obj *reference(struct pdf_doc *d, const struct pdf_sig *s,
                                       const char *method, size_t *at)
{
    const struct pdf_obj *list = doc_get(d, s->dict, "Reference", s->rev);
    for (; list && list->type == PDF_ARRAY && *at < list->n; ++*at) {
        const struct pdf_obj *ref = doc_resolve(d, &list->items[*at], s->rev);
        if (object_is_name(doc_get(d, ref, "TransformMethod", s->rev), method)) {
            ++*at;
            return ref;
        }
    }
    return NULL;
}

/* A FieldMDP TransformParams or a SigFieldLock. What we cannot read locks everything. */
static void add_lock(struct pdf_doc *d, size_t sig, const struct pdf_obj *o)
{
    size_t rev = d->sigs[sig].rev;
    if (!doc_grow(d, (void **)&d->locks, &d->lock_cap, d->lock_count + 1, sizeof *d->locks)) {
        return;
    }
    struct pdf_lock *lock = &d->locks[d->lock_count++];
    *lock = (struct pdf_lock){.sig = sig, .action = LOCK_ALL};
    const struct pdf_obj *action = doc_get(d, o, "Action", rev);
    const struct pdf_obj *list = doc_get(d, o, "Fields", rev);
    bool include = object_is_name(action, "Include");
    if (!include && !object_is_name(action, "Exclude")) {
        return;
    }
    lock->action = include ? LOCK_INCLUDE : LOCK_EXCLUDE;
    size_t n = list && list->type == PDF_ARRAY ? list->n : 0;
    lock->names = doc_alloc(d, n, sizeof *lock->names);
    for (size_t i = 0; lock->names && i < n && !d->failed; i++) {
        const struct pdf_obj *name = doc_resolve(d, &list->items[i], rev);
        const char *text = name && name->type == PDF_STRING ? object_text(d, name) : NULL;
        if (text) {
            lock->names[lock->count++] = text;
        }
    }
}

static void read_one(struct pdf_doc *d, size_t index)
{
    struct pdf_sig *s = &d->sigs[index];
    size_t at = 0;
    const struct pdf_obj *ref = reference(d, s, "DocMDP", &at);
    s->certifies = s->certifies || ref != NULL;
    if (s->certifies) {
        const struct pdf_obj *params = doc_get(d, ref, "TransformParams", s->rev);
        stricter(s, permission(d, params, s->rev, 2));
    }
    if (s->lock) {
        stricter(s, permission(d, s->lock, s->rev, 0));
        add_lock(d, index, s->lock);
    }
    for (at = 0; (ref = reference(d, s, "FieldMDP", &at)) != NULL;) {
        add_lock(d, index, doc_get(d, ref, "TransformParams", s->rev));
    }
}

void docmdp_read(struct pdf_doc *d)
{
    const struct pdf_sig *certification = NULL;
    size_t signers = 0; /* before this one; a time-stamp is nobody's signature */
    for (size_t i = 0; i < d->sig_count; i++) {
        struct pdf_sig *s = &d->sigs[i];
        if (s->out->broken || !s->dict) {
            continue;
        }
        read_one(d, i);
        const char *where = doc_text(d, "sig[%zu]", i);
        if (s->certifies && certification) {
            finding_add(d->arena, &s->out->findings, SP_PDF_CERTIFIED_TWICE, where, NULL);
        } else if (s->certifies && signers > 0) {
            finding_add(d->arena, &s->out->findings, SP_PDF_CERTIFIED_LATE, where, NULL);
        }
        certification = s->certifies ? s : certification;
        signers += s->out->kind != SP_KIND_DOCTIMESTAMP;
    }
}

int docmdp_level(const struct pdf_doc *d, size_t rev, bool *certified)
{
    int level = 0;
    *certified = false;
    for (size_t i = 0; i < d->sig_count; i++) {
        const struct pdf_sig *s = &d->sigs[i];
        if (s->out->broken || s->signed_rev > rev) {
            continue;
        }
        *certified = *certified || s->certifies;
        level = s->p && (level == 0 || s->p < level) ? s->p : level;
    }
    return level;
}

/* The field itself, or a field below it. */
static bool names(const char *listed, const char *field)
{
    size_t n = strlen(listed);
    return strncmp(listed, field, n) == 0 && (field[n] == 0 || field[n] == '.');
}

static bool covers(const struct pdf_lock *lock, const char *field)
{
    if (lock->action == LOCK_ALL || !field) {
        return true;
    }
    for (size_t i = 0; i < lock->count; i++) {
        if (names(lock->names[i], field)) {
            return lock->action == LOCK_INCLUDE;
        }
    }
    return lock->action == LOCK_EXCLUDE;
}

const struct pdf_sig *docmdp_locks(const struct pdf_doc *d, size_t rev, const char *field)
{
    for (size_t i = 0; i < d->lock_count; i++) {
        const struct pdf_sig *s = &d->sigs[d->locks[i].sig];
        if (s->signed_rev <= rev && covers(&d->locks[i], field)) {
            return s;
        }
    }
    return NULL;
}
