/*
 * events - adding to the register; see register.h.
 */
#include <stdio.h>

#include "base/mem.h"
#include "db/rows.h"
#include "register/inside.h"
#include "scheme/date.h"
#include "tlog/tile.h"

/* What may follow what. SCHEME: Register. */
const struct register_step register_steps[] = {
    {"issue", NULL, "VALID", true},
    {"amend", "VALID", "VALID", true},
    {"amend", "SUSPENDED", "SUSPENDED", true},
    {"correct", "VALID", "VALID", true},
    {"correct", "SUSPENDED", "SUSPENDED", true},
    {"suspend", "VALID", "SUSPENDED", false},
    {"reinstate", "SUSPENDED", "VALID", false},
    {"withdraw", "VALID", "WITHDRAWN", false},
    {"withdraw", "SUSPENDED", "WITHDRAWN", false},
    {"supersede", "VALID", "SUPERSEDED", false},
    {"supersede", "SUSPENDED", "SUPERSEDED", false},
    /* The same certificate with evidence or time-stamps added to its files. */
    {"renew", "VALID", "VALID", false},
    {"renew", "SUSPENDED", "SUSPENDED", false},
    {"renew", "WITHDRAWN", "WITHDRAWN", false},
    {"renew", "SUPERSEDED", "SUPERSEDED", false},
    {0},
};

const struct register_step *register_step_find(const char *event, const char *status)
{
    for (const struct register_step *s = register_steps; s->event; s++) {
        bool from = s->from && status ? strcmp(s->from, status) == 0 : !s->from && !status;
        if (from && strcmp(s->event, event) == 0) {
            return s;
        }
    }
    return NULL;
}

static int64_t refuse(char *why, const char *what, const char *detail)
{
    (void)snprintf(why, REGISTER_WHY, "%s: %s", what, detail);
    return RECORDS_CONFLICT;
}

/* ---- the entry ------------------------------------------------------------------------------- */

static json_t *officer(int64_t id)
{
    return id == UTC_NONE ? json_null() : json_integer(id);
}

int register_data_hash(const json_t *data, char **canonical, char hex[SHA256_HEX])
{
    uint8_t hash[SHA256_SIZE];
    *canonical = rows_canonical(data);
    if (!*canonical || hash_sha256(span_str(*canonical), hash) != 0) {
        return -1;
    }
    hash_hex(span_make(hash, sizeof hash), false, hex);
    return 0;
}

/* Canonical JSON, to be freed with mem_free. dates: an object with those from and until which the
 * certificate is valid after the event, so that the entry alone says what is the case on a day. */
static char *make_entry(const struct register_event *e, const char *status, const char *data_hash,
                        const json_t *dates, int64_t now)
{
    json_t *o = json_pack("{si ss ss ss ss sI ss? ss? ss? ss? ss? so so sO? sO?}", "v", 2, "number",
                          e->number, "event", e->event, "effective_on", e->effective_on, "status",
                          status, "time", (json_int_t)now, "reason", e->reason, "successor",
                          e->successor, "data_sha256", data_hash, "pdf_sha256", e->pdf,
                          "xml_sha256", e->xml, "officer", officer(e->person), "second",
                          officer(e->second), "valid_from", json_object_get(dates, "valid_from"),
                          "valid_to", json_object_get(dates, "valid_to"));
    char *text = o ? rows_canonical(o) : NULL;
    json_decref(o);
    return text;
}

/* ---- the head -------------------------------------------------------------------------------- */

/* The head that was read is the very one that was signed last with this key: then it is signed by
 * it, and only the tree is left to be compared. */
static bool known(const struct register_key *k, struct span note)
{
    uint8_t hash[SHA256_SIZE];
    return k->last && k->last->size > 0 && hash_sha256(note, hash) == 0 &&
           memcmp(hash, k->last->note, sizeof hash) == 0;
}

static void remember(const struct register_key *k, uint64_t size, const struct merkle_hash *root,
                     struct span note)
{
    if (k->last) {
        bool good = hash_sha256(note, k->last->note) == 0;
        k->last->root = *root;
        k->last->size = good ? size : 0;
    }
}

/* The last head is a beginning of the log: 0, or there is none: RECORDS_NONE. */
static int check_last(struct records *r, const struct register_key *k, int64_t size)
{
    struct merkle_source tree = {log_node, r};
    struct merkle_hash root;
    struct span old;
    int64_t old_size = 0;
    struct arena *a = arena_new(4 << 20);
    int rc = a ? log_head(r, a, INT64_MAX, &old_size, &old) : RECORDS_FAILED;
    if (rc == 0 && known(k, old)) {
        rc = k->last->size > (uint64_t)size                        ? RECORDS_CONFLICT
             : merkle_root(&tree, k->last->size, &root) != 0       ? RECORDS_FAILED
             : memcmp(root.h, k->last->root.h, sizeof root.h) == 0 ? 0
                                                                   : RECORDS_CONFLICT;
    } else if (rc == 0) {
        rc = register_continues(r, old, &k->key, size);
    }
    arena_free(a);
    return rc;
}

/* The head over size entries, after the last one was made sure to be its beginning. */
int64_t register_sign(struct records *r, int64_t now, const struct register_key *k, char *why)
{
    int64_t size = log_size(r);
    struct merkle_source tree = {log_node, r};
    struct merkle_hash root;
    struct buffer text, note;
    int rc = check_last(r, k, size);
    if (rc == RECORDS_CONFLICT) {
        return refuse(why, "the log",
                      "its last signed head is not a beginning of it; nothing is "
                      "signed. Run satyapan register audit");
    }
    if (rc != 0 && rc != RECORDS_NONE) {
        return RECORDS_FAILED;
    }
    buffer_init(&text, NOTE_MAX);
    buffer_init(&note, NOTE_MAX);
    bool ok = merkle_root(&tree, (uint64_t)size, &root) == 0 &&
              checkpoint_write(k->key.name, (uint64_t)size, &root, &text) == 0;
    buffer_add(&note, buffer_span(&text));
    buffer_char(&note, '\n');
    bool by_key = ok && note_sign_by(buffer_span(&text), &k->key, &k->by, &note) == 0;
    if (ok && !by_key) {
        (void)snprintf(why, REGISTER_WHY, "%s", register_key_gone);
    }
    ok = by_key && log_head_add(r, size, now, buffer_span(&note)) == 0;
    if (ok) {
        remember(k, (uint64_t)size, &root, buffer_span(&note));
    }
    buffer_free(&text);
    buffer_free(&note);
    return ok ? 0 : RECORDS_FAILED;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static const json_t *of(const json_t *data, const char *key)
{
    return json_object_get(data, key);
}

/* The running number inside the series: what stands behind the last '/'. It was reserved before the
 * number was printed (records/pending.h); the table holds each one once. */
static int64_t running_of(const char *number)
{
    const char *last = strrchr(number, '/');
    int64_t n = 0;
    for (last = last ? last + 1 : ""; *last >= '0' && *last <= '9' && n < INT32_MAX; last++) {
        n = 10 * n + (*last - '0');
    }
    return n > 0 && !*last ? n : -1;
}

/* The number of the certificate before this one, or null. */
static const json_t *previous_of(const json_t *data)
{
    const json_t *previous = of(data, "previous");
    return json_is_object(previous) ? of(previous, "number") : previous;
}

static int64_t add_row(struct records *r, const struct register_event *e, int64_t entry)
{
    const json_t *d = e->data;
    const char *series = json_string_value(of(d, "series"));
    int64_t running = series ? running_of(e->number) : -1;
    int64_t position = certificate_next_position(r);
    if (running < 0 || position < 0) {
        return RECORDS_FAILED;
    }
    json_t *row = json_pack(
        "{ss sO sI so sO sO sO? sO sO sO sO sO sO sO ss? ss? sI sI}", "number", e->number, "series",
        of(d, "series"), "running", (json_int_t)running, "application", officer(e->application),
        "registration", of(d, "registration"), "holder", of(of(d, "holder"), "name"), "holder_hi",
        of(of(d, "holder"), "name_hi"), "product", of(of(d, "product"), "name"), "level",
        of(d, "level"), "kind", of(d, "kind"), "issued_on", of(d, "issued_on"), "valid_from",
        of(d, "valid_from"), "valid_to", of(d, "valid_to"), "previous", previous_of(d), "pdf",
        e->pdf, "xml", e->xml, "position", (json_int_t)position, "entry", (json_int_t)entry);
    int rc = row ? certificate_add(r, row) : -1;
    json_decref(row);
    return rc == 0 ? certificate_models(r, e->number, entry, of(d, "models")) : RECORDS_FAILED;
}

static int64_t amend_row(struct records *r, const struct register_event *e, int64_t entry)
{
    const json_t *d = e->data;
    json_t *row =
        json_pack("{ss sO sO? sO sO sO sO sI}", "number", e->number, "holder",
                  of(of(d, "holder"), "name"), "holder_hi", of(of(d, "holder"), "name_hi"),
                  "product", of(of(d, "product"), "name"), "level", of(d, "level"), "valid_from",
                  of(d, "valid_from"), "valid_to", of(d, "valid_to"), "entry", (json_int_t)entry);
    int rc = row ? certificate_amend(r, row) : -1;
    json_decref(row);
    return rc == 0 ? certificate_models(r, e->number, entry, of(d, "models")) : RECORDS_FAILED;
}

static int64_t change_rows(struct records *r, const struct register_event *e,
                           const struct register_step *step, int64_t entry)
{
    if (!step->from) {
        return add_row(r, e, entry);
    }
    int64_t rc = step->data ? amend_row(r, e, entry) : 0;
    if (rc == 0 && e->pdf) {
        rc = certificate_files(r, e->number, e->pdf, e->xml);
    }
    return rc == 0 ? certificate_event(r, e->number, step->to, e->successor, entry) : rc;
}

/* ---- together -------------------------------------------------------------------------------- */

static int64_t add_entry(struct records *r, const struct register_event *e, const char *octets,
                         const char *data, int64_t now)
{
    struct merkle_source tree = {log_node, r};
    struct merkle_hash leaf, nodes[MERKLE_LEVELS];
    int64_t size = log_size(r);
    int count = size >= 0 && merkle_leaf(span_str(octets), &leaf) == 0
                    ? merkle_append(&tree, (uint64_t)size, &leaf, nodes)
                    : -1;
    const struct log_entry row = {.entry = size,
                                  .at = now,
                                  .certificate = e->number,
                                  .event = e->event,
                                  .effective_on = e->effective_on,
                                  .octets = span_str(octets),
                                  .data = data};
    return count > 0 && log_add(r, &row, nodes, (size_t)count) == 0 ? size : RECORDS_FAILED;
}

/* row: the certificate's before the event; of issue none. */
static int64_t write_all(struct records *r, const struct register_event *e,
                         const struct register_step *step, const json_t *row, int64_t now,
                         char *why)
{
    char *data = NULL, hex[SHA256_HEX];
    if (step->data && register_data_hash(e->data, &data, hex) != 0) {
        return RECORDS_FAILED;
    }
    char *octets = make_entry(e, step->to, data ? hex : e->same, data ? e->data : row, now);
    int64_t entry = octets ? 0 : RECORDS_FAILED;
    if (octets && strlen(octets) > TILE_ENTRY_MAX) {
        entry = refuse(why, "the entry", "it is longer than 65,535 octets");
    }
    entry = entry == 0 ? add_entry(r, e, octets, data, now) : entry;
    mem_free(octets);
    mem_free(data);
    int64_t rc = entry >= 0 ? change_rows(r, e, step, entry) : entry;
    return rc >= 0 ? entry : rc;
}

/* A certificate's events are in the order of their dates: what was the case on a day is not changed
 * by a later entry, and none tells of a day to come. */
static int64_t check_day(struct records *r, const struct register_event *e, int64_t last,
                         int64_t now, char *why)
{
    char today[DATE_TEXT];
    struct log_entry before;
    struct arena *a = arena_new(1 << 20);
    int rc = a ? log_find(r, a, last, &before) : RECORDS_FAILED;
    if (rc != 0) {
        rc = RECORDS_FAILED;
    } else if (strcmp(e->effective_on, before.effective_on) < 0) {
        (void)snprintf(why, REGISTER_WHY,
                       "%s: %s is earlier than the certificate's last event (%s on %s)", e->event,
                       e->effective_on, before.event, before.effective_on);
        rc = RECORDS_CONFLICT;
    } else if (strcmp(e->effective_on, date_text(date_of_utc(now), today)) > 0 &&
               strcmp(e->effective_on, before.effective_on) > 0) {
        (void)snprintf(why, REGISTER_WHY, "%s: %s is to come; an event is entered on its day",
                       e->event, e->effective_on);
        rc = RECORDS_CONFLICT;
    }
    arena_free(a);
    return rc;
}

static int64_t check_event(struct records *r, const struct register_event *e,
                           const struct register_step *step, const json_t *row, int64_t now,
                           char *why)
{
    if (!step) {
        return refuse(why, e->event,
                      row ? "not possible in the present state of the certificate"
                          : "there is no certificate of that number");
    }
    if (step->data && !json_is_object(e->data)) {
        return refuse(why, e->event, "the certificate's data are missing");
    }
    if (step->from && !step->data && (!e->reason || !*e->reason)) {
        return refuse(why, e->event, "a reason is needed");
    }
    return step->from ? check_day(r, e, json_integer_value(of(row, "entry")), now, why) : 0;
}

int64_t register_enter(struct records *r, const struct register_event *e, int64_t now, char *why)
{
    json_t *row = NULL;
    why[0] = 0;
    int found = certificate_find(r, e->number, &row);
    if (found == RECORDS_FAILED) {
        return found;
    }
    const struct register_step *step =
        register_step_find(e->event, json_string_value(of(row, "status")));
    int64_t rc = check_event(r, e, step, row, now, why);
    rc = rc == 0 ? write_all(r, e, step, row, now, why) : rc;
    json_decref(row);
    return rc;
}

int64_t register_append(struct records *r, const struct register_event *e, int64_t now,
                        const struct register_key *k, char *why)
{
    int64_t entry = register_enter(r, e, now, why);
    int64_t rc = entry >= 0 ? register_sign(r, now, k, why) : entry;
    return rc >= 0 ? entry : rc;
}
