/*
 * test_issue - a certificate's data: the check against tests/issue/data.jsonl, the canonical JSON
 * and the XML twin (xmllint has the schema), the QR code's text.
 *
 * tests/e2e/issue_form.py reads the same cases with the JSON schema.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "issue/issue.h"
#include "issue/qr.h"

enum { LINE = 16384 };

static json_t *sample(void)
{
    json_t *d = json_load_file("certs/sample.json", JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(d);
    return d;
}

/* The container a dotted path leads to; last: its last part. */
static json_t *holder_of(json_t *data, const char *path, char last[64])
{
    const char *dot;
    while ((dot = strchr(path, '.'))) {
        char part[64];
        (void)snprintf(part, sizeof part, "%.*s", (int)(dot - path), path);
        data = json_is_array(data) ? json_array_get(data, strtoul(part, NULL, 10))
                                   : json_object_get(data, part);
        assert_non_null(data);
        path = dot + 1;
    }
    (void)snprintf(last, 64, "%s", path);
    return data;
}

static void put(json_t *data, const char *path, json_t *value)
{
    char last[64];
    json_t *in = holder_of(data, path, last);
    if (json_is_array(in)) {
        size_t i = strtoul(last, NULL, 10);
        assert_int_equal(i < json_array_size(in) ? json_array_set(in, i, value)
                                                 : json_array_append(in, value),
                         0);
    } else {
        assert_int_equal(json_object_set(in, last, value), 0);
    }
}

static void put_text(json_t *data, const char *path, const char *text)
{
    json_t *value = json_string(text);
    put(data, path, value);
    json_decref(value);
}

/* The sample with the changes of a case. */
static json_t *changed(const json_t *row)
{
    json_t *data = sample(), *value;
    const char *path;
    char last[64];
    size_t i;
    json_object_foreach(json_object_get(row, "set"), path, value)
    {
        put(data, path, value);
    }
    json_array_foreach(json_object_get(row, "remove"), i, value)
    {
        json_t *in = holder_of(data, json_string_value(value), last);
        assert_int_equal(json_object_del(in, last), 0);
    }
    return data;
}

static void data_cases(void **state)
{
    (void)state;
    char line[LINE], why[ISSUE_WHY];
    int rows = 0, wrong = 0;
    FILE *f = fopen("tests/issue/data.jsonl", "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        json_t *row = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(row);
        json_t *data = changed(row);
        const char *want = json_string_value(json_object_get(row, "why"));
        int rc = issue_check(data, NULL, why);
        bool good = want ? rc == 1 && strncmp(why, want, strlen(want)) == 0 : rc == 0;
        if (!good) {
            wrong++;
            (void)fprintf(stderr, "%s: %d %s\n", json_string_value(json_object_get(row, "name")),
                          rc, why);
        }
        rows++;
        json_decref(data);
        json_decref(row);
    }
    (void)fclose(f);
    assert_true(rows > 70);
    assert_int_equal(wrong, 0);
}

/* A sentence with a rule behind it says which one, its source, and what it must be. */
static void sentence_with_rule(void **state)
{
    (void)state;
    char why[ISSUE_WHY];
    json_t *data = sample();
    put_text(data, "valid_to", "2029-11-22");
    assert_int_equal(issue_check(data, NULL, why), 1);
    assert_non_null(strstr(why, "R-VAL-1"));
    assert_non_null(strstr(why, "OM"));
    assert_non_null(strstr(why, "21 Nov 2029"));
    json_decref(data);
}

static void settings_count(void **state)
{
    (void)state;
    char why[ISSUE_WHY];
    struct scheme_settings s;
    scheme_settings_default(&s);
    s.certificate_months = 24;
    json_t *data = sample();
    assert_int_equal(issue_check(data, &s, why), 1);
    put_text(data, "valid_to", "2028-11-21");
    assert_int_equal(issue_check(data, &s, why), 0);
    s.levels.count = 0;
    assert_int_equal(issue_check(data, &s, why), 1);
    json_decref(data);
}

static void not_an_object(void **state)
{
    (void)state;
    char why[ISSUE_WHY];
    json_t *list = json_array();
    assert_int_equal(issue_check(list, NULL, why), 1);
    assert_string_equal(why, "the certificate: must be an object");
    json_decref(list);
}

/* ---- twins ----------------------------------------------------------------------------------- */

static void json_is_canonical(void **state)
{
    (void)state;
    struct buffer a, b;
    buffer_init(&a, 1 << 20);
    buffer_init(&b, 1 << 20);
    json_t *data = sample();
    assert_int_equal(issue_json(data, &a), 0);
    json_t *again = json_loadb((const char *)a.p, a.n, 0, NULL);
    assert_non_null(again);
    assert_true(json_equal(data, again));
    assert_int_equal(issue_json(again, &b), 0);
    assert_true(span_eq(buffer_span(&a), buffer_span(&b)));
    assert_true(span_starts(buffer_span(&a), SPAN_LIT("{\"assessor\":\"A. Assessor\",\"body\"")));
    json_decref(data);
    json_decref(again);
    buffer_free(&a);
    buffer_free(&b);
}

/* 0: the schema takes it. */
static int xmllint(struct span xml)
{
    char name[] = "/tmp/test_issueXXXXXX", command[256];
    int fd = mkstemp(name);
    assert_true(fd >= 0 && write(fd, xml.p, xml.n) == (ssize_t)xml.n && close(fd) == 0);
    (void)snprintf(command, sizeof command,
                   "xmllint --nonet --noout --schema certs/certificate.xsd %s 2>/dev/null", name);
    int rc = system(command);
    (void)unlink(name);
    return rc;
}

static void xml_twin(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 1 << 20);
    json_t *data = sample();
    put_text(data, "holder.name", "A & B <Co> \"x\" ]]> 'y'");
    assert_int_equal(issue_xml(data, &out), 0);
    const char *text = buffer_cstr(&out);
    assert_non_null(strstr(text, "<name>A &amp; B &lt;Co&gt; \"x\" ]]&gt; 'y'</name>"));
    assert_non_null(strstr(text, "<models><row><model>BD-IPC-2100</model>"));
    assert_non_null(strstr(text, "<level>2</level>"));
    assert_null(strstr(text, "<previous"));
    assert_int_equal(xmllint(buffer_span(&out)), 0);
    json_decref(data);
    buffer_free(&out);
}

/* The XML of every good case fits the schema; with a level of 10 it does not. */
static void xml_of_all(void **state)
{
    (void)state;
    char line[LINE];
    FILE *f = fopen("tests/issue/data.jsonl", "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        json_t *row = json_loads(line, 0, NULL), *data = changed(row);
        const char *name = json_string_value(json_object_get(row, "name"));
        bool good = json_is_null(json_object_get(row, "why"));
        if (good || strcmp(name, "number too large") == 0) {
            struct buffer out;
            buffer_init(&out, 1 << 20);
            assert_int_equal(issue_xml(data, &out), 0);
            assert_int_equal(xmllint(buffer_span(&out)) == 0, good);
            buffer_free(&out);
        }
        json_decref(row);
        json_decref(data);
    }
    (void)fclose(f);
}

/* ---- QR code --------------------------------------------------------------------------------- */

static uint8_t seed[NOTE_KEY] = {7, 1, 2, 3};

static struct note_key key_of(const uint8_t s[NOTE_KEY], const char *name)
{
    struct note_key k;
    uint8_t pub[NOTE_KEY];
    size_t n = sizeof pub;
    EVP_PKEY *p = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, s, NOTE_KEY);
    assert_int_equal(EVP_PKEY_get_raw_public_key(p, pub, &n), 1);
    EVP_PKEY_free(p);
    assert_int_equal(note_key_make(name, NOTE_ED25519, pub, &k), 0);
    return k;
}

static struct qr_claim claim(void)
{
    struct qr_claim c = {.url = "https://iotscs.example.in/certificate/STQC/IOTSCS/ER/001",
                         .number = "STQC/IOTSCS/ER/001"};
    assert_true(date_make(2026, 11, 22, &c.as_of) && date_make(2029, 11, 21, &c.valid_to));
    memset(c.data, 0xA5, sizeof c.data);
    return c;
}

static void qr_there_and_back(void **state)
{
    (void)state;
    struct note_key key = key_of(seed, "register.example.in/iotscs");
    struct qr_claim c = claim(), got;
    struct buffer out;
    char why[QR_WHY];
    buffer_init(&out, QR_TEXT);
    assert_int_equal(qr_make(&c, &key, &(struct note_signer){note_seed_sign, seed}, &out), 0);
    assert_true(out.n < 300);
    assert_int_equal(qr_check(buffer_span(&out), &key, &got, why), 0);
    assert_string_equal(got.url, c.url);
    assert_string_equal(got.number, c.number);
    assert_int_equal(got.as_of, c.as_of);
    assert_int_equal(got.valid_to, c.valid_to);
    assert_memory_equal(got.data, c.data, sizeof c.data);
    buffer_free(&out);
}

/* Every octet changed in turn, every shorter text: never good. */
static void qr_changed(void **state)
{
    (void)state;
    struct note_key key = key_of(seed, "register.example.in/iotscs");
    struct qr_claim c = claim(), got;
    struct buffer out;
    char why[QR_WHY];
    buffer_init(&out, QR_TEXT);
    assert_int_equal(qr_make(&c, &key, &(struct note_signer){note_seed_sign, seed}, &out), 0);
    for (size_t i = 0; i < out.n; i++) {
        uint8_t was = out.p[i];
        out.p[i] = was == 'A' ? 'B' : 'A';
        assert_int_equal(qr_check(buffer_span(&out), &key, &got, why), 1);
        assert_true(why[0]);
        out.p[i] = was;
        assert_int_equal(qr_check(span_make(out.p, i), &key, &got, why), 1);
    }
    assert_int_equal(qr_check(buffer_span(&out), &key, &got, why), 0);
    buffer_free(&out);
}

static void qr_of_another(void **state)
{
    (void)state;
    static uint8_t other[NOTE_KEY] = {9};
    struct note_key key = key_of(seed, "register.example.in/iotscs");
    struct note_key stranger = key_of(other, "register.example.in/iotscs");
    struct qr_claim c = claim(), got;
    struct buffer out;
    char why[QR_WHY];
    buffer_init(&out, QR_TEXT);
    assert_int_equal(qr_make(&c, &stranger, &(struct note_signer){note_seed_sign, other}, &out), 0);
    assert_int_equal(qr_check(buffer_span(&out), &key, &got, why), 1);
    assert_non_null(strstr(why, "another key"));
    /* The id of the right key does not help. */
    memcpy(stranger.id, key.id, NOTE_ID);
    buffer_free(&out);
    buffer_init(&out, QR_TEXT);
    assert_int_equal(qr_make(&c, &stranger, &(struct note_signer){note_seed_sign, other}, &out), 0);
    assert_int_equal(qr_check(buffer_span(&out), &key, &got, why), 1);
    assert_non_null(strstr(why, "signature"));
    buffer_free(&out);
    buffer_init(&out, QR_TEXT);
    c.url[0] = 0;
    assert_int_equal(qr_make(&c, &key, &(struct note_signer){note_seed_sign, seed}, &out), 1);
    c = claim();
    memset(c.number, 'A', sizeof c.number);
    assert_int_equal(qr_make(&c, &key, &(struct note_signer){note_seed_sign, seed}, &out), 1);
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_cases),        cmocka_unit_test(sentence_with_rule),
        cmocka_unit_test(settings_count),    cmocka_unit_test(not_an_object),
        cmocka_unit_test(json_is_canonical), cmocka_unit_test(xml_twin),
        cmocka_unit_test(xml_of_all),        cmocka_unit_test(qr_there_and_back),
        cmocka_unit_test(qr_changed),        cmocka_unit_test(qr_of_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
