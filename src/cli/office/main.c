/*
 * main - satyapan-office: the certification body's records from the command line.
 *
 * A program of its own because it links SQLite. It has no network library and parses no document.
 * The first word is the command's name (satyapan runs it so); those below are the commands that are
 * no operation of office/op.h; all others come from its rows (generic.h).
 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/office/command.h"
#include "cli/office/generic.h"
#include "satyapan/verify.h"

struct special {
    const char *command, *verb; /* verb NULL: the command has none */
    int (*run)(int argc, char **argv);
};

static const struct special specials[] = {
    {"audit", "verify", office_audit_verify},
    {"records", "check", office_records_check},
    {"records", "sweep", office_records_sweep},
    {"records", "index", office_records_index},
    {"backup", NULL, office_backup},
};

static const char help[] =
    "usage: satyapan audit verify  [--data DIR] [--expect HASH] [--format text|json]\n"
    "       satyapan records check [--data DIR] [--format text|json]\n"
    "       satyapan records sweep [--data DIR]\n"
    "       satyapan records index [--data DIR]\n"
    "       satyapan backup        [--data DIR] TO\n\n"
    "The records of the certification body in DIR (default ./data); the server may run "
    "meanwhile.\n\n"
    "  audit verify   every row of the audit trail fits the one before; exit 0 when all do, 1 "
    "when\n"
    "                 one was changed or is missing, or the last hash is not the expected one\n"
    "  records check  the database's own checks, and the SHA-256 of every document; exit 1 when\n"
    "                 something is wrong\n"
    "  records sweep  removes what broken uploads left\n"
    "  records index  makes the index of the search anew\n"
    "  backup         makes the new folder TO with a checked copy; to restore, stop the server "
    "and\n"
    "                 put TO in DIR's place\n\n"
    "  --data DIR     the server's own files, default ./data\n"
    "  --expect HASH  a last hash that was noted earlier must be in the trail\n"
    "  --format json  one object\n\n"
    "Examples:\n"
    "  satyapan audit verify --data /var/lib/satyapan\n"
    "  satyapan backup --data /var/lib/satyapan /backup/$(date +%F)\n";

int office_failure(int error)
{
    return error == EACCES || error == EPERM || error == EROFS ? EXIT_PERMISSION
           : error == ENOENT                                   ? EXIT_NO_INPUT
           : error == ENOMEM                                   ? EXIT_INTERNAL
           : error == 0                                        ? EXIT_DATA
                                                               : EXIT_IO;
}

int office_open(const char *data, bool create, struct records **out)
{
    char why[RECORDS_WHY], path[4096];
    (void)snprintf(path, sizeof path, "%s/office.db", data);
    if (!create && access(path, F_OK) != 0) {
        int code = office_failure(errno);
        complain("%s: %s; give the server's folder with --data", path, strerror(errno));
        return code;
    }
    if (records_open(data, time(NULL), out, why) != 0) {
        int code = office_failure(errno);
        complain("%s", why);
        return code;
    }
    return EXIT_GOOD;
}

static bool asks_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

static bool is_special(const char *command)
{
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        if (strcmp(command, specials[i].command) == 0) {
            return true;
        }
    }
    return false;
}

static int tell_help(const char *command, const char *verb)
{
    if (is_special(command)) {
        (void)fputs(help, stdout);
    }
    if (generic_find(command, verb) || generic_group(command) || !is_special(command)) {
        (void)fputs(is_special(command) ? "\n" : "", stdout);
        generic_help(command, verb);
    }
    return EXIT_GOOD;
}

int main(int argc, char **argv)
{
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    if (sp_init()) {
        complain("libcrypto could not be set up");
        return EXIT_INTERNAL;
    }
    const char *command = argc ? argv[0] : "";
    const char *verb = argc > 1 ? argv[1] : "";
    if (asks_help(argc, argv)) {
        return tell_help(command, verb);
    }
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        const struct special *s = &specials[i];
        if (strcmp(command, s->command) == 0 && (!s->verb || strcmp(verb, s->verb) == 0)) {
            return s->run(s->verb ? argc - 1 : argc, s->verb ? argv + 1 : argv);
        }
    }
    const struct op *op = generic_find(command, verb);
    if (op) {
        return generic_run(op, argc, argv);
    }
    if (!*verb) {
        complain("%s wants a word more: what to do; see satyapan %s --help", command, command);
    } else {
        complain("%s: there is no \"%s\"; see satyapan %s --help", command, verb, command);
    }
    return EXIT_USAGE;
}
