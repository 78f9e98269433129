/*
 * fuzz_reply - the reader of what a sandboxed child says: whatever it takes for a report can be
 * concluded, written in every form and read back, and an ACCEPTED shows why.
 */
#include <stdlib.h>

#include "base/buffer.h"
#include "report/render.h"
#include "satyapan/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FORM_MAX = 1 << 26 };

static void need(bool good)
{
    if (!good) {
        abort();
    }
}

/* What was read and written is read as the same again. */
static void round_trip(const struct sp_report *r)
{
    struct buffer one, two;
    struct sp_report *again = NULL;
    buffer_init(&one, FORM_MAX);
    buffer_init(&two, FORM_MAX);
    need(report_json_inside(r, &one) == 0);
    need(report_from_json(buffer_span(&one), &again) == 0 && again);
    need(report_json_inside(again, &two) == 0);
    need(span_eq(buffer_span(&one), buffer_span(&two)));
    sp_report_free(again);
    buffer_free(&one);
    buffer_free(&two);
}

static void forms(const struct sp_report *r)
{
    struct buffer out;
    for (int lang = LANG_EN; lang <= LANG_HI; lang++) {
        buffer_init(&out, FORM_MAX);
        need(report_text(r, (enum lang)lang, true, 80, &out) == 0);
        buffer_free(&out);
        buffer_init(&out, FORM_MAX);
        need(report_html_fragment(r, (enum lang)lang, &out) == 0);
        buffer_free(&out);
    }
    buffer_init(&out, FORM_MAX);
    need(report_etsi(r, &out) == 0);
    buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t none = 0;
    struct sp_report *r = NULL;
    need(report_from_json(span_make(data ? data : &none, size), &r) == 0);
    if (!r) {
        return 0;
    }
    round_trip(r);
    forms(r);
    /* As the parent does with rows its children gave. */
    if (sp_verify_members_done(r, sp_policy_builtin("india-dsc")) == 0) {
        forms(r);
    }
    sp_report_free(r);
    return 0;
}
