/*
 * device - `satyapan tls device add|list|compare|import-keys`: the register of device keys.
 *
 * DATA/devices.jsonl, one unit and service a line, only ever appended. compare finds keys that
 * more than one unit has (OWASP ASVS 4.0.3 C.2), keys of another firm's device, and RSA keys with a
 * common prime (C.23).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/x509.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/utc.h"
#include "cli/tls/command.h"
#include "tls/shared_prime.h"

enum { UNITS_MAX = 200000, MODULUS_MAX = 2048 };

struct unit {
    const char *firm, *model, *serial, *spki_sha256, *spki;
    struct span modulus; /* absent: no RSA key */
    bool shares;         /* a prime with another key */
};

struct list {
    struct unit *units;
    size_t count, capacity;
};

static char *register_path(struct tls_command *c)
{
    return arena_printf(c->a, "%s/devices.jsonl", c->data);
}

/* ---- reading --------------------------------------------------------------------------------- */

static const char *text(struct tls_command *c, const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return arena_str(c->a, span_str(s ? s : ""));
}

static struct span modulus_of(struct tls_command *c, const char *hex)
{
    uint8_t der[4096], bytes[MODULUS_MAX];
    size_t n = strlen(hex) / 2;
    const uint8_t *p = der;
    BIGNUM *modulus = NULL;
    struct span out = SPAN_NONE;
    if (n == 0 || n > sizeof der || !hash_unhex(hex, der, n)) {
        return out;
    }
    EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)n);
    if (key && EVP_PKEY_is_a(key, "RSA") &&
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) &&
        BN_num_bytes(modulus) <= MODULUS_MAX) {
        out = arena_dup(c->a, span_make(bytes, (size_t)BN_bn2bin(modulus, bytes)));
    }
    BN_free(modulus);
    EVP_PKEY_free(key);
    return out;
}

static int add_unit(struct tls_command *c, struct list *list, const json_t *o)
{
    void *units = list->units;
    if (list->count == UNITS_MAX ||
        arena_grow(c->a, &units, &list->capacity, list->count + 1, sizeof *list->units) < 0) {
        return EXIT_INTERNAL;
    }
    list->units = units;
    struct unit *u = &list->units[list->count++];
    *u = (struct unit){.firm = text(c, o, "firm"),
                       .model = text(c, o, "model"),
                       .serial = text(c, o, "serial"),
                       .spki_sha256 = text(c, o, "spki_sha256"),
                       .spki = text(c, o, "spki")};
    if (!u->firm || !u->model || !u->serial || !u->spki_sha256 || !u->spki) {
        return EXIT_INTERNAL;
    }
    u->modulus = modulus_of(c, u->spki);
    return EXIT_GOOD;
}

static struct span next_line(struct span *rest)
{
    size_t end = span_find(*rest, SPAN_LIT("\n"), 0);
    struct span line = span_sub(*rest, 0, end == SIZE_MAX ? rest->n : end);
    *rest = span_sub(*rest, end == SIZE_MAX ? rest->n : end + 1, rest->n);
    return line;
}

/* Calls take for each line of JSON of a file. */
static int each_line(struct tls_command *c, const char *path,
                     int (*take)(struct tls_command *c, void *ctx, const json_t *o), void *ctx)
{
    struct input in;
    int code = (int)input_open(path, &in);
    if (code) {
        return code;
    }
    size_t number = 0;
    for (struct span rest = span_make(in.bytes, in.size); rest.n && code == EXIT_GOOD;) {
        json_error_t e;
        struct span line = next_line(&rest);
        json_t *o = json_loadb((const char *)line.p, line.n, JSON_REJECT_DUPLICATES, &e);
        number++;
        if (!o) {
            complain("%s, line %zu: %s", path, number, e.text);
            code = EXIT_DATA;
        } else {
            code = take(c, ctx, o);
        }
        json_decref(o);
    }
    input_close(&in);
    return code;
}

static int take_unit(struct tls_command *c, void *ctx, const json_t *o)
{
    return add_unit(c, ctx, o);
}

static int read_register(struct tls_command *c, struct list *list)
{
    char *path = register_path(c);
    if (!path) {
        return EXIT_INTERNAL;
    }
    return access(path, F_OK) == 0 ? each_line(c, path, take_unit, list) : EXIT_GOOD;
}

/* ---- add ------------------------------------------------------------------------------------- */

static int append(struct tls_command *c, const char *line)
{
    const char *path = register_path(c);
    size_t n = strlen(line);
    if (!path) {
        return EXIT_INTERNAL;
    }
    if (mkdir(c->data, 0700) < 0 && errno != EEXIST) {
        complain("%s: %s", c->data, strerror(errno));
        return EXIT_IO;
    }
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    bool good = fd >= 0 && flock(fd, LOCK_EX) == 0 && write(fd, line, n) == (ssize_t)n &&
                write(fd, "\n", 1) == 1 && fsync(fd) == 0;
    if (!good) {
        complain("%s: %s", path, strerror(errno));
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return good ? EXIT_GOOD : EXIT_IO;
}

/* One line of a scan's JSON, for a unit. Lines without a certificate have no key to remember. */
static int add_report(struct tls_command *c, void *ctx, const json_t *report)
{
    size_t *added = ctx;
    const json_t *cert = json_object_get(report, "certificate");
    const char *spki = json_string_value(json_object_get(cert, "spki"));
    const char *hash = json_string_value(json_object_get(cert, "spki_sha256"));
    char when[UTC_TEXT];
    if (!spki || !hash) {
        return EXIT_GOOD;
    }
    json_t *o =
        json_pack("{ss ss ss ss ss sO? sO? sO? ss ss}", "added", utc_rfc3339(c->now, when), "firm",
                  c->firm, "model", c->model, "serial", c->serial, "firmware", c->firmware, "ip",
                  json_object_get(report, "ip"), "port", json_object_get(report, "port"), "sha256",
                  json_object_get(cert, "sha256"), "spki_sha256", hash, "spki", spki);
    char *line = o ? json_dumps(o, JSON_COMPACT) : NULL;
    int code = line ? append(c, line) : EXIT_INTERNAL;
    *added += code == EXIT_GOOD;
    mem_free(line);
    json_decref(o);
    return code;
}

static int device_add(struct tls_command *c)
{
    size_t added = 0;
    int code = EXIT_GOOD;
    if (!*c->firm || !*c->model || !*c->serial || c->word_count == 0) {
        complain("give --firm, --model, --serial and the JSON of a scan");
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < c->word_count && code == EXIT_GOOD; i++) {
        code = each_line(c, c->words[i], add_report, &added);
    }
    if (code == EXIT_GOOD) {
        (void)printf("%zu key%s of %s %s, serial %s\n", added, added == 1 ? "" : "s", c->firm,
                     c->model, c->serial);
    }
    return code == EXIT_GOOD && added == 0 ? EXIT_UNSURE : code;
}

/* ---- compare --------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    const struct unit *x = a, *y = b;
    int c = strcmp(x->spki_sha256, y->spki_sha256);
    c = c ? c : strcmp(x->firm, y->firm);
    c = c ? c : strcmp(x->model, y->model);
    return c ? c : strcmp(x->serial, y->serial);
}

static bool same_unit(const struct unit *a, const struct unit *b)
{
    return strcmp(a->firm, b->firm) == 0 && strcmp(a->model, b->model) == 0 &&
           strcmp(a->serial, b->serial) == 0;
}

/* The moduli, each once: units are sorted by key. */
static int find_primes(struct tls_command *c, struct list *list)
{
    struct span *moduli = arena_array(c->a, list->count + 1, sizeof *moduli);
    size_t *from = arena_array(c->a, list->count + 1, sizeof *from);
    bool *shares = arena_array(c->a, list->count + 1, sizeof *shares);
    size_t n = 0;
    if (!moduli || !from || !shares) {
        return EXIT_INTERNAL;
    }
    for (size_t i = 0; i < list->count; i++) {
        bool seen = i && strcmp(list->units[i].spki_sha256, list->units[i - 1].spki_sha256) == 0;
        if (list->units[i].modulus.n && !seen) {
            from[n] = i;
            moduli[n++] = list->units[i].modulus;
        }
    }
    if (shared_primes(moduli, n, shares) < 0) {
        return EXIT_INTERNAL;
    }
    for (size_t i = 0; i < n; i++) {
        list->units[from[i]].shares = shares[i];
    }
    return EXIT_GOOD;
}

static void say(const struct tls_command *c, const char *code, const struct unit *a,
                const struct unit *b)
{
    if (c->format == TLS_JSON) {
        json_t *o = json_pack("{ss ss ss ss ss ss? ss? ss?}", "code", code, "spki_sha256",
                              a->spki_sha256, "firm", a->firm, "model", a->model, "serial",
                              a->serial, "other_firm", b ? b->firm : NULL, "other_model",
                              b ? b->model : NULL, "other_serial", b ? b->serial : NULL);
        char *line = o ? json_dumps(o, JSON_COMPACT) : NULL;
        (void)printf("%s\n", line ? line : "{}");
        mem_free(line);
        json_decref(o);
        return;
    }
    (void)printf("%-34s %s %s %s", code, a->firm, a->model, a->serial);
    if (b) {
        (void)printf("  and  %s %s %s", b->firm, b->model, b->serial);
    }
    (void)printf("  key %.16s\n", a->spki_sha256);
}

static int device_compare(struct tls_command *c)
{
    struct list list = {0};
    size_t faults = 0, units = 0;
    int code = read_register(c, &list);
    if (code) {
        return code;
    }
    if (list.count) {
        qsort(list.units, list.count, sizeof *list.units, by_key);
    }
    code = find_primes(c, &list);
    for (size_t i = 0; i < list.count && code == EXIT_GOOD; i++) {
        const struct unit *a = &list.units[i], *b = i ? &list.units[i - 1] : NULL;
        bool same_key = b && strcmp(a->spki_sha256, b->spki_sha256) == 0;
        units += !(same_key && same_unit(a, b));
        if (same_key && !same_unit(a, b)) {
            bool same_firm = strcmp(a->firm, b->firm) == 0;
            say(c, same_firm ? "tls.key-shared-between-units" : "tls.key-shared-between-firms", a,
                b);
            faults++;
        }
        if (a->shares) {
            say(c, "tls.shared-prime", a, NULL);
            faults++;
        }
    }
    if (code == EXIT_GOOD && c->format != TLS_JSON) {
        (void)printf("%zu unit%s compared, %zu fault%s\n", units, units == 1 ? "" : "s", faults,
                     faults == 1 ? "" : "s");
    }
    return code ? code : faults ? EXIT_BAD : units < 2 ? EXIT_UNSURE : EXIT_GOOD;
}

static int device_list(struct tls_command *c)
{
    struct list list = {0};
    int code = read_register(c, &list);
    for (size_t i = 0; i < list.count && code == EXIT_GOOD; i++) {
        const struct unit *u = &list.units[i];
        (void)printf("%s\t%s\t%s\t%s\n", u->firm, u->model, u->serial, u->spki_sha256);
    }
    return code;
}

/* ---- import-keys ----------------------------------------------------------------------------- */

/* LittleBlackBox and badkeys publish lists of hexadecimal hashes; the length tells the kind. */
static int device_import(struct tls_command *c)
{
    size_t read = 0, skipped = 0;
    for (size_t i = 0; i < c->word_count; i++) {
        struct input in;
        int code = (int)input_open(c->words[i], &in);
        if (code) {
            return code;
        }
        struct span rest = span_make(in.bytes, in.size);
        while (rest.n) {
            size_t n = 0;
            struct span line = next_line(&rest);
            while (n < line.n && strchr("0123456789abcdefABCDEF", line.p[n])) {
                n++;
            }
            if (n == 40 || n == 64) {
                (void)printf("%s %.*s %s imported\n", n == 40 ? "cert-sha1" : "spki-sha256", (int)n,
                             (const char *)line.p, *c->source ? c->source : "list");
                read++;
            } else if (line.n && line.p[0] != '#') {
                skipped++;
            }
        }
        input_close(&in);
    }
    (void)fprintf(stderr, "%zu keys, %zu lines not understood\n", read, skipped);
    return read ? EXIT_GOOD : EXIT_DATA;
}

int tls_device_command(struct tls_command *c, const char *word)
{
    static const struct {
        const char *word;
        int (*run)(struct tls_command *c);
    } rows[] = {{"add", device_add},
                {"list", device_list},
                {"compare", device_compare},
                {"import-keys", device_import}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(word, rows[i].word) == 0) {
            return rows[i].run(c);
        }
    }
    complain("device %s: write add, list, compare or import-keys", word);
    return EXIT_USAGE;
}
