/*
 * certificate - what a device's certificate is, and what it may be trusted by.
 *
 * Trust is asked of three sets separately: the special purpose (TLS) roots of the CCA India, the
 * system's store, and what the laboratory gave (--trust). For a device a private CA or a
 * self-signed certificate is normal; the verdicts keep apart "anchor not known", "chain broken" and
 * "name does not match". Revocation is not asked here.
 */
#ifndef TLS_CERTIFICATE_H
#define TLS_CERTIFICATE_H

#include "asn1/cert.h"
#include "satyapan/evidence.h"
#include "tls/facts.h"
#include "tls/known_keys.h"

enum trust_set { TRUST_CCA, TRUST_SYSTEM, TRUST_LAB, TRUST_SETS };

/* Anchors to ask, each NULL when there is none. Borrowed. */
struct trust_sets {
    const struct sp_evidence *sets[TRUST_SETS];
};

enum trust_verdict { TRUST_NOT_ASKED, TRUST_YES, TRUST_NO_ANCHOR, TRUST_NOT_VALID };

enum chain_form {
    CHAIN_SELF_SIGNED, /* one certificate, signed by itself */
    CHAIN_ROOTED,      /* ends in a self-signed certificate */
    CHAIN_OPEN,        /* each signed by the next; the last one's issuer was not sent */
    CHAIN_BROKEN       /* one is not signed by the next */
};

enum { CERT_NAMES = 24 };

/* What the register of devices says about a key; text is "FIRM MODEL, serial SERIAL". */
struct key_history {
    bool asked;
    unsigned units;         /* of this model whose keys are known, this one with them */
    const char *same_firm;  /* another unit of the firm that has the key, or NULL */
    const char *other_firm; /* another firm's unit that has the key, or NULL */
    const char *prime_with; /* a unit whose RSA key has a prime in common with it, or NULL */
    const char *unit;       /* of a scan that names no unit: one that was seen with the key */
};

struct cert_facts {
    struct cert *leaf; /* NULL: it could not be read */
    const char *error; /* why not */
    size_t chain_count;
    const char *subject, *issuer, *serial, *kind, *signature, *spki; /* spki: hexadecimal */
    char sha256[65], spki_sha256[65], modulus_sha256[65];
    struct span modulus; /* of an RSA key */
    unsigned bits;
    enum chain_form form;
    const char *names[CERT_NAMES], *ips[CERT_NAMES];
    size_t name_count, ip_count;
    bool name_matches, ip_matches; /* of how the device was addressed */
    enum trust_verdict trust[TRUST_SETS];
    const char *trust_reason[TRUST_SETS]; /* code of the first reason against it, or NULL */
    bool expired, not_yet, reversed, weak_signature, no_san, is_ca, wrong_eku, wrong_usage,
        old_version, low_serial, long_life, unknown_critical, malformed;
    bool roca, fermat, tiny_exponent;
    bool known; /* its private key is public: */
    struct known_key known_key;
    const char *chain_sha256[ANSWER_CERTS], *chain_subject[ANSWER_CERTS];
    struct key_history history; /* the caller's to fill */
};

/* Reads and judges one chain at a time; host and ip say how the device was addressed (host NULL:
 * only by address). Returns 0, or -1 when memory is out. */
int certificate_judge(struct arena *a, const struct chain_facts *chain,
                      const struct trust_sets *sets, struct known_keys *known, const char *host,
                      const char *ip, int64_t now, struct cert_facts *out) WARN_UNUSED;

/* "trusted", "anchor-unknown", "not-valid", "not-asked"; "self-signed", "complete", "incomplete",
 * "broken". */
const char *trust_verdict_name(enum trust_verdict v);
const char *chain_form_name(enum chain_form f);

/* cert_key.c: the key of the leaf: what it is, and whether others can have it. Returns 0 or -1. */
int certificate_judge_key(struct arena *a, struct cert *c, struct known_keys *known,
                          struct cert_facts *out) WARN_UNUSED;

/* Modulus tests: of Infineon's faulty generator (CVE-2017-15361), and two primes close together. */
bool key_is_roca(struct span modulus);
bool key_has_close_primes(struct span modulus);

/* The modulus of a Diffie-Hellman exchange is no prime (Miller and Rabin, bases that follow from
 * it): who made it may know its factors. False for those of more than 4096 bits: too long. */
bool dh_is_composite(struct span prime);

#endif
