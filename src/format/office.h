/*
 * office - signed OpenDocument and Office Open XML files.
 *
 * OpenDocument 1.3 part 2 clause 4 (META-INF/documentsignatures.xml); ISO/IEC 29500-2 clause 12 and
 * [MS-OFFCRYPTO] 2.5 (_xmlsignatures). A signature names each part with its digest; here it is
 * found out which parts, and which relationships between them, no signature names. What is not done
 * here: checking of the signatures; signatures over macros alone.
 */
#ifndef FORMAT_OFFICE_H
#define FORMAT_OFFICE_H

#include "format/asic.h"

/* The container is sound and of kind CONTAINER_ODF or CONTAINER_OOXML. *result is NULL when there
 * is no signature in it. c and a live as long as *result. Returns 0 or -1 (memory). */
int office_extract(struct arena *a, struct container *c, enum container_kind kind,
                   struct extraction *out, struct asic **result) WARN_UNUSED;

#endif
