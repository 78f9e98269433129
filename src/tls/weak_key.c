/*
 * weak_key - RSA moduli that can be factored because of how they were made, Diffie-Hellman moduli
 * that are no primes. See certificate.h.
 *
 * ROCA: Nemec et al., "The Return of Coppersmith's Attack" (2017): primes of the form k*M +
 * (65537^a mod M), so that the modulus is a power of 65537 modulo every small prime of M. Close
 * primes: Fermat's method, a few steps of which suffice for generators that take the next prime.
 */
#include <openssl/bn.h>

#include "base/hash.h"
#include "tls/certificate.h"

enum { FERMAT_STEPS = 100, DH_BASES = 4, DH_BYTES = 512 };

/* The primes of M for 512-bit keys are those for all longer ones too. */
static const unsigned roca_primes[] = {
    3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
    73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

static unsigned remainder_of(struct span n, unsigned p)
{
    unsigned r = 0;
    for (size_t i = 0; i < n.n; i++) {
        r = (r * 256 + n.p[i]) % p;
    }
    return r;
}

/* value is a power of 65537 modulo p. */
static bool is_power(unsigned value, unsigned p)
{
    unsigned x = 1;
    for (unsigned i = 0; i < p; i++) {
        if (x == value) {
            return true;
        }
        x = x * (65537 % p) % p;
    }
    return false;
}

bool key_is_roca(struct span modulus)
{
    if (modulus.n < 64) {
        return false;
    }
    for (size_t i = 0; i < sizeof roca_primes / sizeof *roca_primes; i++) {
        if (!is_power(remainder_of(modulus, roca_primes[i]), roca_primes[i])) {
            return false;
        }
    }
    return true;
}

/* x becomes the integer square root of n, by Newton's method. Returns 1, or 0 when memory is
 * out. */
static int square_root(BIGNUM *x, const BIGNUM *n, BN_CTX *ctx)
{
    BIGNUM *y = BN_new();
    int ok = y && BN_one(y) && BN_lshift(y, y, BN_num_bits(n) / 2 + 1);
    while (ok) {
        ok = BN_copy(x, y) != NULL && BN_div(y, NULL, n, x, ctx) && BN_add(y, y, x) &&
             BN_rshift1(y, y);
        if (BN_cmp(y, x) >= 0) {
            break;
        }
    }
    BN_free(y);
    return ok;
}

/* n + something is a square within a few steps: n = (a - b)(a + b) with a small b. */
static bool fermat(const BIGNUM *n, BN_CTX *ctx)
{
    BIGNUM *a = BN_new(), *square = BN_new(), *root = BN_new();
    bool found = false;
    int ok = a && square && root && square_root(a, n, ctx);
    for (int i = 0; ok && i < FERMAT_STEPS && !found; i++) {
        ok = BN_add_word(a, i > 0) && BN_sqr(square, a, ctx) && BN_sub(square, square, n);
        if (!ok || BN_is_negative(square)) {
            continue;
        }
        ok = BN_is_zero(square) || square_root(root, square, ctx);
        if (ok && BN_is_zero(square)) {
            found = true;
        } else if (ok) {
            BIGNUM *back = BN_new();
            ok = back && BN_sqr(back, root, ctx);
            found = ok && BN_cmp(back, square) == 0;
            BN_free(back);
        }
    }
    BN_free(a);
    BN_free(square);
    BN_free(root);
    return found;
}

bool key_has_close_primes(struct span modulus)
{
    if (modulus.n < 32 || modulus.n > 2048 || !(modulus.p[modulus.n - 1] & 1)) {
        return false;
    }
    BIGNUM *n = BN_bin2bn(modulus.p, (int)modulus.n, NULL);
    BN_CTX *ctx = BN_CTX_new();
    bool found = n && ctx && fermat(n, ctx);
    BN_CTX_free(ctx);
    BN_free(n);
    return found;
}

/* One round: is n - 1 = odd * 2^twos passed by this base. Returns 1, or 0 when memory is out. */
static int passes(const BIGNUM *n, const BIGNUM *less, const BIGNUM *base, BN_CTX *ctx, bool *out)
{
    BIGNUM *odd = BN_dup(less), *x = BN_new();
    int twos = 0, ok = odd && x;
    while (ok && !BN_is_odd(odd)) {
        ok = BN_rshift1(odd, odd);
        twos++;
    }
    ok = ok && BN_mod_exp(x, base, odd, n, ctx);
    *out = ok && (BN_is_one(x) || BN_cmp(x, less) == 0);
    for (int i = 1; ok && i < twos && !*out; i++) {
        ok = BN_mod_sqr(x, x, n, ctx);
        *out = ok && BN_cmp(x, less) == 0;
    }
    BN_free(odd);
    BN_free(x);
    return ok;
}

static bool composite(const BIGNUM *n, struct span prime, BN_CTX *ctx)
{
    BIGNUM *less = BN_dup(n), *base = BN_new();
    uint8_t digest[SHA256_SIZE];
    bool prime_so_far = true;
    int ok = less && base && BN_sub_word(less, 1) && hash_sha256(prime, digest) == 0;
    for (int i = 0; ok && i < DH_BASES && prime_so_far; i++) {
        ok = hash_sha256(span_make(digest, sizeof digest), digest) == 0 &&
             BN_bin2bn(digest, sizeof digest, base) && BN_mod(base, base, less, ctx) &&
             BN_add_word(base, 2) && passes(n, less, base, ctx, &prime_so_far);
    }
    BN_free(less);
    BN_free(base);
    return ok && !prime_so_far;
}

bool dh_is_composite(struct span prime)
{
    if (prime.n < 16 || prime.n > DH_BYTES) {
        return false;
    }
    BIGNUM *n = BN_bin2bn(prime.p, (int)prime.n, NULL);
    BN_CTX *ctx = BN_CTX_new();
    bool found = n && ctx && (!BN_is_odd(n) || composite(n, prime, ctx));
    BN_CTX_free(ctx);
    BN_free(n);
    return found;
}
