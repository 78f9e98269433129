/*
 * pages_foreign - parts of the pages about foreign certificates.
 */
#ifndef HTTP_OFFICE_PAGES_FOREIGN_H
#define HTTP_OFFICE_PAGES_FOREIGN_H

#include "http/office/pages_parts.h"

/* The state of a case as a badge; its working days left as a badge, or a dash. */
void foreign_badge(struct view *v, const json_t *row);
void foreign_days(struct view *v, const json_t *row);

/* Cases of one application. */
void foreign_table(struct view *v, const json_t *items);

/* What officers decided, with the forms of the second one; what was found; nothing for vendors. */
void foreign_decisions(struct view *v, const json_t *row);
void foreign_evidence_parts(struct view *v, const json_t *row);

#endif
