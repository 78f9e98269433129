/*
 * hash - see hash.h.
 */
#include "base/hash.h"

const EVP_MD *hash_cached(_Atomic(EVP_MD *) *slot, const char *name)
{
    EVP_MD *md = atomic_load(slot);
    if (!md) {
        EVP_MD *none = NULL, *fetched = EVP_MD_fetch(NULL, name, NULL);
        if (!atomic_compare_exchange_strong(slot, &none, fetched)) {
            EVP_MD_free(fetched); /* another thread was first */
        }
        md = atomic_load(slot);
    }
    return md;
}

int hash_sha256(struct span data, uint8_t out[SHA256_SIZE])
{
    static _Atomic(EVP_MD *) cached;
    const EVP_MD *md = hash_cached(&cached, "SHA2-256");
    return md && EVP_Digest(data.p, data.n, out, NULL, md, NULL) == 1 ? 0 : -1;
}

char *hash_hex(struct span data, bool upper, char *out)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    for (size_t i = 0; i < data.n; i++) {
        out[2 * i] = digits[data.p[i] >> 4];
        out[2 * i + 1] = digits[data.p[i] & 15];
    }
    out[2 * data.n] = 0;
    return out;
}

char *hash_hex_str(struct arena *a, struct span data, bool upper)
{
    char *s = data.n < SIZE_MAX / 4 ? arena_alloc(a, data.n * 2 + 1) : NULL;
    return s ? hash_hex(data, upper, s) : NULL;
}

bool hash_unhex(const char *hex, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int hi = hex_digit(hex[2 * i]);
        int lo = hi < 0 ? -1 : hex_digit(hex[2 * i + 1]);
        if (lo < 0) {
            return false;
        }
        out[i] = (uint8_t)(hi << 4 | lo);
    }
    return hex[2 * n] == 0;
}
