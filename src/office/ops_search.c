/*
 * ops_search - lists as a table for other programs (CSV), and numbers for people.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "db/files.h"
#include "office/cases.h"
#include "office/listing.h"
#include "scheme/date.h"

/* ---- CSV (RFC 4180) -------------------------------------------------------------------------- */

static const char *const columns[] = {
    "number",     "state",        "kind",          "vendor_name", "product",  "series", "level",
    "owner_name", "submitted_on", "registered_on", "due_on",      "due_rule", "id"};

enum { COLUMNS = sizeof columns / sizeof *columns };

/* Spreadsheets take a cell that begins so for a formula; an apostrophe makes it text. */
static bool like_formula(const char *text)
{
    return *text && strchr("=+-@\t\r", *text);
}

static void add_text(struct buffer *b, const char *text)
{
    buffer_str(b, "\"");
    buffer_str(b, like_formula(text) ? "'" : "");
    for (; *text; text++) {
        buffer_str(b, *text == '"' ? "\"" : "");
        buffer_char(b, *text);
    }
    buffer_str(b, "\"");
}

static void add_row(struct buffer *b, const json_t *row)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        const json_t *v = json_object_get(row, columns[i]);
        buffer_str(b, i ? "," : "");
        if (json_is_integer(v)) {
            buffer_printf(b, "%lld", json_integer_value(v));
        } else if (json_is_string(v)) {
            add_text(b, json_string_value(v));
        }
    }
    buffer_str(b, "\r\n");
}

static int write_page(int fd, const json_t *rows, int64_t *size)
{
    enum { PAGE_BYTES = 16 << 20 };
    struct buffer b;
    size_t i;
    union {
        const json_t *given;
        json_t *mutable; /* the macro's type; nothing is changed */
    } u = {rows};
    json_t *row;
    buffer_init(&b, PAGE_BYTES);
    json_array_foreach(u.mutable, i, row)
    {
        add_row(&b, row);
    }
    int rc = buffer_ok(&b) ? files_write(fd, buffer_span(&b)) : -1;
    *size += (int64_t)b.n;
    buffer_free(&b);
    return rc;
}

static int write_head(int fd, int64_t *size)
{
    struct buffer b;
    buffer_init(&b, 1024);
    buffer_str(&b, "\xef\xbb\xbf"); /* so that spreadsheets read UTF-8 */
    for (size_t i = 0; i < COLUMNS; i++) {
        buffer_printf(&b, "%s%s", i ? "," : "", columns[i]);
    }
    buffer_str(&b, "\r\n");
    int rc = buffer_ok(&b) ? files_write(fd, buffer_span(&b)) : -1;
    *size = (int64_t)b.n;
    buffer_free(&b);
    return rc;
}

static int write_all(struct op_call *c, struct application_filter *f, int fd, int64_t *size)
{
    enum { PAGE = 1000 };
    char marks[2][RECORDS_MARK] = {"", ""};
    int rc = write_head(fd, size);
    f->limit = PAGE;
    for (int i = 0; rc == 0; i = !i) {
        json_t *rows = NULL;
        rc = application_list(c->records, f, &rows, marks[i]);
        rc = rc < 0 || listing_hide(c, rows) < 0 ? -1 : write_page(fd, rows, size);
        json_decref(rows);
        if (!marks[i][0]) {
            break;
        }
        f->after = marks[i];
    }
    return rc;
}

static int run_export(struct op_call *c)
{
    struct application_filter f;
    int rc = listing_filter(c, &f);
    if (rc) {
        return rc < 0 ? -1 : 0;
    }
    int fd = memfd_create("applications.csv", MFD_CLOEXEC);
    if (fd < 0 || write_all(c, &f, fd, &c->file.size) < 0 || lseek(fd, 0, SEEK_SET) != 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    c->file.fd = fd;
    c->file.name = "applications.csv";
    c->file.media = "text/csv; charset=utf-8";
    return 0;
}

/* ---- statistics ------------------------------------------------------------------------------ */

static int run_statistics(struct op_call *c)
{
    enum { MONTHS = 12 };
    int64_t months = op_int(c, "months");
    int32_t today = date_of_utc(c->now);
    int32_t first = date_add_months(today - date_split(today).day + 1,
                                    -(int)(months == UTC_NONE ? MONTHS : months));
    return op_records(c, statistics_get(c->records, date_starts(first), &c->out));
}

/* For the queue, which shows them on every view. */
static int run_states(struct op_call *c)
{
    return op_records(c, statistics_states(c->records, &c->out));
}

const struct op ops_search[] = {
    {"application.export", "GET", "/api/v1/exports/applications",
     "Export a list of applications as CSV", "आवेदनों की सूची CSV के रूप में निर्यात करें", ROLE_ANY,
     OP_READ | OP_FILE, 0, NULL, listing_params, run_export, NULL},
    {"statistics.show", "GET", "/api/v1/statistics", "Show numbers of applications and days",
     "आवेदनों और दिनों के आँकड़े दिखाएँ", ROLE_OFFICER, OP_READ, 0, "statistics",
     (const struct op_param[]){{"months", OP_IN_QUERY, OP_INTEGER, false, 120, NULL,
                                "how many months back; 12 without it",
                                "कितने महीने पीछे तक; न देने पर 12"},
                               PARAM_END},
     run_statistics, NULL},
    {"statistics.states", "GET", "/api/v1/statistics/states", "Show how many are in each state",
     "हर स्थिति में कितने आवेदन हैं, यह दिखाएँ", ROLE_OFFICER, OP_READ, 0, "state-counts", NULL, run_states,
     NULL},
    {0},
};
