/*
 * pages_table - a list as a table: filters, headers that sort, pages, CSV.
 *
 * Which filters and which sorting there are comes from the parameters of the operation that lists
 * (office/op.h): every parameter of its query is a field, "sort" makes headers links. Everything is
 * an ordinary address, so that a list can be kept as a bookmark. On a phone each row becomes a
 * card.
 */
#ifndef HTTP_OFFICE_PAGES_TABLE_H
#define HTTP_OFFICE_PAGES_TABLE_H

#include "http/office/pages_parts.h"

struct table {
    const char *op;             /* lists the rows; NULL: no filters, sorting, pages */
    enum office_word caption;   /* for screen readers */
    enum office_word empty;     /* said when there is no row */
    const char *const *columns; /* the first one is the row's name; ends with NULL */
    /* Writes the address of a row; NULL: rows lead nowhere. */
    void (*address)(struct view *v, const json_t *row);
    /* Writes a cell in another way than part_value; false: it did not. May be NULL. */
    bool (*cell)(struct view *v, const json_t *row, const char *column);
    /* One more cell at the end, with its heading; NULL: none. */
    void (*actions)(struct view *v, const json_t *row);
    enum office_word actions_head;
    const char *const *csv; /* columns of the file; NULL: those that are shown */
    bool sorts;             /* by any column that is shown (pages_list.h) */
};

/* The column that the address asks for as the order of a table that sorts, "name" or "-name"
 * (down); NULL: none. */
const char *table_sorted_by(const struct view *v, const struct table *t, bool *down);

void table_rows(struct view *v, const struct table *t, const json_t *items);

/* The form of the filters, filled with what is in the address; fields: choices of numbers, as
 * form_choices gives them, or NULL. */
void table_filters(struct view *v, const char *op);

/* "Next page", "From the beginning", "Save as CSV". answer: {"items", "next"}. */
void table_pages(struct view *v, const json_t *answer, bool csv);

/* The parameters of the address as the operation wants them; what is not one of it, or not as it
 * must be, is left out. NULL: memory. */
json_t *table_query(const struct view *v, const char *op);

/* The rows as CSV (RFC 4180, UTF-8 with byte order mark; cells that a spreadsheet would calculate
 * are quoted as text). */
void table_csv(struct view *v, const char *const *columns, const json_t *items, bool head);

#endif
