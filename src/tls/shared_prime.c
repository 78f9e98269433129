/*
 * shared_prime - see shared_prime.h.
 */
#include "tls/shared_prime.h"

#include <openssl/bn.h>

#include "base/mem.h"

enum { LEVELS = 32 };

/* The nodes of a level stand together; level 0 are the moduli. */
struct tree {
    BIGNUM **nodes[LEVELS];
    size_t counts[LEVELS], levels;
};

static void free_tree(struct tree *t)
{
    for (size_t l = 0; l < t->levels; l++) {
        for (size_t i = 0; i < t->counts[l]; i++) {
            BN_free(t->nodes[l][i]);
        }
        mem_free(t->nodes[l]);
    }
}

static int add_level(struct tree *t, size_t count)
{
    if (t->levels == LEVELS) {
        return -1;
    }
    BIGNUM **nodes = mem_zalloc(count * sizeof(BIGNUM *));
    if (!nodes) {
        return -1;
    }
    t->nodes[t->levels] = nodes;
    t->counts[t->levels++] = count;
    for (size_t i = 0; i < count; i++) {
        nodes[i] = BN_new();
        if (!nodes[i]) {
            return -1;
        }
    }
    return 0;
}

static int products(struct tree *t, BN_CTX *ctx)
{
    while (t->counts[t->levels - 1] > 1) {
        size_t below = t->levels - 1, n = t->counts[below];
        if (add_level(t, (n + 1) / 2) < 0) {
            return -1;
        }
        BIGNUM **from = t->nodes[below], **to = t->nodes[below + 1];
        for (size_t i = 0; i < (n + 1) / 2; i++) {
            int ok = 2 * i + 1 < n ? BN_mul(to[i], from[2 * i], from[2 * i + 1], ctx)
                                   : BN_copy(to[i], from[2 * i]) != NULL;
            if (!ok) {
                return -1;
            }
        }
    }
    return 0;
}

/* Each node becomes its parent's value modulo its own square; the squares need no second tree. */
static int remainders(struct tree *t, BN_CTX *ctx)
{
    BIGNUM *square = BN_new();
    int ok = square != NULL;
    for (size_t l = t->levels - 1; ok && l-- > 1;) {
        for (size_t i = 0; ok && i < t->counts[l]; i++) {
            ok = BN_sqr(square, t->nodes[l][i], ctx) &&
                 BN_mod(t->nodes[l][i], t->nodes[l + 1][i / 2], square, ctx);
        }
    }
    BN_free(square);
    return ok ? 0 : -1;
}

static int leaf(struct tree *t, size_t i, BN_CTX *ctx, bool *shares)
{
    BIGNUM *square = BN_new(), *rest = BN_new(), *n = t->nodes[0][i];
    int ok = square && rest && BN_sqr(square, n, ctx) &&
             BN_mod(rest, t->levels > 1 ? t->nodes[1][i / 2] : n, square, ctx) &&
             BN_div(rest, NULL, rest, n, ctx) && BN_gcd(rest, rest, n, ctx);
    *shares = ok && !BN_is_one(rest);
    BN_free(square);
    BN_free(rest);
    return ok ? 0 : -1;
}

int shared_primes(const struct span *moduli, size_t count, bool *shares)
{
    struct tree t = {0};
    BN_CTX *ctx = BN_CTX_new();
    int rc = ctx && count ? add_level(&t, count) : count ? -1 : 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = BN_bin2bn(moduli[i].p, (int)moduli[i].n, t.nodes[0][i]) ? 0 : -1;
        shares[i] = false;
    }
    if (rc == 0 && count > 1) {
        rc = products(&t, ctx) < 0 || remainders(&t, ctx) < 0 ? -1 : 0;
        for (size_t i = 0; rc == 0 && i < count; i++) {
            rc = leaf(&t, i, ctx, &shares[i]);
        }
    }
    free_tree(&t);
    BN_CTX_free(ctx);
    return rc;
}

/* ---- one against others ---------------------------------------------------------------------- */

struct prime_hunt {
    BIGNUM *n, *product, *other;
    BN_CTX *ctx;
};

struct prime_hunt *prime_hunt_new(struct span modulus)
{
    struct prime_hunt *h = mem_zalloc(sizeof *h);
    if (!h) {
        return NULL;
    }
    h->n = BN_bin2bn(modulus.p, (int)modulus.n, NULL);
    h->product = BN_new();
    h->other = BN_new();
    h->ctx = BN_CTX_new();
    if (!h->n || !h->product || !h->other || !h->ctx || !BN_one(h->product)) {
        prime_hunt_free(h);
        return NULL;
    }
    return h;
}

int prime_hunt_add(struct prime_hunt *h, struct span other)
{
    bool good = BN_bin2bn(other.p, (int)other.n, h->other) &&
                BN_mod_mul(h->product, h->product, h->other, h->n, h->ctx);
    return good ? 0 : -1;
}

int prime_hunt_end(struct prime_hunt *h)
{
    if (!BN_gcd(h->product, h->product, h->n, h->ctx)) {
        return -1;
    }
    return BN_is_one(h->product) ? 0 : 1;
}

void prime_hunt_free(struct prime_hunt *h)
{
    if (h) {
        BN_free(h->n);
        BN_free(h->product);
        BN_free(h->other);
        BN_CTX_free(h->ctx);
        mem_free(h);
    }
}

int primes_shared(struct span a, struct span b)
{
    struct prime_hunt *h = prime_hunt_new(a);
    int rc = h && prime_hunt_add(h, b) == 0 ? prime_hunt_end(h) : -1;
    prime_hunt_free(h);
    return rc;
}
