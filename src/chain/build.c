/*
 * build - see build.h.
 *
 * Candidates for an issuer are tried in this order: roots that are trusted now, then historic, then
 * special ones, then certificates; among those the ones whose key identifier fits, that may sign
 * certificates and are valid at the time asked about.
 */
#include "chain/build.h"

#include "chain/listed.h"

enum { MAX_CANDIDATES = 64 };

struct candidate {
    struct pool_cert *entry;
    int score;
};

/* Key identifiers are a hint (RFC 5280 4.2.1.1); the signature decides. */
static bool key_id_fits(const struct cert *child, const struct cert *issuer)
{
    return !child->aki.p || !issuer->ski.p || span_eq(child->aki, issuer->ski);
}

static int score(const struct builder *b, const struct pool_cert *child, const struct pool_cert *e)
{
    const struct cert *c = e->cert;
    int s = 0;
    s += e->roles & ROLE_ANCHOR ? 64 : e->roles & ROLE_HISTORIC ? 48 : 0;
    s += e->roles & ROLE_SPECIAL ? 32 : 0;
    s += child->cert->aki.p && c->ski.p && span_eq(child->cert->aki, c->ski) ? 8 : 0;
    s -= key_id_fits(child->cert, c) ? 0 : 16;
    s += (!c->has_basic || c->is_ca) && (!c->has_key_usage || (c->key_usage & USAGE_KEY_CERT_SIGN))
             ? 4
             : -64;
    s += b->time >= c->not_before && b->time <= c->not_after ? 2 : -8;
    s -= e->roles & ROLE_DISTRUSTED ? 96 : 0;
    return s;
}

static bool in_path(const struct path *p, const struct pool_cert *e)
{
    for (size_t i = 0; i < p->n; i++) {
        if (p->certs[i] == e || (span_eq(p->certs[i]->subject, e->subject) &&
                                 span_eq(p->certs[i]->cert->spki, e->cert->spki))) {
            return true;
        }
    }
    return false;
}

/* The best candidates, best first; the order of arrival decides between equals. */
static size_t candidates(struct builder *b, const struct path *p, struct candidate *out)
{
    struct pool_cert *child = p->certs[p->n - 1];
    size_t n = 0;
    for (struct pool_cert *e = pool_first_subject(b->pool, child->issuer); e;
         e = pool_next_subject(e)) {
        if (in_path(p, e)) {
            continue;
        }
        struct candidate c = {e, score(b, child, e)};
        if (n == MAX_CANDIDATES) {
            b->limited = true;
            if (out[n - 1].score >= c.score) {
                continue;
            }
            n--;
        }
        size_t at = n++;
        for (; at > 0 && out[at - 1].score < c.score; at--) {
            out[at] = out[at - 1];
        }
        out[at] = c;
    }
    return n;
}

static bool passes_distrusted(const struct builder *b, const struct path *p)
{
    for (size_t i = 0; i < p->n; i++) {
        if (listed_distrusted(b->pool, b->policy, p->certs[i])) {
            return true;
        }
    }
    return false;
}

/* Keeps the end that says most: of two the one earlier in enum path_end, except that a missing
 * issuer beats an untrusted root: the missing one might lead to trust, so we cannot tell. */
static int remember_dead_end(struct builder *b, const struct path *p, enum path_end end)
{
    static const int weight[] = {[PATH_ROOT] = 0,
                                 [PATH_DISTRUSTED] = 5,
                                 [PATH_UNTRUSTED_ROOT] = 2,
                                 [PATH_MISSING] = 4,
                                 [PATH_BAD_SIGNATURE] = 3};
    if (passes_distrusted(b, p)) {
        end = PATH_DISTRUSTED;
    }
    int now = weight[end], before = b->has_dead ? weight[b->dead.end] : -1;
    if (now > before || (now == before && p->n > b->dead.n)) {
        b->dead = *p;
        b->dead.end = end;
        b->has_dead = true;
    }
    if (!b->dead_found) {
        return 0;
    }
    struct path dead = *p;
    dead.end = end;
    return b->dead_found(b->ctx, &dead);
}

static bool is_end(const struct builder *b, const struct pool_cert *e)
{
    return (pool_is_root(e) && (b->partial_chain || cert_self_issued(e->cert))) ||
           listed_foreign_root(b->policy, e);
}

struct step {
    bool followed, denied; /* some issuer signed it; an issuer with the right key id did not */
    bool stop;
};

static int extend(struct builder *b, struct path *p, struct step *out);

static int try_candidate(struct builder *b, struct path *p, struct pool_cert *e, struct step *out)
{
    enum sig_result signed_by;
    struct pool_cert *child = p->certs[p->n - 1];
    if (b->checks >= PATH_MAX_CHECKS || b->paths >= PATH_MAX_PATHS) {
        b->limited = out->stop = true;
        return 0;
    }
    if (pool_signed_by(b->pool, child, e, &b->checks, &signed_by) < 0) {
        return -1;
    }
    if (signed_by != SIG_GOOD) {
        out->denied |= child->cert->aki.p && e->cert->ski.p && key_id_fits(child->cert, e->cert);
        return 0;
    }
    out->followed = true;
    p->certs[p->n++] = e;
    struct step inner = {0};
    int rc = extend(b, p, &inner);
    p->n--;
    out->stop = inner.stop;
    return rc;
}

static int dead_end(struct builder *b, const struct path *p, const struct step *step)
{
    const struct cert *last = p->certs[p->n - 1]->cert;
    if (cert_self_issued(last) && key_id_fits(last, last)) {
        return remember_dead_end(b, p, PATH_UNTRUSTED_ROOT);
    }
    return remember_dead_end(b, p, step->denied ? PATH_BAD_SIGNATURE : PATH_MISSING);
}

/* Depth is bounded by PATH_MAX_CERTS. */
static int extend(struct builder *b, struct path *p, struct step *out)
{
    if (is_end(b, p->certs[p->n - 1])) {
        b->paths++;
        p->end = PATH_ROOT;
        return b->found(b->ctx, p, &out->stop);
    }
    if (p->n == PATH_MAX_CERTS) {
        b->limited = true;
        return 0;
    }
    struct candidate list[MAX_CANDIDATES];
    size_t n = candidates(b, p, list);
    for (size_t i = 0; i < n && !out->stop; i++) {
        if (try_candidate(b, p, list[i].entry, out) < 0) {
            return -1;
        }
    }
    if (!out->followed && !out->stop) {
        return dead_end(b, p, out);
    }
    return 0;
}

int path_search(struct builder *b, struct pool_cert *leaf)
{
    struct path p = {.certs = {leaf}, .n = 1};
    struct step step = {0};
    return extend(b, &p, &step);
}
