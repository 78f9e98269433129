/*
 * esign - see esign.h. CCA eSign API Specifications 2.1 and 3.x: EsignResp, DocSignature.
 *
 * Each DocSignature is a detached PKCS#7 of one document; the response names no digests, so of
 * several the one whose message-digest fits is of the document given. What it does not do: judge
 * the response's own signature (xmldsig does), or follow its addresses.
 */
#include "format/esign.h"

#include "asn1/algorithm.h"
#include "asn1/der.h"
#include "base/utc.h"
#include "format/cms.h"
#include "xml/xml.h"

enum { MAX_DOCUMENTS = 64 };

bool esign_likely(struct span file)
{
    return span_find(file, SPAN_LIT("EsignResp"), 0) != SIZE_MAX;
}

static bool named(const xmlNode *node, const char *name)
{
    return strcmp((const char *)node->name, name) == 0;
}

static const char *word(struct arena *a, const char *text)
{
    const char *s = text && *text ? finding_clean_text(a, span_str(text)) : NULL;
    return s ? s : "-";
}

/* A copy with room for more; findings lists are told that they moved. */
static int make_room(struct arena *a, struct extraction *out, size_t more)
{
    struct extracted *list = arena_array(a, out->count + more, sizeof *list);
    if (!list) {
        return -1;
    }
    for (size_t i = 0; i < out->count; i++) {
        list[i] = out->signatures[i];
        if (!list[i].findings.first) {
            list[i].findings.end = &list[i].findings.first;
        }
    }
    out->signatures = list;
    return 0;
}

static int add_certificate(struct arena *a, const xmlNode *node, struct extraction *out)
{
    struct span der;
    struct extracted_evidence *list = arena_array(a, out->evidence_count + 1, sizeof *list);
    if (!list || xml_base64(a, node, &der)) {
        return -1;
    }
    for (size_t i = 0; i < out->evidence_count; i++) {
        list[i] = out->evidence[i];
    }
    if (der.p) {
        list[out->evidence_count++] = (struct extracted_evidence){SP_EVIDENCE_CERT, der, 0};
        out->evidence = list;
    }
    return 0;
}

static int add_signature(struct arena *a, const xmlNode *node, struct extraction *out)
{
    struct span blob;
    const char *id = word(a, xml_attr(node, "id"));
    const char *error = xml_attr(node, "error");
    if (xml_base64(a, node, &blob)) {
        return -1;
    }
    if (error && *error) {
        finding_add(a, out->document, SP_ESIGN_FAILED, "document", id, word(a, error), NULL);
    }
    if (!blob.p || blob.n == 0) {
        finding_add(a, out->document, SP_ESIGN_NO_SIGNATURE, "document", id, NULL);
        return 0;
    }
    struct extracted *s = &out->signatures[out->count++];
    *s = (struct extracted){
        .kind = SP_KIND_CMS, .blob_kind = BLOB_CMS, .blob = blob, .claimed_time = UTC_NONE};
    findings_init(&s->findings);
    return 0;
}

/* The message-digest of its first signer is that of the content. */
static int fits(struct arena *a, struct span blob, struct span content, bool *out)
{
    struct cms *cms;
    const char *why;
    uint8_t digest[DIGEST_MAX];
    struct der value;
    size_t count;
    *out = false;
    if (cms_parse(a, blob, &cms, &why)) {
        return -1;
    }
    if (!cms || cms->signer_count == 0 || !algorithm_md(cms->signers[0].digest)) {
        return 0;
    }
    const struct cms_signer *s = &cms->signers[0];
    const struct cms_attr *at = cms_attr(&s->signed_attrs, OID_ATTR_MESSAGE_DIGEST, &count);
    struct span values = at ? at->values : SPAN_NONE;
    if (!at || !der_expect(&values, DER_OCTET_STRING, &value)) {
        return 0;
    }
    if (algorithm_digest(s->digest, content, digest)) {
        return -1;
    }
    *out = span_eq(value.body, span_make(digest, algorithm_digest_size(s->digest)));
    return 0;
}

/* Of several signatures only those of the document given are asked about it. */
static int choose(struct arena *a, struct span content, struct extraction *out, size_t first)
{
    bool fitting[MAX_DOCUMENTS] = {false}, any = false;
    if (!content.p || out->count - first < 2) {
        return 0;
    }
    for (size_t i = first; i < out->count; i++) {
        if (fits(a, out->signatures[i].blob, content, &fitting[i - first])) {
            return -1;
        }
        any = any || fitting[i - first];
    }
    for (size_t i = first; any && i < out->count; i++) {
        out->signatures[i].other_content = !fitting[i - first];
    }
    return 0;
}

int esign_extract(struct arena *a, struct span file, struct span content, struct extraction *out)
{
    struct xml_doc *doc = NULL;
    enum xml_answer answer;
    const char *why;
    size_t found = 0, first = out->count;
    if (xml_parse(a, file, &doc, &answer, &why)) {
        return -1;
    }
    if (answer != XML_READ || !named(doc->root, "EsignResp")) {
        return 0;
    }
    out->format = "ESIGN";
    const char *status = xml_attr(doc->root, "status");
    if (status && strcmp(status, "1") != 0) {
        finding_add(a, out->document, SP_ESIGN_FAILED, "document",
                    word(a, xml_attr(doc->root, "errCode")), word(a, xml_attr(doc->root, "errMsg")),
                    NULL);
    }
    if (make_room(a, out, MAX_DOCUMENTS)) {
        return -1;
    }
    for (xmlNode *n = xml_walk(doc->root, doc->root); n; n = xml_walk(doc->root, n)) {
        int rc = 0;
        if (n->type != XML_ELEMENT_NODE) {
            continue;
        }
        if (named(n, "DocSignature")) {
            if (++found > MAX_DOCUMENTS) {
                finding_add(a, out->document, SP_ENGINE_LIMIT, "document", "DocSignature", NULL);
                break;
            }
            rc = add_signature(a, n, out);
        } else if (named(n, "UserX509Certificate")) {
            rc = add_certificate(a, n, out);
        }
        if (rc) {
            return -1;
        }
    }
    if (found == 0) {
        finding_add(a, out->document, SP_ESIGN_NO_SIGNATURE, "document", "-", NULL);
    }
    for (size_t i = 0; found && i < first; i++) {
        out->signatures[i].other_content = true; /* the service's, over its response */
        out->signatures[i].seal = true;
    }
    return choose(a, content, out, first);
}
