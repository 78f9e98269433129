/*
 * sources - which addresses there are: trust/endpoints.csv, and what the certificates of the trust
 * list say about lists (cRLDistributionPoints).
 *
 * Addresses seen in documents are added by whoever fetched them, those in issuers that were fetched
 * by the store. What is no http or https URL by the fetcher's rules is left out.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/revocation/command.h"
#include "net/url.h"

enum { ENDPOINTS_MAX = 1 << 20, POINTS_MAX = 4 };

static bool usable(struct span url)
{
    struct url parts;
    return url_split(url, &parts) == NULL;
}

static int add(struct revocation *c, enum store_kind kind, struct span url, struct span ca)
{
    const char *text = arena_str(c->a, url), *name = arena_str(c->a, ca);
    return !text || !name ? -1 : store_source_add(c->store, kind, text, name, "endpoint");
}

static struct span field(struct span *line)
{
    const uint8_t *comma = line->n ? memchr(line->p, ',', line->n) : NULL;
    struct span f = span_sub(*line, 0, comma ? (size_t)(comma - line->p) : line->n);
    *line = span_sub(*line, f.n + 1, line->n);
    return f;
}

/* ca,kind,url; the kind begins with "CRL" or "caIssuers", remarks may follow. */
static int add_line(struct revocation *c, struct span line)
{
    struct span ca = field(&line), kind = field(&line), url = field(&line);
    while (url.n && (url.p[url.n - 1] == '\r' || url.p[url.n - 1] == ' ')) {
        url.n--;
    }
    if (!usable(url)) {
        return 0;
    }
    return span_starts(kind, SPAN_LIT("CRL"))         ? add(c, STORE_CRL, url, ca)
           : span_starts(kind, SPAN_LIT("caIssuers")) ? add(c, STORE_CERT, url, ca)
                                                      : 0;
}

static int read_endpoints(struct revocation *c, struct span *out)
{
    const char *path = arena_printf(c->a, "%s/endpoints.csv", c->trust_dir);
    uint8_t *p = arena_alloc(c->a, ENDPOINTS_MAX);
    int fd = path && p ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    *out = SPAN_NONE;
    if (fd < 0) {
        return path && p && errno == ENOENT ? 0 : -1;
    }
    ssize_t n = read(fd, p, ENDPOINTS_MAX);
    (void)close(fd);
    *out = span_make(p, n > 0 ? (size_t)n : 0);
    return n < 0 ? -1 : 0;
}

static int add_endpoints(struct revocation *c)
{
    struct span text;
    if (read_endpoints(c, &text) < 0) {
        return -1;
    }
    for (bool header = true; text.n; header = false) {
        const uint8_t *nl = memchr(text.p, '\n', text.n);
        struct span line = span_sub(text, 0, nl ? (size_t)(nl - text.p) : text.n);
        text = span_sub(text, line.n + 1, text.n);
        if (!header && add_line(c, line) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The files of the trust list are pinned: they are read here. */
static int add_points(struct revocation *c)
{
    size_t n;
    const struct trust_entry *entries = trust_entries(c->trust, &n);
    for (size_t i = 0; i < n; i++) {
        const char *urls[POINTS_MAX], *why;
        struct cert *cert;
        if (strcmp(entries[i].status, "distrusted") == 0) {
            continue;
        }
        if (cert_parse(c->a, entries[i].der, "trust", &cert, &why) != 0) {
            return -1;
        }
        size_t count = cert ? cert_uris(c->a, cert, OID_EXT_CDP, urls, POINTS_MAX) : 0;
        const char *issuer = count ? cert_name_attr(c->a, cert->issuer, OID_AT_COMMON_NAME) : NULL;
        for (size_t k = 0; k < count; k++) {
            if (usable(span_str(urls[k])) &&
                store_source_add(c->store, STORE_CRL, urls[k], issuer, "certificate") < 0) {
                return -1;
            }
        }
    }
    return 0;
}

int sources_add(struct revocation *c)
{
    return add_endpoints(c) < 0 || add_points(c) < 0 ? -1 : 0;
}
