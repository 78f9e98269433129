/*
 * bench - see bench.h.
 */
#include "office/bench/bench.h"

#include <sys/mman.h>
#include <unistd.h>

#include "office/bench/report.h"
#include "office/cases.h"
#include "office/intake/answers.h"
#include "records/blobs.h"
#include "records/scans.h"

static int null_all(json_t *row, const char *const *names)
{
    int rc = 0;
    for (; *names; names++) {
        rc |= json_object_set_new(row, *names, json_null());
    }
    return rc;
}

/* Of the unit: how many of its keys others have is the body's to tell. */
static int hide_unit(const struct op_call *c, json_t *row)
{
    static const char *const names[] = {"shared", "declared_by_name", NULL};
    int rc = office_is_vendor(c) ? null_all(row, names) : 0;
    return rc || !office_is_vendor(c) ? rc : json_object_set_new(row, "note", json_string(""));
}

int bench_device(struct op_call *c, int64_t device, json_t **out)
{
    int rc = 0;
    *out = NULL;
    if (!answers_may(c, bench_get(c->records, device, out), out, &rc)) {
        return rc < 0 ? -1 : 1;
    }
    return hide_unit(c, *out) ? -1 : 0;
}

int bench_hide(const struct op_call *c, json_t *row)
{
    static const char *const names[] = {"person", "person_name", "released_by", "released_by_name",
                                        NULL};
    int rc = office_is_vendor(c) ? null_all(row, names) : 0;
    return rc || !office_is_vendor(c) ? rc : json_object_set_new(row, "note", json_string(""));
}

int bench_scan(struct op_call *c, int64_t scan, json_t **out)
{
    int rc = 0;
    *out = NULL;
    int code = scan_get(c->records, scan, out);
    if (code == 0 && office_is_vendor(c) && office_num(*out, "released_at") == UTC_NONE) {
        json_decref(*out);
        *out = NULL;
        code = RECORDS_NONE;
    }
    if (!answers_may(c, code, out, &rc)) {
        return rc < 0 ? -1 : 1;
    }
    return bench_hide(c, *out) ? -1 : 0;
}

json_t *bench_report_of(const char *data, const json_t *row)
{
    char why[BENCH_WHY];
    int64_t size = 0;
    json_t *out = NULL;
    const char *sha256 = office_str(row, "report");
    int fd = sha256 ? blob_open(data, sha256, &size) : -1;
    void *map = fd >= 0 && size > 0 && size <= BENCH_REPORT_MAX
                    ? mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0)
                    : MAP_FAILED;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (map != MAP_FAILED) {
        (void)!bench_report_read(span_make(map, (size_t)size), &out, why);
        (void)munmap(map, (size_t)size);
    }
    return out;
}

int bench_trace(struct op_call *c, const json_t *scan, json_t *detail)
{
    char subject[ANSWERS_SUBJECT];
    return op_audit(c, answers_subject("scan", office_num(scan, "id"), subject),
                    office_num(scan, "application"), false, detail);
}
