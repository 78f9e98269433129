/*
 * trust - `satyapan trust list|verify|status|import|import-device-keys`.
 *
 * Import never accepts an unknown root silently: a root that is not pinned needs --confirmed-by and
 * --confirmed-on, the record of who compared its fingerprint with CCA out of band.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "asn1/armor.h"
#include "asn1/der.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/utc.h"
#include "chain/judge.h"
#include "cli/device_keys.h"
#include "cli/input.h"
#include "cli/options.h"
#include "format/cms.h"
#include "trust/trust.h"

enum { PATH_SIZE = 4096, DAY = 86400 };

#define COMMAND_MEMORY ((size_t)64 * 1024 * 1024)
#define KEYS_MEMORY    ((size_t)1 << 30)

struct command {
    struct arena *a;
    struct trust *trust;
    const char *dir;
    bool json, allow_unpinned;
    const char *confirmed_by, *confirmed_on, *source;
    char **files; /* import-device-keys */
    int file_count;
    int64_t now;
};

static const char help[] =
    "usage: satyapan trust list|verify|status [--trust-dir DIR] [--format text|json]\n"
    "       satyapan trust import [--trust-dir DIR] [--allow-unpinned]\n"
    "                             [--confirmed-by NAME --confirmed-on DATE] FILE\n"
    "       satyapan trust import-device-keys [--trust-dir DIR] [--source NAME] FILE ...\n\n"
    "  list     every certificate of the trust list\n"
    "  verify   re-reads every file and compares it with its pinned SHA-256\n"
    "  status   what is valid now, what ends soon, which licensed CAs are still missing\n"
    "  import   adds certificates (DER, PEM, p7c, bare base64). Pinned licensed CAs are taken at "
    "once;\n"
    "           others must chain to the list and need --allow-unpinned; a root needs the record "
    "of\n"
    "           who confirmed its fingerprint with the Controller.\n"
    "  import-device-keys\n"
    "           adds lists of device keys whose private half is public, which scans of devices "
    "look\n"
    "           for: lines of our own (KIND HEX SOURCE NOTE), lists of SHA-1 of certificates or "
    "SHA-256\n"
    "           of keys (LittleBlackBox, also its lbb.db), the table of House of Keys, and "
    "blocklist.dat\n"
    "           of badkeys with its badkeysdata.json; --source names where a list comes from.\n";

static struct cert *parse(struct command *c, struct span der)
{
    struct cert *cert = NULL;
    const char *why;
    return cert_parse(c->a, der, "trust", &cert, &why) == 0 ? cert : NULL;
}

static json_t *entry_json(const struct trust_entry *e, const struct cert *cert)
{
    char from[UTC_TEXT], to[UTC_TEXT];
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s?,s:s?,s:s?,s:b}", "name", e->name,
                     "file", e->file, "sha256", e->sha256, "role", e->role, "purpose", e->purpose,
                     "status", e->status, "not_before", utc_rfc3339(cert->not_before, from),
                     "not_after", utc_rfc3339(cert->not_after, to), "source", e->source,
                     "confirmed_by", e->confirmed_by, "confirmed_on", e->confirmed_on, "local",
                     e->local);
}

static int list(struct command *c)
{
    size_t count;
    const struct trust_entry *rows = trust_entries(c->trust, &count);
    if (!c->json) {
        (void)printf("%-48s %-12s %-8s %-11s %-10s  %s\n", "NAME", "ROLE", "PURPOSE", "STATUS",
                     "VALID TO", "SHA-256");
    }
    for (size_t i = 0; i < count; i++) {
        const struct trust_entry *e = &rows[i];
        struct cert *cert = parse(c, e->der);
        char to[UTC_TEXT];
        if (!cert) {
            complain("%s cannot be parsed", e->file);
            return EXIT_DATA;
        }
        if (c->json) {
            json_t *j = entry_json(e, cert);
            char *line = j ? json_dumps(j, JSON_COMPACT) : NULL;
            (void)printf("%s\n", line ? line : "{}");
            mem_free(line);
            json_decref(j);
        } else {
            (void)printf("%-48s %-12s %-8s %-11s %.10s  %.16s...\n", e->name, e->role, e->purpose,
                         e->status, utc_rfc3339(cert->not_after, to), e->sha256);
        }
    }
    return EXIT_GOOD;
}

/* trust_load has compared every hash; what is left is that each file is a usable certificate. */
static int verify(struct command *c)
{
    size_t count, bad = 0;
    const struct trust_entry *rows = trust_entries(c->trust, &count);
    for (size_t i = 0; i < count; i++) {
        bool ok = parse(c, rows[i].der) != NULL;
        bad += !ok;
        (void)printf("%-3s %s  %s\n", ok ? "ok" : "BAD", rows[i].sha256, rows[i].file);
    }
    (void)printf("%zu certificates as pinned, %zu not usable\n", count - bad, bad);
    return bad ? EXIT_BAD : EXIT_GOOD;
}

static int status(struct command *c)
{
    size_t count, pin_count, missing = 0, ended = 0;
    const struct trust_entry *rows = trust_entries(c->trust, &count);
    const struct trust_pin *pins = trust_pins(c->trust, &pin_count);
    for (size_t i = 0; i < count; i++) {
        const struct trust_entry *e = &rows[i];
        struct cert *cert = parse(c, e->der);
        int64_t left = cert ? (cert->not_after - c->now) / DAY : 0;
        if (!cert || strcmp(e->status, "live") != 0) {
            continue;
        }
        if (cert->not_after < c->now) {
            ended++;
        }
        (void)printf("%-12s %-48s %s%lld days left%s\n", e->role, e->name,
                     cert->not_after < c->now ? "ENDED, " : "", (long long)left,
                     strcmp(e->role, "anchor") == 0 && !e->confirmed_by
                         ? "  (fingerprint not yet confirmed with the Controller by this office)"
                         : "");
    }
    for (size_t i = 0; i < pin_count; i++) {
        if (!trust_entry_by_sha256(c->trust, pins[i].sha256)) {
            (void)printf("missing      %s (pinned; import it from cca.gov.in)\n", pins[i].name);
            missing++;
        }
    }
    (void)printf("%zu certificates, %zu pinned ones missing, %zu live ones ended\n", count, missing,
                 ended);
    return ended ? EXIT_UNSURE : EXIT_GOOD;
}

/* ---- import -------------------------------------------------------------------------------- */

/* Does the certificate chain to the list, revocation apart? */
static bool chains(struct command *c, struct cert *cert)
{
    struct sp_policy policy = *sp_policy_builtin("india-dsc");
    struct sp_findings findings;
    struct pool *pool;
    struct chain_answer answer = {0};
    findings_init(&findings);
    policy.require_revocation = false;
    struct chain_question q = {.leaf = cert,
                               .purpose = CHAIN_ANY,
                               .time = c->now,
                               .now = c->now,
                               .policy = &policy,
                               .where = "import"};
    if (pool_new(c->a, trust_evidence(c->trust), &findings, &pool) ||
        pool_add(pool, SP_EVIDENCE_CERT, cert->der, "import") ||
        chain_judge(c->a, pool, &q, &findings, &answer)) {
        return false;
    }
    return answer.anchored;
}

static json_t *load_local(const char *path)
{
    json_t *root = json_load_file(path, 0, NULL);
    return root ? root : json_pack("{s:s,s:[]}", "schema", "satyapan-trust/1", "certificates");
}

static int write_bytes(const char *path, struct span data)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    bool ok = fd >= 0 && write(fd, data.p, data.n) == (ssize_t)data.n && fsync(fd) == 0;
    int error = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (!ok) {
        complain("%s: %s", path, strerror(error));
        return error == EACCES ? EXIT_PERMISSION : EXIT_IO;
    }
    return EXIT_GOOD;
}

/* Writes the file and a row of local.json; both are read and checked at the next start. */
static int store(struct command *c, struct cert *cert, const char *name, const char *hex,
                 const char *role)
{
    char path[PATH_SIZE], tmp[PATH_SIZE], file[128];
    (void)snprintf(file, sizeof file, "local/%s.cer", hex);
    (void)snprintf(path, sizeof path, "%s/local", c->dir);
    if (mkdir(path, 0755) && errno != EEXIST) {
        complain("%s: %s", path, strerror(errno));
        return errno == EACCES ? EXIT_PERMISSION : EXIT_IO;
    }
    (void)snprintf(path, sizeof path, "%s/%s", c->dir, file);
    int code = write_bytes(path, cert->der);
    if (code) {
        return code;
    }
    (void)snprintf(path, sizeof path, "%s/local.json", c->dir);
    (void)snprintf(tmp, sizeof tmp, "%s/local.json.new", c->dir);
    json_t *root = load_local(path);
    json_t *row = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s?,s:s?}", "name", name, "file", file,
                            "sha256", hex, "role", role, "purpose", "signing", "status", "live",
                            "source", "imported by the operator", "confirmed_by", c->confirmed_by,
                            "confirmed_on", c->confirmed_on);
    char *text = NULL;
    if (json_array_append_new(json_object_get(root, "certificates"), row) == 0) {
        text = json_dumps(root, JSON_INDENT(1));
    }
    code = text ? write_bytes(tmp, span_str(text)) : EXIT_INTERNAL;
    if (code == EXIT_GOOD && rename(tmp, path)) {
        complain("%s: %s", path, strerror(errno));
        code = EXIT_IO;
    }
    mem_free(text);
    json_decref(root);
    return code;
}

static int import_root(struct command *c, struct cert *cert, const char *name, const char *hex)
{
    int64_t day;
    if (!c->confirmed_by || !c->confirmed_on) {
        complain(
            "%s is an unknown root (SHA-256 %s) and was not imported; confirm the fingerprint with "
            "the Controller, then give --confirmed-by and --confirmed-on",
            name, hex);
        return EXIT_BAD;
    }
    if (!utc_parse(span_str(c->confirmed_on), &day)) {
        complain("--confirmed-on takes a date like 2026-11-21");
        return EXIT_USAGE;
    }
    int code = store(c, cert, name, hex, "anchor");
    if (code == EXIT_GOOD) {
        (void)printf("imported root %s, confirmed by %s on %s\n", name, c->confirmed_by,
                     c->confirmed_on);
    }
    return code;
}

static int import_one(struct command *c, struct span der)
{
    char hex[SHA256_HEX];
    struct cert *cert = parse(c, der);
    if (!cert) {
        complain("a certificate in the file cannot be parsed");
        return EXIT_DATA;
    }
    hash_hex(span_make(cert->sha256, SHA256_SIZE), false, hex);
    const char *cn = cert_name_attr(c->a, cert->subject, OID_AT_COMMON_NAME);
    const char *name = cn ? cn : "(no common name)";
    if (trust_entry_by_sha256(c->trust, hex)) {
        (void)printf("already in the list: %s\n", name);
        return EXIT_GOOD;
    }
    if (cert_self_issued(cert)) {
        return import_root(c, cert, name, hex);
    }
    const struct trust_pin *pin = trust_pin_by_sha256(c->trust, hex);
    if (!pin && (!c->allow_unpinned || !chains(c, cert))) {
        complain("%s (SHA-256 %s) is not among the pinned licensed CAs%s", name, hex,
                 c->allow_unpinned ? " and does not chain to the list; it was not imported"
                                   : "; check it, then import with --allow-unpinned");
        return EXIT_BAD;
    }
    int code = store(c, cert, name, hex, "intermediate");
    if (code == EXIT_GOOD) {
        (void)printf("imported %s %s\n", pin ? "pinned CA" : "unpinned intermediate", name);
    }
    return code;
}

/* The certificates of one item: itself, or the members of a p7c bundle. */
static int import_item(struct command *c, struct span der)
{
    struct cms *cms = NULL;
    const char *why;
    if (cms_parse(c->a, der, &cms, &why)) {
        complain("memory ran out");
        return EXIT_INTERNAL;
    }
    if (!cms || cms->content_type != OID_SIGNED_DATA) {
        return import_one(c, der);
    }
    int code = EXIT_GOOD;
    for (size_t i = 0; i < cms->cert_count; i++) {
        int one = import_one(c, cms->certs[i]);
        code = one ? one : code;
    }
    return code;
}

static int import(struct command *c, const char *file)
{
    struct input in;
    struct armor_item *items;
    size_t count;
    int code = (int)input_open(file, &in);
    if (code) {
        return code;
    }
    if (armor_decode(c->a, span_make(in.bytes, in.size), &items, &count)) {
        complain("memory ran out");
        code = EXIT_INTERNAL;
    } else if (count == 0) {
        complain("%s: no certificate found (DER, PEM, p7c or base64)", file);
        code = EXIT_DATA;
    }
    for (size_t i = 0; code != EXIT_INTERNAL && i < count; i++) {
        int one = import_item(c, items[i].der);
        code = one ? one : code;
    }
    input_close(&in);
    return code;
}

/* ---- the command --------------------------------------------------------------------------- */

static int dispatch(struct command *c, const char *what, const char *file)
{
    char error[TRUST_ERROR];
    c->dir = trust_directory(c->a, c->dir);
    if (!c->dir) {
        complain("the trust list was not found; reinstall, or give --trust-dir");
        return EXIT_UNAVAILABLE;
    }
    if (strcmp(what, "import-device-keys") == 0) {
        return import_device_keys(c->a, c->dir, c->source, c->files, c->file_count);
    }
    if (trust_load(c->dir, &c->trust, error)) {
        complain("%s", error);
        return strcmp(what, "verify") == 0 ? EXIT_BAD : EXIT_DATA;
    }
    int code = strcmp(what, "list") == 0     ? list(c)
               : strcmp(what, "verify") == 0 ? verify(c)
               : strcmp(what, "status") == 0 ? status(c)
                                             : import(c, file);
    trust_free(c->trust);
    return code;
}

static int set_option(struct command *c, int id, const char *arg)
{
    switch (id) {
    case 'd':
        c->dir = arg;
        return EXIT_GOOD;
    case 'f':
        c->json = strcmp(arg, "json") == 0;
        return c->json || strcmp(arg, "text") == 0 ? EXIT_GOOD : EXIT_USAGE;
    case 'u':
        c->allow_unpinned = true;
        return EXIT_GOOD;
    case 'b':
        c->confirmed_by = arg;
        return EXIT_GOOD;
    case 'o':
        c->confirmed_on = arg;
        return EXIT_GOOD;
    case 's':
        c->source = arg;
        return EXIT_GOOD;
    default:
        return EXIT_USAGE;
    }
}

static bool take(void *context, int option)
{
    return set_option(context, option, optarg) == EXIT_GOOD;
}

int cmd_trust(int argc, char **argv)
{
    static const struct option options[] = {
        {"trust-dir", required_argument, NULL, 'd'},
        {"format", required_argument, NULL, 'f'},
        {"allow-unpinned", no_argument, NULL, 'u'},
        {"confirmed-by", required_argument, NULL, 'b'},
        {"confirmed-on", required_argument, NULL, 'o'},
        {"source", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    struct command c = {.now = (int64_t)time(NULL)};
    const struct option_table how = {"trust", help, options, take, &c};
    int code = options_read(&how, argc, argv);
    if (code >= 0) {
        return code;
    }
    const char *what = optind < argc ? argv[optind] : "";
    bool importing = strcmp(what, "import") == 0;
    bool keys = strcmp(what, "import-device-keys") == 0;
    int words = argc - optind;
    bool known = importing || keys || strcmp(what, "list") == 0 || strcmp(what, "verify") == 0 ||
                 strcmp(what, "status") == 0;
    if (!known || (keys ? words < 2 : words != (importing ? 2 : 1))) {
        complain("trust wants list, verify, status, import FILE or import-device-keys FILE; see "
                 "satyapan trust --help");
        return EXIT_USAGE;
    }
    c.files = argv + optind + 1;
    c.file_count = words - 1;
    c.a = arena_new(keys ? KEYS_MEMORY : COMMAND_MEMORY);
    if (!c.a) {
        complain("memory ran out");
        return EXIT_INTERNAL;
    }
    code = dispatch(&c, what, importing ? argv[optind + 1] : NULL);
    arena_free(c.a);
    return code;
}
