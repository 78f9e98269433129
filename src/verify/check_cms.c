/*
 * check_cms - integrity of CMS signers and time-stamp tokens, and the time-stamps they carry.
 *
 * RFC 5652, RFC 3161, EN 319 122-1, ISO 32000-2 12.8.3. The value itself: format/cms_signer.
 */
#include "verify/record.h"

#include "asn1/der.h"
#include "base/hash.h"
#include "base/utc.h"

/* The signer's certificate: by the ESS hash when there is one (it cannot be exchanged), else by the
 * signer identifier. */
static struct cert *find_cert(struct judging *j)
{
    const struct cms_signer *s = j->u->signer;
    struct span hash = cms_signer_ess_sha256(s);
    struct cert *c = hash.p ? pool_by_sha256(j->job->pool, hash.p) : NULL;
    bool fits = c && (s->ski.p ? c->ski.p && span_eq(c->ski, s->ski)
                               : span_eq(c->issuer, s->issuer) && span_eq(c->serial, s->serial));
    if (fits) {
        return c;
    }
    return s->ski.p ? pool_by_ski(j->job->pool, s->ski)
                    : pool_by_issuer_serial(j->job->pool, s->issuer, s->serial);
}

/* adbe.pkcs7.sha1: the content is the SHA-1 of the ranges; the signer signs that content. */
static int sha1_content(struct judging *j, struct cms_signer_check *check)
{
    struct unit *u = j->u;
    uint8_t *digest = arena_alloc(j->job->arena, DIGEST_MAX);
    if (!digest) {
        return -1;
    }
    if (!u->cms->econtent.p || !u->digest.p || !span_eq(u->cms->econtent, u->digest)) {
        judging_add(j, SP_CMS_DIGEST_MISMATCH, "sha1", NULL);
    }
    u->sig->digest = "sha1";
    if (u->cms->econtent.p && algorithm_md(u->signer->digest)) {
        if (algorithm_digest(u->signer->digest, u->cms->econtent, digest)) {
            return -1;
        }
        check->content_digest = span_make(digest, algorithm_digest_size(u->signer->digest));
        check->content = u->cms->econtent;
    }
    return 0;
}

/* What the first time-stamp of an evidence record must be about: the root of its hash tree. */
static int record_digest(struct judging *j)
{
    struct record_object content = {&j->u->content, 1, 1};
    struct record_question q = {.record = j->u->record, .objects = &content, .count = 1};
    const char *why = "";
    if (record_imprint(j->job->arena, &q, 0, j->u->token, &j->u->digest, &why)) {
        return -1;
    }
    if (!j->u->digest.p) {
        judging_add(j, SP_TIMESTAMP_RECORD, why, NULL);
    }
    return 0;
}

/* The time-stamps that renew a record. */
static int record_renewals(struct judging *j, struct stamp_list *out)
{
    struct record_object content = {&j->u->content, 1, 1};
    struct record_question q = {.record = j->u->record, .objects = &content, .count = 1};
    return j->u->content.p ? record_stamps(j, &q, 1, out) : 0;
}

/* A time-stamp as a document's own signature: imprint over the octets, value over the TSTInfo. */
static int token_content(struct judging *j, struct cms_signer_check *check)
{
    struct unit *u = j->u;
    uint8_t *digest = arena_alloc(j->job->arena, DIGEST_MAX);
    if (!digest) {
        return -1;
    }
    if (u->record && u->content_known && record_digest(j)) {
        return -1;
    }
    if (!u->content_known) {
        judging_add(j, SP_CMS_CONTENT_MISSING, oid_name(u->token->digest),
                    hash_hex_str(j->job->arena, u->token->imprint, false));
    } else if (!finding_has(&u->sig->findings, SP_TIMESTAMP_RECORD) &&
               (!u->digest.p || !span_eq(u->token->imprint, u->digest))) {
        judging_add(j, SP_TIMESTAMP_IMPRINT, NULL, NULL);
    }
    if (u->token->time > j->job->clock->now + j->job->policy->clock_skew_seconds) {
        judging_add(j, SP_TIMESTAMP_ORDER, "it is dated after the moment of validation", NULL);
    }
    check->content = u->cms->econtent;
    if (algorithm_md(u->signer->digest)) {
        if (algorithm_digest(u->signer->digest, u->cms->econtent, digest)) {
            return -1;
        }
        check->content_digest = span_make(digest, algorithm_digest_size(u->signer->digest));
    }
    return 0;
}

/* What a message holds inside is shown by whatever opens it; when its signature is over a document
 * beside it, the two are the same (RFC 5652 5.2). */
static void check_inside(struct judging *j)
{
    const struct unit *u = j->u;
    struct span inside = u->cms->econtent;
    bool beside = u->from && !u->counter && !u->is_timestamp && !u->from->range_count &&
                  u->content_known && u->content.p != inside.p;
    if (beside && inside.p && u->sig->intact == SP_YES && !span_eq(inside, u->content)) {
        judging_add(j, SP_CMS_OTHER_CONTENT, arena_printf(j->job->arena, "%zu", inside.n), NULL);
    }
}

static int check(struct judging *j)
{
    struct unit *u = j->u;
    struct cms_signer_result result = {.intact = SP_UNKNOWN};
    struct cms_signer_check check = {
        .signer = u->signer,
        .cert = u->cert,
        .content_digest = u->digest,
        .content = u->content,
        .content_type = u->cms->econtent_type,
        .content_type_oid = u->cms->econtent_type_oid,
        .counter = u->counter,
        .cades_required = u->from && u->from->cades_required,
        .where = j->u->sig->id,
    };
    int rc = u->is_timestamp                                  ? token_content(j, &check)
             : u->from && u->from->blob_kind == BLOB_CMS_SHA1 ? sha1_content(j, &check)
                                                              : 0;
    if (rc || cms_signer_check(j->job->arena, &check, &u->sig->findings, &result)) {
        return -1;
    }
    u->sig->intact = result.intact;
    if (finding_has(&u->sig->findings, SP_TIMESTAMP_IMPRINT) ||
        finding_has(&u->sig->findings, SP_TIMESTAMP_RECORD) ||
        finding_has(&u->sig->findings, SP_CMS_DIGEST_MISMATCH)) {
        u->sig->intact = SP_NO;
    } else if (finding_has(&u->sig->findings, SP_CMS_CONTENT_MISSING)) {
        u->sig->intact = u->sig->intact == SP_NO ? SP_NO : SP_UNKNOWN;
    }
    u->sig->digest = u->sig->digest ? u->sig->digest : result.digest_name;
    u->sig->algorithm = result.algorithm_name;
    if (result.claimed_time != UTC_NONE) {
        u->sig->claimed_time = result.claimed_time;
    }
    check_inside(j);
    judge_sender(j);
    j->level.bound = result.cades && !u->counter && !u->is_timestamp;
    j->value = u->is_timestamp ? u->token->whole : u->signer->signature;
    j->digest = u->is_timestamp                                  ? token_weakest_digest(u->token)
                : u->from && u->from->blob_kind == BLOB_CMS_SHA1 ? OID_SHA1
                                                                 : u->signer->digest;
    return 0;
}

/* All tokens of one attribute type over the same message. */
static int stamps_of(struct judging *j, const struct cms_attrs *attrs, enum oid id,
                     enum stamp_kind kind, struct span message, struct stamp_list *out)
{
    for (size_t i = 0; i < attrs->count; i++) {
        struct span values = attrs->items[i].values;
        struct der d;
        while (attrs->items[i].id == id && der_expect(&values, DER_SEQUENCE, &d)) {
            if (stamp_list_add(j->job->arena, out, kind, d.whole, message)) {
                return -1;
            }
        }
    }
    return 0;
}

/* Signature time-stamps are over the signature value (EN 319 122-1 5.3), content time-stamps over
 * the content (5.2.8); only the former and later ones prove that the signature existed. */
static int stamps(struct judging *j, struct stamp_list *out)
{
    const struct unit *u = j->u;
    const struct cms_signer *s = u->signer;
    if (u->is_timestamp) {
        return u->record ? record_renewals(j, out) : 0;
    }
    if (stamps_of(j, &s->unsigned_attrs, OID_ATTR_SIGNATURE_TIMESTAMP, STAMP_SIGNATURE,
                  s->signature, out)) {
        return -1;
    }
    if (archive_stamps(j, out) || record_attributes(j, out)) {
        return -1;
    }
    return u->content.p ? stamps_of(j, &s->signed_attrs, OID_ATTR_CONTENT_TIMESTAMP, STAMP_CONTENT,
                                    u->content, out)
                        : 0;
}

const struct unit_ops unit_ops_cms = {find_cert, check, stamps};
