/*
 * samples_longterm_pdf - PDF signatures of 2015 and 2024 with document security stores and document
 * time-stamps (EN 319 142-1 5.4, 5.5), right ones and wrong ones (tests/cases/longterm_pdf.case).
 */
#include "declaration.h"
#include "longterm.h"
#include "samples.h"

static const char *out_dir;

static void save(const char *name, struct pdf *p)
{
    gen_write(out_dir, gen_printf("lt-pdf/%s.pdf", name), pdf_bytes(p));
}

/* A document with the lists of its security store so far. */
struct doc {
    struct pdf *pdf;
    const char *certs, *crls;
    unsigned stamps;
};

static struct doc signed_by(const char *signer, const char *tsa, const char *when)
{
    struct doc d = {.pdf = gen_alloc(sizeof *d.pdf), .certs = "", .crls = ""};
    struct tst_spec stamp = {.tsa = tsa, .when = gen_when(when) - pki_clock() + HOUR};
    struct signer_spec s = {.cert = signer, .flags = SI_NO_TIME, .stamp = tsa ? &stamp : NULL};
    struct cms_spec cms = {.signers = {&s}, .certs = signer, .flags = CMS_DETACHED};
    struct pdf_signature sig = {
        .field = "Signature1", .cms = &cms, .when = gen_when(when) - pki_clock()};
    pdf_start(d.pdf, PDF_TABLE);
    pdf_add_page(d.pdf, declaration_text);
    pdf_finish_base(d.pdf);
    pdf_sign(d.pdf, &sig);
    return d;
}

static const char *add_stream(struct pdf *p, const char *list, struct span data)
{
    unsigned num = pdf_number(p);
    pdf_stream(p, num, "", data);
    return gen_printf("%s%u 0 R ", list, num);
}

/* One more update of the store: certificates by label, CRLs of a day. vri: the key of an entry that
 * lists the same, or NULL. */
static void add_store(struct doc *d, const char *certs, const char *issuers, const char *when,
                      const char *vri)
{
    struct pdf *p = d->pdf;
    pdf_open_update(p);
    for (char *word; (word = gen_word(&certs));) {
        d->certs = add_stream(p, d->certs, pki_find(word)->der);
    }
    for (char *word; (word = gen_word(&issuers));) {
        d->crls = add_stream(p, d->crls, longterm_crl(word, when));
    }
    bool first = !p->dss;
    p->dss = first ? pdf_number(p) : p->dss;
    const char *entry =
        vri ? gen_printf(" /VRI << /%s << /Cert [%s] /CRL [%s] >> >>", vri, d->certs, d->crls) : "";
    pdf_object(p, p->dss, "<< /Type /DSS /Certs [%s] /CRLs [%s]%s >>", d->certs, d->crls, entry);
    if (first) {
        pdf_put_catalog(p);
    }
    pdf_close_update(p);
}

static void stamp(struct doc *d, const char *tsa, const char *when, unsigned flags)
{
    struct tst_spec tst = {.tsa = tsa, .when = gen_when(when) - pki_clock(), .flags = flags};
    struct pdf_signature sig = {.field = gen_printf("Stamp%u", ++d->stamps), .tst = &tst};
    pdf_sign(d->pdf, &sig);
}

static struct doc mid(const char *tsa)
{
    return signed_by("lt-signer-mid", tsa, "2024-06-01");
}

static void write_mid(void)
{
    static const char other[] = "0123456789ABCDEF0123456789ABCDEF01234567";
    struct doc d = mid("lt-tsa-3");
    save("t", d.pdf);
    add_store(&d, "lt-ca", "lt-root lt-ca", "2024-06-03", NULL);
    save("lt", d.pdf);
    stamp(&d, "lt-tsa-3", "2024-06-04", 0);
    save("lta", d.pdf);
    d = mid(NULL);
    add_store(&d, "lt-ca", "lt-root lt-ca", "2024-06-03", NULL);
    save("store-alone", d.pdf);
    stamp(&d, "lt-tsa-3", "2024-06-04", 0);
    save("lta-without-stamp", d.pdf);
    d = mid(NULL);
    stamp(&d, "lt-tsa-3", "2024-06-04", 0);
    save("t-document", d.pdf);
    d = mid("lt-tsa-3");
    add_store(&d, "lt-ca", "lt-root lt-ca", "2024-06-03", other);
    stamp(&d, "lt-tsa-3", "2024-06-04", 0);
    save("vri-other", d.pdf);
    d = mid("lt-tsa-3");
    add_store(&d, "lt-ca", "lt-root lt-ca", "2024-06-03", NULL);
    stamp(&d, "tsa-foreign", "2024-06-05", 0);
    save("stamp-foreign", d.pdf);
    d = mid("lt-tsa-3");
    add_store(&d, "lt-ca", "lt-root lt-ca", "2024-06-03", NULL);
    stamp(&d, "lt-tsa-3", "2024-06-04", TST_BAD_IMPRINT);
    save("stamp-bad-imprint", d.pdf);
    d = mid("lt-tsa-3");
    stamp(&d, "lt-tsa-3", "2024-06-02", 0);
    add_store(&d, "lt-ca", "lt-root lt-ca", "2024-06-03", NULL);
    save("store-after-stamp", d.pdf);
}

static struct doc old(const char *signer, const char *tsa, const char *store)
{
    const char *ca = pki_find(signer)->spec.issuer;
    struct doc d = signed_by(signer, tsa, "2015-06-01");
    if (store) {
        add_store(&d, gen_printf("%s lt-ca", ca), gen_printf("lt-root lt-ca %s", ca), store, NULL);
    }
    return d;
}

static void write_old(void)
{
    struct doc d = old("lt-signer", "lt-tsa-1", "2015-06-03");
    save("old-lt", d.pdf);
    stamp(&d, "lt-tsa-1", "2015-06-04", 0);
    save("old-lta-once", d.pdf);
    add_store(&d, "", "lt-root lt-ca", "2017-12-01", NULL);
    stamp(&d, "lt-tsa-2", "2017-12-02", 0);
    add_store(&d, "", "lt-root lt-ca", "2022-12-01", NULL);
    stamp(&d, "lt-tsa-3", "2022-12-02", 0);
    save("old-lta", d.pdf);
    d = old("lt-signer", "lt-tsa-1", "2015-06-03");
    stamp(&d, "lt-tsa-1", "2015-06-04", 0);
    stamp(&d, "lt-tsa-3", "2022-12-02", 0);
    save("old-renewed-late", d.pdf);
    d = old("lt-signer-rev", "lt-tsa-long", "2015-06-03");
    stamp(&d, "lt-tsa-long", "2015-06-04", 0);
    save("old-revoked-later", d.pdf);
    d = old("lt-signer-oldca", "lt-tsa-long", "2015-06-03");
    save("ca-expired-lt", d.pdf);
    stamp(&d, "lt-tsa-long", "2015-06-04", 0);
    save("ca-expired-lta", d.pdf);
    d = old("lt-signer-oldca", "lt-tsa-long", NULL);
    stamp(&d, "lt-tsa-long", "2015-06-04", 0);
    add_store(&d, "lt-ca-old lt-ca", "lt-root lt-ca lt-ca-old", "2015-06-03", NULL);
    save("ca-expired-store-late", d.pdf);
}

void samples_longterm_pdf(const char *dir)
{
    out_dir = dir;
    write_mid();
    write_old();
}
