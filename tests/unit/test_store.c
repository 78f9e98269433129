/*
 * test_store - what the revocation store takes, refuses, keeps and hands out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "asn1/armor.h"
#include "revocation/crl.h"
#include "store/current/current.h"
#include "store/inside.h"
#include "world.h"

/* A store in a folder of its own that trusts the world's root. */
struct shop {
    struct world w;
    char dir[64];
    struct store *s;
    struct store_result r;
};

static void open_shop(struct shop *k)
{
    char error[STORE_ERROR];
    if (store_open(k->dir, &k->w.evidence, MINT_NOW, &k->s, error) != 0) {
        fail_msg("%s", error);
    }
}

/* Not by value: the store borrows the evidence. */
static void shop_new(struct shop *k)
{
    *k = (struct shop){.w = world_new(true), .dir = "/tmp/satyapan-store-XXXXXX"};
    assert_non_null(mkdtemp(k->dir));
    open_shop(k);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void shop_free(struct shop *k)
{
    store_close(k->s);
    assert_int_equal(nftw(k->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    world_free(&k->w);
}

static void reopen(struct shop *k)
{
    store_close(k->s);
    open_shop(k);
}

static enum store_outcome put_list(struct shop *k, struct span der, const char *url)
{
    const struct store_origin from = {.url = url};
    assert_int_equal(store_put_crl(k->s, der, &from, &k->r), 0);
    return k->r.outcome;
}

static struct span list_of(struct shop *k, int64_t from, uint32_t number)
{
    return world_ca_crl(&k->w, from, MINT_NOW + MINT_DAY, T, 1, number, 0);
}

static const char *path_to(struct shop *k, const char *sha256, const char *ending)
{
    const char *p = arena_printf(k->w.a, "%s/revocation/crl/%s%s", k->dir, sha256, ending);
    assert_non_null(p);
    return p;
}

static void free_current(void *c)
{
    current_free(c);
}

/* Evidence as a verifier gets it, beside root and CA. */
static void load(struct shop *k)
{
    char error[STORE_ERROR];
    struct current *c;
    k->w.evidence.count = 2;
    world_root_crl(&k->w);
    assert_int_equal(current_load(k->dir, &c, error), 0);
    assert_int_equal(current_add_to(c, &k->w.evidence), 0);
    assert_int_equal(arena_defer(k->w.a, free_current, c), 0);
}

static bool verifier_says(struct shop *k, const char *code)
{
    load(k);
    world_ask(&k->w);
    return strstr(world_codes(&k->w), code) != NULL;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static void list_is_kept_and_used(void **state)
{
    struct shop k;
    struct stat st;
    (void)state;
    shop_new(&k);
    assert_false(verifier_says(&k, "revocation.revoked"));
    assert_int_equal(put_list(&k, list_of(&k, T, 4), "http://crl.test/ca.crl"), STORE_STORED);
    assert_string_equal(k.r.issuer, CA);
    assert_int_equal(k.r.entries, 1);
    assert_int_equal(stat(path_to(&k, k.r.sha256, ".der"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(path_to(&k, k.r.sha256, ".idx"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(arena_printf(k.w.a, "%s/revocation", k.dir), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(stat(arena_printf(k.w.a, "%s/revocation/store.db", k.dir), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    reopen(&k);
    assert_true(verifier_says(&k, "revocation.revoked"));
    assert_int_equal(k.w.evidence.count, 4);
    assert_true(k.w.evidence.blobs[3].index_size > 0);
    /* The same moment and number under another signature is not newer. */
    assert_int_equal(put_list(&k, list_of(&k, T, 4), NULL), STORE_OLDER);
    shop_free(&k);
}

/* The root signs its own list: the path of its signer is itself alone. */
static void list_of_the_root(void **state)
{
    struct shop k;
    (void)state;
    shop_new(&k);
    const struct mint_crl m = {
        .issuer = ROOT, .key = k.w.root_key, .from = T, .to = MINT_NOW + HOUR, .number = 1};
    assert_int_equal(put_list(&k, mint_revocation_list(k.w.a, &m), NULL), STORE_STORED);
    assert_string_equal(k.r.issuer, ROOT);
    shop_free(&k);
}

static void same_bytes_are_held_already(void **state)
{
    struct shop k;
    (void)state;
    shop_new(&k);
    struct span der = list_of(&k, T, 4);
    assert_int_equal(put_list(&k, der, NULL), STORE_STORED);
    assert_int_equal(put_list(&k, der, NULL), STORE_SAME);
    reopen(&k);
    assert_int_equal(put_list(&k, der, NULL), STORE_SAME);
    shop_free(&k);
}

/* Older by thisUpdate, or by the number at the same moment: kept, never current. */
static void older_list_never_becomes_current(void **state)
{
    struct shop k;
    struct store_held held;
    struct stat st;
    char newest[SHA256_HEX];
    (void)state;
    shop_new(&k);
    assert_int_equal(put_list(&k, list_of(&k, T + HOUR, 4), "http://crl.test/ca.crl"),
                     STORE_STORED);
    memcpy(newest, k.r.sha256, sizeof newest);
    assert_int_equal(put_list(&k, list_of(&k, T, 9), "http://crl.test/ca.crl"), STORE_OLDER);
    assert_int_equal(stat(path_to(&k, k.r.sha256, ".der"), &st), 0);
    assert_int_equal(put_list(&k, list_of(&k, T + HOUR, 3), NULL), STORE_OLDER);
    assert_int_equal(store_find_url(k.s, k.w.a, "http://crl.test/ca.crl", &held), 1);
    assert_string_equal(held.sha256, newest);
    assert_int_equal(put_list(&k, list_of(&k, T + HOUR, 5), NULL), STORE_STORED);
    assert_int_equal(put_list(&k, list_of(&k, T + 2 * HOUR, 1), NULL), STORE_STORED);
    assert_int_equal(store_find_url(k.s, k.w.a, "http://crl.test/ca.crl", &held), 1);
    assert_string_equal(held.sha256, k.r.sha256);
    shop_free(&k);
}

/* A delta and a complete list stand beside each other. */
static void delta_is_another_list(void **state)
{
    struct shop k;
    (void)state;
    shop_new(&k);
    assert_int_equal(put_list(&k, list_of(&k, T, 4), NULL), STORE_STORED);
    struct span delta = world_ca_crl(&k.w, T + HOUR, MINT_NOW + MINT_DAY, T, 1, 5, 4);
    assert_int_equal(put_list(&k, delta, NULL), STORE_STORED);
    load(&k);
    assert_int_equal(k.w.evidence.count, 3);
    reopen(&k);
    load(&k);
    assert_int_equal(k.w.evidence.count, 5);
    shop_free(&k);
}

static void expect_refused(struct shop *k, struct span bytes, enum store_outcome outcome)
{
    assert_int_equal(put_list(k, bytes, NULL), outcome);
    assert_true(k->r.why[0] != 0);
    DIR *d = opendir(arena_printf(k->w.a, "%s/revocation/crl", k->dir));
    assert_non_null(d);
    size_t n = 0;
    while (readdir(d)) {
        n++;
    }
    (void)closedir(d);
    assert_int_equal(n, 2); /* "." and ".." */
}

static void refused_with_a_reason(void **state)
{
    struct shop k;
    struct world *w = &k.w;
    (void)state;
    shop_new(&k);
    struct mint_crl m = {.issuer = CA, .key = w->other_key, .from = T, .to = MINT_NOW, .number = 1};
    expect_refused(&k, mint_revocation_list(w->a, &m), STORE_BAD_SIGNATURE);
    m = (struct mint_crl){.issuer = "Nobody", .key = w->ca_key, .from = T, .number = 1};
    expect_refused(&k, mint_revocation_list(w->a, &m), STORE_UNKNOWN_ISSUER);
    m = (struct mint_crl){.issuer = CA, .key = w->ca_key, .from = MINT_NOW + 3 * MINT_DAY};
    expect_refused(&k, mint_revocation_list(w->a, &m), STORE_UNUSABLE);
    /* removeFromCRL in a complete list */
    expect_refused(&k, world_ca_crl(w, T, MINT_NOW, T, 8, 3, 0), STORE_UNUSABLE);
    expect_refused(&k, w->ca, STORE_UNREADABLE);
    expect_refused(&k, SPAN_LIT("<html>404 Not Found</html>"), STORE_UNREADABLE);
    expect_refused(&k, SPAN_LIT(""), STORE_UNREADABLE);
    struct span good = list_of(&k, T, 4);
    for (size_t n = 1; n < good.n; n += 7) {
        expect_refused(&k, span_sub(good, 0, n), STORE_UNREADABLE);
    }
    uint8_t *p = arena_alloc(w->a, good.n);
    assert_non_null(p);
    memcpy(p, good.p, good.n);
    p[good.n - 1] ^= 1;
    expect_refused(&k, span_make(p, good.n), STORE_BAD_SIGNATURE);
    shop_free(&k);
}

/* Its signer is at hand, but leads to no anchor. */
static void signer_must_chain(void **state)
{
    struct shop k;
    (void)state;
    shop_new(&k);
    k.w.evidence.blobs[0].kind = SP_EVIDENCE_CERT; /* the root is an anchor no longer */
    assert_int_equal(put_list(&k, list_of(&k, T, 4), NULL), STORE_UNKNOWN_ISSUER);
    k.w.evidence.blobs[0].kind = SP_EVIDENCE_DISTRUSTED;
    reopen(&k);
    assert_int_equal(put_list(&k, list_of(&k, T, 4), NULL), STORE_UNKNOWN_ISSUER);
    shop_free(&k);
}

/* ---- damage on the disk ---------------------------------------------------------------------- */

static void spoil(const char *path, long at)
{
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, at, SEEK_SET), 0);
    int c = fgetc(f);
    assert_int_equal(fseek(f, at, SEEK_SET), 0);
    assert_int_equal(fputc(c ^ 0x20, f), c ^ 0x20);
    assert_int_equal(fclose(f), 0);
}

static void damaged_files_change_no_answer(void **state)
{
    struct shop k;
    (void)state;
    shop_new(&k);
    struct span der = list_of(&k, T, 4);
    assert_int_equal(put_list(&k, der, NULL), STORE_STORED);
    assert_int_equal(store_publish(k.s), 0);
    const char *idx = path_to(&k, k.r.sha256, ".idx"), *file = path_to(&k, k.r.sha256, ".der");
    struct stat st;
    assert_int_equal(stat(idx, &st), 0);
    for (long i = 0; i < st.st_size; i++) {
        spoil(idx, i);
        assert_true(verifier_says(&k, "revocation.revoked"));
        spoil(idx, i);
    }
    assert_int_equal(truncate(idx, 100), 0);
    assert_true(verifier_says(&k, "revocation.revoked"));
    assert_int_equal(unlink(idx), 0);
    assert_true(verifier_says(&k, "revocation.revoked"));
    /* Taken again, the index is there again; the list is mended. */
    spoil(file, 40);
    assert_int_equal(put_list(&k, der, NULL), STORE_SAME);
    assert_int_equal(stat(idx, &st), 0);
    struct store_held held;
    assert_int_equal(store_find_crl(k.s, k.w.a, mint_name(k.w.a, CA), &held), 1);
    assert_true(span_eq(held.der, der));
    /* A list that is gone, or cut, is not used at all. */
    assert_int_equal(truncate(file, 50), 0);
    assert_false(verifier_says(&k, "revocation.revoked"));
    shop_free(&k);
}

/* Every octet of the file that programs without a database read. */
static void damaged_current_counts_as_absent(void **state)
{
    struct shop k;
    struct stat st;
    (void)state;
    shop_new(&k);
    assert_int_equal(put_list(&k, list_of(&k, T, 4), "http://crl.test/ca.crl"), STORE_STORED);
    assert_int_equal(store_publish(k.s), 0);
    const char *path = arena_printf(k.w.a, "%s/revocation/current", k.dir);
    assert_int_equal(stat(path, &st), 0);
    for (long i = 0; i < st.st_size; i++) {
        char error[STORE_ERROR];
        struct current *c;
        spoil(path, i);
        assert_int_equal(current_load(k.dir, &c, error), 0);
        assert_int_equal(current_generation(c), -1);
        current_free(c);
        spoil(path, i);
    }
    assert_true(verifier_says(&k, "revocation.revoked"));
    assert_int_equal(truncate(path, st.st_size / 2), 0);
    assert_false(verifier_says(&k, "revocation.revoked"));
    reopen(&k); /* and is written again */
    assert_true(verifier_says(&k, "revocation.revoked"));
    shop_free(&k);
}

/* ---- OCSP answers and issuers ---------------------------------------------------------------- */

static struct mint_ocsp answer_of(const struct shop *k)
{
    return (struct mint_ocsp){.issuer = CA,
                              .issuer_key = k->w.ca_key,
                              .serial = SIGNER_NO,
                              .produced = MINT_NOW - HOUR,
                              .from = MINT_NOW - HOUR,
                              .to = MINT_NOW + HOUR,
                              .responder = CA,
                              .key = k->w.ca_key};
}

static void answers_are_kept(void **state)
{
    struct shop k;
    struct world *w = &k.w;
    struct mint_ocsp m;
    struct store_held held;
    struct der serial;
    uint8_t hash[32];
    (void)state;
    shop_new(&k);
    m = answer_of(&k);
    struct span in = mint_int(w->a, SIGNER_NO), spki = mint_spki(w->a, w->ca_key);
    assert_true(der_next(&in, &serial));
    SHA256(spki.p + spki.n - 65, 65, hash);
    assert_int_equal(store_find_ocsp(k.s, w->a, span_make(hash, 32), serial.body, &held), 0);
    struct span older = mint_ocsp_response(w->a, &m);
    m.status = 1;
    m.revoked_at = T;
    m.from = m.produced = MINT_NOW - HOUR / 2;
    struct span newer = mint_ocsp_response(w->a, &m);
    assert_int_equal(store_put_ocsp(k.s, newer, NULL, &k.r), 0);
    assert_int_equal(k.r.outcome, STORE_STORED);
    assert_int_equal(store_put_ocsp(k.s, older, NULL, &k.r), 0);
    assert_int_equal(k.r.outcome, STORE_STORED);
    assert_int_equal(store_put_ocsp(k.s, older, NULL, &k.r), 0);
    assert_int_equal(k.r.outcome, STORE_SAME);
    assert_int_equal(store_find_ocsp(k.s, w->a, span_make(hash, 32), serial.body, &held), 1);
    assert_true(span_eq(held.der, newer));
    assert_true(held.next_update == MINT_NOW + HOUR);
    reopen(&k);
    assert_true(verifier_says(&k, "revocation.revoked"));
    assert_int_equal(k.w.evidence.count, 4); /* the newest one about a certificate only */
    m.key = w->other_key;
    assert_int_equal(store_put_ocsp(k.s, mint_ocsp_response(w->a, &m), NULL, &k.r), 0);
    assert_int_equal(k.r.outcome, STORE_BAD_SIGNATURE);
    assert_int_equal(store_put_ocsp(k.s, SPAN_LIT("\x30\x03\x0a\x01\x06"), NULL, &k.r), 0);
    assert_int_equal(k.r.outcome, STORE_UNREADABLE);
    shop_free(&k);
}

/* An issuer that was fetched vouches for lists from then on; the addresses it names are sources. */
static void issuer_vouches(void **state)
{
    struct shop k;
    struct world *w = &k.w;
    struct store_source source;
    struct store_origin from = {.url = "http://ca.test/sub.cer"};
    (void)state;
    shop_new(&k);
    struct span sub = mint_certificate(w->a, &(struct mint_cert){.subject = "Sub",
                                                                 .key = w->other_key,
                                                                 .issuer = CA,
                                                                 .issuer_key = w->ca_key,
                                                                 .serial = 9,
                                                                 .ca = true,
                                                                 .crl = "http://crl.test/c.crl"});
    struct mint_crl m = {
        .issuer = "Sub", .key = w->other_key, .from = T, .to = MINT_NOW + HOUR, .number = 1};
    struct span list = mint_revocation_list(w->a, &m);
    assert_int_equal(put_list(&k, list, NULL), STORE_UNKNOWN_ISSUER);
    assert_int_equal(store_put_cert(k.s, sub, &from, &k.r), 0);
    assert_int_equal(k.r.outcome, STORE_STORED);
    assert_int_equal(put_list(&k, list, NULL), STORE_STORED);
    assert_int_equal(store_source_get(k.s, w->a, "http://crl.test/c.crl", &source), 1);
    assert_string_equal(source.ca, CA);
    reopen(&k);
    assert_int_equal(put_list(&k, list, NULL), STORE_SAME);
    load(&k);
    assert_int_equal(w->evidence.count, 5); /* root, CA, the root's list, the issuer, its list */
    assert_int_equal(store_put_cert(k.s, w->ca, NULL, &k.r), 0);
    assert_int_equal(k.r.outcome, STORE_SAME); /* in the trust list */
    assert_int_equal(store_put_cert(k.s, w->signer, NULL, &k.r), 0);
    assert_int_equal(k.r.outcome, STORE_UNUSABLE); /* no CA */
    shop_free(&k);
}

static void add_pem(struct buffer *b, struct span der)
{
    unsigned char text[4096];
    assert_true(der.n < sizeof text / 2);
    (void)EVP_EncodeBlock(text, der.p, (int)der.n);
    buffer_printf(b, "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n", (char *)text);
}

/* Puts in what a document brought: the CA and the one above it. Returns the outcome. */
static enum store_outcome put_brought(struct shop *k, struct span ca, struct span above)
{
    static const struct store_origin brought = {.anchored_only = true};
    struct buffer pem;
    buffer_init(&pem, 1 << 16);
    add_pem(&pem, ca);
    add_pem(&pem, above);
    assert_int_equal(store_put_cert(k->s, buffer_span(&pem), &brought, &k->r), 0);
    buffer_free(&pem);
    return k->r.outcome;
}

/* CAs that a document brought vouch for lists when they chain to the trust list, and only then. */
static void brought_issuer_vouches(void **state)
{
    struct shop k;
    struct world *w = &k.w;
    (void)state;
    shop_new(&k);
    EVP_PKEY *low_key = mint_key();
    struct span mine = world_ca(w, "Middle", w->other_key, CA, w->ca_key, 8);
    struct span strange = world_ca(w, "Middle", w->other_key, "Nobody", w->other_key, 8);
    struct span low = world_ca(w, "Low", low_key, "Middle", w->other_key, 9);
    struct mint_crl m = {
        .issuer = "Low", .key = low_key, .from = T, .to = MINT_NOW + HOUR, .number = 1};
    struct span list = mint_revocation_list(w->a, &m);
    assert_int_equal(put_brought(&k, low, strange), STORE_UNKNOWN_ISSUER);
    assert_int_equal(put_list(&k, list, NULL), STORE_UNKNOWN_ISSUER);
    load(&k);
    assert_int_equal(w->evidence.count, 3); /* root, CA, the root's list: nothing of theirs */
    assert_int_equal(put_brought(&k, low, mine), STORE_STORED);
    assert_int_equal(put_list(&k, list, NULL), STORE_STORED);
    assert_int_equal(put_brought(&k, low, mine), STORE_SAME);
    EVP_PKEY_free(low_key);
    shop_free(&k);
}

/* ---- sources --------------------------------------------------------------------------------- */

static struct store_source source_of(struct shop *k, const char *url)
{
    struct store_source s;
    assert_int_equal(store_source_get(k->s, k->w.a, url, &s), 1);
    return s;
}

static void failures_back_off(void **state)
{
    static const char url[] = "http://crl.test/ca.crl";
    struct shop k;
    struct store_source s;
    (void)state;
    shop_new(&k);
    assert_int_equal(store_source_get(k.s, k.w.a, url, &s), 0);
    assert_int_equal(store_source_add(k.s, STORE_CRL, url, "Test CA", "endpoint"), 0);
    assert_int_equal(source_of(&k, url).next_try, 0);
    for (unsigned n = 0; n < 20; n++) {
        int64_t most = n < 9 ? (int64_t)60 << n : 6 * HOUR;
        most = most < 6 * HOUR ? most : 6 * HOUR;
        assert_int_equal(store_source_failed(k.s, url, "no answer"), 0);
        s = source_of(&k, url);
        assert_int_equal(s.failures, n + 1);
        assert_string_equal(s.error, "no answer");
        assert_true(s.next_try <= MINT_NOW + most && s.next_try >= MINT_NOW + most / 2);
    }
    const struct store_origin from = {
        .url = url, .etag = "\"x\"", .last_modified = "Sat", .expires = MINT_NOW + 2 * HOUR};
    assert_int_equal(store_put_crl(k.s, list_of(&k, T, 4), &from, &k.r), 0);
    s = source_of(&k, url);
    assert_true(s.held && s.failures == 0 && !s.error && s.kind == STORE_CRL);
    assert_true(s.next_try == MINT_NOW + 2 * HOUR && s.fetched_at == MINT_NOW);
    assert_string_equal(s.etag, "\"x\"");
    assert_string_equal(s.ca, "Test CA");
    /* A bad answer keeps what is held. */
    assert_int_equal(store_put_crl(k.s, SPAN_LIT("oops, an error page"), &from, &k.r), 0);
    s = source_of(&k, url);
    assert_true(s.held && s.failures == 1 && s.error);
    store_set_time(k.s, MINT_NOW + HOUR);
    assert_int_equal(store_source_unchanged(k.s, url, NULL), 0);
    s = source_of(&k, url);
    assert_true(s.failures == 0 && !s.error && s.fetched_at == MINT_NOW + HOUR);
    assert_string_equal(s.etag, "\"x\"");
    shop_free(&k);
}

/* In time before nextUpdate, whatever HTTP says; often when it has passed. */
static void asked_before_the_list_ends(void **state)
{
    static const char url[] = "http://crl.test/ca.crl";
    struct shop k;
    const struct store_origin from = {.url = url, .expires = MINT_NOW + 30 * MINT_DAY};
    (void)state;
    shop_new(&k);
    struct span list = world_ca_crl(&k.w, T, MINT_NOW + 2 * HOUR, T, 1, 4, 0);
    assert_int_equal(store_put_crl(k.s, list, &from, &k.r), 0);
    assert_true(source_of(&k, url).next_try == MINT_NOW + 2 * HOUR - 600);
    list = world_ca_crl(&k.w, T + 1, MINT_NOW - HOUR, T, 1, 4, 0);
    assert_int_equal(store_put_crl(k.s, list, &from, &k.r), 0);
    assert_true(source_of(&k, url).next_try == MINT_NOW + 900);
    list = world_ca_crl(&k.w, T + 2, MINT_NOW + 9 * MINT_DAY, T, 1, 4, 0);
    assert_int_equal(store_put_crl(k.s, list, &from, &k.r), 0);
    assert_true(source_of(&k, url).next_try == MINT_NOW + 6 * HOUR);
    shop_free(&k);
}

/* ---- upkeep ---------------------------------------------------------------------------------- */

static size_t count_files(struct shop *k)
{
    size_t n = 0;
    DIR *d = opendir(arena_printf(k->w.a, "%s/revocation/crl", k->dir));
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        n += strstr(e->d_name, ".der") != NULL;
    }
    (void)closedir(d);
    return n;
}

static void old_versions_go_but_two(void **state)
{
    struct shop k;
    (void)state;
    shop_new(&k);
    store_set_time(k.s, MINT_NOW - 900 * MINT_DAY);
    for (int64_t i = 0; i < 6; i++) {
        int64_t from = MINT_NOW - (1000 - i) * MINT_DAY;
        struct span der = world_ca_crl(&k.w, from, from + MINT_DAY, T, 1, (uint32_t)i + 1, 0);
        assert_int_equal(put_list(&k, der, NULL), STORE_STORED);
    }
    int64_t before, after;
    assert_int_equal(store_generation(k.s, &before), 0);
    assert_int_equal(store_retire(k.s, 12), 0); /* nothing is old yet */
    assert_int_equal(store_generation(k.s, &after), 0);
    assert_true(before == after); /* and nothing is published again */
    store_set_time(k.s, MINT_NOW);
    assert_int_equal(store_retire(k.s, 0), 0);
    assert_int_equal(count_files(&k), 6);
    assert_int_equal(store_retire(k.s, 12), 4);
    assert_int_equal(count_files(&k), 2);
    assert_int_equal(store_retire(k.s, 12), 0);
    shop_free(&k);
}

static void one_refresh_at_a_time(void **state)
{
    struct shop k, other;
    (void)state;
    shop_new(&k);
    other = k;
    open_shop(&other);
    assert_int_equal(store_lock(k.s), 1);
    assert_int_equal(store_lock(k.s), 1);
    assert_int_equal(store_lock(other.s), 0);
    store_close(k.s);
    assert_int_equal(store_lock(other.s), 1);
    k.s = other.s;
    shop_free(&k);
}

/* A source that failed changes what is known of it, not the evidence. */
static void same_evidence_is_told(void **state)
{
    struct shop k;
    char error[STORE_ERROR];
    struct current *first, *second, *third;
    (void)state;
    shop_new(&k);
    assert_int_equal(put_list(&k, list_of(&k, T, 4), "http://crl.test/ca.crl"), STORE_STORED);
    assert_int_equal(store_publish(k.s), 0);
    assert_int_equal(current_load(k.dir, &first, error), 0);
    assert_false(current_changed(k.dir, first));
    assert_int_equal(store_source_failed(k.s, "http://crl.test/ca.crl", "no answer"), 0);
    assert_int_equal(store_publish(k.s), 0);
    assert_true(current_changed(k.dir, first));
    assert_int_equal(current_load(k.dir, &second, error), 0);
    assert_true(current_same(first, second));
    assert_int_equal(put_list(&k, list_of(&k, T + HOUR, 5), "http://crl.test/ca.crl"),
                     STORE_STORED);
    assert_int_equal(store_publish(k.s), 0);
    assert_int_equal(current_load(k.dir, &third, error), 0);
    assert_false(current_same(second, third));
    current_free(first);
    current_free(second);
    current_free(third);
    shop_free(&k);
}

/* What was committed but not published: the next opening publishes it. */
static void publishing_is_made_up_for(void **state)
{
    struct shop k;
    (void)state;
    shop_new(&k);
    assert_int_equal(put_list(&k, list_of(&k, T, 4), NULL), STORE_STORED);
    k.s->dirty = false; /* as if the process had been killed here */
    store_close(k.s);
    assert_false(verifier_says(&k, "revocation.revoked"));
    open_shop(&k);
    assert_true(verifier_says(&k, "revocation.revoked"));
    shop_free(&k);
}

static void database_of_a_newer_program_is_refused(void **state)
{
    struct shop k;
    char error[STORE_ERROR];
    struct store *s;
    (void)state;
    shop_new(&k);
    assert_int_equal(db_run(k.s->db, "INSERT INTO migration VALUES(99, 0)"), 0);
    assert_int_equal(store_open(k.dir, &k.w.evidence, MINT_NOW, &s, error), -1);
    assert_non_null(strstr(error, "newer version"));
    shop_free(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_is_kept_and_used),
        cmocka_unit_test(list_of_the_root),
        cmocka_unit_test(same_bytes_are_held_already),
        cmocka_unit_test(older_list_never_becomes_current),
        cmocka_unit_test(delta_is_another_list),
        cmocka_unit_test(refused_with_a_reason),
        cmocka_unit_test(signer_must_chain),
        cmocka_unit_test(damaged_files_change_no_answer),
        cmocka_unit_test(damaged_current_counts_as_absent),
        cmocka_unit_test(answers_are_kept),
        cmocka_unit_test(issuer_vouches),
        cmocka_unit_test(brought_issuer_vouches),
        cmocka_unit_test(failures_back_off),
        cmocka_unit_test(asked_before_the_list_ends),
        cmocka_unit_test(old_versions_go_but_two),
        cmocka_unit_test(one_refresh_at_a_time),
        cmocka_unit_test(same_evidence_is_told),
        cmocka_unit_test(publishing_is_made_up_for),
        cmocka_unit_test(database_of_a_newer_program_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
