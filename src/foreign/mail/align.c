/*
 * align - see align.h.
 */
#include "foreign/mail/align.h"

#include <libpsl.h>

/* Process-wide; read only after align_warm. */
static const psl_ctx_t *suffixes;

int align_warm(void)
{
    if (!suffixes) {
        psl_ctx_t *newest = psl_latest(NULL);
        suffixes = newest ? newest : psl_builtin();
    }
    return suffixes && psl_registrable_domain(suffixes, "www.example.co.uk") ? 0 : -1;
}

/* Nobody's own: "co.uk". */
static bool is_public(const char *domain)
{
    return !suffixes || psl_is_public_suffix(suffixes, domain);
}

static bool below(const char *domain, const char *above)
{
    size_t n = strlen(domain), m = strlen(above);
    return n > m && domain[n - m - 1] == '.' && strcmp(domain + n - m, above) == 0;
}

bool align_within(const char *domain, const char *above)
{
    return !is_public(above) && (strcmp(domain, above) == 0 || below(domain, above));
}

bool align_signs_for(const char *signer, const char *from)
{
    return !is_public(signer) && (strcmp(signer, from) == 0 || below(from, signer));
}
