/*
 * refresh - asks the sources and puts what they answer into the store; one line for each.
 *
 * Issuers first, so that they can vouch for the lists; what a new issuer names is asked in the same
 * run. One refresh of a store at a time. Conditional requests (RFC 9110 13.1.2, 13.1.3): an
 * unchanged list is not sent again.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/json.h"
#include "base/utc.h"
#include "cli/progress.h"
#include "cli/revocation/command.h"
#include "net/fetch.h"
#include "net/url.h"

enum { BATCH = 8, ROUNDS = 4 };

struct refresh {
    struct revocation *c;
    struct fetcher fetcher;
    struct progress progress;
    const struct store_source **list; /* to be asked in this round */
    size_t count, capacity;
    const char **asked; /* in this run */
    size_t asked_count, asked_capacity;
    size_t good, bad, reached;
};

/* ---- what is asked --------------------------------------------------------------------------- */

static bool asked(const struct refresh *r, const char *url)
{
    for (size_t i = 0; i < r->asked_count; i++) {
        if (strcmp(r->asked[i], url) == 0) {
            return true;
        }
    }
    return false;
}

static bool wanted(const struct refresh *r, const struct store_source *s)
{
    const struct revocation *c = r->c;
    if (!s->url || s->kind == STORE_OCSP || s->kind == STORE_UNKNOWN || asked(r, s->url) ||
        (c->url && strcmp(c->url, s->url) != 0) ||
        (c->ca && !strcasestr(s->ca ? s->ca : s->issuer, c->ca))) {
        return false;
    }
    return !c->due || s->next_try <= c->now;
}

static int consider(void *context, const struct store_source *s)
{
    struct refresh *r = context;
    if (!wanted(r, s)) {
        return 0;
    }
    struct store_source *copy = arena_alloc(r->c->a, sizeof *copy);
    if (!copy ||
        arena_grow(r->c->a, (void **)&r->list, &r->capacity, r->count + 1, sizeof *r->list) < 0 ||
        arena_grow(r->c->a, (void **)&r->asked, &r->asked_capacity, r->asked_count + 1,
                   sizeof *r->asked) < 0) {
        return -1;
    }
    *copy = *s;
    r->list[r->count++] = copy;
    r->asked[r->asked_count++] = copy->url;
    return 0;
}

/* Certificates before lists; otherwise the order stays. */
static int choose(struct refresh *r)
{
    r->list = NULL;
    r->count = r->capacity = 0;
    if (store_sources(r->c->store, r->c->a, consider, r) < 0) {
        return -1;
    }
    const struct store_source **sorted = arena_array(r->c->a, r->count + 1, sizeof *sorted);
    size_t n = 0;
    if (!sorted) {
        return -1;
    }
    for (int lists = 0; lists < 2; lists++) {
        for (size_t i = 0; i < r->count; i++) {
            if ((r->list[i]->kind == STORE_CRL) == lists) {
                sorted[n++] = r->list[i];
            }
        }
    }
    r->list = sorted;
    return 0;
}

/* An address that is new: what it serves is told by its ending. */
static int add_url(struct revocation *c)
{
    static const char *const endings[] = {".cer", ".crt", ".der", ".p7c", ".p7b", ".pem"};
    struct store_source known;
    struct url parts;
    enum store_kind kind = STORE_CRL;
    size_t n = strlen(c->url);
    int found = store_source_get(c->store, c->a, c->url, &known);
    const char *why = url_split(span_str(c->url), &parts);
    if (found) {
        return found < 0 ? -1 : 0;
    }
    if (why) {
        complain("%s %s", c->url, why);
        return 1;
    }
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (n > 4 && strcasecmp(c->url + n - 4, endings[i]) == 0) {
            kind = STORE_CERT;
        }
    }
    return store_source_add(c->store, kind, c->url, NULL, "operator");
}

/* ---- what is told ---------------------------------------------------------------------------- */

static void print_json(const struct store_source *s, const char *outcome,
                       const struct store_result *r, const char *why)
{
    char text[UTC_TEXT];
    struct buffer b;
    struct json j = {.out = &b};
    buffer_init(&b, 1 << 16);
    json_open(&j, '{');
    json_put_text(&j, "url", s->url);
    json_put_text(&j, "ca", s->ca);
    json_put_text(&j, "kind", store_kind_name(s->kind));
    json_put_text(&j, "outcome", outcome);
    json_put_text(&j, "why", why && *why ? why : NULL);
    if (r && r->sha256[0]) {
        json_put_text(&j, "issuer", r->issuer);
        json_put_text(&j, "sha256", r->sha256);
        json_put_text(&j, "issued",
                      r->this_update == UTC_NONE ? NULL : utc_rfc3339(r->this_update, text));
        json_put_text(&j, "valid_until",
                      r->next_update == UTC_NONE ? NULL : utc_rfc3339(r->next_update, text));
        json_put_number(&j, "entries", (int64_t)r->entries);
    }
    json_close(&j, '}');
    const char *line = buffer_cstr(&b);
    (void)puts(line ? line : "{}");
    buffer_free(&b);
}

static void tell(struct refresh *r, const struct store_source *s, const char *outcome, int badness,
                 const struct store_result *result, const char *why)
{
    const struct revocation *c = r->c;
    char date[WORD_SIZE], count[WORD_SIZE];
    progress_clear(&r->progress);
    if ((c->quiet || c->due) && badness < 2) {
        return;
    }
    if (c->json) {
        print_json(s, outcome, result, why);
        return;
    }
    (void)printf("%s%-14s%s %s", word_colour(c, badness), outcome, word_plain(c),
                 word_safe(c->a, s->url));
    if (result && result->kind == STORE_CRL && badness < 2) {
        (void)printf("  %s, issued %s, %s entries", word_safe(c->a, result->issuer),
                     word_date(result->this_update, date), word_count(result->entries, count));
    }
    (void)printf("%s%s\n", why && *why ? ": " : "", word_safe(c->a, why));
}

/* ---- answers --------------------------------------------------------------------------------- */

/* Returns 0, or -1 when our own store failed. */
static int take_bytes(struct refresh *r, const struct store_source *s, const struct fetch_reply *p,
                      const struct store_origin *from)
{
    struct store_result result;
    struct store *store = r->c->store;
    int rc = s->kind == STORE_CERT ? store_put_cert(store, p->bytes, from, &result)
                                   : store_put_crl(store, p->bytes, from, &result);
    bool good = result.outcome == STORE_STORED || result.outcome == STORE_SAME ||
                result.outcome == STORE_OLDER;
    r->good += good;
    r->bad += !good;
    if (result.outcome == STORE_FAILED) {
        /* What one child could not read is no fault of the disk: the others come next. */
        rc = store_source_failed(store, s->url, result.why);
    }
    tell(r, s, store_outcome_name(result.outcome),
         !good                            ? 2
         : result.outcome == STORE_STORED ? 0
                                          : 3,
         &result, result.why);
    return rc;
}

static int take_reply(struct refresh *r, const struct store_source *s, const struct fetch_reply *p)
{
    const struct store_origin from = {.url = s->url,
                                      .ca = s->ca,
                                      .etag = p->etag[0] ? p->etag : NULL,
                                      .last_modified =
                                          p->last_modified[0] ? p->last_modified : NULL,
                                      .expires = p->expires == UTC_NONE ? 0 : p->expires};
    r->reached += p->outcome == FETCH_OK || p->outcome == FETCH_NOT_MODIFIED;
    if (p->outcome == FETCH_OK) {
        return take_bytes(r, s, p, &from);
    }
    if (p->outcome == FETCH_NOT_MODIFIED) {
        r->good++;
        tell(r, s, "unchanged", 3, NULL, "");
        return store_source_unchanged(r->c->store, s->url, &from);
    }
    r->bad++;
    tell(r, s, fetch_outcome_name(p->outcome), 2, NULL, p->why);
    return store_source_failed(r->c->store, s->url, p->why);
}

static int ask_batch(struct refresh *r, size_t from, size_t n)
{
    struct fetch_request requests[BATCH] = {0};
    static struct fetch_reply replies[BATCH]; /* too large for the stack */
    int rc = 0;
    for (size_t i = 0; i < n; i++) {
        const struct store_source *s = r->list[from + i];
        requests[i] = (struct fetch_request){
            .url = s->url,
            .kind = s->kind == STORE_CERT ? FETCH_CERT : FETCH_CRL,
            .etag = s->held ? s->etag : NULL,
            .last_modified = s->held ? s->last_modified : NULL,
        };
    }
    memset(replies, 0, sizeof replies);
    /* A fetcher that is gone gives temporary failures, which are noted as such. */
    (void)!fetcher_get(&r->fetcher, requests, n, 0, replies);
    if (!r->c->fixed_time) {
        r->c->now = (int64_t)time(NULL);
        store_set_time(r->c->store, r->c->now);
    }
    for (size_t i = 0; i < n; i++) {
        rc = take_reply(r, r->list[from + i], &replies[i]) < 0 ? -1 : rc;
        progress_step(&r->progress);
        fetch_reply_free(&replies[i]);
    }
    return rc;
}

/* Issuers are put in before the lists are asked for: the first list starts a batch of its own. */
static int ask_all(struct refresh *r)
{
    int rc = 0;
    progress_start(&r->progress, r->count);
    for (size_t i = 0; i < r->count && rc == 0;) {
        size_t n = 0;
        while (n < BATCH && i + n < r->count && r->list[i + n]->kind == r->list[i]->kind) {
            n++;
        }
        rc = ask_batch(r, i, n);
        i += n;
    }
    progress_clear(&r->progress);
    return rc;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int start_fetcher(struct refresh *r)
{
    char why[FETCH_WHY_MAX];
    struct fetch_hosts hosts;
    size_t n;
    const struct trust_entry *entries = trust_entries(r->c->trust, &n);
    const char *path = arena_printf(r->c->a, "%s/endpoints.csv", r->c->trust_dir);
    if (!path || fetch_hosts_init(&hosts) < 0) {
        complain("memory ran out");
        return EXIT_INTERNAL;
    }
    int code = EXIT_GOOD;
    if (fetch_hosts_load(&hosts, path, why, sizeof why) < 0) {
        complain("%s", why);
        code = EXIT_DATA;
    }
    for (size_t i = 0; code == EXIT_GOOD && i < n; i++) {
        const char *urls[4], *unread;
        struct cert *cert = NULL;
        struct url parts;
        int rc = cert_parse(r->c->a, entries[i].der, "trust", &cert, &unread);
        size_t count = rc == 0 && cert ? cert_uris(r->c->a, cert, OID_EXT_CDP, urls, 4) : 0;
        for (size_t k = 0; k < count; k++) {
            if (!url_split(span_str(urls[k]), &parts)) {
                (void)!fetch_hosts_add(&hosts, span_str(parts.host));
            }
        }
    }
    const struct fetcher_options options = {.hosts = &hosts};
    if (code == EXIT_GOOD && fetcher_start(&options, &r->fetcher) != 0) {
        complain("the fetch process cannot start: %s", strerrordesc_np(errno));
        code = EXIT_UNAVAILABLE;
    }
    fetch_hosts_free(&hosts);
    return code;
}

static int ask_sources(struct refresh *r)
{
    int code = EXIT_GOOD, url = r->c->url ? add_url(r->c) : 0;
    if (url > 0) {
        return EXIT_USAGE;
    }
    if (url < 0 || sources_add(r->c) < 0 || choose(r) < 0) {
        return EXIT_IO;
    }
    if (!r->count && !r->c->due) {
        complain("no source of that name; see satyapan revocation status");
        return EXIT_NO_INPUT;
    }
    if (r->count) {
        code = start_fetcher(r);
    }
    bool started = r->count && code == EXIT_GOOD;
    for (int round = 0; code == EXIT_GOOD && r->count && round < ROUNDS; round++) {
        code = ask_all(r) < 0 || choose(r) < 0 ? EXIT_IO : EXIT_GOOD;
    }
    if (started) {
        fetcher_stop(&r->fetcher);
    }
    return code;
}

static int finish(struct refresh *r, int code)
{
    struct revocation *c = r->c;
    int retired = store_retire(c->store, c->keep_months);
    if (retired < 0 || store_publish(c->store) < 0 || code == EXIT_IO) {
        complain("the store in %s/revocation cannot be written", c->data);
        return EXIT_IO;
    }
    if (!c->json && !c->quiet && !c->due) {
        (void)printf("%zu good, %zu failed%s\n", r->good, r->bad,
                     c->offline ? "; offline: nothing was asked" : "");
    }
    return code ? code : !r->bad ? EXIT_GOOD : r->good ? EXIT_UNSURE : EXIT_UNAVAILABLE;
}

int revocation_refresh(struct revocation *c)
{
    struct refresh r = {.c = c};
    int code = revocation_open(c);
    if (code != EXIT_GOOD) {
        return code;
    }
    int locked = store_lock(c->store);
    if (locked == 0 && c->due) {
        return EXIT_GOOD;
    }
    if (locked <= 0) {
        complain(locked == 0 ? "another refresh of %s is running; try again when it is done"
                             : "%s/revocation/lock cannot be locked",
                 c->data);
        return locked == 0 ? EXIT_UNAVAILABLE : EXIT_IO;
    }
    return finish(&r, c->offline ? EXIT_GOOD : ask_sources(&r));
}
