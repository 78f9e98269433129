/*
 * test_intake - the parts of the intake of documents that need no server: names of files, events.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "office/intake/events.h"
#include "office/intake/names.h"

/* ---- names ----------------------------------------------------------------------------------- */

static void cleans(struct span raw, const char *want)
{
    struct arena *a = arena_new(1 << 20);
    assert_non_null(a);
    const char *got = names_clean(a, raw);
    assert_non_null(got);
    assert_string_equal(got, want);
    arena_free(a);
}

static void test_names(void **state)
{
    (void)state;
    cleans(SPAN_LIT("declaration.pdf"), "declaration.pdf");
    cleans(SPAN_LIT("../../etc/passwd"), "passwd");
    cleans(SPAN_LIT("C:\\Users\\a\\report final.pdf"), "report final.pdf");
    cleans(SPAN_LIT("/"), "document");
    cleans(SPAN_LIT(""), "document");
    cleans(SPAN_LIT(".."), "document");
    cleans(SPAN_LIT(".htaccess"), "htaccess");
    cleans(SPAN_LIT("a\r\nSet-Cookie: x.pdf"), "aSet-Cookie_ x.pdf");
    cleans(SPAN_LIT("invoice\xe2\x80\xae"
                    "fdp.exe"),
           "invoicefdp.exe"); /* U+202E would show it as invoiceexe.pdf */
    cleans(SPAN_LIT("\xe0\xa4\xaa\xe0\xa4\xa4\xe0\xa5\x8d\xe0\xa4\xb0.pdf"),
           "\xe0\xa4\xaa\xe0\xa4\xa4\xe0\xa5\x8d\xe0\xa4\xb0.pdf");
    cleans(SPAN_LIT("bad\xff\xfe.pdf"), "bad.pdf");
    cleans(SPAN_LIT("a<script>\"b\".pdf"), "a_script__b_.pdf");
    cleans(SPAN_LIT("  two   blanks .pdf. "), "two blanks .pdf");
    cleans(SPAN_LIT("\ufeff"
                    "a\u200bb\u00a0\u2009"
                    "c\u00ad.pdf"),
           "ab c.pdf");
    cleans(SPAN_LIT("\u0915\u094d\u200d\u0937.pdf"), "\u0915\u094d\u200d\u0937.pdf");
    cleans(span_make("nul\0byte.pdf", 12), "nulbyte.pdf");
}

static void test_long_names(void **state)
{
    (void)state;
    char raw[2048];
    for (size_t i = 0; i + 3 <= 900; i += 3) {
        memcpy(raw + i, "\xe0\xa4\x95", 3);
    }
    memcpy(raw + 900, ".pdf", 5);
    struct arena *a = arena_new(1 << 20);
    assert_non_null(a);
    const char *got = names_clean(a, span_str(raw));
    assert_non_null(got);
    size_t n = strlen(got);
    assert_true(n <= NAMES_MAX && n > NAMES_MAX - 4);
    assert_string_equal(got + n - 4, ".pdf");
    assert_int_equal((n - 4) % 3, 0); /* no half character */
    memset(raw, 'x', sizeof raw - 1);
    raw[sizeof raw - 1] = 0;
    got = names_clean(a, span_str(raw));
    assert_non_null(got);
    assert_int_equal(strlen(got), NAMES_MAX);
    arena_free(a);
}

static void test_sent(void **state)
{
    (void)state;
    json_t *o = json_object();
    assert_int_equal(names_sent(o, SPAN_LIT("../a\n.pdf")), 0);
    assert_string_equal(json_string_value(json_object_get(o, "name_sent")), "../a\n.pdf");
    assert_int_equal(names_sent(o, SPAN_LIT("\xff.pdf")), 0);
    assert_string_equal(json_string_value(json_object_get(o, "name_sent_hex")), "ff2e706466");
    json_decref(o);
}

/* ---- events ---------------------------------------------------------------------------------- */

static void *publish_later(void *context)
{
    struct events *e = context;
    events_publish(e, 8, "file", "{\"other\":1}");
    events_publish(e, 7, "file", "{\"mine\":1}");
    return NULL;
}

static void test_events(void **state)
{
    (void)state;
    struct events *e;
    struct event got[4];
    assert_int_equal(events_new(&e), 0);
    uint64_t after = events_last(e);
    assert_int_equal(events_wait(e, 7, &after, 1, got, 4), 0);
    pthread_t t;
    assert_int_equal(pthread_create(&t, NULL, publish_later, e), 0);
    assert_int_equal(events_wait(e, 7, &after, 60000, got, 4), 1);
    assert_string_equal(got[0].text, "{\"mine\":1}");
    assert_string_equal(got[0].kind, "file");
    assert_int_equal(got[0].seq, 2);
    assert_int_equal(pthread_join(t, NULL), 0);
    assert_int_equal(after, 2);
    /* several at once, no more than there is room for, the rest later */
    for (int i = 0; i < 6; i++) {
        events_publish(e, 7, "file", "{}");
    }
    assert_int_equal(events_wait(e, 7, &after, 1, got, 4), 4);
    assert_int_equal(events_wait(e, 7, &after, 1, got, 4), 2);
    /* too long for the ring: it is said that something was missed */
    for (int i = 0; i < 2000; i++) {
        events_publish(e, 7, "file", "{}");
    }
    assert_int_equal(events_wait(e, 7, &after, 1, got, 4), -1);
    assert_int_equal(after, events_last(e));
    after = 1000000; /* of an earlier life of the server */
    assert_int_equal(events_wait(e, 7, &after, 1, got, 4), -1);
    events_close(e);
    assert_int_equal(events_wait(e, 7, &after, 60000, got, 4), -2);
    events_free(e);
    events_publish(NULL, 1, "file", "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_sent),
        cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
