/*
 * key_database - `satyapan tls key-rows FILE`: the keys of LittleBlackBox's database as lines of
 * our own (KIND HEX SOURCE NOTE), for `satyapan trust import-device-keys`, which has no database.
 *
 * github.com/devttys0/littleblackbox, README.md: lbb.db is SQLite with the tables certificates
 * (fingerprint: SHA-1 with colons, certificate, key, description), firmware (device_id,
 * certificate_id, vendor, description), hardware (vendor, model, revision, description). The file
 * is a stranger's: it is read in the sandboxed child, from memory, and only tables are. What it
 * does not do: it takes no private keys over; who has the fingerprint knows the device.
 */
#include <stdio.h>

#include <sqlite3.h>

#include "cli/tls/command.h"
#include "sandbox/sandbox.h"
#include "tls/known_import.h"

enum { STEPS_MAX = 200 * 1000 * 1000, STEPS = 1000 * 1000 };

static const char *const wanted[] = {"certificates", "firmware", "hardware"};

/* A file may promise less work than it makes. */
static int stop_late(void *context)
{
    unsigned *calls = context;
    return ++*calls > STEPS_MAX / STEPS;
}

/* A view of that name could be any query. */
static bool has_tables(sqlite3 *db)
{
    sqlite3_stmt *s = NULL;
    bool good = sqlite3_prepare_v2(db, "SELECT 1 FROM sqlite_master WHERE type='table' AND name=?1",
                                   -1, &s, NULL) == SQLITE_OK;
    for (size_t i = 0; good && i < sizeof wanted / sizeof *wanted; i++) {
        (void)sqlite3_reset(s);
        good = sqlite3_bind_text(s, 1, wanted[i], -1, SQLITE_STATIC) == SQLITE_OK &&
               sqlite3_step(s) == SQLITE_ROW;
    }
    (void)sqlite3_finalize(s);
    return good;
}

static struct span text(sqlite3_stmt *s, int column)
{
    const unsigned char *p = sqlite3_column_text(s, column);
    return span_make(p, p ? (size_t)sqlite3_column_bytes(s, column) : 0);
}

/* "FINGERPRINT  vendor model revision, firmware": a line of a list of hashes. */
static void put_row(sqlite3_stmt *s, struct buffer *lines)
{
    for (int i = 0; i < sqlite3_column_count(s); i++) {
        struct span cell = text(s, i);
        for (size_t k = 0; k < cell.n; k++) {
            buffer_char(lines, cell.p[k] < 0x20 ? ' ' : (char)cell.p[k]);
        }
        buffer_str(lines, i == 0 ? "  " : " ");
    }
    buffer_char(lines, '\n');
}

static int read_rows(sqlite3 *db, struct buffer *out)
{
    static const char query[] =
        "SELECT c.fingerprint, coalesce(min(h.vendor), min(f.vendor)), min(h.model),"
        " min(h.revision), c.description FROM certificates c"
        " LEFT JOIN firmware f ON f.certificate_id = c.id"
        " LEFT JOIN hardware h ON h.id = f.device_id GROUP BY c.id ORDER BY c.id";
    struct known_tally tally = {0};
    struct buffer lines;
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db, query, -1, &s, NULL);
    buffer_init(&lines, INPUT_MAX);
    while (rc == SQLITE_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        put_row(s, &lines);
        rc = SQLITE_OK;
    }
    (void)sqlite3_finalize(s);
    bool good = rc == SQLITE_DONE && buffer_ok(&lines);
    if (good) {
        known_import(buffer_span(&lines), LIST_HASHES, "littleblackbox", out, &tally);
    }
    buffer_free(&lines);
    return !good || tally.rows == 0 || tally.skipped ? EXIT_DATA : EXIT_GOOD;
}

static int read_file(void *context, struct buffer *out)
{
    const struct input *in = context;
    unsigned calls = 0;
    sqlite3 *db = NULL;
    unsigned char *bytes = sqlite3_malloc64(in->size);
    int code = EXIT_DATA;
    if (!bytes || sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        sqlite3_free(bytes);
        (void)sqlite3_close(db);
        return EXIT_INTERNAL;
    }
    memcpy(bytes, in->bytes, in->size);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_progress_handler(db, STEPS, stop_late, &calls);
    sqlite3_int64 size = (sqlite3_int64)in->size;
    if (sqlite3_deserialize(db, "main", bytes, size, size,
                            SQLITE_DESERIALIZE_READONLY | SQLITE_DESERIALIZE_FREEONCLOSE) ==
            SQLITE_OK &&
        has_tables(db)) {
        code = read_rows(db, out);
    }
    (void)sqlite3_close(db);
    return code;
}

int tls_key_rows_command(struct tls_command *c)
{
    struct input in;
    struct buffer out;
    char why[128] = "";
    int code = (int)input_open(c->words[0], &in);
    if (code) {
        return code;
    }
    buffer_init(&out, SIZE_MAX);
    code = sandbox_warm() == 0 && sqlite3_initialize() == SQLITE_OK
               ? sandbox_task(read_file, &in, &out, why, sizeof why)
               : EXIT_INTERNAL;
    if (code < 0 || code == EXIT_DATA) {
        complain("%s is not the database of LittleBlackBox %s", c->words[0], why);
        code = EXIT_DATA;
    } else if (code == EXIT_GOOD && fwrite(out.p, 1, out.n, stdout) != out.n) {
        code = EXIT_IO;
    }
    buffer_free(&out);
    input_close(&in);
    return code;
}
