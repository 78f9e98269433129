/*
 * sign_pdf - signs a PDF with issue/pades.c, for tests: what comes out is judged by other programs.
 *
 * usage: sign_pdf IN OUT KEY PIN-FILE B|T|LT|LTA TOKEN-COMMAND [-c CERT]... [-r CRL]... [-v] [-x]
 * TOKEN-COMMAND gets a SHA-256 in hex and writes an RFC 3161 token. -v: a visible field; -x: not
 * certified. Exit 0; 1 with a sentence: the input is at fault; 2: a failure.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "issue/issue.h"

enum { MANY = 16 };

static struct span load(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct buffer b;
    uint8_t block[65536];
    size_t n;
    buffer_init(&b, SIZE_MAX);
    while (f && (n = fread(block, 1, sizeof block, f)) > 0) {
        buffer_add(&b, span_make(block, n));
    }
    if (!f || ferror(f)) {
        perror(path);
        exit(2);
    }
    (void)fclose(f);
    return buffer_span(&b);
}

static int ask(void *context, struct span digest, struct buffer *out, char *why)
{
    char command[1024], hex[SHA256_HEX];
    uint8_t block[65536];
    size_t n;
    (void)snprintf(command, sizeof command, "%s %s", (const char *)context,
                   hash_hex(digest, false, hex));
    FILE *f = popen(command, "re");
    while (f && (n = fread(block, 1, sizeof block, f)) > 0) {
        buffer_add(out, span_make(block, n));
    }
    bool good = f && pclose(f) == 0 && out->n > 0;
    (void)(good || snprintf(why, ISSUE_WHY, "the time-stamping authority does not answer"));
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    static const char *const levels[] = {"B", "T", "LT", "LTA"};
    static const struct render_place place = {0, 300, 60, 240, 60};
    struct span certs[MANY], crls[MANY];
    struct pades_evidence e = {.certs = certs, .crls = crls};
    struct stamper stamper = {.stamp = ask};
    struct pades_options o = {.now = time(NULL),
                              .name = "ओ. अधिकारी (O. Officer)",
                              .reason = "Certificate under IoTSCS",
                              .place = "New Delhi",
                              .stamper = &stamper,
                              .evidence = &e,
                              .certify = true};
    char why[ISSUE_WHY] = "";
    struct signer *s = NULL;
    struct buffer out;
    int c;
    while ((c = getopt(argc, argv, "c:r:vx")) != -1) {
        if (c == 'c' && e.cert_count < MANY) {
            certs[e.cert_count++] = load(optarg);
        } else if (c == 'r' && e.crl_count < MANY) {
            crls[e.crl_count++] = load(optarg);
        } else if (c == 'v') {
            o.where = &place;
        } else {
            o.certify = false;
        }
    }
    char **word = argv + optind;
    if (argc - optind != 6) {
        return 2;
    }
    while (o.level < PADES_LTA && strcmp(levels[o.level], word[4]) != 0) {
        o.level++;
    }
    stamper.context = word[5];
    struct signer_options open_with = {.uri = word[2], .pin = open(word[3], O_RDONLY | O_CLOEXEC)};
    if (signer_open(&open_with, &s, why) != KEYS_OK) {
        (void)fprintf(stderr, "%s\n", why);
        return 1;
    }
    buffer_init(&out, SIZE_MAX);
    int rc = pades_sign(load(word[0]), s, &o, &out, why);
    signer_close(s);
    if (rc != 0) {
        (void)fprintf(stderr, "%s\n", why[0] ? why : "failed");
        return rc < 0 ? 2 : 1;
    }
    FILE *f = fopen(word[1], "wb");
    return f && fwrite(out.p, 1, out.n, f) == out.n && fclose(f) == 0 ? 0 : 2;
}
