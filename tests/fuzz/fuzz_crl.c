/*
 * fuzz_crl - any bytes as a CRL: head, index, look-ups, and the scope of it for a certificate whose
 * extensions are the CRL's own bytes.
 */
#include "harness.h"

#include "asn1/der.h"
#include "revocation/gather.h"

/* A certificate made of nothing but a distribution point list. */
static void try_scope(struct arena *a, const struct crl *crl, const uint8_t *data, size_t size)
{
    struct cert_ext ext = {.id = OID_EXT_CDP, .value = span_make(data, size)};
    struct cert cert = {.issuer = crl->issuer, .exts = &ext, .ext_count = 1};
    struct pool_cert entry = {.cert = &cert, .issuer = crl->issuer_canonical};
    uint32_t reasons;
    ext.value = crl->idp.p ? crl->idp : ext.value;
    if (crl_scope(a, crl, &entry, &reasons) == 0 && (reasons & ~(uint32_t)CRL_ALL_REASONS)) {
        abort();
    }
}

/* Every entry that the walk accepted must be found again under its issuer. */
static void look_up(const struct crl *crl)
{
    struct der e, serial;
    struct crl_entry entry;
    size_t n = 0;
    for (struct span rest = crl->revoked; n < 64 && der_expect(&rest, DER_SEQUENCE, &e); n++) {
        struct span in = e.body;
        if (!der_expect(&in, DER_INTEGER, &serial)) {
            abort();
        }
        bool found = crl_find(crl, serial.body, crl->issuer_canonical, &entry);
        if (!found && crl->mark_count == 0) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int ready = -1;
    if (ready < 0) {
        ready = sp_init();
    }
    struct arena *a = arena_new((size_t)64 << 20);
    struct crl *crl;
    const char *why;
    if (!a || ready) {
        abort();
    }
    if (crl_parse(a, span_make(data, size), &crl, &why) == 0 && crl && crl_index(a, crl) == 0) {
        if (!crl->unusable) {
            look_up(crl);
        }
        try_scope(a, crl, data, size);
    }
    arena_free(a);
    return 0;
}
