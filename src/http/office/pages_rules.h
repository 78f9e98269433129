/*
 * pages_rules - the rules of the scheme about one application, as application.check answers them.
 */
#ifndef HTTP_OFFICE_PAGES_RULES_H
#define HTTP_OFFICE_PAGES_RULES_H

#include "http/office/pages_parts.h"

/* The rows of an answer of application.check. */
const json_t *rules_rows(const json_t *answer);

/* How many stand in the way: failed or open, and the rule blocks. */
size_t rules_blocking(const json_t *rows);

/* Those that stand in the way, shortly: why, the paragraph, what to do next. */
void rules_blocking_list(struct view *v, const json_t *rows);

/* One whole page: every rule, the worst first. */
int page_rules(struct view *v) WARN_UNUSED;

#endif
