/*
 * stamps - the time-stamps of one signature: what each is worth, and the proofs they give.
 *
 * EN 319 102-1 5.4, 5.6.2.3 (proofs of existence), 5.5.4 (order). What is not done here: the order
 * in which the time-stamps of a document are judged (timeline.c), the token itself (stamp.c).
 */
#include "verify/judging.h"

#include <openssl/evp.h>

#include "asn1/strength.h"
#include "base/utc.h"
#include "chain/want.h"

enum { MAX_STAMPS = 64 };

int stamp_list_add(struct arena *a, struct stamp_list *list, enum stamp_kind kind,
                   struct span token, struct span message)
{
    list->last = NULL;
    if (list->count >= MAX_STAMPS) {
        return 0;
    }
    struct stamp_item *item = arena_alloc(a, sizeof *item);
    if (!item) {
        return -1;
    }
    *item = (struct stamp_item){.kind = kind, .token = token, .index = OID_UNKNOWN};
    item->view.time = UTC_NONE;
    *list->end = item;
    list->end = &item->next;
    list->last = item;
    list->count++;
    return message.p ? stamp_part(a, item, message) : 0;
}

int stamp_part(struct arena *a, struct stamp_item *item, struct span octets)
{
    if (arena_grow(a, (void **)&item->parts, &item->part_capacity, item->part_count + 1,
                   sizeof *item->parts)) {
        return -1;
    }
    item->parts[item->part_count++] = octets;
    return 0;
}

int stamp_proves(struct arena *a, struct stamp_item *item, struct span object)
{
    if (arena_grow(a, (void **)&item->proves, &item->proves_capacity, item->proves_count + 1,
                   sizeof *item->proves)) {
        return -1;
    }
    item->proves[item->proves_count++] = object;
    return 0;
}

int stamp_covers(struct arena *a, struct stamp_item *item, struct span part)
{
    if (arena_grow(a, (void **)&item->covers, &item->covers_capacity, item->covers_count + 1,
                   sizeof *item->covers)) {
        return -1;
    }
    item->covers[item->covers_count++] = part;
    return 0;
}

static int proves_all(struct arena *a, struct stamp_item *item, const struct span *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (stamp_proves(a, item, list[i])) {
            return -1;
        }
    }
    return 0;
}

int stamp_proves_token(struct job *job, struct stamp_item *item, struct span token)
{
    struct arena *a = job->arena;
    struct token *t;
    const char *why = NULL;
    if (stamp_proves(a, item, token) || token_parse(a, token, &t, &why)) {
        return -1;
    }
    return t && (proves_all(a, item, t->cms->certs, t->cms->cert_count) ||
                 proves_all(a, item, t->cms->crls, t->cms->crl_count) ||
                 proves_all(a, item, t->cms->ocsps, t->cms->ocsp_count))
               ? -1
               : 0;
}

static const char *sha256_text(struct arena *a, struct span token)
{
    uint8_t hash[SHA256_SIZE];
    return hash_sha256(token, hash) ? NULL : hash_hex_str(a, span_make(hash, sizeof hash), false);
}

int stamps_read(struct judging *j)
{
    for (struct stamp_item *s = j->stamps.first; s; s = s->next) {
        if (!s->token.p || s->parsed) {
            continue;
        }
        s->view.sha256 = sha256_text(j->job->arena, s->token);
        if (!s->view.sha256 || token_parse(j->job->arena, s->token, &s->parsed, &s->why) ||
            verify_hold(j->job, s->token)) {
            return -1;
        }
        if (!s->parsed) {
            continue;
        }
        /* RFC 3161 2.4.2: the authority's certificate travels inside the token. */
        s->view.time = s->parsed->time;
        j->job->in_token = true;
        if (verify_pool_cms(j->job, s->parsed->cms) ||
            verify_pool_attributes(j->job, &s->parsed->cms->signers[0].unsigned_attrs)) {
            return -1;
        }
        j->job->in_token = false;
    }
    return 0;
}

/* ---- one time-stamp ------------------------------------------------------------------------- */

static const char *kind_name(enum stamp_kind kind)
{
    static const char *const names[] = {[STAMP_CONTENT] = "content",
                                        [STAMP_SIGNATURE] = "signature",
                                        [STAMP_REFERENCES] = "references",
                                        [STAMP_ARCHIVE] = "archive",
                                        [STAMP_RECORD] = "evidence-record"};
    return names[kind];
}

/* The digest of the message with the token's algorithm; absent when that is not supported. */
static int digest_of(const struct stamp_item *s, uint8_t out[DIGEST_MAX], struct span *digest)
{
    const EVP_MD *md = algorithm_md(s->parsed->digest);
    *digest = s->imprint;
    if (!md || s->imprint.p) {
        return 0;
    }
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestInit_ex(ctx, md, NULL) == 1;
    for (size_t i = 0; ok && i < s->part_count; i++) {
        ok = EVP_DigestUpdate(ctx, s->parts[i].p, s->parts[i].n) == 1;
    }
    ok = ok && algorithm_digest_final(ctx, s->parsed->digest, out);
    EVP_MD_CTX_free(ctx);
    *digest = span_make(out, algorithm_digest_size(s->parsed->digest));
    return ok ? 0 : -1;
}

/* One finding per time-stamp says what it is worth. */
static void report_stamp(struct judging *j, const struct stamp_answer *s)
{
    char text[FINDING_TIME];
    const char *who = s->view.authority ? s->view.authority : "?";
    if (s->trusted) {
        judging_add(j, SP_TIMESTAMP_GOOD, who, finding_time(s->view.time, text));
    } else {
        judging_add(j, s->genuine ? SP_TIMESTAMP_UNTRUSTED : SP_TIMESTAMP_BROKEN,
                    s->genuine ? who : s->why, s->why);
    }
}

/* A hash index is as good as its digest: by when the token is proven to have existed. */
static bool index_strong(const struct judging *j, const struct stamp_item *s)
{
    const struct poe_proof *p = poe_of(&j->job->proofs, s->token);
    int64_t at = p ? p->time : j->job->clock->now;
    return s->index == OID_UNKNOWN || at < strength_digest_until(s->index);
}

/* The object lies in this part of the document. */
static bool lies_in(struct span object, struct span part)
{
    uintptr_t from = (uintptr_t)part.p, at = (uintptr_t)object.p;
    return object.n <= part.n && at >= from && at - from <= part.n - object.n;
}

static bool covered(const struct stamp_item *s, struct span object)
{
    for (size_t i = 0; i < s->covers_count; i++) {
        if (lies_in(object, s->covers[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < s->proves_count; i++) {
        if (span_eq(object, s->proves[i])) {
            return true;
        }
    }
    return false;
}

int stamps_prove(struct job *job, struct span object, const struct poe_proof *proof)
{
    return poe_add(&job->proofs, object, proof) || poe_add(&job->stamped, object, proof) ? -1 : 0;
}

int stamps_prove_cert(struct job *job, const struct cert *c, const struct poe_proof *proof)
{
    return poe_add_hash(&job->proofs, c->sha256, proof) ||
                   poe_add_hash(&job->stamped, c->sha256, proof)
               ? -1
               : 0;
}

static int prove_objects(struct judging *j, const struct stamp_item *s,
                         const struct poe_proof *proof)
{
    for (size_t i = 0; i < s->proves_count; i++) {
        if (stamps_prove(j->job, s->proves[i], proof)) {
            return -1;
        }
    }
    for (size_t i = 0; s->covers_count && i < j->job->held_count; i++) {
        if (covered(s, j->job->held[i].der) && stamps_prove(j->job, j->job->held[i].der, proof)) {
            return -1;
        }
    }
    return 0;
}

static int prove(struct judging *j, const struct stamp_item *s)
{
    struct poe_proof proof = {s->view.time, SP_BASIS_TIMESTAMP, s->view.authority};
    if (s->kind == STAMP_CONTENT) {
        return 0;
    }
    /* The signed attributes hold the hash of the certificate: it is as old as the value, if that is
     * a signature over them. */
    bool bound = j->level.bound && j->u->cert && j->u->sig->intact == SP_YES;
    if (!s->silent_value && j->value.p &&
        (stamps_prove(j->job, j->value, &proof) ||
         (bound && stamps_prove_cert(j->job, j->u->cert, &proof)))) {
        return -1;
    }
    return index_strong(j, s) ? prove_objects(j, s, &proof) : 0;
}

static void note_times(struct judging *j, const struct stamp_item *s)
{
    int64_t t = s->view.time;
    if (s->kind == STAMP_CONTENT) {
        j->content_stamp =
            j->content_stamp == UTC_NONE || t < j->content_stamp ? t : j->content_stamp;
    } else if (!s->silent_value) {
        j->stamped = true;
        j->signature_stamp =
            j->signature_stamp == UTC_NONE || t < j->signature_stamp ? t : j->signature_stamp;
    }
    j->archived |= s->kind == STAMP_ARCHIVE || s->kind == STAMP_RECORD;
}

int stamps_judge(struct judging *j, struct stamp_item *s)
{
    uint8_t out[DIGEST_MAX];
    size_t index = 0, wants = pool_wants(j->job->pool)->count;
    for (const struct stamp_item *i = j->stamps.first; i && i != s; i = i->next) {
        index++;
    }
    struct stamp_answer answer = {.view = {.kind = kind_name(s->kind),
                                           .time = s->view.time,
                                           .indication = SP_TOTAL_FAILED,
                                           .subindication = "FORMAT_FAILURE"},
                                  .why = sp_reason_row(SP_TIMESTAMP_MALFORMED)->code};
    struct stamp_question q = {.token = s->parsed, .kind = answer.view.kind};
    q.where = arena_printf(j->job->arena, "%s.timestamp[%zu]", j->u->sig->id, index);
    if (!q.where ||
        (s->parsed && (digest_of(s, out, &q.digest) || verify_stamp(j->job, &q, &answer)))) {
        return -1;
    }
    answer.view.sha256 = s->view.sha256;
    if (j->u->sig->intact == SP_NO) {
        pool_wants(j->job->pool)->count = wants; /* no answer would change that */
    }
    if (s->defect) {
        answer.genuine = answer.trusted = false;
        answer.why = s->defect;
        answer.view.indication = SP_TOTAL_FAILED;
        answer.view.subindication = "FORMAT_FAILURE";
    }
    s->judged = true;
    s->trusted = answer.trusted;
    s->view = answer.view;
    report_stamp(j, &answer);
    if (!s->trusted) {
        return 0;
    }
    note_times(j, s);
    return prove(j, s);
}

/* ---- all of a signature --------------------------------------------------------------------- */

/* An archive time-stamp is later than the time-stamps it is over. */
static bool contradicts(const struct stamp_item *later, const struct stamp_item *s)
{
    return later->trusted && s->trusted && s->view.time > later->view.time &&
           covered(later, s->token);
}

static void check_order(struct judging *j)
{
    if (j->signature_stamp != UTC_NONE && j->content_stamp != UTC_NONE &&
        j->content_stamp > j->signature_stamp) {
        judging_add(j, SP_TIMESTAMP_ORDER,
                    "the content time-stamp is later than the signature time-stamp", NULL);
    }
    for (const struct stamp_item *a = j->stamps.first; a; a = a->next) {
        for (const struct stamp_item *s = j->stamps.first; s; s = s->next) {
            if (a != s && contradicts(a, s)) {
                judging_add(j, SP_TIMESTAMP_ORDER,
                            "an archive time-stamp is earlier than a time-stamp it is over", NULL);
                return;
            }
        }
    }
}

/* A document time-stamp as seen from a signature it is over. */
static bool document_stamp(const struct judging *j, const struct unit *u)
{
    return u->is_timestamp && u->token && j->u->from && u->from && j->u != u &&
           u->from->revision > j->u->from->revision;
}

static void add_document_stamp(struct judging *j, const struct unit *u, struct sp_timestamp *out)
{
    char text[FINDING_TIME];
    enum sp_indication indication;
    const char *sub;
    conclude_list(j->job->policy, &u->sig->findings, &indication, &sub, NULL);
    *out = (struct sp_timestamp){
        .kind = "document", .time = u->token->time, .indication = indication, .subindication = sub};
    out->sha256 = sha256_text(j->job->arena, u->token->whole);
    out->authority =
        u->cert ? cert_name_attr(j->job->arena, u->cert->subject, OID_AT_COMMON_NAME) : NULL;
    if (indication == SP_TOTAL_PASSED && u->sig->intact == SP_YES) {
        j->stamped = j->archived = true;
        if (!j->u->is_timestamp) {
            judging_add(j, SP_TIMESTAMP_GOOD, out->authority ? out->authority : "?",
                        finding_time(out->time, text));
        }
    }
}

/* Evidence that came into the file after the last time-stamp over evidence, or that its maker left
 * out: it says nothing about the past. */
static void note_unprotected(struct judging *j)
{
    size_t n = 0;
    const struct job *job = j->job;
    for (size_t i = 0; j->archived && i < job->held_count; i++) {
        n += job->held[i].evidence && !poe_of(&job->proofs, job->held[i].der);
    }
    if (n && !j->u->is_timestamp) {
        judging_add(j, SP_TIMESTAMP_UNPROTECTED, arena_printf(job->arena, "%zu", n), NULL);
    }
}

int stamps_report(struct judging *j)
{
    struct sp_signature *sig = j->u->sig;
    size_t n = j->stamps.count;
    for (size_t i = 0; i < j->job->unit_count; i++) {
        n += document_stamp(j, &j->job->units[i]);
    }
    sig->timestamps = arena_array(j->job->arena, n, sizeof *sig->timestamps);
    if (!sig->timestamps) {
        return -1;
    }
    for (const struct stamp_item *s = j->stamps.first; s; s = s->next) {
        sig->timestamps[sig->timestamp_count++] = s->view;
    }
    for (size_t i = 0; i < j->job->unit_count; i++) {
        if (document_stamp(j, &j->job->units[i])) {
            add_document_stamp(j, &j->job->units[i], &sig->timestamps[sig->timestamp_count++]);
        }
    }
    check_order(j);
    note_unprotected(j);
    return 0;
}
