/*
 * token - see token.h. RFC 3161 2.4.2, with RFC 5816.
 *
 * What is not checked here: imprint, signature, certificate.
 */
#include "timestamp/token.h"

#include "asn1/algorithm.h"
#include "asn1/der.h"
#include "asn1/strength.h"
#include "base/utc.h"

/* TSTInfo ::= SEQUENCE { version, policy, messageImprint, serialNumber, genTime, ... }. */
static bool parse_info(struct span in, struct token *t)
{
    struct der seq, d, imprint, alg, hash;
    if (!der_only(in, DER_SEQUENCE, &seq)) {
        return false;
    }
    struct span s = seq.body;
    if (!der_expect(&s, DER_INTEGER, &d) || !der_expect(&s, DER_OID, &d) ||
        !der_expect(&s, DER_SEQUENCE, &imprint) || !der_expect(&imprint.body, DER_SEQUENCE, &alg) ||
        !der_expect(&imprint.body, DER_OCTET_STRING, &hash)) {
        return false;
    }
    t->digest = algorithm_oid(alg.whole, &t->digest_oid);
    t->imprint = hash.body;
    if (!der_expect(&s, DER_INTEGER, &d)) {
        return false;
    }
    t->serial = d.body;
    return der_expect(&s, DER_GENERALIZED_TIME, &d) && der_time(&d, &t->time);
}

int token_parse(struct arena *a, struct span in, struct token **out, const char **why)
{
    struct token *t = arena_alloc(a, sizeof *t);
    *out = NULL;
    if (!t || cms_parse(a, in, &t->cms, why)) {
        return -1;
    }
    t->whole = in;
    if (!t->cms) {
        return 0;
    }
    if (t->cms->content_type != OID_SIGNED_DATA || t->cms->econtent_type != OID_TST_INFO ||
        !t->cms->econtent.p) {
        *why = "it holds no TSTInfo";
    } else if (t->cms->signer_count != 1) {
        *why = "it must have exactly one signer";
    } else if (!parse_info(t->cms->econtent, t)) {
        *why = "its TSTInfo is malformed";
    } else {
        *out = t;
    }
    return 0;
}

enum oid token_weakest_digest(const struct token *t)
{
    enum oid value = t->cms->signers[0].digest;
    return strength_digest_until(value) < strength_digest_until(t->digest) ? value : t->digest;
}

/* TimeStampResp ::= SEQUENCE { PKIStatusInfo ::= SEQUENCE { status INTEGER ...}, token OPTIONAL
 * }. */
static bool open_response(struct span in, struct der *status, struct span *rest)
{
    struct der seq;
    if (!der_expect(&in, DER_SEQUENCE, &seq) || !der_expect(&seq.body, DER_SEQUENCE, status) ||
        der_peek(status->body) != DER_INTEGER) {
        return false;
    }
    *rest = seq.body;
    return true;
}

struct span token_from_response(struct span in)
{
    struct der status, d;
    struct span rest;
    int64_t code;
    if (!open_response(in, &status, &rest) || !der_expect(&status.body, DER_INTEGER, &d) ||
        !der_small_int(&d, &code) || code < 0 || code > 1 || !der_expect(&rest, DER_SEQUENCE, &d)) {
        return SPAN_NONE;
    }
    return d.whole;
}
