/*
 * test_tlog - the hash tree, its signed heads, proofs, tiles and status lists.
 *
 * The vectors of others (Merkle proofs; a log of 15 entries with tiles and checkpoints; positions
 * of a status list) are read from $SHARED (default ../shared); without them those tests are
 * skipped. Everything else is made here: every proof of every tree up to 130 leaves against a root
 * worked out the plain way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/base64.h"
#include "base/mem.h"
#include "tlog/checkpoint.h"
#include "tlog/status_list.h"
#include "tlog/tile.h"

enum { PATH = 1024, LEAVES = 130 };

static const char *shared(const char *name, char *out)
{
    const char *base = getenv("SHARED");
    (void)snprintf(out, PATH, "%s/data/%s", base ? base : "../shared", name);
    return out;
}

static struct span load(const char *path)
{
    static uint8_t bytes[1 << 20];
    FILE *f = fopen(path, "rb");
    if (!f) {
        return SPAN_NONE;
    }
    size_t n = fread(bytes, 1, sizeof bytes, f);
    (void)fclose(f);
    return span_make(bytes, n);
}

/* ---- a tree in memory ------------------------------------------------------------------------ */

struct tree {
    struct merkle_hash nodes[10][LEAVES];
    uint64_t size;
};

static int tree_node(void *context, unsigned level, uint64_t index, struct merkle_hash *out)
{
    struct tree *t = context;
    if (level >= 10 || (index + 1) << level > t->size) {
        return -1;
    }
    *out = t->nodes[level][index];
    return 0;
}

static struct merkle_source source(struct tree *t)
{
    return (struct merkle_source){tree_node, t};
}

static struct merkle_hash leaf_of(uint64_t i)
{
    struct merkle_hash h;
    uint8_t entry[2] = {(uint8_t)i, (uint8_t)(i >> 8)};
    assert_int_equal(merkle_leaf(span_make(entry, sizeof entry), &h), 0);
    return h;
}

static void grow(struct tree *t)
{
    struct merkle_hash made[MERKLE_LEVELS], leaf = leaf_of(t->size);
    struct merkle_source s = source(t);
    int n = merkle_append(&s, t->size, &leaf, made);
    assert_true(n > 0);
    for (int l = 0; l < n; l++) {
        t->nodes[l][t->size >> l] = made[l];
    }
    t->size++;
}

/* RFC 6962 2.1 word for word. */
static struct merkle_hash plain_root(uint64_t from, uint64_t n)
{
    struct merkle_hash l, r;
    if (n == 1) {
        return leaf_of(from);
    }
    uint64_t k = 1;
    while (k * 2 < n) {
        k *= 2;
    }
    l = plain_root(from, k);
    r = plain_root(from + k, n - k);
    assert_int_equal(merkle_node(&l, &r, &l), 0);
    return l;
}

static void test_every_proof(void **state)
{
    static struct tree t;
    struct merkle_hash roots[LEAVES + 1];
    struct merkle_source s = source(&t);
    (void)state;
    for (uint64_t n = 1; n <= LEAVES; n++) {
        struct merkle_proof p;
        grow(&t);
        assert_int_equal(merkle_root(&s, n, &roots[n]), 0);
        struct merkle_hash want = plain_root(0, n);
        assert_memory_equal(roots[n].h, want.h, SHA256_SIZE);
        for (uint64_t i = 0; i < n; i++) {
            struct merkle_hash leaf = leaf_of(i);
            assert_int_equal(merkle_prove_included(&s, i, n, &p), 0);
            assert_int_equal(merkle_included(&leaf, i, n, &p, &roots[n]), 1);
            assert_int_equal(merkle_included(&leaf, i + 1, n, &p, &roots[n]), 0);
            leaf.h[0] ^= 1;
            assert_int_equal(merkle_included(&leaf, i, n, &p, &roots[n]), 0);
        }
        for (uint64_t m = 1; m <= n; m++) {
            assert_int_equal(merkle_prove_consistent(&s, m, n, &p), 0);
            assert_int_equal(merkle_consistent(m, &roots[m], n, &roots[n], &p), 1);
            struct merkle_hash other = roots[m];
            other.h[31] ^= 1;
            assert_int_equal(merkle_consistent(m, &other, n, &roots[n], &p), 0);
            if (m < n) {
                other = roots[n];
                other.h[0] ^= 0x80;
                assert_int_equal(merkle_consistent(m, &roots[m], n, &other, &p), 0);
                p.count--;
                assert_int_equal(merkle_consistent(m, &roots[m], n, &roots[n], &p), 0);
            }
        }
    }
    assert_int_equal(merkle_prove_included(&s, 0, 0, &(struct merkle_proof){.count = 0}), -1);
}

static void test_usual_roots(void **state)
{
    /* The eight leaves that implementations of RFC 6962 share. */
    static const char *const leaves[] = {"",
                                         "00",
                                         "10",
                                         "2021",
                                         "3031",
                                         "40414243",
                                         "5051525354555657",
                                         "606162636465666768696a6b6c6d6e6f"};
    static const char *const roots[] = {"6e340b9c", "fac54203", "aeb6bcfe", "d37ee418",
                                        "4e3bbb1f", "76e67dad", "ddb89be4", "5dc9da79"};
    static struct tree t;
    struct merkle_source s = source(&t);
    struct merkle_hash h, made[MERKLE_LEVELS];
    char hex[SHA256_HEX];
    (void)state;
    assert_int_equal(merkle_empty(&h), 0);
    assert_memory_equal(hash_hex(span_make(h.h, 32), false, hex), "e3b0c442", 8);
    for (size_t i = 0; i < 8; i++) {
        uint8_t raw[16];
        size_t n = strlen(leaves[i]) / 2;
        assert_true(hash_unhex(leaves[i], raw, n));
        assert_int_equal(merkle_leaf(span_make(raw, n), &h), 0);
        int count = merkle_append(&s, i, &h, made);
        assert_true(count > 0);
        for (int l = 0; l < count; l++) {
            t.nodes[l][i >> l] = made[l];
        }
        t.size = i + 1;
        assert_int_equal(merkle_root(&s, t.size, &h), 0);
        assert_memory_equal(hash_hex(span_make(h.h, 32), false, hex), roots[i], 8);
    }
}

/* ---- Merkle vectors -------------------------------------------------------------------------- */

/* False: not 32 octets of base64. (Some vectors have "don't care" for a root.) */
static bool hash_from(const json_t *text, struct merkle_hash *out)
{
    struct arena *a = arena_new(1 << 16);
    struct span raw = SPAN_NONE;
    const char *s = json_string_value(text);
    assert_int_equal(base64_decode(a, span_str(s ? s : ""), BASE64_PADDED, &raw), 0);
    bool good = raw.p && raw.n == SHA256_SIZE;
    memset(out->h, 0, SHA256_SIZE);
    memcpy(out->h, raw.p ? raw.p : out->h, raw.p && raw.n <= SHA256_SIZE ? raw.n : 0);
    arena_free(a);
    return good;
}

static bool proof_from(const json_t *list, struct merkle_proof *out)
{
    size_t i;
    json_t *one;
    bool good = true;
    out->count = 0;
    json_array_foreach(list, i, one)
    {
        good = good && out->count < MERKLE_PROOF_MAX && hash_from(one, &out->hashes[out->count++]);
    }
    return good;
}

/* Numbers go up to 2^64 - 1, which jansson does not hold. */
static uint64_t number_from(struct span file, const char *key)
{
    size_t at = span_find(file, span_str(key), 0);
    assert_true(at != SIZE_MAX);
    return strtoull((const char *)file.p + at + strlen(key), NULL, 10);
}

static bool vector_holds(const json_t *v, struct span file, bool inclusion)
{
    struct merkle_hash a = {{0}}, b = {{0}};
    struct merkle_proof p;
    bool first = hash_from(json_object_get(v, inclusion ? "leafHash" : "root1"), &a);
    (void)hash_from(json_object_get(v, inclusion ? "root" : "root2"), &b);
    if (!proof_from(json_object_get(v, "proof"), &p) || (inclusion && !first)) {
        return false;
    }
    uint64_t n1 = number_from(file, inclusion ? "\"leafIdx\": " : "\"size1\": ");
    uint64_t n2 = number_from(file, inclusion ? "\"treeSize\": " : "\"size2\": ");
    return (inclusion ? merkle_included(&a, n1, n2, &p, &b)
                      : merkle_consistent(n1, &a, n2, &b, &p)) == 1;
}

static size_t walk(const char *folder, bool inclusion)
{
    DIR *d = opendir(folder);
    size_t count = 0;
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        char path[PATH + 300];
        size_t n = strlen(e->d_name);
        (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_name[0] == '.') {
            continue;
        }
        if (n < 5 || strcmp(e->d_name + n - 5, ".json") != 0) {
            count += walk(path, inclusion);
            continue;
        }
        struct span file = load(path);
        json_t *v = json_loadb((const char *)file.p, file.n, JSON_DECODE_INT_AS_REAL, NULL);
        assert_non_null(v);
        bool want = !json_is_true(json_object_get(v, "wantErr"));
        if (vector_holds(v, file, inclusion) != want) {
            fail_msg("%s: not as wanted (%s)", path, want ? "holds" : "does not hold");
        }
        json_decref(v);
        count++;
    }
    if (d) {
        (void)closedir(d);
    }
    return count;
}

static void test_vectors(void **state)
{
    char path[PATH];
    (void)state;
    size_t included = walk(shared("tlog/merkle/inclusion", path), true);
    size_t consistent = walk(shared("tlog/merkle/consistency", path), false);
    if (included + consistent == 0) {
        skip();
    }
    assert_int_equal(included + consistent, 196);
}

/* ---- a log of another program ---------------------------------------------------------------- */

static const char vkey[] =
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

static void add_entry(struct tree *t, struct span entry)
{
    struct merkle_hash leaf, made[MERKLE_LEVELS];
    struct merkle_source s = source(t);
    assert_int_equal(merkle_leaf(entry, &leaf), 0);
    int n = merkle_append(&s, t->size, &leaf, made);
    for (int l = 0; l < n; l++) {
        t->nodes[l][t->size >> l] = made[l];
    }
    t->size++;
}

static void check_size(struct tree *t, const struct note_key *key, const char *folder)
{
    char path[PATH + 64], name[TILE_PATH];
    struct merkle_hash root;
    struct merkle_source s = source(t);
    struct note note;
    struct checkpoint head;
    struct buffer b;
    (void)snprintf(path, sizeof path, "%s/checkpoint.%d", folder, (int)t->size);
    struct span bytes = load(path);
    assert_int_equal(checkpoint_open(bytes, key, &note, &head), 1);
    assert_int_equal(head.size, t->size);
    assert_int_equal(merkle_root(&s, t->size, &root), 0);
    assert_memory_equal(head.root.h, root.h, SHA256_SIZE);
    if (t->size == 0) {
        return;
    }
    struct tile tile = {0, 0, tile_width(0, 0, t->size)};
    buffer_init(&b, 1 << 16);
    assert_int_equal(tile_write(&s, &tile, &b), 0);
    (void)snprintf(path, sizeof path, "%s/%s", folder, tile_path(&tile, name));
    bytes = load(path);
    assert_int_equal(bytes.n, b.n);
    assert_memory_equal(bytes.p, b.p, b.n);
    buffer_free(&b);
}

static void test_other_log(void **state)
{
    static struct tree t;
    static uint8_t entries[4096];
    char folder[PATH], path[PATH + 64];
    struct note_key key;
    (void)state;
    shared("tlog/tessera/testdata/log", folder);
    (void)snprintf(path, sizeof path, "%s/tile/entries/000.p/15", folder);
    struct span all = load(path);
    if (!all.p) {
        skip();
    }
    memcpy(entries, all.p, all.n);
    all.p = entries;
    assert_int_equal(note_key_parse(span_str(vkey), &key), 0);
    check_size(&t, &key, folder);
    while (all.n) {
        size_t n = (size_t)all.p[0] << 8 | all.p[1];
        add_entry(&t, span_sub(all, 2, n));
        all = span_sub(all, 2 + n, all.n);
        check_size(&t, &key, folder);
    }
    assert_int_equal(t.size, 15);
}

/* ---- notes ----------------------------------------------------------------------------------- */

/* The examples of C2SP tlog-cosignature: signature of the witness is over a known text. */
static void test_note_keys(void **state)
{
    struct note_key key, again;
    struct buffer b;
    (void)state;
    assert_int_equal(note_key_parse(span_str(vkey), &key), 0);
    assert_string_equal(key.name, "example.com/log/testdata");
    buffer_init(&b, 4096);
    assert_int_equal(note_key_write(&key, &b), 0);
    assert_string_equal(buffer_cstr(&b), vkey);
    buffer_free(&b);
    static const char *const bad[] = {
        "",
        "example.com/log/testdata",
        "example.com/log/testdata+33d7b497+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
        "example.com/log/testdatb+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
        "example.com/log/testdata+33d7b496+AuHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
        "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkS",
        "a name+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
        "+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(note_key_parse(span_str(bad[i]), &again), 1);
    }
    assert_int_equal(note_key_make("two words", NOTE_ED25519, key.key, &again), 1);
    assert_int_equal(note_key_make("a\xC2\xA0name", NOTE_ED25519, key.key, &again), 1);
    assert_int_equal(note_key_make("one+two", NOTE_ED25519, key.key, &again), 1);
}

static struct note_key key_from(const char *name, enum note_type type, uint8_t seed_byte,
                                uint8_t seed[NOTE_KEY])
{
    struct note_key k;
    uint8_t public[NOTE_KEY];
    size_t n = sizeof public;
    memset(seed, seed_byte, NOTE_KEY);
    EVP_PKEY *p = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, NOTE_KEY);
    assert_int_equal(EVP_PKEY_get_raw_public_key(p, public, &n), 1);
    EVP_PKEY_free(p);
    assert_int_equal(note_key_make(name, type, public, &k), 0);
    return k;
}

struct signed_proof {
    uint8_t seed[NOTE_KEY], witness_seed[NOTE_KEY];
    struct note_key key, witness;
    struct buffer bytes;
};

static void make_proof(struct signed_proof *out)
{
    static struct tree t;
    struct merkle_source s = source(&t);
    struct merkle_hash root;
    struct buffer text, note;
    struct tlog_proof p = {.index = 3, .extra = SPAN_NONE};
    out->key = key_from("example.in/register", NOTE_ED25519, 1, out->seed);
    out->witness = key_from("witness.example/w", NOTE_COSIGNATURE, 2, out->witness_seed);
    t.size = 0;
    while (t.size < 7) {
        grow(&t);
    }
    assert_int_equal(merkle_root(&s, 7, &root), 0);
    buffer_init(&text, 4096);
    buffer_init(&note, 4096);
    assert_int_equal(checkpoint_write("example.in/register", 7, &root, &text), 0);
    buffer_add(&note, buffer_span(&text));
    buffer_char(&note, '\n');
    assert_int_equal(note_sign(buffer_span(&text), &out->key, out->seed, &note), 0);
    assert_int_equal(
        note_cosign(buffer_span(&text), &out->witness, out->witness_seed, 1700000000, &note), 0);
    assert_int_equal(merkle_prove_included(&s, 3, 7, &p.path), 0);
    p.checkpoint = buffer_span(&note);
    buffer_init(&out->bytes, 1 << 16);
    assert_int_equal(tlog_proof_write(&p, &out->bytes), 0);
    buffer_free(&text);
    buffer_free(&note);
}

static int judge(struct span bytes, struct span entry, const struct signed_proof *by)
{
    struct tlog_proof p;
    struct note note;
    struct checkpoint head;
    int rc = tlog_proof_parse(bytes, &p);
    return rc ? 10 + rc : tlog_proof_check(&p, entry, &by->key, &note, &head);
}

static void test_proof_file(void **state)
{
    static const uint8_t entry[] = {3, 0}, other[] = {4, 0};
    struct signed_proof made;
    struct tlog_proof p;
    struct note note;
    struct checkpoint head;
    int64_t at;
    (void)state;
    make_proof(&made);
    struct span bytes = buffer_span(&made.bytes);
    assert_int_equal(judge(bytes, span_make(entry, 2), &made), 1);
    assert_int_equal(judge(bytes, span_make(other, 2), &made), 0);
    assert_int_equal(tlog_proof_parse(bytes, &p), 0);
    assert_int_equal(tlog_proof_check(&p, span_make(entry, 2), &made.key, &note, &head), 1);
    assert_int_equal(head.size, 7);
    assert_int_equal(note_signed(&note, &made.witness, &at), 1);
    assert_int_equal(at, 1700000000);
    /* Another key of the same name, another name of the same key. */
    struct signed_proof stranger = made;
    stranger.key = key_from("example.in/register", NOTE_ED25519, 9, stranger.seed);
    assert_int_equal(judge(bytes, span_make(entry, 2), &stranger), 0);
    stranger.key = key_from("example.in/other", NOTE_ED25519, 1, stranger.seed);
    assert_int_equal(judge(bytes, span_make(entry, 2), &stranger), 0);
    buffer_free(&made.bytes);
}

/* Every changed bit of a proof file is noticed, but in the witness's line (an unknown line is
 * skipped). */
static void test_proof_bits(void **state)
{
    static const uint8_t entry[] = {3, 0};
    struct signed_proof made;
    (void)state;
    make_proof(&made);
    struct span bytes = buffer_span(&made.bytes);
    size_t end = span_find(bytes, SPAN_LIT("\xE2\x80\x94 witness"), 0);
    assert_true(end < bytes.n);
    for (size_t i = 0; i < end; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            made.bytes.p[i] ^= (uint8_t)(1U << bit);
            if (judge(bytes, span_make(entry, 2), &made) == 1) {
                fail_msg("octet %zu bit %u", i, bit);
            }
            made.bytes.p[i] ^= (uint8_t)(1U << bit);
        }
    }
    for (size_t n = 0; n < end; n++) {
        assert_int_not_equal(judge(span_sub(bytes, 0, n), span_make(entry, 2), &made), 1);
    }
    buffer_free(&made.bytes);
}

static void test_notes_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "text\n",
                                      "text\n\n",
                                      "text\n\n\xE2\x80\x94 name c2ln",
                                      "text\n\n- name c2ln\n",
                                      "text\n\n\xE2\x80\x94 name\n",
                                      "text\n\n\xE2\x80\x94  c2ln\n",
                                      "text\n\n\xE2\x80\x94 a+b c2ln\n",
                                      "te\txt\n\n\xE2\x80\x94 name c2ln\n",
                                      "te\xFFxt\n\n\xE2\x80\x94 name c2ln\n"};
    struct note n;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(note_parse(span_str(bad[i]), &n), 1);
    }
    assert_int_equal(note_parse(SPAN_LIT("a\n\nb\n\n\xE2\x80\x94 name c2ln\n"), &n), 0);
    assert_true(span_eq(n.text, SPAN_LIT("a\n\nb\n")));
    static const char *const heads[] = {"",
                                        "o\n",
                                        "o\n1\n",
                                        "o\n01\n",
                                        "\n1\n",
                                        "o\n-1\n",
                                        "o\n9223372036854775808\n",
                                        "o\n1\nAAAA\n",
                                        "o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n",
                                        "o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"};
    struct checkpoint c;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        assert_int_equal(checkpoint_parse(span_str(heads[i]), &c), 1);
    }
    assert_int_equal(
        checkpoint_parse(SPAN_LIT("o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nmore\n"),
                         &c),
        0);
    assert_true(c.extended);
}

/* ---- tiles ----------------------------------------------------------------------------------- */

static void test_tile_names(void **state)
{
    static const struct {
        const char *name;
        struct tile tile;
    } good[] = {{"0/000", {0, 0, 256}},
                {"0/x001/x234/067", {0, 1234067, 256}},
                {"63/999", {63, 999, 256}},
                {"1/x001/000.p/17", {1, 1000, 17}},
                {"entries/000.p/1", {TILE_ENTRIES, 0, 1}},
                {"entries/x123/456", {TILE_ENTRIES, 123456, 256}}};
    static const char *const bad[] = {"",
                                      "0",
                                      "0/",
                                      "0/00",
                                      "0/0000",
                                      "00/000",
                                      "64/000",
                                      "0/x000/001",
                                      "0/000.p/0",
                                      "0/000.p/256",
                                      "0/000.p/01",
                                      "0/000.p/",
                                      "0/000/",
                                      "0/x001",
                                      "-1/000",
                                      "0/000.p/1/",
                                      "0/x001/x001/x001/x001/x001/x001/001",
                                      "entries/"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct tile t;
        char path[TILE_PATH];
        assert_true(tile_parse(good[i].name, &t));
        assert_int_equal(t.level, good[i].tile.level);
        assert_int_equal(t.n, good[i].tile.n);
        assert_int_equal(t.width, good[i].tile.width);
        assert_string_equal(tile_path(&t, path) + 5, good[i].name);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tile t;
        if (tile_parse(bad[i], &t)) {
            fail_msg("\"%s\" was taken", bad[i]);
        }
    }
    /* The example of the specification: 70,000 entries. */
    assert_int_equal(tile_width(0, 272, 70000), 256);
    assert_int_equal(tile_width(0, 273, 70000), 112);
    assert_int_equal(tile_width(0, 274, 70000), 0);
    assert_int_equal(tile_width(1, 0, 70000), 256);
    assert_int_equal(tile_width(1, 1, 70000), 17);
    assert_int_equal(tile_width(2, 0, 70000), 1);
    assert_int_equal(tile_width(3, 0, 70000), 0);
    assert_int_equal(tile_width(1, 0, 256), 1);
    assert_int_equal(tile_width(63, 0, UINT64_MAX), 0);
}

/* ---- status lists ---------------------------------------------------------------------------- */

static void test_status_examples(void **state)
{
    /* draft-ietf-oauth-status-list 4.1 and 4.2 */
    static const unsigned one[] = {1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1};
    static const unsigned two[] = {1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3};
    static const struct {
        unsigned bits;
        const unsigned *values;
        size_t count;
        uint8_t octets[3];
        const char *text;
    } examples[] = {{1, one, 16, {0xB9, 0xA3}, "eNrbuRgAAhcBXQ"},
                    {2, two, 12, {0xC9, 0x44, 0xF9}, "eNo76fITAAPfAgc"}};
    (void)state;
    for (size_t e = 0; e < 2; e++) {
        struct status_list l, back;
        struct buffer b;
        buffer_init(&b, 4096);
        assert_int_equal(status_list_init(&l, examples[e].bits, examples[e].count), 0);
        for (size_t i = 0; i < l.count; i++) {
            status_list_set(&l, i, examples[e].values[i]);
        }
        assert_memory_equal(l.octets, examples[e].octets, l.count * l.bits / 8);
        assert_int_equal(status_list_encode(&l, &b), 0);
        assert_string_equal(buffer_cstr(&b), examples[e].text);
        assert_int_equal(status_list_decode(buffer_span(&b), l.bits, l.count, &back), 0);
        for (size_t i = 0; i < l.count; i++) {
            assert_int_equal(status_list_get(&back, i), examples[e].values[i]);
        }
        assert_int_equal(status_list_get(&back, l.count), UINT_MAX);
        status_list_free(&back);
        assert_int_equal(status_list_decode(buffer_span(&b), l.bits, l.count / 2, &back), 1);
        status_list_free(&l);
        buffer_free(&b);
    }
}

/* The long lists of the draft: positions and values; 2^20 entries. */
static void test_status_positions(void **state)
{
    static struct {
        size_t at;
        unsigned value;
    } set[512];
    char path[PATH], line[256];
    unsigned bits = 0;
    size_t count = 0, sections = 0;
    struct status_list l = {.bits = 0};
    (void)state;
    FILE *f = fopen(shared("statuslist/test-vectors.md", path), "r");
    if (!f) {
        skip();
    }
    while (fgets(line, sizeof line, f)) {
        char value[16];
        size_t at;
        unsigned b;
        if (sscanf(line, "## %u-bit", &b) == 1) {
            bits = b;
            count = 0;
            sections++;
            assert_int_equal(status_list_init(&l, bits, (size_t)1 << 20), 0);
        } else if (bits && sscanf(line, "status[%zu] = 0b%15[01]", &at, value) == 2) {
            set[count].at = at;
            set[count++].value = (unsigned)strtoul(value, NULL, 2);
            status_list_set(&l, at, set[count - 1].value);
        } else if (bits && strncmp(line, "CBOR", 4) == 0) {
            struct status_list back;
            struct buffer text;
            buffer_init(&text, 1 << 20);
            assert_int_equal(status_list_encode(&l, &text), 0);
            assert_int_equal(status_list_decode(buffer_span(&text), bits, (size_t)1 << 20, &back),
                             0);
            size_t nonzero = 0, want = 0;
            for (size_t i = 0; i < back.count; i++) {
                nonzero += status_list_get(&back, i) != 0;
            }
            for (size_t i = 0; i < count; i++) {
                assert_int_equal(status_list_get(&back, set[i].at), set[i].value);
                want += set[i].value != 0;
            }
            assert_int_equal(nonzero, want);
            assert_true(count > 10);
            status_list_free(&back);
            status_list_free(&l);
            buffer_free(&text);
            bits = 0;
        }
    }
    (void)fclose(f);
    assert_int_equal(sections, 4);
}

static void test_status_refused(void **state)
{
    struct status_list l;
    (void)state;
    assert_int_equal(status_list_init(&l, 3, 8), -1);
    assert_int_equal(status_list_decode(SPAN_LIT("eNo76fITAAPfAgc"), 3, 100, &l), 1);
    assert_int_equal(status_list_decode(SPAN_LIT("eNo76fITAAPfAg"), 2, 100, &l), 1);
    assert_int_equal(status_list_decode(SPAN_LIT("!!"), 2, 100, &l), 1);
    assert_int_equal(status_list_decode(SPAN_LIT(""), 2, 100, &l), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_proof),      cmocka_unit_test(test_usual_roots),
        cmocka_unit_test(test_vectors),          cmocka_unit_test(test_other_log),
        cmocka_unit_test(test_note_keys),        cmocka_unit_test(test_proof_file),
        cmocka_unit_test(test_proof_bits),       cmocka_unit_test(test_notes_refused),
        cmocka_unit_test(test_tile_names),       cmocka_unit_test(test_status_examples),
        cmocka_unit_test(test_status_positions), cmocka_unit_test(test_status_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
