/*
 * pages_chart - small charts as inline SVG, each with its numbers as a table beside it.
 *
 * The drawing is hidden from screen readers: the table says the same (WCAG 2.1 1.1.1). Colours come
 * from the style sheet; no script, no inline style.
 */
#ifndef HTTP_OFFICE_PAGES_CHART_H
#define HTTP_OFFICE_PAGES_CHART_H

#include "http/office/pages_parts.h"

struct bar {
    const char *label;
    int64_t value;
    enum tone tone; /* TONE_NONE: the accent colour */
};

/* A table with a bar in each row. */
void chart_bars(struct view *v, const char *heading, const char *of, const struct bar *bars,
                size_t count);

/* A line over time, oldest first, with the table folded away under it. */
void chart_line(struct view *v, const char *heading, const char *of, const struct bar *points,
                size_t count);

#endif
