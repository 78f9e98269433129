/*
 * tone - see tone.h. The icons are drawn, so that no font has to have them.
 */
#include "report/tone.h"

static void icon_good(struct html *h)
{
    html_raw(h, "<svg class=\"icon\" width=\"24\" height=\"24\" viewBox=\"0 0 24 24\" "
                "aria-hidden=\"true\" focusable=\"false\">"
                "<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M7 12.5l3.5 3.5L17 9\"/></svg>");
}

static void icon_care(struct html *h)
{
    html_raw(h, "<svg class=\"icon\" width=\"24\" height=\"24\" viewBox=\"0 0 24 24\" "
                "aria-hidden=\"true\" focusable=\"false\">"
                "<path d=\"M12 3L2.5 20.5h19z\"/><path d=\"M12 10v5M12 17.4v.6\"/></svg>");
}

static void icon_bad(struct html *h)
{
    html_raw(h, "<svg class=\"icon\" width=\"24\" height=\"24\" viewBox=\"0 0 24 24\" "
                "aria-hidden=\"true\" focusable=\"false\">"
                "<path d=\"M8 2h8l6 6v8l-6 6H8l-6-6V8z\"/><path d=\"M8.5 8.5l7 7M15.5 8.5l-7 7\"/>"
                "</svg>");
}

void tone_icon(struct html *h, int badness)
{
    if (badness == 0) {
        icon_good(h);
    } else if (badness == 1) {
        icon_care(h);
    } else {
        icon_bad(h);
    }
}

void tone_class(struct html *h, int badness)
{
    if (badness == 0) {
        html_raw(h, " good");
    } else if (badness == 1) {
        html_raw(h, " care");
    } else {
        html_raw(h, " bad");
    }
}
