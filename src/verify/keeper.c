/*
 * keeper - see keeper.h.
 */
#include "verify/keeper.h"

#include <stdlib.h>

#include "base/finding.h"
#include "base/mem.h"
#include "chain/want.h"

#define ADOPTED_MAX ((size_t)256 * 1024 * 1024)

struct keeper {
    struct arena *a;
    const char **table; /* open addressing; capacity is a power of two */
    size_t count, capacity;
    size_t adopted; /* octets in the arenas of other reports */
    bool failed;
};

struct keeper *keeper_for(struct sp_report *owner)
{
    if (!owner->keeper) {
        owner->keeper = arena_alloc(owner->arena, sizeof *owner->keeper);
        if (owner->keeper) {
            owner->keeper->a = owner->arena;
        }
    }
    return owner->keeper;
}

bool keeper_failed(const struct keeper *k)
{
    return k->failed;
}

static size_t place_of(const struct keeper *k, const char *s)
{
    uint64_t h = 14695981039346656037ULL; /* FNV-1a */
    for (const char *c = s; *c; c++) {
        h = (h ^ (uint8_t)*c) * 1099511628211ULL;
    }
    size_t i = (size_t)(h >> 16) & (k->capacity - 1);
    while (k->table[i] && strcmp(k->table[i], s) != 0) {
        i = (i + 1) & (k->capacity - 1);
    }
    return i;
}

static bool grow(struct keeper *k)
{
    struct keeper old = *k;
    k->capacity = old.capacity ? old.capacity * 2 : 256;
    k->table = arena_array(k->a, k->capacity, sizeof *k->table);
    if (!k->table) {
        *k = old;
        k->failed = true;
        return false;
    }
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.table[i]) {
            k->table[place_of(k, old.table[i])] = old.table[i];
        }
    }
    return true;
}

const char *keeper_text(struct keeper *k, const char *s)
{
    if (!s || (k->count * 2 >= k->capacity && !grow(k))) {
        return NULL;
    }
    size_t i = place_of(k, s);
    if (!k->table[i]) {
        k->table[i] = arena_str(k->a, span_str(s));
        k->count += k->table[i] != NULL;
        k->failed = k->failed || !k->table[i];
    }
    return k->table[i];
}

static void *room(struct keeper *k, size_t count, size_t size)
{
    void *p = count ? arena_array(k->a, count, size) : NULL;
    k->failed = k->failed || (count && !p);
    return p;
}

void keeper_findings(struct keeper *k, struct sp_findings *to, const struct sp_findings *from)
{
    for (const struct sp_finding *f = from->first; f; f = f->next) {
        struct sp_finding *copy = room(k, 1, sizeof *copy);
        if (!copy) {
            return;
        }
        *copy = (struct sp_finding){.reason = f->reason,
                                    .level = f->level,
                                    .where = keeper_text(k, f->where),
                                    .text = keeper_text(k, f->text),
                                    .text_hi = keeper_text(k, f->text_hi)};
        *to->end = copy;
        to->end = &copy->next;
        to->count++;
    }
}

static void keep_certificate(struct keeper *k, struct sp_certificate *to,
                             const struct sp_certificate *from)
{
    *to = *from;
    to->subject = keeper_text(k, from->subject);
    to->issuer = keeper_text(k, from->issuer);
    to->common_name = keeper_text(k, from->common_name);
    to->organization = keeper_text(k, from->organization);
    to->serial = keeper_text(k, from->serial);
    to->sha256 = keeper_text(k, from->sha256);
    to->source = keeper_text(k, from->source);
}

static void keep_lists(struct keeper *k, struct sp_signature *to, const struct sp_signature *from)
{
    to->signer = room(k, from->signer ? 1 : 0, sizeof *to->signer);
    if (to->signer) {
        keep_certificate(k, to->signer, from->signer);
    }
    to->chain = room(k, from->chain_count, sizeof *to->chain);
    for (size_t i = 0; to->chain && i < from->chain_count; i++) {
        keep_certificate(k, &to->chain[i], &from->chain[i]);
    }
    to->revocation = room(k, from->revocation_count, sizeof *to->revocation);
    for (size_t i = 0; to->revocation && i < from->revocation_count; i++) {
        struct sp_revocation *r = &to->revocation[i];
        *r = from->revocation[i];
        r->certificate = keeper_text(k, r->certificate);
        r->status = keeper_text(k, r->status);
        r->source = keeper_text(k, r->source);
        r->sha256 = keeper_text(k, r->sha256);
    }
    to->timestamps = room(k, from->timestamp_count, sizeof *to->timestamps);
    for (size_t i = 0; to->timestamps && i < from->timestamp_count; i++) {
        struct sp_timestamp *t = &to->timestamps[i];
        *t = from->timestamps[i];
        t->kind = keeper_text(k, t->kind);
        t->subindication = keeper_text(k, t->subindication);
        t->authority = keeper_text(k, t->authority);
        t->sha256 = keeper_text(k, t->sha256);
    }
}

static struct sp_signature *keep_signature(struct keeper *k, const struct sp_signature *from)
{
    struct sp_signature *to = room(k, 1, sizeof *to);
    if (!to) {
        return NULL;
    }
    *to = *from;
    to->id = keeper_text(k, from->id);
    to->subindication = keeper_text(k, from->subindication);
    to->coverage = keeper_text(k, from->coverage);
    to->coverage_hi = keeper_text(k, from->coverage_hi);
    to->digest = keeper_text(k, from->digest);
    to->algorithm = keeper_text(k, from->algorithm);
    keep_lists(k, to, from);
    findings_init(&to->findings);
    keeper_findings(k, &to->findings, &from->findings);
    return to;
}

void keeper_member(struct keeper *k, struct sp_member *to, const struct sp_member *from)
{
    *to = *from;
    to->name = keeper_text(k, from->name);
    to->sha256 = keeper_text(k, from->sha256);
    to->format = keeper_text(k, from->format);
    to->covered_by = keeper_text(k, from->covered_by);
    to->signs = keeper_text(k, from->signs);
    to->listed = room(k, from->listed_count, sizeof *to->listed);
    for (size_t i = 0; to->listed && i < from->listed_count; i++) {
        to->listed[i].name = keeper_text(k, from->listed[i].name);
        to->listed[i].sha256 = keeper_text(k, from->listed[i].sha256);
    }
    to->report = from->report ? keeper_report(k, from->report) : NULL;
    findings_init(&to->findings);
    keeper_findings(k, &to->findings, &from->findings);
}

/* Depth: containers nest at most CONTAINER_DEPTH_MAX deep, and so do their reports. */
struct sp_report *keeper_report(struct keeper *k, const struct sp_report *from)
{
    struct sp_report *to = room(k, 1, sizeof *to);
    if (!to) {
        return NULL;
    }
    *to = *from;
    to->arena = NULL; /* the owner's */
    to->keeper = NULL;
    to->wants = NULL; /* keeper_wants gives them to the owner */
    to->want_count = 0;
    to->name = keeper_text(k, from->name);
    to->sha256 = keeper_text(k, from->sha256);
    to->format = keeper_text(k, from->format);
    to->profile = keeper_text(k, from->profile);
    to->engine_version = keeper_text(k, from->engine_version);
    to->openssl_version = keeper_text(k, from->openssl_version);
    findings_init(&to->findings);
    keeper_findings(k, &to->findings, &from->findings);
    to->signatures = room(k, from->signature_count, sizeof(struct sp_signature *));
    for (size_t i = 0; to->signatures && i < from->signature_count; i++) {
        to->signatures[i] = keep_signature(k, from->signatures[i]);
    }
    to->members = room(k, from->member_count, sizeof *to->members);
    for (size_t i = 0; to->members && i < from->member_count; i++) {
        keeper_member(k, &to->members[i], &from->members[i]);
    }
    return k->failed ? NULL : to;
}

static void free_report(void *report)
{
    sp_report_free(report);
}

int keeper_adopt(struct keeper *k, struct sp_report *part)
{
    size_t size = arena_used(part->arena);
    if (size > ADOPTED_MAX - k->adopted) {
        mem_note_failure();
        k->failed = true;
        sp_report_free(part);
        return -1;
    }
    k->adopted += size;
    if (arena_defer(k->a, free_report, part) != 0) { /* it is freed already */
        k->failed = true;
        return -1;
    }
    return 0;
}

static int by_address(const void *a, const void *b)
{
    const struct sp_want *x = a, *y = b;
    int c = x->kind != y->kind ? (x->kind < y->kind ? -1 : 1) : 0;
    c = c || !x->url_count || !y->url_count ? c : strcmp(x->urls[0], y->urls[0]);
    return c || !x->request || !y->request ? c : strcmp(x->request, y->request);
}

static void keep_want(struct keeper *k, struct sp_want *w)
{
    const char **urls = room(k, w->url_count, sizeof *urls);
    for (size_t i = 0; urls && i < w->url_count; i++) {
        urls[i] = keeper_text(k, w->urls[i]);
    }
    w->urls = urls;
    w->about = keeper_text(k, w->about);
    w->issuer = keeper_text(k, w->issuer);
    w->key_id = keeper_text(k, w->key_id);
    w->request = keeper_text(k, w->request);
    w->issuers = keeper_text(k, w->issuers);
}

static void list_of(const struct sp_report *r, struct want_list *list)
{
    list->count = r->want_count < SP_WANTS_MAX ? r->want_count : SP_WANTS_MAX;
    if (list->count) {
        memcpy(list->items, r->wants, list->count * sizeof *r->wants);
    }
}

void keeper_wants(struct sp_report *owner, const struct sp_report *from)
{
    struct want_list mine, theirs;
    struct keeper *k = keeper_for(owner);
    if (!k || from->want_count == 0) {
        return;
    }
    list_of(owner, &mine);
    list_of(from, &theirs);
    want_merge(&mine, &theirs);
    for (size_t i = 0; i < mine.count; i++) {
        keep_want(k, &mine.items[i]);
    }
    qsort(mine.items, mine.count, sizeof *mine.items, by_address);
    owner->wants = room(k, mine.count, sizeof *owner->wants);
    owner->want_count = owner->wants ? mine.count : 0;
    if (owner->wants) {
        memcpy(owner->wants, mine.items, mine.count * sizeof *owner->wants);
    }
}
