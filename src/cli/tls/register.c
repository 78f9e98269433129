/*
 * register - see register.h.
 */
#include "cli/tls/register.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/x509.h>

#include "base/hash.h"
#include "tls/shared_prime.h"

bool register_unit(const struct tls_command *c, struct device_name *out)
{
    *out = (struct device_name){c->firm, c->model, c->serial};
    return *c->firm && *c->model && *c->serial;
}

/* ---- keys ------------------------------------------------------------------------------------ */

bool register_read_key(struct span spki, uint8_t *room, struct device_key *out)
{
    const uint8_t *p = spki.p;
    BIGNUM *n = NULL;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)spki.n);
    bool good = key && p == spki.p + spki.n;
    if (good) {
        out->spki = spki;
        out->kind = EVP_PKEY_get0_type_name(key);
        out->bits = (unsigned)EVP_PKEY_get_bits(key);
        out->modulus = SPAN_NONE;
    }
    if (good && EVP_PKEY_is_a(key, "RSA") &&
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) &&
        BN_num_bytes(n) <= REGISTER_MODULUS) {
        out->modulus = span_make(room, (size_t)BN_bn2bin(n, room));
    }
    BN_free(n);
    EVP_PKEY_free(key);
    return good;
}

/* ---- shared primes --------------------------------------------------------------------------- */

struct partner {
    struct prime_hunt *hunt; /* NULL: the one that shares is being looked for */
    const char *self;
    struct span modulus;
    char name[65];
};

static int take_modulus(void *context, const char *spki_sha256, struct span modulus)
{
    struct partner *p = context;
    if (strcmp(spki_sha256, p->self) == 0) {
        return 0;
    }
    if (p->hunt) {
        return prime_hunt_add(p->hunt, modulus);
    }
    int rc = primes_shared(p->modulus, modulus);
    if (rc == 1) {
        (void)snprintf(p->name, sizeof p->name, "%s", spki_sha256);
    }
    return rc;
}

/* The key of the register with which this one has a prime in common: 1 with its name, 0, or -1. */
static int find_partner(struct records *r, const char *self, struct span modulus, char name[65])
{
    struct partner p = {.self = self, .modulus = modulus};
    p.hunt = prime_hunt_new(modulus);
    int rc = p.hunt ? device_moduli(r, take_modulus, &p) : -1;
    rc = rc == 0 ? prime_hunt_end(p.hunt) : -1;
    prime_hunt_free(p.hunt);
    p.hunt = NULL;
    if (rc == 1) {
        rc = device_moduli(r, take_modulus, &p);
        memcpy(name, p.name, 65);
    }
    return rc;
}

/* ---- keeping --------------------------------------------------------------------------------- */

static int keep(struct records *r, const struct device_name *unit, const char *firmware,
                const struct device_key *key, int64_t now)
{
    char other[65];
    int64_t id = device_save(r, unit, firmware, UTC_NONE, now);
    int added = id < 0 ? -1 : device_key_save(r, id, key, now);
    if (added == 1 && key->modulus.n) {
        int found = find_partner(r, key->spki_sha256, key->modulus, other);
        if (found < 0 || (found == 1 && device_key_shares(r, key->spki_sha256, other) < 0)) {
            return -1;
        }
    }
    return added;
}

int register_keep(struct records *r, const struct device_name *unit, const char *firmware,
                  const struct device_key *key, int64_t now)
{
    if (records_begin(r) != 0) {
        return -1;
    }
    int added = keep(r, unit, firmware, key, now);
    return records_commit(r, added >= 0) == 0 ? added : -1;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static const char *member(const json_t *row, const char *key)
{
    const char *s = json_string_value(json_object_get(row, key));
    return s ? s : "";
}

static const char *unit_text(struct arena *a, const json_t *row)
{
    return arena_printf(a, "%s %s, serial %s", member(row, "firm"), member(row, "model"),
                        member(row, "serial"));
}

/* Puts the units that have the key where they belong. Returns 0 or -1. */
static int sort_units(const struct register_question *q, struct arena *a, const json_t *rows,
                      struct key_history *out)
{
    int64_t self = -1;
    size_t i;
    json_t *row;
    if (q->named && device_find(q->records, &q->unit, &self) == RECORDS_FAILED) {
        return -1;
    }
    json_array_foreach(rows, i, row)
    {
        bool firm = strcasecmp(member(row, "firm"), q->unit.firm) == 0;
        const char **to = !q->named ? &out->unit : firm ? &out->same_firm : &out->other_firm;
        if (json_integer_value(json_object_get(row, "id")) == self || *to) {
            continue;
        }
        *to = unit_text(a, row);
        if (!*to) {
            return -1;
        }
    }
    /* Two units with the key: then it is shared, whichever is scanned. */
    if (!q->named && json_array_size(rows) > 1) {
        out->same_firm = out->unit;
    }
    return 0;
}

static int ask_units(const struct register_question *q, struct arena *a,
                     const struct cert_facts *cert, struct key_history *out)
{
    json_t *rows;
    int64_t units = 0, self = -1, keys = 0;
    if (device_key_units(q->records, cert->spki_sha256, &rows) != 0) {
        return -1;
    }
    int rc = sort_units(q, a, rows, out);
    json_decref(rows);
    if (rc == 0 && q->named) {
        json_t *seen = NULL;
        rc = device_units(q->records, q->unit.firm, q->unit.model, &units) == 0 ? 0 : -1;
        if (rc == 0 && device_find(q->records, &q->unit, &self) == 0) {
            rc = device_keys(q->records, self, &seen) == 0 ? 0 : -1;
            keys = (int64_t)json_array_size(seen);
        }
        json_decref(seen);
        out->units = (unsigned)(units + (keys == 0)); /* this one counts */
    }
    return rc;
}

int register_ask(void *context, struct arena *a, const struct cert_facts *cert,
                 struct key_history *out)
{
    const struct register_question *q = context;
    char other[65];
    json_t *rows;
    out->asked = true;
    if (ask_units(q, a, cert, out) < 0) {
        return -1;
    }
    int found =
        cert->modulus.n ? find_partner(q->records, cert->spki_sha256, cert->modulus, other) : 0;
    if (found != 1) {
        return found;
    }
    if (device_key_units(q->records, other, &rows) != 0) {
        return -1;
    }
    out->prime_with = unit_text(a, json_array_get(rows, 0));
    json_decref(rows);
    return out->prime_with ? 0 : -1;
}

/* ---- all against all ------------------------------------------------------------------------- */

struct moduli {
    struct tls_command *c;
    struct span *moduli;
    const char **names;
    size_t count, capacity, name_capacity;
};

static int collect(void *context, const char *spki_sha256, struct span modulus)
{
    struct moduli *m = context;
    void *moduli = m->moduli, *names = (void *)m->names;
    if (arena_grow(m->c->a, &moduli, &m->capacity, m->count + 1, sizeof *m->moduli) < 0 ||
        arena_grow(m->c->a, &names, &m->name_capacity, m->count + 1, sizeof *m->names) < 0) {
        return -1;
    }
    m->moduli = moduli;
    m->names = names;
    m->moduli[m->count] = arena_dup(m->c->a, modulus);
    m->names[m->count] = arena_str(m->c->a, span_str(spki_sha256));
    return m->moduli[m->count].p && m->names[m->count++] ? 0 : -1;
}

static int note_pairs(struct records *r, const struct moduli *m, const bool *shares)
{
    for (size_t i = 0; i < m->count; i++) {
        for (size_t k = i + 1; shares[i] && k < m->count; k++) {
            int rc = shares[k] ? primes_shared(m->moduli[i], m->moduli[k]) : 0;
            if (rc < 0 || (rc == 1 && device_key_shares(r, m->names[i], m->names[k]) < 0)) {
                return -1;
            }
        }
    }
    return 0;
}

int register_find_primes(struct tls_command *c, struct records *r)
{
    struct moduli m = {.c = c};
    if (device_moduli(r, collect, &m) != 0) {
        return EXIT_INTERNAL;
    }
    bool *shares = arena_array(c->a, m.count + 1, sizeof *shares);
    if (!shares || shared_primes(m.moduli, m.count, shares) < 0 || records_begin(r) != 0) {
        return EXIT_INTERNAL;
    }
    bool good = note_pairs(r, &m, shares) == 0;
    return records_commit(r, good) == 0 && good ? EXIT_GOOD : EXIT_INTERNAL;
}

/* ---- files of lines -------------------------------------------------------------------------- */

static struct span next_line(struct span *rest)
{
    size_t end = span_find(*rest, SPAN_LIT("\n"), 0);
    struct span line = span_sub(*rest, 0, end == SIZE_MAX ? rest->n : end);
    *rest = span_sub(*rest, end == SIZE_MAX ? rest->n : end + 1, rest->n);
    return line;
}

int register_lines(struct tls_command *c, const char *path,
                   int (*take)(struct tls_command *c, void *context, const json_t *o),
                   void *context)
{
    struct input in;
    size_t number = 0;
    int code = (int)input_open(path, &in);
    if (code) {
        return code;
    }
    for (struct span rest = span_make(in.bytes, in.size); rest.n && code == EXIT_GOOD;) {
        json_error_t e;
        struct span line = next_line(&rest);
        json_t *o = json_loadb((const char *)line.p, line.n, JSON_REJECT_DUPLICATES, &e);
        number++;
        if (!o) {
            complain("%s, line %zu: %s", path, number, e.text);
            code = EXIT_DATA;
        } else {
            code = take(c, context, o);
        }
        json_decref(o);
    }
    input_close(&in);
    return code;
}

/* ---- the file of before ---------------------------------------------------------------------- */

static int take_line(struct tls_command *c, void *context, const json_t *o)
{
    uint8_t der[4096], room[REGISTER_MODULUS];
    const char *hex = member(o, "spki");
    size_t n = strlen(hex) / 2;
    char service[16];
    struct device_name unit = {member(o, "firm"), member(o, "model"), member(o, "serial")};
    struct device_key key = {.spki_sha256 = member(o, "spki_sha256"),
                             .service = service,
                             .certificate = member(o, "sha256"),
                             .firmware = member(o, "firmware")};
    (void)snprintf(service, sizeof service, "%d",
                   (int)json_integer_value(json_object_get(o, "port")));
    if (n > sizeof der || !hash_unhex(hex, der, n) ||
        !register_read_key(span_make(der, n), room, &key)) {
        return EXIT_GOOD; /* it never was a key */
    }
    return keep(context, &unit, key.firmware, &key, c->now) < 0 ? EXIT_INTERNAL : EXIT_GOOD;
}

static int take_over(struct tls_command *c, struct records *r, const char *path)
{
    char *done = arena_printf(c->a, "%s.taken-over", path);
    if (!done || records_begin(r) != 0) {
        return EXIT_INTERNAL;
    }
    int code = register_lines(c, path, take_line, r);
    if (records_commit(r, code == EXIT_GOOD) != 0) {
        code = EXIT_INTERNAL;
    }
    return code == EXIT_GOOD && rename(path, done) != 0 ? EXIT_IO : code;
}

int register_open(struct tls_command *c, bool ask, struct records **out)
{
    char why[RECORDS_WHY];
    char *database = arena_printf(c->a, "%s/office.db", c->data);
    char *before = arena_printf(c->a, "%s/devices.jsonl", c->data);
    *out = NULL;
    if (!database || !before) {
        return EXIT_INTERNAL;
    }
    if (ask && access(database, F_OK) != 0 && access(before, F_OK) != 0) {
        return EXIT_GOOD;
    }
    if (records_open(c->data, c->now, out, why) != 0) {
        complain("%s", why);
        *out = NULL;
        return EXIT_IO;
    }
    int code = access(before, F_OK) == 0 ? take_over(c, *out, before) : EXIT_GOOD;
    if (code) {
        complain("%s could not be taken over into the records", before);
        records_close(*out);
        *out = NULL;
    }
    return code;
}
