/*
 * check - the register worked out again from its entries; see register_check_all.
 *
 * What it notices: an entry that was changed, taken out or put in; a node that is not the hash of
 * its children; a head that is not signed by the key, or not over the first entries; a witness's
 * signature that is none; a state, date, model or file of a certificate that its events do not
 * give; an event that was not possible in the state before it; dates other than those of the data;
 * data that do not hash to what the entry says; a number left out, a certificate that only the
 * trail knows; and, with a head that somebody kept, a log that was made anew from its beginning.
 */
#include <stdio.h>

#include "base/mem.h"
#include "db/rows.h"
#include "register/inside.h"
#include "tlog/witness.h"

struct audit {
    struct records *r;
    const struct note_key *key;
    struct register_audit *out;
    /* The tree made here: the hash of the open complete subtree of each level. */
    struct merkle_hash open[MERKLE_LEVELS];
    int64_t next;
};

static int bad(struct audit *u, int64_t entry, const char *text)
{
    if (!u->out->why[0]) {
        u->out->bad = entry;
        (void)snprintf(u->out->why, REGISTER_WHY, "%s", text);
    }
    return 1;
}

/* ---- entries and nodes ----------------------------------------------------------------------- */

static bool is_text(const json_t *o, const char *key, const char *value)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s && strcmp(s, value) == 0;
}

static int check_fields(struct audit *u, const struct log_entry *e)
{
    char *data = NULL, hex[SHA256_HEX];
    json_t *o = json_loadb((const char *)e->octets.p, e->octets.n, JSON_REJECT_DUPLICATES, NULL);
    char *again = o ? rows_canonical(o) : NULL;
    int rc = 0;
    if (!again || !span_eq(span_str(again), e->octets)) {
        rc = bad(u, e->entry, "the entry is no canonical JSON");
    } else if (!is_text(o, "number", e->certificate) || !is_text(o, "event", e->event) ||
               !is_text(o, "effective_on", e->effective_on)) {
        rc = bad(u, e->entry, "the entry is not what its row says it is");
    } else if (e->data) {
        json_t *d = json_loads(e->data, JSON_REJECT_DUPLICATES, NULL);
        bool same = d && register_data_hash(d, &data, hex) == 0 && strcmp(data, e->data) == 0 &&
                    is_text(o, "data_sha256", hex);
        rc = same ? 0 : bad(u, e->entry, "the certificate's data are not those of the entry");
        json_decref(d);
    } else if (json_is_string(json_object_get(o, "data_sha256")) && !is_text(o, "event", "renew")) {
        rc = bad(u, e->entry, "the certificate's data are missing");
    }
    mem_free(again);
    mem_free(data);
    json_decref(o);
    return rc;
}

static int own_node(void *context, unsigned level, uint64_t number, struct merkle_hash *out)
{
    const struct audit *u = context;
    (void)number; /* merkle_append asks for the open one of each level */
    *out = u->open[level];
    return 0;
}

static int check_nodes(struct audit *u, const struct log_entry *e)
{
    struct merkle_source own = {own_node, u};
    struct merkle_hash leaf, made[MERKLE_LEVELS], kept;
    int count = merkle_leaf(e->octets, &leaf) == 0
                    ? merkle_append(&own, (uint64_t)e->entry, &leaf, made)
                    : -1;
    if (count < 0) {
        return -1;
    }
    for (int l = 0; l < count; l++) {
        if (log_node(u->r, (unsigned)l, (uint64_t)(e->entry >> l), &kept) != 0 ||
            memcmp(kept.h, made[l].h, sizeof kept.h) != 0) {
            return bad(u, e->entry, "the hashes kept for this entry are not those of its octets");
        }
        u->open[l] = made[l];
    }
    return 0;
}

static int check_entry(void *context, const struct log_entry *e)
{
    struct audit *u = context;
    if (e->entry != u->next) {
        return bad(u, u->next, "the entry is missing");
    }
    u->next++;
    u->out->entries++;
    int rc = check_fields(u, e);
    return rc ? rc : check_nodes(u, e);
}

/* ---- heads ----------------------------------------------------------------------------------- */

static int check_heads(struct audit *u)
{
    int64_t size = INT64_MAX;
    for (;;) {
        struct span note;
        struct arena *a = arena_new((size_t)4 << 20);
        int rc = a ? log_head(u->r, a, size, &size, &note) : RECORDS_FAILED;
        if (rc == 0) {
            rc = u->out->heads == 0 && size != u->next
                     ? bad(u, size, "the latest signed head is not over all entries")
                     : register_continues(u->r, note, u->key, u->next);
            u->out->heads++;
        }
        arena_free(a);
        if (rc == RECORDS_NONE) {
            return u->next && !u->out->heads ? bad(u, 0, "there is no signed head") : 0;
        }
        if (rc == RECORDS_CONFLICT) {
            return bad(u, size, "the signed head of this size is not of these entries or this key");
        }
        if (rc != 0) {
            return rc;
        }
        size--;
    }
}

/* ---- witnesses ------------------------------------------------------------------------------- */

static int check_cosignature(void *context, int64_t size, const char *vkey, const char *line)
{
    struct audit *u = context;
    struct note_key key;
    struct span note;
    struct buffer out;
    int64_t found = 0, at;
    struct arena *a = arena_new((size_t)4 << 20);
    buffer_init(&out, NOTE_MAX);
    int rc = a ? log_head(u->r, a, size, &found, &note) : RECORDS_FAILED;
    if (rc == RECORDS_NONE || (rc == 0 && found != size)) {
        rc = bad(u, size, "a witness signed a head of this size, which is not there");
    } else if (rc == 0) {
        rc = !vkey || !line || note_key_parse(span_str(vkey), &key) != 0 ||
                     witness_answer(span_str(line), note, &key, &out, &at) != 0
                 ? bad(u, size, "what is kept as a witness's signature is none under this head")
                 : 0;
        u->out->cosignatures++;
    }
    buffer_free(&out);
    arena_free(a);
    return rc;
}

/* ---- certificates ---------------------------------------------------------------------------- */

struct derived {
    char status[16], pdf[SHA256_HEX], xml[SHA256_HEX], data_sha256[SHA256_HEX], successor[128];
    int64_t entry, data_entry;
    json_t *data;    /* in force */
    bool other;      /* a renewal names data that were not in force */
    bool impossible; /* an event does not follow on the state before it */
    bool undated;    /* an entry has other dates than the data in force */
};

static void keep(char *out, size_t size, const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    if (s) {
        (void)snprintf(out, size, "%s", s);
    }
}

static bool follows(const struct derived *d, const struct log_entry *e, const json_t *o)
{
    const struct register_step *step =
        register_step_find(e->event, d->status[0] ? d->status : NULL);
    return step && is_text(o, "status", step->to);
}

/* Entries of version 1 have no dates. */
static bool dated(const json_t *o, const json_t *data)
{
    return json_integer_value(json_object_get(o, "v")) < 2 ||
           (json_equal(json_object_get(o, "valid_from"), json_object_get(data, "valid_from")) &&
            json_equal(json_object_get(o, "valid_to"), json_object_get(data, "valid_to")));
}

static int derive(void *context, const struct log_entry *e)
{
    struct derived *d = context;
    json_t *o = json_loadb((const char *)e->octets.p, e->octets.n, 0, NULL);
    json_t *data = e->data ? json_loads(e->data, JSON_REJECT_DUPLICATES, NULL) : NULL;
    d->impossible = d->impossible || !follows(d, e, o);
    keep(d->status, sizeof d->status, o, "status");
    keep(d->pdf, sizeof d->pdf, o, "pdf_sha256");
    keep(d->xml, sizeof d->xml, o, "xml_sha256");
    keep(d->successor, sizeof d->successor, o, "successor");
    d->other =
        d->other || (strcmp(e->event, "renew") == 0 && !is_text(o, "data_sha256", d->data_sha256));
    keep(d->data_sha256, sizeof d->data_sha256, o, "data_sha256");
    d->entry = e->entry;
    if (data) {
        json_decref(d->data);
        d->data = data;
        d->data_entry = e->entry;
    }
    d->undated = d->undated || !dated(o, d->data);
    json_decref(o);
    return o && (data || !e->data) ? 0 : -1;
}

static bool same_or_none(const json_t *row, const char *key, const char *value)
{
    const char *s = json_string_value(json_object_get(row, key));
    return strcmp(s ? s : "", value) == 0;
}

/* What the row repeats of the data, for the search. */
static bool same_facts(const json_t *row, const json_t *data)
{
    static const char *const keys[] = {"series", "registration", "level",      "kind",
                                       "number", "issued_on",    "valid_from", "valid_to"};
    static const char *const names[] = {"holder", "product"};
    bool same = json_is_object(data);
    for (size_t i = 0; same && i < sizeof keys / sizeof *keys; i++) {
        same = json_equal(json_object_get(row, keys[i]), json_object_get(data, keys[i]));
    }
    for (size_t i = 0; same && i < sizeof names / sizeof *names; i++) {
        same = json_equal(json_object_get(row, names[i]),
                          json_object_get(json_object_get(data, names[i]), "name"));
    }
    const char *hindi = json_string_value(json_object_get(row, "holder_hi"));
    const char *name =
        json_string_value(json_object_get(json_object_get(data, "holder"), "name_hi"));
    return same && strcmp(hindi ? hindi : "", name ? name : "") == 0;
}

/* 1: the rows of models are those of the data; -1. */
static int same_models(struct audit *u, const char *number, const struct derived *d)
{
    static const char *const keys[] = {"model", "hardware", "firmware", "firmware_sha256"};
    json_t *rows = NULL, *row;
    const json_t *models = json_object_get(d->data, "models");
    size_t i;
    if (certificate_models_of(u->r, number, d->data_entry, &rows) != 0) {
        return -1;
    }
    bool same = json_array_size(rows) == json_array_size(models);
    json_array_foreach(rows, i, row)
    {
        for (size_t k = 0; same && k < sizeof keys / sizeof *keys; k++) {
            same = json_equal(json_object_get(row, keys[k]),
                              json_object_get(json_array_get(models, i), keys[k]));
        }
    }
    json_decref(rows);
    return same;
}

static int compare(struct audit *u, const json_t *row, const char *number, const struct derived *d)
{
    if (d->other) {
        return bad(u, d->entry, "a renewal names other data than those in force");
    }
    if (d->impossible) {
        return bad(u, d->entry, "an event was not possible in the state before it");
    }
    if (d->undated) {
        return bad(u, d->entry, "an entry has other dates than the certificate's data");
    }
    if (!same_or_none(row, "status", d->status) || !same_or_none(row, "pdf", d->pdf) ||
        !same_or_none(row, "xml", d->xml) || !same_or_none(row, "successor", d->successor) ||
        json_integer_value(json_object_get(row, "entry")) != d->entry) {
        return bad(u, d->entry, "the state kept for the certificate is not that of its events");
    }
    if (!same_facts(row, d->data)) {
        return bad(u, d->entry, "what is kept of the certificate for the search is not its data");
    }
    int same = same_models(u, number, d);
    return same < 0 ? -1
           : same   ? 0
                    : bad(u, d->data_entry,
                          "the models kept for the search are not those of the certificate");
}

static int check_certificate(void *context, const json_t *row)
{
    struct audit *u = context;
    struct derived d = {.entry = -1};
    const char *number = json_string_value(json_object_get(row, "number"));
    int rc = log_walk(u->r, number, 0, derive, &d) == 0 ? compare(u, row, number, &d) : -1;
    u->out->certificates++;
    json_decref(d.data);
    return rc;
}

/* Every certificate of the log has its row. */
static int check_numbers(struct audit *u)
{
    json_t *row = NULL;
    char text[REGISTER_WHY];
    int rc = certificate_gap(u->r, &row);
    if (rc == 0) {
        (void)snprintf(text, sizeof text, "number %lld of series %.100s is missing",
                       (long long)json_integer_value(json_object_get(row, "running")),
                       json_string_value(json_object_get(row, "series")));
        rc = bad(u, -1, text);
    } else if (rc == RECORDS_NONE) {
        rc = certificate_lost(u->r, &row);
        if (rc == 0) {
            (void)snprintf(text, sizeof text,
                           "the trail says that %.100s was issued; it is not in the register",
                           json_string_value(json_object_get(row, "number")));
            rc = bad(u, -1, text);
        }
    }
    json_decref(row);
    return rc == RECORDS_NONE ? 0 : rc;
}

/* ---- together -------------------------------------------------------------------------------- */

int register_check_all(struct records *r, const struct note_key *key, struct span earlier,
                       struct register_audit *out)
{
    struct audit *u = mem_zalloc(sizeof *u);
    *out = (struct register_audit){.bad = -1};
    if (!u) {
        return RECORDS_FAILED;
    }
    *u = (struct audit){.r = r, .key = key, .out = out};
    int rc = log_walk(r, NULL, 0, check_entry, u);
    rc = rc == 0 ? check_heads(u) : rc;
    rc = rc == 0 ? cosignature_walk(r, UTC_NONE, check_cosignature, u) : rc;
    rc = rc == 0 ? certificate_each(u->r, check_certificate, u) : rc;
    rc = rc == 0 ? check_numbers(u) : rc;
    if (rc == 0 && earlier.p) {
        rc = register_continues(r, earlier, key, u->next);
        if (rc == RECORDS_CONFLICT) {
            rc = bad(u, -1,
                     "the head that was kept earlier is not a beginning of this log: it was "
                     "made anew, or is another log");
        }
    }
    mem_free(u);
    return rc < 0 ? RECORDS_FAILED : 0;
}
