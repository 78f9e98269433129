/*
 * test_selftest - the server's look at itself notices a failure of our own wherever the report has
 * it: about the document, and about a file inside a ZIP whose files are given out to children.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <zip.h>

#include "base/buffer.h"
#include "sandbox/sandbox.h"

enum { FILES = 12, LEVELS = 10 };

static const struct sp_evidence nothing;
static char last_line[512];

static void note(void *context, const char *line)
{
    (void)context;
    (void)snprintf(last_line, sizeof last_line, "%s", line);
}

/* A mail with more levels of parts than are looked at: engine.limit. */
static struct buffer deep_mail(void)
{
    struct buffer b;
    buffer_init(&b, 1 << 16);
    buffer_str(&b, "From: a@example.invalid\r\nMIME-Version: 1.0\r\n");
    for (int i = 0; i < LEVELS; i++) {
        buffer_printf(&b, "Content-Type: multipart/mixed; boundary=\"b%d\"\r\n\r\n--b%d\r\n", i, i);
    }
    buffer_str(&b, "Content-Type: text/plain\r\n\r\nx\r\n");
    for (int i = LEVELS; i-- > 0;) {
        buffer_printf(&b, "--b%d--\r\n", i);
    }
    assert_true(buffer_ok(&b));
    return b;
}

/* FILES files of one letter; the last one holds what is given. */
static void *archive_with(struct span last, size_t *size)
{
    zip_error_t error;
    zip_source_t *out = zip_source_buffer_create(NULL, 0, 0, &error);
    assert_non_null(out);
    zip_source_keep(out);
    zip_t *z = zip_open_from_source(out, ZIP_TRUNCATE, &error);
    assert_non_null(z);
    for (int i = 0; i < FILES; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%02d.eml", i);
        bool is_last = i == FILES - 1;
        zip_source_t *file =
            zip_source_buffer(z, is_last ? (const void *)last.p : "x", is_last ? last.n : 1, 0);
        assert_true(zip_file_add(z, name, file, 0) >= 0);
    }
    assert_int_equal(zip_close(z), 0);
    assert_int_equal(zip_source_open(out), 0);
    assert_int_equal(zip_source_seek(out, 0, SEEK_END), 0);
    *size = (size_t)zip_source_tell(out);
    assert_int_equal(zip_source_seek(out, 0, SEEK_SET), 0);
    void *bytes = malloc(*size);
    assert_non_null(bytes);
    assert_int_equal(zip_source_read(out, bytes, *size), (zip_int64_t)*size);
    zip_source_free(out);
    return bytes;
}

static int failures_of(const char *name, struct span bytes)
{
    const struct sandbox_job job = {.document = {.name = name, .bytes = bytes.p, .size = bytes.n},
                                    .evidence = &nothing,
                                    .policy = sp_policy_builtin("generic"),
                                    .clock = {.now = 1795305600, .received = SP_NO_TIME}};
    last_line[0] = 0;
    return sandbox_selftest(&job, 1, note, NULL);
}

static void test_document(void **state)
{
    (void)state;
    struct buffer mail = deep_mail();
    assert_int_equal(failures_of("letter", SPAN_LIT("x")), 0);
    assert_int_equal(failures_of("deep", buffer_span(&mail)), 1);
    assert_non_null(strstr(last_line, "self-test of deep failed"));
    buffer_free(&mail);
}

static void test_inside(void **state)
{
    (void)state;
    struct buffer mail = deep_mail();
    size_t size;
    void *good = archive_with(SPAN_LIT("x"), &size);
    assert_int_equal(failures_of("good", span_make(good, size)), 0);
    free(good);
    void *bad = archive_with(buffer_span(&mail), &size);
    assert_int_equal(failures_of("bad", span_make(bad, size)), 1);
    assert_non_null(strstr(last_line, "self-test of bad failed"));
    free(bad);
    buffer_free(&mail);
}

static int start(void **state)
{
    (void)state;
    return sp_init() || sandbox_warm() ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_document),
        cmocka_unit_test(test_inside),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
