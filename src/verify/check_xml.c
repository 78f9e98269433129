/*
 * check_xml - integrity of XML signatures, the signer's certificate, and XAdES time-stamps.
 *
 * XML Signature 1.1 clause 3.2, EN 319 132-1. The value itself: format/xmldsig.
 */
#include "verify/judging.h"

#include <strings.h>

#include "base/utc.h"
#include "format/xmldsig/xmldsig.h"

enum {
    WORD_MIN = 3,
    WORDS_MAX = 64,      /* of all names of a signature: no more are looked for */
    NAMES_WITHIN = 4096, /* octets of a certificate in which its names stand */
    CERTIFICATES_MAX = 8,
    TYPE_MAX = 24,
    NAME_SHOWN = 120
};

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

static bool is_word(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;
}

/* The type before "=" in a distinguished name: CN, OID.2.5.4.17. */
static bool is_type(struct span text, size_t at)
{
    size_t start = at;
    while (at < text.n && at - start < TYPE_MAX && (is_word(text.p[at]) || text.p[at] == '.')) {
        at++;
    }
    while (at < text.n && at - start < TYPE_MAX && text.p[at] == ' ') {
        at++;
    }
    return at < text.n && text.p[at] == '=';
}

static bool holds_word(struct span der, struct span word)
{
    uint8_t first = word.p[0] | 0x20;
    der = span_sub(der, 0, NAMES_WITHIN);
    for (size_t i = 0; i + word.n <= der.n; i++) {
        if ((der.p[i] | 0x20) == first &&
            strncasecmp((const char *)der.p + i, (const char *)word.p, word.n) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_known_word(const struct xmldsig_view *v, const struct cert *c, struct span word)
{
    bool known = holds_word(c->der, word);
    for (size_t i = 0; !known && i < v->certificate_count && i < CERTIFICATES_MAX; i++) {
        known = holds_word(v->certificates[i], word);
    }
    return known;
}

/* Every word of the name stands in a certificate at hand, whatever the way the name is written. */
static bool is_known_name(const struct xmldsig_view *v, const struct cert *c, struct span text,
                          unsigned *words)
{
    for (size_t at = 0, n; at < text.n; at += n ? n : 1) {
        for (n = 0; at + n < text.n && is_word(text.p[at + n]); n++) {
        }
        if (n < WORD_MIN || is_type(text, at)) {
            continue;
        }
        if (++*words > WORDS_MAX || !is_known_word(v, c, span_sub(text, at, n))) {
            return false;
        }
    }
    return true;
}

/* Names in KeyInfo (XML Signature 1.1 4.5.1, 4.5.4) are read by people and signed by nobody. One
 * without a blank is a program's word for a key. */
static void check_names(struct judging *j)
{
    const struct xmldsig_view *v = xmldsig_view(j->u->from->xml);
    unsigned words = 0;
    for (size_t i = 0; j->u->cert && i < v->name_count; i++) {
        struct span text = span_sub(span_trim(v->names[i].text), 0, NAMES_WITHIN);
        bool one_word = v->names[i].of_key && text.n && !memchr(text.p, ' ', text.n);
        if (text.n && !one_word && !is_known_name(v, j->u->cert, text, &words)) {
            char *shown = finding_clean_text(j->job->arena, span_sub(text, 0, NAME_SHOWN));
            judging_add(j, v->names[i].of_key ? SP_XML_KEY_NAME : SP_XML_OTHER_NAME,
                        shown ? shown : "?", NULL);
        }
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
    check_names(j);
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
