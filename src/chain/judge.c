/*
 * judge - chooses the best path and says what is wrong with it. See judge.h.
 *
 * Every complete path is validated and asked for revocation until one is clean and ends at a live
 * anchor; otherwise the best one is reported: fewest bad news first, then live anchor, historic
 * anchor, special root, distrusted certificate.
 */
#include "chain/judge.h"

#include "base/hash.h"
#include "base/utc.h"
#include "chain/listed.h"
#include "chain/validate.h"
#include "chain/want.h"
#include "revocation/status.h"

enum { MAX_SIGNER_DEPTH = 3 };

struct verdict {
    struct path path;
    struct sp_findings *findings;
    struct sp_revocation *revocation;
    size_t revocation_count;
    struct span *answers;
    int64_t until; /* the leaf is known to have been good until then */
    int rank;      /* lower is better */
    struct chain_tried *tried;
    struct want_list wants;
};

struct judge {
    struct arena *a;
    struct pool *pool;
    const struct chain_question *q;
    const struct chain_options *o;
    struct verdict *best;
    const struct pool_cert *anchor; /* wanted anchor, when judging the signer of a CRL */
    const struct judge *outer;      /* whose CRL that is */
    unsigned depth;
    unsigned *checks;
    struct want_list *wants; /* where the signer of a CRL notes what its own path lacks */
    struct chain_tried *tried, **tried_end; /* end NULL: not kept */
    size_t tried_count;
};

static int worst_level(const struct judge *j, const struct sp_findings *list)
{
    int worst = SP_LEVEL_INFO;
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        int level = (int)f->level;
        for (size_t i = 0; i < j->q->policy->level_count; i++) {
            if (j->q->policy->levels[i].reason == f->reason) {
                level = (int)j->q->policy->levels[i].level;
            }
        }
        worst = level > worst ? level : worst;
    }
    return worst;
}

static int root_class(const struct judge *j, const struct path *p)
{
    for (size_t i = 0; i < p->n; i++) {
        if (listed_distrusted(j->pool, j->q->policy, p->certs[i])) {
            return 3;
        }
    }
    unsigned roles = p->certs[p->n - 1]->roles;
    bool live = roles & ROLE_ANCHOR || listed_foreign_root(j->q->policy, p->certs[p->n - 1]);
    return roles & ROLE_SPECIAL ? 2 : live ? 0 : 1;
}

/* The setting by which the certification body refuses this root, or NULL. */
static const char *root_refused(const struct judge *j, const struct pool_cert *root)
{
    const struct sp_policy *policy = j->q->policy;
    if (root->roles & ROLE_HISTORIC && !(root->roles & ROLE_ANCHOR) &&
        !policy->accept_historic_roots) {
        return "accept_historic_roots";
    }
    int64_t year = policy->oldest_root_year;
    return year > 0 && root->cert->not_before < utc_from_civil(year, 1, 1) * 86400
               ? "oldest_root_year"
               : NULL;
}

/* What kind of root it is, and whether somebody on the way is distrusted. */
static void report_trust(const struct judge *j, const struct path *p, struct sp_findings *findings)
{
    const struct pool_cert *root = p->certs[p->n - 1];
    const char *where = path_where(j->a, j->q->where, p->n - 1);
    for (size_t i = 0; i < p->n; i++) {
        if (listed_distrusted(j->pool, j->q->policy, p->certs[i])) {
            finding_add(j->a, findings, SP_CHAIN_DISTRUSTED, path_where(j->a, j->q->where, i),
                        path_cert_name(j->a, p->certs[i]->cert), NULL);
        }
    }
    if (p->end != PATH_ROOT) {
        return;
    }
    if (root->roles & ROLE_SPECIAL) {
        finding_add(j->a, findings, SP_CHAIN_SPECIAL_ROOT, where, path_cert_name(j->a, root->cert),
                    NULL);
    } else if (root_refused(j, root)) {
        finding_add(j->a, findings, SP_CHAIN_ROOT_NOT_ACCEPTED, where,
                    path_cert_name(j->a, root->cert), root_refused(j, root), NULL);
    } else if (listed_foreign_root(j->q->policy, root)) {
        finding_add(j->a, findings, SP_CHAIN_FOREIGN_ROOT, where, path_cert_name(j->a, root->cert),
                    NULL);
    } else if (!(root->roles & ROLE_ANCHOR)) {
        finding_add(j->a, findings, SP_CHAIN_HISTORIC_ROOT, where, path_cert_name(j->a, root->cert),
                    NULL);
    }
}

static int trust_signer(void *ctx, struct pool_cert *signer, int64_t time, bool *trusted,
                        int64_t *until);

/* A certificate must be older than the moment its issuer stopped being known as good: whoever has
 * the key of a revoked or expired CA can make certificates of any date. */
static void check_proof(const struct judge *j, const struct verdict *v, size_t i, int64_t control,
                        struct sp_findings *findings)
{
    char text[FINDING_TIME];
    const struct cert *c = v->path.certs[i]->cert;
    if (path_proven(j->q, c) > control) {
        finding_add(j->a, findings, SP_CHAIN_NO_PROOF, path_where(j->a, j->q->where, i),
                    path_cert_name(j->a, c), finding_time(control, text), NULL);
    }
}

/* Asks about every certificate below the root, from there down to the leaf: what a certificate
 * signed counts while that certificate is known to have been good (status.h). */
static int judge_revocation(struct judge *j, struct verdict *v)
{
    struct revocation_context c = {
        .a = j->a,
        .pool = j->pool,
        .policy = j->q->policy,
        .path = v->path.certs,
        .n = v->path.n,
        .time = j->q->time,
        .time_proven = j->q->time_proven,
        .renewal = j->q->renewal,
        .now = j->q->now,
        .created_after = j->depth == 0 ? j->q->created_after : 0,
        .poe = j->q->poe,
        .only = j->q->only,
        .control = j->q->now,
        .where = j->q->where,
        .checks = j->checks,
        .trust = trust_signer,
        .wants = &v->wants,
    };
    struct judge inner = *j;
    inner.wants = &v->wants;
    inner.anchor = v->path.certs[v->path.n - 1];
    c.trust_ctx = &inner;
    v->revocation = arena_array(j->a, v->path.n, sizeof *v->revocation);
    v->answers = arena_array(j->a, v->path.n, sizeof *v->answers);
    if (!v->revocation || !v->answers) {
        return -1;
    }
    struct sp_findings lists[PATH_MAX_CERTS];
    int64_t root_end = inner.anchor->cert->not_after;
    c.control = root_end < c.control ? root_end : c.control;
    for (size_t i = v->path.n - 1; i-- > 0;) {
        enum revocation_outcome outcome;
        findings_init(&lists[i]);
        if (revocation_past(&c)) {
            check_proof(j, v, i, c.control, &lists[i]);
        }
        if (revocation_judge(&c, i, &lists[i], &v->revocation[i], &outcome) < 0) {
            return -1;
        }
        v->answers[i] = c.answer;
    }
    for (size_t i = 0; i + 1 < v->path.n; i++) {
        findings_move(v->findings, &lists[i]);
    }
    v->revocation_count = v->path.n - 1;
    v->until = c.control;
    return 0;
}

/* The findings as they are now; the list they are in goes on to the answer. */
static int copy_findings(struct arena *a, const struct sp_findings *from, struct sp_findings *to)
{
    findings_init(to);
    for (const struct sp_finding *f = from->first; f; f = f->next) {
        struct sp_finding *copy = arena_alloc(a, sizeof *copy);
        if (!copy) {
            return -1;
        }
        *copy = *f;
        copy->next = NULL;
        *to->end = copy;
        to->end = &copy->next;
        to->count++;
    }
    return 0;
}

static struct cert **certs_of(struct arena *a, const struct path *p)
{
    struct cert **list = arena_array(a, p->n, sizeof *list);
    for (size_t i = 0; list && i < p->n; i++) {
        list[i] = p->certs[i]->cert;
    }
    return list;
}

/* Adds a path to those that were tried; *out stays NULL when they are not kept. */
static int keep_tried(struct judge *j, const struct path *path, const struct sp_findings *findings,
                      struct chain_tried **out)
{
    *out = NULL;
    if (!j->tried_end || j->tried_count == PATH_MAX_PATHS) {
        return 0;
    }
    struct chain_tried *t = arena_alloc(j->a, sizeof *t);
    if (!t || !(t->path = certs_of(j->a, path)) ||
        copy_findings(j->a, findings, &t->findings) < 0) {
        return -1;
    }
    t->path_count = path->n;
    t->complete = path->end == PATH_ROOT;
    *j->tried_end = *out = t;
    j->tried_end = &t->next;
    j->tried_count++;
    return 0;
}

static int judge_path(void *ctx, const struct path *path, bool *stop)
{
    struct judge *j = ctx;
    if (j->anchor && path->certs[path->n - 1] != j->anchor) {
        return 0;
    }
    struct verdict *v = arena_alloc(j->a, sizeof *v);
    if (!v || !(v->findings = arena_alloc(j->a, sizeof *v->findings))) {
        return -1;
    }
    findings_init(v->findings);
    v->path = *path;
    report_trust(j, path, v->findings);
    if (path_validate(j->a, path, j->q, j->o, v->findings) < 0) {
        return -1;
    }
    if (worst_level(j, v->findings) < SP_LEVEL_REVIEW && judge_revocation(j, v) < 0) {
        return -1;
    }
    int worst = worst_level(j, v->findings), class = root_class(j, path);
    v->rank = worst * 8 + class;
    if (!j->best || v->rank < j->best->rank) {
        j->best = v;
    }
    *stop = worst < SP_LEVEL_REVIEW && class == 0;
    if (keep_tried(j, path, v->findings, &v->tried) < 0) {
        return -1;
    }
    if (v->tried) {
        v->tried->accepted = worst < SP_LEVEL_REVIEW && class < 2;
    }
    return 0;
}

/* Why a path ends without a root. */
static int dead_findings(struct judge *j, const struct path *p, struct sp_findings *findings)
{
    const struct cert *last = p->certs[p->n - 1]->cert;
    const char *where = path_where(j->a, j->q->where, p->n - 1);
    report_trust(j, p, findings);
    if (p->end == PATH_UNTRUSTED_ROOT) {
        finding_add(j->a, findings, SP_CHAIN_UNTRUSTED_ROOT, where,
                    cert_name_text(j->a, last->subject), NULL);
    } else if (p->end != PATH_DISTRUSTED) {
        char *issuer = cert_name_text(j->a, last->issuer);
        char *key_id = last->aki.p ? hash_hex_str(j->a, last->aki, true) : NULL;
        const char *url[1] = {NULL};
        size_t urls = cert_uris(j->a, last, OID_AD_CA_ISSUERS, url, 1);
        finding_add(j->a, findings,
                    p->end == PATH_BAD_SIGNATURE ? SP_CHAIN_BAD_SIGNATURE : SP_CHAIN_MISSING_ISSUER,
                    where, path_cert_name(j->a, last), issuer ? issuer : "?", key_id ? key_id : "-",
                    urls ? url[0] : "-", NULL);
    }
    path_time_checks(j->a, p, j->q, findings);
    return path_extra_checks(j->a, p, j->q, j->o, findings);
}

static int keep_dead(void *ctx, const struct path *path)
{
    struct judge *j = ctx;
    struct sp_findings findings;
    struct chain_tried *kept;
    findings_init(&findings);
    bool ok = dead_findings(j, path, &findings) == 0 && keep_tried(j, path, &findings, &kept) == 0;
    return ok ? 0 : -1;
}

static int search(struct judge *j, struct builder *b, struct cert *leaf)
{
    struct pool_cert *entry = pool_entry(j->pool, leaf);
    if (!entry) {
        return -1;
    }
    *b = (struct builder){.pool = j->pool,
                          .time = j->q->time,
                          .partial_chain = j->o->partial_chain,
                          .policy = j->q->policy,
                          .found = judge_path,
                          .dead_found = j->tried_end ? keep_dead : NULL,
                          .ctx = j,
                          .checks = *j->checks};
    int rc = path_search(b, entry);
    *j->checks = b->checks;
    return rc;
}

/* What would make the signer of a CRL trusted. */
static int want_for_signer(const struct judge *j, const struct builder *b, struct want_list *list)
{
    struct sp_findings unseen;
    findings_init(&unseen);
    const struct want_context c = {j->a, j->pool, list, "", &unseen};
    if (j->best) {
        want_merge(list, &j->best->wants);
    } else if (b->has_dead && b->dead.end == PATH_MISSING) {
        return want_issuer(&c, b->dead.certs[b->dead.n - 1]->cert);
    }
    return 0;
}

/* The signer of a CRL or of an OCSP responder's CRL: its own path must be clean and end at the same
 * anchor (RFC 5280 6.3.3 (f)). Depth is bounded. A CRL signer's own certificate may be covered by
 * the list it signs: 6.3.3 does not forbid the circle, and PKITS 4.14.30 (valid) has no other list
 * for it. It weakens nothing that RFC 5280 promises: any other trusted list that has the signer
 * revokes it, because all lists at hand are asked. The certificate asked about at first may not
 * vouch for itself. */
static int trust_signer(void *ctx, struct pool_cert *signer, int64_t time, bool *trusted,
                        int64_t *until)
{
    const struct judge *outer = ctx;
    static const struct chain_options plain = {.depth = -1};
    struct chain_question q = *outer->q;
    *trusted = outer->depth > 0 && outer->q->leaf == signer->cert;
    if (*trusted || outer->depth >= MAX_SIGNER_DEPTH) {
        return 0;
    }
    for (const struct judge *j = outer; j; j = j->outer) {
        if (j->q->leaf == signer->cert) {
            return 0;
        }
    }
    q.leaf = signer->cert;
    q.purpose = CHAIN_ANY;
    q.created_after = 0;
    q.time = time;
    struct judge j = {.a = outer->a,
                      .pool = outer->pool,
                      .q = &q,
                      .o = &plain,
                      .anchor = outer->anchor,
                      .outer = outer,
                      .depth = outer->depth + 1,
                      .checks = outer->checks};
    struct builder b;
    if (search(&j, &b, signer->cert) < 0) {
        return -1;
    }
    *trusted = j.best && worst_level(&j, j.best->findings) < SP_LEVEL_REVIEW;
    *until = *trusted && j.best->until < *until ? j.best->until : *until;
    return *trusted ? 0 : want_for_signer(&j, &b, outer->wants);
}

static int fill_path(struct judge *j, const struct path *p, struct chain_answer *answer)
{
    answer->path = certs_of(j->a, p);
    answer->path_count = answer->path ? p->n : 0;
    return answer->path ? 0 : -1;
}

/* An expired leaf that is known not to be revoked has a word of its own (EN 319 102-1 table 6). */
static void refine_expiry(const struct judge *j, struct verdict *v)
{
    char end[FINDING_TIME], at[FINDING_TIME];
    const struct cert *leaf = v->path.certs[0]->cert;
    bool good = v->revocation_count > 0 && strcmp(v->revocation[0].status, "good") == 0;
    struct sp_findings kept;
    if (!good || !finding_has(v->findings, SP_CHAIN_EXPIRED)) {
        return;
    }
    findings_init(&kept);
    for (struct sp_finding *f = v->findings->first, *next; f; f = next) {
        next = f->next;
        f->next = NULL;
        if (f->reason == SP_CHAIN_EXPIRED) {
            finding_add(j->a, &kept, SP_CHAIN_EXPIRED_NOT_REVOKED, f->where,
                        path_cert_name(j->a, leaf), finding_time(leaf->not_after, end),
                        finding_time(j->q->time, at), NULL);
        } else {
            *kept.end = f;
            kept.end = &f->next;
            kept.count++;
        }
    }
    findings_init(v->findings);
    findings_move(v->findings, &kept);
}

static int answer_best(struct judge *j, struct sp_findings *findings, struct chain_answer *answer)
{
    struct verdict *v = j->best;
    int class = root_class(j, &v->path);
    if (!v->revocation && class < 2 && judge_revocation(j, v) < 0) {
        return -1;
    }
    refine_expiry(j, v);
    if (v->tried && copy_findings(j->a, v->findings, &v->tried->findings) < 0) {
        return -1;
    }
    findings_move(findings, v->findings);
    want_merge(pool_wants(j->pool), &v->wants);
    answer->anchored = class < 2;
    answer->revocation = v->revocation;
    answer->revocation_count = v->revocation_count;
    answer->answers = v->answers;
    return fill_path(j, &v->path, answer);
}

/* No path reached a root: says how far it got and why, and what would help. */
static int answer_dead_end(struct judge *j, const struct builder *b, struct sp_findings *findings,
                           struct chain_answer *answer)
{
    const struct path *p = &b->dead;
    if (!b->has_dead) {
        return 0;
    }
    if (dead_findings(j, p, findings) < 0) {
        return -1;
    }
    if (p->end == PATH_UNTRUSTED_ROOT || p->end == PATH_DISTRUSTED) {
        return fill_path(j, p, answer);
    }
    const char *where = path_where(j->a, j->q->where, p->n - 1);
    const struct want_context c = {j->a, j->pool, pool_wants(j->pool), where, findings};
    return want_issuer(&c, p->certs[p->n - 1]->cert);
}

int chain_judge_with(struct arena *a, struct pool *pool, const struct chain_question *question,
                     const struct chain_options *options, struct sp_findings *findings,
                     struct chain_answer *answer)
{
    unsigned checks = 0;
    struct builder b;
    struct judge j = {.a = a, .pool = pool, .q = question, .o = options, .checks = &checks};
    *answer = (struct chain_answer){0};
    j.tried_end = options->all_paths ? &j.tried : NULL;
    if (search(&j, &b, question->leaf) < 0) {
        return -1;
    }
    answer->tried = j.tried;
    if (b.limited && (!j.best || worst_level(&j, j.best->findings) >= SP_LEVEL_REVIEW)) {
        finding_add(a, findings, SP_CHAIN_SEARCH_LIMIT, path_where(a, question->where, 0), NULL);
    }
    return j.best ? answer_best(&j, findings, answer) : answer_dead_end(&j, &b, findings, answer);
}

int chain_judge(struct arena *a, struct pool *pool, const struct chain_question *question,
                struct sp_findings *findings, struct chain_answer *answer)
{
    static const struct chain_options plain = {.depth = -1};
    return chain_judge_with(a, pool, question, &plain, findings, answer);
}
