/*
 * main - satyapan-tls: `satyapan tls scan|judge|compare|sign|device|listen`.
 *
 * A program of its own because it links libssl and talks to devices. It is meant for a laboratory
 * network: addresses of every kind are asked.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "base/utc.h"
#include "cli/options.h"
#include "cli/tls/command.h"
#include "satyapan/verify.h"

#define COMMAND_MEMORY ((size_t)256 << 20)

static const char help[] =
    "usage: satyapan tls scan [OPTIONS] [--targets FILE] TARGET ...\n"
    "       satyapan tls judge [OPTIONS] FILE.scan|FILE.listened ...\n"
    "       satyapan tls compare [--format text|json] BEFORE.json AFTER.json\n"
    "       satyapan tls sign --key URI [--pin-file F] --out FILE.p7m [OPTIONS] FILE.scan ...\n"
    "       satyapan tls listen [OPTIONS]   (devices as clients; see satyapan tls listen --help)\n"
    "       satyapan tls device add --firm F --model M --serial S [--firmware V] [--data DIR] "
    "SCAN.json\n"
    "       satyapan tls device list|show|compare [--data DIR] [--firm F] [--model M] [--serial S] "
    "[--format text|json]\n\n"
    "Asks devices which TLS they speak, and judges it. One connection at a time to a device; "
    "every\n"
    "\"no\" is confirmed by a hello that is known to be answered, or reported as inconclusive.\n\n"
    "  TARGET  HOST, HOST:PORT, [ADDRESS]:PORT, each with /SERVICE behind it where the port does "
    "not\n"
    "          tell (ftp, smtp, ldap, https, rtsps, mqtts, sips, coaps, tls, dtls, ...). Without a "
    "port\n"
    "          the usual services of a device are asked.\n\n"
    "  --targets FILE     more targets, one a line; # begins a comment, - is standard input\n"
    "  --services FILE    lines \"PORT SERVICE\" instead of the usual services\n"
    "  --level 0|1|2|3|all  requirements judged by, default 1; 0 judges nothing\n"
    "  --policy FILE      another policy than the one built in\n"
    "  --trust FILE       anchors of the laboratory, asked beside the CCA's and the system's "
    "(repeat)\n"
    "  --device-keys FILE known device keys, default device-keys.txt of the trust list\n"
    "  --trust-dir DIR    trust list, default beside the program\n"
    "  --name HOST        name to ask for (SNI) and to expect in the certificate\n"
    "  --concurrency N    devices at once, default 64\n"
    "  --services-at-once a connection for each service of a device, not one in all\n"
    "  --delay MS         pause between two connections to a device, default 0\n"
    "  --timeout MS       wait for an answer, default 4000\n"
    "  --budget SECONDS   most time for one service, default 90\n"
    "  --declared FILE    what the vendor says of services and keys; differences are findings\n"
    "  --at TIME          judge certificates as of this time (RFC 3339), default now\n"
    "  --evidence DIR     keep every hello and answer there, for judge\n"
    "  --record FILE      the same, appended to one file, for judge\n"
    "  --with-parent      end when the program ends that started this one\n"
    "  --intrusive        try Heartbleed, early ChangeCipherSpec, ROBOT and renegotiation by the "
    "client;\n"
    "                     weak devices can stop by it\n"
    "  --format FORMAT    text (default), json (one object a line), csv, html, cbom\n"
    "  --lang en|hi       language of the findings\n\n"
    "  --data DIR         the records with the register of devices, default ./data\n"
    "  --firm, --model, --serial, --firmware   the unit that is scanned: its keys are compared "
    "with\n"
    "                     those of all units in the register, and kept there\n\n"
    "  --key URI          file:LAB.p12 or pkcs11:...; the key that signs a test record\n"
    "  --pin-file F       its PIN or password; without it the terminal is asked\n"
    "  --out FILE.p7m     where the signed record goes; satyapan verify checks it\n\n"
    "device compare finds keys that two units share and RSA keys with a common prime. Lists of\n"
    "publicly known keys are added by satyapan trust import-device-keys.\n\n"
    "Exit: 0 pass, 1 fail, 2 inconclusive or nothing speaks there, 64 and more: not done\n(130: "
    "Ctrl-C; the reports of what was done are whole).\n\n"
    "Examples:\n"
    "  satyapan tls scan 192.168.1.20\n"
    "  satyapan tls scan --level 2 --format json 192.168.1.20:8443/https\n"
    "  satyapan tls scan --trust lab-ca.pem camera.lab:322\n"
    "  satyapan tls scan --format csv --targets devices.txt > devices.csv\n";

static int set_number(const char *arg, unsigned least, unsigned most, unsigned *out)
{
    int64_t n = 0;
    bool good = number_read(arg, least, most, &n);
    *out = (unsigned)n;
    return good ? EXIT_GOOD : EXIT_USAGE;
}

static int set_format(struct tls_command *c, const char *arg)
{
    static const char *const words[] = {"text", "json", "csv", "html", "cbom"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(arg, words[i]) == 0) {
            c->format = (enum tls_format)i;
            return EXIT_GOOD;
        }
    }
    return EXIT_USAGE;
}

static int set_lab(struct tls_command *c, const char *arg)
{
    if (c->lab_count == COMMAND_LAB) {
        return EXIT_USAGE;
    }
    c->lab[c->lab_count++] = arg;
    return EXIT_GOOD;
}

static int set_budget(struct tls_command *c, const char *arg)
{
    unsigned seconds;
    int code = set_number(arg, 1, 3600, &seconds);
    c->scan.budget_ms = (int64_t)seconds * 1000;
    return code;
}

/* The member that an option with a text sets, or NULL. */
static const char **text_option(struct tls_command *c, int id)
{
    const struct {
        int id;
        const char **member;
    } rows[] = {{'s', &c->services_file}, {'p', &c->policy_file}, {'k', &c->keys_file},
                {'T', &c->trust_dir},     {'n', &c->name},        {'E', &c->transcripts},
                {'R', &c->record},        {'D', &c->data},        {'F', &c->firm},
                {'M', &c->model},         {'S', &c->serial},      {'V', &c->firmware},
                {'C', &c->declared_file}, {'K', &c->key},         {'A', &c->targets_file},
                {'P', &c->pin_file},      {'o', &c->out}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].id == id) {
            return rows[i].member;
        }
    }
    return NULL;
}

static int set_option(struct tls_command *c, int id, const char *arg)
{
    const char **text = text_option(c, id);
    if (text) {
        *text = arg;
        return EXIT_GOOD;
    }
    switch (id) {
    case 'l':
        c->level = POLICY_ALL;
        return strcmp(arg, "all") == 0 ? EXIT_GOOD : set_number(arg, 0, 3, &c->level);
    case 't':
        return set_lab(c, arg);
    case 'c':
        return set_number(arg, 1, 4096, &c->scan.concurrency);
    case 'd':
        return set_number(arg, 0, 60000, &c->scan.delay_ms);
    case 'w':
        return set_number(arg, 100, 60000, &c->scan.answer_ms);
    case 'b':
        return set_budget(c, arg);
    case 'a':
        return utc_parse(span_str(arg), &c->now) ? EXIT_GOOD : EXIT_USAGE;
    case 'f':
        return set_format(c, arg);
    case 'W':
        c->with_parent = true;
        return EXIT_GOOD;
    case 'O':
        c->scan.services_at_once = true;
        return EXIT_GOOD;
    case 'I':
        c->scan.intrusive = true;
        return EXIT_GOOD;
    case 'L':
        c->hindi = strcmp(arg, "hi") == 0;
        return c->hindi || strcmp(arg, "en") == 0 ? EXIT_GOOD : EXIT_USAGE;
    default:
        return EXIT_USAGE;
    }
}

static bool take(void *context, int option)
{
    return set_option(context, option, optarg) == EXIT_GOOD;
}

/* -1: go on; else the exit code. */
static int read_options(struct tls_command *c, int argc, char **argv)
{
    static const struct option options[] = {{"services", required_argument, NULL, 's'},
                                            {"targets", required_argument, NULL, 'A'},
                                            {"services-at-once", no_argument, NULL, 'O'},
                                            {"level", required_argument, NULL, 'l'},
                                            {"policy", required_argument, NULL, 'p'},
                                            {"trust", required_argument, NULL, 't'},
                                            {"device-keys", required_argument, NULL, 'k'},
                                            {"trust-dir", required_argument, NULL, 'T'},
                                            {"name", required_argument, NULL, 'n'},
                                            {"concurrency", required_argument, NULL, 'c'},
                                            {"delay", required_argument, NULL, 'd'},
                                            {"timeout", required_argument, NULL, 'w'},
                                            {"budget", required_argument, NULL, 'b'},
                                            {"at", required_argument, NULL, 'a'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"lang", required_argument, NULL, 'L'},
                                            {"intrusive", no_argument, NULL, 'I'},
                                            {"record", required_argument, NULL, 'R'},
                                            {"with-parent", no_argument, NULL, 'W'},
                                            {"evidence", required_argument, NULL, 'E'},
                                            {"data", required_argument, NULL, 'D'},
                                            {"firm", required_argument, NULL, 'F'},
                                            {"model", required_argument, NULL, 'M'},
                                            {"serial", required_argument, NULL, 'S'},
                                            {"firmware", required_argument, NULL, 'V'},
                                            {"declared", required_argument, NULL, 'C'},
                                            {"key", required_argument, NULL, 'K'},
                                            {"pin-file", required_argument, NULL, 'P'},
                                            {"out", required_argument, NULL, 'o'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const struct option_table how = {"tls", help, options, take, c};
    return options_read(&how, argc, argv);
}

static int device_command(struct tls_command *c)
{
    const char *word = c->words[0];
    c->words++;
    c->word_count--;
    return tls_device_command(c, word);
}

static const struct command_row {
    const char *word;
    int (*run)(struct tls_command *c);
} commands[] = {{"scan", tls_scan_command},        {"judge", tls_judge_command},
                {"compare", tls_compare_command},  {"sign", tls_sign_command},
                {"content", tls_content_command},  {"device", device_command},
                {"key-rows", tls_key_rows_command}};

/* NULL: there is none of that name. */
static const struct command_row *command_named(const char *word)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].word, word) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static int listen_main(struct tls_command *c, int argc, char **argv)
{
    c->a = arena_new(COMMAND_MEMORY);
    int code = !c->a || sp_init() != 0 ? EXIT_INTERNAL : tls_listen_command(c, argc, argv);
    arena_free(c->a);
    return code;
}

int main(int argc, char **argv)
{
    const char *no_color = getenv("NO_COLOR");
    struct tls_command c = {.level = 1,
                            .data = "data",
                            .firm = "",
                            .model = "",
                            .serial = "",
                            .firmware = "",
                            .now = (int64_t)time(NULL),
                            .colour = isatty(STDOUT_FILENO) && !(no_color && *no_color)};
    complain_as("satyapan tls");
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    scan_defaults(&c.scan);
    if (argc > 1 && strcmp(argv[1], "listen") == 0) {
        return listen_main(&c, argc - 1, argv + 1);
    }
    int code = read_options(&c, argc, argv);
    if (code >= 0) {
        return code;
    }
    const struct command_row *row = optind < argc ? command_named(argv[optind]) : NULL;
    bool listed = row && row->run == tls_scan_command && c.targets_file;
    if (!row || (optind + 1 >= argc && !listed)) {
        complain("%s; see satyapan tls --help", row             ? "what it is about is missing"
                                                : optind < argc ? "there is no such command"
                                                                : "what is to be done is missing");
        return EXIT_USAGE;
    }
    c.words = (const char *const *)argv + optind + 1;
    c.word_count = (size_t)(argc - optind - 1);
    c.a = arena_new(COMMAND_MEMORY);
    code = c.a && sp_init() == 0 ? row->run(&c) : EXIT_INTERNAL;
    arena_free(c.a);
    return code;
}
