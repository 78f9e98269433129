/*
 * main - the command table: a command is built in, or a program of its own under libexec.
 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "cli/commands.h"
#include "satyapan/verify.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* NULL: libexec/satyapan/satyapan-PROGRAM */
    const char *summary;
    const char *program; /* NULL: as the name */
};

static int cmd_register(int argc, char **argv);

static const struct command commands[] = {
    {"verify", cmd_verify, "verify the signatures of documents", NULL},
    {"replay", cmd_replay, "recompute a report from stored evidence", NULL},
    {"cert", cmd_cert, "check, show or lint a certificate", NULL},
    {"trust", cmd_trust, "list, verify or import trusted certificates", NULL},
    {"policy", cmd_policy, "show what a policy switches, and by which rule", NULL},
    {"reasons", cmd_reasons, "explain the reasons a report can give", NULL},
    {"rules", cmd_rules, "the rules of the scheme and their settings", NULL},
    {"calendar", cmd_calendar, "working days, closures, last day of a window", NULL},
    {"revocation", NULL, "keep the revocation lists of the licensed CAs", NULL},
    {"issue", NULL, "issue signed certificates", NULL},
    {"register", cmd_register, "the register of certificates; check one offline", NULL},
    {"serve", NULL, "serve the verify page and the HTTP API", NULL},
    {"application", NULL, "the certification body's applications", "office"},
    {"document", NULL, "their documents and what was found out about them", "office"},
    {"file", NULL, "the single files of documents", "office"},
    {"decision", NULL, "what officers decided about files and rules", "office"},
    {"verification", NULL, "verify documents again, read reports", "office"},
    {"certificate", NULL, "certificates: what is prepared, signed and issued", "office"},
    {"payment", NULL, "fees of applications", "office"},
    {"note", NULL, "notes about applications", "office"},
    {"foreign", NULL, "foreign certificates: verified by weblink or mail", "office"},
    {"issuer", NULL, "profiles of issuing bodies", "office"},
    {"statistics", NULL, "numbers about applications", "office"},
    {"firm", NULL, "vendors and manufacturers", "office"},
    {"lab", NULL, "laboratories and their empanelment", "office"},
    {"device", NULL, "units under test: register, addresses, declarations", "office"},
    {"scan", NULL, "scans of units: start, judge again, compare, release", "office"},
    {"person", NULL, "people of the body and of vendors: add, reset, disable", "office"},
    {"officer", NULL, "people, their roles and passwords", "office"},
    {"audit", NULL, "list or verify the trail of what was done", "office"},
    {"records", NULL, "check the database and the documents on the disk", "office"},
    {"backup", NULL, "copy the records while the server runs", "office"},
    {"weblink", NULL, "check links to registers of foreign certificates", NULL},
    {"tls", NULL, "check the TLS services of devices", NULL},
    {"completion", cmd_completion, "print shell completion for bash or zsh", NULL},
    {0},
};

static int usage(FILE *out)
{
    (void)fputs("Satyapan (सत्यापन) checks digital signatures by the rules of the Indian PKI.\n\n"
                "usage: satyapan COMMAND [OPTIONS] ...\n\n",
                out);
    for (const struct command *c = commands; c->name; c++) {
        (void)fprintf(out, "  %-12s %s\n", c->name, c->summary);
    }
    (void)fputs("\nExamples:\n"
                "  satyapan verify declaration.pdf\n"
                "  satyapan verify --format json --content form.docx form.docx.p7s\n"
                "  satyapan serve --listen 127.0.0.1:8080\n\n"
                "satyapan COMMAND --help tells more; so does man satyapan.\n",
                out);
    return out == stdout ? EXIT_GOOD : EXIT_USAGE;
}

static int version(void)
{
    (void)printf("satyapan %s (%s)\n", SATYAPAN_VERSION, OpenSSL_version(OPENSSL_VERSION));
    return EXIT_GOOD;
}

/* Old libcrypto has faults that matter here (use after free in PKCS7_verify before 3.0.20). */
static void check_libcrypto(void)
{
    if (OpenSSL_version_num() < 0x30000150L) {
        complain("warning: libcrypto %s is older than 3.0.21 and has known faults; update it",
                 OpenSSL_version(OPENSSL_VERSION_STRING));
    }
}

/* Beside this program or under the same prefix. */
int run_program(const char *name, char **argv)
{
    static const char *const beside[] = {"libexec/satyapan", "../libexec/satyapan"};
    char self[4096], path[4096 + 64];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    while (n > 0 && self[n - 1] != '/') {
        n--;
    }
    for (size_t i = 0; n > 0 && i < sizeof beside / sizeof *beside; i++) {
        (void)snprintf(path, sizeof path, "%.*s%s/satyapan-%s", (int)n, self, beside[i], name);
        (void)execv(path, argv);
        if (errno != ENOENT) {
            break;
        }
    }
    complain("%s: %s; build it with make, or reinstall", path, strerror(errno));
    return EXIT_UNAVAILABLE;
}

/* Checking a certificate needs no register; what draws and signs is done by the program that
 * issues; everything else is a program of its own. */
static int cmd_register(int argc, char **argv)
{
    static const char *const drawn[] = {"amend", "correct", "confirm", "renew-timestamps"};
    const char *verb = argc > 1 ? argv[1] : "";
    for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++) {
        if (strcmp(verb, drawn[i]) == 0) {
            return run_program("issue", argv);
        }
    }
    return strcmp(verb, "check") == 0 ? (int)register_check(argc - 1, argv + 1)
                                      : run_program("register", argv);
}

int main(int argc, char **argv)
{
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    if (sp_init()) {
        complain("libcrypto could not be set up");
        return EXIT_INTERNAL;
    }
    if (argc < 2) {
        return usage(stderr);
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        return usage(stdout);
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "version") == 0) {
        return version();
    }
    check_libcrypto();
    for (const struct command *c = commands; c->name; c++) {
        if (strcmp(c->name, word) == 0) {
            return c->run ? c->run(argc - 1, argv + 1)
                          : run_program(c->program ? c->program : word, argv + 1);
        }
    }
    complain("there is no command \"%s\"; see satyapan --help", word);
    return EXIT_USAGE;
}
