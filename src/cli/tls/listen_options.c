/*
 * listen_options - the command line of `satyapan tls listen`.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/options.h"
#include "cli/tls/listen.h"

static const char help[] =
    "usage: satyapan tls listen [OPTIONS]\n\n"
    "A server for devices under test: shows each connection one case (a self-signed certificate, "
    "a\n"
    "wrong name, an old version, ...) and sees whether the device sends its data. Install the\n"
    "laboratory's CA on the device first, and lead its connections here (DNS, nftables); the "
    "recipe\n"
    "is in satyapan-tls(1).\n\n"
    "  --listen ADDR:PORT  where to listen, default every address, port 8443 (repeat)\n"
    "  --name HOST         name of the server for devices that do not say it (SNI)\n"
    "  --ca-out FILE       write the laboratory's CA certificate there, to install on the device\n"
    "  --ca-only           write it and stop\n"
    "  --lab DIR           CA and keys, made on first use, default DATA/tls-lab\n"
    "  --cases FILE        other cases than the ones built in\n"
    "  --list-cases        print the cases and stop\n"
    "  --first CASE        shown to a new client first, instead of the good server\n"
    "  --service smtp      mail with STARTTLS on every port, not only on 25, 587 and 2525\n"
    "  --repeat N          connections until a case is settled, default 2\n"
    "  --devices N         end when N devices are done, default 1; 0: only by --timeout or Ctrl-C\n"
    "  --one-device        every address is the same device\n"
    "  --wait SECONDS      for data after a handshake, default 8\n"
    "  --timeout SECONDS   end after this time, default 3600; 0: never\n"
    "  --level 0|1|2|3     requirements judged by, default 1\n"
    "  --policy FILE       another policy than the one built in\n"
    "  --record FILE       append the records of all clients to that file\n"
    "  --from ADDR         serve that device alone (repeat); others are sent away\n"
    "  --with-parent       end when the program ends that started this one\n"
    "  --evidence DIR      keep a record of each client there, for satyapan tls judge\n"
    "  --format FORMAT     text (default), json (events and reports, one object a line), csv, "
    "html\n"
    "  --lang en|hi        language of the findings\n"
    "  --data DIR          default ./data\n"
    "  --firm, --model, --serial, --firmware  the unit that connects: the key of its own\n"
    "                      certificate goes into the register of devices\n"
    "  --trust-dir DIR, --device-keys FILE   as for tls scan\n"
    "  --quiet             nothing on stderr while it runs\n\n"
    "Exit: 0 pass, 1 fail, 2 inconclusive or nobody came, 64 and more: not done.\n\n"
    "Examples:\n"
    "  satyapan tls listen --ca-out lab-ca.pem --ca-only\n"
    "  satyapan tls listen --listen 192.168.7.1:8443 --level 2 --evidence run1\n"
    "  satyapan tls listen --name mqtt.example.com --devices 3 --format json > run.jsonl\n";

static int set_number(const char *arg, unsigned least, unsigned most, unsigned *out)
{
    int64_t n = 0;
    bool good = number_read(arg, least, most, &n);
    *out = (unsigned)n;
    return good ? EXIT_GOOD : EXIT_USAGE;
}

/* "ADDR:PORT", "[ADDR]:PORT", "PORT". */
static int add_address(struct listen_command *l, const char *arg)
{
    struct listen_options *o = &l->options;
    const char *colon = strrchr(arg, ':');
    const char *port = colon ? colon + 1 : arg;
    size_t n = colon ? (size_t)(colon - arg) : 0;
    unsigned number;
    if (o->at_count == LISTEN_SOCKETS || set_number(port, 0, 65535, &number) != EXIT_GOOD) {
        return EXIT_USAGE;
    }
    struct listen_address *at = &o->at[o->at_count++];
    if (n >= 2 && arg[0] == '[' && arg[n - 1] == ']') {
        arg++;
        n -= 2;
    }
    if (n >= sizeof at->host) {
        return EXIT_USAGE;
    }
    memcpy(at->host, arg, n);
    at->host[n] = 0;
    at->port = (uint16_t)number;
    return EXIT_GOOD;
}

static int add_from(struct listen_command *l, const char *arg)
{
    uint8_t bytes[sizeof(struct in6_addr)];
    char text[LISTEN_IP];
    int family = strchr(arg, ':') ? AF_INET6 : AF_INET;
    if (l->from_count == LISTEN_FROM || inet_pton(family, arg, bytes) != 1 ||
        !inet_ntop(family, bytes, text, sizeof text)) {
        return EXIT_USAGE;
    }
    l->from[l->from_count] = arena_str(l->c->a, span_str(text));
    l->options.from = l->from;
    l->options.from_count = ++l->from_count;
    return l->from[l->from_count - 1] ? EXIT_GOOD : EXIT_INTERNAL;
}

static int set_format(struct tls_command *c, const char *arg)
{
    static const char *const words[] = {"text", "json", "csv", "html"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(arg, words[i]) == 0) {
            c->format = (enum tls_format)i;
            return EXIT_GOOD;
        }
    }
    return EXIT_USAGE;
}

static int set_milliseconds(const char *arg, unsigned *out)
{
    unsigned seconds;
    int code = set_number(arg, 1, 3600, &seconds);
    *out = seconds * 1000;
    return code;
}

static int set_timeout(struct listen_command *l, const char *arg)
{
    unsigned seconds;
    int code = set_number(arg, 0, 1000000, &seconds);
    l->options.timeout_ms = (int64_t)seconds * 1000;
    return code;
}

static bool is_host(const char *s)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    return *s && strlen(s) < CLIENT_NAME && s[strspn(s, letters)] == 0;
}

static int set_text(struct listen_command *l, int id, const char *arg)
{
    struct tls_command *c = l->c;
    const struct {
        int id;
        const char **member;
    } rows[] = {{'C', &l->cases_file}, {'o', &l->ca_out},       {'B', &l->lab_folder},
                {'i', &l->first},      {'p', &c->policy_file},  {'T', &c->trust_dir},
                {'k', &c->keys_file},  {'E', &c->transcripts},  {'D', &c->data},
                {'R', &c->record},     {'n', &l->options.name}, {'F', &c->firm},
                {'M', &c->model},      {'Z', &c->serial},       {'V', &c->firmware}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].id == id) {
            *rows[i].member = arg;
            return id == 'n' && !is_host(arg) ? EXIT_USAGE : EXIT_GOOD;
        }
    }
    return -1;
}

static int set_flag(struct listen_command *l, int id)
{
    const struct {
        int id;
        bool *member;
    } rows[] = {{'1', &l->options.one_device},
                {'O', &l->only_ca},
                {'S', &l->list_cases},
                {'q', &l->quiet},
                {'W', &l->c->with_parent}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].id == id) {
            *rows[i].member = true;
            return EXIT_GOOD;
        }
    }
    return -1;
}

static int set_option(struct listen_command *l, int id, const char *arg)
{
    int code = set_flag(l, id);
    code = code < 0 ? set_text(l, id, arg) : code;
    if (code >= 0) {
        return code;
    }
    switch (id) {
    case 'a':
        return add_address(l, arg);
    case 'g':
        return add_from(l, arg);
    case 's':
        l->options.mail = strcmp(arg, "smtp") == 0;
        return l->options.mail || strcmp(arg, "tls") == 0 ? EXIT_GOOD : EXIT_USAGE;
    case 'r':
        return set_number(arg, 1, 10, &l->options.plan.repeat);
    case 'd':
        return set_number(arg, 0, 256, &l->options.devices);
    case 'w':
        return set_milliseconds(arg, &l->options.wait_ms);
    case 't':
        return set_timeout(l, arg);
    case 'l':
        return set_number(arg, 0, 3, &l->c->level);
    case 'f':
        return set_format(l->c, arg);
    case 'L':
        l->c->hindi = strcmp(arg, "hi") == 0;
        return l->c->hindi || strcmp(arg, "en") == 0 ? EXIT_GOOD : EXIT_USAGE;
    default:
        return EXIT_USAGE;
    }
}

static bool take(void *context, int option)
{
    return set_option(context, option, optarg) == EXIT_GOOD;
}

int listen_read_options(struct listen_command *l, int argc, char **argv)
{
    static const struct option options[] = {{"listen", required_argument, NULL, 'a'},
                                            {"name", required_argument, NULL, 'n'},
                                            {"ca-out", required_argument, NULL, 'o'},
                                            {"ca-only", no_argument, NULL, 'O'},
                                            {"lab", required_argument, NULL, 'B'},
                                            {"cases", required_argument, NULL, 'C'},
                                            {"list-cases", no_argument, NULL, 'S'},
                                            {"service", required_argument, NULL, 's'},
                                            {"repeat", required_argument, NULL, 'r'},
                                            {"devices", required_argument, NULL, 'd'},
                                            {"one-device", no_argument, NULL, '1'},
                                            {"wait", required_argument, NULL, 'w'},
                                            {"timeout", required_argument, NULL, 't'},
                                            {"level", required_argument, NULL, 'l'},
                                            {"policy", required_argument, NULL, 'p'},
                                            {"evidence", required_argument, NULL, 'E'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"lang", required_argument, NULL, 'L'},
                                            {"data", required_argument, NULL, 'D'},
                                            {"trust-dir", required_argument, NULL, 'T'},
                                            {"device-keys", required_argument, NULL, 'k'},
                                            {"firm", required_argument, NULL, 'F'},
                                            {"model", required_argument, NULL, 'M'},
                                            {"serial", required_argument, NULL, 'Z'},
                                            {"firmware", required_argument, NULL, 'V'},
                                            {"first", required_argument, NULL, 'i'},
                                            {"record", required_argument, NULL, 'R'},
                                            {"from", required_argument, NULL, 'g'},
                                            {"with-parent", no_argument, NULL, 'W'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const struct option_table how = {"tls listen", help, options, take, l};
    int code = options_read(&how, argc, argv);
    if (code >= 0) {
        return code;
    }
    if (optind < argc) {
        complain("%s is not understood; see satyapan tls listen --help", argv[optind]);
        return EXIT_USAGE;
    }
    return -1;
}
