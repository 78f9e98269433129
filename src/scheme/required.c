/*
 * required - which documents a submission needs, as data. See settings.h.
 *
 * {"schema": "satyapan-required/1", "documents": [{"kind", "title", "title_hi", "applications",
 * "levels", "stage", "established", "source", "series" (absent: any)}]}
 */
#include <stdio.h>

#include <jansson.h>

#include "base/mem.h"
#include "scheme/settings.h"

#define SCHEMA "satyapan-required/1"

enum { ROWS_MAX = 200, TEXT_MAX = 300, LEVEL_MAX = 9 };

struct reader {
    struct arena *a;
    char *error;
    size_t row;
};

static int refuse(struct reader *r, const char *key, const char *what)
{
    (void)snprintf(r->error, SCHEME_ERROR, "document %zu: \"%s\" %s", r->row + 1, key, what);
    return 1;
}

static int read_text(struct reader *r, const char *key, const json_t *v, const char **out)
{
    const char *text = json_string_value(v);
    if (!text || !*text || strlen(text) > TEXT_MAX) {
        return refuse(r, key, "must be a text");
    }
    *out = arena_str(r->a, span_str(text));
    return *out ? 0 : -1;
}

static int read_kinds(struct reader *r, const json_t *v, unsigned *out)
{
    static const char *const words[] = {"fresh", "recertification", "change"};
    *out = 0;
    for (size_t i = 0; i < json_array_size(v); i++) {
        const char *word = json_string_value(json_array_get(v, i));
        unsigned bit = 0;
        for (unsigned k = 0; word && k < 3; k++) {
            bit |= strcmp(word, words[k]) == 0 ? 1u << k : 0;
        }
        if (!bit) {
            return refuse(r, "applications", "takes fresh, recertification and change");
        }
        *out |= bit;
    }
    return *out ? 0 : refuse(r, "applications", "must be a list of kinds of applications");
}

static int read_levels(struct reader *r, const json_t *v, unsigned *out)
{
    *out = 0;
    for (size_t i = 0; i < json_array_size(v); i++) {
        const json_t *n = json_array_get(v, i);
        if (!json_is_integer(n) || json_integer_value(n) < 0 || json_integer_value(n) > LEVEL_MAX) {
            return refuse(r, "levels", "takes whole numbers from 0 to 9");
        }
        *out |= 1u << json_integer_value(n);
    }
    return *out ? 0 : refuse(r, "levels", "must be a list of levels");
}

static int read_stage(struct reader *r, const json_t *v, bool *at_committee)
{
    const char *word = json_string_value(v);
    *at_committee = word && strcmp(word, "committee") == 0;
    return *at_committee || (word && strcmp(word, "submission") == 0)
               ? 0
               : refuse(r, "stage", "must be submission or committee");
}

static int read_row(struct reader *r, json_t *row, struct scheme_required_row *out)
{
    static const char *const needed[] = {"kind",   "title", "title_hi",    "applications",
                                         "levels", "stage", "established", "source"};
    const char *key;
    json_t *v;
    int rc = json_is_object(row) ? 0 : refuse(r, "documents", "must be a list of objects");
    for (size_t i = 0; rc == 0 && i < sizeof needed / sizeof *needed; i++) {
        rc = json_object_get(row, needed[i]) ? 0 : refuse(r, needed[i], "is missing");
    }
    json_object_foreach(row, key, v)
    {
        if (rc) {
            return rc;
        }
        if (strcmp(key, "kind") == 0) {
            rc = read_text(r, key, v, &out->kind);
        } else if (strcmp(key, "title") == 0) {
            rc = read_text(r, key, v, &out->title);
        } else if (strcmp(key, "title_hi") == 0) {
            rc = read_text(r, key, v, &out->title_hi);
        } else if (strcmp(key, "source") == 0) {
            rc = read_text(r, key, v, &out->source);
        } else if (strcmp(key, "series") == 0) {
            rc = read_text(r, key, v, &out->series);
        } else if (strcmp(key, "applications") == 0) {
            rc = read_kinds(r, v, &out->kinds);
        } else if (strcmp(key, "levels") == 0) {
            rc = read_levels(r, v, &out->levels);
        } else if (strcmp(key, "stage") == 0) {
            rc = read_stage(r, v, &out->at_committee);
        } else if (strcmp(key, "established") == 0) {
            out->established = json_is_true(v);
            rc = json_is_boolean(v) ? 0 : refuse(r, key, "must be true or false");
        } else {
            rc = refuse(r, key, "is not a known key");
        }
    }
    return rc;
}

static int read_rows(struct reader *r, json_t *root, struct scheme_required *out)
{
    json_t *list = json_object_get(root, "documents");
    const char *schema = json_string_value(json_object_get(root, "schema"));
    size_t count = json_array_size(list);
    if (!schema || strcmp(schema, SCHEMA) != 0 || !json_is_array(list) || count > ROWS_MAX ||
        json_object_size(root) != 2) {
        (void)snprintf(r->error, SCHEME_ERROR,
                       "must have a schema (" SCHEMA ") and a list of documents, nothing else");
        return 1;
    }
    struct scheme_required_row *rows = arena_array(r->a, count + 1, sizeof *rows);
    int rc = rows ? 0 : -1;
    for (r->row = 0; rc == 0 && r->row < count; r->row++) {
        rc = read_row(r, json_array_get(list, r->row), &rows[r->row]);
        if (rc) {
            break;
        }
    }
    *out = (struct scheme_required){rows, count};
    return rc;
}

int scheme_required_read(struct arena *a, struct span json, struct scheme_required *out,
                         char error[SCHEME_ERROR])
{
    struct reader r = {a, error, 0};
    json_error_t where;
    uint64_t before = mem_failures();
    json_t *root = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, &where);
    int rc;
    *out = (struct scheme_required){0};
    error[0] = 0;
    if (mem_failures() != before) {
        rc = -1;
    } else if (!root) {
        (void)snprintf(error, SCHEME_ERROR, "line %d: %s", where.line, where.text);
        rc = 1;
    } else {
        rc = read_rows(&r, root, out);
    }
    json_decref(root);
    return rc;
}

bool scheme_required_applies(const struct scheme_required_row *row,
                             const struct scheme_facts *facts)
{
    return (row->kinds & (unsigned)facts->kind) && facts->level >= 0 && facts->level <= LEVEL_MAX &&
           (row->levels >> facts->level & 1) &&
           (!row->series || (facts->series && strcmp(row->series, facts->series) == 0));
}
