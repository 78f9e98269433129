/*
 * listen_case - see listen_case.h.
 */
#include "tls/listen_case.h"

#include <stdio.h>

#include <jansson.h>

#include "base/embed.h"

EMBED_FILE(tls_listen_cases_json, "tls/listen_cases.json");

struct span cases_builtin(void)
{
    return EMBEDDED(tls_listen_cases_json);
}

/* A word of the file and what it means. */
struct word {
    const char *word;
    unsigned value;
};

static const struct word twists[] = {
    {"self-signed", TWIST_SELF_SIGNED},
    {"other-ca", TWIST_OTHER_CA},
    {"fake-ca", TWIST_FAKE_CA},
    {"intermediate", TWIST_INTERMEDIATE},
    {"fake-intermediate", TWIST_FAKE_INTERMEDIATE},
    {"leaf-issuer", TWIST_LEAF_ISSUER},
    {"no-constraints", TWIST_NO_CONSTRAINTS},
    {"long-path", TWIST_LONG_PATH},
    {"constrained", TWIST_CONSTRAINED},
    {"other-name", TWIST_OTHER_NAME},
    {"null-name", TWIST_NULL_NAME},
    {"common-name", TWIST_COMMON_NAME},
    {"wildcard", TWIST_WILDCARD},
    {"address-name", TWIST_ADDRESS_NAME},
    {"address", TWIST_ADDRESS},
    {"expired", TWIST_EXPIRED},
    {"future", TWIST_FUTURE},
    {"broken-signature", TWIST_BROKEN_SIGNATURE},
    {"md5", TWIST_MD5},
    {"sha1", TWIST_SHA1},
    {"rsa-1024", TWIST_RSA_1024},
    {"other-key", TWIST_OTHER_KEY},
    {"client-usage", TWIST_CLIENT_USAGE},
    {"critical-extension", TWIST_CRITICAL},
    {"revoked", TWIST_REVOKED},
    {"wrong-proof", TWIST_WRONG_PROOF},
    {0},
};

static const struct word needs[] = {
    {"name", NEED_NAME},   {"address", NEED_ADDRESS},   {"staple", NEED_STAPLE},
    {"tls13", NEED_TLS13}, {"starttls", NEED_STARTTLS}, {0},
};

static const struct word serves[] = {{"full", SERVE_FULL},
                                     {"flight", SERVE_FLIGHT},
                                     {"refuse", SERVE_REFUSE},
                                     {"plain", SERVE_PLAIN},
                                     {0}};

static const struct word expects[] = {
    {"accept", EXPECT_ACCEPT}, {"reject", EXPECT_REJECT}, {"any", EXPECT_ANY}, {0}};

static const struct word versions[] = {{"SSLv3", TLS_SSL3}, {"TLSv1.0", TLS_10},
                                       {"TLSv1.1", TLS_11}, {"TLSv1.2", TLS_12},
                                       {"TLSv1.3", TLS_13}, {0}};

const char *expecting_name(enum expecting e)
{
    return expects[e].word;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reading {
    struct arena *a;
    char *error;
    const char *id;
    bool failed; /* memory */
};

static int wrong(struct reading *r, const char *what)
{
    (void)snprintf(r->error, CASE_ERROR, "%.40s: %.100s", r->id ? r->id : "the cases", what);
    return 1;
}

static const char *text(struct reading *r, const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    char *copy = s ? arena_str(r->a, span_str(s)) : NULL;
    r->failed |= s && !copy;
    return copy;
}

static bool meaning(const struct word *table, const char *word, unsigned *out)
{
    for (const struct word *w = table; word && w->word; w++) {
        if (strcmp(w->word, word) == 0) {
            *out |= w->value;
            return true;
        }
    }
    return false;
}

static int read_flags(struct reading *r, const json_t *list, const struct word *table,
                      unsigned *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!meaning(table, json_string_value(json_array_get(list, i)), out)) {
            return wrong(r, "has a word that is not known");
        }
    }
    return 0;
}

/* A word that may be left out. */
static int read_word(struct reading *r, const json_t *o, const char *key, const struct word *table,
                     unsigned *out)
{
    const json_t *v = json_object_get(o, key);
    if (v && !meaning(table, json_string_value(v), out)) {
        return wrong(r, "has a word that is not known");
    }
    return 0;
}

static int read_suites(struct reading *r, const json_t *list, struct listen_case *c)
{
    size_t all;
    const struct suite *known = tls_suites(&all);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        size_t k = 0;
        while (k < all && !(name && strcmp(known[k].name, name) == 0)) {
            k++;
        }
        if (k == all || c->suite_count == CASE_SUITES) {
            return wrong(r, "names a suite that does not exist");
        }
        c->suites[c->suite_count++] = known[k].code;
    }
    return 0;
}

static int read_finding(struct reading *r, const json_t *o, struct listen_case *c)
{
    const char *code = json_string_value(json_object_get(o, "finding"));
    c->finding = code ? check_by_code(code) : CHECK_COUNT;
    if (code && c->finding == CHECK_COUNT) {
        return wrong(r, "names a finding that does not exist");
    }
    if (!code && c->expect != EXPECT_ANY && !c->control) {
        return wrong(r, "has no finding");
    }
    return 0;
}

static int read_row(struct reading *r, const json_t *o, struct listen_case *c)
{
    unsigned serve = 0, expect = 0, least = 0, most = 0;
    *c = (struct listen_case){.id = text(r, o, "id"),
                              .text = text(r, o, "text"),
                              .text_hi = text(r, o, "text_hi"),
                              .cite = text(r, o, "cite"),
                              .control = json_is_true(json_object_get(o, "control")),
                              .ask = json_is_true(json_object_get(o, "ask")),
                              .sentinel = json_is_true(json_object_get(o, "sentinel")),
                              .dh_bits = (unsigned)json_integer_value(json_object_get(o, "dh"))};
    r->id = c->id;
    if (!c->id || !c->text || !c->text_hi || !c->cite || strlen(c->id) >= CASE_ID) {
        return wrong(r, "a case lacks id, text, text_hi or cite");
    }
    int rc = read_word(r, o, "serve", serves, &serve);
    rc = rc ? rc : read_word(r, o, "expect", expects, &expect);
    rc = rc ? rc : read_word(r, o, "least", versions, &least);
    rc = rc ? rc : read_word(r, o, "most", versions, &most);
    rc = rc ? rc : read_flags(r, json_object_get(o, "certificate"), twists, &c->twists);
    rc = rc ? rc : read_flags(r, json_object_get(o, "needs"), needs, &c->needs);
    rc = rc ? rc : read_suites(r, json_object_get(o, "suites"), c);
    c->serve = (enum serving)serve;
    c->expect = (enum expecting)expect;
    c->least = (uint16_t)least;
    c->most = (uint16_t)most;
    return rc ? rc : read_finding(r, o, c);
}

static int read_list(struct reading *r, const json_t *root, struct case_list *out)
{
    const json_t *rows = json_object_get(root, "cases");
    const char *schema = json_string_value(json_object_get(root, "schema"));
    size_t n = json_array_size(rows);
    if (!schema || strcmp(schema, "satyapan-tls-cases/1") != 0 || n == 0 || n > CASES_MAX) {
        return wrong(r, "is not a satyapan-tls-cases/1");
    }
    out->control = n;
    for (size_t i = 0; i < n; i++) {
        int rc = read_row(r, json_array_get(rows, i), &out->rows[i]);
        if (rc) {
            return rc;
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(out->rows[k].id, out->rows[i].id) == 0) {
                return wrong(r, "is there twice");
            }
        }
        if (out->rows[i].control && out->control == n) {
            out->control = i;
        }
        out->count++;
    }
    return r->failed ? -1 : out->control == n ? wrong(r, "has no control case") : 0;
}

int cases_read(struct arena *a, struct span json, struct case_list *out, char *error)
{
    struct reading r = {.a = a, .error = error};
    json_error_t e;
    memset(out, 0, sizeof *out);
    json_t *root = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, &e);
    int rc = root ? read_list(&r, root, out) : wrong(&r, e.text);
    json_decref(root);
    return r.failed ? -1 : rc;
}

/* ---- does it fit ----------------------------------------------------------------------------- */

static bool fits_kind(const struct suite *s, uint16_t version)
{
    bool kind = s->exchange == KX_RSA || s->exchange == KX_DHE || s->exchange == KX_ECDHE ||
                ((s->exchange == KX_DH || s->exchange == KX_ECDH) && s->auth == AU_ANON);
    bool auth = s->auth == AU_RSA || s->auth == AU_ECDSA || s->auth == AU_ANON;
    return kind && auth && tls_suite_fits(s, version) && version <= TLS_12;
}

uint16_t case_version(const struct listen_case *c, const struct client_hello *h)
{
    static const uint16_t all[] = {TLS_12, TLS_11, TLS_10, TLS_SSL3};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        bool inside = (!c->most || all[i] <= c->most) && (!c->least || all[i] >= c->least);
        /* An exact old version is tried on everybody: who does not offer it may still take it. */
        bool exact = c->most && c->most == c->least && h->version >= all[i];
        if (inside && (exact || client_offers_version(h, all[i]))) {
            return all[i];
        }
    }
    return 0;
}

/* A good suite for a flight whose suite is not what is tested. */
static bool is_sound(const struct suite *s, unsigned dh_bits)
{
    bool exchange = dh_bits ? s->exchange == KX_DHE : s->exchange == KX_ECDHE;
    return exchange && s->auth != AU_ANON && s->cipher != CI_NULL && s->cipher != CI_RC4 &&
           strstr(s->name, "EXPORT") == NULL;
}

/* One that the case names; without a list, a sound one. */
static bool is_for(const struct listen_case *c, const struct suite *s)
{
    for (size_t i = 0; i < c->suite_count; i++) {
        if (c->suites[i] == s->code) {
            return true;
        }
    }
    return c->suite_count == 0 && is_sound(s, c->dh_bits);
}

uint16_t case_suite(const struct listen_case *c, const struct client_hello *h, uint16_t version,
                    bool plain_rsa)
{
    uint16_t rsa = 0, best = 0;
    bool any = c->suite_count == 0 && !c->dh_bits && !(c->twists & TWIST_WRONG_PROOF);
    for (size_t i = 0; i < client_count(h->suites); i++) {
        const struct suite *s = tls_suite(client_at(h->suites, i));
        if (!s || !fits_kind(s, version)) {
            continue;
        }
        bool weak = s->cipher == CI_NULL || s->cipher == CI_RC4 || strstr(s->name, "EXPORT");
        if (!rsa && s->exchange == KX_RSA && !weak) {
            rsa = s->code;
        }
        if (!best && is_for(c, s)) {
            best = s->code;
        }
    }
    /* Without a signed key exchange nothing but the version can be in the way. */
    return any && rsa && (plain_rsa || !best) ? rsa : best;
}

bool case_fits(const struct listen_case *c, const struct client_hello *h, bool named, bool starttls)
{
    bool name = h->name[0] || named;
    if (((c->needs & NEED_NAME) && !name) || ((c->needs & NEED_ADDRESS) && name) ||
        ((c->needs & NEED_STAPLE) && !(h->flags & CLIENT_STAPLE)) ||
        ((c->needs & NEED_TLS13) && !client_offers_version(h, TLS_13)) ||
        ((c->needs & NEED_STARTTLS) && !starttls)) {
        return false;
    }
    if (c->serve == SERVE_FLIGHT) {
        uint16_t version = case_version(c, h);
        return version && case_suite(c, h, version, false);
    }
    if (c->serve != SERVE_FULL) {
        return true;
    }
    static const uint16_t served[] = {TLS_13, TLS_12, TLS_11, TLS_10};
    for (size_t i = 0; i < sizeof served / sizeof *served; i++) {
        if ((!c->least || served[i] >= c->least) && (!c->most || served[i] <= c->most) &&
            client_offers_version(h, served[i])) {
            return true;
        }
    }
    return false;
}
