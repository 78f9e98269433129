/*
 * signatory - whose key it is that signs: the certificate of the key is exactly the one that the
 * body has set for the officer (issue_signers), by its SHA-256 or its subject (RFC 2253).
 *
 * Without that setting a list of an officer is signed only by a certificate whose common name is
 * the signatory that the certificates name; at the command line by any key the operator has.
 */
#include <stdio.h>

#include <openssl/x509.h>

#include "base/mem.h"
#include "cli/issue/command.h"

enum { SUBJECT_MAX = 1024 };

struct identity {
    char sha256[SHA256_HEX];
    char subject[SUBJECT_MAX], escaped[SUBJECT_MAX]; /* RFC 2253, letters as they are or as \XX */
    char name[256];                                  /* common name */
};

static void put_name(const X509_NAME *n, unsigned long flags, char *out, size_t size)
{
    BIO *b = BIO_new(BIO_s_mem());
    char *text = NULL;
    long length = b && X509_NAME_print_ex(b, n, 0, flags) >= 0 ? BIO_get_mem_data(b, &text) : 0;
    (void)snprintf(out, size, "%.*s", (int)(length < (long)size ? length : 0), text ? text : "");
    BIO_free(b);
}

static void put_common(const X509_NAME *n, char *out, size_t size)
{
    int at = X509_NAME_get_index_by_NID(n, NID_commonName, -1);
    unsigned char *utf8 = NULL;
    int length =
        at < 0 ? -1
               : ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(n, at)));
    bool fits = length > 0 && (size_t)length < size && !memchr(utf8, 0, (size_t)length);
    (void)snprintf(out, size, "%.*s", fits ? length : 0, fits ? (const char *)utf8 : "");
    OPENSSL_free(utf8);
}

static int read_identity(struct issuing *c, struct identity *out)
{
    struct span chain[KEYS_CHAIN_MAX];
    (void)signer_chain(c->signer, chain);
    const unsigned char *p = chain[0].p;
    X509 *x = d2i_X509(NULL, &p, (long)chain[0].n);
    if (!x) {
        return -1;
    }
    const X509_NAME *n = X509_get_subject_name(x);
    *out = (struct identity){.name = ""};
    (void)snprintf(out->sha256, sizeof out->sha256, "%s", c->officer);
    put_name(n, XN_FLAG_RFC2253, out->escaped, sizeof out->escaped);
    put_name(n, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB, out->subject,
             sizeof out->subject);
    put_common(n, out->name, sizeof out->name);
    X509_free(x);
    return 0;
}

static bool is(struct span a, const char *b)
{
    return a.n && a.n == strlen(b) && memcmp(a.p, b, a.n) == 0;
}

/* "LOGIN=SHA-256 or subject", with '|' between. login NULL: anybody's. */
static bool is_set(const char *setting, const char *login, const struct identity *id)
{
    while (*setting) {
        size_t n = strcspn(setting, "|"), gap = strcspn(setting, "=");
        struct span who = span_make(setting, gap < n ? gap : n);
        struct span what = gap < n ? span_make(setting + gap + 1, n - gap - 1) : SPAN_NONE;
        if ((!login || is(who, login)) && what.p &&
            (is(what, id->sha256) || is(what, id->subject) || is(what, id->escaped))) {
            return true;
        }
        setting += n + (setting[n] == '|');
    }
    return false;
}

enum exit_code signatory_check(struct issuing *c, const char *login, const char *name)
{
    struct identity id;
    const char *setting = c->office.issue_signers;
    if (read_identity(c, &id) != 0) {
        return EXIT_INTERNAL;
    }
    if (*setting ? is_set(setting, login, &id) : !login || strcmp(id.name, name) == 0) {
        return EXIT_GOOD;
    }
    if (*setting) {
        complain("the key's certificate is not the one that is set for %s (issue_signers): it is "
                 "%.200s, SHA-256 %s",
                 login ? login : "any officer", id.subject, id.sha256);
    } else {
        complain("the key's certificate is of \"%.100s\", and the certificate names \"%.100s\" as "
                 "its signatory; if both are the same officer, set issue_signers to %s=%s",
                 id.name, name, login, id.sha256);
    }
    return EXIT_BAD;
}
