/*
 * merkle - see merkle.h. Hashing RFC 6962 2.1; verification RFC 9162 2.1.3.2 and 2.1.4.2.
 */
#include "tlog/merkle.h"

static int digest(uint8_t mark, struct span a, struct span b, struct merkle_hash *out)
{
    static _Atomic(EVP_MD *) slot;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    const EVP_MD *md = hash_cached(&slot, "SHA256");
    bool ok = c && md && EVP_DigestInit_ex(c, md, NULL) == 1 &&
              EVP_DigestUpdate(c, &mark, 1) == 1 && EVP_DigestUpdate(c, a.p, a.n) == 1 &&
              EVP_DigestUpdate(c, b.p, b.n) == 1 && EVP_DigestFinal_ex(c, out->h, NULL) == 1;
    EVP_MD_CTX_free(c);
    return ok ? 0 : -1;
}

int merkle_empty(struct merkle_hash *out)
{
    return hash_sha256(SPAN_LIT(""), out->h);
}

int merkle_leaf(struct span entry, struct merkle_hash *out)
{
    return digest(0, entry, SPAN_LIT(""), out);
}

int merkle_node(const struct merkle_hash *left, const struct merkle_hash *right,
                struct merkle_hash *out)
{
    const struct merkle_hash l = *left, r = *right; /* out may be one of them */
    return digest(1, span_make(l.h, sizeof l.h), span_make(r.h, sizeof r.h), out);
}

static bool same(const struct merkle_hash *a, const struct merkle_hash *b)
{
    return memcmp(a->h, b->h, sizeof a->h) == 0;
}

/* ---- verifying ------------------------------------------------------------------------------- */

/* A way from a node to the root: its place, and the place of the last node, level by level. */
struct way {
    uint64_t at, last;
};

/* The next hash of the proof stands to the left. */
static bool from_left(const struct way *w)
{
    return (w->at & 1) || w->at == w->last;
}

static void climb(struct way *w)
{
    /* A last node without a sibling moves up unchanged. */
    while (!(w->at & 1) && w->at == w->last && w->at) {
        w->at >>= 1;
        w->last >>= 1;
    }
    w->at >>= 1;
    w->last >>= 1;
}

int merkle_included(const struct merkle_hash *leaf, uint64_t index, uint64_t size,
                    const struct merkle_proof *proof, const struct merkle_hash *root)
{
    if (index >= size) {
        return 0;
    }
    struct way w = {index, size - 1};
    struct merkle_hash r = *leaf;
    for (size_t i = 0; i < proof->count; i++) {
        const struct merkle_hash *p = &proof->hashes[i];
        if (w.last == 0) {
            return 0;
        }
        if ((from_left(&w) ? merkle_node(p, &r, &r) : merkle_node(&r, p, &r)) < 0) {
            return -1;
        }
        climb(&w);
    }
    return w.last == 0 && same(&r, root);
}

static bool power_of_two(uint64_t n)
{
    return n && (n & (n - 1)) == 0;
}

/* Both roots from the node that both trees have in common. */
static int both_roots(struct way w, struct merkle_hash *r1, struct merkle_hash *r2,
                      const struct merkle_hash *p, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (w.last == 0) {
            return 0;
        }
        if (from_left(&w)) {
            if (merkle_node(&p[i], r1, r1) < 0 || merkle_node(&p[i], r2, r2) < 0) {
                return -1;
            }
        } else if (merkle_node(r2, &p[i], r2) < 0) {
            return -1;
        }
        climb(&w);
    }
    return w.last == 0;
}

int merkle_consistent(uint64_t size1, const struct merkle_hash *root1, uint64_t size2,
                      const struct merkle_hash *root2, const struct merkle_proof *proof)
{
    if (size1 == 0 || size1 > size2) {
        return 0;
    }
    if (size1 == size2 || proof->count == 0) {
        return size1 == size2 && proof->count == 0 && same(root1, root2);
    }
    struct way w = {size1 - 1, size2 - 1};
    while (w.at & 1) {
        w.at >>= 1;
        w.last >>= 1;
    }
    /* When the smaller tree is complete, its root is that node, and not in the proof. */
    size_t skip = power_of_two(size1) ? 0 : 1;
    struct merkle_hash r1 = skip ? proof->hashes[0] : *root1, r2 = r1;
    int made = both_roots(w, &r1, &r2, proof->hashes + skip, proof->count - skip);
    return made == 1 ? same(&r1, root1) && same(&r2, root2) : made;
}

/* ---- proving --------------------------------------------------------------------------------- */

static unsigned level_of(uint64_t n) /* of a power of two */
{
    unsigned l = 0;
    while (n >>= 1) {
        l++;
    }
    return l;
}

/* The largest power of two below n; n > 1. */
static uint64_t split(uint64_t n)
{
    return (uint64_t)1 << level_of(n - 1);
}

/* The hash of the leaves [from, from + n). Its depth is at most the levels of the tree. */
static int range(const struct merkle_source *s, uint64_t from, uint64_t n, struct merkle_hash *out)
{
    if (power_of_two(n) && from % n == 0) {
        return s->node(s->context, level_of(n), from >> level_of(n), out);
    }
    uint64_t k = split(n);
    struct merkle_hash right;
    return range(s, from, k, out) < 0 || range(s, from + k, n - k, &right) < 0
               ? -1
               : merkle_node(out, &right, out);
}

int merkle_root(const struct merkle_source *s, uint64_t size, struct merkle_hash *out)
{
    return size ? range(s, 0, size, out) : merkle_empty(out);
}

static void reverse(struct merkle_proof *p)
{
    for (size_t i = 0; i < p->count / 2; i++) {
        struct merkle_hash t = p->hashes[i];
        p->hashes[i] = p->hashes[p->count - 1 - i];
        p->hashes[p->count - 1 - i] = t;
    }
}

static int put(const struct merkle_source *s, uint64_t from, uint64_t n, struct merkle_proof *out)
{
    if (out->count == MERKLE_PROOF_MAX) {
        return -1;
    }
    return range(s, from, n, &out->hashes[out->count++]);
}

/* RFC 6962 2.1.1, from the root down. */
int merkle_prove_included(const struct merkle_source *s, uint64_t index, uint64_t size,
                          struct merkle_proof *out)
{
    out->count = 0;
    if (index >= size) {
        return -1;
    }
    uint64_t from = 0, n = size;
    while (n > 1) {
        uint64_t k = split(n);
        bool right = index - from >= k;
        if (put(s, right ? from : from + k, right ? k : n - k, out) < 0) {
            return -1;
        }
        from += right ? k : 0;
        n = right ? n - k : k;
    }
    reverse(out);
    return 0;
}

/* RFC 6962 2.1.2, from the root down. */
int merkle_prove_consistent(const struct merkle_source *s, uint64_t size1, uint64_t size2,
                            struct merkle_proof *out)
{
    out->count = 0;
    if (size1 == 0 || size1 > size2) {
        return -1;
    }
    uint64_t from = 0, n = size2, m = size1;
    bool whole = true; /* the subtree looked at is the smaller tree itself */
    while (m < n) {
        uint64_t k = split(n);
        bool right = m > k;
        if (put(s, right ? from : from + k, right ? k : n - k, out) < 0) {
            return -1;
        }
        whole = whole && !right;
        from += right ? k : 0;
        m -= right ? k : 0;
        n = right ? n - k : k;
    }
    if (!whole && put(s, from, n, out) < 0) {
        return -1;
    }
    reverse(out);
    return 0;
}

int merkle_append(const struct merkle_source *s, uint64_t size, const struct merkle_hash *leaf,
                  struct merkle_hash out[MERKLE_LEVELS])
{
    unsigned level = 0;
    out[0] = *leaf;
    for (uint64_t at = size; at & 1; at >>= 1, level++) {
        struct merkle_hash left;
        if (level + 1 >= MERKLE_LEVELS || s->node(s->context, level, at - 1, &left) < 0 ||
            merkle_node(&left, &out[level], &out[level + 1]) < 0) {
            return -1;
        }
    }
    return (int)level + 1;
}
