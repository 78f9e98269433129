/*
 * align - see align.h.
 */
#include "foreign/mail/align.h"

#include <stdio.h>
#include <string.h>

#include <idn2.h>
#include <libpsl.h>
#include <unicode/uspoof.h>

#include "foreign/mail/address.h"

enum { SKELETON = 1024 };

/* Process-wide caches: both are read only after align_warm. */
static const psl_ctx_t *suffixes;
static USpoofChecker *checker;

int align_warm(void)
{
    UErrorCode error = U_ZERO_ERROR;
    char skeleton[SKELETON];
    if (!suffixes) {
        psl_ctx_t *newest = psl_latest(NULL);
        suffixes = newest ? newest : psl_builtin();
    }
    if (!checker) {
        checker = uspoof_open(&error);
    }
    if (!suffixes || !checker) {
        return -1;
    }
    (void)uspoof_getSkeletonUTF8(checker, 0, "a.example", -1, skeleton, sizeof skeleton, &error);
    return U_SUCCESS(error) && psl_registrable_domain(suffixes, "www.example.co.uk") ? 0 : -1;
}

bool align_is_public(const char *domain)
{
    return !suffixes || psl_is_public_suffix(suffixes, domain);
}

static bool below(const char *domain, const char *above)
{
    size_t n = strlen(domain), m = strlen(above);
    return n > m && domain[n - m - 1] == '.' && strcmp(domain + n - m, above) == 0;
}

bool align_signs_for(const char *signer, const char *from)
{
    return !align_is_public(signer) && (strcmp(signer, from) == 0 || below(from, signer));
}

/* The skeleton of the domain as people see it, without dots and dashes. */
static bool skeleton_of(const char *domain, char out[SKELETON])
{
    char *seen = NULL, raw[SKELETON];
    UErrorCode error = U_ZERO_ERROR;
    if (!checker || idn2_to_unicode_8z8z(domain, &seen, 0) != IDN2_OK) {
        return false;
    }
    int32_t n = uspoof_getSkeletonUTF8(checker, 0, seen, -1, raw, sizeof raw, &error);
    idn2_free(seen);
    size_t to = 0;
    for (int32_t i = 0; U_SUCCESS(error) && i < n && raw[i]; i++) {
        if (raw[i] != '.' && raw[i] != '-') {
            out[to++] = raw[i];
        }
    }
    out[to] = 0;
    return U_SUCCESS(error) && to > 0 && to < SKELETON - 1;
}

/* At most one letter is another one, missing, or too many. */
static bool one_step(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), head = 0, tail = 0;
    while (head < n && head < m && a[head] == b[head]) {
        head++;
    }
    while (tail < n - head && tail < m - head && a[n - 1 - tail] == b[m - 1 - tail]) {
        tail++;
    }
    return n - head - tail <= 1 && m - head - tail <= 1;
}

/* The label people know the organisation by: "issuer" of "issuer.co.uk". */
static bool own_label(const char *domain, char out[MAIL_DOMAIN])
{
    const char *registered = suffixes ? psl_registrable_domain(suffixes, domain) : NULL;
    size_t n = registered ? strcspn(registered, ".") : 0;
    if (n < 3) {
        return false;
    }
    (void)snprintf(out, MAIL_DOMAIN, "%.*s", (int)n, registered);
    return true;
}

bool align_looks_like(const char *domain, const char *other)
{
    char a[SKELETON], b[SKELETON], label[MAIL_DOMAIN], known[SKELETON];
    if (strcmp(domain, other) == 0 || !skeleton_of(domain, a) || !skeleton_of(other, b)) {
        return false;
    }
    bool close = one_step(a, b);
    return close ||
           (own_label(other, label) && skeleton_of(label, known) && strstr(a, known) != NULL);
}
