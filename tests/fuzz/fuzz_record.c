/*
 * fuzz_record - the record of a scan, as a laboratory hands it in: read, judged, written in every
 * form. Also what vendors declare.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "tls/report.h"
#include "tls/stored.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY = 64 * 1024 * 1024, TEXT = 64 * 1024 * 1024 };

static void must(bool truth)
{
    if (!truth) {
        abort();
    }
}

static void write_all(const struct tls_report *r, struct buffer *out)
{
    tls_report_json(r, out);
    tls_report_text(r, true, out);
    report_csv(r, out);
    tls_report_html(r, out);
    report_cbom(r, 0, out);
    must(out->n > 0);
}

static void judge(struct stored *stored, const struct declared *declared)
{
    static struct tls_policy policy;
    static struct arena *forever;
    struct trust_sets none = {{NULL}};
    struct known_keys keys = {0};
    char error[POLICY_ERROR];
    if (!forever) {
        forever = arena_new(MEMORY);
        must(forever && policy_read(forever, policy_builtin(), &policy, error) == 0);
    }
    struct report_basis basis = {.policy = &policy,
                                 .level = 3,
                                 .trust = &none,
                                 .known = &keys,
                                 .declared = declared,
                                 .now = 1800000000};
    struct tls_report *r = mem_zalloc(sizeof *r);
    struct buffer out;
    buffer_init(&out, TEXT);
    if (r && report_make(r, &stored->job, &basis) == 0) {
        write_all(r, &out);
    }
    buffer_free(&out);
    mem_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct declared declared;
    char error[STORED_ERROR] = "", why[DECLARED_ERROR] = "";
    struct span rest = span_make(data, size);
    bool said = declared_read(rest, &declared, why) == 0;
    must(said || why[0]);
    while (rest.n) {
        struct stored *stored = mem_zalloc(sizeof *stored);
        struct arena *a = arena_new(MEMORY);
        struct span one = stored_next(&rest);
        must(one.n > 0);
        int rc = stored && a ? stored_read(a, one, stored, error) : -1;
        must(rc <= 0 || error[0]);
        if (rc == 0) {
            judge(stored, said ? &declared : NULL);
        }
        arena_free(a);
        mem_free(stored);
    }
    return 0;
}
