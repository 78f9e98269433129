/*
 * test_devices - units and their keys in the records: whose key is whose, also twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "records/devices.h"

enum { NOW = 1800000000 };

struct desk {
    char dir[40];
    struct records *r;
};

static struct desk desk_new(void)
{
    struct desk d = {.dir = "/tmp/satyapan-devices-XXXXXX"};
    char data[80], why[RECORDS_WHY];
    assert_non_null(mkdtemp(d.dir));
    (void)snprintf(data, sizeof data, "%s/data", d.dir);
    if (records_open(data, NOW, &d.r, why) != 0) {
        fail_msg("%s", why);
    }
    assert_int_equal(records_begin(d.r), 0);
    return d;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void desk_free(struct desk *d)
{
    assert_int_equal(records_commit(d->r, true), 0);
    records_close(d->r);
    assert_int_equal(nftw(d->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static int64_t unit(struct desk *d, const char *firm, const char *model, const char *serial)
{
    struct device_name name = {firm, model, serial};
    int64_t id = device_save(d->r, &name, "1.0", UTC_NONE, NOW);
    assert_true(id > 0);
    return id;
}

/* A key is a letter: its hash 64 of them. Returns what device_key_save does. */
static int seen(struct desk *d, int64_t device, char letter, int64_t at)
{
    char hash[65];
    memset(hash, letter, 64);
    hash[64] = 0;
    struct device_key key = {.spki_sha256 = hash,
                             .kind = "RSA",
                             .bits = 8,
                             .spki = SPAN_LIT("der"),
                             .modulus = span_make(&letter, 1),
                             .service = "443/https",
                             .certificate = "",
                             .firmware = "1.0"};
    return device_key_save(d->r, device, &key, at);
}

static const char *text(const json_t *row, const char *key)
{
    const char *s = json_string_value(json_object_get(row, key));
    return s ? s : "";
}

static int64_t number(const json_t *row, const char *key)
{
    return json_integer_value(json_object_get(row, key));
}

static void test_unit(void **state)
{
    struct desk d = desk_new();
    json_t *row;
    int64_t id = unit(&d, "Acme", "Cam 1", "0001"), found;
    struct device_name again = {"ACME", "cam 1", "0001"}, other = {"Acme", "Cam 1", "0002"};
    (void)state;
    /* The same unit, however it is written; what is not given stays. */
    assert_int_equal(device_save(d.r, &again, NULL, UTC_NONE, NOW + 1), id);
    assert_int_equal(device_get(d.r, id, &row), 0);
    assert_string_equal(text(row, "firm"), "Acme");
    assert_string_equal(text(row, "firmware"), "1.0");
    assert_int_equal(number(row, "version"), 1);
    json_decref(row);
    assert_int_equal(device_save(d.r, &again, "2.0", UTC_NONE, NOW + 2), id);
    assert_int_equal(device_get(d.r, id, &row), 0);
    assert_string_equal(text(row, "firmware"), "2.0");
    assert_int_equal(number(row, "updated_at"), NOW + 2);
    assert_int_equal(number(row, "version"), 2);
    json_decref(row);
    assert_int_equal(device_find(d.r, &other, &found), RECORDS_NONE);
    assert_int_equal(device_get(d.r, id + 1, &row), RECORDS_NONE);
    json_t *note = json_pack("{ss}", "note", "loaned");
    assert_int_equal(device_update(d.r, id, 1, note, NOW), RECORDS_CONFLICT);
    assert_int_equal(device_update(d.r, id, 2, note, NOW), 0);
    json_decref(note);
    /* An application that is not there is refused. */
    assert_int_equal(device_save(d.r, &other, "", 77, NOW), RECORDS_NONE);
    desk_free(&d);
}

static void test_keys(void **state)
{
    struct desk d = desk_new();
    json_t *rows;
    int64_t a = unit(&d, "Acme", "Cam 1", "1"), b = unit(&d, "Acme", "Cam 1", "2"), n;
    (void)state;
    assert_int_equal(device_units(d.r, "acme", "CAM 1", &n), 0);
    assert_int_equal(n, 0); /* units without keys cannot be compared */
    assert_int_equal(seen(&d, a, 'a', NOW), 1);
    assert_int_equal(seen(&d, a, 'a', NOW + 5), 0); /* the same place again */
    assert_int_equal(seen(&d, b, 'a', NOW + 1), 0);
    assert_int_equal(seen(&d, b, 'b', NOW + 1), 1);
    assert_int_equal(device_units(d.r, "acme", "CAM 1", &n), 0);
    assert_int_equal(n, 2);
    assert_int_equal(device_keys(d.r, a, &rows), 0);
    assert_int_equal(json_array_size(rows), 1);
    assert_int_equal(number(json_array_get(rows, 0), "first_at"), NOW);
    assert_int_equal(number(json_array_get(rows, 0), "last_at"), NOW + 5);
    assert_int_equal(number(json_array_get(rows, 0), "units"), 2);
    json_decref(rows);
    char hash[65];
    memset(hash, 'a', 64);
    hash[64] = 0;
    assert_int_equal(device_key_units(d.r, hash, &rows), 0);
    assert_int_equal(json_array_size(rows), 2);
    assert_string_equal(text(json_array_get(rows, 0), "serial"), "1"); /* first seen first */
    json_decref(rows);
    memset(hash, 'x', 64);
    assert_int_equal(device_key_units(d.r, hash, &rows), 0);
    assert_int_equal(json_array_size(rows), 0);
    json_decref(rows);
    assert_int_equal(device_key_get(d.r, hash, &rows), RECORDS_NONE);
    assert_int_equal(seen(&d, 99, 'c', NOW), RECORDS_NONE); /* no such unit */
    desk_free(&d);
}

static void test_faults(void **state)
{
    struct desk d = desk_new();
    json_t *rows;
    char one[65], two[65];
    int64_t a = unit(&d, "Acme", "Cam 1", "1"), b = unit(&d, "Acme", "Cam 2", "2"),
            c = unit(&d, "Other", "NVR", "3"), e = unit(&d, "Third", "DVR", "4");
    (void)state;
    assert_int_equal(seen(&d, a, 'a', NOW), 1);
    assert_int_equal(seen(&d, b, 'b', NOW), 1);
    assert_int_equal(device_faults(d.r, &rows), 0);
    assert_int_equal(json_array_size(rows), 0);
    json_decref(rows);
    assert_int_equal(seen(&d, b, 'a', NOW + 1), 0);
    assert_int_equal(seen(&d, c, 'a', NOW + 2), 0);
    assert_int_equal(seen(&d, e, 'e', NOW), 1);
    memset(one, 'b', 65);
    memset(two, 'e', 65);
    one[64] = two[64] = 0;
    assert_int_equal(device_key_shares(d.r, one, two), 0);
    assert_int_equal(device_faults(d.r, &rows), 0);
    assert_int_equal(json_array_size(rows), 4);
    const json_t *firms = json_array_get(rows, 0), *units = json_array_get(rows, 1),
                 *prime = json_array_get(rows, 2), *back = json_array_get(rows, 3);
    assert_string_equal(text(firms, "code"), "tls.key-shared-between-firms");
    assert_string_equal(text(firms, "firm"), "Other");
    assert_string_equal(text(firms, "other_serial"), "1");
    assert_string_equal(text(units, "code"), "tls.key-shared-between-units");
    assert_string_equal(text(units, "serial"), "2");
    assert_string_equal(text(prime, "code"), "tls.shared-prime");
    assert_string_equal(text(prime, "serial"), "2");
    assert_string_equal(text(prime, "other_firm"), "Third");
    assert_string_equal(text(prime, "other_spki_sha256"), two);
    assert_string_equal(text(back, "firm"), "Third");
    json_decref(rows);
    desk_free(&d);
}

static void test_list(void **state)
{
    struct desk d = desk_new();
    char next[RECORDS_MARK];
    json_t *rows;
    struct device_filter all = {.application = UTC_NONE}, acme = {"ac", "cam", NULL, UTC_NONE};
    int64_t a = unit(&d, "acme", "Cam 1", "2"), b = unit(&d, "Acme", "Cam 1", "1");
    (void)state;
    (void)unit(&d, "Other", "NVR", "3");
    assert_int_equal(seen(&d, a, 'a', NOW), 1);
    assert_int_equal(seen(&d, b, 'a', NOW), 0);
    assert_int_equal(seen(&d, b, 'b', NOW), 1);
    assert_int_equal(device_list(d.r, &all, NULL, 2, &rows, next), 0);
    assert_int_equal(json_array_size(rows), 2);
    assert_string_equal(text(json_array_get(rows, 0), "serial"), "1");
    assert_int_equal(number(json_array_get(rows, 0), "keys"), 2);
    assert_int_equal(number(json_array_get(rows, 0), "shared"), 1);
    json_decref(rows);
    assert_int_equal(device_list(d.r, &all, next, 2, &rows, next), 0);
    assert_int_equal(json_array_size(rows), 1);
    assert_string_equal(text(json_array_get(rows, 0), "firm"), "Other");
    assert_string_equal(next, "");
    json_decref(rows);
    assert_int_equal(device_list(d.r, &acme, NULL, 10, &rows, next), 0);
    assert_int_equal(json_array_size(rows), 2);
    json_decref(rows);
    desk_free(&d);
}

static int take(void *context, const char *spki_sha256, struct span modulus)
{
    size_t *n = context;
    assert_int_equal(modulus.n, 1);
    assert_int_equal(modulus.p[0], spki_sha256[0]);
    ++*n;
    return *n == 3 ? 7 : 0;
}

static void test_moduli(void **state)
{
    struct desk d = desk_new();
    size_t n = 0;
    int64_t a = unit(&d, "Acme", "Cam 1", "1");
    (void)state;
    assert_int_equal(seen(&d, a, 'a', NOW), 1);
    assert_int_equal(seen(&d, a, 'b', NOW), 1);
    assert_int_equal(device_moduli(d.r, take, &n), 0);
    assert_int_equal(n, 2);
    assert_int_equal(seen(&d, a, 'c', NOW), 1);
    n = 0;
    assert_int_equal(device_moduli(d.r, take, &n), 7);
    desk_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unit), cmocka_unit_test(test_keys),   cmocka_unit_test(test_faults),
        cmocka_unit_test(test_list), cmocka_unit_test(test_moduli),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
