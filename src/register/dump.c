/*
 * dump - the register as a whole, as CSV (RFC 4180) and JSON; see register.h.
 *
 * It is written piece by piece: memory does not grow with the register.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "register/inside.h"

enum { PIECE = 64 << 10, PIECE_MAX = 16 << 20 };

/* ---- a row ----------------------------------------------------------------------------------- */

static int copy_words(json_t *o, const json_t *row)
{
    static const char *const names[] = {"number",    "series",   "registration", "holder",
                                        "holder_hi", "product",  "level",        "kind",
                                        "issued_on", "previous", "position"};
    int rc = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *v = json_object_get(row, names[i]);
        rc |= json_object_set_new(o, names[i], v ? json_incref(v) : json_null());
    }
    return rc;
}

static json_t *text_or_null(const char *text)
{
    return text && *text ? json_string(text) : json_null();
}

/* By which a copy in somebody's hand is told from the latest one. */
static int put_hashes(json_t *o, const json_t *row, const json_t *data)
{
    char *canonical = NULL, hex[SHA256_HEX] = "";
    int rc = data ? register_data_hash(data, &canonical, hex) : 0;
    mem_free(canonical);
    return rc | json_object_set_new(o, "data_sha256", text_or_null(hex)) |
           json_object_set_new(o, "pdf_sha256",
                               text_or_null(json_string_value(json_object_get(row, "pdf"))));
}

static int put_state(json_t *o, const struct register_state *s, const char *on)
{
    return json_object_set_new(o, "on", json_string(on)) |
           json_object_set_new(o, "status", json_string(register_status_code(s->status))) |
           json_object_set_new(o, "status_since", text_or_null(s->since)) |
           json_object_set_new(o, "reason", text_or_null(s->reason)) |
           json_object_set_new(o, "successor", text_or_null(s->successor)) |
           json_object_set_new(o, "valid_from", text_or_null(s->valid_from)) |
           json_object_set_new(o, "valid_to", text_or_null(s->valid_to));
}

json_t *register_row(struct records *r, const json_t *row, const char *on, bool whole)
{
    struct register_state s;
    json_t *data = NULL, *o = json_object();
    const char *number = json_string_value(json_object_get(row, "number"));
    int rc = register_state(r, number, on, NULL, NULL, &s, &data);
    bool good = o && (rc == 0 || rc == RECORDS_NONE) && copy_words(o, row) == 0 &&
                put_state(o, &s, on) == 0 && put_hashes(o, row, data) == 0;
    json_t *models = json_object_get(data, "models");
    good =
        good && json_object_set_new(o, "models", models ? json_incref(models) : json_array()) == 0;
    if (good && whole) {
        good = json_object_set_new(o, "data", data ? json_incref(data) : json_null()) == 0;
    }
    json_decref(data);
    if (!good) {
        json_decref(o);
        return NULL;
    }
    return o;
}

/* ---- its forms ------------------------------------------------------------------------------- */

static const char *const of_certificate[] = {"number",    "status", "status_since", "valid_from",
                                             "valid_to",  "holder", "product",      "level",
                                             "issued_on", "reason", "registration", "successor"};
static const char *const of_model[] = {"model", "hardware", "firmware", "firmware_sha256"};
enum {
    OF_CERTIFICATE = sizeof of_certificate / sizeof *of_certificate,
    OF_MODEL = sizeof of_model / sizeof *of_model
};

/* RFC 4180; what a spreadsheet would take for a formula begins with an apostrophe. */
static void cell(struct buffer *out, const json_t *o, const char *key, bool last)
{
    const json_t *v = json_object_get(o, key);
    const char *s = json_string_value(v);
    buffer_char(out, '"');
    if (s && *s && strchr("=+-@\t\r", *s)) {
        buffer_char(out, '\'');
    }
    for (; s && *s; s++) {
        buffer_str(out, *s == '"' ? "\"\"" : (char[]){*s, 0});
    }
    if (json_is_integer(v)) {
        buffer_printf(out, "%" PRId64, (int64_t)json_integer_value(v));
    }
    buffer_str(out, last ? "\"\r\n" : "\",");
}

/* A line for each model. */
static int csv_row(struct buffer *out, const json_t *row)
{
    const json_t *models = json_object_get(row, "models");
    size_t lines = json_array_size(models) ? json_array_size(models) : 1;
    for (size_t line = 0; line < lines; line++) {
        for (size_t i = 0; i < OF_CERTIFICATE; i++) {
            cell(out, row, of_certificate[i], false);
        }
        for (size_t i = 0; i < OF_MODEL; i++) {
            cell(out, json_array_get(models, line), of_model[i], i + 1 == OF_MODEL);
        }
    }
    return buffer_ok(out) ? 0 : -1;
}

static void csv_head(struct buffer *out)
{
    for (size_t i = 0; i < OF_CERTIFICATE; i++) {
        buffer_printf(out, "%s,", of_certificate[i]);
    }
    for (size_t i = 0; i < OF_MODEL; i++) {
        buffer_printf(out, "%s%s", of_model[i], i + 1 == OF_MODEL ? "\r\n" : ",");
    }
}

static int json_row(struct buffer *out, const json_t *row, bool first)
{
    char *text = json_dumps(row, JSON_COMPACT | JSON_SORT_KEYS);
    buffer_str(out, first ? "\n" : ",\n");
    buffer_str(out, text ? text : "");
    mem_free(text);
    return text && buffer_ok(out) ? 0 : -1;
}

/* ---- all of them ----------------------------------------------------------------------------- */

struct dump {
    struct records *r;
    const char *on;
    bool csv, some;
    const struct register_sink *to;
    struct buffer piece;
};

static int flush(struct dump *d, bool last)
{
    if (!buffer_ok(&d->piece) ||
        ((last || d->piece.n >= PIECE) && d->to->write(d->to->context, buffer_span(&d->piece)))) {
        return RECORDS_FAILED;
    }
    if (last || d->piece.n >= PIECE) {
        buffer_free(&d->piece);
        buffer_init(&d->piece, PIECE_MAX);
    }
    return 0;
}

static int put_one(void *context, const json_t *row)
{
    struct dump *d = context;
    json_t *o = register_row(d->r, row, d->on, false);
    int rc = !o ? -1 : d->csv ? csv_row(&d->piece, o) : json_row(&d->piece, o, !d->some);
    json_decref(o);
    d->some = true;
    return rc ? RECORDS_FAILED : flush(d, false);
}

int register_dump(struct records *r, const char *on, bool csv, const struct register_sink *to)
{
    struct dump d = {.r = r, .on = on, .csv = csv, .to = to};
    buffer_init(&d.piece, PIECE_MAX);
    if (csv) {
        csv_head(&d.piece);
    } else {
        buffer_printf(&d.piece, "{\"schema\":\"satyapan-register/1\",\"on\":\"%s\",\"items\":[",
                      on);
    }
    int rc = certificate_each(r, put_one, &d) == 0 ? 0 : RECORDS_FAILED;
    buffer_str(&d.piece, csv ? "" : "\n]}\n");
    rc = rc ? rc : flush(&d, true);
    buffer_free(&d.piece);
    return rc;
}

int register_dump_note(const char *name, const char *on, int64_t size,
                       const uint8_t sha256[SHA256_SIZE], const struct note_key *key,
                       const struct note_signer *by, struct buffer *out)
{
    struct buffer text;
    char hex[SHA256_HEX];
    buffer_init(&text, NOTE_MAX);
    buffer_printf(&text, "satyapan-register-dump/1\n%s\n%s\n%" PRId64 "\n%s\n", name, on, size,
                  hash_hex(span_make(sha256, SHA256_SIZE), false, hex));
    buffer_add(out, buffer_span(&text));
    buffer_char(out, '\n');
    int rc = buffer_ok(&text) ? note_sign_by(buffer_span(&text), key, by, out) : -1;
    buffer_free(&text);
    return rc == 0 && buffer_ok(out) ? 0 : -1;
}
