/*
 * check_xml - integrity of XML signatures, the signer's certificate, and XAdES time-stamps.
 *
 * XML Signature 1.1 clause 3.2, EN 319 132-1. The value itself: format/xmldsig.
 */
#include "verify/judging.h"

#include "base/utc.h"
#include "format/xmldsig/xmldsig.h"

static struct cert *in_pool(struct judging *j, struct span der)
{
    struct cert *c = NULL;
    const char *why;
    if (cert_parse(j->job->arena, der, "document", &c, &why) || !c) {
        return NULL;
    }
    struct cert *known = pool_by_sha256(j->job->pool, c->sha256);
    return known ? known : c;
}

static bool verifies(struct xmldsig *s, struct cert *c)
{
    EVP_PKEY *key = c ? cert_key(c) : NULL;
    enum sp_tristate good;
    return key && xmldsig_value(s, key, &good) == 0 && good == SP_YES;
}

/* The digest a signed property names for the signer's certificate. */
static bool is_named(const struct xmldsig_view *v, const struct cert *c)
{
    uint8_t digest[DIGEST_MAX];
    if (!v->signing_count || !algorithm_md(v->signing[0].digest) ||
        algorithm_digest(v->signing[0].digest, c->der, digest)) {
        return false;
    }
    return span_eq(v->signing[0].value,
                   span_make(digest, algorithm_digest_size(v->signing[0].digest)));
}

static struct cert *named_in_pool(struct judging *j, const struct xmldsig_view *v)
{
    bool sha256 = v->signing_count && v->signing[0].digest == OID_SHA256 &&
                  v->signing[0].value.n == CERT_SHA256;
    return sha256 ? pool_by_sha256(j->job->pool, v->signing[0].value.p) : NULL;
}

/* The certificate whose key made the value. It stands in KeyInfo, in any order, or was given and is
 * named by its key identifier or by XAdES. When none fits: the one the signer named, else the
 * first, so that the report can say who is claimed to have signed. */
static struct cert *find_cert(struct judging *j)
{
    struct xmldsig *s = j->u->from->xml;
    const struct xmldsig_view *v = xmldsig_view(s);
    struct cert *first = NULL, *named = NULL, *fits = NULL;
    for (size_t i = 0; i < v->certificate_count; i++) {
        struct cert *c = in_pool(j, v->certificates[i]);
        bool is_other = !c || (v->names_certificate && !is_named(v, c));
        if ((!is_other || !fits) && verifies(s, c)) {
            fits = c; /* of several with one key (renewed ones) the one XAdES names */
            if (!is_other) {
                return c;
            }
        }
        first = first ? first : c;
        named = !named && c && is_named(v, c) ? c : named;
    }
    struct cert *others[] = {named_in_pool(j, v),
                             v->ski.n ? pool_by_ski(j->job->pool, v->ski) : NULL};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        bool other = fits && others[i] && !is_named(v, others[i]);
        if (!other && verifies(s, others[i])) {
            return others[i];
        }
        named = named ? named : others[i];
    }
    return fits ? fits : named ? named : first;
}

static enum sp_tristate check_value(struct judging *j, int *rc)
{
    struct unit *u = j->u;
    struct xmldsig *s = u->from->xml;
    const struct xmldsig_view *v = xmldsig_view(s);
    EVP_PKEY *bare = NULL, *key = u->cert ? cert_key(u->cert) : NULL;
    enum sp_tristate good = SP_UNKNOWN;
    if (!u->cert) {
        judging_add(j, v->key_value ? SP_XML_KEY_ONLY : SP_XML_CERTIFICATE_MISSING, NULL, NULL);
        key = bare = xmldsig_key_value(s);
    } else if (!key) {
        judging_add(j, SP_CMS_SIGNER_CERT_UNUSABLE, "its public key cannot be read", NULL);
    }
    u->sig->algorithm = v->alg.family == SIG_NONE ? NULL : algorithm_name(&v->alg, key);
    if (!key || v->alg.family == SIG_NONE) {
        EVP_PKEY_free(bare);
        return finding_has(&u->sig->findings, SP_XML_MAC) ? SP_NO : SP_UNKNOWN;
    }
    *rc = xmldsig_value(s, key, &good);
    EVP_PKEY_free(bare);
    if (good == SP_NO) {
        judging_add(j, SP_XML_VALUE_INVALID, NULL, NULL);
    } else if (good == SP_UNKNOWN && !finding_has(&u->sig->findings, SP_XML_NO_FORM) &&
               !finding_has(&u->sig->findings, SP_ENGINE_LIMIT)) {
        judging_add(j, SP_XML_NO_FORM, "SignedInfo", NULL);
    }
    return good;
}

/* EN 319 102-1 5.2.3: with a good digest the certificate cannot have been exchanged. */
static void check_binding(struct judging *j)
{
    const struct xmldsig_view *v = xmldsig_view(j->u->from->xml);
    if (!v->names_certificate || !j->u->cert) {
        return;
    }
    if (is_named(v, j->u->cert)) {
        j->level.bound = !j->u->counter && !finding_has(&j->u->sig->findings, SP_XADES_UNSIGNED);
    } else {
        judging_add(j, SP_XADES_CERTIFICATE, NULL, NULL);
    }
}

/* What the document given beside a detached signature has to do with it. */
static void check_content(struct judging *j)
{
    struct unit *u = j->u;
    if (!j->job->document->content || j->u->from->other_content) {
        return;
    }
    /* Those in a container are detached, but over the files in it. */
    if (!xmldsig_view(u->from->xml)->detached || j->job->container) {
        judging_add(j, SP_XML_CONTENT_UNUSED, NULL, NULL);
    } else if (!finding_has(&u->sig->findings, SP_XML_PARTIAL) &&
               !finding_has(&u->sig->findings, SP_XML_CONTENT_MISSING)) {
        u->sig->covers_whole_document = true;
        u->sig->coverage = "The whole document given beside the signature is signed.";
        u->sig->coverage_hi = "हस्ताक्षर के साथ दिया गया पूरा दस्तावेज़ हस्ताक्षरित है।";
    }
}

static int check(struct judging *j)
{
    struct unit *u = j->u;
    struct xmldsig *s = u->from->xml;
    const struct xmldsig_view *v = xmldsig_view(s);
    struct span content = span_make(j->job->document->content, j->job->document->content_size);
    enum sp_tristate digests;
    int rc = 0;
    j->digest = v->digest;
    j->value = v->value;
    u->sig->digest = v->digest == OID_UNKNOWN ? NULL : oid_name(v->digest);
    if (xmldsig_digests(s, content, u->sig->id, &u->sig->findings, &digests)) {
        return -1;
    }
    enum sp_tristate value = check_value(j, &rc);
    u->sig->intact = digests == SP_NO || value == SP_NO     ? SP_NO
                     : digests == SP_YES && value == SP_YES ? SP_YES
                                                            : SP_UNKNOWN;
    check_binding(j);
    check_content(j);
    return rc;
}

static int prove_all(struct judging *j, struct stamp_item *item, const struct span *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (stamp_proves(j->job->arena, item, list[i])) {
            return -1;
        }
    }
    return 0;
}

/* An archive time-stamp is over KeyInfo, the evidence and the time-stamps before it. */
static int prove_archived(struct judging *j, struct stamp_item *item,
                          const struct xmldsig_stamp_view *stamp)
{
    struct xmldsig *s = j->u->from->xml;
    const struct xmldsig_view *v = xmldsig_view(s);
    if (prove_all(j, item, v->certificates, v->certificate_count) ||
        prove_all(j, item, v->more_certificates, stamp->certificates) ||
        prove_all(j, item, v->crls, stamp->crls) || prove_all(j, item, v->ocsps, stamp->ocsps)) {
        return -1;
    }
    const struct stamp_item *earlier = j->stamps.first;
    for (size_t i = 0; i < stamp->before && earlier; i++, earlier = earlier->next) {
        if (stamp_proves_token(j->job, item, earlier->token)) {
            return -1;
        }
    }
    return 0;
}

static int add_stamp(struct judging *j, const struct xmldsig_stamp_view *stamp,
                     struct stamp_list *out)
{
    static const enum stamp_kind kinds[] = {[XMLDSIG_STAMP_CONTENT] = STAMP_CONTENT,
                                            [XMLDSIG_STAMP_SIGNATURE] = STAMP_SIGNATURE,
                                            [XMLDSIG_STAMP_ARCHIVE] = STAMP_ARCHIVE};
    struct arena *a = j->job->arena;
    if (stamp_list_add(a, out, kinds[stamp->kind], stamp->token, SPAN_NONE)) {
        return -1;
    }
    struct stamp_item *item = out->last;
    for (size_t i = 0; item && i < stamp->part_count; i++) {
        if (stamp_part(a, item, stamp->parts[i])) {
            return -1;
        }
    }
    if (item && stamp->incomplete) {
        item->defect = "a part of what it is over is not there";
    }
    return item && stamp->kind == XMLDSIG_STAMP_ARCHIVE ? prove_archived(j, item, stamp) : 0;
}

/* SignatureTimeStamp is over the signature value (EN 319 132-1 5.3), ArchiveTimeStamp over all that
 * stands before it (5.5.2). */
static int stamps(struct judging *j, struct stamp_list *out)
{
    struct xmldsig *s = j->u->from->xml;
    struct span content = span_make(j->job->document->content, j->job->document->content_size);
    for (size_t i = 0; i < xmldsig_stamp_count(s); i++) {
        struct xmldsig_stamp_view stamp;
        if (xmldsig_stamp(s, i, content, &stamp) || add_stamp(j, &stamp, out)) {
            return -1;
        }
    }
    return 0;
}

const struct unit_ops unit_ops_xml = {find_cert, check, stamps};
