/*
 * record - evidence records, the writing half of ades.h. RFC 4998 3.1, 4.1, 4.2, 5.2.
 */
#include "ades.h"

void record_start(struct record *r, enum digest_id digest)
{
    *r = (struct record){.digest = digest};
}

static struct span root_of(enum digest_id digest, struct span *list, size_t n)
{
    gen_set_of(list, n);
    return n == 1 ? list[0] : digest_of(digest, gen_cat(list, n));
}

static struct span as_list(const struct span *list, size_t n)
{
    struct span items[8];
    for (size_t i = 0; i < n; i++) {
        items[i] = gen_octets(list[i]);
    }
    return gen_tlv(0x30, items, n);
}

static void add_stamp(struct record *r, const char *tsa, const char *when, struct span crls,
                      struct span root, struct span tree, unsigned flags)
{
    struct tst_spec spec = {.tsa = tsa,
                            .when = gen_when(when) - pki_clock(),
                            .digest = r->digest,
                            .imprint = root,
                            .revocation = crls};
    enum digest_id named = flags & RECORD_MIXED ? DIGEST_SHA512 : r->digest;
    struct span alg = gen_retag(0xa0, digest_algorithm(named, false));
    r->token = tst_make(&spec, SPAN_NONE);
    r->stamps[r->stamp_count++] = SEQ(alg, tree.p ? TLV(0xa2, tree) : SPAN_NONE, r->token);
}

/* The closed chains as one ArchiveTimeStampSequence. */
static struct span sequence(const struct record *r)
{
    return gen_tlv(0x30, r->chains, r->chain_count);
}

void record_first(struct record *r, const char *tsa, const char *when, struct span crls,
                  const struct span *objects, size_t count, unsigned flags)
{
    struct span list[8], second[2];
    size_t n = 0;
    for (; n < count; n++) {
        list[n] = digest_of(r->digest, objects[n]);
        if (r->chain_count) {
            list[n] = digest_of(r->digest, CAT(list[n], digest_of(r->digest, sequence(r))));
        }
    }
    if (flags & (RECORD_TREE | RECORD_WRONG_TREE | RECORD_EXTRA)) {
        list[n++] = digest_of(r->digest, SPAN_LIT("another document of that day"));
    }
    struct span root = root_of(r->digest, list, n), tree = as_list(list, n);
    if (flags & (RECORD_TREE | RECORD_WRONG_TREE)) {
        struct span sibling = digest_of(r->digest, SPAN_LIT("the other half of the tree"));
        second[0] = root;
        second[1] = sibling;
        root = root_of(r->digest, second, 2);
        if (flags & RECORD_WRONG_TREE) {
            sibling = digest_of(r->digest, SPAN_LIT("the half of another tree"));
        }
        tree = CAT(tree, as_list(&sibling, 1));
    }
    add_stamp(r, tsa, when, crls, root, n > 1 ? tree : SPAN_NONE, flags);
}

void record_renew(struct record *r, const char *tsa, const char *when, struct span crls)
{
    add_stamp(r, tsa, when, crls, digest_of(r->digest, r->token), SPAN_NONE, 0);
}

void record_new_chain(struct record *r, enum digest_id digest)
{
    r->chains[r->chain_count++] = gen_tlv(0x30, r->stamps, r->stamp_count);
    r->stamp_count = 0;
    r->digest = digest;
}

struct span record_bytes(const struct record *r)
{
    struct record all = *r;
    record_new_chain(&all, r->digest);
    return SEQ(gen_int(1), SEQ(digest_algorithm(r->digest, false)), sequence(&all));
}
