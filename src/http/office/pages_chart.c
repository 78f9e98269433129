/*
 * pages_chart - see pages_chart.h.
 */
#include "http/office/pages_chart.h"

#include <stdio.h>

enum { BAR_WIDTH = 200, LINE_WIDTH = 600, LINE_HEIGHT = 120, LINE_EDGE = 6 };

static int64_t largest(const struct bar *bars, size_t count)
{
    int64_t most = 1;
    for (size_t i = 0; i < count; i++) {
        most = bars[i].value > most ? bars[i].value : most;
    }
    return most;
}

static int64_t scaled(int64_t value, int64_t most, int64_t size)
{
    if (value <= 0) {
        return 0;
    }
    return most > INT64_MAX / size ? value / (most / size) : value * size / most;
}

static void table_begin(struct view *v, const char *heading, const char *of, bool drawn)
{
    html_element(&v->h, "<table class=\"chart\"><caption>", heading, "</caption><thead><tr>");
    view_element(v, "<th scope=\"col\">", OW_CHART_WHAT, "</th>");
    if (drawn) {
        html_raw(&v->h, "<td></td>");
    }
    html_element(&v->h, "<th scope=\"col\" class=\"number\">", of, "</th></tr></thead><tbody>");
}

static void cell_number(struct view *v, int64_t n)
{
    char text[TEXT_SIZE];
    html_element(&v->h, "<td class=\"number\">", text_number(n, text), "</td></tr>");
}

void chart_bars(struct view *v, const char *heading, const char *of, const struct bar *bars,
                size_t count)
{
    int64_t most = largest(bars, count);
    table_begin(v, heading, of, true);
    for (size_t i = 0; i < count; i++) {
        html_element(&v->h, "<tr><th scope=\"row\">", bars[i].label, "</th><td class=\"drawn\">");
        html_raw(&v->h, "<svg viewBox=\"0 0 200 14\" preserveAspectRatio=\"none\" "
                        "aria-hidden=\"true\" class=\"bar");
        part_tone_class(v, bars[i].tone);
        html_raw(&v->h, "\"><rect height=\"14\" width=\"");
        view_number(v, scaled(bars[i].value, most, BAR_WIDTH));
        html_raw(&v->h, "\"/></svg></td>");
        cell_number(v, bars[i].value);
    }
    html_raw(&v->h, "</tbody></table>");
}

static void point(const struct bar *points, size_t count, size_t i, int64_t most, long long at[2])
{
    int64_t x = count > 1 ? (int64_t)i * (LINE_WIDTH - 2 * LINE_EDGE) / (int64_t)(count - 1) : 0;
    at[0] = x + LINE_EDGE;
    at[1] = LINE_HEIGHT - LINE_EDGE - scaled(points[i].value, most, LINE_HEIGHT - 2 * LINE_EDGE);
}

static void line(struct view *v, const struct bar *points, size_t count)
{
    int64_t most = largest(points, count);
    long long at[2];
    html_raw(&v->h, "<svg viewBox=\"0 0 600 120\" aria-hidden=\"true\" class=\"line\">"
                    "<path class=\"axis\" d=\"M6 114H594\"/><polyline points=\"");
    for (size_t i = 0; i < count; i++) {
        point(points, count, i, most, at);
        buffer_printf(v->h.out, "%lld,%lld ", at[0], at[1]);
    }
    html_raw(&v->h, "\"/>");
    for (size_t i = 0; i < count; i++) {
        point(points, count, i, most, at);
        buffer_printf(v->h.out, "<circle cx=\"%lld\" cy=\"%lld\" r=\"4\"/>", at[0], at[1]);
    }
    html_raw(&v->h, "</svg>");
}

void chart_line(struct view *v, const char *heading, const char *of, const struct bar *points,
                size_t count)
{
    html_raw(&v->h, "<figure class=\"line\">");
    html_element(&v->h, "<figcaption>", heading, "</figcaption>");
    line(v, points, count);
    view_element(v, "<details><summary>", OW_CHART_NUMBERS, "</summary>");
    table_begin(v, heading, of, false);
    for (size_t i = 0; i < count; i++) {
        html_element(&v->h, "<tr><th scope=\"row\">", points[i].label, "</th>");
        cell_number(v, points[i].value);
    }
    html_raw(&v->h, "</tbody></table></details></figure>");
}
