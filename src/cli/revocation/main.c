/*
 * main - satyapan-revocation: `satyapan revocation status|refresh|import`.
 *
 * A program of its own because it links SQLite. It has no network library: satyapan-fetch does the
 * fetching, and what came is parsed in a sandboxed child.
 */
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "base/utc.h"
#include "cli/options.h"
#include "cli/revocation/command.h"
#include "sandbox/sandbox.h"
#include "satyapan/verify.h"

#define COMMAND_MEMORY ((size_t)256 << 20)

static const char help[] =
    "usage: satyapan revocation status  [--data DIR] [--format text|json]\n"
    "       satyapan revocation refresh [--url URL | --ca NAME] [--due] [--offline]\n"
    "                                   [--keep MONTHS] [--data DIR] [--trust-dir DIR]\n"
    "                                   [--format text|json] [--quiet]\n"
    "       satyapan revocation import  [--data DIR] [--trust-dir DIR] [--format text|json]\n"
    "                                   FILE|DIR ...\n\n"
    "Keeps the revocation lists of the licensed CAs, OCSP answers and issuers in "
    "DIR/revocation.\n\n"
    "  status   how old each CA's data is; exit 0 when all of it is current, else 2\n"
    "  refresh  asks every source, or only those named; exit 0 when all answered, 2 when some did\n"
    "           not, 69 when none did\n"
    "  import   takes CRLs, OCSP answers and CA certificates from files: DER, PEM, p7c, base64;\n"
    "           exit 1 when something was refused\n\n"
    "  --data DIR       the server's own files, default ./data\n"
    "  --trust-dir DIR  trust list, default beside the program\n"
    "  --url URL        only this address; it must be on the allow-list\n"
    "  --ca NAME        only sources of CAs whose name contains NAME\n"
    "  --due            only what is due; nothing is said when all is well\n"
    "  --offline        never touch the network: only the upkeep is done\n"
    "  --keep MONTHS    delete versions that ended so long ago, never the two newest of a list;\n"
    "                   default 36, 0 keeps all\n"
    "  --at TIME        judge as of this time (RFC 3339 or epoch seconds), default now\n"
    "  --format json    one object a line\n"
    "  --quiet          only what went wrong\n\n"
    "Examples:\n"
    "  satyapan revocation refresh\n"
    "  satyapan revocation refresh --ca eMudhra\n"
    "  satyapan revocation import /media/usb/crls\n"
    "  satyapan revocation status --format json | jq -r 'select(.state != \"good\").url'\n";

int revocation_failure(int error)
{
    return error == EACCES || error == EPERM || error == EROFS ? EXIT_PERMISSION
           : error == ENOMEM                                   ? EXIT_INTERNAL
                                                               : EXIT_IO;
}

int revocation_open(struct revocation *c)
{
    char error[TRUST_ERROR];
    _Static_assert((int)TRUST_ERROR == (int)STORE_ERROR, "one buffer for both");
    c->trust_dir = trust_directory(c->a, c->trust_dir);
    if (!c->trust_dir) {
        complain("the trust list was not found; reinstall, or give --trust-dir");
        return EXIT_UNAVAILABLE;
    }
    if (trust_load(c->trust_dir, &c->trust, error) != 0) {
        complain("%s", error);
        return EXIT_DATA;
    }
    if (store_open(c->data, trust_evidence(c->trust), c->now, &c->store, error) != 0) {
        int code = revocation_failure(errno);
        complain("%s", error);
        return code;
    }
    return EXIT_GOOD;
}

/* ---- options --------------------------------------------------------------------------------- */

static int set_number(const char *arg, unsigned *out)
{
    int64_t n = 0;
    bool good = number_read(arg, 0, 1200, &n);
    *out = (unsigned)n;
    return good ? EXIT_GOOD : EXIT_USAGE;
}

static int set_option(struct revocation *c, int id, const char *arg)
{
    switch (id) {
    case 'd':
        c->data = arg;
        return EXIT_GOOD;
    case 't':
        c->trust_dir = arg;
        return EXIT_GOOD;
    case 'u':
        c->url = arg;
        return EXIT_GOOD;
    case 'c':
        c->ca = arg;
        return EXIT_GOOD;
    case 'D':
        c->due = true;
        return EXIT_GOOD;
    case 'o':
        c->offline = true;
        return EXIT_GOOD;
    case 'q':
        c->quiet = true;
        return EXIT_GOOD;
    case 'k':
        return set_number(arg, &c->keep_months);
    case 'a':
        c->fixed_time = true;
        return utc_parse(span_str(arg), &c->now) ? EXIT_GOOD : EXIT_USAGE;
    case 'f':
        c->json = strcmp(arg, "json") == 0;
        return c->json || strcmp(arg, "text") == 0 ? EXIT_GOOD : EXIT_USAGE;
    default:
        return EXIT_USAGE;
    }
}

static bool take(void *context, int option)
{
    return set_option(context, option, optarg) == EXIT_GOOD;
}

/* -1: go on; else the exit code. */
static int read_options(struct revocation *c, int argc, char **argv)
{
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'}, {"trust-dir", required_argument, NULL, 't'},
        {"url", required_argument, NULL, 'u'},  {"ca", required_argument, NULL, 'c'},
        {"due", no_argument, NULL, 'D'},        {"offline", no_argument, NULL, 'o'},
        {"quiet", no_argument, NULL, 'q'},      {"keep", required_argument, NULL, 'k'},
        {"at", required_argument, NULL, 'a'},   {"format", required_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},       {0}};
    const struct option_table how = {"revocation", help, options, take, c};
    return options_read(&how, argc, argv);
}

typedef int part(struct revocation *c);

static part *find_part(const char *word, size_t files)
{
    static const struct {
        const char *name;
        part *run;
        bool files;
    } parts[] = {{"status", revocation_status, false},
                 {"refresh", revocation_refresh, false},
                 {"import", revocation_import, true}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(parts[i].name, word) == 0 && (files > 0) == parts[i].files) {
            return parts[i].run;
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const char *no_color = getenv("NO_COLOR");
    struct revocation c = {.data = "data",
                           .keep_months = 36,
                           .now = (int64_t)time(NULL),
                           .colour = isatty(STDOUT_FILENO) && !(no_color && *no_color)};
    complain_as("satyapan revocation");
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    int code = read_options(&c, argc, argv);
    if (code >= 0) {
        return code;
    }
    const char *word = optind < argc ? argv[optind] : "";
    c.files = (const char *const *)argv + optind + 1;
    c.file_count = optind < argc ? (size_t)(argc - optind - 1) : 0;
    part *run = find_part(word, c.file_count);
    if (!run) {
        complain("it wants status, refresh or import FILE; see satyapan revocation --help");
        return EXIT_USAGE;
    }
    c.a = arena_new(COMMAND_MEMORY);
    if (!c.a || sp_init() != 0 || sandbox_warm() != 0) {
        complain("libcrypto could not be set up, or memory ran out");
        return EXIT_INTERNAL;
    }
    code = run(&c);
    store_close(c.store);
    trust_free(c.trust);
    arena_free(c.a);
    return fflush(stdout) == 0 ? code : EXIT_IO;
}
