/*
 * dkim_check - see dkim_check.h.
 */
#include "foreign/mail/dkim_check.h"

#include <stdio.h>
#include <strings.h>

#include <sys/types.h>

#include <dkim.h>

#include "base/finding.h"
#include "foreign/mail/address.h"
#include "foreign/mail/align.h"
#include "foreign/mail/keyrecord.h"

enum { RSA_BITS_MIN = 1024 };

struct checking {
    struct arena *a;
    const struct mail_head *head;
    const char *from, *organisation;
    const struct mail_keys *keys;
    struct mail_dkims *out;
    bool no_memory;
};

/* ---- keys ---- */

static const struct mail_key *find_key(const struct checking *c, const char *name)
{
    for (size_t i = 0; i < c->keys->count; i++) {
        if (strcmp(c->keys->items[i].name, name) == 0) {
            return &c->keys->items[i];
        }
    }
    return NULL;
}

static struct mail_dkim *find_signature(struct checking *c, DKIM_SIGINFO *sig)
{
    for (size_t i = 0; i < c->out->count; i++) {
        struct mail_dkim *d = &c->out->items[i];
        if (d->domain && d->selector &&
            strcasecmp(d->domain, (const char *)dkim_sig_getdomain(sig)) == 0 &&
            strcmp(d->selector, (const char *)dkim_sig_getselector(sig)) == 0) {
            return d;
        }
    }
    return NULL;
}

static DKIM_CBSTAT give_key(DKIM *dkim, DKIM_SIGINFO *sig, u_char *buf, size_t size)
{
    struct checking *c = dkim_get_user_context(dkim);
    struct mail_dkim *d = find_signature(c, sig);
    const struct mail_key *key = d ? find_key(c, d->key_name) : NULL;
    struct span record;
    const char *why = NULL;
    if (!key || key->unavailable) {
        return DKIM_CBSTAT_NOTFOUND;
    }
    if (mail_keyrecord_read(c->a, key->answer, &record, &why) != 0) {
        c->no_memory = true;
        return DKIM_CBSTAT_ERROR;
    }
    if (!record.p || record.n + 1 > size || memchr(record.p, 0, record.n)) {
        d->why = why ? why : "the key record is too long";
        return DKIM_CBSTAT_NOTFOUND;
    }
    memcpy(buf, record.p, record.n);
    buf[record.n] = 0;
    d->key_record = finding_clean_text(c->a, record);
    d->secure = mail_keyrecord_secure(key->answer);
    return DKIM_CBSTAT_CONTINUE;
}

/* The library asks nobody: it has no resolver to ask. */
static int no_resolver(void **service)
{
    *service = NULL;
    return DKIM_DNS_SUCCESS;
}

static void no_resolver_close(void *service)
{
    (void)service;
}

static int no_question(void *service, int type, unsigned char *name, unsigned char *buf,
                       size_t size, void **handle)
{
    (void)service, (void)type, (void)name, (void)buf, (void)size;
    *handle = NULL;
    return DKIM_DNS_ERROR;
}

/* ---- before they are checked: which of them count ---- */

/* Letters, digits, '-', '_' in labels: what is looked up is made of nothing else. */
static bool key_name(const char *selector, const char *domain, char out[MAIL_KEY_NAME])
{
    char checked[MAIL_DOMAIN];
    for (const char *p = selector; *p; p++) {
        bool word = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                    (*p >= '0' && *p <= '9') || *p == '-' || *p == '_';
        if (!word && !(*p == '.' && p != selector && p[-1] != '.' && p[1])) {
            return false;
        }
    }
    if (!*selector || strlen(selector) > 60 || !mail_domain_parse(span_str(domain), checked)) {
        return false;
    }
    int n = snprintf(out, MAIL_KEY_NAME, "%s._domainkey.%s", selector, checked);
    return n > 0 && n < MAIL_KEY_NAME;
}

static unsigned covered_bit(const struct checking *c, DKIM_SIGINFO *sig, const char *name,
                            unsigned bit, bool may_be_absent)
{
    size_t times = mail_head_times(c->head, name);
    char lower[64];
    (void)snprintf(lower, sizeof lower, "%s", name);
    bool is_signed = times == 1 && dkim_sig_hdrsigned(sig, (u_char *)lower);
    return is_signed || (may_be_absent && times == 0) ? bit : 0;
}

static unsigned covered(const struct checking *c, DKIM_SIGINFO *sig)
{
    return covered_bit(c, sig, "To", DKIM_COVERS_TO, false) |
           covered_bit(c, sig, "Cc", DKIM_COVERS_CC, false) |
           covered_bit(c, sig, "References", DKIM_COVERS_REFERENCES, false) |
           covered_bit(c, sig, "In-Reply-To", DKIM_COVERS_IN_REPLY_TO, false) |
           covered_bit(c, sig, "Content-Type", DKIM_COVERS_TYPE, true) |
           covered_bit(c, sig, "Content-Transfer-Encoding", DKIM_COVERS_ENCODING, true);
}

static void note_signature(struct checking *c, DKIM_SIGINFO *sig)
{
    struct mail_dkim *d = &c->out->items[c->out->count];
    const char *domain = (const char *)dkim_sig_getdomain(sig);
    const char *selector = (const char *)dkim_sig_getselector(sig);
    const char *algorithm = (const char *)dkim_sig_getalgorithm(sig);
    char plain[MAIL_DOMAIN];
    *d = (struct mail_dkim){.outcome = DKIM_OTHER};
    c->out->count++;
    if (!domain || !selector || !mail_domain_parse(span_str(domain), plain) ||
        !key_name(selector, domain, d->key_name)) {
        d->outcome = DKIM_FAILED;
        d->why = "its domain or selector is not a name";
        dkim_sig_ignore(sig);
        return;
    }
    d->domain = arena_str(c->a, span_str(plain));
    d->selector = arena_str(c->a, span_str(selector));
    d->algorithm = algorithm ? finding_clean_text(c->a, span_str(algorithm)) : NULL;
    d->covered = covered(c, sig);
    if (!d->domain || !d->selector) {
        c->no_memory = true;
    } else if (!align_signs_for(d->domain, c->from) &&
               !(c->organisation && align_within(d->domain, c->organisation))) {
        d->why = "its domain cannot speak for the From domain";
        dkim_sig_ignore(sig);
        return;
    }
    const struct mail_key *key = find_key(c, d->key_name);
    d->outcome = !key ? DKIM_WANTED : key->unavailable ? DKIM_UNAVAILABLE : DKIM_FAILED;
    if (d->outcome != DKIM_FAILED) {
        d->why = !key ? "its key is not at hand" : "its key could not be looked up";
        dkim_sig_ignore(sig);
    }
}

static DKIM_CBSTAT prescreen(DKIM *dkim, DKIM_SIGINFO **sigs, int count)
{
    struct checking *c = dkim_get_user_context(dkim);
    for (int i = 0; i < count; i++) {
        if (c->out->count < MAIL_DKIM_MAX) {
            note_signature(c, sigs[i]);
        } else {
            c->out->too_many = true;
            dkim_sig_ignore(sigs[i]);
        }
    }
    return DKIM_CBSTAT_CONTINUE;
}

/* ---- afterwards: what they say ---- */

static const char *weakness(DKIM *dkim, DKIM_SIGINFO *sig, struct mail_dkim *d)
{
    ssize_t whole = 0, canonical = 0, length = 0;
    dkim_alg_t algorithm = DKIM_SIGN_UNKNOWN;
    if (dkim_sig_getsignalg(sig, &algorithm) != DKIM_STAT_OK ||
        (algorithm != DKIM_SIGN_RSASHA256 && algorithm != DKIM_SIGN_ED25519SHA256)) {
        return "it uses SHA-1 or an unknown algorithm";
    }
    if (algorithm == DKIM_SIGN_RSASHA256 && d->bits < RSA_BITS_MIN) {
        return "its RSA key is shorter than 1024 bits";
    }
    /* RFC 6376 8.2: whoever has such a mail can add to it. One to the end is refused too:
     * nobody needs it, and nothing is to be got wrong. */
    if (dkim_sig_getcanonlen(dkim, sig, &whole, &canonical, &length) != DKIM_STAT_OK ||
        length >= 0) {
        return "it limits how much of the body it covers (l=)";
    }
    if (dkim_sig_getflags(sig) & DKIM_SIGFLAG_TESTKEY) {
        return "its key is marked as a test (t=y)";
    }
    return dkim_sig_hdrsigned(sig, (u_char[]){"from"}) ? NULL : "the From line is not signed";
}

static void judge_signature(DKIM *dkim, DKIM_SIGINFO *sig, struct mail_dkim *d)
{
    if (d->outcome != DKIM_FAILED || !d->domain) {
        return;
    }
    DKIM_STAT stat = dkim_sig_process(dkim, sig);
    unsigned flags = dkim_sig_getflags(sig);
    bool passed = stat == DKIM_STAT_OK && (flags & DKIM_SIGFLAG_PASSED) != 0 &&
                  (flags & DKIM_SIGFLAG_IGNORE) == 0 && dkim_sig_getbh(sig) == DKIM_SIGBH_MATCH &&
                  dkim_sig_geterror(sig) == DKIM_SIGERROR_OK;
    (void)dkim_sig_getkeysize(sig, &d->bits);
    int error = dkim_sig_geterror(sig);
    if (!passed) {
        const char *said = error == DKIM_SIGERROR_OK || error == DKIM_SIGERROR_UNKNOWN
                               ? NULL
                               : dkim_sig_geterrorstr(error);
        d->outcome = error == DKIM_SIGERROR_KEYTOOSMALL ? DKIM_WEAK : DKIM_FAILED;
        d->why = d->why                                       ? d->why
                 : error == DKIM_SIGERROR_KEYTOOSMALL         ? "its key is too short"
                 : dkim_sig_getbh(sig) == DKIM_SIGBH_MISMATCH ? "the body was changed"
                 : said                                       ? said
                                                              : "the signature does not hold";
        return;
    }
    d->why = weakness(dkim, sig, d);
    d->outcome = d->why ? DKIM_WEAK : DKIM_PASSED;
}

static int feed(DKIM *dkim, const struct mail_head *h)
{
    for (size_t i = 0; i < h->count; i++) {
        struct span s = h->fields[i].whole;
        union {
            const uint8_t *from;
            u_char *to;
        } p = {.from = s.p}; /* it only reads */
        if (dkim_header(dkim, p.to, s.n) != DKIM_STAT_OK) {
            return 1;
        }
    }
    DKIM_STAT stat = dkim_eoh(dkim);
    if (stat != DKIM_STAT_OK) {
        return 1;
    }
    union {
        const uint8_t *from;
        u_char *to;
    } body = {.from = h->body.p};
    if (h->body.n && dkim_body(dkim, body.to, h->body.n) != DKIM_STAT_OK) {
        return 1;
    }
    return dkim_eom(dkim, NULL) == DKIM_STAT_NORESOURCE ? -1 : 0;
}

static int check_with(DKIM_LIB *lib, struct checking *c)
{
    DKIM_STAT stat;
    DKIM_SIGINFO **sigs = NULL;
    int count = 0;
    DKIM *dkim = dkim_verify(lib, (const u_char *)"mail", NULL, &stat);
    if (!dkim) {
        return -1;
    }
    (void)dkim_set_user_context(dkim, c);
    int rc = feed(dkim, c->head);
    /* Without a usable signature there is none to list: not a failure of ours. */
    if (rc == 0 && dkim_getsiglist(dkim, &sigs, &count) == DKIM_STAT_OK) {
        for (int i = 0; i < count && (size_t)i < c->out->count; i++) {
            judge_signature(dkim, sigs[i], &c->out->items[i]);
        }
    }
    (void)dkim_free(dkim);
    return rc < 0 || c->no_memory ? -1 : 0;
}

/* One for the process: it has to be made before a sandbox is entered, since it looks at the
 * resolver's settings, which it never uses. */
static DKIM_LIB *library;

int mail_dkim_warm(void)
{
    unsigned flags = DKIM_LIBFLAGS_DELAYSIGPROC;
    unsigned bits = RSA_BITS_MIN;
    library = library ? library : dkim_init(NULL, NULL);
    if (!library) {
        return -1;
    }
    dkim_dns_set_init(library, no_resolver);
    dkim_dns_set_close(library, no_resolver_close);
    dkim_dns_set_query_start(library, no_question);
    return dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags, sizeof flags) ==
                       DKIM_STAT_OK &&
                   dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_MINKEYBITS, &bits,
                                sizeof bits) == DKIM_STAT_OK &&
                   dkim_set_key_lookup(library, give_key) == DKIM_STAT_OK &&
                   dkim_set_prescreen(library, prescreen) == DKIM_STAT_OK
               ? 0
               : -1;
}

int mail_dkim_check(struct arena *a, const struct mail_head *h, const char *from,
                    const char *organisation, const struct mail_keys *keys, int64_t now,
                    struct mail_dkims *out)
{
    struct checking c = {
        .a = a, .head = h, .from = from, .organisation = organisation, .keys = keys, .out = out};
    uint64_t fixed = (uint64_t)now;
    *out = (struct mail_dkims){.count = 0};
    if (mail_head_times(h, "DKIM-Signature") == 0) {
        return 0;
    }
    if (!library || dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_FIXEDTIME, &fixed,
                                 sizeof fixed) != DKIM_STAT_OK) {
        return -1;
    }
    return check_with(library, &c);
}
