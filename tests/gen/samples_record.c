/*
 * samples_record - evidence records beside a document and inside CMS signatures (RFC 4998), right
 * ones and wrong ones (tests/cases/record.case).
 */
#include "declaration.h"
#include "longterm.h"
#include "samples.h"

#define INTERNAL "1.2.840.113549.1.9.16.2.49"
#define EXTERNAL "1.2.840.113549.1.9.16.2.50"

static const char *out_dir;

static void save(const char *name, struct span file)
{
    gen_write(out_dir, gen_printf("ers/%s", name), file);
}

static struct span crls(const char *when)
{
    return CAT(longterm_crl("lt-root", when), longterm_crl("lt-ca", when));
}

static struct record first(enum digest_id digest, const char *tsa, const char *when,
                           struct span inside, struct span object, unsigned flags)
{
    struct record r;
    record_start(&r, digest);
    record_first(&r, tsa, when, inside, &object, 1, flags);
    return r;
}

/* ---- beside a document ---------------------------------------------------------------------- */

static void write_detached(struct span letter)
{
    struct record r = first(DIGEST_SHA256, "lt-tsa-3", "2024-06-04", SPAN_NONE, letter, 0);
    save("plain.ers", record_bytes(&r));
    save("plain.b64", gen_base64(record_bytes(&r), 76));
    struct span cut = record_bytes(&r);
    save("truncated.ers", span_sub(cut, 0, cut.n - 30));
    r = first(DIGEST_SHA256, "lt-tsa-3", "2024-06-04", SPAN_NONE, letter, RECORD_TREE);
    save("tree.ers", record_bytes(&r));
    r = first(DIGEST_SHA256, "lt-tsa-3", "2024-06-04", SPAN_NONE, letter, RECORD_WRONG_TREE);
    save("wrong-tree.ers", record_bytes(&r));
    r = first(DIGEST_SHA256, "lt-tsa-3", "2024-06-04", SPAN_NONE, letter, RECORD_MIXED);
    save("mixed.ers", record_bytes(&r));
    r = first(DIGEST_SHA256, "tsa-foreign", "2024-06-05", SPAN_NONE, letter, 0);
    save("foreign.ers", record_bytes(&r));
    r = first(DIGEST_SHA256, "lt-tsa-3", "2024-06-04", SPAN_NONE, letter, 0);
    r.stamps[r.stamp_count++] = SEQ(gen_int(7));
    save("malformed-stamp.ers", record_bytes(&r));

    r = first(DIGEST_SHA256, "lt-tsa-1", "2015-06-04", crls("2017-12-01"), letter, RECORD_TREE);
    save("old.ers", record_bytes(&r));
    struct record late = r;
    record_renew(&late, "lt-tsa-long", "2018-06-01", SPAN_NONE);
    save("renewed-late.ers", record_bytes(&late));
    struct record other = r;
    other.token = SPAN_LIT("another token");
    record_renew(&other, "lt-tsa-long", "2017-12-02", SPAN_NONE);
    save("renewed-other.ers", record_bytes(&other));
    record_renew(&r, "lt-tsa-2", "2017-12-02", crls("2022-12-01"));
    record_renew(&r, "lt-tsa-3", "2022-12-02", SPAN_NONE);
    save("renewed.ers", record_bytes(&r));
}

static void write_new_trees(struct span letter)
{
    struct span other = SPAN_LIT("another letter");
    const struct {
        const char *name, *when;
        struct span object;
    } rows[] = {{"new-tree", "2011-06-01", letter},
                {"new-tree-late", "2013-06-01", letter},
                {"new-tree-other", "2011-06-01", other}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct record r = first(DIGEST_SHA1, "lt-tsa-long", "2010-06-04", crls("2010-06-03"),
                                letter, RECORD_TREE);
        record_new_chain(&r, DIGEST_SHA256);
        record_first(&r, "lt-tsa-long", rows[i].when, SPAN_NONE, &rows[i].object, 1, RECORD_TREE);
        save(gen_printf("%s.ers", rows[i].name), record_bytes(&r));
    }
    struct record r =
        first(DIGEST_SHA1, "lt-tsa-long", "2010-06-04", crls("2010-06-03"), letter, 0);
    save("sha1.ers", record_bytes(&r));
}

/* ---- inside a signature --------------------------------------------------------------------- */

static struct ades *signed_by(const char *signer, const char *tsa, const char *day)
{
    struct ades *x = gen_alloc(sizeof *x);
    struct signer_spec *s = gen_alloc(sizeof *s);
    *s = (struct signer_spec){.cert = signer,
                              .when = gen_when(gen_printf("%s-01", day)) - pki_clock()};
    ades_start(x, s, span_str(declaration_letter));
    ades_certs(x, "lt-ca");
    ades_stamp(x, tsa, gen_printf("%s-01T10:00:00Z", day));
    ades_crl(x, longterm_crl("lt-root", gen_printf("%s-03", day)));
    ades_crl(x, longterm_crl("lt-ca", gen_printf("%s-03", day)));
    return x;
}

static struct ades *mid(void)
{
    return signed_by("lt-signer-mid", "lt-tsa-3", "2024-06");
}

static void write_internal(void)
{
    static const struct {
        const char *name;
        unsigned flags;
    } rows[] = {{"internal", 0},
                {"internal-tree", RECORD_TREE},
                {"internal-wrong-tree", RECORD_WRONG_TREE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ades *x = mid();
        struct record r =
            first(DIGEST_SHA256, "lt-tsa-3", "2024-06-04", SPAN_NONE, ades_bytes(x), rows[i].flags);
        ades_attribute(x, INTERNAL, record_bytes(&r));
        save(gen_printf("%s.p7m", rows[i].name), ades_bytes(x));
    }
    struct ades *x = mid();
    struct record r = first(DIGEST_SHA256, "lt-tsa-3", "2024-06-04", SPAN_NONE, ades_bytes(x), 0);
    ades_attribute(x, INTERNAL, record_bytes(&r));
    ades_crl(x, longterm_crl("lt-ca", "2024-06-10"));
    save("internal-crl-added.p7m", ades_bytes(x));
    x = mid();
    ades_attribute(x, INTERNAL, SEQ(gen_int(1)));
    save("internal-malformed.p7m", ades_bytes(x));
    x = signed_by("lt-signer", "lt-tsa-1", "2015-06");
    r = first(DIGEST_SHA256, "lt-tsa-1", "2015-06-04", crls("2017-12-01"), ades_bytes(x),
              RECORD_TREE);
    struct ades *once = gen_alloc(sizeof *once);
    *once = *x;
    ades_attribute(once, INTERNAL, record_bytes(&r));
    save("internal-old.p7m", ades_bytes(once));
    record_renew(&r, "lt-tsa-2", "2017-12-02", crls("2022-12-01"));
    record_renew(&r, "lt-tsa-3", "2022-12-02", SPAN_NONE);
    ades_attribute(x, INTERNAL, record_bytes(&r));
    save("internal-renewed.p7m", ades_bytes(x));
}

static void write_external(struct span letter)
{
    static const struct {
        const char *name;
        unsigned flags;
        size_t objects;
    } rows[] = {{"external", 0, 2}, {"external-extra", RECORD_EXTRA, 2}, {"external-alone", 0, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ades *x = mid();
        struct record r;
        x->detached = true;
        struct span objects[] = {ades_bytes(x), letter};
        record_start(&r, DIGEST_SHA256);
        record_first(&r, "lt-tsa-3", "2024-06-04", SPAN_NONE, objects, rows[i].objects,
                     rows[i].flags);
        ades_attribute(x, EXTERNAL, record_bytes(&r));
        save(gen_printf("%s.p7s", rows[i].name), ades_bytes(x));
    }
}

void samples_record(const char *dir)
{
    struct span letter = span_str(declaration_letter);
    out_dir = dir;
    write_detached(letter);
    write_new_trees(letter);
    write_internal();
    write_external(letter);
}
