/*
 * certificate - see certificate.h.
 */
#include "tls/certificate.h"

#include <arpa/inet.h>

#include <openssl/x509v3.h>

#include "asn1/der.h"
#include "asn1/strength.h"
#include "base/hash.h"
#include "chain/options.h"
#include "chain/sigcheck.h"
#include "satyapan/policy.h"

enum { DAY = 86400, LIFE_DAYS = 3650 };

const char *trust_verdict_name(enum trust_verdict v)
{
    static const char *const names[] = {"not-asked", "trusted", "anchor-unknown", "not-valid"};
    return names[v];
}

const char *chain_form_name(enum chain_form f)
{
    static const char *const names[] = {"self-signed", "complete", "incomplete", "broken"};
    return names[f];
}

/* ---- names ----------------------------------------------------------------------------------- */

static int add_ip(struct arena *a, struct span value, struct cert_facts *out)
{
    char text[INET6_ADDRSTRLEN];
    int family = value.n == 4 ? AF_INET : AF_INET6;
    if ((value.n != 4 && value.n != 16) || out->ip_count == CERT_NAMES ||
        !inet_ntop(family, value.p, text, sizeof text)) {
        return 0;
    }
    out->ips[out->ip_count] = arena_str(a, span_str(text));
    return out->ips[out->ip_count++] ? 0 : -1;
}

static int read_names(struct arena *a, const struct cert *c, struct cert_facts *out)
{
    const struct cert_ext *e = cert_ext(c, OID_EXT_SAN);
    struct der list, d;
    out->no_san = !e;
    if (!e || !der_only(e->value, DER_SEQUENCE, &list)) {
        out->malformed = e != NULL;
        return 0;
    }
    for (struct span rest = list.body; der_next(&rest, &d);) {
        if (d.tag == 0x87 && add_ip(a, d.body, out) < 0) {
            return -1;
        }
        if (d.tag == 0x82 && out->name_count < CERT_NAMES) {
            out->names[out->name_count] = finding_clean_text(a, d.body);
            if (!out->names[out->name_count++]) {
                return -1;
            }
        }
    }
    return 0;
}

/* ---- form ------------------------------------------------------------------------------------ */

static bool signed_by(struct cert *child, struct cert *issuer)
{
    enum sig_result r;
    return span_eq(child->issuer, issuer->subject) &&
           signature_check(issuer, child->signature_alg_der, child->tbs, child->signature, &r) ==
               0 &&
           r == SIG_GOOD;
}

static int judge_form(struct arena *a, const struct chain_facts *chain, struct cert_facts *out)
{
    struct cert *certs[ANSWER_CERTS];
    const char *why;
    out->form = CHAIN_BROKEN;
    for (size_t i = 0; i < chain->count; i++) {
        char hex[65];
        if (cert_parse(a, chain->certs[i], "device", &certs[i], &why) < 0) {
            return -1;
        }
        if (!certs[i]) {
            return 0;
        }
        hash_hex(span_make(certs[i]->sha256, 32), false, hex);
        out->chain_sha256[i] = arena_str(a, span_str(hex));
        out->chain_subject[i] = cert_name_text(a, certs[i]->subject);
        if (!out->chain_sha256[i]) {
            return -1;
        }
    }
    for (size_t i = 0; i + 1 < chain->count; i++) {
        if (!signed_by(certs[i], certs[i + 1])) {
            return 0;
        }
    }
    bool rooted = signed_by(certs[chain->count - 1], certs[chain->count - 1]);
    out->form = !rooted ? CHAIN_OPEN : chain->count == 1 ? CHAIN_SELF_SIGNED : CHAIN_ROOTED;
    return 0;
}

/* ---- lint ------------------------------------------------------------------------------------ */

static void lint(const struct cert *c, int64_t now, struct cert_facts *out)
{
    out->expired = now > c->not_after;
    out->not_yet = now < c->not_before;
    out->reversed = c->not_after < c->not_before;
    out->weak_signature = signature_weak(c->signature_alg_der, now);
    out->is_ca = c->is_ca;
    out->wrong_eku =
        c->has_eku && !cert_has_eku(c, OID_EKU_SERVER_AUTH) && !cert_has_eku(c, OID_EKU_ANY);
    out->wrong_usage =
        c->has_key_usage &&
        !(c->key_usage & (USAGE_DIGITAL_SIGNATURE | USAGE_KEY_ENCIPHERMENT | USAGE_KEY_AGREEMENT));
    out->old_version = c->version < 3;
    out->low_serial = c->serial.n < 8;
    out->long_life = c->not_after - c->not_before > (int64_t)LIFE_DAYS * DAY;
    out->unknown_critical = cert_unknown_critical(c);
    out->malformed |= c->ext_error || c->duplicate_ext;
}

/* ---- trust ----------------------------------------------------------------------------------- */

static int ask_set(struct arena *a, const struct chain_facts *chain, struct cert *leaf,
                   const struct sp_evidence *anchors, int64_t now, enum trust_verdict *verdict,
                   const char **reason)
{
    struct sp_policy policy = *sp_policy_builtin("generic");
    struct sp_findings findings;
    struct pool *pool;
    struct chain_answer answer = {0};
    struct chain_options options = {.tls_server = true, .depth = -1};
    struct chain_question q = {.leaf = leaf,
                               .purpose = CHAIN_ANY,
                               .time = now,
                               .time_proven = true,
                               .now = now,
                               .policy = &policy,
                               .where = "device"};
    policy.require_revocation = false;
    findings_init(&findings);
    if (pool_new(a, anchors, &findings, &pool) < 0) {
        return -1;
    }
    for (size_t i = 1; i < chain->count; i++) {
        if (pool_add(pool, SP_EVIDENCE_CERT, chain->certs[i], "device") < 0) {
            return -1;
        }
    }
    findings_init(&findings);
    if (chain_judge_with(a, pool, &q, &options, &findings, &answer) < 0) {
        return -1;
    }
    *verdict = answer.anchored ? TRUST_YES : TRUST_NO_ANCHOR;
    for (const struct sp_finding *f = findings.first; f; f = f->next) {
        if (sp_policy_level(&policy, f->reason) >= SP_LEVEL_REVIEW) {
            *verdict = answer.anchored ? TRUST_NOT_VALID : TRUST_NO_ANCHOR;
            *reason = *reason ? *reason : sp_reason_row(f->reason)->code;
        }
    }
    return 0;
}

static void match_names(struct cert *leaf, const char *host, const char *ip, struct cert_facts *out)
{
    X509 *x = cert_x509(leaf);
    out->name_matches = x && host && X509_check_host(x, host, 0, 0, NULL) == 1;
    out->ip_matches = x && ip && X509_check_ip_asc(x, ip, 0) == 1;
}

int certificate_judge(struct arena *a, const struct chain_facts *chain,
                      const struct trust_sets *sets, struct known_keys *known, const char *host,
                      const char *ip, int64_t now, struct cert_facts *out)
{
    struct sp_certificate d;
    memset(out, 0, sizeof *out);
    out->chain_count = chain->count;
    if (cert_parse(a, chain->certs[0], "device", &out->leaf, &out->error) < 0) {
        return -1;
    }
    if (!out->leaf) {
        return 0;
    }
    if (cert_describe(a, out->leaf, &d) < 0 || read_names(a, out->leaf, out) < 0 ||
        certificate_judge_key(a, out->leaf, known, out) < 0 || judge_form(a, chain, out) < 0) {
        return -1;
    }
    out->subject = d.subject;
    out->issuer = d.issuer;
    out->serial = d.serial;
    hash_hex(span_make(out->leaf->sha256, 32), false, out->sha256);
    out->signature = oid_name(out->leaf->signature_alg);
    lint(out->leaf, now, out);
    match_names(out->leaf, host, ip, out);
    for (size_t i = 0; i < TRUST_SETS; i++) {
        if (sets->sets[i] && ask_set(a, chain, out->leaf, sets->sets[i], now, &out->trust[i],
                                     &out->trust_reason[i]) < 0) {
            return -1;
        }
    }
    return 0;
}
