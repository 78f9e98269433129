/*
 * test_crl_stored - the index of a CRL kept in a file: every damaged octet and every cut is
 * noticed, in the file or in the list it was made of; never a wrong answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/mem.h"
#include "revocation/crl.h"
#include "world.h"

/* A list and the file for it. */
struct kept {
    struct world w;
    struct span der;
    struct buffer file;
    struct crl *crl;
};

static struct crl *parsed(struct arena *a, struct span der)
{
    struct crl *crl;
    const char *why;
    assert_int_equal(crl_parse(a, der, &crl, &why), 0);
    return crl;
}

static uint32_t serial_no(size_t i)
{
    return ((uint32_t)(i * 2 + 1) * 2654435761u) | 1;
}

static struct kept kept_new(size_t entries)
{
    struct kept k = {.w = world_new(true)};
    struct mint_entry *list = arena_array(k.w.a, entries + 1, sizeof *list);
    uint8_t hash[32], signer[32];
    assert_non_null(list);
    for (size_t i = 0; i < entries; i++) {
        list[i] = (struct mint_entry){serial_no(i), T + (int64_t)i, 1};
    }
    list[entries] = (struct mint_entry){SIGNER_NO, T - HOUR, 1};
    k.der = mint_revocation_list(k.w.a, &(struct mint_crl){.issuer = CA,
                                                           .key = k.w.ca_key,
                                                           .from = T,
                                                           .to = MINT_NOW + MINT_DAY,
                                                           .entries = list,
                                                           .count = entries + 1,
                                                           .number = 7});
    k.crl = parsed(k.w.a, k.der);
    assert_int_equal(crl_index(k.w.a, k.crl), 0);
    buffer_init(&k.file, (size_t)1 << 24);
    assert_int_equal(hash_sha256(k.der, hash), 0);
    assert_int_equal(hash_sha256(k.w.ca, signer), 0);
    assert_true(crl_stored_write(k.crl, hash, signer, &k.file));
    return k;
}

static void kept_free(struct kept *k)
{
    buffer_free(&k->file);
    world_free(&k->w);
}

static bool finds(struct arena *a, const struct crl *crl, uint32_t number, struct crl_entry *e)
{
    struct der n;
    struct span in = mint_int(a, number);
    return der_next(&in, &n) && crl_find(crl, n.body, crl->issuer_canonical, e);
}

/* The same answers as from the walk, for lists with and without a table of beginnings. */
static void same_answers(void **state)
{
    static const size_t sizes[] = {0, 1, 50, 20000};
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct kept k = kept_new(sizes[s]);
        struct crl *crl = parsed(k.w.a, k.der);
        struct crl_stored about;
        assert_true(crl_stored_read(buffer_span(&k.file), &about));
        assert_int_equal(about.count, sizes[s] + 1);
        assert_true(about.this_update == T && about.next_update == MINT_NOW + MINT_DAY);
        /* It need not lie at a round address. */
        uint8_t *odd = arena_alloc(k.w.a, k.file.n + s);
        assert_non_null(odd);
        memcpy(odd + s, k.file.p, k.file.n);
        assert_true(crl_stored_use(crl, span_make(odd + s, k.file.n)));
        for (size_t i = 0; i < sizes[s]; i++) {
            struct crl_entry e, own;
            assert_true(finds(k.w.a, crl, serial_no(i), &e));
            assert_true(finds(k.w.a, k.crl, serial_no(i), &own));
            assert_true(e.revoked_at == own.revoked_at && e.reason == own.reason);
            assert_false(finds(k.w.a, crl, serial_no(i) & ~1u, &e));
        }
        kept_free(&k);
    }
}

/* Every octet of the file, each bit of it in turn, and every length. */
static void damaged_file_is_not_used(void **state)
{
    struct kept k = kept_new(40);
    struct arena *a = arena_new((size_t)1 << 24);
    struct span whole = buffer_span(&k.file);
    struct crl *crl = parsed(a, k.der);
    uint8_t *p = mem_alloc(whole.n + 8);
    (void)state;
    assert_non_null(p);
    memcpy(p, whole.p, whole.n);
    for (size_t i = 0; i < whole.n; i++) {
        p[i] ^= (uint8_t)(1u << (i % 8));
        assert_false(crl_stored_use(crl, span_make(p, whole.n)));
        p[i] ^= (uint8_t)(1u << (i % 8));
    }
    for (size_t n = 0; n < whole.n; n++) {
        assert_false(crl_stored_use(crl, span_make(p, n)));
    }
    p[whole.n] = 0;
    assert_false(crl_stored_use(crl, span_make(p, whole.n + 8)));
    assert_true(crl_stored_use(crl, span_make(p, whole.n)));
    mem_free(p);
    arena_free(a);
    kept_free(&k);
}

/* Two octets that undo each other in a plain sum, and whole words that change places. */
static void exchanged_words_are_noticed(void **state)
{
    struct kept k = kept_new(40);
    struct crl *crl = parsed(k.w.a, k.der);
    uint64_t *words = (uint64_t *)(void *)k.file.p;
    size_t n = k.file.n / sizeof *words;
    (void)state;
    for (size_t i = 0; i + 4 < n; i++) {
        for (size_t j = i + 1; j < i + 5 && j < n; j++) {
            if (words[i] == words[j]) {
                continue;
            }
            uint64_t was = words[i];
            words[i] = words[j];
            words[j] = was;
            assert_false(crl_stored_use(crl, buffer_span(&k.file)));
            words[j] = words[i];
            words[i] = was;
        }
    }
    kept_free(&k);
}

/* A list whose octets changed on the disk after the index was made. What it says about the signer
 * is either what it said, or the look-up is refused. */
static void damaged_list_is_noticed(void **state)
{
    struct kept k = kept_new(1500);
    uint8_t *p = mem_alloc(k.der.n);
    size_t refused = 0;
    (void)state;
    assert_non_null(p);
    memcpy(p, k.der.p, k.der.n);
    for (size_t i = 0; i < k.der.n; i++) {
        const char *why;
        struct crl *crl;
        struct der n;
        struct crl_entry e;
        struct arena *a = arena_new((size_t)1 << 20);
        struct span in = mint_int(a, SIGNER_NO);
        assert_true(der_next(&in, &n));
        p[i] ^= 1;
        assert_int_equal(crl_parse(a, span_make(p, k.der.n), &crl, &why), 0);
        if (crl && crl_stored_use(crl, buffer_span(&k.file)) && crl_stored_intact(crl, n.body)) {
            assert_true(crl_find(crl, n.body, crl->issuer_canonical, &e));
            assert_true(e.revoked_at == T - HOUR && e.reason == 1);
        } else {
            refused++;
        }
        p[i] ^= 1;
        arena_free(a);
    }
    assert_true(refused > 16384 && refused < k.der.n);
    mem_free(p);
    kept_free(&k);
}

/* The file of another list, of the same size. */
static void another_lists_file_is_not_used(void **state)
{
    struct kept k = kept_new(3);
    struct span other = world_ca_crl(&k.w, T, MINT_NOW, T, 1, 3, 0);
    struct crl *crl = parsed(k.w.a, other);
    (void)state;
    assert_false(crl_stored_use(crl, buffer_span(&k.file)));
    uint8_t *same_size = arena_alloc(k.w.a, k.der.n);
    assert_non_null(same_size);
    memcpy(same_size, k.der.p, k.der.n);
    same_size[k.der.n - 1] ^= 1;
    crl = parsed(k.w.a, span_make(same_size, k.der.n));
    assert_false(crl_stored_use(crl, buffer_span(&k.file)));
    kept_free(&k);
}

static void ask_with(struct kept *k, struct span der, struct span file)
{
    struct world *w = &k->w;
    w->evidence.count = 2; /* root and CA */
    world_root_crl(w);
    world_add(w, SP_EVIDENCE_CRL, der);
    w->evidence.blobs[w->evidence.count - 1].index = file.p;
    w->evidence.blobs[w->evidence.count - 1].index_size = file.n;
    world_ask(w);
}

/* The verifier: with the file, with each octet of it damaged, and with the list damaged. */
static void verdicts_are_those_without_the_file(void **state)
{
    struct kept k = kept_new(10);
    uint8_t *p = mem_alloc(k.file.n), *der = mem_alloc(k.der.n);
    (void)state;
    assert_true(p && der);
    memcpy(p, k.file.p, k.file.n);
    memcpy(der, k.der.p, k.der.n);
    ask_with(&k, k.der, SPAN_NONE);
    const char *expected = world_codes(&k.w);
    assert_non_null(strstr(expected, "revocation.revoked"));
    ask_with(&k, k.der, span_make(p, k.file.n));
    assert_string_equal(world_codes(&k.w), expected);
    for (size_t i = 0; i < k.file.n; i += 3) {
        p[i] ^= 0x40;
        ask_with(&k, k.der, span_make(p, k.file.n));
        assert_string_equal(world_codes(&k.w), expected);
        p[i] ^= 0x40;
    }
    for (size_t i = 0; i < k.der.n; i += 7) {
        der[i] ^= 2;
        ask_with(&k, span_make(der, k.der.n), SPAN_NONE);
        const char *plain = world_codes(&k.w);
        ask_with(&k, span_make(der, k.der.n), span_make(p, k.file.n));
        assert_string_equal(world_codes(&k.w), plain);
        der[i] ^= 2;
    }
    mem_free(p);
    mem_free(der);
    kept_free(&k);
}

/* The signer in the file counts for that certificate alone: for another key, the signature is
 * checked. */
static void signer_in_the_file_is_that_certificate(void **state)
{
    struct kept k = kept_new(3);
    struct world *w = &k.w;
    struct mint_entry e = {SIGNER_NO, T, 1};
    struct span forged = mint_revocation_list(w->a, &(struct mint_crl){.issuer = CA,
                                                                       .key = w->other_key,
                                                                       .from = T,
                                                                       .to = MINT_NOW + MINT_DAY,
                                                                       .entries = &e,
                                                                       .count = 1,
                                                                       .number = 9});
    struct crl *crl = parsed(w->a, forged);
    uint8_t hash[32], signer[32];
    struct buffer file;
    (void)state;
    buffer_init(&file, 1 << 20);
    assert_int_equal(crl_index(w->a, crl), 0);
    assert_int_equal(hash_sha256(forged, hash), 0);
    assert_int_equal(hash_sha256(w->root, signer), 0);
    assert_true(crl_stored_write(crl, hash, signer, &file));
    ask_with(&k, forged, buffer_span(&file));
    assert_null(strstr(world_codes(w), "revocation.revoked"));
    buffer_free(&file);
    kept_free(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_answers),
        cmocka_unit_test(damaged_file_is_not_used),
        cmocka_unit_test(exchanged_words_are_noticed),
        cmocka_unit_test(damaged_list_is_noticed),
        cmocka_unit_test(another_lists_file_is_not_used),
        cmocka_unit_test(verdicts_are_those_without_the_file),
        cmocka_unit_test(signer_in_the_file_is_that_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
