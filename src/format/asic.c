/*
 * asic - see asic.h. EN 319 162-1 4.3 (ASiC-S), 4.4 (ASiC-E), A.4 (ASiCManifest).
 */
#include "format/asic.h"

#include "asn1/algorithm.h"
#include "base/utc.h"
#include "format/detect.h"
#include "format/xmldsig/xmldsig.h"
#include "xml/xml.h"

static const char ns_asic[] = "http://uri.etsi.org/02918/v1.2.1#";
static const char ns_ds[] = "http://www.w3.org/2000/09/xmldsig#";

#define BOX_MEMORY ((size_t)CONTAINER_MEMBER_MAX + ((size_t)16 << 20))

struct reader {
    struct arena *a;
    struct container *c;
    enum container_kind kind;
    struct extraction *out;
    struct asic *asic;
    struct span *contents; /* by member: what was read into a, absent before */
    bool *used;            /* by member: a signature that something refers to */
    size_t xades;          /* XML signatures so far, at most XMLDSIG_MAX */
    size_t data, data_count;
};

static void say(struct reader *r, enum sp_reason reason, const char *a0, const char *a1)
{
    finding_add(r->a, r->out->document, reason, "document", a0, a1, NULL);
}

static const char *name_of(const struct reader *r, size_t member)
{
    return r->c->members[member].name;
}

static bool named(const struct reader *r, size_t i, const char *start, const char *end)
{
    struct span n = r->c->members[i].raw, head = span_str(start), tail = span_str(end);
    return span_starts(n, head) && n.n >= head.n + tail.n &&
           span_eq(span_sub(n, n.n - tail.n, tail.n), tail);
}

/* Names with a meaning of their own; everything else is a file that should be signed. */
static bool is_part(const struct reader *r, size_t i)
{
    static const char *const parts[][2] = {
        {"mimetype", ""},
        {"META-INF/ASiCManifest", ".xml"},
        {"META-INF/ASiCArchiveManifest", ".xml"},
        {"META-INF/ASiCEvidenceRecordManifest", ".xml"},
        {"META-INF/signature", ".p7s"},
        {"META-INF/timestamp", ".tst"},
        {"META-INF/ASiCTimestamp", ".tst"},
        {"META-INF/signatures", ".xml"},
        {"META-INF/manifest.xml", ""},
        {"META-INF/container.xml", ""},
        {"META-INF/evidencerecord", ".ers"},
        {"META-INF/evidencerecord", ".xml"},
    };
    if (r->c->members[i].directory) {
        return true;
    }
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        if (!*parts[k][1] ? span_eq(r->c->members[i].raw, span_str(parts[k][0]))
                          : named(r, i, parts[k][0], parts[k][1])) {
            return true;
        }
    }
    return false;
}

/* A member's content, kept: several signatures may be over it. Absent: a finding says why. */
static int content(struct reader *r, size_t i, struct span *out)
{
    if (!r->contents[i].p && container_read(r->c, i, r->a, r->out->document, &r->contents[i])) {
        return -1;
    }
    *out = r->contents[i];
    return 0;
}

/* ---- signatures ------------------------------------------------------------------------------ */

static int cover(struct reader *r, size_t member, size_t signature)
{
    struct asic *s = r->asic;
    if (arena_grow(r->a, (void **)&s->covers, &s->capacity, s->count + 1, sizeof *s->covers)) {
        return -1;
    }
    s->covers[s->count++] = (struct asic_cover){member, signature};
    return 0;
}

/* How many of the files this signature is over, in words. */
static int set_coverage(struct reader *r, struct extracted *e, size_t signature)
{
    size_t n = 0, all = 0;
    bool *seen = arena_array(r->a, r->c->count, sizeof *seen);
    for (size_t i = 0; i < r->c->count; i++) {
        all += !r->asic->is_part[i];
    }
    for (size_t i = 0; seen && i < r->asic->count; i++) {
        const struct asic_cover *v = &r->asic->covers[i];
        if (v->signature == signature && !r->asic->is_part[v->member] && !seen[v->member]) {
            seen[v->member] = true;
            n++;
        }
    }
    e->covers_whole_document = n == all && n > 0;
    if (e->covers_whole_document) {
        e->coverage = arena_printf(r->a, "All files of the container are signed (%zu).", n);
        e->coverage_hi = arena_printf(r->a, "कंटेनर की सभी फ़ाइलें हस्ताक्षरित हैं (%zu)।", n);
    } else {
        e->coverage =
            arena_printf(r->a, "%zu of the %zu files of the container are signed.", n, all);
        e->coverage_hi = arena_printf(r->a, "कंटेनर की %zu में से %zu फ़ाइलें हस्ताक्षरित हैं।", all, n);
    }
    return seen && e->coverage && e->coverage_hi ? 0 : -1;
}

/* A signature or token in a member of its own, over these octets. */
static int add_detached(struct reader *r, size_t file, struct span octets, struct extracted **out)
{
    struct extraction *x = r->out;
    struct extracted *e = *out = &x->signatures[x->count];
    bool token = named(r, file, "", ".tst");
    r->used[file] = true;
    r->asic->files[x->count++] = file;
    *e = (struct extracted){.kind = token ? SP_KIND_TST : SP_KIND_CADES,
                            .blob_kind = token ? BLOB_TST : BLOB_CMS,
                            .cades_required = !token,
                            .content = octets,
                            .claimed_time = UTC_NONE};
    findings_init(&e->findings);
    return content(r, file, &e->blob);
}

static void about(struct reader *r, struct extracted *e, enum sp_reason reason, const char *a0,
                  const char *a1)
{
    finding_add(r->a, &e->findings, reason, "signature", a0, a1, NULL);
}

/* ---- manifests (A.4) ------------------------------------------------------------------------- */

/* Files with a name of their own that nothing here judges: by their root element, or an evidence
 * record in DER. Anything else is a file that only has the name. */
static int check_name(struct reader *r, size_t file)
{
    static const struct {
        const char *start, *end, *ns, *root;
    } kinds[] = {
        {"META-INF/manifest", ".xml", "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0",
         "manifest"},
        {"META-INF/container", ".xml", "urn:oasis:names:tc:opendocument:xmlns:container",
         "container"},
        {"META-INF/evidencerecord", ".xml", "urn:ietf:params:xml:ns:ers", "EvidenceRecord"},
        {"META-INF/ASiCEvidenceRecordManifest", ".xml", ns_asic, "ASiCManifest"}};
    struct span octets = SPAN_NONE;
    struct xml_doc *doc = NULL;
    enum xml_answer answer;
    const char *why;
    for (size_t i = 0; r->asic->is_part[file] && i < sizeof kinds / sizeof *kinds; i++) {
        if (!named(r, file, kinds[i].start, kinds[i].end)) {
            continue;
        }
        if (content(r, file, &octets) ||
            (octets.p && xml_parse(r->a, octets, &doc, &answer, &why))) {
            return -1;
        }
        r->asic->is_part[file] = doc && xml_is(doc->root, kinds[i].ns, kinds[i].root);
    }
    if (r->asic->is_part[file] && named(r, file, "META-INF/evidencerecord", ".ers")) {
        if (content(r, file, &octets)) {
            return -1;
        }
        r->asic->is_part[file] = octets.p && detect_format(octets) == DOCUMENT_ERS;
    }
    return 0;
}

static enum oid digest_named(const char *uri)
{
    static const struct {
        const char *uri;
        enum oid digest;
    } names[] = {{"http://www.w3.org/2001/04/xmlenc#sha256", OID_SHA256},
                 {"http://www.w3.org/2001/04/xmldsig-more#sha384", OID_SHA384},
                 {"http://www.w3.org/2001/04/xmlenc#sha512", OID_SHA512},
                 {"http://www.w3.org/2007/05/xmldsig-more#sha3-256", OID_SHA3_256},
                 {"http://www.w3.org/2007/05/xmldsig-more#sha3-384", OID_SHA3_384},
                 {"http://www.w3.org/2007/05/xmldsig-more#sha3-512", OID_SHA3_512}};
    for (size_t i = 0; uri && i < sizeof names / sizeof *names; i++) {
        if (strcmp(uri, names[i].uri) == 0) {
            return names[i].digest;
        }
    }
    return OID_UNKNOWN;
}

/* The member's digest is the one given. Its octets are not kept. */
static int compare(struct reader *r, size_t member, enum oid alg, struct span value, bool *same)
{
    uint8_t digest[DIGEST_MAX];
    struct span octets = r->contents[member];
    struct arena *box = octets.p ? NULL : arena_new(BOX_MEMORY);
    int rc = 0;
    *same = false;
    if (!octets.p) {
        rc = box ? container_read(r->c, member, box, r->out->document, &octets) : -1;
    }
    if (rc == 0 && octets.p) {
        rc = algorithm_digest(alg, octets, digest);
        *same = rc == 0 && span_eq(value, span_make(digest, algorithm_digest_size(alg)));
    }
    arena_free(box);
    return rc;
}

static int read_reference(struct reader *r, const xmlNode *node, struct extracted *e,
                          size_t signature)
{
    const char *uri = xml_attr(node, "URI");
    const xmlNode *method = xml_child(node, ns_ds, "DigestMethod");
    const xmlNode *value = xml_child(node, ns_ds, "DigestValue");
    enum oid alg = method ? digest_named(xml_attr(method, "Algorithm")) : OID_UNKNOWN;
    struct span digest = SPAN_NONE;
    bool same;
    if (!uri || !value || alg == OID_UNKNOWN || !algorithm_md(alg)) {
        about(r, e, SP_ASIC_MANIFEST, uri ? uri : "?",
              "a reference without a digest of SHA-256 or better");
        return 0;
    }
    size_t member = asic_member(r->c, uri);
    if (member == SIZE_MAX) {
        about(r, e, SP_ASIC_REFERENCE_MISSING, uri, NULL);
        return 0;
    }
    if (xml_base64(r->a, value, &digest) || compare(r, member, alg, digest, &same)) {
        return -1;
    }
    if (!same) {
        about(r, e, SP_ASIC_REFERENCE_MISMATCH, name_of(r, member), NULL);
        return 0;
    }
    return cover(r, member, signature);
}

/* One manifest: the signature it names is over the manifest, and through it over the files. */
static int read_manifest(struct reader *r, size_t file)
{
    struct xml_doc *doc;
    enum xml_answer answer;
    const char *why = "?";
    struct span octets;
    struct extracted *e;
    if (content(r, file, &octets) || (octets.p && xml_parse(r->a, octets, &doc, &answer, &why))) {
        return -1;
    }
    if (!octets.p) {
        return 0;
    }
    if (answer != XML_READ || !xml_is(doc->root, ns_asic, "ASiCManifest")) {
        say(r, SP_ASIC_MANIFEST, name_of(r, file), answer == XML_READ ? "no ASiCManifest" : why);
        return 0;
    }
    const xmlNode *reference = xml_child(doc->root, ns_asic, "SigReference");
    const char *uri = reference ? xml_attr(reference, "URI") : NULL;
    size_t member = uri ? asic_member(r->c, uri) : SIZE_MAX;
    if (member == SIZE_MAX || r->used[member] || !is_part(r, member) ||
        xml_next_named(reference, ns_asic, "SigReference")) {
        say(r, SP_ASIC_MANIFEST, name_of(r, file), "it names no signature of its own");
        return 0;
    }
    size_t signature = r->out->count;
    if (add_detached(r, member, octets, &e)) {
        return -1;
    }
    size_t n = 0;
    for (const xmlNode *d = xml_child(doc->root, ns_asic, "DataObjectReference"); d;
         d = xml_next_named(d, ns_asic, "DataObjectReference"), n++) {
        if (read_reference(r, d, e, signature)) {
            return -1;
        }
    }
    if (n == 0) {
        about(r, e, SP_ASIC_MANIFEST, name_of(r, file), "it names no file");
    }
    return 0;
}

/* ---- XAdES ----------------------------------------------------------------------------------- */

static int resolve(void *ctx, const char *uri, struct span *out)
{
    struct reader *r = ctx;
    size_t member = asic_member(r->c, uri);
    *out = SPAN_NONE;
    return member == SIZE_MAX || r->c->members[member].directory ? 0 : content(r, member, out);
}

void asic_take_findings(struct sp_findings *list)
{
    struct sp_finding **end = &list->first;
    list->count = 0;
    while (*end) {
        if ((*end)->reason == SP_XML_PARTIAL) {
            *end = (*end)->next;
            continue;
        }
        end = &(*end)->next;
        list->count++;
    }
    list->end = end;
}

int asic_only_signatures(struct arena *a, struct span octets, const struct extraction *x,
                         bool *only)
{
    struct xml_doc *doc = NULL;
    enum xml_answer answer;
    const char *why;
    if (xml_parse(a, octets, &doc, &answer, &why)) {
        return -1;
    }
    *only = doc != NULL;
    for (const xmlNode *n = doc ? doc->tree->children : NULL; n; n = n->next) {
        *only = *only && n->type != XML_PI_NODE; /* it may name a style sheet */
    }
    for (size_t i = 0; i < x->count; i++) {
        *only = *only && xmldsig_is_pure(x->signatures[i].xml);
    }
    if (!doc || xml_is(doc->root, ns_ds, "Signature")) {
        return 0;
    }
    for (const xmlNode *n = doc->root->children; n; n = n->next) {
        bool nothing = n->type == XML_COMMENT_NODE || xmlIsBlankNode(n) == 1;
        *only = *only && (nothing || xml_is(n, ns_ds, "Signature"));
    }
    return 0;
}

static int read_xades(struct reader *r, size_t file)
{
    struct extraction x = {.document = r->out->document};
    struct span octets;
    if (content(r, file, &octets)) {
        return -1;
    }
    if (!octets.p) {
        return 0;
    }
    if (xmldsig_extract(r->a, octets, resolve, r, &x)) {
        return -1;
    }
    if (x.count > XMLDSIG_MAX - r->xades) { /* the other places are for the members' own */
        say(r, SP_ENGINE_LIMIT, "signatures in a container", NULL);
        return 0;
    }
    r->xades += x.count;
    bool only;
    if (asic_only_signatures(r->a, octets, &x, &only)) {
        return -1;
    }
    r->asic->is_part[file] = x.count > 0 && only; /* or it only has the name of one */
    for (size_t i = 0; i < x.count; i++) {
        size_t signature = r->out->count;
        struct extracted *e = &r->out->signatures[r->out->count++];
        *e = x.signatures[i];
        asic_take_findings(&e->findings);
        r->asic->files[signature] = file;
        const char *uri;
        for (size_t k = 0; e->xml && (uri = xmldsig_outside(e->xml, k)) != NULL; k++) {
            size_t member = *uri ? asic_member(r->c, uri) : SIZE_MAX;
            if (member != SIZE_MAX && cover(r, member, signature)) {
                return -1;
            }
            if (*uri && member == SIZE_MAX) {
                about(r, e, SP_ASIC_REFERENCE_MISSING, uri, NULL);
            }
        }
    }
    return 0;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void check_mimetype(struct reader *r)
{
    struct span wanted = r->kind == CONTAINER_ASIC_E ? SPAN_LIT("application/vnd.etsi.asic-e+zip")
                                                     : SPAN_LIT("application/vnd.etsi.asic-s+zip");
    size_t i = container_find(r->c, SPAN_LIT("mimetype"));
    struct span type = i == SIZE_MAX ? SPAN_NONE : container_stored(r->c, i);
    if (i == SIZE_MAX) {
        say(r, SP_ASIC_MIMETYPE, "it is missing", NULL);
    } else if (!type.p) {
        say(r, SP_ASIC_MIMETYPE, "it is compressed", NULL);
    } else if (!span_eq(type, wanted)) {
        say(r, SP_ASIC_MIMETYPE_WRONG, finding_clean_text(r->a, span_sub(type, 0, 100)), NULL);
    } else if (r->c->members[i].header != 0) {
        say(r, SP_ASIC_MIMETYPE, "it is not the first file", NULL);
    }
}

/* ASiC-S: one file, one signature directly over it. */
static int read_simple(struct reader *r, size_t file)
{
    struct extracted *e;
    struct span octets;
    size_t signature = r->out->count;
    if (r->data_count != 1) {
        return 0;
    }
    return content(r, r->data, &octets) || add_detached(r, file, octets, &e) ||
                   cover(r, r->data, signature)
               ? -1
               : 0;
}

static int read_signatures(struct reader *r)
{
    bool simple = r->kind == CONTAINER_ASIC_S;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < r->c->count; i++) {
        if (named(r, i, "META-INF/ASiCManifest", ".xml") ||
            named(r, i, "META-INF/ASiCArchiveManifest", ".xml")) {
            rc = read_manifest(r, i);
        } else if (named(r, i, "META-INF/ASiCEvidenceRecordManifest", ".xml")) {
            say(r, SP_ASIC_EVIDENCE_RECORD, name_of(r, i), NULL);
        } else if (named(r, i, "META-INF/signatures", ".xml")) {
            rc = read_xades(r, i);
        }
    }
    for (size_t i = 0; rc == 0 && i < r->c->count; i++) {
        bool loose =
            !r->used[i] && (named(r, i, "META-INF/", ".p7s") || named(r, i, "META-INF/", ".tst"));
        bool own =
            named(r, i, "META-INF/signature.p7s", "") || named(r, i, "META-INF/timestamp.tst", "");
        if (loose && simple && own) {
            rc = read_simple(r, i);
        } else if (loose) {
            say(r, SP_ASIC_STRAY, name_of(r, i), NULL);
        }
    }
    for (size_t i = 0; rc == 0 && i < r->out->count; i++) {
        rc = set_coverage(r, &r->out->signatures[i], i);
    }
    return rc;
}

int asic_extract(struct arena *a, struct container *c, enum container_kind kind,
                 struct extraction *out, struct asic **result)
{
    struct asic *s = *result = arena_alloc(a, sizeof *s);
    struct reader *r = arena_alloc(a, sizeof *r); /* resolve needs it later */
    size_t most = c->count + XMLDSIG_MAX;
    if (!s || !r) {
        return -1;
    }
    *r = (struct reader){.a = a, .c = c, .kind = kind, .out = out, .asic = s, .data = SIZE_MAX};
    r->contents = arena_array(a, c->count, sizeof *r->contents);
    r->used = arena_array(a, c->count, sizeof *r->used);
    out->signatures = arena_array(a, most, sizeof *out->signatures);
    out->format = kind == CONTAINER_ASIC_S ? "ASiC-S" : "ASiC-E";
    if (!r->contents || !r->used || !out->signatures) {
        return -1;
    }
    s->files = arena_array(a, most, sizeof *s->files);
    s->is_part = arena_array(a, c->count, sizeof *s->is_part);
    if (!s->files || !s->is_part) {
        return -1;
    }
    for (size_t i = 0; i < c->count; i++) {
        s->is_part[i] = is_part(r, i);
        if (check_name(r, i)) {
            return -1;
        }
        if (!s->is_part[i]) {
            r->data = i;
            r->data_count++;
        }
    }
    check_mimetype(r);
    if (kind == CONTAINER_ASIC_S && r->data_count != 1) {
        say(r, SP_ASIC_STRUCTURE, "ASiC-S is for exactly one file", NULL);
    }
    return read_signatures(r);
}
