/*
 * authres - see authres.h.
 */
#include "foreign/mail/authres.h"

#include <ctype.h>
#include <strings.h>

/* Without comments; what stands in quotes stays. Absent: not well formed, or no memory. */
static struct span without_comments(struct arena *a, struct span in)
{
    uint8_t *p = arena_alloc(a, in.n + 1);
    size_t n = 0, depth = 0;
    bool quoted = false;
    for (size_t i = 0; p && i < in.n; i++) {
        uint8_t c = in.p[i];
        if (c == '\\' || quoted) {
            /* Nobody needs either here; what is hidden in them is not looked for. */
            return SPAN_NONE;
        }
        quoted = c == '"';
        depth += c == '(';
        if (c == ')' && depth == 0) {
            return SPAN_NONE;
        }
        if (depth == 0 && c != '\r' && c != '\n') {
            p[n++] = c;
        }
        depth -= c == ')';
    }
    return p && depth == 0 ? span_make(p, n) : SPAN_NONE;
}

static struct span take_until(struct span *rest, char end)
{
    const uint8_t *at = rest->n ? memchr(rest->p, end, rest->n) : NULL;
    size_t n = at ? (size_t)(at - rest->p) : rest->n;
    struct span piece = span_trim(span_sub(*rest, 0, n));
    *rest = span_sub(*rest, n + (at != NULL), rest->n);
    return piece;
}

/* "name [version]" is this one. */
static bool is_id(struct span s, const char *id)
{
    size_t n = 0;
    while (n < s.n && !span_is_blank(s.p[n])) {
        n++;
    }
    return mail_same(span_sub(s, 0, n), id);
}

static const char *word_of(struct arena *a, struct span s)
{
    char *word = arena_str(a, span_sub(s, 0, 32));
    for (char *p = word; p && *p; p++) {
        *p = isalnum((uint8_t)*p) ? (char)tolower((uint8_t)*p) : '?';
    }
    return word;
}

/* A domain, or an address: its domain. "" when it is neither. */
static void take_domain(struct span value, char out[MAIL_DOMAIN])
{
    const uint8_t *at = value.n ? memrchr(value.p, '@', value.n) : NULL;
    size_t skip = at ? (size_t)(at - value.p) + 1 : 0;
    if (!mail_domain_parse(span_sub(value, skip, value.n), out)) {
        out[0] = 0;
    }
}

/* "dmarc=pass header.from=issuer.example ..." */
static int take_result(struct arena *a, struct span s, struct mail_authres *out)
{
    struct span first = take_until(&s, ' ');
    struct span method = take_until(&first, '=');
    const char **to = mail_same(method, "spf")     ? &out->spf
                      : mail_same(method, "dkim")  ? &out->dkim
                      : mail_same(method, "dmarc") ? &out->dmarc
                                                   : NULL;
    if (!to) {
        return 0;
    }
    /* Twice: the worse one counts; DKIM has a result for each signature and is only shown. */
    const char *word = word_of(a, span_trim(first));
    *to = !*to || (to == &out->dkim) == (word && strcmp(word, "pass") == 0) ? word : *to;
    while ((to == &out->dmarc || to == &out->spf) && s.n) {
        struct span property = take_until(&s, ' ');
        struct span name = take_until(&property, '=');
        if (to == &out->dmarc && mail_same(name, "header.from")) {
            take_domain(property, out->dmarc_from);
        } else if (to == &out->spf && mail_same(name, "smtp.mailfrom")) {
            take_domain(property, out->spf_from);
        }
    }
    return word ? 0 : -1;
}

int mail_authres_read(struct arena *a, const struct mail_head *h, const char *id,
                      struct mail_authres *out)
{
    size_t all = 0, named = 0;
    struct span ours = SPAN_NONE;
    *out = (struct mail_authres){.ours = false};
    for (size_t i = 0; id && i < h->count; i++) {
        if (!mail_same(h->fields[i].name, "Authentication-Results")) {
            continue;
        }
        struct span value = without_comments(a, h->fields[i].value), rest = value;
        struct span name = value.p ? take_until(&rest, ';') : SPAN_NONE;
        if (name.p ? is_id(name, id) : mail_contains(h->fields[i].value, id)) {
            named++;
            ours = all == 0 && value.p ? rest : ours;
        }
        all++;
    }
    out->forged = named > 1 || (named == 1 && !ours.p);
    out->ours = ours.p && !out->forged;
    while (out->ours && ours.n) {
        if (take_result(a, take_until(&ours, ';'), out) != 0) {
            return -1;
        }
    }
    return 0;
}
