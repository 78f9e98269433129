/*
 * device - `satyapan tls device add|list|show|compare`: the register of device keys, by hand.
 *
 * A scan that names its unit (--firm, --model, --serial) registers its keys by itself; add takes
 * them from the JSON of a scan that did not. compare finds keys that more than one unit has (OWASP
 * ASVS 4.0.3 C.2), keys of another firm's device, and RSA keys with a common prime (C.23).
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/hash.h"
#include "base/mem.h"
#include "cli/tls/register.h"

enum { PAGE = 500, KEY_MAX = 4096 };

static const char *member(const json_t *row, const char *key)
{
    const char *s = json_string_value(json_object_get(row, key));
    return s ? s : "";
}

static long long number(const json_t *row, const char *key)
{
    return (long long)json_integer_value(json_object_get(row, key));
}

static void print_json(const json_t *o)
{
    char *line = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
    (void)printf("%s\n", line ? line : "{}");
    mem_free(line);
}

/* ---- add ------------------------------------------------------------------------------------- */

struct adding {
    struct records *records;
    struct device_name unit;
    size_t added;
};

static int add_certificate(struct tls_command *c, struct adding *adding, const json_t *report,
                           const json_t *cert)
{
    uint8_t der[KEY_MAX], room[REGISTER_MODULUS], digest[SHA256_SIZE];
    char service[80], hash[65];
    const char *hex = member(cert, "spki");
    size_t n = strlen(hex) / 2;
    struct device_key key = {.spki_sha256 = hash,
                             .service = service,
                             .certificate = member(cert, "sha256"),
                             .firmware = c->firmware};
    if (n == 0) {
        return EXIT_GOOD; /* no certificate, no key to remember */
    }
    (void)snprintf(service, sizeof service, "%lld/%.60s", number(report, "port"),
                   member(report, "service"));
    if (n > sizeof der || !hash_unhex(hex, der, n) || hash_sha256(span_make(der, n), digest) < 0 ||
        !register_read_key(span_make(der, n), room, &key)) {
        complain("the key of %s is not understood", service);
        return EXIT_DATA;
    }
    hash_hex(span_make(digest, sizeof digest), false, hash);
    if (register_keep(adding->records, &adding->unit, *c->firmware ? c->firmware : NULL, &key,
                      c->now) < 0) {
        complain("%s", records_error(adding->records));
        return EXIT_IO;
    }
    adding->added++;
    return EXIT_GOOD;
}

/* One line of a scan's JSON. */
static int add_report(struct tls_command *c, void *context, const json_t *report)
{
    const json_t *more = json_object_get(report, "more_certificates");
    int code = add_certificate(c, context, report, json_object_get(report, "certificate"));
    for (size_t i = 0; i < json_array_size(more) && code == EXIT_GOOD; i++) {
        code = add_certificate(c, context, report, json_array_get(more, i));
    }
    return code;
}

static int device_add(struct tls_command *c, struct records *r)
{
    struct adding adding = {.records = r};
    int code = EXIT_GOOD;
    if (!register_unit(c, &adding.unit) || c->word_count == 0) {
        complain("give --firm, --model, --serial and the JSON of a scan");
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < c->word_count && code == EXIT_GOOD; i++) {
        code = register_lines(c, c->words[i], add_report, &adding);
    }
    if (code == EXIT_GOOD) {
        (void)printf("%zu key%s of %s %s, serial %s\n", adding.added, adding.added == 1 ? "" : "s",
                     c->firm, c->model, c->serial);
    }
    return code == EXIT_GOOD && adding.added == 0 ? EXIT_UNSURE : code;
}

/* ---- list, show ------------------------------------------------------------------------------ */

static void print_unit(const struct tls_command *c, const json_t *u)
{
    if (c->format == TLS_JSON) {
        print_json(u);
        return;
    }
    (void)printf("%s\t%s\t%s\t%s\t%lld key%s\t%s\n", member(u, "firm"), member(u, "model"),
                 member(u, "serial"), member(u, "firmware"), number(u, "keys"),
                 number(u, "keys") == 1 ? "" : "s", number(u, "shared") ? "SHARED" : "");
}

static int device_list_units(struct tls_command *c, struct records *r)
{
    char next[RECORDS_MARK] = "";
    struct device_filter filter = {*c->firm ? c->firm : NULL, *c->model ? c->model : NULL,
                                   *c->serial ? c->serial : NULL, UTC_NONE};
    do {
        json_t *rows, *row;
        size_t i;
        if (device_list(r, &filter, *next ? next : NULL, PAGE, &rows, next) != 0) {
            complain("%s", records_error(r));
            return EXIT_IO;
        }
        json_array_foreach(rows, i, row)
        {
            print_unit(c, row);
        }
        json_decref(rows);
    } while (*next);
    return EXIT_GOOD;
}

static void print_keys(const json_t *keys)
{
    size_t i;
    json_t *k;
    char first[UTC_TEXT], last[UTC_TEXT];
    json_array_foreach(keys, i, k)
    {
        (void)printf("  %s  %s %lld  %s  firmware %s  %s to %s", member(k, "spki_sha256"),
                     member(k, "kind"), number(k, "bits"), member(k, "service"),
                     *member(k, "firmware") ? member(k, "firmware") : "-",
                     utc_rfc3339(number(k, "first_at"), first),
                     utc_rfc3339(number(k, "last_at"), last));
        if (number(k, "units") > 1) {
            (void)printf("  IN %lld UNITS", number(k, "units"));
        }
        if (*member(k, "shares")) {
            (void)printf("  SHARES A PRIME WITH %.16s", member(k, "shares"));
        }
        (void)printf("\n");
    }
}

static int show(struct tls_command *c, struct records *r, int64_t id)
{
    json_t *unit = NULL, *keys = NULL;
    bool good = device_get(r, id, &unit) == 0 && device_keys(r, id, &keys) == 0;
    if (good && c->format == TLS_JSON) {
        good = json_object_set(unit, "keys", keys) == 0;
        print_json(unit);
    } else if (good) {
        (void)printf("%s %s, serial %s, firmware %s\n", member(unit, "firm"), member(unit, "model"),
                     member(unit, "serial"), member(unit, "firmware"));
        print_keys(keys);
    }
    json_decref(unit);
    json_decref(keys);
    return good ? EXIT_GOOD : EXIT_IO;
}

static int device_show(struct tls_command *c, struct records *r)
{
    struct device_name unit;
    int64_t id;
    if (!register_unit(c, &unit)) {
        complain("name the unit: --firm, --model and --serial");
        return EXIT_USAGE;
    }
    int rc = device_find(r, &unit, &id);
    if (rc == RECORDS_NONE) {
        complain("%s %s, serial %s is not in the register", c->firm, c->model, c->serial);
        return EXIT_NO_INPUT;
    }
    return rc == 0 ? show(c, r, id) : EXIT_IO;
}

/* ---- compare --------------------------------------------------------------------------------- */

static void print_fault(const struct tls_command *c, const json_t *f)
{
    if (c->format == TLS_JSON) {
        print_json(f);
        return;
    }
    (void)printf("%-34s %s %s %s  and  %s %s %s  key %.16s\n", member(f, "code"), member(f, "firm"),
                 member(f, "model"), member(f, "serial"), member(f, "other_firm"),
                 member(f, "other_model"), member(f, "other_serial"), member(f, "spki_sha256"));
}

static int count_units(struct records *r, size_t *out)
{
    char next[RECORDS_MARK] = "";
    struct device_filter all = {.application = UTC_NONE};
    *out = 0;
    do {
        json_t *rows;
        size_t i;
        json_t *row;
        if (device_list(r, &all, *next ? next : NULL, PAGE, &rows, next) != 0) {
            return EXIT_IO;
        }
        json_array_foreach(rows, i, row)
        {
            *out += number(row, "keys") > 0;
        }
        json_decref(rows);
    } while (*next);
    return EXIT_GOOD;
}

static int device_compare(struct tls_command *c, struct records *r)
{
    json_t *faults = NULL, *f;
    size_t units, i;
    int code = count_units(r, &units);
    code = code ? code : register_find_primes(c, r);
    if (code == EXIT_GOOD && device_faults(r, &faults) != 0) {
        code = EXIT_IO;
    }
    if (code) {
        complain("%s", records_error(r) ? records_error(r) : "the keys could not be compared");
        return code;
    }
    size_t count = json_array_size(faults);
    json_array_foreach(faults, i, f)
    {
        print_fault(c, f);
    }
    json_decref(faults);
    if (c->format != TLS_JSON) {
        (void)printf("%zu unit%s compared, %zu fault%s\n", units, units == 1 ? "" : "s", count,
                     count == 1 ? "" : "s");
    }
    return count ? EXIT_BAD : units < 2 ? EXIT_UNSURE : EXIT_GOOD;
}

int tls_device_command(struct tls_command *c, const char *word)
{
    static const struct {
        const char *word;
        bool makes; /* the register, when there is none */
        int (*run)(struct tls_command *c, struct records *r);
    } rows[] = {{"add", true, device_add},
                {"list", false, device_list_units},
                {"show", false, device_show},
                {"compare", false, device_compare}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct records *r = NULL;
        if (strcmp(word, rows[i].word) != 0) {
            continue;
        }
        int code = register_open(c, !rows[i].makes, &r);
        if (code == EXIT_GOOD && !r) {
            complain("%s: no register of devices yet", c->data);
            code = EXIT_UNSURE;
        }
        code = code ? code : rows[i].run(c, r);
        records_close(r);
        return code;
    }
    complain("device %s: write add, list, show or compare", word);
    return EXIT_USAGE;
}
