/*
 * office_body - the body of a request about records as it arrives: JSON and forms into memory, a
 * document to the disk.
 */
#ifndef HTTP_OFFICE_OFFICE_BODY_H
#define HTTP_OFFICE_OFFICE_BODY_H

#include "http/office/office_request.h"

enum op_problem office_disk_problem(enum disk_result d);

/* A multipart form is coming. 0 (r->multipart NULL: its boundary is not usable) or -1: memory. */
int office_body_form(struct office_request *r, const char *type) WARN_UNUSED;

/* The next bytes; together all requests hold at most so many in memory. */
enum op_problem office_body_take(struct office_request *r, struct span bytes, size_t all);

/* One word of a query or form: text that is no UTF-8 becomes what no parameter takes; a name that
 * comes twice is noted in r->errors. Returns 0 or -1: memory. */
int office_body_word(json_t *words, struct span name, struct span text,
                     struct office_request *r) WARN_UNUSED;

/* All words of a query or an urlencoded form. 0 or -1: memory. */
int office_body_words(struct office_request *r, json_t *words, struct span text) WARN_UNUSED;

/* In a thread, once the body is whole: fields of a form are read, the document gets its name. */
enum op_problem office_body_finish(struct office_request *r);

/* The body's JSON object; NULL with r->problem set. To be freed. */
json_t *office_body_json(struct office_request *r);

#endif
