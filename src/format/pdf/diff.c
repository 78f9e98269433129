/*
 * diff - compares each revision after the first signature with the one before it.
 *
 * See diff.h for the idea and facts: shadow attacks (hide, replace), evil annotations, sneaky
 * signatures all need a later revision that changes something outside the whitelist.
 * What it does not do: render. Two appearances are never compared by their looks.
 */
#include "format/pdf/diff.h"

enum { PAIR_ARENA = 96 << 20 };

const char *diff_number(struct diff *x, uint64_t n)
{
    return doc_text(x->d, "%llu", (unsigned long long)n);
}

const char *diff_key(struct diff *x, struct span key)
{
    return object_name_text(x->d, key);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

void diff_add(struct diff *x, enum sp_reason reason, enum sp_modification kind, const char *a,
              const char *b)
{
    x->worst = kind > x->worst ? kind : x->worst;
    x->forbidden = x->forbidden || sp_reason_row(reason)->level == SP_LEVEL_FAIL;
    if (x->change_count >= PDF_MAX_CHANGES) {
        return;
    }
    for (size_t i = 0; i < x->change_count; i++) {
        const struct change *c = &x->changes[i];
        if (c->reason == reason && same_text(c->args[1], a) && same_text(c->args[2], b)) {
            return;
        }
    }
    if (doc_grow(x->d, (void **)&x->changes, &x->change_cap, x->change_count + 1,
                 sizeof *x->changes)) {
        x->changes[x->change_count++] = (struct change){reason, kind, {x->rev, a, b, NULL}};
    }
}

void diff_keys(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new,
               void (*fn)(struct diff *, struct span, const struct pdf_obj *,
                          const struct pdf_obj *, void *),
               void *arg)
{
    const struct pdf_obj *o = object_dict(old);
    const struct pdf_obj *n = object_dict(new);
    for (size_t i = 0; o && i < o->n; i++) {
        const struct pdf_obj *now = object_at(n, o->pairs[i].key);
        if (!object_same(x->d, &o->pairs[i].value, now)) {
            fn(x, o->pairs[i].key, &o->pairs[i].value, now, arg);
        }
    }
    for (size_t i = 0; n && i < n->n; i++) {
        bool added = !object_at(o, n->pairs[i].key) && n->pairs[i].value.type != PDF_NULL;
        if (added) {
            fn(x, n->pairs[i].key, NULL, &n->pairs[i].value, arg);
        }
    }
}

uint32_t diff_ref(const struct pdf_obj *o)
{
    return o && o->type == PDF_REF && o->i <= PDF_MAX_OBJECT ? (uint32_t)o->i : 0;
}

void diff_claim(struct diff *x, uint32_t num)
{
    if (num) {
        (void)walk_add(&x->claimed, num);
    }
}

/* Expands a walk to everything it leads to in revision rev, except primary objects. */
static void expand(struct diff *x, struct walk *w, size_t from, size_t rev)
{
    for (size_t i = from; i < w->n && !x->d->failed && !x->d->limited; i++) {
        size_t entry =
            walk_has(&x->primary, w->queue[i]) ? PDF_NO_ENTRY : doc_find(x->d, w->queue[i], rev);
        if (entry != PDF_NO_ENTRY) {
            walk_entry(w, entry);
        }
        if (!doc_work(x->d, 1)) {
            return;
        }
    }
}

static bool hits(const struct diff *x, const struct walk *w, size_t from)
{
    for (size_t i = from; i < w->n; i++) {
        if (walk_has(&x->changed, w->queue[i]) && !walk_has(&x->primary, w->queue[i])) {
            return true;
        }
    }
    return false;
}

bool diff_payload(struct diff *x, enum payload kind, const struct pdf_obj *old,
                  const struct pdf_obj *new)
{
    struct walk *w = x->payload[kind];
    size_t a = w[0].n;
    size_t b = w[1].n;
    walk_value(&w[0], old);
    walk_value(&w[1], new);
    expand(x, &w[0], a, x->old);
    expand(x, &w[1], b, x->new);
    return hits(x, &w[0], a) || hits(x, &w[1], b);
}

void diff_payload_ref(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new)
{
    const struct pdf_obj *refs[2] = {old, new};
    for (size_t i = 0; i < 2; i++) {
        if (diff_ref(refs[i])) {
            (void)walk_add(&x->payload[PAYLOAD_STRUCTURE][i], diff_ref(refs[i]));
        }
    }
}

static bool is_payload(const struct diff *x, uint32_t num)
{
    for (size_t i = 0; i < PAYLOAD_KINDS; i++) {
        if (walk_has(&x->payload[i][0], num) || walk_has(&x->payload[i][1], num)) {
            return true;
        }
    }
    return false;
}

bool diff_same_target(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new)
{
    return object_same(x->d, old, new) ||
           object_same(x->d, doc_resolve(x->d, old, x->old), doc_resolve(x->d, new, x->new));
}

/* ---- which objects changed ---- */

static bool same_object(struct diff *x, size_t old, size_t new)
{
    const struct pdf_obj *a = doc_load_entry(x->d, old);
    const struct pdf_obj *b = doc_load_entry(x->d, new);
    if (!a || !b || a->type != PDF_STREAM || b->type != PDF_STREAM) {
        return object_same(x->d, a, b);
    }
    struct span u;
    struct span v;
    if (!object_same(x->d, &a->stream->dict, &b->stream->dict) ||
        !doc_stream_raw(x->d, a, x->old, &u) || !doc_stream_raw(x->d, b, x->new, &v)) {
        return false;
    }
    bool same = span_eq(u, v) && (!x->d->crypt || a->stream->gen == b->stream->gen);
    /* AES never gives the same bytes twice. */
    return same || (x->d->crypt && u.n == v.n && unlock_stream(x->d, a, x->old, &u) &&
                    unlock_stream(x->d, b, x->new, &v) && span_eq(u, v));
}

/* Cross-reference and object streams carry the revision; they are not part of the document. An
 * object that lies outside the bytes of its revision is told: it would be another's content. */
static void look_at_entries(struct diff *x)
{
    struct pdf_doc *d = x->d;
    const struct pdf_revision *r = &d->revs[x->new];
    (void)walk_add(&x->carriers, r->xref_nums[0]);
    (void)walk_add(&x->carriers, r->xref_nums[1]);
    for (size_t i = 0; i < r->count; i++) {
        const struct pdf_entry *e = &d->entries[d->by_rev[r->first + i]];
        if (e->type == ENTRY_IN_STREAM) {
            (void)walk_add(&x->carriers, e->stream);
        } else if (e->type == ENTRY_OFFSET && (e->where < r->start || e->where >= r->eof)) {
            d->trouble = "it lies outside the version of the document that lists it";
            doc_note_object(d, e->num);
        }
    }
}

static bool existed(const struct diff *x, uint32_t num)
{
    size_t at = doc_find(x->d, num, x->old);
    return at != PDF_NO_ENTRY && x->d->entries[at].type != ENTRY_FREE;
}

static void find_changed(struct diff *x)
{
    const struct pdf_revision *r = &x->d->revs[x->new];
    for (size_t i = 0; i < r->count && !x->d->failed; i++) {
        size_t at = x->d->by_rev[r->first + i];
        uint32_t num = x->d->entries[at].num;
        size_t before = doc_find(x->d, num, x->old);
        if (before == PDF_NO_ENTRY || !existed(x, num)) {
            continue;
        }
        if (same_object(x, before, at)) {
            if (num == diff_ref(object_key(x->d->revs[x->new].trailer, "Info"))) {
                continue; /* the usual thing: document information written again with each save */
            }
            diff_add(x, SP_PDF_IDENTICAL_COPY, SP_MOD_LTA, diff_number(x, num), NULL);
        } else {
            (void)walk_add(&x->changed, num);
        }
    }
}

/* ---- what is left when everything permitted has been claimed ---- */

static bool all_settled(struct diff *x)
{
    const struct pdf_revision *r = &x->d->revs[x->new];
    for (size_t i = 0; i < r->count; i++) {
        uint32_t num = x->d->entries[x->d->by_rev[r->first + i]].num;
        if (!walk_has(&x->claimed, num) && !(existed(x, num) && !walk_has(&x->changed, num))) {
            return false;
        }
    }
    return true;
}

/* "/Font", "/XObject", ... or "-". */
static const char *what_is(struct diff *x, uint32_t num)
{
    const struct pdf_obj *o = doc_load(x->d, num, x->old);
    const struct pdf_obj *type = doc_get(x->d, o, "Type", x->old);
    type = type ? type : doc_get(x->d, o, "Subtype", x->old);
    if (type && type->type == PDF_NAME) {
        return diff_key(x, type->raw);
    }
    return o && o->type == PDF_STREAM ? "stream" : "-";
}

/* Objects new in this revision that something permitted or reported leads to. */
static bool reach_new(struct diff *x, struct walk *w)
{
    if (!walk_init(w, x->d, x->a)) {
        return false;
    }
    walk_value(w, x->d->revs[x->new].trailer);
    for (size_t i = 0; i < x->changed.n; i++) {
        (void)walk_add(w, x->changed.queue[i]);
    }
    for (size_t i = 0; i < w->n && !x->d->failed && !x->d->limited; i++) {
        size_t at = doc_find(x->d, w->queue[i], x->new);
        if (at != PDF_NO_ENTRY && x->d->entries[at].rev == x->new) {
            walk_entry(w, at);
        }
    }
    return !x->d->failed;
}

/* A stream that held objects must not be replaced, whatever refers to it. */
static bool held_objects(struct diff *x, uint32_t num)
{
    const struct pdf_obj *o = doc_load(x->d, num, x->old);
    return o && o->type == PDF_STREAM && object_is_name(object_key(o, "Type"), "ObjStm");
}

static void settle(struct diff *x, const struct walk *reached, size_t entry)
{
    uint32_t num = x->d->entries[entry].num;
    bool before = existed(x, num);
    if ((before && !walk_has(&x->changed, num)) || walk_has(&x->claimed, num)) {
        return;
    }
    bool other = walk_has(&x->other, num) && !walk_has(&x->primary, num);
    bool payload = is_payload(x, num);
    if (other || (before && ((!payload && walk_has(&x->primary, num)) || held_objects(x, num)))) {
        diff_add(x, SP_PDF_CONTENT_CHANGED, SP_MOD_OTHER, diff_number(x, num), what_is(x, num));
        return;
    }
    bool freed = x->d->entries[entry].type == ENTRY_FREE;
    bool known = payload || freed || walk_has(&x->carriers, num);
    if (!known && (before || !walk_has(reached, num))) {
        diff_add(x, SP_PDF_ORPHAN, SP_MOD_OTHER, diff_number(x, num), NULL);
    }
}

static void check_rest(struct diff *x)
{
    if (all_settled(x)) {
        return;
    }
    struct walk reached;
    expand(x, &x->other, 0, x->old);
    if (!reach_new(x, &reached)) {
        return;
    }
    const struct pdf_revision *r = &x->d->revs[x->new];
    for (size_t i = 0; i < r->count; i++) {
        settle(x, &reached, x->d->by_rev[r->first + i]);
    }
}

/* ---- one pair, all pairs ---- */

static bool begin(struct diff *x, struct pdf_doc *d, size_t new)
{
    *x = (struct diff){.d = d, .old = new - 1, .new = new};
    x->a = arena_new(PAIR_ARENA);
    if (!x->a) {
        d->failed = true;
        return false;
    }
    x->rev = doc_text(d, "%zu", new + 1);
    x->p = docmdp_level(d, x->old, &x->certified);
    struct walk *sets[] = {&x->changed, &x->carriers, &x->primary, &x->claimed, &x->other};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        if (!walk_init(sets[i], d, x->a)) {
            return false;
        }
    }
    for (size_t i = 0; i < PAYLOAD_KINDS; i++) {
        if (!walk_init(&x->payload[i][0], d, x->a) || !walk_init(&x->payload[i][1], d, x->a)) {
            return false;
        }
    }
    return true;
}

static void compare(struct diff *x)
{
    struct pdf_doc *d = x->d;
    if (d->revs[x->new].hybrid) {
        diff_add(x, SP_PDF_HYBRID_UPDATE, SP_MOD_OTHER, NULL, NULL);
    }
    look_at_entries(x);
    find_changed(x);
    form_read(d, x->a, x->old, NULL, &x->old_form);
    form_read(d, x->a, x->new, NULL, &x->new_form);
    diff_form_index(x);
    diff_catalog(x);
    check_rest(x);
}

/* Hands what was found to one signature made before this revision. */
static void report(struct diff *x, struct pdf_sig *s, size_t index)
{
    struct extracted *o = s->out;
    const char *where = doc_text(x->d, "sig[%zu]", index);
    for (size_t i = 0; i < x->change_count; i++) {
        const struct change *c = &x->changes[i];
        finding_add(x->d->arena, &o->findings, c->reason, where, c->args[0],
                    c->args[1] ? c->args[1] : "-", c->args[2] ? c->args[2] : "-", NULL);
    }
    o->has_modification = true;
    o->modification = x->worst > o->modification ? x->worst : o->modification;
    o->modification_allowed = o->modification_allowed && !x->forbidden;
    size_t *list = doc_alloc(x->d, o->relies_on_count + x->relies_count, sizeof *list);
    if (!list) {
        return;
    }
    if (o->relies_on_count) {
        memcpy(list, o->relies_on, o->relies_on_count * sizeof *list);
    }
    if (x->relies_count) {
        memcpy(list + o->relies_on_count, x->relies, x->relies_count * sizeof *list);
    }
    o->relies_on = list;
    o->relies_on_count += x->relies_count;
}

void diff_all(struct pdf_doc *d, struct extraction *out)
{
    (void)out;
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < d->sig_count; i++) {
        struct pdf_sig *s = &d->sigs[i];
        if (!s->out->broken) {
            s->out->has_modification = s->out->modification_allowed = true;
            first = s->signed_rev < first ? s->signed_rev : first;
        }
    }
    for (size_t k = first == SIZE_MAX ? d->rev_count : first + 1; k < d->rev_count; k++) {
        struct diff x;
        if (begin(&x, d, k)) {
            compare(&x);
        }
        for (size_t i = 0; i < d->sig_count && !d->failed; i++) {
            if (!d->sigs[i].out->broken && d->sigs[i].signed_rev < k) {
                report(&x, &d->sigs[i], i);
            }
        }
        arena_free(x.a);
        if (d->failed || d->limited) {
            return;
        }
    }
}
