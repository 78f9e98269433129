/*
 * pages_list - a list as a whole: as a file (CSV), and in the order of any column.
 *
 * Where the operation that lists has an order of its own ("sort" among its parameters) it knows all
 * rows and is better; the others - firms, laboratories, people, what waits - are short enough to be
 * read and sorted here. The address says how: ?sort=name, ?sort=-name, ?format=csv.
 */
#ifndef HTTP_OFFICE_PAGES_LIST_H
#define HTTP_OFFICE_PAGES_LIST_H

#include "http/office/pages_table.h"

enum { LIST_SORTED_MAX = 5000 }; /* rows that are read to be sorted */

/* Makes of a list's rows what its columns show. */
typedef void (*list_ready)(struct view *v, json_t *items);

/* {"items", "next"} of the page of the list that the address asks for: rows of them, for table_rows
 * and table_pages. in: the filters, taken over (table_query); ready: may be NULL. */
const json_t *list_rows(struct view *v, const struct table *t, json_t *in, int64_t rows,
                        list_ready ready);

/* The address asks for a file: the whole list is written (in taken over), and v->csv set. False: it
 * does not, and nothing was taken over. */
bool list_file(struct view *v, const struct table *t, json_t *in, list_ready ready);

/* The address asks for a file. */
bool list_wants_file(const struct view *v);

#endif
