/*
 * proofs - what the register gives to whoever wants to check it; see register.h.
 */
#include <limits.h>
#include <stdio.h>

#include "base/base64.h"
#include "base/mem.h"
#include "register/inside.h"
#include "scheme/date.h"
#include "tlog/status_list.h"
#include "tlog/tile.h"

enum { WORK = 4 << 20 };

/* ---- heads ----------------------------------------------------------------------------------- */

enum { COSIGNATURES = 16 }; /* under one head: readers need not take more lines */

struct lines {
    struct buffer *out;
    unsigned left;
};

static int add_line(void *context, int64_t size, const char *vkey, const char *line)
{
    struct lines *l = context;
    (void)size;
    (void)vkey;
    if (l->left == 0) {
        return 1;
    }
    l->left--;
    buffer_str(l->out, line ? line : "");
    return line && buffer_ok(l->out) ? 0 : -1;
}

/* A head of at most so many entries with what witnesses signed under it. */
static int head_with_lines(struct records *r, struct arena *a, int64_t most, int64_t *size,
                           struct buffer *out)
{
    struct span note;
    struct lines l = {out, COSIGNATURES};
    int rc = log_head(r, a, most, size, &note);
    if (rc == 0) {
        buffer_add(out, note);
        rc = cosignature_walk(r, *size, add_line, &l) < 0 || !buffer_ok(out) ? RECORDS_FAILED : 0;
    }
    return rc;
}

int register_head(struct records *r, struct buffer *out)
{
    int64_t size;
    struct arena *a = arena_new(WORK);
    int rc = a ? head_with_lines(r, a, INT64_MAX, &size, out) : RECORDS_FAILED;
    arena_free(a);
    return rc;
}

int register_witnessed_head(struct records *r, struct buffer *out)
{
    int64_t size = 0;
    struct arena *a = arena_new(WORK);
    int rc = a ? cosignature_last(r, NULL, &size) : RECORDS_FAILED;
    rc = rc ? rc : size == 0 ? RECORDS_NONE : head_with_lines(r, a, size, &size, out);
    arena_free(a);
    return rc;
}

int register_continues(struct records *r, struct span bytes, const struct note_key *key,
                       int64_t size)
{
    struct merkle_source tree = {log_node, r};
    struct merkle_hash root;
    struct checkpoint head;
    struct note *note = mem_alloc(sizeof *note);
    int good = note ? checkpoint_open(bytes, key, note, &head) : -1;
    mem_free(note);
    if (good != 1 || head.size > (uint64_t)size) {
        return good < 0 ? RECORDS_FAILED : RECORDS_CONFLICT;
    }
    /* The nodes of the whole tree are a beginning's, too: a node once written never changes. */
    return merkle_root(&tree, head.size, &root) != 0         ? RECORDS_FAILED
           : memcmp(root.h, head.root.h, sizeof root.h) == 0 ? 0
                                                             : RECORDS_CONFLICT;
}

/* ---- proofs ---------------------------------------------------------------------------------- */

/* The entry's octets travel as the proof's extra data: not signed by themselves, but they hash to
 * the leaf that is proved. */
static int take_entry(struct records *r, struct arena *a, int64_t entry, struct span *out)
{
    struct log_entry e;
    int rc = log_find(r, a, entry, &e);
    uint8_t *text = rc == 0 ? arena_alloc(a, e.octets.n / 3 * 4 + 8) : NULL;
    if (rc != 0 || !text) {
        return rc != 0 ? rc : RECORDS_FAILED;
    }
    *out = span_make(text, (size_t)EVP_EncodeBlock(text, e.octets.p, (int)e.octets.n));
    return 0;
}

/* most: the head is the latest of at most so many entries. plain: without witnesses' lines. */
static int prove(struct records *r, int64_t entry, int64_t most, bool plain, struct buffer *out)
{
    struct merkle_source tree = {log_node, r};
    struct tlog_proof p = {.index = (uint64_t)entry, .extra = SPAN_NONE};
    struct buffer head;
    int64_t size = 0;
    struct arena *a = arena_new(WORK);
    buffer_init(&head, NOTE_MAX);
    int rc = !a      ? RECORDS_FAILED
             : plain ? log_head(r, a, most, &size, &p.checkpoint)
                     : head_with_lines(r, a, most, &size, &head);
    p.checkpoint = plain ? p.checkpoint : buffer_span(&head);
    if (rc == 0) {
        rc = entry < 0 || entry >= size ? RECORDS_NONE : take_entry(r, a, entry, &p.extra);
    }
    if (rc == 0 && (merkle_prove_included(&tree, p.index, (uint64_t)size, &p.path) != 0 ||
                    tlog_proof_write(&p, out) != 0)) {
        rc = RECORDS_FAILED;
    }
    buffer_free(&head);
    arena_free(a);
    return rc;
}

/* Under a head that witnesses signed, when there is one that has the entry. */
int register_proof(struct records *r, int64_t entry, struct buffer *out)
{
    int64_t witnessed = 0;
    int rc = cosignature_last(r, NULL, &witnessed);
    return rc ? rc : prove(r, entry, witnessed > entry ? witnessed : INT64_MAX, false, out);
}

int register_proof_then(struct records *r, int64_t entry, struct buffer *out)
{
    return entry < 0 || entry == INT64_MAX ? RECORDS_NONE : prove(r, entry, entry + 1, true, out);
}

static void put_hash(struct buffer *out, const struct merkle_hash *h)
{
    base64_put(out, span_make(h->h, sizeof h->h));
    buffer_char(out, '\n');
}

int register_consistency(struct records *r, struct span earlier, const struct note_key *key,
                         struct buffer *out)
{
    struct merkle_source tree = {log_node, r};
    struct merkle_proof p;
    struct checkpoint head;
    struct note *note = mem_alloc(sizeof *note);
    int64_t size = log_size(r);
    int rc = size < 0 || !note ? RECORDS_FAILED : register_continues(r, earlier, key, size);
    if (rc == 0 && checkpoint_open(earlier, key, note, &head) == 1 && head.size > 0) {
        rc =
            merkle_prove_consistent(&tree, head.size, (uint64_t)size, &p) == 0 ? 0 : RECORDS_FAILED;
        for (size_t i = 0; rc == 0 && i < p.count; i++) {
            put_hash(out, &p.hashes[i]);
        }
    }
    mem_free(note);
    return rc == 0 && !buffer_ok(out) ? RECORDS_FAILED : rc;
}

/* ---- tiles ----------------------------------------------------------------------------------- */

struct bundle {
    struct buffer *out;
    unsigned left;
};

static int add_to_bundle(void *context, const struct log_entry *e)
{
    struct bundle *b = context;
    return tile_add_entry(e->octets, b->out) != 0 ? -1 : --b->left == 0;
}

int register_tile(struct records *r, const char *path, struct buffer *out)
{
    struct merkle_source tree = {log_node, r};
    struct tile t;
    int64_t size = 0;
    struct span note;
    if (!tile_parse(path, &t)) {
        return RECORDS_NONE;
    }
    struct arena *a = arena_new(WORK);
    int rc = a ? log_head(r, a, INT64_MAX, &size, &note) : RECORDS_FAILED;
    arena_free(a);
    if (rc != 0 || tile_width(t.level, t.n, (uint64_t)size) < t.width) {
        return rc != 0 ? rc : RECORDS_NONE;
    }
    if (t.level != TILE_ENTRIES) {
        return tile_write(&tree, &t, out) == 0 ? 0 : RECORDS_FAILED;
    }
    struct bundle b = {out, t.width};
    int walked = log_walk(r, NULL, (int64_t)t.n * TILE_WIDTH, add_to_bundle, &b);
    return walked == 1 && b.left == 0 ? 0 : RECORDS_FAILED;
}

/* ---- the status list ------------------------------------------------------------------------- */

static unsigned value_of(enum register_status s)
{
    return s == REGISTER_VALID       ? STATUS_VALID
           : s == REGISTER_SUSPENDED ? STATUS_SUSPENDED
                                     : STATUS_INVALID;
}

struct states {
    struct records *r;
    const char *on;
    struct status_list *list;
};

static int set_one(void *context, const json_t *row)
{
    const struct states *x = context;
    struct register_state s;
    const char *number = json_string_value(json_object_get(row, "number"));
    int64_t position = json_integer_value(json_object_get(row, "position"));
    int rc = register_state(x->r, number, x->on, NULL, NULL, &s, NULL);
    if (rc == 0 || rc == RECORDS_NONE) {
        status_list_set(x->list, (size_t)position, value_of(s.status));
    }
    return rc == RECORDS_FAILED ? -1 : 0;
}

/* On a day on which all events of the log count, the rows say it: no event is in the future. */
static int set_row(void *context, int64_t position, const char *status, const char *from,
                   const char *to, const char *on)
{
    bool dated = strcmp(from, on) <= 0 && strcmp(on, to) <= 0;
    unsigned value = !dated                             ? STATUS_INVALID
                     : strcmp(status, "VALID") == 0     ? STATUS_VALID
                     : strcmp(status, "SUSPENDED") == 0 ? STATUS_SUSPENDED
                                                        : STATUS_INVALID;
    status_list_set(context, (size_t)position, value);
    return 0;
}

/* The day on which the log was added to last is not after it. */
static bool all_count(struct records *r, const char *on)
{
    char day[DATE_TEXT] = "9";
    struct log_entry last;
    int64_t size = log_size(r);
    struct arena *a = arena_new(WORK);
    if (a && size > 0 && log_find(r, a, size - 1, &last) == 0) {
        (void)date_text(date_of_utc(last.at), day);
    }
    arena_free(a);
    return strcmp(day, on) <= 0;
}

int register_status_list(struct records *r, const char *on, struct buffer *out)
{
    struct status_list l;
    int64_t count = certificate_next_position(r);
    if (count < 0 || status_list_init(&l, 2, (size_t)count) != 0) {
        return RECORDS_FAILED;
    }
    struct states by_events = {r, on, &l};
    int rc = all_count(r, on) ? certificate_states(r, on, set_row, &l)
                              : certificate_each(r, set_one, &by_events);
    rc = rc == 0 ? status_list_encode(&l, out) : rc;
    status_list_free(&l);
    return rc == 0 ? 0 : RECORDS_FAILED;
}
