/*
 * fuzz_scheme - texts from outside that the scheme's part reads: a document's text (language,
 * registration number), a closure list, the files of settings and of required documents.
 *
 * What must hold: noise is never surely Hindi or English; a list that is taken is written and read
 * back as the same; a window never ends before it begins.
 */
#include <stdlib.h>

#include "base/buffer.h"
#include "scheme/calendar.h"
#include "scheme/language.h"
#include "scheme/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
    if (!truth) {
        abort();
    }
}

static void try_text(struct span text)
{
    struct language_result r;
    language_detect(text, NULL, 0, &r);
    must(r.letters <= text.n && r.latin + r.devanagari + r.other == r.letters);
    must(!r.sure || r.letters >= 100);
    must(r.confidence >= 0 && r.confidence <= 100 && r.code && r.script);
    (void)regnumber_find(text, "STQC/IOTSCS/REG/2026/1");
}

static void try_list(struct arena *a, struct span csv)
{
    struct calendar one, two;
    char error[CALENDAR_ERROR];
    struct buffer b;
    int rc = calendar_parse(a, csv, &one, error);
    must(rc == 0 || (rc == 1 && *error) || arena_capped(a));
    if (rc != 0) {
        return;
    }
    buffer_init(&b, 1 << 24);
    calendar_csv(&one, &b);
    rc = buffer_ok(&b) ? calendar_parse(a, buffer_span(&b), &two, error) : -1;
    must(rc == 0 ? two.count == one.count : arena_capped(a) || !buffer_ok(&b));
    buffer_free(&b);
    int32_t from = one.count ? one.closures[0].date - 10 : 20000;
    must(calendar_due(&one, from, 15, CALENDAR_ALL).date >= from + 15);
}

static void try_files(struct arena *a, struct span json)
{
    struct scheme_settings settings;
    struct scheme_required required;
    char error[SCHEME_ERROR];
    int rc = scheme_settings_read(a, json, &settings, error);
    must(rc == 0 || rc == -1 || *error);
    rc = scheme_required_read(a, json, &required, error);
    must(rc == 0 || rc == -1 || *error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(1 << 22);
    struct span all = span_make(data, size);
    if (a && size) {
        try_text(all);
        try_list(a, all);
        try_files(a, all);
    }
    arena_free(a);
    return 0;
}
