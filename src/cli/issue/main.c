/*
 * main - satyapan-issue: certificates of the scheme, from requests to signed files and events.
 *
 * A program of its own because it draws pages (cairo, pango) and writes the records (SQLite). The
 * private key is in satyapan-keyd, the network in satyapan-fetch.
 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/input.h"
#include "cli/issue/command.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "db/rows.h"
#include "base/mem.h"
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

struct options {
    const char *request, *batch, *level, *yes, *release;
    /* Ids of the records: the server asks, its process. */
    const char *signing, *preview, *preview_change, *parent;
    bool dry, json;
};

struct run {
    struct options o;
    struct issue_setup s;
    struct issue_list list;
    json_t *signing;
};

/* For the server, which shows it to the officer: why a certificate was not issued, else the last
 * complaint. */
static char why_not[ISSUE_WHY + 128];

/* ---- options --------------------------------------------------------------------------------- */

static bool take_option(void *context, int option)
{
    struct run *u = context;
    struct options *o = &u->o;
    const char **const texts[] = {
        ['r'] = &o->request, ['b'] = &o->batch,          ['l'] = &o->level,
        ['y'] = &o->yes,     ['R'] = &o->release,        ['s'] = &o->signing,
        ['w'] = &o->preview, ['W'] = &o->preview_change, ['P'] = &o->parent};
    if (option == 'n') {
        o->dry = true;
        return true;
    }
    if (option == 'f') {
        o->json = strcmp(optarg, "json") == 0;
        return o->json || strcmp(optarg, "text") == 0;
    }
    if (setup_option(&u->s, option, optarg)) {
        return true;
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

/* -1: go on; else the exit code. */
static int read_options(int argc, char **argv, struct run *u)
{
    static const struct option options[] = {{"request", required_argument, NULL, 'r'},
                                            {"batch", required_argument, NULL, 'b'},
                                            {"level", required_argument, NULL, 'l'},
                                            {"yes", required_argument, NULL, 'y'},
                                            {"release", required_argument, NULL, 'R'},
                                            {"signing", required_argument, NULL, 's'},
                                            {"preview", required_argument, NULL, 'w'},
                                            {"preview-change", required_argument, NULL, 'W'},
                                            {"parent", required_argument, NULL, 'P'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"dry-run", no_argument, NULL, 'n'},
                                            {"help", no_argument, NULL, 'h'},
                                            SETUP_OPTIONS,
                                            {0}};
    struct options *o = &u->o;
    const struct option_table how = {"issue", help, options, take_option, u};
    int code = options_read(&how, argc, argv);
    if (code >= 0) {
        return code;
    }
    if (optind < argc) {
        return (int)wrong("there is a word too many");
    }
    if (o->release || o->preview || o->preview_change) {
        return -1;
    }
    if (!o->signing && (!o->request == !o->batch || !u->s.out)) {
        return (int)wrong("it needs --request or --batch, and --out");
    }
    if (!u->s.key && !o->dry) {
        return (int)wrong("it needs --key (or --dry-run)");
    }
    u->s.c.dry = o->dry;
    const char *bad = setup_level(&u->s, o->level, o->dry);
    return bad ? (int)wrong(bad) : -1;
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
    if (!good && !why_not[0]) {
        (void)snprintf(why_not, sizeof why_not, "%.100s: %s", registration ? registration : "-",
                       i->why);
    }
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

static enum exit_code code_of(const struct run *u, enum issue_end end)
{
    return end == ISSUE_REFUSED   ? EXIT_BAD
           : end == ISSUE_STOPPED ? setup_stopped(&u->s)
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
        item->end = request_read(&u->s.c, item);
        *new = *new || item->end == ISSUE_ISSUED;
        if (code_of(u, item->end) != EXIT_GOOD) {
            if (item->line) {
                complain("issue: line %zu:", item->line);
            }
            tell(u, item);
            worst = code_of(u, item->end) > worst ? code_of(u, item->end) : worst;
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
        code =
            code_of(u, draft ? make_draft(&u->s.c, item, NULL) : make_certificate(&u->s.c, item));
        progress_step(&p);
        if (u->o.json || u->list.count < 20 || code != EXIT_GOOD) {
            progress_clear(&p);
            tell(u, item);
        }
    }
    progress_clear(&p);
    if (u->s.c.out >= 0 && files_finish(&u->s.c) != 0) {
        complain("issue: %s: %s", u->s.out, strerrordesc_np(errno));
        return EXIT_IO;
    }
    return code;
}

static void tell_pending(struct run *u)
{
    json_t *rows = NULL, *row;
    size_t i;
    if (pending_list(u->s.c.r, &rows) != 0) {
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
    struct records *r = u->s.c.r;
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

static enum exit_code check_signatories(struct run *u)
{
    enum exit_code code = EXIT_GOOD;
    for (size_t i = 0; i < u->list.count && code == EXIT_GOOD; i++) {
        const struct issue_item *item = &u->list.items[i];
        const json_t *who = json_object_get(item->data, "signatory");
        const char *name = json_string_value(json_object_get(who, "name"));
        if (item->end == ISSUE_ISSUED) {
            code = signatory_check(&u->s.c, item->login, name ? name : "");
        }
    }
    return code;
}

static enum exit_code sign_all(struct run *u, bool new)
{
    enum exit_code code = EXIT_GOOD;
    if (u->o.batch && !u->o.dry) {
        code = list_confirm(&u->list, u->o.yes);
    } else if (u->o.batch) {
        complain("issue: SHA-256 of the list %s", u->list.sha256);
    }
    code = code == EXIT_GOOD && u->s.out ? setup_out(&u->s) : code;
    if (new) {
        code = code == EXIT_GOOD ? setup_renderer(&u->s) : code;
    }
    if (new && !u->o.dry) {
        code = code == EXIT_GOOD ? setup_evidence(&u->s) : code;
        code = code == EXIT_GOOD ? setup_tsa(&u->s) : code;
        code = code == EXIT_GOOD ? setup_signer(&u->s) : code;
    }
    if (new && !u->o.dry) {
        code = code == EXIT_GOOD ? check_signatories(u) : code;
    }
    if (code != EXIT_GOOD) {
        return code;
    }
    code = make_all(u);
    if (!u->o.dry && !u->o.signing) { /* what other lists have reserved is no news to an officer */
        tell_pending(u);
    }
    return code;
}

/* ---- for the server -------------------------------------------------------------------------- */

static enum exit_code preview(struct run *u)
{
    enum exit_code code = setup_renderer(&u->s);
    return code != EXIT_GOOD ? code
           : u->o.preview    ? signing_preview(&u->s.c, strtoll(u->o.preview, NULL, 10))
                             : amend_preview(&u->s, strtoll(u->o.preview_change, NULL, 10));
}

/* An officer's list, or one change of a certificate. */
static enum exit_code sign(struct run *u)
{
    int64_t id = strtoll(u->o.signing, NULL, 10);
    bool new = false;
    enum exit_code code = signing_find(&u->s.c, id, &u->signing);
    if (code == EXIT_GOOD && json_is_integer(json_object_get(u->signing, "change"))) {
        return amend_signed(&u->s, u->signing);
    }
    code = code == EXIT_GOOD ? signing_list_read(&u->s.c, id, u->signing, &u->list) : code;
    code = code == EXIT_GOOD ? read_all(u, &new) : code;
    return code == EXIT_GOOD ? sign_all(u, new) : code;
}

static enum exit_code run(struct run *u)
{
    bool new = false;
    if (u->o.parent && signing_with(strtol(u->o.parent, NULL, 10)) != 0) {
        return EXIT_UNAVAILABLE;
    }
    enum exit_code code = setup_records(&u->s);
    if (code != EXIT_GOOD || u->o.release) {
        return code == EXIT_GOOD ? release(u) : code;
    }
    if (u->o.preview || u->o.preview_change) {
        return preview(u);
    }
    if (u->o.signing) {
        return sign(u);
    }
    code = list_read(u->o.batch ? u->o.batch : u->o.request, u->o.batch != NULL, &u->list);
    code = code == EXIT_GOOD ? read_all(u, &new) : code;
    return code == EXIT_GOOD ? sign_all(u, new) : code;
}

/* `satyapan register amend` and the like come here too: they draw and sign. */
static enum exit_code start(int argc, char **argv, struct run *u)
{
    if (argc > 1 && (strcmp(argv[1], "amend") == 0 || strcmp(argv[1], "correct") == 0 ||
                     strcmp(argv[1], "confirm") == 0)) {
        return amend_main(argc - 1, argv + 1, &u->s);
    }
    if (argc > 1 && strcmp(argv[1], "renew-timestamps") == 0) {
        return renew_main(argc - 1, argv + 1, &u->s);
    }
    int code = read_options(argc, argv, u);
    return code < 0 ? run(u) : (enum exit_code)code;
}

int main(int argc, char **argv)
{
    static struct run u;
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    if (sp_init()) {
        complain("libcrypto could not be set up");
        return EXIT_INTERNAL;
    }
    enum exit_code code = setup_begin(&u.s) == 0 ? start(argc, argv, &u) : EXIT_INTERNAL;
    if (u.o.signing && code != EXIT_GOOD) {
        (void)puts(why_not[0] ? why_not : complaint());
    }
    json_decref(u.signing);
    list_free(&u.list);
    setup_close(&u.s);
    return (int)code;
}
