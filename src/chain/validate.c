/*
 * validate - see validate.h.
 *
 * X509_verify_cert gets exactly one path: the anchor as the only trusted certificate, the rest as
 * the only candidates. Strict first; what only the strict run objects to is a profile deviation.
 * Its time checks are off (it calls the second of notAfter expired; RFC 5280 4.1.2.5 includes it),
 * its signature checks too, because the builder checked every link over the received bytes.
 */
#include "chain/validate.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "base/utc.h"
#include "chain/inherit.h"
#include "chain/quick.h"

enum { MAX_ERRORS = 32 };

struct verify_error {
    int code, depth;
};

struct verify_run {
    const struct path *path;
    struct verify_error errors[MAX_ERRORS];
    size_t count;
    bool overflow;
};

const char *path_where(struct arena *a, const char *where, size_t i)
{
    const char *s = arena_printf(a, "%s%schain[%zu]", where ? where : "", where ? "." : "", i);
    return s ? s : "chain";
}

int64_t path_proven(const struct chain_question *q, const struct cert *c)
{
    if (!q->time_proven || !q->poe) {
        return q->time_proven ? q->time : q->now;
    }
    const struct poe_proof *p = poe_of_hash(q->poe, c->sha256);
    return p && p->time < q->now ? p->time : q->now;
}

const char *path_cert_name(struct arena *a, const struct cert *c)
{
    const char *s = cert_name_attr(a, c->subject, OID_AT_COMMON_NAME);
    if (!s) {
        s = cert_name_text(a, c->subject);
    }
    return s ? s : "?";
}

static int on_verify(int ok, X509_STORE_CTX *ctx)
{
    struct verify_run *run = X509_STORE_CTX_get_app_data(ctx);
    if (ok) {
        return 1;
    }
    struct verify_error e = {X509_STORE_CTX_get_error(ctx), X509_STORE_CTX_get_error_depth(ctx)};
    for (size_t i = 0; i < run->count; i++) {
        if (run->errors[i].code == e.code && run->errors[i].depth == e.depth) {
            return 1;
        }
    }
    if (run->count == MAX_ERRORS) {
        run->overflow = true;
    } else {
        run->errors[run->count++] = e;
    }
    return 1;
}

/* In place of OpenSSL's signature and time checks: its chain must be the path we checked. */
static int links_are_ours(X509_STORE_CTX *ctx)
{
    struct verify_run *run = X509_STORE_CTX_get_app_data(ctx);
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
    bool same = (size_t)sk_X509_num(chain) == run->path->n;
    for (size_t i = 0; same && i < run->path->n; i++) {
        same = X509_cmp(sk_X509_value(chain, (int)i), cert_x509(run->path->certs[i]->cert)) == 0;
    }
    if (!same) {
        X509_STORE_CTX_set_error(ctx, X509_V_ERR_UNSPECIFIED);
        return on_verify(0, ctx);
    }
    return 1;
}

static bool add_policy(X509_VERIFY_PARAM *param, const char *dotted)
{
    ASN1_OBJECT *o = OBJ_txt2obj(dotted, 1);
    if (o && X509_VERIFY_PARAM_add0_policy(param, o)) {
        return true;
    }
    ASN1_OBJECT_free(o);
    return false;
}

static bool set_policies(X509_VERIFY_PARAM *param, const struct chain_options *o)
{
    unsigned long flags = X509_V_FLAG_POLICY_CHECK;
    flags |= o->explicit_policy ? X509_V_FLAG_EXPLICIT_POLICY : 0;
    flags |= o->inhibit_mapping ? X509_V_FLAG_INHIBIT_MAP : 0;
    flags |= o->inhibit_any ? X509_V_FLAG_INHIBIT_ANY : 0;
    bool ok = X509_VERIFY_PARAM_set_flags(param, flags) == 1;
    for (size_t i = 0; i < o->policy_count; i++) {
        ok = ok && add_policy(param, o->policies[i]);
    }
    /* No policy set means an empty set to OpenSSL, not "any". */
    return ok && (o->policy_count > 0 || add_policy(param, "2.5.29.32.0"));
}

static bool set_names(X509_VERIFY_PARAM *param, const struct chain_options *o)
{
    /* Addresses are compared by extra.c: one parameter holds one of them only. */
    return (!o->host || X509_VERIFY_PARAM_set1_host(param, o->host, 0) == 1) &&
           (!o->ip || X509_VERIFY_PARAM_set1_ip_asc(param, o->ip) == 1);
}

static bool configure(X509_STORE_CTX *ctx, const struct chain_options *o, bool strict)
{
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    unsigned long flags = X509_V_FLAG_NO_CHECK_TIME | (strict ? X509_V_FLAG_X509_STRICT : 0) |
                          (o->partial_chain ? X509_V_FLAG_PARTIAL_CHAIN : 0);
    bool ok = X509_VERIFY_PARAM_set_flags(param, flags) == 1;
    if (o->policies_wanted) {
        ok = ok && set_policies(param, o);
    }
    if (o->tls_server || o->tls_client) {
        ok = ok && X509_STORE_CTX_set_purpose(ctx, o->tls_server ? X509_PURPOSE_SSL_SERVER
                                                                 : X509_PURPOSE_SSL_CLIENT);
    }
    return ok && set_names(param, o);
}

/* One call of X509_verify_cert. Returns 0 or -1. */
static int verify_once(const struct path *path, const struct chain_options *o, bool strict,
                       struct verify_run *run)
{
    int rc = -1;
    uint64_t failures = mem_failures();
    STACK_OF(X509) *middle = sk_X509_new_null(), *roots = sk_X509_new_null();
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    *run = (struct verify_run){.path = path};
    if (!middle || !roots || !store || !ctx) {
        goto out;
    }
    for (size_t i = 0; i < path->n; i++) {
        bool root = i + 1 == path->n;
        if ((i > 0 || root) &&
            !sk_X509_push(root ? roots : middle, cert_x509(path->certs[i]->cert))) {
            goto out;
        }
    }
    X509_STORE_set_verify(store, links_are_ours);
    if (!X509_STORE_CTX_init(ctx, store, cert_x509(path->certs[0]->cert), middle)) {
        goto out;
    }
    X509_STORE_CTX_set0_trusted_stack(ctx, roots);
    X509_STORE_CTX_set_verify_cb(ctx, on_verify);
    if (!X509_STORE_CTX_set_app_data(ctx, run) || !configure(ctx, o, strict)) {
        goto out;
    }
    int verified = X509_verify_cert(ctx);
    if (verified < 1 && run->count == 0) {
        run->errors[run->count++] = (struct verify_error){X509_STORE_CTX_get_error(ctx), 0};
    }
    rc = mem_failures() == failures ? 0 : -1;
out:
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    sk_X509_free(middle);
    sk_X509_free(roots);
    ERR_clear_error();
    return rc;
}

static enum sp_reason reason_for(int code)
{
    switch (code) {
    case X509_V_ERR_INVALID_POLICY_EXTENSION:
    case X509_V_ERR_NO_EXPLICIT_POLICY:
        return SP_CHAIN_POLICY;
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
    case X509_V_ERR_SUBTREE_MINMAX:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
    case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
        return SP_CHAIN_NAME_CONSTRAINTS;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_EMAIL_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return SP_CHAIN_NAME_MISMATCH;
    default:
        return SP_CHAIN_CONSTRAINTS;
    }
}

/* What RFC 5280 asks of CAs that issue (4) but not of those who validate (6.1), and what the
 * standard test suite wants accepted:
 * - basicConstraints not critical in an intermediate: 4.2.1.9 says "MUST mark as critical" to the
 *   CA; 6.1.4 (k) asks only that it is there and cA is TRUE; PKITS 4.6.4 is valid. In a root it
 *   stays a deviation: nothing in PKITS needs it, and an anchor is the operator's to choose.
 * - a CA without keyUsage: 4.2.1.3 "MUST include" is for the CA; 6.1.4 (n) and 6.3.3 (f) say "if a
 *   key usage extension is present". CA/B BR 7.1.2 and CCA's profile want it: told, not refused.
 * (policyConstraints not critical: extra.c, for the same reason: 4.2.1.11 against PKITS 4.8.6.) */
static bool minor(int code, bool root)
{
    return (code == X509_V_ERR_CA_BCONS_NOT_CRITICAL && !root) ||
           code == X509_V_ERR_CA_CERT_MISSING_KEY_USAGE;
}

static void report(struct arena *a, const struct path *path, const char *where,
                   const struct verify_error *e, bool only_strict, struct sp_findings *findings)
{
    size_t i = e->depth >= 0 && (size_t)e->depth < path->n ? (size_t)e->depth : 0;
    enum sp_reason reason = !only_strict                       ? reason_for(e->code)
                            : minor(e->code, i + 1 == path->n) ? SP_CHAIN_PROFILE_MINOR
                                                               : SP_CHAIN_PROFILE_DEVIATION;
    finding_add(a, findings, reason, path_where(a, where, i),
                path_cert_name(a, path->certs[i]->cert), X509_verify_cert_error_string(e->code),
                NULL);
}

static bool has_error(const struct verify_run *run, const struct verify_error *e)
{
    for (size_t i = 0; i < run->count; i++) {
        if (run->errors[i].code == e->code && run->errors[i].depth == e->depth) {
            return true;
        }
    }
    return false;
}

static int verify(struct arena *a, const struct path *path, const struct chain_question *q,
                  const struct chain_options *o, struct sp_findings *findings)
{
    struct verify_run strict, relaxed = {0};
    if (verify_once(path, o, true, &strict) < 0) {
        return -1;
    }
    if (strict.count == 0) {
        return 0;
    }
    if (verify_once(path, o, false, &relaxed) < 0) {
        return -1;
    }
    for (size_t i = 0; i < strict.count; i++) {
        if (!has_error(&relaxed, &strict.errors[i])) {
            report(a, path, q->where, &strict.errors[i], true, findings);
        }
    }
    for (size_t i = 0; i < relaxed.count; i++) {
        report(a, path, q->where, &relaxed.errors[i], false, findings);
    }
    if (relaxed.overflow) {
        struct verify_error e = {X509_V_ERR_UNSPECIFIED, 0};
        report(a, path, q->where, &e, false, findings);
    }
    return 0;
}

/* RFC 5280 6.1.3 (a)(2); both ends of the validity belong to it (4.1.2.5). */
void path_time_checks(struct arena *a, const struct path *path, const struct chain_question *q,
                      struct sp_findings *findings)
{
    char from[FINDING_TIME], to[FINDING_TIME], at[FINDING_TIME];
    for (size_t i = 0; i < path->n; i++) {
        const struct cert *c = path->certs[i]->cert;
        bool early = q->time < c->not_before;
        bool late = q->time > c->not_after;
        if (!early && !late) {
            continue;
        }
        bool signed_late = q->created_after != 0 && q->created_after > c->not_after;
        enum sp_reason reason = i > 0                     ? SP_CHAIN_CA_OUT_OF_VALIDITY
                                : signed_late             ? SP_CHAIN_SIGNED_AFTER_EXPIRY
                                : early && q->time_proven ? SP_CHAIN_BEFORE_VALIDITY
                                : early                   ? SP_CHAIN_NOT_YET_VALID
                                                          : SP_CHAIN_EXPIRED;
        finding_add(a, findings, reason, path_where(a, q->where, i), path_cert_name(a, c),
                    finding_time(c->not_before, from), finding_time(c->not_after, to),
                    finding_time(q->time, at), NULL);
    }
}

int path_validate(struct arena *a, const struct path *path, const struct chain_question *question,
                  const struct chain_options *options, struct sp_findings *findings)
{
    uint64_t failures = mem_failures();
    bool quick = quick_clean(path, options), usable = !quick;
    for (size_t i = 0; i < path->n && !quick; i++) {
        struct cert *c = path->certs[i]->cert;
        for (size_t k = i + 1; k < path->n && !cert_key(c); k++) {
            if (dsa_inherit(c, path->certs[k]->cert) ||
                !dsa_without_parameters(path->certs[k]->cert)) {
                break; /* every link up to k was checked by the builder */
            }
        }
        if (!cert_x509(c) || !cert_key(c)) {
            if (mem_failures() != failures) {
                return -1;
            }
            finding_add(a, findings, SP_CHAIN_UNUSABLE_CERTIFICATE,
                        path_where(a, question->where, i), path_cert_name(a, c), NULL);
            usable = false;
        }
    }
    path_time_checks(a, path, question, findings);
    if (usable && verify(a, path, question, options, findings) < 0) {
        return -1;
    }
    return path_extra_checks(a, path, question, options, findings);
}
