/*
 * asic - Associated Signature Containers, EN 319 162-1: ASiC-S and ASiC-E, with CAdES, XAdES and
 * time-stamp tokens; and which kind of container a ZIP file is at all.
 *
 * asic_extract finds the signatures under META-INF and says which files each is over: a CAdES
 * signature is over a manifest that names files with their digests, which are compared here. What
 * it does not do: check a signature, or decide what an unsigned file means (verify/parts.c does).
 */
#ifndef FORMAT_ASIC_H
#define FORMAT_ASIC_H

#include "format/container.h"
#include "format/extract.h"

enum container_kind {
    CONTAINER_PLAIN, /* a construction file: its members are documents of their own */
    CONTAINER_ASIC_S,
    CONTAINER_ASIC_E,
    CONTAINER_ODF,
    CONTAINER_OOXML
};

/* By its content: the mimetype member, [Content_Types].xml, what lies under META-INF. */
enum container_kind container_kind(const struct container *c);

/* Signature `signature` (index in the extraction) is over this member. */
struct asic_cover {
    size_t member, signature;
};

struct asic {
    struct asic_cover *covers;
    size_t count, capacity;
    size_t *files; /* by signature: the member that holds it */
    bool *is_part; /* by member: of the container's structure, not a file somebody wants signed */
};

/* The container is sound. c and a live as long as *result. Returns 0 or -1 (memory). */
int asic_extract(struct arena *a, struct container *c, enum container_kind kind,
                 struct extraction *out, struct asic **result) WARN_UNUSED;

/* The member a URI inside the container stands for (percent-encoded, from the top), or SIZE_MAX. */
size_t asic_member(const struct container *c, const char *uri);

/* The XML file holds signatures, those of x, and nothing that a person could read beside them or in
 * them. 0 or -1. */
int asic_only_signatures(struct arena *a, struct span octets, const struct extraction *x,
                         bool *only) WARN_UNUSED;

/* Puts the findings of an XML signature that was copied in order (a list keeps a pointer into
 * itself), without the one that the file around the signatures is not signed: in a container that
 * file holds nothing else. Also for office.c. */
void asic_take_findings(struct sp_findings *list);

#endif
