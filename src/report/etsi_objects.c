/*
 * etsi_objects - the validation objects of the ETSI report: certificates, CRLs, OCSP answers and
 * time-stamps, each once, named by the SHA-256 of its bytes (TS 119 102-2 4.4).
 *
 * The report keeps no copies, so an object is represented by its digest. What it does not do: tell
 * which of them came from the document; the JSON report does.
 */
#include <stdlib.h>

#include "report/etsi.h"

static const struct {
    const char *prefix, *type;
} kinds[] = {
    [ETSI_CERTIFICATE] = {"C", "urn:etsi:019102:validationObject:certificate"},
    [ETSI_CRL] = {"R", "urn:etsi:019102:validationObject:CRL"},
    [ETSI_OCSP] = {"O", "urn:etsi:019102:validationObject:OCSPResponse"},
    [ETSI_TIMESTAMP] = {"T", "urn:etsi:019102:validationObject:timestamp"},
};

enum etsi_type etsi_revocation_type(const struct sp_revocation *r)
{
    return r->source && strncmp(r->source, "ocsp", 4) == 0 ? ETSI_OCSP : ETSI_CRL;
}

/* Returns 0 or -1; what has no usable hash is left out. */
static int add(struct etsi *e, const struct etsi_object *object)
{
    if (!xmlout_has_sha256(object->sha256)) {
        return 0;
    }
    if (arena_grow(e->a, (void **)&e->objects, &e->capacity, e->count + 1, sizeof *e->objects)) {
        return -1;
    }
    e->objects[e->count++] = *object;
    return 0;
}

static int add_signature(struct etsi *e, size_t index)
{
    const struct sp_signature *s = e->r->signatures[index];
    struct etsi_object o = {.signature = index};
    int rc = 0;
    for (size_t i = 0; i < s->chain_count + (s->signer ? 1 : 0); i++) {
        o.certificate = i < s->chain_count ? &s->chain[i] : s->signer;
        o.type = ETSI_CERTIFICATE;
        o.sha256 = o.certificate->sha256;
        rc |= add(e, &o);
    }
    o.certificate = NULL;
    for (size_t i = 0; i < s->revocation_count; i++) {
        o.type = etsi_revocation_type(&s->revocation[i]);
        o.sha256 = s->revocation[i].sha256;
        rc |= add(e, &o);
    }
    for (size_t i = 0; i < s->timestamp_count; i++) {
        o.type = ETSI_TIMESTAMP;
        o.timestamp = &s->timestamps[i];
        o.sha256 = o.timestamp->sha256;
        rc |= add(e, &o);
    }
    return rc;
}

static int by_name(const void *a, const void *b)
{
    const struct etsi_object *x = a, *y = b;
    int by_type = (x->type > y->type) - (x->type < y->type);
    int by_hash = by_type ? by_type : strcmp(x->sha256, y->sha256);
    return by_hash ? by_hash : (x->signature > y->signature) - (x->signature < y->signature);
}

int etsi_collect(struct etsi *e)
{
    for (size_t i = 0; i < e->r->signature_count; i++) {
        if (add_signature(e, i)) {
            return -1;
        }
    }
    if (e->count == 0) {
        return 0;
    }
    qsort(e->objects, e->count, sizeof *e->objects, by_name);
    size_t kept = 1;
    for (size_t i = 1; i < e->count; i++) {
        const struct etsi_object *last = &e->objects[kept - 1];
        if (e->objects[i].type != last->type || strcmp(e->objects[i].sha256, last->sha256) != 0) {
            e->objects[kept++] = e->objects[i];
        }
    }
    e->count = kept;
    return 0;
}

/* Where it stands in the sorted list; the count when it is not there. */
static size_t find(const struct etsi *e, enum etsi_type type, const char *sha256)
{
    size_t low = 0, high = e->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct etsi_object *o = &e->objects[middle];
        int order =
            o->type != type ? (o->type > type) - (o->type < type) : strcmp(o->sha256, sha256);
        if (order == 0) {
            return middle;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return e->count;
}

void etsi_refer(struct etsi *e, enum etsi_type type, const char *sha256)
{
    xmlout_element(&e->x, " VOReference=\"", kinds[type].prefix, "");
    xmlout_number(&e->x, find(e, type, sha256));
    xmlout_raw(&e->x, "\"");
}

void etsi_refer_signature(struct etsi *e, size_t index)
{
    xmlout_raw(&e->x, " VOReference=\"S");
    xmlout_number(&e->x, index);
    xmlout_raw(&e->x, "\"");
}

void etsi_subindication(struct etsi *e, const char *word)
{
    if (word) {
        xmlout_element(&e->x, "<SubIndication>urn:etsi:019102:subindication:", word,
                       "</SubIndication>\n");
    }
}

void etsi_digest(struct etsi *e, const char *sha256)
{
    xmlout_raw(&e->x, "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>"
                      "<ds:DigestValue>");
    xmlout_sha256(&e->x, sha256);
    xmlout_raw(&e->x, "</ds:DigestValue>");
}

/* What a time-stamp proves, and what was found when it was checked itself. */
static void timestamp(struct etsi *e, const struct etsi_object *o)
{
    static const char *const status[] = {"passed", "indeterminate", "failed"};
    const struct sp_timestamp *t = o->timestamp;
    if (t->indication == SP_TOTAL_PASSED && xmlout_has_time(t->time)) {
        xmlout_raw(&e->x, "<POEProvisioning><POETime>");
        xmlout_time(&e->x, t->time);
        xmlout_raw(&e->x, "</POETime><SignatureReference><OtherInformation>"
                          "<sp:Signature>");
        xmlout_element(&e->x, "", e->r->signatures[o->signature]->id, "</sp:Signature>");
        xmlout_raw(&e->x, "</OtherInformation></SignatureReference></POEProvisioning>\n");
    }
    xmlout_element(&e->x,
                   "<ValidationReport>\n<SignatureValidationStatus>"
                   "<MainIndication>urn:etsi:019102:mainindication:",
                   status[t->indication], "</MainIndication>");
    etsi_subindication(e, t->subindication);
    xmlout_raw(&e->x, "</SignatureValidationStatus>\n");
    if (t->authority) {
        xmlout_element(&e->x, "<OtherInformation><sp:Authority>", t->authority,
                       "</sp:Authority></OtherInformation>\n");
    }
    xmlout_raw(&e->x, "</ValidationReport>\n");
}

static void object(struct etsi *e, size_t index)
{
    const struct etsi_object *o = &e->objects[index];
    xmlout_element(&e->x, "<ValidationObject id=\"", kinds[o->type].prefix, "");
    xmlout_number(&e->x, index);
    xmlout_raw(&e->x, "\">\n");
    xmlout_element(&e->x, "<ObjectType>", kinds[o->type].type, "</ObjectType>\n");
    xmlout_raw(&e->x, "<ValidationObjectRepresentation><DigestAlgAndValue>");
    etsi_digest(e, o->sha256);
    xmlout_raw(&e->x, "</DigestAlgAndValue></ValidationObjectRepresentation>\n");
    if (o->timestamp) {
        timestamp(e, o);
    }
    xmlout_raw(&e->x, "</ValidationObject>\n");
}

void etsi_objects(struct etsi *e)
{
    if (e->count == 0) {
        return;
    }
    xmlout_raw(&e->x, "<SignatureValidationObjects>\n");
    for (size_t i = 0; i < e->count; i++) {
        object(e, i);
    }
    xmlout_raw(&e->x, "</SignatureValidationObjects>\n");
}
