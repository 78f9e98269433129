/*
 * check - the register worked out again from its entries; see register_check_all.
 *
 * What it notices: an entry that was changed, taken out or put in; a node that is not the hash of
 * its children; a head that is not signed by the key, or not over the first entries; a state, date
 * or file of a certificate that its events do not give; data that do not hash to what the entry
 * says; and, with a head that somebody kept, a log that was made anew from its beginning.
 */
#include <stdio.h>

#include "base/mem.h"
#include "db/rows.h"
#include "register/inside.h"

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

/* ---- certificates ---------------------------------------------------------------------------- */

struct derived {
    char status[16], pdf[SHA256_HEX], xml[SHA256_HEX], data[SHA256_HEX];
    int64_t entry;
    bool other; /* a renewal names data that were not in force */
};

static void keep(char *out, size_t size, const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    if (s) {
        (void)snprintf(out, size, "%s", s);
    }
}

static int derive(void *context, const struct log_entry *e)
{
    struct derived *d = context;
    json_t *o = json_loadb((const char *)e->octets.p, e->octets.n, 0, NULL);
    keep(d->status, sizeof d->status, o, "status");
    keep(d->pdf, sizeof d->pdf, o, "pdf_sha256");
    keep(d->xml, sizeof d->xml, o, "xml_sha256");
    d->other = d->other || (strcmp(e->event, "renew") == 0 && !is_text(o, "data_sha256", d->data));
    keep(d->data, sizeof d->data, o, "data_sha256");
    d->entry = e->entry;
    json_decref(o);
    return o ? 0 : -1;
}

static bool same_or_none(const json_t *row, const char *key, const char *value)
{
    const char *s = json_string_value(json_object_get(row, key));
    return strcmp(s ? s : "", value) == 0;
}

static int check_certificate(struct audit *u, const json_t *row)
{
    struct derived d = {.entry = -1};
    const char *number = json_string_value(json_object_get(row, "number"));
    if (log_walk(u->r, number, 0, derive, &d) != 0) {
        return -1;
    }
    if (d.other) {
        return bad(u, d.entry, "a renewal names other data than those in force");
    }
    bool good = same_or_none(row, "status", d.status) && same_or_none(row, "pdf", d.pdf) &&
                same_or_none(row, "xml", d.xml) &&
                json_integer_value(json_object_get(row, "entry")) == d.entry;
    u->out->certificates++;
    return good ? 0
                : bad(u, d.entry, "the state kept for the certificate is not that of its events");
}

static int check_certificates(struct audit *u)
{
    struct certificate_search s = {.limit = 500};
    char after[256] = "";
    int rc = 0;
    for (size_t n = 1; rc == 0 && n > 0;) {
        json_t *page = NULL, *row;
        size_t i;
        s.after = after[0] ? after : NULL;
        rc = certificate_search(u->r, &s, &page);
        n = json_array_size(page);
        json_array_foreach(page, i, row)
        {
            rc = rc == 0 ? check_certificate(u, row) : rc;
            keep(after, sizeof after, row, "number");
        }
        json_decref(page);
    }
    return rc;
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
    rc = rc == 0 ? check_certificates(u) : rc;
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
