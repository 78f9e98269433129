/*
 * main - satyapan-issue: certificates of the scheme, from requests to signed files and events.
 *
 * A program of its own because it draws pages (cairo, pango) and writes the records (SQLite). The
 * private key is in satyapan-keyd, the network in satyapan-fetch.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <sys/stat.h>

#include <openssl/x509.h>

#include "cli/input.h"
#include "cli/issue/command.h"
#include "cli/progress.h"
#include "db/rows.h"
#include "base/mem.h"
#include "office/check.h"
#include "records/pending.h"
#include "satyapan/verify.h"

static const char help[] =
    "usage: satyapan issue --request FILE.json  --key KEY --out DIR [OPTIONS]\n"
    "       satyapan issue --batch FILE.jsonl --key KEY --out DIR --yes HASH [OPTIONS]\n"
    "       satyapan issue --request FILE.json --dry-run --out DIR\n"
    "       satyapan issue --release REGISTRATION\n\n"
    "Makes certificates: NUMBER.pdf (signed), NUMBER.json, NUMBER.xml (signed), NUMBER.tlog-proof\n"
    "in DIR, and their events in the register. The same request again gives the same files; after\n"
    "an interruption run it again. certs/request.schema.json describes a request. A major change\n"
    "supersedes the certificate before it when it names all of its models.\n\n"
    "  --key KEY        file:officer.p12, or pkcs11:token=...;object=...;module-path=...\n"
    "  --pin-file F     its PIN or password; without it the terminal is asked\n"
    "  --tsa URL        time-stamps from this authority (RFC 3161): level T\n"
    "  --level L        B, T, LT or LTA; LT and LTA take --cert and --crl\n"
    "  --cert F, --crl F   evidence for LT: certificates and revocation lists, DER; repeatable\n"
    "  --dry-run        shows each certificate with a watermark; nothing is kept, no number used\n"
    "  --yes HASH       the list with this SHA-256 is to be signed (a list is shown first)\n"
    "  --release R      the number reserved for registration R goes to the next certificate\n"
    "  --data DIR       the records (./data)\n"
    "  --format json    one object a line, as each is done\n\n"
    "Exit: 0 all are issued; 1 some are refused; 65 the file is no list of requests; 69 the key,\n"
    "token or authority is not there; 77 wrong or locked PIN.\n\n"
    "Examples:\n"
    "  satyapan issue --batch november.jsonl --dry-run --out drafts\n"
    "  satyapan issue --request one.json --key file:officer.p12 --out certificates\n";

enum { EVIDENCE_MAX = 32 };

struct options {
    const char *request, *batch, *key, *pin_file, *tsa, *level, *out, *yes, *release, *data;
    const char *signing, *preview; /* ids of the records: the server asks */
    const char *certs[EVIDENCE_MAX], *crls[EVIDENCE_MAX];
    size_t cert_count, crl_count;
    bool dry, json;
};

struct run {
    struct options o;
    struct issuing c;
    struct tsa *tsa;
    struct issue_list list;
    json_t *signing;
    struct input files[2 * EVIDENCE_MAX];
    size_t file_count;
    struct span certs[EVIDENCE_MAX], crls[EVIDENCE_MAX];
};

/* The last complaint: for the server, which shows it to the officer. */
static char last_complaint[ISSUE_WHY + 64];

void complain(const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    (void)vsnprintf(last_complaint, sizeof last_complaint, fmt, again);
    va_end(again);
    (void)fputs("satyapan: ", stderr);
    (void)vfprintf(stderr, fmt, ap);
    (void)fputc('\n', stderr);
    va_end(ap);
}

/* ---- options --------------------------------------------------------------------------------- */

static bool take_many(const char **list, size_t *count)
{
    if (*count == EVIDENCE_MAX) {
        return false;
    }
    list[(*count)++] = optarg;
    return true;
}

static bool take_option(struct options *o, int option)
{
    const char **const texts[] = {
        ['r'] = &o->request, ['b'] = &o->batch, ['k'] = &o->key,     ['p'] = &o->pin_file,
        ['t'] = &o->tsa,     ['l'] = &o->level, ['o'] = &o->out,     ['y'] = &o->yes,
        ['R'] = &o->release, ['d'] = &o->data,  ['s'] = &o->signing, ['w'] = &o->preview};
    switch (option) {
    case 'n':
        o->dry = true;
        return true;
    case 'f':
        o->json = strcmp(optarg, "json") == 0;
        return o->json || strcmp(optarg, "text") == 0;
    case 'c':
        return take_many(o->certs, &o->cert_count);
    case 'C':
        return take_many(o->crls, &o->crl_count);
    default:
        break;
    }
    if (option <= 0 || option >= (int)(sizeof texts / sizeof *texts) || !texts[option]) {
        return false;
    }
    *texts[option] = optarg;
    return true;
}

static enum exit_code wrong(const char *text)
{
    complain("issue: %s; see satyapan issue --help", text);
    return EXIT_USAGE;
}

static enum exit_code read_level(struct run *u)
{
    static const char *const levels[] = {"B", "T", "LT", "LTA"};
    const char *level = u->o.level ? u->o.level : u->o.tsa ? "T" : "B";
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (strcmp(level, levels[i]) == 0) {
            u->c.level = (enum pades_level)i;
            return i > 0 && !u->o.tsa && !u->o.dry ? wrong("this level needs --tsa") : EXIT_GOOD;
        }
    }
    return wrong("--level is one of B, T, LT, LTA");
}

static enum exit_code read_options(int argc, char **argv, struct run *u)
{
    static const struct option options[] = {
        {"request", required_argument, NULL, 'r'}, {"batch", required_argument, NULL, 'b'},
        {"key", required_argument, NULL, 'k'},     {"pin-file", required_argument, NULL, 'p'},
        {"tsa", required_argument, NULL, 't'},     {"level", required_argument, NULL, 'l'},
        {"out", required_argument, NULL, 'o'},     {"yes", required_argument, NULL, 'y'},
        {"release", required_argument, NULL, 'R'}, {"data", required_argument, NULL, 'd'},
        {"cert", required_argument, NULL, 'c'},    {"crl", required_argument, NULL, 'C'},
        {"format", required_argument, NULL, 'f'},  {"dry-run", no_argument, NULL, 'n'},
        {"signing", required_argument, NULL, 's'}, {"preview", required_argument, NULL, 'w'},
        {"help", no_argument, NULL, 'h'},          {0}};
    struct options *o = &u->o;
    int option;
    o->data = "data";
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(help, stdout);
            exit(EXIT_GOOD);
        }
        if (!take_option(o, option)) {
            (void)fputs(help, stderr);
            return EXIT_USAGE;
        }
    }
    if (optind < argc) {
        return wrong("there is a word too many");
    }
    if (o->release || o->preview) {
        return EXIT_GOOD;
    }
    if (!o->signing && (!o->request == !o->batch || !o->out)) {
        return wrong("it needs --request or --batch, and --out");
    }
    return !o->key && !o->dry ? wrong("it needs --key (or --dry-run)") : read_level(u);
}

/* ---- what it works with ---------------------------------------------------------------------- */

/* "https://host", from the body's settings: it is printed on every certificate. */
static enum exit_code find_site(struct issuing *c)
{
    const char *url = c->office.public_url;
    size_t n = strlen(url);
    if (!n) {
        complain(
            "issue: no public_url is set in %s/office.json; QR codes lead to https://localhost",
            c->data);
        url = "https://localhost";
        n = strlen(url);
    }
    while (n && url[n - 1] == '/') {
        n--;
    }
    if (strncmp(url, "https://", 8) != 0 || n <= 8 || n > 80) {
        complain("issue: public_url must be https:// and a host, at most 80 characters");
        return EXIT_DATA;
    }
    (void)snprintf(c->site, sizeof c->site, "%.*s", (int)n, url);
    return EXIT_GOOD;
}

static enum exit_code open_records(struct run *u)
{
    struct issuing *c = &u->c;
    char why[SCHEME_DATA_ERROR] = ""; /* the longest of those that fill it */
    c->data = u->o.data;
    c->dry = u->o.dry;
    if (office_read(c->arena, c->data, &c->office, why) != 0) {
        complain("issue: %s", why);
        return EXIT_DATA;
    }
    enum exit_code code = find_site(c);
    if (code != EXIT_GOOD) {
        return code;
    }
    if (records_open(c->data, c->now, &c->r, why) != 0) {
        complain("issue: %s", why);
        return EXIT_IO;
    }
    int rc = check_data(c->arena, &c->office, c->data, &c->scheme, why);
    if (rc != 0) {
        complain("issue: %s", why);
        return rc < 0 ? EXIT_INTERNAL : EXIT_DATA;
    }
    /* An existing key has the origin it was made with. */
    if (register_key_open(c->data, NULL, false, &c->key, why) != 0 &&
        register_key_open(c->data, c->site + 8, true, &c->key, why) != 0) {
        complain("issue: %s", why);
        return EXIT_IO;
    }
    return EXIT_GOOD;
}

static enum exit_code open_out(struct run *u)
{
    if ((mkdir(u->o.out, 0755) != 0 && errno != EEXIST) ||
        (u->c.out = open(u->o.out, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
        complain("issue: %s: %s", u->o.out, strerrordesc_np(errno));
        return errno == EACCES ? EXIT_PERMISSION : EXIT_IO;
    }
    return EXIT_GOOD;
}

static enum exit_code open_evidence(struct run *u)
{
    const struct {
        const char *const *paths;
        size_t count;
        struct span *out;
    } kinds[] = {{u->o.certs, u->o.cert_count, u->certs}, {u->o.crls, u->o.crl_count, u->crls}};
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
    u->c.evidence = (struct pades_evidence){.certs = u->certs,
                                            .cert_count = u->o.cert_count,
                                            .crls = u->crls,
                                            .crl_count = u->o.crl_count};
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
        complain("issue: the certificate of the key is not valid today; renew it");
        return EXIT_UNAVAILABLE;
    }
    (void)hash_hex(span_make(hash, sizeof hash), false, c->officer);
    return EXIT_GOOD;
}

static enum exit_code open_signer(struct run *u)
{
    char why[KEYS_WHY] = "";
    int pin = u->o.pin_file ? open(u->o.pin_file, O_RDONLY | O_CLOEXEC) : -1;
    if (u->o.pin_file && pin < 0) {
        complain("issue: %s: %s", u->o.pin_file, strerrordesc_np(errno));
        return EXIT_NO_INPUT;
    }
    const struct signer_options with = {.uri = u->o.key, .pin = pin, .prompt = pin < 0};
    enum keys_result k = signer_open(&with, &u->c.signer, why);
    (void)(pin >= 0 && close(pin));
    if (k != KEYS_OK) {
        complain("issue: %s", why);
        return k == KEYS_WRONG_PIN || k == KEYS_LOCKED ? EXIT_PERMISSION
               : k == KEYS_FAILED                      ? EXIT_INTERNAL
                                                       : EXIT_UNAVAILABLE;
    }
    return check_signer(&u->c);
}

static enum exit_code open_tsa(struct run *u)
{
    char why[ISSUE_WHY] = "memory ran out";
    int rc = u->o.tsa ? tsa_open(u->o.tsa, &u->tsa, &u->c.stamper, why) : 0;
    u->c.stamps = u->tsa && rc == 0;
    if (rc != 0) {
        complain("issue: %s", why);
        return rc < 0 ? EXIT_INTERNAL : EXIT_UNAVAILABLE;
    }
    return EXIT_GOOD;
}

static enum exit_code open_renderer(struct run *u)
{
    char why[ISSUE_WHY] = "memory ran out";
    if (renderer_open(NULL, NULL, &u->c.renderer, why) != 0) {
        complain("issue: %s", why);
        return EXIT_UNAVAILABLE;
    }
    return EXIT_GOOD;
}

static void close_all(struct run *u)
{
    struct issuing *c = &u->c;
    list_free(&u->list);
    json_decref(u->signing);
    signer_close(c->signer);
    tsa_close(u->tsa);
    renderer_close(c->renderer);
    register_key_forget(&c->key);
    records_close(c->r);
    for (size_t i = 0; i < u->file_count; i++) {
        input_close(&u->files[i]);
    }
    (void)(c->out >= 0 && close(c->out));
    arena_free(c->arena);
}

/* ---- results --------------------------------------------------------------------------------- */

static const char *word_of(enum issue_end end)
{
    static const char *const words[] = {
        [ISSUE_ISSUED] = "issued",   [ISSUE_UNCHANGED] = "unchanged", [ISSUE_DRY] = "dry-run",
        [ISSUE_REFUSED] = "refused", [ISSUE_STOPPED] = "stopped",     [ISSUE_BROKEN] = "failed"};
    return words[end];
}

static void tell(const struct run *u, const struct issue_item *i)
{
    const char *registration = json_string_value(json_object_get(i->request, "registration"));
    bool good = i->end == ISSUE_ISSUED || i->end == ISSUE_UNCHANGED || i->end == ISSUE_DRY;
    if (u->o.json) {
        json_t *o = json_pack("{ss? ss so? ss? ss*}", "registration", registration, "result",
                              word_of(i->end), "entry",
                              i->entry >= 0 ? json_integer(i->entry) : json_null(), "number",
                              good && i->number[0] ? i->number : NULL, "why", good ? NULL : i->why);
        char *text = o ? rows_canonical(o) : NULL;
        (void)puts(text ? text : "{}");
        mem_free(text);
        json_decref(o);
    } else if (good) {
        (void)printf("%-26s %-10s %s\n", i->number[0] ? i->number : "-", word_of(i->end),
                     registration ? registration : "-");
    } else {
        complain("issue: %s%s%s: %s", word_of(i->end), registration ? " " : "",
                 registration ? registration : "", i->why);
    }
    (void)fflush(stdout);
}

static enum exit_code code_of(enum issue_end end)
{
    return end == ISSUE_REFUSED   ? EXIT_BAD
           : end == ISSUE_STOPPED ? EXIT_UNAVAILABLE
           : end == ISSUE_BROKEN  ? EXIT_INTERNAL
                                  : EXIT_GOOD;
}

/* ---- together -------------------------------------------------------------------------------- */

/* Reads all requests first: of a list nothing is signed while one is refused. */
static enum exit_code read_all(struct run *u, bool *new)
{
    enum exit_code worst = EXIT_GOOD;
    for (size_t i = 0; i < u->list.count; i++) {
        struct issue_item *item = &u->list.items[i];
        item->end = request_read(&u->c, item);
        *new = *new || item->end == ISSUE_ISSUED;
        if (code_of(item->end) != EXIT_GOOD) {
            if (item->line) {
                complain("issue: line %zu:", item->line);
            }
            tell(u, item);
            worst = code_of(item->end) > worst ? code_of(item->end) : worst;
        }
    }
    if (worst != EXIT_GOOD && u->list.count > 1) {
        complain("issue: nothing was signed");
    }
    return worst;
}

static enum exit_code make_all(struct run *u)
{
    struct progress p;
    enum exit_code code = EXIT_GOOD;
    progress_start(&p, u->list.count);
    for (size_t i = 0; i < u->list.count && code == EXIT_GOOD; i++) {
        struct issue_item *item = &u->list.items[i];
        bool draft = u->o.dry && item->end != ISSUE_UNCHANGED;
        code = code_of(draft ? make_draft(&u->c, item, NULL) : make_certificate(&u->c, item));
        progress_step(&p);
        if (u->o.json || u->list.count < 20 || code != EXIT_GOOD) {
            progress_clear(&p);
            tell(u, item);
        }
    }
    progress_clear(&p);
    if (u->c.out >= 0 && files_finish(&u->c) != 0) {
        complain("issue: %s: %s", u->o.out, strerrordesc_np(errno));
        return EXIT_IO;
    }
    return code;
}

static void tell_pending(struct run *u)
{
    json_t *rows = NULL, *row;
    size_t i;
    if (pending_list(u->c.r, &rows) != 0) {
        return;
    }
    json_array_foreach(rows, i, row)
    {
        complain("issue: number %lld of series %s is reserved for %s, which was not finished: run "
                 "its request again, or give the number up with --release",
                 (long long)json_integer_value(json_object_get(row, "running")),
                 json_string_value(json_object_get(row, "series")),
                 json_string_value(json_object_get(row, "registration")));
    }
    json_decref(rows);
}

static enum exit_code release(struct run *u)
{
    struct records *r = u->c.r;
    int rc = records_begin(r);
    rc = rc ? rc : pending_release(r, u->o.release);
    if (rc != RECORDS_FAILED && records_commit(r, rc == 0) != 0) {
        rc = RECORDS_FAILED;
    }
    if (rc == RECORDS_NONE) {
        complain("issue: no number is reserved for %s", u->o.release);
        return EXIT_NO_INPUT;
    }
    return rc == 0 ? EXIT_GOOD : EXIT_INTERNAL;
}

static enum exit_code sign_all(struct run *u, bool new)
{
    enum exit_code code = EXIT_GOOD;
    if (u->o.batch && !u->o.dry) {
        code = list_confirm(&u->list, u->o.yes);
    } else if (u->o.batch) {
        complain("issue: SHA-256 of the list %s", u->list.sha256);
    }
    code = code == EXIT_GOOD && u->o.out ? open_out(u) : code;
    if (new) {
        code = code == EXIT_GOOD ? open_renderer(u) : code;
    }
    if (new && !u->o.dry) {
        code = code == EXIT_GOOD ? open_evidence(u) : code;
        code = code == EXIT_GOOD ? open_tsa(u) : code;
        code = code == EXIT_GOOD ? open_signer(u) : code;
    }
    if (code != EXIT_GOOD) {
        return code;
    }
    code = make_all(u);
    if (!u->o.dry) {
        tell_pending(u);
    }
    return code;
}

static enum exit_code run(struct run *u)
{
    bool new = false;
    enum exit_code code = open_records(u);
    if (code != EXIT_GOOD || u->o.release) {
        return code == EXIT_GOOD ? release(u) : code;
    }
    if (u->o.preview) {
        code = open_renderer(u);
        return code == EXIT_GOOD ? signing_preview(&u->c, strtoll(u->o.preview, NULL, 10)) : code;
    }
    code = u->o.signing
               ? signing_list_read(&u->c, strtoll(u->o.signing, NULL, 10), &u->signing, &u->list)
               : list_read(u->o.batch ? u->o.batch : u->o.request, u->o.batch != NULL, &u->list);
    code = code == EXIT_GOOD ? read_all(u, &new) : code;
    return code == EXIT_GOOD ? sign_all(u, new) : code;
}

int main(int argc, char **argv)
{
    static struct run u;
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    if (sp_init()) {
        complain("libcrypto could not be set up");
        return EXIT_INTERNAL;
    }
    u.c.out = -1;
    u.c.now = (int64_t)time(NULL);
    enum exit_code code = read_options(argc, argv, &u);
    if (code != EXIT_GOOD) {
        return (int)code;
    }
    u.c.arena = arena_new((size_t)64 << 20);
    code = u.c.arena ? run(&u) : EXIT_INTERNAL;
    if (u.o.signing && code != EXIT_GOOD) {
        (void)puts(last_complaint);
    }
    close_all(&u);
    return (int)code;
}
