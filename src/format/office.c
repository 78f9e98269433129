/*
 * office - see office.h.
 */
#include "format/office.h"

#include "format/xmldsig/xmldsig.h"
#include "xml/xml.h"

#define NS_TYPES         "http://schemas.openxmlformats.org/package/2006/content-types"
#define NS_RELATIONSHIPS "http://schemas.openxmlformats.org/package/2006/relationships"

enum { TARGET_SHOWN = 120, LOOK_MAX = 16 << 20 };

struct reader {
    struct arena *a;
    struct container *c;
    enum container_kind kind;
    struct extraction *out;
    struct asic *asic;
    struct span *contents;       /* by member: what was read into a, absent before */
    const struct xml_doc *types; /* [Content_Types].xml, or NULL */
    size_t capacity;
};

static bool named(const struct reader *r, size_t i, const char *start, const char *end)
{
    struct span n = r->c->members[i].raw, head = span_str(start), tail = span_str(end);
    return span_starts(n, head) && n.n >= head.n + tail.n &&
           span_eq(span_sub(n, n.n - tail.n, tail.n), tail);
}

static bool is_signature_file(const struct reader *r, size_t i)
{
    return r->kind == CONTAINER_ODF ? named(r, i, "META-INF/", "signatures.xml")
                                    : named(r, i, "_xmlsignatures/", ".xml");
}

static bool is_exactly(const struct reader *r, size_t i, const char *name)
{
    return span_eq(r->c->members[i].raw, span_str(name));
}

static bool is_properties(const struct reader *r, size_t i)
{
    static const char *const names[] = {"docProps/core.xml",      "docProps/app.xml",
                                        "docProps/thumbnail.jpg", "docProps/thumbnail.jpeg",
                                        "docProps/thumbnail.png", "docProps/thumbnail.emf",
                                        "docProps/thumbnail.wmf"};
    for (size_t k = 0; r->kind == CONTAINER_OOXML && k < sizeof names / sizeof *names; k++) {
        if (is_exactly(r, i, names[k])) {
            return true;
        }
    }
    return false;
}

/* What cannot be signed, or never is, and holds nothing of the document: the signatures; in Office
 * Open XML the list of content types (each reference names its type) and the file's properties. Not
 * all that lies beside the signatures: who opens the file as a ZIP would take it for signed. */
static bool is_part(const struct reader *r, size_t i)
{
    bool office = r->kind == CONTAINER_OOXML &&
                  (named(r, i, "_xmlsignatures/_rels/", ".rels") ||
                   (named(r, i, "_xmlsignatures/", ".sigs") && r->c->members[i].size == 0) ||
                   is_exactly(r, i, "[Content_Types].xml"));
    return r->c->members[i].directory || is_signature_file(r, i) || office || is_properties(r, i);
}

static int content(struct reader *r, size_t i, struct span *out)
{
    if (!r->contents[i].p && container_read(r->c, i, r->a, r->out->document, &r->contents[i])) {
        return -1;
    }
    *out = r->contents[i];
    return 0;
}

/* The name a URI leads to: in Office Open XML "/word/document.xml?ContentType=...". */
static size_t member_of(const struct reader *r, const char *uri, const char **type)
{
    const char *query = strchr(uri, '?');
    *type = NULL;
    if (r->kind == CONTAINER_ODF) {
        return asic_member(r->c, uri);
    }
    if (*uri != '/' || !query || strncmp(query, "?ContentType=", 13) != 0) {
        return SIZE_MAX;
    }
    *type = query + 13;
    char *name = arena_str(r->a, span_make(uri + 1, (size_t)(query - uri - 1)));
    return name ? asic_member(r->c, name) : SIZE_MAX;
}

static int resolve(void *ctx, const char *uri, struct span *out)
{
    struct reader *r = ctx;
    const char *type;
    size_t member = member_of(r, uri, &type);
    *out = SPAN_NONE;
    return member == SIZE_MAX || r->c->members[member].directory ? 0 : content(r, member, out);
}

/* The content type of a part: Override by name, else Default by extension. */
static const char *type_of(const struct reader *r, size_t member)
{
    struct span raw = r->c->members[member].raw;
    const char *by_extension = NULL;
    for (const xmlNode *n = r->types ? xml_first(r->types->root) : NULL; n; n = xml_next(n)) {
        const char *type = xml_attr(n, "ContentType");
        const char *name = xml_attr(n, "PartName"), *extension = xml_attr(n, "Extension");
        if (xml_is(n, NS_TYPES, "Override") && name && *name == '/' &&
            span_eq(span_str(name + 1), raw)) {
            return type;
        }
        size_t k = extension ? strlen(extension) : 0;
        if (xml_is(n, NS_TYPES, "Default") && k && raw.n > k && raw.p[raw.n - k - 1] == '.' &&
            strncasecmp((const char *)raw.p + raw.n - k, extension, k) == 0) {
            by_extension = type;
        }
    }
    return by_extension;
}

static int cover(struct reader *r, size_t member, size_t signature)
{
    struct asic *s = r->asic;
    if (arena_grow(r->a, (void **)&s->covers, &s->capacity, s->count + 1, sizeof *s->covers)) {
        return -1;
    }
    s->covers[s->count++] = (struct asic_cover){member, signature};
    return 0;
}

/* A list of relationships counts as signed when all that matter in it are chosen. */
static int all_chosen(struct reader *r, size_t member, const xmlNode *transform, bool *all)
{
    struct span octets, form;
    *all = false;
    if (content(r, member, &octets)) {
        return -1;
    }
    return octets.p ? xmldsig_relationships(r->a, transform, octets, false, &form, all) : 0;
}

static int add_part(struct reader *r, struct extracted *e, size_t signature,
                    const struct xmldsig_part *part)
{
    const char *type;
    size_t member = member_of(r, part->uri, &type);
    bool all = true;
    if (member == SIZE_MAX) {
        finding_add(r->a, &e->findings, SP_ASIC_REFERENCE_MISSING, "signature", part->uri, NULL);
        return 0;
    }
    const char *own = type ? type_of(r, member) : NULL;
    if (type && (!own || strcmp(own, type) != 0)) {
        finding_add(r->a, &e->findings, SP_OFFICE_CONTENT_TYPE, "signature",
                    r->c->members[member].name, own ? own : "?", NULL);
        return 0;
    }
    if (part->relationships && all_chosen(r, member, part->relationships, &all)) {
        return -1;
    }
    return all ? cover(r, member, signature) : 0;
}

static int set_coverage(struct reader *r, struct extracted *e, size_t signature)
{
    size_t n = 0, all = 0;
    bool *seen = arena_array(r->a, r->c->count, sizeof *seen);
    for (size_t i = 0; seen && i < r->asic->count; i++) {
        const struct asic_cover *v = &r->asic->covers[i];
        seen[v->member] = seen[v->member] || v->signature == signature;
    }
    for (size_t i = 0; seen && i < r->c->count; i++) {
        n += seen[i] && !r->asic->is_part[i];
        all += !r->asic->is_part[i];
    }
    e->covers_whole_document = n == all && n > 0;
    if (e->covers_whole_document) {
        e->coverage = arena_printf(r->a, "All parts of the document are signed (%zu).", n);
        e->coverage_hi = arena_printf(r->a, "दस्तावेज़ के सभी भाग हस्ताक्षरित हैं (%zu)।", n);
    } else {
        e->coverage =
            arena_printf(r->a, "%zu of the %zu parts of the document are signed.", n, all);
        e->coverage_hi = arena_printf(r->a, "दस्तावेज़ के %zu में से %zu भाग हस्ताक्षरित हैं।", all, n);
    }
    return seen && e->coverage && e->coverage_hi ? 0 : -1;
}

static int add_signature(struct reader *r, const struct extracted *from, size_t file)
{
    struct asic *s = r->asic;
    size_t signature = r->out->count;
    struct xmldsig_part part;
    struct extracted *e = &r->out->signatures[r->out->count++];
    *e = *from;
    asic_take_findings(&e->findings);
    s->files[signature] = file;
    for (size_t k = 0; xmldsig_part(e->xml, k, &part); k++) {
        if (part.uri && add_part(r, e, signature, &part)) {
            return -1;
        }
    }
    return 0;
}

static int read_file(struct reader *r, size_t file)
{
    struct extraction x = {.document = r->out->document};
    struct span octets;
    bool only;
    if (content(r, file, &octets)) {
        return -1;
    }
    if (!octets.p) {
        return 0;
    }
    if (xmldsig_extract(r->a, octets, resolve, r, &x)) {
        return -1;
    }
    if (x.count > r->capacity - r->out->count) {
        finding_add(r->a, r->out->document, SP_ENGINE_LIMIT, "document",
                    "signatures in a container", NULL);
        return 0;
    }
    if (asic_only_signatures(r->a, octets, &x, &only)) {
        return -1;
    }
    r->asic->is_part[file] = x.count > 0 && only; /* or it only has the name of one */
    for (size_t i = 0; i < x.count; i++) {
        if (add_signature(r, &x.signatures[i], file)) {
            return -1;
        }
    }
    return 0;
}

static int read_types(struct reader *r)
{
    size_t i = container_find(r->c, SPAN_LIT("[Content_Types].xml"));
    struct span octets = SPAN_NONE;
    struct xml_doc *doc = NULL;
    enum xml_answer answer;
    const char *why;
    if (r->kind != CONTAINER_OOXML || i == SIZE_MAX) {
        return 0;
    }
    if (content(r, i, &octets) || (octets.p && xml_parse(r->a, octets, &doc, &answer, &why))) {
        return -1;
    }
    r->types = doc;
    return 0;
}

/* ---- what is shown and is not in the file ---- */

static void elsewhere(struct reader *r, size_t i, const char *target)
{
    char *shown = finding_clean_text(r->a, span_sub(span_str(target), 0, TARGET_SHOWN));
    if (!finding_has(r->out->document, SP_OFFICE_ELSEWHERE)) {
        finding_add(r->a, r->out->document, SP_OFFICE_ELSEWHERE, "document", shown ? shown : "?",
                    r->c->members[i].name, NULL);
    }
}

static bool one_of(const char *word, const char *const *list)
{
    while (*list && strcasecmp(word, *list) != 0) {
        list++;
    }
    return *list;
}

/* A link that people follow is none; nor is the template a document was once made from, as long as
 * it is a file of the writer's own computer. */
static void judge_relationship(struct reader *r, size_t i, const xmlNode *n)
{
    static const char *const kinds[] = {"image", "oleObject", "package", "frame", "subDocument",
                                        "video", "audio",     "media",   NULL};
    const char *mode = xml_attr(n, "TargetMode"), *type = xml_attr(n, "Type");
    const char *target = xml_attr(n, "Target"), *kind = type ? strrchr(type, '/') : NULL;
    if (!mode || strcmp(mode, "External") != 0 || !kind || !target) {
        return;
    }
    bool own = strncasecmp(target, "file:", 5) == 0;
    if (one_of(kind + 1, kinds) || (strcasecmp(kind + 1, "attachedTemplate") == 0 && !own)) {
        elsewhere(r, i, target);
    }
}

/* Everything but a link that people follow. */
static void judge_odf_element(struct reader *r, size_t i, const xmlNode *n)
{
    for (const xmlAttr *at = n->type == XML_ELEMENT_NODE ? n->properties : NULL; at;
         at = at->next) {
        bool link = strcmp((const char *)n->name, "a") == 0;
        const char *to = strcmp((const char *)at->name, "href") == 0 ? xml_attr_value(at) : "";
        size_t scheme = strcspn(to, ":/?#");
        if (!link &&
            ((scheme > 1 && to[scheme] == ':') || strncmp(to, "../", 3) == 0 || *to == '/')) {
            elsewhere(r, i, to);
        }
    }
}

static int look_into(struct reader *r, size_t i)
{
    struct span octets;
    struct xml_doc *doc = NULL;
    enum xml_answer answer;
    const char *why;
    if (r->c->members[i].size > LOOK_MAX) {
        return 0;
    }
    if (content(r, i, &octets) || (octets.p && xml_parse(r->a, octets, &doc, &answer, &why))) {
        return -1;
    }
    for (const xmlNode *n = doc ? xml_walk(doc->root, doc->root) : NULL; n;
         n = xml_walk(doc->root, n)) {
        if (r->kind == CONTAINER_ODF) {
            judge_odf_element(r, i, n);
        } else if (xml_is(n, NS_RELATIONSHIPS, "Relationship")) {
            judge_relationship(r, i, n);
        }
    }
    return 0;
}

static int look_outside(struct reader *r)
{
    bool odf = r->kind == CONTAINER_ODF;
    for (size_t i = 0; i < r->c->count; i++) {
        bool listed = odf ? is_exactly(r, i, "content.xml") || is_exactly(r, i, "styles.xml")
                          : named(r, i, "", ".rels") && !named(r, i, "_xmlsignatures/", "");
        bool macros = odf ? named(r, i, "Basic/", ".xml") || named(r, i, "Scripts/", "")
                          : named(r, i, "", "vbaProject.bin");
        if (listed && look_into(r, i)) {
            return -1;
        }
        if (macros && !finding_has(r->out->document, SP_OFFICE_MACROS)) {
            finding_add(r->a, r->out->document, SP_OFFICE_MACROS, "document", r->c->members[i].name,
                        NULL);
        }
    }
    return 0;
}

int office_extract(struct arena *a, struct container *c, enum container_kind kind,
                   struct extraction *out, struct asic **result)
{
    struct asic *s = arena_alloc(a, sizeof *s);
    struct reader *r = arena_alloc(a, sizeof *r); /* resolve needs it later */
    bool properties = false;
    *result = NULL;
    if (!s || !r) {
        return -1;
    }
    *r = (struct reader){
        .a = a, .c = c, .kind = kind, .out = out, .asic = s, .capacity = XMLDSIG_MAX};
    r->contents = arena_array(a, c->count, sizeof *r->contents);
    out->signatures = arena_array(a, r->capacity, sizeof *out->signatures);
    s->files = arena_array(a, r->capacity, sizeof *s->files);
    s->is_part = arena_array(a, c->count, sizeof *s->is_part);
    if (!r->contents || !out->signatures || !s->files || !s->is_part || read_types(r)) {
        return -1;
    }
    out->format = kind == CONTAINER_ODF ? "ODF" : "OOXML";
    for (size_t i = 0; i < c->count; i++) {
        s->is_part[i] = is_part(r, i);
        properties = properties || is_properties(r, i);
    }
    for (size_t i = 0; i < c->count; i++) {
        if (is_signature_file(r, i) && read_file(r, i)) {
            return -1;
        }
    }
    for (size_t i = 0; i < out->count; i++) {
        if (set_coverage(r, &out->signatures[i], i)) {
            return -1;
        }
    }
    *result = out->count ? s : NULL;
    if (*result && look_outside(r)) {
        return -1;
    }
    if (*result && properties) {
        finding_add(a, out->document, SP_OFFICE_PROPERTIES, "document", NULL);
    }
    return 0;
}
