/*
 * active - what a program that opens the document may do or show beyond its pages as they were
 * signed: scripts and other actions (ISO 32000-2 12.6), forms made by a program (XFA), layers
 * (8.11), media, content from other files. Clause 12.8.7 lists the same for signers.
 *
 * Everything the catalog of the last revision leads to is looked at once, in memory of its own that
 * is given back; nothing is kept but what is told. On the way two things are refused that make
 * programs differ in what they show: a dictionary with two values for a key (7.3.7), and an object
 * that is not where its cross-reference entry says (7.5.4), which programs go and search.
 * What it does not do: run or draw anything, read content streams, follow the structure tree.
 */
#include "format/pdf/internal.h"

enum {
    BOX = 192 << 20,       /* memory for the objects being looked at */
    BOX_KEEP = 8 << 20,    /* from here on it is given back */
    OBJECT_TEXT = 1 << 20, /* a longer object is searched for references only */
    ALL_TEXT = 32 << 20,   /* text of objects that is looked at in one document */
    INFLATED = 40 << 20,   /* bytes inflated, from here on no object stream more is opened */
    MAX_FOUND = 24,
    MAX_BROKEN = 3
};

struct found {
    enum sp_reason reason;
    const char *what, *place;
    uint32_t num;
    size_t count;
};

struct active {
    struct pdf_doc *d;
    struct pdf_doc parser; /* reads objects into the box; tells nothing */
    struct sp_findings untold;
    struct walk reached;
    const char *place;
    uint32_t num; /* the object at hand */
    size_t rev, text, page, broken;
    bool told_twice, gave_up;
    struct found found[MAX_FOUND];
    size_t found_count;
};

/* ---- what was found -------------------------------------------------------------------------- */

static void note(struct active *a, enum sp_reason reason, const char *what)
{
    for (size_t i = 0; i < a->found_count; i++) {
        if (a->found[i].reason == reason && strcmp(a->found[i].what, what) == 0) {
            a->found[i].count++;
            return;
        }
    }
    if (a->found_count < MAX_FOUND) {
        a->found[a->found_count++] = (struct found){reason, what, a->place, a->num, 1};
    }
}

static void tell(struct active *a)
{
    struct pdf_doc *d = a->d;
    for (size_t i = 0; i < a->found_count; i++) {
        const struct found *f = &a->found[i];
        finding_add(d->arena, d->findings, f->reason, "document", f->what,
                    doc_text(d, "%u", f->num), f->place, doc_text(d, "%zu", f->count), NULL);
    }
    if (a->gave_up) {
        finding_add(d->arena, d->findings, SP_PDF_LIMIT, "document",
                    "work for finding active content", NULL);
    }
}

/* Programs that search for an object take the last one in the file, signed or not. */
static void note_broken(struct active *a, uint32_t num)
{
    if (a->broken++ < MAX_BROKEN) {
        finding_add(a->d->arena, a->d->findings, SP_PDF_OBJECT, "document",
                    doc_text(a->d, "%u", num), "it is not where the cross-reference table says",
                    NULL);
    }
}

/* ---- one dictionary -------------------------------------------------------------------------- */

static const char *named(const struct pdf_obj *o, const char *const *names)
{
    for (; *names; names++) {
        if (object_is_name(o, *names)) {
            return *names;
        }
    }
    return NULL;
}

static void judge_action(struct active *a, const struct pdf_obj *dict)
{
    /* 12.6.4: all kinds but those that only move to another place, and ResetForm. */
    static const char *const kinds[] = {
        "JavaScript", "Launch",     "SubmitForm", "ImportData",       "Rendition",   "Movie",
        "Sound",      "GoTo3DView", "Hide",       "RichMediaExecute", "SetOCGState", NULL};
    const char *kind = named(doc_get(a->d, dict, "S", a->rev), kinds);
    if (!kind && doc_get(a->d, dict, "JS", a->rev)) {
        kind = kinds[0];
    }
    if (kind) {
        note(a, SP_PDF_ACTIVE_CONTENT, kind);
    }
}

static void judge_kind(struct active *a, const struct pdf_obj *dict, bool stream)
{
    static const char *const media[] = {"RichMedia", "3D", "Movie", "Screen", "Sound", NULL};
    const struct pdf_obj *subtype = doc_get(a->d, dict, "Subtype", a->rev);
    const char *kind = named(subtype, media);
    if (kind && object_key(dict, "Rect")) {
        note(a, SP_PDF_ACTIVE_CONTENT, kind);
    }
    if (stream && doc_get(a->d, dict, "Alternates", a->rev) && object_is_name(subtype, "Image")) {
        note(a, SP_PDF_ACTIVE_CONTENT, "Alternates");
    }
    if (stream && doc_get(a->d, dict, "F", a->rev)) {
        note(a, SP_PDF_CONTENT_ELSEWHERE, "F");
    }
    if (stream && doc_get(a->d, dict, "Ref", a->rev) && object_is_name(subtype, "Form")) {
        note(a, SP_PDF_CONTENT_ELSEWHERE, "Ref");
    }
}

/* Content that is shown only while a layer is off, or by a formula (8.11.2.2). */
static void judge_membership(struct active *a, const struct pdf_obj *dict)
{
    static const char *const while_off[] = {"AllOff", "AnyOff", NULL};
    if (object_is_name(doc_get(a->d, dict, "Type", a->rev), "OCMD") &&
        (named(doc_get(a->d, dict, "P", a->rev), while_off) || object_key(dict, "VE"))) {
        note(a, SP_PDF_LAYERS, "OCMD");
    }
}

static void judge_twice(struct active *a, const struct pdf_obj *dict)
{
    for (size_t i = 1; i < dict->n && !a->told_twice; i++) {
        const struct pdf_pair *one = &dict->pairs[i - 1], *two = &dict->pairs[i];
        if (span_eq(one->key, two->key) && !object_same(a->d, &one->value, &two->value)) {
            size_t at = doc_find(a->d, a->num, a->rev);
            a->told_twice = true;
            finding_add(a->d->arena, a->d->findings, SP_PDF_DUPLICATE_KEY, "document",
                        object_name_text(a->d, one->key),
                        doc_text(a->d, "%llu", (unsigned long long)a->d->entries[at].where), NULL);
        }
    }
}

/* Upwards and sideways in the tree of pages or fields, which is walked from above. */
static bool leads_back(struct span key)
{
    return span_eq(key, SPAN_LIT("Parent")) || span_eq(key, SPAN_LIT("StructTreeRoot"));
}

/* The depth is the parser's: PDF_MAX_DEPTH. */
static void judge(struct active *a, const struct pdf_obj *o, bool stream)
{
    if (o->type == PDF_REF && o->i <= PDF_MAX_OBJECT) {
        (void)walk_add(&a->reached, (uint32_t)o->i);
    }
    for (size_t i = 0; o->type == PDF_ARRAY && i < o->n; i++) {
        judge(a, &o->items[i], false);
    }
    if (o->type != PDF_DICT) {
        return;
    }
    judge_twice(a, o);
    judge_action(a, o);
    judge_kind(a, o, stream);
    judge_membership(a, o);
    for (size_t i = 0; i < o->n; i++) {
        if (!leads_back(o->pairs[i].key)) {
            judge(a, &o->pairs[i].value, false);
        }
    }
}

/* ---- objects --------------------------------------------------------------------------------- */

static bool renew(struct active *a)
{
    struct pdf_doc *p = &a->parser;
    if (p->arena && arena_used(p->arena) < BOX_KEEP) {
        return true;
    }
    arena_free(p->arena);
    p->arena = arena_new(BOX);
    p->stack = NULL;
    p->stack_n = p->stack_cap = 0;
    a->d->failed = a->d->failed || !p->arena;
    return p->arena != NULL;
}

/* Reads an object; what was read before is gone. False: there is nothing to look at. */
static bool read_object(struct active *a, uint32_t num, struct pdf_obj *out, bool *stream)
{
    struct pdf_doc *d = a->d;
    size_t at = doc_find(d, num, a->rev);
    struct span bytes;
    uint64_t n, gen;
    a->num = num;
    a->gave_up = a->gave_up || a->text > ALL_TEXT || d->inflated > INFLATED;
    if (at == PDF_NO_ENTRY || d->entries[at].type == ENTRY_FREE || a->gave_up || !renew(a)) {
        return false;
    }
    bool own = d->entries[at].type == ENTRY_OFFSET;
    bool there = doc_object_bytes(d, at, &bytes);
    struct lex x = {there ? span_sub(bytes, 0, OBJECT_TEXT) : SPAN_NONE, 0};
    bool headed = !own || (lex_uint(&x, &n) && lex_uint(&x, &gen) && lex_expect(&x, "obj") &&
                           n == num && gen == d->entries[at].gen);
    if ((!there || !headed) && (own || !d->streams_locked)) {
        note_broken(a, num);
        return false;
    }
    bool ok = there && object_parse(&a->parser, &x, out);
    d->failed = d->failed || a->parser.failed;
    a->text += x.at;
    if (there && !ok) {
        walk_entry(&a->reached, at);
        return false;
    }
    lex_skip(&x, true);
    *stream = own && lex_expect(&x, "stream");
    return ok && !d->failed;
}

/* Everything that has been noted for looking at, and what that leads to. */
static void look(struct active *a, size_t *from)
{
    for (; *from < a->reached.n && !a->d->failed; ++*from) {
        struct pdf_obj o;
        bool stream;
        if (read_object(a, a->reached.queue[*from], &o, &stream)) {
            judge(a, &o, stream);
        }
    }
}

/* ---- pages ----------------------------------------------------------------------------------- */

struct pages {
    uint32_t *nums;
    size_t n, cap;
    struct walk seen;
};

static uint32_t ref_of(const struct pdf_obj *o)
{
    return o && o->type == PDF_REF && o->i > 0 && o->i <= PDF_MAX_OBJECT ? (uint32_t)o->i : 0;
}

/* The pages in their order, into p->nums. Nodes between them are left for look(). */
static void list_pages(struct active *a, struct pages *p, uint32_t num, unsigned depth)
{
    struct pdf_obj o;
    bool stream;
    if (depth > PDF_MAX_DEPTH || !num || a->d->failed || !walk_add(&p->seen, num) ||
        !read_object(a, num, &o, &stream)) {
        return;
    }
    const struct pdf_obj *kids = doc_get(a->d, &o, "Kids", a->rev);
    size_t count = kids && kids->type == PDF_ARRAY ? kids->n : 0;
    if (!kids && arena_grow(a->reached.a, (void **)&p->nums, &p->cap, p->n + 1, sizeof *p->nums)) {
        a->d->failed = true;
        return;
    }
    if (!kids) {
        p->nums[p->n++] = num;
        return;
    }
    uint32_t *below = arena_array(a->reached.a, count, sizeof *below);
    a->d->failed = a->d->failed || !below;
    for (size_t i = 0; below && i < count; i++) {
        below[i] = ref_of(&kids->items[i]);
    }
    for (size_t i = 0; below && i < count; i++) {
        list_pages(a, p, below[i], depth + 1);
    }
}

static void look_at_pages(struct active *a, const struct pdf_obj *catalog, size_t *from)
{
    struct pages p = {0};
    if (!walk_init(&p.seen, a->d, a->reached.a)) {
        return;
    }
    list_pages(a, &p, ref_of(object_key(catalog, "Pages")), 0);
    for (size_t i = 0; i < p.n; i++) {
        a->reached.seen[p.nums[i] / 8] |= (uint8_t)(1u << (p.nums[i] % 8)); /* not by links */
    }
    for (size_t i = 0; i < p.n && !a->d->failed && !a->gave_up; i++) {
        struct pdf_obj o;
        bool stream;
        size_t before = a->found_count;
        a->place = "p. ";
        if (read_object(a, p.nums[i], &o, &stream)) {
            judge(a, &o, stream);
        }
        look(a, from);
        for (size_t k = before; k < a->found_count; k++) {
            a->found[k].place = doc_text(a->d, "p. %zu", i + 1);
        }
    }
}

/* ---- the catalog ----------------------------------------------------------------------------- */

/* 8.11.4: layers that are hidden at first, or come and go by themselves. */
static void judge_layers(struct active *a, const struct pdf_obj *catalog)
{
    struct pdf_doc *d = a->d;
    const struct pdf_obj *all = doc_get(d, catalog, "OCProperties", a->rev);
    const struct pdf_obj *groups = doc_get(d, all, "OCGs", a->rev);
    const struct pdf_obj *shown = doc_get(d, all, "D", a->rev);
    const struct pdf_obj *base = doc_get(d, shown, "BaseState", a->rev);
    const struct pdf_obj *off = doc_get(d, shown, "OFF", a->rev);
    const struct pdf_obj *by_itself = doc_get(d, shown, "AS", a->rev);
    if (!groups || groups->type != PDF_ARRAY || groups->n == 0) {
        return;
    }
    if (off && off->type == PDF_ARRAY && off->n > 0) {
        note(a, SP_PDF_LAYERS, "OFF");
    }
    if (base && !object_is_name(base, "ON")) {
        note(a, SP_PDF_LAYERS, "BaseState");
    }
    if (by_itself && by_itself->type == PDF_ARRAY && by_itself->n > 0) {
        note(a, SP_PDF_LAYERS, "AS");
    }
}

/* Annex K and 12.7.3: forms that another program makes or draws anew. */
static void judge_form(struct active *a, const struct pdf_obj *catalog)
{
    const struct pdf_obj *form = doc_get(a->d, catalog, "AcroForm", a->rev);
    const struct pdf_obj *made = doc_get(a->d, catalog, "NeedsRendering", a->rev);
    bool xfa = doc_get(a->d, form, "XFA", a->rev) != NULL;
    if (xfa) {
        bool dynamic = made && made->type == PDF_BOOL && made->i;
        note(a, dynamic ? SP_PDF_PAGES_GENERATED : SP_PDF_ACTIVE_CONTENT, "XFA");
    }
}

/* A portfolio: programs show one of the files in it instead of the pages (12.3.5). */
static void judge_catalog(struct active *a, const struct pdf_obj *catalog)
{
    a->num = ref_of(object_key(a->d->revs[a->rev].trailer, "Root"));
    a->place = "/Root";
    judge_layers(a, catalog);
    judge_form(a, catalog);
    if (doc_get(a->d, catalog, "Collection", a->rev)) {
        note(a, SP_PDF_ACTIVE_CONTENT, "Collection");
    }
    judge_twice(a, catalog);
}

static void look_at_key(struct active *a, const struct pdf_obj *catalog, struct span key,
                        size_t *from)
{
    const struct pdf_obj *value = object_at(catalog, key);
    a->place = object_name_text(a->d, key);
    if (value) {
        judge(a, value, false);
        look(a, from);
    }
}

static bool listed(struct span key, const char *const *names)
{
    for (; *names; names++) {
        if (span_eq(key, span_str(*names))) {
            return true;
        }
    }
    return false;
}

static void look_at_all(struct active *a, const struct pdf_obj *catalog)
{
    static const char *const first[] = {"OpenAction", "AA", "Names", NULL};
    /* Evidence, data about the document, and what stands for its structure: nothing is shown of
     * them, and each can be larger than all the rest. */
    static const char *const passed[] = {
        "Pages", "StructTreeRoot", "Metadata", "DSS",           "PieceInfo",
        "Perms", "Extensions",     "Type",     "OutputIntents", NULL};
    size_t from = 0;
    (void)walk_add(&a->reached, a->num);
    from = a->reached.n;
    for (size_t i = 0; first[i]; i++) {
        look_at_key(a, catalog, span_str(first[i]), &from);
    }
    look_at_pages(a, catalog, &from);
    for (size_t i = 0; i < catalog->n; i++) {
        struct span key = catalog->pairs[i].key;
        if (!listed(key, first) && !listed(key, passed)) {
            look_at_key(a, catalog, key, &from);
        }
    }
}

void active_read(struct pdf_doc *d)
{
    const struct pdf_obj *catalog = d->rev_count ? doc_catalog(d, d->rev_count - 1) : NULL;
    struct arena *lists = catalog && d->sig_count ? arena_new(BOX) : NULL;
    if (!catalog || !d->sig_count || d->failed || d->limited) {
        arena_free(lists);
        return;
    }
    struct active a = {.d = d, .rev = d->rev_count - 1, .parser = *d};
    a.told_twice = finding_has(d->findings, SP_PDF_DUPLICATE_KEY);
    findings_init(&a.untold);
    a.parser.arena = NULL;
    a.parser.findings = &a.untold;
    a.parser.quiet = true;
    d->quiet = true;
    d->failed = d->failed || !lists;
    if (lists && walk_init(&a.reached, d, lists)) {
        judge_catalog(&a, catalog);
        look_at_all(&a, catalog);
        tell(&a);
    }
    d->quiet = false;
    arena_free(a.parser.arena);
    arena_free(lists);
}
