/*
 * accept - how much a client wants something, by a header like Accept (RFC 9110 12.4.2, 12.5).
 */
#ifndef HTTP_ACCEPT_H
#define HTTP_ACCEPT_H

#include <stdbool.h>

/* The weight, 0 to 1000, of the members of the list that name is; case does not matter. With
 * part, what follows "-" in a member does not count ("en" is also "en-IN"). NULL: 0. */
int accept_weight(const char *header, const char *name, bool part);

/* XML is wanted more than JSON, which is what a client gets that does not say. */
bool accept_wants_xml(const char *header);

#endif
