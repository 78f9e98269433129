/*
 * search - what people search applications by (FTS5), and the filters as words of it.
 *
 * A row of the table "search" is made anew whenever something in it changes: it is small.
 */
#include "records/search.h"

#include <ctype.h>
#include <stdio.h>

#include "records/inside.h"

/* Filters as words: letters and digits only, so that the tokenizer keeps each whole. */
#define FACETS                                                                                     \
    "'state' || replace(a.state, '-', '') || ' kind' || replace(a.kind, '-', '') ||"               \
    " ' level' || a.level || ' series' || replace(a.series, '-', '') ||"                           \
    " ' vendor' || a.vendor || ' owner' || coalesce(a.owner, 0)"

/* Of a container with more files than this the first ones are found by their name: the row stays
 * small. */
#define FILES_MAX "2000"

static const char insert_sql[] =
    "INSERT INTO search(rowid, number, vendor, product, model, file, signer, facet)"
    " SELECT a.id, coalesce(a.number, '') || ' ' || coalesce(a.certificate, ''),"
    " v.name || ' ' || coalesce(v.name_hi, '') || ' ' || coalesce(o.name, ''), a.product,"
    " coalesce((SELECT group_concat(m.name || ' ' || m.brand || ' ' || m.hardware || ' ' ||"
    "  m.firmware, ' ') FROM model m WHERE m.application = a.id AND m.removed_at IS NULL), ''),"
    " coalesce((SELECT group_concat(dv.name, ' ') FROM document d"
    "  JOIN document_version dv ON dv.document = d.id WHERE d.application = a.id), '') || ' ' ||"
    " coalesce((SELECT group_concat(path, ' ') FROM (SELECT f.path FROM document d"
    "  JOIN document_version dv ON dv.document = d.id JOIN file f ON f.document_version = dv.id"
    "  WHERE d.application = a.id AND f.path <> '' LIMIT " FILES_MAX ")), ''),"
    " coalesce((SELECT group_concat(DISTINCT coalesce(f.signer, '') || ' ' ||"
    "  coalesce(f.organisation, '')) FROM document d"
    "  JOIN document_version dv ON dv.document = d.id JOIN file f ON f.document_version = dv.id"
    "  WHERE d.application = a.id), ''),"
    " " FACETS
    " FROM application a JOIN firm v ON v.id = a.vendor LEFT JOIN firm o ON o.id = a.oem";

static int make_rows(struct records *r, const char *where, int64_t id)
{
    char sql[3072];
    (void)snprintf(sql, sizeof sql,
                   "DELETE FROM search WHERE rowid IN"
                   " (SELECT a.id FROM application a WHERE %s)",
                   where);
    struct query q = query_begin(r->db, sql);
    query_int(&q, id);
    int rc = records_do(r, &q);
    if (rc >= 0) {
        (void)snprintf(sql, sizeof sql, "%s WHERE %s", insert_sql, where);
        q = query_begin(r->db, sql);
        query_int(&q, id);
        rc = records_do(r, &q);
    }
    return rc < 0 ? rc : 0;
}

int search_update(struct records *r, int64_t application)
{
    return make_rows(r, "a.id = ?1", application);
}

int search_update_firm(struct records *r, int64_t firm)
{
    return make_rows(r, "(a.vendor = ?1 OR a.oem = ?1)", firm);
}

int search_update_version(struct records *r, int64_t version)
{
    int64_t application;
    struct query q =
        query_begin(r->db, "SELECT d.application FROM document d"
                           " JOIN document_version v ON v.document = d.id WHERE v.id = ?");
    query_int(&q, version);
    int rc = records_number(r, &q, &application);
    return rc < 0 ? rc : search_update(r, application);
}

int search_rebuild(struct records *r)
{
    return make_rows(r, "?1 = 0", 0);
}

/* ---- what was typed -------------------------------------------------------------------------- */

/* A word in quotes; FTS5 doubles a quote inside. */
static void add_word(struct buffer *b, struct span word, const char *after)
{
    buffer_char(b, '"');
    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] == '"') {
            buffer_char(b, '"');
        }
        buffer_char(b, (char)word.p[i]);
    }
    buffer_str(b, "\"");
    buffer_str(b, after);
}

/* False: only punctuation, which FTS5 would find nowhere. */
static bool has_letter(struct span word)
{
    for (size_t i = 0; i < word.n; i++) {
        if (isalnum(word.p[i]) || word.p[i] >= 0x80) {
            return true;
        }
    }
    return false;
}

/* A word also finds what it only begins, but for one that ends with a single letter or digit after
 * a sign ("DC-1"): too many words begin so. */
static bool is_beginning(struct span word)
{
    size_t n = word.n;
    while (n && (isalnum(word.p[n - 1]) || word.p[n - 1] >= 0x80)) {
        n--;
    }
    return word.n - n > 1;
}

static bool add_words(struct buffer *b, const char *text)
{
    enum { WORDS_MAX = 8 };
    size_t words = 0;
    for (struct span rest = span_str(text); rest.n && words < WORDS_MAX;) {
        size_t n = 0;
        while (n < rest.n && !isspace(rest.p[n])) {
            n++;
        }
        struct span word = span_sub(rest, 0, n);
        if (has_letter(word)) {
            buffer_str(b, words ? " AND " : "");
            add_word(b, word, is_beginning(word) ? " *" : "");
            words++;
        }
        rest = span_sub(rest, n + (n < rest.n), rest.n);
    }
    return words > 0;
}

static void add_facet(struct buffer *b, const char *name, const char *value)
{
    buffer_printf(b, " AND facet : \"%s", name);
    for (; *value; value++) {
        if (isalnum((unsigned char)*value)) {
            buffer_char(b, *value);
        }
    }
    buffer_char(b, '"');
}

static void add_number(struct buffer *b, const char *name, int64_t value)
{
    if (value != UTC_NONE) {
        buffer_printf(b, " AND facet : \"%s%lld\"", name, (long long)value);
    }
}

bool search_expression(const struct application_filter *f, struct buffer *out)
{
    buffer_str(out, "- facet : (");
    if (!add_words(out, f->text)) {
        return false;
    }
    buffer_str(out, ")");
    const char *const words[][2] = {{"state", f->state}, {"kind", f->kind}, {"series", f->series}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i][1]) {
            add_facet(out, words[i][0], words[i][1]);
        }
    }
    add_number(out, "level", f->level);
    add_number(out, "vendor", f->vendor);
    add_number(out, "owner", f->owner);
    return true;
}
