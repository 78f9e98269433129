/*
 * setup - what the commands of satyapan-issue work with, opened once: records, key, authority,
 * fonts, folder.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/x509.h>

#include "cli/issue/command.h"
#include "office/check.h"

/* ---- options --------------------------------------------------------------------------------- */

static bool take_many(const char **list, size_t *count, const char *value)
{
    if (*count == SETUP_EVIDENCE) {
        return false;
    }
    list[(*count)++] = value;
    return true;
}

bool setup_option(struct issue_setup *u, int option, const char *value)
{
    switch (option) {
    case 'k':
        u->key = value;
        return true;
    case 'p':
        u->pin_file = value;
        return true;
    case 't':
        u->tsa = value;
        return true;
    case 'o':
        u->out = value;
        return true;
    case 'd':
        u->data = value;
        return true;
    case 'c':
        return take_many(u->certs_at, &u->cert_count, value);
    case 'C':
        return take_many(u->crls_at, &u->crl_count, value);
    default:
        return false;
    }
}

const char *setup_level(struct issue_setup *u, const char *level, bool dry)
{
    static const char *const levels[] = {"B", "T", "LT", "LTA"};
    level = level ? level : u->tsa ? "T" : "B";
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (strcmp(level, levels[i]) == 0) {
            u->c.level = (enum pades_level)i;
            return i > 0 && !u->tsa && !dry ? "this level needs --tsa" : NULL;
        }
    }
    return "--level is one of B, T, LT, LTA";
}

int setup_begin(struct issue_setup *u)
{
    u->data = "data";
    u->c.out = -1;
    u->c.now = (int64_t)time(NULL);
    u->c.arena = arena_new((size_t)64 << 20);
    return u->c.arena ? 0 : -1;
}

/* ---- what it works with ---------------------------------------------------------------------- */

/* "https://host", from the body's settings: it is printed on every certificate. */
static enum exit_code find_site(struct issuing *c)
{
    const char *url = c->office.public_url;
    size_t n = strlen(url);
    if (!n) {
        complain("no public_url is set in %s/office.json; QR codes lead to https://localhost",
                 c->data);
        url = "https://localhost";
        n = strlen(url);
    }
    while (n && url[n - 1] == '/') {
        n--;
    }
    if (strncmp(url, "https://", 8) != 0 || n <= 8 || n > 80) {
        complain("public_url must be https:// and a host, at most 80 characters");
        return EXIT_DATA;
    }
    (void)snprintf(c->site, sizeof c->site, "%.*s", (int)n, url);
    return EXIT_GOOD;
}

enum exit_code setup_records(struct issue_setup *u)
{
    struct issuing *c = &u->c;
    char why[SCHEME_DATA_ERROR] = ""; /* the longest of those that fill it */
    c->data = u->data;
    if (office_read(c->arena, c->data, &c->office, why) != 0) {
        complain("%s", why);
        return EXIT_DATA;
    }
    enum exit_code code = find_site(c);
    if (code != EXIT_GOOD) {
        return code;
    }
    if (records_open(c->data, c->now, &c->r, why) != 0) {
        complain("%s", why);
        return EXIT_IO;
    }
    int rc = check_data(c->arena, &c->office, c->data, &c->scheme, why);
    if (rc != 0) {
        complain("%s", why);
        return rc < 0 ? EXIT_INTERNAL : EXIT_DATA;
    }
    /* An existing key has the origin it was made with. */
    if (register_key_open(c->data, NULL, false, &c->key, why) != 0 &&
        register_key_open(c->data, c->site + 8, true, &c->key, why) != 0) {
        complain("%s", why);
        return EXIT_IO;
    }
    return EXIT_GOOD;
}

enum exit_code setup_out(struct issue_setup *u)
{
    if ((mkdir(u->out, 0755) != 0 && errno != EEXIST) ||
        (u->c.out = open(u->out, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
        complain("%s: %s", u->out, strerrordesc_np(errno));
        return errno == EACCES ? EXIT_PERMISSION : EXIT_IO;
    }
    return EXIT_GOOD;
}

enum exit_code setup_evidence(struct issue_setup *u)
{
    const struct {
        const char *const *paths;
        size_t count;
        struct span *out;
    } kinds[] = {{u->certs_at, u->cert_count, u->certs}, {u->crls_at, u->crl_count, u->crls}};
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < kinds[k].count; i++) {
            struct input *in = &u->files[u->file_count];
            enum exit_code code = input_open(kinds[k].paths[i], in);
            if (code != EXIT_GOOD) {
                return code;
            }
            u->file_count++;
            kinds[k].out[i] = span_make(in->bytes, in->size);
        }
    }
    u->c.evidence = (struct pades_evidence){
        .certs = u->certs, .cert_count = u->cert_count, .crls = u->crls, .crl_count = u->crl_count};
    return EXIT_GOOD;
}

/* A certificate that has ended, or not begun, makes signatures nobody accepts. */
static enum exit_code check_signer(struct issuing *c)
{
    struct span chain[KEYS_CHAIN_MAX];
    uint8_t hash[SHA256_SIZE];
    time_t now = (time_t)c->now;
    (void)signer_chain(c->signer, chain);
    const unsigned char *p = chain[0].p;
    X509 *x = d2i_X509(NULL, &p, (long)chain[0].n);
    bool current = x && X509_cmp_time(X509_get0_notBefore(x), &now) < 0 &&
                   X509_cmp_time(X509_get0_notAfter(x), &now) > 0;
    X509_free(x);
    if (!current || hash_sha256(chain[0], hash) != 0) {
        complain("the certificate of the key is not valid today; renew it");
        return EXIT_UNAVAILABLE;
    }
    (void)hash_hex(span_make(hash, sizeof hash), false, c->officer);
    return EXIT_GOOD;
}

enum exit_code setup_signer(struct issue_setup *u)
{
    char why[KEYS_WHY] = "";
    int pin = u->pin_file ? open(u->pin_file, O_RDONLY | O_CLOEXEC) : -1;
    if (u->pin_file && pin < 0) {
        complain("%s: %s", u->pin_file, strerrordesc_np(errno));
        return EXIT_NO_INPUT;
    }
    const struct signer_options with = {.uri = u->key, .pin = pin, .prompt = pin < 0};
    enum keys_result k = signer_open(&with, &u->c.signer, why);
    (void)(pin >= 0 && close(pin));
    if (k != KEYS_OK) {
        complain("%s", why);
        return k == KEYS_WRONG_PIN || k == KEYS_LOCKED ? EXIT_PERMISSION
               : k == KEYS_FAILED                      ? EXIT_INTERNAL
                                                       : EXIT_UNAVAILABLE;
    }
    return check_signer(&u->c);
}

enum exit_code setup_tsa(struct issue_setup *u)
{
    char why[ISSUE_WHY] = "memory ran out";
    int rc = u->tsa ? tsa_open(u->tsa, &u->service, &u->c.stamper, why) : 0;
    u->c.stamps = u->service && rc == 0;
    if (rc != 0) {
        complain("%s", why);
        return rc < 0 ? EXIT_INTERNAL : EXIT_UNAVAILABLE;
    }
    return EXIT_GOOD;
}

enum exit_code setup_renderer(struct issue_setup *u)
{
    char why[ISSUE_WHY] = "memory ran out";
    if (renderer_open(NULL, NULL, &u->c.renderer, why) != 0) {
        complain("%s", why);
        return EXIT_UNAVAILABLE;
    }
    return EXIT_GOOD;
}

enum exit_code setup_stopped(const struct issue_setup *u)
{
    enum keys_result k = signer_last(u->c.signer);
    return k == KEYS_WRONG_PIN || k == KEYS_LOCKED ? EXIT_PERMISSION : EXIT_UNAVAILABLE;
}

void setup_close(struct issue_setup *u)
{
    struct issuing *c = &u->c;
    signer_close(c->signer);
    tsa_close(u->service);
    renderer_close(c->renderer);
    register_key_forget(&c->key);
    records_close(c->r);
    for (size_t i = 0; i < u->file_count; i++) {
        input_close(&u->files[i]);
    }
    (void)(c->out >= 0 && close(c->out));
    arena_free(c->arena);
}
